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

/* The function is compiled for several processors, and the best one that is there is taken when the
 * program starts: for loops over long arrays. All give the same bits, since nothing is reordered or
 * fused. Sanitizers do without: what chooses would run before they are ready. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define VECTORISED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define VECTORISED
#endif

#endif
