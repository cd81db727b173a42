/* SPDX-License-Identifier: Apache-2.0 */
/* decay: powers of two that are the same bits on every machine, which libm does not promise. */
#ifndef INDEXES_DECAY_H
#define INDEXES_DECAY_H

/* 2^x, to a relative error under 1e-14; x is cut to -1000..1000. */
double decay_power(double x);

#endif
