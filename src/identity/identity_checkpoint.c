/* SPDX-License-Identifier: Apache-2.0 */
/* The graph in a checkpoint: the flat arrays as they are, and a head that says how long they are. */
#include <string.h>

#include "base/memory.h"
#include "identity/graph.h"

enum { VERSION = 1 };

struct head {
    uint32_t version, count, link_count, pool_size, slot_count, blocked_count, order_s, reserved;
};

void identity_save(const struct identity *g, struct checkpoint_writer *w)
{
    struct head head = {.version = VERSION,
                        .count = g->count,
                        .link_count = g->link_count,
                        .pool_size = g->pool_size,
                        .slot_count = g->slot_count,
                        .blocked_count = g->blocked_count,
                        .order_s = g->order_s};

    checkpoint_add(w, "identity.head", &head, sizeof(head));
    checkpoint_add(w, "identity.nodes", g->nodes, g->count * sizeof(*g->nodes));
    checkpoint_add(w, "identity.links", g->links, g->link_count * sizeof(*g->links));
    checkpoint_add(w, "identity.pool", g->pool, g->pool_size);
    checkpoint_add(w, "identity.slots", g->slots, g->slot_count * sizeof(*g->slots));
}

static bool chain_sound(const struct identity *g, uint32_t at)
{
    return at == LINK_NONE || at < g->link_count;
}

/* Chains only lead back, so they end. */
static bool links_sound(const struct identity *g)
{
    for (uint32_t i = 0; i < g->link_count; i++) {
        const struct link *l = &g->links[i];
        if ((l->child != IDENTIFIER_NONE && l->child >= g->count) ||
            (l->anchor != IDENTIFIER_NONE && l->anchor >= g->count) ||
            (l->next_of_child != LINK_NONE && l->next_of_child >= i) ||
            (l->next_of_anchor != LINK_NONE && l->next_of_anchor >= i))
            return false;
    }
    return true;
}

static bool nodes_sound(const struct identity *g)
{
    for (uint32_t i = 0; i < g->count; i++) {
        const struct node *n = &g->nodes[i];
        if (n->kind >= IDENTIFIER_KINDS || n->link_count > IDENTITY_ANCHORS_MAX ||
            !chain_sound(g, n->links) || !chain_sound(g, n->children) ||
            (uint64_t)n->text + n->text_size > g->pool_size)
            return false;
    }
    return true;
}

static bool slots_sound(const struct identity *g)
{
    uint32_t used = 0;

    if ((g->slot_count & (g->slot_count - 1)) != 0)
        return false;
    for (uint32_t i = 0; i < g->slot_count; i++) {
        if ((uint32_t)g->slots[i] > g->count)
            return false;
        used += g->slots[i] != 0;
    }
    return used <= g->count && (g->slot_count == 0 ? g->count == 0 : used < g->slot_count);
}

static enum status load_section(const struct checkpoint *c, const char *name, size_t size,
                                size_t expected, void **array, struct error *err)
{
    size_t count;
    enum status status = checkpoint_load(c, name, size, array, &count, err);

    if (status == OK && count != expected)
        status = error_set(err, ERR_CORRUPT, "section %s has a wrong size", name);
    return status;
}

static enum status load_arrays(struct identity *g, const struct checkpoint *c, struct error *err)
{
    void *nodes = NULL, *links = NULL, *pool = NULL, *slots = NULL;
    enum status status =
        load_section(c, "identity.nodes", sizeof(*g->nodes), g->count, &nodes, err);

    if (status == OK)
        status = load_section(c, "identity.links", sizeof(*g->links), g->link_count, &links, err);
    if (status == OK)
        status = load_section(c, "identity.pool", 1, g->pool_size, &pool, err);
    if (status == OK)
        status = load_section(c, "identity.slots", sizeof(*g->slots), g->slot_count, &slots, err);
    g->nodes = nodes;
    g->links = links;
    g->pool = pool;
    g->slots = slots;
    if (status == OK && (!links_sound(g) || !nodes_sound(g) || !slots_sound(g)))
        status = error_set(err, ERR_CORRUPT, "the checkpoint's identities do not fit this program");
    return status;
}

enum status identity_load(struct identity *g, const struct checkpoint *c, struct error *err)
{
    struct identity *fresh = identity_new();
    size_t size;
    const struct head *head = checkpoint_section(c, "identity.head", &size);
    enum status status = ERR_CORRUPT;

    if (head == NULL || size != sizeof(*head) || head->version != VERSION ||
        head->count > IDENTITY_MAX) {
        status = error_set(err, ERR_CORRUPT, "the checkpoint's identities are of another version");
    } else {
        fresh->count = fresh->room = head->count;
        fresh->link_count = fresh->link_room = head->link_count;
        fresh->pool_size = fresh->pool_room = head->pool_size;
        fresh->slot_count = head->slot_count;
        fresh->blocked_count = head->blocked_count;
        fresh->order_s = head->order_s;
        status = load_arrays(fresh, c, err);
    }
    if (status == OK) {
        struct identity former = *g;
        *g = *fresh;
        *fresh = former;
    }
    identity_free(fresh);
    return status;
}
