/* SPDX-License-Identifier: Apache-2.0 */
/* yaml: a document as a tree that remembers line and column, and the list of what is wrong with it.
 *
 * Built on libyaml's events. Anchors, aliases and tags are refused; so are more than 64 KiB of
 * scalar, 32 levels, 100,000 nodes or more than one document. A key that stands twice is a problem.
 *
 * Lifetime   nodes live in the caller's arena. */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
    enum yaml_kind kind;
    int line, column;        /* from 1 */
    struct text value;       /* YAML_SCALAR; "~" and "null" unquoted are absent */
    bool quoted;             /* the scalar stood in quotes */
    bool many_lines;         /* the scalar does not end on the line it begins on */
    size_t count;            /* items of a list, pairs of a map */
    struct yaml_node *items; /* YAML_LIST: count nodes; YAML_MAP: count values */
    struct yaml_node *keys;  /* YAML_MAP: count scalar keys */
};

/* One mistake in a document, with where it is and what would be right. */
struct problem {
    int line, column;
    const char *message;
    struct problem *next;
};

/* All mistakes of a document, in the order found. Lives in the arena given to problem_add. */
struct problems {
    struct problem *first, *last;
    size_t count;
};

/* At most 100 are kept; further ones only count. */
void problem_add(struct problems *list, struct arena *a, const struct yaml_node *where,
                 const char *format, ...) PRINTF_LIKE(4, 5);

/* The mistakes as the value of `key`: a list of line, column, message. */
void problems_json(const struct problems *list, const char *key, struct json *j);

/* Parse `document`. Syntax mistakes go to `problems` too, and then `*out` is NULL and the result
 * ERR_INVALID. An empty document gives a map without pairs. */
MUST_USE enum status yaml_parse(struct arena *a, struct text document, struct yaml_node **out,
                                struct problems *problems, struct error *err);

/* The value under `key` of a map, or NULL. */
const struct yaml_node *yaml_find(const struct yaml_node *map, const char *key);

/* Both ends are allowed values. */
struct yaml_range {
    long min, max;
};
struct yaml_number_range {
    double min, max;
};

/* Typed reading: each adds a problem ("limit must be a whole number from 1 to 100, not 'x'") and
 * returns false when the node does not fit. */
bool yaml_text(const struct yaml_node *n, const char *name, struct text *out, struct arena *a,
               struct problems *p);
bool yaml_int(const struct yaml_node *n, const char *name, struct yaml_range range, long *out,
              struct arena *a, struct problems *p);
bool yaml_bool(const struct yaml_node *n, const char *name, bool *out, struct arena *a,
               struct problems *p);
bool yaml_number(const struct yaml_node *n, const char *name, struct yaml_number_range range,
                 double *out, struct arena *a, struct problems *p);

/* One of the NULL-terminated `known`; `*out` receives its place among them. A word that is none
 * adds "unknown NAME 'x', did you mean 'y'?". */
bool yaml_word(const struct yaml_node *n, const char *name, const char *const known[], size_t *out,
               struct arena *a, struct problems *p);

/* The known word that is likely meant, or NULL. */
const char *yaml_nearest(struct text word, const char *const known[]);

/* Add "unknown WHAT 'x'", where x is the node's value, and the nearest known word, or all there are.
 */
void yaml_unknown(const struct yaml_node *n, const char *what, const char *const known[],
                  struct arena *a, struct problems *p);

/* Add a problem for every key of `map` that is not among the NULL-terminated `known`, naming the
 * nearest known key ("unknown key 'limt', did you mean 'limit'?"). */
void yaml_only(const struct yaml_node *map, const char *const known[], struct arena *a,
               struct problems *p);

#endif
