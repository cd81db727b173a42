/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever document comes in: a tree or a problem with a place, and every text well-formed. */
#include <assert.h>
#include <stdint.h>

#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct yaml_node *n)
{
    assert(n->line >= 1 && n->column >= 1);
    assert(text_utf8_valid(n->value));
    for (size_t i = 0; i < n->count; i++) {
        if (n->kind == YAML_MAP) {
            assert(n->keys[i].kind == YAML_SCALAR && n->keys[i].value.data != NULL);
            assert(yaml_find(n, n->keys[i].value.data) != NULL);
        }
        check(&n->items[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const known[] = {"name", "limit", NULL};
    SCOPED(arena_free) struct arena arena = {0};
    struct problems problems = {0};
    struct yaml_node *root = NULL;
    struct error err = {0};

    enum status status =
        yaml_parse(&arena, (struct text){(const char *)data, size}, &root, &problems, &err);
    assert((status == OK) == (root != NULL) && (status == OK) == (err.message[0] == '\0'));
    assert(status == OK || problems.count > 0);
    if (root != NULL) {
        check(root);
        yaml_only(root, known, &arena, &problems);
    }
    for (struct problem *p = problems.first; p != NULL; p = p->next)
        assert(p->line >= 1 && p->column >= 1 && text_utf8_valid(text_from(p->message)));
    return 0;
}
