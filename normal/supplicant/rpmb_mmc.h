/* rpmb_mmc.h - the RPMB partition of an eMMC, by Linux: sysfs, and MMC_IOC_MULTI_CMD.
 *
 * Used by one thread at a time. The first device that was opened is the one of this process: frames
 * for another are refused. */
#ifndef NORMAL_SUPPLICANT_RPMB_MMC_H
#define NORMAL_SUPPLICANT_RPMB_MMC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "abi/rpmb.h"
#include "lib/bits.h"

struct rpmb_mmc {
	const char *sysfs; /* where mmcN are */
	const char *dev;   /* where mmcblkNrpmb are */
	bool by_cid;
	uint8_t cid[RPMB_CID_SIZE];
	enum rpmb_mmc_search {
		RPMB_MMC_NOT_SEARCHED,
		RPMB_MMC_FOUND,
		RPMB_MMC_NOT_FOUND,
	} search;	/* by CID: done once */
	uint16_t found; /* the number that goes with it */
	int fd;		/* -1: not opened yet */
	uint16_t opened;
};

/* `cid`: take the device that has it, whatever number a request says. NULL: by number. */
void rpmb_mmc_init(struct rpmb_mmc *mmc, const uint8_t *cid);
void rpmb_mmc_destroy(struct rpmb_mmc *mmc);

/* What sysfs says of device `number`. ITEM_NOT_FOUND, NO_DATA. */
MUST_CHECK TEE_Result rpmb_mmc_info(struct rpmb_mmc *mmc, uint16_t number,
				    struct rpmb_dev_info *info);

/* One exchange, whose shape was checked. ITEM_NOT_FOUND, BAD_PARAMETERS, GENERIC as in rpmb.h. */
MUST_CHECK TEE_Result rpmb_mmc_write(struct rpmb_mmc *mmc, uint16_t number,
				     const struct rpmb_frame *request, size_t count,
				     struct rpmb_frame *response);
MUST_CHECK TEE_Result rpmb_mmc_read(struct rpmb_mmc *mmc, uint16_t number,
				    const struct rpmb_frame *request, struct rpmb_frame *response,
				    size_t count);

#endif
