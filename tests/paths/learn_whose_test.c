/* SPDX-License-Identifier: Apache-2.0 */
/* Who learning takes for one person is who the shop does. */
#include "paths/learn_whose.h"
#include "tests/support/shop.h"
#include "tests/support/test.h"

static const uint8_t id_key[16] = {7};

static void fold_event(struct state *s, uint64_t number, const struct event *e)
{
    SCOPED(buffer_free) struct buffer body = {0};

    event_encode(e, &body);
    state_fold(s, &(struct record){.position = {number},
                                   .time_ms = e->time_ms,
                                   .kind = RECORD_EVENT,
                                   .body = buffer_text(&body)});
}

/* A login of "ada" on the browser. */
static struct event login(const char *browser, uint32_t flags, int64_t time_ms)
{
    return (struct event){.id = text_from(browser),
                          .type = EVENT_page_view,
                          .flags = flags | EVENT_USER_VERIFIED,
                          .time_ms = time_ms,
                          .anonymous_id = text_from(browser),
                          .user_id = TEXT("ada")};
}

/* Whose what is done on the browser is: ada's, or the browser's own. */
static bool is_adas(const struct whose *w, const char *browser)
{
    const struct text none = {0};
    const struct event e = {
        .type = EVENT_page_view, .time_ms = TEST_NOW, .anonymous_id = text_from(browser)};
    struct shopper_key own = shopper_key_of(e.anonymous_id, none),
                       ada = shopper_key_of(none, TEXT("ada"));
    struct shopper_key person = {{0}};

    assert_true(whose_event(w, &e, own, &person));
    bool adas = memcmp(&person, &ada, sizeof(ada)) == 0;
    assert_true(adas || memcmp(&person, &own, sizeof(own)) == 0);
    return adas;
}

/* Folds logins on three browsers, the last two with Sec-GPC: 1, ada's word standing between them. */
static void fold_logins(struct state *s)
{
    const uint32_t yes = EVENT_CONSENT_STATED | EVENT_PERSONALIZATION;
    const struct event logins[] = {login("home", EVENT_PERSONALIZATION, TEST_NOW - 4000),
                                   login("work", EVENT_GPC, TEST_NOW - 3000),
                                   login("home", yes, TEST_NOW - 2000),
                                   login("phone", EVENT_GPC, TEST_NOW - 1000)};

    for (size_t i = 0; i < COUNT(logins); i++)
        fold_event(s, i + 1, &logins[i]);
}

/* What came with Sec-GPC: 1 joins nobody, unless the person allows to be known. */
static void a_signal_against_being_known_yields_to_consent(void **state)
{
    SCOPED(whose_free) struct whose w = {.robots = NULL};
    struct state *learning = whose_state_new(id_key), *shop = state_new(id_key, 0);

    fold_logins(learning);
    fold_logins(shop);
    assert_int_equal(identity_digest(learning->identity), identity_digest(shop->identity));
    whose_take(&w, learning);
    assert_true(is_adas(&w, "home"));
    assert_false(is_adas(&w, "work"));
    assert_true(is_adas(&w, "phone"));
    state_free(learning);
    state_free(shop);
}

/* The state that is left folds on, as a catalog's. */
static void who_stated_what_is_forgotten_with_the_rest(void **state)
{
    SCOPED(whose_free) struct whose w = {.robots = NULL};
    struct state *s = whose_state_new(id_key);

    fold_logins(s);
    whose_take(&w, s);
    const struct event more = login("pad", EVENT_GPC, TEST_NOW);
    fold_event(s, 9, &more);
    assert_int_equal(s->events, 5);
    assert_false(is_adas(&w, "pad"));
    state_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_against_being_known_yields_to_consent),
        cmocka_unit_test(who_stated_what_is_forgotten_with_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
