/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/encoder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "tests/support/test.h"

enum { N = ENCODER_SIZE, ROWS = 600 };

/* Something to write: products 1, 3, 5, ... have vectors. */
struct made {
    struct encoder_weights weights;
    product_number products[ROWS];
    float vectors[ROWS][N];
    char path[TEST_PATH_SIZE];
};

/* Vectors of whole numbers, the largest 127: bytes hold them as they are. */
static void make(struct made *m, uint64_t seed)
{
    char dir[TEST_PATH_SIZE];
    float *weights = &m->weights.a[0][0];
    struct random r;

    random_seed(&r, seed);
    for (size_t i = 0; i < sizeof(m->weights) / sizeof(float); i++)
        weights[i] = (float)random_normal(&r) / 40;
    for (int k = 0; k < N; k++)
        m->weights.q[k] *= 40;
    for (uint32_t i = 0; i < ROWS; i++) {
        m->products[i] = 2 * i + 1;
        for (int k = 0; k < N; k++)
            m->vectors[i][k] = (float)random_below(&r, 255) - 127;
        m->vectors[i][random_below(&r, N)] = 127;
    }
    test_path(m->path, test_dir(dir), "encoder.bin");
}

static void write(const struct made *m)
{
    const struct encoder_parts parts = {&m->weights, m->products, &m->vectors[0][0], ROWS,
                                        2 * ROWS + 1};
    struct error err = {0};

    if (encoder_write(&parts, m->path, &err) != OK)
        fail_msg("%s", err.message);
}

static struct encoder *open_made(const struct made *m)
{
    struct encoder *e = NULL;
    struct error err = {0};

    write(m);
    if (encoder_open(&e, m->path, &err) != OK)
        fail_msg("%s", err.message);
    return e;
}

static const float *vector_of(const struct made *m, product_number product)
{
    return m->vectors[product / 2];
}

/* g_j of the header, in doubles. */
static double attention(const struct made *m, const float *x, const float *newest, int place)
{
    double g = 0;

    for (int k = 0; k < N; k++) {
        double z = (double)m->weights.places[place][k];
        for (int i = 0; i < N; i++)
            z += (double)m->weights.a[i][k] * (double)x[i] +
                 (double)m->weights.b[i][k] * (double)newest[i];
        g += (double)m->weights.q[k] * z / (1 + fabs(z));
    }
    return g;
}

/* a and h of the header; clicks newest first, all of them known. */
static void encode(const struct made *m, const product_number *clicks, uint32_t count, double *a,
                   double h[N])
{
    double sum = 0;

    for (uint32_t j = 0; j < count; j++) {
        a[j] = exp(attention(m, vector_of(m, clicks[j]), vector_of(m, clicks[0]), (int)j));
        sum += a[j];
    }
    for (int k = 0; k < N; k++)
        h[k] = 0;
    for (uint32_t j = 0; j < count; j++) {
        a[j] /= sum;
        for (int k = 0; k < N; k++)
            h[k] += a[j] * (double)vector_of(m, clicks[j])[k];
    }
}

static double cosine(const double *h, const float *x)
{
    double both = 0, own = 0, other = 0;

    for (int k = 0; k < N; k++) {
        both += h[k] * (double)x[k];
        own += h[k] * h[k];
        other += (double)x[k] * (double)x[k];
    }
    return both / sqrt(own * other);
}

static void draw_clicks(struct random *r, product_number *clicks, uint32_t count)
{
    for (uint32_t j = 0; j < count; j++)
        clicks[j] = 2 * random_below(r, ROWS) + 1;
}

static void a_session_is_encoded_as_the_header_says(void **state)
{
    struct made *m = mem_new(1, sizeof(*m));
    struct random r;

    make(m, 1);
    SCOPED(encoder_close) struct encoder *e = open_made(m);
    random_seed(&r, 2);
    for (uint32_t round = 0; round < 64; round++) {
        uint32_t count = 1 + round % ENCODER_CLICKS_MAX;
        product_number clicks[ENCODER_CLICKS_MAX];
        double a[ENCODER_CLICKS_MAX], h[N];
        struct session_vector v;
        draw_clicks(&r, clicks, count);
        encode(m, clicks, count, a, h);
        encoder_encode(e, clicks, count, &v);
        assert_int_equal(v.count, count);
        for (uint32_t j = 0; j < count; j++)
            assert_true(fabs((double)v.weights[j] - a[j]) < 1e-3 * a[j] + 1e-6);
        for (product_number p = 1; p < 2 * ROWS; p += 46) /* bytes of h are what is lost */
            assert_true(fabs((double)encoder_likeness(e, &v, p) - cosine(h, vector_of(m, p))) <
                        0.005);
    }
    mem_free(m);
}

static void a_session_of_one_click_is_that_products_vector(void **state)
{
    struct made *m = mem_new(1, sizeof(*m));
    struct session_vector v;
    const product_number click = 7;

    make(m, 1);
    SCOPED(encoder_close) struct encoder *e = open_made(m);
    encoder_encode(e, &click, 1, &v);
    assert_true(v.weights[0] == 1);
    assert_true(fabs((double)encoder_likeness(e, &v, 7) - 1) < 1e-6);
    assert_true(fabs((double)encoder_between(e, 7, 7) - 1) < 1e-6);
    assert_true(fabs((double)(encoder_likeness(e, &v, 9) - encoder_between(e, 9, 7))) < 1e-6);
    mem_free(m);
}

static void what_is_unknown_is_passed_over_and_like_nothing(void **state)
{
    static const product_number clicks[] = {4, 7, PRODUCT_NONE, 2 * ROWS + 7, 9}, known[] = {7, 9};
    struct made *m = mem_new(1, sizeof(*m));
    struct session_vector v, expected, nothing;
    struct encoder_hit hit;

    make(m, 1);
    SCOPED(encoder_close) struct encoder *e = open_made(m);
    assert_int_equal(encoder_rows(e), ROWS);
    assert_true(encoder_knows(e, 7) && !encoder_knows(e, 4) && !encoder_knows(e, PRODUCT_NONE));
    encoder_encode(e, clicks, COUNT(clicks), &v);
    encoder_encode(e, known, COUNT(known), &expected);
    assert_memory_equal(&v, &expected, sizeof(v));
    assert_true(encoder_likeness(e, &v, 4) == -2 && encoder_between(e, 7, 4) == -2);
    encoder_encode(e, clicks, 1, &nothing);
    assert_int_equal(nothing.count, 0);
    assert_true(encoder_likeness(e, &nothing, 7) == -2);
    assert_int_equal(encoder_search(e, &nothing, 1, &hit), 0);
    encoder_encode(e, NULL, 0, &nothing);
    assert_int_equal(nothing.count, 0);
    mem_free(m);
}

static void only_the_newest_clicks_that_are_known_count(void **state)
{
    product_number clicks[ENCODER_CLICKS_MAX + 4];
    struct made *m = mem_new(1, sizeof(*m));
    struct session_vector v, first;

    make(m, 1);
    SCOPED(encoder_close) struct encoder *e = open_made(m);
    for (uint32_t j = 0; j < COUNT(clicks); j++)
        clicks[j] = 2 * j + 1;
    encoder_encode(e, clicks, COUNT(clicks), &v);
    encoder_encode(e, clicks, ENCODER_CLICKS_MAX, &first);
    assert_int_equal(v.count, ENCODER_CLICKS_MAX);
    assert_memory_equal(&v, &first, sizeof(v));
    clicks[2] = 2; /* unknown: one more of the others has its place */
    encoder_encode(e, clicks, COUNT(clicks), &v);
    assert_int_equal(v.count, ENCODER_CLICKS_MAX);
    assert_int_equal(v.products[ENCODER_CLICKS_MAX - 1], clicks[ENCODER_CLICKS_MAX]);
    mem_free(m);
}

static void a_likeness_is_owed_to_the_click_of_most_attention_times_cosine(void **state)
{
    struct made *m = mem_new(1, sizeof(*m));
    struct random r;

    make(m, 3);
    SCOPED(encoder_close) struct encoder *e = open_made(m);
    random_seed(&r, 4);
    for (int round = 0; round < 100; round++) {
        product_number clicks[5], product = 2 * random_below(&r, ROWS) + 1;
        struct session_vector v;
        uint32_t most = 0;
        double owed[5];
        draw_clicks(&r, clicks, 5);
        encoder_encode(e, clicks, 5, &v);
        for (uint32_t j = 0; j < 5; j++) {
            owed[j] = 0;
            for (int k = 0; k < N; k++)
                owed[j] += (double)v.weights[j] * (double)vector_of(m, clicks[j])[k] *
                           (double)vector_of(m, product)[k];
            most = owed[j] > owed[most] ? j : most;
        }
        assert_int_equal(encoder_owed(e, &v, product), most);
    }
    mem_free(m);
}

static int nearest_first(const void *x, const void *y)
{
    const struct encoder_hit *a = x, *b = y;

    if (a->likeness != b->likeness)
        return a->likeness > b->likeness ? -1 : 1;
    return (a->product > b->product) - (a->product < b->product);
}

/* All that have a vector, nearest first, equal ones by product. */
static void sort_all(const struct made *m, const struct encoder *e, const struct session_vector *v,
                     struct encoder_hit all[ROWS])
{
    for (uint32_t i = 0; i < ROWS; i++)
        all[i] = (struct encoder_hit){m->products[i], encoder_likeness(e, v, m->products[i])};
    qsort(all, ROWS, sizeof(all[0]), nearest_first);
}

static bool among(const struct encoder_hit *hits, uint32_t count, product_number product)
{
    for (uint32_t i = 0; i < count; i++) {
        if (hits[i].product == product)
            return true;
    }
    return false;
}

static void a_search_gives_what_sorting_all_gives(void **state)
{
    static const uint32_t sizes[] = {0, 1, 2, 20, 100};
    static const product_number clicks[] = {9, 101, 33};
    struct made *m = mem_new(1, sizeof(*m));
    struct encoder_hit all[ROWS], hits[ENCODER_HITS_MAX];
    struct session_vector v;

    make(m, 5);
    for (uint32_t i = 100; i < 400; i++) /* many are equal */
        memcpy(m->vectors[i], m->vectors[i % 7], sizeof(m->vectors[i]));
    SCOPED(encoder_close) struct encoder *e = open_made(m);
    encoder_encode(e, clicks, COUNT(clicks), &v);
    sort_all(m, e, &v, all);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        assert_int_equal(encoder_search(e, &v, sizes[i], hits), sizes[i]);
        assert_memory_equal(hits, all, sizes[i] * sizeof(all[0]));
    }
    mem_free(m);
}

/* Half the bits miss next to nothing that belongs among the nearest, and lie about none. */
static void a_search_finds_nearly_all_that_are_nearest(void **state)
{
    enum { SEARCHES = 100, WANTED = 150 };
    struct made *m = mem_new(1, sizeof(*m));
    struct encoder_hit all[ROWS], hits[WANTED];
    uint32_t found = 0;
    struct random r;

    make(m, 6);
    random_seed(&r, 7);
    SCOPED(encoder_close) struct encoder *e = open_made(m);
    for (int search = 0; search < SEARCHES; search++) {
        product_number clicks[3];
        struct session_vector v;
        draw_clicks(&r, clicks, COUNT(clicks));
        encoder_encode(e, clicks, COUNT(clicks), &v);
        sort_all(m, e, &v, all);
        assert_int_equal(encoder_search(e, &v, WANTED, hits), WANTED);
        for (uint32_t i = 0; i < WANTED; i++) {
            assert_true(hits[i].likeness == encoder_likeness(e, &v, hits[i].product));
            assert_true(i == 0 || nearest_first(&hits[i - 1], &hits[i]) < 0);
            found += among(hits, WANTED, all[i].product);
        }
    }
    assert_true(found >= SEARCHES * WANTED * 0.999);
    mem_free(m);
}

static void what_is_no_number_is_not_written(void **state)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY, 1e9F};
    struct made *m = mem_new(1, sizeof(*m));
    const struct encoder_parts parts = {&m->weights, m->products, &m->vectors[0][0], ROWS,
                                        2 * ROWS + 1};
    struct encoder *e = NULL;
    struct error err = {0};

    make(m, 6);
    float *spots[] = {&m->weights.a[3][4], &m->weights.b[63][63], &m->weights.places[15][0],
                      &m->weights.q[63], &m->vectors[5][6]};
    for (size_t s = 0; s < COUNT(spots); s++) {
        float was = *spots[s];
        for (size_t i = 0; i < COUNT(bad); i++) {
            *spots[s] = bad[i];
            assert_int_equal(encoder_write(&parts, m->path, &err), ERR_INVALID);
        }
        *spots[s] = was;
    }
    assert_int_equal(encoder_open(&e, m->path, &err), ERR_NOT_FOUND);
    mem_free(m);
}

static void a_file_with_a_weight_that_is_no_number_is_refused(void **state)
{
    SCOPED(buffer_free) struct buffer file = {0};
    struct made *m = mem_new(1, sizeof(*m));
    struct encoder *e = NULL;
    struct error err = {0};
    static const float bad[] = {NAN, 1e30F};

    make(m, 6);
    write(m);
    assert_int_equal(file_read(m->path, 1 << 20, &file, NULL), OK);
    char *last = memmem(file.data, file.size, &m->weights.q[N - 1], sizeof(bad[0]));
    assert_non_null(last);
    for (size_t i = 0; i < COUNT(bad); i++) {
        memcpy(last, &bad[i], sizeof(bad[i]));
        test_write(m->path, buffer_text(&file));
        assert_int_equal(encoder_open(&e, m->path, &err), ERR_CORRUPT);
        assert_non_null(strstr(err.message, "a weight is no number"));
    }
    mem_free(m);
}

static void a_file_with_a_byte_that_has_no_counterpart_is_refused(void **state)
{
    SCOPED(buffer_free) struct buffer file = {0};
    struct made *m = mem_new(1, sizeof(*m));
    int8_t last[N];
    struct encoder *e = NULL;
    struct error err = {0};

    make(m, 9);
    write(m);
    assert_int_equal(file_read(m->path, 1 << 20, &file, NULL), OK);
    for (int k = 0; k < N; k++)
        last[k] = (int8_t)m->vectors[ROWS - 1][k];
    char *found = memmem(file.data, file.size, last, sizeof(last));
    assert_non_null(found);
    found[N - 1] = INT8_MIN;
    test_write(m->path, buffer_text(&file));
    assert_int_equal(encoder_open(&e, m->path, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.message, "a vector is too long"));
    mem_free(m);
}

/* Whatever opens must be harmless to use. */
static void use(const struct encoder *e)
{
    product_number clicks[ENCODER_CLICKS_MAX];
    struct encoder_hit hits[30];
    struct session_vector v;

    for (uint32_t j = 0; j < ENCODER_CLICKS_MAX; j++)
        clicks[j] = 2 * j + 1;
    encoder_encode(e, clicks, ENCODER_CLICKS_MAX, &v);
    size_t count = encoder_search(e, &v, 30, hits);
    for (size_t i = 0; i < count; i++)
        assert_true(encoder_knows(e, hits[i].product));
}

static void damaged_files_are_refused_by_name_or_harmless(void **state)
{
    SCOPED(buffer_free) struct buffer good = {0};
    struct made *m = mem_new(1, sizeof(*m));
    struct encoder *e = NULL;
    struct error err = {0};
    struct random r;
    uint32_t refused = 0;

    make(m, 7);
    write(m);
    assert_int_equal(file_read(m->path, 1 << 20, &good, NULL), OK);
    random_seed(&r, 8);
    for (int i = 0; i < 600; i++) {
        struct text bad = buffer_text(&good);
        size_t at = random_below(&r, i % 2 == 0 ? 8000 : (uint32_t)good.size);
        char was = good.data[at];
        good.data[at] = (char)random_next(&r);
        if (i % 10 == 0)
            bad.size = random_below(&r, (uint32_t)good.size);
        test_write(m->path, bad);
        if (encoder_open(&e, m->path, &err) == OK) {
            use(e);
            encoder_close(&e);
        } else {
            assert_int_equal(err.status, ERR_CORRUPT);
            assert_non_null(strstr(err.message, m->path));
            refused++;
        }
        good.data[at] = was;
    }
    assert_true(refused > 150);
    assert_int_equal(remove(m->path), 0);
    assert_int_equal(encoder_open(&e, m->path, &err), ERR_NOT_FOUND);
    mem_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_encoded_as_the_header_says),
        cmocka_unit_test(a_session_of_one_click_is_that_products_vector),
        cmocka_unit_test(what_is_unknown_is_passed_over_and_like_nothing),
        cmocka_unit_test(only_the_newest_clicks_that_are_known_count),
        cmocka_unit_test(a_likeness_is_owed_to_the_click_of_most_attention_times_cosine),
        cmocka_unit_test(a_search_gives_what_sorting_all_gives),
        cmocka_unit_test(a_search_finds_nearly_all_that_are_nearest),
        cmocka_unit_test(what_is_no_number_is_not_written),
        cmocka_unit_test(a_file_with_a_weight_that_is_no_number_is_refused),
        cmocka_unit_test(a_file_with_a_byte_that_has_no_counterpart_is_refused),
        cmocka_unit_test(damaged_files_are_refused_by_name_or_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
