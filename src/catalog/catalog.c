/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/catalog.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "base/memory.h"
#include "base/money.h"
#include "catalog/state.h"

enum {
    COMPACT_MIN = 1024 * 1024, /* smaller heaps are not worth compacting */
    CHANGES_BITS = 40,         /* of the numbers of one catalog's changes */
};

struct catalog *catalog_new(void)
{
    static atomic_uint_fast64_t made;
    struct catalog *c = mem_new(1, sizeof(*c));

    c->changes = (atomic_fetch_add(&made, 1) + 1) << CHANGES_BITS;
    return c;
}

void catalog_free(struct catalog *c)
{
    if (c == NULL)
        return;
    intern_free(&c->ids);
    intern_free(&c->brands);
    categories_free(&c->categories);
    bundles_free(&c->bundles);
    arena_free(&c->arena);
    buffer_free(&c->scratch);
    mem_free(c->rows);
    mem_free(c->heap);
    mem_free(c);
}

/* --- numbers ------------------------------------------------------------------- */

/* The row of a number just given: of something only mentioned. */
static void row_add(struct catalog *c, product_number n)
{
    c->rows = mem_grow(c->rows, &c->rows_room, c->ids.count, sizeof(*c->rows));
    c->rows[n] = (struct row){
        .price = MONEY_NONE, .product = n, .kind = ROW_MENTIONED, .sellable = NOT_KNOWN};
    c->unknown++;
}

/* The number of an id, given one when it is new: then as something only mentioned. */
static product_number number_add(struct catalog *c, struct text item_id)
{
    uint32_t before = c->ids.count;
    product_number n = intern_add(&c->ids, item_id);

    if (c->ids.count != before)
        row_add(c, n);
    return n;
}

uint64_t catalog_id_hash(struct text item_id)
{
    return intern_hash(item_id);
}

product_number catalog_find_hashed(const struct catalog *c, struct text item_id, uint64_t hash)
{
    return catalog_product_of(c, intern_find_hashed(&c->ids, item_id, hash));
}

product_number catalog_find(const struct catalog *c, struct text item_id)
{
    return catalog_find_hashed(c, item_id, intern_hash(item_id));
}

product_number catalog_fetch(const struct catalog *c, uint64_t hash, enum fetch step)
{
    product_number n = PRODUCT_NONE;

    switch (step) {
    case FETCH_FIRST: intern_fetch_slot(&c->ids, hash); break;
    case FETCH_NEXT:
        n = intern_fetch_number(&c->ids, hash);
        if (n != INTERN_NONE)
            __builtin_prefetch(&c->rows[n]);
        break;
    case FETCH_LAST: intern_fetch_text(&c->ids, hash); break;
    }
    return n;
}

product_number catalog_mention(struct catalog *c, struct text item_id)
{
    return catalog_mention_hashed(c, item_id, intern_hash(item_id));
}

product_number catalog_mention_hashed(struct catalog *c, struct text item_id, uint64_t hash)
{
    product_number n = intern_find_hashed(&c->ids, item_id, hash);

    if (n != INTERN_NONE)
        return c->rows[n].product;
    if (item_id.size == 0 || c->unknown >= CATALOG_UNKNOWN_MAX)
        return PRODUCT_NONE;
    return number_add(c, item_id);
}

product_number catalog_number(const struct catalog *c, struct text item_id)
{
    uint32_t n = intern_find(&c->ids, item_id);

    return n == INTERN_NONE ? PRODUCT_NONE : n;
}

void catalog_skip(struct catalog *c)
{
    if (c->unknown < CATALOG_UNKNOWN_MAX)
        row_add(c, intern_skip(&c->ids));
}

void catalog_forget(struct catalog *c, const struct intern *item_ids)
{
    SCOPED(mem_free_scoped) uint32_t *numbers = mem_new(item_ids->count + 1, sizeof(*numbers));
    size_t count = 0;

    for (uint32_t i = 0; i < item_ids->count; i++) {
        uint32_t n = intern_find(&c->ids, intern_text(item_ids, i));
        if (n != INTERN_NONE && c->rows[n].kind == ROW_MENTIONED)
            numbers[count++] = n;
    }
    qsort(numbers, count, sizeof(*numbers), compare_u32);
    intern_forget(&c->ids, numbers, count);
}

bool catalog_merely_mentioned(const struct catalog *c, product_number n)
{
    return n < c->ids.count && c->rows[n].kind == ROW_MENTIONED && !intern_forgotten(&c->ids, n);
}

product_number catalog_product_of(const struct catalog *c, product_number n)
{
    return n < c->ids.count ? c->rows[n].product : PRODUCT_NONE;
}

void catalog_fetch_product(const struct catalog *c, product_number n)
{
    if (n < c->ids.count)
        __builtin_prefetch(&c->rows[n]);
}

product_number catalog_count(const struct catalog *c)
{
    return c->ids.count;
}

uint32_t catalog_known(const struct catalog *c)
{
    return c->known;
}

uint32_t catalog_sellable_count(const struct catalog *c)
{
    return c->sellable;
}

struct text catalog_item_id(const struct catalog *c, product_number n)
{
    return n < c->ids.count && !intern_forgotten(&c->ids, n) ? intern_text(&c->ids, n)
                                                             : (struct text){0};
}

/* --- what changed ---------------------------------------------------------------- */

void catalog_note_change(struct catalog *c, product_number n)
{
    c->changed[c->changes++ % CATALOG_CHANGES_KEPT] = n;
}

uint64_t catalog_changes(const struct catalog *c)
{
    return c->changes;
}

product_number catalog_changed(const struct catalog *c, uint64_t number)
{
    assert(number < c->changes && c->changes - number <= CATALOG_CHANGES_KEPT);
    return c->changed[number % CATALOG_CHANGES_KEPT];
}

bool catalog_tells(const struct catalog *c, uint64_t from)
{
    bool told = from <= c->changes && c->changes - from <= CATALOG_CHANGES_KEPT;

    for (uint64_t i = from; told && i < c->changes; i++)
        told = catalog_changed(c, i) != PRODUCT_NONE;
    return told;
}

/* --- folding ------------------------------------------------------------------- */

static void compact(struct catalog *c)
{
    size_t room = c->heap_size - c->garbage;
    char *fresh = mem_resize(NULL, room + room / 4 + 1, 1);
    size_t at = 0;

    for (product_number n = 0; n < c->ids.count; n++) {
        struct row *row = &c->rows[n];

        if (row->body_size == 0)
            continue;
        memcpy(fresh + at, c->heap + row->body_at, row->body_size);
        row->body_at = at;
        at += row->body_size;
    }
    assert(at == room);
    mem_free(c->heap);
    c->heap = fresh;
    c->heap_size = at;
    c->heap_room = room + room / 4 + 1;
    c->garbage = 0;
}

/* `body` must not lie in the heap. */
static void body_store(struct catalog *c, struct row *row, struct text body)
{
    assert(body.size > 0 && body.size <= UINT32_MAX);
    if (body.size > row->body_size) {
        c->heap = mem_grow(c->heap, &c->heap_room, c->heap_size + body.size, 1);
        c->garbage += row->body_size;
        row->body_at = c->heap_size;
        c->heap_size += body.size;
    } else {
        c->garbage += row->body_size - body.size;
    }
    memcpy(c->heap + row->body_at, body.data, body.size);
    row->body_size = (uint32_t)body.size;
    if (c->heap_size > COMPACT_MIN && c->garbage > c->heap_size / 2)
        compact(c);
}

/* A product of its own becomes a mere variant: nothing stands for it. */
static void product_drop(struct catalog *c, product_number n)
{
    struct row *row = &c->rows[n];

    bundles_unlink(c, n);
    c->garbage += row->body_size;
    c->known--;
    *row = (struct row){.price = MONEY_NONE, .product = n, .sellable = NOT_KNOWN};
    catalog_note_change(c, n);
}

/* A published product's own id stands for itself, as does that of one that had variants; any other id
 * of a variant stands for the product whose record named it last, also when that product no longer
 * has the variant. */
static void variant_link(struct catalog *c, struct text item_id, product_number product)
{
    product_number n = number_add(c, item_id);
    struct row *row = &c->rows[n];

    if (n == product ||
        (row->kind == ROW_PRODUCT && (row->sellable != NOT_PUBLISHED || row->had_variants)))
        return;
    if (row->kind == ROW_PRODUCT)
        product_drop(c, n);
    c->rows[product].had_variants = 1;
    c->unknown -= row->kind == ROW_MENTIONED;
    row->kind = ROW_VARIANT;
    row->product = product;
}

/* What the record says the product consists of. Parts that nothing is known of yet get numbers. */
static void parts_link(struct catalog *c, product_number n, const struct product *p)
{
    bundles_unlink(c, n);
    for (uint32_t i = 0; i < p->part_count; i++) {
        product_number part = number_add(c, p->parts[i].item_id);

        if (c->rows[part].kind == ROW_MENTIONED) {
            c->unknown--;
            c->rows[part].kind = ROW_PART;
        }
        bundles_link(c, n, part, p->parts[i].quantity);
    }
}

/* `p` points into the heap where a kept product was changed, so what is needed of it is taken before
 * its body is stored. Bundles are judged by what is stored of them and their parts. */
static void product_keep(struct catalog *c, product_number n, const struct product *p,
                         struct text body)
{
    struct row *row = &c->rows[n];

    c->sellable -= row->sellable == SELLABLE;
    row_judge(row, p, true);
    c->sellable += row->sellable == SELLABLE;
    row->category = categories_add(&c->categories, p->category);
    struct text brand = text_trim(p->brand);
    row->brand = brand.size > 0 ? intern_add(&c->brands, brand) + 1 : 0;
    body_store(c, row, body);
    catalog_note_change(c, n);
    bundles_wait(c, n);
}

static product_number fold_product(struct catalog *c, struct text body)
{
    struct product p;

    if (product_decode(body, &c->arena, &p, NULL) != OK || p.item_id.size == 0)
        return PRODUCT_NONE; /* nothing that was checked before it was recorded is like that */
    product_number n = number_add(c, p.item_id);
    struct row *row = &c->rows[n];
    bundles_disturb(c, n);
    c->unknown -= row->kind == ROW_MENTIONED;
    c->known += row->kind != ROW_PRODUCT;
    row->kind = ROW_PRODUCT;
    row->product = n;
    for (uint32_t i = 0; i < p.variant_count; i++)
        if (p.variants[i].item_id.size > 0)
            variant_link(c, p.variants[i].item_id, n);
    parts_link(c, n, &p);
    product_keep(c, n, &p, body);
    return n;
}

/* Keep a product that was read from the heap and then changed. */
static void product_change(struct catalog *c, product_number n, const struct product *p)
{
    buffer_clear(&c->scratch);
    product_encode(p, &c->scratch);
    product_keep(c, n, p, buffer_text(&c->scratch));
}

static void fold_stock(struct catalog *c, struct text body)
{
    struct stock_change change;
    struct product p;

    if (stock_decode(body, &change, NULL) != OK)
        return;
    product_number n = catalog_find(c, change.item_id);
    if (!catalog_get(c, n, &c->arena, &p))
        return;
    bool found = text_equal(p.item_id, change.item_id);
    if (found) {
        p.stock = change.stock;
        p.availability = change.availability;
    }
    for (uint32_t i = 0; i < p.variant_count; i++) {
        if (!text_equal(p.variants[i].item_id, change.item_id))
            continue;
        p.variants[i].stock = change.stock;
        p.variants[i].availability = change.availability;
        found = true;
    }
    if (found)
        product_change(c, n, &p);
}

static void fold_unpublish(struct catalog *c, struct text item_id)
{
    product_number n = intern_find(&c->ids, item_id);
    struct product p;

    if (n == INTERN_NONE || c->rows[n].kind != ROW_PRODUCT || !catalog_get(c, n, &c->arena, &p))
        return;
    p.published = false;
    product_change(c, n, &p);
}

product_number catalog_fold_later(struct catalog *c, const struct record *r)
{
    arena_reset(&c->arena);
    if (r->kind == RECORD_PRODUCT)
        return fold_product(c, r->body);
    if (r->kind == RECORD_STOCK)
        fold_stock(c, r->body);
    else if (r->kind == RECORD_UNPUBLISH)
        fold_unpublish(c, r->body);
    return PRODUCT_NONE;
}

product_number catalog_fold(struct catalog *c, const struct record *r)
{
    product_number n = catalog_fold_later(c, r);

    catalog_settle(c);
    return n;
}

/* --- reading ------------------------------------------------------------------- */

/* The row of what `n` stands for, or NULL. */
static const struct row *row_of(const struct catalog *c, product_number n)
{
    return n < c->ids.count ? &c->rows[c->rows[n].product] : NULL;
}

enum sellable catalog_sellable(const struct catalog *c, product_number n)
{
    const struct row *row = row_of(c, n);

    return row == NULL ? NOT_KNOWN : (enum sellable)row->sellable;
}

uint32_t catalog_age_min(const struct catalog *c, product_number n)
{
    const struct row *row = row_of(c, n);

    return row == NULL ? 0 : row->age_min;
}

int64_t catalog_price(const struct catalog *c, product_number n)
{
    const struct row *row = row_of(c, n);

    return row == NULL ? MONEY_NONE : row->price;
}

static float number_of(uint16_t kept, float lowest)
{
    return kept == ROW_UNKNOWN ? NAN : (float)kept / ROW_SHARES + lowest;
}

struct offer catalog_offer(const struct catalog *c, product_number n)
{
    const struct row *row = row_of(c, n);

    if (row == NULL || row->body_size == 0)
        return (struct offer){NAN, NAN, NAN};
    return (struct offer){number_of(row->margin, -1), number_of(row->discount, 0),
                          row->stock == ROW_UNKNOWN ? NAN : (float)row->stock};
}

category_number catalog_category(const struct catalog *c, product_number n)
{
    const struct row *row = row_of(c, n);

    return row == NULL ? 0 : row->category;
}

brand_number catalog_brand(const struct catalog *c, product_number n)
{
    const struct row *row = row_of(c, n);

    return row == NULL ? 0 : row->brand;
}

brand_number catalog_brand_find(const struct catalog *c, struct text name)
{
    uint32_t number = intern_find(&c->brands, name);

    return number == UINT32_MAX ? 0 : number + 1;
}

struct text catalog_brand_name(const struct catalog *c, brand_number n)
{
    return n == 0 || n > c->brands.count ? (struct text){0} : intern_text(&c->brands, n - 1);
}

struct text catalog_body(const struct catalog *c, product_number n)
{
    const struct row *row = row_of(c, n);

    if (row == NULL || row->body_size == 0)
        return (struct text){0};
    return (struct text){c->heap + row->body_at, row->body_size};
}

bool catalog_get(const struct catalog *c, product_number n, struct arena *a, struct product *out)
{
    struct text body = catalog_body(c, n);

    return body.data != NULL && product_decode(body, a, out, NULL) == OK;
}

bool catalog_holds(const struct catalog *c, const struct product *p)
{
    SCOPED(buffer_free) struct buffer encoded = {0};
    product_number n = intern_find(&c->ids, p->item_id);

    if (n == INTERN_NONE || c->rows[n].kind != ROW_PRODUCT)
        return false;
    product_encode(p, &encoded);
    return text_equal(catalog_body(c, n), buffer_text(&encoded));
}
