/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the languages that a request wants: one is chosen, which chooses itself again; and any
 * bytes as a template: it is refused, or filled without a brace left open. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "explain/templates.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_languages(const struct templates *t, struct text wanted)
{
    const struct speech *s = templates_choose(t, wanted);

    assert(s >= t->speeches && s < t->speeches + t->count);
    assert(templates_choose(t, s->language) == s);
    for (size_t i = 0; i < REASON_FORM_COUNT; i++)
        assert(s->sentences[i].size > 0);
}

/* `template` as the one scalar of a document: whatever YAML would make of its bytes is not asked here. */
static void check_template(struct text template, struct arena *a)
{
    struct yaml_node key = {.kind = YAML_SCALAR, .line = 1, .column = 1, .value = TEXT("en")};
    struct yaml_node value = {.kind = YAML_SCALAR, .line = 1, .column = 5, .value = template};
    struct yaml_node reason = {
        .kind = YAML_SCALAR, .line = 1, .column = 1, .value = TEXT("picked")};
    struct yaml_node map = {.kind = YAML_MAP, .count = 1, .keys = &key, .items = &value};
    struct yaml_node root = {.kind = YAML_MAP, .count = 1, .keys = &reason, .items = &map};
    struct problems problems = {0};
    struct templates t = {0};

    value.quoted = true;
    templates_parse(&root, &t, a, a, &problems);
    if (problems.count > 0)
        return;
    const struct template_values values = {.list = TEXT("L")};
    struct text said = template_fill(t.speeches[0].sentences[REASON_picked], &values, a);
    assert(said.size <= TEMPLATE_BYTES_MAX && memchr(said.data, '\n', said.size) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED(arena_free) struct arena a = {0};
    const struct text input = {size == 0 ? "" : (const char *)data, size};
    struct problems problems = {0};
    struct templates t = {0};
    struct yaml_node *root;
    struct error err = {0};

    enum status status = yaml_parse(&a, TEXT("picked: {en: a, de: b, de-AT: c, zh-Hant-TW: d}"),
                                    &root, &problems, &err);
    assert(status == OK);
    templates_parse(root, &t, &a, &a, &problems);
    assert(problems.count == 0);
    check_languages(&t, input);
    check_template(input, &a);
    return 0;
}
