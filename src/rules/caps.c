/* SPDX-License-Identifier: Apache-2.0 */
/* caps: how many of a kind a list holds already. One small table for each cap, open addressing. */
#include "base/hash.h"
#include "rules/kinds.h"

struct slot {
    uint64_t key; /* 0: empty */
    uint32_t count;
};

struct cap {
    const struct rule *rule;
    struct slot *slots;
    struct slot *at; /* of the product that is being judged; NULL: it is not counted here */
    uint64_t key;
};

struct caps {
    const struct rules_held *held;
    struct cap *caps;
    uint32_t mask;
};

struct caps *caps_new(const struct rules_held *held, size_t places, struct arena *a)
{
    struct caps *c = arena_alloc(a, sizeof(*c));
    uint32_t slots = 16;

    while (slots < 2 * places)
        slots *= 2;
    *c = (struct caps){
        .held = held, .caps = arena_array(a, held->cap_count, sizeof(*c->caps)), .mask = slots - 1};
    for (size_t i = 0; i < held->cap_count; i++) {
        c->caps[i].rule = held->caps[i];
        c->caps[i].slots = arena_array(a, slots, sizeof(struct slot));
    }
    return c;
}

/* --- what a product counts as; 0: not at all ---------------------------------------- */

static uint64_t band_key(const struct rule_cap *cap, int64_t price)
{
    uint32_t band = 0;

    while (band < cap->band_count && price > cap->bands[band])
        band++;
    return band + 1;
}

static uint64_t key_of(const struct caps *c, const struct rule_cap *cap, product_number n)
{
    const struct rules_facts *facts = c->held->facts;

    switch (cap->by) {
    case CAP_ALL: return 1;
    case CAP_GROUP: return groups_key(facts->groups, n, cap->group);
    case CAP_CATEGORY:
        return catalog_category_cut(facts->catalog, catalog_category(facts->catalog, n),
                                    cap->level);
    case CAP_PRICE_BAND: return band_key(cap, catalog_price(facts->catalog, n));
    }
    return 0;
}

static struct slot *slot_of(const struct caps *c, const struct cap *cap, uint64_t key)
{
    uint32_t at = (uint32_t)hash_u64(key) & c->mask;

    while (cap->slots[at].key != 0 && cap->slots[at].key != key)
        at = (at + 1) & c->mask;
    return &cap->slots[at];
}

const struct rule *caps_refuse(struct caps *c, product_number n)
{
    const uint64_t *row = c->held->words == 0 ? NULL : marks_of(c->held->facts->marks, n);

    for (size_t i = 0; i < c->held->cap_count; i++) {
        struct cap *cap = &c->caps[i];
        const struct rule *rule = cap->rule;
        bool about = rule->filter == FILTER_NONE || (row != NULL && mark_holds(row, rule->filter));
        cap->at = NULL;
        cap->key = about ? key_of(c, &rule->cap, n) : 0;
        if (cap->key == 0)
            continue;
        cap->at = slot_of(c, cap, cap->key);
        if (cap->at->count >= rule->cap.count)
            return rule;
    }
    return NULL;
}

void caps_count(struct caps *c)
{
    for (size_t i = 0; i < c->held->cap_count; i++) {
        struct cap *cap = &c->caps[i];
        if (cap->at == NULL)
            continue;
        cap->at->key = cap->key;
        cap->at->count++;
    }
}
