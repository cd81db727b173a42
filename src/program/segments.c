/* SPDX-License-Identifier: Apache-2.0 */
/* segments: what a document says of its segments. */
#include "program/keys.h"

struct filter_reader filter_reader_of(const struct compile *c)
{
    return (struct filter_reader){.keep = c->keep,
                                  .scratch = c->scratch,
                                  .problems = c->problems,
                                  .segments = c->program->segments,
                                  .segment_count = c->program->segment_count};
}

static void read_segment_name(struct compile *c, const struct yaml_node *n, void *into)
{
    struct segment *s = into;

    (void)read_name(c, n, &s->name); /* a problem says all */
}

static void read_when(struct compile *c, const struct yaml_node *n, void *into)
{
    struct filter_reader reader = filter_reader_of(c);
    struct segment *s = into;

    s->when = filter_parse(&reader, n, FILTER_SHOPPERS);
}

static const struct key segment_keys[] = {
    {"name", true, read_segment_name, "letters, digits, '-' and '_'", "what filters call it"},
    {"when", true, read_when, "a filter over shoppers; it may name segments above it",
     "who belongs to it"},
};

const struct block segment_block = {"a segment", "Each item of segments.", segment_keys,
                                    COUNT(segment_keys)};

void read_segments(struct compile *c, const struct yaml_node *n, void *into)
{
    struct program *p = into;
    const struct yaml_node *list = read_list(c, n, "segments", SEGMENTS_MAX);

    if (list == NULL)
        return;
    p->segments = arena_array(c->keep, list->count, sizeof(*p->segments));
    for (size_t i = 0; i < list->count; i++) {
        struct segment fresh = {0};
        read_block(c, &list->items[i], &segment_block, &fresh);
        if (fresh.name.data == NULL)
            continue;
        if (segment_find(p->segments, p->segment_count, fresh.name) != NULL)
            problem_add(c->problems, c->scratch, &list->items[i],
                        "there are two segments named '%.*s'", (int)fresh.name.size,
                        fresh.name.data);
        else
            p->segments[p->segment_count++] = fresh;
    }
}
