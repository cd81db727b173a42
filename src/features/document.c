/* SPDX-License-Identifier: Apache-2.0 */
/* document: docs/features.md, from the rows of features.def. */
#include <string.h>

#include "features/features.h"

struct word {
    const char *word, *meaning;
};

static const struct word types[] = {
    {"code", "a number that stands for a word; the meaning lists them"},
    {"count", "how many, from 0"},
    {"days", "days, with fractions"},
    {"flag", "1 yes, 0 no"},
    {"hour", "0 to 23"},
    {"likeness", "1 alike, 0 unrelated, below 0 opposed; -2: one of the two is unknown there"},
    {"minutes", "minutes, with fractions"},
    {"money", "in the shop's currency"},
    {"number", "any other number"},
    {"place", "1 is the first; missing: not in that list"},
    {"ratio", "one thing over another; 1: they are equal"},
    {"share", "part of a whole, from 0 to 1"},
    {"weight", "a count in which some count for more than others, from 0"},
};

static const struct word origins[] = {
    {"candidates", "what the sources proposed in answer to this question"},
    {"transitions", "the shop's past sessions, as of the last `endcap train`: what was clicked "
                    "before, after and together with what"},
    {"encoder",
     "the session encoder, a model that the last `endcap train` fitted to past sessions: "
     "what shoppers turn to together lies near each other"},
    {"vectors", "how much products are like each other, by what they say of themselves and by what "
                "shoppers did with them"},
    {"popularity",
     "what happened to the product lately, as of the last tick: older events count for "
     "less and less"},
    {"catalog", "the catalog as it is now, beside what the session and the shopper turned to"},
    {"profile", "what this shopper did with this very product"},
    {"session", "this session, and the list as a whole: the same for all its products"},
    {"question", "where and when the question was asked: the same for all products"},
};

static const char *meaning_of(const struct word *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].word, word) == 0)
            return words[i].meaning;
    }
    return NULL;
}

const char *feature_type_meaning(const char *type)
{
    return meaning_of(types, COUNT(types), type);
}

const char *feature_from_meaning(const char *from)
{
    return meaning_of(origins, COUNT(origins), from);
}

static void words_print(const char *title, const struct word *words, size_t count,
                        struct buffer *out)
{
    buffer_printf(out, "\n## %s\n\n| word | stands for |\n|---|---|\n", title);
    for (size_t i = 0; i < count; i++)
        buffer_printf(out, "| `%s` | %s |\n", words[i].word, words[i].meaning);
}

void features_document(struct buffer *out)
{
    buffer_printf(
        out,
        "# Features\n\nMade by `endcap docs features` from `src/features/features.def`.\n\n"
        "The %d numbers by which trees put products in order on the rung `learned`. Training and "
        "serving compute\nthem by the same code. `endcap recommend SURFACE --why` shows what each "
        "of them gave to each product's score.\n\n"
        "\"It\" is the product that is ranked. A click is a look at a product, putting it in the "
        "cart, wishing for it or\nbuying it; \"the last product\" is the one the session turned to "
        "last. What is not known is missing, which is no\nzero: trees go a way of their own "
        "then.\n\n"
        "| name | type | from | meaning |\n|---|---|---|---|\n",
        FEATURE_COUNT);
    for (int i = 0; i < FEATURE_COUNT; i++) {
        enum feature f = (enum feature)i;
        buffer_printf(out, "| `%s` | %s | %s | %s |\n", feature_name(f), feature_type(f),
                      feature_from(f), feature_meaning(f));
    }
    words_print("Types", types, COUNT(types), out);
    words_print("Where they come from", origins, COUNT(origins), out);
}
