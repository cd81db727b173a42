/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/feed.h"

#include <stdio.h>

#include "base/money.h"
#include "tests/support/feed.h"
#include "tests/support/test.h"

static void our_own_products_are_read_line_by_line(void **state)
{
    struct feed_options options = feed_options_for(FEED_JSONL, NULL);

    assert_feed(
        TEXT("{\"item_id\":\"oak\",\"title\":\"Oak table\",\"description\":\"d\",\"url\":\"/o\","
             "\"image\":\"i\",\"brand\":\"Nord\",\"category\":\"Home > "
             "Tables\",\"price\":\"249.00\","
             "\"sale_price\":null,\"cost\":140.1,\"currency\":\"EUR\",\"stock\":12,"
             "\"availability\":\"backorder\",\"published\":false,\"gtin\":null,\"age_min\":16,"
             "\"attributes\":{\"wood\":\"oak\",\"seats\":6,\"solid\":true,\"colours\":[\"red\","
             "\"blue\"],"
             "\"none\":null},\"bundle\":[\"a\",{\"item_id\":8,\"quantity\":3}],\"variants\":[{"
             "\"item_id\":\"oak-140\","
             "\"title\":\"140 cm\",\"price\":259,\"stock\":null,\"attributes\":{\"width\":\"140 "
             "cm\"}},"
             "{\"item_id\":7,\"sale_price\":1.5,\"cost\":\"1\",\"gtin\":\"4\","
             "\"availability\":\"out of stock\"}]}\n"
             "\n"
             "{\"item_id\":\"next\",\"unknown\":[1]}"),
        &options,
        "1 oak title=Oak table description=d url=/o image=i brand=Nord category=Home > Tables "
        "price=249.00 cost=140.10 currency=EUR stock=12 backorder unpublished age_min=16 "
        "part=1*a part=3*8 wood=oak seats=6 solid=true colours=red, blue\n"
        "  + oak-140 title=140 cm price=259.00 width=140 cm\n"
        "  + 7 sale_price=1.50 cost=1.00 out_of_stock gtin=4\n"
        "3 next title=next\n");
}

struct refused {
    const char *line, *refusal;
};

/* Each is refused so, and neither the line before nor the one behind it. */
static void assert_refused(const struct refused *cases, size_t count)
{
    struct feed_options options = feed_options_for(FEED_JSONL, NULL);

    for (size_t i = 0; i < count; i++) {
        SCOPED(buffer_free) struct buffer content = {0}, expected = {0};

        buffer_printf(&content, "{\"item_id\":\"ok\"}\n%s\n{\"item_id\":\"end\"}\n", cases[i].line);
        buffer_printf(&expected, "1 ok title=ok\n2 refused %s\n3 end title=end\n",
                      cases[i].refusal);
        assert_feed(buffer_text(&content), &options, buffer_text(&expected).data);
    }
}

static void bad_products_are_refused_by_field(void **state)
{
    static const struct refused cases[] = {
        {"{\"item_id\":", "not_json : the line is not JSON: unexpected token near end of file"},
        {"[1]", "not_an_object : a product must be a JSON object"},
        {"{}", "missing item_id: item_id is missing"},
        {"{\"item_id\":\"\"}", "missing item_id: item_id is missing"},
        {"{\"item_id\":[]}", "wrong_type item_id: item_id must be a text"},
        {"{\"item_id\":\"a\",\"price\":\"1,50\"}",
         "bad_money price: price must be an amount such as \"19.90\""},
        {"{\"item_id\":\"a\",\"price\":1e300}",
         "bad_money price: price must be an amount such as \"19.90\""},
        {"{\"item_id\":\"a\",\"price\":-1}", "bad_money price: price must not be negative"},
        {"{\"item_id\":\"a\",\"price\":{}}",
         "bad_money price: price must be an amount such as \"19.90\""},
        {"{\"item_id\":\"a\",\"stock\":\"3\"}",
         "wrong_type stock: stock must be a whole number, or null where stock is not tracked"},
        {"{\"item_id\":\"a\",\"availability\":\"yes\"}",
         "wrong_type availability: availability must be in_stock, out_of_stock, preorder or "
         "backorder"},
        {"{\"item_id\":\"a\",\"published\":1}",
         "wrong_type published: published must be true or false"},
        {"{\"item_id\":\"a\",\"age_min\":200}",
         "wrong_type age_min: age_min must be a number of years"},
        {"{\"item_id\":\"a\",\"currency\":\"eur\"}",
         "bad_currency currency: currency must be three capital letters such as EUR"},
        {"{\"item_id\":\"a\",\"attributes\":[]}",
         "wrong_type attributes: attributes must be an object of names and values"},
        {"{\"item_id\":\"a\",\"attributes\":{\"x\":{}}}",
         "wrong_type attributes: attributes.x must be a text"},
        {"{\"item_id\":\"a\",\"variants\":{}}",
         "wrong_type variants: variants must be a list of variants"},
        {"{\"item_id\":\"a\",\"variants\":[3]}",
         "wrong_type variants[0]: variants[0] must be an object"},
        {"{\"item_id\":\"a\",\"variants\":[{\"item_id\":\"b\",\"price\":\"x\"}]}",
         "bad_money variants[0].price: variants[0].price must be an amount such as \"19.90\""},
        {"{\"item_id\":\"a\",\"variants\":[{\"item_id\":\"b\"},{\"price\":1}]}",
         "missing variants[1]: variants[1] is missing"},
        {"{\"item_id\":\"a\",\"variants\":[{\"item_id\":\"b\"},{\"item_id\":\"b\"}]}",
         "wrong_type variants[1]: variants[1] has the item_id of another variant"},
    };

    assert_refused(cases, COUNT(cases));
}

static void bad_bundles_are_refused_by_part(void **state)
{
    static const struct refused cases[] = {
        {"{\"item_id\":\"a\",\"bundle\":{\"item_id\":\"b\"}}",
         "wrong_type bundle: bundle must be a list of parts: item ids, or objects with item_id and "
         "quantity"},
        {"{\"item_id\":\"a\",\"bundle\":[\"b\",true]}",
         "wrong_type bundle[1]: bundle[1] must be an item id, or an object with item_id and "
         "quantity"},
        {"{\"item_id\":\"a\",\"bundle\":[{\"quantity\":2}]}",
         "wrong_type bundle[0]: bundle[0] must be an item id, or an object with item_id and "
         "quantity"},
        {"{\"item_id\":\"a\",\"bundle\":[{\"item_id\":\"b\",\"quantity\":0}]}",
         "wrong_type bundle[0].quantity: bundle[0].quantity must be a whole number from 1 to "
         "10000"},
        {"{\"item_id\":\"a\",\"bundle\":[{\"item_id\":\"b\",\"quantity\":10001}]}",
         "wrong_type bundle[0].quantity: bundle[0].quantity must be a whole number from 1 to "
         "10000"},
        {"{\"item_id\":\"a\",\"bundle\":[{\"item_id\":\"b\",\"quantity\":1.5}]}",
         "wrong_type bundle[0].quantity: bundle[0].quantity must be a whole number from 1 to "
         "10000"},
        {"{\"item_id\":\"a\",\"bundle\":[\"\"]}", "missing bundle[0]: bundle[0] is missing"},
        {"{\"item_id\":\"a\",\"bundle\":[\"b\",\"a\"]}",
         "wrong_type bundle[1]: bundle[1] is the bundle itself or a variant of it, and a bundle "
         "cannot hold itself"},
        {"{\"item_id\":\"a\",\"bundle\":[\"a-1\"],\"variants\":[{\"item_id\":\"a-1\"}]}",
         "wrong_type bundle[0]: bundle[0] is the bundle itself or a variant of it, and a bundle "
         "cannot hold itself"},
        {"{\"item_id\":\"a\",\"bundle\":[\"b\",\"c\",\"b\"]}",
         "wrong_type bundle[2]: bundle[2] was named before; say how many with quantity"},
    };

    assert_refused(cases, COUNT(cases));
}

static void a_bundle_has_so_many_parts_and_no_more(void **state)
{
    (void)state;
    SCOPED(arena_free) struct arena a = {0};
    SCOPED(buffer_free) struct buffer patch = {0};
    struct product p = product_blank();
    struct feed_refusal why;

    p.item_id = TEXT("a");
    buffer_add_string(&patch, "{\"bundle\":[\"0\"");
    for (int i = 1; i < PRODUCT_PARTS_MAX; i++)
        buffer_printf(&patch, ",%d", i);
    size_t size = patch.size;
    buffer_add_string(&patch, "]}");
    assert_true(feed_patch(buffer_text(&patch), &a, &p, &why) && product_check(&p, &why));
    assert_int_equal(p.part_count, PRODUCT_PARTS_MAX);
    patch.size = size;
    buffer_add_string(&patch, ",\"more\"]}");
    assert_false(feed_patch(buffer_text(&patch), &a, &p, &why));
    assert_string_equal(why.message, "bundle has more than 100 parts");
    assert_true(feed_patch(TEXT("{\"bundle\":null}"), &a, &p, &why));
    assert_int_equal(p.part_count, 0);
}

static void anybodys_objects_are_read_with_a_map(void **state)
{
    struct feed_options options = feed_options_for(
        FEED_JSONL, "item_id=id,brand=supplier,price=price/100,gtin=ean,attributes=attr_*,"
                    "currency==EUR,attributes.kind=name");

    assert_feed(TEXT("{\"id\":3920564,\"title\":\"Toner\",\"supplier\":\"Xerox\",\"price\":4995,"
                     "\"ean\":[\"0095\",\"0096\"],\"name\":\"006R\",\"attr_type\":\"Original\","
                     "\"attr_pages\":23000.0,\"attr_touch\":false,\"attr_\":1,\"attr_x\":null}\n"
                     "{\"id\":\"b\",\"price\":\"x\"}\n"
                     "{\"title\":\"No id\"}\n"
                     "{\"id\":\"c\",\"price\":1.5,\"ean\":[]}\n"),
                &options,
                "1 3920564 title=Toner brand=Xerox price=49.95 currency=EUR gtin=0095 "
                "type=Original pages=23000 touch=false kind=006R\n"
                "2 refused bad_money price: price must be an amount such as 19.90, not 'x'\n"
                "3 refused missing item_id: item_id is missing\n"
                "4 c title=c price=0.015 currency=EUR\n");
}

static void a_file_that_is_no_jsonl_is_refused_whole(void **state)
{
    struct feed_options options = feed_options_for(FEED_JSONL, NULL);
    struct transcript t = {0};
    struct error err = {0};

    assert_int_equal(transcript_read(&t, TEXT("item_id,title\na,b\n"), false, &options, &err),
                     ERR_INVALID);
    assert_string_equal(err.message, "line 1 does not begin a JSON object");
    assert_int_equal(t.calls, 0);
}

static void a_line_over_1_mib_is_refused_and_the_next_one_read(void **state)
{
    struct feed_options options = feed_options_for(FEED_JSONL, NULL);
    SCOPED(buffer_free) struct buffer content = {0};

    buffer_add_string(&content, "{\"item_id\":\"a\",\"description\":\"");
    while (content.size < 1024 * 1024)
        buffer_add_char(&content, 'x');
    buffer_add_string(&content, "\"}\n{\"item_id\":\"b\"}\n");
    assert_feed(buffer_text(&content), &options,
                "1 refused too_long : the line is longer than 1 MiB\n2 b title=b\n");
}

static void read_body(const char *body, enum status expected, const char *transcript)
{
    struct transcript t = {0};
    struct feed_sink sink = transcript_sink(&t);
    struct error err = {0};
    enum status status = feed_read_json(text_from(body), &sink, &err);
    SCOPED(buffer_free) struct buffer out = t.out;

    assert_int_equal(status, expected);
    assert_string_equal(status == OK ? buffer_text(&out).data : err.message, transcript);
}

static void a_body_holds_one_product_or_a_list(void **state)
{
    read_body("{\"item_id\":\"a\",\"price\":1}", OK, "1 a title=a price=1.00\n");
    read_body("{\"products\":[{\"item_id\":\"a\"},7,{\"item_id\":\"b\"}]}", OK,
              "1 a title=a\n2 refused not_an_object : a product must be a JSON object\n"
              "3 b title=b\n");
    read_body("{\"products\":[]}", OK, "");
    read_body("{\"products\":7}", ERR_INVALID, "products must be a list");
    read_body("[]", ERR_INVALID, "the body must be a product or {\"products\": [...]}");
    read_body("{", ERR_INVALID,
              "the body is not JSON: string or '}' expected near end of file (line 1, column 1)");
}

static void a_body_holds_1000_products_and_not_1001(void **state)
{
    for (size_t n = FEED_JSON_PRODUCTS_MAX; n <= FEED_JSON_PRODUCTS_MAX + 1; n++) {
        SCOPED(buffer_free) struct buffer body = {0};
        struct transcript t = {0};
        struct feed_sink sink = transcript_sink(&t);
        struct error err = {0};

        buffer_add_string(&body, "{\"products\":[");
        for (size_t i = 0; i < n; i++)
            buffer_printf(&body, "%s{\"item_id\":\"p%zu\"}", i > 0 ? "," : "", i);
        buffer_add_string(&body, "]}");
        enum status status = feed_read_json(buffer_text(&body), &sink, &err);
        buffer_free(&t.out);
        assert_int_equal(status, n == FEED_JSON_PRODUCTS_MAX ? OK : ERR_LIMIT);
        assert_int_equal(t.calls, status == OK ? n : 0);
    }
}

static void a_patch_changes_the_keys_it_has(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    struct product p = product_blank();
    struct feed_refusal why;

    p.item_id = TEXT("a");
    p.title = TEXT("Kept");
    p.price = 9 * MONEY_UNIT;
    p.attributes = (struct attribute[]){{TEXT("wood"), TEXT("oak")}};
    p.attribute_count = 1;
    assert_true(feed_patch(TEXT("{\"price\":\"7\",\"stock\":3}"), &a, &p, &why));
    assert_text(p.title, "Kept");
    assert_int_equal(p.price, 7 * MONEY_UNIT);
    assert_int_equal(p.stock, 3);
    assert_int_equal(p.attribute_count, 1);
    assert_true(feed_patch(TEXT("{\"attributes\":{},\"item_id\":\"a\"}"), &a, &p, &why));
    assert_int_equal(p.attribute_count, 0);
    assert_false(feed_patch(TEXT("{\"item_id\":\"b\"}"), &a, &p, &why));
    assert_string_equal(why.message, "item_id cannot be changed");
    assert_false(feed_patch(TEXT("nonsense"), &a, &p, &why));
    assert_string_equal(why.code, "not_json");
}

static void what_is_over_a_bound_is_cut_or_refused(void **state)
{
    SCOPED(buffer_free) struct buffer long_text = {0};
    struct feed_refusal why;

    for (int i = 0; i < 5000; i++)
        buffer_add_string(&long_text, "\xC3\xA4");
    struct text t = buffer_text(&long_text);
    struct product p = product_blank();
    p.item_id = (struct text){t.data, 128};
    p.title = p.description = t;
    p.url = (struct text){t.data, PRODUCT_URL_MAX};
    p.brand = TEXT("");
    assert_true(product_check(&p, &why));
    assert_int_equal(p.title.size, PRODUCT_TITLE_MAX);
    assert_int_equal(p.description.size, PRODUCT_DESCRIPTION_MAX);
    assert_null(p.brand.data);
    p.url.size += 2;
    assert_false(product_check(&p, &why));
    assert_string_equal(why.message, "url is longer than 2048 bytes");
    p.url.size -= 2;
    p.item_id.size += 2;
    assert_false(product_check(&p, &why));
    assert_string_equal(why.code, "too_long");
    p.item_id.size = 3; /* half a letter */
    assert_false(product_check(&p, &why));
    assert_string_equal(why.code, "bad_text");
}

static void variants_are_bounded_in_number_and_size(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    struct product p = product_blank();
    struct feed_refusal why;

    p.item_id = TEXT("p");
    p.variants = arena_array(&a, PRODUCT_VARIANTS_MAX + 1, sizeof(*p.variants));
    p.variant_count = PRODUCT_VARIANTS_MAX;
    for (uint32_t i = 0; i <= PRODUCT_VARIANTS_MAX; i++)
        p.variants[i] = (struct variant){.item_id = text_from(arena_printf(&a, "v%u", i)),
                                         .price = MONEY_NONE,
                                         .sale_price = MONEY_NONE,
                                         .cost = MONEY_NONE};
    assert_true(product_check(&p, &why));
    p.variant_count++;
    assert_false(product_check(&p, &why));
    assert_string_equal(why.message, "there are more than 2048 variants");
    p.variant_count--;
    for (uint32_t i = 0; i < PRODUCT_VARIANTS_MAX; i++)
        p.variants[i].title = text_from(arena_printf(&a, "%0200u", i));
    assert_false(product_check(&p, &why));
    assert_string_equal(why.message, "the product with its variants is larger than 256 KiB");
}

static void products_are_the_same_when_they_would_be_recorded_the_same(void **state)
{
    struct product a = product_blank(), b = product_blank();

    a.item_id = b.item_id = TEXT("a");
    assert_true(product_same(&a, &b));
    b.stock = 1;
    assert_false(product_same(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_own_products_are_read_line_by_line),
        cmocka_unit_test(bad_products_are_refused_by_field),
        cmocka_unit_test(bad_bundles_are_refused_by_part),
        cmocka_unit_test(a_bundle_has_so_many_parts_and_no_more),
        cmocka_unit_test(anybodys_objects_are_read_with_a_map),
        cmocka_unit_test(a_file_that_is_no_jsonl_is_refused_whole),
        cmocka_unit_test(a_line_over_1_mib_is_refused_and_the_next_one_read),
        cmocka_unit_test(a_body_holds_one_product_or_a_list),
        cmocka_unit_test(a_body_holds_1000_products_and_not_1001),
        cmocka_unit_test(a_patch_changes_the_keys_it_has),
        cmocka_unit_test(what_is_over_a_bound_is_cut_or_refused),
        cmocka_unit_test(variants_are_bounded_in_number_and_size),
        cmocka_unit_test(products_are_the_same_when_they_would_be_recorded_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
