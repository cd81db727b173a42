/* SPDX-License-Identifier: Apache-2.0 */
/* import_option: the flags of an import by name, the same for the command line and the socket. */
#include <string.h>

#include "base/money.h"
#include "base/time.h"
#include "paths/import.h"

static enum status set_from(struct import_options *o, const char *value, struct error *err)
{
    (void)err; /* events and catalogs know different ones: they check */
    o->from = text_from(value);
    return OK;
}

static enum status set_map(struct import_options *o, const char *value, struct error *err)
{
    return csv_map_parse(text_from(value), &o->csv, err);
}

static enum status set_time_format(struct import_options *o, const char *value, struct error *err)
{
    if (!time_format_valid(value))
        return error_set(err, ERR_INVALID,
                         "--time-format must be like \"%%d/%%m/%%Y %%H:%%M\", got '%s'", value);
    o->time_format = text_from(value);
    return OK;
}

static enum status set_time_zone(struct import_options *o, const char *value, struct error *err)
{
    SCOPED(zone_close) struct zone *zone = NULL;

    if (zone_open(&zone, value, err) != OK)
        return error_set(err, ERR_INVALID, "--time-zone must be like Europe/Berlin, got '%s'",
                         value);
    o->time_zone = text_from(value);
    return OK;
}

static enum status set_encoding(struct import_options *o, const char *value, struct error *err)
{
    (void)err; /* checked where the file is opened */
    o->csv.encoding = text_from(value);
    return OK;
}

static enum status set_delimiter(struct import_options *o, const char *value, struct error *err)
{
    if (strcmp(value, "\\t") == 0 || strcmp(value, "tab") == 0)
        o->csv.delimiter = '\t';
    else if (strlen(value) == 1)
        o->csv.delimiter = value[0];
    else
        return error_set(err, ERR_INVALID, "--delimiter must be one character or tab, got '%s'",
                         value);
    return OK;
}

static enum status set_currency(struct import_options *o, const char *value, struct error *err)
{
    if (!currency_valid(text_from(value)))
        return error_set(err, ERR_INVALID, "--currency must be like EUR, got '%s'", value);
    o->currency = text_from(value);
    return OK;
}

static enum status set_no_header(struct import_options *o, const char *value, struct error *err)
{
    (void)value;
    (void)err; /* a switch cannot be wrong */
    o->csv.no_header = true;
    return OK;
}

static enum status set_full(struct import_options *o, const char *value, struct error *err)
{
    (void)value;
    (void)err;
    o->full = true;
    return OK;
}

static enum status set_yes(struct import_options *o, const char *value, struct error *err)
{
    (void)value;
    (void)err;
    o->yes = true;
    return OK;
}

static enum status set_dry_run(struct import_options *o, const char *value, struct error *err)
{
    (void)value;
    (void)err;
    o->dry_run = true;
    return OK;
}

static const struct {
    const char *name;
    enum status (*set)(struct import_options *o, const char *value, struct error *err);
} flags[] = {
    {"from", set_from},
    {"map", set_map},
    {"time-format", set_time_format},
    {"time-zone", set_time_zone},
    {"encoding", set_encoding},
    {"delimiter", set_delimiter},
    {"currency", set_currency},
    {"no-header", set_no_header},
    {"full", set_full},
    {"yes", set_yes},
    {"dry-run", set_dry_run},
};

/* "time-zone" and "time_zone" are the same: flags are written with one, parameters with the other.
 */
static bool same_name(const char *row, const char *name)
{
    while (*row != '\0' && (*row == *name || (*row == '-' && *name == '_'))) {
        row++;
        name++;
    }
    return *row == *name;
}

enum status import_option(struct import_options *options, const char *name, const char *value,
                          struct error *err)
{
    for (size_t i = 0; i < COUNT(flags); i++)
        if (same_name(flags[i].name, name))
            return flags[i].set(options, value, err);
    return error_set(err, ERR_NOT_FOUND, "an import has no option %s", name);
}

enum status import_options_fit(const struct import_options *options, struct error *err)
{
    struct text encoding = options->csv.encoding;

    if (encoding.size == 0 || !text_is(options->from, "jsonl") ||
        text_equal_nocase(encoding, TEXT("utf-8")) || text_equal_nocase(encoding, TEXT("utf8")))
        return OK;
    return error_set(err, ERR_INVALID, "jsonl is UTF-8: --encoding is for csv and feeds as text");
}
