/* SPDX-License-Identifier: Apache-2.0 */
/* compile: a document becomes a program, by the tables of this folder. Each key has one
 * reader; a reader adds a problem for what it cannot take and goes on, so that one check names
 * every mistake. */
#include <string.h>

#include "base/memory.h"
#include "base/money.h"
#include "base/time.h"
#include "program/keys.h"

enum {
    OWNER_MAX = 200,
    SUPPORT_MAX = 1000,
    TRAFFIC_MAX = 1000000000,
    SHOWN_MAX = 40,
};

/* A compiled program and the memory its texts live in. */
struct compiled {
    struct program program; /* first: program_free gets its address */
    struct arena arena;
};

static void read_owner(struct compile *c, const struct yaml_node *n, void *into)
{
    struct program *p = into;

    (void)read_text(c, n, "owner", OWNER_MAX, &p->owner); /* a problem says all */
}

static void read_currency(struct compile *c, const struct yaml_node *n, void *into)
{
    struct program *p = into;
    struct text t;

    if (!read_text(c, n, "currency", OWNER_MAX, &t))
        return;
    if (currency_valid(t))
        p->currency = t;
    else
        problem_add(c->problems, c->scratch, n,
                    "currency must be three capital letters like EUR, not '%.*s'",
                    (int)text_utf8_prefix(t, SHOWN_MAX).size, t.data);
}

static void read_time_zone(struct compile *c, const struct yaml_node *n, void *into)
{
    SCOPED(zone_close) struct zone *zone = NULL;
    struct program *p = into;
    struct error err = {0};
    struct text t;

    if (!read_text(c, n, "time_zone", NAME_MAX_BYTES, &t))
        return;
    if (zone_open(&zone, t.data, &err) != OK) {
        problem_add(c->problems, c->scratch, n, "time_zone must be a name like Europe/Berlin: %s",
                    err.message);
        return;
    }
    p->time_zone = t;
    zone_close(&p->zone); /* of a key that stands twice */
    p->zone = zone;
    zone = NULL;
}

static void read_analytics(struct compile *c, const struct yaml_node *n, void *into)
{
    struct program *p = into;

    (void)yaml_bool(n, "analytics", &p->consent_analytics, c->scratch, c->problems);
}

static void read_personalization(struct compile *c, const struct yaml_node *n, void *into)
{
    struct program *p = into;

    (void)yaml_bool(n, "personalization", &p->consent_personalization, c->scratch, c->problems);
}

static void read_email(struct compile *c, const struct yaml_node *n, void *into)
{
    struct program *p = into;

    (void)yaml_bool(n, "email", &p->consent_email, c->scratch, c->problems);
}

/* Bounded below by the floor, and a number too small is told why. */
static void read_support(struct compile *c, const struct yaml_node *n, const char *name,
                         uint32_t *out)
{
    long value;

    if (!yaml_int(n, name, (struct yaml_range){0, SUPPORT_MAX}, &value, c->scratch, c->problems))
        return;
    if (value < SUPPORT_FLOOR)
        problem_add(c->problems, c->scratch, n,
                    "%s is never below %d: fewer shoppers could be told apart, not %ld", name,
                    SUPPORT_FLOOR, value);
    else
        *out = (uint32_t)value;
}

static void read_viewed(struct compile *c, const struct yaml_node *n, void *into)
{
    read_support(c, n, "viewed", &((struct program *)into)->support_viewed);
}

static void read_bought(struct compile *c, const struct yaml_node *n, void *into)
{
    read_support(c, n, "bought", &((struct program *)into)->support_bought);
}

static void read_traffic_number(struct compile *c, const struct yaml_node *n, const char *name,
                                uint64_t *out)
{
    long value;

    if (yaml_int(n, name, (struct yaml_range){0, TRAFFIC_MAX}, &value, c->scratch, c->problems))
        *out = (uint64_t)value;
}

static void read_co_view(struct compile *c, const struct yaml_node *n, void *into)
{
    read_traffic_number(c, n, "co_view", &((struct program *)into)->traffic_co_view);
}

static void read_learned(struct compile *c, const struct yaml_node *n, void *into)
{
    read_traffic_number(c, n, "learned", &((struct program *)into)->traffic_learned);
}

static void read_decisions_days(struct compile *c, const struct yaml_node *n, void *into)
{
    struct program *p = into;
    long value;

    if (yaml_int(n, "decisions_days", (struct yaml_range){1, DECISIONS_DAYS_MAX}, &value,
                 c->scratch, c->problems))
        p->decisions_days = (uint32_t)value;
}

static void read_unknown_cost(struct compile *c, const struct yaml_node *n, void *into)
{
    static const char *const words[] = {"deny", "allow", NULL};
    struct program *p = into;
    size_t word;

    if (yaml_word(n, "word for unknown_cost", words, &word, c->scratch, c->problems))
        p->unknown_cost_allow = word == 1;
}

static void read_sensitive(struct compile *c, const struct yaml_node *n, void *into)
{
    struct program *p = into;
    struct text *more = NULL;
    size_t count = read_texts(c, n, "sensitive", PROGRAM_SENSITIVE_MAX / 2, &more);
    struct text *all = arena_array(c->keep, p->sensitive_count + count, sizeof(*p->sensitive));

    if (p->sensitive_count > 0)
        memcpy(all, p->sensitive, p->sensitive_count * sizeof(*all));
    if (count > 0)
        memcpy(all + p->sensitive_count, more, count * sizeof(*all));
    p->sensitive = all;
    p->sensitive_count += count;
}

/* Names the row that is likely meant, or all. */
static void note_no_row(struct compile *c, const struct yaml_node *n)
{
    const char **rows = arena_array(c->scratch, sensitive_default_count + 1, sizeof(*rows));
    size_t at;

    for (size_t i = 0; i < sensitive_default_count; i++)
        rows[i] = sensitive_defaults[i].data;
    if (yaml_word(n, "row of the default list", rows, &at, c->scratch, c->problems))
        problem_add(c->problems, c->scratch, n, "'%s' was taken off already", rows[at]);
}

static void read_not_sensitive(struct compile *c, const struct yaml_node *n, void *into)
{
    struct program *p = into;
    const struct yaml_node *list = read_list(c, n, "not_sensitive", PROGRAM_SENSITIVE_MAX);

    for (size_t i = 0; list != NULL && i < list->count; i++) {
        struct text path;
        if (!read_text(c, &list->items[i], "not_sensitive", PATH_MAX_BYTES, &path))
            continue;
        size_t kept = 0, before = p->sensitive_count;
        for (size_t k = 0; k < before; k++) {
            if (!text_equal(p->sensitive[k], path))
                p->sensitive[kept++] = p->sensitive[k];
        }
        p->sensitive_count = kept;
        if (kept == before)
            note_no_row(c, &list->items[i]);
    }
}

/* The blocks within blocks stand behind their tables. */
static void read_policies(struct compile *c, const struct yaml_node *n, void *into);
static void read_consent_default(struct compile *c, const struct yaml_node *n, void *into);
static void read_min_support(struct compile *c, const struct yaml_node *n, void *into);
static void read_traffic(struct compile *c, const struct yaml_node *n, void *into);

static const struct key consent_keys[] = {
    {"analytics", true, read_analytics, "true or false", "may events be kept"},
    {"personalization", true, read_personalization, "true or false",
     "may what a shopper did choose products for them"},
    {"email", true, read_email, "true or false", "may they be written to"},
};

static const struct key support_keys[] = {
    {"viewed", false, read_viewed, "3 to 1000; 3 when left out",
     "shoppers behind \"viewed together\", behind \"goes with\", and behind each product of like "
     "sessions"},
    {"bought", false, read_bought, "3 to 1000; 11 when left out",
     "shoppers behind \"bought together\""},
};

static const struct key traffic_keys[] = {
    {"co_view", false, read_co_view, "a number; 10000 when left out",
     "sessions a month from which also_viewed, also_bought, complement and neighbours may be "
     "used"},
    {"learned", false, read_learned, "a number; 50000 when left out",
     "sessions a month from which learned ranking may compete"},
};

static const struct key policy_keys[] = {
    {"consent_default", true, read_consent_default, "a map",
     "what holds for events that do not say what the shopper allows"},
    {"sensitive", false, read_sensitive, "a list of category paths",
     "categories, with all below them, that are never used or suggested; added to the default "
     "list"},
    {"not_sensitive", false, read_not_sensitive, "a list of category paths",
     "rows to take off the default list"},
    {"min_support", false, read_min_support, "a map",
     "distinct shoppers a product needs behind it to be suggested from behaviour; never below 3"},
    {"unknown_cost", false, read_unknown_cost, "deny or allow; deny when left out",
     "whether a product whose cost is not known passes a margin floor"},
    {"decisions_days", false, read_decisions_days,
     "1 to 3650; the setting decisions_days when left out",
     "days that decisions are kept, to be told and replayed"},
    {"traffic", false, read_traffic, "a map",
     "sessions a month from which the higher rungs may be used"},
};

static const struct key document_keys[] = {
    {"owner", true, read_owner, "a text", "the one person or team who answers for this program"},
    {"currency", true, read_currency, "three letters, like EUR", "the currency of money figures"},
    {"time_zone", false, read_time_zone, "a name like Europe/Berlin; UTC when left out",
     "the zone of the shop's days and of train_at"},
    {"policies", true, read_policies, "a map", "what holds for the whole shop"},
    {"lists", false, read_lists, "a list of at most 256", "products a merchandiser chose"},
    {"reasons", false, read_reasons, "a map of reasons, see below; English when left out",
     "how the shop words what shoppers read, by reason and language"},
    {"segments", false, read_segments, "a list of at most 256",
     "shoppers who meet a stated filter"},
    {"rules", false, read_shop_rules, "a list of at most 200",
     "what every surface obeys: see Rules"},
    {"surfaces", false, read_surfaces, "a list of at most 64; one of each kind when left out",
     "the blocks of the storefront that show products"},
    {"experiments", false, NULL, "", "tests with a holdout"},
    {"flows", false, NULL, "", "triggered e-mail"},
};

static const struct block document_block = {"the document", "What stands at the top.",
                                            document_keys, COUNT(document_keys)};
static const struct block policies_block = {"policies", "What holds for the whole shop.",
                                            policy_keys, COUNT(policy_keys)};
static const struct block consent_block = {"consent_default",
                                           "What an event allows that does not say so itself.",
                                           consent_keys, COUNT(consent_keys)};
static const struct block support_block = {
    "min_support", "How many distinct shoppers must stand behind what behaviour suggests.",
    support_keys, COUNT(support_keys)};
static const struct block traffic_block = {"traffic",
                                           "From how many sessions a month a rung may be used.",
                                           traffic_keys, COUNT(traffic_keys)};
const struct block *const program_blocks[] = {
    &document_block, &policies_block, &consent_block, &support_block,
    &traffic_block,  &list_block,     &surface_block, &segment_block,
};
const size_t program_block_count = COUNT(program_blocks);

/* Top-level names as shops use them, and those of Google's product taxonomy. */
const struct text sensitive_defaults[] = {
    {"Health", 6},    {"Health & Beauty > Health Care", 29},
    {"Intimate", 8},  {"Mature", 6},
    {"Pregnancy", 9}, {"Finance", 7},
    {"Religion", 8},  {"Religious & Ceremonial", 22},
    {"Politics", 8},
};
const size_t sensitive_default_count = COUNT(sensitive_defaults);

static void read_policies(struct compile *c, const struct yaml_node *n, void *into)
{
    read_block(c, n, &policies_block, into);
}

static void read_consent_default(struct compile *c, const struct yaml_node *n, void *into)
{
    read_block(c, n, &consent_block, into);
}

static void read_min_support(struct compile *c, const struct yaml_node *n, void *into)
{
    read_block(c, n, &support_block, into);
}

static void read_traffic(struct compile *c, const struct yaml_node *n, void *into)
{
    read_block(c, n, &traffic_block, into);
}

/* What holds where the document says nothing. */
static void defaults_set(struct compile *c, struct program *p)
{
    const struct program *builtin = program_builtin();

    p->time_zone = builtin->time_zone;
    p->support_viewed = builtin->support_viewed;
    p->support_bought = builtin->support_bought;
    p->traffic_co_view = builtin->traffic_co_view;
    p->traffic_learned = builtin->traffic_learned;
    p->sensitive_count = sensitive_default_count;
    p->sensitive = arena_array(c->keep, p->sensitive_count, sizeof(*p->sensitive));
    memcpy(p->sensitive, sensitive_defaults, sizeof(sensitive_defaults));
    p->surface_count = builtin->surface_count;
    p->surfaces = builtin->surfaces;
}

/* Found table by table; read line by line. */
static void problems_sort(struct problems *list)
{
    struct problem *sorted = NULL;

    for (struct problem *p = list->first, *next; p != NULL; p = next) {
        struct problem **at = &sorted;
        next = p->next;
        while (*at != NULL &&
               ((*at)->line < p->line || ((*at)->line == p->line && (*at)->column <= p->column)))
            at = &(*at)->next;
        p->next = *at;
        *at = p;
    }
    list->first = list->last = sorted;
    while (list->last != NULL && list->last->next != NULL)
        list->last = list->last->next;
}

enum status program_compile(struct text document, struct program **out, struct arena *a,
                            struct problems *problems, struct error *err)
{
    struct yaml_node *root;

    *out = NULL;
    if (document.size > PROGRAM_BYTES_MAX)
        return error_set(err, ERR_LIMIT, "a program may have %d bytes, this has %zu",
                         PROGRAM_BYTES_MAX, document.size);
    if (yaml_parse(a, document, &root, problems, err) != OK)
        return err->status;

    struct compiled *made = mem_new(1, sizeof(*made));
    struct compile c = {&made->arena, a, problems, &made->program};
    defaults_set(&c, &made->program);
    read_block(&c, root, &document_block, &made->program);
    plan_rules(&c);
    if (problems->count > 0) {
        program_free(&made->program);
        problems_sort(problems);
        return error_set(err, ERR_INVALID, "line %d, column %d: %s%s", problems->first->line,
                         problems->first->column, problems->first->message,
                         problems->count > 1 ? " (and more)" : "");
    }
    made->program.document = arena_text(&made->arena, document);
    *out = &made->program;
    return OK;
}

enum status program_of_record(struct text body, int64_t applied_ms, struct program **out,
                              struct error *err)
{
    SCOPED(arena_free) struct arena a = {0};
    struct problems problems = {0};
    struct program_record r;

    *out = NULL;
    if (program_record_decode(body, &r, err) != OK)
        return err->status;
    if (program_compile(r.document, out, &a, &problems, err) != OK)
        return error_wrap(err, "program version %u", r.version);
    struct compiled *made = (struct compiled *)*out;
    made->program.version = r.version;
    made->program.applied_ms = applied_ms;
    made->program.author = arena_text(&made->arena, r.author);
    made->program.reason = arena_text(&made->arena, r.reason);
    return OK;
}

void program_free(struct program *p)
{
    if (p == NULL || p == program_builtin())
        return;
    struct compiled *made = (struct compiled *)p;
    zone_close(&p->zone);
    arena_free(&made->arena);
    mem_free(made);
}
