/* SPDX-License-Identifier: Apache-2.0 */
/* curl: what everything that asks through libcurl begins with. Private to net/. */
#ifndef NET_CURL_H
#define NET_CURL_H

#include <curl/curl.h>

/* Before the first handle, from any thread and as often as one likes. */
void curl_begin(void);

#endif
