/* SPDX-License-Identifier: Apache-2.0 */
/* scene: a small shop in memory, folded from records as a real one is, with a generation trained
 * from its own sessions. For tests of what comes after the folds.
 *
 * Time begins at SCENE_START_MS and moves only by scene_wait and the ten seconds between actions.
 */
#ifndef TESTS_SUPPORT_SCENE_H
#define TESTS_SUPPORT_SCENE_H

#include "base/arena.h"
#include "indexes/generation.h"
#include "paths/recommend.h"
#include "paths/state.h"
#include "tests/support/test.h"

#define SCENE_START_MS INT64_C(1790000000000)

enum { SCENE_CLICKS_MAX = 20000 };

struct scene_click {
    product_number product;
    uint32_t session, shopper;
    int64_t time_ms;
    uint8_t kind; /* enum action_kind */
};

struct scene {
    struct state *state;
    const struct generation *generation; /* NULL before scene_train */
    struct generation trained;
    struct sessions *sessions;
    struct pairs *viewed, *bought, *complement;
    struct transitions *transitions;
    struct encoder *encoder; /* not learned: a product's vector is the sum of its sessions' */
    struct content *content; /* NULL: no product has any */
    struct vectors *vectors; /* NULL: no product has one */
    struct arena arena;
    char dir[TEST_PATH_SIZE];
    int64_t now_ms;
    uint64_t records;
    struct scene_click clicks[SCENE_CLICKS_MAX];
    size_t click_count;
    uint32_t session_count, shopper_count; /* of the clicks */
    uint32_t trainings;
};

/* On the heap, since it is large. */
struct scene *scene_new(void);
void scene_free(struct scene **s); /* for SCOPED */

/* A product as a record; `p` as product_blank gives it, filled further. */
void scene_product(struct scene *s, const struct product *p);
/* The usual one: priced, untracked stock, published. `category` NULL: none. */
void scene_simple_product(struct scene *s, const char *id, const char *title, const char *category);
void scene_stock(struct scene *s, struct text item_id, int64_t stock);
void scene_unpublish(struct scene *s, struct text item_id);
/* Fails the test when it does not compile. */
void scene_program(struct scene *s, struct text document);
void scene_tick(struct scene *s);
void scene_wait(struct scene *s, int64_t ms);

/* Any event, ten seconds after what was before. */
void scene_fold(struct scene *s, struct event *e);
/* One verified event of a shopper about one product, ten seconds after what was before. */
void scene_event(struct scene *s, const char *shopper, enum event_type type, struct text item_id);
/* The same without an item: consent to personalisation, stated. */
void scene_consent(struct scene *s, const char *shopper, bool personalization);

/* A whole past session of a shopper of its own: not profile, but clicks for scene_train, and
 * popularity. Types and items in pairs. */
void scene_session(struct scene *s, const enum event_type *types, const struct text *items,
                   size_t count);

/* Build every index from all clicks so far, and serve them; no trees. */
void scene_train(struct scene *s, uint32_t support_viewed, uint32_t support_bought);

/* Twelve products p0 to p11, "Product 0" and so on, six tables and six seats. */
void scene_twelve_products(struct scene *s);
/* Sixty past sessions in which these go together by neighbours and sales, learned from with a support of
 * 3; then "ada" looks at p1 and p5. */
void scene_twelve_sessions(struct scene *s);

/* Where recommendations start from now. */
struct recommend_from scene_from(const struct scene *s);

#endif
