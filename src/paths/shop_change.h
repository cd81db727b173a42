/* SPDX-License-Identifier: Apache-2.0 */
/* shop_change: a journal record and its entry in the administrative log, as one change. Private to
 * paths/. */
#ifndef PATHS_SHOP_CHANGE_H
#define PATHS_SHOP_CHANGE_H

#include "paths/shop.h"
#include "store/admin_log.h"

struct change_entry {
    const char *action; /* "program.apply" */
    const struct actor *actor;
    struct text details;
};

/* Append the record and the entry, whose subject it is, in one transaction; wait until both are
 * durable and the record is folded. `*anchor` is the entry's. Under change_mutex. */
MUST_USE enum status shop_append_entry(struct shop *shop, enum record_kind kind, struct text body,
                                       const struct change_entry *entry,
                                       struct admin_anchor *anchor, struct error *err);

#endif
