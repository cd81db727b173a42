/* SPDX-License-Identifier: Apache-2.0 */
/* filter_operand: what values are compared with, and in which order they stand. */
#include "base/words.h"
#include "rules/inside.h"

bool field_numeric(const struct field *field)
{
    return field->type == FIELD_NUMBER || field->type == FIELD_MONEY || field->type == FIELD_SHARE;
}

bool field_textual(const struct field *field)
{
    return !field_numeric(field) && field->type != FIELD_FLAG && field->type != FIELD_CAMPAIGN &&
           field->type != FIELD_COUNTRY;
}

int operand_compare(const struct field *field, const struct operand *a, const struct operand *b)
{
    if (field_numeric(field) || field->type == FIELD_FLAG)
        return (a->micros > b->micros) - (a->micros < b->micros);
    if (field->type == FIELD_ID)
        return text_compare(a->text, b->text);
    return words_compare(a->text, b->text);
}

bool operand_number(struct text t, bool percent, int64_t *micros)
{
    if (!percent || !text_ends(t, "%"))
        return money_parse(t, micros);
    t.size--;
    if (!money_parse(t, micros) || *micros % 100 != 0)
        return false;
    *micros /= 100;
    return true;
}

void operands_sort(struct node *test)
{
    for (uint32_t gap = test->operand_count / 2; gap > 0; gap /= 2) { /* Shell's, enough for 1000 */
        for (uint32_t i = gap; i < test->operand_count; i++) {
            struct operand moving = test->operands[i];
            uint32_t at = i;
            for (;
                 at >= gap && operand_compare(test->field, &test->operands[at - gap], &moving) > 0;
                 at -= gap)
                test->operands[at] = test->operands[at - gap];
            test->operands[at] = moving;
        }
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < test->operand_count; i++)
        if (kept == 0 ||
            operand_compare(test->field, &test->operands[kept - 1], &test->operands[i]) != 0)
            test->operands[kept++] = test->operands[i];
    test->operand_count = kept;
}
