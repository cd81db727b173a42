/* SPDX-License-Identifier: Apache-2.0 */
/* preferences: what one shopper wishes, as bytes. */
#include "consent/preferences.h"

#include <assert.h>

#include "consent/wishes.h"
#include "journal/record.h"

enum { FIELD_ANONYMOUS_ID = 1, FIELD_USER_ID, FIELD_FORGET, FIELD_WISHES };
enum { WISH_REFUSED = 1, WISH_VARIETY, WISH_PREFERENCE };
enum { PREFERENCE_STANCE = 1, PREFERENCE_SUBJECT, PREFERENCE_NAME };

const char *preference_stance_word(enum preference_stance stance)
{
    static const char *const words[] = {[PREFER_LESS] = "less", [PREFER_NEVER] = "never"};

    assert(stance < PREFERENCE_STANCES);
    return words[stance];
}

const char *preference_subject_word(enum preference_subject subject)
{
    static const char *const words[] = {
        [OF_PRODUCT] = "product", [OF_BRAND] = "brand", [OF_CATEGORY] = "category"};

    assert(subject < PREFERENCE_SUBJECTS);
    return words[subject];
}

struct preferences preferences_none(void)
{
    return (struct preferences){.personal = true};
}

bool preferences_equal(const struct preferences *a, const struct preferences *b)
{
    if (a->personal != b->personal || a->variety_ppm != b->variety_ppm || a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->all[i].stance != b->all[i].stance || a->all[i].subject != b->all[i].subject ||
            !text_equal(a->all[i].name, b->all[i].name))
            return false;
    return true;
}

void wishes_encode(const struct preferences *p, struct buffer *out)
{
    assert(p->count <= PREFERENCES_MAX && p->variety_ppm <= VARIETY_PPM_MAX);
    if (!p->personal)
        put_i64(out, WISH_REFUSED, 1);
    if (p->variety_ppm > 0)
        put_i64(out, WISH_VARIETY, p->variety_ppm);
    for (uint32_t i = 0; i < p->count; i++) {
        const struct preference *one = &p->all[i];
        assert(one->name.size > 0 && one->name.size <= PREFERENCE_NAME_MAX);
        size_t begun = put_begin(out, WISH_PREFERENCE);
        put_i64(out, PREFERENCE_STANCE, one->stance);
        put_i64(out, PREFERENCE_SUBJECT, one->subject);
        put_text(out, PREFERENCE_NAME, one->name);
        put_end(out, begun);
    }
}

static bool preference_decode(struct text body, struct preference *out)
{
    struct fields f = fields_of(body);
    int64_t stance = PREFERENCE_STANCES, subject = PREFERENCE_SUBJECTS;
    struct text name = {0};

    while (fields_next(&f)) {
        if (f.field == PREFERENCE_STANCE && !f.is_text)
            stance = f.number;
        else if (f.field == PREFERENCE_SUBJECT && !f.is_text)
            subject = f.number;
        else if (f.field == PREFERENCE_NAME && f.is_text)
            name = f.text;
    }
    if (f.bad || stance < 0 || stance >= PREFERENCE_STANCES || subject < 0 ||
        subject >= PREFERENCE_SUBJECTS || name.size == 0 || name.size > PREFERENCE_NAME_MAX)
        return false;
    *out =
        (struct preference){(enum preference_stance)stance, (enum preference_subject)subject, name};
    return true;
}

bool wishes_decode(struct text body, struct preferences *out)
{
    struct preferences p = preferences_none();
    struct fields f = fields_of(body);

    while (fields_next(&f)) {
        if (f.field == WISH_REFUSED && !f.is_text) {
            p.personal = f.number == 0;
        } else if (f.field == WISH_VARIETY && !f.is_text) {
            if (f.number < 0 || f.number > VARIETY_PPM_MAX)
                return false;
            p.variety_ppm = (uint32_t)f.number;
        } else if (f.field == WISH_PREFERENCE && f.is_text) {
            if (p.count == PREFERENCES_MAX || !preference_decode(f.text, &p.all[p.count]))
                return false;
            p.count++;
        }
    }
    if (f.bad)
        return false;
    *out = p;
    return true;
}

void preferences_record_encode(const struct preferences_record *r, struct buffer *out)
{
    put_text(out, FIELD_ANONYMOUS_ID, r->anonymous_id);
    put_text(out, FIELD_USER_ID, r->user_id);
    if (r->forget)
        put_i64(out, FIELD_FORGET, 1);
    size_t begun = put_begin(out, FIELD_WISHES);
    wishes_encode(&r->preferences, out);
    put_end(out, begun);
}

enum status preferences_record_decode(struct text body, struct preferences_record *out,
                                      struct error *err)
{
    struct preferences_record r = {.preferences = preferences_none()};
    struct fields f = fields_of(body);
    bool good = true;

    while (good && fields_next(&f)) {
        if (f.field == FIELD_ANONYMOUS_ID && f.is_text)
            r.anonymous_id = f.text;
        else if (f.field == FIELD_USER_ID && f.is_text)
            r.user_id = f.text;
        else if (f.field == FIELD_FORGET && !f.is_text)
            r.forget = f.number != 0;
        else if (f.field == FIELD_WISHES && f.is_text)
            good = wishes_decode(f.text, &r.preferences);
    }
    if (!good || f.bad || (r.anonymous_id.size == 0 && r.user_id.size == 0))
        return error_set(err, ERR_CORRUPT, "a record of preferences cannot be read");
    *out = r;
    return OK;
}
