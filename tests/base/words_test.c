/* SPDX-License-Identifier: Apache-2.0 */
#include "base/words.h"
#include "tests/support/test.h"

/* Words joined by '|'. */
static void assert_words(const char *text, const char *expected)
{
    SCOPED(buffer_free) struct buffer joined = {0};
    struct words w = {.rest = text_from(text)};
    struct text word;

    while (words_next(&w, &word)) {
        assert_true(word.size > 0 && word.size <= WORD_SIZE);
        buffer_add_string(&joined, joined.size > 0 ? "|" : "");
        buffer_add_text(&joined, word);
    }
    assert_false(words_next(&w, &word)); /* the end stays the end */
    assert_text(buffer_text(&joined), expected);
}

static void words_are_letters_and_digits_in_small_letters(void **state)
{
    assert_words("Oak table, 140 cm (solid)", "oak|table|140|cm|solid");
    assert_words("USB-C/HDMI_2.1", "usb|c|hdmi|2|1");
    assert_words("  ", "");
    assert_words("", "");
}

static void capitals_of_other_alphabets_become_small_too(void **state)
{
    assert_words("Ärmel ÉTÉ Øl Żółty ŽELEZO Ÿ", "ärmel|été|øl|żółty|železo|ÿ");
    assert_words("ΤΡΑΠΕΖΙ Άλφα δρόμος", "τραπεζι|άλφα|δρόμοσ");
    assert_words("СТОЛ Ёлка Їжак", "стол|ёлка|їжак");
    assert_words("ＯＡＫ", "ｏａｋ");
}

static void accents_that_combine_say_nothing(void **state)
{
    assert_words("e\xCC\x81t\xCC\x81"
                 "e",
                 "ete");
    assert_words("so\xC2\xADlid", "solid"); /* a soft hyphen */
}

static void signs_and_emoji_separate(void **state)
{
    assert_words("Nord® – oak…table€5×3½ 🪑chair", "nord|oak|table|5|3|chair");
    assert_words("a\xC2\xA0z\xE3\x80\x80y", "a|z|y"); /* spaces that do not break */
}

static void scripts_without_spaces_give_pairs_of_letters(void **state)
{
    assert_words("木製テーブル", "木製|製テ|テー|ーブ|ブル");
    assert_words("木", "木");
    assert_words("木 机", "木|机");
    assert_words("IKEA木製table 2台", "ikea|木製|table|2|台");
    assert_words("โต๊ะ", "โต|ต๊|๊ะ");
}

static void bytes_that_are_no_text_separate(void **state)
{
    assert_words("oak\xFFtable\xC3", "oak|table");
    assert_words("\xE6\x9C", "");
}

static void a_long_word_is_cut_at_a_letter(void **state)
{
    char text[3 * WORD_SIZE];
    struct words w = {.rest = {text, sizeof(text) - 2}};
    struct text word;

    for (size_t i = 0; i < sizeof(text); i += 2)
        memcpy(text + i, "\xC3\xA9", 2); /* é */
    text[0] = 'a';
    text[1] = 'b';
    text[2] = 'c';
    text[3] = 'd';
    text[4] = 'e';
    text[5] = ' ';
    assert_true(words_next(&w, &word));
    assert_text(word, "abcde");
    assert_true(words_next(&w, &word));
    assert_int_equal(word.size, WORD_SIZE);
    assert_true(text_utf8_valid(word));
    assert_false(words_next(&w, &word));
}

static void texts_compare_but_for_capitals(void **state)
{
    static const char *const rising[] = {"", "A", "ab", "abc", "B", "z", "Ä", "ø", "Я"};
    static const char *const same[][2] = {
        {"", ""}, {"Oak", "oAK"}, {"ØRSTED", "ørsted"}, {"möBEL", "MÖbel"}, {"Я", "я"}};
    struct text rest;

    for (size_t i = 0; i < COUNT(rising); i++)
        for (size_t k = 0; k < COUNT(rising); k++)
            assert_int_equal(words_compare(text_from(rising[i]), text_from(rising[k])),
                             (i > k) - (i < k));
    for (size_t i = 0; i < COUNT(same); i++) {
        assert_int_equal(words_compare(text_from(same[i][0]), text_from(same[i][1])), 0);
        assert_true(words_start(text_from(same[i][0]), text_from(same[i][1]), &rest));
        assert_int_equal(rest.size, 0);
    }
    assert_int_not_equal(words_compare(TEXT("resume"), TEXT("résumé")), 0);
    assert_true(words_start(TEXT("ÖL > olive"), TEXT("öl"), &rest));
    assert_text(rest, " > olive");
    assert_false(words_start(TEXT("oak"), TEXT("oaks"), &rest));
    assert_false(words_start(TEXT("oak"), TEXT("ok"), &rest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_compare_but_for_capitals),
        cmocka_unit_test(words_are_letters_and_digits_in_small_letters),
        cmocka_unit_test(capitals_of_other_alphabets_become_small_too),
        cmocka_unit_test(accents_that_combine_say_nothing),
        cmocka_unit_test(signs_and_emoji_separate),
        cmocka_unit_test(scripts_without_spaces_give_pairs_of_letters),
        cmocka_unit_test(bytes_that_are_no_text_separate),
        cmocka_unit_test(a_long_word_is_cut_at_a_letter),
    };

    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
