/* SPDX-License-Identifier: Apache-2.0 */
/* Traits, and orders by hand as the journal has them: whatever the bytes are, what is found in traits is
 * a hash inside them, an order that is read comes back equal when it is written, and a graph takes it. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "identity/identity.h"
#include "identity/traits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_found(struct text found, struct text in)
{
    if (found.data == NULL)
        return;
    assert(found.data > in.data && found.data + found.size < in.data + in.size);
    assert(found.size == 38);
}

static void check_order(struct text body)
{
    SCOPED(buffer_free) struct buffer again = {0};
    struct identity_order order, read;
    struct error err = {0};
    struct identity *g = identity_new();

    enum status status = identity_order_decode(body, &order, &err);
    assert((status == OK) == (err.status == OK));
    identity_order_fold(g, body, 1700000000000);
    assert((status == OK) == (identity_count(g) > 0));
    if (status == OK) {
        identity_order_encode(&order, &again);
        assert(identity_order_decode(buffer_text(&again), &read, &err) == OK);
        assert(read.verb == order.verb && read.kind == order.kind &&
               read.other_kind == order.other_kind && text_equal(read.id, order.id));
        assert(order.verb != IDENTITY_JOIN || text_equal(read.other, order.other));
        (void)identity_digest(g); /* that it ends */
    }
    identity_free(g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text bytes = {(const char *)data, size}, email = {0}, phone = {0};

    traits_read(bytes, &email, &phone);
    check_found(email, bytes);
    check_found(phone, bytes);
    check_order(bytes);
    return 0;
}
