/* SPDX-License-Identifier: Apache-2.0 */
#include "net/server.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/client.h"
#include "tests/support/listener.h"
#include "tests/support/test.h"
#include "tests/support/wire.h"

enum { BODY_MAX = 1000 };

/* A small site: /echo gives the body back, /later answers from another thread, /lines (local)
 * counts the lines of a stream, all else is 404 at its head. */
struct site {
    struct server *server;
    char dir[TEST_PATH_SIZE], socket[TEST_PATH_SIZE];
    struct buffer answer;
    pthread_t later;
    atomic_int done, refused, later_running, streaming, broken;
};

static void *answer_late(void *context)
{
    struct request *r = context;

    buffer_add_string(&r->answer, "late");
    request_answer(r, 200, "text/plain");
    return NULL;
}

static void begin(void *context, struct request *r)
{
    struct text path = r->target.path;

    if (text_is(path, "/echo") || text_is(path, "/later"))
        r->body_bytes_max = BODY_MAX;
    else if (text_is(path, "/lines") && r->local)
        r->stream = true;
    else if (!text_is(path, "/echo"))
        request_answer_constant(r, 404, "text/plain", TEXT("none"));
}

static void count_lines(struct site *s, struct request *r)
{
    int lines = 0, byte;

    atomic_store(&s->streaming, 1);
    while ((byte = getc(r->body_file)) != EOF)
        lines += byte == '\n';
    if (*r->body_broken != 0 && ferror(r->body_file) != 0)
        atomic_fetch_add(&s->broken, 1);
    buffer_printf(&r->answer, "%d", lines);
    request_answer(r, 200, "text/plain");
}

static void handle(void *context, struct request *r)
{
    struct site *s = context;

    if (r->stream) {
        count_lines(s, r);
    } else if (text_is(r->target.path, "/later")) {
        request_later(r);
        atomic_store(&s->later_running, 1);
        assert_int_equal(pthread_create(&s->later, NULL, answer_late, r), 0);
    } else {
        buffer_add_text(&r->answer, r->body);
        request_answer_header(r, "X-Method", text_from(http_method_word(r->method)));
        request_answer(r, 200, "text/plain");
    }
}

static void refuse(void *context, struct request *r, unsigned status, const char *code,
                   const char *message)
{
    buffer_printf(&r->answer, "%s: %s", code, message);
    request_answer(r, status, "text/plain");
}

static void done(void *context, struct request *r)
{
    struct site *s = context;

    atomic_fetch_add(&s->done, 1);
}

static void connection_refused(void *context)
{
    struct site *s = context;

    atomic_fetch_add(&s->refused, 1);
}

static struct server_options options_of(struct site *s)
{
    struct server_options options = listener_options(s);

    options.socket_path = s->socket;
    options.begin = begin;
    options.handle = handle;
    options.refuse = refuse;
    options.done = done;
    options.connection_refused = connection_refused;
    return options;
}

static struct site *site_new(void)
{
    struct site *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    test_path(s->socket, test_dir(s->dir), "s.sock");
    return s;
}

static int site_open(void **state)
{
    struct site *s = site_new();
    struct server_options options = options_of(s);
    struct error err = {0};

    assert_int_equal(server_open(&s->server, &options, &err), OK);
    *state = s;
    return 0;
}

static int site_close(void **state)
{
    struct site *s = *state;

    server_close(&s->server);
    if (atomic_load(&s->later_running) != 0)
        pthread_join(s->later, NULL);
    buffer_free(&s->answer);
    free(s);
    return 0;
}

static int ask(struct site *s, const char *request)
{
    return wire_ask(server_port(s->server), request, &s->answer);
}

static bool answered_with(const struct site *s, const char *part)
{
    return s->answer.data != NULL && strstr(s->answer.data, part) != NULL;
}

static void a_request_gets_its_answer(void **state)
{
    struct site *s = *state;

    assert_int_equal(ask(s, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"),
                     200);
    assert_true(answered_with(s, "\r\n\r\nhello"));
    assert_true(answered_with(s, "X-Method: POST\r\n"));
    assert_int_equal(ask(s, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    assert_int_equal(ask(s, "HEAD /echo HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    assert_int_equal(ask(s, "BREW /echo HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    assert_true(answered_with(s, "X-Method: OTHER\r\n"));
}

static void a_connection_serves_one_request_after_another(void **state)
{
    struct site *s = *state;
    int fd = wire_open(server_port(s->server));

    for (int i = 0; i < 3; i++) {
        buffer_clear(&s->answer);
        wire_send(fd, TEXT("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"));
        assert_int_equal(wire_answer(fd, false, &s->answer), 200);
    }
    /* also after an answer that did not wait for its body */
    wire_send(fd, TEXT("POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"));
    assert_int_equal(wire_answer(fd, false, &s->answer), 404);
    wire_send(fd, TEXT("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_int_equal(wire_answer(fd, false, &s->answer), 200);
    close(fd);
}

static void a_body_in_chunks_is_put_together(void **state)
{
    struct site *s = *state;

    assert_int_equal(ask(s, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
                     200);
    assert_true(answered_with(s, "\r\n\r\nabcde"));
}

static void a_body_at_the_bound_passes_and_one_past_it_is_413(void **state)
{
    struct site *s = *state;
    struct buffer b = {0};

    for (int over = 0; over < 2; over++)
        for (int chunked = 0; chunked < 2; chunked++) {
            int size = BODY_MAX + over;

            buffer_clear(&b);
            if (chunked)
                buffer_printf(&b,
                              "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "%x\r\n%0*d\r\n0\r\n\r\n",
                              (unsigned)size, size, 0);
            else
                buffer_printf(&b,
                              "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%0*d",
                              size, size, 0);
            assert_int_equal(ask(s, b.data), over ? 413 : 200);
        }
    buffer_free(&b);
}

static void a_long_body_is_refused_before_it_is_read(void **state)
{
    struct site *s = *state;

    assert_int_equal(ask(s, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"),
                     413);
    assert_int_equal(ask(s, "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                            "Content-Length: 1001\r\n\r\n"),
                     413);
}

static void bodies_together_are_bounded(void **state)
{
    struct site *s = site_new();
    struct server_options options = options_of(s);
    struct error err = {0};

    options.bodies_bytes_max = 10;
    assert_int_equal(server_open(&s->server, &options, &err), OK);
    assert_int_equal(
        ask(s, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello world"), 503);
    assert_int_equal(ask(s, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"),
                     200);
    site_close((void **)&s);
}

static void what_smuggles_requests_is_answered_400_and_closed(void **state)
{
    static const char *const bad[] = {
        "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: identity\r\n\r\n",
        "Transfer-Encoding : chunked\r\nContent-Length: 4\r\n\r\nabcd",
        "Host: y\r\nContent-Length: 4\r\n\r\nabcd",
        "Content-Length: -1\r\n\r\n",
        "Content-Length: +4\r\n\r\nabcd",
        "Content-Length: 4, 4\r\n\r\nabcd",
        "Content-Length: 99999999999999999999\r\n\r\n",
    };
    struct site *s = *state;

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct buffer b = {0};
        int fd = wire_open(server_port(s->server));

        buffer_printf(&b, "POST /echo HTTP/1.1\r\nHost: x\r\n%s", bad[i]);
        wire_send(fd, buffer_text(&b));
        buffer_clear(&s->answer);
        int status = wire_answer(fd, false, &s->answer);

        if (status / 100 != 4 || status == 404)
            print_error("%s gave %d\n", bad[i], status);
        assert_true(status == 400 || status == 413);
        buffer_clear(&b);
        assert_int_equal(wire_answer(fd, false, &b), 0);
        buffer_free(&b);
        close(fd);
    }
}

static void broken_targets_are_400_and_long_heads_431(void **state)
{
    struct site *s = *state;
    struct buffer b = {0};

    assert_int_equal(ask(s, "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
    buffer_printf(&b, "GET /echo HTTP/1.1\r\nHost: x\r\nX-A: %0*d\r\n\r\n", REQUEST_HEAD_BYTES_MAX,
                  0);
    assert_int_equal(ask(s, b.data), 431);
    buffer_clear(&b);
    buffer_add_string(&b, "GET /echo HTTP/1.1\r\nHost: x\r\n");
    for (int i = 0; i < REQUEST_HEADERS_MAX; i++)
        buffer_printf(&b, "X-%d: y\r\n", i);
    buffer_add_string(&b, "\r\n");
    assert_int_equal(ask(s, b.data), 431);
    buffer_clear(&b);
    buffer_printf(&b, "GET /%0*d HTTP/1.1\r\nHost: x\r\n\r\n", TARGET_BYTES_MAX, 0);
    assert_int_equal(ask(s, b.data), 414);
    buffer_free(&b);
}

static void an_answer_can_come_later_from_another_thread(void **state)
{
    struct site *s = *state;

    assert_int_equal(ask(s, "POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"), 200);
    assert_true(answered_with(s, "\r\n\r\nlate"));
}

static void connections_of_one_address_are_bounded(void **state)
{
    struct site *s = site_new();
    struct server_options options = options_of(s);
    struct error err = {0};

    options.address_connections_max = 2;
    assert_int_equal(server_open(&s->server, &options, &err), OK);
    int first = wire_open(server_port(s->server)), second = wire_open(server_port(s->server));

    wire_send(first, TEXT("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"));
    wire_send(second, TEXT("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_int_equal(wire_answer(first, false, &s->answer), 200);
    assert_int_equal(wire_answer(second, false, &s->answer), 200);
    int third = wire_open(server_port(s->server));

    assert_int_equal(wire_answer(third, false, &s->answer), 0);
    assert_int_equal(atomic_load(&s->refused), 1);
    close(first);
    close(second);
    close(third);
    site_close((void **)&s);
}

static void trusted_proxies_are_not_counted(void **state)
{
    struct site *s = site_new();
    struct server_options options = options_of(s);
    struct error err = {0};
    int fds[4];

    options.address_connections_max = 1;
    assert_int_equal(address_list_parse(TEXT("127.0.0.1"), &options.uncounted, &err), OK);
    assert_int_equal(server_open(&s->server, &options, &err), OK);
    for (int i = 0; i < 4; i++) {
        fds[i] = wire_open(server_port(s->server));
        wire_send(fds[i], TEXT("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"));
        assert_int_equal(wire_answer(fds[i], false, &s->answer), 200);
    }
    assert_int_equal(server_connections(s->server), 4);
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    site_close((void **)&s);
}

/* Slow loris: a byte now and then keeps no connection open. */
static void a_head_that_trickles_in_is_cut_off(void **state)
{
    struct site *s = site_new();
    struct server_options options = options_of(s);
    struct error err = {0};
    bool closed = false;

    options.idle_s = 1;
    assert_int_equal(server_open(&s->server, &options, &err), OK);
    int fd = wire_open(server_port(s->server));

    wire_send(fd, TEXT("GET /echo HTTP/1.1\r\nHost: x\r\nX-Slow: "));
    for (int i = 0; i < 100 && !closed; i++) {
        usleep(100000); /* slowness is what is tested */
        wire_send(fd, TEXT("a"));
        char byte;
        closed = recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
    }
    assert_true(closed);
    close(fd);
    site_close((void **)&s);
}

static void stopping_lets_a_running_request_finish(void **state)
{
    struct site *s = *state;
    int fd = wire_open(server_port(s->server));

    wire_send(fd, TEXT("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                       "Expect: 100-continue\r\n\r\n"));
    char go[64];

    assert_true(recv(fd, go, sizeof(go), 0) > 0); /* 100 Continue: it runs */
    pthread_t stopper;

    assert_int_equal(
        pthread_create(&stopper, NULL, (void *(*)(void *))(void (*)(void))server_close, &s->server),
        0);
    wire_send(fd, TEXT("hi"));
    assert_int_equal(wire_answer(fd, false, &s->answer), 200);
    pthread_join(stopper, NULL);
    assert_null(s->server);
    close(fd);
}

static void stopping_cuts_off_what_does_not_finish(void **state)
{
    struct site *s = *state;
    int fd = wire_open(server_port(s->server));
    char go[64];

    wire_send(fd, TEXT("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                       "Expect: 100-continue\r\n\r\n"));
    assert_true(recv(fd, go, sizeof(go), 0) > 0);
    server_stop(s->server, 10);
    assert_true(wire_closed(fd));
    assert_int_equal(atomic_load(&s->done), 1);
    close(fd);
}

static void stopping_breaks_a_stream_off(void **state)
{
    struct site *s = *state;
    int fd = wire_open_local(s->socket);

    wire_send(fd, TEXT("POST /lines HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf a li"));
    while (atomic_load(&s->streaming) == 0)
        sched_yield();
    server_stop(s->server, 10);
    assert_int_equal(atomic_load(&s->broken), 1);
    close(fd);
}

static void one_worker_is_enough(void **state)
{
    struct site *s = site_new();
    struct server_options options = options_of(s);
    struct error err = {0};

    options.workers = 1;
    assert_int_equal(server_open(&s->server, &options, &err), OK);
    assert_int_equal(ask(s, "POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"), 200);
    assert_int_equal(ask(s, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    site_close((void **)&s);
}

static void the_socket_is_for_its_owner_alone(void **state)
{
    struct site *s = *state;
    struct stat about;

    assert_int_equal(stat(s->socket, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    server_close(&s->server);
    assert_int_not_equal(stat(s->socket, &about), 0);
}

static void a_body_streams_through_the_socket(void **state)
{
    struct site *s = *state;
    FILE *file = tmpfile();
    struct client_request ask = {
        .socket_path = s->socket, .method = "POST", .url = "http://local/lines", .body_file = file};
    struct error err = {0};
    long status = 0;

    assert_non_null(file);
    for (int i = 0; i < 200000; i++)
        assert_true(fprintf(file, "line %d\n", i) > 0);
    rewind(file);
    assert_int_equal(client_run(&ask, &status, &s->answer, &err), OK);
    assert_int_equal(status, 200);
    assert_text(buffer_text(&s->answer), "200000");
    fclose(file);
}

static void a_stream_cut_off_is_an_error_not_an_end(void **state)
{
    struct site *s = *state;
    int fd = wire_open_local(s->socket);

    wire_send(fd, TEXT("POST /lines HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf a li"));
    while (atomic_load(&s->streaming) == 0)
        sched_yield();
    close(fd);
    server_close(&s->server);
    assert_int_equal(atomic_load(&s->broken), 1);
    assert_int_equal(atomic_load(&s->done), 1);
}

static void the_socket_answers_later_too_and_streams_nothing_over_tcp(void **state)
{
    struct site *s = *state;
    struct client_request ask_later = {.socket_path = s->socket,
                                       .method = "POST",
                                       .url = "http://local/later",
                                       .body = TEXT("{}")};
    struct error err = {0};
    long status = 0;

    assert_int_equal(client_run(&ask_later, &status, &s->answer, &err), OK);
    assert_text(buffer_text(&s->answer), "late");
    assert_int_equal(ask(s, "POST /lines HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na\n"),
                     404);
}

static void an_address_that_is_taken_or_none_says_so(void **state)
{
    struct site *s = *state;
    struct server_options options = options_of(s);
    struct server *second = NULL;
    struct error err = {0};
    char taken[64];

    snprintf(taken, sizeof(taken), "127.0.0.1:%d", server_port(s->server));
    options.listen = taken;
    options.socket_path = NULL;
    assert_int_equal(server_open(&second, &options, &err), ERR_UNAVAILABLE);
    assert_non_null(strstr(err.message, taken));
    options.listen = "nonsense";
    assert_int_equal(server_open(&second, &options, &err), ERR_INVALID);
    options.listen = "[::1]:99999";
    assert_int_not_equal(server_open(&second, &options, &err), OK);
    assert_null(second);
}

static void a_client_is_told_when_nobody_listens(void **state)
{
    struct buffer answer = {0};
    struct client_request ask_nobody = {
        .socket_path = "/nonexistent/endcap.sock", .method = "GET", .url = "http://local/"};
    struct error err = {0};
    long status = 0;

    assert_int_equal(client_run(&ask_nobody, &status, &answer, &err), ERR_UNAVAILABLE);
    buffer_free(&answer);
}

static void escaped_text_is_safe_in_a_url(void **state)
{
    struct buffer out = {0};

    client_escape(&out, TEXT("a/b c&d=\xC3\xA9-_.~"));
    assert_text(buffer_text(&out), "a%2Fb%20c%26d%3D%C3%A9-_.~");
    buffer_free(&out);
}

#define WITH_SITE(test) cmocka_unit_test_setup_teardown(test, site_open, site_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SITE(a_request_gets_its_answer),
        WITH_SITE(a_connection_serves_one_request_after_another),
        WITH_SITE(a_body_in_chunks_is_put_together),
        WITH_SITE(a_body_at_the_bound_passes_and_one_past_it_is_413),
        WITH_SITE(a_long_body_is_refused_before_it_is_read),
        cmocka_unit_test(bodies_together_are_bounded),
        WITH_SITE(what_smuggles_requests_is_answered_400_and_closed),
        WITH_SITE(broken_targets_are_400_and_long_heads_431),
        WITH_SITE(an_answer_can_come_later_from_another_thread),
        cmocka_unit_test(connections_of_one_address_are_bounded),
        cmocka_unit_test(trusted_proxies_are_not_counted),
        cmocka_unit_test(a_head_that_trickles_in_is_cut_off),
        WITH_SITE(stopping_lets_a_running_request_finish),
        WITH_SITE(stopping_cuts_off_what_does_not_finish),
        WITH_SITE(stopping_breaks_a_stream_off),
        cmocka_unit_test(one_worker_is_enough),
        WITH_SITE(the_socket_is_for_its_owner_alone),
        WITH_SITE(a_body_streams_through_the_socket),
        WITH_SITE(a_stream_cut_off_is_an_error_not_an_end),
        WITH_SITE(the_socket_answers_later_too_and_streams_nothing_over_tcp),
        WITH_SITE(an_address_that_is_taken_or_none_says_so),
        cmocka_unit_test(a_client_is_told_when_nobody_listens),
        cmocka_unit_test(escaped_text_is_safe_in_a_url),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
