/* SPDX-License-Identifier: Apache-2.0 */
#include "train/gate.h"

#include <math.h>

#include "base/random.h"
#include "tests/support/test.h"

enum { SESSIONS = 150, SEEDS = 200 };

static const bool two_rungs[RUNG_COUNT] = {[RUNG_NEIGHBOURS] = true, [RUNG_LEARNED] = true};

/* Sessions of one to four answers, in which either rung hits with its own chance at each. */
static void make(struct gate_session *sessions, double neighbours, double learned, uint64_t seed)
{
    struct random r;

    random_seed(&r, seed);
    for (size_t i = 0; i < SESSIONS; i++) {
        struct gate_session *s = &sessions[i];
        *s = (struct gate_session){.answers = 1 + random_below(&r, 4)};
        for (uint32_t k = 0; k < s->answers; k++) {
            s->gains[RUNG_NEIGHBOURS] += random_unit(&r) < neighbours;
            s->gains[RUNG_LEARNED] += random_unit(&r) < learned;
        }
    }
}

/* In how many of the seeds the rung learned is chosen. */
static uint32_t times_chosen(double neighbours, double learned)
{
    struct gate_session sessions[SESSIONS];
    uint32_t chosen = 0;

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        make(sessions, neighbours, learned, seed);
        chosen += gate_judge(sessions, SESSIONS, two_rungs).chosen == RUNG_LEARNED;
    }
    return chosen;
}

static void a_rung_learned_that_earns_more_by_a_margin_is_chosen(void **state)
{
    struct gate_session sessions[SESSIONS];

    make(sessions, 0.2, 0.5, 1);
    const struct gate gate = gate_judge(sessions, SESSIONS, two_rungs);
    const struct gate_rung *learned = &gate.rungs[RUNG_LEARNED];

    assert_int_equal(gate.chosen, RUNG_LEARNED);
    assert_true(learned->chosen && !gate.rungs[RUNG_NEIGHBOURS].chosen);
    assert_int_equal(learned->below, RUNG_NEIGHBOURS);
    assert_true(learned->low > 0 && learned->low < learned->against);
    assert_true(learned->against < learned->high);
    assert_string_equal(learned->why, "better by more than chance");
}

static void random_answers_are_never_chosen(void **state)
{
    assert_int_equal(times_chosen(0.3, 0.02), 0);
}

/* The same gains dealt out to other sessions: no better on the whole, whatever the pairs say. */
static void shuffled_gains_are_never_chosen(void **state)
{
    struct gate_session sessions[SESSIONS];

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct random r;
        make(sessions, 0.3, 0, seed);
        for (size_t i = 0; i < SESSIONS; i++)
            sessions[i].gains[RUNG_LEARNED] = sessions[i].gains[RUNG_NEIGHBOURS];
        random_seed(&r, seed);
        for (uint32_t i = SESSIONS; i-- > 1;) {
            uint32_t k = random_below(&r, i + 1);
            float moved = sessions[i].gains[RUNG_LEARNED];
            sessions[i].gains[RUNG_LEARNED] = sessions[k].gains[RUNG_LEARNED];
            sessions[k].gains[RUNG_LEARNED] = moved;
        }
        const struct gate gate = gate_judge(sessions, SESSIONS, two_rungs);
        assert_int_equal(gate.chosen, RUNG_NEIGHBOURS);
        assert_string_equal(gate.rungs[RUNG_LEARNED].why, "not shown to be better");
    }
}

/* One time in forty by the rule; with so few sessions the interval is a little short. */
static void a_rung_learned_that_is_as_good_passes_about_one_time_in_forty(void **state)
{
    uint32_t chosen = times_chosen(0.3, 0.3);

    assert_in_range(chosen, 1, 11);
}

static void a_lower_rung_stands_unless_it_is_shown_to_be_worse(void **state)
{
    static const bool tried[RUNG_COUNT] = {[RUNG_CO_VIEW] = true, [RUNG_NEIGHBOURS] = true};
    struct gate_session sessions[SESSIONS];

    make(sessions, 0.3, 0, 5);
    for (size_t i = 0; i < SESSIONS; i++)
        sessions[i].gains[RUNG_CO_VIEW] = sessions[SESSIONS - 1 - i].gains[RUNG_NEIGHBOURS];
    struct gate gate = gate_judge(sessions, SESSIONS, tried);
    assert_int_equal(gate.chosen, RUNG_NEIGHBOURS);
    assert_string_equal(gate.rungs[RUNG_NEIGHBOURS].why,
                        "not shown to be worse; traffic allows it");
    for (size_t i = 0; i < SESSIONS; i++)
        sessions[i].gains[RUNG_CO_VIEW] += (float)sessions[i].answers;
    gate = gate_judge(sessions, SESSIONS, tried);
    assert_int_equal(gate.chosen, RUNG_CO_VIEW);
    assert_string_equal(gate.rungs[RUNG_NEIGHBOURS].why, "worse by more than chance");
    assert_string_equal(gate.rungs[RUNG_CO_VIEW].why, "the lowest there is");
}

static void a_rung_is_held_against_the_one_chosen_below_it(void **state)
{
    static const bool tried[RUNG_COUNT] = {true, true, true, true, true};
    struct gate_session sessions[SESSIONS];

    make(sessions, 0.1, 0.6, 2);
    for (size_t i = 0; i < SESSIONS; i++)
        sessions[i].gains[RUNG_BESTSELLERS] = 0.3F * (float)sessions[i].answers;
    const struct gate gate = gate_judge(sessions, SESSIONS, tried);

    assert_int_equal(gate.rungs[RUNG_CO_VIEW].below, RUNG_BESTSELLERS);
    assert_int_equal(gate.rungs[RUNG_NEIGHBOURS].below, RUNG_BESTSELLERS); /* co-view was worse */
    assert_int_equal(gate.rungs[RUNG_LEARNED].below, RUNG_BESTSELLERS);
    assert_int_equal(gate.chosen, RUNG_LEARNED);
}

/* A rung may be chosen over a lower one that earned more, when chance may have done it. The trees must be
 * better than the better one. */
static void the_rung_learned_must_beat_the_best_rung_below(void **state)
{
    static const bool tried[RUNG_COUNT] = {
        [RUNG_CO_VIEW] = true, [RUNG_NEIGHBOURS] = true, [RUNG_LEARNED] = true};
    struct gate_session sessions[SESSIONS];

    make(sessions, 0.28, 0.5, 5);
    for (size_t i = 0; i < SESSIONS; i++) /* in other sessions, and a little more */
        sessions[i].gains[RUNG_CO_VIEW] =
            sessions[SESSIONS - 1 - i].gains[RUNG_NEIGHBOURS] + (i % 20 == 0);
    struct gate gate = gate_judge(sessions, SESSIONS, tried);
    assert_true(gate.rungs[RUNG_CO_VIEW].figure > gate.rungs[RUNG_NEIGHBOURS].figure);
    assert_int_equal(gate.rungs[RUNG_LEARNED].below, RUNG_CO_VIEW);
    assert_int_equal(gate.chosen, RUNG_LEARNED);
    for (size_t i = 0; i < SESSIONS; i++) /* as good as what it had to beat, at other times */
        sessions[i].gains[RUNG_LEARNED] = sessions[(i + 7) % SESSIONS].gains[RUNG_CO_VIEW];
    gate = gate_judge(sessions, SESSIONS, tried);
    assert_int_equal(gate.chosen, RUNG_NEIGHBOURS);
    assert_string_equal(gate.rungs[RUNG_LEARNED].why, "not shown to be better");
}

static void too_few_sessions_leave_it_to_traffic_and_say_so(void **state)
{
    static const bool tried[RUNG_COUNT] = {
        [RUNG_CO_VIEW] = true, [RUNG_NEIGHBOURS] = true, [RUNG_LEARNED] = true};
    struct gate_session sessions[SESSIONS];

    make(sessions, 0, 1, 3);
    const struct gate gate = gate_judge(sessions, GATE_SESSIONS_MIN - 1, tried);
    assert_int_equal(gate.chosen, RUNG_NEIGHBOURS);
    assert_string_equal(gate.rungs[RUNG_NEIGHBOURS].why,
                        "too few sessions to judge; traffic allows it");
    assert_string_equal(gate.rungs[RUNG_LEARNED].why, "too few sessions to show it is better");
    assert_int_equal(gate_judge(sessions, GATE_SESSIONS_MIN, tried).chosen, RUNG_LEARNED);
    assert_int_equal(gate_judge(NULL, 0, tried).chosen, RUNG_NEIGHBOURS);
}

static void figures_are_the_gain_of_a_thousand_answers(void **state)
{
    static const bool tried[RUNG_COUNT] = {[RUNG_CURATED] = true, [RUNG_BESTSELLERS] = true};
    const struct gate_session sessions[] = {{.answers = 3, .gains = {1, 2}},
                                            {.answers = 1, .gains = {0, 3}}};
    const struct gate gate = gate_judge(sessions, 2, tried);

    assert_int_equal(gate.sessions, 2);
    assert_int_equal(gate.answers, 4);
    assert_true(fabs(gate.rungs[RUNG_CURATED].figure - 250) < 1e-9);
    assert_true(fabs(gate.rungs[RUNG_BESTSELLERS].figure - 1250) < 1e-9);
    assert_true(fabs(gate.rungs[RUNG_BESTSELLERS].against - 1000) < 1e-9);
    assert_true(fabs(gate.rungs[RUNG_BESTSELLERS].low - 1000.0 / 3) < 1e-9); /* the first twice */
    assert_true(fabs(gate.rungs[RUNG_BESTSELLERS].high - 3000) < 1e-9);      /* the second twice */
    assert_false(gate.rungs[RUNG_LEARNED].tried);
}

static void the_same_sessions_give_the_same_verdict(void **state)
{
    struct gate_session sessions[SESSIONS];

    make(sessions, 0.3, 0.34, 9);
    const struct gate x = gate_judge(sessions, SESSIONS, two_rungs);
    const struct gate y = gate_judge(sessions, SESSIONS, two_rungs);

    assert_int_equal(x.chosen, y.chosen);
    for (int r = 0; r < RUNG_COUNT; r++) {
        assert_true(x.rungs[r].low == y.rungs[r].low);
        assert_true(x.rungs[r].high == y.rungs[r].high);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rung_learned_that_earns_more_by_a_margin_is_chosen),
        cmocka_unit_test(random_answers_are_never_chosen),
        cmocka_unit_test(shuffled_gains_are_never_chosen),
        cmocka_unit_test(a_rung_learned_that_is_as_good_passes_about_one_time_in_forty),
        cmocka_unit_test(a_lower_rung_stands_unless_it_is_shown_to_be_worse),
        cmocka_unit_test(a_rung_is_held_against_the_one_chosen_below_it),
        cmocka_unit_test(the_rung_learned_must_beat_the_best_rung_below),
        cmocka_unit_test(too_few_sessions_leave_it_to_traffic_and_say_so),
        cmocka_unit_test(figures_are_the_gain_of_a_thousand_answers),
        cmocka_unit_test(the_same_sessions_give_the_same_verdict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
