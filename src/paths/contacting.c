/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/contacting.h"

#include "base/arena.h"
#include "base/time.h"
#include "ingest/person.h"
#include "paths/recorder.h"

static void write_done(struct write *w, enum status status, const struct error *err)
{
    (void)w;
    (void)status; /* writer_run hands both to the caller */
    (void)err;
}

/* --- giving --- */

struct giving {
    struct write write; /* first: the writer hands it back */
    struct recorder *recorder;
    struct contact_request request;
};

/* It is looked at when the transaction's records are known. */
static enum status giving_run(struct write *w, struct writer *writer, struct store *store,
                              struct error *err)
{
    struct giving *g = (struct giving *)w;

    (void)writer;
    (void)store; /* contacts_follow writes */
    (void)err;
    g->request.next = g->recorder->requests;
    g->recorder->requests = &g->request;
    return OK;
}

enum status shop_contact_put(struct shop *shop, const struct contact_given *given,
                             enum contact_outcome *outcome, struct error *err)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    const uint8_t *key = shop->keys.person_key;
    struct text address = text_trim(given->address);
    struct giving g = {
        .write = {.run = giving_run, .done = write_done, .events = 1},
        .recorder = shop->recorder,
        .request = {.anonymous_id = person_replace(given->anonymous_id, key, &a),
                    .user_id = person_replace(given->user_id, key, &a),
                    .address = address,
                    .locale = given->locale,
                    .now_ms = given->now_ms},
    };

    if (address.size > CONTACT_ADDRESS_MAX || !person_is_email(address))
        return error_set(err, ERR_INVALID,
                         "email must be one address of somebody, of at most %d bytes, such as "
                         "\"anna@shop.example\"",
                         CONTACT_ADDRESS_MAX);
    if (given->locale.size > 0 && !contact_locale_valid(given->locale))
        return error_set(err, ERR_INVALID,
                         "locale must be a language tag of at most %d bytes, such as \"de-AT\"",
                         CONTACT_LOCALE_MAX);
    g.request.hash = person_hash(PERSON_EMAIL, address, key, &a);
    if (writer_run(shop->writer, &g.write, err) != OK)
        return err->status;
    *outcome = g.request.outcome;
    return OK;
}

/* --- reading --- */

struct listing {
    struct json *j;
    const struct who_set *whos;
    struct who at; /* whose rows these are */
};

/* A row that is theirs twice over is told under its address. */
static void contact_json(void *context, const struct contact *row)
{
    const struct listing *l = context;
    const struct statement *said = &row->consent;
    char time[TIME_TEXT_SIZE];

    if (!who_equal(row->who, l->at) && who_set_has(l->whos, row->who))
        return;
    json_object_begin(l->j);
    json_key_text(l->j, "email", row->address);
    json_key_text(l->j, "locale", row->locale);
    json_key(l->j, "consent");
    json_object_begin(l->j);
    json_key_bool(l->j, "stated", said->stated);
    json_key_string(l->j, "source", said->stated ? consent_source_word(said->source) : NULL);
    json_key_string(l->j, "time", said->stated ? time_print(said->time_ms, time) : NULL);
    json_object_end(l->j);
    json_object_end(l->j);
}

enum status contacts_json(struct store *store, const struct person *person, struct json *j,
                          struct error *err)
{
    SCOPED(contacts_close) struct contacts *table = contacts_new(store);
    struct listing l = {.j = j, .whos = &person->whos};

    json_array_begin(j);
    for (size_t i = 0; i < person->whos.count; i++) {
        l.at = person->whos.all[i];
        if (contacts_each(table, l.at, contact_json, &l, err) != OK)
            return err->status;
    }
    json_array_end(j);
    return OK;
}

enum status shop_contacts_json(struct shop *shop, struct text id, enum naming naming,
                               struct json *j, struct error *err)
{
    SCOPED(person_free) struct person person = {.nobodys = false};
    SCOPED(store_close) struct store *store = NULL;

    if (person_find(shop, id, naming, &person, err) != OK ||
        store_open(&store, shop->data_dir, STORE_READ, NULL, err) != OK)
        return err->status;
    json_object_begin(j);
    json_key(j, "contacts");
    if (contacts_json(store, &person, j, err) != OK)
        return err->status;
    json_object_end(j);
    return OK;
}

/* --- taking back --- */

struct removing {
    struct write write; /* first: the writer hands it back */
    const struct person *person;
    uint64_t removed;
};

static enum status removing_run(struct write *w, struct writer *writer, struct store *store,
                                struct error *err)
{
    SCOPED(contacts_close) struct contacts *table = contacts_new(store);
    struct removing *r = (struct removing *)w;
    const struct who_set *whos = &r->person->whos;

    (void)writer; /* nothing is appended */
    r->removed = 0;
    for (size_t i = 0; i < whos->count; i++)
        if (contacts_refuse(table, whos->all[i], INT64_MAX, &r->removed, err) != OK)
            return err->status;
    return OK;
}

enum status shop_contacts_remove(struct shop *shop, struct text id, enum naming naming,
                                 uint64_t *removed, struct error *err)
{
    SCOPED(person_free) struct person person = {.nobodys = false};
    struct removing r = {.write = {.run = removing_run, .done = write_done, .events = 1},
                         .person = &person};

    if (person_find(shop, id, naming, &person, err) != OK ||
        writer_run(shop->writer, &r.write, err) != OK)
        return err->status;
    *removed = r.removed;
    return OK;
}
