/* SPDX-License-Identifier: Apache-2.0 */
#include "net/probe.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "net/server.h"
#include "tests/support/listener.h"
#include "tests/support/test.h"

enum { HUNG_MAX = 16, SILENT_BEFORE_GIVEN_UP = 5 };

/* Answers with the status that the path says; /moved leads to /200, /inward to the machine that clouds
 * tell their secrets at, /head to 405 unless the first byte is asked for, /hang to nothing while the test
 * runs. */
struct site {
    struct server *server;
    pthread_mutex_t lock;
    struct request *hung[HUNG_MAX];
    int hung_count;
    atomic_int asked, most_at_once, at_once;
    struct buffer agent;
};

static void begin(void *context, struct request *r)
{
    struct site *s = context;
    int now = atomic_fetch_add(&s->at_once, 1) + 1;

    atomic_fetch_add(&s->asked, 1);
    if (now > atomic_load(&s->most_at_once))
        atomic_store(&s->most_at_once, now);
}

static void redirect(struct request *r, const char *to)
{
    request_answer_header(r, "Location", text_from(to));
    request_answer(r, 302, NULL);
}

static void handle(void *context, struct request *r)
{
    struct site *s = context;
    struct text path = r->target.path;
    uint64_t status;

    pthread_mutex_lock(&s->lock);
    if (s->agent.size == 0)
        buffer_add_text(&s->agent, request_header(r, "User-Agent"));
    bool hangs = text_is(path, "/hang") && s->hung_count < HUNG_MAX;
    if (hangs) {
        request_later(r);
        s->hung[s->hung_count++] = r;
    }
    pthread_mutex_unlock(&s->lock);
    if (hangs)
        return;
    if (text_is(path, "/moved"))
        redirect(r, "/200");
    else if (text_is(path, "/inward"))
        redirect(r, "http://169.254.169.254/latest/meta-data/");
    else if (text_is(path, "/file"))
        redirect(r, "file:///etc/passwd");
    else if (text_is(path, "/round"))
        redirect(r, "/round");
    else if (text_is(path, "/head"))
        request_answer(r, request_header(r, "Range").data == NULL ? 405 : 206, "image/png");
    else if (text_to_u64((struct text){path.data + 1, path.size - 1}, &status))
        request_answer_constant(r, (unsigned)status, "image/png", TEXT("some bytes"));
    else
        request_answer(r, 404, NULL);
}

static void refuse(void *context, struct request *r, unsigned status, const char *code,
                   const char *message)
{
    request_answer(r, status, NULL);
}

static void done(void *context, struct request *r)
{
    struct site *s = context;

    atomic_fetch_sub(&s->at_once, 1);
}

static void site_open(struct site *s)
{
    struct server_options options = listener_options(s);
    struct error err = {0};

    options.begin = begin;
    options.handle = handle;
    options.refuse = refuse;
    options.done = done;
    pthread_mutex_init(&s->lock, NULL);
    assert_int_equal(server_open(&s->server, &options, &err), OK);
}

static void site_close(struct site *s)
{
    pthread_mutex_lock(&s->lock);
    for (int i = 0; i < s->hung_count; i++)
        request_answer(s->hung[i], 200, NULL);
    pthread_mutex_unlock(&s->lock);
    server_close(&s->server);
    pthread_mutex_destroy(&s->lock);
    buffer_free(&s->agent);
}

static struct text url_of(const struct site *s, struct arena *a, const char *path)
{
    return text_from(arena_printf(a, "http://127.0.0.1:%u%s", server_port(s->server), path));
}

static struct probe_options options_for_tests(void)
{
    struct probe_options o = {
        .parallel = 8, .per_host = 2, .timeout_ms = 400, .agent = "endcap-test/1"};
    struct error err = {0};

    assert_int_equal(address_list_parse(TEXT("127.0.0.1"), &o.allowed, &err), OK);
    return o;
}

static void ask(struct probe *probes, size_t count, const struct probe_options *o)
{
    struct error err = {0};

    if (probe_all(probes, count, o, &err) != OK)
        fail_msg("%s", err.message);
}

static void each_address_gets_the_answer_it_gives(void **state)
{
    static const struct {
        const char *path;
        enum probe_verdict verdict;
        long status;
    } rows[] = {
        {"/200", PROBE_ANSWERED, 200},   {"/404", PROBE_ANSWERED, 404},
        {"/500", PROBE_ANSWERED, 500},   {"/429", PROBE_ANSWERED, 429},
        {"/moved", PROBE_ANSWERED, 200}, {"/head", PROBE_ANSWERED, 206},
        {"/403", PROBE_ANSWERED, 403},   {"/round", PROBE_ANSWERED, 302},
        {"/hang", PROBE_SILENT, 0},      {"/inward", PROBE_FORBIDDEN, 0},
        {"/file", PROBE_SILENT, 0},
    };
    struct site s = {0};
    SCOPED(arena_free) struct arena a = {0};
    struct probe probes[COUNT(rows)];
    struct probe_options o = options_for_tests();

    site_open(&s);
    for (size_t i = 0; i < COUNT(rows); i++)
        probes[i] = (struct probe){.url = url_of(&s, &a, rows[i].path)};
    ask(probes, COUNT(rows), &o);
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (probes[i].verdict == rows[i].verdict && probes[i].status == rows[i].status)
            continue;
        fail_msg("%s: verdict %d, status %ld", rows[i].path, probes[i].verdict, probes[i].status);
    }
    assert_true(text_is(buffer_text(&s.agent), "endcap-test/1"));
    assert_true(atomic_load(&s.most_at_once) <= 3); /* one may be told to be done a little later */
    site_close(&s);
}

/* Security, S11. The server stands at 127.0.0.1 and would answer. */
static void nothing_but_public_addresses_is_connected_to(void **state)
{
    static const char *const hosts[] = {"127.0.0.1",  "localhost",       "2130706433",
                                        "0x7f000001", "017700000001",    "127.1",
                                        "0.0.0.0",    "[::1]",           "[::ffff:127.0.0.1]",
                                        "[::]",       "[::ffff:7f00:1]", "[::127.0.0.1]"};
    struct site s = {0};
    SCOPED(arena_free) struct arena a = {0};
    struct probe probes[COUNT(hosts)];
    struct probe_options o = options_for_tests();

    site_open(&s);
    o.allowed.count = 0;
    for (size_t i = 0; i < COUNT(hosts); i++)
        probes[i].url =
            text_from(arena_printf(&a, "http://%s:%u/200", hosts[i], server_port(s.server)));
    ask(probes, COUNT(hosts), &o);
    for (size_t i = 0; i < COUNT(hosts); i++)
        if (probes[i].verdict == PROBE_ANSWERED)
            fail_msg("%s was asked", hosts[i]);
    assert_int_equal(probes[0].verdict, PROBE_FORBIDDEN);
    assert_int_equal(atomic_load(&s.asked), 0);
    site_close(&s);
}

static void what_is_no_address_of_http_is_not_asked(void **state)
{
    struct probe probes[] = {{.url = TEXT("file:///etc/passwd")}, {.url = TEXT("gopher://x/")},
                             {.url = TEXT("/images/7.jpg")},      {.url = TEXT("")},
                             {.url = TEXT("https://")},           {.url = TEXT("http:///x")}};
    struct probe_options o = options_for_tests();

    ask(probes, COUNT(probes), &o);
    for (size_t i = 0; i < COUNT(probes); i++)
        assert_int_equal(probes[i].verdict, PROBE_UNASKED);
}

static void a_host_that_stays_silent_is_given_up(void **state)
{
    struct site s = {0};
    SCOPED(arena_free) struct arena a = {0};
    struct probe probes[40];
    struct probe_options o = options_for_tests();
    size_t silent = 0, unasked = 0;

    site_open(&s);
    o.timeout_ms = 150;
    for (size_t i = 0; i < COUNT(probes); i++)
        probes[i].url = url_of(&s, &a, "/hang");
    ask(probes, COUNT(probes), &o);
    for (size_t i = 0; i < COUNT(probes); i++) {
        silent += probes[i].verdict == PROBE_SILENT;
        unasked += probes[i].verdict == PROBE_UNASKED;
    }
    assert_in_range(silent, SILENT_BEFORE_GIVEN_UP, SILENT_BEFORE_GIVEN_UP + o.per_host);
    assert_int_equal(silent + unasked, COUNT(probes));
    site_close(&s);
}

static bool not_for_long(void *context, size_t done, size_t total)
{
    return done < 3;
}

static void asking_stops_when_told(void **state)
{
    struct site s = {0};
    SCOPED(arena_free) struct arena a = {0};
    struct probe probes[30];
    struct probe_options o = options_for_tests();
    size_t answered = 0;

    site_open(&s);
    o.go_on = not_for_long;
    for (size_t i = 0; i < COUNT(probes); i++)
        probes[i].url = url_of(&s, &a, "/200");
    ask(probes, COUNT(probes), &o);
    for (size_t i = 0; i < COUNT(probes); i++)
        answered += probes[i].verdict == PROBE_ANSWERED;
    assert_in_range(answered, 3, 3 + o.per_host);
    site_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_address_gets_the_answer_it_gives),
        cmocka_unit_test(nothing_but_public_addresses_is_connected_to),
        cmocka_unit_test(what_is_no_address_of_http_is_not_asked),
        cmocka_unit_test(a_host_that_stays_silent_is_given_up),
        cmocka_unit_test(asking_stops_when_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
