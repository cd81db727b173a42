/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "store/store.h"
#include "tests/support/test.h"

static void a_store_that_was_never_made_is_not_found(void **state)
{
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    SCOPED(store_close) struct store *store = NULL;
    struct error err = {0};
    (void)state;

    assert_int_equal(store_open(&store, dir, STORE_READ, NULL, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, "run endcap init"));
    assert_int_equal(store_open(&store, "/nowhere/at/all", STORE_WRITE, NULL, &err), ERR_NOT_FOUND);
    assert_null(store);
}

static void nobody_but_the_owner_may_read_the_store(void **state)
{
    static const char *const names[] = {"store.db", "store.db-wal", "store.db-shm"};
    char room[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    SCOPED(store_close) struct store *store = NULL;
    struct error err = {0};
    struct stat about;
    mode_t umask_before = umask(0);
    (void)state;

    enum status status = store_open(&store, dir, STORE_WRITE, NULL, &err);
    (void)umask(umask_before);
    assert_int_equal(status, OK);
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(stat(test_path(path, dir, names[i]), &about), 0);
        assert_int_equal(about.st_mode & 0777, 0600);
    }
}

static void opening_for_writing_makes_the_schema_and_syncs_fully(void **state)
{
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(stmt_close) sqlite3_stmt *sync = NULL, *mode = NULL, *tables = NULL;
    struct error err = {0};
    (void)state;

    assert_int_equal(store_open(&store, dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(stmt_open(&sync, store, "PRAGMA synchronous", &err), OK);
    assert_int_equal(sqlite3_step(sync), SQLITE_ROW);
    assert_int_equal(stmt_i64(sync, 0), 2);
    assert_int_equal(stmt_open(&mode, store, "PRAGMA journal_mode", &err), OK);
    assert_int_equal(sqlite3_step(mode), SQLITE_ROW);
    assert_true(text_is(stmt_text(mode, 0), "wal"));
    assert_int_equal(stmt_open(&tables, store,
                               "SELECT count(*) FROM sqlite_schema WHERE name IN"
                               "('meta','journal','counter','refused')",
                               &err),
                     OK);
    assert_int_equal(sqlite3_step(tables), SQLITE_ROW);
    assert_int_equal(stmt_i64(tables, 0), 4);
}

static void a_newer_schema_is_refused_and_left_alone(void **state)
{
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    SCOPED(store_close) struct store *store = NULL;
    struct error err = {0};
    (void)state;

    assert_int_equal(store_open(&store, dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(store_run(store, "PRAGMA user_version=9999", &err), OK);
    store_close(&store);
    assert_int_equal(store_open(&store, dir, STORE_WRITE, NULL, &err), ERR_UNAVAILABLE);
    assert_non_null(strstr(err.message, "newer"));
    assert_int_equal(store_open(&store, dir, STORE_READ, NULL, &err), ERR_UNAVAILABLE);
}

static void a_reader_cannot_write(void **state)
{
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    SCOPED(store_close) struct store *writer = NULL, *reader = NULL;
    struct error err = {0};
    (void)state;

    assert_int_equal(store_open(&writer, dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(store_open(&reader, dir, STORE_READ, NULL, &err), OK);
    assert_int_not_equal(store_run(reader, "DELETE FROM meta", &err), OK);
}

static void meta_values_are_kept_and_replaced(void **state)
{
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(buffer_free) struct buffer value = {0};
    struct error err = {0};
    (void)state;

    assert_int_equal(store_open(&store, dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(store_meta_get(store, "secret", &value, &err), ERR_NOT_FOUND);
    assert_int_equal(store_meta_set(store, "secret", (struct text){"a\0b", 3}, &err), OK);
    assert_int_equal(store_meta_set(store, "secret", (struct text){"c\0d", 3}, &err), OK);
    store_close(&store);
    assert_int_equal(store_open(&store, dir, STORE_READ, NULL, &err), OK);
    assert_int_equal(store_meta_get(store, "secret", &value, &err), OK);
    assert_int_equal(value.size, 3);
    assert_memory_equal(value.data, "c\0d", 3);
}

static void a_file_that_is_no_database_is_corrupt(void **state)
{
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    SCOPED(store_close) struct store *store = NULL;
    struct error err = {0};
    char path[512], junk[8192];
    (void)state;

    memset(junk, 'x', sizeof(junk));
    snprintf(path, sizeof(path), "%s/store.db", dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(junk, 1, sizeof(junk), file), sizeof(junk));
    fclose(file);
    assert_int_equal(store_open(&store, dir, STORE_READ, NULL, &err), ERR_CORRUPT);
    assert_int_equal(store_open(&store, dir, STORE_WRITE, NULL, &err), ERR_CORRUPT);
}

static void absent_and_empty_texts_stay_different(void **state)
{
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    struct error err = {0};
    (void)state;

    assert_int_equal(store_open(&store, dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(stmt_open(&q, store, "SELECT ?1, ?2, ?3", &err), OK);
    stmt_bind_text(q, 1, (struct text){0});
    stmt_bind_text(q, 2, TEXT(""));
    stmt_bind_bytes(q, 3, TEXT(""));
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    assert_null(stmt_text(q, 0).data);
    assert_non_null(stmt_text(q, 1).data);
    assert_non_null(stmt_text(q, 2).data);
    assert_int_equal(stmt_text(q, 2).size, 0);
}

static void only_one_process_holds_the_lock(void **state)
{
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    SCOPED(store_lock_close) struct store_lock *lock = NULL;
    struct error err = {0};
    char process[32];
    int outcome = 0;
    (void)state;

    assert_int_equal(store_lock_open(&lock, dir, &err), OK);
    pid_t child = fork();
    if (child == 0) {
        struct store_lock *second = NULL;
        enum status status = store_lock_open(&second, dir, &err);
        snprintf(process, sizeof(process), "process %ld", (long)getppid());
        _exit(status == ERR_UNAVAILABLE && strstr(err.message, process) != NULL ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &outcome, 0), child);
    assert_int_equal(outcome, 0);
    store_lock_close(&lock);
    assert_int_equal(store_lock_open(&lock, dir, &err), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_that_was_never_made_is_not_found),
        cmocka_unit_test(nobody_but_the_owner_may_read_the_store),
        cmocka_unit_test(opening_for_writing_makes_the_schema_and_syncs_fully),
        cmocka_unit_test(a_newer_schema_is_refused_and_left_alone),
        cmocka_unit_test(a_reader_cannot_write),
        cmocka_unit_test(meta_values_are_kept_and_replaced),
        cmocka_unit_test(a_file_that_is_no_database_is_corrupt),
        cmocka_unit_test(absent_and_empty_texts_stay_different),
        cmocka_unit_test(only_one_process_holds_the_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
