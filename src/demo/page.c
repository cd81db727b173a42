/* SPDX-License-Identifier: Apache-2.0 */
/* The storefront of the made-up shop: three files compiled into the program, and the list of
 * products they show. */
#include "base/arena.h"
#include "base/json.h"
#include "demo/demo.h"

extern const char _binary_web_demo_index_html_start[], _binary_web_demo_index_html_end[];
extern const char _binary_web_demo_shop_css_start[], _binary_web_demo_shop_css_end[];
extern const char _binary_web_demo_shop_js_start[], _binary_web_demo_shop_js_end[];

static const struct {
    const char *path, *content_type, *start, *end;
} files[] = {
    {"/", "text/html; charset=utf-8", _binary_web_demo_index_html_start,
     _binary_web_demo_index_html_end},
    {"/demo/shop.css", "text/css; charset=utf-8", _binary_web_demo_shop_css_start,
     _binary_web_demo_shop_css_end},
    {"/demo/shop.js", "text/javascript; charset=utf-8", _binary_web_demo_shop_js_start,
     _binary_web_demo_shop_js_end},
};

enum { SHELF_PRODUCTS_MAX = 48 };

bool demo_file(struct text path, const char **content_type, struct text *body)
{
    for (size_t i = 0; i < COUNT(files); i++) {
        if (!text_is(path, files[i].path))
            continue;
        *content_type = files[i].content_type;
        *body = (struct text){files[i].start, (size_t)(files[i].end - files[i].start)};
        return true;
    }
    return false;
}

static void shelf_product(struct json *j, const struct catalog *catalog, product_number n,
                          struct arena *a)
{
    struct product p;

    if (!catalog_get(catalog, n, a, &p))
        return;
    json_object_begin(j);
    json_key_text(j, "item_id", p.item_id);
    json_key_text(j, "title", p.title);
    json_key_money(j, "price", catalog_price(catalog, n));
    json_object_end(j);
}

/* Products of a category in the order of their numbers; of the whole shop, its bestsellers. */
static void shelf_json(struct json *j, const struct state *state, category_number category,
                       struct arena *a)
{
    const struct popular *top = NULL;
    size_t shown = 0, count;

    json_key(j, "products");
    json_array_begin(j);
    if (category == 0) {
        count = popularity_top(state->popularity, POPULARITY_BESTSELLERS, 0, &top);
        for (size_t i = 0; i < count && shown < SHELF_PRODUCTS_MAX; i++) {
            if (catalog_sellable(state->catalog, top[i].product) != SELLABLE)
                continue;
            shelf_product(j, state->catalog, top[i].product, a);
            shown++;
        }
    }
    for (product_number n = 0; n < catalog_count(state->catalog) && shown < SHELF_PRODUCTS_MAX;
         n++) {
        if (category == 0 && top != NULL)
            break;
        if (catalog_sellable(state->catalog, n) != SELLABLE ||
            catalog_product_of(state->catalog, n) != n ||
            (category != 0 && !catalog_category_within(
                                  state->catalog, catalog_category(state->catalog, n), category)))
            continue;
        shelf_product(j, state->catalog, n, a);
        shown++;
    }
    json_array_end(j);
}

void demo_products_json(struct shop *shop, struct text key, struct text category,
                        struct buffer *out)
{
    struct json j = json_to(out);
    struct arena a = {0};
    const struct catalog *catalog;

    shop_read_lock(shop);
    catalog = shop->state->catalog;
    json_object_begin(&j);
    json_key_text(&j, "key", key);
    json_key_text(&j, "currency", shop->state->program->currency);
    json_key(&j, "categories");
    json_array_begin(&j);
    for (category_number c = 1; c <= catalog_category_count(catalog); c++)
        if (catalog_category_parent(catalog, c) != 0)
            json_text(&j, catalog_category_path(catalog, c));
    json_array_end(&j);
    shelf_json(&j, shop->state, category.size == 0 ? 0 : catalog_category_find(catalog, category),
               &a);
    json_object_end(&j);
    shop_read_unlock(shop);
    arena_free(&a);
}
