/* SPDX-License-Identifier: Apache-2.0 */
/* The wishes of all who said something: a row each, the encoded wishes in one heap, and an
 * open-addressing table of row numbers, which is made anew from the rows after loading. */
#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "consent/wishes.h"

enum { SLOTS_FIRST = 64, GARBAGE_MIN = 65536, TABLE_VERSION = 1 };

struct wisher {
    struct shopper_key key;
    uint64_t at;   /* in the heap */
    uint32_t size; /* 0: nothing is wished any more */
    uint32_t refuses;
};

_Static_assert(sizeof(struct wisher) == 32, "rows are saved as they are");

struct preference_table {
    struct wisher *rows;
    size_t rows_room;
    uint32_t count;
    uint32_t *slots;     /* row + 1, 0 empty */
    uint32_t slot_count; /* a power of two, or 0 */
    struct buffer heap;
    size_t garbage; /* bytes of the heap no row points to */
};

struct preference_table *preference_table_new(void)
{
    return mem_new(1, sizeof(struct preference_table));
}

void preference_table_free(struct preference_table *t)
{
    if (t == NULL)
        return;
    mem_free(t->rows);
    mem_free(t->slots);
    buffer_free(&t->heap);
    mem_free(t);
}

/* The slot that holds `key`, or the empty one where it belongs. */
static uint32_t *slot_of(const struct preference_table *t, const struct shopper_key *key)
{
    uint32_t at = (uint32_t)key->hash[0] & (t->slot_count - 1);

    while (t->slots[at] != 0 && memcmp(&t->rows[t->slots[at] - 1].key, key, sizeof(*key)) != 0)
        at = (at + 1) & (t->slot_count - 1);
    return &t->slots[at];
}

static const struct wisher *find(const struct preference_table *t, const struct shopper_key *key)
{
    if (t->slot_count == 0)
        return NULL;
    uint32_t slot = *slot_of(t, key);
    return slot == 0 ? NULL : &t->rows[slot - 1];
}

static void index_rows(struct preference_table *t)
{
    mem_free(t->slots);
    t->slot_count = SLOTS_FIRST;
    while ((uint64_t)t->slot_count * 3 < (uint64_t)(t->count + 1) * 4)
        t->slot_count *= 2;
    t->slots = mem_new(t->slot_count, sizeof(*t->slots));
    for (uint32_t i = 0; i < t->count; i++)
        *slot_of(t, &t->rows[i].key) = i + 1;
}

static struct wisher *find_or_add(struct preference_table *t, const struct shopper_key *key)
{
    if ((uint64_t)(t->count + 1) * 4 > (uint64_t)t->slot_count * 3)
        index_rows(t);
    uint32_t *slot = slot_of(t, key);
    if (*slot == 0) {
        t->rows = mem_grow(t->rows, &t->rows_room, t->count + 1, sizeof(*t->rows));
        t->rows[t->count] = (struct wisher){.key = *key};
        *slot = ++t->count;
    }
    return &t->rows[*slot - 1];
}

/* A heap without what no row points to. */
static void compact(struct preference_table *t)
{
    struct buffer fresh = {0};

    for (uint32_t i = 0; i < t->count; i++) {
        struct wisher *row = &t->rows[i];
        uint64_t at = fresh.size;
        buffer_add(&fresh, t->heap.data + row->at, row->size);
        row->at = at;
    }
    buffer_free(&t->heap);
    t->heap = fresh;
    t->garbage = 0;
}

void preference_table_set(struct preference_table *t, struct shopper_key key,
                          const struct preferences *p)
{
    SCOPED(buffer_free) struct buffer wishes = {0}; /* `p` may point into the heap */

    assert(key.hash[0] != 0 || key.hash[1] != 0);
    wishes_encode(p, &wishes);
    struct wisher *row = find_or_add(t, &key);
    t->garbage += row->size;
    row->at = t->heap.size;
    row->size = (uint32_t)wishes.size;
    row->refuses = p->personal ? 0 : 1;
    buffer_add_text(&t->heap, buffer_text(&wishes));
    if (t->garbage > GARBAGE_MIN && t->garbage * 2 > t->heap.size)
        compact(t);
}

bool preference_table_get(const struct preference_table *t, struct shopper_key key,
                          struct preferences *out)
{
    const struct wisher *row = find(t, &key);

    *out = preferences_none();
    if (row == NULL || row->size == 0)
        return false;
    bool good = wishes_decode((struct text){t->heap.data + row->at, row->size}, out);
    assert(good); /* encoded here, or checked when loaded */
    return true;
}

bool preference_table_refuses(const struct preference_table *t, struct shopper_key key)
{
    const struct wisher *row = find(t, &key);

    return row != NULL && row->refuses != 0;
}

uint32_t preference_table_count(const struct preference_table *t)
{
    return t->count;
}

bool preference_table_room(const struct preference_table *t, struct shopper_key key)
{
    return t->heap.size - t->garbage <= PREFERENCE_BYTES_MAX - PREFERENCES_BODY_MAX &&
           (t->count < PREFERENCE_SHOPPERS_MAX || find(t, &key) != NULL);
}

struct head {
    uint32_t version, count;
    uint64_t garbage;
};

void preference_table_save(const struct preference_table *t, struct checkpoint_writer *w)
{
    struct head head = {TABLE_VERSION, t->count, t->garbage};

    checkpoint_add(w, "preferences.head", &head, sizeof(head));
    checkpoint_add(w, "preferences.rows", t->rows, t->count * sizeof(*t->rows));
    checkpoint_add(w, "preferences.heap", t->heap.data, t->heap.size);
}

/* Every row leads to wishes that can be read, and says of itself what they say. */
static bool rows_sound(const struct preference_table *t)
{
    struct preferences p;

    for (uint32_t i = 0; i < t->count; i++) {
        const struct wisher *row = &t->rows[i];
        if (row->at > t->heap.size || row->size > t->heap.size - row->at)
            return false;
        if (!wishes_decode((struct text){t->heap.data + row->at, row->size}, &p) ||
            (row->refuses != 0) == p.personal)
            return false;
    }
    return true;
}

enum status preference_table_load(struct preference_table *t, const struct checkpoint *c,
                                  struct error *err)
{
    size_t head_size, heap_size, count;
    const struct head *head = checkpoint_section(c, "preferences.head", &head_size);
    const void *heap = checkpoint_section(c, "preferences.heap", &heap_size);
    void *rows = NULL;

    assert(t->count == 0);
    if (head == NULL)
        return OK;
    if (head_size != sizeof(*head) || head->version != TABLE_VERSION)
        return error_set(err, ERR_CORRUPT, "section preferences.head is of another version");
    if (checkpoint_load(c, "preferences.rows", sizeof(*t->rows), &rows, &count, err) != OK)
        return err->status;
    t->rows = rows;
    t->rows_room = count;
    t->count = (uint32_t)count;
    t->garbage = head->garbage;
    buffer_add(&t->heap, heap, heap_size);
    if (count != head->count || head->garbage > heap_size || !rows_sound(t))
        return error_set(err, ERR_CORRUPT, "the checkpoint's preferences do not fit this program");
    if (count > 0)
        index_rows(t);
    return OK;
}
