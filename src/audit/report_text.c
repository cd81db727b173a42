/* SPDX-License-Identifier: Apache-2.0 */
/* A report for people at a terminal. */
#include "audit/audit.h"
#include "base/money.h"
#include "base/time.h"

const char *severity_word(enum severity s)
{
    static const char *const words[] = {"none", "should", "must"};

    return words[s];
}

/* Without control characters: examples hold what strangers sent. */
static void add_safe(struct buffer *out, struct text t)
{
    for (size_t i = 0; i < t.size; i++) {
        unsigned char c = (unsigned char)t.data[i];
        bool c1 = c == 0xC2 && i + 1 < t.size && (unsigned char)t.data[i + 1] < 0xA0;
        buffer_add_char(out, c < 0x20 || c == 0x7F || c1 ? ' ' : t.data[i]);
        i += c1;
    }
}

static void findings_text(const struct report *r, struct buffer *out, enum severity severity)
{
    for (uint32_t i = 0; i < r->finding_count; i++) {
        const struct finding *f = &r->findings[i];
        const struct check_row *row = &check_rows[f->check];

        if (f->severity != severity)
            continue;
        buffer_printf(out, "\n%5.1f%%  [%s] ", 100 * f->touched, foundation_word(row->foundation));
        add_safe(out, f->sentence);
        buffer_printf(out, "\n        %s\n", row->advice);
        for (uint32_t k = 0; k < f->tally->example_count; k++) {
            buffer_add_string(out, "        - ");
            add_safe(out, f->tally->examples[k]);
            buffer_add_char(out, '\n');
        }
    }
}

static void types_text(const struct report *r, struct buffer *out)
{
    char first[TIME_TEXT_SIZE], last[TIME_TEXT_SIZE];

    if (r->events == 0)
        return;
    buffer_printf(out, "\n%-18s %12s  %-10s  %-16s\n", "event type", "seen", "first", "last");
    for (int t = 0; t < EVENT_TYPE_COUNT; t++) {
        const struct type_figures *f = &r->types[t];
        if (f->count > 0)
            buffer_printf(out, "%-18s %12llu  %.10s  %.16s\n", event_type_name((enum event_type)t),
                          (unsigned long long)f->count, time_print(f->first_ms, first),
                          time_print(f->last_ms, last));
    }
}

static void refused_text(const struct report *r, struct buffer *out)
{
    for (uint32_t i = 0; i < r->refused_count; i++) {
        buffer_printf(out, "%s%llu ", i == 0 ? "\nRefused and kept: " : ", ",
                      (unsigned long long)r->refused[i].count);
        add_safe(out, r->refused[i].code);
    }
    buffer_add_string(out, r->refused_count > 0 ? "\n" : "");
}

static void ready_text(const struct report *r, struct buffer *out)
{
    if (r->events > 0) {
        buffer_printf(out, "\nTraffic: %llu sessions a month, which carry rungs up to %s",
                      (unsigned long long)r->sessions_month, rung_word(r->rung));
        if (r->traffic_needed > 0)
            buffer_printf(out, " (the next needs %llu)", (unsigned long long)r->traffic_needed);
        buffer_add_string(out, ".\n");
    }
    for (int i = 0; i < 2; i++)
        if (r->tests[i].days > 0)
            buffer_printf(out,
                          "A test sees %.0f%% more revenue per session after %.0f days "
                          "(%.0f visitors, half and half).\n",
                          100 * r->tests[i].lift, r->tests[i].days, r->tests[i].visitors);
    if (r->surface_count == 0)
        return;
    buffer_printf(out, "\n%-18s %-10s %12s %16s  %s\n", "surface", "kind", "asked",
                  "sessions a month", "lacks");
    for (uint32_t i = 0; i < r->surface_count; i++) {
        const struct surface_figures *s = &r->surfaces[i];
        buffer_printf(out, "%-18.*s %-10s %12llu %16llu  %s\n", (int)s->name.size, s->name.data,
                      s->kind == NULL ? "-" : s->kind, (unsigned long long)s->asked,
                      (unsigned long long)s->sessions, s->lacks == NULL ? "nothing" : s->lacks);
    }
}

void report_text(const struct report *r, struct buffer *out)
{
    char revenue[MONEY_TEXT_SIZE];

    buffer_add_string(out, "Scores, of 100:");
    for (int f = 0; f < FOUNDATION_COUNT; f++)
        buffer_printf(out, "%s %s %.0f", f > 0 ? "," : "", foundation_word((enum foundation)f),
                      r->scores[f]);
    buffer_printf(out, "\n%llu events of %llu visitors in %llu sessions; %llu orders",
                  (unsigned long long)r->events, (unsigned long long)r->visitors,
                  (unsigned long long)r->sessions, (unsigned long long)r->orders);
    if (r->revenue > 0)
        buffer_printf(out, ", %s %.*s", money_print(r->revenue, revenue), (int)r->currency.size,
                      r->currency.data == NULL ? "" : r->currency.data);
    buffer_printf(out, "; %llu products, %llu of them for sale\n", (unsigned long long)r->products,
                  (unsigned long long)r->sellable);
    if (r->untracked_visitors > 0)
        buffer_printf(out, "%llu events of further visitors were passed over: there are too many\n",
                      (unsigned long long)r->untracked_visitors);
    if (r->must_count > 0)
        buffer_printf(out, "\nFix first (%u), by the share they touch:\n", r->must_count);
    findings_text(r, out, SEVERITY_MUST);
    if (r->finding_count > r->must_count)
        buffer_printf(out, "\nThen (%u):\n", r->finding_count - r->must_count);
    findings_text(r, out, SEVERITY_SHOULD);
    if (r->finding_count == 0)
        buffer_add_string(out, "\nNothing to fix.\n");
    types_text(r, out);
    refused_text(r, out);
    ready_text(r, out);
}
