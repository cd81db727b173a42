/* SPDX-License-Identifier: Apache-2.0 */
/* The same journal gives the same answers, byte for byte, and a past answer can be given again. */
#include "paths/absent.h"
#include "paths/replay.h"

#include "base/file.h"
#include "base/money.h"
#include "base/time.h"
#include "ingest/ingest.h"
#include "paths/learn.h"
#include "paths/record.h"
#include "tests/support/test.h"

#define START_MS INT64_C(1790000000000)

enum { PRODUCTS = 40, SESSIONS = 120, VISITORS = 6, ANSWERS = 4 * VISITORS };

/* A shop on disk with products, past sessions, a generation, and visitors in mid-session. */
struct place {
    char dir[TEST_PATH_SIZE];
    struct shop *shop;
    struct arena arena;
    int64_t now_ms;
    uint64_t events;
};

static const char program[] =
    "owner: tests\n"
    "currency: EUR\n"
    "policies:\n"
    "  consent_default: {analytics: true, personalization: true, email: false}\n"
    "  min_support: {viewed: 3, bought: 3}\n"
    "  traffic: {co_view: 0}\n"
    "lists: [{name: picks, products: [p-1, p-2, p-39]}]\n"
    "surfaces:\n"
    "  - {name: pdp, kind: pdp}\n"
    "  - {name: cart, kind: cart}\n"
    "  - {name: home, kind: home}\n"
    "  - {name: alike, kind: pdp, sources: [similar]}\n";

static void must(enum status status, const struct error *err)
{
    if (status != OK)
        print_error("%s\n", err->message);
    assert_int_equal(status, OK);
}

static void place_open(struct place *p)
{
    struct error err = {0};
    struct settings settings;

    settings_defaults(&settings);
    settings.commit_wait_ms = 0;
    settings.checkpoints_kept = 5;
    must(shop_open(&p->shop, p->dir, SHOP_WRITE, &settings, NULL, &err), &err);
}

static struct product product_of(struct place *p, int i)
{
    struct product product = product_blank();

    product.item_id = text_from(arena_printf(&p->arena, "p-%d", i));
    product.title = text_from(arena_printf(&p->arena, "Product %d", i));
    product.category = text_from(arena_printf(&p->arena, "Home > Shelf %d", i % 4));
    product.currency = TEXT("EUR");
    product.price = (int64_t)(i + 1) * MONEY_UNIT;
    product.stock = 10;
    return product;
}

static void products_make(struct place *p)
{
    struct product_batch *batch = product_batch_new();
    struct error err = {0};
    uint64_t stored, same;

    for (int i = 0; i < PRODUCTS; i++) {
        struct product product = product_of(p, i);
        product_batch_add(batch, &product);
    }
    must(record_products(p->shop, batch, p->now_ms, &stored, &same, &err), &err);
    assert_int_equal(stored, PRODUCTS);
    product_batch_free(batch);
}

static void event_record(struct place *p, const char *visitor, enum event_type type, int product)
{
    struct event_item item = {.item_id = text_from(arena_printf(&p->arena, "p-%d", product)),
                              .quantity = 1,
                              .price = MONEY_NONE};
    struct event e = {.id = text_from(arena_printf(&p->arena, "e-%d", (int)p->events++)),
                      .type = type,
                      .flags = EVENT_VERIFIED | EVENT_PERSONALIZATION,
                      .anonymous_id = text_from(visitor),
                      .time_ms = p->now_ms += 10 * MS_SECOND,
                      .items = &item,
                      .item_count = 1,
                      .value = MONEY_NONE,
                      .scroll_percent = -1};
    struct batch batch;
    struct error err = {0};

    batch_init(&batch, "test", p->now_ms, true);
    batch_accept(&batch, &e, p->shop->keys.id_key, 0);
    must(record_run(p->shop, &batch, &err), &err);
    assert_int_equal(batch.entries[0].outcome, ENTRY_STORED);
    batch_free(&batch);
}

static void train(struct place *p)
{
    const struct learn_options options = {
        .data_dir = p->dir, .settings = &p->shop->settings, .now_ms = p->now_ms};
    SCOPED(learn_result_free) struct learn_result learned = {.surface_count = 0};
    struct error err = {0};

    must(learn(&options, &learned, &err), &err);
    must(shop_use_generation(p->shop, learned.generation.number, TEST_ACTOR(p->now_ms), &err),
         &err);
}

static void visitors_walk(struct place *p, int round)
{
    for (int i = 0; i < VISITORS; i++) {
        const char *name = arena_printf(&p->arena, "visitor-%d", i);
        event_record(p, name, EVENT_view_item, (i * 3 + round) % PRODUCTS);
        event_record(p, name, i % 3 == 0 ? EVENT_add_to_cart : EVENT_view_item,
                     (i * 5 + round) % PRODUCTS);
    }
}

static void place_make(struct place *p)
{
    const struct program_change change = {.document = text_from(program),
                                          .author = TEXT("tests"),
                                          .reason = TEXT("a test"),
                                          .expected_version = UINT32_MAX,
                                          .now_ms = START_MS};
    struct problems problems = {0};
    struct error err = {0};
    uint32_t version;
    bool fresh;

    *p = (struct place){.now_ms = START_MS};
    test_dir(p->dir);
    must(shop_init(p->dir, &fresh, &err), &err);
    place_open(p);
    must(shop_apply_program(p->shop, &change, &p->arena, &problems, &version, &err), &err);
    products_make(p);
    for (int i = 0; i < SESSIONS; i++) {
        const char *name = arena_printf(&p->arena, "past-%d", i);
        event_record(p, name, EVENT_view_item, i % 10);
        event_record(p, name, EVENT_view_item, (i % 10 + 1 + i % 3) % PRODUCTS);
        event_record(p, name, i % 4 == 0 ? EVENT_purchase : EVENT_view_item, i % PRODUCTS);
    }
    must(shop_tick(p->shop, p->now_ms, &err), &err);
    train(p);
    visitors_walk(p, 0);
}

static void place_close(struct place *p)
{
    shop_close(&p->shop);
    arena_free(&p->arena);
}

/* Two surfaces of a page each: a product's and the home page. */
static struct question question_of(struct place *p, int at)
{
    return (struct question){
        .surfaces = {at % 2 == 0 ? TEXT("pdp") : TEXT("cart"), TEXT("home")},
        .surface_count = 2,
        .anonymous_id = text_from(arena_printf(&p->arena, "visitor-%d", at % (VISITORS + 1))),
        .item_id = text_from(arena_printf(&p->arena, "p-%d", at * 7 % PRODUCTS)),
        .now_ms = p->now_ms + 1000};
}

/* Every answer of a state, as bytes. */
static struct text answers_of(struct place *p, const struct state *state,
                              const struct generation *generation)
{
    SCOPED(buffer_free) struct buffer all = {0};
    const struct recommend_from from = {.state = state,
                                        .generation = generation,
                                        .rung_max = RUNG_COUNT - 1,
                                        .deadline_step = NOT_CUT};
    struct error err = {0};

    for (int i = 0; i < ANSWERS; i++) {
        const struct question q = question_of(p, i);
        struct answer answers[2];
        must(recommend_from(&from, &q, answers, &p->arena, &err), &err);
        for (size_t k = 0; k < 2; k++) {
            answer_json(&answers[k], &all);
            buffer_add_char(&all, '\n');
        }
    }
    return arena_text(&p->arena, buffer_text(&all));
}

static struct text answers_folded_anew(struct place *p, const struct generation *generation)
{
    struct state *fresh = state_new(p->shop->keys.id_key, 0);
    struct error err = {0};

    must(state_load(fresh, p->dir, p->shop->state->position, NULL, NULL, &err), &err);
    assert_int_equal(fresh->position.number, p->shop->state->position.number);
    struct text answers = answers_of(p, fresh, generation);
    state_free(fresh);
    return answers;
}

static void one_journal_gives_the_same_bytes_live_folded_anew_and_from_a_checkpoint(void **state)
{
    struct place p;
    struct error err = {0};

    place_make(&p);
    const struct generation *generation = generation_pin(p.shop->generations);
    assert_non_null(generation);
    struct text live = answers_of(&p, p.shop->state, generation);
    assert_non_null(strstr(live.data, "\"rung\":\"neighbours\""));
    assert_non_null(strstr(live.data, "Because you viewed"));
    assert_true(text_equal(answers_folded_anew(&p, generation), live));

    must(state_save(p.shop->state, p.dir, 5, &err), &err);
    assert_true(text_equal(answers_folded_anew(&p, generation), live)); /* checkpoint alone */
    visitors_walk(&p, 3);
    must(shop_tick(p.shop, p.now_ms, &err), &err);
    struct text later = answers_of(&p, p.shop->state, generation);
    assert_false(text_equal(later, live));
    assert_true(text_equal(answers_folded_anew(&p, generation), later)); /* and the tail */
    generation_unpin(p.shop->generations, generation);

    shop_close(&p.shop); /* a server that starts again */
    place_open(&p);
    generation = generation_pin(p.shop->generations);
    assert_true(text_equal(answers_of(&p, p.shop->state, generation), later));
    generation_unpin(p.shop->generations, generation);
    place_close(&p);
}

static void world_goes_on(struct place *p)
{
    struct product_batch *batch = product_batch_new();
    struct error err = {0};
    uint64_t stored, same;

    for (int i = 0; i < PRODUCTS; i += 2)
        product_batch_stock(
            batch,
            &(struct stock_change){text_from(arena_printf(&p->arena, "p-%d", i)), 0, OUT_OF_STOCK});
    must(record_products(p->shop, batch, p->now_ms, &stored, &same, &err), &err);
    product_batch_free(batch);
    visitors_walk(p, 5);
    must(shop_tick(p->shop, p->now_ms, &err), &err);
    train(p);
}

static void a_past_answer_is_given_again_after_the_world_went_on(void **state)
{
    struct place p;
    struct error err = {0};
    struct answer answers[ANSWERS][2];

    place_make(&p);
    for (int i = 0; i < ANSWERS; i++) {
        const struct question q = question_of(&p, i);
        must(recommend(p.shop, &q, answers[i], &p.arena, &err), &err);
    }
    world_goes_on(&p);
    for (int i = 0; i < ANSWERS; i += 5) {
        for (size_t k = 0; k < 2; k++) {
            SCOPED(buffer_free) struct buffer json = {0}, kept = {0};
            must(replay_decision(p.shop, text_from(answers[i][k].request_id), &json, &err), &err);
            assert_non_null(strstr(buffer_text(&json).data, "\"replayed\":true"));
            assert_non_null(strstr(buffer_text(&json).data, "\"trail\":{"));
            answer_json(&answers[i][k], &kept);
            const char *items = strstr(buffer_text(&kept).data, "\"items\":");
            kept.data[kept.size - 1] = '\0'; /* without the closing brace */
            assert_non_null(strstr(json.data, items));
        }
    }
    place_close(&p);
}

static void product_record(struct place *p, const struct product *product)
{
    struct product_batch *batch = product_batch_new();
    struct error err = {0};
    uint64_t stored, same;

    product_batch_add(batch, product);
    must(record_products(p->shop, batch, p->now_ms, &stored, &same, &err), &err);
    product_batch_free(batch);
}

/* Products newer than the generation, one of which is another one by now. */
static void an_answer_with_newer_products_is_given_again(void **state)
{
    struct place p;
    struct error err = {0};
    struct answer answers[2];

    place_make(&p);
    struct product fresh = product_of(&p, 903);
    product_record(&p, &fresh);
    for (int i = 0; i < 2; i++) {
        const struct question q = {.surfaces = {TEXT("alike")},
                                   .surface_count = 1,
                                   .item_id = i == 0 ? TEXT("p-3") : TEXT("p-903"),
                                   .limit = 40,
                                   .now_ms = p.now_ms + 1000};
        must(recommend(p.shop, &q, &answers[i], &p.arena, &err), &err);
        assert_true(answers[i].item_count >= 9);
    }
    bool there = false;
    for (size_t i = 0; i < answers[0].item_count; i++)
        there = there || text_equal(answers[0].items[i].item_id, TEXT("p-903"));
    assert_true(there);
    fresh.category = TEXT("Home > Shelf 1");
    product_record(&p, &fresh);
    for (int i = 1000; i < 1020; i++) {
        fresh = product_of(&p, i);
        product_record(&p, &fresh);
    }
    world_goes_on(&p);
    for (int i = 0; i < 2; i++) {
        SCOPED(buffer_free) struct buffer json = {0};
        must(replay_decision(p.shop, text_from(answers[i].request_id), &json, &err), &err);
        assert_non_null(strstr(buffer_text(&json).data, "\"replayed\":true"));
    }
    place_close(&p);
}

static void without_its_generation_the_kept_list_is_shown(void **state)
{
    SCOPED(buffer_free) struct buffer json = {0};
    struct place p;
    struct error err = {0};
    struct answer answers[2];
    char path[TEST_PATH_SIZE];

    place_make(&p);
    const struct question q = question_of(&p, 1);
    must(recommend(p.shop, &q, answers, &p.arena, &err), &err);
    must(dir_remove(test_path(path, p.dir, "generations/1"), &err), &err);
    must(replay_decision(p.shop, text_from(answers[0].request_id), &json, &err), &err);
    const char *text = buffer_text(&json).data;
    assert_non_null(strstr(text, "\"replayed\":false,\"not_replayed\":\"generation 1"));
    const char *first =
        arena_printf(&p.arena, "\"items\":[{\"item_id\":\"%.*s\",\"slot\":1,",
                     (int)answers[0].items[0].item_id.size, answers[0].items[0].item_id.data);
    assert_non_null(strstr(text, first));
    assert_non_null(strstr(text, "not replayed: generation 1"));
    assert_non_null(strstr(text, ", by neighbours, from viewed p-"));
    place_close(&p);
}

static void unknown_and_malformed_request_ids_are_told_apart(void **state)
{
    SCOPED(buffer_free) struct buffer json = {0};
    struct place p;
    struct error err = {0};

    place_make(&p);
    assert_int_equal(replay_decision(p.shop, TEXT("r-0000000000000000"), &json, &err),
                     ERR_NOT_FOUND);
    assert_int_equal(replay_decision(p.shop, TEXT("nonsense"), &json, &err), ERR_INVALID);
    assert_int_equal(json.size, 0);
    place_close(&p);
}

static void an_address_as_an_id_is_known_by_its_hash_and_kept_no_otherwise(void **state)
{
    struct place p;
    struct batch batch;
    struct answer answer;
    struct error err = {0};

    place_make(&p);
    const struct ingest_context context = shop_ingest_context(p.shop, p.now_ms, true);
    batch_init(&batch, "test", p.now_ms, true);
    must(ingest_json(TEXT("{\"id\":\"x\",\"type\":\"view_item\",\"user_id\":\"ada@shop.example\","
                          "\"items\":[{\"item_id\":\"p-7\"}]}"),
                     &context, &batch, &err),
         &err);
    must(record_run(p.shop, &batch, &err), &err);
    batch_free(&batch);
    const struct question q = {.surfaces = {TEXT("home")},
                               .surface_count = 1,
                               .user_id = TEXT("ada@shop.example"),
                               .now_ms = p.now_ms + 1000};
    must(recommend(p.shop, &q, &answer, &p.arena, &err), &err);
    bool looked = false;
    for (size_t i = 0; i < answer.item_count; i++)
        looked = looked || text_equal(answer.items[i].item_id, TEXT("p-7")) ||
                 text_equal(answer.items[i].reason.item_id, TEXT("p-7"));
    assert_true(looked);
    assert_true(text_starts(answer.decision->user_id, "email:"));
    place_close(&p);
}

static const char *absent(struct place *p, struct question q, const char *item_id)
{
    SCOPED(buffer_free) struct buffer out = {0};
    struct error err = {0};

    must(absent_explain(p->shop, &q, text_from(item_id), &out, &err), &err);
    return arena_text(&p->arena, buffer_text(&out)).data;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no '%s' in %s", part, text);
}

static void why_a_product_is_not_shown_is_said_in_a_sentence(void **state)
{
    struct place p;
    struct question q;
    struct product_batch *batch = product_batch_new();
    struct error err = {0};
    uint64_t stored, same;

    place_make(&p);
    q = question_of(&p, 0);
    q.surface_count = 1;
    q.cart[0] = TEXT("p-1");
    q.cart_count = 1;
    product_batch_stock(batch, &(struct stock_change){TEXT("p-2"), 0, OUT_OF_STOCK});
    must(record_products(p.shop, batch, p.now_ms, &stored, &same, &err), &err);
    product_batch_free(batch);
    assert_has(absent(&p, q, "p-99"),
               "\"cause\":\"unknown\",\"answer\":\"Nothing has the id p-99.\"");
    assert_has(absent(&p, q, "p-2"), "\"cause\":\"out_of_stock\"");
    q.limit = 40;
    assert_has(absent(&p, q, "p-0"), "it is the page's own product");
    assert_has(absent(&p, q, "p-1"), "\"cause\":\"in_cart\"");
    assert_has(absent(&p, q, "p-39"),
               "\"shown\":true,\"cause\":\"shown\",\"answer\":\"It is shown, ");
    q.limit = 1;
    assert_has(absent(&p, q, "p-39"), "\"cause\":\"below_limit\"");
    assert_has(absent(&p, q, "p-39"), "the surface shows 1");
    const struct question other = {
        .surfaces = {TEXT("other")}, .surface_count = 1, .now_ms = p.now_ms};
    SCOPED(buffer_free) struct buffer none = {0};
    assert_int_equal(absent_explain(p.shop, &other, TEXT("p-1"), &none, &err), ERR_NOT_FOUND);
    place_close(&p);
}

/* What no source of the surface came to is said source by source. */
static void how_far_a_product_is_from_being_proposed_is_said(void **state)
{
    struct place p;
    struct question q;

    place_make(&p);
    q = question_of(&p, 0);
    q.surface_count = 1;
    q.surfaces[0] = TEXT("alike");
    q.anonymous_id = TEXT("nobody");
    q.item_id = (struct text){0};
    assert_has(absent(&p, q, "p-30"), "\"cause\":\"not_proposed\"");
    assert_has(absent(&p, q, "p-30"), "there is no product at hand, and nothing the shopper did");
    q.item_id = TEXT("p-3");
    q.limit = 1;
    const char *near = absent(&p, q, "p-39");
    assert_has(near, "\"source\":\"similar\",\"asked\":true,\"proposed\":true");
    assert_has(near, "proposed it from viewed p-3");
    q.surfaces[0] = TEXT("pdp");
    const char *pdp = absent(&p, q, "p-39");
    assert_has(pdp, "\"source\":\"curated\",\"asked\":true,\"proposed\":true");
    assert_has(pdp, "in the shop");
    assert_has(pdp, "fewer than 3 shoppers viewed both it and p-3");
    assert_has(pdp, "\"source\":\"sequence\",\"asked\":false");
    place_close(&p);
}

/* The parts of a story stand in it, in order. */
static void assert_tells(const char *text, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *at = strstr(text, parts[i]);
        if (at == NULL)
            fail_msg("no '%s' in order in %s", parts[i], text);
        text = at;
    }
}

static void a_past_decision_is_told_as_a_story(void **state)
{
    static const char *const parts[] = {
        "\"took_us\":",
        "\"known\":{\"stranger\":false,\"personal\":true,\"product\":\"p-14\"",
        "\"cart\":[\"p-1\"]",
        "\"did\":\"viewed\"",
        "\"story\":\"Decision r-",
        "for the surface pdp",
        "replayed: the answer came out as it was given, byte for byte",
        "Who asked",
        "visitor  visitor-2",
        "device   tablet",
        "country  SE",
        "What was known",
        "page     p-14",
        "cart     p-1",
        ", in this session",
        "What each source proposed (rung allowed: neighbours",
        "What was left out, and why",
        "in_cart (it is in the cart), 1: p-1",
        "How it was ranked",
        "What was shown",
        "Because you viewed",
        "borne out by",
        "What it cost",
        "us when it was answered",
        "when produced again: shopper"};
    struct place p;
    SCOPED(buffer_free) struct buffer json = {0};
    struct answer answer;
    struct error err = {0};

    place_make(&p);
    struct question q = question_of(&p, 2);
    q.surface_count = 1;
    q.cart[0] = TEXT("p-1");
    q.cart_count = 1;
    q.limit = 40;
    q.arrival.device = DEVICE_TABLET;
    q.arrival.country = arrival_country(TEXT("se"));
    must(recommend(p.shop, &q, &answer, &p.arena, &err), &err);
    world_goes_on(&p);
    must(replay_decision(p.shop, text_from(answer.request_id), &json, &err), &err);
    assert_tells(buffer_text(&json).data, parts, COUNT(parts));
    place_close(&p);
}

/* A kept decision that says something else than what comes out is no replay, though the list is. */
static void an_answer_that_comes_out_otherwise_is_not_called_replayed(void **state)
{
    struct place p;
    SCOPED(buffer_free) struct buffer json = {0};
    struct answer answer;
    struct error err = {0};
    char id[REQUEST_ID_SIZE];

    place_make(&p);
    const struct question q = question_of(&p, 1);
    struct question one = q;
    one.surface_count = 1;
    must(recommend(p.shop, &one, &answer, &p.arena, &err), &err);
    answer.decision->digest ^= 1;
    decisions_keep(p.shop->decisions, answer.decision, id);
    must(replay_decision(p.shop, text_from(id), &json, &err), &err);
    assert_has(buffer_text(&json).data,
               "\"replayed\":false,\"not_replayed\":\"the answer came out otherwise\"");
    assert_has(buffer_text(&json).data, "this is the list that was kept");
    buffer_clear(&json);
    answer.decision->digest = 0; /* kept before there were checksums */
    decisions_keep(p.shop->decisions, answer.decision, id);
    must(replay_decision(p.shop, text_from(id), &json, &err), &err);
    assert_has(buffer_text(&json).data, "\"replayed\":true");
    place_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_journal_gives_the_same_bytes_live_folded_anew_and_from_a_checkpoint),
        cmocka_unit_test(a_past_answer_is_given_again_after_the_world_went_on),
        cmocka_unit_test(an_answer_with_newer_products_is_given_again),
        cmocka_unit_test(without_its_generation_the_kept_list_is_shown),
        cmocka_unit_test(unknown_and_malformed_request_ids_are_told_apart),
        cmocka_unit_test(an_address_as_an_id_is_known_by_its_hash_and_kept_no_otherwise),
        cmocka_unit_test(why_a_product_is_not_shown_is_said_in_a_sentence),
        cmocka_unit_test(how_far_a_product_is_from_being_proposed_is_said),
        cmocka_unit_test(a_past_decision_is_told_as_a_story),
        cmocka_unit_test(an_answer_that_comes_out_otherwise_is_not_called_replayed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
