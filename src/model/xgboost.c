/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the JSON in which XGBoost 1.7 keeps a model (its doc/model.schema), by jansson. */
#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "model/draft.h"

/* How XGBoost makes a margin of the base score. */
enum link { LINK_NONE, LINK_LOGIT, LINK_LOG };

static const struct objective {
    const char *name;
    enum link link;
} objectives[] = {
    {"rank:ndcg", LINK_NONE},        {"rank:pairwise", LINK_NONE},
    {"rank:map", LINK_NONE},         {"reg:squarederror", LINK_NONE},
    {"binary:logistic", LINK_LOGIT}, {"binary:logitraw", LINK_NONE},
    {"reg:logistic", LINK_LOGIT},    {"count:poisson", LINK_LOG},
    {"reg:tweedie", LINK_LOG},
};

static void json_drop(json_t **value)
{
    json_decref(*value); /* NULL is fine */
}

#define NO_MODEL "this is no model that XGBoost saved as JSON: "

static enum status no_model(struct error *err, const char *what)
{
    return error_set(err, ERR_CORRUPT, NO_MODEL "%s", what);
}

/* A whole number that XGBoost wrote as a text; `fallback` when there is none. */
static bool count_of(const json_t *object, const char *key, int64_t fallback, int64_t *out)
{
    const json_t *value = json_object_get(object, key);

    *out = fallback;
    return value == NULL || text_to_i64(text_from(json_string_value(value)), out);
}

static enum status read_features(const json_t *params, struct draft *d, struct error *err)
{
    int64_t features, classes, targets;

    if (!count_of(params, "num_feature", 0, &features) ||
        !count_of(params, "num_class", 0, &classes) || !count_of(params, "num_target", 1, &targets))
        return no_model(err, "a number of learner_model_param is none");
    if (classes > 1 || targets > 1)
        return error_set(err, ERR_INVALID, "the model has several outputs; only one is taken");
    if (features < 1 || features > MODEL_FEATURES_MAX)
        return error_set(err, ERR_INVALID, "the model has %lld features; 1 to %d are taken",
                         (long long)features, MODEL_FEATURES_MAX);
    d->feature_count = (uint32_t)features;
    return OK;
}

static enum status read_base(const json_t *params, const json_t *learner, struct draft *d,
                             struct error *err)
{
    const char *name =
        json_string_value(json_object_get(json_object_get(learner, "objective"), "name"));
    const struct objective *found = NULL;
    double base;

    if (name == NULL)
        return no_model(err, "it names no objective");
    for (size_t i = 0; i < COUNT(objectives); i++)
        if (strcmp(objectives[i].name, name) == 0)
            found = &objectives[i];
    if (found == NULL)
        return error_set(err, ERR_INVALID, "the model's objective is %.40s, which is not taken",
                         name);
    if (!text_to_double(text_from(json_string_value(json_object_get(params, "base_score"))), &base))
        return no_model(err, "its base score is no number");
    d->base = (float)base;
    if (found->link == LINK_LOGIT)
        d->base = -logf(1.0F / d->base - 1.0F);
    if (found->link == LINK_LOG)
        d->base = logf(d->base);
    if (!isfinite(d->base))
        return error_set(err, ERR_INVALID, "%s cannot start from a base score of %g", name, base);
    return OK;
}

static enum status read_names(const json_t *learner, struct draft *d, struct error *err)
{
    const json_t *names = json_object_get(learner, "feature_names");

    if (json_array_size(names) == 0)
        return OK;
    if (json_array_size(names) != d->feature_count)
        return no_model(err, "it has not one name for each feature");
    for (uint32_t f = 0; f < d->feature_count; f++) {
        const json_t *name = json_array_get(names, f);
        if (!json_is_string(name))
            return no_model(err, "the name of a feature is no text");
        if (json_string_length(name) > MODEL_NAME_MAX)
            return error_set(err, ERR_INVALID, "the name of feature %u is longer than %d bytes", f,
                             MODEL_NAME_MAX);
        /* jansson takes no zero within a text, and only UTF-8 */
        buffer_add(&d->names, json_string_value(name), json_string_length(name) + 1);
    }
    return OK;
}

/* The arrays of a tree, an entry for each node. */
struct tree {
    const json_t *left, *right, *features, *values, *default_left, *covers, *kinds;
    size_t node_count;
    uint32_t number; /* of the tree */
};

static enum status no_tree(struct error *err, const struct tree *t, const char *what)
{
    return error_set(err, ERR_CORRUPT, NO_MODEL "tree %u %s", t->number, what);
}

static enum status open_tree(const json_t *json, struct tree *t, struct error *err)
{
    const struct {
        const char *key;
        const json_t **to;
    } arrays[] = {
        {"left_children", &t->left},     {"right_children", &t->right},
        {"split_indices", &t->features}, {"split_conditions", &t->values},
        {"sum_hessian", &t->covers},     {"default_left", &t->default_left},
    };

    t->node_count = json_array_size(json_object_get(json, "left_children"));
    if (t->node_count == 0)
        return no_tree(err, t, "has no nodes");
    for (size_t i = 0; i < COUNT(arrays); i++) {
        *arrays[i].to = json_object_get(json, arrays[i].key);
        if (json_array_size(*arrays[i].to) != t->node_count)
            return no_tree(err, t, "has arrays of different lengths");
    }
    t->kinds = json_object_get(json, "split_type"); /* may be missing */
    if (json_array_size(json_object_get(json, "categories_nodes")) > 0)
        return error_set(err, ERR_INVALID, "tree %u splits by category, which is not taken",
                         t->number);
    return OK;
}

/* The entry, a whole number below `bound`. */
static bool index_at(const json_t *array, size_t i, uint64_t bound, uint32_t *out)
{
    const json_t *value = json_array_get(array, i);
    json_int_t number = json_integer_value(value);

    if (!json_is_integer(value) || number < 0 || (uint64_t)number >= bound)
        return false;
    *out = (uint32_t)number;
    return true;
}

/* The entry, a number that a float can hold. */
static bool float_at(const json_t *array, size_t i, float *out)
{
    const json_t *value = json_array_get(array, i);

    *out = (float)json_number_value(value);
    return json_is_number(value) && isfinite(*out);
}

/* 0 and 1, or false and true. */
static bool flag_at(const json_t *array, size_t i, bool *out)
{
    const json_t *value = json_array_get(array, i);
    uint32_t number = 0;

    *out = json_is_true(value);
    if (json_is_boolean(value))
        return true;
    if (!index_at(array, i, 2, &number))
        return false;
    *out = number != 0;
    return true;
}

static bool is_leaf(const struct tree *t, size_t i)
{
    return json_integer_value(json_array_get(t->left, i)) == -1;
}

/* The node, but for its children, which leave as theirs. */
static enum status read_node(const struct tree *t, const struct draft *d, uint32_t i,
                             struct draft_node *out, uint32_t children[2], struct error *err)
{
    uint32_t feature, kind = 0;
    bool default_left;

    if (!float_at(t->values, i, &out->value) || !float_at(t->covers, i, &out->cover) ||
        out->cover < 0)
        return no_tree(err, t, "has a value that is no number");
    if (is_leaf(t, i))
        return OK;
    if (t->kinds != NULL && !index_at(t->kinds, i, 2, &kind))
        return no_tree(err, t, "has a split of no kind");
    if (kind != 0)
        return error_set(err, ERR_INVALID, "tree %u splits by category, which is not taken",
                         t->number);
    if (!index_at(t->features, i, d->feature_count, &feature))
        return no_tree(err, t, "splits by a feature that is not there");
    if (!flag_at(t->default_left, i, &default_left))
        return no_tree(err, t, "does not say where the missing go");
    if (!index_at(t->left, i, t->node_count, &children[0]) ||
        !index_at(t->right, i, t->node_count, &children[1]))
        return no_tree(err, t, "has a child that is not there");
    out->feature = (uint16_t)feature;
    out->missing_right = !default_left;
    return OK;
}

/* Copy the nodes that are reached from the root: pruned ones stay in XGBoost's arrays. */
static enum status walk_tree(const struct tree *t, struct draft *d, struct draft_node *nodes,
                             struct error *err)
{
    SCOPED(mem_free_scoped) bool *met = mem_new(t->node_count, sizeof(*met));
    uint32_t theirs[TREE_NODES_MAX] = {0}; /* of the nodes copied or due */
    uint32_t count = 1, leaves = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t children[2] = {0};
        if (met[theirs[i]])
            return no_tree(err, t, "reaches a node twice");
        met[theirs[i]] = true;
        enum status status = read_node(t, d, theirs[i], &nodes[i], children, err);
        if (status != OK)
            return status;
        if (is_leaf(t, theirs[i])) {
            leaves++;
            continue;
        }
        if (count + 2 > TREE_NODES_MAX)
            return error_set(err, ERR_INVALID, "tree %u has more than %d leaves", t->number,
                             MODEL_LEAVES_MAX);
        theirs[count] = children[0];
        theirs[count + 1] = children[1];
        nodes[i].left = (uint16_t)count++;
        nodes[i].right = (uint16_t)count++;
    }
    d->leaf_counts[t->number] = (uint16_t)leaves;
    d->node_count += count;
    return OK;
}

static enum status read_trees(const json_t *model, struct draft *d, struct error *err)
{
    const json_t *trees = json_object_get(model, "trees");
    const json_t *params = json_object_get(model, "gbtree_model_param");
    size_t count = json_array_size(trees), room = 0;
    int64_t stated, vector;

    if (!count_of(params, "num_trees", -1, &stated) ||
        !count_of(params, "size_leaf_vector", 0, &vector) || stated != (int64_t)count)
        return no_model(err, "it has not the trees it states");
    if (vector > 1)
        return error_set(err, ERR_INVALID, "the model has several outputs; only one is taken");
    if (count < 1 || count > MODEL_TREES_MAX)
        return error_set(err, ERR_INVALID, "the model has %zu trees; 1 to %d are taken", count,
                         MODEL_TREES_MAX);
    d->leaf_counts = mem_new(count, sizeof(*d->leaf_counts));
    for (; d->tree_count < count; d->tree_count++) {
        struct tree t = {.number = d->tree_count};
        d->nodes = mem_grow(d->nodes, &room, d->node_count + TREE_NODES_MAX, sizeof(*d->nodes));
        enum status status = open_tree(json_array_get(trees, d->tree_count), &t, err);
        if (status == OK)
            status = walk_tree(&t, d, d->nodes + d->node_count, err);
        if (status != OK)
            return status;
    }
    return OK;
}

static enum status read_booster(const json_t *learner, const json_t **out, struct error *err)
{
    const json_t *booster = json_object_get(learner, "gradient_booster");
    const char *name = json_string_value(json_object_get(booster, "name"));

    if (name == NULL)
        return no_model(err, "it names no booster");
    if (strcmp(name, "gbtree") != 0)
        return error_set(err, ERR_INVALID, "the model's booster is %.40s; only gbtree is taken",
                         name);
    *out = json_object_get(booster, "model");
    return OK;
}

enum status model_read_xgboost(struct model **out, struct text json, struct error *err)
{
    SCOPED(json_drop) json_t *root = NULL;
    SCOPED(draft_free) struct draft d = {0};
    const json_t *trees = NULL;
    json_error_t why;

    if (json.size > MODEL_JSON_MAX)
        return error_set(err, ERR_INVALID, "the model's JSON is larger than %d MiB",
                         MODEL_JSON_MAX / 1024 / 1024);
    root = json_loadb(json.data != NULL ? json.data : "", json.size, JSON_REJECT_DUPLICATES, &why);
    if (root == NULL)
        return no_model(err, why.text);
    const json_t *learner = json_object_get(root, "learner");
    const json_t *params = json_object_get(learner, "learner_model_param");
    if (params == NULL)
        return no_model(err, "it has no learner");
    enum status status = read_booster(learner, &trees, err);
    if (status == OK)
        status = read_features(params, &d, err);
    if (status == OK)
        status = read_base(params, learner, &d, err);
    if (status == OK)
        status = read_names(learner, &d, err);
    if (status == OK)
        status = read_trees(trees, &d, err);
    if (status == OK)
        status = model_from_draft(out, &d, err);
    return status;
}
