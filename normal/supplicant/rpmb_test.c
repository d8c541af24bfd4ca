/* rpmb_test.c - RPC_CMD_RPMB: over the emulated device, and over an eMMC that is files in place of
 * sysfs and an ioctl() that the test answers. */
#include <errno.h>
#include <linux/mmc/ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/bytes.h"
#include "normal/rpmb/device.h"
#include "normal/rpmb/host.h"
#include "normal/supplicant/fake_request.h"

#define HEADER	   sizeof(struct rpmb_request)
#define FRAME	   RPMB_FRAME_SIZE
#define FRAMES_MAX 4u
#define IN_AT	   0u
#define OUT_AT	   4096u
#define CID	   "f00102030405060708090a0b0c0d0e0f"
#define OTHER_CID  "e00102030405060708090a0b0c0d0e0f"

static struct supplicant supplicant;
static char top[40];
static char emulated[96];
static uint64_t memory;
static uint8_t *bytes;
static uint64_t answered_size;

/* --- the eMMC --- */

static struct {
	struct rpmb_device *device;
	unsigned int packets;
	unsigned int commands; /* of the last packet */
	struct mmc_ioc_cmd first;
	int error;
} mmc;

int __wrap_ioctl(int fd, unsigned long request, void *argument);

/* As the kernel: one command after the other, until one fails. */
int __wrap_ioctl(int fd, unsigned long request, void *argument)
{
	const struct mmc_ioc_multi_cmd *packet = argument;

	assert_true(fd >= 0);
	assert_int_equal(request, MMC_IOC_MULTI_CMD);
	mmc.packets++;
	mmc.commands = (unsigned int)packet->num_of_cmds;
	mmc.first = packet->cmds[0];
	for (size_t i = 0; i < packet->num_of_cmds && mmc.error == 0; i++) {
		const struct mmc_ioc_cmd *cmd = &packet->cmds[i];
		void *data = (void *)(uintptr_t)cmd->data_ptr;

		assert_int_equal(cmd->blksz, FRAME);
		assert_int_equal(cmd->flags, RPMB_MMC_FLAGS_R1_ADTC);
		if (cmd->write_flag != 0) {
			assert_int_equal(cmd->opcode, RPMB_MMC_WRITE_MULTIPLE);
			mmc.error = rpmb_device_write(mmc.device, data, cmd->blocks);
		} else {
			assert_int_equal(cmd->opcode, RPMB_MMC_READ_MULTIPLE);
			mmc.error = rpmb_device_read(mmc.device, data, cmd->blocks);
		}
	}
	errno = -mmc.error;
	return mmc.error == 0 ? 0 : -1;
}

static void put_file(const char *name, const char *content)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	fputs(content, file);
	fclose(file);
}

static void put_attribute(unsigned int host, const char *name, const char *content)
{
	char path[96];

	snprintf(path, sizeof(path), "sysfs/mmc%u/mmc%u:0001/%s", host, host, name);
	put_file(path, content);
}

static void put_card(unsigned int host, const char *cid)
{
	char path[64];

	snprintf(path, sizeof(path), "sysfs/mmc%u", host);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "sysfs/mmc%u/mmc%u:0001", host, host);
	assert_int_equal(mkdir(path, 0700), 0);
	put_attribute(host, "cid", cid);
	put_attribute(host, "raw_rpmb_size_mult", "0x20\n");
	put_attribute(host, "rel_sectors", "0x1\n");
	snprintf(path, sizeof(path), "dev/mmcblk%urpmb", host);
	put_file(path, "");
}

static void drive(const char *cid)
{
	static char sysfs[64];
	static char dev[64];
	uint8_t binary[RPMB_CID_SIZE];

	if (cid != NULL) {
		assert_true(bytes_from_hex(cid, binary, sizeof(binary)));
	}
	rpmb_drive(&supplicant.rpmb, cid != NULL ? binary : NULL);
	snprintf(sysfs, sizeof(sysfs), "%s/sysfs", top);
	snprintf(dev, sizeof(dev), "%s/dev", top);
	supplicant.rpmb.mmc.sysfs = sysfs;
	supplicant.rpmb.mmc.dev = dev;
}

/* --- life --- */

static int setup(void **state)
{
	const struct rpmb_geometry geometry = { { 0 }, 32, 1 };

	fake_device_reset();
	memset(&mmc, 0, sizeof(mmc));
	mmc.device = rpmb_device_new(&geometry, NULL, NULL);
	strcpy(top, "/tmp/rpmb-XXXXXX");
	if (mkdtemp(top) == NULL || chdir(top) != 0 || mkdir("sysfs", 0700) != 0 ||
	    mkdir("dev", 0700) != 0 || device_open(DEVICE_TEEPRIV, NULL, &supplicant.device) != 0 ||
	    mmc.device == NULL) {
		return -1;
	}
	snprintf(emulated, sizeof(emulated), "%s/emulated,no-sync", top);
	shm_init(&supplicant.shm, supplicant.device);
	rpmb_init(&supplicant.rpmb);
	memory = fake_shm_alloc(&supplicant, 2 * OUT_AT);
	bytes = fake_device_memory(memory);
	return 0;
}

static int teardown(void **state)
{
	char command[64];

	fake_shm_free(&supplicant, memory);
	rpmb_destroy(&supplicant.rpmb);
	shm_destroy(&supplicant.shm);
	device_close(supplicant.device);
	rpmb_device_free(mmc.device);
	snprintf(command, sizeof(command), "rm -rf %s", top);
	return chdir("/") != 0 || system(command) != 0 ? -1 : 0;
}

static void emulate(void)
{
	char why[128];

	assert_true(rpmb_emulate(&supplicant.rpmb, emulated, why, sizeof(why)));
}

/* --- requests --- */

static TEE_Result ask(uint16_t cmd, uint16_t dev_id, size_t in_size, size_t out_size)
{
	const struct rpmb_request header = { cmd, dev_id, 1 };
	struct tee_ioctl_param params[2] = {
		fake_memref(MEMREF_INPUT, IN_AT, in_size, memory),
		fake_memref(MEMREF_OUTPUT, OUT_AT, out_size, memory),
	};
	TEE_Result res;

	memcpy(bytes + IN_AT, &header, in_size < HEADER ? in_size : HEADER);
	memset(bytes + OUT_AT, 0xaa, OUT_AT);
	res = supplicant_serve(&supplicant, RPC_CMD_RPMB, params, array_size(params));
	answered_size = params[1].b;
	return res;
}

static TEE_Result ask_info(uint16_t dev_id, struct rpmb_dev_info *info)
{
	TEE_Result res = ask(RPMB_CMD_GET_DEV_INFO, dev_id, HEADER, sizeof(*info));

	memcpy(info, bytes + OUT_AT, sizeof(*info));
	return res;
}

static TEE_Result ask_frames(uint16_t dev_id, const struct rpmb_frame *request, size_t count,
			     struct rpmb_frame *response, size_t response_count)
{
	TEE_Result res;

	memcpy(bytes + IN_AT + HEADER, request, count * FRAME);
	res = ask(RPMB_CMD_DATA_REQ, dev_id, HEADER + count * FRAME, response_count * FRAME);
	memcpy(response, bytes + OUT_AT, response_count * FRAME);
	return res;
}

/* A key, a block that is written, and read: on any device. */
static void use_it(void)
{
	struct rpmb_frame request = host_key_program();
	struct rpmb_frame response[2];

	assert_int_equal(ask_frames(0, &request, 1, response, 1), TEE_SUCCESS);
	assert_int_equal(answered_size, FRAME);
	assert_int_equal(host_type(response), RPMB_MSG_KEY_PROGRAM_RESPONSE);
	assert_int_equal(host_result(response), RPMB_RESULT_OK);
	host_write(&request, 1, 1, 0, 0x42);
	assert_int_equal(ask_frames(0, &request, 1, response, 1), TEE_SUCCESS);
	assert_int_equal(host_type(response), RPMB_MSG_WRITE_RESPONSE);
	assert_int_equal(host_result(response), RPMB_RESULT_OK);
	assert_int_equal(host_counter(response), 1);
	request = host_read_counter();
	assert_int_equal(ask_frames(0, &request, 1, response, 1), TEE_SUCCESS);
	assert_int_equal(host_counter(response), 1);
	request = host_read(0);
	assert_int_equal(ask_frames(0, &request, 1, response, 2), TEE_SUCCESS);
	assert_true(host_trusts(response, 2));
	assert_int_equal(response[1].data[0], 0x42);
}

/* --- promises --- */

static void without_a_device_nothing_is_found(void **state)
{
	struct rpmb_frame request = host_read_counter();
	struct rpmb_dev_info info;
	struct rpmb_frame response;

	assert_int_equal(ask_info(0, &info), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(info.ret_code, RPMB_DEV_INFO_ERROR);
	assert_int_equal(ask_frames(0, &request, 1, &response, 1), TEE_ERROR_ITEM_NOT_FOUND);
}

/* covers: RPC_CMD_RPMB RPMB_CMD_GET_DEV_INFO RPMB_CMD_DATA_REQ */
static void an_emulated_device_is_described_and_used(void **state)
{
	struct rpmb_dev_info info;

	emulate();
	assert_int_equal(ask_info(7, &info), TEE_SUCCESS);
	assert_int_equal(answered_size, sizeof(info));
	assert_int_equal(info.ret_code, RPMB_DEV_INFO_OK);
	assert_int_equal(info.rpmb_size_mult, 1);
	assert_int_equal(info.rel_wr_sec_c, 1);
	use_it();
}

static void an_emulated_device_that_fails_is_a_generic_error(void **state)
{
	struct rpmb_frame request = host_read_counter();
	struct rpmb_frame response;
	char why[128];

	strcat(emulated, ",fault=lose-answer@1");
	assert_true(rpmb_emulate(&supplicant.rpmb, emulated, why, sizeof(why)));
	assert_int_equal(ask_frames(0, &request, 1, &response, 1), TEE_ERROR_GENERIC);
	assert_int_equal(response.data[0], 0xaa);
	assert_int_equal(ask_frames(0, &request, 1, &response, 1), TEE_SUCCESS);
}

static void sizes_that_do_not_fit_are_refused(void **state)
{
	static const struct {
		uint16_t cmd;
		size_t in;
		size_t out;
	} wrong[] = {
		{ RPMB_CMD_GET_DEV_INFO, 0, 19 },
		{ RPMB_CMD_GET_DEV_INFO, 5, 19 },
		{ RPMB_CMD_GET_DEV_INFO, 7, 19 },
		{ RPMB_CMD_GET_DEV_INFO, 6, 18 },
		{ RPMB_CMD_GET_DEV_INFO, 6, 20 },
		{ RPMB_CMD_DATA_REQ, 5, FRAME },
		{ RPMB_CMD_DATA_REQ, HEADER, FRAME },
		{ RPMB_CMD_DATA_REQ, HEADER + FRAME - 1, FRAME },
		{ RPMB_CMD_DATA_REQ, HEADER + FRAME + 1, FRAME },
		{ RPMB_CMD_DATA_REQ, HEADER + FRAME, 0 },
		{ RPMB_CMD_DATA_REQ, HEADER + FRAME, FRAME - 1 },
		{ RPMB_CMD_DATA_REQ, HEADER + FRAME, FRAME + 1 },
		{ RPMB_CMD_DATA_REQ, HEADER + FRAME, 2 * FRAME },
		{ RPMB_CMD_DATA_REQ, HEADER + 2 * FRAME, FRAME },
		{ 2, HEADER + FRAME, FRAME },
		{ 0xffff, HEADER, 19 },
	};
	struct rpmb_frame request[2] = { host_read_counter(), host_read_counter() };

	emulate();
	memcpy(bytes + IN_AT + HEADER, request, sizeof(request));
	for (size_t i = 0; i < array_size(wrong); i++) {
		assert_int_equal(ask(wrong[i].cmd, 0, wrong[i].in, wrong[i].out),
				 TEE_ERROR_BAD_PARAMETERS);
	}
}

static void other_parameters_are_refused(void **state)
{
	struct tee_ioctl_param params[3] = {
		fake_memref(MEMREF_INPUT, IN_AT, HEADER, memory),
		fake_memref(MEMREF_OUTPUT, OUT_AT, 19, memory),
		fake_value(VALUE_INPUT, 0, 0, 0),
	};

	emulate();
	for (size_t count = 0; count <= 3; count++) {
		if (count != 2) {
			assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_RPMB, params, count),
					 TEE_ERROR_BAD_PARAMETERS);
		}
	}
	params[0].attr = MEMREF_INOUT;
	assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_RPMB, params, 2),
			 TEE_ERROR_BAD_PARAMETERS);
	params[0].attr = MEMREF_INPUT;
	params[1].c = memory + 1;
	assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_RPMB, params, 2),
			 TEE_ERROR_BAD_PARAMETERS);
}

static void frames_of_no_type_are_a_generic_error(void **state)
{
	struct rpmb_frame request = host_result_read();
	struct rpmb_frame response;

	emulate();
	assert_int_equal(ask_frames(0, &request, 1, &response, 1), TEE_ERROR_GENERIC);
	store_be16(request.msg_type, 0x1234);
	assert_int_equal(ask_frames(0, &request, 1, &response, 1), TEE_ERROR_GENERIC);
}

static void a_write_of_two_blocks_is_handed_on(void **state)
{
	struct rpmb_frame request[2] = { host_key_program() };
	struct rpmb_frame response;

	emulate();
	assert_int_equal(ask_frames(0, request, 1, &response, 1), TEE_SUCCESS);
	host_write(request, 2, 0, 0, 1);
	assert_int_equal(ask_frames(0, request, 2, &response, 1), TEE_SUCCESS);
	assert_int_equal(host_result(&response), RPMB_RESULT_OK);
}

/* covers: RPMB_CMD_GET_DEV_INFO */
static void an_emmc_is_described_by_sysfs(void **state)
{
	struct rpmb_dev_info info;
	uint8_t cid[RPMB_CID_SIZE];

	put_card(3, CID "\n");
	drive(NULL);
	assert_int_equal(ask_info(3, &info), TEE_SUCCESS);
	assert_true(bytes_from_hex(CID, cid, sizeof(cid)));
	assert_memory_equal(info.cid, cid, sizeof(cid));
	assert_int_equal(info.rpmb_size_mult, 0x20);
	assert_int_equal(info.rel_wr_sec_c, 1);
	assert_int_equal(info.ret_code, RPMB_DEV_INFO_OK);
	assert_int_equal(ask_info(0, &info), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(info.ret_code, RPMB_DEV_INFO_ERROR);
}

static void sysfs_that_makes_no_sense_is_no_data(void **state)
{
	struct rpmb_dev_info info;

	put_card(0, CID "0\n");
	drive(NULL);
	assert_int_equal(ask_info(0, &info), TEE_ERROR_NO_DATA);
	put_attribute(0, "cid", "");
	assert_int_equal(ask_info(0, &info), TEE_ERROR_NO_DATA);
	put_attribute(0, "cid", CID);
	put_attribute(0, "rel_sectors", "many");
	assert_int_equal(ask_info(0, &info), TEE_ERROR_NO_DATA);
	put_attribute(0, "rel_sectors", "0x1");
	put_attribute(0, "raw_rpmb_size_mult", "0x100");
	assert_int_equal(ask_info(0, &info), TEE_ERROR_NO_DATA);
	assert_int_equal(unlink("sysfs/mmc0/mmc0:0001/raw_rpmb_size_mult"), 0);
	assert_int_equal(ask_info(0, &info), TEE_ERROR_ITEM_NOT_FOUND);
}

/* covers: RPMB_CMD_DATA_REQ */
static void an_emmc_is_used_by_packets_of_commands(void **state)
{
	put_card(0, CID "\n");
	drive(NULL);
	use_it();
	assert_int_equal(mmc.packets, 4);
}

static void a_write_is_reliable_and_given_time(void **state)
{
	struct rpmb_frame request = host_key_program();
	struct rpmb_frame response;

	put_card(0, CID "\n");
	drive(NULL);
	assert_int_equal(ask_frames(0, &request, 1, &response, 1), TEE_SUCCESS);
	assert_int_equal(mmc.commands, 3);
	assert_int_equal((uint32_t)mmc.first.write_flag, 1u | RPMB_MMC_RELIABLE_WRITE);
	assert_true(mmc.first.postsleep_min_us >= 20000 && mmc.first.postsleep_max_us <= 50000);
	request = host_read_counter();
	assert_int_equal(ask_frames(0, &request, 1, &response, 1), TEE_SUCCESS);
	assert_int_equal(mmc.commands, 2);
	assert_int_equal(mmc.first.write_flag, 1);
}

static void an_emmc_that_fails_is_a_generic_error(void **state)
{
	struct rpmb_frame request = host_read_counter();
	struct rpmb_frame response;

	put_card(0, CID "\n");
	drive(NULL);
	mmc.error = -ETIMEDOUT;
	assert_int_equal(ask_frames(0, &request, 1, &response, 1), TEE_ERROR_GENERIC);
	assert_int_equal(response.data[0], 0xaa);
}

static void a_node_that_cannot_be_opened_is_a_bad_parameter(void **state)
{
	struct rpmb_frame request = host_read_counter();
	struct rpmb_frame response;

	drive(NULL);
	assert_int_equal(ask_frames(5, &request, 1, &response, 1), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(mmc.packets, 0);
}

static void one_process_drives_one_device(void **state)
{
	struct rpmb_frame request = host_read_counter();
	struct rpmb_frame response;

	put_card(0, CID "\n");
	put_card(1, OTHER_CID "\n");
	drive(NULL);
	assert_int_equal(ask_frames(1, &request, 1, &response, 1), TEE_SUCCESS);
	assert_int_equal(ask_frames(0, &request, 1, &response, 1), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(ask_frames(1, &request, 1, &response, 1), TEE_SUCCESS);
}

static void a_cid_chooses_the_device_whatever_its_number(void **state)
{
	struct rpmb_frame request = host_read_counter();
	struct rpmb_frame response;
	struct rpmb_dev_info info;

	assert_int_equal(mkdir("sysfs/other", 0700), 0);
	put_card(0, OTHER_CID "\n");
	put_card(12, CID "\n");
	assert_int_equal(unlink("dev/mmcblk0rpmb"), 0);
	drive(CID);
	assert_int_equal(ask_info(0, &info), TEE_SUCCESS);
	assert_int_equal(info.cid[0], 0xf0);
	assert_int_equal(ask_frames(0, &request, 1, &response, 1), TEE_SUCCESS);
	assert_int_equal(ask_frames(4, &request, 1, &response, 1), TEE_SUCCESS);
}

static void a_cid_that_was_not_found_is_not_searched_again(void **state)
{
	struct rpmb_frame request = host_read_counter();
	struct rpmb_frame response;
	struct rpmb_dev_info info;

	put_card(0, OTHER_CID "\n");
	drive(CID);
	assert_int_equal(ask_info(0, &info), TEE_ERROR_ITEM_NOT_FOUND);
	put_attribute(0, "cid", CID "\n");
	assert_int_equal(ask_info(0, &info), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(ask_frames(0, &request, 1, &response, 1), TEE_ERROR_ITEM_NOT_FOUND);
}

int main(void)
{
#define RPMB(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		RPMB(without_a_device_nothing_is_found),
		RPMB(an_emulated_device_is_described_and_used),
		RPMB(an_emulated_device_that_fails_is_a_generic_error),
		RPMB(sizes_that_do_not_fit_are_refused),
		RPMB(other_parameters_are_refused),
		RPMB(frames_of_no_type_are_a_generic_error),
		RPMB(a_write_of_two_blocks_is_handed_on),
		RPMB(an_emmc_is_described_by_sysfs),
		RPMB(sysfs_that_makes_no_sense_is_no_data),
		RPMB(an_emmc_is_used_by_packets_of_commands),
		RPMB(a_write_is_reliable_and_given_time),
		RPMB(an_emmc_that_fails_is_a_generic_error),
		RPMB(a_node_that_cannot_be_opened_is_a_bad_parameter),
		RPMB(one_process_drives_one_device),
		RPMB(a_cid_chooses_the_device_whatever_its_number),
		RPMB(a_cid_that_was_not_found_is_not_searched_again),
	};

	return cmocka_run_group_tests_name("supplicant/rpmb", tests, NULL, NULL);
}
