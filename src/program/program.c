/* SPDX-License-Identifier: Apache-2.0 */
#include "program/program.h"

#include <assert.h>
#include <pthread.h>

#include "journal/record.h"
#include "program/keys.h"

/* What a surface of each kind shows while nobody says otherwise. What starts from the shopper comes
 * first; the popular fills up; curated lists come last, so that a shop's lists fill what is left.
 */
static const enum source_kind pdp[] = {SOURCE_neighbours,  SOURCE_sequence, SOURCE_also_viewed,
                                       SOURCE_also_bought, SOURCE_similar,  SOURCE_bestsellers,
                                       SOURCE_trending,    SOURCE_curated};
static const enum source_kind cart[] = {SOURCE_also_bought, SOURCE_neighbours,  SOURCE_sequence,
                                        SOURCE_also_viewed, SOURCE_bestsellers, SOURCE_trending,
                                        SOURCE_curated};
static const enum source_kind post_cart[] = {SOURCE_also_bought, SOURCE_neighbours, SOURCE_sequence,
                                             SOURCE_bestsellers, SOURCE_trending,   SOURCE_curated};
static const enum source_kind home[] = {
    SOURCE_neighbours,      SOURCE_sequence,    SOURCE_also_viewed, SOURCE_similar,
    SOURCE_recently_viewed, SOURCE_bestsellers, SOURCE_trending,    SOURCE_curated};
static const enum source_kind category[] = {
    SOURCE_neighbours,  SOURCE_sequence, SOURCE_also_viewed, SOURCE_similar,
    SOURCE_bestsellers, SOURCE_trending, SOURCE_curated};

static const struct {
    const char *word;
    const enum source_kind *sources;
    size_t source_count;
} kinds[SURFACE_KIND_COUNT] = {
    [SURFACE_PDP] = {"pdp", pdp, COUNT(pdp)},
    [SURFACE_CART] = {"cart", cart, COUNT(cart)},
    [SURFACE_POST_CART] = {"post_cart", post_cart, COUNT(post_cart)},
    [SURFACE_HOME] = {"home", home, COUNT(home)},
    [SURFACE_CATEGORY] = {"category", category, COUNT(category)},
};

const char *surface_kind_word(enum surface_kind kind)
{
    assert(kind < SURFACE_KIND_COUNT);
    return kinds[kind].word;
}

const char *objective_word(enum objective objective)
{
    static const char *const words[] = {"margin", "revenue", "orders"};

    assert(objective < COUNT(words));
    return words[objective];
}

/* What `program show` prints while nothing else was applied; builtin_make gives the same. */
#define BUILTIN_DOCUMENT                                                                           \
    "# The built-in default: it serves until a document is applied.\n"                             \
    "owner: nobody yet\n"                                                                          \
    "currency: EUR\n"                                                                              \
    "time_zone: UTC\n"                                                                             \
    "policies:\n"                                                                                  \
    "  consent_default: {analytics: true, personalization: true, email: false}\n"                  \
    "  min_support: {viewed: 3, bought: 11}\n"                                                     \
    "  unknown_cost: deny\n"                                                                       \
    "  traffic: {co_view: 10000, learned: 50000}\n"                                                \
    "surfaces:\n"                                                                                  \
    "  - {name: pdp, kind: pdp}\n"                                                                 \
    "  - {name: cart, kind: cart}\n"                                                               \
    "  - {name: post_cart, kind: post_cart}\n"                                                     \
    "  - {name: home, kind: home}\n"                                                               \
    "  - {name: category, kind: category}\n"

static struct program builtin = {
    .author = {"endcap", 6},
    .reason = {"the built-in default", 20},
    .document = {BUILTIN_DOCUMENT, sizeof(BUILTIN_DOCUMENT) - 1},
    .owner = {"nobody yet", 10},
    .currency = {"EUR", 3},
    .time_zone = {"UTC", 3},
    .consent_analytics = true,
    .consent_personalization = true,
    .support_viewed = SUPPORT_VIEWED_DEFAULT,
    .support_bought = SUPPORT_BOUGHT_DEFAULT,
    .traffic_co_view = TRAFFIC_CO_VIEW_DEFAULT,
    .traffic_learned = TRAFFIC_LEARNED_DEFAULT,
};
static struct surface builtin_surfaces[SURFACE_KIND_COUNT];
static struct text builtin_sensitive[PROGRAM_SENSITIVE_MAX];

static void builtin_make(void)
{
    for (size_t i = 0; i < COUNT(builtin_surfaces); i++)
        builtin_surfaces[i] = surface_of_kind((enum surface_kind)i);
    builtin.surfaces = builtin_surfaces;
    builtin.surface_count = COUNT(builtin_surfaces);

    assert(sensitive_default_count <= COUNT(builtin_sensitive));
    for (size_t i = 0; i < sensitive_default_count; i++)
        builtin_sensitive[i] = sensitive_defaults[i];
    builtin.sensitive = builtin_sensitive;
    builtin.sensitive_count = sensitive_default_count;
}

const struct program *program_builtin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    int failed = pthread_once(&once, builtin_make);
    assert(failed == 0);
    return &builtin;
}

struct surface surface_of_kind(enum surface_kind kind)
{
    assert(kind < SURFACE_KIND_COUNT);
    struct surface s = {.name = text_from(kinds[kind].word),
                        .kind = kind,
                        .limit = SURFACE_LIMIT_DEFAULT,
                        .source_count = kinds[kind].source_count};

    for (size_t i = 0; i < s.source_count; i++)
        s.sources[i] = kinds[kind].sources[i];
    return s;
}

const struct surface *program_surface(const struct program *p, struct text name)
{
    for (size_t i = 0; i < p->surface_count; i++) {
        if (text_equal(p->surfaces[i].name, name))
            return &p->surfaces[i];
    }
    return NULL;
}

enum { FIELD_VERSION = 1, FIELD_AUTHOR, FIELD_REASON, FIELD_DOCUMENT };

void program_record_encode(const struct program_record *r, struct buffer *out)
{
    put_i64(out, FIELD_VERSION, (int64_t)r->version);
    put_text(out, FIELD_AUTHOR, r->author);
    put_text(out, FIELD_REASON, r->reason);
    put_text(out, FIELD_DOCUMENT, r->document);
}

enum status program_record_decode(struct text body, struct program_record *out, struct error *err)
{
    struct program_record r = {0};
    struct fields f = fields_of(body);

    while (fields_next(&f)) {
        switch (f.field) {
        case FIELD_VERSION: r.version = (uint32_t)f.number; break;
        case FIELD_AUTHOR: r.author = f.text; break;
        case FIELD_REASON: r.reason = f.text; break;
        case FIELD_DOCUMENT: r.document = f.text; break;
        default: break;
        }
    }
    if (f.bad || r.version == 0 || r.document.data == NULL)
        return error_set(err, ERR_CORRUPT, "a program record cannot be read");
    *out = r;
    return OK;
}
