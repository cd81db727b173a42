/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Copies what fits, never half a code point: the message must stay UTF-8. `message` may itself have
 * been cut by vsnprintf, but then at a place far behind what fits. */
static void put(struct error *err, enum status status, const char *message)
{
    struct text fits = text_utf8_prefix(text_from(message), sizeof(err->message) - 1);

    err->status = status;
    memcpy(err->message, fits.data, fits.size);
    err->message[fits.size] = '\0';
}

enum status error_set(struct error *err, enum status status, const char *format, ...)
{
    va_list args;
    char message[2 * sizeof(err->message)];

    assert(status != OK);
    if (err == NULL)
        return status;
    va_start(args, format);
    int length = vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    assert(length >= 0);
    put(err, status, message);
    return status;
}

enum status error_wrap(struct error *err, const char *format, ...)
{
    va_list args;
    char message[3 * sizeof(err->message)];

    assert(err != NULL && err->status != OK);
    va_start(args, format);
    int length = vsnprintf(message, 2 * sizeof(err->message), format, args);
    va_end(args);
    assert(length >= 0);
    size_t used = strlen(message);
    snprintf(message + used, sizeof(message) - used, ": %s", err->message);
    put(err, err->status, message);
    return err->status;
}

const char *status_word(enum status status)
{
    switch (status) {
    case OK: return "ok";
    case ERR_INVALID: return "invalid";
    case ERR_NOT_FOUND: return "not_found";
    case ERR_CONFLICT: return "conflict";
    case ERR_LIMIT: return "limit";
    case ERR_UNAVAILABLE: return "unavailable";
    case ERR_IO: return "io";
    case ERR_CORRUPT: return "corrupt";
    }
    return "unknown";
}
