/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/transaction.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "base/time.h"

enum {
    WAL_PAGES_IDLE = 256,  /* moved into store.db when nobody waits */
    WAL_PAGES_BUSY = 4000, /* moved although somebody does */
};

struct transaction {
    struct writer *writer;
    struct writer_options options;
    char *data_dir;
    struct store *store; /* NULL after an I/O error, until it could be opened again */
    struct journal *journal;
    sqlite3_stmt *begin, *commit;
    struct record *records; /* appended in this transaction; bodies are the writes' */
    size_t record_count, record_room;
    struct position end; /* of the journal, as folded */
    int64_t end_ms;
    int wal_pages;
    bool unknown;              /* records[] may or may not have been committed */
    struct arena unknown_room; /* their bodies */
};

static int count_wal_pages(void *context, sqlite3 *db, const char *name, int pages)
{
    struct transaction *t = context;

    (void)db;
    (void)name;
    t->wal_pages = pages;
    return SQLITE_OK;
}

static void close_store(struct transaction *t)
{
    stmt_close(&t->begin);
    stmt_close(&t->commit);
    journal_close(&t->journal);
    store_close(&t->store);
}

static enum status set_limits(struct transaction *t, struct error *err)
{
    uint64_t pages = t->options.disk_bytes_max / 4096;
    char limit[64];

    if (pages == 0)
        return OK;
    snprintf(limit, sizeof(limit), "PRAGMA max_page_count=%llu",
             (unsigned long long)(pages < UINT32_MAX - 1 ? pages : UINT32_MAX - 1));
    return store_run(t->store, limit, err);
}

static enum status open_store(struct transaction *t, struct error *err)
{
    if (store_open(&t->store, t->data_dir, STORE_WRITE, t->options.vfs, err) != OK)
        return err->status;
    /* set before anything commits: our own checkpoints, when they delay nobody */
    (void)sqlite3_wal_hook(store_db(t->store), count_wal_pages, t);
    if (set_limits(t, err) != OK || journal_open(&t->journal, t->store, err) != OK ||
        stmt_open(&t->begin, t->store, "BEGIN IMMEDIATE", err) != OK ||
        stmt_open(&t->commit, t->store, "COMMIT", err) != OK) {
        close_store(t);
        return err->status;
    }
    return OK;
}

enum status transaction_open(struct transaction **out, const struct writer_options *options,
                             struct writer *writer, struct error *err)
{
    struct transaction *t = mem_new(1, sizeof(*t));

    t->writer = writer;
    t->options = *options;
    t->data_dir = mem_copy(options->data_dir, strlen(options->data_dir) + 1);
    if (open_store(t, err) != OK) {
        transaction_close(&t);
        return err->status;
    }
    t->end = journal_end(t->journal);
    t->end_ms = journal_end_ms(t->journal);
    metric_set(METRIC_journal_position, (int64_t)t->end.number);
    *out = t;
    return OK;
}

/* After this, what happens in the store is not trusted until it was opened anew. */
static void abandon_store(struct transaction *t)
{
    /* a handle whose sync failed must not be asked to sync again */
    (void)sqlite3_db_config(store_db(t->store), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    close_store(t);
}

static bool checkpoint_wal(struct transaction *t, int mode)
{
    int code = sqlite3_wal_checkpoint_v2(store_db(t->store), NULL, mode, NULL, NULL);

    t->wal_pages = 0;
    return code == SQLITE_OK;
}

void transaction_close(struct transaction **transaction)
{
    struct transaction *t = *transaction;

    if (t == NULL)
        return;
    if (t->unknown && t->options.outcome != NULL)
        t->options.outcome(t->options.context, false);
    if (t->store != NULL)
        (void)checkpoint_wal(t, SQLITE_CHECKPOINT_TRUNCATE); /* the next start recovers as well */
    close_store(t);
    arena_free(&t->unknown_room);
    mem_free(t->records);
    mem_free(t->data_dir);
    mem_free(t);
    *transaction = NULL;
}

/* Move the WAL into store.db; an I/O error there is as bad as one in a commit. */
static void shrink_wal(struct transaction *t, int pages_max)
{
    if (t->store == NULL || t->wal_pages < pages_max)
        return;
    if (!checkpoint_wal(t, SQLITE_CHECKPOINT_PASSIVE) &&
        (sqlite3_errcode(store_db(t->store)) & 0xff) == SQLITE_IOERR)
        abandon_store(t);
}

void transaction_idle(struct transaction *t)
{
    shrink_wal(t, WAL_PAGES_IDLE);
}

static void tell_outcome(struct transaction *t, bool committed)
{
    if (t->options.outcome != NULL)
        t->options.outcome(t->options.context, committed);
    if (committed) {
        t->end = journal_end(t->journal);
        t->end_ms = journal_end_ms(t->journal);
        metric_set(METRIC_journal_position, (int64_t)t->end.number);
        if (t->record_count > 0 && t->options.fold != NULL)
            t->options.fold(t->options.context, t->records, t->record_count);
    }
    t->record_count = 0;
    t->unknown = false;
}

/* The store was opened again: is the transaction whose commit failed in it? */
static enum status settle_unknown(struct transaction *t, struct error *err)
{
    struct position end = journal_end(t->journal);
    uint64_t expected = t->end.number + (t->unknown ? t->record_count : 0);

    if (end.number != t->end.number && end.number != expected)
        return error_set(err, ERR_CORRUPT,
                         "store.db ends at record %llu and should at %llu; restart endcap",
                         (unsigned long long)end.number, (unsigned long long)t->end.number);
    if (!t->unknown)
        return OK;
    /* without records nothing in memory depends on the answer: failed is the safe one */
    tell_outcome(t, t->record_count > 0 && end.number == expected);
    arena_reset(&t->unknown_room);
    return OK;
}

/* Open the store after an I/O error. Only when all of the WAL could be moved into store.db with
 * syncs that worked is what the journal shows known to be on disk. */
static enum status reopen(struct transaction *t, struct error *err)
{
    if (t->store != NULL)
        return OK;
    if (open_store(t, err) == OK) {
        if (!checkpoint_wal(t, SQLITE_CHECKPOINT_TRUNCATE))
            (void)store_error(t->store, err, "moving the WAL"); /* told below */
        else if (settle_unknown(t, err) == OK)
            return OK;
        abandon_store(t);
    }
    err->status = ERR_UNAVAILABLE;
    return error_wrap(err, "store.db cannot be written now");
}

static void roll_back(struct transaction *t)
{
    /* some errors have rolled back already; one that fails here is seen by the next BEGIN */
    if (sqlite3_get_autocommit(store_db(t->store)) == 0)
        (void)sqlite3_exec(store_db(t->store), "ROLLBACK", NULL, NULL, NULL);
    journal_rewind(t->journal, t->end, t->end_ms);
    tell_outcome(t, false);
}

static void answer(struct write *w, enum status status, const struct error *err)
{
    if (w->done != NULL)
        w->done(w, status, err);
}

/* Answer the first `count` writes; returns the rest. `done` owns its write, so `next` is read
 * before. */
static struct write *answer_all(struct write *list, size_t count, enum status status,
                                const struct error *err)
{
    for (size_t i = 0; i < count && list != NULL; i++) {
        struct write *next = list->next;

        answer(list, status, err);
        list = next;
    }
    return list;
}

/* The commit failed with an I/O error: its records are kept until it is known what became of them.
 */
static void keep_unknown(struct transaction *t)
{
    for (size_t i = 0; i < t->record_count; i++)
        t->records[i].body = arena_text(&t->unknown_room, t->records[i].body);
    t->unknown = true;
    abandon_store(t);
}

/* Commit; OK only when it is known to be durable. The outcome is told, unless it is unknown. */
static enum status commit(struct transaction *t, struct error *err)
{
    uint64_t started = time_monotonic_ns();
    enum status status = stmt_run(t->commit, t->store, err);
    struct error again = {0};
    struct position expected = journal_end(t->journal);
    bool tells = t->record_count > 0; /* the journal's end will say what became of it */

    if (status == OK) {
        metric_add(METRIC_commits_total, 1);
        metric_time(METRIC_commit_seconds, time_monotonic_ns() - started);
        tell_outcome(t, true);
        return OK;
    }
    (void)error_wrap(err, "committing"); /* only the message changes */
    if (status == ERR_UNAVAILABLE) {
        roll_back(t);
        return status;
    }
    keep_unknown(t);
    if (reopen(t, &again) == OK && tells && t->end.number == expected.number)
        return OK;
    err->status = ERR_UNAVAILABLE;
    return ERR_UNAVAILABLE;
}

/* Run at most `*limit` writes of the list in one transaction; returns those left to do. */
static struct write *run_some(struct transaction *t, struct write *list, size_t *limit)
{
    struct error err = {0};
    enum status status = reopen(t, &err);
    size_t count = 0;

    if (status != OK)
        return answer_all(list, SIZE_MAX, status, &err);
    status = stmt_run(t->begin, t->store, &err);
    if (status == ERR_IO)
        abandon_store(t);
    if (status != OK)
        return answer_all(list, SIZE_MAX, status, &err);
    for (struct write *w = list; w != NULL && count < *limit; w = w->next, count++) {
        status = w->run(w, t->writer, t->store, &err);
        if (status != OK)
            break;
    }
    bool ran = status == OK; /* all of them */
    if (ran && t->options.before_commit != NULL)
        status = t->options.before_commit(t->options.context, t->store, t->records, t->record_count,
                                          &err);
    if (status == OK) {
        *limit = SIZE_MAX;
        status = commit(t, &err);
        return answer_all(list, count, status, &err);
    }
    roll_back(t);
    if (status == ERR_IO) {
        abandon_store(t);
        return answer_all(list, SIZE_MAX, status, &err);
    }
    if (ran || count == 0) {
        *limit = SIZE_MAX;
        return answer_all(list, ran ? count : 1, status, &err);
    }
    *limit = count;
    return list;
}

void transaction_run(struct transaction *t, struct write *list)
{
    size_t limit = SIZE_MAX;

    while (list != NULL) {
        list = run_some(t, list, &limit);
        shrink_wal(t, WAL_PAGES_BUSY);
    }
}

enum status transaction_append(struct transaction *t, enum record_kind kind, int64_t time_ms,
                               struct text body, struct position *out, struct error *err)
{
    struct record r;

    if (journal_append(t->journal, kind, time_ms, body, &r, err) != OK)
        return err->status;
    t->records = mem_grow(t->records, &t->record_room, t->record_count + 1, sizeof(*t->records));
    t->records[t->record_count++] = r;
    *out = r.position;
    return OK;
}
