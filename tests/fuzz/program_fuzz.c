/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a program: it compiles, or every mistake has a place and a sentence; what compiles
 * is within its bounds and compiles from its own document again. Compared with another document it
 * differs in lines that give both back, and from itself in nothing. */
#include <assert.h>
#include <stdint.h>

#include "base/diff.h"
#include "program/changes.h"
#include "program/program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void program_check(const struct program *p)
{
    assert(p->owner.size > 0 && p->currency.size == 3 && p->time_zone.size > 0);
    assert(p->support_viewed >= SUPPORT_FLOOR && p->support_bought >= SUPPORT_FLOOR);
    assert(p->surface_count > 0 && p->surface_count <= PROGRAM_SURFACES_MAX);
    assert(p->filters.count <= FILTERS_MAX && p->groups.count <= GROUPS_MAX);
    assert(p->templates.count <= LANGUAGES_MAX);
    for (size_t i = 0; i < p->templates.count; i++) {
        const struct speech *speech = &p->templates.speeches[i];
        assert((i == 0) == (speech->language.data == NULL));
        assert(templates_choose(&p->templates, speech->language) == speech);
        for (size_t k = 0; k < REASON_FORM_COUNT; k++)
            assert(speech->sentences[k].size > 0);
    }
    for (size_t i = 0; i < p->surface_count; i++) {
        const struct surface *s = &p->surfaces[i];
        assert(program_surface(p, s->name) == s);
        assert(s->kind < SURFACE_KIND_COUNT && s->limit >= 1 && s->limit <= SURFACE_LIMIT_MAX);
        assert((s->rules != NULL) == (p->rules.count + s->own_rules.count > 0));
        assert(s->source_count > 0 && s->source_count <= SOURCE_COUNT);
        for (size_t k = 0; k < s->list_count; k++)
            assert(s->lists[k] < p->list_count);
    }
}

static void compare(struct text document, struct arena *a)
{
    struct text other = program_builtin()->document;
    struct changes changes;
    struct diff diff;
    size_t before = 0, after = 0;

    program_changes(document, document, a, &changes);
    assert(changes.count == 0 && changes.more == 0);
    program_changes(document, other, a, &changes);
    assert(changes.count <= CHANGES_MAX);
    diff_texts(document, other, a, &diff);
    for (size_t i = 0; i < diff.count; i++) {
        before += diff.lines[i].sign == '+' ? 0 : diff.lines[i].line.size;
        after += diff.lines[i].sign == '-' ? 0 : diff.lines[i].line.size;
    }
    assert(before == document.size && after == other.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED(arena_free) struct arena a = {0};
    const struct text document = {(const char *)data, size};
    struct problems problems = {0};
    struct program *p, *again;
    struct error err = {0};

    compare(document, &a);
    enum status status = program_compile(document, &p, &a, &problems, &err);
    assert((status == OK) == (p != NULL));
    if (status != OK) {
        assert(err.message[0] != '\0');
        for (const struct problem *i = problems.first; i != NULL; i = i->next)
            assert(i->line > 0 && i->column > 0 && i->message[0] != '\0');
        return 0;
    }
    assert(problems.count == 0);
    program_check(p);
    status = program_compile(p->document, &again, &a, &problems, &err);
    assert(status == OK && again->surface_count == p->surface_count);
    program_free(again);
    program_free(p);
    return 0;
}
