/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/replay.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"
#include "paths/recommend.h"
#include "paths/story.h"

/* One past decision being produced again. */
struct replay {
    struct arena arena;
    struct decision decision; /* as kept; its texts in the arena */
    struct state *state;      /* as of its position */
    const struct generation *generation;
    struct question question;
    struct answer answer;
    const char *not_replayed; /* why the kept list is shown; NULL: the answer came out equal */
};

static void replay_clear(struct replay *r)
{
    state_free(r->state);
    generation_close(&r->generation);
    arena_free(&r->arena);
}

static enum status find_decision(struct shop *shop, struct text request_id, struct replay *r,
                                 struct error *err)
{
    if (shop->decisions != NULL && decisions_flush(shop->decisions, err) != OK)
        return err->status;
    pthread_mutex_lock(&shop->store_mutex);
    enum status status = decisions_find(shop->store, shop->keys.decision_key, request_id, &r->arena,
                                        &r->decision, err);
    pthread_mutex_unlock(&shop->store_mutex);
    return status;
}

static void ask_again(struct replay *r)
{
    const struct decision *d = &r->decision;
    struct question *q = &r->question;

    *q = (struct question){.surfaces = {d->surface},
                           .surface_count = 1,
                           .anonymous_id = d->anonymous_id,
                           .user_id = d->user_id,
                           .item_id = d->item_id,
                           .category = d->category,
                           .language = d->language,
                           .cart_count = d->cart_count,
                           .limit = d->limit,
                           .age_verified = d->age_verified,
                           .gpc = d->gpc,
                           .arrival = d->arrival,
                           .robot = (enum robot_why)d->robot,
                           .now_ms = d->now_ms,
                           .why = true};
    memcpy(q->cart, d->cart, d->cart_count * sizeof(q->cart[0]));
}

/* The bytes of a decision without what it took, and, where one of two does not say it, the checksum. */
static void encode_bare(const struct decision *d, bool digest, struct buffer *out)
{
    struct decision bare = *d;

    bare.took_us = 0;
    bare.digest = digest ? d->digest : 0;
    decision_encode(&bare, out);
}

static bool equal_decisions(const struct decision *a, const struct decision *b)
{
    SCOPED(buffer_free) struct buffer x = {0}, y = {0};
    bool digest = a->digest != 0 && b->digest != 0;

    encode_bare(a, digest, &x);
    encode_bare(b, digest, &y);
    return text_equal(buffer_text(&x), buffer_text(&y));
}

/* Whether events it may have rested on are there no more. */
static bool erased_since(struct shop *shop, const struct decision *d)
{
    shop_read_lock(shop);
    int64_t latest = erasures_latest(shop->state->erasures, INT64_MAX);
    shop_read_unlock(shop);
    return latest > d->now_ms || shop->settings.events_days > 0;
}

/* Fold, ask again, compare. What stands in the way is `not_replayed`, not an error. */
static enum status run(struct shop *shop, struct replay *r, struct error *err)
{
    const struct decision *d = &r->decision;
    struct error why = {0};

    r->state = state_new(shop->keys.id_key, 0);
    if (state_load(r->state, shop->data_dir, d->position, NULL, NULL, err) != OK)
        return err->status;
    ask_again(r);
    if (position_compare(r->state->position, d->position) != 0)
        r->not_replayed = "the journal does not reach as far";
    else if (r->state->program->version != d->program_version)
        r->not_replayed = "its version of the program can no longer be read";
    else if (d->generation > 0 &&
             generation_open(&r->generation, shop->data_dir, d->generation, &why) != OK)
        r->not_replayed = arena_printf(&r->arena, "generation %u: %s", d->generation, why.message);
    if (r->not_replayed != NULL)
        return OK;
    const struct recommend_from from = {.state = r->state,
                                        .generation = r->generation,
                                        .rung_max = RUNG_COUNT - 1,
                                        .deadline_step = d->deadline_step,
                                        .page = d->page};
    if (recommend_from(&from, &r->question, &r->answer, &r->arena, err) != OK)
        return err->status;
    assert(r->answer.decision != NULL); /* every answer has one */
    if (!equal_decisions(d, r->answer.decision))
        r->not_replayed = erased_since(shop, d) ? "events it rested on were erased since"
                                                : "the answer came out otherwise";
    else
        answer_share(&r->answer, r->generation, &r->arena);
    return OK;
}

static void question_json(const struct replay *r, struct json *j)
{
    const struct question *q = &r->question;
    char country[2];

    json_key(j, "question");
    json_object_begin(j);
    if (q->anonymous_id.data != NULL)
        json_key_text(j, "anonymous_id", q->anonymous_id);
    if (q->user_id.data != NULL)
        json_key_text(j, "user_id", q->user_id);
    if (q->item_id.data != NULL)
        json_key_text(j, "item_id", q->item_id);
    if (q->category.data != NULL)
        json_key_text(j, "category", q->category);
    if (q->language.data != NULL)
        json_key_text(j, "language", q->language);
    json_key(j, "cart");
    json_array_begin(j);
    for (size_t i = 0; i < q->cart_count; i++)
        json_text(j, q->cart[i]);
    json_array_end(j);
    json_key_u64(j, "limit", q->limit);
    if (q->age_verified > 0)
        json_key_u64(j, "age_verified", q->age_verified);
    if (q->arrival.device != DEVICE_UNKNOWN)
        json_key_string(j, "device", device_word((enum device_kind)q->arrival.device));
    if (q->arrival.country != 0)
        json_key_text(j, "country", arrival_country_text(q->arrival.country, country));
    json_object_end(j);
}

/* The list as it was kept: the products' ids as of then, and what each rested on. */
static void kept_json(const struct replay *r, struct json *j)
{
    const struct decision *d = &r->decision;

    json_key_text(j, "surface", d->surface);
    json_key_string(j, "rung", d->rung < RUNG_COUNT ? rung_word((enum rung)d->rung) : NULL);
    json_key_u64(j, "generation", d->generation);
    json_key(j, "items");
    json_array_begin(j);
    for (uint32_t i = 0; i < d->item_count; i++) {
        const struct decision_item *item = &d->items[i];
        bool known = item->product < catalog_count(r->state->catalog);
        json_object_begin(j);
        json_key_text(j, "item_id",
                      known ? catalog_item_id(r->state->catalog, item->product) : (struct text){0});
        json_key_u64(j, "slot", i + 1);
        json_key_string(j, "source",
                        item->source < SOURCE_COUNT ? source_word((enum source_kind)item->source)
                                                    : NULL);
        json_key_string(j, "evidence", evidence_word((enum evidence_kind)item->evidence_kind));
        json_object_end(j);
    }
    json_array_end(j);
}

static void story_json(const struct replay *r, struct text request_id, struct json *j)
{
    SCOPED(buffer_free) struct buffer text = {0};
    const struct story story = {.request_id = request_id,
                                .decision = &r->decision,
                                .answer = r->not_replayed == NULL ? &r->answer : NULL,
                                .not_replayed = r->not_replayed,
                                .catalog = r->state->catalog};

    story_tell(&story, &text);
    json_key_text(j, "story", buffer_text(&text));
}

static void replay_json(const struct replay *r, struct text request_id, struct buffer *out)
{
    const struct decision *d = &r->decision;
    struct json j = json_to(out);
    char time[TIME_TEXT_SIZE];

    json_object_begin(&j);
    json_key_text(&j, "request_id", request_id);
    json_key_string(&j, "time", time_print(d->now_ms, time));
    json_key_bool(&j, "replayed", r->not_replayed == NULL);
    if (r->not_replayed != NULL)
        json_key_string(&j, "not_replayed", r->not_replayed);
    question_json(r, &j);
    json_key_u64(&j, "position", d->position.number);
    json_key_u64(&j, "program_version", d->program_version);
    if (d->took_us > 0)
        json_key_u64(&j, "took_us", d->took_us);
    if (r->not_replayed == NULL)
        answer_json_members(&r->answer, &j);
    else
        kept_json(r, &j);
    if (r->not_replayed == NULL) {
        json_key(&j, "trail");
        json_object_begin(&j);
        trail_json_members(r->answer.trail, &j);
        json_object_end(&j);
    }
    story_json(r, request_id, &j);
    json_object_end(&j);
}

enum status replay_decision(struct shop *shop, struct text request_id, struct buffer *json,
                            struct error *err)
{
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    SCOPED(replay_clear) struct replay r = {.generation = NULL};

    if (find_decision(shop, request_id, &r, err) != OK)
        return err->status;
    pthread_mutex_lock(&one_at_a_time);
    enum status status = run(shop, &r, err);
    pthread_mutex_unlock(&one_at_a_time);
    if (status != OK)
        return error_wrap(err, "replaying %.*s", (int)request_id.size, request_id.data);
    replay_json(&r, request_id, json);
    return OK;
}
