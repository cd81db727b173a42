/* SPDX-License-Identifier: Apache-2.0 */
/* place: from an order of candidates to slots. First the places that boosts and buries give; then pins
 * take their slots, as far as the caps let them; then the slots are filled from the first on. */
#include <assert.h>
#include <stdlib.h>

#include "base/compare.h"
#include "rules/kinds.h"

/* Places are kept within these bounds, and told apart to a step. */
enum { PLACE_MAX = 1000000, PLACE_STEPS = 1024 };

struct placing {
    const struct rules_held *held;
    const struct rules_question *q;
    struct caps *caps;
    uint32_t *order; /* candidates, in the order they are taken */
    uint32_t first;  /* of it; those before are gone */
    bool *gone;      /* by candidate: placed, or never to be */
    uint8_t *below;  /* by candidate: slots it does not stand before */
    struct rules_placed *out;
    size_t count;
    /* By slot: 1 + the candidate that is pinned there, and by which rule. */
    uint32_t pinned[RULE_SLOTS_MAX + 1];
    const struct rule *pins[RULE_SLOTS_MAX + 1];
};

void rules_note(struct rule_notes *notes, const struct rule_note *note)
{
    if (notes != NULL && notes->count < RULE_NOTES_MAX)
        notes->notes[notes->count++] = *note;
}

static void note(const struct placing *p, product_number n, enum rule_effect effect,
                 const struct rule *rule, uint32_t from, uint32_t to)
{
    rules_note(p->q->notes,
               &(struct rule_note){
                   .product = n, .effect = effect, .rule = rule->ref, .from = from, .to = to});
}

static product_number product_at(const struct placing *p, uint32_t candidate)
{
    return p->q->candidates[candidate].product;
}

/* --- the order ---------------------------------------------------------------------- */

/* A candidate's place, which way it moved to it, and its number, as one number to sort by. */
static uint64_t key_of(float place, uint32_t number)
{
    float from = (float)(number + 1);
    uint64_t way = place < from ? 0 : place > from ? 2 : 1;
    int64_t steps = (int64_t)(place * PLACE_STEPS) + PLACE_STEPS * (int64_t)PLACE_MAX;

    return (uint64_t)steps << 32 | way << 30 | number;
}

static uint32_t number_of(uint64_t key)
{
    return key & ((UINT32_C(1) << 30) - 1);
}

static float within_bounds(float place)
{
    return place > PLACE_MAX ? PLACE_MAX : place < -PLACE_MAX ? -PLACE_MAX : place;
}

/* What each rule makes of candidate `i`'s place, one after the other. */
static float moved_place(const struct placing *p, uint32_t i)
{
    const uint64_t *row = marks_of(p->held->facts->marks, product_at(p, i));
    float place = (float)(i + 1);
    uint64_t touched = 0;

    for (size_t w = 0; w < p->held->words; w++)
        touched |= row[w] & p->held->moving[w];
    for (size_t k = 0; touched != 0 && k < p->held->move_count; k++) {
        const struct rule *rule = p->held->moves[k];
        if (!mark_holds(row, rule->filter))
            continue;
        place = within_bounds(place * rule->factor + (float)rule->slots);
        if (rule->below > p->below[i])
            p->below[i] = (uint8_t)rule->below;
        note(p, product_at(p, i), RULE_MOVED, rule, i + 1,
             rule->below > 0 ? rule->below + 1 : (uint32_t)(place < 1 ? 1 : place));
    }
    return place;
}

/* Those that moved are put in order and merged with those that did not, which are. */
static void order(struct placing *p, struct arena *a)
{
    uint32_t count = p->q->count, moved = 0, still = 0;
    uint64_t *up = arena_array(a, count, sizeof(*up)), *rest = arena_array(a, count, sizeof(*rest));

    for (uint32_t i = 0; i < count; i++) {
        float place = p->held->move_count > 0 ? moved_place(p, i) : (float)(i + 1);
        uint64_t key = key_of(place, i);
        if (place != (float)(i + 1))
            up[moved++] = key;
        else
            rest[still++] = key;
    }
    if (moved > 1)
        qsort(up, moved, sizeof(*up), compare_u64);
    for (uint32_t i = 0, u = 0, r = 0; i < count; i++) {
        bool from_up = u < moved && (r == still || up[u] < rest[r]);
        p->order[i] = number_of(from_up ? up[u++] : rest[r++]);
    }
}

/* --- pins --------------------------------------------------------------------------- */

/* The candidate that is the product; UINT32_MAX: none is. */
static uint32_t candidate_of(const struct placing *p, product_number n)
{
    uint32_t count = p->q->count + p->q->only_pinned;

    for (uint32_t i = 0; i < count; i++) {
        if (product_at(p, i) == n)
            return i;
    }
    return UINT32_MAX;
}

/* Give the pins their slots: in the document's order, each counted in the caps before anything else. */
static void pin_all(struct placing *p)
{
    struct rules_pin pin;

    for (size_t i = 0; rules_pin(p->held, i, &pin); i++) {
        const struct rule *rule = p->held->pins[i], *broken = NULL;
        uint32_t candidate =
            pin.product == PRODUCT_NONE ? UINT32_MAX : candidate_of(p, pin.product);
        if (candidate == UINT32_MAX || pin.slot > p->q->limit || p->pinned[pin.slot] != 0 ||
            p->gone[candidate])
            continue;
        broken = caps_refuse(p->caps, pin.product);
        if (broken != NULL) {
            note(p, pin.product, RULE_REMOVED, broken, 0, 0);
            note(p, pin.product, RULE_NOT_PLACED, rule, 0, pin.slot);
            continue;
        }
        caps_count(p->caps);
        p->pinned[pin.slot] = candidate + 1;
        p->pins[pin.slot] = rule;
        p->gone[candidate] = true;
    }
}

/* --- slots -------------------------------------------------------------------------- */

static void put(struct placing *p, uint32_t candidate, const struct rule *pin)
{
    p->out[p->count++] = (struct rules_placed){candidate, pin == NULL ? NULL : &pin->ref};
    if (pin != NULL)
        note(p, product_at(p, candidate), RULE_PLACED, pin, 0, (uint32_t)p->count);
}

/* May candidate `i` stand in the list? It is asked once: from then on it is in, or out for good. */
static bool take(struct placing *p, uint32_t i)
{
    const struct rule *broken = caps_refuse(p->caps, product_at(p, i));

    p->gone[i] = true;
    if (broken != NULL) {
        note(p, product_at(p, i), RULE_REMOVED, broken, 0, 0);
        return false;
    }
    if (p->q->may_show != NULL && !p->q->may_show(p->q->context, i))
        return false;
    caps_count(p->caps);
    return true;
}

/* The next by rank that may stand in `slot`; of those buried below it only with `buried`. */
static bool fill(struct placing *p, uint32_t slot, bool buried)
{
    while (p->first < p->q->count && p->gone[p->order[p->first]])
        p->first++;
    for (uint32_t at = p->first; at < p->q->count; at++) {
        uint32_t i = p->order[at];
        if (p->gone[i] || (!buried && p->below[i] >= slot) || !take(p, i))
            continue;
        put(p, i, NULL);
        return true;
    }
    return false;
}

/* The pin of the lowest slot from `slot` on whose turn did not come. */
static bool close_up(struct placing *p, uint32_t slot)
{
    for (; slot <= p->q->limit; slot++) {
        if (p->pinned[slot] == 0)
            continue;
        put(p, p->pinned[slot] - 1, p->pins[slot]);
        p->pinned[slot] = 0;
        return true;
    }
    return false;
}

/* Behind the slots, what is not bound to any. */
static void fill_spare(struct placing *p)
{
    for (uint32_t at = p->first; at < p->q->count && p->count < p->q->limit + p->q->spare; at++) {
        uint32_t i = p->order[at];
        if (!p->gone[i] && p->below[i] == 0 && take(p, i))
            put(p, i, NULL);
    }
}

size_t rules_place(struct rules_held *held, const struct rules_question *q,
                   struct rules_placed *out, struct arena *a)
{
    struct placing *p = arena_alloc(a, sizeof(*p));

    assert(q->limit <= RULE_SLOTS_MAX);
    p->held = held;
    p->q = q;
    p->out = out;
    p->caps = caps_new(held, q->limit + q->spare, a);
    p->order = arena_array(a, q->count, sizeof(*p->order));
    p->below = arena_array(a, q->count, sizeof(*p->below));
    p->gone = arena_array(a, q->count + q->only_pinned, sizeof(*p->gone));
    order(p, a);
    pin_all(p);
    while (p->count < q->limit) {
        uint32_t slot = (uint32_t)p->count + 1;
        if (p->pinned[slot] != 0) {
            put(p, p->pinned[slot] - 1, p->pins[slot]);
            p->pinned[slot] = 0;
        } else if (!fill(p, slot, false) && !fill(p, slot, true) && !close_up(p, slot)) {
            return p->count;
        }
    }
    fill_spare(p);
    return p->count;
}
