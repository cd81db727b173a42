/* SPDX-License-Identifier: Apache-2.0 */
/* filter_parse: a text becomes a filter, by recursive descent. The first mistake ends it.
 *
 *     any   = all ("or" all)*
 *     all   = one ("and" one)*
 *     one   = "not" one | "(" any ")" | "segment" VALUE | test
 *     test  = FIELD [ SIGN VALUE | ["not"] "in" "(" VALUE ("," VALUE)* ")" | "within" VALUE |
 *             "is" ("known" | "unknown") ]
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/inside.h"
#include "rules/segments.h"

enum { SHOWN_MAX = 40, NAMES_MAX = 64 }; /* bytes of a value that a message shows; fields */

struct parser {
    struct filter_reader *reader;
    const struct yaml_node *node;
    enum filter_about about;
    struct token token; /* the next one */
    size_t at;          /* behind it */
    uint32_t depth, nodes;
};

/* --- mistakes ---------------------------------------------------------------------- */

/* Which character of the text byte `at` is, from 0. */
static int character_of(const struct parser *p, size_t at)
{
    int count = 0;

    for (size_t i = 0; i < at; i++)
        count += ((unsigned char)p->node->value.data[i] & 0xC0) != 0x80;
    return count;
}

/* The scalar's node with `value` as its value, and the column of byte `at` where the text's lines allow it.
 */
static struct yaml_node place_of(const struct parser *p, size_t at, struct text value)
{
    struct yaml_node where = *p->node;

    if (!where.many_lines)
        where.column += character_of(p, at) + where.quoted;
    where.value = value;
    return where;
}

PRINTF_LIKE(3, 4)
static void mistake(struct parser *p, size_t at, const char *format, ...)
{
    struct yaml_node where = place_of(p, at, p->token.text);
    char message[400];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args); /* cut where it is too long */
    va_end(args);
    if (where.many_lines)
        problem_add(p->reader->problems, p->reader->scratch, &where,
                    "%s (character %d of the text)", message, character_of(p, at) + 1);
    else
        problem_add(p->reader->problems, p->reader->scratch, &where, "%s", message);
}

/* The token as a message shows it. */
static const char *shown(const struct parser *p)
{
    struct text t = text_utf8_prefix(p->token.text, SHOWN_MAX);

    if (p->token.kind == TOKEN_END)
        return "the end";
    return arena_printf(p->reader->scratch, "'%.*s'", (int)t.size, t.data);
}

/* "unknown WHAT 'x', did you mean 'y'?" of the token's text. */
static void unknown(struct parser *p, const char *what, const char *const known[])
{
    struct yaml_node where = place_of(p, p->token.at, p->token.text);

    if (where.many_lines)
        what = arena_printf(p->reader->scratch, "%s at character %d of the text,", what,
                            character_of(p, p->token.at) + 1);
    yaml_unknown(&where, what, known, p->reader->scratch, p->reader->problems);
}

/* --- small steps ------------------------------------------------------------------- */

static void advance(struct parser *p)
{
    p->token = token_next(p->node->value, &p->at, p->reader->scratch);
}

static bool is_word(const struct parser *p, const char *word)
{
    return p->token.kind == TOKEN_WORD && text_equal_nocase(p->token.text, text_from(word));
}

static bool is_sign(const struct parser *p, const char *sign)
{
    return p->token.kind == TOKEN_SIGN && text_is(p->token.text, sign);
}

/* Step over the sign, or a mistake. */
static bool take_sign(struct parser *p, const char *sign, const char *after)
{
    if (!is_sign(p, sign)) {
        mistake(p, p->token.at, "%s comes '%s', not %s", after, sign, shown(p));
        return false;
    }
    advance(p);
    return true;
}

/* NULL, with a mistake, when there are too many. */
static struct node *node_new(struct parser *p, enum node_kind kind, uint32_t nodes)
{
    p->nodes += nodes;
    if (p->nodes > FILTER_NODES_MAX) {
        mistake(p, p->token.at, "a filter may consist of %d tests, nots, ands and ors",
                FILTER_NODES_MAX);
        return NULL;
    }
    struct node *n = arena_alloc(p->reader->keep, sizeof(*n));
    n->kind = kind;
    return n;
}

/* --- values ------------------------------------------------------------------------ */

static bool number_value(struct parser *p, const struct field *field, struct operand *out)
{
    if (operand_number(p->token.text, field->type == FIELD_SHARE, &out->micros))
        return true;
    mistake(p, p->token.at, "%s is compared with a number like %s, not %s", field->name,
            field->type == FIELD_SHARE ? "0.3 or 30%" : "20 or 19.90", shown(p));
    return false;
}

static bool flag_value(struct parser *p, const struct field *field, struct operand *out)
{
    bool yes = is_word(p, "true") || is_word(p, "yes");

    if (!yes && !is_word(p, "false") && !is_word(p, "no")) {
        mistake(p, p->token.at, "%s is true or false, not %s", field->name, shown(p));
        return false;
    }
    out->micros = yes ? MONEY_UNIT : 0;
    return true;
}

/* As a category's path is kept: " > " between its parts. */
static struct text path_value(struct parser *p)
{
    SCOPED(buffer_free) struct buffer path = {0};
    struct text rest = p->token.text;

    while (rest.data != NULL) {
        struct text part = text_trim(text_cut(&rest, '>'));
        if (part.size > 0 && path.size > 0)
            buffer_add_text(&path, TEXT(" > "));
        buffer_add_text(&path, part);
    }
    return arena_text(p->reader->keep, buffer_text(&path));
}

static bool text_value(struct parser *p, const struct field *field, struct operand *out)
{
    struct text t = p->token.text;

    if (field->type == FIELD_WORD) {
        for (size_t i = 0; field->words[i] != NULL; i++)
            if (text_equal_nocase(t, text_from(field->words[i])))
                out->text = text_from(field->words[i]);
        if (out->text.data == NULL)
            unknown(p, field->name, field->words);
        return out->text.data != NULL;
    }
    if (field->type == FIELD_CAMPAIGN)
        out->micros = arrival_word(t);
    if (field->type == FIELD_COUNTRY)
        out->micros = arrival_country(t);
    if (field->type == FIELD_COUNTRY && out->micros == 0) {
        mistake(p, p->token.at, "%s is two letters like SE, not %s", field->name, shown(p));
        return false;
    }
    out->text = field->type == FIELD_PATH ? path_value(p) : arena_text(p->reader->keep, t);
    if (out->text.size == 0) {
        mistake(p, p->token.at, "%s is never empty; write '%s is unknown'", field->name,
                field->name);
        return false;
    }
    return true;
}

/* The value that is the next token, for `field`, or a mistake. */
static bool parse_value(struct parser *p, const struct node *test, struct operand *out)
{
    bool word = p->token.kind == TOKEN_WORD;

    if (p->token.kind == TOKEN_OPEN_QUOTE) {
        mistake(p, p->token.at, "the quote that opens here is never closed");
        return false;
    }
    if ((!word && p->token.kind != TOKEN_QUOTED) || (word && token_reserved(p->token.text))) {
        mistake(p, p->token.at, "here comes a value, not %s%s", shown(p),
                word ? " (in quotes it would be one)" : "");
        return false;
    }
    if (p->token.text.size > FILTER_VALUE_MAX) {
        mistake(p, p->token.at, "a value may have %d bytes, this has %zu", FILTER_VALUE_MAX,
                p->token.text.size);
        return false;
    }
    *out = (struct operand){0};
    bool by_size = test->op >= TEST_LESS && test->op <= TEST_AT_LEAST;
    bool good = field_numeric(test->field) || by_size ? number_value(p, test->field, out)
                : test->field->type == FIELD_FLAG     ? flag_value(p, test->field, out)
                                                      : text_value(p, test->field, out);
    if (good)
        advance(p);
    return good;
}

/* "(" was not stepped over yet. */
static bool parse_set(struct parser *p, struct node *test)
{
    struct operand *values = arena_array(p->reader->scratch, FILTER_SET_MAX, sizeof(*values));
    size_t open = p->token.at;

    if (!take_sign(p, "(", "after 'in'"))
        return false;
    do {
        if (test->operand_count > 0)
            advance(p); /* the comma */
        if (test->operand_count == FILTER_SET_MAX) {
            mistake(p, open, "between parentheses stand at most %d values", FILTER_SET_MAX);
            return false;
        }
        if (!parse_value(p, test, &values[test->operand_count]))
            return false;
        test->operand_count++;
    } while (is_sign(p, ","));
    test->operands = arena_array(p->reader->keep, test->operand_count, sizeof(*values));
    memcpy(test->operands, values, test->operand_count * sizeof(*values));
    operands_sort(test);
    return take_sign(p, ")", "after the values");
}

static bool parse_operand(struct parser *p, struct node *test)
{
    test->operands = arena_alloc(p->reader->keep, sizeof(*test->operands));
    test->operand_count = 1;
    return parse_value(p, test, test->operands);
}

/* --- tests ------------------------------------------------------------------------- */

static bool has_name(const struct field *field, struct text word)
{
    return text_equal_nocase(word, text_from(field->name)) ||
           (field->also != NULL && text_equal_nocase(word, text_from(field->also)));
}

static void unknown_field(struct parser *p)
{
    const char *names[NAMES_MAX] = {NULL};
    size_t count = 0;
    struct text t = p->token.text;

    for (size_t i = 0; i < filter_field_count; i++) {
        const struct field *f = &filter_fields[i];
        assert(count + 2 < NAMES_MAX);
        if (f->about == p->about) {
            names[count++] = f->name;
            continue;
        }
        if (!has_name(f, t))
            continue;
        mistake(p, p->token.at, "'%s' is known of %s; this filter is about %s", f->name,
                f->about == FILTER_PRODUCTS ? "products" : "shoppers",
                p->about == FILTER_PRODUCTS ? "products" : "shoppers");
        return;
    }
    unknown(p, "field", names);
}

/* The field the next token names. */
static const struct field *parse_field(struct parser *p, struct text *attribute)
{
    const size_t prefix = sizeof(ATTRIBUTE_PREFIX) - 1;
    struct text t = p->token.text;

    if (p->token.kind != TOKEN_WORD) {
        mistake(p, p->token.at, "here comes the name of a field, not %s", shown(p));
        return NULL;
    }
    for (size_t i = 0; i < filter_field_count; i++) {
        const struct field *f = &filter_fields[i];
        if (f->about != p->about)
            continue;
        if (f->type == FIELD_ATTRIBUTE && t.size > prefix &&
            text_equal_nocase((struct text){t.data, prefix}, TEXT(ATTRIBUTE_PREFIX)))
            *attribute =
                arena_text(p->reader->keep, (struct text){t.data + prefix, t.size - prefix});
        else if (f->type == FIELD_ATTRIBUTE || !has_name(f, t))
            continue;
        advance(p);
        return f;
    }
    unknown_field(p);
    return NULL;
}

static bool may_compare(struct parser *p, const struct node *test)
{
    const struct field *f = test->field;

    if (test->op == TEST_WITHIN && f->type != FIELD_PATH) {
        mistake(p, p->token.at, "'within' is for categories, not for %s", f->name);
        return false;
    }
    if (test->op >= TEST_LESS && test->op <= TEST_AT_LEAST && !field_numeric(f) &&
        f->type != FIELD_ATTRIBUTE) {
        mistake(p, p->token.at, "%s is no number: it is compared by =, != and in, not by %s",
                f->name, shown(p));
        return false;
    }
    return true;
}

/* What comes behind the field's name when it is a sign. */
static bool parse_sign(struct parser *p, struct node *test)
{
    static const struct {
        const char *sign;
        enum test_op op;
    } signs[] = {{"=", TEST_EQUAL},    {"!=", TEST_UNEQUAL}, {"<", TEST_LESS},
                 {"<=", TEST_AT_MOST}, {">", TEST_MORE},     {">=", TEST_AT_LEAST}};

    for (size_t i = 0; i < COUNT(signs); i++) {
        if (!is_sign(p, signs[i].sign))
            continue;
        test->op = signs[i].op;
        if (!may_compare(p, test))
            return false;
        advance(p);
        return parse_operand(p, test);
    }
    const char *meant = is_sign(p, "==") ? "=" : is_sign(p, "<>") ? "!=" : NULL;
    if (meant != NULL)
        mistake(p, p->token.at, "write '%s' for %s", meant, shown(p));
    else
        mistake(p, p->token.at, "after '%s' comes =, !=, <, <=, >, >=, in, %sor is, not %s",
                test->field->name, test->field->type == FIELD_PATH ? "within " : "", shown(p));
    return false;
}

static bool parse_known(struct parser *p, struct node *test)
{
    advance(p);
    if (!is_word(p, "known") && !is_word(p, "unknown")) {
        mistake(p, p->token.at, "after 'is' comes known or unknown, not %s", shown(p));
        return false;
    }
    test->op = is_word(p, "known") ? TEST_KNOWN : TEST_UNKNOWN;
    advance(p);
    return true;
}

/* Does a test that is a field's name alone end here? */
static bool test_ends(const struct parser *p)
{
    return p->token.kind == TOKEN_END || is_sign(p, ")") || is_word(p, "and") || is_word(p, "or");
}

static bool parse_rest(struct parser *p, struct node *test)
{
    if (test->field->type == FIELD_FLAG && test_ends(p)) {
        test->operands = arena_alloc(p->reader->keep, sizeof(*test->operands));
        test->operands->micros = MONEY_UNIT;
        test->operand_count = 1;
        return true;
    }
    if (is_word(p, "is"))
        return parse_known(p, test);
    if (is_word(p, "within")) {
        test->op = TEST_WITHIN;
        if (!may_compare(p, test))
            return false;
        advance(p);
        return parse_operand(p, test);
    }
    if (is_word(p, "not")) {
        test->op = TEST_UNEQUAL;
        advance(p);
        if (!is_word(p, "in")) {
            mistake(p, p->token.at, "after 'not' comes in, not %s", shown(p));
            return false;
        }
    }
    if (is_word(p, "in")) {
        advance(p);
        return parse_set(p, test);
    }
    return parse_sign(p, test);
}

static struct node *parse_segment(struct parser *p)
{
    const struct filter_reader *r = p->reader;
    const char **names = arena_array(r->scratch, r->segment_count + 1, sizeof(*names));

    if (p->about != FILTER_SHOPPERS) {
        mistake(p, p->token.at, "segments are of shoppers; this filter is about products");
        return NULL;
    }
    advance(p);
    const struct segment *s = segment_find(r->segments, r->segment_count, p->token.text);
    if (p->token.kind == TOKEN_END || p->token.kind == TOKEN_SIGN) {
        mistake(p, p->token.at, "after 'segment' comes its name, not %s", shown(p));
        return NULL;
    }
    if (s == NULL && r->segment_count == 0) {
        mistake(p, p->token.at, "there is no segment %s above", shown(p));
        return NULL;
    }
    if (s == NULL) {
        for (size_t i = 0; i < r->segment_count; i++)
            names[i] = arena_text(r->scratch, r->segments[i].name).data;
        unknown(p, "segment", names);
        return NULL;
    }
    struct node *n = node_new(p, NODE_SEGMENT, s->when != NULL ? s->when->nodes : 0);
    if (n != NULL)
        n->segment = s;
    advance(p);
    return n;
}

static struct node *parse_any(struct parser *p);

/* What is within `not` or parentheses, one deeper. */
static struct node *parse_deeper(struct parser *p, struct node *(*parse)(struct parser *p))
{
    if (p->depth == FILTER_DEPTH_MAX) {
        mistake(p, p->token.at, "parentheses and nots may stand %d deep", FILTER_DEPTH_MAX);
        return NULL;
    }
    p->depth++;
    struct node *n = parse(p);
    p->depth--;
    return n;
}

static struct node *parse_one(struct parser *p)
{
    if (is_word(p, "not")) {
        struct node *n = node_new(p, NODE_NOT, 1);
        advance(p);
        if (n != NULL)
            n->first = parse_deeper(p, parse_one);
        return n != NULL && n->first != NULL ? n : NULL;
    }
    if (is_sign(p, "(")) {
        advance(p);
        struct node *n = parse_deeper(p, parse_any);
        return n != NULL && take_sign(p, ")", "to close the parenthesis") ? n : NULL;
    }
    if (is_word(p, "segment"))
        return parse_segment(p);
    struct node *test = node_new(p, NODE_TEST, 1);
    if (test == NULL)
        return NULL;
    test->field = parse_field(p, &test->attribute);
    return test->field != NULL && parse_rest(p, test) ? test : NULL;
}

/* One or more of what `parse` parses, with `word` between them, as one node. */
static struct node *parse_joined(struct parser *p, const char *word, enum node_kind kind,
                                 struct node *(*parse)(struct parser *p))
{
    struct node *first = parse(p), *last = first;

    if (first == NULL || !is_word(p, word))
        return first;
    struct node *all = node_new(p, kind, 1);
    while (all != NULL && is_word(p, word)) {
        advance(p);
        last->next = parse(p);
        last = last->next;
        if (last == NULL)
            return NULL;
    }
    if (all != NULL)
        all->first = first;
    return all;
}

static struct node *parse_all(struct parser *p)
{
    return parse_joined(p, "and", NODE_AND, parse_one);
}

static struct node *parse_any(struct parser *p)
{
    return parse_joined(p, "or", NODE_OR, parse_all);
}

const struct filter *filter_parse(struct filter_reader *reader, const struct yaml_node *n,
                                  enum filter_about about)
{
    SCOPED(buffer_free) struct buffer printed = {0};
    struct parser p = {.reader = reader, .node = n, .about = about};

    assert(about == FILTER_PRODUCTS || about == FILTER_SHOPPERS);
    if (n->kind != YAML_SCALAR || n->value.data == NULL) {
        problem_add(reader->problems, reader->scratch, n,
                    "a filter is a text like: brand = Acme and price >= 20");
        return NULL;
    }
    advance(&p);
    struct node *root = parse_any(&p);
    if (root != NULL && p.token.kind != TOKEN_END) {
        mistake(&p, p.token.at, "here comes and, or, or the end, not %s%s", shown(&p),
                p.token.kind == TOKEN_WORD ? " (what has spaces in it needs quotes)" : "");
        root = NULL;
    }
    if (root == NULL)
        return NULL;
    struct filter *f = arena_alloc(reader->keep, sizeof(*f));
    filter_print(root, &printed);
    *f = (struct filter){root, arena_text(reader->keep, buffer_text(&printed)), about, p.nodes};
    return f;
}
