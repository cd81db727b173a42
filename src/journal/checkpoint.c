/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint: sections, then a table of them, then a foot. What was written last tells where the
 * rest is, so that a file can be streamed out once.
 *
 *   section*   each padded to 64 bytes
 *   row*       name, offset, size, XXH3 of the section's bytes
 *   foot       magic, version, number of rows, position, XXH3 of the rows and of the foot before it
 */
#include "journal/checkpoint.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"

enum {
    PATH_SIZE = 4096,
    NAME_SIZE = 32,
    ALIGN = 64,
    VERSION = 1,
    FILES_MAX = 1000,
    FILE_NAME_SIZE = 257
};

static const char magic[8] = "ENDCAPCK";

struct row {
    char name[NAME_SIZE];
    uint64_t offset, size, hash;
};

struct foot {
    char magic[8];
    uint32_t version, row_count;
    uint64_t position;
    uint64_t rows_hash;
    uint64_t foot_hash; /* of the bytes before it */
};

struct checkpoint_writer {
    struct file_writer *file;
    struct position at;
    char dir[PATH_SIZE];
    struct row *rows;
    size_t row_count, row_room;
};

static enum status checkpoints_dir(const char *data_dir, char out[PATH_SIZE], struct error *err)
{
    if (snprintf(out, PATH_SIZE, "%s/checkpoints", data_dir) >= PATH_SIZE - 64)
        return error_set(err, ERR_INVALID, "the path of the data directory is too long");
    return OK;
}

/* `dir` is short enough: checkpoints_dir saw to it. */
static void file_path(const char *dir, uint64_t position, char out[PATH_SIZE])
{
    int length = snprintf(out, PATH_SIZE, "%s/%020" PRIu64 ".ckpt", dir, position);

    assert(length > 0 && length < PATH_SIZE);
}

static int newest_first(const void *a, const void *b)
{
    uint64_t x, y;

    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x < y) - (x > y);
}

/* Positions of the files in `dir`, newest first; none when there is no such folder. */
static size_t list_files(const char *dir, uint64_t out[FILES_MAX])
{
    DIR *folder = opendir(dir);
    size_t count = 0;

    if (folder == NULL)
        return 0;
    for (struct dirent *d = readdir(folder); d != NULL && count < FILES_MAX; d = readdir(folder)) {
        struct text name = text_from(d->d_name);

        if (name.size == 25 && text_ends(name, ".ckpt") &&
            text_to_u64((struct text){name.data, 20}, &out[count]))
            count++;
    }
    (void)closedir(folder); /* was only read */
    qsort(out, count, sizeof(out[0]), newest_first);
    return count;
}

enum status checkpoint_begin(struct checkpoint_writer **out, const char *data_dir,
                             struct position at, struct error *err)
{
    SCOPED(checkpoint_abandon) struct checkpoint_writer *w = mem_new(1, sizeof(*w));
    char path[PATH_SIZE];

    w->at = at;
    if (checkpoints_dir(data_dir, w->dir, err) != OK || dir_make(w->dir, err) != OK)
        return error_wrap(err, "writing a checkpoint");
    file_path(w->dir, at.number, path);
    if (file_writer_open(&w->file, path, err) != OK)
        return error_wrap(err, "writing a checkpoint");
    *out = w;
    w = NULL;
    return OK;
}

void checkpoint_add(struct checkpoint_writer *w, const char *name, const void *bytes, size_t size)
{
    static const char zeros[ALIGN] = {0};
    struct row row = {.offset = file_writer_size(w->file), .size = size};

    assert(strlen(name) < sizeof(row.name));
    for (size_t i = 0; i < w->row_count; i++)
        assert(strcmp(w->rows[i].name, name) != 0);
    memcpy(row.name, name, strlen(name));
    row.hash = hash_bytes(bytes, size, 0);
    file_writer_add(w->file, bytes, size);
    file_writer_add(w->file, zeros, (ALIGN - size % ALIGN) % ALIGN);
    w->rows = mem_grow(w->rows, &w->row_room, w->row_count + 1, sizeof(*w->rows));
    w->rows[w->row_count++] = row;
}

static void remove_old(const char *dir, uint32_t keep)
{
    uint64_t files[FILES_MAX];
    size_t count = list_files(dir, files);
    char path[PATH_SIZE];

    for (size_t i = keep; i < count; i++) {
        file_path(dir, files[i], path);
        (void)unlink(path); /* one that stays is only room; the next time tries again */
    }
}

/* Whatever stands there: what a process that was ended left of one, too. One that is being written loses
 * its name and cannot get another. */
enum status checkpoints_remove(const char *data_dir, struct error *err)
{
    char dir[PATH_SIZE];

    if (checkpoints_dir(data_dir, dir, err) != OK)
        return err->status;
    return dir_clear(dir, err);
}

enum status checkpoint_commit(struct checkpoint_writer **writer, uint32_t keep, struct error *err)
{
    struct checkpoint_writer *w = *writer;
    struct foot foot = {.version = VERSION, .row_count = (uint32_t)w->row_count};

    memcpy(foot.magic, magic, sizeof(magic));
    foot.position = w->at.number;
    foot.rows_hash = hash_bytes(w->rows, w->row_count * sizeof(struct row), 0);
    foot.foot_hash = hash_bytes(&foot, offsetof(struct foot, foot_hash), 0);
    file_writer_add(w->file, w->rows, w->row_count * sizeof(struct row));
    file_writer_add(w->file, &foot, sizeof(foot));
    enum status status = file_writer_commit(&w->file, err);
    if (status == OK)
        remove_old(w->dir, keep > 0 ? keep : 1);
    else
        status = error_wrap(err, "writing a checkpoint");
    checkpoint_abandon(writer);
    return status;
}

void checkpoint_abandon(struct checkpoint_writer **w)
{
    if (*w == NULL)
        return;
    file_writer_close(&(*w)->file);
    mem_free((*w)->rows);
    mem_free(*w);
    *w = NULL;
}

struct checkpoint {
    struct file_map map;
    struct foot foot;
    const struct row *rows;
};

void checkpoint_close(struct checkpoint **c)
{
    if (*c == NULL)
        return;
    file_map_close(&(*c)->map);
    mem_free(*c);
    *c = NULL;
}

/* Every byte that was written is looked at here, once; later reads trust it. */
static bool is_whole(struct checkpoint *c)
{
    size_t foot_at;

    if (c->map.size < sizeof(c->foot))
        return false;
    foot_at = c->map.size - sizeof(c->foot);
    memcpy(&c->foot, c->map.bytes + foot_at, sizeof(c->foot));
    if (memcmp(c->foot.magic, magic, sizeof(magic)) != 0 || c->foot.version != VERSION ||
        c->foot.foot_hash != hash_bytes(&c->foot, offsetof(struct foot, foot_hash), 0) ||
        c->foot.row_count > foot_at / sizeof(struct row))
        return false;
    size_t rows_at = foot_at - c->foot.row_count * sizeof(struct row);
    c->rows = (const struct row *)(const void *)(c->map.bytes + rows_at);
    if (c->foot.rows_hash != hash_bytes(c->rows, c->foot.row_count * sizeof(struct row), 0))
        return false;
    for (uint32_t i = 0; i < c->foot.row_count; i++) {
        const struct row *row = &c->rows[i];

        if (row->offset > rows_at || row->size > rows_at - row->offset ||
            row->hash != hash_bytes(c->map.bytes + row->offset, row->size, 0))
            return false;
    }
    return true;
}

enum status checkpoint_open(struct checkpoint **out, const char *data_dir, struct position until,
                            struct error *err)
{
    uint64_t files[FILES_MAX];
    char dir[PATH_SIZE], path[PATH_SIZE];

    if (checkpoints_dir(data_dir, dir, err) != OK)
        return err->status;
    size_t count = list_files(dir, files);
    for (size_t i = 0; i < count; i++) {
        SCOPED(checkpoint_close) struct checkpoint *c = NULL;

        if (files[i] > until.number)
            continue;
        c = mem_new(1, sizeof(*c));
        file_path(dir, files[i], path);
        if (file_map_open(&c->map, path, err) != OK || !is_whole(c) || c->foot.position != files[i])
            continue;
        *out = c;
        c = NULL;
        return OK;
    }
    return error_set(err, ERR_NOT_FOUND, "no readable checkpoint in %s", dir);
}

struct position checkpoint_position(const struct checkpoint *c)
{
    return (struct position){c->foot.position};
}

const void *checkpoint_section(const struct checkpoint *c, const char *name, size_t *size)
{
    for (uint32_t i = 0; i < c->foot.row_count; i++) {
        if (strncmp(c->rows[i].name, name, NAME_SIZE) == 0) {
            *size = (size_t)c->rows[i].size;
            return c->map.bytes + c->rows[i].offset;
        }
    }
    *size = 0;
    return NULL;
}

enum status checkpoint_load(const struct checkpoint *c, const char *name, size_t size, void **out,
                            size_t *count, struct error *err)
{
    size_t bytes = 0;
    const void *section = checkpoint_section(c, name, &bytes);

    assert(size > 0);
    if (bytes % size != 0)
        return error_set(err, ERR_CORRUPT,
                         "section '%s' of the checkpoint has %zu bytes, no multiple of %zu", name,
                         bytes, size);
    *out = bytes > 0 ? mem_copy(section, bytes) : NULL;
    *count = bytes / size;
    return OK;
}
