/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/renew.h"

#include "base/memory.h"

struct renewal {
    struct write write; /* first: the writer hands it back */
    struct shop *shop;
    struct state *fresh;
    bool taken;
    struct error err; /* why it was not */
};

static enum status nothing_run(struct write *w, struct writer *writer, struct store *store,
                               struct error *err)
{
    (void)w;
    (void)writer;
    (void)store;
    (void)err; /* it is about the moment behind the commit */
    return OK;
}

/* What one state has the other has from now on. Whoever holds the shop's goes on holding it, and product
 * numbers are the same; those of identifiers are not. */
static void swap(struct state *a, struct state *b)
{
    struct state before = *a;

    *a = *b;
    *b = before;
}

/* On the writer's thread, which alone changes the state: what was committed is folded, and nothing is
 * under way. */
static void take_done(struct write *w, enum status status, const struct error *err)
{
    struct renewal *r = (struct renewal *)w;
    struct shop *shop = r->shop;

    (void)err; /* writer_run hands it to the caller */
    if (status != OK || state_follow(r->fresh, shop->data_dir, &r->err) != OK)
        return;
    if (position_compare(r->fresh->position, shop->state->position) != 0) {
        (void)error_set(&r->err, ERR_UNAVAILABLE, "the journal went on"); /* told below */
        return;
    }
    r->fresh->ids_known = shop->state->ids_known;
    (void)pthread_rwlock_wrlock(&shop->state_lock); /* cannot fail: this thread holds none */
    swap(shop->state, r->fresh);
    shop->renewals++;
    (void)pthread_rwlock_unlock(&shop->state_lock);
    r->taken = true;
}

static enum status take(struct shop *shop, struct state *fresh, struct error *err)
{
    struct renewal r = {.write = {.run = nothing_run, .done = take_done, .events = 1},
                        .shop = shop,
                        .fresh = fresh};

    /* whoever prepares a change by what the state holds goes on with that until it is made */
    (void)pthread_mutex_lock(&shop->change_mutex);
    enum status status = writer_run(shop->writer, &r.write, err);
    (void)pthread_mutex_unlock(&shop->change_mutex);
    if (status != OK)
        return status;
    return r.taken ? OK : error_set(err, r.err.status, "%s", r.err.message);
}

/* Under erase_mutex: no step of erasing is taken meanwhile. */
static enum status renew(struct shop *shop, bool *renewed, struct error *err)
{
    SCOPED(state_drop) struct state *fresh = NULL;
    const struct position end = {UINT64_MAX};
    bool outdated = false;

    if (state_outdated(shop->state, shop->data_dir, &outdated, err) != OK)
        return err->status;
    if (!outdated)
        return OK;
    fresh = state_new(shop->keys.id_key, shop->settings.duplicate_ids_max);
    /* what comes while it loads is followed here, so that little is left for the writer's thread */
    if (state_load(fresh, shop->data_dir, end, NULL, NULL, err) != OK ||
        state_follow(fresh, shop->data_dir, err) != OK || take(shop, fresh, err) != OK)
        return err->status;
    *renewed = true;
    return OK;
}

enum status shop_renew(struct shop *shop, bool *renewed, struct error *err)
{
    bool ignored;

    if (renewed == NULL)
        renewed = &ignored;
    *renewed = false;
    if (pthread_mutex_trylock(&shop->erase_mutex) != 0)
        return OK;
    enum status status = renew(shop, renewed, err);
    (void)pthread_mutex_unlock(&shop->erase_mutex);
    return status;
}
