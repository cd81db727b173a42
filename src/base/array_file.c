/* SPDX-License-Identifier: Apache-2.0 */
#include "base/array_file.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

enum { ALIGN = 64, MAGIC_SIZE = 8 };

struct head {
    char magic[MAGIC_SIZE];
    uint32_t version, section_count;
    uint64_t counts[ARRAY_COUNTS_MAX];
    struct {
        uint64_t offset, size;
    } sections[ARRAY_SECTIONS_MAX];
    uint64_t hash; /* of the bytes before it */
};

_Static_assert(sizeof(struct head) % 8 == 0, "no stray bytes in the file");

static uint64_t aligned(uint64_t offset)
{
    return (offset + ALIGN - 1) / ALIGN * ALIGN;
}

static void pad(struct file_writer *w)
{
    static const char zeros[ALIGN];
    uint64_t size = file_writer_size(w);

    file_writer_add(w, zeros, aligned(size) - size);
}

enum status array_file_write(const struct array_file_kind *kind, const struct array_file *file,
                             const char *path, struct error *err)
{
    SCOPED(file_writer_close) struct file_writer *w = NULL;
    struct head head = {.version = kind->version, .section_count = kind->section_count};
    uint64_t offset = aligned(sizeof(head));

    assert(kind->section_count <= ARRAY_SECTIONS_MAX);
    memcpy(head.magic, kind->magic, MAGIC_SIZE);
    memcpy(head.counts, file->counts, sizeof(head.counts));
    for (uint32_t i = 0; i < kind->section_count; i++) {
        head.sections[i].offset = offset;
        head.sections[i].size = file->sections[i].size;
        offset = aligned(offset + file->sections[i].size);
    }
    head.hash = hash_bytes(&head, offsetof(struct head, hash), 0);
    enum status status = file_writer_open(&w, path, err);
    if (status != OK)
        return status;
    file_writer_add(w, &head, sizeof(head));
    for (uint32_t i = 0; i < kind->section_count; i++) {
        pad(w);
        file_writer_add(w, file->sections[i].bytes, file->sections[i].size);
    }
    pad(w);
    return file_writer_commit(&w, err);
}

enum status array_file_damaged(struct error *err, const char *path, const char *what)
{
    return error_set(err, ERR_CORRUPT, "%s is damaged: %s", path, what);
}

static const char *head_problem(const struct array_file_kind *kind, const struct head *head,
                                const struct file_map *map)
{
    if (memcmp(head->magic, kind->magic, MAGIC_SIZE) != 0 || head->version != kind->version ||
        head->section_count != kind->section_count)
        return "it is no such file, or one of another version";
    if (head->hash != hash_bytes(head, offsetof(struct head, hash), 0))
        return "its head does not match its checksum";
    for (uint32_t i = 0; i < kind->section_count; i++) {
        uint64_t offset = head->sections[i].offset;
        if (offset % ALIGN != 0 || offset > map->size ||
            head->sections[i].size > map->size - offset)
            return "it is too short";
    }
    return NULL;
}

enum status array_file_open(const struct array_file_kind *kind, struct array_file *out,
                            const char *path, struct error *err)
{
    struct array_file file = {0};
    struct head head;
    enum status status = file_map_open(&file.map, path, err);

    if (status != OK)
        return status;
    const char *problem = "it is too short";
    if (file.map.size >= sizeof(head)) {
        memcpy(&head, file.map.bytes, sizeof(head));
        problem = head_problem(kind, &head, &file.map);
    }
    if (problem != NULL) {
        file_map_close(&file.map);
        return array_file_damaged(err, path, problem);
    }
    memcpy(file.counts, head.counts, sizeof(file.counts));
    for (uint32_t i = 0; i < kind->section_count; i++) {
        file.sections[i].bytes = file.map.bytes + head.sections[i].offset;
        file.sections[i].size = head.sections[i].size;
    }
    *out = file;
    return OK;
}

static bool zeros(const struct file_map *map, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++)
        if (map->bytes[i] != 0)
            return false;
    return true;
}

bool array_file_whole(const struct array_file_kind *kind, const struct array_file *file)
{
    uint64_t end = sizeof(struct head); /* of what was met so far */

    for (uint32_t i = 0; i < kind->section_count; i++) {
        const struct array_section *section = &file->sections[i];
        uint64_t offset = (uint64_t)((const uint8_t *)section->bytes - file->map.bytes);
        if (offset != aligned(end) || !zeros(&file->map, end, offset))
            return false;
        end = offset + section->size;
    }
    return aligned(end) == file->map.size && zeros(&file->map, end, file->map.size);
}

void array_file_close(struct array_file *file)
{
    file_map_close(&file->map);
    *file = (struct array_file){0};
}
