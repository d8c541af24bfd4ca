#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants those first. */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "normal/exec/target.h"

#define PAGE 4096u

/* The program that is looked into is this one. */
static pid_t self;

/* Two pages, the second of which is not there. */
static char *edge(void)
{
	char *pages =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(pages != MAP_FAILED);
	assert_int_equal(mprotect(pages + PAGE, PAGE, PROT_NONE), 0);
	return pages;
}

static uint64_t address(const void *pointer)
{
	return (uintptr_t)pointer;
}

static void memory_is_moved_whole_or_not_at_all(void **state)
{
	char *pages = edge();
	char bytes[8] = "1234567";

	assert_int_equal(target_write(self, address(pages), bytes, sizeof(bytes)), 0);
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(target_read(self, address(pages), bytes, sizeof(bytes)), 0);
	assert_string_equal(bytes, "1234567");
	assert_int_equal(target_read(self, address(pages + PAGE - 4), bytes, 8), -EFAULT);
	assert_int_equal(target_write(self, address(pages + PAGE - 4), bytes, 8), -EFAULT);
	assert_int_equal(target_write(self, address("constant"), bytes, 8), -EFAULT);
	assert_int_equal(target_read(self, 8, bytes, 8), -EFAULT);
	assert_int_equal(target_read(self, UINT64_MAX - 2, bytes, 8), -EFAULT);
	assert_int_equal(target_read(self, 8, bytes, 0), 0);
	munmap(pages, 2 * PAGE);
}

static void a_path_may_end_where_memory_does(void **state)
{
	char *pages = edge();
	char path[PATH_MAX];

	strcpy(pages + PAGE - 5, "/dev");
	assert_int_equal(target_read_path(self, address(pages + PAGE - 5), path), 0);
	assert_string_equal(path, "/dev");
	pages[PAGE - 1] = '/';
	assert_int_equal(target_read_path(self, address(pages + PAGE - 5), path), -EFAULT);
	munmap(pages, 2 * PAGE);
}

static void a_path_has_a_limit(void **state)
{
	static char endless[PATH_MAX + PAGE];
	char path[PATH_MAX];

	memset(endless, 'x', sizeof(endless));
	assert_int_equal(target_read_path(self, address(endless), path), -ENAMETOOLONG);
}

static void a_socket_is_known_by_its_number(void **state)
{
	struct stat status;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	fstat(ends[1], &status);
	assert_int_equal(target_socket(self, ends[1]), status.st_ino);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(target_socket(self, ends[1]), 0);
	assert_int_equal(target_socket(self, -1), 0);
	ends[0] = open("/dev/null", O_RDONLY);
	assert_int_equal(target_socket(self, ends[0]), 0);
	close(ends[0]);
}

static void only_memory_that_can_be_written_counts(void **state)
{
	char *pages = edge();

	assert_true(target_is_writable(self, address(pages), PAGE));
	assert_true(target_is_writable(self, address(pages + 1), PAGE - 1));
	assert_false(target_is_writable(self, address(pages + 1), PAGE));
	assert_false(target_is_writable(self, address("constant"), 4));
	assert_false(target_is_writable(self, 8, PAGE));
	assert_false(target_is_writable(self, address(pages), UINT64_MAX));
	/* Two mappings side by side are as good as one. */
	assert_int_equal(mprotect(pages + PAGE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC), 0);
	assert_true(target_is_writable(self, address(pages + 1), 2 * PAGE - 1));
	munmap(pages, 2 * PAGE);
	assert_false(target_is_writable(self, address(pages), PAGE));
}

static void handler(int number)
{
}

static void a_blocked_signal_is_no_reason_to_return(void **state)
{
	struct sigaction action = { .sa_handler = handler };
	struct sigaction before;
	sigset_t set;

	assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	assert_int_equal(target_signal(self), TARGET_QUIET);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	assert_int_equal(target_signal(self), TARGET_QUIET);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigaction(SIGUSR1, &before, NULL);
}

static void of_a_process_that_is_gone_nothing_is_known(void **state)
{
	char path[PATH_MAX];
	pid_t child = fork();
	char byte;

	if (child == 0) {
		_exit(0);
	}
	waitpid(child, NULL, 0);
	assert_int_equal(target_read(child, address(&byte), &byte, 1), -EFAULT);
	assert_int_equal(target_try(child), -ESRCH);
	assert_int_equal(target_socket(child, 0), 0);
	assert_false(target_directory(child, AT_FDCWD, path));
	assert_false(target_is_writable(child, address(&byte), 1));
	assert_int_equal(target_memory(child), -1);
	assert_int_equal(target_signal(child), TARGET_QUIET);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_moved_whole_or_not_at_all),
		cmocka_unit_test(a_path_may_end_where_memory_does),
		cmocka_unit_test(a_path_has_a_limit),
		cmocka_unit_test(a_socket_is_known_by_its_number),
		cmocka_unit_test(only_memory_that_can_be_written_counts),
		cmocka_unit_test(a_blocked_signal_is_no_reason_to_return),
		cmocka_unit_test(of_a_process_that_is_gone_nothing_is_known),
	};

	self = getpid();
	return cmocka_run_group_tests_name("exec/target", tests, NULL, NULL);
}
