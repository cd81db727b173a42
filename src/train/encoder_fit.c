/* SPDX-License-Identifier: Apache-2.0 */
#include "train/encoder_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "train/collect.h"
#include "train/encoder_step.h"

enum {
    ROUNDS = 4,
    WARM_STEPS = 200,
    DRAWS = 1 << 20, /* places of the table that products are drawn from */
    REPORT_EVERY = 64,
};

static const double age_scale = 2;
static const float rate_highest = 0.01F, rate_fall = 0.98F;

/* Where an example lies among the clicks. */
struct place {
    uint32_t session, at; /* the click that came next */
};

struct fit {
    const struct sessions *sessions;
    uint32_t *rows; /* of each product: row + 1, 0 none */
    product_number *products;
    uint32_t row_count;
    uint32_t *clicks; /* rows, session after session, of products that have one */
    uint32_t *starts; /* sessions + 1 */
    struct place *examples;
    size_t example_count, example_room;
    uint32_t *draws;
    float *log_drawn;
    struct encoder_model model;
    struct step *step;
    struct step_input *in;
};

static void fit_free(struct fit *f)
{
    void *all[] = {f->rows,          f->products,    f->clicks,       f->starts,
                   f->examples,      f->draws,       f->log_drawn,    f->in,
                   f->model.vectors, f->model.means, f->model.squares};

    for (size_t i = 0; i < COUNT(all); i++)
        mem_free(all[i]);
    step_free(f->step);
}

/* Did `needed` distinct shoppers look at it? Those of its newest sessions are counted. */
static bool supported(const struct sessions *sessions, product_number product, uint32_t needed,
                      shopper_number *seen)
{
    const session_number *of;
    size_t count = sessions_of(sessions, product, &of);
    uint32_t distinct = 0;

    for (size_t i = 0; i < count && distinct < needed; i++) {
        shopper_number shopper = session_shopper(sessions, of[i]);
        uint32_t k = 0;
        while (k < distinct && seen[k] != shopper)
            k++;
        if (k == distinct)
            seen[distinct++] = shopper;
    }
    return distinct >= needed;
}

static int falling(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

    return (a < b) - (a > b);
}

/* Of more products than there may be, those of fewer sessions go: their counts become 0. Of equal ones
 * the last go. */
static void keep_most(uint32_t *counts, product_number count)
{
    uint32_t *sorted = mem_new(count, sizeof(*sorted));
    uint32_t least, equal = 0;

    memcpy(sorted, counts, count * sizeof(*counts));
    qsort(sorted, count, sizeof(*sorted), falling);
    least = sorted[ENCODER_ROWS_MAX - 1];
    for (uint32_t i = 0; i < ENCODER_ROWS_MAX; i++)
        equal += sorted[i] == least;
    for (product_number p = 0; p < count; p++) {
        bool kept = counts[p] > least || (counts[p] == least && equal > 0);
        equal -= kept && counts[p] == least;
        counts[p] = kept ? counts[p] : 0;
    }
    mem_free(sorted);
}

static void choose_products(struct fit *f, uint32_t support_min)
{
    product_number count = sessions_products(f->sessions);
    shopper_number *seen = mem_new(support_min, sizeof(*seen));
    uint32_t *counts = mem_new(count, sizeof(*counts)); /* of sessions; 0: gets no vector */

    f->rows = mem_new(count, sizeof(*f->rows));
    f->products = mem_new(count, sizeof(*f->products));
    for (product_number p = 0; p < count; p++) {
        const session_number *of;
        if (supported(f->sessions, p, support_min, seen))
            counts[p] = (uint32_t)sessions_of(f->sessions, p, &of);
    }
    if (count > ENCODER_ROWS_MAX)
        keep_most(counts, count);
    for (product_number p = 0; p < count; p++) {
        if (counts[p] == 0)
            continue;
        f->products[f->row_count++] = p;
        f->rows[p] = f->row_count;
    }
    mem_free(counts);
    mem_free(seen);
}

static void collect_clicks(struct fit *f)
{
    uint32_t sessions = sessions_count(f->sessions), count = 0;

    f->clicks = mem_new(sessions_clicks(f->sessions), sizeof(*f->clicks));
    f->starts = mem_new((size_t)sessions + 1, sizeof(*f->starts));
    for (uint32_t s = 0; s < sessions; s++) {
        const product_number *products;
        size_t length = session_products(f->sessions, s, &products);
        for (size_t i = 0; i < length; i++) {
            if (f->rows[products[i]] > 0)
                f->clicks[count++] = f->rows[products[i]] - 1;
        }
        f->starts[s + 1] = count;
    }
}

/* Newest first, so that what is too much is old. */
static void list_examples(struct fit *f)
{
    for (uint32_t s = sessions_count(f->sessions); s-- > 0;) {
        for (uint32_t at = f->starts[s] + 1; at < f->starts[s + 1]; at++) {
            if (f->example_count == ENCODER_EXAMPLES_MAX)
                return;
            f->examples =
                mem_grow(f->examples, &f->example_room, f->example_count + 1, sizeof(*f->examples));
            f->examples[f->example_count++] = (struct place){s, at};
        }
    }
}

/* Each product has places in the table by the root of its clicks. */
static void prepare_draws(struct fit *f)
{
    uint32_t *counts = mem_new(f->row_count, sizeof(*counts));
    double sum = 0, below = 0;

    f->draws = mem_new(DRAWS, sizeof(*f->draws));
    f->log_drawn = mem_new(f->row_count, sizeof(*f->log_drawn));
    for (uint32_t i = 0; i < f->starts[sessions_count(f->sessions)]; i++)
        counts[f->clicks[i]]++;
    for (uint32_t r = 0; r < f->row_count; r++)
        sum += sqrt(counts[r]);
    for (uint32_t r = 0, at = 0; r < f->row_count; r++) {
        double root = sqrt(counts[r]);
        below += root;
        while (at < DRAWS && (at + 0.5) / DRAWS * sum < below)
            f->draws[at++] = r;
        f->log_drawn[r] = (float)log((root + 1e-9) / sum * STEP_NEGATIVES);
    }
    mem_free(counts);
}

static void model_start(struct fit *f, const float *start)
{
    struct encoder_model *m = &f->model;
    size_t numbers = (size_t)f->row_count * ENCODER_SIZE;
    float *weights = &m->weights.a[0][0];
    struct random random;

    m->row_count = f->row_count;
    m->vectors = mem_new(numbers, sizeof(*m->vectors));
    m->means = mem_new(numbers, sizeof(*m->means));
    m->squares = mem_new(numbers, sizeof(*m->squares));
    random_seed(&random, 1);
    for (size_t i = 0; i < STEP_WEIGHTS; i++)
        weights[i] = (float)random_normal(&random) / 8;
    for (size_t i = 0; i < numbers; i++)
        m->vectors[i] = (float)random_normal(&random) / 8;
    for (int k = 0; k < ENCODER_SIZE; k++)
        m->weights.q[k] *= 4;
    for (uint32_t r = 0; r < f->row_count && start != NULL; r++) {
        const float *from = start + (size_t)f->products[r] * ENCODER_SIZE;
        float length = 0;
        for (int k = 0; k < ENCODER_SIZE; k++)
            length += from[k] * from[k];
        if (length > 0)
            memcpy(m->vectors + (size_t)r * ENCODER_SIZE, from, ENCODER_SIZE * sizeof(*from));
    }
}

static void shuffle(struct place *examples, size_t count, struct random *random)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = random_below(random, (uint32_t)i);
        struct place held = examples[i - 1];
        examples[i - 1] = examples[k];
        examples[k] = held;
    }
}

static struct example example_of(const struct fit *f, struct place place)
{
    uint32_t sessions = sessions_count(f->sessions);
    uint32_t count = place.at - f->starts[place.session];
    double age = (double)(sessions - place.session) / sessions;

    count = count < ENCODER_CLICKS_MAX ? count : ENCODER_CLICKS_MAX;
    return (struct example){.clicks = f->clicks + place.at - count,
                            .count = count,
                            .next = f->clicks[place.at],
                            .weight = (float)exp(-age_scale * age)};
}

static float rate_of(uint64_t step, uint64_t steps)
{
    float warm = step < WARM_STEPS ? (float)(step + 1) / WARM_STEPS : 1;

    return rate_highest * warm * (1 - rate_fall * (float)step / (float)steps);
}

static void learn(struct fit *f, const struct train_options *options)
{
    uint64_t of_round = f->example_count / STEP_EXAMPLES, steps = ROUNDS * of_round;
    struct random random;

    random_seed(&random, 2);
    f->step = step_new(f->row_count);
    f->in = mem_new(1, sizeof(*f->in));
    f->in->log_drawn = f->log_drawn;
    for (uint64_t step = 0; step < steps; step++) {
        size_t first = step % of_round * STEP_EXAMPLES;
        if (first == 0)
            shuffle(f->examples, f->example_count, &random);
        for (uint32_t i = 0; i < STEP_EXAMPLES; i++)
            f->in->examples[i] = example_of(f, f->examples[first + i]);
        for (uint32_t i = 0; i < STEP_NEGATIVES; i++)
            f->in->negatives[i] = f->draws[random_below(&random, DRAWS)];
        f->in->seed = step;
        f->in->rate = rate_of(step, steps);
        (void)step_run(f->step, &f->model, f->in); /* the loss is of interest to tests */
        if (step % REPORT_EVERY == 0)
            train_report(options, "learning sessions", step, steps);
    }
    train_report(options, "learning sessions", steps, steps);
}

enum status encoder_fit(const struct sessions *sessions, uint32_t support_min, const float *start,
                        const struct train_options *options, const char *path, struct error *err)
{
    SCOPED(fit_free) struct fit f = {.sessions = sessions};

    choose_products(&f, support_min);
    collect_clicks(&f);
    list_examples(&f);
    if (f.example_count < ENCODER_EXAMPLES_MIN)
        return error_set(err, ERR_NOT_FOUND,
                         "%zu clicks after another are too few to learn sessions from; %d are "
                         "needed",
                         f.example_count, ENCODER_EXAMPLES_MIN);
    prepare_draws(&f);
    model_start(&f, start);
    learn(&f, options);
    const struct encoder_parts parts = {.weights = &f.model.weights,
                                        .products = f.products,
                                        .vectors = f.model.vectors,
                                        .row_count = f.row_count,
                                        .product_count = sessions_products(sessions)};
    return encoder_write(&parts, path, err);
}
