/* SPDX-License-Identifier: Apache-2.0 */
/* Who was erased, and what was allowed: as said last, saved and loaded, under hashes alone. */
#include "consent/consents.h"

#include <stdio.h>

#include "consent/erasures.h"
#include "tests/support/test.h"

#define NOW INT64_C(1795341600000)

static const uint8_t key[16] = {7};

static struct who nth(int n)
{
    char name[16];

    snprintf(name, sizeof(name), "v-%d", n);
    return who_of(key, WHO_ANONYMOUS, text_from(name));
}

static void the_same_text_under_two_names_is_two_people(void **state)
{
    static const uint8_t other[16] = {8};
    struct who a = who_of(key, WHO_ANONYMOUS, TEXT("x")), u = who_of(key, WHO_USER, TEXT("x"));

    assert_true(who_equal(a, who_of(key, WHO_ANONYMOUS, TEXT("x"))));
    assert_false(who_equal(a, u) || who_equal(a, who_of(other, WHO_ANONYMOUS, TEXT("x"))));
}

static void a_set_has_what_was_added(void **state)
{
    SCOPED(who_set_free) struct who_set set = {0};

    for (int i = 0; i < 1000; i++)
        assert_true(who_set_add(&set, nth(i)));
    for (int i = 0; i < 1000; i++)
        assert_false(who_set_add(&set, nth(i)));
    assert_int_equal(set.count, 1000);
    assert_int_equal(who_set_find(&set, nth(317)), 317);
    assert_false(who_set_has(&set, nth(1000)));
}

static void a_record_is_read_as_it_was_written(void **state)
{
    struct buffer body = {0};
    struct consent_record in = {.user_id = TEXT("c-1"),
                                .allowed = {-1, 0, 1},
                                .source = CONSENT_BY_SHOP,
                                .time_ms = NOW},
                          out;
    struct error err = {0};

    consent_record_encode(&in, &body);
    assert_int_equal(consent_record_decode(buffer_text(&body), &out, &err), OK);
    assert_text(out.user_id, "c-1");
    assert_null(out.anonymous_id.data);
    assert_memory_equal(in.allowed, out.allowed, sizeof(in.allowed));
    assert_int_equal(out.source, CONSENT_BY_SHOP);
    assert_int_equal(out.time_ms, NOW);
    for (size_t size = 0; size < 3; size++) /* cut before the identifier ends */
        assert_int_equal(consent_record_decode((struct text){body.data, size}, &out, &err),
                         ERR_CORRUPT);
    buffer_free(&body);
}

static void say(struct consents *c, int who, enum purpose purpose, bool allowed, int64_t time_ms)
{
    const struct statement said = {true, allowed, CONSENT_BY_EVENT, time_ms};

    consents_fold(c, nth(who), purpose, &said);
}

static struct statement read_one(const struct consents *c, int who, enum purpose purpose)
{
    struct consent consent;

    consents_read(c, nth(who), &consent);
    return consent.of[purpose];
}

static void what_was_said_later_counts_in_any_order(void **state)
{
    struct consents *c = consents_new();

    assert_false(read_one(c, 1, PURPOSE_EMAIL).stated);
    say(c, 1, PURPOSE_EMAIL, true, NOW + 5000);
    say(c, 1, PURPOSE_EMAIL, false, NOW);
    assert_true(read_one(c, 1, PURPOSE_EMAIL).allowed);
    assert_false(consents_any_refused(c, PURPOSE_ANALYTICS));
    say(c, 1, PURPOSE_ANALYTICS, false, NOW);
    assert_true(consents_any_refused(c, PURPOSE_ANALYTICS));
    assert_false(read_one(c, 1, PURPOSE_PERSONALIZATION).stated);
    consents_forget(c, nth(1));
    assert_false(read_one(c, 1, PURPOSE_EMAIL).stated || read_one(c, 1, PURPOSE_ANALYTICS).stated);
    consents_free(c);
}

static void of_two_at_one_time_the_refusal_counts(void **state)
{
    struct consent a = {.of[PURPOSE_EMAIL] = {true, true, CONSENT_BY_SHOP, NOW}},
                   b = {.of[PURPOSE_EMAIL] = {true, false, CONSENT_BY_EVENT, NOW}}, c = b;

    consent_join(&a, &b);
    assert_false(a.of[PURPOSE_EMAIL].allowed);
    a.of[PURPOSE_EMAIL] = (struct statement){true, true, CONSENT_BY_SHOP, NOW};
    consent_join(&c, &a);
    assert_false(c.of[PURPOSE_EMAIL].allowed);
    a.of[PURPOSE_EMAIL].time_ms++;
    consent_join(&c, &a);
    assert_true(c.of[PURPOSE_EMAIL].allowed);
}

static void the_erased_stay_out_until_they_consent(void **state)
{
    struct erasures *e = erasures_new();
    struct who whos[2] = {nth(1), nth(2)};
    struct buffer body = {0};

    erasure_encode(whos, 2, NOW, &body);
    erasures_fold(e, buffer_text(&body));
    assert_true(erasures_forbid(e, nth(1), NOW - 1) && erasures_forbid(e, nth(2), NOW + 1));
    assert_false(erasures_forbid(e, nth(3), NOW));
    erasures_lift(e, nth(1), NOW); /* not later than the erasure */
    assert_true(erasures_forbid(e, nth(1), NOW + 10));
    erasures_lift(e, nth(1), NOW + 5);
    assert_true(erasures_forbid(e, nth(1), NOW + 4));
    assert_false(erasures_forbid(e, nth(1), NOW + 5));
    assert_int_equal(erasures_latest(e, NOW), NOW);
    assert_int_equal(erasures_latest(e, NOW - 1), 0);
    buffer_clear(&body);
    erasure_encode(whos, 1, NOW + 100, &body); /* and again */
    erasures_fold(e, buffer_text(&body));
    assert_true(erasures_forbid(e, nth(1), NOW + 200));
    buffer_free(&body);
    erasures_free(e);
}

static void what_is_saved_is_loaded(void **state)
{
    char dir[TEST_PATH_SIZE];
    struct consents *c = consents_new(), *d = consents_new();
    struct erasures *e = erasures_new(), *f = erasures_new();
    struct checkpoint_writer *w = NULL;
    struct checkpoint *saved = NULL;
    struct buffer body = {0};
    struct who who = nth(5);
    struct error err = {0};

    (void)test_dir(dir); /* fails the test itself */
    for (int i = 0; i < 500; i++)
        say(c, i, (enum purpose)(i % PURPOSE_COUNT), i % 2 == 0, NOW + i * 1000);
    erasure_encode(&who, 1, NOW, &body);
    erasures_fold(e, buffer_text(&body));
    assert_int_equal(checkpoint_begin(&w, dir, (struct position){1}, &err), OK);
    consents_save(c, w);
    erasures_save(e, w);
    assert_int_equal(checkpoint_commit(&w, 1, &err), OK);
    assert_int_equal(checkpoint_open(&saved, dir, (struct position){1}, &err), OK);
    assert_int_equal(consents_load(d, saved, &err), OK);
    assert_int_equal(erasures_load(f, saved, &err), OK);
    for (int i = 0; i < 500; i++) {
        struct consent x, y;

        consents_read(c, nth(i), &x);
        consents_read(d, nth(i), &y);
        assert_memory_equal(&x, &y, sizeof(x));
    }
    assert_true(consents_any_refused(d, PURPOSE_ANALYTICS));
    assert_true(erasures_forbid(f, nth(5), NOW) && !erasures_forbid(f, nth(6), NOW));
    checkpoint_close(&saved);
    buffer_free(&body);
    consents_free(c);
    consents_free(d);
    erasures_free(e);
    erasures_free(f);
}

static void an_event_says_what_it_says(void **state)
{
    struct event e = {.user_id = TEXT("c-1"), .type = EVENT_page_view, .time_ms = NOW};
    struct consent_record said = {.source = CONSENT_SOURCES};

    (void)state;
    assert_false(consent_record_of_event(&e, &said));
    assert_int_equal(said.source, CONSENT_SOURCES);
    e.flags = EVENT_CONSENT_STATED | EVENT_EMAIL;
    assert_true(consent_record_of_event(&e, &said));
    assert_memory_equal(said.allowed, ((int8_t[]){1, 0, 1}), 3);
    e.flags |= EVENT_EMAIL_UNSAID; /* the program's default, and no word of theirs */
    assert_true(consent_record_of_event(&e, &said));
    assert_memory_equal(said.allowed, ((int8_t[]){1, 0, -1}), 3);
    e = (struct event){.type = EVENT_unsubscribe, .flags = EVENT_EMAIL, .time_ms = NOW};
    assert_true(consent_record_of_event(&e, &said));
    assert_memory_equal(said.allowed, ((int8_t[]){-1, -1, 0}), 3);
    assert_true(said.source == CONSENT_BY_EVENT && said.time_ms == NOW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_says_what_it_says),
        cmocka_unit_test(the_same_text_under_two_names_is_two_people),
        cmocka_unit_test(a_set_has_what_was_added),
        cmocka_unit_test(a_record_is_read_as_it_was_written),
        cmocka_unit_test(what_was_said_later_counts_in_any_order),
        cmocka_unit_test(of_two_at_one_time_the_refusal_counts),
        cmocka_unit_test(the_erased_stay_out_until_they_consent),
        cmocka_unit_test(what_is_saved_is_loaded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
