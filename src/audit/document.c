/* SPDX-License-Identifier: Apache-2.0 */
/* docs/audit.md, from the rows of checks.def. */
#include "audit/audit.h"

static const char intro[] =
    "# The audit\n\n"
    "Made by `endcap docs audit` from `src/audit/checks.def`.\n\n"
    "`endcap audit` reads everything recorded, and looks for what would make every recommendation "
    "wrong "
    "before any model runs. It works beside a running server; `GET /v1/audit` gives the same under "
    "a "
    "secret key. `--json` is for programs, `--html FILE` writes one page with charts, without "
    "anything "
    "from elsewhere, for a screen or for paper. Exit status 1 says that something must be fixed "
    "first.\n\n"
    "Findings stand in the order of what they touch: the largest of the shares of revenue, of "
    "sessions "
    "and of product views that go through what was found; where none of them is known, the share "
    "of what "
    "was looked at. What must be fixed first stands before the rest. Of each the report gives the "
    "count, "
    "up to three examples and what to do.\n\n"
    "A foundation's score is 100 times the product, over its findings, of 1 - w * sqrt(touched): w "
    "is 0.4 "
    "for what must be fixed first and 0.12 for what should be.\n\n"
    "`--customers FILE` takes a platform's customer export as CSV (Shopify's and WooCommerce's "
    "columns are "
    "known by name; so are the usual English, German and French ones). It is read once, and "
    "nothing of it "
    "is kept: findings name lines of the file; lines that cannot be read are counted and told. Of "
    "several columns for one thing each record takes the first that is filled.\n\n"
    "Two records are told to be one customer only when nothing is left to guess: the same first "
    "name, letter "
    "for letter, with the same e-mail address (an office's such as info@ wants the surname too), "
    "or with the "
    "same surname and phone number, compared with its country (E.164: written with + or 00, or by "
    "the "
    "record's country code). Everything else is weighed by names, postcode, street, phone, address "
    "and "
    "mailbox (Fellegi and Sunter), and told as a suggestion: families share addresses. First names "
    "of which "
    "the file has enough of both, Jan and Jana, are two people's.\n\n"
    "Products are held against each other by GTIN, by id, and by brand and title: the same words, "
    "the same "
    "words but for colour, size and count, or nearly the same spelling with the same numbers "
    "(MinHash).\n\n"
    "Whether images and pages are there is asked only with --links N: at most N addresses of each, "
    "when there "
    "are more a sample that is the same each time; each once, with HEAD (GET for one byte where "
    "that is not "
    "allowed), four connections a host, eight seconds an answer, three redirects. No address that "
    "is not "
    "public is ever connected to, unless --links-allow names it. A host that was silent five times "
    "in a row "
    "is given up. 429 is taken for no answer. Over HTTP links are never asked.\n\n"
    "How long a test takes: visitors in each half are 2 (1.96 + 0.84)^2 (deviation / mean)^2 / "
    "lift^2, at "
    "5% error and 80% power, of revenue per session with the visitor as unit (delta method); days "
    "are whole "
    "weeks of the shop's present traffic, 14 at least. No visitor counts for more revenue than 99 "
    "of "
    "100 buyers spent, since a few large orders make most of the variance; the length without that "
    "cap is told beside it.\n\n"
    "Days are counted by how distinct visitors gathered so far (those who come back are no new "
    "ones), "
    "and behind that at the pace of the farther half of the data.\n\n"
    "Sessions are counted in three places, of which one decides. Answers climb the ladder of rungs "
    "by "
    "the sessions of 30 days that popularity counts as events come (a new session id, or 30 "
    "minutes "
    "without an event; what `endcap status` shows), or by those the generation was learned from, "
    "whichever are more; the audit tells the rung by the same. `endcap train` counts only sessions "
    "with something to learn from, each whole. The audit's own figure is of visits of people: 30 "
    "minutes without an event end one, robots are left out, and sessions of a visitor that overlap "
    "are "
    "one.\n\n"
    "A foundation that has no data is not judged: its score is null.\n\n"
    "\"From\" is the share below which a check stays silent; \"first\" the share from which it "
    "must be "
    "fixed first.\n";

/* The sentence with letters where figures will stand. */
static void sentence(struct buffer *out, const char *s)
{
    for (; *s != '\0'; s++) {
        if (text_starts(text_from(s), "{count}")) {
            buffer_add_string(out, "N");
            s += 6;
        } else if (text_starts(text_from(s), "{of}")) {
            buffer_add_string(out, "M");
            s += 3;
        } else if (text_starts(text_from(s), "{sample}")) {
            s += 7;
        } else if (text_starts(text_from(s), "{share}")) {
            buffer_add_string(out, "N%");
            s += 6;
        } else {
            buffer_add_char(out, *s);
        }
    }
}

static void share(struct buffer *out, double s)
{
    if (s > 1)
        buffer_add_string(out, "never");
    else if (s <= 0)
        buffer_add_string(out, "any");
    else
        buffer_printf(out, "%g%%", 100 * s);
}

void audit_document(struct buffer *out)
{
    buffer_add_string(out, intro);
    for (int f = 0; f < FOUNDATION_COUNT; f++) {
        buffer_printf(
            out, "\n## %s\n\n| check | says | from | first | what to do |\n|---|---|---|---|---|\n",
            foundation_question((enum foundation)f));
        for (int c = 0; c < CHECK_COUNT; c++) {
            const struct check_row *row = &check_rows[c];
            if (row->foundation != (enum foundation)f)
                continue;
            buffer_printf(out, "| `%s` | ", row->name);
            sentence(out, row->sentence);
            buffer_add_string(out, " | ");
            share(out, row->from);
            buffer_add_string(out, " | ");
            share(out, row->must);
            buffer_printf(out, " | %s |\n", row->advice);
        }
    }
}
