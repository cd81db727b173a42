/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/person.h"

#include <stdlib.h>

#include "base/time.h"
#include "tests/support/test.h"

static const uint8_t key[32] = {1};

static void one_address_has_one_hash_however_it_is_written(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    (void)state;

    struct text first = person_hash(PERSON_EMAIL, TEXT("jane@mail.example"), key, &a);
    assert_int_equal(first.size, 6 + 32);
    assert_true(
        text_equal(first, person_hash(PERSON_EMAIL, TEXT(" Jane@Mail.Example\n"), key, &a)));
    assert_true(text_equal(first, person_replace(TEXT("JANE@mail.example"), key, &a)));
    assert_false(text_equal(first, person_hash(PERSON_EMAIL, TEXT("john@mail.example"), key, &a)));
    assert_false(text_equal(
        first, person_hash(PERSON_EMAIL, TEXT("jane@mail.example"), (const uint8_t[32]){2}, &a)));
    struct text phone = person_hash(PERSON_PHONE, TEXT("+49 (170) 123-4567"), key, &a);
    assert_true(text_equal(phone, person_replace(TEXT("+491701234567"), key, &a)));
}

static void other_spellings_of_one_have_its_hash(void **state)
{
    static const struct {
        enum person_kind kind;
        const char *one, *other;
    } same[] = {
        {PERSON_PHONE, "+4930123456", "+49 (0)30 123456"},
        {PERSON_PHONE, "+4930123456", "0049 30 123456"},
        {PERSON_PHONE, "+4930123456", "0049 (0) 30/123-456"},
        {PERSON_EMAIL, "jane@mail.example", "jane%40Mail.example"},
        {PERSON_EMAIL, "jürgen@xn--mller-kva.example", "Jürgen@Müller.example"},
        {PERSON_EMAIL, "j@xn--mller-kva.example", "j@M\u00dcLLER.example"},
        {PERSON_EMAIL, "j@xn--mller-kva.example", "j@mu\u0308ller.example"}, /* not composed */
    };
    static const struct {
        enum person_kind kind;
        const char *one, *other;
    } apart[] = {
        {PERSON_PHONE, "+4930123456", "030123456"}, /* of some country */
        {PERSON_PHONE, "+4930123456", "+49030123456"},
        {PERSON_PHONE, "00123456", "+123456"}, /* too short for one */
        {PERSON_EMAIL, "j@müller.example", "j@muller.example"},
    };
    SCOPED(arena_free) struct arena a = {0};
    (void)state;

    for (size_t i = 0; i < COUNT(same); i++)
        assert_true(text_equal(person_hash(same[i].kind, text_from(same[i].one), key, &a),
                               person_hash(same[i].kind, text_from(same[i].other), key, &a)));
    for (size_t i = 0; i < COUNT(apart); i++)
        assert_false(text_equal(person_hash(apart[i].kind, text_from(apart[i].one), key, &a),
                                person_hash(apart[i].kind, text_from(apart[i].other), key, &a)));
    /* what is no domain stands as it is, and has a hash all the same */
    struct text odd = person_hash(PERSON_EMAIL, TEXT("j@\xff\xfe.example"), key, &a);
    assert_int_equal(odd.size, 6 + 32);
}

static void who_gives_no_address_is_nobody(void **state)
{
    static const char *const nobody[] = {
        "none@none.com", "NoReply@shop.example", "no-reply@x.example", "test@x.example", "none",
        "@x.example"};
    static const char *const somebody[] = {"nonette@none.com", "reply@shop.example", "t@x.example"};
    SCOPED(arena_free) struct arena a = {0};
    (void)state;

    for (size_t i = 0; i < COUNT(nobody); i++)
        assert_text(person_hash(PERSON_EMAIL, text_from(nobody[i]), key, &a), "email:nobody");
    for (size_t i = 0; i < COUNT(somebody); i++)
        assert_int_equal(person_hash(PERSON_EMAIL, text_from(somebody[i]), key, &a).size, 38);
    assert_text(person_hash(PERSON_PHONE, TEXT("1111111111"), key, &a), "phone:nobody");
    assert_text(person_hash(PERSON_PHONE, TEXT("+49"), key, &a), "phone:nobody");
}

static void texts_without_a_person_are_left_as_they_are(void **state)
{
    static const char *const texts[] = {
        "",
        "oak table",
        "@",
        "a@b",
        "@mail.example",
        "a@.example",
        "12345678",
        "4006381333931",
        "+12",
        "+4 times oak",
        "user@host",
        "5 @ 3.50 each",
        "+1234567890123456789",
    };
    SCOPED(arena_free) struct arena a = {0};
    (void)state;

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct text t = text_from(texts[i]);
        assert_ptr_equal(person_replace(t, key, &a).data, t.data);
    }
    struct text url = TEXT("https://shop.example/a%20b?utm_source=x%20y&q=oak+table&page=2#top");
    assert_ptr_equal(person_replace_url(url, key, &a).data, url.data);
}

static void addresses_are_found_within_texts_and_urls(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    (void)state;

    struct text hash = person_hash(PERSON_EMAIL, TEXT("jane@mail.example"), key, &a);
    struct text phone = person_hash(PERSON_PHONE, TEXT("0170123456"), key, &a);
    assert_text(person_replace(TEXT("to <jane@mail.example>, or else"), key, &a),
                arena_printf(&a, "to <%s>, or else", hash.data));
    assert_text(
        person_replace_url(TEXT("https://a.example/?x=1&m=jane%40mail.example&y=2"), key, &a),
        arena_printf(&a, "https://a.example/?x=1&m=%s&y=2", hash.data));
    assert_text(person_replace_url(TEXT("https://a.example/u/jane%40mail.example"), key, &a),
                arena_printf(&a, "https://a.example/u/%s", hash.data));
    assert_text(person_replace_url(TEXT("/?tel=0170%20123456"), key, &a),
                arena_printf(&a, "/?tel=%s", phone.data));
}

static void numbers_are_found_within_texts(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    struct text phone = person_hash(PERSON_PHONE, TEXT("+491712345678"), key, &a);
    static const char *const kept[] = {"1+49 171 2345678", "C++ 12345678", "a + b",
                                       "size+12345678",    "+1234567",     "+1234567890123456"};
    (void)state;

    assert_true(text_equal(
        person_replace(TEXT("call +49 171 2345678, or a@b.example"), key, &a),
        text_from(arena_printf(&a, "call %s, or %s", phone.data,
                               person_hash(PERSON_EMAIL, TEXT("a@b.example"), key, &a).data))));
    for (size_t i = 0; i < COUNT(kept); i++) {
        struct text t = text_from(kept[i]);
        assert_ptr_equal(person_replace(t, key, &a).data, t.data);
    }
}

static void redaction_leaves_times_prices_and_numbers(void **state)
{
    static const char *const kept[] = {
        "{\"time\":\"2025-11-22T10:00:00.000+01:00\",\"price\":\"1249.00\",\"id\":"
        "\"123456789012\"}",
        "541909,2011-12-09 12:50:00,POST,18.00",
        "\"",
        "\"email",
        "\"email\"",
        "\"email\":",
        "+",
    };
    (void)state;

    for (size_t i = 0; i < COUNT(kept); i++) {
        SCOPED(buffer_free) struct buffer b = {0};
        person_redact(text_from(kept[i]), key, &b);
        assert_text(buffer_text(&b), kept[i]);
    }
}

static void redaction_leaves_the_hash_of_whose_it_was(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    SCOPED(buffer_free) struct buffer b = {0};
    struct text jane = person_hash(PERSON_EMAIL, TEXT("jane@mail.example"), key, &a);
    struct text phone = person_hash(PERSON_PHONE, TEXT("+491701234567"), key, &a);
    struct text digits = person_hash(PERSON_PHONE, TEXT("01701234567"), key, &a);
    const char *expected;
    size_t from = 0;
    (void)state;

    person_redact(
        TEXT("x Jane\\u0040mail.example,jane%40mail.example \"Phone\": \"a\\\"b\",+49 170 "
             "1234567;\"tel\":01701234567,\"email\":\"z"),
        key, &b);
    expected = arena_printf(&a,
                            "x %.*s,%.*s \"Phone\": \"phone:nobody\",%.*s;\"tel\":\"%.*s\","
                            "\"email\":\"email:nobody",
                            (int)jane.size, jane.data, (int)jane.size, jane.data, (int)phone.size,
                            phone.data, (int)digits.size, digits.data);
    assert_text(buffer_text(&b), expected);
    assert_true(text_equal(person_find_hash(buffer_text(&b), &from), jane));
    assert_true(text_equal(person_find_hash(buffer_text(&b), &from), jane));
    assert_true(text_equal(person_find_hash(buffer_text(&b), &from), phone));
    assert_true(text_equal(person_find_hash(buffer_text(&b), &from), digits));
    assert_int_equal(person_find_hash(buffer_text(&b), &from).size, 0);
}

static void names_and_postal_addresses_among_traits_are_blotted_out(void **state)
{
    SCOPED(buffer_free) struct buffer b = {0};
    (void)state;

    person_redact(TEXT("{\"items\":[{\"name\":\"Lamp\"}],\"traits\":{\"name\":\"J. \\\"D\\\" M\","
                       "\"address\":{\"street\":\"Elm 1\",\"x\":[1,{}]},\"vip\":true,"
                       "\"firstName\" : \"J\"},\"name\":\"kept\"}"),
                  key, &b);
    assert_text(buffer_text(&b),
                "{\"items\":[{\"name\":\"Lamp\"}],\"traits\":{\"name\":\"[redacted]\","
                "\"address\":\"[redacted]\",\"vip\":true,"
                "\"firstName\" : \"[redacted]\"},\"name\":\"kept\"}");
}

static void hostile_texts_take_no_longer_than_they_are_long(void **state)
{
    static const char *const pieces[] = {"a@",
                                         "%40",
                                         "@a.",
                                         "+1 ",
                                         "\"email\":",
                                         "a%40a.a",
                                         "\"tel\"",
                                         "{\"traits\":",
                                         "a@\u00fc.ab ",
                                         "\\\"",
                                         "{\"name\":",
                                         "{\"email\":[",
                                         "\"traits\":{\"name\":{}}"};
    (void)state;

    for (size_t i = 0; i < COUNT(pieces); i++) {
        SCOPED(arena_free) struct arena a = {0};
        SCOPED(buffer_free) struct buffer in = {0}, out = {0};

        while (in.size < 32768)
            buffer_add_string(&in, pieces[i]);
        uint64_t started = time_monotonic_ns();
        person_redact(buffer_text(&in), key, &out);
        (void)person_replace_url(buffer_text(&in), key, &a);
        assert_true(time_monotonic_ns() - started < UINT64_C(2000000000));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_address_has_one_hash_however_it_is_written),
        cmocka_unit_test(other_spellings_of_one_have_its_hash),
        cmocka_unit_test(who_gives_no_address_is_nobody),
        cmocka_unit_test(texts_without_a_person_are_left_as_they_are),
        cmocka_unit_test(addresses_are_found_within_texts_and_urls),
        cmocka_unit_test(numbers_are_found_within_texts),
        cmocka_unit_test(redaction_leaves_times_prices_and_numbers),
        cmocka_unit_test(redaction_leaves_the_hash_of_whose_it_was),
        cmocka_unit_test(names_and_postal_addresses_among_traits_are_blotted_out),
        cmocka_unit_test(hostile_texts_take_no_longer_than_they_are_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
