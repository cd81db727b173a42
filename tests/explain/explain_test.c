/* SPDX-License-Identifier: Apache-2.0 */
#include "explain/explain.h"

#include "tests/support/scene.h"

static struct scene *made(void)
{
    struct scene *s = scene_new();

    scene_program(s, TEXT("owner: tests\n"
                          "currency: EUR\n"
                          "policies:\n"
                          "  consent_default: {analytics: true, personalization: true, email: "
                          "false}\n"));
    scene_simple_product(s, "table", "Oak table", "Home > Tables");
    scene_simple_product(s, "nameless", "", "Home");
    scene_simple_product(s, "test", "Pregnancy test", "Health");
    return s;
}

static struct reason_inputs inputs(const struct scene *s)
{
    return (struct reason_inputs){
        .catalog = s->state->catalog,
        .speech = templates_choose(&s->state->program->templates, (struct text){0}),
        .list = TEXT("gifts"),
        .own_page = PRODUCT_NONE};
}

/* "kind|item id|sentence", or "none". */
static const char *reason_for(struct scene *s, enum source_kind source, enum evidence_kind kind,
                              uint32_t reference)
{
    const struct candidate c = {
        .product = PRODUCT_NONE, .source = source, .evidence = {kind, reference}};
    const struct reason_inputs in = inputs(s);
    struct reason r;

    if (!reason_of(&c, &in, &s->arena, &r))
        return "none";
    return arena_printf(&s->arena, "%s|%.*s|%.*s", r.kind, (int)r.item_id.size,
                        r.item_id.data != NULL ? r.item_id.data : "", (int)r.text.size,
                        r.text.data);
}

static void each_evidence_has_its_sentence(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    product_number table = catalog_find(s->state->catalog, TEXT("table"));
    category_number tables = catalog_category_find(s->state->catalog, TEXT("Home > Tables"));

    assert_string_equal(reason_for(s, SOURCE_neighbours, EVIDENCE_VIEWED, table),
                        "viewed|table|Because you viewed Oak table");
    assert_string_equal(reason_for(s, SOURCE_also_viewed, EVIDENCE_CART, table),
                        "cart|table|Because you put Oak table in your cart");
    assert_string_equal(reason_for(s, SOURCE_neighbours, EVIDENCE_BOUGHT, table),
                        "bought_after|table|Because you bought Oak table");
    const struct candidate itself = {
        .product = table, .source = SOURCE_neighbours, .evidence = {EVIDENCE_BOUGHT, table}};
    struct reason none;
    const struct reason_inputs in = inputs(s);
    assert_false(reason_of(&itself, &in, &s->arena, &none));
    assert_string_equal(reason_for(s, SOURCE_also_bought, EVIDENCE_VIEWED, table),
                        "bought_with|table|Often bought with Oak table");
    assert_string_equal(reason_for(s, SOURCE_complement, EVIDENCE_CART, table),
                        "complement|table|Goes with Oak table");
    assert_string_equal(reason_for(s, SOURCE_bestsellers, EVIDENCE_POPULAR, tables),
                        "popular||Popular in Tables");
    assert_string_equal(reason_for(s, SOURCE_bestsellers, EVIDENCE_POPULAR, 0),
                        "popular||Popular in this shop");
    assert_string_equal(reason_for(s, SOURCE_trending, EVIDENCE_TRENDING, tables),
                        "trending||Trending in Tables");
    assert_string_equal(reason_for(s, SOURCE_trending, EVIDENCE_TRENDING, 0),
                        "trending||Trending now");
    assert_string_equal(reason_for(s, SOURCE_curated, EVIDENCE_LIST, 0),
                        "picked||Picked by the shop");
    assert_string_equal(reason_for(s, SOURCE_recently_viewed, EVIDENCE_SELF, table),
                        "looked||You looked at this");
}

static void what_cannot_be_named_or_must_not_be_has_no_reason(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    product_number nameless = catalog_find(s->state->catalog, TEXT("nameless"));
    product_number test = catalog_find(s->state->catalog, TEXT("test"));

    assert_string_equal(reason_for(s, SOURCE_neighbours, EVIDENCE_VIEWED, nameless), "none");
    assert_string_equal(reason_for(s, SOURCE_also_bought, EVIDENCE_CART, test), "none");
    assert_string_equal(reason_for(s, SOURCE_neighbours, EVIDENCE_VIEWED, 999), "none");
    assert_string_equal(reason_for(s, SOURCE_neighbours, EVIDENCE_NONE, 0), "none");
}

/* On the page of a sensitive product it may be spoken of; elsewhere, of no page's product. */
static void the_product_of_a_page_may_be_spoken_of_there(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    product_number test = catalog_find(s->state->catalog, TEXT("test"));
    const struct candidate c = {.product = catalog_find(s->state->catalog, TEXT("table")),
                                .source = SOURCE_similar,
                                .evidence = {EVIDENCE_VIEWED, test}};
    struct reason_inputs in = inputs(s);
    struct reason r;

    assert_false(reason_of(&c, &in, &s->arena, &r));
    in.own_page = test;
    assert_true(reason_of(&c, &in, &s->arena, &r));
    assert_text(r.text, "Similar to Pregnancy test");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_evidence_has_its_sentence),
        cmocka_unit_test(what_cannot_be_named_or_must_not_be_has_no_reason),
        cmocka_unit_test(the_product_of_a_page_may_be_spoken_of_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
