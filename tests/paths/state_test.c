/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/state.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/file.h"
#include "base/money.h"
#include "base/random.h"
#include "base/time.h"
#include "journal/event.h"
#include "journal/journal.h"
#include "paths/happening.h"
#include "tests/support/filters.h"
#include "tests/support/shop.h"

static const uint8_t id_key[16] = {1, 2, 3};

static const char *const story[] = {
    "{\"id\":\"1\",\"type\":\"view_item\",\"anonymous_id\":\"v-1\",\"session_id\":\"s-1\","
    "\"time\":\"2026-11-22T09:00:00Z\",\"items\":[{\"item_id\":\"A\"}],"
    "\"context\":{\"device\":\"mobile\"}}",
    "{\"id\":\"2\",\"type\":\"add_to_cart\",\"anonymous_id\":\"v-1\",\"session_id\":\"s-1\","
    "\"time\":\"2026-11-22T09:01:00Z\",\"items\":[{\"item_id\":\"B\",\"quantity\":2}]}",
    "{\"id\":\"3\",\"type\":\"purchase\",\"anonymous_id\":\"v-1\",\"session_id\":\"s-1\","
    "\"time\":\"2026-11-22T09:02:00Z\",\"transaction_id\":\"o-1\",\"items\":[{\"item_id\":\"B\","
    "\"quantity\":2}]}",
    "{\"id\":\"3b\",\"type\":\"view_item_list\",\"anonymous_id\":\"v-1\",\"session_id\":\"s-1\","
    "\"time\":\"2026-11-22T09:02:30Z\",\"items\":[{\"item_id\":\"C\"},{\"item_id\":\"B\"}]}",
    "{\"id\":\"4\",\"type\":\"quiz_taken\",\"anonymous_id\":\"v-2\","
    "\"time\":\"2026-11-22T09:03:00Z\"}",
};

static void tell_story(struct shop *shop)
{
    struct error err = {0};

    for (size_t i = 0; i < COUNT(story); i++)
        assert_int_equal(test_record(shop, story[i], TEST_NOW).stored, 1);
    assert_int_equal(shop_tick(shop, TEST_NOW, &err), OK);
}

static struct state *loaded(const struct test_shop *t, uint64_t until)
{
    struct state *s = state_new(t->shop->keys.id_key, 1000000);
    struct error err = {0};

    if (state_load(s, t->dir, (struct position){until}, NULL, NULL, &err) != OK)
        fail_msg("%s", err.message);
    return s;
}

static struct profile profile_of(const struct state *s, const char *anonymous_id)
{
    struct profile out;

    profiles_read(s->profiles, shopper_key_of(text_from(anonymous_id), (struct text){0}), TEST_NOW,
                  true, &out);
    return out;
}

static void assert_same_profile(const struct state *a, const struct state *b, const char *who)
{
    struct profile x = profile_of(a, who), y = profile_of(b, who);

    assert_int_equal(x.number, y.number);
    assert_int_equal(x.count, y.count);
    assert_int_equal(x.device, y.device);
    assert_int_equal(x.shown_count, y.shown_count);
    for (uint32_t i = 0; i < x.shown_count; i++)
        assert_memory_equal(&x.shown[i], &y.shown[i], sizeof(x.shown[i]));
    assert_true(x.last_ms == y.last_ms && x.session_start_ms == y.session_start_ms);
}

static void assert_same(const struct state *a, const struct state *b)
{
    const struct popular *top_a, *top_b;
    size_t count = popularity_top(a->popularity, POPULARITY_BESTSELLERS, 0, &top_a);

    assert_int_equal(a->position.number, b->position.number);
    assert_int_equal(a->tick.number, b->tick.number);
    assert_true(a->time_ms == b->time_ms);
    assert_int_equal(a->events, b->events);
    assert_int_equal(a->since_tick, b->since_tick);
    assert_int_equal(a->program->version, b->program->version);
    assert_int_equal(a->generation, b->generation);
    assert_int_equal(a->unknown_types.count, b->unknown_types.count);
    assert_int_equal(catalog_count(a->catalog), catalog_count(b->catalog));
    assert_int_equal(profiles_count(a->profiles), profiles_count(b->profiles));
    assert_int_equal(duplicates_count(a->duplicates), duplicates_count(b->duplicates));
    assert_int_equal(popularity_top(b->popularity, POPULARITY_BESTSELLERS, 0, &top_b), count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(top_a[i].product, top_b[i].product);
        assert_memory_equal(&top_a[i].score, &top_b[i].score, sizeof(float));
    }
    assert_same_profile(a, b, "v-1");
    assert_same_profile(a, b, "v-2");
    for (product_number n = 0; n < catalog_count(a->catalog); n++) {
        struct appeal x = popularity_appeal(a->popularity, n);
        struct appeal y = popularity_appeal(b->popularity, n);
        assert_memory_equal(&x, &y, sizeof(x));
    }
}

static void folding_the_journal_again_gives_the_same_state(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    tell_story(t.shop);
    struct state *again = loaded(&t, UINT64_MAX);
    assert_same(t.shop->state, again);
    assert_int_equal(profile_of(again, "v-1").device, DEVICE_MOBILE);
    assert_int_equal(profile_of(again, "v-1").shown_count, 2);
    assert_int_equal(profile_of(again, "v-1").shown[0].product,
                     catalog_find(again->catalog, TEXT("C")));
    assert_int_equal(again->events, COUNT(story));
    assert_int_equal(again->tick.number, COUNT(story) + 1);
    state_free(again);
    test_shop_close(&t);
}

static void a_checkpoint_and_the_tail_give_what_the_whole_journal_gives(void **state)
{
    struct test_shop t;
    struct error err = {0};

    test_shop_open(&t);
    tell_story(t.shop);
    assert_int_equal(state_save(t.shop->state, t.dir, 2, &err), OK);
    (void)test_record(t.shop,
                      "{\"id\":\"5\",\"type\":\"view_item\",\"anonymous_id\":\"v-1\","
                      "\"items\":[{\"item_id\":\"C\"}]}",
                      TEST_NOW + 1000);
    struct state *again = loaded(&t, UINT64_MAX);
    assert_int_equal(again->checkpoint.number, COUNT(story) + 1);
    assert_same(t.shop->state, again);
    assert_text(intern_text(&again->unknown_types, 0), "quiz_taken");
    assert_int_not_equal(catalog_find(again->catalog, TEXT("C")), PRODUCT_NONE);
    state_free(again);
    test_shop_close(&t);
}

static void a_state_of_the_past_stops_at_its_position(void **state)
{
    struct test_shop t;
    struct error err = {0};

    test_shop_open(&t);
    tell_story(t.shop);
    assert_int_equal(state_save(t.shop->state, t.dir, 2, &err), OK);
    struct state *past = loaded(&t, 2);
    assert_int_equal(past->position.number, 2);
    assert_int_equal(past->checkpoint.number, 0);
    assert_int_equal(past->events, 2);
    state_free(past);
    test_shop_close(&t);
}

static void a_checkpoint_that_does_not_read_is_passed_over_for_an_older_one(void **state)
{
    struct test_shop t;
    struct error err = {0};

    test_shop_open(&t);
    assert_int_equal(test_record(t.shop, story[0], TEST_NOW).stored, 1);
    assert_int_equal(state_save(t.shop->state, t.dir, 5, &err), OK);
    assert_int_equal(test_record(t.shop, story[1], TEST_NOW).stored, 1);

    /* whole by its checksums, and yet nothing this program knows */
    struct checkpoint_writer *w = NULL;
    assert_int_equal(checkpoint_begin(&w, t.dir, t.shop->state->position, &err), OK);
    checkpoint_add(w, "state", "of another version", 18);
    assert_int_equal(checkpoint_commit(&w, 5, &err), OK);
    assert_int_equal(test_record(t.shop, story[2], TEST_NOW).stored, 1);

    struct state *again = loaded(&t, UINT64_MAX);
    assert_int_equal(again->checkpoint.number, 1);
    assert_same(t.shop->state, again);
    state_free(again);

    test_shop_close(&t);
}

static void a_checkpoint_beyond_the_journals_end_is_not_used(void **state)
{
    struct test_shop t;
    struct error err = {0};

    test_shop_open(&t);
    tell_story(t.shop);
    struct checkpoint_writer *w = NULL;
    assert_int_equal(checkpoint_begin(&w, t.dir, (struct position){1000}, &err), OK);
    assert_int_equal(checkpoint_commit(&w, 5, &err), OK);
    struct state *again = loaded(&t, UINT64_MAX);
    assert_same(t.shop->state, again);
    state_free(again);
    test_shop_close(&t);
}

static void read_checkpoint(const char *dir, uint64_t position, struct buffer *out)
{
    char path[TEST_PATH_SIZE + 64];
    struct error err = {0};

    snprintf(path, sizeof(path), "%s/checkpoints/%020" PRIu64 ".ckpt", dir, position);
    if (file_read(path, 64 << 20, out, &err) != OK)
        fail_msg("%s", err.message);
}

static void however_records_are_bundled_the_checkpoint_is_the_same_byte_for_byte(void **state)
{
    SCOPED(buffer_free) struct buffer events = {0}, one = {0}, many = {0};
    static const char *const types[] = {"view_item", "add_to_cart", "purchase", "my_own"};
    struct test_shop t;
    struct state *single;
    char other[TEST_PATH_SIZE];
    struct random r;
    struct error err = {0};
    struct record record;

    test_shop_open(&t);
    random_seed(&r, 7);
    for (int i = 0; i < 3000; i++) {
        buffer_printf(&events,
                      "{\"id\":\"%d\",\"type\":\"%s\",\"anonymous_id\":\"v-%u\",\"time\":%d,"
                      "\"transaction_id\":\"o-%d\",\"items\":[",
                      i, types[random_below(&r, COUNT(types))], random_below(&r, 90),
                      1767225600 + i * 60, i);
        for (uint32_t k = random_below(&r, 7); k > 0; k--)
            buffer_printf(&events, "{\"item_id\":\"p-%u\"},", random_below(&r, 400));
        buffer_add_string(&events, "{\"item_id\":\"last\"}]}\n");
    }
    assert_int_equal(test_import(t.shop, "events", events.data, "from=jsonl").stored, 3000);

    single = state_new(t.shop->keys.id_key, t.settings.duplicate_ids_max);
    struct cursor *cursor = NULL;
    assert_int_equal(cursor_open(&cursor, t.dir, NULL, (struct position){0}, &err), OK);
    while (cursor_next(cursor, &record, &err) == OK)
        state_fold(single, &record);
    cursor_close(&cursor);
    assert_int_equal(single->position.number, 3001);
    assert_int_equal(state_save(single, test_dir(other), 1, &err), OK);
    assert_int_equal(state_save(t.shop->state, t.dir, 1, &err), OK);
    read_checkpoint(other, 3001, &one);
    read_checkpoint(t.dir, 3001, &many);
    assert_int_equal(one.size, many.size);
    assert_memory_equal(one.data, many.data, one.size);
    state_free(single);
    test_shop_close(&t);
}

/* Folds one event given as JSON under a public key (or a secret one). */
static void fold_json(struct state *s, const char *json, bool secret)
{
    struct ingest_context context = {.received_ms = TEST_NOW,
                                     .secret = secret,
                                     .default_analytics = true,
                                     .default_personalization = true};
    struct batch batch;
    struct error err = {0};

    memcpy(context.id_key, id_key, sizeof(id_key));
    batch_init(&batch, "test", TEST_NOW, secret);
    assert_int_equal(ingest_json(text_from(json), &context, &batch, &err), OK);
    assert_int_equal(batch.entries[0].outcome, ENTRY_PENDING);
    struct record r = {.position = {s->position.number + 1},
                       .kind = RECORD_EVENT,
                       .time_ms = TEST_NOW,
                       .body = batch.entries[0].body};
    state_fold(s, &r);
    batch_free(&batch);
}

static void fold_record(struct state *s, enum record_kind kind, struct text body)
{
    struct record r = {
        .position = {s->position.number + 1}, .kind = kind, .time_ms = TEST_NOW, .body = body};

    state_fold(s, &r);
}

static void fold_product(struct state *s, const char *item_id, const char *category)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct product p = product_blank();

    p.item_id = p.title = text_from(item_id);
    p.category = text_from(category);
    p.currency = TEXT("EUR");
    p.price = 1000000;
    product_encode(&p, &body);
    fold_record(s, RECORD_PRODUCT, buffer_text(&body));
}

static const char purchase[] =
    "{\"id\":\"p\",\"type\":\"purchase\",\"anonymous_id\":\"v-1\",\"transaction_id\":\"o\","
    "\"time\":\"2026-11-22T09:00:00Z\",\"items\":[{\"item_id\":\"A\"}]}";

static void a_purchase_nobody_vouches_for_sells_nothing(void **state)
{
    const struct popular *top;
    struct state *s = state_new(id_key, 0);

    fold_product(s, "A", "Home");
    fold_json(s, purchase, false);
    fold_record(s, RECORD_TICK, TEXT(""));
    assert_int_equal(popularity_purchases(s->popularity), 0);
    fold_json(s, purchase, true);
    assert_int_equal(popularity_purchases(s->popularity), 0); /* a tick shows it */
    fold_record(s, RECORD_TICK, TEXT(""));
    assert_int_equal(popularity_purchases(s->popularity), 1);
    assert_int_equal(popularity_top(s->popularity, POPULARITY_BESTSELLERS, 0, &top), 1);
    assert_int_equal(top[0].product, catalog_find(s->catalog, TEXT("A")));
    state_free(s);
}

static void orders_are_those_the_shop_vouches_for(void **state)
{
    static const char order[] =
        "{\"id\":\"%d\",\"type\":\"purchase\",\"anonymous_id\":\"v-1\",\"transaction_id\":\"o%d\","
        "\"time\":\"2026-11-22T09:00:00Z\",\"currency\":\"%s\",%s\"items\":[{\"item_id\":\"A\","
        "\"price\":\"2.50\",\"quantity\":2},{\"item_id\":\"B\"}],"
        "\"context\":{\"country\":\"se\",\"campaign\":{\"source\":\"Google\",\"medium\":\"cpc\"}}}";
    struct state *s = state_new(id_key, 0);
    SCOPED(arena_free) struct arena a = {0};

    fold_json(s, arena_printf(&a, order, 1, 1, "EUR", "\"value\":\"9.00\","), false);
    assert_int_equal(profile_of(s, "v-1").orders, 0);
    fold_json(s, arena_printf(&a, order, 2, 2, "EUR", "\"value\":\"9.00\","), true);
    fold_json(s, arena_printf(&a, order, 3, 3, "EUR", ""), true);
    fold_json(s, arena_printf(&a, order, 4, 4, "SEK", "\"value\":\"70.00\","), true);
    fold_json(s, arena_printf(&a, order, 5, 4, "SEK", "\"value\":\"70.00\","), true);
    struct profile out = profile_of(s, "v-1");
    assert_int_equal(out.orders, 3);
    assert_int_equal(out.spend_micros, 14000000); /* the value, or the products; euros alone */
    assert_int_equal(out.country, 'S' << 8 | 'E');
    assert_int_equal(out.source, arrival_word(TEXT("google")));
    assert_int_equal(out.medium, arrival_word(TEXT("cpc")));
    state_free(s);
}

static void marks_are_of_what_is_folded(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    const struct filter *filters[] = {filter_of(&a, "category within Home", FILTER_PRODUCTS),
                                      filter_of(&a, "published", FILTER_PRODUCTS)};
    struct state *s = state_new(id_key, 0);

    marks_take(s->marks, filters, 2);
    fold_product(s, "A", "Home > Tables");
    fold_product(s, "B", "Garden");
    product_number first = catalog_find(s->catalog, TEXT("A"));
    product_number second = catalog_find(s->catalog, TEXT("B"));
    assert_int_equal(*marks_of(s->marks, first), 3);
    assert_int_equal(*marks_of(s->marks, second), 2);
    fold_record(s, RECORD_UNPUBLISH, TEXT("A"));
    assert_int_equal(*marks_of(s->marks, first), 1);
    for (int i = 0; i < 2 * CATALOG_CHANGES_KEPT; i++)
        fold_product(s, "A", "Garden");
    assert_int_equal(*marks_of(s->marks, first), 2);
    fold_json(s, purchase, true); /* names what is new */
    assert_int_equal(*marks_of(s->marks, catalog_count(s->catalog) - 1), 2);
    state_free(s);
}

static void fold_program(struct state *s, uint32_t version, const char *document)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct program_record r = {version, TEXT("ada"), TEXT("why"), text_from(document)};

    program_record_encode(&r, &body);
    fold_record(s, RECORD_PROGRAM, buffer_text(&body));
}

static const char sensitive[] =
    "owner: me@shop.example\ncurrency: EUR\ntime_zone: UTC\npolicies:\n"
    "  consent_default: {analytics: true, personalization: true, email: false}\n"
    "  sensitive: [Health]\n";

static void sensitive_products_leave_no_trace_in_behaviour(void **state)
{
    struct state *s = state_new(id_key, 0);

    fold_product(s, "A", "Health > Sleep");
    fold_program(s, 1, sensitive);
    fold_json(s, purchase, true);
    fold_record(s, RECORD_TICK, TEXT(""));
    assert_int_equal(popularity_purchases(s->popularity), 0);
    assert_int_equal(profile_of(s, "v-1").count, 0);
    state_free(s);
}

static void a_program_that_no_longer_compiles_keeps_the_one_before(void **state)
{
    struct state *s = state_new(id_key, 0);

    fold_program(s, 1, sensitive);
    fold_program(s, 2, "surfaces: {of: a later version}\n");
    assert_int_equal(s->program->version, 1);
    assert_text(s->program->author, "ada");
    assert_int_equal(s->position.number, 2);
    state_free(s);
}

static void a_user_id_nobody_vouches_for_is_not_followed(void **state)
{
    struct state *s = state_new(id_key, 0);
    SCOPED(buffer_free) struct buffer body = {0};
    struct event_item item = {TEXT("A"), 1, 0, 0};
    struct event e = {.id = TEXT("1"),
                      .type = EVENT_view_item,
                      .flags = EVENT_PERSONALIZATION,
                      .time_ms = TEST_NOW,
                      .user_id = TEXT("c-7"),
                      .items = &item,
                      .item_count = 1};

    event_encode(&e, &body);
    fold_record(s, RECORD_EVENT, buffer_text(&body));
    assert_int_equal(profiles_count(s->profiles), 0);
    buffer_clear(&body);
    e.flags |= EVENT_USER_VERIFIED;
    event_encode(&e, &body);
    fold_record(s, RECORD_EVENT, buffer_text(&body));
    assert_int_equal(profiles_count(s->profiles), 1);
    state_free(s);
}

static void a_catalogs_state_numbers_products_as_a_whole_one_does(void **state)
{
    struct test_shop t;
    struct state *catalog = state_new_catalog();
    struct error err = {0};
    struct position end = {UINT64_MAX};

    test_shop_open(&t);
    tell_story(t.shop);
    assert_int_equal(state_load(catalog, t.dir, end, NULL, NULL, &err), OK);
    for (product_number n = 0; n < catalog_count(t.shop->state->catalog); n++)
        assert_true(text_equal(catalog_item_id(t.shop->state->catalog, n),
                               catalog_item_id(catalog->catalog, n)));
    assert_int_equal(catalog_count(catalog->catalog), catalog_count(t.shop->state->catalog));
    state_free(catalog);
    test_shop_close(&t);
}

/* --- one shopper's share of what is popular --- */

/* An order of `item`, `before_ms` ago, with so many lines of it. */
static void order(struct shop *shop, const char *who, const char *item, int lines,
                  int64_t before_ms)
{
    static int number;
    SCOPED(buffer_free) struct buffer json = {0};
    char time[TIME_TEXT_SIZE];

    buffer_printf(&json,
                  "{\"id\":\"order-%d\",\"type\":\"purchase\",\"user_id\":\"%s\",\"time\":\"%s\","
                  "\"currency\":\"EUR\",\"order_id\":\"o-%d\",\"items\":[{\"item_id\":\"%s\"}",
                  number, who, time_print(TEST_NOW - before_ms, time), number, item);
    for (int i = 1; i < lines; i++)
        buffer_printf(&json, ",{\"item_id\":\"%s\"}", item);
    buffer_add_string(&json, "]}");
    number++;
    assert_int_equal(test_record(shop, json.data, TEST_NOW).stored, 1);
}

static double bought_of_late(const struct test_shop *t, const char *item)
{
    const struct state *s = t->shop->state;
    struct error err = {0};

    assert_int_equal(shop_tick(t->shop, TEST_NOW, &err), OK);
    return (double)popularity_appeal(s->popularity, catalog_find(s->catalog, text_from(item)))
        .purchases.month;
}

static void one_shopper_makes_nothing_a_bestseller(void **state)
{
    struct test_shop t;
    char who[16];
    (void)state;

    test_shop_open(&t);
    for (int i = 0; i < 50; i++)
        order(t.shop, "one", "A", 1, i * MS_MINUTE);
    for (int i = 0; i < 5; i++) {
        (void)snprintf(who, sizeof(who), "c-%d", i);
        order(t.shop, who, "B", 1, i * MS_MINUTE);
    }
    order(t.shop, "whole", "C", 8, 0);           /* lines of one order are of one moment */
    for (int64_t month = 3; month >= 0; month--) /* who comes again counts again */
        for (int i = 0; i < 2; i++)
            order(t.shop, "loyal", "D", 1, month * 31 * MS_DAY + i * MS_HOUR);
    assert_true(fabs(bought_of_late(&t, "A") - 3) < 0.1);
    assert_true(fabs(bought_of_late(&t, "B") - 5) < 0.1);
    assert_true(fabs(bought_of_late(&t, "C") - 8) < 0.1);
    assert_true(fabs(bought_of_late(&t, "D") - 2 * (1 + 0.49 + 0.24 + 0.12)) < 0.1);
    test_shop_close(&t);
}

/* --- turns --- */

static struct record product_record(uint64_t position, const char *item_id, const char *category,
                                    const char *part, struct buffer *body)
{
    struct bundle_part parts[] = {{text_from(part), 1}};
    struct product p = product_blank();

    p.item_id = p.title = text_from(item_id);
    p.category = text_from(category);
    p.parts = parts;
    p.part_count = part != NULL;
    product_encode(&p, body);
    return (struct record){
        .position = {position}, .kind = RECORD_PRODUCT, .body = buffer_text(body)};
}

/* Bundles are judged once a turn, and yet before an event that names them. */
static void an_event_sees_what_the_records_before_it_made_of_a_bundle(void **state)
{
    struct state *s = state_new_catalog();
    SCOPED(arena_free) struct arena a = {0};
    struct buffer bodies[4] = {{0}};
    struct event_item item = {.item_id = TEXT("set"), .quantity = 1, .price = MONEY_NONE};
    const struct event e = {.id = TEXT("1"),
                            .type = EVENT_view_item,
                            .time_ms = TEST_NOW,
                            .anonymous_id = TEXT("v"),
                            .items = &item,
                            .item_count = 1};
    const struct text secret = TEXT("Secret");
    (void)state;

    catalog_sensitive_set(s->catalog, &secret, 1);
    event_encode(&e, &bodies[3]);
    struct prepared_record turn[] = {
        {.record = product_record(1, "part", "Things", NULL, &bodies[0])},
        {.record = product_record(2, "set", "Things", "part", &bodies[1])},
        {.record = {.position = {3}, .kind = RECORD_EVENT, .body = buffer_text(&bodies[3])}},
        {.record = product_record(4, "part", "Secret", NULL, &bodies[2])},
        {.record = {.position = {5}, .kind = RECORD_EVENT, .body = buffer_text(&bodies[3])}}};
    for (size_t i = 0; i < COUNT(turn); i++)
        turn[i].prepared = state_prepare(s, &turn[i].record, &a);
    state_fold_prepared(s, turn, COUNT(turn));
    const struct happening *before = turn[2].prepared, *after = turn[4].prepared;
    assert_int_equal(before->products[0], catalog_find(s->catalog, TEXT("set")));
    assert_int_equal(after->products[0], PRODUCT_NONE);
    for (size_t i = 0; i < COUNT(bodies); i++)
        buffer_free(&bodies[i]);
    state_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folding_the_journal_again_gives_the_same_state),
        cmocka_unit_test(a_checkpoint_and_the_tail_give_what_the_whole_journal_gives),
        cmocka_unit_test(a_state_of_the_past_stops_at_its_position),
        cmocka_unit_test(a_checkpoint_that_does_not_read_is_passed_over_for_an_older_one),
        cmocka_unit_test(a_checkpoint_beyond_the_journals_end_is_not_used),
        cmocka_unit_test(however_records_are_bundled_the_checkpoint_is_the_same_byte_for_byte),
        cmocka_unit_test(a_purchase_nobody_vouches_for_sells_nothing),
        cmocka_unit_test(orders_are_those_the_shop_vouches_for),
        cmocka_unit_test(marks_are_of_what_is_folded),
        cmocka_unit_test(sensitive_products_leave_no_trace_in_behaviour),
        cmocka_unit_test(a_program_that_no_longer_compiles_keeps_the_one_before),
        cmocka_unit_test(a_user_id_nobody_vouches_for_is_not_followed),
        cmocka_unit_test(a_catalogs_state_numbers_products_as_a_whole_one_does),
        cmocka_unit_test(an_event_sees_what_the_records_before_it_made_of_a_bundle),
        cmocka_unit_test(one_shopper_makes_nothing_a_bestseller),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
