/* SPDX-License-Identifier: Apache-2.0 */
/* preferences: what a shopper asked of us: less of this, never this, more variety, not personally. A
 * fold of the journal's records of them.
 *
 * A shopper is a key of profile/: an anonymous id or a user id. A record holds all that its shopper
 * wishes from then on; what is wished no more is simply not in it.
 *
 * Memory     40 bytes a shopper who ever said something, and their wishes as they are encoded: at most
 *            PREFERENCES_BODY_MAX bytes, mostly under 100. Nothing for anybody else.
 * Threads    one folder, or any number of readers (the shop's state lock sees to it). */
#ifndef CONSENT_PREFERENCES_H
#define CONSENT_PREFERENCES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "journal/checkpoint.h"
#include "journal/numbers.h"

enum {
    PREFERENCES_MAX = 64,         /* products, brands and categories one shopper may name */
    PREFERENCE_NAME_MAX = 512,    /* bytes of one name */
    PREFERENCES_BODY_MAX = 40960, /* bytes of one shopper's, encoded */
    VARIETY_PPM_MAX = 1000000,
    PREFERENCE_SHOPPERS_MAX = 2000000,        /* beyond it nobody new is taken on */
    PREFERENCE_BYTES_MAX = 512 * 1024 * 1024, /* the same for the bytes of all */
};

enum preference_stance { PREFER_LESS, PREFER_NEVER, PREFERENCE_STANCES };
enum preference_subject { OF_PRODUCT, OF_BRAND, OF_CATEGORY, PREFERENCE_SUBJECTS };

/* "less", "never"; "product", "brand", "category". */
const char *preference_stance_word(enum preference_stance stance);
const char *preference_subject_word(enum preference_subject subject);

struct preference {
    enum preference_stance stance;
    enum preference_subject subject;
    struct text name; /* an item id, a brand, or a category's path; 1..PREFERENCE_NAME_MAX bytes */
};

struct preferences {
    bool personal;        /* may be used to personalise: true unless the shopper turned it off */
    uint32_t variety_ppm; /* wished at least, in millionths */
    uint32_t count;
    struct preference all[PREFERENCES_MAX]; /* in the order given */
};

struct preferences preferences_none(void); /* of who said nothing */
bool preferences_equal(const struct preferences *a, const struct preferences *b);

/* Body of RECORD_PREFERENCES: whose, what they wish now, and whether to forget what they did. */
struct preferences_record {
    struct text anonymous_id, user_id; /* as in events; one of them */
    bool forget;
    struct preferences preferences;
};
void preferences_record_encode(const struct preferences_record *r, struct buffer *out);
/* Texts point into `body`. ERR_CORRUPT. */
MUST_USE enum status preferences_record_decode(struct text body, struct preferences_record *out,
                                               struct error *err);

struct preference_table;

struct preference_table *preference_table_new(void);
void preference_table_free(struct preference_table *t); /* NULL is fine */

/* `key` is not none. */
void preference_table_set(struct preference_table *t, struct shopper_key key,
                          const struct preferences *p);

/* What `key` wishes, preferences_none of who said nothing; then the result is false. Texts point into
 * the table until its next change. */
bool preference_table_get(const struct preference_table *t, struct shopper_key key,
                          struct preferences *out);

/* Did `key` turn personalisation off? Quick, for every event that is folded. */
bool preference_table_refuses(const struct preference_table *t, struct shopper_key key);

uint32_t preference_table_count(const struct preference_table *t); /* who ever said something */
/* May something more be said by `key`? */
bool preference_table_room(const struct preference_table *t, struct shopper_key key);

void preference_table_save(const struct preference_table *t, struct checkpoint_writer *w);
/* Into a fresh table; a checkpoint from before there were preferences leaves it empty. ERR_CORRUPT when
 * the sections do not fit this program; it is then fit only for preference_table_free. */
MUST_USE enum status preference_table_load(struct preference_table *t, const struct checkpoint *c,
                                           struct error *err);

#endif
