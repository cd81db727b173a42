/* SPDX-License-Identifier: Apache-2.0 */
/* retention: once a day the journal is gone through to its end, since history that was imported lately is
 * as old as it says; from where the first event stands that is young enough. How far one came stands in
 * `meta`, places with how many product numbers the records up to there gave: an item whose number is not
 * below that was first mentioned here, and its tombstone names it. */
#include "paths/retention.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/time.h"
#include "consent/contacts.h"
#include "consent/erasures.h"
#include "ingest/ledger.h"
#include "journal/erased.h"
#include "paths/forget.h"
#include "paths/numbering.h"
#include "paths/person.h"

enum { GENERATION_DAYS = 29, TRAIN_DAYS = 22, REFUSED_TURN = 500, GENERATIONS_MAX = 1000 };

static const char mark_key[] = "retained";

/* How far retention came, as numbers. */
enum mark_word {
    BARE_POSITION, /* up to here no event is left */
    BARE_NUMBERS,
    SWEPT_POSITION, /* up to here none that is older than BEFORE_MS */
    SWEPT_NUMBERS,
    BEFORE_MS,
    ERASED, /* events, since BEFORE_MS is what it is */
    ENDED,  /* 1: the journal's end was reached */
    MARK_WORDS
};
struct mark {
    uint64_t of[MARK_WORDS];
};

/* What one turn erases. */
struct turn {
    struct write write; /* first: the writer hands it back */
    int64_t before_ms;
    struct mark mark;
    bool bare;            /* no event was left yet */
    struct buffer bodies; /* tombstones, one behind the other */
    struct {
        struct position position;
        size_t end; /* in `bodies` */
    } erased[RETENTION_RECORDS];
    size_t count, read;
    bool erasing; /* the record being passed goes */
    bool ending;  /* the journal's end is reached now */
    struct numbering numbering;
    uint64_t refused[REFUSED_TURN];
    size_t refused_count;
    bool contacts; /* some stand on what is as old */
};

static void turn_free(struct turn **t)
{
    if (*t == NULL)
        return;
    buffer_free(&(*t)->bodies);
    numbering_free(&(*t)->numbering);
    mem_free(*t);
}

static enum status mark_read(const char *data_dir, struct mark *out, struct error *err)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(buffer_free) struct buffer value = {0};

    *out = (struct mark){.of = {0}};
    if (store_open(&store, data_dir, STORE_READ, NULL, err) != OK)
        return err->status;
    enum status status = store_meta_get(store, mark_key, &value, err);
    if (status == ERR_NOT_FOUND)
        return OK;
    if (status != OK)
        return status;
    struct text rest = buffer_text(&value);
    for (int i = 0; i < MARK_WORDS && rest.size > 0; i++) /* once there were but two */
        if (!text_to_u64(text_cut(&rest, ' '), &out->of[i]))
            return error_set(err, ERR_CORRUPT, "%s in store.db are no numbers", mark_key);
    return OK;
}

/* What is first mentioned by a record that goes is named by its tombstone; by one that stays, there. */
static void note_mention(void *context, struct text item_id, product_number number, bool first)
{
    struct turn *t = context;

    (void)number;
    if (first && t->erasing)
        erased_add(&t->bodies, item_id);
}

static bool pass(void *context, const struct record *r)
{
    struct turn *t = context;
    struct error why = {0}; /* bytes that cannot be read mention nothing, and go by their arrival */
    struct event event, *e = NULL;

    arena_reset(&t->numbering.scratch);
    /* others than events are no word of any person, or what they allow */
    if (r->kind == RECORD_EVENT && event_decode(r->body, &t->numbering.scratch, &event, &why) == OK)
        e = &event;
    t->erasing = r->kind == RECORD_EVENT && (e != NULL ? e->time_ms : r->time_ms) < t->before_ms;
    numbering_pass(&t->numbering, r, e, note_mention, t);
    if (t->erasing) {
        t->erased[t->count].position = r->position;
        t->erased[t->count++].end = t->bodies.size;
    }
    t->mark.of[SWEPT_POSITION] = r->position.number;
    t->mark.of[SWEPT_NUMBERS] = t->numbering.given;
    t->bare = t->bare && (r->kind != RECORD_EVENT || t->erasing);
    if (t->bare) {
        t->mark.of[BARE_POSITION] = t->mark.of[SWEPT_POSITION];
        t->mark.of[BARE_NUMBERS] = t->mark.of[SWEPT_NUMBERS];
    }
    return ++t->read < RETENTION_READ && t->count < RETENTION_RECORDS;
}

static void note_refused(void *context, const struct refused_item *item)
{
    struct turn *t = context;

    if (item->time_ms < t->before_ms)
        t->refused[t->refused_count++] = item->number;
}

/* What is too old beside the journal. */
static enum status find_others(struct turn *t, struct error *err)
{
    struct shop *shop = t->numbering.shop;

    (void)pthread_mutex_lock(&shop->store_mutex);
    struct contacts *contacts = contacts_new(shop->store);
    enum status status = contacts_due(contacts, t->before_ms, &t->contacts, err);
    contacts_close(&contacts);
    if (status == OK)
        status = ledger_refused_each(shop->store, 0, REFUSED_TURN, note_refused, t, err);
    (void)pthread_mutex_unlock(&shop->store_mutex);
    return status;
}

static enum status turn_write(struct turn *t, struct store *store, struct error *err)
{
    SCOPED(contacts_close) struct contacts *contacts = contacts_new(store);
    SCOPED(buffer_free) struct buffer value = {0};
    size_t start = 0;

    for (size_t i = 0; i < t->count; i++) {
        struct text body = {t->bodies.size > 0 ? t->bodies.data + start : "",
                            t->erased[i].end - start};

        if (journal_erase(store, t->erased[i].position, body, err) != OK)
            return err->status;
        start = t->erased[i].end;
    }
    for (size_t i = 0; i < t->refused_count; i++)
        if (ledger_refused_erase(store, t->refused[i], err) != OK)
            return err->status;
    if (t->contacts && contacts_retire(contacts, t->before_ms, err) != OK)
        return err->status;
    for (int i = 0; i < MARK_WORDS; i++)
        buffer_printf(&value, i == 0 ? "%llu" : " %llu", (unsigned long long)t->mark.of[i]);
    return store_meta_set(store, mark_key, buffer_text(&value), err);
}

static enum status turn_run(struct write *w, struct writer *writer, struct store *store,
                            struct error *err)
{
    struct turn *t = (struct turn *)w;
    struct position at;

    if (turn_write(t, store, err) != OK)
        return err->status;
    if (!t->ending || t->mark.of[ERASED] == 0)
        return OK;
    /* all of that age is gone: those silent since before it go as well, in every process */
    return writer_append(writer, RECORD_RETENTION, 0,
                         (struct text){(const char *)&t->before_ms, sizeof(t->before_ms)}, &at,
                         err);
}

static void turn_done(struct write *w, enum status status, const struct error *err)
{
    (void)w;
    (void)status; /* writer_run hands both to the caller */
    (void)err;
}

/* Where this turn begins: at the start of another day anew. */
static enum status turn_begin(struct turn *t, const char *data_dir, int64_t now_ms, int64_t kept_ms,
                              struct error *err)
{
    struct mark *m = &t->mark;

    /* whole days, so that the journal is gone through once a day */
    t->before_ms = (now_ms - kept_ms) / MS_DAY * MS_DAY;
    if (mark_read(data_dir, m, err) != OK)
        return err->status;
    if ((int64_t)m->of[BEFORE_MS] != t->before_ms) {
        m->of[SWEPT_POSITION] = m->of[BARE_POSITION];
        m->of[SWEPT_NUMBERS] = m->of[BARE_NUMBERS];
        m->of[BEFORE_MS] = (uint64_t)t->before_ms;
        m->of[ERASED] = m->of[ENDED] = 0;
    }
    t->bare = m->of[SWEPT_POSITION] == m->of[BARE_POSITION];
    t->numbering.given = m->of[SWEPT_NUMBERS];
    return OK;
}

/* What of the journal is too old, as far as a turn goes. */
static enum status find_events(struct turn *t, struct error *err)
{
    struct position from = {t->mark.of[SWEPT_POSITION]};

    if (t->mark.of[ENDED] != 0)
        return OK;
    if (records_each(t->numbering.shop, &from, pass, t, err) != OK)
        return err->status;
    t->mark.of[ERASED] += t->count;
    t->ending = t->read < RETENTION_READ && t->count < RETENTION_RECORDS;
    t->mark.of[ENDED] = t->ending;
    return OK;
}

static enum status turn_take(struct shop *shop, int64_t now_ms, bool *more, struct error *err)
{
    int64_t kept_ms = (int64_t)shop->settings.events_days * MS_DAY;
    SCOPED(turn_free) struct turn *t = NULL;

    t = mem_new(1, sizeof(*t));
    t->numbering.shop = shop;
    if (turn_begin(t, shop->data_dir, now_ms, kept_ms, err) != OK || find_events(t, err) != OK ||
        find_others(t, err) != OK)
        return err->status;
    if (t->read == 0 && !t->ending && t->refused_count == 0 && !t->contacts)
        return OK;
    t->write = (struct write){.run = turn_run, .done = turn_done, .events = 1};
    if (writer_run(shop->writer, &t->write, err) != OK)
        return err->status;
    *more = t->mark.of[ENDED] == 0 || t->refused_count == REFUSED_TURN;
    return *more ? OK : forget_wal(shop->data_dir, err);
}

enum status retention_turn(struct shop *shop, int64_t now_ms, bool *more, struct error *err)
{
    *more = false;
    if (shop->settings.events_days == 0)
        return OK;
    /* two that write tombstones would write over each other what they have read */
    *more = pthread_mutex_trylock(&shop->erase_mutex) != 0;
    if (*more)
        return OK;
    enum status status = turn_take(shop, now_ms, more, err);
    (void)pthread_mutex_unlock(&shop->erase_mutex);
    return status;
}

/* --- generations --- */

static int64_t latest_erasure(struct shop *shop, int64_t until_ms)
{
    shop_read_lock(shop);
    int64_t latest = erasures_latest(shop->state->erasures, until_ms);
    shop_read_unlock(shop);
    return latest;
}

enum status retention_generations(struct shop *shop, int64_t now_ms, bool *train, struct error *err)
{
    int64_t gone = latest_erasure(shop, now_ms - (int64_t)GENERATION_DAYS * MS_DAY);
    int64_t soon = latest_erasure(shop, now_ms - (int64_t)TRAIN_DAYS * MS_DAY);
    size_t count = 0;

    *train = false;
    if (soon == 0)
        return OK;
    SCOPED(mem_free_scoped)
    struct generation_summary *found = mem_new(GENERATIONS_MAX, sizeof(*found));
    if (generation_list(shop->data_dir, found, GENERATIONS_MAX, &count, err) != OK)
        return err->status;
    uint32_t serving = shop_generation(shop);
    for (size_t i = 0; i < count; i++) {
        bool serves = found[i].number == serving;

        *train = *train || (serves && found[i].built_ms <= soon);
        if (found[i].built_ms > gone)
            continue;
        if (serves)
            generation_slot_publish(shop->generations, NULL);
        if (generation_remove(shop->data_dir, found[i].number, err) != OK)
            return err->status;
    }
    return OK;
}
