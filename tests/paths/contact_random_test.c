/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever happens in whatever order, alone or together in a transaction: no address stands against a no. */
#include "paths/contacting.h"

#include <stdio.h>

#include "base/random.h"
#include "base/time.h"
#include "paths/consenting.h"
#include "tests/support/contacts.h"

enum { VISITORS = 4, CUSTOMERS = 3, ADDRESSES = 4, NAMES = VISITORS + CUSTOMERS };

/* Names by number: "v0".. and "c0"... */
static const char *name_of(int n, char out[8])
{
    out[0] = n < VISITORS ? 'v' : 'c';
    out[1] = (char)('0' + (n < VISITORS ? n : n - VISITORS));
    out[2] = '\0';
    return out;
}

struct holding {
    struct test_shop *t;
    int64_t now_ms;
    size_t rows;
};

/* A row stands on a newer word than the last no of its owner, read in the way answers read it, and of
 * the address itself. */
static void row_holds(void *context, const struct contact *row)
{
    struct holding *h = context;
    const struct state *s = h->t->shop->state;
    struct consent whole = {.of[0].stated = false}, own;
    char name[8];

    h->rows++;
    for (int i = 0; i < NAMES; i++) {
        struct text id = text_from(name_of(i, name));
        struct asker who = {.anonymous_id = i < VISITORS ? id : (struct text){0},
                            .user_id = i < VISITORS ? (struct text){0} : id};
        if (who_equal(row->owner, who_of(s->id_key, i < VISITORS ? WHO_ANONYMOUS : WHO_USER, id)))
            consent_of_person(s, &who, h->now_ms, &whole);
    }
    consents_read(s->consents, row->who, &own);
    consent_join(&whole, &own);
    const struct statement *said = &whole.of[PURPOSE_EMAIL];
    if (said->stated && !said->allowed &&
        (!row->consent.stated || row->consent.time_ms <= said->time_ms))
        fail_msg("%.*s stands against a no", (int)row->address.size, row->address.data);
    if (said->stated && row->consent.stated && row->consent.time_ms > h->now_ms)
        fail_msg("%.*s stands on what is to come", (int)row->address.size, row->address.data);
    if (!row->consent.stated && !s->program->consent_email)
        fail_msg("%.*s stands on nothing", (int)row->address.size, row->address.data);
}

/* Every row holds; how many there are. */
static size_t all_hold(struct test_shop *t, int64_t now_ms)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    struct holding h = {.t = t, .now_ms = now_ms};
    struct error err = {0};

    must(store_open(&store, t->dir, STORE_READ, NULL, &err), &err);
    must(stmt_open(&q, store, "SELECT who FROM contact", &err), &err);
    struct contacts *table = contacts_new(store);
    while (sqlite3_step(q) == SQLITE_ROW) {
        struct who who;
        struct text bytes = stmt_text(q, 0);
        assert_int_equal(bytes.size, sizeof(who.hash));
        memcpy(who.hash, bytes.data, sizeof(who.hash));
        must(contacts_each(table, who, row_holds, &h, &err), &err);
    }
    contacts_close(&table);
    return h.rows;
}

/* An event of anybody, naming some address and saying something or not, at once or seconds late. */
static void add_random(struct buffer *json, struct random *random, int64_t now_ms)
{
    static const char *const said[] = {"",      "",     "",
                                       "," YES, "," NO, ",\"consent\":{\"analytics\":true}"};
    char visitor[8], customer[8], time[TIME_TEXT_SIZE], more[256];
    int who = (int)random_below(random, 3);
    int64_t late_ms =
        random_below(random, 4) == 0 ? (int64_t)random_below(random, 20) * MS_SECOND : 0;

    (void)name_of((int)random_below(random, VISITORS), visitor);
    (void)name_of(VISITORS + (int)random_below(random, CUSTOMERS), customer);
    int size = snprintf(more, sizeof(more), "\"time\":\"%s\"%s", time_print(now_ms - late_ms, time),
                        said[random_below(random, COUNT(said))]);
    if (random_below(random, 2) == 0)
        snprintf(more + size, sizeof(more) - (size_t)size,
                 ",\"traits\":{\"email\":\"a%d@shop.example\"}",
                 (int)random_below(random, ADDRESSES));
    add_event(json, "identify", who == 1 ? NULL : visitor, who == 0 ? NULL : customer, more);
}

static void step(struct test_shop *t, struct random *random, int second)
{
    struct buffer json = {0};
    char name[8], address[32];
    uint64_t what = random_below(random, 12);
    int who = (int)random_below(random, NAMES);
    const char *visitor = who < VISITORS ? name_of(who, name) : NULL;
    const char *user = who < VISITORS ? NULL : name_of(who, name);

    if (what == 0) {
        say(t, second, visitor, user, random_below(random, 2) == 0);
    } else if (what == 1) {
        snprintf(address, sizeof(address), "a%d@shop.example",
                 (int)random_below(random, ADDRESSES));
        (void)give(t, second, visitor, user, address);
    } else if (what == 2 && random_below(random, 4) == 0) {
        test_program(t->shop, random_below(random, 2) == 0 ? PROGRAM("true") : PROGRAM("false"),
                     TEST_NOW + INT64_C(1000) * second);
    } else {
        int count = what < 8 ? 1 : 1 + (int)random_below(random, 8);
        buffer_add_string(&json, "{\"events\":[");
        for (int i = 0; i < count; i++) {
            buffer_add_string(&json, i > 0 ? "," : "");
            add_random(&json, random, TEST_NOW + INT64_C(1000) * second);
        }
        buffer_add_string(&json, "]}");
        (void)test_record(t->shop, json.data, TEST_NOW + INT64_C(1000) * second);
    }
    buffer_free(&json);
}

static void no_row_ever_stands_against_a_no(void **state)
{
    enum { SEEDS = 8, STEPS = 80 };
    size_t with_rows = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct random random;
        struct test_shop t;

        random_seed(&random, seed);
        open_with(&t, PROGRAM("true"));
        for (int i = 1; i <= STEPS; i++) {
            step(&t, &random, 30 + i);
            with_rows += all_hold(&t, TEST_NOW + INT64_C(1000) * (30 + i)) > 0;
        }
        test_shop_close(&t);
    }
    assert_true(with_rows > SEEDS * STEPS / 4); /* or it says little */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_row_ever_stands_against_a_no),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
