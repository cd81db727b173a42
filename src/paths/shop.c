/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/shop.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compare.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/time.h"
#include "paths/recorder.h"

enum {
    FOLD_TURN = 256,          /* records folded under one write lock */
    CHECKPOINT_AFTER = 10000, /* records since the last that make one worth its time at closing */
    SYNC_TRIES = 9,
    SYNC_PAGE = 4096,
    PATH_SIZE = 4096 + 64,
};

/* The secrets, by their names in the table `meta`. */
static const struct {
    const char *name;
    size_t offset, size;
} secrets[] = {
    {"person_key", offsetof(struct shop_keys, person_key), 32},
    {"token_key", offsetof(struct shop_keys, token_key), 32},
    {"id_key", offsetof(struct shop_keys, id_key), 16},
    {"decision_key", offsetof(struct shop_keys, decision_key), 16},
};

static enum status keys_read(struct store *store, struct shop_keys *keys, struct error *err)
{
    SCOPED(buffer_free) struct buffer value = {0};

    for (size_t i = 0; i < COUNT(secrets); i++) {
        buffer_clear(&value);
        if (store_meta_get(store, secrets[i].name, &value, err) != OK)
            return error_wrap(err, "reading %s", secrets[i].name);
        if (value.size != secrets[i].size)
            return error_set(err, ERR_CORRUPT, "%s in store.db has a wrong size", secrets[i].name);
        memcpy((char *)keys + secrets[i].offset, value.data, value.size);
    }
    return OK;
}

static enum status keys_make(struct store *store, struct error *err)
{
    unsigned char value[32];

    if (sodium_init() < 0)
        return error_set(err, ERR_IO, "libsodium does not start");
    if (store_run(store, "BEGIN IMMEDIATE", err) != OK)
        return err->status;
    struct error second = {0}; /* the first failure is the one to tell */

    for (size_t i = 0; i < COUNT(secrets); i++) {
        assert(secrets[i].size <= sizeof(value));
        randombytes_buf(value, secrets[i].size);
        if (store_meta_set(store, secrets[i].name,
                           (struct text){(const char *)value, secrets[i].size}, err) != OK) {
            enum status undone UNUSED = store_run(store, "ROLLBACK", &second);
            return err->status;
        }
    }
    sodium_memzero(value, sizeof(value));
    return store_run(store, "COMMIT", err);
}

static bool shop_exists(const char *data_dir)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "%s/store.db", data_dir);
    return file_exists(path);
}

enum status shop_keys_load(const char *data_dir, struct shop_keys *out, struct error *err)
{
    SCOPED(store_close) struct store *store = NULL;

    if (!shop_exists(data_dir))
        return error_set(err, ERR_NOT_FOUND, "no shop in %s; run: endcap init", data_dir);
    if (store_open(&store, data_dir, STORE_READ, NULL, err) != OK)
        return err->status;
    return keys_read(store, out, err);
}

/* True when DIR holds a whole shop already. */
static bool shop_made(const char *data_dir)
{
    struct shop_keys keys;
    struct error why = {0}; /* of no interest: it is made then, which says what stands in the way */

    return shop_keys_load(data_dir, &keys, &why) == OK;
}

enum status shop_init(const char *data_dir, bool *made, struct error *err)
{
    SCOPED(store_lock_close) struct store_lock *lock = NULL;
    SCOPED(store_close) struct store *store = NULL;

    if (shop_made(data_dir)) {
        *made = false;
        return OK;
    }
    if (dir_make(data_dir, err) != OK || store_lock_open(&lock, data_dir, err) != OK ||
        store_open(&store, data_dir, STORE_WRITE, NULL, err) != OK || keys_make(store, err) != OK)
        return error_wrap(err, "making a shop in %s", data_dir);
    (void)chmod(data_dir, 0700); /* a folder that is not ours keeps its rights */
    *made = true;
    return OK;
}

enum status shop_sync_us(const char *data_dir, uint64_t *us, struct error *err)
{
    static const char page[SYNC_PAGE];
    char path[PATH_SIZE];
    uint64_t times[SYNC_TRIES];
    bool good = true;

    snprintf(path, sizeof(path), "%s/sync-XXXXXX", data_dir);
    int file = mkstemp(path);
    if (file < 0)
        return error_set(err, ERR_IO, "writing in %s: %s", data_dir, strerror(errno));
    for (size_t i = 0; i < SYNC_TRIES && good; i++) {
        uint64_t begun = time_monotonic_ns();

        good = write(file, page, sizeof(page)) == (ssize_t)sizeof(page) && fdatasync(file) == 0;
        times[i] = (time_monotonic_ns() - begun) / 1000;
    }
    int failure = errno;
    (void)close(file);  /* nothing in it is wanted */
    (void)unlink(path); /* the same */
    if (!good)
        return error_set(err, ERR_IO, "writing in %s: %s", data_dir, strerror(failure));
    qsort(times, SYNC_TRIES, sizeof(times[0]), compare_u64);
    *us = times[SYNC_TRIES / 2];
    return OK;
}

/* The writer's fold: readers get their turn between stretches. */
static void shop_fold(void *context, const struct record *records, size_t count)
{
    SCOPED(arena_free) struct arena arena = {.blocks = NULL};
    struct prepared_record prepared[FOLD_TURN];
    struct shop *shop = context;

    for (size_t at = 0; at < count; at += FOLD_TURN) {
        size_t turn = count - at < FOLD_TURN ? count - at : FOLD_TURN;

        for (size_t i = 0; i < turn; i++) {
            const struct record *r = &records[at + i];
            prepared[i] = (struct prepared_record){*r, state_prepare(shop->state, r, &arena)};
        }
        (void)pthread_rwlock_wrlock(&shop->state_lock); /* cannot fail: this thread holds none */
        state_fold_prepared(shop->state, prepared, turn);
        (void)pthread_rwlock_unlock(&shop->state_lock);
        arena_reset(&arena);
    }
}

/* Before anything of the transaction is folded, so that a name that comes again gets a new number,
 * as it does in every other process. */
static void forget_names(struct shop *shop, const struct intern *names)
{
    if (names->count == 0)
        return;
    (void)pthread_rwlock_wrlock(&shop->state_lock); /* cannot fail: this thread holds none */
    catalog_forget(shop->state->catalog, names);
    (void)pthread_rwlock_unlock(&shop->state_lock);
}

static void shop_outcome(void *context, bool committed)
{
    struct shop *shop = context;

    if (committed)
        forget_names(shop, &shop->recorder->forgotten);
    recorder_outcome(shop->recorder, shop->state->duplicates, committed);
}

static enum status open_store(struct shop *shop, struct error *err)
{
    if (!shop_exists(shop->data_dir))
        return error_set(err, ERR_NOT_FOUND, "no shop in %s; run: endcap init", shop->data_dir);
    if (shop->mode == SHOP_WRITE) {
        SCOPED(store_close) struct store *fresh = NULL;

        if (store_lock_open(&shop->lock, shop->data_dir, err) != OK)
            return err->status;
        if (store_open(&fresh, shop->data_dir, STORE_WRITE, NULL, err) != OK) /* migrates */
            return err->status;
    }
    if (store_open(&shop->store, shop->data_dir, STORE_READ, NULL, err) != OK)
        return err->status;
    return keys_read(shop->store, &shop->keys, err);
}

static enum status open_state(struct shop *shop, struct error *err)
{
    bool duplicates = shop->mode != SHOP_READ;
    struct position end = {UINT64_MAX};

    shop->state = state_new(shop->keys.id_key, duplicates ? shop->settings.duplicate_ids_max : 0);
    if (state_load(shop->state, shop->data_dir, end, NULL, NULL, err) != OK)
        return error_wrap(err, "reading the journal");
    shop->checkpoint = shop->state->checkpoint;
    return OK;
}

/* The generation the journal names, or the newest older one that is whole. */
static void open_generation(struct shop *shop, void (*warn)(const char *message))
{
    for (uint32_t number = shop->state->generation; number > 0; number--) {
        const struct generation *generation = NULL;
        struct error why = {0};
        char message[sizeof(why.message) + 64];

        if (generation_open(&generation, shop->data_dir, number, &why) == OK) {
            generation_slot_publish(shop->generations, generation);
            return;
        }
        snprintf(message, sizeof(message), "generation %u is passed over: %s", number, why.message);
        if (warn != NULL && (why.status != ERR_NOT_FOUND || number == shop->state->generation))
            warn(message);
    }
}

uint32_t shop_decisions_days(struct shop *shop)
{
    shop_read_lock(shop);
    uint32_t days = shop->state->program->decisions_days;
    shop_read_unlock(shop);
    return days > 0 ? days : shop->settings.decisions_days;
}

uint32_t shop_generation(struct shop *shop)
{
    const struct generation *g = generation_pin(shop->generations);
    uint32_t number = g == NULL ? 0 : g->number;

    generation_unpin(shop->generations, g);
    return number;
}

uint64_t shop_sessions_month(struct shop *shop)
{
    const struct generation *g = generation_pin(shop->generations);

    shop_read_lock(shop);
    uint64_t sessions = state_sessions_month(shop->state, g);
    shop_read_unlock(shop);
    generation_unpin(shop->generations, g);
    return sessions;
}

static enum status open_writer(struct shop *shop, struct error *err)
{
    struct writer_options options = {
        .data_dir = shop->data_dir,
        .wait_ms = shop->settings.commit_wait_ms,
        .events_max = shop->settings.commit_events_max,
        .queue_events_max = shop->settings.queue_events_max,
        .disk_bytes_max = shop->settings.disk_bytes_max,
        .fold = shop_fold,
        .outcome = shop_outcome,
        .before_commit = contacts_follow,
        .context = shop,
    };

    shop->recorder = recorder_new();
    shop->state->ids_known = true;
    if (contacts_list(shop, err) != OK)
        return err->status;
    if (writer_open(&shop->writer, &options, err) != OK)
        return err->status;
    return decisions_open(&shop->decisions, shop->store, shop->writer, shop->keys.decision_key,
                          err);
}

static struct shop *shop_new(const char *data_dir, enum shop_mode mode)
{
    struct shop *shop = mem_new(1, sizeof(*shop));
    pthread_rwlockattr_t attributes;

    snprintf(shop->data_dir, sizeof(shop->data_dir), "%s", data_dir);
    shop->mode = mode;
    shop->generations = generation_slot_new();
    (void)pthread_mutex_init(&shop->store_mutex, NULL); /* these cannot fail with glibc */
    (void)pthread_mutex_init(&shop->change_mutex, NULL);
    (void)pthread_mutex_init(&shop->erase_mutex, NULL);
    (void)pthread_rwlockattr_init(&attributes);
    (void)pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    (void)pthread_rwlock_init(&shop->state_lock, &attributes);
    (void)pthread_rwlockattr_destroy(&attributes);
    return shop;
}

static enum status open_parts(struct shop *shop, const struct settings *settings,
                              void (*warn)(const char *message), struct error *err)
{
    if (settings != NULL)
        shop->settings = *settings;
    else if (settings_load(&shop->settings, shop->data_dir, err) != OK)
        return err->status;
    if (open_store(shop, err) != OK || open_state(shop, err) != OK)
        return err->status;
    open_generation(shop, warn);
    return shop->mode == SHOP_WRITE ? open_writer(shop, err) : OK;
}

enum status shop_open(struct shop **out, const char *data_dir, enum shop_mode mode,
                      const struct settings *settings, void (*warn)(const char *message),
                      struct error *err)
{
    SCOPED(shop_close) struct shop *shop = NULL;

    if (strlen(data_dir) >= sizeof(shop->data_dir))
        return error_set(err, ERR_INVALID, "the path of the data directory is too long");
    shop = shop_new(data_dir, mode);
    if (open_parts(shop, settings, warn, err) != OK)
        return err->status;
    *out = shop;
    shop = NULL;
    return OK;
}

/* A failing checkpoint costs the next start time and nothing else, so it is not told. */
static void close_checkpoint(struct shop *shop)
{
    if (shop->writer == NULL ||
        shop->state->position.number < shop->checkpoint.number + CHECKPOINT_AFTER)
        return;
    struct error why = {0};

    writer_close(&shop->writer);
    enum status saved UNUSED =
        state_save(shop->state, shop->data_dir, shop->settings.checkpoints_kept, &why);
}

void shop_close(struct shop **handle)
{
    struct shop *shop = *handle;

    if (shop == NULL)
        return;
    decisions_close(&shop->decisions);
    close_checkpoint(shop);
    writer_close(&shop->writer);
    recorder_free(shop->recorder);
    state_free(shop->state);
    generation_slot_free(shop->generations);
    store_close(&shop->store);
    store_lock_close(&shop->lock);
    (void)pthread_rwlock_destroy(&shop->state_lock);
    (void)pthread_mutex_destroy(&shop->store_mutex);
    (void)pthread_mutex_destroy(&shop->change_mutex);
    (void)pthread_mutex_destroy(&shop->erase_mutex);
    sodium_memzero(&shop->keys, sizeof(shop->keys));
    mem_free(shop);
    *handle = NULL;
}

void shop_read_lock(struct shop *shop)
{
    (void)pthread_rwlock_rdlock(&shop->state_lock); /* fails only past 2^30 readers */
}

void shop_read_unlock(struct shop *shop)
{
    (void)pthread_rwlock_unlock(&shop->state_lock);
}
