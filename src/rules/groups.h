/* SPDX-License-Identifier: Apache-2.0 */
/* groups: which products a rule takes for the same: those of one brand, of one brand and title, or with one
 * value of an attribute. A number for each product and group, so that a cap costs a look-up.
 *
 * Numbers follow the catalog: those of a product that changed are made anew; all are when the groups, or the
 * catalog itself, become others.
 *
 * Lifetime   a list given to groups_take must live until another is, or groups_free.
 * Memory     8 bytes per product number and group.
 * Threads    one that follows, or any number of readers (the shop's state lock sees to it). */
#ifndef RULES_GROUPS_H
#define RULES_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/catalog.h"

enum { GROUPS_MAX = 16 }; /* of one program */

/* Texts compare by their words, without regard to capitals and signs. */
enum group_by { GROUP_BRAND, GROUP_TITLE, GROUP_ATTRIBUTE };

struct group {
    enum group_by by;
    struct text attribute; /* GROUP_ATTRIBUTE: its name, in letters of any case */
};

/* The groups of a program, each once: a group's number is its place. */
struct group_list {
    struct group groups[GROUPS_MAX];
    size_t count;
};

/* The number of a group in `list`, into which it is put unless it is there. False when there are GROUPS_MAX
 * others. */
bool group_number(struct group_list *list, const struct group *group, uint32_t *number);

struct groups;

struct groups *groups_new(void);
void groups_free(struct groups *g); /* NULL is fine */

/* From now on these groups; NULL: none. */
void groups_take(struct groups *g, const struct group_list *list);

/* Make every number what the catalog says now. Costs next to nothing when nothing changed, a microsecond or
 * two for a product that did. */
void groups_follow(struct groups *g, const struct catalog *c);

/* The same, when there is so much to follow that the catalog would soon no longer tell what changed. */
void groups_keep_up(struct groups *g, const struct catalog *c);

/* The same groups? Then there is nothing to find out ahead. */
bool groups_are(const struct groups *g, const struct group_list *list);

/* For groups that are about to rule, given by groups_take: one turn follows what changed, then finds the numbers
 * of at most `rows` more products. True when all have theirs. For a reader of `c`. */
bool groups_advance(struct groups *ahead, const struct catalog *c, size_t rows);

/* Exchanges them when `*ahead` are of the groups of `list`, which they then go by; groups_follow finds out
 * what they lack. False when they are of others or NULL: nothing is done. */
bool groups_adopt(struct groups **g, struct groups **ahead, const struct group_list *list);

/* What group number `group` takes the product for: equal for those that are the same. 0: the product has
 * nothing of the kind. `n` is below the catalog's count at the last groups_follow. */
uint64_t groups_key(const struct groups *g, product_number n, uint32_t group);

#endif
