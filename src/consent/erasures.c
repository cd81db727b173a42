/* SPDX-License-Identifier: Apache-2.0 */
/* erasures: a set of hashes, and what is known of each by its place in the set. */
#include "consent/erasures.h"

#include <string.h>

#include "base/memory.h"
#include "journal/record.h"

enum { FIELD_WHO = 1, FIELD_TIME = 2 };

struct erased {
    struct who who;
    int64_t erased_ms;
    int64_t lifted_ms; /* 0: not */
};

struct erasures {
    struct who_set set;
    struct erased *all; /* by place in the set */
    size_t room;
};

void erasure_encode(const struct who *whos, size_t count, int64_t erased_ms, struct buffer *out)
{
    for (size_t i = 0; i < count; i++)
        put_text(out, FIELD_WHO, (struct text){(const char *)whos[i].hash, sizeof(whos[i].hash)});
    put_i64(out, FIELD_TIME, erased_ms);
}

size_t erasure_decode(struct text body, struct who *out, size_t max, int64_t *erased_ms)
{
    size_t count = 0;

    *erased_ms = 0;
    for (struct fields f = fields_of(body); fields_next(&f);) {
        if (f.field == FIELD_TIME && !f.is_text)
            *erased_ms = f.number;
        if (f.field != FIELD_WHO || !f.is_text || f.text.size != sizeof(out->hash))
            continue;
        if (count < max)
            memcpy(out[count].hash, f.text.data, sizeof(out->hash));
        count++;
    }
    return count;
}

struct erasures *erasures_new(void)
{
    return mem_new(1, sizeof(struct erasures));
}

void erasures_free(struct erasures *e)
{
    if (e == NULL)
        return;
    who_set_free(&e->set);
    mem_free(e->all);
    mem_free(e);
}

static struct erased *find(const struct erasures *e, struct who who)
{
    size_t place = who_set_find(&e->set, who);

    return place == WHO_NOWHERE ? NULL : &e->all[place];
}

static void add(struct erasures *e, struct erased fresh)
{
    struct erased *known = find(e, fresh.who);

    if (known != NULL) {
        if (fresh.erased_ms >= known->erased_ms)
            *known = fresh;
        return;
    }
    e->all = mem_grow(e->all, &e->room, e->set.count + 1, sizeof(*e->all));
    e->all[e->set.count] = fresh;
    (void)who_set_add(&e->set, fresh.who); /* it was not there */
}

void erasures_fold(struct erasures *e, struct text body)
{
    int64_t erased_ms;
    size_t count = erasure_decode(body, NULL, 0, &erased_ms);
    struct who *whos = mem_new(count + 1, sizeof(*whos));

    (void)erasure_decode(body, whos, count, &erased_ms); /* as many as counted */
    for (size_t i = 0; i < count; i++)
        add(e, (struct erased){whos[i], erased_ms, 0});
    mem_free(whos);
}

void erasures_lift(struct erasures *e, struct who who, int64_t time_ms)
{
    struct erased *known = find(e, who);

    if (known != NULL && known->lifted_ms == 0 && time_ms > known->erased_ms)
        known->lifted_ms = time_ms;
}

bool erasures_forbid(const struct erasures *e, struct who who, int64_t time_ms)
{
    const struct erased *known = find(e, who);

    return known != NULL && (known->lifted_ms == 0 || time_ms < known->lifted_ms);
}

int64_t erasures_time(const struct erasures *e, struct who who)
{
    const struct erased *known = find(e, who);

    return known == NULL ? 0 : known->erased_ms;
}

size_t erasures_count(const struct erasures *e)
{
    return e->set.count;
}

int64_t erasures_latest(const struct erasures *e, int64_t until_ms)
{
    int64_t latest = 0;

    for (size_t i = 0; i < e->set.count; i++)
        if (e->all[i].erased_ms <= until_ms && e->all[i].erased_ms > latest)
            latest = e->all[i].erased_ms;
    return latest;
}

void erasures_save(const struct erasures *e, struct checkpoint_writer *w)
{
    checkpoint_add(w, "consent.erasures", e->all, e->set.count * sizeof(*e->all));
}

enum status erasures_load(struct erasures *e, const struct checkpoint *c, struct error *err)
{
    void *all = NULL;
    size_t count;

    if (checkpoint_load(c, "consent.erasures", sizeof(*e->all), &all, &count, err) != OK)
        return err->status;
    const struct erased *erased = all;
    for (size_t i = 0; i < count; i++)
        add(e, erased[i]);
    mem_free(all);
    return OK;
}
