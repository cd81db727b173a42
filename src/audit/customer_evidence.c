/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "audit/customers.h"
#include "base/hash.h"

/* Bits. A rare surname says more than a common one: between the two bounds, by its share. */
static const double surname_most = 11, surname_least = 5, surname_near = 3, surname_other = -4;
static const double first_same = 5, first_near = 2.5, first_initial = 1;
static const double zip_same = 5, zip_near = 1.5, zip_other = -3;
static const double street_same = 7, street_near = 4, street_other = -2;
static const double phone_same = 9, phone_other = -1;
static const double box_same = 11, local_same = 5;

enum { GENDERED_LEAST = 3 };

static const double alike = 0.93, near = 0.85;

/* A man's name and a woman's that only look like two spellings of one. */
static bool are_gendered(struct text a, struct text b)
{
    static const char *const pairs[][2] = {
#define GENDERED(man, woman) {man, woman},
#include "audit/gendered_names.def"
#undef GENDERED
    };
    struct text man = a.size < b.size ? a : b, woman = a.size < b.size ? b : a;

    if (man.size >= GENDERED_LEAST && woman.size == man.size + 1 && woman.data[man.size] == 'a' &&
        memcmp(man.data, woman.data, man.size) == 0)
        return true;
    for (size_t i = 0; i < COUNT(pairs); i++)
        if ((text_is(a, pairs[i][0]) && text_is(b, pairs[i][1])) ||
            (text_is(a, pairs[i][1]) && text_is(b, pairs[i][0])))
            return true;
    return false;
}

bool first_names_agree(struct text a, struct text b)
{
    if (a.size == 0 || b.size == 0)
        return true;
    if (a.size == 1 || b.size == 1)
        return a.data[0] == b.data[0];
    if (are_gendered(a, b))
        return false;
    size_t shorter = a.size < b.size ? a.size : b.size;
    if (shorter >= 3 && memcmp(a.data, b.data, shorter) == 0)
        return true; /* Tom, Tomas */
    return jaro_winkler(a, b) >= alike || (shorter >= 5 && jaro_winkler(a, b) >= 0.9);
}

bool last_names_agree(struct text a, struct text b)
{
    return a.size == 0 || b.size == 0 || jaro_winkler(a, b) >= alike;
}

static void note(struct buffer *why, const char *what)
{
    if (why->size > 0)
        buffer_add_string(why, ", ");
    buffer_add_string(why, what);
}

static double of_surname(const struct customers *c, struct text a, struct text b,
                         struct buffer *why)
{
    if (a.size == 0 || b.size == 0)
        return 0;
    double like = jaro_winkler(a, b);
    if (like < near)
        return surname_other;
    if (!text_equal(a, b)) {
        note(why, "surname nearly");
        return surname_near;
    }
    const uint64_t *row = table_find(&c->surnames, hash_text(a, 0));
    double share = row == NULL ? 1 : (double)row[1] / (double)c->count;
    double bits = -log2(share);
    note(why, "surname");
    return bits > surname_most ? surname_most : bits < surname_least ? surname_least : bits;
}

static double of_first(struct text a, struct text b, struct buffer *why)
{
    if (a.size == 0 || b.size == 0)
        return 0;
    if (!first_names_agree(a, b))
        return -INFINITY;
    if (text_equal(a, b)) {
        note(why, "first name");
        return first_same;
    }
    note(why, "first name nearly");
    return a.size == 1 || b.size == 1 ? first_initial : first_near;
}

static double of_zip(struct text a, struct text b, struct buffer *why)
{
    size_t apart = 0;

    if (a.size == 0 || b.size == 0)
        return 0;
    if (text_equal(a, b)) {
        note(why, "postcode");
        return zip_same;
    }
    for (size_t i = 0; a.size == b.size && i < a.size; i++)
        apart += a.data[i] != b.data[i];
    return a.size == b.size && apart == 1 ? zip_near : zip_other;
}

/* The first run of digits: the house number. */
static struct text number_in(struct text street)
{
    size_t from = 0, to;

    while (from < street.size && !isdigit((unsigned char)street.data[from]))
        from++;
    for (to = from; to < street.size && isdigit((unsigned char)street.data[to]); to++)
        continue;
    return (struct text){street.data + from, to - from};
}

static double of_street(struct text a, struct text b, struct buffer *why)
{
    if (a.size == 0 || b.size == 0)
        return 0;
    if (!text_equal(number_in(a), number_in(b)))
        return street_other;
    double like = jaro_winkler(a, b);
    if (like < near)
        return street_other;
    note(why, like >= alike ? "street and number" : "street nearly, and number");
    return like >= alike ? street_same : street_near;
}

double customer_evidence(const struct customers *c, const struct customer *x,
                         const struct customer *y, struct buffer *why)
{
    double bits = of_first(x->first, y->first, why);

    bits += of_surname(c, x->last, y->last, why);
    bits += of_zip(x->zip, y->zip, why);
    bits += of_street(x->street, y->street, why);
    if (x->phone != 0 && y->phone != 0) {
        bits += x->phone == y->phone ? phone_same : phone_other;
        if (x->phone == y->phone)
            note(why, "phone number");
    }
    if (x->mailbox != 0 && x->mailbox == y->mailbox) {
        bits += box_same;
        note(why, "mailbox");
    } else if (x->local != 0 && x->local == y->local) {
        bits += local_same;
        note(why, "e-mail name");
    }
    return bits;
}
