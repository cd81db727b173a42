/* SPDX-License-Identifier: Apache-2.0 */
/* What was known when an answer was made, for those who ask why; and the checksum of what came of it. */
#include "base/hash.h"
#include "paths/landing.h"
#include "paths/recommend_steps.h"

static const char *did(uint8_t kind)
{
    switch ((enum action_kind)kind) {
    case ACTION_VIEW: return "viewed";
    case ACTION_CART: return "put in the cart";
    case ACTION_UNCART: return "took out of the cart";
    case ACTION_WISH: return "wished for";
    case ACTION_BUY: return "bought";
    }
    return "did something with";
}

static struct text *item_ids(const struct request *r, const product_number *products, size_t count)
{
    struct text *ids = arena_array(r->arena, count, sizeof(*ids));

    for (size_t i = 0; i < count; i++)
        ids[i] = catalog_item_id(r->from->state->catalog, products[i]);
    return ids;
}

static void know_segments(struct request *r)
{
    const struct program *program = r->from->state->program;
    struct known *k = &r->trail->known;

    k->segments = arena_array(r->arena, program->segment_count, sizeof(*k->segments));
    for (size_t i = 0; i < program->segment_count; i++)
        if (filter_shopper(program->segments[i].when, &r->facts))
            k->segments[k->segment_count++] = program->segments[i].name;
}

static bool asks_bestsellers(const struct request *r)
{
    for (size_t i = 0; i < r->source_count; i++)
        if (r->sources[i] == SOURCE_bestsellers)
            return true;
    return false;
}

/* Whose order bestsellers stand in. */
static void know_cohort(struct request *r)
{
    static const char *const words[] = {"campaign", "device", "landing"}; /* bits of COHORT_ */
    const struct state *state = r->from->state;
    struct known *k = &r->trail->known;
    struct arrival arrival = r->facts.arrival;

    if (!r->newcomer || state->cohorts == NULL || !asks_bestsellers(r))
        return;
    k->landing = catalog_category_path(state->catalog, arrival.landing);
    arrival.landing = landing_cohort(state->catalog, arrival.landing);
    unsigned common = cohorts_known(state->cohorts, &arrival);
    k->cohort = arena_array(r->arena, COUNT(words), sizeof(*k->cohort));
    for (size_t i = 0; i < COUNT(words); i++)
        if (common >> i & 1)
            k->cohort[k->cohort_count++] = text_from(words[i]);
    if (common & COHORT_LANDING)
        k->cohort_landing = catalog_category_path(state->catalog, arrival.landing);
}

void trail_know(struct request *r)
{
    const struct catalog *catalog = r->from->state->catalog;
    const struct profile *p = &r->profile;
    struct known *k = &r->trail->known;
    size_t on_page = r->page->count - r->answer->item_count;

    *k = (struct known){.stranger = p->number == SHOPPER_NONE,
                        .personal = p->personal,
                        .wishes = k->wishes, /* find_preferences wrote these */
                        .wish_count = k->wish_count,
                        .declined = k->declined,
                        .robot = r->robot,
                        .own_page = r->own_page,
                        .actions = arena_array(r->arena, p->count, sizeof(*k->actions)),
                        .shown_count = p->shown_count,
                        .category = catalog_category_path(catalog, r->category),
                        .cart = item_ids(r, r->cart, r->cart_count),
                        .cart_count = r->cart_count,
                        .on_page = item_ids(r, r->page->products, on_page),
                        .on_page_count = on_page};
    know_segments(r);
    know_cohort(r);
    if (r->product != PRODUCT_NONE)
        k->product = catalog_item_id(catalog, r->product);
    for (uint32_t i = 0; i < p->count; i++) {
        const struct action *action = &p->actions[i];
        if (!catalog_sensitive(catalog, action->product)) /* else it is as if it had not been */
            k->actions[k->action_count++] =
                (struct known_action){catalog_item_id(catalog, action->product), did(action->kind),
                                      (int64_t)action->time_s * 1000, i < p->session_count};
    }
}

static uint64_t hash_item(const struct answer_item *item, uint64_t hash)
{
    const struct text parts[] = {item->item_id,
                                 item->title,
                                 item->url,
                                 item->image,
                                 {(const char *)&item->price, sizeof(item->price)},
                                 text_from(item->reason.kind),
                                 item->reason.item_id,
                                 item->reason.text};

    for (size_t i = 0; i < COUNT(parts); i++)
        hash = hash_text(parts[i], hash + (parts[i].data != NULL));
    return hash;
}

uint32_t answer_digest(const struct answer *answer)
{
    uint64_t hash = hash_text(answer->surface, (uint64_t)answer->rung << 1 | answer->late);

    for (size_t i = 0; i < answer->item_count; i++)
        hash = hash_item(&answer->items[i], hash + answer->items[i].slot);
    uint32_t digest = (uint32_t)(hash ^ hash >> 32);
    return digest == 0 ? 1 : digest;
}
