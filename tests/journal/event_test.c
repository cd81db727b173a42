/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/event.h"

#include <stdlib.h>

#include "base/money.h"
#include "journal/record.h"
#include "tests/support/test.h"

static struct event full_event(struct event_item items[2])
{
    items[0] = (struct event_item){TEXT("SKU-1"), 1, 19900000, 3};
    items[1] = (struct event_item){TEXT("SKU-2"), 7, MONEY_NONE, 0};
    return (struct event){
        .id = TEXT("0b2e"),
        .type = EVENT_add_to_cart,
        .flags = EVENT_VERIFIED | EVENT_EMAIL,
        .fingerprint = UINT64_C(0xfedcba9876543210),
        .time_ms = INT64_C(1763805600000),
        .anonymous_id = TEXT("v-81"),
        .user_id = TEXT("c-7"),
        .session_id = TEXT("s-3"),
        .items = items,
        .item_count = 2,
        .currency = TEXT("EUR"),
        .value = 19900000,
        .transaction_id = TEXT("o-1"),
        .search_term = TEXT("oak"),
        .request_id = TEXT("r-1"),
        .page_url = TEXT("https://shop.example/a"),
        .page_referrer = TEXT(""),
        .user_agent = TEXT("Mozilla"),
        .device = TEXT("mobile"),
        .locale = TEXT("de-DE"),
        .time_zone = TEXT("Europe/Berlin"),
        .country = TEXT("DE"),
        .campaign_source = TEXT("google"),
        .campaign_medium = TEXT("cpc"),
        .campaign_name = TEXT("autumn"),
        .filters = TEXT("{\"color\":\"red\"}"),
        .traits = TEXT("{}"),
        .properties = TEXT("{\"a\":1}"),
        .scroll_percent = 50,
    };
}

static void an_event_with_everything_comes_back_whole(void **state)
{
    SCOPED(buffer_free) struct buffer b = {0}, again = {0};
    SCOPED(arena_free) struct arena a = {0};
    struct event_item items[2];
    struct event e = full_event(items), out;
    struct error err = {0};
    (void)state;

    event_encode(&e, &b);
    assert_int_equal(event_decode(buffer_text(&b), &a, &out, &err), OK);
    assert_int_equal(out.type, EVENT_add_to_cart);
    assert_int_equal(out.flags, e.flags);
    assert_true(out.fingerprint == e.fingerprint);
    assert_int_equal(out.item_count, 2);
    assert_text(out.items[0].item_id, "SKU-1");
    assert_int_equal(out.items[0].price, 19900000);
    assert_int_equal(out.items[0].index, 3);
    assert_text(out.items[1].item_id, "SKU-2");
    assert_int_equal(out.items[1].quantity, 7);
    assert_true(out.items[1].price == MONEY_NONE);
    assert_text(out.page_referrer, "");
    assert_text(out.properties, "{\"a\":1}");
    assert_int_equal(out.scroll_percent, 50);
    event_encode(&out, &again);
    assert_int_equal(again.size, b.size);
    assert_memory_equal(again.data, b.data, b.size);
}

static void an_event_with_little_stays_small_and_absent_stays_absent(void **state)
{
    SCOPED(buffer_free) struct buffer b = {0};
    SCOPED(arena_free) struct arena a = {0};
    struct event e = {.id = TEXT("e"),
                      .type = EVENT_OTHER,
                      .type_name = TEXT("spin_wheel"),
                      .anonymous_id = TEXT("v"),
                      .value = MONEY_NONE,
                      .scroll_percent = -1};
    struct event out;
    struct error err = {0};
    (void)state;

    event_encode(&e, &b);
    assert_in_range(b.size, 1, 40);
    assert_int_equal(event_decode(buffer_text(&b), &a, &out, &err), OK);
    assert_int_equal(out.type, EVENT_OTHER);
    assert_text(out.type_name, "spin_wheel");
    assert_null(out.user_id.data);
    assert_null(out.items);
    assert_true(out.value == MONEY_NONE);
    assert_int_equal(out.scroll_percent, -1);
}

static void fields_of_a_newer_program_are_passed_over(void **state)
{
    SCOPED(buffer_free) struct buffer b = {0};
    SCOPED(arena_free) struct arena a = {0};
    struct event_item items[2];
    struct event e = full_event(items), out;
    struct error err = {0};
    (void)state;

    event_encode(&e, &b);
    put_text(&b, 250, TEXT("from the future"));
    put_i64(&b, 251, 42);
    assert_int_equal(event_decode(buffer_text(&b), &a, &out, &err), OK);
    assert_text(out.id, "0b2e");
}

static void damaged_bytes_are_corrupt_or_an_event_but_never_a_crash(void **state)
{
    SCOPED(buffer_free) struct buffer b = {0};
    SCOPED(arena_free) struct arena a = {0};
    struct event_item items[2];
    struct event e = full_event(items), out;
    struct error none = {0};
    size_t refused = 0;
    (void)state;

    event_encode(&e, &b);
    for (size_t i = 0; i < b.size * 8; i++) {
        struct error err = {0};
        char *bytes = malloc(b.size);

        memcpy(bytes, b.data, b.size);
        bytes[i / 8] = (char)(bytes[i / 8] ^ (1 << i % 8));
        enum status status = event_decode((struct text){bytes, b.size}, &a, &out, &err);
        assert_true(status == OK || status == ERR_CORRUPT);
        assert_int_equal(err.status, status);
        refused += status != OK;
        free(bytes);
    }
    assert_true(refused > 0);
    assert_int_equal(event_decode(TEXT(""), &a, &out, &none), ERR_CORRUPT);
}

static void every_type_is_found_by_its_name(void **state)
{
    (void)state;
    for (int i = 1; i < EVENT_TYPE_COUNT; i++)
        assert_int_equal(event_type_find(text_from(event_type_name((enum event_type)i))), i);
    assert_int_equal(event_type_find(TEXT("other")), EVENT_OTHER);
    assert_int_equal(event_type_find(TEXT("")), EVENT_OTHER);
    assert_int_equal(event_type_find(TEXT("Purchase")), EVENT_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_with_everything_comes_back_whole),
        cmocka_unit_test(an_event_with_little_stays_small_and_absent_stays_absent),
        cmocka_unit_test(fields_of_a_newer_program_are_passed_over),
        cmocka_unit_test(damaged_bytes_are_corrupt_or_an_event_but_never_a_crash),
        cmocka_unit_test(every_type_is_found_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
