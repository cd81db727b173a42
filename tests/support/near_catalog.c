/* SPDX-License-Identifier: Apache-2.0 */
/* Near misses of the catalog. */
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "base/money.h"
#include "base/time.h"
#include "tests/support/faults_parts.h"
#include "tests/support/test.h"

/* So many letters of text that no other has. */
static struct text of_letters(struct made_shop *m, size_t count)
{
    SCOPED(buffer_free) struct buffer b = {0};

    buffer_printf(&b, "Number %u", ++m->planted);
    while (b.size < count)
        buffer_add_string(&b, " wonderful");
    b.size = count;
    b.data[count - 1] = '.';
    return arena_text(&m->arena, buffer_text(&b));
}

static struct text with_end(struct made_shop *m, struct text t, const char *end)
{
    return text_from(arena_printf(&m->arena, "%.*s%s", (int)t.size, t.data, end));
}

void near_no_catalog(struct made_shop *m)
{
    m->product_count = 1;
}

/* The id, and a word. */
void near_title_missing(struct made_shop *m)
{
    struct product *p = one_product(m);

    p->title = with_end(m, p->item_id, " cabinet");
}

/* Eight letters. */
void near_title_thin(struct made_shop *m)
{
    one_product(m)->title = text_from(arena_printf(&m->arena, "Nord%04u", ++m->planted));
}

void near_title_long(struct made_shop *m)
{
    one_product(m)->title = of_letters(m, 150);
}

/* Eleven capitals. */
void near_title_loud(struct made_shop *m)
{
    one_product(m)->title = TEXT("CABINETS OAK");
    one_product(m)->title = TEXT("OAK CABINETS, oiled by hand");
}

void near_title_note(struct made_shop *m)
{
    one_product(m)->title = TEXT("Undamaged box");
    one_product(m)->title = TEXT("Lost in the woods lamp");
    one_product(m)->title = TEXT("Check curtain, lined");
}

/* 2 of 300. */
void near_text_missing(struct made_shop *m)
{
    for (int i = 0; i < 2; i++)
        one_product(m)->description = (struct text){0};
}

void near_text_thin(struct made_shop *m)
{
    for (int i = 0; i < 4; i++)
        one_product(m)->description = of_letters(m, 80);
}

/* 6,000 letters with title and attributes. */
void near_text_beyond(struct made_shop *m)
{
    struct product *p = one_product(m);
    size_t letters = p->title.size;

    for (uint32_t i = 0; i < p->attribute_count; i++)
        letters += p->attributes[i].name.size + p->attributes[i].value.size + 2;
    p->description = of_letters(m, 6000 - letters);
}

void near_text_shared(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);

    p->description = with_end(m, like.description, "!");
}

/* Letters with marks above them, and signs that only look like an entity. */
void near_text_damaged(struct made_shop *m)
{
    struct product *p = one_product(m);

    p->title = with_end(m, p->title,
                        ", f\xC3\xBCr innen & au\xC3\x9F"
                        "en");
    p->description = with_end(m, p->description, " Takes 5 < 7 kg; \xC3\x85rhus &co.");
}

void near_image_missing(struct made_shop *m)
{
    one_product(m)->image = TEXT("https://i.example/7");
}

void near_image_unsound(struct made_shop *m)
{
    one_product(m)->image = TEXT("https://cdn.example:8443/i%20m/7.jpg?width=600&v=1#x");
}

/* Shared with two others. */
void near_image_shared(struct made_shop *m)
{
    for (int i = 0; i < 3; i++)
        one_product(m)->image = TEXT("https://shop.example/series.png");
}

/* Not changed, and asked to come later: neither says that it is gone. */
void near_image_dead(struct made_shop *m)
{
    made_pick_product(m)->image_status = 299;
    made_pick_product(m)->image_status = 304;
    made_pick_product(m)->image_status = 429;
}

void near_url_dead(struct made_shop *m)
{
    made_pick_product(m)->url_status = 299;
    made_pick_product(m)->url_status = 304;
    made_pick_product(m)->url_status = 429;
}

void near_url_missing(struct made_shop *m)
{
    one_product(m)->url = TEXT("/p/7");
}

void near_url_shared(struct made_shop *m)
{
    struct product *p = one_product(m);

    one_product(m)->url = with_end(m, p->url, "?variant=2");
}

/* Nobody can buy it. */
void near_price_missing(struct made_shop *m)
{
    struct product *p = one_product(m);

    p->price = 0;
    p->published = false;
}

/* Price equal to cost. */
void near_price_below_cost(struct made_shop *m)
{
    struct product *p = one_product(m);

    p->sale_price = MONEY_NONE;
    p->cost = p->price;
}

/* A cent lower. */
void near_sale_unsound(struct made_shop *m)
{
    struct product *p = one_product(m);

    p->sale_price = p->price - MONEY_UNIT / 100;
}

/* 49 times what stands in the middle of its category. */
void near_price_outlying(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);
    uint64_t prices[MADE_PRODUCTS];
    size_t count = 0;

    while (sisters_of(m, p) < 8)
        p = product_beside(m, &like);
    for (size_t i = 0; i < m->product_count && count < COUNT(prices); i++) {
        const struct product *other = &m->products[i].product;
        int64_t price = other->sale_price != MONEY_NONE ? other->sale_price : other->price;
        if (other != p && text_equal(other->category, p->category))
            prices[count++] = (uint64_t)price;
    }
    qsort(prices, count, sizeof(*prices), compare_u64);
    p->price = 49 * (int64_t)prices[(count + 1) / 2]; /* the highest of count + 1 */
    p->sale_price = MONEY_NONE;
    p->cost = p->price / 2;
}

void near_currency_mixed(struct made_shop *m)
{
    one_product(m)->currency = TEXT("EUR");
}

void near_stock_negative(struct made_shop *m)
{
    one_product(m)->stock = 0;
}

/* 74 further ones: of 374. */
void near_sold_out(struct made_shop *m)
{
    struct product like;

    for (int i = 0; i < 74; i++) {
        struct product *p = product_beside(m, &like);
        p->stock = 0;
        p->availability = OUT_OF_STOCK;
    }
}

/* One more than was sold since. */
void near_stock_stale(struct made_shop *m)
{
    struct made_product *p = made_pick_product(m);

    p->told_ms = m->start_ms;
    p->product.stock = 1;
    for (size_t i = 0; i < m->event_count; i++) {
        const struct event *e = &m->events[i].event;
        if (e->type == EVENT_purchase && text_equal(e->items[0].item_id, p->product.item_id))
            p->product.stock++;
    }
    assert_true(p->product.stock > 1);
}

/* 3 of 250 that are viewed alike. */
void near_unsold_viewed(struct made_shop *m)
{
    for (int i = 0; i < 3; i++)
        one_product(m)->published = false;
}

void near_gtin_unsound(struct made_shop *m)
{
    one_product(m)->gtin = TEXT("96385074");
    one_product(m)->gtin = TEXT("0-36000-29145-2");
    one_product(m)->gtin = TEXT("4006381333931");
    one_product(m)->gtin = TEXT("10614141000415");
}

/* With a variant of its own. */
void near_gtin_shared(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);

    give_variants(m, p, 2)[1].gtin = p->gtin;
}

/* A product whose one variant has its SKU. */
void near_sku_shared(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);

    give_variants(m, p, 1)[0].item_id = p->item_id;
}

/* A dash where what imports make up has a stroke. */
void near_sku_missing(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);

    give_variants(m, p, 2)[1].item_id = with_end(m, p->item_id, "-3 doors");
}

/* The same digits, cut elsewhere. */
void near_sku_spellings(struct made_shop *m)
{
    struct product like;

    product_beside(m, &like)->item_id = TEXT("1-23");
    product_beside(m, &like)->item_id = TEXT("12-3");
}

/* Another maker's. */
void near_product_repeated(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);

    p->title = like.title;
    p->brand = TEXT("Another maker");
}

/* Another model's number. */
void near_product_similar(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);

    p->title = with_end(m, like.title, " K200");
    p = product_beside(m, &like);
    p->title = with_end(m, like.title, " K300");
}

/* A word that is no colour, size or count. */
void near_variant_apart(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);

    p->title = with_end(m, like.title, " Pro");
}

void near_variant_is_product(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);

    give_variants(m, p, 2)[1].item_id = with_end(m, like.item_id, "-two");
}

/* One title, two colours. */
void near_variant_twins(struct made_shop *m)
{
    static const char *const colours[] = {"red", "blue"};
    struct product like;
    struct variant *v = give_variants(m, product_beside(m, &like), 2);

    v[1].title = v[0].title;
    for (int i = 0; i < 2; i++) {
        v[i].attributes = arena_array(&m->arena, 1, sizeof(*v[i].attributes));
        v[i].attributes[0] = (struct attribute){TEXT("colour"), text_from(colours[i])};
        v[i].attribute_count = 1;
    }
}

void near_bundle_unknown(struct made_shop *m)
{
    struct product *part = one_product(m), *bundle = one_product(m);

    bundle->parts = arena_array(&m->arena, 1, sizeof(*bundle->parts));
    bundle->parts[0] = (struct bundle_part){part->item_id, 1};
    bundle->part_count = 1;
}

/* 14 of 300. */
void near_brand_missing(struct made_shop *m)
{
    for (int i = 0; i < 14; i++)
        one_product(m)->brand = (struct text){0};
}

void near_brand_spellings(struct made_shop *m)
{
    one_product(m)->brand = TEXT("Nordwald");
    one_product(m)->brand = TEXT("Nordwalde");
}

void near_attribute_spellings(struct made_shop *m)
{
    give_attribute(m, "Seat height", "low");
    give_attribute(m, "Seat heights", "high");
}

/* The same values, but once both stand together. */
void near_attribute_twins(struct made_shop *m)
{
    plant_attribute_twins(m);
    give_attribute(m, "hue", "pale");
}

void near_value_spellings(struct made_shop *m)
{
    give_attribute(m, "finish", "Oiled matt");
    give_attribute(m, "finish", "Oiled matte");
}

/* One unit in several ways to write it. */
void near_unit_mixed(struct made_shop *m)
{
    give_attribute(m, "depth", "140 cm");
    give_attribute(m, "depth", "90.5cm");
    give_attribute(m, "depth", "70 centimetre");
}

/* In the uppermost. */
void near_category_missing(struct made_shop *m)
{
    struct product *p = one_product(m);
    struct text rest = p->category;

    p->category = text_trim(text_cut(&rest, '>'));
}

/* One of its two products is for sale. */
void near_category_empty(struct made_shop *m)
{
    struct product like;

    for (int i = 0; i < 2; i++) {
        struct product *p = product_beside(m, &like);
        p->published = i == 0;
        p->category = TEXT("Furniture > Shelf of little");
    }
}

/* One child, but products of its own as well. */
void near_category_chain(struct made_shop *m)
{
    static const char *const paths[] = {"Garden", "Garden > Outdoor", "Garden > Outdoor > Benches"};
    struct product like;

    for (int i = 0; i < 9; i++)
        product_beside(m, &like)->category = text_from(paths[i % 3]);
}

void near_category_twins(struct made_shop *m)
{
    static const char *const names[] = {"Chairs",        "Armchairs",   "Men's shoes",
                                        "Women's shoes", "Table lamps", "Lamp tables with drawers"};
    struct product like;

    for (int i = 0; i < 6 * 3; i++)
        product_beside(m, &like)->category =
            text_from(arena_printf(&m->arena, "Furniture > %s", names[i / 3]));
}

/* Three in each. */
void near_category_crumb(struct made_shop *m)
{
    struct product like;

    for (int i = 0; i < 12 * 3; i++)
        product_beside(m, &like)->category =
            text_from(arena_printf(&m->arena, "Furniture > %c%c crumb", 'A' + i / 3, 'a' + i / 3));
}

/* 110 of them, and those with variants: 204 of 410. */
void near_catalog_unseen(struct made_shop *m)
{
    for (int i = 0; i < 110; i++)
        (void)made_product_add(m, &m->products[i].product);
}
