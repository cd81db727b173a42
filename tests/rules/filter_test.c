/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/filter.h"

#include "base/money.h"
#include "tests/support/filters.h"
#include "tests/support/test.h"

static struct arena arena;

static int clear(void **state)
{
    arena_free(&arena);
    return 0;
}

static void catalog_done(struct catalog **c)
{
    catalog_free(*c);
}

#define CATALOG SCOPED(catalog_done) struct catalog

static struct product table(void)
{
    struct product p = product_blank();

    p.item_id = TEXT("T1");
    p.title = TEXT("Oak table");
    p.brand = TEXT("Ørsted");
    p.category = TEXT("Home>Tables > Oak");
    p.price = 20 * MONEY_UNIT;
    p.cost = 15 * MONEY_UNIT;
    p.stock = 3;
    p.attribute_count = 2;
    p.attributes = arena_array(&arena, 2, sizeof(*p.attributes));
    p.attributes[0] = (struct attribute){TEXT("wood"), TEXT("Oak")};
    p.attributes[1] = (struct attribute){TEXT("width"), TEXT("140")};
    return p;
}

static bool holds(const struct catalog *c, const char *text)
{
    const struct filter *f = filter_of(&arena, text, FILTER_PRODUCTS);

    return filter_product(f, c, catalog_find(c, TEXT("T1")), &arena);
}

static void assert_holds_in(const struct catalog *c, const char *const *yes, const char *const *no)
{
    for (; *yes != NULL; yes++)
        if (!holds(c, *yes))
            fail_msg("does not hold: %s", *yes);
    for (; *no != NULL; no++)
        if (holds(c, *no))
            fail_msg("holds: %s", *no);
}

static void assert_holds(const struct product *p, const char *const *yes, const char *const *no)
{
    CATALOG *c = catalog_new();

    catalog_put(c, p);
    assert_holds_in(c, yes, no);
}

static void a_product_is_compared(void **state)
{
    static const char *const yes[] = {
        "brand = ØRSTED",
        "brand != Acme",
        "brand in (acme, 'ørsted')",
        "brand not in (acme, nord)",
        "category = \"home > tables > oak\"",
        "category within Home",
        "category within 'Home>Tables'",
        "title = \"oak TABLE\"",
        "item_id = T1",
        "price = 20",
        "price >= 20.000000 and price <= 20",
        "price in (10, 20)",
        "cost < 15.000001",
        "margin = 25%",
        "margin >= 0.25 and margin < 0.250001",
        "margin_amount = 5",
        "discount = 0",
        "stock = 3 and availability = in_stock",
        "published and not is_bundle and has_variants = false",
        "age_min = 0",
        "attribute.wood in (oak, ash)",
        "attribute.WIDTH > 100 and attribute.width <= 140.0",
        "gtin is unknown and brand is known",
        "brand = x or brand = y or price = 20",
        "not (brand = x or price != 20)",
        "NOT brand = x AND price = 20",
        NULL,
    };
    static const char *const no[] = {
        "brand = Orsted",
        "brand != ørsted",
        "category = Home",
        "category within 'Home > Tab'",
        "category within 'Home > Tables > Oak > Round'",
        "item_id = t1",
        "price < 20",
        "price not in (10, 20)",
        "margin > 25%",
        "availability in (out_of_stock, preorder)",
        "attribute.wood < 5",
        "attribute.height = 140",
        "attribute.width = 140.0",
        "brand = x and price = 20",
        "price = 20 and (brand = x or not published)",
        NULL,
    };
    struct product p = table();

    assert_holds(&p, yes, no);
}

static void what_is_not_known_makes_comparisons_false(void **state)
{
    static const char *const yes[] = {
        "price is unknown", "margin is unknown", "stock is unknown",  "brand is unknown",
        "not price > 5",    "not brand = Acme",  "not margin >= 10%", NULL};
    static const char *const no[] = {"price > 5",         "price <= 5",
                                     "price != 5",        "price not in (5, 6)",
                                     "brand != Acme",     "brand not in (Acme)",
                                     "margin < 10%",      "margin >= 10%",
                                     "discount = 0",      "attribute.wood != oak",
                                     "category within x", "price is known and not price > 5",
                                     "stock >= 0",        NULL};
    struct product p = product_blank();

    p.item_id = TEXT("T1");
    p.cost = MONEY_UNIT;
    assert_holds(&p, yes, no);
}

static void variants_speak_for_their_product(void **state)
{
    static const char *const yes[] = {"price = 18",
                                      "cost = 15",
                                      "discount = 10%",
                                      "stock = 2",
                                      "availability = preorder",
                                      "item_id in (T1-a)",
                                      "gtin = 123",
                                      "attribute.colour = red and attribute.colour = blue",
                                      "has_variants",
                                      NULL};
    static const char *const no[] = {"attribute.colour != red", "attribute.colour = green",
                                     "item_id != T1-b", NULL};
    struct product p = table();
    struct attribute red = {TEXT("colour"), TEXT("red")}, blue = {TEXT("colour"), TEXT("blue")};
    struct variant variants[] = {
        {.item_id = TEXT("T1-a"),
         .price = 20 * MONEY_UNIT,
         .sale_price = 18 * MONEY_UNIT,
         .cost = MONEY_NONE,
         .stock = 2,
         .availability = PREORDER,
         .attributes = &red,
         .attribute_count = 1},
        {.item_id = TEXT("T1-b"),
         .price = 10 * MONEY_UNIT,
         .sale_price = MONEY_NONE,
         .cost = MONEY_NONE,
         .stock = 0,
         .gtin = TEXT("123"),
         .attributes = &blue,
         .attribute_count = 1},
    };

    p.price = MONEY_NONE;
    p.variants = variants;
    p.variant_count = 2;
    assert_holds(&p, yes, no);
}

static void parts_speak_for_their_bundle(void **state)
{
    static const char *const yes[] = {"is_bundle",    "price = 20", "cost = 12",
                                      "margin = 40%", "stock = 2",  "availability = backorder",
                                      "age_min = 18", NULL};
    static const char *const none[] = {NULL}, *const bundle[] = {"is_bundle", NULL};
    struct attribute said = {TEXT("is_bundle"), TEXT("yes")};
    CATALOG *c = catalog_new();
    struct product p = product_blank(), set = table();

    p.item_id = TEXT("glass");
    p.stock = 5;
    p.cost = 4 * MONEY_UNIT;
    catalog_put(c, &p);
    p.item_id = TEXT("wine");
    p.availability = BACKORDER;
    p.age_min = 18;
    catalog_put(c, &p);
    set.cost = MONEY_NONE;
    set.stock = STOCK_UNTRACKED;
    set.parts = (struct bundle_part[]){{TEXT("glass"), 2}, {TEXT("wine"), 1}};
    set.part_count = 2;
    catalog_put(c, &set);
    assert_holds_in(c, yes, none);
    /* Google's feed says that there are parts, not which. */
    set.part_count = 0;
    assert_holds(&set, none, bundle);
    set.attributes = &said;
    set.attribute_count = 1;
    assert_holds(&set, bundle, none);
    said.value = TEXT("no");
    assert_holds(&set, none, bundle);
}

static void margins_are_not_rounded(void **state)
{
    static const char *const yes[] = {"margin < 30%", "margin >= 29.9999%", NULL};
    static const char *const no[] = {"margin >= 30%", "margin = 0.3", NULL};
    struct product p = table();

    p.price = 100 * MONEY_UNIT;
    p.cost = 70 * MONEY_UNIT + 1;
    assert_holds(&p, yes, no);
}

static void of_a_stranger_nothing_is_known(void **state)
{
    CATALOG *c = catalog_new();

    (void)catalog_mention(c, TEXT("T1"));
    assert_true(holds(c, "price is unknown and brand is unknown and published is unknown"));
    assert_true(holds(c, "not published"));
    assert_false(holds(c, "published = false or item_id = T1 or stock >= 0 or age_min = 0"));
}

/* --- text ---------------------------------------------------------------------------- */

static void a_filter_has_one_text(void **state)
{
    static const char *const texts[][2] = {
        {"brand=Acme", "brand = Acme"},
        {"BRAND = \"Acme\"", "brand = Acme"},
        {"brand in (nord,'acme' , ACME)", "brand in (acme, nord)"},
        {"brand in (nord)", "brand = nord"},
        {"brand NOT IN (a, b)", "brand not in (a, b)"},
        {"brand = 'a \"b\" c'", "brand = \"a \"\"b\"\" c\""},
        {"brand = 'and'", "brand = \"and\""},
        {"price>=20.00", "price >= 20"},
        {"margin < 12.5%", "margin < 0.125"},
        {"category within 'Home>Tables'", "category within \"Home > Tables\""},
        {"published", "published = true"},
        {"availability = IN_STOCK", "availability = in_stock"},
        {"((brand = a))", "brand = a"},
        {"brand = a and brand = b or brand = c", "brand = a and brand = b or brand = c"},
        {"brand = a and (brand = b or brand = c)", "brand = a and (brand = b or brand = c)"},
        {"not (brand = a and not brand = b)", "not (brand = a and not brand = b)"},
    };

    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_text(filter_text(filter_of(&arena, texts[i][0], FILTER_PRODUCTS)), texts[i][1]);
        assert_text(filter_text(filter_of(&arena, texts[i][1], FILTER_PRODUCTS)), texts[i][1]);
    }
}

static void assert_mistake(const char *document, enum filter_about about, const char *expected)
{
    struct problems problems = {0};
    struct filter_reader reader = {.keep = &arena, .scratch = &arena, .problems = &problems};
    struct yaml_node *root;
    struct error err = {0};

    assert_int_equal(yaml_parse(&arena, text_from(document), &root, &problems, &err), OK);
    assert_null(filter_parse(&reader, yaml_find(root, "when"), about));
    assert_int_equal(problems.count, 1);
    const struct problem *p = problems.first;
    assert_string_equal(arena_printf(&arena, "%d:%d %s", p->line, p->column, p->message), expected);
}

static void mistakes_name_place_and_remedy(void **state)
{
    static const char *const mistakes[][2] = {
        {"when: brend = Acme", "1:7 unknown field 'brend', did you mean 'brand'?"},
        {"when: \"brand = Ö and pric > 3\"", "1:22 unknown field 'pric', did you mean 'price'?"},
        {"when: orders = 0", "1:7 'orders' is known of shoppers; this filter is about products"},
        {"when: brand == Acme", "1:13 write '=' for '=='"},
        {"when: brand < Acme",
         "1:13 brand is no number: it is compared by =, != and in, not by '<'"},
        {"when: price > cheap",
         "1:15 price is compared with a number like 20 or 19.90, not 'cheap'"},
        {"when: price > 20%", "1:15 price is compared with a number like 20 or 19.90, not '20%'"},
        {"when: margin > x%", "1:16 margin is compared with a number like 0.3 or 30%, not 'x%'"},
        {"when: availability = in_stok",
         "1:22 unknown availability 'in_stok', did you mean 'in_stock'?"},
        {"when: brand = Acme Corp",
         "1:20 here comes and, or, or the end, not 'Corp' (what has spaces in it needs quotes)"},
        {"when: brand =", "1:14 here comes a value, not the end"},
        {"when: brand = and price = 2",
         "1:15 here comes a value, not 'and' (in quotes it would be one)"},
        {"when: brand", "1:12 after 'brand' comes =, !=, <, <=, >, >=, in, or is, not the end"},
        {"when: brand is nice", "1:16 after 'is' comes known or unknown, not 'nice'"},
        {"when: brand in Acme", "1:16 after 'in' comes '(', not 'Acme'"},
        {"when: brand in (a b)", "1:19 after the values comes ')', not 'b'"},
        {"when: (brand = a", "1:17 to close the parenthesis comes ')', not the end"},
        {"when: brand = a)", "1:16 here comes and, or, or the end, not ')'"},
        {"when: brand within a", "1:13 'within' is for categories, not for brand"},
        {"when: brand = ''", "1:15 brand is never empty; write 'brand is unknown'"},
        {"when: published = maybe", "1:19 published is true or false, not 'maybe'"},
        {"when: segment x", "1:7 segments are of shoppers; this filter is about products"},
        {"when:\n  price = 1\n  and brend = 3",
         "2:3 unknown field at character 15 of the text, 'brend', did you mean 'brand'?"},
        {"when: [brand]", "1:7 a filter is a text like: brand = Acme and price >= 20"},
        {"when:\n  brand = a\n  )",
         "2:3 here comes and, or, or the end, not ')' (character 11 of the text)"},
    };

    for (size_t i = 0; i < COUNT(mistakes); i++)
        assert_mistake(mistakes[i][0], FILTER_PRODUCTS, mistakes[i][1]);
    assert_mistake("when: price > 3", FILTER_SHOPPERS,
                   "1:7 'price' is known of products; this filter is about shoppers");
    assert_mistake("when: country = Sweden", FILTER_SHOPPERS,
                   "1:17 country is two letters like SE, not 'Sweden'");
}

static const char *first_problem(const struct buffer *text)
{
    struct problems problems = {0};
    struct filter_reader reader = {.keep = &arena, .scratch = &arena, .problems = &problems};
    const struct yaml_node n = {
        .kind = YAML_SCALAR, .line = 1, .column = 1, .value = buffer_text(text)};

    const struct filter *f = filter_parse(&reader, &n, FILTER_PRODUCTS);
    assert_int_equal(problems.count, f == NULL);
    return f == NULL ? problems.first->message : NULL;
}

/* `count` times `part`, then `end`; what is wrong with that. */
static const char *problem_of_many(const char *begin, const char *part, int count, const char *end)
{
    SCOPED(buffer_free) struct buffer text = {0};

    buffer_add_string(&text, begin);
    for (int i = 0; i < count; i++)
        buffer_add_string(&text, part);
    buffer_add_string(&text, end);
    return first_problem(&text);
}

static void a_filter_has_bounds(void **state)
{
    assert_null(problem_of_many("", "not ", FILTER_DEPTH_MAX, "published"));
    assert_string_equal(problem_of_many("", "not ", FILTER_DEPTH_MAX + 1, "published"),
                        "parentheses and nots may stand 16 deep");
    assert_string_equal(problem_of_many("", "(", 60000, "published"),
                        "parentheses and nots may stand 16 deep");
    assert_null(problem_of_many("", "published or ", FILTER_NODES_MAX - 2, "published"));
    assert_string_equal(problem_of_many("", "published or ", FILTER_NODES_MAX - 1, "published"),
                        "a filter may consist of 500 tests, nots, ands and ors");
    assert_null(problem_of_many("brand in (x", ", b", FILTER_SET_MAX - 1, ")"));
    assert_string_equal(problem_of_many("brand in (x", ", b", FILTER_SET_MAX, ")"),
                        "between parentheses stand at most 1000 values");
    assert_null(problem_of_many("brand = ", "x", FILTER_VALUE_MAX, ""));
    assert_string_equal(problem_of_many("brand = ", "x", FILTER_VALUE_MAX + 1, ""),
                        "a value may have 512 bytes, this has 513");
}

static void a_large_set_finds_each_of_its_values(void **state)
{
    SCOPED(buffer_free) struct buffer text = {0};
    CATALOG *c = catalog_new();
    struct product p = table();

    buffer_add_string(&text, "brand in (zz");
    for (int i = 0; i < FILTER_SET_MAX - 1; i++)
        buffer_printf(&text, ", Brand-%d", i * 7919 % 1000);
    buffer_add_char(&text, ')');
    const struct filter *f = filter_of(&arena, buffer_text(&text).data, FILTER_PRODUCTS);
    for (int i = 0; i < FILTER_SET_MAX - 1; i++) {
        p.brand = text_from(arena_printf(&arena, "bRAND-%d", i * 7919 % 1000));
        catalog_put(c, &p);
        assert_true(filter_product(f, c, 0, &arena));
    }
    p.brand = TEXT("Brand-1000");
    catalog_put(c, &p);
    assert_false(filter_product(f, c, 0, &arena));
}

static void equal_filters_have_one_number(void **state)
{
    struct problems problems = {0};
    struct filter_reader reader = {.keep = &arena, .scratch = &arena, .problems = &problems};
    const struct yaml_node where = {.line = 3, .column = 4};
    struct filter_list list = {0};
    uint32_t number;

    for (uint32_t i = 0; i < 2 * FILTERS_MAX; i++) {
        const struct filter *f =
            filter_of(&arena, arena_printf(&arena, "price > %u%s", i / 2, i % 2 == 0 ? "" : ".00"),
                      FILTER_PRODUCTS);
        assert_true(filter_number(&reader, &list, &where, f, &number));
        assert_int_equal(number, i / 2);
    }
    assert_int_equal(list.count, FILTERS_MAX);
    assert_false(filter_number(&reader, &list, &where,
                               filter_of(&arena, "published", FILTER_PRODUCTS), &number));
    assert_int_equal(problems.count, 1);
    assert_int_equal(problems.first->line, 3);
    assert_true(filter_number(&reader, &list, &where,
                              filter_of(&arena, "price > 9", FILTER_PRODUCTS), &number));
    assert_int_equal(number, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_product_is_compared, clear),
        cmocka_unit_test_teardown(what_is_not_known_makes_comparisons_false, clear),
        cmocka_unit_test_teardown(parts_speak_for_their_bundle, clear),
        cmocka_unit_test_teardown(variants_speak_for_their_product, clear),
        cmocka_unit_test_teardown(margins_are_not_rounded, clear),
        cmocka_unit_test_teardown(of_a_stranger_nothing_is_known, clear),
        cmocka_unit_test_teardown(a_filter_has_one_text, clear),
        cmocka_unit_test_teardown(a_filter_has_bounds, clear),
        cmocka_unit_test_teardown(a_large_set_finds_each_of_its_values, clear),
        cmocka_unit_test_teardown(equal_filters_have_one_number, clear),
        cmocka_unit_test_teardown(mistakes_name_place_and_remedy, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
