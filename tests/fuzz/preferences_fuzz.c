/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a record of preferences: it is refused with a sentence, or it is of somebody, within its
 * bounds, and comes back equal once written and read again. */
#include <assert.h>
#include <stdint.h>

#include "consent/preferences.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void record_check(const struct preferences_record *r)
{
    const struct preferences *p = &r->preferences;

    assert(r->anonymous_id.size > 0 || r->user_id.size > 0);
    assert(p->count <= PREFERENCES_MAX && p->variety_ppm <= VARIETY_PPM_MAX);
    for (uint32_t i = 0; i < p->count; i++) {
        assert(p->all[i].name.size > 0 && p->all[i].name.size <= PREFERENCE_NAME_MAX);
        assert(preference_stance_word(p->all[i].stance) != NULL);
        assert(preference_subject_word(p->all[i].subject) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct preferences_record r, again;
    struct error err = {0};

    if (preferences_record_decode((struct text){(const char *)data, size}, &r, &err) != OK) {
        assert(err.message[0] != '\0');
        return 0;
    }
    record_check(&r);
    preferences_record_encode(&r, &body);
    enum status status = preferences_record_decode(buffer_text(&body), &again, &err);
    assert(status == OK && again.forget == r.forget);
    assert(text_equal(again.anonymous_id, r.anonymous_id) ||
           again.anonymous_id.size + r.anonymous_id.size == 0);
    assert(preferences_equal(&again.preferences, &r.preferences));
    return 0;
}
