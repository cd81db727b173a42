/* SPDX-License-Identifier: Apache-2.0 */
/* admin_list: the administrative log (store/admin_log.h) as people read it. */
#ifndef PATHS_ADMIN_LIST_H
#define PATHS_ADMIN_LIST_H

#include "base/attributes.h"
#include "base/error.h"
#include "base/json.h"

enum { ADMIN_LISTED_MAX = 1000 };

/* An object: time_zone (the shop's), earlier, and entries, oldest first: number, time, local (in that
 * zone), who, via, action, details, hash. The newest ADMIN_LISTED_MAX; `earlier` says how many stand
 * before them. Whether they are what was written, program_verify says. */
MUST_USE enum status admin_list_json(const char *data_dir, struct json *j, struct error *err);

#endif
