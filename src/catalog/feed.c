/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/feed.h"

#include <assert.h>
#include <string.h>

#include "catalog/feed_reader.h"

static const struct {
    const char *word;
    enum status (*read)(struct feed *f, struct error *err);
} formats[] = {
    [FEED_JSONL] = {"jsonl", feed_jsonl},
    [FEED_CSV] = {"csv", feed_csv},
    [FEED_SHOPIFY] = {"shopify", feed_shopify},
    [FEED_GOOGLE] = {"google", feed_google},
    [FEED_WOOCOMMERCE] = {"woocommerce", feed_woocommerce},
};

bool feed_format_find(struct text word, enum feed_format *out)
{
    for (size_t i = 0; i < COUNT(formats); i++) {
        if (text_is(word, formats[i].word)) {
            *out = (enum feed_format)i;
            return true;
        }
    }
    return false;
}

void feed_refuse(struct feed *f, const struct feed_refusal *why, struct text raw, uint64_t line)
{
    if (!f->stopped && !f->quiet)
        f->stopped =
            !f->sink->refused(f->sink->context, why->code, why->field, why->message, raw, line);
}

void feed_refuse_row(struct feed *f, const struct csv *csv, const struct error *why)
{
    struct feed_refusal refusal;

    (void)refuse_field(&refusal, csv_refusal(csv), "", "%s", why->message);
    feed_refuse(f, &refusal, csv_raw(csv), csv_line(csv));
}

void feed_give(struct feed *f, struct product *p, struct text raw, uint64_t line)
{
    struct feed_refusal why;

    if (f->stopped)
        return;
    if (p->currency.size == 0)
        p->currency = f->options->currency;
    if (!product_check(p, &why))
        feed_refuse(f, &why, raw, line);
    else
        f->stopped = !f->sink->product(f->sink->context, p, line);
}

static void feed_clear(struct feed *f)
{
    arena_free(&f->arena);
    arena_free(&f->columns);
}

enum status feed_read(FILE *in, const struct feed_options *options, const struct feed_sink *sink,
                      struct error *err)
{
    SCOPED(feed_clear) struct feed f = {.in = in, .options = options, .sink = sink};

    assert((size_t)options->format < COUNT(formats));
    assert(sink->product != NULL && sink->refused != NULL);
    return formats[options->format].read(&f, err);
}
