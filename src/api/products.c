/* SPDX-License-Identifier: Apache-2.0 */
/* PUT /v1/products, PATCH and DELETE /v1/products/{id}, POST /v1/stock. All of it runs on the
 * thread for changes, one after the other, so that two PATCHes of a product never lose one another.
 */
#include <string.h>

#include "api/body.h"
#include "api/call.h"
#include "api/scan.h"
#include "catalog/feed.h"
#include "paths/record.h"

enum { PRODUCTS_MAX = 1000, STOCK_DEPTH_MAX = 3 };

/* What a body brought, and what is said of each item of it. */
struct changes {
    struct call *call;
    struct product_batch *batch;
    struct buffer results;
    struct json json; /* into results: an array */
    uint64_t received, refused;
    unsigned sole_status; /* of the last one refused */
    char sole_code[32], sole_field[64], sole_message[160];
};

static struct changes changes_open(struct call *call)
{
    return (struct changes){.call = call, .batch = product_batch_new()};
}

static void changes_close(struct changes *c)
{
    product_batch_free(c->batch);
    buffer_free(&c->results);
}

static void result_begin(struct changes *c, const char *status)
{
    if (c->received == 0) {
        c->json = json_to(&c->results);
        json_array_begin(&c->json);
    }
    json_object_begin(&c->json);
    json_key_u64(&c->json, "index", c->received++);
    json_key_string(&c->json, "status", status);
}

static void result_accepted(struct changes *c)
{
    result_begin(c, "accepted");
    json_object_end(&c->json);
}

static void result_refused(struct changes *c, const char *code, const char *field,
                           const char *message)
{
    const char *named = field != NULL && field[0] != '\0' ? field : NULL;

    result_begin(c, "refused");
    json_key_string(&c->json, "code", code);
    json_key_string(&c->json, "field", named);
    json_key_string(&c->json, "message", message);
    json_object_end(&c->json);
    c->refused++;
    c->sole_status = strcmp(code, "not_found") == 0 ? 404 : 400;
    snprintf(c->sole_code, sizeof(c->sole_code), "%s", code);
    snprintf(c->sole_field, sizeof(c->sole_field), "%s", named != NULL ? named : "");
    snprintf(c->sole_message, sizeof(c->sole_message), "%s", message);
}

/* Write what was accepted, then answer. A request that brought one thing and had it refused failed;
 * `list` is the name of a body's list, whose own refusals never make it fail. */
static void changes_answer(struct changes *c, const char *list)
{
    struct call *call = c->call;
    uint64_t stored = 0, same = 0;
    struct error err = {0};

    if (c->received == 1 && c->refused == 1 &&
        scan_member(call->request->body, list).data == NULL) {
        answer_failure(call, c->sole_status, c->sole_code, c->sole_message, c->sole_field);
        return;
    }
    if (record_products(call->api->shop, c->batch, call->now_ms, &stored, &same, &err) != OK) {
        atomic_store(&call->api->write_failed, true);
        if (err.status == ERR_LIMIT) /* the writer's queue is full */
            err.status = ERR_UNAVAILABLE;
        answer_error(call, &err, NULL);
        return;
    }
    struct json j = json_to(&call->request->answer);

    if (c->received == 0)
        buffer_add_string(&c->results, "[");
    buffer_add_string(&c->results, "]");
    json_object_begin(&j);
    json_key_u64(&j, "received", c->received);
    json_key_u64(&j, "stored", stored);
    json_key_u64(&j, "same", same);
    json_key_u64(&j, "refused", c->refused);
    json_key(&j, "results");
    json_raw(&j, buffer_text(&c->results));
    json_object_end(&j);
    answer_json_body(call, 200);
}

static bool sink_product(void *context, const struct product *p, uint64_t line)
{
    struct changes *c = context;

    (void)line;
    product_batch_add(c->batch, p);
    result_accepted(c);
    return true;
}

static bool sink_refused(void *context, const char *code, const char *field, const char *message,
                         struct text raw, uint64_t line)
{
    (void)raw;
    (void)line;
    result_refused(context, code, field, message);
    return true;
}

static void products_put_job(struct call *call)
{
    struct changes c = changes_open(call);
    struct feed_sink sink = {.context = &c, .product = sink_product, .refused = sink_refused};
    struct error err = {0};

    if (feed_read_json(call->request->body, &sink, &err) != OK)
        answer_error(call, &err, NULL);
    else
        changes_answer(&c, "products");
    changes_close(&c);
}

void products_put(struct call *call)
{
    call_later(call, call->api->changes, products_put_job);
}

/* The product as it is now, with texts that hold while the state is locked. */
static bool product_present(struct call *call, struct product *out)
{
    const struct catalog *catalog = call->api->shop->state->catalog;
    struct text item_id = call->arguments[0];
    product_number n = catalog_find(catalog, item_id);

    return n != PRODUCT_NONE && catalog_get(catalog, n, &call->request->arena, out) &&
           text_equal(out->item_id, item_id);
}

static void product_unknown(struct call *call)
{
    answer_failure(call, 404, "not_found", "there is no product with this item id", "id");
}

static void product_change_job(struct call *call)
{
    struct request *r = call->request;
    struct changes c = changes_open(call);
    struct feed_refusal why;
    struct product p;

    shop_read_lock(call->api->shop);
    bool found = product_present(call, &p);
    bool good = found && feed_patch(r->body, &r->arena, &p, &why) && product_check(&p, &why);

    if (good)
        product_batch_add(c.batch, &p);
    shop_read_unlock(call->api->shop);
    if (good)
        result_accepted(&c);
    else if (found)
        result_refused(&c, why.code, why.field, why.message);
    if (found)
        changes_answer(&c, "products");
    else
        product_unknown(call);
    changes_close(&c);
}

void product_change(struct call *call)
{
    call_later(call, call->api->changes, product_change_job);
}

static void product_unpublish_job(struct call *call)
{
    struct changes c;
    struct product p;

    shop_read_lock(call->api->shop);
    bool found = product_present(call, &p);

    shop_read_unlock(call->api->shop);
    if (!found) {
        product_unknown(call);
        return;
    }
    c = changes_open(call);
    product_batch_unpublish(c.batch, call->arguments[0]);
    result_accepted(&c);
    changes_answer(&c, "products");
    changes_close(&c);
}

void product_unpublish(struct call *call)
{
    call_later(call, call->api->changes, product_unpublish_job);
}

/* What is there now of a product or variant; false when the item id is neither. */
static bool stock_present(struct call *call, struct text item_id, struct stock_change *out)
{
    struct shop *shop = call->api->shop;
    struct product p;
    bool found = false;

    shop_read_lock(shop);
    product_number n = catalog_find(shop->state->catalog, item_id);

    if (n != PRODUCT_NONE && catalog_get(shop->state->catalog, n, &call->request->arena, &p)) {
        found = text_equal(p.item_id, item_id);
        out->stock = p.stock;
        out->availability = p.availability;
        for (uint32_t i = 0; i < p.variant_count && !found; i++) {
            found = text_equal(p.variants[i].item_id, item_id);
            out->stock = p.variants[i].stock;
            out->availability = p.variants[i].availability;
        }
    }
    shop_read_unlock(shop);
    out->item_id = item_id;
    return found;
}

/* The field that is wrong, NULL when all is well. */
static const char *stock_read(const json_t *item, struct stock_change *out)
{
    const json_t *stock = json_object_get(item, "stock");
    const json_t *availability = json_object_get(item, "availability");

    if (stock == NULL && availability == NULL)
        return "stock";
    if (stock != NULL && !json_is_null(stock) &&
        (!json_is_integer(stock) || json_integer_value(stock) < 0))
        return "stock";
    if (stock != NULL)
        out->stock = json_is_null(stock) ? STOCK_UNTRACKED : json_integer_value(stock);
    if (availability != NULL &&
        (!json_is_string(availability) ||
         !availability_find(text_from(json_string_value(availability)), &out->availability)))
        return "availability";
    return NULL;
}

static void stock_add(struct changes *c, const json_t *item)
{
    const char *id = json_string_value(json_object_get(item, "item_id"));
    struct stock_change change;
    const char *wrong;

    if (id == NULL) {
        result_refused(c, "missing", "item_id", "item_id must name a product or a variant");
        return;
    }
    if (!stock_present(c->call, text_from(id), &change)) {
        result_refused(c, "not_found", "item_id", "there is no product or variant of this item id");
        return;
    }
    wrong = stock_read(item, &change);
    if (wrong != NULL) {
        result_refused(c, "invalid", wrong,
                       strcmp(wrong, "stock") == 0
                           ? "stock must be a whole number from 0, or null for not tracked"
                           : "availability is in_stock, out_of_stock, preorder or backorder");
        return;
    }
    product_batch_stock(c->batch, &change);
    result_accepted(c);
}

static void stock_post_job(struct call *call)
{
    SCOPED(json_close) json_t *body = body_object(call, STOCK_DEPTH_MAX);
    json_t *list = json_object_get(body, "stock");
    struct changes c;

    if (body == NULL)
        return;
    if (json_array_size(list) > PRODUCTS_MAX) {
        answer_failure(call, 413, "too_many", "at most 1,000 items may be set at once", "stock");
        return;
    }
    c = changes_open(call);
    if (json_is_array(list)) {
        for (size_t i = 0; i < json_array_size(list); i++)
            stock_add(&c, json_array_get(list, i));
        changes_answer(&c, "stock");
    } else {
        stock_add(&c, body);
        changes_answer(&c, "items");
    }
    changes_close(&c);
}

void stock_post(struct call *call)
{
    call_later(call, call->api->changes, stock_post_job);
}
