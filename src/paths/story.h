/* SPDX-License-Identifier: Apache-2.0 */
/* story: how one answer came about, as a text a merchandiser reads from top to bottom: who asked, what
 * was known, what each source proposed, how it was ranked, what was left out and why, what is shown and
 * for which reason, and what it cost. */
#ifndef PATHS_STORY_H
#define PATHS_STORY_H

#include "base/text.h"
#include "paths/recommend.h"

struct story {
    struct text request_id;          /* absent: the answer was not kept */
    const struct decision *decision; /* as kept: who and when */
    const struct answer *answer;     /* with its trail; NULL when it could not be produced again */
    const char *not_replayed;        /* why not; NULL: it was */
    const struct catalog *catalog;   /* as of then, to name kept products by */
};

/* Plain text in lines of UTF-8, to the end of `out`. Control characters in what shops and shoppers
 * wrote become spaces. Takes what the trail holds and asks nothing again. */
void story_tell(const struct story *s, struct buffer *out);

#endif
