/* SPDX-License-Identifier: Apache-2.0 */
/* Of the pass over the events: items, prices, currencies and orders. */
#include <ctype.h>
#include <string.h>

#include "audit/events.h"
#include "base/hash.h"
#include "base/memory.h"

enum { QUANTITY_ABSURD = 1000, PRICE_FACTOR = 10 };

/* Ids and titles of lines that are no products. */
static const char *const fees[] = {"post",
                                   "postage",
                                   "dotcom postage",
                                   "dot",
                                   "bank charges",
                                   "manual",
                                   "m",
                                   "discount",
                                   "d",
                                   "shipping",
                                   "delivery",
                                   "fee",
                                   "cruk",
                                   "amazonfee",
                                   "adjust",
                                   "samples",
                                   "sample",
                                   "carriage",
                                   "c2",
                                   "handling",
                                   "gift wrap",
                                   "giftwrap",
                                   "surcharge",
                                   "deposit",
                                   "tip",
                                   "donation",
                                   "pads",
                                   "adjust bad debt",
                                   "shipping-fee",
                                   "versand",
                                   "versandkosten",
                                   "b"};

static bool is_fee(struct text id)
{
    for (size_t i = 0; i < COUNT(fees); i++)
        if (text_equal_nocase(id, text_from(fees[i])))
            return true;
    return false;
}

static int64_t line_money(const struct event_item *item)
{
    int64_t money;

    if (item->price == MONEY_NONE || !money_times(item->price, item->quantity, &money))
        return 0;
    return money;
}

static bool has_money(const struct event *e)
{
    if (e->value != MONEY_NONE)
        return true;
    for (uint32_t i = 0; i < e->item_count; i++)
        if (e->items[i].price != MONEY_NONE)
            return true;
    return false;
}

/* Is the event's money counted? The shop's currency is the program's, else that of the first purchase. */
static bool in_currency(struct audit *a, const struct event *e)
{
    struct report *r = &a->report;

    if (e->currency.size == 0)
        return true;
    if (r->currency.size == 0 && e->type == EVENT_purchase)
        r->currency = arena_text(&a->keep, e->currency);
    return r->currency.size == 0 || text_equal(r->currency, e->currency);
}

static void take_currency(struct audit *a, struct visitor *v, const struct event *e)
{
    bool ours = in_currency(a, e);

    if (!has_money(e))
        return;
    looked_at(a, CHECK_currency_missing, 1);
    looked_at(a, CHECK_currency_foreign, 1);
    if (e->currency.size == 0)
        found_event(a, CHECK_currency_missing, v, e, 0);
    else if (!ours)
        found_event(a, CHECK_currency_foreign, v, e, 0);
}

/* Of the product behind a known item. */
static void take_known(struct audit *a, struct visitor *v, const struct event *e, uint32_t i)
{
    const struct event_item *item = &e->items[i];
    product_number n = catalog_find(a->options.catalog, item->item_id);
    int64_t tag = catalog_price(a->options.catalog, n);

    if (e->type == EVENT_view_item) {
        a->products[n].views++;
        a->views++;
        looked_at(a, CHECK_unsold_viewed, 1);
        if (catalog_sellable(a->options.catalog, n) != SELLABLE) {
            tally_of(a, CHECK_unsold_viewed)->views++;
            if (found(a, CHECK_unsold_viewed))
                example(a, CHECK_unsold_viewed, "%.*s: %s", (int)item->item_id.size,
                        item->item_id.data, sellable_word(catalog_sellable(a->options.catalog, n)));
        }
    }
    if (tag == MONEY_NONE || tag <= 0 || item->price == MONEY_NONE || item->price <= 0)
        return;
    looked_at(a, CHECK_price_off, 1);
    if (item->price / PRICE_FACTOR >= tag || tag / PRICE_FACTOR >= item->price)
        found_line(a, CHECK_price_off, v, e, item,
                   e->type == EVENT_purchase ? line_money(item) : 0);
}

void take_items(struct audit *a, struct visitor *v, const struct event *e)
{
    const struct catalog *catalog = a->options.catalog;

    take_currency(a, v, e);
    for (uint32_t i = 0; i < e->item_count && catalog_known(catalog) > 0; i++) {
        product_number n = catalog_find(catalog, e->items[i].item_id);
        bool known = n != PRODUCT_NONE && catalog_sellable(catalog, n) != NOT_KNOWN;

        looked_at(a, CHECK_item_unknown, 1);
        if (known) {
            take_known(a, v, e, i);
            continue;
        }
        if (e->type == EVENT_purchase && is_fee(e->items[i].item_id))
            continue; /* told as such */
        found_line(a, CHECK_item_unknown, v, e, &e->items[i],
                   e->type == EVENT_purchase ? line_money(&e->items[i]) : 0);
    }
}

/* ---- orders ---- */

static void take_lines(struct audit *a, struct visitor *v, const struct event *e)
{
    for (uint32_t i = 0; i < e->item_count; i++) {
        const struct event_item *item = &e->items[i];
        product_number n = catalog_find(a->options.catalog, item->item_id);
        int64_t money = in_currency(a, e) ? line_money(item) : 0;

        looked_at(a, CHECK_item_fee, 1);
        looked_at(a, CHECK_quantity_absurd, 1);
        if (is_fee(item->item_id))
            found_line(a, CHECK_item_fee, v, e, item, money);
        if (item->quantity >= QUANTITY_ABSURD)
            found_line(a, CHECK_quantity_absurd, v, e, item, money);
        if (item->price != MONEY_NONE) {
            looked_at(a, CHECK_price_zero, 1);
            if (item->price == 0)
                found_line(a, CHECK_price_zero, v, e, item, 0);
        }
        if (n == PRODUCT_NONE)
            continue;
        struct product_tally *p = &a->products[n];
        p->revenue += money;
        p->sold += (uint64_t)item->quantity;
        if (e->time_ms > p->told_ms)
            p->sold_since += (uint64_t)item->quantity;
    }
}

static int64_t lines_sum(const struct event *e, bool *priced)
{
    int64_t sum = 0;

    *priced = e->item_count > 0;
    for (uint32_t i = 0; i < e->item_count; i++) {
        *priced &= e->items[i].price != MONEY_NONE;
        sum += line_money(&e->items[i]);
    }
    return sum;
}

/* Tax or a voucher may stand between them; a third of the sum is neither. */
static bool sums_differ(int64_t value, int64_t sum)
{
    int64_t apart = value > sum ? value - sum : sum - value;

    return apart > sum / 3 && apart > MONEY_UNIT / 100;
}

static bool looks_like_test(const struct event *e)
{
    const struct text ids[] = {e->transaction_id, e->user_id, e->anonymous_id};

    for (size_t i = 0; i < COUNT(ids); i++) {
        struct text t = ids[i];
        if (t.size >= 4 && strncasecmp(t.data, "test", 4) == 0 &&
            (t.size == 4 || !isalpha((unsigned char)t.data[4])))
            return true;
    }
    return false;
}

static uint64_t content_of(const struct event *e, uint64_t order)
{
    uint64_t hash = hash_u64(order ^ (uint64_t)e->value);

    for (uint32_t i = 0; i < e->item_count; i++) {
        int64_t numbers[] = {e->items[i].quantity, e->items[i].price};
        hash = hash_bytes(numbers, sizeof(numbers), hash_text(e->items[i].item_id, hash));
    }
    return hash;
}

static void take_order(struct audit *a, struct visitor *v, const struct event *e, int64_t money)
{
    uint64_t key = hash_text(e->transaction_id, 2);
    bool fresh;
    struct order *o = table_add(&a->orders, key, &fresh);

    uint64_t lines = e->item_count == 0 ? 1 : e->item_count;
    looked_at(a, CHECK_purchase_repeated, lines);
    if (o == NULL)
        return;
    if (fresh) {
        o->visitor = v->key;
        o->seen = (uint8_t)(v->ever | v->seen);
    } else if (o->visitor != v->key && !o->shared) {
        o->shared = true;
        found_event(a, CHECK_order_of_many, v, e, money);
    }
    o->verified |= (e->flags & EVENT_VERIFIED) != 0;
    o->money += money;
    if (table_add(&a->lines, content_of(e, key), &fresh) == NULL || fresh)
        return;
    found_event(a, CHECK_purchase_repeated, v, e, money);
    tally_of(a, CHECK_purchase_repeated)->count += lines - 1;
}

void take_purchase(struct audit *a, struct visitor *v, const struct event *e)
{
    struct report *r = &a->report;
    bool priced, ours = in_currency(a, e);
    int64_t sum = lines_sum(e, &priced);
    int64_t money = !ours ? 0 : priced ? sum : e->value != MONEY_NONE ? e->value : sum;

    r->revenue += money;
    r->revenue_named += e->user_id.size > 0 ? money : 0;
    v->revenue += money;
    looked_at(a, CHECK_purchase_orderless, 1);
    looked_at(a, CHECK_purchase_itemless, 1);
    looked_at(a, CHECK_purchase_priceless, 1);
    looked_at(a, CHECK_order_test, 1);
    if (e->item_count == 0)
        found_event(a, CHECK_purchase_itemless, v, e, money);
    if (!has_money(e))
        found_event(a, CHECK_purchase_priceless, v, e, 0);
    if (priced && e->value != MONEY_NONE) {
        looked_at(a, CHECK_purchase_sum_off, 1);
        if (sums_differ(e->value, sum))
            found_event(a, CHECK_purchase_sum_off, v, e, money);
    }
    if (looks_like_test(e))
        found_event(a, CHECK_order_test, v, e, money);
    take_lines(a, v, e);
    if (e->transaction_id.size > 0)
        take_order(a, v, e, money);
    else
        found_event(a, CHECK_purchase_orderless, v, e, money);
}

void take_refund(struct audit *a, struct visitor *v, const struct event *e)
{
    struct text id = e->transaction_id;

    /* a cancelled invoice, 'C' before the number of none that was recorded, names nothing else */
    looked_at(a, CHECK_refund_unknown, 1);
    if (id.size == 0 || table_find(&a->orders, hash_text(id, 2)) == NULL)
        found_event(a, CHECK_refund_unknown, v, e, 0);
}

void audit_stock_told(struct audit *a, struct text item_id, int64_t received_ms)
{
    product_number n = catalog_find(a->options.catalog, item_id);

    if (n == PRODUCT_NONE || n >= a->products_room)
        return;
    a->products[n].told_ms = received_ms;
    a->products[n].sold_since = 0;
}
