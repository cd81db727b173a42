/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/versions.h"

#include <stdio.h>
#include <string.h>

#include "base/diff.h"
#include "journal/journal.h"
#include "program/changes.h"

enum { NAME_SIZE = 64 };

enum status versions_each(const char *data_dir,
                          void (*each)(void *context, const struct version *version), void *context,
                          struct error *err)
{
    SCOPED(cursor_close) struct cursor *cursor = NULL;
    struct record r;
    struct error why = {0};
    enum status status;

    if (cursor_open_programs(&cursor, data_dir, err) != OK)
        return err->status;
    while ((status = cursor_next(cursor, &r, &why)) == OK) {
        struct program_record p;

        if (program_record_decode(r.body, &p, err) != OK)
            return error_wrap(err, "record %llu of the journal",
                              (unsigned long long)r.position.number);
        struct version v = {p.version, r.time_ms, r.position, p.author, p.reason, p.document};
        each(context, &v);
    }
    return status == ERR_NOT_FOUND ? OK : error_set(err, status, "%s", why.message);
}

struct version version_of_program(const struct program *p)
{
    return (struct version){.number = p->version,
                            .applied_ms = p->applied_ms,
                            .author = p->author,
                            .reason = p->reason,
                            .document = p->document};
}

/* Looking for one version among all. */
struct search {
    bool newest;     /* the newest below `number`, else `number` itself */
    uint32_t number; /* see there */
    uint32_t last;   /* the highest there is */
    struct arena *arena;
    bool found;
    struct version version;
};

static void search_one(void *context, const struct version *v)
{
    struct search *s = context;

    s->last = v->number > s->last ? v->number : s->last;
    if (s->newest ? v->number >= s->number : v->number != s->number)
        return;
    s->found = true;
    s->version = *v;
    s->version.author = arena_text(s->arena, v->author);
    s->version.reason = arena_text(s->arena, v->reason);
    s->version.document = arena_text(s->arena, v->document);
}

enum status version_find(const char *data_dir, uint32_t number, struct arena *a,
                         struct version *out, struct error *err)
{
    struct search s = {.number = number, .arena = a};

    if (number == 0) {
        *out = version_of_program(program_builtin());
        return OK;
    }
    if (versions_each(data_dir, search_one, &s, err) != OK)
        return err->status;
    if (!s.found && s.last == 0)
        return error_set(err, ERR_NOT_FOUND,
                         "there is no version %u: none was applied yet; 0 is the built-in default",
                         number);
    if (!s.found)
        return error_set(err, ERR_NOT_FOUND, "there is no version %u; they go from 0 to %u", number,
                         s.last);
    *out = s.version;
    return OK;
}

/* Like the fold, which keeps the program there is when one of a version to come does not compile. */
enum status version_current(const char *data_dir, struct arena *a, struct version *out,
                            struct program **compiled, struct error *err)
{
    struct search s = {.newest = true, .number = UINT32_MAX, .arena = a};

    for (;;) {
        struct problems problems = {0};
        struct program *p = NULL;
        struct error why = {0}; /* of no interest: an older one rules then */

        s.found = false;
        enum status status = versions_each(data_dir, search_one, &s, err);

        if (status != OK)
            return status;
        s.version = s.found ? s.version : version_of_program(program_builtin());
        if (program_compile(s.version.document, &p, a, &problems, &why) == OK) {
            *out = s.version;
            if (compiled != NULL)
                *compiled = p;
            else
                program_free(p);
            return OK;
        }
        s.number = s.version.number;
    }
}

const char *local_time_print(const struct zone *zone, int64_t ms, char out[LOCAL_TIME_SIZE])
{
    char text[TIME_TEXT_SIZE];

    (void)time_print(ms + (zone == NULL ? 0 : zone_offset_ms(zone, ms)), text); /* gives text */
    snprintf(out, LOCAL_TIME_SIZE, "%.10s %.5s", text, text + strlen("2026-11-22T"));
    return out;
}

void version_json_members(const struct version *v, struct json *j)
{
    char time[TIME_TEXT_SIZE];

    json_key_u64(j, "version", v->number);
    json_key_string(j, "applied_at", v->number > 0 ? time_print(v->applied_ms, time) : NULL);
    json_key_text(j, "author", v->author);
    json_key_text(j, "reason", v->reason);
    json_key_text(j, "document", v->document);
}

void version_diff_json_members(const struct version *before, const struct version *after,
                               struct arena *a, struct json *j)
{
    SCOPED(buffer_free) struct buffer unified = {0};
    char from[NAME_SIZE], to[NAME_SIZE];
    struct changes changes;
    struct diff diff;

    snprintf(from, sizeof(from), "version %u", before->number);
    snprintf(to, sizeof(to), "version %u", after->number);
    diff_texts(before->document, after->document, a, &diff);
    diff_unified(&diff, from, to, &unified);
    program_changes(before->document, after->document, a, &changes);
    json_key_text(j, "diff", buffer_text(&unified));
    json_key(j, "changes");
    json_array_begin(j);
    for (size_t i = 0; i < changes.count; i++)
        json_text_from(j, changes.lines[i]);
    json_array_end(j);
    if (changes.more > 0)
        json_key_u64(j, "changes_more", changes.more);
}

/* The list being written. */
struct listing {
    struct json *json;
    const struct zone *zone;
    struct buffer before; /* the document of the version before */
    uint64_t seen, skipped;
    struct arena arena;
};

static void listing_clear(struct listing *l)
{
    buffer_free(&l->before);
    arena_free(&l->arena);
}

static void count_one(void *context, const struct version *v)
{
    (void)v;
    ++*(uint64_t *)context;
}

static void list_one(void *context, const struct version *v)
{
    struct listing *l = context;
    char time[TIME_TEXT_SIZE], local[LOCAL_TIME_SIZE];
    struct diff diff;

    if (++l->seen > l->skipped) {
        diff_texts(buffer_text(&l->before), v->document, &l->arena, &diff);
        json_object_begin(l->json);
        json_key_u64(l->json, "version", v->number);
        json_key_string(l->json, "applied_at", time_print(v->applied_ms, time));
        json_key_string(l->json, "applied_local", local_time_print(l->zone, v->applied_ms, local));
        json_key_text(l->json, "author", v->author);
        json_key_text(l->json, "reason", v->reason);
        json_key_u64(l->json, "lines_added", diff.added);
        json_key_u64(l->json, "lines_removed", diff.removed);
        json_object_end(l->json);
        arena_reset(&l->arena);
    }
    buffer_clear(&l->before);
    buffer_add_text(&l->before, v->document);
}

enum status versions_json(const char *data_dir, struct json *j, struct error *err)
{
    SCOPED(arena_free) struct arena a = {0};
    SCOPED(listing_clear) struct listing listing = {.json = j};
    struct program *compiled = NULL;
    struct version current;
    uint64_t count = 0;

    if (versions_each(data_dir, count_one, &count, err) != OK ||
        version_current(data_dir, &a, &current, &compiled, err) != OK)
        return err->status;
    listing.zone = compiled->zone;
    listing.skipped = count > VERSIONS_LISTED_MAX ? count - VERSIONS_LISTED_MAX : 0;
    buffer_add_text(&listing.before, program_builtin()->document);
    json_object_begin(j);
    json_key_u64(j, "current", current.number);
    json_key_text(j, "time_zone", compiled->time_zone);
    json_key_u64(j, "earlier", listing.skipped);
    json_key(j, "versions");
    json_array_begin(j);
    enum status status = versions_each(data_dir, list_one, &listing, err);

    json_array_end(j);
    json_object_end(j);
    program_free(compiled);
    return status;
}
