/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/versions.h"

#include <jansson.h>
#include <stdio.h>

#include "journal/journal.h"
#include "paths/admin_list.h"
#include "tests/support/shop.h"

static struct test_shop t;
static struct arena arena;
static struct error err;

static int open_shop(void **state)
{
    test_shop_open(&t);
    err = (struct error){.status = OK};
    return 0;
}

static int close_shop(void **state)
{
    test_shop_close(&t);
    arena_free(&arena);
    return 0;
}

/* A document whose one surface has that limit, in a zone an hour ahead of UTC in winter. */
static const char *document(int limit)
{
    return arena_printf(
        &arena,
        "owner: me@shop.example\ncurrency: EUR\ntime_zone: Europe/Berlin\npolicies:\n"
        "  consent_default: {analytics: true, personalization: true, email: false}\n"
        "surfaces:\n  - {name: front, kind: home, limit: %d}\n",
        limit);
}

static struct program_change change_of(const char *text)
{
    return (struct program_change){.document = text_from(text),
                                   .author = TEXT("ann@shop.example"),
                                   .reason = TEXT(" spring \n"),
                                   .expected_version = PROGRAM_ANY_VERSION,
                                   .now_ms = TEST_NOW};
}

static enum status change(const struct program_change *c, struct program_applied *out)
{
    struct problems problems = {0};

    return shop_change_program(t.shop, c, &arena, &problems, out, &err);
}

static uint32_t applied(int limit)
{
    const struct program_change c = change_of(document(limit));
    struct program_applied out;

    if (change(&c, &out) != OK)
        fail_msg("%s", err.message);
    return out.version;
}

static void note(void *context, const struct version *v)
{
    buffer_printf(context, "%u at %d by %.*s: %.*s;", v->number, (int)v->record.number,
                  (int)v->author.size, v->author.data, (int)v->reason.size, v->reason.data);
}

static const char *all(void)
{
    SCOPED(buffer_free) struct buffer out = {0};

    assert_int_equal(versions_each(t.dir, note, &out, &err), OK);
    return arena_text(&arena, buffer_text(&out)).data;
}

static void versions_come_out_of_the_journal_in_order(void **state)
{
    assert_string_equal(all(), "");
    assert_int_equal(applied(4), 1);
    (void)test_record(t.shop, "{\"id\":\"1\",\"type\":\"page_view\",\"anonymous_id\":\"v\"}",
                      TEST_NOW);
    assert_int_equal(applied(5), 2);
    assert_string_equal(all(),
                        "1 at 1 by ann@shop.example: spring;2 at 3 by ann@shop.example: spring;");
}

static void an_equal_document_makes_no_version(void **state)
{
    const struct program_change c = change_of(document(4));
    struct program_applied out;

    assert_int_equal(applied(4), 1);
    uint64_t before = t.shop->state->position.number;
    assert_int_equal(change(&c, &out), OK);
    assert_false(out.changed);
    assert_int_equal(out.version, 1);
    assert_int_equal(out.anchor.number, 0);
    assert_int_equal(t.shop->state->position.number, before);
}

static void the_document_of_the_builtin_default_can_be_applied_once(void **state)
{
    const struct program *builtin = program_builtin();
    struct program_change c = change_of(NULL);
    struct program_applied out;

    c.document = builtin->document;
    assert_int_equal(change(&c, &out), OK);
    assert_true(out.changed);
    assert_int_equal(change(&c, &out), OK);
    assert_false(out.changed);
}

static void who_and_why_must_be_said(void **state)
{
    char long_reason[REASON_BYTES_MAX + 1];
    struct program_change c = change_of(document(4));
    struct program_applied out;

    c.author = TEXT("  ");
    assert_int_equal(change(&c, &out), ERR_INVALID);
    assert_memory_equal(err.message, "author: ", 8);
    c.author = TEXT("ann");
    c.reason = (struct text){0};
    assert_int_equal(change(&c, &out), ERR_INVALID);
    assert_memory_equal(err.message, "reason: ", 8);
    memset(long_reason, 'x', sizeof(long_reason));
    c.reason = (struct text){long_reason, sizeof(long_reason)};
    assert_int_equal(change(&c, &out), ERR_INVALID);
    c.reason.size--;
    assert_int_equal(change(&c, &out), OK);
}

static void without_an_owner_nothing_is_applied(void **state)
{
    static const char *const owners[] = {"", "owner: ''\n", "owner: ~\n", "owner: []\n"};

    for (size_t i = 0; i < COUNT(owners); i++) {
        const struct program_change c = change_of(arena_printf(
            &arena,
            "%scurrency: EUR\npolicies:\n"
            "  consent_default: {analytics: true, personalization: true, email: false}\n",
            owners[i]));
        struct program_applied out;

        assert_int_equal(change(&c, &out), ERR_INVALID);
        assert_non_null(strstr(err.message, "owner"));
    }
    assert_int_equal(t.shop->state->position.number, 0);
}

static void going_back_makes_a_new_version_equal_to_the_old(void **state)
{
    struct program_change back = change_of(NULL);
    struct program_applied out;
    struct version first, third;

    assert_int_equal(applied(4), 1);
    assert_int_equal(applied(5), 2);
    back.rollback_to = 1;
    back.reason = TEXT("sales fell");
    assert_int_equal(change(&back, &out), OK);
    assert_int_equal(out.version, 3);
    assert_int_equal(out.before_version, 2);
    assert_int_equal(program_surface(t.shop->state->program, TEXT("front"))->limit, 4);
    assert_int_equal(version_find(t.dir, 1, &arena, &first, &err), OK);
    assert_int_equal(version_find(t.dir, 3, &arena, &third, &err), OK);
    assert_true(text_equal(first.document, third.document));
    assert_text(third.reason, "sales fell");
    assert_int_equal(change(&back, &out), OK);
    assert_false(out.changed); /* it is that already */
    back.rollback_to = 9;
    assert_int_equal(change(&back, &out), ERR_NOT_FOUND);
    back.rollback_to = 2;
    back.expected_version = 2;
    assert_int_equal(change(&back, &out), ERR_CONFLICT);
}

/* As a later endcap would have left it: whole, and not understood here. */
static void append_unknown(uint32_t number)
{
    SCOPED(buffer_free) struct buffer body = {0};
    const struct program_record r = {number, TEXT("eve"), TEXT("later"), TEXT("moods: [glad]\n")};

    program_record_encode(&r, &body);
    assert_int_equal(shop_append(t.shop, RECORD_PROGRAM, TEST_NOW, buffer_text(&body), NULL, &err),
                     OK);
}

static void a_version_that_no_longer_compiles_cannot_be_gone_back_to(void **state)
{
    struct program_change back = change_of(NULL);
    struct program_applied out;
    struct version rules;

    assert_int_equal(applied(4), 1);
    append_unknown(2);
    assert_int_equal(t.shop->state->program->version, 1);
    assert_int_equal(version_current(t.dir, &arena, &rules, NULL, &err), OK);
    assert_int_equal(rules.number, 1);
    assert_int_equal(applied(5), 3); /* its number is taken */
    back.rollback_to = 2;
    assert_int_equal(change(&back, &out), ERR_INVALID);
    assert_non_null(strstr(err.message, "version 2 can no longer be applied: line 1, column 1: "));
    assert_int_equal(t.shop->state->program->version, 3);
}

static void before_the_first_version_the_builtin_default_rules(void **state)
{
    struct version v;

    assert_int_equal(version_current(t.dir, &arena, &v, NULL, &err), OK);
    assert_int_equal(v.number, 0);
    append_unknown(1);
    assert_int_equal(version_current(t.dir, &arena, &v, NULL, &err), OK);
    assert_int_equal(v.number, 0);
    assert_int_equal(version_find(t.dir, 0, &arena, &v, &err), OK);
    assert_true(text_equal(v.document, program_builtin()->document));
    assert_int_equal(version_find(t.dir, 7, &arena, &v, &err), ERR_NOT_FOUND);
    assert_string_equal(err.message, "there is no version 7; they go from 0 to 1");
}

static void the_history_counts_lines_and_tells_the_time_of_the_shop(void **state)
{
    SCOPED(buffer_free) struct buffer out = {0};
    struct json j = json_to(&out);

    assert_int_equal(applied(4), 1);
    assert_int_equal(applied(5), 2);
    assert_int_equal(versions_json(t.dir, &j, &err), OK);
    json_t *root = json_loads(out.data, 0, NULL);
    const json_t *second = json_array_get(json_object_get(root, "versions"), 1);

    assert_int_equal(json_integer_value(json_object_get(root, "current")), 2);
    assert_string_equal(json_string_value(json_object_get(root, "time_zone")), "Europe/Berlin");
    assert_string_equal(json_string_value(json_object_get(second, "applied_at")),
                        "2026-11-22T10:00:00.000Z");
    assert_string_equal(json_string_value(json_object_get(second, "applied_local")),
                        "2026-11-22 11:00");
    assert_int_equal(json_integer_value(json_object_get(second, "lines_added")), 1);
    assert_int_equal(json_integer_value(json_object_get(second, "lines_removed")), 1);
    json_decref(root);
}

/* How many stand in the list `key` of that object, and how many earlier ones it counts. */
static void count_listed(const struct buffer *json, const char *key, size_t *listed,
                         size_t *earlier)
{
    json_t *root = json_loadb(json->data, json->size, 0, NULL);

    *listed = json_array_size(json_object_get(root, key));
    *earlier = (size_t)json_integer_value(json_object_get(root, "earlier"));
    json_decref(root);
}

/* Both lists are full, and `earlier` stand before them. */
static void assert_full(size_t earlier)
{
    SCOPED(buffer_free) struct buffer versions = {0}, entries = {0};
    struct json of_versions = json_to(&versions), of_entries = json_to(&entries);
    size_t listed, before;

    assert_int_equal(versions_json(t.dir, &of_versions, &err), OK);
    count_listed(&versions, "versions", &listed, &before);
    assert_int_equal(listed, VERSIONS_LISTED_MAX);
    assert_int_equal(before, earlier);
    assert_int_equal(admin_list_json(t.dir, &of_entries, &err), OK);
    count_listed(&entries, "entries", &listed, &before);
    assert_int_equal(listed, ADMIN_LISTED_MAX);
    assert_int_equal(before, earlier);
}

static void append_both(struct journal *journal, struct store *store, uint32_t number)
{
    SCOPED(buffer_free) struct buffer body = {0};
    const struct admin_action action = {"key.add", 1, NULL, TEXT("")};
    const struct program_record v = {number, TEXT("eve"), TEXT("x"), program_builtin()->document};
    struct record r;

    program_record_encode(&v, &body);
    assert_int_equal(
        journal_append(journal, RECORD_PROGRAM, TEST_NOW, buffer_text(&body), &r, &err), OK);
    assert_int_equal(admin_log_append(store, TEST_ACTOR(number), &action, NULL, &err), OK);
}

static void lists_have_a_bound_and_count_what_stands_before_it(void **state)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(journal_close) struct journal *journal = NULL;

    _Static_assert((int)VERSIONS_LISTED_MAX == (int)ADMIN_LISTED_MAX, "filled by one loop");
    test_shop_close(&t);
    assert_int_equal(store_open(&store, t.dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(journal_open(&journal, store, &err), OK);
    assert_int_equal(store_run(store, "BEGIN", &err), OK);
    for (uint32_t i = 1; i <= VERSIONS_LISTED_MAX; i++)
        append_both(journal, store, i);
    assert_int_equal(store_run(store, "COMMIT", &err), OK);
    assert_full(0);
    append_both(journal, store, VERSIONS_LISTED_MAX + 1);
    assert_full(1);
}

static void a_damaged_record_is_named(void **state)
{
    SCOPED(store_close) struct store *store = NULL;

    assert_int_equal(applied(4), 1);
    test_shop_close(&t);
    assert_int_equal(store_open(&store, t.dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(store_run(store, "UPDATE journal SET time = time + 1", &err), OK);
    assert_int_equal(versions_each(t.dir, note, NULL, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.message, "record 1 of the journal is damaged"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_shop, close_shop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(versions_come_out_of_the_journal_in_order),
        TEST(an_equal_document_makes_no_version),
        TEST(the_document_of_the_builtin_default_can_be_applied_once),
        TEST(who_and_why_must_be_said),
        TEST(without_an_owner_nothing_is_applied),
        TEST(going_back_makes_a_new_version_equal_to_the_old),
        TEST(a_version_that_no_longer_compiles_cannot_be_gone_back_to),
        TEST(before_the_first_version_the_builtin_default_rules),
        TEST(the_history_counts_lines_and_tells_the_time_of_the_shop),
        TEST(lists_have_a_bound_and_count_what_stands_before_it),
        TEST(a_damaged_record_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
