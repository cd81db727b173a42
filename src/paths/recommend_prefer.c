/* SPDX-License-Identifier: Apache-2.0 */
/* What the shopper asked of us, applied to an answer: `never` while gathering, `less` after ranking.
 * What a person says holds wherever they said it: as the visitor at hand, as the customer, on another
 * device; but not what was said on another device that somebody else uses too. */
#include <assert.h>
#include <stdlib.h>

#include "base/compare.h"
#include "consent/preferences.h"
#include "paths/recommend_steps.h"

enum { NAMED_MAX = (PROFILE_RECORDS_MAX + 2) * PREFERENCES_MAX };

/* Names as numbers, each list rising, so that asking costs a few comparisons. */
struct numbers {
    uint32_t all[NAMED_MAX];
    uint32_t count;
};

struct disliked {
    struct numbers of[PREFERENCE_SUBJECTS];
};

static bool numbers_have(const struct numbers *n, uint32_t number)
{
    return n->count > 0 && bsearch(&number, n->all, n->count, sizeof(number), compare_u32) != NULL;
}

static void numbers_add(struct numbers *n, uint32_t number)
{
    assert(n->count < NAMED_MAX);
    n->all[n->count++] = number;
}

/* A name that nothing answers to says nothing yet. */
static void disliked_add(struct disliked *d, const struct catalog *catalog,
                         const struct preference *p)
{
    struct numbers *of = &d->of[p->subject];
    uint32_t number = 0;

    switch (p->subject) {
    case OF_PRODUCT:
        number = catalog_find(catalog, p->name);
        if (number != PRODUCT_NONE)
            numbers_add(of, number);
        return;
    case OF_BRAND: number = catalog_brand_find(catalog, p->name); break;
    case OF_CATEGORY: number = catalog_category_find(catalog, p->name); break;
    case PREFERENCE_SUBJECTS: break;
    }
    if (number != 0)
        numbers_add(of, number);
}

/* For the trail. */
static void note_wishes(struct request *r, const struct preferences *p)
{
    struct known *k = &r->trail->known;

    if (k->wishes == NULL)
        k->wishes = arena_array(r->arena, NAMED_MAX, sizeof(*k->wishes));
    k->declined = k->declined || !p->personal;
    for (uint32_t i = 0; i < p->count; i++)
        k->wishes[k->wish_count++] =
            text_from(arena_printf(r->arena, "%s %s %.*s", preference_stance_word(p->all[i].stance),
                                   preference_subject_word(p->all[i].subject),
                                   (int)p->all[i].name.size, p->all[i].name.data));
}

static void obey(struct request *r, struct shopper_key key)
{
    const struct state *state = r->from->state;
    struct preferences p;

    if (shopper_key_none(key) || !preference_table_get(state->preferences, key, &p))
        return;
    if (r->trail != NULL)
        note_wishes(r, &p);
    r->profile.personal = r->profile.personal && p.personal;
    if (p.variety_ppm > r->variety_ppm)
        r->variety_ppm = p.variety_ppm;
    for (uint32_t i = 0; i < p.count; i++) {
        struct disliked **d = p.all[i].stance == PREFER_NEVER ? &r->never : &r->less;
        if (*d == NULL)
            *d = arena_alloc(r->arena, sizeof(**d));
        disliked_add(*d, state->catalog, &p.all[i]);
    }
}

/* By the other records of the person who asks: neither of the two ids that were asked with. */
static void obey_elsewhere(struct request *r)
{
    const struct question *q = r->question;
    const struct asker who = {.anonymous_id = q->anonymous_id, .user_id = q->user_id};
    struct person_records records;
    struct text nobody = {0};

    person_records_find(r->from->state->identity, &who, q->now_ms, &records);
    for (size_t i = 0; i < records.count; i++) {
        const struct person_record *p = &records.records[i];
        if (p->shared || text_equal(p->id, p->visitor ? q->anonymous_id : q->user_id))
            continue;
        obey(r, p->visitor ? shopper_key_of(p->id, nobody) : shopper_key_of(nobody, p->id));
    }
}

void find_preferences(struct request *r)
{
    const struct question *q = r->question;
    struct text nobody = {0};

    r->variety_ppm = r->from->variety_ppm > 0 ? r->from->variety_ppm : r->surface->variety_ppm;
    if (r->robot != ROBOT_NOT || r->from->state->preferences == NULL ||
        preference_table_count(r->from->state->preferences) == 0)
        return;
    obey(r, shopper_key_of(q->anonymous_id, nobody));
    obey(r, shopper_key_of(nobody, q->user_id));
    obey_elsewhere(r);
    struct disliked *both[] = {r->never, r->less};
    for (size_t i = 0; i < COUNT(both); i++)
        for (int of = 0; both[i] != NULL && of < PREFERENCE_SUBJECTS; of++)
            qsort(both[i]->of[of].all, both[i]->of[of].count, sizeof(uint32_t), compare_u32);
}

bool is_disliked(const struct disliked *d, const struct catalog *catalog, product_number n)
{
    if (d == NULL)
        return false;
    if (numbers_have(&d->of[OF_PRODUCT], n) ||
        numbers_have(&d->of[OF_BRAND], catalog_brand(catalog, n)))
        return true;
    if (d->of[OF_CATEGORY].count == 0)
        return false;
    for (category_number c = catalog_category(catalog, n); c != 0;
         c = catalog_category_parent(catalog, c))
        if (numbers_have(&d->of[OF_CATEGORY], c))
            return true;
    return false;
}

/* Where a candidate goes. */
struct lowered {
    size_t place; /* it stands at, or, of what is lowered, would stand LESS_PLACES below */
    uint32_t from;
    bool less;
};

/* What was not lowered goes first where both come to one place. */
static int by_place(const void *x, const void *y)
{
    const struct lowered *a = x, *b = y;

    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    if (a->less != b->less)
        return a->less ? 1 : -1;
    return (a->from > b->from) - (a->from < b->from);
}

void candidates_rearrange(struct request *r, const uint32_t *from)
{
    size_t count = r->candidate_count;
    struct candidate *candidates = arena_array(r->arena, count, sizeof(*candidates));
    uint32_t *order = arena_array(r->arena, count, sizeof(*order));

    for (size_t i = 0; i < count; i++) {
        candidates[i] = r->candidates[from[i]];
        if (r->ranking != NULL)
            order[i] = r->ranking->order[from[i]];
    }
    r->candidates = candidates;
    if (r->ranking != NULL)
        r->ranking->order = order;
}

/* Later rounds tell it anew. */
static void note_lowered(struct request *r, const struct lowered *places)
{
    struct trail *t = r->trail;

    t->lowered = arena_array(r->arena, r->candidate_count, sizeof(*t->lowered));
    t->lowered_count = 0;
    for (size_t i = 0; i < r->candidate_count; i++)
        if (places[i].less)
            t->lowered[t->lowered_count++] =
                catalog_item_id(r->from->state->catalog, r->candidates[places[i].from].product);
}

enum status lower_less(struct request *r, struct error *err)
{
    const struct catalog *catalog = r->from->state->catalog;
    size_t count = r->candidate_count;

    (void)err; /* any order is an order */
    if (r->less == NULL || count == 0)
        return OK;
    struct lowered *places = arena_array(r->arena, count, sizeof(*places));
    uint32_t *from = arena_array(r->arena, count, sizeof(*from));
    for (uint32_t i = 0; i < count; i++) {
        bool less = is_disliked(r->less, catalog, r->candidates[i].product);
        places[i] = (struct lowered){i + (less ? LESS_PLACES : 0), i, less};
    }
    qsort(places, count, sizeof(*places), by_place);
    for (size_t i = 0; i < count; i++)
        from[i] = places[i].from;
    if (r->trail != NULL)
        note_lowered(r, places);
    candidates_rearrange(r, from);
    return OK;
}
