/* SPDX-License-Identifier: Apache-2.0 */
#include "train/train.h"

#include <dirent.h>
#include <stdio.h>

#include "base/file.h"
#include "base/random.h"
#include "base/time.h"
#include "journal/journal.h"
#include "profile/profile.h"
#include "tests/support/test.h"

static const int64_t noon = INT64_C(1700000000000);
static const struct position everything = {UINT64_MAX};

/* A shop with a journal and the catalog folded from it. */
struct shop {
    char dir[TEST_PATH_SIZE];
    struct store *store;
    struct journal *journal;
    struct catalog *catalog;
};

static void append(struct shop *shop, enum record_kind kind, const struct buffer *body)
{
    struct record r;

    assert_int_equal(journal_append(shop->journal, kind, noon, buffer_text(body), &r, NULL), OK);
    catalog_fold(shop->catalog, &r);
}

static void put_product(struct shop *shop, const char *id, const char *variant,
                        const char *category)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct product p = product_blank();
    struct variant v = {.item_id = text_from(variant), .stock = STOCK_UNTRACKED};

    p.item_id = p.title = text_from(id);
    p.category = text_from(category);
    p.price = 1000000;
    if (variant != NULL) {
        p.variants = &v;
        p.variant_count = 1;
    }
    product_encode(&p, &body);
    append(shop, RECORD_PRODUCT, &body);
}

static void shop_open(struct shop *shop)
{
    test_dir(shop->dir);
    assert_int_equal(store_open(&shop->store, shop->dir, STORE_WRITE, NULL, NULL), OK);
    assert_int_equal(journal_open(&shop->journal, shop->store, NULL), OK);
    assert_int_equal(store_run(shop->store, "BEGIN", NULL), OK);
    shop->catalog = catalog_new();
    put_product(shop, "a", "a-red", "Top > A");
    put_product(shop, "b", NULL, "Top > B");
    put_product(shop, "c", NULL, "Top > C");
}

static void shop_close(struct shop *shop)
{
    catalog_free(shop->catalog);
    journal_close(&shop->journal);
    store_close(&shop->store);
}

static void commit(struct shop *shop)
{
    assert_int_equal(store_run(shop->store, "COMMIT", NULL), OK);
}

struct doing {
    const char *who, *session, *item, *transaction;
    enum event_type type;
    int64_t time_ms;
    bool unverified;
};

static void put_event(struct shop *shop, struct doing d)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct event_item item = {.item_id = text_from(d.item), .quantity = 1};
    struct event e = {.id = TEXT("x"),
                      .type = d.type,
                      .flags = d.unverified ? 0 : EVENT_VERIFIED,
                      .time_ms = d.time_ms,
                      .anonymous_id = text_from(d.who),
                      .session_id = text_from(d.session),
                      .items = &item,
                      .item_count = 1,
                      .transaction_id = text_from(d.transaction)};

    event_encode(&e, &body);
    for (uint32_t i = 0; i < e.item_count; i++)
        (void)catalog_mention(shop->catalog, e.items[i].item_id); /* as the fold of events does */
    append(shop, RECORD_EVENT, &body);
}

static void view(struct shop *shop, const char *who, const char *item, int64_t time_ms)
{
    put_event(shop, (struct doing){
                        .who = who, .item = item, .type = EVENT_view_item, .time_ms = time_ms});
}

static struct session_set sessions_of_shop(struct shop *shop, struct position until)
{
    struct train_options options = {.data_dir = shop->dir};
    struct session_set set;
    struct error err = {0};

    assert_int_equal(train_sessions(&options, shop->catalog, until, &set, &err), OK);
    return set;
}

static void assert_session(const struct session_set *s, uint32_t session, const char *items,
                           const struct catalog *c)
{
    char found[64] = "";
    size_t size = 0;

    for (uint64_t i = s->starts[session]; i < s->starts[session + 1]; i++)
        found[size++] = catalog_item_id(c, s->products[i]).data[0];
    assert_string_equal(found, items);
}

static void clicks_become_sessions_in_order_of_their_ends(void **state)
{
    struct shop shop;

    shop_open(&shop);
    view(&shop, "x", "a", noon);
    view(&shop, "y", "c", noon + 1000);
    view(&shop, "x", "c", noon + 3000); /* before b, but sent first */
    view(&shop, "x", "b", noon + 2000);
    view(&shop, "y", "b", noon + 2000);
    view(&shop, "z", "a", noon + 2000); /* ends with y's, appended later */
    view(&shop, "y", "a", noon + 2000 + SESSION_GAP_MS);
    commit(&shop);
    SCOPED(session_set_free) struct session_set s = sessions_of_shop(&shop, everything);
    assert_int_equal(s.session_count, 4);
    assert_int_equal(s.click_count, 7);
    assert_session(&s, 0, "cb", shop.catalog);
    assert_session(&s, 1, "a", shop.catalog);
    assert_session(&s, 2, "abc", shop.catalog);
    assert_session(&s, 3, "a", shop.catalog);
    shopper_number shoppers[] = {1, 2, 0, 1}; /* by first appearance */
    assert_memory_equal(s.shoppers, shoppers, sizeof(shoppers));
    assert_int_equal(s.end_ms[2], noon + 3000);
    assert_int_equal(s.product_count, catalog_count(shop.catalog));
    shop_close(&shop);
}

static void a_session_id_keeps_sessions_apart(void **state)
{
    struct shop shop;
    struct doing d = {.who = "x", .type = EVENT_view_item, .time_ms = noon, .item = "a"};

    shop_open(&shop);
    d.session = "s-1";
    put_event(&shop, d);
    d.session = "s-2";
    d.item = "b";
    put_event(&shop, d);
    d.session = "s-1";
    d.item = "c";
    d.time_ms++;
    put_event(&shop, d);
    commit(&shop);
    SCOPED(session_set_free) struct session_set s = sessions_of_shop(&shop, everything);
    assert_int_equal(s.session_count, 2);
    assert_session(&s, 0, "b", shop.catalog);
    assert_session(&s, 1, "ac", shop.catalog);
    shop_close(&shop);
}

static void only_what_may_be_learned_from_is(void **state)
{
    struct shop shop;
    struct text sensitive[] = {TEXT("Top > C")};
    struct doing d = {.who = "x", .item = "a", .time_ms = noon};

    shop_open(&shop);
    view(&shop, "x", "a-red", noon);         /* stands for a */
    view(&shop, "x", "c", noon + 1);         /* sensitive */
    view(&shop, "x", "elsewhere", noon + 1); /* no product of the catalog */
    for (int type = 0; type < EVENT_TYPE_COUNT; type++) {
        d.type = (enum event_type)type;
        d.unverified = type == EVENT_purchase;
        d.time_ms++;
        put_event(&shop, d);
    }
    d.type = EVENT_purchase;
    d.unverified = false;
    d.time_ms++;
    put_event(&shop, d);
    commit(&shop);
    catalog_sensitive_set(shop.catalog, sensitive, 1);
    SCOPED(session_set_free) struct session_set s = sessions_of_shop(&shop, everything);
    assert_int_equal(s.session_count, 1);
    uint8_t kinds[] = {ACTION_VIEW, ACTION_VIEW, ACTION_CART, ACTION_WISH, ACTION_WISH, ACTION_BUY};
    assert_int_equal(s.click_count, COUNT(kinds));
    assert_memory_equal(s.kinds, kinds, sizeof(kinds));
    assert_session(&s, 0, "aaaaaa", shop.catalog);
    assert_int_equal(s.products[0], catalog_find(shop.catalog, TEXT("a")));
    shop_close(&shop);
}

static void lines_of_one_transaction_are_one_order(void **state)
{
    struct shop shop;
    struct doing d = {.who = "x", .item = "a", .type = EVENT_purchase, .time_ms = noon};

    shop_open(&shop);
    d.transaction = "t-1";
    put_event(&shop, d);
    d.transaction = "t-2";
    put_event(&shop, d);
    d.transaction = "t-1";
    put_event(&shop, d);
    d.transaction = NULL;
    put_event(&shop, d);
    put_event(&shop, d);
    view(&shop, "x", "b", noon);
    commit(&shop);
    SCOPED(session_set_free) struct session_set s = sessions_of_shop(&shop, everything);
    assert_int_equal(s.click_count, 6);
    assert_int_equal(s.orders[0], s.orders[2]);
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < i; k++)
            assert_true((s.orders[i] == s.orders[k]) == (i == 2 && k == 0));
    assert_true(s.orders[4] != 0);
    assert_int_equal(s.orders[5], 0);
    shop_close(&shop);
}

static void what_came_after_the_position_is_not_read(void **state)
{
    struct shop shop;

    shop_open(&shop);
    view(&shop, "x", "a", noon);
    view(&shop, "x", "b", noon);
    struct position until = journal_end(shop.journal);
    view(&shop, "x", "c", noon);
    commit(&shop);
    SCOPED(session_set_free) struct session_set s = sessions_of_shop(&shop, until);
    assert_session(&s, 0, "ab", shop.catalog);
    shop_close(&shop);
}

static void put_crowd(struct shop *shop, uint32_t events)
{
    static const char *const items[] = {"a", "b", "c", "a-red"};
    struct random r;
    char who[16];

    random_seed(&r, 1);
    for (uint32_t i = 0; i < events; i++) {
        uint32_t shopper = random_below(&r, 200);
        snprintf(who, sizeof(who), "v-%u", shopper);
        put_event(shop, (struct doing){.who = who,
                                       .item = items[random_below(&r, 4)],
                                       .transaction = who,
                                       .type = random_below(&r, 3) == 0 ? EVENT_purchase
                                                                        : EVENT_view_item,
                                       .time_ms = noon + i * INT64_C(20000)});
    }
    commit(shop);
}

static struct train_options options_of(const struct shop *shop)
{
    return (struct train_options){
        .data_dir = shop->dir, .support_viewed = 3, .support_bought = 3, .keep = 5, .now_ms = noon};
}

static void assert_same_file(const struct shop *x, const struct shop *y, const char *name)
{
    SCOPED(file_map_close) struct file_map a = {0}, b = {0};
    char path[TEST_PATH_SIZE];

    assert_int_equal(file_map_open(&a, test_path(path, x->dir, name), NULL), OK);
    assert_int_equal(file_map_open(&b, test_path(path, y->dir, name), NULL), OK);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.bytes, b.bytes, a.size);
}

/* Read all there is and build a generation of it. */
static enum status train(struct shop *shop, const struct train_options *options,
                         struct generation_summary *out, struct error *err)
{
    SCOPED(session_set_free) struct session_set set = {.session_count = 0};

    assert_int_equal(train_sessions(options, shop->catalog, everything, &set, err), OK);
    return train_from_sessions(options, shop->catalog, &set, journal_end(shop->journal), out, err);
}

static void the_same_journal_gives_the_same_bytes(void **state)
{
    struct shop x, y;
    struct generation_summary summary;

    for (int i = 0; i < 2; i++) {
        struct shop *shop = i == 0 ? &x : &y;
        shop_open(shop);
        put_crowd(shop, 3000);
        struct train_options options = options_of(shop);
        assert_int_equal(train(shop, &options, &summary, NULL), OK);
        assert_int_equal(summary.number, 1);
        assert_int_equal(summary.position.number, journal_end(shop->journal).number);
    }
    assert_same_file(&x, &y, "generations/1/sessions.bin");
    assert_same_file(&x, &y, "generations/1/viewed.bin");
    assert_same_file(&x, &y, "generations/1/bought.bin");
    assert_same_file(&x, &y, "generations/1/content.bin");
    assert_same_file(&x, &y, "generations/1/vectors.bin");
    assert_same_file(&x, &y, "generations/1/manifest.json");
    SCOPED(generation_close) const struct generation *g = NULL;
    assert_int_equal(generation_open(&g, x.dir, 1, NULL), OK);
    assert_true(pairs_count(g->viewed) > 0 && pairs_count(g->bought) > 0);
    assert_true(sessions_count(g->sessions) > 0);
    assert_int_equal(g->click_count, 3000);
    assert_int_equal(g->sessions_month, g->session_count); /* all within a day */
    shop_close(&x);
    shop_close(&y);
}

static size_t entries(const char *dir)
{
    char path[TEST_PATH_SIZE];
    DIR *folder = opendir(test_path(path, dir, "generations"));
    size_t count = 0;

    if (folder == NULL)
        return 0;
    for (const struct dirent *e; (e = readdir(folder)) != NULL;)
        count += e->d_name[0] != '.';
    closedir(folder);
    return count;
}

static void a_shop_without_clicks_and_content_teaches_nothing(void **state)
{
    struct shop shop;
    struct generation_summary summary;
    struct error err = {0};

    shop_open(&shop); /* titles are ids, and no category is another's */
    commit(&shop);
    struct text sensitive[] = {TEXT("Top")};
    catalog_sensitive_set(shop.catalog, sensitive, 1); /* but the one above them all */
    struct train_options options = options_of(&shop);
    assert_int_equal(train(&shop, &options, &summary, &err), ERR_NOT_FOUND);
    assert_true(err.message[0] != '\0');
    assert_int_equal(entries(shop.dir), 0);
    shop_close(&shop);
}

static void a_catalog_alone_teaches_what_is_similar(void **state)
{
    SCOPED(generation_close) const struct generation *g = NULL;
    struct shop shop;
    struct generation_summary summary;

    shop_open(&shop);
    commit(&shop);
    struct train_options options = options_of(&shop);
    assert_int_equal(train(&shop, &options, &summary, NULL), OK);
    assert_int_equal(summary.session_count, 0);
    assert_int_equal(generation_open(&g, shop.dir, 1, NULL), OK);
    assert_int_equal(sessions_count(g->sessions), 0);
    assert_int_equal(vectors_count(g->vectors), 3);
    assert_non_null(g->content);
    shop_close(&shop);
}

static void sessions_alone_teach_what_is_similar(void **state)
{
    SCOPED(generation_close) const struct generation *g = NULL;
    struct shop shop;
    struct generation_summary summary;
    uint32_t shoppers;

    shop_open(&shop);
    put_product(&shop, "d", NULL, NULL);
    put_product(&shop, "e", NULL, NULL);
    for (int i = 0; i < 40; i++) {
        char who[16];
        snprintf(who, sizeof(who), "v-%d", i);
        view(&shop, who, i % 2 == 0 ? "d" : "a", noon + i);
        view(&shop, who, i % 2 == 0 ? "e" : "b", noon + 100 + i);
    }
    commit(&shop);
    struct text sensitive[] = {TEXT("Top")};
    catalog_sensitive_set(shop.catalog, sensitive, 1);
    struct train_options options = options_of(&shop);
    assert_int_equal(train(&shop, &options, &summary, NULL), OK);
    assert_int_equal(generation_open(&g, shop.dir, 1, NULL), OK);
    assert_null(g->content);
    assert_int_equal(vectors_count(g->vectors), 2); /* the sensitive ones have none */
    assert_non_null(vectors_find(g->vectors, catalog_find(shop.catalog, TEXT("d")), &shoppers));
    assert_int_equal(shoppers, 20);
    shop_close(&shop);
}

static void old_generations_go_but_not_the_one_that_serves(void **state)
{
    struct shop shop;
    struct generation_summary summary, list[8];
    size_t count;

    shop_open(&shop);
    put_crowd(&shop, 50);
    struct train_options options = options_of(&shop);
    options.keep = 2;
    options.serving = 1;
    options.sessions_only = true;
    for (int i = 0; i < 4; i++)
        assert_int_equal(train(&shop, &options, &summary, NULL), OK);
    assert_int_equal(generation_list(shop.dir, list, COUNT(list), &count, NULL), OK);
    assert_int_equal(count, 2);
    assert_int_equal(list[0].number, 1);
    assert_int_equal(list[1].number, 4);
    assert_int_equal(entries(shop.dir), 2);
    SCOPED(generation_close) const struct generation *g = NULL;
    assert_int_equal(generation_open(&g, shop.dir, 4, NULL), OK);
    assert_int_equal(pairs_count(g->viewed), 0); /* sessions_only */
    assert_true(sessions_count(g->sessions) > 0);
    shop_close(&shop);
}

static void remember(void *context, const char *stage, uint64_t done, uint64_t total)
{
    size_t *finished = context;

    assert_non_null(stage);
    assert_true(done <= total);
    *finished += done == total;
}

static void progress_ends_every_stage(void **state)
{
    struct shop shop;
    struct generation_summary summary;
    size_t finished = 0;

    shop_open(&shop);
    put_crowd(&shop, 50);
    struct train_options options = options_of(&shop);
    options.progress = remember;
    options.context = &finished;
    assert_int_equal(train(&shop, &options, &summary, NULL), OK);
    assert_int_equal(finished, 6);
    shop_close(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clicks_become_sessions_in_order_of_their_ends),
        cmocka_unit_test(a_session_id_keeps_sessions_apart),
        cmocka_unit_test(only_what_may_be_learned_from_is),
        cmocka_unit_test(lines_of_one_transaction_are_one_order),
        cmocka_unit_test(what_came_after_the_position_is_not_read),
        cmocka_unit_test(the_same_journal_gives_the_same_bytes),
        cmocka_unit_test(a_shop_without_clicks_and_content_teaches_nothing),
        cmocka_unit_test(a_catalog_alone_teaches_what_is_similar),
        cmocka_unit_test(sessions_alone_teach_what_is_similar),
        cmocka_unit_test(old_generations_go_but_not_the_one_that_serves),
        cmocka_unit_test(progress_ends_every_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
