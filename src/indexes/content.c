/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/content.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/array_file.h"
#include "base/memory.h"

enum { BUCKET_BITS = 16, BUCKETS = 1 << BUCKET_BITS }; /* by the first bits of a term's hash */

enum content_section {
    SECTION_STARTS, /* uint32_t, BUCKETS + 1: where a bucket's terms begin */
    SECTION_HASHES, /* uint64_t, rising */
    SECTION_ROWS,   /* struct content_row */
    CONTENT_SECTION_COUNT
};

static const struct array_file_kind content_kind = {"ENDCAPCO", 1, CONTENT_SECTION_COUNT};

_Static_assert(sizeof(struct content_row) == 68, "rows are mapped as they are");

struct content {
    struct array_file file;
    uint32_t count;
    const uint32_t *starts;
    const uint64_t *hashes;
    const struct content_row *rows;
};

static uint32_t bucket_of(uint64_t hash)
{
    return (uint32_t)(hash >> (64 - BUCKET_BITS));
}

enum status content_write(const uint64_t *hashes, const struct content_row *rows, uint32_t count,
                          const char *path, struct error *err)
{
    uint32_t *starts = mem_new(BUCKETS + 1, sizeof(*starts));
    struct array_file file = {
        .counts = {count},
        .sections = {[SECTION_STARTS] = {starts, (BUCKETS + 1) * sizeof(*starts)},
                     [SECTION_HASHES] = {hashes, count * sizeof(*hashes)},
                     [SECTION_ROWS] = {rows, count * sizeof(*rows)}},
    };

    assert(count <= CONTENT_VOCABULARY_MAX);
    for (uint32_t i = 0; i < count; i++)
        starts[bucket_of(hashes[i]) + 1]++;
    for (uint32_t i = 0; i < BUCKETS; i++)
        starts[i + 1] += starts[i];
    enum status status = array_file_write(&content_kind, &file, path, err);
    mem_free(starts);
    return status;
}

/* What is wrong with it, or NULL. */
static const char *problem_of(const struct content *c)
{
    if (c->starts[0] != 0 || c->starts[BUCKETS] != c->count)
        return "its parts overlap";
    for (uint32_t i = 0; i < BUCKETS; i++)
        if (c->starts[i] > c->starts[i + 1])
            return "its parts overlap";
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t bucket = bucket_of(c->hashes[i]);
        if ((i > 0 && c->hashes[i] <= c->hashes[i - 1]) || i < c->starts[bucket] ||
            i >= c->starts[bucket + 1])
            return "its terms are out of order";
        if (!isfinite(c->rows[i].scale))
            return "a term's weight is no number";
    }
    return NULL;
}

enum status content_open(struct content **out, const char *path, struct error *err)
{
    SCOPED(content_close) struct content *c = mem_new(1, sizeof(*c));
    enum status status = array_file_open(&content_kind, &c->file, path, err);

    if (status != OK)
        return status;
    uint64_t count = c->file.counts[0];
    if (count > CONTENT_VOCABULARY_MAX ||
        c->file.sections[SECTION_STARTS].size != (BUCKETS + 1) * sizeof(*c->starts) ||
        c->file.sections[SECTION_HASHES].size != count * sizeof(*c->hashes) ||
        c->file.sections[SECTION_ROWS].size != count * sizeof(*c->rows))
        return array_file_damaged(err, path, "its parts have wrong lengths");
    c->count = (uint32_t)count;
    c->starts = c->file.sections[SECTION_STARTS].bytes;
    c->hashes = c->file.sections[SECTION_HASHES].bytes;
    c->rows = c->file.sections[SECTION_ROWS].bytes;
    const char *problem = problem_of(c);
    if (problem != NULL)
        return array_file_damaged(err, path, problem);
    *out = c;
    c = NULL;
    return OK;
}

void content_close(struct content **c)
{
    if (*c == NULL)
        return;
    array_file_close(&(*c)->file);
    mem_free(*c);
    *c = NULL;
}

uint32_t content_vocabulary(const struct content *c)
{
    return c->count;
}

uint32_t content_find(const struct content *c, uint64_t hash)
{
    uint32_t bucket = bucket_of(hash);

    for (uint32_t i = c->starts[bucket]; i < c->starts[bucket + 1]; i++)
        if (c->hashes[i] == hash)
            return i;
    return UINT32_MAX;
}

bool content_vector(const struct content *c, const struct product *p, int8_t out[CONTENT_SIZE])
{
    struct content_term terms[CONTENT_TERMS_MAX];
    size_t count = content_terms(p, terms);
    float sum[CONTENT_SIZE] = {0}, square = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t term = content_find(c, terms[i].hash);
        if (term == UINT32_MAX)
            continue;
        const struct content_row *row = &c->rows[term];
        float factor = terms[i].weight * row->scale;
        for (int k = 0; k < CONTENT_SIZE; k++)
            sum[k] += factor * row->row[k];
    }
    for (int k = 0; k < CONTENT_SIZE; k++)
        square += sum[k] * sum[k];
    memset(out, 0, CONTENT_SIZE);
    if (!(square > 0) || !isfinite(square))
        return false;
    float unit = CONTENT_UNIT / sqrtf(square);
    for (int k = 0; k < CONTENT_SIZE; k++)
        out[k] = (int8_t)lrintf(sum[k] * unit);
    return true;
}
