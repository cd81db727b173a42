/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/verify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "journal/journal.h"
#include "store/keys.h"

/* A key as the log tells it. */
struct logged_key {
    int64_t number, revoked_ms; /* 0: good */
    uint8_t digest[DIGEST_SIZE];
};

/* What an entry names in the journal. */
struct logged_record {
    int64_t entry, record;
    bool program;
    uint8_t digest[DIGEST_SIZE];
};

struct verifying {
    struct store *store;
    struct arena *arena;
    const struct admin_anchor *anchor;
    bool anchored; /* the anchor's entry was seen */
    struct verified *out;
    struct logged_key *keys;
    struct logged_record *records; /* in the order of the log, so of the journal */
    size_t key_count, key_room, record_count, record_room;
};

static void verifying_clear(struct verifying *v)
{
    mem_free(v->keys);
    mem_free(v->records);
}

static void fault(struct verifying *v, const char *sentence)
{
    if (v->out->fault_count++ < VERIFY_FAULTS_MAX)
        v->out->faults[v->out->fault_count - 1] = sentence;
}

bool admin_anchor_parse(struct text t, struct admin_anchor *out)
{
    struct admin_anchor a = {0};
    struct text number = text_cut(&t, ':');

    if (t.data == NULL || !text_to_i64(number, &a.number) || a.number < 1 ||
        !text_from_hex(t, a.hash, sizeof(a.hash)))
        return false;
    *out = a;
    return true;
}

static struct logged_key *key_find(struct verifying *v, int64_t number)
{
    for (size_t i = 0; i < v->key_count; i++)
        if (v->keys[i].number == number)
            return &v->keys[i];
    return NULL;
}

/* A hash of another length is told by the chain; here it just does not fit. */
static void take_digest(struct text from, uint8_t to[DIGEST_SIZE])
{
    memset(to, 0, DIGEST_SIZE);
    memcpy(to, from.data, from.size < DIGEST_SIZE ? from.size : DIGEST_SIZE);
}

static void see_key(struct verifying *v, const struct admin_entry *e)
{
    struct logged_key *key = key_find(v, e->subject);

    if (key == NULL) {
        v->keys = mem_grow(v->keys, &v->key_room, v->key_count + 1, sizeof(*v->keys));
        key = &v->keys[v->key_count++];
        *key = (struct logged_key){.number = e->subject};
        take_digest(e->digest, key->digest);
    }
    if (text_is(e->action, "key.revoke"))
        key->revoked_ms = e->time_ms;
}

static void see_record(struct verifying *v, const struct admin_entry *e, bool program)
{
    v->records = mem_grow(v->records, &v->record_room, v->record_count + 1, sizeof(*v->records));
    struct logged_record *r = &v->records[v->record_count++];

    *r = (struct logged_record){.entry = e->number, .record = e->subject, .program = program};
    take_digest(e->digest, r->digest);
}

static void see_anchor(struct verifying *v, const struct admin_entry *e)
{
    if (v->anchor == NULL || v->anchor->number != e->number)
        return;
    v->anchored = true;
    if (e->hash.size != DIGEST_SIZE || memcmp(e->hash.data, v->anchor->hash, DIGEST_SIZE) != 0)
        fault(v, arena_printf(v->arena,
                              "entry %" PRId64
                              " of the log has another hash than the anchor: the log was rewritten",
                              e->number));
}

static void see_entry(void *context, const struct admin_entry *e)
{
    struct verifying *v = context;
    int64_t due = v->out->end.number + 1;

    v->out->entries++;
    if (e->number != due)
        fault(v, arena_printf(v->arena, "entries %" PRId64 " to %" PRId64 " of the log are missing",
                              due, e->number - 1));
    else if (!e->sound)
        fault(v, arena_printf(v->arena,
                              "entry %" PRId64 " of the log, or the one before it, is not what was "
                              "written: its hash does not fit",
                              e->number));
    see_anchor(v, e);
    v->out->end.number = e->number;
    take_digest(e->hash, v->out->end.hash);
    if (text_starts(e->action, "key."))
        see_key(v, e);
    else if (text_starts(e->action, "program.") || text_starts(e->action, "generation."))
        see_record(v, e, text_starts(e->action, "program."));
}

static enum status check_records(struct verifying *v, struct error *err)
{
    for (size_t i = 0; i < v->record_count; i++) {
        const struct logged_record *r = &v->records[i];
        struct position at = {(uint64_t)r->record};
        uint8_t digest[DIGEST_SIZE];
        struct error why = {0};
        enum status status = journal_digest(v->store, at, digest, &why);

        if (status == ERR_NOT_FOUND)
            fault(v, arena_printf(v->arena,
                                  "record %" PRId64 " of the journal, of which entry %" PRId64
                                  " tells, is gone",
                                  r->record, r->entry));
        else if (status != OK)
            return error_set(err, status, "%s", why.message);
        else if (memcmp(digest, r->digest, sizeof(digest)) != 0)
            fault(v, arena_printf(v->arena,
                                  "record %" PRId64 " of the journal is not the one of which entry "
                                  "%" PRId64 " tells",
                                  r->record, r->entry));
    }
    return OK;
}

static int compare_record(const void *key, const void *element)
{
    int64_t number = *(const int64_t *)key;
    const struct logged_record *r = element;

    return (number > r->record) - (number < r->record);
}

static void see_program(void *context, struct position at)
{
    struct verifying *v = context;
    int64_t number = (int64_t)at.number;
    const struct logged_record *r =
        v->record_count == 0
            ? NULL
            : bsearch(&number, v->records, v->record_count, sizeof(*v->records), compare_record);

    v->out->versions++;
    if (r == NULL || !r->program)
        fault(v, arena_printf(v->arena,
                              "record %" PRId64 " of the journal is a version of the program of "
                              "which the log does not tell",
                              number));
}

static void see_key_row(void *context, const struct key_row *row)
{
    struct verifying *v = context;
    const struct logged_key *key = key_find(v, row->number);
    uint8_t digest[DIGEST_SIZE];
    struct error why = {0};

    v->out->keys++;
    if (key == NULL)
        fault(v, arena_printf(v->arena, "key %" PRId64 " is one of which the log does not tell",
                              row->number));
    else if (keys_digest(v->store, row->number, digest, &why) != OK ||
             memcmp(digest, key->digest, sizeof(digest)) != 0)
        fault(v, arena_printf(v->arena, "key %" PRId64 " is not what was made", row->number));
    else if (key->revoked_ms != row->revoked_ms)
        fault(v, arena_printf(v->arena, "key %" PRId64 " is %s, and by the log it is %s",
                              row->number, row->revoked_ms > 0 ? "revoked" : "good",
                              key->revoked_ms == 0   ? "good"
                              : row->revoked_ms == 0 ? "revoked"
                                                     : "revoked at another time"));
}

static void count_row(void *context, const struct key_row *row)
{
    struct verifying *v = context;
    struct logged_key *key = key_find(v, row->number);

    if (key != NULL)
        key->number = -key->number; /* seen */
}

static enum status check_keys(struct verifying *v, struct error *err)
{
    if (keys_each(v->store, see_key_row, v, err) != OK ||
        keys_each(v->store, count_row, v, err) != OK)
        return err->status;
    for (size_t i = 0; i < v->key_count; i++)
        if (v->keys[i].number > 0)
            fault(v, arena_printf(v->arena, "key %" PRId64 ", of which the log tells, is gone",
                                  v->keys[i].number));
    return OK;
}

enum status program_verify(const char *data_dir, const struct admin_anchor *anchor, struct arena *a,
                           struct verified *out, struct error *err)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(verifying_clear) struct verifying v = {.arena = a, .anchor = anchor, .out = out};

    *out = (struct verified){.faults = arena_array(a, VERIFY_FAULTS_MAX, sizeof(*out->faults))};
    if (store_open(&store, data_dir, STORE_READ, NULL, err) != OK ||
        store_run(store, "BEGIN", err) != OK) /* one view of all; closing ends it */
        return err->status;
    v.store = store;
    if (admin_log_each(store, see_entry, &v, err) != OK || check_records(&v, err) != OK ||
        journal_programs_each(store, see_program, &v, err) != OK || check_keys(&v, err) != OK)
        return err->status;
    if (anchor != NULL && !v.anchored)
        fault(&v, arena_printf(a,
                               "entry %" PRId64 " of the log, which the anchor names, is gone: the "
                               "log ends with entry %" PRId64,
                               anchor->number, out->end.number));
    return OK;
}

void verified_json(const struct verified *v, struct json *j)
{
    SCOPED(buffer_free) struct buffer anchor = {0};

    buffer_printf(&anchor, "%" PRId64 ":", v->end.number);
    buffer_add_hex(&anchor, v->end.hash, sizeof(v->end.hash));
    json_object_begin(j);
    json_key_bool(j, "sound", v->fault_count == 0);
    json_key_u64(j, "entries", v->entries);
    json_key_u64(j, "versions", v->versions);
    json_key_u64(j, "keys", v->keys);
    json_key_text(j, "anchor", v->end.number > 0 ? buffer_text(&anchor) : (struct text){0});
    json_key_u64(j, "fault_count", v->fault_count);
    json_key(j, "faults");
    json_array_begin(j);
    for (uint64_t i = 0; i < v->fault_count && i < VERIFY_FAULTS_MAX; i++)
        json_text_from(j, v->faults[i]);
    json_array_end(j);
    json_object_end(j);
}
