/* SPDX-License-Identifier: Apache-2.0 */
/* read: a list of rules from a document. Here is what all kinds share; what is theirs alone stands in
 * read_require.c and read_order.c. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rules/kinds.h"

enum { KEYS_MAX = 32, SHOWN_MAX = 40, MESSAGE_MAX = 400 };

static const char *const common_keys[] = {"from", "until", "segment", "when_shopper"};

/* --- for all kinds ------------------------------------------------------------------ */

void rules_problem(struct rules_reading *reading, const struct yaml_node *where, const char *format,
                   ...)
{
    struct filter_reader *f = &reading->reader->filters;
    char message[MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args); /* cut where it is too long */
    va_end(args);
    problem_add(f->problems, f->scratch, where, "%s", message);
}

struct rule *rules_part(struct rules_reading *reading)
{
    if (reading->parts == RULE_PARTS_MAX) {
        rules_problem(reading, reading->node, "one rule may say %d things; make it two",
                      RULE_PARTS_MAX);
        return NULL;
    }
    struct rule *part = &reading->list->rules[reading->list->count++];
    reading->parts++;
    *part = reading->common;
    return part;
}

const struct yaml_node *rules_map(struct rules_reading *reading, const char *const keys[])
{
    struct filter_reader *f = &reading->reader->filters;
    const struct yaml_node *n = reading->node;

    if (n->kind != YAML_MAP || n->count == 0) {
        rules_problem(reading, n, "%s must be a map, like %s: %s", reading->common.kind->word,
                      reading->common.kind->word, reading->common.kind->usage);
        return NULL;
    }
    yaml_only(n, keys, f->scratch, f->problems);
    return n;
}

bool rules_number(struct rules_reading *reading, const struct yaml_node *map, const char *key,
                  struct yaml_range range, uint32_t *out)
{
    struct filter_reader *f = &reading->reader->filters;
    const struct yaml_node *n = yaml_find(map, key);
    long value;

    if (n == NULL) {
        rules_problem(reading, map, "%s lacks '%s', a whole number from %ld to %ld",
                      reading->common.kind->word, key, range.min, range.max);
        return false;
    }
    if (!yaml_int(n, key, range, &value, f->scratch, f->problems))
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool number_of(struct rules_reading *reading, const struct yaml_node *where,
                      const struct filter *f, uint32_t *out)
{
    return f != NULL &&
           filter_number(&reading->reader->filters, reading->reader->numbers, where, f, out);
}

bool rules_filter(struct rules_reading *reading, const struct yaml_node *n, uint32_t *out)
{
    return number_of(reading, n, filter_parse(&reading->reader->filters, n, FILTER_PRODUCTS), out);
}

bool rules_filter_text(struct rules_reading *reading, const struct yaml_node *where,
                       struct text text, uint32_t *out)
{
    struct yaml_node n = {.kind = YAML_SCALAR,
                          .line = where->line,
                          .column = where->column,
                          .value = arena_text(reading->reader->filters.scratch, text),
                          .many_lines = true};

    return number_of(reading, where, filter_parse(&reading->reader->filters, &n, FILTER_PRODUCTS),
                     out);
}

bool rules_group(struct rules_reading *reading, const struct group *group, uint32_t *out)
{
    if (group_number(reading->reader->groups, group, out))
        return true;
    rules_problem(reading, reading->node, "a program may tell %d different groups of products",
                  GROUPS_MAX);
    return false;
}

void rules_quote(struct text text, struct buffer *out)
{
    buffer_add_char(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        buffer_add_char(out, text.data[i]);
        if (text.data[i] == '"')
            buffer_add_char(out, '"');
    }
    buffer_add_char(out, '"');
}

/* --- when it holds ------------------------------------------------------------------ */

/* A date or a time of the shop's zone. A date is its first moment, or with `whole_day` the first after
 * it. */
static bool read_time(struct rules_reading *reading, const struct yaml_node *n, const char *key,
                      bool whole_day, int64_t *out)
{
    const struct zone *zone = reading->reader->zone;
    static const char *const times[] = {"%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S",
                                        "%Y-%m-%dT%H:%M:%S%z"};

    if (n->kind == YAML_SCALAR && n->value.data != NULL) {
        int64_t day;
        if (time_parse_format(n->value, "%Y-%m-%d", NULL, &day)) {
            day += whole_day ? MS_DAY : 0;
            *out = zone == NULL ? day : zone_to_utc(zone, day);
            return true;
        }
        for (size_t i = 0; i < COUNT(times); i++) {
            if (time_parse_format(n->value, times[i], zone, out))
                return true;
        }
    }
    rules_problem(reading, n, "%s must be a date like 2026-12-24 or a time like 2026-12-24 18:00",
                  key);
    return false;
}

/* `from` and `until` of a map, into the rule's window. */
static void read_window(struct rules_reading *reading, const struct yaml_node *map)
{
    const struct yaml_node *from = yaml_find(map, "from"), *until = yaml_find(map, "until");
    struct rule *common = &reading->common;
    bool good = true;

    if (from != NULL)
        good = read_time(reading, from, "from", false, &common->from_ms);
    if (until != NULL)
        good = read_time(reading, until, "until", true, &common->until_ms) && good;
    bool said = from != NULL || until != NULL;
    if (good && said && common->from_ms >= common->until_ms)
        rules_problem(reading, until != NULL ? until : from,
                      "this rule never holds: it ends before it begins");
}

static void read_segment(struct rules_reading *reading, const struct yaml_node *n)
{
    const struct filter_reader *f = &reading->reader->filters;
    const char **known = arena_array(f->scratch, f->segment_count + 1, sizeof(*known));
    size_t at;

    if (f->segment_count == 0) {
        rules_problem(reading, n, "there are no segments; name them under 'segments'");
        return;
    }
    for (size_t i = 0; i < f->segment_count; i++)
        known[i] = f->segments[i].name.data;
    if (yaml_word(n, "segment", known, &at, f->scratch, f->problems))
        reading->common.segment = f->segments[at].when;
}

static void read_common(struct rules_reading *reading, const struct yaml_node *n)
{
    const struct yaml_node *segment = yaml_find(n, "segment");
    const struct yaml_node *shopper = yaml_find(n, "when_shopper");

    read_window(reading, n);
    if (segment != NULL)
        read_segment(reading, segment);
    if (shopper != NULL)
        reading->common.shopper = filter_parse(&reading->reader->filters, shopper, FILTER_SHOPPERS);
    if (!reading->common.kind->windowed && n->count > 1)
        rules_problem(reading, n, "%s holds always, for everyone: nothing may stand beside it",
                      reading->common.kind->word);
}

/* --- the list ----------------------------------------------------------------------- */

/* The kind whose word stands among the keys; NULL, with a problem, unless there is exactly one. */
static const struct rule_kind *kind_of(struct rules_reading *reading, const struct yaml_node *n,
                                       const struct yaml_node **value)
{
    struct filter_reader *f = &reading->reader->filters;
    const char *known[KEYS_MAX + 1] = {NULL};
    const struct rule_kind *found = NULL;
    size_t count = 0;

    for (size_t i = 0; i < rule_kind_count; i++) {
        const struct yaml_node *at = yaml_find(n, rule_kinds[i].word);
        known[count++] = rule_kinds[i].word;
        if (at == NULL)
            continue;
        if (found != NULL) {
            rules_problem(reading, n, "one rule says one thing: make '%s' and '%s' two rules",
                          found->word, rule_kinds[i].word);
            return NULL;
        }
        found = &rule_kinds[i];
        *value = at;
    }
    for (size_t i = 0; i < COUNT(common_keys); i++)
        known[count++] = common_keys[i];
    size_t before = f->problems->count;
    yaml_only(n, known, f->scratch, f->problems);
    if (found == NULL && f->problems->count == before)
        rules_problem(reading, n, "a rule lacks its word, like require, hide, boost or pin");
    return found;
}

static void read_rule(struct rules_reading *reading, const struct yaml_node *n, uint32_t number,
                      bool of_shop)
{
    if (n->kind != YAML_MAP) {
        rules_problem(reading, n, "a rule must be a map, like hide: \"brand = Acme\"");
        return;
    }
    const struct rule_kind *kind = kind_of(reading, n, &reading->node);
    if (kind == NULL)
        return;
    reading->parts = 0;
    reading->common = (struct rule){.ref = {kind->word, number, n->line, n->column, of_shop},
                                    .kind = kind,
                                    .from_ms = INT64_MIN,
                                    .until_ms = INT64_MAX,
                                    .filter = FILTER_NONE,
                                    .factor = 1};
    read_common(reading, n);
    if (kind->parse == parse_pin && reading->node->kind == YAML_MAP)
        read_window(reading, reading->node);
    kind->parse(reading);
}

void rules_read(struct rules_reader *reader, const struct yaml_node *n, bool of_shop,
                struct rule_list *out)
{
    struct rules_reading reading = {.reader = reader, .list = out};

    *out = (struct rule_list){0};
    if (n->kind != YAML_LIST) {
        rules_problem(&reading, n, "rules must be a list");
        return;
    }
    if (n->count > RULES_MAX) {
        rules_problem(&reading, n, "rules has %zu items, %d are allowed", n->count, RULES_MAX);
        return;
    }
    struct rule *room =
        arena_array(reader->filters.scratch, n->count * RULE_PARTS_MAX, sizeof(*room));
    out->rules = room;
    for (size_t i = 0; i < n->count; i++)
        read_rule(&reading, &n->items[i], (uint32_t)i + 1, of_shop);
    out->rules = arena_array(reader->filters.keep, out->count, sizeof(*out->rules));
    if (out->count > 0)
        memcpy(out->rules, room, out->count * sizeof(*room));
}
