/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/replay.h"

#include <pthread.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"
#include "paths/recommend_steps.h"

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
                           .cart_count = d->cart_count,
                           .limit = d->limit,
                           .now_ms = d->now_ms,
                           .why = true};
    memcpy(q->cart, d->cart, d->cart_count * sizeof(q->cart[0]));
}

static bool equal_lists(const struct decision *a, const struct decision *b)
{
    if (a->item_count != b->item_count || a->rung != b->rung)
        return false;
    for (uint32_t i = 0; i < a->item_count; i++) {
        const struct decision_item *x = &a->items[i], *y = &b->items[i];
        if (x->product != y->product || x->source != y->source ||
            x->evidence_kind != y->evidence_kind || x->evidence_reference != y->evidence_reference)
            return false;
    }
    return true;
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
    if (!equal_lists(d, r->answer.decision))
        r->not_replayed = erased_since(shop, d) ? "events it rested on were erased since"
                                                : "the list came out otherwise";
    else
        answer_share(&r->answer, r->generation, &r->arena);
    return OK;
}

static void question_json(const struct replay *r, struct json *j)
{
    const struct question *q = &r->question;

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
    json_key(j, "cart");
    json_array_begin(j);
    for (size_t i = 0; i < q->cart_count; i++)
        json_text(j, q->cart[i]);
    json_array_end(j);
    json_key_u64(j, "limit", q->limit);
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
        json_object_end(j);
    }
    json_array_end(j);
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

/* What the words of a trail mean for a product that is not shown. */
static const char *drop_meaning(const char *word)
{
    static const struct {
        const char *word, *meaning;
    } meanings[] = {
        {"in_cart", "it is in the cart"},
        {"just_bought", "the shopper bought it in this session"},
        {"seen", "the shopper has just seen it, and neighbours are for what is new"},
        {"page_product", "it is the page's own product"},
        {"on_page", "another surface of the page shows it"},
        {"other_category", "it is not in the page's category"},
        {"over_limit", "others came first and the surface was full"},
        {"no_reason", "what it rests on cannot be named"},
    };

    for (size_t i = 0; i < COUNT(meanings); i++) {
        if (strcmp(meanings[i].word, word) == 0)
            return meanings[i].meaning;
    }
    return word;
}

static void absent_by_trail(const struct answer *answer, struct text id, struct buffer *out)
{
    const struct trail *t = answer->trail;
    bool proposed = false;

    for (size_t i = 0; i < t->proposal_count; i++) {
        const char *dropped =
            t->proposals[i].dropped != NULL ? t->proposals[i].dropped : t->dropped_later[i];
        if (!text_equal(t->item_ids[i], id) || dropped == NULL || strcmp(dropped, "duplicate") == 0)
            continue;
        buffer_printf(out, "%s proposed it, but %s.", source_word(t->proposals[i].candidate.source),
                      drop_meaning(dropped));
        proposed = true;
        break;
    }
    if (proposed)
        return;
    buffer_add_string(out, "No source that was asked proposed it before the surface was full.");
    if (t->rung_allowed < RUNG_COUNT - 1)
        buffer_printf(out, " The surface stands on the rung %s: %s.", rung_word(t->rung_allowed),
                      t->rung_why);
}

static void absent_sentence(const struct state *state, const struct answer *answer,
                            product_number product, struct buffer *out)
{
    struct text id = catalog_item_id(state->catalog, product);
    enum sellable sellable = catalog_sellable(state->catalog, product);

    for (size_t i = 0; i < answer->item_count; i++) {
        if (answer->items[i].product != product)
            continue;
        buffer_printf(out, "It is shown, in slot %u: %.*s.", answer->items[i].slot,
                      (int)answer->items[i].reason.text.size, answer->items[i].reason.text.data);
        return;
    }
    if (sellable != SELLABLE)
        buffer_printf(out, "It may not be shown anywhere: %s.", sellable_word(sellable));
    else if (catalog_sensitive(state->catalog, product))
        buffer_add_string(out, "It may not be shown anywhere: its category is sensitive.");
    else
        absent_by_trail(answer, id, out);
}

enum status replay_absent(struct shop *shop, const struct question *q, struct text item_id,
                          struct buffer *out, struct error *err)
{
    SCOPED(arena_free) struct arena a = {0};
    const struct generation *generation = generation_pin(shop->generations);
    const struct recommend_from from = {.state = shop->state,
                                        .generation = generation,
                                        .rung_max = RUNG_COUNT - 1,
                                        .deadline_step = NOT_CUT};
    struct question why = question_without_persons(q, shop->keys.person_key, &a);
    struct answer answers[RECOMMEND_SURFACES_MAX];

    why.why = true;
    shop_read_lock(shop);
    product_number product = catalog_find(shop->state->catalog, item_id);
    enum status status = recommend_from(&from, &why, answers, &a, err);
    if (status == OK && product == PRODUCT_NONE)
        buffer_printf(out, "Nothing has the id %.*s.", (int)item_id.size, item_id.data);
    else if (status == OK)
        absent_sentence(shop->state, &answers[q->surface_count - 1], product, out);
    shop_read_unlock(shop);
    generation_unpin(shop->generations, generation);
    return status;
}
