/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a filter: it is one, or its mistake has a place and a sentence. A filter's own text parses to
 * the same filter, which holds for the same; and marks say what it says. */
#include <assert.h>
#include <stdint.h>

#include "rules/marks.h"
#include "tests/support/filters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PRODUCTS = 12 };

static const struct shopper_facts shoppers[] = {
    {.days_since_last = -1, .days_since_order = -1},
    {.history = true, .days_since_last = -1, .days_since_order = -1},
    {.arrival = {.source = 1, .medium = 2, .campaign = 3, .country = 'S' << 8 | 'E', .device = 2},
     .history = true,
     .returning = true,
     .days_since_last = 3,
     .days_since_order = 40,
     .orders = 2,
     .spend_micros = 19900000},
};

static struct catalog *some_products(void)
{
    static struct catalog *c;
    struct arena a = {0};
    struct random r;

    if (c != NULL)
        return c;
    c = catalog_new();
    random_seed(&r, 1);
    for (uint32_t i = 0; i < PRODUCTS; i++) {
        struct product p = random_product(&r, &a, i);
        catalog_put(c, &p);
    }
    (void)catalog_mention(c, TEXT("mentioned"));
    arena_free(&a);
    return c;
}

static void same_for_products(const struct filter *f, const struct filter *again, struct arena *a)
{
    const struct catalog *c = some_products();
    struct marks *m = marks_new(&f, 1);

    marks_follow(m, c);
    for (product_number n = 0; n < catalog_count(c); n++) {
        if (catalog_product_of(c, n) != n)
            continue;
        bool holds = filter_product(f, c, n, a);
        assert(holds == filter_product(again, c, n, a));
        assert(holds == mark_holds(marks_of(m, n), 0));
    }
    marks_free(m);
}

static void same_for_shoppers(const struct filter *f, const struct filter *again)
{
    for (size_t i = 0; i < COUNT(shoppers); i++)
        assert(filter_shopper(f, &shoppers[i]) == filter_shopper(again, &shoppers[i]));
}

static const struct filter *parse(struct filter_reader *reader, struct text t,
                                  enum filter_about about)
{
    const struct yaml_node n = {.kind = YAML_SCALAR, .line = 1, .column = 1, .value = t};
    size_t before = reader->problems->count;
    const struct filter *f = filter_parse(reader, &n, about);

    assert((f == NULL) == (reader->problems->count == before + 1));
    if (f == NULL) {
        const struct problem *p = reader->problems->last;
        assert(p->line == 1 && p->column >= 1 && p->message[0] != '\0');
        assert(text_utf8_valid(text_from(p->message)));
    }
    return f;
}

static void check(struct text t, enum filter_about about)
{
    SCOPED(arena_free) struct arena a = {0};
    struct problems problems = {0};
    struct segment segment = {TEXT("s"), NULL};
    struct filter_reader reader = {&a, &a, &problems, &segment, 0};

    segment.when = parse(&reader, TEXT("returning or orders > 1"), FILTER_SHOPPERS);
    reader.segment_count = 1;
    const struct filter *f = parse(&reader, t, about);
    if (f == NULL)
        return;
    const struct filter *again = parse(&reader, filter_text(f), about);
    assert(again != NULL && text_equal(filter_text(f), filter_text(again)));
    if (about == FILTER_PRODUCTS)
        same_for_products(f, again, &a);
    else
        same_for_shoppers(f, again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct text t = {(const char *)data, size};

    if (size == 0 || !text_utf8_valid(t))
        return 0; /* a document's scalars are neither */
    check(t, FILTER_PRODUCTS);
    check(t, FILTER_SHOPPERS);
    return 0;
}
