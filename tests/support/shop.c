/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/shop.h"

#include <stdio.h>

#include "base/file.h"
#include "base/memory.h"

void test_shop_open(struct test_shop *t)
{
    struct error err = {0};
    bool made = false;

    *t = (struct test_shop){0};
    (void)test_dir(t->dir); /* fails the test itself */
    settings_defaults(&t->settings);
    t->settings.commit_wait_ms = 0;
    assert_int_equal(shop_init(t->dir, &made, &err), OK);
    assert_true(made);
    test_shop_reopen(t, SHOP_WRITE);
}

void test_shop_reopen(struct test_shop *t, enum shop_mode mode)
{
    struct error err = {0};

    shop_close(&t->shop);
    if (shop_open(&t->shop, t->dir, mode, &t->settings, NULL, &err) != OK)
        fail_msg("%s", err.message);
}

void test_shop_close(struct test_shop *t)
{
    shop_close(&t->shop);
}

struct import_counts test_record(struct shop *shop, const char *json, int64_t now_ms)
{
    struct ingest_context context = shop_ingest_context(shop, now_ms, true);
    struct import_counts counts = {0};
    struct error err = {0};
    struct batch batch;

    batch_init(&batch, "test", now_ms, true);
    if (ingest_json(text_from(json), &context, &batch, &err) != OK ||
        record_run(shop, &batch, &err) != OK)
        fail_msg("%s", err.message);
    counts.received = batch.count;
    for (size_t i = 0; i < batch.count; i++) {
        counts.stored += batch.entries[i].outcome == ENTRY_STORED;
        counts.duplicate += batch.entries[i].outcome == ENTRY_DUPLICATE;
        counts.refused += batch.entries[i].outcome == ENTRY_REFUSED;
    }
    batch_free(&batch);
    return counts;
}

struct ledger_counts test_ledger(const struct test_shop *t)
{
    SCOPED(store_close) struct store *store = NULL;
    struct ledger_counts counts;
    struct error err = {0};

    assert_int_equal(store_open(&store, t->dir, STORE_READ, NULL, &err), OK);
    assert_int_equal(ledger_read(store, &counts, &err), OK);
    return counts;
}

struct import_counts test_import(struct shop *shop, const char *kind, const char *content,
                                 const char *flags)
{
    SCOPED(buffer_free) struct buffer copy = {0};
    SCOPED(file_close)
    FILE *in = content[0] != '\0' ? fmemopen((char *)(uintptr_t)content, strlen(content), "rb")
                                  : fopen("/dev/null", "rb");
    struct import_options options = {.in = in, .name = "test-file", .now_ms = TEST_NOW};
    struct import_counts counts;
    struct error err = {0};

    buffer_add_string(&copy, flags);
    struct text rest = buffer_text(&copy);
    while (rest.size > 0) {
        struct text value = text_cut(&rest, ';'), name = text_cut(&value, '=');

        ((char *)(uintptr_t)name.data)[name.size] = '\0';
        if (value.data != NULL)
            ((char *)(uintptr_t)value.data)[value.size] = '\0';
        if (import_option(&options, name.data, value.data, &err) != OK)
            fail_msg("%s", err.message);
    }
    options.dry_run = shop->mode == SHOP_DRY;
    enum status status = strcmp(kind, "events") == 0
                             ? import_events(shop, &options, &counts, &err)
                             : import_catalog(shop, &options, &counts, &err);
    if (status != OK)
        fail_msg("%s", err.message);
    assert_int_equal(counts.received, counts.stored + counts.duplicate + counts.refused);
    return counts;
}

void test_program(struct shop *shop, const char *document, int64_t now_ms)
{
    SCOPED(arena_free) struct arena a = {0};
    const struct program_change change = {.document = text_from(document),
                                          .author = TEXT("tests"),
                                          .reason = TEXT("a test"),
                                          .expected_version = PROGRAM_ANY_VERSION,
                                          .now_ms = now_ms};
    struct problems problems = {0};
    struct error err = {0};
    uint32_t version;

    if (shop_apply_program(shop, &change, &a, &problems, &version, &err) != OK)
        fail_msg("%s", err.message);
}
