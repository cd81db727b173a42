/* SPDX-License-Identifier: Apache-2.0 */
/* What the shop insists on without being asked, and no model can break: each rail is broken here on
 * purpose, and the break is seen to be caught. */
#include <jansson.h>

#include "base/money.h"
#include "base/time.h"
#include "paths/absent.h"
#include "paths/replay.h"
#include "program/keys.h"
#include "tests/support/crowd.h"
#include "tests/support/scene.h"

/* ---- a product without an acceptable reason is not shown ---- */

static const char surfaces[] = "lists: [{name: picks, products: [soap, test]}]\n"
                               "surfaces:\n"
                               "  - {name: viewed, kind: pdp, sources: [also_viewed]}\n"
                               "  - {name: bought, kind: pdp, sources: [also_bought]}\n"
                               "  - {name: goes, kind: cart, sources: [complement]}\n"
                               "  - {name: like, kind: pdp, sources: [neighbours]}\n"
                               "  - {name: similar, kind: pdp, sources: [similar]}\n"
                               "  - {name: pdp, kind: pdp}\n"
                               "  - {name: home, kind: home}\n"
                               "  - {name: category, kind: category}\n";

static void crowd_of_four(struct crowd_shop *c)
{
    static const char *const names[] = {"ada", "ben", "cleo", "dan"};

    crowd_product(c, "table", "Oak table", "Home > Tables");
    crowd_product(c, "lamp", "Brass lamp", "Light");
    for (size_t i = 0; i < COUNT(names); i++) {
        crowd_event(c, names[i], EVENT_view_item, "table");
        crowd_event(c, names[i], EVENT_view_item, "lamp");
    }
}

static void without_a_reason_that_can_be_said_nothing_is_shown(void **state)
{
    SCOPED(crowd_close) struct crowd_shop c;
    const struct question q = {.surfaces = {TEXT("viewed")}, .item_id = TEXT("table"), .why = true};
    struct answer answer;

    crowd_open(&c, surfaces);
    crowd_of_four(&c);
    crowd_train(&c);
    crowd_ask(&c, q, &answer);
    assert_text(crowd_item(&answer, "lamp")->reason.text, "Because you viewed Oak table");
    /* The model still proposes it; what it rests on can no longer be named. */
    crowd_product(&c, "table", " ", "Home > Tables");
    crowd_ask(&c, q, &answer);
    assert_int_equal(answer.item_count, 0);
    assert_int_equal(answer.trail->proposal_count, 1);
    assert_string_equal(trail_dropped(answer.trail, 0), "no_reason");
}

/* ---- sensitive products ---- */

static bool pairs_have(const struct pairs *pairs, product_number product, product_number count)
{
    const struct pair *list;

    for (product_number p = 0; p < count; p++) {
        size_t length = pairs_of(pairs, p, &list);
        if (p == product && length > 0)
            return true;
        for (size_t i = 0; i < length; i++) {
            if (list[i].product == product)
                return true;
        }
    }
    return false;
}

static bool popular_has(const struct popularity *p, product_number product)
{
    const struct popular *list;
    const struct appeal appeal = popularity_appeal(p, product);

    for (int which = POPULARITY_BESTSELLERS; which <= POPULARITY_TRENDING; which++) {
        size_t count = popularity_top(p, (enum popularity_list)which, 0, &list);
        for (size_t i = 0; i < count; i++) {
            if (list[i].product == product)
                return true;
        }
    }
    return appeal.views.month > 0 || appeal.purchases.month > 0;
}

/* Where a product is in what was built from shoppers' behaviour, as a word; NULL: nowhere. */
static const char *built_into(const struct crowd_shop *c, const struct generation *g,
                              product_number product)
{
    const session_number *sessions;
    product_number count = catalog_count(c->t.shop->state->catalog);
    struct profile profile;

    if (pairs_have(g->viewed, product, count) || pairs_have(g->bought, product, count) ||
        pairs_have(g->complement, product, count))
        return "pairs";
    if (sessions_of(g->sessions, product, &sessions) > 0)
        return "sessions";
    if (g->vectors != NULL && vectors_find(g->vectors, product, NULL) != NULL)
        return "vectors";
    if (popular_has(c->t.shop->state->popularity, product))
        return "popularity";
    profiles_read(c->t.shop->state->profiles, shopper_key_of(TEXT("ada"), (struct text){0}),
                  c->now_ms, true, &profile);
    for (uint32_t i = 0; i < profile.count; i++) {
        if (profile.actions[i].product == product)
            return "profiles";
    }
    return NULL;
}

/* Everybody looks at the test, puts it in the cart with a pillow and buys both. */
static void crowd_with_test(struct crowd_shop *c, const char *category)
{
    static const char *const names[] = {"ada", "ben", "cleo", "dan", "eve"};

    crowd_product(c, "test", "Pregnancy test", category);
    crowd_product(c, "pillow", "Pregnancy pillow", "Sleep");
    crowd_product(c, "belt", "Pregnancy belt", "Clothes");
    crowd_product(c, "soap", "Olive soap", "Bath");
    crowd_product(c, "oil", "Olive oil", "Food");
    for (size_t i = 0; i < COUNT(names); i++) {
        crowd_event(c, names[i], EVENT_view_item, "belt");
        crowd_event(c, names[i], EVENT_view_item, "test");
        crowd_event(c, names[i], EVENT_add_to_cart, "test");
        crowd_event(c, names[i], EVENT_add_to_cart, "pillow");
        crowd_event(c, names[i], EVENT_purchase, "test");
    }
    crowd_event(c, "ada", EVENT_view_item, "oil"); /* what she would be shown soap for */
    crowd_train(c);
}

static const char *where_the_test_is(struct crowd_shop *c)
{
    const struct generation *g = generation_pin(c->t.shop->generations);
    const char *word = built_into(c, g, catalog_find(c->t.shop->state->catalog, TEXT("test")));

    generation_unpin(c->t.shop->generations, g);
    return word;
}

static void what_is_sensitive_is_dropped_before_anything_is_built(void **state)
{
    static const char *const sensitive[] = {"Health > Tests > Early", "Pregnancy", "health",
                                            "Own shelf > Deep > Deeper"};
    static const char program[] = "  sensitive: [Own shelf]\n"
                                  "surfaces:\n  - {name: home, kind: home}\n";

    for (size_t i = 0; i < COUNT(sensitive); i++) {
        SCOPED(crowd_close) struct crowd_shop c;
        crowd_open(&c, program);
        crowd_with_test(&c, sensitive[i]);
        assert_null(where_the_test_is(&c));
    }
    SCOPED(crowd_close) struct crowd_shop plain; /* the same, in a category like any other */
    crowd_open(&plain, program);
    crowd_with_test(&plain, "Tools");
    assert_string_equal(where_the_test_is(&plain), "pairs");
}

/* No answer shows the test or speaks of it, but on its own page. */
static void assert_untold(struct crowd_shop *c)
{
    static const char *const asked[] = {"viewed",  "bought", "goes", "like",
                                        "similar", "pdp",    "home", "category"};

    for (size_t i = 0; i < COUNT(asked); i++) {
        for (int page = 0; page < 4; page++) {
            struct question q = {.surfaces = {text_from(asked[i])},
                                 .anonymous_id = page < 2 ? TEXT("ada") : TEXT("a stranger"),
                                 .item_id = page % 2 == 0 ? TEXT("belt") : (struct text){0},
                                 .category = TEXT("Health"),
                                 .limit = 50,
                                 .why = true};
            struct answer answer;
            crowd_ask(c, q, &answer);
            assert_null(crowd_item(&answer, "test"));
            assert_int_equal(answer.trail->known.action_count > 0, page < 2);
            for (size_t k = 0; k < answer.trail->known.action_count; k++)
                assert_false(text_is(answer.trail->known.actions[k].item_id, "test"));
            for (size_t k = 0; k < answer.item_count; k++)
                assert_false(text_is(answer.items[k].reason.item_id, "test"));
        }
    }
}

/* And it is said so, to those who ask why soap is not there. */
static void assert_told(struct crowd_shop *c, struct question q)
{
    SCOPED(buffer_free) struct buffer json = {0};
    struct error err = {0};

    q.surface_count = 1;
    q.now_ms = c->now_ms;
    if (absent_explain(c->t.shop, &q, TEXT("soap"), &json, &err) != OK)
        fail_msg("%s", err.message);
    const char *text = buffer_text(&json).data;
    assert_non_null(strstr(text, "\"cause\":\"not_proposed\""));
    assert_non_null(strstr(text, "the page's product is sensitive, so only what is similar to it"));
    assert_non_null(strstr(text, "\"source\":\"curated\",\"asked\":false"));
    buffer_clear(&json);
    if (absent_explain(c->t.shop, &q, TEXT("test"), &json, &err) != OK)
        fail_msg("%s", err.message);
    assert_non_null(strstr(buffer_text(&json).data, "\"cause\":\"sensitive\""));
}

/* On its page, by every source there is: only the product itself is a reason, and nothing else. */
static void assert_own_page(struct crowd_shop *c)
{
    struct question q = {.surfaces = {TEXT("pdp")},
                         .anonymous_id = TEXT("ada"),
                         .item_id = TEXT("test"),
                         .cart = {TEXT("belt")},
                         .cart_count = 1,
                         .limit = 50};
    struct answer answer;

    crowd_ask(c, q, &answer);
    assert_int_equal(answer.item_count, 1); /* the belt is in the cart */
    assert_text(crowd_item(&answer, "pillow")->reason.text, "Similar to Pregnancy test");
    assert_text(answer.items[0].reason.item_id, "test");
    assert_int_equal(answer.items[0].candidate.support, 0); /* by what it says of itself */
    assert_int_equal(answer.rung, RUNG_CURATED);
    assert_told(c, q);
}

/* The worst case: everything was built from it, profiles too, before the shop said that it is. */
static void a_model_that_knows_a_sensitive_product_is_not_believed(void **state)
{
    SCOPED(crowd_close) struct crowd_shop c;
    char program[2048];

    crowd_open(&c, surfaces);
    crowd_with_test(&c, "Tools > Tests");
    assert_non_null(where_the_test_is(&c));
    snprintf(program, sizeof(program), "  sensitive: [Tools]\n%s", surfaces);
    crowd_program(&c, program);
    assert_untold(&c);
    assert_own_page(&c);
}

static void on_its_own_page_a_sensitive_product_alone_is_evidence(void **state)
{
    SCOPED(crowd_close) struct crowd_shop c;

    crowd_open(&c, surfaces);
    crowd_with_test(&c, "Health > Tests");
    assert_untold(&c);
    assert_own_page(&c);
}

/* ---- prices ---- */

static bool member_known(const char *key)
{
    static const char *const known[] = {"request_id", "surface", "rung",   "generation", "late",
                                        "items",      "item_id", "slot",   "title",      "url",
                                        "image",      "price",   "reason", "kind",       "text"};

    for (size_t i = 0; i < COUNT(known); i++) {
        if (strcmp(known[i], key) == 0)
            return true;
    }
    return false;
}

/* Is every price the catalog's? And, in what shoppers get (`plain`), is there no other member that could
 * be one? Trails are for operators, and name what there was to choose by. */
static bool prices_good(const json_t *value, const struct catalog *catalog, bool plain)
{
    const char *key;
    json_t *member;
    size_t at;

    json_array_foreach(value, at, member)
    {
        if (!prices_good(member, catalog, plain))
            return false;
    }
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        if ((plain && !member_known(key)) || !prices_good(member, catalog, plain))
            return false;
    }
    const json_t *price = json_object_get(value, "price");
    if (price == NULL)
        return true;
    struct text id = text_from(json_string_value(json_object_get(value, "item_id")));
    char text[MONEY_TEXT_SIZE];
    return strcmp(money_print(catalog_price(catalog, catalog_find(catalog, id)), text),
                  json_string_value(price)) == 0;
}

static const char *json_of(struct crowd_shop *c, const struct answer *answer)
{
    SCOPED(buffer_free) struct buffer json = {0};

    answer_json(answer, &json);
    return arena_text(&c->arena, buffer_text(&json)).data;
}

static bool answer_prices_good(struct crowd_shop *c, const struct answer *answer)
{
    json_t *json = json_loads(json_of(c, answer), 0, NULL);
    bool good = prices_good(json, c->t.shop->state->catalog, answer->trail == NULL);

    json_decref(json);
    return good;
}

static bool replay_prices_good(struct crowd_shop *c, const struct answer *answer)
{
    SCOPED(buffer_free) struct buffer text = {0};
    struct error err = {0};

    if (replay_decision(c->t.shop, text_from(answer->request_id), &text, &err) != OK)
        fail_msg("%s", err.message);
    json_t *json = json_loads(buffer_text(&text).data, 0, NULL);
    bool good = json != NULL && prices_good(json, c->t.shop->state->catalog, false);
    json_decref(json);
    return good;
}

static void nobody_sees_a_price_but_the_catalogs(void **state)
{
    static const char *const names[] = {"ada", "dan", "a stranger"};
    static const char *const asked[] = {"viewed", "like", "similar", "pdp", "home", "category"};
    SCOPED(crowd_close) struct crowd_shop c;
    struct answer answer = {.item_count = 0};
    size_t seen = 0;

    crowd_open(&c, surfaces);
    crowd_of_four(&c);
    /* What shoppers' browsers say of prices is theirs to say, and nobody else's to read. */
    assert_int_equal(
        test_record(c.t.shop,
                    "{\"id\":\"cheap\",\"type\":\"view_item\",\"anonymous_id\":\"dan\","
                    "\"currency\":\"EUR\",\"value\":\"0.01\",\"items\":[{\"item_id\":"
                    "\"lamp\",\"price\":\"0.01\"}]}",
                    c.now_ms)
            .stored,
        1);
    crowd_train(&c);
    for (size_t i = 0; i < COUNT(names) * COUNT(asked); i++) {
        crowd_ask(&c,
                  (struct question){.surfaces = {text_from(asked[i % COUNT(asked)])},
                                    .anonymous_id = text_from(names[i / COUNT(asked)]),
                                    .item_id = TEXT("table"),
                                    .why = i % 2 == 1},
                  &answer);
        assert_true(answer_prices_good(&c, &answer));
        assert_true(replay_prices_good(&c, &answer));
        for (size_t k = 0; k < answer.item_count; k++)
            seen += answer.items[k].price == 10 * MONEY_UNIT;
    }
    assert_true(seen > 0);
    /* Broken on purpose: a price of this shopper's own is seen, and so is its decision's checksum. */
    crowd_ask(&c,
              (struct question){.surfaces = {TEXT("viewed")},
                                .anonymous_id = TEXT("dan"),
                                .item_id = TEXT("table")},
              &answer);
    answer.items[0].price -= 1;
    assert_false(answer_prices_good(&c, &answer));
    assert_int_not_equal(answer_digest(&answer), answer.decision->digest);
}

static bool names_price(const char *key)
{
    static const char *const words[] = {"price",     "discount", "coupon", "markup",
                                        "surcharge", "voucher",  "rebate"};

    for (size_t i = 0; i < COUNT(words); i++) {
        if (strstr(key, words[i]) != NULL)
            return true;
    }
    return false;
}

/* Keys that read a price to choose by are no way to set one; there is none of either yet. */
static void the_program_has_no_way_to_ask_for_a_price(void **state)
{
#define CONSENT "{analytics: true, personalization: true, email: false}"
    static const char *const tries[] = {"price: 1.00\n",
                                        "policies: {consent_default: " CONSENT ", discount: 0.1}\n",
                                        "lists: [{name: a, products: [x], price: 1}]\n",
                                        "surfaces: [{name: a, kind: home, markup: 0.1}]\n"};
    SCOPED(arena_free) struct arena a = {0};

    for (size_t i = 0; i < program_block_count; i++) {
        for (size_t k = 0; k < program_blocks[i]->key_count; k++)
            assert_false(names_price(program_blocks[i]->keys[k].name));
    }
    for (size_t i = 0; i < COUNT(tries); i++) {
        struct problems problems = {0};
        struct program *p;
        const char *document = arena_printf(&a, "owner: tests\ncurrency: EUR\n%s%s",
                                            strstr(tries[i], "policies") != NULL
                                                ? ""
                                                : "policies: {consent_default: " CONSENT "}\n",
                                            tries[i]);
        assert_int_equal(program_compile(text_from(document), &p, &a, &problems, NULL),
                         ERR_INVALID);
        assert_int_equal(problems.count, 1);
        assert_non_null(strstr(problems.first->message, "unknown key"));
    }
}

/* ---- support ---- */

static const char *const supporters[] = {"ada", "ben", "cleo", "dan", "eve", "fay"};

/* A source, and what each of `needed` supporters does that makes it propose the lamp for the table. */
struct backing {
    const char *surface;
    size_t needed;
    struct {
        enum event_type type;
        const char *items;
    } acts[3];
    size_t count;
};

static const struct backing backings[] = {
    {"viewed", 3, {{EVENT_view_item, "table"}, {EVENT_view_item, "lamp"}}, 2},
    {"bought", 3, {{EVENT_purchase, "table,lamp"}}, 1},
    {"goes", 3, {{EVENT_add_to_cart, "table"}, {EVENT_add_to_cart, "lamp"}}, 2},
    {"like", 3, {{EVENT_view_item, "table"}, {EVENT_view_item, "lamp"}}, 2},
    /* what so few make of two products that have no word in common is below what counts as similar */
    {"similar",
     6,
     {{EVENT_view_item, "table"}, {EVENT_view_item, "lamp"}, {EVENT_view_item, "table"}},
     3},
};

static void act(struct crowd_shop *c, const struct backing *b, const char *shopper)
{
    for (size_t i = 0; i < b->count; i++)
        crowd_event(c, shopper, b->acts[i].type, b->acts[i].items);
}

/* Is the lamp suggested by a shop that never met `left_out`, in whose place `repeats` more sessions of
 * ada's were had? */
static bool suggested(const struct backing *b, const char *left_out, int repeats)
{
    SCOPED(arena_free) struct arena words = {0};
    SCOPED(crowd_close) struct crowd_shop c;
    struct question q = {.surfaces = {text_from(b->surface)}};
    struct answer answer;

    crowd_open(&c, arena_printf(&words, "  min_support: {viewed: %zu, bought: 3}\n%s", b->needed,
                                surfaces));
    c.left_out = left_out;
    crowd_product(&c, "table", "Oak table", "Home > Tables");
    crowd_product(&c, "lamp", "Brass light", "Light");
    crowd_product(&c, "soap", "Olive soap", "Bath");
    for (int i = 0; i < 6; i++) /* others, who have nothing to do with it */
        crowd_event(&c, arena_printf(&c.arena, "other-%d", i), EVENT_view_item, "soap");
    for (size_t i = 0; i < b->needed; i++)
        act(&c, b, supporters[i]);
    for (int i = 0; i < repeats; i++) {
        c.now_ms += MS_HOUR;
        act(&c, b, "ada");
    }
    crowd_train(&c);
    if (strcmp(b->surface, "goes") == 0)
        q.cart[q.cart_count++] = TEXT("table");
    else
        q.item_id = TEXT("table");
    q.now_ms = c.now_ms + MS_DAY; /* nobody's session any more */
    crowd_ask(&c, q, &answer);
    return crowd_item(&answer, "lamp") != NULL;
}

static void one_supporter_less_than_needed_and_the_product_goes(void **state)
{
    for (size_t i = 0; i < COUNT(backings); i++) {
        if (!suggested(&backings[i], NULL, 0))
            fail_msg("%s does not suggest what enough stand behind", backings[i].surface);
        for (size_t k = 0; k < backings[i].needed; k++) {
            if (suggested(&backings[i], supporters[k], 0))
                fail_msg("%s suggests it without %s", backings[i].surface, supporters[k]);
        }
        if (suggested(&backings[i], "ben", 3))
            fail_msg("%s counts one shopper's sessions for shoppers", backings[i].surface);
    }
}

/* Indexes that were built for less support than the program asks for are not believed. */
static void the_programs_support_holds_whatever_was_built(void **state)
{
    static const enum event_type views[] = {EVENT_view_item, EVENT_view_item};
    static const enum event_type carts[] = {EVENT_add_to_cart, EVENT_add_to_cart};
    const struct text items[] = {TEXT("table"), TEXT("lamp")};
    SCOPED(scene_free) struct scene *s = scene_new();
    struct error err = {0};

    scene_program(s, TEXT("owner: tests\ncurrency: EUR\npolicies:\n"
                          "  consent_default: {analytics: true, personalization: true, email: "
                          "false}\n"
                          "  traffic: {co_view: 0}\n"
                          "surfaces:\n"
                          "  - {name: all, kind: cart, sources: [also_viewed, also_bought, "
                          "complement, neighbours]}\n"));
    scene_simple_product(s, "table", "Oak table", "Home");
    scene_simple_product(s, "lamp", "Brass light", "Light");
    const struct question q = {.surfaces = {TEXT("all")},
                               .surface_count = 1,
                               .cart = {TEXT("table")},
                               .cart_count = 1,
                               .now_ms = s->now_ms + MS_DAY};
    for (uint32_t sessions = 1; sessions <= 3; sessions++) {
        struct recommend_from from;
        struct answer answer;
        scene_session(s, views, items, 2);
        scene_session(s, carts, items, 2);
        scene_train(s, 1, 1);
        from = scene_from(s);
        assert_int_equal(recommend_from(&from, &q, &answer, &s->arena, &err), OK);
        assert_int_equal(answer.item_count, 2 * sessions >= 3); /* a shopper of its own each */
        if (sessions > 1)
            continue;
        from.support_override = 1; /* as only evaluate may ask */
        assert_int_equal(recommend_from(&from, &q, &answer, &s->arena, &err), OK);
        assert_int_equal(answer.item_count, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_reason_that_can_be_said_nothing_is_shown),
        cmocka_unit_test(what_is_sensitive_is_dropped_before_anything_is_built),
        cmocka_unit_test(a_model_that_knows_a_sensitive_product_is_not_believed),
        cmocka_unit_test(on_its_own_page_a_sensitive_product_alone_is_evidence),
        cmocka_unit_test(nobody_sees_a_price_but_the_catalogs),
        cmocka_unit_test(the_program_has_no_way_to_ask_for_a_price),
        cmocka_unit_test(one_supporter_less_than_needed_and_the_product_goes),
        cmocka_unit_test(the_programs_support_holds_whatever_was_built),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
