/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/sessions.h"

#include <assert.h>
#include <math.h>

#include "base/memory.h"
#include "indexes/sessions_layout.h"

struct sessions {
    struct array_file file;
    uint32_t session_count, product_count, posting_count;
    uint64_t click_count;
    const uint32_t *posting_starts, *session_starts, *frequencies;
    const session_number *postings;
    const product_number *clicks;
    const shopper_number *shoppers;
    const struct session_weights *weights;
};

void session_set_free(struct session_set *s)
{
    mem_free(s->starts);
    mem_free(s->products);
    mem_free(s->kinds);
    mem_free(s->end_ms);
    mem_free(s->shoppers);
    mem_free(s->orders);
    *s = (struct session_set){0};
}

/* Whether the sections have the lengths their counts ask for. */
static bool lengths_fit(const struct array_file *f)
{
    const uint64_t *count = f->counts;
    uint64_t products = count[COUNT_PRODUCTS], sessions = count[COUNT_SESSIONS];

    return products < UINT32_MAX && sessions < UINT32_MAX && count[COUNT_CLICKS] <= UINT32_MAX &&
           count[COUNT_POSTINGS] <= UINT32_MAX &&
           f->sections[SECTION_POSTING_STARTS].size == 4 * (products + 1) &&
           f->sections[SECTION_POSTINGS].size == 4 * count[COUNT_POSTINGS] &&
           f->sections[SECTION_SESSION_STARTS].size == 4 * (sessions + 1) &&
           f->sections[SECTION_CLICKS].size == 4 * count[COUNT_CLICKS] &&
           f->sections[SECTION_SHOPPERS].size == 4 * sessions &&
           f->sections[SECTION_FREQUENCIES].size == 4 * products &&
           f->sections[SECTION_WEIGHTS].size == sizeof(struct session_weights) * products;
}

/* Whether starts rise from 0 to `end`. */
static bool starts_sound(const uint32_t *starts, uint32_t count, uint64_t end)
{
    for (uint32_t i = 0; i < count; i++)
        if (starts[i] > starts[i + 1])
            return false;
    return starts[0] == 0 && starts[count] == end;
}

static bool numbers_below(const uint32_t *numbers, uint64_t count, uint32_t bound)
{
    uint32_t highest = 0;

    for (uint64_t i = 0; i < count; i++)
        highest = numbers[i] > highest ? numbers[i] : highest;
    return count == 0 || highest < bound;
}

static bool postings_fall(const struct sessions *s)
{
    for (product_number p = 0; p < s->product_count; p++)
        for (uint32_t i = s->posting_starts[p] + 1; i < s->posting_starts[p + 1]; i++)
            if (s->postings[i] >= s->postings[i - 1])
                return false;
    return true;
}

static bool weights_sound(const struct sessions *s)
{
    for (product_number p = 0; p < s->product_count; p++) {
        const struct session_weights *w = &s->weights[p];
        if (!isfinite(w->similarity) || !isfinite(w->match) || !isfinite(w->prior))
            return false;
    }
    return true;
}

/* What is wrong with it, or NULL. One pass over everything: a number out of range would be read
 * behind an array later on. */
static const char *problem_of(const struct sessions *s)
{
    if (!starts_sound(s->posting_starts, s->product_count, s->posting_count) ||
        !starts_sound(s->session_starts, s->session_count, s->click_count))
        return "its parts overlap";
    if (!numbers_below(s->postings, s->posting_count, s->session_count))
        return "it names a session it does not have";
    if (!numbers_below(s->clicks, s->click_count, s->product_count))
        return "it names a product it does not have";
    if (!postings_fall(s))
        return "a product's sessions are out of order";
    if (!weights_sound(s))
        return "a product's weight is no number";
    return NULL;
}

enum status sessions_open(struct sessions **out, const char *path, struct error *err)
{
    SCOPED(sessions_close) struct sessions *s = mem_new(1, sizeof(*s));
    enum status status = array_file_open(&sessions_kind, &s->file, path, err);

    if (status != OK)
        return status;
    if (!lengths_fit(&s->file))
        return array_file_damaged(err, path, "its parts have wrong lengths");
    s->session_count = (uint32_t)s->file.counts[COUNT_SESSIONS];
    s->product_count = (uint32_t)s->file.counts[COUNT_PRODUCTS];
    s->posting_count = (uint32_t)s->file.counts[COUNT_POSTINGS];
    s->click_count = s->file.counts[COUNT_CLICKS];
    s->posting_starts = s->file.sections[SECTION_POSTING_STARTS].bytes;
    s->postings = s->file.sections[SECTION_POSTINGS].bytes;
    s->session_starts = s->file.sections[SECTION_SESSION_STARTS].bytes;
    s->clicks = s->file.sections[SECTION_CLICKS].bytes;
    s->shoppers = s->file.sections[SECTION_SHOPPERS].bytes;
    s->frequencies = s->file.sections[SECTION_FREQUENCIES].bytes;
    s->weights = s->file.sections[SECTION_WEIGHTS].bytes;
    const char *problem = problem_of(s);
    if (problem != NULL)
        return array_file_damaged(err, path, problem);
    *out = s;
    s = NULL;
    return OK;
}

void sessions_close(struct sessions **s)
{
    if (*s == NULL)
        return;
    array_file_close(&(*s)->file);
    mem_free(*s);
    *s = NULL;
}

uint32_t sessions_count(const struct sessions *s)
{
    return s->session_count;
}

uint64_t sessions_clicks(const struct sessions *s)
{
    return s->click_count;
}

product_number sessions_products(const struct sessions *s)
{
    return s->product_count;
}

uint64_t sessions_bytes(const struct sessions *s)
{
    return s->file.map.size;
}

size_t sessions_of(const struct sessions *s, product_number product, const session_number **out)
{
    if (product >= s->product_count)
        return 0;
    *out = s->postings + s->posting_starts[product];
    return s->posting_starts[product + 1] - s->posting_starts[product];
}

size_t session_products(const struct sessions *s, session_number session,
                        const product_number **out)
{
    assert(session < s->session_count);
    *out = s->clicks + s->session_starts[session];
    return s->session_starts[session + 1] - s->session_starts[session];
}

shopper_number session_shopper(const struct sessions *s, session_number session)
{
    assert(session < s->session_count);
    return s->shoppers[session];
}

uint32_t sessions_frequency(const struct sessions *s, product_number product)
{
    return product < s->product_count ? s->frequencies[product] : 0;
}

const struct session_weights *sessions_weights(const struct sessions *s)
{
    return s->weights;
}
