/* SPDX-License-Identifier: Apache-2.0 */
/* doubles: how many of the customers and products that stand there twice an audit finds, and how many of
 * those it tells are true: in made data, and of products that two shops have. The public set of Amazon's and Google's products (duplicates/ of the data, whose terms keep it
 * out of this project) is looked for in $ENDCAP_DATA_DIR, else in ../shared/data; without it that is not
 * measured. Half of it, by the row in Amazon's list, is for choosing thresholds; the other is the test. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/parts.h"
#include "base/hash.h"
#include "base/memory.h"
#include "tests/support/doubles.h"

enum { ROWS_MAX = 8000, PATH_SIZE = 4096, FIELDS = 5 };

struct lists {
    struct catalog *catalog;
    uint32_t count[2]; /* rows of each list; Google's stand behind Amazon's */
    uint32_t group[ROWS_MAX];
};

static FILE *open_list(const char *name)
{
    const char *dir = getenv("ENDCAP_DATA_DIR");
    char path[PATH_SIZE];

    (void)snprintf(path, sizeof(path), "%s/duplicates/%s", dir == NULL ? "../shared/data" : dir,
                   name);
    return fopen(path, "r");
}

/* id#title#description#manufacturer#price; a price of 0 is none. */
static void put(struct lists *l, int list, struct text line)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct product p = product_blank();
    struct text fields[FIELDS];
    char id[32];

    for (int i = 0; i < FIELDS; i++)
        fields[i] = text_trim(text_cut(&line, '#'));
    (void)snprintf(id, sizeof(id), "%c-%u", "ag"[list], l -> count[list]++);
    p.item_id = text_from(id);
    p.title = text_utf8_prefix(fields[1], PRODUCT_TITLE_MAX);
    p.description = text_utf8_prefix(fields[2], 4000);
    p.brand = text_utf8_prefix(fields[3], 100);
    if (!money_parse(fields[4], &p.price) || p.price <= 0)
        p.price = MONEY_NONE;
    product_encode(&p, &body);
    struct record r = {.kind = RECORD_PRODUCT, .body = buffer_text(&body)};
    (void)catalog_fold(l->catalog, &r);
}

static bool read_list(struct lists *l, int list, const char *name)
{
    FILE *in = open_list(name);
    char *line = NULL;
    size_t room = 0;
    ssize_t size;

    if (in == NULL)
        return false;
    for (int n = 0; (size = getline(&line, &room, in)) > 0; n++)
        if (n > 0 && catalog_count(l->catalog) < ROWS_MAX)
            put(l, list, (struct text){line, (size_t)size});
    free(line);
    fclose(in);
    return true;
}

/* Whom the audit says to be one, all the way. */
static uint32_t root(struct lists *l, uint32_t n)
{
    while (l->group[n] != n)
        n = l->group[n];
    return n;
}

static void group(struct lists *l, const struct audit *a)
{
    for (uint32_t n = 0; n < catalog_count(l->catalog); n++)
        l->group[n] = n;
    for (uint32_t n = 0; n < catalog_count(l->catalog); n++) {
        const struct product_tally *t = &a->products[n];
        if (t->same_as != 0 && t->told != CHECK_variant_apart)
            l->group[root(l, n)] = root(l, t->same_as - 1);
    }
}

static int half_of(uint32_t row)
{
    return (int)(hash_u64(row) & 1);
}

struct figures {
    uint32_t pairs, said, right;
};

static bool count_true(struct lists *l, struct figures out[2])
{
    FILE *in = open_list("gt.csv");
    unsigned a, g;

    if (in == NULL)
        return false;
    if (fscanf(in, "%*s") == EOF) /* the header */
        out->pairs = 0;
    while (fscanf(in, "%u#%u", &a, &g) == 2) {
        struct figures *f = &out[half_of(a)];
        f->pairs++;
        f->right += root(l, a) == root(l, l->count[0] + g);
    }
    fclose(in);
    return true;
}

static void count_said(struct lists *l, struct figures out[2])
{
    for (uint32_t a = 0; a < l->count[0]; a++)
        for (uint32_t g = 0; g < l->count[1]; g++)
            out[half_of(a)].said += root(l, a) == root(l, l->count[0] + g);
}

static void print_made(const char *what, const struct doubles *d)
{
    printf(
        "{\"bench\":\"doubles\",\"made\":\"%s\",\"doubles\":%u,\"linked\":%u,\"linked_right\":%u,"
        "\"suggested\":%u,\"suggested_right\":%u,\"precision\":%.3f,\"recall\":%.3f}\n",
        what, d->right, d->linked, d->linked_right, d->suggested, d->suggested_right,
        (double)d->suggested_right / d->suggested,
        (double)d->suggested_right / (d->right - d->linked_right));
}

int main(void)
{
    static const char *const halves[] = {"chosen_on", "test"};
    static struct lists l;
    struct figures figures[2] = {{0}};

    struct doubles customers = customers_doubled(5), products = products_doubled();
    print_made("customers", &customers);
    print_made("products", &products);
    l.catalog = catalog_new();
    if (!read_list(&l, 0, "amazon.csv") || !read_list(&l, 1, "gp.csv")) {
        puts("{\"bench\":\"doubles\",\"data\":\"not there; set ENDCAP_DATA_DIR\"}");
        catalog_free(l.catalog);
        return 0;
    }
    struct audit *a = audit_new(
        &(struct audit_options){.catalog = l.catalog, .program = program_builtin(), .now_ms = 1});
    (void)audit_finish(a);
    group(&l, a);
    count_said(&l, figures);
    if (!count_true(&l, figures))
        return 1;
    for (int half = 0; half < 2; half++) {
        const struct figures *f = &figures[half];
        double precision = f->said == 0 ? 0 : (double)f->right / f->said;
        double recall = f->pairs == 0 ? 0 : (double)f->right / f->pairs;
        printf("{\"bench\":\"doubles\",\"half\":\"%s\",\"pairs\":%u,\"said\":%u,\"right\":%u,"
               "\"precision\":%.3f,\"recall\":%.3f}\n",
               halves[half], f->pairs, f->said, f->right, precision, recall);
    }
    audit_free(&a);
    catalog_free(l.catalog);
    return 0;
}
