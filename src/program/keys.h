/* SPDX-License-Identifier: Apache-2.0 */
/* keys: the tables of what a program document may say, private to program/.
 *
 * A block is a map of the document; a key is one line of it: its word, how it is read, and what the
 * documentation says. compile.c reads by these tables, document.c prints them. */
#ifndef PROGRAM_KEYS_H
#define PROGRAM_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/yaml.h"
#include "program/program.h"

/* One document being compiled. */
struct compile {
    struct arena *keep;    /* the program's own */
    struct arena *scratch; /* the document's nodes and the problems */
    struct problems *problems;
    struct program *program;
};

struct key {
    const char *name;
    bool required;
    /* Reads the value into the block's struct; NULL: not yet known to this version. */
    void (*read)(struct compile *c, const struct yaml_node *n, void *into);
    const char *form;    /* what may stand there */
    const char *meaning; /* for people; of a required key also what its absence is answered with */
};

struct block {
    const char *name; /* as the documentation names it */
    const char *meaning;
    const struct key *keys;
    size_t key_count;
};

enum { BLOCK_KEYS_MAX = 16, NAME_MAX_BYTES = 64, PATH_MAX_BYTES = 512 };

/* The block's keys, in the table's order, read into `into`; problems for unknown and missing ones.
 */
void read_block(struct compile *c, const struct yaml_node *n, const struct block *block,
                void *into);

/* A text of 1 to `max` bytes, trimmed and copied to the program. */
bool read_text(struct compile *c, const struct yaml_node *n, const char *name, size_t max,
               struct text *out);

/* The node itself when it is a list of at most `max` items; else NULL, with a problem. */
const struct yaml_node *read_list(struct compile *c, const struct yaml_node *n, const char *name,
                                  size_t max);

/* A list of texts of at most PATH_MAX_BYTES. Returns how many were good. */
size_t read_texts(struct compile *c, const struct yaml_node *n, const char *name, size_t count_max,
                  struct text **out);

/* What stands in URLs and reports: letters, digits, '-' and '_'. */
bool read_name(struct compile *c, const struct yaml_node *n, struct text *out);

/* Into a struct program: the values of `lists`, `surfaces` and `segments`. */
void read_lists(struct compile *c, const struct yaml_node *n, void *into);
void read_surfaces(struct compile *c, const struct yaml_node *n, void *into);
void read_segments(struct compile *c, const struct yaml_node *n, void *into);
extern const struct block list_block, surface_block, segment_block;

/* Into a struct program: the shop's rules; into a struct surface: its own. */
void read_shop_rules(struct compile *c, const struct yaml_node *n, void *into);
void read_surface_rules(struct compile *c, const struct yaml_node *n, void *into);

/* When all is read: what each surface obeys. */
void plan_rules(struct compile *c);

/* For filters of this document: with the segments read so far. */
struct filter_reader filter_reader_of(const struct compile *c);

/* Into a struct program: the value of `reasons`; and what the documentation says of it. */
void read_reasons(struct compile *c, const struct yaml_node *n, void *into);
void print_reasons(struct buffer *out);

extern const struct block *const program_blocks[];
extern const size_t program_block_count;

/* What is sensitive unless the owner removes the row by not_sensitive. */
extern const struct text sensitive_defaults[];
extern const size_t sensitive_default_count;

#endif
