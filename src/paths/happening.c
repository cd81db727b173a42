/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/happening.h"

#include "base/hash.h"

enum {
    STEP_EVENTS = 8,  /* between one step of fetching and the next: about as long as memory takes */
    FETCH_ITEMS = 16, /* of one event; longer ones (lists) are rare */
};

/* A user id that nobody vouches for is not followed. */
static struct shopper_key shopper_of(const struct event *e)
{
    struct text user_id = (e->flags & EVENT_USER_VERIFIED) != 0 ? e->user_id : (struct text){0};

    return shopper_key_of(e->anonymous_id, user_id);
}

void *happening_prepare(const void *state, const struct record *r, struct arena *a)
{
    const struct state *s = state;

    if (r->kind != RECORD_EVENT)
        return NULL;
    struct happening *h = arena_alloc(a, sizeof(*h));
    struct event *e = &h->event;
    struct error why = {0};
    if (event_decode(r->body, a, e, &why) != OK)
        return NULL; /* of no interest why: checksummed bytes of a version to come: what they say is not for us */
    h->shopper = shopper_of(e);
    if (s->identity != NULL)
        identity_event_of(e, &h->identity);
    h->session_hash = e->session_id.size > 0 ? hash_text(e->session_id, 0) : 0;
    h->arrival = (struct arrival){.source = arrival_word(e->campaign_source),
                                  .medium = arrival_word(e->campaign_medium),
                                  .campaign = arrival_word(e->campaign_name),
                                  .country = arrival_country(e->country),
                                  .device = (uint8_t)device_of(e->device)};
    if (s->duplicates != NULL && !s->ids_known)
        duplicates_hash(e->id, s->id_key, h->id_hash);
    h->item_hashes = arena_array(a, e->item_count, sizeof(*h->item_hashes));
    h->products = arena_array(a, e->item_count, sizeof(*h->products));
    for (uint32_t i = 0; i < e->item_count; i++)
        h->item_hashes[i] = catalog_id_hash(e->items[i].item_id);
    return h;
}

static void fetch_one(const struct state *s, const struct happening *h, enum fetch step)
{
    if (s->duplicates != NULL && !s->ids_known)
        duplicates_fetch(s->duplicates, h->id_hash, step);
    if (s->identity != NULL)
        identity_fetch(s->identity, &h->identity, step);
    if (s->robots != NULL && !shopper_key_none(h->shopper))
        robots_fetch(s->robots, h->shopper, step);
    if (s->profiles != NULL && !shopper_key_none(h->shopper))
        profiles_fetch(s->profiles, h->shopper, step);
    for (uint32_t i = 0; i < h->event.item_count && i < FETCH_ITEMS; i++) {
        product_number n = catalog_fetch(s->catalog, h->item_hashes[i], step);
        if (s->popularity != NULL && n != PRODUCT_NONE)
            popularity_fetch(s->popularity, n);
    }
}

void happenings_fetch(const struct state *s, const struct prepared_record *records, size_t count,
                      size_t at)
{
    static const enum fetch steps[] = {FETCH_LAST, FETCH_NEXT, FETCH_FIRST}; /* nearest first */

    for (size_t i = 0; i < COUNT(steps); i++) {
        size_t ahead = at + (i + 1) * STEP_EVENTS;
        if (ahead < count && records[ahead].prepared != NULL)
            fetch_one(s, records[ahead].prepared, steps[i]);
    }
}
