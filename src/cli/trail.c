/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/trail.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "features/features.h"

enum { SHARES_SHOWN = 8 }; /* of each item; the rest in one line */

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

/* "from viewed oak-table, 14 shoppers" */
static void evidence_print(const json_t *p)
{
    const json_t *evidence = json_object_get(p, "evidence"), *support;
    const char *const keys[] = {"item_id", "category", "list"};

    printf("from %s", json_string_value(json_object_get(evidence, "kind")));
    for (size_t i = 0; i < COUNT(keys); i++) {
        if (json_object_get(evidence, keys[i]) == NULL)
            continue;
        putchar(' ');
        (void)cli_print(text_of(evidence, keys[i]), 40);
    }
    support = json_object_get(p, "support");
    if (support != NULL)
        printf(", %lld shoppers", (long long)json_integer_value(support));
}

/* "also_viewed oak-stool 0.0712 from viewed oak-table, 14 shoppers" */
static void proposal_print(const json_t *p)
{
    const char *dropped = json_string_value(json_object_get(p, "dropped"));

    printf("  %-16s ", json_string_value(json_object_get(p, "source")));
    cli_print_padded(text_of(p, "item_id"), 30);
    printf(" %10.6g  ", json_number_value(json_object_get(p, "score")));
    evidence_print(p);
    if (dropped != NULL)
        printf("  dropped: %s", dropped);
    putchar('\n');
}

/* "+0.8123  12  direct_1  how often it was the very next click after the session's last product" */
static void share_print(const json_t *row)
{
    const json_t *value = json_object_get(row, "value");
    struct text name = text_of(row, "feature");
    enum feature feature;

    printf("     %+9.4f ", json_number_value(json_object_get(row, "share")));
    if (json_is_number(value))
        printf("%11.5g  ", json_number_value(value));
    else
        printf("%11s  ", "missing");
    cli_print_padded(name, 21);
    if (feature_find(name, &feature)) /* a server may be of another version */
        printf("  %s", feature_meaning(feature));
    putchar('\n');
}

/* One product's score, shared out. */
static void score_print(const json_t *item)
{
    const json_t *features = json_object_get(item, "features"), *row;
    double score = json_number_value(json_object_get(item, "score")), rest = 0;
    double base = json_number_value(json_object_get(item, "base"));
    size_t i, count = json_array_size(features);

    printf("%3lld  ", (long long)json_integer_value(json_object_get(item, "slot")));
    cli_print_padded(text_of(item, "item_id"), 30);
    printf("  score %.4f = base %.4f and shares %+.4f; by %s, ", score, base, score - base,
           json_string_value(json_object_get(item, "source")));
    evidence_print(item);
    putchar('\n');
    json_array_foreach(features, i, row)
    {
        if (i < SHARES_SHOWN)
            share_print(row);
        else
            rest += json_number_value(json_object_get(row, "share"));
    }
    if (count > SHARES_SHOWN)
        printf("     %+9.4f %11s  %zu more; --json has them all\n", rest, "", count - SHARES_SHOWN);
}

static void scores_print(const json_t *trail)
{
    const json_t *scores = json_object_get(trail, "scores"), *item;
    size_t i;

    if (scores == NULL)
        return;
    printf("\nscores, and what each feature gave to them by %s\n%14s %11s  %-21s  meaning\n",
           json_string_value(json_object_get(trail, "attribution")), "share", "value", "feature");
    json_array_foreach(scores, i, item) score_print(item);
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
    putchar('\n');
    scores_print(trail);
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
