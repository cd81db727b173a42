/* SPDX-License-Identifier: Apache-2.0 */
#include "store/admin_log.h"

#include "tests/support/test.h"

struct book {
    char dir[TEST_PATH_SIZE];
    struct store *store;
    struct error err;
};

static struct book book;

static int open_book(void **state)
{
    book = (struct book){.store = NULL};
    assert_int_equal(store_open(&book.store, test_dir(book.dir), STORE_WRITE, NULL, &book.err), OK);
    return 0;
}

static int close_book(void **state)
{
    store_close(&book.store);
    return 0;
}

static const uint8_t digest[DIGEST_SIZE] = {7};

static struct admin_anchor append(const char *who, const char *action, const char *details)
{
    const struct actor actor = {text_from(who), TEXT("command"), 1000};
    const struct admin_action what = {action, 3, digest, text_from(details)};
    struct admin_anchor anchor = {0};

    if (admin_log_append(book.store, &actor, &what, &anchor, &book.err) != OK)
        fail_msg("%s", book.err.message);
    return anchor;
}

static void print_entry(void *context, const struct admin_entry *e)
{
    buffer_printf(context, "%d %s;", (int)e->number, e->sound ? "sound" : "unsound");
}

/* "1 sound;2 unsound;..." */
static const char *soundness(void)
{
    static char text[512];
    SCOPED(buffer_free) struct buffer out = {0};

    assert_int_equal(admin_log_each(book.store, print_entry, &out, &book.err), OK);
    assert_true(out.size < sizeof(text));
    memcpy(text, buffer_text(&out).data, out.size + 1);
    return text;
}

static void tamper(const char *sql)
{
    assert_int_equal(store_run(book.store,
                               "DROP TRIGGER IF EXISTS admin_is_not_changed;"
                               "DROP TRIGGER IF EXISTS admin_is_not_deleted",
                               &book.err),
                     OK);
    assert_int_equal(store_run(book.store, sql, &book.err), OK);
}

static void entries_are_numbered_and_chained(void **state)
{
    struct admin_anchor first = append("ann", "key.add", "a"),
                        second = append("ann", "key.add", "a");

    assert_int_equal(first.number, 1);
    assert_int_equal(second.number, 2);
    assert_memory_not_equal(first.hash, second.hash, DIGEST_SIZE);
    assert_string_equal(soundness(), "1 sound;2 sound;");
}

static void entries_are_neither_changed_nor_deleted_by_sql(void **state)
{
    (void)append("ann", "key.add", "a");
    assert_int_not_equal(store_run(book.store, "UPDATE admin SET who = 'eve'", &book.err), OK);
    assert_non_null(strstr(book.err.message, "only appended to"));
    assert_int_not_equal(store_run(book.store, "DELETE FROM admin", &book.err), OK);
    assert_string_equal(soundness(), "1 sound;");
}

static void a_change_of_any_column_is_found(void **state)
{
    static const char *const changes[] = {
        "UPDATE admin SET time = time + 1 WHERE number = 2",
        "UPDATE admin SET who = 'Ann' WHERE number = 2",
        "UPDATE admin SET via = 'commanD' WHERE number = 2",
        "UPDATE admin SET action = 'key.adc' WHERE number = 2",
        "UPDATE admin SET subject = 4 WHERE number = 2",
        "UPDATE admin SET digest = x'00' || substr(digest, 2) WHERE number = 2",
        "UPDATE admin SET digest = NULL WHERE number = 2",
        "UPDATE admin SET details = '' WHERE number = 2",
        "UPDATE admin SET who = who || 'c', via = substr(via, 2) WHERE number = 2",
    };

    for (size_t i = 0; i < COUNT(changes); i++) {
        (void)append("ann", "key.add", "a");
        (void)append("ann", "key.add", "b");
        (void)append("ann", "key.add", "c");
        assert_string_equal(soundness(), "1 sound;2 sound;3 sound;");
        tamper(changes[i]);
        assert_string_equal(soundness(), "1 sound;2 unsound;3 sound;");
        tamper("DELETE FROM admin");
    }
}

static void a_changed_hash_is_found_in_its_entry_and_the_next(void **state)
{
    (void)append("ann", "key.add", "a");
    (void)append("ann", "key.add", "b");
    (void)append("ann", "key.add", "c");
    tamper("UPDATE admin SET hash = substr(hash, 1, 31) || x'ff' WHERE number = 1");
    assert_string_equal(soundness(), "1 unsound;2 unsound;3 sound;");
    tamper("UPDATE admin SET hash = x'00' WHERE number = 3");
    assert_string_equal(soundness(), "1 unsound;2 unsound;3 unsound;");
}

static void an_entry_that_is_gone_or_moved_is_found(void **state)
{
    (void)append("ann", "key.add", "a");
    (void)append("ann", "key.add", "b");
    (void)append("ann", "key.add", "c");
    tamper("DELETE FROM admin WHERE number = 2");
    assert_string_equal(soundness(), "1 sound;3 unsound;");
    tamper("UPDATE admin SET number = 2 WHERE number = 3");
    assert_string_equal(soundness(), "1 sound;2 unsound;");
    tamper("DELETE FROM admin WHERE number = 1");
    assert_string_equal(soundness(), "2 unsound;");
}

static void somebody_must_have_done_it(void **state)
{
    char long_name[ADMIN_WHO_MAX + 1];
    const struct admin_action what = {"key.add", 1, NULL, TEXT("")};
    struct actor actor = {TEXT(""), TEXT("command"), 1};

    memset(long_name, 'x', sizeof(long_name));
    assert_int_equal(admin_log_append(book.store, &actor, &what, NULL, &book.err), ERR_INVALID);
    actor.who = TEXT("\xff");
    assert_int_equal(admin_log_append(book.store, &actor, &what, NULL, &book.err), ERR_INVALID);
    actor.who = (struct text){long_name, ADMIN_WHO_MAX + 1};
    assert_int_equal(admin_log_append(book.store, &actor, &what, NULL, &book.err), ERR_INVALID);
    actor.who.size = ADMIN_WHO_MAX;
    assert_int_equal(admin_log_append(book.store, &actor, &what, NULL, &book.err), OK);
    assert_string_equal(soundness(), "1 sound;");
}

static void details_are_cut_at_their_bound(void **state)
{
    static char details[ADMIN_DETAILS_MAX + 10];

    memset(details, 'x', sizeof(details) - 1);
    (void)append("ann", "key.add", details);
    assert_string_equal(soundness(), "1 sound;");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_book, close_book)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(entries_are_numbered_and_chained),
        TEST(entries_are_neither_changed_nor_deleted_by_sql),
        TEST(a_change_of_any_column_is_found),
        TEST(a_changed_hash_is_found_in_its_entry_and_the_next),
        TEST(an_entry_that_is_gone_or_moved_is_found),
        TEST(somebody_must_have_done_it),
        TEST(details_are_cut_at_their_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
