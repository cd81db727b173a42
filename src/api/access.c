/* SPDX-License-Identifier: Apache-2.0 */
/* Who may: keys, origins, rates. What a public key may do is what routes of scope COLLECT and READ
 * do: append events, and read recommendations and preferences, and change these, for the anonymous
 * visitor it names. */
#include <sodium.h>
#include <string.h>

#include "api/call.h"
#include "api/scan.h"
#include "base/metrics.h"
#include "base/time.h"

enum { BASIC_SIZE_MAX = 256 };

static void unauthorized(struct call *call, const char *message)
{
    request_answer_header(call->request, "WWW-Authenticate", TEXT("Bearer"));
    answer_failure(call, 401, "unauthorized", message, NULL);
}

/* The user name of "Basic ...", where Segment's clients put the key. */
static struct text basic_user(struct call *call, struct text encoded)
{
    unsigned char *bytes = arena_alloc(&call->request->arena, BASIC_SIZE_MAX);
    size_t size = 0;

    if (encoded.size > BASIC_SIZE_MAX ||
        sodium_base642bin(bytes, BASIC_SIZE_MAX, encoded.data, encoded.size, NULL, &size, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return TEXT("");
    struct text pair = {(const char *)bytes, size};

    return text_cut(&pair, ':');
}

/* The key in the Authorization header: absent without one, "" when there is one without a key. */
static struct text header_key(struct call *call)
{
    struct text rest = request_header(call->request, "Authorization");

    if (rest.data == NULL)
        return rest;
    rest = text_trim(rest);
    struct text scheme = text_cut(&rest, ' ');

    if (rest.data != NULL && text_equal_nocase(scheme, TEXT("Bearer")))
        return text_trim(rest);
    if (rest.data != NULL && text_equal_nocase(scheme, TEXT("Basic")))
        return basic_user(call, text_trim(rest));
    return TEXT("");
}

/* The key in the address: `key` or `writeKey`; of both, the secret one, which is refused. */
static struct text query_key(const struct call *call)
{
    struct text key = call_parameter(call, "key"), other = call_parameter(call, "writeKey");

    return key.data == NULL || key_kind_claimed(other) == KEY_SECRET ? other : key;
}

/* "https://shop.example" is our own when it names the host that was asked. */
static bool origin_is_own(const struct call *call, struct text origin)
{
    struct text host = request_header(call->request, "Host");
    const char *schemes[] = {"http://", "https://"};

    for (size_t i = 0; i < COUNT(schemes); i++) {
        size_t size = strlen(schemes[i]);

        if (text_starts(origin, schemes[i]) && host.size > 0 &&
            text_equal((struct text){origin.data + size, origin.size - size}, host))
            return true;
    }
    return false;
}

static bool origin_allowed(const struct call *call, struct text origin)
{
    struct text rest = text_from(call->api->shop->settings.origins);

    if (text_is(origin, "null"))
        return false;
    while (rest.data != NULL) {
        struct text listed = text_cut(&rest, ' ');

        if (listed.size > 0 && text_equal(listed, origin))
            return true;
    }
    return origin_is_own(call, origin);
}

/* Browsers say where a page came from; from elsewhere than the shop's own pages nothing is taken.
 */
static bool admit_origin(struct call *call)
{
    struct text origin = request_header(call->request, "Origin");

    if (origin.data == NULL || call->request->local)
        return true;
    request_answer_header(call->request, "Vary", TEXT("Origin"));
    if (!origin_allowed(call, origin)) {
        answer_failure(
            call, 403, "forbidden",
            "this origin may not call; the shop's `origins` setting names those that may", NULL);
        return false;
    }
    request_answer_header(call->request, "Access-Control-Allow-Origin", origin);
    return true;
}

static bool admit_rate(struct call *call, struct rates *rates, struct text who, uint32_t per_minute)
{
    uint32_t retry_s = 0;

    if (rates_pass(rates, who.data, who.size, per_minute, time_monotonic_ns(), &retry_s))
        return true;
    metric_add(METRIC_http_refused_total, 1);
    answer_retry_after(call->request, retry_s);
    answer_failure(call, 429, "rate_limited", "too many requests; try again later", NULL);
    return false;
}

static bool admit_address(struct call *call)
{
    struct address counted = address_household(call->client);

    if (call_trusted(call))
        return true;
    return admit_rate(call, call->api->address_rates,
                      (struct text){(const char *)counted.bytes, sizeof(counted.bytes)},
                      call->api->shop->settings.rate_address_per_minute);
}

bool admit_visitor(struct call *call, struct text visitor)
{
    if (call_trusted(call) || visitor.size == 0)
        return true;
    return admit_rate(call, call->api->visitor_rates, visitor,
                      call->api->shop->settings.rate_visitor_per_minute);
}

bool call_naming(struct call *call, enum naming *out)
{
    if (naming_find(call_parameter(call, "naming"), out))
        return true;
    answer_failure(call, 400, "invalid", "naming must be anonymous_id or user_id", "naming");
    return false;
}

bool admit_shopper(struct call *call, struct text *anonymous_id, struct text *user_id)
{
    struct text id = call->arguments[0];
    enum naming naming;

    *anonymous_id = *user_id = (struct text){0};
    if (id.size > EVENT_ID_MAX || !text_utf8_valid(id)) {
        answer_failure(call, 400, "invalid", "an identifier has 1 to 128 bytes of UTF-8", "id");
        return false;
    }
    if (identifier_blocked(id)) {
        answer_failure(call, 400, "invalid",
                       "this is a placeholder that stands for nobody, not a shopper's id", "id");
        return false;
    }
    if (!call_naming(call, &naming))
        return false;
    if (naming == NAMING_EITHER && call_trusted(call)) {
        answer_failure(call, 400, "invalid",
                       "say what the id names: naming=anonymous_id or naming=user_id", "naming");
        return false;
    }
    if (naming == NAMING_USER && !call_trusted(call) &&
        !user_token_valid(call_parameter(call, "user_token"), id, call->api->shop->keys.token_key,
                          call->now_ms)) {
        answer_failure(call, 403, "bad_token",
                       "a user_id under a public key needs a user_token, signed by the shop's "
                       "server and not expired",
                       "user_token");
        return false;
    }
    *(naming == NAMING_USER ? user_id : anonymous_id) = id;
    return admit_visitor(call, id);
}

/* Judge a key that was found. */
static bool admit_key(struct call *call, struct text key)
{
    call->grant = key_ring_check(call->api->keys, key, &call->key_number);
    if (!admit_address(call))
        return false;
    if (call->grant == KEY_NONE) {
        unauthorized(call, "the key is unknown or revoked");
        return false;
    }
    if (call->grant == KEY_PUBLIC && call->route->scope == MANAGE) {
        answer_failure(call, 403, "forbidden", "this needs a secret key", NULL);
        return false;
    }
    return true;
}

bool admit_head(struct call *call)
{
    struct text from_query = query_key(call), key = header_key(call);

    if (call->request->local) {
        call->grant = KEY_SECRET;
        return true;
    }
    if (call->route->scope == OPEN)
        return true;
    if (!admit_origin(call))
        return false;
    if (key_kind_claimed(from_query) == KEY_SECRET) {
        unauthorized(call, "a secret key must not stand in an address, where logs keep it; revoke "
                           "it and send its successor in the Authorization header");
        return false;
    }
    if (key.data == NULL)
        key = from_query;
    if (key.data != NULL)
        return admit_key(call, key);
    if (call->route->body == BODY_JSON && request_has_body(call->request))
        return true; /* it may stand in the body */
    if (admit_address(call))
        unauthorized(call, "a key is needed: Authorization: Bearer ...");
    return false;
}

bool admit_body(struct call *call)
{
    struct text key;

    if (call->grant != KEY_NONE || call->route->scope == OPEN)
        return true;
    key = scan_string(scan_member(call->request->body, "writeKey"));
    if (key.data != NULL)
        return admit_key(call, key);
    if (admit_address(call))
        unauthorized(call, "a key is needed: Authorization: Bearer ... or writeKey in the body");
    return false;
}

/* What a browser asks before it sends a request with a key. */
void preflight(struct call *call, unsigned allowed)
{
    SCOPED(buffer_free) struct buffer methods = {.data = NULL};

    for (unsigned m = 0; m < HTTP_OTHER; m++) {
        if ((allowed & (1U << m)) == 0)
            continue;
        buffer_add_string(&methods, methods.size > 0 ? ", " : "");
        buffer_add_string(&methods, http_method_word((enum http_method)m));
    }
    if (!admit_origin(call))
        return;
    request_answer_header(call->request, "Allow", buffer_text(&methods));
    request_answer_header(call->request, "Access-Control-Allow-Methods", buffer_text(&methods));
    request_answer_header(call->request, "Access-Control-Allow-Headers",
                          TEXT("Authorization, Content-Type"));
    request_answer_header(call->request, "Access-Control-Max-Age", TEXT("600"));
    request_answer(call->request, 204, NULL);
}
