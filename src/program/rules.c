/* SPDX-License-Identifier: Apache-2.0 */
/* rules: what a document says of its rules; rules/ reads them. */
#include <string.h>

#include "program/keys.h"

static struct rules_reader rules_reader_of(const struct compile *c)
{
    return (struct rules_reader){.filters = filter_reader_of(c),
                                 .numbers = &c->program->filters,
                                 .groups = &c->program->groups,
                                 .zone = c->program->zone,
                                 .unknown_cost_allow = c->program->unknown_cost_allow};
}

void read_shop_rules(struct compile *c, const struct yaml_node *n, void *into)
{
    struct rules_reader reader = rules_reader_of(c);
    struct program *p = into;

    rules_read(&reader, n, true, &p->rules);
}

void read_surface_rules(struct compile *c, const struct yaml_node *n, void *into)
{
    struct rules_reader reader = rules_reader_of(c);
    struct surface *s = into;

    rules_read(&reader, n, false, &s->own_rules);
}

/* The share of answers that explore: the surface's key or rule, else the shop's rule. */
static void plan_explore(struct compile *c, struct surface *s)
{
    const struct rule_list *own = &s->own_rules, *shop = &c->program->rules;
    const struct yaml_node where = {.line = own->explore_line, .column = 1};

    if (own->explores && s->explore_line > 0)
        problem_add(c->problems, c->scratch, &where,
                    "line %d says how much this surface explores already", s->explore_line);
    if (own->explores)
        s->explore_ppm = own->explore_ppm;
    else if (shop->explores && s->explore_line == 0)
        s->explore_ppm = shop->explore_ppm;
}

void plan_rules(struct compile *c)
{
    struct rules_reader reader = rules_reader_of(c);
    struct program *p = c->program;

    if (p->surfaces == program_builtin()->surfaces) {
        struct surface *own = arena_array(c->keep, p->surface_count, sizeof(*own));
        memcpy(own, p->surfaces, p->surface_count * sizeof(*own));
        p->surfaces = own;
    }
    for (size_t i = 0; i < p->surface_count; i++) {
        struct surface *s = &p->surfaces[i];
        plan_explore(c, s);
        s->rules = rules_plan(&reader, &p->rules, &s->own_rules, s->limit);
    }
}

void program_look(const struct program *p, const struct catalog *catalog, int64_t now_ms,
                  struct arena *a, struct problems *found)
{
    struct marks *marks = marks_new(p->filters.filters, p->filters.count);
    const struct rules_shop shop = {catalog, marks, now_ms};

    marks_follow(marks, catalog);
    if (p->surface_count > 0)
        rules_look(p->surfaces[0].rules, true, &shop, a, found);
    for (size_t i = 0; i < p->surface_count; i++)
        rules_look(p->surfaces[i].rules, false, &shop, a, found);
    marks_free(marks);
}

void program_checked_json(bool sound, const struct problems *problems,
                          const struct problems *remarks, struct json *j)
{
    json_object_begin(j);
    json_key_bool(j, "sound", sound);
    problems_json(problems, "problems", j);
    problems_json(remarks, "remarks", j);
    json_object_end(j);
}
