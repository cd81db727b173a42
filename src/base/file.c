/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

enum { WRITE_SIZE = 256 * 1024 };

static enum status fail(struct error *err, const char *doing, const char *path)
{
    return error_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s %s: %s", doing, path,
                     strerror(errno));
}

static void descriptor_close(int *descriptor)
{
    if (*descriptor >= 0)
        (void)close(*descriptor); /* what was written is synced before, so nothing is lost */
}

enum status file_map_open(struct file_map *out, const char *path, struct error *err)
{
    SCOPED(descriptor_close) int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;

    if (descriptor < 0 || fstat(descriptor, &about) != 0)
        return fail(err, "opening", path);
    if (!S_ISREG(about.st_mode))
        return error_set(err, ERR_IO, "opening %s: it is not a file", path);
    size_t size = (size_t)about.st_size;
    if (size == 0) {
        *out = (struct file_map){(const uint8_t *)"", 0};
        return OK;
    }
    void *bytes = mmap(NULL, size, PROT_READ, MAP_SHARED, descriptor, 0);
    if (bytes == MAP_FAILED)
        return fail(err, "mapping", path);
    *out = (struct file_map){bytes, size};
    return OK;
}

void file_map_close(struct file_map *map)
{
    if (map->size > 0)
        (void)munmap((void *)(uintptr_t)map->bytes, map->size); /* fails only for a wrong address */
    *map = (struct file_map){0};
}

struct file_writer {
    char *path;      /* where it will stand */
    char *temporary; /* where it is written */
    int descriptor;
    int failure; /* errno of the first write that failed, 0 */
    uint64_t size;
    size_t waiting_size;
    char waiting[WRITE_SIZE];
};

void file_writer_close(struct file_writer **writer)
{
    struct file_writer *w = *writer;

    if (w == NULL)
        return;
    descriptor_close(&w->descriptor);
    if (w->temporary != NULL)
        (void)unlink(w->temporary); /* not there after a commit */
    mem_free(w->path);
    mem_free(w->temporary);
    mem_free(w);
    *writer = NULL;
}

enum status file_writer_open(struct file_writer **out, const char *path, struct error *err)
{
    struct buffer temporary = {0};
    SCOPED(file_writer_close) struct file_writer *w = mem_new(1, sizeof(*w));

    buffer_printf(&temporary, "%s.tmp-%ld", path, (long)getpid());
    w->descriptor = open(temporary.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (w->descriptor < 0) {
        enum status status = fail(err, "making", temporary.data);
        buffer_free(&temporary);
        return status;
    }
    w->temporary = temporary.data; /* takes over its block */
    w->path = mem_copy(path, strlen(path) + 1);
    *out = w;
    w = NULL;
    return OK;
}

static void write_out(struct file_writer *w, const char *bytes, size_t size)
{
    while (size > 0 && w->failure == 0) {
        ssize_t written = write(w->descriptor, bytes, size);
        if (written < 0) {
            if (errno != EINTR)
                w->failure = errno;
            continue;
        }
        bytes += written;
        size -= (size_t)written;
    }
}

static void flush(struct file_writer *w)
{
    write_out(w, w->waiting, w->waiting_size);
    w->waiting_size = 0;
}

void file_writer_add(struct file_writer *w, const void *bytes, size_t size)
{
    if (size == 0)
        return;
    w->size += size;
    if (size > WRITE_SIZE - w->waiting_size)
        flush(w);
    if (size >= WRITE_SIZE) {
        write_out(w, bytes, size);
        return;
    }
    memcpy(w->waiting + w->waiting_size, bytes, size);
    w->waiting_size += size;
}

uint64_t file_writer_size(const struct file_writer *w)
{
    return w->size;
}

enum status dir_sync(const char *path, struct error *err)
{
    SCOPED(descriptor_close) int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (descriptor < 0 || fsync(descriptor) != 0)
        return fail(err, "syncing", path);
    return OK;
}

/* The folder that a path lies in. */
static enum status folder_sync(const char *path, struct error *err)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    SCOPED(buffer_free) struct buffer folder = {0};

    buffer_add(&folder, size > 0 ? path : ".", size > 0 ? size : 1);
    return dir_sync(folder.data, err);
}

enum status file_writer_commit(struct file_writer **writer, struct error *err)
{
    SCOPED(file_writer_close) struct file_writer *w = *writer;

    *writer = NULL;
    flush(w);
    if (w->failure == 0 && fsync(w->descriptor) != 0)
        w->failure = errno;
    if (w->failure != 0)
        return error_set(err, ERR_IO, "writing %s: %s", w->temporary, strerror(w->failure));
    if (rename(w->temporary, w->path) != 0)
        return fail(err, "renaming to", w->path);
    return folder_sync(w->path, err);
}

static enum status dir_make_one(const char *path, struct error *err)
{
    struct stat about;

    if (mkdir(path, 0700) == 0) /* what shops know of people is nobody else's */
        return folder_sync(path, err);
    if (errno != EEXIST)
        return fail(err, "making the folder", path);
    if (stat(path, &about) != 0)
        return fail(err, "looking at", path);
    if (!S_ISDIR(about.st_mode))
        return error_set(err, ERR_IO, "making the folder %s: there is a file of that name", path);
    return OK;
}

enum status dir_make(const char *path, struct error *err)
{
    SCOPED(buffer_free) struct buffer part = {0};

    if (path[0] == '\0')
        return error_set(err, ERR_INVALID, "making a folder: its name is empty");
    for (const char *p = path; *p != '\0'; p++) {
        if (*p == '/' && p > path && p[-1] != '/' && dir_make_one(part.data, err) != OK)
            return err != NULL ? err->status : ERR_IO;
        buffer_add_char(&part, *p);
    }
    return dir_make_one(part.data, err);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about;
    (void)kind;
    (void)where;
    return remove(path) == 0 || errno == ENOENT ? 0 : errno;
}

enum status dir_remove(const char *path, struct error *err)
{
    int failure = nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);

    if (failure > 0)
        errno = failure;
    if (failure == 0 || errno == ENOENT)
        return OK;
    return fail(err, "removing", path);
}

static void folder_close(DIR **folder)
{
    if (*folder != NULL)
        (void)closedir(*folder); /* it was only read */
}

enum status dir_clear(const char *path, struct error *err)
{
    SCOPED(buffer_free) struct buffer file = {0};
    SCOPED(folder_close) DIR *folder = opendir(path);

    if (folder == NULL)
        return errno == ENOENT ? OK : fail(err, "reading", path);
    for (const struct dirent *d; (d = readdir(folder)) != NULL;) {
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
            continue;
        buffer_clear(&file);
        buffer_printf(&file, "%s/%s", path, d->d_name);
        if (unlink(file.data) != 0 && errno != ENOENT)
            return fail(err, "removing", file.data);
    }
    return dir_sync(path, err);
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

enum status file_read(const char *path, size_t size_max, struct buffer *out, struct error *err)
{
    SCOPED(descriptor_close) int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    char chunk[16 * 1024];
    size_t had = out->size;

    if (descriptor < 0)
        return fail(err, "opening", path);
    for (;;) {
        ssize_t got = read(descriptor, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR)
            continue;
        enum status status = OK;
        if (got < 0)
            status = fail(err, "reading", path);
        else if ((size_t)got > size_max - (out->size - had))
            status = error_set(err, ERR_LIMIT, "%s is larger than %zu bytes", path, size_max);
        if (status != OK) {
            out->size = had; /* untouched on failure */
            if (out->data != NULL)
                out->data[had] = '\0';
            return status;
        }
        if (got == 0)
            return OK;
        buffer_add(out, chunk, (size_t)got);
    }
}

void file_close(FILE **file)
{
    if (*file != NULL)
        (void)fclose(*file); /* for files that were read; writers check fclose themselves */
    *file = NULL;
}
