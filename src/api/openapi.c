/* SPDX-License-Identifier: Apache-2.0 */
/* The documents made from the route table: OpenAPI 3.1 and a table in Markdown. */
#include <string.h>

#include "api/api.h"
#include "api/routes.h"
#include "base/json.h"
#include "candidates/candidates.h"

static const struct {
    const char *name, *schema;
} schemas[] = {
#define SCHEMA(name, schema) {#name, schema},
#include "api/schemas.def"
#undef SCHEMA
};

static void reference(struct json *j, const char *schema)
{
    struct buffer path = {0};

    buffer_printf(&path, "#/components/schemas/%s", schema);
    json_object_begin(j);
    json_key_text(j, "$ref", buffer_text(&path));
    json_object_end(j);
    buffer_free(&path);
}

/* {"content": {TYPE: {"schema": ...}}} without its braces. */
static void content(struct json *j, const char *type, const char *schema)
{
    json_key(j, "content");
    json_object_begin(j);
    json_key(j, type);
    json_object_begin(j);
    if (schema[0] != '\0') {
        json_key(j, "schema");
        reference(j, schema);
    }
    json_object_end(j);
    json_object_end(j);
}

static void parameter(struct json *j, struct text name, const char *in)
{
    const struct parameter_row *row = parameter_find(name);

    json_object_begin(j);
    json_key_text(j, "name", name);
    json_key_string(j, "in", in);
    json_key_string(j, "description", row->help);
    json_key_bool(j, "required", strcmp(in, "path") == 0);
    json_key(j, "schema");
    json_object_begin(j);
    json_key_string(j, "type", row->type);
    json_object_end(j);
    json_object_end(j);
}

/* The header If-Match, of routes that change a version. */
static void condition(struct json *j)
{
    json_object_begin(j);
    json_key_string(j, "name", "If-Match");
    json_key_string(j, "in", "header");
    json_key_string(j, "description",
                    "The ETag of the version this changes, as GET /v1/program gives it; * for "
                    "whichever rules.");
    json_key_bool(j, "required", true);
    json_key(j, "schema");
    json_object_begin(j);
    json_key_string(j, "type", "string");
    json_object_end(j);
    json_object_end(j);
}

/* Those of the path, then those of the query. */
static void route_parameters(struct json *j, const struct route *route)
{
    struct text path = text_from(route->path), query = text_from(route->parameters);

    json_key(j, "parameters");
    json_array_begin(j);
    while (path.data != NULL) {
        struct text part = text_cut(&path, '/');

        if (text_starts(part, "{"))
            parameter(j, (struct text){part.data + 1, part.size - 2}, "path");
    }
    while (query.data != NULL) {
        struct text name = text_cut(&query, ' ');

        if (name.size > 0)
            parameter(j, name, "query");
    }
    if (route_conditional(route))
        condition(j);
    json_array_end(j);
}

static void route_body(struct json *j, const struct route *route)
{
    static const char *const types[] = {NULL, "application/json", "application/yaml",
                                        "application/octet-stream"};

    if (route->body == BODY_NONE)
        return;
    json_key(j, "requestBody");
    json_object_begin(j);
    json_key_bool(j, "required", true);
    content(j, types[route->body], route->request);
    json_object_end(j);
}

static void error_answer(struct json *j, const char *status, const char *description)
{
    json_key(j, status);
    json_object_begin(j);
    json_key_string(j, "description", description);
    content(j, "application/json", "Error");
    json_object_end(j);
}

static void route_answers(struct json *j, const struct route *route)
{
    json_key(j, "responses");
    json_object_begin(j);
    json_key(j, strcmp(route->operation, "train") == 0 ? "202" : "200");
    json_object_begin(j);
    json_key_string(j, "description", route->help);
    content(j, route->answer[0] != '\0' ? "application/json" : "text/plain", route->answer);
    json_object_end(j);
    if (route->scope != OPEN) {
        error_answer(j, "400", "The request is wrong; the error names the field.");
        error_answer(j, "401", "No key, or an unknown or revoked one.");
        error_answer(j, "403", "The key, the origin or the user_token does not allow it.");
        error_answer(j, "429", "Over the rate of this address or visitor; see Retry-After.");
    }
    if (route_conditional(route)) {
        error_answer(j, "412", "Another version rules than If-Match names.");
        error_answer(j, "428", "There is no If-Match.");
    }
    if (strchr(route->path, '{') != NULL)
        error_answer(j, "404", "There is no such thing.");
    if (route->body_max > 0)
        error_answer(j, "413", "The body is over its bound.");
    error_answer(j, "503", "Not now; see Retry-After.");
    json_object_end(j);
}

static void route_security(struct json *j, const struct route *route)
{
    static const char *const ways[] = {"bearer", "basic", "query"};

    json_key(j, "security");
    json_array_begin(j);
    for (size_t i = 0; route->scope != OPEN && i < (route->scope == MANAGE ? 2 : 3); i++) {
        json_object_begin(j);
        json_key(j, ways[i]);
        json_array_begin(j);
        json_array_end(j);
        json_object_end(j);
    }
    json_array_end(j);
}

static void route_json(struct json *j, const struct route *route)
{
    static const char *const methods[] = {"get", "post", "put", "patch", "delete"};

    json_key(j, methods[route->method]);
    json_object_begin(j);
    json_key_string(j, "operationId", route->operation);
    json_key_string(j, "summary", route->help);
    route_security(j, route);
    route_parameters(j, route);
    route_body(j, route);
    route_answers(j, route);
    json_object_end(j);
}

/* All methods of a path under its name. Routes of the socket are left to the command line. */
static void paths_json(struct json *j)
{
    json_key(j, "paths");
    json_object_begin(j);
    for (size_t i = 0; i < route_count; i++) {
        bool first = routes[i].scope != LOCAL;

        for (size_t k = 0; k < i; k++)
            first = first && strcmp(routes[k].path, routes[i].path) != 0;
        if (!first)
            continue;
        json_key(j, routes[i].path);
        json_object_begin(j);
        for (size_t k = i; k < route_count; k++)
            if (strcmp(routes[k].path, routes[i].path) == 0)
                route_json(j, &routes[k]);
        json_object_end(j);
    }
    json_object_end(j);
}

/* The rows are written with single quotes, which none of them has inside. */
static void schema_json(struct json *j, const char *schema)
{
    struct buffer text = {0};

    for (const char *c = schema; *c != '\0'; c++)
        buffer_add_char(&text, *c == '\'' ? '"' : *c);
    json_raw(j, buffer_text(&text));
    buffer_free(&text);
}

/* {"enum": [...]} of the words from 0 to `count`. */
static void words_json(struct json *j, const char *name, const char *(*word)(int), int count)
{
    json_key(j, name);
    json_object_begin(j);
    json_key(j, "enum");
    json_array_begin(j);
    for (int i = 0; i < count; i++)
        json_text_from(j, word(i));
    json_array_end(j);
    json_object_end(j);
}

static const char *rung_at(int i)
{
    return rung_word((enum rung)i);
}

static const char *source_at(int i)
{
    return source_word((enum source_kind)i);
}

static void components_json(struct json *j)
{
    json_key(j, "components");
    json_object_begin(j);
    json_key(j, "schemas");
    json_object_begin(j);
    for (size_t i = 0; i < COUNT(schemas); i++) {
        json_key(j, schemas[i].name);
        schema_json(j, schemas[i].schema);
    }
    words_json(j, "Rung", rung_at, RUNG_COUNT);
    words_json(j, "Source", source_at, SOURCE_COUNT);
    json_object_end(j);
    json_key(j, "securitySchemes");
    schema_json(
        j, "{'bearer':{'type':'http','scheme':'bearer','description':'A public or secret key.'},"
           "'basic':{'type':'http','scheme':'basic','description':'The key as user name.'},"
           "'query':{'type':'apiKey','in':'query','name':'key','description':'Public keys "
           "only, where no header can be set.'}}");
    json_object_end(j);
}

void api_openapi(struct buffer *out)
{
    struct json j = json_to(out);

    json_object_begin(&j);
    json_key_string(&j, "openapi", "3.1.0");
    json_key(&j, "info");
    json_object_begin(&j);
    json_key_string(&j, "title", "Endcap");
    json_key_string(&j, "version", "1");
    json_key_string(&j, "description",
                    "Record what shoppers do, and get products with reasons. A key comes as "
                    "Authorization: Bearer, as Basic user name, as writeKey in a JSON body, or, "
                    "public keys only, as the parameter key.");
    json_object_end(&j);
    paths_json(&j);
    components_json(&j);
    json_object_end(&j);
    buffer_add_char(out, '\n');
}

void api_document(struct buffer *out)
{
    buffer_add_string(out, "| route | key | body up to | what it does |\n|---|---|---|---|\n");
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &routes[i];

        buffer_printf(out, "| `%s %s` | %s | ", http_method_word(r->method), r->path,
                      scope_word(r->scope));
        if (r->body == BODY_STREAM)
            buffer_add_string(out, "any size");
        else if (r->body_max > 0)
            buffer_printf(out, "%u KiB", r->body_max / 1024);
        buffer_printf(out, " | %s |\n", r->help);
    }
}
