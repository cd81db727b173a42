/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/memory.h"
#include "tests/support/test.h"

static void new_memory_is_zeroed_also_when_empty(void **state)
{
    unsigned char *block = mem_new(100, 3);
    void *empty = mem_new(0, 8);

    for (int i = 0; i < 300; i++)
        assert_int_equal(block[i], 0);
    assert_non_null(empty);
    mem_free(block);
    mem_free(empty);
    mem_free(NULL);
}

static void growing_keeps_what_is_there_and_zeroes_what_is_new(void **state)
{
    size_t room = 0;
    uint32_t *numbers = NULL;

    for (uint32_t i = 0; i < 1000; i++) {
        size_t before = room;
        numbers = mem_grow(numbers, &room, i + 1, sizeof(*numbers));
        assert_true(room > i);
        if (room != before)
            assert_true(room >= before + before / 2);
        assert_int_equal(numbers[i], 0);
        numbers[i] = i + 1;
    }
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i + 1);
    uint32_t *same = mem_grow(numbers, &room, room, sizeof(*numbers));
    assert_ptr_equal(same, numbers);
    mem_free(numbers);
}

static void a_scoped_block_frees_itself(void **state)
{
    SCOPED(mem_free_scoped) char *copy = mem_copy("bytes", 6); /* the sanitizer sees it otherwise */

    assert_string_equal(copy, "bytes");
}

/* Whether `run` ends its process by SIGABRT. */
static bool aborts(void (*run)(void))
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(1);
        /* cmocka catches some signals; the child is to die of this one. */
        signal(SIGABRT, SIG_DFL);
        run();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void ask_for_too_many(void)
{
    mem_free(mem_new(SIZE_MAX / 4 + 1, 4));
}

static void ask_the_arena_for_too_many(void)
{
    struct arena a = {0};

    (void)arena_array(&a, SIZE_MAX / 8 + 1, 8);
    arena_free(&a);
}

/* More than there is, whose number would be one below zero were it signed. */
static void ask_the_arena_for_half_of_everything(void)
{
    struct arena a = {0};

    (void)arena_room(&a, (size_t)PTRDIFF_MAX + 1);
    arena_free(&a);
}

static void ask_for_nothing_special(void)
{
    mem_free(mem_new(4, 4));
}

static void a_size_that_overflows_aborts(void **state)
{
    assert_false(aborts(ask_for_nothing_special));
    assert_true(aborts(ask_for_too_many));
    assert_true(aborts(ask_the_arena_for_too_many));
    assert_true(aborts(ask_the_arena_for_half_of_everything));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_memory_is_zeroed_also_when_empty),
        cmocka_unit_test(growing_keeps_what_is_there_and_zeroes_what_is_new),
        cmocka_unit_test(a_scoped_block_frees_itself),
        cmocka_unit_test(a_size_that_overflows_aborts),
    };
    return cmocka_run_group_tests_name("base/memory", tests, NULL, NULL);
}
