/* SPDX-License-Identifier: Apache-2.0 */
/* decision: one answer as bytes. Products, cart lines and what is to be known of exploration are packed
 * into a field each: varints and length-prefixed texts, an item's evidence only where it differs from
 * the item's before. */
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
    FIELD_WIDE_ITEMS, /* in its place when one does not fit */
    FIELD_EXPLORATION,
    FIELD_ARRIVAL,
    FIELD_AGE_VERIFIED = 22,
    FIELD_LANGUAGE = 24,
    FIELD_TOOK_US = 25,
    FIELD_DIGEST = 26,
    FIELD_ROBOT = 27,
    FIELD_GPC = 29,
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

static bool unpack_byte(struct text *rest, uint8_t *out)
{
    if (rest->size == 0)
        return false;
    *out = (uint8_t)*rest->data;
    rest->data++;
    rest->size--;
    return true;
}

/* An item is its product, its source and kind of evidence, and the reference unless that is the one
 * before. Source and kind share a byte with SAME_REFERENCE; wide items have a byte more, for the source
 * alone. */
enum { SOURCE_BITS = 4, SOURCES_NARROW = 1 << SOURCE_BITS, KINDS_NARROW = 8, SAME_REFERENCE = 128 };

static bool items_wide(const struct decision *d)
{
    for (uint32_t i = 0; i < d->item_count; i++)
        if (d->items[i].source >= SOURCES_NARROW || d->items[i].evidence_kind >= KINDS_NARROW)
            return true;
    return false;
}

static void pack_items(const struct decision *d, bool wide, struct buffer *out)
{
    uint32_t reference = 0;

    for (uint32_t i = 0; i < d->item_count; i++) {
        const struct decision_item *item = &d->items[i];
        int same = item->evidence_reference == reference ? SAME_REFERENCE : 0;
        assert(item->evidence_kind < SAME_REFERENCE);
        pack(out, item->product);
        if (wide) {
            buffer_add_char(out, (char)item->source);
            buffer_add_char(out, (char)(item->evidence_kind | same));
        } else {
            buffer_add_char(out, (char)(item->source | item->evidence_kind << SOURCE_BITS | same));
        }
        if (same == 0)
            pack(out, item->evidence_reference);
        reference = item->evidence_reference;
    }
}

/* Source and kind; `*same`: no reference follows. */
static bool unpack_head(struct text *rest, bool wide, struct decision_item *item, bool *same)
{
    uint8_t head;

    if ((wide && !unpack_byte(rest, &item->source)) || !unpack_byte(rest, &head))
        return false;
    *same = (head & SAME_REFERENCE) != 0;
    item->evidence_kind = (uint8_t)(head & ~SAME_REFERENCE);
    if (!wide) {
        item->source = head & (SOURCES_NARROW - 1);
        item->evidence_kind >>= SOURCE_BITS;
    }
    return true;
}

static bool unpack_items(struct text rest, bool wide, struct decision *d)
{
    uint64_t reference = 0, product;
    bool same;

    while (rest.size > 0) {
        struct decision_item item;
        if (d->item_count == DECISION_ITEMS_MAX || !unpack(&rest, &product) ||
            product > UINT32_MAX || !unpack_head(&rest, wide, &item, &same) ||
            (!same && (!unpack(&rest, &reference) || reference > UINT32_MAX)))
            return false;
        item.product = (product_number)product;
        item.evidence_reference = (uint32_t)reference;
        d->items[d->item_count++] = item;
    }
    return true;
}

static void pack_exploration(const struct decision *d, struct buffer *out)
{
    if (d->explore_ppm == 0)
        return;
    pack(out, d->explored_slot);
    pack(out, d->explore_ppm);
    pack(out, d->explore_pool);
}

static bool unpack_exploration(struct text rest, struct decision *d)
{
    uint64_t slot, ppm, pool;

    if (!unpack(&rest, &slot) || !unpack(&rest, &ppm) || !unpack(&rest, &pool) || rest.size > 0 ||
        slot > UINT32_MAX || ppm > UINT32_MAX || pool > UINT32_MAX)
        return false;
    d->explored_slot = (uint32_t)slot;
    d->explore_ppm = (uint32_t)ppm;
    d->explore_pool = (uint32_t)pool;
    return true;
}

/* Its numbers in a row; nothing of an arrival that says nothing. */
static void pack_arrival(const struct arrival *a, struct buffer *out)
{
    if (a->device == 0 && a->country == 0 && a->source == 0 && a->medium == 0 && a->campaign == 0)
        return;
    pack(out, a->device);
    pack(out, a->country);
    pack(out, a->source);
    pack(out, a->medium);
    pack(out, a->campaign);
}

static bool unpack_arrival(struct text rest, struct arrival *a)
{
    uint64_t device, country, source, medium, campaign;

    if (!unpack(&rest, &device) || !unpack(&rest, &country) || !unpack(&rest, &source) ||
        !unpack(&rest, &medium) || !unpack(&rest, &campaign) || rest.size > 0 ||
        device > UINT8_MAX || country > UINT16_MAX || source > UINT32_MAX || medium > UINT32_MAX ||
        campaign > UINT32_MAX)
        return false;
    *a = (struct arrival){.source = (uint32_t)source,
                          .medium = (uint32_t)medium,
                          .campaign = (uint32_t)campaign,
                          .country = (uint16_t)country,
                          .device = (uint8_t)device};
    return true;
}

/* An answer that explored did so at one of its slots, out of some candidates. */
static bool exploration_valid(const struct decision *d)
{
    return d->explore_ppm <= EXPLORE_ALWAYS_PPM && d->explored_slot <= d->item_count &&
           (d->explored_slot == 0 || (d->explore_ppm > 0 && d->explore_pool > 0));
}

static bool is_pinned(const struct decision *d, uint32_t item)
{
    return d->items[item].evidence_kind == DECISION_KIND_PINNED;
}

/* Of the first `count` items those that are not pinned. */
static double ranked_items(const struct decision *d, uint32_t count)
{
    uint32_t ranked = 0;

    for (uint32_t i = 0; i < count; i++)
        ranked += !is_pinned(d, i);
    return ranked;
}

double decision_propensity(const struct decision *d, uint32_t item)
{
    double e = (double)d->explore_ppm / EXPLORE_ALWAYS_PPM;

    assert(item < d->item_count && exploration_valid(d));
    if (d->explore_pool == 0 || is_pinned(d, item))
        return 1;
    double n = ranked_items(d, d->item_count), slot = ranked_items(d, item + 1);
    if (d->explored_slot == 0 || item + 1 < d->explored_slot)
        return 1 - e * slot / n;
    if (item + 1 > d->explored_slot)
        return e * (slot - 1) / n;
    return e / (n * d->explore_pool);
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

    assert(exploration_valid(d));
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
    bool wide = items_wide(d);
    pack_items(d, wide, &packed);
    if (packed.size > 0)
        put_text(out, wide ? FIELD_WIDE_ITEMS : FIELD_ITEMS, buffer_text(&packed));
    buffer_clear(&packed);
    pack_exploration(d, &packed);
    if (packed.size > 0)
        put_text(out, FIELD_EXPLORATION, buffer_text(&packed));
    buffer_clear(&packed);
    pack_arrival(&d->arrival, &packed);
    if (packed.size > 0)
        put_text(out, FIELD_ARRIVAL, buffer_text(&packed));
    if (d->age_verified > 0)
        put_i64(out, FIELD_AGE_VERIFIED, d->age_verified);
    put_text(out, FIELD_LANGUAGE, d->language);
    if (d->took_us > 0)
        put_i64(out, FIELD_TOOK_US, d->took_us);
    if (d->digest > 0)
        put_i64(out, FIELD_DIGEST, d->digest);
    if (d->robot > 0)
        put_i64(out, FIELD_ROBOT, d->robot);
    if (d->gpc)
        put_i64(out, FIELD_GPC, 1);
}

static bool is_text_field(uint8_t field)
{
    return (field >= FIELD_SURFACE && field <= FIELD_CART) || field == FIELD_PAGE ||
           (field >= FIELD_ITEMS && field <= FIELD_ARRIVAL) || field == FIELD_LANGUAGE;
}

/* Of the fields that this program knows, a number where a text belongs, or the other way round. */
static bool misplaced(const struct fields *f)
{
    bool known = f->field <= FIELD_ARRIVAL || f->field == FIELD_AGE_VERIFIED ||
                 (f->field >= FIELD_LANGUAGE && f->field <= FIELD_ROBOT) || f->field == FIELD_GPC;

    return known && f->is_text != is_text_field(f->field);
}

/* False for a field that cannot be what it says. Unknown fields are passed over. */
static bool take_field(const struct fields *f, struct decision *d)
{
    if (misplaced(f))
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
    case FIELD_ITEMS: return unpack_items(f->text, false, d);
    case FIELD_WIDE_ITEMS: return unpack_items(f->text, true, d);
    case FIELD_GPC: d->gpc = f->number != 0; return true;
    case FIELD_AGE_VERIFIED: d->age_verified = (uint32_t)f->number; return true;
    case FIELD_EXPLORATION: return unpack_exploration(f->text, d);
    case FIELD_ARRIVAL: return unpack_arrival(f->text, &d->arrival);
    case FIELD_LANGUAGE: d->language = f->text; return true;
    case FIELD_TOOK_US: d->took_us = (uint32_t)f->number; return true;
    case FIELD_DIGEST: d->digest = (uint32_t)f->number; return true;
    case FIELD_ROBOT: d->robot = (uint8_t)f->number; return true;
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
    if (!good || f.bad || d.surface.data == NULL || !exploration_valid(&d))
        return error_set(err, ERR_CORRUPT, "a decision cannot be read");
    *out = d;
    return OK;
}
