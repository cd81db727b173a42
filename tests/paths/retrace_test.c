/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/retrace.h"

#include <stdio.h>

#include "base/time.h"
#include "tests/support/shop.h"

#define FROM (TEST_NOW - 5 * MS_HOUR)

/* A shop on disk with products P0 to P5, and the state that is retraced. */
struct place {
    struct test_shop shop;
    struct state *state;
    struct retrace *retrace;
    uint32_t events;
};

static void place_open(struct place *p)
{
    SCOPED(buffer_free) struct buffer rows = {0};

    *p = (struct place){.events = 0};
    test_shop_open(&p->shop);
    for (int i = 0; i < 6; i++)
        buffer_printf(&rows,
                      "{\"item_id\":\"P%d\",\"title\":\"P%d\",\"price\":\"1.00\",\"currency\":"
                      "\"EUR\"}\n",
                      i, i);
    assert_int_equal(test_import(p->shop.shop, "catalog", rows.data, "from=jsonl").stored, 6);
}

/* Something a shopper did `minutes` after FROM; `items` as JSON. */
struct doing {
    const char *who, *type, *items, *more;
    int minutes;
};

static void record(struct place *p, struct doing d)
{
    SCOPED(buffer_free) struct buffer json = {0};
    char time[TIME_TEXT_SIZE];

    buffer_printf(&json,
                  "{\"id\":\"e%u\",\"type\":\"%s\",\"anonymous_id\":\"%s\",\"time\":\"%s\",%s"
                  "\"items\":[%s]}",
                  p->events++, d.type, d.who, time_print(FROM + d.minutes * MS_MINUTE, time),
                  d.more == NULL ? "" : d.more, d.items);
    assert_int_equal(test_record(p->shop.shop, json.data, TEST_NOW).stored, 1);
}

static void view(struct place *p, const char *who, int product, int minutes)
{
    char item[32];

    (void)snprintf(item, sizeof(item), "{\"item_id\":\"P%d\"}", product);
    record(p, (struct doing){who, "view_item", item, NULL, minutes});
}

static void walk_from(struct place *p, int64_t from_ms, int64_t until_ms)
{
    const struct retrace_options options = {
        .data_dir = p->shop.dir, .from_ms = from_ms, .until_ms = until_ms};
    struct error err = {0};

    p->state = state_new_catalog();
    if (state_load(p->state, p->shop.dir, (struct position){UINT64_MAX}, NULL, NULL, &err) != OK ||
        retrace_open(&p->retrace, p->state, &options, &err) != OK)
        fail_msg("%s", err.message);
}

static void place_close(struct place *p)
{
    retrace_close(&p->retrace);
    state_free(p->state);
    test_shop_close(&p->shop);
}

static product_number product(const struct place *p, int i)
{
    char id[8];

    (void)snprintf(id, sizeof(id), "P%d", i);
    return catalog_find(p->state->catalog, text_from(id));
}

/* The actions of the session that `first` begins are those products, one after the other. */
static void assert_session(const struct place *p, uint32_t first, const int *products, size_t count)
{
    uint32_t there;
    const struct retraced *actions = retrace_actions(p->retrace, &there);
    uint32_t at = first;

    for (size_t i = 0; i < count; i++, at = actions[at].next) {
        assert_true(at < there);
        assert_int_equal(actions[at].product, product(p, products[i]));
        assert_int_equal(actions[at].first, first);
        assert_int_equal(actions[at].session, actions[first].session);
    }
    assert_true(at == RETRACED_NONE);
}

static void actions_are_tied_to_sessions_by_shopper_session_id_and_time(void **state)
{
    struct place p;
    uint32_t count;

    place_open(&p);
    view(&p, "ada", 0, -60); /* before the walk */
    view(&p, "ada", 1, 1);
    view(&p, "bob", 2, 2);
    view(&p, "ada", 3, 3);
    view(&p, "ada", 4, 40); /* after more than half an hour */
    record(&p, (struct doing){"ada", "view_item", "{\"item_id\":\"P5\"}",
                              "\"session_id\":\"other\",", 41});
    walk_from(&p, FROM, INT64_MAX);
    const struct retraced *actions = retrace_actions(p.retrace, &count);
    assert_int_equal(count, 5);
    assert_session(&p, 0, (int[]){1, 3}, 2);
    assert_session(&p, 1, (int[]){2}, 1);
    assert_session(&p, 3, (int[]){4}, 1);
    assert_session(&p, 4, (int[]){5}, 1);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < i; k++)
            assert_true((actions[i].session == actions[k].session) == (i == 2 && k == 0));
    }
    place_close(&p);
}

static void what_is_no_choice_is_no_action(void **state)
{
    struct place p;
    uint32_t count;

    place_open(&p);
    view(&p, "ada", 1, 1);
    record(&p, (struct doing){"ada", "remove_from_cart", "{\"item_id\":\"P1\"}", NULL, 2});
    record(&p, (struct doing){"ada", "view_item", "{\"item_id\":\"nothing\"}", NULL, 3});
    record(&p, (struct doing){"ada", "page_view", "", NULL, 4});
    record(&p, (struct doing){"ada", "add_to_cart", "{\"item_id\":\"P1\"}", NULL, 5});
    record(&p, (struct doing){"ada", "purchase",
                              "{\"item_id\":\"P2\"},{\"item_id\":\"nothing\"},{\"item_id\":\"P3\"}",
                              "\"transaction_id\":\"t\",", 6});
    walk_from(&p, FROM, INT64_MAX);
    const struct retraced *actions = retrace_actions(p.retrace, &count);
    assert_int_equal(count, 4);
    assert_session(&p, 0, (int[]){1, 1, 2, 3}, 4);
    assert_int_equal(actions[0].kind, ACTION_VIEW);
    assert_int_equal(actions[1].kind, ACTION_CART);
    assert_int_equal(actions[2].kind, ACTION_BUY);
    assert_true(actions[0].last_of_event && actions[1].last_of_event && actions[3].last_of_event);
    assert_false(actions[2].last_of_event);
    place_close(&p);
}

/* How many actions are known of a shopper at that moment. */
static uint32_t known_of(const struct place *p, const char *who, int64_t now_ms)
{
    struct profile profile;

    profiles_read(p->state->profiles, shopper_key_of(text_from(who), (struct text){0}), now_ms,
                  true, &profile);
    return profile.number == SHOPPER_NONE ? 0 : profile.count;
}

static void at_each_step_the_state_is_as_it_was_then(void **state)
{
    static const struct {
        const char *who;
        int minutes;
        uint32_t action, of_ada, of_bob;
    } steps[] = {
        {"ada", 1, 0, 2, 0}, {"bob", 2, 1, 2, 1}, {"bob", 3, 2, 2, 2}, {"ada", 4, 3, 3, 2}};
    struct place p;
    struct moment m;
    struct error err = {0};

    place_open(&p);
    view(&p, "ada", 0, -60);
    view(&p, "ada", 1, 1);
    view(&p, "bob", 2, 2);
    view(&p, "bob", 1, 3);
    view(&p, "ada", 2, 4);
    view(&p, "cat", 2, 100); /* later than the walk goes */
    walk_from(&p, FROM, FROM + MS_HOUR);
    assert_int_equal(known_of(&p, "ada", FROM), 1);
    assert_int_equal(known_of(&p, "bob", FROM), 0);
    for (size_t i = 0; i < COUNT(steps); i++) {
        assert_int_equal(retrace_next(p.retrace, &m, &err), OK);
        assert_text(m.anonymous_id, steps[i].who);
        assert_int_equal(m.time_ms, FROM + steps[i].minutes * MS_MINUTE);
        assert_int_equal(m.action, steps[i].action);
        assert_int_equal(known_of(&p, "ada", m.time_ms), steps[i].of_ada);
        assert_int_equal(known_of(&p, "bob", m.time_ms), steps[i].of_bob);
    }
    assert_int_equal(retrace_next(p.retrace, &m, &err), ERR_NOT_FOUND);
    assert_int_equal(retrace_next(p.retrace, &m, &err), ERR_NOT_FOUND); /* and stays there */
    assert_int_equal(known_of(&p, "cat", TEST_NOW), 0);
    place_close(&p);
}

/* Events that arrive late lie behind newer ones in the journal. */
static void an_event_of_before_that_came_late_is_of_before(void **state)
{
    struct place p;
    struct moment m;
    struct error err = {0};
    uint32_t count;

    place_open(&p);
    view(&p, "ada", 1, 1);
    view(&p, "bob", 2, -30);
    view(&p, "bob", 3, 2);
    walk_from(&p, FROM, INT64_MAX);
    (void)retrace_actions(p.retrace, &count);
    assert_int_equal(count, 2);
    assert_int_equal(known_of(&p, "bob", FROM), 1);
    assert_int_equal(retrace_next(p.retrace, &m, &err), OK);
    assert_text(m.anonymous_id, "ada");
    assert_int_equal(known_of(&p, "bob", m.time_ms), 1);
    assert_int_equal(retrace_next(p.retrace, &m, &err), OK);
    assert_int_equal(known_of(&p, "bob", m.time_ms), 2); /* not folded a second time */
    assert_int_equal(retrace_next(p.retrace, &m, &err), ERR_NOT_FOUND);
    place_close(&p);
}

static void a_walk_through_nothing_is_over_at_once(void **state)
{
    struct place p;
    struct moment m;
    struct error err = {0};
    uint32_t count = 9;

    place_open(&p);
    view(&p, "ada", 1, -10);
    walk_from(&p, FROM, INT64_MAX);
    (void)retrace_actions(p.retrace, &count);
    assert_int_equal(count, 0);
    assert_int_equal(retrace_next(p.retrace, &m, &err), ERR_NOT_FOUND);
    assert_int_equal(known_of(&p, "ada", FROM), 1);
    place_close(&p);
}

static void folding_alone_leaves_the_position_and_what_was_before(void **state)
{
    struct place p;
    struct error err = {0};

    place_open(&p);
    view(&p, "ada", 1, -10);
    view(&p, "ada", 2, 10);
    const struct retrace_options options = {
        .data_dir = p.shop.dir, .from_ms = FROM, .until_ms = INT64_MAX};
    p.state = state_new_catalog();
    assert_int_equal(
        state_load(p.state, p.shop.dir, (struct position){UINT64_MAX}, NULL, NULL, &err), OK);
    struct position end = p.state->position;
    assert_int_equal(retrace_fold(p.state, &options, &err), OK);
    assert_int_equal(p.state->position.number, end.number);
    assert_int_equal(known_of(&p, "ada", FROM), 1);
    assert_int_equal(catalog_known(p.state->catalog), 6); /* products are as they are now */
    place_close(&p);
}

static bool nobodys_but(const void *context, const struct event *e, struct shopper_key visitor,
                        struct shopper_key *person)
{
    (void)visitor;
    (void)person;
    return !text_is(e->anonymous_id, context);
}

/* Before the walk, in the list of actions, and while walking. */
static void what_is_to_be_left_out_is_neither_folded_nor_an_action(void **state)
{
    struct place p;
    struct moment m;
    struct error err = {0};
    uint32_t count;

    place_open(&p);
    view(&p, "ada", 0, -60);
    for (int i = 0; i < 30; i++)
        view(&p, "robot", 1, -60 + i);
    view(&p, "ada", 2, 1);
    view(&p, "robot", 3, 2);
    view(&p, "ada", 4, 3);
    const struct retrace_options options = {.data_dir = p.shop.dir,
                                            .from_ms = FROM,
                                            .until_ms = INT64_MAX,
                                            .whose = nobodys_but,
                                            .whose_context = "robot"};
    p.state = state_new_catalog();
    assert_int_equal(
        state_load(p.state, p.shop.dir, (struct position){UINT64_MAX}, NULL, NULL, &err), OK);
    assert_int_equal(retrace_open(&p.retrace, p.state, &options, &err), OK);
    assert_int_equal(profiles_count(p.state->profiles), 1);
    assert_int_equal(popularity_sessions_month(p.state->popularity), 1);
    (void)retrace_actions(p.retrace, &count);
    assert_int_equal(count, 2);
    assert_session(&p, 0, (int[]){2, 4}, 2);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(retrace_next(p.retrace, &m, &err), OK);
        assert_int_equal(m.action, i);
        assert_text(m.anonymous_id, "ada");
    }
    assert_int_equal(retrace_next(p.retrace, &m, &err), ERR_NOT_FOUND);
    assert_int_equal(profiles_count(p.state->profiles), 1);
    place_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_to_be_left_out_is_neither_folded_nor_an_action),
        cmocka_unit_test(actions_are_tied_to_sessions_by_shopper_session_id_and_time),
        cmocka_unit_test(what_is_no_choice_is_no_action),
        cmocka_unit_test(at_each_step_the_state_is_as_it_was_then),
        cmocka_unit_test(an_event_of_before_that_came_late_is_of_before),
        cmocka_unit_test(a_walk_through_nothing_is_over_at_once),
        cmocka_unit_test(folding_alone_leaves_the_position_and_what_was_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
