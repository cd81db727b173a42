/* SPDX-License-Identifier: Apache-2.0 */
/* Random programs against random answers: whatever the order, the rules, the shopper and the catalog, no
 * requirement is broken, no product stands twice, and pins stand where they must. What must hold is worked
 * out here from the words of the rules and the slow reading of filters, not by what rules/ made of them.
 *
 *     build/tests/rules/property_test [PROGRAMS]      an answer of each; 10,000 take some two seconds */
#include <stdio.h>
#include <stdlib.h>

#include "base/money.h"
#include "program/program.h"
#include "tests/support/filters.h"
#include "tests/support/test.h"

enum { PRODUCTS = 60, RULES = 14, LIMIT_MAX = 12, SPARE_MAX = 8, CANDIDATES = 50, FORBIDDEN = 5 };
enum { RUNS_DEFAULT = 10000, RUNS_OF_CATALOG = 25 };

#define NOW_MS INT64_C(1790000000000) /* 2026-09-21 14:13 UTC */

static uint32_t runs = RUNS_DEFAULT;

enum drawn_kind {
    REQUIRE,
    REQUIRE_MARGIN,
    HIDE,
    AGE,
    SAFETY,
    EXCLUDE,
    FATIGUE,
    BRAND_CAP,
    CATEGORY_CAP,
    FILTER_CAP,
    COLLAPSE,
    PIN,
    BOOST,
    BURY,
    KINDS
};

/* One rule as it was drawn. */
struct drawn {
    enum drawn_kind kind;
    const char *filter;
    uint32_t number; /* a margin in percent, an age, days, times, a cap */
    uint32_t product, slot;
    bool holds; /* by its window and its shopper */
};

struct world {
    struct arena arena;
    struct random random;
    struct catalog *catalog;
    struct drawn rules[RULES];
    size_t rule_count;
    bool unknown_cost_allow;
    uint32_t limit, spare, age_verified;
    struct shopper_facts shopper;
    struct profile profile;
    struct candidate candidates[CANDIDATES + RULES];
    uint32_t candidate_count, only_pinned;
    bool unexplained[CANDIDATES + RULES];
    struct rules_placed placed[LIMIT_MAX + SPARE_MAX];
    size_t count;
};

/* --- drawing ------------------------------------------------------------------------ */

static uint32_t below(struct world *w, uint32_t n)
{
    return random_below(&w->random, n);
}

static void draw_catalog(struct world *w)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};

    catalog_free(w->catalog);
    w->catalog = catalog_new();
    for (uint32_t i = 0; i < PRODUCTS; i++) {
        struct product p = random_product(&w->random, &a, i);
        p.title = text_from(arena_printf(&a, "Thing %u", below(w, 6)));
        catalog_put(w->catalog, &p);
    }
}

static const char *draw_filter(struct world *w)
{
    SCOPED(buffer_free) struct buffer text = {.data = NULL};

    random_filter(&w->random, 2, &text);
    return arena_text(&w->arena, buffer_text(&text)).data;
}

/* A filter as a YAML scalar. */
static void put_filter(struct buffer *out, const char *filter)
{
    buffer_add_char(out, '\'');
    for (const char *c = filter; *c != '\0'; c++) {
        buffer_add_char(out, *c);
        if (*c == '\'')
            buffer_add_char(out, *c);
    }
    buffer_add_char(out, '\'');
}

static void put_rule(const struct drawn *d, struct buffer *out)
{
    switch (d->kind) {
    case REQUIRE: buffer_add_string(out, "require: {when: "); break;
    case REQUIRE_MARGIN: buffer_printf(out, "require: {margin_at_least: %u%%}", d->number); return;
    case HIDE: buffer_add_string(out, "hide: {when: "); break;
    case AGE: buffer_printf(out, "age: {min: %u, when: ", d->number); break;
    case SAFETY: buffer_add_string(out, "safety: {brands: [nord], categories: [Garden]}"); return;
    case EXCLUDE:
        buffer_printf(out, "exclude: {bought_within_days: %u, replenishable: ", d->number);
        break;
    case FATIGUE: buffer_printf(out, "fatigue: {shown: %u, within_days: 7}", d->number); return;
    case BRAND_CAP: buffer_printf(out, "at_most: [{count: %u, by: brand}]", d->number); return;
    case CATEGORY_CAP:
        buffer_printf(out, "at_most: {count: %u, by: category, level: 1}", d->number);
        return;
    case FILTER_CAP: buffer_printf(out, "at_most: {count: %u, when: ", d->number); break;
    case COLLAPSE: buffer_add_string(out, "collapse: title"); return;
    case PIN: buffer_printf(out, "pin: {product: p%u, slot: %u}", d->product, d->slot); return;
    case BOOST: buffer_printf(out, "boost: {up: %u, when: ", d->number); break;
    case BURY:
        buffer_printf(out, "bury: {%s: %u, when: ", d->number % 2 ? "below" : "factor",
                      d->number + 1);
        break;
    case KINDS: break;
    }
    put_filter(out, d->filter);
    buffer_add_char(out, '}');
}

/* When it holds: always, in a window, or for some shoppers. */
static void put_condition(struct world *w, struct drawn *d, struct buffer *out)
{
    static const struct {
        const char *text;
        bool now, new_shopper, old_shopper;
    } conditions[] = {
        {", from: 2026-09-21", true, true, true},
        {", until: 2026-09-21", true, true, true},
        {", until: 2026-09-20", false, false, false},
        {", from: 2026-09-21 14:14", false, false, false},
        {", from: 2026-09-21 14:13", true, true, true},
        {", segment: new", true, true, false},
        {", when_shopper: \"not segment new\"", true, false, true},
    };
    uint32_t which = below(w, 2 * COUNT(conditions));

    d->holds = true;
    if (which >= COUNT(conditions))
        return;
    buffer_add_string(out, conditions[which].text);
    d->holds = conditions[which].now && (w->shopper.orders == 0 ? conditions[which].new_shopper
                                                                : conditions[which].old_shopper);
}

static void draw_rule(struct world *w, struct buffer *out)
{
    struct drawn *d = &w->rules[w->rule_count++];

    *d = (struct drawn){.kind = (enum drawn_kind)below(w, KINDS),
                        .filter = draw_filter(w),
                        .number = 1 + below(w, 5),
                        .product = below(w, PRODUCTS + 2),
                        .slot = 1 + below(w, w->limit)};
    if (d->kind == REQUIRE || d->kind == HIDE) /* alone these leave little */
        d->filter = arena_printf(
            &w->arena, d->kind == HIDE ? "(%s) and price < 7" : "(%s) or price < 15", d->filter);
    if (d->kind == AGE)
        d->number = 14 + 2 * d->number;
    if (d->kind == REQUIRE_MARGIN)
        d->number *= 5;
    buffer_add_string(out, "      - {");
    put_rule(d, out);
    put_condition(w, d, out);
    buffer_add_string(out, "}\n");
}

/* A program that compiles: where pins get in each other's way, another one is drawn. */
static struct program *draw_program(struct world *w)
{
    for (;;) {
        SCOPED(buffer_free) struct buffer out = {.data = NULL};
        struct problems problems = {0};
        struct program *p = NULL;
        struct error err = {0};

        w->rule_count = 0;
        w->limit = 1 + below(w, LIMIT_MAX);
        w->unknown_cost_allow = below(w, 2) == 0;
        buffer_printf(&out,
                      "owner: x\ncurrency: EUR\npolicies:\n  unknown_cost: %s\n"
                      "  consent_default: {analytics: true, personalization: true, email: false}\n"
                      "segments: [{name: new, when: orders = 0}]\n"
                      "surfaces:\n  - name: home\n    kind: home\n    limit: %u\n    rules:\n",
                      w->unknown_cost_allow ? "allow" : "deny", w->limit);
        for (uint32_t i = 1 + below(w, RULES); i > 0; i--)
            draw_rule(w, &out);
        if (program_compile(buffer_text(&out), &p, &w->arena, &problems, &err) == OK)
            return p;
        if (strstr(err.message, "pin") == NULL)
            fail_msg("%s\n%s", err.message, out.data);
    }
}

static void draw_shopper(struct world *w)
{
    w->age_verified = below(w, 2) * (14 + below(w, 12));
    w->shopper = (struct shopper_facts){
        .history = true, .days_since_last = -1, .days_since_order = -1, .orders = below(w, 2)};
    w->profile =
        (struct profile){.personal = true, .count = below(w, 12), .shown_count = below(w, 9)};
    for (uint32_t i = 0; i < w->profile.count; i++)
        w->profile.actions[i] =
            (struct action){.product = below(w, PRODUCTS),
                            .time_s = (uint32_t)(NOW_MS / MS_SECOND) - below(w, 10 * 86400),
                            .kind = below(w, 2) == 0 ? ACTION_BUY : ACTION_VIEW};
    for (uint32_t i = 0; i < w->profile.shown_count; i++)
        w->profile.shown[i] =
            (struct shown_product){below(w, PRODUCTS), 1 + below(w, 6),
                                   (uint32_t)(NOW_MS / MS_SECOND) - below(w, 14 * 86400)};
}

static product_number product_of(const struct world *w, uint32_t number)
{
    char id[16];

    (void)snprintf(id, sizeof(id), "p%u", number);
    return catalog_find(w->catalog, text_from(id));
}

static bool is_candidate(const struct world *w, product_number n)
{
    for (uint32_t i = 0; i < w->candidate_count + w->only_pinned; i++)
        if (w->candidates[i].product == n)
            return true;
    return false;
}

/* As paths/ does: candidates are what no rule forbids; what is pinned and was not proposed comes behind. */
static void draw_candidates(struct world *w, const struct rules_held *held)
{
    struct rules_pin pin;

    w->candidate_count = w->only_pinned = 0;
    for (uint32_t i = below(w, CANDIDATES); i > 0; i--) {
        product_number n = product_of(w, below(w, PRODUCTS));
        if (!is_candidate(w, n) && rules_forbid(held, n) == NULL)
            w->candidates[w->candidate_count++].product = n;
    }
    for (size_t i = 0; rules_pin(held, i, &pin); i++) {
        if (pin.product != PRODUCT_NONE && !is_candidate(w, pin.product) &&
            rules_forbid(held, pin.product) == NULL)
            w->candidates[w->candidate_count + w->only_pinned++].product = pin.product;
    }
    for (uint32_t i = 0; i < w->candidate_count; i++)
        w->unexplained[i] = below(w, 8) == 0;
}

/* --- what must hold ----------------------------------------------------------------- */

static bool filter_says(struct world *w, const char *filter, product_number n)
{
    return filter_product(filter_of(&w->arena, filter, FILTER_PRODUCTS), w->catalog, n, &w->arena);
}

static bool bought(const struct world *w, product_number n, uint32_t days)
{
    for (uint32_t i = 0; i < w->profile.count; i++) {
        const struct action *a = &w->profile.actions[i];
        if (a->kind == ACTION_BUY && catalog_product_of(w->catalog, a->product) == n &&
            (int64_t)a->time_s >= NOW_MS / MS_SECOND - (int64_t)days * 86400)
            return true;
    }
    return false;
}

static bool tired_of(const struct world *w, product_number n, uint32_t times)
{
    for (uint32_t i = 0; i < w->profile.shown_count; i++) {
        const struct shown_product *s = &w->profile.shown[i];
        if (catalog_product_of(w->catalog, s->product) == n && s->times >= times &&
            (int64_t)s->last_s >= NOW_MS / MS_SECOND - 7 * 86400)
            return true;
    }
    return false;
}

static bool margin_holds(struct world *w, uint32_t percent, product_number n)
{
    const char *floor = arena_printf(&w->arena, "margin >= %u%%", percent);

    return filter_says(w, floor, n) ||
           (w->unknown_cost_allow && filter_says(w, "cost is unknown", n));
}

/* Does the product alone break the rule? */
/* Of the product or of something it consists of. */
static bool filter_says_of_any(struct world *w, const char *filter, product_number n)
{
    product_number parts[CATALOG_PARTS_MAX];
    uint32_t count = catalog_parts(w->catalog, n, parts, CATALOG_PARTS_MAX);
    bool says = filter_says(w, filter, n);

    for (uint32_t i = 0; i < count && !says; i++)
        says = filter_says(w, filter, parts[i]);
    return says;
}

static bool forbidden_by(struct world *w, const struct drawn *d, product_number n)
{
    if (!d->holds)
        return false;
    switch (d->kind) {
    case REQUIRE: return !filter_says(w, d->filter, n);
    case REQUIRE_MARGIN: return !margin_holds(w, d->number, n);
    case HIDE: return filter_says(w, d->filter, n);
    case AGE: return w->age_verified < d->number && filter_says_of_any(w, d->filter, n);
    case SAFETY: return filter_says_of_any(w, "brand = nord or category within Garden", n);
    case EXCLUDE: return bought(w, n, d->number) && !filter_says(w, d->filter, n);
    case FATIGUE: return tired_of(w, n, d->number);
    default: return false;
    }
}

/* Do both count as one, for the cap? */
static bool same(struct world *w, const struct drawn *d, product_number a, product_number b)
{
    struct product x, y;

    if (!catalog_get(w->catalog, a, &w->arena, &x) || !catalog_get(w->catalog, b, &w->arena, &y))
        return false;
    struct text brand_x = text_trim(x.brand), brand_y = text_trim(y.brand);
    /* of the letters beyond ASCII the drawn brands have one, capital and small */
    bool both_orsted = brand_x.size == 7 && brand_y.size == 7;
    bool none = brand_x.size == 0 && brand_y.size == 0;
    bool brands = none || both_orsted || text_equal_nocase(brand_x, brand_y);
    if (d->kind == BRAND_CAP)
        return brands && brand_x.size > 0;
    if (d->kind == COLLAPSE)
        return brands && text_equal(x.title, y.title);
    if (d->kind == FILTER_CAP)
        return filter_says(w, d->filter, a) && filter_says(w, d->filter, b);
    struct text path_x = x.category, path_y = y.category;
    return path_x.size > 0 &&
           text_equal(text_trim(text_cut(&path_x, '>')), text_trim(text_cut(&path_y, '>')));
}

/* Of any product the first rule that forbids it is the one that is named. */
static void check_forbidden(struct world *w, const struct rules_held *held)
{
    for (uint32_t i = 0; i < FORBIDDEN; i++) {
        product_number n = product_of(w, below(w, PRODUCTS));
        const struct rule_ref *rule = rules_forbid(held, n);
        size_t first = 0;
        while (first < w->rule_count && !forbidden_by(w, &w->rules[first], n))
            first++;
        assert_int_equal(rule == NULL ? w->rule_count : rule->number - 1, first);
    }
}

static product_number shown(const struct world *w, size_t at)
{
    return w->candidates[w->placed[at].candidate].product;
}

static void check_cap(struct world *w, const struct drawn *d)
{
    uint32_t most = d->kind == COLLAPSE ? 1 : d->number;

    if (!d->holds || d->kind < BRAND_CAP || d->kind > COLLAPSE)
        return;
    for (size_t i = 0; i < w->count; i++) {
        uint32_t alike = 0;
        for (size_t k = 0; k < w->count; k++)
            alike += same(w, d, shown(w, i), shown(w, k));
        assert_in_range(alike, 0, most);
    }
}

/* What is pinned stands in its slot, or is followed by pins alone in a list too short. */
static void check_pin(const struct world *w, size_t at, const struct rule_ref *pin)
{
    const struct drawn *d = &w->rules[pin->number - 1];

    assert_int_equal(d->kind, PIN);
    assert_true(d->holds);
    assert_int_equal(shown(w, at), product_of(w, d->product));
    assert_in_range(at + 1, 1, d->slot);
    for (size_t i = at; at + 1 < d->slot && i < w->count; i++)
        assert_non_null(w->placed[i].pinned);
}

static void check_answer(struct world *w)
{
    assert_in_range(w->count, 0, w->limit + w->spare);
    for (size_t i = 0; i < w->count; i++) {
        product_number n = shown(w, i);
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(n, shown(w, k));
        for (size_t k = 0; k < w->rule_count; k++)
            assert_false(forbidden_by(w, &w->rules[k], n));
        if (w->placed[i].pinned != NULL)
            check_pin(w, i, w->placed[i].pinned);
        else
            assert_true(w->placed[i].candidate < w->candidate_count &&
                        !w->unexplained[w->placed[i].candidate]);
    }
    for (size_t k = 0; k < w->rule_count; k++)
        check_cap(w, &w->rules[k]);
}

/* What is missing from a list that is not full is missing for a reason. */
static void check_full(struct world *w)
{
    for (uint32_t i = 0; w->count < w->limit && i < w->candidate_count; i++) {
        bool stands = w->unexplained[i], capped = false;
        for (size_t k = 0; k < w->count; k++)
            stands = stands || shown(w, k) == w->candidates[i].product;
        for (size_t k = 0; k < w->rule_count && !stands; k++) {
            const struct drawn *d = &w->rules[k];
            uint32_t alike = 0;
            for (size_t m = 0; m < w->count; m++)
                alike += same(w, d, w->candidates[i].product, shown(w, m));
            capped = capped || (d->holds && d->kind >= BRAND_CAP && d->kind <= COLLAPSE &&
                                alike >= (d->kind == COLLAPSE ? 1 : d->number));
        }
        assert_true(stands || capped);
    }
}

static bool explained(void *context, uint32_t i)
{
    const struct world *w = context;

    return !w->unexplained[i];
}

static void marks_done(struct marks **m)
{
    marks_free(*m);
}

static void groups_done(struct groups **g)
{
    groups_free(*g);
}

static void answer(struct world *w)
{
    struct program *p = draw_program(w);
    SCOPED(marks_done) struct marks *m = marks_new(p->filters.filters, p->filters.count);
    SCOPED(groups_done) struct groups *g = groups_new();

    marks_follow(m, w->catalog);
    groups_take(g, &p->groups);
    groups_follow(g, w->catalog);
    const struct rules_facts facts = {.catalog = w->catalog,
                                      .marks = m,
                                      .groups = g,
                                      .shopper = &w->shopper,
                                      .profile = &w->profile,
                                      .now_ms = NOW_MS,
                                      .age_verified = w->age_verified};
    struct rules_held *held = rules_begin(p->surfaces[0].rules, &facts, &w->arena);
    check_forbidden(w, held);
    draw_candidates(w, held);
    w->spare = below(w, SPARE_MAX);
    const struct rules_question q = {.candidates = w->candidates,
                                     .count = w->candidate_count,
                                     .only_pinned = w->only_pinned,
                                     .limit = w->limit,
                                     .spare = w->spare,
                                     .may_show = explained,
                                     .context = w};
    w->count = rules_place(held, &q, w->placed, &w->arena);
    check_answer(w);
    check_full(w);
    program_free(p);
}

static void no_requirement_is_ever_broken(void **state)
{
    static struct world w;
    size_t shown_count = 0, pinned = 0;

    random_seed(&w.random, 20260921);
    for (uint32_t i = 0; i < runs; i++) {
        if (i % RUNS_OF_CATALOG == 0)
            draw_catalog(&w);
        draw_shopper(&w);
        answer(&w);
        shown_count += w.count;
        for (size_t k = 0; k < w.count; k++)
            pinned += w.placed[k].pinned != NULL;
        arena_reset(&w.arena);
    }
    assert_true(shown_count > 2 * (size_t)runs); /* something was shown, */
    assert_true(pinned > runs / 10);             /* and pinned */
    catalog_free(w.catalog);
    arena_free(&w.arena);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_requirement_is_ever_broken),
    };

    if (argc > 1)
        runs = (uint32_t)strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
