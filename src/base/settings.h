/* SPDX-License-Identifier: Apache-2.0 */
/* settings: every knob is one row of src/settings.def; this turns rows into the struct, the
 * defaults, the range checks, the flags, the environment and the help.
 *
 *   SETTING(name, type, default, min, max, meaning)
 *
 * type is u32, u64 or text; all are read when the program starts. A setting `http_workers` is set,
 * weakest first, by its default, $ENDCAP_HTTP_WORKERS, a line "http_workers = 2" of DIR/settings,
 * and the flag --http-workers. */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

enum { SETTING_TEXT_SIZE = 512 };

typedef uint32_t setting_u32;
typedef uint64_t setting_u64;
typedef char setting_text[SETTING_TEXT_SIZE];

struct settings {
#define SETTING(name, type, def, min, max, meaning) setting_##type name;
#include "settings.def"
#undef SETTING
};

enum setting_type { SETTING_U32, SETTING_U64, SETTING_TEXT };

struct setting_row {
    const char *name;
    enum setting_type type;
    const char *def;   /* as text */
    uint64_t min, max; /* of numbers; longest text in bytes is max */
    const char *meaning;
    size_t offset; /* into struct settings */
};

extern const struct setting_row setting_rows[];
extern const size_t setting_count;

void settings_defaults(struct settings *s);

/* ERR_NOT_FOUND for an unknown name, ERR_INVALID out of range: "http_workers must be 1..64, got
 * '0'". Underscores and hyphens in the name are the same. Unchanged on failure. */
MUST_USE enum status settings_set(struct settings *s, const char *name, const char *value,
                                  struct error *err);

/* Defaults, then the environment, then DIR/settings when it exists. Names the line of a mistake. */
MUST_USE enum status settings_load(struct settings *s, const char *data_dir, struct error *err);

/* The current value of a row as text, into `out`. */
void settings_print(const struct settings *s, const struct setting_row *row, struct buffer *out);

#endif
