/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/encoder.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/array_file.h"
#include "base/largest.h"
#include "base/memory.h"
#include "indexes/decay.h"
#include "indexes/dot.h"

enum encoder_section {
    SECTION_ROWS,     /* uint32_t, products: row + 1, 0 none */
    SECTION_PRODUCTS, /* product_number, rows, rising */
    SECTION_VECTORS,  /* int8_t[ENCODER_SIZE], rows */
    SECTION_VALUES,   /* float, rows: a byte times this is the float it stands for */
    SECTION_LENGTHS,  /* float, rows: 1 / length of the vector's bytes */
    SECTION_WEIGHTS,  /* struct encoder_weights */
    ENCODER_SECTION_COUNT
};

enum encoder_count { COUNT_PRODUCTS, COUNT_ROWS };

static const struct array_file_kind encoder_kind = {"ENCAPENC", 1, ENCODER_SECTION_COUNT};

_Static_assert((int)ENCODER_SIZE == (int)DOT_SIZE, "vectors are multiplied by dot.h");

enum {
    AT_ONCE = 256,    /* rows */
    COARSE_MAX = 256, /* rows that are compared in whole bytes */
    SPARE = 256,
};

/* Of a vector in bytes. */
struct scale {
    float value;          /* a byte times this is the float it stands for */
    float inverse_length; /* of the bytes */
};

struct encoder {
    struct array_file file;
    uint32_t product_count, row_count;
    const uint32_t *rows;
    const product_number *products;
    const struct dot_vector *vectors;
    const float *values, *inverse_lengths;
    const struct encoder_weights *weights;
    struct dot_block *blocks; /* the vectors once more, coarse, to be searched */
    float *block_lengths;     /* their inverse lengths, with zeros behind */
};

/* As bytes, the largest in size being 127. Zeros stay zeros, and have no length. */
static struct scale quantise(const float *x, struct dot_vector *out)
{
    float most = 0;

    for (int i = 0; i < ENCODER_SIZE; i++)
        most = fabsf(x[i]) > most ? fabsf(x[i]) : most;
    if (!(most > 0)) {
        *out = (struct dot_vector){{0}};
        return (struct scale){0, 0};
    }
    for (int i = 0; i < ENCODER_SIZE; i++) {
        float scaled = x[i] / most * 127;
        out->of[i] = (int8_t)(scaled < 0 ? scaled - 0.5F : scaled + 0.5F);
    }
    return (struct scale){most / 127, 1 / sqrtf((float)dot(out, out))};
}

/* What learning arrives at lies far within; beyond it, sums of products would be no numbers. */
static const float number_most = 1e6F;

static bool numbers(const float *x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!(fabsf(x[i]) <= number_most))
            return false;
    }
    return true;
}

enum status encoder_write(const struct encoder_parts *parts, const char *path, struct error *err)
{
    if (!numbers(parts->vectors, (size_t)parts->row_count * ENCODER_SIZE) ||
        !numbers(&parts->weights->a[0][0], sizeof(*parts->weights) / sizeof(float)))
        return error_set(err, ERR_INVALID,
                         "what was learned of sessions is no number, or too large a one");
    uint32_t *rows = mem_new(parts->product_count, sizeof(*rows));
    struct dot_vector *vectors = mem_new(parts->row_count, sizeof(*vectors));
    float *values = mem_new(parts->row_count, sizeof(*values));
    float *lengths = mem_new(parts->row_count, sizeof(*lengths));

    for (uint32_t i = 0; i < parts->row_count; i++) {
        assert(parts->products[i] < parts->product_count);
        rows[parts->products[i]] = i + 1;
        struct scale scale = quantise(parts->vectors + (size_t)i * ENCODER_SIZE, vectors + i);
        values[i] = scale.value;
        lengths[i] = scale.inverse_length;
    }
    const struct array_file file = {
        .counts = {[COUNT_PRODUCTS] = parts->product_count, [COUNT_ROWS] = parts->row_count},
        .sections = {[SECTION_ROWS] = {rows, sizeof(*rows) * parts->product_count},
                     [SECTION_PRODUCTS] = {parts->products,
                                           sizeof(product_number) * parts->row_count},
                     [SECTION_VECTORS] = {vectors, sizeof(*vectors) * parts->row_count},
                     [SECTION_VALUES] = {values, sizeof(*values) * parts->row_count},
                     [SECTION_LENGTHS] = {lengths, sizeof(*lengths) * parts->row_count},
                     [SECTION_WEIGHTS] = {parts->weights, sizeof(*parts->weights)}},
    };
    enum status status = array_file_write(&encoder_kind, &file, path, err);
    mem_free(rows);
    mem_free(vectors);
    mem_free(values);
    mem_free(lengths);
    return status;
}

static bool lengths_fit(const struct array_file *f)
{
    uint64_t products = f->counts[COUNT_PRODUCTS], rows = f->counts[COUNT_ROWS];

    return products < UINT32_MAX && rows <= products &&
           f->sections[SECTION_ROWS].size == sizeof(uint32_t) * products &&
           f->sections[SECTION_PRODUCTS].size == sizeof(product_number) * rows &&
           f->sections[SECTION_VECTORS].size == sizeof(struct dot_vector) * rows &&
           f->sections[SECTION_VALUES].size == sizeof(float) * rows &&
           f->sections[SECTION_LENGTHS].size == sizeof(float) * rows &&
           f->sections[SECTION_WEIGHTS].size == sizeof(struct encoder_weights);
}

/* -128 has no counterpart above zero, and processors differ in what they make of it. */
static bool bytes_sound(const struct encoder *e)
{
    const int8_t *bytes = (const int8_t *)e->vectors;
    int8_t lowest = 0;

    for (size_t i = 0; i < (size_t)e->row_count * sizeof(*e->vectors); i++)
        lowest = bytes[i] < lowest ? bytes[i] : lowest;
    return lowest > INT8_MIN;
}

static const char *problem_of(const struct encoder *e)
{
    const float *weights = &e->weights->a[0][0];

    for (uint32_t p = 0; p < e->product_count; p++) {
        if (e->rows[p] > e->row_count || (e->rows[p] > 0 && e->products[e->rows[p] - 1] != p))
            return "its products and its vectors do not belong together";
    }
    for (uint32_t i = 0; i < e->row_count; i++) {
        if (e->products[i] >= e->product_count || e->rows[e->products[i]] != i + 1)
            return "its products and its vectors do not belong together";
        if (!(e->values[i] >= 0 && e->values[i] <= number_most) ||
            !(e->inverse_lengths[i] >= 0 && e->inverse_lengths[i] <= 1))
            return "a vector's length is no number, or too large a one";
    }
    if (!bytes_sound(e))
        return "a vector is too long";
    return numbers(weights, sizeof(*e->weights) / sizeof(float))
               ? NULL
               : "a weight is no number, or too large a one";
}

static void lay_out_blocks(struct encoder *e)
{
    size_t count = dot_blocks(e->row_count);

    e->blocks = mem_new(count, sizeof(*e->blocks));
    dot_blocks_fill(e->vectors, e->row_count, e->blocks);
    e->block_lengths = mem_new(count * DOT_BLOCK + AT_ONCE, sizeof(*e->block_lengths));
    if (e->row_count > 0)
        memcpy(e->block_lengths, e->inverse_lengths, e->row_count * sizeof(*e->block_lengths));
}

enum status encoder_open(struct encoder **out, const char *path, struct error *err)
{
    SCOPED(encoder_close) struct encoder *e = mem_new(1, sizeof(*e));
    enum status status = array_file_open(&encoder_kind, &e->file, path, err);

    if (status != OK)
        return status;
    if (!lengths_fit(&e->file))
        return array_file_damaged(err, path, "its parts have wrong lengths");
    e->product_count = (uint32_t)e->file.counts[COUNT_PRODUCTS];
    e->row_count = (uint32_t)e->file.counts[COUNT_ROWS];
    e->rows = e->file.sections[SECTION_ROWS].bytes;
    e->products = e->file.sections[SECTION_PRODUCTS].bytes;
    e->vectors = e->file.sections[SECTION_VECTORS].bytes;
    e->values = e->file.sections[SECTION_VALUES].bytes;
    e->inverse_lengths = e->file.sections[SECTION_LENGTHS].bytes;
    e->weights = e->file.sections[SECTION_WEIGHTS].bytes;
    const char *problem = problem_of(e);
    if (problem != NULL)
        return array_file_damaged(err, path, problem);
    lay_out_blocks(e);
    *out = e;
    e = NULL;
    return OK;
}

void encoder_close(struct encoder **e)
{
    if (*e == NULL)
        return;
    mem_free((*e)->blocks);
    mem_free((*e)->block_lengths);
    array_file_close(&(*e)->file);
    mem_free(*e);
    *e = NULL;
}

uint32_t encoder_rows(const struct encoder *e)
{
    return e->row_count;
}

/* Row + 1 of a product, 0 none. */
static uint32_t row_of(const struct encoder *e, product_number product)
{
    return product < e->product_count ? e->rows[product] : 0;
}

bool encoder_knows(const struct encoder *e, product_number product)
{
    return row_of(e, product) > 0;
}

/* --- a session --- */

/* z += m x, column by column. */
static void multiply_add(const float m[ENCODER_SIZE][ENCODER_SIZE], const float *x, float *z)
{
    for (int i = 0; i < ENCODER_SIZE; i++) {
        for (int k = 0; k < ENCODER_SIZE; k++)
            z[k] += m[i][k] * x[i];
    }
}

/* g_j of the click x at place j; `newest` is B x_0. */
static float attention(const struct encoder_weights *w, const float *x, const float *newest, int j)
{
    float z[ENCODER_SIZE], sum = 0;

    for (int k = 0; k < ENCODER_SIZE; k++)
        z[k] = newest[k] + w->places[j][k];
    multiply_add(w->a, x, z);
    for (int k = 0; k < ENCODER_SIZE; k++)
        z[k] = w->q[k] * (z[k] / (1 + fabsf(z[k])));
    for (int k = 0; k < ENCODER_SIZE; k++)
        sum += z[k];
    return sum;
}

/* g becomes its softmax. */
static void softmax(float *g, uint32_t count)
{
    static const double log2_e = 1.4426950408889634;
    float most = g[0], sum = 0;

    for (uint32_t i = 1; i < count; i++)
        most = g[i] > most ? g[i] : most;
    for (uint32_t i = 0; i < count; i++) {
        g[i] = (float)decay_power((double)(g[i] - most) * log2_e);
        sum += g[i];
    }
    for (uint32_t i = 0; i < count; i++)
        g[i] /= sum;
}

void encoder_encode(const struct encoder *e, const product_number *clicks, size_t count,
                    struct session_vector *out)
{
    float x[ENCODER_CLICKS_MAX][ENCODER_SIZE], newest[ENCODER_SIZE] = {0}, h[ENCODER_SIZE] = {0};

    *out = (struct session_vector){.count = 0};
    for (size_t i = 0; i < count && out->count < ENCODER_CLICKS_MAX; i++) {
        uint32_t row = row_of(e, clicks[i]);
        if (row == 0)
            continue;
        for (int k = 0; k < ENCODER_SIZE; k++)
            x[out->count][k] = (float)e->vectors[row - 1].of[k] * e->values[row - 1];
        out->products[out->count++] = clicks[i];
    }
    if (out->count == 0)
        return;
    multiply_add(e->weights->b, x[0], newest);
    for (uint32_t j = 0; j < out->count; j++)
        out->weights[j] = attention(e->weights, x[j], newest, (int)j);
    softmax(out->weights, out->count);
    for (uint32_t j = 0; j < out->count; j++) {
        for (int k = 0; k < ENCODER_SIZE; k++)
            h[k] += out->weights[j] * x[j][k];
    }
    out->inverse_length = quantise(h, &out->vector).inverse_length;
}

static float likeness(const struct encoder *e, const struct session_vector *v, uint32_t row)
{
    return (float)dot(&v->vector, &e->vectors[row]) * v->inverse_length * e->inverse_lengths[row];
}

float encoder_likeness(const struct encoder *e, const struct session_vector *v,
                       product_number product)
{
    uint32_t row = row_of(e, product);

    return row == 0 || v->count == 0 ? -2 : likeness(e, v, row - 1);
}

float encoder_between(const struct encoder *e, product_number x, product_number y)
{
    uint32_t a = row_of(e, x), b = row_of(e, y);

    if (a == 0 || b == 0)
        return -2;
    return (float)dot(&e->vectors[a - 1], &e->vectors[b - 1]) * e->inverse_lengths[a - 1] *
           e->inverse_lengths[b - 1];
}

void encoder_fetch(const struct encoder *e, product_number product, enum fetch step)
{
    if (product >= e->product_count)
        return;
    if (step == FETCH_FIRST) {
        __builtin_prefetch(&e->rows[product]);
        return;
    }
    uint32_t row = e->rows[product];
    if (row == 0)
        return;
    __builtin_prefetch(&e->vectors[row - 1]);
    __builtin_prefetch(&e->inverse_lengths[row - 1]);
}

uint32_t encoder_owed(const struct encoder *e, const struct session_vector *v,
                      product_number product)
{
    uint32_t most = 0;
    float best = -INFINITY;

    assert(v->count > 0 && encoder_knows(e, product));
    for (uint32_t j = 0; j < v->count; j++) {
        uint32_t row = row_of(e, v->products[j]) - 1;
        float owed = v->weights[j] * e->values[row] *
                     (float)dot(&e->vectors[row], &e->vectors[row_of(e, product) - 1]);
        if (owed > best) {
            best = owed;
            most = j;
        }
    }
    return most;
}

/* --- search --- */

struct cosines {
    float of[AT_ONCE];
    uint8_t near[AT_ONCE]; /* 1: not below the least that is looked for */
};

/* From sums of products to cosines. */
VECTORISED
static void cosines(const int32_t *sums, float inverse_length, const float *inverse_lengths,
                    float least, struct cosines *out)
{
    for (uint32_t i = 0; i < AT_ONCE; i++)
        out->of[i] = (float)sums[i] * inverse_length * inverse_lengths[i];
    for (uint32_t i = 0; i < AT_ONCE; i++)
        out->near[i] = out->of[i] >= least;
}

/* The best rows so far, and some that were looked at since. */
struct best {
    uint64_t keys[COARSE_MAX + SPARE];
    uint32_t count;
    float least; /* whoever is below is not among them */
};

static void best_add(struct best *b, float likeness, uint32_t row)
{
    if (b->count == COUNT(b->keys)) {
        largest_front(b->keys, b->count, COARSE_MAX);
        b->count = COARSE_MAX;
        uint64_t last = b->keys[0];
        for (uint32_t i = 1; i < b->count; i++)
            last = b->keys[i] < last ? b->keys[i] : last;
        b->least = largest_number(last);
    }
    b->keys[b->count++] = largest_key(likeness, row);
}

/* Eight at a time: most are not near. */
static void best_add_rows(struct best *b, const struct cosines *likeness, uint32_t first,
                          uint32_t count)
{
    uint64_t eight;

    for (uint32_t i = 0; i < count; i += sizeof(eight)) {
        memcpy(&eight, likeness->near + i, sizeof(eight));
        for (; eight != 0; eight &= eight - 1) {
            uint32_t at = i + (uint32_t)__builtin_ctzll(eight) / 8;
            if (at < count && likeness->of[at] >= b->least)
                best_add(b, likeness->of[at], first + at);
        }
    }
}

/* Of all rows, about the nearest COARSE_MAX. */
static void search_blocks(const struct encoder *e, const struct session_vector *v,
                          struct best *best)
{
    struct cosines likeness;
    int32_t sums[AT_ONCE] = {0};

    for (uint32_t first = 0; first < e->row_count; first += AT_ONCE) {
        uint32_t count = e->row_count - first < AT_ONCE ? e->row_count - first : AT_ONCE;
        uint32_t blocks = (uint32_t)dot_blocks(count);
        dots_of_blocks(&v->vector, e->blocks + first / DOT_BLOCK, blocks, sums);
        cosines(sums, v->inverse_length, e->block_lengths + first, best->least, &likeness);
        best_add_rows(best, &likeness, first, count);
    }
    largest_front(best->keys, best->count, COARSE_MAX);
    best->count = best->count < COARSE_MAX ? best->count : COARSE_MAX;
}

size_t encoder_search(const struct encoder *e, const struct session_vector *v, uint32_t max,
                      struct encoder_hit *out)
{
    struct best best = {.count = 0, .least = -INFINITY};

    assert(max <= ENCODER_HITS_MAX);
    if (v->count == 0)
        return 0;
    search_blocks(e, v, &best);
    for (uint32_t i = 0; i < best.count; i++)
        __builtin_prefetch(&e->vectors[largest_which(best.keys[i])]);
    for (uint32_t i = 0; i < best.count; i++) {
        uint32_t row = largest_which(best.keys[i]);
        best.keys[i] = largest_key(likeness(e, v, row), row);
    }
    largest_first(best.keys, best.count, max);
    uint32_t found = best.count < max ? best.count : max;
    for (uint32_t i = 0; i < found; i++)
        out[i] = (struct encoder_hit){e->products[largest_which(best.keys[i])],
                                      largest_number(best.keys[i])};
    return found;
}
