/* SPDX-License-Identifier: Apache-2.0 */
/* fetch: the steps in which tables too large for the cache are brought into it ahead of their use.
 *
 * Folding an event touches some ten places of hundreds of megabytes, each waiting for the one
 * before. Whoever has many events at hand takes each step for an event some places ahead of the
 * last one's, so that the waits of several overlap. Steps are hints: left out, nothing changes. */
#ifndef BASE_FETCH_H
#define BASE_FETCH_H

enum fetch {
    FETCH_FIRST, /* the slot of a hash */
    FETCH_NEXT,  /* what the slot points to */
    FETCH_LAST,  /* and what that points to */
};

#endif
