/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/trees.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"

enum { GROUP = 10 };

static void check(int status)
{
    if (status == 0)
        return;
    fprintf(stderr, "XGBoost: %s\n", XGBGetLastError());
    exit(1);
}

static float made_value(struct random *r, uint32_t feature)
{
    double unit = random_unit(r);

    switch (feature % 4) {
    case 0: return (float)floor(10 * random_exponential(r));
    case 1: return (float)unit;
    case 2: return (float)log(unit + 1e-6);
    default: return random_below(r, 5) == 0 ? NAN : (float)unit;
    }
}

/* What a value adds to the odds of a 1. */
static double appeal_of(uint32_t feature, float value)
{
    static const double scales[] = {0.1, 3, 0.5, 3};

    return isnan(value) ? 0.5
                        : sin(scales[feature % 4] * value * (1 + feature % 5)) / (1 + feature % 7);
}

void made_rows_make(struct made_rows *r, uint32_t count, uint32_t features, uint64_t seed)
{
    struct random random;

    random_seed(&random, seed);
    *r = (struct made_rows){.count = count, .features = features};
    r->values = mem_new((size_t)count * features, sizeof(*r->values));
    r->labels = mem_new(count, sizeof(*r->labels));
    for (uint32_t i = 0; i < count; i++) {
        double appeal = 0.5 * random_normal(&random);
        float *values = r->values + (size_t)i * features;
        for (uint32_t f = 0; f < features; f++) {
            values[f] = made_value(&random, f);
            appeal += appeal_of(f, values[f]);
        }
        r->labels[i] = appeal > 0.5;
    }
}

void made_rows_free(struct made_rows *r)
{
    mem_free(r->values);
    mem_free(r->labels);
    *r = (struct made_rows){0};
}

struct model_rows made_rows_turned(const struct made_rows *r)
{
    size_t stride = ((size_t)r->count + MODEL_BLOCK - 1) / MODEL_BLOCK * MODEL_BLOCK;
    float *values = mem_new(stride * r->features, sizeof(*values));

    for (uint32_t f = 0; f < r->features; f++)
        for (size_t i = 0; i < stride; i++)
            values[f * stride + i] = i < r->count ? r->values[i * r->features + f] : NAN;
    return (struct model_rows){values, stride, r->count};
}

static void set_parameters(BoosterHandle booster, const char *parameters)
{
    struct text rest = text_from(parameters);

    check(XGBoosterSetParam(booster, "nthread", "1"));
    check(XGBoosterSetParam(booster, "seed", "7"));
    while (rest.data != NULL) {
        char line[64];
        struct text one = text_cut(&rest, ' ');
        snprintf(line, sizeof(line), "%.*s", (int)one.size, one.data);
        char *value = strchr(line, '=');
        if (value == NULL)
            continue;
        *value++ = '\0';
        check(XGBoosterSetParam(booster, line, value));
    }
}

static DMatrixHandle matrix_of(const struct made_rows *r)
{
    DMatrixHandle matrix;

    check(XGDMatrixCreateFromMat_omp(r->values, r->count, r->features, NAN, &matrix, 1));
    return matrix;
}

void trained_make(struct trained *t, const struct made_rows *r, const char *parameters,
                  uint32_t rounds)
{
    t->rows = matrix_of(r);
    check(XGDMatrixSetFloatInfo(t->rows, "label", r->labels, r->count));
    if (strstr(parameters, "rank:") != NULL) {
        uint32_t groups = (r->count + GROUP - 1) / GROUP;
        uint32_t *sizes = mem_new(groups, sizeof(*sizes));
        for (uint32_t g = 0; g < groups; g++)
            sizes[g] = g + 1 < groups ? GROUP : r->count - g * GROUP;
        check(XGDMatrixSetUIntInfo(t->rows, "group", sizes, groups));
        mem_free(sizes);
    }
    check(XGBoosterCreate(&t->rows, 1, &t->booster));
    set_parameters(t->booster, parameters);
    for (uint32_t i = 0; i < rounds; i++)
        check(XGBoosterUpdateOneIter(t->booster, (int)i, t->rows));
}

void trained_free(struct trained *t)
{
    check(XGBoosterFree(t->booster));
    check(XGDMatrixFree(t->rows));
    *t = (struct trained){0};
}

void trained_json(const struct trained *t, struct buffer *out)
{
    const char *json;
    bst_ulong size;

    check(XGBoosterSaveModelToBuffer(t->booster, "{\"format\":\"json\"}", &size, &json));
    buffer_add(out, json, size);
}

const float *trained_scores(const struct trained *t, const struct made_rows *r)
{
    char array[256];
    const bst_ulong *shape;
    bst_ulong dimensions;
    const float *out;

    snprintf(array, sizeof(array),
             "{\"data\":[%zu,true],\"shape\":[%u,%u],\"typestr\":\"<f4\",\"version\":3}",
             (size_t)r->values, r->count, r->features);
    check(XGBoosterPredictFromDense(t->booster, array,
                                    "{\"type\":1,\"training\":false,\"iteration_begin\":0,"
                                    "\"iteration_end\":0,\"strict_shape\":false,"
                                    "\"cache_id\":0,\"missing\":NaN}",
                                    NULL, &shape, &dimensions, &out));
    return out;
}

const float *trained_shares(const struct trained *t, const struct made_rows *r)
{
    const bst_ulong *shape;
    bst_ulong dimensions;
    const float *out;
    DMatrixHandle matrix = matrix_of(r);

    check(XGBoosterPredictFromDMatrix(t->booster, matrix,
                                      "{\"type\":2,\"training\":false,\"iteration_begin\":0,"
                                      "\"iteration_end\":0,\"strict_shape\":false}",
                                      &shape, &dimensions, &out));
    check(XGDMatrixFree(matrix));
    return out;
}

struct model *model_of_json(struct text json)
{
    struct model *m = NULL;
    struct error err = {0};

    if (model_read_xgboost(&m, json, &err) != OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    return m;
}

struct model *trained_model(const struct trained *t)
{
    SCOPED(buffer_free) struct buffer json = {0};

    trained_json(t, &json);
    return model_of_json(buffer_text(&json));
}

void made_tree_grow(struct made_tree *t, struct random *r, uint32_t leaves, uint32_t features,
                    struct made_thresholds thresholds)
{
    *t = (struct made_tree){.node_count = 1};
    t->nodes[0].cover = 1000;
    while (t->node_count < 2 * leaves - 1) {
        uint32_t i = random_below(r, t->node_count);
        struct made_node *n = &t->nodes[i];
        if (n->left != 0)
            continue;
        n->left = t->node_count++;
        n->right = t->node_count++;
        n->feature = random_below(r, features);
        n->value = thresholds.values[random_below(r, thresholds.count)];
        n->default_left = random_below(r, 2) != 0;
        t->nodes[n->left].cover = n->cover * (float)random_unit(r);
        t->nodes[n->right].cover = n->cover - t->nodes[n->left].cover;
    }
    for (uint32_t i = 0; i < t->node_count; i++)
        if (t->nodes[i].left == 0)
            t->nodes[i].value = (float)random_normal(r);
}

float made_tree_value(const struct made_tree *t, const float *values, size_t stride)
{
    const struct made_node *n = t->nodes;

    while (n->left != 0) {
        float value = values[n->feature * stride];
        bool left = isnan(value) ? n->default_left : value < n->value;
        n = &t->nodes[left ? n->left : n->right];
    }
    return n->value;
}

/* One array of the tree's object. */
static void made_array(struct json *j, const struct made_tree *t, const char *key,
                       double (*of)(const struct made_node *))
{
    json_key(j, key);
    json_array_begin(j);
    for (uint32_t i = 0; i < t->node_count; i++)
        json_double(j, of(&t->nodes[i]));
    json_array_end(j);
}

static double left_of(const struct made_node *n)
{
    return n->left != 0 ? n->left : -1.0;
}

static double right_of(const struct made_node *n)
{
    return n->left != 0 ? n->right : -1.0;
}

static double feature_of(const struct made_node *n)
{
    return n->feature;
}

static double value_of(const struct made_node *n)
{
    return n->value;
}

static double default_left_of(const struct made_node *n)
{
    return n->default_left;
}

static double cover_of(const struct made_node *n)
{
    return n->cover;
}

static void made_tree_print(struct json *j, const struct made_tree *t)
{
    json_object_begin(j);
    made_array(j, t, "left_children", left_of);
    made_array(j, t, "right_children", right_of);
    made_array(j, t, "split_indices", feature_of);
    made_array(j, t, "split_conditions", value_of);
    made_array(j, t, "default_left", default_left_of);
    made_array(j, t, "sum_hessian", cover_of);
    json_object_end(j);
}

/* A number as XGBoost keeps its parameters: in quotes. */
static void made_parameter(struct json *j, const char *key, uint32_t value)
{
    char digits[16];

    snprintf(digits, sizeof(digits), "%u", value);
    json_key_string(j, key, digits);
}

static void made_names(struct json *j, const char *const *names, uint32_t features)
{
    json_key(j, "feature_names");
    json_array_begin(j);
    for (uint32_t i = 0; i < features; i++)
        json_text(j, text_from(names[i]));
    json_array_end(j);
}

void made_json(const struct made_tree *trees, uint32_t count, uint32_t features, struct buffer *out)
{
    made_json_named(trees, count, NULL, features, out);
}

void made_json_named(const struct made_tree *trees, uint32_t count, const char *const *names,
                     uint32_t features, struct buffer *out)
{
    struct json j = json_to(out);

    json_object_begin(&j);
    json_key(&j, "learner");
    json_object_begin(&j);
    if (names != NULL)
        made_names(&j, names, features);
    json_key(&j, "gradient_booster");
    json_object_begin(&j);
    json_key(&j, "model");
    json_object_begin(&j);
    json_key(&j, "gbtree_model_param");
    json_object_begin(&j);
    made_parameter(&j, "num_trees", count);
    json_object_end(&j);
    json_key(&j, "trees");
    json_array_begin(&j);
    for (uint32_t t = 0; t < count; t++)
        made_tree_print(&j, &trees[t]);
    json_array_end(&j);
    json_object_end(&j);
    json_key_string(&j, "name", "gbtree");
    json_object_end(&j);
    json_key(&j, "learner_model_param");
    json_object_begin(&j);
    json_key_string(&j, "base_score", "5E-1");
    made_parameter(&j, "num_feature", features);
    json_object_end(&j);
    json_key(&j, "objective");
    json_object_begin(&j);
    json_key_string(&j, "name", "reg:squarederror");
    json_object_end(&j);
    json_object_end(&j);
    json_object_end(&j);
}
