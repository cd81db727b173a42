/* SPDX-License-Identifier: Apache-2.0 */
/* What serving computed of each candidate at the time is what learning computes of it later, to the
 * bit: a recorded journal is walked, and feature by feature compared.
 *
 * What retrace holds by design to be as it is now, products, stock and the program, does not change
 * while this journal is recorded. Popularity is as of a tick when the walk begins, in both. */
#include <math.h>

#include "base/memory.h"
#include "paths/recommend.h"
#include "paths/retrace.h"
#include "tests/support/ranked.h"

enum {
    WALKED = 40,
    SUPPORT = 3, /* the program's, which learning states */
    PAGES = 40,  /* products that sessions begin with: trees rank on no page that none met */
};

static const char program[] = "surfaces:\n"
                              "  - {name: home, kind: home}\n"
                              "  - {name: pdp, kind: pdp}\n"
                              "  - {name: basket, kind: cart}\n";

/* What was computed, question after question, as serving kept it. */
struct kept {
    struct buffer all;
    const struct state *state;
    const struct generation *generation;
    uint32_t questions, candidates;
    size_t at;                /* read so far */
    bool said[FEATURE_COUNT]; /* something else than nothing */
};

/* One question, behind an action; `learning` asks as paths/learn_moments does. */
static const struct ranking *ask(const struct kept *k, const struct moment *m, uint32_t number,
                                 bool learning, struct arena *a)
{
    static const char *const surfaces[] = {"home", "pdp", "basket"};
    const char *surface = surfaces[number % COUNT(surfaces)];
    const struct recommend_from from = {.state = k->state,
                                        .generation = k->generation,
                                        .rung_max = RUNG_COUNT - 1,
                                        .traffic_ignored = learning,
                                        .examples = learning,
                                        .support_override = learning ? SUPPORT : 0,
                                        .deadline_step = NOT_CUT};
    const struct question q = {
        .surfaces = {text_from(surface)},
        .surface_count = 1,
        .anonymous_id = m->anonymous_id,
        .item_id = number % COUNT(surfaces) == 1
                       ? text_from(arena_printf(a, "p-%u", (unsigned)number % PAGES))
                       : (struct text){0},
        .now_ms = m->time_ms};
    struct answer answer = {.item_count = 0};
    struct error err = {0};

    if (recommend_from(&from, &q, &answer, a, &err) != OK)
        fail_msg("%s", err.message);
    assert_non_null(answer.ranking);
    return answer.ranking;
}

static void keep(void *context, const char *shopper, int64_t time_ms)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct kept *k = context;
    const struct moment m = {.anonymous_id = text_from(shopper), .time_ms = time_ms};
    const struct ranking *r = ask(k, &m, k->questions++, false, &a);
    uint32_t count = r->set.count;

    assert_int_equal(r->features.count, count);
    k->candidates += count;
    buffer_add(&k->all, &count, sizeof(count));
    buffer_add(&k->all, r->set.products, count * sizeof(*r->set.products));
    for (size_t f = 0; f < FEATURE_COUNT; f++) {
        for (uint32_t i = 0; i < count; i++) {
            float value = r->features.values[f * r->features.stride + i];
            k->said[f] = k->said[f] || (!isnan(value) && value != 0);
        }
        buffer_add(&k->all, r->features.values + f * r->features.stride, count * sizeof(float));
    }
}

/* Of nothing, nothing differs: all features must have had something to say, but those of what this
 * journal has not got: lists, orders of several products, repeated looks, time gone by since. */
static void check_said(const struct kept *k)
{
    static const enum feature silent[] = {
        FEATURE_rank_curated,      FEATURE_score_curated, FEATURE_rank_also_bought,
        FEATURE_score_also_bought, FEATURE_again,         FEATURE_session_repeats_now,
        FEATURE_session_idle,      FEATURE_last_again};

    for (size_t f = 0; f < FEATURE_COUNT; f++) {
        bool may_be_silent = false;
        for (size_t i = 0; i < COUNT(silent); i++)
            may_be_silent = may_be_silent || silent[i] == f;
        if (!k->said[f] && !may_be_silent)
            fail_msg("%s said nothing", feature_name((enum feature)f));
    }
}

static const void *take(struct kept *k, size_t size)
{
    const void *bytes = k->all.data + k->at;

    k->at += size;
    assert_true(k->at <= k->all.size);
    return bytes;
}

static void check(struct kept *k, const struct moment *m, uint32_t number)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    const struct ranking *r = ask(k, m, number, true, &a);
    uint32_t count;

    memcpy(&count, take(k, sizeof(count)), sizeof(count));
    assert_int_equal(r->set.count, count);
    assert_memory_equal(r->set.products, take(k, count * sizeof(product_number)),
                        count * sizeof(product_number));
    for (size_t f = 0; f < FEATURE_COUNT; f++) {
        const char *then = take(k, count * sizeof(float));
        const float *now = r->features.values + f * r->features.stride;
        for (uint32_t i = 0; i < count; i++) {
            float was;
            memcpy(&was, then + i * sizeof(was), sizeof(was));
            if (memcmp(&was, &now[i], sizeof(was)) != 0)
                fail_msg("question %u, candidate %u: %s was %a and is %a", number, i,
                         feature_name((enum feature)f), (double)was, (double)now[i]);
        }
    }
}

static void retrace(struct kept *k, struct state *state, const char *dir, int64_t from_ms)
{
    SCOPED(retrace_close) struct retrace *r = NULL;
    const struct retrace_options options = {
        .data_dir = dir, .from_ms = from_ms, .until_ms = INT64_MAX};
    struct error err = {0};
    struct moment m;
    uint32_t number = 0;

    if (retrace_open(&r, state, &options, &err) != OK)
        fail_msg("%s", err.message);
    while (retrace_next(r, &m, &err) == OK)
        check(k, &m, number++);
    assert_int_equal(number, k->questions);
    assert_int_equal(k->at, k->all.size);
}

static void learning_computes_what_serving_computed(void **unused)
{
    SCOPED(buffer_free) struct buffer all = {0};
    struct kept k = {.questions = 0};
    struct test_shop t;
    struct error err = {0};
    int64_t now_ms;

    ranked_shop_open(&t, program, &now_ms);
    int64_t from_ms = now_ms + 1;
    k.state = t.shop->state;
    k.generation = generation_pin(t.shop->generations);
    for (uint32_t i = 0; i < WALKED; i++) {
        ranked_shop_walk(t.shop, 500 + i, &now_ms, keep, &k);
        if (i % 9 == 8)
            assert_int_equal(shop_tick(t.shop, now_ms, &err), OK);
    }
    assert_true(k.questions > 5 * WALKED);
    assert_true(k.candidates > 20 * k.questions);
    check_said(&k);

    struct state *later = state_new_catalog();
    assert_int_equal(state_load(later, t.dir, (struct position){UINT64_MAX}, NULL, NULL, &err), OK);
    k.state = later;
    retrace(&k, later, t.dir, from_ms);
    state_free(later);
    generation_unpin(t.shop->generations, k.generation);
    all = k.all; /* freed with the scope */
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learning_computes_what_serving_computed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
