/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/dot.h"

#include <math.h>

#include "base/random.h"
#include "tests/support/test.h"

enum { VECTORS_MAX = 9 };

static const int32_t untouched = 0x5EED;

/* Fails unless all paths there are give the sums that plain arithmetic gives, and nothing behind them. */
static void assert_dots(const struct dot_vector *query, const struct dot_vector *vectors,
                        size_t count)
{
    for (int path = 0; path < DOT_PATH_COUNT; path++) {
        int32_t sums[VECTORS_MAX + 1] = {0};
        if (!dot_path_there((enum dot_path)path))
            continue;
        sums[count] = untouched;
        dots_by((enum dot_path)path, query, vectors, count, sums);
        for (size_t i = 0; i < count; i++) {
            int64_t expected = 0;
            for (int k = 0; k < DOT_SIZE; k++)
                expected += (int64_t)query->of[k] * vectors[i].of[k];
            assert_int_equal(sums[i], expected);
        }
        assert_int_equal(sums[count], untouched);
    }
}

static void draw(struct dot_vector *v, struct random *r)
{
    for (int k = 0; k < DOT_SIZE; k++)
        v->of[k] = (int8_t)((int)random_below(r, 255) - 127);
}

static void all_paths_agree_for_any_number_of_vectors(void **state)
{
    struct dot_vector query, vectors[VECTORS_MAX];
    struct random r;

    random_seed(&r, 1);
    for (int round = 0; round < 200; round++) {
        for (size_t count = 0; count <= VECTORS_MAX; count++) {
            draw(&query, &r);
            for (size_t i = 0; i < count; i++)
                draw(&vectors[i], &r);
            assert_dots(&query, vectors, count);
        }
    }
}

/* Sums of two products must fit where some processors keep them. */
static void extremes_do_not_overflow(void **state)
{
    static const int8_t extremes[] = {-127, 127, 0, 1, -1};
    struct dot_vector query, vectors[VECTORS_MAX];

    for (size_t q = 0; q < COUNT(extremes); q++) {
        memset(query.of, extremes[q], sizeof(query.of));
        for (size_t i = 0; i < VECTORS_MAX; i++) {
            for (int k = 0; k < DOT_SIZE; k++)
                vectors[i].of[k] = i < COUNT(extremes) ? extremes[i] : k % 2 == 0 ? 127 : -127;
        }
        assert_dots(&query, vectors, VECTORS_MAX);
    }
    memset(query.of, 127, sizeof(query.of));
    assert_int_equal(dot(&query, &query), 64 * 127 * 127);
}

static void every_place_of_a_vector_counts_once(void **state)
{
    for (int k = 0; k < DOT_SIZE; k++) {
        struct dot_vector query = {{0}}, vector = {{0}};
        query.of[k] = 3;
        vector.of[k] = -5;
        assert_int_equal(dot(&query, &vector), -15);
        vector.of[k] = 0;
        vector.of[(k + 1) % DOT_SIZE] = 7;
        assert_int_equal(dot(&query, &vector), 0);
        assert_dots(&query, &vector, 1);
    }
}

static int nearest_seventh(int byte)
{
    return (int)lround(byte * 7 / 127.0);
}

/* Whatever lies in the blocks behind the vectors. */
static void blocks_give_on_all_paths_the_sums_of_sevenths(void **state)
{
    enum { MANY = 3 * DOT_BLOCK + 5 };
    struct dot_vector query, vectors[MANY];
    struct dot_block blocks[4];
    int32_t sums[COUNT(blocks) * DOT_BLOCK];
    struct random r;

    random_seed(&r, 2);
    assert_int_equal(dot_blocks(MANY), COUNT(blocks));
    assert_int_equal(dot_blocks(DOT_BLOCK), 1);
    for (int i = 0; i < MANY; i++)
        draw(&vectors[i], &r);
    memset(vectors[0].of, 127, sizeof(vectors[0].of));
    memset(vectors[1].of, -127, sizeof(vectors[1].of));
    dot_blocks_fill(vectors, MANY, blocks);
    for (int round = 0; round < 50; round++) {
        draw(&query, &r);
        if (round < 2)
            memset(query.of, round == 0 ? 127 : -127, sizeof(query.of));
        for (int path = 0; path < DOT_PATH_COUNT; path++) {
            if (!dot_path_there((enum dot_path)path))
                continue;
            dots_of_blocks_by((enum dot_path)path, &query, blocks, COUNT(blocks), sums);
            for (size_t i = 0; i < COUNT(sums); i++) {
                int64_t expected = 0;
                for (int k = 0; k < DOT_SIZE && i < MANY; k++)
                    expected += query.of[k] * nearest_seventh(vectors[i].of[k]);
                assert_int_equal(sums[i], expected);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_paths_agree_for_any_number_of_vectors),
        cmocka_unit_test(extremes_do_not_overflow),
        cmocka_unit_test(every_place_of_a_vector_counts_once),
        cmocka_unit_test(blocks_give_on_all_paths_the_sums_of_sevenths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
