/* SPDX-License-Identifier: Apache-2.0 */
/* filter: whether a filter holds. */
#include "rules/filter.h"

#include <assert.h>

#include "base/words.h"
#include "rules/inside.h"
#include "rules/segments.h"

/* --- one test ------------------------------------------------------------------------ */

/* value - operand: <0, 0, >0. */
static int number_order(const struct value *v, int64_t micros)
{
    wide left = v->part * MONEY_UNIT, right = (wide)micros * v->whole;

    return (left > right) - (left < right);
}

static int operand_order(const struct field *field, const struct value *v,
                         const struct operand *operand)
{
    if (!field_textual(field))
        return number_order(v, operand->micros);
    if (field->type == FIELD_ID)
        return text_compare(v->text, operand->text);
    return words_compare(v->text, operand->text);
}

/* Is it one of the operands, which are in order? */
static bool is_among(const struct node *test, const struct value *v)
{
    uint32_t from = 0, to = test->operand_count;

    if (test->field->type == FIELD_CAMPAIGN) { /* in the order of their words, not of the numbers */
        for (; from < to; from++)
            if (number_order(v, test->operands[from].micros) == 0)
                return true;
        return false;
    }
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        int order = operand_order(test->field, v, &test->operands[middle]);
        if (order == 0)
            return true;
        if (order > 0)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}

static bool is_within(struct text path, struct text above)
{
    struct text rest;

    return words_start(path, above, &rest) && (rest.size == 0 || text_starts(rest, " > "));
}

/* An attribute is a text that may be a number. */
static bool number_of(const struct field *field, struct value *v)
{
    int64_t micros;

    if (field->type != FIELD_ATTRIBUTE)
        return true;
    if (!money_parse(v->text, &micros))
        return false;
    v->part = micros;
    v->whole = MONEY_UNIT;
    return true;
}

static bool value_fits(const struct node *test, struct value *v)
{
    switch (test->op) {
    case TEST_EQUAL:
    case TEST_UNEQUAL: return is_among(test, v);
    case TEST_WITHIN: return is_within(v->text, test->operands->text);
    case TEST_KNOWN:
    case TEST_UNKNOWN: return true;
    case TEST_LESS:
    case TEST_AT_MOST:
    case TEST_MORE:
    case TEST_AT_LEAST: break;
    }
    if (!number_of(test->field, v))
        return false;
    int order = number_order(v, test->operands->micros);
    switch (test->op) {
    case TEST_LESS: return order < 0;
    case TEST_AT_MOST: return order <= 0;
    case TEST_MORE: return order > 0;
    default: return order >= 0;
    }
}

static bool test_holds(const struct node *test, const struct subject *s)
{
    struct place at = {0};
    struct value v;
    bool known = false, fits = false;

    while (!fits && test->field->read(s, test, &at, &v)) {
        known = true;
        fits = value_fits(test, &v);
        if (!test->field->many)
            break;
    }
    switch (test->op) {
    case TEST_UNEQUAL: return known && !fits;
    case TEST_UNKNOWN: return !known;
    default: return fits;
    }
}

/* --- the tree ------------------------------------------------------------------------ */

static bool holds(const struct node *n, const struct subject *s)
{
    bool all = n->kind == NODE_AND;

    switch (n->kind) {
    case NODE_TEST: return test_holds(n, s);
    case NODE_NOT: return !holds(n->first, s);
    case NODE_SEGMENT: return holds(n->segment->when->root, s);
    case NODE_AND:
    case NODE_OR: break;
    }
    for (const struct node *part = n->first; part != NULL; part = part->next)
        if (holds(part, s) != all)
            return !all;
    return all;
}

bool filter_holds(const struct filter *f, const struct subject *s)
{
    return holds(f->root, s);
}

struct subject subject_product(const struct catalog *c, product_number n, struct product *out,
                               struct arena *a)
{
    struct subject s = {.catalog = c, .number = n, .tag = {MONEY_NONE, MONEY_NONE, MONEY_NONE}};

    if (catalog_get_offered(c, n, a, out)) {
        s.product = out;
        s.tag = catalog_price_tag(out);
    }
    return s;
}

bool filter_product(const struct filter *f, const struct catalog *c, product_number n,
                    struct arena *scratch)
{
    struct product p;
    struct subject s = subject_product(c, n, &p, scratch);

    assert(f->about == FILTER_PRODUCTS);
    return filter_holds(f, &s);
}

bool filter_shopper(const struct filter *f, const struct shopper_facts *who)
{
    struct subject s = {.shopper = who};

    assert(f->about == FILTER_SHOPPERS);
    return filter_holds(f, &s);
}

bool filter_number(struct filter_reader *reader, struct filter_list *list,
                   const struct yaml_node *where, const struct filter *f, uint32_t *number)
{
    assert(f->about == FILTER_PRODUCTS);
    for (*number = 0; *number < list->count; ++*number)
        if (text_equal(list->filters[*number]->text, f->text))
            return true;
    if (list->count == FILTERS_MAX) {
        problem_add(reader->problems, reader->scratch, where,
                    "a program may have %d different filters over products", FILTERS_MAX);
        return false;
    }
    if (list->filters == NULL)
        list->filters = arena_array(reader->keep, FILTERS_MAX, sizeof(struct filter *));
    list->filters[list->count++] = f;
    return true;
}

struct text filter_text(const struct filter *f)
{
    return f->text;
}
