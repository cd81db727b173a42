/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the texts of a product: its words are UTF-8, folded once for all, and its terms few,
 * in order and with weights above zero; whatever a model has learned from others, its vector is as
 * long as vectors are, or there is none.
 *
 * Fields are parted by bytes of 0x1F: title, category, brand, description, then names and values of
 * attributes. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/words.h"
#include "indexes/content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LETTERS = 26 };

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* A model that knows the words of one small letter, made once. */
static const struct content *model(void)
{
    static struct content *made;
    char path[64];
    uint64_t hashes[LETTERS];
    struct content_row rows[LETTERS];

    if (made != NULL)
        return made;
    for (int i = 0; i < LETTERS; i++) {
        char letter = (char)('a' + i);
        struct product p = product_blank();
        struct content_term terms[CONTENT_TERMS_MAX];
        p.title = (struct text){&letter, 1};
        assert(content_terms(&p, terms) == 1);
        hashes[i] = terms[0].hash;
    }
    qsort(hashes, LETTERS, sizeof(*hashes), by_value);
    for (int i = 0; i < LETTERS; i++) {
        rows[i].scale = (float)(1 + i % 5) / 100;
        for (int k = 0; k < CONTENT_SIZE; k++)
            rows[i].row[k] = (int8_t)(hash_u64(hashes[i] + (uint64_t)k) % 255 - 127);
    }
    (void)snprintf(path, sizeof(path), "/tmp/endcap-content-fuzz-%ld", (long)getpid());
    struct error err = {0};
    assert(content_write(hashes, rows, LETTERS, path, &err) == OK);
    assert(content_open(&made, path, &err) == OK);
    (void)unlink(path); /* it stays mapped */
    return made;
}

static void check_words(struct text t)
{
    struct words w = {.rest = t};
    struct text word;
    size_t count = 0;

    for (; words_next(&w, &word); count++) {
        char copy[WORD_SIZE];
        assert(word.size > 0 && word.size <= WORD_SIZE && text_utf8_valid(word));
        memcpy(copy, word.data, word.size);
        struct words again = {.rest = {copy, word.size}};
        struct text same;
        assert(words_next(&again, &same) && text_equal(same, (struct text){copy, word.size}));
    }
    assert(count <= t.size);
}

static void check_vector(const struct product *p)
{
    int8_t vector[CONTENT_SIZE];
    int32_t square = 0;
    bool there = content_vector(model(), p, vector);

    for (int k = 0; k < CONTENT_SIZE; k++) {
        assert(vector[k] >= -CONTENT_UNIT);
        square += vector[k] * vector[k];
    }
    /* each of 64 places is rounded by at most a half */
    assert(there ? fabs(sqrt(square) - CONTENT_UNIT) <= 4 : square == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct content_term terms[CONTENT_TERMS_MAX];
    struct attribute attributes[PRODUCT_ATTRIBUTES_MAX];
    struct product p = product_blank();
    struct text rest = {(const char *)data, size};

    if (size > 65536)
        return 0;
    check_words(rest);
    p.item_id = TEXT("x");
    p.title = text_cut(&rest, '\x1F');
    p.category = text_cut(&rest, '\x1F');
    p.brand = text_cut(&rest, '\x1F');
    p.description = text_cut(&rest, '\x1F');
    for (; rest.size > 0 && p.attribute_count < PRODUCT_ATTRIBUTES_MAX; p.attribute_count++) {
        attributes[p.attribute_count].name = text_cut(&rest, '\x1F');
        attributes[p.attribute_count].value = text_cut(&rest, '\x1F');
    }
    p.attributes = attributes;
    size_t count = content_terms(&p, terms);
    assert(count <= CONTENT_TERMS_MAX);
    for (size_t i = 0; i < count; i++)
        assert(terms[i].weight > 0 && isfinite(terms[i].weight) &&
               (i == 0 || terms[i].hash > terms[i - 1].hash));
    check_vector(&p);
    return 0;
}
