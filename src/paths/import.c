/* SPDX-License-Identifier: Apache-2.0 */
/* import: events. Products are in import_catalog.c, the two batches in pipeline.c. */
#include "paths/import.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "ingest/csv.h"
#include "ingest/ingest.h"
#include "ingest/occurrences.h"
#include "paths/lines.h"
#include "paths/pipeline.h"

bool import_stopped(const struct import_options *options)
{
    return options->stop != NULL && *options->stop != 0;
}

static bool blank(struct text line)
{
    return text_trim(line).size == 0;
}

static enum status read_failure(const struct import_options *options, struct error *err)
{
    return error_set(err, ERR_IO, "reading %s: %s", options->name,
                     errno != 0 ? strerror(errno) : "the input broke off");
}

static enum status import_jsonl(struct pipeline *p, const struct import_options *options,
                                const struct ingest_context *context, struct error *err)
{
    SCOPED(lines_clear) struct lines lines = {0};
    SCOPED(occurrences_clear) struct occurrences seen = {0};
    struct text line;

    errno = 0;
    lines_init(&lines, options->in, INGEST_EVENT_BYTES_MAX);
    while (!import_stopped(options) && lines_next(&lines, &line)) {
        if (blank(line))
            continue;
        uint64_t before = json_has_id(line) ? 0 : occurrences_add(&seen, hash_text(line, 0));

        ingest_json_line(line, lines.number, before, context, pipeline_batch(p));
        if (pipeline_full(p) && pipeline_flush(p, lines.bytes, err) != OK)
            return err->status;
    }
    if (!import_stopped(options) && ferror(options->in) != 0)
        return read_failure(options, err);
    return pipeline_finish(p, lines.bytes, err);
}

static enum status import_csv(struct pipeline *p, const struct import_options *options,
                              const struct ingest_context *context, struct error *err)
{
    SCOPED(csv_events_close) struct csv_events *events = NULL;
    struct csv_events_options how = {
        .csv = options->csv,
        .time_format = options->time_format,
        .time_zone = options->time_zone,
        .currency = options->currency,
    };
    enum status status;

    if (csv_events_open(&events, options->in, &how, context, err) != OK)
        return err->status;
    while (!import_stopped(options)) {
        status = csv_events_next(events, pipeline_batch(p), err);
        if (status == ERR_NOT_FOUND)
            break;
        if (status != OK)
            return status;
        if (pipeline_full(p) && pipeline_flush(p, csv_events_bytes(events), err) != OK)
            return err->status;
    }
    return pipeline_finish(p, csv_events_bytes(events), err);
}

/* The formats of event files. */
static const struct {
    const char *word;
    enum status (*read)(struct pipeline *p, const struct import_options *options,
                        const struct ingest_context *context, struct error *err);
} formats[] = {
    {"jsonl", import_jsonl},
    {"csv", import_csv},
};

static enum status import_from(struct pipeline *p, const struct import_options *options,
                               const struct ingest_context *context, struct error *err)
{
    if (import_options_fit(options, err) != OK)
        return err->status;
    for (size_t i = 0; i < COUNT(formats); i++)
        if (text_is(options->from, formats[i].word))
            return formats[i].read(p, options, context, err);
    return error_set(err, ERR_INVALID, "--from must be jsonl or csv for events, not '%.*s'",
                     (int)options->from.size, options->from.data);
}

enum status import_events(struct shop *shop, const struct import_options *options,
                          struct import_counts *counts, struct error *err)
{
    struct ingest_context context = shop_ingest_context(shop, options->now_ms, true);

    *counts = (struct import_counts){0};
    SCOPED(pipeline_free) struct pipeline *p = pipeline_new(shop, options, counts);
    struct error failure = {0}, second = {0};
    enum status status = import_from(p, options, &context, &failure);
    enum status finish = pipeline_finish(p, 0, &second);

    if (status == OK && finish != OK) {
        status = finish;
        failure = second;
    }
    if (status == OK && counts->stored > 0 && !options->dry_run)
        status = shop_tick(shop, options->now_ms, &failure);
    if (status != OK)
        *err = failure;
    return status;
}
