/* SPDX-License-Identifier: Apache-2.0 */
/* The program over HTTP: that a running server follows, and that editors do not overwrite each other. */
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/time.h"
#include "tests/support/site.h"
#include "tests/support/wire.h"

enum { EDITORS = 8 };

static struct site site;
static struct buffer answer;

static int serve(void **state)
{
    site_make(&site, NULL);
    site_serve(&site, NULL);
    return 0;
}

static int stop(void **state)
{
    site_close(&site);
    buffer_free(&answer);
    return 0;
}

/* One request with the secret key; `more` are further header lines. */
static int ask(const char *line, const char *more, const char *body, struct buffer *out)
{
    struct buffer request = {0};

    buffer_printf(&request,
                  "%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%sContent-Length: "
                  "%zu\r\n\r\n%s",
                  line, site.secret_key, more, strlen(body), body);
    int status = wire_ask(site.port, request.data, out);

    buffer_free(&request);
    return status;
}

static json_t *body_json(void)
{
    json_t *root = json_loads(strstr(answer.data, "\r\n\r\n") + 4, 0, NULL);

    assert_non_null(root);
    return root;
}

static void document_of(int limit, char out[512])
{
    snprintf(out, 512,
             "owner: me@shop.example\ncurrency: EUR\npolicies:\n"
             "  consent_default: {analytics: true, personalization: true, email: false}\n"
             "lists: [{name: gifts, products: [a, b, c]}]\n"
             "surfaces: [{name: front, kind: home, sources: [curated], limit: %d}]\n",
             limit);
}

static int put(int limit, const char *if_match, struct buffer *out)
{
    char document[512], header[64];

    document_of(limit, document);
    snprintf(header, sizeof(header), "If-Match: %s\r\n", if_match);
    return ask("PUT /v1/program?author=ann%40shop.example&reason=test", header, document, out);
}

/* Asks the surface; the version that the kept decision names, and in `*items` how many products it
 * shows. */
static json_int_t decided(size_t *items)
{
    char line[128];

    assert_int_equal(ask("GET /v1/recommendations/front?anonymous_id=v-1", "", "", &answer), 200);
    json_t *root = body_json();
    *items = json_array_size(json_object_get(root, "items"));
    snprintf(line, sizeof(line), "GET /v1/decisions/%s",
             json_string_value(json_object_get(root, "request_id")));
    json_decref(root);
    assert_int_equal(ask(line, "", "", &answer), 200);
    root = body_json();
    json_int_t version = json_integer_value(json_object_get(root, "program_version"));

    assert_true(json_is_true(json_object_get(root, "replayed")));
    json_decref(root);
    return version;
}

static void the_server_follows_at_once_and_a_decision_names_the_version_that_ruled_it(void **state)
{
    size_t items = 0;

    assert_int_equal(ask("PUT /v1/products", "",
                         "{\"products\":[{\"item_id\":\"a\",\"title\":\"A\",\"price\":\"1\","
                         "\"currency\":\"EUR\"},{\"item_id\":\"b\",\"title\":\"B\",\"price\":\"1\","
                         "\"currency\":\"EUR\"},{\"item_id\":\"c\",\"title\":\"C\",\"price\":\"1\","
                         "\"currency\":\"EUR\"}]}",
                         &answer),
                     200);
    for (int limit = 1; limit <= 3; limit++) {
        uint64_t begun = time_monotonic_ns();

        assert_int_equal(put(limit, "*", &answer), 200);
        assert_int_equal(decided(&items), limit);
        assert_int_equal(items, limit);
        assert_true(time_monotonic_ns() - begun < UINT64_C(1000000000));
    }
    assert_int_equal(ask("POST /v1/program/rollback", "If-Match: \"3\"\r\n",
                         "{\"version\":1,\"author\":\"ann\",\"reason\":\"test\"}", &answer),
                     200);
    assert_int_equal(decided(&items), 4);
    assert_int_equal(items, 1);
}

struct editor {
    pthread_t thread;
    int limit, status;
};

static void *edit(void *context)
{
    struct editor *e = context;
    struct buffer out = {0};

    e->status = put(e->limit, "\"0\"", &out);
    buffer_free(&out);
    return NULL;
}

static void of_editors_who_read_the_same_version_one_comes_through(void **state)
{
    struct editor editors[EDITORS];
    int through = 0, told = 0;

    for (int i = 0; i < EDITORS; i++) {
        editors[i] = (struct editor){.limit = i + 1};
        assert_int_equal(pthread_create(&editors[i].thread, NULL, edit, &editors[i]), 0);
    }
    for (int i = 0; i < EDITORS; i++) {
        assert_int_equal(pthread_join(editors[i].thread, NULL), 0);
        through += editors[i].status == 200;
        told += editors[i].status == 412;
    }
    assert_int_equal(through, 1);
    assert_int_equal(told, EDITORS - 1);
    assert_int_equal(site.shop->state->program->version, 1);
}

static bool logged(const char *via, const char *action, const char *who)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    struct error err = {0};

    assert_int_equal(store_open(&store, site.dir, STORE_READ, NULL, &err), OK);
    assert_int_equal(
        stmt_open(&q, store, "SELECT who FROM admin WHERE via = ? AND action = ?", &err), OK);
    stmt_bind_text(q, 1, text_from(via));
    stmt_bind_text(q, 2, text_from(action));
    return sqlite3_step(q) == SQLITE_ROW && text_is(stmt_text(q, 0), who);
}

static void the_log_names_the_key_that_was_used_beside_who_they_say_they_are(void **state)
{
    assert_int_equal(put(1, "*", &answer), 200);
    assert_true(logged("key 2", "program.apply", "ann@shop.example"));
    int fd = wire_open_local(site.socket);

    wire_send(fd, TEXT("POST /local/keys?author=bob HTTP/1.1\r\nHost: x\r\nContent-Length: 31\r\n"
                       "\r\n{\"kind\":\"secret\",\"name\":\"next\"}"));
    buffer_clear(&answer);
    assert_int_equal(wire_answer(fd, false, &answer), 200);
    wire_send(fd,
              TEXT("POST /local/keys/4/revoke HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"));
    assert_int_equal(wire_answer(fd, false, &answer), 200);
    assert_int_equal(close(fd), 0);
    assert_true(logged("socket", "key.add", "bob"));
    assert_true(logged("socket", "key.revoke", "socket"));
    assert_int_equal(ask("GET /v1/program/verify", "", "", &answer), 200);
    assert_non_null(strstr(answer.data, "{\"sound\":true,\"entries\":7,"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, serve, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_server_follows_at_once_and_a_decision_names_the_version_that_ruled_it),
        TEST(of_editors_who_read_the_same_version_one_comes_through),
        TEST(the_log_names_the_key_that_was_used_beside_who_they_say_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
