/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/made_shop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/parts.h"
#include "base/memory.h"
#include "base/money.h"
#include "base/time.h"
#include "demo/goods.h"
#include "net/probe.h"
#include "tests/support/test.h"

static const char program_text[] =
    "owner: tests\n"
    "currency: EUR\n"
    "policies:\n"
    "  consent_default: {analytics: true, personalization: true, email: false}\n"
    "  traffic: {co_view: 500}\n"
    "surfaces:\n"
    "  - {name: pdp, kind: pdp}\n"
    "  - {name: cart, kind: cart}\n"
    "  - {name: home, kind: home}\n"
    "  - {name: category, kind: category}\n";

static const char *const syllables[] = {"va", "lo", "ri", "ne", "tu", "ka", "mi", "so",
                                        "be", "du", "fa", "gi", "ho", "ju", "pe", "za"};

/* A name that no other number has. */
static const char *name_of(struct made_shop *m, uint32_t n)
{
    return arena_printf(&m->arena, "%c%s%s%s%s", "BDFGKLMNPRSTVWXZ"[n % 16],
                        syllables[n / 16 % 16] + 1, syllables[n / 7 % 16], syllables[n / 256 % 16],
                        syllables[n % 13]);
}

static const char *gtin_of(struct made_shop *m, uint32_t n)
{
    unsigned sum = 0;
    char digits[14];

    snprintf(digits, sizeof(digits), "400%09u", n + 1000);
    for (int i = 0; i < 12; i++)
        sum += (unsigned)(digits[i] - '0') * (i % 2 == 1 ? 3 : 1);
    return arena_printf(&m->arena, "%s%u", digits, (10 - sum % 10) % 10);
}

/* Every so many a bundle, which holds the product before it. */
enum { BUNDLE_EVERY = 50 };

static bool in_bundle(const struct made_shop *m, const struct made_product *p)
{
    return p->product.part_count > 0 || (p - m->products) % BUNDLE_EVERY == 0;
}

static void finish_product(struct made_shop *m, struct product *p, uint32_t n)
{
    static const char *const colours[] = {"red", "blue", "green", "oak", "walnut", "white"};
    const char *name = name_of(m, n);
    struct arena *a = &m->arena;

    p->title = text_from(arena_printf(a, "%s %.*s", name, (int)(p->title.size), p->title.data));
    p->description = text_from(arena_printf(
        a, "%s is made for years of use: %.*s It comes flat, and is put together with one tool.",
        name, (int)p->description.size, p->description.data));
    p->url = text_from(arena_printf(a, "https://shop.example/products/%.*s", (int)p->item_id.size,
                                    p->item_id.data));
    p->image = text_from(arena_printf(a, "https://shop.example/images/%u.jpg", n));
    p->gtin = text_from(gtin_of(m, n));
    p->price = (90 + (int64_t)(n % 20)) * MONEY_UNIT;
    p->sale_price = n % 10 == 3 ? p->price - 9 * MONEY_UNIT : MONEY_NONE;
    p->cost = p->price / 2;
    p->stock = 500;
    p->availability = IN_STOCK;
    p->published = true;
    p->attributes = arena_array(a, 3, sizeof(*p->attributes));
    p->attributes[0] = (struct attribute){TEXT("colour"), text_from(colours[n % COUNT(colours)])};
    p->attributes[1] =
        (struct attribute){TEXT("width"), text_from(arena_printf(a, "%u cm", 40 + n % 160))};
    p->attribute_count = 2;
    if (n % BUNDLE_EVERY == 1) {
        p->parts = arena_array(a, 1, sizeof(*p->parts));
        p->parts[p->part_count++] = (struct bundle_part){m->products[n - 1].product.item_id, 1};
        p->cost = MONEY_NONE; /* what the part costs, and as many as there are of it */
        p->stock = STOCK_UNTRACKED;
    }
    for (uint32_t i = 0; i < p->variant_count; i++) {
        p->variants[i].price = p->price;
        p->variants[i].stock = 200;
        p->variants[i].availability = IN_STOCK;
    }
}

struct made_product *made_product_add(struct made_shop *m, const struct product *like)
{
    const struct product copy = *like; /* which may stand among those that now move */

    m->products =
        mem_grow(m->products, &m->products_room, m->product_count + 1, sizeof(*m->products));
    struct made_product *p = &m->products[m->product_count++];
    p->product = copy;
    p->told_ms = m->now_ms;
    if (m->product_count <= MADE_PRODUCTS)
        return p;
    p->planted = true;
    p->product.item_id = text_from(arena_printf(&m->arena, "planted-%u", ++m->planted));
    p->product.variant_count = 0;
    p->product.part_count = 0;
    p->product.title = text_from(
        arena_printf(&m->arena, "%s cabinet for planting", name_of(m, 3000 + 17 * m->planted)));
    p->product.image =
        text_from(arena_printf(&m->arena, "https://shop.example/planted/%u.jpg", m->planted));
    p->product.url =
        text_from(arena_printf(&m->arena, "https://shop.example/products/planted-%u", m->planted));
    p->product.description = text_from(arena_printf(
        &m->arena,
        "Number %u of what was planted: a cabinet of oak with four doors and two drawers, oiled.",
        m->planted));
    p->product.gtin = text_from(gtin_of(m, 5000 + m->planted));
    return p;
}

static void make_products(struct made_shop *m)
{
    struct goods *goods = goods_new(7, MADE_PRODUCTS);

    for (uint32_t i = 0; i < MADE_PRODUCTS; i++) {
        struct product p = good_product(goods, i, &m->arena);
        finish_product(m, &p, i);
        (void)made_product_add(m, &p);
    }
    goods_free(goods);
}

/* ---- sessions ---- */

struct made_event *made_event_add(struct made_shop *m, enum event_type type, int64_t time_ms)
{
    m->events = mem_grow(m->events, &m->events_room, m->event_count + 1, sizeof(*m->events));
    struct made_event *made = &m->events[m->event_count++];
    struct event *e = &made->event;

    *e = (struct event){.type = type,
                        .flags = EVENT_USER_VERIFIED | EVENT_PERSONALIZATION,
                        .time_ms = time_ms,
                        .value = MONEY_NONE,
                        .scroll_percent = -1,
                        .device = TEXT("desktop"),
                        .user_agent = TEXT("Mozilla/5.0 (X11; Linux) Gecko Firefox")};
    if (type == EVENT_purchase || type == EVENT_refund)
        e->flags |= EVENT_VERIFIED; /* these come from the shop's server */
    e->id = text_from(arena_printf(&m->arena, "e-%zu", m->event_count));
    e->anonymous_id = text_from(arena_printf(&m->arena, "planted-visitor-%zu", m->event_count));
    e->session_id = text_from(arena_printf(&m->arena, "planted-session-%zu", m->event_count));
    e->page_url = TEXT("https://shop.example/about");
    made->late_ms = MS_SECOND;
    return made;
}

void made_item(struct made_shop *m, struct event *e, const struct product *p)
{
    e->items = arena_array(&m->arena, 1, sizeof(*e->items));
    e->item_count = 1;
    e->currency = TEXT("EUR");
    e->items[0] =
        (struct event_item){.item_id = p->item_id,
                            .quantity = 1,
                            .price = p->sale_price != MONEY_NONE ? p->sale_price : p->price};
}

struct session {
    struct made_shop *m;
    uint32_t visitor, number;
    int64_t at_ms;
    bool named;
};

static struct event *act(struct session *s, enum event_type type, const char *page)
{
    static const char *const devices[] = {"desktop", "mobile", "tablet"};
    struct made_shop *m = s->m;
    struct event *e = &made_event_add(m, type, s->at_ms)->event;

    e->anonymous_id = text_from(arena_printf(&m->arena, "v-%u", s->visitor));
    e->session_id = text_from(arena_printf(&m->arena, "s-%u", s->number));
    if (s->named)
        e->user_id = text_from(arena_printf(&m->arena, "c-%u", s->visitor));
    e->device = text_from(devices[s->visitor % 3]);
    e->page_url = text_from(arena_printf(&m->arena, "https://shop.example%s", page));
    s->at_ms += (8 + random_below(&m->random, 30)) * (int64_t)MS_SECOND;
    return e;
}

static struct product *any_product(struct made_shop *m)
{
    for (;;) {
        struct product *p = &m->products[random_below(&m->random, MADE_PRODUCTS)].product;
        if (p->variant_count == 0)
            return p;
    }
}

static void buy(struct session *s, const struct product *p)
{
    struct event *e = act(s, EVENT_view_cart, "/cart");
    made_item(s->m, e, p);
    (void)act(s, EVENT_page_view, "/cart");
    (void)act(s, EVENT_page_view, "/checkout");
    e = act(s, EVENT_begin_checkout, "/checkout");
    made_item(s->m, e, p);
    s->named = true;
    e = act(s, EVENT_purchase, "/thank-you");
    made_item(s->m, e, p);
    e->value = e->items[0].price * e->items[0].quantity;
    e->transaction_id = text_from(arena_printf(&s->m->arena, "order-%u", s->number));
    if (s->number % 40 != 0)
        return;
    struct text order = e->transaction_id;
    e = act(s, EVENT_refund, "/thank-you");
    made_item(s->m, e, p);
    e->transaction_id = order;
}

static void visit(struct session *s)
{
    struct made_shop *m = s->m;
    struct product *p = any_product(m);
    uint32_t views = 2 + random_below(&m->random, 3);
    struct event *e;

    (void)act(s, EVENT_page_view, "/");
    (void)act(s, EVENT_page_view, "/category/rooms");
    e = act(s, EVENT_view_item_list, "/category/rooms");
    made_item(m, e, p);
    e->request_id = TEXT("r-0123456789abcdef");
    (void)act(s, EVENT_scroll, "/category/rooms");
    if (s->number % 3 == 0) {
        (void)act(s, EVENT_page_view, "/search?q=oak");
        e = act(s, EVENT_search, "/search?q=oak");
        e->search_term = TEXT("oak");
    }
    for (uint32_t i = 0; i < views; i++) {
        p = any_product(m);
        e = act(s, EVENT_select_item, "/category/rooms");
        made_item(m, e, p);
        const char *page =
            arena_printf(&m->arena, "/products/%.*s", (int)p->item_id.size, p->item_id.data);
        (void)act(s, EVENT_page_view, page);
        made_item(m, act(s, EVENT_view_item, page), p);
    }
    if (s->number % 5 >= 4)
        return;
    e = act(s, EVENT_add_to_cart, "/products/x");
    made_item(m, e, p);
    if (s->number % 5 < 3)
        buy(s, p);
}

static void make_sessions(struct made_shop *m)
{
    uint32_t number = 0, visitors = 0;

    for (uint32_t day = 0; day < MADE_DAYS; day++)
        for (uint32_t i = 0; i < MADE_SESSIONS_A_DAY; i++) {
            bool back = visitors > 100 && random_unit(&m->random) < 0.3;
            uint32_t visitor = back ? visitors - 1 - random_below(&m->random, 100) : visitors++;
            struct session s = {.m = m, .visitor = visitor, .number = ++number};

            s.named = visitor % 2 == 0;
            s.at_ms =
                m->start_ms + (int64_t)day * MS_DAY + (int64_t)i * (MS_DAY / MADE_SESSIONS_A_DAY);
            visit(&s);
        }
}

static void make_customers(struct made_shop *m)
{
    static const char *const firsts[] = {"Anna",  "Bernd",  "Clara", "Dieter", "Eva",
                                         "Frank", "Greta",  "Hans",  "Ines",   "Jonas",
                                         "Karla", "Ludwig", "Mona",  "Nils"};

    m->customers_room = MADE_CUSTOMERS;
    m->customers = mem_new(m->customers_room, sizeof(*m->customers));
    for (uint32_t i = 0; i < MADE_CUSTOMERS; i++) {
        struct made_customer *c = &m->customers[m->customer_count++];
        c->first = firsts[i % COUNT(firsts)];
        c->last = name_of(m, i * 5);
        c->email = arena_printf(&m->arena, "%s.%s%u@mail.example", c->first, c->last, i);
        c->phone = arena_printf(&m->arena, "+49 30 %07u", 2000000 + i * 7919);
        c->street = arena_printf(&m->arena, "%sweg %u", name_of(m, 900 + i), 1 + i % 80);
        c->city = "Berlin";
        c->zip = arena_printf(&m->arena, "%05u", 10115 + i * 13);
    }
}

struct made_shop *made_shop_new(uint64_t seed)
{
    struct made_shop *m = mem_new(1, sizeof(*m));

    random_seed(&m->random, seed);
    m->start_ms = INT64_C(1790000000000) / MS_DAY * MS_DAY;
    m->now_ms = m->start_ms + (int64_t)MADE_DAYS * MS_DAY + MS_HOUR;
    make_products(m);
    make_sessions(m);
    make_customers(m);
    m->ledger = (struct ledger_counts){.received = m->event_count, .stored = m->event_count};
    return m;
}

void made_shop_free(struct made_shop **handle)
{
    struct made_shop *m = *handle;

    if (m == NULL)
        return;
    arena_free(&m->arena);
    mem_free(m->products);
    mem_free(m->events);
    mem_free(m->customers);
    mem_free(m);
    *handle = NULL;
}

/* ---- choosing ---- */

struct made_event *made_pick(struct made_shop *m, enum event_type type)
{
    for (int tries = 0; tries < 1000000; tries++) {
        struct made_event *e = &m->events[random_below(&m->random, (uint32_t)m->event_count)];
        if (e->event.type != type || e->planted || e->dropped)
            continue;
        e->planted = true;
        return e;
    }
    fail_msg("no event of type %s is left", event_type_name(type));
    return NULL;
}

struct made_product *made_pick_product(struct made_shop *m)
{
    for (int tries = 0; tries < 1000000; tries++) {
        struct made_product *p = &m->products[random_below(&m->random, MADE_PRODUCTS)];
        if (p->planted || p->product.variant_count > 0 || in_bundle(m, p))
            continue;
        p->planted = true;
        return p;
    }
    fail_msg("no product is left");
    return NULL;
}

struct made_customer *made_pick_customer(struct made_shop *m)
{
    for (int tries = 0; tries < 1000000; tries++) {
        struct made_customer *c = &m->customers[random_below(&m->random, MADE_CUSTOMERS)];
        if (c->planted)
            continue;
        c->planted = true;
        return c;
    }
    fail_msg("no customer is left");
    return NULL;
}

/* ---- the audit ---- */

static int by_time(const void *a, const void *b)
{
    const struct made_event *x = a, *y = b;
    int64_t s = x->event.time_ms + x->late_ms, t = y->event.time_ms + y->late_ms;

    if (s != t)
        return s < t ? -1 : 1;
    return text_compare(x->event.id, y->event.id);
}

static struct catalog *fold_catalog(const struct made_shop *m)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct catalog *c = catalog_new();

    for (size_t i = 0; i < m->product_count; i++) {
        buffer_clear(&body);
        product_encode(&m->products[i].product, &body);
        struct record r = {.kind = RECORD_PRODUCT, .body = buffer_text(&body)};
        (void)catalog_fold(c, &r);
    }
    return c;
}

static void feed_events(struct made_shop *m, struct audit *a)
{
    for (size_t i = 0; i < m->product_count; i++)
        audit_stock_told(a, m->products[i].product.item_id, m->products[i].told_ms);
    qsort(m->events, m->event_count, sizeof(*m->events), by_time);
    for (size_t i = 0; i < m->event_count; i++)
        if (!m->events[i].dropped)
            audit_event(a, &m->events[i].event, m->events[i].event.time_ms + m->events[i].late_ms);
}

static void feed_rest(struct made_shop *m, struct audit *a)
{
    static const char *const surfaces[] = {"pdp", "cart", "home", "category"};
    SCOPED(buffer_free) struct buffer csv = {0};
    struct error err = {0};

    for (size_t s = 0; s < COUNT(surfaces); s++) {
        bool none = m->unasked != NULL && strcmp(m->unasked, surfaces[s]) == 0;
        bool once = m->asked_once != NULL && strcmp(m->asked_once, surfaces[s]) == 0;
        struct decision d = {.surface = text_from(surfaces[s])};
        for (int i = 0; i < (none ? 0 : once ? 1 : 20); i++)
            audit_decision(a, &d);
    }
    audit_ledger(a, &m->ledger);
    buffer_add_string(&csv, "First Name,Last Name,Email,Phone,Address1,City,Zip\n");
    for (size_t i = 0; i < m->customer_count; i++) {
        const struct made_customer *c = &m->customers[i];
        buffer_printf(&csv, "%s,%s,%s,%s,%s,%s,%s\n", c->first, c->last, c->email, c->phone,
                      c->street, c->city, c->zip);
    }
    FILE *in = fmemopen(csv.data, csv.size, "r");
    assert_non_null(in);
    assert_int_equal(audit_customers(a, in, &err), OK);
    fclose(in);
}

/* As if all had been asked for. */
static void feed_links(const struct made_shop *m, struct audit *a, const struct catalog *c)
{
    for (size_t i = 0; i < m->product_count; i++) {
        const struct made_product *made = &m->products[i];
        const struct product *p = &made->product;
        product_number n = catalog_find(c, p->item_id);
        struct probe image = {p->image, PROBE_ANSWERED, made->image_status},
                     page = {p->url, PROBE_ANSWERED, made->url_status};

        image.status = image.status == 0 ? 200 : image.status;
        page.status = page.status == 0 ? 200 : page.status;
        link_answered(a, LINK_IMAGE, n, &image);
        link_answered(a, LINK_PAGE, n, &page);
    }
}

const struct report *made_shop_audit(struct made_shop *m, struct audit **audit)
{
    static struct program *program; /* the same for all, for the process */
    static struct catalog *catalog; /* that of the last audit */
    SCOPED(arena_free) struct arena arena = {0};
    struct problems problems = {0};
    struct error err = {0};

    if (program == NULL) {
        assert_int_equal(
            program_compile(text_from(program_text), &program, &arena, &problems, &err), OK);
        program->version = 1;
    }
    catalog_free(catalog);
    catalog = fold_catalog(m);
    *audit = audit_new(
        &(struct audit_options){.catalog = catalog, .program = program, .now_ms = m->now_ms});
    feed_events(m, *audit);
    feed_rest(m, *audit);
    feed_links(m, *audit, catalog);
    return audit_finish(*audit);
}
