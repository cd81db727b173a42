/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/record.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "identity/traits.h"
#include "journal/event.h"
#include "paths/consenting.h"
#include "paths/recorder.h"

enum { AHEAD = 8 }; /* entries between one step of fetching what is known of an id and the next */

struct submission {
    struct write write; /* first: the writer hands it back */
    struct shop *shop;
    struct batch *batch;
    struct arena words; /* statements it appends, until it is done */
    record_done *done;
    void *context;
};

struct recorder *recorder_new(void)
{
    return mem_new(1, sizeof(struct recorder));
}

void recorder_free(struct recorder *r)
{
    if (r == NULL)
        return;
    intern_free(&r->types);
    intern_free(&r->touched);
    intern_free(&r->forgotten);
    intern_free(&r->refusals);
    mem_free(r->offers);
    who_set_free(&r->listed);
    mem_free(r);
}

void recorder_outcome(struct recorder *r, struct duplicates *duplicates, bool committed)
{
    if (committed)
        duplicates_commit(duplicates);
    else
        duplicates_rollback(duplicates);
    intern_free(&r->types); /* a zeroed one is empty */
    intern_free(&r->touched);
    intern_free(&r->forgotten);
    intern_free(&r->refusals);
    r->offer_count = 0;
    r->requests = NULL;
}

/* Names of unknown types are bounded, so that a mistake in a shop's tracking code cannot fill the
 * memory with them. Those the open transaction brings count as well. */
static bool type_admitted(struct shop *shop, const struct entry *entry)
{
    const struct intern *known = &shop->state->unknown_types;
    struct intern *pending = &shop->recorder->types;
    struct text name;

    if (event_peek(entry->body, &name) != EVENT_OTHER || intern_find(known, name) != INTERN_NONE)
        return true;
    if (intern_find(pending, name) != INTERN_NONE)
        return true;
    if (known->count + pending->count >= UNKNOWN_TYPES_MAX)
        return false;
    (void)intern_add(pending, name); /* its number is of no use here */
    return true;
}

/* An address that came readable waits for the end of the transaction (paths/contact_fold.h). */
static void offer_address(struct recorder *r, const struct batch *b, size_t index,
                          struct position position)
{
    struct text address = batch_address(b, index);

    if (address.size == 0)
        return;
    r->offers = mem_grow(r->offers, &r->offer_room, r->offer_count + 1, sizeof(*r->offers));
    r->offers[r->offer_count++] = (struct contact_offer){position, address};
}

/* A word as a statement by itself, unless it says what is known already: who refuses to be recorded leaves no
 * trail of how often they did. Of one transaction the same word counts once. */
static enum status record_word(struct submission *s, struct writer *writer,
                               const struct consent_record *said, struct error *err)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct intern *pending = &s->shop->recorder->refusals;
    struct consent_record timeless = *said;
    struct position position;

    timeless.time_ms = 0;
    consent_record_encode(&timeless, &body);
    if (intern_find(pending, buffer_text(&body)) != INTERN_NONE ||
        !consent_refuses_anew(s->shop->state, said))
        return OK;
    (void)intern_add(pending, buffer_text(&body)); /* its number is of no use here */
    buffer_clear(&body);
    consent_record_encode(said, &body);
    return writer_append(writer, RECORD_CONSENT, s->batch->received_ms,
                         arena_text(&s->words, buffer_text(&body)), &position, err);
}

/* What a refused event refuses is obeyed: of the identifiers it is done under, and of the address that the
 * shop names in it. */
static enum status record_refusal(struct submission *s, struct writer *writer, size_t index,
                                  struct error *err)
{
    struct text encoded = batch_choice(s->batch, index), email = {0}, phone = {0};

    if (encoded.size == 0)
        return OK;
    struct event_head h = event_head(encoded);
    struct event e = {.type = h.type,
                      .flags = h.flags,
                      .time_ms = h.time_ms,
                      .anonymous_id = h.anonymous_id,
                      .user_id = h.user_id};
    struct consent_record said;
    if (!consent_record_of_event(&e, &said) || !consent_record_refusals(&said))
        return OK;
    if (record_word(s, writer, &said, err) != OK)
        return err->status;
    if ((h.flags & EVENT_VERIFIED) != 0)
        traits_read(event_traits(encoded), &email, &phone);
    if (email.size == 0)
        return OK;
    said.anonymous_id = (struct text){0};
    said.user_id = email;
    return record_word(s, writer, &said, err);
}

static enum status record_entry(struct submission *s, struct writer *writer, size_t index,
                                struct error *err)
{
    struct entry *entry = &s->batch->entries[index];
    struct duplicates *duplicates = s->shop->state->duplicates;
    struct position position;

    if (!consent_admits(s->shop->state, entry->body)) {
        batch_no_consent(s->batch, index);
        return record_refusal(s, writer, index, err);
    }
    switch (duplicates_find(duplicates, entry->id_hash, entry->fingerprint)) {
    case ID_SAME: entry->outcome = ENTRY_DUPLICATE; return OK;
    case ID_CONFLICT: batch_conflict(s->batch, index); return OK;
    case ID_NEW: break;
    }
    if (!type_admitted(s->shop, entry)) {
        batch_type_limit(s->batch, index);
        return OK;
    }
    if (writer_append(writer, RECORD_EVENT, s->batch->received_ms, entry->body, &position, err) !=
        OK)
        return err->status;
    duplicates_pend(duplicates, entry->id_hash, entry->fingerprint, s->batch->received_ms);
    entry->outcome = ENTRY_STORED;
    offer_address(s->shop->recorder, s->batch, index, position);
    return OK;
}

/* Two steps of looking for an id, for entries some way behind `at`. */
static void fetch_ids(const struct duplicates *duplicates, const struct batch *b, size_t at)
{
    if (at + AHEAD < b->count)
        duplicates_fetch(duplicates, b->entries[at + AHEAD].id_hash, FETCH_NEXT);
    if (at + 2 * AHEAD < b->count)
        duplicates_fetch(duplicates, b->entries[at + 2 * AHEAD].id_hash, FETCH_FIRST);
}

/* The record path's part inside the transaction: duplicates, append, ledger. May run again after a
 * rollback, and then starts afresh. */
static enum status submission_run(struct write *w, struct writer *writer, struct store *store,
                                  struct error *err)
{
    struct submission *s = (struct submission *)w;

    batch_reopen(s->batch);
    for (size_t i = 0; i < s->batch->count; i++) {
        fetch_ids(s->shop->state->duplicates, s->batch, i);
        enum status status = s->batch->entries[i].outcome == ENTRY_PENDING
                                 ? record_entry(s, writer, i, err)
                                 : record_refusal(s, writer, i, err);
        if (status != OK)
            return status;
    }
    return ledger_add(store, s->batch, s->shop->settings.refused_bytes_max, err);
}

static void count_outcomes(const struct batch *b)
{
    uint64_t counts[ENTRY_REFUSED + 1] = {0};

    for (size_t i = 0; i < b->count; i++)
        counts[b->entries[i].outcome]++;
    metric_add(METRIC_events_received_total, b->count);
    metric_add(METRIC_events_stored_total, counts[ENTRY_STORED]);
    metric_add(METRIC_events_duplicate_total, counts[ENTRY_DUPLICATE]);
    metric_add(METRIC_events_refused_total, counts[ENTRY_REFUSED]);
}

static void submission_done(struct write *w, enum status status, const struct error *err)
{
    struct submission *s = (struct submission *)w;

    if (status == OK)
        count_outcomes(s->batch);
    else
        batch_reopen(s->batch); /* nothing of it happened: it may be handed in again */
    s->done(s->context, s->batch, status, err);
    arena_free(&s->words);
    mem_free(s);
}

enum status record_submit(struct shop *shop, struct batch *batch, record_done *done, void *context,
                          struct error *err)
{
    struct submission *s = mem_new(1, sizeof(*s));

    assert(shop->mode == SHOP_WRITE);
    s->write = (struct write){.run = submission_run,
                              .done = submission_done,
                              .events = batch->count > 0 ? (uint32_t)batch->count : 1};
    s->shop = shop;
    s->batch = batch;
    s->done = done;
    s->context = context;
    if (writer_submit(shop->writer, &s->write, err) == OK)
        return OK;
    mem_free(s);
    return err->status;
}

static void run_done(struct write *w, enum status status, const struct error *err)
{
    struct submission *s = (struct submission *)w;

    (void)err; /* writer_run hands it to the caller */
    if (status == OK)
        count_outcomes(s->batch);
    else
        batch_reopen(s->batch);
}

enum status record_run(struct shop *shop, struct batch *batch, struct error *err)
{
    struct submission s = {
        .write = {.run = submission_run,
                  .done = run_done,
                  .events = batch->count > 0 ? (uint32_t)batch->count : 1},
        .shop = shop,
        .batch = batch,
    };

    assert(shop->mode == SHOP_WRITE);
    enum status status = writer_run(shop->writer, &s.write, err);
    arena_free(&s.words);
    return status;
}
