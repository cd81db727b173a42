/* SPDX-License-Identifier: Apache-2.0 */
#include "base/double.h"

#include <cassert>
#include <charconv>
#include <cmath>

extern "C" size_t double_print(double value, char out[DOUBLE_TEXT_SIZE])
{
    double size = std::fabs(value);
    bool plain = size == 0 || (size >= 1e-5 && size < 1e17);
    std::to_chars_result end =
        std::to_chars(out, out + DOUBLE_TEXT_SIZE, value,
                      plain ? std::chars_format::fixed : std::chars_format::scientific);

    assert(std::isfinite(value) && end.ec == std::errc());
    return static_cast<size_t>(end.ptr - out);
}
