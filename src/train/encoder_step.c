/* SPDX-License-Identifier: Apache-2.0 */
/* The examples are cut into STEP_PARTS parts, each with room of its own; what they say is added up part
 * by part. Names follow the formulas of indexes/encoder.h; d... is the loss's derivative by ... */
#include "train/encoder_step.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "train/parts.h"

enum {
    N = ENCODER_SIZE,
    PART_EXAMPLES = STEP_EXAMPLES / STEP_PARTS,
    PART_CLICKS = PART_EXAMPLES * ENCODER_CLICKS_MAX,
    ROWS_MAX = STEP_NEGATIVES + STEP_EXAMPLES + STEP_PARTS * PART_CLICKS,
    DROPPED_OF_256 = 26, /* a tenth */
};

static const float sharpness = 12; /* of cosines */
static const float mean_decay = 0.9F, square_decay = 0.98F;

struct part {
    uint32_t starts[PART_EXAMPLES + 1]; /* an example's clicks, oldest first */
    uint32_t rows[PART_CLICKS];
    float x[PART_CLICKS][N], kept[PART_CLICKS][N], z[PART_CLICKS][N], dx[PART_CLICKS][N];
    float weights[PART_CLICKS]; /* g, then a */
    float newest[PART_EXAMPLES][N], by_newest[PART_EXAMPLES][N], dby_newest[PART_EXAMPLES][N];
    float dnewest[PART_EXAMPLES][N];
    float h[PART_EXAMPLES][N], dh[PART_EXAMPLES][N], lengths[PART_EXAMPLES];
    float likeness[PART_EXAMPLES][STEP_NEGATIVES]; /* then what each adds to the loss */
    float dnext[PART_EXAMPLES][N];
    float dnegatives[STEP_NEGATIVES][N];
    struct encoder_weights gradient;
    double loss;
};

struct step {
    const struct encoder_model *model;
    const struct step_input *in;
    struct part parts[STEP_PARTS];
    float negatives[STEP_NEGATIVES][N], next[STEP_EXAMPLES][N]; /* of length 1 */
    float negative_lengths[STEP_NEGATIVES], next_lengths[STEP_EXAMPLES];
    float lowered[STEP_NEGATIVES]; /* by how much a likeness is, for how often it is drawn */
    /* what is said of vectors, by row */
    uint32_t *slots; /* row_count: slot + 1, 0 none */
    uint32_t slot_rows[ROWS_MAX];
    uint32_t slot_count;
    float gradients[ROWS_MAX][N];
};

struct step *step_new(uint32_t row_count)
{
    struct step *s = mem_new(1, sizeof(*s));

    openblas_set_num_threads(1); /* threads are ours, one for each part */
    s->slots = mem_new(row_count, sizeof(*s->slots));
    return s;
}

void step_free(struct step *s)
{
    if (s == NULL)
        return;
    mem_free(s->slots);
    mem_free(s);
}

/* e^x for x from -87 to 0, to a relative error under 1e-6. Without a branch, so that a compiler can do
 * many at a time. */
static inline float exp_of(float x)
{
    float y = x * 1.44269504F;
    int32_t whole = (int32_t)(y - 0.5F); /* y is not above 0, so this rounds to the nearest */
    float f = y - (float)whole;
    float p = 1.3333558e-3F;
    int32_t bits;

    p = p * f + 9.6181291e-3F;
    p = p * f + 5.5504109e-2F;
    p = p * f + 2.4022651e-1F;
    p = p * f + 6.9314718e-1F;
    p = p * f + 1.0F;
    memcpy(&bits, &p, sizeof(bits));
    bits += whole * (1 << 23);
    memcpy(&p, &bits, sizeof(p));
    return p;
}

static float length_of(const float *x)
{
    float sum = 0;

    for (int k = 0; k < N; k++)
        sum += x[k] * x[k];
    return sqrtf(sum + 1e-12F);
}

/* y becomes x with length 1; returns the length x has. */
static float normalise(const float *x, float *y)
{
    float length = length_of(x);

    for (int k = 0; k < N; k++)
        y[k] = x[k] / length;
    return length;
}

/* d becomes the derivative by a vector of that length, which was by `unit`, the same of length 1. */
static void through_length(float *d, const float *unit, float length)
{
    float along = 0;

    for (int k = 0; k < N; k++)
        along += d[k] * unit[k];
    for (int k = 0; k < N; k++)
        d[k] = (d[k] - along * unit[k]) / length;
}

/* --- forward --- */

static void take_vectors(struct step *s, uint32_t part)
{
    const struct step_input *in = s->in;
    const float *vectors = s->model->vectors;

    for (uint32_t i = part; i < STEP_NEGATIVES; i += STEP_PARTS) {
        s->negative_lengths[i] = normalise(vectors + (size_t)in->negatives[i] * N, s->negatives[i]);
        s->lowered[i] = in->log_drawn[in->negatives[i]];
    }
    for (uint32_t i = part; i < STEP_EXAMPLES; i += STEP_PARTS)
        s->next_lengths[i] = normalise(vectors + (size_t)in->examples[i].next * N, s->next[i]);
}

static void take_vectors_part(void *context, uint32_t part)
{
    take_vectors(context, part);
}

/* The clicks of a part, a tenth of their numbers dropped. */
static void take_clicks(const struct step *s, struct part *p, uint32_t part)
{
    const float kept = 256.0F / (256 - DROPPED_OF_256);
    struct random random;
    uint32_t count = 0;

    random_seed(&random, s->in->seed * STEP_PARTS + part);
    for (uint32_t i = 0; i < PART_EXAMPLES; i++) {
        const struct example *e = &s->in->examples[part * PART_EXAMPLES + i];
        for (uint32_t k = 0; k < e->count; k++)
            p->rows[count++] = e->clicks[k];
        p->starts[i + 1] = count;
    }
    for (uint32_t i = 0; i < count; i++) {
        const float *vector = s->model->vectors + (size_t)p->rows[i] * N;
        for (int k = 0; k < N; k += 8) {
            uint64_t chance = random_next(&random);
            for (int m = 0; m < 8; m++) {
                p->kept[i][k + m] = (chance >> 8 * m & 255) < DROPPED_OF_256 ? 0 : kept;
                p->x[i][k + m] = vector[k + m] * p->kept[i][k + m];
            }
        }
    }
    for (uint32_t i = 0; i < PART_EXAMPLES; i++)
        memcpy(p->newest[i], p->x[p->starts[i + 1] - 1], sizeof(p->newest[i]));
}

/* g of every click; z becomes s(z). */
static void attend(const struct step *s, struct part *p)
{
    const struct encoder_weights *w = &s->model->weights;
    int count = (int)p->starts[PART_EXAMPLES];

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, count, N, N, 1, &p->x[0][0], N,
                &w->a[0][0], N, 0, &p->z[0][0], N);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, PART_EXAMPLES, N, N, 1, &p->newest[0][0],
                N, &w->b[0][0], N, 0, &p->by_newest[0][0], N);
    for (uint32_t e = 0; e < PART_EXAMPLES; e++) {
        for (uint32_t i = p->starts[e]; i < p->starts[e + 1]; i++) {
            const float *place = w->places[p->starts[e + 1] - 1 - i];
            float *z = p->z[i], g = 0;
            for (int k = 0; k < N; k++) {
                float sum = z[k] + p->by_newest[e][k] + place[k];
                z[k] = sum / (1 + fabsf(sum));
            }
            for (int k = 0; k < N; k++)
                g += z[k] * w->q[k];
            p->weights[i] = g;
        }
    }
}

/* a of every click of an example, and h. */
static void mix(struct part *p, uint32_t example)
{
    uint32_t first = p->starts[example], end = p->starts[example + 1];
    float *h = p->h[example], most = p->weights[first], sum = 0;

    for (uint32_t i = first; i < end; i++)
        most = p->weights[i] > most ? p->weights[i] : most;
    for (uint32_t i = first; i < end; i++) {
        float below = p->weights[i] - most;
        p->weights[i] = exp_of(below > -87 ? below : -87);
        sum += p->weights[i];
    }
    memset(h, 0, N * sizeof(*h));
    for (uint32_t i = first; i < end; i++) {
        p->weights[i] /= sum;
        for (int k = 0; k < N; k++)
            h[k] += p->weights[i] * p->x[i][k];
    }
    p->lengths[example] = normalise(h, h);
}

/* Sums and largest values go by LANES at a time: in one order, and many at once. */
enum { LANES = 16 };

/* x[i] -= lowered[i], but what is the right answer itself goes far down; returns the largest, or the
 * right answer's. All end up within 87 of it: cosines times 12 differ by 24, and logarithms of how often
 * a product is drawn by less than 12, as roots of numbers of clicks below 2^32 do. */
VECTORISED static float lower(float *x, const float *lowered, const uint32_t *rows, uint32_t next,
                              float right)
{
    float most[LANES], largest = right;

    for (int k = 0; k < LANES; k++)
        most[k] = right;
    for (uint32_t i = 0; i < STEP_NEGATIVES; i += LANES) {
        for (uint32_t k = 0; k < LANES; k++) {
            float y = rows[i + k] == next ? right - 40 : x[i + k] - lowered[i + k];
            x[i + k] = y;
            most[k] = y > most[k] ? y : most[k];
        }
    }
    for (int k = 0; k < LANES; k++)
        largest = most[k] > largest ? most[k] : largest;
    return largest;
}

/* x becomes e^(x - most); returns the sum. */
VECTORISED static float lift(float *x, float most)
{
    float sums[LANES] = {0}, sum = 0;

    for (uint32_t i = 0; i < STEP_NEGATIVES; i += LANES) {
        for (uint32_t k = 0; k < LANES; k++) {
            x[i + k] = exp_of(x[i + k] - most);
            sums[k] += x[i + k];
        }
    }
    for (int k = 0; k < LANES; k++)
        sum += sums[k];
    return sum;
}

VECTORISED static void multiply(float *x, float by)
{
    for (uint32_t i = 0; i < STEP_NEGATIVES; i++)
        x[i] *= by;
}

/* The loss of an example; likeness becomes its derivative, and *own that by the right answer's. */
static double lose(const struct step *s, struct part *p, uint32_t part, uint32_t example,
                   float *own)
{
    const struct step_input *in = s->in;
    uint32_t number = part * PART_EXAMPLES + example;
    float *likeness = p->likeness[example], right = 0;

    for (int k = 0; k < N; k++)
        right += p->h[example][k] * s->next[number][k];
    right *= sharpness;
    float most = lower(likeness, s->lowered, in->negatives, in->examples[number].next, right);
    float own_part = exp_of(right - most), sum = own_part + lift(likeness, most);
    float scale = in->examples[number].weight / STEP_EXAMPLES;
    multiply(likeness, scale / sum);
    *own = (own_part / sum - 1) * scale;
    return -log((double)(own_part / sum) + 1e-20);
}

static void compare(const struct step *s, struct part *p, uint32_t part)
{
    float own[PART_EXAMPLES];

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, PART_EXAMPLES, STEP_NEGATIVES, N,
                sharpness, &p->h[0][0], N, &s->negatives[0][0], N, 0, &p->likeness[0][0],
                STEP_NEGATIVES);
    p->loss = 0;
    for (uint32_t e = 0; e < PART_EXAMPLES; e++)
        p->loss += lose(s, p, part, e, &own[e]);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, PART_EXAMPLES, N, STEP_NEGATIVES,
                sharpness, &p->likeness[0][0], STEP_NEGATIVES, &s->negatives[0][0], N, 0,
                &p->dh[0][0], N);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, STEP_NEGATIVES, N, PART_EXAMPLES,
                sharpness, &p->likeness[0][0], STEP_NEGATIVES, &p->h[0][0], N, 0,
                &p->dnegatives[0][0], N);
    for (uint32_t e = 0; e < PART_EXAMPLES; e++) {
        const float *next = s->next[part * PART_EXAMPLES + e];
        for (int k = 0; k < N; k++) {
            p->dh[e][k] += sharpness * own[e] * next[k];
            p->dnext[e][k] = sharpness * own[e] * p->h[e][k];
        }
    }
}

/* --- backward --- */

/* Through h and the attention of one example. z holds s(z) and becomes dz. */
static void back_example(const struct step *s, struct part *p, uint32_t example)
{
    const struct encoder_weights *w = &s->model->weights;
    uint32_t first = p->starts[example], end = p->starts[example + 1];
    float *dh = p->dh[example], da[ENCODER_CLICKS_MAX], mean = 0;

    through_length(dh, p->h[example], p->lengths[example]);
    for (uint32_t i = first; i < end; i++) {
        float sum = 0;
        for (int k = 0; k < N; k++)
            sum += dh[k] * p->x[i][k];
        da[i - first] = sum;
        mean += sum * p->weights[i];
        for (int k = 0; k < N; k++)
            p->dx[i][k] = p->weights[i] * dh[k];
    }
    memset(p->dby_newest[example], 0, sizeof(p->dby_newest[example]));
    for (uint32_t i = first; i < end; i++) {
        float dg = p->weights[i] * (da[i - first] - mean);
        float *z = p->z[i], *place = p->gradient.places[end - 1 - i];
        for (int k = 0; k < N; k++) {
            float slope = 1 - fabsf(z[k]);
            p->gradient.q[k] += dg * z[k];
            z[k] = dg * w->q[k] * slope * slope;
            place[k] += z[k];
            p->dby_newest[example][k] += z[k];
        }
    }
}

static void back(const struct step *s, struct part *p)
{
    const struct encoder_weights *w = &s->model->weights;
    int count = (int)p->starts[PART_EXAMPLES];

    memset(&p->gradient, 0, sizeof(p->gradient));
    for (uint32_t e = 0; e < PART_EXAMPLES; e++)
        back_example(s, p, e);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, N, N, count, 1, &p->x[0][0], N,
                &p->z[0][0], N, 0, &p->gradient.a[0][0], N);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, count, N, N, 1, &p->z[0][0], N,
                &w->a[0][0], N, 1, &p->dx[0][0], N);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, N, N, PART_EXAMPLES, 1, &p->newest[0][0],
                N, &p->dby_newest[0][0], N, 0, &p->gradient.b[0][0], N);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, PART_EXAMPLES, N, N, 1,
                &p->dby_newest[0][0], N, &w->b[0][0], N, 0, &p->dnewest[0][0], N);
    for (uint32_t e = 0; e < PART_EXAMPLES; e++) {
        float *dx = p->dx[p->starts[e + 1] - 1];
        for (int k = 0; k < N; k++)
            dx[k] += p->dnewest[e][k];
    }
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < N; k++)
            p->dx[i][k] *= p->kept[i][k];
    }
}

static void run_part(void *context, uint32_t part)
{
    struct step *s = context;
    struct part *p = &s->parts[part];

    take_clicks(s, p, part);
    attend(s, p);
    for (uint32_t e = 0; e < PART_EXAMPLES; e++)
        mix(p, e);
    compare(s, p, part);
    back(s, p);
}

/* OpenBLAS built without threads must not be called by two of them: it hands both the same room
 * (its memory.c without USE_LOCKING). Which build is there is this machine's choice. */
static void run_parts(struct step *s)
{
    if (openblas_get_parallel() != OPENBLAS_SEQUENTIAL) {
        parts_run(STEP_PARTS, run_part, s);
        return;
    }
    for (uint32_t part = 0; part < STEP_PARTS; part++)
        run_part(s, part);
}

/* --- what was learned --- */

static void say(struct step *s, uint32_t row, const float *gradient)
{
    if (s->slots[row] == 0) {
        memset(s->gradients[s->slot_count], 0, sizeof(s->gradients[0]));
        s->slot_rows[s->slot_count++] = row;
        s->slots[row] = s->slot_count;
    }
    float *sum = s->gradients[s->slots[row] - 1];
    for (int k = 0; k < N; k++)
        sum[k] += gradient[k];
}

static void gather(struct step *s)
{
    const struct step_input *in = s->in;
    float d[N];

    s->slot_count = 0;
    for (uint32_t i = 0; i < STEP_NEGATIVES; i++) {
        for (int k = 0; k < N; k++)
            d[k] = s->parts[0].dnegatives[i][k];
        for (uint32_t p = 1; p < STEP_PARTS; p++) {
            for (int k = 0; k < N; k++)
                d[k] += s->parts[p].dnegatives[i][k];
        }
        through_length(d, s->negatives[i], s->negative_lengths[i]);
        say(s, in->negatives[i], d);
    }
    for (uint32_t i = 0; i < STEP_EXAMPLES; i++) {
        float *dnext = s->parts[i / PART_EXAMPLES].dnext[i % PART_EXAMPLES];
        through_length(dnext, s->next[i], s->next_lengths[i]);
        say(s, in->examples[i].next, dnext);
    }
    for (uint32_t p = 0; p < STEP_PARTS; p++) {
        for (uint32_t i = 0; i < s->parts[p].starts[PART_EXAMPLES]; i++)
            say(s, s->parts[p].rows[i], s->parts[p].dx[i]);
    }
}

/* Adam's rates of one step. */
struct rates {
    float rate, mean_scale, square_scale;
};

/* Adam, on `count` numbers. */
VECTORISED static void move(float *value, float *mean, float *square, const float *gradient,
                            size_t count, struct rates r)
{
    for (size_t i = 0; i < count; i++) {
        mean[i] = mean_decay * mean[i] + (1 - mean_decay) * gradient[i];
        square[i] = square_decay * square[i] + (1 - square_decay) * gradient[i] * gradient[i];
        value[i] -= r.rate * (mean[i] * r.mean_scale) / (sqrtf(square[i] * r.square_scale) + 1e-8F);
    }
}

struct moving {
    struct step *step;
    struct encoder_model *model;
    struct rates rates;
};

static void move_rows(void *context, uint32_t part)
{
    const struct moving *m = context;
    struct encoder_model *model = m->model;

    for (uint32_t i = part; i < m->step->slot_count; i += STEP_PARTS) {
        size_t at = (size_t)m->step->slot_rows[i] * N;
        move(model->vectors + at, model->means + at, model->squares + at, m->step->gradients[i], N,
             m->rates);
    }
}

static void move_weights(struct step *s, struct encoder_model *m, struct rates rates)
{
    float *sum = &s->parts[0].gradient.a[0][0];

    for (uint32_t p = 1; p < STEP_PARTS; p++) {
        const float *further = &s->parts[p].gradient.a[0][0];
        for (size_t i = 0; i < STEP_WEIGHTS; i++)
            sum[i] += further[i];
    }
    move(&m->weights.a[0][0], &m->weight_means.a[0][0], &m->weight_squares.a[0][0], sum,
         STEP_WEIGHTS, rates);
}

double step_run(struct step *s, struct encoder_model *m, const struct step_input *in)
{
    double loss = 0;

    s->model = m;
    s->in = in;
    m->steps++;
    parts_run(STEP_PARTS, take_vectors_part, s);
    run_parts(s);
    gather(s);
    const struct rates rates = {
        .rate = in->rate,
        .mean_scale = (float)(1 / (1 - pow((double)mean_decay, (double)m->steps))),
        .square_scale = (float)(1 / (1 - pow((double)square_decay, (double)m->steps))),
    };
    struct moving moving = {s, m, rates};
    parts_run(STEP_PARTS, move_rows, &moving);
    move_weights(s, m, rates);
    for (uint32_t i = 0; i < s->slot_count; i++)
        s->slots[s->slot_rows[i]] = 0;
    for (uint32_t p = 0; p < STEP_PARTS; p++)
        loss += s->parts[p].loss;
    return loss / STEP_EXAMPLES;
}
