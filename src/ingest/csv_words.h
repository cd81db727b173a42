/* SPDX-License-Identifier: Apache-2.0 */
/* csv_words: what other systems call our event types. Private to ingest/; the table is in
 * ingest/csv.h too, for those who write maps. */
#ifndef INGEST_CSV_WORDS_H
#define INGEST_CSV_WORDS_H

#include <stdbool.h>

#include "journal/event.h"

/* Our own words and those of the table, in any case; EVENT_OTHER for the rest. */
enum event_type csv_type_find(struct text word);

/* Does an event of that type say nothing without a product? */
bool csv_type_about_item(enum event_type type);

#endif
