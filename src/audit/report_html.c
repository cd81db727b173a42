/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/audit.h"

void report_html(const struct report *r, struct buffer *out)
{
    report_text(r, out);
}
