/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/crowd.h"

#include "base/money.h"
#include "base/time.h"
#include "paths/learn.h"

enum { ITEMS_MAX = 16 };

static void must(enum status status, const struct error *err)
{
    if (status != OK)
        fail_msg("%s", err->message);
}

void crowd_program(struct crowd_shop *c, const char *program)
{
    SCOPED(buffer_free) struct buffer document = {0};

    buffer_printf(&document,
                  "owner: tests\ncurrency: EUR\npolicies:\n"
                  "  consent_default: {analytics: true, personalization: true, email: false}\n"
                  "  traffic: {co_view: 0}\n%s%s",
                  strstr(program, "min_support") == NULL ? "  min_support: {viewed: 3, bought: 3}\n"
                                                         : "",
                  program);
    test_program(c->t.shop, buffer_text(&document).data, c->now_ms);
}

void crowd_open(struct crowd_shop *c, const char *program)
{
    *c = (struct crowd_shop){.now_ms = TEST_NOW};
    test_shop_open(&c->t);
    crowd_program(c, program);
}

void crowd_close(struct crowd_shop *c)
{
    test_shop_close(&c->t);
    arena_free(&c->arena);
}

void crowd_product(struct crowd_shop *c, const char *id, const char *title, const char *category)
{
    struct product_batch *batch = product_batch_new();
    struct product p = product_blank();
    struct error err = {0};
    uint64_t stored, same;

    p.item_id = text_from(id);
    p.title = text_from(title);
    p.category = text_from(category);
    p.currency = TEXT("EUR");
    p.price = 10 * MONEY_UNIT;
    product_batch_add(batch, &p);
    must(record_products(c->t.shop, batch, c->now_ms, &stored, &same, &err), &err);
    product_batch_free(batch);
}

void crowd_event(struct crowd_shop *c, const char *shopper, enum event_type type, const char *items)
{
    struct event_item list[ITEMS_MAX];
    struct text rest = text_from(items);
    struct error err = {0};
    struct batch batch;
    struct event e = {.id = text_from(arena_printf(&c->arena, "e-%u", ++c->events)),
                      .type = type,
                      .flags = EVENT_VERIFIED | EVENT_PERSONALIZATION,
                      .anonymous_id = text_from(shopper),
                      .time_ms = c->now_ms += 10 * MS_SECOND,
                      .items = list,
                      .value = MONEY_NONE,
                      .scroll_percent = -1};

    if (c->left_out != NULL && strcmp(shopper, c->left_out) == 0)
        return;
    while (rest.data != NULL) {
        assert_true(e.item_count < ITEMS_MAX);
        list[e.item_count++] = (struct event_item){
            .item_id = text_cut(&rest, ','), .quantity = 1, .price = MONEY_NONE};
    }
    batch_init(&batch, "test", c->now_ms, true);
    batch_accept(&batch, &e, c->t.shop->keys.id_key, 0);
    must(record_run(c->t.shop, &batch, &err), &err);
    assert_int_equal(batch.entries[0].outcome, ENTRY_STORED);
    batch_free(&batch);
}

void crowd_train(struct crowd_shop *c)
{
    const struct learn_options options = {
        .data_dir = c->t.dir, .settings = &c->t.shop->settings, .now_ms = c->now_ms};
    SCOPED(learn_result_free) struct learn_result learned = {.surface_count = 0};
    struct error err = {0};

    must(shop_tick(c->t.shop, c->now_ms, &err), &err);
    must(learn(&options, &learned, &err), &err);
    must(shop_use_generation(c->t.shop, learned.generation.number, TEST_ACTOR(c->now_ms), &err),
         &err);
}

void crowd_ask(struct crowd_shop *c, struct question q, struct answer *out)
{
    struct error err = {0};

    q.surface_count = 1;
    if (q.now_ms == 0)
        q.now_ms = c->now_ms + MS_SECOND;
    must(recommend(c->t.shop, &q, out, &c->arena, &err), &err);
}

const struct answer_item *crowd_item(const struct answer *answer, const char *id)
{
    for (size_t i = 0; i < answer->item_count; i++) {
        if (text_is(answer->items[i].item_id, id))
            return &answer->items[i];
    }
    return NULL;
}
