/* SPDX-License-Identifier: Apache-2.0 */
/* erasure: the power fails at one write, sync or truncation after another while somebody is erased, and
 * the disk keeps a random part of what was not synced. After a restart the erasure must be finished by
 * itself, or never have been begun: then it is asked for again. Either way nothing of the person may be on
 * any file, and the journal must be, record by record, that of an erasure that nothing disturbed.
 *
 *   erasure [POINTS]     default 60
 *
 * Then as many times with somebody recording meanwhile: what was acknowledged must be there, once, and
 * counted. One line of JSON for each. Exit 0 when all is well. */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "journal/erased.h"
#include "paths/record.h"
#include "tests/support/faulty_vfs.h"
#include "tests/support/marked.h"

enum { POINTS_DEFAULT = 60, MEANWHILE_MAX = 2000 };

static void must(enum status status, const struct error *err)
{
    if (status == OK)
        return;
    fprintf(stderr, "erasure: %s\n", err->message);
    exit(3);
}

static void copy_file(const char *from, const char *to, const char *name)
{
    SCOPED(buffer_free) struct buffer bytes = {0};
    char path[TEST_PATH_SIZE];
    struct error err = {0};

    must(file_read(test_path(path, from, name), 1 << 26, &bytes, &err), &err);
    test_write(test_path(path, to, name), buffer_text(&bytes));
}

/* A shop that was closed, and its checkpoint, which the power has nothing to do with. */
static void copy_shop(const struct place *from, const char *to)
{
    char path[TEST_PATH_SIZE], name[64];
    struct error err = {0};

    must(dir_remove(to, &err), &err);
    must(dir_make(test_path(path, to, "checkpoints"), &err), &err);
    copy_file(from->t.dir, to, "store.db");
    snprintf(name, sizeof(name), "checkpoints/%020" PRIu64 ".ckpt", from->end);
    copy_file(from->t.dir, to, name);
    test_write(test_path(path, to, "checkpoints/left-by-a-process-that-died.tmp"), TEXT(MARKER));
}

/* --- somebody who records meanwhile --- */

struct meanwhile {
    struct shop *shop;
    pthread_t thread;
    atomic_bool stop;
    bool acknowledged[MEANWHILE_MAX];
};

static void *record_meanwhile(void *argument)
{
    struct meanwhile *m = argument;

    for (int i = 0; i < MEANWHILE_MAX && !atomic_load(&m->stop); i++) {
        struct ingest_context context = shop_ingest_context(m->shop, TEST_NOW, true);
        struct error err = {0};
        struct batch batch;
        char json[256];

        snprintf(json, sizeof(json),
                 "{\"id\":\"m-%d\",\"type\":\"view_item\",\"anonymous_id\":\"v-%d\","
                 "\"items\":[{\"item_id\":\"m-%d\"}]}",
                 i, i % 5, i % 9);
        batch_init(&batch, "http", TEST_NOW, true);
        must(ingest_json(text_from(json), &context, &batch, &err), &err);
        m->acknowledged[i] =
            record_run(m->shop, &batch, &err) == OK && batch.entries[0].outcome == ENTRY_STORED;
        batch_free(&batch);
    }
    return NULL;
}

/* --- one loss of power --- */

/* Until the erasure is done or the power is lost; true: it was answered that they are erased. */
static bool erase(const char *dir, struct meanwhile *m, struct forgotten *out)
{
    struct settings settings;
    struct shop *shop = NULL;
    struct error err = {0};
    bool answered = false;

    settings_defaults(&settings);
    settings.commit_wait_ms = 0;
    if (shop_open(&shop, dir, SHOP_WRITE, &settings, NULL, &err) == OK) {
        if (m != NULL) {
            *m = (struct meanwhile){.shop = shop};
            assert_int_equal(pthread_create(&m->thread, NULL, record_meanwhile, m), 0);
        }
        answered = marked_forget(shop, MARKER "-user", out, &err) == OK;
        if (m != NULL) {
            atomic_store(&m->stop, true);
            assert_int_equal(pthread_join(m->thread, NULL), 0);
        }
    }
    shop_close(&shop);
    if (!answered && !faulty_vfs_dead())
        must(err.status, &err);
    return answered;
}

struct sum {
    uint64_t points, begun, finished, acknowledged; /* before the power was lost */
    uint64_t lost, found, unfinished, changed, uneven;
};

static bool is_erased(const char *dir)
{
    SCOPED(cursor_close) struct cursor *cursor = NULL;
    struct error err = {0};
    struct record r;
    bool erased = false;

    must(cursor_open(&cursor, dir, NULL, (struct position){0}, &err), &err);
    while (cursor_next(cursor, &r, &err) == OK)
        erased = erased || r.kind == RECORD_ERASURE;
    return erased;
}

/* What a server does when it starts; and a second request, if there was no first. */
static void restart(const char *dir, bool answered, struct sum *sum)
{
    struct settings settings;
    struct shop *shop = NULL;
    struct forgotten f;
    struct error err = {0};
    bool left = true, begun = is_erased(dir);

    sum->begun += begun;
    sum->lost += answered && !begun;
    settings_defaults(&settings);
    must(shop_open(&shop, dir, SHOP_WRITE, &settings, NULL, &err), &err);
    must(forget_resume(shop, &left, &err), &err);
    sum->unfinished += left;
    if (!begun)
        must(marked_forget(shop, MARKER "-user", &f, &err), &err);
    shop_close(&shop);
    sum->found += files_marked(dir) > 0;
}

static void check_counters(const char *dir, const struct meanwhile *m, struct sum *sum)
{
    SCOPED(cursor_close) struct cursor *cursor = NULL;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    SCOPED(store_close) struct store *store = NULL;
    struct ledger_counts counts;
    struct error err = {0};
    struct record r;
    struct event e;
    int times[MEANWHILE_MAX] = {0};
    uint64_t events = 0;

    must(cursor_open(&cursor, dir, NULL, (struct position){0}, &err), &err);
    while (cursor_next(cursor, &r, &err) == OK) {
        events += r.kind == RECORD_EVENT || (r.kind == RECORD_ERASED && erased_event(r.body));
        if (r.kind != RECORD_EVENT)
            continue;
        arena_reset(&a);
        must(event_decode(r.body, &a, &e, &err), &err);
        if (text_starts(e.id, "m-"))
            times[strtoul(e.id.data + 2, NULL, 10)]++;
    }
    must(store_open(&store, dir, STORE_READ, NULL, &err), &err);
    must(ledger_read(store, &counts, &err), &err);
    sum->uneven += counts.stored != events ||
                   counts.received != counts.stored + counts.duplicate + ledger_refused(&counts);
    for (int i = 0; m != NULL && i < MEANWHILE_MAX; i++) {
        sum->acknowledged += m->acknowledged[i];
        sum->lost += m->acknowledged[i] && times[i] == 0;
        sum->changed += times[i] > 1;
    }
}

static void fail_at(const struct place *template, const char *dir, uint64_t point, uint64_t seed,
                    struct meanwhile *m, struct sum *sum)
{
    struct forgotten f = {0};

    copy_shop(template, dir);
    faulty_vfs_install(SYNC_AS_IS);
    faulty_vfs_arm(FAULT_POWER, point, 1);
    bool answered = erase(dir, m, &f);
    faulty_vfs_settle(seed);
    faulty_vfs_remove();
    sum->points++;
    sum->finished += answered && f.finished;
    sum->found += answered && f.finished && files_marked(dir) > 0;
    restart(dir, answered, sum);
    check_counters(dir, m, sum);
}

/* The number of points of an erasure that nothing disturbs, and the journal it leaves. */
static uint64_t undisturbed(const struct place *template, const char *dir, uint64_t *hash)
{
    struct forgotten f = {0};

    copy_shop(template, dir);
    assert_true(files_marked(dir) >= 3); /* or this test could not fail */
    faulty_vfs_install(SYNC_AS_IS);
    faulty_vfs_arm(FAULT_POWER, UINT64_MAX, 1);
    (void)erase(dir, NULL, &f); /* seen in `f` */
    uint64_t points = faulty_vfs_operations();
    faulty_vfs_settle(0);
    faulty_vfs_remove();
    assert_true(f.finished && f.events > 0 && f.decisions > 0 && f.refused > 0);
    *hash = journal_hash(dir);
    return points;
}

static bool report(const char *name, uint64_t of, const struct sum *sum)
{
    printf("{\"test\":\"%s\",\"points\":%" PRIu64 ",\"of\":%" PRIu64 ",\"begun\":%" PRIu64
           ",\"finished\":%" PRIu64 ",\"acknowledged\":%" PRIu64 ",\"lost\":%" PRIu64
           ",\"found\":%" PRIu64 ",\"unfinished\":%" PRIu64 ",\"changed\":%" PRIu64
           ",\"uneven\":%" PRIu64 "}\n",
           name, sum->points, of, sum->begun, sum->finished, sum->acknowledged, sum->lost,
           sum->found, sum->unfinished, sum->changed, sum->uneven);
    fflush(stdout);
    return sum->lost + sum->found + sum->unfinished + sum->changed + sum->uneven == 0 &&
           sum->begun > 0 && sum->begun < sum->points;
}

int main(int count, char **arguments)
{
    uint64_t points = count > 1 ? strtoull(arguments[1], NULL, 10) : POINTS_DEFAULT;
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    static struct meanwhile meanwhile;
    struct sum alone = {0}, beside = {0};
    struct place template;
    uint64_t hash;

    place_open(&template);
    marked_lend(template.t.shop, MARKER "-user", "bert");
    template.end = template.t.shop->state->position.number;
    place_checkpoint(&template);
    test_shop_close(&template.t);
    uint64_t all = undisturbed(&template, dir, &hash);
    for (uint64_t i = 0; i < points; i++) {
        fail_at(&template, dir, 1 + i * all / points, i, NULL, &alone);
        alone.changed += journal_hash(dir) != hash;
    }
    for (uint64_t i = 0; i < points; i++)
        fail_at(&template, dir, 1 + i * 3 * all / points, i, &meanwhile, &beside);
    bool good = report("erasure", all, &alone);
    return report("erasure_and_records", all, &beside) && good ? 0 : 1;
}
