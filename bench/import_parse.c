/* SPDX-License-Identifier: Apache-2.0 */
/* How fast rows of a CSV become encoded events, without storing them: one JSON line. On one thread.
 *
 * usage: import_parse [FILE MAP [TIME_ZONE]]    MAP as of --map; "-" before it: FILE has no header
 *
 * Without a FILE it makes one of a million rows. "checksum" is of all ids and bodies. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/time.h"
#include "ingest/csv.h"

enum { ROWS = 1000000, BATCH = 10000 };

struct work {
    struct batch batch;
    uint64_t rows, refused, checksum;
    double rss_mb[2]; /* after the first batch, and at the end */
};

static double rss_mb(void)
{
    SCOPED(file_close) FILE *file = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;

    if (file == NULL || fscanf(file, "%*u %lu", &pages) != 1)
        return 0;
    return (double)pages * 4096 / 1e6;
}

static FILE *make(void)
{
    FILE *file = tmpfile();

    if (file == NULL)
        return NULL;
    fputs("session_id,item_id,time\n", file);
    for (uint32_t i = 0; i < ROWS; i++)
        fprintf(file, "s%u,%u,%u\n", i / 5, i * 7919U % 40000, 1600000000 + i / 3);
    rewind(file);
    return file;
}

/* Take the batch as the writer would, and empty it. */
static void take(struct work *w)
{
    for (size_t i = 0; i < w->batch.count; i++) {
        const struct entry *entry = &w->batch.entries[i];

        w->refused += entry->outcome == ENTRY_REFUSED;
        w->checksum = hash_text(entry->body, w->checksum ^ entry->id_hash[0]);
    }
    w->rows += w->batch.count;
    batch_clear(&w->batch);
    if (w->rss_mb[0] == 0)
        w->rss_mb[0] = rss_mb();
}

static enum status run(struct work *w, FILE *in, const struct csv_events_options *options,
                       struct error *err)
{
    struct ingest_context context = {.received_ms = INT64_C(1800000000000),
                                     .secret = true,
                                     .default_analytics = true,
                                     .default_personalization = true};
    SCOPED(csv_events_close) struct csv_events *events = NULL;
    enum status status;

    if (csv_events_open(&events, in, options, &context, err) != OK)
        return err->status;
    while ((status = csv_events_next(events, &w->batch, err)) == OK)
        if (w->batch.count == BATCH)
            take(w);
    take(w);
    w->rss_mb[1] = rss_mb();
    return status == ERR_NOT_FOUND ? OK : status;
}

int main(int argc, char **argv)
{
    struct csv_events_options options = {.time_zone = text_from(argc > 3 ? argv[3] : NULL)};
    SCOPED(file_close) FILE *in = argc > 1 ? fopen(argv[1], "r") : make();
    const char *map = argc > 2 ? argv[2] : "type==view_item";
    struct work w = {0};
    struct error err = {0};

    if (in == NULL) {
        fprintf(stderr, "the file cannot be read\n");
        return 3;
    }
    options.csv.no_header = map[0] == '-';
    if (csv_map_parse(text_from(map + options.csv.no_header), &options.csv, &err) != OK) {
        fprintf(stderr, "%s\n", err.message);
        return 2;
    }
    batch_init(&w.batch, "bench", 0, true);
    uint64_t begun = time_monotonic_ns();
    enum status status = run(&w, in, &options, &err);
    double seconds = (double)(time_monotonic_ns() - begun) / 1e9;
    batch_free(&w.batch);
    if (status != OK) {
        fprintf(stderr, "%s\n", err.message);
        return 3;
    }
    printf("{\"bench\":\"import_parse\",\"rows\":%" PRIu64 ",\"refused\":%" PRIu64
           ",\"rows_per_s\":%.0f,\"rss_mb\":[%.1f,%.1f],\"checksum\":%" PRIu64 "}\n",
           w.rows, w.refused, (double)w.rows / seconds, w.rss_mb[0], w.rss_mb[1], w.checksum);
    return 0;
}
