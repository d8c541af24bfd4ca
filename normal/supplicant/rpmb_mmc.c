#include "normal/supplicant/rpmb_mmc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mmc/ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/bytes.h"
#include "normal/supplicant/log.h"

#define SYSFS_ROOT "/sys/class/mmc_host"
#define DEV_ROOT   "/dev"

/* A write has to have reached the device before its result is asked for. */
#define WRITE_SLEEP_MIN_US 20000u
#define WRITE_SLEEP_MAX_US 50000u

#define ATTRIBUTE_MAX 64u

void rpmb_mmc_init(struct rpmb_mmc *mmc, const uint8_t *cid)
{
	*mmc = (struct rpmb_mmc){ .sysfs = SYSFS_ROOT, .dev = DEV_ROOT, .fd = -1 };
	if (cid != NULL) {
		mmc->by_cid = true;
		memcpy(mmc->cid, cid, sizeof(mmc->cid));
	}
}

void rpmb_mmc_destroy(struct rpmb_mmc *mmc)
{
	if (mmc->fd >= 0) {
		close(mmc->fd);
	}
	mmc->fd = -1;
}

/* --- sysfs --- */

/* The first line of an attribute of the card, without its end. */
static TEE_Result attribute_read(const struct rpmb_mmc *mmc, unsigned int number, const char *name,
				 char text[ATTRIBUTE_MAX])
{
	char path[512];
	FILE *file;
	bool got;

	snprintf(path, sizeof(path), "%s/mmc%u/mmc%u:0001/%s", mmc->sysfs, number, number, name);
	file = fopen(path, "re");
	if (file == NULL) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	got = fgets(text, ATTRIBUTE_MAX, file) != NULL;
	fclose(file);
	if (!got) {
		return TEE_ERROR_NO_DATA;
	}
	text[strcspn(text, "\n")] = '\0';
	return TEE_SUCCESS;
}

static TEE_Result cid_read(const struct rpmb_mmc *mmc, unsigned int number,
			   uint8_t cid[RPMB_CID_SIZE])
{
	char text[ATTRIBUTE_MAX];
	TEE_Result res = attribute_read(mmc, number, "cid", text);

	if (res == TEE_SUCCESS && (strlen(text) != 2 * (size_t)RPMB_CID_SIZE ||
				   !bytes_from_hex(text, cid, RPMB_CID_SIZE))) {
		res = TEE_ERROR_NO_DATA;
	}
	return res;
}

static TEE_Result byte_read(const struct rpmb_mmc *mmc, unsigned int number, const char *name,
			    uint8_t *byte)
{
	char text[ATTRIBUTE_MAX];
	unsigned long value;
	char *end;
	TEE_Result res = attribute_read(mmc, number, name, text);

	if (res != TEE_SUCCESS) {
		return res;
	}
	value = strtoul(text, &end, 16);
	if (end == text || *end != '\0' || value > UINT8_MAX) {
		return TEE_ERROR_NO_DATA;
	}
	*byte = (uint8_t)value;
	return TEE_SUCCESS;
}

/* --- which one --- */

/* The number in "mmcN"; false: another name. */
static bool host_number(const char *name, uint16_t *number)
{
	unsigned long value;
	char *end;

	if (strncmp(name, "mmc", 3) != 0 || name[3] < '0' || name[3] > '9') {
		return false;
	}
	value = strtoul(name + 3, &end, 10);
	*number = (uint16_t)value;
	return *end == '\0' && value <= UINT16_MAX;
}

static void search(struct rpmb_mmc *mmc)
{
	DIR *directory = opendir(mmc->sysfs);
	uint8_t cid[RPMB_CID_SIZE];
	const struct dirent *entry;

	mmc->search = RPMB_MMC_NOT_FOUND;
	while (directory != NULL && mmc->search == RPMB_MMC_NOT_FOUND &&
	       (entry = readdir(directory)) != NULL) {
		if (host_number(entry->d_name, &mmc->found) &&
		    cid_read(mmc, mmc->found, cid) == TEE_SUCCESS &&
		    memcmp(cid, mmc->cid, sizeof(cid)) == 0) {
			mmc->search = RPMB_MMC_FOUND;
		}
	}
	if (directory != NULL) {
		closedir(directory);
	}
	if (mmc->search == RPMB_MMC_NOT_FOUND) {
		log_error("no eMMC has the CID that --rpmb-cid says");
	}
}

static TEE_Result device_choose(struct rpmb_mmc *mmc, uint16_t *number)
{
	if (!mmc->by_cid) {
		return TEE_SUCCESS;
	}
	if (mmc->search == RPMB_MMC_NOT_SEARCHED) {
		search(mmc);
	}
	*number = mmc->found;
	return mmc->search == RPMB_MMC_FOUND ? TEE_SUCCESS : TEE_ERROR_ITEM_NOT_FOUND;
}

TEE_Result rpmb_mmc_info(struct rpmb_mmc *mmc, uint16_t number, struct rpmb_dev_info *info)
{
	TEE_Result res;

	*info = (struct rpmb_dev_info){ .ret_code = RPMB_DEV_INFO_ERROR };
	res = device_choose(mmc, &number);
	if (res == TEE_SUCCESS) {
		res = cid_read(mmc, number, info->cid);
	}
	if (res == TEE_SUCCESS) {
		res = byte_read(mmc, number, "raw_rpmb_size_mult", &info->rpmb_size_mult);
	}
	if (res == TEE_SUCCESS) {
		res = byte_read(mmc, number, "rel_sectors", &info->rel_wr_sec_c);
	}
	if (res == TEE_SUCCESS) {
		info->ret_code = RPMB_DEV_INFO_OK;
	}
	return res;
}

static TEE_Result device_open(struct rpmb_mmc *mmc, uint16_t number)
{
	char path[512];
	TEE_Result res = device_choose(mmc, &number);

	if (res != TEE_SUCCESS) {
		return res;
	}
	if (mmc->fd >= 0) {
		return number == mmc->opened ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
	}
	snprintf(path, sizeof(path), "%s/mmcblk%urpmb", mmc->dev, number);
	mmc->fd = open(path, O_RDWR | O_CLOEXEC);
	if (mmc->fd < 0) {
		log_error("%s: %s", path, strerror(errno));
		return TEE_ERROR_BAD_PARAMETERS;
	}
	mmc->opened = number;
	return TEE_SUCCESS;
}

/* --- frames --- */

enum direction {
	FROM_DEVICE = 0,
	TO_DEVICE = 1,
};

static struct mmc_ioc_cmd command(enum direction direction, const void *frames, size_t count)
{
	struct mmc_ioc_cmd cmd = {
		.write_flag = direction,
		.opcode = direction == TO_DEVICE ? RPMB_MMC_WRITE_MULTIPLE : RPMB_MMC_READ_MULTIPLE,
		.flags = RPMB_MMC_FLAGS_R1_ADTC,
		.blksz = RPMB_FRAME_SIZE,
		.blocks = (unsigned int)count,
	};

	mmc_ioc_cmd_set_data(cmd, frames);
	return cmd;
}

static TEE_Result commands_send(const struct rpmb_mmc *mmc, const struct mmc_ioc_cmd *cmds,
				size_t count)
{
	union {
		struct mmc_ioc_multi_cmd multi;
		uint8_t room[sizeof(struct mmc_ioc_multi_cmd) + 3 * sizeof(struct mmc_ioc_cmd)];
	} packet = { .multi.num_of_cmds = count };

	memcpy(packet.multi.cmds, cmds, count * sizeof(*cmds));
	if (ioctl(mmc->fd, MMC_IOC_MULTI_CMD, &packet) != 0) {
		log_error("the RPMB device fails: %s", strerror(errno));
		return TEE_ERROR_GENERIC;
	}
	return TEE_SUCCESS;
}

TEE_Result rpmb_mmc_write(struct rpmb_mmc *mmc, uint16_t number, const struct rpmb_frame *request,
			  size_t count, struct rpmb_frame *response)
{
	struct rpmb_frame result_read = { 0 };
	struct mmc_ioc_cmd cmds[3] = {
		command(TO_DEVICE, request, count),
		command(TO_DEVICE, &result_read, 1),
		command(FROM_DEVICE, response, 1),
	};
	TEE_Result res = device_open(mmc, number);

	if (res != TEE_SUCCESS) {
		return res;
	}
	cmds[0].write_flag = (int)(TO_DEVICE | RPMB_MMC_RELIABLE_WRITE);
	cmds[0].postsleep_min_us = WRITE_SLEEP_MIN_US;
	cmds[0].postsleep_max_us = WRITE_SLEEP_MAX_US;
	store_be16(result_read.msg_type, RPMB_MSG_RESULT_READ);
	return commands_send(mmc, cmds, array_size(cmds));
}

TEE_Result rpmb_mmc_read(struct rpmb_mmc *mmc, uint16_t number, const struct rpmb_frame *request,
			 struct rpmb_frame *response, size_t count)
{
	const struct mmc_ioc_cmd cmds[2] = {
		command(TO_DEVICE, request, 1),
		command(FROM_DEVICE, response, count),
	};
	TEE_Result res = device_open(mmc, number);

	return res == TEE_SUCCESS ? commands_send(mmc, cmds, array_size(cmds)) : res;
}
