/* SPDX-License-Identifier: Apache-2.0 */
/* shop_program: applying a program, and going back to an earlier one. */
#include <inttypes.h>

#include "paths/shop_change.h"
#include "paths/versions.h"

enum {
    AHEAD_ROWS_A_TURN = 1000,  /* products: some milliseconds for many new filters */
    AHEAD_TURNS_MAX = 1000000, /* were the catalog to become another again and again */
};

static enum status check_change(const struct program_change *change, struct error *err)
{
    struct text who = change->author, reason = text_trim(change->reason);

    if (text_trim(who).size == 0 || who.size > ADMIN_WHO_MAX || !text_utf8_valid(who))
        return error_set(err, ERR_INVALID,
                         "author: who applies it must be said, in 1 to %d bytes of text, best as "
                         "an address that answers",
                         ADMIN_WHO_MAX);
    if (reason.size == 0 || reason.size > REASON_BYTES_MAX || !text_utf8_valid(reason))
        return error_set(err, ERR_INVALID,
                         "reason: why it is applied must be said, in 1 to %d bytes of text",
                         REASON_BYTES_MAX);
    return OK;
}

static void see_number(void *context, const struct version *v)
{
    uint32_t *last = context;

    *last = v->number > *last ? v->number : *last;
}

static enum status append_version(struct shop *shop, const struct program_change *change,
                                  struct program_applied *out, struct error *err)
{
    SCOPED(buffer_free) struct buffer body = {0}, details = {0};
    struct text via = change->via.data == NULL ? TEXT("command") : change->via;
    const struct actor actor = {change->author, via, change->now_ms};
    struct text reason = text_trim(change->reason);
    uint32_t last = 0, to = change->rollback_to;

    /* one that does not compile here has a number too, though it does not rule */
    if (versions_each(shop->data_dir, see_number, &last, err) != OK)
        return err->status;
    const struct program_record record = {
        .version = last + 1, .author = change->author, .reason = reason, .document = out->after};

    program_record_encode(&record, &body);
    buffer_printf(&details, "version %" PRIu32, record.version);
    if (to > 0)
        buffer_printf(&details, ", equal to version %" PRIu32, to);
    buffer_printf(&details, ": %.*s", (int)reason.size, reason.data);
    const struct change_entry entry = {to > 0 ? "program.rollback" : "program.apply", &actor,
                                       buffer_text(&details)};

    if (shop_append_entry(shop, RECORD_PROGRAM, buffer_text(&body), &entry, &out->anchor, err) !=
        OK)
        return err->status;
    out->version = record.version;
    out->changed = true;
    return OK;
}

/* What is found out of every product before a program rules. */
struct ahead {
    struct marks *marks;
    struct groups *groups;
};

static void ahead_free(struct ahead *a)
{
    marks_free(a->marks);
    groups_free(a->groups);
}

/* Puts it where the fold of a program looks for it, and frees what was there. */
static void exchange_ahead(struct shop *shop, struct ahead fresh)
{
    struct state *s = shop->state;

    (void)pthread_rwlock_wrlock(&shop->state_lock); /* cannot fail: this thread holds none */
    struct ahead before = {s->marks_ahead, s->groups_ahead};
    s->marks_ahead = fresh.marks;
    s->groups_ahead = fresh.groups;
    (void)pthread_rwlock_unlock(&shop->state_lock);
    ahead_free(&before);
}

/* What the program's new filters and groups say of every product is found out before it rules, since nobody
 * is answered while it is folded. Whatever is not found out in time the fold does. */
static void find_ahead(struct shop *shop, const struct program *program)
{
    struct ahead ahead = {.marks = marks_new(program->filters.filters, program->filters.count)};
    const struct state *s = shop->state;
    bool made = false;

    shop_read_lock(shop);
    if (!groups_are(s->groups, &program->groups))
        ahead.groups = groups_new();
    shop_read_unlock(shop);
    if (ahead.groups != NULL)
        groups_take(ahead.groups, &program->groups);
    for (int turn = 0; turn < AHEAD_TURNS_MAX && !made; turn++) {
        shop_read_lock(shop);
        made = marks_advance(ahead.marks, s->marks, s->catalog, AHEAD_ROWS_A_TURN);
        if (ahead.groups != NULL)
            made = groups_advance(ahead.groups, s->catalog, AHEAD_ROWS_A_TURN) && made;
        shop_read_unlock(shop);
    }
    exchange_ahead(shop, ahead);
}

/* Under change_mutex: nobody else makes a version meanwhile. */
static enum status make_version(struct shop *shop, const struct program_change *change,
                                const struct program *compiled, struct program_applied *out,
                                struct error *err)
{
    uint32_t expected = change->expected_version;

    if (expected != PROGRAM_ANY_VERSION && expected != out->version)
        return error_set(err, ERR_CONFLICT,
                         "version %" PRIu32 " rules, not %" PRIu32
                         "; read it and apply your change to that",
                         out->version, expected);
    if (out->version > 0 && text_equal(out->before, out->after))
        return OK;
    find_ahead(shop, compiled);
    enum status status = append_version(shop, change, out, err);
    exchange_ahead(shop,
                   (struct ahead){0}); /* the former program's, or what did not come to rule */
    return status;
}

/* The document to apply, in `a`. */
static enum status take_document(struct shop *shop, const struct program_change *change,
                                 struct arena *a, struct text *out, struct error *err)
{
    struct version version;

    *out = arena_text(a, change->document);
    if (change->rollback_to == 0)
        return OK;
    if (version_find(shop->data_dir, change->rollback_to, a, &version, err) != OK)
        return err->status;
    *out = version.document;
    return OK;
}

enum status shop_change_program(struct shop *shop, const struct program_change *change,
                                struct arena *a, struct problems *problems,
                                struct program_applied *out, struct error *err)
{
    struct program *compiled = NULL;
    struct program_applied made = {0};

    if (check_change(change, err) != OK || take_document(shop, change, a, &made.after, err) != OK)
        return err->status;
    if (program_compile(made.after, &compiled, a, problems, err) != OK)
        return change->rollback_to == 0
                   ? err->status
                   : error_wrap(err, "version %" PRIu32 " can no longer be applied",
                                change->rollback_to);
    (void)pthread_mutex_lock(&shop->change_mutex);
    shop_read_lock(shop);
    made.version = made.before_version = shop->state->program->version;
    made.before = arena_text(a, shop->state->program->document);
    shop_read_unlock(shop);
    enum status status = make_version(shop, change, compiled, &made, err);
    (void)pthread_mutex_unlock(&shop->change_mutex);
    program_free(compiled); /* the fold compiled it again, as every later start does */
    if (status == OK)
        *out = made;
    return status;
}

enum status shop_apply_program(struct shop *shop, const struct program_change *change,
                               struct arena *a, struct problems *problems, uint32_t *version,
                               struct error *err)
{
    struct program_applied applied = {0};

    if (shop_change_program(shop, change, a, problems, &applied, err) != OK)
        return err->status;
    *version = applied.version;
    return OK;
}

void program_applied_json(const struct program_applied *applied, struct arena *a, struct json *j)
{
    SCOPED(buffer_free) struct buffer hash = {0};
    const struct version before = {.number = applied->before_version, .document = applied->before};
    const struct version after = {.number = applied->version, .document = applied->after};

    json_object_begin(j);
    json_key_u64(j, "version", applied->version);
    json_key_bool(j, "changed", applied->changed);
    json_key_u64(j, "before", applied->before_version);
    version_diff_json_members(&before, &after, a, j);
    if (applied->anchor.number > 0) {
        buffer_add_hex(&hash, applied->anchor.hash, sizeof(applied->anchor.hash));
        json_key(j, "log");
        json_object_begin(j);
        json_key_i64(j, "number", applied->anchor.number);
        json_key_text(j, "hash", buffer_text(&hash));
        json_object_end(j);
    }
    json_object_end(j);
}
