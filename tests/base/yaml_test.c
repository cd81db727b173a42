/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"
#include "tests/support/test.h"

struct fixture {
    struct arena arena;
    struct problems problems;
    struct error err;
    struct yaml_node *root;
};

static void fixture_free(struct fixture *f)
{
    arena_free(&f->arena);
}

static enum status parse(struct fixture *f, const char *document)
{
    return yaml_parse(&f->arena, text_from(document), &f->root, &f->problems, &f->err);
}

static void assert_problem(const struct fixture *f, int line, int column, const char *message)
{
    assert_int_equal(f->problems.count, 1);
    assert_string_equal(f->problems.first->message, message);
    assert_int_equal(f->problems.first->line, line);
    assert_int_equal(f->problems.first->column, column);
}

static void a_document_becomes_a_tree_with_places(void **state)
{
    SCOPED(fixture_free) struct fixture f = {0};

    assert_int_equal(parse(&f, "owner: me\nlists:\n  - {name: gifts, products: [a, 'b', ~]}\n"),
                     OK);
    assert_int_equal(f.root->kind, YAML_MAP);
    assert_int_equal(f.root->count, 2);
    assert_text(f.root->keys[1].value, "lists");
    assert_int_equal(f.root->keys[1].line, 2);
    const struct yaml_node *list = yaml_find(f.root, "lists");
    assert_int_equal(list->kind, YAML_LIST);
    const struct yaml_node *products = yaml_find(&list->items[0], "products");
    assert_int_equal(products->line, 3);
    assert_int_equal(products->column, 29);
    assert_int_equal(products->count, 3);
    assert_text(products->items[0].value, "a");
    assert_true(products->items[1].quoted && !products->items[0].quoted);
    assert_null(products->items[2].value.data);
    assert_null(yaml_find(f.root, "nothing"));
    assert_null(yaml_find(list, "name"));
}

static void nothing_is_an_empty_map(void **state)
{
    static const char *const documents[] = {"", "# a comment\n", "---\n", "\n\n"};

    for (size_t i = 0; i < COUNT(documents); i++) {
        SCOPED(fixture_free) struct fixture f = {0};
        assert_int_equal(parse(&f, documents[i]), OK);
        assert_int_equal(f.root->kind, YAML_MAP);
        assert_int_equal(f.root->count, 0);
    }
}

static void quotes_keep_null_and_empty_as_texts(void **state)
{
    SCOPED(fixture_free) struct fixture f = {0};

    assert_int_equal(parse(&f, "{a: null, b: 'null', c: '', d: }"), OK);
    assert_null(f.root->items[0].value.data);
    assert_text(f.root->items[1].value, "null");
    assert_text(f.root->items[2].value, "");
    assert_null(f.root->items[3].value.data);
}

static void what_yaml_has_too_much_of_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *document;
        int line, column;
        const char *message;
    } cases[] = {
        {"a: &x 1\n", 1, 4, "anchors (&) and tags (!) are not allowed"},
        {"a: 1\nb: !!int 2\n", 2, 4, "anchors (&) and tags (!) are not allowed"},
        {"a: &x [1]\n", 1, 4, "anchors (&) and tags (!) are not allowed"},
        {"a: !x {b: 1}\n", 1, 4, "anchors (&) and tags (!) are not allowed"},
        {"a: *x\n", 1, 4, "aliases (*) are not allowed; write it out"},
        {"a: 1\n---\nb: 2\n", 2, 1, "only one document may stand in a file"},
        {"? [a]\n: 1\n", 1, 3, "a key must be a word, not a list or a map"},
        {"~: 1\n", 1, 1, "a key is missing here"},
        {"a: 1\nb: \xFF\n", 2, 1, "this line is not UTF-8, or has a zero byte"},
        {"a: \"\\0\"\n", 1, 4, "a value must be UTF-8 without zero bytes"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        SCOPED(fixture_free) struct fixture f = {0};
        assert_int_equal(parse(&f, cases[i].document), ERR_INVALID);
        assert_null(f.root);
        assert_problem(&f, cases[i].line, cases[i].column, cases[i].message);
    }
}

static void a_syntax_mistake_names_line_and_column(void **state)
{
    SCOPED(fixture_free) struct fixture f = {0};

    assert_int_equal(parse(&f, "a: 1\nb: [1, 2\nc: 3\n"), ERR_INVALID);
    assert_null(f.root);
    assert_int_equal(f.problems.count, 1);
    assert_int_equal(f.problems.first->line, 3);
    assert_non_null(strstr(f.err.message, "line 3, column "));
}

static void a_key_that_stands_twice_is_a_problem(void **state)
{
    SCOPED(fixture_free) struct fixture f = {0};

    assert_int_equal(parse(&f, "a: 1\nb: 2\na: 3\n"), OK);
    assert_problem(&f, 3, 1, "'a' stands twice here, first in line 1");
}

static void a_key_that_stands_twice_in_a_large_map_is_found(void **state)
{
    SCOPED(fixture_free) struct fixture f = {0};
    SCOPED(buffer_free) struct buffer b = {0};

    for (int i = 0; i < 100; i++)
        buffer_printf(&b, "k%d: 1\n", i == 99 ? 3 : i);
    assert_int_equal(parse(&f, b.data), OK);
    assert_problem(&f, 100, 1, "'k3' stands twice here, first in line 4");
}

static enum status parse_levels(int levels)
{
    SCOPED(fixture_free) struct fixture f = {0};
    SCOPED(buffer_free) struct buffer b = {0};

    for (int i = 0; i < levels; i++)
        buffer_add_char(&b, '[');
    for (int i = 0; i < levels; i++)
        buffer_add_char(&b, ']');
    return parse(&f, b.data);
}

static enum status parse_scalar(size_t size)
{
    SCOPED(fixture_free) struct fixture f = {0};
    SCOPED(buffer_free) struct buffer b = {0};

    for (size_t i = 0; i < size; i++)
        buffer_add_char(&b, 'x');
    return parse(&f, b.data);
}

static enum status parse_nodes(size_t nodes)
{
    SCOPED(fixture_free) struct fixture f = {0};
    SCOPED(buffer_free) struct buffer b = {0};

    for (size_t i = 1; i < nodes; i++) /* the list is one itself */
        buffer_add_string(&b, "- x\n");
    return parse(&f, b.data);
}

static void bounds_hold_at_the_edge_and_one_past(void **state)
{
    assert_int_equal(parse_levels(32), OK);
    assert_int_equal(parse_levels(33), ERR_INVALID);
    assert_int_equal(parse_levels(50000), ERR_INVALID);
    assert_int_equal(parse_scalar(65536), OK);
    assert_int_equal(parse_scalar(65537), ERR_INVALID);
    assert_int_equal(parse_nodes(100000), OK);
    assert_int_equal(parse_nodes(100001), ERR_INVALID);
}

static void only_a_hundred_problems_are_kept(void **state)
{
    SCOPED(fixture_free) struct fixture f = {0};
    struct yaml_node where = {.line = 1, .column = 1};
    size_t kept = 0;

    for (int i = 0; i < 150; i++)
        problem_add(&f.problems, &f.arena, &where, "number %d", i);
    for (struct problem *p = f.problems.first; p != NULL; p = p->next)
        kept++;
    assert_int_equal(kept, 100);
    assert_int_equal(f.problems.count, 150);
    assert_string_equal(f.problems.last->message, "number 99");
}

static void typed_reading_says_what_would_be_right(void **state)
{
    static const struct {
        const char *document, *message;
    } cases[] = {
        {"limit: x", "limit must be a whole number from 1 to 100, not 'x'"},
        {"limit: 0", "limit must be a whole number from 1 to 100, not '0'"},
        {"limit: 101", "limit must be a whole number from 1 to 100, not '101'"},
        {"limit: [1]", "limit must be a whole number from 1 to 100, not a list"},
        {"limit: {a: 1}", "limit must be a whole number from 1 to 100, not a map"},
        {"limit:", "limit must be a whole number from 1 to 100, but nothing is given"},
    };
    long value = 7;

    for (size_t i = 0; i < COUNT(cases); i++) {
        SCOPED(fixture_free) struct fixture f = {0};
        assert_int_equal(parse(&f, cases[i].document), OK);
        assert_false(yaml_int(yaml_find(f.root, "limit"), "limit", (struct yaml_range){1, 100},
                              &value, &f.arena, &f.problems));
        assert_string_equal(f.problems.first->message, cases[i].message);
    }
    assert_int_equal(value, 7);
}

static void typed_reading_reads_what_fits(void **state)
{
    SCOPED(fixture_free) struct fixture f = {0};
    long count = 0;
    bool yes = false;
    double share = 0;
    struct text name = {0};

    assert_int_equal(parse(&f, "{a: 100, b: true, c: 0.5, d: 'text', e: yes, f: 1.5}"), OK);
    struct yaml_node *n = f.root->items;
    assert_true(yaml_int(&n[0], "a", (struct yaml_range){1, 100}, &count, &f.arena, &f.problems) &&
                count == 100);
    assert_true(yaml_bool(&n[1], "b", &yes, &f.arena, &f.problems) && yes);
    assert_true(
        yaml_number(&n[2], "c", (struct yaml_number_range){0, 1}, &share, &f.arena, &f.problems) &&
        share == 0.5);
    assert_true(yaml_text(&n[3], "d", &name, &f.arena, &f.problems) && text_is(name, "text"));
    assert_int_equal(f.problems.count, 0);
    assert_false(yaml_bool(&n[4], "e", &yes, &f.arena, &f.problems));
    assert_string_equal(f.problems.last->message, "e must be true or false, not 'yes'");
    assert_false(
        yaml_number(&n[5], "f", (struct yaml_number_range){0, 1}, &share, &f.arena, &f.problems));
    assert_string_equal(f.problems.last->message, "f must be a number from 0 to 1, not '1.5'");
    assert_true(share == 0.5 && yes);
}

static void an_unknown_key_names_the_nearest_known_one(void **state)
{
    static const char *const known[] = {"name", "limit", NULL};
    SCOPED(fixture_free) struct fixture f = {0};

    assert_int_equal(parse(&f, "{limt: 1, name: x, zebra: 2}"), OK);
    yaml_only(f.root, known, &f.arena, &f.problems);
    assert_int_equal(f.problems.count, 2);
    assert_string_equal(f.problems.first->message, "unknown key 'limt', did you mean 'limit'?");
    assert_int_equal(f.problems.first->column, 2);
    assert_string_equal(f.problems.last->message, "unknown key 'zebra'; known here: name, limit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_becomes_a_tree_with_places),
        cmocka_unit_test(nothing_is_an_empty_map),
        cmocka_unit_test(quotes_keep_null_and_empty_as_texts),
        cmocka_unit_test(what_yaml_has_too_much_of_is_refused_with_its_place),
        cmocka_unit_test(a_syntax_mistake_names_line_and_column),
        cmocka_unit_test(a_key_that_stands_twice_is_a_problem),
        cmocka_unit_test(a_key_that_stands_twice_in_a_large_map_is_found),
        cmocka_unit_test(bounds_hold_at_the_edge_and_one_past),
        cmocka_unit_test(only_a_hundred_problems_are_kept),
        cmocka_unit_test(typed_reading_says_what_would_be_right),
        cmocka_unit_test(typed_reading_reads_what_fits),
        cmocka_unit_test(an_unknown_key_names_the_nearest_known_one),
    };
    return cmocka_run_group_tests_name("base/yaml", tests, NULL, NULL);
}
