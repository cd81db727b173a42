/* SPDX-License-Identifier: Apache-2.0 */
/* gate: which rung a surface may stand on, judged by what it would have earned on later sessions.
 *
 * For every rung the gains of what its answers held and the shopper then turned to, summed by session.
 * A rung is compared with the one chosen below it, the rung learned with the one below that earned most: by the 95% percentile interval of the difference, of
 * 2,000 draws of sessions with replacement (Efron 1979). Both answer the same questions, so the draws
 * are of pairs. The rung learned is chosen when the interval lies above zero; any other, which traffic
 * allows, unless the interval lies below.
 *
 * Of fewer than GATE_SESSIONS_MIN sessions nothing can be said: rungs up to neighbours are then as
 * traffic allows, and the rung learned is not taken. */
#ifndef TRAIN_GATE_H
#define TRAIN_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "candidates/candidates.h"

enum { GATE_SESSIONS_MIN = 100 };

/* One session's answers on a surface. */
struct gate_session {
    uint32_t answers;
    float gains[RUNG_COUNT];
};

/* What became of one rung. */
struct gate_rung {
    bool tried;       /* answered */
    bool chosen;      /* the rung the surface stands on */
    double figure;    /* gain of a thousand answers */
    double against;   /* the same, less that of `below` */
    double low, high; /* 95% of that difference */
    enum rung below;  /* what it had to beat */
    const char *why;  /* a few words: "better than neighbours", "not shown to be better", ... */
};

struct gate {
    size_t sessions;
    uint64_t answers;
    enum rung chosen;
    struct gate_rung rungs[RUNG_COUNT];
};

/* `tried[r]`: rung r answered. `sessions` in a fixed order: the draws are of a fixed seed. */
struct gate gate_judge(const struct gate_session *sessions, size_t count,
                       const bool tried[RUNG_COUNT]);

#endif
