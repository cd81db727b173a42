/* SPDX-License-Identifier: Apache-2.0 */
/* html: descriptions as plain text, by libxml2's parser of real-world HTML. */
#include <libxml/HTMLparser.h>
#include <string.h>

#include "catalog/feed.h"

static void document_close(xmlDocPtr *document)
{
    xmlFreeDoc(*document); /* NULL is fine */
}

static bool unseen(const xmlNode *n)
{
    static const char *const names[] = {"script", "style", "head", "template", "noscript"};

    for (size_t i = 0; i < COUNT(names); i++)
        if (n->type == XML_ELEMENT_NODE && xmlStrEqual(n->name, (const xmlChar *)names[i]))
            return true;
    return false;
}

/* Inline elements do not part words. */
static bool is_inline(const xmlNode *n)
{
    static const char *const names[] = {"a", "abbr",  "b",    "em",     "font", "i",   "mark",
                                        "s", "small", "span", "strong", "sub",  "sup", "u"};

    for (size_t i = 0; i < COUNT(names); i++)
        if (xmlStrEqual(n->name, (const xmlChar *)names[i]))
            return true;
    return false;
}

/* One code point more than is wanted, so that cutting back never splits one. */
enum { PLAIN_MAX = PRODUCT_DESCRIPTION_MAX + 4 };

struct plain {
    char *out; /* PLAIN_MAX bytes and two */
    size_t size;
    bool space; /* one is due before the next word */
};

/* The length of the white space at `s`: ASCII's, or a no-break space. */
static size_t space_at(const char *s)
{
    if (*s == ' ' || (*s >= '\t' && *s <= '\r'))
        return 1;
    return s[0] == '\xC2' && s[1] == '\xA0' ? 2 : 0;
}

static void add(struct plain *p, const char *s)
{
    while (*s != '\0' && p->size < PLAIN_MAX) {
        size_t space = space_at(s);

        if (space > 0) {
            p->space = true;
            s += space;
            continue;
        }
        if (p->space && p->size > 0)
            p->out[p->size++] = ' ';
        p->space = false;
        p->out[p->size++] = *s++;
    }
}

/* The node after `n` in document order, without going below it; above `root` there is none. */
static xmlNode *behind(struct plain *p, xmlNode *n, const xmlNode *root)
{
    while (n != root && n->next == NULL) {
        n = n->parent;
        p->space |= n->type == XML_ELEMENT_NODE && !is_inline(n);
    }
    return n == root ? NULL : n->next;
}

static void walk(struct plain *p, xmlNode *root)
{
    xmlNode *n = root;

    while (n != NULL && p->size < PLAIN_MAX) {
        if (n->type == XML_TEXT_NODE && n->content != NULL)
            add(p, (const char *)n->content);
        else if (n->type == XML_ELEMENT_NODE)
            p->space |= !is_inline(n) && !unseen(n);
        if (n->type == XML_ELEMENT_NODE && n->children != NULL && !unseen(n))
            n = n->children;
        else
            n = behind(p, n, root);
    }
}

struct text html_text(struct text html, struct arena *a)
{
    struct plain plain = {.out = arena_alloc(a, PLAIN_MAX + 2)};
    SCOPED(document_close) xmlDocPtr document = NULL;

    if (html.size == 0 || html.size > CSV_FIELD_BYTES_MAX)
        return (struct text){0};
    document = htmlReadMemory(html.data, (int)html.size, NULL, "UTF-8",
                              HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                  HTML_PARSE_NONET | HTML_PARSE_COMPACT);
    xmlNode *root = document == NULL ? NULL : xmlDocGetRootElement(document);
    if (root != NULL)
        walk(&plain, root);
    struct text made = {plain.out, plain.size};
    return text_utf8_prefix(made, PRODUCT_DESCRIPTION_MAX);
}
