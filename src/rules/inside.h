/* SPDX-License-Identifier: Apache-2.0 */
/* inside: what a filter is made of. Private to rules/filter*.c and marks.c. */
#ifndef RULES_INSIDE_H
#define RULES_INSIDE_H

#include <stdint.h>

#include "base/money.h"
#include "rules/filter.h"

/* What a field's values are, and so what they may be compared with. */
enum field_type {
    FIELD_TEXT,
    FIELD_ID,        /* a text whose capitals count */
    FIELD_WORD,      /* one of the field's words */
    FIELD_CAMPAIGN,  /* a word that is known as arrival_word has it */
    FIELD_COUNTRY,   /* two letters, known as arrival_country has them */
    FIELD_PATH,      /* a category */
    FIELD_ATTRIBUTE, /* a text, or a number where it is one */
    FIELD_NUMBER,
    FIELD_MONEY,
    FIELD_SHARE, /* a number, or one in percent */
    FIELD_FLAG,  /* yes or no */
};

enum test_op {
    TEST_EQUAL, /* one of the operands; of a flag the only one */
    TEST_UNEQUAL,
    TEST_LESS,
    TEST_AT_MOST,
    TEST_MORE,
    TEST_AT_LEAST,
    TEST_WITHIN,
    TEST_KNOWN,
    TEST_UNKNOWN,
};

__extension__ typedef __int128 wide;

/* A value as it is read: a text, or the number part / whole. A flag is the number 0 or 1; a campaign and
 * a country are what stands for them, as millionths. */
struct value {
    struct text text;
    wide part;
    int64_t whole; /* above 0 */
};

/* A value to compare with. */
struct operand {
    struct text text;
    int64_t
        micros; /* millionths of the number; of FIELD_CAMPAIGN and FIELD_COUNTRY what stands for it */
};

/* What is asked: a product of a catalog, or a shopper. */
struct subject {
    const struct catalog *catalog;
    product_number number;
    const struct product *product; /* NULL: no record */
    struct price_tag tag;
    const struct shopper_facts *shopper;
};

/* Which value of a field that has many comes next. */
struct place {
    uint32_t variant; /* 0: the product itself, then its variants from 1 */
    uint32_t attribute;
};

struct node;

struct field {
    const char *name, *also; /* NULL: no other name */
    enum filter_about about;
    enum field_type type;
    bool many; /* there may be several values */
    /* The value, or of `many` the next one; false: not known, or no more. */
    bool (*read)(const struct subject *s, const struct node *test, struct place *at,
                 struct value *out);
    const char *const *words; /* of a FIELD_WORD, NULL-terminated */
    const char *meaning;
};

extern const struct field filter_fields[];
extern const size_t filter_field_count;

/* The prefix of attributes' names, which any word may follow. */
#define ATTRIBUTE_PREFIX "attribute."

enum node_kind { NODE_AND, NODE_OR, NODE_NOT, NODE_TEST, NODE_SEGMENT };

struct node {
    enum node_kind kind;
    struct node *first; /* of AND, OR, NOT: the first of what it joins */
    struct node *next;  /* of the same parent */

    const struct field *field; /* NODE_TEST */
    enum test_op op;
    struct text attribute;    /* its name, of an attribute */
    struct operand *operands; /* in order, each once */
    uint32_t operand_count;

    const struct segment *segment; /* NODE_SEGMENT */
};

struct filter {
    struct node *root;
    struct text text;
    enum filter_about about;
    uint32_t nodes; /* with those of the segments it names */
};

/* --- words of the text ------------------------------------------------------------- */

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_QUOTED, TOKEN_SIGN, TOKEN_OPEN_QUOTE };

struct token {
    enum token_kind kind;
    struct text text; /* as it stands; of TOKEN_QUOTED what is between the quotes */
    size_t at;        /* byte of the text it begins at */
};

/* The token from byte `*at` on, and `*at` behind it. What is quoted is copied to `a`. */
struct token token_next(struct text all, size_t *at, struct arena *a);

/* Must a value be quoted to be read as one word? */
bool token_wants_quotes(struct text value);

/* A word of the language, which is a value only in quotes. */
bool token_reserved(struct text word);

/* --- use --------------------------------------------------------------------------- */

/* Numbers are compared where this is true. */
bool field_numeric(const struct field *field);
/* Values are read as texts; elsewhere as numbers. */
bool field_textual(const struct field *field);

/* 20, 19.90 or, where that may be, 12.5%. */
bool operand_number(struct text t, bool percent, int64_t *micros);
/* The operand's order among others of its field: <0, 0, >0. */
int operand_compare(const struct field *field, const struct operand *a, const struct operand *b);
/* In order, so that one is found by halving; each once. */
void operands_sort(struct node *test);

/* What to ask of a product; it is decoded into `out`, its arrays into `a`. */
struct subject subject_product(const struct catalog *c, product_number n, struct product *out,
                               struct arena *a);

bool filter_holds(const struct filter *f, const struct subject *s);

void filter_print(const struct node *root, struct buffer *out);

#endif
