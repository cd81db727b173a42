/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/traits.h"

#include <stdint.h>

enum { HASH_BYTES = 16, PREFIX = 6 };

/* The inside of the string whose opening quote is at `*at`, which moves behind the closing one; absent
 * when there is none. */
static struct text string_at(struct text t, size_t *at)
{
    size_t begin = ++*at;

    while (*at < t.size && t.data[*at] != '"')
        *at += t.data[*at] == '\\' ? 2 : 1;
    if (*at >= t.size)
        return (struct text){0};
    return (struct text){t.data + begin, (*at)++ - begin};
}

static bool is_hash(struct text value, const char *prefix)
{
    uint8_t hash[HASH_BYTES];

    return text_starts(value, prefix) &&
           text_from_hex((struct text){value.data + PREFIX, value.size - PREFIX}, hash,
                         sizeof(hash));
}

void traits_read(struct text traits, struct text *email, struct text *phone)
{
    struct text key = {0};
    int depth = 0;

    for (size_t at = 0; at < traits.size;) {
        char c = traits.data[at];
        if (c != '"') {
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
            if (c != ':')
                key = (struct text){0};
            at++;
            continue;
        }
        struct text value = string_at(traits, &at);
        if (depth == 1 && text_is(key, "email") && is_hash(value, "email:"))
            *email = value;
        else if (depth == 1 && text_is(key, "phone") && is_hash(value, "phone:"))
            *phone = value;
        key = value; /* a key when a colon follows; else forgotten at what does */
    }
}
