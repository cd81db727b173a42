/* SPDX-License-Identifier: Apache-2.0 */
/* A recorded week, and a hundred decisions of it, on the rung learned too: each is given again byte for
 * byte after the server was started anew and a later generation was published. */
#include <stdio.h>

#include "base/time.h"
#include "paths/replay.h"
#include "tests/support/ranked.h"

enum { DECISIONS = 100, SESSIONS_FROM = 5000 };

static const char surfaces[] =
    "reasons:\n"
    "  viewed: {de: \"Weil Sie {title} angesehen haben\", fr: \"Car vous avez vu {title}\"}\n"
    "  similar: {de-AT: \"So wie {title}\"}\n"
    "lists: [{name: picks, products: [p-3, p-9, p-27, p-81]}]\n"
    "surfaces:\n"
    "  - {name: pdp, kind: pdp, explore: 0.1, limit: 8}\n"
    "  - {name: cart, kind: cart, explore: 0.1, limit: 6}\n"
    "  - {name: home, kind: home, explore: 0.1, limit: 12}\n"
    "  - {name: plain, kind: pdp, sources: [curated, similar, also_viewed, bestsellers]}\n";

struct week {
    struct test_shop t;
    struct arena arena;
    int64_t now_ms;
    uint32_t sessions;
    struct kept {
        const char *request_id;
        struct text answer; /* from the surface on, as JSON */
    } kept[DECISIONS];
    size_t count, quota; /* kept so far, and to be kept by the end of the day */
    size_t explored, learned, worded;
};

static void keep(struct week *w, const struct answer *answer)
{
    SCOPED(buffer_free) struct buffer json = {0};

    if (w->count == w->quota)
        return;
    answer_json(answer, &json);
    json.data[--json.size] = '\0'; /* the closing brace: a replay has more members */
    const char *from = strstr(buffer_text(&json).data, "\"surface\":");
    w->kept[w->count++] = (struct kept){arena_text(&w->arena, text_from(answer->request_id)).data,
                                        arena_text(&w->arena, text_from(from))};
    w->explored += answer->decision->explored_slot > 0;
    w->learned += answer->rung == RUNG_LEARNED;
    w->worded += answer->decision->language.data != NULL;
}

/* A page of two surfaces behind every few things that shoppers do, each asked otherwise. */
static void ask(void *context, const char *shopper, int64_t time_ms)
{
    static const char *const names[] = {"pdp", "home", "cart", "plain"};
    static const char *const languages[] = {NULL, "de", "de-AT,de;q=0.5", "fr", "it"};
    struct week *w = context;
    uint32_t turn = w->sessions * 7 + (uint32_t)(time_ms / MS_MINUTE % 7);
    struct question q = {.surfaces = {text_from(names[turn % 4]), text_from(names[(turn + 1) % 4])},
                         .surface_count = 2,
                         .anonymous_id = turn % 9 == 0 ? TEXT("nobody yet") : text_from(shopper),
                         .user_id = turn % 5 == 0 ? TEXT("ada@shop.example") : (struct text){0},
                         .item_id =
                             text_from(arena_printf(&w->arena, "p-%u", turn % RANKED_PRODUCTS)),
                         .language = text_from(languages[turn % 5]),
                         .limit = turn % 3 == 0 ? 5 : 0,
                         .now_ms = time_ms + 1234};
    struct answer answers[2];
    struct error err = {0};

    if (turn % 3 == 1 || w->count == w->quota)
        return;
    if (turn % 4 == 2)
        q.cart[q.cart_count++] = TEXT("p-40");
    if (recommend(w->t.shop, &q, answers, &w->arena, &err) != OK)
        fail_msg("%s", err.message);
    keep(w, &answers[0]);
    keep(w, &answers[1]);
}

static void stock_moves(struct week *w, uint32_t day)
{
    struct product_batch *batch = product_batch_new();
    struct error err = {0};
    uint64_t stored, same;

    for (uint32_t i = day; i < RANKED_PRODUCTS; i += 9)
        product_batch_stock(batch,
                            &(struct stock_change){text_from(arena_printf(&w->arena, "p-%u", i)),
                                                   day % 2 == 0 ? 0 : 7, IN_STOCK});
    if (record_products(w->t.shop, batch, w->now_ms, &stored, &same, &err) != OK)
        fail_msg("%s", err.message);
    product_batch_free(batch);
}

static void tick(struct week *w)
{
    struct error err = {0};

    if (shop_tick(w->t.shop, w->now_ms, &err) != OK)
        fail_msg("%s", err.message);
}

static void day_passes(struct week *w, uint32_t day)
{
    struct error err = {0};

    w->quota = DECISIONS * (day + 1) / 7;
    for (int i = 0; i < 5; i++) {
        ranked_shop_walk(w->t.shop, SESSIONS_FROM + w->sessions++, &w->now_ms, ask, w);
        tick(w);
    }
    stock_moves(w, day);
    w->now_ms += 20 * MS_HOUR;
    if (day == 2)
        ranked_shop_train(w->t.shop, 77, w->now_ms);
    if (day == 3) { /* checkpoints are what replays start from */
        if (state_save(w->t.shop->state, w->t.dir, 5, &err) != OK)
            fail_msg("%s", err.message);
        test_shop_reopen(&w->t, SHOP_WRITE);
    }
}

static void program_changes(struct week *w)
{
    SCOPED(buffer_free) struct buffer document = {0};

    buffer_add_text(&document, w->t.shop->state->program->document);
    char *words = strstr(document.data, "Weil Sie");
    assert_non_null(words);
    memcpy(words, "Da   Sie", 8);
    test_program(w->t.shop, buffer_text(&document).data, w->now_ms);
}

static void assert_given_again(struct week *w)
{
    for (size_t i = 0; i < w->count; i++) {
        SCOPED(buffer_free) struct buffer json = {0};
        struct error err = {0};
        if (replay_decision(w->t.shop, text_from(w->kept[i].request_id), &json, &err) != OK)
            fail_msg("%s", err.message);
        const char *text = buffer_text(&json).data;
        if (strstr(text, "\"replayed\":true") == NULL)
            fail_msg("decision %zu: %.300s", i, text);
        if (strstr(text, w->kept[i].answer.data) == NULL)
            fail_msg("decision %zu was %s but came out as %s", i, w->kept[i].answer.data, text);
    }
}

static void a_hundred_decisions_of_a_week_are_given_again_byte_for_byte(void **state)
{
    struct week w = {.count = 0};

    ranked_shop_open(&w.t, surfaces, &w.now_ms);
    for (uint32_t day = 0; day < 7; day++) {
        day_passes(&w, day);
        if (day == 4)
            program_changes(&w);
    }
    assert_int_equal(w.count, DECISIONS);
    assert_true(w.explored > 3 && w.learned > 50 && w.worded > 20);

    ranked_shop_train(w.t.shop, 99, w.now_ms); /* and what serves now is another one */
    test_shop_reopen(&w.t, SHOP_WRITE);
    assert_given_again(&w);
    test_shop_close(&w.t);
    arena_free(&w.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_decisions_of_a_week_are_given_again_byte_for_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
