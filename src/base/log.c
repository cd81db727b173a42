/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <assert.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"

static const char *const words[] = {"debug", "info", "warn", "error"};
static _Atomic int lowest = LOG_INFO;

void log_level_set(enum log_level level)
{
    atomic_store_explicit(&lowest, (int)level, memory_order_relaxed);
}

bool log_level_parse(struct text word, enum log_level *out)
{
    for (size_t i = 0; i < COUNT(words); i++) {
        if (text_is(word, words[i])) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

void log_line(enum log_level level, const char *kind, const char *format, ...)
{
    char line[LOG_LINE_SIZE], time[TIME_TEXT_SIZE];
    va_list args;

    if ((int)level < atomic_load_explicit(&lowest, memory_order_relaxed))
        return;
    int head = snprintf(line, sizeof(line), "%s level=%s kind=%.64s ",
                        time_print(time_now_ms(), time), words[level], kind);
    assert(head > 0 && (size_t)head < sizeof(line));
    va_start(args, format);
    int body = vsnprintf(line + head, sizeof(line) - (size_t)head, format, args);
    va_end(args);
    assert(body >= 0);
    struct text whole = text_utf8_prefix(text_from(line), sizeof(line) - 2);
    size_t size = whole.size;
    while (size > 0 && strchr(" \r\n", line[size - 1]) != NULL)
        size--;
    for (size_t i = 0; i < size; i++) {
        if (line[i] == '\n' || line[i] == '\r')
            line[i] = ' ';
    }
    line[size++] = '\n';
    /* One write, so that lines of several threads do not mix. When standard error is gone there is
     * nowhere left to say so. */
    ssize_t written = write(STDERR_FILENO, line, size);
    (void)written;
}

const char *log_quote(struct text value, char out[LOG_QUOTE_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    size_t size = 0;

    out[size++] = '"';
    value = text_utf8_prefix(value, LOG_QUOTE_SIZE);
    for (size_t i = 0; i < value.size && size < LOG_QUOTE_SIZE - 6; i++) {
        unsigned char c = (unsigned char)value.data[i];
        if (c < 0x20 || c == 0x7F) {
            out[size++] = '\\';
            out[size++] = 'x';
            out[size++] = digits[c >> 4];
            out[size++] = digits[c & 15];
            continue;
        }
        /* Never the first half of a code point alone. */
        if (c >= 0xC0 && size + 4 > LOG_QUOTE_SIZE - 6)
            break;
        if (c == '"' || c == '\\')
            out[size++] = '\\';
        out[size++] = (char)c;
    }
    out[size++] = '"';
    out[size] = '\0';
    return out;
}
