/* SPDX-License-Identifier: Apache-2.0 */
/* What a request says before it is believed: its target, the addresses it names, and the first look
 * at its body. Whatever comes in, texts are well-formed and lie where they should, failure says
 * why, and the first look agrees with the parser on whatever is JSON. */
#include <assert.h>
#include <jansson.h>
#include <stdint.h>
#include <string.h>

#include "api/scan.h"
#include "net/address.h"
#include "net/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(struct text t)
{
    assert(text_utf8_valid(t));
    for (size_t i = 0; i < t.size; i++)
        assert((unsigned char)t.data[i] >= 0x20 && t.data[i] != 0x7f);
}

static void check_target(struct text input)
{
    SCOPED(arena_free) struct arena arena = {0};
    struct target t = {.segment_count = 0};
    struct error err = {0};
    enum status status = target_parse(input, &arena, &t, &err);

    assert((status == OK) == (err.message[0] == '\0'));
    if (status != OK)
        return;
    assert(t.segment_count <= TARGET_SEGMENTS_MAX && t.parameter_count <= TARGET_PARAMETERS_MAX);
    for (size_t i = 0; i < t.segment_count; i++)
        check_text(t.segments[i]);
    for (size_t i = 0; i < t.parameter_count; i++) {
        char name[TARGET_BYTES_MAX + 1];
        struct text n = t.parameters[i].name;

        check_text(n);
        check_text(t.parameters[i].value);
        memcpy(name, n.data, n.size);
        name[n.size] = '\0';
        assert(text_equal(target_parameter(&t, name), t.parameters[i].value));
    }
}

static void check_addresses(struct text input)
{
    struct address_list list = {.count = 0};
    struct address peer = {{0}}, client;
    struct error err = {0};
    char printed[ADDRESS_TEXT_SIZE];
    enum status status = address_list_parse(input, &list, &err);

    assert((status == OK) == (err.message[0] == '\0'));
    for (size_t i = 0; i < list.count; i++) {
        struct address again;

        assert(address_list_has(&list, list.blocks[i].address));
        assert(address_parse(text_from(address_print(list.blocks[i].address, printed)), &again));
        assert(address_equal(again, list.blocks[i].address));
    }
    list = (struct address_list){.count = 1}; /* everybody is trusted */
    client = address_client(peer, input, &list);
    list.count = 0; /* nobody is */
    assert(address_equal(address_client(peer, input, &list), peer));
    (void)client;
}

static size_t depth_of(const json_t *value)
{
    size_t deepest = 0;
    const char *name;
    json_t *inner;
    size_t i;

    if (json_is_object(value))
        json_object_foreach((json_t *)(uintptr_t)value, name, inner)
        {
            size_t depth = depth_of(inner);
            deepest = depth > deepest ? depth : deepest;
        }
    else if (json_is_array(value))
        json_array_foreach(value, i, inner)
        {
            size_t depth = depth_of(inner);
            deepest = depth > deepest ? depth : deepest;
        }
    else
        return 0;
    return deepest + 1;
}

static void check_scan(struct text input)
{
    struct text found = scan_member(input, "writeKey"), key = scan_string(found);
    json_t *json = json_loadb(input.data, input.size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *member = json_object_get(json, "writeKey");

    assert(found.data == NULL ||
           (found.data >= input.data && found.data + found.size <= input.data + input.size));
    if (json != NULL)
        assert(scan_depth(input) == depth_of(json));
    if (json_is_object(json) && found.data != NULL)
        assert(member != NULL);
    if (json_is_object(json) && key.data != NULL) {
        assert(json_is_string(member) && json_string_length(member) == key.size &&
               memcmp(json_string_value(member), key.data, key.size) == 0);
    }
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = {size == 0 ? "" : (const char *)data, size};

    check_target(input);
    check_addresses(input);
    check_scan(input);
    return 0;
}
