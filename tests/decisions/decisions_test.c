/* SPDX-License-Identifier: Apache-2.0 */
#include "decisions/decisions.h"

#include <pthread.h>
#include <stdio.h>

#include "journal/record.h"
#include "tests/support/test.h"

static const uint8_t key[16] = "sixteen secrets";

/* A shop's store with its writer and decisions, in a folder of its own. */
struct place {
    char dir[TEST_PATH_SIZE];
    struct store *store;
    struct writer *writer;
    struct decisions *decisions;
};

static void fold(void *context, const struct record *records, size_t count)
{
    (void)context;
    (void)records;
    assert_int_equal(count, 0); /* a decision is no journal record */
}

static void place_open(struct place *p)
{
    struct error err = {0};
    const struct writer_options options = {.data_dir = p->dir,
                                           .events_max = 1000,
                                           .queue_events_max = 1000,
                                           .disk_bytes_max = 1 << 30,
                                           .fold = fold};

    assert_int_equal(writer_open(&p->writer, &options, &err), OK);
    assert_int_equal(store_open(&p->store, p->dir, STORE_READ, NULL, &err), OK);
    assert_int_equal(decisions_open(&p->decisions, p->store, p->writer, key, &err), OK);
}

static void place_close(struct place *p)
{
    decisions_close(&p->decisions);
    store_close(&p->store);
    writer_close(&p->writer);
}

static void place_make(struct place *p)
{
    SCOPED(store_close) struct store *fresh = NULL;

    test_dir(p->dir);
    assert_int_equal(store_open(&fresh, p->dir, STORE_WRITE, NULL, NULL), OK);
    place_open(p);
}

/* A full answer of 20 products for a visitor with a UUID, out of a million products. */
static struct decision sample(void)
{
    struct decision d = {.now_ms = 1790000000123,
                         .surface = TEXT("pdp-also"),
                         .anonymous_id = TEXT("6c84fb90-12c4-11e1-840d-7b25c5ee775a"),
                         .item_id = TEXT("oak-table-140"),
                         .cart = {TEXT("lamp-1"), TEXT("")},
                         .cart_count = 2,
                         .limit = 20,
                         .age_verified = 21,
                         .gpc = true,
                         .arrival = {0xfedcba98, 0x12345678, 7, 'S' << 8 | 'E', 2},
                         .position = {123456789},
                         .generation = 12,
                         .program_version = 3,
                         .seed = 0xfedcba9876543210,
                         .rung = 3,
                         .deadline_step = NOT_CUT,
                         .item_count = 20,
                         .language = TEXT("de-AT"),
                         .took_us = 345,
                         .digest = 0xfedcba98,
                         .explored_slot = 1,
                         .explore_ppm = 50000,
                         .explore_pool = 480};

    for (uint32_t i = 0; i < d.item_count; i++)
        d.items[i] = (struct decision_item){.product = 999999 - i * 31337,
                                            .source = (uint8_t)(i % 16),
                                            .evidence_kind = (uint8_t)(i % 8),
                                            .evidence_reference = 900000 + i % 3 * 7};
    return d;
}

static void assert_decision_equal(const struct decision *a, const struct decision *b)
{
    assert_int_equal(a->now_ms, b->now_ms);
    assert_true(text_equal(a->surface, b->surface));
    assert_true(text_equal(a->anonymous_id, b->anonymous_id));
    assert_true(text_equal(a->user_id, b->user_id));
    assert_true(text_equal(a->item_id, b->item_id));
    assert_true(text_equal(a->category, b->category));
    assert_true(text_equal(a->page, b->page));
    assert_int_equal(a->cart_count, b->cart_count);
    for (uint32_t i = 0; i < a->cart_count; i++)
        assert_true(text_equal(a->cart[i], b->cart[i]));
    assert_int_equal(a->limit, b->limit);
    assert_int_equal(a->position.number, b->position.number);
    assert_int_equal(a->generation, b->generation);
    assert_int_equal(a->program_version, b->program_version);
    assert_true(a->seed == b->seed);
    assert_int_equal(a->rung, b->rung);
    assert_int_equal(a->deadline_step, b->deadline_step);
    assert_int_equal(a->age_verified, b->age_verified);
    assert_int_equal(a->gpc, b->gpc);
    assert_true(text_equal(a->language, b->language));
    assert_int_equal(a->took_us, b->took_us);
    assert_int_equal(a->digest, b->digest);
    assert_int_equal(a->arrival.source, b->arrival.source);
    assert_int_equal(a->arrival.medium, b->arrival.medium);
    assert_int_equal(a->arrival.campaign, b->arrival.campaign);
    assert_int_equal(a->arrival.country, b->arrival.country);
    assert_int_equal(a->arrival.device, b->arrival.device);
    assert_int_equal(a->explored_slot, b->explored_slot);
    assert_int_equal(a->explore_ppm, b->explore_ppm);
    assert_int_equal(a->explore_pool, b->explore_pool);
    assert_int_equal(a->item_count, b->item_count);
    for (uint32_t i = 0; i < a->item_count; i++) {
        assert_int_equal(a->items[i].product, b->items[i].product);
        assert_int_equal(a->items[i].source, b->items[i].source);
        assert_int_equal(a->items[i].evidence_kind, b->items[i].evidence_kind);
        assert_int_equal(a->items[i].evidence_reference, b->items[i].evidence_reference);
    }
}

static void a_decision_of_twenty_products_has_under_400_bytes_and_comes_back_whole(void **state)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct decision d = sample(), back;
    struct error err = {0};

    d.explored_slot = 20;
    decision_encode(&d, &body);
    assert_true(body.size < 400);
    assert_int_equal(decision_decode(buffer_text(&body), &back, &err), OK);
    assert_decision_equal(&d, &back);
    d.deadline_step = 17;
    d.page = TEXT("a\nb");
    d.item_count = d.explored_slot = 0;
    buffer_clear(&body);
    decision_encode(&d, &body);
    assert_int_equal(decision_decode(buffer_text(&body), &back, &err), OK);
    assert_decision_equal(&d, &back);
}

static void any_source_and_kind_of_evidence_comes_back(void **state)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct decision d = sample(), back;

    d.items[3].source = 255;
    decision_encode(&d, &body);
    assert_true(body.size < 400);
    assert_int_equal(decision_decode(buffer_text(&body), &back, NULL), OK);
    assert_decision_equal(&d, &back);
    d.items[3].source = 3;
    d.items[7].evidence_kind = 127;
    buffer_clear(&body);
    decision_encode(&d, &body);
    assert_int_equal(decision_decode(buffer_text(&body), &back, NULL), OK);
    assert_decision_equal(&d, &back);
}

/* Bytes as the first version wrote them: time, surface, seed and two products. */
static void a_decision_of_the_first_encoding_still_decodes(void **state)
{
    static const char items[] = {'\x85', '\x01', '\x36', '\x09', /* 133, source 6, kind 3: 9 */
                                 '\x07', '\xf4'};                /* 7, source 4, kind 7: the same */
    SCOPED(buffer_free) struct buffer body = {0};
    struct decision d;
    struct error err = {0};

    put_i64(&body, 1, 1790000000123);
    put_text(&body, 2, TEXT("pdp"));
    put_i64(&body, 13, -5);
    put_text(&body, 16, (struct text){items, sizeof(items)});
    assert_int_equal(decision_decode(buffer_text(&body), &d, &err), OK);
    assert_int_equal(d.item_count, 2);
    assert_int_equal(d.items[0].product, 133);
    assert_int_equal(d.items[0].source, 6);
    assert_int_equal(d.items[0].evidence_kind, 3);
    assert_int_equal(d.items[0].evidence_reference, 9);
    assert_int_equal(d.items[1].product, 7);
    assert_int_equal(d.items[1].source, 4);
    assert_int_equal(d.items[1].evidence_kind, 7);
    assert_int_equal(d.items[1].evidence_reference, 9);
    assert_int_equal(d.explore_ppm, 0);
    assert_true(decision_propensity(&d, 1) == 1);
}

static enum status decode_exploration(const struct decision *d, const uint8_t *packed, size_t size)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct decision back;

    decision_encode(d, &body);
    put_text(&body, 18, (struct text){(const char *)packed, size});
    return decision_decode(buffer_text(&body), &back, NULL);
}

static void exploration_out_of_range_is_refused(void **state)
{
    struct decision d = sample();

    d.explored_slot = d.explore_ppm = d.explore_pool = 0; /* then nothing is written */
    d.item_count = 5;
    assert_int_equal(decode_exploration(&d, (uint8_t[]){5, 9, 1}, 3), OK);
    assert_int_equal(decode_exploration(&d, (uint8_t[]){0, 9, 0}, 3), OK);
    assert_int_equal(decode_exploration(&d, (uint8_t[]){0, 0xc0, 0x84, 0x3d, 1}, 5), OK);
    assert_int_equal(decode_exploration(&d, (uint8_t[]){6, 9, 1}, 3), ERR_CORRUPT); /* no slot */
    assert_int_equal(decode_exploration(&d, (uint8_t[]){5, 0, 1}, 3), ERR_CORRUPT);
    assert_int_equal(decode_exploration(&d, (uint8_t[]){5, 9, 0}, 3), ERR_CORRUPT);
    assert_int_equal(decode_exploration(&d, (uint8_t[]){5, 9}, 2), ERR_CORRUPT);
    assert_int_equal(decode_exploration(&d, (uint8_t[]){5, 9, 1, 1}, 4), ERR_CORRUPT);
    assert_int_equal(decode_exploration(&d, (uint8_t[]){0, 0xc1, 0x84, 0x3d, 1}, 5),
                     ERR_CORRUPT); /* 1,000,001 */
    assert_int_equal(decode_exploration(&d, (uint8_t[]){0, 0x89, 0x80, 0x80, 0x80, 0x10, 1}, 7),
                     ERR_CORRUPT); /* 2^32 + 9 */
}

static void damaged_bytes_are_refused_or_read_but_never_overrun(void **state)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct decision d = sample(), back;
    struct error err = {0};
    size_t refused = 0;

    decision_encode(&d, &body);
    for (size_t i = 0; i < body.size; i++)
        refused += decision_decode((struct text){body.data, i}, &back, &err) == ERR_CORRUPT;
    assert_true(refused > body.size / 2);
    for (size_t i = 0; i < body.size; i++) {
        body.data[i] = (char)(body.data[i] ^ 0x81);
        if (decision_decode(buffer_text(&body), &back, &err) == OK)
            assert_true(back.item_count <= DECISION_ITEMS_MAX);
        body.data[i] = (char)(body.data[i] ^ 0x81);
    }
}

static void a_request_id_gives_its_number_back_and_tells_nothing(void **state)
{
    char first[REQUEST_ID_SIZE], second[REQUEST_ID_SIZE];
    uint8_t other[16] = "another secret.";
    uint64_t number;
    size_t equal = 0;

    for (uint64_t n = 1; n < 2000; n += 7) {
        request_id_make(n, key, first);
        assert_int_equal(request_id_read(text_from(first), key, &number, NULL), OK);
        assert_int_equal(number, n);
        assert_int_equal(request_id_read(text_from(first), other, &number, NULL), OK);
        assert_int_not_equal(number, n);
    }
    request_id_make(41, key, first);
    request_id_make(42, key, second);
    for (size_t i = 2; i < 18; i++)
        equal += first[i] == second[i];
    assert_true(equal < 8);
}

static void a_malformed_request_id_is_invalid(void **state)
{
    static const char *const bad[] = {"",
                                      "r-",
                                      "r-0123456789abcde",
                                      "r-0123456789abcdef0",
                                      "x-0123456789abcdef",
                                      "r-0123456789abcdeg",
                                      "0123456789abcdef"};
    struct error err = {0};
    uint64_t number;

    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(request_id_read(text_from(bad[i]), key, &number, &err), ERR_INVALID);
    assert_int_equal(request_id_read((struct text){0}, key, &number, &err), ERR_INVALID);
}

static void what_was_kept_is_found_by_its_request_id(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    struct place p;
    struct error err = {0};
    struct decision d = sample(), found;
    char id[REQUEST_ID_SIZE], later[REQUEST_ID_SIZE];

    place_make(&p);
    decisions_keep(p.decisions, &d, id);
    uint64_t first = d.number;
    d.item_count = 1;
    decisions_keep(p.decisions, &d, later);
    assert_true(d.number > first);
    assert_int_equal(decisions_flush(p.decisions, &err), OK);

    assert_int_equal(decisions_find(p.store, key, text_from(id), &a, &found, &err), OK);
    d.item_count = 20;
    assert_decision_equal(&found, &d);
    assert_int_equal(found.number, first);
    assert_int_equal(decisions_find(p.store, key, text_from(later), &a, &found, &err), OK);
    assert_int_equal(found.item_count, 1);
    assert_int_equal(decisions_find(p.store, key, TEXT("r-00"), &a, &found, &err), ERR_INVALID);
    assert_int_equal(decisions_find(p.store, key, TEXT("r-0123456789abcdef"), &a, &found, &err),
                     ERR_NOT_FOUND);
    place_close(&p);
}

static void closing_stores_what_waits_and_numbers_are_never_given_twice(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    struct place p;
    struct error err = {0};
    struct decision d = sample(), found;
    char ids[3][REQUEST_ID_SIZE];
    uint64_t last = 0;

    place_make(&p);
    for (size_t i = 0; i < COUNT(ids); i++) {
        decisions_keep(p.decisions, &d, ids[i]);
        assert_true(d.number > last);
        last = d.number;
        place_close(&p);
        place_open(&p);
    }
    for (size_t i = 0; i < COUNT(ids); i++)
        assert_int_equal(decisions_find(p.store, key, text_from(ids[i]), &a, &found, &err), OK);
    place_close(&p);
}

/* What a crash leaves: the rows are gone, but the numbers were given. */
static void numbers_of_lost_decisions_are_not_given_again(void **state)
{
    SCOPED(store_close) struct store *thief = NULL;
    struct place p;
    struct error err = {0};
    struct decision d = sample();
    char id[REQUEST_ID_SIZE];

    place_make(&p);
    decisions_keep(p.decisions, &d, id);
    uint64_t lost = d.number;
    place_close(&p);
    assert_int_equal(store_open(&thief, p.dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(store_run(thief, "DELETE FROM decision", &err), OK);
    store_close(&thief);
    place_open(&p);
    decisions_keep(p.decisions, &d, id);
    assert_true(d.number > lost);
    place_close(&p);
}

enum { THREADS = 4, EACH = 500 };

static void *keep_many(void *context)
{
    struct decision d = sample();
    char id[REQUEST_ID_SIZE];

    for (int i = 0; i < EACH; i++)
        decisions_keep(context, &d, id);
    return NULL;
}

static uint64_t stored(struct store *store)
{
    SCOPED(stmt_close) sqlite3_stmt *stmt = NULL;

    assert_int_equal(stmt_open(&stmt, store, "SELECT count(*) FROM decision", NULL), OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    return (uint64_t)stmt_i64(stmt, 0);
}

static void many_threads_keep_at_once_and_none_is_lost(void **state)
{
    pthread_t threads[THREADS];
    struct place p;
    struct error err = {0};

    place_make(&p);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, keep_many, p.decisions), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(decisions_flush(p.decisions, &err), OK);
    assert_int_equal(stored(p.store), THREADS * EACH);
    place_close(&p);
}

static void pruning_forgets_the_old_and_keeps_the_rest(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    SCOPED(store_close) struct store *store = NULL;
    struct place p;
    struct error err = {0};
    struct decision d = sample(), found;
    char old[REQUEST_ID_SIZE], young[REQUEST_ID_SIZE];

    place_make(&p);
    d.now_ms = 1000;
    decisions_keep(p.decisions, &d, old);
    d.now_ms = 2000;
    decisions_keep(p.decisions, &d, young);
    place_close(&p);
    assert_int_equal(store_open(&store, p.dir, STORE_WRITE, NULL, &err), OK);
    uint32_t forgotten;
    assert_int_equal(decisions_prune(store, 2000, &forgotten, &err), OK);
    assert_int_equal(forgotten, 1);
    assert_int_equal(decisions_find(store, key, text_from(old), &a, &found, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, old));
    assert_int_equal(decisions_find(store, key, text_from(young), &a, &found, &err), OK);
}

static void keep_at(struct place *p, uint64_t position, int64_t now_ms)
{
    struct decision d = sample();
    char id[REQUEST_ID_SIZE];

    d.position.number = position;
    d.now_ms = now_ms;
    decisions_keep(p->decisions, &d, id);
}

/* `now_ms` of all decisions from..until, as the cursor gives them. */
static size_t read_all(const struct place *p, uint64_t from, uint64_t until, int64_t *out)
{
    SCOPED(decision_cursor_close) struct decision_cursor *cursor = NULL;
    SCOPED(arena_free) struct arena a = {0};
    struct error err = {0};
    struct decision d, expected = sample();
    size_t count = 0;

    assert_int_equal(decision_cursor_open(&cursor, p->dir, (struct position){from},
                                          (struct position){until}, &err),
                     OK);
    while (decision_cursor_next(cursor, &a, &d, &err) == OK) {
        assert_true(d.position.number >= from && d.position.number < until);
        assert_true(d.number > 0);
        expected.position = d.position;
        expected.now_ms = d.now_ms;
        assert_decision_equal(&d, &expected);
        out[count++] = d.now_ms;
    }
    assert_int_equal(err.status, ERR_NOT_FOUND);
    return count;
}

static void a_cursor_gives_decisions_in_the_order_of_the_journal(void **state)
{
    enum { SAME = 700 }; /* more than a cursor reads at once */
    struct place p;
    struct error err = {0};
    static int64_t times[SAME + 10];

    place_make(&p);
    assert_int_equal(read_all(&p, 0, UINT64_MAX, times), 0);
    keep_at(&p, 30, 1); /* answers overtake each other on their way here */
    keep_at(&p, 10, 2);
    for (int i = 0; i < SAME; i++)
        keep_at(&p, 20, 100 + i);
    keep_at(&p, 10, 3);
    keep_at(&p, 0, 4);
    assert_int_equal(decisions_flush(p.decisions, &err), OK);
    assert_int_equal(read_all(&p, 0, UINT64_MAX, times), SAME + 4);
    assert_int_equal(times[0], 4);
    assert_int_equal(times[1], 2);
    assert_int_equal(times[2], 3);
    for (int i = 0; i < SAME; i++)
        assert_int_equal(times[3 + i], 100 + i);
    assert_int_equal(times[3 + SAME], 1);
    assert_int_equal(read_all(&p, 10, 30, times), SAME + 2);
    assert_int_equal(read_all(&p, 11, 20, times), 0);
    assert_int_equal(read_all(&p, 20, 21, times), SAME);
    assert_int_equal(read_all(&p, 21, UINT64_MAX, times), 1);
    assert_int_equal(read_all(&p, 30, 30, times), 0);
    assert_int_equal(read_all(&p, 40, 10, times), 0);
    place_close(&p);
}

static void a_cursor_sees_what_is_kept_while_it_is_open(void **state)
{
    SCOPED(decision_cursor_close) struct decision_cursor *cursor = NULL;
    SCOPED(arena_free) struct arena a = {0};
    struct place p;
    struct error err = {0};
    struct decision d;

    place_make(&p);
    keep_at(&p, 10, 1);
    assert_int_equal(decisions_flush(p.decisions, &err), OK);
    assert_int_equal(decision_cursor_open(&cursor, p.dir, (struct position){0},
                                          (struct position){UINT64_MAX}, &err),
                     OK);
    assert_int_equal(decision_cursor_next(cursor, &a, &d, &err), OK);
    assert_int_equal(decision_cursor_next(cursor, &a, &d, &err), ERR_NOT_FOUND);
    keep_at(&p, 10, 2);
    keep_at(&p, 11, 3);
    assert_int_equal(decisions_flush(p.decisions, &err), OK);
    assert_int_equal(decision_cursor_next(cursor, &a, &d, &err), OK);
    assert_int_equal(d.now_ms, 2);
    assert_int_equal(decision_cursor_next(cursor, &a, &d, &err), OK);
    assert_int_equal(d.now_ms, 3);
    assert_int_equal(decision_cursor_next(cursor, &a, &d, &err), ERR_NOT_FOUND);
    place_close(&p);
}

static void a_cursor_names_what_it_cannot_read_and_goes_on(void **state)
{
    SCOPED(decision_cursor_close) struct decision_cursor *cursor = NULL;
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(arena_free) struct arena a = {0};
    struct place p;
    struct error err = {0};
    struct decision d;

    place_make(&p);
    for (uint64_t i = 1; i <= 3; i++)
        keep_at(&p, i, (int64_t)i);
    place_close(&p);
    assert_int_equal(store_open(&store, p.dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(
        store_run(store, "UPDATE decision SET number=4711, body=x'00' WHERE position=2", &err), OK);
    assert_int_equal(decision_cursor_open(&cursor, p.dir, (struct position){0},
                                          (struct position){UINT64_MAX}, &err),
                     OK);
    assert_int_equal(decision_cursor_next(cursor, &a, &d, &err), OK);
    assert_int_equal(decision_cursor_next(cursor, &a, &d, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.message, "decision 4711"));
    assert_int_equal(decision_cursor_next(cursor, &a, &d, &err), OK);
    assert_int_equal(d.now_ms, 3);
}

/* A store of the schema before decisions had their position. */
static void decisions_kept_before_stay_and_have_no_position(void **state)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(arena_free) struct arena a = {0};
    struct place p;
    struct error err = {0};
    struct decision d = sample(), found;
    char id[REQUEST_ID_SIZE];
    int64_t times[4];

    place_make(&p);
    decisions_keep(p.decisions, &d, id);
    place_close(&p);
    assert_int_equal(store_open(&store, p.dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(store_run(store,
                               "DROP TABLE contact; DROP TABLE admin;"
                               "DROP INDEX journal_program;"
                               "DROP INDEX decision_position;"
                               "ALTER TABLE decision DROP COLUMN position;"
                               "PRAGMA user_version=1",
                               &err),
                     OK);
    store_close(&store);
    assert_int_equal(store_open(&store, p.dir, STORE_READ, NULL, &err), ERR_UNAVAILABLE);
    place_open(&p);
    assert_int_equal(decisions_find(p.store, key, text_from(id), &a, &found, &err), OK);
    assert_decision_equal(&found, &d);
    assert_int_equal(read_all(&p, 1, UINT64_MAX, times), 0);
    keep_at(&p, 5, 9);
    assert_int_equal(decisions_flush(p.decisions, &err), OK);
    assert_int_equal(read_all(&p, 1, UINT64_MAX, times), 1);
    place_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_decision_of_twenty_products_has_under_400_bytes_and_comes_back_whole),
        cmocka_unit_test(any_source_and_kind_of_evidence_comes_back),
        cmocka_unit_test(a_decision_of_the_first_encoding_still_decodes),
        cmocka_unit_test(exploration_out_of_range_is_refused),
        cmocka_unit_test(damaged_bytes_are_refused_or_read_but_never_overrun),
        cmocka_unit_test(a_request_id_gives_its_number_back_and_tells_nothing),
        cmocka_unit_test(a_malformed_request_id_is_invalid),
        cmocka_unit_test(what_was_kept_is_found_by_its_request_id),
        cmocka_unit_test(closing_stores_what_waits_and_numbers_are_never_given_twice),
        cmocka_unit_test(numbers_of_lost_decisions_are_not_given_again),
        cmocka_unit_test(many_threads_keep_at_once_and_none_is_lost),
        cmocka_unit_test(pruning_forgets_the_old_and_keeps_the_rest),
        cmocka_unit_test(a_cursor_gives_decisions_in_the_order_of_the_journal),
        cmocka_unit_test(a_cursor_sees_what_is_kept_while_it_is_open),
        cmocka_unit_test(a_cursor_names_what_it_cannot_read_and_goes_on),
        cmocka_unit_test(decisions_kept_before_stay_and_have_no_position),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
