/* SPDX-License-Identifier: Apache-2.0 */
#include "base/double.h"

#include <cassert>
#include <charconv>
#include <cmath>

namespace
{

template <typename Number> size_t print(Number value, char out[DOUBLE_TEXT_SIZE])
{
    double size = std::fabs(static_cast<double>(value));
    bool plain = size == 0 || (size >= 1e-5 && size < 1e17);
    std::to_chars_result end =
        std::to_chars(out, out + DOUBLE_TEXT_SIZE, value,
                      plain ? std::chars_format::fixed : std::chars_format::scientific);

    assert(std::isfinite(value) && end.ec == std::errc());
    return static_cast<size_t>(end.ptr - out);
}

} /* namespace */

extern "C" size_t double_print(double value, char out[DOUBLE_TEXT_SIZE])
{
    return print(value, out);
}

extern "C" size_t float_print(float value, char out[DOUBLE_TEXT_SIZE])
{
    return print(value, out);
}
