/* SPDX-License-Identifier: Apache-2.0 */
/* Files of customers: what is read of them, who is one and who only may be. */
#include "audit/customers.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/test.h"

static struct audit *audit_of(const char *csv, const char *encoding, enum status wanted)
{
    static struct catalog *catalog; /* empty, for the process */
    struct error err = {0};

    if (catalog == NULL)
        catalog = catalog_new();
    struct audit *a = audit_new(&(struct audit_options){
        .catalog = catalog,
        .program = program_builtin(),
        .now_ms = 1,
        .customers_encoding = encoding == NULL ? (struct text){0} : text_from(encoding)});
    FILE *in = fmemopen((char *)(uintptr_t)csv, strlen(csv), "r");
    assert_non_null(in);
    assert_int_equal(audit_customers(a, in, &err), wanted);
    assert_true(wanted == OK || err.message[0] != '\0');
    fclose(in);
    if (wanted == OK)
        (void)audit_finish(a);
    return a;
}

static uint64_t told(const struct audit *a, enum check c)
{
    return a->report.tallies[c].count;
}

static void first_names_that_are_only_near_are_never_linked(void **state)
{
    static const char *const pairs[] = {
        "Jan,Berg,one@mail.example,,,\nJana,Berg,one@mail.example,,,\n",
        "Chris,Berg,one@mail.example,,,\nChristine,Berg,one@mail.example,,,\n",
        "Max,Berg,a@mail.example,+49 30 5550001,,\nMaxim,Berg,b@mail.example,+49 30 5550001,,\n",
        "Marie,Berg,a@mail.example,+49 30 5550001,Weg 1,10115\n"
        "Maria,Berg,b@mail.example,+49 30 5550001,Weg 1,10115\n",
        "J,Berg,one@mail.example,,,\nJan,Berg,one@mail.example,,,\n",
        ",,one@mail.example,,,\nJan,Berg,one@mail.example,,,\n",
        "Jan,Berg,info@mail.example,,,\nJan,Schmidt,info@mail.example,,,\n",
        "Jan,Berg,a@mail.example,+44 20 7123 4567,,\nJan,Berg,b@mail.example,+1 220 7123 4567,,\n",
        "Jan,Berg,a@mail.example,020 7123 4567,,\nJan,Berg,b@mail.example,+44 20 7123 4567,,\n",
    };

    for (size_t i = 0; i < COUNT(pairs); i++) {
        char csv[400];
        snprintf(csv, sizeof(csv), "First Name,Last Name,Email,Phone,Address1,Zip\n%s", pairs[i]);
        SCOPED(audit_free) struct audit *a = audit_of(csv, NULL, OK);
        if (told(a, CHECK_customer_same_email) + told(a, CHECK_customer_same_phone) > 0)
            fail_msg("linked: %s", pairs[i]);
    }
}

static void one_number_is_one_however_it_is_written(void **state)
{
    static const char *const written[] = {"+49 30 1234 5670", "0049/30/12345670",
                                          "+49 (0)30-12345670", "030 12345670",
                                          "03012345670 ext. 12"};
    uint64_t first = phone_e164(text_from(written[0]), (struct text){0});

    assert_true(first != 0);
    for (size_t i = 1; i < COUNT(written); i++)
        assert_true(phone_e164(text_from(written[i]), TEXT("DE")) == first);
    assert_true(phone_e164(TEXT("030 12345670"), (struct text){0}) == 0);
    assert_true(phone_e164(TEXT("030 12345670"), TEXT("XX")) == 0);
    assert_true(phone_e164(TEXT("030 12345670"), TEXT("AT")) != first);
    assert_true(phone_e164(TEXT("12345"), TEXT("US")) == 0);
    assert_true(phone_e164(TEXT("(220) 712-3456"), TEXT("US")) ==
                phone_e164(TEXT("+1 220 712 3456"), (struct text){0}));
}

static void of_several_columns_each_record_takes_the_one_that_is_filled(void **state)
{
    SCOPED(audit_free)
    struct audit *a = audit_of("First Name,Last Name,Email,Phone,Default Address Phone\n"
                               "Jan,Berg,a@mail.example,,'+49 30 5550001\n"
                               "Jan,Berg,b@mail.example,+49 30 5550001,+49 30 5559999\n"
                               "Eva,Kurz,,,+49 30 5550002\n",
                               NULL, OK);

    assert_int_equal(told(a, CHECK_customer_same_phone), 1);
    assert_int_equal(told(a, CHECK_customer_unreachable), 0);
}

static void records_that_cannot_be_read_are_counted_and_told(void **state)
{
    static const char latin[] = "First Name,Email\nJ\xFCrgen,j@mail.example\nEva,e@mail.example\n";
    SCOPED(audit_free) struct audit *a = audit_of(latin, NULL, OK);
    SCOPED(audit_free) struct audit *b = audit_of(latin, "ISO-8859-1", OK);
    const struct tally *t = &a->report.tallies[CHECK_customer_unreadable];

    assert_int_equal(a->report.customers, 1);
    assert_int_equal(t->count, 1);
    assert_int_equal(t->of, 2);
    assert_true(text_starts(t->examples[0], "line 2: "));
    assert_int_equal(b->report.customers, 2);
    assert_int_equal(told(b, CHECK_customer_unreadable), 0);
}

static void a_file_of_which_nothing_can_be_read_is_refused(void **state)
{
    SCOPED(audit_free)
    struct audit *a = audit_of("First Name,Email\nJ\xFCrgen,j@mail.example\n", NULL, ERR_INVALID);
    SCOPED(audit_free) struct audit *b = audit_of("First Name,Email\n", NULL, ERR_INVALID);
    SCOPED(audit_free) struct audit *c = audit_of("A,B\n1,2\n", NULL, ERR_INVALID);
    SCOPED(audit_free)
    struct audit *d = audit_of("First Name,Email\nJan,j@mail.example\n", "Klingon", ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_names_that_are_only_near_are_never_linked),
        cmocka_unit_test(one_number_is_one_however_it_is_written),
        cmocka_unit_test(of_several_columns_each_record_takes_the_one_that_is_filled),
        cmocka_unit_test(records_that_cannot_be_read_are_counted_and_told),
        cmocka_unit_test(a_file_of_which_nothing_can_be_read_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
