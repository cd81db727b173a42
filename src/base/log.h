/* SPDX-License-Identifier: Apache-2.0 */
/* log: one line per message on standard error, for edges only.
 *
 *   2026-11-22T10:00:00.000Z level=info kind=served request=r-5f.. status=200 us=412
 *
 * Message kinds are words from a small set; values with spaces are quoted by the caller's format
 * through log_quote. No shopper data above debug. Any thread may log; a line is written whole. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/text.h"

enum { LOG_LINE_SIZE = 4096, LOG_QUOTE_SIZE = 256 }; /* what is longer is cut */

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Lines below `level` are dropped. Default LOG_INFO. */
void log_level_set(enum log_level level);
bool log_level_parse(struct text word, enum log_level *out);

/* `kind` is a word like "served"; `format` gives "key=value" pairs. Line ends become spaces. */
void log_line(enum log_level level, const char *kind, const char *format, ...) PRINTF_LIKE(3, 4);

/* `value` in double quotes, with quotes, backslashes and control characters escaped, cut to fit.
 * Absent gives "". Returns out. */
const char *log_quote(struct text value, char out[LOG_QUOTE_SIZE]);

#endif
