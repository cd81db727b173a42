/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/marked.h"

#include <ftw.h>
#include <stdio.h>

#include "base/file.h"
#include "base/time.h"
#include "journal/journal.h"
#include "paths/consenting.h"
#include "paths/contacting.h"
#include "paths/preferences.h"

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

size_t files_marked(const char *dir)
{
    marked = 0;
    assert_int_equal(nftw(dir, scan_file, 16, FTW_PHYS), 0);
    return marked;
}

/* --- a person with a marker in every field they can put text into --- */

const char marked_event[] =
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

void marked_others(struct shop *shop, int from, int count)
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

void marked_ask(struct shop *shop, const char *visitor, char request_id[REQUEST_ID_SIZE])
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

void place_open(struct place *p)
{
    struct error err = {0};

    test_shop_open(&p->t);
    marked_others(p->t.shop, 0, 30);
    assert_int_equal(test_record(p->t.shop, marked_event, TEST_NOW).stored, 1);
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
    marked_others(p->t.shop, 30, 30);
    marked_ask(p->t.shop, MARKER "-anon", p->request_id);
    must(decisions_flush(p->t.shop->decisions, &err), &err);
    must(forget_wal(p->t.dir, &err), &err); /* so that it is in the pages of store.db too */
    p->products = catalog_count(p->t.shop->state->catalog);
    p->end = p->t.shop->state->position.number;
}

void place_checkpoint(struct place *p)
{
    struct error err = {0};

    must(state_save(p->t.shop->state, p->t.dir, 2, &err), &err);
}

/* The two who log in there, and what each does or is done while they are logged in. */
void marked_lend(struct shop *shop, const char *first, const char *second)
{
    const struct {
        const char *id, *user, *term;
        int item;
        int64_t minute;
    } all[] = {{"t0", NULL, MARKER, 1, -60},
               {"a1", first, MARKER, 2, 0},
               {"t1", NULL, MARKER, 3, 1},
               {"b1", second, "", 4, 2},
               {"t2", NULL, "", 5, 3}};
    char json[512], time[TIME_TEXT_SIZE];

    for (size_t i = 0; i < COUNT(all); i++) {
        snprintf(json, sizeof(json),
                 "{\"id\":\"%s\",\"type\":\"view_item\",\"anonymous_id\":\"tablet\",%s%s%s"
                 "\"time\":\"%s\",\"search_term\":\"for %s\",\"items\":[{\"item_id\":\"p-%d\"}]}",
                 all[i].id, all[i].user != NULL ? "\"user_id\":\"" : "",
                 all[i].user != NULL ? all[i].user : "", all[i].user != NULL ? "\"," : "",
                 time_print(TEST_NOW + all[i].minute * 60000, time), all[i].term, all[i].item);
        assert_int_equal(test_record(shop, json, TEST_NOW + 200000).stored, 1);
    }
}

enum status marked_forget(struct shop *shop, const char *id, struct forgotten *out,
                          struct error *err)
{
    const struct actor actor = {TEXT("anna"), TEXT("test"), TEST_NOW + 100000};

    return forget_shopper(shop, text_from(id), NAMING_EITHER, &actor, out, err);
}

/* --- the journal --- */

uint64_t journal_hash(const char *dir)
{
    SCOPED(cursor_close) struct cursor *cursor = NULL;
    struct error err = {0};
    struct record r;
    uint64_t hash = 0;

    must(cursor_open(&cursor, dir, NULL, (struct position){0}, &err), &err);
    while (cursor_next(cursor, &r, &err) == OK)
        hash = hash_u64(hash + r.position.number * 31 + (uint64_t)r.kind) ^
               hash_text(r.body, (uint64_t)r.time_ms);
    assert_int_equal(err.status, ERR_NOT_FOUND); /* all of it could be read */
    return hash;
}
