/* SPDX-License-Identifier: Apache-2.0 */
/* An e-mail address comes readable beside its entry when the shop itself tells it, and never in it. */
#include "ingest/ingest.h"

#include <stdio.h>

#include "tests/support/test.h"

struct desk {
    struct ingest_context context;
    struct batch batch;
};

static struct desk desk_make(void)
{
    struct desk d = {.context = {.received_ms = INT64_C(1763805600000),
                                 .secret = true,
                                 .default_analytics = true,
                                 .person_key = {1}}};

    batch_init(&d.batch, "http", d.context.received_ms, true);
    return d;
}

static void desk_clear(struct desk *d)
{
    batch_free(&d->batch);
}

/* Takes the one event of `body`. */
static void accept(struct desk *d, const char *body)
{
    struct error err = {0};

    batch_clear(&d->batch);
    if (ingest_json(text_from(body), &d->context, &d->batch, &err) != OK)
        fail_msg("%s: %s", body, err.message);
    assert_int_equal(d->batch.count, 1);
    assert_int_equal(d->batch.entries[0].outcome, ENTRY_PENDING);
    assert_null(memmem(d->batch.bytes.data, d->batch.bytes.size, "example", 7));
}

static struct text address_of(struct desk *t, const char *traits)
{
    struct buffer json = {0};

    buffer_printf(&json, "{\"id\":\"1\",\"type\":\"identify\",\"user_id\":\"u\",\"traits\":%s}",
                  traits);
    accept(t, json.data);
    buffer_free(&json);
    return batch_address(&t->batch, 0);
}

static void an_address_comes_readable_beside_the_entry(void **state)
{
    static const char *const none[] = {
        "{\"mail\":\"Jane@Mail.example\"}",
        "{\"email\":[\"Jane@Mail.example\"]}",
        "{\"deep\":{\"email\":\"Jane@Mail.example\"}}",
        "[{\"email\":\"Jane@Mail.example\"}]",
        "{\"email\":\"Jane <Jane@Mail.example>\"}",
        "{\"email\":\"Jane@Mail.example\\r\\nBcc: x@y.example\"}",
        "{\"email\":\"a@b.example,c@d.example\"}",
        "{\"email\":\"test@mail.example\"}",
        "{\"email\":\"[redacted]\"}",
        "{\"email\":\"a\\u2028b@mail.example\"}",
        "{\"email\":\"a\\u0085b@mail.example\"}",
        "{\"email\":\"a\\u202eb@mail.example\"}",
        "{\"email\":\"a\\u200bb@mail.example\"}",
        "{\"email\":\"a\\u00adb@mail.example\"}",
        "{\"email\":\"jane@ma\\u200bil.example\"}",
        "{\"email\":\"jane@mail.example\\u2029\"}",
        "{\"email\":\"a@-x.example\"}",
        "{\"email\":\"a@x-.example\"}",
        "{\"email\":\"a@x..example\"}",
        "{\"email\":\"a@.x.example\"}",
        "{\"email\":\"a..b@x.example\"}",
        "{\"email\":\".a@x.example\"}",
        "{\"email\":\"a.@x.example\"}",
        "{\"email\":\"a%40shop.example\"}",
        "{\"email\":\"a%40b@shop.example\"}",
        "{\"email\":\"email:0123456789abcdef0123456789abcdef\"}",
        "{\"email\":7}",
        "{\"email\":\"\"}",
        "{}",
    };
    SCOPED(desk_clear) struct desk t = desk_make();
    char longest[300], traits[400];

    (void)state;
    assert_text(address_of(&t, "{\"name\":\"x\",\"email\":\" Jane@Mail.example \"}"),
                "Jane@Mail.example");
    assert_text(address_of(&t, "{\"email\":\"j\u00f6rg.m%x+y@m\u00fcller.example\"}"),
                "j\u00f6rg.m%x+y@m\u00fcller.example");
    for (size_t i = 0; i < COUNT(none); i++)
        if (address_of(&t, none[i]).size != 0)
            fail_msg("%s is taken for an address", none[i]);
    memset(longest, 'm', sizeof(longest));
    memcpy(longest, "a@", 2);
    for (size_t i = 50; i < sizeof(longest); i += 50)
        longest[i] = '.'; /* a label has at most 63 bytes */
    for (size_t size = 254; size <= 255; size++) {
        snprintf(traits, sizeof(traits), "{\"email\":\"%.*s.example\"}", (int)size - 8, longest);
        assert_int_equal(address_of(&t, traits).size, size == 254 ? 254 : 0);
    }
    t.context.secret = false;
    accept(&t, "{\"id\":\"1\",\"type\":\"identify\",\"anonymous_id\":\"v\","
               "\"traits\":{\"email\":\"jane@mail.example\",\"x\":[\"+49301234567\"],\"y\":1}}");
    assert_int_equal(batch_address(&t.batch, 0).size, 0);
    assert_text(event_traits(t.batch.entries[0].body),
                "{\"email\":\"email:nobody\",\"x\":[\"phone:nobody\"],\"y\":1}");
}

static void every_entry_has_its_own(void **state)
{
    SCOPED(desk_clear) struct desk d = desk_make();
    struct error err = {0};

    (void)state;
    assert_int_equal(ingest_json(TEXT("{\"events\":["
                                      "{\"id\":\"1\",\"type\":\"identify\",\"user_id\":\"a\","
                                      "\"traits\":{\"email\":\"a@b.example\"}},"
                                      "{\"id\":\"2\",\"type\":\"identify\",\"user_id\":\"b\"},"
                                      "{\"id\":\"3\",\"type\":\"\",\"user_id\":\"c\",\"traits\":{"
                                      "\"email\":\"c@b.example\"}},"
                                      "{\"id\":\"4\",\"type\":\"identify\",\"user_id\":\"d\","
                                      "\"traits\":{\"email\":\"dd@b.example\"}}]}"),
                                 &d.context, &d.batch, &err),
                     OK);
    assert_text(batch_address(&d.batch, 0), "a@b.example");
    assert_int_equal(batch_address(&d.batch, 1).size, 0);
    assert_int_equal(d.batch.entries[2].outcome, ENTRY_REFUSED);
    assert_int_equal(batch_address(&d.batch, 2).size, 0);
    assert_text(batch_address(&d.batch, 3), "dd@b.example");
    batch_truncate(&d.batch, 1, 0);
    assert_int_equal(d.batch.addresses.size, sizeof("a@b.example") - 1);
}

static uint32_t flags_of(struct desk *d, const char *consent)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct error err = {0};
    char json[200];
    struct event e;

    snprintf(json, sizeof(json), "{\"id\":\"1\",\"type\":\"identify\",\"anonymous_id\":\"v\"%s%s}",
             consent[0] != '\0' ? ",\"consent\":" : "", consent);
    accept(d, json);
    assert_int_equal(event_decode(d->batch.entries[0].body, &a, &e, &err), OK);
    return e.flags & (EVENT_EMAIL | EVENT_EMAIL_UNSAID | EVENT_GPC | EVENT_TIME_AHEAD);
}

static void gpc_speaks_of_email_where_the_event_does_not(void **state)
{
    SCOPED(desk_clear) struct desk d = desk_make();

    (void)state;
    d.context.default_email = true;
    assert_int_equal(flags_of(&d, ""), EVENT_EMAIL);
    assert_int_equal(flags_of(&d, "{\"analytics\":true}"), EVENT_EMAIL | EVENT_EMAIL_UNSAID);
    assert_int_equal(flags_of(&d, "{\"email\":true}"), EVENT_EMAIL);
    d.context.gpc = true;
    assert_int_equal(flags_of(&d, ""), EVENT_GPC);
    assert_int_equal(flags_of(&d, "{\"analytics\":true}"), EVENT_GPC | EVENT_EMAIL_UNSAID);
    assert_int_equal(flags_of(&d, "{\"email\":true}"), EVENT_EMAIL);
    assert_int_equal(flags_of(&d, "{\"email\":false}"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_comes_readable_beside_the_entry),
        cmocka_unit_test(every_entry_has_its_own),
        cmocka_unit_test(gpc_speaks_of_email_where_the_event_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
