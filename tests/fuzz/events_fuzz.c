/* SPDX-License-Identifier: Apache-2.0 */
/* events_fuzz: whatever comes as a body of events: it is refused as a whole with a sentence, or
 * every item is one entry; what was accepted decodes to an event within its bounds, holds no '@'
 * that could be an address's, and prints as JSON that is accepted again as the same event. An address
 * that comes beside it is one, of one line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/money.h"
#include "consent/contacts.h"
#include "ingest/ingest.h"
#include "ingest/person.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static const struct ingest_context context = {.received_ms = INT64_C(1763805600000),
                                              .secret = true,
                                              .default_analytics = true,
                                              .person_key = {1},
                                              .token_key = {2},
                                              .id_key = {3}};

static void check_event(const struct event *e)
{
    CHECK(e->id.size > 0 && e->id.size <= EVENT_ID_MAX);
    CHECK(e->anonymous_id.size > 0 || e->user_id.size > 0);
    CHECK(e->anonymous_id.size <= EVENT_ID_MAX + 64 && e->user_id.size <= EVENT_ID_MAX + 64);
    CHECK(e->item_count <= EVENT_ITEMS_MAX);
    CHECK(e->time_ms >= 0 && e->time_ms <= context.received_ms);
    CHECK(e->currency.data == NULL || currency_valid(e->currency));
    CHECK(text_utf8_valid(e->user_id) && text_utf8_valid(e->search_term));
    for (uint32_t i = 0; i < e->item_count; i++) {
        CHECK(e->items[i].item_id.size > 0);
        CHECK(e->items[i].quantity >= 0);
        CHECK(e->items[i].price >= 0 || e->items[i].price == MONEY_NONE);
    }
}

/* Printed and read again. Only an id with an address in it may differ, and that once. */
static void check_again(const struct event *e)
{
    SCOPED(buffer_free) struct buffer first = {0}, second = {0};
    SCOPED(batch_free) struct batch batch = {0};
    SCOPED(arena_free) struct arena a = {0};
    struct error err = {0};
    struct event again;

    event_print(e, &first);
    batch_init(&batch, "fuzz", context.received_ms, true);
    CHECK(ingest_json(buffer_text(&first), &context, &batch, &err) == OK);
    CHECK(batch.count == 1);
    if (batch.entries[0].refusal != NULL) { /* grown past a bound by the hashes in it */
        CHECK(strcmp(batch.entries[0].refusal->code, "too_long") == 0);
        return;
    }
    CHECK(event_decode(batch.entries[0].body, &a, &again, &err) == OK);
    event_print(&again, &second);
    CHECK(text_equal(buffer_text(&first), buffer_text(&second)));
}

static void check_batch(const struct batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct entry *entry = &b->entries[i];
        SCOPED(arena_free) struct arena a = {0};
        struct error err = {0};
        struct event e;

        if (entry->refusal != NULL) {
            CHECK(entry->outcome == ENTRY_REFUSED);
            CHECK(entry->refusal->code[0] != '\0' && entry->refusal->message[0] != '\0');
            continue;
        }
        CHECK(entry->outcome == ENTRY_PENDING);
        struct text address = batch_address(b, i);
        CHECK(address.size == 0 ||
              (address.size <= CONTACT_ADDRESS_MAX && person_is_email(address)));
        CHECK(memchr(address.size > 0 ? address.data : "", '\n', address.size) == NULL);
        CHECK(event_decode(entry->body, &a, &e, &err) == OK);
        check_event(&e);
        check_again(&e);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text body = {(const char *)data, size};
    SCOPED(batch_free) struct batch batch = {0}, line = {0};
    struct error err = {0};

    batch_init(&batch, "fuzz", context.received_ms, true);
    batch_init(&line, "fuzz", context.received_ms, true);
    if (ingest_json(body, &context, &batch, &err) != OK) {
        CHECK(batch.count == 0 && err.message[0] != '\0');
        CHECK(err.status == ERR_INVALID || err.status == ERR_LIMIT);
    }
    check_batch(&batch);
    ingest_json_line(body, 1, 0, &context, &line);
    CHECK(line.count == 1);
    check_batch(&line);
    return 0;
}
