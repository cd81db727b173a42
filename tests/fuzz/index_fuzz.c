/* SPDX-License-Identifier: Apache-2.0 */
/* index_fuzz: whatever comes as an index file of a generation, it is refused with a sentence that names
 * it, or all of it can be read without leaving its memory. Its first bytes say of which kind it is;
 * every kind is tried. Trees have a target of their own (model_fuzz). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/attributes.h"
#include "indexes/encoder.h"
#include "indexes/pairs.h"
#include "indexes/sessions.h"
#include "indexes/transitions.h"
#include "indexes/vectors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* Products that are asked for; some lie beyond any index that fits an input. */
enum { PATH_SIZE = 64, PRODUCTS = 3000 };

/* Where what was read goes, so that reading it is not left out. */
static volatile double sink;

static void check_refused(enum status status, const struct error *err, const char *path)
{
    CHECK(status == ERR_CORRUPT);
    CHECK(strstr(err->message, path) != NULL);
}

static void read_sessions(const char *path)
{
    SCOPED(sessions_close) struct sessions *s = NULL;
    struct error err = {0};
    enum status status = sessions_open(&s, path, &err);

    if (status != OK) {
        check_refused(status, &err, path);
        return;
    }
    for (product_number p = 0; p < sessions_products(s); p++) {
        const session_number *of = NULL;
        size_t count = sessions_of(s, p, &of);
        sink += (double)sessions_weights(s)[p].prior + sessions_frequency(s, p);
        for (size_t i = 0; i < count; i++) {
            const product_number *products = NULL;
            size_t length = session_products(s, of[i], &products);
            for (size_t k = 0; k < length; k++)
                CHECK(products[k] < sessions_products(s));
            sink += session_shopper(s, of[i]);
        }
    }
}

static void read_pairs(const char *path)
{
    SCOPED(pairs_close) struct pairs *pairs = NULL;
    struct error err = {0};
    enum status status = pairs_open(&pairs, path, &err);

    if (status != OK) {
        check_refused(status, &err, path);
        return;
    }
    for (product_number p = 0; p < PRODUCTS; p++) {
        const struct pair *list = NULL;
        size_t count = pairs_of(pairs, p, &list);
        for (size_t i = 0; i < count; i++)
            sink += list[i].product;
    }
}

static void read_transitions(const char *path)
{
    SCOPED(transitions_close) struct transitions *t = NULL;
    struct error err = {0};
    enum status status = transitions_open(&t, path, &err);

    if (status != OK) {
        check_refused(status, &err, path);
        return;
    }
    for (product_number p = 0; p < PRODUCTS; p++) {
        const struct transition *list = NULL;
        size_t count = transitions_of(t, p, &list);
        CHECK(count <= TRANSITIONS_PER_PRODUCT_MAX);
        for (size_t i = 0; i < count; i++) {
            CHECK(i == 0 || list[i].after <= list[i - 1].after);
            sink += list[i].product;
        }
        sink += (double)(transitions_total(t, p) + transitions_course(t, p)->leaves);
    }
}

static void read_encoder(const char *path)
{
    SCOPED(encoder_close) struct encoder *e = NULL;
    struct encoder_hit hits[50];
    struct session_vector v;
    struct error err = {0};
    enum status status = encoder_open(&e, path, &err);

    if (status != OK) {
        check_refused(status, &err, path);
        return;
    }
    for (product_number p = 0; p < PRODUCTS; p++) {
        const product_number clicks[] = {p, p / 2, PRODUCT_NONE, p + 1};
        encoder_encode(e, clicks, COUNT(clicks), &v);
        sink += (double)(encoder_likeness(e, &v, p) + encoder_between(e, p, p / 3));
        if (v.count > 0 && encoder_knows(e, p))
            CHECK(encoder_owed(e, &v, p) < v.count);
    }
    size_t count = encoder_search(e, &v, COUNT(hits), hits);
    for (size_t i = 0; i < count; i++)
        CHECK(encoder_knows(e, hits[i].product));
}

static void read_vectors(const char *path)
{
    SCOPED(vectors_close) struct vectors *v = NULL;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct alike found[20];
    struct error err = {0};
    enum status status = vectors_open(&v, path, &err);

    if (status != OK) {
        check_refused(status, &err, path);
        return;
    }
    for (product_number p = 0; p < PRODUCTS; p++) {
        uint32_t shoppers = 0;
        const struct product_vector *vector = vectors_find(v, p, &shoppers);
        if (vector == NULL)
            continue;
        const struct vectors_query query = {.vector = *vector, .support_min = 1};
        size_t count = vectors_search(v, &query, COUNT(found), &a, found);
        CHECK(count <= COUNT(found));
        for (size_t i = 0; i < count; i++)
            CHECK(vectors_find(v, found[i].product, NULL) != NULL);
        sink += (double)vectors_likeness(vector, vectors_find(v, p / 2, NULL)) + shoppers;
    }
}

/* A file without a name, which has a path all the same. */
static int file_of(const void *bytes, size_t size, char path[PATH_SIZE])
{
    int fd = memfd_create("index_fuzz", MFD_CLOEXEC);

    CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    (void)snprintf(path, PATH_SIZE, "/proc/self/fd/%d", fd); /* fits */
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[PATH_SIZE];
    int fd = file_of(data, size, path);

    read_sessions(path);
    read_pairs(path);
    read_transitions(path);
    read_encoder(path);
    read_vectors(path);
    (void)close(fd); /* in memory */
    return 0;
}
