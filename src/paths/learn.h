/* SPDX-License-Identifier: Apache-2.0 */
/* learn: the path of a new generation: fold the catalog, build the files, publish. */
#ifndef PATHS_LEARN_H
#define PATHS_LEARN_H

#include "base/attributes.h"
#include "base/error.h"
#include "indexes/generation.h"
#include "paths/shop.h"
#include "train/train.h"

struct learn_options {
    const char *data_dir;
    const struct settings *settings;
    int64_t now_ms;
    train_progress *progress; /* may be NULL */
    void *context;
};

/* Build a generation from the journal as it is now, through a reading connection of its own; works
 * beside a running server. Publishing (shop_use_generation, or asking the server to) is the
 * caller's. */
MUST_USE enum status learn(const struct learn_options *options, struct generation_summary *out,
                           struct error *err);

/* What a checkpoint process does: fold to the end, save. */
MUST_USE enum status learn_checkpoint(const char *data_dir, const struct settings *settings,
                                      struct error *err);

#endif
