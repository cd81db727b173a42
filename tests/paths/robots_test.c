/* SPDX-License-Identifier: Apache-2.0 */
/* A shop with robots in it answers, counts and learns as the same shop without them. */
#include <stdio.h>

#include "base/file.h"
#include "base/time.h"
#include "paths/evaluate.h"
#include "paths/export.h"
#include "paths/forget.h"
#include "paths/learn.h"
#include "paths/learn_whose.h"
#include "paths/recommend.h"
#include "paths/replay.h"
#include "paths/shopper.h"
#include "tests/support/shop.h"

enum { PRODUCTS = 12, VISITORS = 60, BATCH = 200 };

static const char program[] =
    "owner: tests\n"
    "currency: EUR\n"
    "policies:\n"
    "  consent_default: {analytics: true, personalization: true, email: false}\n"
    "  traffic: {co_view: 1, learned: 2}\n"
    "  min_support: {viewed: 3, bought: 3}\n"
    "surfaces:\n"
    "  - {name: home, kind: home, limit: 12, sources: [recently_viewed, trending, bestsellers]}\n"
    "  - {name: page, kind: pdp, limit: 12, sources: [also_viewed, neighbours]}\n";
static const char googlebot[] = "Mozilla/5.0 (compatible; Googlebot/2.1)";

struct place {
    struct test_shop t;
    struct buffer batch;
    uint32_t waiting, ids;
};

static void flush(struct place *p)
{
    if (p->waiting == 0)
        return;
    buffer_add_string(&p->batch, "]}");
    assert_int_equal(test_record(p->t.shop, p->batch.data, TEST_NOW).stored, p->waiting);
    buffer_clear(&p->batch);
    p->waiting = 0;
}

struct doing {
    const char *who, *type, *agent, *user;
    int item;
    int64_t before_ms; /* TEST_NOW */
};

static void happens(struct place *p, struct doing d)
{
    char time[TIME_TEXT_SIZE];

    buffer_printf(&p->batch,
                  "%s{\"id\":\"e-%u\",\"type\":\"%s\",\"anonymous_id\":\"%s\",\"time\":\"%s\","
                  "\"items\":[{\"item_id\":\"P%d\"}]",
                  p->waiting++ == 0 ? "{\"events\":[" : ",", p->ids++, d.type, d.who,
                  time_print(TEST_NOW - d.before_ms, time), d.item);
    if (d.agent != NULL)
        buffer_printf(&p->batch, ",\"context\":{\"user_agent\":\"%s\"}", d.agent);
    if (d.user != NULL)
        buffer_printf(&p->batch, ",\"user_id\":\"%s\"", d.user);
    buffer_printf(&p->batch, "%s}",
                  strcmp(d.type, "purchase") == 0 ? ",\"order_id\":\"o\",\"currency\":\"EUR\""
                                                  : "");
    if (p->waiting == BATCH)
        flush(p);
}

static void place_open(struct place *p)
{
    SCOPED(buffer_free) struct buffer rows = {0};

    *p = (struct place){.waiting = 0};
    test_shop_open(&p->t);
    test_program(p->t.shop, program, TEST_NOW - MS_DAY);
    for (int i = 0; i < PRODUCTS; i++)
        buffer_printf(&rows,
                      "{\"item_id\":\"P%d\",\"title\":\"P%d\",\"price\":\"1.00\",\"currency\":"
                      "\"EUR\"}\n",
                      i, i);
    assert_int_equal(test_import(p->t.shop, "catalog", rows.data, "from=jsonl").stored, PRODUCTS);
}

static void place_close(struct place *p)
{
    buffer_free(&p->batch);
    test_shop_close(&p->t);
}

/* Each visitor looks at three products in a row; the crowd has seen all of them. */
static void people(struct place *p)
{
    char who[16];

    for (int i = 0; i < VISITORS; i++) {
        (void)snprintf(who, sizeof(who), "v-%d", i);
        for (int k = 0; k < 3; k++)
            happens(p, (struct doing){who, "view_item", NULL, NULL, (i + k) % PRODUCTS,
                                      (VISITORS - i) * MS_HOUR - k * MS_MINUTE});
        if (i % 4 == 0)
            happens(p, (struct doing){who, "purchase", NULL, NULL, i % PRODUCTS,
                                      (VISITORS - i) * MS_HOUR - 4 * MS_MINUTE});
    }
    flush(p);
}

/* A thousand views of P7, and carts of P8, by visitors who each look at three products together. */
static void crawl(struct place *p, const char *agent, int64_t apart_ms)
{
    for (int i = 0; i < 1000; i++)
        happens(p, (struct doing){"crawler", "view_item", agent, NULL, i % 3 == 0 ? 7 : 9,
                                  2 * MS_HOUR - i * apart_ms});
    for (int i = 0; i < 50; i++)
        happens(p,
                (struct doing){"crawler", "add_to_cart", agent, NULL, 8, MS_HOUR - i * apart_ms});
    flush(p);
}

static struct generation_summary learn_now(struct place *p)
{
    SCOPED(learn_result_free) struct learn_result made = {.surface_count = 0};
    struct learn_options options = {
        .data_dir = p->t.dir, .settings = &p->t.settings, .now_ms = TEST_NOW};
    struct error err = {0};

    if (learn(&options, &made, &err) != OK)
        fail_msg("%s", err.message);
    assert_int_equal(
        shop_use_generation(p->t.shop, made.generation.number, TEST_ACTOR(TEST_NOW), &err), OK);
    return made.generation;
}

static struct question question_of(const char *surface, const char *who, const char *item)
{
    return (struct question){.surfaces = {text_from(surface)},
                             .surface_count = 1,
                             .anonymous_id = text_from(who),
                             .item_id = text_from(item),
                             .now_ms = TEST_NOW};
}

static struct answer ask(struct place *p, const struct question *q, struct arena *a)
{
    struct answer answer = {.item_count = 0};
    struct error err = {0};

    if (recommend(p->t.shop, q, &answer, a, &err) != OK)
        fail_msg("%s", err.message);
    return answer;
}

static void assert_same_answers(struct place *x, struct place *y, const char *who)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    char item[16];

    for (int i = 0; i < PRODUCTS; i++) {
        (void)snprintf(item, sizeof(item), "P%d", i);
        struct question q = question_of(i == 0 ? "home" : "page", who, item);
        const struct answer one = ask(x, &q, &a), other = ask(y, &q, &a);
        assert_int_equal(one.item_count, other.item_count);
        assert_true(one.item_count > 0);
        for (size_t k = 0; k < one.item_count; k++)
            assert_int_equal(one.items[k].product, other.items[k].product);
        assert_int_equal(one.decision->digest, other.decision->digest);
    }
}

static void assert_same_files(const struct place *x, const struct place *y)
{
    static const char *const names[] = {"viewed.bin", "bought.bin", "complement.bin",
                                        "sessions.bin"};

    for (size_t i = 0; i < COUNT(names); i++) {
        SCOPED(buffer_free) struct buffer one = {0};
        SCOPED(buffer_free) struct buffer other = {0};
        char path[TEST_PATH_SIZE], name[64];
        (void)snprintf(name, sizeof(name), "generations/1/%s", names[i]);
        assert_int_equal(file_read(test_path(path, x->t.dir, name), 1 << 24, &one, NULL), OK);
        assert_int_equal(file_read(test_path(path, y->t.dir, name), 1 << 24, &other, NULL), OK);
        assert_true(one.size > 0);
        assert_true(text_equal(buffer_text(&one), buffer_text(&other)));
    }
}

static void assert_same_shops(struct place *with, struct place *without)
{
    const struct state *x = with->t.shop->state, *y = without->t.shop->state;

    assert_int_equal(popularity_sessions_month(x->popularity),
                     popularity_sessions_month(y->popularity));
    assert_int_equal(profiles_count(x->profiles), profiles_count(y->profiles));
}

static void a_robot_that_says_so_changes_no_answer_no_count_and_no_file(void **state)
{
    struct place with, without;
    struct error err = {0};

    place_open(&with);
    place_open(&without);
    crawl(&with, googlebot, MS_SECOND);
    people(&with);
    people(&without);
    assert_same_shops(&with, &without);
    const struct generation_summary x = learn_now(&with), y = learn_now(&without);
    assert_int_equal(x.session_count, y.session_count);
    assert_int_equal(x.click_count, y.click_count);
    assert_int_equal(x.sessions_month, y.sessions_month);
    assert_same_files(&with, &without);
    assert_int_equal(shop_tick(with.t.shop, TEST_NOW, &err), OK);
    assert_int_equal(shop_tick(without.t.shop, TEST_NOW, &err), OK);
    assert_same_answers(&with, &without, "v-59");
    assert_same_answers(&with, &without, "stranger");
    place_close(&with);
    place_close(&without);
}

/* What came before the mark is popular for a while; learning and the profile have none of it. */
static void a_robot_that_is_too_fast_is_not_learned_from_at_all(void **state)
{
    struct place with, without;

    place_open(&with);
    place_open(&without);
    people(&with);
    people(&without);
    crawl(&with, NULL, 100);
    const struct state *s = with.t.shop->state;
    assert_int_equal(robots_events(s->robots), 1050 - (ROBOT_MINUTE_MAX - 1));
    assert_int_equal(profiles_count(s->profiles), profiles_count(without.t.shop->state->profiles));
    const struct generation_summary x = learn_now(&with), y = learn_now(&without);
    assert_int_equal(x.click_count, y.click_count);
    assert_same_files(&with, &without);
    place_close(&with);
    place_close(&without);
}

static void evaluating_the_shops_own_journal_passes_over_robots(void **state)
{
    struct place with, without;
    struct evaluation x, y;
    const struct evaluate_options options = {.min_support = 1, .rung = RUNG_NEIGHBOURS};
    struct error err = {0};

    place_open(&with);
    place_open(&without);
    crawl(&with, NULL, 100);
    people(&with);
    people(&without);
    if (evaluate_shop(with.t.shop, &options, &x, &err) != OK ||
        evaluate_shop(without.t.shop, &options, &y, &err) != OK)
        fail_msg("%s", err.message);
    assert_int_equal(x.train_clicks, y.train_clicks);
    assert_int_equal(x.train_sessions, y.train_sessions);
    assert_int_equal(x.test_sessions, y.test_sessions);
    place_close(&with);
    place_close(&without);
}

/* --- answering --- */

static void a_robot_is_answered_as_a_stranger_and_the_decision_says_so(void **state)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    SCOPED(buffer_free) struct buffer json = {0};
    struct place p;
    struct error err = {0};

    place_open(&p);
    people(&p);
    assert_int_equal(shop_tick(p.t.shop, TEST_NOW, &err), OK);
    struct question q = question_of("home", "v-59", "");
    const struct answer person = ask(&p, &q, &a);
    assert_int_equal(person.decision->robot, ROBOT_NOT);
    q.anonymous_id = TEXT("nobody yet");
    const struct answer stranger = ask(&p, &q, &a);
    assert_int_not_equal(person.decision->digest, stranger.decision->digest);

    happens(&p, (struct doing){"v-59", "page_view", googlebot, NULL, 1, 0});
    flush(&p);
    q.anonymous_id = TEXT("v-59");
    const struct answer robot = ask(&p, &q, &a);
    assert_int_equal(robot.decision->robot, ROBOT_KNOWN);
    assert_text(robot.decision->anonymous_id, "v-59");
    assert_int_equal(robot.decision->digest, stranger.decision->digest);
    if (replay_decision(p.t.shop, text_from(robot.request_id), &json, &err) != OK)
        fail_msg("%s", err.message);
    assert_non_null(strstr(json.data, "\"replayed\":true"));
    assert_non_null(strstr(json.data, "a robot: its user agent says so; it was answered as"));
    assert_non_null(strstr(json.data, "\"robot\":\"known\""));
    place_close(&p);
}

/* The agent that a request names is not kept; that it was a robot's is, and is replayed. */
static void a_request_that_names_a_robots_agent_counts_at_once(void **state)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    SCOPED(buffer_free) struct buffer json = {0};
    struct place p;
    struct error err = {0};

    place_open(&p);
    people(&p);
    struct question q = question_of("home", "v-59", "");
    q.user_agent = TEXT("Mozilla/5.0 (Windows NT 10.0)");
    const struct answer person = ask(&p, &q, &a);
    assert_int_equal(person.decision->robot, ROBOT_NOT);
    q.user_agent = text_from(googlebot);
    const struct answer robot = ask(&p, &q, &a);
    assert_int_equal(robot.decision->robot, ROBOT_KNOWN);
    q.anonymous_id = TEXT("nobody yet");
    assert_int_equal(ask(&p, &q, &a).decision->digest, robot.decision->digest);
    assert_int_not_equal(person.decision->digest, robot.decision->digest);
    if (replay_decision(p.t.shop, text_from(robot.request_id), &json, &err) != OK)
        fail_msg("%s", err.message);
    assert_non_null(strstr(json.data, "\"replayed\":true"));
    place_close(&p);
}

/* The shop's own server may ask with the agent of its library, as it may send events; a page may not. */
static void a_library_that_asks_is_a_robot_unless_it_is_vouched_for(void **state)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct place p;

    place_open(&p);
    struct question q = question_of("home", "v-59", "");
    q.user_agent = TEXT("python-requests/2.31");
    assert_int_equal(ask(&p, &q, &a).decision->robot, ROBOT_KNOWN);
    q.vouched = true;
    assert_int_equal(ask(&p, &q, &a).decision->robot, ROBOT_NOT);
    place_close(&p);
}

/* --- marks --- */

static enum robot_why mark_of(const struct place *p, const char *who)
{
    return robots_why(p->t.shop->state->robots, shopper_key_of(text_from(who), (struct text){0}),
                      TEST_NOW);
}

static void a_mark_takes_the_profile_and_a_verified_purchase_brings_the_person_back(void **state)
{
    struct place p;

    place_open(&p);
    people(&p);
    const struct state *s = p.t.shop->state;
    uint32_t before = profiles_count(s->profiles);
    happens(&p, (struct doing){"v-3", "page_view", googlebot, NULL, 1, 5000});
    happens(&p, (struct doing){"v-3", "view_item", NULL, NULL, 1, 4000});
    flush(&p);
    assert_int_equal(mark_of(&p, "v-3"), ROBOT_KNOWN);
    assert_int_equal(profiles_count(s->profiles), before - 1);
    happens(&p, (struct doing){"v-3", "purchase", NULL, NULL, 1, 3000});
    flush(&p);
    assert_int_equal(mark_of(&p, "v-3"), ROBOT_NOT);
    assert_int_equal(profiles_count(s->profiles), before);
    place_close(&p);
}

/* `who` looks at 150 products in fifteen seconds, logged in as `user`. */
static void rush(struct place *p, const char *who, const char *user, int64_t before_ms)
{
    for (int i = 0; i < 150; i++)
        happens(p, (struct doing){who, "view_item", NULL, user, i % PRODUCTS, before_ms - i * 100});
    flush(p);
    assert_int_equal(mark_of(p, who), ROBOT_FAST);
}

/* The shop's server tells of the purchase, and knows no browser. */
static void a_customers_purchase_lifts_the_marks_of_browsers_that_are_theirs_alone(void **state)
{
    static const char purchase[] =
        "{\"id\":\"bought\",\"type\":\"purchase\",\"user_id\":\"ada\",\"order_id\":\"o-1\","
        "\"currency\":\"EUR\",\"items\":[{\"item_id\":\"P1\",\"price\":\"1.00\"}]}";
    static const struct {
        const char *who;
        enum robot_why why;
    } after[] = {{"phone", ROBOT_NOT},  {"desk", ROBOT_NOT},     {"shared", ROBOT_FAST},
                 {"other", ROBOT_FAST}, {"nobodys", ROBOT_FAST}, {"crawler", ROBOT_KNOWN}};
    struct place p;

    place_open(&p);
    rush(&p, "phone", "ada", 8 * MS_HOUR);
    rush(&p, "desk", "ada", 7 * MS_HOUR);
    rush(&p, "shared", "ada", 6 * MS_HOUR);
    rush(&p, "other", "eve", 5 * MS_HOUR);
    rush(&p, "nobodys", NULL, 4 * MS_HOUR);
    happens(&p, (struct doing){"shared", "view_item", NULL, "eve", 1, 3 * MS_HOUR});
    happens(&p, (struct doing){"crawler", "view_item", googlebot, "ada", 1, 3 * MS_HOUR});
    flush(&p);
    assert_int_equal(test_record(p.t.shop, purchase, TEST_NOW).stored, 1);
    for (size_t i = 0; i < COUNT(after); i++)
        assert_int_equal(mark_of(&p, after[i].who), after[i].why);
    test_shop_reopen(&p.t, SHOP_WRITE); /* the same from the journal */
    for (size_t i = 0; i < COUNT(after); i++)
        assert_int_equal(mark_of(&p, after[i].who), after[i].why);
    place_close(&p);
}

static void marks_outlast_a_restart_with_and_without_a_checkpoint(void **state)
{
    struct place p;
    struct error err = {0};

    place_open(&p);
    happens(&p, (struct doing){"x", "page_view", googlebot, NULL, 1, 5000});
    flush(&p);
    test_shop_reopen(&p.t, SHOP_WRITE);
    assert_int_equal(mark_of(&p, "x"), ROBOT_KNOWN);
    assert_int_equal(learn_checkpoint(p.t.dir, &p.t.settings, &err), OK);
    test_shop_reopen(&p.t, SHOP_WRITE);
    assert_true(p.t.shop->state->checkpoint.number > 0);
    assert_int_equal(mark_of(&p, "x"), ROBOT_KNOWN);
    assert_int_equal(robots_events(p.t.shop->state->robots), 1);
    place_close(&p);
}

static void an_export_and_the_operator_are_told_and_an_erasure_forgets(void **state)
{
    SCOPED(buffer_free) struct buffer json = {0};
    struct place p;
    struct forgotten forgotten;
    struct error err = {0};

    place_open(&p);
    happens(&p, (struct doing){"x", "page_view", googlebot, NULL, 1, 5000});
    flush(&p);
    assert_int_equal(export_shopper(p.t.shop, TEXT("x"), NAMING_EITHER, TEST_NOW, &json, &err), OK);
    assert_non_null(strstr(json.data, "\"robots\":[{\"anonymous_id\":\"x\",\"robot\":\"known\","
                                      "\"why\":\"its user agent says so\",\"until\":\"2026-12-22"));
    buffer_clear(&json);
    if (shopper_show(p.t.shop, TEXT("x"), TEST_NOW, &json, &err) != OK)
        fail_msg("%s", err.message);
    assert_non_null(strstr(json.data, "The visitor x is taken for a robot until 2026-12-22: its "
                                      "user agent says so."));
    assert_int_equal(
        forget_shopper(p.t.shop, TEXT("x"), NAMING_EITHER, TEST_ACTOR(TEST_NOW), &forgotten, &err),
        OK);
    assert_int_equal(mark_of(&p, "x"), ROBOT_NOT);
    assert_int_equal(robots_count(p.t.shop->state->robots), 0);
    place_close(&p);
}

/* Also where nothing but who is who is folded, for learning. */
static void retention_forgets_the_silent(void **state)
{
    const uint8_t id_key[16] = {0};
    struct state *s = whose_state_new(id_key);
    SCOPED(buffer_free) struct buffer body = {0};
    const struct event e = {.id = TEXT("1"),
                            .type = EVENT_page_view,
                            .time_ms = TEST_NOW,
                            .anonymous_id = TEXT("x"),
                            .user_agent = text_from(googlebot)};
    int64_t before_ms = TEST_NOW;

    event_encode(&e, &body);
    state_fold(s, &(struct record){.position = {1},
                                   .time_ms = TEST_NOW,
                                   .kind = RECORD_EVENT,
                                   .body = buffer_text(&body)});
    for (uint64_t i = 2; i <= 3; i++, before_ms += 1000) {
        state_fold(s, &(struct record){.position = {i},
                                       .time_ms = TEST_NOW,
                                       .kind = RECORD_RETENTION,
                                       .body = {(const char *)&before_ms, sizeof(before_ms)}});
        assert_int_equal(robots_count(s->robots), i == 2 ? 1 : 0);
    }
    state_free(s);
}

/* Order lines of one minute, and of whole days: nobody is fast by what they bought. */
static void an_import_of_orders_marks_nobody(void **state)
{
    SCOPED(buffer_free) struct buffer rows = {0};
    struct place p;

    place_open(&p);
    buffer_add_string(&rows, "type,order,customer,time,item\n");
    for (int i = 0; i < 600; i++)
        buffer_printf(&rows, "purchase,o-1,c-1,2026-11-20T08:%02d:%02d,P%d\n", 26 + i / 300,
                      i / 5 % 60, i % PRODUCTS);
    for (int i = 0; i < 600; i++)
        buffer_printf(&rows, "view_item,,c-2,2026-11-19,P%d\n", i % PRODUCTS);
    assert_int_equal(test_import(p.t.shop, "events", rows.data,
                                 "from=csv;map=transaction_id=order,user_id=customer,item_id=item")
                         .stored,
                     1200);
    assert_int_equal(robots_events(p.t.shop->state->robots), 0);
    place_close(&p);
}

/* --- by person --- */

/* `devices` browsers view P1 and P2 in a row; each of them logs in as customer `user`, if any. */
static void browse(struct place *p, int devices, const char *user)
{
    char who[16];

    for (int i = 0; i < devices; i++) {
        (void)snprintf(who, sizeof(who), "d-%u", p->ids);
        happens(p, (struct doing){who, "view_item", NULL, NULL, 1, (i + 2) * MS_HOUR});
        happens(p, (struct doing){who, "view_item", NULL, NULL, 2, (i + 2) * MS_HOUR - MS_MINUTE});
        if (user != NULL)
            happens(p, (struct doing){who, "page_view", NULL, user, 2, MS_HOUR});
    }
    flush(p);
}

static size_t also_viewed(struct place *p)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct question q = question_of("page", "stranger", "P1");

    (void)learn_now(p); /* of no use here */
    return ask(p, &q, &a).item_count;
}

static void one_person_with_three_browsers_is_one_shopper_of_support(void **state)
{
    struct place one, three;

    place_open(&one);
    browse(&one, 3, "ada");
    happens(&one, (struct doing){"other", "view_item", NULL, NULL, 5, MS_HOUR});
    flush(&one);
    assert_int_equal(also_viewed(&one), 0);
    place_close(&one);

    place_open(&three); /* the same, by three people */
    browse(&three, 1, "ada");
    browse(&three, 1, "bob");
    browse(&three, 1, NULL);
    assert_int_equal(also_viewed(&three), 1);
    place_close(&three);
}

/* Two devices of one person at the same time are two sessions. */
static void sessions_are_cut_device_by_device(void **state)
{
    struct place p;

    place_open(&p);
    for (int i = 0; i < 4; i++)
        for (int d = 0; d < 2; d++)
            happens(&p, (struct doing){d == 0 ? "phone" : "desk", "view_item", NULL, "ada",
                                       d * 4 + i, MS_HOUR - (2 * i + d) * MS_MINUTE});
    flush(&p);
    const struct generation_summary made = learn_now(&p);
    assert_int_equal(made.session_count, 2);
    assert_int_equal(made.click_count, 8);
    place_close(&p);
}

/* On a device that several log in to, each has what is filed to them. */
static void on_a_shared_device_each_supports_for_themselves(void **state)
{
    static const char *const users[] = {"ada", "bob", "eve"};
    struct place p;

    place_open(&p);
    for (int i = 0; i < 3; i++)
        for (int k = 1; k <= 2; k++)
            happens(&p, (struct doing){"pad", "view_item", NULL, users[i], k,
                                       (4 - i) * MS_HOUR - k * MS_MINUTE});
    flush(&p);
    assert_int_equal(also_viewed(&p), 1);
    place_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_robot_that_says_so_changes_no_answer_no_count_and_no_file),
        cmocka_unit_test(a_robot_that_is_too_fast_is_not_learned_from_at_all),
        cmocka_unit_test(evaluating_the_shops_own_journal_passes_over_robots),
        cmocka_unit_test(a_robot_is_answered_as_a_stranger_and_the_decision_says_so),
        cmocka_unit_test(a_request_that_names_a_robots_agent_counts_at_once),
        cmocka_unit_test(a_mark_takes_the_profile_and_a_verified_purchase_brings_the_person_back),
        cmocka_unit_test(a_library_that_asks_is_a_robot_unless_it_is_vouched_for),
        cmocka_unit_test(a_customers_purchase_lifts_the_marks_of_browsers_that_are_theirs_alone),
        cmocka_unit_test(marks_outlast_a_restart_with_and_without_a_checkpoint),
        cmocka_unit_test(an_export_and_the_operator_are_told_and_an_erasure_forgets),
        cmocka_unit_test(retention_forgets_the_silent),
        cmocka_unit_test(an_import_of_orders_marks_nobody),
        cmocka_unit_test(one_person_with_three_browsers_is_one_shopper_of_support),
        cmocka_unit_test(sessions_are_cut_device_by_device),
        cmocka_unit_test(on_a_shared_device_each_supports_for_themselves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
