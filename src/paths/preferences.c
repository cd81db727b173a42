/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/preferences.h"

#include <assert.h>
#include <stdlib.h>

#include "base/time.h"
#include "ingest/person.h"
#include "paths/consenting.h"

static struct shopper_name without_persons(const struct shop *shop, const struct shopper_name *name,
                                           struct arena *a)
{
    const uint8_t *key = shop->keys.person_key;

    return (struct shopper_name){person_replace(name->anonymous_id, key, a),
                                 person_replace(name->user_id, key, a)};
}

/* --- taking --- */

static bool named(const struct preferences *p, const struct preference *one)
{
    for (uint32_t i = 0; i < p->count; i++)
        if (p->all[i].stance == one->stance && p->all[i].subject == one->subject &&
            text_equal(p->all[i].name, one->name))
            return true;
    return false;
}

static enum status add(struct preferences *p, const struct preference *one, struct error *err)
{
    if (named(p, one))
        return OK;
    if (p->count == PREFERENCES_MAX)
        return error_set(err, ERR_INVALID,
                         "a shopper may name %d products, brands and categories in all; leave "
                         "some out",
                         PREFERENCES_MAX);
    p->all[p->count++] = *one;
    return OK;
}

/* What is wished once the change is made: what was said of a stance stands unless it is said anew. */
static enum status change_apply(const struct preferences *before,
                                const struct preferences_change *c, struct preferences *out,
                                struct error *err)
{
    *out = (struct preferences){
        .personal = c->personal == PREFERENCES_UNSAID ? before->personal : c->personal != 0,
        .variety_ppm =
            c->variety_ppm == PREFERENCES_UNSAID ? before->variety_ppm : (uint32_t)c->variety_ppm};
    for (int stance = 0; stance < PREFERENCE_STANCES; stance++) {
        const struct preference *all = c->says[stance] ? c->all : before->all;
        uint32_t count = c->says[stance] ? c->count : before->count;
        for (uint32_t i = 0; i < count; i++)
            if (all[i].stance == (enum preference_stance)stance && add(out, &all[i], err) != OK)
                return err->status;
    }
    return OK;
}

/* The record that makes the change; empty when it changes nothing. Under change_mutex. */
static enum status record_make(struct shop *shop, const struct preferences_change *change,
                               const struct shopper_name *whose, struct buffer *body,
                               struct error *err)
{
    struct shopper_key key = shopper_key_of(whose->anonymous_id, whose->user_id);
    struct preferences_record record = {
        .anonymous_id = whose->anonymous_id, .user_id = whose->user_id, .forget = change->forget};
    struct preferences before;

    shop_read_lock(shop); /* texts of `before` point into the state */
    const struct preference_table *table = shop->state->preferences;
    (void)preference_table_get(table, key, &before); /* who said nothing wishes nothing */
    bool room = preference_table_room(table, key);
    enum status status = change_apply(&before, change, &record.preferences, err);
    bool same = status == OK && !change->forget && preferences_equal(&before, &record.preferences);
    if (status == OK && !same && !room)
        status = error_set(err, ERR_UNAVAILABLE,
                           "the shop holds the preferences of as many shoppers as it may");
    bool erased = consent_erased(shop->state, whose->anonymous_id, whose->user_id, change->now_ms);
    if (status == OK && !same && !erased) /* of the erased nothing is kept, wishes neither */
        preferences_record_encode(&record, body);
    shop_read_unlock(shop);
    return status;
}

enum status shop_change_preferences(struct shop *shop, const struct preferences_change *change,
                                    struct arena *a, struct error *err)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct shopper_name whose = without_persons(shop, &change->whose, a);

    if (shopper_key_none(shopper_key_of(whose.anonymous_id, whose.user_id)))
        return error_set(err, ERR_INVALID, "nobody is named");
    assert(whose.anonymous_id.size == 0 || whose.user_id.size == 0);
    (void)pthread_mutex_lock(&shop->change_mutex);
    enum status status = record_make(shop, change, &whose, &body, err);
    if (status == OK && body.size > 0)
        status =
            shop_append(shop, RECORD_PREFERENCES, change->now_ms, buffer_text(&body), NULL, err);
    (void)pthread_mutex_unlock(&shop->change_mutex);
    return status;
}

/* --- showing --- */

static void stance_json(const struct preferences *p, enum preference_stance stance, struct json *j)
{
    json_key(j, preference_stance_word(stance));
    json_array_begin(j);
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->all[i].stance != stance)
            continue;
        json_object_begin(j);
        json_key_text(j, preference_subject_word(p->all[i].subject), p->all[i].name);
        json_object_end(j);
    }
    json_array_end(j);
}

static const char *action_word(uint8_t kind)
{
    static const char *const words[] = {[ACTION_VIEW] = "viewed",
                                        [ACTION_CART] = "put in the cart",
                                        [ACTION_UNCART] = "took out of the cart",
                                        [ACTION_WISH] = "wished for",
                                        [ACTION_BUY] = "bought"};

    assert(kind < COUNT(words));
    return words[kind];
}

static void actions_json(const struct catalog *catalog, const struct profile *p, struct json *j)
{
    char time[TIME_TEXT_SIZE];

    json_key(j, "actions");
    json_array_begin(j);
    for (uint32_t i = 0; i < p->count; i++) {
        const struct action *action = &p->actions[i];
        json_object_begin(j);
        json_key_string(j, "did", action_word(action->kind));
        json_key_text(j, "item_id", catalog_item_id(catalog, action->product));
        json_key_string(j, "time", time_print((int64_t)action->time_s * 1000, time));
        json_object_end(j);
    }
    json_array_end(j);
    json_key(j, "shown");
    json_array_begin(j);
    for (uint32_t i = 0; i < p->shown_count; i++) {
        json_object_begin(j);
        json_key_text(j, "item_id", catalog_item_id(catalog, p->shown[i].product));
        json_key_u64(j, "times", p->shown[i].times);
        json_key_string(j, "last", time_print((int64_t)p->shown[i].last_s * 1000, time));
        json_object_end(j);
    }
    json_array_end(j);
}

/* How many of the actions fall on a brand or category. */
struct affinity {
    uint32_t number, actions;
};

static int by_actions(const void *x, const void *y)
{
    const struct affinity *a = x, *b = y;

    if (a->actions != b->actions)
        return a->actions > b->actions ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static uint32_t affinities(const struct catalog *catalog, const struct profile *p,
                           uint32_t (*of)(const struct catalog *, product_number),
                           struct affinity out[PROFILE_ACTIONS_MAX])
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < p->count; i++) {
        product_number n = catalog_product_of(catalog, p->actions[i].product);
        uint32_t number = of(catalog, n), at = 0;
        if (number == 0 || p->actions[i].kind == ACTION_UNCART || catalog_sensitive(catalog, n))
            continue;
        while (at < count && out[at].number != number)
            at++;
        if (at == count)
            out[count++] = (struct affinity){.number = number};
        out[at].actions++;
    }
    qsort(out, count, sizeof(*out), by_actions);
    return count < KNOWN_AFFINITIES_MAX ? count : KNOWN_AFFINITIES_MAX;
}

static void affinities_json(const struct catalog *catalog, const struct profile *p, struct json *j)
{
    struct affinity found[PROFILE_ACTIONS_MAX];

    json_key(j, "affinities");
    json_array_begin(j);
    uint32_t count = affinities(catalog, p, catalog_category, found);
    for (uint32_t i = 0; i < count; i++) {
        json_object_begin(j);
        json_key_text(j, "category", catalog_category_path(catalog, found[i].number));
        json_key_u64(j, "actions", found[i].actions);
        json_object_end(j);
    }
    count = affinities(catalog, p, catalog_brand, found);
    for (uint32_t i = 0; i < count; i++) {
        json_object_begin(j);
        json_key_text(j, "brand", catalog_brand_name(catalog, found[i].number));
        json_key_u64(j, "actions", found[i].actions);
        json_object_end(j);
    }
    json_array_end(j);
}

static void known_json(const struct state *s, const struct profile *p, struct json *j)
{
    json_key(j, "known");
    json_object_begin(j);
    json_key_string(j, "device", device_word(p->device));
    json_key_text(j, "landing",
                  catalog_category_sensitive(s->catalog, p->landing)
                      ? (struct text){0}
                      : catalog_category_path(s->catalog, p->landing));
    actions_json(s->catalog, p, j);
    affinities_json(s->catalog, p, j);
    json_object_end(j);
}

void shopper_preferences_json(struct shop *shop, const struct shopper_name *whose, int64_t now_ms,
                              struct arena *a, struct buffer *out)
{
    struct shopper_name name = without_persons(shop, whose, a);
    struct shopper_key key = shopper_key_of(name.anonymous_id, name.user_id);
    struct json j = json_to(out);
    struct preferences wishes;
    struct profile profile;

    shop_read_lock(shop);
    const struct state *s = shop->state;
    (void)preference_table_get(s->preferences, key, &wishes); /* who said nothing wishes nothing */
    const struct asker who = {.anonymous_id = name.anonymous_id,
                              .user_id = name.user_id,
                              .here_alone = name.user_id.size == 0};
    profiles_read_person(s->profiles, s->identity, &who, now_ms,
                         s->program->consent_personalization, &profile);
    json_object_begin(&j);
    json_key_bool(&j, "personalization", wishes.personal);
    json_key_double(&j, "variety", (double)wishes.variety_ppm / VARIETY_PPM_MAX);
    stance_json(&wishes, PREFER_LESS, &j);
    stance_json(&wishes, PREFER_NEVER, &j);
    known_json(s, &profile, &j);
    json_object_end(&j);
    shop_read_unlock(shop);
}
