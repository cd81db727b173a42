/* SPDX-License-Identifier: Apache-2.0 */
/* Phone numbers as people write them, with the country they belong to. */
#include <ctype.h>
#include <string.h>

#include "audit/customers.h"
#include "base/hash.h"

enum { WRITTEN_MAX = 64, E164_MIN = 8, E164_MAX = 15 };

struct calling {
    const char *country, *code, *trunk;
    size_t least, most;
};

static const struct calling calling[] = {
#define CALLING(country, code, trunk, least, most) {country, code, trunk, least, most},
#include "audit/calling_codes.def"
#undef CALLING
};

static const struct calling *calling_of(struct text country)
{
    for (size_t i = 0; i < COUNT(calling); i++)
        if (text_equal_nocase(country, text_from(calling[i].country)))
            return &calling[i];
    return NULL;
}

/* Digits up to an extension, without the zero in brackets that is not dialled from abroad. */
static size_t digits_of(struct text written, char out[WRITTEN_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < written.size && count < WRITTEN_MAX; i++) {
        if (isalpha((unsigned char)written.data[i]) || written.data[i] == '#')
            break;
        if (i + 2 < written.size && memcmp(written.data + i, "(0)", 3) == 0 && count > 0)
            i += 2;
        else if (isdigit((unsigned char)written.data[i]))
            out[count++] = written.data[i];
    }
    return count;
}

uint64_t phone_e164(struct text written, struct text country)
{
    char digits[WRITTEN_MAX], whole[WRITTEN_MAX + 4];
    const struct calling *c = calling_of(country);
    size_t count = digits_of(written, digits), size;
    const char *at = digits;

    if (written.size > 0 && written.data[0] == '+') {
        size = (size_t)snprintf(whole, sizeof(whole), "%.*s", (int)count, at);
    } else if (count > 2 && digits[0] == '0' && digits[1] == '0') {
        size = (size_t)snprintf(whole, sizeof(whole), "%.*s", (int)count - 2, at + 2);
    } else {
        size_t trunk = c == NULL ? 0 : strlen(c->trunk);
        if (c == NULL)
            return 0;
        if (trunk > 0 && count > trunk && memcmp(at, c->trunk, trunk) == 0) {
            at += trunk;
            count -= trunk;
        }
        if (count < c->least || count > c->most)
            return 0;
        size = (size_t)snprintf(whole, sizeof(whole), "%s%.*s", c->code, (int)count, at);
    }
    if (size < E164_MIN || size > E164_MAX || whole[0] == '0')
        return 0;
    return hash_bytes(whole, size, 3) | 1;
}
