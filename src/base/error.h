/* SPDX-License-Identifier: Apache-2.0 */
/* error: a short code a program branches on, and a sentence a person reads.
 *
 * The failing function writes the sentence; callers put their context in front with error_wrap;
 * nothing is logged on the way. The edge (HTTP handler, command, background job) answers or logs
 * once. The sentence says what is wrong and, where it can, what to do.
 *
 * Threads    a struct error belongs to one thread.
 * Lifetime   plain memory; a zeroed struct is "no error". */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/attributes.h"

enum status {
    OK,
    ERR_INVALID,     /* the input is wrong                          HTTP 400, exit 2 */
    ERR_NOT_FOUND,   /* what was asked for does not exist           HTTP 404, exit 3 */
    ERR_CONFLICT,    /* it clashes with what is there               HTTP 409, exit 3 */
    ERR_LIMIT,       /* over a stated bound                         HTTP 413 or 429, exit 3 */
    ERR_UNAVAILABLE, /* cannot now, may work later                  HTTP 503, exit 3 */
    ERR_IO,          /* the operating system or a library failed    HTTP 500, exit 3 */
    ERR_CORRUPT,     /* stored bytes are not what was written       HTTP 500, exit 3 */
};

struct error {
    enum status status;
    char message[512];
};

/* Fill `err` and return `status`, so that failing reads `return error_set(err, ERR_IO, "...")`.
 * `err` may be NULL when the caller needs the code alone. A message too long is cut. */
enum status error_set(struct error *err, enum status status, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Put "context: " in front of the message and return err's status. */
enum status error_wrap(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* The word for a status: "invalid", "not_found", ... as used in JSON errors and logs. */
const char *status_word(enum status status);

#endif
