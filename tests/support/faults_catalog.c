/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of the catalog. */
#include <ctype.h>
#include <string.h>

#include "base/money.h"
#include "base/time.h"
#include "tests/support/faults_parts.h"

struct product *one_product(struct made_shop *m)
{
    return &made_pick_product(m)->product;
}

struct product *product_beside(struct made_shop *m, struct product *like)
{
    *like = *one_product(m);
    return &made_product_add(m, like)->product;
}

struct text words_repeated(struct made_shop *m, const char *word, int times)
{
    SCOPED(buffer_free) struct buffer b = {0};

    for (int i = 0; i < times; i++)
        buffer_printf(&b, "%s%s", i > 0 ? " " : "", word);
    buffer_printf(&b, " %u", ++m->planted);
    return arena_text(&m->arena, buffer_text(&b));
}

void plant_no_catalog(struct made_shop *m)
{
    m->product_count = 0;
}

void plant_title_missing(struct made_shop *m)
{
    struct product *p = one_product(m);

    p->title = p->item_id;
}

void plant_title_thin(struct made_shop *m)
{
    one_product(m)->title = text_from(arena_printf(&m->arena, "Nr%u", ++m->planted));
}

void plant_title_long(struct made_shop *m)
{
    one_product(m)->title = words_repeated(m, "wonderful", 20);
}

void plant_title_loud(struct made_shop *m)
{
    one_product(m)->title = words_repeated(m, "CABINET OF OAK", 2);
}

void plant_title_note(struct made_shop *m)
{
    one_product(m)->title = text_from(arena_printf(&m->arena, "damaged box %u", ++m->planted));
}

void plant_text_missing(struct made_shop *m)
{
    for (int i = 0; i < 4; i++)
        one_product(m)->description = (struct text){0};
}

void plant_text_thin(struct made_shop *m)
{
    for (int i = 0; i < 4; i++)
        one_product(m)->description =
            text_from(arena_printf(&m->arena, "Nice, number %u.", ++m->planted));
}

void plant_text_beyond(struct made_shop *m)
{
    one_product(m)->description = words_repeated(m, "wonderful", 700);
}

void plant_text_shared(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);

    p->description = like.description;
}

void plant_text_damaged(struct made_shop *m)
{
    struct product *p = one_product(m);

    p->title = text_from(arena_printf(&m->arena, "%.*s, f\xC3\x83\xC2\xBCr innen",
                                      (int)p->title.size, p->title.data));
}

void plant_image_missing(struct made_shop *m)
{
    one_product(m)->image = (struct text){0};
}

void plant_image_unsound(struct made_shop *m)
{
    one_product(m)->image = text_from(arena_printf(&m->arena, "/images/%u.jpg", ++m->planted));
}

void plant_image_shared(struct made_shop *m)
{
    struct text image =
        text_from(arena_printf(&m->arena, "https://shop.example/none-%u.png", ++m->planted));

    for (int i = 0; i < 5; i++)
        one_product(m)->image = image;
}

void plant_image_dead(struct made_shop *m)
{
    made_pick_product(m)->image_status = 404;
}

void plant_url_dead(struct made_shop *m)
{
    made_pick_product(m)->url_status = 500;
}

void plant_url_missing(struct made_shop *m)
{
    one_product(m)->url = (struct text){0};
}

void plant_url_shared(struct made_shop *m)
{
    struct product *p = one_product(m);

    one_product(m)->url = p->url;
}

void plant_price_missing(struct made_shop *m)
{
    one_product(m)->price = 0;
}

void plant_price_below_cost(struct made_shop *m)
{
    struct product *p = one_product(m);

    p->cost = 2 * p->price;
}

void plant_sale_unsound(struct made_shop *m)
{
    struct product *p = one_product(m);

    p->sale_price = p->price + MONEY_UNIT;
}

size_t sisters_of(const struct made_shop *m, const struct product *p)
{
    size_t count = 0;

    for (size_t i = 0; i < m->product_count; i++)
        count += text_equal(m->products[i].product.category, p->category);
    return count;
}

void plant_price_outlying(struct made_shop *m)
{
    struct product *p = one_product(m);

    while (sisters_of(m, p) < 8)
        p = one_product(m);
    p->price *= 100;
    p->cost *= 100;
}

void plant_currency_mixed(struct made_shop *m)
{
    one_product(m)->currency = TEXT("USD");
}

void plant_stock_negative(struct made_shop *m)
{
    one_product(m)->stock = -3;
}

void plant_stock_stale(struct made_shop *m)
{
    struct made_product *p = made_pick_product(m);

    p->product.stock = 1;
    p->told_ms = m->start_ms;
    for (int i = 0; i < 2; i++) { /* sold twice since */
        struct event *e = &made_pick(m, EVENT_purchase)->event;
        e->items[0].item_id = p->product.item_id;
    }
}

void plant_sold_out(struct made_shop *m)
{
    for (int i = 0; i < 80; i++) {
        struct product *p = one_product(m);
        p->stock = 0;
        p->availability = OUT_OF_STOCK;
    }
}

void plant_unsold_viewed(struct made_shop *m)
{
    for (int i = 0; i < 10; i++)
        one_product(m)->published = false;
}

void plant_gtin_unsound(struct made_shop *m)
{
    one_product(m)->gtin = TEXT("4006381333932");
}

void plant_gtin_shared(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);

    p->gtin = like.gtin;
}

struct variant *give_variants(struct made_shop *m, struct product *p, uint32_t count)
{
    p->variants = arena_array(&m->arena, count, sizeof(*p->variants));
    p->variant_count = count;
    for (uint32_t i = 0; i < count; i++) {
        p->variants[i] = (struct variant){
            .price = p->price, .sale_price = MONEY_NONE, .cost = p->cost, .stock = 20};
        p->variants[i].item_id = text_from(
            arena_printf(&m->arena, "%.*s-v%u", (int)p->item_id.size, p->item_id.data, i));
        p->variants[i].title = text_from(arena_printf(&m->arena, "%u doors", i + 2));
    }
    return p->variants;
}

void plant_sku_shared(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like), *q = product_beside(m, &like);
    struct variant *v = give_variants(m, q, 2);

    p = &m->products[m->product_count - 2].product; /* the second may have moved the first */
    give_variants(m, p, 2)[0].item_id = v[0].item_id;
}

void plant_sku_missing(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);

    give_variants(m, p, 2)[1].item_id =
        text_from(arena_printf(&m->arena, "%.*s/3 doors", (int)p->item_id.size, p->item_id.data));
}

void plant_sku_spellings(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);
    char *id = arena_printf(&m->arena, "%.*s", (int)like.item_id.size, like.item_id.data);

    for (char *c = id; *c != '\0'; c++)
        *c = *c == '-' ? ' ' : (char)toupper((unsigned char)*c);
    p->item_id = text_from(id);
}

void plant_product_repeated(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);

    p->title = like.title;
}

void plant_product_similar(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);
    char *title = arena_printf(&m->arena, "%.*s", (int)like.title.size, like.title.data);

    title[strlen(title) - 2] = title[strlen(title) - 3]; /* a slip of the finger */
    p->title = text_from(title);
}

void plant_variant_apart(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);

    p->title =
        text_from(arena_printf(&m->arena, "%.*s, blue", (int)like.title.size, like.title.data));
}

void plant_variant_is_product(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);

    give_variants(m, p, 2)[1].item_id = like.item_id;
}

void plant_variant_twins(struct made_shop *m)
{
    struct product like;
    struct variant *v = give_variants(m, product_beside(m, &like), 2);

    v[1].title = v[0].title;
}

void plant_bundle_unknown(struct made_shop *m)
{
    static struct bundle_part gone = {{"gone-2", 6}, 1};
    struct product *p = one_product(m);

    p->parts = &gone;
    p->part_count = 1;
}

void plant_brand_missing(struct made_shop *m)
{
    for (int i = 0; i < 18; i++)
        one_product(m)->brand = (struct text){0};
}

void plant_brand_spellings(struct made_shop *m)
{
    struct product *p = one_product(m), *q = one_product(m);

    p->brand = text_from(arena_printf(&m->arena, "Nordwald%u", ++m->planted));
    q->brand = text_from(arena_printf(&m->arena, "NORDWALD %u", m->planted));
}

void give_attribute(struct made_shop *m, const char *name, const char *value)
{
    struct product *p = one_product(m);
    struct attribute *list = arena_array(&m->arena, 3, sizeof(*list));

    memcpy(list, p->attributes, 2 * sizeof(*list));
    list[2] = (struct attribute){text_from(name), text_from(value)};
    p->attributes = list;
    p->attribute_count = 3;
}

void plant_attribute_spellings(struct made_shop *m)
{
    uint32_t n = ++m->planted;

    give_attribute(m, arena_printf(&m->arena, "Seat height%u", n), "low");
    give_attribute(m, arena_printf(&m->arena, "seat_height%u", n), "high");
}

void plant_attribute_twins(struct made_shop *m)
{
    for (int i = 0; i < 60; i++) {
        struct product *p = one_product(m);
        struct attribute *list = arena_array(&m->arena, 2, sizeof(*list));
        memcpy(list, p->attributes, 2 * sizeof(*list));
        list[0].name = TEXT("hue");
        p->attributes = list;
    }
}

void plant_value_spellings(struct made_shop *m)
{
    uint32_t n = ++m->planted;

    give_attribute(m, arena_printf(&m->arena, "finish%u", n), "Oiled matt");
    give_attribute(m, arena_printf(&m->arena, "finish%u", n), "oiled  Matt");
}

void plant_unit_mixed(struct made_shop *m)
{
    uint32_t n = ++m->planted;

    give_attribute(m, arena_printf(&m->arena, "depth%u", n), "140 cm");
    give_attribute(m, arena_printf(&m->arena, "depth%u", n), "55 in");
}

void plant_category_missing(struct made_shop *m)
{
    one_product(m)->category = (struct text){0};
}

void plant_category_empty(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);

    p->published = false;
    p->category = text_from(arena_printf(&m->arena, "Furniture > Shelf of nothing %u", m->planted));
}

void plant_category_chain(struct made_shop *m)
{
    for (int i = 0; i < 4; i++) {
        struct product like, *p = product_beside(m, &like);
        p->category =
            text_from(arena_printf(&m->arena, "Garden%u > Outdoor > Benches", m->planted / 4 * 4));
    }
}

void plant_category_twins(struct made_shop *m)
{
    static const char *const pairs[][2] = {
        {"Sofas", "Couches"}, {"Rugs & carpets", "Carpets and rugs"}, {"Gift", "Gifts"}};
    uint32_t n = m->planted;

    for (int i = 0; i < 6; i++) {
        struct product like, *p = product_beside(m, &like);
        p->category =
            text_from(arena_printf(&m->arena, "Department %u > %s", n, pairs[n % 3][i / 3]));
    }
}

void plant_category_crumb(struct made_shop *m)
{
    for (int i = 0; i < 12; i++) {
        struct product like, *p = product_beside(m, &like);
        p->category = text_from(arena_printf(&m->arena, "Furniture > %c crumb", 'A' + i));
    }
}

void plant_catalog_unseen(struct made_shop *m)
{
    for (int i = 0; i < 60; i++)
        for (int k = 0; k < 6; k++)
            (void)made_product_add(m, &m->products[i].product);
}
