/* SPDX-License-Identifier: Apache-2.0 */
/* `endcap shopper`, `backup` and `restore`: on a data directory alone, and beside a server. */
#include <stdio.h>

#include "base/file.h"
#include "tests/support/endcap.h"
#include "tests/support/site.h"

static const char events[] =
    "{\"id\":\"1\",\"type\":\"view_item\",\"anonymous_id\":\"v-1\",\"user_id\":\"c-1\","
    "\"items\":[{\"item_id\":\"lamp\"}]}\n"
    "{\"id\":\"2\",\"type\":\"search\",\"anonymous_id\":\"v-1\",\"search_term\":\"red lamp\"}\n"
    "{\"id\":\"3\",\"type\":\"search\",\"anonymous_id\":\"v-2\",\"search_term\":\"table\"}\n";

static void rights_of_c_1(void)
{
    assert_int_equal(import("events", events, "--from jsonl"), EXIT_DONE);
    assert_int_equal(endcap("shopper export c-1"), EXIT_DONE);
    assert_true(prints(&out, "red lamp") && prints(&out, "\"anonymous_ids\":[\"v-1\"]"));
    assert_false(prints(&out, "table"));
    assert_int_equal(endcap("shopper forget c-1 --by ada"), EXIT_DONE);
    assert_true(prints(&out, "Erased: 2 events, 0 decisions, 0 refused items"));
    assert_int_equal(endcap("shopper export v-1"), EXIT_DONE);
    assert_false(prints(&out, "red lamp"));
    assert_int_equal(endcap("shopper forget c-1 --json"), EXIT_DONE);
    assert_true(prints(&out, "{\"erased\":true,\"finished\":true,") &&
                prints(&out, "\"events\":0,"));
    assert_int_equal(import("events", events, "--from jsonl"), EXIT_WRONG);
    assert_true(prints(&out, "received 3 = stored 0 + duplicate 1 + refused 2"));
}

static void contact_of_c_9(void)
{
    assert_int_equal(endcap("shopper contact c-9"), EXIT_DONE);
    assert_string_equal(out.data, "No address is kept.\n");
    assert_int_equal(import("events",
                            "{\"id\":\"9\",\"type\":\"identify\",\"user_id\":\"c-9\","
                            "\"time\":\"2026-01-01T10:00:00Z\",\"consent\":{\"email\":true},"
                            "\"context\":{\"locale\":\"de-AT\"},"
                            "\"traits\":{\"email\":\"Jane@mail.example\"}}\n",
                            "--from jsonl"),
                     EXIT_DONE);
    assert_int_equal(endcap("shopper contact c-9 --naming user_id"), EXIT_DONE);
    assert_string_equal(out.data, "Jane@mail.example  de-AT  consent by event, 2026-01-01T10:00\n");
    assert_int_equal(endcap("shopper contact jane@mail.example --json"), EXIT_DONE);
    assert_true(prints(&out, "{\"contacts\":[{\"email\":\"Jane@mail.example\","));
    assert_int_equal(endcap("shopper contact c-9 --naming anonymous_id"), EXIT_DONE);
    assert_string_equal(out.data, "No address is kept.\n");
    assert_int_equal(endcap("shopper contact c-9 --naming email"), EXIT_USAGE);
    assert_int_equal(endcap("shopper contact"), EXIT_USAGE);
}

static void a_person_is_shown_and_forgotten(void **state)
{
    assert_int_equal(endcap("init"), EXIT_DONE);
    rights_of_c_1();
    assert_int_equal(endcap("shopper greet c-1"), EXIT_USAGE);
    assert_int_equal(endcap("shopper forget c-1 --naming email"), EXIT_USAGE);
    assert_int_equal(endcap("shopper forget"), EXIT_USAGE);
    contact_of_c_9();
}

static void through_the_server_that_runs_too(void **state)
{
    struct site site;

    site_make(&site, NULL);
    site_serve(&site, NULL);
    memcpy(shop, site.dir, sizeof(shop));
    rights_of_c_1();
    assert_int_equal(site.shop->state->events, 3);
    contact_of_c_9();
    site_close(&site);
}

static void a_shop_goes_into_a_file_and_comes_out_of_it(void **state)
{
    char line[2 * TEST_PATH_SIZE], file[TEST_PATH_SIZE];

    test_path(file, dir, "backup");
    assert_int_equal(endcap("init"), EXIT_DONE);
    assert_int_equal(import("events", events, "--from jsonl"), EXIT_DONE);
    snprintf(line, sizeof(line), "backup %s", file);
    assert_int_equal(endcap(line), EXIT_DONE);
    assert_true(prints(&out, "Backed up: "));
    assert_int_equal(endcap(line), EXIT_CANNOT);
    assert_true(prints(&err_out, "--force"));
    assert_int_equal(endcap("shopper forget v-2"), EXIT_DONE);
    snprintf(line, sizeof(line), "restore %s", file);
    assert_int_equal(endcap(line), EXIT_CANNOT);
    assert_true(prints(&err_out, "--yes"));
    snprintf(line, sizeof(line), "restore %s --yes --json", file);
    assert_int_equal(endcap(line), EXIT_DONE);
    assert_true(prints(&out, "\"records\":"));
    assert_int_equal(endcap("shopper export v-2"), EXIT_DONE);
    assert_true(prints(&out, "table")); /* as it was then */
    test_path(shop, dir, "another");
    assert_int_equal(endcap(line), EXIT_DONE);
    assert_int_equal(endcap("status"), EXIT_DONE);
    assert_true(prints(&out, "received         3 = stored 3 + duplicate 0 + refused 0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_person_is_shown_and_forgotten, new_shop),
        cmocka_unit_test_setup(through_the_server_that_runs_too, new_shop),
        cmocka_unit_test_setup(a_shop_goes_into_a_file_and_comes_out_of_it, new_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
