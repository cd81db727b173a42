/* SPDX-License-Identifier: Apache-2.0 */
/* The file: what is written reads back equal, and what was not written so is refused. */
#include "model/model.h"

#include <math.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "model/draft.h"
#include "model/parts.h"
#include "tests/support/test.h"
#include "tests/support/trees.h"

enum { FEATURES = 6, ROWS = 64 };

static struct model *small_model(uint32_t trees, uint32_t leaves, uint64_t seed)
{
    static const float thresholds[] = {-1, -0.5F, 0, 0.25F, 0.5F, 0.75F, 3};
    SCOPED(buffer_free) struct buffer json = {0};
    SCOPED(arena_free) struct arena a = {0};
    struct made_tree *made = arena_array(&a, trees, sizeof(*made));
    struct random r;

    random_seed(&r, seed);
    for (uint32_t t = 0; t < trees; t++)
        made_tree_grow(&made[t], &r, leaves, FEATURES,
                       (struct made_thresholds){thresholds, COUNT(thresholds)});
    made_json(made, trees, FEATURES, &json);
    return model_of_json(buffer_text(&json));
}

static void score(const struct model *m, float scores[ROWS], float shares[FEATURES + 1])
{
    SCOPED(arena_free) struct arena a = {0};
    float values[FEATURES * ROWS];
    struct random r;

    random_seed(&r, 5);
    for (size_t i = 0; i < COUNT(values); i++)
        values[i] = random_below(&r, 5) == 0 ? NAN : (float)random_normal(&r);
    struct model_rows rows = {values, ROWS, ROWS};
    model_score(m, &rows, scores, &a);
    model_explain(m, &rows, 3, shares, &a);
}

static void save(const struct model *m, char path[TEST_PATH_SIZE], struct buffer *out)
{
    char dir[TEST_PATH_SIZE];

    test_path(path, test_dir(dir), "model.bin");
    assert_int_equal(model_save(m, path, NULL), OK);
    assert_int_equal(file_read(path, 1 << 24, out, NULL), OK);
}

static void a_model_saved_and_opened_scores_and_explains_the_same(void **state)
{
    SCOPED(made_rows_free) struct made_rows r = {0};
    SCOPED(trained_free) struct trained t = {0};
    SCOPED(buffer_free) struct buffer bytes = {0};
    char path[TEST_PATH_SIZE];
    struct model *opened = NULL;
    struct error err = {0};
    float before[ROWS], after[ROWS], why[FEATURES + 1], again[FEATURES + 1];

    made_rows_make(&r, 1000, FEATURES, 1);
    trained_make(&t, &r, "tree_method=hist max_depth=6", 20);
    SCOPED(model_close) struct model *m = trained_model(&t);
    score(m, before, why);
    save(m, path, &bytes);
    assert_int_equal(model_open(&opened, path, &err), OK);
    score(opened, after, again);
    assert_memory_equal(before, after, sizeof(before));
    assert_memory_equal(why, again, sizeof(why));
    assert_int_equal(model_features(opened), FEATURES);
    assert_int_equal(model_trees(opened), 20);
    assert_int_equal(model_bytes(opened), model_bytes(m));
    assert_true(model_bytes(m) > bytes.size);
    model_close(&opened);
    assert_null(opened);
    model_close(&opened);
}

static void equal_models_give_equal_bytes(void **state)
{
    SCOPED(model_close) struct model *m = small_model(9, 30, 2), *n = small_model(9, 30, 2);
    SCOPED(model_close) struct model *other = small_model(9, 30, 3), *opened = NULL;
    SCOPED(buffer_free) struct buffer first = {0}, second = {0}, third = {0}, again = {0};
    char path[TEST_PATH_SIZE];

    save(m, path, &first);
    save(n, path, &second);
    assert_true(text_equal(buffer_text(&first), buffer_text(&second)));
    assert_int_equal(model_open(&opened, path, NULL), OK);
    save(opened, path, &again);
    assert_true(text_equal(buffer_text(&first), buffer_text(&again)));
    save(other, path, &third);
    assert_false(text_equal(buffer_text(&first), buffer_text(&third)));
}

static void names_are_kept(void **state)
{
    const struct draft_node leaf = {.value = 1, .cover = 1};
    struct draft d = {.feature_count = 2,
                      .tree_count = 1,
                      .leaf_counts = (uint16_t[]){1},
                      .nodes = (struct draft_node[]){leaf},
                      .node_count = 1};
    SCOPED(buffer_free) struct buffer bytes = {0};
    SCOPED(model_close) struct model *m = NULL, *opened = NULL;
    char path[TEST_PATH_SIZE];

    buffer_add(&d.names, "price\0rating", sizeof("price\0rating"));
    assert_int_equal(model_from_draft(&m, &d, NULL), OK);
    buffer_free(&d.names);
    save(m, path, &bytes);
    assert_int_equal(model_open(&opened, path, NULL), OK);
    assert_string_equal(model_feature_name(opened, 0), "price");
    assert_string_equal(model_feature_name(opened, 1), "rating");
}

static void assert_refused(const char *path)
{
    struct model *m = NULL;
    struct error err = {0};

    assert_int_equal(model_open(&m, path, &err), ERR_CORRUPT);
    assert_null(m);
    assert_non_null(strstr(err.message, path));
    assert_non_null(strstr(err.message, " is damaged: "));
}

static void a_file_truncated_anywhere_is_refused_by_name(void **state)
{
    SCOPED(model_close) struct model *m = small_model(3, 8, 4);
    SCOPED(buffer_free) struct buffer bytes = {0};
    char path[TEST_PATH_SIZE];

    save(m, path, &bytes);
    for (size_t size = bytes.size; size-- > 0;) {
        assert_int_equal(truncate(path, (off_t)size), 0);
        assert_refused(path);
    }
    buffer_add_char(&bytes, '\0');
    test_write(path, buffer_text(&bytes));
    assert_refused(path);
    assert_int_equal(unlink(path), 0);
    struct model *none = NULL;
    assert_int_equal(model_open(&none, path, NULL), ERR_NOT_FOUND);
}

static void a_file_with_any_byte_altered_is_refused_by_name(void **state)
{
    SCOPED(model_close) struct model *m = small_model(3, 8, 4);
    SCOPED(buffer_free) struct buffer bytes = {0};
    char path[TEST_PATH_SIZE];

    save(m, path, &bytes);
    for (size_t i = 0; i < bytes.size; i++) {
        char was = bytes.data[i];
        for (int k = 0; k < 3; k++) {
            bytes.data[i] = (char)(was ^ (const char[]){1, (char)0x80, (char)0xff}[k]);
            test_write(path, buffer_text(&bytes));
            assert_refused(path);
        }
        bytes.data[i] = was;
    }
}

/* Parts that can be changed, of a model of two trees with three leaves each. */
struct parts {
    struct array_file file;
    float base;
    struct model_column columns[4];
    float thresholds[4];
    uint16_t leaves[2];
    struct model_node nodes[10];
    char names[12];
    uint64_t seal;
};

static void parts_make(struct parts *p)
{
    const struct model_node leaf = {NODE_LEAF, 7};

    *p = (struct parts){
        .base = 0.5F,
        .columns = {{0, 0, 1}, {0, 1, 1}, {1, 0, 2}},
        .thresholds = {1, 1, 2, 3},
        .leaves = {3, 3},
        .nodes = {{0, 0.5F},
                  leaf,
                  {1 | NODE_RIGHT_FIRST, 1},
                  leaf,
                  leaf,
                  {2, 0},
                  {3, 0.5F},
                  leaf,
                  leaf,
                  leaf},
    };
    memcpy(p->names, "one\0two", 8);
    p->file.counts[COUNT_FEATURES] = 2;
    p->file.counts[COUNT_TREES] = 2;
    p->file.counts[COUNT_NODES] = 10;
    p->file.counts[COUNT_COLUMNS] = 3;
    p->file.counts[COUNT_CONDITIONS] = 4;
    p->file.sections[SECTION_BASE] = (struct array_section){&p->base, sizeof(p->base)};
    p->file.sections[SECTION_COLUMNS] = (struct array_section){p->columns, 3 * sizeof(*p->columns)};
    p->file.sections[SECTION_THRESHOLDS] =
        (struct array_section){p->thresholds, sizeof(p->thresholds)};
    p->file.sections[SECTION_TREES] = (struct array_section){p->leaves, sizeof(p->leaves)};
    p->file.sections[SECTION_NODES] = (struct array_section){p->nodes, sizeof(p->nodes)};
    p->file.sections[SECTION_NAMES] = (struct array_section){p->names, 8};
}

static void parts_save(struct parts *p, const char *path)
{
    p->seal = model_seal(&p->file);
    p->file.sections[SECTION_SEAL] = (struct array_section){&p->seal, sizeof(p->seal)};
    assert_int_equal(array_file_write(&model_kind, &p->file, path, NULL), OK);
}

static void assert_parts_refused(struct parts *p, const char *path, const char *why)
{
    struct model *m = NULL;
    struct error err = {0};
    char expected[TEST_PATH_SIZE + 128];

    parts_save(p, path);
    snprintf(expected, sizeof(expected), "%s is damaged: %s", path, why);
    assert_int_equal(model_open(&m, path, &err), ERR_CORRUPT);
    assert_string_equal(err.message, expected);
    parts_make(p);
}

static void parts_that_lead_outside_are_refused_though_the_checksum_fits(void **state)
{
    static const char lengths[] = "its parts have wrong lengths", tree[] = "a tree is not sound";
    static const char columns[] = "its columns are not sound";
    static const char names[] = "the names of its features are not sound";
    SCOPED(model_close) struct model *m = NULL;
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    struct parts p;

    test_path(path, test_dir(dir), "model.bin");
    parts_make(&p);
    parts_save(&p, path);
    assert_int_equal(model_open(&m, path, NULL), OK);
    for (int i = 0; i < SECTION_NAMES; i++) {
        p.file.sections[i].size -= 2;
        assert_parts_refused(&p, path, lengths);
    }
    p.file.counts[COUNT_FEATURES] = 0, assert_parts_refused(&p, path, lengths);
    p.file.counts[COUNT_FEATURES] = MODEL_FEATURES_MAX + 1, assert_parts_refused(&p, path, lengths);
    p.file.counts[COUNT_TREES] = 0, assert_parts_refused(&p, path, lengths);
    p.file.counts[COUNT_NODES] = UINT64_MAX / 8 + 11, assert_parts_refused(&p, path, lengths);
    p.base = INFINITY, assert_parts_refused(&p, path, "its base score is no number");
    p.columns[2].feature = 2, assert_parts_refused(&p, path, columns);
    p.columns[2].missing_right = 2, assert_parts_refused(&p, path, columns);
    p.columns[2].thresholds = 1, assert_parts_refused(&p, path, columns);
    p.columns[2].thresholds = 3, assert_parts_refused(&p, path, columns);
    p.columns[0].thresholds = 0, assert_parts_refused(&p, path, columns);
    p.thresholds[3] = 2, assert_parts_refused(&p, path, columns);
    p.thresholds[3] = NAN, assert_parts_refused(&p, path, columns);
    p.thresholds[3] = INFINITY, assert_parts_refused(&p, path, columns);
    p.leaves[1] = 2, assert_parts_refused(&p, path, tree);
    p.leaves[1] = 0, assert_parts_refused(&p, path, tree);
    p.leaves[0] = 4, assert_parts_refused(&p, path, tree);
    p.leaves[1] = MODEL_LEAVES_MAX + 1, assert_parts_refused(&p, path, tree);
    p.nodes[0].condition = 4, assert_parts_refused(&p, path, tree);
    p.nodes[0].condition = NODE_LEAF, assert_parts_refused(&p, path, tree);
    p.nodes[9].condition = 0, assert_parts_refused(&p, path, tree);
    p.nodes[0].number = 1.1F, assert_parts_refused(&p, path, tree);
    p.nodes[0].number = -0.1F, assert_parts_refused(&p, path, tree);
    p.nodes[0].number = NAN, assert_parts_refused(&p, path, tree);
    p.nodes[1].number = NAN, assert_parts_refused(&p, path, tree);
    p.nodes[1].number = INFINITY, assert_parts_refused(&p, path, tree);
    p.file.sections[SECTION_NAMES].size = 7, assert_parts_refused(&p, path, names);
    p.file.sections[SECTION_NAMES].size = 9, assert_parts_refused(&p, path, names);
    p.file.sections[SECTION_NAMES].size = 4, assert_parts_refused(&p, path, names);
    p.names[0] = (char)0xff, assert_parts_refused(&p, path, names);
    p.file.sections[SECTION_NAMES].size = 0;
    parts_save(&p, path);
    model_close(&m);
    assert_int_equal(model_open(&m, path, NULL), OK);
    assert_null(model_feature_name(m, 1));
}

static void as_many_distinct_splits_as_the_bound_are_taken_and_no_more(void **state)
{
    enum { TREES = MODEL_SPLITS_MAX / (MODEL_LEAVES_MAX - 1) + 1 };
    struct draft d = {.feature_count = 1, .tree_count = TREES};
    struct model *m = NULL;
    struct error err = {0};
    uint32_t splits = 0;

    d.leaf_counts = mem_new(TREES, sizeof(*d.leaf_counts));
    d.nodes = mem_new((size_t)TREES * TREE_NODES_MAX, sizeof(*d.nodes));
    for (uint32_t t = 0; t < TREES; t++) { /* chains: the right child splits again */
        struct draft_node *nodes = d.nodes + d.node_count;
        d.leaf_counts[t] = MODEL_LEAVES_MAX;
        d.node_count += TREE_NODES_MAX;
        nodes[TREE_NODES_MAX - 1].value = 1;
        for (uint16_t i = 0; i < TREE_NODES_MAX - 1; i = (uint16_t)(i + 2))
            nodes[i] = (struct draft_node){
                .left = (uint16_t)(i + 1), .right = (uint16_t)(i + 2), .value = (float)splits++};
    }
    assert_true(splits > MODEL_SPLITS_MAX);
    assert_int_equal(model_from_draft(&m, &d, &err), ERR_INVALID);
    assert_string_equal(err.message,
                        "the model has 500055 distinct splits; at most 500000 are taken");
    for (size_t i = 0; i < d.node_count; i++)
        if (d.nodes[i].left != DRAFT_LEAF)
            d.nodes[i].value = fminf(d.nodes[i].value, MODEL_SPLITS_MAX - 1);
    assert_int_equal(model_from_draft(&m, &d, &err), OK);
    assert_int_equal(m->condition_count, MODEL_SPLITS_MAX);
    float values[MODEL_BLOCK], scores[MODEL_BLOCK];
    for (size_t i = 0; i < COUNT(values); i++)
        values[i] = (float)i * (MODEL_SPLITS_MAX / COUNT(values));
    struct arena a = {0};
    model_score(m, &(struct model_rows){values, MODEL_BLOCK, MODEL_BLOCK}, scores, &a);
    arena_free(&a);
    /* right when the value is at least every split of the chain, which then ends in its last leaf */
    for (size_t i = 0; i < COUNT(values); i++)
        assert_true(scores[i] == floorf((values[i] + 1) / (MODEL_LEAVES_MAX - 1)));
    model_close(&m);
    draft_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_saved_and_opened_scores_and_explains_the_same),
        cmocka_unit_test(equal_models_give_equal_bytes),
        cmocka_unit_test(names_are_kept),
        cmocka_unit_test(a_file_truncated_anywhere_is_refused_by_name),
        cmocka_unit_test(a_file_with_any_byte_altered_is_refused_by_name),
        cmocka_unit_test(parts_that_lead_outside_are_refused_though_the_checksum_fits),
        cmocka_unit_test(as_many_distinct_splits_as_the_bound_are_taken_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
