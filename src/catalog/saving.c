/* SPDX-License-Identifier: Apache-2.0 */
/* saving: a catalog as sections of a checkpoint: its arrays as they lie in memory. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "catalog/state.h"

enum { SAVED_VERSION = 4 };

struct saved {
    uint32_t version;
    uint32_t unknown, known, sellable;
    uint64_t garbage;
};

/* A part as it is kept: bundles in the order of their numbers, parts in that of their record. */
struct saved_part {
    product_number bundle, part;
    uint32_t quantity;
};

enum { NAME_SIZE = 32 };

static void intern_save(const struct intern *i, const char *name, struct checkpoint_writer *w)
{
    char section[NAME_SIZE];

    (void)snprintf(section, sizeof(section), "%s.bytes", name);
    checkpoint_add(w, section, i->bytes, i->bytes_size);
    (void)snprintf(section, sizeof(section), "%s.starts", name);
    checkpoint_add(w, section, i->starts,
                   i->count == 0 ? 0 : ((size_t)i->count + 1) * sizeof(*i->starts));
    (void)snprintf(section, sizeof(section), "%s.slots", name);
    checkpoint_add(w, section, i->slots, i->slot_count * sizeof(*i->slots));
}

/* Texts in order, within the bytes; slots a power of two with room to spare. */
static bool intern_sound(const struct intern *i, size_t starts)
{
    if (starts != (size_t)i->count + 1 || (i->slot_count & (i->slot_count - 1)) != 0)
        return false;
    if (i->slot_count <= i->count || i->starts[0] != 0 || i->starts[i->count] != i->bytes_size)
        return false;
    for (uint32_t n = 0; n < i->count; n++)
        if (i->starts[n] > i->starts[n + 1])
            return false;
    return true;
}

static enum status intern_load(struct intern *i, const char *name, const struct checkpoint *from,
                               struct error *err)
{
    char section[NAME_SIZE];
    size_t starts;

    assert(i->count == 0 && i->slots == NULL);
    (void)snprintf(section, sizeof(section), "%s.bytes", name);
    if (checkpoint_load(from, section, 1, (void **)&i->bytes, &i->bytes_size, err) != OK)
        return err->status;
    i->bytes_room = i->bytes_size;
    (void)snprintf(section, sizeof(section), "%s.starts", name);
    if (checkpoint_load(from, section, sizeof(*i->starts), (void **)&i->starts, &starts, err) != OK)
        return err->status;
    i->starts_room = starts;
    (void)snprintf(section, sizeof(section), "%s.slots", name);
    if (checkpoint_load(from, section, sizeof(*i->slots), (void **)&i->slots, &i->slot_count,
                        err) != OK)
        return err->status;
    if (starts == 0 && i->bytes_size == 0)
        return OK;
    i->count = (uint32_t)(starts - 1);
    if (starts == 0 || starts > UINT32_MAX || !intern_sound(i, starts))
        return error_set(err, ERR_CORRUPT, "section %s of the checkpoint is damaged", name);
    return OK;
}

static void parts_save(const struct catalog *c, struct checkpoint_writer *w)
{
    const struct bundles *b = &c->bundles;
    struct saved_part *parts = NULL;
    size_t room = 0, count = 0;

    for (product_number n = 0; n < b->parts_room; n++) {
        for (uint32_t at = b->parts[n]; at != 0; at = b->links[at - 1].next) {
            const struct link *link = &b->links[at - 1];
            parts = mem_grow(parts, &room, count + 1, sizeof(*parts));
            parts[count++] = (struct saved_part){n, link->part, link->quantity};
        }
    }
    checkpoint_add(w, "catalog.bundles", parts, count * sizeof(*parts));
    mem_free(parts);
}

/* Only products have parts, each a number there is, and no more of them than a product may have. */
static bool parts_take(struct catalog *c, const struct saved_part *parts, size_t count)
{
    uint32_t of_bundle = 0;

    for (size_t i = 0; i < count; i++) {
        const struct saved_part *part = &parts[i];
        bool next = i > 0 && part->bundle == parts[i - 1].bundle;

        of_bundle = next ? of_bundle + 1 : 1;
        if (part->bundle >= c->ids.count || part->part >= c->ids.count ||
            (i > 0 && part->bundle < parts[i - 1].bundle) || of_bundle > PRODUCT_PARTS_MAX ||
            c->rows[part->bundle].kind != ROW_PRODUCT || part->quantity < 1 ||
            part->quantity > PART_QUANTITY_MAX)
            return false;
        bundles_link(c, part->bundle, part->part, part->quantity);
    }
    return true;
}

static enum status parts_load(struct catalog *c, const struct checkpoint *from, struct error *err)
{
    struct saved_part *parts = NULL;
    size_t count;

    if (checkpoint_load(from, "catalog.bundles", sizeof(*parts), (void **)&parts, &count, err) !=
        OK)
        return err->status;
    bool sound = parts_take(c, parts, count);
    mem_free(parts);
    return sound ? OK : error_set(err, ERR_CORRUPT, "the bundles of the checkpoint are damaged");
}

void catalog_save(const struct catalog *c, struct checkpoint_writer *w)
{
    struct saved saved = {
        .version = SAVED_VERSION,
        .unknown = c->unknown,
        .known = c->known,
        .sellable = c->sellable,
        .garbage = c->garbage,
    };

    checkpoint_add(w, "catalog", &saved, sizeof(saved));
    checkpoint_add(w, "catalog.rows", c->rows, c->ids.count * sizeof(*c->rows));
    checkpoint_add(w, "catalog.heap", c->heap, c->heap_size);
    intern_save(&c->ids, "catalog.ids", w);
    intern_save(&c->brands, "catalog.brands", w);
    intern_save(&c->categories.paths, "catalog.categories", w);
    checkpoint_add(w, "catalog.parents", c->categories.parents,
                   c->categories.paths.count * sizeof(*c->categories.parents));
    parts_save(c, w);
}

static bool rows_sound(const struct catalog *c, size_t rows)
{
    if (rows != c->ids.count)
        return false;
    for (size_t n = 0; n < rows; n++) {
        const struct row *row = &c->rows[n];

        if (row->body_at > c->heap_size || row->body_size > c->heap_size - row->body_at)
            return false;
        if (row->product >= rows || row->category > c->categories.paths.count ||
            row->brand > c->brands.count || row->sellable > SENSITIVE)
            return false;
    }
    return true;
}

static bool parents_sound(const struct categories *c, size_t parents)
{
    if (parents != c->paths.count)
        return false;
    for (size_t n = 1; n <= parents; n++)
        if (c->parents[n - 1] >= n)
            return false;
    return true;
}

static enum status arrays_load(struct catalog *c, const struct checkpoint *from, struct error *err)
{
    struct categories *all = &c->categories;
    size_t parents, rows;

    if (intern_load(&c->ids, "catalog.ids", from, err) != OK ||
        intern_load(&c->brands, "catalog.brands", from, err) != OK ||
        intern_load(&all->paths, "catalog.categories", from, err) != OK)
        return err->status;
    if (checkpoint_load(from, "catalog.parents", sizeof(*all->parents), (void **)&all->parents,
                        &parents, err) != OK ||
        checkpoint_load(from, "catalog.rows", sizeof(*c->rows), (void **)&c->rows, &rows, err) !=
            OK ||
        checkpoint_load(from, "catalog.heap", 1, (void **)&c->heap, &c->heap_size, err) != OK)
        return err->status;
    all->parents_room = parents;
    c->rows_room = rows;
    c->heap_room = c->heap_size;
    if (!rows_sound(c, rows) || !parents_sound(all, parents))
        return error_set(err, ERR_CORRUPT, "the catalog of the checkpoint is damaged");
    return OK;
}

enum status catalog_load(struct catalog *c, const struct checkpoint *from, struct error *err)
{
    size_t size;
    const struct saved *saved = checkpoint_section(from, "catalog", &size);

    assert(c->ids.count == 0);
    if (saved == NULL || size != sizeof(*saved) || saved->version != SAVED_VERSION)
        return error_set(err, ERR_CORRUPT, "the checkpoint's catalog is of another version");
    if (arrays_load(c, from, err) != OK || parts_load(c, from, err) != OK)
        return err->status;
    c->unknown = saved->unknown;
    c->known = saved->known;
    c->sellable = saved->sellable;
    c->garbage = saved->garbage;
    c->categories.sensitive =
        mem_grow(NULL, &c->categories.sensitive_room, (size_t)c->categories.paths.count + 1, 1);
    categories_judge(&c->categories);
    bundles_judge(c);
    catalog_note_change(c, PRODUCT_NONE);
    return OK;
}
