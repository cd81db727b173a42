/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/cohorts.h"

#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/time.h"

enum {
    VERSION = 1,
    SLOTS = 2 * COHORTS_MAX, /* a power of two */
    LEVELS = 3,
    HALF_LIFE_DAYS = 30,
    HALVINGS_MAX = 60, /* after so many nothing is left */
};

struct cohort {
    uint64_t key;  /* 0: not in use */
    uint64_t last; /* when it was heard of: events counted by then */
    float total;
    uint32_t count;
    product_number products[COHORT_PRODUCTS_MAX];
    float counts[COHORT_PRODUCTS_MAX];
};

_Static_assert(sizeof(struct cohort) == 24 + 8 * COHORT_PRODUCTS_MAX, "saved as it is");

struct head {
    uint32_t version;
    uint32_t count;  /* cohorts in use, the first ones */
    uint64_t events; /* counted */
    int64_t period;  /* of the newest event: 30 days each */
    uint32_t by_purchases, reserved;
};

struct cohorts {
    struct head head;
    struct cohort *all;                            /* COHORTS_MAX */
    struct cohort *shown;                          /* the same as of the last tick */
    uint64_t keys[COHORTS_MAX], last[COHORTS_MAX]; /* of `all`, side by side: looked through */
    uint8_t changed[COHORTS_MAX];
    uint16_t slots[SLOTS]; /* 1 + place, 0 empty */
};

struct cohorts *cohorts_new(void)
{
    struct cohorts *c = mem_new(1, sizeof(*c));

    c->all = mem_new(COHORTS_MAX, sizeof(*c->all));
    c->shown = mem_new(COHORTS_MAX, sizeof(*c->shown));
    return c;
}

void cohorts_free(struct cohorts *c)
{
    if (c == NULL)
        return;
    mem_free(c->all);
    mem_free(c->shown);
    mem_free(c);
}

enum event_type cohorts_counted(const struct cohorts *c)
{
    return c->head.by_purchases ? EVENT_purchase : EVENT_view_item;
}

/* --- the table --- */

/* Whose cohort it is at each level, the narrowest first; 0: none. A medium says where a shopper comes from
 * when no source is named. */
static void keys_of(const struct arrival *a, uint64_t keys[LEVELS])
{
    uint64_t source = a->source != 0 ? a->source : a->medium, device = a->device;

    memset(keys, 0, LEVELS * sizeof(keys[0]));
    if (source != 0 && device != 0)
        keys[0] = hash_u64(source << 8 | device) | 1;
    if (source != 0)
        keys[1] = hash_u64(source << 8) | 1;
    if (device != 0)
        keys[2] = hash_u64(device) | 1;
}

static void slot_put(struct cohorts *c, uint32_t place)
{
    uint32_t at = (uint32_t)(c->keys[place] >> 1) & (SLOTS - 1);

    while (c->slots[at] != 0)
        at = (at + 1) & (SLOTS - 1);
    c->slots[at] = (uint16_t)(place + 1);
}

static void slots_make(struct cohorts *c)
{
    memset(c->slots, 0, sizeof(c->slots));
    for (uint32_t i = 0; i < c->head.count; i++)
        slot_put(c, i);
}

static uint32_t find(const struct cohorts *c, uint64_t key)
{
    uint32_t at = (uint32_t)(key >> 1) & (SLOTS - 1);

    for (; c->slots[at] != 0; at = (at + 1) & (SLOTS - 1))
        if (c->keys[c->slots[at] - 1] == key)
            return c->slots[at] - 1U;
    return COHORTS_MAX;
}

static uint32_t silent_longest(const struct cohorts *c)
{
    uint32_t oldest = 0;

    for (uint32_t i = 1; i < c->head.count; i++)
        if (c->last[i] < c->last[oldest])
            oldest = i;
    return oldest;
}

static struct cohort *cohort_of(struct cohorts *c, uint64_t key)
{
    uint32_t place = find(c, key);
    bool fresh = place == COHORTS_MAX, full = c->head.count == COHORTS_MAX;

    if (fresh) {
        place = full ? silent_longest(c) : c->head.count++;
        c->all[place] = (struct cohort){.key = key};
        c->keys[place] = key;
        if (full)
            slots_make(c);
        else
            slot_put(c, place);
    }
    c->changed[place] = 1;
    c->all[place].last = c->last[place] = c->head.events;
    return &c->all[place];
}

/* --- counting --- */

/* The least of many makes room, and the new one has its count: it may have been here before. */
static void count_product(struct cohort *cohort, product_number product)
{
    uint32_t at = 0, least = 0;

    cohort->total += 1;
    while (at < cohort->count && cohort->products[at] != product) {
        if (cohort->counts[at] < cohort->counts[least])
            least = at;
        at++;
    }
    if (at == cohort->count && at == COHORT_PRODUCTS_MAX) {
        at = least;
    } else if (at == cohort->count) {
        cohort->counts[at] = 0;
        cohort->count++;
    }
    cohort->products[at] = product;
    cohort->counts[at] += 1;
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
        c->changed[i] = 1;
    }
}

void cohorts_fold(struct cohorts *c, const struct arrival *arrival, product_number product,
                  int64_t time_ms)
{
    uint64_t keys[LEVELS];

    keys_of(arrival, keys);
    if (keys[1] == 0 && keys[2] == 0)
        return;
    advance(c, time_ms);
    c->head.events++;
    for (int i = 0; i < LEVELS; i++)
        if (keys[i] != 0)
            count_product(cohort_of(c, keys[i]), product);
}

void cohorts_tick(struct cohorts *c, bool by_purchases)
{
    if (by_purchases != (c->head.by_purchases != 0)) {
        c->head.by_purchases = by_purchases;
        c->head.count = 0;
        memset(c->all, 0, COHORTS_MAX * sizeof(*c->all));
        memset(c->slots, 0, sizeof(c->slots));
        memset(c->changed, 1, sizeof(c->changed));
    }
    for (uint32_t i = 0; i < COHORTS_MAX; i++)
        if (c->changed[i])
            c->shown[i] = c->all[i];
    memset(c->changed, 0, sizeof(c->changed));
}

/* --- the order --- */

static const struct cohort *shown_of(const struct cohorts *c, const struct arrival *arrival)
{
    uint64_t keys[LEVELS];

    keys_of(arrival, keys);
    for (int i = 0; i < LEVELS; i++)
        for (uint32_t k = 0; keys[i] != 0 && k < c->head.count; k++)
            if (c->shown[k].key == keys[i] && c->shown[k].total >= COHORT_EVENTS_MIN)
                return &c->shown[k];
    return NULL;
}

static float count_in(const struct cohort *cohort, product_number product)
{
    for (uint32_t i = 0; i < cohort->count; i++)
        if (cohort->products[i] == product)
            return cohort->counts[i];
    return 0;
}

/* What a listed product sold: scores of bestsellers are fourth roots. */
static double sold(const struct popular *p)
{
    double root = (double)p->score * (double)p->score;

    return root * root;
}

bool cohorts_order(const struct cohorts *c, const struct arrival *arrival,
                   const struct popular *list, size_t count, struct popular *out)
{
    const struct cohort *cohort = shown_of(c, arrival);
    double worth[POPULARITY_LIST_MAX], all = 0;

    if (cohort == NULL || count > POPULARITY_LIST_MAX)
        return false;
    for (size_t i = 0; i < count; i++)
        all += sold(&list[i]);
    for (size_t i = 0; i < count; i++) {
        double mine =
            (double)count_in(cohort, list[i].product) + COHORT_PRIOR * sold(&list[i]) / all;
        size_t at = i;
        for (; at > 0 && worth[at - 1] < mine; at--) {
            worth[at] = worth[at - 1];
            out[at] = out[at - 1];
        }
        worth[at] = mine;
        out[at] = list[i];
    }
    return true;
}

/* --- checkpoints --- */

void cohorts_save(const struct cohorts *c, struct checkpoint_writer *w)
{
    struct head head = c->head;

    head.version = VERSION;
    checkpoint_add(w, "cohorts.head", &head, sizeof(head));
    checkpoint_add(w, "cohorts.all", c->all, COHORTS_MAX * sizeof(*c->all));
    checkpoint_add(w, "cohorts.shown", c->shown, COHORTS_MAX * sizeof(*c->shown));
    checkpoint_add(w, "cohorts.changed", c->changed, sizeof(c->changed));
}

static bool sound(const struct cohort *all, size_t size)
{
    for (uint32_t i = 0; i < COHORTS_MAX; i++)
        if (size != COHORTS_MAX * sizeof(*all) || all[i].count > COHORT_PRODUCTS_MAX)
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

    if (head_size != sizeof(*head) || head->version != VERSION || head->count > COHORTS_MAX ||
        !sound(all, all_size) || !sound(shown, shown_size) || changed_size != sizeof(c->changed))
        return error_set(err, ERR_CORRUPT, "the checkpoint's cohorts do not fit this program");
    c->head = *head;
    memcpy(c->all, all, all_size);
    memcpy(c->shown, shown, shown_size);
    memcpy(c->changed, changed, changed_size);
    for (uint32_t i = 0; i < COHORTS_MAX; i++) {
        c->keys[i] = all[i].key;
        c->last[i] = all[i].last;
    }
    slots_make(c);
    return OK;
}
