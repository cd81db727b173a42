/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/recommend.h"

#include <string.h>

#include "base/time.h"

const char *evidence_word(enum evidence_kind kind)
{
    switch (kind) {
    case EVIDENCE_NONE: return "none";
    case EVIDENCE_VIEWED: return "viewed";
    case EVIDENCE_CART: return "cart";
    case EVIDENCE_BOUGHT: return "bought";
    case EVIDENCE_POPULAR: return "popular";
    case EVIDENCE_TRENDING: return "trending";
    case EVIDENCE_LIST: return "list";
    case EVIDENCE_SELF: return "self";
    case EVIDENCE_PIN: return "pin";
    }
    return "none";
}

/* What an evidence's text is: an item id, a category, a list or a line of the program. */
static const char *evidence_key(enum evidence_kind kind)
{
    switch (kind) {
    case EVIDENCE_POPULAR:
    case EVIDENCE_TRENDING: return "category";
    case EVIDENCE_LIST: return "list";
    case EVIDENCE_PIN: return "line";
    default: return "item_id";
    }
}

const char *dropped_meaning(const char *word)
{
    static const struct {
        const char *word, *meaning;
    } meanings[] = {
        {"duplicate", "another source had proposed it before"},
        {"too_many", "enough products were at hand already"},
        {"unknown", "the catalog does not know it"},
        {"in_cart", "it is in the cart"},
        {"just_bought", "the shopper bought it in this session"},
        {"part_at_hand", "a bundle on this page, in the cart or just bought holds it"},
        {"holds_cart", "it is a bundle that holds what is in the cart"},
        {"part_missing", "it is a bundle, and a part of it is missing"},
        {"seen", "the shopper has just seen it, and neighbours are for what is new"},
        {"page_product", "it is the page's own product"},
        {"on_page", "another surface of the page shows it"},
        {"other_category", "it is not in the page's category"},
        {"over_limit", "others came first and the surface was full"},
        {"no_reason", "what it rests on cannot be named"},
        {"out_of_stock", "it is out of stock"},
        {"no_price", "it has no price"},
        {"unpublished", "it is not published"},
        {"sensitive", "its category is sensitive"},
        {"never", "the shopper asked never to see it, its brand or its category"},
        {"age_not_verified", "nobody vouched that the shopper is old enough for it"},
    };

    for (size_t i = 0; i < COUNT(meanings); i++) {
        if (strcmp(meanings[i].word, word) == 0)
            return meanings[i].meaning;
    }
    return word;
}

const char *trail_dropped(const struct trail *t, size_t at)
{
    return t->proposals[at].dropped != NULL ? t->proposals[at].dropped : t->dropped_later[at];
}

size_t trail_proposal(const struct trail *t, const struct candidate *c)
{
    size_t i = 0;

    for (; i < t->proposal_count; i++) {
        const struct candidate *p = &t->proposals[i].candidate;
        if (p->product == c->product && p->source == c->source &&
            p->evidence.kind == c->evidence.kind && p->evidence.reference == c->evidence.reference)
            break;
    }
    return i;
}

static void texts_json(struct json *j, const char *key, const struct text *texts, size_t count)
{
    json_key(j, key);
    json_array_begin(j);
    for (size_t i = 0; i < count; i++)
        json_text(j, texts[i]);
    json_array_end(j);
}

static void known_json(const struct known *k, struct json *j)
{
    char time[TIME_TEXT_SIZE];

    json_key(j, "known");
    json_object_begin(j);
    json_key_bool(j, "stranger", k->stranger);
    if (k->robot != ROBOT_NOT)
        json_key_string(j, "robot", robot_word(k->robot));
    json_key_bool(j, "personal", k->personal);
    json_key_text(j, "product", k->product);
    json_key_text(j, "category", k->category);
    json_key_text(j, "landing", k->landing);
    texts_json(j, "cohort", k->cohort, k->cohort_count);
    texts_json(j, "cart", k->cart, k->cart_count);
    texts_json(j, "on_page", k->on_page, k->on_page_count);
    texts_json(j, "segments", k->segments, k->segment_count);
    texts_json(j, "wishes", k->wishes, k->wish_count);
    json_key_u64(j, "shown_lately", k->shown_count);
    json_key(j, "actions");
    json_array_begin(j);
    for (size_t i = 0; i < k->action_count; i++) {
        const struct known_action *action = &k->actions[i];
        json_object_begin(j);
        json_key_string(j, "did", action->did);
        json_key_text(j, "item_id", action->item_id);
        json_key_string(j, "time", time_print(action->time_ms, time));
        json_key_bool(j, "in_session", action->in_session);
        json_object_end(j);
    }
    json_array_end(j);
    json_object_end(j);
}

static void reason_json(const struct reason *reason, struct json *j)
{
    json_key(j, "reason");
    json_object_begin(j);
    json_key_string(j, "kind", reason->kind);
    if (reason->item_id.data != NULL)
        json_key_text(j, "item_id", reason->item_id);
    json_key_text(j, "text", reason->text);
    json_object_end(j);
}

static void item_json(const struct answer_item *item, struct json *j)
{
    json_object_begin(j);
    json_key_text(j, "item_id", item->item_id);
    json_key_u64(j, "slot", item->slot);
    json_key_text(j, "title", item->title);
    json_key_text(j, "url", item->url);
    json_key_text(j, "image", item->image);
    json_key_money(j, "price", item->price);
    reason_json(&item->reason, j);
    json_object_end(j);
}

/* What the proposal rests on, and how many shoppers bear it out. */
static void evidence_json(const struct trail *t, size_t at, struct json *j)
{
    const struct candidate *c = &t->proposals[at].candidate;
    const struct evidence *e = &c->evidence;

    json_key(j, "evidence");
    json_object_begin(j);
    json_key_string(j, "kind", evidence_word(e->kind));
    if (t->evidence[at].data != NULL)
        json_key_text(j, evidence_key(e->kind), t->evidence[at]);
    json_object_end(j);
    if (c->support > 0)
        json_key_u64(j, "support", c->support);
}

static void proposal_json(const struct trail *t, size_t at, struct json *j)
{
    const struct proposal *p = &t->proposals[at];
    const char *dropped = trail_dropped(t, at);

    json_object_begin(j);
    json_key_text(j, "item_id", t->item_ids[at]);
    json_key_string(j, "source", source_word(p->candidate.source));
    json_key_double(j, "score", (double)p->candidate.score);
    evidence_json(t, at, j);
    if (dropped != NULL)
        json_key_string(j, "dropped", dropped);
    json_object_end(j);
}

/* The evidence of a shown item stands with the proposal it was taken from. */
static void shown_evidence_json(const struct trail *t, const struct candidate *c, struct json *j)
{
    size_t at = trail_proposal(t, c);

    if (at < t->proposal_count)
        evidence_json(t, at, j);
}

static void item_shares_json(const struct trail *t, const struct item_shares *s, struct json *j)
{
    json_object_begin(j);
    json_key_text(j, "item_id", s->item->item_id);
    json_key_u64(j, "slot", s->item->slot);
    json_key_string(j, "source", source_word(s->item->candidate.source));
    shown_evidence_json(t, &s->item->candidate, j);
    json_key_float(j, "score", s->score);
    json_key_float(j, "base", s->base);
    json_key(j, "features");
    json_array_begin(j);
    for (size_t i = 0; i < FEATURE_COUNT; i++) {
        json_object_begin(j);
        json_key_string(j, "feature", feature_name(s->features[i].feature));
        json_key_float(j, "value", s->features[i].value);
        json_key_float(j, "share", s->features[i].share);
        json_object_end(j);
    }
    json_array_end(j);
    json_object_end(j);
}

/* What trees put in order says by which features; nothing else does. */
static void shares_json(const struct trail *t, struct json *j)
{
    if (t->shares == NULL)
        return;
    json_key_string(j, "attribution",
                    "exact SHAP for trees, path dependent (Lundberg, Erion, Lee 2018): base + "
                    "shares = score, to rounding");
    json_key(j, "scores");
    json_array_begin(j);
    for (size_t i = 0; i < t->share_count; i++)
        item_shares_json(t, &t->shares[i], j);
    json_array_end(j);
}

/* Nanoseconds as microseconds of one decimal. */
static double tenths_of_us(uint64_t ns)
{
    uint64_t tenths = ns / 100;

    return (double)tenths / 10;
}

/* What each rule did to which product. */
static void rules_json(const struct trail *t, struct json *j)
{
    if (t->rule_notes.count == 0)
        return;
    json_key(j, "rules");
    json_array_begin(j);
    for (size_t i = 0; i < t->rule_notes.count; i++) {
        const struct rule_note *note = &t->rule_notes.notes[i];
        char word[RULE_WORD_SIZE];
        json_object_begin(j);
        json_key_text(j, "item_id", note->item_id);
        json_key_string(j, "rule", rule_word(&note->rule, word));
        json_key_string(j, "effect", rule_effect_word(note->effect));
        if (note->from > 0)
            json_key_u64(j, "from", note->from);
        if (note->to > 0)
            json_key_u64(j, "to", note->to);
        if (note->why != NULL)
            json_key_string(j, "why", note->why);
        json_object_end(j);
    }
    json_array_end(j);
}

void trail_json_members(const struct trail *t, struct json *j)
{
    json_key_string(j, "rung_allowed", rung_word(t->rung_allowed));
    json_key_string(j, "rung_why", t->rung_why);
    json_key_bool(j, "personalized", t->personalized);
    json_key(j, "steps");
    json_array_begin(j);
    for (size_t i = 0; i < t->step_count; i++) {
        json_object_begin(j);
        json_key_string(j, "step", t->step_names[i]);
        json_key_double(j, "us", tenths_of_us(t->step_ns[i]));
        json_object_end(j);
    }
    json_array_end(j);
    known_json(&t->known, j);
    json_key(j, "proposals");
    json_array_begin(j);
    for (size_t i = 0; i < t->proposal_count; i++)
        proposal_json(t, i, j);
    json_array_end(j);
    if (t->variety_ppm > 0)
        json_key_double(j, "variety", (double)t->variety_ppm / 1e6);
    if (t->lowered_count > 0)
        texts_json(j, "lowered", t->lowered, t->lowered_count);
    rules_json(t, j);
    shares_json(t, j);
}

void answer_json_members(const struct answer *answer, struct json *j)
{
    if (answer->request_id[0] != '\0')
        json_key_string(j, "request_id", answer->request_id);
    json_key_text(j, "surface", answer->surface);
    json_key_string(j, "rung", rung_word(answer->rung));
    json_key_u64(j, "generation", answer->generation);
    if (answer->late)
        json_key_bool(j, "late", true);
    if (!answer->personalized)
        json_key_bool(j, "personalized", false);
    json_key(j, "items");
    json_array_begin(j);
    for (size_t i = 0; i < answer->item_count; i++)
        item_json(&answer->items[i], j);
    json_array_end(j);
}

void answer_json(const struct answer *answer, struct buffer *out)
{
    struct json j = json_to(out);

    json_object_begin(&j);
    answer_json_members(answer, &j);
    if (answer->trail != NULL) {
        json_key(&j, "trail");
        json_object_begin(&j);
        trail_json_members(answer->trail, &j);
        json_object_end(&j);
    }
    json_object_end(&j);
}
