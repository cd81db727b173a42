/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/robots.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/time.h"
#include "ingest/acting.h"
#include "tests/support/test.h"

static const int64_t noon = INT64_C(20000) * MS_DAY + 12 * MS_HOUR;
static const int64_t evening = INT64_C(20000) * MS_DAY + 18 * MS_HOUR;

static struct shopper_key key_of(const char *who)
{
    return (struct shopper_key){{hash_text(text_from(who), 1), hash_text(text_from(who), 2)}};
}

static enum robot_why fold_as(struct robots *r, const char *who, enum event_type type,
                              int64_t time_ms, const char *agent, uint32_t flags)
{
    struct event e = {
        .type = type, .time_ms = time_ms, .flags = flags, .user_agent = text_from(agent)};

    return robots_fold(r, key_of(who), &e, NULL);
}

/* A page with a URL. */
static enum robot_why at(struct robots *r, const char *who, enum event_type type, int64_t time_ms,
                         const char *url)
{
    struct event e = {.type = type, .time_ms = time_ms, .page_url = text_from(url)};

    return robots_fold(r, key_of(who), &e, NULL);
}

static enum robot_why fold(struct robots *r, const char *who, enum event_type type, int64_t time_ms)
{
    return fold_as(r, who, type, time_ms, NULL, 0);
}

static enum robot_why why(const struct robots *r, const char *who, int64_t time_ms)
{
    return robots_why(r, key_of(who), time_ms);
}

static enum robot_why buy(struct robots *r, const char *who, int64_t time_ms)
{
    return fold_as(r, who, EVENT_purchase, time_ms, NULL, EVENT_VERIFIED);
}

/* --- known --- */

static void a_known_agent_marks_at_once_and_what_came_before_too(void **state)
{
    struct robots *r = robots_new();
    (void)state;

    assert_int_equal(fold(r, "x", EVENT_view_item, noon), ROBOT_NOT);
    assert_int_equal(why(r, "x", noon), ROBOT_NOT);
    assert_int_equal(fold_as(r, "x", EVENT_view_item, noon + 1000, "Googlebot/2.1", 0),
                     ROBOT_KNOWN);
    assert_int_equal(why(r, "x", noon), ROBOT_KNOWN);                          /* looking back */
    assert_int_equal(fold(r, "x", EVENT_page_view, noon + 2000), ROBOT_KNOWN); /* no agent */
    assert_int_equal(why(r, "y", noon), ROBOT_NOT);
    assert_int_equal(robots_events(r), 2);
    robots_free(r);
}

static void of_nobody_the_agent_alone_tells(void **state)
{
    struct robots *r = robots_new();
    struct event e = {.type = EVENT_view_item, .time_ms = noon, .user_agent = TEXT("Bingbot/2.0")};
    const struct shopper_key none = {{0, 0}};
    (void)state;

    assert_int_equal(robots_fold(r, none, &e, NULL), ROBOT_KNOWN);
    e.user_agent = (struct text){0};
    assert_int_equal(robots_fold(r, none, &e, NULL), ROBOT_NOT);
    assert_int_equal(robots_count(r), 0);
    robots_free(r);
}

/* --- fast --- */

/* `count` views, `apart_ms` each; how many passed before the mark, or `count`. */
static uint32_t views(struct robots *r, const char *who, int64_t from_ms, uint32_t count,
                      int64_t apart_ms)
{
    for (uint32_t i = 0; i < count; i++)
        if (fold(r, who, EVENT_view_item, from_ms + i * apart_ms) != ROBOT_NOT)
            return i;
    return count;
}

static void impossible_rates_mark_by_the_minute_the_hour_and_the_day(void **state)
{
    struct robots *r = robots_new();
    (void)state;

    assert_int_equal(views(r, "minute", noon, 1000, 400), ROBOT_MINUTE_MAX - 1);
    assert_int_equal(views(r, "hour", noon, 10000, 1400), ROBOT_HOUR_MAX - 1);
    /* from midnight on: a day holds 14,400 at that pace */
    assert_int_equal(views(r, "day", noon + 12 * MS_HOUR, 20000, 6000), ROBOT_DAY_MAX - 1);
    assert_int_equal(why(r, "minute", noon), ROBOT_FAST);
    /* Below each bound nobody is marked, for days. */
    assert_int_equal(views(r, "person", noon, 40000, 8000), 40000);
    robots_free(r);
}

/* Forty tabs opened in a minute is less; each is a click, a page and a product. */
static void a_fast_human_is_none(void **state)
{
    struct robots *r = robots_new();
    (void)state;

    for (int64_t minute = 0; minute < 60; minute++)
        for (int64_t tab = 0; tab < 13; tab++) { /* 780 pages in an hour */
            int64_t at = noon + minute * MS_MINUTE + tab * 4500;
            assert_int_equal(fold(r, "ada", EVENT_select_item, at), ROBOT_NOT);
            assert_int_equal(fold(r, "ada", EVENT_page_view, at + 700), ROBOT_NOT);
            assert_int_equal(fold(r, "ada", EVENT_view_item, at + 720), ROBOT_NOT);
            for (int64_t k = 0; k < 10; k++) {
                assert_int_equal(fold(r, "ada", EVENT_scroll, at + 800 + k * 90), ROBOT_NOT);
                assert_int_equal(fold(r, "ada", EVENT_view_item_list, at + 810 + k * 90),
                                 ROBOT_NOT);
            }
        }
    robots_free(r);
}

static void events_of_one_moment_and_purchases_are_no_speed(void **state)
{
    struct robots *r = robots_new();
    (void)state;

    for (int i = 0; i < 20000; i++) {
        assert_int_equal(fold(r, "day", EVENT_view_item, noon), ROBOT_NOT); /* whole days */
        assert_int_equal(buy(r, "shop", noon + i * 20), ROBOT_NOT);         /* an order's lines */
        assert_int_equal(fold(r, "refunds", EVENT_refund, noon + i * 20), ROBOT_NOT);
    }
    for (int i = 0; i < 2 * ROBOT_MINUTE_MAX; i++) /* a file in whole seconds, four a second */
        assert_int_equal(fold(r, "second", EVENT_view_item, noon + i / 4 * MS_SECOND), ROBOT_NOT);
    robots_free(r);
}

/* A tablet in the shop: a page every twelve seconds, twelve hours a day, by one after the other. */
static void a_device_that_many_use_is_none(void **state)
{
    struct robots *r = robots_new();
    (void)state;

    for (int day = 0; day < 5; day++)
        for (int64_t i = 0; i < 12 * MS_HOUR / 12000; i++) {
            int64_t at = noon - 4 * MS_HOUR + day * MS_DAY + i * 12000;
            assert_int_equal(fold(r, "kiosk", EVENT_select_item, at), ROBOT_NOT);
            assert_int_equal(fold(r, "kiosk", EVENT_page_view, at + 500), ROBOT_NOT);
            assert_int_equal(fold(r, "kiosk", EVENT_view_item, at + 550), ROBOT_NOT);
        }
    robots_free(r);
}

/* --- silent --- */

/* Sessions of `count` persons, of whom `acting` scroll on their first page. */
static void crowd_at(struct robots *r, int count, int acting, int64_t from_ms)
{
    char who[16];

    for (int i = 0; i < count; i++) {
        (void)snprintf(who, sizeof(who), "p%d", i);
        for (int page = 0; page < ROBOT_ACTING_PAGES; page++) {
            int64_t time_ms = from_ms + page * 20000;
            (void)fold(r, who, EVENT_page_view, time_ms); /* nobody is marked by that */
            if (page == 0 && i < acting)
                (void)fold(r, who, EVENT_scroll, time_ms + 5000);
        }
    }
}

static void crowd(struct robots *r, int count, int acting)
{
    crowd_at(r, count, acting, noon);
}

static uint32_t silent_pages_at(struct robots *r, const char *who, int64_t from_ms)
{
    for (uint32_t i = 0; i < 100; i++)
        if (fold(r, who, EVENT_page_view, from_ms + i * 20000) != ROBOT_NOT)
            return i + 1;
    return 0;
}

static uint32_t silent_pages(struct robots *r, const char *who)
{
    return silent_pages_at(r, who, evening);
}

static void many_pages_without_an_act_mark_where_acts_are_sent(void **state)
{
    struct robots *r = robots_new();
    (void)state;

    crowd(r, 200, 161);
    assert_int_equal(silent_pages(r, "x"), ROBOT_PAGES_MAX);
    assert_int_equal(why(r, "x", evening), ROBOT_SILENT);
    /* One act, and it is a person; pages in another session count anew. */
    (void)fold(r, "ada", EVENT_select_item, evening - 1000);
    assert_int_equal(silent_pages(r, "ada"), 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(
            fold(r, "eve", EVENT_page_view, evening + i * (i % 20 == 0 ? 2000000 : 20000)),
            ROBOT_NOT);
    robots_free(r);
}

static void where_acts_are_not_sent_silence_says_nothing(void **state)
{
    struct robots *few = robots_new(), *none = robots_new(), *rare = robots_new();
    (void)state;

    crowd(few, ACTING_SESSIONS_MIN - 1, ACTING_SESSIONS_MIN - 1);
    assert_int_equal(silent_pages(few, "x"), 0);
    crowd(none, 500, 0);
    assert_int_equal(silent_pages(none, "x"), 0);
    crowd(rare, 500, 390);
    assert_int_equal(silent_pages(rare, "x"), 0);
    robots_free(few);
    robots_free(none);
    robots_free(rare);
}

/* However many there are, and whether they come one after the other or all at once. */
static void robots_do_not_hide_each_other(void **state)
{
    enum { SILENT = 80, PAGES = 35 };
    struct robots *after = robots_new(), *beside = robots_new();
    char who[16];
    (void)state;

    crowd(after, 200, 200);
    for (int i = 0; i < SILENT; i++) {
        (void)snprintf(who, sizeof(who), "s%d", i);
        assert_int_equal(silent_pages_at(after, who, evening + i * MS_HOUR), ROBOT_PAGES_MAX);
    }
    crowd(beside, 200, 200);
    for (int page = 0; page < PAGES; page++)
        for (int i = 0; i < SILENT; i++) {
            (void)snprintf(who, sizeof(who), "s%d", i);
            assert_int_equal(fold(beside, who, EVENT_page_view, evening + page * MS_MINUTE + i),
                             page + 1 < ROBOT_PAGES_MAX ? ROBOT_NOT : ROBOT_SILENT);
        }
    robots_free(after);
    robots_free(beside);
}

/* Sessions of long ago count less and less, either way. */
static void a_shop_that_begins_to_send_acts_is_noticed(void **state)
{
    struct robots *r = robots_new();
    (void)state;

    for (int day = 0; day < 10; day++)
        crowd_at(r, 1000, 0, noon + day * MS_DAY);
    assert_int_equal(silent_pages_at(r, "x", noon + 10 * MS_DAY), 0);
    for (int day = 11; day < 15; day++)
        crowd_at(r, 1000, 1000, noon + day * MS_DAY);
    assert_int_equal(silent_pages_at(r, "y", noon + 15 * MS_DAY), ROBOT_PAGES_MAX);
    robots_free(r);
}

/* Who floods a shop whose pages send no acts with sessions that have some cannot make up buyers. */
static void buyers_overrule_sessions_that_anybody_can_make_up(void **state)
{
    struct robots *r = robots_new();
    char who[16];
    (void)state;

    crowd(r, 2000, 2000);
    for (int i = 0; i < ACTING_BOUGHT; i++) {
        int64_t from_ms = evening + i * MS_HOUR;
        (void)snprintf(who, sizeof(who), "x%d", i);
        assert_int_equal(silent_pages_at(r, who, from_ms), ROBOT_PAGES_MAX);
        (void)snprintf(who, sizeof(who), "b%d", i);
        for (int page = 0; page < 10 * ROBOT_ACTING_PAGES; page++) {
            int64_t time_ms = from_ms + page * 20000;
            (void)fold(r, who, EVENT_page_view, time_ms);
            if (page % ROBOT_ACTING_PAGES ==
                ROBOT_ACTING_PAGES - 1) /* again and again in one session */
                assert_int_equal(buy(r, who, time_ms + 1000), ROBOT_NOT);
        }
    }
    assert_int_equal(silent_pages_at(r, "y", evening + MS_DAY), 0);
    robots_free(r);
}

/* --- pages --- */

/* How many pages pass before the mark when each sends these two, the second `later_ms` after the first. */
static int pages_of_two(enum event_type one, enum event_type other, int64_t later_ms)
{
    struct robots *r = robots_new();
    int page = 0;

    crowd(r, 200, 200);
    for (; page < 100; page++)
        if (fold(r, "x", one, evening + page * 20000) != ROBOT_NOT ||
            fold(r, "x", other, evening + page * 20000 + later_ms) != ROBOT_NOT)
            break;
    robots_free(r);
    return page;
}

static void a_page_counts_once(void **state)
{
    static const int64_t laters[] = {10, 300, 1500, 9000};
    (void)state;

    for (size_t i = 0; i < COUNT(laters); i++) {
        assert_int_equal(pages_of_two(EVENT_page_view, EVENT_view_item, laters[i]),
                         ROBOT_PAGES_MAX - 1);
        /* Of the very first page it is not known yet that page_view follows. */
        assert_in_range(pages_of_two(EVENT_view_item, EVENT_page_view, laters[i]),
                        ROBOT_PAGES_MAX - 2, ROBOT_PAGES_MAX - 1);
    }
    assert_int_equal(pages_of_two(EVENT_view_item, EVENT_view_item, 700), ROBOT_PAGES_MAX - 1);
}

static void a_page_with_a_url_counts_once(void **state)
{
    struct robots *r = robots_new();
    char url[32];
    (void)state;

    crowd(r, 200, 200);
    for (int i = 0; i < 100; i++) { /* whatever one page sends, and loads again */
        (void)snprintf(url, sizeof(url), "https://s/p/%d", i / 4);
        assert_int_equal(
            at(r, "x", i % 2 ? EVENT_page_view : EVENT_view_item, evening + i * 15000, url),
            ROBOT_NOT);
    }
    for (int i = 0; i < ROBOT_PAGES_MAX; i++) { /* fast, but each another one */
        (void)snprintf(url, sizeof(url), "https://s/p/%d", i);
        assert_int_equal(at(r, "y", EVENT_view_item, evening + i * 1000, url),
                         i + 1 < ROBOT_PAGES_MAX ? ROBOT_NOT : ROBOT_SILENT);
    }
    for (int i = 0; i < ROBOT_PAGES_MAX - 1; i++) { /* only one of the two names it */
        (void)snprintf(url, sizeof(url), "https://s/p/%d", i);
        assert_int_equal(at(r, "z", EVENT_page_view, evening + i * 20000, url), ROBOT_NOT);
        assert_int_equal(fold(r, "z", EVENT_view_item, evening + i * 20000 + 1500), ROBOT_NOT);
    }
    for (int i = 0; i < ROBOT_PAGES_MAX - 1; i++) {
        (void)snprintf(url, sizeof(url), "https://s/p/%d", i);
        assert_int_equal(fold(r, "w", EVENT_page_view, evening + i * 20000), ROBOT_NOT);
        assert_int_equal(at(r, "w", EVENT_view_item, evening + i * 20000 + 1500, url), ROBOT_NOT);
    }
    robots_free(r);
}

/* --- how long --- */

static void a_mark_holds_a_month_from_the_last_reason(void **state)
{
    struct robots *r = robots_new();
    struct robot_mark mark;
    const int64_t month = (int64_t)ROBOT_MARK_S * MS_SECOND;
    (void)state;

    (void)fold_as(r, "x", EVENT_page_view, noon, "AhrefsBot", 0);
    assert_int_equal(fold(r, "x", EVENT_page_view, noon + month - 1000), ROBOT_KNOWN);
    assert_true(robots_mark(r, key_of("x"), noon + month - 1000, &mark));
    assert_int_equal(mark.why, ROBOT_KNOWN);
    assert_int_equal(mark.until_ms, noon + month);
    assert_int_equal(fold(r, "x", EVENT_page_view, noon + month), ROBOT_NOT); /* over */
    assert_false(robots_mark(r, key_of("x"), noon + month, &mark));
    assert_int_equal(why(r, "x", noon), ROBOT_KNOWN); /* what it did then stays a robot's */
    (void)fold_as(r, "x", EVENT_page_view, noon + month + 1000, "AhrefsBot", 0);
    assert_int_equal(why(r, "x", noon + 2 * month), ROBOT_KNOWN); /* marked again */
    robots_free(r);
}

static void a_verified_purchase_lifts_it_and_no_other_does(void **state)
{
    struct robots *r = robots_new();
    bool marked = false;
    struct event e = {.type = EVENT_page_view, .time_ms = noon, .user_agent = TEXT("SomeBot")};
    (void)state;

    (void)robots_fold(r, key_of("x"), &e, &marked);
    assert_true(marked);
    (void)robots_fold(r, key_of("x"), &e, &marked);
    assert_false(marked); /* it was already */
    assert_int_equal(views(r, "y", noon, 1000, 100), ROBOT_MINUTE_MAX - 1);
    assert_int_equal(fold(r, "y", EVENT_purchase, noon + 2000), ROBOT_FAST); /* a browser says so */
    assert_int_equal(buy(r, "y", noon + 3000), ROBOT_NOT);
    assert_int_equal(why(r, "y", noon), ROBOT_NOT);
    assert_int_equal(views(r, "y", noon + 4000, 1000, 100), ROBOT_MINUTE_MAX - 1); /* counts anew */
    /* A robot's own test orders lift nothing. */
    assert_int_equal(
        fold_as(r, "x", EVENT_purchase, noon + 1000, "Pingdom.com_bot", EVENT_VERIFIED),
        ROBOT_KNOWN);
    robots_free(r);
}

/* Of the same person by what the shop vouches for elsewhere. */
static void another_of_their_purchases_lifts_all_but_a_known_agents(void **state)
{
    struct robots *r = robots_new();
    (void)state;

    (void)fold_as(r, "x", EVENT_page_view, noon, "AhrefsBot", 0);
    (void)views(r, "y", noon, 1000, 100);
    assert_int_equal(why(r, "y", noon), ROBOT_FAST);
    robots_lift(r, key_of("x"));
    robots_lift(r, key_of("y"));
    robots_lift(r, key_of("nobody"));
    assert_int_equal(why(r, "x", noon), ROBOT_KNOWN);
    assert_int_equal(why(r, "y", noon), ROBOT_NOT);
    assert_int_equal(robots_count(r), 2);
    robots_free(r);
}

static void it_is_forgotten_when_asked_and_when_silent(void **state)
{
    struct robots *r = robots_new();
    (void)state;

    (void)fold_as(r, "x", EVENT_page_view, noon, "AhrefsBot", 0);
    (void)fold_as(r, "y", EVENT_page_view, noon + MS_DAY, "AhrefsBot", 0);
    (void)fold_as(r, "z", EVENT_page_view, noon, "AhrefsBot", 0);
    robots_remove(r, key_of("x"));
    robots_remove(r, key_of("nobody"));
    assert_int_equal(why(r, "x", noon), ROBOT_NOT);
    assert_int_equal(robots_count(r), 2);
    robots_forget_silent(r, noon + 1000);
    assert_int_equal(why(r, "z", noon), ROBOT_NOT);
    assert_int_equal(why(r, "y", noon), ROBOT_KNOWN);
    assert_int_equal(fold(r, "x", EVENT_page_view, noon), ROBOT_NOT); /* as if never seen */
    assert_int_equal(robots_count(r), 2);
    robots_free(r);
}

/* --- limits --- */

static void nobody_who_sends_many_ids_grows_it(void **state)
{
    enum { SLOTS = 4096, VISITORS = 200000 };
    struct robots *r = robots_new_bounded(SLOTS);
    const uint64_t empty = robots_bytes(r);
    char who[16];
    (void)state;

    (void)fold_as(r, "marked", EVENT_page_view, noon, "AhrefsBot", 0);
    for (int i = 0; i < VISITORS; i++) {
        (void)snprintf(who, sizeof(who), "v%d", i);
        assert_int_equal(fold(r, who, EVENT_page_view, noon + i * 100), ROBOT_NOT);
        assert_in_range(robots_count(r), 1, SLOTS * 3 / 4);
    }
    assert_int_equal(robots_bytes(r) - empty, SLOTS * 32);
    assert_int_equal(why(r, "marked", noon), ROBOT_KNOWN); /* those who are not marked go first */
    /* The newest is still watched: of its minute one event is counted. */
    assert_int_equal(views(r, who, noon + VISITORS * 100 - 90, 1000, 10), ROBOT_MINUTE_MAX - 2);
    /* And marks alone are bounded too. */
    for (int i = 0; i < VISITORS; i++) {
        (void)snprintf(who, sizeof(who), "r%d", i);
        (void)fold_as(r, who, EVENT_page_view, noon + MS_DAY + i * 1000, "AhrefsBot", 0);
    }
    assert_in_range(robots_count(r), 1, SLOTS * 3 / 4);
    assert_int_equal(why(r, who, noon), ROBOT_KNOWN);
    robots_free(r);
}

/* --- checkpoint --- */

static void save(const struct robots *r, const char *dir, uint64_t position)
{
    SCOPED(checkpoint_abandon) struct checkpoint_writer *w = NULL;

    assert_int_equal(checkpoint_begin(&w, dir, (struct position){position}, NULL), OK);
    robots_save(r, w);
    assert_int_equal(checkpoint_commit(&w, 9, NULL), OK);
}

static enum status load(struct robots *r, const char *dir, uint64_t position)
{
    SCOPED(checkpoint_close) struct checkpoint *c = NULL;
    struct error err;

    assert_int_equal(checkpoint_open(&c, dir, (struct position){position}, NULL), OK);
    return robots_load(r, c, &err);
}

static void a_checkpoint_gives_the_same_robots(void **state)
{
    struct robots *a = robots_new(), *b = robots_new();
    char dir[TEST_PATH_SIZE], who[16];
    (void)state;

    test_dir(dir);
    crowd(a, 3000, 3000);
    for (int i = 0; i < 20; i++)
        (void)fold(a, "half", EVENT_page_view, evening + i * 20000);
    (void)fold_as(a, "x", EVENT_page_view, noon, "AhrefsBot", 0);
    save(a, dir, 1);
    assert_int_equal(load(b, dir, 1), OK);
    assert_int_equal(robots_count(a), robots_count(b));
    assert_int_equal(robots_events(b), 1);
    assert_int_equal(why(b, "x", noon), ROBOT_KNOWN);
    for (int i = 0; i < 5000; i++) { /* they go on alike */
        (void)snprintf(who, sizeof(who), "q%d", i % 1700);
        assert_int_equal(fold(a, who, EVENT_page_view, noon + i * 300),
                         fold(b, who, EVENT_page_view, noon + i * 300));
    }
    for (int i = 20; i < ROBOT_PAGES_MAX; i++) {
        enum robot_why expected = i == ROBOT_PAGES_MAX - 1 ? ROBOT_SILENT : ROBOT_NOT;
        assert_int_equal(fold(b, "half", EVENT_page_view, evening + i * 20000), expected);
    }
    robots_free(a);
    robots_free(b);
}

static void a_checkpoint_of_something_else_is_refused(void **state)
{
    struct robots *r = robots_new();
    char dir[TEST_PATH_SIZE];
    struct {
        uint32_t version, slot_count, used, newest_s;
        uint64_t events;
        uint32_t tallies[4];
    } heads[] = {{1, 0, 0, 0, 0, {0}},
                 {2, 1024, 0, 0, 0, {0}},
                 {2, 0, 5, 0, 0, {0}},
                 {2, 0, 0, 0, 0, {5, 6}},
                 {2, 0, 0, 0, 0, {0, 0, ACTING_SESSIONS_MAX + 1, 6}},
                 {2, 2, 0, 0, 0, {0}}}; /* too small */
    const uint8_t slots[2 * 24] = {0};
    (void)state;

    test_dir(dir);
    for (size_t i = 0; i < COUNT(heads); i++) {
        SCOPED(checkpoint_abandon) struct checkpoint_writer *w = NULL;
        assert_int_equal(checkpoint_begin(&w, dir, (struct position){i + 1}, NULL), OK);
        checkpoint_add(w, "robots.head", &heads[i], sizeof(heads[i]));
        checkpoint_add(w, "robots.slots", slots, heads[i].slot_count == 2 ? sizeof(slots) : 0);
        assert_int_equal(checkpoint_commit(&w, 9, NULL), OK);
        assert_int_equal(load(r, dir, i + 1), ERR_CORRUPT);
    }
    assert_int_equal(fold(r, "x", EVENT_page_view, noon), ROBOT_NOT); /* as new */
    assert_int_equal(robots_count(r), 1);
    robots_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_agent_marks_at_once_and_what_came_before_too),
        cmocka_unit_test(of_nobody_the_agent_alone_tells),
        cmocka_unit_test(impossible_rates_mark_by_the_minute_the_hour_and_the_day),
        cmocka_unit_test(a_fast_human_is_none),
        cmocka_unit_test(events_of_one_moment_and_purchases_are_no_speed),
        cmocka_unit_test(a_device_that_many_use_is_none),
        cmocka_unit_test(many_pages_without_an_act_mark_where_acts_are_sent),
        cmocka_unit_test(where_acts_are_not_sent_silence_says_nothing),
        cmocka_unit_test(robots_do_not_hide_each_other),
        cmocka_unit_test(a_shop_that_begins_to_send_acts_is_noticed),
        cmocka_unit_test(buyers_overrule_sessions_that_anybody_can_make_up),
        cmocka_unit_test(a_page_counts_once),
        cmocka_unit_test(a_page_with_a_url_counts_once),
        cmocka_unit_test(a_mark_holds_a_month_from_the_last_reason),
        cmocka_unit_test(a_verified_purchase_lifts_it_and_no_other_does),
        cmocka_unit_test(another_of_their_purchases_lifts_all_but_a_known_agents),
        cmocka_unit_test(it_is_forgotten_when_asked_and_when_silent),
        cmocka_unit_test(nobody_who_sends_many_ids_grows_it),
        cmocka_unit_test(a_checkpoint_gives_the_same_robots),
        cmocka_unit_test(a_checkpoint_of_something_else_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
