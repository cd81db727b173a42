/* SPDX-License-Identifier: Apache-2.0 */
/* templates: the sentences of reasons as the shop words them, by reason and language.
 *
 * A template is a text with placeholders: "Because you viewed {title}"; "{{" and "}}" stand for the
 * braces themselves. {title} is the product that is the evidence, {category} the last part of a
 * category's path, {list} the name of a curated list. Each reason has the placeholders of reason.def
 * and no others, so that a sentence can speak of nothing but its evidence.
 *
 * A language is a BCP 47 tag; case does not count. What a language lacks is taken from the shorter
 * tags it begins with, then from English, then from the defaults (RFC 4647, section 3.4).
 *
 * Lifetime   what is parsed lives in the arena given. Immutable then; any number of threads. */
#ifndef EXPLAIN_TEMPLATES_H
#define EXPLAIN_TEMPLATES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"
#include "base/yaml.h"

enum {
    TEMPLATE_BYTES_MAX = 200,
    LANGUAGE_BYTES_MAX = 35, /* of a tag, as RFC 5646 section 4.4.1 has it */
    LANGUAGES_MAX = 64,
    LANGUAGES_WANTED_MAX = 16, /* of one request; further ones are passed over */
};

enum reason_form {
#define REASON(name, kind, needs, may, english, when) REASON_##name,
#include "explain/reason.def"
#undef REASON
    REASON_FORM_COUNT
};

struct reason_row {
    const char *name, *kind, *needs, *may, *english, *when;
};
extern const struct reason_row reason_rows[REASON_FORM_COUNT];

/* All the sentences of one language. */
struct speech {
    struct text
        language; /* as the program writes it; absent: English, also when the program words it */
    struct text sentences[REASON_FORM_COUNT];
};

/* Every language of a program. Zeroed: it says nothing, and the defaults hold. */
struct templates {
    struct speech *speeches; /* the first is English */
    size_t count;
};

/* Read `reasons: {viewed: {en: "...", de: "..."}}`: a problem for every reason, language and template
 * that is not good, and then `out` is of no use. Texts are copied into `keep`; problems go to
 * `scratch`. */
void templates_parse(const struct yaml_node *n, struct templates *out, struct arena *keep,
                     struct arena *scratch, struct problems *problems);

/* The sentences for whoever wants these languages: one tag, or several with weights as in the header
 * Accept-Language (RFC 9110, section 12.5.4). The best one the program has, else English. Whatever is
 * malformed in `wanted` is passed over; absent wants English. Never NULL; what it returned for a
 * list, it returns for its own `language` again. */
const struct speech *templates_choose(const struct templates *t, struct text wanted);

/* What placeholders stand for; absent where there is none. */
struct template_values {
    struct text title, category, list;
};

/* A template of templates_parse, or a default one, with its placeholders filled in; in `a`. */
struct text template_fill(struct text sentence, const struct template_values *values,
                          struct arena *a);

#endif
