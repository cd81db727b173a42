/* SPDX-License-Identifier: Apache-2.0 */
/* scan: a first look at a JSON body, before it is worth parsing: how deep it goes, and one member
 * of its outermost object. Linear, no memory; bytes that are no JSON give any answer, but a safe
 * one.
 *
 * Threads    pure. */
#ifndef API_SCAN_H
#define API_SCAN_H

#include <stddef.h>

#include "base/text.h"

/* Levels of braces and brackets. */
size_t scan_depth(struct text json);

/* The first member of that name of the outermost object, as it stands there, quotes and all; absent
 * when there is none. Names with escapes are not recognised. */
struct text scan_member(struct text json, const char *name);

/* What stands between the quotes of a string without escapes; absent for anything else. */
struct text scan_string(struct text value);

#endif
