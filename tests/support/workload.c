/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/workload.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/money.h"
#include "base/settings.h"
#include "journal/product.h"

enum { EVENTS_PER_BATCH = 6, BATCHES_AT_ONCE = 3, PRODUCT_EVERY = 5 };

static const int64_t now_ms = INT64_C(1763805600000);

struct workload *workload_new(void)
{
    struct workload *w = calloc(1, sizeof(*w));

    if (w == NULL)
        abort();
    pthread_mutex_init(&w->mutex, NULL);
    pthread_cond_init(&w->answered, NULL);
    return w;
}

void workload_free(struct workload *w)
{
    pthread_cond_destroy(&w->answered);
    pthread_mutex_destroy(&w->mutex);
    free(w);
}

/* A batch under way, and which events its entries are (UINT32_MAX: none of the numbered). */
struct sent {
    struct workload *workload;
    struct batch batch;
    uint32_t event[EVENTS_PER_BATCH + 4];
    size_t count;
    uint64_t duplicates, others; /* of the answer */
};

static void write_event(struct buffer *body, uint32_t n, const char *value)
{
    bool consent = n % 17 == 3;

    buffer_printf(body,
                  "%s{\"id\":\"e-%u\",\"type\":\"%s\",\"anonymous_id\":\"v-%u\",\"value\":\"%s\","
                  "\"time\":\"2025-11-22T09:00:00Z\",\"items\":[{\"item_id\":\"SKU-%u\"}],"
                  "\"consent\":{\"analytics\":true,\"personalization\":%s},"
                  "\"properties\":{\"filler\":\"%0*u\"}}",
                  body->size > sizeof("{\"events\":[") - 1 ? "," : "", n,
                  consent ? "consent" : "view_item", n % 7, value, n % 50,
                  n % 34 == 3 ? "false" : "true", (int)(n * 37 % 700), n);
}

/* Events from..from+count, and around them what must not be stored: one sent before, the same id
 * with another body, one without an id, one without consent. */
static void write_body(struct buffer *body, uint32_t from, uint32_t count)
{
    buffer_clear(body);
    buffer_add_string(body, "{\"events\":[");
    for (uint32_t i = 0; i < count; i++)
        write_event(body, from + i, "1.00");
    if (from % 4 == 0)
        write_event(body, from, "1.00");
    if (from % 5 == 0)
        write_event(body, from, "2.00");
    if (from % 3 == 0)
        buffer_add_string(body, ",{\"type\":\"scroll\",\"anonymous_id\":\"v\"}");
    if (from % 7 == 0)
        buffer_printf(body,
                      ",{\"id\":\"n-%u\",\"type\":\"scroll\",\"anonymous_id\":\"v\","
                      "\"consent\":{\"analytics\":false}}",
                      from);
    buffer_add_string(body, "]}");
}

static void answered(void *context, struct batch *batch, enum status status,
                     const struct error *err)
{
    struct sent *s = context;
    struct workload *w = s->workload;
    (void)err;

    pthread_mutex_lock(&w->mutex);
    w->failures += status != OK;
    for (size_t i = 0; i < s->count; i++) {
        enum entry_outcome outcome = batch->entries[i].outcome;

        if (status != OK)
            continue;
        if (outcome == ENTRY_STORED || outcome == ENTRY_DUPLICATE)
            w->acknowledged[s->event[i]] = true;
        s->duplicates += outcome == ENTRY_DUPLICATE;
        s->others += outcome != ENTRY_DUPLICATE;
    }
    w->waiting--;
    pthread_cond_signal(&w->answered);
    pthread_mutex_unlock(&w->mutex);
}

static void send_batch(struct workload *w, struct shop *shop, struct sent *s, uint32_t from,
                       uint32_t count)
{
    struct ingest_context context = shop_ingest_context(shop, now_ms, true);
    SCOPED(buffer_free) struct buffer body = {0};
    struct error err = {0};

    s->workload = w;
    s->count = count;
    for (uint32_t i = 0; i < count; i++)
        s->event[i] = from + i;
    write_body(&body, from, count);
    batch_init(&s->batch, "http", now_ms, true);
    if (ingest_json(buffer_text(&body), &context, &s->batch, &err) != OK) {
        fprintf(stderr, "workload: %s\n", err.message);
        abort();
    }
    pthread_mutex_lock(&w->mutex);
    w->waiting++;
    pthread_mutex_unlock(&w->mutex);
    if (record_submit(shop, &s->batch, answered, s, &err) != OK) {
        pthread_mutex_lock(&w->mutex);
        w->waiting--;
        w->failures++;
        pthread_mutex_unlock(&w->mutex);
    }
}

static void wait_all(struct workload *w)
{
    pthread_mutex_lock(&w->mutex);
    while (w->waiting > 0)
        pthread_cond_wait(&w->answered, &w->mutex);
    pthread_mutex_unlock(&w->mutex);
}

static void change_product(struct workload *w, struct shop *shop)
{
    struct product_batch *b = product_batch_new();
    struct product p = product_blank();
    uint64_t stored = 0, same = 0;
    struct error err = {0};
    char title[32];

    snprintf(title, sizeof(title), "version %u", ++w->versions);
    p.item_id = TEXT("SKU-1");
    p.title = text_from(title);
    p.price = (int64_t)w->versions * MONEY_UNIT;
    p.currency = TEXT("EUR");
    product_batch_add(b, &p);
    if (record_products(shop, b, now_ms, &stored, &same, &err) == OK)
        w->version_acknowledged = w->versions;
    else
        w->failures++;
    product_batch_free(b);
}

void workload_step(struct workload *w, struct shop *shop)
{
    struct sent sent[BATCHES_AT_ONCE];
    uint32_t step = w->batches / BATCHES_AT_ONCE;

    memset(sent, 0, sizeof(sent));
    for (size_t i = 0; i < BATCHES_AT_ONCE; i++) {
        uint32_t count = 1 + (step + (uint32_t)i) % EVENTS_PER_BATCH;

        if (w->events + count > WORKLOAD_EVENTS_MAX)
            abort();
        for (uint32_t k = 0; k < count; k++)
            w->batch_of[w->events + k] = w->batches;
        uint32_t from = w->events;
        w->events += count;
        w->batches++;
        send_batch(w, shop, &sent[i], from, count);
    }
    wait_all(w);
    for (size_t i = 0; i < BATCHES_AT_ONCE; i++)
        batch_free(&sent[i].batch);
    if (step % PRODUCT_EVERY == 0)
        change_product(w, shop);
}

bool findings_good(const struct findings *f)
{
    return f->lost + f->doubled + f->half + f->corrupt + f->uneven + f->repeated == 0;
}

static void found(struct findings *f, uint64_t *what, const char *format, ...) PRINTF_LIKE(3, 4);
static void found(struct findings *f, uint64_t *what, const char *format, ...)
{
    va_list args;

    (*what)++;
    if (f->first[0] != '\0')
        return;
    va_start(args, format);
    vsnprintf(f->first, sizeof(f->first), format, args);
    va_end(args);
}

/* What the journal holds. */
struct held {
    uint8_t times[WORKLOAD_EVENTS_MAX];
    uint64_t events, products;
    uint32_t version;
};

static void count_record(const struct record *r, struct arena *a, struct held *held,
                         struct findings *out)
{
    struct error err = {0};
    struct event e;
    struct product p;
    uint64_t n = 0;

    if (r->kind == RECORD_EVENT) {
        held->events++;
        if (event_decode(r->body, a, &e, &err) != OK || !text_starts(e.id, "e-") ||
            !text_to_u64((struct text){e.id.data + 2, e.id.size - 2}, &n) ||
            n >= WORKLOAD_EVENTS_MAX)
            found(out, &out->corrupt, "record %llu is no event of ours",
                  (unsigned long long)r->position.number);
        else
            held->times[n]++;
    } else if (r->kind == RECORD_PRODUCT) {
        held->products++;
        if (product_decode(r->body, a, &p, &err) != OK)
            found(out, &out->corrupt, "record %llu is no product",
                  (unsigned long long)r->position.number);
        else
            held->version = (uint32_t)(p.price / MONEY_UNIT);
    }
}

static void read_journal(const char *dir, struct held *held, struct findings *out)
{
    SCOPED(cursor_close) struct cursor *c = NULL;
    SCOPED(arena_free) struct arena a = {0};
    struct error err = {0};
    struct record r;

    if (cursor_open(&c, dir, NULL, (struct position){0}, &err) != OK) {
        found(out, &out->corrupt, "%s", err.message);
        return;
    }
    while (cursor_next(c, &r, &err) == OK) {
        count_record(&r, &a, held, out);
        arena_reset(&a);
    }
    if (err.status != ERR_NOT_FOUND)
        found(out, &out->corrupt, "%s", err.message);
}

static void compare(struct workload *w, const struct held *held, struct findings *out)
{
    uint32_t sizes[WORKLOAD_BATCHES_MAX] = {0}, there[WORKLOAD_BATCHES_MAX] = {0};

    for (uint32_t n = 0; n < w->events; n++) {
        out->acknowledged += w->acknowledged[n];
        sizes[w->batch_of[n]]++;
        there[w->batch_of[n]] += held->times[n] > 0;
        if (w->acknowledged[n] && held->times[n] == 0)
            found(out, &out->lost, "event %u was acknowledged and is lost", n);
        if (held->times[n] > 1)
            found(out, &out->doubled, "event %u is there %u times", n, held->times[n]);
    }
    for (uint32_t b = 0; b < w->batches; b++)
        if (there[b] != 0 && there[b] != sizes[b])
            found(out, &out->half, "batch %u has %u of %u events", b, there[b], sizes[b]);
    if (held->version < w->version_acknowledged)
        found(out, &out->lost, "version %u of the product was acknowledged, %u is there",
              w->version_acknowledged, held->version);
}

static void check_store(const char *dir, const struct held *held, struct findings *out)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    struct ledger_counts counts;
    struct error err = {0};

    if (store_open(&store, dir, STORE_READ, NULL, &err) != OK ||
        stmt_open(&q, store, "PRAGMA integrity_check", &err) != OK ||
        ledger_read(store, &counts, &err) != OK) {
        found(out, &out->corrupt, "%s", err.message);
        return;
    }
    if (sqlite3_step(q) != SQLITE_ROW || !text_is(stmt_text(q, 0), "ok"))
        found(out, &out->corrupt, "integrity_check fails");
    if (counts.received != counts.stored + counts.duplicate + ledger_refused(&counts))
        found(out, &out->uneven, "received %llu is not the sum of the others",
              (unsigned long long)counts.received);
    if (counts.stored != held->events + held->products)
        found(out, &out->uneven, "the ledger says %llu stored, the journal has %llu",
              (unsigned long long)counts.stored,
              (unsigned long long)(held->events + held->products));
}

/* Everything once more, as a client does that got no answer: what was there is a duplicate. */
static void send_all(struct workload *w, struct shop *shop, const struct held *before,
                     struct findings *out)
{
    struct sent *sent = calloc(w->batches, sizeof(*sent));

    if (sent == NULL)
        abort();
    for (uint32_t n = 0, end; n < w->events; n = end) {
        for (end = n; end < w->events && w->batch_of[end] == w->batch_of[n]; end++)
            ;
        send_batch(w, shop, &sent[w->batch_of[n]], n, end - n);
    }
    wait_all(w);
    for (uint32_t b = 0, n = 0; b < w->batches; b++) {
        uint64_t there = 0, from = n;

        for (; n < w->events && w->batch_of[n] == b; n++)
            there += before->times[n] > 0;
        if (sent[b].duplicates != there || sent[b].others != n - from - there)
            found(out, &out->repeated, "batch %u: %llu duplicates, %llu were there", b,
                  (unsigned long long)sent[b].duplicates, (unsigned long long)there);
        batch_free(&sent[b].batch);
    }
    free(sent);
}

static void send_again(struct workload *w, const char *dir, const struct held *before,
                       struct findings *out)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    struct held *after = calloc(1, sizeof(*after));
    struct settings settings;
    struct error err = {0};

    settings_defaults(&settings);
    if (after == NULL || shop_open(&shop, dir, SHOP_WRITE, &settings, NULL, &err) != OK) {
        found(out, &out->corrupt, "%s", err.message);
        free(after);
        return;
    }
    send_all(w, shop, before, out);
    shop_close(&shop);
    read_journal(dir, after, out);
    for (uint32_t n = 0; n < w->events; n++)
        if (after->times[n] != 1)
            found(out, &out->repeated, "event %u, sent again, is there %u times", n,
                  after->times[n]);
    check_store(dir, after, out);
    free(after);
}

void workload_check(struct workload *w, const char *dir, struct findings *out)
{
    struct held *held = calloc(1, sizeof(*held));

    if (held == NULL)
        abort();
    *out = (struct findings){0};
    read_journal(dir, held, out);
    check_store(dir, held, out);
    compare(w, held, out);
    if (findings_good(out))
        send_again(w, dir, held, out);
    free(held);
}
