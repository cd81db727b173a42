/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/transitions.h"

#include <math.h>
#include <stdio.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "tests/support/sessions.h"
#include "tests/support/test.h"

enum { FAR = 10 };

/* An index of transitions and what it was made from. */
struct built {
    struct sessions *sessions;
    struct transitions *transitions;
    char path[TEST_PATH_SIZE];
};

static void built_free(struct built *b)
{
    transitions_close(&b->transitions);
    sessions_close(&b->sessions);
}

static void build(struct built *b, const struct session_set *set)
{
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    struct error err = {0};

    *b = (struct built){.sessions = NULL};
    test_path(path, test_dir(dir), "sessions.bin");
    test_path(b->path, dir, "transitions.bin");
    assert_int_equal(sessions_build(set, path, &err), OK);
    assert_int_equal(sessions_open(&b->sessions, path, &err), OK);
    assert_int_equal(transitions_build(set, b->sessions, b->path, &err), OK);
    assert_int_equal(transitions_open(&b->transitions, b->path, &err), OK);
}

static void assert_near(float a, double b)
{
    if (fabs((double)a - b) > 1e-5 * (1 + fabs(b)))
        fail_msg("%.8f is not %.8f", (double)a, b);
}

static double weight(size_t apart)
{
    return exp(-((double)apart - 1) / 1.25);
}

/* The transition from `own` to `other` by the header's words, session by session. */
static struct transition expected_of(const struct sessions *s, product_number own,
                                     product_number other)
{
    struct transition t = {.product = other};

    for (session_number n = 0; n < sessions_count(s); n++) {
        const product_number *clicks;
        size_t count = session_products(s, n, &clicks);
        float recency = (float)exp(-3.0 * (sessions_count(s) - n) / sessions_count(s));
        bool both = false;
        for (size_t i = 0; i < count; i++) {
            for (size_t k = 0; k < count; k++) {
                if (clicks[i] != own || clicks[k] != other || i == k || k + FAR < i ||
                    i + FAR < k || (own == other && k != i + 1))
                    continue;
                both = true;
                t.direct = (uint16_t)(t.direct + (k == i + 1));
                t.after += k > i ? (float)weight(k - i) : 0;
                t.before += k < i ? (float)weight(i - k) : 0;
                t.recent += k > i ? (float)weight(k - i) * recency : 0;
            }
        }
        t.sessions = (uint16_t)(t.sessions + both);
    }
    return t;
}

static const struct transition *find(const struct transitions *t, product_number own,
                                     product_number other)
{
    const struct transition *list = NULL;
    size_t count = transitions_of(t, own, &list);

    for (size_t i = 0; i < count; i++) {
        if (list[i].product == other)
            return &list[i];
    }
    return NULL;
}

static void assert_pair(const struct built *b, product_number own, product_number other)
{
    const struct transition expected = expected_of(b->sessions, own, other);
    const struct transition *found = find(b->transitions, own, other);

    if (expected.sessions == 0) {
        assert_null(found);
        return;
    }
    assert_non_null(found);
    assert_int_equal(found->direct, expected.direct);
    assert_int_equal(found->sessions, expected.sessions);
    assert_near(found->after, (double)expected.after);
    assert_near(found->before, (double)expected.before);
    assert_near(found->recent, (double)expected.recent);
}

static void lists_hold_what_counting_by_hand_gives(void **state)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        SCOPED(set_maker_free) struct set_maker m = {0};
        SCOPED(built_free) struct built b = {0};
        set_make(&m, 1200, 24, seed);
        build(&b, &m.set);
        for (product_number own = 0; own < 24; own++) {
            const struct transition *list = NULL;
            size_t count = transitions_of(b.transitions, own, &list);
            double total = 0;
            for (product_number other = 0; other < 24; other++) {
                assert_pair(&b, own, other);
                total += (double)expected_of(b.sessions, own, other).after;
            }
            assert_near(transitions_total(b.transitions, own), total);
            for (size_t i = 1; i < count; i++)
                assert_true(
                    list[i - 1].after > list[i].after ||
                    (list[i - 1].after == list[i].after && list[i - 1].product < list[i].product));
        }
    }
}

static void a_product_next_to_itself_is_another_look_and_further_away_nothing(void **state)
{
    static const product_number twice[] = {1, 1, 2}, apart[] = {3, 2, 3};
    SCOPED(set_maker_free) struct set_maker m = {0};
    SCOPED(built_free) struct built b = {0};

    set_views(&m, 0, 1, twice, 3);
    set_views(&m, 1, 2, apart, 3);
    build(&b, &m.set);
    assert_int_equal(find(b.transitions, 1, 1)->direct, 1);
    assert_near(find(b.transitions, 1, 1)->after, 1);
    assert_null(find(b.transitions, 3, 3));
    assert_near(find(b.transitions, 1, 2)->after, 1 + weight(2));
}

static void a_list_is_cut_and_its_total_is_not(void **state)
{
    enum { OTHERS = TRANSITIONS_PER_PRODUCT_MAX + 30 };
    SCOPED(set_maker_free) struct set_maker m = {0};
    SCOPED(built_free) struct built b = {0};
    const struct transition *list = NULL;

    for (product_number other = 1; other <= OTHERS; other++) {
        const product_number clicks[] = {0, other};
        set_views(&m, other, other, clicks, 2);
        if (other > OTHERS - 10) /* the ones seen most have the highest numbers */
            set_views(&m, other, other, clicks, 2);
    }
    build(&b, &m.set);
    assert_int_equal(transitions_of(b.transitions, 0, &list), TRANSITIONS_PER_PRODUCT_MAX);
    assert_int_equal(list[0].product, OTHERS - 9);
    assert_int_equal(list[10].product, 1);
    assert_near(transitions_total(b.transitions, 0), OTHERS + 10);
}

/* Ten sessions: 1 in the first, the fifth and the last, put in the cart in one, bought in another. */
static void courses_say_when_and_how_a_product_came_up(void **state)
{
    static const product_number first[] = {1, 2, 1, 1}, last[] = {2, 1}, other[] = {2, 3};
    SCOPED(set_maker_free) struct set_maker m = {0};
    SCOPED(built_free) struct built b = {0};

    for (uint32_t s = 0; s < 10; s++) {
        if (s == 0)
            set_views(&m, s, s, first, 4);
        else if (s == 9)
            set_views(&m, s, s, last, 2);
        else
            set_views(&m, s, s, other, 2);
        if (s == 4) {
            set_click(&m, 1, ACTION_VIEW, 0);
            set_click(&m, 1, ACTION_CART, 0);
            set_click(&m, 1, ACTION_BUY, 1);
        }
        if (s == 9)
            set_click(&m, 1, ACTION_CART, 0);
    }
    m.set.product_count = 6;
    build(&b, &m.set);
    const struct product_course *c = transitions_course(b.transitions, 1);
    double visits = 3 + 10 + 8; /* of products 1, 2 and 3 */

    assert_near(c->sessions, 3);
    assert_near(c->tenth, 1);
    assert_near(c->third, 0); /* 3% of ten sessions are none */
    assert_near(c->age, 0.9);
    assert_near(c->silence, 0);
    assert_near(c->ends, 1);
    assert_near(c->again, 2.0 / 3);
    assert_near(c->leaves, 2); /* twice in the first session; elsewhere it is the last click */
    assert_near(c->carts, (2 + 20 * 2 / visits) / (3 + 20));
    assert_near(c->buys, (1 + 20 * 1 / visits) / (3 + 20));
    assert_near(transitions_course(b.transitions, 3)->silence, 0.1);
}

static void a_product_of_no_session_has_nothing_to_tell(void **state)
{
    static const product_number clicks[] = {1, 2};
    SCOPED(set_maker_free) struct set_maker m = {0};
    SCOPED(built_free) struct built b = {0};
    const struct transition *list = NULL;

    set_views(&m, 0, 1, clicks, 2);
    m.set.product_count = 5;
    build(&b, &m.set);
    for (product_number p = 3; p < 7; p++) { /* 5 and 6 lie beyond the index */
        const struct product_course *c = transitions_course(b.transitions, p);
        assert_int_equal(transitions_of(b.transitions, p, &list), 0);
        assert_near(transitions_total(b.transitions, p), 0);
        assert_near(c->sessions, 0);
        assert_near(c->age, 1);
        assert_near(c->silence, 1);
    }
    assert_int_equal(transitions_of(b.transitions, PRODUCT_NONE, &list), 0);
}

static void an_empty_set_makes_an_empty_index(void **state)
{
    struct session_set set = {.starts = (uint64_t[]){0}};
    SCOPED(built_free) struct built b = {0};
    const struct transition *list;

    build(&b, &set);
    assert_int_equal(transitions_of(b.transitions, 0, &list), 0);
}

static void equal_sets_give_equal_bytes(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0}, again = {0};
    SCOPED(built_free) struct built b = {0}, c = {0};
    SCOPED(file_map_close) struct file_map x = {0}, y = {0};

    set_make(&m, 10000, 500, 7);
    set_make(&again, 10000, 500, 7);
    build(&b, &m.set);
    build(&c, &again.set);
    assert_int_equal(file_map_open(&x, b.path, NULL), OK);
    assert_int_equal(file_map_open(&y, c.path, NULL), OK);
    assert_int_equal(x.size, y.size);
    assert_memory_equal(x.bytes, y.bytes, x.size);
}

static void read_all(const struct transitions *t, product_number count)
{
    double sum = 0;

    for (product_number p = 0; p < count; p++) {
        const struct transition *list = NULL;
        size_t length = transitions_of(t, p, &list);
        assert_true(length <= TRANSITIONS_PER_PRODUCT_MAX);
        for (size_t i = 0; i < length; i++)
            sum += (double)(list[i].after + list[i].before + list[i].recent);
        sum += (double)transitions_total(t, p) + (double)transitions_course(t, p)->leaves;
    }
    assert_true(isfinite(sum));
}

static void damaged_files_are_refused_by_name_or_harmless(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    SCOPED(built_free) struct built b = {0};
    SCOPED(buffer_free) struct buffer good = {0};
    struct transitions *t = NULL;
    struct random r;
    struct error err = {0};
    size_t refused = 0;

    set_make(&m, 300, 50, 1);
    build(&b, &m.set);
    assert_int_equal(file_read(b.path, 1 << 20, &good, NULL), OK);
    transitions_close(&b.transitions);
    random_seed(&r, 3);
    for (int i = 0; i < 1500; i++) {
        struct text bad = buffer_text(&good);
        size_t at = random_below(&r, (uint32_t)good.size);
        char was = good.data[at];
        good.data[at] = (char)random_next(&r);
        if (i % 10 == 0)
            bad.size = random_below(&r, (uint32_t)good.size);
        test_write(b.path, bad);
        if (transitions_open(&t, b.path, &err) == OK) {
            read_all(t, 60);
            transitions_close(&t);
        } else {
            assert_int_equal(err.status, ERR_CORRUPT);
            assert_non_null(strstr(err.message, b.path));
            refused++;
        }
        good.data[at] = was;
    }
    assert_true(refused > 200);
    assert_int_equal(remove(b.path), 0);
    assert_int_equal(transitions_open(&t, b.path, &err), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_hold_what_counting_by_hand_gives),
        cmocka_unit_test(a_product_next_to_itself_is_another_look_and_further_away_nothing),
        cmocka_unit_test(a_list_is_cut_and_its_total_is_not),
        cmocka_unit_test(courses_say_when_and_how_a_product_came_up),
        cmocka_unit_test(a_product_of_no_session_has_nothing_to_tell),
        cmocka_unit_test(an_empty_set_makes_an_empty_index),
        cmocka_unit_test(equal_sets_give_equal_bytes),
        cmocka_unit_test(damaged_files_are_refused_by_name_or_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
