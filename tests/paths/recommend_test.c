/* SPDX-License-Identifier: Apache-2.0 */
/* The path itself. What is answered to whom, and why, stands in tests/cases. */
#include "paths/recommend.h"

#include "base/money.h"
#include "paths/recommend_steps.h"
#include "tests/support/scene.h"

static const char program[] =
    "owner: tests\n"
    "currency: EUR\n"
    "policies:\n"
    "  consent_default: {analytics: true, personalization: true, email: false}\n"
    "  min_support: {viewed: 3, bought: 3}\n"
    "  traffic: {co_view: 0}\n";

/* Twelve products that go together by neighbours, sales and lists. */
static struct scene *made(void)
{
    struct scene *s = scene_new();

    scene_program(s, text_from(program));
    scene_twelve_products(s);
    scene_twelve_sessions(s);
    return s;
}

static struct question question(const struct scene *s)
{
    return (struct question){.surfaces = {TEXT("pdp"), TEXT("home")},
                             .surface_count = 2,
                             .anonymous_id = TEXT("ada"),
                             .item_id = TEXT("p5"),
                             .now_ms = s->now_ms + 1000};
}

static const char *json_of(struct scene *s, const struct answer *answers, size_t count)
{
    SCOPED(buffer_free) struct buffer all = {0};

    for (size_t i = 0; i < count; i++) {
        answer_json(&answers[i], &all);
        buffer_add_char(&all, '\n');
    }
    return arena_text(&s->arena, buffer_text(&all)).data;
}

static void the_same_question_of_the_same_state_gives_the_same_bytes(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    struct recommend_from from = scene_from(s);
    struct question q = question(s);
    struct answer answers[2];
    struct error err = {0};

    assert_int_equal(recommend_from(&from, &q, answers, &s->arena, &err), OK);
    assert_true(answers[0].item_count > 0);
    const char *first = json_of(s, answers, 2);
    assert_int_equal(recommend_from(&from, &q, answers, &s->arena, &err), OK);
    assert_string_equal(json_of(s, answers, 2), first);
}

static void asking_why_changes_nothing_but_adds_the_trail(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    struct recommend_from from = scene_from(s);
    struct question q = question(s);
    struct answer plain[2], why[2];
    struct error err = {0};

    q.limit = 2;
    assert_int_equal(recommend_from(&from, &q, plain, &s->arena, &err), OK);
    q.why = true;
    assert_int_equal(recommend_from(&from, &q, why, &s->arena, &err), OK);
    for (size_t i = 0; i < 2; i++) {
        const struct trail *t = why[i].trail;
        assert_null(plain[i].trail);
        assert_int_equal(plain[i].item_count, why[i].item_count);
        for (size_t k = 0; k < plain[i].item_count; k++)
            assert_int_equal(plain[i].items[k].product, why[i].items[k].product);
        assert_null(recommend_step(t->step_count));
        assert_true(t->step_count > 0);
        assert_string_equal(t->step_names[0], "shopper");
        size_t taken = 0;
        for (size_t k = 0; k < t->proposal_count; k++) {
            assert_non_null(t->item_ids[k].data);
            taken += t->proposals[k].dropped == NULL && t->dropped_later[k] == NULL;
        }
        assert_int_equal(taken, why[i].item_count);
        const char *json = json_of(s, &why[i], 1);
        assert_non_null(strstr(json, "\"trail\":{\"rung_allowed\":\"neighbours\""));
        assert_non_null(strstr(json, "\"dropped\":\"over_limit\""));
    }
}

static void a_customer_on_a_new_device_is_known_by_the_user_id(void **state)
{
    SCOPED(scene_free) struct scene *s = scene_new();
    struct recommend_from from = scene_from(s);
    struct question q = {.surfaces = {TEXT("home")},
                         .surface_count = 1,
                         .anonymous_id = TEXT("new-phone"),
                         .user_id = TEXT("c-7")};
    struct event_item item = {.item_id = TEXT("stool"), .quantity = 1, .price = MONEY_NONE};
    struct event e = {.type = EVENT_view_item,
                      .flags = EVENT_VERIFIED | EVENT_PERSONALIZATION | EVENT_USER_VERIFIED,
                      .user_id = TEXT("c-7"),
                      .items = &item,
                      .item_count = 1};
    struct answer answer;
    struct error err = {0};

    scene_simple_product(s, "stool", "Oak stool", "Home > Seats");
    scene_fold(s, &e);
    q.now_ms = s->now_ms + 1000;
    assert_int_equal(recommend_from(&from, &q, &answer, &s->arena, &err), OK);
    assert_int_equal(answer.item_count, 1);
    assert_text(answer.items[0].reason.text, "You looked at this");
    scene_event(s, "new-phone", EVENT_search, TEXT("stool"));
    q.now_ms = s->now_ms + 1000;
    assert_int_equal(recommend_from(&from, &q, &answer, &s->arena, &err), OK);
    assert_int_equal(answer.item_count, 1);
    scene_consent(s, "new-phone", false);
    assert_int_equal(recommend_from(&from, &q, &answer, &s->arena, &err), OK);
    assert_int_equal(answer.item_count, 0);
    scene_consent(s, "new-phone", true);
    q.user_id = (struct text){0};
    assert_int_equal(recommend_from(&from, &q, &answer, &s->arena, &err), OK);
    assert_int_equal(answer.item_count, 0);
}

static void an_answer_has_the_shape_of_the_contract(void **state)
{
    SCOPED(scene_free) struct scene *s = scene_new();
    struct recommend_from from = scene_from(s);
    struct question q = {.surfaces = {TEXT("home")},
                         .surface_count = 1,
                         .anonymous_id = TEXT("ada"),
                         .now_ms = s->now_ms + 60000};
    struct product p = product_blank();
    struct answer answer;
    struct error err = {0};

    p.item_id = TEXT("oak-stool");
    p.title = TEXT("Oak stool");
    p.url = TEXT("https://shop.example/oak-stool");
    p.currency = TEXT("EUR");
    p.price = 49000000;
    scene_product(s, &p);
    scene_event(s, "ada", EVENT_view_item, TEXT("oak-stool"));
    assert_int_equal(recommend_from(&from, &q, &answer, &s->arena, &err), OK);
    memcpy(answer.request_id, "r-5f00000000000000", 19);
    assert_string_equal(
        json_of(s, &answer, 1),
        "{\"request_id\":\"r-5f00000000000000\",\"surface\":\"home\",\"rung\":\"curated\","
        "\"generation\":0,\"items\":[{\"item_id\":\"oak-stool\",\"slot\":1,\"title\":\"Oak stool\","
        "\"url\":\"https://shop.example/oak-stool\",\"image\":null,\"price\":\"49.00\",\"reason\":{"
        "\"kind\":\"looked\",\"text\":\"You looked at this\"}}]}\n");
}

static void a_decision_holds_what_asking_again_needs(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    struct recommend_from from = scene_from(s);
    struct question q = question(s);
    struct answer answers[2], again;
    struct error err = {0};

    q.limit = 3;
    q.cart[0] = TEXT("p2");
    q.cart_count = 1;
    assert_int_equal(recommend_from(&from, &q, answers, &s->arena, &err), OK);
    const struct decision *d = answers[1].decision;
    assert_text(d->surface, "home");
    assert_text(d->anonymous_id, "ada");
    assert_int_equal(d->cart_count, 1);
    assert_int_equal(d->limit, 3);
    assert_int_equal(d->position.number, s->records);
    assert_int_equal(d->generation, 1);
    assert_int_equal(d->program_version, 1);
    assert_int_equal(d->rung, answers[1].rung);
    assert_int_equal(d->deadline_step, NOT_CUT);
    assert_int_equal(d->item_count, answers[1].item_count);
    assert_null(answers[0].decision->page.data);
    assert_non_null(d->page.data);

    from.page = d->page;
    q.surfaces[0] = d->surface;
    q.surface_count = 1;
    assert_int_equal(recommend_from(&from, &q, &again, &s->arena, &err), OK);
    assert_string_equal(json_of(s, &again, 1), json_of(s, &answers[1], 1));
}

static void an_answer_cut_anywhere_is_late_plainer_and_the_same_when_cut_there_again(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    struct recommend_from from = scene_from(s);
    struct question q = question(s);
    struct answer first, again;
    struct error err = {0};
    const uint8_t places[] = {1, 2, 3, CUT_AT_SOURCE, CUT_AT_SOURCE + 1};

    q.surface_count = 1;
    for (size_t i = 0; i < COUNT(places); i++) {
        from.deadline_step = places[i];
        assert_int_equal(recommend_from(&from, &q, &first, &s->arena, &err), OK);
        assert_true(first.late);
        assert_int_equal(first.decision->deadline_step, places[i]);
        if (places[i] <= CUT_AT_SOURCE)
            assert_true(first.rung <= RUNG_BESTSELLERS);
        assert_true(first.item_count > 0);
        assert_non_null(strstr(json_of(s, &first, 1), "\"late\":true"));
        assert_int_equal(recommend_from(&from, &q, &again, &s->arena, &err), OK);
        assert_string_equal(json_of(s, &again, 1), json_of(s, &first, 1));
    }
    from.deadline_step = NOT_CUT;
    from.deadline_ns = 1; /* long ago */
    assert_int_equal(recommend_from(&from, &q, &first, &s->arena, &err), OK);
    assert_true(first.late);
    assert_int_equal(first.decision->deadline_step, 1);
    assert_int_equal(first.rung, RUNG_BESTSELLERS);
}

static void a_lower_rung_is_kept_to_when_asked_for(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    struct recommend_from from = scene_from(s);
    struct question q = question(s);
    struct answer answer;
    struct error err = {0};

    q.surface_count = 1;
    for (int rung = 0; rung < RUNG_COUNT; rung++) {
        from.rung_max = (enum rung)rung;
        assert_int_equal(recommend_from(&from, &q, &answer, &s->arena, &err), OK);
        assert_true(answer.rung <= (enum rung)rung);
    }
    assert_int_equal(answer.rung, RUNG_NEIGHBOURS);
}

static void bounds_are_named(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    struct recommend_from from = scene_from(s);
    struct question q = question(s);
    struct answer answers[RECOMMEND_SURFACES_MAX];
    struct error err = {0};

    q.limit = SURFACE_LIMIT_MAX;
    assert_int_equal(recommend_from(&from, &q, answers, &s->arena, &err), OK);
    q.limit++;
    assert_int_equal(recommend_from(&from, &q, answers, &s->arena, &err), ERR_INVALID);
    assert_string_equal(err.message, "limit must be a whole number from 1 to 100");
    q = question(s);
    q.surfaces[1] = TEXT("hoem");
    assert_int_equal(recommend_from(&from, &q, answers, &s->arena, &err), ERR_NOT_FOUND);
    assert_string_equal(err.message, "there is no surface 'hoem' in the program");
    q.surface_count = 0;
    assert_int_equal(recommend_from(&from, &q, answers, &s->arena, &err), ERR_INVALID);
    q.surface_count = RECOMMEND_SURFACES_MAX + 1;
    assert_int_equal(recommend_from(&from, &q, answers, &s->arena, &err), ERR_INVALID);
    q = question(s);
    q.cart_count = RECOMMEND_CART_MAX + 1;
    assert_int_equal(recommend_from(&from, &q, answers, &s->arena, &err), ERR_INVALID);
}

static void what_is_sensitive_by_default_is_so_before_any_program(void **state)
{
    SCOPED(scene_free) struct scene *s = scene_new();
    struct recommend_from from = scene_from(s);
    struct question q = {.surfaces = {TEXT("home")},
                         .surface_count = 1,
                         .anonymous_id = TEXT("ada"),
                         .now_ms = SCENE_START_MS + 60000};
    struct answer answer;
    struct error err = {0};

    scene_simple_product(s, "test", "Pregnancy test", "Health > Tests");
    scene_simple_product(s, "soap", "Soap", "Beauty");
    scene_event(s, "ada", EVENT_view_item, TEXT("test"));
    scene_event(s, "ada", EVENT_view_item, TEXT("soap"));
    scene_tick(s);
    assert_int_equal(recommend_from(&from, &q, &answer, &s->arena, &err), OK);
    assert_int_equal(answer.item_count, 1);
    assert_text(answer.items[0].item_id, "soap");
}

static void the_look_at_the_page_counts_once_recorded_already_or_not_yet(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    struct recommend_from from = scene_from(s);
    struct question q = question(s);
    struct answer before, after;
    struct error err = {0};

    q.surface_count = 1;
    q.item_id = TEXT("p3");
    assert_int_equal(recommend_from(&from, &q, &before, &s->arena, &err), OK);
    scene_event(s, "ada", EVENT_view_item, TEXT("p3"));
    assert_int_equal(recommend_from(&from, &q, &after, &s->arena, &err), OK);
    assert_true(before.item_count > 1);
    assert_string_equal(json_of(s, &after, 1), json_of(s, &before, 1));
    for (size_t i = 0; i < before.item_count; i++)
        assert_true(after.items[i].candidate.score >= before.items[i].candidate.score &&
                    after.items[i].candidate.score <= before.items[i].candidate.score);
}

static void a_variant_stands_for_its_product(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    struct recommend_from from = scene_from(s);
    struct question q = question(s);
    struct answer by_variant, by_product;
    struct error err = {0};
    struct product p = product_blank();
    struct variant v = {.item_id = TEXT("p5-red"),
                        .price = 20000000,
                        .sale_price = MONEY_NONE,
                        .cost = MONEY_NONE,
                        .stock = STOCK_UNTRACKED};

    p.item_id = TEXT("p5");
    p.title = TEXT("Product 5");
    p.category = TEXT("Home > Tables");
    p.currency = TEXT("EUR");
    p.price = 20000000;
    p.variants = &v;
    p.variant_count = 1;
    scene_product(s, &p);
    q.surface_count = 1;
    assert_int_equal(recommend_from(&from, &q, &by_product, &s->arena, &err), OK);
    q.item_id = TEXT("p5-red");
    assert_int_equal(recommend_from(&from, &q, &by_variant, &s->arena, &err), OK);
    assert_string_equal(json_of(s, &by_variant, 1), json_of(s, &by_product, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_question_of_the_same_state_gives_the_same_bytes),
        cmocka_unit_test(asking_why_changes_nothing_but_adds_the_trail),
        cmocka_unit_test(a_customer_on_a_new_device_is_known_by_the_user_id),
        cmocka_unit_test(an_answer_has_the_shape_of_the_contract),
        cmocka_unit_test(a_decision_holds_what_asking_again_needs),
        cmocka_unit_test(an_answer_cut_anywhere_is_late_plainer_and_the_same_when_cut_there_again),
        cmocka_unit_test(a_lower_rung_is_kept_to_when_asked_for),
        cmocka_unit_test(bounds_are_named),
        cmocka_unit_test(what_is_sensitive_by_default_is_so_before_any_program),
        cmocka_unit_test(the_look_at_the_page_counts_once_recorded_already_or_not_yet),
        cmocka_unit_test(a_variant_stands_for_its_product),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
