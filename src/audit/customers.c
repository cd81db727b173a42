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

enum field { FIRST, LAST, NAME, EMAIL, PHONE, STREET, CITY, ZIP, COUNTRY, FIELDS };
enum { SPELLINGS = 8 };

/* What platforms call them, without anything but letters and digits; of a record the first that holds
 * something counts. */
static const char *const spellings[FIELDS][SPELLINGS] = {
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
    [COUNTRY] = {"countrycode", "defaultaddresscountrycode", "billingcountry", "country"},
};

/* Columns of each field, in the order of its spellings. */
struct columns {
    size_t at[FIELDS][SPELLINGS];
    size_t count[FIELDS];
};

void customers_free(struct customers *c)
{
    if (c == NULL)
        return;
    arena_free(&c->keep);
    table_free(&c->surnames);
    table_free(&c->firsts);
    mem_free(c->all);
    mem_free(c);
}

static void find_columns(const struct csv *csv, struct arena *a, struct columns *out)
{
    *out = (struct columns){0};
    for (int f = 0; f < FIELDS; f++)
        for (size_t s = 0; s < SPELLINGS && spellings[f][s] != NULL; s++)
            for (size_t c = 0; c < csv_columns(csv) && out->count[f] < SPELLINGS; c++)
                if (text_is(folded_code(csv_column_name(csv, c), a), spellings[f][s]))
                    out->at[f][out->count[f]++] = c;
}

static struct text cell(const struct csv *csv, const struct columns *columns, enum field f)
{
    struct text t = TEXT("");

    for (size_t i = 0; i < columns->count[f] && t.size == 0; i++) {
        t = text_trim(csv_value(csv, columns->at[f][i]));
        /* spreadsheets are kept from reading numbers by an apostrophe */
        if (t.size > 0 && t.data[0] == '\'')
            t = text_trim((struct text){t.data + 1, t.size - 1});
    }
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

/* A mailbox of several people. */
static bool is_office(struct text local)
{
    static const char *const locals[] = {
        "info",   "office",     "contact", "kontakt",    "mail",      "post",       "hello",
        "hallo",  "admin",      "sales",   "vertrieb",   "support",   "service",    "team",
        "orders", "bestellung", "einkauf", "purchasing", "accounts",  "accounting", "buchhaltung",
        "family", "familie",    "shop",    "verwaltung", "reception", "empfang"};

    for (size_t i = 0; i < COUNT(locals); i++)
        if (text_is(local, locals[i]))
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
    c->office = is_office(local);
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
                       const struct columns *columns)
{
    char whole[128];

    c->first = folded_text(cell(csv, columns, FIRST), &all->keep);
    c->last = folded_text(cell(csv, columns, LAST), &all->keep);
    if (c->first.size + c->last.size == 0)
        split_name(c, folded_text(cell(csv, columns, NAME), &all->keep));
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

static void bear(struct key_table *names, struct text name)
{
    bool fresh;
    uint64_t *bearers = table_add(names, hash_text(name, 0), &fresh);

    if (bearers != NULL)
        bearers[1]++;
}

static void take_record(struct audit *a, const struct csv *csv, const struct columns *columns)
{
    struct customers *all = a->customers;
    struct customer c = {.line = csv_line(csv)};
    bool made_up;

    a->report.customers++;
    if (all->count == CUSTOMERS_MAX)
        return;
    made_up = take_email(&c, cell(csv, columns, EMAIL));
    struct text phone = cell(csv, columns, PHONE);
    if (take_phone(&c, phone))
        made_up = true;
    else if (c.phone != 0)
        c.e164 = phone_e164(phone, cell(csv, columns, COUNTRY));
    made_up |= take_names(all, &c, csv, columns);
    if (made_up && found(a, CHECK_customer_placeholder))
        example(a, CHECK_customer_placeholder, "line %llu", (unsigned long long)c.line);
    if (c.email == 0 && c.phone == 0 && found(a, CHECK_customer_unreachable))
        example(a, CHECK_customer_unreachable, "line %llu", (unsigned long long)c.line);
    c.street = folded_text(cell(csv, columns, STREET), &all->keep);
    c.zip = folded_code(cell(csv, columns, ZIP), &all->keep);
    c.city = folded_text(cell(csv, columns, CITY), &all->keep);
    bear(&all->surnames, c.last);
    bear(&all->firsts, c.first);
    all->all = mem_grow(all->all, &all->room, all->count + 1, sizeof(*all->all));
    all->all[all->count++] = c;
}

static void leave_out(struct audit *a, const struct csv *csv, const struct error *why)
{
    if (found(a, CHECK_customer_unreadable))
        example(a, CHECK_customer_unreadable, "line %llu: %s", (unsigned long long)csv_line(csv),
                why->message);
}

static enum status read_records(struct audit *a, struct csv *csv, const struct columns *columns,
                                struct error *err)
{
    const struct tally *out = tally_of(a, CHECK_customer_unreadable);
    struct error why = {0};
    enum status status;

    while ((status = csv_next(csv, &why)) == OK || status == ERR_INVALID) {
        looked_at(a, CHECK_customer_unreadable, 1);
        if (status == OK)
            take_record(a, csv, columns);
        else
            leave_out(a, csv, &why);
    }
    if (status != ERR_NOT_FOUND)
        return error_set(err, status, "%s", why.message);
    if (a->report.customers > 0)
        return OK;
    if (out->count == 0)
        return error_set(err, ERR_INVALID, "the file of customers has a header and no records");
    return error_set(err, ERR_INVALID, "no record of the file of customers can be read: %.*s",
                     (int)out->examples[0].size, out->examples[0].data);
}

enum status audit_customers(struct audit *a, FILE *in, struct error *err)
{
    SCOPED(csv_close) struct csv *csv = NULL;
    SCOPED(arena_free) struct arena arena = {0};
    const struct csv_options options = {.encoding = a->options.customers_encoding};
    struct columns columns;

    if (csv_open(&csv, in, &options, err) != OK)
        return error_wrap(err, "the file of customers");
    find_columns(csv, &arena, &columns);
    if (columns.count[EMAIL] + columns.count[PHONE] + columns.count[LAST] + columns.count[NAME] ==
        0)
        return error_set(err, ERR_INVALID,
                         "the file of customers has no column for e-mail, phone or name");
    a->customers = mem_new(1, sizeof(*a->customers));
    a->customers->surnames = a->customers->firsts =
        (struct key_table){.row_size = 2 * sizeof(uint64_t), .max = CUSTOMERS_MAX};
    return read_records(a, csv, &columns, err);
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

static uint64_t key_e164(const struct customer *c)
{
    return c->e164;
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

/* What many bear says nothing of any of them. */
static void mark_crowds(struct customers *c, block_key *key_of, struct blocked *blocks)
{
    size_t count = blocks_of(c, key_of, blocks);

    for (size_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && blocks[next].key == blocks[i].key; next++)
            continue;
        for (size_t k = i; k < next && next - i > SHARED_MAX; k++) {
            c->all[blocks[k].row].office |= key_of == key_email;
            c->all[blocks[k].row].crowd_phone |= key_of == key_phone;
        }
    }
}

/* One address or number, and names that are the same letter for letter: one customer. Nothing less is: in
 * one household Jan and Jana share both. A mailbox of an office is of many people whose first names may
 * be the same; a phone is of a family, which the surname tells from others. */
static bool is_same(enum check check, const struct customer *x, const struct customer *y)
{
    if (x->first.size < 2 || !text_equal(x->first, y->first))
        return false;
    if (check == CHECK_customer_same_email && !x->office)
        return true; /* whoever marries keeps the mailbox */
    return x->last.size > 1 && text_equal(x->last, y->last);
}

static void link_same(struct audit *a, block_key *key_of, enum check check, struct blocked *blocks)
{
    struct customers *c = a->customers;
    size_t count = blocks_of(c, key_of, blocks);

    for (size_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && blocks[next].key == blocks[i].key; next++)
            continue;
        for (size_t k = i + 1; k < next && next - i <= SHARED_MAX; k++) {
            struct customer *x = &c->all[blocks[k].row];
            for (size_t m = i; m < k && x->same_as == 0; m++)
                if (is_same(check, x, &c->all[blocks[m].row]))
                    tell_pair(a, check, x, &c->all[blocks[m].row], (struct text){0});
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
            if (customer_evidence(c, x, y, &why) >= suggested_from)
                tell_pair(a, CHECK_customer_similar, x, y, buffer_text(&why));
        }
}

/* Who is nobody's double and yet has another's address or number. */
static void tell_shared(struct audit *a, block_key *key_of, struct blocked *blocks)
{
    struct customers *c = a->customers;
    size_t count = blocks_of(c, key_of, blocks);

    for (size_t i = 1, first = 0; i < count; i++) {
        struct customer *x = &c->all[blocks[i].row];
        if (blocks[i].key != blocks[first].key) {
            first = i;
            continue;
        }
        if (x->same_as != 0 || x->shares || !contacts_meet(x, &c->all[blocks[first].row]))
            continue;
        x->shares = true;
        if (found(a, CHECK_customer_shared))
            example(a, CHECK_customer_shared, "lines %llu and %llu",
                    (unsigned long long)c->all[blocks[first].row].line,
                    (unsigned long long)x->line);
    }
}

void conclude_customers(struct audit *a)
{
    static const enum check looked[] = {CHECK_customer_same_email,  CHECK_customer_same_phone,
                                        CHECK_customer_similar,     CHECK_customer_shared,
                                        CHECK_customer_placeholder, CHECK_customer_unreachable};
    static block_key *const alike[] = {key_email,       key_mailbox,      key_phone,
                                       key_zip_surname, key_street_first, key_names};
    struct customers *c = a->customers;

    if (c == NULL)
        return;
    struct blocked *blocks = mem_new(c->count + 1, sizeof(*blocks));
    for (size_t i = 0; i < COUNT(looked); i++)
        looked_at(a, looked[i], a->report.customers);
    mark_crowds(c, key_email, blocks);
    mark_crowds(c, key_phone, blocks);
    link_same(a, key_email, CHECK_customer_same_email, blocks);
    link_same(a, key_e164, CHECK_customer_same_phone, blocks);
    for (size_t i = 0; i < COUNT(alike); i++)
        suggest(a, alike[i], blocks);
    tell_shared(a, key_email, blocks);
    tell_shared(a, key_phone, blocks);
    mem_free(blocks);
}
