/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/wire.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/test.h"

static int connected(int fd, const struct sockaddr *name, socklen_t size)
{
    struct timeval patience = {.tv_sec = 10};

    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    assert_int_equal(connect(fd, name, size), 0);
    return fd;
}

int wire_open(uint16_t port)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connected(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&name, sizeof(name));
}

int wire_open_local(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};

    assert_true(strlen(path) < sizeof(name.sun_path));
    memcpy(name.sun_path, path, strlen(path));
    return connected(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&name, sizeof(name));
}

void wire_send(int fd, struct text bytes)
{
    while (bytes.size > 0) {
        ssize_t sent = send(fd, bytes.data, bytes.size, MSG_NOSIGNAL);

        if (sent <= 0) /* the server has closed: the test reads what it said */
            return;
        bytes.data += sent;
        bytes.size -= (size_t)sent;
    }
}

static size_t body_size(const char *head)
{
    const char *line = strcasestr(head, "\r\nContent-Length:");

    return line == NULL ? 0 : strtoul(line + 17, NULL, 10);
}

int wire_answer(int fd, bool no_body, struct buffer *out)
{
    size_t start = out->size, wanted = SIZE_MAX;
    char bytes[4096];
    int status = 0;

    while (out->size - start < wanted) {
        size_t room = wanted - (out->size - start);
        ssize_t got = recv(fd, bytes, wanted == SIZE_MAX ? 1 : room < 4096 ? room : 4096, 0);

        if (got <= 0)
            return 0;
        buffer_add(out, bytes, (size_t)got);
        const char *end = wanted == SIZE_MAX ? strstr(out->data + start, "\r\n\r\n") : NULL;

        if (end != NULL) {
            size_t head = (size_t)(end + 4 - (out->data + start));

            assert_int_equal(sscanf(out->data + start, "HTTP/1.%*d %d", &status), 1);
            if (status == 100) { /* Continue: the answer proper follows */
                start = out->size;
                continue;
            }
            wanted = head + (no_body ? 0 : body_size(out->data + start));
        }
    }
    return status;
}

bool wire_closed(int fd)
{
    char byte;

    return recv(fd, &byte, 1, 0) == 0;
}

int wire_ask(uint16_t port, const char *request, struct buffer *out)
{
    int fd = wire_open(port);

    buffer_clear(out);
    wire_send(fd, text_from(request));
    int status = wire_answer(fd, strncmp(request, "HEAD ", 5) == 0, out);

    close(fd);
    return status;
}
