/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/learn.h"

#include <stdio.h>

#include "base/memory.h"
#include "paths/forget.h"
#include "paths/learn_ranker.h"
#include "paths/learn_whose.h"
#include "paths/shop.h"
#include "paths/state.h"

static void tell_fold(void *context, uint64_t done, uint64_t total)
{
    const struct learn_options *options = context;

    if (options->progress != NULL)
        options->progress(options->context, "catalog", done, total);
}

/* The highest rung that this much traffic lets a surface stand on. */
static enum rung allowed(const struct program *program, uint64_t sessions_month, uint64_t *needed)
{
    *needed = sessions_month < program->traffic_co_view   ? program->traffic_co_view
              : sessions_month < program->traffic_learned ? program->traffic_learned
                                                          : 0;
    return sessions_month < program->traffic_co_view   ? RUNG_BESTSELLERS
           : sessions_month < program->traffic_learned ? RUNG_NEIGHBOURS
                                                       : RUNG_LEARNED;
}

static void copy(struct text t, char *out, size_t size)
{
    (void)snprintf(out, size, "%.*s", (int)t.size,
                   t.data); /* names are short: program/ sees to it */
}

/* What was judged goes into the result, and the rungs chosen into `gates`. */
static void take_gates(const struct program *program, const struct ranker_outcome *outcome,
                       struct learn_result *out, struct generation_gates *gates)
{
    out->surfaces = mem_new(outcome->gate_count, sizeof(*out->surfaces));
    out->surface_count = outcome->gate_count;
    for (size_t i = 0; i < outcome->gate_count; i++) {
        const struct surface *surface = &program->surfaces[i];
        struct generation_gate *gate = &gates->all[gates->count++];
        copy(surface->name, out->surfaces[i].name, GATE_NAME_SIZE);
        out->surfaces[i].objective = surface->objective;
        out->surfaces[i].gate = outcome->gates[i];
        copy(surface->name, gate->surface, GATE_NAME_SIZE);
        copy(text_from(rung_word(outcome->gates[i].chosen)), gate->rung, GATE_NAME_SIZE);
    }
}

static bool chosen_anywhere(const struct learn_result *r, enum rung rung)
{
    for (size_t i = 0; i < r->surface_count; i++) {
        if (r->surfaces[i].gate.chosen == rung)
            return true;
    }
    return false;
}

/* Where traffic allows more than one rung, compare them; then build what serves. */
static enum status build(const struct learn_options *options, struct state *state,
                         const struct session_set *set, struct train_options *train,
                         struct learn_result *out, struct error *err)
{
    SCOPED(ranker_outcome_free) struct ranker_outcome outcome = {.model = NULL};
    struct generation_gates gates = {.count = 0};
    const struct ranker_plan plan = {.data_dir = options->data_dir,
                                     .state = state,
                                     .set = set,
                                     .until_ms = INT64_MAX,
                                     .train = train,
                                     .rung_max = out->rung_max};

    if (out->rung_max >= RUNG_CO_VIEW && learn_ranker(&plan, &outcome, err) != OK)
        return err->status;
    take_gates(state->program, &outcome, out, &gates);
    out->ranker = outcome.figures;
    out->ranker_why = outcome.why;
    train->learned = chosen_anywhere(out, RUNG_LEARNED);
    train->ranker = train->learned ? outcome.model : NULL;
    train->gates = &gates;
    return train_from_sessions(train, state->catalog, set, state->position, &out->generation, err);
}

enum status learn(const struct learn_options *options, struct learn_result *out, struct error *err)
{
    SCOPED(state_drop) struct state *state = NULL;
    SCOPED(whose_free) struct whose whose = {.robots = NULL};
    SCOPED(session_set_free) struct session_set set = {.session_count = 0};
    struct learn_options own = *options;
    struct position end = {UINT64_MAX};
    struct shop_keys keys;
    int64_t unfinished_ms;

    *out = (struct learn_result){.surface_count = 0};
    if (shop_keys_load(options->data_dir, &keys, err) != OK)
        return err->status;
    state = whose_state_new(keys.id_key);
    if (state_load(state, options->data_dir, end, tell_fold, &own, err) != OK)
        return error_wrap(err, "reading the journal");
    /* sessions may hold what somebody did who is being erased: the generation then is one from before */
    if (forget_unfinished(options->data_dir, &unfinished_ms, err) != OK)
        return err->status;
    whose_take(&whose, state);
    struct train_options train = {
        .data_dir = options->data_dir,
        .support_viewed = state->program->support_viewed,
        .support_bought = state->program->support_bought,
        .keep = options->settings->generations_kept,
        .serving = state->generation,
        .now_ms = options->now_ms < unfinished_ms ? options->now_ms : unfinished_ms,
        .whose = whose_event,
        .whose_context = &whose,
        .progress = options->progress,
        .context = options->context,
    };
    if (train_sessions(&train, state->catalog, state->position, &set, err) != OK)
        return err->status;
    copy(state->program->currency, out->currency, sizeof(out->currency));
    out->rung_max = allowed(state->program, train_sessions_month(&set), &out->traffic_needed);
    return build(options, state, &set, &train, out, err);
}

void learn_result_free(struct learn_result *r)
{
    mem_free(r->surfaces);
    r->surfaces = NULL;
    r->surface_count = 0;
}

enum status learn_checkpoint(const char *data_dir, const struct settings *settings,
                             struct error *err)
{
    SCOPED(state_drop) struct state *state = NULL;
    struct position end = {UINT64_MAX};
    struct shop_keys keys;

    if (shop_keys_load(data_dir, &keys, err) != OK)
        return err->status;
    state = state_new(keys.id_key, settings->duplicate_ids_max);
    if (state_load(state, data_dir, end, NULL, NULL, err) != OK)
        return error_wrap(err, "reading the journal");
    if (position_compare(state->position, state->checkpoint) == 0)
        return OK; /* nothing came since the last */
    return state_save(state, data_dir, settings->checkpoints_kept, err);
}
