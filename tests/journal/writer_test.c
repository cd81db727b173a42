/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/writer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/test.h"

/* What the fold and the outcomes saw. Written on the writer's thread, read after writer_close or a
 * writer_run, which order it. */
struct seen {
    uint64_t folded, committed, rolled_back;
    uint64_t followed;        /* records before a commit */
    enum status follow_fails; /* what the table that follows says */
    uint64_t last;
    bool in_order;
};

static void fold(void *context, const struct record *records, size_t count)
{
    struct seen *seen = context;

    for (size_t i = 0; i < count; i++) {
        seen->in_order = seen->in_order && records[i].position.number == seen->last + 1;
        seen->last = records[i].position.number;
    }
    seen->folded += count;
}

/* A table that follows the journal: a counter. */
static enum status follow(void *context, struct store *store, const struct record *records,
                          size_t count, struct error *err)
{
    struct seen *seen = context;

    if (store_run(store,
                  "INSERT INTO counter VALUES('followed',1)"
                  " ON CONFLICT(name) DO UPDATE SET value=value+1",
                  err) != OK)
        return err->status;
    for (size_t i = 0; i < count; i++)
        assert_true(records[i].position.number > seen->last); /* not folded yet */
    seen->followed += count;
    return seen->follow_fails == OK ? OK : error_set(err, seen->follow_fails, "it does not follow");
}

static void outcome(void *context, bool committed)
{
    struct seen *seen = context;

    if (committed)
        seen->committed++;
    else
        seen->rolled_back++;
}

struct job {
    struct write write;
    struct text body;
    uint32_t records;
    enum status fails; /* what run returns after appending */
    struct seen *seen;
    uint64_t folded_at_done; /* the fold came before */
    struct position position;
    enum status status;
    struct error err;
    int runs, dones;
    atomic_bool *gate; /* run waits until it is true */
};

static enum status job_run(struct write *w, struct writer *writer, struct store *store,
                           struct error *err)
{
    struct job *job = (struct job *)w;
    (void)store;

    job->runs++;
    while (job->gate != NULL && !atomic_load(job->gate))
        ;
    for (uint32_t i = 0; i < job->records; i++)
        if (writer_append(writer, RECORD_EVENT, 1000, job->body, &job->position, err) != OK)
            return err->status;
    if (job->fails != OK)
        return error_set(err, job->fails, "this one fails");
    return OK;
}

static void job_done(struct write *w, enum status status, const struct error *err)
{
    struct job *job = (struct job *)w;

    job->dones++;
    job->status = status;
    job->err = *err;
    job->folded_at_done = job->seen->folded;
}

static struct job make_job(struct seen *seen, uint32_t records, enum status fails)
{
    return (struct job){.write = {.run = job_run, .done = job_done, .events = records},
                        .body = TEXT("body"),
                        .records = records,
                        .fails = fails,
                        .seen = seen};
}

static struct writer *start(const char *dir, struct seen *seen, uint32_t queue_max)
{
    struct writer_options options = {.data_dir = dir,
                                     .wait_ms = 2,
                                     .events_max = 1000,
                                     .queue_events_max = queue_max,
                                     .disk_bytes_max = 1 << 30,
                                     .fold = fold,
                                     .before_commit = follow,
                                     .outcome = outcome,
                                     .context = seen};
    struct writer *writer = NULL;
    struct error err = {0};

    *seen = (struct seen){.in_order = true};
    assert_int_equal(writer_open(&writer, &options, &err), OK);
    return writer;
}

static uint64_t count_records(const char *dir)
{
    SCOPED(cursor_close) struct cursor *c = NULL;
    struct error err = {0};
    struct record r;
    uint64_t count = 0;

    assert_int_equal(cursor_open(&c, dir, NULL, (struct position){0}, &err), OK);
    while (cursor_next(c, &r, &err) == OK)
        count++;
    assert_int_equal(err.status, ERR_NOT_FOUND);
    return count;
}

static void an_answer_comes_after_the_commit_and_the_fold(void **state)
{
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    struct seen seen;
    SCOPED(writer_close) struct writer *writer = start(dir, &seen, 10000);
    struct job job = make_job(&seen, 3, OK);
    struct error err = {0};
    (void)state;

    assert_int_equal(writer_run(writer, &job.write, &err), OK);
    assert_int_equal(job.dones, 1);
    assert_int_equal(job.status, OK);
    assert_int_equal(job.folded_at_done, 3);
    assert_int_equal(job.position.number, 3);
    assert_int_equal(count_records(dir), 3);
}

static void a_write_that_fails_fails_alone(void **state)
{
    enum { JOBS = 9 };
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    struct seen seen;
    struct writer *writer = start(dir, &seen, 10000);
    struct job jobs[JOBS], first = make_job(&seen, 1, OK);
    struct error err = {0};
    atomic_bool gate = false;
    (void)state;

    first.gate = &gate; /* holds the writer until all others wait, so that they share a commit */
    assert_int_equal(writer_submit(writer, &first.write, &err), OK);
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = make_job(&seen, 2, i % 4 == 2 ? ERR_CONFLICT : OK);
        assert_int_equal(writer_submit(writer, &jobs[i].write, &err), OK);
    }
    atomic_store(&gate, true);
    writer_close(&writer);
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(jobs[i].dones, 1);
        assert_int_equal(jobs[i].status, i % 4 == 2 ? ERR_CONFLICT : OK);
        if (i % 4 == 2)
            assert_string_equal(jobs[i].err.message, "this one fails");
    }
    assert_int_equal(seen.folded, 1 + 7 * 2);
    assert_true(seen.in_order);
    assert_true(seen.rolled_back >= 2);
    assert_int_equal(count_records(dir), 15);
}

static int64_t followed_on_disk(const char *dir)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    struct error err = {0};

    assert_int_equal(store_open(&store, dir, STORE_READ, NULL, &err), OK);
    assert_int_equal(stmt_open(&q, store, "SELECT value FROM counter WHERE name='followed'", &err),
                     OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    return stmt_i64(q, 0);
}

static void a_table_follows_in_the_same_transaction_or_nothing_happens(void **state)
{
    char dir[TEST_PATH_SIZE];
    struct seen seen;
    struct writer *writer = start(test_dir(dir), &seen, 1000);
    struct job first = make_job(&seen, 3, OK), second = make_job(&seen, 2, OK),
               third = make_job(&seen, 1, OK);
    struct error err = {0};

    (void)state;
    assert_int_equal(writer_run(writer, &first.write, &err), OK);
    assert_int_equal(seen.followed, 3);
    seen.follow_fails = ERR_LIMIT;
    assert_int_equal(writer_run(writer, &second.write, &err), ERR_LIMIT);
    assert_string_equal(err.message, "it does not follow");
    assert_int_equal(second.runs, 1); /* running it again would change nothing */
    seen.follow_fails = OK;
    assert_int_equal(writer_run(writer, &third.write, &err), OK);
    assert_int_equal(third.position.number, 4);
    writer_close(&writer);
    assert_int_equal(count_records(dir), 4);
    assert_int_equal(followed_on_disk(dir), 2);
}

static void a_full_queue_refuses_without_an_answer(void **state)
{
    char room[TEST_PATH_SIZE];
    struct seen seen;
    struct writer *writer = start(test_dir(room), &seen, 10);
    struct job first = make_job(&seen, 1, OK), second = make_job(&seen, 9, OK),
               third = make_job(&seen, 2, OK);
    struct error err = {0};
    atomic_bool gate = false;
    (void)state;

    first.gate = &gate;
    assert_int_equal(writer_submit(writer, &first.write, &err), OK);
    while (writer_waiting(writer) > 0)
        ;
    assert_int_equal(writer_submit(writer, &second.write, &err), OK);
    assert_int_equal(writer_submit(writer, &third.write, &err), ERR_LIMIT);
    assert_int_equal(writer_waiting(writer), 9);
    atomic_store(&gate, true);
    writer_close(&writer);
    assert_int_equal(second.status, OK);
    assert_int_equal(third.dones, 0);
}

static void past_the_disk_bound_writes_are_unavailable_and_nothing_is_half_written(void **state)
{
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    struct seen seen = {.in_order = true};
    struct writer_options options = {.data_dir = dir,
                                     .events_max = 1000,
                                     .queue_events_max = 100000,
                                     .disk_bytes_max = 1 << 20,
                                     .fold = fold,
                                     .outcome = outcome,
                                     .context = &seen};
    struct writer *writer = NULL;
    struct error err = {0};
    enum status status = OK;
    uint64_t stored = 0;
    static char body[4000];
    (void)state;

    assert_int_equal(writer_open(&writer, &options, &err), OK);
    for (int i = 0; i < 100 && status == OK; i++) {
        struct job job = make_job(&seen, 10, OK);

        job.body = (struct text){body, sizeof(body)};
        status = writer_run(writer, &job.write, &err);
        stored += status == OK ? 10 : 0;
    }
    assert_int_equal(status, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.message, "no room"));
    struct job small = make_job(&seen, 1, OK);
    assert_int_equal(writer_run(writer, &small.write, &err), OK);
    writer_close(&writer);
    assert_int_equal(count_records(dir), stored + 1);
    assert_int_equal(seen.folded, stored + 1);
}

enum { THREADS = 4, EACH = 200 };

struct client {
    struct writer *writer;
    struct seen *seen;
    uint64_t stored, conflicts;
};

static void *client_work(void *argument)
{
    struct client *client = argument;

    for (int i = 0; i < EACH; i++) {
        struct job job =
            make_job(client->seen, 1 + (uint32_t)i % 3, i % 50 == 7 ? ERR_CONFLICT : OK);
        struct error err = {0};

        switch (writer_run(client->writer, &job.write, &err)) {
        case OK: client->stored += job.records; break;
        case ERR_CONFLICT: client->conflicts++; break;
        default: return NULL;
        }
    }
    return client;
}

static void many_threads_share_commits_and_all_is_there(void **state)
{
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    struct seen seen;
    struct writer *writer = start(dir, &seen, 100000);
    struct client clients[THREADS];
    pthread_t threads[THREADS];
    uint64_t stored = 0;
    (void)state;

    for (int i = 0; i < THREADS; i++) {
        clients[i] = (struct client){.writer = writer, .seen = &seen};
        assert_int_equal(pthread_create(&threads[i], NULL, client_work, &clients[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *finished = NULL;

        assert_int_equal(pthread_join(threads[i], &finished), 0);
        assert_non_null(finished);
        assert_int_equal(clients[i].conflicts, 4);
        stored += clients[i].stored;
    }
    writer_close(&writer);
    assert_int_equal(seen.folded, stored);
    assert_true(seen.in_order);
    assert_int_equal(count_records(dir), stored);
}

static void numbers_go_on_after_a_restart(void **state)
{
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    struct seen seen;
    struct error err = {0};
    (void)state;

    for (uint64_t round = 1; round <= 3; round++) {
        struct writer *writer = start(dir, &seen, 10000);
        struct job job = make_job(&seen, 1, OK);

        seen.last = round - 1;
        assert_int_equal(writer_run(writer, &job.write, &err), OK);
        assert_int_equal(job.position.number, round);
        writer_close(&writer);
        assert_true(seen.in_order);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_comes_after_the_commit_and_the_fold),
        cmocka_unit_test(a_write_that_fails_fails_alone),
        cmocka_unit_test(a_table_follows_in_the_same_transaction_or_nothing_happens),
        cmocka_unit_test(a_full_queue_refuses_without_an_answer),
        cmocka_unit_test(past_the_disk_bound_writes_are_unavailable_and_nothing_is_half_written),
        cmocka_unit_test(many_threads_share_commits_and_all_is_there),
        cmocka_unit_test(numbers_go_on_after_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
