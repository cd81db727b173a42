/* SPDX-License-Identifier: Apache-2.0 */
/* A report as one page: the template web/audit/report.html, in which each comment that names a part is
 * replaced by it. Everything that came from outside is escaped. */
#include <string.h>

#include "audit/report_html.h"
#include "base/money.h"
#include "base/time.h"

extern const char _binary_web_audit_report_html_start[], _binary_web_audit_report_html_end[];

void html_escape(struct buffer *out, struct text t)
{
    for (size_t i = 0; i < t.size; i++) {
        unsigned char c = (unsigned char)t.data[i];
        size_t sequence = c < 0x80 ? 1 : text_utf8_sequence(t.data + i, t.size - i);

        if (c == '<')
            buffer_add_string(out, "&lt;");
        else if (c == '>')
            buffer_add_string(out, "&gt;");
        else if (c == '&')
            buffer_add_string(out, "&amp;");
        else if (c == '"')
            buffer_add_string(out, "&quot;");
        else if (c < 0x20 || c == 0x7F || sequence == 0)
            buffer_add_char(out, ' ');
        else
            buffer_add(out, t.data + i, sequence);
        i += sequence > 1 ? sequence - 1 : 0;
    }
}

void html_grouped(struct buffer *out, uint64_t n)
{
    char digits[24];
    int size = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);

    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            buffer_add_char(out, ',');
        buffer_add_char(out, digits[i]);
    }
}

static void head_html(const struct report *r, struct buffer *out)
{
    char now[TIME_TEXT_SIZE], first[TIME_TEXT_SIZE], last[TIME_TEXT_SIZE];

    buffer_printf(out, "<p class=\"soft\">Audit of %.16s UTC", time_print(r->now_ms, now));
    if (r->events > 0)
        buffer_printf(out, ", of events from %.10s to %.10s", time_print(r->first_ms, first),
                      time_print(r->last_ms, last));
    buffer_add_string(out, ".</p><nav>");
    if (r->must_count > 0)
        buffer_printf(out, "<a href=\"#first\"><b>%u to fix first</b></a> ", r->must_count);
    if (r->finding_count > r->must_count)
        buffer_printf(out, "<a href=\"#then\">%u to fix then</a> ",
                      r->finding_count - r->must_count);
    buffer_add_string(out, "<a href=\"#ready\">what may be switched on</a> "
                           "<a href=\"#days\">events by day</a> "
                           "<a href=\"#coverage\">pages and devices</a></nav>");
}

/* A half circle that fills with the score. */
static void scores_html(const struct report *r, struct buffer *out)
{
    for (int f = 0; f < FOUNDATION_COUNT; f++) {
        double s = r->judged[f] ? r->scores[f] : 0;
        char number[16];
        const char *colour = s >= 80 ? "--good" : s >= 50 ? "--should" : "--must";

        (void)snprintf(number, sizeof(number), "%.0f", s);
        buffer_printf(out,
                      "<div class=\"card score\"><b>%s</b> %s"
                      "<svg viewBox=\"0 0 200 14\" role=\"img\" aria-label=\"%.0f of 100\">"
                      "<rect width=\"200\" height=\"10\" y=\"2\" rx=\"5\" fill=\"#e6eaef\"/>"
                      "<rect width=\"%.1f\" height=\"10\" y=\"2\" rx=\"5\" fill=\"var(%s)\"/></svg>"
                      "<span class=\"soft\">%s</span></div>",
                      r->judged[f] ? number : "not judged:", foundation_word((enum foundation)f), s,
                      2 * s, colour, foundation_question((enum foundation)f));
    }
}

static void figure(struct buffer *out, const char *what, uint64_t n)
{
    buffer_printf(out, "<div><b>");
    html_grouped(out, n);
    buffer_printf(out, "</b><span class=\"soft\">%s</span></div>", what);
}

static void figures_html(const struct report *r, struct buffer *out)
{
    figure(out, "events", r->events);
    figure(out, "sessions", r->sessions);
    figure(out, "visitors", r->visitors);
    figure(out, "sessions with a customer", r->sessions_named);
    figure(out, "sessions of robots", r->bot_sessions);
    figure(out, "sessions of one event", r->bounce_sessions);
    figure(out, "orders", r->orders);
    if (r->revenue > 0) {
        buffer_add_string(out, "<div><b>");
        html_grouped(out, (uint64_t)(r->revenue / MONEY_UNIT));
        buffer_add_char(out, ' ');
        html_escape(out, r->currency);
        buffer_add_string(out, "</b><span class=\"soft\">revenue</span></div>");
        buffer_printf(out,
                      "<div><b>%lld%%</b><span class=\"soft\">of it with a customer</span></div>",
                      (long long)(100 * r->revenue_named / r->revenue));
    }
    figure(out, "products", r->products);
    figure(out, "of them for sale", r->sellable);
    figure(out, "categories", r->categories);
    if (r->untracked_visitors > 0)
        figure(out, "events passed over: too many visitors", r->untracked_visitors);
    if (r->customers > 0)
        figure(out, "customer records", r->customers);
    if (r->tallies[CHECK_image_dead].of > 0)
        figure(out, "image links asked", r->tallies[CHECK_image_dead].of);
    if (r->tallies[CHECK_url_dead].of > 0)
        figure(out, "page links asked", r->tallies[CHECK_url_dead].of);
}

/* In whole units of the shop's currency, where it is money that is touched. */
static void money_html(const struct report *r, const struct finding *f, struct buffer *out)
{
    if (r->revenue <= 0 || f->tally->money < MONEY_UNIT)
        return;
    buffer_add_string(out, "<span class=\"soft\">");
    html_grouped(out, (uint64_t)(f->tally->money / MONEY_UNIT));
    buffer_add_char(out, ' ');
    html_escape(out, r->currency);
    buffer_add_string(out, "</span>");
}

static void finding_html(const struct report *r, const struct finding *f, struct buffer *out)
{
    const struct check_row *row = &check_rows[f->check];
    bool must = f->severity == SEVERITY_MUST;

    buffer_printf(
        out,
        "<article class=\"card finding%s\"><div class=\"touch\">touches %.*f%% of %s"
        "<svg viewBox=\"0 0 150 8\" aria-hidden=\"true\"><rect width=\"150\" height=\"6\" "
        "y=\"1\" fill=\"#e6eaef\"/><rect width=\"%.1f\" height=\"6\" y=\"1\" "
        "fill=\"var(%s)\"/></svg>",
        must ? " must" : "", f->touched < 0.01 ? 2 : 0, 100 * f->touched, f->what, 150 * f->touched,
        must ? "--must" : "--should");
    money_html(r, f, out);
    buffer_printf(out, "</div><div class=\"tag\"><b>%s</b> &middot; %s</div><h3>",
                  must ? "fix first" : "then", foundation_word(row->foundation));
    html_escape(out, f->sentence);
    buffer_add_string(out, "</h3><p>");
    html_escape(out, text_from(row->advice));
    buffer_add_string(out, "</p>");
    if (f->tally->example_count > 0)
        buffer_add_string(out, "<ul>");
    for (uint32_t i = 0; i < f->tally->example_count; i++) {
        buffer_add_string(out, "<li>");
        html_escape(out, f->tally->examples[i]);
        buffer_add_string(out, "</li>");
    }
    buffer_add_string(out, f->tally->example_count > 0 ? "</ul></article>" : "</article>");
}

static void findings_html(const struct report *r, struct buffer *out)
{
    if (r->finding_count == 0)
        buffer_add_string(out, "<h2>Nothing to fix</h2>");
    for (uint32_t i = 0; i < r->finding_count; i++) {
        if (i == 0 || r->findings[i].severity != r->findings[i - 1].severity)
            buffer_printf(out, "<h2 id=\"%s\">%s</h2>",
                          r->findings[i].severity == SEVERITY_MUST ? "first" : "then",
                          r->findings[i].severity == SEVERITY_MUST ? "Fix first" : "Then");
        finding_html(r, &r->findings[i], out);
    }
}

static const struct {
    const char *mark;
    void (*write)(const struct report *r, struct buffer *out);
} page_parts[] = {
    {"<!--head-->", head_html},       {"<!--scores-->", scores_html},
    {"<!--figures-->", figures_html}, {"<!--findings-->", findings_html},
    {"<!--days-->", days_html},       {"<!--coverage-->", coverage_html},
    {"<!--ready-->", ready_html},
};

void report_html(const struct report *r, struct buffer *out)
{
    const char *at = _binary_web_audit_report_html_start;
    const char *end = _binary_web_audit_report_html_end;

    for (size_t i = 0; i < COUNT(page_parts); i++) {
        size_t size = strlen(page_parts[i].mark);
        const char *mark = memmem(at, (size_t)(end - at), page_parts[i].mark, size);

        if (mark == NULL)
            continue; /* the template does without it */
        buffer_add(out, at, (size_t)(mark - at));
        page_parts[i].write(r, out);
        at = mark + size;
    }
    buffer_add(out, at, (size_t)(end - at));
}
