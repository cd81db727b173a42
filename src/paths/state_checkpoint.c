/* SPDX-License-Identifier: Apache-2.0 */
/* state_checkpoint: a state out of the newest checkpoint and the journal's tail, and into a new
 * checkpoint. */
#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "journal/checkpoint.h"
#include "journal/journal.h"
#include "paths/state.h"

enum { SMALL_VERSION = 6, PROGRESS_EVERY = 65536 };

/* What the state itself holds besides its modules: the section "state". */
struct small {
    uint32_t version;
    uint32_t generation;
    struct position tick;
    int64_t time_ms;
    uint64_t events, since_tick;
    int64_t program_ms;
    uint32_t unknown_type_count;
    uint32_t reserved; /* 0 */
};

static void small_save(const struct state *s, struct checkpoint_writer *w)
{
    struct small small = {
        .version = SMALL_VERSION,
        .generation = s->generation,
        .tick = s->tick,
        .time_ms = s->time_ms,
        .events = s->events,
        .since_tick = s->since_tick,
        .program_ms = s->program_ms,
        .unknown_type_count = s->unknown_types.count,
    };
    const struct intern *types = &s->unknown_types;

    checkpoint_add(w, "state", &small, sizeof(small));
    checkpoint_add(w, "state.program", s->program_record.data, s->program_record.size);
    checkpoint_add(w, "state.types", types->bytes, types->bytes_size);
    checkpoint_add(w, "state.types_at", types->starts,
                   types->count == 0 ? 0 : (types->count + 1) * sizeof(*types->starts));
}

/* Texts of the section "state.types", cut where "state.types_at" says. */
static enum status types_load(struct state *s, const struct checkpoint *c, uint32_t count,
                              struct error *err)
{
    size_t bytes_size, starts_size;
    const char *bytes = checkpoint_section(c, "state.types", &bytes_size);
    const uint64_t *starts = checkpoint_section(c, "state.types_at", &starts_size);

    if (count == 0)
        return OK;
    if (count > UNKNOWN_TYPES_MAX || starts_size != (count + 1) * sizeof(*starts))
        return error_set(err, ERR_CORRUPT, "section state.types_at has a wrong size");
    for (uint32_t i = 0; i < count; i++) {
        if (starts[i] > starts[i + 1] || starts[i + 1] > bytes_size)
            return error_set(err, ERR_CORRUPT, "section state.types_at is out of order");
        (void)intern_add(&s->unknown_types,
                         (struct text){bytes + starts[i], starts[i + 1] - starts[i]});
    }
    return OK;
}

static enum status small_load(struct state *s, const struct checkpoint *c, struct error *err)
{
    size_t size, program_size;
    const struct small *small = checkpoint_section(c, "state", &size);
    const char *program = checkpoint_section(c, "state.program", &program_size);

    if (small == NULL || size != sizeof(*small) || small->version != SMALL_VERSION)
        return error_set(err, ERR_CORRUPT, "section state is of another version");
    s->position = checkpoint_position(c);
    s->checkpoint = s->position;
    s->generation = small->generation;
    s->tick = small->tick;
    s->time_ms = small->time_ms;
    s->events = small->events;
    s->since_tick = small->since_tick;
    s->program_ms = small->program_ms;
    buffer_add(&s->program_record, program, program_size);
    if (program_size > 0 && !state_take_program(s))
        return error_set(err, ERR_CORRUPT, "the program it holds does not compile");
    return types_load(s, c, small->unknown_type_count, err);
}

/* One load a line. The sensitive list is the program's, so it follows both. */
static enum status sections_load(struct state *s, const struct checkpoint *c, struct error *err)
{
    if (small_load(s, c, err) != OK)
        return err->status;
    if (catalog_load(s->catalog, c, err) != OK)
        return err->status;
    if (s->identity != NULL && identity_load(s->identity, c, err) != OK)
        return err->status;
    if (s->robots != NULL && robots_load(s->robots, c, err) != OK)
        return err->status;
    if (s->profiles != NULL && profiles_load(s->profiles, c, err) != OK)
        return err->status;
    if (s->popularity != NULL && popularity_load(s->popularity, c, err) != OK)
        return err->status;
    if (s->cohorts != NULL && cohorts_load(s->cohorts, c, err) != OK)
        return err->status;
    if (s->preferences != NULL && preference_table_load(s->preferences, c, err) != OK)
        return err->status;
    if (s->duplicates != NULL && duplicates_load(s->duplicates, c, err) != OK)
        return err->status;
    if (s->erasures != NULL && erasures_load(s->erasures, c, err) != OK)
        return err->status;
    if (s->consents != NULL && consents_load(s->consents, c, err) != OK)
        return err->status;
    catalog_sensitive_set(s->catalog, s->program->sensitive, s->program->sensitive_count);
    return OK;
}

/* An empty state with the same parts: whatever a checkpoint that failed half way left goes. */
static void state_empty(struct state *s)
{
    struct state parts = *s;

    catalog_free(s->catalog);
    identity_free(s->identity);
    robots_free(s->robots);
    profiles_free(s->profiles);
    popularity_free(s->popularity);
    erasures_free(s->erasures);
    consents_free(s->consents);
    cohorts_free(s->cohorts);
    marks_free(s->marks);
    marks_free(s->marks_ahead);
    preference_table_free(s->preferences);
    groups_free(s->groups);
    groups_free(s->groups_ahead);
    program_free(s->compiled);
    intern_free(&s->unknown_types);
    buffer_free(&s->program_record);
    arena_free(&s->scratch);
    *s = (struct state){.catalog = catalog_new(), .program = program_builtin()};
    s->identity = parts.identity != NULL ? identity_new() : NULL;
    s->robots = parts.robots != NULL ? robots_new() : NULL;
    s->profiles = parts.profiles != NULL ? profiles_new() : NULL;
    s->popularity = parts.popularity != NULL ? popularity_new() : NULL;
    s->erasures = parts.erasures != NULL ? erasures_new() : NULL;
    s->consents = parts.consents != NULL ? consents_new() : NULL;
    s->cohorts = parts.cohorts != NULL ? cohorts_new() : NULL;
    s->preferences = parts.preferences != NULL ? preference_table_new() : NULL;
    s->marks = marks_new(NULL, 0);
    s->groups = groups_new();
    if (parts.duplicates != NULL) {
        s->duplicates = duplicates_new(parts.duplicate_ids_max);
        duplicates_free(parts.duplicates);
    }
    s->duplicate_ids_max = parts.duplicate_ids_max;
    s->erasure_steps = parts.erasure_steps;
    catalog_sensitive_set(s->catalog, s->program->sensitive, s->program->sensitive_count);
    memcpy(s->id_key, parts.id_key, sizeof(s->id_key));
}

/* The newest checkpoint up to `until` that loads; none leaves the state as empty as it is. */
static enum status checkpoint_take(struct state *s, const char *data_dir, struct position until,
                                   struct error *err)
{
    while (until.number > 0) {
        SCOPED(checkpoint_close) struct checkpoint *c = NULL;
        struct error why = {0};
        enum status status = checkpoint_open(&c, data_dir, until, &why);

        if (status == ERR_NOT_FOUND)
            return OK;
        if (status != OK)
            return error_set(err, status, "%s", why.message);
        if (sections_load(s, c, &why) == OK)
            return OK;
        until.number = checkpoint_position(c).number - 1;
        state_empty(s);
    }
    return OK;
}

static enum status end_of(const char *data_dir, struct position *out, struct error *err)
{
    SCOPED(cursor_close) struct cursor *cursor = NULL;

    if (cursor_open(&cursor, data_dir, NULL, (struct position){0}, err) != OK)
        return err->status;
    return cursor_end(cursor, out, err);
}

static const char steps_key[] = "erasure_steps";

static enum status steps_read(struct store *store, uint64_t *out, struct error *err)
{
    SCOPED(buffer_free) struct buffer value = {0};
    enum status status = store_meta_get(store, steps_key, &value, err);

    *out = 0;
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    if (status == OK && !text_to_u64(buffer_text(&value), out))
        return error_set(err, ERR_CORRUPT, "%s in store.db is no number", steps_key);
    return OK;
}

enum status erasure_step(struct store *store, struct error *err)
{
    SCOPED(buffer_free) struct buffer value = {0};
    uint64_t steps;

    if (steps_read(store, &steps, err) != OK)
        return err->status;
    buffer_add_u64(&value, steps + 1);
    return store_meta_set(store, steps_key, buffer_text(&value), err);
}

static enum status steps_now(const char *data_dir, uint64_t *out, struct error *err)
{
    SCOPED(store_close) struct store *store = NULL;

    struct error why = {0};
    enum status status = store_open(&store, data_dir, STORE_READ, NULL, &why);

    *out = 0;
    if (status == ERR_NOT_FOUND)
        return OK; /* a state that was folded from no store */
    return status == OK ? steps_read(store, out, err) : error_set(err, status, "%s", why.message);
}

enum status state_outdated(const struct state *s, const char *data_dir, bool *out,
                           struct error *err)
{
    uint64_t now;

    if (steps_now(data_dir, &now, err) != OK)
        return err->status;
    *out = now != s->erasure_steps;
    return OK;
}

static enum status steps_same(const struct state *s, const char *data_dir, struct error *err)
{
    bool outdated = false;

    if (state_outdated(s, data_dir, &outdated, err) != OK)
        return err->status;
    return !outdated ? OK
                     : error_set(err, ERR_CONFLICT,
                                 "somebody was erased meanwhile; no checkpoint is made");
}

struct progress {
    void (*tell)(void *context, uint64_t done, uint64_t total); /* may be NULL */
    void *context;
};

static enum status fold_until(struct state *s, const char *data_dir, struct position until,
                              const struct progress *progress, struct error *err)
{
    SCOPED(ahead_close) struct ahead *ahead = NULL;
    const struct prepared_record *records = NULL;
    uint64_t begun = s->position.number, total = until.number - begun;
    struct error why = {0};
    enum status status = OK;
    size_t count = 0;

    if (total == 0)
        return OK;
    struct ahead_options options = {data_dir, s->position, until, state_prepare, s};
    if (ahead_open(&ahead, &options, err) != OK)
        return err->status;
    while ((status = ahead_next(ahead, &records, &count, &why)) == OK) {
        uint64_t before = s->position.number / PROGRESS_EVERY;

        state_fold_prepared(s, records, count);
        if (progress->tell != NULL && s->position.number / PROGRESS_EVERY != before)
            progress->tell(progress->context, s->position.number - begun, total);
    }
    if (status != ERR_NOT_FOUND)
        return error_set(err, status, "%s", why.message);
    return OK;
}

enum status state_load(struct state *s, const char *data_dir, struct position until,
                       void (*progress)(void *context, uint64_t done, uint64_t total),
                       void *context, struct error *err)
{
    const struct progress telling = {progress, context};
    struct position end;

    assert(s->position.number == 0);
    if (steps_now(data_dir, &s->erasure_steps, err) != OK || end_of(data_dir, &end, err) != OK)
        return err->status;
    if (position_compare(end, until) < 0)
        until = end; /* a checkpoint beyond the journal's end is of another journal */
    if (checkpoint_take(s, data_dir, until, err) != OK)
        return err->status;
    marks_follow(s->marks, s->catalog);
    groups_follow(s->groups, s->catalog);
    return fold_until(s, data_dir, until, &telling, err);
}

enum status state_follow(struct state *s, const char *data_dir, struct error *err)
{
    const struct progress nobody = {NULL, NULL};
    struct position end;

    if (end_of(data_dir, &end, err) != OK)
        return err->status;
    return fold_until(s, data_dir, end, &nobody, err);
}

enum status state_save(const struct state *s, const char *data_dir, uint32_t keep,
                       struct error *err)
{
    SCOPED(checkpoint_abandon) struct checkpoint_writer *w = NULL;
    struct error second = {0};

    assert(s->duplicates != NULL && s->identity != NULL && s->profiles != NULL &&
           s->popularity != NULL);
    if (checkpoint_begin(&w, data_dir, s->position, err) != OK)
        return err->status;
    small_save(s, w);
    catalog_save(s->catalog, w);
    identity_save(s->identity, w);
    robots_save(s->robots, w);
    profiles_save(s->profiles, w);
    popularity_save(s->popularity, w);
    cohorts_save(s->cohorts, w);
    preference_table_save(s->preferences, w);
    duplicates_save(s->duplicates, w);
    erasures_save(s->erasures, w);
    consents_save(s->consents, w);
    if (steps_same(s, data_dir, err) != OK)
        return err->status;
    /* an erasure takes the file away under it: that is then what there is to tell */
    if (checkpoint_commit(&w, keep, err) != OK) {
        if (steps_same(s, data_dir, &second) != OK)
            *err = second;
        return err->status;
    }
    if (steps_same(s, data_dir, err) == OK)
        return OK;
    enum status removed UNUSED = checkpoints_remove(data_dir, &second); /* the first is to tell */
    return err->status;
}
