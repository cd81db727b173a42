/* SPDX-License-Identifier: Apache-2.0 */
#include "base/diff.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/hash.h"

struct line {
    struct text text;
    uint64_t hash;
};

struct lines {
    struct line *at;
    int count;
};

static struct lines split(struct text t, struct arena *a)
{
    struct lines lines = {NULL, 0};
    size_t count = 1;

    for (size_t i = 0; i < t.size; i++)
        count += t.data[i] == '\n';
    lines.at = arena_array(a, count, sizeof(*lines.at));
    for (size_t i = 0; i < t.size;) {
        const char *end = memchr(t.data + i, '\n', t.size - i);
        size_t size = end == NULL ? t.size - i : (size_t)(end - t.data) - i + 1;
        struct text text = {t.data + i, size};

        lines.at[lines.count++] = (struct line){text, hash_text(text, 0)};
        i += size;
    }
    return lines;
}

static bool equal(const struct line *x, const struct line *y)
{
    return x->hash == y->hash && text_equal(x->text, y->text);
}

static void add(struct diff *d, char sign, const struct line *line)
{
    d->lines[d->count++] = (struct diff_line){sign, line->text};
    d->added += sign == '+';
    d->removed += sign == '-';
}

/* furthest[e][k + e] is how far into `before` a path of e edits comes on diagonal k: the place in
 * `before` less the place in `after`. Whether the path to diagonal k with `e` edits ends with a line
 * of `after`, else with one less of `before`. */
static bool comes_by_adding(const int *shorter, int e, int k)
{
    return k == -e || (k != e && shorter[k - 1 + e - 1] < shorter[k + 1 + e - 1]);
}

/* The number of edits between the two; -1 when there are more than DIFF_EDITS_MAX. */
static int walk(struct lines before, struct lines after, int **furthest, struct arena *a)
{
    for (int e = 0; e <= DIFF_EDITS_MAX; e++) {
        furthest[e] = arena_room(a, (size_t)(2 * e + 1) * sizeof(int));
        for (int k = -e; k <= e; k += 2) {
            const int *shorter = e == 0 ? NULL : furthest[e - 1];
            int x = e == 0                           ? 0
                    : comes_by_adding(shorter, e, k) ? shorter[k + 1 + e - 1]
                                                     : shorter[k - 1 + e - 1] + 1;

            while (x < before.count && x - k < after.count &&
                   equal(&before.at[x], &after.at[x - k]))
                x++;
            furthest[e][k + e] = x;
            if (k == before.count - after.count && x >= before.count)
                return e;
        }
    }
    return -1;
}

/* Backwards along the path that walk found, then turned round. */
static void trace(struct lines before, struct lines after, int **furthest, int edits,
                  struct diff *d)
{
    int x = before.count, y = after.count;
    size_t begun = d->count;

    for (int e = edits; e > 0; e--) {
        int k = x - y;
        bool adding = comes_by_adding(furthest[e - 1], e, k);
        int from = adding ? furthest[e - 1][k + 1 + e - 1] : furthest[e - 1][k - 1 + e - 1] + 1;

        for (; x > from; x--, y--)
            add(d, ' ', &before.at[x - 1]);
        if (adding)
            add(d, '+', &after.at[--y]);
        else
            add(d, '-', &before.at[--x]);
    }
    assert(x == y);
    for (; x > 0; x--)
        add(d, ' ', &before.at[x - 1]);
    for (size_t i = begun, k = d->count; i + 1 < k; i++) {
        struct diff_line line = d->lines[i];
        d->lines[i] = d->lines[--k];
        d->lines[k] = line;
    }
}

static void replace(struct lines before, struct lines after, struct diff *d)
{
    for (int i = 0; i < before.count; i++)
        add(d, '-', &before.at[i]);
    for (int i = 0; i < after.count; i++)
        add(d, '+', &after.at[i]);
}

void diff_texts(struct text before, struct text after, struct arena *a, struct diff *out)
{
    struct lines x = split(before, a), y = split(after, a);
    int **furthest = arena_array(a, DIFF_EDITS_MAX + 1, sizeof(*furthest));
    int head = 0, tail = 0;

    *out = (struct diff){arena_array(a, (size_t)x.count + (size_t)y.count, sizeof(*out->lines)), 0,
                         0, 0};
    while (head < x.count && head < y.count && equal(&x.at[head], &y.at[head]))
        add(out, ' ', &x.at[head++]);
    x = (struct lines){x.at + head, x.count - head};
    y = (struct lines){y.at + head, y.count - head};
    while (tail < x.count && tail < y.count &&
           equal(&x.at[x.count - tail - 1], &y.at[y.count - tail - 1]))
        tail++;
    x.count -= tail;
    y.count -= tail;
    int edits = walk(x, y, furthest, a);

    if (edits < 0)
        replace(x, y, out);
    else
        trace(x, y, furthest, edits, out);
    for (int i = 0; i < tail; i++)
        add(out, ' ', &x.at[x.count + i]);
}

/* Lines of both texts before and in a stretch of the diff. */
struct place {
    size_t before, after;
};

static void count_line(struct place *p, const struct diff_line *line)
{
    p->before += line->sign != '+';
    p->after += line->sign != '-';
}

/* "12,7": the first line and how many; a stretch without lines names the line before it. */
static void print_range(struct buffer *out, char sign, size_t begun, size_t count)
{
    buffer_printf(out, "%c%zu", sign, count > 0 ? begun + 1 : begun);
    if (count != 1)
        buffer_printf(out, ",%zu", count);
}

static void print_hunk(const struct diff *d, size_t begin, size_t end, struct place at,
                       struct buffer *out)
{
    struct place size = {0, 0};

    for (size_t i = begin; i < end; i++)
        count_line(&size, &d->lines[i]);
    buffer_add_string(out, "@@ ");
    print_range(out, '-', at.before, size.before);
    buffer_add_char(out, ' ');
    print_range(out, '+', at.after, size.after);
    buffer_add_string(out, " @@\n");
    for (size_t i = begin; i < end; i++) {
        buffer_add_char(out, d->lines[i].sign);
        buffer_add_text(out, d->lines[i].line);
        if (!text_ends(d->lines[i].line, "\n"))
            buffer_add_string(out, "\n\\ No newline at end of file\n");
    }
}

/* Behind the context of the stretch of changes that begins at `at`; changes nearer than twice the
 * context are one stretch. */
static size_t hunk_end(const struct diff *d, size_t at)
{
    size_t last = at;

    for (size_t i = at; i < d->count && i - last <= 2 * DIFF_CONTEXT + 1; i++)
        if (d->lines[i].sign != ' ')
            last = i;
    return last + 1 + DIFF_CONTEXT < d->count ? last + 1 + DIFF_CONTEXT : d->count;
}

void diff_unified(const struct diff *d, const char *before, const char *after, struct buffer *out)
{
    struct place at = {0, 0};
    size_t done = 0;

    if (d->added + d->removed == 0)
        return;
    buffer_printf(out, "--- %s\n+++ %s\n", before, after);
    for (size_t i = 0; i < d->count; i++) {
        if (d->lines[i].sign == ' ')
            continue;
        size_t begin = i - done > DIFF_CONTEXT ? i - DIFF_CONTEXT : done;
        size_t end = hunk_end(d, i);

        for (; done < begin; done++)
            count_line(&at, &d->lines[done]);
        print_hunk(d, begin, end, at, out);
        for (; done < end; done++)
            count_line(&at, &d->lines[done]);
        i = end - 1;
    }
}
