/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/numbering.h"

#include "journal/erased.h"
#include "journal/product.h"

void numbering_free(struct numbering *n)
{
    arena_free(&n->scratch);
}

static void pass_item(struct numbering *n, struct text item_id, numbering_mention *mention,
                      void *context)
{
    product_number number = catalog_number(n->shop->state->catalog, item_id);

    if (number == PRODUCT_NONE)
        return;
    bool first = number >= n->given;
    if (first)
        n->given = (uint64_t)number + 1;
    mention(context, item_id, number, first);
}

static void pass_product(struct numbering *n, const struct record *r, numbering_mention *mention,
                         void *context)
{
    struct error why = {0}; /* bytes that cannot be read mention nothing */
    struct product p;

    if (product_decode(r->body, &n->scratch, &p, &why) != OK)
        return;
    pass_item(n, p.item_id, mention, context);
    for (uint32_t i = 0; i < p.variant_count; i++)
        pass_item(n, p.variants[i].item_id, mention, context);
    for (uint32_t i = 0; i < p.part_count; i++)
        pass_item(n, p.parts[i].item_id, mention, context);
}

static void pass_erased(struct numbering *n, const struct record *r, numbering_mention *mention,
                        void *context)
{
    struct fields f = fields_of(r->body);

    for (struct text item_id; erased_next(&f, &item_id);)
        if (item_id.size == 0)
            n->given++;
        else
            pass_item(n, item_id, mention, context);
}

void numbering_pass(struct numbering *n, const struct record *r, const struct event *event,
                    numbering_mention *mention, void *context)
{
    bool event_mentions = r->kind == RECORD_EVENT && event != NULL && event->item_count > 0;

    if (!event_mentions && r->kind != RECORD_PRODUCT && r->kind != RECORD_ERASED)
        return;
    shop_read_lock(n->shop);
    if (r->kind == RECORD_PRODUCT)
        pass_product(n, r, mention, context);
    else if (r->kind == RECORD_ERASED)
        pass_erased(n, r, mention, context);
    else
        for (uint32_t i = 0; i < event->item_count; i++)
            pass_item(n, event->items[i].item_id, mention, context);
    shop_read_unlock(n->shop);
}
