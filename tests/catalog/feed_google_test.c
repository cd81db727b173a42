/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/feed.h"

#include <stdio.h>

#include "base/time.h"
#include "tests/support/feed.h"
#include "tests/support/test.h"

static const char table[] = "<p>Solid <b>oak</b></p>";

static void tab_separated_values_are_read_by_googles_names(void **state)
{
    struct feed_options options = feed_options_for(FEED_GOOGLE, NULL);

    assert_feed(
        TEXT("id\tTitle\tdescription\tlink\timage link\tg:brand\tprice\tsale_price\tavailability\t"
             "gtin\tgoogle product category\tproduct_type\tcost_of_goods_sold\tcolor\tadult\n"
             "t1\tTable\tplain, \ttext\nno\n"),
        &options,
        "2 t1 title=Table description=plain, url=text\n"
        "3 no title=no\n");
    assert_feed(
        TEXT("id\ttitle\tprice\tsale price\tavailability\tgoogle product category\tproduct_type\t"
             "cost_of_goods_sold\tcolor\tadult\tquantity\tis bundle\n"
             "t1\tTable\t19.90 EUR\t15.00 EUR\tin stock\t1604\tHome > Tables\t9 "
             "EUR\toak\tno\t3\tno\n"
             "t2\tLamp\t1 EUR\t\tpreorder\tLamps\t\t\t\tyes\t\tYes\n"
             "t3\tBulb\t1 EUR\t\tout_of_stock\t500\t\t\t\t\t\n"
             "\tNo id\t1 EUR\n"
             "t5\tBad\tfree\n"),
        &options,
        "2 t1 title=Table category=Home > Tables price=19.90 sale_price=15.00 cost=9.00 "
        "currency=EUR stock=3 color=oak\n"
        "3 t2 title=Lamp category=Lamps price=1.00 currency=EUR preorder age_min=18 is_bundle=yes\n"
        "4 t3 title=Bulb price=1.00 currency=EUR out_of_stock\n"
        "5 refused missing id: id is missing\n"
        "6 refused bad_money price: price must be an amount such as 19.90, not 'free'\n");
}

static void rss_is_read_with_and_without_the_namespace(void **state)
{
    struct feed_options options = feed_options_for(FEED_GOOGLE, NULL);

    assert_feed(
        TEXT("\xEF\xBB\xBF<?xml version=\"1.0\"?>\n"
             "<rss version=\"2.0\" xmlns:g=\"http://base.google.com/ns/1.0\"><channel>\n"
             "<title>The shop</title><link>https://shop.example</link>\n"
             "<item>\n<g:id>t1</g:id><title>Table &amp; chair</title>\n"
             "<description><![CDATA[<p>Solid <b>oak</b></p><p>Oiled</p>]]></description>\n"
             "<link>https://shop.example/t1</link><g:image_link>i.png</g:image_link>\n"
             "<g:price>19.90 EUR</g:price>\n"
             "<g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping>\n"
             "<g:additional_image_link/><g:product_type>Home > Tables</g:product_type>\n"
             "<g:google_product_category>Furniture</g:google_product_category>"
             "<g:product_type>Sale</g:product_type></item>\n"
             "<item><g:title>No id</g:title></item>\n"
             "<item/>\n"
             "<item><g:id>t2</g:id><g:price>cheap</g:price></item>\n"
             "</channel></rss>\n"),
        &options,
        "4 t1 title=Table & chair description=Solid oak Oiled url=https://shop.example/t1 "
        "image=i.png "
        "category=Home > Tables price=19.90 currency=EUR\n"
        "12 refused missing id: id is missing\n"
        "13 refused missing id: id is missing\n"
        "14 refused bad_money price: price must be an amount such as 19.90, not 'cheap'\n");
}

static void atom_is_read_as_well(void **state)
{
    struct feed_options options = feed_options_for(FEED_GOOGLE, NULL);

    assert_feed(
        TEXT(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:g=\"http://base.google.com/ns/1.0\">"
            "<title>Shop</title><entry><g:id>a</g:id><title>A</title>"
            "<link href=\"https://shop.example/a\"/><g:price>EUR 5</g:price></entry></feed>"),
        &options, "1 a title=A url=https://shop.example/a price=5.00 currency=EUR\n");
}

static void items_of_a_group_are_variants_also_when_they_stand_apart(void **state)
{
    struct feed_options options = feed_options_for(FEED_GOOGLE, NULL);
    static const char expected[] = "3 mug title=Mug price=3.00 currency=EUR\n"
                                   "2 shirt title=Shirt S brand=Nord currency=EUR\n"
                                   "  + s-1 title=Shirt S price=10.00 color=red size=S\n"
                                   "  + s-2 title=Shirt M price=12.00 out_of_stock size=M\n";

    assert_feed(TEXT("id\titem_group_id\ttitle\tbrand\tprice\tavailability\tcolor\tsize\n"
                     "s-1\tshirt\tShirt S\tNord\t10 EUR\tin_stock\tred\tS\n"
                     "mug\t\tMug\t\t3 EUR\tin stock\t\t\n"
                     "s-2\tshirt\tShirt M\tNord\t12 EUR\tout of stock\t\tM\n"),
                &options, expected);
    assert_feed(
        TEXT("<rss><channel>\n"
             "<item><id>s-1</id><item_group_id>shirt</item_group_id><title>Shirt S</title>"
             "<brand>Nord</brand><price>10 EUR</price><color>red</color><size>S</size></item>\n"
             "<item><id>mug</id><title>Mug</title><price>3 EUR</price></item>\n"
             "<item><id>s-2</id><item_group_id>shirt</item_group_id><title>Shirt M</title>"
             "<price>12 EUR</price><availability>out of stock</availability><size>M</size></item>"
             "</channel></rss>"),
        &options, expected);
}

static void a_sale_counts_only_between_its_dates(void **state)
{
    struct feed_options options = feed_options_for(FEED_GOOGLE, NULL);
    struct text content = TEXT("id\tprice\tsale_price\tsale_price_effective_date\n"
                               "a\t9 EUR\t5 EUR\t2026-11-01T00:00+01:00/2026-11-30T00:00+01:00\n"
                               "b\t9 EUR\t5 EUR\tsoon\n"
                               "c\t9 EUR\t5 EUR\t2026-11-01T00:00+0100/2026-11-30T00:00+0100\n");
    static const char *const nows[] = {"2026-10-31T22:59:59Z", "2026-11-15", "2026-12-01"};

    for (size_t i = 0; i < COUNT(nows); i++) {
        assert_true(time_parse(text_from(nows[i]), &options.now_ms));
        assert_feed(content, &options,
                    i == 1 ? "2 a title=a price=9.00 sale_price=5.00 currency=EUR\n"
                             "3 b title=b price=9.00 currency=EUR\n"
                             "4 c title=c price=9.00 sale_price=5.00 currency=EUR\n"
                           : "2 a title=a price=9.00 currency=EUR\n"
                             "3 b title=b price=9.00 currency=EUR\n"
                             "4 c title=c price=9.00 currency=EUR\n");
    }
}

static void other_files_are_no_google_feed(void **state)
{
    struct feed_options options = feed_options_for(FEED_GOOGLE, NULL);
    static const struct {
        const char *content, *message;
    } cases[] = {
        {"a,b\n1,2\n", "the file has no column 'id', so it is not a Google Merchant feed"},
        {"<html><body>404</body></html>",
         "the file has no <item> or <entry>, so it is not a Google Merchant feed"},
        {"<rss><item><id>a</id>\n</rss>", "line 2: the file is not well-formed XML"},
        {"<rss><item><id>a</id></item>", "line 1: the file is not well-formed XML"},
        {"", "the file is empty"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct transcript t = {0};
        struct error err = {0};

        /* fmemopen takes no empty file */
        assert_int_equal(transcript_read(&t, text_from(cases[i].content), i == 4, &options, &err),
                         ERR_INVALID);
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(t.calls, 0);
    }
}

static void entities_are_neither_fetched_nor_expanded(void **state)
{
    struct feed_options options = feed_options_for(FEED_GOOGLE, NULL);
    struct transcript t = {0};
    struct error err = {0};

    assert_feed(TEXT("<!DOCTYPE rss SYSTEM \"http://127.0.0.1:1/x.dtd\" ["
                     "<!ENTITY x SYSTEM \"file:///etc/passwd\"><!ENTITY a \"letters\">]>"
                     "<rss><item><id>a</id><title>T&x;&a;</title></item></rss>"),
                &options, "1 a title=T\n");
    assert_int_equal(
        transcript_read(&t,
                        TEXT("<!DOCTYPE rss [<!ENTITY a \"0123456789\">"
                             "<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
                             "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">"
                             "<!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">"
                             "<!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;\">]>"
                             "<rss><item><id>a</id><title>T&e;&e;</title></item></rss>"),
                        false, &options, &err),
        ERR_INVALID);
    assert_int_equal(t.calls, 0);
}

static void html_becomes_text(void **state)
{
    static const struct {
        const char *html, *text;
    } cases[] = {
        {table, "Solid oak"},
        {"plain", "plain"},
        {"a<br>b<br/>c", "a b c"},
        {"<ul><li>one</li><li>two</li></ul>after", "one two after"},
        {"x<style>p{}</style><script>alert(1)</script>y", "xy"},
        {"  spaces \n and&nbsp;&nbsp;more  ", "spaces and more"},
        {"5 &lt; 6 &amp;&#228;", "5 < 6 &\xC3\xA4"},
        {"<b>open <i>never closed", "open never closed"},
        {"f<b>oo</b>bar", "foobar"},
        {"<p></p>", ""},
        {"<!-- only a comment -->", ""},
    };
    SCOPED(arena_free) struct arena a = {0};
    SCOPED(buffer_free) struct buffer big = {0};

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_text(html_text(text_from(cases[i].html), &a), cases[i].text);
    for (int i = 0; i < 3000; i++)
        buffer_add_string(&big, "<p>\xC3\xA4\xC3\xB6");
    struct text t = html_text(buffer_text(&big), &a);
    assert_true(t.size > PRODUCT_DESCRIPTION_MAX - 4 && t.size <= PRODUCT_DESCRIPTION_MAX);
    assert_true(text_utf8_valid(t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tab_separated_values_are_read_by_googles_names),
        cmocka_unit_test(rss_is_read_with_and_without_the_namespace),
        cmocka_unit_test(atom_is_read_as_well),
        cmocka_unit_test(items_of_a_group_are_variants_also_when_they_stand_apart),
        cmocka_unit_test(a_sale_counts_only_between_its_dates),
        cmocka_unit_test(other_files_are_no_google_feed),
        cmocka_unit_test(entities_are_neither_fetched_nor_expanded),
        cmocka_unit_test(html_becomes_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
