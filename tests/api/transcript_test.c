/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the files tests/api/NAME.transcript: what is asked of a fresh shop, and what it answers.
 *
 *   == a sentence                 what the case proves
 *   POST /v1/events               the request: line, headers, an empty line, the body
 *   Authorization: Bearer {sk}
 *
 *   {"type": "page_view"}
 *   -> 200                        the answer: status, headers it must have, its body
 *   Retry-After: *
 *   {"received":1,*}
 *
 * "*" stands for anything. In requests {pk}, {sk} and {revoked} are the shop's keys; {token USER}
 * and {expired USER} are user tokens; [[times N TEXT]] is TEXT N times over; lines of an expected
 * body are joined without what stands before them. "SOCKET" in front of the method asks over the
 * socket. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"
#include "ingest/ingest.h"
#include "tests/support/site.h"
#include "tests/support/wire.h"

enum { FILE_MAX = 1 << 20, TRANSCRIPTS_MAX = 64 };

struct script {
    struct site site;
    const char *path;
    struct text rest; /* of the file */
    int line;
    struct text title;
    int title_line;
};

static bool next_line(struct script *s, struct text *out)
{
    if (s->rest.data == NULL || s->rest.size == 0)
        return false;
    *out = text_cut(&s->rest, '\n');
    s->line++;
    return true;
}

static void add_token(struct script *s, struct text user, int64_t expires_s, struct buffer *out)
{
    user_token_make(user, expires_s, s->site.shop->keys.token_key, out);
}

static void add_times(struct text what, struct buffer *out)
{
    uint64_t times;

    assert_true(text_to_u64(text_cut(&what, ' '), &times));
    for (uint64_t i = 0; i < times; i++)
        buffer_add_text(out, what);
}

/* True when `word` is one of the variables, whose value is then added. */
static bool add_variable(struct script *s, struct text word, struct buffer *out)
{
    struct text argument = word, name = text_cut(&argument, ' ');
    int64_t now_s = time_now_ms() / 1000;

    if (text_is(name, "pk"))
        buffer_add_string(out, s->site.public_key);
    else if (text_is(name, "sk"))
        buffer_add_string(out, s->site.secret_key);
    else if (text_is(name, "revoked"))
        buffer_add_string(out, s->site.revoked_key);
    else if (text_is(name, "token"))
        add_token(s, argument, now_s + 3600, out);
    else if (text_is(name, "expired"))
        add_token(s, argument, now_s - 3600, out);
    else if (text_is(name, "times"))
        add_times(argument, out);
    else
        return false;
    return true;
}

/* Where the variable that begins at `at` ends: "{...}" or "[[...]]"; SIZE_MAX when none does. */
static size_t variable_end(struct text line, size_t at, struct text *word)
{
    bool times = text_starts((struct text){line.data + at, line.size - at}, "[[times ");
    struct text rest = {line.data + at, line.size - at};
    const char *end = times                  ? memmem(rest.data, rest.size, "]]", 2)
                      : line.data[at] == '{' ? memchr(rest.data, '}', rest.size)
                                             : NULL;
    size_t edge = times ? 2 : 1;

    if (end == NULL)
        return SIZE_MAX;
    *word = (struct text){rest.data + edge, (size_t)(end - rest.data) - edge};
    return (size_t)(end - line.data) + edge;
}

static void add_filled(struct script *s, struct text line, struct buffer *out)
{
    for (size_t i = 0; i < line.size;) {
        struct text word;
        size_t end = variable_end(line, i, &word);

        if (end != SIZE_MAX && add_variable(s, word, out))
            i = end;
        else
            buffer_add_char(out, line.data[i++]);
    }
}

/* The request up to "->": as bytes for the wire. Returns the status wanted; 0 at the file's end. */
static int read_request(struct script *s, bool *local, struct buffer *request)
{
    struct buffer head = {0}, body = {0};
    struct text line = {NULL, 0};
    bool in_body = false, any = false;

    *local = false;
    while (next_line(s, &line) && !text_starts(line, "-> ")) {
        if (!any && (line.size == 0 || text_starts(line, "#")))
            continue;
        if (text_starts(line, "== ")) {
            s->title = (struct text){line.data + 3, line.size - 3};
            s->title_line = s->line;
            continue;
        }
        if (!any && text_starts(line, "SOCKET ")) {
            *local = true;
            line = (struct text){line.data + 7, line.size - 7};
        }
        if (!in_body && any && line.size == 0) {
            in_body = true;
            continue;
        }
        add_filled(s, line, in_body ? &body : &head);
        if (in_body)
            buffer_add_char(&body, '\n');
        else
            buffer_add_string(&head, any ? "\r\n" : " HTTP/1.1\r\nHost: shop.example\r\n");
        any = true;
    }
    buffer_add_text(request, buffer_text(&head));
    if (in_body)
        buffer_printf(request, "Content-Length: %zu\r\n", body.size);
    buffer_add_string(request, "\r\n");
    buffer_add_text(request, buffer_text(&body));
    buffer_free(&head);
    buffer_free(&body);
    uint64_t status = 0;

    if (!any)
        return 0;
    assert_true(text_to_u64((struct text){line.data + 3, line.size - 3}, &status));
    return (int)status;
}

/* "*" matches anything, all else itself. */
static bool matches(struct text pattern, struct text t)
{
    size_t p = 0, at = 0, star = SIZE_MAX, mark = 0;

    while (at < t.size) {
        if (p < pattern.size && pattern.data[p] == '*') {
            star = p++;
            mark = at;
        } else if (p < pattern.size && pattern.data[p] == t.data[at]) {
            p++;
            at++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            at = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.size && pattern.data[p] == '*')
        p++;
    return p == pattern.size;
}

static void complain(const struct script *s, const char *what, struct text wanted, struct text got)
{
    fail_msg("%s:%d: %.*s\n%s, wanted:\n%.*s\ngot:\n%.*s\n", s->path, s->title_line,
             (int)s->title.size, s->title.data, what, (int)wanted.size, wanted.data, (int)got.size,
             got.data);
}

static bool has_header(struct text head, struct text wanted)
{
    while (head.data != NULL)
        if (matches(wanted, text_trim(text_cut(&head, '\n'))))
            return true;
    return false;
}

/* The lines of the expected answer up to the next case. */
static void check_answer(struct script *s, struct buffer *answer)
{
    struct text whole = buffer_text(answer);
    const char *end = strstr(whole.data, "\r\n\r\n");
    struct text head = {whole.data, (size_t)(end - whole.data)};
    struct text body = {end + 4, whole.size - head.size - 4};
    struct buffer wanted = {0};
    struct text line;

    while (s->rest.size > 0 && !text_starts(s->rest, "== ") && next_line(s, &line)) {
        const char *colon = memchr(line.data, ':', line.size);

        if (line.size == 0 || text_starts(line, "#"))
            continue;
        if (wanted.size == 0 && line.data[0] >= 'A' && line.data[0] <= 'Z' && colon != NULL) {
            if (!has_header(head, line))
                complain(s, "a header", line, head);
            continue;
        }
        buffer_add_text(&wanted, text_trim(line));
    }
    if (wanted.size > 0 && !matches(buffer_text(&wanted), text_trim(body)))
        complain(s, "the body", buffer_text(&wanted), body);
    buffer_free(&wanted);
}

/* False at the end of the file. */
static bool run_case(struct script *s)
{
    struct buffer request = {0}, answer = {0};
    bool local;
    int wanted = read_request(s, &local, &request);

    if (wanted > 0) {
        int fd = local ? wire_open_local(s->site.socket) : wire_open(s->site.port);

        wire_send(fd, buffer_text(&request));
        int status = wire_answer(fd, text_starts(buffer_text(&request), "HEAD "), &answer);

        close(fd);
        if (status != wanted)
            fail_msg("%s:%d: %.*s\nwanted %d, got %d:\n%.*s\n", s->path, s->title_line,
                     (int)s->title.size, s->title.data, wanted, status, (int)answer.size,
                     answer.data != NULL ? answer.data : "");
        check_answer(s, &answer);
    }
    buffer_free(&request);
    buffer_free(&answer);
    return wanted > 0;
}

static bool one_page(void *context, const struct target *target, struct page *page)
{
    if (text_is(target->path, "/"))
        page->constant = TEXT("<p>hello</p>");
    else if (text_is(target->path, "/made"))
        buffer_add_text(page->out, target_parameter(target, "say"));
    else
        return false;
    page->type = "text/html; charset=utf-8";
    return true;
}

static enum status train_once(void *context, struct error *err)
{
    int *trains = context;

    return ++*trains == 1 ? OK : error_set(err, ERR_CONFLICT, "a train is running already");
}

static void run_transcript(void **state)
{
    struct script s = {.path = *state};
    struct buffer text = {0};
    struct error err = {0};
    int trains = 0, cases = 0;
    struct api_options options = {.page = one_page, .train = train_once, .context = &trains};

    assert_int_equal(file_read(s.path, FILE_MAX, &text, &err), OK);
    s.rest = buffer_text(&text);
    site_make(&s.site, NULL);
    site_serve(&s.site, &options);
    while (run_case(&s))
        cases++;
    assert_true(cases > 0);
    site_close(&s.site);
    buffer_free(&text);
}

int main(void)
{
    struct CMUnitTest tests[TRANSCRIPTS_MAX] = {{0}};
    glob_t found;

    if (glob("tests/api/*.transcript", 0, NULL, &found) != 0 || found.gl_pathc > TRANSCRIPTS_MAX) {
        fputs("tests/api/*.transcript: none or too many; run this in the project's folder\n",
              stderr);
        return 1;
    }
    for (size_t i = 0; i < found.gl_pathc; i++) {
        tests[i] = (struct CMUnitTest)cmocka_unit_test_prestate(run_transcript, found.gl_pathv[i]);
        tests[i].name = found.gl_pathv[i];
    }
    int failed = _cmocka_run_group_tests("transcripts", tests, found.gl_pathc, NULL, NULL);

    globfree(&found);
    return failed;
}
