/* SPDX-License-Identifier: Apache-2.0 */
/* lock: one writer per shop. flock belongs to the open file, so it goes when the process does, and
 * closing other files does not drop it as it would a POSIX lock. Contracts in store.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/store.h"

enum { PATH_SIZE = 4096 };

struct store_lock {
    int file;
};

static enum status held_by_another(int file, const char *path, struct error *err)
{
    char owner[32] = {0};
    ssize_t size = pread(file, owner, sizeof(owner) - 1, 0);
    int64_t process = 0;

    if (size > 0 && text_to_i64(text_trim((struct text){owner, (size_t)size}), &process))
        return error_set(err, ERR_UNAVAILABLE, "process %lld holds %s; stop it first",
                         (long long)process, path);
    return error_set(err, ERR_UNAVAILABLE, "another process holds %s; stop it first", path);
}

enum status store_lock_open(struct store_lock **out, const char *data_dir, struct error *err)
{
    SCOPED(store_lock_close) struct store_lock *lock = mem_new(1, sizeof(*lock));
    char path[PATH_SIZE], owner[32];

    lock->file = -1;
    if (snprintf(path, sizeof(path), "%s/lock", data_dir) >= (int)sizeof(path))
        return error_set(err, ERR_INVALID, "the path of the data directory is too long");
    lock->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock->file < 0 && errno == ENOENT)
        return error_set(err, ERR_NOT_FOUND, "no shop in %s; run endcap init", data_dir);
    if (lock->file < 0)
        return error_set(err, ERR_IO, "opening %s: %s", path, strerror(errno));
    if (flock(lock->file, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK
                   ? held_by_another(lock->file, path, err)
                   : error_set(err, ERR_IO, "locking %s: %s", path, strerror(errno));
    int size = snprintf(owner, sizeof(owner), "%ld\n", (long)getpid());
    if (ftruncate(lock->file, 0) != 0 || pwrite(lock->file, owner, (size_t)size, 0) != size)
        return error_set(err, ERR_IO, "writing %s: %s", path, strerror(errno));
    *out = lock;
    lock = NULL;
    return OK;
}

void store_lock_close(struct store_lock **lock)
{
    if (*lock == NULL)
        return;
    if ((*lock)->file >= 0)
        (void)close((*lock)->file); /* nothing buffered that could be lost */
    mem_free(*lock);
    *lock = NULL;
}
