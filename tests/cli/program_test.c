/* SPDX-License-Identifier: Apache-2.0 */
/* `endcap program`: on a data directory alone, and beside a server. */
#include <stdio.h>

#include "tests/support/endcap.h"
#include "tests/support/site.h"

static const char program[] =
    "owner: me@shop.example\ncurrency: EUR\ntime_zone: UTC\npolicies:\n"
    "  consent_default: {analytics: true, personalization: true, email: false}\n"
    "lists:\n  - {name: gifts, products: [lamp]}\n"
    "surfaces:\n  - {name: front, kind: home, sources: [curated], lists: [gifts], limit: 4}\n";

static void a_program_is_checked_by_line_applied_and_remembered(void **state)
{
    char line[TEST_PATH_SIZE + 64];

    assert_int_equal(endcap("init"), EXIT_DONE);
    snprintf(line, sizeof(line), "program check %s",
             file_of("bad.yaml", "owner: x\nsurfacs: []\n"));
    assert_int_equal(endcap(line), EXIT_WRONG);
    assert_true(prints(&out, "bad.yaml:2:1:"));
    snprintf(line, sizeof(line), "program check %s --json", file_of("bad.yaml", "owner: [\n"));
    assert_int_equal(endcap(line), EXIT_WRONG);
    assert_true(prints(&out, "{\"sound\":false,\"problems\":[{\"line\":2,\"column\":1,"));
    snprintf(line, sizeof(line), "program check %s --json", file_of("good.yaml", program));
    assert_int_equal(endcap(line), EXIT_DONE);
    assert_string_equal(out.data, "{\"sound\":true,\"problems\":[],\"remarks\":[]}\n");
    snprintf(line, sizeof(line), "program apply %s --by ada --reason spring",
             file_of("good.yaml", program));
    assert_int_equal(endcap(line), EXIT_DONE);
    assert_true(prints(&out, "version 1"));
    assert_int_equal(endcap("program show"), EXIT_DONE);
    assert_true(prints(&out, "owner: me@shop.example"));
    assert_int_equal(endcap("program history"), EXIT_DONE);
    assert_true(prints(&out, "ada") && prints(&out, "spring"));
    assert_int_equal(endcap("program history --json"), EXIT_DONE);
    assert_true(prints(&out, "\"version\":1"));
}

/* `program VERB` on the document with another limit of one digit. */
static int program_verb(const char *verb, const char *limit, const char *flags)
{
    char line[TEST_PATH_SIZE + 128], document[sizeof(program)];

    memcpy(document, program, sizeof(program));
    memcpy(strstr(document, "limit: ") + strlen("limit: "), limit, 1);
    snprintf(line, sizeof(line), "program %s %s %s", verb, file_of("d.yaml", document), flags);
    return endcap(line);
}

static void import_lamp(void)
{
    assert_int_equal(import("catalog",
                            "{\"item_id\":\"lamp\",\"title\":\"Lamp\",\"price\":\"9\"}\n",
                            "--from jsonl --currency EUR"),
                     EXIT_DONE);
}

/* Makes versions 1, 2, and 3, which is equal to 1. */
static void apply_and_go_back(void)
{
    assert_int_equal(program_verb("apply", "4", "--by ann --reason first"), EXIT_DONE);
    assert_true(prints(&out, "Applied as version 1, over version 0:\n"));
    assert_int_equal(program_verb("apply", "4", "--by ann --reason again"), EXIT_DONE);
    assert_string_equal(out.data, "Version 1 has this document already; nothing was changed.\n");
    assert_int_equal(program_verb("apply", "0", "--by ann --reason x"), EXIT_WRONG);
    assert_true(prints(&out, "d.yaml:9:"));
    assert_true(prints(&out, ": limit must be a whole number from 1 to 100, not '0'\n1 mistake"));
    assert_int_equal(program_verb("apply", "5", "--by eve --reason x --if-version 0"), EXIT_CANNOT);
    assert_true(prints(&err_out, "version 1 rules, not 0"));
    assert_int_equal(program_verb("apply", "5", "--by eve --reason x --if-version 1"), EXIT_DONE);
    assert_true(
        prints(&out, ":\n  surfaces.front.limit: 4, now 5\n\n--- version 1\n+++ version 2\n"));
    assert_int_equal(endcap("program rollback 1 --by ann --reason back"), EXIT_DONE);
    assert_true(prints(&out, "Applied as version 3, over version 2:\n"));
    assert_int_equal(endcap("program rollback 7 --by ann --reason back"), EXIT_CANNOT);
    assert_true(prints(&err_out, "there is no version 7; they go from 0 to 3"));
}

static void look_back(void)
{
    assert_int_equal(endcap("program history"), EXIT_DONE);
    assert_true(prints(&out, "\n*     3  ") && prints(&out, "     +1    -1  back\n"));
    assert_int_equal(endcap("program diff 1 3"), EXIT_DONE);
    assert_string_equal(out.data, "Versions 1 and 3 are equal.\n");
    assert_int_equal(endcap("program diff 2 3 --json"), EXIT_DONE);
    assert_true(prints(&out, "\"changes\":[\"surfaces.front.limit: 5, now 4\"]"));
    assert_int_equal(endcap("program diff 2 8"), EXIT_CANNOT);
    assert_int_equal(endcap("program log"), EXIT_DONE);
    assert_true(prints(&out, "program.rollback   version 3, equal to version 1: back\n"));
    assert_int_equal(endcap("program log --json"), EXIT_DONE);
    assert_true(prints(&out, "\"who\":\"eve\",\"via\":"));
    assert_int_equal(endcap("program show 1"), EXIT_DONE);
    assert_string_equal(out.data, program); /* byte for byte */
    assert_int_equal(endcap("program show 2 --json"), EXIT_DONE);
    assert_true(prints(&out, "\"version\":2,") && prints(&out, "\"author\":\"eve\""));
}

static void try_one(void)
{
    assert_int_equal(program_verb("try", "5", "--surface front"), EXIT_DONE);
    assert_true(prints(&out, "   1  lamp  Lamp  "));
    assert_true(prints(&out, "The same products in the same slots.\nNothing was applied.\n"));
    assert_int_equal(program_verb("try", "5",
                                  "--surface front --lang de --device tablet --country "
                                  "se --source a --medium b --campaign c --age 20"),
                     EXIT_DONE);
    assert_int_equal(program_verb("try", "5", "--surface front --device fridge"), EXIT_USAGE);
    assert_int_equal(program_verb("try", "5", "--surface front --country Sweden"), EXIT_USAGE);
    assert_int_equal(program_verb("try", "5", "--surface front --json"), EXIT_DONE);
    assert_true(prints(&out, "{\"surface\":\"front\",\"version\":3,\"before\":{"));
    assert_int_equal(program_verb("try", "5", "--surface back"), EXIT_CANNOT);
    assert_int_equal(program_verb("try", "0", "--surface front"), EXIT_WRONG);
    assert_int_equal(program_verb("try", "5", ""), EXIT_USAGE);
}

static void verify_all(void)
{
    char line[256];

    assert_int_equal(endcap("program verify"), EXIT_DONE);
    assert_true(prints(&out, " 3 versions of the program, "));
    const char *anchor = strstr(out.data, "all as it was written\nanchor, to note elsewhere: ");
    assert_non_null(anchor);
    snprintf(line, sizeof(line), "program verify --anchor %s", strrchr(anchor, ' ') + 1);
    line[strcspn(line, "\n")] = '\0';
    assert_int_equal(endcap(line), EXIT_DONE);
    line[strlen(line) - 1] = line[strlen(line) - 1] == '0' ? '1' : '0';
    assert_int_equal(endcap(line), EXIT_WRONG);
    assert_true(prints(&out, "the log was rewritten\n") && prints(&out, ": 1 fault\n"));
    assert_int_equal(endcap("program verify --json"), EXIT_DONE);
    assert_true(prints(&out, "{\"sound\":true,"));
}

static void programs_go_their_round_without_a_server(void **state)
{
    assert_int_equal(endcap("init"), EXIT_DONE);
    assert_int_equal(endcap("program history"), EXIT_DONE);
    assert_string_equal(out.data, "No program was applied yet; the built-in default serves.\n");
    import_lamp();
    apply_and_go_back();
    look_back();
    try_one();
    verify_all();
}

static void programs_go_their_round_beside_a_server(void **state)
{
    struct site site;

    site_make(&site, NULL);
    site_serve(&site, NULL);
    memcpy(shop, site.dir, sizeof(shop));
    import_lamp();
    apply_and_go_back();
    assert_int_equal(site.shop->state->program->version, 3);
    look_back();
    try_one();
    assert_int_equal(site.shop->state->program->version, 3);
    verify_all();
    site_close(&site);
}

static void a_shop_that_was_tampered_with_is_told(void **state)
{
    SCOPED(store_close) struct store *store = NULL;
    struct error err = {0};

    assert_int_equal(endcap("init"), EXIT_DONE);
    assert_int_equal(program_verb("apply", "4", "--by ann --reason first"), EXIT_DONE);
    assert_int_equal(store_open(&store, shop, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(store_run(store, "UPDATE journal SET time = time + 1 WHERE kind = 5", &err),
                     OK);
    store_close(&store);
    assert_int_equal(endcap("program verify"), EXIT_WRONG);
    assert_true(prints(&out, "record 1 of the journal is not the one of which entry 3 tells\n"));
    assert_int_equal(endcap("program show"), EXIT_CANNOT);
    assert_true(prints(&err_out, "record 1 of the journal is damaged"));
    assert_int_equal(endcap("program log"), EXIT_DONE); /* more than ever */
    assert_true(prints(&out, "  entry  UTC  ") && prints(&out, "version 1: first"));
}

static void what_a_verb_needs_is_told(void **state)
{
    static const char *const lines[] = {
        "program apply x --by a",
        "program apply x --reason a",
        "program apply",
        "program diff 1",
        "program rollback 0 --by a --reason b",
        "program rollback x --by a --reason b",
        "program rollback 1",
        "program verify --anchor 1",
        "program show x",
        "program history 1",
        "program undo",
    };

    assert_int_equal(endcap("init"), EXIT_DONE);
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_int_equal(endcap(lines[i]), EXIT_USAGE);
    assert_int_equal(endcap("program history"), EXIT_DONE);
    assert_true(prints(&out, "No program was applied yet"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_program_is_checked_by_line_applied_and_remembered, new_shop),
        cmocka_unit_test_setup(programs_go_their_round_without_a_server, new_shop),
        cmocka_unit_test_setup(programs_go_their_round_beside_a_server, new_shop),
        cmocka_unit_test_setup(a_shop_that_was_tampered_with_is_told, new_shop),
        cmocka_unit_test_setup(what_a_verb_needs_is_told, new_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
