/* SPDX-License-Identifier: Apache-2.0 */
/* What each product says by itself: texts, images, prices, stock. */
#include <ctype.h>
#include <string.h>

#include "audit/parts.h"

enum {
    TITLE_BYTES_MIN = 8,
    TITLE_LETTERS_MAX = 150,
    TITLE_LOUD_MIN = 12,
    TEXT_LETTERS_MIN = 80,
    TEXT_LETTERS_MAX = 6000,
};

/* Code points. */
static size_t letters(struct text t)
{
    size_t count = 0;

    for (size_t i = 0; i < t.size; i++)
        count += ((unsigned char)t.data[i] & 0xC0) != 0x80;
    return count;
}

static bool is_loud(struct text t)
{
    size_t big = 0, small = 0;

    for (size_t i = 0; i < t.size; i++) {
        big += t.data[i] >= 'A' && t.data[i] <= 'Z';
        small += t.data[i] >= 'a' && t.data[i] <= 'z';
    }
    return big >= TITLE_LOUD_MIN && small == 0;
}

static bool is_note(struct text folded)
{
    static const char *const notes[] = {
#define NOTE(words) words,
#include "audit/notes.def"
#undef NOTE
    };

    for (size_t i = 0; i < COUNT(notes); i++)
        if (text_is(folded, notes[i]))
            return true;
    return folded.size > 0 &&
           (text_starts(folded, "damaged ") || text_starts(folded, "do not use"));
}

/* Words in a row, at the bounds of words. */
static bool holds_words(struct text folded, const char *words)
{
    size_t size = strlen(words);
    const char *at = folded.data, *end = folded.data + folded.size;

    while ((at = memmem(at, (size_t)(end - at), words, size)) != NULL) {
        if ((at == folded.data || at[-1] == ' ') && (at + size == end || at[size] == ' '))
            return true;
        at++;
    }
    return false;
}

bool looks_sensitive(const struct product *p, struct text *word)
{
    static const char *const words[] = {
#define WORD(words) words,
#include "audit/sensitive.def"
#undef WORD
    };
    SCOPED(arena_free) struct arena a = {0};
    struct text texts[] = {folded_text(p->title, &a), folded_text(p->category, &a)};

    for (size_t i = 0; i < COUNT(words); i++)
        for (size_t k = 0; k < COUNT(texts); k++)
            if (holds_words(texts[k], words[i])) {
                *word = text_from(words[i]);
                return true;
            }
    return false;
}

/* UTF-8 read as Latin-1 and written again, the sign for what could not be read, entities, markup. */
static bool is_damaged(struct text t)
{
    static const char *const marks[] = {"\xC3\x83\xC2", "\xC3\xA2\xE2\x82\xAC",
                                        "\xEF\xBF\xBD", "&amp;",
                                        "&nbsp;",       "&quot;",
                                        "&#39;",        "&lt;",
                                        "</",           "<br",
                                        "<p>"};

    for (size_t i = 0; t.size > 0 && i < COUNT(marks); i++)
        if (memmem(t.data, t.size, marks[i], strlen(marks[i])) != NULL)
            return true;
    return false;
}

static void title_checks(struct audit *a, product_number n, const struct product *p)
{
    struct text folded = folded_text(p->title, &a->scratch);
    bool missing = p->title.size == 0 || text_equal(p->title, p->item_id);

    looked_at(a, CHECK_title_missing, 1);
    looked_at(a, CHECK_title_thin, 1);
    looked_at(a, CHECK_title_note, 1);
    looked_at(a, CHECK_title_long, 1);
    looked_at(a, CHECK_title_loud, 1);
    if (missing)
        found_product(a, CHECK_title_missing, n, (struct text){0});
    else if (is_note(folded))
        found_product(a, CHECK_title_note, n, p->title);
    else if (folded.size == 0 ||
             (letters(p->title) < TITLE_BYTES_MIN && memchr(folded.data, ' ', folded.size) == NULL))
        found_product(a, CHECK_title_thin, n, p->title);
    if (letters(p->title) > TITLE_LETTERS_MAX)
        found_product(a, CHECK_title_long, n, text_utf8_prefix(p->title, 80));
    if (!missing && is_loud(p->title))
        found_product(a, CHECK_title_loud, n, p->title);
}

void catalog_texts(struct audit *a, product_number n, const struct product *p)
{
    size_t size = letters(p->description);
    char length[64];

    title_checks(a, n, p);
    looked_at(a, CHECK_text_missing, 1);
    looked_at(a, CHECK_text_thin, 1);
    looked_at(a, CHECK_text_beyond, 1);
    looked_at(a, CHECK_text_damaged, 1);
    if (size == 0)
        found_product(a, CHECK_text_missing, n, p->title);
    else if (size < TEXT_LETTERS_MIN)
        found_product(a, CHECK_text_thin, n, p->description);
    for (uint32_t i = 0; i < p->attribute_count; i++)
        size += letters(p->attributes[i].name) + letters(p->attributes[i].value) + 2;
    size += letters(p->title);
    if (size > TEXT_LETTERS_MAX || p->description.size > PRODUCT_DESCRIPTION_MAX - 4) {
        (void)snprintf(length, sizeof(length), "%zu characters%s", size,
                       p->description.size > PRODUCT_DESCRIPTION_MAX - 4 ? " and more" : "");
        found_product(a, CHECK_text_beyond, n, text_from(length));
    }
    if (is_damaged(p->title) || is_damaged(p->description))
        found_product(a, CHECK_text_damaged, n, p->title);
    looked_at(a, CHECK_image_missing, 1);
    looked_at(a, CHECK_image_unsound, p->image.size > 0);
    looked_at(a, CHECK_url_missing, 1);
    looked_at(a, CHECK_brand_missing, 1);
    looked_at(a, CHECK_category_missing, 1);
    if (p->image.size == 0)
        found_product(a, CHECK_image_missing, n, p->title);
    else if (!text_starts(p->image, "https://"))
        found_product(a, CHECK_image_unsound, n, text_utf8_prefix(p->image, 80));
    if (p->url.size == 0)
        found_product(a, CHECK_url_missing, n, p->title);
    if (p->brand.size == 0)
        found_product(a, CHECK_brand_missing, n, p->title);
    if (catalog_category(a->options.catalog, n) == 0)
        found_product(a, CHECK_category_missing, n, p->title);
}

/* ---- prices and stock ---- */

static struct text amounts(struct arena *a, const char *between, int64_t x, int64_t y)
{
    char first[MONEY_TEXT_SIZE], second[MONEY_TEXT_SIZE];

    return text_from(
        arena_printf(a, "%s %s %s", money_print(x, first), between, money_print(y, second)));
}

static void price_checks(struct audit *a, product_number n, const struct product *p)
{
    int64_t price = catalog_price(a->options.catalog, n);
    struct offer offer = catalog_offer(a->options.catalog, n);
    bool costs = p->cost != MONEY_NONE;
    int64_t below =
        costs && price != MONEY_NONE && price > 0 && price < p->cost ? price : MONEY_NONE;
    int64_t cost = p->cost;

    looked_at(a, CHECK_price_missing, p->published);
    if (p->published && (price == MONEY_NONE || price <= 0))
        found_product(a, CHECK_price_missing, n, p->title);
    for (uint32_t i = 0; i < p->variant_count && below == MONEY_NONE; i++) {
        const struct variant *v = &p->variants[i];
        int64_t own = v->sale_price != MONEY_NONE ? v->sale_price
                      : v->price != MONEY_NONE    ? v->price
                                                  : price;
        costs |= v->cost != MONEY_NONE;
        if (v->cost == MONEY_NONE || own == MONEY_NONE || own <= 0 || own >= v->cost)
            continue;
        below = own;
        cost = v->cost;
    }
    looked_at(a, CHECK_price_below_cost, costs);
    if (below != MONEY_NONE)
        found_product(a, CHECK_price_below_cost, n, amounts(&a->scratch, "is below", below, cost));
    looked_at(a, CHECK_cost_unknown, catalog_sellable(a->options.catalog, n) == SELLABLE);
    if (catalog_sellable(a->options.catalog, n) == SELLABLE && !(offer.margin >= -1))
        found_product(a, CHECK_cost_unknown, n, p->title);
    looked_at(a, CHECK_sale_unsound, p->sale_price != MONEY_NONE);
    if (p->sale_price != MONEY_NONE && p->price != MONEY_NONE && p->sale_price >= p->price)
        found_product(a, CHECK_sale_unsound, n,
                      amounts(&a->scratch, "on sale, full price", p->sale_price, p->price));
    if (p->currency.size == 0 || a->report.currency.size == 0)
        return;
    looked_at(a, CHECK_currency_mixed, 1);
    if (!text_equal(p->currency, a->report.currency))
        found_product(a, CHECK_currency_mixed, n, p->currency);
}

static void stock_of(struct audit *a, product_number n, struct text id, int64_t stock)
{
    looked_at(a, CHECK_stock_negative, stock != STOCK_UNTRACKED);
    if (stock != STOCK_UNTRACKED && stock < 0)
        found_product(a, CHECK_stock_negative, n, id);
}

static void stock_checks(struct audit *a, product_number n, const struct product *p)
{
    const struct product_tally *t = &a->products[n];
    enum sellable sells = catalog_sellable(a->options.catalog, n);
    int64_t stock = 0;
    bool tracked = p->variant_count > 0 || p->stock != STOCK_UNTRACKED;

    looked_at(a, CHECK_sold_out, p->published);
    if (p->published && sells == NOT_IN_STOCK)
        found_product(a, CHECK_sold_out, n, p->title);
    if (p->variant_count == 0) {
        stock_of(a, n, p->item_id, p->stock);
        stock = p->stock;
    }
    for (uint32_t i = 0; i < p->variant_count; i++) {
        const struct variant *v = &p->variants[i];
        stock_of(a, n, v->item_id, v->stock);
        tracked &= v->stock != STOCK_UNTRACKED;
        stock += v->stock == STOCK_UNTRACKED || v->stock < 0 ? 0 : v->stock;
    }
    if (!tracked || stock <= 0)
        return;
    looked_at(a, CHECK_stock_stale, 1);
    if (t->sold_since >= (uint64_t)stock)
        found_product(a, CHECK_stock_stale, n,
                      text_from(arena_printf(&a->scratch, "stock %lld, sold %llu since",
                                             (long long)stock, (unsigned long long)t->sold_since)));
}

void catalog_offers(struct audit *a, product_number n, const struct product *p)
{
    bool sells = catalog_sellable(a->options.catalog, n) == SELLABLE;
    struct text word;

    price_checks(a, n, p);
    stock_checks(a, n, p);
    looked_at(a, CHECK_catalog_unseen, sells && a->report.events > 0);
    if (sells && a->report.events > 0 && a->products[n].views == 0 && a->products[n].sold == 0)
        found_product(a, CHECK_catalog_unseen, n, p->title);
    looked_at(a, CHECK_sensitive_unflagged, 1);
    if (!catalog_sensitive(a->options.catalog, n) && looks_sensitive(p, &word))
        found_product(a, CHECK_sensitive_unflagged, n,
                      text_from(arena_printf(&a->scratch, "%.*s (%.*s)", (int)p->title.size,
                                             p->title.data, (int)word.size, word.data)));
}
