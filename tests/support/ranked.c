/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/ranked.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/time.h"
#include "features/features.h"
#include "journal/journal.h"
#include "tests/support/trees.h"
#include "train/train.h"

enum { SESSIONS = 240, EVENTS = 7, TREES = 40, LEAVES = 12 };

static void apply(struct shop *shop, const char *program)
{
    SCOPED(buffer_free) struct buffer document = {0};

    buffer_printf(&document,
                  "owner: tests\ncurrency: EUR\npolicies:\n"
                  "  consent_default: {analytics: true, personalization: true, email: false}\n"
                  "  min_support: {viewed: 3, bought: 3}\n"
                  "  traffic: {co_view: 0, learned: 0}\n%s",
                  program);
    test_program(shop, buffer_text(&document).data, TEST_NOW);
}

static void import_products(struct shop *shop)
{
    SCOPED(buffer_free) struct buffer products = {0};

    for (int i = 0; i < RANKED_PRODUCTS; i++) {
        buffer_printf(&products,
                      "{\"item_id\":\"p-%d\",\"title\":\"Product %d\",\"brand\":\"brand-%d\","
                      "\"category\":\"Home > Shelf %d\",\"price\":\"%d.50\",\"currency\":\"EUR\","
                      "\"stock\":%d",
                      i, i, i % 7, i % 5, 3 + i % 40, 1 + i * 3 % 50);
        if (i % 3 > 0)
            buffer_printf(&products, ",\"cost\":\"%d.00\"", 1 + i % 30);
        if (i % 4 == 0)
            buffer_printf(&products, ",\"sale_price\":\"%d.25\"", 3 + i % 40);
        buffer_add_string(&products, "}\n");
    }
    assert_int_equal(test_import(shop, "catalog", products.data, "from=jsonl").stored,
                     RANKED_PRODUCTS);
}

/* A chain of neighbours on a ring, so that sessions have something in common. */
static int product_of(uint32_t session, uint32_t step)
{
    return (int)((hash_u64(session) % 40 + step * (1 + session % 3)) % RANKED_PRODUCTS);
}

static const char *type_of(uint32_t session, uint32_t step)
{
    uint64_t chance = hash_u64((uint64_t)session * EVENTS + step) % 10;

    return step == 2     ? "view_item_list"
           : chance == 0 ? "purchase"
           : chance <= 2 ? "add_to_cart"
           : chance == 3 ? "add_to_wishlist"
                         : "view_item";
}

void ranked_shop_walk(struct shop *shop, uint32_t session, int64_t *now_ms, ranked_each *each,
                      void *context)
{
    static const char *const devices[] = {"mobile", "desktop", "tablet", "fridge"};
    char shopper[32];

    (void)snprintf(shopper, sizeof(shopper), "shopper-%u", (unsigned)(session % 60));
    for (uint32_t i = 0; i < EVENTS; i++) {
        SCOPED(buffer_free) struct buffer event = {0};
        const char *type = type_of(session, i);
        char time[TIME_TEXT_SIZE];
        int product = product_of(session, i);
        *now_ms += MS_MINUTE;
        buffer_printf(&event,
                      "{\"id\":\"e-%u-%u\",\"type\":\"%s\",\"anonymous_id\":\"%s\","
                      "\"session_id\":\"s-%u\",\"time\":\"%s\",\"context\":{\"device\":\"%s\"},"
                      "\"items\":[{\"item_id\":\"p-%d\"}",
                      (unsigned)session, (unsigned)i, type, shopper, (unsigned)session,
                      time_print(*now_ms, time), devices[session % COUNT(devices)], product);
        for (int k = 1; k < 8 && i == 2; k++)
            buffer_printf(&event, ",{\"item_id\":\"p-%d\"}", (product + 3 * k) % RANKED_PRODUCTS);
        buffer_printf(&event, "]%s}",
                      strcmp(type, "purchase") == 0 ? ",\"order_id\":\"o\",\"currency\":\"EUR\""
                                                    : "");
        assert_int_equal(test_record(shop, event.data, *now_ms).stored, 1);
        if (each != NULL && i != 2)
            each(context, shopper, *now_ms);
    }
}

/* Trees that ask for this program's features by their names. */
static struct model *trees_of(uint64_t seed)
{
    static const float values[] = {0.02F, 0.1F, 0.3F, 0.5F, 1.5F, 3, 6, 12, 25};
    const struct made_thresholds thresholds = {values, COUNT(values)};
    SCOPED(buffer_free) struct buffer made = {0}, named = {0};
    struct made_tree *trees = mem_new(TREES, sizeof(*trees));
    static const char learner[] = "{\"learner\":{";
    struct random random;

    random_seed(&random, seed);
    for (int i = 0; i < TREES; i++)
        made_tree_grow(&trees[i], &random, LEAVES, FEATURE_COUNT, thresholds);
    made_json(trees, TREES, FEATURE_COUNT, &made);
    assert_true(text_starts(buffer_text(&made), learner));
    buffer_printf(&named, "%s\"feature_names\":[", learner);
    for (int i = 0; i < FEATURE_COUNT; i++)
        buffer_printf(&named, "%s\"%s\"", i > 0 ? "," : "", feature_name((enum feature)i));
    buffer_printf(&named, "],%s", made.data + sizeof(learner) - 1);
    mem_free(trees);
    return model_of_json(buffer_text(&named));
}

void ranked_shop_train(struct shop *shop, uint64_t seed, int64_t now_ms)
{
    SCOPED(session_set_free) struct session_set set = {.session_count = 0};
    SCOPED(model_close) struct model *model = trees_of(seed);
    struct generation_gates gates = {.count = 0};
    const struct program *program = shop->state->program;
    const struct train_options train = {.data_dir = shop->data_dir,
                                        .support_viewed = 3,
                                        .support_bought = 3,
                                        .keep = 5,
                                        .now_ms = now_ms,
                                        .learned = true,
                                        .ranker = model,
                                        .gates = &gates};
    struct generation_summary summary;
    struct error err = {0};

    for (size_t i = 0; i < program->surface_count; i++) {
        struct generation_gate *gate = &gates.all[gates.count++];
        struct text name = program->surfaces[i].name;
        (void)snprintf(gate->surface, GATE_NAME_SIZE, "%.*s", (int)name.size, name.data);
        (void)snprintf(gate->rung, GATE_NAME_SIZE, "%s", rung_word(RUNG_LEARNED));
    }
    if (train_sessions(&train, shop->state->catalog, shop->state->position, &set, &err) != OK ||
        train_from_sessions(&train, shop->state->catalog, &set, shop->state->position, &summary,
                            &err) != OK ||
        shop_use_generation(shop, summary.number, TEST_ACTOR(now_ms), &err) != OK)
        fail_msg("%s", err.message);
}

void ranked_shop_open(struct test_shop *t, const char *program, int64_t *now_ms)
{
    struct error err = {0};

    *now_ms = TEST_NOW;
    test_shop_open(t);
    apply(t->shop, program);
    import_products(t->shop);
    for (uint32_t i = 0; i < SESSIONS; i++)
        ranked_shop_walk(t->shop, i, now_ms, NULL, NULL);
    assert_int_equal(shop_tick(t->shop, *now_ms, &err), OK);
    ranked_shop_train(t->shop, 7, *now_ms);
}

void ranked_place_open(struct ranked_place *p, const char *program)
{
    *p = (struct ranked_place){.now_ms = 0};
    ranked_shop_open(&p->t, program, &p->now_ms);
    p->generation = generation_pin(p->t.shop->generations);
}

void ranked_place_close(struct ranked_place *p)
{
    generation_unpin(p->t.shop->generations, p->generation);
    test_shop_close(&p->t);
    arena_free(&p->a);
}
