/* SPDX-License-Identifier: Apache-2.0 */
#include "api/routes.h"

#include <string.h>

#include "api/call.h"

#define ASKER_PARAMETERS                                                                           \
    "item_id category cart limit lang device country utm_source utm_medium utm_campaign "          \
    "age_verified"
#define ANSWER_PARAMETERS "anonymous_id user_id user_token " ASKER_PARAMETERS " why"
#define FILE_PARAMETERS   "name from map time_format time_zone encoding delimiter currency no_header"
#define CHANGE_PARAMETERS "author reason"
#define TRY_PARAMETERS    "surface anonymous_id user_id " ASKER_PARAMETERS

/* clang-format off */
const struct route routes[] = {
    {HTTP_POST, "/v1/events", events_post, COLLECT, BODY_JSON, EVENTS_BODY_MAX, "recordEvents",
     "Record what shoppers did: one event, or up to 1,000; what is answered 200 is on disk.",
     "", "Events", "EventResults"},
    {HTTP_PUT, "/v1/products", products_put, MANAGE, BODY_JSON, PRODUCTS_BODY_MAX, "putProducts",
     "Add or replace up to 1,000 products; the next answer knows them.",
     "", "Products", "ProductResults"},
    {HTTP_PATCH, "/v1/products/{id}", product_change, MANAGE, BODY_JSON, PRODUCTS_BODY_MAX, "patchProduct",
     "Replace the given fields of a product; null removes one.",
     "", "Product", "ProductResults"},
    {HTTP_DELETE, "/v1/products/{id}", product_unpublish, MANAGE, BODY_NONE, 0, "unpublishProduct",
     "Unpublish a product: it is not shown any more.",
     "", "", "ProductResults"},
    {HTTP_POST, "/v1/stock", stock_post, MANAGE, BODY_JSON, EVENTS_BODY_MAX, "setStock",
     "Set stock and availability of up to 1,000 products and variants.",
     "", "Stock", "ProductResults"},
    {HTTP_GET, "/v1/recommendations/{surface}", recommendations_get, READ, BODY_NONE, 0, "recommend",
     "Products for one surface, each with its reason.",
     ANSWER_PARAMETERS, "", "Answer"},
    {HTTP_POST, "/v1/recommendations/{surface}", recommendations_post, READ, BODY_JSON, SMALL_BODY_MAX, "recommendByBody",
     "The same, asked in a body.",
     "", "Question", "Answer"},
    {HTTP_POST, "/v1/recommendations", page_post, READ, BODY_JSON, SMALL_BODY_MAX, "recommendPage",
     "Products for up to 8 surfaces of one page, no product twice.",
     "", "PageQuestion", "Answers"},
    {HTTP_GET, "/v1/shoppers/{id}/preferences", preferences_get, READ, BODY_NONE, 0, "getPreferences",
     "What a shopper asked of the shop, and what is known of them.",
     "naming user_token", "", "Preferences"},
    {HTTP_PUT, "/v1/shoppers/{id}/preferences", preferences_put, READ, BODY_JSON, SMALL_BODY_MAX, "putPreferences",
     "Less of this, never this, more variety, no personalization, forget what I did; the next answer obeys.",
     "naming user_token", "PreferencesChange", "Preferences"},
    {HTTP_GET, "/v1/decisions/{request_id}", decision_get, MANAGE, BODY_NONE, 0, "explainDecision",
     "An earlier answer, replayed from the journal, with its trail and told as a story.",
     "", "", "Decision"},
    {HTTP_DELETE, "/v1/shoppers/{id}", shopper_delete, MANAGE, BODY_NONE, 0, "eraseShopper",
     "Erase a person: events, profile, decisions, refused items; what comes late is not recorded.",
     "naming author", "", "Erased"},
    {HTTP_GET, "/v1/shoppers/{id}/consent", consent_get, READ, BODY_NONE, 0, "getConsent",
     "What a shopper allows, per purpose, who said so and when.",
     "naming user_token", "", "Consent"},
    {HTTP_PUT, "/v1/shoppers/{id}/consent", consent_put, COLLECT, BODY_JSON, SMALL_BODY_MAX, "stateConsent",
     "State what a shopper allows; purposes left out stay as they are.",
     "naming user_token", "ConsentStatement", "Consent"},
    {HTTP_GET, "/v1/shoppers/{id}/contact", contact_get, MANAGE, BODY_NONE, 0, "getContacts",
     "The e-mail addresses kept of a person, each with the consent it stands on.",
     "naming", "", "Contacts"},
    {HTTP_PUT, "/v1/shoppers/{id}/contact", contact_put, MANAGE, BODY_JSON, SMALL_BODY_MAX, "putContact",
     "Keep an e-mail address of a shopper who allows e-mail; 409 when they do not. Without naming the id is a visitor's.",
     "naming", "Contact", "Contacts"},
    {HTTP_DELETE, "/v1/shoppers/{id}/contact", contact_delete, MANAGE, BODY_NONE, 0, "removeContacts",
     "Remove all e-mail addresses kept of a person; what they consent to stays.",
     "naming", "", "ContactsRemoved"},
    {HTTP_GET, "/v1/shoppers/{id}/export", shopper_export, MANAGE, BODY_NONE, 0, "exportShopper",
     "Everything held on a person.",
     "naming", "", "ShopperExport"},
    {HTTP_GET, "/v1/recommendations/{surface}/why/{id}", absent_get, MANAGE, BODY_NONE, 0, "explainAbsence",
     "Why a product is not shown on a surface to this shopper, now.",
     "anonymous_id user_id " ASKER_PARAMETERS, "", "Absence"},
    {HTTP_GET, "/v1/program", program_get, MANAGE, BODY_NONE, 0, "getProgram",
     "The program as it is applied.",
     "", "", "Program"},
    {HTTP_PUT, "/v1/program", program_put, MANAGE, BODY_YAML, PROGRAM_BYTES_MAX, "applyProgram",
     "Check a program and apply it as the next version, over the one that If-Match names.",
     CHANGE_PARAMETERS, "ProgramDocument", "Applied"},
    {HTTP_POST, "/v1/program/check", program_check, MANAGE, BODY_YAML, PROGRAM_BYTES_MAX, "checkProgram",
     "Every mistake of a program, with its place.",
     "", "ProgramDocument", "Checked"},
    {HTTP_POST, "/v1/program/try", program_try_post, MANAGE, BODY_YAML, PROGRAM_BYTES_MAX, "tryProgram",
     "What a surface shows, and what it would show with this program; nothing is kept.",
     TRY_PARAMETERS, "ProgramDocument", "Tried"},
    {HTTP_GET, "/v1/program/versions", versions_get, MANAGE, BODY_NONE, 0, "listVersions",
     "Every version of the program there was: when, who, why, how many lines.",
     "", "", "Versions"},
    {HTTP_GET, "/v1/program/versions/{number}", version_get, MANAGE, BODY_NONE, 0, "getVersion",
     "A version of the program, and how it differs from another.",
     "against", "", "Program"},
    {HTTP_POST, "/v1/program/rollback", program_rollback, MANAGE, BODY_JSON, SMALL_BODY_MAX, "rollbackProgram",
     "Make an earlier version the next one, over the one that If-Match names.",
     "", "Rollback", "Applied"},
    {HTTP_GET, "/v1/program/log", admin_log_get, MANAGE, BODY_NONE, 0, "listAdminLog",
     "The administrative log: who did what, when, and by which way they came.",
     "", "", "AdminLog"},
    {HTTP_GET, "/v1/program/verify", program_verify_get, MANAGE, BODY_NONE, 0, "verifyProgram",
     "Whether the administrative log, the versions and the keys are what was written.",
     "anchor", "", "Verified"},
    {HTTP_GET, "/v1/audit", audit_get, MANAGE, BODY_NONE, 0, "audit",
     "Are events, people and catalog sound, and what may be switched on: reads the whole journal.",
     "", "", "Audit"},
    {HTTP_POST, "/v1/train", train_post, MANAGE, BODY_NONE, 0, "train",
     "Start building a generation; it is published when it is ready.",
     "", "", "Started"},
    {HTTP_GET, "/v1/generations", generations_get, MANAGE, BODY_NONE, 0, "listGenerations",
     "The generations kept, and which one serves.",
     "", "", "Generations"},
    {HTTP_POST, "/v1/generations/{number}/use", generation_use, MANAGE, BODY_NONE, 0, "useGeneration",
     "Serve from this generation from now on.",
     "author", "", "Serving"},
    {HTTP_GET, "/healthz", health_get, OPEN, BODY_NONE, 0, "health",
     "200 while the server answers.",
     "", "", "Health"},
    {HTTP_GET, "/readyz", ready_get, OPEN, BODY_NONE, 0, "readiness",
     "200 while it can do its work, 503 while it cannot write.",
     "", "", "Readiness"},
    {HTTP_GET, "/metrics", metrics_get, OPEN, BODY_NONE, 0, "metrics",
     "Counters in Prometheus' text format.",
     "", "", ""},
    {HTTP_GET, "/openapi.json", openapi_get, OPEN, BODY_NONE, 0, "openapi",
     "This document.",
     "", "", "Document"},
    {HTTP_POST, "/local/import/events", import_events_post, LOCAL, BODY_STREAM, 0, "importEvents",
     "Import a file of events, read as it comes.",
     FILE_PARAMETERS, "", "ImportCounts"},
    {HTTP_POST, "/local/import/catalog", import_catalog_post, LOCAL, BODY_STREAM, 0, "importCatalog",
     "Import a file of products, read as it comes.",
     FILE_PARAMETERS " full yes", "", "ImportCounts"},
    {HTTP_POST, "/local/refused/replay", refused_replay_post, LOCAL, BODY_NONE, 0, "replayRefused",
     "Try refused items again, after a fix.",
     "", "", "Replayed"},
    {HTTP_GET, "/local/keys", keys_get, LOCAL, BODY_NONE, 0, "listKeys",
     "The keys there are, without the keys themselves.",
     "", "", "Keys"},
    {HTTP_POST, "/local/keys", keys_post, LOCAL, BODY_JSON, SMALL_BODY_MAX, "addKey",
     "Make a key; it is shown this once.",
     "author", "NewKey", "MadeKey"},
    {HTTP_POST, "/local/keys/{number}/revoke", key_revoke, LOCAL, BODY_NONE, 0, "revokeKey",
     "Revoke a key, at once.",
     "author", "", "Revoked"},
    {HTTP_GET, "/local/shoppers/{identifier}", shopper_get, LOCAL, BODY_NONE, 0, "showShopper",
     "One person: identifiers, links with their evidence, sessions, alarms.",
     "", "", "Shopper"},
    {HTTP_POST, "/local/shoppers/{identifier}/split", shopper_split_post, LOCAL, BODY_NONE, 0, "splitShopper",
     "Part an identifier from what it was joined with.",
     "author reason", "", "Split"},
    {HTTP_POST, "/local/shoppers/{identifier}/join", shopper_join_post, LOCAL, BODY_NONE, 0, "joinShopper",
     "Say that two are one person.",
     "other author reason", "", "Joined"},
};
/* clang-format on */
const size_t route_count = COUNT(routes);

static const struct parameter_row parameters[] = {
#define PARAMETER(name, type, help) {#name, type, help},
#include "api/parameters.def"
#undef PARAMETER
};

const struct parameter_row *parameter_find(struct text name)
{
    for (size_t i = 0; i < COUNT(parameters); i++)
        if (text_is(name, parameters[i].name))
            return &parameters[i];
    return NULL;
}

bool route_conditional(const struct route *route)
{
    return route->run == program_put || route->run == program_rollback;
}

bool words_have(const char *words, struct text word)
{
    struct text rest = text_from(words);

    while (rest.data != NULL)
        if (text_equal(text_cut(&rest, ' '), word))
            return word.size > 0;
    return false;
}

const char *scope_word(enum scope scope)
{
    static const char *const words[] = {"anybody", "public or secret key", "public or secret key",
                                        "secret key", "socket"};

    return words[scope];
}

static bool path_matches(const char *path, const struct target *target,
                         struct text arguments[ROUTE_ARGUMENTS_MAX])
{
    struct text rest = text_from(path + 1);
    size_t at = 0, argument = 0;

    while (rest.data != NULL) {
        struct text part = text_cut(&rest, '/');

        if (at == target->segment_count)
            return false;
        if (text_starts(part, "{")) {
            if (target->segments[at].size == 0)
                return false;
            arguments[argument++] = target->segments[at];
        } else if (!text_equal(part, target->segments[at])) {
            return false;
        }
        at++;
    }
    return at == target->segment_count;
}

const struct route *route_find(enum http_method method, const struct target *target, bool local,
                               struct text arguments[ROUTE_ARGUMENTS_MAX], unsigned *allowed)
{
    *allowed = 0;
    for (size_t i = 0; i < route_count; i++) {
        if ((routes[i].scope == LOCAL && !local) ||
            !path_matches(routes[i].path, target, arguments))
            continue;
        if (routes[i].method == method)
            return &routes[i];
        *allowed |= 1U << routes[i].method;
    }
    return NULL;
}
