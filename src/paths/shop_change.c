/* SPDX-License-Identifier: Apache-2.0 */
/* shop_change: what changes an open shop by a journal record of its own: ticks, generations, the
 * program. Events and products go through record.c. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "paths/shop.h"

struct append {
    struct write write; /* first: the writer hands it back */
    enum record_kind kind;
    int64_t time_ms;
    struct text body;
    struct position position;
};

static enum status append_run(struct write *w, struct writer *writer, struct store *store,
                              struct error *err)
{
    struct append *append = (struct append *)w;

    (void)store;
    return writer_append(writer, append->kind, append->time_ms, append->body, &append->position,
                         err);
}

static void append_done(struct write *w, enum status status, const struct error *err)
{
    (void)w; /* writer_run hands the outcome to the caller, whose memory this is */
    (void)status;
    (void)err;
}

enum status shop_append(struct shop *shop, enum record_kind kind, int64_t time_ms, struct text body,
                        struct position *out, struct error *err)
{
    struct append append = {
        .write = {.run = append_run, .done = append_done, .events = 1},
        .kind = kind,
        .time_ms = time_ms,
        .body = body,
    };

    assert(shop->mode == SHOP_WRITE && kind != RECORD_EVENT); /* those are judged first */
    if (writer_run(shop->writer, &append.write, err) != OK)
        return err->status;
    if (out != NULL)
        *out = append.position;
    return OK;
}

struct ingest_context shop_ingest_context(struct shop *shop, int64_t received_ms, bool secret)
{
    struct ingest_context context = {.received_ms = received_ms, .secret = secret};

    memcpy(context.person_key, shop->keys.person_key, sizeof(context.person_key));
    memcpy(context.token_key, shop->keys.token_key, sizeof(context.token_key));
    memcpy(context.id_key, shop->keys.id_key, sizeof(context.id_key));
    shop_read_lock(shop);
    context.default_analytics = shop->state->program->consent_analytics;
    context.default_personalization = shop->state->program->consent_personalization;
    context.default_email = shop->state->program->consent_email;
    shop_read_unlock(shop);
    return context;
}

enum status shop_tick(struct shop *shop, int64_t now_ms, struct error *err)
{
    shop_read_lock(shop);
    bool due = shop->state->since_tick > 0;
    shop_read_unlock(shop);
    return due ? shop_append(shop, RECORD_TICK, now_ms, TEXT(""), NULL, err) : OK;
}

enum status shop_use_generation(struct shop *shop, uint32_t number, int64_t now_ms,
                                struct error *err)
{
    SCOPED(buffer_free) struct buffer body = {0};
    SCOPED(generation_close) const struct generation *generation = NULL;

    if (number == 0)
        return error_set(err, ERR_NOT_FOUND, "generations are numbered from 1");
    if (generation_open(&generation, shop->data_dir, number, err) != OK)
        return err->status;
    generation_record_encode(number, &body);
    (void)pthread_mutex_lock(&shop->change_mutex);
    enum status status =
        shop_append(shop, RECORD_GENERATION, now_ms, buffer_text(&body), NULL, err);
    if (status == OK) {
        generation_slot_publish(shop->generations, generation);
        generation = NULL;
    }
    (void)pthread_mutex_unlock(&shop->change_mutex);
    return status;
}

/* Under change_mutex: nobody else makes a version meanwhile. */
static enum status append_program(struct shop *shop, const struct program_change *change,
                                  uint32_t *version, struct error *err)
{
    SCOPED(buffer_free) struct buffer body = {0};

    shop_read_lock(shop);
    uint32_t current = shop->state->program->version;
    shop_read_unlock(shop);
    if (change->expected_version != UINT32_MAX && change->expected_version != current)
        return error_set(err, ERR_CONFLICT,
                         "version %" PRIu32 " is applied, not %" PRIu32
                         "; read it and apply your change to that",
                         current, change->expected_version);
    struct program_record record = {.version = current + 1,
                                    .author = change->author,
                                    .reason = change->reason,
                                    .document = change->document};
    program_record_encode(&record, &body);
    if (shop_append(shop, RECORD_PROGRAM, change->now_ms, buffer_text(&body), NULL, err) != OK)
        return err->status;
    *version = record.version;
    return OK;
}

enum status shop_apply_program(struct shop *shop, const struct program_change *change,
                               struct arena *a, struct problems *problems, uint32_t *version,
                               struct error *err)
{
    struct program *compiled = NULL;

    if (program_compile(change->document, &compiled, a, problems, err) != OK)
        return err->status;
    program_free(compiled); /* the fold compiles it again, as every later start does */
    (void)pthread_mutex_lock(&shop->change_mutex);
    enum status status = append_program(shop, change, version, err);
    (void)pthread_mutex_unlock(&shop->change_mutex);
    return status;
}
