/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file of customers: a record is only ever told to be one that stood before it, no row
 * counts more than there are records, and the reports are valid text. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>

#include "audit/customers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void reports_check(const struct report *r)
{
    SCOPED(buffer_free) struct buffer out = {0};

    report_json(r, &out);
    assert(text_utf8_valid(buffer_text(&out)));
    buffer_clear(&out);
    report_html(r, &out);
    assert(text_utf8_valid(buffer_text(&out)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED(audit_free) struct audit *a = NULL;
    struct catalog *catalog = catalog_new();
    struct error err = {0};
    FILE *in = NULL;

    a = audit_new(
        &(struct audit_options){.catalog = catalog, .program = program_builtin(), .now_ms = 1});
    if (size > 0 && size <= 65536)
        in = fmemopen((void *)(uintptr_t)data, size, "r");
    if (in != NULL) {
        enum status status = audit_customers(a, in, &err);
        assert(status == OK || err.message[0] != '\0');
        fclose(in);
    }
    const struct report *r = audit_finish(a);
    for (int c = CHECK_customer_same_email; c <= CHECK_customer_unreachable; c++)
        assert(r->tallies[c].count <= r->customers);
    for (size_t i = 0; a->customers != NULL && i < a->customers->count; i++)
        assert(a->customers->all[i].same_as < a->customers->all[i].line);
    reports_check(r);
    catalog_free(catalog);
    return 0;
}
