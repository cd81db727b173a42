/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/batch.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "ingest/duplicates.h"
#include "ingest/ingest.h"
#include "ingest/person.h"

void batch_init(struct batch *b, const char *origin, int64_t received_ms, bool verified)
{
    *b = (struct batch){.origin = origin, .received_ms = received_ms, .verified = verified};
}

void batch_truncate(struct batch *b, size_t count, size_t bytes_size)
{
    assert(count <= b->count && bytes_size <= b->bytes.size);
    for (size_t i = count; i < b->count; i++)
        mem_free(b->entries[i].refusal);
    if (count < b->count) {
        b->addresses.size = b->entries[count].address_at;
        b->choices.size = b->entries[count].choice_at;
    }
    b->count = count;
    b->bytes.size = bytes_size;
}

void batch_clear(struct batch *b)
{
    batch_truncate(b, 0, 0);
}

void batch_free(struct batch *b)
{
    batch_clear(b);
    mem_free(b->entries);
    buffer_free(&b->bytes);
    buffer_free(&b->addresses);
    buffer_free(&b->choices);
    *b = (struct batch){0};
}

/* The bytes may have moved while the last body was added. */
static void point_bodies(struct batch *b, const char *before)
{
    if (b->bytes.data == before)
        return;
    for (size_t i = 0; i < b->count; i++)
        if (b->entries[i].body.data != NULL)
            b->entries[i].body.data = b->bytes.data + b->entries[i].body_at;
}

static struct entry *add_entry(struct batch *b, uint64_t line)
{
    b->entries = mem_grow(b->entries, &b->room, b->count + 1, sizeof(*b->entries));
    struct entry *entry = &b->entries[b->count];
    *entry = (struct entry){.line = line,
                            .body_at = b->bytes.size,
                            .address_at = b->addresses.size,
                            .choice_at = b->choices.size};
    return entry;
}

/* `entry`'s body is all that was added to the bytes since `before` was their address. */
static void end_body(struct batch *b, struct entry *entry, const char *before)
{
    size_t size = b->bytes.size - entry->body_at;

    point_bodies(b, before);
    entry->body = size > 0 ? (struct text){b->bytes.data + entry->body_at, size} : TEXT("");
}

void batch_accept(struct batch *b, const struct event *e, const uint8_t id_key[16], uint64_t line)
{
    const char *before = b->bytes.data;
    struct entry *entry = add_entry(b, line);

    assert(e->id.size > 0);
    duplicates_hash(e->id, id_key, entry->id_hash);
    entry->fingerprint = e->fingerprint;
    entry->accepted = true;
    event_encode(e, &b->bytes);
    end_body(b, entry, before);
    b->count++;
}

void batch_add_address(struct batch *b, struct text address)
{
    assert(b->count > 0);
    struct entry *entry = &b->entries[b->count - 1];

    assert(entry->accepted && entry->address_size == 0);
    entry->address_size = address.size;
    buffer_add_text(&b->addresses, address);
}

struct text batch_address(const struct batch *b, size_t index)
{
    const struct entry *entry = &b->entries[index];

    return entry->address_size == 0
               ? (struct text){0}
               : (struct text){b->addresses.data + entry->address_at, entry->address_size};
}

void batch_refuse(struct batch *b, const struct refusal *why, struct text raw,
                  const uint8_t person_key[32], uint64_t line)
{
    const char *before = b->bytes.data;
    struct entry *entry = add_entry(b, line);

    entry->outcome = ENTRY_REFUSED;
    entry->refusal = mem_copy(why, sizeof(*why));
    if (strcmp(why->code, "no_consent") != 0) {
        struct text most = {raw.data,
                            raw.size < INGEST_EVENT_BYTES_MAX ? raw.size : INGEST_EVENT_BYTES_MAX};

        person_redact(most, person_key, &b->bytes);
    }
    end_body(b, entry, before);
    b->count++;
}

void batch_add_choice(struct batch *b, const struct event *e)
{
    struct entry *entry = &b->entries[b->count - 1];

    assert(b->count > 0 && entry->refusal != NULL && entry->choice_size == 0);
    event_encode(e, &b->choices);
    entry->choice_size = b->choices.size - entry->choice_at;
}

struct text batch_choice(const struct batch *b, size_t index)
{
    const struct entry *entry = &b->entries[index];

    if (entry->accepted)
        return entry->body;
    return entry->choice_size == 0
               ? (struct text){0}
               : (struct text){b->choices.data + entry->choice_at, entry->choice_size};
}

static void refuse_late(struct batch *b, size_t index, const struct refusal *why)
{
    struct entry *entry = &b->entries[index];

    assert(entry->accepted && entry->refusal == NULL);
    entry->outcome = ENTRY_REFUSED;
    entry->refusal = mem_copy(why, sizeof(*why));
}

void batch_conflict(struct batch *b, size_t index)
{
    static const struct refusal conflict = {
        "conflict", "id", "another event was stored under this id; an id may be used once"};

    refuse_late(b, index, &conflict);
}

void batch_type_limit(struct batch *b, size_t index)
{
    static const struct refusal limit = {
        "unknown_type_limit", "type",
        "the shop has 100 event types of its own already; use one of those"};

    refuse_late(b, index, &limit);
}

void batch_no_consent(struct batch *b, size_t index)
{
    static const struct refusal forbidden = {
        "no_consent", "", "the shopper does not allow it to be recorded, or was erased"};

    refuse_late(b, index, &forbidden);
}

void batch_reopen(struct batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        struct entry *entry = &b->entries[i];

        if (!entry->accepted)
            continue;
        mem_free(entry->refusal);
        entry->refusal = NULL;
        entry->outcome = ENTRY_PENDING;
    }
}
