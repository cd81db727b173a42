/* SPDX-License-Identifier: Apache-2.0 */
/* names: the key of a shopper, and words of events as profiles have them. */
#include "base/hash.h"
#include "profile/profile.h"

struct shopper_key shopper_key_of(struct text anonymous_id, struct text user_id)
{
    bool anonymous = !identifier_blocked(anonymous_id);
    struct text id = anonymous ? anonymous_id : user_id;

    if (!anonymous && identifier_blocked(user_id))
        return (struct shopper_key){{0, 0}};
    /* An id under two names is two shoppers. Not by seeds, which only shift what a short id hashes to: one
     * visitor's id would give the key of another customer's. */
    uint64_t first = hash_text(id, 1) ^ (anonymous ? 0 : UINT64_C(0x9E3779B97F4A7C15));
    uint64_t second = hash_text(id, 2) ^ (anonymous ? 0 : UINT64_C(0xD1B54A32D192ED03));
    return (struct shopper_key){{first, second | 1}};
}

bool shopper_key_none(struct shopper_key key)
{
    return key.hash[0] == 0 && key.hash[1] == 0;
}

struct shopper_key shopper_key_filed(struct shopper_key key, uint64_t file)
{
    if (file == 0)
        return key;
    return (struct shopper_key){
        {hash_u64(key.hash[0] ^ file), hash_u64(key.hash[1] ^ hash_u64(file)) | 1}};
}

bool action_of(enum event_type type, enum action_kind *out)
{
    switch (type) {
    case EVENT_view_item: *out = ACTION_VIEW; return true;
    case EVENT_add_to_cart: *out = ACTION_CART; return true;
    case EVENT_remove_from_cart: *out = ACTION_UNCART; return true;
    case EVENT_add_to_wishlist:
    case EVENT_notify_me: *out = ACTION_WISH; return true;
    case EVENT_purchase: *out = ACTION_BUY; return true;
    default: return false;
    }
}

const char *device_word(enum device_kind device)
{
    static const char *const words[DEVICE_COUNT] = {
        [DEVICE_DESKTOP] = "desktop", [DEVICE_MOBILE] = "mobile", [DEVICE_TABLET] = "tablet"};

    return (unsigned)device < DEVICE_COUNT ? words[device] : NULL;
}

enum device_kind device_of(struct text word)
{
    for (int i = DEVICE_UNKNOWN + 1; i < DEVICE_COUNT; i++)
        if (text_equal_nocase(word, text_from(device_word((enum device_kind)i))))
            return (enum device_kind)i;
    return DEVICE_UNKNOWN;
}
