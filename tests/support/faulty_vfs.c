/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/faulty_vfs.h"

#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"

enum { SECTOR = 512, FILES_MAX = 16, PATH_SIZE = 600 };

/* A file on the disk, whoever has it open. */
struct tracked {
    char path[PATH_SIZE];
    unsigned char **synced; /* by sector: its content at the last sync; NULL: not changed since */
    size_t room;
    sqlite3_int64 size, synced_size;
};

struct faulty_file {
    sqlite3_file base;
    struct tracked *tracked; /* NULL: of no interest */
    sqlite3_file *real;
};

static struct {
    pthread_mutex_t mutex;
    sqlite3_vfs vfs, *real;
    struct tracked files[FILES_MAX];
    size_t file_count;
    enum fault fault;
    uint64_t first, count, operations;
    bool dead;
    enum synchronous weaken;
} disk = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static struct faulty_file *faulty(sqlite3_file *file)
{
    return (struct faulty_file *)(void *)file;
}

/* One operation of `kind` is about to happen: should it fail? Under the mutex. */
static bool fails(enum fault kind)
{
    if (disk.dead)
        return true;
    if (disk.fault != kind)
        return false;
    disk.operations++;
    if (disk.operations < disk.first || disk.operations - disk.first >= disk.count)
        return false;
    disk.dead = kind == FAULT_POWER;
    return true;
}

/* Remember what sectors from `start` to `end` held, before they change. */
static void keep_sectors(struct faulty_file *f, sqlite3_int64 start, sqlite3_int64 end)
{
    struct tracked *t = f->tracked;
    size_t last = (size_t)((end + SECTOR - 1) / SECTOR);

    if (last > t->room) {
        t->synced = realloc(t->synced, last * 2 * sizeof(*t->synced));
        assert(t->synced != NULL);
        memset(t->synced + t->room, 0, (last * 2 - t->room) * sizeof(*t->synced));
        t->room = last * 2;
    }
    for (size_t i = (size_t)(start / SECTOR); i < last; i++) {
        if (t->synced[i] != NULL)
            continue;
        t->synced[i] = calloc(1, SECTOR);
        assert(t->synced[i] != NULL);
        sqlite3_int64 at = (sqlite3_int64)i * SECTOR;
        if (at < t->size) {
            /* short at the end of the file: zeros follow there */
            int got = f->real->pMethods->xRead(f->real, t->synced[i], SECTOR, at);
            assert(got == SQLITE_OK || got == SQLITE_IOERR_SHORT_READ);
            (void)got;
        }
    }
}

static void forget_sectors(struct tracked *t)
{
    for (size_t i = 0; i < t->room; i++) {
        free(t->synced[i]);
        t->synced[i] = NULL;
    }
}

static int real_write(struct faulty_file *f, const void *bytes, int size, sqlite3_int64 at)
{
    keep_sectors(f, at, at + size);
    int code = f->real->pMethods->xWrite(f->real, bytes, size, at);
    if (code == SQLITE_OK && at + size > f->tracked->size)
        f->tracked->size = at + size;
    return code;
}

static int locked_write(struct faulty_file *f, const void *bytes, int size, sqlite3_int64 at)
{
    bool was_dead = disk.dead;

    if (fails(FAULT_FULL))
        return was_dead ? SQLITE_IOERR_WRITE : SQLITE_FULL;
    if (fails(FAULT_WRITE)) {
        if (!was_dead)
            (void)real_write(f, bytes, size / 2, at);
        return SQLITE_IOERR_WRITE;
    }
    bool cut = fails(FAULT_POWER);
    int code = was_dead ? SQLITE_IOERR_WRITE : real_write(f, bytes, size, at);
    return cut ? SQLITE_IOERR_WRITE : code;
}

static int file_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
    struct faulty_file *f = faulty(file);

    if (f->tracked == NULL)
        return f->real->pMethods->xWrite(f->real, bytes, size, at);
    pthread_mutex_lock(&disk.mutex);
    int code = locked_write(f, bytes, size, at);
    pthread_mutex_unlock(&disk.mutex);
    return code;
}

static int file_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 at)
{
    struct faulty_file *f = faulty(file);
    bool fail = false;

    if (f->tracked != NULL) {
        pthread_mutex_lock(&disk.mutex);
        fail = fails(FAULT_READ);
        pthread_mutex_unlock(&disk.mutex);
    }
    return fail ? SQLITE_IOERR_READ : f->real->pMethods->xRead(f->real, bytes, size, at);
}

static int file_sync(sqlite3_file *file, int flags)
{
    struct faulty_file *f = faulty(file);
    int code = SQLITE_IOERR_FSYNC;

    if (f->tracked == NULL)
        return f->real->pMethods->xSync(f->real, flags);
    pthread_mutex_lock(&disk.mutex);
    if (!fails(FAULT_POWER) && !fails(FAULT_SYNC)) {
        /* the real sync would only cost time: what counts as synced is what we say */
        forget_sectors(f->tracked);
        f->tracked->synced_size = f->tracked->size;
        code = SQLITE_OK;
    }
    pthread_mutex_unlock(&disk.mutex);
    return code;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct faulty_file *f = faulty(file);
    int code = SQLITE_IOERR_TRUNCATE;

    if (f->tracked == NULL)
        return f->real->pMethods->xTruncate(f->real, size);
    pthread_mutex_lock(&disk.mutex);
    if (!fails(FAULT_POWER) && !fails(FAULT_WRITE)) {
        if (size < f->tracked->size)
            keep_sectors(f, size, f->tracked->size);
        code = f->real->pMethods->xTruncate(f->real, size);
        f->tracked->size = size;
    }
    pthread_mutex_unlock(&disk.mutex);
    return code;
}

static int file_close(sqlite3_file *file)
{
    return faulty(file)->real->pMethods->xClose(faulty(file)->real);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return faulty(file)->real->pMethods->xFileSize(faulty(file)->real, size);
}

static int file_lock(sqlite3_file *file, int level)
{
    return faulty(file)->real->pMethods->xLock(faulty(file)->real, level);
}

static int file_unlock(sqlite3_file *file, int level)
{
    return faulty(file)->real->pMethods->xUnlock(faulty(file)->real, level);
}

static int file_reserved(sqlite3_file *file, int *out)
{
    return faulty(file)->real->pMethods->xCheckReservedLock(faulty(file)->real, out);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    return faulty(file)->real->pMethods->xFileControl(faulty(file)->real, operation, argument);
}

static int file_sector_size(sqlite3_file *file)
{
    return faulty(file)->real->pMethods->xSectorSize(faulty(file)->real);
}

static int file_device(sqlite3_file *file)
{
    return faulty(file)->real->pMethods->xDeviceCharacteristics(faulty(file)->real);
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
    return faulty(file)->real->pMethods->xShmMap(faulty(file)->real, page, size, extend, out);
}

static int file_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return faulty(file)->real->pMethods->xShmLock(faulty(file)->real, offset, n, flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
    faulty(file)->real->pMethods->xShmBarrier(faulty(file)->real);
}

static int file_shm_unmap(sqlite3_file *file, int remove)
{
    return faulty(file)->real->pMethods->xShmUnmap(faulty(file)->real, remove);
}

/* Version 2: with shared memory for the WAL, without mapping the file itself. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_device,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* What was on the disk before is taken as synced. Under the mutex. */
static struct tracked *track(const char *path)
{
    struct stat about;

    for (size_t i = 0; i < disk.file_count; i++)
        if (strcmp(disk.files[i].path, path) == 0)
            return &disk.files[i];
    assert(disk.file_count < FILES_MAX);
    struct tracked *t = &disk.files[disk.file_count++];
    *t = (struct tracked){.size = stat(path, &about) == 0 ? about.st_size : 0};
    t->synced_size = t->size;
    snprintf(t->path, sizeof(t->path), "%s", path);
    return t;
}

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out)
{
    struct faulty_file *f = faulty(file);
    (void)vfs;

    memset(f, 0, sizeof(*f));
    f->real = (sqlite3_file *)(void *)(f + 1);
    pthread_mutex_lock(&disk.mutex);
    bool dead = disk.dead;
    if (!dead && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0)
        f->tracked = track(path);
    pthread_mutex_unlock(&disk.mutex);
    int code = dead ? SQLITE_CANTOPEN : disk.real->xOpen(disk.real, path, f->real, flags, out);
    if (code == SQLITE_OK)
        f->base.pMethods = &methods;
    return code;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
    int code = SQLITE_IOERR_DELETE;
    (void)vfs;

    pthread_mutex_lock(&disk.mutex);
    if (!fails(FAULT_POWER)) {
        code = disk.real->xDelete(disk.real, path, sync_folder);
        for (size_t i = 0; i < disk.file_count; i++) {
            if (code != SQLITE_OK || strcmp(disk.files[i].path, path) != 0)
                continue;
            forget_sectors(&disk.files[i]);
            disk.files[i].size = disk.files[i].synced_size = 0;
        }
    }
    pthread_mutex_unlock(&disk.mutex);
    return code;
}

/* The program sets the level when it opens: that is answered with silence. */
static int ignore_synchronous(void *context, int action, const char *first, const char *second,
                              const char *database, const char *trigger)
{
    (void)context;
    (void)database;
    (void)trigger;
    return action == SQLITE_PRAGMA && second != NULL && sqlite3_stricmp(first, "synchronous") == 0
               ? SQLITE_IGNORE
               : SQLITE_OK;
}

static int weaken_connection(sqlite3 *db, const char **message, const void *api)
{
    (void)message;
    (void)api;
    int code = sqlite3_exec(
        db, disk.weaken == SYNC_OFF ? "PRAGMA synchronous=OFF" : "PRAGMA synchronous=NORMAL", NULL,
        NULL, NULL);
    return code != SQLITE_OK ? code : sqlite3_set_authorizer(db, ignore_synchronous, NULL);
}

void faulty_vfs_install(enum synchronous weaken)
{
    disk.real = sqlite3_vfs_find(NULL);
    assert(disk.real != NULL && disk.real != &disk.vfs);
    disk.vfs = *disk.real;
    disk.vfs.zName = "faulty";
    disk.vfs.szOsFile = (int)sizeof(struct faulty_file) + disk.real->szOsFile;
    disk.vfs.xOpen = vfs_open;
    disk.vfs.xDelete = vfs_delete;
    disk.weaken = weaken;
    faulty_vfs_arm(FAULT_NONE, 0, 0);
    if (weaken != SYNC_AS_IS)
        (void)sqlite3_auto_extension((void (*)(void))weaken_connection); /* fails without memory */
    (void)sqlite3_vfs_register(&disk.vfs, 1); /* cannot fail for a name of its own */
}

void faulty_vfs_remove(void)
{
    (void)sqlite3_vfs_unregister(&disk.vfs); /* these two undo the above */
    (void)sqlite3_cancel_auto_extension((void (*)(void))weaken_connection);
    (void)sqlite3_vfs_register(disk.real, 1);
}

void faulty_vfs_arm(enum fault fault, uint64_t first, uint64_t count)
{
    pthread_mutex_lock(&disk.mutex);
    disk.fault = fault;
    disk.first = first;
    disk.count = count;
    disk.operations = 0;
    disk.dead = false;
    pthread_mutex_unlock(&disk.mutex);
}

uint64_t faulty_vfs_operations(void)
{
    pthread_mutex_lock(&disk.mutex);
    uint64_t operations = disk.operations;
    pthread_mutex_unlock(&disk.mutex);
    return operations;
}

bool faulty_vfs_dead(void)
{
    pthread_mutex_lock(&disk.mutex);
    bool dead = disk.dead;
    pthread_mutex_unlock(&disk.mutex);
    return dead;
}

/* The chance, in sixteenths, that a sector goes back to its synced content. */
static uint32_t chance_of(struct random *random)
{
    static const uint32_t chances[] = {16, 8, 1, 15, 4, 12};

    return chances[random_below(random, sizeof(chances) / sizeof(chances[0]))];
}

static void settle_file(struct tracked *t, struct random *random)
{
    uint32_t chance = chance_of(random);
    bool old_size = random_below(random, 16) < chance;
    int file = open(t->path, O_RDWR | O_CLOEXEC);

    if (file < 0) { /* removed */
        forget_sectors(t);
        return;
    }
    for (size_t i = 0; i < t->room; i++) {
        off_t at = (off_t)i * SECTOR;

        /* what was cut off is gone unless the old size is back, and then it is all back */
        bool back =
            t->synced[i] != NULL && (at < t->size ? random_below(random, 16) < chance : old_size);
        if (back && pwrite(file, t->synced[i], SECTOR, at) != SECTOR)
            abort();
    }
    if (ftruncate(file, old_size ? t->synced_size : t->size) != 0)
        abort();
    close(file);
    forget_sectors(t);
}

void faulty_vfs_settle(uint64_t seed)
{
    struct random random;
    char shared[PATH_SIZE + 8];

    random_seed(&random, seed);
    pthread_mutex_lock(&disk.mutex);
    for (size_t i = 0; i < disk.file_count; i++) {
        settle_file(&disk.files[i], &random);
        free(disk.files[i].synced);
        disk.files[i].synced = NULL;
        snprintf(shared, sizeof(shared), "%s-shm", disk.files[i].path);
        (void)unlink(shared); /* memory, not disk; mostly there is none of that name */
    }
    disk.file_count = 0;
    pthread_mutex_unlock(&disk.mutex);
}
