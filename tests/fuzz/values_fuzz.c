/* SPDX-License-Identifier: Apache-2.0 */
/* The readers of single values: what is read prints and reads back equal; what is not leaves its
 * result alone. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/money.h"
#include "base/settings.h"
#include "base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_time(struct text t)
{
    char printed[TIME_TEXT_SIZE];
    int64_t ms = -7, again;

    if (!time_parse(t, &ms)) {
        assert(ms == -7);
        return;
    }
    assert(ms >= 0 && time_parse(text_from(time_print(ms, printed)), &again) && again == ms);
}

static void check_money(struct text t)
{
    char printed[MONEY_TEXT_SIZE];
    int64_t micros = MONEY_NONE, again;

    if (!money_parse(t, &micros)) {
        assert(micros == MONEY_NONE);
        return;
    }
    assert(money_parse(text_from(money_print(micros, printed)), &again) && again == micros);
}

static void check_double(struct text t)
{
    SCOPED(buffer_free) struct buffer out = {0};
    struct json j = json_to(&out);
    double value, again;

    if (!text_to_double(t, &value))
        return;
    assert(isfinite(value));
    json_double(&j, value);
    assert(text_to_double(buffer_text(&out), &again) && again == value);
}

static void check_json(struct text t)
{
    SCOPED(buffer_free) struct buffer out = {0};
    struct json j = json_to(&out);

    json_text(&j, t);
    assert(text_utf8_valid(buffer_text(&out)));
    for (size_t i = 0; i < out.size; i++)
        assert((unsigned char)out.data[i] >= 0x20);
}

static void check_setting(struct text t)
{
    SCOPED(buffer_free) struct buffer value = {0};
    struct settings s;
    struct error err = {0};

    settings_defaults(&s);
    buffer_add_text(&value, t);
    enum status status = settings_set(&s, "http-workers", buffer_text(&value).data, &err);
    assert(s.http_workers >= 1 && s.http_workers <= 64);
    assert((status == OK) == (err.status == OK));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = {"%d/%m/%Y %H:%M", "%s.%f", "%a, %e %b %y %I:%M:%S %p %z"};
    struct text t = {(const char *)data, size};
    int64_t ms = -7;

    check_time(t);
    check_money(t);
    check_double(t);
    check_json(t);
    check_setting(t);
    for (size_t i = 0; i < COUNT(formats); i++)
        assert(time_parse_format(t, formats[i], NULL, &ms) ? ms >= 0 : ms >= -7);
    return 0;
}
