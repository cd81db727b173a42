/* SPDX-License-Identifier: Apache-2.0 */
/* filter_print: a filter as text, and the reference of the language. */
#include <inttypes.h>

#include "rules/inside.h"
#include "rules/segments.h"

/* --- a filter ------------------------------------------------------------------------ */

static void print_value(struct text t, struct buffer *out)
{
    if (!token_wants_quotes(t)) {
        buffer_add_text(out, t);
        return;
    }
    buffer_add_char(out, '"');
    for (size_t i = 0; i < t.size; i++) {
        buffer_add_char(out, t.data[i]);
        if (t.data[i] == '"')
            buffer_add_char(out, '"');
    }
    buffer_add_char(out, '"');
}

/* 20, 0.25, -3: no zeros that say nothing. */
static void print_number(int64_t micros, struct buffer *out)
{
    char digits[MONEY_TEXT_SIZE];
    struct text t = text_from(money_print(micros, digits));

    while (text_ends(t, "0"))
        t.size--;
    if (text_ends(t, "."))
        t.size--;
    buffer_add_text(out, t);
}

static void print_operand(const struct node *test, const struct operand *operand,
                          struct buffer *out)
{
    bool by_size = test->op >= TEST_LESS && test->op <= TEST_AT_LEAST;

    if (test->field->type == FIELD_FLAG)
        buffer_add_string(out, operand->micros != 0 ? "true" : "false");
    else if (field_numeric(test->field) || by_size)
        print_number(operand->micros, out);
    else
        print_value(operand->text, out);
}

static void print_field(const struct node *test, struct buffer *out)
{
    if (test->field->type == FIELD_ATTRIBUTE) {
        buffer_add_string(out, ATTRIBUTE_PREFIX);
        buffer_add_text(out, test->attribute);
    } else {
        buffer_add_string(out, test->field->name);
    }
}

static void print_test(const struct node *test, struct buffer *out)
{
    static const char *const signs[] = {
        [TEST_EQUAL] = " = ",       [TEST_UNEQUAL] = " != ",    [TEST_LESS] = " < ",
        [TEST_AT_MOST] = " <= ",    [TEST_MORE] = " > ",        [TEST_AT_LEAST] = " >= ",
        [TEST_WITHIN] = " within ", [TEST_KNOWN] = " is known", [TEST_UNKNOWN] = " is unknown",
    };

    print_field(test, out);
    if (test->operand_count <= 1) {
        buffer_add_string(out, signs[test->op]);
        if (test->operand_count == 1)
            print_operand(test, test->operands, out);
        return;
    }
    buffer_add_string(out, test->op == TEST_EQUAL ? " in (" : " not in (");
    for (uint32_t i = 0; i < test->operand_count; i++) {
        if (i > 0)
            buffer_add_string(out, ", ");
        print_operand(test, &test->operands[i], out);
    }
    buffer_add_char(out, ')');
}

/* What joins its parts looser than its parent does stands in parentheses. */
static void print_part(enum node_kind parent, const struct node *n, struct buffer *out)
{
    bool wrapped = n->kind == NODE_OR || (n->kind == NODE_AND && parent != NODE_OR);

    if (wrapped)
        buffer_add_char(out, '(');
    filter_print(n, out);
    if (wrapped)
        buffer_add_char(out, ')');
}

void filter_print(const struct node *n, struct buffer *out)
{
    switch (n->kind) {
    case NODE_TEST: print_test(n, out); return;
    case NODE_NOT:
        buffer_add_string(out, "not ");
        print_part(NODE_NOT, n->first, out);
        return;
    case NODE_SEGMENT:
        buffer_add_string(out, "segment ");
        print_value(n->segment->name, out);
        return;
    case NODE_AND:
    case NODE_OR: break;
    }
    for (const struct node *part = n->first; part != NULL; part = part->next) {
        if (part != n->first)
            buffer_add_string(out, n->kind == NODE_AND ? " and " : " or ");
        print_part(n->kind, part, out);
    }
}

/* --- the reference ------------------------------------------------------------------- */

static const char *comparisons(const struct field *f)
{
    switch (f->type) {
    case FIELD_CAMPAIGN:
    case FIELD_TEXT: return "a text: `=`, `!=`, `in`";
    case FIELD_ID: return "an id, capitals count: `=`, `!=`, `in`";
    case FIELD_COUNTRY: return "two letters: `=`, `!=`, `in`";
    case FIELD_PATH: return "a path: `=`, `!=`, `in`, `within`";
    case FIELD_ATTRIBUTE: return "a text: `=`, `!=`, `in`; where it is a number also `<` and so on";
    case FIELD_NUMBER: return "a number";
    case FIELD_MONEY: return "money, like 19.90";
    case FIELD_SHARE: return "a share, like 0.3 or 30%";
    case FIELD_FLAG: return "true or false; alone it means true";
    case FIELD_WORD: break;
    }
    return NULL;
}

static void document_fields(enum filter_about about, struct buffer *out)
{
    buffer_add_string(out, "| field | is | meaning |\n|---|---|---|\n");
    for (size_t i = 0; i < filter_field_count; i++) {
        const struct field *f = &filter_fields[i];
        if (f->about != about)
            continue;
        buffer_printf(out, "| `%s`", f->name);
        if (f->also != NULL)
            buffer_printf(out, " or `%s`", f->also);
        buffer_add_string(out, " | ");
        if (f->type == FIELD_WORD) {
            for (size_t k = 0; f->words[k] != NULL; k++)
                buffer_printf(out, "%s`%s`", k > 0 ? ", " : "", f->words[k]);
        } else {
            buffer_add_string(out, comparisons(f));
        }
        buffer_printf(out, " | %s |\n", f->meaning);
    }
}

void filter_document(struct buffer *out)
{
    buffer_printf(
        out,
        "## Filters\n\n"
        "A filter says which products, or which shoppers:\n\n"
        "```text\n"
        "brand = Acme and price >= 20 and not category within \"Home > Tables\"\n"
        "attribute.wood in (oak, ash) or margin < 30%%\n"
        "campaign.source in (dealsite, coupons) and orders = 0\n"
        "segment deal-hunters and country = SE\n"
        "```\n\n"
        "* `not` binds closer than `and`, `and` closer than `or`; parentheses say otherwise.\n"
        "* Fields are compared by `=`, `!=`, `<`, `<=`, `>`, `>=`, `in (a, b)` and `not in (a, "
        "b)`; "
        "`is known` and `is unknown` ask whether there is a value.\n"
        "* A value with spaces or signs in it stands in quotes, `\"` or `'`; a quote within stands "
        "twice. Capitals do not count, but in ids.\n"
        "* **What is not known makes every comparison false**, `!=` and `not in` as well: both "
        "`price > 5` and `price <= 5` are false of a product without a price. `not` turns that "
        "around: `not price > 5` holds where the price is not known. Say `price <= 5`, or "
        "`price is known and not price > 5`.\n"
        "* A field with several values (`item_id`, `gtin`, attributes) is equal when one of them "
        "is, and `!=` when none is.\n"
        "* A filter has at most %d tests, nots, ands and ors, %d deep, %d values in one "
        "set.\n\n"
        "Of products:\n\n",
        FILTER_NODES_MAX, FILTER_DEPTH_MAX, FILTER_SET_MAX);
    document_fields(FILTER_PRODUCTS, out);
    buffer_add_string(out,
                      "\nOf shoppers, from what they did and what the request says, with their "
                      "consent; never a guess at who they are:\n\n");
    document_fields(FILTER_SHOPPERS, out);
}
