/* SPDX-License-Identifier: Apache-2.0 */
/* reasons: how the shop words its reasons; read by explain/, which knows what each may say. */
#include "program/keys.h"

void read_reasons(struct compile *c, const struct yaml_node *n, void *into)
{
    struct program *p = into;

    p->templates = (struct templates){0};
    templates_parse(n, &p->templates, c->keep, c->scratch, c->problems);
}

static void print_placeholder(const char *name, struct buffer *out)
{
    if (name[0] != '\0')
        buffer_printf(out, " `{%s}`", name);
    buffer_add_string(out, " |");
}

void print_reasons(struct buffer *out)
{
    buffer_add_string(
        out, "\n## reasons\n\n"
             "`reasons` words what shoppers read, by reason and language: `viewed: {de: \"Weil Sie "
             "{title} angesehen\nhaben\"}`. A language is a BCP 47 tag. What a language lacks is "
             "taken from the shorter tags it begins with, then\nfrom `en`, then from the words "
             "below: `de-AT`, `de`, `en`. A sentence must name its evidence, and can name\nnothing "
             "else; it has at most 200 bytes. `{{` and `}}` are braces.\n\n"
             "| reason | must hold | may hold | in English | when |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < REASON_FORM_COUNT; i++) {
        const struct reason_row *row = &reason_rows[i];
        buffer_printf(out, "| `%s` |", row->name);
        print_placeholder(row->needs, out);
        print_placeholder(row->may, out);
        buffer_printf(out, " %s | %s |\n", row->english, row->when);
    }
}
