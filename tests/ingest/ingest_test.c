/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/ingest.h"

#include <stdlib.h>

#include "base/money.h"
#include "ingest/person.h"
#include "tests/support/test.h"

enum { NOW_S = 1763805600 }; /* 2025-11-22T10:00:00Z */

static const int64_t now_ms = NOW_S * INT64_C(1000);

/* One batch under the given key, decoded on demand. */
struct tray {
    struct ingest_context context;
    struct batch batch;
    struct arena arena;
    struct event event;
    struct error err;
};

static struct tray tray_make(bool secret)
{
    struct tray t = {.context = {.received_ms = now_ms,
                                 .secret = secret,
                                 .default_analytics = true,
                                 .person_key = {1},
                                 .token_key = {2},
                                 .id_key = {3}}};

    batch_init(&t.batch, "http", now_ms, secret);
    return t;
}

static void tray_clear(struct tray *t)
{
    batch_free(&t->batch);
    arena_free(&t->arena);
}

static enum status take(struct tray *t, const char *body)
{
    batch_clear(&t->batch);
    t->err = (struct error){0};
    return ingest_json(text_from(body), &t->context, &t->batch, &t->err);
}

/* The one event `body` must give. */
static const struct event *accepted(struct tray *t, const char *body)
{
    if (take(t, body) != OK)
        fail_msg("%s: %s", body, t->err.message);
    assert_int_equal(t->batch.count, 1);
    if (t->batch.entries[0].refusal != NULL)
        fail_msg("%s: %s", body, t->batch.entries[0].refusal->message);
    assert_int_equal(t->batch.entries[0].outcome, ENTRY_PENDING);
    assert_int_equal(event_decode(t->batch.entries[0].body, &t->arena, &t->event, &t->err), OK);
    return &t->event;
}

/* The one refusal `body` must give. */
static const struct refusal *refused(struct tray *t, const char *body)
{
    if (take(t, body) != OK)
        fail_msg("%s: %s", body, t->err.message);
    assert_int_equal(t->batch.count, 1);
    if (t->batch.entries[0].refusal == NULL)
        fail_msg("accepted: %s", body);
    assert_int_equal(t->batch.entries[0].outcome, ENTRY_REFUSED);
    assert_true(t->batch.entries[0].refusal->message[0] != '\0');
    return t->batch.entries[0].refusal;
}

#define assert_refused(t, body, wanted_code, wanted_field)                                         \
    do {                                                                                           \
        const struct refusal *why = refused((t), (body));                                          \
        assert_string_equal(why->code, (wanted_code));                                             \
        assert_string_equal(why->field, (wanted_field));                                           \
    } while (0)

static void the_event_of_the_documentation_is_read_whole(void **state)
{
    SCOPED(tray_clear) struct tray t = tray_make(true);
    (void)state;

    const struct event *e = accepted(
        &t, "{\"id\": \"0b2e\", \"type\": \"add_to_cart\", \"time\": \"2025-11-22T09:00:00.000Z\","
            "\"sent_at\": \"2025-11-22T09:00:01.000Z\", \"anonymous_id\": \"v-81\","
            "\"user_id\": \"c-7\", \"session_id\": \"s-3\","
            "\"items\": [{\"item_id\": \"SKU-1\", \"quantity\": 2, \"price\": \"19.90\","
            "\"index\": 3}, {\"item_id\": 77, \"price\": 0.1}],"
            "\"currency\": \"EUR\", \"value\": 39.8, \"transaction_id\": null,"
            "\"search_term\": \"oak \\u0074able\", \"filters\": null, \"scroll_percent\": 50,"
            "\"page\": {\"url\": \"https://a.example/?q=1\", \"referrer\": \"\"},"
            "\"request_id\": \"r-1\", \"surprise\": {\"a\": [1, {}, []]},"
            "\"context\": {\"user_agent\": \"M\", \"device\": \"mobile\", \"country\": \"DE\","
            "\"campaign\": {\"source\": \"google\", \"medium\": \"cpc\", \"name\": \"x\"}},"
            "\"traits\": {}, \"properties\": {\"a\" : [1, 2.50, \"x\"]},"
            "\"consent\": {\"analytics\": true, \"personalization\": true, \"email\": false}}");
    assert_text(e->id, "0b2e");
    assert_int_equal(e->type, EVENT_add_to_cart);
    assert_int_equal(e->flags, EVENT_VERIFIED | EVENT_PERSONALIZATION | EVENT_CONSENT_STATED |
                                   EVENT_USER_VERIFIED);
    assert_int_equal(e->time_ms, now_ms - 1000);
    assert_text(e->user_id, "c-7");
    assert_int_equal(e->item_count, 2);
    assert_int_equal(e->items[0].quantity, 2);
    assert_int_equal(e->items[0].price, 19900000);
    assert_int_equal(e->items[0].index, 3);
    assert_text(e->items[1].item_id, "77");
    assert_int_equal(e->items[1].quantity, 1);
    assert_int_equal(e->items[1].price, 100000);
    assert_int_equal(e->value, 39800000);
    assert_null(e->transaction_id.data);
    assert_null(e->filters.data);
    assert_text(e->search_term, "oak table");
    assert_int_equal(e->scroll_percent, 50);
    assert_text(e->page_url, "https://a.example/?q=1");
    assert_null(e->page_referrer.data);
    assert_text(e->campaign_medium, "cpc");
    assert_text(e->traits, "{}");
    assert_text(e->properties, "{\"a\":[1,2.50,\"x\"]}");
}

static void a_body_of_many_events_gives_one_entry_for_each_in_order(void **state)
{
    SCOPED(tray_clear) struct tray t = tray_make(true);
    (void)state;

    assert_int_equal(take(&t, "{\"writeKey\":\"x\",\"events\":["
                              "{\"id\":\"1\",\"type\":\"scroll\",\"anonymous_id\":\"v\"},"
                              "7,"
                              "{\"id\":\"2\",\"type\":\"scroll\"},"
                              "{\"id\":\"3\",\"type\":\"spin\",\"anonymous_id\":\"v\"}"
                              "],\"sent_at\":null}"),
                     OK);
    assert_int_equal(t.batch.count, 4);
    assert_null(t.batch.entries[0].refusal);
    assert_string_equal(t.batch.entries[1].refusal->code, "not_an_object");
    assert_text(t.batch.entries[1].body, "7");
    assert_string_equal(t.batch.entries[2].refusal->field, "anonymous_id");
    assert_text(t.batch.entries[2].body, "{\"id\":\"2\",\"type\":\"scroll\"}");
    assert_null(t.batch.entries[3].refusal);
    assert_int_equal(event_decode(t.batch.entries[3].body, &t.arena, &t.event, &t.err), OK);
    assert_int_equal(t.event.type, EVENT_OTHER);
    assert_text(t.event.type_name, "spin");
    assert_int_equal(take(&t, "{\"events\":[]}"), OK);
    assert_int_equal(t.batch.count, 0);
}

static void what_is_not_json_is_refused_as_a_whole_and_adds_nothing(void **state)
{
    static const char *const bodies[] = {
        "",
        " ",
        "x",
        "[]",
        "7",
        "\"a\"",
        "null",
        "{",
        "}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\" 1}",
        "{a:1}",
        "{\"a\":1}{",
        "{\"a\":1} x",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":1e}",
        "{\"a\":tru}",
        "{\"a\":truex}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"unended}",
        "{\"a\":\"\x01\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xc0\xaf\"}",
        "{\"a\":\"\xed\xa0\x80\"}",
        "{\"a\":[1,]}",
        "{\"a\":[1 2]}",
        "{\"a\":[}",
        "{\"a\":[1}",
        "{\"events\":{}}",
        "{\"events\":[}",
        "{\"events\":[{\"id\":\"1\",\"type\":\"scroll\",\"anonymous_id\":\"v\"}",
        "{\"events\":[{\"id\":\"1\",\"type\":\"scroll\",\"anonymous_id\":\"v\"}]",
        "{\"events\":[{\"id\":\"1\",\"type\":\"scroll\",\"anonymous_id\":\"v\"},]}",
        "{\"events\":[{\"id\":\"1\",\"type\":\"scroll\",\"anonymous_id\":\"v\"}]]",
        "{\"events\":[{\"id\":\"1\",\"type\":\"scroll\",\"anonymous_id\":\"v\"},{\"id\":1,\"id\":2 "
        "3}]}",
        "{\"events\":[],\"b\"}",
        "\xef\xbb\xbf{}",
        "{\"id\":\"1\",\"type\":\"scroll\",\"anonymous_id\":\"v\"\"}",
        "{\"id\":\"1\",\"type\":\"scroll\",\"anonymous_id\":\"v\"} {}",
    };
    SCOPED(tray_clear) struct tray t = tray_make(true);
    (void)state;

    for (size_t i = 0; i < COUNT(bodies); i++) {
        if (take(&t, bodies[i]) != ERR_INVALID)
            fail_msg("body %zu was taken: %s", i, bodies[i]);
        assert_int_equal(t.batch.count, 0);
        assert_int_equal(t.batch.bytes.size, 0);
        assert_true(t.err.message[0] != '\0');
    }
}

static void over_a_thousand_events_or_a_mebibyte_is_a_limit(void **state)
{
    SCOPED(tray_clear) struct tray t = tray_make(true);
    SCOPED(buffer_free) struct buffer b = {0};
    (void)state;

    for (size_t count = 1000; count <= 1001; count++) {
        buffer_clear(&b);
        buffer_add_string(&b, "{\"events\":[");
        for (size_t i = 0; i < count; i++)
            buffer_printf(&b, "%s{\"id\":\"%zu\",\"type\":\"scroll\",\"anonymous_id\":\"v\"}",
                          i > 0 ? "," : "", i);
        buffer_add_string(&b, "]}");
        assert_int_equal(take(&t, b.data), count > 1000 ? ERR_LIMIT : OK);
        assert_int_equal(t.batch.count, count > 1000 ? 0 : 1000);
    }
    buffer_clear(&b);
    buffer_add_string(&b, "{}");
    while (b.size <= INGEST_BODY_BYTES_MAX)
        buffer_add_char(&b, ' ');
    assert_int_equal(take(&t, b.data), ERR_LIMIT);
}

#define BASE "{\"id\":\"1\",\"type\":\"view_item\",\"anonymous_id\":\"v\""

static void each_mistake_is_refused_with_its_field(void **state)
{
    static const struct {
        const char *body, *code, *field;
    } cases[] = {
        {"{\"type\":\"scroll\",\"anonymous_id\":\"v\"}", "missing", "id"},
        {"{\"id\":\"\",\"type\":\"scroll\",\"anonymous_id\":\"v\"}", "missing", "id"},
        {"{\"id\":\"1\",\"anonymous_id\":\"v\"}", "missing", "type"},
        {"{\"id\":\"1\",\"type\":\"scroll\"}", "missing", "anonymous_id"},
        {"{\"id\":\"1\",\"type\":\"scroll\",\"user_id\":\"[redacted]\"}", "missing",
         "anonymous_id"},
        {"{\"id\":{},\"type\":\"scroll\"}", "wrong_type", "id"},
        {"{\"id\":true,\"type\":\"scroll\"}", "wrong_type", "id"},
        {"{\"id\":1.5,\"type\":\"scroll\"}", "wrong_type", "id"},
        {"{\"id\":\"1\",\"type\":7,\"anonymous_id\":\"v\"}", "wrong_type", "type"},
        {"{\"id\":\"a\\u0000\",\"type\":\"scroll\"}", "bad_text", "id"},
        {"{\"id\":\"a\\ud800\",\"type\":\"scroll\"}", "bad_text", "id"},
        {"{\"id\":\"a\\n\",\"type\":\"scroll\",\"anonymous_id\":\"v\"}", "bad_text", "id"},
        {BASE ",\"id\":\"2\"}", "too_many", "id"},
        {BASE ",\"time\":\"yesterday\"}", "bad_time", "time"},
        {BASE ",\"time\":{}}", "wrong_type", "time"},
        {BASE ",\"value\":\"12,50\"}", "bad_money", "value"},
        {BASE ",\"value\":1e3}", "bad_money", "value"},
        {BASE ",\"value\":1.1234567}", "bad_money", "value"},
        {BASE ",\"value\":true}", "wrong_type", "value"},
        {BASE ",\"currency\":\"euro\"}", "bad_currency", "currency"},
        {BASE ",\"items\":{}}", "wrong_type", "items"},
        {BASE ",\"items\":[7]}", "wrong_type", "items"},
        {BASE ",\"items\":[{\"item_id\":\"a\"},{}]}", "missing", "items[1].item_id"},
        {BASE ",\"items\":[{\"item_id\":\"a\",\"price\":\"x\"}]}", "bad_money", "items[0].price"},
        {BASE ",\"items\":[{\"item_id\":\"a\",\"price\":-1}]}", "bad_money", "items[0].price"},
        {BASE ",\"items\":[{\"item_id\":\"a\",\"quantity\":-1}]}", "wrong_type",
         "items[0].quantity"},
        {BASE ",\"items\":[{\"item_id\":\"a\",\"quantity\":1.5}]}", "wrong_type",
         "items[0].quantity"},
        {BASE ",\"items\":[{\"item_id\":\"a\",\"index\":9999999999}]}", "wrong_type",
         "items[0].index"},
        {BASE ",\"page\":7}", "wrong_type", "page"},
        {BASE ",\"page\":{\"url\":{}}}", "wrong_type", "page.url"},
        {BASE ",\"context\":{\"campaign\":{\"name\":[]}}}", "wrong_type", "context.campaign.name"},
        {BASE ",\"properties\":7}", "wrong_type", "properties"},
        {BASE ",\"properties\":{\"a\":1,\"a\":2}}", "too_many", "properties"},
        {BASE ",\"properties\":{\"a\":\"\\ud800\"}}", "bad_text", "properties"},
        {BASE ",\"consent\":{\"analytics\":1}}", "wrong_type", "consent.analytics"},
        {BASE ",\"consent\":{\"analytics\":false}}", "no_consent", "consent"},
        {"{\"id\":\"1\",\"type\":\"consent\",\"anonymous_id\":\"v\"}", "missing", "consent"},
    };
    SCOPED(tray_clear) struct tray t = tray_make(true);
    (void)state;

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_refused(&t, cases[i].body, cases[i].code, cases[i].field);
}

/* BASE, then `front`, `count` times `piece` with commas between, `back`. */
static const char *repeated(struct buffer *b, const char *front, const char *piece, size_t count,
                            const char *back)
{
    buffer_clear(b);
    buffer_add_string(b, BASE);
    buffer_add_string(b, front);
    for (size_t i = 0; i < count; i++)
        buffer_add_string(b, piece);
    buffer_add_string(b, back);
    return b->data;
}

static void every_bound_holds_at_its_edge_and_not_one_past_it(void **state)
{
    SCOPED(tray_clear) struct tray t = tray_make(true);
    SCOPED(buffer_free) struct buffer b = {0};
    (void)state;

    accepted(&t, repeated(&b, ",\"session_id\":\"", "x", EVENT_ID_MAX, "\"}"));
    assert_refused(&t, repeated(&b, ",\"session_id\":\"", "x", EVENT_ID_MAX + 1, "\"}"), "too_long",
                   "session_id");
    accepted(&t, repeated(&b, ",\"search_term\":\"", "x", EVENT_TEXT_MAX, "\"}"));
    assert_refused(&t, repeated(&b, ",\"search_term\":\"", "x", EVENT_TEXT_MAX + 1, "\"}"),
                   "too_long", "search_term");
    accepted(&t,
             repeated(&b, ",\"items\":[", "{\"item_id\":\"a\"},", 199, "{\"item_id\":\"a\"}]}"));
    assert_int_equal(t.event.item_count, 200);
    assert_refused(
        &t, repeated(&b, ",\"items\":[", "{\"item_id\":\"a\"},", 200, "{\"item_id\":\"a\"}]}"),
        "too_many", "items");
    /* the event is level 1, properties level 2 */
    accepted(&t, repeated(&b, ",\"properties\":{\"a\":", "[", 6, "]]]]]]}}"));
    assert_refused(&t, repeated(&b, ",\"properties\":{\"a\":", "[", 7, "]]]]]]]}}"), "too_deep",
                   "properties");
    accepted(&t, repeated(&b, ",\"properties\":{\"a\":\"", "x", EVENT_TEXT_MAX, "\"}}"));
    assert_refused(&t, repeated(&b, ",\"properties\":{\"a\":\"", "x", EVENT_TEXT_MAX + 1, "\"}}"),
                   "too_long", "properties");
    for (int count = 32; count <= 33; count++) {
        buffer_clear(&b);
        buffer_add_string(&b, BASE ",\"properties\":{");
        for (int i = 0; i < count; i++)
            buffer_printf(&b, "%s\"k%d\":1", i > 0 ? "," : "", i);
        buffer_add_string(&b, "}}");
        if (count == 32)
            accepted(&t, b.data);
        else
            assert_refused(&t, b.data, "too_many", "properties");
    }
    size_t filler = INGEST_EVENT_BYTES_MAX - strlen(BASE ",\"zzzzz\":\"\"}");
    accepted(&t, repeated(&b, ",\"zzzzz\":\"", "x", filler, "\"}"));
    assert_refused(&t, repeated(&b, ",\"zzzzz\":\"", "x", filler + 1, "\"}"), "too_long", "");
}

static void clocks_that_are_wrong_are_corrected_and_nothing_is_in_the_future(void **state)
{
    SCOPED(tray_clear) struct tray t = tray_make(true);
    (void)state;

    assert_int_equal(accepted(&t, BASE "}")->time_ms, now_ms);
    assert_int_equal(accepted(&t, BASE ",\"time\":\"2025-11-20T10:00:00Z\"}")->time_ms,
                     now_ms - 2 * INT64_C(86400000));
    assert_int_equal(accepted(&t, BASE ",\"time\":\"2035-11-22T10:00:00Z\"}")->time_ms, now_ms);
    assert_true((t.event.flags & EVENT_TIME_AHEAD) != 0);
    assert_true((accepted(&t, BASE "}")->flags & EVENT_TIME_AHEAD) == 0);
    /* a clock ten years ahead; it happened a minute before sending */
    assert_int_equal(accepted(&t, BASE ",\"time\":\"2035-11-22T10:00:00Z\","
                                       "\"sent_at\":\"2035-11-22T10:01:00Z\"}")
                         ->time_ms,
                     now_ms - 60000);
    /* and ten years behind */
    assert_int_equal(accepted(&t, BASE ",\"time\":1448186400,\"sent_at\":1448186460000}")->time_ms,
                     now_ms - 60000);
    assert_int_equal(
        accepted(&t, BASE ",\"time\":1,\"sent_at\":\"2035-11-22T10:01:00Z\"}")->time_ms, 1);
}

static void an_honest_retry_has_the_same_fingerprint_and_anything_else_another(void **state)
{
    static const char *const others[] = {
        BASE ",\"time\":\"2025-11-22T09:00:01Z\",\"value\":\"1.00\"}",
        BASE ",\"time\":\"2025-11-22T09:00:00Z\",\"value\":\"1.01\"}",
        BASE ",\"time\":\"2025-11-22T09:00:00Z\",\"value\":\"1.00\",\"session_id\":\"s\"}",
        BASE ",\"time\":\"2025-11-22T09:00:00Z\",\"value\":\"1.00\",\"user_id\":\"s\"}",
        BASE
        ",\"time\":\"2025-11-22T09:00:00Z\",\"value\":\"1.00\",\"items\":[{\"item_id\":\"a\"}]}",
        BASE ",\"time\":\"2025-11-22T09:00:00Z\",\"value\":\"1.00\",\"consent\":{\"email\":true}}",
        BASE ",\"value\":\"1.00\"}",
    };
    SCOPED(tray_clear) struct tray t = tray_make(true);
    (void)state;

    uint64_t first =
        accepted(&t, BASE ",\"time\":\"2025-11-22T09:00:00Z\",\"value\":\"1.00\"}")->fingerprint;
    assert_true(t.batch.entries[0].fingerprint == first);
    t.context.received_ms += 5000;
    assert_true(
        accepted(&t, "{ \"value\":1.0, \"time\":\"2025-11-22T09:00:00Z\",\"type\":\"view_item\","
                     "\"anonymous_id\":\"v\", \"id\":\"1\",\"sent_at\":\"2025-11-22T10:00:00Z\"}")
            ->fingerprint == first);
    for (size_t i = 0; i < COUNT(others); i++)
        assert_true(accepted(&t, others[i])->fingerprint != first);
}

static void a_public_key_needs_a_signed_user_and_verifies_nothing(void **state)
{
    SCOPED(tray_clear) struct tray t = tray_make(false);
    SCOPED(buffer_free) struct buffer body = {0}, token = {0}, old = {0};
    (void)state;

    const struct event *e =
        accepted(&t, "{\"id\":\"1\",\"type\":\"purchase\",\"anonymous_id\":\"v\",\"value\":\"5\"}");
    assert_int_equal(e->flags & (EVENT_VERIFIED | EVENT_USER_VERIFIED), 0);
    assert_refused(&t, BASE ",\"user_id\":\"c-7\"}", "bad_token", "user_token");
    user_token_make(TEXT("c-7"), NOW_S + 60, t.context.token_key, &token);
    buffer_printf(&body, BASE ",\"user_id\":\"c-7\",\"user_token\":\"%s\"}", token.data);
    e = accepted(&t, body.data);
    assert_int_equal(e->flags & (EVENT_VERIFIED | EVENT_USER_VERIFIED), EVENT_USER_VERIFIED);
    body.data[strlen(BASE ",\"user_id\":\"c-")] = '8';
    assert_refused(&t, body.data, "bad_token", "user_token");
    user_token_make(TEXT("c-7"), NOW_S, t.context.token_key, &old);
    assert_false(user_token_valid(buffer_text(&old), TEXT("c-7"), t.context.token_key, now_ms));
    assert_true(
        user_token_valid(buffer_text(&old), TEXT("c-7"), t.context.token_key, now_ms - 1000));
    assert_false(user_token_valid(TEXT(""), TEXT("c-7"), t.context.token_key, now_ms));
    assert_false(user_token_valid(TEXT("1."), TEXT("c-7"), t.context.token_key, now_ms));
    assert_refused(&t, "{\"id\":\"1\",\"type\":\"email_sent\"}", "wrong_type", "type");
    accepted(&t, "{\"id\":\"1\",\"type\":\"unsubscribe\",\"anonymous_id\":\"v\"}");
}

static void consent_not_said_is_the_shops_default(void **state)
{
    SCOPED(tray_clear) struct tray t = tray_make(true);

    (void)state;
    t.context.default_personalization = true;
    assert_int_equal(accepted(&t, BASE "}")->flags, EVENT_VERIFIED | EVENT_PERSONALIZATION);
    assert_int_equal(accepted(&t, BASE ",\"consent\":{\"email\":true}}")->flags,
                     EVENT_VERIFIED | EVENT_PERSONALIZATION | EVENT_EMAIL | EVENT_CONSENT_STATED);
    t.context.default_analytics = false;
    assert_refused(&t, BASE "}", "no_consent", "consent");
    assert_int_equal(t.batch.entries[0].body.size, 0); /* it is only counted */
    accepted(&t, BASE ",\"consent\":{\"analytics\":true}}");
}

static void a_choice_against_analytics_is_kept_without_anything_else(void **state)
{
    SCOPED(tray_clear) struct tray t = tray_make(true);
    (void)state;

    const struct event *e = accepted(
        &t, "{\"id\":\"1\",\"type\":\"consent\",\"anonymous_id\":\"v\",\"search_term\":\"x\","
            "\"page\":{\"url\":\"https://a.example\"},\"items\":[{\"item_id\":\"a\"}],"
            "\"consent\":{\"analytics\":false,\"personalization\":false}}");
    assert_int_equal(e->flags, EVENT_VERIFIED | EVENT_CONSENT_STATED | EVENT_ANALYTICS_REFUSED |
                                   EVENT_EMAIL_UNSAID);
    assert_null(e->search_term.data);
    assert_null(e->page_url.data);
    assert_int_equal(e->item_count, 0);
}

static void what_names_a_person_never_reaches_the_entry(void **state)
{
    static const char *const secrets[] = {"jane", "4917", "shop.example/u", "123 456"};
    SCOPED(tray_clear) struct tray t = tray_make(true);
    (void)state;

    const struct event *e = accepted(
        &t,
        "{\"id\":\"1\",\"type\":\"identify\",\"user_id\":\" Jane@Mail.example \","
        "\"anonymous_id\":\"+49170123456789\","
        "\"search_term\":\"mail to jane@mail.example, jane@mail.example!\","
        "\"page\":{\"url\":\"https://a.example/p?a=1&m=jane%40mail.example&phone=0049%20170&b=2\"},"
        "\"traits\":{\"email\":\"jane@mail.example\",\"phone\":\"0170 123 456\",\"tel\":49170123,"
        "\"\\u0065mail\":\"j\","
        "\"deep\":{\"list\":[\"jane\\u0040mail.example\",\"+49 170 1234567\",\"oak\"]},"
        "\"jane@mail.example\":1}}");
    assert_int_equal(e->user_id.size, 1 + 6 + 32 + 1);
    for (size_t i = 0; i < COUNT(secrets); i++)
        assert_null(memmem(t.batch.bytes.data, t.batch.bytes.size, secrets[i], strlen(secrets[i])));
    assert_true(text_starts(e->anonymous_id, "phone:"));
    assert_non_null(
        strstr(arena_printf(&t.arena, "%.*s", (int)e->page_url.size, e->page_url.data), "&b=2"));
    assert_non_null(
        strstr(arena_printf(&t.arena, "%.*s", (int)e->traits.size, e->traits.data), "\"oak\""));
}

static void a_refused_item_is_kept_without_what_names_a_person(void **state)
{
    SCOPED(tray_clear) struct tray t = tray_make(true);

    (void)state;
    refused(&t, "{\"id\":\"1\",\"type\":\"scroll\",\"time\":\"2025-11-22T09:00:00+01:00\","
                "\"traits\":{\"phone\" : \"0170 123\",\"email\":\"x\"},"
                "\"search_term\":\"jane@mail.example +49 170 1234567\"}");
    struct text body = t.batch.entries[0].body;
    size_t from = 0;
    for (int i = 0; i < 3; i++) /* the traits' number, and both in the search */
        assert_int_equal(person_find_hash(body, &from).size, 38);
    assert_null(memmem(body.data, body.size, "jane", 4));
    assert_non_null(memmem(body.data, body.size, "email:nobody", 12));
}

static void a_line_always_gives_one_entry_and_an_id_that_comes_again(void **state)
{
    static const char *const bad[] = {"",
                                      "x",
                                      "{",
                                      "[]",
                                      "{\"type\":\"scroll\"}",
                                      "{\"type\":\"scroll\",\"anonymous_id\":\"v\"} 7"};
    SCOPED(tray_clear) struct tray t = tray_make(true);
    struct text line = TEXT("{\"type\":\"scroll\",\"anonymous_id\":\"v\",\"time\":\"2020-01-01\","
                            "\"sent_at\":\"2020-01-02\"}");
    (void)state;

    for (size_t i = 0; i < COUNT(bad); i++) {
        ingest_json_line(text_from(bad[i]), i + 1, 0, &t.context, &t.batch);
        assert_int_equal(t.batch.count, i + 1);
        assert_int_equal(t.batch.entries[i].outcome, ENTRY_REFUSED);
        assert_int_equal(t.batch.entries[i].line, i + 1);
    }
    batch_clear(&t.batch);
    ingest_json_line(line, 1, 0, &t.context, &t.batch);
    ingest_json_line(line, 2, 1, &t.context, &t.batch);
    ingest_json_line(line, 3, 0, &t.context, &t.batch);
    const struct entry *e = t.batch.entries;
    assert_null(e[0].refusal);
    assert_memory_equal(e[0].id_hash, e[2].id_hash, 16);
    assert_memory_not_equal(e[0].id_hash, e[1].id_hash, 16);
    assert_int_equal(event_decode(e[0].body, &t.arena, &t.event, &t.err), OK);
    assert_int_equal(t.event.time_ms, INT64_C(1577836800000)); /* not moved by an old sent_at */
}

static void another_formats_event_gets_the_same_checks(void **state)
{
    SCOPED(tray_clear) struct tray t = tray_make(true);
    struct event e = {.id = TEXT("1"),
                      .type = EVENT_purchase,
                      .anonymous_id = TEXT("v"),
                      .user_id = TEXT("jane@mail.example"),
                      .properties = TEXT("{ \"email\" : \"a@b.example\" }"),
                      .value = MONEY_NONE,
                      .scroll_percent = -1};
    struct event bad = e, worse = e;
    (void)state;

    ingest_event(&e, &(struct ingest_said){.raw = TEXT("row"), .line = 3}, &t.context, &t.batch);
    assert_null(t.batch.entries[0].refusal);
    assert_int_equal(t.batch.entries[0].line, 3);
    assert_int_equal(event_decode(t.batch.entries[0].body, &t.arena, &t.event, &t.err), OK);
    assert_true(text_starts(t.event.user_id, "email:"));
    assert_true(text_starts(t.event.properties, "{\"email\":\"email:"));
    assert_int_equal(t.event.time_ms, now_ms);
    bad.properties = TEXT("{");
    ingest_event(&bad, &(struct ingest_said){.raw = TEXT("row, a@b.example"), .line = 4},
                 &t.context, &t.batch);
    assert_string_equal(t.batch.entries[1].refusal->code, "not_json");
    assert_true(text_starts(t.batch.entries[1].body, "row, email:"));
    worse.currency = TEXT("EURO");
    ingest_event(&worse, &(struct ingest_said){.raw = TEXT("row"), .line = 5}, &t.context,
                 &t.batch);
    assert_string_equal(t.batch.entries[2].refusal->code, "bad_currency");
}

static void what_is_printed_is_read_back_as_the_same_event(void **state)
{
    SCOPED(tray_clear) struct tray t = tray_make(true);
    SCOPED(buffer_free) struct buffer printed = {0}, again = {0};
    (void)state;

    const struct event *e = accepted(
        &t, BASE ",\"user_id\":\"c\",\"time\":\"2025-11-22T09:00:00.123Z\",\"value\":\"1.5\","
                 "\"items\":[{\"item_id\":\"a\\\"\\u00e9\",\"quantity\":3,\"price\":2}],"
                 "\"page\":{\"url\":\"https://a.example/?x=1\"},\"properties\":{\"a\":[1,\"\\n\"]},"
                 "\"consent\":{\"email\":true}}");
    (void)e;
    event_print(&t.event, &printed);
    e = accepted(&t, printed.data);
    event_print(e, &again);
    assert_string_equal(printed.data, again.data);
    assert_int_equal(e->items[0].quantity, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_event_of_the_documentation_is_read_whole),
        cmocka_unit_test(a_body_of_many_events_gives_one_entry_for_each_in_order),
        cmocka_unit_test(what_is_not_json_is_refused_as_a_whole_and_adds_nothing),
        cmocka_unit_test(over_a_thousand_events_or_a_mebibyte_is_a_limit),
        cmocka_unit_test(each_mistake_is_refused_with_its_field),
        cmocka_unit_test(every_bound_holds_at_its_edge_and_not_one_past_it),
        cmocka_unit_test(clocks_that_are_wrong_are_corrected_and_nothing_is_in_the_future),
        cmocka_unit_test(an_honest_retry_has_the_same_fingerprint_and_anything_else_another),
        cmocka_unit_test(a_public_key_needs_a_signed_user_and_verifies_nothing),
        cmocka_unit_test(consent_not_said_is_the_shops_default),
        cmocka_unit_test(a_choice_against_analytics_is_kept_without_anything_else),
        cmocka_unit_test(what_names_a_person_never_reaches_the_entry),
        cmocka_unit_test(a_refused_item_is_kept_without_what_names_a_person),
        cmocka_unit_test(a_line_always_gives_one_entry_and_an_id_that_comes_again),
        cmocka_unit_test(another_formats_event_gets_the_same_checks),
        cmocka_unit_test(what_is_printed_is_read_back_as_the_same_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
