/* SPDX-License-Identifier: Apache-2.0 */
/* Reading XGBoost's JSON: what is taken, and with which sentence the rest is refused. */
#include <string.h>

#include "base/memory.h"
#include "model/parts.h"
#include "tests/support/test.h"
#include "tests/support/trees.h"

enum { FEATURES = 4 };

/* The JSON of a small model. */
static void small_json(struct buffer *out)
{
    static const float thresholds[] = {0.25F, 0.5F, 0.75F};
    static struct made_tree trees[2];
    struct random r;

    random_seed(&r, 1);
    for (size_t i = 0; i < COUNT(trees); i++)
        made_tree_grow(&trees[i], &r, 4, FEATURES, (struct made_thresholds){thresholds, 3});
    made_json(trees, COUNT(trees), FEATURES, out);
}

/* The JSON of a model that XGBoost trained. */
static void trained_text(const char *parameters, struct buffer *out)
{
    struct made_rows r;
    struct trained t;

    made_rows_make(&r, 3000, FEATURES, 3);
    if (strstr(parameters, "num_class=3") != NULL)
        for (uint32_t i = 0; i < r.count; i++)
            r.labels[i] = (float)(i % 3);
    trained_make(&t, &r, parameters, 2);
    trained_json(&t, out);
    trained_free(&t);
    made_rows_free(&r);
}

static void assert_refused(struct text json, enum status status, const char *sentence)
{
    struct model *m = NULL;
    struct error err = {0};

    assert_int_equal(model_read_xgboost(&m, json, &err), status);
    assert_null(m);
    assert_int_equal(err.status, status);
    assert_string_equal(err.message, sentence);
}

static void what_xgboost_trains_otherwise_is_refused_by_name(void **state)
{
    static const struct {
        const char *parameters, *sentence;
    } cases[] = {
        {"booster=dart", "the model's booster is dart; only gbtree is taken"},
        {"booster=gblinear", "the model's booster is gblinear; only gbtree is taken"},
        {"objective=multi:softprob num_class=3",
         "the model has several outputs; only one is taken"},
        {"objective=survival:cox", "the model's objective is survival:cox, which is not taken"},
        {"tree_method=hist grow_policy=lossguide max_depth=0 max_leaves=300 min_child_weight=0 "
         "lambda=0",
         "tree 0 has more than 256 leaves"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        SCOPED(buffer_free) struct buffer json = {0};
        trained_text(cases[i].parameters, &json);
        assert_refused(buffer_text(&json), ERR_INVALID, cases[i].sentence);
    }
}

/* The text with the first `from` in it replaced. */
static struct text replaced(struct arena *a, struct text t, const char *from, const char *to)
{
    const char *at = memmem(t.data, t.size, from, strlen(from));

    assert_non_null(at);
    const char *behind = at + strlen(from);
    return text_from(arena_printf(a, "%.*s%s%.*s", (int)(at - t.data), t.data, to,
                                  (int)(t.data + t.size - behind), behind));
}

#define NO_MODEL "this is no model that XGBoost saved as JSON: "

static void a_text_that_says_what_cannot_be_is_refused(void **state)
{
    static const struct {
        enum status status;
        const char *from, *to, *sentence;
    } cases[] = {
        {ERR_CORRUPT, "\"learner\"", "\"earner\"", NO_MODEL "it has no learner"},
        {ERR_CORRUPT, "\"name\":\"gbtree\"", "\"name\":3", NO_MODEL "it names no booster"},
        {ERR_CORRUPT, "\"objective\"", "\"objection\"", NO_MODEL "it names no objective"},
        {ERR_CORRUPT, "\"5E-1\"", "\"half\"", NO_MODEL "its base score is no number"},
        {ERR_INVALID, "\"5E-1\"", "\"1e39\"",
         "reg:squarederror cannot start from a base score of 1e+39"},
        {ERR_CORRUPT, "\"num_feature\":\"4\"", "\"num_feature\":\"x\"",
         NO_MODEL "a number of learner_model_param is none"},
        {ERR_INVALID, "\"num_feature\":\"4\"", "\"num_feature\":\"1025\"",
         "the model has 1025 features; 1 to 1024 are taken"},
        {ERR_INVALID, "\"num_feature\":\"4\"", "\"num_feature\":\"0\"",
         "the model has 0 features; 1 to 1024 are taken"},
        {ERR_INVALID, "\"num_feature\":\"4\"", "\"num_feature\":\"4\",\"num_target\":\"2\"",
         "the model has several outputs; only one is taken"},
        {ERR_CORRUPT, "\"num_trees\":\"2\"", "\"num_trees\":\"3\"",
         NO_MODEL "it has not the trees it states"},
        {ERR_INVALID, "\"num_trees\":\"2\"", "\"num_trees\":\"2\",\"size_leaf_vector\":\"3\"",
         "the model has several outputs; only one is taken"},
        {ERR_CORRUPT, "\"left_children\":[1,", "\"left_children\":[",
         NO_MODEL "tree 0 has arrays of different lengths"},
        {ERR_CORRUPT, "\"left_children\":[1,", "\"left_children\":[0,",
         NO_MODEL "tree 0 reaches a node twice"},
        {ERR_CORRUPT, "\"left_children\":[1,", "\"left_children\":[7,",
         NO_MODEL "tree 0 has a child that is not there"},
        {ERR_CORRUPT, "\"right_children\":[2,", "\"right_children\":[-1,",
         NO_MODEL "tree 0 has a child that is not there"},
        {ERR_CORRUPT, "\"split_indices\":[", "\"split_indices\":[9",
         NO_MODEL "tree 0 splits by a feature that is not there"},
        {ERR_CORRUPT, "\"split_conditions\":[", "\"split_conditions\":[9e99,",
         NO_MODEL "tree 0 has arrays of different lengths"},
        {ERR_CORRUPT, "\"split_conditions\":[0.",
         "\"split_conditions\":[1000000000000000000000000000000000000000000.",
         NO_MODEL "tree 0 has a value that is no number"},
        {ERR_CORRUPT, "\"sum_hessian\":[1000", "\"sum_hessian\":[-1000",
         NO_MODEL "tree 0 has a value that is no number"},
        {ERR_CORRUPT, "\"default_left\":[", "\"default_left\":[3",
         NO_MODEL "tree 0 does not say where the missing go"},
        {ERR_INVALID, "\"left_children\"", "\"split_type\":[1,1,1,1,1,1,1],\"left_children\"",
         "tree 0 splits by category, which is not taken"},
        {ERR_INVALID, "\"left_children\"", "\"categories_nodes\":[0],\"left_children\"",
         "tree 0 splits by category, which is not taken"},
        {ERR_CORRUPT, "\"left_children\"", "\"split_type\":[7],\"left_children\"",
         NO_MODEL "tree 0 has a split of no kind"},
        {ERR_CORRUPT, "\"learner\":{", "\"learner\":{\"feature_names\":[\"a\",\"b\"],",
         NO_MODEL "it has not one name for each feature"},
        {ERR_CORRUPT, "\"learner\":{", "\"learner\":{\"feature_names\":[\"a\",\"b\",\"c\",4],",
         NO_MODEL "the name of a feature is no text"},
        {ERR_CORRUPT, "\"learner\":{", "\"learner\":{\"learner\":1,\"learner\":1,",
         NO_MODEL "duplicate object key near '\"learner\"'"},
    };
    SCOPED(buffer_free) struct buffer json = {0};

    small_json(&json);
    for (size_t i = 0; i < COUNT(cases); i++) {
        SCOPED(arena_free) struct arena a = {0};
        assert_refused(replaced(&a, buffer_text(&json), cases[i].from, cases[i].to),
                       cases[i].status, cases[i].sentence);
    }
}

static void any_other_text_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "{}",
                                        "[]",
                                        "null",
                                        "{\"learner\":[]}",
                                        "\xff",
                                        "{\"learner\":",
                                        "{\"learner\":{\"learner_model_param\":1}}"};
    SCOPED(buffer_free) struct buffer json = {0}, deep = {0};
    struct model *m = NULL;
    struct error err = {0};

    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_int_equal(model_read_xgboost(&m, text_from(texts[i]), &err), ERR_CORRUPT);
        assert_memory_equal(err.message, NO_MODEL, strlen(NO_MODEL));
    }
    assert_int_equal(model_read_xgboost(&m, (struct text){0}, &err), ERR_CORRUPT);
    for (int i = 0; i < 100000; i++)
        buffer_add_char(&deep, '[');
    assert_int_equal(model_read_xgboost(&m, buffer_text(&deep), &err), ERR_CORRUPT);
    small_json(&json);
    for (size_t size = 0; size < json.size; size++)
        assert_int_equal(model_read_xgboost(&m, (struct text){json.data, size}, &err), ERR_CORRUPT);
    assert_refused((struct text){"", (size_t)MODEL_JSON_MAX + 1}, ERR_INVALID,
                   "the model's JSON is larger than 256 MiB");
}

static void as_many_trees_as_the_bound_are_taken_and_no_more(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    struct made_tree *trees = arena_array(&a, MODEL_TREES_MAX + 1, sizeof(*trees));
    SCOPED(buffer_free) struct buffer most = {0}, beyond = {0}, none = {0};

    for (int i = 0; i <= MODEL_TREES_MAX; i++) {
        trees[i].node_count = 1;
        trees[i].nodes[0].value = 1;
    }
    made_json(trees, MODEL_TREES_MAX, 1, &most);
    SCOPED(model_close) struct model *m = model_of_json(buffer_text(&most));
    assert_int_equal(model_trees(m), MODEL_TREES_MAX);
    made_json(trees, MODEL_TREES_MAX + 1, 1, &beyond);
    assert_refused(buffer_text(&beyond), ERR_INVALID,
                   "the model has 4097 trees; 1 to 4096 are taken");
    made_json(trees, 0, 1, &none);
    assert_refused(buffer_text(&none), ERR_INVALID, "the model has 0 trees; 1 to 4096 are taken");
}

static void names_are_taken_along_within_their_bound(void **state)
{
    SCOPED(buffer_free) struct buffer json = {0};
    SCOPED(arena_free) struct arena a = {0};
    char longest[MODEL_NAME_MAX + 2] = {0};

    small_json(&json);
    SCOPED(model_close) struct model *nameless = model_of_json(buffer_text(&json));
    assert_int_equal(model_features(nameless), FEATURES);
    assert_null(model_feature_name(nameless, 0));
    memset(longest, 'n', MODEL_NAME_MAX);
    char *names = arena_printf(
        &a, "\"learner\":{\"feature_names\":[\"price\",\"\",\"größe\",\"%s\"],", longest);
    SCOPED(model_close)
    struct model *m = model_of_json(replaced(&a, buffer_text(&json), "\"learner\":{", names));
    assert_string_equal(model_feature_name(m, 0), "price");
    assert_string_equal(model_feature_name(m, 1), "");
    assert_string_equal(model_feature_name(m, 2), "größe");
    assert_string_equal(model_feature_name(m, 3), longest);
    longest[MODEL_NAME_MAX] = 'n';
    names = arena_printf(&a, "\"learner\":{\"feature_names\":[\"a\",\"b\",\"c\",\"%s\"],", longest);
    assert_refused(replaced(&a, buffer_text(&json), "\"learner\":{", names), ERR_INVALID,
                   "the name of feature 3 is longer than 128 bytes");
}

static void default_directions_may_be_booleans(void **state)
{
    SCOPED(buffer_free) struct buffer json = {0};
    SCOPED(arena_free) struct arena a = {0};
    struct made_tree tree = {.node_count = 3,
                             .nodes = {{1, 2, 0, 0.5F, true, 2}, {.value = 1}, {.value = 2}}};

    made_json(&tree, 1, 1, &json);
    SCOPED(model_close) struct model *m = model_of_json(buffer_text(&json));
    SCOPED(model_close)
    struct model *n = model_of_json(replaced(&a, buffer_text(&json), "\"default_left\":[1,0,0]",
                                             "\"default_left\":[true,false,false]"));
    assert_int_equal(m->columns[0].missing_right, 0);
    assert_int_equal(n->columns[0].missing_right, 0);
    SCOPED(model_close)
    struct model *o = model_of_json(
        replaced(&a, buffer_text(&json), "\"default_left\":[1,", "\"default_left\":[false,"));
    assert_int_equal(o->columns[0].missing_right, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_xgboost_trains_otherwise_is_refused_by_name),
        cmocka_unit_test(a_text_that_says_what_cannot_be_is_refused),
        cmocka_unit_test(any_other_text_is_refused),
        cmocka_unit_test(as_many_trees_as_the_bound_are_taken_and_no_more),
        cmocka_unit_test(names_are_taken_along_within_their_bound),
        cmocka_unit_test(default_directions_may_be_booleans),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
