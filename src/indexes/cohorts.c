/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/cohorts.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/time.h"

enum {
    VERSION = 3,
    PLACES = 2 * COHORT_PRODUCTS_MAX, /* a power of two */
    SLOTS = 2 * COHORTS_MAX,          /* a power of two */
    LEVELS = 7,
    HALF_LIFE_DAYS = 30,
    HALVINGS_MAX = 60, /* after so many nothing is left */
};

struct cohort {
    uint64_t key;  /* 0: not in use */
    uint64_t last; /* when it was heard of: events counted by then */
    float total;
    uint32_t count;
    float least;     /* no product has less; those that have as much go first */
    uint32_t looked; /* up to where for one that has, from the first product on */
    product_number products[COHORT_PRODUCTS_MAX];
    float counts[COHORT_PRODUCTS_MAX];
};

_Static_assert(sizeof(struct cohort) == 32 + 8 * COHORT_PRODUCTS_MAX, "saved as it is");

struct head {
    uint32_t version;
    uint32_t count;  /* cohorts in use, the first ones */
    uint64_t events; /* counted */
    int64_t period;  /* of the newest event: 30 days each */
    uint32_t by_purchases;
    uint32_t shown_count; /* the same as of the last tick */
};

/* Where a product stands in a cohort: 1 + place, 0 empty; made of its products. */
struct places {
    uint8_t slots[PLACES];
};

/* Where the cohort of a key stands. */
struct table {
    uint64_t keys[COHORTS_MAX];
    uint16_t slots[SLOTS]; /* 1 + place, 0 empty */
};

struct cohorts {
    struct head head;
    struct cohort *all;         /* COHORTS_MAX */
    struct places *places;      /* of `all` */
    struct cohort *shown;       /* the same as of the last tick */
    struct table found, seen;   /* of `all`, of `shown` */
    uint64_t last[COHORTS_MAX]; /* of `all`, side by side: looked through */
    uint8_t changed[COHORTS_MAX];
};

struct cohorts *cohorts_new(void)
{
    struct cohorts *c = mem_new(1, sizeof(*c));

    c->all = mem_new(COHORTS_MAX, sizeof(*c->all));
    c->places = mem_new(COHORTS_MAX, sizeof(*c->places));
    c->shown = mem_new(COHORTS_MAX, sizeof(*c->shown));
    return c;
}

void cohorts_free(struct cohorts *c)
{
    if (c == NULL)
        return;
    mem_free(c->all);
    mem_free(c->places);
    mem_free(c->shown);
    mem_free(c);
}

enum event_type cohorts_counted(const struct cohorts *c)
{
    return c->head.by_purchases ? EVENT_purchase : EVENT_view_item;
}

/* --- the table --- */

/* What a cohort has in common at each level, the narrowest first. */
static const uint8_t levels[LEVELS] = {
    COHORT_CAMPAIGN | COHORT_DEVICE | COHORT_LANDING,
    COHORT_CAMPAIGN | COHORT_LANDING,
    COHORT_DEVICE | COHORT_LANDING,
    COHORT_LANDING,
    COHORT_CAMPAIGN | COHORT_DEVICE,
    COHORT_CAMPAIGN,
    COHORT_DEVICE,
};

/* Whose cohort it is at each level; 0: none. A medium says where a shopper comes from when no source is
 * named. */
static void keys_of(const struct arrival *a, uint64_t keys[LEVELS])
{
    uint64_t source = a->source != 0 ? a->source : a->medium;
    unsigned said = (source != 0 ? COHORT_CAMPAIGN : 0U) | (a->device != 0 ? COHORT_DEVICE : 0U) |
                    (a->landing != 0 ? COHORT_LANDING : 0U);

    for (int i = 0; i < LEVELS; i++) {
        unsigned level = levels[i];
        uint64_t words = (level & COHORT_CAMPAIGN ? source << 32 : 0) |
                         (level & COHORT_LANDING ? a->landing : 0);
        uint64_t rest = level << 8 | (level & COHORT_DEVICE ? a->device : 0U);
        keys[i] = (level & said) == level ? hash_u64(hash_u64(words) + rest) | 1 : 0;
    }
}

static uint32_t home_of(uint64_t key)
{
    return (uint32_t)(key >> 1) & (SLOTS - 1);
}

static uint32_t table_find(const struct table *t, uint64_t key)
{
    for (uint32_t at = home_of(key); t->slots[at] != 0; at = (at + 1) & (SLOTS - 1))
        if (t->keys[t->slots[at] - 1] == key)
            return t->slots[at] - 1U;
    return COHORTS_MAX;
}

static void table_put(struct table *t, uint32_t place, uint64_t key)
{
    uint32_t at = home_of(key);

    t->keys[place] = key;
    while (t->slots[at] != 0)
        at = (at + 1) & (SLOTS - 1);
    t->slots[at] = (uint16_t)(place + 1);
}

/* What stands behind the gap moves up (Knuth 6.4, algorithm R). */
static void table_remove(struct table *t, uint32_t place)
{
    uint32_t mask = SLOTS - 1, gap = home_of(t->keys[place]);

    while (t->slots[gap] != place + 1)
        gap = (gap + 1) & mask;
    for (uint32_t at = (gap + 1) & mask; t->slots[at] != 0; at = (at + 1) & mask) {
        uint32_t home = home_of(t->keys[t->slots[at] - 1]);
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            t->slots[gap] = t->slots[at];
            gap = at;
        }
    }
    t->slots[gap] = 0;
}

static void table_make(struct table *t, const struct cohort *cohorts, uint32_t count)
{
    memset(t, 0, sizeof(*t));
    for (uint32_t i = 0; i < count; i++)
        table_put(t, i, cohorts[i].key);
}

static uint32_t silent_longest(const struct cohorts *c)
{
    uint32_t oldest = 0;

    for (uint32_t i = 1; i < c->head.count; i++)
        if (c->last[i] < c->last[oldest])
            oldest = i;
    return oldest;
}

/* The cohort's place in `all`. */
static uint32_t cohort_of(struct cohorts *c, uint64_t key)
{
    uint32_t place = table_find(&c->found, key);

    if (place == COHORTS_MAX) {
        if (c->head.count < COHORTS_MAX) {
            place = c->head.count++;
        } else {
            place = silent_longest(c);
            table_remove(&c->found, place);
        }
        c->all[place] = (struct cohort){.key = key};
        c->places[place] = (struct places){.slots = {0}};
        table_put(&c->found, place, key);
    }
    c->changed[place] = 1;
    c->all[place].last = c->last[place] = c->head.events;
    return place;
}

/* --- counting --- */

static uint32_t place_home(product_number product)
{
    return (uint32_t)hash_u64(product) & (PLACES - 1);
}

/* The slot of a product, or the empty one where it would be. */
static uint32_t place_slot(const struct places *p, const struct cohort *cohort,
                           product_number product)
{
    uint32_t at = place_home(product);

    while (p->slots[at] != 0 && cohort->products[p->slots[at] - 1] != product)
        at = (at + 1) & (PLACES - 1);
    return at;
}

/* As in table_remove. */
static void place_remove(struct places *p, const struct cohort *cohort, product_number product)
{
    uint32_t mask = PLACES - 1, gap = place_slot(p, cohort, product);

    for (uint32_t at = (gap + 1) & mask; p->slots[at] != 0; at = (at + 1) & mask) {
        uint32_t home = place_home(cohort->products[p->slots[at] - 1]);
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            p->slots[gap] = p->slots[at];
            gap = at;
        }
    }
    p->slots[gap] = 0;
}

static void places_make(struct places *p, const struct cohort *cohort)
{
    *p = (struct places){.slots = {0}};
    for (uint32_t i = 0; i < cohort->count; i++)
        p->slots[place_slot(p, cohort, cohort->products[i])] = (uint8_t)(i + 1);
}

/* One of a full cohort's that have least, each in its turn. Counts only rise, so that what was looked at has
 * more, until all were and the least is found anew. */
static uint32_t least_of(struct cohort *cohort)
{
    for (;; cohort->looked++) {
        if (cohort->looked == COHORT_PRODUCTS_MAX) {
            cohort->looked = 0;
            cohort->least = cohort->counts[0];
            for (uint32_t i = 1; i < COHORT_PRODUCTS_MAX; i++)
                if (cohort->counts[i] < cohort->least)
                    cohort->least = cohort->counts[i];
        }
        if (cohort->counts[cohort->looked] <= cohort->least)
            return cohort->looked;
    }
}

/* The least of many makes room, and the new one has its count: it may have been here before. */
static void count_product(struct cohorts *c, uint32_t place, product_number product)
{
    struct cohort *cohort = &c->all[place];
    struct places *places = &c->places[place];
    uint32_t slot = place_slot(places, cohort, product), at;

    cohort->total += 1;
    if (places->slots[slot] != 0) {
        cohort->counts[places->slots[slot] - 1] += 1;
        return;
    }
    if (cohort->count < COHORT_PRODUCTS_MAX) {
        at = cohort->count++;
    } else {
        at = least_of(cohort);
        place_remove(places, cohort, cohort->products[at]);
        slot = place_slot(places, cohort, product);
    }
    cohort->products[at] = product;
    cohort->counts[at] += 1;
    places->slots[slot] = (uint8_t)(at + 1);
}

/* Halves everything for each period that began since. */
static void advance(struct cohorts *c, int64_t time_ms)
{
    int64_t period = time_ms / MS_DAY / HALF_LIFE_DAYS;
    int64_t passed = period - c->head.period;

    if (passed <= 0)
        return;
    c->head.period = period;
    int halvings = passed < HALVINGS_MAX ? (int)passed : HALVINGS_MAX;
    for (uint32_t i = 0; i < c->head.count; i++) {
        struct cohort *cohort = &c->all[i];
        cohort->total = ldexpf(cohort->total, -halvings);
        for (uint32_t k = 0; k < cohort->count; k++)
            cohort->counts[k] = ldexpf(cohort->counts[k], -halvings);
        cohort->least = ldexpf(cohort->least, -halvings);
        c->changed[i] = 1;
    }
}

void cohorts_fold(struct cohorts *c, const struct arrival *arrival, product_number product,
                  int64_t time_ms)
{
    uint64_t keys[LEVELS], any = 0;

    keys_of(arrival, keys);
    for (int i = 0; i < LEVELS; i++)
        any |= keys[i];
    if (any == 0)
        return;
    advance(c, time_ms);
    c->head.events++;
    for (int i = 0; i < LEVELS; i++)
        if (keys[i] != 0)
            count_product(c, cohort_of(c, keys[i]), product);
}

void cohorts_tick(struct cohorts *c, bool by_purchases)
{
    if (by_purchases != (c->head.by_purchases != 0)) {
        c->head.by_purchases = by_purchases;
        c->head.count = 0;
        memset(c->all, 0, COHORTS_MAX * sizeof(*c->all));
        memset(&c->found, 0, sizeof(c->found)); /* places are made with their cohorts */
        memset(c->changed, 1, sizeof(c->changed));
    }
    for (uint32_t i = 0; i < COHORTS_MAX; i++)
        if (c->changed[i])
            c->shown[i] = c->all[i];
    memset(c->changed, 0, sizeof(c->changed));
    c->head.shown_count = c->head.count;
    c->seen = c->found;
}

/* --- the order --- */

static const struct cohort *shown_of(const struct cohorts *c, const struct arrival *arrival,
                                     unsigned *by)
{
    uint64_t keys[LEVELS];

    keys_of(arrival, keys);
    for (int i = 0; i < LEVELS; i++) {
        uint32_t place = keys[i] == 0 ? COHORTS_MAX : table_find(&c->seen, keys[i]);
        if (place < COHORTS_MAX && c->shown[place].total >= COHORT_EVENTS_MIN) {
            *by = levels[i];
            return &c->shown[place];
        }
    }
    *by = 0;
    return NULL;
}

unsigned cohorts_known(const struct cohorts *c, const struct arrival *arrival)
{
    unsigned by;

    (void)shown_of(c, arrival, &by); /* what it has in common is all that is asked */
    return by;
}

/* A product with what it is worth to the cohort. */
struct worth {
    struct cohort_seller seller;
    double worth;
};

/* Products of both lists, found by number. */
struct worths {
    struct worth all[COHORT_SELLERS_MAX];
    size_t count;
    uint16_t slots[4 * COHORT_SELLERS_MAX]; /* 1 + place, 0 empty */
};

/* What a listed product sold: scores of bestsellers are fourth roots. */
static double sold(const struct popular *p)
{
    double root = (double)p->score * (double)p->score;

    return root * root;
}

/* Where it stands in `slots`, or the empty one where it would. */
static size_t slot_of(const struct worths *w, product_number product)
{
    size_t at = (size_t)(hash_u64(product) % COUNT(w->slots));

    while (w->slots[at] != 0 && w->all[w->slots[at] - 1].seller.product != product)
        at = (at + 1) % COUNT(w->slots);
    return at;
}

/* The list's products, among which `prior` events are shared out as they sold. What is in an earlier list
 * as well keeps what that says of it. */
static void add_list(struct worths *w, const struct cohort_list *list, double prior)
{
    double sum = 0;

    for (size_t i = 0; i < list->count; i++)
        sum += sold(&list->products[i]);
    for (size_t i = 0; i < list->count; i++) {
        product_number product = list->products[i].product;
        size_t slot = slot_of(w, product);
        if (w->slots[slot] == 0) {
            w->all[w->count] = (struct worth){.seller = {product, list->category}};
            w->slots[slot] = (uint16_t)++w->count;
        }
        w->all[w->slots[slot] - 1].worth += sum > 0 ? prior * sold(&list->products[i]) / sum : 0;
    }
}

static void add_cohort(struct worths *w, const struct cohort *cohort)
{
    for (uint32_t i = 0; i < cohort->count; i++) {
        size_t slot = slot_of(w, cohort->products[i]);
        if (w->slots[slot] != 0)
            w->all[w->slots[slot] - 1].worth += (double)cohort->counts[i];
    }
}

/* The most worth first; equals as they stood. */
static void sort(struct worth *all, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct worth one = all[i];
        size_t at = i;
        for (; at > 0 && all[at - 1].worth < one.worth; at--)
            all[at] = all[at - 1];
        all[at] = one;
    }
}

size_t cohorts_order(const struct cohorts *c, const struct arrival *arrival,
                     const struct cohort_list *landing, const struct cohort_list *shop,
                     struct cohort_seller out[COHORT_SELLERS_MAX])
{
    unsigned by;
    const struct cohort *cohort = shown_of(c, arrival, &by);
    double prior = landing->count > 0 ? COHORT_PRIOR / 2.0 : COHORT_PRIOR;
    struct worths w;

    assert(landing->count <= POPULARITY_LIST_MAX && shop->count <= POPULARITY_LIST_MAX);
    if (cohort == NULL && landing->count == 0)
        return 0;
    w.count = 0;
    memset(w.slots, 0, sizeof(w.slots));
    add_list(&w, landing, prior);
    add_list(&w, shop, prior);
    if (cohort != NULL)
        add_cohort(&w, cohort);
    sort(w.all, w.count);
    for (size_t i = 0; i < w.count; i++)
        out[i] = w.all[i].seller;
    return w.count;
}

/* --- checkpoints --- */

void cohorts_save(const struct cohorts *c, struct checkpoint_writer *w)
{
    struct head head = c->head;

    head.version = VERSION;
    checkpoint_add(w, "cohorts.head", &head, sizeof(head));
    checkpoint_add(w, "cohorts.all", c->all, head.count * sizeof(*c->all));
    checkpoint_add(w, "cohorts.shown", c->shown, head.shown_count * sizeof(*c->shown));
    checkpoint_add(w, "cohorts.changed", c->changed, sizeof(c->changed));
}

static bool sound(const struct cohort *all, size_t size, uint32_t count)
{
    if (count > COHORTS_MAX || size != count * sizeof(*all))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (all[i].count > COHORT_PRODUCTS_MAX || all[i].looked > COHORT_PRODUCTS_MAX)
            return false;
    return true;
}

enum status cohorts_load(struct cohorts *c, const struct checkpoint *from, struct error *err)
{
    size_t head_size, all_size, shown_size, changed_size;
    const struct head *head = checkpoint_section(from, "cohorts.head", &head_size);
    const struct cohort *all = checkpoint_section(from, "cohorts.all", &all_size);
    const struct cohort *shown = checkpoint_section(from, "cohorts.shown", &shown_size);
    const uint8_t *changed = checkpoint_section(from, "cohorts.changed", &changed_size);

    if (head_size != sizeof(*head) || head->version != VERSION ||
        !sound(all, all_size, head->count) || !sound(shown, shown_size, head->shown_count) ||
        changed_size != sizeof(c->changed))
        return error_set(err, ERR_CORRUPT, "the checkpoint's cohorts do not fit this program");
    c->head = *head;
    if (all_size > 0)
        memcpy(c->all, all, all_size);
    if (shown_size > 0)
        memcpy(c->shown, shown, shown_size);
    memcpy(c->changed, changed, changed_size);
    table_make(&c->found, c->all, head->count);
    table_make(&c->seen, c->shown, head->shown_count);
    for (uint32_t i = 0; i < head->count; i++) {
        c->last[i] = all[i].last;
        places_make(&c->places[i], &c->all[i]);
    }
    return OK;
}
