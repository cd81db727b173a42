/* SPDX-License-Identifier: Apache-2.0 */
/* Promise 5, by perturbation: take the evidence of a shown product away, whatever it is, and the same
 * is not said of it again: the reason is another one, or the product is gone. */
#include "base/random.h"
#include "base/time.h"
#include "tests/support/judged.h"
#include "tests/support/scene.h"

enum { PRODUCTS = 48, PAST = 260, TRIALS = 300, ACTIONS_MAX = 9, CART_MAX = 3, LIST_SIZE = 4 };

static const char head[] =
    "owner: tests\ncurrency: EUR\npolicies:\n"
    "  consent_default: {analytics: true, personalization: true, email: false}\n"
    "  min_support: {viewed: 3, bought: 3}\n"
    "  traffic: {co_view: 0, learned: 0}\n";

/* An action of a shopper; the wait before it may begin a new session. */
struct act {
    enum event_type type;
    int product;
    int64_t wait_ms;
};

/* All that a question rests on. */
struct world {
    struct act acts[ACTIONS_MAX];
    size_t act_count;
    int page; /* the page's product; -1 none */
    int cart[CART_MAX];
    size_t cart_count;
    const char *surface, *category; /* NULL: no category */
};

struct trial {
    struct scene *scene;
    struct random random;
    struct model *trees;
    uint32_t shoppers;                        /* used so far */
    size_t removed[EVIDENCE_SELF + 1], asked; /* of each kind of evidence */
};

static const char *id_of(struct trial *t, int product)
{
    return arena_printf(&t->scene->arena, "p-%d", product);
}

/* `without`: a product that the list `first` lacks; -1: none. */
static void apply_program(struct trial *t, int without)
{
    SCOPED(buffer_free) struct buffer document = {0};

    buffer_printf(&document, "%slists:\n  - {name: first, products: [", head);
    for (int i = 0; i < LIST_SIZE; i++) {
        if (i != without)
            buffer_printf(&document, "p-%d, ", i);
    }
    buffer_add_string(&document,
                      "none]}\n  - {name: second, products: [p-20, p-21]}\nsurfaces:\n"
                      "  - {name: pdp, kind: pdp, limit: 12}\n"
                      "  - {name: cart, kind: cart, limit: 12}\n"
                      "  - {name: post, kind: post_cart, limit: 12}\n"
                      "  - {name: home, kind: home, limit: 12}\n"
                      "  - {name: category, kind: category, limit: 12}\n"
                      "  - {name: rising, kind: category, sources: [trending, also_viewed]}\n"
                      "  - {name: curated, kind: home, sources: [curated, recently_viewed]}\n"
                      "  - {name: alike, kind: pdp, sources: [similar, complement]}\n");
    scene_program(t->scene, buffer_text(&document));
}

/* Shoppers stay near one place of the shop. */
static int near(struct trial *t, int place)
{
    return (place * 6 + (int)random_below(&t->random, 10)) % PRODUCTS;
}

static void past_make(struct trial *t)
{
    static const enum event_type types[] = {EVENT_view_item, EVENT_view_item, EVENT_add_to_cart,
                                            EVENT_add_to_cart, EVENT_purchase};

    for (int i = 0; i < PRODUCTS; i++)
        scene_simple_product(
            t->scene, id_of(t, i),
            arena_printf(&t->scene->arena, "Thing %d of %s", i, i % 3 == 0 ? "oak" : "brass"),
            arena_printf(&t->scene->arena, "Shelf %d > Board %d", i % 4, i % 8));
    for (int i = 0; i < PAST; i++) {
        struct text items[COUNT(types)];
        for (size_t k = 0; k < COUNT(types); k++)
            items[k] = text_from(id_of(t, near(t, i % 8)));
        scene_session(t->scene, types, items, COUNT(types));
    }
    scene_tick(t->scene);
    scene_train(t->scene, 3, 3);
}

static struct trial *trial_new(void)
{
    static struct trial trial;
    struct trial *t = &trial;

    *t = (struct trial){.scene = scene_new()};
    random_seed(&t->random, 4711);
    apply_program(t, -1);
    past_make(t);
    t->trees = ranked_trees(11, 30, FEATURE_COUNT);
    return t;
}

static void trial_free(struct trial *t)
{
    model_close(&t->trees);
    scene_free(&t->scene);
}

static struct world world_make(struct trial *t)
{
    static const enum event_type types[] = {
        EVENT_view_item,       EVENT_view_item,        EVENT_view_item, EVENT_add_to_cart,
        EVENT_add_to_wishlist, EVENT_remove_from_cart, EVENT_purchase};
    static const char *const surfaces[] = {"pdp",      "cart",   "post",    "home",
                                           "category", "rising", "curated", "alike"};
    int place = (int)random_below(&t->random, 8);
    struct world w = {.page = -1, .surface = surfaces[random_below(&t->random, COUNT(surfaces))]};

    w.act_count = random_below(&t->random, ACTIONS_MAX + 1);
    for (size_t i = 0; i < w.act_count; i++)
        w.acts[i] = (struct act){types[random_below(&t->random, COUNT(types))], near(t, place),
                                 random_below(&t->random, 5) == 0 ? 40 * MS_MINUTE : 0};
    if (random_below(&t->random, 3) > 0)
        w.page = near(t, place);
    w.cart_count = random_below(&t->random, CART_MAX + 1);
    for (size_t i = 0; i < w.cart_count; i++)
        w.cart[i] = near(t, place);
    if (strcmp(w.surface, "category") == 0 || strcmp(w.surface, "rising") == 0)
        w.category = arena_printf(&t->scene->arena, "Shelf %u > Board %u",
                                  random_below(&t->random, 4), random_below(&t->random, 8));
    return w;
}

/* The same without anything that has to do with a product. */
static struct world world_without(const struct world *w, int product)
{
    struct world less = *w;

    less.act_count = less.cart_count = 0;
    for (size_t i = 0; i < w->act_count; i++) {
        if (w->acts[i].product != product)
            less.acts[less.act_count++] = w->acts[i];
    }
    for (size_t i = 0; i < w->cart_count; i++) {
        if (w->cart[i] != product)
            less.cart[less.cart_count++] = w->cart[i];
    }
    if (less.page == product)
        less.page = -1;
    return less;
}

/* A shopper who is new to the shop does what the world says, and the question is asked. */
static struct answer ask(struct trial *t, const struct world *w, bool ranked)
{
    struct scene *s = t->scene;
    const char *shopper = arena_printf(&s->arena, "shopper-%u", t->shoppers++);
    struct question q = {.surfaces = {text_from(w->surface)},
                         .surface_count = 1,
                         .anonymous_id = text_from(shopper),
                         .item_id = text_from(w->page < 0 ? NULL : id_of(t, w->page)),
                         .category = text_from(w->category),
                         .cart_count = w->cart_count};
    struct answer answer;
    struct error err = {0};

    for (size_t i = 0; i < w->act_count; i++) {
        scene_wait(s, w->acts[i].wait_ms);
        scene_event(s, shopper, w->acts[i].type, text_from(id_of(t, w->acts[i].product)));
    }
    for (size_t i = 0; i < w->cart_count; i++)
        q.cart[i] = text_from(id_of(t, w->cart[i]));
    q.now_ms = s->now_ms + MS_SECOND;
    s->trained.ranker = ranked ? t->trees : NULL;
    struct recommend_from from = scene_from(s);
    from.traffic_ignored = true; /* no gate stands in the trees' way */
    if (recommend_from(&from, &q, &answer, &s->arena, &err) != OK)
        fail_msg("%s", err.message);
    t->asked++;
    return answer;
}

static const struct answer_item *item_of(const struct answer *answer, product_number product)
{
    for (size_t i = 0; i < answer->item_count; i++) {
        if (answer->items[i].product == product)
            return &answer->items[i];
    }
    return NULL;
}

/* Is it something the shopper did, on the page, or chosen by the shop? */
static bool evidence_given(struct trial *t, const struct world *w, const struct evidence *e)
{
    const struct catalog *catalog = t->scene->state->catalog;

    if (e->kind == EVIDENCE_LIST)
        return e->reference < 2;
    if (e->kind == EVIDENCE_POPULAR || e->kind == EVIDENCE_TRENDING)
        return e->reference == 0 || w->page >= 0 || w->category != NULL;
    for (size_t i = 0; i < w->act_count; i++) {
        if (e->reference == catalog_find(catalog, text_from(id_of(t, w->acts[i].product))))
            return true;
    }
    for (size_t i = 0; i < w->cart_count; i++) {
        if (e->reference == catalog_find(catalog, text_from(id_of(t, w->cart[i]))))
            return true;
    }
    return w->page >= 0 && e->reference == catalog_find(catalog, text_from(id_of(t, w->page)));
}

static int number_of(struct text item_id)
{
    int64_t number;

    assert_true(text_to_i64((struct text){item_id.data + 2, item_id.size - 2}, &number)); /* p-12 */
    return (int)number;
}

/* What the world would be without the evidence of an item. False for what is popular in the whole
 * shop, which no one shopper did; a test of its own takes that away. */
static bool take_away(struct trial *t, const struct world *w, const struct answer_item *item,
                      struct world *less)
{
    const struct evidence *e = &item->candidate.evidence;

    *less = *w;
    switch (e->kind) {
    case EVIDENCE_VIEWED:
    case EVIDENCE_CART:
    case EVIDENCE_BOUGHT:
    case EVIDENCE_SELF:
        *less =
            world_without(w, number_of(catalog_item_id(t->scene->state->catalog, e->reference)));
        return true;
    case EVIDENCE_LIST: apply_program(t, number_of(item->item_id)); return true;
    case EVIDENCE_POPULAR:
    case EVIDENCE_TRENDING:
        less->category = NULL;
        less->page = -1;
        return e->reference != 0;
    case EVIDENCE_PIN: /* no rule pins anything here */
    case EVIDENCE_NONE: break;
    }
    fail_msg("%.*s has no evidence", (int)item->item_id.size, item->item_id.data);
    return false;
}

static void assert_hangs_on_evidence(struct trial *t, const struct world *w,
                                     const struct answer_item *item, bool ranked)
{
    const struct evidence *e = &item->candidate.evidence;
    struct world less;

    if (!evidence_given(t, w, e))
        fail_msg("'%.*s' speaks of what was not", (int)item->reason.text.size,
                 item->reason.text.data);
    /* Of list 2 nothing is taken away. */
    if ((e->kind == EVIDENCE_LIST && e->reference != 0) || !take_away(t, w, item, &less))
        return;
    const struct answer again = ask(t, &less, ranked);
    const struct answer_item *other = item_of(&again, item->product);
    if (other != NULL && text_equal(other->reason.text, item->reason.text))
        fail_msg("%.*s is there without its evidence: '%.*s'", (int)item->item_id.size,
                 item->item_id.data, (int)item->reason.text.size, item->reason.text.data);
    if (e->kind == EVIDENCE_LIST)
        apply_program(t, -1);
    t->removed[e->kind]++;
}

static void without_its_evidence_no_reason_stands(void **state)
{
    struct trial *t = trial_new();

    for (int i = 0; i < TRIALS; i++) {
        const struct world w = world_make(t);
        bool ranked = i % 2 == 1;
        const struct answer answer = ask(t, &w, ranked);
        for (size_t k = 0; k < answer.item_count; k++)
            assert_hangs_on_evidence(t, &w, &answer.items[k], ranked);
    }
    for (int kind = EVIDENCE_VIEWED; kind <= EVIDENCE_SELF; kind++) {
        if (t->removed[kind] < 5)
            fail_msg("evidence of kind %d was taken away %zu times only", kind, t->removed[kind]);
    }
    trial_free(t);
}

/* What many did is taken away by undoing it: the shop without the purchases of one product. */
static bool said_to_be_popular(const char *source, bool bought)
{
    static const enum event_type look[] = {EVENT_view_item}, buy[] = {EVENT_purchase};
    const struct text lamp[] = {TEXT("lamp")}, soap[] = {TEXT("soap")};
    SCOPED(scene_free) struct scene *s = scene_new();
    SCOPED(buffer_free) struct buffer document = {0};
    struct answer answer;
    struct error err = {0};

    buffer_printf(&document, "%ssurfaces: [{name: home, kind: home, sources: [%s]}]\n", head,
                  source);
    scene_program(s, buffer_text(&document));
    scene_simple_product(s, "lamp", "Brass lamp", "Light");
    scene_simple_product(s, "soap", "Olive soap", "Bath");
    for (int i = 0; i < 5; i++) {
        scene_session(s, buy, soap, 1);
        scene_session(s, bought ? buy : look, lamp, 1);
    }
    scene_tick(s);
    const struct question q = {
        .surfaces = {TEXT("home")}, .surface_count = 1, .now_ms = s->now_ms + MS_SECOND};
    const struct recommend_from from = scene_from(s);
    assert_int_equal(recommend_from(&from, &q, &answer, &s->arena, &err), OK);
    return item_of(&answer, catalog_find(s->state->catalog, TEXT("lamp"))) != NULL;
}

static void what_nobody_bought_is_not_called_popular(void **state)
{
    assert_true(said_to_be_popular("bestsellers", true));
    assert_false(said_to_be_popular("bestsellers", false));
    assert_true(said_to_be_popular("trending", true));
    assert_false(said_to_be_popular("trending", false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_its_evidence_no_reason_stands),
        cmocka_unit_test(what_nobody_bought_is_not_called_popular),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
