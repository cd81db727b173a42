/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/program_print.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "program/program.h"

enum { AUTHOR_WIDTH = 26, SIDE_WIDTH = 44, ZONE_SIZE = 80 };

static struct text text_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return (struct text){json_string_value(value), json_string_length(value)};
}

static long long number_of(const json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

static void print_line(struct text t)
{
    (void)cli_print(t, 0);
    putchar('\n');
}

static void places_print(const char *path, const struct problems *list)
{
    for (const struct problem *p = list->first; p != NULL; p = p->next) {
        printf("%s:%d:%d: ", path, p->line, p->column);
        print_line(text_from(p->message));
    }
}

static void checked_json(bool sound, const struct problems *problems,
                         const struct problems *remarks)
{
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    struct json j = json_to(&out);

    program_checked_json(sound, problems, remarks, &j);
    puts(out.data);
}

void problems_print(const struct cli *cli, const char *path, const struct problems *list)
{
    const struct problems none = {.count = 0};

    if (cli->json) {
        checked_json(false, list, &none);
        return;
    }
    places_print(path, list);
    printf("%zu %s; nothing was applied\n", list->count, list->count == 1 ? "mistake" : "mistakes");
}

void sound_print(const struct cli *cli, const char *path, const struct program *program,
                 const struct problems *remarks)
{
    const struct problems none = {.count = 0};

    if (cli->json) {
        checked_json(true, &none, remarks);
        return;
    }
    printf("%s is sound: %zu surfaces, %zu lists.\n", path, program->surface_count,
           program->list_count);
    places_print(path, remarks);
}

/* The sentences, then the lines. */
static void print_difference(const json_t *root)
{
    struct text diff = text_of(root, "diff");
    const json_t *line;
    size_t i;

    json_array_foreach(json_object_get(root, "changes"), i, line)
    {
        printf("  ");
        print_line((struct text){json_string_value(line), json_string_length(line)});
    }
    if (number_of(root, "changes_more") > 0)
        printf("  and %lld more\n", number_of(root, "changes_more"));
    if (diff.size > 0)
        putchar('\n');
    while (diff.size > 0)
        print_line(text_cut(&diff, '\n'));
}

void applied_print(struct text json)
{
    json_t *root = json_loadb(json.data, json.size, 0, NULL);

    if (json_is_true(json_object_get(root, "changed"))) {
        printf("Applied as version %lld, over version %lld:\n", number_of(root, "version"),
               number_of(root, "before"));
        print_difference(root);
    } else {
        printf("Version %lld has this document already; nothing was changed.\n",
               number_of(root, "version"));
    }
    json_decref(root);
}

void history_print(struct text json)
{
    json_t *root = json_loadb(json.data, json.size, 0, NULL);
    const json_t *list = json_object_get(root, "versions"), *row;
    struct text zone = text_of(root, "time_zone");
    size_t i;

    if (json_array_size(list) == 0) {
        puts("No program was applied yet; the built-in default serves.");
        json_decref(root);
        return;
    }
    if (number_of(root, "earlier") > 0)
        printf("(%lld earlier versions are not shown)\n", number_of(root, "earlier"));
    printf("version  %-16.*s  %-*s   lines       why\n",
           (int)text_utf8_prefix(zone, ZONE_SIZE).size, zone.data, AUTHOR_WIDTH, "who");
    json_array_foreach(list, i, row)
    {
        printf("%c %5lld  %-16s  ",
               number_of(row, "version") == number_of(root, "current") ? '*' : ' ',
               number_of(row, "version"), json_string_value(json_object_get(row, "applied_local")));
        cli_print_padded(text_of(row, "author"), AUTHOR_WIDTH);
        printf("  %+5lld %+5lld  ", number_of(row, "lines_added"),
               -number_of(row, "lines_removed"));
        print_line(text_of(row, "reason"));
    }
    json_decref(root);
}

void log_print(struct text json)
{
    json_t *root = json_loadb(json.data, json.size, 0, NULL);
    const json_t *row;
    struct text zone = text_of(root, "time_zone");
    size_t i;

    if (number_of(root, "earlier") > 0)
        printf("(%lld earlier entries are not shown)\n", number_of(root, "earlier"));
    printf("  entry  %-16.*s  %-*s  %-9s  %-17s  what\n",
           (int)text_utf8_prefix(zone, ZONE_SIZE).size, zone.data, AUTHOR_WIDTH, "who", "by way of",
           "action");
    json_array_foreach(json_object_get(root, "entries"), i, row)
    {
        printf("%7lld  %-16s  ", number_of(row, "number"),
               json_string_value(json_object_get(row, "local")));
        cli_print_padded(text_of(row, "who"), AUTHOR_WIDTH);
        printf("  ");
        cli_print_padded(text_of(row, "via"), 9);
        printf("  ");
        cli_print_padded(text_of(row, "action"), 17);
        printf("  ");
        print_line(text_of(row, "details"));
    }
    json_decref(root);
}

void diff_print(struct text json)
{
    json_t *root = json_loadb(json.data, json.size, 0, NULL);

    if (text_of(root, "diff").size == 0)
        printf("Versions %lld and %lld are equal.\n", number_of(root, "from"),
               number_of(root, "to"));
    else
        print_difference(root);
    json_decref(root);
}

void verified_print(struct text json)
{
    json_t *root = json_loadb(json.data, json.size, 0, NULL);
    const json_t *fault;
    size_t i;

    json_array_foreach(json_object_get(root, "faults"), i, fault)
        print_line((struct text){json_string_value(fault), json_string_length(fault)});
    printf("%lld entries of the log, %lld versions of the program, %lld keys: ",
           number_of(root, "entries"), number_of(root, "versions"), number_of(root, "keys"));
    if (number_of(root, "fault_count") == 0)
        puts("all as it was written");
    else
        printf("%lld %s\n", number_of(root, "fault_count"),
               number_of(root, "fault_count") == 1 ? "fault" : "faults");
    if (json_is_string(json_object_get(root, "anchor")))
        printf("anchor, to note elsewhere: %s\n",
               json_string_value(json_object_get(root, "anchor")));
    json_decref(root);
}

/* ---- try ---- */

/* "oak-table  Oak table" in a column. */
static void print_product(const json_t *item, size_t width)
{
    size_t used = 0;

    if (item != NULL) {
        used = cli_print(text_of(item, "item_id"), 20);
        used += cli_print(TEXT("  "), 0);
        used += cli_print(text_of(item, "title"), SIDE_WIDTH - 2 - used);
    }
    for (; used < width; used++)
        putchar(' ');
}

static void print_reason(const json_t *item, size_t width)
{
    struct text reason = text_of(json_object_get(item, "reason"), "text");
    size_t used = item == NULL ? 0 : cli_print(TEXT("  "), 0) + cli_print(reason, SIDE_WIDTH - 4);

    for (; used < width; used++)
        putchar(' ');
}

/* What became of the product that stands there now. */
static void print_change(const json_t *root, const json_t *item)
{
    struct text id = text_of(item, "item_id");
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(root, "came"), i, row)
    {
        if (text_is(id, json_string_value(row)))
            printf("new");
    }
    json_array_foreach(json_object_get(root, "moved"), i, row)
    {
        if (text_equal(id, text_of(row, "item_id")))
            printf("from %lld", number_of(row, "from"));
    }
}

static void print_slot(const json_t *root, size_t slot)
{
    const json_t *before =
        json_array_get(json_object_get(json_object_get(root, "before"), "items"), slot);
    const json_t *after =
        json_array_get(json_object_get(json_object_get(root, "after"), "items"), slot);

    printf("%4zu  ", slot + 1);
    print_product(before, SIDE_WIDTH);
    print_product(after, SIDE_WIDTH);
    print_change(root, after);
    printf("\n      ");
    print_reason(before, SIDE_WIDTH);
    print_reason(after, 0);
    putchar('\n');
}

static size_t items_of(const json_t *root, const char *side)
{
    return json_array_size(json_object_get(json_object_get(root, side), "items"));
}

static const char *rung_of(const json_t *root, const char *side)
{
    const char *rung = json_string_value(json_object_get(json_object_get(root, side), "rung"));

    return rung == NULL ? "no such surface" : rung;
}

static void print_ids(const char *what, const json_t *list)
{
    const json_t *id;
    size_t i;

    if (json_array_size(list) == 0)
        return;
    printf("%s", what);
    json_array_foreach(list, i, id)
    {
        printf(i > 0 ? ", " : " ");
        (void)cli_print((struct text){json_string_value(id), json_string_length(id)}, 0);
    }
    putchar('\n');
}

void tried_print(const char *path, struct text json)
{
    json_t *root = json_loadb(json.data, json.size, 0, NULL);
    size_t before = items_of(root, "before"), after = items_of(root, "after");
    char head[SIDE_WIDTH * 2];

    printf("surface ");
    print_line(text_of(root, "surface"));
    snprintf(head, sizeof(head), "version %lld (%s)", number_of(root, "version"),
             rung_of(root, "before"));
    printf("slot  %-*s%s (%s)\n", SIDE_WIDTH, head, path, rung_of(root, "after"));
    for (size_t i = 0; i < before || i < after; i++)
        print_slot(root, i);
    if (before == 0 && after == 0)
        puts("      (nothing to show, then and now)");
    print_ids("went:", json_object_get(root, "went"));
    if (before > 0 && before == after && json_array_size(json_object_get(root, "came")) == 0 &&
        json_array_size(json_object_get(root, "moved")) == 0)
        puts("The same products in the same slots.");
    puts("Nothing was applied.");
    json_decref(root);
}
