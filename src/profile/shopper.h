/* SPDX-License-Identifier: Apache-2.0 */
/* shopper: how profiles are laid out; of no interest outside this folder.
 *
 * One record of 88 bytes a shopper; their actions and the products shown to them in one block of
 * 2 to 40 of them, each size in one array, so that who was shown nothing pays nothing; an
 * open-addressing table of record numbers. All of it is flat, so that a checkpoint is a few copies.
 * Records form a list from the one heard of last to the one silent for longest. */
#ifndef PROFILE_SHOPPER_H
#define PROFILE_SHOPPER_H

#include <stdint.h>

#include "profile/profile.h"

enum { BLOCK_CLASSES = 9, KEPT_MAX = PROFILE_ACTIONS_MAX + PROFILE_SHOWN_MAX };
extern const uint8_t block_sizes[BLOCK_CLASSES]; /* things a block holds */

#define RECORD_NONE UINT32_MAX

enum {
    MARK_STATED = 1,
    MARK_REFUSED = 2,
    MARK_HEARD = 4,
    DEVICE_SHIFT = 3,
    DEVICE_BITS = 2,
    MARK_COUNTED = 32, /* the current session is among `sessions` */
    MARKS_ALL = 63,
};
_Static_assert(DEVICE_COUNT <= 1 << DEVICE_BITS, "devices have two bits");

enum { KIND_SHIFT = 10, MILLI_MASK = (1 << KIND_SHIFT) - 1, SHOWN_TIMES_MAX = UINT16_MAX };

/* An action, or a product shown. */
struct __attribute__((packed)) kept {
    product_number product;
    uint32_t time_s; /* of the action, or when it was shown last */
    uint16_t detail; /* milliseconds and above their 10 bits the kind; or how often it was shown */
};

struct shopper {
    struct shopper_key key;
    uint32_t last_s; /* newest event of any type, when MARK_HEARD */
    uint32_t session_start_s;
    uint32_t session_hash;
    shopper_number number;
    uint32_t block; /* in the class that count + shown_count ask for; 0 while there is none */
    uint32_t newer, older; /* the list of silence */
    uint8_t count;         /* actions */
    uint8_t session_count; /* the newest so many are of the current session */
    uint8_t shown_count;   /* products shown */
    uint8_t marks;         /* MARK_, and among them the enum device_kind */
    /* Of those who allow it: */
    int64_t spend_micros;
    uint32_t order_s;        /* the last order; 0: none */
    uint32_t order_hash;     /* its transaction */
    uint32_t before_s;       /* end of the session before the last one that was counted; 0: none */
    uint32_t source, medium; /* as struct arrival has them */
    uint16_t country;
    uint8_t sessions, orders; /* stay at 255 */
    uint32_t landing;         /* of the current session; 0: it has come to no category yet */
    uint32_t reserved;        /* 0 */
};

_Static_assert(sizeof(struct kept) == 10, "blocks are saved as they are");
_Static_assert(sizeof(struct shopper) == 88, "records are saved as they are");

struct block_class {
    struct kept *kept;
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

/* The class whose blocks hold `count` things, 1..KEPT_MAX. */
int block_class_of(uint32_t count);

/* The first action, and the first product shown, of a shopper of whom something is kept. */
struct kept *shopper_actions(const struct profiles *p, const struct shopper *s);
struct kept *shopper_shown(const struct profiles *p, const struct shopper *s);

/* Put an action at its place in time. `in_session`: the event belongs to the current session. */
void actions_insert(struct profiles *p, struct shopper *s, struct kept fresh, bool in_session);

/* The product was shown once more. The one shown longest ago makes room, the one that was put in
 * first among equals. */
void shown_add(struct profiles *p, struct shopper *s, product_number product, uint32_t time_s);

/* The shopper did something with the product at that time: unless it was shown again since, what
 * came before says no more. */
void shown_forget(struct profiles *p, struct shopper *s, product_number product, uint32_t time_s);

enum device_kind device_kept(const struct shopper *s);

/* Forget everything; the shopper has no block then. */
void shopper_erase(struct profiles *p, struct shopper *s);

/* Big arrays grow by an eighth: what is not used yet is not touched, and 300 bytes are 300 bytes.
 */
uint32_t profile_room(uint32_t room);

#endif
