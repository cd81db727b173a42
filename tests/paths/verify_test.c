/* SPDX-License-Identifier: Apache-2.0 */
/* What `endcap program verify` finds, on a shop with two versions, a rollback, and three
 * keys of which one is revoked. */
#include "paths/verify.h"

#include <stdio.h>

#include "base/file.h"
#include "store/keys.h"
#include "tests/support/shop.h"

static struct arena arena;
static char dir[TEST_PATH_SIZE];

static const char first[] = "owner: first@shop.example\ncurrency: EUR\npolicies:\n"
                            "  consent_default: {analytics: true, personalization: true, email: "
                            "false}\n";
static const char second[] = "owner: second@shop.example\ncurrency: EUR\npolicies:\n"
                             "  consent_default: {analytics: true, personalization: true, email: "
                             "false}\n";

static void apply(struct shop *shop, const char *document, uint32_t rollback_to)
{
    const struct program_change change = {.document = text_from(document),
                                          .rollback_to = rollback_to,
                                          .author = TEXT("ann@shop.example"),
                                          .reason = TEXT("because of spring"),
                                          .expected_version = PROGRAM_ANY_VERSION,
                                          .now_ms = TEST_NOW};
    struct program_applied applied;
    struct problems problems = {0};
    struct error err = {0};

    if (shop_change_program(shop, &change, &arena, &problems, &applied, &err) != OK)
        fail_msg("%s", err.message);
    assert_true(applied.changed);
}

static void make_keys(void)
{
    SCOPED(store_close) struct store *store = NULL;
    struct error err = {0};
    char key[KEY_SIZE];

    assert_int_equal(store_open(&store, dir, STORE_WRITE, NULL, &err), OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(
            keys_add(store, KEY_SECRET, TEXT("backend"), TEST_ACTOR(TEST_NOW), key, &err), OK);
    assert_int_equal(keys_revoke(store, 2, TEST_ACTOR(TEST_NOW + 1), &err), OK);
}

static int make_shop(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    memcpy(dir, t.dir, sizeof(dir));
    apply(t.shop, first, 0);
    (void)test_record(t.shop, "{\"id\":\"1\",\"type\":\"page_view\",\"anonymous_id\":\"v\"}",
                      TEST_NOW);
    apply(t.shop, second, 0);
    apply(t.shop, NULL, 1);
    test_shop_close(&t);
    make_keys();
    return 0;
}

static int clear(void **state)
{
    arena_free(&arena);
    return 0;
}

static struct verified verify(const char *anchor)
{
    struct admin_anchor noted;
    struct verified verified;
    struct error err = {0};

    assert_true(anchor == NULL || admin_anchor_parse(text_from(anchor), &noted));
    if (program_verify(dir, anchor == NULL ? NULL : &noted, &arena, &verified, &err) != OK)
        fail_msg("%s", err.message);
    return verified;
}

static const char *anchor_now(void)
{
    SCOPED(buffer_free) struct buffer hash = {0};
    struct verified v = verify(NULL);

    buffer_add_hex(&hash, v.end.hash, sizeof(v.end.hash));
    return arena_printf(&arena, "%d:%s", (int)v.end.number, hash.data);
}

/* Changes the store as somebody would who has the file, triggers or not. */
static void tamper(const char *sql)
{
    SCOPED(store_close) struct store *store = NULL;
    struct error err = {0};

    assert_int_equal(store_open(&store, dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(store_run(store,
                               "DROP TRIGGER IF EXISTS admin_is_not_changed;"
                               "DROP TRIGGER IF EXISTS admin_is_not_deleted",
                               &err),
                     OK);
    if (store_run(store, sql, &err) != OK)
        fail_msg("%s", err.message);
    assert_int_not_equal(sqlite3_total_changes(store_db(store)), 0);
}

static void assert_one_fault(const char *sentence)
{
    struct verified v = verify(NULL);

    assert_int_equal(v.fault_count, 1);
    assert_string_equal(v.faults[0], sentence);
}

static void a_shop_as_it_was_written_has_no_fault(void **state)
{
    struct verified v = verify(NULL);

    assert_int_equal(v.fault_count, 0);
    assert_int_equal(v.entries, 7);
    assert_int_equal(v.versions, 3);
    assert_int_equal(v.keys, 3);
    assert_int_equal(v.end.number, 7);
    assert_int_equal(verify(anchor_now()).fault_count, 0);
}

static void every_column_of_what_the_log_names_is_held_to_it(void **state)
{
    static const char *const changes[][2] = {
        {"UPDATE journal SET body = substr(body, 1, 20) || 'x' || substr(body, 22) WHERE number = "
         "1",
         "record 1 of the journal is not the one of which entry 1 tells"},
        {"UPDATE journal SET time = time - 1 WHERE number = 3",
         "record 3 of the journal is not the one of which entry 2 tells"},
        {"UPDATE journal SET kind = 7 WHERE number = 4",
         "record 4 of the journal is not the one of which entry 3 tells"},
        {"DELETE FROM journal WHERE number = 3",
         "record 3 of the journal, of which entry 2 tells, is gone"},
        {"UPDATE key SET kind = 'public' WHERE number = 1", "key 1 is not what was made"},
        {"UPDATE key SET name = 'backenD' WHERE number = 1", "key 1 is not what was made"},
        {"UPDATE key SET hash = x'ff' || substr(hash, 2) WHERE number = 3",
         "key 3 is not what was made"},
        {"UPDATE key SET hint = 'abcd' WHERE number = 3", "key 3 is not what was made"},
        {"UPDATE key SET created = created + 1 WHERE number = 3", "key 3 is not what was made"},
        {"UPDATE key SET revoked = NULL WHERE number = 2",
         "key 2 is good, and by the log it is revoked"},
        {"UPDATE key SET revoked = 5 WHERE number = 2",
         "key 2 is revoked, and by the log it is revoked at another time"},
        {"UPDATE key SET revoked = 5 WHERE number = 1",
         "key 1 is revoked, and by the log it is good"},
        {"DELETE FROM key WHERE number = 3", "key 3, of which the log tells, is gone"},
        {"INSERT INTO key SELECT 9, kind, name, hash, hint, created, NULL FROM key WHERE number = "
         "1",
         "key 9 is one of which the log does not tell"},
        {"INSERT INTO journal SELECT 5, kind, time, body FROM journal WHERE number = 3",
         "record 5 of the journal is a version of the program of which the log does not tell"},
        {"UPDATE journal SET kind = 5 WHERE number = 2",
         "record 2 of the journal is a version of the program of which the log does not tell"},
    };

    for (size_t i = 0; i < COUNT(changes); i++) {
        make_shop(NULL);
        tamper(changes[i][0]);
        assert_one_fault(changes[i][1]);
    }
}

static void a_changed_or_missing_entry_is_named(void **state)
{
    tamper("UPDATE admin SET details = 'version 2: because of Spring' WHERE number = 2");
    assert_one_fault(
        "entry 2 of the log, or the one before it, is not what was written: its hash does not fit");
    make_shop(NULL);
    tamper("DELETE FROM admin WHERE number = 4");
    struct verified v = verify(NULL);
    assert_int_equal(v.fault_count, 2);
    assert_string_equal(v.faults[0], "entries 4 to 4 of the log are missing");
    assert_string_equal(v.faults[1], "key 1 is one of which the log does not tell");
}

/* The last entry and what it did taken away together: a chain alone cannot know. */
static void a_cut_off_end_is_found_by_an_anchor_and_not_without(void **state)
{
    const char *anchor = anchor_now();

    tamper("DELETE FROM admin WHERE number = 7; UPDATE key SET revoked = NULL WHERE number = 2");
    assert_int_equal(verify(NULL).fault_count, 0);
    struct verified v = verify(anchor);
    assert_int_equal(v.fault_count, 1);
    assert_string_equal(v.faults[0], "entry 7 of the log, which the anchor names, is gone: the log "
                                     "ends with entry 6");
    make_shop(NULL); /* other keys: another log */
    v = verify(anchor);
    assert_int_equal(v.fault_count, 1);
    assert_string_equal(
        v.faults[0], "entry 7 of the log has another hash than the anchor: the log was rewritten");
}

static void an_anchor_is_a_number_and_a_hash(void **state)
{
    static const char *const wrong[] = {"", "7", "7:", ":00", "x:00", "7:0g"};
    struct admin_anchor anchor = {.number = 99};

    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(admin_anchor_parse(text_from(wrong[i]), &anchor));
    assert_int_equal(anchor.number, 99);
    assert_true(admin_anchor_parse(
        TEXT("7:00000000000000000000000000000000000000000000000000000000000000ff"), &anchor));
    assert_int_equal(anchor.number, 7);
    assert_int_equal(anchor.hash[31], 255);
}

/* Whether it is told, as a fault or as a store that cannot be read. */
static bool is_found(void)
{
    struct verified verified;
    struct error err = {0};
    bool found =
        program_verify(dir, NULL, &arena, &verified, &err) != OK || verified.fault_count > 0;

    arena_reset(&arena);
    return found;
}

/* One byte after the other of every place of the file where `needle` stands. */
static size_t flip_all(struct buffer *file, const char *path, struct text needle)
{
    size_t flipped = 0;

    for (size_t at = 0; at + needle.size <= file->size; at++) {
        if (memcmp(file->data + at, needle.data, needle.size) != 0)
            continue;
        for (size_t i = 0; i < needle.size; i++, flipped++) {
            file->data[at + i] ^= 1;
            test_write(path, buffer_text(file));
            if (!is_found())
                fail_msg("byte %zu of '%.*s' at %zu was changed, and not found", i,
                         (int)needle.size, needle.data, at);
            file->data[at + i] ^= 1;
        }
    }
    return flipped;
}

static void any_flipped_byte_of_the_file_that_says_something_is_found(void **state)
{
    SCOPED(buffer_free) struct buffer file = {0};
    static const char *const says[] = {
        "ann@shop.example",
        "because of spring",
        "program.apply",
        "program.rollback",
        "key.revoke",
        "equal to version 1",
        "command",
        "secret key 'backend'",
        "secretbackend",
        "first@shop.example",
        "second@shop.example",
        "personalization",
    };
    char path[TEST_PATH_SIZE];
    struct verified v = verify(NULL);
    struct error err = {0};

    /* nothing stands in a WAL: the last writer closed */
    assert_int_equal(file_read(test_path(path, dir, "store.db"), 1 << 20, &file, &err), OK);
    assert_int_equal(flip_all(&file, path, (struct text){(const char *)v.end.hash, DIGEST_SIZE}),
                     DIGEST_SIZE);
    for (size_t i = 0; i < COUNT(says); i++)
        assert_true(flip_all(&file, path, text_from(says[i])) > 0);
    test_write(path, buffer_text(&file));
    assert_false(is_found());
}

static void the_object_names_faults_and_the_anchor(void **state)
{
    SCOPED(buffer_free) struct buffer out = {0};
    struct json j = json_to(&out);

    tamper("DELETE FROM key WHERE number = 3");
    const char *anchor = anchor_now();
    struct verified v = verify(NULL);
    verified_json(&v, &j);
    assert_string_equal(
        out.data,
        arena_printf(&arena,
                     "{\"sound\":false,\"entries\":7,\"versions\":3,\"keys\":2,\"anchor\":\"%s\","
                     "\"fault_count\":1,\"faults\":[\"key 3, of which the log tells, is gone\"]}",
                     anchor));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_shop, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_shop_as_it_was_written_has_no_fault),
        TEST(every_column_of_what_the_log_names_is_held_to_it),
        TEST(a_changed_or_missing_entry_is_named),
        TEST(a_cut_off_end_is_found_by_an_anchor_and_not_without),
        TEST(an_anchor_is_a_number_and_a_hash),
        TEST(any_flipped_byte_of_the_file_that_says_something_is_found),
        TEST(the_object_names_faults_and_the_anchor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
