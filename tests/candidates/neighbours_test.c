/* SPDX-License-Identifier: Apache-2.0 */
/* neighbours against a plain brute force: the same definition, in doubles, over every session of
 * the set, with no index, no merging, no sweeps and no heap. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"
#include "candidates/candidates.h"
#include "tests/support/sessions.h"
#include "tests/support/test.h"

enum { PRODUCTS_MAX = 400, SESSIONS_MAX = 4000, QUERY_MAX = 24, FETCHING = 8 };

/* An index of a set, and a catalog in which every number stands for itself. */
struct fixture {
    struct set_maker maker;
    struct sessions *sessions;
    struct generation generation;
    struct catalog *catalog;
    struct arena arena;
};

static void fixture_open(struct fixture *f)
{
    struct error err = {0};
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    struct buffer name = {0};

    test_path(path, test_dir(dir), "sessions.bin");
    assert_int_equal(sessions_build(&f->maker.set, path, &err), OK);
    assert_int_equal(sessions_open(&f->sessions, path, &err), OK);
    f->generation = (struct generation){.sessions = f->sessions};
    f->catalog = catalog_new();
    for (product_number p = 0; p < f->maker.set.product_count; p++) {
        buffer_clear(&name);
        buffer_printf(&name, "p%u", p);
        assert_int_equal(catalog_mention(f->catalog, buffer_text(&name)), p);
    }
    buffer_free(&name);
}

static void fixture_close(struct fixture *f)
{
    sessions_close(&f->sessions);
    catalog_free(f->catalog);
    arena_free(&f->arena);
    set_maker_free(&f->maker);
}

static size_t ask(struct fixture *f, const struct seed *seeds, size_t count, uint32_t support,
                  struct candidate out[PRODUCTS_MAX])
{
    const struct candidate_inputs in = {.generation = &f->generation,
                                        .catalog = f->catalog,
                                        .seeds = seeds,
                                        .seed_count = count,
                                        .support_viewed = support};
    struct source *s = source_open(SOURCE_neighbours, &in, &f->arena);
    size_t given = 0;

    while (given < PRODUCTS_MAX && s->next(s, &out[given]))
        given++;
    struct candidate past;
    assert_false(given < PRODUCTS_MAX && s->next(s, &past));
    return given;
}

/* The brute force */

struct plain_session {
    product_number products[SESSION_CLICKS_MAX];
    uint32_t length;
    shopper_number shopper;
    double likeness, weight;
    bool kept;
};

struct plain {
    struct plain_session *sessions; /* as the index numbers them */
    uint32_t session_count;
    uint32_t frequency[PRODUCTS_MAX], recent[PRODUCTS_MAX];
    uint32_t all; /* sessions of the set */
    product_number query[FETCHING + QUERY_MAX];
    uint32_t query_count, clicks, times[QUERY_MAX], since[QUERY_MAX];
    double score[PRODUCTS_MAX], owed[PRODUCTS_MAX][FETCHING];
    uint32_t support[PRODUCTS_MAX];
};

static bool session_holds(const struct plain_session *s, product_number p)
{
    for (uint32_t i = 0; i < s->length; i++) {
        if (s->products[i] == p)
            return true;
    }
    return false;
}

static struct plain *plain_new(const struct session_set *set)
{
    struct plain *plain = mem_new(1, sizeof(*plain));

    plain->sessions = mem_new(set->session_count, sizeof(*plain->sessions));
    plain->all = set->session_count;
    for (uint32_t s = 0; s < set->session_count; s++) {
        struct plain_session *to = &plain->sessions[plain->session_count];
        *to = (struct plain_session){.shopper = set->shoppers[s]};
        for (uint64_t i = set->starts[s]; i < set->starts[s + 1]; i++) {
            product_number p = set->products[i];
            bool again = session_holds(to, p);
            if (!again) {
                plain->frequency[p]++;
                plain->recent[p] += s >= set->session_count - set->session_count / 10;
            }
            if (!again || set->kinds[i] == ACTION_VIEW)
                to->products[to->length++] = p;
            assert_true(to->length < SESSION_CLICKS_MAX);
        }
        if (to->length >= 2)
            plain->session_count++;
    }
    return plain;
}

static void plain_free(struct plain *plain)
{
    mem_free(plain->sessions);
    mem_free(plain);
}

static double plain_similarity(const struct plain *p, uint32_t i)
{
    if (i >= FETCHING || p->frequency[p->query[i]] == 0)
        return 0;
    return exp(-(double)p->since[i] / 2.0) *
           pow(log(((double)p->all + 1) / p->frequency[p->query[i]]), 3.5);
}

static double plain_match(const struct plain *p, product_number product)
{
    for (uint32_t i = 0; i < p->query_count; i++) {
        if (p->query[i] == product)
            return exp(-(double)p->since[i] / 5.0) * pow(p->frequency[product] + 1.0, -0.2);
    }
    return 0;
}

static void plain_query(struct plain *p, const struct seed *seeds, size_t count)
{
    p->query_count = 0;
    p->clicks = (uint32_t)count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t k = 0;
        while (k < p->query_count && p->query[k] != seeds[i].product)
            k++;
        if (k == p->query_count) {
            p->query[p->query_count++] = seeds[i].product;
            p->since[k] = i;
            p->times[k] = 0;
        }
        p->times[k]++;
    }
}

static int by_weight(const void *x, const void *y)
{
    const struct plain_session *a = *(const struct plain_session *const *)x,
                               *b = *(const struct plain_session *const *)y;

    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return a > b ? -1 : 1;
}

/* Fetch the newest 500 of each product that fetches; keep the weightiest 500. */
static void plain_keep(struct plain *p)
{
    static struct plain_session *fetched[SESSIONS_MAX];
    double all = 0;
    size_t count = 0;

    for (uint32_t s = 0; s < p->session_count; s++) {
        p->sessions[s].kept = false;
        p->sessions[s].likeness = 0;
    }
    for (uint32_t i = 0; i < p->query_count && i < FETCHING; i++) {
        uint32_t left = 500;
        all += plain_similarity(p, i);
        for (uint32_t s = p->session_count; s-- > 0 && left > 0;) {
            if (!session_holds(&p->sessions[s], p->query[i]))
                continue;
            left--;
            if (p->sessions[s].likeness == 0)
                fetched[count++] = &p->sessions[s];
            p->sessions[s].likeness += plain_similarity(p, i);
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct plain_session *s = fetched[i];
        double length = s->length < 100 ? s->length : 100;
        double age = (double)(p->session_count - (s - p->sessions)) / p->session_count;
        s->likeness /= all;
        s->weight = s->likeness * s->likeness * (1 - 0.3 * age) * pow(length, -0.3);
    }
    qsort(fetched, count, sizeof(fetched[0]), by_weight);
    for (size_t i = 0; i < count && i < 500; i++)
        fetched[i]->kept = true;
}

/* What session `s` gives to its click `at`. */
static double plain_amount(const struct plain *p, const struct plain_session *s, uint32_t first,
                           uint32_t at)
{
    double evidence = plain_match(p, s->products[at]) > 0 ? 0.75 : 0.12 / s->likeness;

    for (uint32_t m = first; m < s->length; m++) {
        double match = plain_match(p, s->products[m]);
        if (m < at)
            evidence += match * exp(-((double)(at - m) - 1) / 1.25);
        else if (m > at)
            evidence += match * 0.333 * exp(-((double)(m - at) - 1) / 2.0);
    }
    return s->weight * evidence * (at + 1 == s->length ? 0.93 : 1);
}

static void plain_count_support(struct plain *p, product_number product)
{
    bool *counted = mem_new((size_t)p->all + 1, sizeof(*counted));

    p->support[product] = 0;
    for (uint32_t s = 0; s < p->session_count; s++) {
        const struct plain_session *session = &p->sessions[s];
        if (!session->kept || counted[session->shopper] || !session_holds(session, product))
            continue;
        counted[session->shopper] = true;
        p->support[product]++;
    }
    mem_free(counted);
}

static void plain_score(struct plain *p, product_number product)
{
    double sum = 0;

    memset(p->owed[product], 0, sizeof(p->owed[product]));
    for (uint32_t s = 0; s < p->session_count; s++) {
        const struct plain_session *session = &p->sessions[s];
        double amount = 0, shared = 0;
        for (uint32_t i = 0; session->kept && i < session->length; i++)
            amount += session->products[i] == product ? plain_amount(p, session, 0, i) : 0;
        sum += amount;
        for (uint32_t i = 0; amount > 0 && i < p->query_count; i++)
            shared += session_holds(session, p->query[i]) ? plain_similarity(p, i) : 0;
        for (uint32_t i = 0; amount > 0 && i < p->query_count && i < FETCHING; i++) {
            if (session_holds(session, p->query[i]))
                p->owed[product][i] += amount * plain_similarity(p, i) / shared;
        }
    }
    for (uint32_t i = 0; i < p->query_count; i++) {
        if (p->query[i] != product)
            continue;
        sum *= p->since[i] == 0 ? 0.9 : 1 + 2.2 * exp(-((double)p->since[i] - 1) / 2.5);
        sum *= p->times[i] * (1 + 40.0 * (p->clicks - p->query_count) / (p->clicks + 1.0));
    }
    double f = p->frequency[product], r = p->recent[product];
    p->score[product] = f == 0 ? 0 : sum * pow((r + 0.8) / (0.1 * f + 0.8), 1 / 3.0) * pow(f, -0.1);
}

static void plain_answer(struct plain *p, const struct seed *seeds, size_t count)
{
    plain_query(p, seeds, count);
    plain_keep(p);
    for (product_number n = 0; n < PRODUCTS_MAX; n++) {
        plain_score(p, n);
        plain_count_support(p, n);
    }
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-4 * fabs(b);
}

/* The evidence is the product of the session to which most is owed; near ties may go either way. */
static void check_evidence(const struct plain *p, const struct candidate *c)
{
    double most = 0, named = -1;

    if (plain_match(p, c->product) > 0) {
        assert_int_equal(c->evidence.kind, EVIDENCE_SELF);
        assert_int_equal(c->evidence.reference, c->product);
        return;
    }
    assert_int_equal(c->evidence.kind, EVIDENCE_VIEWED);
    for (uint32_t i = 0; i < p->query_count && i < FETCHING; i++) {
        most = fmax(most, p->owed[c->product][i]);
        if (p->query[i] == c->evidence.reference)
            named = p->owed[c->product][i];
    }
    assert_true(most > 0);
    assert_true(named == most || near(named, most));
}

static void check_answer(struct fixture *f, struct plain *p, const struct seed *seeds, size_t count,
                         uint32_t support)
{
    static struct candidate given[PRODUCTS_MAX];
    size_t expected = 0, n = ask(f, seeds, count, support, given);

    plain_answer(p, seeds, count);
    for (product_number i = 0; i < PRODUCTS_MAX; i++)
        expected += p->support[i] >= support;
    assert_int_equal(n, expected);
    for (size_t i = 0; i < n; i++) {
        assert_true(near(given[i].score, p->score[given[i].product]));
        assert_int_equal(given[i].support, p->support[given[i].product]);
        assert_true(i == 0 || given[i].score <= given[i - 1].score);
        assert_true(i == 0 || given[i].score < given[i - 1].score ||
                    given[i].product > given[i - 1].product);
        assert_int_equal(given[i].source, SOURCE_neighbours);
        check_evidence(p, &given[i]);
    }
    arena_reset(&f->arena);
}

/* A made session, taken somewhere in its course, newest first. */
static size_t made_seeds(const struct session_set *set, struct random *r, struct seed *out)
{
    uint32_t s = random_below(r, set->session_count);
    uint64_t length = set->starts[s + 1] - set->starts[s];
    uint64_t taken = 1 + random_below(r, (uint32_t)length);
    size_t count = 0;

    for (uint64_t i = taken; i-- > 0 && count < QUERY_MAX;)
        out[count++] = (struct seed){.product = set->products[set->starts[s] + i],
                                     .kind = EVIDENCE_VIEWED,
                                     .in_session = true};
    return count;
}

static void compare(uint64_t clicks, product_number products, uint32_t questions, uint64_t seed)
{
    struct fixture f = {.generation = {0}};
    struct random r;

    set_make(&f.maker, clicks, products, seed);
    assert_true(f.maker.set.session_count <= SESSIONS_MAX && products <= PRODUCTS_MAX);
    fixture_open(&f);
    struct plain *p = plain_new(&f.maker.set);
    random_seed(&r, seed);
    for (uint32_t i = 0; i < questions; i++) {
        struct seed seeds[QUERY_MAX];
        size_t count = made_seeds(&f.maker.set, &r, seeds);
        check_answer(&f, p, seeds, count, 1 + i % 4);
    }
    plain_free(p);
    fixture_close(&f);
}

static void few_products_are_answered_as_by_brute_force(void **state)
{
    compare(15000, 60, 12, 1); /* thousands of sessions fetched: the 500 that are kept matter */
}

static void many_products_are_answered_as_by_brute_force(void **state)
{
    compare(6000, PRODUCTS_MAX, 40, 2);
}

static void a_handful_of_sessions_is_answered_as_by_brute_force(void **state)
{
    for (uint64_t seed = 0; seed < 30; seed++)
        compare(3 + 4 * seed, 5, 4, seed);
}

static struct seed view(product_number product)
{
    return (struct seed){.product = product, .kind = EVIDENCE_VIEWED, .in_session = true};
}

static void an_answer_is_the_same_every_time(void **state)
{
    static struct candidate first[PRODUCTS_MAX], again[PRODUCTS_MAX];
    struct fixture f = {.generation = {0}}, g = {.generation = {0}};
    const struct seed seeds[] = {view(3), view(1), view(3), view(40)};

    set_make(&f.maker, 9000, 100, 7);
    set_make(&g.maker, 9000, 100, 7);
    fixture_open(&f);
    fixture_open(&g);
    size_t count = ask(&f, seeds, COUNT(seeds), 1, first);
    assert_true(count > 20);
    assert_int_equal(ask(&f, seeds, COUNT(seeds), 1, again), count);
    assert_memory_equal(first, again, count * sizeof(first[0]));
    memset(again, 0, sizeof(again));
    assert_int_equal(ask(&g, seeds, COUNT(seeds), 1, again), count);
    assert_memory_equal(first, again, count * sizeof(first[0]));
    fixture_close(&f);
    fixture_close(&g);
}

static bool gives(struct fixture *f, const struct seed *seeds, size_t count, uint32_t support,
                  struct candidate *wanted)
{
    static struct candidate given[PRODUCTS_MAX];
    size_t n = ask(f, seeds, count, support, given);

    for (size_t i = 0; i < n; i++) {
        if (given[i].product == wanted->product) {
            *wanted = given[i];
            return true;
        }
    }
    return false;
}

/* Sessions of shoppers 0 .. shoppers - 1, each of them `times`, who went from product 0 to 1. */
static void went_from_0_to_1(struct fixture *f, uint32_t shoppers, uint32_t times)
{
    static const product_number path[] = {0, 1}, other[] = {2, 3};

    for (uint32_t t = 0; t < times; t++) {
        for (shopper_number s = 0; s < shoppers; s++)
            set_views(&f->maker, s, 1000, path, COUNT(path));
        set_views(&f->maker, 100, 1000, other, COUNT(other));
    }
    fixture_open(f);
}

static void a_product_with_too_few_shoppers_behind_it_is_not_given(void **state)
{
    const struct seed seed = view(0);

    for (uint32_t shoppers = 1; shoppers <= 4; shoppers++) {
        struct fixture f = {.generation = {0}};
        struct candidate c = {.product = 1};
        went_from_0_to_1(&f, shoppers, 3); /* however often they came */
        assert_int_equal(gives(&f, &seed, 1, 3, &c), shoppers >= 3);
        assert_true(shoppers < 3 || c.support == shoppers);
        fixture_close(&f);
    }
}

static void without_the_session_the_claim_is_gone(void **state)
{
    struct fixture f = {.generation = {0}};
    const struct seed with[] = {view(2), view(0)}, without = view(2);
    struct candidate c = {.product = 1};

    went_from_0_to_1(&f, 3, 1);
    assert_true(gives(&f, with, 2, 3, &c));
    assert_int_equal(c.evidence.kind, EVIDENCE_VIEWED);
    assert_int_equal(c.evidence.reference, 0);
    assert_false(gives(&f, &without, 1, 1, &c));
    fixture_close(&f);
}

static void what_was_looked_at_is_its_own_evidence(void **state)
{
    struct fixture f = {.generation = {0}};
    const struct seed seeds[] = {view(1), view(0)};
    struct candidate c = {.product = 0};

    went_from_0_to_1(&f, 3, 1);
    assert_true(gives(&f, seeds, 2, 3, &c));
    assert_int_equal(c.evidence.kind, EVIDENCE_SELF);
    assert_int_equal(c.evidence.reference, 0);
    fixture_close(&f);
}

static void what_is_in_the_cart_is_evidence(void **state)
{
    struct fixture f = {.generation = {0}};
    struct seed seed = {.product = 0, .kind = EVIDENCE_CART, .in_session = true, .at_hand = true};
    struct candidate c = {.product = 1};

    went_from_0_to_1(&f, 3, 1);
    assert_true(gives(&f, &seed, 1, 3, &c));
    assert_int_equal(c.evidence.kind, EVIDENCE_CART);
    assert_int_equal(c.evidence.reference, 0);
    fixture_close(&f);
}

static void the_page_at_hand_counts_as_the_newest_click_once(void **state)
{
    static struct candidate unheard[PRODUCTS_MAX], heard[PRODUCTS_MAX];
    struct fixture f = {.generation = {0}};
    struct seed page = view(3);
    page.at_hand = true;
    const struct seed early[] = {page, view(1), view(2)};
    const struct seed late[] = {page, view(3), view(1), view(2)};
    struct seed put = view(3);
    put.kind = EVIDENCE_CART;
    const struct seed carted[] = {page, put, view(3), view(1), view(2)};

    set_make(&f.maker, 9000, 100, 9);
    fixture_open(&f);
    size_t count = ask(&f, early, COUNT(early), 1, unheard);
    assert_true(count > 5);
    assert_int_equal(ask(&f, late, COUNT(late), 1, heard), count);
    assert_memory_equal(unheard, heard, count * sizeof(heard[0]));
    assert_int_equal(ask(&f, carted, COUNT(carted), 1, heard), count);
    assert_memory_equal(unheard, heard, count * sizeof(heard[0]));
    fixture_close(&f);
}

static void nothing_to_go_by_gives_nothing(void **state)
{
    static struct candidate given[PRODUCTS_MAX];
    struct fixture f = {.generation = {0}};
    struct seed before = view(0), unknown = view(5000), never = view(4);
    before.in_session = false;

    went_from_0_to_1(&f, 3, 1);
    assert_int_equal(ask(&f, NULL, 0, 1, given), 0);
    assert_int_equal(ask(&f, &before, 1, 1, given), 0);
    assert_int_equal(ask(&f, &unknown, 1, 1, given), 0);
    assert_int_equal(ask(&f, &never, 1, 1, given), 0);
    f.generation.sessions = NULL;
    assert_int_equal(ask(&f, &unknown, 1, 1, given), 0);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_products_are_answered_as_by_brute_force),
        cmocka_unit_test(many_products_are_answered_as_by_brute_force),
        cmocka_unit_test(a_handful_of_sessions_is_answered_as_by_brute_force),
        cmocka_unit_test(an_answer_is_the_same_every_time),
        cmocka_unit_test(a_product_with_too_few_shoppers_behind_it_is_not_given),
        cmocka_unit_test(without_the_session_the_claim_is_gone),
        cmocka_unit_test(what_was_looked_at_is_its_own_evidence),
        cmocka_unit_test(what_is_in_the_cart_is_evidence),
        cmocka_unit_test(the_page_at_hand_counts_as_the_newest_click_once),
        cmocka_unit_test(nothing_to_go_by_gives_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
