/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/csv_words.h"

#include "base/attributes.h"

static const struct {
    const char *word;
    enum event_type type;
} words[] = {
    {"view", EVENT_view_item},
    {"pv", EVENT_view_item},
    {"detail", EVENT_view_item},
    {"detail_view", EVENT_view_item},
    {"product_view", EVENT_view_item},
    {"view_product", EVENT_view_item},
    {"click", EVENT_select_item},
    {"cart", EVENT_add_to_cart},
    {"addtocart", EVENT_add_to_cart},
    {"add_cart", EVENT_add_to_cart},
    {"add-to-cart", EVENT_add_to_cart},
    {"remove", EVENT_remove_from_cart},
    {"removefromcart", EVENT_remove_from_cart},
    {"remove-from-cart", EVENT_remove_from_cart},
    {"fav", EVENT_add_to_wishlist},
    {"favorite", EVENT_add_to_wishlist},
    {"favourite", EVENT_add_to_wishlist},
    {"wishlist", EVENT_add_to_wishlist},
    {"buy", EVENT_purchase},
    {"order", EVENT_purchase},
    {"transaction", EVENT_purchase},
    {"sale", EVENT_purchase},
    {"checkout_complete", EVENT_purchase},
    {"return", EVENT_refund},
    {"cancel", EVENT_refund},
};

enum event_type csv_type_find(struct text word)
{
    enum event_type type = event_type_find(word);

    for (size_t i = 0; type == EVENT_OTHER && i < COUNT(words); i++)
        if (text_equal_nocase(word, text_from(words[i].word)))
            type = words[i].type;
    return type;
}

bool csv_type_about_item(enum event_type type)
{
    switch (type) {
    case EVENT_view_item:
    case EVENT_select_item:
    case EVENT_add_to_cart:
    case EVENT_remove_from_cart:
    case EVENT_purchase:
    case EVENT_refund:
    case EVENT_add_to_wishlist:
    case EVENT_notify_me: return true;
    default: return false;
    }
}
