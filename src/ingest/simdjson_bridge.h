/* SPDX-License-Identifier: Apache-2.0 */
/* simdjson_bridge: the only door to simdjson, a C++ library. Of it we use the first stage, which
 * checks UTF-8 and finds where every token begins, at gigabytes a second (Langdale and Lemire,
 * "Parsing gigabytes of JSON per second", VLDB Journal 2019); what the tokens say is read in
 * ingest/tokens.c, because numbers must be read from their digits, never through a double.
 *
 * Threads    any; the offsets returned belong to the calling thread until its next call. */
#ifndef INGEST_SIMDJSON_BRIDGE_H
#define INGEST_SIMDJSON_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { JSON_INDEX_BYTES_MAX = 16 * 1024 * 1024 };

/* Where tokens begin: braces, brackets, colons, commas, the opening quote of strings, the first
 * byte of everything else; and one more offset, `size`, behind the last. Returns NULL, or a
 * constant sentence about what is wrong (not UTF-8, a control character or no end in a string,
 * nothing at all, more than JSON_INDEX_BYTES_MAX). `bytes` needs no padding. */
const char *json_index(const char *bytes, size_t size, const uint32_t **offsets, size_t *count);

#ifdef __cplusplus
}
#endif

#endif
