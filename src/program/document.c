/* SPDX-License-Identifier: Apache-2.0 */
/* document: docs/program.md, from the tables that read a program. */
#include "candidates/candidates.h"
#include "program/keys.h"

static void print_block(const struct block *block, struct buffer *out)
{
    buffer_printf(out, "## %s\n\n%s\n\n| key | | may be | meaning |\n|---|---|---|---|\n",
                  block->name, block->meaning);
    for (size_t i = 0; i < block->key_count; i++) {
        const struct key *key = &block->keys[i];
        if (key->read == NULL)
            buffer_printf(out, "| `%s` | | not yet known to this version | %s |\n", key->name,
                          key->meaning);
        else
            buffer_printf(out, "| `%s` | %s | %s | %s |\n", key->name,
                          key->required ? "required" : "", key->form, key->meaning);
    }
    buffer_add_string(out, "\n");
}

static void print_sources(struct buffer *out)
{
    buffer_add_string(out, "## Sources\n\n| source | rung | what it proposes |\n|---|---|---|\n");
    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        enum source_kind kind = (enum source_kind)i;
        buffer_printf(out, "| `%s` | %s | %s |\n", source_word(kind), rung_word(source_rung(kind)),
                      source_meaning(kind));
    }
    buffer_add_string(out, "\nThe usual sources of each kind of surface, in order:\n\n");
    for (size_t i = 0; i < SURFACE_KIND_COUNT; i++) {
        struct surface s = surface_of_kind((enum surface_kind)i);
        buffer_printf(out, "* `%s`:", surface_kind_word(s.kind));
        for (size_t k = 0; k < s.source_count; k++)
            buffer_printf(out, "%s `%s`", k > 0 ? "," : "", source_word(s.sources[k]));
        buffer_add_string(out, "\n");
    }
}

void program_document(struct buffer *out)
{
    buffer_add_string(out,
                      "# The program\n\n"
                      "One YAML document holds everything a merchandiser decides. `endcap program "
                      "check FILE` names\nevery mistake with its line and column; `endcap program "
                      "apply FILE --reason WHY --by ADDRESS`\nmakes it a numbered version, "
                      "`program try FILE --surface NAME` shows before that what it would change,\n"
                      "`program rollback N` goes back to a version (`endcap program --help`). This "
                      "page is printed from the\ntables that read it.\n\nUntil a document is "
                      "applied this one serves:\n\n"
                      "```yaml\n");
    buffer_add_text(out, program_builtin()->document);
    buffer_add_string(out, "```\n\n");
    for (size_t i = 0; i < program_block_count; i++)
        print_block(program_blocks[i], out);
    rules_document(out);
    filter_document(out);
    buffer_add_string(out, "\n");
    print_sources(out);
    print_reasons(out);
    buffer_add_string(out, "\n## Sensitive unless taken off by `not_sensitive`\n\n");
    for (size_t i = 0; i < sensitive_default_count; i++)
        buffer_printf(out, "* %s\n", sensitive_defaults[i].data);
}
