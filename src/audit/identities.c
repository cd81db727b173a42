/* SPDX-License-Identifier: Apache-2.0 */
/* What should be one product's alone and is another's too: ids, GTINs, images, addresses, texts; and the
 * spellings of brands. */
#include <ctype.h>
#include <string.h>

#include "audit/parts.h"
#include "base/hash.h"
#include "base/memory.h"

enum { TEXT_SHARED_MIN = 80, IMAGE_SHARED = 4, ID_HASHED_MAX = 256 };

/* The first that came with a key. */
struct first {
    uint64_t key;
    uint64_t exact; /* hash of it as it was spelled */
    product_number product;
    uint32_t count;
    bool told;
};

struct identities {
    struct key_table variants, codes, gtins, images, urls, texts, brands;
    struct arena arena;
};

static struct key_table firsts(void)
{
    return (struct key_table){.row_size = sizeof(struct first), .max = UINT32_MAX - 2};
}

struct identities *identities_new(void)
{
    struct identities *i = mem_new(1, sizeof(*i));

    i->variants = i->codes = i->gtins = i->images = i->urls = i->texts = i->brands = firsts();
    return i;
}

static struct first *first_of(struct key_table *t, uint64_t key, uint64_t exact, product_number n)
{
    bool fresh;
    struct first *f = table_add(t, key, &fresh);

    if (fresh)
        *f = (struct first){.key = key, .exact = exact, .product = n};
    f->count++;
    return f;
}

/* Told for both when the second comes, and for each one after. */
static void told_shared(struct audit *a, enum check c, struct first *f, product_number n,
                        struct text what)
{
    if (f->product == n)
        return;
    if (!f->told)
        found_product(a, c, f->product, what);
    f->told = true;
    found_product(a, c, n, what);
}

/* ---- ids ---- */

/* Case, spaces and dashes do not count; a dash between digits does: 1-23 is not 12-3. */
static uint64_t code_hash(struct text id)
{
    char code[ID_HASHED_MAX];
    size_t size = 0;
    bool gap = false;

    for (size_t i = 0; i < id.size && size + 1 < sizeof(code); i++) {
        unsigned char c = (unsigned char)id.data[i];
        if (c < 0x80 && !isalnum(c)) {
            gap = true;
            continue;
        }
        if (gap && size > 0 && isdigit(c) && isdigit((unsigned char)code[size - 1]))
            code[size++] = '-';
        gap = false;
        code[size++] = (char)tolower(c);
    }
    return hash_bytes(code, size, size);
}

static void id_checks(struct identities *x, struct audit *a, product_number n, struct text id)
{
    uint64_t exact = hash_text(id, 0);
    struct first *f = first_of(&x->codes, code_hash(id), exact, n);

    looked_at(a, CHECK_sku_spellings, 1);
    if (f->exact == exact || f->product == n)
        return;
    struct text other = catalog_item_id(a->options.catalog, f->product);
    found_product(a, CHECK_sku_spellings, n,
                  text_from(arena_printf(&a->scratch, "%.*s, beside one of %.*s", (int)id.size,
                                         id.data, (int)other.size, other.data)));
}

/* "oak-table/140 cm": what importing makes of a variant without a SKU (catalog/feed_shopify.c). */
static bool is_made(struct text id, struct text product)
{
    return id.size > product.size && id.data[product.size] == '/' &&
           memcmp(id.data, product.data, product.size) == 0;
}

static void variant_ids(struct identities *x, struct audit *a, product_number n,
                        const struct product *p)
{
    for (uint32_t i = 0; i < p->variant_count; i++) {
        const struct variant *v = &p->variants[i];
        struct text id = v->item_id;
        product_number own = catalog_find(a->options.catalog, id);

        looked_at(a, CHECK_variant_is_product, 1);
        looked_at(a, CHECK_sku_shared, 1);
        if (text_equal(id, p->item_id))
            continue; /* a product of one variant */
        looked_at(a, CHECK_sku_missing, 1);
        if (is_made(id, p->item_id))
            found_product(a, CHECK_sku_missing, n, v->title.size > 0 ? v->title : id);
        else
            id_checks(x, a, n, id);
        if (own != PRODUCT_NONE && text_equal(catalog_item_id(a->options.catalog, own), id) &&
            catalog_body(a->options.catalog, own).size > 0)
            found_product(a, CHECK_variant_is_product, n, id);
        told_shared(a, CHECK_sku_shared, first_of(&x->variants, hash_text(id, 0), 0, n), n, id);
    }
}

/* ---- GTINs ---- */

/* Fourteen digits, zeros in front; false when it is none of GTIN-8, -12, -13 and -14 or its check digit
 * is wrong (GS1 General Specifications, 7.9). */
static bool gtin_read(struct text t, uint64_t *out)
{
    unsigned digits[14], count = 0, sum = 0;
    uint64_t value = 0;

    for (size_t i = 0; i < t.size; i++) {
        if (t.data[i] == ' ' || t.data[i] == '-')
            continue;
        if (!isdigit((unsigned char)t.data[i]) || count == COUNT(digits))
            return false;
        digits[count++] = (unsigned)(t.data[i] - '0');
    }
    if (count != 8 && count != 12 && count != 13 && count != 14)
        return false;
    for (unsigned i = 0; i < count; i++) {
        sum += digits[count - 1 - i] * (i % 2 == 1 ? 3 : 1);
        value = value * 10 + digits[i];
    }
    *out = value;
    return sum % 10 == 0 && value != 0;
}

static void gtin_checks(struct identities *x, struct audit *a, product_number n, struct text gtin)
{
    uint64_t value = 0;

    if (gtin.size == 0)
        return;
    looked_at(a, CHECK_gtin_unsound, 1);
    looked_at(a, CHECK_gtin_shared, 1);
    if (!gtin_read(gtin, &value))
        found_product(a, CHECK_gtin_unsound, n, gtin);
    else
        told_shared(a, CHECK_gtin_shared, first_of(&x->gtins, hash_u64(value), 0, n), n, gtin);
}

/* ---- images, addresses, texts, brands ---- */

static void shared_checks(struct identities *x, struct audit *a, product_number n,
                          const struct product *p)
{
    looked_at(a, CHECK_image_shared, p->image.size > 0);
    if (p->image.size > 0) {
        struct first *f = first_of(&x->images, hash_text(p->image, 0), 0, n);
        if (f->count == IMAGE_SHARED) { /* the ones before count too */
            tally_of(a, CHECK_image_shared)->count += IMAGE_SHARED - 1;
            found_product(a, CHECK_image_shared, n, text_utf8_prefix(p->image, 80));
        } else if (f->count > IMAGE_SHARED) {
            found_product(a, CHECK_image_shared, n, text_utf8_prefix(p->image, 80));
        }
    }
    looked_at(a, CHECK_url_shared, p->url.size > 0);
    if (p->url.size > 0)
        told_shared(a, CHECK_url_shared, first_of(&x->urls, hash_text(p->url, 0), 0, n), n,
                    text_utf8_prefix(p->url, 80));
    looked_at(a, CHECK_text_shared, p->description.size >= TEXT_SHARED_MIN);
    if (p->description.size >= TEXT_SHARED_MIN)
        told_shared(a, CHECK_text_shared, first_of(&x->texts, hash_text(p->description, 0), 0, n),
                    n, text_utf8_prefix(p->description, 60));
    if (p->brand.size == 0)
        return;
    uint64_t exact = hash_text(p->brand, 0);
    struct first *f =
        first_of(&x->brands, hash_text(folded_code(p->brand, &a->scratch), 0), exact, n);
    if (f->exact != exact && !f->told) {
        f->told = true;
        struct text other =
            catalog_brand_name(a->options.catalog, catalog_brand(a->options.catalog, f->product));
        if (found(a, CHECK_brand_spellings))
            example(a, CHECK_brand_spellings, "%.*s, %.*s", (int)other.size, other.data,
                    (int)p->brand.size, p->brand.data);
    }
}

static void bundle_checks(struct audit *a, product_number n, const struct product *p)
{
    if (p->part_count == 0)
        return;
    looked_at(a, CHECK_bundle_unknown, 1);
    for (uint32_t i = 0; i < p->part_count; i++) {
        product_number known = catalog_find(a->options.catalog, p->parts[i].item_id);
        if (known != PRODUCT_NONE && catalog_sellable(a->options.catalog, known) != NOT_KNOWN)
            continue;
        found_product(a, CHECK_bundle_unknown, n, p->parts[i].item_id);
        break;
    }
}

/* Two variants with the same title and options. */
static void twin_checks(struct audit *a, product_number n, const struct product *p)
{
    struct key_table seen = {.row_size = sizeof(uint64_t), .max = PRODUCT_VARIANTS_MAX};

    if (p->variant_count < 2)
        return;
    looked_at(a, CHECK_variant_twins, p->variant_count);
    for (uint32_t i = 0; i < p->variant_count; i++) {
        const struct variant *v = &p->variants[i];
        uint64_t hash = v->attribute_count == 0 ? hash_text(v->title, 0) : 1, order = 0;
        bool fresh;

        for (uint32_t k = 0; k < v->attribute_count; k++)
            order += hash_text(v->attributes[k].value, hash_text(v->attributes[k].name, 0));
        (void)table_add(&seen, hash + hash_u64(order), &fresh); /* there is room for all */
        if (!fresh)
            found_product(a, CHECK_variant_twins, n, v->item_id);
    }
    table_free(&seen);
}

void identities_product(struct identities *x, struct audit *a, product_number n,
                        const struct product *p)
{
    id_checks(x, a, n, p->item_id);
    variant_ids(x, a, n, p);
    gtin_checks(x, a, n, p->gtin);
    for (uint32_t i = 0; i < p->variant_count; i++)
        gtin_checks(x, a, n, p->variants[i].gtin);
    shared_checks(x, a, n, p);
    bundle_checks(a, n, p);
    twin_checks(a, n, p);
}

void identities_close(struct identities *x, struct audit *a)
{
    a->report.brands = x->brands.count;
    looked_at(a, CHECK_brand_spellings, x->brands.count);
    table_free(&x->variants);
    table_free(&x->codes);
    table_free(&x->gtins);
    table_free(&x->images);
    table_free(&x->urls);
    table_free(&x->texts);
    table_free(&x->brands);
    arena_free(&x->arena);
    mem_free(x);
}
