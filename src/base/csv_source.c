/* SPDX-License-Identifier: Apache-2.0 */
#include "base/csv_source.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static enum status block_fill(struct csv_source *s, struct error *err)
{
    while (s->held < CSV_SOURCE_BLOCK && !s->ended) {
        size_t got = fread(s->block + s->held, 1, CSV_SOURCE_BLOCK - s->held, s->in);

        s->held += got;
        s->taken += got;
        if (got > 0)
            continue;
        if (ferror(s->in))
            return error_set(err, ERR_IO, "reading failed: %s", strerror(errno));
        s->ended = true;
    }
    return OK;
}

static void block_drop(struct csv_source *s, size_t size)
{
    assert(size <= s->held);
    s->held -= size;
    memmove(s->block, s->block + size, s->held);
}

/* The converter for an encoding's everyday names. False when iconv has none. */
static bool converter_open(struct csv_source *s, const char *name)
{
    static const struct {
        const char *word, *iconv;
    } words[] = {
        {"latin1", "ISO-8859-1"}, {"latin-1", "ISO-8859-1"}, {"utf16", "UTF-16"},
        {"cp1252", "CP1252"},     {"ansi", "CP1252"},
    };

    for (size_t i = 0; i < COUNT(words); i++)
        if (text_equal_nocase(text_from(name), text_from(words[i].word)))
            name = words[i].iconv;
    s->converter = iconv_open("UTF-8", name);
    s->converts = s->converter != (iconv_t)-1;
    s->step = strncasecmp(name, "UTF-16", 6) == 0 ? 2 : 1;
    return s->converts;
}

static bool marks(const struct csv_source *s, const char *mark)
{
    size_t size = strlen(mark);

    return s->held >= size && memcmp(s->block, mark, size) == 0;
}

enum status csv_source_open(struct csv_source *s, FILE *in, struct text encoding, struct error *err)
{
    char name[64];

    assert(in != NULL && !s->converts);
    s->in = in;
    if (block_fill(s, err) != OK)
        return err->status;
    bool little = marks(s, "\xFF\xFE"), big = marks(s, "\xFE\xFF");
    bool unicode = encoding.size == 0 || text_equal_nocase(encoding, TEXT("utf-16")) ||
                   text_equal_nocase(encoding, TEXT("utf16"));
    if (unicode && (little || big)) {
        block_drop(s, 2);
        if (!converter_open(s, little ? "UTF-16LE" : "UTF-16BE"))
            return error_set(err, ERR_IO, "this system's iconv cannot read UTF-16");
        return OK;
    }
    if (marks(s, "\xEF\xBB\xBF"))
        block_drop(s, 3);
    if (encoding.size == 0 || text_equal_nocase(encoding, TEXT("utf-8")) ||
        text_equal_nocase(encoding, TEXT("utf8")))
        return OK;
    bool fits = encoding.size < sizeof(name) && memchr(encoding.data, '/', encoding.size) == NULL;
    (void)snprintf(name, sizeof(name), "%.*s", fits ? (int)encoding.size : 0, encoding.data);
    if (name[0] == '\0' || !converter_open(s, name))
        return error_set(
            err, ERR_INVALID,
            "encoding '%.*s' is not known; utf-8, iso-8859-1, windows-1252 and utf-16 are",
            (int)(encoding.size < 60 ? encoding.size : 60), encoding.data);
    return OK;
}

void csv_source_close(struct csv_source *s)
{
    if (s->converts)
        (void)iconv_close(s->converter); /* nothing to lose: all its output was taken */
    s->converts = false;
}

/* One bad sequence of the block becomes 0xFF. */
static size_t bad_sequence(struct csv_source *s, char *out)
{
    block_drop(s, s->step < s->held ? s->step : s->held);
    *out = '\xFF';
    return 1;
}

static size_t convert(struct csv_source *s, char *out, size_t room)
{
    char *from = s->block, *to = out;
    size_t from_left = s->held, to_left = room;
    size_t done = iconv(s->converter, &from, &from_left, &to, &to_left);
    int why = errno;

    block_drop(s, s->held - from_left);
    size_t made = room - to_left;
    if (done != (size_t)-1 || why == E2BIG || to_left == 0)
        return made;
    if (why == EILSEQ || (s->ended && s->held > 0))
        made += bad_sequence(s, out + made);
    return made;
}

enum status csv_source_read(struct csv_source *s, char *out, size_t room, size_t *got,
                            struct error *err)
{
    assert(room >= 16);
    *got = 0;
    if (!s->converts && s->held > 0) {
        *got = s->held < room ? s->held : room;
        memcpy(out, s->block, *got);
        block_drop(s, *got);
        return OK;
    }
    if (!s->converts) {
        *got = s->ended ? 0 : fread(out, 1, room, s->in);
        s->taken += *got;
        s->ended |= *got == 0;
        if (*got == 0 && ferror(s->in))
            return error_set(err, ERR_IO, "reading failed: %s", strerror(errno));
        return OK;
    }
    while (*got == 0) {
        if (block_fill(s, err) != OK)
            return err->status;
        if (s->held == 0)
            return OK;
        *got = convert(s, out, room);
    }
    return OK;
}

/* Nearly all rows are plain ASCII: eight bytes at a time. */
bool csv_bytes_valid(const char *bytes, size_t size)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    size_t i = 0;

    for (; i + 8 <= size; i += 8) {
        uint64_t word;

        memcpy(&word, bytes + i, 8);
        if (((word | (word - ones)) & tops) != 0)
            break;
    }
    return i == size || text_utf8_valid((struct text){bytes + i, size - i});
}

char csv_delimiter_guess(const char *line, size_t size)
{
    size_t commas = 0, semicolons = 0, tabs = 0;
    bool in_quotes = false;

    for (size_t i = 0; i < size; i++) {
        in_quotes ^= line[i] == '"';
        commas += !in_quotes && line[i] == ',';
        semicolons += !in_quotes && line[i] == ';';
        tabs += !in_quotes && line[i] == '\t';
    }
    if (tabs > commas && tabs >= semicolons)
        return '\t';
    return semicolons > commas ? ';' : ',';
}
