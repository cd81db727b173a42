/* SPDX-License-Identifier: Apache-2.0 */
/* After an erasure the running state becomes, byte for byte, the one that the journal alone gives. */
#include "paths/renew.h"

#include <pthread.h>
#include <stdio.h>

#include "base/file.h"
#include "base/random.h"
#include "base/time.h"
#include "paths/consenting.h"
#include "paths/learn.h"
#include "paths/person.h"
#include "paths/preferences.h"
#include "tests/support/marked.h"

enum {
    EVENTS = 400,
    CUSTOMERS = 6,
    BROWSERS = 8,
    KIOSK_LOGINS = 24,
    SEEDS = 3,
    BESIDE = 500,
    ERASED = 3
};

static void must(enum status status, const struct error *err)
{
    if (status != OK)
        fail_msg("%s", err->message);
}

/* --- two states as the bytes of their checkpoints --- */

static void save(const struct state *s, const char *dir, struct buffer *out)
{
    struct state copy = *s;
    struct error err = {0};
    char name[64], path[TEST_PATH_SIZE];

    copy.erasure_steps = 0; /* there is no store in that folder */
    /* which of two ids stands first in a full place of the table is not what is asked here */
    copy.duplicates = duplicates_new(1000);
    must(state_save(&copy, dir, 1, &err), &err);
    duplicates_free(copy.duplicates);
    snprintf(name, sizeof(name), "checkpoints/%020llu.ckpt",
             (unsigned long long)s->position.number);
    must(file_read(test_path(path, dir, name), 1 << 28, out, &err), &err);
}

/* What a process that starts now, and has no checkpoint, makes of the journal. */
static struct state *state_anew(struct test_shop *t)
{
    struct state *fresh = state_new(t->shop->keys.id_key, t->settings.duplicate_ids_max);
    struct error err = {0};

    must(checkpoints_remove(t->dir, &err), &err);
    must(state_load(fresh, t->dir, (struct position){UINT64_MAX}, NULL, NULL, &err), &err);
    return fresh;
}

static bool same_as_the_journal(struct test_shop *t)
{
    SCOPED(state_drop) struct state *fresh = state_anew(t);
    SCOPED(buffer_free) struct buffer a = {0}, b = {0};
    char dir[TEST_PATH_SIZE];
    struct error err = {0};

    test_path(dir, t->dir, "saved");
    must(dir_make(dir, &err), &err);
    save(t->shop->state, dir, &a);
    save(fresh, dir, &b);
    return text_equal(buffer_text(&a), buffer_text(&b));
}

/* --- a journal by chance --- */

static void record_one(struct shop *shop, struct random *random, int i)
{
    static const char *const types[] = {"view_item", "login", "add_to_cart", "purchase"};
    uint32_t type = random_below(random, 6), who = random_below(random, CUSTOMERS);
    bool named = type == 1 || random_below(random, 4) == 0;
    char json[1024], user[64] = "", traits[96] = "", time[TIME_TEXT_SIZE];

    if (named)
        snprintf(user, sizeof(user), "\"user_id\":\"c-%u\",", (unsigned)who);
    if (named && random_below(random, 5) == 0)
        snprintf(traits, sizeof(traits), "\"traits\":{\"email\":\"m%u@shop.example\"},",
                 (unsigned)random_below(random, 4));
    /* some come late */
    int64_t at = TEST_NOW + i * MS_MINUTE - (int64_t)random_below(random, 90) * MS_MINUTE;
    snprintf(json, sizeof(json),
             "{\"id\":\"r-%d\",\"type\":\"%s\",\"anonymous_id\":\"v-%u\",%s%s\"time\":\"%s\","
             "\"transaction_id\":\"t-%d\",\"items\":[{\"item_id\":\"p-%u\",\"quantity\":1}]}",
             i, types[type < 4 ? type : 0], (unsigned)random_below(random, BROWSERS), user, traits,
             time_print(at, time), i, (unsigned)random_below(random, 30));
    (void)test_record(shop, json, TEST_NOW + (i + 1) * MS_MINUTE); /* each is stored: other tests */
}

/* A browser that so many log in to that it is blocked; without the first it would not be. */
static void record_kiosk(struct shop *shop, int from, int until)
{
    /* times rise, as a clock's do: an id is kept with the time it came */
    int64_t from_ms = TEST_NOW + (from == 0 ? EVENTS : 2 * EVENTS + 1) * MS_MINUTE;
    char json[256];

    for (int i = from; i < until; i++) {
        snprintf(json, sizeof(json),
                 "{\"id\":\"k-%d\",\"type\":\"login\",\"anonymous_id\":\"kiosk\","
                 "\"user_id\":\"c-%d\"}",
                 i, i);
        assert_int_equal(test_record(shop, json, from_ms + i * MS_SECOND).stored, 1);
    }
}

static void order(struct shop *shop, enum identity_verb verb, const char *id, const char *other)
{
    SCOPED(buffer_free) struct buffer body = {0};
    const struct identity_order o = {.verb = verb,
                                     .kind = IDENTIFIER_CUSTOMER,
                                     .other_kind = IDENTIFIER_CUSTOMER,
                                     .id = text_from(id),
                                     .other = text_from(other),
                                     .author = TEXT("anna"),
                                     .reason = TEXT("a test")};
    struct error err = {0};

    identity_order_encode(&o, &body);
    must(shop_append(shop, RECORD_IDENTITY, TEST_NOW, buffer_text(&body), NULL, &err), &err);
}

static void wish(struct shop *shop, const char *user)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct preferences_change change = {
        .whose = {.user_id = text_from(user)},
        .personal = PREFERENCES_UNSAID,
        .variety_ppm = PREFERENCES_UNSAID,
        .says = {[PREFER_NEVER] = true},
        .all = {{PREFER_NEVER, OF_BRAND, TEXT("a brand")}},
        .count = 1,
        .now_ms = TEST_NOW,
    };
    struct consent_record said = {.user_id = text_from(user),
                                  .allowed = {-1, -1, 1},
                                  .source = CONSENT_BY_SHOP,
                                  .time_ms = TEST_NOW};
    struct error err = {0};

    must(shop_change_preferences(shop, &change, &a, &err), &err);
    must(consent_state(shop, &said, &err), &err);
}

static void fill(struct test_shop *t, uint64_t seed)
{
    struct random random;
    struct error err = {0};

    random_seed(&random, seed);
    for (int i = 0; i < EVENTS; i++) {
        record_one(t->shop, &random, i);
        if (i % 100 == 50)
            must(shop_tick(t->shop, TEST_NOW + (i + 1) * MS_MINUTE, &err), &err);
    }
    wish(t->shop, "c-0");
    wish(t->shop, "c-1");
    order(t->shop, IDENTITY_JOIN, "c-2", "c-0");
    order(t->shop, IDENTITY_JOIN, "c-3", "c-4");
    order(t->shop, IDENTITY_DISSOLVE, "c-4", "");
    record_kiosk(t->shop, 0, IDENTITY_ANCHORS_MAX + 1);
    must(shop_tick(t->shop, TEST_NOW + 2 * EVENTS * MS_MINUTE, &err), &err);
}

static void erase(struct test_shop *t, const char *id)
{
    struct forgotten f;
    struct error err = {0};

    must(marked_forget(t->shop, id, &f, &err), &err);
    assert_true(f.finished && f.events > 0);
}

/* As a server does it: a process makes a checkpoint, then the state is renewed of it. */
static void renew(struct test_shop *t)
{
    struct error err = {0};
    bool renewed = false;

    must(learn_checkpoint(t->dir, &t->settings, &err), &err);
    record_kiosk(t->shop, IDENTITY_ANCHORS_MAX + 1, KIOSK_LOGINS); /* behind it */
    must(shop_renew(t->shop, &renewed, &err), &err);
    assert_true(renewed);
    must(shop_renew(t->shop, &renewed, &err), &err);
    assert_false(renewed);
}

static bool blocked(const struct state *s)
{
    identifier_number n = identity_find(s->identity, IDENTIFIER_VISITOR, TEXT("kiosk"));

    return n != IDENTIFIER_NONE && identity_blocked(s->identity, n);
}

static void a_renewed_state_is_the_journals(void **state)
{
    int differed = 0;

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct test_shop t;
        struct error err = {0};

        test_shop_open(&t);
        fill(&t, seed);
        assert_true(blocked(t.shop->state));
        assert_true(same_as_the_journal(&t)); /* before anybody is erased */
        erase(&t, "c-0");
        differed += !same_as_the_journal(&t);
        assert_true(blocked(t.shop->state));
        renew(&t);
        assert_true(blocked(t.shop->state)); /* since the last three logged in */
        assert_true(same_as_the_journal(&t));
        must(shop_tick(t.shop, TEST_NOW + 3 * EVENTS * MS_MINUTE, &err), &err);
        assert_true(same_as_the_journal(&t));
        erase(&t, "c-1");
        test_shop_reopen(&t, SHOP_WRITE);
        assert_true(same_as_the_journal(&t));
        test_shop_close(&t);
    }
    assert_true(differed > 0); /* or this test could not fail */
}

static void what_was_blocked_by_the_erased_alone_is_blocked_no_more(void **state)
{
    struct test_shop t;
    struct error err = {0};
    bool renewed = false;

    test_shop_open(&t);
    record_kiosk(t.shop, 0, IDENTITY_ANCHORS_MAX + 1);
    assert_true(blocked(t.shop->state));
    erase(&t, "c-0");
    must(shop_renew(t.shop, &renewed, &err), &err); /* without a checkpoint, too */
    assert_true(renewed);
    assert_false(blocked(t.shop->state));
    assert_true(same_as_the_journal(&t));
    test_shop_close(&t);
}

/* How many of these numbers are the person's in the shop's graph. Under its lock. */
static size_t count_own(const struct state *s, const struct person *p, const identifier_number *all,
                        size_t count)
{
    size_t own = 0;

    for (size_t i = 0; i < count; i++) {
        bool visitor = all[i] < identity_count(s->identity) &&
                       identity_kind(s->identity, all[i]) == IDENTIFIER_VISITOR;
        own += all[i] < identity_count(s->identity) &&
               who_set_has(&p->whos, who_of(p->key, visitor ? WHO_ANONYMOUS : WHO_USER,
                                            identity_text(s->identity, all[i])));
    }
    return own;
}

/* Who reads on for a while by the numbers of identifiers (an export) does not come to somebody else's. */
static void identifiers_are_looked_for_anew_in_a_renewed_state(void **state)
{
    SCOPED(person_free) struct person p = {.nobodys = false};
    SCOPED(identifiers_free) struct identifiers i = {.count = 0};
    identifier_number before[IDENTITY_CHILDREN_MAX];
    struct test_shop t;
    struct error err = {0};

    test_shop_open(&t);
    fill(&t, 1);
    must(person_find(t.shop, TEXT("c-15"), NAMING_EITHER, &p, &err), &err);
    person_identifiers(t.shop, &p, &i);
    size_t count = i.count;
    assert_in_range(count, 1, COUNT(before));
    memcpy(before, i.all, count * sizeof(*before));
    assert_int_equal(count_own(t.shop->state, &p, before, count), count);
    erase(&t, "c-0");
    renew(&t);
    person_identifiers_lock(t.shop, &p, &i);
    assert_true(count_own(t.shop->state, &p, before, count) < count); /* they were given anew */
    assert_int_equal(i.count, count);
    assert_int_equal(count_own(t.shop->state, &p, i.all, i.count), count);
    shop_read_unlock(t.shop);
    test_shop_close(&t);
}

/* --- beside everything else --- */

struct beside {
    struct test_shop *t;
    bool stop;
    pthread_mutex_t mutex;
    uint64_t answered;
};

static bool stopped(struct beside *b)
{
    pthread_mutex_lock(&b->mutex);
    bool stop = b->stop;
    pthread_mutex_unlock(&b->mutex);
    return stop;
}

static void *record_beside(void *argument)
{
    struct beside *b = argument;
    struct random random;

    random_seed(&random, 7);
    for (int i = EVENTS; i < EVENTS + BESIDE && !stopped(b); i++)
        record_one(b->t->shop, &random, i);
    return NULL;
}

static void *ask_beside(void *argument)
{
    struct beside *b = argument;
    char id[REQUEST_ID_SIZE];

    for (; !stopped(b); b->answered++)
        marked_ask(b->t->shop, "v-1", id);
    return NULL;
}

static void a_state_is_renewed_while_others_record_and_ask(void **state)
{
    struct test_shop t;
    struct beside b = {.t = &t, .mutex = PTHREAD_MUTEX_INITIALIZER};
    struct error err = {0};
    pthread_t threads[2];

    test_shop_open(&t);
    fill(&t, 1);
    assert_int_equal(pthread_create(&threads[0], NULL, record_beside, &b), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, ask_beside, &b), 0);
    for (int i = 0; i < ERASED; i++) {
        char id[16];
        struct forgotten f;
        bool renewed = false;

        snprintf(id, sizeof(id), "c-%d", i);
        must(marked_forget(t.shop, id, &f, &err), &err);
        must(shop_renew(t.shop, &renewed, &err), &err);
        assert_true(renewed);
    }
    pthread_mutex_lock(&b.mutex);
    b.stop = true;
    pthread_mutex_unlock(&b.mutex);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_true(b.answered > 0);
    assert_true(same_as_the_journal(&t));
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_renewed_state_is_the_journals),
        cmocka_unit_test(what_was_blocked_by_the_erased_alone_is_blocked_no_more),
        cmocka_unit_test(identifiers_are_looked_for_anew_in_a_renewed_state),
        cmocka_unit_test(a_state_is_renewed_while_others_record_and_ask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
