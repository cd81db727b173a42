/* SPDX-License-Identifier: Apache-2.0 */
/* duplicates: 4,096 small open-addressing tables with linear probing, chosen by twelve bits of the
 * id's hash. Each grows by itself, so that no growth takes longer than moving one 4,096th of all
 * ids.
 *
 * A slot is 128 bits: 68 of the hash (with the twelve that chose the table: 80), 48 of the
 * fingerprint, 12 of the day it came (never 0 in a used slot, so that zeros are an empty one). */
#include "ingest/duplicates.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/time.h"

enum {
    TABLES = 4096,
    SLOTS_FIRST = 16,
    DAYS_KEPT = 30,
    DAYS_CYCLE = 4095, /* about eleven years */
    SECTIONS = 64,     /* of a checkpoint, so that no copy is large */
};

struct slot {
    uint64_t hash;
    uint64_t rest; /* day code << 52 | fingerprint's low 48 bits << 4 | 4 more bits of the hash */
};

struct table {
    struct slot *slots;
    uint32_t room, count;
};

/* Enough to find a slot again for a rollback. */
struct pending {
    uint64_t id_hash[2];
};

struct duplicates {
    struct table tables[TABLES];
    uint64_t count, ids_max;
    int64_t today; /* the newest day seen */
    struct pending *pending;
    size_t pending_count, pending_room;
};

struct duplicates *duplicates_new(uint64_t ids_max)
{
    struct duplicates *d = mem_new(1, sizeof(*d));

    d->ids_max = ids_max;
    return d;
}

void duplicates_free(struct duplicates *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; i < TABLES; i++)
        mem_free(d->tables[i].slots);
    mem_free(d->pending);
    mem_free(d);
}

void duplicates_hash(struct text id, const uint8_t key[16], uint64_t out[2])
{
    (void)crypto_shorthash_siphashx24((uint8_t *)out, (const uint8_t *)id.data, id.size,
                                      key); /* always 0 */
}

static size_t table_of(const uint64_t id_hash[2])
{
    return (size_t)(id_hash[1] >> 4) % TABLES;
}

static uint64_t day_code(int64_t day)
{
    return 1 + (uint64_t)day % DAYS_CYCLE;
}

static struct slot slot_of(const uint64_t id_hash[2], uint64_t fingerprint, int64_t day)
{
    return (struct slot){id_hash[0],
                         day_code(day) << 52 | (fingerprint << 16 >> 12) | (id_hash[1] & 15)};
}

/* Where probing for a hash starts: its upper half, scaled to the room (Lemire 2016). */
static uint32_t first_slot(const struct table *t, uint64_t hash)
{
    return (uint32_t)((hash >> 32) * t->room >> 32);
}

static bool same_id(const struct slot *a, const struct slot *b)
{
    return a->hash == b->hash && ((a->rest ^ b->rest) & 15) == 0;
}

/* The slot that holds the id, or the empty one where it would go. There is always an empty one. */
static uint32_t probe(const struct table *t, const struct slot *id)
{
    uint32_t i = first_slot(t, id->hash);

    while (t->slots[i].rest != 0 && !same_id(&t->slots[i], id))
        i = i + 1 < t->room ? i + 1 : 0;
    return i;
}

static int64_t age_days(const struct duplicates *d, const struct slot *slot)
{
    int64_t code = (int64_t)(slot->rest >> 52);
    int64_t today = (int64_t)day_code(d->today);

    return (today - code + DAYS_CYCLE) % DAYS_CYCLE;
}

/* Move a table to `room` slots, leaving out ids that may be forgotten when too many are held. */
static void resize(struct duplicates *d, struct table *t, uint32_t room, bool forget)
{
    struct table grown = {mem_new(room, sizeof(struct slot)), room, 0};

    for (uint32_t i = 0; i < t->room; i++) {
        if (t->slots[i].rest == 0)
            continue;
        if (forget && age_days(d, &t->slots[i]) > DAYS_KEPT) {
            d->count--;
            continue;
        }
        grown.slots[probe(&grown, &t->slots[i])] = t->slots[i];
        grown.count++;
    }
    mem_free(t->slots);
    *t = grown;
}

/* Room for one more, at most seven eighths full. Pending ids are of today and never forgotten. */
static void make_room(struct duplicates *d, struct table *t)
{
    if (t->room > 0 && t->count + 1 <= t->room / 8 * 7)
        return;
    if (t->room > 0 && d->count >= d->ids_max)
        resize(d, t, t->room, true);
    if (t->room == 0 || t->count + 1 > t->room / 4 * 3)
        resize(d, t, t->room == 0 ? SLOTS_FIRST : (t->room * 3 / 2 + 7) / 8 * 8, false);
}

static bool insert(struct duplicates *d, struct table *t, struct slot slot)
{
    make_room(d, t);
    uint32_t i = probe(t, &slot);

    if (t->slots[i].rest != 0)
        return false;
    t->slots[i] = slot;
    t->count++;
    d->count++;
    return true;
}

/* Linear probing's deletion (Knuth, TAOCP 3, 6.4, algorithm R): what follows moves up. */
static void remove_at(struct table *t, uint32_t hole)
{
    uint32_t i = hole;

    for (;;) {
        i = i + 1 < t->room ? i + 1 : 0;
        if (t->slots[i].rest == 0)
            break;
        uint32_t home = first_slot(t, t->slots[i].hash);
        bool stays = hole <= i ? hole < home && home <= i : hole < home || home <= i;
        if (stays)
            continue;
        t->slots[hole] = t->slots[i];
        hole = i;
    }
    t->slots[hole] = (struct slot){0, 0};
    t->count--;
}

enum duplicate duplicates_find(const struct duplicates *d, const uint64_t id_hash[2],
                               uint64_t fingerprint)
{
    const struct table *t = &d->tables[table_of(id_hash)];
    struct slot wanted = slot_of(id_hash, fingerprint, 0);

    if (t->room == 0)
        return ID_NEW;
    const struct slot *found = &t->slots[probe(t, &wanted)];
    if (found->rest == 0)
        return ID_NEW;
    return (found->rest ^ wanted.rest) << 12 == 0 ? ID_SAME : ID_CONFLICT;
}

void duplicates_fetch(const struct duplicates *d, const uint64_t id_hash[2], enum fetch step)
{
    const struct table *t = &d->tables[table_of(id_hash)];

    if (step == FETCH_FIRST)
        __builtin_prefetch(t);
    else if (step == FETCH_NEXT && t->room > 0)
        __builtin_prefetch(&t->slots[first_slot(t, id_hash[0])], 1);
}

static void see_day(struct duplicates *d, int64_t received_ms)
{
    int64_t day = received_ms / MS_DAY;

    if (day > d->today)
        d->today = day;
}

void duplicates_pend(struct duplicates *d, const uint64_t id_hash[2], uint64_t fingerprint,
                     int64_t received_ms)
{
    see_day(d, received_ms);
    bool added = insert(d, &d->tables[table_of(id_hash)], slot_of(id_hash, fingerprint, d->today));
    assert(added); /* only what duplicates_find called new */
    (void)added;   /* in case asserts are off */
    d->pending = mem_grow(d->pending, &d->pending_room, d->pending_count + 1, sizeof(*d->pending));
    memcpy(d->pending[d->pending_count++].id_hash, id_hash, sizeof(d->pending->id_hash));
}

void duplicates_commit(struct duplicates *d)
{
    d->pending_count = 0;
}

void duplicates_rollback(struct duplicates *d)
{
    while (d->pending_count > 0) {
        const struct pending *p = &d->pending[--d->pending_count];
        struct table *t = &d->tables[table_of(p->id_hash)];
        struct slot id = slot_of(p->id_hash, 0, 0);
        uint32_t i = probe(t, &id);

        assert(t->slots[i].rest != 0);
        remove_at(t, i);
        d->count--;
    }
}

void duplicates_fold(struct duplicates *d, const uint64_t id_hash[2], uint64_t fingerprint,
                     int64_t received_ms)
{
    see_day(d, received_ms);
    (void)insert(d, &d->tables[table_of(id_hash)], /* known already is fine */
                 slot_of(id_hash, fingerprint, received_ms / MS_DAY));
}

uint64_t duplicates_count(const struct duplicates *d)
{
    return d->count;
}

/* A section holds TABLES / SECTIONS tables: the number of slots of each, then the used slots. */
void duplicates_save(const struct duplicates *d, struct checkpoint_writer *w)
{
    SCOPED(buffer_free) struct buffer bytes = {0};
    char name[32];

    assert(d->pending_count == 0);
    checkpoint_add(w, "duplicates.day", &d->today, sizeof(d->today));
    for (size_t s = 0; s < SECTIONS; s++) {
        const struct table *tables = &d->tables[s * (TABLES / SECTIONS)];

        buffer_clear(&bytes);
        for (size_t i = 0; i < TABLES / SECTIONS; i++)
            buffer_add(&bytes, &tables[i].count, sizeof(tables[i].count));
        for (size_t i = 0; i < TABLES / SECTIONS; i++)
            for (uint32_t k = 0; k < tables[i].room; k++)
                if (tables[i].slots[k].rest != 0)
                    buffer_add(&bytes, &tables[i].slots[k], sizeof(struct slot));
        snprintf(name, sizeof(name), "duplicates.%02zu", s);
        checkpoint_add(w, name, bytes.data, bytes.size);
    }
}

static void load_table(struct duplicates *d, struct table *t, const struct slot *slots,
                       uint32_t count)
{
    resize(d, t, (count / 12 + 1) * 16, false);
    for (uint32_t i = 0; i < count; i++) {
        struct slot slot;

        memcpy(&slot, &slots[i], sizeof(slot));
        if (slot.rest != 0)
            (void)insert(d, t, slot); /* each is there once */
    }
}

enum status duplicates_load(struct duplicates *d, const struct checkpoint *c, struct error *err)
{
    enum { EACH = TABLES / SECTIONS };
    size_t size = 0;
    const void *day = checkpoint_section(c, "duplicates.day", &size);
    char name[32];

    assert(d->count == 0);
    if (day == NULL || size != sizeof(d->today))
        return error_set(err, ERR_CORRUPT, "the checkpoint has no duplicates");
    memcpy(&d->today, day, sizeof(d->today));
    for (size_t s = 0; s < SECTIONS; s++) {
        uint32_t counts[EACH];
        uint64_t sum = 0;

        snprintf(name, sizeof(name), "duplicates.%02zu", s);
        const char *bytes = checkpoint_section(c, name, &size);
        if (bytes == NULL || size < sizeof(counts))
            return error_set(err, ERR_CORRUPT, "section %s of the checkpoint is missing", name);
        memcpy(counts, bytes, sizeof(counts));
        for (size_t i = 0; i < EACH; i++)
            sum += counts[i];
        if (size - sizeof(counts) != sum * sizeof(struct slot))
            return error_set(err, ERR_CORRUPT, "section %s of the checkpoint is damaged", name);
        const struct slot *slots = (const struct slot *)(const void *)(bytes + sizeof(counts));
        for (size_t i = 0; i < EACH; slots += counts[i], i++)
            if (counts[i] > 0)
                load_table(d, &d->tables[s * EACH + i], slots, counts[i]);
    }
    return OK;
}
