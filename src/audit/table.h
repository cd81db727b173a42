/* SPDX-License-Identifier: Apache-2.0 */
/* table: rows of one size found by the 64-bit key they begin with. Private to audit/.
 *
 * Rows stand in the order they were added. A key is a hash already; 0 is a key like any other. Rows
 * move when one is added. */
#ifndef AUDIT_TABLE_H
#define AUDIT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key_table {
    size_t row_size; /* bytes, the key's included */
    uint64_t max;    /* rows */
    char *rows;
    size_t count, room;
    uint32_t *slots; /* row + 1, 0 empty */
    size_t slot_count;
    uint64_t refused; /* additions beyond max */
};

void *table_find(const struct key_table *t, uint64_t key); /* NULL: not there */
/* The row, made zeroed when it is new (`*fresh`); NULL when there is no room. */
void *table_add(struct key_table *t, uint64_t key, bool *fresh);
/* Bring what a key's row is found by into the cache: some way before it is wanted. */
void table_fetch(const struct key_table *t, uint64_t key);
void *table_row(const struct key_table *t, size_t number);
void table_free(struct key_table *t);

#endif
