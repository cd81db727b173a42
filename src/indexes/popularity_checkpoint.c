/* SPDX-License-Identifier: Apache-2.0 */
/* Popularity in a checkpoint: its flat arrays as they are. */
#include <string.h>

#include "base/memory.h"
#include "indexes/popularity_lists.h"

enum {
    VERSION = 2,
    PER_PRODUCT = 5, /* the first so many sections have as many things as there are products */
};

_Static_assert(sizeof(struct popularity_head) % 8 == 0, "saved as it is");

void popularity_save(const struct popularity *p, struct checkpoint_writer *w)
{
    struct popularity_head head;

    memcpy(&head, &p->head, sizeof(head));
    head.version = VERSION;
    checkpoint_add(w, "popularity.head", &head, sizeof(head));
    checkpoint_add(w, "popularity.counts", p->counts, p->product_count * sizeof(*p->counts));
    checkpoint_add(w, "popularity.carts", p->carts, p->product_count * sizeof(*p->carts));
    checkpoint_add(w, "popularity.shown", p->shown, p->product_count * sizeof(*p->shown));
    checkpoint_add(w, "popularity.marks", p->marks, p->product_count * sizeof(*p->marks));
    checkpoint_add(w, "popularity.listed", p->listed, p->product_count * sizeof(*p->listed));
    checkpoint_add(w, "popularity.waiting", p->waiting, p->waiting_count * sizeof(*p->waiting));
    checkpoint_add(w, "popularity.lists", p->lists, p->list_count * sizeof(*p->lists));
    checkpoint_add(w, "popularity.list_of", p->list_of, p->list_of_count * sizeof(*p->list_of));
}

static bool list_sound(const struct popularity *p, const struct top *top,
                       const struct popular *products, uint32_t max)
{
    if (top->count > max)
        return false;
    for (uint32_t i = 0; i < top->count; i++)
        if (products[i].product >= p->product_count)
            return false;
    return true;
}

/* Every number leads somewhere. */
static bool sound(const struct popularity *p)
{
    const struct popularity_head *h = &p->head;

    if (h->version != VERSION || h->newest_hour < 0)
        return false;
    for (size_t i = 0; i < p->waiting_count; i++)
        if (p->waiting[i] >= p->product_count)
            return false;
    for (size_t i = 0; i < p->list_of_count; i++)
        if (p->list_of[i] > p->list_count)
            return false;
    for (int k = 0; k < LIST_KINDS; k++) {
        if (!list_sound(p, &h->shop.top[k], h->shop.products[k], POPULARITY_LIST_MAX))
            return false;
        for (size_t i = 0; i < p->list_count; i++)
            if (!list_sound(p, &p->lists[i].top[k], p->lists[i].products[k], CATEGORY_LIST_MAX))
                return false;
    }
    return true;
}

static enum status load_arrays(struct popularity *p, const struct checkpoint *c, struct error *err)
{
    struct {
        const char *name;
        size_t size;
        void *array;
        size_t count;
    } sections[] = {
        {"popularity.counts", sizeof(*p->counts), NULL, 0},
        {"popularity.carts", sizeof(*p->carts), NULL, 0},
        {"popularity.shown", sizeof(*p->shown), NULL, 0},
        {"popularity.marks", sizeof(*p->marks), NULL, 0},
        {"popularity.listed", sizeof(*p->listed), NULL, 0},
        {"popularity.waiting", sizeof(*p->waiting), NULL, 0},
        {"popularity.lists", sizeof(*p->lists), NULL, 0},
        {"popularity.list_of", sizeof(*p->list_of), NULL, 0},
    };
    enum status status = OK;

    for (size_t i = 0; i < COUNT(sections) && status == OK; i++)
        status = checkpoint_load(c, sections[i].name, sections[i].size, &sections[i].array,
                                 &sections[i].count, err);
    p->counts = sections[0].array;
    p->carts = sections[1].array;
    p->shown = sections[2].array;
    p->marks = sections[3].array;
    p->listed = sections[4].array;
    p->waiting = sections[5].array;
    p->lists = sections[6].array;
    p->list_of = sections[7].array;
    p->product_count = (product_number)sections[0].count;
    p->counts_room = p->carts_room = p->shown_room = sections[0].count;
    p->marks_room = p->listed_room = sections[0].count;
    p->waiting_count = p->waiting_room = sections[5].count;
    p->list_count = p->lists_room = sections[6].count;
    p->list_of_count = p->list_of_room = sections[7].count;
    bool fit = sections[0].count < UINT32_MAX;
    for (size_t i = 1; i < PER_PRODUCT; i++)
        fit = fit && sections[i].count == sections[0].count;
    if (status == OK && (!fit || !sound(p)))
        status =
            error_set(err, ERR_CORRUPT, "the checkpoint's popularity does not fit this program");
    return status;
}

enum status popularity_load(struct popularity *p, const struct checkpoint *c, struct error *err)
{
    struct popularity *fresh = popularity_new();
    size_t size;
    const void *head = checkpoint_section(c, "popularity.head", &size);

    if (head != NULL && size == sizeof(fresh->head))
        memcpy(&fresh->head, head, size);
    enum status status = load_arrays(fresh, c, err);
    if (status == OK) {
        struct popularity former = *p;
        *p = *fresh;
        *fresh = former;
    }
    popularity_free(fresh);
    return status;
}
