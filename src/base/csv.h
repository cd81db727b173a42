/* SPDX-License-Identifier: Apache-2.0 */
/* csv: rows of a delimited file with a header, field by name, in constant memory (libcsv).
 *
 * Reads UTF-8 (with or without BOM), ISO-8859-1, Windows-1252 and UTF-16 (iconv). Quoted fields may
 * hold line ends; spaces and tabs around unquoted fields do not count; blank lines are passed over;
 * `line` is where a row begins. A row over 1 MiB or 1,000 fields, or with a field over 256 KiB, or
 * that is not valid text, is refused by number and reading goes on behind it. A quote that is never
 * closed costs its own line, not the rest of the file.
 *
 * Rows without a quote, nearly all, are split in place; only rows with one go through libcsv, whose
 * call per byte is five to ten times slower. Both give the same fields (the fuzz target holds them
 * against each other).
 *
 * Threads    a reader belongs to one thread. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

enum {
    CSV_MAP_MAX = 64,
    CSV_COLUMNS_MAX = 1000,
    CSV_FIELD_BYTES_MAX = 256 * 1024,
    CSV_ROW_BYTES_MAX = 1024 * 1024,
};

/* One pair of --map: our field, and the file's column or a constant. */
struct csv_pair {
    struct text field;
    struct text column; /* absent when it is a constant */
    struct text constant;
    uint8_t tens; /* amounts are divided by 10 to this power (0 to 6) */
    bool prefix;  /* every column that begins with `column` */
};

struct csv_options {
    char delimiter;       /* 0: ',' or, when the header has more of them, ';' or tab */
    struct text encoding; /* absent: UTF-8 (or UTF-16 when its byte order mark is there) */
    bool no_header;       /* columns are named "1", "2", ... */
    bool all_quoted;      /* send every row through libcsv (tests compare the two ways) */
    struct csv_pair map[CSV_MAP_MAX];
    size_t map_count;
};

/* Add the pairs of `spec` to options->map; the texts point into it.
 *
 *     time=InvoiceDate             our field, the file's column
 *     type==purchase               a constant
 *     price=price/100              amounts divided by a power of ten up to 1000000 (from cents)
 *     attributes=attr_*            every column that begins with attr_
 *     title="Name, long"           a column name as it is: commas, '/' and '*' mean nothing in quotes
 *
 * ERR_INVALID names the pair that is wrong, or the field that is mapped twice. */
MUST_USE enum status csv_map_parse(struct text spec, struct csv_options *options,
                                   struct error *err);

struct csv;

/* `in` stays the caller's, the map's texts must live as long as the reader. Reads the header;
 * ERR_INVALID when the file is empty, the encoding unknown, or a mapped column is not in the
 * header: names it and lists the columns there are. */
MUST_USE enum status csv_open(struct csv **out, FILE *in, const struct csv_options *options,
                              struct error *err);
void csv_close(struct csv **csv); /* for SCOPED */

/* The next row: OK; ERR_NOT_FOUND at the end; ERR_INVALID for a row that cannot be read (say why in
 * `err`; csv_line and csv_raw name it, csv_refusal gives its code; the next call goes on behind
 * it); ERR_IO. */
MUST_USE enum status csv_next(struct csv *csv, struct error *err);

uint64_t csv_line(const struct csv *csv); /* first line of the current row, from 1 */
/* The row as it stands in the file, in UTF-8, at most 32 KiB of it; valid until the next row. */
struct text csv_raw(const struct csv *csv);
const char *csv_refusal(
    const struct csv *csv); /* after ERR_INVALID: "too_long", "too_many" or "bad_text" */
uint64_t csv_bytes(const struct csv *csv); /* bytes taken from the file so far, for progress */

/* Where a mapped field or, when the map does not name it, a column of that name stands; SIZE_MAX
 * when nowhere. Ask once before the first row. */
size_t csv_field(const struct csv *csv, const char *name);

/* Where the pair numbered `pair` of the map stands; SIZE_MAX for one with a prefix. */
size_t csv_pair_field(const struct csv *csv, size_t pair);

/* The value in the current row; "" when the row is short. Constants are given as they are. Valid
 * until the next row. */
struct text csv_value(const struct csv *csv, size_t field);

/* The power of ten a field's amounts are to be divided by, from its pair; mostly 0. */
uint8_t csv_tens(const struct csv *csv, const char *name);

/* An amount as files have it: "19.90", or "19,90" with one or two digits behind a comma and no
 * point before it, divided by 10 to the power `tens`. False when it is none or has more than 6
 * decimals. */
bool csv_amount(struct text t, uint8_t tens, int64_t *micros);

/* The file's columns: csv_value takes their numbers, 0 to csv_columns() - 1, too. */
size_t csv_columns(const struct csv *csv);
struct text csv_column_name(const struct csv *csv, size_t column);
size_t csv_column(const struct csv *csv, struct text name); /* SIZE_MAX when there is none */

/* Fields the current row has; rows may be shorter or longer than the header. */
size_t csv_row_fields(const struct csv *csv);

#endif
