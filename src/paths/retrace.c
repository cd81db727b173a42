/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/retrace.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "base/memory.h"
#include "decisions/decisions.h"
#include "journal/ahead.h"
#include "journal/journal.h"
#include "paths/happening.h"
#include "paths/shop.h"

/* An action on its way to a session. */
struct mark {
    struct shopper_key shopper;
    int64_t time_ms;
    uint64_t position;
    uint32_t session_hash;
    uint32_t action;
};

struct retrace {
    struct retrace_options options;
    struct state *state;
    struct position begins, end; /* of the walk: behind the one, up to the other */
    struct retraced *actions;
    struct mark *marks; /* of each action; once tied, by shopper and then as in the journal */
    size_t action_count, actions_room, marks_room;
    uint8_t decision_key[16];
    uint64_t *shown; /* decisions that an event names; once the pass is over, rising */
    size_t shown_count, shown_room;
    bool lists_tell; /* some of those events are lists */
    retrace_pause *pause;
    void *pause_context;
    struct ahead *ahead;
    const struct prepared_record *records;
    size_t record_count, record_at;
    uint32_t at; /* the next action */
};

static void report(const struct retrace_options *o, const char *stage, uint64_t done,
                   uint64_t total)
{
    if (o->progress != NULL)
        o->progress(o->context, stage, done, total);
}

/* --- all that was before, and what came behind --- */

/* An event's products that the shop knows. Numbers were given long ago: the state is at its end. */
static bool resolve(const struct state *s, struct happening *h, uint32_t item, product_number *out)
{
    product_number n =
        catalog_find_hashed(s->catalog, h->event.items[item].item_id, h->item_hashes[item]);

    if (n == PRODUCT_NONE || catalog_sensitive(s->catalog, n) ||
        catalog_sellable(s->catalog, n) == NOT_KNOWN)
        return false;
    *out = catalog_product_of(s->catalog, n);
    return true;
}

/* As train/ has it: purchases must be vouched for, and taking out of the cart is no choice. */
static bool acts(const struct happening *h, enum action_kind *kind)
{
    const struct event *e = &h->event;

    return !h->robot && !shopper_key_none(h->shopper) && action_of(e->type, kind) &&
           *kind != ACTION_UNCART && (*kind != ACTION_BUY || (e->flags & EVENT_VERIFIED) != 0);
}

static void add_actions(struct retrace *r, struct happening *h, struct position position)
{
    enum action_kind kind;
    size_t before = r->action_count;

    if (!acts(h, &kind))
        return;
    for (uint32_t i = 0; i < h->event.item_count; i++) {
        product_number product;
        if (!resolve(r->state, h, i, &product))
            continue;
        uint32_t action = (uint32_t)r->action_count++;
        r->actions = mem_grow(r->actions, &r->actions_room, r->action_count, sizeof(*r->actions));
        r->marks = mem_grow(r->marks, &r->marks_room, r->action_count, sizeof(*r->marks));
        r->actions[action] =
            (struct retraced){.product = product, .next = RETRACED_NONE, .kind = (uint8_t)kind};
        r->marks[action] =
            (struct mark){h->shopper, h->event.time_ms, position.number,
                          (uint32_t)(h->session_hash ^ h->session_hash >> 32), action};
    }
    if (r->action_count > before)
        r->actions[r->action_count - 1].last_of_event = true;
}

/* An answer that a list was filled from, or that led to something, was shown. */
static void add_shown(struct retrace *r, const struct event *e)
{
    uint64_t decision;

    if (e->request_id.size == 0 ||
        request_id_read(e->request_id, r->decision_key, &decision, NULL) != OK)
        return; /* not one of ours */
    r->shown = mem_grow(r->shown, &r->shown_room, r->shown_count + 1, sizeof(*r->shown));
    r->shown[r->shown_count++] = decision;
    r->lists_tell = r->lists_tell || e->type == EVENT_view_item_list;
}

static bool left_out(const struct retrace_options *o, const struct happening *h)
{
    return o->whose != NULL && !o->whose(o->whose_context, &h->event, h->shopper, NULL);
}

/* One record of the first pass: events before from_ms are folded, later ones listed. */
static void pass_over(struct retrace *r, struct state *state, const struct prepared_record *p)
{
    struct happening *h = p->prepared;

    if (p->record.kind == RECORD_IDENTITY && p->record.time_ms < r->options.from_ms)
        state_fold_prepared(state, p, 1);
    if (p->record.kind != RECORD_EVENT || h == NULL || h->event.time_ms >= r->options.until_ms)
        return;
    h->robot = left_out(&r->options, h);
    if (h->event.time_ms < r->options.from_ms) {
        state_fold_prepared(state, p, 1);
        return;
    }
    if (r->begins.number == 0)
        r->begins.number = p->record.position.number;
    add_actions(r, h, p->record.position);
    if (!h->robot)
        add_shown(r, &h->event);
}

static enum status pass(struct retrace *r, struct error *err)
{
    SCOPED(ahead_close) struct ahead *ahead = NULL;
    struct state *state = r->state;
    const struct prepared_record *records;
    const struct ahead_options options = {.data_dir = r->options.data_dir,
                                          .until = r->end,
                                          .prepare = state_prepare,
                                          .context = state};
    enum status status = ahead_open(&ahead, &options, err);
    size_t count;

    while (status == OK && (status = ahead_next(ahead, &records, &count, err)) == OK) {
        for (size_t i = 0; i < count; i++)
            pass_over(r, state, &records[i]);
        report(&r->options, "folding", records[count - 1].record.position.number, r->end.number);
    }
    return status == ERR_NOT_FOUND ? OK : status;
}

/* The state forgets what it folded of events, and folds those before from_ms anew. Popularity is then
 * as of a tick. */
static enum status begin(struct retrace *r, struct error *err)
{
    struct state *s = r->state;
    struct error why = {.status = OK};

    r->end = s->position;
    identity_free(s->identity);
    profiles_free(s->profiles);
    popularity_free(s->popularity);
    cohorts_free(s->cohorts);
    s->identity = identity_new();
    s->profiles = profiles_new();
    s->popularity = popularity_new();
    s->cohorts = cohorts_new();
    s->position = (struct position){0};
    if (pass(r, &why) != OK)
        return error_set(err, why.status, "%s", why.message);
    popularity_tick(s->popularity, s->catalog);
    cohorts_tick(s->cohorts, popularity_purchases(s->popularity) > 0);
    return OK;
}

enum status retrace_fold(struct state *state, const struct retrace_options *options,
                         struct error *err)
{
    struct retrace r = {.options = *options, .state = state};
    struct position end = state->position;

    r.options.until_ms = options->from_ms;
    enum status status = begin(&r, err);
    state->position = end;
    return status;
}

/* --- sessions --- */

static int compare_shoppers(struct shopper_key a, struct shopper_key b)
{
    for (int i = 0; i < 2; i++) {
        if (a.hash[i] != b.hash[i])
            return a.hash[i] < b.hash[i] ? -1 : 1;
    }
    return 0;
}

static int by_shopper(const void *x, const void *y)
{
    const struct mark *a = x, *b = y;
    int shoppers = compare_shoppers(a->shopper, b->shopper);

    if (shoppers != 0)
        return shoppers;
    if (a->session_hash != b->session_hash)
        return a->session_hash < b->session_hash ? -1 : 1;
    if (a->time_ms != b->time_ms)
        return a->time_ms < b->time_ms ? -1 : 1;
    return (a->action > b->action) - (a->action < b->action);
}

static bool together(const struct mark *a, const struct mark *b)
{
    return a->shopper.hash[0] == b->shopper.hash[0] && a->shopper.hash[1] == b->shopper.hash[1] &&
           a->session_hash == b->session_hash && b->time_ms - a->time_ms < SESSION_GAP_MS;
}

static int by_shopper_and_action(const void *x, const void *y)
{
    const struct mark *a = x, *b = y;
    int shoppers = compare_shoppers(a->shopper, b->shopper);

    return shoppers != 0 ? shoppers : (a->action > b->action) - (a->action < b->action);
}

/* Tie the actions of each session together. */
static void tie(struct retrace *r)
{
    uint64_t session = 0;

    if (r->action_count > 1)
        qsort(r->marks, r->action_count, sizeof(*r->marks), by_shopper);
    for (size_t i = 0; i < r->action_count; i++) {
        struct retraced *action = &r->actions[r->marks[i].action];
        if (i > 0 && together(&r->marks[i - 1], &r->marks[i])) {
            struct retraced *before = &r->actions[r->marks[i - 1].action];
            before->next = r->marks[i].action;
            action->first = before->first;
        } else {
            action->first = r->marks[i].action;
            session++;
        }
        action->session = session;
    }
    if (r->action_count > 1)
        qsort(r->marks, r->action_count, sizeof(*r->marks), by_shopper_and_action);
}

bool retrace_tells_shown(const struct retrace *r)
{
    return r->lists_tell;
}

bool retrace_shown(const struct retrace *r, uint64_t decision)
{
    return r->shown_count > 0 &&
           bsearch(&decision, r->shown, r->shown_count, sizeof(*r->shown), compare_u64) != NULL;
}

uint32_t retrace_follows(const struct retrace *r, struct shopper_key shopper,
                         struct position position, int64_t now_ms)
{
    size_t low = 0, high = r->action_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct mark *m = &r->marks[middle];
        int shoppers = compare_shoppers(m->shopper, shopper);
        if (shoppers < 0 || (shoppers == 0 && m->position <= position.number))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == r->action_count || compare_shoppers(r->marks[low].shopper, shopper) != 0 ||
        r->marks[low].time_ms - now_ms >= SESSION_GAP_MS)
        return RETRACED_NONE;
    return r->marks[low].action;
}

void retrace_bounds(const struct retrace *r, struct position *begins, struct position *end)
{
    *begins = r->begins;
    *end = r->end;
}

void retrace_pause_by(struct retrace *r, retrace_pause *pause, void *context)
{
    r->pause = pause;
    r->pause_context = context;
}

/* --- the walk --- */

enum status retrace_open(struct retrace **out, struct state *state,
                         const struct retrace_options *options, struct error *err)
{
    SCOPED(retrace_close) struct retrace *r = mem_new(1, sizeof(*r));
    struct shop_keys keys;

    r->options = *options;
    r->state = state;
    if (shop_keys_load(options->data_dir, &keys, err) != OK)
        return err->status;
    memcpy(r->decision_key, keys.decision_key, sizeof(r->decision_key));
    if (begin(r, err) != OK)
        return err->status;
    tie(r);
    if (r->shown_count > 0)
        qsort(r->shown, r->shown_count, sizeof(*r->shown), compare_u64);
    /* Folding goes on behind the first event of the walk, wherever those before it lay. */
    state->position.number = r->begins.number > 0 ? r->begins.number - 1 : r->end.number;
    const struct ahead_options walk = {.data_dir = options->data_dir,
                                       .from = state->position,
                                       .until = r->end,
                                       .prepare = state_prepare,
                                       .context = state};
    if (r->action_count > 0 && ahead_open(&r->ahead, &walk, err) != OK)
        return err->status;
    *out = r;
    r = NULL;
    return OK;
}

void retrace_close(struct retrace **r)
{
    if (*r == NULL)
        return;
    ahead_close(&(*r)->ahead);
    mem_free((*r)->actions);
    mem_free((*r)->marks);
    mem_free((*r)->shown);
    mem_free(*r);
    *r = NULL;
}

const struct retraced *retrace_actions(const struct retrace *r, uint32_t *count)
{
    *count = (uint32_t)r->action_count;
    return r->actions;
}

/* Fold a record of the walk, unless it is of before, or of what did not happen. True when it was an
 * event with an action. */
static bool step(struct retrace *r, const struct prepared_record *p, struct moment *out)
{
    struct happening *h = p->prepared;

    if (p->record.kind == RECORD_TICK ||
        (p->record.kind == RECORD_IDENTITY && p->record.time_ms >= r->options.from_ms))
        state_fold_prepared(r->state, p, 1);
    if (p->record.kind != RECORD_EVENT || h == NULL || h->event.time_ms < r->options.from_ms ||
        h->event.time_ms >= r->options.until_ms)
        return false;
    size_t before = r->action_count;
    enum action_kind kind;
    uint32_t actions = 0;
    h->robot = left_out(&r->options, h);
    product_number product;
    for (uint32_t i = 0; acts(h, &kind) && i < h->event.item_count; i++)
        actions += resolve(r->state, h, i, &product);
    state_fold_prepared(r->state, p, 1);
    r->at += actions;
    assert(r->at <= before);
    if (actions == 0)
        return false;
    bool vouched = (h->event.flags & EVENT_USER_VERIFIED) != 0;
    *out = (struct moment){.anonymous_id = h->event.anonymous_id,
                           .user_id = vouched ? h->event.user_id : (struct text){0},
                           .time_ms = h->event.time_ms,
                           .action = r->at - 1};
    return true;
}

enum status retrace_next(struct retrace *r, struct moment *out, struct error *err)
{
    if (r->ahead == NULL)
        return ERR_NOT_FOUND;
    for (;;) {
        for (; r->record_at < r->record_count; r->record_at++) {
            const struct position next = r->records[r->record_at].record.position;
            if (r->pause != NULL && r->pause(r->pause_context, next, err) != OK)
                return err->status;
            if (step(r, &r->records[r->record_at], out)) {
                r->record_at++;
                return OK;
            }
        }
        report(&r->options, "walking", r->state->position.number, r->end.number);
        r->record_at = r->record_count = 0;
        enum status status = ahead_next(r->ahead, &r->records, &r->record_count, err);
        if (status != OK)
            return status;
    }
}
