/* SPDX-License-Identifier: Apache-2.0 */
/* numbers: the small integers that stand for things inside the engine. Given once, in journal
 * order, never reused; the same journal gives the same numbers in every process. */
#ifndef JOURNAL_NUMBERS_H
#define JOURNAL_NUMBERS_H

#include <stdint.h>

typedef uint32_t product_number;  /* catalog/: an item id, of a product or a variant */
typedef uint32_t category_number; /* catalog/: a category's path; 0: none */
typedef uint32_t shopper_number;  /* profile/: an anonymous id or a user id */
typedef uint32_t session_number;  /* indexes/: a session of one generation, oldest first */

/* Who it is, as a 128-bit hash of the anonymous id or, without one, of the user id, and of which it is:
 * profile/ makes it. */
struct shopper_key {
    uint64_t hash[2];
};

#define PRODUCT_NONE UINT32_MAX
#define SHOPPER_NONE UINT32_MAX

/* A place in the journal: everything up to and including record `number` happened. Opaque to all
 * but journal/, since beyond one machine it is a vector. A zeroed position is before the first
 * record. */
struct position {
    uint64_t number;
};

static inline int position_compare(struct position a, struct position b)
{
    return (a.number > b.number) - (a.number < b.number);
}

#endif
