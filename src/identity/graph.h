/* SPDX-License-Identifier: Apache-2.0 */
/* graph: how identity is laid out; of no interest outside this folder.
 *
 * One node of 40 bytes an identifier, its text in one pool, links of 32 bytes in two chains each: of the
 * child (the newest first; the last is the base, which never changes) and of the anchor. A table of halves
 * of hashes. All of it is flat, so that a checkpoint is a few copies. */
#ifndef IDENTITY_GRAPH_H
#define IDENTITY_GRAPH_H

#include "identity/identity.h"

#define LINK_NONE UINT32_MAX

enum { NODE_BLOCKED = 1, NODE_FORGOTTEN = 2 };

struct node {
    uint64_t hash;
    uint32_t text;            /* where it begins in the pool */
    uint32_t links, children; /* chains of links: as child, as anchor; LINK_NONE */
    uint32_t child_count;     /* of children that are not blocked or forgotten */
    uint32_t split_s;         /* by hand, 0: never */
    uint32_t dissolve_s;      /* the same; of a visitor: when it was released */
    uint8_t text_size;
    uint8_t kind;
    uint8_t link_count;
    uint8_t marks;
};

struct link {
    identifier_number child, anchor;
    uint32_t next_of_child, next_of_anchor;
    uint32_t first_s, last_s;
    uint32_t join_s; /* by hand, 0: never */
    uint32_t events;
};

_Static_assert(sizeof(struct node) == 40 && sizeof(struct link) == 32,
               "they are saved as they are");

struct identity {
    struct node *nodes;
    uint32_t count, room;
    struct link *links;
    uint32_t link_count, link_room;
    char *pool;
    uint32_t pool_size, pool_room;
    uint64_t *slots;     /* high half of the hash, low half number + 1; 0: empty */
    uint32_t slot_count; /* a power of two, or 0 */
    uint32_t blocked_count;
    uint32_t order_s; /* of the last order by hand */
};

/* The node of an identifier, made when there is none; IDENTIFIER_NONE when there is no room. */
identifier_number node_add(struct identity *g, enum identifier_kind kind, struct text id,
                           uint64_t hash);
uint64_t identifier_hash(enum identifier_kind kind, struct text id);

/* The link of the two, made when there is none: its times are then 0. NULL when the child is blocked, or
 * becomes so by this. */
struct link *link_add(struct identity *g, identifier_number child, identifier_number anchor);

/* Whether it joins nothing: parted by hand, or of one that is blocked or forgotten. */
bool link_parted(const struct identity *g, const struct link *l);

/* Whether its customer let go of all that belonged to them, and has not been joined to it since. */
bool link_dissolved(const struct identity *g, const struct link *l);

/* The first one keeps the visitor's own record, in the order of the journal; the others have one each. */
uint64_t link_file(const struct identity *g, const struct link *l);

/* The link to whom a visitor's events of that second belong; NULL: to nobody. */
const struct link *link_holding(const struct identity *g, identifier_number visitor,
                                uint32_t time_s);

/* What an identifier that is no visitor hangs on in the end, as far as no more than IDENTITY_CHILDREN_MAX
 * are linked to what is above it. */
identifier_number identifier_root(const struct identity *g, identifier_number n);

uint32_t identity_seconds(int64_t time_ms);
uint32_t identity_room(uint32_t room);

#endif
