/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "tests/support/test.h"

static void hashes_are_those_of_xxh3_on_every_machine(void **state)
{
    /* The first is published in xxHash's own test vectors: the empty input, seed 0. */
    assert_true(hash_bytes("", 0, 0) == UINT64_C(0x2D06800538D394C2));
    assert_true(hash_bytes(NULL, 0, 0) == hash_bytes("", 0, 0));
    assert_true(hash_text(TEXT("oak-table"), 0) == hash_bytes("oak-table", 9, 0));
    assert_true(hash_text(TEXT("oak-table"), 0) != hash_text(TEXT("oak-table"), 1));
    assert_true(hash_text(TEXT("oak-table"), 0) != hash_text(TEXT("oak-tablf"), 0));
}

static void mixing_one_word_is_splitmix64(void **state)
{
    /* The first outputs of splitmix64 from state 0 (Vigna's reference code). */
    assert_true(hash_u64(0) == UINT64_C(0xE220A8397B1DCDAF));
    assert_true(hash_u64(UINT64_C(0x9E3779B97F4A7C15)) == UINT64_C(0x6E789E6AA1B965F4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_of_xxh3_on_every_machine),
        cmocka_unit_test(mixing_one_word_is_splitmix64),
    };
    return cmocka_run_group_tests_name("base/hash", tests, NULL, NULL);
}
