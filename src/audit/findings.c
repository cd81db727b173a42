/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: the rule of each row, in the order of what they touch; and the scores. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/parts.h"
#include "base/memory.h"

static const double must_weight = 0.4, should_weight = 0.12;

static double share(double part, double whole)
{
    double s = whole > 0 ? part / whole : 0;

    return s > 1 ? 1 : s < 0 ? 0 : s;
}

/* The largest of the shares that are known, and of what it is one. */
static double touched(const struct audit *a, const struct tally *t, const char **what)
{
    const struct report *r = &a->report;
    const struct {
        const char *what;
        double share;
    } shares[] = {{"revenue", share((double)t->money, (double)r->revenue)},
                  {"sessions", share((double)t->sessions, (double)r->sessions)},
                  {"product views", share((double)t->views, (double)a->views)}};
    double most = 0;

    *what = "them";
    for (size_t i = 0; i < COUNT(shares); i++)
        if (shares[i].share > most) {
            most = shares[i].share;
            *what = shares[i].what;
        }
    return most > 0 ? most : share((double)t->count, (double)t->of);
}

static enum severity severity_of(const struct check_row *row, const struct tally *t)
{
    double s = t->of == 0 ? 1 : (double)t->count / (double)t->of;

    if (t->count == 0 || t->count < row->least || s < row->from)
        return SEVERITY_NONE;
    return s >= row->must ? SEVERITY_MUST : SEVERITY_SHOULD;
}

static void add_grouped(struct buffer *out, uint64_t n)
{
    char digits[24];
    int size = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);

    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            buffer_add_char(out, ',');
        buffer_add_char(out, digits[i]);
    }
}

static void add_share(struct buffer *out, const struct tally *t)
{
    double percent = t->of == 0 ? 100 : 100 * (double)t->count / (double)t->of;

    buffer_printf(out, percent < 1 ? "%.2f%%" : "%.0f%%", percent);
}

/* The row's sentence with its figures. */
static struct text told(struct arena *keep, const struct check_row *row, const struct tally *t)
{
    SCOPED(buffer_free) struct buffer out = {0};

    for (const char *c = row->sentence; *c != '\0';) {
        if (strncmp(c, "{count}", 7) == 0) {
            add_grouped(&out, t->count);
            c += 7;
        } else if (strncmp(c, "{of}", 4) == 0) {
            add_grouped(&out, t->of);
            c += 4;
        } else if (strncmp(c, "{share}", 7) == 0) {
            add_share(&out, t);
            c += 7;
        } else if (strncmp(c, "{sample}", 8) == 0) {
            if (t->sample_of > 0) {
                buffer_add_string(&out, " (of ");
                add_grouped(&out, t->sample_of);
                buffer_add_string(&out, ", the same ones each time)");
            }
            c += 8;
        } else {
            buffer_add_char(&out, *c++);
        }
    }
    return arena_text(keep, buffer_text(&out));
}

static int by_touch(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;

    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    if (x->touched != y->touched)
        return x->touched > y->touched ? -1 : 1;
    return x->check < y->check ? -1 : 1;
}

void conclude_findings(struct audit *a)
{
    struct report *r = &a->report;

    r->findings = mem_new(CHECK_COUNT, sizeof(*r->findings));
    for (int f = 0; f < FOUNDATION_COUNT; f++)
        r->scores[f] = 100;
    r->judged[FOUNDATION_EVENTS] = r->events > 0;
    r->judged[FOUNDATION_PEOPLE] = r->events > 0 || r->customers > 0;
    r->judged[FOUNDATION_CATALOG] = r->products > 0;
    r->judged[FOUNDATION_READY] = r->events > 0 && r->products > 0;
    for (int c = 0; c < CHECK_COUNT; c++) {
        const struct tally *t = &r->tallies[c];
        enum severity severity = severity_of(&check_rows[c], t);

        if (severity == SEVERITY_NONE)
            continue;
        double weight = severity == SEVERITY_MUST ? must_weight : should_weight;
        const char *what;
        double touches = touched(a, t, &what);
        r->scores[check_rows[c].foundation] *= 1 - weight * sqrt(touches);
        r->must_count += severity == SEVERITY_MUST;
        r->findings[r->finding_count++] =
            (struct finding){.check = (enum check)c,
                             .severity = severity,
                             .touched = touches,
                             .what = what,
                             .tally = t,
                             .sentence = told(&a->keep, &check_rows[c], t)};
    }
    qsort(r->findings, r->finding_count, sizeof(*r->findings), by_touch);
}
