/* SPDX-License-Identifier: Apache-2.0 */
/* double: numbers as text, by the C++ library (std::to_chars), which has what C has not: the fewest
 * digits that read back equal, without the locale. */
#ifndef BASE_DOUBLE_H
#define BASE_DOUBLE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DOUBLE_TEXT_SIZE = 32 };

/* A finite `value` with the fewest digits; an exponent only from 1e17 on and below 1e-5. Returns
 * the number of characters, at most DOUBLE_TEXT_SIZE; `out` is not zero-terminated. */
size_t double_print(double value, char out[DOUBLE_TEXT_SIZE]);
size_t float_print(float value, char out[DOUBLE_TEXT_SIZE]); /* read back as a float */

#ifdef __cplusplus
}
#endif

#endif
