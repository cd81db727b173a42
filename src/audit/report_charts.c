/* SPDX-License-Identifier: Apache-2.0 */
/* The charts and tables of the page. */
#include "audit/parts.h"
#include "audit/report_html.h"
#include "base/money.h"
#include "base/time.h"

enum { WIDTH = 1000, HEIGHT = 150, COLUMNS_MAX = 250 };

/* `days` in at most COLUMNS_MAX columns of as many days each; returns days per column. */
static uint32_t columns_of(const struct report *r, const uint32_t *days, uint64_t out[COLUMNS_MAX],
                           uint32_t *count)
{
    uint32_t each = (r->day_count + COLUMNS_MAX - 1) / COLUMNS_MAX;

    *count = (r->day_count + each - 1) / each;
    for (uint32_t c = 0; c < *count; c++) {
        out[c] = 0;
        for (uint32_t d = c * each; d < (c + 1) * each && d < r->day_count; d++)
            out[c] += days[d];
    }
    return each;
}

static void bars(const struct report *r, const uint32_t *days, const char *what, const char *colour,
                 struct buffer *out)
{
    uint64_t columns[COLUMNS_MAX], most = 1;
    uint32_t count, each = columns_of(r, days, columns, &count);
    char first[TIME_TEXT_SIZE], last[TIME_TEXT_SIZE];

    for (uint32_t c = 0; c < count; c++)
        most = columns[c] > most ? columns[c] : most;
    buffer_printf(out, "<p><b>%s</b> <span class=\"soft\">%s; the most is ", what,
                  each == 1 ? "a day" : "by groups of days");
    html_grouped(out, most);
    buffer_printf(out, "</span></p><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
                  WIDTH, HEIGHT + 18, what);
    for (uint32_t c = 0; c < count; c++) {
        double width = (double)WIDTH / count;
        double height = (double)columns[c] / (double)most * HEIGHT;
        buffer_printf(
            out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"var(%s)\"/>",
            c * width, HEIGHT - height, width * (count > 120 ? 1 : 0.85), height, colour);
    }
    buffer_printf(out,
                  "<line x1=\"0\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"var(--line)\"/>"
                  "<text x=\"0\" y=\"%d\">%.10s</text><text x=\"%d\" y=\"%d\" "
                  "text-anchor=\"end\">%.10s</text></svg>",
                  WIDTH, HEIGHT, HEIGHT, HEIGHT + 14,
                  time_print((int64_t)r->first_day * MS_DAY, first), WIDTH, HEIGHT + 14,
                  time_print(((int64_t)r->first_day + r->day_count - 1) * MS_DAY, last));
}

void days_html(const struct report *r, struct buffer *out)
{
    if (r->day_count == 0) {
        buffer_add_string(out, "<p class=\"soft\">There are no events.</p>");
        return;
    }
    bars(r, r->days, "Events", "--bar", out);
    bars(r, r->order_days, "Purchases", "--bar2", out);
}

/* Do pages of that kind have views, and hardly the event that they are there for? */
static bool is_blind(const struct report *r, enum page_kind k, enum event_type t)
{
    return t != EVENT_OTHER && page_kind_event(k) == t && t != EVENT_purchase &&
           r->pages[k][t] * 10 < r->pages[k][EVENT_page_view];
}

static void cell(struct buffer *out, uint64_t n, uint64_t most, bool blind)
{
    if (n == 0 && !blind) {
        buffer_add_string(out, "<td class=\"none\">&ndash;</td>");
        return;
    }
    if (blind) {
        buffer_add_string(out, "<td class=\"blind\">");
        html_grouped(out, n);
        buffer_add_string(out, "</td>");
        return;
    }
    buffer_printf(out, "<td style=\"background:rgba(47,111,159,%.2f)\">",
                  0.06 + 0.34 * (double)n / (double)(most == 0 ? 1 : most));
    html_grouped(out, n);
    buffer_add_string(out, "</td>");
}

/* A type that pages of some kind are there for, and lack. */
static bool is_wanted(const struct report *r, enum event_type t)
{
    for (int k = 0; k < PAGE_COUNT; k++)
        if (is_blind(r, (enum page_kind)k, t))
            return true;
    return false;
}

void coverage_html(const struct report *r, struct buffer *out)
{
    char last[TIME_TEXT_SIZE];
    uint64_t most = 0;

    for (int t = 0; t < EVENT_TYPE_COUNT; t++)
        most = r->types[t].count > most ? r->types[t].count : most;
    buffer_add_string(out, "<table><thead><tr><th>event</th><th>seen</th><th>last</th>");
    for (int k = 0; k < PAGE_COUNT; k++)
        buffer_printf(out, "<th>%s</th>", page_kind_word((enum page_kind)k));
    for (int d = 0; d < AUDIT_DEVICES; d++)
        buffer_printf(out, "<th>%s</th>",
                      d == AUDIT_DEVICES - 1 ? "no device" : audit_device_word(d));
    buffer_add_string(out, "</tr></thead><tbody>");
    for (int t = 0; t < EVENT_TYPE_COUNT; t++) {
        const struct type_figures *f = &r->types[t];
        if (f->count == 0 && !is_wanted(r, (enum event_type)t))
            continue;
        buffer_printf(out, "<tr><td>%s</td>", event_type_name((enum event_type)t));
        cell(out, f->count, most, false);
        buffer_printf(out, "<td>%.10s</td>",
                      f->count == 0 ? "never" : time_print(f->last_ms, last));
        for (int k = 0; k < PAGE_COUNT; k++)
            cell(out, r->pages[k][t], most, is_blind(r, (enum page_kind)k, (enum event_type)t));
        for (int d = 0; d < AUDIT_DEVICES; d++)
            cell(out, f->devices[d], most, false);
        buffer_add_string(out, "</tr>");
    }
    buffer_add_string(out,
                      "</tbody></table><p class=\"soft\">Marked: pages of that kind are viewed, "
                      "and hardly ever send the event that they are there for.</p>");
    for (uint32_t i = 0; i < r->refused_count; i++) {
        buffer_add_string(out, i == 0 ? "<p class=\"soft\">Refused and kept: " : ", ");
        html_grouped(out, r->refused[i].count);
        buffer_add_char(out, ' ');
        html_escape(out, r->refused[i].code);
    }
    buffer_add_string(out, r->refused_count > 0 ? "</p>" : "");
}

static void ladder(const struct report *r, struct buffer *out)
{
    buffer_add_string(out, "<p><b>");
    html_grouped(out, r->sessions_serving);
    buffer_printf(out, "</b> sessions a month, as answers count them, carry rungs up to <b>%s</b>",
                  rung_word(r->rung));
    if (r->traffic_needed > 0) {
        buffer_add_string(out, "; the next needs ");
        html_grouped(out, r->traffic_needed);
    }
    buffer_add_string(out, ".</p><svg viewBox=\"0 0 1000 40\" role=\"img\" aria-label=\"ladder\">");
    for (int rung = 0; rung < RUNG_COUNT; rung++)
        buffer_printf(out,
                      "<rect x=\"%d\" y=\"4\" width=\"190\" height=\"14\" rx=\"3\" fill=\"%s\"/>"
                      "<text x=\"%d\" y=\"32\">%s</text>",
                      rung * 200, rung <= (int)r->rung && r->events > 0 ? "var(--good)" : "#e6eaef",
                      rung * 200, rung_word((enum rung)rung));
    buffer_add_string(out, "</svg>");
}

static void test_cell(const struct test_length *t, struct buffer *out)
{
    buffer_add_string(out, "<td>");
    html_grouped(out, (uint64_t)t->days);
    buffer_add_string(out, " days</td><td>");
    html_grouped(out, (uint64_t)t->visitors);
    buffer_add_string(out, "</td>");
}

static void tests_html(const struct report *r, struct buffer *out)
{
    if (r->capped.tests[0].days <= 0)
        return;
    buffer_add_string(out,
                      "<h3>How long a test takes</h3><table><thead><tr>"
                      "<th>to see more revenue per session</th><th>with the cap</th>"
                      "<th>visitors</th><th>without</th><th>visitors</th></tr></thead><tbody>");
    for (int i = 0; i < AUDIT_LIFTS; i++) {
        buffer_printf(out, "<tr><td>%.0f%%</td>", 100 * r->capped.tests[i].lift);
        test_cell(&r->capped.tests[i], out);
        test_cell(&r->uncapped.tests[i], out);
        buffer_add_string(out, "</tr>");
    }
    buffer_add_string(out,
                      "</tbody></table><p class=\"soft\">Half and half, power 80%, error 5%, "
                      "whole weeks, at today's traffic. The cap: no visitor counts for more than ");
    html_grouped(out, (uint64_t)(r->revenue_cap / MONEY_UNIT));
    buffer_add_char(out, ' ');
    html_escape(out, r->currency);
    buffer_printf(out,
                  ", which 99 of 100 buyers do not pass. Revenue per session is %.2f with it and "
                  "%.2f without; its deviation over visitors %.2f and %.2f.</p>",
                  r->capped.per_session, r->uncapped.per_session, r->capped.deviation,
                  r->uncapped.deviation);
}

void ready_html(const struct report *r, struct buffer *out)
{
    ladder(r, out);
    tests_html(r, out);
    buffer_add_string(out, "<table><thead><tr><th>surface</th><th>kind</th><th>asked</th>"
                           "<th>sessions a month</th><th>lacks</th></tr></thead><tbody>");
    for (uint32_t i = 0; i < r->surface_count; i++) {
        const struct surface_figures *s = &r->surfaces[i];
        buffer_add_string(out, "<tr><td>");
        html_escape(out, s->name);
        buffer_printf(out, "</td><td>%s</td><td>",
                      s->kind == NULL ? "not in the program" : s->kind);
        html_grouped(out, s->asked);
        buffer_add_string(out, "</td><td>");
        html_grouped(out, s->sessions);
        buffer_printf(out, "</td><td>%s</td></tr>", s->lacks == NULL ? "nothing" : s->lacks);
    }
    buffer_add_string(out, "</tbody></table>");
}
