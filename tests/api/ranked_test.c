/* SPDX-License-Identifier: Apache-2.0 */
/* What the server says of the rung learned: in trails, of generations, and in its own description. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "base/time.h"
#include "candidates/candidates.h"
#include "tests/support/judged.h"
#include "tests/support/site.h"
#include "tests/support/wire.h"

enum { TREES = 40 };

static void make(struct site *s)
{
    SCOPED(model_close) struct model *ranker = ranked_trees(3, TREES, FEATURE_COUNT);

    site_make(s, NULL);
    ranked_shop(s->shop, ranker, time_now_ms());
    site_serve(s, NULL);
}

/* The answer to GET `path` under the secret key; the caller drops it. */
static json_t *get(struct site *s, const char *path)
{
    SCOPED(buffer_free) struct buffer request = {0}, answer = {0};

    buffer_printf(&request, "GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", path,
                  s->secret_key);
    int status = wire_ask(s->port, request.data, &answer);
    const char *body = strstr(buffer_text(&answer).data, "\r\n\r\n");
    if (status != 200 || body == NULL)
        fail_msg("GET %s: %d", path, status);
    json_t *root = json_loads(body, 0, NULL);
    assert_non_null(root);
    return root;
}

static void drop_json(json_t **root)
{
    json_decref(*root);
}

static double sum_of(const json_t *item)
{
    double sum = json_number_value(json_object_get(item, "base"));
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(item, "features"), i, row) sum +=
        json_number_value(json_object_get(row, "share"));
    return sum;
}

static void assert_scores_add_up(const json_t *scores)
{
    const json_t *item;
    size_t i;

    assert_true(json_array_size(scores) > 0);
    json_array_foreach(scores, i, item)
    {
        double score = json_number_value(json_object_get(item, "score"));
        assert_true(fabs(sum_of(item) - score) <= 1e-4 * fmax(1, fabs(score)));
    }
}

static void the_trail_says_what_features_gave_and_the_decision_says_it_again(void **state)
{
    struct site s;
    char path[128];

    make(&s);
    SCOPED(drop_json)
    json_t *answer = get(&s, "/v1/recommendations/home?anonymous_id=v-39&limit=3&why=true");
    const json_t *scores = json_object_get(json_object_get(answer, "trail"), "scores");
    assert_string_equal(json_string_value(json_object_get(answer, "rung")), "learned");
    assert_int_equal(json_array_size(scores), 3);
    assert_scores_add_up(scores);
    snprintf(path, sizeof(path), "/v1/decisions/%s",
             json_string_value(json_object_get(answer, "request_id")));
    SCOPED(drop_json) json_t *again = get(&s, path);
    assert_true(json_equal(scores, json_object_get(json_object_get(again, "trail"), "scores")));
    SCOPED(drop_json) json_t *plain = get(&s, "/v1/recommendations/home?anonymous_id=v-39");
    assert_null(json_object_get(plain, "trail"));
    SCOPED(drop_json) json_t *below = get(&s, "/v1/recommendations/pdp?anonymous_id=v-39&why=true");
    assert_non_null(json_object_get(below, "trail"));
    assert_null(json_object_get(json_object_get(below, "trail"), "scores"));
    site_close(&s);
}

static void generations_say_what_surfaces_may_stand_on_and_by_which_trees(void **state)
{
    struct site s;
    json_error_t why;

    make(&s);
    SCOPED(drop_json) json_t *answer = get(&s, "/v1/generations");
    SCOPED(drop_json)
    json_t *expected = json_pack_ex(&why, 0, "[{s:s,s:s},{s:s,s:s}]", "surface", "home", "rung",
                                    "learned", "surface", "pdp", "rung", "co-view");
    SCOPED(drop_json)
    json_t *ranker = json_pack_ex(&why, 0, "{s:i,s:i,s:b}", "trees", TREES, "features",
                                  FEATURE_COUNT, "fits", 1);
    const json_t *list = json_object_get(answer, "generations"), *one = json_array_get(list, 0);
    assert_int_equal(json_array_size(list), 1);
    assert_true(json_equal(json_object_get(one, "surfaces"), expected));
    assert_true(json_equal(json_object_get(one, "ranker"), ranker));
    assert_null(json_object_get(one, "fault"));
    site_close(&s);
}

static void a_generation_with_damaged_trees_is_listed_with_what_is_wrong(void **state)
{
    struct site s;
    char path[TEST_PATH_SIZE];

    make(&s);
    assert_int_equal(unlink(test_path(path, s.dir, "generations/1/ranker.bin")), 0);
    test_write(path, TEXT("no trees"));
    SCOPED(drop_json) json_t *answer = get(&s, "/v1/generations");
    const json_t *one = json_array_get(json_object_get(answer, "generations"), 0);
    assert_non_null(strstr(json_string_value(json_object_get(one, "fault")), "ranker.bin"));
    assert_true(json_is_null(json_object_get(one, "ranker")));
    assert_int_equal(json_integer_value(json_object_get(one, "number")), 1);
    site_close(&s);
}

/* The words of the enumeration `name`, in order. */
static const json_t *words_of(const json_t *document, const char *name)
{
    const json_t *components = json_object_get(document, "components");
    const json_t *schemas = json_object_get(components, "schemas");

    return json_object_get(json_object_get(schemas, name), "enum");
}

static void the_description_has_every_rung_and_every_source(void **state)
{
    struct site s;

    make(&s);
    SCOPED(drop_json) json_t *document = get(&s, "/openapi.json");
    const json_t *rungs = words_of(document, "Rung"), *sources = words_of(document, "Source");
    assert_int_equal(json_array_size(rungs), RUNG_COUNT);
    for (int i = 0; i < RUNG_COUNT; i++)
        assert_string_equal(json_string_value(json_array_get(rungs, (size_t)i)),
                            rung_word((enum rung)i));
    assert_int_equal(json_array_size(sources), SOURCE_COUNT);
    for (int i = 0; i < SOURCE_COUNT; i++)
        assert_string_equal(json_string_value(json_array_get(sources, (size_t)i)),
                            source_word((enum source_kind)i));
    site_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_trail_says_what_features_gave_and_the_decision_says_it_again),
        cmocka_unit_test(generations_say_what_surfaces_may_stand_on_and_by_which_trees),
        cmocka_unit_test(a_generation_with_damaged_trees_is_listed_with_what_is_wrong),
        cmocka_unit_test(the_description_has_every_rung_and_every_source),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
