/* SPDX-License-Identifier: Apache-2.0 */
/* kill: a process that records events is killed with SIGKILL at a random moment, again and again,
 * on one shop that grows. What it acknowledged through a pipe before dying must be in the journal,
 * once; and the next process, sent the same again, must call exactly that a duplicate. One event in
 * ten brings an address with a consent, and one in twenty takes back that of the event 25 before it:
 * the table of contacts must hold what the journal says.
 *
 *   kill [KILLS]       default 25
 *
 * One line of JSON. Exit 0 when nothing was lost or doubled. */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/settings.h"
#include "base/time.h"
#include "paths/record.h"
#include "tests/support/test.h"

enum {
    KILLS_DEFAULT = 25,
    BATCH = 20,    /* events with numbers of their own in a batch */
    REFUSES = 25,  /* events between an address and the no to it: in another batch */
    UNDER_WAY = 8, /* batches submitted and not yet answered, at most */
    LIVE_MIN_US = 1000,
    LIVE_RANGE_US = 39000,
    EVENTS_MAX = 50000000,
    CHECKPOINT_EVERY = 50, /* kills between two orderly stops, which keep starting quick */
};

static const int64_t now_ms = INT64_C(1763805600000);

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "kill: %s\n", what);
    exit(3);
}

/* What the child says: a batch of events from `first` on is durable; `duplicates` of them were
 * there already. */
struct note {
    uint64_t first, duplicates;
};

/* The child's side. */
struct child {
    struct shop *shop;
    int pipe;
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    int under_way;
};

struct sent {
    struct child *child;
    struct batch batch;
    uint64_t first;
};

static void answered(void *context, struct batch *batch, enum status status,
                     const struct error *err)
{
    struct sent *s = context;
    struct child *child = s->child;
    struct note note = {.first = s->first};

    must(status == OK, err->message);
    for (size_t i = 0; i < batch->count; i++) {
        must(batch->entries[i].outcome != ENTRY_REFUSED, "an event was refused");
        note.duplicates += batch->entries[i].outcome == ENTRY_DUPLICATE;
    }
    /* shorter than PIPE_BUF: written whole or not at all */
    must(write(child->pipe, &note, sizeof(note)) == sizeof(note), "the pipe broke");
    batch_free(&s->batch);
    mem_free(s);
    pthread_mutex_lock(&child->mutex);
    child->under_way--;
    pthread_cond_signal(&child->answered);
    pthread_mutex_unlock(&child->mutex);
}

static void submit(struct child *child, uint64_t first)
{
    struct ingest_context context = shop_ingest_context(child->shop, now_ms, true);
    struct sent *s = mem_new(1, sizeof(*s));
    SCOPED(buffer_free) struct buffer body = {0};
    struct error err = {0};

    s->child = child;
    s->first = first;
    batch_init(&s->batch, "http", now_ms, true);
    buffer_add_string(&body, "{\"events\":[");
    for (uint64_t n = first; n < first + BATCH; n++) {
        buffer_printf(&body,
                      "%s{\"id\":\"k-%" PRIu64 "\",\"type\":\"view_item\","
                      "\"time\":1763805000000,\"items\":[{\"item_id\":\"SKU-%u\"}],",
                      n > first ? "," : "", n, (unsigned)(n % 1000));
        if (n % 10 == 0)
            buffer_printf(&body,
                          "\"anonymous_id\":\"w-%" PRIu64 "\",\"consent\":{\"email\":true},"
                          "\"traits\":{\"email\":\"w-%" PRIu64 "@kill.example\"}}",
                          n, n);
        else if (n % 20 == 5 && n >= REFUSES)
            buffer_printf(&body,
                          "\"anonymous_id\":\"w-%" PRIu64 "\",\"consent\":{\"email\":false}}",
                          n - REFUSES);
        else
            buffer_printf(&body, "\"anonymous_id\":\"v-%u\"}", (unsigned)(n % 100));
    }
    buffer_add_string(&body, "]}");
    must(ingest_json(buffer_text(&body), &context, &s->batch, &err) == OK, err.message);
    must(record_submit(child->shop, &s->batch, answered, s, &err) == OK, err.message);
}

/* Record from event `first` on until killed. */
static void live(const char *dir, uint64_t first, int pipe)
{
    struct child child = {
        .pipe = pipe, .mutex = PTHREAD_MUTEX_INITIALIZER, .answered = PTHREAD_COND_INITIALIZER};
    struct settings settings;
    struct error err = {0};
    struct note ready = {.first = UINT64_MAX};

    settings_defaults(&settings);
    must(shop_open(&child.shop, dir, SHOP_WRITE, &settings, NULL, &err) == OK, err.message);
    must(write(pipe, &ready, sizeof(ready)) == sizeof(ready), "the pipe broke");
    for (;; first += BATCH) {
        pthread_mutex_lock(&child.mutex);
        while (child.under_way >= UNDER_WAY)
            pthread_cond_wait(&child.answered, &child.mutex);
        child.under_way++;
        pthread_mutex_unlock(&child.mutex);
        submit(&child, first);
    }
}

/* The parent's side: for every event how often the journal has it, and whether that was promised.
 */
struct count {
    uint8_t *times;
    bool *acknowledged;
    size_t room;
    uint64_t sent;        /* events below this may have been sent */
    struct position read; /* of the journal */
    uint64_t promised, lost, doubled, wrong_duplicates;
    uint64_t contacts,
        wrong_contacts; /* rows as the journal has it; kills behind which they differ */
};

static void make_room(struct count *c, uint64_t events)
{
    size_t room = c->room;

    must(events < EVENTS_MAX, "too many events");
    c->times = mem_grow(c->times, &room, events, 1);
    c->acknowledged = mem_grow(c->acknowledged, &c->room, events, sizeof(bool));
}

static void take_note(struct count *c, const struct note *note)
{
    uint64_t there = 0;

    make_room(c, note->first + BATCH);
    for (uint64_t n = note->first; n < note->first + BATCH; n++) {
        there += c->times[n] > 0; /* as the journal was before this child */
        c->promised += !c->acknowledged[n];
        c->acknowledged[n] = true;
    }
    c->wrong_duplicates += there != note->duplicates;
    if (note->first + BATCH > c->sent)
        c->sent = note->first + BATCH;
}

/* Read what the journal gained. */
static void read_journal(struct count *c, const char *dir)
{
    SCOPED(cursor_close) struct cursor *cursor = NULL;
    SCOPED(arena_free) struct arena a = {0};
    struct error err = {0};
    struct record r;
    struct event e;
    uint64_t n = 0;

    must(cursor_open(&cursor, dir, NULL, c->read, &err) == OK, err.message);
    while (cursor_next(cursor, &r, &err) == OK) {
        must(event_decode(r.body, &a, &e, &err) == OK, err.message);
        must(text_to_u64((struct text){e.id.data + 2, e.id.size - 2}, &n), "a foreign event");
        make_room(c, n + 1);
        c->doubled += ++c->times[n] > 1;
        if (n % 10 == 0)
            c->contacts++;
        else if (n % 20 == 5 && n >= REFUSES)
            c->contacts--; /* the address came before */
        c->read = r.position;
        arena_reset(&a);
    }
    must(err.status == ERR_NOT_FOUND, err.message);
}

static void look_at_contacts(struct count *c, const char *dir)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    struct error err = {0};

    must(store_open(&store, dir, STORE_READ, NULL, &err) == OK, err.message);
    must(stmt_open(&q, store, "SELECT count(*) FROM contact", &err) == OK, err.message);
    must(sqlite3_step(q) == SQLITE_ROW, "contacts cannot be counted");
    c->wrong_contacts += (uint64_t)stmt_i64(q, 0) != c->contacts;
}

/* One child, from birth to death. It starts by sending what may have been lost once more. */
static void one_kill(struct count *c, const char *dir, struct random *random)
{
    uint64_t first = c->sent > 4 * BATCH ? c->sent - 4 * BATCH : 0;
    struct note note;
    int ends[2];

    must(pipe(ends) == 0, "no pipe");
    pid_t child = fork();
    must(child >= 0, "no process");
    if (child == 0) {
        close(ends[0]);
        live(dir, first, ends[1]);
    }
    close(ends[1]);
    must(read(ends[0], &note, sizeof(note)) == sizeof(note), "a shop did not open");
    uint32_t us = LIVE_MIN_US + random_below(random, LIVE_RANGE_US);
    (void)nanosleep(&(struct timespec){0, (long)us * 1000}, NULL); /* early is as random */
    kill(child, SIGKILL);
    while (read(ends[0], &note, sizeof(note)) == sizeof(note))
        take_note(c, &note);
    close(ends[0]);
    must(waitpid(child, NULL, 0) == child, "the process is lost");
    read_journal(c, dir);
    look_at_contacts(c, dir);
    for (uint64_t n = first; n < c->sent; n++)
        c->lost += c->acknowledged[n] && c->times[n] == 0;
}

/* An orderly start and stop, which leaves a checkpoint; and all of the journal read once more. */
static void rest(const struct count *c, const char *dir)
{
    struct shop *shop = NULL;
    struct settings settings;
    struct ledger_counts counts;
    struct error err = {0};
    uint64_t there = 0;

    settings_defaults(&settings);
    must(shop_open(&shop, dir, SHOP_WRITE, &settings, NULL, &err) == OK, err.message);
    must(ledger_read(shop->store, &counts, &err) == OK, err.message);
    for (uint64_t n = 0; n < c->room; n++)
        there += c->times[n];
    must(counts.received == counts.stored + counts.duplicate + ledger_refused(&counts) &&
             counts.stored == there,
         "the ledger does not add up");
    shop_close(&shop);
}

int main(int count, char **arguments)
{
    uint64_t kills = count > 1 ? strtoull(arguments[1], NULL, 10) : KILLS_DEFAULT;
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    struct count c = {0};
    struct random random;
    struct error err = {0};
    bool made = false;
    uint64_t started = time_monotonic_ns();

    random_seed(&random, 1);
    must(shop_init(dir, &made, &err) == OK, err.message);
    for (uint64_t i = 0; i < kills; i++) {
        one_kill(&c, dir, &random);
        if (i % CHECKPOINT_EVERY == CHECKPOINT_EVERY - 1 || i + 1 == kills)
            rest(&c, dir);
    }
    for (uint64_t n = 0; n < c.sent; n++) /* all of it, at the end */
        c.lost += c.acknowledged[n] && c.times[n] == 0;
    printf("{\"test\":\"kill\",\"kills\":%" PRIu64 ",\"acknowledged\":%" PRIu64 ",\"lost\":%" PRIu64
           ",\"doubled\":%" PRIu64 ",\"wrong_duplicates\":%" PRIu64 ",\"contacts\":%" PRIu64
           ",\"wrong_contacts\":%" PRIu64 ",\"seconds\":%.1f}\n",
           kills, c.promised, c.lost, c.doubled, c.wrong_duplicates, c.contacts, c.wrong_contacts,
           (double)(time_monotonic_ns() - started) / 1e9);
    mem_free(c.times);
    mem_free(c.acknowledged);
    return c.promised > 0 && c.lost + c.doubled + c.wrong_duplicates + c.wrong_contacts == 0 ? 0
                                                                                             : 1;
}
