/* SPDX-License-Identifier: Apache-2.0 */
/* How fast a catalog of a million products is folded, saved and loaded: one JSON line. The products
 * are made (fixed numbers); the checksum is of all prices and stands for the work done. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/money.h"
#include "base/time.h"
#include "catalog/catalog.h"

enum { PRODUCTS = 1000000, BATCH = 1000 };

static const char description[] =
    "Solid oak, oiled by hand, with rounded corners and a top of three boards. Seats six. "
    "Delivered "
    "in two parcels and put together in twenty minutes with the tools that come with it.";

static void make(uint32_t i, struct buffer *out)
{
    char id[16], title[64], sku[2][24], category[48];
    struct variant v[2];
    struct product p = product_blank();

    p.item_id = (struct text){id, (size_t)snprintf(id, sizeof(id), "p-%u", i)};
    p.title =
        (struct text){title, (size_t)snprintf(title, sizeof(title), "Table number %u, oak", i)};
    p.category =
        (struct text){category, (size_t)snprintf(category, sizeof(category),
                                                 "Home > Group %u > Kind %u", i % 20, i % 200)};
    p.description = TEXT("Solid oak, oiled by hand.");
    p.description = (struct text){description, sizeof(description) - 1};
    p.brand = i % 2 == 0 ? TEXT("Nord") : TEXT("Sued");
    p.currency = TEXT("EUR");
    p.price = (int64_t)(i % 5000 + 100) * MONEY_UNIT / 100;
    p.stock = i % 10;
    for (uint32_t k = 0; k < 2; k++)
        v[k] = (struct variant){
            .item_id = {sku[k], (size_t)snprintf(sku[k], sizeof(sku[k]), "sku-%u-%u", i, k)},
            .price = MONEY_NONE,
            .sale_price = MONEY_NONE,
            .cost = MONEY_NONE,
            .stock = i % 4};
    p.variants = v;
    p.variant_count = i % 4 == 0 ? 2 : 0;
    product_encode(&p, out);
}

/* Folds them all; returns the seconds folding alone took. */
static double fold(struct catalog *c)
{
    struct text *bodies = mem_new(BATCH, sizeof(*bodies));
    struct buffer bytes = {0};
    uint64_t spent = 0;

    for (uint32_t i = 0; i < PRODUCTS; i += BATCH) {
        buffer_clear(&bytes);
        for (uint32_t k = 0; k < BATCH; k++) {
            size_t at = bytes.size;
            make(i + k, &bytes);
            bodies[k] = (struct text){NULL, bytes.size - at};
        }
        const char *at = bytes.data;
        uint64_t begun = time_monotonic_ns();
        for (uint32_t k = 0; k < BATCH; k++) {
            bodies[k].data = at;
            at += bodies[k].size;
            catalog_fold(c, &(struct record){.kind = RECORD_PRODUCT, .body = bodies[k]});
        }
        spent += time_monotonic_ns() - begun;
    }
    buffer_free(&bytes);
    mem_free(bodies);
    return (double)spent / 1e9;
}

static int64_t prices(const struct catalog *c)
{
    int64_t sum = 0;

    for (product_number n = 0; n < catalog_count(c); n++)
        sum += catalog_sellable(c, n) == SELLABLE ? catalog_price(c, n) : 1;
    return sum;
}

static double seconds_since(uint64_t begun)
{
    return (double)(time_monotonic_ns() - begun) / 1e9;
}

int main(void)
{
    char dir[] = "/tmp/endcap-bench-XXXXXX";
    struct checkpoint_writer *w = NULL;
    struct checkpoint *saved = NULL;
    struct error err = {0};
    struct catalog *c = catalog_new(), *loaded = catalog_new();
    double folding = fold(c);
    int64_t sum = prices(c);

    if (mkdtemp(dir) == NULL)
        return 3;
    uint64_t begun = time_monotonic_ns();
    enum status status = checkpoint_begin(&w, dir, (struct position){1}, &err);
    if (status == OK) {
        catalog_save(c, w);
        status = checkpoint_commit(&w, 1, &err);
    }
    double saving = seconds_since(begun);
    if (status == OK)
        status = checkpoint_open(&saved, dir, (struct position){1}, &err);
    begun = time_monotonic_ns();
    if (status == OK)
        status = catalog_load(loaded, saved, &err);
    double loading = seconds_since(begun);
    if (status != OK || prices(loaded) != sum)
        (void)fprintf(stderr, "%s\n", err.message);
    printf("{\"bench\":\"catalog\",\"products\":%d,\"fold_per_s\":%.0f,\"save_s\":%.3f,\"load_s\":%"
           ".3f,"
           "\"checksum\":%lld}\n",
           PRODUCTS, PRODUCTS / folding, saving, loading, (long long)sum);
    checkpoint_close(&saved);
    catalog_free(c);
    catalog_free(loaded);
    if (dir_remove(dir, &err) != OK)
        (void)fprintf(stderr, "%s\n", err.message);
    return status == OK ? 0 : 3;
}
