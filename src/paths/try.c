/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/try.h"

#include "paths/recommend_steps.h"

/* One of the two answers, in texts that outlast the state it came from. */
struct side {
    bool answered; /* the program has the surface */
    struct buffer json;
    struct text *item_ids; /* by slot */
    product_number *products;
    size_t count;
};

static void side_clear(struct side *s)
{
    buffer_free(&s->json);
}

static void fold(struct state *state, enum record_kind kind, int64_t now_ms, struct text body)
{
    struct record r = {{state->position.number + 1},
                       kind,
                       now_ms > state->time_ms ? now_ms : state->time_ms,
                       body};

    state_fold(state, &r);
}

static enum status ask(const struct trial *t, struct side *side, struct arena *a, struct error *err)
{
    const struct recommend_from from = {.state = t->state,
                                        .generation = t->generation,
                                        .rung_max = RUNG_COUNT - 1,
                                        .deadline_step = NOT_CUT};
    struct question q = question_without_persons(t->question, t->person_key, a);
    struct answer answer = {.items = NULL};

    if (program_surface(t->state->program, q.surfaces[0]) == NULL)
        return OK;
    if (recommend_from(&from, &q, &answer, a, err) != OK)
        return err->status;
    answer_json(&answer, &side->json);
    side->answered = true;
    side->count = answer.item_count;
    side->item_ids = arena_array(a, side->count, sizeof(*side->item_ids));
    side->products = arena_array(a, side->count, sizeof(*side->products));
    for (size_t i = 0; i < side->count; i++) {
        side->item_ids[i] = arena_text(a, answer.items[i].item_id);
        side->products[i] = answer.items[i].product;
    }
    return OK;
}

/* The slot of a product, from 1; 0: it is not shown. */
static size_t slot_of(const struct side *s, product_number product)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->products[i] == product)
            return i + 1;
    return 0;
}

/* Item ids of `x` that `y` does not show. */
static void only_in(const struct side *x, const struct side *y, const char *key, struct json *j)
{
    json_key(j, key);
    json_array_begin(j);
    for (size_t i = 0; i < x->count; i++)
        if (slot_of(y, x->products[i]) == 0)
            json_text(j, x->item_ids[i]);
    json_array_end(j);
}

static void moved_json(const struct side *before, const struct side *after, struct json *j)
{
    json_key(j, "moved");
    json_array_begin(j);
    for (size_t i = 0; i < after->count; i++) {
        size_t from = slot_of(before, after->products[i]);

        if (from == 0 || from == i + 1)
            continue;
        json_object_begin(j);
        json_key_text(j, "item_id", after->item_ids[i]);
        json_key_u64(j, "from", from);
        json_key_u64(j, "to", i + 1);
        json_object_end(j);
    }
    json_array_end(j);
}

static void side_json(const struct side *s, const char *key, struct json *j)
{
    json_key(j, key);
    if (s->answered)
        json_raw(j, buffer_text(&s->json));
    else
        json_absent(j);
}

/* As the journal would bring it. Both answers are as of a tick, so that what differs is the program's
 * doing. */
static void apply(const struct trial *t, uint32_t version)
{
    SCOPED(buffer_free) struct buffer body = {0};
    const struct program_record record = {version, TEXT("try"), TEXT("try"), t->document};

    program_record_encode(&record, &body);
    fold(t->state, RECORD_PROGRAM, t->question->now_ms, buffer_text(&body));
    fold(t->state, RECORD_TICK, t->question->now_ms, TEXT(""));
}

enum status program_try(const struct trial *t, struct arena *a, struct problems *problems,
                        struct buffer *json, struct error *err)
{
    SCOPED(side_clear) struct side before = {.count = 0}, after = {.count = 0};
    uint32_t version = t->state->program->version;
    struct text name = text_utf8_prefix(t->question->surfaces[0], 64);
    struct program *compiled = NULL;
    struct json j = json_to(json);

    if (program_compile(t->document, &compiled, a, problems, err) != OK)
        return err->status;
    program_free(compiled); /* the fold compiles it again */
    fold(t->state, RECORD_TICK, t->question->now_ms, TEXT(""));
    if (ask(t, &before, a, err) != OK)
        return err->status;
    apply(t, version + 1);
    if (ask(t, &after, a, err) != OK)
        return err->status;
    if (!before.answered && !after.answered)
        return error_set(err, ERR_NOT_FOUND,
                         "there is no surface '%.*s', neither in the program nor in the document",
                         (int)name.size, name.data);
    json_object_begin(&j);
    json_key_text(&j, "surface", t->question->surfaces[0]);
    json_key_u64(&j, "version", version);
    side_json(&before, "before", &j);
    side_json(&after, "after", &j);
    only_in(&after, &before, "came", &j);
    only_in(&before, &after, "went", &j);
    moved_json(&before, &after, &j);
    json_object_end(&j);
    return OK;
}

static void state_close(struct state **state)
{
    state_free(*state);
}

enum status shop_try_program(struct shop *shop, struct trial *t, struct arena *a,
                             struct problems *problems, struct buffer *json, struct error *err)
{
    SCOPED(state_close) struct state *state = state_new(shop->keys.id_key, 0);
    const struct generation *generation = generation_pin(shop->generations);
    struct position end = {UINT64_MAX};
    enum status status = state_load(state, shop->data_dir, end, NULL, NULL, err);

    t->state = state;
    t->generation = generation;
    t->person_key = shop->keys.person_key;
    if (status == OK)
        status = program_try(t, a, problems, json, err);
    t->state = NULL;
    t->generation = NULL;
    generation_unpin(shop->generations, generation);
    return status;
}

enum status shop_look_program(struct shop *shop, const struct program *program, int64_t now_ms,
                              struct arena *a, struct problems *remarks, struct error *err)
{
    SCOPED(state_close) struct state *state = state_new(shop->keys.id_key, 0);
    struct position end = {UINT64_MAX};

    if (state_load(state, shop->data_dir, end, NULL, NULL, err) != OK)
        return err->status;
    program_look(program, state->catalog, now_ms, a, remarks);
    return OK;
}
