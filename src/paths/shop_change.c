/* SPDX-License-Identifier: Apache-2.0 */
/* shop_change: what changes an open shop by a journal record of its own: ticks and generations here,
 * the program in shop_program.c. Events and products go through record.c. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "paths/shop_change.h"

struct append {
    struct write write; /* first: the writer hands it back */
    enum record_kind kind;
    int64_t time_ms;
    struct text body;
    struct position position;
    const struct change_entry *entry; /* NULL: none */
    struct admin_anchor anchor;
};

static enum status append_run(struct write *w, struct writer *writer, struct store *store,
                              struct error *err)
{
    struct append *append = (struct append *)w;
    uint8_t digest[DIGEST_SIZE];

    if (writer_append(writer, append->kind, append->time_ms, append->body, &append->position,
                      err) != OK)
        return err->status;
    if (append->entry == NULL)
        return OK;
    if (journal_digest(store, append->position, digest, err) != OK)
        return err->status;
    const struct admin_action action = {append->entry->action, (int64_t)append->position.number,
                                        digest, append->entry->details};

    return admin_log_append(store, append->entry->actor, &action, &append->anchor, err);
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

enum status shop_append_entry(struct shop *shop, enum record_kind kind, struct text body,
                              const struct change_entry *entry, struct admin_anchor *anchor,
                              struct error *err)
{
    struct append append = {
        .write = {.run = append_run, .done = append_done, .events = 1},
        .kind = kind,
        .time_ms = entry->actor->now_ms,
        .body = body,
        .entry = entry,
    };

    assert(shop->mode == SHOP_WRITE);
    if (writer_run(shop->writer, &append.write, err) != OK)
        return err->status;
    *anchor = append.anchor;
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

enum status shop_use_generation(struct shop *shop, uint32_t number, const struct actor *actor,
                                struct error *err)
{
    SCOPED(buffer_free) struct buffer body = {0};
    SCOPED(generation_close) const struct generation *generation = NULL;
    struct admin_anchor anchor;
    char details[64];

    if (number == 0)
        return error_set(err, ERR_NOT_FOUND, "generations are numbered from 1");
    if (generation_open(&generation, shop->data_dir, number, err) != OK)
        return err->status;
    generation_record_encode(number, &body);
    snprintf(details, sizeof(details), "generation %" PRIu32, number);
    const struct change_entry entry = {"generation.use", actor, text_from(details)};

    (void)pthread_mutex_lock(&shop->change_mutex);
    enum status status =
        shop_append_entry(shop, RECORD_GENERATION, buffer_text(&body), &entry, &anchor, err);
    if (status == OK) {
        generation_slot_publish(shop->generations, generation);
        generation = NULL;
    }
    (void)pthread_mutex_unlock(&shop->change_mutex);
    return status;
}
