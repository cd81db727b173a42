/* SPDX-License-Identifier: Apache-2.0 */
/* neighbours: what shoppers with sessions like this one looked at next.
 *
 * Session nearest neighbours, after VMIS-kNN (Kersbergen, Sprangers, Schelter: Serenade, SIGMOD
 * 2022) and V-STAN (Ludewig, Mauro, Latifi, Jannach, UMUAI 2021; Garg et al., SIGIR 2019). The
 * session so far has the distinct products q_0 (newest), q_1, ...; d_i is the number of clicks
 * since the last look at q_i. similarity, match and prior are the index's weights of a product.
 *
 *   fetched     the newest sessions of each of q_0 .. q_7
 *   likeness    of a fetched session: the sum of exp(-d_i/2) similarity(q_i) over the q_i it holds,
 *               as a share of the sum over all
 *   weight      likeness^2 (1 - 0.3 age) length^-0.3, age the share of sessions that are newer
 *   kept        the 500 of largest weight; of equal ones the newer
 *   evidence    of one click of a kept session: 0.75 on a product of this session, else
 *               0.12/likeness (so that what the session holds counts by its plain likeness, and
 *               what lies near a match by its square), plus for every other click on a q_m, x
 *               clicks away, exp(-d_m/5) match(q_m) times exp(-(x-1)/1.25) before, or
 *               exp(-(x-1)/2)/3 after
 *   score       of a product: prior times the sum of weight times evidence; for a product of this
 *               session also times what speaks for another look: 0.9 for q_0, else
 *               1 + 2.2 exp(-(d_i-1)/2.5), times the clicks on it, times
 *               1 + 40 (clicks - distinct products) / (clicks + 1)
 *
 * How the numbers were found: docs/decisions/neighbours.md. Sums are added in one fixed order and
 * no answer calls the mathematical library, so that equal questions give equal bits everywhere. */
#include <string.h>

#include "base/largest.h"
#include "candidates/neighbours_query.h"
#include "candidates/sources.h"

enum {
    FETCHED_MAX = 500, /* newest sessions fetched for each */
    KEPT_MAX = 500,    /* sessions that give evidence */
    LENGTH_MAX = 100,  /* last clicks of such a session that are looked at */
    BATCH_MAX = 50,    /* products ordered at a time */
};

static const float after_step = 0.44932896F;  /* exp(-1/1.25) */
static const float before_step = 0.60653066F; /* exp(-1/2) */
static const float before_first = 0.333F;
static const float unseen = 0.12F, seen = 0.75F;
static const float last_click = 0.93F; /* its shopper went elsewhere */
static const float age_slope = 0.3F;
static const float weight_least = 1e-30F; /* below it floats lose their digits */
static const float again_share = 40.0F;

/* length^-0.3, from length 1 on */
static const float length_weights[LENGTH_MAX] = {
    1.0F,         0.812252396F, 0.719223093F, 0.659753955F, 0.617033863F, 0.584190681F,
    0.557789825F, 0.535886731F, 0.517281858F, 0.501187234F, 0.487059697F, 0.474510281F,
    0.463251671F, 0.453066122F, 0.443785003F, 0.435275282F, 0.427430318F, 0.420163429F,
    0.413403282F, 0.407090532F, 0.401175324F, 0.395615406F, 0.390374687F, 0.385422113F,
    0.380730788F, 0.37627728F,  0.372041058F, 0.368004044F, 0.36415024F,  0.360465433F,
    0.356936936F, 0.353553391F, 0.350304582F, 0.3471813F,   0.34417521F,  0.341278752F,
    0.338485043F, 0.335787806F, 0.3331813F,   0.33066026F,  0.32821985F,  0.325855618F,
    0.323563454F, 0.321339562F, 0.319180423F, 0.317082775F, 0.315043586F, 0.313060035F,
    0.311129489F, 0.309249495F, 0.307417755F, 0.305632122F, 0.303890581F, 0.302191241F,
    0.300532326F, 0.298912166F, 0.297329187F, 0.295781905F, 0.294268921F, 0.292788911F,
    0.291340626F, 0.289922882F, 0.288534557F, 0.287174589F, 0.285841968F, 0.284535736F,
    0.283254983F, 0.281998843F, 0.28076649F,  0.279557139F, 0.278370042F, 0.277204484F,
    0.276059783F, 0.274935287F, 0.273830375F, 0.27274445F,  0.271676943F, 0.270627309F,
    0.269595024F, 0.268579588F, 0.267580521F, 0.26659736F,  0.265629664F, 0.264677007F,
    0.26373898F,  0.262815191F, 0.261905262F, 0.261008829F, 0.260125542F, 0.259255063F,
    0.258397068F, 0.257551244F, 0.256717288F, 0.255894908F, 0.255083824F, 0.254283763F,
    0.253494464F, 0.252715673F, 0.251947145F, 0.251188643F,
};

/* A fetched session. */
struct like {
    float weight, likeness;
    session_number session;
    uint32_t shared; /* bit i: it holds asked[i] */
};

/* One that is kept: its last clicks. */
struct neighbour {
    struct like like;
    shopper_number shopper;
    uint32_t length;
    const product_number *products;
};

/* A product some neighbour looked at; the first query.count are the session's own. */
struct found {
    product_number product;
    float score;
    float match; /* struct asked's; 0 for those not of the session */
    uint32_t support;
    shopper_number counted; /* the last shopper counted in `support` */
};

/* One click of a kept session. */
struct click {
    uint32_t found;
    float amount; /* it gave */
};

struct neighbours {
    struct source source;
    const struct candidate_inputs *in;
    const struct sessions *sessions;
    struct arena *arena;
    bool collected;
    struct neighbour_query query;
    struct neighbour *kept; /* those of one shopper side by side */
    uint32_t kept_count;
    struct click *clicks; /* of the kept sessions, in their order */
    uint32_t click_count;
    struct found *found;
    uint32_t found_count;
    uint32_t *slots; /* found + 1 by product, 0 empty */
    uint32_t mask;
    uint64_t *heap; /* what is left to give out: score and product, by largest_key */
    uint32_t heap_count;
    struct candidate batch[BATCH_MAX];
    uint32_t batch_count, batch_at;
};

/* Sessions like it */

static uint32_t last_clicks(const struct sessions *sessions, session_number session,
                            const product_number **out)
{
    size_t length = session_products(sessions, session, out);

    if (length > LENGTH_MAX) {
        *out += length - LENGTH_MAX;
        return LENGTH_MAX;
    }
    return (uint32_t)length;
}

static void weigh(const struct neighbours *n, struct like *like)
{
    const product_number *products;
    uint32_t length = last_clicks(n->sessions, like->session, &products);
    float count = (float)sessions_count(n->sessions);
    float age = (count - (float)like->session) / count;

    like->likeness /= n->query.similarity_all;
    like->weight = length == 0 ? 0.0F
                               : like->likeness * like->likeness * (1.0F - age_slope * age) *
                                     length_weights[length - 1];
}

/* Merge the lists of sessions, newest first. */
static struct like *fetch(const struct neighbours *n, uint32_t *count)
{
    const struct neighbour_query *q = &n->query;
    uint32_t lists = q->count < FETCHING_MAX ? q->count : FETCHING_MAX;
    const session_number *at[FETCHING_MAX], *end[FETCHING_MAX];
    uint64_t head[FETCHING_MAX]; /* session + 1; 0 past the end */
    size_t room = 0;

    for (uint32_t i = 0; i < lists; i++) {
        size_t length = sessions_of(n->sessions, q->asked[i].product, &at[i]);
        length = length < FETCHED_MAX ? length : FETCHED_MAX;
        head[i] = length > 0 ? (uint64_t)*at[i] + 1 : 0;
        end[i] = length > 0 ? at[i] + length : NULL;
        room += length;
    }
    struct like *out = arena_array(n->arena, room + 1, sizeof(*out));
    *count = 0;
    for (;;) {
        uint64_t newest = 0;
        for (uint32_t i = 0; i < lists; i++)
            newest = head[i] > newest ? head[i] : newest;
        if (newest == 0)
            return out;
        struct like *like = &out[*count];
        *like = (struct like){.session = (session_number)(newest - 1)};
        for (uint32_t i = 0; i < lists; i++) {
            if (head[i] != newest)
                continue;
            like->likeness += q->asked[i].similarity;
            like->shared |= 1U << i;
            head[i] = ++at[i] < end[i] ? (uint64_t)*at[i] + 1 : 0;
        }
        weigh(n, like);
        *count += like->weight > weight_least;
    }
}

/* The `k`th largest of `values`, from 1; their order is lost. Hoare's selection, the middle of
 * three as pivot. */
static float largest(float *values, uint32_t count, uint32_t k)
{
    int64_t low = 0, high = (int64_t)count - 1, wanted = (int64_t)k - 1;

    while (low < high) {
        float a = values[low], b = values[(low + high) / 2], c = values[high];
        float pivot = a > b ? (b > c ? b : a > c ? c : a) : (a > c ? a : b > c ? c : b);
        int64_t i = low, j = high;
        while (i <= j) {
            while (values[i] > pivot)
                i++;
            while (values[j] < pivot)
                j--;
            if (i <= j) {
                float held = values[i];
                values[i++] = values[j];
                values[j--] = held;
            }
        }
        if (wanted <= j)
            high = j;
        else if (wanted >= i)
            low = i;
        else
            break;
    }
    return values[wanted];
}

/* Keep the weightiest, in their order; of equal ones the newer. */
static uint32_t keep(struct like *likes, uint32_t count, struct arena *a)
{
    uint32_t above = 0, kept = 0;

    if (count <= KEPT_MAX)
        return count;
    float *weights = arena_array(a, count, sizeof(*weights));
    for (uint32_t i = 0; i < count; i++)
        weights[i] = likes[i].weight;
    float least = largest(weights, count, KEPT_MAX);
    for (uint32_t i = 0; i < count; i++)
        above += likes[i].weight > least;
    uint32_t equal = KEPT_MAX - above;
    for (uint32_t i = 0; i < count; i++) {
        bool in = likes[i].weight > least || (likes[i].weight == least && equal > 0);
        equal -= likes[i].weight == least && equal > 0;
        if (in)
            likes[kept++] = likes[i];
    }
    return kept;
}

/* Put the sessions of one shopper side by side, so that each shopper is counted once: a counting
 * sort by the place at which a shopper comes first. */
static struct neighbour *by_shopper(const struct neighbours *n, const struct like *likes,
                                    uint32_t count)
{
    enum { SLOTS = 1024 };
    uint16_t slots[SLOTS] = {0}; /* group + 1 */
    uint16_t group[KEPT_MAX], start[KEPT_MAX + 1] = {0};
    shopper_number shoppers[KEPT_MAX];
    struct neighbour *out = arena_array(n->arena, count, sizeof(*out));
    uint32_t groups = 0;

    for (uint32_t i = 0; i < count; i++) {
        shopper_number shopper = session_shopper(n->sessions, likes[i].session);
        uint32_t slot = (shopper * 2654435769U) >> 22;
        while (slots[slot] != 0 && shoppers[slots[slot] - 1] != shopper)
            slot = (slot + 1) % SLOTS;
        if (slots[slot] == 0) {
            shoppers[groups] = shopper;
            slots[slot] = (uint16_t)++groups;
        }
        group[i] = (uint16_t)(slots[slot] - 1);
        start[group[i] + 1]++;
    }
    for (uint32_t i = 0; i < groups; i++)
        start[i + 1] = (uint16_t)(start[i + 1] + start[i]);
    for (uint32_t i = 0; i < count; i++) {
        struct neighbour *to = &out[start[group[i]]++];
        to->like = likes[i];
        to->shopper = shoppers[group[i]];
        to->length = last_clicks(n->sessions, likes[i].session, &to->products);
    }
    return out;
}

/* What they looked at */

static void found_room(struct neighbours *n)
{
    uint32_t rows = n->query.count, bits = 4;

    for (uint32_t i = 0; i < n->kept_count; i++)
        n->click_count += n->kept[i].length;
    rows += n->click_count;
    while ((1U << bits) < 2 * rows)
        bits++;
    n->clicks = arena_array(n->arena, n->click_count, sizeof(*n->clicks));
    n->found = arena_array(n->arena, rows, sizeof(*n->found));
    n->slots = arena_array(n->arena, 1U << bits, sizeof(*n->slots));
    n->mask = (1U << bits) - 1;
}

static uint32_t found_row(struct neighbours *n, product_number product)
{
    uint32_t slot = (product * 2654435769U ^ product >> 15) & n->mask;

    for (; n->slots[slot] != 0; slot = (slot + 1) & n->mask) {
        if (n->found[n->slots[slot] - 1].product == product)
            return n->slots[slot] - 1;
    }
    n->found[n->found_count].product = product;
    n->slots[slot] = ++n->found_count;
    return n->found_count - 1;
}

/* Every click of a kept session adds to its product. What matches give to the clicks around them
 * falls by a constant factor a step, so one sweep each way sums it. */
static void add_session(struct neighbours *n, const struct neighbour *from, struct click *clicks)
{
    float match[LENGTH_MAX], before[LENGTH_MAX], sum = 0, other = unseen / from->like.likeness;

    for (uint32_t i = 0; i < from->length; i++) {
        clicks[i].found = found_row(n, from->products[i]);
        match[i] = n->found[clicks[i].found].match;
    }
    for (uint32_t i = from->length; i-- > 0;) {
        before[i] = sum;
        sum = sum * before_step + before_first * match[i];
    }
    sum = 0;
    for (uint32_t i = 0; i < from->length; i++) {
        struct found *f = &n->found[clicks[i].found];
        float evidence = (clicks[i].found < n->query.count ? seen : other) + sum + before[i];
        if (i + 1 == from->length)
            evidence *= last_click;
        sum = sum * after_step + match[i];
        clicks[i].amount = from->like.weight * evidence;
        f->score += clicks[i].amount;
        f->support += f->support == 0 || f->counted != from->shopper;
        f->counted = from->shopper;
    }
}

/* Products of this session: will they be looked at again? More so in a session that repeats itself.
 */
static void weigh_again(struct neighbours *n)
{
    const struct neighbour_query *q = &n->query;
    float share = 1.0F + again_share * (float)(q->clicks - q->count) / (float)(q->clicks + 1);

    for (uint32_t i = 0; i < q->count; i++)
        n->found[i].score *= q->asked[i].again * share * (float)q->asked[i].times;
}

/* The best of them */

static void sink(uint64_t *heap, uint32_t count, uint32_t at)
{
    uint64_t moved = heap[at];

    for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count)
            child += heap[child + 1] > heap[child];
        if (heap[child] <= moved)
            break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

static void heap_make(struct neighbours *n)
{
    const struct session_weights *weights = sessions_weights(n->sessions);

    n->heap = arena_array(n->arena, n->found_count, sizeof(*n->heap));
    for (uint32_t i = 0; i < n->found_count; i++) {
        const struct found *f = &n->found[i];
        if (f->support > 0 && f->support >= n->in->support_viewed)
            n->heap[n->heap_count++] =
                largest_key(f->score * weights[f->product].prior, f->product);
    }
    for (uint32_t i = n->heap_count / 2; i-- > 0;)
        sink(n->heap, n->heap_count, i);
}

/* Take the best that is left. */
static uint32_t heap_take(struct neighbours *n, float *score)
{
    uint64_t key = n->heap[0];

    n->heap[0] = n->heap[--n->heap_count];
    sink(n->heap, n->heap_count, 0);
    *score = largest_number(key);
    return found_row(n, largest_which(key));
}

/* The parts that the products shared have in a session's likeness. */
struct part {
    uint32_t asked;
    float share;
};

static uint32_t parts_of(const struct neighbours *n, const struct like *like,
                         struct part out[FETCHING_MAX])
{
    float scale = 1.0F / (like->likeness * n->query.similarity_all);
    uint32_t count = 0;

    for (uint32_t i = 0; i < FETCHING_MAX; i++) {
        if ((like->shared >> i & 1) != 0)
            out[count++] = (struct part){i, n->query.asked[i].similarity * scale};
    }
    return count;
}

/* A product's evidence is the product of this session to which it owes most, each kept session
 * owing what it gave to those it shares, by their part in its likeness. */
static void explain_batch(struct neighbours *n, const uint16_t *place)
{
    float(*owed)[FETCHING_MAX] = arena_array(n->arena, n->batch_count + 1, sizeof(*owed));
    const struct click *click = n->clicks;

    for (uint32_t i = 0; i < n->kept_count; i++) {
        const struct click *end = click + n->kept[i].length;
        struct part parts[FETCHING_MAX];
        uint32_t count = parts_of(n, &n->kept[i].like, parts);
        for (; click < end; click++) {
            for (uint32_t k = 0; k < count; k++)
                owed[place[click->found]][parts[k].asked] += click->amount * parts[k].share;
        }
    }
    for (uint32_t i = 0; i < n->batch_count; i++) {
        uint32_t most = 0;
        for (uint32_t k = 1; k < FETCHING_MAX; k++)
            most = owed[i + 1][k] > owed[i + 1][most] ? k : most;
        if (n->batch[i].evidence.kind == EVIDENCE_NONE)
            n->batch[i].evidence = n->query.asked[most].evidence;
    }
}

static void batch_make(struct neighbours *n)
{
    uint16_t *place = arena_array(n->arena, n->found_count, sizeof(*place));

    n->batch_at = n->batch_count = 0;
    while (n->heap_count > 0 && n->batch_count < BATCH_MAX) {
        struct candidate *c = &n->batch[n->batch_count++];
        float score;
        uint32_t row = heap_take(n, &score);
        *c = (struct candidate){
            .product = catalog_product_of(n->in->catalog, n->found[row].product),
            .score = score,
            .source = SOURCE_neighbours,
            .support = n->found[row].support,
        };
        if (row < n->query.count)
            c->evidence = candidate_own_evidence(n->query.asked[row].evidence.kind, c->product);
        else
            place[row] = (uint16_t)n->batch_count;
    }
    explain_batch(n, place);
}

static void collect(struct neighbours *n)
{
    const struct generation *g = n->in->generation;

    if (g == NULL || g->sessions == NULL)
        return;
    n->sessions = g->sessions;
    neighbour_query_make(&n->query, n->sessions, n->in);
    uint32_t fetched;
    struct like *likes = fetch(n, &fetched);
    n->kept_count = keep(likes, fetched, n->arena);
    n->kept = by_shopper(n, likes, n->kept_count);
    found_room(n);
    for (uint32_t i = 0; i < n->query.count; i++)
        n->found[found_row(n, n->query.asked[i].product)].match = n->query.asked[i].match;
    struct click *at = n->clicks;
    for (uint32_t i = 0; i < n->kept_count; at += n->kept[i++].length)
        add_session(n, &n->kept[i], at);
    weigh_again(n);
    heap_make(n);
}

static bool neighbours_next(struct source *self, struct candidate *out)
{
    struct neighbours *n = (struct neighbours *)self;

    if (!n->collected) {
        n->collected = true;
        collect(n);
    }
    if (n->batch_at == n->batch_count && n->heap_count > 0)
        batch_make(n);
    if (n->batch_at == n->batch_count)
        return false;
    *out = n->batch[n->batch_at++];
    return true;
}

struct source *neighbours_open(const struct candidate_inputs *in, struct arena *a)
{
    struct neighbours *n = arena_alloc(a, sizeof(*n));

    *n = (struct neighbours){.source = {SOURCE_neighbours, neighbours_next}, .in = in, .arena = a};
    return &n->source;
}
