/* SPDX-License-Identifier: Apache-2.0 */
/* What a shopper asks of the shop, and the next answer. */
#include "paths/preferences.h"

#include <stdio.h>

#include "paths/recommend_steps.h"
#include "paths/replay.h"
#include "tests/support/ranked.h"

static const char program[] = "surfaces:\n"
                              "  - {name: home, kind: home, limit: 8, explore: 0}\n"
                              "  - {name: pdp, kind: pdp, limit: 8, explore: 0}\n";

/* The shopper these tests are about has done much. */
static const char who[] = "shopper-7";

static struct question question_of(const struct ranked_place *p, const char *anonymous_id)
{
    return (struct question){.surfaces = {TEXT("home")},
                             .surface_count = 1,
                             .anonymous_id = text_from(anonymous_id),
                             .now_ms = p->now_ms + MS_SECOND};
}

static struct answer ask(struct ranked_place *p, const struct question *q, enum rung rung)
{
    const struct recommend_from from = {.state = p->t.shop->state,
                                        .generation = p->generation,
                                        .rung_max = rung,
                                        .deadline_step = NOT_CUT};
    struct answer answer = {.item_count = 0};
    struct error err = {0};

    if (recommend_from(&from, q, &answer, &p->a, &err) != OK)
        fail_msg("%s", err.message);
    return answer;
}

static struct preferences_change change_of(const struct ranked_place *p, const char *anonymous_id)
{
    return (struct preferences_change){.whose = {.anonymous_id = text_from(anonymous_id)},
                                       .personal = PREFERENCES_UNSAID,
                                       .variety_ppm = PREFERENCES_UNSAID,
                                       .now_ms = p->now_ms};
}

static void say(struct preferences_change *c, enum preference_stance stance,
                enum preference_subject subject, struct text name)
{
    c->says[stance] = true;
    c->all[c->count++] = (struct preference){stance, subject, name};
}

static void change(struct ranked_place *p, const struct preferences_change *c)
{
    struct error err = {0};

    if (shop_change_preferences(p->t.shop, c, &p->a, &err) != OK)
        fail_msg("%s", err.message);
}

static bool is_shown(const struct answer *answer, struct text item_id)
{
    for (size_t i = 0; i < answer->item_count; i++)
        if (text_equal(answer->items[i].item_id, item_id))
            return true;
    return false;
}

static void what_is_never_to_be_shown_is_not_on_any_rung(void **state)
{
    struct ranked_place p;

    ranked_place_open(&p, program);
    const struct catalog *catalog = p.t.shop->state->catalog;
    struct question q = question_of(&p, who);
    q.limit = 40;
    q.why = true;
    for (int rung = RUNG_BESTSELLERS; rung < RUNG_COUNT; rung++) {
        struct preferences_change c = change_of(&p, who);
        struct answer before = ask(&p, &q, (enum rung)rung);
        assert_true(before.item_count > 4);
        product_number first = before.items[0].product, second = before.items[1].product,
                       third = before.items[2].product;
        brand_number brand = catalog_brand(catalog, second);
        category_number shelf = catalog_category(catalog, third);
        say(&c, PREFER_NEVER, OF_PRODUCT, before.items[0].item_id);
        say(&c, PREFER_NEVER, OF_BRAND, catalog_brand_name(catalog, brand));
        say(&c, PREFER_NEVER, OF_CATEGORY, catalog_category_path(catalog, shelf));
        say(&c, PREFER_NEVER, OF_BRAND, TEXT("of nobody"));
        change(&p, &c);
        struct answer after = ask(&p, &q, (enum rung)rung);
        assert_true(after.item_count > 0);
        for (size_t i = 0; i < after.item_count; i++) {
            product_number n = after.items[i].product;
            assert_true(n != first && catalog_brand(catalog, n) != brand &&
                        catalog_category(catalog, n) != shelf);
        }
        bool told = false;
        for (size_t i = 0; i < after.trail->proposal_count; i++)
            told = told || (after.trail->proposals[i].dropped != NULL &&
                            strcmp(after.trail->proposals[i].dropped, "never") == 0);
        assert_true(told);
        assert_true(after.personalized && after.trail->personalized);
        c.count = 0;
        change(&p, &c); /* an empty list takes all back */
        struct answer again = ask(&p, &q, (enum rung)rung);
        assert_int_equal(again.item_count, before.item_count);
        assert_int_equal(again.items[0].product, first);
    }
    ranked_place_close(&p);
}

static void a_category_is_named_with_all_below_it(void **state)
{
    struct ranked_place p;

    ranked_place_open(&p, program);
    struct question q = question_of(&p, who);
    struct preferences_change c = change_of(&p, who);
    assert_true(ask(&p, &q, RUNG_LEARNED).item_count > 0);
    say(&c, PREFER_NEVER, OF_CATEGORY, TEXT("Home"));
    change(&p, &c);
    assert_int_equal(ask(&p, &q, RUNG_LEARNED).item_count, 0);
    ranked_place_close(&p);
}

static void what_is_wanted_less_goes_down_eight_places_on_every_rung(void **state)
{
    struct ranked_place p;

    ranked_place_open(&p, program);
    struct question q = question_of(&p, who);
    q.limit = 20;
    for (int rung = RUNG_BESTSELLERS; rung < RUNG_COUNT; rung++) {
        struct preferences_change c = change_of(&p, who);
        struct answer before = ask(&p, &q, (enum rung)rung);
        assert_true(before.item_count > LESS_PLACES + 3);
        say(&c, PREFER_LESS, OF_PRODUCT, before.items[1].item_id);
        change(&p, &c);
        struct answer after = ask(&p, &q, (enum rung)rung);
        assert_int_equal(after.item_count, before.item_count);
        for (size_t i = 0; i < after.item_count; i++) {
            size_t from = i < 1 || i > 1 + LESS_PLACES ? i : i == 1 + LESS_PLACES ? 1 : i + 1;
            assert_int_equal(after.items[i].product, before.items[from].product);
            assert_true(text_equal(after.items[i].reason.text, before.items[from].reason.text));
        }
        c.count = 0;
        change(&p, &c);
    }
    ranked_place_close(&p);
}

static void without_personalization_an_answer_is_a_strangers_and_says_so(void **state)
{
    struct ranked_place p;

    ranked_place_open(&p, program);
    struct preferences_change c = change_of(&p, who);
    c.personal = 0;
    for (int rung = RUNG_BESTSELLERS; rung < RUNG_COUNT; rung++) {
        struct question mine = question_of(&p, who), theirs = question_of(&p, "nobody-yet");
        mine.surfaces[0] = theirs.surfaces[0] = TEXT("pdp");
        mine.item_id = theirs.item_id = TEXT("p-3");
        struct answer stranger = ask(&p, &theirs, (enum rung)rung);
        if (rung == RUNG_BESTSELLERS) {
            assert_true(p.t.shop->state->profiles != NULL);
            assert_true(ask(&p, &mine, RUNG_LEARNED).personalized);
            change(&p, &c);
        }
        struct answer answer = ask(&p, &mine, (enum rung)rung);
        assert_false(answer.personalized);
        assert_true(stranger.personalized && stranger.item_count > 0);
        assert_int_equal(answer.item_count, stranger.item_count);
        for (size_t i = 0; i < answer.item_count; i++) {
            assert_int_equal(answer.items[i].product, stranger.items[i].product);
            assert_true(text_equal(answer.items[i].reason.text, stranger.items[i].reason.text));
        }
    }
    ranked_place_close(&p);
}

static struct profile profile_of(const struct ranked_place *p, const char *anonymous_id)
{
    struct profile out;

    profiles_read(p->t.shop->state->profiles,
                  shopper_key_of(text_from(anonymous_id), (struct text){0}), p->now_ms, true, &out);
    return out;
}

static void view(struct ranked_place *p, const char *id, const char *rest)
{
    struct import_counts counts = test_record(
        p->t.shop,
        arena_printf(&p->a,
                     "{\"id\":\"%s\",\"type\":\"view_item\",\"items\":[{\"item_id\":\"p-1\"}],%s}",
                     id, rest),
        p->now_ms += MS_SECOND);

    assert_int_equal(counts.stored, 1);
}

static void turned_off_it_outlasts_what_events_say_until_it_is_turned_on(void **state)
{
    struct ranked_place p;

    ranked_place_open(&p, program);
    struct preferences_change c = change_of(&p, who);
    assert_true(profile_of(&p, who).count > 0);
    c.personal = 0;
    change(&p, &c);
    assert_int_equal(profile_of(&p, who).count, 0);
    view(&p, "1", "\"anonymous_id\":\"shopper-7\"");
    view(
        &p, "2",
        "\"anonymous_id\":\"shopper-7\",\"consent\":{\"analytics\":true,\"personalization\":true}");
    assert_int_equal(profile_of(&p, who).count, 0);
    struct question q = question_of(&p, who);
    assert_false(ask(&p, &q, RUNG_LEARNED).personalized);
    c.personal = 1;
    change(&p, &c);
    view(&p, "3", "\"anonymous_id\":\"shopper-7\"");
    assert_int_equal(profile_of(&p, who).count, 1);
    assert_true(ask(&p, &q, RUNG_LEARNED).personalized);
    ranked_place_close(&p);
}

static void a_customer_who_turned_it_off_is_obeyed_on_every_device(void **state)
{
    struct ranked_place p;

    ranked_place_open(&p, program);
    struct preferences_change c = change_of(&p, who);
    struct question q = question_of(&p, who);
    c.whose = (struct shopper_name){.user_id = TEXT("c-7")};
    c.personal = 0;
    say(&c, PREFER_NEVER, OF_CATEGORY, TEXT("Home > Shelf 1"));
    change(&p, &c);
    view(&p, "1", "\"anonymous_id\":\"v-new\",\"user_id\":\"c-7\"");
    assert_int_equal(profile_of(&p, "v-new").count, 0);
    view(&p, "2", "\"anonymous_id\":\"v-other\",\"user_id\":\"c-8\"");
    assert_int_equal(profile_of(&p, "v-other").count, 1);
    assert_true(ask(&p, &q, RUNG_LEARNED).personalized); /* nobody says that it is them */
    q.user_id = TEXT("c-7");
    q.limit = 40;
    struct answer answer = ask(&p, &q, RUNG_LEARNED);
    assert_false(answer.personalized);
    assert_true(answer.item_count > 0);
    assert_false(is_shown(&answer, TEXT("p-1")));
    assert_false(is_shown(&answer, TEXT("p-6")));
    ranked_place_close(&p);
}

static void to_forget_is_to_use_it_no_more(void **state)
{
    struct ranked_place p;
    struct error err = {0};

    ranked_place_open(&p, program);
    struct preferences_change c = change_of(&p, who);
    assert_true(profile_of(&p, who).count > 0 && profile_of(&p, who).shown_count > 0);
    assert_true(profile_of(&p, "shopper-8").count > 0);
    c.forget = true;
    change(&p, &c);
    assert_int_equal(profile_of(&p, who).count, 0);
    assert_int_equal(profile_of(&p, who).shown_count, 0);
    assert_int_equal(profile_of(&p, who).device, DEVICE_UNKNOWN);
    assert_true(profile_of(&p, "shopper-8").count > 0);
    view(&p, "1", "\"anonymous_id\":\"shopper-7\"");
    assert_int_equal(profile_of(&p, who).count, 1);

    struct state *again = state_new(p.t.shop->keys.id_key, 0);
    assert_int_equal(state_load(again, p.t.dir, (struct position){UINT64_MAX}, NULL, NULL, &err),
                     OK);
    struct profile out;
    profiles_read(again->profiles, shopper_key_of(text_from(who), (struct text){0}), p.now_ms, true,
                  &out);
    assert_int_equal(out.count, 1);
    state_free(again);
    ranked_place_close(&p);
}

static void bounds_hold_and_what_changes_nothing_is_not_written(void **state)
{
    struct ranked_place p;
    struct error err = {0};

    ranked_place_open(&p, program);
    struct preferences_change c = change_of(&p, who);
    for (int i = 0; i < PREFERENCES_MAX; i++)
        say(&c, PREFER_LESS, OF_BRAND, text_from(arena_printf(&p.a, "brand %d", i)));
    change(&p, &c);
    uint64_t written = p.t.shop->state->position.number;
    change(&p, &c);
    assert_int_equal(p.t.shop->state->position.number, written);
    struct preferences_change one = change_of(&p, who);
    say(&one, PREFER_NEVER, OF_PRODUCT, TEXT("p-1"));
    assert_int_equal(shop_change_preferences(p.t.shop, &one, &p.a, &err), ERR_INVALID);
    assert_non_null(strstr(err.message, "64"));
    assert_int_equal(p.t.shop->state->position.number, written);
    struct preferences_change nobody = change_of(&p, "");
    assert_int_equal(shop_change_preferences(p.t.shop, &nobody, &p.a, &err), ERR_INVALID);
    ranked_place_close(&p);
}

static void assert_wishes(const struct state *s, uint32_t count, bool personal)
{
    struct preferences got;

    (void)preference_table_get(s->preferences, shopper_key_of(text_from(who), (struct text){0}),
                               &got); /* what it gives is looked at */
    assert_int_equal(got.count, count);
    assert_int_equal(got.personal, personal);
}

static void a_checkpoint_and_the_tail_know_what_the_journal_knows(void **state)
{
    struct ranked_place p;
    struct error err = {0};

    ranked_place_open(&p, program);
    struct preferences_change c = change_of(&p, who);
    say(&c, PREFER_NEVER, OF_PRODUCT, TEXT("p-1"));
    change(&p, &c);
    struct position first = p.t.shop->state->position;
    assert_int_equal(state_save(p.t.shop->state, p.t.dir, 2, &err), OK);
    struct state *saved = state_new(p.t.shop->keys.id_key, 1000);
    assert_int_equal(state_load(saved, p.t.dir, first, NULL, NULL, &err), OK);
    assert_int_equal(saved->checkpoint.number, first.number);
    assert_wishes(saved, 1, true);
    state_free(saved);

    say(&c, PREFER_NEVER, OF_PRODUCT, TEXT("p-2"));
    c.personal = 0;
    change(&p, &c);
    struct state *tail = state_new(p.t.shop->keys.id_key, 1000);
    assert_int_equal(state_load(tail, p.t.dir, (struct position){UINT64_MAX}, NULL, NULL, &err),
                     OK);
    assert_int_equal(tail->checkpoint.number, first.number);
    assert_wishes(tail, 2, false);
    state_free(tail);
    ranked_place_close(&p);
}

static const char *asked_of(struct ranked_place *p, char request_id[REQUEST_ID_SIZE])
{
    struct question q = question_of(p, who);
    struct answer answer = {.item_count = 0};
    struct error err = {0};
    SCOPED(buffer_free) struct buffer items = {0};

    if (recommend(p->t.shop, &q, &answer, &p->a, &err) != OK)
        fail_msg("%s", err.message);
    assert_true(answer.item_count > 0);
    memcpy(request_id, answer.request_id, REQUEST_ID_SIZE);
    for (size_t i = 0; i < answer.item_count; i++)
        buffer_printf(&items, "%.*s ", (int)answer.items[i].item_id.size,
                      answer.items[i].item_id.data);
    return arena_text(&p->a, buffer_text(&items)).data;
}

static void assert_replayed(struct ranked_place *p, const char *request_id)
{
    SCOPED(buffer_free) struct buffer json = {0};
    struct error err = {0};

    if (replay_decision(p->t.shop, text_from(request_id), &json, &err) != OK)
        fail_msg("%s", err.message);
    assert_non_null(strstr(json.data, "\"replayed\":true"));
}

static void decisions_before_and_after_replay_whatever_was_said_since(void **state)
{
    char ids[4][REQUEST_ID_SIZE];
    const char *items[4];
    struct ranked_place p;

    ranked_place_open(&p, program);
    items[0] = asked_of(&p, ids[0]);
    struct preferences_change c = change_of(&p, who);
    say(&c, PREFER_NEVER, OF_CATEGORY, TEXT("Home > Shelf 1"));
    change(&p, &c);
    items[1] = asked_of(&p, ids[1]);
    struct preferences_change less = change_of(&p, who);
    say(&less, PREFER_LESS, OF_CATEGORY, TEXT("Home > Shelf 2"));
    change(&p, &less);
    items[2] = asked_of(&p, ids[2]);
    struct preferences_change off = change_of(&p, who);
    off.personal = 0;
    change(&p, &off);
    items[3] = asked_of(&p, ids[3]);
    for (int i = 0; i < 4; i++) {
        assert_replayed(&p, ids[i]);
        assert_true(i == 0 || strcmp(items[i - 1], items[i]) != 0);
    }
    ranked_place_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_never_to_be_shown_is_not_on_any_rung),
        cmocka_unit_test(a_category_is_named_with_all_below_it),
        cmocka_unit_test(what_is_wanted_less_goes_down_eight_places_on_every_rung),
        cmocka_unit_test(without_personalization_an_answer_is_a_strangers_and_says_so),
        cmocka_unit_test(turned_off_it_outlasts_what_events_say_until_it_is_turned_on),
        cmocka_unit_test(a_customer_who_turned_it_off_is_obeyed_on_every_device),
        cmocka_unit_test(to_forget_is_to_use_it_no_more),
        cmocka_unit_test(bounds_hold_and_what_changes_nothing_is_not_written),
        cmocka_unit_test(a_checkpoint_and_the_tail_know_what_the_journal_knows),
        cmocka_unit_test(decisions_before_and_after_replay_whatever_was_said_since),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
