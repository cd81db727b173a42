/* SPDX-License-Identifier: Apache-2.0 */
/* faulty_vfs: a disk that fails when told to, between SQLite and the system, as SQLite's own crash
 * and I/O error tests do it (src/test6.c there).
 *
 * It registers itself as SQLite's default, so that the whole program runs on it and knows nothing
 * of it. Writes pass through to real files; for every 512-byte sector changed since the file's last
 * sync the synced content is kept, so that a loss of power can take any of them back: lost, torn,
 * re-ordered.
 *
 * Threads    any. One at a time in a process. */
#ifndef TESTS_SUPPORT_FAULTY_VFS_H
#define TESTS_SUPPORT_FAULTY_VFS_H

#include <stdbool.h>
#include <stdint.h>

enum fault {
    FAULT_NONE,
    FAULT_POWER, /* at the n-th write, sync, truncation or removal everything stops for good */
    FAULT_WRITE, /* the n-th writes end half done with an I/O error */
    FAULT_SYNC,
    FAULT_READ,
    FAULT_FULL, /* the n-th writes find no room */
};

enum synchronous { SYNC_AS_IS, SYNC_NORMAL, SYNC_OFF };

/* Become the default VFS. `weaken` makes every connection opened from now on ignore the program's
 * PRAGMA synchronous and use that level: a test that does not fail then proves nothing. */
void faulty_vfs_install(enum synchronous weaken);
void faulty_vfs_remove(void);

/* Fail operations number `first` to `first + count - 1` of the fault's kind, counted from now on.
 */
void faulty_vfs_arm(enum fault fault, uint64_t first, uint64_t count);

uint64_t faulty_vfs_operations(void); /* of that kind since then */
bool faulty_vfs_dead(void);           /* FAULT_POWER happened */

/* With everything closed: give the files what a disk could hold after the loss of power, by `seed`,
 * and forget them. */
void faulty_vfs_settle(uint64_t seed);

#endif
