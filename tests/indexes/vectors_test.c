/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/vectors.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/money.h"
#include "base/random.h"
#include "indexes/graph.h"
#include "tests/support/test.h"
#include "tests/support/vectors.h"
#include "train/content_fit.h"

static struct vectors *built(const struct vector_set *set, char path[TEST_PATH_SIZE])
{
    char dir[TEST_PATH_SIZE];
    struct vectors *v = NULL;
    struct error err = {0};

    test_path(path, test_dir(dir), "vectors.bin");
    assert_int_equal(vectors_build(set, NULL, NULL, path, &err), OK);
    assert_int_equal(vectors_open(&v, path, &err), OK);
    return v;
}

/* The share of the 20 most alike, by comparing all, that are found. */
static double recall(const struct vectors *v, const struct made_vectors *m, bool content_alone)
{
    enum { QUERIES = 200, AT = 20 };
    SCOPED(arena_free) struct arena a = {0};
    struct alike found[AT + 1];
    size_t hits = 0;

    for (uint32_t i = 0; i < QUERIES; i++) {
        uint32_t self = i * 7919 % m->count;
        struct vectors_query query = {.vector = m->vectors[self]};
        if (content_alone)
            query.vector.sure = 0;
        int32_t least = brute_force(m, &query.vector, self, AT - 1);
        size_t count = vectors_search(v, &query, AT + 1, &a, found);
        size_t hit = 0;
        for (size_t k = 0; k < count; k++)
            hit += found[k].product != self && found[k].likeness >= least;
        hits += hit < AT ? hit : AT;
        arena_reset(&a);
    }
    return (double)hits / (QUERIES * AT);
}

static void nearly_all_of_the_most_alike_are_found(void **state)
{
    SCOPED(made_vectors_free) struct made_vectors m = vectors_make(20000, 1);
    SCOPED(vectors_close) struct vectors *v = NULL;
    struct vector_set set = made_vectors_set(&m);
    char path[TEST_PATH_SIZE];

    v = built(&set, path);
    assert_int_equal(vectors_count(v), 20000);
    assert_true(recall(v, &m, false) >= 0.98);
    assert_true(recall(v, &m, true) >= 0.98);
    vectors_close(&v);
    set.passing = true;
    v = built(&set, path);
    assert_true(recall(v, &m, false) >= 0.97);
}

static void the_same_set_gives_the_same_bytes(void **state)
{
    SCOPED(made_vectors_free) struct made_vectors m = vectors_make(2000, 2);
    SCOPED(buffer_free) struct buffer first = {0}, second = {0};
    struct vector_set set = made_vectors_set(&m);
    char path[TEST_PATH_SIZE];

    for (int i = 0; i < 2; i++) {
        struct vectors *v = built(&set, path);
        vectors_close(&v);
        assert_int_equal(file_read(path, 1 << 24, i == 0 ? &first : &second, NULL), OK);
    }
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
}

/* Products 3, 5, 8 of 10: like each other in behaviour, the last two in content. */
static struct vectors *small(char path[TEST_PATH_SIZE])
{
    static const product_number products[] = {3, 5, 8};
    static const uint32_t shoppers[] = {4, 90, 0};
    static const struct product_vector vectors[] = {
        {{127}, VECTOR_SURE, {127}}, {{127}, VECTOR_SURE, {0, 127}}, {{0}, 0, {0, 127}}};
    const struct vector_set set = {10, 3, products, shoppers, vectors, false};

    return built(&set, path);
}

static void a_product_has_its_vector_or_none(void **state)
{
    char path[TEST_PATH_SIZE];
    SCOPED(vectors_close) struct vectors *v = small(path);
    uint32_t shoppers = 1;

    assert_null(vectors_find(v, 4, &shoppers));
    assert_int_equal(shoppers, 0);
    assert_null(vectors_find(v, 9, NULL));
    assert_null(vectors_find(v, 10, NULL));
    assert_null(vectors_find(v, PRODUCT_NONE, NULL));
    assert_int_equal(vectors_find(v, 5, &shoppers)->content[1], 127);
    assert_int_equal(shoppers, 90);
}

static void behaviour_of_too_few_shoppers_is_left_out(void **state)
{
    char path[TEST_PATH_SIZE];
    SCOPED(vectors_close) struct vectors *v = small(path);
    SCOPED(arena_free) struct arena a = {0};
    struct vectors_query query = {.vector = *vectors_find(v, 5, NULL), .support_min = 3};
    struct alike found[3];

    assert_int_equal(vectors_search(v, &query, 3, &a, found), 3);
    assert_int_equal(found[0].product, 5);
    assert_int_equal(found[1].product, 3);
    assert_true(found[1].by_behaviour);
    assert_int_equal(found[1].shoppers, 4);
    assert_true(found[1].likeness == found[2].likeness); /* 0.7 B and 0.7 C: by number */
    assert_int_equal(found[2].product, 8);
    assert_false(found[2].by_behaviour);
    assert_int_equal(found[2].shoppers, 0);

    query.support_min = 5;
    assert_int_equal(vectors_search(v, &query, 3, &a, found), 3);
    assert_int_equal(found[1].product, 8);
    assert_int_equal(found[2].product, 3);
    assert_false(found[2].by_behaviour);
    assert_int_equal(found[2].likeness, 0);

    query.vector.sure = 0; /* by content alone */
    query.support_min = 3;
    assert_int_equal(vectors_search(v, &query, 2, &a, found), 2);
    assert_int_equal(found[0].product, 5);
    assert_int_equal(found[1].product, 8);
    assert_false(found[0].by_behaviour);
}

static void a_file_of_no_or_one_product_is_searched_too(void **state)
{
    static const product_number products[] = {0};
    static const uint32_t shoppers[] = {0};
    static const struct product_vector vectors[] = {{{0}, 0, {127}}};
    char path[TEST_PATH_SIZE];

    for (uint32_t count = 0; count < 2; count++) {
        const struct vector_set set = {count, count, products, shoppers, vectors, false};
        SCOPED(vectors_close) struct vectors *v = built(&set, path);
        SCOPED(arena_free) struct arena a = {0};
        struct vectors_query query = {.vector = vectors[0]};
        struct alike found[VECTORS_FOUND_MAX];
        assert_int_equal(vectors_search(v, &query, VECTORS_FOUND_MAX, &a, found), count);
    }
}

/* All 127: of two such a likeness would be more than 2^31. */
static void vectors_longer_than_can_be_are_refused(void **state)
{
    SCOPED(made_vectors_free) struct made_vectors m = vectors_make(20, 5);
    struct vector_set set = made_vectors_set(&m);
    struct vectors *v = NULL;
    struct error err = {0};
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];

    memset(m.vectors[7].behaviour, INT8_MAX, sizeof(m.vectors[7].behaviour));
    m.vectors[7].sure = VECTOR_SURE;
    assert_int_equal(
        vectors_build(&set, NULL, NULL, test_path(path, test_dir(dir), "vectors.bin"), &err), OK);
    assert_int_equal(vectors_open(&v, path, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.message, "a vector is too long"));
}

/* Levels that begin behind the end of their nodes, where nothing may be read. */
static void levels_that_lead_outside_are_refused(void **state)
{
    static const uint32_t starts[] = {0, UINT32_MAX / 2, 1}, node = 0;
    uint32_t links[GRAPH_LINKS], level_links[GRAPH_LEVEL_LINKS];
    struct graph g = {.count = 1,
                      .links = links,
                      .level_count = 2,
                      .level_starts = starts,
                      .level_nodes = &node,
                      .level_links = level_links};

    memset(links, 0xff, sizeof(links));
    memset(level_links, 0xff, sizeof(level_links));
    assert_string_equal(graph_problem(&g), "its parts overlap");
}

static void damaged_files_are_refused_by_name_or_harmless(void **state)
{
    SCOPED(made_vectors_free) struct made_vectors m = vectors_make(300, 3);
    SCOPED(buffer_free) struct buffer good = {0};
    struct vector_set set = made_vectors_set(&m);
    char path[TEST_PATH_SIZE];
    struct vectors *v = built(&set, path);
    struct error err = {0};
    struct random r;
    size_t refused = 0;

    vectors_close(&v);
    assert_int_equal(file_read(path, 1 << 24, &good, NULL), OK);
    random_seed(&r, 3);
    for (int i = 0; i < 1500; i++) {
        SCOPED(arena_free) struct arena a = {0};
        struct text bad = buffer_text(&good);
        size_t at = random_below(&r, i % 3 == 0 ? 4096 : (uint32_t)good.size);
        struct vectors_query query = {.vector = m.vectors[i % 300]};
        struct alike found[50];
        char was = good.data[at];
        good.data[at] = (char)random_next(&r);
        if (i % 10 == 0)
            bad.size = random_below(&r, (uint32_t)good.size);
        test_write(path, bad);
        if (vectors_open(&v, path, &err) == OK) {
            size_t count = vectors_search(v, &query, 50, &a, found);
            for (size_t k = 0; k < count; k++)
                assert_true(found[k].product < 300);
            vectors_close(&v);
        } else {
            assert_int_equal(err.status, ERR_CORRUPT);
            assert_non_null(strstr(err.message, path));
            refused++;
        }
        good.data[at] = was;
    }
    assert_true(refused > 300);
}

/* --- the overlay --- */

/* A catalog whose products are "red thing N" and "blue thing N" in turn, and a generation's files of
 * those so far. */
struct shelf {
    struct catalog *catalog;
    struct content *content;
    struct vectors *vectors;
    uint64_t records;
    char path[TEST_PATH_SIZE]; /* of the vectors */
};

static product_number put(struct shelf *s, uint32_t n, const char *title, bool published)
{
    SCOPED(buffer_free) struct buffer body = {0};
    SCOPED(arena_free) struct arena a = {0};
    struct product p = product_blank();

    p.item_id = text_from(arena_printf(&a, "id-%u", n));
    p.title = text_from(title);
    p.category = text_from(n % 2 == 0 ? "Red" : "Blue");
    p.price = MONEY_UNIT;
    p.published = published;
    product_encode(&p, &body);
    const struct record r = {
        .position = {++s->records}, .kind = RECORD_PRODUCT, .body = buffer_text(&body)};
    return catalog_fold(s->catalog, &r);
}

static product_number put_usual(struct shelf *s, uint32_t n)
{
    SCOPED(arena_free) struct arena a = {0};

    return put(s, n, arena_printf(&a, "%s thing %u", n % 2 == 0 ? "red" : "blue", n / 4), true);
}

/* The first `count` products, in the catalog and in the files. */
static struct shelf *shelf_new(uint32_t count)
{
    struct shelf *s = mem_new(1, sizeof(*s));
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    uint32_t *shoppers = mem_new(count, sizeof(*shoppers));
    struct product_vector *vectors = mem_new(count, sizeof(*vectors));
    product_number *products = mem_new(count, sizeof(*products));
    SCOPED(arena_free) struct arena a = {0};
    struct error err = {0};
    bool made = false;

    s->catalog = catalog_new();
    for (uint32_t i = 0; i < count; i++)
        products[i] = put_usual(s, i);
    test_path(path, test_dir(dir), "content.bin");
    assert_int_equal(content_fit(s->catalog, path, &made, &err), OK);
    assert_true(made);
    assert_int_equal(content_open(&s->content, path, &err), OK);
    for (uint32_t i = 0; i < count; i++) {
        struct product p;
        assert_true(catalog_get(s->catalog, products[i], &a, &p));
        assert_true(content_vector(s->content, &p, vectors[i].content));
    }
    struct vector_set set = {count, count, products, shoppers, vectors, false};
    s->vectors = built(&set, s->path);
    mem_free(shoppers);
    mem_free(vectors);
    mem_free(products);
    return s;
}

static void shelf_free(struct shelf **s)
{
    catalog_free((*s)->catalog);
    content_close(&(*s)->content);
    vectors_close(&(*s)->vectors);
    mem_free(*s);
}

static void refresh(struct shelf *s)
{
    vectors_refresh(s->vectors, s->content, s->catalog);
}

/* The first found for the content of `p` that is not `p`. */
static product_number nearest(struct shelf *s, product_number p)
{
    SCOPED(arena_free) struct arena a = {0};
    struct vectors_query query = {.support_min = 3};
    struct product product;
    struct alike found[2];

    refresh(s);
    assert_true(catalog_get(s->catalog, p, &a, &product));
    assert_true(content_vector(s->content, &product, query.vector.content));
    assert_int_equal(vectors_search(s->vectors, &query, 2, &a, found), 2);
    return found[0].product == p ? found[1].product : found[0].product;
}

static void a_product_of_a_minute_ago_has_neighbours_and_is_one(void **state)
{
    SCOPED(shelf_free) struct shelf *s = shelf_new(40);

    refresh(s);
    assert_int_equal(vectors_overlay_count(s->vectors), 0);
    product_number fresh = put(s, 1000, "red thing 3", true); /* there are two of these */
    product_number same = nearest(s, fresh);
    assert_true(same == 12 || same == 14);
    assert_int_equal(vectors_overlay_count(s->vectors), 1);
    assert_non_null(vectors_find(s->vectors, fresh, NULL));
    product_number twin = put(s, 1002, "red thing 3", true);
    assert_true(nearest(s, 12) == 14 || nearest(s, 12) == fresh);
    assert_true(nearest(s, twin) != twin);
}

static void the_overlay_follows_the_catalog(void **state)
{
    SCOPED(shelf_free) struct shelf *s = shelf_new(40);
    struct text blue[] = {TEXT("Blue")};

    product_number fresh = put(s, 1000, "red thing 3", true);
    assert_true(nearest(s, fresh) % 2 == 0);
    (void)put(s, 1000, "blue thing 3", true); /* its text changed */
    refresh(s);
    struct product_vector before = *vectors_find(s->vectors, fresh, NULL);
    (void)put(s, 1000, "blue thing 7", true);
    refresh(s);
    assert_memory_not_equal(&before, vectors_find(s->vectors, fresh, NULL), sizeof(before));
    (void)put(s, 1000, "red thing 3", false); /* no longer published */
    refresh(s);
    assert_null(vectors_find(s->vectors, fresh, NULL));
    (void)put(s, 1000, "unheard of words", true); /* its category is still known */
    product_number other = put(s, 1001, "blue thing 3", true);
    refresh(s);
    assert_int_equal(vectors_overlay_count(s->vectors), 2);
    catalog_sensitive_set(s->catalog, blue, 1);
    refresh(s);
    assert_null(vectors_find(s->vectors, other, NULL));
    assert_non_null(vectors_find(s->vectors, fresh, NULL));
    catalog_sensitive_set(s->catalog, NULL, 0);
    refresh(s);
    assert_int_equal(vectors_overlay_count(s->vectors), 2);
}

static void however_it_came_about_the_overlay_is_the_same(void **state)
{
    SCOPED(shelf_free) struct shelf *s = shelf_new(40);
    SCOPED(vectors_close) struct vectors *late = NULL;
    struct random r;

    random_seed(&r, 5);
    for (uint32_t i = 0; i < OVERLAY_MAX + 20; i++)
        (void)put_usual(s, 100 + i);
    refresh(s);
    assert_int_equal(vectors_overlay_count(s->vectors), OVERLAY_MAX); /* and no more */
    for (int round = 0; round < 30; round++) {
        for (uint32_t i = random_below(&r, 40); i > 0; i--) {
            SCOPED(arena_free) struct arena a = {0};
            uint32_t n = random_below(&r, OVERLAY_MAX + 300);
            (void)put(s, n, arena_printf(&a, "blue thing %u", n % 9), random_below(&r, 3) > 0);
        }
        refresh(s);
    }
    assert_int_equal(vectors_open(&late, s->path, NULL), OK);
    vectors_refresh(late, s->content, s->catalog);
    assert_int_equal(vectors_overlay_count(late), vectors_overlay_count(s->vectors));
    for (product_number p = 0; p < catalog_count(s->catalog); p++) {
        const struct product_vector *x = vectors_find(s->vectors, p, NULL);
        const struct product_vector *y = vectors_find(late, p, NULL);
        assert_true((x == NULL) == (y == NULL));
        if (x != NULL)
            assert_memory_equal(x, y, sizeof(*x));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearly_all_of_the_most_alike_are_found),
        cmocka_unit_test(the_same_set_gives_the_same_bytes),
        cmocka_unit_test(a_product_has_its_vector_or_none),
        cmocka_unit_test(behaviour_of_too_few_shoppers_is_left_out),
        cmocka_unit_test(a_file_of_no_or_one_product_is_searched_too),
        cmocka_unit_test(vectors_longer_than_can_be_are_refused),
        cmocka_unit_test(levels_that_lead_outside_are_refused),
        cmocka_unit_test(damaged_files_are_refused_by_name_or_harmless),
        cmocka_unit_test(a_product_of_a_minute_ago_has_neighbours_and_is_one),
        cmocka_unit_test(the_overlay_follows_the_catalog),
        cmocka_unit_test(however_it_came_about_the_overlay_is_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
