/* SPDX-License-Identifier: Apache-2.0 */
/* categories: a tree of paths. A path is kept with " > " between its trimmed parts; those above a
 * category are always numbered before it. Nothing else separates: "TV/Video" is one name. */
#include <assert.h>

#include "base/memory.h"
#include "catalog/state.h"

enum { CATEGORY_DEPTH_MAX = 16 };

/* The next part of a path, of which what is left. Files from web pages write the separator "&gt;". */
static struct text part_cut(struct text *path)
{
    static const char written[] = "&gt;";
    const size_t size = sizeof(written) - 1;

    for (size_t i = 0; i < path->size; i++) {
        struct text rest = {path->data + i, path->size - i};
        size_t skip = rest.data[0] == '>' ? 1 : text_starts(rest, written) ? size : 0;
        struct text part = {path->data, i};

        if (skip == 0)
            continue;
        *path = (struct text){rest.data + skip, rest.size - skip};
        return part;
    }
    struct text last = *path;
    *path = (struct text){0};
    return last;
}

/* The path in its kept form to the end of `out`; ends[i] is where part i ends. Returns how many. */
static size_t normalise(struct text path, struct buffer *out, size_t ends[CATEGORY_DEPTH_MAX])
{
    size_t depth = 0;

    while (path.data != NULL && depth < CATEGORY_DEPTH_MAX) {
        struct text part = text_trim(part_cut(&path));

        if (part.size == 0)
            continue;
        if (depth > 0)
            buffer_add_text(out, TEXT(" > "));
        buffer_add_text(out, part);
        ends[depth++] = out->size;
    }
    return depth;
}

static void lower(struct buffer *b)
{
    for (size_t i = 0; i < b->size; i++)
        if (b->data[i] >= 'A' && b->data[i] <= 'Z')
            b->data[i] = (char)(b->data[i] - 'A' + 'a');
}

static bool named_sensitive(const struct categories *c, struct text path)
{
    SCOPED(buffer_free) struct buffer copy = {0};

    if (c->sensitive_paths.count == 0)
        return false;
    buffer_add_text(&copy, path);
    lower(&copy);
    return intern_find(&c->sensitive_paths, buffer_text(&copy)) != INTERN_NONE;
}

static void judge(struct categories *c, category_number n)
{
    category_number parent = c->parents[n - 1];

    c->sensitive[n - 1] = (parent != 0 && c->sensitive[parent - 1] != 0) ||
                          named_sensitive(c, intern_text(&c->paths, n - 1));
}

static category_number one_add(struct categories *c, struct text path, category_number parent)
{
    uint32_t before = c->paths.count;
    category_number n = intern_add(&c->paths, path) + 1;

    if (c->paths.count == before)
        return n;
    c->parents = mem_grow(c->parents, &c->parents_room, n, sizeof(*c->parents));
    c->sensitive = mem_grow(c->sensitive, &c->sensitive_room, n, sizeof(*c->sensitive));
    c->parents[n - 1] = parent;
    judge(c, n);
    return n;
}

category_number categories_add(struct categories *c, struct text path)
{
    size_t ends[CATEGORY_DEPTH_MAX];
    category_number n = intern_find(&c->paths, path) + 1; /* nearly always in its kept form */

    if (n != 0 || path.size == 0)
        return n;
    buffer_clear(&c->scratch);
    size_t depth = normalise(path, &c->scratch, ends);
    for (size_t i = 0; i < depth; i++)
        n = one_add(c, (struct text){c->scratch.data, ends[i]}, n);
    return n;
}

void categories_judge(struct categories *c)
{
    for (category_number n = 1; n <= c->paths.count; n++)
        judge(c, n);
}

void categories_free(struct categories *c)
{
    intern_free(&c->paths);
    intern_free(&c->sensitive_paths);
    mem_free(c->parents);
    mem_free(c->sensitive);
    buffer_free(&c->scratch);
    *c = (struct categories){0};
}

category_number catalog_category_find(const struct catalog *c, struct text path)
{
    SCOPED(buffer_free) struct buffer kept = {0};
    size_t ends[CATEGORY_DEPTH_MAX];

    if (normalise(path, &kept, ends) == 0)
        return 0;
    return intern_find(&c->categories.paths, buffer_text(&kept)) + 1;
}

struct text catalog_category_path(const struct catalog *c, category_number n)
{
    if (n == 0 || n > c->categories.paths.count)
        return (struct text){0};
    return intern_text(&c->categories.paths, n - 1);
}

category_number catalog_category_parent(const struct catalog *c, category_number n)
{
    return n == 0 || n > c->categories.paths.count ? 0 : c->categories.parents[n - 1];
}

category_number catalog_category_cut(const struct catalog *c, category_number n, uint32_t names)
{
    uint32_t depth = 0;

    for (category_number at = n; names > 0 && at != 0; at = catalog_category_parent(c, at))
        depth++;
    for (; depth > names; depth--)
        n = catalog_category_parent(c, n);
    return n;
}

bool catalog_category_within(const struct catalog *c, category_number n, category_number above)
{
    while (n > above) /* those above have lower numbers */
        n = catalog_category_parent(c, n);
    return n == above && n != 0;
}

uint32_t catalog_category_count(const struct catalog *c)
{
    return c->categories.paths.count;
}

static bool same_texts(const struct intern *a, const struct intern *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!text_equal(intern_text(a, i), intern_text(b, i)))
            return false;
    return true;
}

void catalog_sensitive_set(struct catalog *c, const struct text *paths, size_t count)
{
    struct categories *all = &c->categories;
    struct intern former = all->sensitive_paths;
    size_t ends[CATEGORY_DEPTH_MAX];

    all->sensitive_paths = (struct intern){0};
    for (size_t i = 0; i < count; i++) {
        buffer_clear(&all->scratch);
        if (normalise(paths[i], &all->scratch, ends) == 0)
            continue;
        lower(&all->scratch);
        (void)intern_add(&all->sensitive_paths,
                         buffer_text(&all->scratch)); /* its number is of no use */
    }
    if (!same_texts(&former, &all->sensitive_paths)) {
        categories_judge(all);
        bundles_judge(c);
        catalog_note_change(c, PRODUCT_NONE);
    }
    intern_free(&former);
}

bool catalog_sensitive(const struct catalog *c, product_number n)
{
    return catalog_category_sensitive(c, catalog_category(c, n)) ||
           (n < c->ids.count && c->rows[c->rows[n].product].sensitive_part);
}

bool catalog_category_sensitive(const struct catalog *c, category_number n)
{
    return n != 0 && n <= c->categories.paths.count && c->categories.sensitive[n - 1] != 0;
}
