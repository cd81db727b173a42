/* SPDX-License-Identifier: Apache-2.0 */
/* Who is erased is gone from every byte on disk, and does not come back. */
#include "paths/forget.h"

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
#include "tests/support/marked.h"

static void must(enum status status, const struct error *err)
{
    if (status != OK)
        fail_msg("%s", err->message);
}

static struct forgotten forget(struct place *p, const char *id)
{
    struct forgotten f;
    struct error err = {0};

    must(marked_forget(p->t.shop, id, &f, &err), &err);
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
    place_checkpoint(&p);
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
    place_checkpoint(&p);
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
        assert_int_equal(test_record(p.t.shop, marked_event, TEST_NOW + 200000).refused, 1);
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
    marked_ask(p.t.shop, MARKER "-anon", id); /* asks as nobody now, but may name products */
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
    marked_lend(p.t.shop, "anna", "bert");
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
    place_checkpoint(&p);
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
