/* SPDX-License-Identifier: Apache-2.0 */
/* Commands as a shell would call them, in this process, with what they print caught in files. */
#include "cli/cli.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"
#include "candidates/candidates.h"
#include "cli/command.h"
#include "features/features.h"
#include "tests/support/endcap.h"
#include "tests/support/judged.h"
#include "tests/support/site.h"
#include "tests/support/test.h"

static void init_prints_the_two_keys_once(void **state)
{
    assert_int_equal(endcap("init"), EXIT_DONE);
    assert_true(prints(&out, "pk_") && prints(&out, "sk_"));
    assert_int_equal(endcap("init"), EXIT_DONE);
    assert_false(prints(&out, "pk_") || prints(&out, "sk_"));
}

static void where_there_is_no_shop_every_command_says_to_run_init(void **state)
{
    static const char *const lines[] = {"status",       "train",           "recommend home",
                                        "program show", "refused list",    "generation list",
                                        "key list",     "program history", "audit"};

    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_int_equal(endcap(lines[i]), EXIT_CANNOT);
        assert_true(prints(&err_out, "endcap init"));
        assert_false(file_exists(shop));
    }
}

static void a_file_is_not_taken_for_the_folder_of_a_shop(void **state)
{
    test_write(shop, TEXT("not a folder"));
    assert_int_equal(endcap("init"), EXIT_CANNOT);
    assert_true(prints(&err_out, "is not a folder"));
}

static void wrong_use_is_told_in_one_line_and_ends_with_2(void **state)
{
    static const char *const lines[] = {"",
                                        "bogus",
                                        "import",
                                        "import events",
                                        "import goods x --from csv",
                                        "import events x --from",
                                        "import events x --bogus 1",
                                        "status --http-workers 0",
                                        "generation use x",
                                        "docs nothing",
                                        "recommend home --limit 0"};

    assert_int_equal(endcap("init"), EXIT_DONE);
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_int_equal(endcap(lines[i]), EXIT_USAGE);
        if (i > 0) {
            const char *end = strchr(err_out.data, '\n');

            assert_non_null(end);
            assert_string_equal(end, "\n");
            assert_memory_equal(err_out.data, "endcap: ", 8);
        }
    }
}

static void every_command_has_help_with_its_usage(void **state)
{
    char line[64];

    assert_int_equal(endcap("help"), EXIT_DONE);
    for (size_t i = 0; commands[i] != NULL; i++) {
        assert_int_equal(endcap("help"), EXIT_DONE);
        assert_int_equal(prints(&out, commands[i]->name), !commands[i]->hidden);
        snprintf(line, sizeof(line), "%s --help", commands[i]->name);
        assert_int_equal(endcap(line), EXIT_DONE);
        assert_true(prints(&out, commands[i]->usage));
        assert_true(commands[i]->hidden || commands[i]->examples != NULL);
    }
}

static const char events[] =
    "{\"id\":\"1\",\"type\":\"view_item\",\"anonymous_id\":\"v\",\"items\":[{\"item_id\":\"A\"}]}\n"
    "{\"id\":\"2\",\"type\":\"view_item\",\"anonymous_id\":\"v\",\"items\":[{}]}\n";

static void an_import_ends_with_the_sum_and_the_refused_row_can_be_listed(void **state)
{
    assert_int_equal(endcap("init"), EXIT_DONE);
    (void)import("events", events, "--from jsonl");
    assert_true(prints(&out, "received 2 = stored 1 + duplicate 0 + refused 1\n"));
    assert_string_equal(strstr(out.data, "received"),
                        "received 2 = stored 1 + duplicate 0 + refused 1\n"); /* and no more */
    (void)import("events", events, "--from jsonl");
    assert_true(prints(&out, "received 2 = stored 0 + duplicate 1 + refused 1\n"));
    assert_int_equal(endcap("refused list"), EXIT_DONE);
    assert_true(prints(&out, "import-file:2"));
    assert_true(prints(&out, "item_id"));
}

static void the_list_of_refused_rows_is_named_when_there_is_one(void **state)
{
    static const char unwilling[] =
        "{\"id\":\"3\",\"type\":\"view_item\",\"anonymous_id\":\"v\","
        "\"items\":[{\"item_id\":\"A\"}],\"consent\":{\"analytics\":false}}\n";

    assert_int_equal(endcap("init"), EXIT_DONE);
    (void)import("events", events, "--from jsonl");
    assert_true(prints(&err_out, "endcap refused list"));
    (void)import("events", unwilling, "--from jsonl");
    assert_true(prints(&out, "refused 1\n"));
    assert_false(prints(&err_out, "endcap refused list"));
}

static void an_encoding_is_refused_where_the_format_has_its_own(void **state)
{
    assert_int_equal(endcap("init"), EXIT_DONE);
    assert_int_equal(import("events", events, "--from jsonl --encoding latin1"), EXIT_USAGE);
    assert_true(prints(&err_out, "jsonl is UTF-8"));
    assert_int_equal(import("catalog", "{\"item_id\":\"a\"}\n", "--from jsonl --encoding latin1"),
                     EXIT_USAGE);
    assert_true(prints(&err_out, "jsonl is UTF-8"));
}

static void an_import_as_json_is_one_object_of_four_numbers(void **state)
{
    static const char *const names[] = {"received", "stored", "duplicate", "refused"};
    static const json_int_t expected[] = {2, 1, 0, 1};

    assert_int_equal(endcap("init"), EXIT_DONE);
    (void)import("events", events, "--from jsonl --json");
    json_t *root = json_loads(out.data, 0, NULL);
    assert_int_equal(json_object_size(root), 4);
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(json_integer_value(json_object_get(root, names[i])), expected[i]);
    json_decref(root);
}

static void a_dry_run_shows_what_is_wrong_and_writes_nothing(void **state)
{
    assert_int_equal(endcap("init"), EXIT_DONE);
    assert_int_equal(import("events", events, "--from jsonl --dry-run"), EXIT_WRONG);
    assert_true(prints(&out, "line 2"));
    assert_true(prints(&out, "\nreceived 2 = stored 1 + duplicate 0 + refused 1\n"));
    assert_true(prints(&err_out, "dry run"));
    assert_int_equal(import("events", events, "--from jsonl --dry-run --json"), EXIT_WRONG);
    json_t *sum = json_loads(out.data, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(sum, "refused")), 1);
    json_decref(sum);
    assert_int_equal(endcap("status --json"), EXIT_DONE);
    json_t *root = json_loads(out.data, 0, NULL);
    assert_non_null(root);
    assert_int_equal(json_integer_value(json_object_get(root, "received")), 0);
    json_decref(root);
}

static const char program[] =
    "owner: me@shop.example\ncurrency: EUR\ntime_zone: UTC\npolicies:\n"
    "  consent_default: {analytics: true, personalization: true, email: false}\n"
    "lists:\n  - {name: gifts, products: [lamp]}\n"
    "surfaces:\n  - {name: front, kind: home, sources: [curated], lists: [gifts], limit: 4}\n";

static void what_is_recommended_is_shown_with_its_reason_and_without_control_characters(
    void **state)
{
    char line[TEST_PATH_SIZE + 64];

    assert_int_equal(endcap("init"), EXIT_DONE);
    (void)import("catalog",
                 "{\"item_id\":\"lamp\",\"title\":\"Red\\u001b[31m "
                 "\\u202elamp\\u009b\",\"price\":\"9.90\"}\n",
                 "--from jsonl --currency EUR");
    snprintf(line, sizeof(line), "program apply %s --by ada --reason lists",
             file_of("p.yaml", program));
    assert_int_equal(endcap(line), EXIT_DONE);
    assert_int_equal(endcap("recommend front"), EXIT_DONE);
    assert_true(prints(&out, "lamp") && prints(&out, "9.90") && prints(&out, "Picked by the shop"));
    assert_false(prints(&out, "\x1b") || prints(&out, "\xe2\x80\xae") || prints(&out, "\xc2\x9b"));
    assert_int_equal(endcap("recommend front --json"), EXIT_DONE);
    json_t *root = json_loads(out.data, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(root, "items")), 1);
    json_decref(root);
    assert_int_equal(endcap("recommend nowhere"), EXIT_CANNOT);
    assert_int_equal(endcap("why --product lamp --surface front"), EXIT_DONE);
    assert_true(prints(&out, "It is shown, in slot 1: Picked by the shop.\n"));
    assert_true(prints(&out, "  curated          proposed it from list"));
    assert_int_equal(endcap("why --product lamp --surface front --cart lamp --json"), EXIT_DONE);
    assert_true(prints(&out, "\"cause\":\"in_cart\""));
    assert_int_equal(endcap("why --product lamp --surface nowhere"), EXIT_CANNOT);
    assert_int_equal(endcap("why --product lamp"), EXIT_USAGE);
    assert_int_equal(endcap("why r-0000000000000000"), EXIT_CANNOT);
}

static void keys_are_added_listed_without_their_secret_and_revoked(void **state)
{
    assert_int_equal(endcap("init"), EXIT_DONE);
    assert_int_equal(endcap("key add secret --name backend"), EXIT_DONE);
    assert_true(prints(&out, "sk_"));
    assert_int_equal(endcap("key list"), EXIT_DONE);
    assert_true(prints(&out, "backend"));
    assert_false(prints(&out, "sk_"));
    assert_int_equal(endcap("key revoke 3"), EXIT_DONE);
    assert_int_equal(endcap("key revoke 9"), EXIT_CANNOT);
}

static void settings_come_from_file_environment_and_flag_the_strongest_last(void **state)
{
    char path[TEST_PATH_SIZE + 16];

    assert_int_equal(endcap("init"), EXIT_DONE);
    snprintf(path, sizeof(path), "%s/settings", shop);
    assert_int_equal(setenv("ENDCAP_TICK_S", "7", 1), 0);
    assert_int_equal(endcap("settings --json"), EXIT_DONE);
    assert_true(prints(&out, "7"));
    test_write(path, TEXT("tick_s = 8\ncheckpoint_minutes = 9\n"));
    assert_int_equal(endcap("settings"), EXIT_DONE);
    assert_true(prints(&out, "tick_s                         8"));
    assert_int_equal(endcap("settings --tick-s 11"), EXIT_DONE);
    assert_true(prints(&out, "tick_s                         11"));
    test_write(path, TEXT("tick_s = 0\n"));
    assert_int_equal(endcap("settings"), EXIT_USAGE);
    assert_true(prints(&err_out, "tick_s"));
    assert_int_equal(unsetenv("ENDCAP_TICK_S"), 0);
}

static void every_list_is_one_json_document(void **state)
{
    static const char *const lines[][2] = {{"key list", "keys"},
                                           {"generation list", "generations"},
                                           {"refused list", "refused"},
                                           {"settings", "settings"},
                                           {"program history", "versions"}};
    char line[64];

    assert_int_equal(endcap("init"), EXIT_DONE);
    assert_int_equal(import("events", "{\"id\":\"1\"}\n{\"id\":\"2\"}\n", "--from jsonl"),
                     EXIT_WRONG);
    for (size_t i = 0; i < COUNT(lines); i++) {
        snprintf(line, sizeof(line), "%s --json", lines[i][0]);
        assert_int_equal(endcap(line), EXIT_DONE);
        json_t *root = json_loads(out.data, 0, NULL);
        assert_true(json_is_array(json_object_get(root, lines[i][1])));
        json_decref(root);
    }
    assert_int_equal(endcap("refused list --json"), EXIT_DONE);
    json_t *root = json_loads(out.data, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(root, "refused")), 2);
    json_decref(root);
}

static void documents_are_printed_from_the_tables(void **state)
{
    assert_int_equal(endcap("docs settings"), EXIT_DONE);
    assert_true(prints(&out, "| `http_workers` |"));
    assert_int_equal(endcap("docs metrics"), EXIT_DONE);
    assert_true(prints(&out, "| `endcap_commits_total` | counter |"));
    assert_int_equal(endcap("docs program"), EXIT_DONE);
    assert_int_equal(endcap("docs features"), EXIT_DONE);
    assert_true(prints(&out, "| `price` | money | catalog | its price |"));
    assert_int_equal(endcap("docs openapi"), EXIT_DONE);
    assert_true(prints(&out, "{}"));
}

static void evaluate_names_every_rung_there_is(void **state)
{
    assert_int_equal(endcap("init"), EXIT_DONE);
    assert_int_equal(endcap("evaluate --help"), EXIT_DONE);
    for (int rung = 0; rung < RUNG_COUNT; rung++)
        assert_true(prints(&out, rung_word((enum rung)rung)));
    assert_int_equal(endcap("evaluate --variety 0.2,1.5"), EXIT_USAGE);
    assert_true(prints(&err_out, "--variety"));
    assert_int_equal(endcap("evaluate --rung attic"), EXIT_USAGE);
    for (int rung = 0; rung < RUNG_COUNT; rung++)
        assert_true(prints(&err_out, rung_word((enum rung)rung)));
}

/* A shop of which generation 1 ranks home by forty trees. */
static void init_ranked(void)
{
    SCOPED(model_close) struct model *ranker = ranked_trees(1, 40, FEATURE_COUNT);
    SCOPED(shop_close) struct shop *opened = NULL;
    struct settings settings;
    struct error err = {0};

    assert_int_equal(endcap("init"), EXIT_DONE);
    settings_defaults(&settings);
    assert_int_equal(shop_open(&opened, shop, SHOP_WRITE, &settings, NULL, &err), OK);
    ranked_shop(opened, ranker, time_now_ms());
}

static void why_shows_what_features_gave_to_each_score_and_why_again_says_the_same(void **state)
{
    char line[128];

    init_ranked();
    assert_int_equal(endcap("recommend home --shopper v-0 --limit 2 --why"), EXIT_DONE);
    assert_true(prints(&out, "rung learned"));
    assert_true(prints(&out, "gave to them by exact SHAP for trees"));
    assert_true(prints(&out, " = base "));
    snprintf(line, sizeof(line), "%d more; --json has them all\n", FEATURE_COUNT - 8);
    assert_true(prints(&out, line));
    const char *score = strdup(strstr(out.data, "score "));
    snprintf(line, sizeof(line), "why %.18s", strstr(out.data, "request r-") + strlen("request "));
    assert_int_equal(endcap(line), EXIT_DONE);
    assert_true(prints(&out, "\nreplayed: the answer came out as it was given, byte for byte\n"));
    assert_true(prints(&out, "by the trees of generation 1"));
    snprintf(line, sizeof(line), "%.*s:", (int)strcspn(score + 6, " ") + 6, score);
    assert_true(prints(&out, line)); /* "score 1.2345:" */
    free((void *)(uintptr_t)score);
    assert_int_equal(endcap("recommend home --shopper v-0 --limit 2"), EXIT_DONE);
    assert_false(prints(&out, "score"));
    assert_int_equal(endcap("recommend pdp --shopper v-0 --why"), EXIT_DONE);
    assert_true(prints(&out, "proposals:"));
    assert_false(prints(&out, "scores, and what"));
}

static void generations_are_listed_with_what_their_surfaces_may_stand_on(void **state)
{
    char line[128];

    init_ranked();
    assert_int_equal(endcap("generation list"), EXIT_DONE);
    snprintf(line, sizeof(line),
             "may stand on: home learned, pdp co-view; 40 trees on %d features\n", FEATURE_COUNT);
    assert_true(prints(&out, line));
    assert_int_equal(endcap("train"), EXIT_DONE);
    assert_int_equal(endcap("generation list"), EXIT_DONE);
    assert_true(prints(&out, "no trees to rank with\n") && prints(&out, line));
    assert_int_equal(endcap("generation list --json"), EXIT_DONE);
    assert_true(prints(&out, "\"ranker\":{\"trees\":40,"));
    assert_true(
        prints(&out, "\"fits\":true},\"surfaces\":[{\"surface\":\"home\",\"rung\":\"learned\"},"));
    assert_true(prints(&out, "\"ranker\":null"));
    test_write(file_of("the-shop/generations/1/ranker.bin", ""), TEXT("no trees"));
    assert_int_equal(endcap("generation list"), EXIT_DONE);
    assert_true(prints(&out, "cannot be read: ") && prints(&out, "ranker.bin"));
    assert_true(prints(&out, "   2  "));
}

/* Ten products, p0 to p9: training learns of what the catalog knows. */
static void import_products(void)
{
    struct buffer lines = {0};

    for (int i = 0; i < 10; i++)
        buffer_printf(&lines, "{\"item_id\":\"p%d\",\"title\":\"P\",\"price\":\"1\"}\n", i);
    assert_int_equal(import("catalog", lines.data, "--from jsonl --currency EUR"), EXIT_DONE);
    buffer_free(&lines);
}

static void training_on_nothing_says_so_and_on_events_publishes(void **state)
{
    struct buffer many = {0};

    assert_int_equal(endcap("init"), EXIT_DONE);
    assert_int_equal(endcap("train"), EXIT_CANNOT);
    import_products();
    for (int i = 0; i < 200; i++)
        buffer_printf(&many,
                      "{\"id\":\"%d\",\"type\":\"view_item\",\"anonymous_id\":\"v%d\",\"items\":"
                      "[{\"item_id\":\"p%d\"}],\"time\":\"2026-11-22T09:%02d:00Z\"}\n",
                      i, i / 4, (i + i / 4) % 10, i % 60);
    assert_int_equal(import("events", many.data, "--from jsonl"), EXIT_DONE);
    assert_int_equal(endcap("train"), EXIT_DONE);
    assert_true(prints(&out, "Generation 1 serves"));
    assert_int_equal(endcap("train --unpublished"), EXIT_DONE);
    assert_int_equal(endcap("generation list"), EXIT_DONE);
    assert_true(prints(&out, "   2  "));
    assert_int_equal(endcap("generation use 2"), EXIT_DONE);
    assert_int_equal(endcap("generation use 3"), EXIT_CANNOT);
    assert_int_equal(endcap("checkpoint"), EXIT_DONE);
    buffer_free(&many);
}

static void an_audit_says_what_to_fix_first_and_exits_with_1(void **state)
{
    char line[2 * TEST_PATH_SIZE];
    const char *customers = "Email,First Name,Last Name\na@b.de,Ann,Lee\nA@B.de,Ann,Lee\n";

    assert_int_equal(endcap("init"), EXIT_DONE);
    import_products();
    assert_int_equal(endcap("audit"), EXIT_WRONG);
    assert_true(prints(&out, "no event has been recorded") && prints(&out, "Fix first"));
    assert_int_equal(endcap("audit --json"), EXIT_WRONG);
    assert_true(prints(&out, "\"check\":\"no_events\"") && prints(&out, "\"products\":10,"));
    snprintf(line, sizeof(line), "audit --customers %s", file_of("customers.csv", customers));
    assert_int_equal(endcap(line), EXIT_WRONG);
    assert_true(prints(&out, "1 of 2 customer records repeat the e-mail address"));
    assert_true(prints(&out, "lines 2 and 3") && !prints(&out, "Lee"));
    (void)file_of("customers.csv", "colour\nred\n");
    assert_int_equal(endcap(line), EXIT_USAGE);
    assert_int_equal(endcap("audit --customers /nowhere/c.csv"), EXIT_CANNOT);
    SCOPED(buffer_free) struct buffer page = {.data = NULL};
    struct error err = {.status = OK};
    const char *path = file_of("audit.html", "old");
    snprintf(line, sizeof(line), "audit --html %s", path);
    assert_int_equal(endcap(line), EXIT_WRONG);
    assert_true(prints(&out, "to fix first"));
    assert_int_equal(file_read(path, 1 << 20, &page, &err), OK);
    assert_true(text_starts(buffer_text(&page), "<!doctype html>"));
    assert_non_null(strstr(page.data, "no event has been recorded"));
}

static void commands_talk_to_the_server_that_runs(void **state)
{
    struct site site;
    char line[TEST_PATH_SIZE + 64];
    struct buffer many = {0};

    site_make(&site, NULL);
    site_serve(&site, NULL);
    memcpy(shop, site.dir, sizeof(shop));
    import_products();
    for (int i = 0; i < 200; i++)
        buffer_printf(&many, "%d,view_item,v %d,p%d,22.11.2026 09:%02d\n", i, i / 4,
                      (i + i / 4) % 10, i % 60);
    assert_int_equal(import("events", many.data,
                            "--from csv --no-header --time-format %d.%m.%Y%n%H:%M "
                            "--map id=1,type=2,anonymous_id=3,item_id=4,time=5"),
                     EXIT_DONE);
    assert_true(prints(&out, "received 200 = stored 200 + duplicate 0 + refused 0\n"));
    assert_int_equal(site.shop->state->events, 200);
    (void)import("events", "{}\n", "--from jsonl");
    assert_int_equal(endcap("refused replay"), EXIT_DONE);
    assert_true(prints(&out, "tried 1"));
    assert_int_equal(endcap("train"), EXIT_DONE);
    assert_true(prints(&out, "Generation 1 serves"));
    assert_int_equal(site.shop->state->generation, 1);
    snprintf(line, sizeof(line), "program apply %s --by ada --reason lists",
             file_of("p.yaml", program));
    assert_int_equal(endcap(line), EXIT_DONE);
    assert_int_equal(site.shop->state->program->version, 1);
    assert_int_equal(endcap("key add secret --name new"), EXIT_DONE);
    assert_int_equal(endcap("recommend front"), EXIT_DONE);
    assert_int_equal(endcap("recommend nowhere"), EXIT_CANNOT);
    buffer_free(&many);
    site_close(&site);
    assert_int_equal(endcap("status"), EXIT_DONE);
}

static void an_interrupted_import_through_the_server_tells_what_was_stored(void **state)
{
    struct site site;

    site_make(&site, NULL);
    site_serve(&site, NULL);
    memcpy(shop, site.dir, sizeof(shop));
    cli_stop = 1;
    assert_int_equal(import("events", events, "--from jsonl"), EXIT_WRONG);
    cli_stop = 0;
    assert_true(prints(&out, "received 1 = stored 1 + duplicate 0 + refused 0\n"));
    assert_true(prints(&err_out, "interrupted; run the same command again"));
    (void)import("events", events, "--from jsonl");
    assert_true(prints(&out, "received 2 = stored 0 + duplicate 1 + refused 1\n"));
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(init_prints_the_two_keys_once, new_shop),
        cmocka_unit_test_setup(where_there_is_no_shop_every_command_says_to_run_init, new_shop),
        cmocka_unit_test_setup(a_file_is_not_taken_for_the_folder_of_a_shop, new_shop),
        cmocka_unit_test_setup(wrong_use_is_told_in_one_line_and_ends_with_2, new_shop),
        cmocka_unit_test_setup(every_command_has_help_with_its_usage, new_shop),
        cmocka_unit_test_setup(an_import_ends_with_the_sum_and_the_refused_row_can_be_listed,
                               new_shop),
        cmocka_unit_test_setup(the_list_of_refused_rows_is_named_when_there_is_one, new_shop),
        cmocka_unit_test_setup(an_encoding_is_refused_where_the_format_has_its_own, new_shop),
        cmocka_unit_test_setup(an_import_as_json_is_one_object_of_four_numbers, new_shop),
        cmocka_unit_test_setup(a_dry_run_shows_what_is_wrong_and_writes_nothing, new_shop),
        cmocka_unit_test_setup(
            what_is_recommended_is_shown_with_its_reason_and_without_control_characters, new_shop),
        cmocka_unit_test_setup(keys_are_added_listed_without_their_secret_and_revoked, new_shop),
        cmocka_unit_test_setup(settings_come_from_file_environment_and_flag_the_strongest_last,
                               new_shop),
        cmocka_unit_test_setup(every_list_is_one_json_document, new_shop),
        cmocka_unit_test_setup(documents_are_printed_from_the_tables, new_shop),
        cmocka_unit_test_setup(evaluate_names_every_rung_there_is, new_shop),
        cmocka_unit_test_setup(
            why_shows_what_features_gave_to_each_score_and_why_again_says_the_same, new_shop),
        cmocka_unit_test_setup(generations_are_listed_with_what_their_surfaces_may_stand_on,
                               new_shop),
        cmocka_unit_test_setup(an_audit_says_what_to_fix_first_and_exits_with_1, new_shop),
        cmocka_unit_test_setup(training_on_nothing_says_so_and_on_events_publishes, new_shop),
        cmocka_unit_test_setup(commands_talk_to_the_server_that_runs, new_shop),
        cmocka_unit_test_setup(an_interrupted_import_through_the_server_tells_what_was_stored,
                               new_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
