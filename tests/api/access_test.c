/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what: every route with every kind of key in every place. */
#include "api/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/rates.h"
#include "tests/support/site.h"
#include "tests/support/wire.h"

enum place { IN_HEADER, AS_BASIC, IN_QUERY, IN_BODY, PLACES };

/* What each route answers. `good` is the answer to who may: what follows from the empty shop and
 * the body sent. A column's 0 means that there is no such place: the route has no JSON body. */
/* clang-format off */
static const struct expected {
    enum http_method method;
    const char *path, *target, *body;
    int none, wrong, revoked;
    int public[PLACES];
    int secret[PLACES];
} table[] = {
    {HTTP_POST, "/v1/events", "/v1/events", "\"type\":\"page_view\",\"id\":\"1\",\"anonymous_id\":\"v\"",
     401, 401, 401, {200, 200, 200, 200}, {200, 200, 401, 200}},
    {HTTP_PUT, "/v1/products", "/v1/products", "\"products\":[]",
     401, 401, 401, {403, 403, 403, 403}, {200, 200, 401, 200}},
    {HTTP_PATCH, "/v1/products/{id}", "/v1/products/none", "\"title\":\"x\"",
     401, 401, 401, {403, 403, 403, 403}, {404, 404, 401, 404}},
    {HTTP_DELETE, "/v1/products/{id}", "/v1/products/none", NULL,
     401, 401, 401, {403, 403, 403, 0}, {404, 404, 401, 0}},
    {HTTP_POST, "/v1/stock", "/v1/stock", "\"stock\":[]",
     401, 401, 401, {403, 403, 403, 403}, {200, 200, 401, 200}},
    {HTTP_GET, "/v1/recommendations/{surface}", "/v1/recommendations/home", NULL,
     401, 401, 401, {200, 200, 200, 0}, {200, 200, 401, 0}},
    {HTTP_POST, "/v1/recommendations/{surface}", "/v1/recommendations/home", "\"limit\":3",
     401, 401, 401, {200, 200, 200, 200}, {200, 200, 401, 200}},
    {HTTP_POST, "/v1/recommendations", "/v1/recommendations", "\"surfaces\":[\"home\"]",
     401, 401, 401, {200, 200, 200, 200}, {200, 200, 401, 200}},
    {HTTP_GET, "/v1/shoppers/{id}/preferences", "/v1/shoppers/v/preferences?naming=anonymous_id", NULL,
     401, 401, 401, {200, 200, 200, 0}, {200, 200, 401, 0}},
    {HTTP_PUT, "/v1/shoppers/{id}/preferences", "/v1/shoppers/v/preferences?naming=anonymous_id", "\"variety\":0.5",
     401, 401, 401, {200, 200, 200, 200}, {200, 200, 401, 200}},
    {HTTP_GET, "/v1/decisions/{request_id}", "/v1/decisions/none", NULL,
     401, 401, 401, {403, 403, 403, 0}, {400, 400, 401, 0}},
    {HTTP_GET, "/v1/shoppers/{id}/consent", "/v1/shoppers/v/consent?naming=anonymous_id", NULL,
     401, 401, 401, {200, 200, 200, 0}, {200, 200, 401, 0}},
    {HTTP_PUT, "/v1/shoppers/{id}/consent", "/v1/shoppers/v/consent?naming=anonymous_id", "\"email\":false",
     401, 401, 401, {200, 200, 200, 200}, {200, 200, 401, 200}},
    {HTTP_GET, "/v1/shoppers/{id}/contact", "/v1/shoppers/nosuch/contact?naming=anonymous_id", NULL,
     401, 401, 401, {403, 403, 403, 0}, {200, 200, 401, 0}},
    {HTTP_PUT, "/v1/shoppers/{id}/contact", "/v1/shoppers/nosuch/contact?naming=anonymous_id", "\"email\":\"a@b.example\"",
     401, 401, 401, {403, 403, 403, 403}, {409, 409, 401, 409}},
    {HTTP_DELETE, "/v1/shoppers/{id}/contact", "/v1/shoppers/nosuch/contact?naming=anonymous_id", NULL,
     401, 401, 401, {403, 403, 403, 0}, {200, 200, 401, 0}},
    {HTTP_GET, "/v1/shoppers/{id}/export", "/v1/shoppers/nosuch/export", NULL,
     401, 401, 401, {403, 403, 403, 0}, {200, 200, 401, 0}},
    {HTTP_DELETE, "/v1/shoppers/{id}", "/v1/shoppers/nosuch", NULL,
     401, 401, 401, {403, 403, 403, 0}, {200, 200, 401, 0}},
    {HTTP_GET, "/v1/recommendations/{surface}/why/{id}", "/v1/recommendations/home/why/none", NULL,
     401, 401, 401, {403, 403, 403, 0}, {200, 200, 401, 0}},
    {HTTP_GET, "/v1/program", "/v1/program", NULL,
     401, 401, 401, {403, 403, 403, 0}, {200, 200, 401, 0}},
    {HTTP_PUT, "/v1/program", "/v1/program", "owner",
     401, 401, 401, {403, 403, 403, 0}, {428, 428, 401, 0}},
    {HTTP_POST, "/v1/program/check", "/v1/program/check", "owner",
     401, 401, 401, {403, 403, 403, 0}, {200, 200, 401, 0}},
    {HTTP_POST, "/v1/program/try", "/v1/program/try", "owner",
     401, 401, 401, {403, 403, 403, 0}, {400, 400, 401, 0}},
    {HTTP_GET, "/v1/program/versions", "/v1/program/versions", NULL,
     401, 401, 401, {403, 403, 403, 0}, {200, 200, 401, 0}},
    {HTTP_GET, "/v1/program/versions/{number}", "/v1/program/versions/7", NULL,
     401, 401, 401, {403, 403, 403, 0}, {404, 404, 401, 0}},
    {HTTP_POST, "/v1/program/rollback", "/v1/program/rollback", "\"version\":1,\"author\":\"a\",\"reason\":\"b\"",
     401, 401, 401, {403, 403, 403, 403}, {428, 428, 401, 428}},
    {HTTP_GET, "/v1/program/log", "/v1/program/log", NULL,
     401, 401, 401, {403, 403, 403, 0}, {200, 200, 401, 0}},
    {HTTP_GET, "/v1/program/verify", "/v1/program/verify", NULL,
     401, 401, 401, {403, 403, 403, 0}, {200, 200, 401, 0}},
    {HTTP_GET, "/v1/audit", "/v1/audit", NULL,
     401, 401, 401, {403, 403, 403, 0}, {200, 200, 401, 0}},
    {HTTP_POST, "/v1/train", "/v1/train", NULL,
     401, 401, 401, {403, 403, 403, 0}, {503, 503, 401, 0}},
    {HTTP_GET, "/v1/generations", "/v1/generations", NULL,
     401, 401, 401, {403, 403, 403, 0}, {200, 200, 401, 0}},
    {HTTP_POST, "/v1/generations/{number}/use", "/v1/generations/7/use", NULL,
     401, 401, 401, {403, 403, 403, 0}, {404, 404, 401, 0}},
    {HTTP_GET, "/healthz", "/healthz", NULL,
     200, 200, 200, {200, 200, 200, 0}, {200, 200, 200, 0}},
    {HTTP_GET, "/readyz", "/readyz", NULL,
     200, 200, 200, {200, 200, 200, 0}, {200, 200, 200, 0}},
    {HTTP_GET, "/metrics", "/metrics", NULL,
     200, 200, 200, {200, 200, 200, 0}, {200, 200, 200, 0}},
    {HTTP_GET, "/openapi.json", "/openapi.json", NULL,
     200, 200, 200, {200, 200, 200, 0}, {200, 200, 200, 0}},
    {HTTP_POST, "/local/import/events", "/local/import/events", "",
     404, 404, 404, {404, 404, 404, 0}, {404, 404, 404, 0}},
    {HTTP_POST, "/local/import/catalog", "/local/import/catalog", "",
     404, 404, 404, {404, 404, 404, 0}, {404, 404, 404, 0}},
    {HTTP_POST, "/local/refused/replay", "/local/refused/replay", NULL,
     404, 404, 404, {404, 404, 404, 0}, {404, 404, 404, 0}},
    {HTTP_GET, "/local/keys", "/local/keys", NULL,
     404, 404, 404, {404, 404, 404, 0}, {404, 404, 404, 0}},
    {HTTP_POST, "/local/keys", "/local/keys", "\"kind\":\"secret\",\"name\":\"x\"",
     404, 404, 404, {404, 404, 404, 404}, {404, 404, 404, 404}},
    {HTTP_POST, "/local/keys/{number}/revoke", "/local/keys/1/revoke", NULL,
     404, 404, 404, {404, 404, 404, 0}, {404, 404, 404, 0}},
    {HTTP_GET, "/local/shoppers/{identifier}", "/local/shoppers/v", NULL,
     404, 404, 404, {404, 404, 404, 0}, {404, 404, 404, 0}},
    {HTTP_POST, "/local/shoppers/{identifier}/split", "/local/shoppers/v/split", NULL,
     404, 404, 404, {404, 404, 404, 0}, {404, 404, 404, 0}},
    {HTTP_POST, "/local/shoppers/{identifier}/join", "/local/shoppers/v/join", NULL,
     404, 404, 404, {404, 404, 404, 0}, {404, 404, 404, 0}},
};
/* clang-format on */

static const struct expected *expected_of(const struct route *route)
{
    for (size_t i = 0; i < COUNT(table); i++)
        if (table[i].method == route->method && strcmp(table[i].path, route->path) == 0)
            return &table[i];
    return NULL;
}

static void basic(struct buffer *out, const char *key)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char pair[64] = {0};
    size_t size = (size_t)snprintf(pair, sizeof(pair), "%s:", key);

    for (size_t i = 0; i < size; i += 3) { /* 36 bytes: no padding */
        unsigned bits = ((unsigned)(unsigned char)pair[i] << 16) |
                        ((unsigned)(unsigned char)pair[i + 1] << 8) | (unsigned char)pair[i + 2];

        for (int shift = 18; shift >= 0; shift -= 6)
            buffer_add_char(out, letters[(bits >> shift) & 63]);
    }
}

static bool json_body(const struct route *route)
{
    return route->body == BODY_JSON;
}

/* Ask a route with a key (NULL: none) in a place. */
static int ask(struct site *s, const struct route *route, const struct expected *e, const char *key,
               enum place place)
{
    struct buffer request = {0}, body = {0}, answer = {0};

    if (json_body(route)) {
        buffer_printf(&body, "{%s", e->body);
        if (key != NULL && place == IN_BODY)
            buffer_printf(&body, ",\"writeKey\":\"%s\"", key);
        buffer_add_string(&body, "}");
    } else if (e->body != NULL) {
        buffer_add_string(&body, e->body);
    }
    buffer_printf(&request, "%s %s", http_method_word(route->method), e->target);
    if (key != NULL && place == IN_QUERY)
        buffer_printf(&request, "%ckey=%s", strchr(e->target, '?') == NULL ? '?' : '&', key);
    buffer_add_string(&request, " HTTP/1.1\r\nHost: x\r\n");
    if (key != NULL && place == IN_HEADER)
        buffer_printf(&request, "Authorization: Bearer %s\r\n", key);
    if (key != NULL && place == AS_BASIC) {
        buffer_add_string(&request, "Authorization: Basic ");
        basic(&request, key);
        buffer_add_string(&request, "\r\n");
    }
    if (e->body != NULL)
        buffer_printf(&request, "Content-Length: %zu\r\n", body.size);
    buffer_add_string(&request, "\r\n");
    buffer_add_text(&request, buffer_text(&body));
    int status = wire_ask(s->port, request.data, &answer);

    buffer_free(&request);
    buffer_free(&body);
    buffer_free(&answer);
    return status;
}

static void expect(int got, int wanted, const struct route *route, const char *who, int place)
{
    static const char *const places[] = {"in the header", "as Basic user", "in the query",
                                         "in the body"};

    if (got != wanted)
        fail_msg("%s %s with %s %s: %d, not %d", http_method_word(route->method), route->path, who,
                 places[place], got, wanted);
}

static void plenty(struct settings *settings)
{
    settings->rate_address_per_minute = 1000000;
    settings->rate_visitor_per_minute = 1000000;
}

static void every_route_answers_every_key_as_the_table_says(void **state)
{
    struct site s;

    site_make(&s, plenty);
    site_serve(&s, NULL);
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &routes[i];
        const struct expected *e = expected_of(r);

        if (e == NULL)
            fail_msg("%s %s has no row in the table of this test", http_method_word(r->method),
                     r->path);
        expect(ask(&s, r, e, NULL, IN_HEADER), e->none, r, "no key", 0);
        for (int place = 0; place < (json_body(r) ? PLACES : IN_BODY); place++) {
            enum place p = (enum place)place;
            int revoked = place == IN_QUERY ? e->secret[place] : e->revoked;

            expect(ask(&s, r, e, "pk_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", p), e->wrong, r,
                   "an unknown key", place);
            expect(ask(&s, r, e, s.revoked_key, p), revoked, r, "a revoked key", place);
            expect(ask(&s, r, e, s.public_key, p), e->public[place], r, "the public key", place);
            expect(ask(&s, r, e, s.secret_key, p), e->secret[place], r, "the secret key", place);
        }
    }
    site_close(&s);
}

static void a_public_key_may_only_collect_and_read(void **state)
{
    static const char *const may[] = {"/v1/events", "/v1/recommendations/{surface}",
                                      "/v1/recommendations", "/v1/shoppers/{id}/consent",
                                      "/v1/shoppers/{id}/preferences"};

    for (size_t i = 0; i < route_count; i++) {
        bool listed = false;

        for (size_t k = 0; k < COUNT(may); k++)
            listed |= strcmp(routes[i].path, may[k]) == 0;
        assert_int_equal(listed, routes[i].scope == COLLECT || routes[i].scope == READ);
    }
}

/* A request with a few headers; the status, and the answer for `shows`. */
static struct buffer shown;

static int asked(struct site *s, const char *line, const char *headers, const char *body)
{
    struct buffer request = {0};

    buffer_printf(&request, "%s HTTP/1.1\r\nHost: shop.example\r\n%sContent-Length: %zu\r\n\r\n%s",
                  line, headers, strlen(body), body);
    int status = wire_ask(s->port, request.data, &shown);

    buffer_free(&request);
    return status;
}

static bool shows(const char *part)
{
    return shown.data != NULL && strstr(shown.data, part) != NULL;
}

static void two_origins(struct settings *settings)
{
    snprintf(settings->origins, sizeof(settings->origins),
             "https://shop.example https://www.shop.example:8443");
}

static void only_listed_origins_may_call(void **state)
{
    static const struct {
        const char *origin;
        int status;
    } origins[] = {
        {"https://shop.example", 200},
        {"https://www.shop.example:8443", 200},
        {"https://www.shop.example", 403},
        {"https://shop.example.evil.com", 403},
        {"https://SHOP.example", 403},
        {"https://shop.example:443", 403},
        {"http://shop.example", 200}, /* the host that was asked */
        {"null", 403},
        {"", 403},
    };
    struct site s;
    char headers[256], target[128];

    site_make(&s, two_origins);
    site_serve(&s, NULL);
    snprintf(target, sizeof(target), "GET /v1/recommendations/home?key=%s", s.public_key);
    for (size_t i = 0; i < COUNT(origins); i++) {
        char allowed[256];

        snprintf(headers, sizeof(headers), "Origin: %s\r\n", origins[i].origin);
        if (asked(&s, target, headers, "") != origins[i].status)
            fail_msg("origin %s was not answered %d", origins[i].origin, origins[i].status);
        snprintf(allowed, sizeof(allowed), "Access-Control-Allow-Origin: %s\r\n",
                 origins[i].origin);
        assert_int_equal(shows(allowed), origins[i].status == 200);
        assert_false(shows("Access-Control-Allow-Origin: *"));
        assert_false(shows("Access-Control-Allow-Credentials"));
        assert_true(shows("Vary: Origin"));
    }
    site_close(&s);
}

static void a_preflight_names_methods_and_headers(void **state)
{
    struct site s;

    site_make(&s, two_origins);
    site_serve(&s, NULL);
    assert_int_equal(asked(&s, "OPTIONS /v1/recommendations/home",
                           "Origin: https://shop.example\r\n"
                           "Access-Control-Request-Method: POST\r\n",
                           ""),
                     204);
    assert_true(shows("Access-Control-Allow-Origin: https://shop.example\r\n"));
    assert_true(shows("Access-Control-Allow-Methods: GET, POST\r\n"));
    assert_true(shows("Access-Control-Allow-Headers: Authorization, Content-Type\r\n"));
    assert_int_equal(asked(&s, "OPTIONS /v1/events", "Origin: https://evil.example\r\n", ""), 403);
    assert_int_equal(asked(&s, "OPTIONS /v1/nothing", "Origin: https://shop.example\r\n", ""), 404);
    site_close(&s);
}

static void few(struct settings *settings)
{
    settings->rate_address_per_minute = 5;
    settings->rate_visitor_per_minute = 2;
    snprintf(settings->trusted_proxies, sizeof(settings->trusted_proxies), "127.0.0.1");
}

static int recommended(struct site *s, const char *key, const char *visitor, const char *headers)
{
    char line[256];

    snprintf(line, sizeof(line), "GET /v1/recommendations/home?key=%s&anonymous_id=%s", key,
             visitor);
    return asked(s, line, headers, "");
}

static void a_visitor_over_the_rate_waits(void **state)
{
    struct site s;

    site_make(&s, few);
    site_serve(&s, NULL);
    assert_int_equal(recommended(&s, s.public_key, "a", ""), 200);
    assert_int_equal(recommended(&s, s.public_key, "a", ""), 200);
    assert_int_equal(recommended(&s, s.public_key, "a", ""), 429);
    assert_true(shows("Retry-After: "));
    assert_true(shows("\"code\":\"rate_limited\""));
    assert_int_equal(recommended(&s, s.public_key, "b", ""), 200);
    site_close(&s);
}

static void an_address_over_the_rate_waits_and_others_do_not(void **state)
{
    struct site s;
    char secret[128], visitor[16];

    site_make(&s, few);
    site_serve(&s, NULL);
    for (int i = 0; i < 5; i++) {
        snprintf(visitor, sizeof(visitor), "v%d", i);
        assert_int_equal(recommended(&s, s.public_key, visitor, "X-Forwarded-For: 192.0.2.1\r\n"),
                         200);
    }
    assert_int_equal(recommended(&s, s.public_key, "w", "X-Forwarded-For: 192.0.2.1\r\n"), 429);
    /* what the client itself puts in front is not believed */
    assert_int_equal(
        recommended(&s, s.public_key, "w", "X-Forwarded-For: 192.0.2.9, 192.0.2.1\r\n"), 429);
    assert_int_equal(recommended(&s, s.public_key, "w",
                                 "X-Forwarded-For: 192.0.2.9\r\nX-Forwarded-For: 192.0.2.1\r\n"),
                     429);
    assert_int_equal(recommended(&s, s.public_key, "w", "X-Forwarded-For: 192.0.2.2\r\n"), 200);
    /* a secret key is the shop's own */
    snprintf(secret, sizeof(secret), "X-Forwarded-For: 192.0.2.1\r\nAuthorization: Bearer %s\r\n",
             s.secret_key);
    assert_int_equal(asked(&s, "GET /v1/recommendations/home", secret, ""), 200);
    site_close(&s);
}

static void guessing_keys_is_held_up_too(void **state)
{
    struct site s;
    int last = 0;

    site_make(&s, few);
    site_serve(&s, NULL);
    for (int i = 0; i < 6; i++)
        last = asked(&s, "GET /v1/program",
                     "Authorization: Bearer sk_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", "");
    assert_int_equal(last, 429);
    site_close(&s);
}

static void rates_refill_and_forget_the_least_when_full(void **state)
{
    struct rates *rates = rates_new(16, 1);
    const uint64_t second = 1000000000;
    uint64_t now = 1000 * second;
    uint32_t retry_s = 0;
    int passed = 0;

    for (int i = 0; i < 100; i++)
        passed += rates_pass(rates, "a", 1, 60, now, &retry_s);
    assert_int_equal(passed, 60);
    assert_int_equal(retry_s, 1);
    assert_false(rates_pass(rates, "a", 1, 60, now + second - 1, &retry_s));
    assert_true(rates_pass(rates, "a", 1, 60, now + second, &retry_s));
    for (int i = 0; i < 1000; i++) /* far more than the table holds */
        assert_true(rates_pass(rates, &i, sizeof(i), 60, now + second, &retry_s));
    assert_false(rates_pass(rates, "a", 1, 60, now + second, &retry_s));
    rates_free(rates);
}

static void a_key_made_or_revoked_over_the_socket_counts_at_once(void **state)
{
    struct buffer answer = {0};
    struct site s;
    char header[128], key[KEY_SIZE];

    site_make(&s, NULL);
    site_serve(&s, NULL);
    int fd = wire_open_local(s.socket);

    wire_send(fd, TEXT("POST /local/keys HTTP/1.1\r\nHost: x\r\nContent-Length: 31\r\n\r\n"
                       "{\"kind\":\"secret\",\"name\":\"next\"}"));
    assert_int_equal(wire_answer(fd, false, &answer), 200);
    const char *made = strstr(answer.data, "sk_");

    assert_non_null(made);
    memcpy(key, made, KEY_SIZE - 1);
    key[KEY_SIZE - 1] = '\0';
    snprintf(header, sizeof(header), "Authorization: Bearer %s\r\n", key);
    assert_int_equal(asked(&s, "GET /v1/program", header, ""), 200);
    buffer_clear(&answer);
    wire_send(fd, TEXT("POST /local/keys/4/revoke HTTP/1.1\r\nHost: x\r\n"
                       "Content-Length: 0\r\n\r\n"));
    assert_int_equal(wire_answer(fd, false, &answer), 200);
    assert_int_equal(asked(&s, "GET /v1/program", header, ""), 401);
    close(fd);
    buffer_free(&answer);
    site_close(&s);
}

static void the_socket_needs_no_key(void **state)
{
    struct buffer answer = {0};
    struct site s;

    site_make(&s, NULL);
    site_serve(&s, NULL);
    int fd = wire_open_local(s.socket);

    wire_send(fd, TEXT("GET /v1/program HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_int_equal(wire_answer(fd, false, &answer), 200);
    close(fd);
    buffer_free(&answer);
    site_close(&s);
}

static int forget_shown(void **state)
{
    buffer_free(&shown);
    return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, forget_shown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_route_answers_every_key_as_the_table_says),
        TEST(a_public_key_may_only_collect_and_read),
        TEST(only_listed_origins_may_call),
        TEST(a_preflight_names_methods_and_headers),
        TEST(a_visitor_over_the_rate_waits),
        TEST(an_address_over_the_rate_waits_and_others_do_not),
        TEST(guessing_keys_is_held_up_too),
        TEST(rates_refill_and_forget_the_least_when_full),
        TEST(a_key_made_or_revoked_over_the_socket_counts_at_once),
        TEST(the_socket_needs_no_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
