/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/audit.h"

#include <stdarg.h>
#include <stdio.h>

#include "audit/parts.h"
#include "base/memory.h"
#include "base/words.h"

#define NEVER 2.0 /* no share reaches it */

const struct check_row check_rows[CHECK_COUNT] = {
#define CHECK(name, foundation, from, must, least, sentence, advice)                               \
    {#name, FOUNDATION_##foundation, from, must, least, sentence, advice},
#include "audit/checks.def"
#undef CHECK
};

_Static_assert(CHECK_user_spellings < 64, "a session remembers in 64 bits which checks it touched");

const char *foundation_word(enum foundation f)
{
    static const char *const words[] = {"events", "people", "catalog", "ready"};

    return words[f];
}

const char *foundation_question(enum foundation f)
{
    static const char *const questions[] = {
        "Which events are sound, and which are blind or broken?", "Who is who?", "What is sold?",
        "What may be switched on?"};

    return questions[f];
}

struct audit *audit_new(const struct audit_options *options)
{
    struct audit *a = mem_new(1, sizeof(*a));

    a->options = *options;
    a->visitors = (struct key_table){.row_size = sizeof(struct visitor), .max = AUDIT_VISITORS_MAX};
    a->users = (struct key_table){.row_size = sizeof(struct user), .max = AUDIT_VISITORS_MAX};
    a->orders = (struct key_table){.row_size = sizeof(struct order), .max = AUDIT_VISITORS_MAX};
    a->visits_of_users =
        (struct key_table){.row_size = sizeof(uint64_t), .max = 2 * AUDIT_VISITORS_MAX};
    a->lines = (struct key_table){.row_size = sizeof(uint64_t), .max = 2 * AUDIT_VISITORS_MAX};
    a->robots = robots_new();
    a->session_days = mem_new(DAYS_MAX, sizeof(*a->session_days));
    for (int k = 0; k < PAGE_COUNT; k++)
        a->page_sessions[k] = mem_new(DAYS_MAX, sizeof(*a->page_sessions[k]));
    a->products_room = catalog_count(options->catalog);
    a->products = mem_new(a->products_room == 0 ? 1 : a->products_room, sizeof(*a->products));
    a->report.now_ms = options->now_ms;
    if (options->program->version > 0)
        a->report.currency = options->program->currency;
    return a;
}

void audit_free(struct audit **handle)
{
    struct audit *a = *handle;

    if (a == NULL)
        return;
    table_free(&a->visitors);
    robots_free(a->robots);
    table_free(&a->users);
    table_free(&a->orders);
    table_free(&a->visits_of_users);
    table_free(&a->lines);
    for (int t = 0; t < EVENT_TYPE_COUNT; t++)
        mem_free(a->type_days[t]);
    for (int k = 0; k < PAGE_COUNT; k++)
        mem_free(a->page_sessions[k]);
    mem_free(a->session_days);
    mem_free(a->products);
    mem_free(a->report.findings);
    intern_free(&a->surfaces);
    customers_free(a->customers);
    arena_free(&a->keep);
    arena_free(&a->scratch);
    mem_free(a);
    *handle = NULL;
}

/* Checks of things that belong together, each of which is to be looked at. */
static bool lists_all(enum check c)
{
    switch (c) {
    case CHECK_customer_same_email:
    case CHECK_customer_same_phone:
    case CHECK_customer_similar:
    case CHECK_customer_shared:
    case CHECK_product_repeated:
    case CHECK_product_similar:
    case CHECK_variant_apart:
    case CHECK_variant_is_product:
    case CHECK_variant_twins:
    case CHECK_gtin_shared:
    case CHECK_sku_shared:
    case CHECK_sku_spellings:
    case CHECK_brand_spellings:
    case CHECK_value_spellings:
    case CHECK_category_twins: return true;
    default: return false;
    }
}

static bool has_room(const struct tally *t, enum check c)
{
    return t->example_count < AUDIT_EXAMPLES || (lists_all(c) && t->more_count < AUDIT_MORE);
}

bool found(struct audit *a, enum check c)
{
    struct tally *t = tally_of(a, c);

    t->count++;
    return has_room(t, c);
}

void looked_at(struct audit *a, enum check c, uint64_t more)
{
    tally_of(a, c)->of += more;
}

static bool told_already(const struct tally *t, struct text what)
{
    for (uint32_t i = 0; i < t->example_count; i++)
        if (text_equal(t->examples[i], what))
            return true;
    for (uint32_t i = 0; i < t->more_count; i++)
        if (text_equal(t->more[i], what))
            return true;
    return false;
}

void example(struct audit *a, enum check c, const char *format, ...)
{
    struct tally *t = tally_of(a, c);
    char text[400];
    va_list args;

    if (!has_room(t, c))
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    struct text whole = text_utf8_prefix(text_from(text), sizeof(text) - 4);
    if (told_already(t, whole))
        return;
    whole = arena_text(&a->keep, whole);
    if (t->example_count < AUDIT_EXAMPLES) {
        t->examples[t->example_count++] = whole;
        return;
    }
    if (t->more == NULL)
        t->more = arena_array(&a->keep, AUDIT_MORE, sizeof(*t->more));
    t->more[t->more_count++] = whole;
}

/* As the shop knows it: by its order and item. Ids that an import made stand in no file of theirs. */
static void event_example(struct audit *a, enum check c, const struct event *e,
                          const struct event_item *item)
{
    SCOPED(buffer_free) struct buffer out = {0};
    bool order = e->transaction_id.size > 0;
    char when[TIME_TEXT_SIZE];

    buffer_printf(&out, "%s", e->type == EVENT_OTHER ? "event" : event_type_name(e->type));
    if (e->type == EVENT_OTHER)
        buffer_printf(&out, " of type %.*s", (int)e->type_name.size, e->type_name.data);
    if (order)
        buffer_printf(&out, ", order %.*s", (int)e->transaction_id.size, e->transaction_id.data);
    item = item == NULL && e->item_count == 1 ? e->items : item;
    if (item != NULL)
        buffer_printf(&out, ", item %.*s", (int)item->item_id.size, item->item_id.data);
    else if (e->item_count > 1)
        buffer_printf(&out, ", %u items", e->item_count);
    buffer_printf(&out, ", of %.16s", time_print(e->time_ms, when));
    if (!order && !text_starts(e->id, "row-"))
        buffer_printf(&out, ", id %.*s", (int)e->id.size, e->id.data);
    else if (!order && item == NULL)
        buffer_printf(&out, ", visitor %.*s", (int)e->anonymous_id.size,
                      e->anonymous_id.data == NULL ? "" : e->anonymous_id.data);
    example(a, c, "%s", out.data);
}

void found_line(struct audit *a, enum check c, struct visitor *v, const struct event *e,
                const struct event_item *item, int64_t money)
{
    struct tally *t = tally_of(a, c);

    t->money += money;
    if (v != NULL && (v->marks & (uint64_t)1 << c) == 0) {
        v->marks |= (uint64_t)1 << c;
        t->sessions++;
    }
    if (found(a, c))
        event_example(a, c, e, item);
}

void found_event(struct audit *a, enum check c, struct visitor *v, const struct event *e,
                 int64_t money)
{
    found_line(a, c, v, e, NULL, money);
}

void found_product(struct audit *a, enum check c, product_number n, struct text detail)
{
    struct tally *t = tally_of(a, c);
    struct text id = catalog_item_id(a->options.catalog, n);

    if (n < a->products_room) {
        t->money += a->products[n].revenue;
        t->views += a->products[n].views;
    }
    if (!found(a, c) || (t->example_of == n + 1 && !lists_all(c)))
        return; /* one product is one example, however many of its variants are the same */
    t->example_of = n + 1;
    example(a, c, "%.*s%s%.*s", (int)id.size, id.data, detail.size > 0 ? ": " : "",
            (int)detail.size, detail.data == NULL ? "" : detail.data);
}

struct text folded_text(struct text t, struct arena *a)
{
    SCOPED(buffer_free) struct buffer out = {0};
    struct words words = {.rest = t};
    struct text word;

    while (words_next(&words, &word)) {
        if (out.size > 0)
            buffer_add_char(&out, ' ');
        buffer_add_text(&out, word);
    }
    return out.size == 0 ? TEXT("") : arena_text(a, buffer_text(&out));
}

struct text folded_code(struct text t, struct arena *a)
{
    SCOPED(buffer_free) struct buffer out = {0};
    struct words words = {.rest = t};
    struct text word;

    while (words_next(&words, &word))
        buffer_add_text(&out, word);
    return out.size == 0 ? TEXT("") : arena_text(a, buffer_text(&out));
}

const struct report *audit_finish(struct audit *a)
{
    struct report *r = &a->report;

    conclude_sessions(a);
    r->visitors = a->visitors.count;
    r->untracked_visitors = a->visitors.refused;
    r->customers_seen = a->users.count;
    r->orders = a->orders.count;
    conclude_events(a);
    conclude_people(a);
    conclude_catalog(a);
    conclude_customers(a);
    conclude_ready(a);
    conclude_findings(a);
    return r;
}
