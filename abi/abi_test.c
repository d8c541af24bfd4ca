/* The part of abi/ that a static_assert cannot say: inline functions and macros. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "abi/device.h"
#include "abi/ffa.h"
#include "abi/gp.h"
#include "abi/image.h"
#include "abi/msg.h"
#include "abi/pta.h"
#include "abi/rpc.h"
#include "abi/rpmb.h"
#include "abi/smc.h"
#include "abi/storage.h"
#include "abi/syscall.h"
#include "abi/tee_api_defines_extensions.h"
#include "abi/utee_defines.h"

static void an_rpc_is_what_lies_in_the_range_and_is_not_unknown_function(void **state)
{
	assert_true(smc_is_rpc(SMC_RPC_ALLOC));
	assert_true(smc_is_rpc(SMC_RPC_FREE));
	assert_true(smc_is_rpc(SMC_RPC_FOREIGN_INTR));
	assert_true(smc_is_rpc(SMC_RPC_CMD));
	assert_true(smc_is_rpc(0xFFFF0001));
	assert_true(smc_is_rpc(0xFFFFFFFE));
	assert_false(smc_is_rpc(SMC_UNKNOWN_FUNCTION));
	assert_false(smc_is_rpc(0xFFFEFFFF));
	assert_false(smc_is_rpc(0x7FFF0005));
	for (uint32_t result = SMC_OK; result <= SMC_ENOTAVAIL; result++) {
		assert_false(smc_is_rpc(result));
	}
}

static void only_the_low_half_of_a_register_says_rpc(void **state)
{
	assert_true(smc_is_rpc(0xFFFFFFFFFFFF0005));
	assert_false(smc_is_rpc(0xFFFFFFFFFFFFFFFF));
	assert_false(smc_is_rpc(0xFFFF000500000000));
}

static void an_rpc_is_its_prefix_and_its_function(void **state)
{
	assert_int_equal(SMC_RPC_ALLOC, SMC_RPC_PREFIX | SMC_RPC_FUNCTION_ALLOC);
	assert_int_equal(SMC_RPC_FREE, SMC_RPC_PREFIX | SMC_RPC_FUNCTION_FREE);
	assert_int_equal(SMC_RPC_FOREIGN_INTR, SMC_RPC_PREFIX | SMC_RPC_FUNCTION_FOREIGN_INTR);
	assert_int_equal(SMC_RPC_CMD, SMC_RPC_PREFIX | SMC_RPC_FUNCTION_CMD);
}

static void assert_call(uint32_t id, uint32_t fast, enum smc_owner owner, uint32_t number)
{
	assert_int_equal(id, fast | (uint32_t)owner << SMC_OWNER_SHIFT | number);
	assert_int_equal(smc_is_fast(id), fast != 0);
}

static void a_function_id_is_speed_owner_and_number(void **state)
{
	assert_call(SMC_CALLS_COUNT, SMC_FAST, SMC_OWNER_TRUSTED_OS_API, 0xFF00);
	assert_call(SMC_CALLS_UID, SMC_FAST, SMC_OWNER_TRUSTED_OS_API, 0xFF01);
	assert_call(SMC_CALLS_REVISION, SMC_FAST, SMC_OWNER_TRUSTED_OS_API, 0xFF03);
	assert_call(SMC_CALL_LOAD_IMAGE, SMC_FAST, SMC_OWNER_TRUSTED_OS_API, 2);
	assert_call(SMC_GET_OS_UUID, SMC_FAST, SMC_OWNER_TRUSTED_OS, 0);
	assert_call(SMC_GET_OS_REVISION, SMC_FAST, SMC_OWNER_TRUSTED_OS, 1);
	assert_call(SMC_RETURN_FROM_RPC, 0, SMC_OWNER_TRUSTED_OS, 3);
	assert_call(SMC_CALL_WITH_ARG, 0, SMC_OWNER_TRUSTED_OS, 4);
	assert_call(SMC_GET_SHM_CONFIG, SMC_FAST, SMC_OWNER_TRUSTED_OS, 7);
	assert_call(SMC_L2CC_MUTEX, SMC_FAST, SMC_OWNER_TRUSTED_OS, 8);
	assert_call(SMC_EXCHANGE_CAPABILITIES, SMC_FAST, SMC_OWNER_TRUSTED_OS, 9);
	assert_call(SMC_DISABLE_SHM_CACHE, SMC_FAST, SMC_OWNER_TRUSTED_OS, 10);
	assert_call(SMC_ENABLE_SHM_CACHE, SMC_FAST, SMC_OWNER_TRUSTED_OS, 11);
	assert_call(SMC_BOOT_SECONDARY, SMC_FAST, SMC_OWNER_TRUSTED_OS, 12);
	assert_call(SMC_VM_CREATED, SMC_FAST, SMC_OWNER_TRUSTED_OS, 13);
	assert_call(SMC_VM_DESTROYED, SMC_FAST, SMC_OWNER_TRUSTED_OS, 14);
	assert_call(SMC_GET_THREAD_COUNT, SMC_FAST, SMC_OWNER_TRUSTED_OS, 15);
	assert_call(SMC_ENABLE_ASYNC_NOTIF, SMC_FAST, SMC_OWNER_TRUSTED_OS, 16);
	assert_call(SMC_GET_ASYNC_NOTIF_VALUE, SMC_FAST, SMC_OWNER_TRUSTED_OS, 17);
	assert_call(SMC_CALL_WITH_RPC_ARG, 0, SMC_OWNER_TRUSTED_OS, 18);
	assert_call(SMC_CALL_WITH_REGD_ARG, 0, SMC_OWNER_TRUSTED_OS, 19);
	assert_call(SMC_GET_PROTMEM_CONFIG, SMC_FAST, SMC_OWNER_TRUSTED_OS, 20);
	assert_call(OPTEED_RETURN_ENTRY_DONE, SMC_FAST, SMC_OWNER_TRUSTED_OS_DISPATCHER, 0);
	assert_call(OPTEED_RETURN_SYSTEM_RESET_DONE, SMC_FAST, SMC_OWNER_TRUSTED_OS_DISPATCHER, 8);
}

static void a_pair_of_registers_is_a_number_and_back(void **state)
{
	uint64_t value = 0x0123456789ABCDEF;

	assert_int_equal(smc_u64_high(value), 0x01234567);
	assert_int_equal(smc_u64_low(value), 0x89ABCDEF);
	assert_true(smc_u64_from_pair(0x01234567, 0x89ABCDEF) == value);
}

static void the_upper_halves_of_a_pair_do_not_count(void **state)
{
	assert_true(smc_u64_from_pair(0xFFFFFFFF00000001, 0xFFFFFFFF00000002) ==
		    0x0000000100000002);
}

static void a_message_is_a_header_and_its_parameters(void **state)
{
	assert_int_equal(msg_arg_size(0), 32);
	assert_int_equal(msg_arg_size(MSG_CLIENT_PARAMS_MAX + MSG_OPEN_META_PARAMS), 224);
	assert_int_equal(msg_arg_size(MSG_RPC_PARAMS_MAX), MSG_RPC_ARG_SIZE);
	assert_int_equal(msg_arg_size(MSG_PARAMS_MAX), MSG_PAGE_SIZE);
	assert_int_equal(MSG_ARG_SIZE(6) + MSG_RPC_ARG_SIZE, 384);
}

static void the_size_of_a_hostile_count_does_not_wrap(void **state)
{
	assert_true((uint64_t)msg_arg_size(UINT32_MAX) == 32 + 32 * (uint64_t)UINT32_MAX);
}

static void nodes_and_blocks_of_a_stored_file_lie_where_upstream_puts_them(void **state)
{
	assert_int_equal(storage_head_offset(0), 0);
	assert_int_equal(storage_head_offset(1), 68);
	assert_int_equal(storage_node_offset(0, 0), 4096);
	assert_int_equal(storage_node_offset(0, 1), 4096 + 66);
	assert_int_equal(storage_node_offset(30, 1), 4096 + 132 * 30 + 66);
	assert_int_equal(storage_node_offset(31, 0), 63 * 4096);
	assert_int_equal(storage_node_offset(62, 0), 125 * 4096);
	assert_int_equal(storage_data_offset(0, 0), 2 * 4096);
	assert_int_equal(storage_data_offset(0, 1), 3 * 4096);
	assert_int_equal(storage_data_offset(30, 0), 62 * 4096);
	assert_int_equal(storage_data_offset(30, 1), 64 * 4096);
}

static void no_data_block_lies_on_a_block_of_nodes(void **state)
{
	for (uint32_t index = 0; index < 1000; index++) {
		for (uint32_t version = 0; version < 2; version++) {
			uint64_t block = storage_data_offset(index, version) / STORAGE_BLOCK_SIZE;

			assert_int_not_equal(block % STORAGE_NODE_BLOCK_PERIOD, 1);
		}
	}
}

static void offsets_in_a_large_file_do_not_wrap(void **state)
{
	assert_true(storage_data_offset(0x40000000, 0) > (uint64_t)0x40000000 * 2 * 4096);
	assert_true(storage_node_offset(0xFFFFFFFF, 1) > (uint64_t)UINT32_MAX * 132);
}

static void ff_a_words_are_put_together_high_half_first(void **state)
{
	assert_int_equal(ffa_endpoints(0x1234, 0x8001), 0x12348001);
	assert_true(ffa_handle(0x89ABCDEF, 0x01234567) == 0x0123456789ABCDEF);
}

static void parameter_types_pack_four_bits_each(void **state)
{
	uint32_t types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_MEMREF_INOUT,
					 TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_MEMREF_OUTPUT);

	assert_int_equal(types, 0x6071);
	assert_int_equal(TEE_PARAM_TYPE_GET(types, 0), TEE_PARAM_TYPE_VALUE_INPUT);
	assert_int_equal(TEE_PARAM_TYPE_GET(types, 1), TEE_PARAM_TYPE_MEMREF_INOUT);
	assert_int_equal(TEE_PARAM_TYPE_GET(types, 2), TEE_PARAM_TYPE_NONE);
	assert_int_equal(TEE_PARAM_TYPE_GET(types, 3), TEE_PARAM_TYPE_MEMREF_OUTPUT);
	assert_int_equal(TEE_PARAM_TYPE_SET(TEE_PARAM_TYPE_MEMREF_INOUT, 1), 0x70);
}

static void the_level_of_the_api_is_1_3_1_without_compatibility(void **state)
{
	assert_int_equal(TEE_CORE_API_VERSION, 0x01030100);
	assert_int_equal(__OPTEE_CORE_API_COMPAT_1_1, 0);
}

static void an_algorithm_has_a_class_a_key_and_a_digest(void **state)
{
	assert_int_equal(TEE_ALG_GET_CLASS(TEE_ALG_AES_CTR), TEE_OPERATION_CIPHER);
	assert_int_equal(TEE_ALG_GET_CLASS(TEE_ALG_SM2_PKE), TEE_OPERATION_ASYMMETRIC_CIPHER);
	assert_int_equal(TEE_ALG_GET_CLASS(TEE_ALG_SM2_KEP), TEE_OPERATION_KEY_DERIVATION);
	assert_int_equal(TEE_ALG_GET_CLASS(TEE_ALG_DES3_CMAC), TEE_OPERATION_MAC);
	assert_int_equal(TEE_ALG_GET_MAIN_ALG(TEE_ALG_AES_GCM), TEE_MAIN_ALGO_AES);
	assert_int_equal(TEE_ALG_GET_MAIN_ALG(TEE_ALG_ECDSA_SHA256), TEE_MAIN_ALGO_ECDSA);
	assert_int_equal(TEE_ALG_GET_MAIN_ALG(TEE_ALG_SHAKE256), TEE_MAIN_ALGO_SHAKE256);
	assert_int_equal(TEE_ALG_GET_CHAIN_MODE(TEE_ALG_AES_GCM), TEE_CHAIN_MODE_GCM);
	assert_int_equal(TEE_ALG_GET_DIGEST_HASH(TEE_ALG_RSASSA_PKCS1_V1_5_SHA256),
			 TEE_MAIN_ALGO_SHA256);
	assert_int_equal(TEE_ALG_GET_DIGEST_HASH(TEE_ALG_SM2_DSA_SM3), TEE_MAIN_ALGO_SM3);
	assert_int_equal(TEE_ALG_GET_INTERNAL_HASH(TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256),
			 TEE_MAIN_ALGO_SHA256);
	assert_int_equal(TEE_ALG_GET_KEY_TYPE(TEE_ALG_RSA_NOPAD, 1), TEE_TYPE_RSA_KEYPAIR);
	assert_int_equal(TEE_ALG_GET_KEY_TYPE(TEE_ALG_AES_CTR, 0), TEE_TYPE_AES);
	assert_int_equal(TEE_ALG_GET_KEY_TYPE(TEE_ALG_PBKDF2_HMAC_SHA1_DERIVE_KEY, 1),
			 TEE_TYPE_PBKDF2_PASSWORD);
	assert_int_equal(TEE_ALG_HASH_ALGO(TEE_MAIN_ALGO_SHA256), TEE_ALG_SHA256);
	assert_int_equal(TEE_ALG_HMAC_ALGO(TEE_MAIN_ALGO_SHA256), TEE_ALG_HMAC_SHA256);
}

static void an_algorithm_without_a_digest_has_one_of_size_0(void **state)
{
	assert_int_equal(TEE_ALG_GET_DIGEST_SIZE(TEE_ALG_SHA256), 32);
	assert_int_equal(TEE_ALG_GET_DIGEST_SIZE(TEE_ALG_HMAC_SHA3_384), 48);
	assert_int_equal(TEE_ALG_GET_DIGEST_SIZE(TEE_ALG_ECDSA_SHA1), 20);
	assert_int_equal(TEE_ALG_GET_DIGEST_SIZE(TEE_ALG_DSA_SHA3_512), 64);
	assert_int_equal(TEE_ALG_GET_DIGEST_SIZE(TEE_ALG_AES_CMAC), 16);
	assert_int_equal(TEE_ALG_GET_DIGEST_SIZE(TEE_ALG_DES3_CMAC), 8);
	assert_int_equal(TEE_ALG_GET_DIGEST_SIZE(TEE_ALG_RSASSA_PKCS1_V1_5_SHA256), 0);
	assert_int_equal(TEE_ALG_GET_DIGEST_SIZE(TEE_ALG_SHAKE128), 0);
	assert_int_equal(TEE_ALG_GET_DIGEST_SIZE(TEE_ALG_AES_GCM), 0);
}

static void time_carries_over_a_second(void **state)
{
	TEE_Time a = { .seconds = 1, .millis = 900 };
	TEE_Time b = { .seconds = 1, .millis = 100 };
	TEE_Time result;

	TEE_TIME_ADD(a, b, result);
	assert_int_equal(result.seconds, 3);
	assert_int_equal(result.millis, 0);
	TEE_TIME_SUB(result, a, result);
	assert_int_equal(result.seconds, 1);
	assert_int_equal(result.millis, 100);
	assert_true(TEE_TIME_LT(b, a));
	assert_false(TEE_TIME_LT(a, a));
	assert_true(TEE_TIME_LE(a, a));
}

static void the_uuid_of_a_pseudo_ta_is_an_initialiser(void **state)
{
	static const TEE_UUID device = PTA_DEVICE_UUID;

	assert_int_equal(device.timeLow, 0x7011A688);
	assert_int_equal(device.timeMid, 0xDDDE);
	assert_int_equal(device.timeHiAndVersion, 0x4053);
	assert_int_equal(device.clockSeqAndNode[0], 0xA5);
	assert_int_equal(device.clockSeqAndNode[7], 0xB8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_rpc_is_what_lies_in_the_range_and_is_not_unknown_function),
		cmocka_unit_test(only_the_low_half_of_a_register_says_rpc),
		cmocka_unit_test(an_rpc_is_its_prefix_and_its_function),
		cmocka_unit_test(a_function_id_is_speed_owner_and_number),
		cmocka_unit_test(a_pair_of_registers_is_a_number_and_back),
		cmocka_unit_test(the_upper_halves_of_a_pair_do_not_count),
		cmocka_unit_test(a_message_is_a_header_and_its_parameters),
		cmocka_unit_test(the_size_of_a_hostile_count_does_not_wrap),
		cmocka_unit_test(nodes_and_blocks_of_a_stored_file_lie_where_upstream_puts_them),
		cmocka_unit_test(no_data_block_lies_on_a_block_of_nodes),
		cmocka_unit_test(offsets_in_a_large_file_do_not_wrap),
		cmocka_unit_test(ff_a_words_are_put_together_high_half_first),
		cmocka_unit_test(parameter_types_pack_four_bits_each),
		cmocka_unit_test(the_level_of_the_api_is_1_3_1_without_compatibility),
		cmocka_unit_test(an_algorithm_has_a_class_a_key_and_a_digest),
		cmocka_unit_test(an_algorithm_without_a_digest_has_one_of_size_0),
		cmocka_unit_test(time_carries_over_a_second),
		cmocka_unit_test(the_uuid_of_a_pseudo_ta_is_an_initialiser),
	};

	return cmocka_run_group_tests_name("abi", tests, NULL, NULL);
}
