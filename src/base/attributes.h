/* SPDX-License-Identifier: Apache-2.0 */
/* attributes: the three compiler attributes the house relies on, and two small macros. */
#ifndef BASE_ATTRIBUTES_H
#define BASE_ATTRIBUTES_H

/* The result must be looked at; an ignored one is cast to void with a reason. */
#define MUST_USE __attribute__((warn_unused_result))

/* Calls close_fn(&variable) when the variable's scope ends. Close functions accept NULL handles. */
#define SCOPED(close_fn) __attribute__((cleanup(close_fn)))

/* Lets the compiler check a printf-like call. */
#define PRINTF_LIKE(format_at, first) __attribute__((format(printf, format_at, first)))

#define UNUSED __attribute__((unused))

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
