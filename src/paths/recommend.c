/* SPDX-License-Identifier: Apache-2.0 */
/* recommend — the path of an answer, in order. Read this file first. */
#include "paths/recommend.h"

#include <string.h>

#include "base/metrics.h"
#include "base/time.h"
#include "ingest/person.h"
#include "paths/consenting.h"
#include "paths/recommend_steps.h"

static const struct step {
    const char *name;
    enum status (*run)(struct request *r, struct error *err);
} steps[] = {
    {"shopper", find_shopper},         /* who asks, with what at hand        profile/, catalog/ */
    {"plan", plan_sources},            /* which rung, which sources          program/           */
    {"candidates", gather_candidates}, /* what could be shown, best first    candidates/        */
    {"features", find_features},       /* what is known of each, on the top rung   features/     */
    {"rank", rank_candidates},         /* by the trees, on the top rung      model/             */
    {"prefer", lower_less},            /* what the shopper wants less goes down  consent/         */
    {"variety", vary},                 /* not all alike                      candidates/         */
    {"rules", apply_rules},            /* what the shop insists on           rules/              */
    {"explain", explain_candidates},   /* why each; what has no reason goes  explain/           */
    {"explore", explore},              /* now and then one from below the limit                */
    {"slots", fill_slots},             /* the products as they are now       catalog/           */
    {"decide", write_decision},        /* what is kept of it                 decisions/         */
};

_Static_assert(COUNT(steps) <= RECOMMEND_STEPS_MAX && COUNT(steps) < CUT_AT_SOURCE &&
                   CUT_AT_SOURCE + (RECOMMEND_ROUNDS_MAX + 1) * SOURCE_COUNT < CUT_AT_ROUND &&
                   CUT_AT_ROUND + RECOMMEND_ROUNDS_MAX * RECOMMEND_STEPS_MAX < NOT_CUT,
               "a cut at a step and a cut at a source must differ, in every round");

const char *recommend_step(size_t place)
{
    return place < COUNT(steps) ? steps[place].name : NULL;
}

bool request_late(struct request *r, uint8_t at)
{
    if (r->late)
        return true;
    r->late = at == r->from->deadline_step ||
              (r->from->deadline_ns > 0 && time_monotonic_ns() > r->from->deadline_ns);
    if (r->late)
        r->cut_at = at;
    return r->late;
}

/* What step `i` took since `begun`, in all rounds; returns the time now. */
static uint64_t note_time(struct request *r, size_t i, uint64_t begun)
{
    uint64_t now = time_monotonic_ns();

    if (r->from->step_ns != NULL)
        r->from->step_ns[i] += now - begun;
    if (r->trail != NULL) {
        r->trail->step_names[i] = steps[i].name;
        r->trail->step_ns[i] += now - begun;
        r->trail->step_count = i + 1;
    }
    return now;
}

/* Where a deadline that passes before step `i` cuts. */
static uint8_t cut_place(const struct request *r, size_t i)
{
    size_t round = r->round == 0 ? 0 : CUT_AT_ROUND + (r->round - 1U) * RECOMMEND_STEPS_MAX;

    return (uint8_t)(round + i + 1);
}

static size_t candidates_step(void)
{
    size_t i = 0;

    while (steps[i].run != gather_candidates)
        i++;
    return i;
}

static enum status run_steps(struct request *r, struct error *err)
{
    bool timed = r->trail != NULL || r->from->step_ns != NULL;
    uint64_t begun = timed ? time_monotonic_ns() : 0;

    for (size_t i = 0; i < COUNT(steps); i++) {
        (void)request_late(r, cut_place(r, i)); /* remembered in `late`; steps look there */
        if (steps[i].run(r, err) != OK)
            return error_wrap(err, "%s", steps[i].name);
        if (r->from->examples && steps[i].run == find_features)
            return OK; /* that was all that was wanted */
        if (timed)
            begun = note_time(r, i, begun);
        if (rules_want_more(r))
            i = candidates_step() - 1; /* once more from there */
    }
    return OK;
}

static void page_begin(struct page *page, const struct recommend_from *from)
{
    struct text rest = from->page;

    page->count = 0;
    while (rest.data != NULL && page->count < PAGE_PRODUCTS_MAX) {
        product_number n = catalog_find(from->state->catalog, text_cut(&rest, '\n'));
        if (n != PRODUCT_NONE)
            page->products[page->count++] = n;
    }
}

static enum status check(const struct recommend_from *from, const struct question *q,
                         struct error *err)
{
    if (q->surface_count == 0 || q->surface_count > RECOMMEND_SURFACES_MAX)
        return error_set(err, ERR_INVALID, "surfaces: ask for 1 to %d of them",
                         RECOMMEND_SURFACES_MAX);
    if (q->limit > SURFACE_LIMIT_MAX)
        return error_set(err, ERR_INVALID, "limit must be a whole number from 1 to %d",
                         SURFACE_LIMIT_MAX);
    if (q->cart_count > RECOMMEND_CART_MAX)
        return error_set(err, ERR_INVALID, "cart may name %d products", RECOMMEND_CART_MAX);
    for (size_t i = 0; i < q->surface_count; i++) {
        struct text name = text_utf8_prefix(q->surfaces[i], 64);
        if (program_surface(from->state->program, q->surfaces[i]) == NULL)
            return error_set(err, ERR_NOT_FOUND, "there is no surface '%.*s' in the program",
                             (int)name.size, name.data);
    }
    return OK;
}

enum status recommend_from(const struct recommend_from *from, const struct question *q,
                           struct answer *answers, struct arena *a, struct error *err)
{
    if (check(from, q, err) != OK)
        return err->status;
    struct page *page = arena_alloc(a, sizeof(*page));
    page_begin(page, from);
    for (size_t i = 0; i < q->surface_count; i++) {
        struct request *r = arena_alloc(a, sizeof(*r));
        r->from = from;
        r->question = q;
        r->surface = program_surface(from->state->program, q->surfaces[i]);
        r->page = page;
        r->arena = a;
        r->answer = &answers[i];
        r->cut_at = NOT_CUT;
        r->trail = q->why ? arena_alloc(a, sizeof(*r->trail)) : NULL;
        answers[i] = (struct answer){.surface = r->surface->name, .trail = r->trail};
        uint64_t begun = time_monotonic_ns();
        if (run_steps(r, err) != OK)
            return err->status;
        answers[i].took_ns = time_monotonic_ns() - begun;
        if (answers[i].decision != NULL)
            answers[i].decision->took_us = (uint32_t)(answers[i].took_ns / 1000);
        answers[i].ranking = r->ranking;
    }
    return OK;
}

static void texts_detach(struct text *texts, size_t count, struct arena *a)
{
    for (size_t i = 0; i < count; i++)
        texts[i] = arena_text(a, texts[i]);
}

static void known_detach(struct known *k, struct arena *a)
{
    k->product = arena_text(a, k->product);
    k->category = arena_text(a, k->category);
    texts_detach(k->cart, k->cart_count, a);
    texts_detach(k->segments, k->segment_count, a);
    texts_detach(k->on_page, k->on_page_count, a);
    for (size_t i = 0; i < k->action_count; i++)
        k->actions[i].item_id = arena_text(a, k->actions[i].item_id);
}

/* Copies of the texts that point into the state, while it is still locked. */
static void answer_detach(struct answer *answer, struct arena *a)
{
    struct trail *t = answer->trail;

    answer->surface = arena_text(a, answer->surface);
    for (size_t i = 0; i < answer->item_count; i++) {
        struct answer_item *item = &answer->items[i];
        item->item_id = arena_text(a, item->item_id);
        item->title = arena_text(a, item->title);
        item->url = arena_text(a, item->url);
        item->image = arena_text(a, item->image);
        item->reason.item_id = arena_text(a, item->reason.item_id);
    }
    for (size_t i = 0; t != NULL && i < t->rule_notes.count; i++)
        t->rule_notes.notes[i].item_id = arena_text(a, t->rule_notes.notes[i].item_id);
    if (t != NULL) {
        texts_detach(t->item_ids, t->proposal_count, a);
        texts_detach(t->evidence, t->proposal_count, a);
        known_detach(&t->known, a);
        texts_detach(t->lowered, t->lowered_count, a);
    }
    answer->decision->surface = answer->surface;
    answer->decision->language = arena_text(a, answer->decision->language);
}

struct question question_without_persons(const struct question *q, const uint8_t key[32],
                                         struct arena *a)
{
    struct question asked = *q;

    asked.anonymous_id = person_replace(q->anonymous_id, key, a);
    asked.user_id = person_replace(q->user_id, key, a);
    return asked;
}

/* Who was erased, or wishes not to be known, asks as nobody: no decision names them either. */
static void strip_unknown(const struct state *state, struct question *q)
{
    const struct asker who = {.anonymous_id = q->anonymous_id, .user_id = q->user_id};
    struct consent c;
    bool unknown = consent_erased(state, q->anonymous_id, q->user_id, q->now_ms);

    if (q->gpc) {
        consent_of_person(state, &who, q->now_ms, &c);
        unknown = unknown || !c.of[PURPOSE_PERSONALIZATION].stated ||
                  !c.of[PURPOSE_PERSONALIZATION].allowed;
    }
    if (unknown)
        q->user_id = q->anonymous_id = (struct text){0};
}

static void count_metrics(const struct answer *answers, size_t count, uint64_t ns)
{
    for (size_t i = 0; i < count; i++) {
        metric_add(METRIC_recommendations_total, 1);
        if (answers[i].late)
            metric_add(METRIC_recommendations_late_total, 1);
        if (answers[i].item_count == 0)
            metric_add(METRIC_recommendations_empty_total, 1);
    }
    metric_time(METRIC_recommend_seconds, ns);
}

enum status recommend(struct shop *shop, const struct question *q, struct answer *answers,
                      struct arena *a, struct error *err)
{
    uint64_t begun = time_monotonic_ns();
    struct question asked = question_without_persons(q, shop->keys.person_key, a);
    const struct generation *generation = generation_pin(shop->generations);
    const struct recommend_from from = {
        .state = shop->state,
        .generation = generation,
        .rung_max = RUNG_COUNT - 1,
        .deadline_ns = begun + (uint64_t)shop->settings.recommend_ms_max * 1000000,
        .deadline_step = NOT_CUT,
    };

    shop_read_lock(shop);
    strip_unknown(shop->state, &asked);
    enum status status = recommend_from(&from, &asked, answers, a, err);
    for (size_t i = 0; status == OK && i < q->surface_count; i++)
        answer_detach(&answers[i], a);
    /* while locked: an erasure, which is folded, then finds every decision made before it */
    for (size_t i = 0; status == OK && shop->decisions != NULL && i < q->surface_count; i++)
        decisions_keep(shop->decisions, answers[i].decision, answers[i].request_id);
    shop_read_unlock(shop);
    for (size_t i = 0; status == OK && i < q->surface_count; i++)
        answer_share(&answers[i], generation, a);
    generation_unpin(shop->generations, generation);
    if (status != OK)
        return status;
    count_metrics(answers, q->surface_count, time_monotonic_ns() - begun);
    return OK;
}
