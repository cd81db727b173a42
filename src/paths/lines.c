/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/lines.h"

#include <string.h>

#include "base/memory.h"

void lines_init(struct lines *l, FILE *in, size_t line_max)
{
    *l = (struct lines){.in = in, .line_max = line_max};
    l->block = mem_new(LINES_BLOCK, 1);
}

void lines_clear(struct lines *l)
{
    mem_free(l->block);
    buffer_free(&l->partial);
    *l = (struct lines){0};
}

static bool refill(struct lines *l)
{
    l->at = 0;
    l->end = fread(l->block, 1, LINES_BLOCK, l->in);
    l->bytes += l->end;
    return l->end > 0;
}

/* No more than one byte above the bound is kept of a line. */
static void keep(struct lines *l, const char *bytes, size_t size)
{
    size_t room = l->line_max + 1 - l->partial.size;

    buffer_add(&l->partial, bytes, size < room ? size : room);
}

static struct text finished(struct lines *l, struct text line)
{
    l->number++;
    if (l->number == 1 && line.size >= 3 && memcmp(line.data, "\xEF\xBB\xBF", 3) == 0)
        line = (struct text){line.data + 3, line.size - 3};
    if (line.size > 0 && line.data[line.size - 1] == '\r')
        line.size--;
    if (line.size > l->line_max + 1)
        line.size = l->line_max + 1;
    return line;
}

bool lines_next(struct lines *l, struct text *line)
{
    buffer_clear(&l->partial);
    for (bool begun = false;; begun = true) {
        if (l->at == l->end && !refill(l)) {
            if (!begun || ferror(l->in) != 0)
                return false;
            *line = finished(l, buffer_text(&l->partial));
            return true;
        }
        const char *from = l->block + l->at;
        const char *stop = memchr(from, '\n', l->end - l->at);
        size_t size = stop != NULL ? (size_t)(stop - from) : l->end - l->at;

        l->at += stop != NULL ? size + 1 : size;
        if (stop != NULL && l->partial.size == 0 && !begun) {
            *line = finished(l, (struct text){from, size});
            return true;
        }
        keep(l, from, size);
        if (stop != NULL) {
            *line = finished(l, buffer_text(&l->partial));
            return true;
        }
    }
}
