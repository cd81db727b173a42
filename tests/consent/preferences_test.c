/* SPDX-License-Identifier: Apache-2.0 */
#include "consent/preferences.h"

#include <stdio.h>

#include "base/arena.h"
#include "journal/record.h"
#include "tests/support/test.h"

static struct shopper_key key_of(uint64_t who)
{
    return (struct shopper_key){{who * 64, who + 1}}; /* many share a slot at first */
}

/* `count` wishes, different for every `who`. */
static struct preferences wishes(struct arena *a, int who, uint32_t count)
{
    struct preferences p = {.personal = who % 3 != 0, .variety_ppm = (uint32_t)who % 1000};

    while (p.count < count) {
        p.all[p.count] =
            (struct preference){(enum preference_stance)(p.count % PREFERENCE_STANCES),
                                (enum preference_subject)(p.count % PREFERENCE_SUBJECTS),
                                text_from(arena_printf(a, "of %d, number %u", who, p.count))};
        p.count++;
    }
    return p;
}

static void assert_wishes(const struct preference_table *t, uint64_t who,
                          const struct preferences *expected)
{
    struct preferences got;

    (void)preference_table_get(t, key_of(who), &got); /* what it gives is looked at */
    assert_true(preferences_equal(&got, expected));
    assert_int_equal(preference_table_refuses(t, key_of(who)), !expected->personal);
}

static void a_record_comes_back_as_it_was(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    SCOPED(buffer_free) struct buffer body = {0};
    struct preferences_record r = {
        .anonymous_id = TEXT("v-1"), .forget = true, .preferences = wishes(&a, 3, PREFERENCES_MAX)};
    struct preferences_record again;
    struct error err = {0};

    preferences_record_encode(&r, &body);
    assert_int_equal(preferences_record_decode(buffer_text(&body), &again, &err), OK);
    assert_text(again.anonymous_id, "v-1");
    assert_true(again.user_id.size == 0 && again.forget);
    assert_true(preferences_equal(&again.preferences, &r.preferences));
    assert_false(again.preferences.personal);
}

static void bytes_that_say_more_than_a_shopper_may_are_refused(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    SCOPED(buffer_free) struct buffer body = {0};
    struct preferences_record r = {.user_id = TEXT("c-1"),
                                   .preferences = wishes(&a, 1, PREFERENCES_MAX)};
    struct error err = {0};

    preferences_record_encode(&r, &body);
    struct fields f = fields_of(buffer_text(&body));
    while (fields_next(&f) && f.field != 4)
        ;
    SCOPED(buffer_free) struct buffer more = {0};
    struct fields inner = fields_of(f.text);
    while (fields_next(&inner) && inner.field != 3)
        ;
    put_text(&more, 2, TEXT("c-1"));
    size_t begun = put_begin(&more, 4);
    buffer_add_text(&more, f.text);
    put_text(&more, 3, inner.text); /* the 65th */
    put_end(&more, begun);
    assert_int_equal(preferences_record_decode(buffer_text(&more), &r, &err), ERR_CORRUPT);
    assert_int_equal(preferences_record_decode(TEXT(""), &r, &err), ERR_CORRUPT);
}

static void every_shopper_has_their_own_however_often_they_change_it(void **state)
{
    enum { WHO = 300, ROUNDS = 20 };
    SCOPED(arena_free) struct arena a = {0};
    struct preference_table *t = preference_table_new();
    struct preferences none = preferences_none();

    for (int round = 0; round < ROUNDS; round++)
        for (int who = 0; who < WHO; who++) {
            struct preferences p = wishes(&a, who + round, (uint32_t)(who % 30));
            preference_table_set(t, key_of((uint64_t)who), &p);
        }
    assert_int_equal(preference_table_count(t), WHO);
    for (int who = 0; who < WHO; who++) {
        struct preferences p = wishes(&a, who + ROUNDS - 1, (uint32_t)(who % 30));
        assert_wishes(t, (uint64_t)who, &p);
    }
    assert_wishes(t, WHO, &none);
    preference_table_set(t, key_of(7), &none);
    assert_wishes(t, 7, &none);
    preference_table_free(t);
}

static void wishes_may_be_set_from_what_the_table_itself_gave(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    struct preference_table *t = preference_table_new();
    struct preferences p = wishes(&a, 1, 20), own;

    for (int i = 0; i < 1000; i++) { /* the heap moves and is made anew */
        preference_table_set(t, key_of(1), &p);
        assert_true(preference_table_get(t, key_of(1), &own));
        preference_table_set(t, key_of(1), &own);
    }
    assert_wishes(t, 1, &p);
    preference_table_free(t);
}

static void a_checkpoint_brings_them_back(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    SCOPED(checkpoint_close) struct checkpoint *c = NULL;
    struct preference_table *t = preference_table_new(), *again = preference_table_new();
    struct checkpoint_writer *w = NULL;
    char dir[TEST_PATH_SIZE];
    struct error err = {0};

    test_dir(dir);
    for (int who = 0; who < 100; who++) {
        struct preferences p = wishes(&a, who, (uint32_t)(who % 5));
        preference_table_set(t, key_of((uint64_t)who), &p);
    }
    assert_int_equal(checkpoint_begin(&w, dir, (struct position){5}, &err), OK);
    preference_table_save(t, w);
    assert_int_equal(checkpoint_commit(&w, 1, &err), OK);
    assert_int_equal(checkpoint_open(&c, dir, (struct position){5}, &err), OK);
    assert_int_equal(preference_table_load(again, c, &err), OK);
    assert_int_equal(preference_table_count(again), 100);
    for (int who = 0; who < 100; who++) {
        struct preferences p = wishes(&a, who, (uint32_t)(who % 5));
        assert_wishes(again, (uint64_t)who, &p);
    }
    preference_table_free(t);
    preference_table_free(again);
}

/* A checkpoint whose rows are as given, and whose heap holds nothing. */
static enum status load_of(const char *dir, uint64_t at, const void *head, size_t head_size,
                           const void *rows, size_t rows_size)
{
    SCOPED(checkpoint_close) struct checkpoint *c = NULL;
    struct preference_table *t = preference_table_new();
    struct checkpoint_writer *w = NULL;
    struct error err = {0};

    assert_int_equal(checkpoint_begin(&w, dir, (struct position){at}, &err), OK);
    if (head != NULL)
        checkpoint_add(w, "preferences.head", head, head_size);
    checkpoint_add(w, "preferences.rows", rows, rows_size);
    assert_int_equal(checkpoint_commit(&w, 1, &err), OK);
    assert_int_equal(checkpoint_open(&c, dir, (struct position){at}, &err), OK);
    enum status status = preference_table_load(t, c, &err);
    preference_table_free(t);
    return status;
}

static void a_checkpoint_that_does_not_fit_is_refused(void **state)
{
    const uint32_t head[] = {1, 1, 0, 0}, other[] = {9, 1, 0, 0}, two[] = {1, 2, 0, 0};
    uint64_t row[] = {64, 2, 0, 0}; /* key, where, then size and whether it refuses */
    char dir[TEST_PATH_SIZE];

    test_dir(dir);
    assert_int_equal(load_of(dir, 1, NULL, 0, NULL, 0), OK); /* of before there were any */
    assert_int_equal(load_of(dir, 2, head, sizeof(head), row, sizeof(row)), OK);
    assert_int_equal(load_of(dir, 3, other, sizeof(other), row, sizeof(row)), ERR_CORRUPT);
    assert_int_equal(load_of(dir, 4, two, sizeof(two), row, sizeof(row)), ERR_CORRUPT);
    row[3] = 1; /* a byte of a heap that has none */
    assert_int_equal(load_of(dir, 5, head, sizeof(head), row, sizeof(row)), ERR_CORRUPT);
    row[3] = (uint64_t)1 << 32; /* refuses, which its wishes do not say */
    assert_int_equal(load_of(dir, 6, head, sizeof(head), row, sizeof(row)), ERR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_comes_back_as_it_was),
        cmocka_unit_test(bytes_that_say_more_than_a_shopper_may_are_refused),
        cmocka_unit_test(every_shopper_has_their_own_however_often_they_change_it),
        cmocka_unit_test(wishes_may_be_set_from_what_the_table_itself_gave),
        cmocka_unit_test(a_checkpoint_brings_them_back),
        cmocka_unit_test(a_checkpoint_that_does_not_fit_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
