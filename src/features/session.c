/* SPDX-License-Identifier: Apache-2.0 */
/* What the shopper did with the product, and what is the same for all candidates: the session and the
 * question. */
#include <math.h>

#include "features/filling.h"

static const float minute_ms = 60000;

/* Clicks are newest first. Products never looked at have no last look. */
void fill_looks(const struct filling *f)
{
    const struct profile *p = f->in->profile;
    float *looks = row_of(f, FEATURE_looks), *ago = row_of(f, FEATURE_looked_ago);
    float *before = row_of(f, FEATURE_looked_before);

    fill_all(f, FEATURE_looked_ago, NAN);
    for (uint32_t i = 0; i < f->session.count; i++) {
        uint32_t at = candidate_of(f, f->session.clicks[i].product);
        if (at == UINT32_MAX)
            continue;
        ago[at] = looks[at] == 0 ? (float)i : ago[at];
        looks[at]++;
    }
    for (uint32_t i = p->session_count; i < p->count; i++) {
        uint32_t at = candidate_of(f, catalog_product_of(f->in->catalog, p->actions[i].product));
        if (at != UINT32_MAX)
            before[at]++;
    }
}

static float minutes_between(int64_t from_ms, int64_t to_ms)
{
    return (float)(to_ms - from_ms) / minute_ms;
}

/* Products that were not shown, or looked at since, have no last time. */
void fill_shown(const struct filling *f)
{
    const struct profile *p = f->in->profile;
    float *shown = row_of(f, FEATURE_shown), *ago = row_of(f, FEATURE_shown_ago);

    fill_all(f, FEATURE_shown_ago, NAN);
    for (uint32_t i = 0; i < p->shown_count; i++) {
        const struct shown_product *s = &p->shown[i];
        uint32_t at = candidate_of(f, catalog_product_of(f->in->catalog, s->product));
        if (at == UINT32_MAX)
            continue;
        float minutes = minutes_between((int64_t)s->last_s * 1000, f->in->now_ms);
        ago[at] = shown[at] == 0 || minutes < ago[at] ? minutes : ago[at];
        shown[at] += (float)s->times;
    }
}

static void fill_time(const struct filling *f)
{
    const struct profile *p = f->in->profile;
    int64_t now_ms = f->in->now_ms;

    fill_all(f, FEATURE_session_minutes,
             p->session_start_ms == 0 ? NAN : minutes_between(p->session_start_ms, now_ms));
    if (p->session_count == 0) {
        fill_all(f, FEATURE_session_idle, NAN);
        fill_all(f, FEATURE_session_last_kind, NAN);
        return;
    }
    fill_all(f, FEATURE_session_idle, minutes_between(p->last_ms, now_ms));
    fill_all(f, FEATURE_session_last_kind, (float)p->actions[0].kind);
}

static void fill_last(const struct filling *f)
{
    const struct transitions *t = f->in->generation->transitions;

    if (f->distinct_count == 0) {
        fill_all(f, FEATURE_last_sessions, NAN);
        fill_all(f, FEATURE_last_leaves, NAN);
        fill_all(f, FEATURE_last_again, NAN);
        fill_all(f, FEATURE_last_ends, NAN);
        return;
    }
    const struct product_course *c = transitions_course(t, f->distinct[0]);
    fill_all(f, FEATURE_last_sessions, c->sessions);
    fill_all(f, FEATURE_last_leaves, c->leaves);
    fill_all(f, FEATURE_last_again, c->again);
    fill_all(f, FEATURE_last_ends, c->ends);
}

void fill_session(const struct filling *f)
{
    const struct candidate_set *set = f->in->candidates;
    const struct session_clicks *s = &f->session;
    float best = 0;

    for (uint32_t i = 0; i < f->count; i++) {
        const struct said *said = &set->said[i][SOURCE_neighbours];
        best = said->rank > 0 && said->score > best ? said->score : best;
    }
    fill_all(f, FEATURE_session_clicks, (float)s->count);
    fill_all(f, FEATURE_session_products, (float)f->distinct_count);
    fill_all(f, FEATURE_session_repeats,
             s->count == 0 ? NAN : (float)(s->count - f->distinct_count) / (float)s->count);
    fill_all(f, FEATURE_session_repeats_now,
             s->count < 2 ? NAN : s->clicks[0].product == s->clicks[1].product);
    fill_time(f);
    fill_last(f);
    fill_all(f, FEATURE_proposed, (float)f->count);
    fill_all(f, FEATURE_neighbours_best, best);
}

void fill_question(const struct filling *f)
{
    fill_all(f, FEATURE_surface, (float)f->in->surface);
    fill_all(f, FEATURE_device,
             f->in->profile->device == DEVICE_UNKNOWN ? NAN : (float)f->in->profile->device);
    fill_all(f, FEATURE_hour, (float)f->in->hour);
}
