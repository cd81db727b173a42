/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "program/keys.h"

void read_block(struct compile *c, const struct yaml_node *n, const struct block *block, void *into)
{
    const char *known[BLOCK_KEYS_MAX + 1] = {NULL};

    assert(block->key_count <= BLOCK_KEYS_MAX);
    if (n->kind != YAML_MAP) {
        problem_add(c->problems, c->scratch, n, "%s must be a map of keys and values", block->name);
        return;
    }
    for (size_t i = 0; i < block->key_count; i++)
        known[i] = block->keys[i].name;
    yaml_only(n, known, c->scratch, c->problems);
    for (size_t i = 0; i < block->key_count; i++) {
        const struct key *key = &block->keys[i];
        const struct yaml_node *value = yaml_find(n, key->name);
        if (value != NULL && key->read != NULL)
            key->read(c, value, into);
        else if (value != NULL)
            problem_add(c->problems, c->scratch, &n->keys[value - n->items],
                        "%s is not yet known to this version; take it out", key->name);
        else if (key->required)
            problem_add(c->problems, c->scratch, n, "%s lacks '%s': %s (%s)", block->name,
                        key->name, key->meaning, key->form);
    }
}

bool read_text(struct compile *c, const struct yaml_node *n, const char *name, size_t max,
               struct text *out)
{
    struct text t;

    if (!yaml_text(n, name, &t, c->scratch, c->problems))
        return false;
    t = text_trim(t);
    if (t.size == 0 || t.size > max) {
        problem_add(c->problems, c->scratch, n, "%s must have 1 to %zu bytes, not %zu", name, max,
                    t.size);
        return false;
    }
    *out = arena_text(c->keep, t);
    return true;
}

const struct yaml_node *read_list(struct compile *c, const struct yaml_node *n, const char *name,
                                  size_t max)
{
    if (n->kind != YAML_LIST) {
        problem_add(c->problems, c->scratch, n, "%s must be a list", name);
        return NULL;
    }
    if (n->count > max) {
        problem_add(c->problems, c->scratch, n, "%s has %zu items, %zu are allowed", name, n->count,
                    max);
        return NULL;
    }
    return n;
}

size_t read_texts(struct compile *c, const struct yaml_node *n, const char *name, size_t count_max,
                  struct text **out)
{
    const struct yaml_node *list = read_list(c, n, name, count_max);
    size_t count = 0;

    if (list == NULL)
        return 0;
    *out = arena_array(c->keep, list->count, sizeof(**out));
    for (size_t i = 0; i < list->count; i++) {
        if (read_text(c, &list->items[i], name, PATH_MAX_BYTES, &(*out)[count]))
            count++;
    }
    return count;
}

bool read_name(struct compile *c, const struct yaml_node *n, struct text *out)
{
    struct text t;

    if (!read_text(c, n, "name", NAME_MAX_BYTES, &t))
        return false;
    for (size_t i = 0; i < t.size; i++) {
        char b = t.data[i];
        bool fits = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') ||
                    b == '-' || b == '_';
        if (!fits) {
            problem_add(c->problems, c->scratch, n,
                        "name must be made of letters, digits, '-' and '_', not '%.*s'",
                        (int)t.size, t.data);
            return false;
        }
    }
    *out = t;
    return true;
}
