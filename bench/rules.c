/* SPDX-License-Identifier: Apache-2.0 */
/* rules: how long rules and reasons take of one answer: which rules hold, 300 candidates judged while they are
 * gathered, places for a list of 8 (and 20 more to explore from), and a sentence for what is placed.
 *
 *   build/bench/rules [ANSWERS]     default 20000
 *
 * 20 and 100 rules of all kinds over 20,000 products. One in eight candidates is hidden, boosts touch a
 * third. The checksum covers every product placed: figures with another checksum do not compare. */
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/money.h"
#include "base/random.h"
#include "base/time.h"
#include "explain/explain.h"
#include "program/program.h"
#include "tests/support/filters.h"
#include "tests/support/walk.h"

enum { PRODUCTS = 20000, CANDIDATES = 300, LIMIT = 8, SPARE = 20, SIZES = 2, RULES_OF_MIX = 20 };

#define NOW_MS INT64_C(1790000000000)

static const uint32_t sizes[SIZES] = {20, 100};

struct bench {
    struct catalog *catalog;
    struct marks *marks;
    struct groups *groups;
    struct program *program;
    struct shopper_facts shopper;
    struct profile profile;
    struct candidate candidates[CANDIDATES];
    struct reason reasons[CANDIDATES];
    uint32_t explained[CANDIDATES];
    size_t explained_count;
    struct arena arena; /* of one answer */
    uint32_t *ns;       /* of each answer */
    uint64_t checksum;
};

/* Twenty rules, each time about others. */
static void mix(uint32_t round, struct buffer *out)
{
    uint32_t k = round * RULES_OF_MIX;

    buffer_printf(out,
                  "      - require: {in_stock: true, margin_at_least: 0.05}\n"
                  "      - require: {when: \"price >= 1\"}\n"
                  "      - hide: \"attribute.colour = c%u\"\n"
                  "      - {hide: \"price < %u\", when_shopper: \"orders > 3\"}\n"
                  "      - {hide: \"price > 1%u\", from: 2030-01-01}\n"
                  "      - hide: \"item_id in (p-%u, p-%u)\"\n"
                  "      - safety: {brands: [bad%u], categories: [Weapons %u]}\n"
                  "      - age: {min: 18, when: \"category within \\\"Spirits %u\\\"\"}\n"
                  "      - exclude: {bought_within_days: 90, replenishable: \"price < 2\"}\n"
                  "      - fatigue: {shown: 5, within_days: 14}\n",
                  k, round, k, k, k + 1, k, k, k);
    buffer_printf(out,
                  "      - at_most: [{count: 3, by: brand}, {count: 4, by: category}]\n"
                  "      - at_most: {count: 6, by: price_band}\n"
                  "      - collapse: title\n"
                  "      - boost: {when: \"price > %u and brand is known\", up: 3}\n"
                  "      - boost: {when: \"stock > %u\", factor: 1.5}\n"
                  "      - boost: {when: \"attribute.colour = d%u\", up: 5}\n"
                  "      - bury: {when: \"discount > 30%% and price > %u\", below: 6}\n"
                  "      - bury: {when: \"margin < 0.1%u\", factor: 2}\n"
                  "      - bury: {when: \"attribute.size = s%u\", down: 4}\n",
                  90 + round, 40 + round, k, round, round, k);
    if (round == 0)
        buffer_add_string(out, "      - pin: {product: p-77, slot: 3}\n");
    else
        buffer_printf(out, "      - hide: \"gtin = %u\"\n", 1000 + k);
}

static void make_program(struct bench *b, uint32_t rules)
{
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct problems problems = {0};
    struct error err = {0};

    buffer_add_string(&out,
                      "owner: x\ncurrency: EUR\npolicies:\n  unknown_cost: allow\n"
                      "  consent_default: {analytics: true, personalization: true, email: false}\n"
                      "surfaces:\n  - name: home\n    kind: home\n    rules:\n");
    for (uint32_t round = 0; round < rules / RULES_OF_MIX; round++)
        mix(round, &out);
    if (program_compile(buffer_text(&out), &b->program, &a, &problems, &err) != OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    b->marks = marks_new(b->program->filters.filters, b->program->filters.count);
    marks_follow(b->marks, b->catalog);
    b->groups = groups_new();
    groups_take(b->groups, &b->program->groups);
    groups_follow(b->groups, b->catalog);
}

static void make_catalog(struct bench *b)
{
    static const char *const colours[] = {"c0", "d0", "red", "s0", "blue", "c20", "d20"};
    struct walk_names names;
    char brand[16];

    b->catalog = catalog_new();
    for (uint32_t i = 0; i < PRODUCTS; i++) {
        struct product p = walk_product(i, &names);
        struct attribute attributes[2] = {
            {TEXT("colour"), text_from(colours[i % COUNT(colours)])},
            {TEXT("size"), text_from(colours[i % 7 % COUNT(colours)])}};
        (void)snprintf(brand, sizeof(brand), "Brand %u", i % 97);
        p.brand = text_from(brand);
        p.cost = p.price / 100 * (50 + i % 50);
        p.sale_price = i % 9 == 0 ? p.price / 2 : MONEY_NONE;
        p.attributes = attributes;
        p.attribute_count = COUNT(attributes);
        catalog_put(b->catalog, &p);
    }
}

/* Another answer: other candidates, from a few things the shopper viewed. */
static void draw(struct bench *b, struct random *r)
{
    product_number seeds[6];

    for (size_t i = 0; i < COUNT(seeds); i++)
        seeds[i] = random_below(r, PRODUCTS);
    uint32_t first = random_below(r, PRODUCTS);
    for (uint32_t i = 0; i < CANDIDATES; i++)
        b->candidates[i] = (struct candidate){
            .product = (first + i * 61) % PRODUCTS,
            .source = SOURCE_also_viewed,
            .evidence = {EVIDENCE_VIEWED, seeds[random_below(r, COUNT(seeds))]},
        };
    for (uint32_t i = 0; i < PROFILE_ACTIONS_MAX; i++)
        b->profile.actions[i] =
            (struct action){random_below(r, PRODUCTS), (uint32_t)(NOW_MS / MS_SECOND) - i * 1000,
                            i % 3 == 0 ? ACTION_BUY : ACTION_VIEW, false};
    for (uint32_t i = 0; i < PROFILE_SHOWN_MAX; i++)
        b->profile.shown[i] = (struct shown_product){random_below(r, PRODUCTS), i,
                                                     (uint32_t)(NOW_MS / MS_SECOND) - i * 1000};
    b->profile.count = PROFILE_ACTIONS_MAX;
    b->profile.shown_count = PROFILE_SHOWN_MAX;
}

/* What rests on the same is said the same, as paths/ does. */
static bool give_reason(void *context, uint32_t i)
{
    struct bench *b = context;

    for (size_t k = 0; k < b->explained_count; k++) {
        uint32_t other = b->explained[k];
        if (b->candidates[other].evidence.reference == b->candidates[i].evidence.reference) {
            b->reasons[i] = b->reasons[other];
            return true;
        }
    }
    b->explained[b->explained_count++] = i;
    const struct reason_inputs in = {
        .catalog = b->catalog,
        .speech = templates_choose(&b->program->templates, (struct text){0}),
        .own_page = PRODUCT_NONE,
    };
    return reason_of(&b->candidates[i], &in, &b->arena, &b->reasons[i]);
}

static size_t answer(struct bench *b, struct rules_placed *placed)
{
    const struct rules_facts facts = {.catalog = b->catalog,
                                      .marks = b->marks,
                                      .groups = b->groups,
                                      .shopper = &b->shopper,
                                      .profile = &b->profile,
                                      .now_ms = NOW_MS};
    struct rules_held *held = rules_begin(b->program->surfaces[0].rules, &facts, &b->arena);
    uint32_t count = 0;

    b->explained_count = 0;
    for (uint32_t i = 0; i < CANDIDATES; i++)
        if (rules_forbid(held, b->candidates[i].product) == NULL)
            b->candidates[count++] = b->candidates[i];
    const struct rules_question q = {.candidates = b->candidates,
                                     .count = count,
                                     .limit = LIMIT,
                                     .spare = SPARE,
                                     .may_show = give_reason,
                                     .context = b};
    return rules_place(held, &q, placed, &b->arena);
}

static int by_size(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;

    return (*a > *b) - (*a < *b);
}

static void measure(struct bench *b, uint32_t rules, uint32_t answers)
{
    struct rules_placed placed[LIMIT + SPARE];
    struct random random;

    make_program(b, rules);
    random_seed(&random, 1);
    for (uint32_t i = 0; i < answers; i++) {
        draw(b, &random);
        uint64_t begun = time_monotonic_ns();
        size_t count = answer(b, placed);
        b->ns[i] = (uint32_t)(time_monotonic_ns() - begun);
        for (size_t k = 0; k < count; k++)
            b->checksum = hash_u64(b->checksum + b->candidates[placed[k].candidate].product);
        arena_reset(&b->arena);
    }
    qsort(b->ns, answers, sizeof(*b->ns), by_size);
    printf(", \"median_us_%u\": %.1f, \"p99_us_%u\": %.1f", rules, b->ns[answers / 2] / 1000.0,
           rules, b->ns[answers - 1 - answers / 100] / 1000.0);
    marks_free(b->marks);
    groups_free(b->groups);
    program_free(b->program);
}

int main(int argc, char **argv)
{
    struct bench b = {.shopper = {.days_since_last = -1, .days_since_order = -1, .history = true}};
    uint32_t answers = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 20000;

    b.ns = calloc(answers, sizeof(*b.ns));
    make_catalog(&b);
    printf("{\"bench\": \"rules\", \"candidates\": %d, \"answers\": %u", CANDIDATES, answers);
    for (size_t i = 0; i < SIZES; i++)
        measure(&b, sizes[i], answers);
    printf(", \"checksum\": \"%016llx\"}\n", (unsigned long long)b.checksum);
    catalog_free(b.catalog);
    arena_free(&b.arena);
    free(b.ns);
    return 0;
}
