/* SPDX-License-Identifier: Apache-2.0 */
/* backup: both ways go through a folder beside the target, which has the shape of a data directory
 * and takes its place, or gives its one file, by a rename. Contracts in backup.h. */
#include "paths/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "journal/journal.h"
#include "paths/shop.h"
#include "store/copy.h"

enum {
    PATH_SIZE = 4096,
    PROGRESS_EVERY = 65536,
    COPY_BYTES = 1024 * 1024,
    SEAL_WORD_SIZE = 8,
    SEAL_SIZE = SEAL_WORD_SIZE + 8, /* its hash, lowest byte first */
};

/* Behind the last page stands a seal: this word, and the hash of all bytes before it. */
static const char seal_word[] = "ENDCAPBK";

/* A folder that goes with its scope, unless it was renamed. */
struct folder {
    char path[PATH_SIZE];
};

static void folder_remove(struct folder *folder)
{
    struct error why = {0}; /* what stays is told by its name */

    if (folder->path[0] != '\0' && dir_remove(folder->path, &why) != OK)
        folder->path[0] = '\0';
}

static enum status path_join(char out[PATH_SIZE], const char *a, const char *b, struct error *err)
{
    if (snprintf(out, PATH_SIZE, "%s%s", a, b) >= PATH_SIZE)
        return error_set(err, ERR_INVALID, "the path %s is too long", a);
    return OK;
}

/* PATH.WORD-PROCESS, fresh. */
static enum status folder_make(struct folder *folder, const char *path, const char *word,
                               struct error *err)
{
    char suffix[64];

    snprintf(suffix, sizeof(suffix), ".%s-%ld", word, (long)getpid());
    if (path_join(folder->path, path, suffix, err) != OK || dir_remove(folder->path, err) != OK)
        return err->status;
    return dir_make(folder->path, err);
}

static enum status sync_path(const char *path, struct error *err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool good = file >= 0 && fsync(file) == 0;
    int failure = errno;

    if (file >= 0)
        (void)close(file); /* it was only read */
    return good ? OK : error_set(err, ERR_IO, "syncing %s: %s", path, strerror(failure));
}

static void folder_of(char out[PATH_SIZE], const char *path)
{
    const char *slash = strrchr(path, '/');
    int size = slash == NULL ? 0 : slash == path ? 1 : (int)(slash - path);

    snprintf(out, PATH_SIZE, "%.*s", size > 0 ? size : 1, size > 0 ? path : ".");
}

static enum status sync_folder_of(const char *path, struct error *err)
{
    char folder[PATH_SIZE];

    folder_of(folder, path);
    return sync_path(folder, err);
}

static enum status rename_synced(const char *from, const char *to, struct error *err)
{
    if (rename(from, to) != 0)
        return error_set(err, ERR_IO, "renaming %s to %s: %s", from, to, strerror(errno));
    return sync_folder_of(to, err);
}

struct telling {
    const struct backup_options *options;
    const char *stage;
};

static void tell(void *context, uint64_t done, uint64_t total)
{
    struct telling *t = context;

    if (t->options->progress != NULL)
        t->options->progress(t->options->context, t->stage, done, total);
}

/* Every record by its checksum; and the generation that served at the end. */
static enum status read_journal(const char *dir, struct telling *t, struct backup_result *out,
                                struct error *err)
{
    SCOPED(cursor_close) struct cursor *cursor = NULL;
    struct error why = {0};
    struct position end;
    struct record r;
    enum status status;

    t->stage = "checking";
    if (cursor_open(&cursor, dir, NULL, (struct position){0}, err) != OK ||
        cursor_end(cursor, &end, err) != OK)
        return err->status;
    while ((status = cursor_next(cursor, &r, &why)) == OK) {
        out->records++;
        if (r.kind == RECORD_GENERATION)
            out->generation = generation_record_decode(r.body);
        if (r.position.number % PROGRESS_EVERY == 0)
            tell(t, r.position.number, end.number);
    }
    if (status != ERR_NOT_FOUND)
        return error_set(err, status, "%s", why.message);
    return OK;
}

/* All files of the generation; none of them when one went meanwhile, or there is none. */
static enum status add_generation(struct store *copy, const char *data_dir, uint32_t *number,
                                  struct error *err)
{
    char name[64], path[PATH_SIZE], file[PATH_SIZE];
    struct dirent *entry;
    enum status status = OK;

    snprintf(name, sizeof(name), "/generations/%" PRIu32, *number);
    if (path_join(path, data_dir, name, err) != OK)
        return err->status;
    DIR *folder = *number > 0 ? opendir(path) : NULL;
    if (folder == NULL) {
        *number = 0;
        return OK;
    }
    while (status == OK && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof(file), "%s/%.256s", name + 1, entry->d_name);
        status = store_copy_add(copy, data_dir, file, err);
    }
    (void)closedir(folder); /* it was only read */
    return status;
}

static enum status add_files(const char *data_dir, const char *copy_dir, struct backup_result *out,
                             struct error *err)
{
    SCOPED(store_close) struct store *copy = NULL;
    char settings[PATH_SIZE];

    if (store_open(&copy, copy_dir, STORE_WRITE, NULL, err) != OK ||
        path_join(settings, data_dir, "/settings", err) != OK ||
        store_run(copy, "BEGIN IMMEDIATE", err) != OK)
        return err->status;
    if (file_exists(settings) && store_copy_add(copy, data_dir, "settings", err) != OK)
        return err->status;
    if (add_generation(copy, data_dir, &out->generation, err) != OK)
        return err->status;
    if (store_run(copy, "COMMIT", err) != OK || store_check(copy, err) != OK)
        return err->status;
    return store_make_single(copy, err);
}

static enum status size_of(const char *path, uint64_t *out, struct error *err)
{
    struct stat about;

    if (stat(path, &about) != 0)
        return error_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "reading %s: %s", path,
                         strerror(errno));
    *out = (uint64_t)about.st_size;
    return OK;
}

/* --- the seal --- */

static void seal_of(const uint8_t *bytes, size_t size, uint8_t out[SEAL_SIZE])
{
    uint64_t hash = hash_bytes(bytes, size, 0);

    memcpy(out, seal_word, SEAL_WORD_SIZE);
    for (int i = 0; i < SEAL_SIZE - SEAL_WORD_SIZE; i++)
        out[SEAL_WORD_SIZE + i] = (uint8_t)(hash >> 8 * i);
}

static enum status seal_add(const char *path, struct error *err)
{
    struct file_map map = {0};
    uint8_t seal[SEAL_SIZE];
    FILE *file;

    if (file_map_open(&map, path, err) != OK)
        return err->status;
    seal_of(map.bytes, map.size, seal);
    file_map_close(&map);
    if ((file = fopen(path, "ae")) == NULL)
        return error_set(err, ERR_IO, "writing %s: %s", path, strerror(errno));
    bool good = fwrite(seal, 1, SEAL_SIZE, file) == SEAL_SIZE;
    if (fclose(file) != 0 || !good)
        return error_set(err, ERR_IO, "writing %s: %s", path, strerror(errno));
    return OK;
}

/* The bytes before the seal, when it is there and says what they are. */
static enum status seal_check(const struct file_map *map, const char *path, size_t *size,
                              struct error *err)
{
    uint8_t wanted[SEAL_SIZE];
    const uint8_t *seal = map->bytes + (map->size < SEAL_SIZE ? 0 : map->size - SEAL_SIZE);

    if (map->size <= SEAL_SIZE || memcmp(seal, seal_word, SEAL_WORD_SIZE) != 0)
        return error_set(err, ERR_CORRUPT,
                         "%s is no backup that endcap wrote, or its end is missing", path);
    *size = map->size - SEAL_SIZE;
    seal_of(map->bytes, *size, wanted);
    if (memcmp(seal, wanted, SEAL_SIZE) != 0)
        return error_set(err, ERR_CORRUPT,
                         "%s is damaged: its bytes are not those that were written; take another "
                         "backup",
                         path);
    return OK;
}

/* A folder that is not there may be a disk that is not mounted. */
static enum status check_folder(const char *path, struct error *err)
{
    char folder[PATH_SIZE];

    folder_of(folder, path);
    if (!file_exists(folder))
        return error_set(err, ERR_NOT_FOUND,
                         "there is no folder %s: make it, or mount the disk it is on", folder);
    return OK;
}

enum status backup_make(const char *data_dir, const char *path,
                        const struct backup_options *options, struct backup_result *out,
                        struct error *err)
{
    SCOPED(folder_remove) struct folder folder = {.path = ""};
    struct telling t = {options, "copying"};
    char made[PATH_SIZE];

    *out = (struct backup_result){0};
    if (file_exists(path) && !options->replace)
        return error_set(err, ERR_CONFLICT, "%s is there already; --force replaces it", path);
    if (check_folder(path, err) != OK)
        return err->status;
    if (folder_make(&folder, path, "tmp", err) != OK ||
        path_join(made, folder.path, "/store.db", err) != OK ||
        store_copy(data_dir, folder.path, tell, &t, err) != OK ||
        read_journal(folder.path, &t, out, err) != OK ||
        add_files(data_dir, folder.path, out, err) != OK || seal_add(made, err) != OK ||
        size_of(made, &out->bytes, err) != OK)
        return error_wrap(err, "backing up %s", data_dir);
    if (sync_path(made, err) != OK || rename_synced(made, path, err) != OK)
        return error_wrap(err, "backing up %s", data_dir);
    return OK;
}

/* --- restoring --- */

/* What stands before the seal of `from`, checked. */
static enum status copy_file(const char *from, const char *to, struct telling *t, struct error *err)
{
    SCOPED(file_writer_close) struct file_writer *file = NULL;
    struct file_map map = {0};
    size_t size = 0;

    t->stage = "copying";
    if (file_map_open(&map, from, err) != OK)
        return err->status;
    enum status status = seal_check(&map, from, &size, err);
    if (status == OK)
        status = file_writer_open(&file, to, err);
    for (size_t at = 0; status == OK && at < size; at += COPY_BYTES) {
        file_writer_add(file, map.bytes + at, size - at < COPY_BYTES ? size - at : COPY_BYTES);
        tell(t, at, size);
    }
    file_map_close(&map);
    return status == OK ? file_writer_commit(&file, err) : status;
}

/* The secrets of another shop would open nothing here, and no shop is without them. */
static enum status unpack(const char *path, const char *dir, struct telling *t, struct error *err)
{
    SCOPED(store_close) struct store *store = NULL;
    char to[PATH_SIZE];
    struct shop_keys keys;

    if (path_join(to, dir, "/store.db", err) != OK || copy_file(path, to, t, err) != OK)
        return err->status;
    (void)chmod(to, 0600); /* the folder is ours alone already */
    if (store_open(&store, dir, STORE_WRITE, NULL, err) != OK || store_check(store, err) != OK ||
        store_copy_extract(store, dir, err) != OK)
        return err->status;
    store_close(&store);
    return shop_keys_load(dir, &keys, err);
}

/* Open it as a server would: every fold, the generation. */
static enum status try_out(const char *dir, struct telling *t, struct backup_result *out,
                           struct error *err)
{
    SCOPED(shop_close) struct shop *shop = NULL;

    if (read_journal(dir, t, out, err) != OK)
        return err->status;
    tell(t, out->records, out->records);
    if (shop_open(&shop, dir, SHOP_WRITE, NULL, NULL, err) != OK)
        return err->status;
    out->generation = shop_generation(shop);
    return OK;
}

/* A folder that is empty, or none, may be taken without asking. */
static bool folder_is_free(const char *dir)
{
    DIR *folder = opendir(dir);
    bool empty = true;

    if (folder == NULL)
        return errno == ENOENT;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        empty = empty && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
    (void)closedir(folder); /* it was only read */
    return empty;
}

/* Put what is there aside, the new one in its place; undone when that fails. */
static enum status take_place(struct folder *fresh, const char *dir, struct folder *old,
                              struct error *err)
{
    char aside[PATH_SIZE], suffix[64];
    bool there = file_exists(dir);

    snprintf(suffix, sizeof(suffix), ".replaced-%ld", (long)getpid());
    if (path_join(aside, dir, suffix, err) != OK)
        return err->status;
    if (there && rename_synced(dir, aside, err) != OK)
        return err->status;
    if (rename_synced(fresh->path, dir, err) != OK) {
        struct error second = {0}; /* the first is the one to tell */
        enum status undone UNUSED = there ? rename_synced(aside, dir, &second) : OK;
        return err->status;
    }
    fresh->path[0] = '\0';
    if (there)
        snprintf(old->path, sizeof(old->path), "%s", aside);
    return OK;
}

enum status backup_restore(const char *path, const char *data_dir,
                           const struct backup_options *options, struct backup_result *out,
                           struct error *err)
{
    SCOPED(store_lock_close) struct store_lock *lock = NULL;
    SCOPED(folder_remove) struct folder fresh = {.path = ""};
    struct folder old = {.path = ""};
    struct telling t = {options, "copying"};
    struct shop_keys keys;
    char dir[PATH_SIZE];
    size_t size = strlen(data_dir);

    *out = (struct backup_result){0};
    while (size > 1 && data_dir[size - 1] == '/')
        size--;
    snprintf(dir, sizeof(dir), "%.*s", (int)size, data_dir);
    if (size_of(path, &out->bytes, err) != OK)
        return err->status;
    if (!folder_is_free(dir)) {
        if (!options->replace)
            return error_set(err, ERR_CONFLICT, "%s is not empty; --yes replaces what is there",
                             dir);
        if (store_lock_open(&lock, dir, err) != OK)
            return err->status;
    }
    if (folder_make(&fresh, dir, "restored", err) != OK ||
        unpack(path, fresh.path, &t, err) != OK || try_out(fresh.path, &t, out, err) != OK ||
        take_place(&fresh, dir, &old, err) != OK)
        return error_wrap(err, "restoring %s", path);
    if (shop_keys_load(dir, &keys, err) != OK)
        return error_wrap(err, "the shop of before is kept in %s",
                          old.path[0] != '\0' ? old.path : "no place");
    folder_remove(&old);
    return OK;
}
