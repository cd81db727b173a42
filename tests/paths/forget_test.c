/* SPDX-License-Identifier: Apache-2.0 */
/* Who is erased is gone from every byte on disk, and does not come back. */
#include "paths/forget.h"

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"
#include "paths/backup.h"
#include "paths/consenting.h"
#include "paths/contacting.h"
#include "paths/export.h"
#include "paths/preferences.h"
#include "paths/recommend.h"
#include "paths/replay.h"
#include "tests/support/shop.h"

#define MARKER "Zx7Kq"

static void must(enum status status, const struct error *err)
{
    if (status != OK)
        fail_msg("%s", err->message);
}

/* --- every byte on disk --- */

static size_t marked; /* files with the marker; nftw hands on no context */

static int scan_file(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    struct file_map map = {0};
    struct error err = {0};

    (void)about;
    (void)where;
    if (kind != FTW_F || file_map_open(&map, path, &err) != OK)
        return 0;
    if (map.size > 0 && memmem(map.bytes, map.size, MARKER, strlen(MARKER)) != NULL) {
        print_error("the marker is in %s\n", path);
        marked++;
    }
    file_map_close(&map);
    return 0;
}

static size_t files_marked(const char *dir)
{
    marked = 0;
    assert_int_equal(nftw(dir, scan_file, 16, FTW_PHYS), 0);
    return marked;
}

/* --- a person with a marker in every field they can put text into --- */

static const char everything[] =
    "{\"id\":\"" MARKER "-id\",\"type\":\"" MARKER "-type\",\"anonymous_id\":\"" MARKER "-anon\","
    "\"user_id\":\"" MARKER "-user\",\"session_id\":\"" MARKER "-session\","
    "\"items\":[{\"item_id\":\"" MARKER
    "-item\",\"quantity\":2,\"price\":\"3.50\"},{\"item_id\":\"p-1\"}],"
    "\"currency\":\"EUR\",\"value\":\"7\",\"transaction_id\":\"" MARKER "-order\","
    "\"search_term\":\"" MARKER " lamp\",\"filters\":{\"" MARKER "-key\":\"" MARKER "\"},"
    "\"request_id\":\"" MARKER "-request\","
    "\"page\":{\"url\":\"https://shop.example/" MARKER "?q=" MARKER
    "\",\"referrer\":\"https://" MARKER ".example\"},"
    "\"context\":{\"user_agent\":\"" MARKER "\",\"device\":\"" MARKER "\",\"locale\":\"" MARKER
    "\","
    "\"time_zone\":\"" MARKER "\",\"country\":\"" MARKER "\","
    "\"campaign\":{\"source\":\"" MARKER "\",\"medium\":\"" MARKER "\",\"name\":\"" MARKER "\"}},"
    "\"traits\":{\"name\":\"" MARKER " Miller\"},\"properties\":{\"note\":\"" MARKER "\"}}";

/* Long enough for pages of its own. */
static void record_long(struct shop *shop, int n)
{
    struct buffer json = {0};

    buffer_printf(&json,
                  "{\"id\":\"long-%d\",\"type\":\"view_item\",\"anonymous_id\":\"" MARKER "-anon\","
                  "\"items\":[{\"item_id\":\"p-%d\"}],\"properties\":{\"note\":0",
                  n, n % 9);
    for (int i = 0; i < 30; i++) {
        buffer_printf(&json, ",\"" MARKER "%d\":\"", i);
        for (int k = 0; k < 40; k++)
            buffer_printf(&json, MARKER "%d ", k);
        buffer_add_char(&json, '"');
    }
    buffer_add_string(&json, "}}");
    assert_int_equal(test_record(shop, json.data, TEST_NOW + n).stored, 1);
    buffer_free(&json);
}

static void record_others(struct shop *shop, int from, int count)
{
    char json[512];

    for (int i = from; i < from + count; i++) {
        snprintf(json, sizeof(json),
                 "{\"id\":\"o-%d\",\"type\":\"view_item\",\"anonymous_id\":\"v-%d\","
                 "\"session_id\":\"s-%d\",\"items\":[{\"item_id\":\"p-%d\"}]}",
                 i, i % 7, i % 7, i % 11);
        assert_int_equal(test_record(shop, json, TEST_NOW + i).stored, 1);
    }
}

static void ask(struct shop *shop, const char *visitor, char request_id[REQUEST_ID_SIZE])
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct question q = {.surfaces = {TEXT("home")},
                         .surface_count = 1,
                         .anonymous_id = text_from(visitor),
                         .item_id = TEXT(MARKER "-page"),
                         .cart = {TEXT(MARKER "-cart")},
                         .cart_count = 1,
                         .now_ms = TEST_NOW + 60000};
    struct answer answer = {.item_count = 0};
    struct error err = {0};

    must(recommend(shop, &q, &answer, &a, &err), &err);
    memcpy(request_id, answer.request_id, REQUEST_ID_SIZE);
}

/* A preference and a consent, each a record of its own. */
static void wish(struct shop *shop)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct preferences_change change = {
        .whose = {.anonymous_id = TEXT(MARKER "-anon")},
        .personal = PREFERENCES_UNSAID,
        .variety_ppm = PREFERENCES_UNSAID,
        .says = {[PREFER_NEVER] = true},
        .all = {{PREFER_NEVER, OF_BRAND, TEXT(MARKER " brand")}},
        .count = 1,
        .now_ms = TEST_NOW,
    };
    struct consent_record said = {.user_id = TEXT(MARKER "-user"),
                                  .allowed = {-1, -1, 1},
                                  .source = CONSENT_BY_SHOP,
                                  .time_ms = TEST_NOW};
    struct error err = {0};

    must(shop_change_preferences(shop, &change, &a, &err), &err);
    must(consent_state(shop, &said, &err), &err);
}

/* A phone they log in on with their address, after they had looked around there; and what is said by hand. */
static void join_others(struct shop *shop)
{
    SCOPED(buffer_free) struct buffer body = {0};
    const struct identity_order order = {.verb = IDENTITY_JOIN,
                                         .kind = IDENTIFIER_CUSTOMER,
                                         .other_kind = IDENTIFIER_CUSTOMER,
                                         .id = TEXT(MARKER "-account"),
                                         .other = TEXT(MARKER "-user"),
                                         .author = TEXT(MARKER "-author"),
                                         .reason = TEXT(MARKER "-reason")};
    struct error err = {0};

    (void)test_record(shop,
                      "{\"id\":\"ph1\",\"type\":\"view_item\",\"anonymous_id\":\"" MARKER
                      "-phone\",\"items\":[{\"item_id\":\"p-3\"}]}",
                      TEST_NOW);
    (void)test_record(shop,
                      "{\"id\":\"ph2\",\"type\":\"login\",\"anonymous_id\":\"" MARKER
                      "-phone\",\"user_id\":\"" MARKER
                      "-user\",\"traits\":{\"email\":\"miller@" MARKER ".example\"}}",
                      TEST_NOW + 1000);
    (void)test_record(shop,
                      "{\"id\":\"ph3\",\"type\":\"view_item\",\"anonymous_id\":\"" MARKER
                      "-phone\",\"items\":[{\"item_id\":\"p-4\"}]}",
                      TEST_NOW + 2000);
    (void)test_record(shop,
                      "{\"id\":\"old\",\"type\":\"view_item\",\"user_id\":\"" MARKER
                      "-account\",\"items\":[{\"item_id\":\"p-5\"}]}",
                      TEST_NOW);
    identity_order_encode(&order, &body);
    must(shop_append(shop, RECORD_IDENTITY, TEST_NOW + 3000, buffer_text(&body), NULL, &err), &err);
}

/* Addresses that they consented to: one came with an event above, one comes by itself. */
static void be_written_to(struct shop *shop)
{
    const struct contact_given given = {.user_id = TEXT(MARKER "-user"),
                                        .address = TEXT(MARKER "@shop.example"),
                                        .locale = TEXT(MARKER),
                                        .now_ms = TEST_NOW + 4000};
    enum contact_outcome outcome = CONTACT_NO_CONSENT;
    struct error err = {0};

    must(shop_contact_put(shop, &given, &outcome, &err), &err);
    assert_int_equal(outcome, CONTACT_KEPT);
}

struct place {
    struct test_shop t;
    char request_id[REQUEST_ID_SIZE];
    uint32_t products; /* numbered, before the erasure */
};

static void place_open(struct place *p)
{
    struct error err = {0};

    test_shop_open(&p->t);
    record_others(p->t.shop, 0, 30);
    assert_int_equal(test_record(p->t.shop, everything, TEST_NOW).stored, 1);
    for (int i = 0; i < 20; i++)
        record_long(p->t.shop, i);
    assert_int_equal(test_record(p->t.shop,
                                 "{\"id\":\"bad\",\"type\":\"purchase\",\"anonymous_id\":\"" MARKER
                                 "-anon\","
                                 "\"currency\":\"" MARKER "\",\"" MARKER "-what\":1}",
                                 TEST_NOW)
                         .refused,
                     1);
    assert_int_equal(test_record(p->t.shop,
                                 "{\"id\":\"" MARKER "-id\",\"type\":\"page_view\","
                                 "\"anonymous_id\":\"" MARKER "-anon\"}",
                                 TEST_NOW)
                         .refused,
                     1); /* the same id with another body */
    wish(p->t.shop);
    join_others(p->t.shop);
    be_written_to(p->t.shop);
    record_others(p->t.shop, 30, 30);
    ask(p->t.shop, MARKER "-anon", p->request_id);
    must(decisions_flush(p->t.shop->decisions, &err), &err);
    must(forget_wal(p->t.dir, &err), &err); /* so that it is in the pages of store.db too */
    p->products = catalog_count(p->t.shop->state->catalog);
}

static void checkpoint_make(struct place *p)
{
    struct error err = {0};

    must(state_save(p->t.shop->state, p->t.dir, 2, &err), &err);
}

static struct forgotten forget(struct place *p, const char *id)
{
    const struct actor actor = {TEXT("anna"), TEXT("test"), TEST_NOW + 100000};
    struct forgotten f;
    struct error err = {0};

    must(forget_shopper(p->t.shop, text_from(id), NAMING_EITHER, &actor, &f, &err), &err);
    assert_true(f.finished);
    return f;
}

static void no_byte_is_left(void **state)
{
    struct place p;
    struct error err = {0};
    struct backup_result made;
    struct backup_options options = {.replace = false};
    char backup[TEST_PATH_SIZE];

    place_open(&p);
    checkpoint_make(&p);
    assert_true(files_marked(p.t.dir) >= 2); /* or this test could not fail */
    struct ledger_counts before = test_ledger(&p.t);
    struct forgotten f = forget(&p, MARKER "-user");
    assert_int_equal(f.identifiers,
                     6); /* the id under both names, two browsers, account, address */
    assert_int_equal(f.events, 25);
    assert_int_equal(f.decisions, 1);
    assert_int_equal(f.refused, 2);
    assert_int_equal(files_marked(p.t.dir), 0);
    must(backup_make(p.t.dir, test_path(backup, p.t.dir, "backup"), &options, &made, &err), &err);
    assert_int_equal(files_marked(p.t.dir), 0);
    test_shop_reopen(&p.t, SHOP_WRITE);
    checkpoint_make(&p);
    assert_int_equal(files_marked(p.t.dir), 0);
    struct ledger_counts after = test_ledger(&p.t);
    assert_memory_equal(&before, &after, sizeof(after));
    assert_int_equal(after.received, after.stored + after.duplicate + ledger_refused(&after));
    assert_int_equal(p.t.shop->state->events, after.stored);
    test_shop_close(&p.t);
    assert_int_equal(files_marked(p.t.dir), 0);
}

static size_t times(const char *text, const char *what)
{
    size_t n = 0;

    for (; (text = strstr(text, what)) != NULL; text += strlen(what))
        n++;
    return n;
}

static void an_export_holds_everything(void **state)
{
    struct place p;
    struct buffer json = {0};
    struct error err = {0};

    place_open(&p);
    must(export_shopper(p.t.shop, TEXT(MARKER "-anon"), NAMING_EITHER, TEST_NOW, &json, &err),
         &err);
    assert_int_equal(times(json.data, "\"id\":\"long-"), 20);
    assert_int_equal(times(json.data, "\"search_term\":\"" MARKER " lamp\""), 1);
    assert_int_equal(times(json.data, "\"user_ids\":[\"" MARKER "-user\",\"" MARKER "-account\"]"),
                     1);
    assert_int_equal(times(json.data, "{\"kind\":\"visitor\",\"id\":\"" MARKER
                                      "-phone\",\"to\":{\"kind\":\"customer\""),
                     1);
    assert_int_equal(times(json.data, "\"by_hand\""), 1);
    assert_int_equal(times(json.data, "{\"kind\":\"email\",\"id\":\"email:"), 2); /* and its link */
    assert_int_equal(times(json.data, "{\"email\":\"miller@" MARKER ".example\""), 1);
    assert_int_equal(times(json.data, "{\"email\":\"" MARKER "@shop.example\""), 1);
    assert_int_equal(times(json.data, p.request_id), 1);
    assert_int_equal(times(json.data, MARKER "-cart"), 1);
    assert_int_equal(times(json.data, MARKER " brand"), 1);
    assert_int_equal(times(json.data, "\"source\":\"shop\",\"email\":true"), 1);
    assert_int_equal(times(json.data, MARKER "-what"), 1); /* refused */
    assert_int_equal(times(json.data, "\"what\":\"viewed\""),
                     23);                         /* on both devices and as account */
    assert_int_equal(times(json.data, "v-1"), 0); /* of others nothing */
    (void)forget(&p, MARKER "-anon");
    buffer_clear(&json);
    must(export_shopper(p.t.shop, TEXT(MARKER "-user"), NAMING_EITHER, TEST_NOW, &json, &err),
         &err);
    assert_int_equal(times(json.data, MARKER), 1); /* the question */
    buffer_free(&json);
    test_shop_close(&p.t);
}

static void late_events_do_not_bring_them_back_until_they_consent_anew(void **state)
{
    struct place p;

    place_open(&p);
    (void)forget(&p, MARKER "-user");
    for (int i = 0; i < 2; i++) { /* and after a restart */
        assert_int_equal(test_record(p.t.shop, everything, TEST_NOW + 200000).refused, 1);
        assert_int_equal(test_record(p.t.shop,
                                     "{\"id\":\"late\",\"type\":\"page_view\","
                                     "\"anonymous_id\":\"" MARKER "-anon\"}",
                                     TEST_NOW + 200000)
                             .refused,
                         1);
        assert_int_equal(files_marked(p.t.dir), 0);
        test_shop_reopen(&p.t, SHOP_WRITE);
    }
    struct ledger_counts c = test_ledger(&p.t);
    assert_int_equal(c.no_consent, 4);
    assert_int_equal(test_record(p.t.shop,
                                 "{\"id\":\"yes\",\"type\":\"consent\","
                                 "\"anonymous_id\":\"" MARKER "-anon\",\"consent\":"
                                 "{\"analytics\":true,\"personalization\":true,\"email\":false}}",
                                 TEST_NOW + 300000)
                         .stored,
                     1);
    assert_int_equal(test_record(p.t.shop,
                                 "{\"id\":\"late\",\"type\":\"page_view\","
                                 "\"anonymous_id\":\"" MARKER "-anon\"}",
                                 TEST_NOW + 400000)
                         .stored,
                     1);
    test_shop_close(&p.t);
}

static void their_decisions_answer_erased(void **state)
{
    struct place p;
    struct buffer json = {0};
    struct error err = {0};
    char id[REQUEST_ID_SIZE];

    place_open(&p);
    (void)forget(&p, MARKER "-anon");
    assert_int_equal(replay_decision(p.t.shop, text_from(p.request_id), &json, &err),
                     ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, "erased"));
    ask(p.t.shop, MARKER "-anon", id); /* asks as nobody now, but may name products */
    must(decisions_flush(p.t.shop->decisions, &err), &err);
    buffer_clear(&json);
    must(replay_decision(p.t.shop, text_from(id), &json, &err), &err);
    assert_null(strstr(json.data, MARKER "-anon"));
    buffer_free(&json);
    test_shop_close(&p.t);
}

/* Numbers of products, and who is one person, as the journal alone gives them. */
static void numbers_are_those_of(struct place *p)
{
    struct state *fresh = state_new(p->t.shop->keys.id_key, 0);
    const struct catalog *live = p->t.shop->state->catalog;
    struct error err = {0};

    must(state_load(fresh, p->t.dir, (struct position){UINT64_MAX}, NULL, NULL, &err), &err);
    assert_int_equal(catalog_count(fresh->catalog), catalog_count(live));
    for (product_number n = 0; n < catalog_count(live); n++) {
        struct text a = catalog_item_id(fresh->catalog, n), b = catalog_item_id(live, n);
        assert_true(text_equal(a, b));
    }
    assert_true(identity_digest(fresh->identity) == identity_digest(p->t.shop->state->identity));
    assert_int_equal(profiles_count(fresh->profiles), profiles_count(p->t.shop->state->profiles));
    state_free(fresh);
}

static void product_numbers_stay(void **state)
{
    struct place p;

    place_open(&p);
    (void)test_record(p.t.shop,
                      "{\"id\":\"x1\",\"type\":\"view_item\",\"anonymous_id\":\"gone\","
                      "\"items\":[{\"item_id\":\"only-theirs\"},{\"item_id\":\"shared\"}]}",
                      TEST_NOW);
    (void)test_record(p.t.shop,
                      "{\"id\":\"x2\",\"type\":\"view_item\",\"anonymous_id\":\"v-1\","
                      "\"items\":[{\"item_id\":\"shared\"},{\"item_id\":\"later\"}]}",
                      TEST_NOW);
    const struct catalog *c = p.t.shop->state->catalog;
    product_number shared = catalog_find(c, TEXT("shared")), later = catalog_find(c, TEXT("later"));
    (void)forget(&p, "gone");
    (void)forget(&p, MARKER "-anon");
    assert_int_equal(catalog_find(c, TEXT("shared")), shared);
    assert_int_equal(catalog_find(c, TEXT("only-theirs")), PRODUCT_NONE);
    assert_int_equal(catalog_find(c, TEXT(MARKER "-item")), PRODUCT_NONE);
    numbers_are_those_of(&p);
    /* named again by somebody else, it is something new, in every process */
    (void)test_record(p.t.shop,
                      "{\"id\":\"x3\",\"type\":\"view_item\",\"anonymous_id\":\"v-2\","
                      "\"items\":[{\"item_id\":\"only-theirs\"}]}",
                      TEST_NOW);
    assert_true(catalog_find(c, TEXT("only-theirs")) > later);
    numbers_are_those_of(&p);
    test_shop_reopen(&p.t, SHOP_WRITE);
    numbers_are_those_of(&p);
    test_shop_close(&p.t);
}

/* On one device: neither's, anna's, bert's, and what was done while each was logged in. */
static void lend_tablet(struct shop *shop)
{
    static const struct {
        const char *id, *user;
        int item;
        int64_t minute;
    } all[] = {{"t0", NULL, 1, -60},
               {"a1", "anna", 2, 0},
               {"t1", NULL, 3, 1},
               {"b1", "bert", 4, 2},
               {"t2", NULL, 5, 3}};
    char json[256], time[TIME_TEXT_SIZE];

    for (size_t i = 0; i < COUNT(all); i++) {
        snprintf(json, sizeof(json),
                 "{\"id\":\"%s\",\"type\":\"view_item\",\"anonymous_id\":\"tablet\",%s%s%s"
                 "\"time\":\"%s\",\"items\":[{\"item_id\":\"p-%d\"}]}",
                 all[i].id, all[i].user != NULL ? "\"user_id\":\"" : "",
                 all[i].user != NULL ? all[i].user : "", all[i].user != NULL ? "\"," : "",
                 time_print(TEST_NOW + all[i].minute * 60000, time), all[i].item);
        assert_int_equal(test_record(shop, json, TEST_NOW + 200000).stored, 1);
    }
}

static uint32_t actions_of(const struct state *s, const char *anonymous_id, const char *user_id)
{
    const struct asker who = {.anonymous_id = text_from(anonymous_id),
                              .user_id = text_from(user_id)};
    struct profile profile;

    profiles_read_person(s->profiles, s->identity, &who, TEST_NOW + 300000, true, &profile);
    return profile.count;
}

static void others_keep_what_is_theirs(void **state)
{
    struct place p;

    place_open(&p);
    lend_tablet(p.t.shop);
    assert_int_equal(actions_of(p.t.shop->state, "tablet", "bert"), 2);
    assert_int_equal(actions_of(p.t.shop->state, "", "anna"), 2);
    struct forgotten f = forget(&p, "anna");
    assert_int_equal(f.events, 3); /* and what was nobody's: it would become bert's */
    assert_int_equal(forget(&p, "anna").events, 0);
    assert_int_equal(forget(&p, "nobody").events, 0);
    for (int i = 0; i < 2; i++) { /* and as the journal alone tells it */
        const struct state *s = p.t.shop->state;
        assert_int_equal(actions_of(s, "tablet", "bert"), 2);
        assert_int_equal(actions_of(s, "tablet", ""), 2);
        assert_int_equal(actions_of(s, "", "anna"), 0);
        assert_true(actions_of(s, "v-1", "") > 0);
        numbers_are_those_of(&p);
        test_shop_reopen(&p.t, SHOP_WRITE);
    }
    assert_int_equal(forget(&p, "bert").events, 2);
    assert_int_equal(actions_of(p.t.shop->state, "tablet", ""), 0);
    test_shop_close(&p.t);
}

static void what_was_begun_is_finished_after_a_crash(void **state)
{
    struct place p;
    struct store *store = NULL;
    struct error err = {0};
    struct buffer body = {0};
    struct person person = {0};
    bool left = true;

    place_open(&p);
    checkpoint_make(&p);
    must(person_find(p.t.shop, TEXT(MARKER "-phone"), NAMING_ANONYMOUS, &person, &err), &err);
    assert_int_equal(person.whos.count, 5);
    erasure_encode(person.whos.all, person.whos.count, TEST_NOW, &body);
    person_free(&person);
    must(shop_append(p.t.shop, RECORD_ERASURE, TEST_NOW, buffer_text(&body), NULL, &err), &err);
    test_shop_close(&p.t);
    must(store_open(&store, p.t.dir, STORE_WRITE, NULL, &err), &err);
    must(store_meta_set(store, "erasing:00000000000000000007", buffer_text(&body), &err), &err);
    store_close(&store);
    buffer_free(&body);
    test_shop_reopen(&p.t, SHOP_WRITE);
    must(forget_resume(p.t.shop, &left, &err), &err);
    assert_false(left);
    assert_int_equal(files_marked(p.t.dir), 0);
    numbers_are_those_of(&p);
    test_shop_close(&p.t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_byte_is_left),
        cmocka_unit_test(an_export_holds_everything),
        cmocka_unit_test(late_events_do_not_bring_them_back_until_they_consent_anew),
        cmocka_unit_test(their_decisions_answer_erased),
        cmocka_unit_test(product_numbers_stay),
        cmocka_unit_test(others_keep_what_is_theirs),
        cmocka_unit_test(what_was_begun_is_finished_after_a_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
