/* SPDX-License-Identifier: Apache-2.0 */
/* What the shop insists on, after ranking, deadline or not. Requirements of a product alone hold while
 * candidates are gathered already, so that there are enough; here pins are added, and everything gets its
 * place. Only what has a reason gets one, so reasons are found here, for what is placed. */
#include <assert.h>
#include <string.h>

#include "paths/recommend_steps.h"

#define NO_REASON UINT32_MAX

/* Candidates with a reason, and where each candidate stands among them. */
struct placing {
    struct request *r;
    uint32_t *explained; /* by candidate: 1 + its place in r->candidates; 0: not asked; NO_REASON */
    struct candidate *ranked; /* as ranking left them, then those that are only pinned */
    uint32_t ranked_count, pinned_count;
};

void rules_prepare(struct request *r)
{
    const struct state *state = r->from->state;

    if (r->surface->rules == NULL)
        return;
    r->rules_facts = (struct rules_facts){
        .catalog = state->catalog,
        .marks = state->marks,
        .groups = state->groups,
        .shopper = &r->facts,
        .profile = r->from->seen_again ? NULL : &r->profile,
        .now_ms = r->question->now_ms,
        .age_verified = r->question->age_verified,
    };
    r->held = rules_begin(r->surface->rules, &r->rules_facts, r->arena);
}

const char *rules_drop(struct request *r, product_number n)
{
    const struct rule_ref *rule = r->held == NULL ? NULL : rules_forbid(r->held, n);
    char word[RULE_WORD_SIZE];

    if (rule == NULL)
        return NULL;
    return r->trail == NULL ? "rule"
                            : arena_printf(r->arena, "%s forbids it", rule_word(rule, word));
}

/* --- asking for more ---------------------------------------------------------------- */

static bool asks(const struct request *r, enum source_kind kind)
{
    for (size_t i = 0; i < r->source_count; i++) {
        if (r->sources[i] == kind)
            return true;
    }
    return false;
}

/* Simple sources that surfaces of this kind usually have; curated lists are the shop's to name. */
static bool add_simple_sources(struct request *r)
{
    struct surface usual = surface_of_kind(r->surface->kind);
    size_t before = r->source_count;

    for (size_t i = 0; i < usual.source_count; i++) {
        enum source_kind kind = usual.sources[i];
        if (source_rung(kind) <= RUNG_BESTSELLERS && source_allowed(r, kind) &&
            kind != SOURCE_curated && !asks(r, kind))
            r->sources[r->source_count++] = kind;
    }
    return r->source_count > before;
}

/* First more of each source, when one had more; then simpler ones as well, and the bestsellers of every
 * category. */
bool rules_want_more(struct request *r)
{
    if (!r->too_few)
        return false;
    r->too_few = false;
    if (r->late || r->round == RECOMMEND_ROUNDS_MAX)
        return false;
    if (r->round == 0 && r->cut_short) {
        r->round = 1;
        return true;
    }
    r->round = RECOMMEND_ROUNDS_MAX;
    return add_simple_sources(r) || asks(r, SOURCE_bestsellers);
}

/* --- pins --------------------------------------------------------------------------- */

static void note_pin(struct request *r, const struct rules_pin *pin, const char *why)
{
    struct rule_note note = {.product = pin->product,
                             .effect = RULE_NOT_PLACED,
                             .rule = *pin->rule,
                             .to = pin->slot,
                             .why = why,
                             .item_id = pin->item_id};

    if (r->trail != NULL)
        rules_note(&r->trail->rule_notes, &note);
}

static bool is_candidate(const struct placing *p, product_number n)
{
    for (uint32_t i = 0; i < p->ranked_count + p->pinned_count; i++) {
        if (p->ranked[i].product == n)
            return true;
    }
    return false;
}

/* That a rule wants it, as evidence. */
static struct candidate pin_candidate(product_number n, const struct rule_ref *rule)
{
    return (struct candidate){
        .product = n, .source = SOURCE_curated, .evidence = {EVIDENCE_PIN, (uint32_t)rule->line}};
}

/* What is pinned and was not proposed stands behind the candidates, unless it may not be shown. */
static void add_pinned(struct placing *p)
{
    struct request *r = p->r;
    struct rules_pin pin;

    for (size_t i = 0; rules_pin(r->held, i, &pin); i++) {
        if (pin.product == PRODUCT_NONE) {
            note_pin(r, &pin, "unknown");
            continue;
        }
        if (is_candidate(p, pin.product))
            continue;
        struct candidate c = pin_candidate(pin.product, pin.rule);
        const char *dropped = admit_product(r, &c);
        if (dropped == NULL)
            p->ranked[p->ranked_count + p->pinned_count++] = c;
        else
            note_pin(r, &pin, dropped);
    }
}

/* The trail shows what a pinned product rests on, as if a source had proposed it. */
static void propose_pinned(struct request *r, const struct candidate *c)
{
    struct trail *t = r->trail;

    if (t != NULL && t->proposal_count < RECOMMEND_PROPOSALS_MAX)
        t->proposals[t->proposal_count++] = (struct proposal){*c, NULL};
}

/* --- places ------------------------------------------------------------------------- */

static bool may_show(void *context, uint32_t i)
{
    struct placing *p = context;
    struct request *r = p->r;
    struct candidate c = p->ranked[i];

    if (!explain_any(r, r->candidate_count, i, &c, &r->reasons[r->candidate_count])) {
        p->explained[i] = NO_REASON;
        return false;
    }
    r->candidates[r->candidate_count++] = c;
    p->explained[i] = (uint32_t)r->candidate_count;
    return true;
}

/* What was ranked and got no place; rules have noted what they removed. */
static void drop_rest(const struct placing *p, const struct rules_placed *placed, size_t count)
{
    struct request *r = p->r;
    bool *shown = arena_array(r->arena, p->ranked_count + p->pinned_count, sizeof(*shown));
    const struct rule_notes *notes = &r->trail->rule_notes;

    for (size_t i = 0; i < count; i++)
        shown[placed[i].candidate] = true;
    for (uint32_t i = 0; i < p->ranked_count; i++) {
        if (!shown[i])
            trail_drop(r, &p->ranked[i], p->explained[i] == NO_REASON ? "no_reason" : "over_limit");
    }
    for (size_t i = 0; i < notes->count; i++) {
        const struct rule_note *note = &notes->notes[i];
        const struct candidate c = {.product = note->product};
        char word[RULE_WORD_SIZE];
        if (note->effect == RULE_REMOVED)
            trail_drop(r, &c,
                       arena_printf(r->arena, "%s allows no more", rule_word(&note->rule, word)));
    }
}

/* The request's candidates become those that have a place, in that order. */
static void take_places(struct placing *p, const struct rules_placed *placed, size_t count)
{
    struct request *r = p->r;
    struct candidate *candidates = arena_array(r->arena, count, sizeof(*candidates));
    struct reason *reasons = arena_array(r->arena, count, sizeof(*reasons));
    uint32_t *order = arena_array(r->arena, count, sizeof(*order));

    for (size_t i = 0; i < count; i++) {
        uint32_t from = placed[i].candidate;
        order[i] = RANKING_NONE;
        if (r->ranking != NULL && from < p->ranked_count)
            order[i] = r->ranking->order[from];
        if (placed[i].pinned == NULL) {
            candidates[i] = r->candidates[p->explained[from] - 1];
            reasons[i] = r->reasons[p->explained[from] - 1];
            continue;
        }
        candidates[i] = pin_candidate(p->ranked[from].product, placed[i].pinned);
        if (!explain_candidate(r, 0, &candidates[i], &reasons[i]))
            assert(!"that the shop wants it is a reason");
        propose_pinned(r, &candidates[i]);
    }
    r->candidates = candidates;
    r->reasons = reasons;
    r->candidate_count = count;
    if (r->ranking != NULL)
        r->ranking->order = order;
}

enum status apply_rules(struct request *r, struct error *err)
{
    size_t count = r->candidate_count, most = count + (r->held == NULL ? 0 : RULES_MAX * 2), places;
    struct placing p = {.r = r, .ranked_count = (uint32_t)count};

    (void)err; /* a shorter list is an answer too */
    if (r->held == NULL)
        return OK;
    places = r->limit + explore_room(r);
    p.ranked = arena_array(r->arena, most, sizeof(*p.ranked));
    p.explained = arena_array(r->arena, most, sizeof(*p.explained));
    if (count > 0)
        memcpy(p.ranked, r->candidates, count * sizeof(*p.ranked));
    if (r->trail != NULL) {
        r->trail->rule_notes.count = 0;
        r->trail->rule_notes.notes =
            arena_array(r->arena, RULE_NOTES_MAX, sizeof(struct rule_note));
    }
    add_pinned(&p);
    r->candidates = arena_array(r->arena, count, sizeof(*r->candidates));
    r->reasons = arena_array(r->arena, count, sizeof(*r->reasons));
    r->candidate_count = 0;
    const struct rules_question q = {
        .candidates = p.ranked,
        .count = p.ranked_count,
        .only_pinned = p.pinned_count,
        .limit = r->limit,
        .spare = (uint32_t)(places - r->limit),
        .may_show = may_show,
        .context = &p,
        .notes = r->trail == NULL ? NULL : &r->trail->rule_notes,
    };
    struct rules_placed *placed = arena_array(r->arena, places, sizeof(*placed));
    size_t filled = rules_place(r->held, &q, placed, r->arena);
    r->too_few = filled < r->limit && rules_strict(r->held);
    if (r->trail != NULL)
        drop_rest(&p, placed, filled);
    take_places(&p, placed, filled);
    return OK;
}
