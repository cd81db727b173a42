/* SPDX-License-Identifier: Apache-2.0 */
/* likeness: what is kept of each product while an audit looks for those that stand there twice. Private to
 * likeness.c and nearest.c. */
#ifndef AUDIT_LIKENESS_H
#define AUDIT_LIKENESS_H

#include "audit/parts.h"

enum {
    LIKENESS_BANDS = 12,
    LIKENESS_BAND_ROWS = 3,
    LIKENESS_HASHES = LIKENESS_BANDS * LIKENESS_BAND_ROWS,
    LIKENESS_WORDS_MAX = 48, /* of a title; further ones are passed over */
};

struct likeness_row {
    product_number product;
    uint64_t whole,
        core;         /* hashes of brand and title; the same without what tells variants apart */
    uint64_t numbers; /* of the words with digits, in any order */
    uint64_t brand;   /* 0: none */
    int64_t price;
    bool told;
    uint32_t least[LIKENESS_HASHES];
};

/* A word of a product's title, each once. */
struct likeness_word {
    uint64_t key; /* hash of it, folded */
    uint32_t row;
    bool number;  /* holds a digit */
    bool edition; /* tells models or variants of one thing apart */
};

struct likeness_shelf {
    struct likeness_row *rows;
    size_t count, room;
    struct likeness_word *words; /* by row, within it by key */
    size_t word_count, word_room;
};

/* Prices less than twice apart, or not both known. */
bool likeness_prices_near(const struct likeness_row *x, const struct likeness_row *y);
/* Tell the row `pair[0]` to be `pair[1]` once more, unless it was told already; `why` may be absent. */
void likeness_tell(struct likeness_shelf *l, struct audit *a, enum check c, const size_t pair[2],
                   struct text why);

/* What is nearest to each other by the words of titles: see nearest.c. */
void likeness_nearest(struct likeness_shelf *l, struct audit *a);

#endif
