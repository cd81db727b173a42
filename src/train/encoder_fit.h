/* SPDX-License-Identifier: Apache-2.0 */
/* encoder_fit: learns the session encoder (indexes/encoder.h) from past sessions.
 *
 * Each click but a session's first is an example: the clicks before it, and it as the right answer. The
 * loss is the softmax over cosines times 12, of the right answer against 2,048 others drawn by the root
 * of their frequency, each lowered by the logarithm of how often it is drawn (Bengio and Senecal 2008;
 * Yi et al., RecSys 2019); an example weighs e^(-2 age), age being the share of sessions that are newer.
 * A tenth of all numbers is dropped (Srivastava et al. 2014). Steps of 256 examples, Adam (Kingma and Ba
 * 2015) with a rate that rises over 200 steps to 0.01 and falls to a fiftieth of it; four rounds through
 * all examples, drawn in an order of a fixed seed.
 *
 * How the numbers were found: docs/decisions/ranking.md. The same sessions give the same bytes on one
 * kind of machine, whatever the number of threads. */
#ifndef TRAIN_ENCODER_FIT_H
#define TRAIN_ENCODER_FIT_H

#include "base/attributes.h"
#include "base/error.h"
#include "indexes/encoder.h"
#include "indexes/sessions.h"
#include "train/train.h"

enum {
    ENCODER_EXAMPLES_MAX = 1500000, /* of a round: those of the newest sessions */
    ENCODER_ROWS_MAX = 65536, /* products: those of the most sessions; each answer looks at all */
    ENCODER_EXAMPLES_MIN = 1000, /* fewer teach nothing */
};

/* Learn from the sessions of an open index and write the file. Only products that `support_min`
 * distinct shoppers looked at get a vector, and of those at most ENCODER_ROWS_MAX. `start` has ENCODER_SIZE floats for each product to start
 * from (zeros: nothing is known of it); NULL: from chance. ERR_NOT_FOUND when there is too little to
 * learn from; nothing is written then. Memory: 800 bytes a product, 12 bytes a click. */
MUST_USE enum status encoder_fit(const struct sessions *sessions, uint32_t support_min,
                                 const float *start, const struct train_options *options,
                                 const char *path, struct error *err);

#endif
