/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/learn.h"

#include "paths/shop.h"
#include "paths/state.h"

static void free_state(struct state **state)
{
    state_free(*state);
}

static void tell_fold(void *context, uint64_t done, uint64_t total)
{
    const struct learn_options *options = context;

    if (options->progress != NULL)
        options->progress(options->context, "catalog", done, total);
}

enum status learn(const struct learn_options *options, struct generation_summary *out,
                  struct error *err)
{
    SCOPED(free_state) struct state *state = state_new_catalog();
    struct learn_options own = *options;
    struct position end = {UINT64_MAX};

    if (state_load(state, options->data_dir, end, tell_fold, &own, err) != OK)
        return error_wrap(err, "reading the journal");
    struct train_options train = {
        .data_dir = options->data_dir,
        .support_viewed = state->program->support_viewed,
        .support_bought = state->program->support_bought,
        .keep = options->settings->generations_kept,
        .serving = state->generation,
        .now_ms = options->now_ms,
        .progress = options->progress,
        .context = options->context,
    };
    return train_generation(&train, state->catalog, state->position, out, err);
}

enum status learn_checkpoint(const char *data_dir, const struct settings *settings,
                             struct error *err)
{
    SCOPED(free_state) struct state *state = NULL;
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
