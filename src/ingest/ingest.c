/* SPDX-License-Identifier: Apache-2.0 */
/* ingest: from a body to entries of a batch. What one event must be is in shape.c and judge.c. */
#include "ingest/ingest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "consent/contacts.h"
#include "ingest/duplicates.h"
#include "ingest/person.h"
#include "ingest/shape.h"

static void reader_close(struct reader *r)
{
    arena_free(r->arena);
    buffer_free(&r->scratch);
}

/* The bytes from the token `first` to the one taken last, a value's end. */
static struct text value_bytes(const struct tokens *t, size_t first)
{
    size_t end = t->next < t->count ? t->at[t->next] : t->body.size;
    struct text bytes = {t->body.data + t->at[first], end - t->at[first]};

    /* a comma or bracket behind the value is the next token, so that only space can follow */
    return text_trim(bytes);
}

static bool check_size(struct text raw, struct refusal *why)
{
    return raw.size <= INGEST_EVENT_BYTES_MAX ||
           refuse(why, "too_long", "", "the event has %zu bytes; %d are allowed", raw.size,
                  INGEST_EVENT_BYTES_MAX);
}

/* An event that was judged becomes an entry; with its address, which only the shop itself may tell. */
static void accept(struct reader *r, const struct event *e, struct batch *batch, uint64_t line)
{
    struct text email = text_trim(r->email);

    batch_accept(batch, e, r->context->id_key, line);
    if (r->context->secret && email.size <= CONTACT_ADDRESS_MAX && person_is_email(email))
        batch_add_address(batch, email);
}

/* What was judged and refused; a choice of the shopper's is obeyed even so. */
static void decline(struct reader *r, const struct event *e, struct text raw, struct batch *batch,
                    uint64_t line)
{
    batch_refuse(batch, r->why, raw, r->context->person_key, line);
    if (strcmp(r->why->code, "no_consent") == 0 &&
        ((e->flags & EVENT_CONSENT_STATED) != 0 || e->type == EVENT_unsubscribe))
        batch_add_choice(batch, e);
}

/* The value that is next becomes one entry. False on a fault of the tokens: no entry was added. */
static bool add_event(struct reader *r, struct batch *batch)
{
    size_t first = r->tokens.next;
    struct refusal why;
    struct draft draft;

    r->why = &why;
    bool good = shape_event(r, &draft);
    if (r->tokens.fault != NULL)
        return false;
    if (!good) {
        r->tokens.next = first;
        if (!tokens_skip(&r->tokens))
            return false;
    }
    struct text raw = value_bytes(&r->tokens, first);
    if (!good || !check_size(raw, &why))
        batch_refuse(batch, &why, raw, r->context->person_key, 0);
    else if (judge(&draft.event, &draft.claim, r->context, r->arena, &why))
        accept(r, &draft.event, batch, 0);
    else
        decline(r, &draft.event, raw, batch, 0);
    arena_reset(r->arena);
    return true;
}

static enum status not_json(const struct tokens *t, struct error *err)
{
    size_t at = t->next < t->count ? t->at[t->next] : t->body.size;

    return error_set(err, ERR_INVALID, "the body is not JSON: %s (near byte %zu)", t->fault, at);
}

/* The list of events is next. */
static enum status add_events(struct reader *r, struct batch *batch, struct error *err)
{
    size_t count = 0;

    if (!tokens_take(&r->tokens, '['))
        return error_set(err, ERR_INVALID, "events must be a list");
    while (tokens_element(&r->tokens, &count)) {
        if (count > INGEST_BODY_EVENTS_MAX)
            return error_set(err, ERR_LIMIT, "a body has at most %d events",
                             INGEST_BODY_EVENTS_MAX);
        if (!add_event(r, batch))
            break;
    }
    return r->tokens.fault == NULL ? OK : not_json(&r->tokens, err);
}

/* Stands on the value of "events" when the body's object has it; on the object when it has not. */
static bool find_events(struct tokens *t)
{
    size_t members = 0;
    struct text key;

    (void)tokens_take(t, '{'); /* the caller looked */
    while (tokens_member(t, &members, &key)) {
        if (text_is(key, "\"events\""))
            return true;
        if (!tokens_skip(t))
            return false;
    }
    t->next = 0;
    return false;
}

/* The members behind the list of events. */
static void skip_rest(struct tokens *t)
{
    size_t members = 1;
    struct text key;

    while (tokens_member(t, &members, &key))
        if (!tokens_skip(t))
            return;
}

static enum status add_body(struct reader *r, struct batch *batch, struct error *err)
{
    struct tokens *t = &r->tokens;
    enum status status = OK;

    if (t->fault == NULL && tokens_peek(t) != '{')
        return error_set(err, ERR_INVALID, "the body must be one event or {\"events\": [...]}");
    if (t->fault == NULL && find_events(t)) {
        status = add_events(r, batch, err);
        if (status == OK)
            skip_rest(t);
    } else if (t->fault == NULL) {
        (void)add_event(r, batch); /* a fault is seen below */
    }
    if (status == OK && !tokens_end(t))
        status = not_json(t, err);
    return status;
}

enum status ingest_json(struct text body, const struct ingest_context *context, struct batch *batch,
                        struct error *err)
{
    struct arena arena = {0};
    SCOPED(reader_close) struct reader r = {.arena = &arena, .context = context};
    size_t count = batch->count, bytes_size = batch->bytes.size;
    enum status status;

    if (body.size > INGEST_BODY_BYTES_MAX)
        return error_set(err, ERR_LIMIT, "a body has at most %d bytes", INGEST_BODY_BYTES_MAX);
    (void)tokens_open(&r.tokens, body); /* a fault is told by add_body */
    status = add_body(&r, batch, err);
    if (status != OK)
        batch_truncate(batch, count, bytes_size);
    return status;
}

/* An id from the line itself, so that importing it again is seen. */
static struct text line_id(struct text line, uint64_t occurrence, const uint8_t key[16],
                           struct arena *a)
{
    uint64_t hash[2];

    duplicates_hash(line, key, hash);
    return text_from(arena_printf(a, "line-%016" PRIx64 "%016" PRIx64 "-%" PRIu64, hash[0], hash[1],
                                  occurrence));
}

static bool read_line(struct reader *r, struct text line, uint64_t occurrence, struct draft *draft)
{
    if (!check_size(line, r->why))
        return false;
    if (tokens_open(&r->tokens, line) && shape_event(r, draft))
        (void)tokens_end(&r->tokens); /* a fault is seen below */
    else if (r->tokens.fault == NULL)
        return false;
    if (r->tokens.fault != NULL)
        return refuse(r->why, "not_json", "", "the line is not JSON: %s", r->tokens.fault);
    draft->claim.sent_ms = 0; /* it was sent to somebody else, long ago */
    if (draft->event.id.size == 0)
        draft->event.id = line_id(line, occurrence, r->context->id_key, r->arena);
    return judge(&draft->event, &draft->claim, r->context, r->arena, r->why);
}

void ingest_json_line(struct text line, uint64_t number, uint64_t occurrence,
                      const struct ingest_context *context, struct batch *batch)
{
    struct arena arena = {0};
    struct refusal why;
    struct draft draft;
    SCOPED(reader_close)
    struct reader r = {.arena = &arena, .context = context, .why = &why};

    if (read_line(&r, line, occurrence, &draft))
        accept(&r, &draft.event, batch, number);
    else
        decline(&r, &draft.event, line, batch, number);
}

/* JSON texts another format's reader put together get the same bounds and the same cleaning. */
static bool clean_json(struct reader *r, const char *name, struct text *t)
{
    struct text given = *t;

    if (given.size == 0)
        return true;
    if (tokens_open(&r->tokens, given) && shape_json(r, name, 2, t) && tokens_end(&r->tokens))
        return true;
    if (r->tokens.fault != NULL)
        (void)refuse(r->why, "not_json", name, "%s is not JSON: %s", name, r->tokens.fault);
    return false;
}

void ingest_event(struct event *e, const struct ingest_said *said,
                  const struct ingest_context *context, struct batch *batch)
{
    struct arena arena = {0};
    struct refusal why;
    struct claim claim = {.said_ms = e->time_ms, .sent_ms = said->sent_ms, .token = said->token};
    SCOPED(reader_close)
    struct reader r = {.arena = &arena, .context = context, .why = &why};

    if (check_size(said->raw, &why) && clean_json(&r, "filters", &e->filters) &&
        clean_json(&r, "traits", &e->traits) && clean_json(&r, "properties", &e->properties) &&
        judge(e, &claim, context, &arena, &why))
        accept(&r, e, batch, said->line);
    else
        decline(&r, e, said->raw, batch, said->line);
}
