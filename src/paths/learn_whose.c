/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/learn_whose.h"

#include <string.h>

struct state *whose_state_new(const uint8_t id_key[16])
{
    struct state *s = state_new_catalog();

    s->robots = robots_new();
    s->identity = identity_new();
    s->consents = consents_new();
    s->erasures = erasures_new();
    memcpy(s->id_key, id_key, sizeof(s->id_key));
    return s;
}

void whose_take(struct whose *w, struct state *state)
{
    *w = (struct whose){.robots = state->robots, .identity = state->identity};
    state->robots = NULL;
    state->identity = NULL;
    consents_free(state->consents);
    erasures_free(state->erasures);
    state->consents = NULL;
    state->erasures = NULL;
}

void whose_free(struct whose *w)
{
    robots_free(w->robots);
    identity_free(w->identity);
    *w = (struct whose){.robots = NULL};
}

/* The record a person's actions are under, whatever device they came from: that of the identifier they
 * hang on. */
static struct shopper_key key_of(const struct identity *g, identifier_number root)
{
    const struct text id = identity_text(g, root), none = {0};

    return identity_kind(g, root) == IDENTIFIER_VISITOR ? shopper_key_of(id, none)
                                                        : shopper_key_of(none, id);
}

bool whose_event(const void *context, const struct event *e, struct shopper_key visitor,
                 struct shopper_key *person)
{
    const struct whose *w = context;
    struct identity_event names;

    if (robots_leave_out(w->robots, visitor, e))
        return false;
    if (person == NULL)
        return true;
    identity_event_of(e, &names);
    identifier_number root = identity_owner(w->identity, &names);
    *person = root == IDENTIFIER_NONE ? visitor : key_of(w->identity, root);
    return true;
}
