/* SPDX-License-Identifier: Apache-2.0 */
/* read_require: the kinds that say what may be shown. Whatever is asked of a product alone becomes a
 * filter, so that a request asks one bit. */
#include <string.h>

#include "base/money.h"
#include "rules/kinds.h"

enum { SAFETY_LIST_MAX = 200, SAFETY_TEXT_MAX = 512 };

/* A part that asks for a filter written here. */
static void require_text(struct rules_reading *reading, const struct yaml_node *where,
                         const char *key, const char *filter)
{
    uint32_t number;

    if (!rules_filter_text(reading, where, text_from(filter), &number))
        return;
    struct rule *part = rules_part(reading);
    if (part == NULL)
        return;
    part->filter = number;
    part->measures = key;
}

/* A test that can only be wished for. */
static void require_flag(struct rules_reading *reading, const struct yaml_node *n, const char *key,
                         const char *filter)
{
    struct filter_reader *f = &reading->reader->filters;
    bool wished;

    if (!yaml_bool(n, key, &wished, f->scratch, f->problems))
        return;
    if (wished)
        require_text(reading, n, key, filter);
    else
        rules_problem(reading, n, "%s can only be true; leave it out otherwise", key);
}

/* "FIELD >= VALUE", or for a margin "(FIELD >= VALUE or FIELD is unknown)" where the shop allows it. */
static void require_bound(struct rules_reading *reading, const struct yaml_node *n, const char *key,
                          const char *field, const char *sign)
{
    struct filter_reader *f = &reading->reader->filters;
    bool margin = text_starts(text_from(field), "margin");
    bool allow = margin && reading->reader->unknown_cost_allow;
    struct text value = n->value;

    require_text(reading, n, key,
                 arena_printf(f->scratch, allow ? "%s %s %.*s or cost is unknown" : "%s %s %.*s",
                              field, sign, (int)value.size, value.data));
}

static void require_share(struct rules_reading *reading, const struct yaml_node *n, const char *key)
{
    double share = -1;
    bool percent = n->kind == YAML_SCALAR && text_ends(n->value, "%");
    struct text digits = n->value;

    digits.size -= percent;
    if (n->kind == YAML_SCALAR && n->value.data != NULL && text_to_double(digits, &share))
        share /= percent ? 100 : 1;
    if (share >= 0 && share <= 1)
        require_bound(reading, n, key, "margin", ">=");
    else
        rules_problem(reading, n, "%s must be a share of the price from 0 to 1, or like 15%%", key);
}

/* The amount; false, with a problem, when it is none. */
static bool require_money(struct rules_reading *reading, const struct yaml_node *n, const char *key,
                          const char *field, const char *sign)
{
    int64_t micros;

    if (n->kind != YAML_SCALAR || n->value.data == NULL || !money_parse(n->value, &micros) ||
        micros < 0) {
        rules_problem(reading, n, "%s must be an amount of money like 19.90", key);
        return false;
    }
    require_bound(reading, n, key, field, sign);
    return true;
}

static void require_prices(struct rules_reading *reading, const struct yaml_node *map)
{
    const struct yaml_node *least = yaml_find(map, "price_at_least");
    const struct yaml_node *most = yaml_find(map, "price_at_most");
    int64_t low, high;

    bool good = least == NULL || require_money(reading, least, "price_at_least", "price", ">=");
    good = (most == NULL || require_money(reading, most, "price_at_most", "price", "<=")) && good;
    if (good && least != NULL && most != NULL && money_parse(least->value, &low) &&
        money_parse(most->value, &high) && low > high)
        rules_problem(reading, most, "no price is at least %.*s and at most %.*s",
                      (int)least->value.size, least->value.data, (int)most->value.size,
                      most->value.data);
}

void parse_require(struct rules_reading *reading)
{
    static const char *const keys[] = {"in_stock",
                                       "published",
                                       "margin_at_least",
                                       "margin_amount_at_least",
                                       "price_at_least",
                                       "price_at_most",
                                       "when",
                                       NULL};
    const struct yaml_node *map = rules_map(reading, keys);
    const struct yaml_node *n;
    uint32_t number;

    if (map == NULL)
        return;
    if ((n = yaml_find(map, "in_stock")) != NULL)
        require_flag(reading, n, "in_stock", "availability = in_stock");
    if ((n = yaml_find(map, "published")) != NULL)
        require_flag(reading, n, "published", "published = true");
    if ((n = yaml_find(map, "margin_at_least")) != NULL)
        require_share(reading, n, "margin_at_least");
    if ((n = yaml_find(map, "margin_amount_at_least")) != NULL)
        (void)require_money(reading, n, "margin_amount_at_least", "margin_amount", ">=");
    require_prices(reading, map);
    if ((n = yaml_find(map, "when")) == NULL || !rules_filter(reading, n, &number))
        return;
    struct rule *part = rules_part(reading);
    if (part == NULL)
        return;
    part->filter = number;
    part->measures = "when";
}

void parse_hide(struct rules_reading *reading)
{
    static const char *const keys[] = {"when", NULL};
    const struct yaml_node *n = reading->node;
    uint32_t number;

    if (n->kind == YAML_MAP) {
        const struct yaml_node *map = rules_map(reading, keys);
        n = map == NULL ? NULL : yaml_find(map, "when");
    }
    if (n == NULL || !rules_filter(reading, n, &number))
        return;
    struct rule *part = rules_part(reading);
    if (part != NULL)
        part->filter = number;
}

void parse_exclude(struct rules_reading *reading)
{
    static const char *const keys[] = {"in_cart", "bought_within_days", "replenishable", NULL};
    const struct yaml_node *map = rules_map(reading, keys);
    struct filter_reader *f = &reading->reader->filters;
    uint32_t days, number = FILTER_NONE;
    bool in_cart = true;

    if (map == NULL)
        return;
    const struct yaml_node *cart = yaml_find(map, "in_cart"),
                           *again = yaml_find(map, "replenishable");
    if (cart != NULL && yaml_bool(cart, "in_cart", &in_cart, f->scratch, f->problems) && !in_cart)
        rules_problem(reading, cart, "what is in the cart is never shown; leave this out");
    if (yaml_find(map, "bought_within_days") == NULL) {
        if (again != NULL || cart == NULL)
            rules_problem(reading, map, "exclude lacks 'bought_within_days'");
        return;
    }
    if (!rules_number(reading, map, "bought_within_days", (struct yaml_range){1, 3650}, &days) ||
        (again != NULL && !rules_filter(reading, again, &number)))
        return;
    struct rule *part = rules_part(reading);
    if (part == NULL)
        return;
    part->days = days;
    part->filter = number;
}

void parse_fatigue(struct rules_reading *reading)
{
    static const char *const keys[] = {"shown", "within_days", NULL};
    const struct yaml_node *map = rules_map(reading, keys);
    uint32_t times, days;

    if (map == NULL)
        return;
    bool good = rules_number(reading, map, "shown", (struct yaml_range){1, 1000}, &times);
    if (!rules_number(reading, map, "within_days", (struct yaml_range){1, 365}, &days) || !good)
        return;
    struct rule *part = rules_part(reading);
    if (part == NULL)
        return;
    part->times = times;
    part->days = days;
}

void parse_age(struct rules_reading *reading)
{
    static const char *const keys[] = {"min", "when", NULL};
    const struct yaml_node *map = rules_map(reading, keys);
    uint32_t age, number;

    if (map == NULL)
        return;
    const struct yaml_node *when = yaml_find(map, "when");
    if (when == NULL)
        rules_problem(
            reading, map,
            "age lacks 'when': products with an age_min need no rule, this is for others");
    if (!rules_number(reading, map, "min", (struct yaml_range){1, 99}, &age) || when == NULL ||
        !rules_filter(reading, when, &number))
        return;
    struct rule *part = rules_part(reading);
    if (part == NULL)
        return;
    part->age = age;
    part->filter = number;
}

/* A part for each item of a list: "FIELD OP item". */
static void safety_list(struct rules_reading *reading, const struct yaml_node *list,
                        const char *what, const char *front, const char *between)
{
    SCOPED(buffer_free) struct buffer filter = {0};
    struct filter_reader *f = &reading->reader->filters;
    uint32_t number;

    if (list->kind != YAML_LIST || list->count == 0 || list->count > SAFETY_LIST_MAX) {
        rules_problem(reading, list, "%s must be a list of 1 to %d names", what, SAFETY_LIST_MAX);
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        struct text name;
        if (!yaml_text(&list->items[i], what, &name, f->scratch, f->problems))
            return;
        name = text_trim(name);
        if (name.size == 0 || name.size > SAFETY_TEXT_MAX) {
            rules_problem(reading, &list->items[i], "%s: a name has 1 to %d bytes", what,
                          SAFETY_TEXT_MAX);
            return;
        }
        buffer_add_string(&filter, i == 0 ? front : between);
        rules_quote(name, &filter);
    }
    if (!rules_filter_text(reading, list, buffer_text(&filter), &number))
        return;
    struct rule *part = rules_part(reading);
    if (part != NULL)
        part->filter = number;
}

void parse_safety(struct rules_reading *reading)
{
    static const char *const keys[] = {"brands", "categories", NULL};
    const struct yaml_node *map = rules_map(reading, keys);

    if (map == NULL)
        return;
    const struct yaml_node *brands = yaml_find(map, "brands");
    const struct yaml_node *categories = yaml_find(map, "categories");
    if (brands != NULL)
        safety_list(reading, brands, "brands", "brand = ", " or brand = ");
    if (categories != NULL)
        safety_list(reading, categories, "categories", "category within ", " or category within ");
}
