/* SPDX-License-Identifier: Apache-2.0 */
/* arrival: where a shopper comes from and with what, as small numbers: what an event, or a request for
 * products, says of it. Words of campaigns are kept as hashes: whatever people put into a link is in no
 * profile, and no table of words can be filled up. */
#ifndef JOURNAL_ARRIVAL_H
#define JOURNAL_ARRIVAL_H

#include <stdint.h>

#include "base/text.h"
#include "journal/numbers.h"

struct arrival {
    uint32_t source, medium, campaign; /* arrival_word of utm_source and so on; 0: not said */
    uint16_t country;                  /* arrival_country; 0: not said */
    uint8_t device;                    /* enum device_kind of profile/; 0: not said */
    category_number
        landing; /* at which the session began; 0: not known. No event or request says it
                                in so many words: it is found, and no decision keeps it */
};

/* The number that stands for a campaign's word, capitals aside, without spaces around it; 0 for an empty
 * one alone. */
uint32_t arrival_word(struct text word);

/* Two letters in any case; 0 for anything else. In the order of the alphabet. */
uint16_t arrival_country(struct text letters);

/* Those letters again, as capitals; absent for 0. Returns a text in `out`. */
struct text arrival_country_text(uint16_t country, char out[2]);

#endif
