/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/tokens.h"

#include <stdlib.h>

#include "tests/support/test.h"

/* Is `document` JSON? Skipping it whole checks it whole. The bytes end where their block does. */
static bool is_json(struct text document)
{
    char *exact = malloc(document.size + 1);
    struct tokens t;

    memcpy(exact, document.data, document.size);
    exact = realloc(exact, document.size > 0 ? document.size : 1);
    bool good =
        tokens_open(&t, (struct text){exact, document.size}) && tokens_skip(&t) && tokens_end(&t);
    assert_true(good == (t.fault == NULL));
    free(exact);
    return good;
}

static void what_the_grammar_allows_is_taken(void **state)
{
    static const char *const documents[] = {
        "{}",
        "[]",
        "0",
        "-0",
        "\"\"",
        "true",
        "false",
        "null",
        " [ ] ",
        "\t{\r\n}\n",
        "[1,-2.5,1e5,1E+5,0.1e-7,123456789012345678901234567890]",
        "{\"\":{}}",
        "[[[[[]]]],{\"a\":[{}]}]",
        "{\"a\":1,\"a\":2}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
        "\"\\ud800\"",
        "[\"a\" , \"b\"]",
        "{\"a\":\"}\",\"b\":\"[,:\"}",
        "\"\x7f\"",
        "[[],[]]",
        "[{},{}]",
    };
    (void)state;

    for (size_t i = 0; i < COUNT(documents); i++)
        if (!is_json(text_from(documents[i])))
            fail_msg("not taken: %s", documents[i]);
}

static const char *const malformed[] = {
    "",
    " ",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "[1",
    "[1,",
    "[,1]",
    "[1,]",
    "[1 2]",
    "[1:2]",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{,\"a\":1}",
    "{1:2}",
    "{\"a\",1}",
    "{\"a\"::1}",
    "[}",
    "{]",
    "[1}",
    "{\"a\":1]",
    "01",
    "-",
    "-01",
    "1.",
    ".1",
    "1e",
    "1e+",
    "+1",
    "0x1",
    "1_0",
    "Infinity",
    "NaN",
    "TRUE",
    "tru",
    "truee",
    "nul",
    "'a'",
    "\"\\a\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"a\nb\"",
    "\"\t\"",
    "\"a\"b",
    "a\"b\"",
    "\"a\"\"b\"",
    "[\"a\"\"b\"]",
    "1 2",
    "[] []",
    "{}x",
    "// x\n1",
    "/*x*/1",
    "[1]//",
    "\xef\xbb\xbf[]",
    "\"\xff\"",
    "\"\xc3\"",
    "\"\xed\xa0\x80\"",
    "\"\xf4\x90\x80\x80\"",
    "\xc2\xa0[]",
    "[\"\\\"]",
    "\\u0031",
};

static void what_it_does_not_is_refused(void **state)
{
    (void)state;

    for (size_t i = 0; i < COUNT(malformed); i++)
        if (is_json(text_from(malformed[i])))
            fail_msg("taken: %s", malformed[i]);
    assert_false(is_json((struct text){"[1,\0 2]", 7}));
    assert_false(is_json((struct text){"\"a\0\"", 4}));
    assert_false(is_json((struct text){"1\0", 2}));
}

static void nesting_has_an_end(void **state)
{
    (void)state;

    for (int depth = TOKENS_DEPTH_MAX; depth <= TOKENS_DEPTH_MAX + 1; depth++) {
        SCOPED(buffer_free) struct buffer b = {0};

        for (int i = 0; i < depth; i++)
            buffer_add_string(&b, i % 2 == 0 ? "[" : "{\"a\":");
        buffer_add_string(&b, "1");
        for (int i = depth - 1; i >= 0; i--)
            buffer_add_string(&b, i % 2 == 0 ? "]" : "}");
        assert_true(is_json(buffer_text(&b)) == (depth == TOKENS_DEPTH_MAX));
    }
    SCOPED(buffer_free) struct buffer open = {0};
    for (int i = 0; i < 100000; i++)
        buffer_add_char(&open, '[');
    assert_false(is_json(buffer_text(&open)));
}

static void strings_are_unescaped_and_half_pairs_are_no_text(void **state)
{
    static const struct {
        const char *raw, *text;
    } cases[] = {
        {"\"\"", ""},
        {"\"oak\"", "oak"},
        {"\"a\\\"\\\\\\/b\"", "a\"\\/b"},
        {"\"\\b\\f\\n\\r\\t\"", "\b\f\n\r\t"},
        {"\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"\"\\ud800\"", NULL},
        {"\"\\udc00\"", NULL},
        {"\"\\ud800\\ud800\"", NULL},
        {"\"\\ud800x\"", NULL},
        {"\"\\ud800\\n\"", NULL},
        {"\"\\u0000\"", NULL},
    };
    SCOPED(arena_free) struct arena a = {0};
    (void)state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text out = {0};
        bool good = tokens_text(text_from(cases[i].raw), &a, &out);

        assert_true(good == (cases[i].text != NULL));
        if (good)
            assert_text(out, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_grammar_allows_is_taken),
        cmocka_unit_test(what_it_does_not_is_refused),
        cmocka_unit_test(nesting_has_an_end),
        cmocka_unit_test(strings_are_unescaped_and_half_pairs_are_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
