/* SPDX-License-Identifier: Apache-2.0 */
/* judge: what holds for an event whatever format it came in: lengths, who, what, consent, when, and
 * the replacement of what identifies a person. An ordered list of checks; the first that fails
 * refuses. Private to ingest/. */
#ifndef INGEST_JUDGE_H
#define INGEST_JUDGE_H

#include "ingest/ingest.h"

/* What the sender said beside the event itself. */
struct claim {
    int64_t said_ms;   /* its time, uncorrected; 0: not given */
    int64_t sent_ms;   /* 0: not given */
    struct text token; /* of the user */
};

/* Fill `why`; returns false, so that a check reads `return refuse(...)`. */
bool refuse(struct refusal *why, const char *code, const char *field, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Complete `e` (flags, time, fingerprint, hashes; texts may move to `a`), or say why not. Its JSON
 * texts are already clean. */
bool judge(struct event *e, const struct claim *claim, const struct ingest_context *context,
           struct arena *a, struct refusal *why);

#endif
