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
    intern_free(&a->currencies);
    intern_free(&a->surfaces);
    customers_free(a->customers);
    arena_free(&a->keep);
    arena_free(&a->scratch);
    mem_free(a);
    *handle = NULL;
}

bool found(struct audit *a, enum check c)
{
    struct tally *t = tally_of(a, c);

    t->count++;
    return t->example_count < AUDIT_EXAMPLES;
}

void looked_at(struct audit *a, enum check c, uint64_t more)
{
    tally_of(a, c)->of += more;
}

void example(struct audit *a, enum check c, const char *format, ...)
{
    struct tally *t = tally_of(a, c);
    char text[400];
    va_list args;

    if (t->example_count == AUDIT_EXAMPLES)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    struct text whole = text_utf8_prefix(text_from(text), sizeof(text) - 4);
    t->examples[t->example_count++] = arena_text(&a->keep, whole);
}

void found_event(struct audit *a, enum check c, struct visitor *v, const struct event *e,
                 int64_t money)
{
    struct tally *t = tally_of(a, c);
    char when[TIME_TEXT_SIZE];

    t->money += money;
    if (v != NULL && (v->marks & (uint64_t)1 << c) == 0) {
        v->marks |= (uint64_t)1 << c;
        t->sessions++;
    }
    if (found(a, c))
        example(a, c, "%s of %.16s, id %.*s%s%.*s",
                e->type == EVENT_OTHER ? "event" : event_type_name(e->type),
                time_print(e->time_ms, when), (int)e->id.size, e->id.data,
                e->type == EVENT_OTHER ? ", type " : "",
                e->type == EVENT_OTHER ? (int)e->type_name.size : 0,
                e->type == EVENT_OTHER ? e->type_name.data : "");
}

void found_product(struct audit *a, enum check c, product_number n, struct text detail)
{
    struct tally *t = tally_of(a, c);
    struct text id = catalog_item_id(a->options.catalog, n);

    if (n < a->products_room) {
        t->money += a->products[n].revenue;
        t->views += a->products[n].views;
    }
    if (found(a, c))
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
