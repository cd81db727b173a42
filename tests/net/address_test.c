/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"

#include "tests/support/test.h"

static struct address parsed(const char *word)
{
    struct address a;

    assert_true(address_parse(text_from(word), &a));
    return a;
}

static const char *client(const char *peer, const char *forwarded, const char *trusted)
{
    static char out[ADDRESS_TEXT_SIZE];
    struct address_list list;
    struct error err = {0};

    assert_int_equal(address_list_parse(text_from(trusted), &list, &err), OK);
    return address_print(address_client(parsed(peer), text_from(forwarded), &list), out);
}

static void an_ipv4_address_and_its_mapped_form_are_one(void **state)
{
    char out[ADDRESS_TEXT_SIZE];

    assert_true(address_equal(parsed("192.0.2.1"), parsed("::ffff:192.0.2.1")));
    assert_string_equal(address_print(parsed("::ffff:192.0.2.1"), out), "192.0.2.1");
    assert_string_equal(address_print(parsed("[2001:db8::1]"), out), "2001:db8::1");
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const words[] = {"",     "1.2.3",      "1.2.3.4.5", "1.2.3.256",
                                        "host", "1.2.3.4:80", "0x7f.1",    "[1.2.3.4",
                                        "::g",  " 1.2.3.4"};
    struct address a;

    for (size_t i = 0; i < COUNT(words); i++)
        assert_false(address_parse(text_from(words[i]), &a));
    assert_false(address_parse((struct text){"1.2.3.4\0x", 9}, &a));
}

static void blocks_hold_their_addresses_and_no_others(void **state)
{
    struct address_list list;
    struct error err = {0};

    assert_int_equal(address_list_parse(TEXT(" 10.0.0.0/8  192.0.2.7 172.16.0.0/12 2001:db8::/33 "),
                                        &list, &err),
                     OK);
    assert_int_equal(list.count, 4);
    assert_true(address_list_has(&list, parsed("10.255.0.1")));
    assert_true(address_list_has(&list, parsed("192.0.2.7")));
    assert_true(address_list_has(&list, parsed("172.31.255.255")));
    assert_true(address_list_has(&list, parsed("2001:db8:7fff::1")));
    assert_false(address_list_has(&list, parsed("11.0.0.0")));
    assert_false(address_list_has(&list, parsed("192.0.2.6")));
    assert_false(address_list_has(&list, parsed("172.32.0.0")));
    assert_false(address_list_has(&list, parsed("2001:db8:8000::1")));
}

static void a_bad_list_names_the_word(void **state)
{
    struct address_list list;
    struct error err = {0};

    assert_int_equal(address_list_parse(TEXT("10.0.0.1 proxy"), &list, &err), ERR_INVALID);
    assert_non_null(strstr(err.message, "'proxy'"));
    assert_int_equal(address_list_parse(TEXT("10.0.0.0/33"), &list, &err), ERR_INVALID);
}

static void forwarded_addresses_are_believed_only_from_trusted_proxies(void **state)
{
    assert_string_equal(client("198.51.100.9", "203.0.113.5", "10.0.0.1"), "198.51.100.9");
    assert_string_equal(client("10.0.0.1", "203.0.113.5", "10.0.0.1"), "203.0.113.5");
    assert_string_equal(client("10.0.0.1", "1.1.1.1, 203.0.113.5", "10.0.0.1"), "203.0.113.5");
    assert_string_equal(client("10.0.0.1", "203.0.113.5,10.0.0.2", "10.0.0.0/8"), "203.0.113.5");
    assert_string_equal(client("10.0.0.1", "evil", "10.0.0.1"), "10.0.0.1");
    assert_string_equal(client("10.0.0.1", "", "10.0.0.1"), "10.0.0.1");
    assert_string_equal(client("127.0.0.1", "9.9.9.9", ""), "127.0.0.1");
}

static void ipv6_addresses_count_by_their_network(void **state)
{
    assert_true(address_equal(address_household(parsed("2001:db8::1")),
                              address_household(parsed("2001:db8::ffff:2"))));
    assert_false(address_equal(address_household(parsed("2001:db8::1")),
                               address_household(parsed("2001:db8:0:1::1"))));
    assert_false(address_equal(address_household(parsed("192.0.2.1")),
                               address_household(parsed("192.0.2.2"))));
}

static void special_addresses_are_not_public(void **state)
{
    static const char *const special[] = {"0.0.0.0",
                                          "10.1.2.3",
                                          "100.64.0.1",
                                          "127.0.0.1",
                                          "127.255.255.254",
                                          "169.254.0.1",
                                          "169.254.169.254",
                                          "172.16.0.1",
                                          "172.31.255.255",
                                          "192.0.0.8",
                                          "192.0.2.1",
                                          "192.168.1.1",
                                          "198.18.0.1",
                                          "198.51.100.7",
                                          "203.0.113.9",
                                          "224.0.0.1",
                                          "255.255.255.255",
                                          "::",
                                          "::1",
                                          "::ffff:127.0.0.1",
                                          "::ffff:10.0.0.1",
                                          "::127.0.0.1",
                                          "64:ff9b::a00:1",
                                          "64:ff9b:1::1",
                                          "100::1",
                                          "2001::1",
                                          "2001:db8::1",
                                          "2002:7f00:1::",
                                          "fc00::1",
                                          "fdff::1",
                                          "fe80::1",
                                          "febf::1",
                                          "ff02::1"};
    static const char *const open[] = {
        "1.1.1.1",        "9.255.255.255",        "11.0.0.0",    "100.63.255.255",
        "100.128.0.0",    "126.255.255.255",      "128.0.0.1",   "172.15.255.255",
        "172.32.0.0",     "192.167.0.1",          "192.169.0.1", "223.255.255.255",
        "::ffff:8.8.8.8", "2001:4860:4860::8888", "2600::1",     "2a00:1450::1"};
    struct address a;

    for (size_t i = 0; i < COUNT(special); i++) {
        assert_true(address_parse(text_from(special[i]), &a));
        if (address_is_public(a))
            fail_msg("%s is public", special[i]);
    }
    for (size_t i = 0; i < COUNT(open); i++) {
        assert_true(address_parse(text_from(open[i]), &a));
        if (!address_is_public(a))
            fail_msg("%s is not public", open[i]);
    }
    assert_false(address_is_public((struct address){{0}})); /* none */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ipv4_address_and_its_mapped_form_are_one),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(blocks_hold_their_addresses_and_no_others),
        cmocka_unit_test(a_bad_list_names_the_word),
        cmocka_unit_test(forwarded_addresses_are_believed_only_from_trusted_proxies),
        cmocka_unit_test(ipv6_addresses_count_by_their_network),
        cmocka_unit_test(special_addresses_are_not_public),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
