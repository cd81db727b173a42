/* SPDX-License-Identifier: Apache-2.0 */
/* gather: an item's rows become one product, given when the last of them is read.
 *
 * The first reading counts the rows of each key (item_group_id, else item_id). In the second, a
 * product is kept, encoded, only between its first and its last row, so that a file without
 * repeated items keeps nothing. Input that cannot be read twice keeps all products until its end.
 */
#include <assert.h>
#include <string.h>

#include "base/intern.h"
#include "base/memory.h"
#include "base/money.h"
#include "catalog/feed_reader.h"

struct held {
    char *body; /* the encoded product; NULL before its first row and after its last */
    uint32_t size;
    uint32_t left; /* rows still to come */
    uint64_t line; /* of the first row */
};

struct gather {
    struct intern keys;
    struct held *held;
    size_t room;
    struct buffer scratch;
    uint64_t rows;
    bool twice; /* `left` is known */
};

static void gather_free(struct gather *g)
{
    for (uint32_t i = 0; i < g->keys.count; i++)
        mem_free(g->held[i].body);
    mem_free(g->held);
    intern_free(&g->keys);
    buffer_free(&g->scratch);
}

static struct held *held_of(struct gather *g, struct text key)
{
    uint32_t n = intern_add(&g->keys, key);

    g->held = mem_grow(g->held, &g->room, g->keys.count, sizeof(*g->held));
    return &g->held[n];
}

/* The row as a variant of its group's product: a variant of the same id is replaced. */
static void variant_over(const struct draft *d, struct product *p, struct arena *a)
{
    const struct product *row = &d->product;
    struct variant *all = arena_array(a, p->variant_count + 1, sizeof(*all));
    uint32_t at = 0;

    if (p->variant_count > 0)
        memcpy(all, p->variants, p->variant_count * sizeof(*all));
    while (at < p->variant_count && !text_equal(all[at].item_id, row->item_id))
        at++;
    p->variant_count += at == p->variant_count;
    all[at] = (struct variant){
        .item_id = row->item_id,
        .title = row->title,
        .price = row->price,
        .sale_price = row->sale_price,
        .cost = row->cost,
        .stock = row->stock,
        .availability = row->availability,
        .gtin = row->gtin,
        .attributes = row->attributes,
        .attribute_count = row->attribute_count,
    };
    p->variants = all;
}

/* What a group's product has of its rows: not their prices, stock and attributes. */
static void group_over(const struct draft *d, struct product *p, bool first, struct arena *a)
{
    struct draft *common = arena_alloc(a, sizeof(*common));

    *common = *d;
    common->product.item_id = d->group;
    common->product.attribute_count = 0;
    common->given &= ~(1u << FIELD_PRICE | 1u << FIELD_SALE_PRICE | 1u << FIELD_COST |
                       1u << FIELD_STOCK | 1u << FIELD_AVAILABILITY | 1u << FIELD_GTIN);
    draft_over(common, p, first, a);
    variant_over(d, p, a);
}

/* What the product is before this row. */
static void before_row(struct feed *f, const struct held *h, struct text key, struct product *p)
{
    struct text body = {h->body, h->size};

    if (body.data != NULL) {
        enum status status = product_decode(body, &f->arena, p, NULL);
        assert(status == OK); /* it was encoded below */
        return;
    }
    bool known = f->options->format == FEED_CSV && f->sink->before != NULL &&
                 f->sink->before(f->sink->context, key, &f->arena, p);
    if (!known)
        *p = product_blank();
}

static void hold(struct gather *g, struct held *h, const struct product *p)
{
    buffer_clear(&g->scratch);
    product_encode(p, &g->scratch);
    assert(g->scratch.size <= UINT32_MAX);
    mem_free(h->body);
    h->body = mem_copy(g->scratch.data, g->scratch.size);
    h->size = (uint32_t)g->scratch.size;
}

static void count_row(struct feed *f, struct text key)
{
    struct gather *g = f->gather;

    held_of(g, key)->left++;
    feed_reading(f, ++g->rows);
}

void gather_row(struct feed *f, struct text raw, uint64_t line)
{
    struct gather *g = f->gather;
    struct draft *d = &f->draft;
    bool grouped = d->group.size > 0;
    struct text key = grouped ? d->group : d->product.item_id;
    struct product p;

    if (f->quiet) {
        count_row(f, key);
        return;
    }
    struct held *h = held_of(g, key);
    bool first = h->body == NULL;
    if (first)
        h->line = line;
    before_row(f, h, key, &p);
    if (grouped && p.variant_count >= PRODUCT_VARIANTS_MAX) {
        (void)refuse_field(&d->why, "too_many", "item_group_id",
                           "the group has more than %d variants", PRODUCT_VARIANTS_MAX);
        feed_refuse(f, &d->why, raw, line);
    } else if (grouped) {
        group_over(d, &p, first, &f->arena);
    } else {
        draft_over(d, &p, true, &f->arena);
    }
    h->left -= g->twice;
    if (!g->twice || h->left > 0) {
        hold(g, h, &p);
        return;
    }
    feed_give(f, &p, raw, h->line);
    mem_free(h->body);
    h->body = NULL;
}

/* Everything still held, in the order of first rows. */
static void give_rest(struct feed *f)
{
    struct gather *g = f->gather;

    for (uint32_t i = 0; i < g->keys.count && !f->stopped; i++) {
        struct text body = {g->held[i].body, g->held[i].size};
        struct product p;

        if (body.data == NULL)
            continue;
        arena_reset(&f->arena);
        enum status status = product_decode(body, &f->arena, &p, NULL);
        assert(status == OK); /* it was encoded in hold */
        feed_give(f, &p, (struct text){0}, g->held[i].line);
    }
}

enum status gather_run(struct feed *f, enum status (*read)(struct feed *, struct error *),
                       struct error *err)
{
    SCOPED(gather_free) struct gather g = {0};
    off_t begin = ftello(f->in);

    f->gather = &g;
    g.twice = begin >= 0 && fseeko(f->in, begin, SEEK_SET) == 0;
    if (g.twice) {
        f->quiet = true;
        if (read(f, err) != OK)
            return err->status;
        f->quiet = false;
        if (fseeko(f->in, begin, SEEK_SET) != 0)
            return error_set(err, ERR_IO, "the file could be read once but not again");
    }
    if (!f->stopped && read(f, err) != OK)
        return err->status;
    if (!f->stopped)
        give_rest(f);
    f->gather = NULL;
    return OK;
}
