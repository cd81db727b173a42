/* SPDX-License-Identifier: Apache-2.0 */
/* erased: the body of a RECORD_ERASED, which stands where a record stood that had to go. It keeps
 * its place, its time, and nothing else, but for item ids that were first mentioned there: products
 * are numbered by first mention, and no number may move. An id that nobody else ever mentioned goes
 * too; its number stays without a name. */
#ifndef JOURNAL_ERASED_H
#define JOURNAL_ERASED_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/error.h"
#include "journal/record.h"
#include "store/store.h"

/* One first mention more; "" for a number without a name. */
void erased_add(struct buffer *out, struct text item_id);

/* What stood there was no event: last of all. */
void erased_no_event(struct buffer *out);
bool erased_event(struct text body);

/* Read them in order: begin with fields_of(body); false at the end. */
bool erased_next(struct fields *f, struct text *item_id);

/* Inside the writer's transaction: put `body` in the place of what stands there. ERR_NOT_FOUND
 * when there is no such record. */
MUST_USE enum status journal_erase(struct store *store, struct position at, struct text body,
                                   struct error *err);

#endif
