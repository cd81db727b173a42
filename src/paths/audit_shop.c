/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/audit_shop.h"

#include "paths/state.h"

static void free_state(struct state **state)
{
    state_free(*state);
}

static void tell_fold(void *context, uint64_t done, uint64_t total)
{
    const struct audit_shop_options *options = context;

    if (options->progress != NULL)
        options->progress(options->context, "catalog", done, total);
}

enum status audit_shop(const struct audit_shop_options *options,
                       void (*told)(void *context, const struct report *report), void *context,
                       struct error *err)
{
    SCOPED(free_state) struct state *state = state_new_catalog();
    SCOPED(audit_free) struct audit *audit = NULL;
    struct audit_shop_options own = *options;
    struct position end = {UINT64_MAX};
    const struct report *report;

    if (state_load(state, options->data_dir, end, tell_fold, &own, err) != OK)
        return error_wrap(err, "reading the journal");
    audit = audit_new(&(struct audit_options){.catalog = state->catalog,
                                              .program = state->program,
                                              .now_ms = options->now_ms,
                                              .sessions_serving = options->sessions_serving,
                                              .customers_encoding = options->customers_encoding});
    struct audit_source source = {.data_dir = options->data_dir,
                                  .until = state->position,
                                  .customers = options->customers,
                                  .links = options->links,
                                  .progress = options->progress,
                                  .context = options->context};
    if (audit_read(audit, &source, &report, err) != OK)
        return err->status;
    told(context, report);
    return OK;
}
