/* SPDX-License-Identifier: Apache-2.0 */
/* report_html: the parts of the page. Private to audit/. */
#ifndef AUDIT_REPORT_HTML_H
#define AUDIT_REPORT_HTML_H

#include "audit/audit.h"

void html_escape(struct buffer *out, struct text t);
void html_grouped(struct buffer *out, uint64_t n); /* 1,234,567 */

void days_html(const struct report *r, struct buffer *out); /* events and orders by day */
void coverage_html(const struct report *r,
                   struct buffer *out); /* types by kind of page and device */
void ready_html(const struct report *r, struct buffer *out);

#endif
