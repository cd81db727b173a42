/* SPDX-License-Identifier: Apache-2.0 */
/* verify: is what the shop is ruled by what was once applied? Walks the administrative log's chain
 * (store/admin_log.h, which says what a chain cannot find), and holds against it the journal's records
 * of programs and generations and the keys: what a log entry names must be there as it was, and no
 * version and no key may stand there without an entry. Reads DIR/store.db alone, in one transaction,
 * beside a server or without one. */
#ifndef PATHS_VERIFY_H
#define PATHS_VERIFY_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/json.h"
#include "store/admin_log.h"

enum { VERIFY_FAULTS_MAX = 100 };

struct verified {
    uint64_t entries, versions, keys; /* looked at */
    struct admin_anchor end;          /* the newest entry: note it elsewhere */
    const char **faults;              /* sentences; at most VERIFY_FAULTS_MAX */
    uint64_t fault_count;             /* found, told or not; 0: all is as it was written */
};

/* "12:9f3a..." as program_verify's anchor. False when it is none. */
MUST_USE bool admin_anchor_parse(struct text t, struct admin_anchor *out);

/* `anchor` (NULL: none): an entry noted elsewhere, which must still be there. Faults are no error;
 * an error is a store that cannot be read. `out` lives in `a`. */
MUST_USE enum status program_verify(const char *data_dir, const struct admin_anchor *anchor,
                                    struct arena *a, struct verified *out, struct error *err);

/* An object: sound, entries, versions, keys, anchor ("NUMBER:HASH"), faults, fault_count. */
void verified_json(const struct verified *v, struct json *j);

#endif
