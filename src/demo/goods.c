/* SPDX-License-Identifier: Apache-2.0 */
#include "demo/goods.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/money.h"
#include "base/random.h"

/* What things of a leaf are made of, or smell or look of. */
#define WOOD    "oak|walnut|ash|birch|bamboo|pine"
#define TEXTILE "linen|cotton|wool|velvet|boucle|hemp"
#define METAL   "steel|brass|copper|iron|chrome|aluminium"
#define CERAMIC "stoneware|porcelain|smoked glass|clear glass|terracotta|white ceramic"
#define GLASS   "clear glass|smoked glass|opal glass|amber glass|frosted glass|milk glass"
#define WOVEN   "rattan|seagrass|lavender|cedar|willow|cork"
enum { MATERIALS = 6 };

const struct leaf goods_leaves[] = {
    {"Furniture", "Dining tables", "dining table", 420, "Dining chairs", "120 cm|140 cm|180 cm",
     WOOD},
    {"Furniture", "Dining chairs", "dining chair", 89, "Seat cushions", "", WOOD},
    {"Furniture", "Sofas", "sofa", 890, "Cushions", "2 seats|3 seats", TEXTILE},
    {"Furniture", "Armchairs", "armchair", 340, "Footstools", "", TEXTILE},
    {"Furniture", "Footstools", "footstool", 79, "Throws", "", TEXTILE},
    {"Furniture", "Coffee tables", "coffee table", 190, "Trays", "", WOOD},
    {"Furniture", "Bookcases", "bookcase", 240, "Storage boxes", "low|tall", WOOD},
    {"Furniture", "Sideboards", "sideboard", 480, "Table lamps", "", WOOD},
    {"Furniture", "Desks", "desk", 260, "Desk lamps", "100 cm|140 cm", WOOD},
    {"Furniture", "Office chairs", "office chair", 180, "Desks", "", METAL},
    {"Bedroom", "Beds", "bed", 560, "Mattresses", "90 cm|140 cm|180 cm", WOOD},
    {"Bedroom", "Mattresses", "mattress", 390, "Fitted sheets", "90 cm|140 cm|180 cm", TEXTILE},
    {"Bedroom", "Fitted sheets", "fitted sheet", 29, "Duvet covers", "90 cm|140 cm|180 cm",
     TEXTILE},
    {"Bedroom", "Duvet covers", "duvet cover", 49, "Pillowcases", "single|double", TEXTILE},
    {"Bedroom", "Pillowcases", "pillowcase", 15, "Pillows", "", TEXTILE},
    {"Bedroom", "Pillows", "pillow", 39, "Pillowcases", "", TEXTILE},
    {"Bedroom", "Bedside tables", "bedside table", 95, "Table lamps", "", WOOD},
    {"Lighting", "Table lamps", "table lamp", 69, "Light bulbs", "", METAL},
    {"Lighting", "Floor lamps", "floor lamp", 129, "Light bulbs", "", METAL},
    {"Lighting", "Pendant lamps", "pendant lamp", 99, "Light bulbs", "", METAL},
    {"Lighting", "Desk lamps", "desk lamp", 59, "Light bulbs", "", METAL},
    {"Lighting", "Light bulbs", "light bulb", 7, "Light bulbs", "", GLASS},
    {"Textiles", "Cushions", "cushion", 25, "Throws", "40 cm|50 cm", TEXTILE},
    {"Textiles", "Seat cushions", "seat cushion", 22, "Table runners", "", TEXTILE},
    {"Textiles", "Throws", "throw", 45, "Cushions", "", TEXTILE},
    {"Textiles", "Curtains", "curtain", 65, "Curtain rods", "245 cm|300 cm", TEXTILE},
    {"Textiles", "Curtain rods", "curtain rod", 24, "Curtains", "", METAL},
    {"Textiles", "Rugs", "rug", 150, "Rug underlays", "120 x 180 cm|160 x 230 cm|200 x 300 cm",
     TEXTILE},
    {"Textiles", "Rug underlays", "rug underlay", 25, "Rugs", "", TEXTILE},
    {"Textiles", "Table runners", "table runner", 19, "Candles", "", TEXTILE},
    {"Kitchen", "Frying pans", "frying pan", 59, "Spatulas", "24 cm|28 cm", METAL},
    {"Kitchen", "Saucepans", "saucepan", 49, "Wooden spoons", "16 cm|20 cm", METAL},
    {"Kitchen", "Spatulas", "spatula", 9, "Frying pans", "", METAL},
    {"Kitchen", "Wooden spoons", "wooden spoon", 6, "Saucepans", "", WOOD},
    {"Kitchen", "Knives", "kitchen knife", 45, "Chopping boards", "", METAL},
    {"Kitchen", "Chopping boards", "chopping board", 29, "Knives", "", WOOD},
    {"Kitchen", "Plates", "plate", 12, "Bowls", "", CERAMIC},
    {"Kitchen", "Bowls", "bowl", 10, "Plates", "", CERAMIC},
    {"Kitchen", "Mugs", "mug", 9, "Teapots", "", CERAMIC},
    {"Kitchen", "Teapots", "teapot", 35, "Mugs", "", CERAMIC},
    {"Kitchen", "Wine glasses", "wine glass", 8, "Carafes", "", CERAMIC},
    {"Kitchen", "Carafes", "carafe", 25, "Wine glasses", "", CERAMIC},
    {"Bathroom", "Towels", "towel", 15, "Bath mats", "hand|bath", TEXTILE},
    {"Bathroom", "Bath mats", "bath mat", 25, "Towels", "", TEXTILE},
    {"Bathroom", "Shower curtains", "shower curtain", 22, "Bath mats", "", TEXTILE},
    {"Bathroom", "Soap dispensers", "soap dispenser", 14, "Towels", "", CERAMIC},
    {"Decoration", "Vases", "vase", 29, "Dried flowers", "small|large", CERAMIC},
    {"Decoration", "Dried flowers", "dried flower bunch", 19, "Vases", "", WOVEN},
    {"Decoration", "Candles", "candle", 12, "Candle holders", "", WOVEN},
    {"Decoration", "Candle holders", "candle holder", 18, "Candles", "", CERAMIC},
    {"Decoration", "Mirrors", "mirror", 85, "Sideboards", "", METAL},
    {"Decoration", "Picture frames", "picture frame", 16, "Prints", "A4|A3", WOOD},
    {"Decoration", "Prints", "print", 24, "Picture frames", "A4|A3", WOVEN},
    {"Decoration", "Trays", "tray", 22, "Candles", "", WOOD},
    {"Storage", "Storage boxes", "storage box", 16, "Baskets", "S|M|L", WOVEN},
    {"Storage", "Baskets", "basket", 24, "Storage boxes", "", WOVEN},
    {"Storage", "Coat racks", "coat rack", 59, "Mirrors", "", WOOD},
    {"Garden", "Plant pots", "plant pot", 14, "Watering cans", "S|M|L", CERAMIC},
    {"Garden", "Watering cans", "watering can", 22, "Plant pots", "", METAL},
    {"Garden", "Garden chairs", "garden chair", 75, "Garden tables", "", WOOD},
    {"Garden", "Garden tables", "garden table", 180, "Garden chairs", "", WOOD},
    {"Garden", "Lanterns", "lantern", 29, "Candles", "", METAL},
};
const uint32_t goods_leaf_count = COUNT(goods_leaves);

static const char *const styles[GOODS_STYLES] = {
    "Nordic", "Classic", "Rustic", "Industrial", "Coastal", "Mid-century", "Bohemian", "Minimal",
};
/* Every product has a model name, as furniture shops do. */
static const char *const models[] = {
    "Alma", "Birk",  "Cleo",  "Dunmore", "Elva",  "Fenn",  "Greta", "Holm",  "Ines",  "Jura",
    "Kaia", "Lars",  "Maren", "Nils",    "Odin",  "Pia",   "Quill", "Runa",  "Sten",  "Tilda",
    "Ulf",  "Vera",  "Wilma", "Yrsa",    "Arlo",  "Bodil", "Cato",  "Dagny", "Esben", "Freja",
    "Gorm", "Hedda", "Iver",  "Jorun",   "Klara", "Loke",  "Mila",
};
static const char *const brands[] = {
    "Nordlys",      "Hearthwood",   "Maison Claire", "Tinsmith & Co", "Fjordheim",   "Albaro",
    "Casa Verde",   "Lumen Works",  "Oldfield",      "Kestrel",       "Bramble",     "Studio Ten",
    "Harbour Lane", "Atelier Nova", "Greenmoor",     "Pale Blue",     "Rowan",       "Saltmarsh",
    "Terra",        "Wickerwell",   "Quiet Corner",  "Ember",         "Birch & Bay", "Lindgren",
};

/* The material's word: the one numbered so in its leaf's list. */
static struct text material_of(const struct good *x)
{
    struct text rest = text_from(goods_leaves[x->leaf].materials), word = text_cut(&rest, '|');

    for (uint8_t i = 0; i < x->material; i++)
        word = text_cut(&rest, '|');
    return word;
}

static uint32_t leaf_find(const char *name)
{
    for (uint32_t i = 0; i < goods_leaf_count; i++)
        if (strcmp(goods_leaves[i].name, name) == 0)
            return i;
    assert(!"a leaf goes with one that is not sold");
    return 0;
}

/* Prices end in .90, as shops' prices do. */
static int64_t price_tag(double euros)
{
    double whole = floor(euros);

    return (int64_t)(whole < 1 ? 1 : whole) * MONEY_UNIT + 900000;
}

static struct good good_draw(struct random *r, uint32_t leaf)
{
    struct good g = {.leaf = leaf};

    g.style = (uint8_t)random_below(r, GOODS_STYLES);
    g.brand = (uint8_t)random_below(r, COUNT(brands));
    g.material = (uint8_t)random_below(r, MATERIALS);
    g.quality = (float)(0.8 * random_normal(r));
    g.price = price_tag(goods_leaves[leaf].price * exp(0.45 * random_normal(r)));
    g.log_price = (float)log((double)g.price / MONEY_UNIT);
    g.sale_price = MONEY_NONE;
    if (random_unit(r) < 0.12)
        g.sale_price = price_tag((double)g.price / MONEY_UNIT * 0.8);
    if (g.sale_price >= g.price)
        g.sale_price = MONEY_NONE;
    g.cost = (int64_t)((double)g.price * (0.4 + 0.35 * random_unit(r))) / 10000 * 10000;
    g.in_stock = random_unit(r) >= 0.03;
    g.published = random_unit(r) >= 0.01;
    g.stock = g.in_stock ? 1 + (int32_t)(20 * random_exponential(r)) : 0;
    return g;
}

/* Index the goods by leaf, the best of each first: what comes to mind first. */
static void goods_index(struct goods *g)
{
    uint32_t *next = mem_new(goods_leaf_count + 1, sizeof(*next));

    g->leaf_starts = mem_new(goods_leaf_count + 1, sizeof(*g->leaf_starts));
    g->by_leaf = mem_new(g->count, sizeof(*g->by_leaf));
    for (uint32_t i = 0; i < g->count; i++)
        g->leaf_starts[g->all[i].leaf + 1]++;
    for (uint32_t i = 0; i < goods_leaf_count; i++)
        g->leaf_starts[i + 1] += g->leaf_starts[i];
    memcpy(next, g->leaf_starts, (goods_leaf_count + 1) * sizeof(*next));
    for (uint32_t i = 0; i < g->count; i++)
        g->by_leaf[next[g->all[i].leaf]++] = i;
    mem_free(next);
}

struct goods *goods_new(uint64_t seed, uint32_t count)
{
    struct goods *g = mem_new(1, sizeof(*g));
    struct random r;

    random_seed(&r, seed);
    g->count = count < goods_leaf_count ? goods_leaf_count : count;
    g->all = mem_new(g->count, sizeof(*g->all));
    for (uint32_t i = 0; i < g->count; i++)
        g->all[i] = good_draw(&r, i < goods_leaf_count ? i : random_below(&r, goods_leaf_count));
    g->leaf_goes_with = mem_new(goods_leaf_count, sizeof(*g->leaf_goes_with));
    for (uint32_t i = 0; i < goods_leaf_count; i++)
        g->leaf_goes_with[i] = leaf_find(goods_leaves[i].goes_with);
    goods_index(g);
    return g;
}

void goods_free(struct goods *g)
{
    if (g == NULL)
        return;
    mem_free(g->all);
    mem_free(g->by_leaf);
    mem_free(g->leaf_starts);
    mem_free(g->leaf_goes_with);
    mem_free(g);
}

size_t good_item_id(const struct goods *g, uint32_t good, char out[GOOD_ID_SIZE])
{
    const struct good *x = &g->all[good];
    struct text material = material_of(x);
    int size = snprintf(out, GOOD_ID_SIZE, "%.*s-%s-%04u", (int)material.size, material.data,
                        goods_leaves[x->leaf].noun, good);

    assert(size > 0 && size < GOOD_ID_SIZE);
    for (int i = 0; i < size; i++)
        out[i] = out[i] == ' ' ? '-' : (char)tolower((unsigned char)out[i]);
    return (size_t)size;
}

/* The sizes a leaf comes in, a tenth dearer from one to the next. */
static void good_variants(const struct good *x, struct text item_id, struct arena *a,
                          struct product *p)
{
    struct text rest = text_from(goods_leaves[x->leaf].sizes);
    int32_t left = x->stock;

    if (rest.size == 0)
        return;
    p->variants = arena_array(a, 8, sizeof(*p->variants));
    while (rest.data != NULL && p->variant_count < 8) {
        struct text size = text_cut(&rest, '|');
        struct variant *v = &p->variants[p->variant_count];
        int32_t share = rest.data == NULL ? left : left / 2;

        *v = (struct variant){.title = size, .sale_price = MONEY_NONE, .cost = MONEY_NONE};
        v->item_id = text_from(
            arena_printf(a, "%.*s-%u", (int)item_id.size, item_id.data, p->variant_count + 1));
        v->price = x->price + x->price / 10 / 10000 * 10000 * (int64_t)p->variant_count;
        v->stock = share;
        v->availability = share > 0 ? IN_STOCK : OUT_OF_STOCK;
        v->attributes = arena_array(a, 1, sizeof(*v->attributes));
        v->attributes[0] = (struct attribute){TEXT("size"), size};
        v->attribute_count = 1;
        left -= share;
        p->variant_count++;
    }
}

struct product good_product(const struct goods *g, uint32_t good, struct arena *a)
{
    const struct good *x = &g->all[good];
    const struct leaf *leaf = &goods_leaves[x->leaf];
    struct product p = product_blank();
    struct text material = material_of(x);
    char id[GOOD_ID_SIZE];

    (void)good_item_id(g, good, id);
    p.item_id = arena_text(a, text_from(id));
    p.title =
        text_from(arena_printf(a, "%s, %s %.*s %s", models[good % COUNT(models)], styles[x->style],
                               (int)material.size, material.data, leaf->noun));
    p.description =
        text_from(arena_printf(a, "A %.*s %s in %s style, made by %s.", (int)material.size,
                               material.data, leaf->noun, styles[x->style], brands[x->brand]));
    p.url = text_from(arena_printf(a, "/products/%s", id));
    p.brand = text_from(brands[x->brand]);
    p.category = text_from(arena_printf(a, "%s > %s", leaf->department, leaf->name));
    p.currency = TEXT("EUR");
    p.price = x->price;
    p.sale_price = x->sale_price;
    p.cost = x->cost;
    p.stock = x->stock;
    p.availability = x->in_stock ? IN_STOCK : OUT_OF_STOCK;
    p.published = x->published;
    p.attributes = arena_array(a, 2, sizeof(*p.attributes));
    p.attributes[0] = (struct attribute){TEXT("style"), text_from(styles[x->style])};
    p.attributes[1] = (struct attribute){TEXT("material"), material};
    p.attribute_count = 2;
    good_variants(x, p.item_id, a, &p);
    return p;
}
