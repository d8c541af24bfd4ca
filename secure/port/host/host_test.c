/* host_test.c - the port as posternd meets it, with a secure world (fake_tee.c) and a TA
 * (runner/fake_ta.c) that do what a test wants: host_test PROGRAM TA. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "secure/core/port.h"
#include "secure/port/host/fake_daemon.h"
#include "secure/port/host/fake_tee.h"
#include "secure/port/host/futex.h"
#include "secure/port/host/memory.h"
#include "secure/tee/entry.h"

#define SEALED	    (F_SEAL_SHRINK | F_SEAL_GROW)
#define BASE	    0x80000000ull
#define PAGE	    4096ull
#define IMAGE_BASE  0x10000ull
/* Where the runner lies, on x86-64 or aarch64; above a TA's addresses, below its own stack. */
#define RUNNER_LOW  0x7000000000ull
#define RUNNER_HIGH 0x700100000000ull

static const char *program;
static const char *image_path;
static struct daemon daemon_now;

/* --- Helpers ------------------------------------------------------------------------------------ */

static struct smc_regs call_on(unsigned int cpu, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
			       uint64_t a4, uint64_t a5)
{
	struct smc_regs regs = { .a0 = a0, .a1 = a1, .a2 = a2, .a3 = a3, .a4 = a4, .a5 = a5 };

	if (!daemon_call(&daemon_now, cpu, &regs)) {
		fail_msg("call %llu: the secure world ended with status 0x%x and said: %s",
			 (unsigned long long)a0, (unsigned int)daemon_wait(&daemon_now),
			 daemon_now.gate->console.text);
	}
	return regs;
}

#define CALL_ARGS(a0, a1, a2, a3, a4, a5, ...) call_on(0, a0, a1, a2, a3, a4, a5)
#define call(...)			       CALL_ARGS(__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define assert_ok(regs)			       assert_int_equal((regs).a0, FAKE_OK)
#define assert_no(regs)			       assert_int_equal((regs).a0, FAKE_NO)

static int world_begin(void **state)
{
	struct daemon_options options = daemon_options();

	(void)state;
	daemon_start(&daemon_now, program, &options);
	assert_int_equal(daemon_now.gate->state, GATE_STATE_READY);
	return 0;
}

static int world_end(void **state)
{
	(void)state;
	daemon_stop(&daemon_now);
	return 0;
}

static void plug_sealed(uint64_t address, const struct daemon_memory *memory)
{
	daemon_plug(&daemon_now, GATE_PLUG_ADD, address, memory->size, memory->fd);
}

static bool is_page(uint64_t page)
{
	return call(FAKE_PAGE, page).a0 == FAKE_OK;
}

static uint64_t *words(const struct daemon_memory *memory, size_t page)
{
	return (uint64_t *)(memory->bytes + page * PAGE);
}

static bool console_says(const char *text)
{
	return strstr(daemon_now.gate->console.text, text) != NULL;
}

/* The process must have ended with `status`. */
static void assert_ended(int expected)
{
	int status = 0;

	assert_true(daemon_ended(&daemon_now, &status));
	assert_int_equal(status, expected);
}

/* --- Boot --------------------------------------------------------------------------------------- */

static void refuses(const struct daemon_options *options)
{
	daemon_start(&daemon_now, program, options);
	if (options->size >= sizeof(struct gate_memory)) {
		assert_int_equal(daemon_now.gate->state, GATE_STATE_BOOTING);
		assert_ended(EXIT_FAILURE << 8);
	}
	daemon_stop(&daemon_now);
}

static void boot_with_a_wrong_gate_is_refused(void **state)
{
	struct daemon_options options = daemon_options();

	(void)state;
	options.magic++;
	refuses(&options);
	options = daemon_options();
	options.version++;
	refuses(&options);
	options = daemon_options();
	options.cpu_count = 0;
	refuses(&options);
	options = daemon_options();
	options.cpu_count = GATE_CPUS_MAX + 1;
	refuses(&options);
}

static void boot_with_a_gate_that_could_shrink_is_refused(void **state)
{
	struct daemon_options options = daemon_options();

	(void)state;
	options.seals = F_SEAL_GROW;
	refuses(&options);
	options.seals = 0;
	refuses(&options);
}

static void boot_with_a_gate_that_is_too_small_is_refused(void **state)
{
	struct daemon_options options = daemon_options();

	(void)state;
	options.size = sizeof(struct gate_memory) - 1;
	daemon_start(&daemon_now, program, &options);
	assert_int_equal(daemon_wait(&daemon_now), EXIT_FAILURE << 8);
	daemon_stop(&daemon_now);
}

static void boot_with_a_wrong_message_is_refused(void **state)
{
	struct daemon_options options = daemon_options();

	(void)state;
	options.boot.magic = 0;
	refuses(&options);
	options = daemon_options();
	options.boot.version++;
	refuses(&options);
	options = daemon_options();
	options.boot.threads = 0;
	refuses(&options);
	options.boot.threads = 129;
	refuses(&options);
	options = daemon_options();
	options.boot.log_level = 5;
	refuses(&options);
	options = daemon_options();
	options.boot.transport = 2;
	refuses(&options);
	options = daemon_options();
	options.boot_size--;
	refuses(&options);
}

static void boot_message_reaches_the_secure_world(void **state)
{
	(void)state;
	assert_int_equal(call(FAKE_BOOT).a1, 4);
	assert_int_equal(call(FAKE_BOOT).a3, TEE_SMC);
	assert_int_equal(call(FAKE_BOOT).a2, 2);
	assert_int_equal(call(FAKE_KEY).a1, 0x5a5a5a5a5a5a5a5aull);
}

/* --- Registers, time, words --------------------------------------------------------------------- */

static void every_cpu_answers_and_keeps_a4_and_up(void **state)
{
	struct smc_regs regs = { .a0 = FAKE_ECHO, .a1 = 1, .a4 = 4, .a5 = 5, .a6 = 6, .a7 = 7 };

	(void)state;
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		for (uint64_t i = 0; i < 1000; i++) {
			regs.a0 = FAKE_ECHO;
			regs.a1 = i;
			assert_true(daemon_call(&daemon_now, cpu, &regs));
			assert_ok(regs);
			assert_int_equal(regs.a1, i + 1);
		}
	}
	assert_int_equal(regs.a4, 4);
	assert_int_equal(regs.a7, 7);
}

static void time_runs_and_never_goes_back(void **state)
{
	uint64_t before = call(FAKE_TIME).a1;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint64_t now = call_on((unsigned int)i % 2, FAKE_TIME, 0, 0, 0, 0, 0).a1;

		assert_true(now > before);
		before = now;
	}
}

static void random_words_differ(void **state)
{
	(void)state;
	assert_int_not_equal(call(FAKE_RANDOM).a1, call(FAKE_RANDOM).a1);
}

static void notification_is_one_up_each_time(void **state)
{
	(void)state;
	call(FAKE_NOTIFY);
	assert_int_equal(daemon_now.gate->notification, 1);
	/* What the other side writes there changes nothing. */
	daemon_now.gate->notification = 100;
	call(FAKE_NOTIFY);
	assert_int_equal(daemon_now.gate->notification, 2);
}

static void console_carries_whole_lines_and_counts_what_it_drops(void **state)
{
	struct gate_console *console = &daemon_now.gate->console;
	uint32_t start = console->written;

	(void)state;
	assert_true(console_says("fake secure world\n"));
	call(FAKE_LOG, 100, 1000);
	assert_true(console->written <= GATE_CONSOLE_SIZE);
	assert_int_equal((console->written - start) % 1000, 0);
	assert_int_equal(console->dropped, 100 * 1000 - (console->written - start));
	console->read = console->written;
	start = console->written;
	call(FAKE_LOG, 60, 1000);
	assert_int_equal(console->written - start, 60000);
	assert_int_equal(console->text[(console->written - 1) % GATE_CONSOLE_SIZE], '\n');
}

static void console_reader_that_lies_gets_nothing(void **state)
{
	struct gate_console *console = &daemon_now.gate->console;
	uint32_t written = console->written;

	(void)state;
	console->read = written + 1;
	call(FAKE_LOG, 1, 10);
	assert_int_equal(console->written, written);
	assert_int_equal(console->dropped, 10);
}

static void panic_says_why_and_ends_the_process(void **state)
{
	struct smc_regs regs = { .a0 = FAKE_PANIC };

	(void)state;
	assert_false(daemon_call(&daemon_now, 0, &regs));
	assert_int_equal(daemon_now.gate->state, GATE_STATE_PANICKED);
	assert_true(console_says("panic: a test wants it\n"));
	assert_ended(70 << 8);
}

/* --- The filter --------------------------------------------------------------------------------- */

static void dies_of(long number)
{
	struct smc_regs regs = { .a0 = FAKE_LINUX, .a1 = (uint64_t)number };
	int status = 0;

	assert_int_equal(world_begin(NULL), 0);
	assert_false(daemon_call(&daemon_now, 0, &regs));
	assert_true(daemon_ended(&daemon_now, &status));
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
	daemon_stop(&daemon_now);
}

static void secure_world_that_reaches_out_dies(void **state)
{
	static const long forbidden[] = {
		SYS_openat,
		SYS_socket,
		SYS_socketpair,
		SYS_clock_gettime,
		SYS_clone,
		SYS_execve,
		SYS_ptrace,
		SYS_kill,
		SYS_read,
		SYS_sendto,
		SYS_process_vm_writev,
	};

	(void)state;
	for (size_t i = 0; i < array_size(forbidden); i++) {
		dies_of(forbidden[i]);
	}
}

static void secure_world_may_ask_for_entropy(void **state)
{
	(void)state;
	assert_int_equal(call(FAKE_LINUX, SYS_getpid).a1, daemon_now.pid);
}

/* --- Memory of the normal world ----------------------------------------------------------------- */

static void plugged_object_is_memory_until_it_is_removed(void **state)
{
	struct daemon_memory memory = daemon_memory(4, SEALED);

	(void)state;
	assert_false(is_page(BASE));
	plug_sealed(BASE, &memory);
	assert_true(is_page(BASE));
	assert_true(is_page(BASE + 3 * PAGE));
	assert_false(is_page(BASE - PAGE));
	assert_false(is_page(BASE + 4 * PAGE));
	daemon_plug(&daemon_now, GATE_PLUG_REMOVE, BASE, memory.size, -1);
	assert_false(is_page(BASE));
	daemon_memory_free(&memory);
}

static void object_that_could_change_its_size_is_refused(void **state)
{
	static const int seals[] = { 0, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE };

	(void)state;
	for (size_t i = 0; i < array_size(seals); i++) {
		struct daemon_memory memory = daemon_memory(1, 0);

		munmap(memory.bytes, memory.size);
		fcntl(memory.fd, F_ADD_SEALS, seals[i]);
		daemon_plug(&daemon_now, GATE_PLUG_ADD, BASE, PAGE, memory.fd);
		assert_false(is_page(BASE));
		close(memory.fd);
	}
	assert_true(console_says("0x80000000, 0x1000 bytes: not sealed: dropped"));
}

static void object_of_another_size_is_refused(void **state)
{
	struct daemon_memory memory = daemon_memory(2, SEALED);

	(void)state;
	daemon_plug(&daemon_now, GATE_PLUG_ADD, BASE, PAGE, memory.fd);
	assert_false(is_page(BASE));
	daemon_plug(&daemon_now, GATE_PLUG_ADD, BASE, 3 * PAGE, memory.fd);
	assert_false(is_page(BASE));
	daemon_plug(&daemon_now, GATE_PLUG_ADD, BASE, 0, memory.fd);
	assert_false(is_page(BASE));
	assert_true(console_says("not of that size"));
	daemon_memory_free(&memory);
}

static void object_at_an_odd_place_is_refused(void **state)
{
	struct daemon_memory memory = daemon_memory(1, SEALED);

	(void)state;
	daemon_plug(&daemon_now, GATE_PLUG_ADD, BASE + 1, PAGE, memory.fd);
	assert_false(is_page(BASE));
	assert_true(console_says("not whole pages"));
	daemon_plug(&daemon_now, GATE_PLUG_ADD, UINT64_MAX - PAGE + 1, PAGE, memory.fd);
	assert_false(is_page(UINT64_MAX - PAGE + 1));
	assert_true(console_says("beyond the end"));
	daemon_memory_free(&memory);
}

static void object_that_overlaps_is_refused(void **state)
{
	struct daemon_memory memory = daemon_memory(2, SEALED);

	(void)state;
	plug_sealed(BASE, &memory);
	plug_sealed(BASE, &memory);
	plug_sealed(BASE + PAGE, &memory);
	plug_sealed(BASE - PAGE, &memory);
	assert_false(is_page(BASE + 2 * PAGE));
	assert_false(is_page(BASE - PAGE));
	/* Next to it is not over it. */
	plug_sealed(BASE + 2 * PAGE, &memory);
	plug_sealed(BASE - 2 * PAGE, &memory);
	assert_true(is_page(BASE + 3 * PAGE));
	assert_true(is_page(BASE - 2 * PAGE));
	daemon_memory_free(&memory);
}

static void what_is_no_memory_object_is_refused(void **state)
{
	int file = open("/dev/null", O_RDWR);
	FILE *regular = tmpfile();

	(void)state;
	assert_int_equal(ftruncate(fileno(regular), PAGE), 0);
	daemon_plug(&daemon_now, GATE_PLUG_ADD, BASE, PAGE, file);
	daemon_plug(&daemon_now, GATE_PLUG_ADD, BASE, PAGE, fileno(regular));
	daemon_plug(&daemon_now, GATE_PLUG_ADD, BASE, PAGE, -1);
	daemon_plug(&daemon_now, 77, BASE, PAGE, -1);
	assert_false(is_page(BASE));
	assert_true(console_says("unknown operation"));
	close(file);
	fclose(regular);
}

static void object_of_huge_pages_is_refused(void **state)
{
	int fd = memfd_create("huge", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB);
	const size_t size = 2ul << 20;

	(void)state;
	if (fd < 0) {
		skip();
	}
	if (ftruncate(fd, (off_t)size) != 0 || fcntl(fd, F_ADD_SEALS, SEALED) != 0) {
		close(fd);
		skip();
	}
	daemon_plug(&daemon_now, GATE_PLUG_ADD, BASE, size, fd);
	assert_false(is_page(BASE));
	close(fd);
}

static void remove_of_what_was_not_added_changes_nothing(void **state)
{
	struct daemon_memory memory = daemon_memory(2, SEALED);

	(void)state;
	plug_sealed(BASE, &memory);
	daemon_plug(&daemon_now, GATE_PLUG_REMOVE, BASE, PAGE, -1);
	daemon_plug(&daemon_now, GATE_PLUG_REMOVE, BASE + PAGE, PAGE, -1);
	daemon_plug(&daemon_now, GATE_PLUG_REMOVE, 0, memory.size, -1);
	assert_true(is_page(BASE));
	assert_true(console_says("no such object"));
	daemon_memory_free(&memory);
}

static void contiguous_pages_are_mapped(void **state)
{
	struct daemon_memory memory = daemon_memory(3, SEALED);

	(void)state;
	plug_sealed(BASE, &memory);
	words(&memory, 1)[0] = 11;
	words(&memory, 2)[1] = 22;
	assert_ok(call(FAKE_MAP, 2, BASE + PAGE, BASE + 2 * PAGE));
	assert_int_equal(call(FAKE_PEEK, 0).a1, 11);
	assert_int_equal(call(FAKE_PEEK, PAGE + 8).a1, 22);
	call(FAKE_POKE, PAGE, 33);
	assert_int_equal(words(&memory, 2)[0], 33);
	call(FAKE_UNMAP);
	daemon_memory_free(&memory);
}

static void scattered_pages_are_mapped_side_by_side(void **state)
{
	struct daemon_memory first = daemon_memory(3, SEALED);
	struct daemon_memory second = daemon_memory(1, SEALED);

	(void)state;
	plug_sealed(BASE, &first);
	plug_sealed(BASE + 16 * PAGE, &second);
	words(&first, 2)[0] = 1;
	words(&second, 0)[0] = 2;
	words(&first, 0)[0] = 3;
	words(&first, 1)[0] = 4;
	assert_ok(call(FAKE_MAP, 4, BASE + 2 * PAGE, BASE + 16 * PAGE, BASE, BASE + PAGE));
	for (uint64_t i = 0; i < 4; i++) {
		assert_int_equal(call(FAKE_PEEK, i * PAGE).a1, i + 1);
	}
	call(FAKE_UNMAP);
	daemon_memory_free(&first);
	daemon_memory_free(&second);
}

static void pages_that_are_not_all_memory_are_not_mapped(void **state)
{
	struct daemon_memory memory = daemon_memory(2, SEALED);

	(void)state;
	plug_sealed(BASE, &memory);
	assert_no(call(FAKE_MAP, 2, BASE + PAGE, BASE + 2 * PAGE));
	assert_no(call(FAKE_MAP, 2, BASE + PAGE, BASE + 16 * PAGE));
	assert_no(call(FAKE_MAP, 1, BASE + 8));
	assert_no(call(FAKE_MAP, 0));
	assert_ok(call(FAKE_MAP, 2, BASE, BASE + PAGE));
	daemon_memory_free(&memory);
}

static void removed_object_stays_while_it_is_mapped(void **state)
{
	struct daemon_memory memory = daemon_memory(2, SEALED);
	struct daemon_memory next = daemon_memory(2, SEALED);

	(void)state;
	plug_sealed(BASE, &memory);
	words(&memory, 1)[0] = 1;
	words(&next, 0)[0] = 2;
	/* Backwards: a window. */
	assert_ok(call(FAKE_MAP, 2, BASE + PAGE, BASE));
	daemon_plug(&daemon_now, GATE_PLUG_REMOVE, BASE, memory.size, -1);
	assert_false(is_page(BASE));
	plug_sealed(BASE, &next);
	assert_true(is_page(BASE));
	assert_int_equal(call(FAKE_PEEK, 0).a1, 1);
	call(FAKE_UNMAP);
	assert_ok(call(FAKE_MAP, 1, BASE));
	assert_int_equal(call(FAKE_PEEK, 0).a1, 2);
	daemon_memory_free(&memory);
	daemon_memory_free(&next);
}

static void a_thousand_objects_come_and_go(void **state)
{
	struct daemon_memory memory = daemon_memory(1, SEALED);

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		plug_sealed(BASE + (i * 7919 % 1000) * PAGE, &memory);
		if (i % 100 == 99) {
			assert_true(is_page(BASE + (i * 7919 % 1000) * PAGE));
		}
	}
	for (uint64_t i = 0; i < 1000; i += 2) {
		daemon_plug(&daemon_now, GATE_PLUG_REMOVE, BASE + i * PAGE, PAGE, -1);
		if (i % 100 == 98) {
			assert_false(is_page(BASE + i * PAGE));
		}
	}
	for (uint64_t i = 0; i < 1000; i++) {
		assert_int_equal(is_page(BASE + i * PAGE), i % 2 == 1);
	}
	daemon_memory_free(&memory);
}

/* --- User mode ---------------------------------------------------------------------------------- */

static struct daemon_memory ta_image;
static struct daemon_memory ta_client;

static size_t image_read(void)
{
	int file = open(image_path, O_RDONLY | O_CLOEXEC);
	ssize_t size = read(file, ta_image.bytes, PAGE);

	assert_true(size > 0);
	close(file);
	return (size_t)size;
}

/* A world with a TA, and two pages of a client at BASE. */
static int ta_begin(void **state)
{
	size_t size;

	world_begin(state);
	ta_image = daemon_memory(1, SEALED);
	ta_client = daemon_memory(2, SEALED);
	size = image_read();
	plug_sealed(IMAGE_BASE, &ta_image);
	plug_sealed(BASE, &ta_client);
	assert_ok(call(FAKE_SPACE_CREATE, IMAGE_BASE, size));
	return 0;
}

static int ta_end(void **state)
{
	world_end(state);
	daemon_memory_free(&ta_image);
	daemon_memory_free(&ta_client);
	return 0;
}

static pid_t ta_pid(void)
{
	pid_t launcher = daemon_find(daemon_now.pid, "postern-launch");
	pid_t pid;

	assert_int_not_equal(launcher, 0);
	pid = daemon_find(launcher, "postern-ta");
	assert_int_not_equal(pid, 0);
	return pid;
}

static void client_map(unsigned int access)
{
	assert_ok(call(FAKE_SPACE_MAP, 2, BASE, BASE + PAGE, 0, access));
}

static void assert_trap(struct smc_regs regs, uint64_t number, uint64_t word)
{
	assert_ok(regs);
	assert_int_equal(regs.a1, PORT_TRAP_SYSCALL);
	assert_int_equal(regs.a2, number);
	assert_int_equal(regs.a3, word);
}

static void assert_fault(struct smc_regs regs, int cause, uint64_t address)
{
	assert_ok(regs);
	assert_int_equal(regs.a1, PORT_TRAP_FAULT);
	assert_int_equal(regs.a2, cause);
	assert_int_equal(regs.a3, address);
	/* It never goes on. */
	assert_int_equal(call(FAKE_RESULT, 0).a1, PORT_TRAP_GONE);
	assert_int_equal(call(FAKE_ENTER, FAKE_TA_ECHO).a1, PORT_TRAP_GONE);
}

static void traps_go_in_and_results_come_back(void **state)
{
	(void)state;
	assert_trap(call(FAKE_ENTER, FAKE_TA_ECHO, 7, 8), 7, 8);
	for (uint32_t i = 0; i < 1000; i++) {
		assert_trap(call(FAKE_RESULT, i), 7, i);
	}
	/* On the other CPU, and from the start again. */
	assert_trap(call_on(1, FAKE_RESULT, 5, 0, 0, 0, 0), 7, 5);
	assert_trap(call_on(1, FAKE_ENTER, FAKE_TA_ECHO, 1, 2, 0, 0), 1, 2);
}

static void entry_is_a_call_with_an_aligned_stack(void **state)
{
	(void)state;
	assert_trap(call(FAKE_ENTER, FAKE_TA_ALIGNED, 0, 0, 44), 0, 44);
}

static void client_memory_is_shared_both_ways(void **state)
{
	(void)state;
	words(&ta_client, 0)[1] = 1234;
	client_map(PORT_ACCESS_READ | PORT_ACCESS_WRITE);
	assert_trap(call(FAKE_ENTER, FAKE_TA_LOAD, FAKE_CLIENT_ADDRESS + 8), 0, 1234);
	assert_trap(call(FAKE_ENTER, FAKE_TA_STORE, FAKE_CLIENT_ADDRESS + PAGE, 4321), 0, 0);
	assert_int_equal(words(&ta_client, 1)[0], 4321);
}

static void scattered_client_pages_are_side_by_side(void **state)
{
	(void)state;
	words(&ta_client, 0)[0] = 10;
	words(&ta_client, 1)[0] = 11;
	assert_ok(call(FAKE_SPACE_MAP, 2, BASE + PAGE, BASE, 0, PORT_ACCESS_READ));
	assert_trap(call(FAKE_ENTER, FAKE_TA_LOAD, FAKE_CLIENT_ADDRESS), 0, 11);
	assert_trap(call(FAKE_ENTER, FAKE_TA_LOAD, FAKE_CLIENT_ADDRESS + PAGE), 0, 10);
}

static void pages_that_are_no_memory_are_not_mapped(void **state)
{
	(void)state;
	assert_no(call(FAKE_SPACE_MAP, 2, BASE + PAGE, BASE + 2 * PAGE, 0, PORT_ACCESS_READ));
}

static void read_only_memory_cannot_be_written(void **state)
{
	(void)state;
	client_map(PORT_ACCESS_READ);
	assert_fault(call(FAKE_ENTER, FAKE_TA_STORE, FAKE_CLIENT_ADDRESS, 1), SIGSEGV,
		     FAKE_CLIENT_ADDRESS);
	assert_int_equal(words(&ta_client, 0)[0], 0);
}

static void memory_without_execute_is_not_executed(void **state)
{
	(void)state;
	client_map(PORT_ACCESS_READ | PORT_ACCESS_WRITE);
	assert_fault(call(FAKE_ENTER, FAKE_TA_JUMP, FAKE_CLIENT_ADDRESS), SIGSEGV,
		     FAKE_CLIENT_ADDRESS);
}

static void own_code_cannot_be_written(void **state)
{
	(void)state;
	assert_fault(call(FAKE_ENTER, FAKE_TA_STORE, FAKE_IMAGE_ADDRESS, 1), SIGSEGV,
		     FAKE_IMAGE_ADDRESS);
}

static void unmapped_memory_is_out_of_reach(void **state)
{
	(void)state;
	client_map(PORT_ACCESS_READ | PORT_ACCESS_WRITE);
	assert_trap(call(FAKE_ENTER, FAKE_TA_LOAD, FAKE_CLIENT_ADDRESS), 0, 0);
	assert_ok(call(FAKE_SPACE_UNMAP, 2));
	assert_fault(call(FAKE_ENTER, FAKE_TA_LOAD, FAKE_CLIENT_ADDRESS), SIGSEGV,
		     FAKE_CLIENT_ADDRESS);
}

static void lists_longer_than_the_control_pages_are_made_in_parts(void **state)
{
	(void)state;
	assert_ok(call(FAKE_SPACE_MANY, 2000, BASE));
	assert_trap(call(FAKE_ENTER, FAKE_TA_ECHO, 1, 2), 1, 2);
}

static void secure_pages_freed_before_the_commit_are_still_mapped_by_it(void **state)
{
	uint64_t word;

	(void)state;
	memcpy(&word, "secure\0", sizeof(word));
	assert_ok(call(FAKE_SPACE_RELEASE));
	assert_trap(call(FAKE_ENTER, FAKE_TA_LOAD, FAKE_CLIENT_ADDRESS), 0, word);
}

static void wild_pointer_is_a_fault(void **state)
{
	(void)state;
	assert_fault(call(FAKE_ENTER, FAKE_TA_LOAD, 8), SIGSEGV, 8);
}

static void illegal_instruction_is_a_fault(void **state)
{
	struct smc_regs regs = call(FAKE_ENTER, FAKE_TA_ILLEGAL);

	(void)state;
	assert_int_equal(regs.a1, PORT_TRAP_FAULT);
	assert_true(regs.a2 == SIGILL || regs.a2 == SIGTRAP);
}

static void stack_overflow_is_a_fault(void **state)
{
	struct smc_regs regs = call(FAKE_ENTER, FAKE_TA_OVERFLOW);

	(void)state;
	assert_int_equal(regs.a1, PORT_TRAP_FAULT);
	assert_int_equal(regs.a2, SIGSEGV);
	assert_true(regs.a3 < FAKE_STACK_ADDRESS && regs.a3 >= FAKE_STACK_ADDRESS - PAGE);
}

static struct smc_regs ta_linux(long number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
	const uint64_t args[6] = { a0, a1, a2, a3, (uint64_t)-1, 0 };

	memcpy(ta_client.bytes, args, sizeof(args));
	return call(FAKE_ENTER, FAKE_TA_LINUX, (uint64_t)number, FAKE_CLIENT_ADDRESS);
}

/* Each with a TA of its own: it does not survive. */
static void ta_that_asks_linux_is_stopped(void **state)
{
	static const struct {
		long number;
		uint64_t args[4];
	} tries[] = {
		{ SYS_openat, { (uint64_t)AT_FDCWD, FAKE_CLIENT_ADDRESS, O_RDONLY } },
		{ SYS_socket, { 1, 1 } },
		{ SYS_clone, { SIGCHLD } },
		{ SYS_clone3, { FAKE_CLIENT_ADDRESS, 88 } },
		{ SYS_execve, { FAKE_CLIENT_ADDRESS } },
		{ SYS_ptrace, { 0 } },
		{ SYS_process_vm_writev, { 1 } },
		{ SYS_kill, { 1, 9 } },
		{ SYS_getpid, { 0 } },
		{ SYS_read, { 0, FAKE_CLIENT_ADDRESS, 8 } },
		{ SYS_sendto, { 0, FAKE_CLIENT_ADDRESS, 1, 0 } },
		{ SYS_recvmsg, { 0, FAKE_CLIENT_ADDRESS, 0 } },
		{ SYS_mmap,
		  { FAKE_CLIENT_ADDRESS + 16 * PAGE, PAGE, 3, MAP_PRIVATE | MAP_ANONYMOUS } },
		{ SYS_munmap, { FAKE_CLIENT_ADDRESS, PAGE } },
		{ SYS_mprotect, { FAKE_CLIENT_ADDRESS, PAGE, PROT_EXEC } },
		{ SYS_mremap, { FAKE_CLIENT_ADDRESS, PAGE, PAGE, 1 } },
		{ SYS_brk, { 0 } },
		{ SYS_prctl, { 0 } },
		{ SYS_seccomp, { 0 } },
		{ SYS_rt_sigaction, { SIGUSR1 } },
		{ SYS_io_uring_setup, { 1, FAKE_CLIENT_ADDRESS } },
		{ SYS_futex, { FAKE_CLIENT_ADDRESS, FUTEX_WAKE, 1 } },
	};

	(void)state;
	for (size_t i = 0; i < array_size(tries); i++) {
		client_map(PORT_ACCESS_READ | PORT_ACCESS_WRITE);
		assert_fault(ta_linux(tries[i].number, tries[i].args[0], tries[i].args[1],
				      tries[i].args[2], tries[i].args[3]),
			     SIGSYS, (uint64_t)tries[i].number);
		call(FAKE_SPACE_DESTROY);
		assert_ok(call(FAKE_SPACE_CREATE, IMAGE_BASE, image_read()));
	}
}

static void ta_that_exits_is_gone(void **state)
{
	(void)state;
	client_map(PORT_ACCESS_READ);
	assert_int_equal(ta_linux(SYS_exit_group, 0, 0, 0, 0).a1, PORT_TRAP_GONE);
	assert_int_equal(call(FAKE_RESULT, 0).a1, PORT_TRAP_GONE);
	assert_no(call(FAKE_SPACE_UNMAP, 2));
}

static void ta_that_is_killed_is_gone(void **state)
{
	struct smc_regs regs = { .a0 = FAKE_ENTER, .a1 = FAKE_TA_SPIN, .a2 = FAKE_CLIENT_ADDRESS };

	(void)state;
	client_map(PORT_ACCESS_READ);
	daemon_call_begin(&daemon_now, 0, &regs);
	assert_int_equal(kill(ta_pid(), SIGKILL), 0);
	assert_true(daemon_call_end(&daemon_now, 0, &regs));
	assert_int_equal(regs.a1, PORT_TRAP_GONE);
	/* The slot is free for another. */
	call(FAKE_SPACE_DESTROY);
	assert_ok(call(FAKE_SPACE_CREATE, IMAGE_BASE, image_read()));
	assert_trap(call(FAKE_ENTER, FAKE_TA_ECHO, 1, 2), 1, 2);
}

static void ta_that_is_killed_while_it_waits_is_gone_at_the_next_run(void **state)
{
	pid_t pid = ta_pid();

	(void)state;
	assert_trap(call(FAKE_ENTER, FAKE_TA_ECHO, 1, 2), 1, 2);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(call(FAKE_RESULT, 0).a1, PORT_TRAP_GONE);
}

static void foreign_interrupt_ends_the_run_and_the_ta_goes_on(void **state)
{
	struct smc_regs regs = { .a0 = FAKE_ENTER, .a1 = FAKE_TA_SPIN, .a2 = FAKE_CLIENT_ADDRESS };

	(void)state;
	client_map(PORT_ACCESS_READ);
	for (int i = 0; i < 3; i++) {
		daemon_call_begin(&daemon_now, 0, &regs);
		daemon_interrupt(&daemon_now, 0);
		assert_true(daemon_call_end(&daemon_now, 0, &regs));
		assert_int_equal(regs.a1, PORT_TRAP_INTERRUPT);
		assert_int_equal(daemon_now.gate->cpus[0].foreign_interrupt, 0);
		regs = (struct smc_regs){ .a0 = FAKE_RESUME };
	}
	words(&ta_client, 0)[0] = 1;
	assert_trap(call(FAKE_RESUME), 0, 0);
}

static void destroyed_space_leaves_no_process(void **state)
{
	pid_t pid = ta_pid();
	struct smc_regs regs = { .a0 = FAKE_ENTER, .a1 = FAKE_TA_SPIN, .a2 = FAKE_CLIENT_ADDRESS };

	(void)state;
	client_map(PORT_ACCESS_READ);
	daemon_call_begin(&daemon_now, 0, &regs);
	daemon_interrupt(&daemon_now, 0);
	assert_true(daemon_call_end(&daemon_now, 0, &regs));
	assert_ok(call(FAKE_SPACE_DESTROY));
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

/* --- A TA that attacks the manager -------------------------------------------------------------- */

static FILE *maps_open(void)
{
	char path[64];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)ta_pid());
	maps = fopen(path, "re");
	assert_non_null(maps);
	return maps;
}

/* The first mapping of the TA's process whose line has `text`; 0: there is none. */
static uint64_t maps_find(const char *text)
{
	FILE *maps = maps_open();
	uint64_t found = 0;
	char line[512];

	while (found == 0 && fgets(line, sizeof(line), maps) != NULL) {
		if (strstr(line, text) != NULL) {
			found = strtoull(line, NULL, 16);
		}
	}
	fclose(maps);
	return found;
}

/* What the TA's process can write of the runner, but for the trap page. */
static struct fake_scribble scribble_ranges(void)
{
	struct fake_scribble scribble = { .trap = maps_find("memfd:trap") };
	FILE *maps = maps_open();
	char line[512];

	while (fgets(line, sizeof(line), maps) != NULL) {
		unsigned long from;
		unsigned long to;
		char access[5];

		assert_int_equal(sscanf(line, "%lx-%lx %4s", &from, &to, access), 3);
		if (access[1] == 'w' && from != scribble.trap && from >= RUNNER_LOW &&
		    from < RUNNER_HIGH) {
			assert_in_range(scribble.count, 0, array_size(scribble.ranges) - 1);
			scribble.ranges[scribble.count].from = from;
			scribble.ranges[scribble.count].to = to;
			scribble.count++;
		}
	}
	fclose(maps);
	assert_int_not_equal(scribble.trap, 0);
	assert_int_not_equal(scribble.count, 0);
	return scribble;
}

/* Whatever the TA does to the manager's memory, a commit ends, and what it says is true. */
static void commit_is_true_to_its_word_while_the_ta_scribbles(void **state)
{
	static const uint64_t fills[] = { 0, 1, UINT64_MAX, 80, 0x4141414141414141ull };

	(void)state;
	for (size_t i = 0; i < array_size(fills); i++) {
		struct fake_scribble scribble;

		client_map(PORT_ACCESS_READ);
		scribble = scribble_ranges();
		scribble.fill = fills[i];
		memcpy(ta_client.bytes, &scribble, sizeof(scribble));
		assert_int_equal(call(FAKE_ENTER, FAKE_TA_SCRIBBLE, FAKE_CLIENT_ADDRESS).a1,
				 PORT_TRAP_SYSCALL);
		if (call(FAKE_SPACE_MANY, 50, BASE).a0 == FAKE_OK &&
		    call(FAKE_SPACE_UNMAP, 2).a0 == FAKE_OK) {
			assert_int_equal(maps_find("memfd:normal"), 0);
		} else {
			assert_int_equal(call(FAKE_RESUME).a1, PORT_TRAP_GONE);
		}
		call(FAKE_SPACE_DESTROY);
		assert_ok(call(FAKE_SPACE_CREATE, IMAGE_BASE, image_read()));
	}
}

static void control_pages_cannot_be_written(void **state)
{
	uint64_t control = maps_find("memfd:control");

	(void)state;
	assert_int_not_equal(control, 0);
	assert_fault(call(FAKE_ENTER, FAKE_TA_STORE, control + PAGE, 1), SIGSEGV, control + PAGE);
}

static void trap_of_no_kind_is_a_fault(void **state)
{
	(void)state;
	assert_int_equal(call(FAKE_ENTER, FAKE_TA_FORGE, scribble_ranges().trap).a1,
			 PORT_TRAP_FAULT);
	assert_int_equal(call(FAKE_RESULT, 0).a1, PORT_TRAP_GONE);
}

/* --- The end ------------------------------------------------------------------------------------ */

static void killed_secure_world_leaves_no_process(void **state)
{
	(void)state;
	assert_trap(call(FAKE_ENTER, FAKE_TA_ECHO, 1, 2), 1, 2);
	assert_int_equal(kill(daemon_now.pid, SIGKILL), 0);
	daemon_wait_all();
}

static void killed_launcher_takes_the_secure_world_along(void **state)
{
	pid_t launcher = daemon_find(daemon_now.pid, "postern-launch");

	(void)state;
	assert_int_not_equal(launcher, 0);
	assert_int_equal(kill(launcher, SIGKILL), 0);
	daemon_wait_all();
}

static void killed_parent_leaves_no_process(void **state)
{
	int ready[2];
	pid_t parent;
	char byte;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	parent = fork();
	if (parent == 0) {
		ta_begin(NULL);
		byte = 1;
		(void)!write(ready[1], &byte, 1);
		for (;;) {
			pause();
		}
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	assert_int_equal(kill(parent, SIGKILL), 0);
	daemon_wait_all();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boot_with_a_wrong_gate_is_refused),
		cmocka_unit_test(boot_with_a_gate_that_could_shrink_is_refused),
		cmocka_unit_test(boot_with_a_gate_that_is_too_small_is_refused),
		cmocka_unit_test(boot_with_a_wrong_message_is_refused),
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, world_begin, world_end)
		IN_WORLD(boot_message_reaches_the_secure_world),
		IN_WORLD(every_cpu_answers_and_keeps_a4_and_up),
		IN_WORLD(time_runs_and_never_goes_back),
		IN_WORLD(random_words_differ),
		IN_WORLD(notification_is_one_up_each_time),
		IN_WORLD(console_carries_whole_lines_and_counts_what_it_drops),
		IN_WORLD(console_reader_that_lies_gets_nothing),
		IN_WORLD(panic_says_why_and_ends_the_process),
		cmocka_unit_test(secure_world_that_reaches_out_dies),
		IN_WORLD(secure_world_may_ask_for_entropy),
		IN_WORLD(plugged_object_is_memory_until_it_is_removed),
		IN_WORLD(object_that_could_change_its_size_is_refused),
		IN_WORLD(object_of_another_size_is_refused),
		IN_WORLD(object_at_an_odd_place_is_refused),
		IN_WORLD(object_that_overlaps_is_refused),
		IN_WORLD(what_is_no_memory_object_is_refused),
		IN_WORLD(object_of_huge_pages_is_refused),
		IN_WORLD(remove_of_what_was_not_added_changes_nothing),
		IN_WORLD(contiguous_pages_are_mapped),
		IN_WORLD(scattered_pages_are_mapped_side_by_side),
		IN_WORLD(pages_that_are_not_all_memory_are_not_mapped),
		IN_WORLD(removed_object_stays_while_it_is_mapped),
		IN_WORLD(a_thousand_objects_come_and_go),
#define WITH_TA(test) cmocka_unit_test_setup_teardown(test, ta_begin, ta_end)
		WITH_TA(traps_go_in_and_results_come_back),
		WITH_TA(entry_is_a_call_with_an_aligned_stack),
		WITH_TA(client_memory_is_shared_both_ways),
		WITH_TA(scattered_client_pages_are_side_by_side),
		WITH_TA(pages_that_are_no_memory_are_not_mapped),
		WITH_TA(read_only_memory_cannot_be_written),
		WITH_TA(memory_without_execute_is_not_executed),
		WITH_TA(own_code_cannot_be_written),
		WITH_TA(unmapped_memory_is_out_of_reach),
		WITH_TA(lists_longer_than_the_control_pages_are_made_in_parts),
		WITH_TA(secure_pages_freed_before_the_commit_are_still_mapped_by_it),
		WITH_TA(wild_pointer_is_a_fault),
		WITH_TA(illegal_instruction_is_a_fault),
		WITH_TA(stack_overflow_is_a_fault),
		WITH_TA(trap_of_no_kind_is_a_fault),
		WITH_TA(ta_that_asks_linux_is_stopped),
		WITH_TA(ta_that_exits_is_gone),
		WITH_TA(ta_that_is_killed_is_gone),
		WITH_TA(ta_that_is_killed_while_it_waits_is_gone_at_the_next_run),
		WITH_TA(foreign_interrupt_ends_the_run_and_the_ta_goes_on),
		WITH_TA(destroyed_space_leaves_no_process),
		WITH_TA(commit_is_true_to_its_word_while_the_ta_scribbles),
		WITH_TA(control_pages_cannot_be_written),
		WITH_TA(killed_secure_world_leaves_no_process),
		IN_WORLD(killed_launcher_takes_the_secure_world_along),
		cmocka_unit_test(killed_parent_leaves_no_process),
	};

	if (argc != 3) {
		fprintf(stderr, "usage: host_test PROGRAM TA\n");
		return EXIT_FAILURE;
	}
	program = argv[1];
	image_path = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
