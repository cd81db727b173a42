/* SPDX-License-Identifier: Apache-2.0 */
/* csv: rows of a delimited file with a header, field by name, in constant memory (libcsv).
 *
 * Reads UTF-8 (with or without BOM), ISO-8859-1, Windows-1252 and UTF-16 (iconv). Quoted fields may
 * hold line ends; `line` is where a row begins. A row over 1 MiB or 1,000 fields, or with a field
 * over 256 KiB, is refused by number and reading goes on. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

enum { CSV_MAP_MAX = 64, CSV_COLUMNS_MAX = 1000 };

/* One pair of --map: our field, and the file's column or a constant ("type==purchase"). */
struct csv_pair {
    struct text field;
    struct text column; /* absent when it is a constant */
    struct text constant;
};

struct csv_options {
    char delimiter;       /* 0: ',' or, when the header has more of them, ';' or tab */
    struct text encoding; /* absent: UTF-8, and what is not valid UTF-8 is refused by row */
    bool no_header;       /* columns are named "1", "2", ... */
    struct csv_pair map[CSV_MAP_MAX];
    size_t map_count;
};

/* "time=InvoiceDate,item_id=StockCode,type==purchase" into options->map. The texts point into
 * `spec`. */
MUST_USE enum status csv_map_parse(struct text spec, struct csv_options *options,
                                   struct error *err);

struct csv;

/* `in` stays the caller's. Reads the header; ERR_INVALID when a mapped column is not in it, naming
 * it and listing the columns there are. */
MUST_USE enum status csv_open(struct csv **out, FILE *in, const struct csv_options *options,
                              struct error *err);
void csv_close(struct csv **csv); /* for SCOPED */

/* The next row: OK; ERR_NOT_FOUND at the end; ERR_INVALID for a row that cannot be read (say why in
 * `err`; the next call goes on behind it); ERR_IO. */
MUST_USE enum status csv_next(struct csv *csv, struct error *err);

uint64_t csv_line(const struct csv *csv);   /* first line of the current row, from 1 */
struct text csv_raw(const struct csv *csv); /* the row's fields joined again, for refusals */

/* Where a mapped field (or, without a mapping, a column of that name) stands; SIZE_MAX when
 * nowhere. Ask once before the first row. */
size_t csv_field(const struct csv *csv, const char *name);

/* The value in the current row; "" when the row is short. Constants are given as they are. */
struct text csv_value(const struct csv *csv, size_t field);

#endif
