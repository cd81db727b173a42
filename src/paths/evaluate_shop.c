/* SPDX-License-Identifier: Apache-2.0 */
/* evaluate on the shop's own journal: learns from the sessions that ended before the last seventh
 * of its days, walks those that came after. What is not learned but folded (what is popular) is
 * taken from the events before that time as well; products are as they are now. */
#include "base/memory.h"
#include "base/time.h"
#include "paths/evaluate.h"
#include "paths/evaluation.h"
#include "paths/learn_ranker.h"
#include "paths/learn_whose.h"
#include "paths/retrace.h"
#include "train/train.h"

enum { TESTED_SHARE = 7 };

/* The journal, up to where it is tested. */
struct own {
    const char *data_dir;
    int64_t split_ms;
    const struct whose *whose;
};

/* The sessions that ended before `split_ms`: they come first. */
static uint32_t count_before(const struct session_set *set, int64_t split_ms)
{
    uint32_t count = 0;

    while (count < set->session_count && set->end_ms[count] < split_ms)
        count++;
    return count;
}

/* As the index has it, too: of anything but a view only the first mention in its session counts,
 * since putting into the cart what was just viewed is no choice that could be foreseen. */
static bool mentioned(const struct session_set *set, uint64_t start, uint64_t at)
{
    for (uint64_t i = start; i < at; i++) {
        if (set->products[i] == set->products[at])
            return true;
    }
    return false;
}

/* Of the sessions from `first` on at most EVALUATE_SESSIONS_MAX, evenly spread. Their clicks are a
 * second apart: nothing here asks for more of the time than its order. */
static void test_sessions(const struct session_set *set, uint32_t first, struct test_set *out)
{
    static const enum event_type types[] = {[ACTION_VIEW] = EVENT_view_item,
                                            [ACTION_CART] = EVENT_add_to_cart,
                                            [ACTION_UNCART] = EVENT_remove_from_cart,
                                            [ACTION_WISH] = EVENT_add_to_wishlist,
                                            [ACTION_BUY] = EVENT_purchase};
    uint32_t step = (set->session_count - first - 1) / EVALUATE_SESSIONS_MAX + 1;
    size_t count = 0;

    out->clicks = mem_new(set->click_count - set->starts[first] + 1, sizeof(*out->clicks));
    out->starts = mem_new((size_t)(set->session_count - first) + 1, sizeof(*out->starts));
    for (uint32_t s = first; s < set->session_count; s += step) {
        uint64_t start = set->starts[s], end = set->starts[s + 1];
        for (uint64_t i = start; i < end; i++) {
            if (set->kinds[i] != ACTION_VIEW && mentioned(set, start, i))
                continue;
            out->clicks[count++] = (struct test_click){
                .product = set->products[i],
                .type = types[set->kinds[i]],
                .time_ms = set->end_ms[s] - (int64_t)(end - 1 - i) * MS_SECOND,
            };
        }
        out->starts[++out->session_count] = count;
    }
}

/* The folds of the events before `split_ms`, over products that are known already. */
static enum status fold_before(struct state *state, const struct own *own,
                               const struct evaluate_options *options, struct error *err)
{
    const struct retrace_options before = {.data_dir = own->data_dir,
                                           .from_ms = own->split_ms,
                                           .until_ms = own->split_ms,
                                           .whose = whose_event,
                                           .whose_context = own->whose,
                                           .progress = options->progress,
                                           .context = options->context};
    enum status status = retrace_fold(state, &before, err);

    profiles_free(state->profiles);
    state->profiles = profiles_new(); /* of the visitors to come; nobody else is asked about */
    return status;
}

/* Trees, from the sessions before the split alone. */
static enum status rank(const struct walk *walk, const struct session_set *set,
                        const struct own *own, const struct train_options *train,
                        struct ranker_outcome *out, struct error *err)
{
    SCOPED(state_drop) struct state *state = state_new_catalog();
    struct position end = {UINT64_MAX};
    const struct ranker_plan plan = {.data_dir = own->data_dir,
                                     .state = state,
                                     .set = set,
                                     .until_ms = own->split_ms,
                                     .train = train,
                                     .rung_max = RUNG_LEARNED,
                                     .protocol = true};

    if (!evaluation_wants(walk->options, RUNG_LEARNED))
        return OK;
    if (state_load(state, own->data_dir, end, NULL, NULL, err) != OK)
        return err->status;
    return learn_ranker(&plan, out, err);
}

/* Learn from `set` with walk->support, and walk. */
static enum status walk_with(const struct session_set *set, const struct own *own,
                             struct walk *walk, struct rung_figures figures[RUNG_COUNT],
                             uint64_t *predictions, struct error *err)
{
    SCOPED(ranker_outcome_free) struct ranker_outcome ranker = {.model = NULL};
    SCOPED(evaluation_dir_close) struct evaluation_dir dir = {.path = ""};
    SCOPED(generation_close) const struct generation *generation = NULL;
    struct generation_summary summary;
    struct train_options train = {.support_viewed = walk->support,
                                  .support_bought = walk->support,
                                  .keep = 2,
                                  .now_ms = walk->state->time_ms,
                                  .learned = evaluation_wants(walk->options, RUNG_LEARNED),
                                  .whose = whose_event,
                                  .whose_context = own->whose,
                                  .progress = walk->options->progress,
                                  .context = walk->options->context};

    if (evaluation_dir_open(&dir, err) != OK)
        return err->status;
    train.data_dir = dir.path;
    if (rank(walk, set, own, &train, &ranker, err) != OK)
        return err->status;
    train.ranker = ranker.model;
    if (evaluation_learns(walk->options) &&
        (train_from_sessions(&train, walk->state->catalog, set, walk->state->position, &summary,
                             err) != OK ||
         generation_open(&generation, dir.path, summary.number, err) != OK))
        return err->status;
    walk->generation = generation;
    return walk_rungs(walk, figures, predictions, err);
}

static enum status too_short(struct error *err)
{
    return error_set(err, ERR_NOT_FOUND,
                     "the journal is too short to learn from six sevenths of its days and to test "
                     "on the last; import or collect more, or name --train and --test");
}

/* Cut `all` in two, fold what came before the cut, and walk the rest. */
static enum status evaluate_split(struct own own, struct state *state, struct session_set *all,
                                  const struct evaluate_options *options, struct evaluation *out,
                                  struct error *err)
{
    SCOPED(test_set_free) struct test_set test = {.clicks = NULL};
    struct walk walk = {.options = options, .test = &test, .state = state};
    struct session_set before = *all; /* a view: its arrays stay those of `all` */
    uint32_t served = state->program->support_viewed;

    if (all->session_count == 0)
        return error_set(err, ERR_NOT_FOUND,
                         "no event of the journal names a product of the catalog; import the "
                         "catalog, then events of its products");
    int64_t first_ms = all->end_ms[0], last_ms = all->end_ms[all->session_count - 1];
    own.split_ms = last_ms - (last_ms - first_ms) / TESTED_SHARE;
    before.session_count = count_before(all, own.split_ms);
    before.click_count = all->starts[before.session_count];
    if (before.session_count == 0)
        return too_short(err);
    if (fold_before(state, &own, options, err) != OK)
        return err->status;
    test_sessions(all, before.session_count, &test);
    out->train_sessions = before.session_count;
    out->train_clicks = before.click_count;
    out->train_products = catalog_known(state->catalog);
    out->test_sessions = test.session_count;
    state->program = program_builtin();
    walk.support = options->min_support;
    if (walk_with(&before, &own, &walk, out->rungs, &out->predictions, err) != OK)
        return err->status;
    walk.varied = out->varied;
    walk.as_served = true;
    walk.support = served;
    return walk_with(&before, &own, &walk, out->served, &out->predictions, err);
}

enum status evaluate_shop(struct shop *shop, const struct evaluate_options *options,
                          struct evaluation *out, struct error *err)
{
    SCOPED(state_drop) struct state *state = whose_state_new(shop->keys.id_key);
    SCOPED(whose_free) struct whose whose = {.robots = NULL};
    SCOPED(session_set_free) struct session_set set = {.session_count = 0};
    struct position end = {UINT64_MAX};
    const struct own own = {.data_dir = shop->data_dir, .whose = &whose};
    struct train_options train = {.data_dir = shop->data_dir,
                                  .whose = whose_event,
                                  .whose_context = &whose,
                                  .progress = options->progress,
                                  .context = options->context};

    *out = (struct evaluation){.own = true};
    if (state_load(state, shop->data_dir, end, NULL, NULL, err) != OK)
        return err->status;
    whose_take(&whose, state);
    if (train_sessions(&train, state->catalog, state->position, &set, err) != OK)
        return err->status;
    return evaluate_split(own, state, &set, options, out, err);
}
