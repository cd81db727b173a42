/* SPDX-License-Identifier: Apache-2.0 */
/* `endcap shopper`: on a data directory alone, and beside a server. */
#include <stdio.h>

#include "tests/support/endcap.h"
#include "tests/support/site.h"

static const char events[] = "{\"id\":\"1\",\"type\":\"view_item\",\"time\":\"2026-01-01T10:00:"
                             "00Z\",\"anonymous_id\":\"v-81\","
                             "\"items\":[{\"item_id\":\"lamp\"}]}\n"
                             "{\"id\":\"2\",\"type\":\"identify\",\"time\":\"2026-01-01T10:05:"
                             "00Z\",\"anonymous_id\":\"v-81\","
                             "\"user_id\":\"c-7\",\"traits\":{\"email\":\"jane@mail.example\","
                             "\"phone\":\"+49 170 1234567\"}}\n"
                             "{\"id\":\"3\",\"type\":\"view_item\",\"time\":\"2026-01-02T10:00:"
                             "00Z\",\"anonymous_id\":\"v-82\","
                             "\"user_id\":\"c-7\",\"items\":[{\"item_id\":\"oak\"}]}\n";

static void fill(void)
{
    assert_int_equal(import("catalog",
                            "{\"item_id\":\"lamp\",\"title\":\"Lamp\",\"price\":\"9\"}\n"
                            "{\"item_id\":\"oak\",\"title\":\"Oak\",\"price\":\"90\"}\n",
                            "--from jsonl --currency EUR"),
                     EXIT_DONE);
    assert_int_equal(import("events", events, "--from jsonl"), EXIT_DONE);
}

static void look(void)
{
    static const char *const names[] = {
        "c-7",          "customer:c-7", "v-81", "jane@mail.example", "email:jane@mail.example",
        "+491701234567"};

    for (size_t i = 0; i < COUNT(names); i++) {
        char line[128];
        snprintf(line, sizeof(line), "shopper show %s", names[i]);
        assert_int_equal(endcap(line), EXIT_DONE);
        assert_true(prints(&out, "of the person customer c-7\n"));
        assert_true(prints(&out, "visitor v-82 -> customer c-7: 1 event, 2026-01-02T10:00 to "));
        assert_true(prints(&out, "visitor v-81: view lamp\n"));
        assert_false(prints(&out, "jane") || prints(&out, "1701234567"));
    }
    assert_int_equal(endcap("shopper show phone:0049"), EXIT_CANNOT);
    assert_int_equal(endcap("shopper show visitor:c-7"), EXIT_CANNOT);
    assert_int_equal(endcap("shopper show undefined"), EXIT_CANNOT);
    assert_true(prints(&err_out, "names nobody"));
    assert_int_equal(endcap("shopper show c-7 --json"), EXIT_DONE);
    assert_true(prints(&out, "{\"kind\":\"customer\",\"id\":\"c-7\",\"person\":"));
}

static void part_and_join(void)
{
    assert_int_equal(endcap("shopper split v-82 --by ann --reason mistake"), EXIT_DONE);
    assert_string_equal(out.data, "visitor v-82 stands apart from what it belonged to.\n");
    assert_int_equal(endcap("shopper split v-82"), EXIT_CANNOT);
    assert_true(prints(&err_out, "it stands apart already"));
    assert_int_equal(endcap("shopper show c-7"), EXIT_DONE);
    assert_false(prints(&out, "view oak"));
    assert_int_equal(endcap("shopper show v-82"), EXIT_DONE);
    assert_true(prints(&out, "; parted\n") && prints(&out, "view oak"));
    assert_int_equal(endcap("shopper join v-82 c-7 --json"), EXIT_DONE);
    assert_string_equal(out.data, "{\"joined\":[{\"kind\":\"visitor\",\"id\":\"v-82\"},"
                                  "{\"kind\":\"customer\",\"id\":\"c-7\"}]}\n");
    assert_int_equal(endcap("shopper show c-7"), EXIT_DONE);
    assert_true(prints(&out, "view oak") && prints(&out, "; joined by hand 2"));
    assert_int_equal(endcap("shopper join v-82 c-7"), EXIT_CANNOT);
    assert_int_equal(endcap("shopper join v-82 v-81"), EXIT_USAGE);
    assert_true(prints(&err_out, "join each to a customer"));
    assert_int_equal(endcap("shopper split c-7"), EXIT_DONE);
    assert_string_equal(out.data, "customer c-7 let go of all that belonged to it.\n");
    assert_int_equal(endcap("program log"), EXIT_DONE);
    assert_true(prints(&out, "a visitor: mistake") && prints(&out, "ann"));
    assert_false(prints(&out, "v-82"));
}

static void shoppers_are_told_parted_and_joined_without_a_server(void **state)
{
    assert_int_equal(endcap("init"), EXIT_DONE);
    fill();
    look();
    part_and_join();
}

static void shoppers_are_told_parted_and_joined_beside_a_server(void **state)
{
    struct site site;

    site_make(&site, NULL);
    site_serve(&site, NULL);
    memcpy(shop, site.dir, sizeof(shop));
    fill();
    look();
    part_and_join();
    site_close(&site);
}

static void what_joins_too_many_is_listed(void **state)
{
    struct buffer rows = {0};

    assert_int_equal(endcap("init"), EXIT_DONE);
    assert_int_equal(endcap("shopper alarms"), EXIT_DONE);
    assert_string_equal(out.data, "Nobody joins more than they may.\n");
    for (int i = 0; i < 30; i++)
        buffer_printf(&rows,
                      "{\"id\":\"%d\",\"type\":\"identify\",\"time\":\"2026-01-01T10:00:00Z\","
                      "\"anonymous_id\":\"same\",\"user_id\":\"c-%d\"}\n",
                      i, i);
    assert_int_equal(import("events", rows.data, "--from jsonl"), EXIT_DONE);
    buffer_free(&rows);
    assert_int_equal(endcap("shopper alarms"), EXIT_DONE);
    assert_string_equal(out.data, "visitor same\n"
                                  "  It was seen with more than 20 others and joins nobody.\n");
    assert_int_equal(endcap("shopper alarms --json"), EXIT_DONE);
    assert_string_equal(
        out.data, "{\"alarms\":[{\"kind\":\"visitor\",\"id\":\"same\",\"alarms\":"
                  "[\"It was seen with more than 20 others and joins nobody.\"]}],\"more\":0}\n");
}

static void what_a_verb_needs_is_told(void **state)
{
    static const char *const lines[] = {
        "shopper show",     "shopper split",     "shopper join a",      "shopper show a b",
        "shopper alarms a", "shopper merge a b", "shopper join a b c d"};

    assert_int_equal(endcap("init"), EXIT_DONE);
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_int_equal(endcap(lines[i]), EXIT_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(shoppers_are_told_parted_and_joined_without_a_server, new_shop),
        cmocka_unit_test_setup(shoppers_are_told_parted_and_joined_beside_a_server, new_shop),
        cmocka_unit_test_setup(what_joins_too_many_is_listed, new_shop),
        cmocka_unit_test_setup(what_a_verb_needs_is_told, new_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
