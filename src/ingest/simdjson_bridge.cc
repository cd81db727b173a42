/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/simdjson_bridge.h"

#include <simdjson.h>

#include <cstdlib>
#include <memory>

namespace
{

using parser = simdjson::internal::dom_parser_implementation;

constexpr size_t smallest = 64 * 1024;

/* One a thread, grown to the largest body it met. */
thread_local std::unique_ptr<parser> own;

/* Out of memory ends the program, as everywhere. */
parser &parser_for(size_t size)
{
    if (own != nullptr && own->capacity() >= size)
        return *own;
    size_t capacity = smallest;
    while (capacity < size)
        capacity *= 2;
    own.reset();
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, own) !=
        simdjson::SUCCESS)
        std::abort();
    return *own;
}

const char *sentence(simdjson::error_code code)
{
    switch (code) {
    case simdjson::SUCCESS: return nullptr;
    case simdjson::EMPTY: return "it is empty";
    case simdjson::UTF8_ERROR: return "it is not valid UTF-8";
    case simdjson::UNCLOSED_STRING: return "a string does not end";
    case simdjson::UNESCAPED_CHARS: return "a string has a control character that is not escaped";
    default: return "it cannot be read";
    }
}

} /* namespace */

extern "C" const char *json_index(const char *bytes, size_t size, const uint32_t **offsets,
                                  size_t *count)
{
    if (size > JSON_INDEX_BYTES_MAX)
        return "it is too long";
    if (size == 0)
        return sentence(simdjson::EMPTY);
    parser &p = parser_for(size);
    const char *wrong = sentence(
        p.stage1(reinterpret_cast<const uint8_t *>(bytes), size, simdjson::stage1_mode::regular));
    if (wrong != nullptr)
        return wrong;
    *offsets = p.structural_indexes.get();
    *count = p.n_structural_indexes;
    return nullptr;
}
