/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/refused.h"

#include "base/memory.h"
#include "ingest/ingest.h"
#include "ingest/ledger.h"
#include "paths/record.h"

enum { TURN_ITEMS = 500 };

/* Kept items of one turn, copied so that the connection is free while they are tried. */
struct turn {
    struct arena arena;
    struct refused_item items[TURN_ITEMS];
    size_t count;
};

static void turn_keep(void *context, const struct refused_item *item)
{
    struct turn *t = context;
    struct refused_item *kept = &t->items[t->count++];

    *kept = *item;
    kept->body = arena_text(&t->arena, item->body);
}

struct removal {
    struct write write; /* first: the writer hands it back */
    uint64_t number;
};

static enum status removal_run(struct write *w, struct writer *writer, struct store *store,
                               struct error *err)
{
    struct removal *r = (struct removal *)w;

    (void)writer; /* nothing is appended */
    return ledger_refused_remove(store, r->number, err);
}

static void removal_done(struct write *w, enum status status, const struct error *err)
{
    (void)w;
    (void)status; /* writer_run hands both to the caller */
    (void)err;
}

static enum status try_item(struct shop *shop, const struct refused_item *item, int64_t now_ms,
                            struct refused_replayed *out, struct error *err)
{
    struct ingest_context context = shop_ingest_context(shop, now_ms, item->verified);
    struct removal removal = {
        .write = {.run = removal_run, .done = removal_done, .events = 1},
        .number = item->number,
    };
    SCOPED(batch_free) struct batch batch;

    batch_init(&batch, "replay", now_ms, item->verified);
    if (item->body.size == 0 || item->body.data[0] != '{') {
        out->passed_over++;
        return OK;
    }
    ingest_json_line(item->body, item->line, 0, &context, &batch);
    if (record_run(shop, &batch, err) != OK)
        return err->status;
    out->tried++;
    switch (batch.entries[0].outcome) {
    case ENTRY_STORED: out->stored++; break;
    case ENTRY_DUPLICATE: out->duplicate++; break;
    default: out->refused++; break;
    }
    return writer_run(shop->writer, &removal.write, err);
}

enum status refused_replay_all(struct shop *shop, int64_t now_ms, struct refused_replayed *out,
                               struct error *err)
{
    struct turn *turn = mem_new(1, sizeof(*turn));
    uint64_t after = 0, last = UINT64_MAX;
    enum status status = OK;

    *out = (struct refused_replayed){.tried = 0};
    do {
        turn->count = 0;
        arena_reset(&turn->arena);
        pthread_mutex_lock(&shop->store_mutex);
        if (last == UINT64_MAX)
            status = ledger_refused_last(shop->store, &last, err);
        if (status == OK)
            status = ledger_refused_each(shop->store, after, TURN_ITEMS, turn_keep, turn, err);
        pthread_mutex_unlock(&shop->store_mutex);
        for (size_t i = 0; i < turn->count && status == OK; i++) {
            after = turn->items[i].number;
            if (after <= last) /* those refused again just now come behind */
                status = try_item(shop, &turn->items[i], now_ms, out, err);
        }
    } while (status == OK && turn->count == TURN_ITEMS && after < last);
    arena_free(&turn->arena);
    mem_free(turn);
    return status;
}

void refused_replayed_json(const struct refused_replayed *r, struct json *j)
{
    json_object_begin(j);
    json_key_u64(j, "tried", r->tried);
    json_key_u64(j, "stored", r->stored);
    json_key_u64(j, "duplicate", r->duplicate);
    json_key_u64(j, "refused", r->refused);
    json_key_u64(j, "passed_over", r->passed_over);
    json_object_end(j);
}
