/* SPDX-License-Identifier: Apache-2.0 */
/* words: the words of a text, folded so that they compare by their bytes, whatever the script.
 *
 * A word is a run of letters and digits. Capitals become small ones (Latin, Greek, Cyrillic,
 * Armenian, full width), combining accents go. Scripts that put no spaces between words (Han, kana,
 * Thai, Lao, Khmer, Burmese) give every two letters in a row as a word, and a lone letter itself.
 * Bytes that are no UTF-8 separate words. Nothing here depends on the locale. */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stdbool.h>

#include "base/text.h"

enum { WORD_SIZE = 64 }; /* bytes; a longer word is cut at a letter */

/* Set `rest` to the text and leave the others zero. */
struct words {
    struct text rest;
    char word[WORD_SIZE];
    uint32_t before; /* the letter before `rest`, of a script without spaces, which pairs with the
                        next; 0: none */
};

/* The next word into `out`, which points into `w` and holds until the next call. False at the end,
 * and on every call after it. */
bool words_next(struct words *w, struct text *out);

/* By code points, capitals as small ones: <0, 0, >0. Nothing else is folded: accents and spaces
 * count. */
int words_compare(struct text a, struct text b);
/* The same for texts that are equal by words_compare; the same in every process, for ever. */
uint64_t words_hash(struct text t);
/* Does `t` begin with `prefix`, capitals as small ones? `*rest` is what follows it then. */
bool words_start(struct text t, struct text prefix, struct text *rest);

#endif
