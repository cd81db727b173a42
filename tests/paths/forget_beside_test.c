/* SPDX-License-Identifier: Apache-2.0 */
/* Erasures beside each other, and beside all that reads or writes a shop for long. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/file.h"
#include "base/time.h"
#include "paths/backup.h"
#include "paths/learn.h"
#include "paths/renew.h"
#include "tests/support/marked.h"

static void must(enum status status, const struct error *err)
{
    if (status != OK)
        fail_msg("%s", err->message);
}

/* --- something that goes on until it is told to stop, once at least --- */

struct beside {
    struct place *p;
    void (*once)(struct beside *b);
    atomic_int done;
    atomic_bool stop;
    pthread_t thread;
    char dir[TEST_PATH_SIZE]; /* another folder */
};

static void *go_on(void *argument)
{
    struct beside *b = argument;

    while (!atomic_load(&b->stop)) {
        b->once(b);
        atomic_fetch_add(&b->done, 1);
    }
    return NULL;
}

static void beside_begin(struct beside *b, struct place *p, void (*once)(struct beside *b))
{
    b->p = p;
    b->once = once;
    atomic_init(&b->done, 0);
    atomic_init(&b->stop, false);
    assert_int_equal(pthread_create(&b->thread, NULL, go_on, b), 0);
}

/* At least one of them began behind this and ended. */
static void beside_some(struct beside *b)
{
    const struct timespec pause = {0, 1000000};

    for (int done = atomic_load(&b->done); atomic_load(&b->done) < done + 2;)
        (void)nanosleep(&pause, NULL); /* cut short or not */
}

static void beside_end(struct beside *b)
{
    atomic_store(&b->stop, true);
    assert_int_equal(pthread_join(b->thread, NULL), 0);
}

/* --- */

/* A backup in the way of the WAL, say: as the server does, until it is finished. */
static void finish(struct place *p)
{
    struct error err = {0};
    bool left = true;

    for (int i = 0; left && i < 20; i++) {
        enum status status = forget_resume(p->t.shop, &left, &err);
        assert_true(status == OK || status == ERR_UNAVAILABLE);
    }
    assert_false(left);
}

static void forget(struct place *p, const char *id)
{
    struct forgotten f;
    struct error err = {0};

    must(marked_forget(p->t.shop, id, &f, &err), &err);
    if (!f.finished)
        finish(p);
}

static void all_is_well(struct place *p)
{
    struct error err = {0};
    struct ledger_counts c = test_ledger(&p->t);

    assert_int_equal(c.received, c.stored + c.duplicate + ledger_refused(&c));
    assert_int_equal(c.stored, p->t.shop->state->events);
    must(shop_renew(p->t.shop, NULL, &err), &err);
    assert_int_equal(c.stored, p->t.shop->state->events);
    test_shop_close(&p->t);
    assert_int_equal(files_marked(p->t.dir), 0);
}

static void import_once(struct beside *b)
{
    SCOPED(buffer_free) struct buffer lines = {0};
    int from = atomic_load(&b->done) * 200;

    for (int i = from; i < from + 200; i++)
        buffer_printf(&lines,
                      "{\"id\":\"i-%d\",\"type\":\"view_item\",\"anonymous_id\":\"i-%d\","
                      "\"time\":%lld,\"items\":[{\"item_id\":\"p-%d\"}]}\n",
                      i, i % 9, (long long)TEST_NOW, i % 13);
    /* and one of theirs, which must not get in */
    buffer_printf(&lines,
                  "{\"id\":\"late-%d\",\"type\":\"view_item\",\"anonymous_id\":\"" MARKER
                  "-anon\",\"time\":%lld,\"items\":[{\"item_id\":\"" MARKER "-%d\"}]}\n",
                  from, (long long)TEST_NOW, from);
    struct import_counts counts = test_import(b->p->t.shop, "events", lines.data, "from=jsonl");
    assert_true(counts.stored >= 200);
}

static void backup_once(struct beside *b)
{
    const struct backup_options options = {.replace = true};
    struct backup_result made;
    struct error err = {0};
    char path[TEST_PATH_SIZE];

    must(backup_make(b->p->t.dir, test_path(path, b->dir, "one"), &options, &made, &err), &err);
}

static void checkpoint_once(struct beside *b)
{
    struct error err = {0};
    enum status status = learn_checkpoint(b->p->t.dir, &b->p->t.settings, &err);

    /* somebody is erased meanwhile: it says so; one that began behind them may find its file gone */
    if (status != OK && status != ERR_CONFLICT && status != ERR_NOT_FOUND)
        fail_msg("%s", err.message);
}

static void record_once(struct beside *b)
{
    int i = atomic_load(&b->done);

    if (i < 300)
        marked_others(b->p->t.shop, 1000 + i, 1);
}

static void an_erasure_beside(void (*once)(struct beside *b))
{
    struct place p;
    struct beside b;

    (void)test_dir(b.dir); /* fails the test itself */
    place_open(&p);
    beside_begin(&b, &p, once);
    beside_some(&b);
    forget(&p, MARKER "-user");
    beside_some(&b);
    beside_end(&b);
    finish(&p);
    all_is_well(&p);
}

static void beside_an_import(void **state)
{
    an_erasure_beside(import_once);
}

static void beside_a_backup(void **state)
{
    an_erasure_beside(backup_once);
}

static void beside_a_checkpoint(void **state)
{
    an_erasure_beside(checkpoint_once);
}

static void beside_recording(void **state)
{
    an_erasure_beside(record_once);
}

static void forget_other(struct beside *b)
{
    struct forgotten f;
    struct error err = {0};
    char id[16];

    snprintf(id, sizeof(id), "v-%d", atomic_load(&b->done) % 7);
    must(marked_forget(b->p->t.shop, id, &f, &err), &err);
}

static void beside_another(void **state)
{
    an_erasure_beside(forget_other);
}

/* Two who ask for the same person at once: one finds the work done. */
static void forget_same(struct beside *b)
{
    struct forgotten f;
    struct error err = {0};

    must(marked_forget(b->p->t.shop, MARKER "-user", &f, &err), &err);
}

static void beside_the_same(void **state)
{
    an_erasure_beside(forget_same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beside_an_import),    cmocka_unit_test(beside_a_backup),
        cmocka_unit_test(beside_a_checkpoint), cmocka_unit_test(beside_recording),
        cmocka_unit_test(beside_another),      cmocka_unit_test(beside_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
