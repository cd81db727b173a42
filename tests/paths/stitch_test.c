/* SPDX-License-Identifier: Apache-2.0 */
/* One person over devices and logins: what the next answer knows, what it must not, and that the journal
 * alone brings it all back. */
#include <stdio.h>

#include "base/time.h"
#include "paths/forget.h"
#include "paths/preferences.h"
#include "paths/recommend.h"
#include "paths/replay.h"
#include "paths/shopper.h"
#include "tests/support/shop.h"

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE };

static const char program[] =
    "owner: tests\n"
    "currency: EUR\n"
    "policies:\n"
    "  consent_default: {analytics: true, personalization: true, email: false}\n"
    "surfaces:\n"
    "  - {name: seen, kind: home, limit: 20, sources: [recently_viewed]}\n";

static struct actor ops(int64_t ms)
{
    return (struct actor){TEXT("ops"), TEXT("command"), TEST_NOW + ms};
}

static void open_shop(struct test_shop *t)
{
    char row[128];

    test_shop_open(t);
    for (char c = 'a'; c <= 'h'; c++) {
        snprintf(
            row, sizeof(row),
            "{\"item_id\":\"%c\",\"title\":\"Thing %c\",\"price\":\"1.00\",\"currency\":\"EUR\"}\n",
            c, c);
        assert_int_equal(test_import(t->shop, "catalog", row, "from=jsonl").stored, 1);
    }
    test_program(t->shop, program, TEST_NOW);
}

/* An event at `ms` behind TEST_NOW: "view_item" of `item`, or another type with none. */
static void happens(struct test_shop *t, const char *visitor, const char *user, const char *item,
                    int64_t ms, const char *more)
{
    static int number;
    char json[1024], time[TIME_TEXT_SIZE];
    size_t size = (size_t)snprintf(
        json, sizeof(json), "{\"id\":\"e-%d\",\"type\":\"%s\",\"time\":\"%s\"", ++number,
        item != NULL ? "view_item" : "identify", time_print(TEST_NOW + ms, time));

    if (visitor != NULL)
        size +=
            (size_t)snprintf(json + size, sizeof(json) - size, ",\"anonymous_id\":\"%s\"", visitor);
    if (user != NULL)
        size += (size_t)snprintf(json + size, sizeof(json) - size, ",\"user_id\":\"%s\"", user);
    if (item != NULL)
        size += (size_t)snprintf(json + size, sizeof(json) - size,
                                 ",\"items\":[{\"item_id\":\"%s\"}]", item);
    snprintf(json + size, sizeof(json) - size, "%s}", more);
    assert_int_equal(test_record(t->shop, json, TEST_NOW + ms).stored, 1);
}

/* What "seen" shows them, as "c b a": the products' ids in their order. */
static const char *seen(struct test_shop *t, const char *visitor, const char *user, int64_t ms,
                        char request_id[REQUEST_ID_SIZE])
{
    static char out[128];
    SCOPED(arena_free) struct arena a = {0};
    struct question q = {.surfaces = {TEXT("seen")},
                         .surface_count = 1,
                         .anonymous_id = text_from(visitor),
                         .user_id = text_from(user),
                         .now_ms = TEST_NOW + ms};
    struct answer answer;
    struct error err = {0};
    size_t size = 0;

    if (recommend(t->shop, &q, &answer, &a, &err) != OK)
        fail_msg("%s", err.message);
    out[0] = '\0';
    for (size_t i = 0; i < answer.item_count && size < sizeof(out); i++)
        size += (size_t)snprintf(out + size, sizeof(out) - size, "%s%.*s", i > 0 ? " " : "",
                                 (int)answer.items[i].item_id.size, answer.items[i].item_id.data);
    if (request_id != NULL)
        memcpy(request_id, answer.request_id, REQUEST_ID_SIZE);
    return out;
}

static void split(struct test_shop *t, const char *who, int64_t ms)
{
    SCOPED(buffer_free) struct buffer json = {0};
    const struct shopper_change by = {ops(ms), TEXT("a mistake")};
    struct error err = {0};

    if (shopper_split(t->shop, text_from(who), &by, &json, &err) != OK)
        fail_msg("%s", err.message);
}

static void what_was_done_before_the_login_is_known_behind_it(void **state)
{
    struct test_shop t;

    open_shop(&t);
    happens(&t, "v1", NULL, "a", 0, "");
    happens(&t, "v1", NULL, "b", 2 * HOUR, "");
    happens(&t, "v1", "A", NULL, 3 * HOUR, "");
    assert_string_equal(seen(&t, NULL, "A", 3 * HOUR, NULL), "b a");
    happens(&t, "v2", "A", NULL, 4 * HOUR, ""); /* a second device */
    assert_string_equal(seen(&t, "v2", "A", 4 * HOUR, NULL), "b a");
    assert_string_equal(seen(&t, "v2", NULL, 4 * HOUR, NULL), "b a");
    happens(&t, "v2", "A", "c", 5 * HOUR, "");
    assert_string_equal(seen(&t, "v1", NULL, 5 * HOUR, NULL), "c b a");
    assert_string_equal(seen(&t, "v3", NULL, 5 * HOUR, NULL), "");     /* another one's */
    assert_string_equal(seen(&t, "v3", "A", 5 * HOUR, NULL), "c b a"); /* before its first event */
    test_shop_close(&t);
}

static void the_shops_own_server_names_a_customer_alone(void **state)
{
    struct test_shop t;

    open_shop(&t);
    happens(&t, "v1", "A", "a", 0, "");
    happens(&t, NULL, "A", "b", HOUR, "");
    assert_string_equal(seen(&t, "v1", "A", HOUR, NULL), "b a");
    assert_string_equal(seen(&t, "v1", NULL, HOUR, NULL), "b a");
    assert_string_equal(seen(&t, NULL, "A", HOUR, NULL), "b a");
    test_shop_close(&t);
}

/* Mautic #4211, Segment's shared iPad: B gets nothing of A's, and A keeps it. */
static void on_a_shared_device_nobody_gets_anothers_history(void **state)
{
    struct test_shop t;

    open_shop(&t);
    happens(&t, "pad", "A", "a", 0, "");
    happens(&t, "pad", NULL, "b", MINUTE, "");
    assert_string_equal(seen(&t, "pad", "B", 2 * MINUTE, NULL),
                        ""); /* asked before B's first event */
    happens(&t, "pad", "B", NULL, 3 * MINUTE, "");
    assert_string_equal(seen(&t, "pad", "B", 3 * MINUTE, NULL), "");
    assert_string_equal(seen(&t, "pad", NULL, 3 * MINUTE, NULL), "");
    happens(&t, "pad", NULL, "c", 4 * MINUTE, "");
    assert_string_equal(seen(&t, "pad", NULL, 4 * MINUTE, NULL), "c");
    assert_string_equal(seen(&t, NULL, "B", 4 * MINUTE, NULL), "c");
    assert_string_equal(seen(&t, NULL, "A", 4 * MINUTE, NULL), "b a");
    happens(&t, "pad", "A", "d", 5 * MINUTE, ""); /* back again */
    assert_string_equal(seen(&t, "pad", "A", 5 * MINUTE, NULL), "d b a");
    assert_string_equal(seen(&t, NULL, "B", 5 * MINUTE, NULL), "c");
    happens(&t, "phone", "A", "e", 6 * MINUTE, "");
    assert_string_equal(seen(&t, NULL, "A", 6 * MINUTE, NULL), "e d b a");
    /* who does not say who they are is shown nothing from elsewhere there */
    assert_string_equal(seen(&t, "pad", NULL, 6 * MINUTE, NULL), "d b a");
    test_shop_close(&t);
}

/* What B saw there before A's login was known to be B's came late: it is not shown as A's. */
static void a_login_that_comes_late_takes_back_what_followed_it(void **state)
{
    struct test_shop t;

    open_shop(&t);
    happens(&t, "pad", "A", "a", 0, "");
    happens(&t, "pad", NULL, "b", 3 * HOUR, "");
    assert_string_equal(seen(&t, NULL, "A", 3 * HOUR, NULL), "b a");
    happens(&t, "pad", "B", NULL, 2 * HOUR, "");
    assert_string_equal(seen(&t, NULL, "A", 3 * HOUR, NULL), "a");
    test_shop_close(&t);
}

static void values_that_name_nobody_gather_no_history(void **state)
{
    struct test_shop t;

    open_shop(&t);
    happens(&t, "undefined", NULL, "a", 0, "");
    happens(&t, "undefined", "A", "b", HOUR, "");
    assert_string_equal(seen(&t, "undefined", NULL, HOUR, NULL), "");
    assert_string_equal(seen(&t, NULL, "A", HOUR, NULL), "b");
    assert_string_equal(seen(&t, "undefined", "A", HOUR, NULL), "b");
    test_shop_close(&t);
}

static void one_visitor_id_for_all_customers_is_nobodys(void **state)
{
    struct test_shop t;
    char user[16];

    open_shop(&t);
    happens(&t, "same", NULL, "a", 0, "");
    for (int i = 0; i < 30; i++) {
        snprintf(user, sizeof(user), "c%d", i);
        happens(&t, "same", user, i < 8 ? (char[]){(char)('a' + i), '\0'} : "h", HOUR + i * MINUTE,
                "");
    }
    assert_string_equal(seen(&t, "same", NULL, 2 * HOUR, NULL), "");
    assert_string_equal(seen(&t, NULL, "c3", 2 * HOUR, NULL), "");
    assert_string_equal(seen(&t, NULL, "c29", 2 * HOUR, NULL), "h");
    assert_string_equal(seen(&t, "same", "c29", 2 * HOUR, NULL), "h");
    test_shop_close(&t);
}

static void a_guest_who_becomes_a_customer_is_known(void **state)
{
    struct test_shop t;

    open_shop(&t);
    happens(&t, "v1", NULL, "a", 0, ",\"traits\":{\"email\":\"jane@mail.example\"}");
    happens(&t, NULL, "A", NULL, HOUR, ",\"traits\":{\"email\":\"Jane@Mail.Example\"}");
    assert_string_equal(seen(&t, NULL, "A", HOUR, NULL), "a");
    happens(&t, "v2", NULL, "b", 2 * HOUR, ",\"traits\":{\"email\":\"test@mail.example\"}");
    happens(&t, NULL, "B", NULL, 3 * HOUR, ",\"traits\":{\"email\":\"test@mail.example\"}");
    assert_string_equal(seen(&t, NULL, "B", 3 * HOUR, NULL), "");
    test_shop_close(&t);
}

#define REFUSED ",\"consent\":{\"analytics\":true,\"personalization\":false,\"email\":false}"
#define ALLOWED ",\"consent\":{\"analytics\":true,\"personalization\":true,\"email\":false}"

static void a_refusal_on_one_device_holds_on_all(void **state)
{
    struct test_shop t;

    open_shop(&t);
    happens(&t, "v1", "A", "a", 0, "");
    happens(&t, "v2", "A", "b", HOUR, "");
    happens(&t, "v2", "A", NULL, 2 * HOUR, REFUSED);
    assert_string_equal(seen(&t, "v1", "A", 2 * HOUR, NULL), "");
    assert_string_equal(seen(&t, NULL, "A", 2 * HOUR, NULL), "");
    happens(&t, "v2", "A", "c", 3 * HOUR, ALLOWED);
    assert_string_equal(seen(&t, "v1", "A", 3 * HOUR, NULL), "c a");
    test_shop_close(&t);
}

/* As a visitor or as a customer; the other is NULL. */
static void wish(struct test_shop *t, const char *visitor, const char *user,
                 struct preferences_change change)
{
    SCOPED(arena_free) struct arena a = {0};
    struct error err = {0};

    change.whose = (struct shopper_name){text_from(visitor), text_from(user)};
    if (shop_change_preferences(t->shop, &change, &a, &err) != OK)
        fail_msg("%s", err.message);
}

static void what_a_person_never_wants_is_shown_on_no_device(void **state)
{
    struct preferences_change never_a = {
        .personal = PREFERENCES_UNSAID, .variety_ppm = PREFERENCES_UNSAID, .now_ms = TEST_NOW};
    struct test_shop t;

    never_a.says[PREFER_NEVER] = true;
    never_a.all[0] = (struct preference){PREFER_NEVER, OF_PRODUCT, TEXT("a")};
    never_a.count = 1;
    open_shop(&t);
    happens(&t, "v1", "A", "a", 0, "");
    happens(&t, "v2", "A", "b", HOUR, "");
    happens(&t, "pad", "A", "c", 2 * HOUR, "");
    happens(&t, "pad", "B", "a", 3 * HOUR, "");
    wish(&t, "pad", NULL, never_a); /* B, by all that is known */
    assert_string_equal(seen(&t, "v2", "A", 3 * HOUR, NULL), "c b a");
    assert_string_equal(seen(&t, "pad", "B", 3 * HOUR, NULL), "");
    wish(&t, "v1", NULL, never_a);
    assert_string_equal(seen(&t, "v2", "A", 3 * HOUR, NULL), "c b");
    assert_string_equal(seen(&t, NULL, "A", 3 * HOUR, NULL), "c b");
    test_shop_close(&t);
}

static void what_a_customer_has_forgotten_is_forgotten_on_all_devices(void **state)
{
    const struct preferences_change forget = {.personal = PREFERENCES_UNSAID,
                                              .variety_ppm = PREFERENCES_UNSAID,
                                              .forget = true,
                                              .now_ms = TEST_NOW + 4 * HOUR};
    SCOPED(arena_free) struct arena a = {0};
    SCOPED(buffer_free) struct buffer json = {0};
    const struct shopper_name pad = {.anonymous_id = TEXT("pad")};
    struct test_shop t;

    open_shop(&t);
    happens(&t, "v1", "A", "a", 0, "");
    happens(&t, NULL, "A", "b", HOUR, "");
    happens(&t, "pad", "A", "c", 2 * HOUR, "");
    happens(&t, "pad", "B", "d", 3 * HOUR, "");
    shopper_preferences_json(t.shop, &pad, TEST_NOW + 3 * HOUR, &a, &json);
    assert_non_null(strstr(json.data, "\"item_id\":\"d\""));
    assert_null(strstr(json.data, "\"item_id\":\"c\"")); /* another one's */
    wish(&t, NULL, "A", forget);
    assert_string_equal(seen(&t, NULL, "A", 4 * HOUR, NULL), "");
    assert_string_equal(seen(&t, "v1", NULL, 4 * HOUR, NULL), "");
    assert_string_equal(seen(&t, NULL, "B", 4 * HOUR, NULL), "d");
    happens(&t, "v1", "A", "e", 4 * HOUR, "");
    happens(&t, "v2", "B", "f", 4 * HOUR, "");
    wish(&t, "pad", NULL, forget); /* of what B did, that on this device alone */
    assert_string_equal(seen(&t, NULL, "B", 4 * HOUR, NULL), "f");
    assert_string_equal(seen(&t, NULL, "A", 4 * HOUR, NULL), "e");
    test_shop_close(&t);
}

static void who_turns_personalisation_off_somewhere_has_it_off_everywhere(void **state)
{
    const struct preferences_change off = {
        .personal = 0, .variety_ppm = PREFERENCES_UNSAID, .now_ms = TEST_NOW + 2 * HOUR};
    struct test_shop t;

    open_shop(&t);
    happens(&t, "v1", "A", "a", 0, "");
    happens(&t, "v2", "A", "b", HOUR, "");
    wish(&t, "v1", NULL, off);
    assert_string_equal(seen(&t, "v2", "A", 2 * HOUR, NULL), "");
    assert_string_equal(seen(&t, NULL, "A", 2 * HOUR, NULL), "");
    test_shop_close(&t);
}

static void what_is_split_is_apart_at_once_and_stays_so(void **state)
{
    struct test_shop t;

    open_shop(&t);
    happens(&t, "v1", "A", "a", 0, "");
    happens(&t, "v2", "A", "b", HOUR, "");
    split(&t, "visitor:v2", 2 * HOUR);
    assert_string_equal(seen(&t, NULL, "A", 2 * HOUR, NULL), "a");
    assert_string_equal(seen(&t, "v2", NULL, 2 * HOUR, NULL), "b");
    assert_string_equal(seen(&t, "v2", "A", 2 * HOUR, NULL), "a");
    happens(&t, "v2", "A", "c", 3 * HOUR, ""); /* it is still logged in */
    assert_string_equal(seen(&t, NULL, "A", 3 * HOUR, NULL), "a");
    test_shop_close(&t);
}

static void who_lets_go_of_all_is_known_by_what_they_do_logged_in(void **state)
{
    struct test_shop t;

    open_shop(&t);
    happens(&t, "v1", "A", "a", 0, "");
    happens(&t, "v2", "A", "b", HOUR, "");
    happens(&t, "v2", "B", NULL, HOUR + MINUTE, ""); /* one has one who logs in, the other two */
    split(&t, "customer:A", 2 * HOUR);
    assert_string_equal(seen(&t, "v1", "A", 2 * HOUR, NULL), "");
    happens(&t, "v1", "A", "c", 3 * HOUR, "");
    happens(&t, "v2", "A", "d", 4 * HOUR, "");
    assert_string_equal(seen(&t, "v1", "A", 4 * HOUR, NULL), "d c");
    assert_string_equal(seen(&t, NULL, "A", 4 * HOUR, NULL), "d c");
    assert_string_equal(seen(&t, "v1", NULL, 4 * HOUR, NULL), "a");
    happens(&t, "v3", "A", "e", 5 * HOUR, ""); /* a new one joins as ever */
    assert_string_equal(seen(&t, "v3", NULL, 5 * HOUR, NULL), "e d c");
    test_shop_close(&t);
}

static void a_link_that_is_blocked_was_parted_by_nobody(void **state)
{
    SCOPED(buffer_free) struct buffer json = {0};
    struct test_shop t;
    struct error err = {0};
    char user[32];

    open_shop(&t);
    for (int i = 0; i <= IDENTITY_ANCHORS_MAX; i++) {
        snprintf(user, sizeof(user), "A%d", i);
        happens(&t, NULL, user, NULL, i, ",\"traits\":{\"email\":\"all@shop.example\"}");
    }
    assert_int_equal(shopper_show(t.shop, TEXT("A3"), TEST_NOW, &json, &err), OK);
    assert_null(strstr(json.data, "\"parted\":true"));
    buffer_clear(&json);
    assert_int_equal(shopper_show(t.shop, TEXT("all@shop.example"), TEST_NOW, &json, &err), OK);
    assert_non_null(strstr(json.data, "\"parted\":false,\"blocked\":true"));
    assert_null(strstr(json.data, "\"parted\":true"));
    test_shop_close(&t);
}

static void join_by_hand(struct test_shop *t, const char *who, const char *other, int64_t ms,
                         enum status expected)
{
    SCOPED(buffer_free) struct buffer json = {0};
    const struct shopper_change by = {ops(ms), TEXT("a mistake")};
    struct error err = {0};

    assert_int_equal(shopper_join(t->shop, text_from(who), text_from(other), &by, &json, &err),
                     expected);
}

static void two_customers_are_one_by_hand_and_two_again(void **state)
{
    struct test_shop t;

    open_shop(&t);
    happens(&t, "v1", "A", "a", 0, ",\"traits\":{\"email\":\"e@mail.example\"}");
    happens(&t, "v2", "B", "b", HOUR, ",\"traits\":{\"email\":\"e@mail.example\"}");
    assert_string_equal(seen(&t, NULL, "B", HOUR, NULL), "b"); /* not by themselves */
    join_by_hand(&t, "B", "A", 2 * HOUR, OK);
    assert_string_equal(seen(&t, NULL, "B", 2 * HOUR, NULL), "b a");
    assert_string_equal(seen(&t, "v1", NULL, 2 * HOUR, NULL), "b a");
    join_by_hand(&t, "A", "B", 2 * HOUR, ERR_CONFLICT); /* they are one */
    split(&t, "A", 3 * HOUR);
    assert_string_equal(seen(&t, NULL, "B", 3 * HOUR, NULL), "b");
    assert_string_equal(seen(&t, NULL, "A", 3 * HOUR, NULL), "a");
    test_shop_close(&t);
}

static void the_journal_alone_brings_it_all_back(void **state)
{
    struct test_shop t;
    char before[128], id[REQUEST_ID_SIZE];
    SCOPED(buffer_free) struct buffer story = {0};
    struct error err = {0};

    open_shop(&t);
    happens(&t, "v1", NULL, "a", 0, "");
    happens(&t, "v1", "A", "b", HOUR, "");
    happens(&t, "v2", "A", "c", 2 * HOUR, "");
    snprintf(before, sizeof(before), "%s", seen(&t, "v2", "A", 2 * HOUR, id));
    assert_string_equal(before, "c b a");
    happens(&t, "v1", "B", "d", 3 * HOUR, "");
    split(&t, "visitor:v2", 4 * HOUR);
    uint64_t digest = identity_digest(t.shop->state->identity);
    test_shop_reopen(&t, SHOP_WRITE);
    assert_true(identity_digest(t.shop->state->identity) == digest);
    assert_string_equal(seen(&t, NULL, "A", 4 * HOUR, NULL), "b"); /* "a" may be B's: shared now */
    /* what was answered before the split is answered again as it was then */
    assert_int_equal(replay_decision(t.shop, text_from(id), &story, &err), OK);
    assert_non_null(strstr(story.data, "\"replayed\":true"));
    assert_int_equal(state_save(t.shop->state, t.dir, 1, &err), OK);
    test_shop_reopen(&t, SHOP_DRY); /* from the checkpoint */
    assert_int_equal(t.shop->state->checkpoint.number, t.shop->state->position.number);
    assert_true(identity_digest(t.shop->state->identity) == digest);
    assert_string_equal(seen(&t, NULL, "A", 4 * HOUR, NULL), "b");
    test_shop_close(&t);
}

static void what_is_shown_of_a_shopper_names_links_sessions_and_alarms(void **state)
{
    SCOPED(buffer_free) struct buffer json = {0};
    struct test_shop t;
    struct error err = {0};
    char email[128];

    open_shop(&t);
    for (int i = 0; i < 7; i++) {
        snprintf(email, sizeof(email), ",\"traits\":{\"email\":\"jane%d@mail.example\"}", i);
        happens(&t, "v1", "A", "a", i * MINUTE, email);
    }
    happens(&t, "v1", NULL, "b", 2 * HOUR, "");
    happens(&t, "lonely", NULL, "c", 0, "");
    assert_int_equal(shopper_show(t.shop, TEXT("jane0@mail.example"), TEST_NOW, &json, &err), OK);
    assert_non_null(strstr(json.data, "\"kind\":\"email\""));
    assert_non_null(strstr(json.data, "\"person\":{\"kind\":\"customer\",\"id\":\"A\"}"));
    assert_non_null(strstr(json.data, "\"events\":7"));
    assert_non_null(strstr(json.data, "2 e-mail addresses beyond the 5"));
    assert_non_null(strstr(json.data, "\"action\":\"view\",\"item_id\":\"b\""));
    assert_null(strstr(json.data, "jane"));
    buffer_clear(&json);
    assert_int_equal(shopper_show(t.shop, TEXT("lonely"), TEST_NOW, &json, &err), OK);
    assert_non_null(strstr(json.data, "\"item_id\":\"c\""));
    buffer_clear(&json);
    assert_int_equal(shopper_show(t.shop, TEXT("stranger"), TEST_NOW, &json, &err), ERR_NOT_FOUND);
    test_shop_close(&t);
}

static void forget(struct test_shop *t, const char *id, int64_t ms)
{
    const struct actor actor = ops(ms);
    struct forgotten f;
    struct error err = {0};

    if (forget_shopper(t->shop, text_from(id), NAMING_USER, &actor, &f, &err) != OK)
        fail_msg("%s", err.message);
    assert_true(f.finished);
}

static void a_shared_device_is_nobodys_when_its_holder_is_erased(void **state)
{
    struct test_shop t;

    open_shop(&t);
    happens(&t, "pad", "A", "a", 0, "");
    happens(&t, "pad", "B", "b", HOUR, "");
    happens(&t, "pad", NULL, "c", HOUR + MINUTE, "");
    assert_string_equal(seen(&t, "pad", NULL, HOUR + MINUTE, NULL), "c b");
    forget(&t, "B", 2 * HOUR);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(seen(&t, "pad", NULL, 2 * HOUR + MINUTE, NULL), "");
        assert_string_equal(seen(&t, NULL, "A", 2 * HOUR + MINUTE, NULL), "a");
        test_shop_reopen(&t, SHOP_WRITE);
    }
    happens(&t, "pad", NULL, "d", 3 * HOUR, ""); /* by whoever sits there */
    assert_string_equal(seen(&t, "pad", NULL, 3 * HOUR, NULL), "d");
    assert_string_equal(seen(&t, NULL, "A", 3 * HOUR, NULL), "a");
    happens(&t, "pad", "C", "e", 4 * HOUR, "");
    assert_string_equal(seen(&t, "pad", NULL, 4 * HOUR, NULL), "e");
    happens(&t, "pad", "A", "f", 5 * HOUR, ""); /* and theirs again */
    assert_true(seen(&t, "pad", NULL, 5 * HOUR, NULL)[0] == 'f');
    test_shop_close(&t);
}

static void who_logged_in_last_keeps_a_shared_device_when_another_is_erased(void **state)
{
    struct test_shop t;

    open_shop(&t);
    happens(&t, "pad", "A", "a", 0, "");
    happens(&t, "pad", "B", "b", HOUR, "");
    forget(&t, "A", 2 * HOUR);
    assert_string_equal(seen(&t, "pad", NULL, 2 * HOUR + MINUTE, NULL), "b");
    test_shop_reopen(&t, SHOP_WRITE);
    assert_string_equal(seen(&t, "pad", NULL, 2 * HOUR + MINUTE, NULL), "b");
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_done_before_the_login_is_known_behind_it),
        cmocka_unit_test(the_shops_own_server_names_a_customer_alone),
        cmocka_unit_test(on_a_shared_device_nobody_gets_anothers_history),
        cmocka_unit_test(a_login_that_comes_late_takes_back_what_followed_it),
        cmocka_unit_test(values_that_name_nobody_gather_no_history),
        cmocka_unit_test(one_visitor_id_for_all_customers_is_nobodys),
        cmocka_unit_test(a_guest_who_becomes_a_customer_is_known),
        cmocka_unit_test(a_refusal_on_one_device_holds_on_all),
        cmocka_unit_test(what_a_person_never_wants_is_shown_on_no_device),
        cmocka_unit_test(what_a_customer_has_forgotten_is_forgotten_on_all_devices),
        cmocka_unit_test(who_turns_personalisation_off_somewhere_has_it_off_everywhere),
        cmocka_unit_test(what_is_split_is_apart_at_once_and_stays_so),
        cmocka_unit_test(who_lets_go_of_all_is_known_by_what_they_do_logged_in),
        cmocka_unit_test(a_link_that_is_blocked_was_parted_by_nobody),
        cmocka_unit_test(two_customers_are_one_by_hand_and_two_again),
        cmocka_unit_test(the_journal_alone_brings_it_all_back),
        cmocka_unit_test(what_is_shown_of_a_shopper_names_links_sessions_and_alarms),
        cmocka_unit_test(a_shared_device_is_nobodys_when_its_holder_is_erased),
        cmocka_unit_test(who_logged_in_last_keeps_a_shared_device_when_another_is_erased),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
