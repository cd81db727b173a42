/* SPDX-License-Identifier: Apache-2.0 */
#include "train/ranker_fit.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <xgboost/c_api.h>

#include "base/memory.h"
#include "train/collect.h"

enum {
    BATCH_ROWS = 65536,
    PATIENCE = 30,
    STOP_GROUPS_MIN = 50,
    REPORT_EVERY = 5,
    ARRAY_TEXT_SIZE = 160,
};

static const char *const parameters[][2] = {
    {"booster", "gbtree"},
    {"tree_method", "hist"},
    {"objective", "reg:squarederror"}, /* never asked: gradients are ours */
    {"base_score", "0"},
    {"max_depth", "6"},
    {"eta", "0.05"},
    {"min_child_weight", "10"},
    {"colsample_bytree", "0.7"},
    {"max_bin", "256"},
    {"seed", "1"},
    {"nthread", "2"},
    {"verbosity", "0"},
};

/* Feeds XGBoost the examples, batch after batch. */
struct feed {
    const struct examples *examples;
    DMatrixHandle proxy;
    size_t at;
};

struct fit {
    const struct examples *fit, *stop;
    struct feed feed;
    DMatrixHandle fit_matrix, stop_matrix;
    BoosterHandle booster, best;
    float *gradients, *curvatures;
};

static void fit_free(struct fit *f)
{
    DMatrixHandle matrices[] = {f->feed.proxy, f->fit_matrix, f->stop_matrix};
    BoosterHandle boosters[] = {f->booster, f->best};

    for (size_t i = 0; i < COUNT(matrices); i++) {
        if (matrices[i] != NULL)
            (void)XGDMatrixFree(matrices[i]); /* fails only for what is none */
    }
    for (size_t i = 0; i < COUNT(boosters); i++) {
        if (boosters[i] != NULL)
            (void)XGBoosterFree(boosters[i]); /* likewise */
    }
    mem_free(f->gradients);
    mem_free(f->curvatures);
}

/* The answer of a call to XGBoost. */
static enum status said(int answer, struct error *err)
{
    if (answer == 0)
        return OK;
    return error_set(err, ERR_LIMIT, "XGBoost cannot learn: %.180s", XGBGetLastError());
}

/* Rows of `e` from `first` on, as numpy's array interface says it. */
static void array_text(const struct examples *e, size_t first, size_t rows,
                       char out[ARRAY_TEXT_SIZE])
{
    (void)snprintf(out, ARRAY_TEXT_SIZE,
                   "{\"data\":[%" PRIuPTR ",true],\"shape\":[%zu,%d],\"typestr\":\"<f4\","
                   "\"version\":3}",
                   (uintptr_t)(e->values + first * FEATURE_COUNT), rows, FEATURE_COUNT); /* fits */
}

static void feed_reset(void *context)
{
    struct feed *feed = context;

    feed->at = 0;
}

static int feed_next(void *context)
{
    struct feed *feed = context;
    size_t left = feed->examples->row_count - feed->at;
    size_t rows = left < BATCH_ROWS ? left : BATCH_ROWS;
    char array[ARRAY_TEXT_SIZE];

    if (rows == 0)
        return 0;
    array_text(feed->examples, feed->at, rows, array);
    feed->at += rows;
    return XGProxyDMatrixSetDataDense(feed->proxy, array) == 0 ? 1 : 0;
}

static enum status matrices_make(struct fit *f, struct error *err)
{
    static const char config[] = "{\"missing\":NaN,\"nthread\":2,\"max_bin\":256}";
    char array[ARRAY_TEXT_SIZE];

    f->feed.examples = f->fit;
    if (said(XGProxyDMatrixCreate(&f->feed.proxy), err) != OK ||
        said(XGQuantileDMatrixCreateFromCallback(&f->feed, f->feed.proxy, NULL, feed_reset,
                                                 feed_next, config, &f->fit_matrix),
             err) != OK)
        return err->status;
    array_text(f->stop, 0, f->stop->row_count, array);
    return said(XGDMatrixCreateFromDense(array, config, &f->stop_matrix), err);
}

static enum status booster_make(struct fit *f, struct error *err)
{
    DMatrixHandle known[] = {f->fit_matrix, f->stop_matrix};
    enum status status = said(XGBoosterCreate(known, COUNT(known), &f->booster), err);

    for (size_t i = 0; i < COUNT(parameters) && status == OK; i++)
        status = said(XGBoosterSetParam(f->booster, parameters[i][0], parameters[i][1]), err);
    return status;
}

/* Scores of a matrix's rows by the trees so far; XGBoost's until the next call. */
static enum status scores_of(struct fit *f, DMatrixHandle matrix, const float **out,
                             struct error *err)
{
    static const char config[] = "{\"type\":1,\"training\":true,\"iteration_begin\":0,"
                                 "\"iteration_end\":0,\"strict_shape\":false}";
    bst_ulong dimensions;
    const bst_ulong *shape;

    return said(XGBoosterPredictFromDMatrix(f->booster, matrix, config, &shape, &dimensions, out),
                err);
}

/* Boost until nothing is won any more; the number of trees to keep goes into `figures`. */
static enum status boost(struct fit *f, enum loss loss, const struct train_options *options,
                         struct ranker_figures *figures, struct error *err)
{
    const float *scores;

    for (uint32_t trees = 0;; trees++) {
        if (scores_of(f, f->stop_matrix, &scores, err) != OK)
            return err->status;
        double now = loss_mean(f->stop, scores);
        if (trees == 0)
            figures->loss_before = figures->loss_after = now;
        if (now < figures->loss_after) {
            figures->loss_after = now;
            figures->trees = trees;
        }
        if (trees == RANKER_TREES_MAX || trees >= figures->trees + PATIENCE)
            return OK;
        if (trees % REPORT_EVERY == 0)
            train_report(options, "growing trees", trees, RANKER_TREES_MAX);
        if (scores_of(f, f->fit_matrix, &scores, err) != OK)
            return err->status;
        loss_gradients(loss, f->fit, scores, f->gradients, f->curvatures);
        if (said(XGBoosterBoostOneIter(f->booster, f->fit_matrix, f->gradients, f->curvatures,
                                       f->fit->row_count),
                 err) != OK)
            return err->status;
    }
}

/* The first `trees` trees, as a model of ours. */
static enum status take(struct fit *f, uint32_t trees, struct model **out, struct error *err)
{
    const char *names[FEATURE_COUNT], *json;
    bst_ulong size;

    for (int i = 0; i < FEATURE_COUNT; i++)
        names[i] = feature_name((enum feature)i);
    if (said(XGBoosterSlice(f->booster, 0, (int)trees, 1, &f->best), err) != OK ||
        said(XGBoosterSetStrFeatureInfo(f->best, "feature_name", names, FEATURE_COUNT), err) !=
            OK ||
        said(XGBoosterSaveModelToBuffer(f->best, "{\"format\":\"json\"}", &size, &json), err) != OK)
        return err->status;
    return model_read_xgboost(out, (struct text){json, size}, err);
}

enum status ranker_fit(const struct ranker_task *task, const struct train_options *options,
                       struct model **out, struct ranker_figures *figures, struct error *err)
{
    const struct examples *fit = task->fit, *stop = task->stop;
    SCOPED(fit_free) struct fit f = {.fit = fit, .stop = stop};

    *figures = (struct ranker_figures){.fit_groups = fit->group_count,
                                       .stop_groups = stop->group_count,
                                       .fit_rows = fit->row_count};
    if (fit->group_count < RANKER_GROUPS_MIN || stop->group_count < STOP_GROUPS_MIN)
        return error_set(err, ERR_NOT_FOUND,
                         "%zu moments to learn a ranking from and %zu to stop by are too few",
                         fit->group_count, stop->group_count);
    f.gradients = mem_new(fit->row_count, sizeof(*f.gradients));
    f.curvatures = mem_new(fit->row_count, sizeof(*f.curvatures));
    if (matrices_make(&f, err) != OK || booster_make(&f, err) != OK ||
        boost(&f, task->loss, options, figures, err) != OK)
        return err->status;
    train_report(options, "growing trees", RANKER_TREES_MAX, RANKER_TREES_MAX);
    if (figures->trees == 0)
        return error_set(err, ERR_NOT_FOUND, "no tree ranks later examples better than none does");
    return take(&f, figures->trees, out, err);
}
