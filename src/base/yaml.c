/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/intern.h"

enum {
    SCALAR_MAX = 64 * 1024,
    DEPTH_MAX = 32,
    NODES_MAX = 100000,
    PROBLEMS_MAX = 100,
    SHOWN_MAX = 40,    /* bytes of a wrong value that a message repeats */
    COMPARED_MAX = 64, /* longest key looked at for "did you mean" */
    SMALL_MAP = 16,
};

static void problem_put(struct problems *list, struct arena *a, int line, int column,
                        const char *message)
{
    list->count++;
    if (list->count > PROBLEMS_MAX)
        return;
    struct problem *p = arena_alloc(a, sizeof(*p));
    *p = (struct problem){line, column, message, NULL};
    if (list->last != NULL)
        list->last->next = p;
    else
        list->first = p;
    list->last = p;
}

void problem_add(struct problems *list, struct arena *a, const struct yaml_node *where,
                 const char *format, ...)
{
    char message[sizeof((struct error){0}.message)];
    va_list args;

    va_start(args, format);
    int length = vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    assert(length >= 0);
    struct text whole = text_utf8_prefix(text_from(message), sizeof(message) - 4);
    problem_put(list, a, where->line, where->column, arena_text(a, whole).data);
}

void problems_json(const struct problems *list, const char *key, struct json *j)
{
    json_key(j, key);
    json_array_begin(j);
    for (const struct problem *p = list->first; p != NULL; p = p->next) {
        json_object_begin(j);
        json_key_i64(j, "line", p->line);
        json_key_i64(j, "column", p->column);
        json_key_string(j, "message", p->message);
        json_object_end(j);
    }
    json_array_end(j);
}

/* One document being read. */
struct parse {
    yaml_parser_t parser;
    yaml_event_t event; /* the current one; deleted before the next */
    bool has_event;
    struct arena *arena;
    struct problems *problems;
    size_t nodes;
    int depth;
};

static void parse_close(struct parse *p)
{
    if (p->has_event)
        yaml_event_delete(&p->event);
    yaml_parser_delete(&p->parser);
}

/* False, with a problem, for what libyaml refuses. */
static bool next(struct parse *p)
{
    if (p->has_event)
        yaml_event_delete(&p->event);
    p->has_event = yaml_parser_parse(&p->parser, &p->event) != 0;
    if (p->has_event)
        return true;
    const yaml_mark_t *mark = &p->parser.problem_mark;
    const struct yaml_node where = {.line = (int)mark->line + 1, .column = (int)mark->column + 1};
    const char *what = p->parser.problem != NULL ? p->parser.problem : "this cannot be read";
    if (p->parser.context != NULL)
        problem_add(p->problems, p->arena, &where, "%s: %s", p->parser.context, what);
    else
        problem_add(p->problems, p->arena, &where, "%s", what);
    return false;
}

static bool refuse(struct parse *p, const struct yaml_node *where, const char *message)
{
    problem_add(p->problems, p->arena, where, "%s", message);
    return false;
}

/* Items of a list or map while their number is not known yet. */
struct link {
    struct yaml_node key, value;
    struct link *next;
};

static bool read_node(struct parse *p, struct yaml_node *out);

static bool is_absent(const struct yaml_node *n)
{
    return !n->quoted &&
           (n->value.size == 0 || text_is(n->value, "~") || text_is(n->value, "null"));
}

static bool read_scalar(struct parse *p, struct yaml_node *out)
{
    struct text value = {(const char *)p->event.data.scalar.value, p->event.data.scalar.length};

    out->kind = YAML_SCALAR;
    out->quoted = p->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    out->many_lines = p->event.end_mark.line != p->event.start_mark.line;
    if (value.size > SCALAR_MAX)
        return refuse(p, out, "a value may have 65536 bytes at most");
    if (!text_utf8_valid(value))
        return refuse(p, out, "a value must be UTF-8 without zero bytes");
    out->value = arena_text(p->arena, value);
    if (is_absent(out))
        out->value = (struct text){NULL, 0};
    return true;
}

static bool read_key(struct parse *p, struct yaml_node *out)
{
    if (p->event.type == YAML_SEQUENCE_START_EVENT || p->event.type == YAML_MAPPING_START_EVENT) {
        const struct yaml_node where = {.line = (int)p->event.start_mark.line + 1,
                                        .column = (int)p->event.start_mark.column + 1};
        return refuse(p, &where, "a key must be a word, not a list or a map");
    }
    if (!read_node(p, out))
        return false;
    if (out->value.data == NULL)
        return refuse(p, out, "a key is missing here");
    return true;
}

/* Both lists and maps: what stands between the start event and the end event. */
static bool read_items(struct parse *p, bool map, struct yaml_node *out)
{
    yaml_event_type_t end = map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
    struct link *first = NULL, **last = &first;

    if (++p->depth > DEPTH_MAX)
        return refuse(p, out, "there may be 32 levels at most");
    if (!next(p))
        return false;
    for (; p->event.type != end; out->count++) {
        struct link *link = arena_alloc(p->arena, sizeof(*link));
        if (map && (!read_key(p, &link->key) || !next(p)))
            return false;
        if (!read_node(p, &link->value) || !next(p))
            return false;
        *last = link;
        last = &link->next;
    }
    p->depth--;

    out->items = arena_array(p->arena, out->count, sizeof(*out->items));
    if (map)
        out->keys = arena_array(p->arena, out->count, sizeof(*out->keys));
    for (size_t i = 0; i < out->count; i++, first = first->next) {
        out->items[i] = first->value;
        if (map)
            out->keys[i] = first->key;
    }
    return true;
}

static void note_twice(struct parse *p, const struct yaml_node *again,
                       const struct yaml_node *before)
{
    struct text key = text_utf8_prefix(again->value, SHOWN_MAX);

    problem_add(p->problems, p->arena, again, "'%.*s' stands twice here, first in line %d",
                (int)key.size, key.data, before->line);
}

static void check_twice(struct parse *p, const struct yaml_node *map)
{
    SCOPED(intern_free) struct intern seen = {0};
    /* The key of every number; only for maps too large to compare each with each. */
    bool small = map->count <= SMALL_MAP;
    uint32_t *first = small ? NULL : arena_array(p->arena, map->count, sizeof(*first));

    for (size_t i = 0; i < map->count; i++) {
        if (small) {
            for (size_t k = 0; k < i; k++) {
                if (text_equal(map->keys[i].value, map->keys[k].value)) {
                    note_twice(p, &map->keys[i], &map->keys[k]);
                    break;
                }
            }
            continue;
        }
        uint32_t known = seen.count, number = intern_add(&seen, map->keys[i].value);
        if (number == known)
            first[number] = (uint32_t)i;
        else
            note_twice(p, &map->keys[i], &map->keys[first[number]]);
    }
}

/* The node that the current event starts; the current event is then its last. */
static bool read_node(struct parse *p, struct yaml_node *out)
{
    const yaml_event_t *e = &p->event;
    bool marked = false;

    *out = (struct yaml_node){.line = (int)e->start_mark.line + 1,
                              .column = (int)e->start_mark.column + 1};
    if (++p->nodes > NODES_MAX)
        return refuse(p, out, "there may be 100000 values at most");
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        marked = e->data.scalar.anchor != NULL || e->data.scalar.tag != NULL;
        return marked ? refuse(p, out, "anchors (&) and tags (!) are not allowed")
                      : read_scalar(p, out);
    case YAML_SEQUENCE_START_EVENT:
        marked = e->data.sequence_start.anchor != NULL || e->data.sequence_start.tag != NULL;
        out->kind = YAML_LIST;
        return marked ? refuse(p, out, "anchors (&) and tags (!) are not allowed")
                      : read_items(p, false, out);
    case YAML_MAPPING_START_EVENT:
        marked = e->data.mapping_start.anchor != NULL || e->data.mapping_start.tag != NULL;
        out->kind = YAML_MAP;
        if (marked)
            return refuse(p, out, "anchors (&) and tags (!) are not allowed");
        if (!read_items(p, true, out))
            return false;
        check_twice(p, out);
        return true;
    case YAML_ALIAS_EVENT: return refuse(p, out, "aliases (*) are not allowed; write it out");
    default: return refuse(p, out, "something else than a value stands here");
    }
}

static bool read_document(struct parse *p, struct yaml_node *out)
{
    if (!next(p) || !next(p)) /* the stream's start, then the document's */
        return false;
    if (p->event.type == YAML_STREAM_END_EVENT) {
        *out = (struct yaml_node){.kind = YAML_MAP, .line = 1, .column = 1};
        return true;
    }
    if (!next(p) || !read_node(p, out) || !next(p) || !next(p)) /* its end, then the stream's */
        return false;
    /* Only comments, or only "---": nothing was said. */
    if (out->kind == YAML_SCALAR && out->value.data == NULL)
        out->kind = YAML_MAP;
    if (p->event.type == YAML_STREAM_END_EVENT)
        return true;
    const struct yaml_node where = {.line = (int)p->event.start_mark.line + 1,
                                    .column = (int)p->event.start_mark.column + 1};
    return refuse(p, &where, "only one document may stand in a file");
}

/* libyaml tells no line for bytes that it cannot read. */
static bool check_bytes(struct text document, struct arena *a, struct problems *problems)
{
    int line = 1;

    if (text_utf8_valid(document))
        return true;
    while (text_utf8_valid(text_cut(&document, '\n')))
        line++;
    problem_put(problems, a, line, 1, "this line is not UTF-8, or has a zero byte");
    return false;
}

enum status yaml_parse(struct arena *a, struct text document, struct yaml_node **out,
                       struct problems *problems, struct error *err)
{
    struct yaml_node *root = arena_alloc(a, sizeof(*root));
    SCOPED(parse_close) struct parse p = {.arena = a, .problems = problems};
    struct problem *before = problems->last;
    struct text start = document.data != NULL ? document : TEXT("");

    *out = NULL;
    if (yaml_parser_initialize(&p.parser) == 0)
        abort(); /* out of memory */
    yaml_parser_set_encoding(&p.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&p.parser, (const unsigned char *)start.data, start.size);
    if (check_bytes(start, a, problems) && read_document(&p, root)) {
        *out = root;
        return OK;
    }
    if (problems->last == before) /* the list was full */
        return error_set(err, ERR_INVALID, "the document has too many mistakes");
    return error_set(err, ERR_INVALID, "line %d, column %d: %s", problems->last->line,
                     problems->last->column, problems->last->message);
}

const struct yaml_node *yaml_find(const struct yaml_node *map, const char *key)
{
    if (map->kind != YAML_MAP)
        return NULL;
    for (size_t i = 0; i < map->count; i++) {
        if (text_is(map->keys[i].value, key))
            return &map->items[i];
    }
    return NULL;
}

/* "NAME must be WHAT, not 'x'". Always false. */
static bool unfit(const struct yaml_node *n, const char *name, const char *what, struct arena *a,
                  struct problems *p)
{
    struct text shown = text_utf8_prefix(n->value, SHOWN_MAX);

    if (n->kind == YAML_LIST)
        problem_add(p, a, n, "%s must be %s, not a list", name, what);
    else if (n->kind == YAML_MAP)
        problem_add(p, a, n, "%s must be %s, not a map", name, what);
    else if (n->value.data == NULL)
        problem_add(p, a, n, "%s must be %s, but nothing is given", name, what);
    else
        problem_add(p, a, n, "%s must be %s, not '%.*s%s'", name, what, (int)shown.size, shown.data,
                    shown.size < n->value.size ? "..." : "");
    return false;
}

bool yaml_text(const struct yaml_node *n, const char *name, struct text *out, struct arena *a,
               struct problems *p)
{
    if (n->kind != YAML_SCALAR || n->value.data == NULL)
        return unfit(n, name, "a text", a, p);
    *out = n->value;
    return true;
}

bool yaml_int(const struct yaml_node *n, const char *name, struct yaml_range range, long *out,
              struct arena *a, struct problems *p)
{
    int64_t value;

    if (n->kind != YAML_SCALAR || !text_to_i64(n->value, &value) || value < range.min ||
        value > range.max)
        return unfit(n, name,
                     arena_printf(a, "a whole number from %ld to %ld", range.min, range.max), a, p);
    *out = (long)value;
    return true;
}

bool yaml_bool(const struct yaml_node *n, const char *name, bool *out, struct arena *a,
               struct problems *p)
{
    bool yes = text_is(n->value, "true");

    if (n->kind != YAML_SCALAR || n->quoted || (!yes && !text_is(n->value, "false")))
        return unfit(n, name, "true or false", a, p);
    *out = yes;
    return true;
}

bool yaml_number(const struct yaml_node *n, const char *name, struct yaml_number_range range,
                 double *out, struct arena *a, struct problems *p)
{
    double value;

    if (n->kind != YAML_SCALAR || !text_to_double(n->value, &value) || value < range.min ||
        value > range.max)
        return unfit(n, name, arena_printf(a, "a number from %.15g to %.15g", range.min, range.max),
                     a, p);
    *out = value;
    return true;
}

/* Levenshtein's distance, by rows; SIZE_MAX for texts too long to be worth it. */
static size_t distance(struct text x, struct text y)
{
    size_t row[COMPARED_MAX + 1];

    if (x.size > COMPARED_MAX || y.size > COMPARED_MAX)
        return SIZE_MAX;
    for (size_t k = 0; k <= y.size; k++)
        row[k] = k;
    for (size_t i = 1; i <= x.size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t k = 1; k <= y.size; k++) {
            size_t best = diagonal + (x.data[i - 1] != y.data[k - 1]);
            diagonal = row[k];
            if (row[k] + 1 < best)
                best = row[k] + 1;
            if (row[k - 1] + 1 < best)
                best = row[k - 1] + 1;
            row[k] = best;
        }
    }
    return row[y.size];
}

const char *yaml_nearest(struct text key, const char *const known[])
{
    const char *best = NULL;
    size_t best_distance = 1 + (key.size < 9 ? key.size / 3 : 3);

    for (size_t i = 0; known[i] != NULL; i++) {
        size_t d = distance(key, text_from(known[i]));
        if (d < best_distance) {
            best = known[i];
            best_distance = d;
        }
    }
    return best;
}

void yaml_unknown(const struct yaml_node *n, const char *what, const char *const known[],
                  struct arena *a, struct problems *p)
{
    SCOPED(buffer_free) struct buffer list = {0};
    struct text shown = text_utf8_prefix(n->value, SHOWN_MAX);
    const char *meant = yaml_nearest(n->value, known);

    if (meant != NULL) {
        problem_add(p, a, n, "unknown %s '%.*s', did you mean '%s'?", what, (int)shown.size,
                    shown.data, meant);
        return;
    }
    for (size_t k = 0; known[k] != NULL; k++)
        buffer_printf(&list, "%s%s", k > 0 ? ", " : "", known[k]);
    problem_add(p, a, n, "unknown %s '%.*s'; known here: %s", what, (int)shown.size, shown.data,
                buffer_text(&list).data);
}

static bool among(struct text word, const char *const known[], size_t *at)
{
    for (*at = 0; known[*at] != NULL; (*at)++) {
        if (text_is(word, known[*at]))
            return true;
    }
    return false;
}

void yaml_only(const struct yaml_node *map, const char *const known[], struct arena *a,
               struct problems *p)
{
    size_t at;

    for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++) {
        if (!among(map->keys[i].value, known, &at))
            yaml_unknown(&map->keys[i], "key", known, a, p);
    }
}

bool yaml_word(const struct yaml_node *n, const char *name, const char *const known[], size_t *out,
               struct arena *a, struct problems *p)
{
    size_t at;

    if (n->kind != YAML_SCALAR || n->value.data == NULL)
        return unfit(n, name, "a word", a, p);
    if (!among(n->value, known, &at)) {
        yaml_unknown(n, name, known, a, p);
        return false;
    }
    *out = at;
    return true;
}
