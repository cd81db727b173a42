/* SPDX-License-Identifier: Apache-2.0 */
#include "explain/templates.h"

#include <assert.h>
#include <string.h>

enum { SHOWN_MAX = 40, TAG_PARTS_MAX = 8, WEIGHT_ONE = 1000 };

const struct reason_row reason_rows[REASON_FORM_COUNT] = {
#define REASON(name, kind, needs, may, english, when) {#name, #kind, needs, may, english, when},
#include "explain/reason.def"
#undef REASON
};

static const struct speech english = {.sentences = {
#define REASON(name, kind, needs, may, words, when) {words, sizeof(words) - 1},
#include "explain/reason.def"
#undef REASON
                                      }};

/* ---- placeholders ---- */

/* A piece of a template: text up to and including what ends it. */
struct piece {
    struct text literal;     /* what stands there */
    struct text placeholder; /* behind it, without braces; absent: none */
};

/* The next piece; false at the end, and, with `*wrong`, before a brace that has no partner. */
static bool piece_next(struct text *rest, struct piece *out, bool *wrong)
{
    size_t i = 0;

    *out = (struct piece){0};
    *wrong = false;
    if (rest->size == 0)
        return false;
    while (i < rest->size && rest->data[i] != '{' && rest->data[i] != '}')
        i++;
    bool twice = i + 1 < rest->size && rest->data[i] == rest->data[i + 1];
    out->literal = (struct text){rest->data, i + twice}; /* of two braces one is said */
    struct text behind = {rest->data + i, rest->size - i};
    if (twice || behind.size == 0) {
        *rest = (struct text){behind.data + 2 * twice, behind.size - 2 * twice};
        return true;
    }
    const char *end = behind.data[0] == '{' ? memchr(behind.data, '}', behind.size) : NULL;
    *wrong = end == NULL;
    if (*wrong)
        return false;
    out->placeholder = (struct text){behind.data + 1, (size_t)(end - behind.data) - 1};
    *rest = (struct text){end + 1, behind.size - out->placeholder.size - 2};
    return true;
}

static struct text value_of(const struct template_values *values, struct text placeholder)
{
    if (text_is(placeholder, "title"))
        return values->title;
    return text_is(placeholder, "category") ? values->category : values->list;
}

static char *put(char *at, struct text t)
{
    if (t.size > 0)
        memcpy(at, t.data, t.size);
    return at + t.size;
}

struct text template_fill(struct text sentence, const struct template_values *values,
                          struct arena *a)
{
    struct text rest = sentence;
    struct piece piece;
    size_t size = 1;
    bool wrong;

    while (piece_next(&rest, &piece, &wrong))
        size += piece.literal.size + value_of(values, piece.placeholder).size;
    char *data = arena_alloc(a, size), *end = data;
    for (rest = sentence; piece_next(&rest, &piece, &wrong);) {
        end = put(end, piece.literal);
        if (piece.placeholder.data != NULL)
            end = put(end, value_of(values, piece.placeholder));
    }
    *end = '\0';
    return (struct text){data, (size_t)(end - data)};
}

/* ---- reading the program ---- */

struct parsing {
    struct templates *out;
    struct arena *keep, *scratch;
    struct problems *problems;
};

static bool placeholder_known(const struct reason_row *row, struct text name)
{
    return name.size > 0 && (text_is(name, row->needs) || text_is(name, row->may));
}

/* "{title}", "no placeholder" */
static const char *placeholders_had(const struct parsing *p, const struct reason_row *row)
{
    const char *one = row->needs[0] != '\0' ? row->needs : row->may;

    return one[0] == '\0' ? "no placeholder" : arena_printf(p->scratch, "{%s}", one);
}

static bool placeholders_good(struct parsing *p, const struct yaml_node *n,
                              const struct reason_row *row, struct text template)
{
    struct text rest = template;
    struct piece piece;
    bool needed = row->needs[0] == '\0', wrong;

    while (piece_next(&rest, &piece, &wrong)) {
        struct text name = piece.placeholder;
        if (name.data == NULL)
            continue;
        if (!placeholder_known(row, name)) {
            problem_add(p->problems, p->scratch, n, "the reason '%s' has %s, not {%.*s}", row->name,
                        placeholders_had(p, row), (int)text_utf8_prefix(name, SHOWN_MAX).size,
                        name.data);
            return false;
        }
        needed = needed || text_is(name, row->needs);
    }
    if (wrong)
        problem_add(p->problems, p->scratch, n,
                    "a brace has no partner; write {{ or }} for a brace itself");
    else if (!needed)
        problem_add(p->problems, p->scratch, n,
                    "the reason '%s' must name its evidence: it lacks {%s}", row->name, row->needs);
    return !wrong && needed;
}

static bool has_control(struct text t)
{
    for (size_t i = 0; i < t.size; i++) {
        if ((unsigned char)t.data[i] < ' ' || t.data[i] == 127)
            return true;
    }
    return false;
}

/* "9.99", "9,99": a number with two decimals. */
static bool has_cents(struct text t)
{
    for (size_t i = 1; i + 2 < t.size; i++) {
        if ((t.data[i] == '.' || t.data[i] == ',') && char_is_digit(t.data[i - 1]) &&
            char_is_digit(t.data[i + 1]) && char_is_digit(t.data[i + 2]) &&
            (i + 3 == t.size || !char_is_digit(t.data[i + 3])))
            return true;
    }
    return false;
}

/* What looks like an amount of money: prices come from the catalog alone. */
static bool has_amount(struct text t)
{
    static const char *const signs[] = {
        "$", "\xE2\x82\xAC", "\xC2\xA3", "\xC2\xA5", "\xE2\x82\xB9", "EUR", "USD", "GBP", "CHF"};

    for (size_t i = 0; i < COUNT(signs); i++) {
        if (memmem(t.data, t.size, signs[i], strlen(signs[i])) != NULL)
            return true;
    }
    return has_cents(t);
}

static bool read_template(struct parsing *p, const struct yaml_node *n,
                          const struct reason_row *row, struct text *out)
{
    struct text t;

    if (!yaml_text(n, row->name, &t, p->scratch, p->problems))
        return false;
    t = text_trim(t);
    if (t.size == 0 || t.size > TEMPLATE_BYTES_MAX) {
        problem_add(p->problems, p->scratch, n, "a reason must have 1 to %d bytes, not %zu",
                    TEMPLATE_BYTES_MAX, t.size);
        return false;
    }
    if (has_control(t)) {
        problem_add(p->problems, p->scratch, n, "a reason is one line without control characters");
        return false;
    }
    if (has_amount(t)) {
        problem_add(p->problems, p->scratch, n,
                    "a reason states no amount of money: prices are the catalog's to say");
        return false;
    }
    if (!placeholders_good(p, n, row, t))
        return false;
    *out = arena_text(p->keep, t);
    return true;
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A language of two to eight letters, then parts of one to eight letters and digits. */
static bool language_good(struct text tag)
{
    struct text rest = tag;
    size_t parts = 0;

    if (tag.size == 0 || tag.size > LANGUAGE_BYTES_MAX)
        return false;
    for (; rest.data != NULL; parts++) {
        struct text part = text_cut(&rest, '-');
        if (part.size < (parts == 0 ? 2 : 1) || part.size > 8)
            return false;
        for (size_t i = 0; i < part.size; i++) {
            if (!letter(part.data[i]) && (parts == 0 || part.data[i] < '0' || part.data[i] > '9'))
                return false;
        }
    }
    return parts <= TAG_PARTS_MAX;
}

/* Without its last part; false when there is only one left. */
static bool shorten(struct text *tag)
{
    size_t at = tag->size;

    while (at > 0 && tag->data[at - 1] != '-')
        at--;
    if (at == 0)
        return false;
    tag->size = at - 1;
    if (tag->size >= 2 && tag->data[tag->size - 2] == '-')
        tag->size -= 2; /* nothing follows a part of one letter */
    return true;
}

static struct speech *speech_of(const struct templates *t, struct text language)
{
    for (size_t i = 0; i < t->count; i++) {
        struct text own = t->speeches[i].language;
        if (text_equal_nocase(own.data == NULL ? TEXT("en") : own, language))
            return &t->speeches[i];
    }
    return NULL;
}

static void read_language(struct parsing *p, const struct yaml_node *key,
                          const struct yaml_node *value, enum reason_form form)
{
    struct text shown = text_utf8_prefix(key->value, SHOWN_MAX);
    struct speech *speech = speech_of(p->out, key->value);

    if (!language_good(key->value)) {
        problem_add(p->problems, p->scratch, key,
                    "a language is a tag like de or de-AT, not '%.*s'", (int)shown.size,
                    shown.data);
        return;
    }
    if (speech == NULL && p->out->count == LANGUAGES_MAX) {
        problem_add(p->problems, p->scratch, key, "at most %d languages may be named",
                    LANGUAGES_MAX);
        return;
    }
    if (speech == NULL) {
        speech = &p->out->speeches[p->out->count++];
        speech->language = arena_text(p->keep, key->value);
    }
    if (speech->sentences[form].data != NULL)
        problem_add(p->problems, p->scratch, key, "the language '%.*s' stands twice",
                    (int)shown.size, shown.data);
    else
        (void)read_template(p, value, &reason_rows[form], &speech->sentences[form]);
}

static void read_reason(struct parsing *p, const struct yaml_node *key,
                        const struct yaml_node *value)
{
    const char *words[REASON_FORM_COUNT + 1] = {NULL};
    size_t form;

    for (size_t i = 0; i < REASON_FORM_COUNT; i++)
        words[i] = reason_rows[i].name;
    if (!yaml_word(key, "reason", words, &form, p->scratch, p->problems))
        return;
    if (value->kind != YAML_MAP) {
        problem_add(p->problems, p->scratch, value,
                    "the reason '%s' must be a map of languages and texts", words[form]);
        return;
    }
    for (size_t i = 0; i < value->count; i++)
        read_language(p, &value->keys[i], &value->items[i], (enum reason_form)form);
}

/* What a language lacks, from the nearest above it. */
static void fill_up(const struct templates *t, struct speech *speech)
{
    for (size_t form = 0; form < REASON_FORM_COUNT; form++) {
        struct text tag = speech->language, *own = &speech->sentences[form];
        while (own->data == NULL && tag.data != NULL && shorten(&tag)) {
            const struct speech *above = speech_of(t, tag);
            if (above != NULL)
                *own = above->sentences[form];
        }
        if (own->data == NULL)
            *own = t->speeches[0].sentences[form];
        if (own->data == NULL)
            *own = english.sentences[form];
    }
}

void templates_parse(const struct yaml_node *n, struct templates *out, struct arena *keep,
                     struct arena *scratch, struct problems *problems)
{
    struct parsing p = {out, keep, scratch, problems};

    if (n->kind != YAML_MAP) {
        problem_add(problems, scratch, n,
                    "reasons must be a map: viewed: {en: \"Because you viewed {title}\"}");
        return;
    }
    out->speeches = arena_array(keep, LANGUAGES_MAX, sizeof(*out->speeches));
    out->count = 1; /* English */
    for (size_t i = 0; i < n->count; i++)
        read_reason(&p, &n->keys[i], &n->items[i]);
    /* English last: the others look into it as the shop wrote it. */
    for (size_t i = out->count; i-- > 0;)
        fill_up(out, &out->speeches[i]);
}

/* ---- choosing ---- */

/* The weight of "de;q=0.8" in thousandths, and `range` without it. 0 for what is not wanted. */
static uint32_t weight_of(struct text *range)
{
    struct text rest = *range;
    double q = 1;

    *range = text_trim(text_cut(&rest, ';'));
    rest = text_trim(rest);
    if (rest.data == NULL)
        return WEIGHT_ONE;
    if (!text_starts(rest, "q=") ||
        !text_to_double((struct text){rest.data + 2, rest.size - 2}, &q) || q < 0 || q > 1)
        return 0;
    return (uint32_t)(q * WEIGHT_ONE);
}

/* The nearest language to a tag; NULL: none. */
static const struct speech *nearest(const struct templates *t, struct text tag)
{
    do {
        const struct speech *found = speech_of(t, tag);
        if (found != NULL)
            return found;
    } while (shorten(&tag));
    return NULL;
}

const struct speech *templates_choose(const struct templates *t, struct text wanted)
{
    const struct speech *best = NULL;
    uint32_t best_weight = 0;

    if (t->count == 0)
        return &english;
    for (size_t i = 0; i < LANGUAGES_WANTED_MAX && wanted.data != NULL; i++) {
        struct text tag = text_trim(text_cut(&wanted, ','));
        uint32_t weight = weight_of(&tag);
        if (weight <= best_weight || !language_good(tag))
            continue;
        const struct speech *found = nearest(t, tag);
        if (found == NULL)
            continue;
        best = found;
        best_weight = weight;
    }
    return best == NULL ? &t->speeches[0] : best;
}
