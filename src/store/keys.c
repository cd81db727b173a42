/* SPDX-License-Identifier: Apache-2.0 */
#include "store/keys.h"

#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"

enum { HASH_SIZE = 32, PREFIX_SIZE = 3, RANDOM_SIZE = KEY_SIZE - 1 - PREFIX_SIZE, HINT_SIZE = 4 };

const char *key_kind_word(enum key_kind kind)
{
    return kind == KEY_PUBLIC ? "public" : kind == KEY_SECRET ? "secret" : "none";
}

enum key_kind key_kind_find(struct text word)
{
    return text_is(word, "public") ? KEY_PUBLIC : text_is(word, "secret") ? KEY_SECRET : KEY_NONE;
}

enum key_kind key_kind_claimed(struct text key)
{
    return text_starts(key, "pk_") ? KEY_PUBLIC : text_starts(key, "sk_") ? KEY_SECRET : KEY_NONE;
}

static void key_hash(struct text key, uint8_t hash[HASH_SIZE])
{
    (void)crypto_generichash(hash, HASH_SIZE, (const unsigned char *)key.data, key.size, NULL,
                             0); /* fails only for sizes out of its range */
}

static void key_make(enum key_kind kind, char key[KEY_SIZE])
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    memcpy(key, kind == KEY_PUBLIC ? "pk_" : "sk_", PREFIX_SIZE);
    for (size_t i = 0; i < RANDOM_SIZE; i++)
        key[PREFIX_SIZE + i] = letters[randombytes_uniform(sizeof(letters) - 1)];
    key[KEY_SIZE - 1] = '\0';
}

static enum status key_count(struct store *store, int64_t *count, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *counted = NULL;

    if (stmt_open(&counted, store, "SELECT count(*) FROM key", err) != OK)
        return err->status;
    if (sqlite3_step(counted) != SQLITE_ROW)
        return store_error(store, err, "counting keys");
    *count = stmt_i64(counted, 0);
    return OK;
}

static enum status insert(struct store *store, const char *key, const struct key_row *row,
                          struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    uint8_t hash[HASH_SIZE];

    if (stmt_open(&q, store,
                  "INSERT INTO key(kind, name, hash, hint, created) VALUES(?, ?, ?, ?, ?)",
                  err) != OK)
        return err->status;
    key_hash(text_from(key), hash);
    stmt_bind_text(q, 1, text_from(key_kind_word(row->kind)));
    stmt_bind_text(q, 2, row->name);
    stmt_bind_bytes(q, 3, (struct text){(const char *)hash, sizeof(hash)});
    stmt_bind_text(q, 4, row->hint);
    stmt_bind_i64(q, 5, row->created_ms);
    return stmt_run(q, store, err);
}

enum status keys_digest(struct store *store, int64_t number, uint8_t digest[DIGEST_SIZE],
                        struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    struct digest d;

    if (stmt_open(&q, store,
                  "SELECT number, created, kind, name, hash, hint FROM key WHERE number = ?",
                  err) != OK)
        return err->status;
    stmt_bind_i64(q, 1, number);
    int step = sqlite3_step(q);

    if (step == SQLITE_DONE)
        return error_set(err, ERR_NOT_FOUND, "there is no key number %lld", (long long)number);
    if (step != SQLITE_ROW)
        return store_error(store, err, "reading a key");
    digest_begin(&d, "endcap key");
    digest_i64(&d, stmt_i64(q, 0));
    digest_i64(&d, stmt_i64(q, 1));
    for (int column = 2; column < 6; column++)
        digest_text(&d, stmt_text(q, column));
    digest_end(&d, digest);
    return OK;
}

/* The entry in the log; its details are "secret key 'server', ...a1B2". */
static enum status log_change(struct store *store, const char *action, int64_t number,
                              const struct actor *actor, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    SCOPED(buffer_free) struct buffer details = {0};
    uint8_t digest[DIGEST_SIZE];

    if (keys_digest(store, number, digest, err) != OK ||
        stmt_open(&q, store, "SELECT kind, name, hint FROM key WHERE number = ?", err) != OK)
        return err->status;
    stmt_bind_i64(q, 1, number);
    if (sqlite3_step(q) != SQLITE_ROW)
        return store_error(store, err, "reading a key");
    struct text kind = stmt_text(q, 0), name = stmt_text(q, 1), hint = stmt_text(q, 2);

    buffer_printf(&details, "%.*s key '%.*s', ...%.*s", (int)kind.size, kind.data, (int)name.size,
                  name.data, (int)hint.size, hint.data);
    const struct admin_action entry = {action, number, digest, buffer_text(&details)};

    return admin_log_append(store, actor, &entry, NULL, err);
}

enum status keys_add(struct store *store, enum key_kind kind, struct text name,
                     const struct actor *actor, char key[KEY_SIZE], struct error *err)
{
    char made[KEY_SIZE];
    int64_t count = 0;

    if (kind != KEY_PUBLIC && kind != KEY_SECRET)
        return error_set(err, ERR_INVALID, "a key is public or secret");
    if (name.size == 0 || name.size > KEY_NAME_MAX || !text_utf8_valid(name))
        return error_set(err, ERR_INVALID, "a key's name is 1 to %d bytes of text", KEY_NAME_MAX);
    if (sodium_init() < 0)
        return error_set(err, ERR_IO, "libsodium did not start");
    if (key_count(store, &count, err) != OK)
        return error_wrap(err, "adding a key");
    if (count >= KEYS_MAX)
        return error_set(err, ERR_LIMIT, "at most %d keys are kept", KEYS_MAX);
    key_make(kind, made);
    const struct key_row row = {.kind = kind,
                                .name = name,
                                .hint = {made + KEY_SIZE - 1 - HINT_SIZE, HINT_SIZE},
                                .created_ms = actor->now_ms};

    if (insert(store, made, &row, err) != OK ||
        log_change(store, "key.add", sqlite3_last_insert_rowid(store_db(store)), actor, err) != OK)
        return error_wrap(err, "adding a key");
    memcpy(key, made, KEY_SIZE);
    return OK;
}

/* Whether there is such a key, and a good one. */
static enum status key_state(struct store *store, int64_t number, bool *good, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;

    if (stmt_open(&q, store, "SELECT revoked IS NULL FROM key WHERE number = ?", err) != OK)
        return err->status;
    stmt_bind_i64(q, 1, number);
    switch (sqlite3_step(q)) {
    case SQLITE_ROW: *good = stmt_i64(q, 0) != 0; return OK;
    case SQLITE_DONE:
        return error_set(err, ERR_NOT_FOUND, "there is no key number %lld", (long long)number);
    default: return store_error(store, err, "reading a key");
    }
}

enum status keys_revoke(struct store *store, int64_t number, const struct actor *actor,
                        struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *update = NULL;
    bool good = false;

    if (key_state(store, number, &good, err) != OK)
        return err->status;
    if (!good)
        return OK;
    if (stmt_open(&update, store, "UPDATE key SET revoked = ? WHERE number = ?", err) != OK)
        return error_wrap(err, "revoking a key");
    stmt_bind_i64(update, 1, actor->now_ms);
    stmt_bind_i64(update, 2, number);
    if (stmt_run(update, store, err) != OK ||
        log_change(store, "key.revoke", number, actor, err) != OK)
        return error_wrap(err, "revoking a key");
    return OK;
}

enum status keys_each(struct store *store, void (*each)(void *context, const struct key_row *row),
                      void *context, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *rows = NULL;
    int step;

    if (stmt_open(&rows, store,
                  "SELECT number, kind, name, hint, created, revoked FROM key ORDER BY number",
                  err) != OK)
        return error_wrap(err, "listing keys");
    while ((step = sqlite3_step(rows)) == SQLITE_ROW) {
        struct key_row row = {.number = stmt_i64(rows, 0),
                              .kind = key_kind_find(stmt_text(rows, 1)),
                              .name = stmt_text(rows, 2),
                              .hint = stmt_text(rows, 3),
                              .created_ms = stmt_i64(rows, 4),
                              .revoked_ms = stmt_i64(rows, 5)};

        each(context, &row);
    }
    return step == SQLITE_DONE ? OK : store_error(store, err, "listing keys");
}

struct good_key {
    int64_t number;
    uint8_t hash[HASH_SIZE];
    enum key_kind kind;
};

struct key_ring {
    pthread_rwlock_t lock;
    struct good_key *keys; /* heap */
    size_t count;
};

struct key_ring *key_ring_new(void)
{
    struct key_ring *ring = mem_new(1, sizeof(*ring));

    pthread_rwlock_init(&ring->lock, NULL);
    return ring;
}

void key_ring_free(struct key_ring *ring)
{
    if (ring == NULL)
        return;
    pthread_rwlock_destroy(&ring->lock);
    mem_free(ring->keys);
    mem_free(ring);
}

enum status key_ring_load(struct key_ring *ring, struct store *store, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *rows = NULL;
    SCOPED(mem_free_scoped) struct good_key *keys = NULL;
    size_t count = 0, room = 0;
    int step;

    if (stmt_open(&rows, store, "SELECT kind, hash, number FROM key WHERE revoked IS NULL", err) !=
        OK)
        return error_wrap(err, "reading the keys");
    while ((step = sqlite3_step(rows)) == SQLITE_ROW) {
        struct text hash = stmt_text(rows, 1);

        if (hash.size != HASH_SIZE)
            return error_set(err, ERR_CORRUPT, "a key's hash is damaged");
        keys = mem_grow(keys, &room, count + 1, sizeof(*keys));
        keys[count].kind = key_kind_find(stmt_text(rows, 0));
        keys[count].number = stmt_i64(rows, 2);
        memcpy(keys[count++].hash, hash.data, HASH_SIZE);
    }
    if (step != SQLITE_DONE)
        return store_error(store, err, "reading the keys");
    pthread_rwlock_wrlock(&ring->lock);
    struct good_key *former = ring->keys;

    ring->keys = keys;
    ring->count = count;
    pthread_rwlock_unlock(&ring->lock);
    keys = former; /* freed as the scope ends */
    return OK;
}

enum key_kind key_ring_check(struct key_ring *ring, struct text key, int64_t *number)
{
    enum key_kind kind = KEY_NONE;
    uint8_t hash[HASH_SIZE];

    if (key.size != KEY_SIZE - 1 || key_kind_claimed(key) == KEY_NONE)
        return KEY_NONE;
    key_hash(key, hash);
    pthread_rwlock_rdlock(&ring->lock);
    for (size_t i = 0; i < ring->count; i++) {
        if (sodium_memcmp(ring->keys[i].hash, hash, HASH_SIZE) != 0)
            continue;
        kind = ring->keys[i].kind;
        if (number != NULL)
            *number = ring->keys[i].number;
    }
    pthread_rwlock_unlock(&ring->lock);
    return kind;
}
