/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/duplicates.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/random.h"
#include "base/time.h"
#include "tests/support/test.h"

static const int64_t today_ms = INT64_C(20000) * MS_DAY;

struct id {
    uint64_t hash[2];
};

static struct id id_of(uint64_t n)
{
    return (struct id){{hash_u64(n), hash_u64(~n)}};
}

static enum duplicate find(const struct duplicates *d, uint64_t n, uint64_t fingerprint)
{
    return duplicates_find(d, id_of(n).hash, fingerprint);
}

static void pend(struct duplicates *d, uint64_t n, uint64_t fingerprint)
{
    duplicates_pend(d, id_of(n).hash, fingerprint, today_ms);
}

static void an_id_is_new_then_the_same_then_a_conflict(void **state)
{
    struct duplicates *d = duplicates_new(1000);
    (void)state;

    assert_int_equal(find(d, 1, 7), ID_NEW);
    pend(d, 1, 7);
    assert_int_equal(find(d, 1, 7), ID_SAME); /* also while it is pending */
    assert_int_equal(find(d, 1, 8), ID_CONFLICT);
    duplicates_commit(d);
    assert_int_equal(find(d, 1, 7), ID_SAME);
    assert_int_equal(find(d, 1, UINT64_C(1) << 47), ID_CONFLICT);
    assert_int_equal(find(d, 2, 7), ID_NEW);
    duplicates_fold(d, id_of(1).hash, 7, today_ms);
    assert_int_equal(duplicates_count(d), 1);
    duplicates_free(d);
}

static void a_rollback_forgets_what_was_pending_and_nothing_else(void **state)
{
    struct duplicates *d = duplicates_new(UINT64_MAX);
    struct random random;
    bool held[5000] = {false};
    (void)state;

    random_seed(&random, 3);
    for (int round = 0; round < 200; round++) {
        bool before[5000];
        memcpy(before, held, sizeof(held));
        for (int i = 0; i < 100; i++) {
            uint32_t n = random_below(&random, 5000);
            assert_int_equal(find(d, n, n), held[n] ? ID_SAME : ID_NEW);
            if (!held[n])
                pend(d, n, n);
            held[n] = true;
        }
        if (round % 2 == 0) {
            duplicates_commit(d);
        } else {
            duplicates_rollback(d);
            memcpy(held, before, sizeof(held));
        }
    }
    uint64_t count = 0;
    for (uint32_t n = 0; n < 5000; n++) {
        assert_int_equal(find(d, n, n), held[n] ? ID_SAME : ID_NEW);
        count += held[n];
    }
    assert_int_equal(duplicates_count(d), count);
    duplicates_free(d);
}

/* Ids that all fall into one table and start at the same slots, so that probing wraps around. */
static void crowded_tables_keep_every_id_through_rollbacks(void **state)
{
    struct duplicates *d = duplicates_new(UINT64_MAX);
    (void)state;

    for (uint64_t i = 0; i < 300; i++) {
        uint64_t hash[2] = {UINT64_MAX - i, 16};

        assert_int_equal(duplicates_find(d, hash, i), ID_NEW);
        duplicates_pend(d, hash, i, today_ms);
        if (i % 3 == 0)
            duplicates_rollback(d);
        else
            duplicates_commit(d);
    }
    for (uint64_t i = 0; i < 300; i++) {
        uint64_t hash[2] = {UINT64_MAX - i, 16};
        assert_int_equal(duplicates_find(d, hash, i), i % 3 == 0 ? ID_NEW : ID_SAME);
    }
    duplicates_free(d);
}

static void old_ids_go_only_when_too_many_are_held(void **state)
{
    struct duplicates *few = duplicates_new(1000), *many = duplicates_new(UINT64_MAX);
    uint64_t kept = 0;
    (void)state;

    for (uint64_t n = 0; n < 200000; n++) {
        int64_t at = n < 100000 ? today_ms - INT64_C(31) * MS_DAY : today_ms;

        duplicates_fold(few, id_of(n).hash, n, at);
        duplicates_fold(many, id_of(n).hash, n, at);
    }
    for (uint64_t n = 0; n < 200000; n++)
        assert_int_equal(find(many, n, n), ID_SAME);
    for (uint64_t n = 100000; n < 200000; n++)
        assert_int_equal(find(few, n, n), ID_SAME);
    for (uint64_t n = 0; n < 100000; n++)
        kept += find(few, n, n) != ID_NEW;
    assert_true(kept < 50000);
    assert_int_equal(duplicates_count(few), 100000 + kept);
    duplicates_free(few);
    duplicates_free(many);
}

static void ids_within_thirty_days_stay_even_when_too_many_are_held(void **state)
{
    struct duplicates *d = duplicates_new(10);
    (void)state;

    for (uint64_t n = 0; n < 100000; n++)
        duplicates_fold(d, id_of(n).hash, n, today_ms - (int64_t)(29 - n / 4000) * MS_DAY);
    for (uint64_t n = 0; n < 100000; n++)
        assert_int_equal(find(d, n, n), ID_SAME);
    duplicates_free(d);
}

static void a_checkpoint_brings_all_ids_back(void **state)
{
    SCOPED(checkpoint_abandon) struct checkpoint_writer *w = NULL;
    SCOPED(checkpoint_close) struct checkpoint *c = NULL;
    struct duplicates *d = duplicates_new(UINT64_MAX), *again = duplicates_new(UINT64_MAX);
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    struct error err = {0};
    (void)state;

    for (uint64_t n = 0; n < 50000; n++)
        duplicates_fold(d, id_of(n).hash, n, today_ms);
    assert_int_equal(checkpoint_begin(&w, dir, (struct position){9}, &err), OK);
    duplicates_save(d, w);
    assert_int_equal(checkpoint_commit(&w, 1, &err), OK);
    assert_int_equal(checkpoint_open(&c, dir, (struct position){9}, &err), OK);
    assert_int_equal(duplicates_load(again, c, &err), OK);
    assert_int_equal(duplicates_count(again), 50000);
    for (uint64_t n = 0; n < 100000; n++)
        assert_int_equal(find(again, n, n), n < 50000 ? ID_SAME : ID_NEW);
    pend(again, 70000, 1);
    duplicates_commit(again);
    assert_int_equal(find(again, 70000, 2), ID_CONFLICT);
    duplicates_free(d);
    duplicates_free(again);
}

static void the_hash_is_keyed(void **state)
{
    uint64_t a[2], b[2], c[2];
    (void)state;

    duplicates_hash(TEXT("id"), (const uint8_t[16]){1}, a);
    duplicates_hash(TEXT("id"), (const uint8_t[16]){1}, b);
    duplicates_hash(TEXT("id"), (const uint8_t[16]){2}, c);
    assert_memory_equal(a, b, sizeof(a));
    assert_memory_not_equal(a, c, sizeof(a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_new_then_the_same_then_a_conflict),
        cmocka_unit_test(a_rollback_forgets_what_was_pending_and_nothing_else),
        cmocka_unit_test(crowded_tables_keep_every_id_through_rollbacks),
        cmocka_unit_test(old_ids_go_only_when_too_many_are_held),
        cmocka_unit_test(ids_within_thirty_days_stay_even_when_too_many_are_held),
        cmocka_unit_test(a_checkpoint_brings_all_ids_back),
        cmocka_unit_test(the_hash_is_keyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
