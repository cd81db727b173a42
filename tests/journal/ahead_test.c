/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/ahead.h"

#include <stdio.h>

#include "journal/journal.h"
#include "tests/support/test.h"

enum { RECORDS = 5000, DAMAGED = 4321 };

/* A journal of RECORDS in a folder of its own. */
static const char *journal_of_many(char room[TEST_PATH_SIZE])
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(journal_close) struct journal *j = NULL;
    const char *dir = test_dir(room);
    struct error err = {0};
    struct record r;
    char body[16];

    assert_int_equal(store_open(&store, dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(journal_open(&j, store, &err), OK);
    assert_int_equal(store_run(store, "BEGIN", &err), OK);
    for (int i = 1; i <= RECORDS; i++) {
        struct text t = {body, (size_t)snprintf(body, sizeof(body), "body %d", i)};
        assert_int_equal(journal_append(j, RECORD_EVENT, i, t, &r, &err), OK);
    }
    assert_int_equal(store_run(store, "COMMIT", &err), OK);
    return dir;
}

/* What it makes of a record: its body, with a word of the context's in front. */
static void *with_word(const void *context, const struct record *r, struct arena *a)
{
    return arena_printf(a, "%s %.*s", (const char *)context, (int)r->body.size, r->body.data);
}

/* Reads to the end: every record in order behind `from`, each with its own body and what was
 * prepared of it. Returns how many came before `*end`, what ended them. */
static uint64_t read_all(struct ahead *a, uint64_t from, enum status *end, struct error *err)
{
    const struct prepared_record *records = NULL;
    uint64_t read = 0;
    size_t count = 0;
    char body[32];

    while ((*end = ahead_next(a, &records, &count, err)) == OK) {
        assert_true(count > 0);
        for (size_t i = 0; i < count; i++) {
            read++;
            snprintf(body, sizeof(body), "a body %d", (int)(from + read));
            assert_int_equal(records[i].record.position.number, from + read);
            assert_text(records[i].record.body, body + 2);
            assert_string_equal(records[i].prepared, body);
        }
    }
    return read;
}

static void records_come_in_order_prepared_up_to_the_end_or_the_place_asked_for(void **state)
{
    static const struct {
        uint64_t from, until, read;
    } cases[] = {
        {0, UINT64_MAX, RECORDS}, {1000, UINT64_MAX, RECORDS - 1000}, {0, 1, 1},
        {10, 2058, 2048},         {RECORDS, UINT64_MAX, 0},
    };
    char room[TEST_PATH_SIZE];
    const char *dir = journal_of_many(room);
    (void)state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        SCOPED(ahead_close) struct ahead *a = NULL;
        const struct prepared_record *records = NULL;
        struct error err = {0};
        enum status end;
        size_t count = 0;

        struct ahead_options options = {dir, {cases[i].from}, {cases[i].until}, with_word, "a"};

        assert_int_equal(ahead_open(&a, &options, &err), OK);
        assert_int_equal(read_all(a, cases[i].from, &end, &err), cases[i].read);
        assert_int_equal(end, ERR_NOT_FOUND);
        assert_int_equal(ahead_next(a, &records, &count, &err), ERR_NOT_FOUND);
    }
}

static void a_damaged_record_is_named_after_all_before_it(void **state)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(ahead_close) struct ahead *a = NULL;
    char room[TEST_PATH_SIZE];
    const char *dir = journal_of_many(room);
    const struct ahead_options options = {dir, {0}, {UINT64_MAX}, with_word, "a"};
    struct error err = {0};
    enum status end;
    (void)state;

    assert_int_equal(store_open(&store, dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(store_run(store, "UPDATE journal SET time=0 WHERE number=4321", &err), OK);
    assert_int_equal(ahead_open(&a, &options, &err), OK);
    assert_int_equal(read_all(a, 0, &end, &err), DAMAGED - 1);
    assert_int_equal(end, ERR_CORRUPT);
    assert_non_null(strstr(err.message, "record 4321"));
}

static void reading_may_stop_anywhere(void **state)
{
    char room[TEST_PATH_SIZE];
    const char *dir = journal_of_many(room);
    const struct ahead_options options = {dir, {0}, {UINT64_MAX}, with_word, "a"};
    (void)state;

    for (int taken = 0; taken < 4; taken++) {
        SCOPED(ahead_close) struct ahead *a = NULL;
        const struct prepared_record *records = NULL;
        struct error err = {0};
        size_t count = 0;

        assert_int_equal(ahead_open(&a, &options, &err), OK);
        for (int i = 0; i < taken; i++)
            assert_int_equal(ahead_next(a, &records, &count, &err), OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_in_order_prepared_up_to_the_end_or_the_place_asked_for),
        cmocka_unit_test(a_damaged_record_is_named_after_all_before_it),
        cmocka_unit_test(reading_may_stop_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
