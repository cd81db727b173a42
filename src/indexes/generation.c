/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/generation.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compare.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "indexes/manifest.h"

enum { GENERATIONS_MAX = 4096, NUMBER_SIZE = 16 };

static void folder_close(DIR **folder)
{
    if (*folder != NULL)
        (void)closedir(*folder); /* it was only read */
}

static enum status generations_dir(char out[GENERATION_PATH_SIZE], const char *data_dir,
                                   struct error *err)
{
    return generation_path(out, data_dir, "generations", err);
}

static enum status generation_dir(char out[GENERATION_PATH_SIZE], const char *data_dir,
                                  uint32_t number, struct error *err)
{
    char dir[GENERATION_PATH_SIZE], name[NUMBER_SIZE];
    enum status status = generations_dir(dir, data_dir, err);

    (void)snprintf(name, sizeof(name), "%" PRIu32, number); /* it fits */
    return status == OK ? generation_path(out, dir, name, err) : status;
}

/* The number a folder's name is, 0 when it is none ("12.tmp-81", "012"). */
static uint32_t number_of(const char *name)
{
    struct text t = text_from(name);
    uint64_t number;

    if (!text_to_u64(t, &number) || number == 0 || number >= UINT32_MAX || name[0] == '0')
        return 0;
    return (uint32_t)number;
}

/* Numbers of the folders there are, rising; none when there is no such place yet. */
static enum status list_numbers(const char *data_dir, uint32_t out[GENERATIONS_MAX], size_t *count,
                                struct error *err)
{
    char dir[GENERATION_PATH_SIZE];
    enum status status = generations_dir(dir, data_dir, err);

    if (status != OK)
        return status;
    SCOPED(folder_close) DIR *folder = opendir(dir);
    *count = 0;
    if (folder == NULL && errno == ENOENT)
        return OK;
    if (folder == NULL)
        return error_set(err, ERR_IO, "reading %s: %s", dir, strerror(errno));
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        uint32_t number = number_of(entry->d_name);
        if (number == 0)
            continue;
        if (*count == GENERATIONS_MAX)
            return error_set(err, ERR_LIMIT, "%s holds more than %d generations", dir,
                             GENERATIONS_MAX);
        out[(*count)++] = number;
    }
    qsort(out, *count, sizeof(*out), compare_u32);
    return OK;
}

enum status generation_publish_files(const char *data_dir, const char *temporary,
                                     struct generation_summary *summary,
                                     const struct generation_gates *gates, struct error *err)
{
    struct manifest m = {.summary = *summary};
    uint32_t numbers[GENERATIONS_MAX];
    char dir[GENERATION_PATH_SIZE], path[GENERATION_PATH_SIZE];
    size_t count;
    enum status status = list_numbers(data_dir, numbers, &count, err);

    if (gates != NULL)
        m.gates = *gates;
    if (status == OK)
        status = manifest_measure(&m, temporary, err);
    if (status != OK)
        return status;
    m.summary.number = count > 0 ? numbers[count - 1] + 1 : 1;
    status = manifest_write(&m, temporary, err);
    if (status == OK)
        status = generations_dir(dir, data_dir, err);
    if (status == OK)
        status = generation_dir(path, data_dir, m.summary.number, err);
    if (status != OK)
        return status;
    if (rename(temporary, path) != 0)
        return error_set(err, errno == EEXIST || errno == ENOTEMPTY ? ERR_CONFLICT : ERR_IO,
                         "renaming %s to %s: %s", temporary, path, strerror(errno));
    status = dir_sync(dir, err);
    if (status == OK)
        *summary = m.summary;
    return status;
}

/* One file of the generation: what the manifest says of it holds. */
static enum status check_file(const struct manifest *m, int file, const char *path,
                              struct error *err)
{
    SCOPED(file_map_close) struct file_map map = {0};
    enum status status = file_map_open(&map, path, err);

    if (status != OK)
        return status;
    if (map.size != m->files[file].size ||
        hash_bytes(map.bytes, map.size, 0) != m->files[file].hash)
        return error_set(err, ERR_CORRUPT, "%s is damaged: its bytes do not match the manifest",
                         path);
    return OK;
}

/* The files are immutable, what holds them is not: it is ours to free. */
#define GENERATION_FILE(field, name, type, required)                                               \
    static enum status open_##field(struct generation *g, const char *path, struct error *err)     \
    {                                                                                              \
        struct type *opened = NULL;                                                                \
        enum status status = type##_open(&opened, path, err);                                      \
        g->field = opened;                                                                         \
        return status;                                                                             \
    }                                                                                              \
                                                                                                   \
    static void close_##field(struct generation *g)                                                \
    {                                                                                              \
        struct type *opened = (struct type *)(uintptr_t)g->field;                                  \
        type##_close(&opened);                                                                     \
    }
#include "indexes/generation_file.def"
#undef GENERATION_FILE

static const struct {
    enum status (*open)(struct generation *g, const char *path, struct error *err);
    void (*close)(struct generation *g);
} files[GENERATION_FILE_COUNT] = {
#define GENERATION_FILE(field, name, type, required) {open_##field, close_##field},
#include "indexes/generation_file.def"
#undef GENERATION_FILE
};

static enum status open_file(struct generation *g, const struct manifest *m, int file,
                             const char *folder, struct error *err)
{
    char path[GENERATION_PATH_SIZE];

    if (!m->files[file].present)
        return OK;
    enum status status = generation_path(path, folder, generation_files[file].name, err);
    if (status == OK)
        status = check_file(m, file, path, err);
    return status == OK ? files[file].open(g, path, err) : status;
}

/* The generation's folder, and what its manifest says. */
static enum status find(const char *data_dir, uint32_t number, char folder[GENERATION_PATH_SIZE],
                        struct manifest *out, struct error *err)
{
    enum status status = generation_dir(folder, data_dir, number, err);

    if (status == OK && !file_exists(folder))
        return error_set(err, ERR_NOT_FOUND, "there is no generation %" PRIu32 " in %s", number,
                         data_dir);
    if (status == OK)
        status = manifest_read(out, folder, err);
    if (status == OK && out->summary.number != number)
        return error_set(err, ERR_CORRUPT, "%s holds the generation %" PRIu32, folder,
                         out->summary.number);
    return status;
}

enum status generation_open(const struct generation **out, const char *data_dir, uint32_t number,
                            struct error *err)
{
    char folder[GENERATION_PATH_SIZE];
    struct manifest m;
    enum status status = find(data_dir, number, folder, &m, err);

    if (status != OK)
        return status;
    struct generation *g = mem_new(1, sizeof(*g));
    *g = (struct generation){
        .number = number,
        .position = m.summary.position,
        .built_ms = m.summary.built_ms,
        .session_count = m.summary.session_count,
        .click_count = m.summary.click_count,
        .sessions_month = m.summary.sessions_month,
        .support_viewed = m.summary.support_viewed,
        .support_bought = m.summary.support_bought,
        .gates = m.gates,
    };
    SCOPED(generation_close) const struct generation *opened = g;
    for (int i = 0; i < GENERATION_FILE_COUNT && status == OK; i++)
        status = open_file(g, &m, i, folder, err);
    if (status == OK) {
        *out = opened;
        opened = NULL;
    }
    return status;
}

enum status generation_open_ranking(const char *data_dir, uint32_t number,
                                    struct generation_gates *gates, struct model **ranker,
                                    struct error *err)
{
    char folder[GENERATION_PATH_SIZE], path[GENERATION_PATH_SIZE];
    struct manifest m;
    struct model *opened = NULL;
    enum status status = find(data_dir, number, folder, &m, err);

    if (status == OK && m.files[FILE_ranker].present) {
        status = generation_path(path, folder, generation_files[FILE_ranker].name, err);
        if (status == OK)
            status = model_open(&opened, path, err);
    }
    if (status != OK)
        return status;
    *gates = m.gates;
    *ranker = opened;
    return OK;
}

void generation_close(const struct generation **g)
{
    struct generation *opened = (struct generation *)(uintptr_t)*g;

    if (opened == NULL)
        return;
    for (int i = 0; i < GENERATION_FILE_COUNT; i++)
        files[i].close(opened);
    mem_free(opened);
    *g = NULL;
}

const char *generation_gate(const struct generation *g, struct text surface)
{
    for (uint32_t i = 0; i < g->gates.count; i++) {
        if (text_is(surface, g->gates.all[i].surface))
            return g->gates.all[i].rung;
    }
    return NULL;
}

enum status generation_list(const char *data_dir, struct generation_summary *out, size_t max,
                            size_t *count, struct error *err)
{
    uint32_t numbers[GENERATIONS_MAX];
    char folder[GENERATION_PATH_SIZE], manifest[GENERATION_PATH_SIZE];
    size_t there, listed = 0;
    enum status status = list_numbers(data_dir, numbers, &there, err);

    if (status != OK)
        return status;
    for (size_t i = there > max ? there - max : 0; i < there; i++) {
        struct manifest m;
        if ((status = generation_dir(folder, data_dir, numbers[i], err)) != OK ||
            (status = generation_path(manifest, folder, "manifest.json", err)) != OK)
            return status;
        if (manifest_read(&m, folder, NULL) == OK && m.summary.number == numbers[i])
            out[listed++] = m.summary;
        else if (access(manifest, F_OK) == 0) /* half removed ones have none */
            out[listed++] = (struct generation_summary){.number = numbers[i]};
    }
    *count = listed;
    return OK;
}

/* Without its manifest a folder that is only half removed is no generation any more. */
enum status generation_remove(const char *data_dir, uint32_t number, struct error *err)
{
    char folder[GENERATION_PATH_SIZE], manifest[GENERATION_PATH_SIZE];
    enum status status = generation_dir(folder, data_dir, number, err);

    if (status == OK)
        status = generation_path(manifest, folder, "manifest.json", err);
    if (status != OK)
        return status;
    if (unlink(manifest) != 0 && errno != ENOENT)
        return error_set(err, ERR_IO, "removing %s: %s", manifest, strerror(errno));
    return dir_remove(folder, err);
}

/* Whether the name ends in .tmp-PID of a process that is no more. */
static bool abandoned(const char *name)
{
    const char *tail = strstr(name, ".tmp-");
    uint64_t process;

    if (tail == NULL || !text_to_u64(text_from(tail + strlen(".tmp-")), &process) || process == 0 ||
        process > INT32_MAX)
        return false;
    return kill((pid_t)process, 0) != 0 && errno == ESRCH;
}

/* Folders of builds that ended before they could publish. */
static enum status remove_abandoned(const char *data_dir, struct error *err)
{
    char dir[GENERATION_PATH_SIZE], path[GENERATION_PATH_SIZE];
    enum status status = generations_dir(dir, data_dir, err);

    if (status != OK)
        return status;
    SCOPED(folder_close) DIR *folder = opendir(dir);
    if (folder == NULL)
        return OK; /* none was ever made */
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL && status == OK;) {
        if (!abandoned(entry->d_name))
            continue;
        status = generation_path(path, dir, entry->d_name, err);
        if (status == OK)
            status = dir_remove(path, err);
    }
    return status;
}

enum status generation_prune(const char *data_dir, uint32_t keep, uint32_t serving,
                             struct error *err)
{
    uint32_t numbers[GENERATIONS_MAX];
    size_t count;
    enum status status = list_numbers(data_dir, numbers, &count, err);

    if (status != OK)
        return status;
    size_t left = count;
    for (size_t i = 0; i < count && left > keep; i++) {
        if (numbers[i] == serving)
            continue;
        status = generation_remove(data_dir, numbers[i], err);
        if (status != OK)
            return status;
        left--;
    }
    return remove_abandoned(data_dir, err);
}
