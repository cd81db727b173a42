/* SPDX-License-Identifier: Apache-2.0 */
/* read_order: the kinds that say where and how many: boost, bury, pin, at_most, collapse, explore. */
#include <math.h>

#include "base/money.h"
#include "rules/kinds.h"

enum { MOVE_MAX = 100, CAP_PARTS_MAX = 8 };

static const double explore_most = 0.1;

/* Words of enum cap_by that at_most takes. */
static const char *const by_words[] = {"brand", "category", "price_band", NULL};
static const enum cap_by by_values[] = {CAP_GROUP, CAP_CATEGORY, CAP_PRICE_BAND};

static const char attribute_prefix[] = "attribute.";

/* --- boost and bury ----------------------------------------------------------------- */

/* The key of `keys` that stands in the map; NULL, with a problem, unless it is exactly one. */
static const char *one_of(struct rules_reading *reading, const struct yaml_node *map,
                          const char *const keys[], const char *wanted)
{
    const char *found = NULL;
    size_t count = 0;

    for (size_t i = 0; keys[i] != NULL; i++) {
        if (yaml_find(map, keys[i]) == NULL)
            continue;
        found = keys[i];
        count++;
    }
    if (count == 1)
        return found;
    rules_problem(reading, map, "%s takes exactly one of %s", reading->common.kind->word, wanted);
    return NULL;
}

/* The filter under `when`, which must be there. */
static bool read_when(struct rules_reading *reading, const struct yaml_node *map, uint32_t *number)
{
    const struct yaml_node *when = yaml_find(map, "when");

    if (when == NULL)
        rules_problem(reading, map, "%s lacks 'when': a filter, like \"brand = Acme\"",
                      reading->common.kind->word);
    return when != NULL && rules_filter(reading, when, number);
}

static bool read_factor(struct rules_reading *reading, const struct yaml_node *map, float *out)
{
    struct filter_reader *f = &reading->reader->filters;
    const struct yaml_node *n = yaml_find(map, "factor");
    double value;

    if (!yaml_number(n, "factor", (struct yaml_number_range){0, MOVE_MAX}, &value, f->scratch,
                     f->problems))
        return false;
    if (value <= 1) {
        rules_problem(reading, n, "factor must be above 1; %s already says which way it goes",
                      reading->common.kind->word);
        return false;
    }
    *out = (float)value;
    return true;
}

void parse_boost(struct rules_reading *reading)
{
    static const char *const keys[] = {"when", "up", "factor", NULL};
    const struct yaml_node *map = rules_map(reading, keys);
    struct rule part = {.factor = 1};
    uint32_t number = FILTER_NONE, up = 0;

    if (map == NULL)
        return;
    const char *by = one_of(reading, map, &keys[1], "'up' and 'factor'");
    bool good = read_when(reading, map, &number) && by != NULL;
    if (by == keys[1])
        good = rules_number(reading, map, "up", (struct yaml_range){1, MOVE_MAX}, &up) && good;
    if (by == keys[2])
        good = read_factor(reading, map, &part.factor) && good;
    struct rule *made = good ? rules_part(reading) : NULL;
    if (made == NULL)
        return;
    made->filter = number;
    made->slots = -(int32_t)up;
    made->factor = 1 / part.factor;
}

void parse_bury(struct rules_reading *reading)
{
    static const char *const keys[] = {"when", "below", "down", "factor", NULL};
    const struct yaml_node *map = rules_map(reading, keys);
    uint32_t number = FILTER_NONE, below = 0, down = 0;
    float factor = 1;

    if (map == NULL)
        return;
    const char *by = one_of(reading, map, &keys[1], "'below', 'down' and 'factor'");
    bool good = read_when(reading, map, &number) && by != NULL;
    if (by == keys[1])
        good =
            rules_number(reading, map, "below", (struct yaml_range){1, RULE_SLOTS_MAX}, &below) &&
            good;
    if (by == keys[2])
        good = rules_number(reading, map, "down", (struct yaml_range){1, MOVE_MAX}, &down) && good;
    if (by == keys[3])
        good = read_factor(reading, map, &factor) && good;
    struct rule *made = good ? rules_part(reading) : NULL;
    if (made == NULL)
        return;
    made->filter = number;
    made->below = below;
    made->slots = (int32_t)down;
    made->factor = factor;
}

/* --- pin ---------------------------------------------------------------------------- */

void parse_pin(struct rules_reading *reading)
{
    static const char *const keys[] = {"product", "slot", "from", "until", NULL};
    const struct yaml_node *map = rules_map(reading, keys);
    struct filter_reader *f = &reading->reader->filters;
    struct text product = {0};
    uint32_t slot = 0;

    if (map == NULL)
        return;
    const struct yaml_node *n = yaml_find(map, "product");
    if (n == NULL)
        rules_problem(reading, map, "pin lacks 'product', an item id");
    bool good = n != NULL && yaml_text(n, "product", &product, f->scratch, f->problems);
    product = text_trim(product);
    if (good && (product.size == 0 || product.size > PIN_ID_MAX)) {
        rules_problem(reading, n, "product must have 1 to %d bytes", PIN_ID_MAX);
        good = false;
    }
    good =
        rules_number(reading, map, "slot", (struct yaml_range){1, RULE_SLOTS_MAX}, &slot) && good;
    struct rule *part = good ? rules_part(reading) : NULL;
    if (part == NULL)
        return;
    part->pinned = arena_text(f->keep, product);
    part->slot = slot;
}

/* Is there a moment at which both hold, for one shopper or another? */
static bool overlap(const struct rule *a, const struct rule *b)
{
    return a->from_ms < b->until_ms && b->from_ms < a->until_ms;
}

bool rule_covers(const struct rule *earlier, const struct rule *later)
{
    bool everyone = earlier->segment == NULL && earlier->shopper == NULL;
    bool same = earlier->segment == later->segment && earlier->shopper == later->shopper;

    return (everyone || same) && earlier->from_ms <= later->from_ms &&
           earlier->until_ms >= later->until_ms;
}

void check_pin(struct rules_reader *reader, const struct rules *rules, const struct rule *rule,
               uint32_t limit)
{
    struct filter_reader *f = &reader->filters;
    const struct yaml_node where = {.line = rule->ref.line, .column = rule->ref.column};
    char word[RULE_WORD_SIZE];

    if (rule->slot > limit && !rule->ref.of_shop)
        problem_add(f->problems, f->scratch, &where,
                    "this pin can never show: the surface has %u slots, not %u", limit, rule->slot);
    for (const struct rule *other = rules->rules; other < rule; other++) {
        if (other->kind->parse != parse_pin || !overlap(other, rule))
            continue;
        bool same_slot = other->slot == rule->slot;
        bool same_product = text_equal(other->pinned, rule->pinned);
        bool same_people = other->segment == rule->segment && other->shopper == rule->shopper;
        if (rule_covers(other, rule) && (same_slot || same_product))
            problem_add(f->problems, f->scratch, &where,
                        "this pin can never show: %s pins %s already", rule_word(&other->ref, word),
                        same_product ? "the product" : "that slot");
        else if (same_people && same_slot)
            problem_add(f->problems, f->scratch, &where,
                        "slot %u is pinned twice at the same time: %s does too", rule->slot,
                        rule_word(&other->ref, word));
        else
            continue;
        return; /* one word is enough */
    }
}

/* --- at_most and collapse ----------------------------------------------------------- */

/* Where bands end: rising amounts. */
static bool read_bands(struct rules_reading *reading, const struct yaml_node *n,
                       struct rule_cap *cap)
{
    struct arena *keep = reading->reader->filters.keep;
    bool good = n->kind == YAML_LIST && n->count > 0 && n->count <= CAP_BANDS_MAX;

    cap->bands = arena_array(keep, good ? n->count : 0, sizeof(*cap->bands));
    for (size_t i = 0; good && i < n->count; i++) {
        const struct yaml_node *item = &n->items[i];
        good = item->kind == YAML_SCALAR && item->value.data != NULL &&
               money_parse(item->value, &cap->bands[i]) && cap->bands[i] > 0 &&
               (i == 0 || cap->bands[i] > cap->bands[i - 1]);
        cap->band_count++;
    }
    if (!good)
        rules_problem(reading, n, "bands must be a list of 1 to %d rising amounts, like [10, 25]",
                      CAP_BANDS_MAX);
    return good;
}

/* Amounts 1, 2, 5, 10, 20, 50, ... up to 50 million. */
static void usual_bands(struct rules_reading *reading, struct rule_cap *cap)
{
    static const int64_t steps[] = {1, 2, 5};
    int64_t power = MONEY_UNIT;

    cap->bands = arena_array(reading->reader->filters.keep, CAP_BANDS_MAX, sizeof(*cap->bands));
    for (int i = 0; i < 8; i++, power *= 10) {
        for (size_t k = 0; k < COUNT(steps); k++)
            cap->bands[cap->band_count++] = steps[k] * power;
    }
}

/* What else stands beside `by`. */
static bool read_by(struct rules_reading *reading, const struct yaml_node *map,
                    struct rule_cap *cap)
{
    struct filter_reader *f = &reading->reader->filters;
    const struct yaml_node *by = yaml_find(map, "by"), *level = yaml_find(map, "level");
    const struct yaml_node *bands = yaml_find(map, "bands");
    size_t word;

    if (by == NULL && yaml_find(map, "when") == NULL) {
        rules_problem(reading, map, "at_most lacks 'by': brand, category or price_band");
        return false;
    }
    if (by != NULL) {
        if (!yaml_word(by, "by", by_words, &word, f->scratch, f->problems))
            return false;
        cap->by = by_values[word];
    }
    if (level != NULL && cap->by != CAP_CATEGORY) {
        rules_problem(reading, level, "level is for by: category");
        return false;
    }
    if (bands != NULL && cap->by != CAP_PRICE_BAND) {
        rules_problem(reading, bands, "bands are for by: price_band");
        return false;
    }
    if (level != NULL &&
        !rules_number(reading, map, "level", (struct yaml_range){1, CAP_LEVEL_MAX}, &cap->level))
        return false;
    if (bands != NULL)
        return read_bands(reading, bands, cap);
    if (cap->by == CAP_PRICE_BAND)
        usual_bands(reading, cap);
    if (cap->by == CAP_GROUP)
        return rules_group(reading, &(struct group){.by = GROUP_BRAND}, &cap->group);
    return true;
}

static void read_cap(struct rules_reading *reading, const struct yaml_node *n)
{
    static const char *const keys[] = {"count", "by", "level", "bands", "when", NULL};
    const struct yaml_node *list = reading->node, *count;
    struct rule_cap cap = {.by = CAP_ALL};
    uint32_t number = FILTER_NONE;
    struct text value;

    reading->node = n;
    const struct yaml_node *map = rules_map(reading, keys);
    reading->node = list;
    if (map == NULL)
        return;
    count = yaml_find(map, "count");
    value = count == NULL ? (struct text){0} : count->value;
    if (text_is(value, "0")) {
        rules_problem(reading, count, "at most 0 shows none of them: use hide, which says so");
        return;
    }
    bool good =
        rules_number(reading, map, "count", (struct yaml_range){1, RULE_SLOTS_MAX}, &cap.count);
    good = read_by(reading, map, &cap) && good;
    const struct yaml_node *when = yaml_find(map, "when");
    good = (when == NULL || rules_filter(reading, when, &number)) && good;
    struct rule *part = good ? rules_part(reading) : NULL;
    if (part == NULL)
        return;
    part->filter = number;
    part->cap = cap;
}

void parse_at_most(struct rules_reading *reading)
{
    const struct yaml_node *n = reading->node;

    if (n->kind != YAML_LIST) {
        read_cap(reading, n);
        return;
    }
    if (n->count == 0 || n->count > CAP_PARTS_MAX) {
        rules_problem(reading, n, "at_most must be a map, or a list of 1 to %d", CAP_PARTS_MAX);
        return;
    }
    for (size_t i = 0; i < n->count; i++)
        read_cap(reading, &n->items[i]);
}

static void read_collapse(struct rules_reading *reading, const struct yaml_node *n)
{
    struct filter_reader *f = &reading->reader->filters;
    struct rule_cap cap = {.count = 1, .by = CAP_GROUP};
    struct group group = {.by = GROUP_TITLE};
    struct text word;

    if (!yaml_text(n, "collapse", &word, f->scratch, f->problems))
        return;
    if (text_starts(word, attribute_prefix) && word.size >= sizeof(attribute_prefix)) {
        group.by = GROUP_ATTRIBUTE;
        word.data += sizeof(attribute_prefix) - 1;
        word.size -= sizeof(attribute_prefix) - 1;
        group.attribute = arena_text(f->keep, word);
    } else if (!text_is(word, "title")) {
        rules_problem(reading, n, "collapse takes title or attribute.NAME, not '%.*s'",
                      (int)text_utf8_prefix(word, PIN_ID_MAX).size, word.data);
        return;
    }
    struct rule *part = rules_group(reading, &group, &cap.group) ? rules_part(reading) : NULL;
    if (part != NULL)
        part->cap = cap;
}

void parse_collapse(struct rules_reading *reading)
{
    const struct yaml_node *n = reading->node;

    if (n->kind != YAML_LIST) {
        read_collapse(reading, n);
        return;
    }
    if (n->count == 0 || n->count > CAP_PARTS_MAX) {
        rules_problem(reading, n, "collapse must be one word, or a list of 1 to %d", CAP_PARTS_MAX);
        return;
    }
    for (size_t i = 0; i < n->count; i++)
        read_collapse(reading, &n->items[i]);
}

/* --- explore ------------------------------------------------------------------------ */

void parse_explore(struct rules_reading *reading)
{
    struct filter_reader *f = &reading->reader->filters;
    struct rule_list *list = reading->list;
    double value;

    if (!yaml_number(reading->node, "explore", (struct yaml_number_range){0, explore_most}, &value,
                     f->scratch, f->problems))
        return;
    if (list->explores) {
        rules_problem(reading, reading->node, "line %d says how much to explore already",
                      list->explore_line);
        return;
    }
    list->explores = true;
    list->explore_ppm = (uint32_t)lround(value * 1e6);
    list->explore_line = reading->node->line;
}
