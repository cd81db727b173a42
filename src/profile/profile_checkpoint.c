/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles in a checkpoint: the flat arrays as they are, and a head that says how long they are. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "profile/shopper.h"

enum { VERSION = 5, NAME_SIZE = 32 };

struct head {
    uint32_t version, count, newest, oldest, slot_count, next_number;
    struct {
        uint32_t count, free;
    } classes[BLOCK_CLASSES];
};

static const char *class_name(int class, char out[NAME_SIZE])
{
    (void)snprintf(out, NAME_SIZE, "profile.kept%u", (unsigned)block_sizes[class]); /* it fits */
    return out;
}

void profiles_save(const struct profiles *p, struct checkpoint_writer *w)
{
    struct head head = {VERSION,       p->count,       p->newest, p->oldest,
                        p->slot_count, p->next_number, {{0}}};
    char name[NAME_SIZE];

    for (int i = 0; i < BLOCK_CLASSES; i++) {
        head.classes[i].count = p->classes[i].count;
        head.classes[i].free = p->classes[i].free;
        checkpoint_add(w, class_name(i, name), p->classes[i].kept,
                       (size_t)p->classes[i].count * block_sizes[i] * sizeof(struct kept));
    }
    checkpoint_add(w, "profile.head", &head, sizeof(head));
    checkpoint_add(w, "profile.shoppers", p->shoppers, p->count * sizeof(*p->shoppers));
    checkpoint_add(w, "profile.slots", p->slots, p->slot_count * sizeof(*p->slots));
}

static bool listed(const struct head *head, uint32_t record)
{
    return record == RECORD_NONE || record < head->count;
}

static bool slots_sound(const struct head *head, const uint32_t *slots)
{
    uint32_t used = 0;

    for (uint32_t i = 0; i < head->slot_count; i++) {
        if (slots[i] > head->count)
            return false;
        used += slots[i] != 0;
    }
    return used == head->count && (head->slot_count == 0 || used < head->slot_count);
}

/* Every number leads somewhere. (The chain of free blocks is checked as it is used.) */
static bool head_sound(const struct profiles *p, const struct head *head)
{
    if (head->version != VERSION || head->count > p->max || !listed(head, head->newest) ||
        !listed(head, head->oldest) || (head->slot_count & (head->slot_count - 1)) != 0)
        return false;
    for (int i = 0; i < BLOCK_CLASSES; i++)
        if (head->classes[i].free != RECORD_NONE && head->classes[i].free >= head->classes[i].count)
            return false;
    return true;
}

static bool shoppers_sound(const struct head *head, const struct shopper *shoppers)
{
    for (uint32_t i = 0; i < head->count; i++) {
        const struct shopper *s = &shoppers[i];
        uint32_t kept = (uint32_t)s->count + s->shown_count;
        if (s->count > PROFILE_ACTIONS_MAX || s->session_count > s->count ||
            s->shown_count > PROFILE_SHOWN_MAX || s->marks > MARKS_ALL ||
            device_kept(s) >= DEVICE_COUNT || !listed(head, s->newer) || !listed(head, s->older))
            return false;
        if (kept > 0 && s->block >= head->classes[block_class_of(kept)].count)
            return false;
    }
    return true;
}

static enum status does_not_fit(struct error *err)
{
    return error_set(err, ERR_CORRUPT, "the checkpoint's profiles do not fit this program");
}

/* A section that must have `expected` things, into `*array`. */
static enum status load_section(const struct checkpoint *c, const char *name, size_t size,
                                size_t expected, void **array, struct error *err)
{
    size_t count;
    enum status status = checkpoint_load(c, name, size, array, &count, err);

    if (status == OK && count != expected)
        status = does_not_fit(err);
    return status;
}

/* The sections into `p`, which the caller throws away when this fails. */
static enum status load_arrays(struct profiles *p, const struct head *head,
                               const struct checkpoint *c, struct error *err)
{
    char name[NAME_SIZE];
    enum status status = OK;

    for (int i = 0; i < BLOCK_CLASSES && status == OK; i++) {
        struct block_class *class = &p->classes[i];
        void *kept = NULL;
        class->count = class->room = head->classes[i].count;
        class->free = head->classes[i].free;
        status = load_section(c, class_name(i, name), block_sizes[i] * sizeof(*class->kept),
                              class->count, &kept, err);
        class->kept = kept;
    }
    void *shoppers = NULL, *slots = NULL;
    if (status == OK)
        status =
            load_section(c, "profile.shoppers", sizeof(*p->shoppers), head->count, &shoppers, err);
    if (status == OK)
        status = load_section(c, "profile.slots", sizeof(*p->slots), head->slot_count, &slots, err);
    p->shoppers = shoppers;
    p->slots = slots;
    if (status == OK && (!shoppers_sound(head, p->shoppers) || !slots_sound(head, p->slots)))
        status = does_not_fit(err);
    return status;
}

enum status profiles_load(struct profiles *p, const struct checkpoint *c, struct error *err)
{
    struct profiles *fresh = profiles_new_bounded(p->max);
    struct head head;
    size_t size;
    const void *bytes = checkpoint_section(c, "profile.head", &size);

    if (bytes != NULL && size == sizeof(head))
        memcpy(&head, bytes, sizeof(head));
    else
        head.version = 0;
    enum status status =
        head_sound(p, &head) ? load_arrays(fresh, &head, c, err) : does_not_fit(err);
    if (status != OK) {
        profiles_free(fresh);
        return status;
    }
    fresh->count = fresh->room = head.count;
    fresh->slot_count = head.slot_count;
    fresh->newest = head.newest;
    fresh->oldest = head.oldest;
    fresh->next_number = head.next_number;
    struct profiles former = *p;
    *p = *fresh;
    *fresh = former;
    profiles_free(fresh);
    return OK;
}
