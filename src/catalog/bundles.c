/* SPDX-License-Identifier: Apache-2.0 */
/* bundles: what bundles consist of, linked both ways, and what that makes of them.
 *
 * A bundle is judged by a walk down from it, through what is kept of its parts at that moment, never
 * by what was found of another bundle before: so the order in which records come does not count. It
 * goes down so deep and no further, which is where bundles that hold each other end, too. */
#include <assert.h>
#include <stdlib.h>

#include "base/compare.h"
#include "base/memory.h"
#include "base/money.h"
#include "catalog/state.h"

/* --- links -------------------------------------------------------------------------- */

static uint32_t first_part(const struct catalog *c, product_number bundle)
{
    return bundle < c->bundles.parts_room ? c->bundles.parts[bundle] : 0;
}

static uint32_t first_holder(const struct catalog *c, product_number part)
{
    return part < c->bundles.holders_room ? c->bundles.holders[part] : 0;
}

/* The link of that place + 1. */
static struct link *link_at(const struct catalog *c, uint32_t at)
{
    assert(at > 0 && at <= c->bundles.count);
    return &c->bundles.links[at - 1];
}

static uint32_t link_new(struct bundles *b)
{
    uint32_t at = b->free;

    if (at != 0) {
        b->free = b->links[at - 1].next;
        return at;
    }
    b->links = mem_grow(b->links, &b->links_room, (size_t)b->count + 1, sizeof(*b->links));
    return ++b->count;
}

void bundles_link(struct catalog *c, product_number bundle, product_number part, uint32_t quantity)
{
    struct bundles *b = &c->bundles;
    uint32_t at = link_new(b);

    b->parts = mem_grow(b->parts, &b->parts_room, (size_t)bundle + 1, sizeof(*b->parts));
    b->holders = mem_grow(b->holders, &b->holders_room, (size_t)part + 1, sizeof(*b->holders));
    *link_at(c, at) = (struct link){
        .bundle = bundle, .part = part, .quantity = quantity, .next_held = b->holders[part]};
    if (b->holders[part] != 0)
        link_at(c, b->holders[part])->previous = at;
    b->holders[part] = at;
    uint32_t *last = &b->parts[bundle];
    while (*last != 0)
        last = &link_at(c, *last)->next;
    *last = at;
}

void bundles_unlink(struct catalog *c, product_number bundle)
{
    struct bundles *b = &c->bundles;

    for (uint32_t at = first_part(c, bundle), next; at != 0; at = next) {
        struct link *link = link_at(c, at);

        next = link->next;
        if (link->previous != 0)
            link_at(c, link->previous)->next_held = link->next_held;
        else
            b->holders[link->part] = link->next_held;
        if (link->next_held != 0)
            link_at(c, link->next_held)->previous = link->previous;
        link->next = b->free;
        b->free = at;
        b->parts[bundle] = next;
    }
}

void bundles_free(struct bundles *b)
{
    mem_free(b->links);
    mem_free(b->parts);
    mem_free(b->holders);
    mem_free(b->waiting);
    arena_free(&b->arena);
    *b = (struct bundles){0};
}

/* --- the walk down ------------------------------------------------------------------ */

struct walk {
    const struct catalog *c;
    struct arena *arena;
    uint32_t depth, steps; /* bundles that are open, parts that were looked at */
};

/* What parts make of a bundle. */
struct whole {
    int64_t sets; /* that can be put together; STOCK_UNTRACKED: any number */
    enum availability availability;
    int64_t cost; /* MONEY_NONE: one is not known */
    int32_t age_min;
    bool sensitive;
    product_number lacking; /* the first part for whose sake it cannot be sold */
    enum sellable why;
};

static bool offered_get(struct walk *w, product_number n, struct product *out, struct whole *of);

static const struct variant *variant_find(const struct product *p, struct text item_id)
{
    for (uint32_t i = 0; i < p->variant_count; i++)
        if (text_equal(p->variants[i].item_id, item_id))
            return &p->variants[i];
    return NULL;
}

/* What one piece costs at most; MONEY_NONE when that is not known. */
static int64_t cost_most(const struct product *p)
{
    int64_t most = p->cost;

    for (uint32_t i = 0; i < p->variant_count; i++) {
        int64_t cost = p->variants[i].cost != MONEY_NONE ? p->variants[i].cost : p->cost;
        if (cost == MONEY_NONE)
            return MONEY_NONE;
        most = i == 0 || cost > most ? cost : most;
    }
    return most;
}

/* The product with the one variant that is a part alone; false when it has it no longer. */
static bool variant_only(struct product *p, struct text item_id)
{
    const struct variant *v = variant_find(p, item_id);

    if (v == NULL)
        return false;
    p->stock = v->stock;
    p->availability = v->availability;
    p->cost = v->cost != MONEY_NONE ? v->cost : p->cost;
    p->variant_count = 0;
    return true;
}

/* The part as it is to be had, or why it is not. */
static enum sellable part_get(struct walk *w, const struct link *link, struct product *p,
                              bool *sensitive)
{
    const struct catalog *c = w->c;
    product_number product = c->rows[link->part].product;
    category_number category = c->rows[product].category;
    struct whole within;

    *sensitive = category != 0 && c->categories.sensitive[category - 1] != 0;
    if (++w->steps > CATALOG_PARTS_MAX)
        return PART_MISSING;
    if (!offered_get(w, product, p, &within))
        return NOT_KNOWN;
    *sensitive |= within.sensitive;
    if (product != link->part && !variant_only(p, intern_text(&c->ids, link->part))) {
        *sensitive = false; /* what the product no longer has does not follow what becomes of it */
        return NOT_KNOWN;
    }
    if (!p->published)
        return NOT_PUBLISHED;
    if (within.why == NOT_KNOWN || within.why == NOT_PUBLISHED)
        return PART_MISSING;
    return within.why;
}

/* More of the cost; MONEY_NONE stays. */
static int64_t cost_add(int64_t sum, int64_t cost, uint32_t quantity)
{
    int64_t more;

    if (sum == MONEY_NONE || cost == MONEY_NONE ||
        __builtin_mul_overflow(cost, (int64_t)quantity, &more) ||
        __builtin_add_overflow(sum, more, &sum))
        return MONEY_NONE;
    return sum;
}

/* Stock is counted where it is what sells: not of what is ordered before or after. */
static void part_add(struct whole *whole, const struct link *link, const struct product *p)
{
    enum availability availability = product_availability(p);
    int64_t stock = product_stock(p);

    if (stock != STOCK_UNTRACKED && (availability == IN_STOCK || availability == OUT_OF_STOCK)) {
        int64_t sets = stock < 0 ? 0 : stock / link->quantity;
        if (whole->sets == STOCK_UNTRACKED || sets < whole->sets)
            whole->sets = sets;
        if (sets == 0)
            availability = OUT_OF_STOCK;
    }
    if (availability_worse(availability, whole->availability))
        whole->availability = availability;
    if (availability == OUT_OF_STOCK && whole->why == SELLABLE) {
        whole->why = NOT_IN_STOCK;
        whole->lacking = link->part;
    }
    whole->cost = cost_add(whole->cost, cost_most(p), link->quantity);
    if (p->age_min > whole->age_min)
        whole->age_min = p->age_min;
}

static bool is_lack(enum sellable why)
{
    return why != SELLABLE && why != NOT_IN_STOCK;
}

/* All parts, one after the other; what is lacking for good says more than what is out of stock. */
static struct whole parts_add(struct walk *w, product_number bundle)
{
    const struct catalog *c = w->c;
    struct whole whole = {.sets = STOCK_UNTRACKED, .lacking = PRODUCT_NONE};

    if (w->depth == CATALOG_BUNDLE_DEPTH)
        return (struct whole){.sets = 0,
                              .availability = OUT_OF_STOCK,
                              .cost = MONEY_NONE,
                              .lacking = bundle,
                              .why = PART_MISSING};
    w->depth++;
    for (uint32_t at = first_part(c, bundle); at != 0; at = link_at(c, at)->next) {
        const struct link *link = link_at(c, at);
        struct product p;
        bool sensitive;
        enum sellable why = part_get(w, link, &p, &sensitive);

        whole.sensitive |= sensitive;
        if (!is_lack(why)) {
            part_add(&whole, link, &p);
            continue;
        }
        if (!is_lack(whole.why)) {
            whole.why = why;
            whole.lacking = link->part;
        }
        whole.sets = 0;
        whole.availability = OUT_OF_STOCK;
        whole.cost = MONEY_NONE;
    }
    w->depth--;
    return whole;
}

static void stock_over(const struct whole *whole, int64_t *stock, enum availability *availability)
{
    enum availability own = catalog_in_stock(*stock, *availability) ? *availability : OUT_OF_STOCK;

    *availability = availability_worse(whole->availability, own) ? whole->availability : own;
    if (whole->sets != STOCK_UNTRACKED && (*stock == STOCK_UNTRACKED || whole->sets < *stock))
        *stock = whole->sets;
}

static void parts_over(const struct whole *whole, struct product *p)
{
    stock_over(whole, &p->stock, &p->availability);
    for (uint32_t i = 0; i < p->variant_count; i++)
        stock_over(whole, &p->variants[i].stock, &p->variants[i].availability);
    if (p->cost == MONEY_NONE)
        p->cost = whole->cost;
    if (whole->age_min > p->age_min)
        p->age_min = whole->age_min;
}

/* A product by its own number; `of` is that of no parts when it is no bundle. */
static bool offered_get(struct walk *w, product_number n, struct product *out, struct whole *of)
{
    *of = (struct whole){.sets = STOCK_UNTRACKED, .lacking = PRODUCT_NONE};
    if (!catalog_get(w->c, n, w->arena, out))
        return false;
    if (first_part(w->c, n) == 0)
        return true;
    *of = parts_add(w, n);
    parts_over(of, out);
    return true;
}

/* --- whoever asks ------------------------------------------------------------------- */

bool catalog_get_offered(const struct catalog *c, product_number n, struct arena *a,
                         struct product *out)
{
    struct walk w = {.c = c, .arena = a};
    struct whole whole;

    return offered_get(&w, catalog_product_of(c, n), out, &whole);
}

bool catalog_part_lacking(const struct catalog *c, product_number n, struct arena *a,
                          product_number *part, enum sellable *why)
{
    struct walk w = {.c = c, .arena = a};
    struct whole whole;
    struct product p;

    if (!offered_get(&w, catalog_product_of(c, n), &p, &whole) || whole.why == SELLABLE)
        return false;
    *part = whole.lacking;
    *why = whole.why;
    return true;
}

/* The list so far is the queue of what may have parts of its own. */
uint32_t catalog_parts(const struct catalog *c, product_number n, product_number *out, uint32_t max)
{
    product_number bundle = catalog_product_of(c, n);
    uint32_t count = 0, taken = 0;

    while (bundle != PRODUCT_NONE) {
        for (uint32_t at = first_part(c, bundle); at != 0; at = link_at(c, at)->next) {
            product_number part = c->rows[link_at(c, at)->part].product;
            bool fresh = true;

            for (uint32_t i = 0; i < count && fresh; i++)
                fresh = out[i] != part;
            if (fresh && count < max)
                out[count++] = part;
        }
        bundle = taken < count ? out[taken++] : PRODUCT_NONE;
    }
    return count;
}

/* --- following changes -------------------------------------------------------------- */

static void wait(struct catalog *c, product_number bundle)
{
    struct bundles *b = &c->bundles;

    if (c->rows[bundle].waiting)
        return;
    c->rows[bundle].waiting = 1;
    b->waiting = mem_grow(b->waiting, &b->waiting_room, b->waiting_count + 1, sizeof(*b->waiting));
    b->waiting[b->waiting_count++] = bundle;
}

static void holders_wait(struct catalog *c, product_number part)
{
    for (uint32_t at = first_holder(c, part); at != 0; at = link_at(c, at)->next_held)
        wait(c, link_at(c, at)->bundle);
}

void bundles_disturb(struct catalog *c, product_number n)
{
    struct product p;

    if (c->bundles.count == 0)
        return;
    holders_wait(c, n);
    arena_reset(&c->bundles.arena);
    if (c->rows[n].body_size == 0 || !catalog_get(c, n, &c->bundles.arena, &p))
        return;
    for (uint32_t i = 0; i < p.variant_count; i++) {
        uint32_t variant = intern_find(&c->ids, p.variants[i].item_id);
        if (variant != INTERN_NONE && c->rows[variant].product == n)
            holders_wait(c, variant);
    }
}

static void bundle_judge(struct catalog *c, product_number n)
{
    struct row *row = &c->rows[n];
    struct walk w = {.c = c, .arena = &c->bundles.arena};
    struct whole whole;
    struct product p;

    arena_reset(w.arena);
    row->sensitive_part = 0;
    if (first_part(c, n) == 0 || !offered_get(&w, n, &p, &whole))
        return; /* a part merely named by others, or no bundle any more */
    c->sellable -= row->sellable == SELLABLE;
    row_judge(row, &p, !is_lack(whole.why));
    c->sellable += row->sellable == SELLABLE;
    row->sensitive_part = whole.sensitive;
}

void bundles_wait(struct catalog *c, product_number n)
{
    if (c->bundles.count == 0)
        return;
    bundles_disturb(c, n);
    if (first_part(c, n) != 0)
        wait(c, n);
    else
        c->rows[n].sensitive_part = 0;
}

/* In the order of their numbers, so that the order of links does not count. */
void catalog_settle(struct catalog *c)
{
    struct bundles *b = &c->bundles;

    if (b->waiting_count == 0)
        return;
    for (size_t i = 0; i < b->waiting_count; i++)
        bundles_disturb(c, b->waiting[i]);
    qsort(b->waiting, b->waiting_count, sizeof(*b->waiting), compare_u32);
    for (size_t i = 0; i < b->waiting_count; i++) {
        product_number bundle = b->waiting[i];

        c->rows[bundle].waiting = 0;
        bundle_judge(c, bundle);
        catalog_note_change(c, bundle);
    }
    b->waiting_count = 0;
}

void bundles_judge(struct catalog *c)
{
    for (product_number n = 0; n < c->bundles.parts_room && n < c->ids.count; n++)
        if (c->bundles.parts[n] != 0)
            bundle_judge(c, n);
}
