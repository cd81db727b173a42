/* SPDX-License-Identifier: Apache-2.0 */
/* encoder_step: one step of encoder_fit.h: what a few hundred examples say of the vectors and weights.
 *
 * Of no interest outside this folder. */
#ifndef TRAIN_ENCODER_STEP_H
#define TRAIN_ENCODER_STEP_H

#include <stdint.h>

#include "indexes/encoder.h"

enum {
    STEP_EXAMPLES = 256,
    STEP_NEGATIVES = 2048,
    STEP_PARTS = 2, /* an example is of the same part whatever the number of threads */
    STEP_WEIGHTS = sizeof(struct encoder_weights) / sizeof(float),
};

/* What is learned, and Adam's running means of its gradients and their squares. */
struct encoder_model {
    uint32_t row_count;
    float *vectors, *means, *squares; /* row_count x ENCODER_SIZE */
    struct encoder_weights weights, weight_means, weight_squares;
    uint64_t steps; /* made so far */
};

/* An example: the clicks before it, newest last, and the one that came next. */
struct example {
    const uint32_t *clicks; /* rows */
    uint32_t count;         /* 1..ENCODER_CLICKS_MAX */
    uint32_t next;          /* row */
    float weight;
};

struct step_input {
    struct example examples[STEP_EXAMPLES];
    uint32_t negatives[STEP_NEGATIVES]; /* rows */
    const float *log_drawn;             /* of each row: logarithm of how often a step draws it */
    uint64_t seed;                      /* of what is dropped */
    float rate;
};

struct step; /* room for one step's work */
struct step *step_new(uint32_t row_count);
void step_free(struct step *s); /* NULL is fine */

/* Make one step; returns the mean loss of the examples, before it. */
double step_run(struct step *s, struct encoder_model *m, const struct step_input *in);

#endif
