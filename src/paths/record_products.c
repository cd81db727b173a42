/* SPDX-License-Identifier: Apache-2.0 */
/* record_products: products, stock and unpublishing on their way into the journal. Only what
 * differs from the catalog is written, so that the same feed twice a day costs nothing. */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "ingest/ledger.h"
#include "paths/record.h"
#include "paths/recorder.h"

struct change {
    enum record_kind kind;
    size_t id_at, id_size;     /* its item id, in bytes */
    size_t body_at, body_size; /* its record, in bytes */
};

struct product_batch {
    struct change *changes;
    size_t count, room;
    struct buffer bytes;
};

struct product_write {
    struct write write; /* first: the writer hands it back */
    struct shop *shop;
    const struct product_batch *batch;
    int64_t now_ms;
    uint64_t stored, same;
};

struct product_batch *product_batch_new(void)
{
    return mem_new(1, sizeof(struct product_batch));
}

void product_batch_free(struct product_batch *b)
{
    if (b == NULL)
        return;
    mem_free(b->changes);
    buffer_free(&b->bytes);
    mem_free(b);
}

void product_batch_clear(struct product_batch *b)
{
    b->count = 0;
    buffer_clear(&b->bytes);
}

size_t product_batch_count(const struct product_batch *b)
{
    return b->count;
}

uint64_t product_batch_bytes(const struct product_batch *b)
{
    return b->bytes.size;
}

/* The body is what the caller adds to b->bytes next; change_end closes it. */
static struct change *change_begin(struct product_batch *b, enum record_kind kind,
                                   struct text item_id)
{
    b->changes = mem_grow(b->changes, &b->room, b->count + 1, sizeof(*b->changes));
    struct change *change = &b->changes[b->count++];

    change->kind = kind;
    change->id_at = b->bytes.size;
    change->id_size = item_id.size;
    buffer_add_text(&b->bytes, item_id);
    change->body_at = b->bytes.size;
    return change;
}

static void change_end(const struct product_batch *b, struct change *change)
{
    change->body_size = b->bytes.size - change->body_at;
}

void product_batch_add(struct product_batch *b, const struct product *p)
{
    struct change *change = change_begin(b, RECORD_PRODUCT, p->item_id);

    product_encode(p, &b->bytes);
    change_end(b, change);
}

void product_batch_stock(struct product_batch *b, const struct stock_change *c)
{
    struct change *change = change_begin(b, RECORD_STOCK, c->item_id);

    stock_encode(c, &b->bytes);
    change_end(b, change);
}

void product_batch_unpublish(struct product_batch *b, struct text item_id)
{
    struct change *change = change_begin(b, RECORD_UNPUBLISH, item_id);

    buffer_add_text(&b->bytes, item_id);
    change_end(b, change);
}

static struct text part(const struct product_batch *b, size_t at, size_t size)
{
    return (struct text){b->bytes.data + at, size};
}

/* `item_id` is a variant of `now`, or `now` itself. */
static bool same_stock(const struct product *now, struct text body)
{
    struct stock_change change;
    struct error why = {0}; /* of no interest: it was encoded here */

    if (stock_decode(body, &change, &why) != OK)
        return false;
    if (text_equal(change.item_id, now->item_id))
        return now->stock == change.stock && now->availability == change.availability;
    for (uint32_t i = 0; i < now->variant_count; i++)
        if (text_equal(change.item_id, now->variants[i].item_id))
            return now->variants[i].stock == change.stock &&
                   now->variants[i].availability == change.availability;
    return false;
}

/* True when the catalog says this already. Of a product that the open transaction changes it is not
 * known, so what follows is written. Stock of nothing and unpublishing nothing change nothing. */
static bool same(struct product_write *w, const struct change *change, struct arena *a)
{
    const struct catalog *catalog = w->shop->state->catalog;
    struct intern *touched = &w->shop->recorder->touched;
    struct text item_id = part(w->batch, change->id_at, change->id_size);
    struct text body = part(w->batch, change->body_at, change->body_size);
    product_number number = catalog_find(catalog, item_id);
    struct product now;

    if (intern_find(touched, item_id) != INTERN_NONE)
        return false;
    if (number == PRODUCT_NONE || !catalog_get(catalog, number, a, &now))
        return change->kind != RECORD_PRODUCT && touched->count == 0;
    if (intern_find(touched, now.item_id) != INTERN_NONE)
        return false;
    switch (change->kind) {
    case RECORD_PRODUCT: return text_equal(catalog_body(catalog, number), body);
    case RECORD_STOCK: return same_stock(&now, body);
    case RECORD_UNPUBLISH: return !now.published;
    default: return false;
    }
}

static void touch(struct product_write *w, const struct change *change)
{
    const struct catalog *catalog = w->shop->state->catalog;
    struct text item_id = part(w->batch, change->id_at, change->id_size);
    product_number number = catalog_find(catalog, item_id);

    (void)intern_add(&w->shop->recorder->touched, item_id); /* its number is of no use here */
    if (number != PRODUCT_NONE)
        (void)intern_add(&w->shop->recorder->touched, catalog_item_id(catalog, number)); /* same */
}

static enum status product_write_run(struct write *write, struct writer *writer,
                                     struct store *store, struct error *err)
{
    SCOPED(arena_free) struct arena scratch = {0};
    struct product_write *w = (struct product_write *)write;

    w->stored = w->same = 0;
    for (size_t i = 0; i < w->batch->count; i++) {
        const struct change *change = &w->batch->changes[i];
        struct position position;

        arena_reset(&scratch);
        if (same(w, change, &scratch)) {
            w->same++;
            continue;
        }
        if (writer_append(writer, change->kind, w->now_ms,
                          part(w->batch, change->body_at, change->body_size), &position, err) != OK)
            return err->status;
        touch(w, change);
        w->stored++;
    }
    struct ledger_counts counts = {
        .received = w->batch->count, .stored = w->stored, .duplicate = w->same};
    return ledger_count(store, &counts, err);
}

enum status record_products(struct shop *shop, struct product_batch *b, int64_t now_ms,
                            uint64_t *stored, uint64_t *same_count, struct error *err)
{
    struct product_write w = {
        .write = {.run = product_write_run, .events = b->count > 0 ? (uint32_t)b->count : 1},
        .shop = shop,
        .batch = b,
        .now_ms = now_ms,
    };

    assert(shop->mode == SHOP_WRITE);
    if (b->count > 0 && writer_run(shop->writer, &w.write, err) != OK)
        return err->status;
    *stored = w.stored;
    *same_count = w.same;
    return OK;
}
