/* SPDX-License-Identifier: Apache-2.0 */
#include "net/probe.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/hash.h"
#include "base/memory.h"
#include "net/curl.h"

enum { CONNECT_MS = 4000, WAIT_MS = 100, SILENT_IN_A_ROW_MAX = 5, REDIRECTS_MAX = 3 };

struct probing;

/* One that runs. */
struct slot {
    struct probing *of;
    CURL *curl; /* NULL: free */
    size_t number;
    bool got; /* it is the second question, with GET */
    bool forbidden;
};

struct probing {
    struct probe *probes;
    uint64_t *hosts;   /* of each; 0: it is no address of HTTP */
    uint8_t *begun;    /* of each */
    uint8_t *in_a_row; /* of each: how often its host had been silent when it ended so */
    size_t count, done;
    size_t first; /* all before have begun */
    const struct probe_options *options;
    CURLM *multi;
    struct slot slots[PROBE_PARALLEL_MAX];
};

/* The address that is about to be connected to, whatever led there. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct slot *s = context;
    struct address a = address_of(&to->addr);

    if (purpose != CURLSOCKTYPE_IPCXN ||
        (!address_is_public(a) && !address_list_has(&s->of->options->allowed, a))) {
        s->forbidden = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* That there are bytes is all that is asked. */
static size_t take_none(char *bytes, size_t one, size_t size, void *context)
{
    (void)bytes;
    (void)one;
    (void)size;
    (void)context;
    return 0;
}

/* Of "https://name:port/..." the name and port, 0 when it is no address of HTTP. */
static uint64_t host_of(struct text url)
{
    static const char *const schemes[] = {"https://", "http://"};

    for (size_t i = 0; i < COUNT(schemes); i++) {
        size_t at = strlen(schemes[i]), end = at;
        if (url.size >= PROBE_URL_MAX || !text_starts(url, schemes[i]) ||
            memchr(url.data, '\0', url.size) != NULL)
            continue;
        while (end < url.size && strchr("/?#", url.data[end]) == NULL)
            end++;
        return end == at ? 0 : hash_bytes(url.data + at, end - at, i) | 1;
    }
    return 0;
}

static void ask(struct slot *s, bool get)
{
    const struct probe_options *o = s->of->options;
    struct text url = s->of->probes[s->number].url;
    char address[PROBE_URL_MAX];

    (void)snprintf(address, sizeof(address), "%.*s", (int)url.size,
                   url.data); /* checked by host_of */
    s->got = get;
    s->forbidden = false;
    curl_easy_setopt(s->curl, CURLOPT_URL, address);
    curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(s->curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(s->curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(s->curl, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    curl_easy_setopt(s->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(s->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(s->curl, CURLOPT_TIMEOUT_MS, (long)o->timeout_ms);
    curl_easy_setopt(s->curl, CURLOPT_USERAGENT, o->agent);
    curl_easy_setopt(s->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(s->curl, CURLOPT_OPENSOCKETDATA, s);
    curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, take_none);
    curl_easy_setopt(s->curl, CURLOPT_PRIVATE, s);
    if (get) {
        curl_easy_setopt(s->curl, CURLOPT_HTTPGET, 1L);
        curl_easy_setopt(s->curl, CURLOPT_RANGE, "0-0");
    } else {
        curl_easy_setopt(s->curl, CURLOPT_NOBODY, 1L);
    }
}

static uint32_t running_at(const struct probing *p, uint64_t host)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < p->options->parallel; i++)
        count += p->slots[i].curl != NULL && p->hosts[p->slots[i].number] == host;
    return count;
}

/* The next whose host has a connection to spare; false when there is none now. */
static bool next_of(struct probing *p, size_t *out)
{
    while (p->first < p->count && p->begun[p->first])
        p->first++;
    for (size_t i = p->first; i < p->count; i++)
        if (!p->begun[i] && running_at(p, p->hosts[i]) < p->options->per_host) {
            *out = i;
            return true;
        }
    return false;
}

/* What is no address, or of a host that is given up, is passed over. */
static void pass_over(struct probing *p, uint64_t host)
{
    for (size_t i = p->first; i < p->count; i++)
        if (!p->begun[i] && p->hosts[i] == host) {
            p->begun[i] = true;
            p->done++;
        }
}

static bool start_more(struct probing *p)
{
    for (uint32_t i = 0; i < p->options->parallel; i++) {
        struct slot *s = &p->slots[i];
        if (s->curl != NULL)
            continue;
        if (!next_of(p, &s->number))
            return true;
        s->of = p;
        s->curl = curl_easy_init();
        if (s->curl == NULL)
            return false;
        p->begun[s->number] = true;
        ask(s, false);
        curl_multi_add_handle(p->multi, s->curl);
    }
    return true;
}

static bool wants_get(long status)
{
    return status == 400 || status == 403 || status == 405 || status == 501;
}

static void count_silence(struct probing *p, const struct slot *s, bool silent)
{
    uint64_t host = p->hosts[s->number];
    uint8_t row = 0;

    /* the host's count stands at each of its addresses */
    for (size_t i = 0; i < p->count; i++)
        if (p->hosts[i] == host) {
            p->in_a_row[i] = silent ? (uint8_t)(p->in_a_row[i] + 1) : 0;
            row = p->in_a_row[i];
        }
    if (row == SILENT_IN_A_ROW_MAX)
        pass_over(p, host);
}

static void ended(struct probing *p, struct slot *s, CURLcode code)
{
    struct probe *probe = &p->probes[s->number];
    long status = 0;

    curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(p->multi, s->curl);
    /* a body is refused by ourselves: its head is the answer; so is the last of too many redirects */
    bool answered = status > 0 && (code == CURLE_OK || code == CURLE_TOO_MANY_REDIRECTS ||
                                   (s->got && code == CURLE_WRITE_ERROR));
    if (answered && !s->got && wants_get(status)) {
        curl_easy_reset(s->curl);
        ask(s, true);
        curl_multi_add_handle(p->multi, s->curl);
        return;
    }
    curl_easy_cleanup(s->curl);
    s->curl = NULL;
    probe->verdict = answered ? PROBE_ANSWERED : s->forbidden ? PROBE_FORBIDDEN : PROBE_SILENT;
    probe->status = answered ? status : 0;
    p->done++;
    count_silence(p, s, probe->verdict == PROBE_SILENT);
}

static void take_ended(struct probing *p)
{
    int left;
    CURLMsg *message;

    while ((message = curl_multi_info_read(p->multi, &left)) != NULL) {
        char *slot = NULL;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
        ended(p, (struct slot *)(void *)slot, code);
    }
}

static enum status run(struct probing *p, struct error *err)
{
    const struct probe_options *o = p->options;
    int running = 0;

    while (p->done < p->count) {
        if (o->go_on != NULL && !o->go_on(o->context, p->done, p->count))
            return OK;
        if (!start_more(p) || curl_multi_perform(p->multi, &running) != CURLM_OK)
            return error_set(err, ERR_IO, "the HTTP library did not go on");
        size_t before = p->done;
        take_ended(p);
        if (p->done == before && curl_multi_poll(p->multi, NULL, 0, WAIT_MS, NULL) != CURLM_OK)
            return error_set(err, ERR_IO, "the HTTP library did not wait");
    }
    return OK;
}

enum status probe_all(struct probe *probes, size_t count, const struct probe_options *options,
                      struct error *err)
{
    struct probe_options own = *options;
    struct probing p = {.probes = probes, .count = count, .options = &own};
    enum status status;

    own.parallel = own.parallel > PROBE_PARALLEL_MAX ? PROBE_PARALLEL_MAX : own.parallel;
    curl_begin();
    p.multi = curl_multi_init();
    if (p.multi == NULL)
        return error_set(err, ERR_IO, "the HTTP library did not start");
    curl_multi_setopt(p.multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)own.parallel);
    p.hosts = mem_new(count + 1, sizeof(*p.hosts));
    p.begun = mem_new(count + 1, sizeof(*p.begun));
    p.in_a_row = mem_new(count + 1, sizeof(*p.in_a_row));
    for (size_t i = 0; i < count; i++) {
        p.hosts[i] = host_of(probes[i].url);
        probes[i].verdict = PROBE_UNASKED;
        probes[i].status = 0;
    }
    pass_over(&p, 0);
    status = run(&p, err);
    for (uint32_t i = 0; i < own.parallel; i++)
        if (p.slots[i].curl != NULL) {
            curl_multi_remove_handle(p.multi, p.slots[i].curl);
            curl_easy_cleanup(p.slots[i].curl);
        }
    curl_multi_cleanup(p.multi);
    mem_free(p.hosts);
    mem_free(p.begun);
    mem_free(p.in_a_row);
    return status;
}
