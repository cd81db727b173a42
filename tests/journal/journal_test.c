/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/journal.h"

#include "tests/support/test.h"

static const struct position start = {0};

static void append(struct journal *j, int64_t time_ms, struct text body, struct record *out)
{
    struct error err = {0};

    assert_int_equal(journal_append(j, RECORD_EVENT, time_ms, body, out, &err), OK);
}

static void records_come_back_in_order_with_times_that_never_fall(void **state)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(journal_close) struct journal *j = NULL;
    SCOPED(cursor_close) struct cursor *c = NULL;
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    struct error err = {0};
    struct record r;
    struct position end;
    (void)state;

    assert_int_equal(store_open(&store, dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(journal_open(&j, store, &err), OK);
    assert_int_equal(journal_end(j).number, 0);
    assert_int_equal(store_run(store, "BEGIN", &err), OK);
    append(j, 1000, TEXT("first"), &r);
    append(j, 900, TEXT(""), &r);
    assert_int_equal(r.time_ms, 1000);
    append(j, 1100, TEXT("third"), &r);
    assert_int_equal(store_run(store, "COMMIT", &err), OK);
    assert_int_equal(cursor_open(&c, dir, NULL, start, &err), OK);
    assert_int_equal(cursor_end(c, &end, &err), OK);
    assert_int_equal(end.number, 3);
    assert_int_equal(cursor_next(c, &r, &err), OK);
    assert_text(r.body, "first");
    assert_int_equal(cursor_next(c, &r, &err), OK);
    assert_int_equal(r.body.size, 0);
    assert_int_equal(r.position.number, 2);
    assert_int_equal(cursor_next(c, &r, &err), OK);
    assert_int_equal(r.time_ms, 1100);
    assert_int_equal(cursor_next(c, &r, &err), ERR_NOT_FOUND);
    append(j, 1200, TEXT("later"), &r);
    assert_int_equal(cursor_next(c, &r, &err), OK);
    assert_text(r.body, "later");
}

static void what_was_rolled_back_is_forgotten(void **state)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(journal_close) struct journal *j = NULL;
    char room[TEST_PATH_SIZE];
    struct error err = {0};
    struct record r;
    (void)state;

    assert_int_equal(store_open(&store, test_dir(room), STORE_WRITE, NULL, &err), OK);
    assert_int_equal(journal_open(&j, store, &err), OK);
    append(j, 10, TEXT("kept"), &r);
    assert_int_equal(store_run(store, "BEGIN", &err), OK);
    append(j, 99, TEXT("lost"), &r);
    assert_int_equal(store_run(store, "ROLLBACK", &err), OK);
    journal_rewind(j, (struct position){1}, 10);
    append(j, 20, TEXT("second"), &r);
    assert_int_equal(r.position.number, 2);
    assert_int_equal(r.time_ms, 20);
    journal_close(&j);
    assert_int_equal(journal_open(&j, store, &err), OK);
    assert_int_equal(journal_end(j).number, 2);
    assert_int_equal(journal_end_ms(j), 20);
}

static void reading_goes_on_over_many_transactions_while_the_journal_grows(void **state)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(journal_close) struct journal *j = NULL;
    SCOPED(cursor_close) struct cursor *c = NULL;
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    struct error err = {0};
    struct record r;
    uint64_t read = 0;
    (void)state;

    assert_int_equal(store_open(&store, dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(journal_open(&j, store, &err), OK);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(store_run(store, "BEGIN", &err), OK);
        for (int i = 0; i < 9000; i++)
            append(j, 5, TEXT("x"), &r);
        assert_int_equal(store_run(store, "COMMIT", &err), OK);
        if (c == NULL)
            assert_int_equal(cursor_open(&c, dir, NULL, (struct position){100}, &err), OK);
        for (int i = 0; i < 4000; i++, read++) {
            assert_int_equal(cursor_next(c, &r, &err), OK);
            assert_int_equal(r.position.number, 101 + read);
        }
    }
    while (cursor_next(c, &r, &err) == OK)
        read++;
    assert_int_equal(err.status, ERR_NOT_FOUND);
    assert_int_equal(read, 27000 - 100);
}

static void one_changed_thing_is_found_and_named(void **state)
{
    static const char *const damages[] = {
        "UPDATE journal SET body=x'6162636400000000' WHERE number=2",
        "UPDATE journal SET body=x'00' WHERE number=2",
        "UPDATE journal SET kind=3 WHERE number=2",
        "UPDATE journal SET time=time+1 WHERE number=2",
        "UPDATE journal SET body=(SELECT body FROM journal WHERE number=3) WHERE number=2",
    };
    (void)state;

    for (size_t i = 0; i < COUNT(damages); i++) {
        SCOPED(store_close) struct store *store = NULL;
        SCOPED(journal_close) struct journal *j = NULL;
        SCOPED(cursor_close) struct cursor *c = NULL;
        char room[TEST_PATH_SIZE];
        const char *dir = test_dir(room);
        struct error err = {0};
        struct record r;

        assert_int_equal(store_open(&store, dir, STORE_WRITE, NULL, &err), OK);
        assert_int_equal(journal_open(&j, store, &err), OK);
        append(j, 5, TEXT("abcd"), &r);
        append(j, 5, TEXT("efgh"), &r);
        append(j, 5, TEXT("ijkl"), &r);
        assert_int_equal(store_run(store, damages[i], &err), OK);
        assert_int_equal(cursor_open(&c, dir, NULL, start, &err), OK);
        assert_int_equal(cursor_next(c, &r, &err), OK);
        assert_int_equal(cursor_next(c, &r, &err), ERR_CORRUPT);
        assert_non_null(strstr(err.message, "record 2"));
    }
}

static void note_place(void *context, struct position at)
{
    buffer_printf(context, "%d ", (int)at.number);
}

static void records_of_programs_are_found_among_all(void **state)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(journal_close) struct journal *j = NULL;
    SCOPED(cursor_close) struct cursor *c = NULL;
    SCOPED(buffer_free) struct buffer places = {0};
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    struct error err = {0};
    struct record r;
    (void)state;

    assert_int_equal(store_open(&store, dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(journal_open(&j, store, &err), OK);
    for (int i = 1; i <= 6; i++)
        assert_int_equal(journal_append(j, i % 3 == 0 ? RECORD_PROGRAM : RECORD_EVENT, i,
                                        TEXT("body"), &r, &err),
                         OK);
    assert_int_equal(cursor_open_programs(&c, dir, &err), OK);
    assert_int_equal(cursor_next(c, &r, &err), OK);
    assert_int_equal(r.position.number, 3);
    assert_int_equal(r.kind, RECORD_PROGRAM);
    assert_int_equal(cursor_next(c, &r, &err), OK);
    assert_int_equal(r.position.number, 6);
    assert_int_equal(cursor_next(c, &r, &err), ERR_NOT_FOUND);
    assert_int_equal(journal_programs_each(store, note_place, &places, &err), OK);
    assert_text(buffer_text(&places), "3 6 ");
}

static void a_digest_is_of_all_that_a_record_says(void **state)
{
    static const char *const changes[] = {
        "UPDATE journal SET body=x'6162636400000000' WHERE number=1",
        "UPDATE journal SET kind=3 WHERE number=1",
        "UPDATE journal SET time=time+1 WHERE number=1",
        "UPDATE journal SET number=2 WHERE number=1",
    };
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(journal_close) struct journal *j = NULL;
    uint8_t before[DIGEST_SIZE], after[DIGEST_SIZE];
    char room[TEST_PATH_SIZE];
    struct error err = {0};
    struct record r;
    (void)state;

    assert_int_equal(store_open(&store, test_dir(room), STORE_WRITE, NULL, &err), OK);
    assert_int_equal(journal_open(&j, store, &err), OK);
    append(j, 5, TEXT("abcd"), &r);
    assert_int_equal(journal_digest(store, r.position, before, &err), OK);
    assert_int_equal(journal_digest(store, r.position, after, &err), OK);
    assert_memory_equal(before, after, DIGEST_SIZE);
    for (size_t i = 0; i < COUNT(changes); i++) {
        assert_int_equal(store_run(store, changes[i], &err), OK);
        struct position at = {i == COUNT(changes) - 1 ? 2 : 1};
        assert_int_equal(journal_digest(store, at, after, &err), OK);
        assert_memory_not_equal(before, after, DIGEST_SIZE);
        memcpy(before, after, DIGEST_SIZE);
    }
    assert_int_equal(journal_digest(store, r.position, after, &err), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_back_in_order_with_times_that_never_fall),
        cmocka_unit_test(what_was_rolled_back_is_forgotten),
        cmocka_unit_test(reading_goes_on_over_many_transactions_while_the_journal_grows),
        cmocka_unit_test(one_changed_thing_is_found_and_named),
        cmocka_unit_test(records_of_programs_are_found_among_all),
        cmocka_unit_test(a_digest_is_of_all_that_a_record_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
