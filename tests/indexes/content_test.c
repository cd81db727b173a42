/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/content.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/random.h"
#include "tests/support/test.h"

static struct product product_of(const char *id, const char *title, const char *category)
{
    struct product p = product_blank();

    p.item_id = text_from(id);
    p.title = text_from(title);
    p.category = text_from(category);
    return p;
}

/* The weight of what stands in both, by the first's. */
static float shared(const struct product *a, const struct product *b)
{
    struct content_term x[CONTENT_TERMS_MAX], y[CONTENT_TERMS_MAX];
    size_t x_count = content_terms(a, x), y_count = content_terms(b, y);
    float sum = 0;

    for (size_t i = 0; i < x_count; i++)
        for (size_t k = 0; k < y_count; k++)
            sum += x[i].hash == y[k].hash ? x[i].weight : 0;
    return sum;
}

static size_t count_of(const struct product *p)
{
    struct content_term terms[CONTENT_TERMS_MAX];

    return content_terms(p, terms);
}

static void every_part_of_a_product_says_something(void **state)
{
    struct product plain = product_blank();
    struct attribute wood[] = {{TEXT("Wood"), TEXT("Oak")}};

    plain.item_id = TEXT("x");
    assert_int_equal(count_of(&plain), 0);
    struct product p = plain;
    p.title = TEXT("Oak table");
    assert_int_equal(count_of(&p), 2);
    p.category = TEXT("Home > Tables");
    assert_int_equal(count_of(&p), 4);
    p.brand = TEXT("Nord");
    assert_int_equal(count_of(&p), 5);
    p.attributes = wood;
    p.attribute_count = 1;
    assert_int_equal(count_of(&p), 6);
    p.description = TEXT("An oak table"); /* two words of it are the title's */
    assert_int_equal(count_of(&p), 7);
}

static void terms_are_compared_by_what_they_are_of(void **state)
{
    struct product a = product_of("a", "Nord", "Home > Tables");
    struct product b = product_of("b", "Lamp", "Office > Tables");
    struct product c = product_of("c", "Chair", "home >  TABLES");

    b.brand = TEXT("Nord"); /* a brand is no word of a title */
    assert_true(shared(&a, &b) == 0);
    assert_true(shared(&a, &c) > 1); /* both levels, however they are written */
    struct attribute x[] = {{TEXT("Width"), TEXT("12")}}, y[] = {{TEXT("Depth"), TEXT("12")}};
    b.attributes = x;
    c.attributes = y;
    b.attribute_count = c.attribute_count = 1;
    assert_true(shared(&b, &c) == 0);
    c.attributes = x;
    assert_true(shared(&b, &c) > 0);
}

static void ids_are_no_content(void **state)
{
    struct product p = product_of("oak-table", "oak-table", NULL);

    assert_int_equal(count_of(&p), 0);
    p.title = TEXT("Oak table");
    assert_int_equal(count_of(&p), 2);
}

static void terms_come_once_and_in_order(void **state)
{
    struct product p = product_of("x", "tea tea tea for two", NULL),
                   q = product_of("y", "tea", NULL);
    struct content_term terms[CONTENT_TERMS_MAX], once[CONTENT_TERMS_MAX];
    size_t count = content_terms(&p, terms);

    assert_int_equal(count, 3);
    for (size_t i = 1; i < count; i++)
        assert_true(terms[i].hash > terms[i - 1].hash);
    assert_int_equal(content_terms(&q, once), 1);
    for (size_t i = 0; i < count; i++)
        if (terms[i].hash == once[0].hash)
            assert_true(terms[i].weight == 2 * once[0].weight); /* three times: twice as much */
}

static void more_terms_than_there_is_room_for_are_left_out(void **state)
{
    SCOPED(buffer_free) struct buffer title = {0};
    struct attribute attributes[PRODUCT_ATTRIBUTES_MAX];
    SCOPED(arena_free) struct arena a = {0};
    struct product p = product_blank();

    p.item_id = TEXT("x");
    for (int i = 0; i < CONTENT_TERMS_MAX - 1; i++)
        buffer_printf(&title, "w%d ", i);
    p.title = buffer_text(&title);
    assert_int_equal(count_of(&p), CONTENT_TERMS_MAX - 1);
    for (int i = 0; i < PRODUCT_ATTRIBUTES_MAX; i++)
        attributes[i] = (struct attribute){text_from(arena_printf(&a, "n%d", i)), TEXT("v")};
    p.attributes = attributes;
    p.attribute_count = PRODUCT_ATTRIBUTES_MAX;
    assert_int_equal(count_of(&p), CONTENT_TERMS_MAX);
    p.title = (struct text){0};
    p.attribute_count = 0;
    p.description = buffer_text(&title);
    assert_int_equal(count_of(&p), CONTENT_DESCRIPTION_WORDS_MAX);
}

/* --- the model --- */

/* The hash of a word of a title. */
static uint64_t hash_of(const char *word)
{
    struct product p = product_of("", word, NULL);
    struct content_term terms[CONTENT_TERMS_MAX];

    assert_int_equal(content_terms(&p, terms), 1);
    return terms[0].hash;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* A model that knows these words, each along a dimension of its own: what was written first, along
 * the first. */
static void write_words(const char *path, const char *const *words, uint32_t count)
{
    uint64_t hashes[64];
    struct content_row rows[64] = {0};
    struct error err = {0};

    assert_true(count <= COUNT(hashes));
    for (uint32_t i = 0; i < count; i++)
        hashes[i] = hash_of(words[i]);
    qsort(hashes, count, sizeof(*hashes), by_value);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < count; k++)
            if (hash_of(words[k]) == hashes[i])
                rows[i].row[k] = 127;
        rows[i].scale = 0.01F;
    }
    assert_int_equal(content_write(hashes, rows, count, path, &err), OK);
}

static void a_vector_is_the_sum_of_what_is_known(void **state)
{
    static const char *const words[] = {"oak", "table", "stool"};
    SCOPED(content_close) struct content *c = NULL;
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    int8_t vector[CONTENT_SIZE];
    struct error err = {0};

    write_words(test_path(path, test_dir(dir), "content.bin"), words, COUNT(words));
    assert_int_equal(content_open(&c, path, &err), OK);
    assert_int_equal(content_vocabulary(c), 3);
    struct product p = product_of("x", "Oak stool of beech", NULL);
    assert_true(content_vector(c, &p, vector));
    assert_int_equal(vector[0], 90); /* 127 / sqrt(2) */
    assert_int_equal(vector[1], 0);
    assert_int_equal(vector[2], 90);
    p.title = TEXT("Pine desk");
    assert_false(content_vector(c, &p, vector));
    for (int k = 0; k < CONTENT_SIZE; k++)
        assert_int_equal(vector[k], 0);
}

static void an_empty_model_knows_nothing(void **state)
{
    SCOPED(content_close) struct content *c = NULL;
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    struct product p = product_of("x", "Oak stool", NULL);
    int8_t vector[CONTENT_SIZE];
    struct error err = {0};

    write_words(test_path(path, test_dir(dir), "content.bin"), NULL, 0);
    assert_int_equal(content_open(&c, path, &err), OK);
    assert_int_equal(content_find(c, hash_of("oak")), UINT32_MAX);
    assert_false(content_vector(c, &p, vector));
}

static void damaged_files_are_refused_by_name_or_harmless(void **state)
{
    static const char *const words[] = {"oak", "table", "stool", "lamp", "rake", "soap"};
    SCOPED(buffer_free) struct buffer good = {0};
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    struct product p = product_of("x", "oak table stool lamp rake soap", NULL);
    struct error err = {0};
    struct random r;
    size_t refused = 0;

    write_words(test_path(path, test_dir(dir), "content.bin"), words, COUNT(words));
    assert_int_equal(file_read(path, 1 << 20, &good, NULL), OK);
    random_seed(&r, 3);
    for (int i = 0; i < 400; i++) {
        struct content *c = NULL;
        struct text bad = buffer_text(&good);
        size_t at = i % 2 == 0 ? random_below(&r, 256) : good.size - 1 - random_below(&r, 512);
        int8_t vector[CONTENT_SIZE];
        char was = good.data[at];
        good.data[at] = (char)random_next(&r);
        if (i % 10 == 0)
            bad.size = random_below(&r, (uint32_t)good.size);
        test_write(path, bad);
        if (content_open(&c, path, &err) == OK) {
            (void)content_vector(c, &p, vector); /* sanitizers see what leads outside */
            content_close(&c);
        } else {
            assert_int_equal(err.status, ERR_CORRUPT);
            assert_non_null(strstr(err.message, path));
            refused++;
        }
        good.data[at] = was;
    }
    assert_true(refused > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_of_a_product_says_something),
        cmocka_unit_test(terms_are_compared_by_what_they_are_of),
        cmocka_unit_test(ids_are_no_content),
        cmocka_unit_test(terms_come_once_and_in_order),
        cmocka_unit_test(more_terms_than_there_is_room_for_are_left_out),
        cmocka_unit_test(a_vector_is_the_sum_of_what_is_known),
        cmocka_unit_test(an_empty_model_knows_nothing),
        cmocka_unit_test(damaged_files_are_refused_by_name_or_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
