/* SPDX-License-Identifier: Apache-2.0 */
/* parts: work cut into a fixed number of parts, done side by side. What comes of it depends on how the
 * work is cut, never on which thread did what or how many there are. */
#ifndef TRAIN_PARTS_H
#define TRAIN_PARTS_H

#include <stdint.h>

enum { PARTS_MAX = 8 };

/* Calls run(context, 0) .. run(context, count - 1), each once, at the same time as far as threads can
 * be had; returns when all are done. */
void parts_run(uint32_t count, void (*run)(void *context, uint32_t part), void *context);

#endif
