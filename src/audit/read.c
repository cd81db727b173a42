/* SPDX-License-Identifier: Apache-2.0 */
/* An audit of a data directory: journal, decisions, ledger, customers. */
#include "audit/parts.h"
#include "journal/ahead.h"
#include "store/store.h"

enum { REPORT_EVERY = 100000, REFUSED_READ_MAX = 200000, FETCH_AHEAD = 8 };

static void progress(const struct audit_source *s, const char *stage, uint64_t done)
{
    if (s->progress != NULL)
        s->progress(s->context, stage, done, s->until.number);
}

/* A prepare_record: a struct event, or NULL for what is none or cannot be read. */
static void *read_event(const void *context, const struct record *r, struct arena *a)
{
    struct error why = {0}; /* told where it is folded */

    (void)context;
    if (r->kind != RECORD_EVENT)
        return NULL;
    struct event *e = arena_alloc(a, sizeof(*e));
    return event_decode(r->body, a, e, &why) == OK ? e : NULL;
}

static enum status take_record(struct audit *a, const struct prepared_record *p, struct error *err)
{
    const struct record *r = &p->record;
    struct product product;
    struct stock_change change;

    if (r->kind == RECORD_EVENT && p->prepared == NULL)
        return error_set(err, ERR_CORRUPT, "journal record %llu is no event",
                         (unsigned long long)r->position.number);
    if (r->kind == RECORD_EVENT)
        audit_event(a, p->prepared, r->time_ms);
    if (r->kind == RECORD_STOCK) {
        if (stock_decode(r->body, &change, err) != OK)
            return err->status;
        audit_stock_told(a, change.item_id, r->time_ms);
    }
    if (r->kind == RECORD_PRODUCT) {
        arena_reset(&a->scratch);
        if (product_decode(r->body, &a->scratch, &product, err) != OK)
            return err->status;
        audit_stock_told(a, product.item_id, r->time_ms);
    }
    return OK;
}

static enum status read_journal(struct audit *a, const struct audit_source *s, struct error *err)
{
    SCOPED(ahead_close) struct ahead *ahead = NULL;
    const struct prepared_record *records = NULL;
    struct ahead_options what = {.data_dir = s->data_dir, .until = s->until, .prepare = read_event};
    size_t count = 0;
    uint64_t reported = 0;
    enum status status = ahead_open(&ahead, &what, err);

    while (status == OK && (status = ahead_next(ahead, &records, &count, err)) == OK) {
        for (size_t i = 0; i < count && status == OK; i++) {
            if (i + FETCH_AHEAD < count && records[i + FETCH_AHEAD].prepared != NULL)
                audit_event_ahead(a, records[i + FETCH_AHEAD].prepared);
            status = take_record(a, &records[i], err);
        }
        uint64_t done = records[count - 1].record.position.number;
        if (done / REPORT_EVERY != reported)
            progress(s, "reading the journal", done);
        reported = done / REPORT_EVERY;
    }
    return status == ERR_NOT_FOUND ? OK : status;
}

static enum status read_decisions(struct audit *a, const struct audit_source *s, struct error *err)
{
    SCOPED(decision_cursor_close) struct decision_cursor *cursor = NULL;
    SCOPED(arena_free) struct arena arena = {0};
    struct position until = {s->until.number == UINT64_MAX ? UINT64_MAX : s->until.number + 1};
    struct decision d;
    enum status status =
        decision_cursor_open(&cursor, s->data_dir, (struct position){0}, until, err);

    while (status == OK) {
        arena_reset(&arena);
        status = decision_cursor_next(cursor, &arena, &d, err);
        if (status == OK)
            audit_decision(a, &d);
        if (status == ERR_CORRUPT)
            status = OK; /* one that cannot be read was not asked for in vain: the next goes on */
    }
    return status == ERR_NOT_FOUND ? OK : status;
}

static void refused_one(void *context, const struct refused_item *item)
{
    audit_refused(context, item);
}

static enum status read_ledger(struct audit *a, const struct audit_source *s, struct error *err)
{
    SCOPED(store_close) struct store *store = NULL;
    struct ledger_counts counts;

    if (store_open(&store, s->data_dir, STORE_READ, NULL, err) != OK ||
        ledger_read(store, &counts, err) != OK)
        return err->status;
    audit_ledger(a, &counts);
    return ledger_refused_each(store, 0, REFUSED_READ_MAX, refused_one, a, err);
}

enum status audit_read(struct audit *a, const struct audit_source *source,
                       const struct report **out, struct error *err)
{
    struct error ignored; /* an error at the present end is none */

    err = err != NULL ? err : &ignored;
    if (read_journal(a, source, err) != OK || read_decisions(a, source, err) != OK ||
        read_ledger(a, source, err) != OK)
        return err->status;
    if (source->customers != NULL && audit_customers(a, source->customers, err) != OK)
        return err->status;
    if (audit_links(a, &source->links, err) != OK)
        return err->status;
    progress(source, "looking through the catalog", source->until.number);
    *out = audit_finish(a);
    return OK;
}
