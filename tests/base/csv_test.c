/* SPDX-License-Identifier: Apache-2.0 */
#include "base/csv.h"

#include "base/file.h"
#include "tests/support/test.h"

struct opened {
    FILE *file;
    struct csv *csv;
    struct error err;
};

static void opened_close(struct opened *o)
{
    csv_close(&o->csv);
    file_close(&o->file);
}

#define OPENED SCOPED(opened_close) struct opened

/* A reader of `content`; fails the test unless csv_open gives `expected`. */
static struct opened open_with(struct text content, const struct csv_options *options,
                               enum status expected)
{
    struct opened o = {0};

    o.file = fmemopen((void *)(uintptr_t)content.data, content.size, "r");
    assert_non_null(o.file);
    assert_int_equal(csv_open(&o.csv, o.file, options, &o.err), expected);
    return o;
}

static struct opened open_text(const char *content)
{
    return open_with(text_from(content), &(struct csv_options){0}, OK);
}

static void next(struct opened *o)
{
    o->err = (struct error){0};
    enum status status = csv_next(o->csv, &o->err);
    if (status != OK)
        print_error("%s\n", o->err.message);
    assert_int_equal(status, OK);
}

static void refused(struct opened *o, const char *code)
{
    assert_int_equal(csv_next(o->csv, &o->err), ERR_INVALID);
    assert_string_equal(csv_refusal(o->csv), code);
    assert_true(o->err.message[0] != '\0');
}

static void ends(struct opened *o)
{
    assert_int_equal(csv_next(o->csv, &o->err), ERR_NOT_FOUND);
    assert_int_equal(csv_next(o->csv, &o->err), ERR_NOT_FOUND);
}

static void fields_are_found_by_the_names_of_the_header(void **state)
{
    (void)state;
    OPENED o = open_text("session_id,item_id,time\ns1,42,1600000060\ns2,43,1600000061");
    size_t item = csv_field(o.csv, "item_id"), time = csv_field(o.csv, "time");

    assert_int_equal(csv_field(o.csv, "price"), SIZE_MAX);
    assert_int_equal(csv_columns(o.csv), 3);
    assert_text(csv_column_name(o.csv, 1), "item_id");
    next(&o);
    assert_text(csv_value(o.csv, item), "42");
    assert_text(csv_value(o.csv, time), "1600000060");
    assert_int_equal(csv_line(o.csv), 2);
    assert_text(csv_raw(o.csv), "s1,42,1600000060");
    next(&o);
    assert_text(csv_value(o.csv, item), "43");
    assert_text(csv_value(o.csv, time), "1600000061");
    ends(&o);
}

static void quoted_fields_hold_delimiters_quotes_and_line_ends(void **state)
{
    (void)state;
    OPENED o =
        open_text("id,title,note\n1,\"Table, \"\"oak\"\"\",plain\n2,\"two\nlines\",\" kept \" \n"
                  "3,17\" screen,x\n\"4\",\"\",\n");

    next(&o);
    assert_text(csv_value(o.csv, 1), "Table, \"oak\"");
    next(&o);
    assert_text(csv_value(o.csv, 1), "two\nlines");
    assert_text(csv_value(o.csv, 2), " kept ");
    assert_int_equal(csv_line(o.csv), 3);
    assert_text(csv_raw(o.csv), "2,\"two\nlines\",\" kept \" ");
    next(&o);
    assert_int_equal(csv_line(o.csv), 5);
    assert_text(csv_value(o.csv, 1), "17\" screen");
    next(&o);
    assert_text(csv_value(o.csv, 0), "4");
    assert_text(csv_value(o.csv, 1), "");
    assert_int_equal(csv_row_fields(o.csv), 3);
    ends(&o);
}

static void spaces_around_unquoted_fields_blank_lines_and_returns_do_not_count(void **state)
{
    (void)state;
    OPENED o = open_text("\r\n a , b\r\n\r\n 1 ,\t2 \r\n   \n3,\"4\"\r\n");

    assert_int_equal(csv_field(o.csv, "b"), 1);
    next(&o);
    assert_text(csv_value(o.csv, 0), "1");
    assert_text(csv_value(o.csv, 1), "2");
    assert_int_equal(csv_line(o.csv), 4);
    next(&o);
    assert_text(csv_value(o.csv, 1), "4");
    assert_int_equal(csv_line(o.csv), 6);
    ends(&o);
}

static void a_short_row_gives_empty_values_and_a_long_one_keeps_its_own(void **state)
{
    (void)state;
    OPENED o = open_text("a,b,c\n1\n1,2,3,4\n");

    next(&o);
    assert_text(csv_value(o.csv, 2), "");
    assert_int_equal(csv_row_fields(o.csv), 1);
    next(&o);
    assert_text(csv_value(o.csv, 2), "3");
    assert_int_equal(csv_row_fields(o.csv), 4);
}

static void the_delimiter_is_guessed_from_the_header_or_given(void **state)
{
    (void)state;
    OPENED semicolons = open_text("a;\"b,c,d,e\";f\n1;2;3\n");
    OPENED tabs = open_text("a\tb, c\td\n1\t \t3\n");
    OPENED given = open_with(TEXT("a#b\n1,2#3\n"), &(struct csv_options){.delimiter = '#'}, OK);

    next(&semicolons);
    assert_text(csv_value(semicolons.csv, csv_field(semicolons.csv, "b,c,d,e")), "2");
    next(&tabs);
    assert_text(csv_value(tabs.csv, csv_field(tabs.csv, "b, c")), "");
    assert_text(csv_value(tabs.csv, csv_field(tabs.csv, "d")), "3");
    next(&given);
    assert_text(csv_value(given.csv, 0), "1,2");
}

static void a_map_renames_columns_and_gives_constants(void **state)
{
    (void)state;
    struct csv_options options = {0};
    struct error err = {0};

    assert_int_equal(csv_map_parse(TEXT("item_id=StockCode, price=Cents/100,type==purchase,"
                                        "title=\"Name, long\""),
                                   &options, &err),
                     OK);
    OPENED o = open_with(TEXT("StockCode,Cents,\"Name, long\",time,price\nA1,1999,Lamp,5,7\n"),
                         &options, OK);
    next(&o);
    assert_text(csv_value(o.csv, csv_field(o.csv, "item_id")), "A1");
    assert_text(csv_value(o.csv, csv_field(o.csv, "type")), "purchase");
    assert_text(csv_value(o.csv, csv_field(o.csv, "title")), "Lamp");
    assert_text(csv_value(o.csv, csv_field(o.csv, "price")), "1999");
    assert_int_equal(csv_tens(o.csv, "price"), 2);
    assert_text(csv_value(o.csv, csv_field(o.csv, "time")), "5");
    assert_int_equal(csv_tens(o.csv, "time"), 0);
}

static void a_map_knows_prefixes_and_literal_names(void **state)
{
    (void)state;
    struct csv_options options = {0};
    struct error err = {0};

    assert_int_equal(csv_map_parse(TEXT("attributes=attr_*,price=\"p/100\",x=a/30,y=b/10000000"),
                                   &options, &err),
                     OK);
    assert_int_equal(options.map_count, 4);
    assert_true(options.map[0].prefix);
    assert_text(options.map[0].column, "attr_");
    assert_text(options.map[1].column, "p/100");
    assert_int_equal(options.map[1].tens, 0);
    assert_text(options.map[2].column, "a/30");
    assert_text(options.map[3].column, "b/10000000");
}

static void a_bad_map_is_refused_by_its_pair(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *message;
    } cases[] = {
        {"", "the map is empty; give pairs like item_id=StockCode,type==purchase"},
        {"a=b,c", "'c' is not a pair of a map; write field=column or field==constant"},
        {"a=", "'a=' is not a pair of a map; write field=column or field==constant"},
        {"=b", "'=b' is not a pair of a map; write field=column or field==constant"},
        {"a=\"\"", "'a=\"\"' is not a pair of a map; write field=column or field==constant"},
        {"a=b,a==c", "the map names a twice"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct csv_options options = {0};
        struct error err = {0};

        assert_int_equal(csv_map_parse(text_from(cases[i].spec), &options, &err), ERR_INVALID);
        assert_string_equal(err.message, cases[i].message);
    }
}

static void a_map_holds_64_pairs_and_not_65(void **state)
{
    (void)state;
    SCOPED(buffer_free) struct buffer spec = {0};
    struct csv_options options = {0}, more = {0};
    struct error err = {0};

    for (int i = 0; i < CSV_MAP_MAX; i++)
        buffer_printf(&spec, "f%d=c,", i);
    assert_int_equal(csv_map_parse(buffer_text(&spec), &options, &err), OK);
    buffer_add_string(&spec, "g=c");
    assert_int_equal(csv_map_parse(buffer_text(&spec), &more, &err), ERR_INVALID);
    assert_string_equal(err.message, "the map has more than 64 pairs");
}

static void a_mapped_column_that_is_not_there_is_named_with_those_that_are(void **state)
{
    (void)state;
    struct csv_options options = {0};
    struct error err = {0};

    assert_int_equal(csv_map_parse(TEXT("item_id=Stock"), &options, &err), OK);
    OPENED o = open_with(TEXT("StockCode,Price\n1,2\n"), &options, ERR_INVALID);
    assert_string_equal(o.err.message, "the file has no column 'Stock'; it has StockCode, Price");
    assert_null(o.csv);
    options = (struct csv_options){0};
    assert_int_equal(csv_map_parse(TEXT("item_id=2"), &options, &err), OK);
    OPENED numbered = open_with(TEXT("7,8\n1,2\n"), &options, ERR_INVALID);
    assert_non_null(strstr(numbered.err.message, "with --no-header"));
}

static void without_a_header_columns_are_numbered_and_the_first_line_is_a_row(void **state)
{
    (void)state;
    struct csv_options options = {.no_header = true};
    struct error err = {0};

    assert_int_equal(csv_map_parse(TEXT("user_id=1,item_id=2"), &options, &err), OK);
    OPENED o = open_with(TEXT("u1,\"i1\",pv\nu2,i2,buy\n"), &options, OK);
    next(&o);
    assert_text(csv_value(o.csv, csv_field(o.csv, "user_id")), "u1");
    assert_text(csv_value(o.csv, csv_field(o.csv, "item_id")), "i1");
    assert_text(csv_value(o.csv, csv_field(o.csv, "3")), "pv");
    assert_int_equal(csv_line(o.csv), 1);
    next(&o);
    assert_text(csv_value(o.csv, csv_field(o.csv, "item_id")), "i2");
    ends(&o);
}

static void an_empty_file_is_refused(void **state)
{
    (void)state;
    OPENED o = open_with(TEXT("\n"), &(struct csv_options){0}, ERR_INVALID);

    assert_string_equal(o.err.message, "the file is empty");
}

static void other_encodings_become_utf8(void **state)
{
    (void)state;
    const struct {
        struct text content;
        const char *encoding;
    } cases[] = {
        {TEXT("\xEF\xBB\xBFname\nK\xC3\xA4se\n"), NULL},
        {TEXT("name\nK\xE4se\n"), "latin1"},
        {TEXT("name\nK\xE4se\n"), "ISO-8859-1"},
        {TEXT("name\nK\xE4se\n"), "windows-1252"},
        {TEXT("\xFF\xFEn\0a\0m\0e\0\n\0K\0\xE4\0s\0e\0\n\0"), NULL},
        {TEXT("\xFE\xFF\0n\0a\0m\0e\0\n\0K\0\xE4\0s\0e\0\n"), "utf-16"},
        {TEXT("n\0a\0m\0e\0\n\0K\0\xE4\0s\0e\0\n\0"), "UTF-16LE"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        OPENED o = open_with(cases[i].content,
                             &(struct csv_options){.encoding = text_from(cases[i].encoding)}, OK);

        next(&o);
        assert_text(csv_value(o.csv, csv_field(o.csv, "name")), "K\xC3\xA4se");
        ends(&o);
    }
}

static void an_unknown_encoding_is_refused_by_name(void **state)
{
    (void)state;
    OPENED o =
        open_with(TEXT("a\n1\n"), &(struct csv_options){.encoding = TEXT("klingon")}, ERR_INVALID);

    assert_string_equal(
        o.err.message,
        "encoding 'klingon' is not known; utf-8, iso-8859-1, windows-1252 and utf-16 are");
}

static void a_row_that_is_not_valid_text_is_refused_and_the_next_one_read(void **state)
{
    (void)state;
    OPENED utf8 = open_with(TEXT("a\nK\xE4se, much longer than eight\nx\0y\nfine\n"),
                            &(struct csv_options){0}, OK);
    /* 0x81 is not a character of Windows-1252 */
    OPENED windows = open_with(TEXT("a\n\x81\nf\xEE"
                                    "ne\n"),
                               &(struct csv_options){.encoding = TEXT("windows-1252")}, OK);

    refused(&utf8, "bad_text");
    assert_int_equal(csv_line(utf8.csv), 2);
    refused(&utf8, "bad_text");
    next(&utf8);
    assert_text(csv_value(utf8.csv, 0), "fine");
    assert_int_equal(csv_line(utf8.csv), 4);
    refused(&windows, "bad_text");
    next(&windows);
    assert_text(csv_value(windows.csv, 0), "f\xC3\xAEne");
}

/* A file of a header, `before` + n times 'x' + `after`, and one more row. */
static struct opened open_long(struct buffer *content, const char *before, size_t n,
                               const char *after)
{
    buffer_add_string(content, "a,b\n");
    buffer_add_string(content, before);
    for (size_t i = 0; i < n; i++)
        buffer_add_char(content, 'x');
    buffer_add_string(content, after);
    buffer_add_string(content, "\nlast,row\n");
    return open_with(buffer_text(content), &(struct csv_options){0}, OK);
}

static void a_field_may_have_256_kib_and_not_one_byte_more(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after;
    } shapes[] = {{"1,", ""}, {"1,\"", "\""}};

    for (size_t i = 0; i < COUNT(shapes); i++) {
        SCOPED(buffer_free) struct buffer fits = {0}, over = {0};
        OPENED a = open_long(&fits, shapes[i].before, CSV_FIELD_BYTES_MAX, shapes[i].after);
        OPENED b = open_long(&over, shapes[i].before, CSV_FIELD_BYTES_MAX + 1, shapes[i].after);

        next(&a);
        assert_int_equal(csv_value(a.csv, 1).size, CSV_FIELD_BYTES_MAX);
        next(&a);
        refused(&b, "too_long");
        assert_int_equal(csv_line(b.csv), 2);
        next(&b);
        assert_text(csv_value(b.csv, 0), "last");
        assert_int_equal(csv_line(b.csv), 3);
    }
}

static void a_row_over_1_mib_is_refused_and_the_next_one_read(void **state)
{
    (void)state;
    static const char *before[] = {"", "\"open "};
    static const char *codes[] = {"too_long", "bad_text"};

    for (size_t i = 0; i < COUNT(before); i++) {
        SCOPED(buffer_free) struct buffer content = {0};
        OPENED o = open_long(&content, before[i], 3 * CSV_ROW_BYTES_MAX, "");

        refused(&o, codes[i]);
        assert_int_equal(csv_raw(o.csv).size, 32 * 1024);
        next(&o);
        assert_text(csv_value(o.csv, 1), "row");
        assert_int_equal(csv_line(o.csv), 3);
        ends(&o);
    }
}

static void a_row_may_have_1000_fields_and_not_1001(void **state)
{
    (void)state;
    SCOPED(buffer_free) struct buffer content = {0};

    buffer_add_string(&content, "a\n");
    for (int i = 0; i < 999; i++)
        buffer_add_char(&content, ',');
    buffer_add_string(&content, "z\n");
    for (int i = 0; i < 1000; i++)
        buffer_add_char(&content, ',');
    buffer_add_string(&content, "\nlast\n");
    OPENED o = open_with(buffer_text(&content), &(struct csv_options){.delimiter = ','}, OK);
    next(&o);
    assert_text(csv_value(o.csv, 999), "z");
    refused(&o, "too_many");
    next(&o);
    assert_text(csv_value(o.csv, 0), "last");
}

static void a_quote_that_nothing_closes_costs_one_line(void **state)
{
    (void)state;
    OPENED o = open_text("a,b\n1,fine\n2,\"open\n3,also fine\n");

    next(&o);
    refused(&o, "bad_text");
    assert_int_equal(csv_line(o.csv), 3);
    assert_text(csv_raw(o.csv), "2,\"open");
    next(&o);
    assert_text(csv_value(o.csv, 1), "also fine");
    assert_int_equal(csv_line(o.csv), 4);
    ends(&o);
}

static void many_stray_quotes_end_in_reasonable_time_with_true_line_numbers(void **state)
{
    (void)state;
    SCOPED(buffer_free) struct buffer content = {0};
    enum { LINES = 400000 };
    uint64_t rows = 0;
    enum status status;

    buffer_add_string(&content, "a,b\n");
    for (int i = 0; i < LINES; i++)
        buffer_add_string(&content, "x,\"y\n");
    for (int i = 0; i < LINES; i++)
        buffer_add_string(&content, "fine,row\n");
    OPENED o = open_with(buffer_text(&content), &(struct csv_options){0}, OK);
    while ((status = csv_next(o.csv, &o.err)) != ERR_NOT_FOUND) {
        rows++;
        assert_true(status == OK || status == ERR_INVALID);
    }
    assert_int_equal(csv_line(o.csv), 2 * LINES + 1);
    assert_text(csv_value(o.csv, 0), "fine");
    assert_true(rows > LINES / 2 && rows < LINES + 100);
}

static void both_ways_of_splitting_agree_on_every_short_row(void **state)
{
    (void)state;
    static const char letters[] = "a ,\"\n\r";
    enum { LENGTH = 5 };
    char content[16];

    for (size_t n = 0; n < 7776; n++) { /* 6 letters, 5 places */
        size_t size = (size_t)snprintf(content, sizeof(content), "h,\n");
        for (size_t i = 0, rest = n; i < LENGTH; i++, rest /= 6)
            content[size++] = letters[rest % 6];
        struct text t = {content, size};
        OPENED a = open_with(t, &(struct csv_options){.delimiter = ','}, OK);
        OPENED b = open_with(t, &(struct csv_options){.delimiter = ',', .all_quoted = true}, OK);
        enum status status;

        do {
            status = csv_next(a.csv, &a.err);
            assert_int_equal(csv_next(b.csv, &b.err), status);
            if (status == ERR_NOT_FOUND)
                break;
            assert_int_equal(csv_line(a.csv), csv_line(b.csv));
            assert_true(text_equal(csv_raw(a.csv), csv_raw(b.csv)));
            if (status != OK)
                continue;
            assert_int_equal(csv_row_fields(a.csv), csv_row_fields(b.csv));
            for (size_t i = 0; i < csv_row_fields(a.csv); i++)
                assert_true(text_equal(csv_value(a.csv, i), csv_value(b.csv, i)));
        } while (true);
    }
}

static void a_long_file_reads_the_same_across_the_buffers_edges(void **state)
{
    (void)state;
    SCOPED(buffer_free) struct buffer content = {0};
    enum { ROWS = 60000 };
    char expected[32];

    buffer_add_string(&content, "n,text\n");
    for (int i = 0; i < ROWS; i++)
        buffer_printf(&content, i % 3 == 0 ? "%d,\"t\n%d\"\n" : "%d,  some text %d\n", i, i);
    OPENED o = open_with(buffer_text(&content), &(struct csv_options){0}, OK);
    for (int i = 0; i < ROWS; i++) {
        next(&o);
        (void)snprintf(expected, sizeof(expected), "%d", i);
        assert_text(csv_value(o.csv, 0), expected);
        (void)snprintf(expected, sizeof(expected), i % 3 == 0 ? "t\n%d" : "some text %d", i);
        assert_text(csv_value(o.csv, 1), expected);
    }
    assert_int_equal(csv_bytes(o.csv), content.size);
    ends(&o);
}

static void amounts_are_read_as_files_have_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint8_t tens;
        int64_t micros; /* -1: refused */
    } cases[] = {
        {"19.90", 0, 19900000}, {"19,90", 0, 19900000}, {"5,5", 0, 5500000},
        {"7", 0, 7000000},      {"1990", 2, 19900000},  {"1", 6, 1},
        {"0,1", 2, 1000},       {"1,234", 0, -1},       {"1.234,50", 0, -1},
        {"1,", 0, -1},          {",5", 0, -1},          {"", 0, -1},
        {"0.1", 6, -1},         {"1 EUR", 0, -1},       {"1,2,3", 0, -1},
        {"1,x", 0, -1},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t micros = -1;

        assert_int_equal(csv_amount(text_from(cases[i].text), cases[i].tens, &micros),
                         cases[i].micros != -1);
        assert_int_equal(micros, cases[i].micros);
    }
}

static void files_of_old_macs_are_read(void **state)
{
    (void)state;
    OPENED o = open_text("a,b\r1,2\r\"3\",4\r");

    next(&o);
    assert_text(csv_value(o.csv, 1), "2");
    next(&o);
    assert_text(csv_value(o.csv, 0), "3");
    ends(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_found_by_the_names_of_the_header),
        cmocka_unit_test(quoted_fields_hold_delimiters_quotes_and_line_ends),
        cmocka_unit_test(spaces_around_unquoted_fields_blank_lines_and_returns_do_not_count),
        cmocka_unit_test(a_short_row_gives_empty_values_and_a_long_one_keeps_its_own),
        cmocka_unit_test(the_delimiter_is_guessed_from_the_header_or_given),
        cmocka_unit_test(a_map_renames_columns_and_gives_constants),
        cmocka_unit_test(a_map_knows_prefixes_and_literal_names),
        cmocka_unit_test(a_bad_map_is_refused_by_its_pair),
        cmocka_unit_test(a_map_holds_64_pairs_and_not_65),
        cmocka_unit_test(a_mapped_column_that_is_not_there_is_named_with_those_that_are),
        cmocka_unit_test(without_a_header_columns_are_numbered_and_the_first_line_is_a_row),
        cmocka_unit_test(an_empty_file_is_refused),
        cmocka_unit_test(other_encodings_become_utf8),
        cmocka_unit_test(an_unknown_encoding_is_refused_by_name),
        cmocka_unit_test(a_row_that_is_not_valid_text_is_refused_and_the_next_one_read),
        cmocka_unit_test(a_field_may_have_256_kib_and_not_one_byte_more),
        cmocka_unit_test(a_row_over_1_mib_is_refused_and_the_next_one_read),
        cmocka_unit_test(a_row_may_have_1000_fields_and_not_1001),
        cmocka_unit_test(a_quote_that_nothing_closes_costs_one_line),
        cmocka_unit_test(many_stray_quotes_end_in_reasonable_time_with_true_line_numbers),
        cmocka_unit_test(both_ways_of_splitting_agree_on_every_short_row),
        cmocka_unit_test(a_long_file_reads_the_same_across_the_buffers_edges),
        cmocka_unit_test(amounts_are_read_as_files_have_them),
        cmocka_unit_test(files_of_old_macs_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
