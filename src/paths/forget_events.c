/* SPDX-License-Identifier: Apache-2.0 */
/* The journal is read once, and folded into a catalog, which gives products the numbers they have
 * everywhere: so one sees what each record mentions first. Tombstones are written with those names at
 * once. Which of the names nobody else mentions is only known at the end, and by then others may: the
 * last write looks at what came since, inside the writer's transaction, and the catalog forgets the
 * names before anything of that transaction is folded. */
#include "paths/forget_events.h"

#include <string.h>

#include "base/memory.h"
#include "journal/erased.h"
#include "journal/product.h"
#include "paths/recorder.h"

enum { WRITE_RECORDS = 1000 };

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
    struct state *catalog;          /* folded as far as `end` */
    struct position end;
    struct held *held;
    size_t held_count, held_room;
    uint8_t *shared; /* by product number: somebody else mentions it */
    size_t shared_count, shared_room;
    struct intern keys;                  /* theirs alone: struct shopper_key as bytes */
    struct intern types_own, types_else; /* names of event types of the shop's own */
    struct arena arena;                  /* of one record */
};

static void sweep_free(struct sweep *s)
{
    identifiers_free(&s->identifiers);
    state_free(s->catalog);
    mem_free(s->held);
    mem_free(s->shared);
    intern_free(&s->keys);
    intern_free(&s->types_own);
    intern_free(&s->types_else);
    arena_free(&s->arena);
}

static void mark_shared(struct sweep *s, struct text item_id)
{
    product_number n = catalog_find(s->catalog->catalog, item_id);

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
}

static void hold(struct sweep *s, const struct record *r, product_number first, bool own)
{
    s->held = mem_grow(s->held, &s->held_room, s->held_count + 1, sizeof(*s->held));
    s->held[s->held_count++] =
        (struct held){.position = r->position,
                      .first = first,
                      .count = catalog_count(s->catalog->catalog) - first,
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

static bool sweep_record(void *context, const struct record *r)
{
    struct sweep *s = context;
    product_number first = catalog_count(s->catalog->catalog);
    struct event_head h;
    bool own = person_owns_record(s->shop, s->person, r, &h);

    state_fold(s->catalog, r);
    product_number count = catalog_count(s->catalog->catalog);
    s->shared = mem_grow(s->shared, &s->shared_room, count, sizeof(*s->shared));
    if (count > s->shared_count)
        memset(s->shared + s->shared_count, 0, count - s->shared_count);
    s->shared_count = count;
    if (own) {
        note_own(s, &h);
        hold(s, r, first, true);
        s->held[s->held_count - 1].lent = is_lent(s, r, &h);
    } else if (r->kind == RECORD_ERASED && count > first) {
        hold(s, r, first, false);
    } else if (r->kind == RECORD_EVENT) {
        mark_event(s, r);
    }
    return true;
}

/* Whether the name of a number is to go. */
static bool nameless(const struct sweep *s, product_number n)
{
    return s->shared[n] == 0 && catalog_merely_mentioned(s->catalog->catalog, n);
}

/* The tombstone; `final`: without the names that go. */
static void tombstone(const struct sweep *s, const struct held *h, bool final, struct buffer *out)
{
    buffer_clear(out);
    for (product_number n = h->first; n < h->first + h->count; n++)
        erased_add(out,
                   final && nameless(s, n) ? TEXT("") : catalog_item_id(s->catalog->catalog, n));
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
    struct sweep *s = ((struct sweep_write *)w)->sweep;
    struct intern *forgotten = &s->shop->recorder->forgotten;

    (void)writer; /* nothing is appended */
    if (look_behind(s, store, err) != OK)
        return err->status;
    for (size_t i = 0; i < s->held_count; i++) {
        const struct held *h = &s->held[i];
        bool any = false;

        for (product_number n = h->first; n < h->first + h->count; n++) {
            if (!nameless(s, n))
                continue;
            any = true;
            (void)intern_add(forgotten, catalog_item_id(s->catalog->catalog, n));
        }
        tombstone(s, h, true, &body);
        if (any && journal_erase(store, h->position, buffer_text(&body), err) != OK)
            return err->status;
    }
    return OK;
}

/* --- memory --- */

static void forget_types(struct state *state, const struct sweep *s)
{
    struct intern kept = {0};

    for (uint32_t i = 0; i < state->unknown_types.count; i++) {
        struct text name = intern_text(&state->unknown_types, i);

        if (intern_find(&s->types_own, name) == INTERN_NONE ||
            intern_find(&s->types_else, name) != INTERN_NONE)
            (void)intern_add(&kept, name); /* numbers are of no use here */
    }
    intern_free(&state->unknown_types);
    state->unknown_types = kept;
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

static void forget_identifiers(struct state *state, const struct identifiers *theirs)
{
    const struct text none = {0};

    for (size_t i = 0; i < theirs->count; i++) {
        struct forgetting f = {state, theirs->all[i]};
        struct text id = identity_text(state->identity, f.n);
        enum identifier_kind kind = identity_kind(state->identity, f.n);

        if (id.size == 0)
            continue; /* forgotten already */
        identity_links(state->identity, f.n, forget_filed, &f);
        if (kind == IDENTIFIER_VISITOR)
            forget_key(state, shopper_key_of(id, none));
        else if (kind == IDENTIFIER_CUSTOMER)
            forget_key(state, shopper_key_of(none, id));
    }
    for (size_t i = 0; i < theirs->count; i++) /* behind all that needs their links */
        identity_forget(state->identity, theirs->all[i]);
}

/* On the writer's thread, which alone changes the state, and reads some of it without the lock. */
static void forget_in_memory(struct sweep *s)
{
    struct shop *shop = s->shop;

    (void)pthread_rwlock_wrlock(&shop->state_lock); /* cannot fail: this thread holds none */
    forget_identifiers(shop->state, &s->identifiers);
    for (uint32_t i = 0; i < s->keys.count; i++) {
        struct shopper_key key;

        memcpy(&key, intern_text(&s->keys, i).data, sizeof(key));
        forget_key(shop->state, key);
    }
    if (s->types_own.count > 0)
        forget_types(shop->state, s);
    (void)pthread_rwlock_unlock(&shop->state_lock);
}

static void names_done(struct write *w, enum status status, const struct error *err)
{
    (void)err; /* writer_run hands it to the caller */
    if (status == OK)
        forget_in_memory(((struct sweep_write *)w)->sweep);
}

static enum status run_names(struct sweep *s, struct error *err)
{
    struct sweep_write w = {
        .write = {.run = names_run, .done = names_done, .events = 1},
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
    struct sweep s = {.shop = shop, .person = person, .catalog = state_new_catalog()};

    person->nobodys = true; /* or it would become somebody else's who logged in there */
    person_identifiers(shop, person, &s.identifiers);
    if (records_each(shop, &s.end, sweep_record, &s, err) != OK || run_erase(&s, true, err) != OK ||
        run_erase(&s, false, err) != OK || run_names(&s, err) != OK)
        return err->status;
    for (size_t i = 0; i < s.held_count; i++)
        *events += s.held[i].own && s.held[i].event;
    return OK;
}
