/* SPDX-License-Identifier: Apache-2.0 */
/* evaluate on the shop's own journal: learns from the sessions that ended before the last seventh
 * of its days, walks those that came after. What is not learned but folded (what is popular) is
 * taken from the events before that time as well; products are as they are now. */
#include "base/memory.h"
#include "base/time.h"
#include "journal/journal.h"
#include "paths/evaluate.h"
#include "paths/evaluation.h"
#include "train/train.h"

enum { TESTED_SHARE = 7, REPORT_EVERY = 16384 };

static void free_state(struct state **state)
{
    state_free(*state);
}

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
static enum status fold_before(struct state *state, const char *data_dir, int64_t split_ms,
                               const struct evaluate_options *options, struct error *err)
{
    SCOPED(cursor_close) struct cursor *cursor = NULL;
    SCOPED(arena_free) struct arena arena = {.blocks = NULL};
    struct position end = state->position;
    struct record r = {.kind = RECORD_TICK};
    struct event e;
    enum status status = cursor_open(&cursor, data_dir, NULL, (struct position){0}, err);

    state->popularity = popularity_new();
    state->position = (struct position){0};
    for (uint64_t i = 0; status == OK; i++) {
        status = cursor_next(cursor, &r, err);
        if (status != OK || position_compare(r.position, end) > 0)
            break;
        if (options->progress != NULL && i % REPORT_EVERY == 0)
            options->progress(options->context, "folding", r.position.number, end.number);
        if (r.kind != RECORD_EVENT)
            continue;
        status = event_decode(r.body, &arena, &e, err);
        if (status == OK && e.time_ms < split_ms)
            state_fold(state, &r);
        arena_reset(&arena);
    }
    popularity_tick(state->popularity, state->catalog);
    state->profiles = profiles_new(); /* of the visitors to come; nobody else is asked about */
    state->position = end;
    return status == ERR_NOT_FOUND ? OK : status;
}

/* Learn from `set` with that support, and walk. */
static enum status walk_with(const struct session_set *set, struct walk *walk,
                             struct rung_figures figures[RUNG_COUNT], struct evaluation *out,
                             struct error *err)
{
    SCOPED(evaluation_dir_close) struct evaluation_dir dir = {.path = ""};
    SCOPED(generation_close) const struct generation *generation = NULL;
    struct generation_summary summary;
    struct train_options train = {.support_viewed = walk->support,
                                  .support_bought = walk->support,
                                  .keep = 2,
                                  .now_ms = walk->state->time_ms,
                                  .progress = walk->options->progress,
                                  .context = walk->options->context};

    if (evaluation_dir_open(&dir, err) != OK)
        return err->status;
    train.data_dir = dir.path;
    if (evaluation_learns(walk->options) &&
        (train_from_sessions(&train, walk->state->catalog, set, walk->state->position, &summary,
                             err) != OK ||
         generation_open(&generation, dir.path, summary.number, err) != OK))
        return err->status;
    walk->generation = generation;
    walk->round++;
    return walk_rungs(walk, figures, &out->predictions, err);
}

static enum status too_short(struct error *err)
{
    return error_set(err, ERR_NOT_FOUND,
                     "the journal is too short to learn from six sevenths of its days and to test "
                     "on the last; import or collect more, or name --train and --test");
}

/* Cut `all` in two, fold what came before the cut, and walk the rest. */
static enum status evaluate_split(struct shop *shop, struct state *state, struct session_set *all,
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
    int64_t split_ms = last_ms - (last_ms - first_ms) / TESTED_SHARE;
    before.session_count = count_before(all, split_ms);
    before.click_count = all->starts[before.session_count];
    if (before.session_count == 0)
        return too_short(err);
    if (fold_before(state, shop->data_dir, split_ms, options, err) != OK)
        return err->status;
    test_sessions(all, before.session_count, &test);
    out->train_sessions = before.session_count;
    out->train_clicks = before.click_count;
    out->train_products = catalog_known(state->catalog);
    out->test_sessions = test.session_count;
    state->program = program_builtin();
    walk.support = options->min_support;
    if (walk_with(&before, &walk, out->rungs, out, err) != OK)
        return err->status;
    walk.as_served = true;
    walk.support = served;
    return walk_with(&before, &walk, out->served, out, err);
}

enum status evaluate_shop(struct shop *shop, const struct evaluate_options *options,
                          struct evaluation *out, struct error *err)
{
    SCOPED(free_state) struct state *state = state_new_catalog();
    SCOPED(session_set_free) struct session_set set = {.session_count = 0};
    struct position end = {UINT64_MAX};
    struct train_options train = {
        .data_dir = shop->data_dir, .progress = options->progress, .context = options->context};

    *out = (struct evaluation){.own = true};
    if (state_load(state, shop->data_dir, end, NULL, NULL, err) != OK ||
        train_sessions(&train, state->catalog, state->position, &set, err) != OK)
        return err->status;
    return evaluate_split(shop, state, &set, options, out, err);
}
