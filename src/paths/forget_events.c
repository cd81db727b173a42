/* SPDX-License-Identifier: Apache-2.0 */
/* The journal is read once, from its beginning. Which of its records gave products their numbers is told by
 * the shop's own catalog (paths/numbering.h), so that one sees what each record mentions first. Tombstones
 * are written with those names at once. Which of the names nobody else mentions is only known at the end,
 * and by then others may: the last writes look at what came since, inside the writer's transaction, and the
 * catalog forgets the names before anything of that transaction is folded.
 *
 * No list of positions by shopper is kept: it would be a tenth of the journal again, written at random
 * places, to spare a reading that erasures alone need. */
#include "paths/forget_events.h"

#include <string.h>

#include "base/memory.h"
#include "journal/erased.h"
#include "journal/product.h"
#include "paths/numbering.h"
#include "paths/recorder.h"

enum {
    WRITE_RECORDS = 200, /* that become tombstones in one transaction */
    WRITE_NAMES = 500,   /* of which names may go in one */
    MEMORY_TURN = 100,   /* forgotten under one write lock */
    BEHIND = 1000,       /* records that the last writes may look at */
    CATCH_UP_TRIES = 8,
};

/* A record that must go, or a tombstone from before that holds names. */
struct held {
    struct position position;
    product_number first; /* first mentioned there: so many numbers from here */
    uint32_t count;
    bool own;   /* the person's, and not yet erased */
    bool lent;  /* theirs by the identity graph alone: it goes first, while the graph still tells */
    bool event; /* or another kind */
};

struct sweep {
    struct shop *shop;
    struct person *person;
    struct identifiers identifiers; /* theirs, in the shop's graph */
    struct numbering numbering;     /* as far as `end` */
    struct position end;
    struct held *held;
    size_t held_count, held_room;
    bool others;     /* the record being passed is somebody else's */
    uint8_t *shared; /* by product number: somebody else mentions it */
    size_t shared_count, shared_room;
    struct intern keys;                  /* theirs alone: struct shopper_key as bytes */
    struct intern types_own, types_else; /* names of event types of the shop's own */
    struct intern types_kept;            /* as the state is to have them */
    struct arena arena;                  /* of one record behind `end` */
};

static void sweep_free(struct sweep *s)
{
    identifiers_free(&s->identifiers);
    numbering_free(&s->numbering);
    mem_free(s->held);
    mem_free(s->shared);
    intern_free(&s->keys);
    intern_free(&s->types_own);
    intern_free(&s->types_else);
    intern_free(&s->types_kept);
    arena_free(&s->arena);
}

static const struct catalog *catalog_of(const struct sweep *s)
{
    return s->shop->state->catalog;
}

/* On the writer's thread. Numbers that came behind the sweep are nobody's here. */
static void mark_shared(struct sweep *s, struct text item_id)
{
    product_number n = catalog_number(catalog_of(s), item_id);

    if (n != PRODUCT_NONE && n < s->shared_count)
        s->shared[n] = 1;
}

static void mark_event(struct sweep *s, const struct record *r)
{
    struct error why = {0}; /* bytes that cannot be read mention nothing */
    struct event e;

    arena_reset(&s->arena);
    if (event_decode(r->body, &s->arena, &e, &why) != OK)
        return;
    for (uint32_t i = 0; i < e.item_count; i++)
        mark_shared(s, e.items[i].item_id);
    if (e.type == EVENT_OTHER)
        (void)intern_add(&s->types_else, e.type_name); /* its number is of no use here */
}

static void mark_product(struct sweep *s, const struct record *r)
{
    struct error why = {0}; /* as above */
    struct product p;

    arena_reset(&s->arena);
    if (product_decode(r->body, &s->arena, &p, &why) != OK)
        return;
    mark_shared(s, p.item_id);
    for (uint32_t i = 0; i < p.variant_count; i++)
        mark_shared(s, p.variants[i].item_id);
    for (uint32_t i = 0; i < p.part_count; i++)
        mark_shared(s, p.parts[i].item_id);
}

static void hold(struct sweep *s, const struct record *r, uint64_t first, bool own)
{
    s->held = mem_grow(s->held, &s->held_room, s->held_count + 1, sizeof(*s->held));
    s->held[s->held_count++] =
        (struct held){.position = r->position,
                      .first = (product_number)first,
                      .count = (uint32_t)(s->numbering.given - first),
                      .own = own,
                      .event = r->kind == RECORD_EVENT || r->kind == RECORD_ERASED};
}

static void note_key(struct sweep *s, struct text anonymous_id, struct text user_id)
{
    struct shopper_key key = shopper_key_of(anonymous_id, user_id);

    if (!shopper_key_none(key) && person_owns(s->person, anonymous_id, user_id))
        (void)intern_add(&s->keys, (struct text){(const char *)&key, sizeof(key)}); /* or known */
}

static void note_own(struct sweep *s, const struct event_head *h)
{
    const struct text none = {0};

    note_key(s, h->anonymous_id, none);
    note_key(s, none, h->user_id);
    if (h->type == EVENT_OTHER && h->type_name.size > 0)
        (void)intern_add(&s->types_own, h->type_name); /* numbers are of no use here */
}

/* Neither its customer nor, without one, its browser says that it is theirs. */
static bool is_lent(const struct sweep *s, const struct record *r, const struct event_head *h)
{
    const struct text none = {0};

    return r->kind == RECORD_EVENT && !person_owns(s->person, h->anonymous_id, none) &&
           !person_owns(s->person, none, h->user_id);
}

/* What the record says of whose it is; `e`: its event, NULL when it is none or cannot be read. */
static bool owns(const struct sweep *s, const struct record *r, const struct event *e,
                 struct event_head *h)
{
    if (e != NULL)
        *h = event_head_of(e);
    else if (!record_head(r, h))
        return false;
    return person_owns_record(s->shop, s->person, r, h);
}

static void note_mention(void *context, struct text item_id, product_number number, bool first)
{
    struct sweep *s = context;

    (void)item_id;
    (void)first; /* counted by `given` */
    s->shared = mem_grow(s->shared, &s->shared_room, (size_t)number + 1, sizeof(*s->shared));
    if (number >= s->shared_count) {
        memset(s->shared + s->shared_count, 0, number + 1 - s->shared_count);
        s->shared_count = (size_t)number + 1;
    }
    if (s->others)
        s->shared[number] = 1;
}

static bool sweep_record(void *context, const struct record *r)
{
    struct sweep *s = context;
    struct numbering *n = &s->numbering;
    uint64_t first = n->given;
    struct error why = {0}; /* what cannot be read mentions nothing */
    struct event event, *e = NULL;
    struct event_head h;

    arena_reset(&n->scratch);
    if (r->kind == RECORD_EVENT && event_decode(r->body, &n->scratch, &event, &why) == OK)
        e = &event;
    bool own = owns(s, r, e, &h);
    s->others = !own && r->kind != RECORD_ERASED;
    numbering_pass(n, r, e, note_mention, s);
    if (own) {
        note_own(s, &h);
        hold(s, r, first, true);
        s->held[s->held_count - 1].lent = is_lent(s, r, &h);
    } else if (r->kind == RECORD_ERASED && n->given > first) {
        hold(s, r, first, false);
    } else if (e != NULL && e->type == EVENT_OTHER) {
        (void)intern_add(&s->types_else, e->type_name); /* its number is of no use here */
    }
    return true;
}

/* Once through all of it, then through what came meanwhile, until that is little. */
static enum status sweep_journal(struct sweep *s, struct error *err)
{
    struct position before;
    int tries = 0;

    do {
        before = s->end;
        if (records_each(s->shop, &s->end, sweep_record, s, err) != OK)
            return err->status;
    } while (s->end.number - before.number > BEHIND && ++tries < CATCH_UP_TRIES);
    return OK;
}

/* Whether the name of a number is to go. */
static bool nameless(const struct sweep *s, product_number n)
{
    return (n >= s->shared_count || s->shared[n] == 0) &&
           catalog_merely_mentioned(catalog_of(s), n);
}

/* The tombstone; `final`: without the names that go. On the writer's thread. */
static void tombstone(const struct sweep *s, const struct held *h, bool final, struct buffer *out)
{
    buffer_clear(out);
    for (product_number n = h->first; n < h->first + h->count; n++)
        erased_add(out, final && nameless(s, n) ? TEXT("") : catalog_item_id(catalog_of(s), n));
    if (!h->event)
        erased_no_event(out);
}

/* --- the writes --- */

struct sweep_write {
    struct write write; /* first: the writer hands it back */
    struct sweep *sweep;
    size_t from, until; /* of held[] */
    bool lent;          /* of those */
};

static void write_done(struct write *w, enum status status, const struct error *err)
{
    (void)w;
    (void)status; /* writer_run hands both to the caller */
    (void)err;
}

static enum status erase_run(struct write *w, struct writer *writer, struct store *store,
                             struct error *err)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct sweep_write *e = (struct sweep_write *)w;

    (void)writer; /* nothing is appended */
    for (size_t i = e->from; i < e->until; i++) {
        const struct held *h = &e->sweep->held[i];

        if (!h->own || h->lent != e->lent)
            continue;
        tombstone(e->sweep, h, false, &body);
        if (journal_erase(store, h->position, buffer_text(&body), err) != OK)
            return err->status;
    }
    return OK;
}

/* What came since the sweep, the open transaction's own records too. */
static enum status look_behind(struct sweep *s, struct store *store, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    int code;

    if (stmt_open(&q, store, "SELECT kind,body FROM journal WHERE number>?", err) != OK)
        return err->status;
    stmt_bind_i64(q, 1, (int64_t)s->end.number);
    while ((code = sqlite3_step(q)) == SQLITE_ROW) {
        struct record r = {.kind = (enum record_kind)stmt_i64(q, 0), .body = stmt_text(q, 1)};

        r.body.size -= r.body.size < sizeof(uint32_t) ? r.body.size : sizeof(uint32_t);
        if (r.kind == RECORD_EVENT)
            mark_event(s, &r);
        else if (r.kind == RECORD_PRODUCT)
            mark_product(s, &r);
    }
    return code == SQLITE_DONE ? OK : store_error(store, err, "reading the journal's end");
}

static enum status names_run(struct write *w, struct writer *writer, struct store *store,
                             struct error *err)
{
    SCOPED(buffer_free) struct buffer body = {0};
    const struct sweep_write *e = (const struct sweep_write *)w;
    struct sweep *s = e->sweep;
    struct intern *forgotten = &s->shop->recorder->forgotten;

    (void)writer; /* nothing is appended */
    if (look_behind(s, store, err) != OK)
        return err->status;
    for (size_t i = e->from; i < e->until; i++) {
        const struct held *h = &s->held[i];
        bool any = false;

        for (product_number n = h->first; n < h->first + h->count; n++) {
            if (!nameless(s, n))
                continue;
            any = true;
            (void)intern_add(forgotten, catalog_item_id(catalog_of(s), n));
        }
        tombstone(s, h, true, &body);
        if (any && journal_erase(store, h->position, buffer_text(&body), err) != OK)
            return err->status;
    }
    return OK;
}

/* --- memory --- */

static void keep_types(struct sweep *s)
{
    const struct intern *known = &s->shop->state->unknown_types;

    for (uint32_t i = 0; i < known->count; i++) {
        struct text name = intern_text(known, i);

        if (intern_find(&s->types_own, name) == INTERN_NONE ||
            intern_find(&s->types_else, name) != INTERN_NONE)
            (void)intern_add(&s->types_kept, name); /* numbers are of no use here */
    }
}

static void forget_wishes(struct preference_table *table, struct shopper_key key)
{
    struct preferences wishes;
    const struct preferences none = preferences_none();

    if (preference_table_get(table, key, &wishes))
        preference_table_set(table, key, &none);
}

struct forgetting {
    struct state *state;
    identifier_number n;
};

/* What they did on a device is under the device's id. Parted or not: it is theirs. */
static void forget_filed(void *context, const struct identity_link *link)
{
    const struct forgetting *f = context;
    const struct identity *g = f->state->identity;

    if (link->anchor != f->n || identity_kind(g, link->child) != IDENTIFIER_VISITOR)
        return;
    struct shopper_key key = shopper_key_of(identity_text(g, link->child), (struct text){0});
    (void)profiles_remove(f->state->profiles,
                          shopper_key_filed(key, link->file)); /* or not there */
}

static void forget_key(struct state *state, struct shopper_key key)
{
    (void)profiles_remove(state->profiles, key); /* there or not */
    robots_remove(state->robots, key);
    forget_wishes(state->preferences, key);
}

/* By what it is linked to: before any of them is forgotten. */
static void forget_profiles(struct sweep *s, size_t i)
{
    struct state *state = s->shop->state;
    const struct text none = {0};
    struct forgetting f = {state, s->identifiers.all[i]};
    struct text id = identity_text(state->identity, f.n);
    enum identifier_kind kind = identity_kind(state->identity, f.n);

    if (id.size == 0)
        return; /* forgotten already */
    identity_links(state->identity, f.n, forget_filed, &f);
    if (kind == IDENTIFIER_VISITOR)
        forget_key(state, shopper_key_of(id, none));
    else if (kind == IDENTIFIER_CUSTOMER)
        forget_key(state, shopper_key_of(none, id));
}

static void forget_identifier(struct sweep *s, size_t i)
{
    identity_forget(s->shop->state->identity, s->identifiers.all[i]);
}

static void forget_noted(struct sweep *s, size_t i)
{
    struct shopper_key key;

    memcpy(&key, intern_text(&s->keys, (uint32_t)i).data, sizeof(key));
    forget_key(s->shop->state, key);
}

static void take_types(struct sweep *s, size_t i)
{
    struct intern before = s->shop->state->unknown_types;

    (void)i; /* there is one */
    s->shop->state->unknown_types = s->types_kept;
    s->types_kept = before;
}

/* Readers get their turn between stretches. */
static void in_turns(struct sweep *s, size_t count, void (*each)(struct sweep *s, size_t i))
{
    for (size_t at = 0; at < count;) {
        size_t end = count - at < MEMORY_TURN ? count : at + MEMORY_TURN;

        (void)pthread_rwlock_wrlock(&s->shop->state_lock); /* cannot fail: this thread holds none */
        for (; at < end; at++)
            each(s, at);
        (void)pthread_rwlock_unlock(&s->shop->state_lock);
    }
}

/* On the writer's thread, which alone changes the state, and reads some of it without the lock. */
static void forget_in_memory(struct sweep *s)
{
    in_turns(s, s->identifiers.count, forget_profiles);
    in_turns(s, s->identifiers.count, forget_identifier);
    in_turns(s, s->keys.count, forget_noted);
    if (s->types_own.count == 0)
        return;
    keep_types(s);
    in_turns(s, 1, take_types);
}

static enum status nothing_run(struct write *w, struct writer *writer, struct store *store,
                               struct error *err)
{
    (void)w;
    (void)writer;
    (void)store;
    (void)err; /* it is about the writer's thread */
    return OK;
}

static void memory_done(struct write *w, enum status status, const struct error *err)
{
    (void)err; /* writer_run hands it to the caller */
    if (status == OK)
        forget_in_memory(((struct sweep_write *)w)->sweep);
}

static bool any_first(const struct sweep *s, size_t from, size_t until)
{
    for (size_t i = from; i < until; i++)
        if (s->held[i].count > 0)
            return true;
    return false;
}

/* A name stands in one tombstone, so that they may go in turns. */
static enum status run_names(struct sweep *s, struct error *err)
{
    for (size_t at = 0; at < s->held_count; at += WRITE_NAMES) {
        struct sweep_write w = {
            .write = {.run = names_run, .done = write_done, .events = 1},
            .sweep = s,
            .from = at,
            .until = s->held_count - at < WRITE_NAMES ? s->held_count : at + WRITE_NAMES,
        };

        if (any_first(s, w.from, w.until) && writer_run(s->shop->writer, &w.write, err) != OK)
            return err->status;
    }
    return OK;
}

static enum status run_memory(struct sweep *s, struct error *err)
{
    struct sweep_write w = {
        .write = {.run = nothing_run, .done = memory_done, .events = 1},
        .sweep = s,
    };

    return writer_run(s->shop->writer, &w.write, err);
}

static enum status run_erase(struct sweep *s, bool lent, struct error *err)
{
    for (size_t at = 0; at < s->held_count; at += WRITE_RECORDS) {
        struct sweep_write w = {
            .write = {.run = erase_run, .done = write_done, .events = 1},
            .sweep = s,
            .from = at,
            .until = s->held_count - at < WRITE_RECORDS ? s->held_count : at + WRITE_RECORDS,
            .lent = lent,
        };

        if (writer_run(s->shop->writer, &w.write, err) != OK)
            return err->status;
    }
    return OK;
}

enum status forget_events(struct shop *shop, struct person *person, uint64_t *events,
                          struct error *err)
{
    SCOPED(sweep_free)
    struct sweep s = {.shop = shop, .person = person, .numbering = {.shop = shop}};

    person->nobodys = true; /* or it would become somebody else's who logged in there */
    person_identifiers(shop, person, &s.identifiers);
    if (sweep_journal(&s, err) != OK || run_erase(&s, true, err) != OK ||
        run_erase(&s, false, err) != OK || run_names(&s, err) != OK || run_memory(&s, err) != OK)
        return err->status;
    for (size_t i = 0; i < s.held_count; i++)
        *events += s.held[i].own && s.held[i].event;
    return OK;
}
