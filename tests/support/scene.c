/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/scene.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/money.h"
#include "base/random.h"
#include "base/time.h"
#include "profile/profile.h"
#include "train/substitutes.h"
#include "train/vectors.h"

static const uint8_t id_key[16] = "a key for tests";

struct scene *scene_new(void)
{
    struct scene *s = mem_new(1, sizeof(*s));

    s->state = state_new(id_key, 0);
    s->now_ms = SCENE_START_MS;
    test_dir(s->dir);
    return s;
}

static void generation_drop(struct scene *s)
{
    sessions_close(&s->sessions);
    pairs_close(&s->viewed);
    pairs_close(&s->bought);
    pairs_close(&s->complement);
    transitions_close(&s->transitions);
    encoder_close(&s->encoder);
    content_close(&s->content);
    vectors_close(&s->vectors);
    s->generation = NULL;
}

void scene_free(struct scene **handle)
{
    struct scene *s = *handle;

    if (s == NULL)
        return;
    generation_drop(s);
    state_free(s->state);
    arena_free(&s->arena);
    mem_free(s);
    *handle = NULL;
}

static void fold(struct scene *s, enum record_kind kind, struct text body)
{
    const struct record r = {
        .position = {++s->records}, .kind = kind, .time_ms = s->now_ms, .body = body};

    state_fold(s->state, &r);
}

void scene_product(struct scene *s, const struct product *p)
{
    SCOPED(buffer_free) struct buffer body = {0};

    product_encode(p, &body);
    fold(s, RECORD_PRODUCT, buffer_text(&body));
}

void scene_simple_product(struct scene *s, const char *id, const char *title, const char *category)
{
    struct product p = product_blank();

    p.item_id = text_from(id);
    p.title = text_from(title);
    p.category = text_from(category);
    p.currency = TEXT("EUR");
    p.price = 10 * MONEY_UNIT;
    scene_product(s, &p);
}

void scene_stock(struct scene *s, struct text item_id, int64_t stock)
{
    SCOPED(buffer_free) struct buffer body = {0};
    const struct stock_change change = {item_id, stock, IN_STOCK};

    stock_encode(&change, &body);
    fold(s, RECORD_STOCK, buffer_text(&body));
}

void scene_unpublish(struct scene *s, struct text item_id)
{
    fold(s, RECORD_UNPUBLISH, item_id);
}

void scene_program(struct scene *s, struct text document)
{
    SCOPED(buffer_free) struct buffer body = {0};
    SCOPED(arena_free) struct arena a = {0};
    const struct program_record record = {s->state->program->version + 1, TEXT("tests"),
                                          TEXT("a test"), document};
    struct problems problems = {0};
    struct program *p;
    struct error err = {0};

    if (program_compile(document, &p, &a, &problems, &err) != OK) {
        print_error("%s\n", err.message);
        fail();
    }
    program_free(p);
    program_record_encode(&record, &body);
    fold(s, RECORD_PROGRAM, buffer_text(&body));
    assert_int_equal(s->state->program->version, record.version);
}

void scene_tick(struct scene *s)
{
    fold(s, RECORD_TICK, (struct text){0});
}

void scene_wait(struct scene *s, int64_t ms)
{
    s->now_ms += ms;
}

void scene_fold(struct scene *s, struct event *e)
{
    SCOPED(buffer_free) struct buffer body = {0};

    s->now_ms += 10 * MS_SECOND;
    e->id = text_from(arena_printf(&s->arena, "e%llu", (unsigned long long)s->records));
    e->time_ms = s->now_ms;
    e->value = MONEY_NONE;
    e->scroll_percent = -1;
    event_encode(e, &body);
    fold(s, RECORD_EVENT, buffer_text(&body));
}

void scene_event(struct scene *s, const char *shopper, enum event_type type, struct text item_id)
{
    struct event_item item = {.item_id = item_id, .quantity = 1, .price = MONEY_NONE};
    struct event e = {.type = type,
                      .flags = EVENT_VERIFIED | EVENT_PERSONALIZATION,
                      .anonymous_id = text_from(shopper),
                      .items = &item,
                      .item_count = 1};

    if (type == EVENT_purchase)
        e.transaction_id = TEXT("order");
    scene_fold(s, &e);
}

void scene_consent(struct scene *s, const char *shopper, bool personalization)
{
    struct event e = {.type = EVENT_consent,
                      .flags = EVENT_VERIFIED | EVENT_CONSENT_STATED |
                               (personalization ? EVENT_PERSONALIZATION : 0),
                      .anonymous_id = text_from(shopper)};

    scene_fold(s, &e);
}

void scene_session(struct scene *s, const enum event_type *types, const struct text *items,
                   size_t count)
{
    const char *shopper = arena_printf(&s->arena, "past-%u", s->shopper_count);

    for (size_t i = 0; i < count; i++) {
        enum action_kind kind;
        scene_event(s, shopper, types[i], items[i]);
        product_number product = catalog_find(s->state->catalog, items[i]);
        assert_true(s->click_count < SCENE_CLICKS_MAX);
        if (action_of(types[i], &kind) && product != PRODUCT_NONE &&
            !catalog_sensitive(s->state->catalog, product))
            s->clicks[s->click_count++] = (struct scene_click){.product = product,
                                                               .session = s->session_count,
                                                               .shopper = s->shopper_count,
                                                               .time_ms = s->now_ms,
                                                               .kind = (uint8_t)kind};
    }
    s->session_count++;
    s->shopper_count++;
    scene_wait(s, SESSION_GAP_MS + MS_SECOND);
}

/* The clicks as `train` would hand them over: they are in order of sessions already. */
static void fill_set(const struct scene *s, struct session_set *set)
{
    *set = (struct session_set){.session_count = s->session_count,
                                .click_count = s->click_count,
                                .starts = mem_new(s->session_count + 1, sizeof(uint64_t)),
                                .products = mem_new(s->click_count + 1, sizeof(product_number)),
                                .kinds = mem_new(s->click_count + 1, 1),
                                .end_ms = mem_new(s->session_count + 1, sizeof(int64_t)),
                                .shoppers = mem_new(s->session_count + 1, sizeof(shopper_number)),
                                .orders = mem_new(s->click_count + 1, sizeof(uint32_t)),
                                .product_count = catalog_count(s->state->catalog)};
    for (size_t i = 0; i < s->click_count; i++) {
        const struct scene_click *c = &s->clicks[i];
        set->products[i] = c->product;
        set->kinds[i] = c->kind;
        set->orders[i] = c->kind == ACTION_BUY ? c->session + 1 : 0;
        set->end_ms[c->session] = c->time_ms;
        set->shoppers[c->session] = c->shopper;
        set->starts[c->session + 1] = i + 1;
    }
    for (uint32_t i = 0; i < s->session_count; i++) {
        if (set->starts[i + 1] < set->starts[i])
            set->starts[i + 1] = set->starts[i];
    }
}

static void train_products(struct scene *s, const struct session_set *set, uint32_t support)
{
    char content[TEST_PATH_SIZE], vectors[TEST_PATH_SIZE];
    struct train_vector_paths paths = {
        test_path(content, s->dir, arena_printf(&s->arena, "content-%u", s->trainings)),
        test_path(vectors, s->dir, arena_printf(&s->arena, "vectors-%u", s->trainings))};
    struct train_options options = {.support_viewed = support};
    SCOPED(factor_free) struct factor factor = factor_products(set, support);
    struct error err = {0};
    uint32_t count;

    assert_int_equal(train_vectors(&options, s->state->catalog, &factor, &paths, &count, &err), OK);
    if (file_exists(content))
        assert_int_equal(content_open(&s->content, content, &err), OK);
    if (count > 0)
        assert_int_equal(vectors_open(&s->vectors, vectors, &err), OK);
}

static struct pairs *build_pairs(struct scene *s, const struct session_set *set, const char *name,
                                 const struct pairs_options *options)
{
    char path[TEST_PATH_SIZE];
    struct pairs *pairs;
    struct error err = {0};

    test_path(path, s->dir, arena_printf(&s->arena, "%s-%u", name, s->trainings));
    assert_int_equal(pairs_build(set, options, path, &err), OK);
    assert_int_equal(pairs_open(&pairs, path, &err), OK);
    return pairs;
}

/* Vectors near each other for products of the same sessions; every click counts alike. */
static void write_encoder(const struct session_set *set, const char *path)
{
    static const struct encoder_weights alike;
    product_number *products = mem_new(set->product_count + 1, sizeof(*products));
    float *vectors = mem_new((size_t)(set->product_count + 1) * ENCODER_SIZE, sizeof(*vectors));
    const struct encoder_parts parts = {&alike, products, vectors, set->product_count,
                                        set->product_count};
    struct error err = {0};

    for (product_number p = 0; p < set->product_count; p++)
        products[p] = p;
    for (uint32_t session = 0; session < set->session_count; session++) {
        struct random random;
        float drawn[ENCODER_SIZE];
        random_seed(&random, session);
        for (int k = 0; k < ENCODER_SIZE; k++)
            drawn[k] = (float)random_normal(&random);
        for (uint64_t i = set->starts[session]; i < set->starts[session + 1]; i++) {
            for (int k = 0; k < ENCODER_SIZE; k++)
                vectors[(size_t)set->products[i] * ENCODER_SIZE + (size_t)k] += drawn[k];
        }
    }
    assert_int_equal(encoder_write(&parts, path, &err), OK);
    mem_free(products);
    mem_free(vectors);
}

void scene_train(struct scene *s, uint32_t support_viewed, uint32_t support_bought)
{
    struct substitutes substitutes = {.catalog = s->state->catalog};
    const struct pairs_options viewed = {.kind = PAIR_VIEWED, .support_min = support_viewed};
    const struct pairs_options bought = {.kind = PAIR_BOUGHT, .support_min = support_bought};
    const struct pairs_options complement = {.kind = PAIR_COMPLEMENT,
                                             .support_min = support_viewed,
                                             .substitute = substitutes_are,
                                             .context = &substitutes};
    char path[TEST_PATH_SIZE];
    struct session_set set;
    struct error err = {0};

    generation_drop(s);
    s->trainings++;
    test_path(path, s->dir, arena_printf(&s->arena, "sessions-%u", s->trainings));
    fill_set(s, &set);
    assert_int_equal(sessions_build(&set, path, &err), OK);
    assert_int_equal(sessions_open(&s->sessions, path, &err), OK);
    train_products(s, &set, support_viewed);
    substitutes.vectors = s->vectors;
    s->viewed = build_pairs(s, &set, "viewed", &viewed);
    s->bought = build_pairs(s, &set, "bought", &bought);
    s->complement = build_pairs(s, &set, "complement", &complement);
    test_path(path, s->dir, arena_printf(&s->arena, "transitions-%u", s->trainings));
    assert_int_equal(transitions_build(&set, s->sessions, path, &err), OK);
    assert_int_equal(transitions_open(&s->transitions, path, &err), OK);
    test_path(path, s->dir, arena_printf(&s->arena, "encoder-%u", s->trainings));
    write_encoder(&set, path);
    assert_int_equal(encoder_open(&s->encoder, path, &err), OK);
    session_set_free(&set);
    s->trained = (struct generation){.number = s->trainings,
                                     .position = s->state->position,
                                     .session_count = s->session_count,
                                     .click_count = s->click_count,
                                     .sessions_month = s->session_count,
                                     .support_viewed = support_viewed,
                                     .support_bought = support_bought,
                                     .sessions = s->sessions,
                                     .viewed = s->viewed,
                                     .bought = s->bought,
                                     .complement = s->complement,
                                     .transitions = s->transitions,
                                     .encoder = s->encoder,
                                     .content = s->content,
                                     .vectors = s->vectors};
    s->generation = &s->trained;
}

enum { TWELVE = 12 };

void scene_twelve_products(struct scene *s)
{
    for (int i = 0; i < TWELVE; i++)
        scene_simple_product(s, arena_printf(&s->arena, "p%d", i),
                             arena_printf(&s->arena, "Product %d", i),
                             i < TWELVE / 2 ? "Home > Tables" : "Home > Seats");
}

void scene_twelve_sessions(struct scene *s)
{
    static const enum event_type types[] = {EVENT_view_item, EVENT_view_item, EVENT_purchase};

    for (int i = 0; i < 60; i++) {
        const struct text items[] = {text_from(arena_printf(&s->arena, "p%d", i % TWELVE)),
                                     text_from(arena_printf(&s->arena, "p%d", i * 5 % TWELVE)),
                                     text_from(arena_printf(&s->arena, "p%d", i * 7 % TWELVE))};
        scene_session(s, types, items, COUNT(items));
    }
    scene_tick(s);
    scene_train(s, 3, 3);
    scene_event(s, "ada", EVENT_view_item, TEXT("p1"));
    scene_event(s, "ada", EVENT_view_item, TEXT("p5"));
}

struct recommend_from scene_from(const struct scene *s)
{
    return (struct recommend_from){.state = s->state,
                                   .generation = s->generation,
                                   .rung_max = RUNG_COUNT - 1,
                                   .deadline_step = NOT_CUT};
}
