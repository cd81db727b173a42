/* SPDX-License-Identifier: Apache-2.0 */
/* versions: every version of the program that was applied, out of the journal itself, and what of
 * them is told: history, differences. Reads DIR/store.db alone, so that it works beside a server and
 * costs no state.
 *
 * Threads    any. */
#ifndef PATHS_VERSIONS_H
#define PATHS_VERSIONS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "journal/numbers.h"
#include "program/program.h"

enum { VERSIONS_LISTED_MAX = 1000, LOCAL_TIME_SIZE = 32 };

struct version {
    uint32_t number; /* 0: the built-in default */
    int64_t applied_ms;
    struct position record;
    struct text author, reason, document;
};

/* Calls `each` for every version, oldest first; texts are valid during the call. ERR_CORRUPT naming
 * a damaged record. */
MUST_USE enum status versions_each(const char *data_dir,
                                   void (*each)(void *context, const struct version *version),
                                   void *context, struct error *err);

/* Version `number`, 0 being the built-in default; its texts in `a`. ERR_NOT_FOUND saying which there
 * are. */
MUST_USE enum status version_find(const char *data_dir, uint32_t number, struct arena *a,
                                  struct version *out, struct error *err);

/* The one that rules: the newest that this program understands, or the built-in default. `*compiled`
 * (may be NULL) gets it compiled; program_free. */
MUST_USE enum status version_current(const char *data_dir, struct arena *a, struct version *out,
                                     struct program **compiled, struct error *err);

/* What a compiled program says of itself as a version. Texts are the program's. */
struct version version_of_program(const struct program *p);

/* "2026-11-22 11:00" in `zone` (NULL: UTC). Returns `out`. */
const char *local_time_print(const struct zone *zone, int64_t ms, char out[LOCAL_TIME_SIZE]);

/* The members version, applied_at, author, reason, document. */
void version_json_members(const struct version *v, struct json *j);

/* The members diff (unified) and changes (sentences) from one version to another. */
void version_diff_json_members(const struct version *before, const struct version *after,
                               struct arena *a, struct json *j);

/* An object: current, time_zone, and versions, oldest first, each with applied_at, applied_local,
 * author, reason and how many lines were added and removed. The newest VERSIONS_LISTED_MAX; `earlier`
 * says how many stand before them. */
MUST_USE enum status versions_json(const char *data_dir, struct json *j, struct error *err);

#endif
