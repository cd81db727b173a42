/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/person.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "ingest/normal.h"

enum { LOCAL_MAX = 128, PHONE_DIGITS_MIN = 8, PHONE_DIGITS_MAX = 15 };

struct span {
    size_t start, end;
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_local(char c)
{
    return is_letter(c) || char_is_digit(c) || (c & 0x80) != 0 ||
           (c != '\0' && strchr("._%+-'!*~^", c));
}

static bool is_domain(char c)
{
    return is_letter(c) || char_is_digit(c) || (c & 0x80) != 0 || c == '.' || c == '-';
}

static const struct {
    const char *name;
    enum person_kind kind;
} person_keys[] = {
    {"email", PERSON_EMAIL},        {"e_mail", PERSON_EMAIL},        {"e-mail", PERSON_EMAIL},
    {"mail", PERSON_EMAIL},         {"email_address", PERSON_EMAIL}, {"emailaddress", PERSON_EMAIL},
    {"phone", PERSON_PHONE},        {"phone_number", PERSON_PHONE},  {"phonenumber", PERSON_PHONE},
    {"telephone", PERSON_PHONE},    {"tel", PERSON_PHONE},           {"mobile", PERSON_PHONE},
    {"mobile_phone", PERSON_PHONE},
};

enum person_kind person_key_kind(struct text key)
{
    if (key.size < 3 || key.size > 13)
        return PERSON_NONE;
    for (size_t i = 0; i < COUNT(person_keys); i++)
        if (text_equal_nocase(key, text_from(person_keys[i].name)))
            return person_keys[i].kind;
    return PERSON_NONE;
}

/* Where an '@' stands from `from` on, plain or as %40 or \u0040; `*width` is its length. */
static size_t find_at(struct text t, size_t from, size_t *width)
{
    for (size_t i = from; i < t.size; i++)
        if ((*width = normal_at_width((struct text){t.data + i, t.size - i})) > 0)
            return i;
    return t.size;
}

/* The first address at or behind `from`. */
static bool find_email(struct text t, size_t from, struct span *out)
{
    size_t width = 0;

    for (size_t at = find_at(t, from, &width); at < t.size; at = find_at(t, at + width, &width)) {
        struct span s = {at, at + width};
        size_t letters = 0, dot = 0;

        while (s.start > from && at - s.start < LOCAL_MAX && is_local(t.data[s.start - 1]))
            s.start--;
        while (s.end < t.size && is_domain(t.data[s.end]))
            s.end++;
        while (s.end > at + width && (t.data[s.end - 1] == '.' || t.data[s.end - 1] == '-'))
            s.end--;
        for (size_t i = at + width; i < s.end; i++) {
            letters = t.data[i] == '.' ? 0 : letters + 1;
            if (t.data[i] == '.')
                dot = i;
        }
        if (s.start < at && dot > at + width && letters >= 2) {
            *out = s;
            return true;
        }
    }
    return false;
}

/* The length of a phone number that begins at `start` with '+'; 0 when there is none. */
static size_t phone_length(struct text t, size_t start)
{
    size_t digits = 0, end = start + 1;

    for (size_t i = start + 1; i < t.size; i++) {
        if (char_is_digit(t.data[i])) {
            digits++;
            end = i + 1;
        } else if (t.data[i] == '\0' || strchr(" -()./", t.data[i]) == NULL) {
            break;
        }
    }
    return digits >= PHONE_DIGITS_MIN && digits <= PHONE_DIGITS_MAX ? end - start : 0;
}

static bool is_phone(struct text t)
{
    t = text_trim(t);
    return t.size > 0 && t.data[0] == '+' && phone_length(t, 0) == t.size;
}

/* A replacement that comes back, from an export or a refused item tried again. */
static bool is_hash(struct text t)
{
    uint8_t hash[PERSON_HASH_BYTES];

    if (text_is(t, "email:nobody") || text_is(t, "phone:nobody"))
        return true;
    return (text_starts(t, "email:") || text_starts(t, "phone:")) &&
           text_from_hex((struct text){t.data + 6, t.size - 6}, hash, sizeof(hash));
}

/* Not seen, or no part of one line: controls, spaces but the plain one, marks of direction, tags and joiners
 * (Unicode 15.1, general categories C and Z, without what is unassigned). */
static bool is_unseen(uint32_t c)
{
    static const uint32_t ranges[][2] = {
        {0x00, 0x20},       {0x7f, 0xa0},     {0xad, 0xad},       {0x600, 0x605},
        {0x61c, 0x61c},     {0x6dd, 0x6dd},   {0x70f, 0x70f},     {0x890, 0x891},
        {0x8e2, 0x8e2},     {0x1680, 0x1680}, {0x180e, 0x180e},   {0x2000, 0x200f},
        {0x2028, 0x202f},   {0x205f, 0x206f}, {0x3000, 0x3000},   {0xd800, 0xf8ff},
        {0xfeff, 0xfeff},   {0xfff0, 0xfffb}, {0x13430, 0x1343f}, {0x1d173, 0x1d17a},
        {0xe0000, 0x10ffff}};

    for (size_t i = 0; i < COUNT(ranges); i++)
        if (c >= ranges[i][0] && c <= ranges[i][1])
            return true;
    return false;
}

/* `t` is UTF-8. */
static bool is_seen(struct text t)
{
    for (size_t i = 0; i < t.size;) {
        bool ascii = (t.data[i] & 0x80) == 0;
        size_t size = ascii ? 1 : text_utf8_sequence(t.data + i, t.size - i);
        if (size == 0)
            return false;
        uint32_t c = (uint8_t)t.data[i];
        if (!ascii)
            c &= 0x7fU >> size;
        for (size_t k = 1; k < size; k++)
            c = c << 6 | ((uint8_t)t.data[i + k] & 0x3f);
        if (is_unseen(c))
            return false;
        i += size;
    }
    return true;
}

/* Labels of letters, digits and hyphens inside, as a mail server is found by (RFC 5321, 2.3.5). */
static bool is_host(struct text domain)
{
    enum { LABEL_MAX = 63, HOST_MAX = 253 };

    if (domain.size > HOST_MAX)
        return false;
    for (size_t i = 0; i < domain.size; i++)
        if (!is_domain(domain.data[i]) || (domain.data[i] & 0x80) != 0)
            return false;
    for (struct text rest = domain; rest.data != NULL;) {
        struct text label = text_cut(&rest, '.');
        if (label.size == 0 || label.size > LABEL_MAX || label.data[0] == '-' ||
            label.data[label.size - 1] == '-')
            return false;
    }
    return true;
}

/* Dots stand between two others (RFC 5321, 4.1.2: a dot-string). */
static bool is_box(struct text local)
{
    for (size_t i = 0; i < local.size; i++)
        if (local.data[i] == '.' && (i == 0 || i + 1 == local.size || local.data[i + 1] == '.'))
            return false;
    return local.size > 0;
}

bool person_is_email(struct text value)
{
    char normal[NORMAL_MAX];
    struct span s;
    size_t width = 0, more = 0;

    value = text_trim(value);
    size_t at = find_at(value, 0, &width);
    if (width != 1 || find_at(value, at + 1, &more) < value.size || !is_seen(value) ||
        !find_email(value, 0, &s) || s.start != 0 || s.end != value.size)
        return false;
    struct text rest = {normal, normal_of(PERSON_EMAIL, value, normal)};
    if (normal_is_nobody(PERSON_EMAIL, rest))
        return false;
    struct text local = text_cut(&rest, '@');
    return is_box(local) && is_host(rest);
}

bool person_email_bytes(struct text replacement, uint8_t out[PERSON_HASH_BYTES])
{
    uint8_t hash[PERSON_HASH_BYTES];

    if (!text_starts(replacement, "email:") ||
        !text_from_hex((struct text){replacement.data + 6, replacement.size - 6}, hash,
                       sizeof(hash)))
        return false;
    memcpy(out, hash, sizeof(hash));
    return true;
}

struct text person_hash(enum person_kind kind, struct text value, const uint8_t key[32],
                        struct arena *a)
{
    static const char *const prefixes[] = {"", "email:", "phone:"};
    char normal[NORMAL_MAX];
    uint8_t hash[crypto_auth_hmacsha256_BYTES];
    char hex[2 * PERSON_HASH_BYTES + 1];
    crypto_auth_hmacsha256_state state;
    size_t size = normal_of(kind, value, normal);

    assert(kind != PERSON_NONE);
    if (is_hash(value))
        return value;
    if (normal_is_nobody(kind, (struct text){normal, size}))
        return kind == PERSON_EMAIL ? TEXT("email:nobody") : TEXT("phone:nobody");
    (void)crypto_auth_hmacsha256_init(&state, key, 32); /* these three always return 0 */
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)prefixes[kind], 6);
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)normal, size);
    (void)crypto_auth_hmacsha256_final(&state, hash);
    (void)sodium_bin2hex(hex, sizeof(hex), hash, PERSON_HASH_BYTES); /* returns hex */
    return text_from(arena_printf(a, "%s%s", prefixes[kind], hex));
}

/* The first number at or behind `from` that begins with a '+' of its own: not "1+1" or "C++". */
static bool find_phone(struct text t, size_t from, struct span *out)
{
    for (size_t i = from; i < t.size; i++) {
        const char *plus = memchr(t.data + i, '+', t.size - i);

        if (plus == NULL)
            return false;
        i = (size_t)(plus - t.data);
        char before = i > 0 ? t.data[i - 1] : ' ';
        size_t length = phone_length(t, i);
        if (length > 0 && !is_letter(before) && !char_is_digit(before) && before != '+') {
            *out = (struct span){i, i + length};
            return true;
        }
    }
    return false;
}

static enum person_kind find_person(struct text t, size_t from, struct span *out)
{
    struct span email, phone;
    bool has_email = find_email(t, from, &email), has_phone = find_phone(t, from, &phone);

    if (has_email && (!has_phone || email.start <= phone.start)) {
        *out = email;
        return PERSON_EMAIL;
    }
    if (has_phone)
        *out = phone;
    return has_phone ? PERSON_PHONE : PERSON_NONE;
}

static struct text replace_all(struct text value, const uint8_t key[32], struct arena *a)
{
    SCOPED(buffer_free) struct buffer out = {0};
    struct span s;
    size_t done = 0;
    enum person_kind kind = find_person(value, 0, &s);

    if (kind == PERSON_NONE)
        return value;
    for (; kind != PERSON_NONE; kind = find_person(value, done, &s)) {
        struct text found = {value.data + s.start, s.end - s.start};

        buffer_add(&out, value.data + done, s.start - done);
        buffer_add_text(&out, person_hash(kind, found, key, a));
        done = s.end;
    }
    buffer_add(&out, value.data + done, value.size - done);
    return arena_text(a, buffer_text(&out));
}

struct text person_replace(struct text value, const uint8_t key[32], struct arena *a)
{
    if (value.size == 0)
        return value;
    if ((value.data[0] == '+' || value.data[0] == ' ') && is_phone(value))
        return person_hash(PERSON_PHONE, value, key, a);
    if (memchr(value.data, '@', value.size) == NULL && memchr(value.data, '+', value.size) == NULL)
        return value;
    return replace_all(value, key, a);
}

static struct text percent_decode(struct text t, struct arena *a)
{
    char *bytes;
    size_t size = 0;

    if (t.size == 0 || memchr(t.data, '%', t.size) == NULL)
        return t;
    bytes = arena_alloc(a, t.size);
    for (size_t i = 0; i < t.size; i++) {
        uint8_t byte = 0;

        if (t.data[i] == '%' && t.size - i >= 3 &&
            text_from_hex((struct text){t.data + i + 1, 2}, &byte, 1)) {
            bytes[size++] = (char)byte;
            i += 2;
        } else {
            bytes[size++] = t.data[i];
        }
    }
    return (struct text){bytes, size};
}

/* One "name=value" of a query, without what it says of a person. */
static struct text replace_pair(struct text pair, const uint8_t key[32], struct arena *a)
{
    struct text value = pair;
    struct text name = text_cut(&value, '=');
    enum person_kind kind = person_key_kind(name);

    if (value.data == NULL || value.size == 0)
        return pair;
    struct text decoded = percent_decode(value, a);
    struct text clean =
        kind != PERSON_NONE ? person_hash(kind, decoded, key, a) : person_replace(decoded, key, a);
    if (clean.data == decoded.data)
        return pair;
    return text_from(
        arena_printf(a, "%.*s=%.*s", (int)name.size, name.data, (int)clean.size, clean.data));
}

/* Does any pair of the query say something of a person? */
static bool query_tells(struct text query, const uint8_t key[32], struct arena *a)
{
    while (query.data != NULL) {
        struct text pair = text_cut(&query, '&');

        if (replace_pair(pair, key, a).data != pair.data)
            return true;
    }
    return false;
}

struct text person_replace_url(struct text url, const uint8_t key[32], struct arena *a)
{
    struct text query = url;
    struct text front = text_cut(&query, '?');
    struct text decoded = percent_decode(front, a);
    struct text clean = person_replace(decoded, key, a);
    SCOPED(buffer_free) struct buffer out = {0};

    if (clean.data == decoded.data)
        clean = front;
    if (clean.data == front.data && !query_tells(query, key, a))
        return url;
    buffer_add_text(&out, clean);
    for (char between = '?'; query.data != NULL; between = '&') {
        buffer_add_char(&out, between);
        buffer_add_text(&out, replace_pair(text_cut(&query, '&'), key, a));
    }
    return arena_text(a, buffer_text(&out));
}

/* Behind the string whose opening quote is at `at`, or the end. */
static size_t string_end(struct text t, size_t at)
{
    for (at++; at < t.size && t.data[at] != '"'; at++)
        at += t.data[at] == '\\';
    return at < t.size ? at + 1 : t.size;
}

/* Behind the JSON value at `at`: a string, what brackets hold, or what stands before the next comma. */
static size_t value_end(struct text t, size_t at)
{
    size_t depth = 0;

    while (at < t.size) {
        char c = t.data[at];

        if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            return at;
        at = c == '"' ? string_end(t, at) : at + 1;
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        if (depth == 0 && (c == '"' || c == '}' || c == ']'))
            return at;
    }
    return t.size;
}

/* What a person is called and where they live, among traits. */
static bool is_personal_key(struct text key)
{
    static const char *const names[] = {
        "name",     "first_name", "firstname",     "last_name", "lastname", "full_name",
        "fullname", "given_name", "family_name",   "surname",   "username", "nickname",
        "address",  "addresses",  "address1",      "address2",  "street",   "billing_address",
        "birthday", "birthdate",  "date_of_birth", "dob",       "avatar",   "shipping_address",
    };

    for (size_t i = 0; i < COUNT(names); i++)
        if (text_equal_nocase(key, text_from(names[i])))
            return true;
    return false;
}

/* The key whose opening quote is at `at`, and where its value begins; false when the bytes are none. Looks no
 * further than the next quote, so that reading on from any byte stays linear. */
static bool key_at(struct text t, size_t at, struct text *key, size_t *value)
{
    const char *end = memchr(t.data + at + 1, '"', t.size - at - 1);

    if (end == NULL)
        return false;
    *key = (struct text){t.data + at + 1, (size_t)(end - t.data) - at - 1};
    at = (size_t)(end - t.data) + 1;
    while (at < t.size && t.data[at] == ' ')
        at++;
    if (at >= t.size || t.data[at] != ':')
        return false;
    for (at++; at < t.size && t.data[at] == ' ';)
        at++;
    *value = at;
    return at < t.size;
}

static bool is_scalar(char first)
{
    return first == '"' || char_is_digit(first) || first == '-';
}

/* What is being redacted. */
struct redaction {
    struct text raw;
    const uint8_t *key;
    struct arena *arena;
    struct buffer *out;
    size_t traits_end; /* behind the traits that are being read; 0: none are */
};

static void redact_value(struct redaction *r, enum person_kind kind, struct text value)
{
    bool quoted = value.data[0] == '"';
    bool closed = quoted && value.size > 1 && value.data[value.size - 1] == '"';
    struct text inside = {value.data + quoted, value.size - quoted - closed};

    buffer_add_char(r->out, '"');
    buffer_add_text(r->out, person_hash(kind, inside, r->key, r->arena));
    if (closed || !quoted)
        buffer_add_char(r->out, '"');
}

/* The value of a member that says who somebody is; returns where to go on, `at` when it says nothing. */
static size_t redact_member(struct redaction *r, size_t at)
{
    struct text key, raw = r->raw;
    size_t value, end;

    if (!key_at(raw, at, &key, &value))
        return at;
    enum person_kind kind = person_key_kind(key);
    bool personal = at < r->traits_end && is_personal_key(key);
    if (text_is(key, "traits") && at >= r->traits_end)
        r->traits_end = value_end(raw, value);
    if (!personal && (kind == PERSON_NONE || !is_scalar(raw.data[value])))
        return at;
    end = value_end(raw, value);
    buffer_add(r->out, raw.data + at, value - at);
    if (personal)
        buffer_add_string(r->out, "\"[redacted]\"");
    else
        redact_value(r, kind, (struct text){raw.data + value, end - value});
    return end;
}

void person_redact(struct text raw, const uint8_t key[32], struct buffer *out)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct redaction r = {.raw = raw, .key = key, .arena = &a, .out = out};
    struct span email = {0};
    bool more = find_email(raw, 0, &email);

    for (size_t i = 0; i < raw.size;) {
        size_t phone = raw.data[i] == '+' ? phone_length(raw, i) : 0;
        size_t member = raw.data[i] == '"' ? redact_member(&r, i) : i;

        if (more && email.start < i)
            more = find_email(raw, i, &email);
        if (member > i) {
            i = member;
        } else if (more && i == email.start) {
            struct text found = {raw.data + i, email.end - i};
            buffer_add_text(out, person_hash(PERSON_EMAIL, found, key, &a));
            i = email.end;
        } else if (phone > 0) {
            buffer_add_text(out,
                            person_hash(PERSON_PHONE, (struct text){raw.data + i, phone}, key, &a));
            i += phone;
        } else {
            buffer_add_char(out, raw.data[i++]);
        }
    }
}

struct text person_find_hash(struct text bytes, size_t *from)
{
    enum { SIZE = 6 + 2 * PERSON_HASH_BYTES };
    uint8_t hash[PERSON_HASH_BYTES];

    for (size_t i = *from; bytes.size - i >= SIZE && i < bytes.size; i++) {
        struct text t = {bytes.data + i, SIZE};
        if ((t.data[0] == 'e' || t.data[0] == 'p') &&
            (text_starts(t, "email:") || text_starts(t, "phone:")) &&
            text_from_hex((struct text){t.data + 6, SIZE - 6}, hash, sizeof(hash))) {
            *from = i + SIZE;
            return t;
        }
    }
    *from = bytes.size;
    return (struct text){0};
}
