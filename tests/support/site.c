/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/site.h"

#include "store/store.h"

static void make_keys(struct site *s)
{
    SCOPED(store_close) struct store *store = NULL;
    struct error err = {0};

    assert_int_equal(store_open(&store, s->dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(keys_add(store, KEY_PUBLIC, TEXT("web"), TEST_ACTOR(1), s->public_key, &err),
                     OK);
    assert_int_equal(
        keys_add(store, KEY_SECRET, TEXT("server"), TEST_ACTOR(1), s->secret_key, &err), OK);
    assert_int_equal(keys_add(store, KEY_SECRET, TEXT("lost"), TEST_ACTOR(1), s->revoked_key, &err),
                     OK);
    assert_int_equal(keys_revoke(store, 3, TEST_ACTOR(2), &err), OK);
}

void site_make(struct site *s, void (*change)(struct settings *settings))
{
    struct settings settings;
    struct error err = {0};
    bool made;

    *s = (struct site){.port = 0};
    test_path(s->socket, test_dir(s->dir), "endcap.sock");
    assert_int_equal(shop_init(s->dir, &made, &err), OK);
    make_keys(s);
    settings_defaults(&settings);
    if (change != NULL)
        change(&settings);
    if (shop_open(&s->shop, s->dir, SHOP_WRITE, &settings, NULL, &err) != OK)
        fail_msg("%s", err.message);
}

void site_serve(struct site *s, const struct api_options *options)
{
    struct api_options o = options != NULL ? *options : (struct api_options){.listen = NULL};
    struct error err = {0};

    o.listen = "127.0.0.1:0";
    if (api_start(&s->api, s->shop, &o, &err) != OK)
        fail_msg("%s", err.message);
    s->port = api_port(s->api);
}

void site_stop(struct site *s)
{
    api_stop(&s->api);
}

void site_close(struct site *s)
{
    site_stop(s);
    shop_close(&s->shop);
}
