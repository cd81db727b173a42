/* SPDX-License-Identifier: Apache-2.0 */
/* program_print: what `endcap program` tells people, from the JSON that programs get. Private to cli/.
 */
#ifndef CLI_PROGRAM_PRINT_H
#define CLI_PROGRAM_PRINT_H

#include "base/text.h"
#include "base/yaml.h"
#include "cli/command.h"

/* "program.yaml:3:5: limit must be ..." a line; as JSON with --json. */
void problems_print(const struct cli *cli, const char *path, const struct problems *list);

/* That there is none, and what there is to remark. */
struct program;
void sound_print(const struct cli *cli, const char *path, const struct program *program,
                 const struct problems *remarks);

void applied_print(struct text json);  /* program_applied_json */
void history_print(struct text json);  /* versions_json */
void log_print(struct text json);      /* admin_list_json */
void diff_print(struct text json);     /* version_diff_json_members, with from and to */
void verified_print(struct text json); /* verified_json */

/* program_try: the two answers side by side. `path` is the document's. */
void tried_print(const char *path, struct text json);

#endif
