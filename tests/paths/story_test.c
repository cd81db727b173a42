/* SPDX-License-Identifier: Apache-2.0 */
/* What the shop insists on, what the shopper asked, and variety, together: replayed and told. */
#include "paths/story.h"

#include "paths/absent.h"
#include "paths/preferences.h"
#include "paths/replay.h"
#include "tests/support/ranked.h"

static const char program[] =
    "segments: [{name: swedes, when: country = SE}, {name: others, when: country != SE}]\n"
    "lists: [{name: gifts, products: [p-5, p-6]}]\n"
    "surfaces:\n"
    "  - name: home\n"
    "    kind: home\n"
    "    limit: 8\n"
    "    explore: 0\n"
    "    variety: 0.2\n"
    "    rules:\n"
    "      - {pin: {product: p-5, slot: 2}, segment: swedes}\n"
    "      - hide: \"item_id = p-9\"\n"
    "  - name: bare\n"
    "    kind: home\n"
    "    sources: [curated]\n"
    "    rules:\n"
    "      - hide: \"item_id = new-1\"\n";

static const char who[] = "shopper-7";

static struct test_shop t;
static struct arena arena;
static int64_t now_ms;

static int open_shop(void **state)
{
    ranked_shop_open(&t, program, &now_ms);
    return 0;
}

static int close_shop(void **state)
{
    test_shop_close(&t);
    arena_free(&arena);
    return 0;
}

static struct answer ask(void)
{
    struct question q = {.surfaces = {TEXT("home")},
                         .surface_count = 1,
                         .anonymous_id = text_from(who),
                         .age_verified = 20,
                         .now_ms = now_ms + MS_SECOND};
    struct answer answer = {.item_count = 0};
    struct error err = {0};

    q.arrival.country = arrival_country(TEXT("SE"));
    if (recommend(t.shop, &q, &answer, &arena, &err) != OK)
        fail_msg("%s", err.message);
    return answer;
}

static void wish(const char *id, struct text less, struct text never, long personal)
{
    const struct preferences_change change = {
        .whose = {.anonymous_id = text_from(id)},
        .personal = (int)personal,
        .variety_ppm = 500000,
        .says = {true, true},
        .all = {{PREFER_LESS, OF_PRODUCT, less}, {PREFER_NEVER, OF_PRODUCT, never}},
        .count = 2,
        .now_ms = now_ms};
    struct error err = {0};

    if (shop_change_preferences(t.shop, &change, &arena, &err) != OK)
        fail_msg("%s", err.message);
}

static const char *replayed(const struct answer *answer)
{
    struct buffer json = {0};
    struct error err = {0};

    if (replay_decision(t.shop, text_from(answer->request_id), &json, &err) != OK)
        fail_msg("%s", err.message);
    const char *kept = arena_text(&arena, buffer_text(&json)).data;
    buffer_free(&json);
    return kept;
}

static void assert_tells(const char *story, const char *part)
{
    if (strstr(story, part) == NULL)
        fail_msg("no '%s' in %s", part, story);
}

static const char *line(const char *before, struct text id, const char *after)
{
    return arena_printf(&arena, "%s%.*s%s", before, (int)id.size, id.data, after);
}

static void wishes_rules_and_variety_are_told_together(void **state)
{
    struct answer before = ask();
    struct text less = before.items[0].item_id, never = before.items[2].item_id;

    wish(who, less, never, PREFERENCES_UNSAID);
    struct answer after = ask();
    assert_true(text_equal(after.items[1].item_id, TEXT("p-5")));
    const char *story = replayed(&after);
    assert_tells(story, "\"replayed\":true");
    assert_tells(story, "byte for byte");
    assert_tells(story, line("\"wishes\":[\"less product ", less, "\","));
    assert_tells(story, "\"segments\":[\"swedes\"],");
    assert_tells(story, "segments swedes\\n");
    assert_tells(story, "age      20, as the shop vouched\\n");
    assert_tells(story, "\"variety\":0.5,");
    assert_tells(story, line("\"lowered\":[\"", less, "\"]"));
    assert_tells(story, line("never product ", never, "\\n"));
    assert_tells(story, line("since the shopper wants less of it: ", less, "\\n"));
    assert_tells(story, "then by variety 0.5");
    assert_tells(story, line("asked never to see it, its brand or its category), 1: ", never, ""));
    assert_tells(story, "): p-5 placed in slot 2");
    /* the list that has p-5 as well is not what it stands there for */
    assert_tells(story, "by curated, from pin in line ");
}

static void that_they_asked_not_to_be_known_is_told(void **state)
{
    wish(who, TEXT("p-1"), TEXT("p-2"), 0);
    assert_tells(replayed(&(struct answer[]){ask()}[0]),
                 "may not choose products for them: they asked for that");
}

/* Though no source came to it: whoever makes one propose it wants to know before. */
static void what_keeps_a_product_out_is_said_though_nothing_proposed_it(void **state)
{
    const struct question q = {.surfaces = {TEXT("bare")},
                               .surface_count = 1,
                               .anonymous_id = TEXT("nobody-yet"),
                               .now_ms = now_ms};
    SCOPED(buffer_free) struct buffer hidden = {0}, never = {0};
    struct error err = {0};

    (void)test_import(t.shop, "catalog",
                      "{\"item_id\":\"new-1\",\"title\":\"New\",\"price\":\"9\"}\n"
                      "{\"item_id\":\"new-2\",\"title\":\"Newer\",\"price\":\"9\"}\n",
                      "from=jsonl;currency=EUR");
    wish("nobody-yet", TEXT("p-1"), TEXT("new-2"), PREFERENCES_UNSAID);
    assert_int_equal(absent_explain(t.shop, &q, TEXT("new-1"), &hidden, &err), OK);
    assert_tells(hidden.data, "could not be shown if one did: rule 1 (hide, line ");
    assert_int_equal(absent_explain(t.shop, &q, TEXT("new-2"), &never, &err), OK);
    assert_tells(never.data, "\"cause\":\"never\",\"answer\":\"No source proposed it");
}

static void assert_absent(const struct question *q, const char *item_id, const char *cause,
                          const char *answer)
{
    SCOPED(buffer_free) struct buffer json = {0}, expected = {0};
    struct error err = {0};

    buffer_printf(&expected, "\"cause\":\"%s\",\"answer\":\"%s", cause, answer);
    assert_int_equal(absent_explain(t.shop, q, text_from(item_id), &json, &err), OK);
    assert_tells(json.data, expected.data);
}

static void of_a_bundle_the_part_is_named_that_keeps_it_out(void **state)
{
    const struct question q = {
        .surfaces = {TEXT("bare")}, .surface_count = 1, .item_id = TEXT("set-4"), .now_ms = now_ms};

    (void)test_import(
        t.shop, "catalog",
        "{\"item_id\":\"mug\",\"price\":\"9\",\"stock\":3}\n"
        "{\"item_id\":\"gone\",\"price\":\"9\",\"published\":false}\n"
        "{\"item_id\":\"toy\",\"price\":\"9\",\"category\":\"Health > Tests\"}\n"
        "{\"item_id\":\"set-1\",\"price\":\"9\",\"bundle\":[{\"item_id\":\"mug\",\"quantity\":4}]}"
        "\n"
        "{\"item_id\":\"set-2\",\"price\":\"9\",\"bundle\":[\"mug\",\"gone\"]}\n"
        "{\"item_id\":\"set-3\",\"price\":\"9\",\"bundle\":[\"never-seen\"]}\n"
        "{\"item_id\":\"set-4\",\"price\":\"9\",\"bundle\":[\"mug\"]}\n"
        "{\"item_id\":\"set-5\",\"price\":\"9\",\"bundle\":[\"set-6\"]}\n"
        "{\"item_id\":\"set-6\",\"price\":\"9\",\"bundle\":[\"set-5\"]}\n"
        "{\"item_id\":\"set-7\",\"price\":\"9\",\"stock\":0,\"bundle\":[\"mug\"]}\n"
        "{\"item_id\":\"set-8\",\"price\":\"9\",\"category\":\"Sets\",\"bundle\":[\"toy\"]}\n",
        "from=jsonl;currency=EUR");
    assert_absent(
        &q, "set-1", "out_of_stock",
        "It may not be shown anywhere: it is a bundle, and its part mug is out of stock, or "
        "there are too few of it.\"");
    assert_absent(
        &q, "set-2", "part_missing",
        "It may not be shown anywhere: it is a bundle, and its part gone is unpublished.\"");
    assert_absent(
        &q, "set-3", "part_missing",
        "It may not be shown anywhere: it is a bundle, and its part never-seen is not in the "
        "catalog.\"");
    assert_absent(
        &q, "set-5", "part_missing",
        "It may not be shown anywhere: it is a bundle, and its part set-6 is a bundle that "
        "lacks a part, holds this one again or goes too deep.\"");
    assert_absent(&q, "set-7", "out_of_stock",
                  "It may not be shown anywhere: it is out of stock.\"");
    assert_absent(&q, "set-8", "sensitive",
                  "It is never suggested: its category, Sets, or that of one of its parts, is");
    assert_absent(
        &q, "mug", "part_at_hand",
        "No source proposed it, and it could not be shown if one did: a bundle on this page, "
        "in the cart or just bought holds it.\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(wishes_rules_and_variety_are_told_together, open_shop,
                                        close_shop),
        cmocka_unit_test_setup_teardown(that_they_asked_not_to_be_known_is_told, open_shop,
                                        close_shop),
        cmocka_unit_test_setup_teardown(what_keeps_a_product_out_is_said_though_nothing_proposed_it,
                                        open_shop, close_shop),
        cmocka_unit_test_setup_teardown(of_a_bundle_the_part_is_named_that_keeps_it_out, open_shop,
                                        close_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
