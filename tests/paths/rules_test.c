/* SPDX-License-Identifier: Apache-2.0 */
/* Rules on their way through an answer: on the rung learned and below it, with exploring, with several
 * surfaces of a page, past the deadline, and when it is given again. */
#include <stdlib.h>

#include "paths/recommend.h"
#include "paths/replay.h"
#include "tests/support/ranked.h"

enum { LIMIT = 6, ASKED = 600 };

static const char program[] =
    "rules:\n"
    "  - hide: \"price > 35\"\n"
    "  - explore: 0.1\n"
    "surfaces:\n"
    "  - name: home\n"
    "    kind: home\n"
    "    limit: 6\n"
    "    rules:\n"
    "      - require: {when: \"brand != brand-3\"}\n"
    "      - at_most: {count: 2, by: category}\n"
    "      - pin: {product: p-110, slot: 3}\n"
    "      - pin: {product: p-111, slot: 6}\n"
    "      - boost: {when: \"brand = brand-1\", factor: 3}\n"
    "      - bury: {when: \"brand = brand-2\", below: 4}\n"
    "      - fatigue: {shown: 1, within_days: 30}\n"
    "      - exclude: {bought_within_days: 30}\n"
    "  - {name: second, kind: home, limit: 6}\n"
    "  - name: strict\n"
    "    kind: pdp\n"
    "    limit: 4\n"
    "    sources: [also_viewed]\n"
    "    rules:\n"
    "      - require: {when: \"brand in (brand-4, brand-5) and price < 12\"}\n";

static struct question question_of(struct arena *a, uint32_t i, int64_t now_ms)
{
    return (struct question){.surfaces = {TEXT("home"), TEXT("second")},
                             .surface_count = 2,
                             .anonymous_id = text_from(arena_printf(a, "shopper-%u", i % 60)),
                             .now_ms = now_ms + i};
}

static void ask(const struct recommend_from *from, const struct question *q, struct answer *answers,
                struct arena *a)
{
    struct error err = {0};

    if (recommend_from(from, q, answers, a, &err) != OK)
        fail_msg("%s", err.message);
}

static uint32_t number_of(const struct answer_item *item)
{
    return (uint32_t)strtoul(item->item_id.data + 2, NULL, 10);
}

/* What the support's shop says of product `n`. */
static bool is_hidden(uint32_t n)
{
    return (n % 4 == 0 ? 3 + n % 40 + 0.25 : 3 + n % 40 + 0.5) > 35;
}

static void check_home(const struct answer *answer)
{
    uint32_t shelves[5] = {0};

    assert_int_equal(answer->item_count, LIMIT);
    for (size_t i = 0; i < answer->item_count; i++) {
        const struct answer_item *item = &answer->items[i];
        uint32_t n = number_of(item);
        bool pinned = item->candidate.evidence.kind == EVIDENCE_PIN;
        assert_false(is_hidden(n));
        assert_int_not_equal(n % 7, 3);
        assert_in_range(++shelves[n % 5], 1, 2);
        assert_int_equal(pinned, i == 2 || i == 5);
        if (pinned) {
            assert_int_equal(n, i == 2 ? 110 : 111);
            assert_text(item->reason.text, "Our pick");
        }
        if (n % 7 == 2 && !pinned)
            assert_true(i >= 4);
    }
}

/* The propensities of all that may stand at a slot add up to 1, so those shown are at most that. */
static void check_propensities(const struct decision *d)
{
    for (uint32_t i = 0; i < d->item_count; i++) {
        double p = decision_propensity(d, i);
        assert_true(p > 0 && p <= 1);
        if (d->items[i].evidence_kind == DECISION_KIND_PINNED)
            assert_true(p == 1);
    }
}

static void every_answer_obeys(enum rung rung_max, uint64_t deadline_ns, bool explores)
{
    struct test_shop t;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    int64_t now_ms;
    uint32_t explored = 0;

    ranked_shop_open(&t, program, &now_ms);
    const struct generation *generation = generation_pin(t.shop->generations);
    const struct recommend_from from = {.state = t.shop->state,
                                        .generation = generation,
                                        .rung_max = rung_max,
                                        .deadline_ns = deadline_ns,
                                        .deadline_step = NOT_CUT};
    for (uint32_t i = 0; i < ASKED; i++) {
        const struct question q = question_of(&a, i, now_ms);
        struct answer answers[2];
        ask(&from, &q, answers, &a);
        check_home(&answers[0]);
        check_propensities(answers[0].decision);
        assert_int_equal(answers[0].late, deadline_ns > 0);
        explored += answers[0].decision->explored_slot > 0;
        assert_int_not_equal(answers[0].decision->explored_slot, 3);
        assert_int_not_equal(answers[0].decision->explored_slot, 6);
        for (size_t k = 0; k < answers[1].item_count; k++) {
            assert_false(is_hidden(number_of(&answers[1].items[k])));
            for (size_t m = 0; m < LIMIT; m++)
                assert_int_not_equal(answers[1].items[k].product, answers[0].items[m].product);
        }
        arena_reset(&a);
    }
    if (explores)
        assert_in_range(explored, ASKED / 10 - 30, ASKED / 10 + 30); /* four deviations */
    else
        assert_int_equal(explored, 0);
    generation_unpin(t.shop->generations, generation);
    test_shop_close(&t);
}

static void rules_hold_on_the_rung_learned_and_explored_products_obey(void **state)
{
    every_answer_obeys(RUNG_LEARNED, 0, true);
}

static void rules_hold_below_the_rung_learned(void **state)
{
    every_answer_obeys(RUNG_NEIGHBOURS, 0, false);
}

static void rules_hold_past_the_deadline(void **state)
{
    every_answer_obeys(RUNG_LEARNED, 1, false);
}

static size_t rounds_of(const struct trail *t)
{
    bool simple = false;

    for (size_t i = 0; i < t->proposal_count; i++)
        simple = simple || t->proposals[i].candidate.source == SOURCE_bestsellers;
    return simple;
}

static void too_few_are_filled_up_from_simpler_sources(void **state)
{
    struct test_shop t;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    int64_t now_ms;
    uint32_t filled = 0;

    ranked_shop_open(&t, program, &now_ms);
    const struct generation *generation = generation_pin(t.shop->generations);
    const struct recommend_from from = {.state = t.shop->state,
                                        .generation = generation,
                                        .rung_max = RUNG_NEIGHBOURS,
                                        .deadline_step = NOT_CUT};
    for (uint32_t i = 0; i < 40; i++) {
        const struct question q = {.surfaces = {TEXT("strict")},
                                   .surface_count = 1,
                                   .item_id = text_from(arena_printf(&a, "p-%u", i)),
                                   .now_ms = now_ms,
                                   .why = true};
        struct answer answer;
        ask(&from, &q, &answer, &a);
        for (size_t k = 0; k < answer.item_count; k++) {
            uint32_t n = number_of(&answer.items[k]);
            assert_in_range(n % 7, 4, 5);
            assert_in_range(n % 40, 0, 9);
        }
        filled += answer.item_count > 0 && rounds_of(answer.trail) > 0;
        assert_null(recommend_step(answer.trail->step_count));
        arena_reset(&a);
    }
    assert_true(filled > 20);
    generation_unpin(t.shop->generations, generation);
    test_shop_close(&t);
}

/* Where a deadline falls in a later round, it is found again. */
static void a_cut_in_a_later_round_is_made_again(void **state)
{
    struct test_shop t;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    int64_t now_ms;
    uint32_t differ = 0, later = 0;

    ranked_shop_open(&t, program, &now_ms);
    const struct generation *generation = generation_pin(t.shop->generations);
    struct recommend_from from = {.state = t.shop->state,
                                  .generation = generation,
                                  .rung_max = RUNG_NEIGHBOURS,
                                  .deadline_step = NOT_CUT};
    const struct question q = {.surfaces = {TEXT("strict")},
                               .surface_count = 1,
                               .item_id = TEXT("p-20"),
                               .now_ms = now_ms};
    struct answer whole, cut, again;
    ask(&from, &q, &whole, &a);
    for (uint8_t at = 1; at < NOT_CUT; at++) {
        from.deadline_step = at;
        ask(&from, &q, &cut, &a);
        from.deadline_step = cut.decision->deadline_step;
        assert_true(from.deadline_step == at || from.deadline_step == NOT_CUT);
        assert_int_equal(cut.late, from.deadline_step == at);
        ask(&from, &q, &again, &a);
        assert_int_equal(cut.item_count, again.item_count);
        for (size_t i = 0; i < cut.item_count; i++)
            assert_int_equal(cut.items[i].product, again.items[i].product);
        differ += cut.item_count != whole.item_count;
        later += cut.late && at > 128; /* a step of a later round is told from that of the first */
    }
    assert_true(differ > 0);
    assert_true(later > 0);
    generation_unpin(t.shop->generations, generation);
    test_shop_close(&t);
}

static void an_answer_with_rules_is_given_again_byte_for_byte(void **state)
{
    struct test_shop t;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct error err = {0};
    int64_t now_ms;

    ranked_shop_open(&t, program, &now_ms);
    struct answer(*answers)[2] = arena_array(&a, 40, sizeof(*answers));
    for (uint32_t i = 0; i < 40; i++) {
        const struct question q = question_of(&a, i, now_ms);
        assert_int_equal(recommend(t.shop, &q, answers[i], &a, &err), OK);
    }
    for (uint32_t i = 0; i < 20; i++)
        ranked_shop_walk(t.shop, 1000 + i, &now_ms, NULL, NULL);
    assert_int_equal(shop_tick(t.shop, now_ms, &err), OK);
    ranked_shop_train(t.shop, 8, now_ms);
    for (uint32_t i = 0; i < 40; i++) {
        SCOPED(buffer_free) struct buffer json = {0}, kept = {0};
        const struct answer *answer = &answers[i][i % 2];
        if (replay_decision(t.shop, text_from(answer->request_id), &json, &err) != OK)
            fail_msg("%s", err.message);
        assert_non_null(strstr(buffer_text(&json).data, "\"replayed\":true"));
        answer_json(answer, &kept);
        const char *items = strstr(buffer_text(&kept).data, "\"items\":");
        kept.data[kept.size - 1] = '\0'; /* without the closing brace */
        assert_non_null(strstr(json.data, items));
    }
    test_shop_close(&t);
}

/* Training asks from a state that it makes of the catalog's. */
static void what_training_asks_obeys_as_well(void **state)
{
    struct test_shop t;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct error err = {0};
    int64_t now_ms;

    ranked_shop_open(&t, program, &now_ms);
    const struct generation *generation = generation_pin(t.shop->generations);
    struct state *catalog = state_new_catalog();
    assert_int_equal(state_load(catalog, t.dir, (struct position){UINT64_MAX}, NULL, NULL, &err),
                     OK);
    catalog->profiles = profiles_new();
    catalog->popularity = popularity_new();
    const struct recommend_from from = {.state = catalog,
                                        .generation = generation,
                                        .rung_max = RUNG_LEARNED,
                                        .traffic_ignored = true,
                                        .deadline_step = NOT_CUT};
    struct question q = question_of(&a, 1, now_ms);
    struct answer answer;
    q.surface_count = 1;
    q.item_id = TEXT("p-10");
    ask(&from, &q, &answer, &a);
    assert_true(answer.item_count > 2);
    for (size_t i = 0; i < answer.item_count; i++)
        assert_false(is_hidden(number_of(&answer.items[i])));
    generation_unpin(t.shop->generations, generation);
    state_free(catalog);
    test_shop_close(&t);
}

static const struct rule_note *note_of(const struct trail *t, const char *item_id,
                                       enum rule_effect effect)
{
    for (size_t i = 0; i < t->rule_notes.count; i++)
        if (text_is(t->rule_notes.notes[i].item_id, item_id) &&
            t->rule_notes.notes[i].effect == effect)
            return &t->rule_notes.notes[i];
    return NULL;
}

static void the_trail_says_which_rule_did_what(void **state)
{
    struct test_shop t;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    SCOPED(buffer_free) struct buffer json = {0};
    int64_t now_ms;

    ranked_shop_open(&t, program, &now_ms);
    const struct generation *generation = generation_pin(t.shop->generations);
    const struct recommend_from from = {.state = t.shop->state,
                                        .generation = generation,
                                        .rung_max = RUNG_LEARNED,
                                        .deadline_step = NOT_CUT};
    struct question q = question_of(&a, 7, now_ms);
    struct answer answers[2];
    q.why = true;
    ask(&from, &q, answers, &a);
    const struct rule_note *pin = note_of(answers[0].trail, "p-110", RULE_PLACED);
    assert_non_null(pin);
    assert_int_equal(pin->to, 3);
    assert_int_equal(pin->rule.number, 3);
    answer_json(&answers[0], &json);
    const char *text = buffer_text(&json).data;
    assert_non_null(strstr(text, "{\"item_id\":\"p-110\",\"rule\":\"rule 3 (pin, line 17)\","
                                 "\"effect\":\"placed\",\"to\":3}"));
    assert_non_null(strstr(text, "\"dropped\":\"rule 1 of the shop (hide, line 8) forbids it\""));
    assert_non_null(strstr(text, "\"evidence\":{\"kind\":\"pin\",\"line\":\"17\"}"));
    assert_non_null(strstr(text, "(boost, line 19)\",\"effect\":\"moved\""));
    answer_share(&answers[0], generation, &a);
    assert_int_equal(answers[0].trail->share_count, LIMIT - 2); /* pins have no score */
    generation_unpin(t.shop->generations, generation);
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_hold_on_the_rung_learned_and_explored_products_obey),
        cmocka_unit_test(rules_hold_below_the_rung_learned),
        cmocka_unit_test(rules_hold_past_the_deadline),
        cmocka_unit_test(too_few_are_filled_up_from_simpler_sources),
        cmocka_unit_test(a_cut_in_a_later_round_is_made_again),
        cmocka_unit_test(an_answer_with_rules_is_given_again_byte_for_byte),
        cmocka_unit_test(what_training_asks_obeys_as_well),
        cmocka_unit_test(the_trail_says_which_rule_did_what),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
