/* SPDX-License-Identifier: Apache-2.0 */
#include "base/settings.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

enum { FILE_SIZE_MAX = 64 * 1024, NAME_SIZE_MAX = 64 };

#define SETTING_DEFAULT_u32(def)  #def
#define SETTING_DEFAULT_u64(def)  #def
#define SETTING_DEFAULT_text(def) def
#define SETTING_TYPE_u32          SETTING_U32
#define SETTING_TYPE_u64          SETTING_U64
#define SETTING_TYPE_text         SETTING_TEXT

const struct setting_row setting_rows[] = {
#define SETTING(name, type, def, min, max, meaning)                                                \
    {#name,                                                                                        \
     SETTING_TYPE_##type,                                                                          \
     SETTING_DEFAULT_##type(def),                                                                  \
     min,                                                                                          \
     max,                                                                                          \
     meaning,                                                                                      \
     offsetof(struct settings, name)},
#include "settings.def"
#undef SETTING
};
const size_t setting_count = COUNT(setting_rows);

/* Fills in one value that was found right before. */
static void store(struct settings *s, const struct setting_row *row, struct text value, uint64_t n)
{
    char *field = (char *)s + row->offset;
    uint32_t small = (uint32_t)n;

    switch (row->type) {
    case SETTING_U32: memcpy(field, &small, sizeof(small)); break;
    case SETTING_U64: memcpy(field, &n, sizeof(n)); break;
    case SETTING_TEXT:
        assert(value.size < SETTING_TEXT_SIZE);
        memset(field, 0, SETTING_TEXT_SIZE);
        memcpy(field, value.data, value.size);
        break;
    }
}

static enum status check_text(const struct setting_row *row, struct text value, struct error *err)
{
    if (value.size > row->max)
        return error_set(err, ERR_INVALID, "%s must be at most %" PRIu64 " bytes, got %zu",
                         row->name, row->max, value.size);
    if (!text_utf8_valid(value))
        return error_set(err, ERR_INVALID, "%s must be UTF-8", row->name);
    for (size_t i = 0; i < value.size; i++) {
        if ((unsigned char)value.data[i] < 0x20)
            return error_set(err, ERR_INVALID, "%s must be one line without control characters",
                             row->name);
    }
    return OK;
}

static enum status set_row(struct settings *s, const struct setting_row *row, struct text value,
                           struct error *err)
{
    uint64_t n = 0;

    if (row->type == SETTING_TEXT) {
        enum status status = check_text(row, value, err);
        if (status != OK)
            return status;
    } else if (!text_to_u64(value, &n) || n < row->min || n > row->max) {
        struct text shown = text_utf8_prefix(value, NAME_SIZE_MAX);
        return error_set(err, ERR_INVALID, "%s must be %" PRIu64 "..%" PRIu64 ", got '%.*s'",
                         row->name, row->min, row->max, (int)shown.size, shown.data);
    }
    store(s, row, value, n);
    return OK;
}

void settings_defaults(struct settings *s)
{
    memset(s, 0, sizeof(*s));
    for (size_t i = 0; i < setting_count; i++) {
        struct error err = {0};
        enum status status = set_row(s, &setting_rows[i], text_from(setting_rows[i].def), &err);
        assert(status == OK); /* each row's default is in its own range */
    }
}

static bool same_name(const char *row_name, struct text name)
{
    if (strlen(row_name) != name.size)
        return false;
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i] == '-' ? '_' : name.data[i];
        if (row_name[i] != c)
            return false;
    }
    return true;
}

static enum status set_named(struct settings *s, struct text name, struct text value,
                             struct error *err)
{
    for (size_t i = 0; i < setting_count; i++) {
        if (same_name(setting_rows[i].name, name))
            return set_row(s, &setting_rows[i], value, err);
    }
    name = text_utf8_prefix(name, NAME_SIZE_MAX);
    return error_set(err, ERR_NOT_FOUND,
                     "there is no setting '%.*s'; `endcap settings` lists them all", (int)name.size,
                     name.data);
}

enum status settings_set(struct settings *s, const char *name, const char *value, struct error *err)
{
    return set_named(s, text_from(name), text_from(value), err);
}

static enum status load_environment(struct settings *s, struct error *err)
{
    for (size_t i = 0; i < setting_count; i++) {
        char name[NAME_SIZE_MAX + 8] = "ENDCAP_";
        size_t size = strlen(setting_rows[i].name);

        assert(size < NAME_SIZE_MAX);
        for (size_t k = 0; k < size; k++) {
            char c = setting_rows[i].name[k];
            name[7 + k] = c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
        }
        const char *value = getenv(name);
        if (value != NULL && set_row(s, &setting_rows[i], text_from(value), err) != OK)
            return error_wrap(err, "$%s", name);
    }
    return OK;
}

static enum status load_file(struct settings *s, const char *path, struct error *err)
{
    SCOPED(buffer_free) struct buffer file = {0};
    enum status status = file_read(path, FILE_SIZE_MAX, &file, err);
    struct text rest = buffer_text(&file);

    if (status == ERR_NOT_FOUND)
        return OK;
    if (status != OK)
        return status;
    for (int line = 1; rest.data != NULL; line++) {
        struct text value = text_trim(text_cut(&rest, '\n'));
        if (value.size == 0 || value.data[0] == '#')
            continue;
        struct text name = text_trim(text_cut(&value, '='));
        if (value.data == NULL)
            return error_set(err, ERR_INVALID, "%s line %d: expected 'name = value'", path, line);
        if (set_named(s, name, text_trim(value), err) != OK)
            return error_wrap(err, "%s line %d", path, line);
    }
    return OK;
}

enum status settings_load(struct settings *s, const char *data_dir, struct error *err)
{
    SCOPED(buffer_free) struct buffer path = {0};
    struct settings fresh;
    struct error mistake = {0};

    settings_defaults(&fresh);
    buffer_printf(&path, "%s/settings", data_dir);
    enum status status = load_environment(&fresh, &mistake);
    if (status == OK)
        status = load_file(&fresh, path.data, &mistake);
    if (status != OK)
        return error_set(err, status, "%s", mistake.message);
    *s = fresh;
    return OK;
}

void settings_print(const struct settings *s, const struct setting_row *row, struct buffer *out)
{
    const char *field = (const char *)s + row->offset;
    uint32_t small;
    uint64_t n;

    switch (row->type) {
    case SETTING_U32:
        memcpy(&small, field, sizeof(small));
        buffer_add_u64(out, small);
        break;
    case SETTING_U64:
        memcpy(&n, field, sizeof(n));
        buffer_add_u64(out, n);
        break;
    case SETTING_TEXT: buffer_add_string(out, field); break;
    }
}
