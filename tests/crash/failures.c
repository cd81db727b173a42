/* SPDX-License-Identifier: Apache-2.0 */
/* failures: the disk fails at the n-th write, sync or read, for n = 1, 2, 3 ... until a run meets
 * no failure, once for a moment and once for a while; or it is full for a while. The shop must
 * never acknowledge what is not there afterwards, and must record again, without a restart, when
 * the disk does.
 *
 *   failures [POINTS]  at most that many of each kind, spread evenly; default 20
 *
 * One line of JSON for each kind. Exit 0 when all is well. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/settings.h"
#include "tests/support/faulty_vfs.h"
#include "tests/support/test.h"
#include "tests/support/workload.h"

enum { STEPS = 30, STEPS_AFTER = 5, POINTS_DEFAULT = 20 };

static const struct kind {
    const char *name;
    enum fault fault;
    uint64_t count; /* failures in a row */
} kinds[] = {
    {"write", FAULT_WRITE, 1},
    {"write_for_a_while", FAULT_WRITE, 25},
    {"sync", FAULT_SYNC, 1},
    {"sync_for_a_while", FAULT_SYNC, 5},
    {"read", FAULT_READ, 1},
    {"read_for_a_while", FAULT_READ, 10},
    {"full_for_a_while", FAULT_FULL, 40},
};

struct result {
    bool met;       /* the failure happened */
    bool recovered; /* writes were taken again afterwards */
    uint64_t failures;
    struct findings findings;
};

/* A shop on a disk that fails from operation `first` on. UINT64_MAX: never; counts only. */
static uint64_t run(const char *dir, const struct kind *kind, uint64_t first, struct result *out)
{
    struct workload *w = workload_new();
    struct shop *shop = NULL;
    struct settings settings;
    struct error err = {0};
    bool made = false;

    *out = (struct result){0};
    settings_defaults(&settings);
    if (dir_remove(dir, &err) != OK || shop_init(dir, &made, &err) != OK) {
        fprintf(stderr, "failures: %s\n", err.message);
        exit(3);
    }
    faulty_vfs_install(SYNC_AS_IS);
    faulty_vfs_arm(kind->fault, first, kind->count);
    if (shop_open(&shop, dir, SHOP_WRITE, &settings, NULL, &err) == OK)
        for (int i = 0; i < STEPS; i++)
            workload_step(w, shop);
    uint64_t operations = faulty_vfs_operations();
    out->met = operations >= first;
    faulty_vfs_arm(FAULT_NONE, 0, 0);
    if (shop == NULL && shop_open(&shop, dir, SHOP_WRITE, &settings, NULL, &err) != OK) {
        fprintf(stderr, "failures: the shop does not open again: %s\n", err.message);
        exit(1);
    }
    out->failures = w->failures;
    for (int i = 0; i < STEPS_AFTER; i++)
        workload_step(w, shop);
    out->recovered = w->failures == out->failures;
    shop_close(&shop);
    faulty_vfs_settle(first);
    faulty_vfs_remove();
    workload_check(w, dir, &out->findings);
    workload_free(w);
    return operations;
}

static uint64_t fail_everywhere(const char *dir, const struct kind *kind, uint64_t points)
{
    struct result r;
    uint64_t all = run(dir, kind, UINT64_MAX, &r);
    uint64_t step = all > points ? all / points : 1;
    uint64_t bad = 0, done = 0, failures = 0, acknowledged = 0;

    for (uint64_t first = 1; first <= all; first += step) {
        (void)run(dir, kind, first, &r); /* the number of operations changes with each failure */
        done++;
        failures += r.failures;
        acknowledged += r.findings.acknowledged;
        if (findings_good(&r.findings) && r.recovered)
            continue;
        bad++;
        fprintf(stderr, "failures: %s n=%" PRIu64 ": %s\n", kind->name, first,
                findings_good(&r.findings) ? "it does not record again" : r.findings.first);
    }
    printf("{\"test\":\"failures\",\"kind\":\"%s\",\"points\":%" PRIu64 ",\"of\":%" PRIu64
           ",\"writes_failed\":%" PRIu64 ",\"acknowledged\":%" PRIu64 ",\"bad\":%" PRIu64 "}\n",
           kind->name, done, all, failures, acknowledged, bad);
    fflush(stdout);
    return bad +
           (failures == 0 && kind->fault != FAULT_READ); /* one that hits nothing shows nothing */
}

int main(int count, char **arguments)
{
    uint64_t points = count > 1 ? strtoull(arguments[1], NULL, 10) : POINTS_DEFAULT;
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    uint64_t bad = 0;

    for (size_t i = 0; i < COUNT(kinds); i++)
        bad += fail_everywhere(dir, &kinds[i], points > 0 ? points : 1);
    return bad == 0 ? 0 : 1;
}
