/* SPDX-License-Identifier: Apache-2.0 */
/* trees: how long it takes to score the candidates of one answer, by every path this processor has,
 * and by XGBoost's own predictor beside it: one JSON line.
 *
 *   build/bench/trees [ROWS [TREES]]     default 300 300
 *
 * The trees are trained on 20,000 made rows of 45 features (fixed seed), leaf by leaf up to 32 and
 * up to 128 leaves. Times are microseconds a row on one thread, from floats to scores;
 * "times_faster" is XGBoost's median over the best path's. "conditions_share" is the part of that
 * path's time before the first tree, "difference" the largest from XGBoost's scores, relative,
 * "model_mb" the memory an open model takes, "explain_us" a row's shares. The checksum is of the
 * scores' bits: figures with another checksum do not compare. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/time.h"
#include "model/evaluate.h"
#include "tests/support/trees.h"

enum { TRAINED = 20000, FEATURES = 45, REPEATS = 500, REPEATS_SLOW = 100 };

struct bench {
    struct made_rows train, asked;
    struct model_rows rows; /* asked, turned */
    uint32_t tree_count;
    struct trained trained;
    struct model *model;
    const char *file; /* it is saved to and opened from */
    struct arena arena;
    struct row_bits *bits; /* of its conditions */
    float *scores, *shares;
    enum model_path path; /* measured */
};

static void check(enum status status, const struct error *err)
{
    if (status == OK)
        return;
    fprintf(stderr, "trees: %s\n", err->message);
    exit(1);
}

static void run_path(struct bench *b)
{
    model_score_by(b->model, b->path, &b->rows, b->scores, &b->arena);
    arena_reset(&b->arena);
}

static void run_xgboost(struct bench *b)
{
    (void)trained_scores(&b->trained, &b->asked); /* only its time counts */
}

static void run_conditions(struct bench *b)
{
    const struct model_steps *steps = model_steps_of(b->path);
    uint32_t words = (uint32_t)(b->rows.count + 63) / 64;

    for (uint32_t c = 0; c < b->model->column_count; c++) {
        const struct column_search *column = &b->model->searches[c];
        steps->conditions(column, b->rows.values + column->feature * b->rows.stride,
                          words < GROUP_WORDS ? words : GROUP_WORDS, b->bits + column->first);
    }
}

static void run_explain(struct bench *b)
{
    model_explain(b->model, &b->rows, 0, b->shares, &b->arena);
    arena_reset(&b->arena);
}

static void run_open(struct bench *b)
{
    struct error err = {0};

    model_close(&b->model);
    check(model_open(&b->model, b->file, &err), &err);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

struct times {
    double p50, p99; /* microseconds */
};

static struct times measure(struct bench *b, int repeats, void (*run)(struct bench *))
{
    double us[REPEATS];

    for (int i = 0; i < repeats; i++) {
        uint64_t start = time_monotonic_ns();
        run(b);
        us[i] = (double)(time_monotonic_ns() - start) / 1e3;
    }
    qsort(us, (size_t)repeats, sizeof(*us), compare);
    return (struct times){us[repeats / 2], us[repeats * 99 / 100]};
}

static void print_times(const char *name, struct times t, size_t rows)
{
    printf("\"%s_p50_us\":%.4f,\"%s_p99_us\":%.4f,", name, t.p50 / (double)rows, name,
           t.p99 / (double)rows);
}

static double largest_difference(const struct bench *b)
{
    const float *theirs = trained_scores(&b->trained, &b->asked);
    double largest = 0;

    for (size_t i = 0; i < b->rows.count; i++)
        largest = fmax(largest, fabs(b->scores[i] - theirs[i]) / fmax(fabs(theirs[i]), 1e-30));
    return largest;
}

static void bench_leaves(struct bench *b, uint32_t leaves)
{
    char parameters[160];
    struct times best = {0};
    struct error err = {0};

    snprintf(parameters, sizeof(parameters),
             "objective=binary:logistic tree_method=hist grow_policy=lossguide max_depth=0 "
             "max_leaves=%u eta=0.1",
             leaves);
    trained_make(&b->trained, &b->train, parameters, b->tree_count);
    b->model = trained_model(&b->trained);
    check(model_save(b->model, b->file, &err), &err);
    printf("\"leaves_%u\":{", leaves);
    for (b->path = 0; b->path < MODEL_PATH_COUNT; b->path++) {
        if (!model_path_there(b->path))
            continue;
        best = measure(b, REPEATS, run_path);
        print_times(model_path_name(b->path), best, b->rows.count);
    }
    struct times xgboost = measure(b, REPEATS_SLOW, run_xgboost);
    print_times("xgboost", xgboost, b->rows.count);
    b->path = model_path_best();
    b->bits = aligned_alloc(sizeof(*b->bits), b->model->condition_count * sizeof(*b->bits));
    if (b->bits == NULL)
        exit(1);
    double conditions = measure(b, REPEATS, run_conditions).p50;
    printf("\"times_faster\":%.1f,\"conditions_share\":%.2f,\"difference\":%.2g,",
           xgboost.p50 / best.p50, conditions / best.p50, largest_difference(b));
    printf("\"conditions\":%u,\"selects_most\":%u,\"model_mb\":%.2f,\"open_ms\":%.2f,",
           b->model->condition_count, b->model->selects_most, (double)model_bytes(b->model) / 1e6,
           measure(b, REPEATS_SLOW, run_open).p50 / 1e3);
    printf("\"explain_us\":%.0f,\"checksum\":%llu}", measure(b, REPEATS_SLOW, run_explain).p50,
           (unsigned long long)hash_bytes(b->scores, b->rows.count * sizeof(*b->scores), 0));
    free(b->bits);
    model_close(&b->model);
    trained_free(&b->trained);
}

int main(int argc, char **argv)
{
    struct bench b = {.tree_count = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 300};
    uint32_t rows = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 300;
    const char *base = getenv("TMPDIR");
    char file[256];

    snprintf(file, sizeof(file), "%s/endcap-bench-XXXXXX", base != NULL ? base : "/tmp");
    int made = mkstemp(file);
    if (made < 0 || close(made) != 0)
        return 1;
    b.file = file;
    made_rows_make(&b.train, TRAINED, FEATURES, 1);
    made_rows_make(&b.asked, rows, FEATURES, 2);
    b.rows = made_rows_turned(&b.asked);
    b.scores = mem_new(rows, sizeof(*b.scores));
    b.shares = mem_new(FEATURES + 1, sizeof(*b.shares));
    printf("{\"bench\":\"trees\",\"rows\":%u,\"trees\":%u,", rows, b.tree_count);
    bench_leaves(&b, 32);
    printf(",");
    bench_leaves(&b, 128);
    printf("}\n");
    made_rows_free(&b.train);
    made_rows_free(&b.asked);
    mem_free((void *)(uintptr_t)b.rows.values);
    mem_free(b.scores);
    mem_free(b.shares);
    arena_free(&b.arena);
    return remove(file) == 0 ? 0 : 1;
}
