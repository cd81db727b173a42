/* SPDX-License-Identifier: Apache-2.0 */
/* Who is one person: the rules, and what went wrong elsewhere, each once. */
#include "identity/identity.h"

#include <stdio.h>

#include "base/time.h"
#include "identity/graph.h"
#include "tests/support/identities.h"
#include "tests/support/test.h"

static const int64_t noon = INT64_C(1700000000000);
enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* Customer A, then customer B, on one browser. */
static struct identity *shared_device(void)
{
    struct identity *g = identity_new();

    test_seen(g, (struct named){.customer = "A", .visitor = "v", .time_ms = noon});
    test_seen(g, (struct named){.customer = "A", .visitor = "v", .time_ms = noon + HOUR});
    test_seen(g, (struct named){.customer = "B", .visitor = "v", .time_ms = noon + DAY});
    return g;
}

static void what_an_event_names_is_one_person(void **state)
{
    struct identity *g = identity_new();

    test_seen(g, (struct named){.customer = "A", .email = "e", .visitor = "v1", .time_ms = noon});
    test_seen(g, (struct named){.customer = "A", .phone = "p", .time_ms = noon});
    test_seen(g, (struct named){.customer = "A", .visitor = "v2", .time_ms = noon + DAY});
    assert_string_equal(test_joined(g, "visitor:v1", noon),
                        "customer:A email:e phone:p visitor:v1 visitor:v2");
    assert_string_equal(test_joined(g, "phone:p", noon),
                        "customer:A email:e phone:p visitor:v1 visitor:v2");
    identity_free(g);
}

static void a_guest_is_a_person_until_the_customer_names_the_address(void **state)
{
    struct identity *g = identity_new();

    test_seen(g, (struct named){.email = "e", .phone = "p", .visitor = "v1", .time_ms = noon});
    assert_string_equal(test_joined(g, "visitor:v1", noon), "email:e phone:p visitor:v1");
    test_seen(g, (struct named){.customer = "A", .email = "e", .time_ms = noon + DAY});
    assert_string_equal(test_joined(g, "visitor:v1", noon + DAY),
                        "customer:A email:e phone:p visitor:v1");
    identity_free(g);
}

/* Mautic #16425: there the anonymous contact won the merge. */
static void the_customer_is_what_a_person_hangs_on(void **state)
{
    struct identity *g = identity_new();

    test_seen(g, (struct named){.email = "e", .visitor = "v", .time_ms = noon});
    test_seen(g, (struct named){.customer = "A", .visitor = "v", .time_ms = noon + MINUTE});
    struct identity_person p = test_person(g, "visitor:v", noon + MINUTE);
    assert_int_equal(p.root, test_identifier(g, "customer:A"));
    identity_free(g);
}

/* Mautic #4211: B logs in on A's browser, takes over A's history, and A is deleted. Segment's shared iPad;
 * rudder-sdk-js #206, where resetting keeps the anonymous id. */
static void whoever_logs_in_later_gets_what_comes_later(void **state)
{
    struct identity *g = shared_device();
    struct identity_record records[IDENTITY_ANCHORS_MAX];
    identifier_number v = test_identifier(g, "visitor:v");
    struct identity_person a = test_person(g, "customer:A", noon),
                           b = test_person(g, "customer:B", noon);

    assert_string_equal(test_joined(g, "visitor:v", noon + DAY - MINUTE), "customer:A visitor:v");
    assert_string_equal(test_joined(g, "visitor:v", noon + DAY), "customer:B visitor:v");
    assert_int_equal(identity_records(g, &a, v, records), 1);
    assert_int_equal(records[0].file, 0);
    assert_int_equal(records[0].until_ms, noon + DAY);
    assert_int_equal(identity_records(g, &b, v, records), 1);
    assert_int_not_equal(records[0].file, 0);
    assert_int_equal(records[0].until_ms, INT64_MAX);
    assert_true(identity_shared(g, &a, v) && identity_shared(g, &b, v));
    identity_free(g);
}

static void events_on_a_shared_device_are_kept_apart(void **state)
{
    struct identity *g = shared_device();
    struct identity_event a = test_named((struct named){.customer = "A", .visitor = "v"});
    struct identity_event b = test_named((struct named){.customer = "B", .visitor = "v"});
    struct identity_event nobody = test_named((struct named){.visitor = "v", .time_ms = noon});

    assert_int_equal(identity_file(g, &a), 0);
    uint64_t of_b = identity_file(g, &b);
    assert_true(of_b != 0 && of_b != IDENTITY_FILE_CUSTOMER);
    assert_int_equal(identity_file(g, &nobody), 0);
    nobody.time_ms = noon + 2 * DAY;
    assert_int_equal(identity_file(g, &nobody), of_b);
    identity_free(g);
}

static void what_came_before_any_login_is_the_first_ones(void **state)
{
    struct identity *g = identity_new();
    struct identity_record records[IDENTITY_ANCHORS_MAX];

    test_seen(g, (struct named){.customer = "A", .visitor = "v", .time_ms = noon});
    identifier_number v = test_identifier(g, "visitor:v");
    struct identity_person a = test_person(g, "customer:A", noon);
    assert_int_equal(identity_records(g, &a, v, records), 1);
    assert_int_equal(records[0].from_ms, INT64_MIN);
    assert_string_equal(test_joined(g, "visitor:v", noon - DAY), "customer:A visitor:v");
    identity_free(g);
}

static void on_a_shared_device_only_half_an_hour_of_it_is(void **state)
{
    struct identity *g = shared_device();
    struct identity_record records[IDENTITY_ANCHORS_MAX];
    struct identity_person a = test_person(g, "customer:A", noon);

    assert_int_equal(identity_records(g, &a, test_identifier(g, "visitor:v"), records), 1);
    assert_int_equal(records[0].from_ms, noon - 30 * MINUTE);
    assert_string_equal(test_joined(g, "visitor:v", noon - 30 * MINUTE + 1000),
                        "customer:A visitor:v");
    assert_string_equal(test_joined(g, "visitor:v", noon - 30 * MINUTE), "visitor:v");
    identity_free(g);
}

/* Mautic #7532, #5504, #6947 (contacts overwritten); its code takes any one identifier for the same
 * contact where its manual says all (LeadBundle config.php:966). */
static void two_customers_with_one_address_stay_two(void **state)
{
    struct identity *g = identity_new();

    test_seen(g, (struct named){.customer = "B", .email = "e", .visitor = "vb", .time_ms = noon});
    test_seen(g,
              (struct named){.customer = "A", .email = "e", .visitor = "va", .time_ms = noon - 1});
    test_seen(g, (struct named){.customer = "A", .email = "e", .time_ms = noon - DAY});
    assert_string_equal(test_joined(g, "customer:A", noon), "customer:A email:e visitor:va");
    assert_string_equal(test_joined(g, "customer:B", noon), "customer:B visitor:vb");
    assert_string_equal(test_joined(g, "email:e", noon), "customer:A email:e visitor:va");
    identity_free(g);
}

/* Mautic PR #2950 merged by IP address; here what is no identifier links nobody. */
static void what_is_no_identifier_links_nobody(void **state)
{
    struct event e = {.type = EVENT_page_view,
                      .flags = EVENT_VERIFIED,
                      .time_ms = noon,
                      .anonymous_id = TEXT("v1"),
                      .user_agent = TEXT("one browser"),
                      .session_id = TEXT("one session"),
                      .properties = TEXT("{\"ip\":\"192.0.2.7\"}")};
    struct identity *g = identity_new();
    struct identity_event named;

    identity_event_of(&e, &named);
    assert_false(named.links);
    identity_fold(g, &named);
    e.anonymous_id = TEXT("v2");
    identity_event_of(&e, &named);
    identity_fold(g, &named);
    assert_int_equal(identity_count(g), 0);
    identity_free(g);
}

#define SOME_EMAIL "email:00112233445566778899aabbccddeeff"
#define SOME_PHONE "phone:00112233445566778899aabbccddeeff"

static void only_what_somebody_vouches_for_links(void **state)
{
    struct event e = {.type = EVENT_identify,
                      .time_ms = noon,
                      .anonymous_id = TEXT("v1"),
                      .user_id = TEXT("A"),
                      .traits =
                          TEXT("{\"email\":\"" SOME_EMAIL "\",\"phone\":\"" SOME_PHONE "\"}")};
    struct identity_event named;

    identity_event_of(&e, &named);
    assert_false(named.links); /* anybody may say so */
    e.flags = EVENT_USER_VERIFIED;
    identity_event_of(&e, &named);
    assert_true(named.links);
    assert_text(named.ids[IDENTIFIER_CUSTOMER], "A");
    assert_int_equal(named.ids[IDENTIFIER_EMAIL].size, 0);
    e.flags = EVENT_USER_VERIFIED | EVENT_VERIFIED;
    identity_event_of(&e, &named);
    assert_text(named.ids[IDENTIFIER_EMAIL], SOME_EMAIL);
    assert_text(named.ids[IDENTIFIER_PHONE], SOME_PHONE);
    e.flags |= EVENT_ANALYTICS_REFUSED;
    identity_event_of(&e, &named);
    assert_false(named.links); /* says that and nothing else */
}

static void of_traits_only_the_persons_own_count(void **state)
{
    static const char *const none[] = {
        "{\"friend\":{\"email\":\"" SOME_EMAIL "\"}}",
        "{\"emails\":[\"" SOME_EMAIL "\"]}",
        "{\"email\":\"somebody\"}",
        "{\"note\":\"email\",\"x\":\"" SOME_EMAIL "\"}",
        "{\"email\":null,\"x\":\"" SOME_EMAIL "\"}",
        "{\"a\\\"email\":\"" SOME_EMAIL "\"}",
        "[\"email\",\"" SOME_EMAIL "\"]",
        "{\"email\":\"email:nobody\"}",
    };
    struct event e = {.flags = EVENT_VERIFIED, .anonymous_id = TEXT("v"), .time_ms = noon};
    struct identity_event named;

    for (size_t i = 0; i < COUNT(none); i++) {
        e.traits = text_from(none[i]);
        identity_event_of(&e, &named);
        assert_int_equal(named.ids[IDENTIFIER_EMAIL].size, 0);
    }
    e.traits = TEXT("{\"plan\":{\"a\":[1,2]},\"email\":\"" SOME_EMAIL "\",\"n\":1}");
    identity_event_of(&e, &named);
    assert_text(named.ids[IDENTIFIER_EMAIL], SOME_EMAIL);
}

static void values_that_name_nobody_are_no_identifiers(void **state)
{
    static const char *const blocked[] = {"",
                                          " ",
                                          "null",
                                          "NULL",
                                          "undefined",
                                          "None",
                                          "n/a",
                                          "guest",
                                          "anonymous",
                                          "-1",
                                          "0",
                                          "000-000",
                                          "00000000-0000-0000-0000-000000000000",
                                          "test@shop.example",
                                          "test@example-of-a-long-domain.example",
                                          "[object Object]",
                                          "(not set)",
                                          "invalid",
                                          "email:nobody"};
    static const char *const fine[] = {"1",         "10",      "v-81", "guesthouse",
                                       "testimony", "nullius", "c-0"};
    char long_id[300];
    struct identity *g = identity_new();
    struct event e = {.flags = EVENT_VERIFIED | EVENT_USER_VERIFIED,
                      .user_id = TEXT("A"),
                      .anonymous_id = TEXT("undefined")};
    struct identity_event named;

    for (size_t i = 0; i < COUNT(blocked); i++)
        assert_true(identifier_blocked(text_from(blocked[i])));
    for (size_t i = 0; i < COUNT(fine); i++)
        assert_false(identifier_blocked(text_from(fine[i])));
    memset(long_id, 'x', sizeof(long_id));
    assert_true(identifier_blocked((struct text){long_id, 256}));
    assert_false(identifier_blocked((struct text){long_id, 255}));
    identity_event_of(&e, &named);
    assert_false(named.links);
    identity_free(g);
}

/* PostHog #381: an identified person is aliased to another one. */
static void customers_join_only_by_hand_and_part_again(void **state)
{
    struct identity *g = identity_new();
    struct identity_order orders[IDENTITY_CUSTOMERS_MAX];

    test_seen(g, (struct named){.customer = "A", .email = "e", .visitor = "va", .time_ms = noon});
    test_seen(g, (struct named){.customer = "B", .phone = "p", .visitor = "vb", .time_ms = noon});
    test_seen(g, (struct named){.customer = "A", .visitor = "vb", .time_ms = noon + HOUR});
    uint64_t before = identity_digest(g);
    test_order(g,
               (struct identity_order){.verb = IDENTITY_JOIN, .id = TEXT("B"), .other = TEXT("A")},
               noon + DAY);
    /* Mautic #7559, #6079, #3327: devices and cookies of the one that was merged away still lead here */
    assert_string_equal(test_joined(g, "visitor:vb", noon),
                        "customer:A customer:B email:e phone:p visitor:va visitor:vb");
    assert_string_equal(test_joined(g, "customer:B", noon),
                        "customer:A customer:B email:e phone:p visitor:va visitor:vb");
    /* rudder-transformer #1180: B and C merged for ever */
    assert_int_equal(identity_split_orders(g, test_identifier(g, "customer:A"), orders), 1);
    assert_text(orders[0].id, "B");
    test_order(g, orders[0], noon + 2 * DAY);
    assert_string_equal(test_joined(g, "customer:A", noon),
                        "customer:A email:e visitor:va visitor:vb");
    assert_string_equal(test_joined(g, "customer:B", noon), "customer:B phone:p visitor:vb");
    struct identity *never = identity_new();
    test_seen(never,
              (struct named){.customer = "A", .email = "e", .visitor = "va", .time_ms = noon});
    test_seen(never,
              (struct named){.customer = "B", .phone = "p", .visitor = "vb", .time_ms = noon});
    test_seen(never, (struct named){.customer = "A", .visitor = "vb", .time_ms = noon + HOUR});
    assert_int_equal(identity_digest(never), before);
    static const char *const all[] = {"customer:A", "customer:B", "email:e",
                                      "phone:p",    "visitor:va", "visitor:vb"};
    for (size_t i = 0; i < COUNT(all); i++) {
        char joined[256];
        snprintf(joined, sizeof(joined), "%s", test_joined(g, all[i], noon + 3 * DAY));
        assert_string_equal(joined, test_joined(never, all[i], noon + 3 * DAY));
    }
    identity_free(never);
    identity_free(g);
}

static void a_ring_of_customers_does_not_come_about(void **state)
{
    struct identity *g = identity_new();

    test_order(g,
               (struct identity_order){.verb = IDENTITY_JOIN, .id = TEXT("B"), .other = TEXT("A")},
               noon);
    test_order(g,
               (struct identity_order){.verb = IDENTITY_JOIN, .id = TEXT("C"), .other = TEXT("B")},
               noon);
    test_order(g,
               (struct identity_order){.verb = IDENTITY_JOIN, .id = TEXT("A"), .other = TEXT("C")},
               noon);
    assert_string_equal(test_joined(g, "customer:C", noon), "customer:A customer:B customer:C");
    assert_int_equal(test_person(g, "customer:A", noon).root, test_identifier(g, "customer:A"));
    identity_free(g);
}

static void at_most_twenty_customers_are_joined_to_one(void **state)
{
    struct identity *g = identity_new();
    char name[16];

    for (int i = 0; i < 25; i++) {
        struct text id = {name, (size_t)snprintf(name, sizeof(name), "c%d", i)};
        test_order(g, (struct identity_order){.verb = IDENTITY_JOIN, .id = id, .other = TEXT("A")},
                   noon);
    }
    struct identity_person p = test_person(g, "customer:A", noon);
    assert_int_equal(p.kinds[IDENTIFIER_CUSTOMER].count, IDENTITY_CUSTOMERS_MAX);
    assert_int_equal(p.kinds[IDENTIFIER_CUSTOMER].beyond, 5);
    identity_free(g);
}

static void what_was_split_stays_apart_until_it_is_joined_by_hand(void **state)
{
    struct identity *g = identity_new();
    struct identity_order orders[IDENTITY_CUSTOMERS_MAX];

    test_seen(g, (struct named){.customer = "A", .visitor = "v", .time_ms = noon});
    test_seen(g, (struct named){.customer = "A", .visitor = "w", .time_ms = noon});
    assert_int_equal(identity_split_orders(g, test_identifier(g, "visitor:v"), orders), 1);
    assert_int_equal(orders[0].verb, IDENTITY_SPLIT);
    test_order(g, orders[0], noon + HOUR);
    assert_string_equal(test_joined(g, "visitor:v", noon + HOUR), "visitor:v");
    assert_string_equal(test_joined(g, "customer:A", noon), "customer:A visitor:w");
    assert_int_equal(identity_split_orders(g, test_identifier(g, "visitor:v"), orders), 0);
    test_seen(g, (struct named){
                     .customer = "A", .visitor = "v", .time_ms = noon + DAY}); /* still logged in */
    assert_string_equal(test_joined(g, "visitor:v", noon + DAY), "visitor:v");
    test_seen(g, (struct named){.customer = "B", .visitor = "v", .time_ms = noon + DAY + HOUR});
    assert_string_equal(test_joined(g, "visitor:v", noon + 2 * DAY), "customer:B visitor:v");
    test_order(
        g,
        (struct identity_order){
            .verb = IDENTITY_JOIN, .kind = IDENTIFIER_VISITOR, .id = TEXT("v"), .other = TEXT("A")},
        noon + 2 * DAY);
    assert_string_equal(test_joined(g, "customer:A", noon), "customer:A visitor:v visitor:w");
    identity_free(g);
}

static void of_orders_within_one_second_the_last_one_holds(void **state)
{
    struct identity *g = identity_new();
    struct identity_order join = {
        .verb = IDENTITY_JOIN, .kind = IDENTIFIER_VISITOR, .id = TEXT("v"), .other = TEXT("A")};
    struct identity_order split = {
        .verb = IDENTITY_SPLIT, .kind = IDENTIFIER_VISITOR, .id = TEXT("v")};

    for (int i = 0; i < 3; i++) {
        test_order(g, join, noon);
        assert_string_equal(test_joined(g, "customer:A", noon), "customer:A visitor:v");
        test_order(g, split, noon);
        assert_string_equal(test_joined(g, "customer:A", noon), "customer:A");
    }
    identity_free(g);
}

static void a_customer_never_joined_by_hand_lets_go_of_all(void **state)
{
    struct identity *g = identity_new();
    struct identity_order orders[IDENTITY_CUSTOMERS_MAX];

    test_seen(g, (struct named){.customer = "A", .email = "e", .visitor = "v", .time_ms = noon});
    assert_int_equal(identity_split_orders(g, test_identifier(g, "customer:A"), orders), 1);
    assert_int_equal(orders[0].verb, IDENTITY_DISSOLVE);
    test_order(g, orders[0], noon + HOUR);
    assert_string_equal(test_joined(g, "customer:A", noon), "customer:A");
    assert_string_equal(test_joined(g, "visitor:v", noon + DAY), "visitor:v");
    test_seen(g, (struct named){.customer = "A", .visitor = "new", .time_ms = noon + DAY});
    assert_string_equal(test_joined(g, "customer:A", noon), "customer:A visitor:new");
    identity_free(g);
}

/* Segment: rules that are made stricter later do not split what was merged. */
static void what_turns_out_to_be_poisoned_is_let_go_afterwards(void **state)
{
    struct identity *g = identity_new();
    char name[16];

    for (int i = 0; i <= IDENTITY_ANCHORS_MAX; i++) {
        snprintf(name, sizeof(name), "c%d", i);
        assert_int_equal(identity_blocked_count(g), 0);
        test_seen(
            g, (struct named){.customer = name, .email = "e", .visitor = "v", .time_ms = noon + i});
    }
    assert_true(identity_blocked(g, test_identifier(g, "visitor:v")));
    assert_int_equal(identity_blocked_count(g), 2);
    assert_string_equal(test_joined(g, "customer:c0", noon), "customer:c0");
    assert_string_equal(test_joined(g, "email:e", noon), "email:e");
    assert_string_equal(test_joined(g, "visitor:v", noon + DAY), "visitor:v");
    struct identity_event e = test_named((struct named){.customer = "c0", .visitor = "v"});
    assert_int_equal(identity_file(g, &e), IDENTITY_FILE_CUSTOMER);
    identity_free(g);
}

static void beyond_its_limits_a_person_grows_no_further_and_has_an_alarm(void **state)
{
    struct identity *g = identity_new();
    char email[16], phone[16], visitor[16];

    for (int i = 0; i < 60; i++) {
        snprintf(email, sizeof(email), "e%02d", i);
        snprintf(phone, sizeof(phone), "p%02d", i);
        snprintf(visitor, sizeof(visitor), "v%02d", i);
        test_seen(g, (struct named){"A", i < 7 ? email : NULL, i < 7 ? phone : NULL, visitor,
                                    noon + (60 - i) * HOUR});
    }
    struct identity_person p = test_person(g, "customer:A", noon);
    assert_int_equal(p.kinds[IDENTIFIER_EMAIL].count, IDENTITY_EMAILS_MAX);
    assert_int_equal(p.kinds[IDENTIFIER_EMAIL].beyond, 2);
    assert_int_equal(p.kinds[IDENTIFIER_PHONE].count, IDENTITY_PHONES_MAX);
    assert_int_equal(p.kinds[IDENTIFIER_VISITOR].count, IDENTITY_VISITORS_MAX);
    assert_int_equal(p.kinds[IDENTIFIER_VISITOR].beyond, 10);
    assert_text(identity_text(g, p.visitors[0]), "v59"); /* seen first */
    assert_string_equal(test_joined(g, "visitor:v09", noon + 20 * DAY), "visitor:v09");
    assert_string_equal(test_joined(g, "email:e00", noon), "email:e00");
    identity_free(g);
}

static void a_visitor_seen_with_two_identifiers_counts_from_the_first(void **state)
{
    struct identity *g = identity_new();
    char visitor[16];

    test_seen(g, (struct named){.customer = "A", .email = "e", .time_ms = noon});
    for (int i = 1; i < IDENTITY_VISITORS_MAX; i++) {
        snprintf(visitor, sizeof(visitor), "v%02d", i);
        test_seen(g,
                  (struct named){.customer = "A", .visitor = visitor, .time_ms = noon + i * HOUR});
    }
    test_seen(g, (struct named){.customer = "A", .visitor = "w", .time_ms = noon + 60 * HOUR});
    test_seen(g, (struct named){.email = "e", .visitor = "x", .time_ms = noon + 55 * HOUR});
    test_seen(g, (struct named){.email = "e", .visitor = "w", .time_ms = noon});
    assert_int_equal(test_person(g, "visitor:w", noon + 3 * DAY).root,
                     test_identifier(g, "customer:A"));
    assert_string_equal(test_joined(g, "visitor:x", noon + 3 * DAY), "visitor:x");
    identity_free(g);
}

static void what_is_blocked_counts_for_nobody(void **state)
{
    struct identity *g = identity_new();
    char name[16];

    for (int i = 0; i < IDENTITY_CHILDREN_MAX; i++) {
        snprintf(name, sizeof(name), "v%d", i);
        test_seen(g, (struct named){.customer = "A", .visitor = name, .time_ms = noon + i});
    }
    test_seen(g, (struct named){.customer = "A", .visitor = "same", .time_ms = noon});
    assert_true(test_person(g, "customer:A", noon).too_many);
    for (int i = 0; i < IDENTITY_ANCHORS_MAX; i++) {
        snprintf(name, sizeof(name), "c%d", i);
        test_seen(g, (struct named){.customer = name, .visitor = "same", .time_ms = noon + i});
    }
    assert_true(identity_blocked(g, test_identifier(g, "visitor:same")));
    struct identity_person p = test_person(g, "customer:A", noon);
    assert_false(p.too_many);
    assert_int_equal(p.kinds[IDENTIFIER_VISITOR].count, IDENTITY_VISITORS_MAX);
    identity_free(g);
}

static void forgetting_leaves_no_byte_and_others_theirs(void **state)
{
    struct identity *g = shared_device();
    struct identity_event b = test_named((struct named){.customer = "B", .visitor = "v"});
    uint64_t of_b = identity_file(g, &b);

    test_seen(g, (struct named){.customer = "A", .email = "e", .visitor = "mine", .time_ms = noon});
    identity_forget(g, test_identifier(g, "visitor:mine"));
    identity_forget(g, test_identifier(g, "customer:A"));
    assert_int_equal(test_identifier(g, "customer:A"), IDENTIFIER_NONE);
    assert_int_equal(test_identifier(g, "visitor:mine"), IDENTIFIER_NONE);
    assert_null(memmem(g->pool, g->pool_size, "mine", 4));
    assert_string_equal(test_joined(g, "email:e", noon), "email:e");
    assert_string_equal(test_joined(g, "customer:B", noon), "customer:B visitor:v");
    assert_int_equal(identity_file(g, &b), of_b); /* not what was A's */
    test_seen(g, (struct named){.customer = "A", .visitor = "w", .time_ms = noon + DAY});
    assert_string_equal(test_joined(g, "customer:A", noon), "customer:A visitor:w");
    identity_free(g);
}

static void the_silent_are_forgotten_and_those_they_were_seen_with_stay(void **state)
{
    struct identity *g = identity_new();

    test_seen(g, (struct named){.customer = "A", .visitor = "old", .time_ms = noon});
    test_seen(g, (struct named){.customer = "A", .visitor = "new", .time_ms = noon + DAY});
    test_seen(g, (struct named){.customer = "gone", .visitor = "too", .time_ms = noon});
    identity_forget_silent(g, noon);
    assert_string_equal(test_joined(g, "customer:A", noon + DAY),
                        "customer:A visitor:new visitor:old");
    identity_forget_silent(g, noon + 1000);
    assert_string_equal(test_joined(g, "customer:A", noon + DAY), "customer:A visitor:new");
    assert_int_equal(test_identifier(g, "customer:gone"), IDENTIFIER_NONE);
    assert_int_equal(test_identifier(g, "visitor:too"), IDENTIFIER_NONE);
    assert_null(memmem(g->pool, g->pool_size, "old", 3));
    identity_free(g);
}

static void orders_come_back_as_written_and_others_are_refused(void **state)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct identity_order order = {.verb = IDENTITY_JOIN,
                                   .kind = IDENTIFIER_EMAIL,
                                   .other_kind = IDENTIFIER_CUSTOMER,
                                   .id = TEXT("e"),
                                   .other = TEXT("A"),
                                   .author = TEXT("ops"),
                                   .reason = TEXT("asked")};
    struct identity_order read;
    struct error err = {0};

    identity_order_encode(&order, &body);
    assert_int_equal(identity_order_decode(buffer_text(&body), &read, &err), OK);
    assert_int_equal(read.verb, IDENTITY_JOIN);
    assert_int_equal(read.kind, IDENTIFIER_EMAIL);
    assert_text(read.id, "e");
    assert_text(read.other, "A");
    assert_text(read.author, "ops");
    assert_text(read.reason, "asked");
    order.other_kind = IDENTIFIER_VISITOR; /* lower than its child */
    buffer_clear(&body);
    identity_order_encode(&order, &body);
    assert_int_equal(identity_order_decode(buffer_text(&body), &read, &err), ERR_CORRUPT);
    assert_int_equal(identity_order_decode(TEXT("\xff"), &read, &err), ERR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_event_names_is_one_person),
        cmocka_unit_test(a_guest_is_a_person_until_the_customer_names_the_address),
        cmocka_unit_test(the_customer_is_what_a_person_hangs_on),
        cmocka_unit_test(whoever_logs_in_later_gets_what_comes_later),
        cmocka_unit_test(events_on_a_shared_device_are_kept_apart),
        cmocka_unit_test(what_came_before_any_login_is_the_first_ones),
        cmocka_unit_test(on_a_shared_device_only_half_an_hour_of_it_is),
        cmocka_unit_test(two_customers_with_one_address_stay_two),
        cmocka_unit_test(what_is_no_identifier_links_nobody),
        cmocka_unit_test(only_what_somebody_vouches_for_links),
        cmocka_unit_test(of_traits_only_the_persons_own_count),
        cmocka_unit_test(values_that_name_nobody_are_no_identifiers),
        cmocka_unit_test(customers_join_only_by_hand_and_part_again),
        cmocka_unit_test(a_ring_of_customers_does_not_come_about),
        cmocka_unit_test(at_most_twenty_customers_are_joined_to_one),
        cmocka_unit_test(what_was_split_stays_apart_until_it_is_joined_by_hand),
        cmocka_unit_test(of_orders_within_one_second_the_last_one_holds),
        cmocka_unit_test(a_customer_never_joined_by_hand_lets_go_of_all),
        cmocka_unit_test(what_turns_out_to_be_poisoned_is_let_go_afterwards),
        cmocka_unit_test(beyond_its_limits_a_person_grows_no_further_and_has_an_alarm),
        cmocka_unit_test(a_visitor_seen_with_two_identifiers_counts_from_the_first),
        cmocka_unit_test(what_is_blocked_counts_for_nobody),
        cmocka_unit_test(forgetting_leaves_no_byte_and_others_theirs),
        cmocka_unit_test(the_silent_are_forgotten_and_those_they_were_seen_with_stay),
        cmocka_unit_test(orders_come_back_as_written_and_others_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
