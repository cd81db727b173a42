/* SPDX-License-Identifier: Apache-2.0 */
/* Whose an event is, for those who count persons. */
#include <stdio.h>

#include "tests/support/identities.h"
#include "tests/support/test.h"

static const int64_t noon = INT64_C(1700000000000);
enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

static identifier_number owner(const struct identity *g, struct named named)
{
    struct identity_event e = test_named(named);

    return identity_owner(g, &e);
}

/* Also of what came before they logged in, and of what the shop's own server says of a customer alone. */
static void an_event_belongs_to_whom_it_was_filed_to(void **state)
{
    struct identity *g = identity_new();

    test_seen(g, (struct named){.customer = "A", .visitor = "v", .time_ms = noon});
    test_seen(g, (struct named){.customer = "A", .visitor = "v", .time_ms = noon + HOUR});
    test_seen(g, (struct named){.customer = "B", .visitor = "v", .time_ms = noon + DAY});
    identifier_number a = test_identifier(g, "customer:A"), b = test_identifier(g, "customer:B");

    assert_int_equal(owner(g, (struct named){.visitor = "v", .time_ms = noon + MINUTE}), a);
    assert_int_equal(owner(g, (struct named){.visitor = "v", .time_ms = noon - MINUTE}), a);
    assert_int_equal(owner(g, (struct named){.visitor = "v", .time_ms = noon - DAY}),
                     IDENTIFIER_NONE); /* nobody's: the device is shared */
    assert_int_equal(owner(g, (struct named){.visitor = "v", .time_ms = noon + 2 * DAY}), b);
    assert_int_equal(
        owner(g, (struct named){.customer = "A", .visitor = "v", .time_ms = noon + 2 * DAY}), a);
    assert_int_equal(owner(g, (struct named){.customer = "B", .time_ms = noon}), b);
    assert_int_equal(owner(g, (struct named){.visitor = "w", .time_ms = noon}), IDENTIFIER_NONE);
    test_order(g,
               (struct identity_order){
                   .verb = IDENTITY_SPLIT, .kind = IDENTIFIER_VISITOR, .id = TEXT("v")},
               noon + 2 * DAY);
    assert_int_equal(owner(g, (struct named){.customer = "A", .visitor = "v", .time_ms = noon}),
                     IDENTIFIER_NONE); /* parted: it is the visitor's alone */
    identity_free(g);
}

/* A thousand browsers of one address: a till, not a person. */
static void what_hangs_on_too_many_counts_by_itself(void **state)
{
    struct identity *g = identity_new();
    char visitor[16];

    for (int i = 0; i <= IDENTITY_CHILDREN_MAX; i++) {
        if (i == IDENTITY_CHILDREN_MAX)
            assert_int_equal(owner(g, (struct named){.visitor = "v7", .time_ms = noon}),
                             test_identifier(g, "customer:till"));
        snprintf(visitor, sizeof(visitor), "v%d", i);
        test_seen(g, (struct named){.customer = "till", .visitor = visitor, .time_ms = noon});
    }
    assert_int_equal(owner(g, (struct named){.visitor = "v7", .time_ms = noon}), IDENTIFIER_NONE);
    identity_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_belongs_to_whom_it_was_filed_to),
        cmocka_unit_test(what_hangs_on_too_many_counts_by_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
