/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/judged.h"

#include "base/memory.h"
#include "base/time.h"
#include "tests/support/shop.h"
#include "tests/support/trees.h"
#include "train/train.h"

enum { LEAVES = 12 };

struct model *ranked_trees(uint64_t seed, uint32_t trees, enum feature never)
{
    static const float values[] = {0.01F, 0.1F, 0.3F, 0.5F, 1, 1.5F, 2, 3, 5, 8, 12, 20};
    const struct made_thresholds thresholds = {values, COUNT(values)};
    SCOPED(buffer_free) struct buffer json = {0};
    struct made_tree *all = mem_new(trees, sizeof(*all));
    const char *names[FEATURE_COUNT];
    struct random random;

    random_seed(&random, seed);
    for (uint32_t t = 0; t < trees; t++) {
        made_tree_grow(&all[t], &random, LEAVES, FEATURE_COUNT, thresholds);
        for (uint32_t i = 0; i < all[t].node_count; i++)
            if (all[t].nodes[i].feature == never)
                all[t].nodes[i].feature = (never + 1) % FEATURE_COUNT;
    }
    for (int f = 0; f < FEATURE_COUNT; f++)
        names[f] = feature_name((enum feature)f);
    made_json_named(all, trees, names, FEATURE_COUNT, &json);
    mem_free(all);
    return model_of_json(buffer_text(&json));
}

static void apply_program(struct shop *shop, int64_t now_ms)
{
    static const char document[] =
        "owner: tests\n"
        "currency: EUR\n"
        "policies:\n"
        "  consent_default: {analytics: true, personalization: true, email: false}\n"
        "  min_support: {viewed: 3, bought: 3}\n"
        "  traffic: {co_view: 0, learned: 0}\n";

    test_program(shop, document, now_ms);
}

static void import_all(struct shop *shop, int64_t now_ms)
{
    enum { PRODUCTS = 12, VISITORS = 40, LOOKS = 3 };
    SCOPED(buffer_free) struct buffer lines = {0};
    char time[TIME_TEXT_SIZE];

    for (int i = 0; i < PRODUCTS; i++)
        buffer_printf(&lines, "{\"item_id\":\"p%d\",\"title\":\"Product %d\",\"price\":\"%d\"}\n",
                      i, i, 1 + i * 5 % PRODUCTS);
    assert_int_equal(
        test_import(shop, "catalog", buffer_text(&lines).data, "from=jsonl;currency=EUR").stored,
        PRODUCTS);
    buffer_clear(&lines);
    for (int v = 0; v < VISITORS; v++)
        for (int i = 0; i < LOOKS; i++)
            buffer_printf(&lines,
                          "{\"id\":\"%d-%d\",\"type\":\"view_item\",\"anonymous_id\":\"v-%d\","
                          "\"time\":\"%s\",\"items\":[{\"item_id\":\"p%d\"}]}\n",
                          v, i, v,
                          time_print(now_ms - (VISITORS - v) * MS_MINUTE + i * MS_SECOND, time),
                          (v * (i + 1) + i) % PRODUCTS);
    assert_int_equal(test_import(shop, "events", buffer_text(&lines).data, "from=jsonl").stored,
                     VISITORS * LOOKS);
}

void ranked_shop(struct shop *shop, const struct model *ranker, int64_t now_ms)
{
    const struct generation_gates gates = {.all = {{"home", "learned"}, {"pdp", "co-view"}},
                                           .count = 2};
    const struct train_options options = {.data_dir = shop->data_dir,
                                          .support_viewed = 3,
                                          .support_bought = 3,
                                          .keep = 5,
                                          .now_ms = now_ms,
                                          .learned = true,
                                          .ranker = ranker,
                                          .gates = &gates};
    struct generation_summary made;
    struct session_set set;
    struct error err = {0};

    apply_program(shop, now_ms);
    import_all(shop, now_ms);
    const struct position until = shop->state->position;
    if (train_sessions(&options, shop->state->catalog, until, &set, &err) != OK ||
        train_from_sessions(&options, shop->state->catalog, &set, until, &made, &err) != OK ||
        shop_use_generation(shop, made.number, TEST_ACTOR(now_ms), &err) != OK)
        fail_msg("%s", err.message);
    session_set_free(&set);
}
