/* SPDX-License-Identifier: Apache-2.0 */
#include "store/keys.h"

#include <stdio.h>

#include "tests/support/test.h"

struct shelf {
    char dir[TEST_PATH_SIZE];
    struct store *store;
    struct key_ring *ring;
    struct error err;
};

static int shelf_open(void **state)
{
    static struct shelf s;

    s = (struct shelf){.ring = key_ring_new()};
    assert_int_equal(store_open(&s.store, test_dir(s.dir), STORE_WRITE, NULL, &s.err), OK);
    *state = &s;
    return 0;
}

static int shelf_close(void **state)
{
    struct shelf *s = *state;

    store_close(&s->store);
    key_ring_free(s->ring);
    return 0;
}

static void added(struct shelf *s, enum key_kind kind, char key[KEY_SIZE])
{
    assert_int_equal(keys_add(s->store, kind, TEXT("test"), TEST_ACTOR(1000), key, &s->err), OK);
    assert_int_equal(key_ring_load(s->ring, s->store, &s->err), OK);
}

static enum key_kind check(struct shelf *s, const char *key)
{
    return key_ring_check(s->ring, text_from(key), NULL);
}

static void a_key_is_good_for_what_it_was_made_for(void **state)
{
    struct shelf *s = *state;
    char public[KEY_SIZE], secret[KEY_SIZE];

    added(s, KEY_PUBLIC, public);
    added(s, KEY_SECRET, secret);
    assert_int_equal(strlen(public), 35);
    assert_memory_equal(public, "pk_", 3);
    assert_memory_equal(secret, "sk_", 3);
    assert_int_equal(check(s, public), KEY_PUBLIC);
    assert_int_equal(check(s, secret), KEY_SECRET);
}

static void what_is_no_key_of_ours_lets_nobody_in(void **state)
{
    struct shelf *s = *state;
    char key[KEY_SIZE];

    assert_int_equal(check(s, "sk_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), KEY_NONE);
    added(s, KEY_SECRET, key);
    assert_int_equal(check(s, ""), KEY_NONE);
    assert_int_equal(check(s, "sk_"), KEY_NONE);
    assert_int_equal(key_ring_check(s->ring, (struct text){NULL, 0}, NULL), KEY_NONE);
    assert_int_equal(key_ring_check(s->ring, (struct text){key, KEY_SIZE - 2}, NULL), KEY_NONE);
    key[0] = 'p'; /* the prefix is part of the key */
    assert_int_equal(check(s, key), KEY_NONE);
    key[0] = 's';
    key[34] = key[34] == 'x' ? 'y' : 'x';
    assert_int_equal(check(s, key), KEY_NONE);
}

static void a_revoked_key_is_refused_and_the_others_go_on(void **state)
{
    struct shelf *s = *state;
    char first[KEY_SIZE], second[KEY_SIZE];

    added(s, KEY_SECRET, first);
    added(s, KEY_SECRET, second);
    assert_int_equal(keys_revoke(s->store, 1, TEST_ACTOR(2000), &s->err), OK);
    assert_int_equal(key_ring_load(s->ring, s->store, &s->err), OK);
    assert_int_equal(check(s, first), KEY_NONE);
    assert_int_equal(check(s, second), KEY_SECRET);
    assert_int_equal(keys_revoke(s->store, 1, TEST_ACTOR(3000), &s->err), OK);
    assert_int_equal(keys_revoke(s->store, 99, TEST_ACTOR(3000), &s->err), ERR_NOT_FOUND);
}

static void print_entry(void *context, const struct admin_entry *e)
{
    buffer_printf(context, "%.*s of %d at %d by %.*s;", (int)e->action.size, e->action.data,
                  (int)e->subject, (int)e->time_ms, (int)e->who.size, e->who.data);
}

static void making_and_revoking_are_entries_of_the_log(void **state)
{
    struct shelf *s = *state;
    struct buffer out = {0};
    const struct actor nobody = {TEXT(""), TEXT("test"), 9};
    char key[KEY_SIZE];

    added(s, KEY_SECRET, key);
    added(s, KEY_PUBLIC, key);
    assert_int_equal(keys_revoke(s->store, 2, TEST_ACTOR(2000), &s->err), OK);
    assert_int_equal(keys_revoke(s->store, 2, TEST_ACTOR(3000), &s->err), OK); /* it was already */
    assert_int_equal(admin_log_each(s->store, print_entry, &out, &s->err), OK);
    assert_text(buffer_text(&out), "key.add of 1 at 1000 by test;key.add of 2 at 1000 by test;"
                                   "key.revoke of 2 at 2000 by test;");
    buffer_free(&out);
    assert_int_equal(store_run(s->store, "BEGIN", &s->err), OK);
    assert_int_equal(keys_add(s->store, KEY_PUBLIC, TEXT("x"), &nobody, key, &s->err), ERR_INVALID);
    assert_int_equal(keys_revoke(s->store, 1, &nobody, &s->err), ERR_INVALID);
    assert_int_equal(store_run(s->store, "ROLLBACK", &s->err), OK);
    assert_int_equal(key_ring_load(s->ring, s->store, &s->err), OK);
}

static void a_key_that_is_checked_says_its_number(void **state)
{
    struct shelf *s = *state;
    char first[KEY_SIZE], second[KEY_SIZE];
    int64_t number = 7;

    added(s, KEY_SECRET, first);
    added(s, KEY_PUBLIC, second);
    assert_int_equal(key_ring_check(s->ring, text_from(second), &number), KEY_PUBLIC);
    assert_int_equal(number, 2);
    assert_int_equal(key_ring_check(s->ring, TEXT("sk_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), &number),
                     KEY_NONE);
    assert_int_equal(number, 2);
}

static void print_row(void *context, const struct key_row *row)
{
    buffer_printf(context, "%d %s %.*s %zu %d %d\n", (int)row->number, key_kind_word(row->kind),
                  (int)row->name.size, row->name.data, row->hint.size, (int)row->created_ms,
                  (int)row->revoked_ms);
}

static void the_list_names_keys_without_giving_them_away(void **state)
{
    struct shelf *s = *state;
    struct buffer out = {0};
    char key[KEY_SIZE];

    added(s, KEY_PUBLIC, key);
    added(s, KEY_SECRET, key);
    assert_int_equal(keys_revoke(s->store, 2, TEST_ACTOR(2000), &s->err), OK);
    assert_int_equal(keys_each(s->store, print_row, &out, &s->err), OK);
    assert_text(buffer_text(&out), "1 public test 4 1000 0\n2 secret test 4 1000 2000\n");
    buffer_free(&out);
}

static void the_key_itself_is_nowhere_in_the_file(void **state)
{
    struct shelf *s = *state;
    char key[KEY_SIZE], path[TEST_PATH_SIZE];
    static char bytes[1 << 20];

    added(s, KEY_SECRET, key);
    store_close(&s->store);
    FILE *file = fopen(test_path(path, s->dir, "store.db"), "rb");

    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof(bytes), file);

    fclose(file);
    assert_in_range(size, 4096, sizeof(bytes) - 1);
    assert_non_null(memmem(bytes, size, key + 31, 4)); /* the hint is */
    assert_null(memmem(bytes, size, key + 3, 12));
}

static void two_keys_are_never_the_same(void **state)
{
    struct shelf *s = *state;
    char first[KEY_SIZE], second[KEY_SIZE];

    added(s, KEY_PUBLIC, first);
    added(s, KEY_PUBLIC, second);
    assert_string_not_equal(first, second);
}

static void names_and_kinds_are_checked(void **state)
{
    struct shelf *s = *state;
    char key[KEY_SIZE], name[KEY_NAME_MAX + 1];

    memset(name, 'a', sizeof(name));
    assert_int_equal(keys_add(s->store, KEY_NONE, TEXT("x"), TEST_ACTOR(0), key, &s->err),
                     ERR_INVALID);
    assert_int_equal(keys_add(s->store, KEY_PUBLIC, TEXT(""), TEST_ACTOR(0), key, &s->err),
                     ERR_INVALID);
    assert_int_equal(keys_add(s->store, KEY_PUBLIC, (struct text){name, KEY_NAME_MAX + 1},
                              TEST_ACTOR(0), key, &s->err),
                     ERR_INVALID);
    assert_int_equal(keys_add(s->store, KEY_PUBLIC, (struct text){name, KEY_NAME_MAX},
                              TEST_ACTOR(0), key, &s->err),
                     OK);
}

static void their_number_is_bounded(void **state)
{
    struct shelf *s = *state;
    char key[KEY_SIZE];

    assert_int_equal(store_run(s->store, "BEGIN", &s->err), OK);
    for (int i = 0; i < KEYS_MAX; i++)
        assert_int_equal(keys_add(s->store, KEY_PUBLIC, TEXT("x"), TEST_ACTOR(0), key, &s->err),
                         OK);
    assert_int_equal(keys_add(s->store, KEY_PUBLIC, TEXT("x"), TEST_ACTOR(0), key, &s->err),
                     ERR_LIMIT);
    assert_int_equal(store_run(s->store, "COMMIT", &s->err), OK);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, shelf_open, shelf_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_key_is_good_for_what_it_was_made_for),
        WITH_STORE(what_is_no_key_of_ours_lets_nobody_in),
        WITH_STORE(a_revoked_key_is_refused_and_the_others_go_on),
        WITH_STORE(making_and_revoking_are_entries_of_the_log),
        WITH_STORE(a_key_that_is_checked_says_its_number),
        WITH_STORE(the_list_names_keys_without_giving_them_away),
        WITH_STORE(the_key_itself_is_nowhere_in_the_file),
        WITH_STORE(two_keys_are_never_the_same),
        WITH_STORE(names_and_kinds_are_checked),
        WITH_STORE(their_number_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
