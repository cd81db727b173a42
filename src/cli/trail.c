/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/trail.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"

static struct text text_of(const json_t *object, const char *key)
{
    return text_from(json_string_value(json_object_get(object, key)));
}

static void item_print(const json_t *item)
{
    const json_t *reason = json_object_get(item, "reason");

    printf("%3lld  ", (long long)json_integer_value(json_object_get(item, "slot")));
    cli_print_padded(text_of(item, "item_id"), 30);
    printf("  ");
    cli_print_padded(text_of(item, "title"), 34);
    printf("  %9s  ", json_string_value(json_object_get(item, "price")));
    (void)cli_print(text_of(reason, "text"), 0);
    putchar('\n');
}

/* "also_viewed 0.0712 from oak-table, 14 shoppers" */
static void proposal_print(const json_t *p)
{
    const json_t *evidence = json_object_get(p, "evidence"), *support;
    const char *const keys[] = {"item_id", "category", "list"};
    const char *dropped = json_string_value(json_object_get(p, "dropped"));

    printf("  %-16s ", json_string_value(json_object_get(p, "source")));
    cli_print_padded(text_of(p, "item_id"), 30);
    printf(" %10.6g  from %s", json_number_value(json_object_get(p, "score")),
           json_string_value(json_object_get(evidence, "kind")));
    for (size_t i = 0; i < COUNT(keys); i++) {
        if (json_object_get(evidence, keys[i]) == NULL)
            continue;
        putchar(' ');
        (void)cli_print(text_of(evidence, keys[i]), 40);
    }
    support = json_object_get(p, "support");
    if (support != NULL)
        printf(", %lld shoppers", (long long)json_integer_value(support));
    if (dropped != NULL)
        printf("  dropped: %s", dropped);
    putchar('\n');
}

static void members_print(const json_t *trail)
{
    const json_t *row;
    size_t i;

    printf("\nrung allowed: %s (%s)\nsteps:",
           json_string_value(json_object_get(trail, "rung_allowed")),
           json_string_value(json_object_get(trail, "rung_why")));
    json_array_foreach(json_object_get(trail, "steps"), i, row)
        printf(" %s %.1f us", json_string_value(json_object_get(row, "step")),
               json_number_value(json_object_get(row, "us")));
    printf("\nproposals:\n");
    json_array_foreach(json_object_get(trail, "proposals"), i, row) proposal_print(row);
}

static void items_print(const json_t *answer)
{
    const json_t *item, *items = json_object_get(answer, "items");
    size_t i;

    if (json_array_size(items) == 0)
        puts("  (nothing to show)");
    json_array_foreach(items, i, item) item_print(item);
}

static void head_print(const json_t *answer)
{
    printf("surface %s, rung %s, generation %lld%s",
           json_string_value(json_object_get(answer, "surface")),
           json_string_value(json_object_get(answer, "rung")),
           (long long)json_integer_value(json_object_get(answer, "generation")),
           json_is_true(json_object_get(answer, "late")) ? ", late" : "");
    if (json_object_get(answer, "request_id") != NULL)
        printf(", request %s", json_string_value(json_object_get(answer, "request_id")));
    putchar('\n');
}

void answer_print(struct text json)
{
    json_t *answer = json_loadb(json.data, json.size, 0, NULL);
    const json_t *trail = json_object_get(answer, "trail");

    head_print(answer);
    items_print(answer);
    if (trail != NULL)
        members_print(trail);
    json_decref(answer);
}

void trail_print(struct text json)
{
    json_t *root = json_loadb(json.data, json.size, 0, NULL);
    const json_t *trail = json_object_get(root, "trail");
    const char *not_replayed = json_string_value(json_object_get(root, "not_replayed"));

    head_print(root);
    if (not_replayed != NULL)
        printf("not replayed: %s; this is the list that was kept\n", not_replayed);
    else
        puts("replayed: the list came out equal to the one that was shown");
    items_print(root);
    if (trail != NULL)
        members_print(trail);
    json_decref(root);
}
