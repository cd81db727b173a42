/* SPDX-License-Identifier: Apache-2.0 */
/* identifiers: what an event says of who it was. */
#include <string.h>

#include "base/hash.h"
#include "identity/graph.h"
#include "identity/traits.h"

enum { ID_SIZE_MAX = UINT8_MAX, NOBODY_SIZE = 16 };

static const char *const words[IDENTIFIER_KINDS] = {"customer", "email", "phone", "visitor"};

const char *identifier_word(enum identifier_kind kind)
{
    return words[kind];
}

bool identifier_kind_find(struct text word, enum identifier_kind *out)
{
    for (int i = 0; i < IDENTIFIER_KINDS; i++)
        if (text_is(word, words[i])) {
            *out = (enum identifier_kind)i;
            return true;
        }
    return false;
}

/* Zeros and dashes alone, in braces or not: "0", "-", the UUID of zeros. */
static bool is_blank_number(struct text id)
{
    size_t i = 0;

    if (id.size > 2 && id.data[0] == '{' && id.data[id.size - 1] == '}')
        id = (struct text){id.data + 1, id.size - 2};
    while (i < id.size && (id.data[i] == '0' || id.data[i] == '-'))
        i++;
    return i == id.size;
}

/* One digit ten times or more. A customer's number that is given in turn, or at random, may be 1111; to come
 * to be 1111111111 in turn it takes a thousand million customers, and nine of 10^10 at random are so. */
static bool is_one_digit(struct text id)
{
    enum { DIGITS = 10 };
    size_t i = 0;

    if (id.size < DIGITS || !char_is_digit(id.data[0]))
        return false;
    while (i < id.size && id.data[i] == id.data[0])
        i++;
    return i == id.size;
}

bool identifier_blocked(struct text id)
{
    static const char nobody[][NOBODY_SIZE] = {
        "null",        "undefined",       "none",      "n/a",   "na",         "nan",
        "nil",         "unknown",         "anonymous", "guest", "-1",         "invalid",
        "(not set)",   "[object object]", "false",     "true",  "[redacted]", "email:nobody",
        "phone:nobody"};

    id = text_trim(id);
    if (id.size == 0 || id.size > ID_SIZE_MAX || is_blank_number(id) || is_one_digit(id))
        return true;
    for (size_t i = 0; id.size < NOBODY_SIZE && i < COUNT(nobody); i++)
        if (nobody[i][id.size] == '\0' && char_lower(id.data[0]) == nobody[i][0] &&
            text_equal_nocase(id, text_from(nobody[i])))
            return true;
    return text_starts(id, "test@");
}

uint64_t identifier_hash(enum identifier_kind kind, struct text id)
{
    return hash_text(id, 0x1DE0 + (uint64_t)kind);
}

void identity_event_of(const struct event *e, struct identity_event *out)
{
    bool ours = (e->flags & EVENT_VERIFIED) != 0;
    int count = 0;

    memset(out, 0, sizeof(*out));
    out->time_ms = e->time_ms;
    out->ids[IDENTIFIER_VISITOR] = e->anonymous_id;
    if ((e->flags & EVENT_USER_VERIFIED) != 0)
        out->ids[IDENTIFIER_CUSTOMER] = e->user_id;
    if (ours && e->traits.size > 0)
        traits_read(e->traits, &out->ids[IDENTIFIER_EMAIL], &out->ids[IDENTIFIER_PHONE]);
    for (int kind = 0; kind < IDENTIFIER_KINDS; kind++) {
        if (identifier_blocked(out->ids[kind])) {
            out->ids[kind] = (struct text){0};
            continue;
        }
        out->hashes[kind] = identifier_hash((enum identifier_kind)kind, out->ids[kind]);
        count++;
    }
    out->links = count > 1 && (e->flags & EVENT_ANALYTICS_REFUSED) == 0;
}
