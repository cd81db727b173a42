/* SPDX-License-Identifier: Apache-2.0 */
/* import_catalog: a product file into the journal. Only what differs from the catalog is written.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/compare.h"
#include "base/hash.h"
#include "base/memory.h"
#include "paths/import.h"
#include "paths/pipeline.h"
#include "paths/record.h"

enum {
    FLUSH_PRODUCTS = 2000,
    FLUSH_BYTES = 4 * 1024 * 1024,
    UNPUBLISH_SHARE = 5, /* more than one in five wants --yes */
};

struct catalog_import {
    struct shop *shop;
    const struct import_options *options;
    struct import_counts *counts;
    struct product_batch *products;
    struct batch refused;
    uint64_t *seen; /* hashes of the file's item ids, for `full` */
    size_t seen_count, seen_room;
    enum status status; /* of the first flush that failed */
    struct error err;
};

static uint64_t position_in(FILE *in)
{
    off_t at = ftello(in);

    return at > 0 ? (uint64_t)at : 0; /* a stream that comes over a socket has none */
}

static enum status flush_products(struct catalog_import *c, struct error *err)
{
    uint64_t stored, same;

    if (c->options->dry_run)
        return OK; /* each was counted as it came */
    if (record_products(c->shop, c->products, c->options->now_ms, &stored, &same, err) != OK)
        return err->status;
    c->counts->received += stored + same;
    c->counts->stored += stored;
    c->counts->duplicate += same;
    product_batch_clear(c->products);
    return OK;
}

static enum status flush_refused(struct catalog_import *c, struct error *err)
{
    if (!c->options->dry_run && c->refused.count > 0 && record_run(c->shop, &c->refused, err) != OK)
        return err->status;
    c->counts->received += c->refused.count;
    c->counts->refused += c->refused.count;
    for (size_t i = 0; i < c->refused.count && c->options->refused != NULL; i++) {
        const struct entry *entry = &c->refused.entries[i];

        c->options->refused(c->options->context, entry->line, entry->refusal->field,
                            entry->refusal->message);
    }
    batch_clear(&c->refused);
    return OK;
}

static bool flush(struct catalog_import *c)
{
    if (flush_products(c, &c->err) != OK || flush_refused(c, &c->err) != OK) {
        c->status = c->err.status;
        return false;
    }
    c->counts->bytes = position_in(c->options->in);
    if (c->options->progress != NULL)
        c->options->progress(c->options->context, c->counts);
    return true;
}

static bool flush_when_due(struct catalog_import *c)
{
    if (import_stopped(c->options))
        return false; /* what waits is flushed at the end */
    if (product_batch_count(c->products) < FLUSH_PRODUCTS && c->refused.count < FLUSH_PRODUCTS &&
        product_batch_bytes(c->products) < FLUSH_BYTES && c->refused.bytes.size < FLUSH_BYTES)
        return true;
    return flush(c);
}

/* A dry run folds the product into this process's own catalog, so that the next one is judged as it
 * would be. */
static void judge_product(struct catalog_import *c, const struct product *p)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct catalog *catalog = c->shop->state->catalog;
    struct record record = {.kind = RECORD_PRODUCT, .time_ms = c->options->now_ms};

    c->counts->received++;
    if (catalog_holds(catalog, p)) {
        c->counts->duplicate++;
        return;
    }
    product_encode(p, &body);
    record.body = buffer_text(&body);
    catalog_fold(catalog, &record);
    c->counts->stored++;
}

static void see(struct catalog_import *c, struct text item_id)
{
    c->seen = mem_grow(c->seen, &c->seen_room, c->seen_count + 1, sizeof(*c->seen));
    c->seen[c->seen_count++] = hash_text(item_id, 0);
}

/* What stands in a refused row is not lacking from the file. Which of its words is the item id only
 * its format knows, so each is taken for one. */
static void see_words(struct catalog_import *c, struct text raw)
{
    static const char between[] = "\",;|\t\r\n<>{}";

    for (size_t i = 0, start = 0; i <= raw.size; i++) {
        if (i < raw.size && strchr(between, raw.data[i]) == NULL)
            continue;
        struct text word = text_trim((struct text){raw.data + start, i - start});
        if (word.size > 0 && word.data[0] == ':')
            word = text_trim((struct text){word.data + 1, word.size - 1});
        if (word.size > 0)
            see(c, word);
        start = i + 1;
    }
}

static bool take_product(void *context, const struct product *p, uint64_t line)
{
    struct catalog_import *c = context;

    (void)line; /* a product that is fine needs no place to be told */
    if (c->options->full)
        see(c, p->item_id);
    if (c->options->dry_run)
        judge_product(c, p);
    else
        product_batch_add(c->products, p);
    return flush_when_due(c);
}

static bool take_refused(void *context, const char *code, const char *field, const char *message,
                         struct text raw, uint64_t line)
{
    struct catalog_import *c = context;
    struct refusal why = {.code = code};

    snprintf(why.field, sizeof(why.field), "%s", field);
    snprintf(why.message, sizeof(why.message), "%s", message);
    batch_refuse(&c->refused, &why, raw, c->shop->keys.person_key, line);
    if (c->options->full)
        see_words(c, raw);
    return flush_when_due(c);
}

/* A csv changes what it gives: the rest is as the catalog has it. The server may change the catalog
 * meanwhile, so the bytes are copied. */
static bool look_up(void *context, struct text item_id, struct arena *a, struct product *out)
{
    struct catalog_import *c = context;
    struct error why = {0}; /* of no interest: the catalog decodes it every day */

    shop_read_lock(c->shop);
    const struct catalog *catalog = c->shop->state->catalog;
    product_number n = catalog_find(catalog, item_id);
    struct text body = {0};
    if (n != PRODUCT_NONE && text_equal(catalog_item_id(catalog, n), item_id))
        body = arena_text(a, catalog_body(catalog, n));
    shop_read_unlock(c->shop);
    return body.data != NULL && product_decode(body, a, out, &why) == OK;
}

static bool still_reading(void *context)
{
    const struct catalog_import *c = context;

    if (c->options->progress != NULL)
        c->options->progress(c->options->context, c->counts);
    return !import_stopped(c->options);
}

/* Item ids of published products that the file did not hold, into `lacking`, each ended by a zero
 * byte; how many there are, and of how many. */
static uint64_t find_lacking(struct catalog_import *c, struct buffer *lacking, uint64_t *published)
{
    uint64_t count = 0;

    *published = 0;
    if (c->seen_count > 0)
        qsort(c->seen, c->seen_count, sizeof(*c->seen), compare_u64);
    shop_read_lock(c->shop);
    const struct catalog *catalog = c->shop->state->catalog;
    for (product_number n = 0; n < catalog_count(catalog); n++) {
        enum sellable sellable = catalog_sellable(catalog, n);
        struct text item_id = catalog_item_id(catalog, n);
        uint64_t hash = hash_text(item_id, 0);

        if (catalog_product_of(catalog, n) != n || sellable == NOT_KNOWN ||
            sellable == NOT_PUBLISHED)
            continue;
        (*published)++;
        if (c->seen_count > 0 &&
            bsearch(&hash, c->seen, c->seen_count, sizeof(*c->seen), compare_u64) != NULL)
            continue;
        buffer_add_text(lacking, item_id);
        buffer_add_char(lacking, '\0');
        count++;
    }
    shop_read_unlock(c->shop);
    return count;
}

static enum status unpublish(struct catalog_import *c, struct text lacking, struct error *err)
{
    uint64_t stored, same;

    while (lacking.size > 0) {
        struct text item_id = text_cut(&lacking, '\0');

        product_batch_unpublish(c->products, item_id);
        if (product_batch_count(c->products) < FLUSH_PRODUCTS && lacking.size > 0)
            continue;
        if (record_products(c->shop, c->products, c->options->now_ms, &stored, &same, err) != OK)
            return err->status;
        product_batch_clear(c->products);
        c->counts->unpublished += stored;
    }
    return OK;
}

static enum status unpublish_lacking(struct catalog_import *c, struct error *err)
{
    SCOPED(buffer_free) struct buffer lacking = {0};
    uint64_t published;
    uint64_t count = find_lacking(c, &lacking, &published);

    if (count * UNPUBLISH_SHARE > published && !c->options->yes)
        return error_set(err, ERR_CONFLICT,
                         "%s lacks %" PRIu64 " of %" PRIu64
                         " published products, more than 20%%, so none was unpublished; if that "
                         "is meant, run it again with --yes",
                         c->options->name, count, published);
    if (!c->options->dry_run)
        return unpublish(c, buffer_text(&lacking), err);
    c->counts->unpublished = count;
    return OK;
}

static enum status read_feed(struct catalog_import *c, struct error *err)
{
    SCOPED(arena_free) struct arena scratch = {0};
    struct feed_options feed = {.csv = c->options->csv,
                                .currency = c->options->currency,
                                .time_zone = c->options->time_zone,
                                .now_ms = c->options->now_ms};
    struct feed_sink sink = {.context = c,
                             .product = take_product,
                             .refused = take_refused,
                             .before = look_up,
                             .reading = still_reading};

    if (import_options_fit(c->options, err) != OK)
        return err->status;
    if (!feed_format_find(c->options->from, &feed.format))
        return error_set(
            err, ERR_INVALID,
            "--from must be jsonl, csv, shopify, woocommerce or google for a catalog, not '%.*s'",
            (int)c->options->from.size, c->options->from.data);
    shop_read_lock(c->shop);
    if (feed.currency.data == NULL)
        feed.currency = arena_text(&scratch, c->shop->state->program->currency);
    if (feed.time_zone.data == NULL)
        feed.time_zone = arena_text(&scratch, c->shop->state->program->time_zone);
    shop_read_unlock(c->shop);
    enum status status = feed_read(c->options->in, &feed, &sink, err);
    if (c->status != OK) {
        *err = c->err;
        return c->status;
    }
    if (!flush(c)) {
        *err = c->err;
        return c->status;
    }
    return status;
}

static enum status import_products(struct catalog_import *c, struct error *err)
{
    if (read_feed(c, err) != OK)
        return err->status;
    if (c->options->full && !import_stopped(c->options) && unpublish_lacking(c, err) != OK)
        return err->status;
    return c->options->dry_run ? OK : shop_tick(c->shop, c->options->now_ms, err);
}

enum status import_catalog(struct shop *shop, const struct import_options *options,
                           struct import_counts *counts, struct error *err)
{
    struct catalog_import c = {.shop = shop, .options = options, .counts = counts};

    *counts = (struct import_counts){0};
    c.products = product_batch_new();
    batch_init(&c.refused, options->name, options->now_ms, true);
    enum status status = import_products(&c, err);
    product_batch_free(c.products);
    batch_free(&c.refused);
    mem_free(c.seen);
    return status;
}
