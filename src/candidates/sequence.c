/* SPDX-License-Identifier: Apache-2.0 */
/* sequence: the products nearest to the session as the learned encoder sees it (indexes/encoder.h).
 * A product's evidence is the click its nearness owes most to. */
#include "candidates/session.h"
#include "candidates/sources.h"

enum { SEQUENCE_MAX = 150 };

struct sequence {
    struct source source;
    const struct candidate_inputs *in;
    struct arena *arena;
    bool searched;
    struct session_clicks session;
    struct encoder_hit *hits;
    size_t count, at;
};

static void search(struct sequence *s)
{
    const struct encoder *encoder = s->in->generation == NULL ? NULL : s->in->generation->encoder;

    if (encoder == NULL || s->in->encoded == NULL)
        return;
    session_clicks_of(s->in->seeds, s->in->seed_count, &s->session);
    s->hits = arena_array(s->arena, SEQUENCE_MAX, sizeof(*s->hits));
    s->count = encoder_search(encoder, s->in->encoded, SEQUENCE_MAX, s->hits);
    for (size_t i = 0; i < s->count; i++)
        catalog_fetch_product(s->in->catalog, s->hits[i].product);
}

/* How the session came to `product`. */
static enum evidence_kind kind_of(const struct sequence *s, product_number product)
{
    for (uint32_t i = 0; i < s->session.count; i++) {
        if (s->session.clicks[i].product == product)
            return s->session.clicks[i].kind;
    }
    return EVIDENCE_NONE;
}

static struct evidence evidence_of(const struct sequence *s, product_number product)
{
    enum evidence_kind own = kind_of(s, product);

    if (own != EVIDENCE_NONE)
        return candidate_own_evidence(own, product);
    const struct session_vector *v = s->in->encoded;
    product_number owed = v->products[encoder_owed(s->in->generation->encoder, v, product)];
    return (struct evidence){kind_of(s, owed), owed};
}

static bool sequence_next(struct source *self, struct candidate *out)
{
    struct sequence *s = (struct sequence *)self;

    if (!s->searched) {
        s->searched = true;
        search(s);
    }
    if (s->at == s->count)
        return false;
    const struct encoder_hit *hit = &s->hits[s->at++];
    *out = (struct candidate){
        .product = catalog_product_of(s->in->catalog, hit->product),
        .score = hit->likeness,
        .source = SOURCE_sequence,
        .evidence = evidence_of(s, hit->product),
    };
    return true;
}

struct source *sequence_open(const struct candidate_inputs *in, struct arena *a)
{
    struct sequence *s = arena_alloc(a, sizeof(*s));

    *s = (struct sequence){.source = {SOURCE_sequence, sequence_next}, .in = in, .arena = a};
    return &s->source;
}
