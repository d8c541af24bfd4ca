#include "normal/exec/notice.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ioctl.h>

/* Since Linux 6.6: the two run by turns, so wake the other on this CPU. */
#define NOTIF_SET_FLAGS	      _IOW(SECCOMP_IOC_MAGIC, 4, uint64_t)
#define NOTIF_FD_SYNC_WAKE_UP (1ul << 0)

/* A later kernel may have more to say. */
#define STRUCT_ROOM 1024

void notice_prepare(int listener)
{
	(void)ioctl(listener, NOTIF_SET_FLAGS, NOTIF_FD_SYNC_WAKE_UP);
}

bool notice_receive(int listener, struct notice *notice)
{
	union {
		struct seccomp_notif notif;
		char room[STRUCT_ROOM];
	} got;
	int result;

	do {
		memset(&got, 0, sizeof(got));
		result = ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &got);
		/* ENOENT: that caller is gone. */
	} while (result != 0 && (errno == EINTR || errno == ENOENT));
	if (result != 0) {
		return false;
	}
	notice->listener = listener;
	notice->id = got.notif.id;
	notice->thread = (pid_t)got.notif.pid;
	notice->number = got.notif.data.nr;
	memcpy(notice->args, got.notif.data.args, sizeof(notice->args));
	return true;
}

bool notice_is_valid(const struct notice *notice)
{
	return ioctl(notice->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &notice->id) == 0;
}

static void respond(const struct notice *notice, int64_t value, int error, uint32_t flags)
{
	union {
		struct seccomp_notif_resp response;
		char room[STRUCT_ROOM];
	} put = { .room = { 0 } };

	put.response.id = notice->id;
	put.response.val = value;
	put.response.error = error;
	put.response.flags = flags;
	/* A failure says that the caller is gone. */
	while (ioctl(notice->listener, SECCOMP_IOCTL_NOTIF_SEND, &put) != 0 && errno == EINTR) {
	}
}

void notice_answer(const struct notice *notice, int64_t value)
{
	if (value < 0) {
		respond(notice, 0, (int)value, 0);
	} else {
		respond(notice, value, 0, 0);
	}
}

void notice_pass(const struct notice *notice)
{
	respond(notice, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

int notice_answer_fd(const struct notice *notice, int fd, bool close_on_exec)
{
	const struct seccomp_notif_addfd add = {
		.id = notice->id,
		.flags = SECCOMP_ADDFD_FLAG_SEND,
		.srcfd = (uint32_t)fd,
		.newfd_flags = close_on_exec ? O_CLOEXEC : 0,
	};
	int result;

	do {
		result = ioctl(notice->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
	} while (result < 0 && errno == EINTR);
	if (result < 0) {
		result = -errno;
		notice_answer(notice, result);
	}
	return result < 0 ? result : 0;
}
