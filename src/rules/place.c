/* SPDX-License-Identifier: Apache-2.0 */
/* place: from an order of candidates to slots. First the places that boosts and buries give; then pins
 * take their slots, as far as the caps let them; then the slots are filled from the first on. */
#include <assert.h>
#include <stdlib.h>

#include "rules/kinds.h"

/* A candidate on its way. */
struct mover {
    float place;     /* that it comes to, counted from 1 */
    int8_t way;      /* -1: moved up, 1: down */
    bool gone;       /* placed, or never to be */
    uint32_t number; /* of the candidate */
    uint32_t below;  /* slots it does not stand before */
};

struct placing {
    const struct rules_held *held;
    const struct rules_question *q;
    struct caps *caps;
    struct mover *movers; /* in the order they are taken */
    uint32_t first;       /* those before are gone */
    struct rules_placed *out;
    size_t count;
    /* By slot: 1 + the candidate that is pinned there, and by which rule. */
    uint32_t pinned[RULE_SLOTS_MAX + 1];
    const struct rule *pins[RULE_SLOTS_MAX + 1];
    bool *has_slot; /* by candidate: a pin gave it one */
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

static int by_place(const void *x, const void *y)
{
    const struct mover *a = x, *b = y;

    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    if (a->way != b->way)
        return a->way - b->way;
    return (a->number > b->number) - (a->number < b->number);
}

/* What each rule makes of the candidate's place, one after the other. */
static void move(const struct placing *p, struct mover *m)
{
    const uint64_t *row = marks_of(p->held->facts->marks, product_at(p, m->number));
    uint64_t touched = 0;

    for (size_t w = 0; w < p->held->words; w++)
        touched |= row[w] & p->held->moving[w];
    for (size_t i = 0; touched != 0 && i < p->held->move_count; i++) {
        const struct rule *rule = p->held->moves[i];
        if (!mark_holds(row, rule->filter))
            continue;
        m->place = m->place * rule->factor + (float)rule->slots;
        if (rule->below > m->below)
            m->below = rule->below;
        note(p, product_at(p, m->number), RULE_MOVED, rule, m->number + 1,
             rule->below > 0 ? rule->below + 1 : (uint32_t)(m->place < 1 ? 1 : m->place));
    }
}

/* Those that moved are put in order and merged with those that did not, which are. */
static void order(struct placing *p, struct arena *a)
{
    uint32_t count = p->q->count, moved = 0, still = 0;
    struct mover *up = arena_array(a, count, sizeof(*up));
    struct mover *rest = arena_array(a, count, sizeof(*rest));

    for (uint32_t i = 0; i < count; i++) {
        struct mover m = {.place = (float)(i + 1), .number = i};
        if (p->held->move_count > 0)
            move(p, &m);
        m.way = (int8_t)((m.place > (float)(i + 1)) - (m.place < (float)(i + 1)));
        if (m.way != 0)
            up[moved++] = m;
        else
            rest[still++] = m;
    }
    if (moved > 1)
        qsort(up, moved, sizeof(*up), by_place);
    for (uint32_t i = 0, u = 0, r = 0; i < count; i++) {
        bool from_up = u < moved && (r == still || by_place(&up[u], &rest[r]) < 0);
        p->movers[i] = from_up ? up[u++] : rest[r++];
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
            p->has_slot[candidate])
            continue;
        broken = caps_take(p->caps, pin.product);
        if (broken != NULL) {
            note(p, pin.product, RULE_REMOVED, broken, 0, 0);
            note(p, pin.product, RULE_NOT_PLACED, rule, 0, pin.slot);
            continue;
        }
        p->pinned[pin.slot] = candidate + 1;
        p->pins[pin.slot] = rule;
        p->has_slot[candidate] = true;
    }
    for (uint32_t i = 0; i < p->q->count && p->held->pin_count > 0; i++)
        p->movers[i].gone = p->has_slot[p->movers[i].number];
}

/* --- slots -------------------------------------------------------------------------- */

static void put(struct placing *p, uint32_t candidate, const struct rule *pin)
{
    p->out[p->count++] = (struct rules_placed){candidate, pin == NULL ? NULL : &pin->ref};
    if (pin != NULL)
        note(p, product_at(p, candidate), RULE_PLACED, pin, 0, (uint32_t)p->count);
}

/* May it stand in the list? It is asked once: from then on it is in, or out for good. */
static bool take(struct placing *p, struct mover *m)
{
    m->gone = true;
    if (p->q->may_show != NULL && !p->q->may_show(p->q->context, m->number))
        return false;
    const struct rule *broken = caps_take(p->caps, product_at(p, m->number));
    if (broken == NULL)
        return true;
    note(p, product_at(p, m->number), RULE_REMOVED, broken, 0, 0);
    return false;
}

/* The next by rank that may stand in `slot`; of those buried below it only with `buried`. */
static bool fill(struct placing *p, uint32_t slot, bool buried)
{
    while (p->first < p->q->count && p->movers[p->first].gone)
        p->first++;
    for (uint32_t i = p->first; i < p->q->count; i++) {
        struct mover *m = &p->movers[i];
        if (m->gone || (!buried && m->below >= slot) || !take(p, m))
            continue;
        put(p, m->number, NULL);
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
    for (uint32_t i = p->first; i < p->q->count && p->count < p->q->limit + p->q->spare; i++) {
        struct mover *m = &p->movers[i];
        if (!m->gone && m->below == 0 && take(p, m))
            put(p, m->number, NULL);
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
    p->movers = arena_array(a, q->count, sizeof(*p->movers));
    p->has_slot = arena_array(a, q->count + q->only_pinned, sizeof(*p->has_slot));
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
