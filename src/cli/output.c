/* SPDX-License-Identifier: Apache-2.0 */
/* What commands share in speaking: safe text, progress, and the way to a running server. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"
#include "cli/command.h"
#include "net/client.h"

/* Characters that move the cursor, colour the screen or turn the writing around: C0 and C1
 * controls, U+2028 to U+202E and U+2066 to U+2069. */
static bool harmful(const char *bytes, size_t size)
{
    const unsigned char *c = (const unsigned char *)bytes;

    if (size == 1)
        return c[0] < 0x20 || c[0] == 0x7F;
    if (size == 2)
        return c[0] == 0xC2 && c[1] < 0xA0;
    return size == 3 && c[0] == 0xE2 &&
           ((c[1] == 0x80 && c[2] >= 0xA8 && c[2] <= 0xAE) ||
            (c[1] == 0x81 && c[2] >= 0xA6 && c[2] <= 0xA9));
}

/* Bytes of the code point at `at`, 1 for a byte that begins none. */
static size_t step_at(struct text t, size_t at)
{
    size_t size = 1;

    if ((unsigned char)t.data[at] >= 0x80)
        size = text_utf8_sequence(t.data + at, t.size - at);
    return size == 0 ? 1 : size;
}

static bool longer_than(struct text t, size_t columns)
{
    size_t count = 0;

    for (size_t i = 0; i < t.size && count <= columns; count++)
        i += step_at(t, i);
    return count > columns;
}

size_t cli_print(struct text t, size_t columns)
{
    bool cut = columns > 1 && longer_than(t, columns);
    size_t printed = 0, most = cut ? columns - 1 : columns;

    for (size_t i = 0; i < t.size && (columns == 0 || printed < most); printed++) {
        size_t size = step_at(t, i);

        if (size == 1 && (unsigned char)t.data[i] >= 0x80)
            putchar('?');
        else if (harmful(t.data + i, size))
            putchar(' ');
        else
            fwrite(t.data + i, 1, size, stdout);
        i += size;
    }
    if (cut)
        fputs("\u2026", stdout);
    return printed + cut;
}

void cli_print_padded(struct text t, size_t columns)
{
    for (size_t printed = cli_print(t, columns); printed < columns; printed++)
        putchar(' ');
}

void cli_list_begin(struct cli *cli, const char *name)
{
    cli->listed = 0;
    if (cli->json)
        printf("{\"%s\":[", name);
}

void cli_list_add(struct cli *cli, struct text object)
{
    printf("%s\n%.*s", cli->listed++ == 0 ? "" : ",", (int)object.size, object.data);
}

void cli_list_end(struct cli *cli)
{
    if (cli->json)
        puts("\n]}");
}

void progress_begin(struct progress *p, const char *unit)
{
    *p = (struct progress){
        .unit = unit, .started_ns = time_monotonic_ns(), .terminal = isatty(STDERR_FILENO) != 0};
}

/* "1,234,567" into `out`. */
static const char *grouped(uint64_t n, char out[32])
{
    char digits[24];
    int size = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
    size_t at = 0;

    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

static void show_bar(uint64_t done, uint64_t total)
{
    char bar[21];
    uint64_t filled = total == 0 ? 0 : done * 20 / total;

    for (uint64_t i = 0; i < 20; i++)
        bar[i] = i < filled ? '#' : '.';
    bar[20] = '\0';
    fprintf(stderr, " [%s] %3llu%%", bar,
            (unsigned long long)(total == 0 ? 0 : done * 100 / total));
}

void progress_show(struct progress *p, const char *stage, uint64_t done, uint64_t total)
{
    enum { TERMINAL_NS = 100000000 };
    uint64_t now = time_monotonic_ns(), every = p->terminal ? TERMINAL_NS : 50ull * TERMINAL_NS;
    char text[32];

    if (p->stage == NULL || strcmp(p->stage, stage) != 0) {
        p->started_ns = p->stage == NULL ? p->started_ns : now;
        p->stage = stage;
    }
    double seconds = (double)(now - p->started_ns) / 1e9;
    if (now - (p->shown_ns == 0 ? p->started_ns : p->shown_ns) < every)
        return;
    p->shown_ns = now;
    p->shown = true;
    if (p->terminal)
        fputs("\r\033[K", stderr);
    fputs(stage, stderr);
    if (p->terminal && total > 0)
        show_bar(done, total);
    fprintf(stderr, " %s %s", grouped(done, text), p->unit);
    if (seconds > 0.5)
        fprintf(stderr, ", %s/s", grouped((uint64_t)((double)done / seconds), text));
    if (total > done && done > 0)
        fprintf(stderr, ", %.0f s left", seconds * (double)(total - done) / (double)done);
    fputs(p->terminal ? "" : "\n", stderr);
    fflush(stderr);
}

void progress_end(struct progress *p)
{
    if (p->terminal && p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}

bool cli_server_runs(const struct cli *cli)
{
    struct buffer answer = {.data = NULL};
    struct error err = {.status = OK};
    enum status status = cli_ask(cli, "GET", "/healthz", (struct text){0}, &answer, &err);

    buffer_free(&answer);
    return status == OK;
}

/* The sentence of an answer {"error": {"message": ...}}, or the answer's beginning. */
enum status cli_error_of_answer(long http, const struct buffer *answer, struct error *err)
{
    enum status status = http == 404                  ? ERR_NOT_FOUND
                         : http == 409 || http == 412 ? ERR_CONFLICT
                         : http == 503                ? ERR_UNAVAILABLE
                         : http < 500                 ? ERR_INVALID
                                                      : ERR_IO;
    json_t *root = json_loadb(answer->data == NULL ? "" : answer->data, answer->size, 0, NULL);
    const char *message =
        json_string_value(json_object_get(json_object_get(root, "error"), "message"));

    if (message != NULL)
        status = error_set(err, status, "%s", message);
    else
        status = error_set(err, status, "the server answered %ld", http);
    json_decref(root);
    return status;
}

enum status cli_request(const struct cli *cli, struct client_request *request, const char *path,
                        struct buffer *answer, struct error *err)
{
    SCOPED(buffer_free) struct buffer socket = {.data = NULL};
    SCOPED(buffer_free) struct buffer url = {.data = NULL};
    long http = 0;

    buffer_printf(&socket, "%s/endcap.sock", cli->data_dir);
    buffer_printf(&url, "http://endcap%s", path);
    if (!file_exists(socket.data))
        return error_set(err, ERR_UNAVAILABLE, "no server runs on %s", cli->data_dir);
    request->socket_path = socket.data;
    request->url = url.data;
    enum status status = client_run(request, &http, answer, err);

    request->socket_path = request->url = NULL;
    if (status != OK)
        return status;
    return http < 400 ? OK : cli_error_of_answer(http, answer, err);
}

enum status cli_ask(const struct cli *cli, const char *method, const char *path, struct text body,
                    struct buffer *answer, struct error *err)
{
    struct client_request request = {.method = method, .body = body};

    return cli_request(cli, &request, path, answer, err);
}

struct actor cli_actor(const struct cli *cli)
{
    const char *by = cli_option(cli, "by"), *user = getenv("USER");

    if (by == NULL || by[0] == '\0')
        by = user == NULL || user[0] == '\0' ? "unknown" : user;
    return (struct actor){text_from(by), TEXT("command"), time_now_ms()};
}
