/* SPDX-License-Identifier: Apache-2.0 */
/* pipeline: two batches of an import: one is filled by the caller while the writer commits the
 * other. For the imports here, and for demo/, which fills a shop as an import would.
 *
 * The caller's counts rise when a batch is durable, never before. In a shop open for a dry run
 * nothing is written: ids are judged against those the shop has and those the file had before.
 *
 * Threads    the caller's alone. */
#ifndef PATHS_PIPELINE_H
#define PATHS_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "ingest/batch.h"
#include "paths/import.h"

/* Ctrl-C was pressed. */
bool import_stopped(const struct import_options *options);

struct pipeline;

struct pipeline *pipeline_new(struct shop *shop, const struct import_options *options,
                              struct import_counts *counts);
/* Waits for what is on its way; for SCOPED. */
void pipeline_free(struct pipeline **p);

/* The batch to fill next; another one after each flush. */
struct batch *pipeline_batch(struct pipeline *p);
bool pipeline_full(struct pipeline *p); /* time to flush */

/* Hand the batch on, having read `bytes` of the file. Fails with what the writer said of this batch
 * or the one before. */
MUST_USE enum status pipeline_flush(struct pipeline *p, uint64_t bytes, struct error *err);

/* Flush, and wait until all is durable. */
MUST_USE enum status pipeline_finish(struct pipeline *p, uint64_t bytes, struct error *err);

#endif
