/* SPDX-License-Identifier: Apache-2.0 */
/* preferences: what a shopper asks of us is taken, and what is held of them is shown.
 *
 * A shopper is named by an anonymous id or by a user id, never by both: what is said as the one is not
 * said as the other, though an answer to both obeys both. E-mail addresses and phone numbers are
 * replaced by their hashes, as in events. */
#ifndef PATHS_PREFERENCES_H
#define PATHS_PREFERENCES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/json.h"
#include "consent/preferences.h"
#include "paths/shop.h"

enum {
    KNOWN_ACTIONS_MAX = PROFILE_ACTIONS_MAX, /* shown of a shopper: all there are */
    KNOWN_AFFINITIES_MAX = 10,               /* brands, and categories; the strongest */
    PREFERENCES_UNSAID = -1,
};

/* Whom it is about; the other text is absent. */
struct shopper_name {
    struct text anonymous_id, user_id;
};

/* What a shopper says now; of what they do not speak stays as it is. */
struct preferences_change {
    struct shopper_name whose;
    int personal;                  /* 0, 1 or PREFERENCES_UNSAID */
    int64_t variety_ppm;           /* 0..VARIETY_PPM_MAX or PREFERENCES_UNSAID */
    bool says[PREFERENCE_STANCES]; /* the list of that stance is replaced by what `all` has of it */
    struct preference all[PREFERENCES_MAX]; /* one named twice counts once */
    uint32_t count;
    bool forget; /* what they did and were shown, up to now */
    int64_t now_ms;
};

/* Make it a record, and wait until it is durable and folded; nothing is written when it changes
 * nothing. ERR_INVALID when the shopper would name more than PREFERENCES_MAX or nobody is named;
 * ERR_UNAVAILABLE when the shop holds as many preferences as it may. */
MUST_USE enum status shop_change_preferences(struct shop *shop,
                                             const struct preferences_change *change,
                                             struct arena *a, struct error *err);

/* As an object: what they wish, and what is known of them. Locks the state for reading. */
void shopper_preferences_json(struct shop *shop, const struct shopper_name *whose, int64_t now_ms,
                              struct arena *a, struct buffer *out);

#endif
