/* SPDX-License-Identifier: Apache-2.0 */
#include "train/content_fit.h"

#include "base/file.h"
#include "base/money.h"
#include "base/random.h"
#include "indexes/vectors.h"
#include "tests/support/test.h"

static void put(struct catalog *c, const char *id, const char *title, const char *category,
                bool published)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct product p = product_blank();

    p.item_id = text_from(id);
    p.title = text_from(title);
    p.category = text_from(category);
    p.price = MONEY_UNIT;
    p.published = published;
    product_encode(&p, &body);
    const struct record r = {
        .position = {catalog_count(c) + 1}, .kind = RECORD_PRODUCT, .body = buffer_text(&body)};
    (void)catalog_fold(c, &r);
}

static struct content *fitted(const struct catalog *c, char path[TEST_PATH_SIZE])
{
    struct content *content = NULL;
    char dir[TEST_PATH_SIZE];
    struct error err = {0};
    bool made = false;

    assert_int_equal(content_fit(c, test_path(path, test_dir(dir), "content.bin"), &made, &err),
                     OK);
    assert_true(made == file_exists(path));
    if (made)
        assert_int_equal(content_open(&content, path, &err), OK);
    return content;
}

static double alike(const struct catalog *c, const struct content *content, const char *a,
                    const char *b)
{
    SCOPED(arena_free) struct arena arena = {0};
    struct product x, y;
    struct product_vector u = {.sure = 0}, v = {.sure = 0};

    assert_true(catalog_get(c, catalog_find(c, text_from(a)), &arena, &x));
    assert_true(catalog_get(c, catalog_find(c, text_from(b)), &arena, &y));
    (void)content_vector(content, &x, u.content); /* zeros are as unlike as can be */
    (void)content_vector(content, &y, v.content);
    return (double)vector_dots(&u, &v).content / (VECTOR_UNIT * VECTOR_UNIT);
}

static void free_catalog(struct catalog **c)
{
    catalog_free(*c);
}

static void products_that_say_the_same_are_alike(void **state)
{
    static const char *const woods[] = {"oak", "pine", "beech", "ash"};
    static const char *const things[] = {"table", "stool", "desk", "shelf"};
    SCOPED(free_catalog) struct catalog *c = catalog_new();
    SCOPED(arena_free) struct arena a = {0};
    char path[TEST_PATH_SIZE];

    for (int i = 0; i < 64; i++)
        put(c, arena_printf(&a, "w%d", i),
            arena_printf(&a, "%s %s", woods[i % 4], things[i / 4 % 4]), "Home > Wood", true);
    for (int i = 0; i < 64; i++)
        put(c, arena_printf(&a, "s%d", i), arena_printf(&a, "soap %s", woods[i % 4]), "Bath > Soap",
            true);
    SCOPED(content_close) struct content *content = fitted(c, path);
    assert_non_null(content);
    assert_true(alike(c, content, "w0", "w16") > 0.95); /* two oak tables */
    assert_true(alike(c, content, "w0", "w16") > alike(c, content, "w0", "w4"));
    assert_true(alike(c, content, "w0", "w4") > alike(c, content, "w1", "w4") + 0.1);
    assert_true(alike(c, content, "w0", "w1") > alike(c, content, "w0", "s0") + 0.1);
    assert_true(alike(c, content, "s0", "s4") > 0.95);
}

static void rare_words_say_more_than_common_ones(void **state)
{
    SCOPED(free_catalog) struct catalog *c = catalog_new();
    SCOPED(arena_free) struct arena a = {0};
    char path[TEST_PATH_SIZE];

    for (int i = 0; i < 200; i++)
        put(c, arena_printf(&a, "p%d", i), arena_printf(&a, "new %s", i % 2 == 0 ? "cup" : "mug"),
            NULL, true);
    put(c, "a", "new walnut", NULL, true);
    put(c, "b", "fine walnut", NULL, true);
    put(c, "d", "new fine", NULL, true);
    SCOPED(content_close) struct content *content = fitted(c, path);
    assert_true(alike(c, content, "a", "b") > alike(c, content, "a", "p0") + 0.2);
    assert_true(alike(c, content, "d", "b") > alike(c, content, "d", "p0") + 0.2);
}

static void ids_and_what_stands_once_are_in_no_model(void **state)
{
    SCOPED(free_catalog) struct catalog *c = catalog_new();
    char path[TEST_PATH_SIZE];

    put(c, "shared words", "shared words", NULL, true); /* its title is its id */
    put(c, "b", "shared thing", NULL, true);
    put(c, "c", "other item", NULL, true);
    assert_null(fitted(c, path));
    put(c, "d", "thing of its own", NULL, true);
    SCOPED(content_close) struct content *content = fitted(c, path);
    assert_non_null(content);
    assert_int_equal(content_vocabulary(content), 1);
}

static void only_products_that_count_teach(void **state)
{
    SCOPED(free_catalog) struct catalog *c = catalog_new();
    struct text paths[] = {TEXT("Health")};
    char path[TEST_PATH_SIZE];

    catalog_sensitive_set(c, paths, 1);
    put(c, "a", "oak table", NULL, true);
    put(c, "b", "oak table", NULL, false);
    put(c, "c", "oak table", "Health > Tables", true);
    (void)catalog_mention(c, TEXT("oak"));
    assert_null(fitted(c, path));
    put(c, "b", "oak table", NULL, true);
    SCOPED(content_close) struct content *content = fitted(c, path);
    assert_int_equal(content_vocabulary(content), 2);
}

static void the_same_catalog_gives_the_same_bytes(void **state)
{
    SCOPED(free_catalog) struct catalog *c = catalog_new();
    SCOPED(buffer_free) struct buffer first = {0}, second = {0};
    SCOPED(arena_free) struct arena a = {0};
    char path[TEST_PATH_SIZE];
    struct random r;

    random_seed(&r, 1);
    for (int i = 0; i < 3000; i++)
        put(c, arena_printf(&a, "p%d", i),
            arena_printf(&a, "w%u w%u w%u", random_below(&r, 50), random_below(&r, 500),
                         random_below(&r, 5000)),
            NULL, true);
    for (int i = 0; i < 2; i++) {
        struct content *content = fitted(c, path);
        content_close(&content);
        assert_int_equal(file_read(path, 1 << 24, i == 0 ? &first : &second, NULL), OK);
    }
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
}

static void of_too_many_terms_the_common_ones_are_kept(void **state)
{
    SCOPED(free_catalog) struct catalog *c = catalog_new();
    SCOPED(buffer_free) struct buffer title = {0};
    SCOPED(arena_free) struct arena a = {0};
    char path[TEST_PATH_SIZE];

    for (int i = 0; i < 3000; i++) { /* each of 70,000 words in two or three products, one in all */
        buffer_clear(&title);
        buffer_add_string(&title, "everywhere");
        for (int k = 0; k < 50; k++)
            buffer_printf(&title, " w%d", (i * 50 + k) % 70000);
        put(c, arena_printf(&a, "p%d", i), title.data, NULL, true);
    }
    SCOPED(content_close) struct content *content = fitted(c, path);
    assert_int_equal(content_vocabulary(content), CONTENT_VOCABULARY_MAX);
    struct product p = product_blank();
    struct content_term terms[CONTENT_TERMS_MAX];
    p.title = TEXT("everywhere");
    assert_int_equal(content_terms(&p, terms), 1);
    assert_true(content_find(content, terms[0].hash) != UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_that_say_the_same_are_alike),
        cmocka_unit_test(rare_words_say_more_than_common_ones),
        cmocka_unit_test(ids_and_what_stands_once_are_in_no_model),
        cmocka_unit_test(only_products_that_count_teach),
        cmocka_unit_test(the_same_catalog_gives_the_same_bytes),
        cmocka_unit_test(of_too_many_terms_the_common_ones_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
