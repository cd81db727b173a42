/* SPDX-License-Identifier: Apache-2.0 */
/* manifest: what a generation is made of, as the file manifest.json in its folder.
 *
 * Of no interest outside this folder. */
#ifndef INDEXES_MANIFEST_H
#define INDEXES_MANIFEST_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/error.h"
#include "indexes/generation.h"

enum generation_file {
#define GENERATION_FILE(field, name, type, required) FILE_##field,
#include "indexes/generation_file.def"
#undef GENERATION_FILE
    GENERATION_FILE_COUNT
};

struct generation_file_row {
    const char *name;
    bool required;
};
extern const struct generation_file_row generation_files[GENERATION_FILE_COUNT];

enum { GENERATION_PATH_SIZE = 4096, MANIFEST_VERSION = 1 };

struct manifest {
    struct generation_summary summary;
    struct {
        bool present;        /* required ones always are */
        uint64_t size, hash; /* XXH3-64 of its bytes */
    } files[GENERATION_FILE_COUNT];
    struct generation_gates gates;
};

/* Size and checksum of each file in `folder`, and their sum into summary.bytes. ERR_NOT_FOUND when a
 * required one is not there. */
MUST_USE enum status manifest_measure(struct manifest *m, const char *folder, struct error *err);

/* Write FOLDER/manifest.json, durably. */
MUST_USE enum status manifest_write(const struct manifest *m, const char *folder,
                                    struct error *err);

/* ERR_NOT_FOUND, ERR_CORRUPT naming the file. */
MUST_USE enum status manifest_read(struct manifest *out, const char *folder, struct error *err);

/* FOLDER/NAME; ERR_INVALID when it is too long. */
MUST_USE enum status generation_path(char out[GENERATION_PATH_SIZE], const char *folder,
                                     const char *name, struct error *err);

#endif
