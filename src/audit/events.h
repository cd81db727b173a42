/* SPDX-License-Identifier: Apache-2.0 */
/* events: the parts of the pass over the events. Private to audit/. */
#ifndef AUDIT_EVENTS_H
#define AUDIT_EVENTS_H

#include "audit/parts.h"

/* Words that programs write where there is no id, and ids of zeros and dashes alone. */
bool id_is_placeholder(struct text id);

/* The items of any event: known, priced as the catalog says, in which currency. */
void take_items(struct audit *a, struct visitor *v, const struct event *e);
void take_purchase(struct audit *a, struct visitor *v, const struct event *e);
void take_refund(struct audit *a, struct visitor *v, const struct event *e);

#endif
