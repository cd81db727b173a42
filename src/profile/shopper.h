/* SPDX-License-Identifier: Apache-2.0 */
/* shopper: how profiles are laid out; of no interest outside this folder.
 *
 * One record of 48 bytes a shopper; their actions in blocks of 2, 4, 8, 16 or 24, each size in one
 * array; an open-addressing table of record numbers. All of it is flat, so that a checkpoint is a
 * few copies. Records form a list from the one heard of last to the one silent for longest. */
#ifndef PROFILE_SHOPPER_H
#define PROFILE_SHOPPER_H

#include <stdint.h>

#include "profile/profile.h"

enum { BLOCK_CLASSES = 5 };
extern const uint8_t block_sizes[BLOCK_CLASSES]; /* actions of a block */

#define RECORD_NONE UINT32_MAX

enum { MARK_STATED = 1, MARK_REFUSED = 2, MARK_HEARD = 4 };

enum { KIND_SHIFT = 10, MILLI_MASK = (1 << KIND_SHIFT) - 1 };

/* One action, oldest first within its block. */
struct __attribute__((packed)) kept_action {
    product_number product;
    uint32_t time_s;
    uint16_t milli_kind; /* milliseconds, and above their 10 bits the kind */
};

struct shopper {
    struct shopper_key key;
    uint32_t last_s; /* newest event of any type, when MARK_HEARD */
    uint32_t session_start_s;
    uint32_t session_hash;
    shopper_number number;
    uint32_t block;        /* in the class its count asks for; of no meaning while count is 0 */
    uint32_t newer, older; /* the list of silence */
    uint8_t count;         /* actions */
    uint8_t session_count; /* the newest so many are of the current session */
    uint8_t marks;
    uint8_t device; /* enum device_kind */
};

_Static_assert(sizeof(struct kept_action) == 10, "blocks are saved as they are");
_Static_assert(sizeof(struct shopper) == 48, "records are saved as they are");

struct block_class {
    struct kept_action *actions;
    uint32_t count, room; /* blocks */
    uint32_t free;        /* first block not in use, RECORD_NONE none; linked through `product` */
};

struct profiles {
    struct shopper *shoppers;
    uint32_t count, room, max;
    uint32_t newest, oldest; /* ends of the list of silence */
    uint32_t *slots;         /* record + 1, 0 empty */
    uint32_t slot_count;     /* a power of two, or 0 */
    shopper_number next_number;
    struct block_class classes[BLOCK_CLASSES];
};

/* The class whose blocks hold `count` actions, 1..PROFILE_ACTIONS_MAX. */
int block_class_of(uint8_t count);

/* First action of a shopper whose count is not 0. */
struct kept_action *shopper_actions(const struct profiles *p, const struct shopper *s);

/* Put an action at its place in time. `in_session`: the event belongs to the current session. */
void actions_insert(struct profiles *p, struct shopper *s, struct kept_action fresh,
                    bool in_session);

/* Forget all actions; the shopper has no block then. */
void actions_erase(struct profiles *p, struct shopper *s);

/* Big arrays grow by an eighth: what is not used yet is not touched, and 300 bytes are 300 bytes.
 */
uint32_t profile_room(uint32_t room);

#endif
