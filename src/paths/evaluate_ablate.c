/* SPDX-License-Identifier: Apache-2.0 */
/* evaluate --ablate: what each source gives alone, what is lost without it, and what trees boosted for
 * another loss would answer. Private to paths/evaluate*.c. */
#include "paths/evaluation.h"

/* The sources that the surface which is asked has. */
static uint32_t asked(const struct walk *w)
{
    const struct surface *home = program_surface(w->state->program, TEXT("home"));
    uint32_t sources = 0;

    for (size_t i = 0; i < home->source_count; i++)
        sources |= 1U << home->sources[i];
    return sources;
}

static enum status walk_sources(struct walk *w, struct ablation *out, struct error *err)
{
    uint64_t predictions;

    for (int kind = 0; kind < SOURCE_COUNT; kind++) {
        const struct asking alone = {.name = "alone",
                                     .rung = RUNG_LEARNED,
                                     .in_order = true,
                                     .sources_out = ~(1U << kind),
                                     .every = ABLATED_EVERY};
        const struct asking without = {.name = "left out",
                                       .rung = RUNG_LEARNED,
                                       .sources_out = 1U << kind,
                                       .every = ABLATED_EVERY};
        if ((asked(w) >> kind & 1) == 0)
            continue;
        if (walk_asking(w, &alone, &out->alone[kind], &predictions, err) != OK ||
            walk_asking(w, &without, &out->without[kind], &predictions, err) != OK)
            return err->status;
    }
    return OK;
}

enum status walk_ablated(struct walk *w, struct model *const by_loss[LOSS_COUNT],
                         struct ablation *out, struct error *err)
{
    const struct asking all = {.name = "losses", .rung = RUNG_LEARNED, .every = ABLATED_EVERY};
    const struct generation *generation = w->generation;
    struct generation other = *generation;
    uint64_t predictions;
    enum status status = walk_asking(w, &all, &out->all, &predictions, err);

    for (int loss = 0; loss < LOSS_COUNT && status == OK; loss++) {
        out->loss[loss] = out->all;
        if (by_loss[loss] == NULL)
            continue; /* the one that the generation's trees are of */
        other.ranker = by_loss[loss];
        w->generation = &other;
        status = walk_asking(w, &all, &out->loss[loss], &predictions, err);
        w->generation = generation;
    }
    if (status == OK)
        status = walk_sources(w, out, err);
    out->present = status == OK;
    return status;
}
