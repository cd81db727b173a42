/* SPDX-License-Identifier: Apache-2.0 */
#include "train/train.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"
#include "journal/journal.h"
#include "train/collect.h"
#include "train/encoder_fit.h"
#include "train/substitutes.h"
#include "train/vectors.h"

_Static_assert((int)FACTOR_SIZE == (int)ENCODER_SIZE, "the encoder starts from the factors");

enum { PATH_SIZE = 4096, FILES = 3 };

/* The folder the files are written into; gone unless it was published. */
struct workshop {
    char path[PATH_SIZE];
    bool made;
};

static void workshop_close(struct workshop *w)
{
    enum status removed = w->made ? dir_remove(w->path, NULL) : OK;

    (void)removed; /* what stays is removed by a later pruning */
}

static enum status workshop_open(struct workshop *w, const char *data_dir, struct error *err)
{
    int length =
        snprintf(w->path, PATH_SIZE, "%s/generations/next.tmp-%ld", data_dir, (long)getpid());

    if (length < 0 || length >= PATH_SIZE - 32)
        return error_set(err, ERR_INVALID, "the path of the data directory is too long");
    enum status status = dir_remove(w->path, err);
    if (status == OK)
        status = dir_make(w->path, err);
    w->made = status == OK;
    return status;
}

/* `w->path` leaves room for the name: workshop_open saw to it. */
static const char *file_in(const struct workshop *w, const char *name, char out[PATH_SIZE + 32])
{
    (void)snprintf(out, PATH_SIZE + 32, "%s/%s", w->path, name);
    return out;
}

/* viewed.bin is half of all work, so it is built beside the others. */
struct viewed_job {
    const struct session_set *set;
    struct pairs_options options;
    char path[PATH_SIZE + 32];
    enum status status;
    struct error err;
};

static void *build_viewed(void *argument)
{
    struct viewed_job *job = argument;

    job->status = pairs_build(job->set, &job->options, job->path, &job->err);
    return NULL;
}

static enum status build_bought(const struct train_options *options, const struct session_set *set,
                                const struct workshop *w, struct error *err)
{
    const struct pairs_options bought = {.kind = PAIR_BOUGHT,
                                         .support_min = options->support_bought};
    char path[PATH_SIZE + 32];

    return pairs_build(set, &bought, file_in(w, "bought.bin", path), err);
}

/* Nobody vouches for carts, as nobody does for views, so the threshold is that of views; purchases
 * alone support no such pair. */
static enum status build_complement(const struct train_options *options,
                                    const struct catalog *catalog, const struct session_set *set,
                                    const struct workshop *w, struct error *err)
{
    SCOPED(vectors_close) struct vectors *vectors = NULL;
    char path[PATH_SIZE + 32];

    (void)file_in(w, "vectors.bin", path);
    if (file_exists(path) && vectors_open(&vectors, path, err) != OK)
        return err->status;
    struct substitutes substitutes = {catalog, vectors};
    const struct pairs_options complement = {.kind = PAIR_COMPLEMENT,
                                             .support_min = options->support_viewed,
                                             .substitute = substitutes_are,
                                             .context = &substitutes};
    return pairs_build(set, &complement, file_in(w, "complement.bin", path), err);
}

static enum status build_indexes(const struct train_options *options,
                                 const struct session_set *of_pairs, const struct session_set *set,
                                 const struct workshop *w, struct error *err)
{
    struct viewed_job job = {
        .set = of_pairs, .options = {.kind = PAIR_VIEWED, .support_min = options->support_viewed}};
    char path[PATH_SIZE + 32];
    pthread_t thread;

    train_report(options, "building indexes", 0, FILES);
    (void)file_in(w, "viewed.bin", job.path);
    bool beside = pthread_create(&thread, NULL, build_viewed, &job) == 0;
    enum status status = sessions_build(set, file_in(w, "sessions.bin", path), err);
    train_report(options, "building indexes", 1, FILES);
    if (status == OK)
        status = build_bought(options, of_pairs, w, err);
    train_report(options, "building indexes", 2, FILES);
    if (beside)
        (void)pthread_join(thread, NULL); /* fails only for a thread that is none */
    else
        (void)build_viewed(&job); /* always NULL */
    if (status == OK && job.status != OK)
        status = error_set(err, job.status, "%s", job.err.message);
    train_report(options, "building indexes", FILES, FILES);
    return status;
}

/* Where sessions are all that is wanted, nothing is known of products. */
static struct factor factor_of(const struct train_options *options, const struct session_set *set)
{
    struct factor factor = {.product_count = 0};

    if (options->sessions_only && !options->learned)
        return factor;
    train_report(options, "product behaviour", 0, 1);
    factor = factor_products(set, options->support_viewed);
    train_report(options, "product behaviour", 1, 1);
    return factor;
}

static enum status build_files(const struct train_options *options, const struct catalog *catalog,
                               const struct session_set *set, const struct factor *factor,
                               const struct workshop *w, struct error *err)
{
    char content[PATH_SIZE + 32], vectors[PATH_SIZE + 32];
    struct train_vector_paths paths = {file_in(w, "content.bin", content),
                                       file_in(w, "vectors.bin", vectors)};
    static const struct session_set none;
    const struct session_set *of_pairs = options->sessions_only ? &none : set;
    uint32_t count = 0;
    enum status status = build_indexes(options, of_pairs, set, w, err);

    if (status == OK && !options->sessions_only)
        status = train_vectors(options, catalog, factor, &paths, &count, err);
    if (status == OK)
        status = build_complement(options, catalog, of_pairs, w, err);
    if (status == OK && set->session_count == 0 && count == 0)
        status =
            error_set(err, ERR_NOT_FOUND,
                      "there is nothing to learn from yet: no shopper looked at a product, and "
                      "no two products have a word, a category or a brand in common");
    return status;
}

/* What the rung learned stands on, from the sessions just indexed. */
static enum status build_learned(const struct train_options *options, const struct session_set *set,
                                 const struct factor *factor, const struct workshop *w,
                                 struct error *err)
{
    SCOPED(sessions_close) struct sessions *sessions = NULL;
    struct error why = {.status = OK};
    char path[PATH_SIZE + 32];

    if (sessions_open(&sessions, file_in(w, "sessions.bin", path), err) != OK ||
        transitions_build(set, sessions, file_in(w, "transitions.bin", path), err) != OK)
        return err->status;
    enum status status = encoder_fit(sessions, options->support_viewed, factor->vectors, options,
                                     file_in(w, "encoder.bin", path), &why);
    if (status != OK && status != ERR_NOT_FOUND) /* too little to learn from: then without */
        return error_set(err, status, "%s", why.message);
    return options->ranker == NULL
               ? OK
               : model_save(options->ranker, file_in(w, "ranker.bin", path), err);
}

uint64_t train_sessions_month(const struct session_set *set)
{
    uint64_t count = 0;

    for (uint32_t i = set->session_count; i > 0; i--, count++)
        if (set->end_ms[set->session_count - 1] - set->end_ms[i - 1] > INT64_C(30) * MS_DAY)
            break;
    return count;
}

enum status train_from_sessions(const struct train_options *options, const struct catalog *catalog,
                                const struct session_set *set, struct position until,
                                struct generation_summary *out, struct error *err)
{
    struct error ignored;
    SCOPED(workshop_close) struct workshop w = {0};
    struct generation_summary summary = {.position = until,
                                         .built_ms = options->now_ms,
                                         .session_count = set->session_count,
                                         .click_count = set->click_count,
                                         .sessions_month = train_sessions_month(set),
                                         .support_viewed = options->support_viewed,
                                         .support_bought = options->support_bought};

    err = err != NULL ? err : &ignored;
    enum status status = workshop_open(&w, options->data_dir, err);
    if (status == OK) {
        SCOPED(factor_free) struct factor factor = factor_of(options, set);
        status = build_files(options, catalog, set, &factor, &w, err);
        if (status == OK && options->learned)
            status = build_learned(options, set, &factor, &w, err);
    }
    if (status == OK)
        status = generation_publish_files(options->data_dir, w.path, &summary, options->gates, err);
    if (status != OK)
        return status;
    w.made = false;
    *out = summary;
    enum status pruned = generation_prune(options->data_dir, options->keep, options->serving, NULL);
    (void)pruned; /* the new one stands whatever becomes of old ones; the next build tries again */
    return OK;
}
