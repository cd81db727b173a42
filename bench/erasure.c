/* SPDX-License-Identifier: Apache-2.0 */
/* erasure: how long erasing one person takes in a big journal, and what it does to others meanwhile.
 *
 *   build/bench/erasure [EVENTS]     default 100000, in a temporary folder
 *
 * One shopper in EVENTS / 12 is erased, then the state is renewed, as a server does it. Beside each, one
 * thread takes the state's lock for reading again and again, as answers do, and one records events one by
 * one: the longest that either waited; `quiet` is the same while nothing else goes on. The checksum is of
 * who was erased, and of how much. */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/file.h"
#include "base/random.h"
#include "base/time.h"
#include "paths/forget.h"
#include "paths/learn.h"
#include "paths/record.h"
#include "paths/renew.h"

enum { BATCH = 1000, PER_SHOPPER = 12, PRODUCTS = 30000, QUIET_MS = 1000, PAUSE_NS = 200000 };

static const int64_t now_ms = INT64_C(1763805600000);

static void must(enum status status, const struct error *err)
{
    if (status == OK)
        return;
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

static void record(struct shop *shop, const struct buffer *body)
{
    struct ingest_context context = shop_ingest_context(shop, now_ms, true);
    struct error err = {.status = OK};
    struct batch batch;

    batch_init(&batch, "bench", now_ms, true);
    must(ingest_json(buffer_text(body), &context, &batch, &err), &err);
    must(record_run(shop, &batch, &err), &err);
    batch_free(&batch);
}

/* Every fifth shopper is a customer as well, and logs in now and then. */
static void add_event(struct buffer *body, struct random *random, uint64_t i, uint64_t shoppers)
{
    uint32_t who = random_below(random, (uint32_t)shoppers);
    bool login = who % 5 == 0 && random_below(random, 4) == 0;

    buffer_printf(body,
                  "{\"id\":\"e-%" PRIu64 "\",\"type\":\"%s\",\"anonymous_id\":\"v-%" PRIu32 "\",",
                  i, login ? "login" : "view_item", who);
    if (login)
        buffer_printf(body, "\"user_id\":\"c-%" PRIu32 "\",", who);
    buffer_printf(body,
                  "\"session_id\":\"s-%" PRIu32 "\",\"items\":[{\"item_id\":\"p-%" PRIu32 "\"}],"
                  "\"page\":{\"url\":\"https://shop.example/products/%" PRIu32 "\"},"
                  "\"context\":{\"device\":\"mobile\",\"locale\":\"de-DE\"}}",
                  who, random_below(random, PRODUCTS), random_below(random, PRODUCTS));
}

static void fill(struct shop *shop, uint64_t events)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct random random;

    random_seed(&random, 1);
    for (uint64_t i = 0; i < events;) {
        buffer_clear(&body);
        buffer_add_string(&body, "{\"events\":[");
        for (uint64_t end = i + BATCH; i < end; i++) {
            buffer_add_string(&body, i % BATCH > 0 ? "," : "");
            add_event(&body, &random, i, events / PER_SHOPPER + 1);
        }
        buffer_add_string(&body, "]}");
        record(shop, &body);
    }
}

/* --- others meanwhile --- */

struct others {
    struct shop *shop;
    atomic_bool stop;
    uint64_t read_ns, record_ns; /* the longest waits */
    uint64_t next;               /* event; goes on from one to the next */
    pthread_t threads[2];
};

static void longest(uint64_t *of, uint64_t begun)
{
    uint64_t took = time_monotonic_ns() - begun;

    *of = took > *of ? took : *of;
}

static void *read_on(void *argument)
{
    const struct timespec pause = {0, PAUSE_NS};
    struct others *o = argument;

    while (!atomic_load(&o->stop)) {
        uint64_t begun = time_monotonic_ns();

        shop_read_lock(o->shop);
        longest(&o->read_ns, begun);
        shop_read_unlock(o->shop);
        (void)nanosleep(&pause, NULL); /* cut short or not */
    }
    return NULL;
}

static void *record_on(void *argument)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct others *o = argument;

    for (; !atomic_load(&o->stop); o->next++) {
        uint64_t begun = time_monotonic_ns();

        buffer_clear(&body);
        buffer_printf(&body, "{\"id\":\"o-%" PRIu64 "\",\"type\":\"page_view\",", o->next);
        buffer_add_string(&body, "\"anonymous_id\":\"somebody-else\"}");
        record(o->shop, &body);
        longest(&o->record_ns, begun);
    }
    return NULL;
}

static void others_begin(struct others *o)
{
    atomic_store(&o->stop, false);
    o->read_ns = o->record_ns = 0;
    if (pthread_create(&o->threads[0], NULL, read_on, o) != 0 ||
        pthread_create(&o->threads[1], NULL, record_on, o) != 0)
        abort();
}

/* Ends them, and prints what they waited. */
static void others_end(struct others *o, const char *name)
{
    atomic_store(&o->stop, true);
    for (int i = 0; i < 2; i++)
        (void)pthread_join(o->threads[i], NULL); /* cannot fail for threads that run */
    printf(",\"%s_read_ms\":%.2f,\"%s_record_ms\":%.1f", name, (double)o->read_ns / 1e6, name,
           (double)o->record_ns / 1e6);
}

static double ms_since(uint64_t begun)
{
    return (double)(time_monotonic_ns() - begun) / 1e6;
}

static uint64_t measure(struct shop *shop, const struct settings *settings)
{
    static struct others o;
    const struct timespec quiet = {QUIET_MS / 1000, 0};
    const struct actor actor = {TEXT("bench"), TEXT("bench"), now_ms};
    struct forgotten f;
    struct error err = {.status = OK};
    bool renewed = false;

    o.shop = shop;
    others_begin(&o);
    (void)nanosleep(&quiet, NULL); /* cut short or not */
    others_end(&o, "quiet");
    others_begin(&o);
    uint64_t begun = time_monotonic_ns();
    must(forget_shopper(shop, TEXT("v-100"), NAMING_EITHER, &actor, &f, &err), &err);
    printf(",\"forget_ms\":%.0f", ms_since(begun));
    others_end(&o, "forget");
    begun = time_monotonic_ns();
    must(learn_checkpoint(shop->data_dir, settings, &err), &err);
    printf(",\"checkpoint_ms\":%.0f", ms_since(begun));
    others_begin(&o);
    begun = time_monotonic_ns();
    must(shop_renew(shop, &renewed, &err), &err);
    printf(",\"renew_ms\":%.0f", ms_since(begun));
    others_end(&o, "renew");
    return f.events * 1000 + f.identifiers * 10 + f.finished + renewed;
}

int main(int argc, char **argv)
{
    uint64_t events = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
    char dir[] = "/tmp/endcap-bench-XXXXXX";
    struct shop *shop = NULL;
    struct settings settings;
    struct rusage usage;
    struct error err = {.status = OK};
    bool made;

    if (mkdtemp(dir) == NULL)
        return 1;
    settings_defaults(&settings);
    must(shop_init(dir, &made, &err), &err);
    must(shop_open(&shop, dir, SHOP_WRITE, &settings, NULL, &err), &err);
    fill(shop, events);
    printf("{\"bench\":\"erasure\",\"events\":%" PRIu64, events);
    uint64_t checksum = measure(shop, &settings);
    shop_close(&shop);
    must(dir_remove(dir, &err), &err);
    (void)getrusage(RUSAGE_SELF, &usage); /* cannot fail for oneself */
    printf(",\"peak_mb\":%ld,\"checksum\":%" PRIu64 "}\n", usage.ru_maxrss / 1024, checksum);
    return 0;
}
