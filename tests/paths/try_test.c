/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/try.h"

#include <jansson.h>
#include <stdlib.h>

#include "tests/support/shop.h"

static struct test_shop t;
static struct arena arena;
static struct error err;
static struct buffer out;
static json_t *tried;

#define HEAD                                                                                       \
    "owner: me@shop.example\ncurrency: EUR\npolicies:\n"                                           \
    "  consent_default: {analytics: true, personalization: true, email: false}\n"

static const char ruling[] = HEAD "lists: [{name: gifts, products: [lamp, mug, safe]}]\n"
                                  "surfaces: [{name: front, kind: home, sources: [curated]}]\n";

static int open_shop(void **state)
{
    const struct program_change change = {.document = text_from(ruling),
                                          .author = TEXT("ann"),
                                          .reason = TEXT("a test"),
                                          .expected_version = PROGRAM_ANY_VERSION,
                                          .now_ms = TEST_NOW};
    struct problems problems = {0};
    uint32_t version;

    test_shop_open(&t);
    (void)test_import(t.shop, "catalog",
                      "{\"item_id\":\"lamp\",\"title\":\"Lamp\",\"price\":\"9\"}\n"
                      "{\"item_id\":\"mug\",\"title\":\"Mug\",\"price\":\"4\"}\n"
                      "{\"item_id\":\"cup\",\"title\":\"Cup\",\"price\":\"3\"}\n"
                      "{\"item_id\":\"safe\",\"title\":\"Safe\",\"price\":\"99\",\"category\":"
                      "\"Home > Safes\"}\n",
                      "from=jsonl;currency=EUR");
    assert_int_equal(shop_apply_program(t.shop, &change, &arena, &problems, &version, &err), OK);
    return 0;
}

static int close_shop(void **state)
{
    json_decref(tried);
    tried = NULL;
    test_shop_close(&t);
    buffer_free(&out);
    arena_free(&arena);
    return 0;
}

static enum status try_on(const char *surface, const char *document, struct problems *problems)
{
    const struct question q = {.surfaces = {text_from(surface)},
                               .surface_count = 1,
                               .anonymous_id = TEXT("v-1"),
                               .now_ms = TEST_NOW};
    struct trial trial = {.question = &q, .document = text_from(document)};

    buffer_clear(&out);
    if (shop_try_program(t.shop, &trial, &arena, problems, &out, &err) != OK)
        return err.status;
    json_decref(tried);
    tried = json_loadb(out.data, out.size, 0, NULL);
    assert_non_null(tried);
    return OK;
}

/* "lamp mug": what a side shows, or "null". */
static const char *shown(const char *side)
{
    const json_t *answer = json_object_get(tried, side), *item;
    const char *ids = "";
    size_t i;

    if (json_is_null(answer))
        return "null";
    json_array_foreach(json_object_get(answer, "items"), i, item)
    {
        ids = arena_printf(&arena, "%s%s%s", ids, i > 0 ? " " : "",
                           json_string_value(json_object_get(item, "item_id")));
    }
    return ids;
}

static const char *member(const char *key)
{
    char *text = json_dumps(json_object_get(tried, key), JSON_COMPACT | JSON_ENCODE_ANY);
    const char *copy = arena_printf(&arena, "%s", text);

    free(text);
    return copy;
}

static void both_answers_stand_side_by_side_with_what_changed(void **state)
{
    struct problems problems = {0};

    assert_int_equal(try_on("front",
                            HEAD "lists: [{name: gifts, products: [cup, safe, lamp]}]\n"
                                 "surfaces: [{name: front, kind: home, sources: [curated]}]\n",
                            &problems),
                     OK);
    assert_string_equal(shown("before"), "lamp mug safe");
    assert_string_equal(shown("after"), "cup safe lamp");
    assert_string_equal(member("came"), "[\"cup\"]");
    assert_string_equal(member("went"), "[\"mug\"]");
    assert_string_equal(member("moved"), "[{\"item_id\":\"safe\",\"from\":3,\"to\":2},"
                                         "{\"item_id\":\"lamp\",\"from\":1,\"to\":3}]");
    assert_string_equal(member("version"), "1");
}

/* What the program says of the whole shop rules in the trial too: not only its surfaces. */
static void policies_of_the_document_hold_in_its_answer(void **state)
{
    struct problems problems = {0};

    assert_int_equal(try_on("front",
                            HEAD "  sensitive: [Home > Safes]\n"
                                 "lists: [{name: gifts, products: [lamp, mug, safe]}]\n"
                                 "surfaces: [{name: front, kind: home, sources: [curated]}]\n",
                            &problems),
                     OK);
    assert_string_equal(shown("before"), "lamp mug safe");
    assert_string_equal(shown("after"), "lamp mug");
}

/* The trial answers what applying would have brought. */
static void what_is_tried_is_what_is_shown_once_applied(void **state)
{
    static const char document[] =
        HEAD "  sensitive: [Home > Safes]\n"
             "lists: [{name: gifts, products: [safe, cup, lamp, mug]}]\n"
             "surfaces: [{name: front, kind: home, sources: [curated], limit: 2}]\n";
    const struct program_change change = {.document = text_from(document),
                                          .author = TEXT("ann"),
                                          .reason = TEXT("a test"),
                                          .expected_version = PROGRAM_ANY_VERSION,
                                          .now_ms = TEST_NOW};
    const struct question q = {.surfaces = {TEXT("front")},
                               .surface_count = 1,
                               .anonymous_id = TEXT("v-1"),
                               .now_ms = TEST_NOW};
    struct problems problems = {0};
    struct answer answer = {.items = NULL};
    uint32_t version;

    assert_int_equal(try_on("front", document, &problems), OK);
    assert_string_equal(shown("after"), "cup lamp");
    assert_int_equal(shop_apply_program(t.shop, &change, &arena, &problems, &version, &err), OK);
    assert_int_equal(recommend(t.shop, &q, &answer, &arena, &err), OK);
    assert_int_equal(answer.item_count, 2);
    assert_text(answer.items[0].item_id, "cup");
    assert_text(answer.items[1].item_id, "lamp");
}

static void a_surface_that_comes_or_goes_has_one_answer(void **state)
{
    struct problems problems = {0};
    static const char other[] = HEAD "lists: [{name: gifts, products: [cup]}]\n"
                                     "surfaces: [{name: back, kind: home, sources: [curated]}]\n";

    assert_int_equal(try_on("back", other, &problems), OK);
    assert_string_equal(shown("before"), "null");
    assert_string_equal(shown("after"), "cup");
    assert_int_equal(try_on("front", other, &problems), OK);
    assert_string_equal(shown("before"), "lamp mug safe");
    assert_string_equal(shown("after"), "null");
    assert_int_equal(try_on("side", other, &problems), ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, "there is no surface 'side'"));
}

static void a_document_with_mistakes_is_not_tried(void **state)
{
    struct problems problems = {0};

    assert_int_equal(try_on("front", "owner: x\n", &problems), ERR_INVALID);
    assert_int_equal(problems.count, 2);
}

static void nothing_is_written_and_no_decision_kept(void **state)
{
    struct problems problems = {0};
    uint64_t before = t.shop->state->position.number;

    assert_int_equal(try_on("front", HEAD, &problems), OK);
    assert_null(json_object_get(json_object_get(tried, "before"), "request_id"));
    assert_int_equal(t.shop->state->position.number, before);
    assert_int_equal(t.shop->state->program->version, 1);
    test_shop_reopen(&t, SHOP_READ);
    assert_int_equal(t.shop->state->position.number, before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_shop, close_shop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(both_answers_stand_side_by_side_with_what_changed),
        TEST(policies_of_the_document_hold_in_its_answer),
        TEST(what_is_tried_is_what_is_shown_once_applied),
        TEST(a_surface_that_comes_or_goes_has_one_answer),
        TEST(a_document_with_mistakes_is_not_tried),
        TEST(nothing_is_written_and_no_decision_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
