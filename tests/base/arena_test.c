/* SPDX-License-Identifier: Apache-2.0 */
#include <stdalign.h>

#include "base/arena.h"
#include "tests/support/test.h"

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    char *pieces[600];

    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT(pieces); i++) {
            pieces[i] = arena_alloc(&a, i);
            assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
            for (size_t k = 0; k < i; k++)
                assert_int_equal(pieces[i][k], 0);
            memset(pieces[i], (int)(i % 251), i);
        }
        for (size_t i = 0; i < COUNT(pieces); i++) {
            for (size_t k = 0; k < i; k++)
                assert_int_equal((unsigned char)pieces[i][k], i % 251);
        }
        arena_reset(&a);
        assert_int_equal(a.used, 0);
    }
}

static void large_pieces_leave_the_block_in_use_alone(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    char *small = arena_alloc(&a, 16);
    char *large = arena_alloc(&a, 10 * 1024 * 1024);
    char *next = arena_alloc(&a, 16);

    large[10 * 1024 * 1024 - 1] = 1;
#ifndef ARENA_EXACT
    assert_ptr_equal(next, small + 16);
#else
    (void)small;
    (void)next;
#endif
    assert_int_equal(a.used, 10 * 1024 * 1024 + 32);
}

/* What a job after another like it asks for is there already. */
static void a_reset_arena_has_the_same_memory_for_large_pieces_too(void **state)
{
#ifndef ARENA_EXACT
    SCOPED(arena_free) struct arena a = {0};
    enum { PIECES = 6, SIZE = 120 * 1024 };
    char *pieces[PIECES];

    for (int round = 0; round < 3; round++) {
        bool known = round == 0;
        char *piece = arena_alloc(&a, 100);
        for (int i = 0; i < PIECES; i++) {
            piece = arena_alloc(&a, SIZE);
            for (int k = 0; k < PIECES && round > 0; k++)
                known = known || piece == pieces[k];
            assert_true(known);
            if (round == 0)
                pieces[i] = piece;
            known = round == 0;
        }
        arena_reset(&a);
    }
#endif
}

static void room_is_aligned_apart_and_counted(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    unsigned char *pieces[100];

    for (size_t i = 0; i < COUNT(pieces); i++) {
        pieces[i] = arena_room(&a, 10 * i);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        memset(pieces[i], (int)i, 10 * i);
    }
    for (size_t i = 0; i < COUNT(pieces); i++)
        for (size_t k = 0; k < 10 * i; k++)
            assert_int_equal(pieces[i][k], i);
    assert_int_equal(a.used, 10 * 99 * 100 / 2);
}

static void formatted_text_of_any_length_fits(void **state)
{
    SCOPED(arena_free) struct arena a = {0};

    assert_string_equal(arena_printf(&a, "%s-%d", "slot", 3), "slot-3");
    for (int width = 250; width < 260; width++)
        assert_int_equal(strlen(arena_printf(&a, "%*d", width, 1)), width);
}

static void a_copied_text_is_terminated_and_absent_stays_absent(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    struct text copy = arena_text(&a, (struct text){"oak table", 3});

    assert_text(copy, "oak");
    assert_int_equal(copy.data[3], '\0');
    assert_non_null(arena_text(&a, TEXT("")).data);
    assert_null(arena_text(&a, (struct text){0}).data);
}

static void an_arena_can_be_used_again_after_freeing(void **state)
{
    struct arena a = {0};

    arena_free(&a);
    assert_non_null(arena_alloc(&a, 0));
    arena_free(&a);
    assert_null(a.blocks);
    assert_non_null(arena_array(&a, 3, 5));
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(large_pieces_leave_the_block_in_use_alone),
        cmocka_unit_test(a_reset_arena_has_the_same_memory_for_large_pieces_too),
        cmocka_unit_test(room_is_aligned_apart_and_counted),
        cmocka_unit_test(formatted_text_of_any_length_fits),
        cmocka_unit_test(a_copied_text_is_terminated_and_absent_stays_absent),
        cmocka_unit_test(an_arena_can_be_used_again_after_freeing),
    };
    return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
