/* SPDX-License-Identifier: Apache-2.0 */
/* Images and pages that lead nowhere, asked of a server of the test's own. */
#include <stdatomic.h>
#include <stdio.h>

#include "audit/audit.h"
#include "net/server.h"
#include "tests/support/listener.h"
#include "tests/support/test.h"

enum { PRODUCTS = 20 };

struct site {
    struct server *server;
    atomic_int asked;
};

static void begin(void *context, struct request *r)
{
}

/* Images of even numbers are gone, and every fifth page. */
static void handle(void *context, struct request *r)
{
    struct site *s = context;
    struct text path = r->target.path;
    bool image = text_starts(path, "/image/");
    uint64_t number = 0;

    atomic_fetch_add(&s->asked, 1);
    text_cut(&path, '/');
    text_cut(&path, '/');
    assert_true(text_to_u64(path, &number));
    request_answer(r, number % (image ? 2 : 5) == 0 ? 404 : 200, NULL);
}

static void refuse(void *context, struct request *r, unsigned status, const char *code,
                   const char *message)
{
    request_answer(r, status, NULL);
}

static void site_open(struct site *s)
{
    struct server_options options = listener_options(s);
    struct error err = {0};

    options.begin = begin;
    options.handle = handle;
    options.refuse = refuse;
    assert_int_equal(server_open(&s->server, &options, &err), OK);
}

/* Numbers from 1; two more: one has the first's image, one is not published. */
static struct catalog *shelf(const struct site *s)
{
    struct catalog *c = catalog_new();
    SCOPED(buffer_free) struct buffer body = {0};
    char id[32], image[64], url[64];

    for (unsigned i = 1; i <= PRODUCTS + 2; i++) {
        struct product p = product_blank();
        unsigned port = server_port(s->server), number = i == PRODUCTS + 1 ? 1 : i;
        snprintf(id, sizeof(id), "p-%u", i);
        snprintf(image, sizeof(image), "http://127.0.0.1:%u/image/%u", port, number);
        snprintf(url, sizeof(url), "http://127.0.0.1:%u/page/%u", port, number);
        p.item_id = text_from(id);
        p.title = TEXT("Oak table");
        p.image = text_from(image);
        p.url = text_from(url);
        p.published = i != PRODUCTS + 2;
        buffer_clear(&body);
        product_encode(&p, &body);
        struct record r = {.kind = RECORD_PRODUCT, .body = buffer_text(&body)};
        (void)catalog_fold(c, &r);
    }
    return c;
}

struct asked {
    uint64_t images, dead_images, images_of, pages, dead_pages;
};

static struct asked ask(const struct site *s, const struct audit_links *links)
{
    struct catalog *c = shelf(s);
    SCOPED(audit_free)
    struct audit *a =
        audit_new(&(struct audit_options){.catalog = c, .program = program_builtin(), .now_ms = 1});
    struct error err = {0};

    assert_int_equal(audit_links(a, links, &err), OK);
    const struct report *r = audit_finish(a);
    const struct tally *images = &r->tallies[CHECK_image_dead],
                       *pages = &r->tallies[CHECK_url_dead];
    catalog_free(c);
    return (struct asked){images->of, images->count, images->sample_of, pages->of, pages->count};
}

static struct audit_links allowed(uint32_t max)
{
    struct audit_links links = {.max = max};
    struct error err = {0};

    assert_int_equal(address_list_parse(TEXT("127.0.0.1"), &links.allowed, &err), OK);
    return links;
}

static void dead_links_of_published_products_are_found(void **state)
{
    struct site s = {0};
    struct audit_links links = allowed(1000);

    site_open(&s);
    struct asked asked = ask(&s, &links);
    assert_int_equal(asked.images, PRODUCTS); /* one address is asked once */
    assert_int_equal(asked.dead_images, PRODUCTS / 2);
    assert_int_equal(asked.images_of, 0);
    assert_int_equal(asked.pages, PRODUCTS);
    assert_int_equal(asked.dead_pages, PRODUCTS / 5);
    assert_int_equal(atomic_load(&s.asked), 2 * PRODUCTS);
    server_close(&s.server);
}

static void more_than_may_be_asked_is_a_sample_the_same_each_time(void **state)
{
    struct site s = {0};
    struct audit_links links = allowed(7);

    site_open(&s);
    struct asked first = ask(&s, &links), second = ask(&s, &links);
    assert_int_equal(first.images, 7);
    assert_int_equal(first.images_of, PRODUCTS);
    assert_memory_equal(&first, &second, sizeof(first));
    server_close(&s.server);
}

static void nobody_is_asked_who_was_not_to_be(void **state)
{
    struct site s = {0};
    struct audit_links none = allowed(0), inward = {.max = 1000};

    site_open(&s);
    assert_int_equal(ask(&s, &none).images, 0);
    struct asked asked = ask(&s, &inward); /* told, and not connected to */
    assert_int_equal(asked.dead_images, PRODUCTS);
    assert_int_equal(atomic_load(&s.asked), 0);
    server_close(&s.server);
}

static bool at_once(void *context, const char *stage, uint64_t done, uint64_t total)
{
    return false;
}

static void what_was_not_asked_counts_for_nothing(void **state)
{
    struct site s = {0};
    struct audit_links links = allowed(1000);

    site_open(&s);
    links.go_on = at_once;
    assert_int_equal(ask(&s, &links).images, 0);
    server_close(&s.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dead_links_of_published_products_are_found),
        cmocka_unit_test(more_than_may_be_asked_is_a_sample_the_same_each_time),
        cmocka_unit_test(nobody_is_asked_who_was_not_to_be),
        cmocka_unit_test(what_was_not_asked_counts_for_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
