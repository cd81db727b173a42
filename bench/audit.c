/* SPDX-License-Identifier: Apache-2.0 */
/* audit: what it finds of a hundred planted faults, and how long ten million events take it, with a
 * million visitors, a hundred thousand products and a file of two hundred thousand customers. */
#include <stdio.h>
#include <sys/resource.h>

#include "base/random.h"
#include "base/time.h"
#include "tests/support/faults.h"

enum { EVENTS = 10000000, VISITORS = 1000000, PRODUCTS = 100000, CUSTOMERS = 200000, SEEDS = 3 };

static double seconds_since(uint64_t ns)
{
    return (double)(time_monotonic_ns() - ns) / 1e9;
}

static void bench_faults(void)
{
    uint32_t planted = 0, found = 0, kinds = 0, alarms = 0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct fault_figures f = faults_found(seed);
        planted += f.planted;
        found += f.found;
        kinds = f.kinds;
        alarms += f.false_alarms;
    }
    printf("{\"bench\":\"audit_faults\",\"kinds\":%u,\"planted\":%u,\"found\":%u,"
           "\"false_alarms\":%u}\n",
           kinds, planted, found, alarms);
}

static void fill_catalog(struct catalog *c)
{
    SCOPED(buffer_free) struct buffer body = {0};
    char id[32], title[128], category[64];

    for (uint32_t i = 0; i < PRODUCTS; i++) {
        struct product p = product_blank();
        struct random r;
        random_seed(&r, i);
        snprintf(id, sizeof(id), "product-%u", i);
        snprintf(title, sizeof(title), "Thing %x of %x and %x", random_below(&r, 4096),
                 random_below(&r, 4096), random_below(&r, 4096));
        snprintf(category, sizeof(category), "Department %u > Shelf %u", i % 20, i % 1000);
        p.item_id = text_from(id);
        p.title = text_from(title);
        p.category = text_from(category);
        p.price = (5 + (int64_t)random_below(&r, 100)) * 1000000;
        buffer_clear(&body);
        product_encode(&p, &body);
        struct record record = {.kind = RECORD_PRODUCT, .body = buffer_text(&body)};
        (void)catalog_fold(c, &record);
    }
}

static void feed(struct audit *a)
{
    static const enum event_type types[] = {EVENT_page_view, EVENT_view_item, EVENT_view_item,
                                            EVENT_scroll,    EVENT_view_item, EVENT_add_to_cart,
                                            EVENT_purchase,  EVENT_search};
    int64_t start_ms = INT64_C(1780000000000);
    char id[32], who[32], session[32], item[32], order[32];
    struct random r;

    random_seed(&r, 1);
    for (uint32_t i = 0; i < EVENTS; i++) {
        uint32_t visitor = random_below(&r, VISITORS);
        struct event_item line = {.item_id = {item, 0}, .quantity = 1, .price = 20000000};
        struct event e = {.type = types[i % 8],
                          .flags = EVENT_VERIFIED | EVENT_PERSONALIZATION,
                          .time_ms = start_ms + (int64_t)i * 500,
                          .value = i % 8 == 6 ? line.price : INT64_MIN,
                          .items = &line,
                          .item_count = i % 8 == 0 ? 0 : 1,
                          .currency = TEXT("EUR"),
                          .device = TEXT("mobile"),
                          .user_agent = TEXT("Mozilla/5.0 (Linux; Android 14) Chrome Mobile"),
                          .page_url = TEXT("https://shop.example/products/a-thing"),
                          .scroll_percent = -1};
        e.id = (struct text){id, (size_t)snprintf(id, sizeof(id), "e-%u", i)};
        e.anonymous_id = (struct text){who, (size_t)snprintf(who, sizeof(who), "v-%u", visitor)};
        e.session_id =
            (struct text){session, (size_t)snprintf(session, sizeof(session), "s-%u", visitor)};
        line.item_id.size =
            (size_t)snprintf(item, sizeof(item), "product-%u", random_below(&r, PRODUCTS));
        if (e.type == EVENT_purchase)
            e.transaction_id =
                (struct text){order, (size_t)snprintf(order, sizeof(order), "o-%u", i)};
        if (visitor % 3 == 0)
            e.user_id = e.anonymous_id;
        audit_event(a, &e, e.time_ms + 1000);
    }
}

static FILE *customers_file(struct buffer *csv)
{
    struct random r;

    random_seed(&r, 2);
    buffer_add_string(csv, "First Name,Last Name,Email,Phone,Address1,Zip\n");
    for (uint32_t i = 0; i < CUSTOMERS; i++)
        buffer_printf(csv, "F%x,L%x,m%u@mail.example,+49 30 %08u,%u Street %u,%05u\n",
                      random_below(&r, 300), random_below(&r, 20000), i, i * 13,
                      random_below(&r, 100), random_below(&r, 3000), random_below(&r, 9000));
    return fmemopen(csv->data, csv->size, "r");
}

int main(void)
{
    SCOPED(buffer_free) struct buffer csv = {0};
    struct catalog *catalog = catalog_new();
    struct rusage usage;
    struct error err = {0};

    bench_faults();
    fill_catalog(catalog);
    FILE *in = customers_file(&csv);
    struct audit *a = audit_new(&(struct audit_options){
        .catalog = catalog, .program = program_builtin(), .now_ms = INT64_C(1790000000000)});
    uint64_t began = time_monotonic_ns();
    feed(a);
    double events_s = seconds_since(began);
    began = time_monotonic_ns();
    if (in == NULL || audit_customers(a, in, &err) != OK)
        return 1;
    const struct report *r = audit_finish(a);
    double finish_s = seconds_since(began);
    (void)getrusage(RUSAGE_SELF, &usage); /* cannot fail for ourselves */
    printf("{\"bench\":\"audit\",\"events\":%d,\"events_s\":%.2f,\"conclusions_s\":%.2f,"
           "\"rss_mb\":%ld,\"checksum\":%llu}\n",
           EVENTS, events_s, finish_s, usage.ru_maxrss / 1024,
           (unsigned long long)(r->sessions * 31 + r->finding_count));
    audit_free(&a);
    catalog_free(catalog);
    fclose(in);
    return 0;
}
