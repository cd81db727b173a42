/* SPDX-License-Identifier: Apache-2.0 */
/* The reading half of manifest.h, apart from the writing half because the names of base/json.h and
 * of jansson's header clash. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"
#include "indexes/manifest.h"

enum { MANIFEST_SIZE_MAX = 64 * 1024 };

static void json_drop(json_t **value)
{
    json_decref(*value); /* NULL is fine */
}

/* A number from 0 to `max`. */
static bool take(const json_t *object, const char *key, uint64_t max, uint64_t *out)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        (uint64_t)json_integer_value(value) > max)
        return false;
    *out = (uint64_t)json_integer_value(value);
    return true;
}

/* Sixteen hexadecimal digits. */
static bool take_hash(const json_t *object, const char *key, uint64_t *out)
{
    const char *hash = json_string_value(json_object_get(object, key));
    char *end;

    if (hash == NULL || strlen(hash) != 16)
        return false;
    *out = strtoull(hash, &end, 16);
    return *end == '\0';
}

/* Whether "check" is the hash of all that stands before it. */
static bool check_holds(const json_t *root, struct text text)
{
    static const char mark[] = ",\"check\":";
    const char *at = memmem(text.data, text.size, mark, sizeof(mark) - 1);
    uint64_t hash;

    return at != NULL && take_hash(root, "check", &hash) &&
           hash == hash_bytes(text.data, (size_t)(at - text.data), 0);
}

static bool take_file(const json_t *file, struct manifest *m)
{
    const char *name = json_string_value(json_object_get(file, "name"));
    int i = 0;

    while (name != NULL && i < GENERATION_FILE_COUNT && strcmp(name, generation_files[i].name) != 0)
        i++;
    if (name == NULL || i == GENERATION_FILE_COUNT || m->files[i].present ||
        !take_hash(file, "xxh3", &m->files[i].hash) ||
        !take(file, "size", INT64_MAX, &m->files[i].size) ||
        m->files[i].size > (uint64_t)INT64_MAX - m->summary.bytes)
        return false;
    m->files[i].present = true;
    m->summary.bytes += m->files[i].size;
    return true;
}

static bool take_files(const json_t *files, struct manifest *m)
{
    for (size_t i = 0; i < json_array_size(files); i++)
        if (!take_file(json_array_get(files, i), m))
            return false;
    for (int i = 0; i < GENERATION_FILE_COUNT; i++)
        if (generation_files[i].required && !m->files[i].present)
            return false;
    return true;
}

static bool take_name(const json_t *object, const char *key, char out[GATE_NAME_SIZE])
{
    const char *name = json_string_value(json_object_get(object, key));

    if (name == NULL || name[0] == '\0' || strlen(name) >= GATE_NAME_SIZE)
        return false;
    memcpy(out, name, strlen(name) + 1);
    return true;
}

/* A manifest of before there were gates has none. */
static bool take_gates(const json_t *gates, struct generation_gates *out)
{
    if (json_array_size(gates) > GATES_MAX)
        return false;
    for (size_t i = 0; i < json_array_size(gates); i++) {
        const json_t *gate = json_array_get(gates, i);
        struct generation_gate *fresh = &out->all[out->count++];
        if (!take_name(gate, "surface", fresh->surface) || !take_name(gate, "rung", fresh->rung))
            return false;
    }
    return true;
}

static bool take_all(const json_t *root, struct manifest *m)
{
    struct generation_summary *s = &m->summary;
    uint64_t version, number, built_ms, viewed, bought;

    if (!take(root, "version", MANIFEST_VERSION, &version) || version != MANIFEST_VERSION ||
        !take(root, "number", UINT32_MAX, &number) || number == 0 ||
        !take(root, "position", INT64_MAX, &s->position.number) ||
        !take(root, "built_ms", INT64_MAX, &built_ms) ||
        !take(root, "session_count", INT64_MAX, &s->session_count) ||
        !take(root, "click_count", INT64_MAX, &s->click_count) ||
        !take(root, "sessions_month", INT64_MAX, &s->sessions_month) ||
        !take(root, "support_viewed", UINT32_MAX, &viewed) ||
        !take(root, "support_bought", UINT32_MAX, &bought))
        return false;
    s->number = (uint32_t)number;
    s->built_ms = (int64_t)built_ms;
    s->support_viewed = (uint32_t)viewed;
    s->support_bought = (uint32_t)bought;
    return take_files(json_object_get(root, "files"), m) &&
           take_gates(json_object_get(root, "gates"), &m->gates);
}

enum status manifest_read(struct manifest *out, const char *folder, struct error *err)
{
    SCOPED(buffer_free) struct buffer text = {0};
    SCOPED(json_drop) json_t *root = NULL;
    struct manifest m = {0};
    char path[GENERATION_PATH_SIZE];
    json_error_t why;
    enum status status = generation_path(path, folder, "manifest.json", err);

    if (status == OK)
        status = file_read(path, MANIFEST_SIZE_MAX, &text, err);
    if (status != OK)
        return status;
    root = json_loadb(buffer_text(&text).data, text.size, JSON_REJECT_DUPLICATES, &why);
    if (root == NULL)
        return error_set(err, ERR_CORRUPT, "%s is damaged: line %d: %s", path, why.line, why.text);
    if (!take_all(root, &m) || !check_holds(root, buffer_text(&text)))
        return error_set(err, ERR_CORRUPT, "%s is damaged: it is not a manifest this program wrote",
                         path);
    *out = m;
    return OK;
}
