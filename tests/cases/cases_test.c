/* SPDX-License-Identifier: Apache-2.0 */
/* cases: runs tests/cases/<family>/<case>.case: a shop, what shoppers did, a question, and what
 * must be answered and why, in words a merchandiser can check. One command a line:
 *
 *   # ...                                          a remark
 *   product ID | Title | Category | 19.90          a product; no price: it has none
 *           [| brand=B | cost=5.00 | age=18 | ...] and more of it; any other name is an attribute's
 *           [| parts=A,B*2]                        of which a bundle consists
 *           [| variants=C:5,D:0]                   and so many of each
 *   stock ID N                                     what is left of it
 *   unpublish ID
 *   program                                        the indented lines below are the document
 *   sessions N: view A, cart B, buy B              N shoppers did this, one after the other
 *   shopper NAME: view A, cart B, uncart B, buy C  what this one does now
 *   consent NAME yes|no                            to personalisation
 *   wait 40 minutes|days
 *   tick                                           popularity takes its new values
 *   train                                          a generation from all sessions so far
 *   ask SURFACE[,SURFACE] [shopper=N] [item=I] [cart=A,B] [category=C] [lang=L] [limit=N] [age=N]
 *       [late]
 *   expect [A B C]                                 the whole answer, in order; again: the next
 *                                                  surface's
 *   because A: Sentence                            of the surface expected last
 *   rung WORD                                      of the surface expected last
 *   drops A: word                                  in the trail of the surface expected last
 *   late
 *
 * Without `program`, the shop has one surface of each kind and no traffic threshold. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/money.h"
#include "base/time.h"
#include "tests/support/scene.h"

static const char usual_program[] =
    "owner: tests\n"
    "currency: EUR\n"
    "policies:\n"
    "  consent_default: {analytics: true, personalization: true, email: false}\n"
    "  min_support: {viewed: 3, bought: 3}\n"
    "  traffic: {co_view: 0}\n";

struct run {
    struct scene *scene;
    struct arena arena;
    const char *file;
    int line;
    struct answer answers[RECOMMEND_SURFACES_MAX];
    size_t answer_count, expected; /* answers, and how many of them were looked at */
};

/* Fails naming the case and the line. */
#define case_fail(run, ...)                                                                        \
    do {                                                                                           \
        print_error("%s:%d: ", (run)->file, (run)->line);                                          \
        print_error(__VA_ARGS__);                                                                  \
        print_error("\n");                                                                         \
        fail();                                                                                    \
    } while (0)

static struct text word(struct text *rest)
{
    *rest = text_trim(*rest);
    return rest->size == 0 ? (struct text){0} : text_trim(text_cut(rest, ' '));
}

static const char *string(struct run *run, struct text t)
{
    return arena_text(&run->arena, t).data;
}

static enum event_type action_type(struct run *run, struct text name)
{
    static const struct {
        const char *word;
        enum event_type type;
    } words[] = {{"view", EVENT_view_item},
                 {"cart", EVENT_add_to_cart},
                 {"uncart", EVENT_remove_from_cart},
                 {"wish", EVENT_add_to_wishlist},
                 {"buy", EVENT_purchase}};

    for (size_t i = 0; i < COUNT(words); i++) {
        if (text_is(name, words[i].word))
            return words[i].type;
    }
    case_fail(run, "no action '%.*s'", (int)name.size, name.data);
    return EVENT_OTHER;
}

enum { ACTIONS_MAX = 64 };

static size_t actions(struct run *run, struct text rest, enum event_type *types, struct text *items)
{
    size_t count = 0;

    while (rest.data != NULL) {
        struct text action = text_trim(text_cut(&rest, ','));
        assert_true(count < ACTIONS_MAX);
        types[count] = action_type(run, word(&action));
        items[count++] = text_trim(action);
    }
    return count;
}

static uint64_t number(struct run *run, struct text t)
{
    uint64_t n = 0;

    if (!text_to_u64(t, &n))
        case_fail(run, "no number '%.*s'", (int)t.size, t.data);
    return n;
}

enum { ATTRIBUTES_MAX = 8, PARTS_MAX = 8 };

/* "mug,tea*2" */
static void parts_of_product(struct run *run, struct product *p, struct text list)
{
    p->parts = arena_array(&run->arena, PARTS_MAX, sizeof(*p->parts));
    while (list.data != NULL) {
        struct text quantity = text_cut(&list, ','), id = text_trim(text_cut(&quantity, '*'));
        uint64_t count = quantity.data == NULL ? 1 : number(run, text_trim(quantity));

        assert_true(p->part_count < PARTS_MAX);
        p->parts[p->part_count++] = (struct bundle_part){id, (uint32_t)count};
    }
}

/* "mug-red:5,mug-blue:0" */
static void variants_of_product(struct run *run, struct product *p, struct text list)
{
    p->variants = arena_array(&run->arena, PARTS_MAX, sizeof(*p->variants));
    while (list.data != NULL) {
        struct text stock = text_cut(&list, ','), id = text_trim(text_cut(&stock, ':'));

        assert_true(p->variant_count < PARTS_MAX);
        p->variants[p->variant_count++] =
            (struct variant){.item_id = id,
                             .price = MONEY_NONE,
                             .sale_price = MONEY_NONE,
                             .cost = MONEY_NONE,
                             .stock = (int64_t)number(run, text_trim(stock))};
    }
}

/* "brand=B", "cost=5.00", "age=18", "wood=oak" */
static void more_of_product(struct run *run, struct product *p, struct text more)
{
    struct text name = text_trim(text_cut(&more, '=')), value = text_trim(more);

    if (text_is(name, "brand"))
        p->brand = value;
    else if (text_is(name, "age"))
        p->age_min = (int32_t)number(run, value);
    else if (text_is(name, "parts"))
        parts_of_product(run, p, value);
    else if (text_is(name, "variants"))
        variants_of_product(run, p, value);
    else if (!text_is(name, "cost") && p->attribute_count < ATTRIBUTES_MAX)
        p->attributes[p->attribute_count++] = (struct attribute){name, value};
    else if (!money_parse(value, &p->cost))
        case_fail(run, "no cost '%.*s'", (int)value.size, value.data);
}

static void run_product(struct run *run, struct text rest)
{
    struct attribute attributes[ATTRIBUTES_MAX];
    struct product p = product_blank();

    p.item_id = text_trim(text_cut(&rest, '|'));
    p.title = text_trim(text_cut(&rest, '|'));
    p.category = text_trim(text_cut(&rest, '|'));
    p.currency = TEXT("EUR");
    p.attributes = attributes;
    struct text price = text_trim(text_cut(&rest, '|'));
    if (price.size > 0 && !money_parse(price, &p.price))
        case_fail(run, "no price '%.*s'", (int)price.size, price.data);
    while (rest.data != NULL)
        more_of_product(run, &p, text_cut(&rest, '|'));
    scene_product(run->scene, &p);
}

static void run_sessions(struct run *run, struct text rest)
{
    enum event_type types[ACTIONS_MAX];
    struct text items[ACTIONS_MAX];
    struct text head = text_cut(&rest, ':');
    size_t count = actions(run, rest, types, items);

    for (uint64_t i = number(run, text_trim(head)); i > 0; i--)
        scene_session(run->scene, types, items, count);
}

static void run_shopper(struct run *run, struct text rest)
{
    enum event_type types[ACTIONS_MAX];
    struct text items[ACTIONS_MAX];
    const char *name = string(run, text_trim(text_cut(&rest, ':')));
    size_t count = actions(run, rest, types, items);

    for (size_t i = 0; i < count; i++)
        scene_event(run->scene, name, types[i], items[i]);
}

static void run_wait(struct run *run, struct text rest)
{
    int64_t count = (int64_t)number(run, word(&rest));

    scene_wait(run->scene, count * (text_starts(text_trim(rest), "day") ? MS_DAY : MS_MINUTE));
}

static void question_cart(struct run *run, struct question *q, struct text ids)
{
    while (ids.data != NULL) {
        if (q->cart_count == RECOMMEND_CART_MAX)
            case_fail(run, "too much in the cart");
        q->cart[q->cart_count++] = text_cut(&ids, ',');
    }
}

static void run_ask(struct run *run, struct text rest)
{
    struct question q = {.now_ms = run->scene->now_ms + MS_SECOND, .why = true};
    struct recommend_from from = scene_from(run->scene);
    struct text surfaces = word(&rest);
    struct error err = {0};

    while (surfaces.data != NULL)
        q.surfaces[q.surface_count++] = text_cut(&surfaces, ',');
    rest = text_trim(rest);
    while (rest.size > 0) {
        struct text key = text_cut(&rest, '='), value = rest;
        if (text_is(key, "late")) {
            from.deadline_ns = 1;
            break;
        }
        if (text_is(key, "category")) /* the rest of the line: paths have spaces */
            rest = (struct text){0};
        else
            value = word(&rest);
        if (text_is(key, "shopper"))
            q.anonymous_id = value;
        else if (text_is(key, "item"))
            q.item_id = value;
        else if (text_is(key, "cart"))
            question_cart(run, &q, value);
        else if (text_is(key, "category"))
            q.category = value;
        else if (text_is(key, "age"))
            q.age_verified = (uint32_t)number(run, value);
        else if (text_is(key, "lang"))
            q.language = value;
        else if (text_is(key, "limit"))
            q.limit = (uint32_t)number(run, value);
        else
            case_fail(run, "ask knows no '%.*s'", (int)key.size, key.data);
        rest = text_trim(rest);
    }
    if (recommend_from(&from, &q, run->answers, &run->arena, &err) != OK)
        case_fail(run, "%s", err.message);
    run->answer_count = q.surface_count;
    run->expected = 0;
}

static const struct answer *answer_at_hand(struct run *run)
{
    if (run->expected == 0)
        case_fail(run, "expect comes first");
    return &run->answers[run->expected - 1];
}

static void run_expect(struct run *run, struct text rest)
{
    if (run->expected == run->answer_count)
        case_fail(run, "there is no further surface");
    const struct answer *answer = &run->answers[run->expected++];
    const char *got = "", *wanted = "";
    for (size_t i = 0; i < answer->item_count; i++)
        got = arena_printf(&run->arena, "%s %.*s", got, (int)answer->items[i].item_id.size,
                           answer->items[i].item_id.data);
    for (struct text id = word(&rest); id.data != NULL; id = word(&rest))
        wanted = arena_printf(&run->arena, "%s %.*s", wanted, (int)id.size, id.data);
    if (strcmp(got, wanted) != 0)
        case_fail(run, "expected%s, got%s", wanted, got);
}

static void run_holds(struct run *run, struct text rest)
{
    if (run->expected == run->answer_count)
        case_fail(run, "there is no further surface");
    const struct answer *answer = &run->answers[run->expected++];
    for (struct text id = word(&rest); id.data != NULL; id = word(&rest)) {
        bool found = false;
        for (size_t i = 0; i < answer->item_count && !found; i++)
            found = text_equal(answer->items[i].item_id, id);
        if (!found)
            case_fail(run, "%.*s is not in the answer", (int)id.size, id.data);
    }
}

static void run_because(struct run *run, struct text rest)
{
    const struct answer *answer = answer_at_hand(run);
    struct text id = text_trim(text_cut(&rest, ':'));
    struct text sentence = text_trim(rest);

    for (size_t i = 0; i < answer->item_count; i++) {
        struct text text = answer->items[i].reason.text;
        if (!text_equal(answer->items[i].item_id, id))
            continue;
        if (!text_equal(text, sentence))
            case_fail(run, "%.*s: expected '%.*s', got '%.*s'", (int)id.size, id.data,
                      (int)sentence.size, sentence.data, (int)text.size, text.data);
        return;
    }
    case_fail(run, "%.*s is not in the answer", (int)id.size, id.data);
}

static void run_drops(struct run *run, struct text rest)
{
    const struct trail *t = answer_at_hand(run)->trail;
    struct text id = text_trim(text_cut(&rest, ':'));
    struct text why = text_trim(rest);
    const char *got = "";

    for (size_t i = 0; i < t->proposal_count; i++) {
        const char *dropped =
            t->proposals[i].dropped != NULL ? t->proposals[i].dropped : t->dropped_later[i];
        if (!text_equal(t->item_ids[i], id))
            continue;
        if (dropped != NULL && text_is(why, dropped))
            return;
        got = arena_printf(&run->arena, "%s %s", got, dropped != NULL ? dropped : "taken");
    }
    case_fail(run, "%.*s was not dropped as '%.*s' but:%s", (int)id.size, id.data, (int)why.size,
              why.data, got);
}

static void run_rung(struct run *run, struct text rest)
{
    const char *got = rung_word(answer_at_hand(run)->rung);

    if (!text_is(text_trim(rest), got))
        case_fail(run, "expected rung %.*s, got %s", (int)rest.size, rest.data, got);
}

static void run_late(struct run *run, struct text rest)
{
    (void)rest;
    if (!answer_at_hand(run)->late)
        case_fail(run, "the answer is not late");
}

static void run_consent(struct run *run, struct text rest)
{
    const char *name = string(run, word(&rest));

    scene_consent(run->scene, name, text_is(text_trim(rest), "yes"));
}

static void run_stock(struct run *run, struct text rest)
{
    struct text id = word(&rest);

    scene_stock(run->scene, id, (int64_t)number(run, word(&rest)));
}

static void run_unpublish(struct run *run, struct text rest)
{
    scene_unpublish(run->scene, text_trim(rest));
}

static void run_tick(struct run *run, struct text rest)
{
    (void)rest;
    scene_tick(run->scene);
}

static void run_train(struct run *run, struct text rest)
{
    const struct program *p = run->scene->state->program;

    (void)rest;
    scene_train(run->scene, p->support_viewed, p->support_bought);
}

static const struct {
    const char *word;
    void (*run)(struct run *run, struct text rest);
} commands[] = {
    {"product", run_product},   {"stock", run_stock},     {"unpublish", run_unpublish},
    {"sessions", run_sessions}, {"shopper", run_shopper}, {"consent", run_consent},
    {"wait", run_wait},         {"tick", run_tick},       {"train", run_train},
    {"ask", run_ask},           {"expect", run_expect},   {"holds", run_holds},
    {"because", run_because},   {"rung", run_rung},       {"drops", run_drops},
    {"late", run_late},
};

static void run_line(struct run *run, struct text line)
{
    struct text rest = line, name = word(&rest);

    if (name.size == 0 || name.data[0] == '#')
        return;
    for (size_t i = 0; i < COUNT(commands); i++) {
        if (text_is(name, commands[i].word)) {
            commands[i].run(run, rest);
            return;
        }
    }
    case_fail(run, "no command '%.*s'", (int)name.size, name.data);
}

/* The indented lines from `rest` on. */
static void run_program(struct run *run, struct text *rest)
{
    SCOPED(buffer_free) struct buffer document = {0};

    while (rest->data != NULL && text_starts(*rest, "  ")) {
        struct text line = text_cut(rest, '\n');
        buffer_add(&document, line.data + 2, line.size - 2);
        buffer_add_char(&document, '\n');
        run->line++;
    }
    scene_program(run->scene, buffer_text(&document));
}

static void run_case(void **state)
{
    SCOPED(buffer_free) struct buffer text = {0};
    SCOPED(scene_free) struct scene *scene = scene_new();
    struct run run = {.scene = scene, .file = *state};
    struct error err = {0};

    assert_int_equal(file_read(run.file, 1 << 20, &text, &err), OK);
    scene_program(scene, text_from(usual_program));
    struct text rest = buffer_text(&text);
    while (rest.data != NULL) {
        struct text line = text_cut(&rest, '\n');
        run.line++;
        if (text_is(text_trim(line), "program"))
            run_program(&run, &rest);
        else
            run_line(&run, line);
    }
    arena_free(&run.arena);
}

enum { CASES_MAX = 500 };

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Every *.case of a folder, in order of name, behind those found before. */
static size_t find_cases(const char *folder, struct arena *a, struct CMUnitTest *tests,
                         size_t count)
{
    struct dirent **names;
    int found = scandir(folder, &names, NULL, by_name);

    for (int i = 0; i < found; i++) {
        if (text_ends(text_from(names[i]->d_name), ".case") && count < CASES_MAX) {
            char *path = arena_printf(a, "%s/%s", folder, names[i]->d_name);
            tests[count++] = (struct CMUnitTest){path, run_case, NULL, NULL, path};
        }
        free(names[i]);
    }
    if (found >= 0)
        free(names);
    return count;
}

int main(void)
{
    static struct CMUnitTest tests[CASES_MAX];
    SCOPED(arena_free) struct arena a = {0};
    size_t count = find_cases("tests/cases/reasons", &a, tests, 0);

    count = find_cases("tests/cases/fallbacks", &a, tests, count);
    count = find_cases("tests/cases/rules", &a, tests, count);
    count = find_cases("tests/cases/products", &a, tests, count);
    if (count == 0) {
        fprintf(stderr, "no cases found: run this from the root of the project\n");
        return 1;
    }
    return _cmocka_run_group_tests("cases", tests, count, NULL, NULL);
}
