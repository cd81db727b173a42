/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/absent.h"

#include <assert.h>
#include <string.h>

#include "paths/recommend_steps.h"

enum { STARTS_MAX = 2 + RECOMMEND_CART_MAX + PROFILE_ACTIONS_MAX };

struct absent {
    struct arena *arena;
    const struct state *state;
    const struct generation *generation; /* NULL: none */
    const struct surface *surface;
    struct text asked; /* the id as asked */
    product_number product;
    struct answer narrow, wide;        /* as asked, and for as many as a surface may show */
    uint32_t limit;                    /* of the narrow one */
    product_number starts[STARTS_MAX]; /* what sources start from: at hand, then what was done */
    size_t start_count;
};

static struct text name_of(const struct absent *a, product_number product)
{
    return catalog_item_id(a->state->catalog, product);
}

static const struct answer_item *item_of(const struct answer *answer, product_number product)
{
    for (size_t i = 0; i < answer->item_count; i++) {
        if (answer->items[i].product == product)
            return &answer->items[i];
    }
    return NULL;
}

/* The product's first proposal, by `kind` (SOURCE_COUNT: by any that did not come too late with it);
 * proposal_count when there is none. */
static size_t proposal_of(const struct absent *a, enum source_kind kind)
{
    const struct trail *t = a->wide.trail;
    size_t i = 0;

    for (; i < t->proposal_count; i++) {
        const char *dropped = trail_dropped(t, i);
        bool by = kind == SOURCE_COUNT ? dropped == NULL || strcmp(dropped, "duplicate") != 0
                                       : t->proposals[i].candidate.source == kind;
        if (t->proposals[i].candidate.product == a->product && by)
            break;
    }
    return i;
}

/* ---- why a source does not propose it, and how far it is from that ---- */

static const char *say_pairs(const struct absent *a, const struct pairs *pairs, uint32_t needed,
                             const char *both)
{
    const struct pair *list;

    if (pairs == NULL)
        return "there is no generation yet; endcap train makes one";
    for (size_t i = 0; i < a->start_count; i++) {
        size_t count = pairs_of(pairs, a->starts[i], &list);
        struct text start = name_of(a, a->starts[i]);
        for (size_t k = 0; k < count; k++) {
            if (list[k].product != a->product)
                continue;
            return arena_printf(a->arena, "%u shoppers %s it and %.*s; %u are needed%s",
                                list[k].support, both, (int)start.size, start.data, needed,
                                list[k].support < needed ? "" : ", so others came first");
        }
    }
    if (a->start_count == 0)
        return "there is no product at hand, and nothing the shopper did, to start from";
    struct text start = name_of(a, a->starts[0]);
    return arena_printf(
        a->arena, "fewer than %u shoppers %s it and %.*s%s, or %d others go with that better",
        needed, both, (int)start.size, start.data,
        a->start_count > 1 ? " (or what else it starts from)" : "", PAIRS_PER_PRODUCT_MAX);
}

static const char *say_popular(const struct absent *a, enum popularity_list which,
                               const char *happens)
{
    const struct popular *list;
    size_t count = popularity_top(a->state->popularity, which, 0, &list);
    const struct appeal appeal = popularity_appeal(a->state->popularity, a->product);

    for (size_t i = 0; i < count; i++) {
        if (catalog_product_of(a->state->catalog, list[i].product) == a->product)
            return arena_printf(a->arena, "it is number %zu of what %s in the shop", i + 1,
                                happens);
    }
    return arena_printf(a->arena,
                        "it is not among the %zu that %s in the shop; decayed by the month, it was "
                        "bought %.1f times and viewed %.1f times",
                        count, happens, (double)appeal.purchases.month, (double)appeal.views.month);
}

static const char *say_similar(const struct absent *a)
{
    const struct vectors *vectors = a->generation == NULL ? NULL : a->generation->vectors;
    const struct product_vector *own =
        vectors == NULL ? NULL : vectors_find(vectors, a->product, NULL);
    float best = VECTORS_APART;
    product_number to = PRODUCT_NONE;

    if (vectors == NULL)
        return "there is no generation with vectors yet; endcap train makes one";
    if (own == NULL)
        return "it has no vector: it says too little of itself, and too few shoppers looked at it";
    for (size_t i = 0; i < a->start_count; i++) {
        float alike = vectors_likeness(own, vectors_find(vectors, a->starts[i], NULL));
        if (alike > best) {
            best = alike;
            to = a->starts[i];
        }
    }
    if (to == PRODUCT_NONE)
        return "there is no product at hand, and nothing the shopper did, to be similar to";
    struct text id = name_of(a, to);
    return arena_printf(a->arena, "most similar it is to %.*s, %.2f; %.2f is needed%s",
                        (int)id.size, id.data, (double)best, (double)similar_likeness_min,
                        best < similar_likeness_min ? "" : ", but others are more similar");
}

static bool list_has(const struct absent *a, const struct program_list *list)
{
    for (size_t i = 0; i < list->product_count; i++) {
        if (catalog_find(a->state->catalog, list->products[i]) == a->product)
            return true;
    }
    return false;
}

static const char *say_curated(const struct absent *a)
{
    const struct program *p = a->state->program;

    for (size_t i = 0; i < p->list_count; i++) {
        if (list_has(a, &p->lists[i]))
            return arena_printf(a->arena, "the list %.*s has it, but this surface does not show it",
                                (int)p->lists[i].name.size, p->lists[i].name.data);
    }
    return "no list has it";
}

static const char *say_neighbours(const struct absent *a)
{
    const struct sessions *sessions = a->generation == NULL ? NULL : a->generation->sessions;

    if (sessions == NULL)
        return "there is no generation yet; endcap train makes one";
    return arena_printf(
        a->arena, "%u sessions have it, but no %u shoppers with a session like this one",
        sessions_frequency(sessions, a->product), a->state->program->support_viewed);
}

static const char *say_sequence(const struct absent *a)
{
    const struct generation *g = a->generation;

    if (g == NULL || g->encoder == NULL)
        return "there is no model of sessions; endcap train makes one where it is worth it";
    return encoder_knows(g->encoder, a->product)
               ? "the model of sessions expects others rather"
               : arena_printf(a->arena,
                              "the model of sessions does not know it: fewer than %u shoppers "
                              "looked at it",
                              g->support_viewed);
}

/* The words of a source that did not propose the product though it was asked. */
static const char *say_silent(const struct absent *a, enum source_kind kind)
{
    const struct generation *g = a->generation;
    const struct program *p = a->state->program;

    switch (kind) {
    case SOURCE_curated: return say_curated(a);
    case SOURCE_recently_viewed: return "the shopper did not look at it lately";
    case SOURCE_bestsellers: return say_popular(a, POPULARITY_BESTSELLERS, "sells most");
    case SOURCE_trending: return say_popular(a, POPULARITY_TRENDING, "rises most");
    case SOURCE_also_viewed:
        return say_pairs(a, g == NULL ? NULL : g->viewed, p->support_viewed, "viewed both");
    case SOURCE_also_bought:
        return say_pairs(a, g == NULL ? NULL : g->bought, p->support_bought, "bought both");
    case SOURCE_complement:
        return say_pairs(a, g == NULL ? NULL : g->complement, p->support_viewed, "added both");
    case SOURCE_neighbours: return say_neighbours(a);
    case SOURCE_sequence: return say_sequence(a);
    case SOURCE_similar: return say_similar(a);
    default: return "it did not come to it";
    }
}

/* The words of one source of the surface. */
static const char *say(const struct absent *a, enum source_kind kind, bool *asked, bool *proposed)
{
    const struct trail *t = a->wide.trail;
    size_t at = proposal_of(a, kind);

    *asked = source_rung(kind) <= t->rung_allowed && (!t->known.own_page || kind == SOURCE_similar);
    *proposed = at < t->proposal_count;
    if (!*asked && t->known.own_page)
        return t->rung_why;
    if (!*asked)
        return arena_printf(a->arena, "it stands on the rung %s, and the surface on %s: %s",
                            rung_word(source_rung(kind)), rung_word(t->rung_allowed), t->rung_why);
    if (!*proposed)
        return say_silent(a, kind);
    const struct candidate *c = &t->proposals[at].candidate;
    const char *dropped = trail_dropped(t, at);
    const char *support =
        c->support == 0 ? "" : arena_printf(a->arena, ", borne out by %u shoppers", c->support);
    return arena_printf(
        a->arena, "proposed it from %s%s%.*s%s%s%s", evidence_word(c->evidence.kind),
        t->evidence[at].data == NULL ? "" : " ", (int)t->evidence[at].size,
        t->evidence[at].data == NULL ? "" : t->evidence[at].data, support,
        dropped == NULL ? "" : ", but ", dropped == NULL ? "" : dropped_meaning(dropped));
}

/* ---- the answer ---- */

static bool is_bundle(const struct absent *a)
{
    product_number part;

    return catalog_parts(a->state->catalog, a->product, &part, 1) > 0;
}

/* What keeps a bundle from being sold; NULL: it is not one of its parts. */
static const char *part_sentence(const struct absent *a)
{
    product_number part;
    enum sellable why;

    if (!catalog_part_lacking(a->state->catalog, a->product, a->arena, &part, &why))
        return NULL;
    struct text id = name_of(a, part);
    const char *says = why == NOT_KNOWN       ? "is not in the catalog"
                       : why == NOT_PUBLISHED ? "is unpublished"
                       : why == NOT_IN_STOCK  ? "is out of stock, or there are too few of it"
                                              : "is a bundle that lacks a part, holds this one "
                                                "again or goes too deep";
    return arena_printf(a->arena,
                        "It may not be shown anywhere: it is a bundle, and its part %.*s %s.",
                        (int)id.size, id.data, says);
}

static const char *sellable_sentence(const struct absent *a, enum sellable sellable)
{
    struct text path =
        catalog_category_path(a->state->catalog, catalog_category(a->state->catalog, a->product));

    const char *part = NULL;

    if (sellable == NOT_IN_STOCK || sellable == PART_MISSING)
        part = part_sentence(a);
    if (part != NULL)
        return part;
    switch (sellable) {
    case NOT_KNOWN: return "Events name it, but no product was given with this id.";
    case NOT_PUBLISHED: return "It may not be shown anywhere: it is unpublished.";
    case NOT_PRICED: return "It may not be shown anywhere: it has no price.";
    case NOT_IN_STOCK: return "It may not be shown anywhere: it is out of stock.";
    default:
        return arena_printf(a->arena,
                            "It is never suggested: its category, %.*s%s, is sensitive (policies: "
                            "sensitive in the program).",
                            (int)path.size, path.data,
                            is_bundle(a) ? ", or that of one of its parts" : "");
    }
}

static const char *sentence_shown(const struct absent *a, const struct answer_item *item)
{
    return arena_printf(a->arena, "It is shown, in slot %u: %.*s.", item->slot,
                        (int)item->reason.text.size, item->reason.text.data);
}

static const char *sentence_proposed(const struct absent *a, size_t at, const char *dropped)
{
    const struct proposal *p = &a->wide.trail->proposals[at];
    const char *meaning = dropped_meaning(dropped);

    return arena_printf(a->arena, "%s proposed it, but %s%s.", source_word(p->candidate.source),
                        meaning == dropped ? "it was dropped: " : "", meaning);
}

struct verdict {
    const char *cause, *sentence;
    uint32_t place; /* where it would stand; 0: nowhere */
};

/* The product itself may not be shown anywhere; false: it may. */
static bool judge_product(const struct absent *a, struct verdict *out)
{
    const struct catalog *catalog = a->state->catalog;

    if (a->product == PRODUCT_NONE) {
        *out = (struct verdict){.cause = "unknown",
                                .sentence = arena_printf(a->arena, "Nothing has the id %.*s.",
                                                         (int)a->asked.size, a->asked.data)};
        return true;
    }
    enum sellable sellable = catalog_sellable(catalog, a->product);
    if (sellable == SELLABLE && catalog_sensitive(catalog, a->product))
        sellable = SENSITIVE;
    *out = (struct verdict){.cause = sellable_word(sellable),
                            .sentence = sellable_sentence(a, sellable)};
    return sellable != SELLABLE;
}

/* It would be shown, but for the limit. */
static struct verdict judge_place(const struct absent *a, const struct answer_item *item)
{
    return (struct verdict){"below_limit",
                            arena_printf(a->arena,
                                         "It would come in place %u, and the surface shows %u: "
                                         "others came first and the surface was full.",
                                         item->slot, a->limit),
                            item->slot};
}

static struct verdict judge_absent(const struct absent *a)
{
    const struct trail *t = a->wide.trail;
    size_t at = proposal_of(a, SOURCE_COUNT);
    const char *dropped = at < t->proposal_count ? trail_dropped(t, at) : NULL;
    const char *out = t->kept_out;

    if (dropped != NULL)
        return (struct verdict){.cause = dropped, .sentence = sentence_proposed(a, at, dropped)};
    if (out != NULL)
        return (struct verdict){.cause = out,
                                .sentence = arena_printf(a->arena,
                                                         "No source proposed it, and it could not "
                                                         "be shown if one did: %s.",
                                                         dropped_meaning(out))};
    const char *rung = t->rung_allowed == RUNG_COUNT - 1
                           ? ""
                           : arena_printf(a->arena, " The surface stands on the rung %s: %s.",
                                          rung_word(t->rung_allowed), t->rung_why);
    return (struct verdict){
        .cause = "not_proposed",
        .sentence = arena_printf(
            a->arena, "No source that was asked proposed it before the surface was full.%s", rung)};
}

static struct verdict judge(const struct absent *a)
{
    const struct answer_item *item = item_of(&a->narrow, a->product);
    struct verdict v;

    if (item != NULL)
        return (struct verdict){"shown", sentence_shown(a, item), item->slot};
    if (judge_product(a, &v))
        return v;
    item = item_of(&a->wide, a->product);
    return item != NULL ? judge_place(a, item) : judge_absent(a);
}

static void source_json(const struct absent *a, enum source_kind kind, struct json *j)
{
    bool asked, proposed;
    const char *says = say(a, kind, &asked, &proposed);

    json_object_begin(j);
    json_key_string(j, "source", source_word(kind));
    json_key_bool(j, "asked", asked);
    json_key_bool(j, "proposed", proposed);
    json_key_string(j, "says", says);
    json_object_end(j);
}

static bool surface_asks(const struct surface *s, enum source_kind kind)
{
    for (size_t i = 0; i < s->source_count; i++) {
        if (s->sources[i] == kind)
            return true;
    }
    return false;
}

/* The surface's own sources, then those that were asked since rules left too few. */
static void answer_json_absent(const struct absent *a, struct buffer *out)
{
    struct json j = json_to(out);
    const struct verdict v = judge(a);

    json_object_begin(&j);
    json_key_text(&j, "item_id", a->product == PRODUCT_NONE ? a->asked : name_of(a, a->product));
    json_key_text(&j, "surface", a->surface->name);
    json_key_bool(&j, "shown", strcmp(v.cause, "shown") == 0);
    json_key_string(&j, "cause", v.cause);
    json_key_string(&j, "answer", v.sentence);
    if (v.place > 0)
        json_key_u64(&j, "place", v.place);
    json_key_u64(&j, "limit", a->limit);
    json_key(&j, "sources");
    json_array_begin(&j);
    for (size_t i = 0; a->product != PRODUCT_NONE && i < a->surface->source_count; i++)
        source_json(a, a->surface->sources[i], &j);
    for (int kind = 0; a->product != PRODUCT_NONE && kind < SOURCE_COUNT; kind++)
        if (!surface_asks(a->surface, (enum source_kind)kind) &&
            proposal_of(a, (enum source_kind)kind) < a->wide.trail->proposal_count)
            source_json(a, (enum source_kind)kind, &j);
    json_array_end(&j);
    json_object_end(&j);
}

/* ---- asking ---- */

static void start_add(struct absent *a, struct text id)
{
    product_number product = id.data == NULL ? PRODUCT_NONE : catalog_find(a->state->catalog, id);

    for (size_t i = 0; i < a->start_count; i++) {
        if (a->starts[i] == product)
            return;
    }
    if (product != PRODUCT_NONE && product != a->product && a->start_count < STARTS_MAX)
        a->starts[a->start_count++] = product;
}

static void find_starts(struct absent *a)
{
    const struct known *k = &a->narrow.trail->known;

    start_add(a, k->product);
    for (size_t i = 0; i < k->cart_count; i++)
        start_add(a, k->cart[i]);
    for (size_t i = 0; i < k->action_count; i++)
        start_add(a, k->actions[i].item_id);
}

static enum status ask(struct absent *a, const struct question *q, struct error *err)
{
    const struct recommend_from from = {.state = a->state,
                                        .generation = a->generation,
                                        .rung_max = RUNG_COUNT - 1,
                                        .deadline_step = NOT_CUT,
                                        .examined = &a->product};
    struct question asked = *q;

    asked.why = true;
    if (q->surface_count != 1)
        return error_set(err, ERR_INVALID, "name one surface");
    if (recommend_from(&from, &asked, &a->narrow, a->arena, err) != OK)
        return err->status;
    a->surface = program_surface(a->state->program, q->surfaces[0]);
    a->limit = a->narrow.decision->limit;
    asked.limit = SURFACE_LIMIT_MAX;
    return recommend_from(&from, &asked, &a->wide, a->arena, err);
}

enum status absent_explain(struct shop *shop, const struct question *q, struct text item_id,
                           struct buffer *json, struct error *err)
{
    SCOPED(arena_free) struct arena arena = {0};
    const struct question asked = question_without_persons(q, shop->keys.person_key, &arena);
    struct absent a = {.arena = &arena,
                       .state = shop->state,
                       .generation = generation_pin(shop->generations),
                       .asked = item_id};

    shop_read_lock(shop);
    a.product = catalog_find(shop->state->catalog, item_id);
    enum status status = ask(&a, &asked, err);
    if (status == OK) {
        assert(a.narrow.trail != NULL && a.wide.trail != NULL); /* it was asked why */
        find_starts(&a);
        answer_json_absent(&a, json);
    }
    shop_read_unlock(shop);
    generation_unpin(shop->generations, a.generation);
    return status;
}
