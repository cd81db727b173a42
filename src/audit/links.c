/* SPDX-License-Identifier: Apache-2.0 */
/* Do the addresses of images and product pages lead anywhere? Asked only when somebody wants to know: each
 * address once, and when there are more than may be asked, those whose hash is smallest, which is a sample
 * that does not depend on the order of products and is the same each time. */
#include <stdlib.h>
#include <string.h>

#include "audit/parts.h"
#include "base/compare.h"
#include "base/hash.h"
#include "base/memory.h"
#include "net/probe.h"

enum { PARALLEL = 16, PER_HOST = 4, TIMEOUT_MS = 8000 };
enum { STATUS_GOOD_BELOW = 300, STATUS_UNCHANGED = 304, STATUS_LATER = 429 };

static const char agent[] =
    "endcap-audit/" ENDCAP_VERSION " (asks whether a shop's own images and pages are there)";

/* An address, as a product has it. */
struct link {
    uint64_t key; /* hash of it */
    product_number product;
};

static struct text link_of(const struct product *p, enum link_kind kind)
{
    return kind == LINK_IMAGE ? p->image : p->url;
}

static bool can_be_asked(struct text url)
{
    return text_starts(url, "https://") || text_starts(url, "http://");
}

/* Each address once, with the first product that has it. */
static void collect(const struct audit *a, enum link_kind kind, struct key_table *out)
{
    SCOPED(arena_free) struct arena arena = {0};
    const struct catalog *c = a->options.catalog;
    struct product p;
    bool fresh;

    for (product_number n = 0; n < catalog_count(c); n++) {
        arena_reset(&arena);
        if (catalog_product_of(c, n) != n || !catalog_get(c, n, &arena, &p) || !p.published)
            continue;
        struct text url = link_of(&p, kind);
        if (!can_be_asked(url))
            continue;
        struct link *l = table_add(out, hash_text(url, 0), &fresh);
        if (l != NULL && fresh)
            l->product = n;
    }
}

void link_answered(struct audit *a, enum link_kind kind, product_number n, const struct probe *p)
{
    enum check c = kind == LINK_IMAGE ? CHECK_image_dead : CHECK_url_dead;
    bool there = p->verdict == PROBE_ANSWERED &&
                 (p->status < STATUS_GOOD_BELOW || p->status == STATUS_UNCHANGED);
    char answer[32];

    if (p->verdict == PROBE_UNASKED || (p->verdict == PROBE_ANSWERED && p->status == STATUS_LATER))
        return; /* which says nothing of whether it is there */
    looked_at(a, c, 1);
    if (there)
        return;
    (void)snprintf(answer, sizeof(answer), "answers %ld", p->status);
    const char *what = p->verdict == PROBE_ANSWERED    ? answer
                       : p->verdict == PROBE_FORBIDDEN ? "leads into a private network"
                                                       : "does not answer";
    struct text url = text_utf8_prefix(p->url, 120);
    found_product(a, c, n,
                  text_from(arena_printf(&a->scratch, "%.*s %s", (int)url.size, url.data, what)));
}

/* The keys of those that are asked, at most `max`; returns how many. */
static size_t choose(const struct key_table *links, size_t max, uint64_t **out)
{
    uint64_t *keys = mem_new(links->count + 1, sizeof(*keys));

    for (size_t i = 0; i < links->count; i++)
        keys[i] = ((struct link *)table_row(links, i))->key;
    qsort(keys, links->count, sizeof(*keys), compare_u64);
    *out = keys;
    return links->count < max ? links->count : max;
}

struct asking {
    const struct audit_links *options;
    enum link_kind kind;
};

static bool go_on(void *context, size_t done, size_t total)
{
    static const char *const stages[] = {"asking for images", "asking for pages"};
    const struct asking *x = context;
    const struct audit_links *o = x->options;

    return o->go_on == NULL || o->go_on(o->context, stages[x->kind], done, total);
}

static enum status ask(struct audit *a, const struct audit_links *options, enum link_kind kind,
                       struct error *err)
{
    SCOPED(arena_free) struct arena arena = {0};
    struct key_table links = {.row_size = sizeof(struct link), .max = UINT32_MAX - 2};
    struct asking asking = {options, kind};
    struct probe_options how = {.parallel = PARALLEL,
                                .per_host = PER_HOST,
                                .timeout_ms = TIMEOUT_MS,
                                .agent = agent,
                                .allowed = options->allowed,
                                .go_on = go_on,
                                .context = &asking};
    uint64_t *keys;

    collect(a, kind, &links);
    size_t count = choose(&links, options->max, &keys);
    struct probe *probes = mem_new(count + 1, sizeof(*probes));
    for (size_t i = 0; i < count; i++) {
        const struct link *l = table_find(&links, keys[i]);
        struct product p;
        arena_reset(&a->scratch);
        if (catalog_get(a->options.catalog, l->product, &a->scratch, &p)) /* as it did just now */
            probes[i].url = arena_text(&arena, link_of(&p, kind));
    }
    enum status status = probe_all(probes, count, &how, err);
    for (size_t i = 0; i < count && status == OK; i++) {
        arena_reset(&a->scratch);
        link_answered(a, kind, ((struct link *)table_find(&links, keys[i]))->product, &probes[i]);
    }
    if (links.count > count)
        tally_of(a, kind == LINK_IMAGE ? CHECK_image_dead : CHECK_url_dead)->sample_of =
            links.count;
    mem_free(probes);
    mem_free(keys);
    table_free(&links);
    return status;
}

enum status audit_links(struct audit *a, const struct audit_links *options, struct error *err)
{
    if (options->max == 0)
        return OK;
    enum status status = ask(a, options, LINK_IMAGE, err);
    return status == OK ? ask(a, options, LINK_PAGE, err) : status;
}
