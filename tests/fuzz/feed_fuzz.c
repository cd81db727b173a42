/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as any format: each product keeps the bounds of product_check, is read back from its
 * encoding as it was, and is the same whether the file can be read twice or not (but for the
 * order); each refusal has a code and a sentence.
 *
 * The first byte chooses format and map, the rest is the file. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/money.h"
#include "catalog/feed.h"
#include "journal/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    uint64_t products, refused;
};

static void text_check(struct text t, size_t bytes_max)
{
    assert(t.size <= bytes_max && (t.data == NULL || text_utf8_valid(t)));
}

static bool product_seen(void *context, const struct product *p, uint64_t line)
{
    struct seen *seen = context;
    SCOPED(arena_free) struct arena a = {0};
    SCOPED(buffer_free) struct buffer body = {0};
    struct product again;

    assert(line > 0 && p->item_id.size > 0);
    text_check(p->item_id, EVENT_ID_MAX);
    text_check(p->title, PRODUCT_TITLE_MAX);
    text_check(p->description, PRODUCT_DESCRIPTION_MAX);
    text_check(p->url, PRODUCT_URL_MAX);
    assert(p->price == MONEY_NONE || p->price >= 0);
    assert(p->variant_count <= PRODUCT_VARIANTS_MAX && p->part_count <= PRODUCT_PARTS_MAX);
    for (uint32_t i = 0; i < p->part_count; i++) {
        const struct bundle_part *part = &p->parts[i];
        text_check(part->item_id, EVENT_ID_MAX);
        assert(part->item_id.size > 0 && !text_equal(part->item_id, p->item_id));
        assert(part->quantity >= 1 && part->quantity <= PART_QUANTITY_MAX);
    }
    product_encode(p, &body);
    assert(body.size <= PRODUCT_BODY_MAX);
    assert(product_decode(buffer_text(&body), &a, &again, NULL) == OK);
    assert(product_same(p, &again));
    seen->products++;
    return true;
}

static bool refused_seen(void *context, const char *code, const char *field, const char *message,
                         struct text raw, uint64_t line)
{
    struct seen *seen = context;

    assert(code != NULL && field != NULL && message[0] != '\0' && line > 0);
    (void)raw;
    seen->refused++;
    return true;
}

static ssize_t stream_read(void *cookie, char *out, size_t room)
{
    struct text *rest = cookie;
    size_t size = rest->size < room ? rest->size : room;

    memcpy(out, rest->data, size);
    *rest = (struct text){rest->data + size, rest->size - size};
    return (ssize_t)size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *maps[] = {"item_id=id,price=p/100,attributes=a_*",
                                 "item_group_id=g,title==T"};
    struct seen whole = {0}, piped = {0};
    struct error err = {0};

    if (size < 2 || size > 65536)
        return 0;
    struct feed_options options = {.format = data[0] / 16 % 2 == 1 ? FEED_WOOCOMMERCE : data[0] % 4,
                                   .now_ms = INT64_C(1795000000000)};
    if (data[0] / 4 % 4 >= 2)
        assert(csv_map_parse(text_from(maps[data[0] / 4 % 2]), &options.csv, &err) == OK);
    struct text rest = {(const char *)data + 1, size - 1};
    SCOPED(file_close) FILE *file = fmemopen((void *)(uintptr_t)rest.data, rest.size, "r");
    SCOPED(file_close)
    FILE *pipe = fopencookie(&rest, "r", (cookie_io_functions_t){.read = stream_read});
    struct feed_sink sink = {&whole, product_seen, refused_seen, NULL, NULL};
    enum status status = feed_read(file, &options, &sink, &err);

    assert(status == OK || (status == ERR_INVALID && err.message[0] != '\0'));
    sink.context = &piped;
    if (feed_read(pipe, &options, &sink, &err) == OK && status == OK)
        assert(whole.products == piped.products && whole.refused == piped.refused);
    return 0;
}
