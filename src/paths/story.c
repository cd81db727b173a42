/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/story.h"

#include <inttypes.h>
#include <string.h>

#include "base/time.h"

enum {
    NAMED_MAX = 6,  /* products named of a source, or of one way to be left out */
    SHARES_MAX = 4, /* features named of a product */
    WORDS_MAX = 32, /* ways to be left out */
};

/* What others wrote, on one line. */
static void tell(struct buffer *out, struct text t)
{
    for (size_t i = 0; i < t.size; i++)
        buffer_add_char(out, (unsigned char)t.data[i] < ' ' || t.data[i] == 127 ? ' ' : t.data[i]);
}

static void tell_list(struct buffer *out, const char *head, const struct text *ids, size_t count)
{
    if (count == 0)
        return;
    buffer_add_string(out, head);
    for (size_t i = 0; i < count; i++) {
        buffer_add_string(out, i > 0 ? ", " : "");
        tell(out, ids[i]);
    }
    buffer_add_char(out, '\n');
}

static void tell_us(struct buffer *out, uint64_t ns)
{
    buffer_printf(out, "%" PRIu64 ".%u us", ns / 1000, (unsigned)(ns % 1000 / 100));
}

/* "2 h" before. */
static void tell_ago(struct buffer *out, int64_t ms)
{
    if (ms < 2 * MS_MINUTE)
        buffer_printf(out, "%" PRId64 " s before", ms / MS_SECOND);
    else if (ms < 2 * MS_HOUR)
        buffer_printf(out, "%" PRId64 " min before", ms / MS_MINUTE);
    else if (ms < 2 * MS_DAY)
        buffer_printf(out, "%" PRId64 " h before", ms / MS_HOUR);
    else
        buffer_printf(out, "%" PRId64 " days before", ms / MS_DAY);
}

static void tell_head(const struct story *s, struct buffer *out)
{
    const struct decision *d = s->decision;
    char time[TIME_TEXT_SIZE];

    buffer_add_string(out, "Decision");
    if (s->request_id.data != NULL) {
        buffer_add_char(out, ' ');
        tell(out, s->request_id);
    }
    buffer_printf(out, " for the surface ");
    tell(out, d->surface);
    buffer_printf(out, ", %s\n", time_print(d->now_ms, time));
    if (s->not_replayed == NULL)
        buffer_printf(out, "replayed: the answer came out as it was given%s",
                      d->digest != 0 ? ", byte for byte" : "");
    else
        buffer_printf(out, "not replayed: %s; this is the list that was kept", s->not_replayed);
    buffer_printf(out, "\nfrom position %" PRIu64 " of the journal, generation %u, program %u\n",
                  d->position.number, d->generation, d->program_version);
}

/* What the visit said of itself. */
static void tell_arrival(const struct arrival *arrival, struct buffer *out)
{
    char letters[2];

    if (arrival->device != DEVICE_UNKNOWN)
        buffer_printf(out, "  device   %s\n", device_word((enum device_kind)arrival->device));
    if (arrival->country != 0) {
        const struct text country = arrival_country_text(arrival->country, letters);
        tell_list(out, "  country  ", &country, 1);
    }
}

static void tell_who(const struct story *s, struct buffer *out)
{
    const struct decision *d = s->decision;
    const struct known *k = s->answer == NULL ? NULL : &s->answer->trail->known;

    buffer_add_string(out, "\nWho asked\n");
    if (d->anonymous_id.data == NULL && d->user_id.data == NULL)
        buffer_add_string(out, "  nobody in particular: no identifier was given\n");
    tell_list(out, "  visitor  ", &d->anonymous_id, d->anonymous_id.data != NULL);
    tell_list(out, "  customer ", &d->user_id, d->user_id.data != NULL);
    tell_list(out, "  language ", &d->language, d->language.data != NULL);
    tell_arrival(&d->arrival, out);
    if (d->age_verified > 0)
        buffer_printf(out, "  age      %u, as the shop vouched\n", d->age_verified);
    if (k != NULL)
        tell_list(out, "  segments ", k->segments, k->segment_count);
    const char *robot = robot_meaning((enum robot_why)d->robot);
    if (robot != NULL)
        buffer_printf(out,
                      "  a robot: %s; it was answered as a stranger, and nothing is learned from "
                      "it\n",
                      robot);
    else if (k != NULL && k->stranger)
        buffer_add_string(out, "  a stranger: nothing was heard of them before\n");
    if (k != NULL && !k->personal)
        buffer_printf(out, "  what they did may not choose products for them%s\n",
                      k->declined ? ": they asked for that" : "");
}

static void tell_action(const struct known_action *action, int64_t now_ms, struct buffer *out)
{
    buffer_printf(out, "  %s ", action->did);
    tell(out, action->item_id);
    buffer_add_string(out, ", ");
    tell_ago(out, now_ms - action->time_ms);
    buffer_add_string(out, action->in_session ? ", in this session\n" : "\n");
}

/* How somebody came of whom nothing else is known, and whose order bestsellers are in. */
static void tell_cohort(const struct known *k, struct buffer *out)
{
    tell_list(out, "  landed   ", &k->landing, k->landing.data != NULL);
    if (k->cohort_count == 0 && k->landing.data != NULL)
        buffer_add_string(out, "  bestsellers of where they landed stand among the shop's\n");
    if (k->cohort_count == 0)
        return;
    tell_list(out, "  bestsellers stand in the order of those with the same ", k->cohort,
              k->cohort_count);
    tell_list(out, "    where the landing is in ", &k->cohort_landing,
              k->cohort_landing.data != NULL);
}

static void tell_known(const struct story *s, struct buffer *out)
{
    const struct known *k = &s->answer->trail->known;

    buffer_add_string(out, "\nWhat was known\n");
    tell_list(out, "  page     ", &k->product, k->product.data != NULL);
    if (k->own_page)
        buffer_add_string(out, "  it is sensitive, so that only it is evidence here\n");
    tell_list(out, "  category ", &k->category, k->category.data != NULL);
    tell_cohort(k, out);
    tell_list(out, "  cart     ", k->cart, k->cart_count);
    tell_list(out, "  on the page already: ", k->on_page, k->on_page_count);
    for (size_t i = 0; i < k->action_count; i++)
        tell_action(&k->actions[i], s->decision->now_ms, out);
    tell_list(out, "  wishes   ", k->wishes, k->wish_count);
    if (k->shown_count > 0)
        buffer_printf(out, "  %u products were shown to them lately and not looked at\n",
                      k->shown_count);
    if (k->product.data == NULL && k->category.data == NULL && k->cart_count == 0 &&
        k->action_count == 0 && k->wish_count == 0)
        buffer_add_string(out,
                          "  nothing: no product at hand, nothing in the cart, nothing done\n");
}

/* What one source proposed: how many, how many of them went on, and the first of those. */
static void tell_source(const struct trail *t, enum source_kind kind, struct buffer *out)
{
    size_t proposed = 0, taken = 0;
    SCOPED(buffer_free) struct buffer names = {0};

    for (size_t i = 0; i < t->proposal_count; i++) {
        if (t->proposals[i].candidate.source != kind)
            continue;
        proposed++;
        if (t->proposals[i].dropped != NULL)
            continue;
        if (taken++ < NAMED_MAX) {
            buffer_add_string(&names, taken > 1 ? ", " : ": ");
            tell(&names, t->item_ids[i]);
        }
    }
    if (proposed == 0)
        return;
    buffer_printf(out, "  %-16s %zu proposed, %zu may be shown", source_word(kind), proposed,
                  taken);
    buffer_add_text(out, buffer_text(&names));
    buffer_add_string(out, taken > NAMED_MAX ? ", ...\n" : "\n");
}

static void tell_sources(const struct trail *t, struct buffer *out)
{
    buffer_printf(out, "\nWhat each source proposed (rung allowed: %s; %s)\n",
                  rung_word(t->rung_allowed), t->rung_why);
    for (int kind = 0; kind < SOURCE_COUNT; kind++)
        tell_source(t, (enum source_kind)kind, out);
    if (t->proposal_count == 0)
        buffer_add_string(out, "  nothing\n");
}

/* Was proposal `at` left out for that word, and no earlier one of its product? */
static bool first_dropped(const struct trail *t, size_t at, const char *word)
{
    const char *dropped = trail_dropped(t, at);

    if (dropped == NULL || strcmp(dropped, word) != 0)
        return false;
    for (size_t i = 0; i < at; i++) {
        const char *before = trail_dropped(t, i);
        if (t->proposals[i].candidate.product == t->proposals[at].candidate.product &&
            before != NULL && strcmp(before, word) == 0)
            return false;
    }
    return true;
}

/* The products that are left out for one word. */
static void tell_dropped_word(const struct trail *t, const char *word, struct buffer *out)
{
    const char *meaning = dropped_meaning(word);
    SCOPED(buffer_free) struct buffer names = {0};
    size_t count = 0;

    for (size_t i = 0; i < t->proposal_count; i++) {
        if (first_dropped(t, i, word) && count++ < NAMED_MAX) {
            buffer_add_string(&names, count > 1 ? ", " : "");
            tell(&names, t->item_ids[i]);
        }
    }
    buffer_printf(out, "  %s", word);
    if (meaning != word)
        buffer_printf(out, " (%s)", meaning);
    buffer_printf(out, ", %zu: ", count);
    buffer_add_text(out, buffer_text(&names));
    buffer_add_string(out, count > NAMED_MAX ? ", ...\n" : "\n");
}

static void tell_dropped(const struct trail *t, struct buffer *out)
{
    const char *words[WORDS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < t->proposal_count; i++) {
        const char *dropped = trail_dropped(t, i);
        bool told = dropped == NULL || strcmp(dropped, "duplicate") == 0 || count == WORDS_MAX;
        for (size_t k = 0; k < count && !told; k++)
            told = strcmp(words[k], dropped) == 0;
        if (!told)
            words[count++] = dropped;
    }
    if (count > 0)
        buffer_add_string(out, "\nWhat was left out, and why\n");
    for (size_t i = 0; i < count; i++)
        tell_dropped_word(t, words[i], out);
}

/* What came between ranking and rules. */
static void tell_rearranged(const struct trail *t, struct buffer *out)
{
    size_t named = t->lowered_count < NAMED_MAX ? t->lowered_count : NAMED_MAX;

    tell_list(out, "  went down, since the shopper wants less of it: ", t->lowered, named);
    if (t->lowered_count > named)
        buffer_printf(out, "    and %zu more\n", t->lowered_count - named);
    if (t->variety_ppm > 0)
        buffer_printf(out,
                      "  then by variety %.3g: what is like products before it gave way to what is "
                      "not\n",
                      (double)t->variety_ppm / 1e6);
}

static void tell_ranking(const struct answer *answer, struct buffer *out)
{
    const struct trail *t = answer->trail;

    buffer_add_string(out, "\nHow it was ranked\n");
    if (t->shares != NULL)
        buffer_printf(out,
                      "  by the trees of generation %u; of each product below, the features that "
                      "gave most to its score\n",
                      answer->generation);
    else
        buffer_add_string(out,
                          "  by the order of the surface's sources, then by each one's score\n");
    tell_rearranged(t, out);
    if (answer->decision->explored_slot > 0)
        buffer_printf(out,
                      "  the product in slot %u was drawn from those below the limit, so that "
                      "learning sees more than its own choices\n",
                      answer->decision->explored_slot);
    if (answer->late)
        buffer_add_string(out,
                          "  the deadline passed on the way, and the answer fell back a rung\n");
}

static bool is_shown(const struct answer *answer, product_number n)
{
    for (size_t i = 0; i < answer->item_count; i++) {
        if (answer->items[i].product == n)
            return true;
    }
    return false;
}

static void tell_note(const struct rule_note *note, struct buffer *out)
{
    char word[RULE_WORD_SIZE];

    buffer_printf(out, "  %s: ", rule_word(&note->rule, word));
    tell(out, note->item_id);
    switch (note->effect) {
    case RULE_MOVED:
        buffer_printf(out, " moved from place %u to %u\n", note->from, note->to);
        break;
    case RULE_PLACED: buffer_printf(out, " placed in slot %u\n", note->to); break;
    case RULE_NOT_PLACED:
        buffer_printf(out, " not placed in slot %u%s%s\n", note->to, note->why == NULL ? "" : ": ",
                      note->why == NULL ? "" : dropped_meaning(note->why));
        break;
    case RULE_REMOVED: buffer_add_string(out, " removed\n"); break;
    }
}

/* What rules did with what is shown, and which pins do not show. What they took away is told above. */
static void tell_rules(const struct answer *answer, struct buffer *out)
{
    const struct rule_notes *notes = &answer->trail->rule_notes;
    bool begun = false;

    for (size_t i = 0; i < notes->count; i++) {
        const struct rule_note *note = &notes->notes[i];
        if (note->effect == RULE_REMOVED ||
            (note->effect == RULE_MOVED && !is_shown(answer, note->product)))
            continue;
        buffer_add_string(out, begun ? "" : "\nWhat rules did\n");
        begun = true;
        tell_note(note, out);
    }
}

static void tell_shares(const struct trail *t, const struct answer_item *item, struct buffer *out)
{
    for (size_t i = 0; i < t->share_count; i++) {
        const struct item_shares *shares = &t->shares[i];
        if (shares->item != item)
            continue;
        buffer_printf(out, "      score %.4f:", (double)shares->score);
        for (size_t k = 0; k < SHARES_MAX && k < FEATURE_COUNT; k++)
            buffer_printf(out, "%s %s %+.4f", k > 0 ? "," : "",
                          feature_name(shares->features[k].feature),
                          (double)shares->features[k].share);
        buffer_add_char(out, '\n');
    }
}

/* What a shown product was taken from: its proposal. */
static void tell_evidence(const struct trail *t, const struct candidate *c, struct buffer *out)
{
    size_t at = trail_proposal(t, c);

    buffer_printf(out, "      by %s, from %s", source_word(c->source),
                  evidence_word(c->evidence.kind));
    if (at < t->proposal_count && t->evidence[at].data != NULL) {
        buffer_add_string(out, c->evidence.kind == EVIDENCE_PIN ? " in line " : " ");
        tell(out, t->evidence[at]);
    }
    if (c->support > 0)
        buffer_printf(out, ", borne out by %u shoppers", c->support);
    if (c->source != SOURCE_curated)
        buffer_printf(out, ", %.4g by that source", (double)c->score);
    buffer_add_char(out, '\n');
}

static void tell_shown(const struct answer *answer, struct buffer *out)
{
    buffer_printf(out, "\nWhat was shown (rung %s)\n", rung_word(answer->rung));
    for (size_t i = 0; i < answer->item_count; i++) {
        const struct answer_item *item = &answer->items[i];
        buffer_printf(out, "  %2u  ", item->slot);
        tell(out, item->item_id);
        buffer_add_string(out, ": ");
        tell(out, item->reason.text);
        buffer_add_char(out, '\n');
        tell_evidence(answer->trail, &item->candidate, out);
        tell_shares(answer->trail, item, out);
    }
    if (answer->item_count == 0)
        buffer_add_string(out, "  nothing\n");
}

/* A product of the kept list by its id as of then. */
static void tell_product(const struct story *s, product_number product, struct buffer *out)
{
    if (product < catalog_count(s->catalog))
        tell(out, catalog_item_id(s->catalog, product));
    else
        buffer_add_string(out, "a product that is not known");
}

/* What kept decisions hold of a reason: the kind of its evidence, and which product it was. */
static void tell_kept_evidence(const struct story *s, const struct decision_item *item,
                               struct buffer *out)
{
    enum evidence_kind kind = (enum evidence_kind)item->evidence_kind;
    bool product = kind == EVIDENCE_VIEWED || kind == EVIDENCE_CART || kind == EVIDENCE_BOUGHT;

    buffer_printf(out, ", from %s", evidence_word(kind));
    if (product) {
        buffer_add_char(out, ' ');
        tell_product(s, item->evidence_reference, out);
    }
}

static void tell_kept(const struct story *s, struct buffer *out)
{
    const struct decision *d = s->decision;

    buffer_add_string(out, "\nWhat was shown\n");
    for (uint32_t i = 0; i < d->item_count; i++) {
        const struct decision_item *item = &d->items[i];
        buffer_printf(out, "  %2u  ", i + 1);
        tell_product(s, item->product, out);
        if (item->source < SOURCE_COUNT)
            buffer_printf(out, ", by %s", source_word((enum source_kind)item->source));
        tell_kept_evidence(s, item, out);
        buffer_add_char(out, '\n');
    }
    if (d->item_count == 0)
        buffer_add_string(out, "  nothing\n");
}

static void tell_cost(const struct story *s, struct buffer *out)
{
    const struct trail *t = s->answer == NULL ? NULL : s->answer->trail;

    buffer_add_string(out, "\nWhat it cost\n");
    if (s->decision->took_us > 0)
        buffer_printf(out, "  %u us when it was answered\n", s->decision->took_us);
    if (t == NULL)
        return;
    buffer_add_string(out, "  ");
    tell_us(out, s->answer->took_ns);
    buffer_add_string(out, " when produced again:");
    for (size_t i = 0; i < t->step_count; i++) {
        buffer_printf(out, "%s %s ", i > 0 ? "," : "", t->step_names[i]);
        tell_us(out, t->step_ns[i]);
    }
    buffer_add_char(out, '\n');
}

void story_tell(const struct story *s, struct buffer *out)
{
    tell_head(s, out);
    tell_who(s, out);
    if (s->answer != NULL) {
        tell_known(s, out);
        tell_sources(s->answer->trail, out);
        tell_dropped(s->answer->trail, out);
        tell_ranking(s->answer, out);
        tell_rules(s->answer, out);
        tell_shown(s->answer, out);
    } else {
        tell_kept(s, out);
    }
    tell_cost(s, out);
}
