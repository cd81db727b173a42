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
    uint64_t e164;           /* of the number with its country; 0: that is not known */
    struct text first, last, street, city, zip; /* folded; house number within street */
    uint64_t same_as; /* line of the record it was told to be once more; 0: none */
    enum check told;  /* by which row */
    bool office;      /* its mailbox is of many, by its name or by the file */
    bool crowd_phone; /* so is its number, by the file */
    bool shares;      /* told to share an address or number */
};

struct customers {
    struct customer *all;
    size_t count, room;
    struct arena keep;
    struct key_table surnames, firsts; /* how many bear each */
};

/* The weight of evidence that two records are one customer, in bits (Fellegi and Sunter 1969; what
 * share of true and of false pairs agree so is taken from Winkler's and Splink's published tables), and
 * the names of what agrees into `why`. Minus infinity when first names contradict each other. */
double customer_evidence(const struct customers *c, const struct customer *x,
                         const struct customer *y, struct buffer *why);

/* Hash of a phone number with its country's code (E.164): as it is written after '+' or "00", else as it
 * is dialled within `country` (ISO letters; may be absent or anything). 0 when that cannot be told. */
uint64_t phone_e164(struct text written, struct text country);

/* Have they one e-mail address, or one phone number as far as the countries are known? */
bool contacts_meet(const struct customer *x, const struct customer *y);

/* Do the first names allow that it is one person? Missing ones and initials do. */
bool first_names_agree(struct text a, struct text b);
bool last_names_agree(struct text a, struct text b);

#endif
