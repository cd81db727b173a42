/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/contacts.h"

#include <stdio.h>

#include "base/time.h"
#include "paths/consenting.h"

void must(enum status status, const struct error *err)
{
    if (status != OK)
        fail_msg("%s", err->message);
}

int64_t count_of(const struct test_shop *t, const char *sql, const char *value)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    struct error err = {0};

    must(store_open(&store, t->dir, STORE_READ, NULL, &err), &err);
    must(stmt_open(&q, store, sql, &err), &err);
    if (value != NULL)
        stmt_bind_text(q, 1, text_from(value));
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    return stmt_i64(q, 0);
}

bool stands(const struct test_shop *t, const char *address)
{
    return count_of(t, "SELECT count(*) FROM contact WHERE address=?", address) == 1;
}

int64_t rows(const struct test_shop *t)
{
    return count_of(t, "SELECT count(*) FROM contact", NULL);
}

static int event_number;

void add_event(struct buffer *out, const char *type, const char *visitor, const char *user,
               const char *more)
{
    buffer_printf(out, "{\"id\":\"e-%d\",\"type\":\"%s\"", ++event_number, type);
    if (visitor != NULL)
        buffer_printf(out, ",\"anonymous_id\":\"%s\"", visitor);
    if (user != NULL)
        buffer_printf(out, ",\"user_id\":\"%s\"", user);
    buffer_printf(out, "%s%s}", more[0] != '\0' ? "," : "", more);
}

void event(struct test_shop *t, int second, const char *visitor, const char *user, const char *more)
{
    struct buffer json = {0};

    add_event(&json, "identify", visitor, user, more);
    assert_int_equal(test_record(t->shop, json.data, TEST_NOW + INT64_C(1000) * second).stored, 1);
    buffer_free(&json);
}

void say(struct test_shop *t, int second, const char *visitor, const char *user, bool allowed)
{
    struct consent_record said = {.anonymous_id = text_from(visitor),
                                  .user_id = text_from(user),
                                  .allowed = {-1, -1, (int8_t)allowed},
                                  .source = CONSENT_BY_SHOP,
                                  .time_ms = TEST_NOW + INT64_C(1000) * second};
    struct error err = {0};

    must(consent_state(t->shop, &said, &err), &err);
}

enum contact_outcome give(struct test_shop *t, int second, const char *visitor, const char *user,
                          const char *address)
{
    const struct contact_given given = {.anonymous_id = text_from(visitor),
                                        .user_id = text_from(user),
                                        .address = text_from(address),
                                        .locale = TEXT("de-AT"),
                                        .now_ms = TEST_NOW + INT64_C(1000) * second};
    enum contact_outcome outcome = CONTACT_TOO_MANY;
    struct error err = {0};

    must(shop_contact_put(t->shop, &given, &outcome, &err), &err);
    return outcome;
}

void open_with(struct test_shop *t, const char *program)
{
    test_shop_open(t);
    if (program != NULL)
        test_program(t->shop, program, TEST_NOW);
}
