/* SPDX-License-Identifier: Apache-2.0 */
/* decision: one answer as bytes. Products and cart lines are packed into a field each: varints and
 * length-prefixed texts, an item's evidence only where it differs from the item's before. */
#include <assert.h>

#include "decisions/decisions.h"
#include "journal/record.h"

enum {
    FIELD_TIME = 1,
    FIELD_SURFACE,
    FIELD_ANONYMOUS_ID,
    FIELD_USER_ID,
    FIELD_ITEM_ID,
    FIELD_CATEGORY,
    FIELD_CART,
    FIELD_LIMIT,
    FIELD_PAGE,
    FIELD_POSITION,
    FIELD_GENERATION,
    FIELD_PROGRAM_VERSION,
    FIELD_SEED,
    FIELD_RUNG,
    FIELD_DEADLINE_STEP,
    FIELD_ITEMS,
};

static void pack(struct buffer *b, uint64_t n)
{
    for (; n >= 128; n >>= 7)
        buffer_add_char(b, (char)(n | 128));
    buffer_add_char(b, (char)n);
}

static bool unpack(struct text *rest, uint64_t *out)
{
    uint64_t n = 0;

    for (unsigned shift = 0; shift < 64 && rest->size > 0; shift += 7) {
        uint8_t byte = (uint8_t)*rest->data;
        rest->data++;
        rest->size--;
        n |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *out = n;
            return true;
        }
    }
    return false;
}

/* Source and evidence in one byte; the reference follows unless it is the one before. */
enum { SOURCE_BITS = 4, SAME_REFERENCE = 128 };

static void pack_items(const struct decision *d, struct buffer *out)
{
    uint32_t reference = 0;

    for (uint32_t i = 0; i < d->item_count; i++) {
        const struct decision_item *item = &d->items[i];
        bool same = item->evidence_reference == reference;
        assert(item->source < 1 << SOURCE_BITS && item->evidence_kind < 8);
        pack(out, item->product);
        buffer_add_char(out, (char)(item->source | item->evidence_kind << SOURCE_BITS |
                                    (same ? SAME_REFERENCE : 0)));
        if (!same)
            pack(out, item->evidence_reference);
        reference = item->evidence_reference;
    }
}

static bool unpack_items(struct text rest, struct decision *d)
{
    uint64_t reference = 0, product;

    while (rest.size > 0) {
        if (d->item_count == DECISION_ITEMS_MAX || !unpack(&rest, &product) ||
            product > UINT32_MAX || rest.size == 0)
            return false;
        uint8_t head = (uint8_t)*rest.data;
        rest.data++;
        rest.size--;
        if ((head & SAME_REFERENCE) == 0 && (!unpack(&rest, &reference) || reference > UINT32_MAX))
            return false;
        d->items[d->item_count++] =
            (struct decision_item){.product = (product_number)product,
                                   .source = head & ((1 << SOURCE_BITS) - 1),
                                   .evidence_kind = head >> SOURCE_BITS & 7,
                                   .evidence_reference = (uint32_t)reference};
    }
    return true;
}

static void pack_cart(const struct decision *d, struct buffer *out)
{
    for (uint32_t i = 0; i < d->cart_count; i++) {
        pack(out, d->cart[i].size);
        buffer_add_text(out, d->cart[i]);
    }
}

static bool unpack_cart(struct text rest, struct decision *d)
{
    uint64_t size;

    while (rest.size > 0) {
        if (d->cart_count == DECISION_CART_MAX || !unpack(&rest, &size) || size > rest.size)
            return false;
        d->cart[d->cart_count++] = (struct text){rest.data, size};
        rest.data += size;
        rest.size -= size;
    }
    return true;
}

void decision_encode(const struct decision *d, struct buffer *out)
{
    SCOPED(buffer_free) struct buffer packed = {0};

    put_i64(out, FIELD_TIME, d->now_ms);
    put_text(out, FIELD_SURFACE, d->surface);
    put_text(out, FIELD_ANONYMOUS_ID, d->anonymous_id);
    put_text(out, FIELD_USER_ID, d->user_id);
    put_text(out, FIELD_ITEM_ID, d->item_id);
    put_text(out, FIELD_CATEGORY, d->category);
    pack_cart(d, &packed);
    if (packed.size > 0)
        put_text(out, FIELD_CART, buffer_text(&packed));
    put_i64(out, FIELD_LIMIT, d->limit);
    put_text(out, FIELD_PAGE, d->page);
    put_i64(out, FIELD_POSITION, (int64_t)d->position.number);
    put_i64(out, FIELD_GENERATION, d->generation);
    put_i64(out, FIELD_PROGRAM_VERSION, d->program_version);
    put_i64(out, FIELD_SEED, (int64_t)d->seed);
    put_i64(out, FIELD_RUNG, d->rung);
    if (d->deadline_step != NOT_CUT)
        put_i64(out, FIELD_DEADLINE_STEP, d->deadline_step);
    buffer_clear(&packed);
    pack_items(d, &packed);
    if (packed.size > 0)
        put_text(out, FIELD_ITEMS, buffer_text(&packed));
}

static bool is_text_field(uint8_t field)
{
    return (field >= FIELD_SURFACE && field <= FIELD_CART) || field == FIELD_PAGE ||
           field == FIELD_ITEMS;
}

/* False for a field that cannot be what it says. Unknown fields are passed over. */
static bool take_field(const struct fields *f, struct decision *d)
{
    if (f->field <= FIELD_ITEMS && f->is_text != is_text_field(f->field))
        return false;
    switch (f->field) {
    case FIELD_TIME: d->now_ms = f->number; return true;
    case FIELD_SURFACE: d->surface = f->text; return true;
    case FIELD_ANONYMOUS_ID: d->anonymous_id = f->text; return true;
    case FIELD_USER_ID: d->user_id = f->text; return true;
    case FIELD_ITEM_ID: d->item_id = f->text; return true;
    case FIELD_CATEGORY: d->category = f->text; return true;
    case FIELD_CART: return unpack_cart(f->text, d);
    case FIELD_LIMIT: d->limit = (uint32_t)f->number; return true;
    case FIELD_PAGE: d->page = f->text; return true;
    case FIELD_POSITION: d->position.number = (uint64_t)f->number; return true;
    case FIELD_GENERATION: d->generation = (uint32_t)f->number; return true;
    case FIELD_PROGRAM_VERSION: d->program_version = (uint32_t)f->number; return true;
    case FIELD_SEED: d->seed = (uint64_t)f->number; return true;
    case FIELD_RUNG: d->rung = (uint8_t)f->number; return true;
    case FIELD_DEADLINE_STEP: d->deadline_step = (uint8_t)f->number; return true;
    case FIELD_ITEMS: return unpack_items(f->text, d);
    default: return true;
    }
}

enum status decision_decode(struct text body, struct decision *out, struct error *err)
{
    struct decision d = {.deadline_step = NOT_CUT};
    struct fields f = fields_of(body);
    bool good = true;

    while (good && fields_next(&f))
        good = take_field(&f, &d);
    if (!good || f.bad || d.surface.data == NULL)
        return error_set(err, ERR_CORRUPT, "a decision cannot be read");
    *out = d;
    return OK;
}
