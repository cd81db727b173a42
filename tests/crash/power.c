/* SPDX-License-Identifier: Apache-2.0 */
/* power: the power fails at one write, sync or truncation after another, and the disk keeps a
 * random part of what was not synced. What was acknowledged must be there afterwards, once, whole.
 *
 *   power [POINTS]     default 120
 *
 * Then the same with synchronous NORMAL and OFF, which must lose something: a test that cannot fail
 * proves nothing. One line of JSON for each. Exit 0 when FULL lost nothing and the others did. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/settings.h"
#include "tests/support/faulty_vfs.h"
#include "tests/support/test.h"
#include "tests/support/workload.h"

enum { STEPS = 90, POINTS_DEFAULT = 120 };

static void must(enum status status, const struct error *err)
{
    if (status == OK)
        return;
    fprintf(stderr, "power: %s\n", err->message);
    exit(3);
}

/* Run the workload on a new copy of the shop until its end or the loss of power. */
static void run(struct workload *w, const char *dir)
{
    struct shop *shop = NULL;
    struct settings settings;
    struct error err = {0};

    settings_defaults(&settings);
    if (shop_open(&shop, dir, SHOP_WRITE, &settings, NULL, &err) == OK)
        for (int i = 0; i < STEPS && !faulty_vfs_dead(); i++)
            workload_step(w, shop);
    else if (!faulty_vfs_dead())
        must(err.status, &err);
    shop_close(&shop);
}

/* Copy the file store.db of a shop that was closed: there is no other. */
static void copy_shop(const char *from, const char *to)
{
    SCOPED(buffer_free) struct buffer bytes = {0};
    char path[TEST_PATH_SIZE];
    struct error err = {0};

    must(file_read(test_path(path, from, "store.db"), 1 << 24, &bytes, &err), &err);
    must(dir_remove(to, &err), &err);
    must(dir_make(to, &err), &err);
    test_write(test_path(path, to, "store.db"), buffer_text(&bytes));
}

struct sum {
    uint64_t points, acknowledged;
    uint64_t lost, doubled, half, corrupt, uneven, repeated; /* points at which that was so */
};

static void add(struct sum *s, const struct findings *f)
{
    s->points++;
    s->acknowledged += f->acknowledged;
    s->lost += f->lost > 0;
    s->doubled += f->doubled > 0;
    s->half += f->half > 0;
    s->corrupt += f->corrupt > 0;
    s->uneven += f->uneven > 0;
    s->repeated += f->repeated > 0;
}

/* The number of crash points of a run to the end. */
static uint64_t count_points(const char *template, const char *dir, enum synchronous weaken)
{
    struct workload *w = workload_new();

    copy_shop(template, dir);
    faulty_vfs_install(weaken);
    faulty_vfs_arm(FAULT_POWER, UINT64_MAX, 1);
    run(w, dir);
    uint64_t points = faulty_vfs_operations();
    faulty_vfs_settle(0);
    faulty_vfs_remove();
    workload_free(w);
    return points;
}

static void crash_at(const char *template, const char *dir, enum synchronous weaken, uint64_t point,
                     uint64_t seed, struct findings *out)
{
    struct workload *w = workload_new();

    copy_shop(template, dir);
    faulty_vfs_install(weaken);
    faulty_vfs_arm(FAULT_POWER, point, 1);
    run(w, dir);
    faulty_vfs_settle(seed);
    faulty_vfs_remove();
    workload_check(w, dir, out);
    workload_free(w);
}

static struct sum crash_everywhere(const char *template, const char *dir, enum synchronous weaken,
                                   uint64_t points)
{
    static const char *const names[] = {"full", "normal", "off"};
    uint64_t all = count_points(template, dir, weaken);
    struct sum sum = {0};

    for (uint64_t i = 0; i < points; i++) {
        uint64_t point = 1 + i * all / points;
        struct findings f;

        crash_at(template, dir, weaken, point, i, &f);
        if (weaken == SYNC_AS_IS && !findings_good(&f))
            fprintf(stderr, "power: point=%" PRIu64 " seed=%" PRIu64 ": %s\n", point, i, f.first);
        add(&sum, &f);
    }
    printf("{\"test\":\"power\",\"synchronous\":\"%s\",\"points\":%" PRIu64 ",\"of\":%" PRIu64
           ",\"acknowledged\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"doubled\":%" PRIu64
           ",\"half\":%" PRIu64 ",\"corrupt\":%" PRIu64 ",\"uneven\":%" PRIu64
           ",\"repeated\":%" PRIu64 "}\n",
           names[weaken], sum.points, all, sum.acknowledged, sum.lost, sum.doubled, sum.half,
           sum.corrupt, sum.uneven, sum.repeated);
    fflush(stdout);
    return sum;
}

/* The power fails while a shop is made: making it again must give a shop that works. */
static uint64_t crash_while_made(const char *dir)
{
    struct error err = {0};
    uint64_t bad = 0, point = 0;
    bool made = false, dead = true;

    while (dead) {
        struct workload *w = workload_new();
        struct findings f;

        must(dir_remove(dir, &err), &err);
        must(dir_make(dir, &err), &err);
        faulty_vfs_install(SYNC_AS_IS);
        faulty_vfs_arm(FAULT_POWER, ++point, 1);
        bool whole = shop_init(dir, &made, &err) == OK;
        dead = faulty_vfs_dead();
        faulty_vfs_settle(point);
        faulty_vfs_remove();
        if ((!whole && !dead) || shop_init(dir, &made, &err) != OK) {
            fprintf(stderr, "power: making, point=%" PRIu64 ": %s\n", point, err.message);
            bad++;
        } else {
            faulty_vfs_install(SYNC_AS_IS);
            run(w, dir);
            faulty_vfs_settle(0);
            faulty_vfs_remove();
            workload_check(w, dir, &f);
            bad += !findings_good(&f);
        }
        workload_free(w);
    }
    printf("{\"test\":\"power_while_made\",\"points\":%" PRIu64 ",\"bad\":%" PRIu64 "}\n", point,
           bad);
    return bad;
}

int main(int count, char **arguments)
{
    uint64_t points = count > 1 ? strtoull(arguments[1], NULL, 10) : POINTS_DEFAULT;
    char template_room[TEST_PATH_SIZE], dir_room[TEST_PATH_SIZE];
    const char *template = test_dir(template_room), *dir = test_dir(dir_room);
    struct error err = {0};
    bool made = false;

    uint64_t bad = crash_while_made(dir);
    must(shop_init(template, &made, &err), &err);
    struct sum full = crash_everywhere(template, dir, SYNC_AS_IS, points);
    uint64_t few = points / 4 > 50 ? points / 4 : 50;
    struct sum normal = crash_everywhere(template, dir, SYNC_NORMAL, few);
    struct sum off = crash_everywhere(template, dir, SYNC_OFF, few);

    bool good =
        bad + full.lost + full.doubled + full.half + full.corrupt + full.uneven + full.repeated ==
        0;
    if (!good)
        fprintf(stderr, "power: something acknowledged did not survive\n");
    if (normal.lost == 0 || off.lost == 0)
        fprintf(stderr, "power: a weakened shop lost nothing, so this test sees nothing\n");
    return good && normal.lost > 0 && off.lost > 0 ? 0 : 1;
}
