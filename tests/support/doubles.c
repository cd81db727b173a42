/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/doubles.h"

#include <stdio.h>
#include <string.h>

#include "audit/customers.h"
#include "base/memory.h"
#include "base/random.h"
#include "tests/support/test.h"

static const char *const surnames[] = {
    "Smith",       "Jones",     "Taylor", "Brown",     "Williams", "Wilson",       "Johnson",
    "Davies",      "Patel",     "Wright", "Walker",    "White",    "Hughes",       "Green",
    "Lewis",       "Harris",    "Clarke", "Jackson",   "Turner",   "Hill",         "Cooper",
    "Ward",        "Morris",    "Moore",  "Clark",     "Lee",      "King",         "Baker",
    "Harrison",    "Morgan",    "Allen",  "James",     "Scott",    "Phillips",     "Watson",
    "Davis",       "Parker",    "Price",  "Bennett",   "Young",    "Quennerstedt", "Oyelaran",
    "Vandersteen", "Kowalczyk", "Szabo",  "Lindqvist", "Ferreira", "Nakamura"};
static const char *const first_names[] = {
    "Oliver",   "George",    "Harry",     "Jack",      "Charlie",   "Thomas", "Oscar",  "William",
    "James",    "Henry",     "Amelia",    "Olivia",    "Isla",      "Emily",  "Poppy",  "Ava",
    "Isabella", "Jessica",   "Sophie",    "Grace",     "Matthew",   "Daniel", "Samuel", "Edward",
    "Hannah",   "Eleanor",   "Charlotte", "Beatrice",  "Florence",  "Martha", "Jan",    "Jana",
    "Chris",    "Christine", "Max",       "Maxim",     "Marie",     "Maria",  "Paul",   "Paula",
    "Daniela",  "Anna",      "Anne",      "Alexander", "Alexandra", "Julian", "Juliane"};
/* Two people's, however like each other. */
static const char *const near_names[][2] = {
    {"Jan", "Jana"},    {"Chris", "Christine"}, {"Max", "Maxim"},
    {"Marie", "Maria"}, {"Paul", "Paula"},      {"Daniel", "Daniela"},
    {"Anna", "Anne"},   {"Julian", "Juliane"},  {"Alexander", "Alexandra"}};
static const char *const streets[] = {
    "High Street", "Station Road",  "Main Street", "Park Road",     "Church Street",
    "London Road", "Victoria Road", "Green Lane",  "Manor Road",    "Kings Road",
    "Queens Road", "New Road",      "Mill Lane",   "Grange Avenue", "The Crescent"};

enum { PERSONS = 6000 };

struct person {
    char first[24], last[24], email[96], phone[32], street[64], zip[16];
};

/* The records of a file, each with the person it is of. */
struct file {
    struct buffer csv;
    uint32_t person_of[2 * PERSONS + 10]; /* by line */
    uint32_t lines;
    bool repeated[2 * PERSONS + 10]; /* of a person who stood there before */
};

static void add(struct file *f, const struct person *p, uint32_t who, bool repeated)
{
    f->lines++;
    f->person_of[f->lines + 1] = who; /* the header is line 1 */
    f->repeated[f->lines + 1] = repeated;
    buffer_printf(&f->csv, "%s,%s,%s,%s,%s,%s,GB\n", p->first, p->last, p->email, p->phone,
                  p->street, p->zip);
}

static const char *surname(struct random *r)
{
    /* a few names are common */
    double u = random_unit(r);
    return surnames[(size_t)(u * u * COUNT(surnames))];
}

static struct person person_new(struct random *r, uint32_t n)
{
    struct person p;

    snprintf(p.first, sizeof(p.first), "%s", first_names[random_below(r, COUNT(first_names))]);
    snprintf(p.last, sizeof(p.last), "%s", surname(r));
    snprintf(p.email, sizeof(p.email), "%s.%s%u@mail.example", p.first, p.last, n);
    snprintf(p.phone, sizeof(p.phone), "+44 20 %08u", random_below(r, 100000000));
    snprintf(p.street, sizeof(p.street), "%u %s", 1 + random_below(r, 120),
             streets[random_below(r, COUNT(streets))]);
    snprintf(p.zip, sizeof(p.zip), "%c%c%u %u%c%c", 'A' + (char)random_below(r, 26),
             'A' + (char)random_below(r, 26), 1 + random_below(r, 20), random_below(r, 10),
             'A' + (char)random_below(r, 26), 'A' + (char)random_below(r, 26));
    return p;
}

/* Two letters change places, the first and the last one aside. */
static void slip(char *word, struct random *r)
{
    size_t at = strlen(word) < 4 ? 1 : 2 + random_below(r, (uint32_t)strlen(word) - 3);
    char c = word[at];

    word[at] = word[at - 1];
    word[at - 1] = c;
}

static void fresh_email(struct person *p, uint32_t n)
{
    snprintf(p->email, sizeof(p->email), "x%u@other.example", n);
}

/* The same person once more, in one of the ways that happens. */
static struct person once_more(const struct person *of, struct random *r, uint32_t n)
{
    struct person p = *of;

    switch (n % 9) {
    case 0: /* the same account in capitals, moved */
        for (char *c = p.email; *c != '\0'; c++)
            *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
        snprintf(p.street, sizeof(p.street), "%u Elsewhere Close", n % 50);
        snprintf(p.zip, sizeof(p.zip), "ZZ%u 1AA", n % 90);
        break;
    case 1: /* married */
        snprintf(p.last, sizeof(p.last), "%s", surnames[random_below(r, COUNT(surnames))]);
        break;
    case 2: /* a new address for mail, the phone written another way */
        fresh_email(&p, n);
        snprintf(p.phone, sizeof(p.phone), "0%s", of->phone + 4);
        break;
    case 3: /* a guest: no phone, other mail, a slip in the surname */
        fresh_email(&p, n);
        p.phone[0] = '\0';
        slip(p.last, r);
        break;
    case 4: /* initial only, other mail */
        fresh_email(&p, n);
        p.first[1] = '\0';
        p.phone[0] = '\0';
        break;
    case 5: /* a slip in the first name and another way to write the street */
        fresh_email(&p, n);
        slip(p.first, r);
        p.phone[0] = '\0';
        break;
    case 6: /* no address for mail at all */
        p.email[0] = '\0';
        p.phone[0] = '\0';
        break;
    case 7: /* called by the first letters, under the same address for mail */
        p.first[strlen(p.first) > 4 ? 4 : strlen(p.first)] = '\0';
        snprintf(p.phone, sizeof(p.phone), "+44 161 %07u", n);
        break;
    default: /* married and moved in together: mail name kept at another provider */
        snprintf(p.email, sizeof(p.email), "%.*s@new.example", (int)strcspn(of->email, "@"),
                 of->email);
        p.phone[0] = '\0';
    }
    return p;
}

/* Others who look alike: partners, twins, namesakes far away, one of them with a number that only a
 * country tells apart. */
static struct person another(const struct person *of, struct random *r, uint32_t n)
{
    struct person p = person_new(r, 100000 + n);
    uint32_t how = n % 8;

    if (how >= 6) { /* a namesake: names alone */
        snprintf(p.first, sizeof(p.first), "%s", of->first);
        snprintf(p.last, sizeof(p.last), "%s", of->last);
        if (how == 7)
            snprintf(p.phone, sizeof(p.phone), "+1 2%s", of->phone + 4);
        return p;
    }
    while (strcmp(p.first, of->first) == 0)
        snprintf(p.first, sizeof(p.first), "%s", first_names[random_below(r, COUNT(first_names))]);
    for (size_t i = 0; i < COUNT(near_names) && how >= 3; i++)
        if (strcmp(near_names[i][0], of->first) == 0)
            snprintf(p.first, sizeof(p.first), "%s", near_names[i][1]);
    snprintf(p.last, sizeof(p.last), "%s", of->last);
    snprintf(p.street, sizeof(p.street), "%s", of->street);
    snprintf(p.zip, sizeof(p.zip), "%s", of->zip);
    if (how % 3 == 1)
        snprintf(p.phone, sizeof(p.phone), "%s", of->phone); /* one phone in the house */
    if (how % 3 == 2)
        snprintf(p.email, sizeof(p.email), "%s", of->email); /* one account for both */
    return p;
}

static void judge(const struct file *f, const struct customers *c, struct doubles *d)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct customer *x = &c->all[i];
        bool right = x->same_as != 0 && f->person_of[x->same_as] == f->person_of[x->line];
        d->right += f->repeated[x->line];
        if (x->same_as == 0)
            continue;
        if (x->told == CHECK_customer_similar) {
            d->suggested++;
            d->suggested_right += right;
        } else {
            d->linked++;
            d->linked_right += right;
        }
    }
}

static void fill(struct file *f, uint64_t seed)
{
    struct random r;

    random_seed(&r, seed);
    buffer_add_string(&f->csv, "first_name,last_name,email,phone,address1,zip,country\n");
    for (uint32_t i = 0; i < PERSONS; i++) {
        struct person p = person_new(&r, i);
        if (i % 6 == 1 && i / 6 % 8 >= 3 && i / 6 % 8 < 6)
            snprintf(p.first, sizeof(p.first), "%s",
                     near_names[random_below(&r, COUNT(near_names))][0]);
        add(f, &p, i, false);
        if (i % 6 == 0) {
            struct person more = once_more(&p, &r, i / 6);
            add(f, &more, i, true);
        } else if (i % 6 == 1) {
            struct person other = another(&p, &r, i / 6);
            add(f, &other, 100000 + i, false);
        }
    }
}

struct doubles customers_doubled(uint64_t seed)
{
    struct file *f = mem_new(1, sizeof(*f));
    struct catalog *catalog = catalog_new();
    struct doubles d = {0};
    struct error err = {0};
    struct audit *a = audit_new(
        &(struct audit_options){.catalog = catalog, .program = program_builtin(), .now_ms = 1});

    fill(f, seed);
    FILE *in = fmemopen(f->csv.data, f->csv.size, "r");
    assert_non_null(in);
    assert_int_equal(audit_customers(a, in, &err), OK);
    fclose(in);
    (void)audit_finish(a);
    judge(f, a->customers, &d);
    audit_free(&a);
    buffer_free(&f->csv);
    catalog_free(catalog);
    mem_free(f);
    return d;
}

/* ---- products ---- */

enum { PRODUCTS = 3000 };

struct shelf {
    struct catalog *catalog;
    uint32_t truth[2 * PRODUCTS]; /* by product number: the thing it is */
    bool repeated[2 * PRODUCTS];
};

static void put(struct shelf *s, const char *id, const char *title, uint32_t what, bool repeated)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct product p = product_blank();

    p.item_id = text_from(id);
    p.title = text_from(title);
    p.brand = text_starts(p.item_id, "c-") ? TEXT("Saltmarsh") : TEXT("Nordwald");
    p.price = 100 * (int64_t)MONEY_UNIT;
    product_encode(&p, &body);
    struct record r = {.kind = RECORD_PRODUCT, .body = buffer_text(&body)};
    product_number n = catalog_fold(s->catalog, &r);
    s->truth[n] = what;
    s->repeated[n] = repeated;
}

static const char *const names[] = {
    "Arvika", "Bergen",   "Dalarna", "Falun", "Gotland", "Halmstad", "Kalmar", "Lidingo",
    "Malmo",  "Norrland", "Orebro",  "Skane", "Tromso",  "Uppsala",  "Vaxjo",  "Ystad"};
static const char *const kinds[] = {"dining table", "bookcase",      "armchair", "floor lamp",
                                    "wool carpet",  "bedside table", "wardrobe", "mirror",
                                    "writing desk", "sideboard"};
static const char *const woods[] = {"oiled oak", "solid walnut", "lacquered beech", "smoked ash",
                                    "scrubbed pine"};

/* The same thing entered again, or another that only looks like it. */
static void put_second(struct shelf *s, uint32_t i, const char *words[4])
{
    char id[32], title[200];
    uint32_t other = 100000 + i;
    uint32_t how = i / 3 % 6;

    snprintf(id, sizeof(id), "b-%u", i);
    if (how == 4) { /* words in another order */
        snprintf(title, sizeof(title), "%s %s, %s %s", words[2], words[0], words[1], words[3]);
    } else if (how == 5) { /* a slip of the finger */
        snprintf(title, sizeof(title), "%s %s %s %s", words[0], words[1], words[2], words[3]);
        size_t at = strlen(title) - strlen(words[3]) + 3;
        char c = title[at];
        title[at] = title[at + 1];
        title[at + 1] = c;
    } else if (how == 0) {
        snprintf(title, sizeof(title), "%s %s, the %s in %s", words[0], words[1], words[2],
                 words[3]);
    } else if (how == 1) {
        snprintf(title, sizeof(title), "%s  %s - %s, %s", words[0], words[1], words[2], words[3]);
    } else {
        snprintf(title, sizeof(title), how == 2 ? "%s %s %s %s Pro" : "%s %s %s %s, blue", words[0],
                 words[1], words[2], words[3]);
    }
    put(s, id, title, how == 2 || how == 3 ? other : i, how != 2 && how != 3);
}

struct doubles products_doubled(void)
{
    static struct shelf s;
    SCOPED(audit_free) struct audit *a = NULL;
    struct doubles d = {0};

    s.catalog = catalog_new();
    for (uint32_t i = 0; i < PRODUCTS; i++) {
        char id[32], title[200], model[32];
        const char *words[4] = {names[i % COUNT(names)], model, kinds[i / 16 % COUNT(kinds)],
                                woods[i / 7 % COUNT(woods)]};
        snprintf(id, sizeof(id), "a-%u", i);
        snprintf(model, sizeof(model), "K%u", i);
        snprintf(title, sizeof(title), "%s %s %s %s", words[0], words[1], words[2], words[3]);
        put(&s, id, title, i, false);
        if (i % 3 == 0)
            put_second(&s, i, words);
        if (i % 50 == 1) { /* another maker's of the same name */
            snprintf(id, sizeof(id), "c-%u", i);
            put(&s, id, title, 200000 + i, false);
        }
    }
    a = audit_new(
        &(struct audit_options){.catalog = s.catalog, .program = program_builtin(), .now_ms = 1});
    (void)audit_finish(a);
    for (product_number n = 0; n < catalog_count(s.catalog); n++) {
        const struct product_tally *t = &a->products[n];
        d.right += s.repeated[n];
        if (t->same_as == 0 || t->told == CHECK_variant_apart)
            continue;
        d.suggested++;
        d.suggested_right += s.truth[n] == s.truth[t->same_as - 1];
    }
    catalog_free(s.catalog);
    return d;
}
