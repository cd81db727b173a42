/* SPDX-License-Identifier: Apache-2.0 */
/* The graph as a whole: any order of the same events, bounds under a flood, checkpoints, bytes. */
#include <inttypes.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/random.h"
#include "identity/graph.h"
#include "tests/support/identities.h"
#include "tests/support/test.h"

enum {
    EVENTS = 100000,
    CUSTOMERS = 6000,
    VISITORS = 15000,
    ADDRESSES = 5000,
    SECONDS = 90 * 86400, /* over which they are spread; many fall on one second */
    NAME = 16,
};

static const int64_t noon = INT64_C(1700000000000);

/* An event in numbers; -1: not named. The lowest numbers are named far more often than others, so that
 * some are blocked and some go beyond their limits. */
struct drawn {
    int32_t ids[IDENTIFIER_KINDS];
    uint32_t second;
};

static int32_t skewed(struct random *r, uint32_t count)
{
    double u = random_unit(r);

    return (int32_t)(u * u * u * (double)count);
}

static struct drawn draw(struct random *r)
{
    struct drawn d = {{-1, -1, -1, -1}, random_below(r, SECONDS) / 600 * 600};

    if (random_below(r, 10) < 7)
        d.ids[IDENTIFIER_CUSTOMER] = (int32_t)random_below(r, CUSTOMERS);
    if (random_below(r, 100) == 0)
        d.ids[IDENTIFIER_CUSTOMER] = skewed(r, 4);
    if (random_below(r, 10) < 3)
        d.ids[IDENTIFIER_EMAIL] = skewed(r, ADDRESSES);
    if (random_below(r, 10) < 2)
        d.ids[IDENTIFIER_PHONE] = skewed(r, ADDRESSES);
    if (random_below(r, 10) < 8)
        d.ids[IDENTIFIER_VISITOR] = skewed(r, VISITORS);
    return d;
}

static void see(struct identity *g, const struct drawn *d)
{
    char names[IDENTIFIER_KINDS][NAME];
    const char *ids[IDENTIFIER_KINDS] = {NULL};

    for (int kind = 0; kind < IDENTIFIER_KINDS; kind++) {
        if (d->ids[kind] < 0)
            continue;
        snprintf(names[kind], NAME, "%c%d", "cepv"[kind], d -> ids[kind]);
        ids[kind] = names[kind];
    }
    test_seen(g, (struct named){ids[0], ids[1], ids[2], ids[3], noon + d->second * INT64_C(1000)});
}

static void shuffle(struct drawn *events, uint32_t count, struct random *r)
{
    for (uint32_t i = count; i > 1; i--) {
        uint32_t k = random_below(r, i);
        struct drawn kept = events[i - 1];
        events[i - 1] = events[k];
        events[k] = kept;
    }
}

static uint64_t digest_of(const struct drawn *events, uint32_t count)
{
    struct identity *g = identity_new();

    for (uint32_t i = 0; i < count; i++)
        see(g, &events[i]);
    uint64_t digest = identity_digest(g);
    identity_free(g);
    return digest;
}

static struct drawn *draw_all(struct random *r)
{
    struct drawn *events = mem_new(EVENTS, sizeof(*events));

    random_seed(r, 5);
    for (uint32_t i = 0; i < EVENTS; i++)
        events[i] = draw(r);
    return events;
}

static void any_order_of_the_same_events_gives_the_same_graph(void **state)
{
    struct random r;
    struct drawn *events = draw_all(&r);
    uint64_t expected = digest_of(events, EVENTS);

    for (int i = 0; i < 4; i++) {
        shuffle(events, EVENTS, &r);
        assert_true(digest_of(events, EVENTS) == expected);
    }
    events[EVENTS / 2].second += SECONDS; /* one event otherwise: another graph */
    events[EVENTS / 2].ids[IDENTIFIER_CUSTOMER] = 1;
    events[EVENTS / 2].ids[IDENTIFIER_VISITOR] = VISITORS;
    assert_false(digest_of(events, EVENTS) == expected);
    mem_free(events);
}

static void orders_by_hand_hold_in_any_order_of_the_events_around_them(void **state)
{
    struct identity *a = identity_new(), *b = identity_new();
    struct identity_order split = {
        .verb = IDENTITY_SPLIT, .kind = IDENTIFIER_VISITOR, .id = TEXT("v")};
    struct named before = {.customer = "A", .visitor = "v", .time_ms = noon};
    struct named after = {.customer = "B", .visitor = "v", .time_ms = noon + 7200000};

    test_seen(a, before);
    test_order(a, split, noon + 3600000);
    test_seen(a, after);
    test_order(b, split, noon + 3600000);
    test_seen(b, after);
    test_seen(b, before);
    assert_true(identity_digest(a) == identity_digest(b));
    assert_string_equal(test_joined(b, "visitor:v", noon + 7200000), "customer:B visitor:v");
    identity_free(a);
    identity_free(b);
}

static void no_limit_is_passed_under_a_flood(void **state)
{
    struct random r;
    struct drawn *events = draw_all(&r);
    struct identity *g = identity_new();
    uint32_t customers_most = 0, beyond = 0;
    struct identity_person p;

    for (uint32_t i = 0; i < EVENTS; i++)
        see(g, &events[i]);
    for (identifier_number n = 0; n < identity_count(g); n++) {
        identity_person(g, n, INT64_MAX, &p);
        if (p.kinds[IDENTIFIER_CUSTOMER].count > customers_most)
            customers_most = p.kinds[IDENTIFIER_CUSTOMER].count;
        assert_true(p.kinds[IDENTIFIER_EMAIL].count <= IDENTITY_EMAILS_MAX);
        assert_true(p.kinds[IDENTIFIER_PHONE].count <= IDENTITY_PHONES_MAX);
        assert_true(p.kinds[IDENTIFIER_VISITOR].count <= IDENTITY_VISITORS_MAX);
        beyond += p.kinds[IDENTIFIER_EMAIL].beyond > 0;
    }
    assert_int_equal(customers_most, 1);                      /* nobody joined any by hand */
    assert_true(beyond > 0 && identity_blocked_count(g) > 0); /* it was one */
    identity_free(g);
    mem_free(events);
}

/* What one event says of its owner against the person as they are gathered: the same where no limit left
 * anybody out, and never two where they are one. */
static void the_owner_of_an_event_is_what_the_person_hangs_on(void **state)
{
    struct random r;
    struct drawn *events = draw_all(&r);
    struct identity *g = identity_new();
    uint32_t same = 0, alone = 0;
    char name[NAME];

    for (uint32_t i = 0; i < EVENTS; i++)
        see(g, &events[i]);
    for (uint32_t i = 0; i < EVENTS; i += 7) {
        int64_t time_ms = noon + events[i].second * INT64_C(1000);
        struct identity_person p, whole;
        if (events[i].ids[IDENTIFIER_VISITOR] < 0)
            continue;
        snprintf(name, NAME, "v%d", events[i].ids[IDENTIFIER_VISITOR]);
        struct identity_event e = test_named((struct named){.visitor = name, .time_ms = time_ms});
        identifier_number visitor = identity_find(g, IDENTIFIER_VISITOR, text_from(name));
        identifier_number owner = identity_owner(g, &e);
        if (visitor == IDENTIFIER_NONE)
            continue;
        identity_person(g, visitor, time_ms, &p);
        if (owner == IDENTIFIER_NONE) {
            assert_int_equal(p.root, visitor);
            alone++;
            continue;
        }
        identity_person(g, owner, time_ms, &whole);
        bool complete = !whole.too_many;
        for (int kind = 0; kind < IDENTIFIER_KINDS; kind++)
            complete = complete && whole.kinds[kind].beyond == 0;
        assert_true(p.root == owner || !complete);
        same += p.root == owner;
    }
    assert_true(same > 5000 && alone > 100);
    identity_free(g);
    mem_free(events);
}

static void count_alarm(void *context, identifier_number n)
{
    identifier_number *last = context;

    last[0]++;
    last[1] = n;
}

/* One value that ten thousand people have in common, of each kind in turn. */
static void one_poisoned_identifier_joins_at_most_twenty_and_has_an_alarm(void **state)
{
    char visitor[NAME], customer[NAME];
    struct identity_person p;

    for (int kind = 0; kind < IDENTIFIER_KINDS; kind++) {
        struct identity *g = identity_new();
        identifier_number alarms[2] = {0, IDENTIFIER_NONE};

        for (int i = 0; i < 10000; i++) {
            snprintf(customer, NAME, "c%d", i);
            snprintf(visitor, NAME, "v%d", i);
            const char *ids[] = {customer, NULL, NULL, visitor};
            ids[kind] = "same";
            test_seen(g, (struct named){ids[0], ids[1], ids[2], ids[3], noon + i * INT64_C(1000)});
        }
        for (identifier_number n = 0; n < identity_count(g); n++) {
            identity_person(g, n, INT64_MAX, &p);
            for (int of = 0; of < IDENTIFIER_KINDS; of++)
                assert_true(p.kinds[of].count <= 20);
        }
        identity_alarms(g, count_alarm, alarms);
        assert_int_equal(alarms[0], 1);
        assert_text(identity_text(g, alarms[1]), "same");
        identity_free(g);
    }
}

static void a_graph_comes_back_from_a_checkpoint_and_goes_on(void **state)
{
    char dir[TEST_PATH_SIZE];
    SCOPED(checkpoint_abandon) struct checkpoint_writer *w = NULL;
    SCOPED(checkpoint_close) struct checkpoint *c = NULL;
    struct random r;
    struct drawn *events = draw_all(&r);
    struct identity *g = identity_new(), *loaded = identity_new();
    struct error err = {0};

    for (uint32_t i = 0; i < EVENTS / 2; i++)
        see(g, &events[i]);
    test_order(g, (struct identity_order){.verb = IDENTITY_SPLIT, .id = TEXT("c1")}, noon);
    identity_forget(g, 7);
    assert_int_equal(checkpoint_begin(&w, test_dir(dir), (struct position){1}, &err), OK);
    identity_save(g, w);
    assert_int_equal(checkpoint_commit(&w, 1, &err), OK);
    assert_int_equal(checkpoint_open(&c, dir, (struct position){1}, &err), OK);
    assert_int_equal(identity_load(loaded, c, &err), OK);
    for (uint32_t i = EVENTS / 2; i < EVENTS; i++) {
        see(g, &events[i]);
        see(loaded, &events[i]);
    }
    assert_int_equal(identity_count(loaded), identity_count(g));
    assert_int_equal(identity_blocked_count(loaded), identity_blocked_count(g));
    assert_true(identity_digest(loaded) == identity_digest(g));
    identity_free(loaded);
    identity_free(g);
    mem_free(events);
}

static void a_checkpoint_of_something_else_is_refused(void **state)
{
    char dir[TEST_PATH_SIZE];
    SCOPED(checkpoint_abandon) struct checkpoint_writer *w = NULL;
    SCOPED(checkpoint_close) struct checkpoint *c = NULL;
    struct identity *g = identity_new();
    struct error err = {0};

    test_seen(g, (struct named){.customer = "A", .visitor = "v", .time_ms = noon});
    g->links[0].next_of_child = 0; /* leads to itself */
    assert_int_equal(checkpoint_begin(&w, test_dir(dir), (struct position){1}, &err), OK);
    identity_save(g, w);
    assert_int_equal(checkpoint_commit(&w, 1, &err), OK);
    g->links[0].next_of_child = LINK_NONE;
    assert_int_equal(checkpoint_open(&c, dir, (struct position){1}, &err), OK);
    assert_int_equal(identity_load(g, c, &err), ERR_CORRUPT);
    assert_string_equal(test_joined(g, "customer:A", noon), "customer:A visitor:v"); /* as it was */
    identity_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_of_the_same_events_gives_the_same_graph),
        cmocka_unit_test(orders_by_hand_hold_in_any_order_of_the_events_around_them),
        cmocka_unit_test(no_limit_is_passed_under_a_flood),
        cmocka_unit_test(the_owner_of_an_event_is_what_the_person_hangs_on),
        cmocka_unit_test(one_poisoned_identifier_joins_at_most_twenty_and_has_an_alarm),
        cmocka_unit_test(a_graph_comes_back_from_a_checkpoint_and_goes_on),
        cmocka_unit_test(a_checkpoint_of_something_else_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
