/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that were given, and what followed, as examples. */
#include "paths/learn_decisions.h"

#include <math.h>
#include <stdio.h>

#include "base/time.h"
#include "tests/support/ranked.h"

enum { VISITORS = 30, LIMIT = 6 };

static const char program[] = "surfaces: [{name: home, kind: home, limit: 6, objective: orders, "
                              "explore: 0}]\n";

struct given {
    struct answer answer;
    uint32_t slot; /* of what was turned to, from 0 */
    enum action_kind kind;
};

struct world {
    struct test_shop t;
    struct arena arena;
    struct given given[VISITORS];
    int64_t now_ms, from_ms;
    const char *naming; /* the request_id of what is done; NULL: none */
    uint32_t robots;    /* so many of the first visitors ask with a robot's agent */
};

static void act(struct world *w, const char *type, uint32_t visitor, struct text item)
{
    char event[512], time[TIME_TEXT_SIZE];

    w->now_ms += MS_MINUTE;
    (void)snprintf(event, sizeof(event),
                   "{\"id\":\"x-%lld\",\"type\":\"%s\",\"anonymous_id\":\"visitor-%u\","
                   "\"session_id\":\"v-%u\",\"time\":\"%s\",\"items\":[{\"item_id\":\"%.*s\"}],"
                   "\"request_id\":\"%s\"%s}",
                   (long long)w->now_ms, type, (unsigned)visitor, (unsigned)visitor,
                   time_print(w->now_ms, time), (int)item.size, item.data,
                   w->naming == NULL ? "" : w->naming,
                   strcmp(type, "purchase") == 0 ? ",\"order_id\":\"o\",\"currency\":\"EUR\"" : "");
    assert_int_equal(test_record(w->t.shop, event, w->now_ms).stored, 1);
}

/* Each visitor looks at two products, is shown six, and turns to one of them; then one more is shown
 * six and never heard of again. */
static void live_with(struct world *w, uint32_t robots)
{
    static const char *const types[] = {"view_item", "add_to_cart", "purchase"};
    static const enum action_kind kinds[] = {ACTION_VIEW, ACTION_CART, ACTION_BUY};
    struct error err = {0};

    *w = (struct world){.robots = robots};
    ranked_shop_open(&w->t, program, &w->now_ms);
    w->from_ms = w->now_ms + 1;
    for (uint32_t i = 0; i <= VISITORS; i++) {
        struct given unheard, *g = i < VISITORS ? &w->given[i] : &unheard;
        act(w, "view_item", i, text_from(arena_printf(&w->arena, "p-%u", (unsigned)(i % 40))));
        act(w, "view_item", i, text_from(arena_printf(&w->arena, "p-%u", (unsigned)(i % 40 + 1))));
        const struct question q = {
            .surfaces = {TEXT("home")},
            .surface_count = 1,
            .anonymous_id = text_from(arena_printf(&w->arena, "visitor-%u", (unsigned)i)),
            .user_agent = i < w->robots ? TEXT("Googlebot/2.1") : (struct text){0},
            .now_ms = w->now_ms};
        assert_int_equal(recommend(w->t.shop, &q, &g->answer, &w->arena, &err), OK);
        assert_int_equal(g->answer.item_count, LIMIT);
        g->slot = i % LIMIT;
        g->kind = kinds[i / 2 % COUNT(kinds)];
        if (i < VISITORS)
            act(w, types[i / 2 % COUNT(types)], i, g->answer.items[g->slot].item_id);
    }
    assert_int_equal(decisions_flush(w->t.shop->decisions, &err), OK);
}

static void live(struct world *w)
{
    live_with(w, 0);
}

static void check_group(const struct world *w, size_t group, const struct examples *e, size_t row)
{
    const struct given *g = &w->given[group];
    const struct features *then = &g->answer.ranking->features;
    product_number product = g->answer.items[g->slot].product;
    float worth = g->kind == ACTION_BUY ? 1 : g->kind == ACTION_CART ? 0.25F : 0.02F;
    uint32_t at = 0;

    assert_int_equal(e->groups[group].rows, LIMIT);
    for (uint32_t i = 0; i < LIMIT; i++) {
        float weight = (float)sqrt(g->slot + 1.0);
        assert_true(fabsf(e->gains[row + i] - (i == 0 ? worth * weight : 0)) < 1e-5F);
    }
    while (g->answer.ranking->set.products[at] != product)
        at++;
    for (size_t f = 0; f < FEATURE_COUNT; f++) {
        if (memcmp(&e->values[row * FEATURE_COUNT + f], &then->values[f * then->stride + at],
                   sizeof(float)) != 0)
            fail_msg("answer %zu: %s differs", group, feature_name((enum feature)f));
    }
}

static void collect(struct world *w, uint32_t stop_from, struct examples *examples)
{
    SCOPED(retrace_close) struct retrace *r = NULL;
    SCOPED(learn_decisions_close) struct learn_decisions *l = NULL;
    struct state *state = state_new_catalog();
    struct error err = {0};
    struct moment m;
    uint32_t count;

    assert_int_equal(state_load(state, w->t.dir, (struct position){UINT64_MAX}, NULL, NULL, &err),
                     OK);
    const struct retrace_options options = {
        .data_dir = w->t.dir, .from_ms = w->from_ms, .until_ms = INT64_MAX};
    assert_int_equal(retrace_open(&r, state, &options, &err), OK);
    const struct gains gains = {
        .catalog = state->catalog, .margin = 1, .of_view = 0.02F, .of_cart = 0.25F};
    const struct generation *generation = generation_pin(w->t.shop->generations);
    const struct learn_decisions_options learn = {.data_dir = w->t.dir,
                                                  .retrace = r,
                                                  .moments = {.state = state,
                                                              .generation = generation,
                                                              .actions = retrace_actions(r, &count),
                                                              .gains = &gains},
                                                  .stop_from = stop_from,
                                                  .until_ms = INT64_MAX};
    if (learn_decisions_open(&l, &learn, &err) != OK)
        fail_msg("%s", err.message);
    learn_decisions_walk(l, examples);
    while (retrace_next(r, &m, &err) == OK)
        continue;
    assert_int_equal(err.status == OK || err.status == ERR_NOT_FOUND, true);
    assert_int_equal(learn_decisions_groups(l), examples->group_count);
    learn_decisions_close(&l);
    retrace_close(&r);
    generation_unpin(w->t.shop->generations, generation);
    state_free(state);
}

static void what_was_shown_is_an_example_of_what_followed(void **state)
{
    static struct world w;
    SCOPED(examples_free) struct examples examples = {.row_count = 0};

    live(&w);
    collect(&w, UINT32_MAX - 1, &examples);
    assert_int_equal(examples.group_count, VISITORS);
    for (size_t i = 0; i < VISITORS; i++)
        check_group(&w, i, &examples, i * LIMIT);
    arena_free(&w.arena);
    test_shop_close(&w.t);
}

static void what_a_robot_asked_for_is_no_example(void **state)
{
    static struct world w;
    SCOPED(examples_free) struct examples examples = {.row_count = 0};

    live_with(&w, 7);
    collect(&w, UINT32_MAX - 1, &examples);
    assert_int_equal(examples.group_count, VISITORS - 7);
    arena_free(&w.arena);
    test_shop_close(&w.t);
}

static void sessions_to_stop_by_are_not_learned_from(void **state)
{
    static struct world w;
    SCOPED(examples_free) struct examples examples = {.row_count = 0};

    live(&w);
    collect(&w, 3 * 10, &examples); /* three actions a visitor */
    assert_int_equal(examples.group_count, 10);
    arena_free(&w.arena);
    test_shop_close(&w.t);
}

/* The answers of the first ten visitors are named by the lists they filled; one more by what it led
 * to. */
static void answers_that_no_event_names_were_not_shown_where_lists_name_theirs(void **state)
{
    static struct world w;
    SCOPED(examples_free) struct examples examples = {.row_count = 0};

    live(&w);
    for (uint32_t i = 0; i < 11; i++) {
        w.naming = w.given[i].answer.request_id;
        act(&w, i < 10 ? "view_item_list" : "select_item", i, w.given[i].answer.items[0].item_id);
    }
    w.naming = "r-0123456789abcdef";
    act(&w, "view_item_list", 12, w.given[12].answer.items[0].item_id);
    collect(&w, UINT32_MAX - 1, &examples);
    assert_int_equal(examples.group_count, 11);
    arena_free(&w.arena);
    test_shop_close(&w.t);
}

static void answers_named_by_clicks_alone_say_nothing_of_the_others(void **state)
{
    static struct world w;
    SCOPED(examples_free) struct examples examples = {.row_count = 0};

    live(&w);
    w.naming = w.given[3].answer.request_id;
    act(&w, "select_item", 3, w.given[3].answer.items[0].item_id);
    collect(&w, UINT32_MAX - 1, &examples);
    assert_int_equal(examples.group_count, VISITORS);
    arena_free(&w.arena);
    test_shop_close(&w.t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_shown_is_an_example_of_what_followed),
        cmocka_unit_test(what_a_robot_asked_for_is_no_example),
        cmocka_unit_test(sessions_to_stop_by_are_not_learned_from),
        cmocka_unit_test(answers_that_no_event_names_were_not_shown_where_lists_name_theirs),
        cmocka_unit_test(answers_named_by_clicks_alone_say_nothing_of_the_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
