/* SPDX-License-Identifier: Apache-2.0 */
#include "program/changes.h"

#include <stdbool.h>

#include "base/yaml.h"

enum { VALUE_SHOWN_MAX = 100 };

/* One comparison on its way. */
struct comparing {
    struct arena *arena;
    struct changes *out;
};

static bool node_equal(const struct yaml_node *x, const struct yaml_node *y)
{
    if (x->kind != y->kind || x->count != y->count)
        return false;
    if (x->kind == YAML_SCALAR)
        return (x->value.data == NULL) == (y->value.data == NULL) && text_equal(x->value, y->value);
    for (size_t i = 0; i < x->count; i++) {
        if ((x->kind == YAML_MAP && !text_equal(x->keys[i].value, y->keys[i].value)) ||
            !node_equal(&x->items[i], &y->items[i]))
            return false;
    }
    return true;
}

static void print_scalar(struct text value, struct buffer *out)
{
    if (value.data == NULL)
        buffer_add_string(out, "~");
    else if (value.size == 0)
        buffer_add_string(out, "''");
    for (size_t i = 0; i < value.size; i++) /* one line, whatever it holds */
        buffer_add_char(out, (unsigned char)value.data[i] < ' ' ? ' ' : value.data[i]);
}

static void print_node(const struct yaml_node *n, struct buffer *out)
{
    if (out->size > VALUE_SHOWN_MAX) /* it is cut there */
        return;
    if (n->kind == YAML_SCALAR) {
        print_scalar(n->value, out);
        return;
    }
    buffer_add_char(out, n->kind == YAML_MAP ? '{' : '[');
    for (size_t i = 0; i < n->count; i++) {
        buffer_add_string(out, i > 0 ? ", " : "");
        if (n->kind == YAML_MAP) {
            print_scalar(n->keys[i].value, out);
            buffer_add_string(out, ": ");
        }
        print_node(&n->items[i], out);
    }
    buffer_add_char(out, n->kind == YAML_MAP ? '}' : ']');
}

/* In flow style, cut when it is long. */
static const char *shown(struct comparing *c, const struct yaml_node *n)
{
    SCOPED(buffer_free) struct buffer out = {0};

    print_node(n, &out);
    struct text whole = buffer_text(&out), cut = text_utf8_prefix(whole, VALUE_SHOWN_MAX);

    return arena_printf(c->arena, "%.*s%s", (int)cut.size, cut.data,
                        cut.size < whole.size ? "..." : "");
}

static void tell(struct comparing *c, const char *line)
{
    if (c->out->count < CHANGES_MAX)
        c->out->lines[c->out->count++] = line;
    else
        c->out->more++;
}

static void tell_one(struct comparing *c, const char *path, const char *what,
                     const struct yaml_node *n)
{
    tell(c, arena_printf(c->arena, "%s: %s %s", path, what, shown(c, n)));
}

static const char *below(struct comparing *c, const char *path, struct text name)
{
    struct text cut = text_utf8_prefix(name, VALUE_SHOWN_MAX);

    return arena_printf(c->arena, "%s%s%.*s", path, path[0] == '\0' ? "" : ".", (int)cut.size,
                        cut.data);
}

static const struct yaml_node *map_find(const struct yaml_node *map, struct text key)
{
    for (size_t i = 0; i < map->count; i++)
        if (text_equal(map->keys[i].value, key))
            return &map->items[i];
    return NULL;
}

/* What a list's item is called; NULL: it has no name. */
static const struct yaml_node *name_of(const struct yaml_node *item)
{
    const struct yaml_node *name = item->kind == YAML_MAP ? yaml_find(item, "name") : NULL;

    return name != NULL && name->kind == YAML_SCALAR && name->value.size > 0 ? name : NULL;
}

static bool all_named(const struct yaml_node *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (name_of(&list->items[i]) == NULL)
            return false;
    return true;
}

static const struct yaml_node *item_named(const struct yaml_node *list, struct text name)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(name_of(&list->items[i])->value, name))
            return &list->items[i];
    return NULL;
}

static void compare(struct comparing *c, const char *path, const struct yaml_node *x,
                    const struct yaml_node *y);

static void compare_maps(struct comparing *c, const char *path, const struct yaml_node *x,
                         const struct yaml_node *y)
{
    for (size_t i = 0; i < x->count; i++) {
        const struct yaml_node *other = map_find(y, x->keys[i].value);
        const char *inner = below(c, path, x->keys[i].value);

        if (other == NULL)
            tell_one(c, inner, "removed, was", &x->items[i]);
        else
            compare(c, inner, &x->items[i], other);
    }
    for (size_t i = 0; i < y->count; i++)
        if (map_find(x, y->keys[i].value) == NULL)
            tell_one(c, below(c, path, y->keys[i].value), "added", &y->items[i]);
}

/* Whether those of `x` that are in `y` too stand there in another order. */
static bool names_moved(const struct yaml_node *x, const struct yaml_node *y)
{
    const struct yaml_node *last = NULL;

    for (size_t i = 0; i < x->count; i++) {
        const struct yaml_node *other = item_named(y, name_of(&x->items[i])->value);

        if (other != NULL && last != NULL && other < last)
            return true;
        last = other != NULL ? other : last;
    }
    return false;
}

static void compare_named(struct comparing *c, const char *path, const struct yaml_node *x,
                          const struct yaml_node *y)
{
    for (size_t i = 0; i < x->count; i++) {
        struct text name = name_of(&x->items[i])->value;
        const struct yaml_node *other = item_named(y, name);

        if (other == NULL)
            tell(c, arena_printf(c->arena, "%s: removed", below(c, path, name)));
        else
            compare(c, below(c, path, name), &x->items[i], other);
    }
    for (size_t i = 0; i < y->count; i++) {
        struct text name = name_of(&y->items[i])->value;

        if (item_named(x, name) == NULL)
            tell_one(c, below(c, path, name), "added", &y->items[i]);
    }
    if (names_moved(x, y))
        tell(c, arena_printf(c->arena, "%s: in another order", path));
}

/* Marks an item of `list` that is equal to `item` and not marked yet; where it stands, from 1; 0: there
 * is none. */
static size_t mark_equal(const struct yaml_node *list, const struct yaml_node *item, bool *marked)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!marked[i] && node_equal(&list->items[i], item)) {
            marked[i] = true;
            return i + 1;
        }
    }
    return 0;
}

static void compare_lists(struct comparing *c, const char *path, const struct yaml_node *x,
                          const struct yaml_node *y)
{
    bool *in_both = arena_array(c->arena, y->count, sizeof(*in_both));
    bool moved = false;
    size_t last = 0;

    for (size_t i = 0; i < x->count; i++) {
        size_t at = mark_equal(y, &x->items[i], in_both);

        if (at == 0)
            tell_one(c, path, "removed", &x->items[i]);
        moved = moved || (at > 0 && at < last);
        last = at > last ? at : last;
    }
    for (size_t i = 0; i < y->count; i++)
        if (!in_both[i])
            tell_one(c, path, "added", &y->items[i]);
    if (moved)
        tell(c, arena_printf(c->arena, "%s: in another order", path));
}

static void compare(struct comparing *c, const char *path, const struct yaml_node *x,
                    const struct yaml_node *y)
{
    if (node_equal(x, y))
        return;
    if (x->kind == YAML_MAP && y->kind == YAML_MAP)
        compare_maps(c, path, x, y);
    else if (x->kind == YAML_LIST && y->kind == YAML_LIST && all_named(x) && all_named(y))
        compare_named(c, path, x, y);
    else if (x->kind == YAML_LIST && y->kind == YAML_LIST)
        compare_lists(c, path, x, y);
    else
        tell(c, arena_printf(c->arena, "%s: %s, now %s", path, shown(c, x), shown(c, y)));
}

void program_changes(struct text before, struct text after, struct arena *a, struct changes *out)
{
    struct comparing c = {a, out};
    struct problems problems = {0};
    struct yaml_node *x, *y;
    struct error why = {0}; /* of no interest: nothing is told then */

    *out = (struct changes){.lines = arena_array(a, CHANGES_MAX, sizeof(*out->lines))};
    if (yaml_parse(a, before, &x, &problems, &why) == OK &&
        yaml_parse(a, after, &y, &problems, &why) == OK)
        compare(&c, "", x, y);
}
