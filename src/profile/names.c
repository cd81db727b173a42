/* SPDX-License-Identifier: Apache-2.0 */
/* names: the key of a shopper, and words of events as profiles have them. */
#include <sodium.h>

#include "base/hash.h"
#include "profile/profile.h"

/* BLAKE2b: who may choose ids must not find two of one key, as with a fast hash they would. */
struct shopper_key shopper_key_of(struct text anonymous_id, struct text user_id)
{
    bool anonymous = !identifier_blocked(anonymous_id);
    struct text id = anonymous ? anonymous_id : user_id;
    const uint8_t kind = anonymous ? 'a' : 'u'; /* an id under two names is two shoppers */
    crypto_generichash_state state;
    struct shopper_key key;

    if (!anonymous && identifier_blocked(user_id))
        return (struct shopper_key){{0, 0}};
    /* these three always return 0 */
    (void)crypto_generichash_init(&state, NULL, 0, sizeof(key.hash));
    (void)crypto_generichash_update(&state, &kind, 1);
    (void)crypto_generichash_update(&state, (const uint8_t *)id.data, id.size);
    (void)crypto_generichash_final(&state, (uint8_t *)key.hash, sizeof(key.hash));
    key.hash[1] |= 1;
    return key;
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
