/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes that disagree: names and values in more than one spelling, two names for one thing, mixed
 * units. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "audit/parts.h"
#include "base/hash.h"
#include "base/memory.h"

enum {
    NAMES_MAX = 2048, /* further ones are passed over */
    PAIRED_MAX = 256, /* the first so many are held against each other */
    VALUES_MAX = 500000,
    VALUE_BYTES_MAX = 60,
    SHARED_LEAST = 4,
    UNITS = 16,
};

static const double shared_from = 0.5;

struct name {
    uint64_t key; /* of the folded name */
    uint64_t exact;
    struct text text;
    uint32_t number, values, last_product;
    bool spelled_twice, values_twice;
    uint32_t units[UNITS];
    uint32_t measures;
};

/* One value of one name, folded. */
struct value {
    uint64_t key;
    uint64_t exact, bare; /* bare: hash without the name */
    struct text text;
    uint32_t name;
};

struct attributes {
    struct key_table names, values;
    struct arena keep, scratch;
    bool *together;   /* PAIRED_MAX by PAIRED_MAX: stood in one product */
    uint32_t product; /* the present one, from 1 */
    struct text spelled[2][AUDIT_EXAMPLES];
    uint32_t spelled_count[2];
};

struct attributes *attributes_new(void)
{
    struct attributes *x = mem_new(1, sizeof(*x));

    x->names = (struct key_table){.row_size = sizeof(struct name), .max = NAMES_MAX};
    x->values = (struct key_table){.row_size = sizeof(struct value), .max = VALUES_MAX};
    x->together = mem_new((size_t)PAIRED_MAX * PAIRED_MAX, sizeof(bool));
    return x;
}

static struct text kept_short(struct attributes *x, struct text t)
{
    return arena_text(&x->keep, text_utf8_prefix(t, VALUE_BYTES_MAX));
}

/* `name` may be absent. */
static void spelled_twice(struct attributes *x, int which, struct text name, struct text pair[2])
{
    if (x->spelled_count[which] < AUDIT_EXAMPLES)
        x->spelled[which][x->spelled_count[which]++] = text_from(
            arena_printf(&x->keep, "%.*s%s%.*s, %.*s", (int)name.size,
                         name.data == NULL ? "" : name.data, name.size > 0 ? ": " : "",
                         (int)pair[0].size, pair[0].data, (int)pair[1].size, pair[1].data));
}

/* "140 cm", "5.5\"" : the unit's row, 0 when it is no measure. */
static uint32_t unit_of(struct text value)
{
    static const struct {
        const char *word;
        uint32_t dimension, unit;
    } units[] = {
#define UNIT(word, dimension, unit) {word, dimension, unit},
#include "audit/units.def"
#undef UNIT
    };
    size_t at = 0;

    value = text_trim(value);
    while (at < value.size && (isdigit((unsigned char)value.data[at]) || value.data[at] == '.' ||
                               value.data[at] == ','))
        at++;
    if (at == 0)
        return 0;
    struct text rest = text_trim((struct text){value.data + at, value.size - at});
    for (size_t i = 0; i < COUNT(units); i++)
        if (text_equal_nocase(rest, text_from(units[i].word)))
            return units[i].unit;
    return 0;
}

static void take_value(struct attributes *x, struct name *name, struct text value)
{
    uint32_t unit = unit_of(value);
    bool fresh;

    if (unit != 0) {
        name->units[unit]++;
        name->measures++;
        return;
    }
    if (value.size == 0 || value.size > VALUE_BYTES_MAX || isdigit((unsigned char)value.data[0]))
        return;
    uint64_t bare = hash_text(folded_text(value, &x->scratch), 0);
    uint64_t exact = hash_text(value, 0);
    struct value *v = table_add(&x->values, hash_u64(bare + name->key), &fresh);
    if (v == NULL)
        return;
    if (fresh) {
        v->exact = exact;
        v->bare = bare;
        v->name = name->number;
        v->text = kept_short(x, value);
        name->values++;
        return;
    }
    if (v->exact == exact || name->values_twice)
        return;
    name->values_twice = true;
    spelled_twice(x, 1, name->text, (struct text[2]){v->text, value});
}

static struct name *take_name(struct attributes *x, struct text text)
{
    uint64_t exact = hash_text(text, 0);
    bool fresh;
    struct name *n = table_add(&x->names, hash_text(folded_code(text, &x->scratch), 0), &fresh);

    if (n == NULL)
        return NULL;
    if (fresh) {
        n->exact = exact;
        n->number = (uint32_t)x->names.count - 1;
        n->text = kept_short(x, text);
    } else if (n->exact != exact && !n->spelled_twice) {
        n->spelled_twice = true;
        spelled_twice(x, 0, (struct text){0}, (struct text[2]){n->text, text});
    }
    return n;
}

static void take(struct attributes *x, const struct attribute *list, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct name *n = take_name(x, list[i].name);

        if (n == NULL)
            continue;
        n->last_product = x->product;
        take_value(x, n, list[i].value);
    }
}

/* Which names stand in the present product, against each other. */
static void take_pairs(struct attributes *x)
{
    uint32_t here[PAIRED_MAX], count = 0;

    for (uint32_t i = 0; i < x->names.count && i < PAIRED_MAX; i++)
        if (((struct name *)table_row(&x->names, i))->last_product == x->product)
            here[count++] = i;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = i + 1; k < count; k++)
            x->together[here[i] * PAIRED_MAX + here[k]] = true;
}

void attributes_product(struct attributes *x, const struct product *p)
{
    arena_reset(&x->scratch);
    x->product++;
    take(x, p->attributes, p->attribute_count);
    for (uint32_t i = 0; i < p->variant_count; i++)
        take(x, p->variants[i].attributes, p->variants[i].attribute_count);
    take_pairs(x);
}

/* ---- conclusions ---- */

static int by_bare(const void *a, const void *b)
{
    const struct value *const *x = a, *const *y = b;

    if ((*x)->bare != (*y)->bare)
        return (*x)->bare < (*y)->bare ? -1 : 1;
    return (*x)->name < (*y)->name ? -1 : (*x)->name > (*y)->name;
}

/* How many values two names share, for all pairs of the first names. */
static uint32_t *shared_values(struct attributes *x)
{
    const struct value **all = mem_new(x->values.count + 1, sizeof(struct value *));
    uint32_t *shared = mem_new((size_t)PAIRED_MAX * PAIRED_MAX, sizeof(*shared));
    size_t count = 0;

    for (size_t i = 0; i < x->values.count; i++) {
        const struct value *v = table_row(&x->values, i);
        if (v->name < PAIRED_MAX)
            all[count++] = v;
    }
    qsort(all, count, sizeof(struct value *), by_bare);
    for (size_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && all[next]->bare == all[i]->bare; next++)
            continue;
        for (size_t k = i; k < next; k++)
            for (size_t m = k + 1; m < next; m++)
                shared[all[k]->name * PAIRED_MAX + all[m]->name]++;
    }
    mem_free(all);
    return shared;
}

static void conclude_twins(struct attributes *x, struct audit *a)
{
    uint32_t *shared = shared_values(x);
    uint32_t count = x->names.count < PAIRED_MAX ? (uint32_t)x->names.count : PAIRED_MAX;

    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = i + 1; k < count; k++) {
            const struct name *m = table_row(&x->names, i), *n = table_row(&x->names, k);
            uint32_t both = shared[i * PAIRED_MAX + k];

            if (both < SHARED_LEAST || x->together[i * PAIRED_MAX + k] ||
                both < shared_from * (m->values + n->values - both))
                continue;
            if (found(a, CHECK_attribute_twins))
                example(a, CHECK_attribute_twins, "%.*s and %.*s share %u values",
                        (int)m->text.size, m->text.data, (int)n->text.size, n->text.data, both);
        }
    mem_free(shared);
}

static void conclude_units(struct audit *a, const struct name *n)
{
    static const char *const words[UNITS] = {"",   "mm", "cm", "m",  "in", "ft",    "g",   "kg",
                                             "lb", "oz", "ml", "cl", "l",  "fl oz", "gal", ""};
    SCOPED(buffer_free) struct buffer mixed = {0};
    static const uint32_t dimension_end[] = {5, 9, 14};
    bool mixes = false;

    if (n->measures < 2)
        return;
    looked_at(a, CHECK_unit_mixed, 1);
    for (uint32_t d = 0, u = 1; d < COUNT(dimension_end); d++) {
        uint32_t kinds = 0;
        for (; u <= dimension_end[d]; u++) {
            if (n->units[u] == 0)
                continue;
            kinds++;
            buffer_printf(&mixed, "%s%u in %s", mixed.size > 0 ? ", " : "", n->units[u], words[u]);
        }
        mixes |= kinds > 1;
    }
    if (mixes && found(a, CHECK_unit_mixed))
        example(a, CHECK_unit_mixed, "%.*s: %s", (int)n->text.size, n->text.data, mixed.data);
}

void attributes_close(struct attributes *x, struct audit *a)
{
    static const enum check spelled[] = {CHECK_attribute_spellings, CHECK_value_spellings};

    looked_at(a, CHECK_attribute_spellings, x->names.count);
    looked_at(a, CHECK_value_spellings, x->names.count);
    looked_at(a, CHECK_attribute_twins, x->names.count);
    for (size_t i = 0; i < x->names.count; i++) {
        const struct name *n = table_row(&x->names, i);
        tally_of(a, CHECK_attribute_spellings)->count += n->spelled_twice;
        tally_of(a, CHECK_value_spellings)->count += n->values_twice;
        conclude_units(a, n);
    }
    for (size_t which = 0; which < COUNT(spelled); which++)
        for (uint32_t i = 0; i < x->spelled_count[which]; i++)
            example(a, spelled[which], "%.*s", (int)x->spelled[which][i].size,
                    x->spelled[which][i].data);
    conclude_twins(x, a);
    table_free(&x->names);
    table_free(&x->values);
    mem_free(x->together);
    arena_free(&x->keep);
    arena_free(&x->scratch);
    mem_free(x);
}
