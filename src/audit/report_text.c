/* SPDX-License-Identifier: Apache-2.0 */
/* A report for people at a terminal, of 80 columns. */
#include "audit/audit.h"
#include "base/money.h"
#include "base/time.h"

enum { COLUMNS = 80, INDENT = 8 };

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

/* Without control characters, its lines broken at spaces to be no longer than COLUMNS, each further one
 * indented; the first begins at column `at`. What has no space stays whole. */
static void add_wrapped(struct buffer *out, size_t at, size_t indent, struct text t)
{
    bool first = true;

    while (t.size > 0) {
        struct text word = text_cut(&t, ' ');
        size_t letters = 0;

        for (size_t i = 0; i < word.size; i++)
            letters += ((unsigned char)word.data[i] & 0xC0) != 0x80;
        if (letters == 0)
            continue;
        if (!first && at + 1 + letters > COLUMNS) {
            buffer_printf(out, "\n%*s", (int)indent, "");
            at = indent;
        } else if (!first) {
            buffer_add_char(out, ' ');
            at++;
        }
        add_safe(out, word);
        at += letters;
        first = false;
    }
    buffer_add_char(out, '\n');
}

static void findings_text(const struct report *r, struct buffer *out, enum severity severity)
{
    for (uint32_t i = 0; i < r->finding_count; i++) {
        const struct finding *f = &r->findings[i];
        const struct check_row *row = &check_rows[f->check];
        const char *foundation = foundation_word(row->foundation);

        if (f->severity != severity)
            continue;
        size_t begun = out->size + 1;
        buffer_printf(out, "\n%5.1f%% of %s [%s] ", 100 * f->touched, f->what, foundation);
        add_wrapped(out, out->size - begun, INDENT, f->sentence);
        buffer_printf(out, "%*s", INDENT, "");
        add_wrapped(out, INDENT, INDENT, text_from(row->advice));
        for (uint32_t k = 0; k < f->tally->example_count; k++) {
            buffer_printf(out, "%*s- ", INDENT, "");
            add_wrapped(out, INDENT + 2, INDENT + 2, f->tally->examples[k]);
        }
    }
}

static void types_text(const struct report *r, struct buffer *out)
{
    char first[TIME_TEXT_SIZE], last[TIME_TEXT_SIZE];

    if (r->events == 0)
        return;
    buffer_printf(out, "\n%-18s %12s  %-10s  %s\n", "event type", "seen", "first", "last");
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

static void tests_text(const struct report *r, struct buffer *out)
{
    SCOPED(buffer_free) struct buffer line = {0};
    char cap[MONEY_TEXT_SIZE];

    for (int i = 0; i < AUDIT_LIFTS; i++) {
        const struct test_length *t = &r->capped.tests[i], *plain = &r->uncapped.tests[i];
        buffer_clear(&line);
        if (t->days > 0)
            buffer_printf(
                &line,
                "A test sees %.0f%% more revenue per session after %.0f days (%.0f "
                "visitors, half and half); without a cap after %.0f days (%.0f visitors).",
                100 * t->lift, t->days, t->visitors, plain->days, plain->visitors);
        if (t->days > 0)
            add_wrapped(out, 0, 2, buffer_text(&line));
    }
    buffer_clear(&line);
    if (r->revenue_cap > 0)
        buffer_printf(&line,
                      "The cap: no visitor counts for more than %s %.*s, which 99 of 100 buyers do "
                      "not pass.",
                      money_print(r->revenue_cap, cap), (int)r->currency.size,
                      r->currency.data == NULL ? "" : r->currency.data);
    if (r->revenue_cap > 0)
        add_wrapped(out, 0, 2, buffer_text(&line));
}

static void ready_text(const struct report *r, struct buffer *out)
{
    if (r->events > 0) {
        SCOPED(buffer_free) struct buffer line = {0};
        buffer_printf(&line,
                      "Traffic: %llu visits of people a month. Answers count %llu sessions, which "
                      "carry rungs up to %s",
                      (unsigned long long)r->sessions_month,
                      (unsigned long long)r->sessions_serving, rung_word(r->rung));
        if (r->traffic_needed > 0)
            buffer_printf(&line, " (the next needs %llu)", (unsigned long long)r->traffic_needed);
        buffer_add_string(&line, ".");
        buffer_add_char(out, '\n');
        add_wrapped(out, 0, 2, buffer_text(&line));
    }
    tests_text(r, out);
    if (r->surface_count == 0)
        return;
    buffer_printf(out, "\n%-16s %-9s %9s %16s  %s\n", "surface", "kind", "asked",
                  "sessions a month", "lacks");
    for (uint32_t i = 0; i < r->surface_count; i++) {
        const struct surface_figures *s = &r->surfaces[i];
        buffer_printf(out, "%-16.*s %-9s %9llu %16llu  %s\n", (int)s->name.size, s->name.data,
                      s->kind == NULL ? "-" : s->kind, (unsigned long long)s->asked,
                      (unsigned long long)s->sessions, s->lacks == NULL ? "nothing" : s->lacks);
    }
}

/* "1 order", "2 orders" */
static void add_count(struct buffer *out, const char *before, uint64_t n, const char *one)
{
    buffer_printf(out, "%s%llu %s%s", before, (unsigned long long)n, one, n == 1 ? "" : "s");
}

static void totals_text(const struct report *r, struct buffer *out)
{
    SCOPED(buffer_free) struct buffer line = {0};
    char revenue[MONEY_TEXT_SIZE];

    add_count(&line, "", r->events, "event");
    add_count(&line, " of ", r->visitors, "visitor");
    add_count(&line, " in ", r->sessions, "session");
    add_count(&line, "; ", r->orders, "order");
    if (r->revenue > 0)
        buffer_printf(&line, ", %s %.*s", money_print(r->revenue, revenue), (int)r->currency.size,
                      r->currency.data == NULL ? "" : r->currency.data);
    add_count(&line, "; ", r->products, "product");
    buffer_printf(&line, ", %llu of them for sale", (unsigned long long)r->sellable);
    add_wrapped(out, 0, 2, buffer_text(&line));
}

void report_text(const struct report *r, struct buffer *out)
{
    buffer_add_string(out, "Scores, of 100:");
    for (int f = 0; f < FOUNDATION_COUNT; f++) {
        buffer_printf(out, "%s %s ", f > 0 ? "," : "", foundation_word((enum foundation)f));
        if (r->judged[f])
            buffer_printf(out, "%.0f", r->scores[f]);
        else
            buffer_add_string(out, "not judged");
    }
    buffer_add_char(out, '\n');
    totals_text(r, out);
    if (r->untracked_visitors > 0)
        buffer_printf(out, "%llu events of further visitors were passed over: there are too many\n",
                      (unsigned long long)r->untracked_visitors);
    const struct tally *images = &r->tallies[CHECK_image_dead],
                       *pages = &r->tallies[CHECK_url_dead];
    if (images->of + pages->of > 0)
        buffer_printf(out,
                      "%llu image links and %llu page links were asked; %llu and %llu are dead\n",
                      (unsigned long long)images->of, (unsigned long long)pages->of,
                      (unsigned long long)images->count, (unsigned long long)pages->count);
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
