/* SPDX-License-Identifier: Apache-2.0 */
/* customers: the records of a customer file while an audit looks for doubles among them. Private to
 * audit/.
 *
 * Nothing of it is written anywhere: e-mail addresses and phone numbers are kept as hashes, names and
 * addresses as they are folded, until the audit is freed; findings name lines of the file. */
#ifndef AUDIT_CUSTOMERS_H
#define AUDIT_CUSTOMERS_H

#include "audit/parts.h"

enum { CUSTOMERS_MAX = 2000000 };

struct customer {
    uint64_t line;
    uint64_t email, mailbox; /* of the address; of what reaches the same box at Google's; 0 none */
    uint64_t local;          /* of what stands before the '@' */
    uint64_t phone;          /* of the last nine digits */
    struct text first, last, street, city, zip; /* folded; house number within street */
    uint64_t same_as; /* line of the record it was told to be once more; 0: none */
    enum check told;  /* by which row */
};

struct customers {
    struct customer *all;
    size_t count, room;
    struct arena keep;
    struct key_table surnames; /* how many bear each */
};

/* The weight of evidence that two records are one customer, in bits (Fellegi and Sunter 1969; what
 * share of true and of false pairs agree so is taken from Winkler's and Splink's published tables), and
 * the names of what agrees into `why`. Minus infinity when first names contradict each other. */
double customer_evidence(const struct customers *c, const struct customer *x,
                         const struct customer *y, struct buffer *why);

/* Do the first names allow that it is one person? Missing ones and initials do. */
bool first_names_agree(struct text a, struct text b);
bool last_names_agree(struct text a, struct text b);

#endif
