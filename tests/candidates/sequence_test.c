/* SPDX-License-Identifier: Apache-2.0 */
#include "candidates/candidates.h"
#include "candidates/session.h"
#include "tests/support/scene.h"

/* Two kinds of sessions that have nothing in common: tea things, and tools. */
static struct scene *made(void)
{
    static const char *const sessions[][3] = {
        {"pot", "cup", "tray"}, {"cup", "pot", "spoon"}, {"saw", "drill", "plane"}};
    const enum event_type looks[] = {EVENT_view_item, EVENT_view_item, EVENT_view_item};
    struct scene *s = scene_new();

    for (size_t i = 0; i < COUNT(sessions); i++) {
        for (int k = 0; k < 3; k++)
            if (catalog_find(s->state->catalog, text_from(sessions[i][k])) == PRODUCT_NONE)
                scene_simple_product(s, sessions[i][k], sessions[i][k], "Home");
    }
    for (int n = 0; n < 4; n++) {
        for (size_t i = 0; i < COUNT(sessions); i++) {
            const struct text items[] = {text_from(sessions[i][0]), text_from(sessions[i][1]),
                                         text_from(sessions[i][2])};
            scene_session(s, looks, items, 3);
        }
    }
    scene_train(s, 3, 3);
    return s;
}

/* A question with the session's clicks, newest first. */
struct asked {
    struct scene *scene;
    struct seed seeds[4];
    struct session_vector encoded;
    struct candidate_inputs in;
};

static product_number product_of(const struct scene *s, const char *id)
{
    product_number n = catalog_find(s->state->catalog, text_from(id));

    assert_int_not_equal(n, PRODUCT_NONE);
    return n;
}

static void ask(struct asked *q, struct scene *s, const struct seed *seeds, size_t count)
{
    product_number clicks[COUNT(q->seeds)];

    *q = (struct asked){.scene = s};
    for (size_t i = 0; i < count; i++) {
        q->seeds[i] = seeds[i];
        clicks[i] = seeds[i].product;
    }
    encoder_encode(s->encoder, clicks, count, &q->encoded);
    q->in = (struct candidate_inputs){.generation = s->generation,
                                      .catalog = s->state->catalog,
                                      .seeds = q->seeds,
                                      .seed_count = count,
                                      .encoded = &q->encoded,
                                      .now_ms = s->now_ms};
}

static size_t pull(struct asked *q, struct candidate *out, size_t max)
{
    struct source *source = source_open(SOURCE_sequence, &q->in, &q->scene->arena);
    size_t count = 0;

    while (count < max && source->next(source, &out[count]))
        count++;
    struct candidate none;
    if (count < max)
        assert_false(source->next(source, &none)); /* it stays at its end */
    return count;
}

static void products_come_by_nearness_to_the_session_with_the_click_it_is_owed_to(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    const struct seed seeds[] = {{product_of(s, "pot"), EVIDENCE_VIEWED, true, false},
                                 {product_of(s, "saw"), EVIDENCE_CART, true, false}};
    struct candidate c[20];
    struct asked q;

    ask(&q, s, seeds, 2);
    size_t count = pull(&q, c, COUNT(c));
    assert_int_equal(count, encoder_rows(s->encoder));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(c[i].source, SOURCE_sequence);
        assert_true(c[i].score == encoder_likeness(s->encoder, &q.encoded, c[i].product));
        assert_true(i == 0 || c[i].score <= c[i - 1].score);
        if (c[i].product == product_of(s, "cup")) {
            assert_int_equal(c[i].evidence.kind, EVIDENCE_VIEWED);
            assert_int_equal(c[i].evidence.reference, product_of(s, "pot"));
        }
        if (c[i].product == product_of(s, "drill")) {
            assert_int_equal(c[i].evidence.kind, EVIDENCE_CART);
            assert_int_equal(c[i].evidence.reference, product_of(s, "saw"));
        }
    }
}

static void what_was_looked_at_stands_for_itself(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    const struct seed seed = {product_of(s, "pot"), EVIDENCE_VIEWED, true, false};
    struct candidate first;
    struct asked q;

    ask(&q, s, &seed, 1);
    assert_int_equal(pull(&q, &first, 1), 1);
    assert_int_equal(first.product, seed.product);
    assert_int_equal(first.evidence.kind, EVIDENCE_SELF);
}

static void without_an_encoder_or_a_known_click_there_is_nothing(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    const struct seed seed = {product_of(s, "pot"), EVIDENCE_VIEWED, true, false};
    struct generation without = *s->generation;
    struct candidate c;
    struct asked q;

    ask(&q, s, &seed, 1);
    q.in.encoded = NULL; /* below the rung learned nobody encodes */
    assert_int_equal(pull(&q, &c, 1), 0);
    ask(&q, s, NULL, 0);
    assert_int_equal(pull(&q, &c, 1), 0);
    ask(&q, s, &seed, 1);
    without.encoder = NULL;
    q.in.generation = &without;
    assert_int_equal(pull(&q, &c, 1), 0);
    q.in.generation = NULL;
    assert_int_equal(pull(&q, &c, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_come_by_nearness_to_the_session_with_the_click_it_is_owed_to),
        cmocka_unit_test(what_was_looked_at_stands_for_itself),
        cmocka_unit_test(without_an_encoder_or_a_known_click_there_is_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
