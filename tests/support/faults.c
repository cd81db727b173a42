/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/faults.h"

#include "tests/support/faults_parts.h"

#define ONCE(name)                                                                                 \
    {                                                                                              \
        CHECK_##name, plant_##name, false, near_##name, false                                      \
    }
#define MANY(name)                                                                                 \
    {                                                                                              \
        CHECK_##name, plant_##name, true, near_##name, false                                       \
    }
/* Once, and nothing can be near it that is wholly sound. */
#define AMID(name)                                                                                 \
    {                                                                                              \
        CHECK_##name, plant_##name, false, near_##name, true                                       \
    }

/* clang-format off */
const struct fault faults[] = {
    AMID(no_events),
    AMID(type_missing),
    ONCE(type_wanting),
    ONCE(type_stopped),
    ONCE(type_fell),
    ONCE(day_silent),
    ONCE(events_old),
    MANY(purchase_orderless),
    MANY(purchase_itemless),
    MANY(purchase_priceless),
    ONCE(purchase_sum_off),
    MANY(purchase_repeated),
    MANY(order_of_many),
    MANY(purchase_unverified),
    ONCE(item_missing),
    ONCE(item_unknown),
    MANY(item_fee),
    ONCE(price_off),
    MANY(price_zero),
    MANY(quantity_absurd),
    MANY(currency_missing),
    MANY(currency_foreign),
    ONCE(doubled),
    ONCE(late),
    ONCE(ahead),
    ONCE(ancient),
    ONCE(purchase_viewless),
    ONCE(purchase_cartless),
    ONCE(cart_viewless),
    ONCE(checkout_skipped),
    ONCE(session_missing),
    ONCE(device_missing),
    ONCE(device_blind),
    ONCE(page_missing),
    ONCE(page_blind),
    ONCE(refused_invalid),
    ONCE(refused_conflict),
    ONCE(repeated_ids),
    MANY(type_unknown),
    ONCE(search_empty),
    ONCE(list_unasked),
    ONCE(refund_unknown),
    MANY(order_test),
    ONCE(bots_known),
    ONCE(bots_fast),
    ONCE(bots_silent),
    ONCE(users_missing),
    ONCE(revenue_nameless),
    MANY(user_of_many),
    MANY(visitor_of_many),
    MANY(id_placeholder),
    AMID(visitor_fleeting),
    ONCE(visitor_is_order),
    MANY(user_is_contact),
    MANY(user_spellings),
    MANY(customer_same_email),
    MANY(customer_same_phone),
    MANY(customer_similar),
    MANY(customer_shared),
    MANY(customer_placeholder),
    MANY(customer_unreadable),
    ONCE(customer_unreachable),
    AMID(no_catalog),
    MANY(title_missing),
    MANY(title_thin),
    MANY(title_long),
    MANY(title_loud),
    MANY(title_note),
    ONCE(text_missing),
    ONCE(text_thin),
    MANY(text_beyond),
    MANY(text_shared),
    MANY(text_damaged),
    MANY(image_missing),
    MANY(image_unsound),
    ONCE(image_shared),
    MANY(image_dead),
    MANY(url_missing),
    MANY(url_shared),
    MANY(url_dead),
    MANY(price_missing),
    MANY(price_below_cost),
    MANY(sale_unsound),
    MANY(price_outlying),
    MANY(currency_mixed),
    MANY(stock_negative),
    ONCE(sold_out),
    MANY(stock_stale),
    ONCE(unsold_viewed),
    MANY(gtin_unsound),
    MANY(gtin_shared),
    MANY(sku_shared),
    MANY(sku_missing),
    MANY(sku_spellings),
    MANY(product_repeated),
    MANY(product_similar),
    MANY(variant_apart),
    MANY(variant_is_product),
    MANY(variant_twins),
    MANY(bundle_unknown),
    ONCE(brand_missing),
    MANY(brand_spellings),
    MANY(attribute_spellings),
    ONCE(attribute_twins),
    MANY(value_spellings),
    MANY(unit_mixed),
    MANY(category_missing),
    MANY(category_empty),
    MANY(category_chain),
    MANY(category_twins),
    ONCE(category_crumb),
    ONCE(catalog_unseen),
    AMID(nothing_sellable),
    AMID(traffic_low),
    ONCE(span_short),
    ONCE(surface_unasked),
    ONCE(surface_stray),
    MANY(sensitive_unflagged),
    ONCE(cost_unknown),
    ONCE(test_long),
    ONCE(consent_low),
};
/* clang-format on */
const size_t fault_count = COUNT(faults);

/* Of those that touch the whole shop, the ones that leave the rest to be seen. */
static const enum check together[] = {
    CHECK_type_fell,
    CHECK_day_silent,
    CHECK_purchase_sum_off,
    CHECK_item_missing,
    CHECK_item_unknown,
    CHECK_price_off,
    CHECK_doubled,
    CHECK_late,
    CHECK_ahead,
    CHECK_ancient,
    CHECK_session_missing,
    CHECK_refused_invalid,
    CHECK_refused_conflict,
    CHECK_repeated_ids,
    CHECK_search_empty,
    CHECK_refund_unknown,
    CHECK_bots_known,
    CHECK_bots_fast,
    CHECK_bots_silent,
    CHECK_visitor_is_order,
    CHECK_text_missing,
    CHECK_text_thin,
    CHECK_surface_unasked,
    CHECK_attribute_twins,
};

static bool plants_together(const struct fault *f)
{
    for (size_t i = 0; i < COUNT(together); i++)
        if (together[i] == f->check)
            return true;
    return f->many;
}

static bool reported(const struct report *r, enum check c)
{
    for (uint32_t i = 0; i < r->finding_count; i++)
        if (r->findings[i].check == c)
            return true;
    return false;
}

static void plant_all(struct made_shop *m, struct fault_figures *out, uint32_t planted[CHECK_COUNT])
{
    for (int round = 0; out->planted < FAULTS_PLANTED; round++)
        for (size_t i = 0; i < fault_count && out->planted < FAULTS_PLANTED; i++) {
            if (!plants_together(&faults[i]) || (round > 0 && !faults[i].many))
                continue;
            faults[i].plant(m);
            out->kinds += planted[faults[i].check]++ == 0;
            out->planted++;
        }
}

struct fault_figures faults_found(uint64_t seed)
{
    SCOPED(made_shop_free) struct made_shop *m = made_shop_new(seed);
    SCOPED(audit_free) struct audit *before = NULL, *after = NULL;
    struct fault_figures out = {0};
    uint32_t planted[CHECK_COUNT] = {0};

    out.false_alarms = made_shop_audit(m, &before)->finding_count;
    plant_all(m, &out, planted);
    const struct report *r = made_shop_audit(m, &after);
    for (int c = 0; c < CHECK_COUNT; c++) {
        uint64_t count = reported(r, (enum check)c) ? r->tallies[c].count : 0;
        uint32_t found = count < planted[c] ? (uint32_t)count : planted[c];
        out.found += found;
        out.missed[c] = planted[c] - found;
    }
    return out;
}
