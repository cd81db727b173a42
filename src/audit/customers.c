/* SPDX-License-Identifier: Apache-2.0 */
/* Customers that stand in a platform's export more than once. The same address or number, with names that
 * allow it, is one customer. What is only alike is found in blocks (postcode and surname, street and first
 * name, phone, mailbox) and weighed. */
#include "audit/customers.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/hash.h"
#include "base/memory.h"
#include "ingest/normal.h"

enum {
    PHONE_DIGITS_MIN = 7,
    PHONE_DIGITS_KEPT = 9,
    PHONE_ALIKE = 7,
    SHARED_MAX = 20, /* an address that more than so many bear is nobody's */
    BLOCK_MAX = 50,  /* each is held against so many before it in its block */
};

static const double suggested_from = 15;

enum field { FIRST, LAST, NAME, EMAIL, PHONE, STREET, CITY, ZIP, FIELDS };

/* What platforms call them, without anything but letters and digits; the first there is counts. */
static const char *const spellings[FIELDS][8] = {
    [FIRST] = {"firstname", "billingfirstname", "givenname", "vorname", "prenom"},
    [LAST] = {"lastname", "billinglastname", "surname", "familyname", "nachname", "nom"},
    [NAME] = {"name", "fullname", "customername", "displayname"},
    [EMAIL] = {"email", "emailaddress", "useremail", "billingemail", "customeremail", "mail"},
    [PHONE] = {"phone", "defaultaddressphone", "billingphone", "telephone", "phonenumber", "mobile",
               "telefon"},
    [STREET] = {"address1", "defaultaddressaddress1", "billingaddress1", "street", "address",
                "addressline1", "strasse"},
    [CITY] = {"city", "defaultaddresscity", "billingcity", "town", "ort"},
    [ZIP] = {"zip", "defaultaddresszip", "billingpostcode", "postcode", "postalcode", "zipcode",
             "plz"},
};

void customers_free(struct customers *c)
{
    if (c == NULL)
        return;
    arena_free(&c->keep);
    table_free(&c->surnames);
    mem_free(c->all);
    mem_free(c);
}

static void find_columns(const struct csv *csv, struct arena *a, size_t out[FIELDS])
{
    for (int f = 0; f < FIELDS; f++) {
        out[f] = SIZE_MAX;
        for (size_t s = 0; s < 8 && spellings[f][s] != NULL && out[f] == SIZE_MAX; s++)
            for (size_t c = 0; c < csv_columns(csv) && out[f] == SIZE_MAX; c++)
                if (text_is(folded_code(csv_column_name(csv, c), a), spellings[f][s]))
                    out[f] = c;
    }
}

static struct text cell(const struct csv *csv, size_t column)
{
    struct text t = column == SIZE_MAX ? TEXT("") : text_trim(csv_value(csv, column));

    /* spreadsheets are kept from reading numbers by an apostrophe */
    if (t.size > 0 && t.data[0] == '\'')
        t = (struct text){t.data + 1, t.size - 1};
    return t;
}

/* ---- addresses and numbers ---- */

enum placeholder { LOCAL, DOMAIN, END, NAME_WHOLE, DIGITS };

/* Is it one of the words of that kind; for END and DIGITS, does it end in one? */
static bool is_placeholder(enum placeholder kind, struct text t)
{
    static const struct {
        enum placeholder kind;
        const char *word;
    } rows[] = {
#define PLACEHOLDER(kind, word) {kind, word},
#include "audit/placeholders.def"
#undef PLACEHOLDER
    };
    bool ends = kind == END || kind == DIGITS;

    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].kind == kind && (ends ? text_ends(t, rows[i].word) : text_is(t, rows[i].word)))
            return true;
    return false;
}

/* Google's boxes do not know dots, nor what stands behind a plus. */
static uint64_t mailbox_of(struct text local, struct text domain)
{
    char box[128];
    size_t size = 0;

    if (!text_is(domain, "gmail.com") && !text_is(domain, "googlemail.com"))
        return 0;
    for (size_t i = 0; i < local.size && local.data[i] != '+' && size < sizeof(box); i++)
        if (local.data[i] != '.')
            box[size++] = local.data[i];
    return hash_bytes(box, size, 3);
}

/* True when it is made up. What is no address is none. */
static bool take_email(struct customer *c, struct text t)
{
    char small[256];
    const char *at = memchr(t.data, '@', t.size);

    if (at == NULL || t.size >= sizeof(small) || at == t.data)
        return false;
    for (size_t i = 0; i < t.size; i++)
        small[i] = (char)tolower((unsigned char)t.data[i]);
    struct text local = {small, (size_t)(at - t.data)};
    struct text domain = {small + local.size + 1, t.size - local.size - 1};
    if (normal_is_nobody(PERSON_EMAIL, (struct text){small, t.size}) ||
        is_placeholder(LOCAL, local) || is_placeholder(DOMAIN, domain) ||
        is_placeholder(END, domain))
        return true;
    c->email = hash_bytes(small, t.size, 3) | 1;
    c->local = hash_text(local, 4) | 1;
    c->mailbox = mailbox_of(local, domain);
    return false;
}

/* Does it end in one digit, over and over? */
static bool ends_alike(const char *digits, size_t count)
{
    size_t alike = 1;

    while (alike < count && digits[count - 1 - alike] == digits[count - 1])
        alike++;
    return alike >= PHONE_ALIKE;
}

static bool take_phone(struct customer *c, struct text t)
{
    char digits[32];
    size_t count = 0;

    for (size_t i = 0; i < t.size && count < sizeof(digits); i++)
        if (isdigit((unsigned char)t.data[i]))
            digits[count++] = t.data[i];
    if (count < PHONE_DIGITS_MIN)
        return false;
    if (ends_alike(digits, count) || is_placeholder(DIGITS, (struct text){digits, count}))
        return true;
    size_t kept = count < PHONE_DIGITS_KEPT ? count : PHONE_DIGITS_KEPT;
    c->phone = hash_bytes(digits + count - kept, kept, 3) | 1;
    return false;
}

/* "Anna Maria Berg": the last word is the surname. */
static void split_name(struct customer *c, struct text folded)
{
    size_t space = folded.size;

    while (space > 0 && folded.data[space - 1] != ' ')
        space--;
    c->last = (struct text){folded.data + space, folded.size - space};
    if (space > 0)
        c->first = (struct text){folded.data, space - 1};
}

/* True when they are made up; the record then has none. */
static bool take_names(struct customers *all, struct customer *c, const struct csv *csv,
                       const size_t columns[FIELDS])
{
    char whole[128];

    c->first = folded_text(cell(csv, columns[FIRST]), &all->keep);
    c->last = folded_text(cell(csv, columns[LAST]), &all->keep);
    if (c->first.size + c->last.size == 0)
        split_name(c, folded_text(cell(csv, columns[NAME]), &all->keep));
    int size = snprintf(whole, sizeof(whole), "%.*s%s%.*s", (int)c->first.size,
                        c->first.size > 0 ? c->first.data : "",
                        c->first.size > 0 && c->last.size > 0 ? " " : "", (int)c->last.size,
                        c->last.size > 0 ? c->last.data : "");
    if (size < 0 || (size_t)size >= sizeof(whole) ||
        !is_placeholder(NAME_WHOLE, (struct text){whole, (size_t)size}))
        return false;
    c->first = c->last = TEXT("");
    return true;
}

static void take_record(struct audit *a, const struct csv *csv, const size_t columns[FIELDS])
{
    struct customers *all = a->customers;
    struct customer c = {.line = csv_line(csv)};
    bool fresh, made_up;

    a->report.customers++;
    if (all->count == CUSTOMERS_MAX)
        return;
    made_up = take_email(&c, cell(csv, columns[EMAIL]));
    made_up |= take_phone(&c, cell(csv, columns[PHONE]));
    made_up |= take_names(all, &c, csv, columns);
    if (made_up && found(a, CHECK_customer_placeholder))
        example(a, CHECK_customer_placeholder, "line %llu", (unsigned long long)c.line);
    if (c.email == 0 && c.phone == 0 && found(a, CHECK_customer_unreachable))
        example(a, CHECK_customer_unreachable, "line %llu", (unsigned long long)c.line);
    c.street = folded_text(cell(csv, columns[STREET]), &all->keep);
    c.zip = folded_code(cell(csv, columns[ZIP]), &all->keep);
    c.city = folded_text(cell(csv, columns[CITY]), &all->keep);
    uint64_t *bearers = table_add(&all->surnames, hash_text(c.last, 0), &fresh);
    if (bearers != NULL)
        bearers[1]++;
    all->all = mem_grow(all->all, &all->room, all->count + 1, sizeof(*all->all));
    all->all[all->count++] = c;
}

enum status audit_customers(struct audit *a, FILE *in, struct error *err)
{
    SCOPED(csv_close) struct csv *csv = NULL;
    SCOPED(arena_free) struct arena arena = {0};
    const struct csv_options options = {0};
    size_t columns[FIELDS];
    enum status status = csv_open(&csv, in, &options, err);

    if (status != OK)
        return status;
    find_columns(csv, &arena, columns);
    if (columns[EMAIL] == SIZE_MAX && columns[PHONE] == SIZE_MAX && columns[LAST] == SIZE_MAX &&
        columns[NAME] == SIZE_MAX)
        return error_set(err, ERR_INVALID,
                         "the file of customers has no column for e-mail, phone or name");
    a->customers = mem_new(1, sizeof(*a->customers));
    a->customers->surnames =
        (struct key_table){.row_size = 2 * sizeof(uint64_t), .max = CUSTOMERS_MAX};
    while ((status = csv_next(csv, err)) == OK || status == ERR_INVALID)
        if (status == OK)
            take_record(a, csv, columns);
    return status == ERR_NOT_FOUND ? OK : status;
}

/* ---- doubles ---- */

struct blocked {
    uint64_t key;
    uint32_t row;
};

static int by_block(const void *a, const void *b)
{
    const struct blocked *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

typedef uint64_t block_key(const struct customer *c);

static uint64_t key_email(const struct customer *c)
{
    return c->email;
}

static uint64_t key_phone(const struct customer *c)
{
    return c->phone;
}

static uint64_t key_mailbox(const struct customer *c)
{
    return c->mailbox;
}

static uint64_t key_zip_surname(const struct customer *c)
{
    if (c->zip.size == 0 || c->last.size < 2)
        return 0;
    return hash_bytes(c->last.data, 2, hash_text(c->zip, 5)) | 1;
}

static uint64_t key_street_first(const struct customer *c)
{
    if (c->street.size < 5 || c->first.size == 0)
        return 0;
    return hash_bytes(c->street.data, 5, (uint64_t)(unsigned char)c->first.data[0]) | 1;
}

static uint64_t key_names(const struct customer *c)
{
    if (c->last.size < 2 || c->first.size < 2)
        return 0;
    return hash_text(c->last, hash_text(c->first, 6)) | 1;
}

/* All that have a key, by key; returns how many. */
static size_t blocks_of(const struct customers *c, block_key *key_of, struct blocked *out)
{
    size_t count = 0;

    for (size_t i = 0; i < c->count; i++) {
        uint64_t key = key_of(&c->all[i]);
        if (key != 0)
            out[count++] = (struct blocked){key, (uint32_t)i};
    }
    qsort(out, count, sizeof(*out), by_block);
    return count;
}

static void tell_pair(struct audit *a, enum check c, struct customer *x, const struct customer *y,
                      struct text why)
{
    if (x->same_as != 0)
        return;
    x->same_as = y->line;
    x->told = c;
    if (found(a, c))
        example(a, c, "lines %llu and %llu%s%.*s", (unsigned long long)y->line,
                (unsigned long long)x->line, why.size > 0 ? " agree in " : "", (int)why.size,
                why.data == NULL ? "" : why.data);
}

static bool named(const struct customer *c)
{
    return c->first.size + c->last.size > 0;
}

/* One address or number: the same customer as the first of the group whose names allow it, else somebody
 * who shares it. */
static void link_same(struct audit *a, block_key *key_of, enum check check, struct blocked *blocks)
{
    struct customers *c = a->customers;
    size_t count = blocks_of(c, key_of, blocks);

    for (size_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && blocks[next].key == blocks[i].key; next++)
            continue;
        bool everybodys = next - i > SHARED_MAX;
        for (size_t k = i + 1; k < next; k++) {
            struct customer *x = &c->all[blocks[k].row];
            const struct customer *same = NULL;
            for (size_t m = i; m < k && same == NULL && !everybodys; m++) {
                const struct customer *y = &c->all[blocks[m].row];
                bool names = first_names_agree(x->first, y->first) &&
                             (check == CHECK_customer_same_email ||
                              (named(x) && named(y) && last_names_agree(x->last, y->last)));
                same = names ? y : NULL;
            }
            if (same != NULL)
                tell_pair(a, check, x, same, (struct text){0});
            else if (x->same_as == 0 && found(a, CHECK_customer_shared))
                example(a, CHECK_customer_shared, "lines %llu and %llu",
                        (unsigned long long)c->all[blocks[i].row].line,
                        (unsigned long long)x->line);
        }
    }
}

static void suggest(struct audit *a, block_key *key_of, struct blocked *blocks)
{
    SCOPED(buffer_free) struct buffer why = {0};
    struct customers *c = a->customers;
    size_t count = blocks_of(c, key_of, blocks);

    for (size_t i = 1; i < count; i++)
        for (size_t k = 1; k <= BLOCK_MAX && k <= i && blocks[i - k].key == blocks[i].key; k++) {
            struct customer *x = &c->all[blocks[i].row], *y = &c->all[blocks[i - k].row];
            if (x->same_as != 0)
                break;
            buffer_clear(&why);
            if ((x->email != 0 && x->email == y->email) ||
                customer_evidence(c, x, y, &why) < suggested_from)
                continue;
            tell_pair(a, CHECK_customer_similar, x, y, buffer_text(&why));
        }
}

void conclude_customers(struct audit *a)
{
    static const enum check looked[] = {CHECK_customer_same_email,  CHECK_customer_same_phone,
                                        CHECK_customer_similar,     CHECK_customer_shared,
                                        CHECK_customer_placeholder, CHECK_customer_unreachable};
    static block_key *const alike[] = {key_mailbox, key_phone, key_zip_surname, key_street_first,
                                       key_names};
    struct customers *c = a->customers;

    if (c == NULL)
        return;
    struct blocked *blocks = mem_new(c->count + 1, sizeof(*blocks));
    for (size_t i = 0; i < COUNT(looked); i++)
        looked_at(a, looked[i], a->report.customers);
    link_same(a, key_email, CHECK_customer_same_email, blocks);
    link_same(a, key_phone, CHECK_customer_same_phone, blocks);
    for (size_t i = 0; i < COUNT(alike); i++)
        suggest(a, alike[i], blocks);
    mem_free(blocks);
}
