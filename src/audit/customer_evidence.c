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
static const double email_same = 15, box_same = 11, local_same = 5, office_same = 3;

enum { GENDERED_LEAST = 3 };

static const double alike = 0.93, near = 0.85;

/* A man's name and a woman's that only look like two spellings of one. */
static bool are_gendered(struct text a, struct text b)
{
    static const struct {
        const char *names[2];
        size_t sizes[2];
    } pairs[] = {
#define GENDERED(man, woman) {{man, woman}, {sizeof(man) - 1, sizeof(woman) - 1}},
#include "audit/gendered_names.def"
#undef GENDERED
    };
    struct text man = a.size < b.size ? a : b, woman = a.size < b.size ? b : a;

    if (man.size >= GENDERED_LEAST && woman.size == man.size + 1 && woman.data[man.size] == 'a' &&
        memcmp(man.data, woman.data, man.size) == 0)
        return true;
    for (size_t i = 0; i < COUNT(pairs); i++)
        for (int k = 0; k < 2; k++)
            if (a.size == pairs[i].sizes[k] && b.size == pairs[i].sizes[!k] &&
                memcmp(a.data, pairs[i].names[k], a.size) == 0 &&
                memcmp(b.data, pairs[i].names[!k], b.size) == 0)
                return true;
    return false;
}

/* A name that so many bear, and no less than this share of what the other has, is no slip of the pen. */
enum { NAME_BEARERS = 4, NAME_SHARE = 20 };

static bool begins(struct text a, struct text b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;

    return shorter >= 3 && memcmp(a.data, b.data, shorter) == 0;
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
    if (begins(a, b))
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

static uint64_t bearers(const struct key_table *names, struct text name)
{
    const uint64_t *row = table_find(names, hash_text(name, 0));

    return row == NULL ? 0 : row[1];
}

/* Two names, as Jan and Jana are, rather than one that was written twice? The file tells, when it has
 * enough of both. */
static bool two_names(const struct customers *c, struct text a, struct text b)
{
    if (a.size < 2 || b.size < 2 || text_equal(a, b))
        return false;
    uint64_t x = bearers(&c->firsts, a), y = bearers(&c->firsts, b);
    uint64_t less = x < y ? x : y, more = x < y ? y : x;
    return less >= NAME_BEARERS && less * NAME_SHARE >= more;
}

/* Alex may be Alexander. Marie is not Maria; nor is Jana, with one letter more, a short Jan. */
static bool may_be_short(struct text a, struct text b)
{
    return begins(a, b) && a.size + 1 != b.size && b.size + 1 != a.size;
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

static bool phones_meet(const struct customer *x, const struct customer *y)
{
    if (x->e164 != 0 && y->e164 != 0)
        return x->e164 == y->e164;
    return x->phone != 0 && x->phone == y->phone;
}

bool contacts_meet(const struct customer *x, const struct customer *y)
{
    return (x->email != 0 && x->email == y->email) || phones_meet(x, y);
}

/* What a whole household has in common. */
static double of_household(const struct customer *x, const struct customer *y, struct buffer *why)
{
    double bits = of_zip(x->zip, y->zip, why) + of_street(x->street, y->street, why);

    if (x->phone == 0 || y->phone == 0 || x->crowd_phone || y->crowd_phone)
        return bits;
    if (!phones_meet(x, y))
        return bits + phone_other;
    note(why, "phone number");
    return bits + phone_same;
}

static double of_email(const struct customer *x, const struct customer *y, struct buffer *why)
{
    bool office = x->office || y->office;

    if (x->email != 0 && x->email == y->email) {
        note(why, "e-mail address");
        return office ? office_same : email_same;
    }
    if (office)
        return 0;
    if (x->mailbox != 0 && x->mailbox == y->mailbox) {
        note(why, "mailbox");
        return box_same;
    }
    if (x->local == 0 || x->local != y->local)
        return 0;
    note(why, "e-mail name");
    return local_same;
}

double customer_evidence(const struct customers *c, const struct customer *x,
                         const struct customer *y, struct buffer *why)
{
    double bits = of_first(x->first, y->first, why);
    bool two = two_names(c, x->first, y->first);

    if (two && !may_be_short(x->first, y->first))
        return -INFINITY;
    bits += of_surname(c, x->last, y->last, why);
    double household = of_household(x, y, why);
    bits += two && household > 0 ? 0 : household;
    return bits + of_email(x, y, why);
}
