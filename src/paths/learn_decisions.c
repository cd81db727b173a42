/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/learn_decisions.h"

#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "ingest/robots.h"
#include "program/program.h"

struct learn_decisions {
    struct learn_decisions_options options;
    struct decision_cursor *cursor;
    struct examination examination;
    struct examples *examples;
    struct arena arena;   /* of `next` */
    struct decision next; /* the next to be met */
    bool waiting;         /* there is one */
    uint64_t count;       /* in all */
    size_t groups;
};

/* A decision that cannot be read, or that a robot asked for, teaches nothing. ERR_NOT_FOUND behind the
 * last. */
static enum status read_next(struct decision_cursor *cursor, struct arena *a, struct decision *out,
                             struct error *err)
{
    enum status status;

    do {
        arena_reset(a);
        status = decision_cursor_next(cursor, a, out, err);
    } while (status == ERR_CORRUPT || (status == OK && out->robot != ROBOT_NOT));
    return status;
}

/* The shopper's first action behind an answer that was shown. RETRACED_NONE: it was not, or they were not
 * heard of again, so that nobody knows whether it was seen. */
static uint32_t follows(const struct learn_decisions *l, const struct decision *d)
{
    const struct shopper_key shopper = shopper_key_of(d->anonymous_id, d->user_id);

    const struct retrace *r = l->options.retrace;

    if (shopper_key_none(shopper) || d->item_count == 0 || d->now_ms >= l->options.until_ms)
        return RETRACED_NONE;
    if (retrace_tells_shown(r) && !retrace_shown(r, d->number))
        return RETRACED_NONE;
    return retrace_follows(r, shopper, d->position, d->now_ms);
}

/* What followed for each product shown; false: nothing, or the surface is no more. */
static bool label(const struct learn_decisions *l, const struct decision *d, uint32_t first,
                  float gains[DECISION_ITEMS_MAX])
{
    const struct program *program = l->options.moments.state->program;
    const struct surface *surface = program_surface(program, d->surface);
    product_number products[DECISION_ITEMS_MAX];
    bool any = false;

    if (surface == NULL || first == RETRACED_NONE)
        return false;
    for (uint32_t i = 0; i < d->item_count; i++)
        products[i] = d->items[i].product;
    moments_followed(&l->options.moments, surface, first, products, d->item_count, gains);
    for (uint32_t i = 0; i < d->item_count; i++)
        any = any || gains[i] > 0;
    return any;
}

/* --- how much slots are looked at --- */

static enum status open_cursor(const struct learn_decisions *l, struct decision_cursor **out,
                               struct error *err)
{
    struct position begins, end;

    retrace_bounds(l->options.retrace, &begins, &end);
    return decision_cursor_open(out, l->options.data_dir, begins, end, err);
}

/* Is what followed, from that action on, of a session that is kept to stop or to judge by? */
static bool held_back(const struct learn_decisions *l, uint32_t first)
{
    const struct retraced *actions = l->options.moments.actions;

    return first >= l->options.stop_from || actions[first].first >= l->options.stop_from;
}

static enum status examine(struct learn_decisions *l, struct error *err)
{
    SCOPED(decision_cursor_close) struct decision_cursor *cursor = NULL;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    float gains[DECISION_ITEMS_MAX];
    struct error why = {.status = OK};
    struct decision d;

    if (open_cursor(l, &cursor, err) != OK)
        return err->status;
    while (read_next(cursor, &a, &d, &why) == OK) {
        uint32_t first = d.explored_slot > 0 ? follows(l, &d) : RETRACED_NONE;
        if (first != RETRACED_NONE && !held_back(l, first))
            examination_add(&l->examination, &d,
                            label(l, &d, first, gains) && gains[d.explored_slot - 1] > 0);
        l->count++;
    }
    if (why.status != ERR_NOT_FOUND)
        return error_set(err, why.status, "%s", why.message);
    examination_estimate(&l->examination);
    return OK;
}

/* --- examples --- */

static struct question question_of(const struct decision *d)
{
    struct question q = {.surfaces = {d->surface},
                         .surface_count = 1,
                         .anonymous_id = d->anonymous_id,
                         .user_id = d->user_id,
                         .item_id = d->item_id,
                         .category = d->category,
                         .cart_count = d->cart_count,
                         .limit = d->limit,
                         .age_verified = d->age_verified,
                         .arrival = d->arrival,
                         .now_ms = d->now_ms};

    memcpy(q.cart, d->cart, d->cart_count * sizeof(q.cart[0]));
    return q;
}

static uint32_t place_of(const struct candidate_set *set, product_number product)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->products[i] == product)
            return i;
    }
    return UINT32_MAX;
}

/* The features of what was shown, out of those of all candidates; `gains` move along. What is no
 * candidate any more is left out. */
static struct features shown_of(const struct ranking *ranking, const struct decision *d,
                                float gains[DECISION_ITEMS_MAX], struct arena *a)
{
    struct features shown = {.stride = 2 * FEATURE_STRIDE};

    shown.values = arena_array(a, FEATURE_COUNT * shown.stride, sizeof(*shown.values));
    for (uint32_t i = 0; i < d->item_count; i++) {
        uint32_t place = place_of(&ranking->set, d->items[i].product);
        if (place == UINT32_MAX)
            continue;
        for (size_t f = 0; f < FEATURE_COUNT; f++)
            shown.values[f * shown.stride + shown.count] =
                ranking->features.values[f * ranking->features.stride + place];
        gains[shown.count++] = gains[i];
    }
    return shown;
}

_Static_assert(2 * FEATURE_STRIDE >= DECISION_ITEMS_MAX, "what is shown fits the stride");

static enum status add_example(struct learn_decisions *l, const struct decision *d,
                               float gains[DECISION_ITEMS_MAX], struct error *err)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    const struct moments *moments = &l->options.moments;
    const struct question q = question_of(d);
    struct answer answer = {.item_count = 0};
    struct recommend_from from = {.state = moments->state,
                                  .generation = moments->generation,
                                  .rung_max = RUNG_COUNT - 1,
                                  .traffic_ignored = true,
                                  .examples = true,
                                  .support_override = moments->support,
                                  .deadline_step = NOT_CUT,
                                  .page = d->page};

    if (recommend_from(&from, &q, &answer, &a, err) != OK)
        return err->status;
    if (answer.ranking == NULL)
        return OK;
    for (uint32_t i = 0; i < d->item_count; i++) {
        if (gains[i] > 0)
            gains[i] *= (float)examination_weight(&l->examination, d, i);
    }
    const struct features shown = shown_of(answer.ranking, d, gains, &a);
    l->groups += examples_add(l->examples, &shown, gains, d->number);
    return OK;
}

static bool sampled(const struct learn_decisions *l, const struct decision *d)
{
    return l->count <= LEARN_DECISIONS_MAX || hash_u64(d->number) % l->count < LEARN_DECISIONS_MAX;
}

static enum status meet(struct learn_decisions *l, struct error *err)
{
    const struct decision *d = &l->next;
    float gains[DECISION_ITEMS_MAX];
    uint32_t first = sampled(l, d) ? follows(l, d) : RETRACED_NONE;

    if (first == RETRACED_NONE || held_back(l, first) || !label(l, d, first, gains))
        return OK;
    return add_example(l, d, gains, err);
}

static enum status advance(struct learn_decisions *l, struct error *err)
{
    struct error why = {.status = OK};

    l->waiting = read_next(l->cursor, &l->arena, &l->next, &why) == OK;
    if (!l->waiting && why.status != ERR_NOT_FOUND)
        return error_set(err, why.status, "%s", why.message);
    return OK;
}

/* All decisions made before `next`. */
static enum status pause(void *context, struct position next, struct error *err)
{
    struct learn_decisions *l = context;

    while (l->waiting && position_compare(l->next.position, next) < 0) {
        if (meet(l, err) != OK || advance(l, err) != OK)
            return err->status;
    }
    return OK;
}

enum status learn_decisions_open(struct learn_decisions **out,
                                 const struct learn_decisions_options *options, struct error *err)
{
    SCOPED(learn_decisions_close) struct learn_decisions *l = mem_new(1, sizeof(*l));

    l->options = *options;
    l->examination = examination_prior();
    if (examine(l, err) != OK || open_cursor(l, &l->cursor, err) != OK || advance(l, err) != OK)
        return err->status;
    *out = l;
    l = NULL;
    return OK;
}

void learn_decisions_close(struct learn_decisions **l)
{
    if (*l == NULL)
        return;
    retrace_pause_by((*l)->options.retrace, NULL, NULL);
    decision_cursor_close(&(*l)->cursor);
    arena_free(&(*l)->arena);
    mem_free(*l);
    *l = NULL;
}

void learn_decisions_walk(struct learn_decisions *l, struct examples *examples)
{
    l->examples = examples;
    retrace_pause_by(l->options.retrace, pause, l);
}

size_t learn_decisions_groups(const struct learn_decisions *l)
{
    return l->groups;
}

const struct examination *learn_decisions_examination(const struct learn_decisions *l)
{
    return &l->examination;
}
