/* SPDX-License-Identifier: Apache-2.0 */
/* call: one request on its way through the api: begin (route, key, origin, rate), handle (key in
 * the body), the route's own function, and the answers they give. Private to api/.
 *
 * Lifetime   a call lives in its request's arena. */
#ifndef API_CALL_H
#define API_CALL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "api/api.h"
#include "api/jobs.h"
#include "api/rates.h"
#include "api/routes.h"
#include "base/json.h"
#include "net/request.h"
#include "net/server.h"
#include "paths/person.h"
#include "store/keys.h"

struct event_call;

struct api {
    struct shop *shop;
    struct api_options options;
    struct server *server;
    char socket_path[4096 + 16]; /* lives as long as the server */
    struct key_ring *keys;
    struct rates *address_rates, *visitor_rates;
    struct address_list proxies;
    struct jobs *changes, *replays, *persons, *audits;
    atomic_ullong audits_begun;
    struct buffer audit;   /* the newest report; of the audits' thread alone */
    uint64_t audit_number; /* which one begun it is; 0: none */
    struct buffer openapi;
    atomic_bool write_failed; /* the last write did not come through */
    pthread_mutex_t spare_lock;
    struct event_call *spare; /* for reuse */
    size_t spare_count;
};

struct call {
    struct api *api;
    struct request *request;
    const struct route *route;
    struct text arguments[ROUTE_ARGUMENTS_MAX];
    enum key_kind grant; /* what the key is good for; KEY_SECRET over the socket */
    int64_t key_number;  /* of the key; 0 over the socket */
    struct address client;
    int64_t now_ms;
    uint64_t audits_begun; /* when it came: of an audit */
    struct job job;        /* when a job thread works the answer out, by `later` */
    void (*later)(struct call *call);
};

/* Over the socket or with a secret key. */
bool call_trusted(const struct call *call);
/* The browser says Sec-GPC: 1, Global Privacy Control; no other value means anything. */
bool call_gpc(const struct call *call);
/* Who acts: by the parameter author, else by the way they came; and that way, "key 2" or "socket". */
struct actor call_actor(struct call *call);
struct text call_parameter(const struct call *call, const char *name);

/* Answers. Each is the last thing a route's function does. */
void answer_json_body(struct call *call, unsigned status); /* what was written to request->answer */
void answer_failure(struct call *call, unsigned status, const char *code, const char *message,
                    const char *field); /* field: NULL none */
/* The HTTP status of a status; 503 gets a Retry-After. */
void answer_error(struct call *call, const struct error *err, const char *field);
void answer_retry_after(struct request *request, uint32_t seconds);

/* {"error": {...}} alone, for whoever adds to it. */
void error_object(struct json *j, const char *code, struct text message, const char *field);

/* A yes-or-no parameter; false with a failure answered when it is neither. Absent is no. */
bool call_flag(struct call *call, const char *name, bool *out);
/* A whole number; absent leaves `*out` alone. */
bool call_number(struct call *call, const char *name, uint32_t max, uint32_t *out);

/* 400 with every mistake of a document and its place. */
void answer_problems(struct call *call, const struct problems *problems, const char *sentence);

/* The question in the query, without its surface; false after answering 400. */
struct question;
bool question_of_query(struct call *call, struct question *q);

/* Have `run` work on one of the api's job threads; 503 when its queue is full. */
void call_later(struct call *call, struct jobs *jobs, void (*run)(struct call *call));

/* Access (access.c). `admit_head` answers, and says false, when the request may not go on; a key
 * may still be missing then, to be looked for in the body by `admit_body`. */
bool admit_head(struct call *call);
bool admit_body(struct call *call);
bool admit_visitor(struct call *call, struct text visitor);
/* What the parameter naming says; false after answering 400. */
bool call_naming(struct call *call, enum naming *out);
/* Whose a path's first argument is by the parameter naming, into one of the two: under a public key a
 * visitor's, or a customer's whose user_token comes along. A secret key must say which: the same word may
 * name one of each. False after an answer. */
bool admit_shopper(struct call *call, struct text *anonymous_id, struct text *user_id);
void preflight(struct call *call, unsigned allowed);

/* The routes' functions. */
#define ROUTE_FUNCTION(name) void name(struct call *call)
ROUTE_FUNCTION(events_post);
ROUTE_FUNCTION(products_put);
ROUTE_FUNCTION(product_change);
ROUTE_FUNCTION(product_unpublish);
ROUTE_FUNCTION(stock_post);
ROUTE_FUNCTION(recommendations_get);
ROUTE_FUNCTION(recommendations_post);
ROUTE_FUNCTION(page_post);
ROUTE_FUNCTION(decision_get);
ROUTE_FUNCTION(consent_get);
ROUTE_FUNCTION(consent_put);
ROUTE_FUNCTION(contact_get);
ROUTE_FUNCTION(contact_put);
ROUTE_FUNCTION(contact_delete);
ROUTE_FUNCTION(shopper_delete);
ROUTE_FUNCTION(shopper_export);
ROUTE_FUNCTION(absent_get);
ROUTE_FUNCTION(preferences_get);
ROUTE_FUNCTION(preferences_put);
ROUTE_FUNCTION(program_get);
ROUTE_FUNCTION(program_put);
ROUTE_FUNCTION(program_check);
ROUTE_FUNCTION(program_try_post);
ROUTE_FUNCTION(program_rollback);
ROUTE_FUNCTION(versions_get);
ROUTE_FUNCTION(version_get);
ROUTE_FUNCTION(admin_log_get);
ROUTE_FUNCTION(program_verify_get);
ROUTE_FUNCTION(audit_get);
ROUTE_FUNCTION(train_post);
ROUTE_FUNCTION(generations_get);
ROUTE_FUNCTION(generation_use);
ROUTE_FUNCTION(health_get);
ROUTE_FUNCTION(ready_get);
ROUTE_FUNCTION(metrics_get);
ROUTE_FUNCTION(openapi_get);
ROUTE_FUNCTION(import_events_post);
ROUTE_FUNCTION(import_catalog_post);
ROUTE_FUNCTION(refused_replay_post);
ROUTE_FUNCTION(keys_get);
ROUTE_FUNCTION(keys_post);
ROUTE_FUNCTION(key_revoke);
ROUTE_FUNCTION(shopper_get);
ROUTE_FUNCTION(shopper_split_post);
ROUTE_FUNCTION(shopper_join_post);

/* events.c */
void event_calls_free(struct api *api);

/* local.c: take over what the store's keys are now. */
MUST_USE enum status keys_reload(struct api *api, struct error *err);

#endif
