/* SPDX-License-Identifier: Apache-2.0 */
/* json_copy: free-form JSON (properties, traits, filters) into the journal: compact, bounded,
 * without e-mail addresses and phone numbers. Contract in shape.h. */
#include <string.h>

#include "base/json.h"
#include "ingest/person.h"
#include "ingest/shape.h"

struct copy {
    struct reader *r;
    const char *name;
    size_t keys;
    struct text key[INGEST_PROPERTIES_MAX]; /* raw, of the outermost object */
    bool email;                             /* what comes next is traits.email */
};

/* A string, with `kind` what its key says of it. Most are copied as they stand. */
static bool copy_string(struct copy *c, struct text raw, enum person_kind kind)
{
    struct reader *r = c->r;
    struct text value, clean;

    if (!tokens_text(raw, r->arena, &value))
        return refuse(r->why, "bad_text", c->name,
                      "%s holds a string with half a surrogate pair or a NUL", c->name);
    if (c->email)
        r->email = value;
    c->email = false;
    if (value.size > EVENT_TEXT_MAX)
        return refuse(r->why, "too_long", c->name, "a string in %s has %zu bytes; %d are allowed",
                      c->name, value.size, EVENT_TEXT_MAX);
    clean = kind != PERSON_NONE && value.size > 0
                ? person_hash(kind, value, r->context->person_key, r->arena)
                : person_replace_url(person_replace(value, r->context->person_key, r->arena),
                                     r->context->person_key, r->arena);
    if (clean.data == value.data) {
        buffer_add_text(&r->scratch, raw);
        return true;
    }
    struct json out = json_to(&r->scratch);
    json_text(&out, clean);
    return true;
}

static bool copy_value(struct copy *c, int depth, enum person_kind kind);

static bool check_key(struct copy *c, struct text raw_key, int members)
{
    struct reader *r = c->r;

    if (members > INGEST_PROPERTIES_MAX)
        return refuse(r->why, "too_many", c->name, "%s has more than %d members", c->name,
                      INGEST_PROPERTIES_MAX);
    for (size_t i = 0; i < c->keys; i++)
        if (text_equal(c->key[i], raw_key))
            return refuse(r->why, "too_many", c->name, "%s has the key %.*s twice", c->name,
                          (int)(raw_key.size < 40 ? raw_key.size : 40), raw_key.data);
    c->key[c->keys++] = raw_key;
    return true;
}

static bool copy_object(struct copy *c, int depth)
{
    struct reader *r = c->r;
    bool outermost = r->scratch.size == 0;
    size_t members = 0;
    struct text raw_key;

    (void)tokens_take(&r->tokens, '{'); /* the caller looked */
    buffer_add_char(&r->scratch, '{');
    while (tokens_member(&r->tokens, &members, &raw_key)) {
        struct text key = {raw_key.data + 1, raw_key.size - 2};

        if (outermost && !check_key(c, raw_key, (int)members))
            return false;
        if (members > 1)
            buffer_add_char(&r->scratch, ',');
        if (!copy_string(c, raw_key, PERSON_NONE))
            return false;
        buffer_add_char(&r->scratch, ':');
        c->email = outermost && text_is(key, "email") && strcmp(c->name, "traits") == 0 &&
                   tokens_peek(&r->tokens) == '"';
        if (!copy_value(c, depth + 1, person_key_kind(key)))
            return false;
    }
    buffer_add_char(&r->scratch, '}');
    return r->tokens.fault == NULL;
}

static bool copy_array(struct copy *c, int depth, enum person_kind kind)
{
    struct reader *r = c->r;
    size_t elements = 0;

    (void)tokens_take(&r->tokens, '['); /* the caller looked */
    buffer_add_char(&r->scratch, '[');
    while (tokens_element(&r->tokens, &elements)) {
        if (elements > 1)
            buffer_add_char(&r->scratch, ',');
        if (!copy_value(c, depth + 1, kind))
            return false;
    }
    buffer_add_char(&r->scratch, ']');
    return r->tokens.fault == NULL;
}

/* Recursion is bounded by INGEST_DEPTH_MAX. */
static bool copy_value(struct copy *c, int depth, enum person_kind kind)
{
    struct reader *r = c->r;
    char first = tokens_peek(&r->tokens);
    struct text raw;

    if (first == '{' || first == '[') {
        if (depth > INGEST_DEPTH_MAX)
            return refuse(r->why, "too_deep", c->name, "%s is nested more than %d levels deep",
                          c->name, INGEST_DEPTH_MAX);
        return first == '{' ? copy_object(c, depth) : copy_array(c, depth, kind);
    }
    if (!tokens_scalar(&r->tokens, &raw))
        return false;
    if (first == '"')
        return copy_string(c, raw, kind);
    if (kind == PERSON_PHONE && first != 'n' && first != 't' && first != 'f') {
        struct json out = json_to(&r->scratch); /* a number given as a number */
        json_text(&out, person_hash(kind, raw, r->context->person_key, r->arena));
        return true;
    }
    buffer_add_text(&r->scratch, raw);
    return true;
}

bool shape_json(struct reader *r, const char *name, int depth, struct text *out)
{
    struct copy c = {.r = r, .name = name};

    buffer_clear(&r->scratch);
    if (!copy_value(&c, depth, PERSON_NONE))
        return false;
    *out = arena_text(r->arena, buffer_text(&r->scratch));
    return true;
}
