/* SPDX-License-Identifier: Apache-2.0 */
/* What may be switched on: the rung that traffic carries, the surfaces, and how long a test would take.
 *
 * A test compares revenue per session of two equal groups with the visitor as unit: the variance is that
 * of a ratio by the delta method, and the group's size the usual one for two samples. */
#include <math.h>
#include <stdlib.h>

#include "audit/parts.h"
#include "base/compare.h"
#include "base/memory.h"

enum {
    SPAN_DAYS_MIN = 14,
    TEST_DAYS_MIN = 14,
    TEST_DAYS_LONG = 90,
    SURFACE_SESSIONS = 1000,
    CAP_PERCENT = 99
};

static const double z_alpha = 1.959963984540054, z_power = 0.8416212335729143;

double test_group_size(double variation, double lift)
{
    double z = (z_alpha + z_power) / lift;

    return 2 * z * z * variation * variation;
}

/* Days that the newest month of events spans: 30, or as many as there are. */
static uint32_t month_days(const struct report *r)
{
    return r->day_count < MONTH_DAYS ? r->day_count : MONTH_DAYS;
}

static uint64_t in_month(const struct report *r, const uint32_t *days)
{
    uint64_t sum = 0;
    uint32_t end = r->first_day + r->day_count;

    for (uint32_t d = end - month_days(r); d < end; d++)
        sum += days[d];
    return sum;
}

static void conclude_traffic(struct audit *a)
{
    struct report *r = &a->report;
    const struct program *p = a->options.program;
    int64_t from_ms = r->last_ms - (int64_t)month_days(r) * MS_DAY;

    r->sessions_month = in_month(r, a->session_days);
    for (size_t i = 0; i < a->visitors.count; i++) {
        const struct visitor *v = table_row(&a->visitors, i);
        r->visitors_month += v->sessions > 0 && v->last_ms > from_ms; /* none: a robot */
    }
    r->sessions_serving =
        a->options.sessions_serving > 0 ? a->options.sessions_serving : r->sessions_month;
    r->rung = r->sessions_serving < p->traffic_co_view   ? RUNG_BESTSELLERS
              : r->sessions_serving < p->traffic_learned ? RUNG_NEIGHBOURS
                                                         : RUNG_LEARNED;
    r->traffic_needed = r->rung == RUNG_BESTSELLERS  ? p->traffic_co_view
                        : r->rung == RUNG_NEIGHBOURS ? p->traffic_learned
                                                     : 0;
    if (r->events == 0)
        return;
    if (r->rung == RUNG_BESTSELLERS)
        tally_of(a, CHECK_traffic_low)->count = r->sessions_serving;
    if (r->day_count < SPAN_DAYS_MIN)
        tally_of(a, CHECK_span_short)->count = r->day_count;
}

/* What visitors' revenue is cut off at: the 99th percentile of those who bought (by nearest rank), since a
 * few who spend most make most of the variance. With fewer than 100 buyers nothing is cut. */
static int64_t cap_of(const struct audit *a)
{
    uint64_t *totals = mem_new(a->visitors.count + 1, sizeof(*totals));
    size_t buyers = 0;

    for (size_t i = 0; i < a->visitors.count; i++) {
        const struct visitor *v = table_row(&a->visitors, i);
        if (v->sessions > 0 && v->revenue > 0)
            totals[buyers++] = (uint64_t)v->revenue;
    }
    qsort(totals, buyers, sizeof(*totals), compare_u64);
    int64_t cap = buyers == 0 ? 0 : (int64_t)totals[(buyers * CAP_PERCENT + 99) / 100 - 1];
    mem_free(totals);
    return cap;
}

/* Revenue per session with no visitor counting for more than `cap`, and its deviation, by the sums over
 * visitors that the variance of a ratio wants. */
static struct outcome outcome_capped(const struct audit *a, int64_t cap)
{
    double n = 0, m = 0, d = 0, mm = 0, dd = 0, md = 0;

    for (size_t i = 0; i < a->visitors.count; i++) {
        const struct visitor *v = table_row(&a->visitors, i);
        double revenue = (double)(v->revenue < cap ? v->revenue : cap) / MONEY_UNIT;
        double sessions = v->sessions;

        if (v->sessions == 0)
            continue; /* a robot */
        n += 1;
        m += revenue;
        d += sessions;
        mm += revenue * revenue;
        dd += sessions * sessions;
        md += revenue * sessions;
    }
    if (n < 2 || m <= 0)
        return (struct outcome){0};
    double mean_m = m / n, mean_d = d / n;
    double var_m = (mm - m * m / n) / (n - 1), var_d = (dd - d * d / n) / (n - 1);
    double cov = (md - m * d / n) / (n - 1);
    double var = var_m / (mean_d * mean_d) +
                 var_d * mean_m * mean_m / (mean_d * mean_d * mean_d * mean_d) -
                 2 * cov * mean_m / (mean_d * mean_d * mean_d);
    return (struct outcome){.per_session = mean_m / mean_d, .deviation = sqrt(var > 0 ? var : 0)};
}

/* How visitors gather: at [d], those who came within the last d days. Who comes back is no new one, so that
 * two months have fewer than twice one month's. */
struct gathering {
    uint64_t *within;
    uint32_t days;
};

static struct gathering gathering_of(struct audit *a)
{
    const struct report *r = &a->report;
    struct gathering g = {.days = r->day_count};
    int64_t end_ms = ((int64_t)r->first_day + r->day_count) * MS_DAY;

    g.within = arena_array(&a->keep, (size_t)g.days + 1, sizeof(*g.within));
    for (size_t i = 0; i < a->visitors.count; i++) {
        const struct visitor *v = table_row(&a->visitors, i);
        int64_t ago = (end_ms - 1 - v->last_ms) / MS_DAY;
        if (v->sessions > 0 && ago >= 0 && ago < g.days)
            g.within[ago + 1]++;
    }
    for (uint32_t d = 1; d <= g.days; d++)
        g.within[d] += g.within[d - 1];
    return g;
}

/* Days until so many visitors came: as in the data, and behind it at the pace of its farther half. */
static double days_until(const struct gathering *g, double visitors)
{
    uint32_t half = g->days / 2;
    double all = (double)g->within[g->days];

    for (uint32_t d = 1; d <= g->days; d++)
        if ((double)g->within[d] >= visitors)
            return d;
    double pace = (all - (double)g->within[half]) / (g->days - half);
    return g->days + (visitors - all) / (pace > 0 ? pace : all / g->days);
}

static struct test_length length_of(const struct outcome *o, double lift,
                                    const struct gathering *gathering)
{
    struct test_length t = {.lift = lift};

    if (o->per_session <= 0 || gathering->days == 0 || gathering->within[gathering->days] == 0)
        return t;
    t.visitors = ceil(2 * test_group_size(o->deviation / o->per_session, lift));
    t.days = ceil(days_until(gathering, t.visitors) / 7) * 7; /* whole weeks */
    t.days = t.days < TEST_DAYS_MIN ? TEST_DAYS_MIN : t.days;
    return t;
}

static void conclude_tests(struct audit *a)
{
    static const double lifts[AUDIT_LIFTS] = {0.05, 0.10};
    struct report *r = &a->report;
    const struct gathering gathering = gathering_of(a);

    r->revenue_cap = cap_of(a);
    r->uncapped = outcome_capped(a, INT64_MAX);
    r->capped = outcome_capped(a, r->revenue_cap);
    for (size_t i = 0; i < AUDIT_LIFTS; i++) {
        r->uncapped.tests[i] = length_of(&r->uncapped, lifts[i], &gathering);
        r->capped.tests[i] = length_of(&r->capped, lifts[i], &gathering);
    }
    double days = r->capped.tests[AUDIT_LIFTS - 1].days;
    if (days > TEST_DAYS_LONG)
        tally_of(a, CHECK_test_long)->count = days < 1e6 ? (uint64_t)days : 1000000;
}

static enum page_kind page_of_surface(enum surface_kind kind)
{
    switch (kind) {
    case SURFACE_PDP: return PAGE_PRODUCT;
    case SURFACE_CART: return PAGE_CART;
    case SURFACE_POST_CART: return PAGE_CART;
    case SURFACE_CATEGORY: return PAGE_CATEGORY;
    default: return PAGE_HOME;
    }
}

/* What a surface of that kind cannot do without; and whether it is visited often enough to be judged. */
static const char *lack_of(const struct audit *a, enum surface_kind kind, uint64_t sessions)
{
    const struct type_figures *types = a->report.types;
    bool views = types[EVENT_view_item].count > 0, orders = types[EVENT_purchase].count > 0;

    if (a->report.products == 0)
        return "a catalog";
    switch (kind) {
    case SURFACE_PDP: /* what was viewed with it */
        if (!views)
            return "view_item events";
        break;
    case SURFACE_CART:
    case SURFACE_POST_CART: /* what is bought with it */
        if (!orders)
            return "purchases";
        break;
    default: /* what others like */
        if (!views && !orders)
            return "views or purchases";
    }
    return sessions < SURFACE_SESSIONS ? "sessions (1,000 a month)" : NULL;
}

static void add_surface(struct audit *a, struct text name, const struct surface *s)
{
    struct report *r = &a->report;
    struct surface_figures *f = &r->surfaces[r->surface_count++];
    uint32_t at = intern_find(&a->surfaces, name);

    f->name = arena_text(&a->keep, name);
    f->asked = at == INTERN_NONE ? 0 : a->surface_asked[at];
    if (s == NULL)
        return;
    f->kind = surface_kind_word(s->kind);
    f->sessions = in_month(r, a->page_sessions[page_of_surface(s->kind)]);
    f->lacks = lack_of(a, s->kind, f->sessions);
    if (a->options.program->version == 0)
        return; /* nobody asked for the built-in ones */
    looked_at(a, CHECK_surface_unasked, 1);
    if (f->asked == 0 && found(a, CHECK_surface_unasked))
        example(a, CHECK_surface_unasked, "%.*s", (int)name.size, name.data);
}

/* Kinds of page with traffic, of which no surface is asked for. */
static void conclude_strays(struct audit *a)
{
    static const enum page_kind kinds[] = {PAGE_PRODUCT, PAGE_CART, PAGE_HOME, PAGE_CATEGORY};
    const struct program *p = a->options.program;

    for (size_t k = 0; k < COUNT(kinds); k++) {
        uint64_t sessions = in_month(&a->report, a->page_sessions[kinds[k]]), asked = 0;

        if (sessions == 0)
            continue;
        looked_at(a, CHECK_surface_stray, 1);
        for (size_t i = 0; i < p->surface_count; i++) {
            uint32_t at = intern_find(&a->surfaces, p->surfaces[i].name);
            if (page_of_surface(p->surfaces[i].kind) == kinds[k] && at != INTERN_NONE)
                asked += a->surface_asked[at];
        }
        if (asked == 0 && found(a, CHECK_surface_stray))
            example(a, CHECK_surface_stray, "%s: %llu sessions a month", page_kind_word(kinds[k]),
                    (unsigned long long)sessions);
    }
}

void conclude_ready(struct audit *a)
{
    struct report *r = &a->report;
    const struct program *p = a->options.program;

    r->surfaces =
        arena_array(&a->keep, p->surface_count + a->surfaces.count + 1, sizeof(*r->surfaces));
    for (size_t i = 0; i < p->surface_count; i++)
        add_surface(a, p->surfaces[i].name, &p->surfaces[i]);
    for (uint32_t i = 0; i < a->surfaces.count; i++)
        if (program_surface(p, intern_text(&a->surfaces, i)) == NULL)
            add_surface(a, intern_text(&a->surfaces, i), NULL);
    tally_of(a, CHECK_nothing_sellable)->count = r->products > 0 && r->sellable == 0;
    tally_of(a, CHECK_nothing_sellable)->of = r->products > 0;
    conclude_traffic(a);
    conclude_tests(a);
    conclude_strays(a);
}
