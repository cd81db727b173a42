/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/csv.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/file.h"
#include "base/intern.h"
#include "base/money.h"
#include "base/time.h"
#include "ingest/occurrences.h"
#include "tests/support/test.h"

static const struct ingest_context context = {
    .received_ms = INT64_C(1800000000000),
    .secret = true,
    .default_analytics = true,
    .default_personalization = true,
};

static void note(struct buffer *out, const char *name, struct text t)
{
    if (t.data != NULL)
        buffer_printf(out, " %s=%.*s", name, (int)t.size, t.data);
}

/* "2 view_item 2026-11-22T10:00:00.000Z visitor=v user=u item=a x2 at 19.90 EUR order=1" */
static void event_note(struct buffer *out, const struct event *e)
{
    char time[TIME_TEXT_SIZE], amount[MONEY_TEXT_SIZE];

    buffer_printf(out, " %s", event_type_name(e->type));
    note(out, "word", e->type_name);
    buffer_printf(out, " %s", time_print(e->time_ms, time));
    note(out, "visitor", e->anonymous_id);
    note(out, "user", e->user_id);
    note(out, "session", e->session_id);
    for (uint32_t i = 0; i < e->item_count; i++) {
        note(out, "item", e->items[i].item_id);
        buffer_printf(out, " x%" PRId64, e->items[i].quantity);
        if (e->items[i].price != MONEY_NONE)
            buffer_printf(out, " at %s", money_print(e->items[i].price, amount));
        if (e->items[i].index != 0)
            buffer_printf(out, " index=%d", e->items[i].index);
    }
    note(out, "currency", e->currency);
    if (e->value != MONEY_NONE)
        buffer_printf(out, " value=%s", money_print(e->value, amount));
    note(out, "order", e->transaction_id);
    note(out, "search", e->search_term);
    note(out, "url", e->page_url);
    note(out, "country", e->country);
    note(out, "campaign", e->campaign_name);
    note(out, "properties", e->properties);
}

static void batch_note(struct buffer *out, const struct batch *b)
{
    SCOPED(arena_free) struct arena a = {0};
    struct error err = {0};

    for (size_t i = 0; i < b->count; i++) {
        const struct entry *entry = &b->entries[i];
        struct event e;

        buffer_printf(out, "%" PRIu64, entry->line);
        if (entry->outcome == ENTRY_REFUSED) {
            buffer_printf(out, " refused %s %s: %s", entry->refusal->code, entry->refusal->field,
                          entry->refusal->message);
        } else {
            assert_int_equal(event_decode(entry->body, &a, &e, &err), OK);
            event_note(out, &e);
        }
        buffer_add_char(out, '\n');
    }
}

/* All rows of `content` into `batch`, as a file that can (or cannot) be read twice. */
static enum status read_rows(struct text content, const struct csv_events_options *options,
                             struct batch *batch, struct error *err)
{
    SCOPED(file_close) FILE *in = fmemopen((void *)(uintptr_t)content.data, content.size, "r");
    SCOPED(csv_events_close) struct csv_events *events = NULL;
    enum status status;

    batch_init(batch, "test", context.received_ms, true);
    if (csv_events_open(&events, in, options, &context, err) != OK)
        return err->status;
    while ((status = csv_events_next(events, batch, err)) == OK)
        continue;
    assert_int_equal(csv_events_bytes(events), content.size);
    return status == ERR_NOT_FOUND ? OK : status;
}

static struct csv_events_options options_for(const char *map)
{
    struct csv_events_options options = {0};
    struct error err = {0};

    if (map != NULL)
        assert_int_equal(csv_map_parse(text_from(map), &options.csv, &err), OK);
    return options;
}

static void assert_rows(const char *content, const struct csv_events_options *options,
                        const char *expected)
{
    SCOPED(buffer_free) struct buffer out = {0};
    SCOPED(batch_free) struct batch batch = {0};
    struct error err = {0};
    enum status status = read_rows(text_from(content), options, &batch, &err);

    if (status != OK)
        print_error("%s\n", err.message);
    assert_int_equal(status, OK);
    batch_note(&out, &batch);
    assert_string_equal(buffer_text(&out).data, expected);
}

static void assert_refused_whole(const char *content, const struct csv_events_options *options,
                                 const char *message)
{
    SCOPED(batch_free) struct batch batch = {0};
    struct error err = {0};

    assert_int_equal(read_rows(text_from(content), options, &batch, &err), ERR_INVALID);
    assert_string_equal(err.message, message);
    assert_int_equal(batch.count, 0);
}

static void sessions_are_read_without_a_map(void **state)
{
    struct csv_events_options options = options_for(NULL);

    assert_rows("session_id,item_id,time\ns1,42,1600000060\ns1,43,1600000061\n", &options,
                "2 view_item 2020-09-13T12:27:40.000Z visitor=s1 session=s1 item=42 x1\n"
                "3 view_item 2020-09-13T12:27:41.000Z visitor=s1 session=s1 item=43 x1\n");
}

static void order_lines_become_purchases_and_refunds(void **state)
{
    struct csv_events_options options =
        options_for("type==purchase,item_id=StockCode,transaction_id=InvoiceNo,user_id=CustomerID,"
                    "price=UnitPrice,quantity=Quantity,time=InvoiceDate,country=Country");

    options.time_zone = TEXT("Europe/London");
    options.currency = TEXT("GBP");
    assert_rows(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "536365,85123A,HEART,6,2011-07-01 08:26:00,2.55,17850.0,United Kingdom\n"
        "536365,71053,LANTERN,6.0,2011-07-01 08:26:00,3.39,17850.0,United Kingdom\n"
        "C536379,D,Discount,-1,2011-12-01 09:41:00,27.5,14527.0,United Kingdom\n"
        "C536380,22632,,1,2011-12-01 09:42:00,2.1,14527.0,\n"
        "536544,21773,DECO,1,2011-12-01 14:32:00,2.51,,United Kingdom\n"
        "A563186,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,United Kingdom\n",
        &options,
        "2 purchase 2011-07-01T07:26:00.000Z user=17850.0 item=85123A x6 at 2.55 "
        "currency=GBP order=536365 country=United Kingdom\n"
        "3 purchase 2011-07-01T07:26:00.000Z user=17850.0 item=71053 x6 at 3.39 "
        "currency=GBP order=536365 country=United Kingdom\n"
        "4 refund 2011-12-01T09:41:00.000Z user=14527.0 item=D x1 at 27.50 currency=GBP "
        "order=C536379 country=United Kingdom\n"
        "5 refund 2011-12-01T09:42:00.000Z user=14527.0 item=22632 x1 at 2.10 currency=GBP "
        "order=C536380\n"
        "6 purchase 2011-12-01T14:32:00.000Z visitor=order:536544 item=21773 x1 at 2.51 "
        "currency=GBP order=536544 country=United Kingdom\n"
        "7 refused bad_money items[0].price: items[0].price must not be negative; what comes "
        "back is a refund\n");
}

static void orders_that_all_begin_with_a_c_are_not_cancelled(void **state)
{
    struct csv_events_options options = options_for("type==purchase");

    assert_rows(
        "time,transaction_id,item_id,quantity\n1600000000,C1001,a,1\n1600000001,C1002,a,-2\n",
        &options,
        "2 purchase 2020-09-13T12:26:40.000Z visitor=order:C1001 item=a x1 order=C1001\n"
        "3 refund 2020-09-13T12:26:41.000Z visitor=order:C1002 item=a x2 order=C1002\n");
}

static void a_file_without_a_header_is_mapped_by_number(void **state)
{
    struct csv_events_options options =
        options_for("user_id=1,item_id=2,properties.category=3,type=4,time=5");

    options.csv.no_header = true;
    assert_rows("543462,1715,1464116,pv,1511658000\n662867,2244,1575622,cart,1511658000\n"
                "561558,3611,965809,fav,1511658000\n1,2,,buy,1511658001\n1,2,3,stare,1511658002\n",
                &options,
                "1 view_item 2017-11-26T01:00:00.000Z user=543462 item=1715 x1 "
                "properties={\"category\":\"1464116\"}\n"
                "2 add_to_cart 2017-11-26T01:00:00.000Z user=662867 item=2244 x1 "
                "properties={\"category\":\"1575622\"}\n"
                "3 add_to_wishlist 2017-11-26T01:00:00.000Z user=561558 item=3611 x1 "
                "properties={\"category\":\"965809\"}\n"
                "4 purchase 2017-11-26T01:00:01.000Z user=1 item=2 x1\n"
                "5 other word=stare 2017-11-26T01:00:02.000Z user=1 item=2 x1 "
                "properties={\"category\":\"3\"}\n");
}

static void words_of_other_systems_are_understood_in_any_case(void **state)
{
    static const struct {
        const char *word, *type;
    } cases[] = {
        {"view_item", "view_item"},   {"view", "view_item"},
        {"PV", "view_item"},          {"click", "select_item"},
        {"addtocart", "add_to_cart"}, {"Cart", "add_to_cart"},
        {"fav", "add_to_wishlist"},   {"wishlist", "add_to_wishlist"},
        {"buy", "purchase"},          {"transaction", "purchase"},
        {"return", "refund"},         {"remove", "remove_from_cart"},
        {"search", "search"},
    };
    struct csv_events_options options = options_for(NULL);

    for (size_t i = 0; i < COUNT(cases); i++) {
        SCOPED(buffer_free) struct buffer content = {0}, expected = {0};

        buffer_printf(&content, "type,time,user_id,item_id\n%s,1600000000,u,a\n", cases[i].word);
        buffer_printf(&expected, "2 %s 2020-09-13T12:26:40.000Z user=u item=a x1\n", cases[i].type);
        assert_rows(buffer_text(&content).data, &options, buffer_text(&expected).data);
    }
}

static void every_field_of_an_event_can_be_mapped(void **state)
{
    struct csv_events_options options =
        options_for("value=cents/100,properties=p_*,properties.fixed==yes,campaign.name=mail");

    assert_rows(
        "id,type,time,anonymous_id,user_id,session_id,item_id,quantity,price,index,currency,"
        "cents,transaction_id,search_term,url,country,mail,p_a,p_b\n"
        "e1,view_item,2026-11-22T10:00:00+01:00,v,u,s,a,2,\"1,50\",3,EUR,300,t,oak,/x,DE,m1,1,\n",
        &options,
        "2 view_item 2026-11-22T09:00:00.000Z visitor=v user=u session=s item=a x2 at 1.50 "
        "index=3 currency=EUR value=3.00 order=t search=oak url=/x country=DE campaign=m1 "
        "properties={\"a\":\"1\",\"fixed\":\"yes\"}\n");
}

static void local_times_are_read_in_the_shops_zone_and_format(void **state)
{
    struct csv_events_options options = options_for(NULL);

    options.time_zone = TEXT("Europe/Berlin");
    assert_rows("user_id,item_id,time\n"
                "u,a,2026-07-01 12:00:00\nu,a,2026-07-01T12:00:00Z\nu,a,2026-07-01T12:00:00+05:00\n"
                "u,a,1600000000\nu,a,2026-01-01\n",
                &options,
                "2 view_item 2026-07-01T10:00:00.000Z user=u item=a x1\n"
                "3 view_item 2026-07-01T12:00:00.000Z user=u item=a x1\n"
                "4 view_item 2026-07-01T07:00:00.000Z user=u item=a x1\n"
                "5 view_item 2020-09-13T12:26:40.000Z user=u item=a x1\n"
                "6 view_item 2025-12-31T23:00:00.000Z user=u item=a x1\n");
    options.time_format = TEXT("%d/%m/%Y %H:%M");
    assert_rows("user_id,item_id,time\nu,a,01/07/2026 12:00\nu,a,2026-07-01\n", &options,
                "2 view_item 2026-07-01T10:00:00.000Z user=u item=a x1\n"
                "3 refused bad_time time: time must look like %d/%m/%Y %H:%M, not '2026-07-01'\n");
}

static void bad_rows_are_refused_by_field(void **state)
{
    struct csv_events_options options = options_for(NULL);

    assert_rows(
        "type,time,user_id,item_id,quantity,price,index\n"
        ",1600000000,u,a\n"
        "view,,u,a\n"
        "view,yesterday,u,a\n"
        "view,1600000000,,a\n"
        "view,1600000000,u,\n"
        "view,1600000000,u,a,many\n"
        "view,1600000000,u,a,0\n"
        "view,1600000000,u,a,-1\n"
        "buy,1600000000,u,a,1,cheap\n"
        "view,1600000000,u,a,1,,-3\n"
        "view,1600000000,\xFF,a\n"
        "page_view,1600000000,u,\n",
        &options,
        "2 refused missing type: type is missing\n"
        "3 refused missing time: time is missing\n"
        "4 refused bad_time time: time must be like 2026-11-22T10:00:00Z or Unix seconds, not "
        "'yesterday'\n"
        "5 refused missing anonymous_id: an event needs an anonymous_id or a user_id\n"
        "6 refused missing item_id: item_id is missing\n"
        "7 refused wrong_type quantity: quantity must be a whole number, not 'many'\n"
        "8 refused wrong_type quantity: quantity must be 1 or more\n"
        "9 refused wrong_type quantity: quantity must be 1 or more\n"
        "10 refused bad_money price: price must be an amount such as 19.90, not 'cheap'\n"
        "11 refused wrong_type index: index must be 0 or more\n"
        "12 refused bad_text : the row is not valid text; give the encoding if the file is "
        "not UTF-8\n"
        "13 page_view 2020-09-13T12:26:40.000Z user=u\n");
}

static void a_file_that_lacks_what_events_need_is_refused_whole(void **state)
{
    struct csv_events_options options = options_for(NULL);

    assert_refused_whole("a,b\n1,2\n", &options,
                         "the file has no column time; say which one it is with time=COLUMN in the "
                         "map");
    assert_refused_whole(
        "time,item_id\n1,2\n", &options,
        "nothing says whose events these are; map anonymous_id, user_id, session_id "
        "or transaction_id");
    options = options_for("iten_id=a");
    assert_refused_whole("time,user_id,a\n1,2,3\n", &options,
                         "the map names iten_id, which events do not have");
    options = options_for("item_id=b");
    assert_refused_whole("time,user_id,a\n1,2,3\n", &options,
                         "the file has no column 'b'; it has time, user_id, a");
    options = options_for(NULL);
    options.time_zone = TEXT("Mars/Olympus");
    assert_refused_whole("time,user_id\n1,2\n", &options,
                         "time zone 'Mars/Olympus' is not known; write it like Europe/Berlin");
}

/* The ids of all rows, as numbers: equal ones have equal numbers. */
static void ids_of(const char *content, const char *map, uint32_t *out, struct intern *ids)
{
    struct csv_events_options options = options_for(map);
    SCOPED(batch_free) struct batch batch = {0};
    SCOPED(arena_free) struct arena a = {0};
    struct error err = {0};
    struct event e;

    assert_int_equal(read_rows(text_from(content), &options, &batch, &err), OK);
    for (size_t i = 0; i < batch.count; i++) {
        assert_int_equal(event_decode(batch.entries[i].body, &a, &e, &err), OK);
        out[i] = intern_add(ids, e.id);
    }
}

static void repeated_rows_count_and_repeated_imports_give_the_same_ids(void **state)
{
    /* the second file's times fall, so that ids are remembered from its beginning to its end */
    static const char *contents[] = {
        "user_id,item_id,time,note\nu,a,1600000000,1\nu,a,1600000000,2\nu,b,1600000000,3\n"
        "u,a,1600000001,4\nu,a,1600000001,5\nu,a,1600000001,6\n",
        "user_id,item_id,time,note\nu,a,1600000000,1\nu,a,1600000001,2\nu,b,1600000000,3\n"
        "u,a,1600000000,4\nu,a,1600000001,5\nu,a,1600000001,6\n",
    };

    for (size_t i = 0; i < COUNT(contents); i++) {
        SCOPED(intern_free) struct intern ids = {0};
        uint32_t first[6], second[6], with_note[6];

        ids_of(contents[i], NULL, first, &ids);
        assert_int_equal(ids.count, 6);
        ids_of(contents[i], NULL, second, &ids);
        assert_int_equal(ids.count, 6);
        assert_memory_equal(first, second, sizeof(first));
        ids_of(contents[i], "properties.note=note", with_note, &ids);
        assert_int_equal(ids.count, 12);
    }
}

static void the_same_rows_have_the_same_ids_in_sorted_and_unsorted_files(void **state)
{
    SCOPED(intern_free) struct intern ids = {0};
    uint32_t sorted[4], unsorted[4];

    ids_of("user_id,item_id,time\nu,a,1600000000\nu,a,1600000000\nu,b,1600000001\nu,b,1600000001\n",
           NULL, sorted, &ids);
    ids_of("user_id,item_id,time\nu,b,1600000001\nu,a,1600000000\nu,b,1600000001\nu,a,1600000000\n",
           NULL, unsorted, &ids);
    assert_int_equal(ids.count, 4);
    assert_int_equal(unsorted[0], sorted[2]);
    assert_int_equal(unsorted[1], sorted[0]);
    assert_int_equal(unsorted[2], sorted[3]);
    assert_int_equal(unsorted[3], sorted[1]);
}

static void occurrences_are_counted_until_they_are_forgotten(void **state)
{
    SCOPED(occurrences_clear) struct occurrences seen = {0};

    for (uint64_t rows = 1; rows <= 20000; rows *= 5) {
        for (uint64_t round = 0; round < 3; round++)
            for (uint64_t i = 0; i < rows; i++)
                assert_int_equal(occurrences_add(&seen, i * UINT64_C(0x9E3779B97F4A7C15)), round);
        occurrences_forget(&seen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_are_read_without_a_map),
        cmocka_unit_test(order_lines_become_purchases_and_refunds),
        cmocka_unit_test(orders_that_all_begin_with_a_c_are_not_cancelled),
        cmocka_unit_test(a_file_without_a_header_is_mapped_by_number),
        cmocka_unit_test(words_of_other_systems_are_understood_in_any_case),
        cmocka_unit_test(every_field_of_an_event_can_be_mapped),
        cmocka_unit_test(local_times_are_read_in_the_shops_zone_and_format),
        cmocka_unit_test(bad_rows_are_refused_by_field),
        cmocka_unit_test(a_file_that_lacks_what_events_need_is_refused_whole),
        cmocka_unit_test(repeated_rows_count_and_repeated_imports_give_the_same_ids),
        cmocka_unit_test(the_same_rows_have_the_same_ids_in_sorted_and_unsorted_files),
        cmocka_unit_test(occurrences_are_counted_until_they_are_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
