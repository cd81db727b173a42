/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/manifest.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"

enum { HASH_SIZE = 17 };

const struct generation_file_row generation_files[GENERATION_FILE_COUNT] = {
#define GENERATION_FILE(field, name, type, required) {name, required},
#include "indexes/generation_file.def"
#undef GENERATION_FILE
};

enum status generation_path(char out[GENERATION_PATH_SIZE], const char *folder, const char *name,
                            struct error *err)
{
    int length = snprintf(out, GENERATION_PATH_SIZE, "%s/%s", folder, name);

    if (length < 0 || length >= GENERATION_PATH_SIZE)
        return error_set(err, ERR_INVALID, "the path %s/%s is too long", folder, name);
    return OK;
}

enum status manifest_measure(struct manifest *m, const char *folder, struct error *err)
{
    char path[GENERATION_PATH_SIZE];

    m->summary.bytes = 0;
    for (int i = 0; i < GENERATION_FILE_COUNT; i++) {
        SCOPED(file_map_close) struct file_map map = {0};
        enum status status = generation_path(path, folder, generation_files[i].name, err);
        if (status == OK && !generation_files[i].required && !file_exists(path))
            continue;
        if (status == OK)
            status = file_map_open(&map, path, err);
        if (status != OK)
            return status;
        m->files[i].present = true;
        m->files[i].size = map.size;
        m->files[i].hash = hash_bytes(map.bytes, map.size, 0);
        m->summary.bytes += map.size;
    }
    return OK;
}

static void print_hash(char out[HASH_SIZE], uint64_t hash)
{
    (void)snprintf(out, HASH_SIZE, "%016" PRIx64, hash); /* it fits */
}

/* Whole numbers stay below 2^63, which is what the reader takes. */
static void print(const struct manifest *m, struct buffer *out)
{
    const struct generation_summary *s = &m->summary;
    struct json j = json_to(out);
    char hash[HASH_SIZE];

    json_object_begin(&j);
    json_key_u64(&j, "version", MANIFEST_VERSION);
    json_key_u64(&j, "number", s->number);
    json_key_u64(&j, "position", s->position.number);
    json_key_i64(&j, "built_ms", s->built_ms);
    json_key_u64(&j, "session_count", s->session_count);
    json_key_u64(&j, "click_count", s->click_count);
    json_key_u64(&j, "sessions_month", s->sessions_month);
    json_key_u64(&j, "support_viewed", s->support_viewed);
    json_key_u64(&j, "support_bought", s->support_bought);
    json_key(&j, "files");
    json_array_begin(&j);
    for (int i = 0; i < GENERATION_FILE_COUNT; i++) {
        if (!m->files[i].present)
            continue;
        print_hash(hash, m->files[i].hash);
        json_object_begin(&j);
        json_key_string(&j, "name", generation_files[i].name);
        json_key_u64(&j, "size", m->files[i].size);
        json_key_string(&j, "xxh3", hash);
        json_object_end(&j);
    }
    json_array_end(&j);
    json_key(&j, "gates");
    json_array_begin(&j);
    for (uint32_t i = 0; i < m->gates.count; i++) {
        json_object_begin(&j);
        json_key_string(&j, "surface", m->gates.all[i].surface);
        json_key_string(&j, "rung", m->gates.all[i].rung);
        json_object_end(&j);
    }
    json_array_end(&j);
    /* of all before it: a manifest cannot be changed by a slip of the hand */
    print_hash(hash, hash_bytes(out->data, out->size, 0));
    json_key_string(&j, "check", hash);
    json_object_end(&j);
    buffer_add_char(out, '\n');
}

enum status manifest_write(const struct manifest *m, const char *folder, struct error *err)
{
    SCOPED(buffer_free) struct buffer text = {0};
    SCOPED(file_writer_close) struct file_writer *w = NULL;
    char path[GENERATION_PATH_SIZE];
    enum status status = generation_path(path, folder, "manifest.json", err);

    if (status == OK)
        status = file_writer_open(&w, path, err);
    if (status != OK)
        return status;
    print(m, &text);
    file_writer_add(w, text.data, text.size);
    return file_writer_commit(&w, err);
}
