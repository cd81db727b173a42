/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/likeness.h"

#include "base/random.h"
#include "tests/support/test.h"

static void every_processor_path_gives_the_same_bits(void **state)
{
    struct random r;
    unsigned char bytes[2 * sizeof(struct product_vector) + 64];

    random_seed(&r, 1);
    for (int i = 0; i < 20000; i++) {
        struct product_vector *a = (struct product_vector *)(bytes + i % 64);
        struct product_vector *b = a + 1;
        for (size_t k = 0; k < sizeof(bytes); k++) {
            bool extreme = i % 4 == 0;
            int32_t value = extreme ? (random_next(&r) % 2 == 0 ? VECTOR_UNIT : -VECTOR_UNIT)
                                    : (int32_t)random_below(&r, 255) - VECTOR_UNIT;
            bytes[k] = (unsigned char)value;
        }
        a->sure = (uint8_t)random_below(&r, VECTOR_SURE + 1);
        b->sure = (uint8_t)random_below(&r, VECTOR_SURE + 1);
        struct dots fast = vector_dots(a, b), plain = vector_dots_plain(a, b);
        assert_int_equal(fast.behaviour, plain.behaviour);
        assert_int_equal(fast.content, plain.content);
    }
}

static struct product_vector vector_of(int8_t behaviour, uint8_t sure, int8_t content)
{
    return (struct product_vector){{behaviour}, sure, {content}};
}

static void likeness_is_content_until_both_are_sure_of_behaviour(void **state)
{
    struct product_vector sure = vector_of(127, VECTOR_SURE, 127), fresh = vector_of(0, 0, 127);
    struct product_vector other = vector_of(-127, VECTOR_SURE, 127);

    assert_int_equal(likeness(&sure, &sure), LIKENESS_UNIT);
    assert_int_equal(likeness(&fresh, &fresh), LIKENESS_UNIT / 10 * 7);
    assert_int_equal(likeness(&sure, &fresh), LIKENESS_UNIT / 10 * 7);
    assert_int_equal(likeness(&sure, &other), LIKENESS_UNIT / 10 * -4);
    assert_int_equal(likeness(&fresh, &other), likeness(&other, &fresh));
}

static void shoppers_make_sure(void **state)
{
    assert_int_equal(likeness_sure(0), 0);
    for (uint32_t n = 1; n < 2000; n++) {
        assert_true(likeness_sure(n) >= likeness_sure(n - 1));
        assert_true(likeness_sure(n) > 0 && likeness_sure(n) <= VECTOR_SURE);
    }
    assert_int_equal(likeness_sure(10), 11); /* 16 / sqrt(2) */
    assert_int_equal(likeness_sure(UINT32_MAX), VECTOR_SURE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_processor_path_gives_the_same_bits),
        cmocka_unit_test(likeness_is_content_until_both_are_sure_of_behaviour),
        cmocka_unit_test(shoppers_make_sure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
