/* SPDX-License-Identifier: Apache-2.0 */
/* batch: what one request or one stretch of an import brought: accepted events, encoded, and
 * refused items with their reasons, in the order received; and what became of each.
 *
 * received = stored + duplicate + refused is counted from here, so every item of an authenticated
 * body becomes exactly one entry.
 *
 * Lifetime   heap; batch_free.
 * Threads    one at a time (it is handed to the writer and back). */
#ifndef INGEST_BATCH_H
#define INGEST_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "journal/event.h"

/* Why an item was refused. `code` is a word from a fixed set (see docs/events.md): not_json,
 * not_an_object, missing, wrong_type, too_long, too_many, too_deep, bad_time, bad_money,
 * bad_currency, bad_text, unknown_type_limit, bad_token, conflict, no_consent. */
struct refusal {
    const char *code;
    char field[64];    /* "items[3].price"; "" for the whole item */
    char message[160]; /* one sentence that says what would be right */
};

enum entry_outcome { ENTRY_PENDING, ENTRY_STORED, ENTRY_DUPLICATE, ENTRY_REFUSED };

struct entry {
    enum entry_outcome outcome; /* ENTRY_REFUSED from the start for invalid items */
    bool accepted;              /* body is an encoded event, also when refused later */
    uint64_t line;              /* of an import's file, from 1; 0 over HTTP */
    struct text
        body; /* accepted: the encoded event; refused: the redacted raw item. In batch->bytes */
    size_t body_at;
    size_t address_at, address_size; /* in batch->addresses; size 0: none */
    size_t choice_at, choice_size;   /* in batch->choices; size 0: none */
    uint64_t id_hash[2];             /* keyed hash of the event id (ingest/duplicates.h) */
    uint64_t fingerprint;
    struct refusal *refusal; /* NULL unless refused */
};

struct batch {
    struct entry *entries;
    size_t count, room;
    struct buffer bytes;     /* all bodies */
    struct buffer addresses; /* of entries that came with one */
    struct buffer choices;   /* refused events that say what their shopper allows */
    const char *origin;      /* "http", or the file's name; outlives the batch */
    int64_t received_ms;
    bool verified;
};

void batch_init(struct batch *b, const char *origin, int64_t received_ms, bool verified);
void batch_free(struct batch *b);
void batch_clear(struct batch *b); /* empty, memory kept */

/* Encode and add; the event's id must be set. `id_key` is the shop's key for id hashes (16 bytes).
 */
void batch_accept(struct batch *b, const struct event *e, const uint8_t id_key[16], uint64_t line);

/* The e-mail address that came readable with the entry added last, which was accepted: for the table of
 * contacts. Kept apart from the bodies, which have its hash; no refused item ever shows it. */
void batch_add_address(struct batch *b, struct text address);
/* Absent when none came. Valid until something is added. */
struct text batch_address(const struct batch *b, size_t index);

/* Add a refused item. `raw` is cut to 32 KiB and redacted here (person_redact, with the shop's key).
 * no_consent keeps no body: what consent forbids is only counted. */
void batch_refuse(struct batch *b, const struct refusal *why, struct text raw,
                  const uint8_t person_key[32], uint64_t line);

/* The entry added last, refused as no_consent, was this event, which may say what its shopper refuses: that
 * is obeyed (paths/record.c), and nothing else of it kept. */
void batch_add_choice(struct batch *b, const struct event *e);
/* The event, encoded: of an entry refused so, or of one that was accepted. Absent: it says nothing. Valid
 * until something is added. */
struct text batch_choice(const struct batch *b, size_t index);

/* Drop all entries from the `count`-th on; `bytes_size` is what the bytes had before them. */
void batch_truncate(struct batch *b, size_t count, size_t bytes_size);

/* An accepted entry is refused after all: its id was stored with another body, or it is of a type
 * of its own that is one too many for the shop. Its body stays the encoded event; the ledger keeps
 * it as JSON. */
void batch_conflict(struct batch *b, size_t index);
void batch_type_limit(struct batch *b, size_t index);

/* An accepted entry is refused after all: its shopper was erased, or allows nothing to be recorded.
 * Its body is not kept. */
void batch_no_consent(struct batch *b, size_t index);

/* Make every accepted entry pending again: a write may be run anew after a rollback. */
void batch_reopen(struct batch *b);

#endif
