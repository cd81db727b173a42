/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/audit.h"
#include "base/json.h"
#include "base/money.h"
#include "base/time.h"

static void finding_json(struct json *j, const struct report *r, const struct finding *f)
{
    const struct check_row *row = &check_rows[f->check];
    const struct tally *t = f->tally;

    json_object_begin(j);
    json_key_string(j, "check", row->name);
    json_key_string(j, "foundation", foundation_word(row->foundation));
    json_key_string(j, "severity", severity_word(f->severity));
    json_key_text(j, "sentence", f->sentence);
    json_key_string(j, "do", row->advice);
    json_key_u64(j, "count", t->count);
    json_key_u64(j, "of", t->of);
    json_key_double(j, "touched", f->touched);
    json_key_string(j, "touched_of", f->what);
    json_key_money(j, "money", r->revenue > 0 ? t->money : MONEY_NONE);
    json_key_u64(j, "sessions", t->sessions);
    json_key_u64(j, "views", t->views);
    json_key(j, "examples");
    json_array_begin(j);
    for (uint32_t i = 0; i < t->example_count; i++)
        json_text(j, t->examples[i]);
    for (uint32_t i = 0; i < t->more_count; i++)
        json_text(j, t->more[i]);
    json_array_end(j);
    json_object_end(j);
}

static void time_json(struct json *j, const char *key, int64_t ms)
{
    char text[TIME_TEXT_SIZE];

    json_key_string(j, key, ms == 0 ? NULL : time_print(ms, text));
}

static void figures_json(struct json *j, const struct report *r)
{
    json_key(j, "figures");
    json_object_begin(j);
    json_key_u64(j, "events", r->events);
    time_json(j, "first_event", r->first_ms);
    time_json(j, "last_event", r->last_ms);
    json_key_u64(j, "visitors", r->visitors);
    json_key_u64(j, "visitors_not_followed", r->untracked_visitors);
    json_key_u64(j, "sessions", r->sessions);
    json_key_u64(j, "sessions_named", r->sessions_named);
    json_key_u64(j, "robot_sessions", r->bot_sessions);
    json_key_u64(j, "bounce_sessions", r->bounce_sessions);
    json_key_u64(j, "customers_seen", r->customers_seen);
    json_key_u64(j, "orders", r->orders);
    json_key_text(j, "currency", r->currency);
    json_key_money(j, "revenue", r->revenue);
    json_key_money(j, "revenue_named", r->revenue_named);
    json_key_u64(j, "products", r->products);
    json_key_u64(j, "products_sellable", r->sellable);
    json_key_u64(j, "variants", r->variants);
    json_key_u64(j, "categories", r->categories);
    json_key_u64(j, "brands", r->brands);
    json_key_u64(j, "customer_records", r->customers);
    json_key_u64(j, "image_links_asked", r->tallies[CHECK_image_dead].of);
    json_key_u64(j, "page_links_asked", r->tallies[CHECK_url_dead].of);
    json_object_end(j);
}

static void types_json(struct json *j, const struct report *r)
{
    json_key(j, "event_types");
    json_array_begin(j);
    for (int t = 0; t < EVENT_TYPE_COUNT; t++) {
        const struct type_figures *f = &r->types[t];
        if (f->count == 0)
            continue;
        json_object_begin(j);
        json_key_string(j, "type", event_type_name((enum event_type)t));
        json_key_u64(j, "count", f->count);
        time_json(j, "first", f->first_ms);
        time_json(j, "last", f->last_ms);
        json_key_u64(j, "without_item", f->unidentified);
        json_key(j, "devices");
        json_object_begin(j);
        for (int d = 0; d < AUDIT_DEVICES; d++)
            json_key_u64(j, audit_device_word(d), f->devices[d]);
        json_object_end(j);
        json_key(j, "pages");
        json_object_begin(j);
        for (int k = 0; k < PAGE_COUNT; k++)
            if (r->pages[k][t] > 0)
                json_key_u64(j, page_kind_word((enum page_kind)k), r->pages[k][t]);
        json_object_end(j);
        json_object_end(j);
    }
    json_array_end(j);
}

static void refused_json(struct json *j, const struct report *r)
{
    json_key(j, "refused");
    json_object_begin(j);
    for (uint32_t i = 0; i < r->refused_count; i++) {
        char code[64];
        (void)snprintf(code, sizeof(code), "%.*s", (int)r->refused[i].code.size,
                       r->refused[i].code.data);
        json_key_u64(j, code, r->refused[i].count);
    }
    json_object_end(j);
}

/* null: there is nothing to tell it from. */
static void known_json(struct json *j, const char *key, bool known, double value)
{
    if (known)
        json_key_double(j, key, value);
    else
        json_key_string(j, key, NULL);
}

static void outcome_json(struct json *j, const char *key, const struct outcome *o)
{
    json_key(j, key);
    json_object_begin(j);
    known_json(j, "revenue_per_session", o->per_session > 0, o->per_session);
    known_json(j, "deviation", o->per_session > 0, o->deviation);
    json_key(j, "tests");
    json_array_begin(j);
    for (int i = 0; i < AUDIT_LIFTS; i++) {
        json_object_begin(j);
        json_key_double(j, "lift", o->tests[i].lift);
        known_json(j, "visitors", o->tests[i].days > 0, o->tests[i].visitors);
        known_json(j, "days", o->tests[i].days > 0, o->tests[i].days);
        json_object_end(j);
    }
    json_array_end(j);
    json_object_end(j);
}

static void ready_json(struct json *j, const struct report *r)
{
    json_key(j, "ready");
    json_object_begin(j);
    json_key_u64(j, "sessions_month", r->sessions_month);
    json_key_u64(j, "visitors_month", r->visitors_month);
    json_key_u64(j, "sessions_month_serving", r->sessions_serving);
    json_key_string(j, "rung", r->events > 0 ? rung_word(r->rung) : NULL);
    json_key_u64(j, "traffic_needed", r->traffic_needed);
    json_key_money(j, "revenue_cap", r->revenue_cap);
    outcome_json(j, "capped", &r->capped);
    outcome_json(j, "uncapped", &r->uncapped);
    json_key(j, "surfaces");
    json_array_begin(j);
    for (uint32_t i = 0; i < r->surface_count; i++) {
        const struct surface_figures *s = &r->surfaces[i];
        json_object_begin(j);
        json_key_text(j, "surface", s->name);
        json_key_string(j, "kind", s->kind);
        json_key_u64(j, "asked", s->asked);
        json_key_u64(j, "sessions_month", s->sessions);
        json_key_string(j, "lacks", s->lacks);
        json_object_end(j);
    }
    json_array_end(j);
    json_object_end(j);
}

void report_json(const struct report *r, struct buffer *out)
{
    struct json j = json_to(out);

    json_object_begin(&j);
    time_json(&j, "time", r->now_ms);
    json_key_u64(&j, "must_fix", r->must_count);
    json_key(&j, "scores");
    json_object_begin(&j);
    for (int f = 0; f < FOUNDATION_COUNT; f++)
        known_json(&j, foundation_word((enum foundation)f), r->judged[f],
                   (double)(int)(r->scores[f] + 0.5));
    json_object_end(&j);
    json_key(&j, "findings");
    json_array_begin(&j);
    for (uint32_t i = 0; i < r->finding_count; i++)
        finding_json(&j, r, &r->findings[i]);
    json_array_end(&j);
    figures_json(&j, r);
    types_json(&j, r);
    refused_json(&j, r);
    ready_json(&j, r);
    json_object_end(&j);
}
