/* SPDX-License-Identifier: Apache-2.0 */
/* versions: a process that applies programs and makes keys is killed with SIGKILL at a random moment,
 * again and again, on one shop. Every version it acknowledged through a pipe before dying must be
 * there, numbers must have no gap, and the administrative log must fit what it tells of: no version
 * and no key without an entry, no entry without what it names.
 *
 *   versions [KILLS]       default 10
 *
 * One line of JSON. Exit 0 when all of that held. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/random.h"
#include "paths/shop.h"
#include "paths/verify.h"
#include "paths/versions.h"
#include "store/keys.h"
#include "tests/support/test.h"

enum { KILLS_DEFAULT = 10, LIVE_MIN_US = 1000, LIVE_RANGE_US = 39000 };

static const int64_t now_ms = INT64_C(1795341600000);

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "versions: %s\n", what);
    exit(3);
}

/* A key and its entry, as the server's writer makes them. */
static enum status add_key(struct write *w, struct writer *writer, struct store *store,
                           struct error *err)
{
    const struct actor actor = {TEXT("ann"), TEXT("test"), now_ms};
    char key[KEY_SIZE];
    enum status status = keys_add(store, KEY_PUBLIC, TEXT("key"), &actor, key, err);

    (void)w;
    (void)writer;
    return status == ERR_LIMIT ? OK : status; /* there are enough of them */
}

/* Apply version after version until killed. */
static void live(const char *dir, int pipe)
{
    struct settings settings;
    struct shop *shop = NULL;
    struct error err = {0};
    uint32_t ready = 0;

    settings_defaults(&settings);
    settings.commit_wait_ms = 0;
    must(shop_open(&shop, dir, SHOP_WRITE, &settings, NULL, &err) == OK, err.message);
    must(write(pipe, &ready, sizeof(ready)) == sizeof(ready), "the pipe broke");
    for (;;) {
        SCOPED(arena_free) struct arena a = {0};
        struct problems problems = {0};
        struct write key = {.run = add_key, .events = 1};
        uint32_t version = shop->state->program->version;
        const struct program_change change = {
            .document = text_from(arena_printf(
                &a,
                "owner: me@shop.example\ncurrency: EUR\npolicies:\n  consent_default: {analytics: "
                "true, personalization: true, email: false}\n# the document after version %u\n",
                version)),
            .author = TEXT("ann"),
            .reason = TEXT("a test"),
            .expected_version = version,
            .now_ms = now_ms};

        must(shop_apply_program(shop, &change, &a, &problems, &version, &err) == OK, err.message);
        must(write(pipe, &version, sizeof(version)) == sizeof(version), "the pipe broke");
        must(writer_run(shop->writer, &key, &err) == OK, err.message);
    }
}

/* One child, from birth to death; the last version it acknowledged, 0: none. */
static uint32_t one_kill(const char *dir, struct random *random)
{
    uint32_t version = 0, last = 0;
    int ends[2];

    must(pipe(ends) == 0, "no pipe");
    pid_t child = fork();
    must(child >= 0, "no process");
    if (child == 0) {
        (void)close(ends[0]); /* the parent's */
        live(dir, ends[1]);
    }
    (void)close(ends[1]); /* the child's */
    must(read(ends[0], &version, sizeof(version)) == sizeof(version), "the child did not start");
    uint32_t us = LIVE_MIN_US + random_below(random, LIVE_RANGE_US);
    const struct timespec while_it_lives = {.tv_nsec = 1000L * us};

    (void)nanosleep(&while_it_lives, NULL);
    must(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child, "the child is not mine");
    while (read(ends[0], &version, sizeof(version)) == sizeof(version))
        last = version;
    (void)close(ends[0]); /* read to its end */
    return last;
}

static void count_version(void *context, const struct version *v)
{
    uint32_t *last = context;

    must(v->number == *last + 1, "a version is missing or stands twice");
    *last = v->number;
}

/* What the shop holds now: the newest version. */
static uint32_t check(const char *dir)
{
    SCOPED(arena_free) struct arena a = {0};
    struct verified verified;
    struct error err = {0};
    uint32_t last = 0;

    must(versions_each(dir, count_version, &last, &err) == OK, err.message);
    must(program_verify(dir, NULL, &a, &verified, &err) == OK, err.message);
    must(verified.fault_count == 0, verified.fault_count > 0 ? verified.faults[0] : "");
    must(verified.versions == last && verified.entries == last + verified.keys, "a count is off");
    return last;
}

int main(int argc, char **argv)
{
    int kills = argc > 1 ? (int)strtol(argv[1], NULL, 10) : KILLS_DEFAULT;
    char dir[TEST_PATH_SIZE];
    struct random random;
    struct error err = {0};
    uint32_t promised = 0, there = 0;
    bool made;

    random_seed(&random, 20261126);
    must(shop_init(test_dir(dir), &made, &err) == OK, err.message);
    for (int i = 0; i < kills; i++) {
        uint32_t last = one_kill(dir, &random);

        promised = last > promised ? last : promised;
        there = check(dir);
        must(there >= promised, "a version that was acknowledged is lost");
    }
    must(promised > 0, "nothing was acknowledged before any of the kills");
    printf("{\"test\":\"versions\",\"kills\":%d,\"acknowledged\":%u,\"versions\":%u}\n", kills,
           promised, there);
    return 0;
}
