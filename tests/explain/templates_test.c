/* SPDX-License-Identifier: Apache-2.0 */
#include "explain/templates.h"

#include <stdio.h>

#include "tests/support/test.h"

static struct arena arena;

static int clear(void **state)
{
    arena_free(&arena);
    return 0;
}

/* What parsing said: "line:column message", one a line. */
static const char *parse(const char *yaml, struct templates *out)
{
    struct problems problems = {0};
    struct yaml_node *root;
    struct error err = {0};
    const char *all = "";

    *out = (struct templates){0};
    assert_int_equal(yaml_parse(&arena, text_from(yaml), &root, &problems, &err), OK);
    templates_parse(root, out, &arena, &arena, &problems);
    for (const struct problem *p = problems.first; p != NULL; p = p->next)
        all = arena_printf(&arena, "%s%d:%d %s\n", all, p->line, p->column, p->message);
    return all;
}

static const char *problems_of(const char *yaml)
{
    struct templates t;

    return parse(yaml, &t);
}

/* "language: sentence", filled. */
static const char *said(const struct templates *t, const char *wanted, enum reason_form form)
{
    const struct template_values values = {TEXT("Oak table"), TEXT("Tables"), TEXT("gifts")};
    const struct speech *speech = templates_choose(t, text_from(wanted));
    struct text sentence = template_fill(speech->sentences[form], &values, &arena);

    return arena_printf(&arena, "%.*s: %.*s", (int)speech->language.size,
                        speech->language.data == NULL ? "" : speech->language.data,
                        (int)sentence.size, sentence.data);
}

static const char words[] =
    "viewed: {en: \"You saw {title}\", de: \"Weil Sie {title} ansahen\", de-AT: \"Weil S' {title} "
    "g'sehn ham\"}\n"
    "cart: {de: \"Weil {title} im Korb liegt\", fr: \"Avec {title}\"}\n"
    "picked: {de: \"Aus {list}\", pt-BR: Escolhido}\n";

static void a_language_falls_back_to_shorter_tags_then_english_then_the_defaults(void **state)
{
    struct templates t;

    assert_string_equal(parse(words, &t), "");
    assert_string_equal(said(&t, "de-AT", REASON_viewed), "de-AT: Weil S' Oak table g'sehn ham");
    assert_string_equal(said(&t, "de-AT", REASON_cart), "de-AT: Weil Oak table im Korb liegt");
    assert_string_equal(said(&t, "DE-at-1996", REASON_picked), "de-AT: Aus gifts");
    assert_string_equal(said(&t, "de-CH", REASON_viewed), "de: Weil Sie Oak table ansahen");
    assert_string_equal(said(&t, "fr", REASON_viewed), "fr: You saw Oak table");
    assert_string_equal(said(&t, "fr", REASON_bought_after), "fr: Because you bought Oak table");
    assert_string_equal(said(&t, "en-GB", REASON_viewed), ": You saw Oak table");
    assert_string_equal(said(&t, "pt", REASON_picked), ": Picked by the shop");
    assert_string_equal(said(&t, "pt-BR", REASON_picked), "pt-BR: Escolhido");
    assert_string_equal(said(&t, NULL, REASON_viewed), ": You saw Oak table");
    assert_string_equal(said(&(struct templates){0}, "de", REASON_popular), ": Popular in Tables");
}

static void of_several_languages_the_best_that_is_there_is_chosen(void **state)
{
    struct templates t;

    assert_string_equal(parse(words, &t), "");
    assert_string_equal(said(&t, "it, fr;q=0.5, de;q=0.9", REASON_cart),
                        "de: Weil Oak table im Korb liegt");
    assert_string_equal(said(&t, "fr,de", REASON_cart), "fr: Avec Oak table");
    assert_string_equal(said(&t, "en;q=0.8, de;q=0.2", REASON_viewed), ": You saw Oak table");
    assert_string_equal(said(&t, "de;q=0, fr;q=0.1", REASON_cart), "fr: Avec Oak table");
    assert_string_equal(said(&t, "*, d;;q=, de;q=7, -, \xff", REASON_viewed),
                        ": You saw Oak table");
    /* What was chosen chooses itself again: so decisions keep it. */
    const struct speech *s = templates_choose(&t, TEXT("it, de-AT-1901;q=0.4"));
    assert_text(s->language, "de-AT");
    assert_ptr_equal(templates_choose(&t, s->language), s);
    s = templates_choose(&t, TEXT("xx"));
    assert_null(s->language.data);
    assert_ptr_equal(templates_choose(&t, s->language), s);
}

static void two_braces_are_one(void **state)
{
    const struct template_values values = {.title = TEXT("X")};

    assert_text(template_fill(TEXT("{{{title}}} {title}"), &values, &arena), "{X} X");
    assert_text(template_fill(TEXT("{title}"), &(struct template_values){0}, &arena), "");
}

static void every_mistake_has_its_line_and_column(void **state)
{
    char yaml[512];

    assert_string_equal(problems_of("viewed: {en: \"You saw {titel}\"}"),
                        "1:14 the reason 'viewed' has {title}, not {titel}\n");
    assert_string_equal(problems_of("viewed:\n  de: Gesehen\n"),
                        "2:7 the reason 'viewed' must name its evidence: it lacks {title}\n");
    assert_string_equal(problems_of("popular: {en: \"Popular in {title}\"}"),
                        "1:15 the reason 'popular' has {category}, not {title}\n");
    assert_string_equal(problems_of("trending_shop: {en: \"Now in {category}\"}"),
                        "1:21 the reason 'trending_shop' has no placeholder, not {category}\n");
    assert_string_equal(problems_of("picked: {en: \"From {list\"}"),
                        "1:14 a brace has no partner; write {{ or }} for a brace itself\n");
    assert_string_equal(problems_of("picked: {en: \"From list}\"}"),
                        "1:14 a brace has no partner; write {{ or }} for a brace itself\n");
    assert_string_equal(problems_of("picked: {de_AT: x, e: y, a-: z}"),
                        "1:10 a language is a tag like de or de-AT, not 'de_AT'\n"
                        "1:20 a language is a tag like de or de-AT, not 'e'\n"
                        "1:26 a language is a tag like de or de-AT, not 'a-'\n");
    assert_string_equal(problems_of("viewd: {en: x}"),
                        "1:1 unknown reason 'viewd', did you mean 'viewed'?\n");
    assert_string_equal(problems_of("viewed: hello"),
                        "1:9 the reason 'viewed' must be a map of languages and texts\n");
    assert_string_equal(problems_of("picked: {de: a, DE: b}"),
                        "1:17 the language 'DE' stands twice\n");
    assert_string_equal(problems_of("picked: {de: \"a\\nb\"}"),
                        "1:14 a reason is one line without control characters\n");
    snprintf(yaml, sizeof(yaml), "picked: {en: %0*d}", TEMPLATE_BYTES_MAX, 1);
    assert_string_equal(problems_of(yaml), "");
    snprintf(yaml, sizeof(yaml), "picked: {en: %0*d}", TEMPLATE_BYTES_MAX + 1, 1);
    assert_string_equal(problems_of(yaml), "1:14 a reason must have 1 to 200 bytes, not 201\n");
    assert_string_equal(problems_of("picked: {en: ''}"),
                        "1:14 a reason must have 1 to 200 bytes, not 0\n");
}

/* No price but the catalog's, not even by way of a reason. */
static void a_template_that_states_an_amount_is_refused(void **state)
{
    static const char *const amounts[] = {"Now for EUR 5", "Only 9.99 today", "nur 9,99",
                                          "5 \xE2\x82\xAC off", "$5 off"};
    static const char *const fine[] = {"Top 10 of 2026", "New in 3.5 mm", "Since 1.999 days",
                                       "A.12 and B,34"};
    char yaml[128];

    for (size_t i = 0; i < COUNT(amounts); i++) {
        snprintf(yaml, sizeof(yaml), "picked: {en: \"%s\"}", amounts[i]);
        assert_string_equal(
            problems_of(yaml),
            "1:14 a reason states no amount of money: prices are the catalog's to say\n");
    }
    for (size_t i = 0; i < COUNT(fine); i++) {
        snprintf(yaml, sizeof(yaml), "picked: {en: \"%s\"}", fine[i]);
        assert_string_equal(problems_of(yaml), "");
    }
}

/* English counts as one. */
static void languages_are_bounded(void **state)
{
    SCOPED(buffer_free) struct buffer yaml = {0};
    struct templates t;

    buffer_add_string(&yaml, "picked: {en: e");
    for (int i = 1; i < LANGUAGES_MAX; i++)
        buffer_printf(&yaml, ", de-%d: d", i);
    buffer_add_char(&yaml, '}');
    assert_string_equal(parse(buffer_text(&yaml).data, &t), "");
    assert_int_equal(t.count, LANGUAGES_MAX);
    yaml.data[yaml.size - 1] = ' ';
    buffer_add_string(&yaml, ", fr: f}");
    assert_non_null(strstr(problems_of(buffer_text(&yaml).data), "at most 64 languages"));
}

/* Each default is a template that a program could hold. */
static void the_defaults_are_good_templates(void **state)
{
    for (size_t i = 0; i < REASON_FORM_COUNT; i++)
        assert_string_equal(problems_of(arena_printf(&arena, "%s: {en: \"%s\"}",
                                                     reason_rows[i].name, reason_rows[i].english)),
                            "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(
            a_language_falls_back_to_shorter_tags_then_english_then_the_defaults, clear),
        cmocka_unit_test_teardown(of_several_languages_the_best_that_is_there_is_chosen, clear),
        cmocka_unit_test_teardown(two_braces_are_one, clear),
        cmocka_unit_test_teardown(every_mistake_has_its_line_and_column, clear),
        cmocka_unit_test_teardown(languages_are_bounded, clear),
        cmocka_unit_test_teardown(the_defaults_are_good_templates, clear),
        cmocka_unit_test(a_template_that_states_an_amount_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
