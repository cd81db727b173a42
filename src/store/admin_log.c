/* SPDX-License-Identifier: Apache-2.0 */
#include "store/admin_log.h"

#include <string.h>

/* What an entry says, and the hash before it. */
static void entry_hash(const uint8_t before[DIGEST_SIZE], const struct admin_entry *e,
                       uint8_t hash[DIGEST_SIZE])
{
    struct digest d;

    digest_begin(&d, "endcap admin log");
    digest_text(&d, (struct text){(const char *)before, DIGEST_SIZE});
    digest_i64(&d, e->number);
    digest_i64(&d, e->time_ms);
    digest_text(&d, e->who);
    digest_text(&d, e->via);
    digest_text(&d, e->action);
    digest_i64(&d, e->subject);
    digest_text(&d, e->digest);
    digest_text(&d, e->details);
    digest_end(&d, hash);
}

static enum status read_end(struct store *store, struct admin_anchor *end, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;

    *end = (struct admin_anchor){0};
    if (stmt_open(&q, store, "SELECT number, hash FROM admin ORDER BY number DESC LIMIT 1", err) !=
        OK)
        return err->status;
    switch (sqlite3_step(q)) {
    case SQLITE_DONE: return OK;
    case SQLITE_ROW: break;
    default: return store_error(store, err, "reading the administrative log");
    }
    struct text hash = stmt_text(q, 1);

    end->number = stmt_i64(q, 0);
    /* one of another length is a damage: verify says so, and the chain goes on from what is there */
    memcpy(end->hash, hash.data, hash.size < DIGEST_SIZE ? hash.size : DIGEST_SIZE);
    return OK;
}

static enum status insert(struct store *store, const struct admin_entry *e, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;

    if (stmt_open(
            &q, store,
            "INSERT INTO admin(number, time, who, via, action, subject, digest, details, hash)"
            " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
            err) != OK)
        return err->status;
    stmt_bind_i64(q, 1, e->number);
    stmt_bind_i64(q, 2, e->time_ms);
    stmt_bind_text(q, 3, e->who);
    stmt_bind_text(q, 4, e->via);
    stmt_bind_text(q, 5, e->action);
    stmt_bind_i64(q, 6, e->subject);
    stmt_bind_bytes(q, 7, e->digest);
    stmt_bind_text(q, 8, e->details);
    stmt_bind_bytes(q, 9, e->hash);
    return stmt_run(q, store, err);
}

enum status admin_log_append(struct store *store, const struct actor *actor,
                             const struct admin_action *action, struct admin_anchor *anchor,
                             struct error *err)
{
    struct admin_anchor end;
    uint8_t hash[DIGEST_SIZE];

    if (actor->who.size == 0 || actor->who.size > ADMIN_WHO_MAX || !text_utf8_valid(actor->who))
        return error_set(err, ERR_INVALID, "who does this must be said, in 1 to %d bytes of text",
                         ADMIN_WHO_MAX);
    if (sodium_init() < 0)
        return error_set(err, ERR_IO, "libsodium did not start");
    if (read_end(store, &end, err) != OK)
        return err->status;
    struct admin_entry e = {
        .number = end.number + 1,
        .time_ms = actor->now_ms,
        .who = actor->who,
        .via = actor->via,
        .action = text_from(action->action),
        .subject = action->subject,
        .digest = {(const char *)action->digest, action->digest == NULL ? 0 : DIGEST_SIZE},
        .details = text_utf8_prefix(action->details, ADMIN_DETAILS_MAX),
        .hash = {(const char *)hash, sizeof(hash)},
    };

    entry_hash(end.hash, &e, hash);
    if (insert(store, &e, err) != OK)
        return error_wrap(err, "writing the administrative log");
    if (anchor != NULL) {
        anchor->number = e.number;
        memcpy(anchor->hash, hash, sizeof(hash));
    }
    return OK;
}

static struct admin_entry entry_of(sqlite3_stmt *q)
{
    return (struct admin_entry){
        .number = stmt_i64(q, 0),
        .time_ms = stmt_i64(q, 1),
        .who = stmt_text(q, 2),
        .via = stmt_text(q, 3),
        .action = stmt_text(q, 4),
        .subject = stmt_i64(q, 5),
        .digest = stmt_text(q, 6),
        .details = stmt_text(q, 7),
        .hash = stmt_text(q, 8),
    };
}

enum status admin_log_each(struct store *store,
                           void (*each)(void *context, const struct admin_entry *entry),
                           void *context, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    uint8_t before[DIGEST_SIZE] = {0}, hash[DIGEST_SIZE];
    int64_t last = 0;
    int step;

    if (stmt_open(&q, store,
                  "SELECT number, time, who, via, action, subject, digest, details, hash"
                  " FROM admin ORDER BY number",
                  err) != OK)
        return error_wrap(err, "reading the administrative log");
    while ((step = sqlite3_step(q)) == SQLITE_ROW) {
        struct admin_entry e = entry_of(q);

        entry_hash(before, &e, hash);
        e.sound = e.number == last + 1 && e.hash.size == sizeof(hash) &&
                  memcmp(e.hash.data, hash, sizeof(hash)) == 0;
        each(context, &e);
        last = e.number;
        memset(before, 0, sizeof(before));
        memcpy(before, e.hash.data, e.hash.size < sizeof(before) ? e.hash.size : sizeof(before));
    }
    return step == SQLITE_DONE ? OK : store_error(store, err, "reading the administrative log");
}
