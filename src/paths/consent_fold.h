/* SPDX-License-Identifier: Apache-2.0 */
/* consent_fold: what records say of consent and erasure, for state.c. Nothing for a catalog's state.
 * Private to paths/. */
#ifndef PATHS_CONSENT_FOLD_H
#define PATHS_CONSENT_FOLD_H

#include "journal/event.h"
#include "paths/state.h"

/* Fold what is said into `c`; what a placeholder says holds for nobody. */
void consent_fold_said(struct consents *c, const struct state *s,
                       const struct consent_record *said);

/* A consent that the event states itself. */
void consent_fold_event(struct state *s, const struct event *e);

/* An event that was admitted although it names an address of somebody erased: they consented anew, here or
 * under the identifier that it is kept by (consent_returns), and the address is theirs again. */
void consent_fold_addresses(struct state *s, const struct event *e,
                            const struct identity_event *named);

/* The flags of an event with what its shopper stated before, where it states nothing itself: a
 * default, and Sec-GPC, are less than a choice. Against Sec-GPC what the person stated anywhere counts. */
uint32_t consent_flags(const struct state *s, const struct event *e);

void consent_fold_record(struct state *s, const struct record *r);
void consent_fold_erasure(struct state *s, const struct record *r);

#endif
