/* SPDX-License-Identifier: Apache-2.0 */
/* The server when things are not as they should be, and when it stops. */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/call.h"
#include "base/money.h"
#include "ingest/ledger.h"
#include "journal/event.h"
#include "net/client.h"
#include "paths/record.h"
#include "tests/support/load.h"
#include "tests/support/site.h"
#include "tests/support/wire.h"

enum { REQUEST_SIZE = 512 };

/* One new event under the secret key, as the load generator sends it. */
static struct text event_request(const struct site *s, char out[REQUEST_SIZE])
{
    static const char body[] =
        "{\"id\":\"" LOAD_MARK "\",\"type\":\"page_view\",\"anonymous_id\":\"v\"}";

    snprintf(out, REQUEST_SIZE,
             "POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             s->secret_key, sizeof(body) - 1, body);
    return text_from(out);
}

static struct buffer shown;

static int asked(struct site *s, const char *line, const char *body)
{
    struct buffer request = {0};

    buffer_printf(&request,
                  "%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %zu\r\n"
                  "\r\n%s",
                  line, s->secret_key, strlen(body), body);
    int status = wire_ask(s->port, request.data, &shown);

    buffer_free(&request);
    return status;
}

static bool shows(const char *part)
{
    return shown.data != NULL && strstr(shown.data, part) != NULL;
}

static int forget_shown(void **state)
{
    buffer_free(&shown);
    return 0;
}

static void small_disk(struct settings *settings)
{
    settings->disk_bytes_max = 1048576;
}

static void a_full_disk_is_503_for_events_and_answers_go_on(void **state)
{
    struct site s;
    struct buffer events = {0};
    int status = 200;

    site_make(&s, small_disk);
    site_serve(&s, NULL);
    for (int i = 0; i < 1000 && status == 200; i++) {
        buffer_clear(&events);
        buffer_add_string(&events, "{\"events\":[");
        for (int k = 0; k < 200; k++)
            buffer_printf(&events,
                          "%s{\"id\":\"%d-%d\",\"type\":\"page_view\",\"anonymous_id\":\"v-%d\"}",
                          k == 0 ? "" : ",", i, k, k);
        buffer_add_string(&events, "]}");
        status = asked(&s, "POST /v1/events", events.data);
    }
    assert_int_equal(status, 503);
    assert_true(shows("Retry-After: "));
    assert_true(shows("\"code\":\"unavailable\""));
    assert_int_equal(asked(&s, "GET /readyz", ""), 503);
    assert_true(shows("\"status\":\"cannot_write\""));
    assert_int_equal(asked(&s, "GET /healthz", ""), 200);
    assert_int_equal(asked(&s, "GET /v1/recommendations/home?anonymous_id=v-1", ""), 200);
    buffer_free(&events);
    site_close(&s);
}

static void short_queue(struct settings *settings)
{
    settings->queue_events_max = 1000;
}

struct stuffing {
    struct batch batch;
    pthread_mutex_t gate; /* held: the writer waits in `stuffed` */
    atomic_int reached;
};

static void stuffed(void *context, struct batch *batch, enum status status, const struct error *err)
{
    struct stuffing *stuffing = context;

    atomic_store(&stuffing->reached, 1);
    pthread_mutex_lock(&stuffing->gate);
    pthread_mutex_unlock(&stuffing->gate);
}

static void fill(struct batch *batch, struct shop *shop, int first, int count)
{
    struct event e = {.type = EVENT_page_view,
                      .anonymous_id = TEXT("v"),
                      .value = MONEY_NONE,
                      .scroll_percent = -1,
                      .time_ms = 1};
    char id[32];

    batch_init(batch, "test", 1, true);
    for (int i = first; i < first + count; i++) {
        e.id = (struct text){id, (size_t)snprintf(id, sizeof(id), "s-%d", i)};
        batch_accept(batch, &e, shop->keys.id_key, 0);
    }
}

static void a_full_queue_is_503_at_once(void **state)
{
    static struct stuffing first, second;
    struct site s;
    struct error err = {0};

    site_make(&s, short_queue);
    site_serve(&s, NULL);
    pthread_mutex_init(&first.gate, NULL);
    pthread_mutex_init(&second.gate, NULL);
    pthread_mutex_lock(&first.gate);
    fill(&first.batch, s.shop, 0, 1);
    assert_int_equal(record_submit(s.shop, &first.batch, stuffed, &first, &err), OK);
    while (atomic_load(&first.reached) == 0)
        sched_yield();
    fill(&second.batch, s.shop, 1, 1000);
    assert_int_equal(record_submit(s.shop, &second.batch, stuffed, &second, &err), OK);
    assert_int_equal(asked(&s, "POST /v1/events",
                           "{\"id\":\"1\",\"type\":\"page_view\",\"anonymous_id\":\"v\"}"),
                     503);
    assert_true(shows("Retry-After: 1\r\n"));
    pthread_mutex_unlock(&first.gate);
    while (atomic_load(&second.reached) == 0)
        sched_yield();
    assert_int_equal(
        asked(&s, "PUT /v1/products",
              "{\"item_id\":\"A\",\"title\":\"A\",\"price\":\"1\",\"currency\":\"EUR\"}"),
        200);
    assert_int_equal(asked(&s, "POST /v1/events",
                           "{\"id\":\"1\",\"type\":\"page_view\",\"anonymous_id\":\"v\"}"),
                     200);
    site_close(&s);
    batch_free(&first.batch);
    batch_free(&second.batch);
}

static void what_was_answered_is_there_after_a_stop(void **state)
{
    struct site s;
    struct load_figures figures;
    struct ledger_counts counts;
    struct store *store = NULL;
    struct error err = {0};
    char request[REQUEST_SIZE];

    site_make(&s, NULL);
    site_serve(&s, NULL);
    struct text one = event_request(&s, request);
    struct load load = {
        .port = s.port, .connections = 8, .seconds = 0.3, .requests = &one, .request_count = 1};

    assert_true(load_run(&load, &figures));
    assert_int_equal(figures.errors, 0);
    assert_true(figures.requests > 8);
    site_close(&s);
    assert_int_equal(store_open(&store, s.dir, STORE_READ, NULL, &err), OK);
    assert_int_equal(ledger_read(store, &counts, &err), OK);
    assert_int_equal(counts.stored, figures.requests);
    assert_int_equal(counts.received, figures.requests);
    store_close(&store);
}

static void *stop_it(void *context)
{
    site_stop(context);
    return NULL;
}

/* The load goes on while the server stops: every request is answered or its connection closed, and
 * what was answered 200 is counted. */
static void stopping_under_load_loses_nothing_that_was_answered(void **state)
{
    struct site s;
    struct load_figures figures;
    struct ledger_counts counts;
    struct store *store = NULL;
    struct error err = {0};
    char request[REQUEST_SIZE];
    pthread_t stopper;

    site_make(&s, NULL);
    site_serve(&s, NULL);
    struct text one = event_request(&s, request);
    struct load load = {
        .port = s.port, .connections = 8, .seconds = 0.5, .requests = &one, .request_count = 1};

    assert_int_equal(asked(&s, "GET /healthz", ""), 200);
    assert_int_equal(pthread_create(&stopper, NULL, stop_it, &s), 0);
    (void)load_run(&load, &figures); /* whether it still reached the server is not the question */
    pthread_join(stopper, NULL);
    site_close(&s);
    assert_int_equal(store_open(&store, s.dir, STORE_READ, NULL, &err), OK);
    assert_int_equal(ledger_read(store, &counts, &err), OK);
    assert_true(counts.stored >= figures.requests);
    store_close(&store);
}

/* Ask how the answer last shown came about. */
static void decision_asked(struct site *s)
{
    struct error err = {0};
    char line[128], id[REQUEST_ID_SIZE];
    const char *at = strstr(shown.data, "\"request_id\":\"");

    assert_non_null(at);
    snprintf(id, sizeof(id), "%.18s", at + 14);
    assert_int_equal(decisions_flush(s->shop->decisions, &err), OK);
    snprintf(line, sizeof(line), "GET /v1/decisions/%s", id);
    assert_int_equal(asked(s, line, ""), 200);
    assert_true(shows(id));
}

static void an_answer_can_be_explained_afterwards(void **state)
{
    struct site s;

    site_make(&s, NULL);
    site_serve(&s, NULL);
    assert_int_equal(
        asked(&s, "PUT /v1/products",
              "{\"item_id\":\"A\",\"title\":\"A\",\"price\":\"1\",\"currency\":\"EUR\"}"),
        200);
    assert_int_equal(asked(&s, "POST /v1/events",
                           "{\"id\":\"1\",\"type\":\"view_item\",\"anonymous_id\":\"v\","
                           "\"items\":[{\"item_id\":\"A\"}]}"),
                     200);
    assert_int_equal(asked(&s, "GET /v1/recommendations/home?anonymous_id=v", ""), 200);
    decision_asked(&s);
    assert_true(shows("\"replayed\":true"));
    assert_true(shows("\"story\":\"Decision r-"));
    assert_false(shows("\"country\""));
    assert_int_equal(
        asked(&s, "GET /v1/recommendations/home?anonymous_id=v&country=se&device=TABLET", ""), 200);
    decision_asked(&s);
    assert_true(shows("\"device\":\"tablet\",\"country\":\"SE\""));
    assert_int_equal(asked(&s, "POST /v1/recommendations/home",
                           "{\"context\":{\"country\":\"DK\",\"device\":\"mobile\"}}"),
                     200);
    decision_asked(&s);
    assert_true(shows("\"device\":\"mobile\",\"country\":\"DK\""));
    assert_int_equal(asked(&s, "GET /v1/recommendations/home/why/A?anonymous_id=v", ""), 200);
    assert_true(shows("\"item_id\":\"A\",\"surface\":\"home\",\"shown\":true"));
    assert_int_equal(asked(&s, "GET /v1/recommendations/home/why/A?cart=A", ""), 200);
    assert_true(shows("\"cause\":\"in_cart\",\"answer\":\""));
    assert_int_equal(asked(&s, "GET /v1/recommendations/nowhere/why/A", ""), 404);
    assert_int_equal(asked(&s, "GET /v1/recommendations/home/why/A?limit=0", ""), 400);
    site_close(&s);
}

static void a_large_file_is_imported_through_the_socket(void **state)
{
    struct site s;
    struct buffer answer = {0};
    struct error err = {0};
    FILE *file = tmpfile();
    long status = 0;

    assert_non_null(file);
    for (int i = 0; i < 30000; i++)
        fprintf(file,
                "{\"id\":\"%d\",\"type\":\"view_item\",\"anonymous_id\":\"v-%d\","
                "\"time\":\"2026-01-01T10:00:00Z\",\"items\":[{\"item_id\":\"p-%d\"}]}\n",
                i, i % 100, i % 500);
    rewind(file);
    site_make(&s, NULL);
    site_serve(&s, NULL);
    struct client_request request = {.socket_path = s.socket,
                                     .method = "POST",
                                     .url = "http://endcap/local/import/events?from=jsonl",
                                     .body_file = file};

    assert_int_equal(client_run(&request, &status, &answer, &err), OK);
    assert_int_equal(status, 200);
    assert_non_null(strstr(answer.data, "\"received\":30000,\"stored\":30000,"));
    buffer_free(&answer);
    fclose(file);
    site_close(&s);
}

/* Send the body's beginning and go away; how many items were received, all of them stored. */
static uint64_t received_of_half(const char *query, struct text half)
{
    struct site s;
    struct ledger_counts counts;
    struct store *store = NULL;
    struct buffer head = {0};
    struct error err = {0};
    char go[64];

    site_make(&s, NULL);
    site_serve(&s, NULL);
    int fd = wire_open_local(s.socket);

    buffer_printf(&head,
                  "POST /local/import/events?%s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
                  "Expect: 100-continue\r\n\r\n",
                  query);
    wire_send(fd, buffer_text(&head));
    assert_true(recv(fd, go, sizeof(go), 0) > 0); /* 100 Continue: it runs */
    wire_send(fd, half);
    close(fd);
    site_close(&s);
    assert_int_equal(store_open(&store, s.dir, STORE_READ, NULL, &err), OK);
    assert_int_equal(ledger_read(store, &counts, &err), OK);
    assert_int_equal(counts.received, counts.stored);
    store_close(&store);
    buffer_free(&head);
    return counts.received;
}

/* Half a last line must not become an event. */
static void an_import_cut_off_keeps_whole_lines_alone(void **state)
{
    uint64_t lines = received_of_half(
        "from=jsonl", TEXT("{\"id\":\"1\",\"type\":\"page_view\",\"anonymous_id\":\"v\"}\n"
                           "{\"id\":\"2\",\"type\":\"page_view\",\"anonymous_id\":\"v\"}"));
    uint64_t rows = received_of_half("from=csv&map=anonymous_id%3Dwho,item_id%3Dcode,time%3Dwhen,"
                                     "type%3D%3Dview_item",
                                     TEXT("who,code,when\nv,A,2026-01-01T10:00:00Z\n"
                                          "v,B,2026-01-01T10:00:00Z"));

    assert_in_range(lines, 0, 1);
    assert_in_range(rows, 0, 1);
}

#define TEST(name) cmocka_unit_test_teardown(name, forget_shown)

/* Holds up the thread that it runs on. */
struct blocker {
    struct job job;
    atomic_int running, go_on;
};

static void block(struct job *job, bool stopping)
{
    struct blocker *b = (struct blocker *)(void *)job;

    atomic_store(&b->running, 1);
    while (atomic_load(&b->go_on) == 0)
        sched_yield();
}

enum { AUDITS_WAIT = 8 };

static void audits_asked_at_once_share_an_answer_and_hold_up_nothing(void **state)
{
    struct site s;
    struct blocker b = {.job.run = block};
    struct pollfd asked_for[AUDITS_WAIT + 1];
    char request[REQUEST_SIZE];
    int late = 0;

    site_make(&s, NULL);
    site_serve(&s, NULL);
    snprintf(request, sizeof(request),
             "GET /v1/audit HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", s.secret_key);
    assert_true(jobs_add(s.api->audits, &b.job));
    while (atomic_load(&b.running) == 0)
        sched_yield();
    for (int i = 0; i <= AUDITS_WAIT; i++) {
        asked_for[i] = (struct pollfd){.fd = wire_open(s.port), .events = POLLIN};
        wire_send(asked_for[i].fd, text_from(request));
    }
    assert_int_equal(poll(asked_for, AUDITS_WAIT + 1, 10000), 1); /* one is too many */
    while (asked_for[late].revents == 0)
        late++;
    assert_int_equal(wire_answer(asked_for[late].fd, false, &shown), 503);
    assert_int_equal(asked(&s, "GET /v1/recommendations/home/why/none", ""), 200);
    atomic_store(&b.go_on, 1);
    for (int i = 0; i <= AUDITS_WAIT; i++) {
        buffer_clear(&shown);
        if (i != late)
            assert_int_equal(wire_answer(asked_for[i].fd, false, &shown), 200);
        assert_true(i == late || shows("\"no_events\""));
        close(asked_for[i].fd);
    }
    assert_int_equal(atomic_load(&s.api->audits_begun), 1);
    assert_int_equal(asked(&s, "GET /v1/audit", ""), 200); /* who comes later gets a later one */
    assert_int_equal(atomic_load(&s.api->audits_begun), 2);
    site_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(audits_asked_at_once_share_an_answer_and_hold_up_nothing),
        TEST(a_full_disk_is_503_for_events_and_answers_go_on),
        TEST(a_full_queue_is_503_at_once),
        TEST(what_was_answered_is_there_after_a_stop),
        TEST(stopping_under_load_loses_nothing_that_was_answered),
        TEST(an_answer_can_be_explained_afterwards),
        TEST(a_large_file_is_imported_through_the_socket),
        TEST(an_import_cut_off_keeps_whole_lines_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
