/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/learn_moments.h"

#include "base/hash.h"
#include "program/program.h"

enum { FUTURE_MAX = 64 };

/* What a shopper turned to after a moment: each product once, by the most that was done with it. */
struct future {
    struct coming {
        product_number product;
        uint8_t kind; /* enum action_kind */
        bool next;    /* in the very next event */
    } all[FUTURE_MAX];
    uint32_t count;
};

/* How far an action goes. */
static int reach(uint8_t kind)
{
    return kind == ACTION_BUY ? 3 : kind == ACTION_CART ? 2 : 1;
}

static void future_add(struct future *f, const struct retraced *action, bool next)
{
    for (uint32_t i = 0; i < f->count; i++) {
        struct coming *c = &f->all[i];
        if (c->product != action->product)
            continue;
        c->kind = reach(action->kind) > reach(c->kind) ? action->kind : c->kind;
        return;
    }
    if (f->count < FUTURE_MAX)
        f->all[f->count++] = (struct coming){action->product, action->kind, next};
}

/* From an action on. */
static struct future future_from(const struct moments *moments, uint32_t first)
{
    struct future f = {.count = 0};
    bool next = true;

    for (uint32_t i = first; i != RETRACED_NONE; i = moments->actions[i].next) {
        if (!next && moments->protocol)
            break; /* the next click alone is the right answer */
        future_add(&f, &moments->actions[i], next);
        next = next && !moments->actions[i].last_of_event;
    }
    return f;
}

static struct future future_of(const struct moments *moments, const struct moment *m)
{
    return future_from(moments, moments->actions[m->action].next);
}

/* Is the surface shown after such an action? Then `*q` becomes its question. */
static bool ask_of(const struct moments *moments, const struct moment *m,
                   const struct surface *surface, struct question *q)
{
    const struct catalog *catalog = moments->state->catalog;
    const struct retraced *action = &moments->actions[m->action];
    category_number category = catalog_category(catalog, action->product);

    *q = (struct question){.surfaces = {surface->name},
                           .surface_count = 1,
                           .anonymous_id = m->anonymous_id,
                           .user_id = m->user_id,
                           .now_ms = m->time_ms};
    switch (surface->kind) {
    case SURFACE_PDP:
        q->item_id = catalog_item_id(catalog, action->product);
        return action->kind == ACTION_VIEW;
    case SURFACE_CATEGORY:
        q->category = catalog_category_path(catalog, category);
        return action->kind == ACTION_VIEW && category != 0;
    case SURFACE_POST_CART:
        q->item_id = catalog_item_id(catalog, action->product);
        return action->kind == ACTION_CART;
    case SURFACE_CART: return action->kind == ACTION_CART;
    case SURFACE_HOME: return true;
    case SURFACE_KIND_COUNT: break;
    }
    return false;
}

static struct recommend_from from_of(const struct moments *moments)
{
    return (struct recommend_from){.state = moments->state,
                                   .generation = moments->generation,
                                   .rung_max = RUNG_COUNT - 1,
                                   .traffic_ignored = true,
                                   .seen_again = moments->protocol,
                                   .support_override = moments->support,
                                   .deadline_step = NOT_CUT};
}

static float gain_on(const struct moments *moments, const struct surface *surface,
                     const struct coming *c)
{
    static const enum gain_kind kinds[] = {[OBJECTIVE_MARGIN] = GAIN_MARGIN,
                                           [OBJECTIVE_REVENUE] = GAIN_REVENUE,
                                           [OBJECTIVE_ORDERS] = GAIN_ORDERS};

    if (moments->protocol)
        return 1;
    return gain_of(moments->gains, kinds[surface->objective], c->product,
                   (enum action_kind)c->kind);
}

/* One of the surfaces shown at such a moment, each in its turn; NULL: none is. */
static const struct surface *choose_surface(const struct moments *moments, const struct moment *m,
                                            struct question *q)
{
    const struct program *program = moments->state->program;
    const struct surface *shown[PROGRAM_SURFACES_MAX];
    size_t count = 0;

    for (size_t i = 0; i < program->surface_count; i++) {
        if (moments->protocol && program->surfaces[i].kind != SURFACE_HOME)
            continue; /* the one that evaluate asks */
        if (ask_of(moments, m, &program->surfaces[i], q))
            shown[count++] = &program->surfaces[i];
    }
    if (count == 0)
        return NULL;
    const struct surface *chosen = shown[hash_u64(m->action) % count];
    (void)ask_of(moments, m, chosen, q); /* it is shown */
    return chosen;
}

/* What came in the next event counts as it is; what came later only if it was more than a look. */
static void label(const struct moments *moments, const struct surface *surface,
                  const struct future *future, const product_number *products, uint32_t count,
                  float *gains)
{
    for (uint32_t i = 0; i < future->count; i++) {
        const struct coming *c = &future->all[i];
        if (!c->next && reach(c->kind) < 2)
            continue;
        for (uint32_t k = 0; k < count; k++) {
            if (products[k] == c->product)
                gains[k] = gain_on(moments, surface, c);
        }
    }
}

void moments_followed(const struct moments *moments, const struct surface *surface, uint32_t first,
                      const product_number *products, uint32_t count, float *gains)
{
    const struct future future = future_from(moments, first);

    for (uint32_t i = 0; i < count; i++)
        gains[i] = 0;
    label(moments, surface, &future, products, count, gains);
}

enum status moments_example(const struct moments *moments, const struct moment *m,
                            struct examples *out, struct arena *a, struct error *err)
{
    struct recommend_from from = from_of(moments);
    struct future future = future_of(moments, m);
    struct answer answer = {.item_count = 0};
    struct question q;
    const struct surface *surface = choose_surface(moments, m, &q);

    if (future.count == 0 || surface == NULL)
        return OK;
    from.examples = true;
    if (recommend_from(&from, &q, &answer, a, err) != OK)
        return err->status;
    if (answer.ranking == NULL)
        return OK;
    float *gains = arena_array(a, answer.ranking->set.count, sizeof(*gains));
    label(moments, surface, &future, answer.ranking->set.products, answer.ranking->set.count,
          gains);
    (void)examples_add(out, &answer.ranking->features, gains, m->action); /* not all can be one */
    return OK;
}

static float gain_of_answer(const struct moments *moments, const struct surface *surface,
                            const struct future *future, const struct answer *answer)
{
    float sum = 0;

    for (size_t i = 0; i < answer->item_count; i++) {
        for (uint32_t k = 0; k < future->count; k++) {
            if (future->all[k].product == answer->items[i].product)
                sum += gain_on(moments, surface, &future->all[k]);
        }
    }
    return sum;
}

enum status moments_gains(const struct moments *moments, const struct moment *m,
                          const struct surface *surface, struct moment_gains *out, struct arena *a,
                          struct error *err)
{
    struct recommend_from from = from_of(moments);
    struct future future = future_of(moments, m);
    struct question q;

    *out = (struct moment_gains){.asked = ask_of(moments, m, surface, &q)};
    if (!out->asked || future.count == 0)
        return OK; /* nothing came of any answer */
    for (int r = 0; r <= (int)moments->rung_max; r++) {
        struct answer answer = {.item_count = 0};
        from.rung_max = (enum rung)r;
        if (recommend_from(&from, &q, &answer, a, err) != OK)
            return err->status;
        out->of[r] = gain_of_answer(moments, surface, &future, &answer);
    }
    return OK;
}
