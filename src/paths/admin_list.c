/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/admin_list.h"

#include "paths/versions.h"
#include "store/admin_log.h"

/* The list being written. */
struct listing {
    struct json *json;
    const struct zone *zone;
    uint64_t seen, skipped;
};

static void count_one(void *context, const struct admin_entry *e)
{
    (void)e;
    ++*(uint64_t *)context;
}

static void list_one(void *context, const struct admin_entry *e)
{
    struct listing *l = context;
    SCOPED(buffer_free) struct buffer hash = {0};
    char time[TIME_TEXT_SIZE], local[LOCAL_TIME_SIZE];

    if (++l->seen <= l->skipped)
        return;
    buffer_add_hex(&hash, e->hash.data, e->hash.size);
    json_object_begin(l->json);
    json_key_i64(l->json, "number", e->number);
    json_key_string(l->json, "time", time_print(e->time_ms, time));
    json_key_string(l->json, "local", local_time_print(l->zone, e->time_ms, local));
    json_key_text(l->json, "who", e->who);
    json_key_text(l->json, "via", e->via);
    json_key_text(l->json, "action", e->action);
    json_key_text(l->json, "details", e->details);
    json_key_text(l->json, "hash", buffer_text(&hash));
    json_object_end(l->json);
}

static enum status list_entries(const char *data_dir, const struct program *program, struct json *j,
                                struct error *err)
{
    SCOPED(store_close) struct store *store = NULL;
    struct listing listing = {.json = j, .zone = program->zone};
    uint64_t count = 0;

    if (store_open(&store, data_dir, STORE_READ, NULL, err) != OK ||
        store_run(store, "BEGIN", err) != OK || /* one view; closing ends it */
        admin_log_each(store, count_one, &count, err) != OK)
        return err->status;
    listing.skipped = count > ADMIN_LISTED_MAX ? count - ADMIN_LISTED_MAX : 0;
    json_object_begin(j);
    json_key_text(j, "time_zone", program->time_zone);
    json_key_u64(j, "earlier", listing.skipped);
    json_key(j, "entries");
    json_array_begin(j);
    enum status status = admin_log_each(store, list_one, &listing, err);

    json_array_end(j);
    json_object_end(j);
    return status;
}

enum status admin_list_json(const char *data_dir, struct json *j, struct error *err)
{
    SCOPED(arena_free) struct arena a = {0};
    struct program *program = NULL;
    struct version current;
    struct error why = {0}; /* a damaged program hides no log: times are in UTC then */

    if (version_current(data_dir, &a, &current, &program, &why) != OK)
        return list_entries(data_dir, program_builtin(), j, err);
    enum status status = list_entries(data_dir, program, j, err);

    program_free(program);
    return status;
}
