#include "secure/port/host/rights.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "secure/core/check.h"

static void control_fill(struct msghdr *header, void *control, const int *fds, size_t count)
{
	struct cmsghdr *rights = control;

	*rights = (struct cmsghdr){
		.cmsg_len = CMSG_LEN(count * sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	};
	memcpy(CMSG_DATA(rights), fds, count * sizeof(int));
	header->msg_control = control;
	header->msg_controllen = CMSG_SPACE(count * sizeof(int));
}

ssize_t rights_send(int socket, const void *data, size_t size, const int *fds, size_t count)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(RIGHTS_SEND_MAX * sizeof(int))] = { 0 };
	struct iovec part = { .iov_base = (void *)(uintptr_t)data, .iov_len = size };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t sent;

	check(count <= RIGHTS_SEND_MAX);
	if (count > 0) {
		control_fill(&header, control, fds, count);
	}
	do {
		sent = sendmsg(socket, &header, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent;
}

static void rights_take(struct rights *rights, const struct cmsghdr *control)
{
	size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	for (size_t i = 0; i < count && rights->count < RIGHTS_RECEIVE_MAX; i++) {
		memcpy(&rights->fds[rights->count], CMSG_DATA(control) + i * sizeof(int),
		       sizeof(int));
		rights->count++;
	}
}

static void control_take(struct rights *rights, struct msghdr *header)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
			rights_take(rights, c);
		}
	}
}

ssize_t rights_receive(int socket, void *data, size_t size, int flags, struct rights *rights)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(RIGHTS_RECEIVE_MAX * sizeof(int))];
	struct iovec part = { .iov_base = data, .iov_len = size };
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t received;

	*rights = (struct rights){ 0 };
	do {
		received = recvmsg(socket, &header, flags | MSG_CMSG_CLOEXEC);
	} while (received < 0 && errno == EINTR);
	if (received >= 0) {
		rights->whole = (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
		control_take(rights, &header);
	}
	return received;
}

void rights_close(struct rights *rights)
{
	for (unsigned int i = 0; i < rights->count; i++) {
		close(rights->fds[i]);
	}
	rights->count = 0;
}
