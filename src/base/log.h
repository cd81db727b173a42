/* log: one line per message on standard error, for edges only.
 *
 *   2026-11-22T10:00:00.000Z level=info kind=served request=r-5f.. status=200 us=412
 *
 * Message kinds are words from a small set; values with spaces are quoted by the caller's format
 * through log_quote. No shopper data above debug. Any thread may log; a line is written whole. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/attributes.h"
#include "base/text.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Lines below `level` are dropped. Default LOG_INFO. */
void log_level_set(enum log_level level);
bool log_level_parse(struct text word, enum log_level *out);

/* `kind` is a word like "served"; `format` gives "key=value" pairs. Line ends become spaces. */
void log_line(enum log_level level, const char *kind, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
