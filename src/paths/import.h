/* SPDX-License-Identifier: Apache-2.0 */
/* import: files of events or products into the shop, as a stream, in constant memory.
 *
 * Reading and judging run on the caller's thread, committing on the writer's, two batches deep.
 * received = stored + duplicate + refused at every moment; what was counted as stored is durable,
 * so stopping at any time loses nothing, and running the same import again changes nothing. */
#ifndef PATHS_IMPORT_H
#define PATHS_IMPORT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/attributes.h"
#include "base/error.h"
#include "catalog/feed.h"
#include "paths/shop.h"

struct import_counts {
    uint64_t received, stored, duplicate, refused;
    uint64_t unpublished; /* products, by `full`: not among the received */
    uint64_t bytes;       /* of the file, read so far; 0 where that cannot be told */
};

struct import_options {
    FILE *in;
    const char *name; /* the file's name, kept with refused rows */
    struct text from; /* jsonl, csv; of a catalog shopify, woocommerce, google too */
    struct csv_options csv;
    struct text time_format, time_zone, currency; /* absent: none given */
    bool dry_run;                                 /* judge, count, write nothing */
    bool full;                                    /* catalog: unpublish what the file lacks */
    bool yes;                                     /* catalog: also when that is more than 20% */
    int64_t now_ms;
    const volatile sig_atomic_t *stop; /* set by Ctrl-C; may be NULL */
    void (*progress)(void *context, const struct import_counts *counts);
    /* A refused row as it happens, for dry runs and terminals; may be NULL. */
    void (*refused)(void *context, uint64_t line, const char *field, const char *message);
    void *context;
};

/* Set one option by the name of its flag (hyphens or underscores), without the leading dashes:
 * from, map, time-format, time-zone, encoding, delimiter, currency, no-header, full, yes, dry-run.
 * `value` must live as long as the options; it is not looked at where the flag takes none.
 * ERR_NOT_FOUND for another name, ERR_INVALID. */
MUST_USE enum status import_option(struct import_options *options, const char *name,
                                   const char *value, struct error *err);

/* Do they go together? ERR_INVALID for an encoding of a format that has its own. Imports ask it first. */
MUST_USE enum status import_options_fit(const struct import_options *options, struct error *err);

/* ERR_INVALID when the file is not of that format at all. Counts hold in every case. */
MUST_USE enum status import_events(struct shop *shop, const struct import_options *options,
                                   struct import_counts *counts, struct error *err);
MUST_USE enum status import_catalog(struct shop *shop, const struct import_options *options,
                                    struct import_counts *counts, struct error *err);

#endif
