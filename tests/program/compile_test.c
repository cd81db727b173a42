/* SPDX-License-Identifier: Apache-2.0 */
#include "program/program.h"

#include "base/arena.h"
#include "tests/support/test.h"

#define HEAD                                                                                       \
    "owner: merchandising@shop.example\n"                                                          \
    "currency: SEK\n"                                                                              \
    "time_zone: Europe/Stockholm\n"
#define POLICIES                                                                                   \
    "policies:\n"                                                                                  \
    "  consent_default: {analytics: true, personalization: false, email: false}\n"

static struct arena arena;

static int clear(void **state)
{
    arena_free(&arena);
    return 0;
}

static struct program *compile(const char *document)
{
    struct problems problems = {0};
    struct program *p;
    struct error err = {0};

    enum status status = program_compile(text_from(document), &p, &arena, &problems, &err);
    if (status != OK)
        print_error("%s\n", err.message);
    assert_int_equal(status, OK);
    assert_int_equal(problems.count, 0);
    return p;
}

/* Every problem as "line:column message", one a line. */
static const char *problems_of(const char *document)
{
    struct problems problems = {0};
    struct program *p;
    struct error err = {0};
    const char *all = "";

    assert_int_equal(program_compile(text_from(document), &p, &arena, &problems, &err),
                     ERR_INVALID);
    assert_null(p);
    for (const struct problem *i = problems.first; i != NULL; i = i->next)
        all = arena_printf(&arena, "%s%d:%d %s\n", all, i->line, i->column, i->message);
    return all;
}

static void a_document_is_read_whole(void **state)
{
    struct program *p = compile(HEAD POLICIES "  min_support: {viewed: 4, bought: 12}\n"
                                              "  unknown_cost: allow\n"
                                              "  traffic: {co_view: 100, learned: 200}\n"
                                              "  decisions_days: 90\n"
                                              "reasons:\n"
                                              "  picked: {sv: Utvald, en: Chosen}\n"
                                              "lists:\n"
                                              "  - {name: gifts, products: [gift-card, 4711]}\n"
                                              "  - {name: new_in, products: []}\n"
                                              "surfaces:\n"
                                              "  - name: pdp-also\n"
                                              "    kind: pdp\n"
                                              "    objective: orders\n"
                                              "    sources: [curated, also_viewed]\n"
                                              "    limit: 12\n"
                                              "    explore: 0.05\n"
                                              "    variety: 0.25\n"
                                              "    lists: [new_in, gifts]\n");

    assert_text(p->owner, "merchandising@shop.example");
    assert_text(p->currency, "SEK");
    assert_text(p->time_zone, "Europe/Stockholm");
    assert_true(p->consent_analytics);
    assert_false(p->consent_personalization);
    assert_false(p->consent_email);
    assert_int_equal(p->support_viewed, 4);
    assert_int_equal(p->support_bought, 12);
    assert_true(p->unknown_cost_allow);
    assert_int_equal(p->traffic_co_view, 100);
    assert_int_equal(p->traffic_learned, 200);
    assert_int_equal(p->decisions_days, 90);
    assert_text(templates_choose(&p->templates, TEXT("sv-SE"))->sentences[REASON_picked], "Utvald");
    assert_text(templates_choose(&p->templates, TEXT("da"))->sentences[REASON_picked], "Chosen");
    assert_int_equal(p->list_count, 2);
    assert_int_equal(p->lists[0].product_count, 2);
    assert_text(p->lists[0].products[1], "4711");
    assert_int_equal(p->surface_count, 1);
    const struct surface *s = program_surface(p, TEXT("pdp-also"));
    assert_non_null(s);
    assert_int_equal(s->kind, SURFACE_PDP);
    assert_int_equal(s->objective, OBJECTIVE_ORDERS);
    assert_int_equal(s->limit, 12);
    assert_int_equal(s->explore_ppm, 50000);
    assert_int_equal(s->variety_ppm, 250000);
    assert_int_equal(s->source_count, 2);
    assert_int_equal(s->sources[0], SOURCE_curated);
    assert_int_equal(s->sources[1], SOURCE_also_viewed);
    assert_int_equal(s->list_count, 2);
    assert_int_equal(s->lists[0], 1);
    assert_null(program_surface(p, TEXT("pdp")));
    program_free(p);
}

static void wrong_reasons_and_days_are_problems_in_their_place(void **state)
{
    assert_string_equal(problems_of(HEAD POLICIES "  decisions_days: 0\n"
                                                  "reasons:\n"
                                                  "  viewed: {de: \"Gesehen: {titel}\"}\n"),
                        "6:19 decisions_days must be a whole number from 1 to 3650, not '0'\n"
                        "8:16 the reason 'viewed' has {title}, not {titel}\n");
}

static void a_short_document_gets_the_usual_rest(void **state)
{
    struct program *p =
        compile("owner: me\ncurrency: EUR\n" POLICIES "surfaces: [{name: start, kind: home}]\n");
    const struct surface usual = surface_of_kind(SURFACE_HOME);

    assert_text(p->time_zone, "UTC");
    assert_int_equal(p->support_viewed, 3);
    assert_int_equal(p->support_bought, 11);
    assert_int_equal(p->traffic_co_view, 10000);
    assert_int_equal(p->decisions_days, 0);
    assert_int_equal(p->surface_count, 1);
    assert_int_equal(p->surfaces[0].source_count, usual.source_count);
    assert_memory_equal(p->surfaces[0].sources, usual.sources, sizeof(usual.sources));
    assert_int_equal(p->surfaces[0].limit, 8);
    assert_int_equal(p->surfaces[0].explore_ppm, 20000);
    assert_int_equal(p->surfaces[0].variety_ppm, 0);
    program_free(p);
}

static void the_document_of_the_builtin_default_compiles_to_it(void **state)
{
    const struct program *builtin = program_builtin();
    SCOPED(buffer_free) struct buffer document = {0};
    buffer_add_text(&document, builtin->document);
    struct program *p = compile(buffer_text(&document).data);

    assert_true(text_equal(p->owner, builtin->owner));
    assert_true(text_equal(p->currency, builtin->currency));
    assert_true(text_equal(p->time_zone, builtin->time_zone));
    assert_int_equal(p->consent_analytics, builtin->consent_analytics);
    assert_int_equal(p->consent_personalization, builtin->consent_personalization);
    assert_int_equal(p->consent_email, builtin->consent_email);
    assert_int_equal(p->support_viewed, builtin->support_viewed);
    assert_int_equal(p->support_bought, builtin->support_bought);
    assert_int_equal(p->unknown_cost_allow, builtin->unknown_cost_allow);
    assert_int_equal(p->traffic_co_view, builtin->traffic_co_view);
    assert_int_equal(p->traffic_learned, builtin->traffic_learned);
    assert_int_equal(p->sensitive_count, builtin->sensitive_count);
    assert_int_equal(p->surface_count, builtin->surface_count);
    for (size_t i = 0; i < p->surface_count; i++) {
        assert_true(text_equal(p->surfaces[i].name, builtin->surfaces[i].name));
        assert_int_equal(p->surfaces[i].source_count, builtin->surfaces[i].source_count);
        assert_memory_equal(p->surfaces[i].sources, builtin->surfaces[i].sources,
                            sizeof(p->surfaces[i].sources));
        assert_int_equal(p->surfaces[i].limit, builtin->surfaces[i].limit);
    }
    program_free(p);
    program_free((struct program *)builtin); /* is fine, and does nothing */
    assert_text(builtin->owner, "nobody yet");
}

static void the_builtin_default_has_a_surface_of_each_kind_named_like_it(void **state)
{
    const struct program *p = program_builtin();

    assert_int_equal(p->version, 0);
    for (size_t i = 0; i < SURFACE_KIND_COUNT; i++) {
        struct text word = text_from(surface_kind_word((enum surface_kind)i));
        const struct surface *s = program_surface(p, word);
        assert_non_null(s);
        assert_int_equal(s->kind, i);
        assert_int_equal(s->sources[s->source_count - 1], SOURCE_curated);
    }
}

static void sensitive_rows_add_to_the_default_list_and_are_taken_off_by_name(void **state)
{
    struct program *p = compile(HEAD POLICIES "  sensitive: [Home > Safes]\n"
                                              "  not_sensitive: [Finance]\n");
    bool safes = false, finance = false, health = false;

    for (size_t i = 0; i < p->sensitive_count; i++) {
        safes = safes || text_is(p->sensitive[i], "Home > Safes");
        finance = finance || text_is(p->sensitive[i], "Finance");
        health = health || text_is(p->sensitive[i], "Health");
    }
    assert_true(safes);
    assert_true(health);
    assert_false(finance);
    assert_int_equal(p->sensitive_count, program_builtin()->sensitive_count);
    program_free(p);
    assert_string_equal(
        problems_of(HEAD POLICIES "  not_sensitive: [Finances]\n"),
        "6:19 unknown row of the default list 'Finances', did you mean 'Finance'?\n");
    assert_string_equal(problems_of(HEAD POLICIES "  not_sensitive: [Finance, Finance]\n"),
                        "6:28 'Finance' was taken off already\n");
}

static void what_is_missing_is_named(void **state)
{
    assert_string_equal(
        problems_of("time_zone: UTC\n"),
        "1:1 the document lacks 'owner': the one person or team who answers for this program "
        "(a text)\n"
        "1:1 the document lacks 'currency': the currency of money figures (three letters, like "
        "EUR)\n"
        "1:1 the document lacks 'policies': what holds for the whole shop (a map)\n");
    assert_string_equal(
        problems_of(HEAD "policies: {unknown_cost: deny}\n"),
        "4:11 policies lacks 'consent_default': what holds for events that do not say what the "
        "shopper allows (a map)\n");
    assert_string_equal(
        problems_of(HEAD "policies:\n  consent_default: {analytics: true, email: false}\n"),
        "5:20 consent_default lacks 'personalization': may what a shopper did choose products for "
        "them (true or false)\n");
    assert_string_equal(problems_of(HEAD POLICIES "surfaces:\n  - {limit: 3, kind: pdp}\n"),
                        "7:5 a surface lacks 'name': what the storefront asks for (letters, "
                        "digits, '-' and '_')\n");
}

static void a_wrong_value_is_told_what_would_be_right(void **state)
{
    assert_string_equal(problems_of("owner: x\ncurrency: euro\ntime_zone: UTC\n" POLICIES),
                        "2:11 currency must be three capital letters like EUR, not 'euro'\n");
    const char *zone = problems_of("owner: x\ncurrency: EUR\ntime_zone: Mars/Base\n" POLICIES);
    assert_non_null(strstr(zone, "3:12 time_zone must be a name like Europe/Berlin"));
    assert_non_null(strstr(zone, "Mars/Base"));
    assert_string_equal(problems_of(HEAD POLICIES "  min_support: {viewed: 2}\n"),
                        "6:25 viewed is never below 3: fewer shoppers could be told apart, not "
                        "2\n");
    assert_string_equal(problems_of(HEAD POLICIES "  unknown_cost: maybe\n"),
                        "6:17 unknown word for unknown_cost 'maybe'; known here: deny, allow\n");
}

static const char *surface_problems(const char *rest)
{
    return problems_of(arena_printf(
        &arena, HEAD POLICIES "lists: [{name: gifts, products: [a]}]\nsurfaces:\n  - %s\n", rest));
}

static void a_wrong_surface_is_told_what_would_be_right(void **state)
{
    assert_string_equal(surface_problems("{name: a, kind: pdp, limit: 0}"),
                        "8:33 limit must be a whole number from 1 to 100, not '0'\n");
    assert_string_equal(surface_problems("{name: a, kind: pdp, variety: 1.01}"),
                        "8:35 variety must be a number from 0 to 1, not '1.01'\n");
    assert_string_equal(surface_problems("{name: a, kind: pdp, explore: 0.11}"),
                        "8:35 explore must be a number from 0 to 0.1, not '0.11'\n");
    assert_string_equal(surface_problems("{name: a, kind: pdp, limit: 101}"),
                        "8:33 limit must be a whole number from 1 to 100, not '101'\n");
    assert_string_equal(surface_problems("{name: a, kind: pdp, limt: 8}"),
                        "8:26 unknown key 'limt', did you mean 'limit'?\n");
    assert_string_equal(surface_problems("{name: a, kind: pdp, sources: [also_viewd]}"),
                        "8:36 unknown source 'also_viewd', did you mean 'also_viewed'?\n");
    assert_string_equal(surface_problems("{name: a, kind: pdp, sources: [trending, trending]}"),
                        "8:46 the source 'trending' stands twice\n");
    assert_string_equal(surface_problems("{name: a, kind: pdp, sources: []}"),
                        "8:35 sources is empty: name at least one, or leave it out for the usual "
                        "ones\n");
    assert_string_equal(surface_problems("{name: a, kind: hom}"),
                        "8:21 unknown kind 'hom', did you mean 'home'?\n");
    assert_string_equal(surface_problems("{name: a/b, kind: pdp}"),
                        "8:12 name must be made of letters, digits, '-' and '_', not 'a/b'\n");
    assert_string_equal(surface_problems("{name: a, kind: pdp, lists: [presents]}"),
                        "8:34 unknown list 'presents'; known here: gifts\n");
    assert_string_equal(surface_problems("{name: a, kind: pdp, lists: [gift]}"),
                        "8:34 unknown list 'gift', did you mean 'gifts'?\n");
    assert_string_equal(
        surface_problems("{name: a, kind: pdp, sources: [trending], lists: [gifts]}"),
        "8:54 lists are shown by the source 'curated', which is not among the sources\n");
    assert_string_equal(surface_problems("{name: a, kind: pdp, objective: clicks}"),
                        "8:37 clicks are a diagnostic, never an objective: margin, revenue or "
                        "orders\n");
}

static void names_stand_once(void **state)
{
    assert_string_equal(surface_problems("{name: a, kind: pdp}\n  - {name: a, kind: home}"),
                        "9:5 there are two surfaces named 'a'\n");
    assert_string_equal(
        problems_of(HEAD POLICIES "lists: [{name: a, products: [x]}, {name: a, products: [y]}]\n"),
        "6:35 there are two lists named 'a'\n");
}

static void segments_name_those_above_them(void **state)
{
    struct program *p =
        compile(HEAD POLICIES "segments:\n"
                              "  - {name: new, when: not returning}\n"
                              "  - name: deal-hunters\n"
                              "    when: segment new and source in (dealsite, x)\n");

    assert_int_equal(p->segment_count, 2);
    assert_text(p->segments[1].name, "deal-hunters");
    assert_text(filter_text(p->segments[1].when), "segment new and source in (dealsite, x)");
    struct shopper_facts who = {.history = true,
                                .arrival = {.source = arrival_word(TEXT("dealsite"))}};
    assert_true(filter_shopper(p->segments[1].when, &who));
    who.returning = true;
    assert_false(filter_shopper(p->segments[1].when, &who));
    assert_int_equal(p->filters.count, 0); /* those are over products */
    program_free(p);
}

static void mistakes_in_segments_are_named(void **state)
{
    assert_string_equal(
        problems_of(HEAD POLICIES "segments:\n"
                                  "  - {name: old, when: segment new}\n"
                                  "  - {name: new, when: not returnin}\n"
                                  "  - {name: new, when: segment new and segment nex}\n"
                                  "  - {name: none}\n"
                                  "  - {name: cyclic, when: segment cyclic}\n"),
        "7:31 there is no segment 'new' above\n"
        "8:27 unknown field 'returnin', did you mean 'returning'?\n"
        "9:5 there are two segments named 'new'\n"
        "9:47 unknown segment 'nex', did you mean 'new'?\n"
        "10:5 a segment lacks 'when': who belongs to it (a filter over shoppers; it may name "
        "segments above it)\n"
        "11:34 unknown segment 'cyclic'; known here: old, new, none\n");
}

static void what_comes_later_is_refused_as_not_yet_known(void **state)
{
    assert_string_equal(problems_of(HEAD POLICIES "experiments: []\nflows: []\n"),
                        "6:1 experiments is not yet known to this version; take it out\n"
                        "7:1 flows is not yet known to this version; take it out\n");
    assert_string_equal(surface_problems("{name: a, kind: pdp, holdout_shows: nothing}"),
                        "8:26 holdout_shows is not yet known to this version; take it out\n");
    assert_string_equal(surface_problems("{name: a, kind: pdp, sources: [new]}"),
                        "8:36 the source 'new' is not yet known to this version\n");
    assert_string_equal(surface_problems("{name: a, kind: search}"),
                        "8:21 surfaces of kind 'search' are not yet known to this version\n");
}

static void every_mistake_is_named_in_the_order_of_lines(void **state)
{
    assert_string_equal(
        problems_of("surfaces:\n  - {name: a, kind: x, limit: y}\n" HEAD "colour: red\n" POLICIES),
        "2:21 unknown kind 'x'; known here: pdp, cart, post_cart, home, category\n"
        "2:31 limit must be a whole number from 1 to 100, not 'y'\n"
        "6:1 unknown key 'colour'; known here: owner, currency, time_zone, "
        "policies, lists, reasons, segments, rules, surfaces, experiments, flows\n");
}

static void a_document_too_large_is_refused(void **state)
{
    SCOPED(buffer_free) struct buffer document = {0};
    struct problems problems = {0};
    struct program *p;
    struct error err = {0};

    buffer_add_string(&document, HEAD POLICIES "#");
    while (document.size < PROGRAM_BYTES_MAX)
        buffer_add_char(&document, 'x');
    assert_int_equal(program_compile(buffer_text(&document), &p, &arena, &problems, &err), OK);
    program_free(p);
    buffer_add_char(&document, 'x');
    assert_int_equal(program_compile(buffer_text(&document), &p, &arena, &problems, &err),
                     ERR_LIMIT);
    assert_non_null(strstr(err.message, "262144 bytes"));
}

static void a_record_gives_back_what_was_applied(void **state)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct program_record r = {7, TEXT("ada"), TEXT("spring"), TEXT(HEAD POLICIES)}, back;
    struct program *p;
    struct error err = {0};

    program_record_encode(&r, &body);
    assert_int_equal(program_record_decode(buffer_text(&body), &back, &err), OK);
    assert_int_equal(back.version, 7);
    assert_text(back.author, "ada");
    assert_int_equal(program_of_record(buffer_text(&body), 1234, &p, &err), OK);
    buffer_clear(&body);
    assert_int_equal(p->version, 7);
    assert_int_equal(p->applied_ms, 1234);
    assert_text(p->author, "ada");
    assert_text(p->reason, "spring");
    assert_text(p->document, HEAD POLICIES);
    assert_text(p->owner, "merchandising@shop.example");
    program_free(p);
    assert_int_equal(program_of_record(TEXT("\x01"), 0, &p, &err), ERR_CORRUPT);
    assert_null(p);
}

static void the_documentation_names_every_key_and_source(void **state)
{
    static const char *const words[] = {"`owner`",   "`consent_default`", "`viewed`",
                                        "`co_view`", "`products`",        "`limit`",
                                        "`rules`",   "`recently_viewed`", "Health"};
    SCOPED(buffer_free) struct buffer page = {0};

    program_document(&page);
    for (size_t i = 0; i < COUNT(words); i++)
        assert_non_null(strstr(buffer_text(&page).data, words[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_document_is_read_whole, clear),
        cmocka_unit_test_teardown(wrong_reasons_and_days_are_problems_in_their_place, clear),
        cmocka_unit_test_teardown(a_short_document_gets_the_usual_rest, clear),
        cmocka_unit_test_teardown(the_document_of_the_builtin_default_compiles_to_it, clear),
        cmocka_unit_test_teardown(the_builtin_default_has_a_surface_of_each_kind_named_like_it,
                                  clear),
        cmocka_unit_test_teardown(sensitive_rows_add_to_the_default_list_and_are_taken_off_by_name,
                                  clear),
        cmocka_unit_test_teardown(what_is_missing_is_named, clear),
        cmocka_unit_test_teardown(a_wrong_value_is_told_what_would_be_right, clear),
        cmocka_unit_test_teardown(a_wrong_surface_is_told_what_would_be_right, clear),
        cmocka_unit_test_teardown(names_stand_once, clear),
        cmocka_unit_test_teardown(segments_name_those_above_them, clear),
        cmocka_unit_test_teardown(mistakes_in_segments_are_named, clear),
        cmocka_unit_test_teardown(what_comes_later_is_refused_as_not_yet_known, clear),
        cmocka_unit_test_teardown(every_mistake_is_named_in_the_order_of_lines, clear),
        cmocka_unit_test_teardown(a_document_too_large_is_refused, clear),
        cmocka_unit_test_teardown(a_record_gives_back_what_was_applied, clear),
        cmocka_unit_test_teardown(the_documentation_names_every_key_and_source, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
