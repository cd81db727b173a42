/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/filters.h"

#include "base/money.h"
#include "tests/support/test.h"

const struct filter *filter_of(struct arena *a, const char *text, enum filter_about about)
{
    struct problems problems = {0};
    struct filter_reader reader = {.keep = a, .scratch = a, .problems = &problems};
    const struct yaml_node n = {
        .kind = YAML_SCALAR, .line = 1, .column = 1, .value = text_from(text)};
    const struct filter *f = filter_parse(&reader, &n, about);

    if (problems.count > 0)
        print_error("%s: %s\n", text, problems.first->message);
    assert_int_equal(problems.count, 0);
    assert_non_null(f);
    return f;
}

void catalog_put(struct catalog *c, const struct product *p)
{
    SCOPED(buffer_free) struct buffer body = {0};

    product_encode(p, &body);
    catalog_fold(c, &(struct record){.kind = RECORD_PRODUCT, .body = buffer_text(&body)});
}

static struct text one_of(struct random *r, const char *const *words, uint32_t count)
{
    return text_from(words[random_below(r, count)]);
}

static const char *const brands[] = {"Acme", "acme", "Nord", "Ørsted", "ØRSTED", " ", NULL};
static const char *const categories[] = {"Home",       "Home > Tables",  "Home>Tables > Oak",
                                         "Home Decor", "Garden > Sheds", NULL};
static const char *const woods[] = {"oak", "Oak", "ash", "12", "7.5", ""};

static int64_t some_money(struct random *r)
{
    return random_below(r, 4) == 0 ? MONEY_NONE : (int64_t)random_below(r, 41) * MONEY_UNIT / 2;
}

static int64_t some_stock(struct random *r)
{
    return random_below(r, 3) == 0 ? STOCK_UNTRACKED : (int64_t)random_below(r, 6);
}

static struct attribute *some_attributes(struct random *r, struct arena *a, uint32_t *count)
{
    static const char *const names[] = {"wood", "Wood", "size"};
    struct attribute *list = arena_array(a, 3, sizeof(*list));

    *count = random_below(r, 4);
    for (uint32_t i = 0; i < *count; i++)
        list[i] =
            (struct attribute){one_of(r, names, COUNT(names)), one_of(r, woods, COUNT(woods))};
    return list;
}

static struct variant some_variant(struct random *r, struct arena *a, uint32_t number, uint32_t of)
{
    struct variant v = {.item_id = text_from(arena_printf(a, "v%u-%u", number, of)),
                        .price = some_money(r),
                        .sale_price = some_money(r),
                        .cost = some_money(r),
                        .stock = some_stock(r),
                        .availability = (enum availability)random_below(r, 4)};

    v.attributes = some_attributes(r, a, &v.attribute_count);
    return v;
}

/* One of the products that come before it, or of their variants. */
static struct bundle_part some_part(struct random *r, struct arena *a, uint32_t number)
{
    uint32_t which = random_below(r, number + 1);
    const char *id =
        random_below(r, 4) == 0 ? arena_printf(a, "v%u-0", which) : arena_printf(a, "p%u", which);

    return (struct bundle_part){text_from(id), 1 + random_below(r, 3)};
}

struct product random_product(struct random *r, struct arena *a, uint32_t number)
{
    struct product p = product_blank();

    p.item_id = text_from(arena_printf(a, "p%u", number));
    p.title = TEXT("A thing");
    p.brand = one_of(r, brands, COUNT(brands));
    p.category = one_of(r, categories, COUNT(categories));
    p.price = some_money(r);
    p.sale_price = some_money(r);
    p.cost = some_money(r);
    p.stock = some_stock(r);
    p.availability = (enum availability)random_below(r, 4);
    p.published = random_below(r, 4) > 0;
    p.age_min = random_below(r, 4) == 0 ? 18 : 0;
    p.attributes = some_attributes(r, a, &p.attribute_count);
    p.variant_count = random_below(r, 3) == 0 ? random_below(r, 4) : 0;
    p.variants = arena_array(a, p.variant_count, sizeof(*p.variants));
    for (uint32_t i = 0; i < p.variant_count; i++)
        p.variants[i] = some_variant(r, a, number, i);
    p.part_count = random_below(r, 5) == 0 ? 1 + random_below(r, 3) : 0;
    p.parts = arena_array(a, p.part_count, sizeof(*p.parts));
    for (uint32_t i = 0; i < p.part_count; i++)
        p.parts[i] = some_part(r, a, number);
    return p;
}

static void random_test(struct random *r, struct buffer *out)
{
    static const char *const numbers[] = {"price",    "cost",  "margin", "margin_amount",
                                          "discount", "stock", "age_min"};
    static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">="};
    static const char *const others[] = {
        "brand = Acme",
        "brand != nord",
        "brand in (acme, \"ørsted\", x)",
        "brand not in (acme, nord)",
        "category within Home",
        "category within \"home > tables\"",
        "category = \"Home > Tables\"",
        "availability = in_stock",
        "availability in (preorder, backorder)",
        "published",
        "has_variants",
        "is_bundle = false",
        "attribute.wood = oak",
        "attribute.wood != oak",
        "attribute.size >= 7.5",
        "attribute.size is unknown",
        "price is known",
        "item_id in (p1, p2, v3-0)",
    };

    if (random_below(r, 2) == 0) {
        buffer_add_text(out, one_of(r, others, COUNT(others)));
        return;
    }
    uint32_t field = random_below(r, COUNT(numbers));
    bool small = field == 2 || field == 4;
    buffer_printf(out, "%s %s %u%s", numbers[field], signs[random_below(r, COUNT(signs))],
                  random_below(r, 21), small ? "%" : "");
}

void random_filter(struct random *r, int depth, struct buffer *out)
{
    uint32_t what = depth == 0 ? 0 : random_below(r, 5);
    const char *word = what == 3 ? " and " : " or ";

    if (what < 2) {
        random_test(r, out);
        return;
    }
    buffer_add_string(out, what == 2 ? "not (" : "(");
    random_filter(r, depth - 1, out);
    for (uint32_t i = 0; what > 2 && i <= random_below(r, 2); i++) {
        buffer_add_string(out, word);
        random_filter(r, depth - 1, out);
    }
    buffer_add_char(out, ')');
}
