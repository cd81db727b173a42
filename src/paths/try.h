/* SPDX-License-Identifier: Apache-2.0 */
/* try: what a surface shows now, and what it would show if a document were applied. The document is
 * folded into a state that nobody else looks at, as the journal would bring it, and the same question
 * is asked before and after. Nothing is written and no decision is kept. */
#ifndef PATHS_TRY_H
#define PATHS_TRY_H

#include "paths/recommend.h"

struct trial {
    struct state
        *state; /* of one's own, as of the journal's end: it is changed, and good for nothing
                            else afterwards */
    const struct generation *generation;
    const uint8_t *person_key; /* 32 bytes: ids that are addresses are known by their hashes */
    const struct question *question; /* of one surface */
    struct text document;
};

/* Appends an object: surface, version (that rules), before and after (an answer each, or null where
 * the program has no such surface), came, went and moved (item_id, and the slots it had and has).
 * ERR_INVALID with `problems` when the document does not compile; ERR_NOT_FOUND when neither program
 * has the surface. */
MUST_USE enum status program_try(const struct trial *t, struct arena *a, struct problems *problems,
                                 struct buffer *json, struct error *err);

/* The same for a shop that is open and goes on: `state`, `generation` and `person_key` are found
 * here. Takes as long as loading the state; one at a time, for each holds one. */
MUST_USE enum status shop_try_program(struct shop *shop, struct trial *t, struct arena *a,
                                      struct problems *problems, struct buffer *json,
                                      struct error *err);

/* What there is to remark of a program in this shop as of the journal's end (program_look), by a state of
 * one's own: it takes as long as loading that, and keeps nobody waiting. */
MUST_USE enum status shop_look_program(struct shop *shop, const struct program *program,
                                       int64_t now_ms, struct arena *a, struct problems *remarks,
                                       struct error *err);

#endif
