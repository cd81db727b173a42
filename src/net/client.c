/* SPDX-License-Identifier: Apache-2.0 */
#include "net/client.h"

#include <pthread.h>
#include <stdbool.h>

#include "net/curl.h"

enum { ANSWER_BYTES_MAX = 64 * 1024 * 1024, CONNECT_MS = 5000 };

struct transfer {
    const struct client_request *request;
    struct buffer *answer;
    uint64_t answer_bytes_max, got;
    bool too_long;
};

static void curl_close(CURL **curl)
{
    curl_easy_cleanup(*curl);
}

static void list_close(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}

static size_t answer_add(char *bytes, size_t one, size_t size, void *context)
{
    struct transfer *t = context;

    t->got += one * size;
    if (t->got > t->answer_bytes_max) {
        t->too_long = true;
        return 0;
    }
    buffer_add(t->answer, bytes, one * size);
    return one * size;
}

static size_t body_read(char *room, size_t one, size_t size, void *context)
{
    FILE *file = context;
    size_t got = fread(room, one, size, file);

    return got == 0 && ferror(file) != 0 ? CURL_READFUNC_ABORT : got * one;
}

static int progress(void *context, curl_off_t down, curl_off_t downloaded, curl_off_t up,
                    curl_off_t uploaded)
{
    const struct transfer *t = context;

    (void)down;
    (void)downloaded;
    (void)up;
    return t->request->progress(t->request->context, (uint64_t)uploaded);
}

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void curl_start(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT); /* curl_easy_init fails when this did */
}

void curl_begin(void)
{
    (void)pthread_once(&curl_once, curl_start); /* it cannot fail */
}

static bool header_add(struct curl_slist **list, const char *name, const char *value)
{
    struct buffer line = {0};

    buffer_printf(&line, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(*list, line.data);

    buffer_free(&line);
    if (longer != NULL)
        *list = longer;
    return longer != NULL;
}

static void body_set(CURL *curl, const struct client_request *r)
{
    if (r->body_file != NULL) {
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, body_read);
        curl_easy_setopt(curl, CURLOPT_READDATA, r->body_file);
        curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 262144L);
    } else if (r->body.data != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, r->body.data);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.size);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, r->method);
}

static void transfer_set(CURL *curl, const struct client_request *r, struct transfer *t)
{
    curl_easy_setopt(curl, CURLOPT_URL, r->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)r->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, answer_add);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
    if (r->socket_path != NULL)
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, r->socket_path);
    if (r->progress != NULL) {
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, progress);
        curl_easy_setopt(curl, CURLOPT_XFERINFODATA, t);
    }
}

static enum status transfer_failed(const struct transfer *t, CURLcode code, struct error *err)
{
    if (t->too_long)
        return error_set(err, ERR_LIMIT, "the answer is over %llu bytes",
                         (unsigned long long)t->answer_bytes_max);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return error_set(err, ERR_UNAVAILABLE, "stopped");
    return error_set(err, ERR_UNAVAILABLE, "%s %s: %s", t->request->method, t->request->url,
                     curl_easy_strerror(code));
}

enum status client_run(const struct client_request *r, long *status, struct buffer *answer,
                       struct error *err)
{
    SCOPED(curl_close) CURL *curl = NULL;
    SCOPED(list_close) struct curl_slist *headers = NULL;
    SCOPED(buffer_free) struct buffer bearer = {0};
    struct transfer t = {.request = r,
                         .answer = answer,
                         .answer_bytes_max =
                             r->answer_bytes_max > 0 ? r->answer_bytes_max : ANSWER_BYTES_MAX};
    long got = 0;

    curl_begin();
    curl = curl_easy_init();
    if (r->key != NULL)
        buffer_printf(&bearer, "Bearer %s", r->key);
    if (curl == NULL ||
        !header_add(&headers, "Content-Type", r->type != NULL ? r->type : "application/json") ||
        !header_add(&headers, "Expect", "") ||
        (r->if_match != NULL && !header_add(&headers, "If-Match", r->if_match)) ||
        (r->key != NULL && !header_add(&headers, "Authorization", bearer.data)))
        return error_set(err, ERR_IO, "the HTTP library did not start");
    transfer_set(curl, r, &t);
    body_set(curl, r);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    CURLcode code = curl_easy_perform(curl);

    if (code != CURLE_OK)
        return transfer_failed(&t, code, err);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &got);
    *status = got;
    return OK;
}

void client_escape(struct buffer *out, struct text value)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (size_t i = 0; i < value.size; i++) {
        char c = value.data[i];
        bool keep = false;

        for (size_t k = 0; k < sizeof(plain) - 1; k++)
            keep |= plain[k] == c;
        if (keep)
            buffer_add_char(out, c);
        else
            buffer_printf(out, "%%%02X", (unsigned)(unsigned char)c);
    }
}
