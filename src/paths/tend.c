/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/tend.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "base/time.h"
#include "decisions/decisions.h"
#include "paths/forget.h"
#include "paths/renew.h"
#include "paths/retention.h"

extern char **environ;

enum {
    NICENESS = 10,
    PATH_SIZE = 4096,
    GENERATIONS_SEEN_MAX = 1000,
    PRUNE_EVERY_MS = MS_HOUR,
    ERASE_EVERY_MS = MS_MINUTE,
    RETAIN_EVERY_MS = MS_HOUR,
    NS_SECOND = 1000000000,
    NS_MS = 1000000,
};

/* A process of ours; pid 0: none runs. */
struct child {
    pid_t pid;
    int64_t started_ms;
};

struct tend {
    struct shop *shop;
    char program[PATH_SIZE];
    pthread_t thread;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t wake;
    bool stopping;
    struct child checkpoint, train;
    struct position checkpoint_begun; /* the state's position when the running one was started */
    int64_t tick_ms, checkpoint_ms, prune_ms, erase_ms, retain_ms,
        train_ms;     /* when each is due next */
    uint32_t blocked; /* identifiers that join nobody, when last looked at; the thread's own */
};

bool tend_next(struct text at, const struct zone *zone, int64_t now_ms, int64_t *next_ms)
{
    struct text rest = at;
    struct text hour = text_cut(&rest, ':');
    uint64_t hours, minutes;

    if (at.size == 0) {
        *next_ms = INT64_MAX;
        return true;
    }
    if (rest.data == NULL || hour.size != 2 || rest.size != 2 || !text_to_u64(hour, &hours) ||
        !text_to_u64(rest, &minutes) || hours > 23 || minutes > 59)
        return false;
    int64_t local = now_ms + (zone != NULL ? zone_offset_ms(zone, now_ms) : 0);
    int64_t midnight = local - local % MS_DAY;

    for (int64_t day = 0; day < 3; day++) {
        int64_t wanted =
            midnight + day * MS_DAY + (int64_t)hours * MS_HOUR + (int64_t)minutes * MS_MINUTE;
        int64_t utc = zone != NULL ? zone_to_utc(zone, wanted) : wanted;

        if (utc > now_ms) {
            *next_ms = utc;
            return true;
        }
    }
    return false;
}

static void log_failure(const char *what, const struct error *err)
{
    char quoted[LOG_QUOTE_SIZE];

    log_line(LOG_WARN, what, "error=%s", log_quote(text_from(err->message), quoted));
}

/* What is spawned keeps to the processors of the thread that spawns it: one of those there are, so that a
 * train, whatever threads it uses, leaves the others to answers. */
static int spawn_on_one_processor(struct tend *t, struct child *child,
                                  const char *const arguments[],
                                  const posix_spawn_file_actions_t *files,
                                  const posix_spawnattr_t *attributes)
{
    cpu_set_t all, one;
    size_t last = CPU_SETSIZE - 1;
    bool known = sched_getaffinity(0, sizeof(all), &all) == 0;

    while (known && last > 0 && !CPU_ISSET(last, &all))
        last--;
    CPU_ZERO(&one);
    CPU_SET(last, &one);
    known =
        known && sched_setaffinity(0, sizeof(one), &one) == 0; /* only a courtesy, as NICENESS */
    int failed = posix_spawn(&child->pid, t->program, files, attributes,
                             (char *const *)(uintptr_t)arguments, environ);
    if (known)
        (void)sched_setaffinity(0, sizeof(all), &all); /* they were its own a moment ago */
    return failed;
}

static bool child_start(struct tend *t, struct child *child, const char *command, const char *flag,
                        int64_t now_ms)
{
    const char *arguments[] = {t->program, "--data", t->shop->data_dir, command, flag, NULL};
    posix_spawn_file_actions_t files; /* what it says for people is not for our output */
    posix_spawnattr_t attributes;
    sigset_t none;

    (void)sigemptyset(&none);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    int failed = spawn_on_one_processor(t, child, arguments, &files, &attributes);
    (void)posix_spawn_file_actions_destroy(&files);
    (void)posix_spawnattr_destroy(&attributes);
    if (failed != 0) {
        child->pid = 0;
        log_line(LOG_WARN, "child_failed", "command=%s error=\"%s\"", command, strerror(failed));
        return false;
    }
    (void)setpriority(PRIO_PROCESS, (id_t)child->pid, NICENESS); /* only a courtesy */
    child->started_ms = now_ms;
    return true;
}

/* True when it ended since the last look; `*good` tells whether with exit status 0. */
static bool child_ended(struct child *child, bool *good)
{
    int status = 0;

    if (child->pid == 0 || waitpid(child->pid, &status, WNOHANG) == 0)
        return false;
    child->pid = 0;
    *good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return true;
}

static void child_stop(struct child *child)
{
    if (child->pid == 0)
        return;
    (void)kill(child->pid, SIGKILL); /* it may be gone already */
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    child->pid = 0;
}

static void plan_train(struct tend *t, int64_t now_ms)
{
    SCOPED(zone_close) struct zone *zone = NULL;
    struct text at = text_from(t->shop->settings.train_at);
    struct error why = {0}; /* of no interest: the program's check has refused such a zone */
    char name[64];

    shop_read_lock(t->shop);
    struct text wanted = t->shop->state->program->time_zone;
    snprintf(name, sizeof(name), "%.*s", (int)wanted.size, wanted.size > 0 ? wanted.data : "");
    shop_read_unlock(t->shop);
    if (name[0] != '\0' && zone_open(&zone, name, &why) != OK)
        zone = NULL; /* UTC then */
    if (!tend_next(at, zone, now_ms, &t->train_ms))
        t->train_ms = INT64_MAX; /* tend_open has refused it */
}

static void publish_newest(struct tend *t, int64_t now_ms)
{
    SCOPED(mem_free_scoped)
    struct generation_summary *found = mem_new(GENERATIONS_SEEN_MAX, sizeof(*found));
    struct error err = {0};
    size_t count = 0;

    if (generation_list(t->shop->data_dir, found, GENERATIONS_SEEN_MAX, &count, &err) != OK ||
        count == 0) {
        log_failure("generation_not_published", &err);
        return;
    }
    const struct actor by = {TEXT("train"), TEXT("endcap"), now_ms};
    uint32_t number = found[count - 1].number;
    if (shop_use_generation(t->shop, number, &by, &err) != OK) {
        log_failure("generation_not_published", &err);
        return;
    }
    log_line(LOG_INFO, "generation_published", "number=%" PRIu32 " clicks=%" PRIu64, number,
             found[count - 1].click_count);
}

/* What ended well: a train, whose generation is to be published; a checkpoint. */
struct ended {
    bool trained, saved;
};

static struct ended tend_children(struct tend *t, int64_t now_ms)
{
    struct ended ended = {false, false};
    bool good = false;

    if (child_ended(&t->checkpoint, &good)) {
        log_line(good ? LOG_INFO : LOG_WARN, good ? "checkpoint_made" : "checkpoint_failed",
                 "ms=%" PRId64, now_ms - t->checkpoint.started_ms);
        if (good)
            t->shop->checkpoint = t->checkpoint_begun;
        ended.saved = good;
    }
    if (child_ended(&t->train, &good)) {
        log_line(good ? LOG_INFO : LOG_WARN, good ? "train_ended" : "train_failed", "ms=%" PRId64,
                 now_ms - t->train.started_ms);
        ended.trained = good;
    }
    if (now_ms >= t->train_ms && t->train.pid == 0) {
        (void)child_start(t, &t->train, "train", "--unpublished", now_ms); /* logged inside */
        plan_train(t, now_ms);
    }
    return ended;
}

/* Whether an erasure is still counted, and a checkpoint wanted to renew the state of. Only this thread renews. */
static bool is_outdated(const struct tend *t)
{
    struct error err = {0};
    bool outdated = false;

    if (state_outdated(t->shop->state, t->shop->data_dir, &outdated, &err) != OK)
        log_failure("state_not_renewed", &err);
    return outdated;
}

/* Of what is there already none is made anew, unless an erasure has taken that away. */
static void tend_checkpoint(struct tend *t, int64_t now_ms)
{
    if (now_ms < t->checkpoint_ms || t->checkpoint.pid != 0)
        return;
    t->checkpoint_ms = now_ms + (int64_t)t->shop->settings.checkpoint_minutes * MS_MINUTE;
    shop_read_lock(t->shop);
    struct position position = t->shop->state->position;
    shop_read_unlock(t->shop);
    if (position_compare(position, t->shop->checkpoint) == 0 && !is_outdated(t))
        return;
    t->checkpoint_begun = position;
    (void)child_start(t, &t->checkpoint, "checkpoint", NULL, now_ms); /* logged inside */
}

/* After an erasure the checkpoints are gone; the first one there is again is what the state is renewed of. */
static void tend_renew(struct tend *t)
{
    uint64_t begun = time_monotonic_ns();
    struct error err = {0};
    bool renewed = false;

    if (shop_renew(t->shop, &renewed, &err) != OK)
        log_failure("state_not_renewed", &err);
    else if (renewed)
        log_line(LOG_INFO, "state_renewed", "ms=%" PRIu64, (time_monotonic_ns() - begun) / NS_MS);
}

struct prune {
    struct write write; /* first: the writer hands it back */
    int64_t before_ms;
    uint32_t forgotten;
};

static enum status prune_run(struct write *w, struct writer *writer, struct store *store,
                             struct error *err)
{
    struct prune *prune = (struct prune *)w;

    (void)writer;
    return decisions_prune(store, prune->before_ms, &prune->forgotten, err);
}

static void tend_prune(struct tend *t, int64_t now_ms)
{
    struct prune prune = {
        .write = {.run = prune_run, .events = 1},
        .before_ms = now_ms - (int64_t)shop_decisions_days(t->shop) * MS_DAY,
    };
    struct error err = {0};

    if (now_ms < t->prune_ms)
        return;
    t->prune_ms = now_ms + PRUNE_EVERY_MS;
    if (writer_run(t->shop->writer, &prune.write, &err) != OK)
        log_failure("decisions_not_pruned", &err);
    else if (prune.forgotten == DECISIONS_PRUNED_MAX) /* there may be more */
        t->prune_ms = now_ms;
}

/* What a crash, or a reader in the way, left of an erasure: at the start, then now and then. */
static void tend_erasures(struct tend *t, int64_t now_ms)
{
    struct error err = {0};

    if (now_ms < t->erase_ms)
        return;
    t->erase_ms = now_ms + ERASE_EVERY_MS;
    if (forget_resume(t->shop, NULL, &err) != OK)
        log_failure("erasure_not_finished", &err);
}

/* A turn every second while there is something to do, then once an hour. True: time for a train. */
static bool tend_retention(struct tend *t, int64_t now_ms)
{
    struct error err = {0};
    bool more = false, train = false;

    if (now_ms < t->retain_ms)
        return false;
    if (retention_turn(t->shop, now_ms, &more, &err) != OK)
        log_failure("events_not_erased", &err);
    if (more)
        return false;
    t->retain_ms = now_ms + RETAIN_EVERY_MS;
    if (retention_generations(t->shop, now_ms, &train, &err) != OK)
        log_failure("generations_not_removed", &err);
    return train;
}

static void tend_tick(struct tend *t, int64_t now_ms)
{
    struct error err = {0};

    if (now_ms < t->tick_ms)
        return;
    t->tick_ms = now_ms + (int64_t)t->shop->settings.tick_s * MS_SECOND;
    if (shop_tick(t->shop, now_ms, &err) != OK)
        log_failure("tick_failed", &err);
}

static void tend_gauges(struct tend *t, int64_t now_ms)
{
    const struct generation *generation = generation_pin(t->shop->generations);

    metric_set(METRIC_generation_number, generation != NULL ? generation->number : 0);
    metric_set(METRIC_generation_age_seconds,
               generation != NULL ? (now_ms - generation->built_ms) / MS_SECOND : 0);
    generation_unpin(t->shop->generations, generation);
    shop_read_lock(t->shop);
    metric_set(METRIC_catalog_products, catalog_known(t->shop->state->catalog));
    metric_set(METRIC_events_robots, (int64_t)robots_events(t->shop->state->robots));
    metric_set(METRIC_shoppers, profiles_count(t->shop->state->profiles));
    metric_set(METRIC_identifiers, identity_count(t->shop->state->identity));
    uint32_t blocked = identity_blocked_count(t->shop->state->identity);
    shop_read_unlock(t->shop);
    metric_set(METRIC_identifiers_blocked, blocked);
    if (blocked > t->blocked)
        log_line(LOG_WARN, "identifiers_blocked",
                 "count=%" PRIu32 " hint=\"endcap shopper alarms lists them\"", blocked);
    t->blocked = blocked;
}

static void *tend_work(void *argument)
{
    struct tend *t = argument;

    (void)pthread_mutex_lock(&t->mutex); /* fails only for a mutex that is none */
    while (!t->stopping) {
        int64_t now_ms = time_now_ms();

        struct ended ended = tend_children(t, now_ms);
        tend_checkpoint(t, now_ms);
        (void)pthread_mutex_unlock(&t->mutex);
        if (ended.trained)
            publish_newest(t, now_ms);
        if (ended.saved)
            tend_renew(t);
        tend_tick(t, now_ms);
        tend_prune(t, now_ms);
        tend_erasures(t, now_ms);
        bool outlived = tend_retention(t, now_ms);
        tend_gauges(t, now_ms);
        (void)pthread_mutex_lock(&t->mutex);
        if (outlived && t->train.pid == 0)
            (void)child_start(t, &t->train, "train", "--unpublished", now_ms); /* logged inside */

        uint64_t until_ns = time_monotonic_ns() + NS_SECOND;
        struct timespec until = {(time_t)(until_ns / NS_SECOND), (long)(until_ns % NS_SECOND)};
        if (!t->stopping)
            (void)pthread_cond_timedwait(&t->wake, &t->mutex, &until); /* either way is fine */
    }
    (void)pthread_mutex_unlock(&t->mutex);
    return NULL;
}

static enum status find_program(struct tend *t, const char *program, struct error *err)
{
    if (program != NULL) {
        snprintf(t->program, sizeof(t->program), "%s", program);
        return OK;
    }
    ssize_t size = readlink("/proc/self/exe", t->program, sizeof(t->program) - 1);
    if (size <= 0)
        return error_set(err, ERR_IO, "the program's own file cannot be found in /proc");
    t->program[size] = '\0';
    return OK;
}

static void tend_init(struct tend *t, struct shop *shop, int64_t now_ms)
{
    pthread_condattr_t clock;

    t->shop = shop;
    (void)pthread_mutex_init(&t->mutex, NULL); /* these cannot fail with glibc */
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&t->wake, &clock);
    (void)pthread_condattr_destroy(&clock);
    t->tick_ms = t->prune_ms = t->erase_ms = t->retain_ms = now_ms;
    t->checkpoint_ms = now_ms + (int64_t)shop->settings.checkpoint_minutes * MS_MINUTE;
    plan_train(t, now_ms);
}

static void tend_free(struct tend *t)
{
    (void)pthread_cond_destroy(&t->wake);
    (void)pthread_mutex_destroy(&t->mutex);
    mem_free(t);
}

enum status tend_open(struct tend **out, struct shop *shop, const struct tend_options *options,
                      struct error *err)
{
    int64_t now_ms = time_now_ms(), next_ms;

    assert(shop->mode == SHOP_WRITE);
    if (!tend_next(text_from(shop->settings.train_at), NULL, now_ms, &next_ms))
        return error_set(err, ERR_INVALID, "train_at must be a time of day like 03:30, got '%s'",
                         shop->settings.train_at);
    struct tend *t = mem_new(1, sizeof(*t));
    if (find_program(t, options->program, err) != OK) {
        mem_free(t);
        return err->status;
    }
    tend_init(t, shop, now_ms);
    if (pthread_create(&t->thread, NULL, tend_work, t) != 0) {
        tend_free(t);
        return error_set(err, ERR_IO, "the background thread could not be started");
    }
    *out = t;
    return OK;
}

void tend_close(struct tend **tend)
{
    struct tend *t = *tend;

    if (t == NULL)
        return;
    (void)pthread_mutex_lock(&t->mutex);
    t->stopping = true;
    (void)pthread_cond_signal(&t->wake);
    (void)pthread_mutex_unlock(&t->mutex);
    (void)pthread_join(t->thread, NULL);
    child_stop(&t->checkpoint);
    child_stop(&t->train);
    tend_free(t);
    *tend = NULL;
}

enum status tend_train(struct tend *t, struct error *err)
{
    int64_t now_ms = time_now_ms();
    enum status status = OK;

    (void)pthread_mutex_lock(&t->mutex);
    if (t->train.pid != 0)
        status = error_set(err, ERR_CONFLICT, "a train is running already");
    else if (!child_start(t, &t->train, "train", "--unpublished", now_ms))
        status = error_set(err, ERR_IO, "the train could not be started; the log says why");
    (void)pthread_mutex_unlock(&t->mutex);
    return status;
}

bool tend_training(struct tend *t)
{
    (void)pthread_mutex_lock(&t->mutex);
    bool training = t->train.pid != 0;
    (void)pthread_mutex_unlock(&t->mutex);
    return training;
}
