/* SPDX-License-Identifier: Apache-2.0 */
/* forget: the order of an erasure. What was begun stands in the table `meta` as
 * "erasing:POSITION", with the body of its RECORD_ERASURE, until all is done. */
#include "paths/forget.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/memory.h"
#include "ingest/ledger.h"
#include "journal/checkpoint.h"
#include "paths/forget_events.h"

enum { TURN = 500, NAME_SIZE = 32, WAL_TRIES = 100, WAL_BUSY_MS = 100, WAL_PAUSE_NS = 10000000 };

static void write_done(struct write *w, enum status status, const struct error *err)
{
    (void)w;
    (void)status; /* writer_run hands both to the caller */
    (void)err;
}

/* --- record --- */

struct begin {
    struct write write; /* first: the writer hands it back */
    struct text body;
    struct text *releases; /* orders: shared browsers are nobody's now */
    size_t release_count;
    const struct actor *actor;
    char name[NAME_SIZE]; /* in `meta` */
};

/* The orders that make these browsers nobody's, into `a`. */
static void encode_releases(struct begin *b, struct text held, struct arena *a)
{
    SCOPED(buffer_free) struct buffer body = {0};

    b->releases =
        arena_array(a, held.size, sizeof(*b->releases)); /* a line has two bytes at least */
    while (held.size > 0) {
        const struct identity_order order = {
            .verb = IDENTITY_RELEASE, .kind = IDENTIFIER_VISITOR, .id = text_cut(&held, '\n')};

        buffer_clear(&body);
        identity_order_encode(&order, &body);
        b->releases[b->release_count++] = arena_text(a, buffer_text(&body));
    }
}

static enum status append_releases(struct writer *writer, const struct begin *b, struct error *err)
{
    struct position at; /* nobody asks */

    for (size_t i = 0; i < b->release_count; i++)
        if (writer_append(writer, RECORD_IDENTITY, b->actor->now_ms, b->releases[i], &at, err) !=
            OK)
            return err->status;
    return OK;
}

static enum status begin_run(struct write *w, struct writer *writer, struct store *store,
                             struct error *err)
{
    struct begin *b = (struct begin *)w;
    struct admin_action action = {.action = "shopper.forget", .details = TEXT("")};
    struct position at;

    if (writer_append(writer, RECORD_ERASURE, b->actor->now_ms, b->body, &at, err) != OK ||
        append_releases(writer, b, err) != OK)
        return err->status;
    action.subject = (int64_t)at.number;
    if (admin_log_append(store, b->actor, &action, NULL, err) != OK)
        return err->status;
    snprintf(b->name, sizeof(b->name), "erasing:%020llu", (unsigned long long)at.number);
    if (store_meta_set(store, b->name, b->body, err) != OK)
        return err->status;
    return erasure_step(store, err);
}

struct end {
    struct write write; /* first: the writer hands it back */
    const char *name;
};

static enum status step_run(struct write *w, struct writer *writer, struct store *store,
                            struct error *err)
{
    (void)w;
    (void)writer; /* nothing is appended */
    return erasure_step(store, err);
}

static enum status end_run(struct write *w, struct writer *writer, struct store *store,
                           struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;

    (void)writer; /* nothing is appended */
    if (stmt_open(&q, store, "DELETE FROM meta WHERE key=?", err) != OK)
        return err->status;
    stmt_bind_text(q, 1, text_from(((struct end *)w)->name));
    return stmt_run(q, store, err);
}

static enum status run_end(struct shop *shop, const char *name, bool step, struct error *err)
{
    struct end end = {.write = {.run = step ? step_run : end_run, .done = write_done, .events = 1},
                      .name = name};

    return writer_run(shop->writer, &end.write, err);
}

/* --- decisions and refused items: found through a reading connection, erased in turns --- */

struct numbers {
    const struct person *person;
    uint64_t found[TURN];
    size_t count;
    uint64_t last; /* looked at */
};

struct erase_numbers {
    struct write write; /* first: the writer hands it back */
    const struct numbers *numbers;
    enum status (*erase)(struct store *store, uint64_t number, struct error *err);
};

static enum status erase_numbers_run(struct write *w, struct writer *writer, struct store *store,
                                     struct error *err)
{
    struct erase_numbers *e = (struct erase_numbers *)w;

    (void)writer; /* nothing is appended */
    for (size_t i = 0; i < e->numbers->count; i++)
        if (e->erase(store, e->numbers->found[i], err) != OK)
            return err->status;
    return OK;
}

static enum status erase_found(struct shop *shop, const struct numbers *n,
                               enum status (*erase)(struct store *, uint64_t, struct error *),
                               struct error *err)
{
    struct erase_numbers e = {
        .write = {.run = erase_numbers_run, .done = write_done, .events = 1},
        .numbers = n,
        .erase = erase,
    };

    return n->count > 0 ? writer_run(shop->writer, &e.write, err) : OK;
}

static void note_decision(void *context, const struct decision *d)
{
    struct numbers *n = context;

    if (person_owns(n->person, d->anonymous_id, d->user_id))
        n->found[n->count++] = d->number;
}

static enum status forget_decisions(struct shop *shop, const struct person *person, uint64_t *count,
                                    struct error *err)
{
    SCOPED(store_close) struct store *store = NULL;
    struct numbers n = {.person = person};
    uint64_t after;

    if (decisions_flush(shop->decisions, err) != OK ||
        store_open(&store, shop->data_dir, STORE_READ, NULL, err) != OK)
        return err->status;
    do {
        after = n.last;
        n.count = 0;
        if (decisions_each(store, &n.last, TURN, note_decision, &n, err) != OK ||
            erase_found(shop, &n, decisions_erase, err) != OK)
            return err->status;
        *count += n.count;
    } while (n.last > after);
    return OK;
}

static void note_refused(void *context, const struct refused_item *item)
{
    struct numbers *n = context;

    n->last = item->number;
    if (person_named(n->person, item->body))
        n->found[n->count++] = item->number;
}

static enum status forget_refused(struct shop *shop, const struct person *person, uint64_t *count,
                                  struct error *err)
{
    SCOPED(store_close) struct store *store = NULL;
    struct numbers n = {.person = person};
    uint64_t after;

    if (store_open(&store, shop->data_dir, STORE_READ, NULL, err) != OK)
        return err->status;
    do {
        after = n.last;
        n.count = 0;
        if (ledger_refused_each(store, after, TURN, note_refused, &n, err) != OK ||
            erase_found(shop, &n, ledger_refused_erase, err) != OK)
            return err->status;
        *count += n.count;
    } while (n.last > after);
    return OK;
}

/* --- wal --- */

/* While the writer moves the WAL itself, SQLite says busy at once, however long one would wait. */
enum status forget_wal(const char *data_dir, struct error *err)
{
    const struct timespec pause = {0, WAL_PAUSE_NS};
    SCOPED(store_close) struct store *store = NULL;
    int code = SQLITE_BUSY;

    if (store_open(&store, data_dir, STORE_WRITE, NULL, err) != OK)
        return err->status;
    (void)sqlite3_busy_timeout(store_db(store), WAL_BUSY_MS); /* cannot fail */
    for (int i = 0; i < WAL_TRIES && code == SQLITE_BUSY; i++) {
        if (i > 0)
            (void)nanosleep(&pause, NULL); /* cut short or not */
        code = sqlite3_wal_checkpoint_v2(store_db(store), NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
                                         NULL) &
               0xff;
    }
    return code == SQLITE_OK ? OK : store_error(store, err, "moving the WAL");
}

/* --- all of it --- */

/* What follows the record; each step may be done again. */
static enum status forget_rest(struct shop *shop, struct person *person, const char *name,
                               struct forgotten *out, struct error *err)
{
    if (checkpoints_remove(shop->data_dir, err) != OK ||
        forget_events(shop, person, &out->events, err) != OK ||
        forget_decisions(shop, person, &out->decisions, err) != OK ||
        forget_refused(shop, person, &out->refused, err) != OK ||
        run_end(shop, name, true, err) != OK || checkpoints_remove(shop->data_dir, err) != OK ||
        forget_wal(shop->data_dir, err) != OK)
        return err->status;
    return run_end(shop, name, false, err);
}

static enum status begin(struct shop *shop, const struct person *person, struct begin *b,
                         struct error *err)
{
    SCOPED(buffer_free) struct buffer body = {0};
    SCOPED(arena_free) struct arena a = {.blocks = NULL};

    erasure_encode(person->whos.all, person->whos.count, b->actor->now_ms, &body);
    b->body = buffer_text(&body);
    encode_releases(b, buffer_text(&person->held_ids), &a);
    b->write = (struct write){.run = begin_run, .done = write_done, .events = 1};
    return writer_run(shop->writer, &b->write, err);
}

enum status forget_shopper(struct shop *shop, struct text id, enum naming naming,
                           const struct actor *actor, struct forgotten *out, struct error *err)
{
    SCOPED(person_free) struct person person = {0};
    struct begin b = {.actor = actor};
    struct error why = {0}; /* what is not finished is gone on with later, and told as that */

    *out = (struct forgotten){0};
    (void)pthread_mutex_lock(&shop->erase_mutex);
    enum status status = person_find(shop, id, naming, &person, err);
    if (status == OK) {
        /* whoever looks there whether somebody was erased appends under it as well */
        (void)pthread_mutex_lock(&shop->change_mutex);
        status = begin(shop, &person, &b, err);
        (void)pthread_mutex_unlock(&shop->change_mutex);
    }
    if (status == OK) {
        out->identifiers = person.whos.count;
        out->finished = forget_rest(shop, &person, b.name, out, &why) == OK;
    }
    (void)pthread_mutex_unlock(&shop->erase_mutex);
    return status;
}

/* The one begun next after `name`, which becomes its own; ERR_NOT_FOUND when there is none. */
static enum status next_begun(struct shop *shop, char name[NAME_SIZE], struct person *person,
                              struct error *err)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    int64_t erased_ms;

    if (store_open(&store, shop->data_dir, STORE_READ, NULL, err) != OK ||
        stmt_open(&q, store,
                  "SELECT key,value FROM meta WHERE key>? AND key<'erasing;' ORDER BY key LIMIT 1",
                  err) != OK)
        return err->status;
    stmt_bind_text(q, 1, text_from(name));
    switch (sqlite3_step(q)) {
    case SQLITE_ROW: break;
    case SQLITE_DONE: return error_set(err, ERR_NOT_FOUND, "no erasure is unfinished");
    default: return store_error(store, err, "reading what is to be erased");
    }
    struct text key = stmt_text(q, 0), body = stmt_text(q, 1);
    size_t count = erasure_decode(body, NULL, 0, &erased_ms);
    struct who *whos = mem_new(count + 1, sizeof(*whos));
    (void)erasure_decode(body, whos, count, &erased_ms); /* as many as counted */
    for (size_t i = 0; i < count; i++)
        (void)who_set_add(&person->whos, whos[i]); /* known or not */
    mem_free(whos);
    memcpy(person->key, shop->keys.id_key, sizeof(person->key));
    snprintf(name, NAME_SIZE, "%.*s", (int)key.size, key.data);
    return OK;
}

enum status forget_unfinished(const char *data_dir, int64_t *since_ms, struct error *err)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    int64_t erased_ms;
    int code;

    *since_ms = INT64_MAX;
    if (store_open(&store, data_dir, STORE_READ, NULL, err) != OK ||
        stmt_open(&q, store, "SELECT value FROM meta WHERE key>'erasing:' AND key<'erasing;'",
                  err) != OK)
        return err->status;
    while ((code = sqlite3_step(q)) == SQLITE_ROW) {
        (void)erasure_decode(stmt_text(q, 0), NULL, 0, &erased_ms); /* how many is of no interest */
        if (erased_ms < *since_ms)
            *since_ms = erased_ms;
    }
    return code == SQLITE_DONE ? OK : store_error(store, err, "reading what is to be erased");
}

enum status forget_resume(struct shop *shop, bool *left, struct error *err)
{
    char name[NAME_SIZE] = "erasing:";
    struct error why = {0};
    enum status status = OK;

    (void)pthread_mutex_lock(&shop->erase_mutex);
    while (status == OK) {
        SCOPED(person_free) struct person person = {0};
        struct forgotten ignored = {0};

        status = next_begun(shop, name, &person, &why);
        if (status == OK)
            status = forget_rest(shop, &person, name, &ignored, &why);
    }
    (void)pthread_mutex_unlock(&shop->erase_mutex);
    if (left != NULL)
        *left = status != ERR_NOT_FOUND;
    return status == ERR_NOT_FOUND ? OK : error_set(err, status, "%s", why.message);
}

void forgotten_json(const struct forgotten *f, struct json *j)
{
    json_object_begin(j);
    json_key_bool(j, "erased", true);
    json_key_bool(j, "finished", f->finished);
    json_key_u64(j, "identifiers", f->identifiers);
    json_key_u64(j, "events", f->events);
    json_key_u64(j, "decisions", f->decisions);
    json_key_u64(j, "refused", f->refused);
    json_object_end(j);
}
