/* SPDX-License-Identifier: Apache-2.0 */
/* main: wires the program together. */
#include <stdio.h>

int main(void)
{
    fputs("usage: endcap [--data DIR] COMMAND\n", stderr);
    return 2;
}
