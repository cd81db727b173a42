/* SPDX-License-Identifier: Apache-2.0 */
/* GET|PUT /v1/shoppers/{id}/consent. Under a public key the id is an anonymous visitor's, or a
 * customer's whose token comes along.
 *
 * GET|PUT|DELETE /v1/shoppers/{id}/contact, under a secret key: the addresses that a consent to e-mail
 * lets us keep. */
#include <string.h>

#include "api/body.h"
#include "api/call.h"
#include "base/time.h"
#include "paths/consenting.h"
#include "paths/contacting.h"

enum { CONSENT_DEPTH_MAX = 1, CONTACT_DEPTH_MAX = 1 };

static void purpose_json(struct json *j, const struct statement *s)
{
    char time[TIME_TEXT_SIZE];

    json_object_begin(j);
    json_key_bool(j, "allowed", s->allowed);
    json_key_bool(j, "stated", s->stated);
    json_key_string(j, "source", s->stated ? consent_source_word(s->source) : NULL);
    json_key_string(j, "time", s->stated ? time_print(s->time_ms, time) : NULL);
    json_object_end(j);
}

/* `said` (NULL: nothing) was stated just now. */
static void answer_consent(struct call *call, struct text anonymous_id, struct text user_id,
                           const struct consent_record *said)
{
    struct json j = json_to(&call->request->answer);
    struct consent c;

    if (call_trusted(call))
        consent_read(call->api->shop, anonymous_id, user_id, &c);
    else
        consent_read_browser(call->api->shop, anonymous_id, user_id, said, &c);
    json_object_begin(&j);
    for (int i = 0; i < PURPOSE_COUNT; i++) {
        json_key(&j, purpose_word((enum purpose)i));
        purpose_json(&j, &c.of[i]);
    }
    json_object_end(&j);
    answer_json_body(call, 200);
}

void consent_get(struct call *call)
{
    struct text anonymous_id, user_id;

    if (admit_shopper(call, &anonymous_id, &user_id))
        answer_consent(call, anonymous_id, user_id, NULL);
}

/* False after answering 400. */
static bool read_purposes(struct call *call, const json_t *body, struct consent_record *said)
{
    const char *name;
    const json_t *value;
    bool any = false;

    json_object_foreach((json_t *)(uintptr_t)body, name, value)
    {
        int purpose = 0;

        if (strcmp(name, "writeKey") == 0)
            continue;
        while (purpose < PURPOSE_COUNT && strcmp(name, purpose_word((enum purpose)purpose)) != 0)
            purpose++;
        if (purpose == PURPOSE_COUNT || !json_is_boolean(value)) {
            answer_failure(call, 400, "invalid",
                           "a consent is analytics, personalization or email, each true or false",
                           arena_text(&call->request->arena, text_from(name)).data);
            return false;
        }
        said->allowed[purpose] = json_is_true(value);
        any = true;
    }
    if (!any)
        answer_failure(call, 400, "invalid",
                       "say what is allowed: analytics, personalization or email", NULL);
    return any;
}

static void consent_put_job(struct call *call)
{
    SCOPED(json_close) json_t *body = body_object(call, CONSENT_DEPTH_MAX);
    struct consent_record said = {
        .allowed = {-1, -1, -1},
        .source = CONSENT_BY_SHOPPER,
        .time_ms = call->now_ms,
    };
    struct error err = {0};

    if (body == NULL || !admit_shopper(call, &said.anonymous_id, &said.user_id) ||
        !read_purposes(call, body, &said))
        return;
    if (call_trusted(call))
        said.source = CONSENT_BY_SHOP;
    if (consent_state(call->api->shop, &said, &err) != OK)
        answer_error(call, &err, NULL);
    else
        answer_consent(call, said.anonymous_id, said.user_id, &said);
}

void consent_put(struct call *call)
{
    call_later(call, call->api->changes, consent_put_job);
}

/* --- contact --- */

_Static_assert(CONTACTS_OF_PERSON_MAX == 5, "an answer below says so");

static void answer_contacts(struct call *call, enum naming naming)
{
    struct json j = json_to(&call->request->answer);
    struct error err = {0};

    if (shop_contacts_json(call->api->shop, call->arguments[0], naming, &j, &err) == OK) {
        answer_json_body(call, 200);
        return;
    }
    buffer_clear(&call->request->answer);
    answer_error(call, &err, "id");
}

static void contact_get_job(struct call *call)
{
    enum naming naming;

    if (call_naming(call, &naming))
        answer_contacts(call, naming);
}

/* False after answering 400. */
static bool read_contact(struct call *call, const json_t *body, struct contact_given *out)
{
    const char *name;
    const json_t *value;

    json_object_foreach((json_t *)(uintptr_t)body, name, value)
    {
        struct text *to = strcmp(name, "email") == 0    ? &out->address
                          : strcmp(name, "locale") == 0 ? &out->locale
                                                        : NULL;
        if (strcmp(name, "writeKey") == 0)
            continue;
        if (to == NULL || !(json_is_string(value) || (to == &out->locale && json_is_null(value)))) {
            answer_failure(call, 400, "invalid", "a contact is email and locale, both texts",
                           arena_text(&call->request->arena, text_from(name)).data);
            return false;
        }
        *to = json_texted(value);
    }
    return true;
}

static void contact_put_job(struct call *call)
{
    SCOPED(json_close) json_t *body = body_object(call, CONTACT_DEPTH_MAX);
    struct contact_given given = {.now_ms = call->now_ms};
    enum contact_outcome outcome;
    struct error err = {0};

    if (body == NULL || !admit_shopper(call, &given.anonymous_id, &given.user_id) ||
        !read_contact(call, body, &given))
        return;
    if (shop_contact_put(call->api->shop, &given, &outcome, &err) != OK)
        answer_error(call, &err, NULL);
    else if (outcome == CONTACT_NO_CONSENT)
        answer_failure(call, 409, "no_consent",
                       "they do not allow e-mail, so no address is kept; state a consent first, "
                       "with PUT /v1/shoppers/{id}/consent",
                       NULL);
    else if (outcome == CONTACT_TOO_MANY)
        answer_failure(call, 409, "too_many", "a person has at most 5 addresses; remove them first",
                       "email");
    else
        answer_contacts(call, given.user_id.size > 0 ? NAMING_USER : NAMING_ANONYMOUS);
}

static void contact_delete_job(struct call *call)
{
    struct json j = json_to(&call->request->answer);
    struct error err = {0};
    enum naming naming;
    uint64_t removed;

    if (!call_naming(call, &naming))
        return;
    if (shop_contacts_remove(call->api->shop, call->arguments[0], naming, &removed, &err) != OK) {
        answer_error(call, &err, "id");
        return;
    }
    json_object_begin(&j);
    json_key_u64(&j, "removed", removed);
    json_object_end(&j);
    answer_json_body(call, 200);
}

void contact_get(struct call *call)
{
    call_later(call, call->api->persons, contact_get_job);
}

void contact_put(struct call *call)
{
    call_later(call, call->api->changes, contact_put_job);
}

void contact_delete(struct call *call)
{
    call_later(call, call->api->changes, contact_delete_job);
}
