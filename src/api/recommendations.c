/* SPDX-License-Identifier: Apache-2.0 */
/* GET|POST /v1/recommendations/{surface}, POST /v1/recommendations, GET /v1/decisions/{request_id},
 * GET /v1/recommendations/{surface}/why/{id}. */
#include <string.h>

#include "api/body.h"
#include "api/call.h"
#include "paths/absent.h"
#include "paths/recommend.h"
#include "paths/replay.h"

enum { QUESTION_DEPTH_MAX = 6, QUESTION_LANGUAGE_MAX = 128, AGE_MAX = 150 };

/* A question while it is read: what it says, and who it says asks. */
struct asked {
    struct call *call;
    struct question question;
    struct text user_token;
    struct text device, country, source, medium, campaign; /* of the visit */
};

/* False after answering 400. */
static bool wrong(struct call *call, const char *field, const char *message)
{
    answer_failure(call, 400, "invalid", message, field);
    return false;
}

static bool set_text(struct asked *a, const char *field, struct text value, size_t bytes_max,
                     struct text *out)
{
    if (value.size > bytes_max)
        return wrong(a->call, field, "this text is too long");
    if (!text_utf8_valid(value))
        return wrong(a->call, field, "this is not text in UTF-8");
    if (value.size > 0)
        *out = value;
    return true;
}

static bool set_limit(struct asked *a, int64_t limit)
{
    if (limit < 1 || limit > SURFACE_LIMIT_MAX)
        return wrong(a->call, "limit", "limit must be a whole number from 1 to 100");
    a->question.limit = (uint32_t)limit;
    return true;
}

static bool add_to_cart(struct asked *a, struct text item_id)
{
    struct question *q = &a->question;

    if (q->cart_count == RECOMMEND_CART_MAX)
        return wrong(a->call, "cart", "at most 50 products of the cart may be named");
    if (!set_text(a, "cart", item_id, EVENT_ID_MAX, &q->cart[q->cart_count]))
        return false;
    q->cart_count += item_id.size > 0;
    return true;
}

/* The fields that are texts, by name. */
static struct text *text_field(struct asked *a, struct text name, size_t *bytes_max)
{
    struct question *q = &a->question;
    const struct {
        const char *name;
        struct text *field;
        size_t bytes_max;
    } fields[] = {{"anonymous_id", &q->anonymous_id, EVENT_ID_MAX},
                  {"user_id", &q->user_id, EVENT_ID_MAX},
                  {"user_token", &a->user_token, EVENT_TEXT_MAX},
                  {"item_id", &q->item_id, EVENT_ID_MAX},
                  {"category", &q->category, EVENT_TEXT_MAX},
                  {"lang", &q->language, QUESTION_LANGUAGE_MAX}};

    for (size_t i = 0; i < COUNT(fields); i++)
        if (text_is(name, fields[i].name)) {
            *bytes_max = fields[i].bytes_max;
            return fields[i].field;
        }
    return NULL;
}

/* The same for what a query says of how the shopper arrived. */
static struct text *arrival_field(struct asked *a, struct text name, size_t *bytes_max)
{
    const struct {
        const char *name;
        struct text *field;
    } fields[] = {{"device", &a->device},
                  {"country", &a->country},
                  {"utm_source", &a->source},
                  {"utm_medium", &a->medium},
                  {"utm_campaign", &a->campaign}};

    *bytes_max = EVENT_TEXT_MAX;
    for (size_t i = 0; i < COUNT(fields); i++)
        if (text_is(name, fields[i].name))
            return fields[i].field;
    return NULL;
}

static bool read_query(struct asked *a)
{
    const struct target *t = &a->call->request->target;
    struct text cart = call_parameter(a->call, "cart"), limit = call_parameter(a->call, "limit");
    int64_t number = 0;

    for (size_t i = 0; i < t->parameter_count; i++) {
        size_t bytes_max = 0;
        struct text *field = text_field(a, t->parameters[i].name, &bytes_max);

        if (field == NULL)
            field = arrival_field(a, t->parameters[i].name, &bytes_max);
        if (field != NULL &&
            !set_text(a, t->parameters[i].name.data, t->parameters[i].value, bytes_max, field))
            return false;
    }
    while (cart.data != NULL)
        if (!add_to_cart(a, text_trim(text_cut(&cart, ','))))
            return false;
    if (limit.data != NULL && !text_to_i64(limit, &number))
        number = 0;
    if (limit.data != NULL && !set_limit(a, number))
        return false;
    return call_number(a->call, "age_verified", AGE_MAX, &a->question.age_verified) &&
           call_flag(a->call, "why", &a->question.why);
}

static struct arrival arrival_of(const struct asked *a)
{
    return (struct arrival){.source = arrival_word(a->source),
                            .medium = arrival_word(a->medium),
                            .campaign = arrival_word(a->campaign),
                            .country = arrival_country(a->country),
                            .device = (uint8_t)device_of(a->device)};
}

bool question_of_query(struct call *call, struct question *q)
{
    struct asked a = {.call = call, .question = *q};

    if (!read_query(&a))
        return false;
    a.question.arrival = arrival_of(&a);
    *q = a.question;
    return true;
}

static bool read_cart(struct asked *a, const json_t *list)
{
    if (!json_is_array(list))
        return wrong(a->call, "cart", "cart must be a list of item ids");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        if (!json_is_string(item))
            return wrong(a->call, "cart", "cart must be a list of item ids");
        if (!add_to_cart(a, json_texted(item)))
            return false;
    }
    return true;
}

static bool read_surfaces(struct asked *a, const json_t *list)
{
    struct question *q = &a->question;

    if (!json_is_array(list) || json_array_size(list) == 0 ||
        json_array_size(list) > RECOMMEND_SURFACES_MAX)
        return wrong(a->call, "surfaces", "surfaces must be a list of 1 to 8 names");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *name = json_array_get(list, i);

        if (json_string_length(name) == 0)
            return wrong(a->call, "surfaces", "surfaces must be a list of 1 to 8 names");
        q->surfaces[q->surface_count++] = json_texted(name);
    }
    return true;
}

/* A text of the context, which may be missing. `name` is that of a refusal. */
static bool read_context_text(struct asked *a, const json_t *value, const char *name,
                              struct text *out)
{
    if (value == NULL || json_is_null(value))
        return true;
    if (!json_is_string(value))
        return wrong(a->call, name, "this must be text");
    return set_text(a, name, json_texted(value), EVENT_TEXT_MAX, out);
}

/* Years that the shop's server has seen proof of. */
static bool read_age(struct asked *a, const json_t *value)
{
    if (value == NULL || json_is_null(value))
        return true;
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > AGE_MAX)
        return wrong(a->call, "context.age_verified", "this must be a number of years");
    a->question.age_verified = (uint32_t)json_integer_value(value);
    return true;
}

/* What is known of the page, the device and where the shopper came from; the rest is passed over. */
static bool read_context(struct asked *a, const json_t *context)
{
    const json_t *campaign = json_object_get(context, "campaign");
    const struct {
        const json_t *of;
        const char *member, *name;
        struct text *out;
    } texts[] = {{context, "category", "context.category", &a->question.category},
                 {context, "locale", "context.locale", &a->question.language},
                 {context, "device", "context.device", &a->device},
                 {context, "country", "context.country", &a->country},
                 {context, "user_agent", "context.user_agent", &a->question.user_agent},
                 {campaign, "source", "context.campaign.source", &a->source},
                 {campaign, "medium", "context.campaign.medium", &a->medium},
                 {campaign, "name", "context.campaign.name", &a->campaign}};

    if (!json_is_object(context))
        return wrong(a->call, "context", "context must be an object");
    if (campaign != NULL && !json_is_null(campaign) && !json_is_object(campaign))
        return wrong(a->call, "context.campaign", "campaign must be an object");
    for (size_t i = 0; i < COUNT(texts); i++)
        if (texts[i].out->data == NULL &&
            !read_context_text(a, json_object_get(texts[i].of, texts[i].member), texts[i].name,
                               texts[i].out))
            return false;
    return read_age(a, json_object_get(context, "age_verified"));
}

static bool read_member(struct asked *a, const char *name, const json_t *value, bool page)
{
    size_t bytes_max = 0;
    struct text *field = text_field(a, text_from(name), &bytes_max);

    if (strcmp(name, "writeKey") == 0 || strcmp(name, "context") == 0 || json_is_null(value))
        return true;
    if (field != NULL)
        return json_is_string(value) ? set_text(a, name, json_texted(value), bytes_max, field)
                                     : wrong(a->call, name, "this must be text");
    if (strcmp(name, "limit") == 0)
        return set_limit(a, json_is_integer(value) ? json_integer_value(value) : 0);
    if (strcmp(name, "cart") == 0)
        return read_cart(a, value);
    if (strcmp(name, "surfaces") == 0 && page)
        return read_surfaces(a, value);
    if (strcmp(name, "why") == 0) {
        a->question.why = json_is_true(value);
        return json_is_boolean(value) || wrong(a->call, "why", "why must be true or false");
    }
    return wrong(a->call, name, "a question has no such field");
}

/* The texts of the question stay in `*json`, which the caller closes. */
static bool read_body(struct asked *a, bool page, json_t **json)
{
    struct text body = a->call->request->body;
    const json_t *context;
    const char *name;
    json_t *value;

    if (body.size == 0 && !page)
        return true;
    *json = body_object(a->call, QUESTION_DEPTH_MAX);
    if (*json == NULL)
        return false;
    json_object_foreach(*json, name, value)
    {
        if (!read_member(a, name, value, page))
            return false;
    }
    context = json_object_get(*json, "context");
    if (context != NULL && !json_is_null(context) && !read_context(a, context))
        return false;
    return a->question.surface_count > 0 ||
           wrong(a->call, "surfaces", "surfaces must be a list of 1 to 8 names");
}

/* Under a public key a user_id needs proof, an age is nobody's word, and trails are for operators. */
static bool asker_admitted(struct asked *a)
{
    const struct question *q = &a->question;
    struct call *call = a->call;

    if (!call_trusted(call) && q->why) {
        answer_failure(call, 403, "forbidden", "trails need a secret key", "why");
        return false;
    }
    if (!call_trusted(call) && q->age_verified > 0) {
        answer_failure(call, 403, "forbidden", "only a secret key can vouch for an age",
                       "context.age_verified");
        return false;
    }
    if (!call_trusted(call) && q->user_id.data != NULL &&
        !user_token_valid(a->user_token, q->user_id, call->api->shop->keys.token_key,
                          call->now_ms)) {
        answer_failure(call, 403, "bad_token",
                       "user_id under a public key needs a user_token, signed by the shop's server "
                       "and not expired",
                       "user_token");
        return false;
    }
    return admit_visitor(call, q->anonymous_id.data != NULL ? q->anonymous_id : q->user_id);
}

static void recommend_answer(struct asked *a, bool page)
{
    struct call *call = a->call;
    struct request *r = call->request;
    struct answer answers[RECOMMEND_SURFACES_MAX];
    struct error err = {0};

    if (!asker_admitted(a))
        return;
    a->question.now_ms = call->now_ms;
    a->question.gpc = call_gpc(call);
    a->question.vouched = call_trusted(call);
    a->question.arrival = arrival_of(a);
    if (a->question.language.data == NULL)
        a->question.language = request_header(r, "Accept-Language");
    memset(answers, 0, sizeof(answers));
    if (recommend(call->api->shop, &a->question, answers, &r->arena, &err) != OK) {
        answer_error(call, &err, err.status == ERR_NOT_FOUND ? "surface" : NULL);
        return;
    }
    if (page)
        buffer_add_string(&r->answer, "{\"answers\":[");
    for (size_t i = 0; i < a->question.surface_count; i++) {
        if (i > 0)
            buffer_add_char(&r->answer, ',');
        answer_json(&answers[i], &r->answer);
    }
    if (page)
        buffer_add_string(&r->answer, "]}");
    answer_json_body(call, 200);
}

void recommendations_get(struct call *call)
{
    struct asked a = {.call = call};

    a.question.surfaces[a.question.surface_count++] = call->arguments[0];
    if (read_query(&a))
        recommend_answer(&a, false);
}

void recommendations_post(struct call *call)
{
    SCOPED(json_close) json_t *json = NULL;
    struct asked a = {.call = call};

    a.question.surfaces[a.question.surface_count++] = call->arguments[0];
    if (read_body(&a, false, &json))
        recommend_answer(&a, false);
}

void page_post(struct call *call)
{
    SCOPED(json_close) json_t *json = NULL;
    struct asked a = {.call = call};

    if (read_body(&a, true, &json))
        recommend_answer(&a, true);
}

static void decision_job(struct call *call)
{
    struct error err = {0};

    if (replay_decision(call->api->shop, call->arguments[0], &call->request->answer, &err) != OK)
        answer_error(call, &err, "request_id");
    else
        answer_json_body(call, 200);
}

void decision_get(struct call *call)
{
    call_later(call, call->api->replays, decision_job);
}

static void absent_job(struct call *call)
{
    struct question q = {
        .surfaces = {call->arguments[0]}, .surface_count = 1, .now_ms = call->now_ms};
    struct error err = {0};

    if (!question_of_query(call, &q))
        return;
    if (absent_explain(call->api->shop, &q, call->arguments[1], &call->request->answer, &err) != OK)
        answer_error(call, &err, err.status == ERR_NOT_FOUND ? "surface" : NULL);
    else
        answer_json_body(call, 200);
}

void absent_get(struct call *call)
{
    call_later(call, call->api->replays, absent_job);
}
