"""What only a machine can show: Debian's kernel finds the secure world, cannot look into it, and is not
stopped by it; CPUs, drivers, clients and supplicants come and go."""
import signal

import guest
import harness
from guest import smc
from harness import Tee, finish, program, read_line

CLIENT = program("test/client")
ADD, WAIT, SPIN, REE_TIME, STORE, LOAD = "0", "2", "3", "4", "5", "6"
ADDED = b"00000000 4 3 2\n"

# abi/smc.h, and spec: what each fast call answers.
OK, EBUSY, ERESUME, EBADADDR, EBADCMD, ENOTAVAIL, UNKNOWN = 0, 2, 3, 4, 5, 7, 0xFFFFFFFF
DYNAMIC_SHM, MEMREF_NULL, ASYNC_NOTIF, RPC_ARG = 1 << 2, 1 << 4, 1 << 5, 1 << 6
MARKS = (0x1111, 0x2222, 0x3333, 0x4444, 0x5555, 0x6666)

# Of QEMU's virt machine.
SECURE_RAM, SECURE_RAM_SIZE, SECURE_UART, SECURE_FLASH, OPEN_FLASH = 0x0E000000, 16 << 20, 0x09040000, 0, 0x04000000


def works(tee):
    result = tee.run(CLIENT, ADD, "1", "2")
    assert result.stdout == ADDED, result


def go_on(client):
    client.stdin.write(b"\n")


def in_flight(tee, *command):
    """A client whose call is inside the secure world."""
    client = tee.start(CLIENT, "-l", *command)
    assert read_line(client) == "open"
    go_on(client)
    tee.await_census(calls=1)
    return client


def ticks():
    """Timer interrupts of each CPU."""
    for line in Tee.machine.shell("cat /proc/interrupts").splitlines():
        if "arch_timer" in line:
            return [int(word) for word in line.split()[1:] if word.isdigit()][:2]
    raise AssertionError("no timer")


# --- The driver -------------------------------------------------------------------------------------


# covers: SMC_ENABLE_ASYNC_NOTIF MSG_CMD_REGISTER_SHM
def test_the_stock_driver_finds_us():
    log = Tee.machine.normal_log()
    for line in ("optee: probing for conduit method.", "optee: revision ",
                 "optee: Asynchronous notifications enabled", "optee: dynamic shared memory is enabled",
                 "optee: initialized driver"):
        assert line in log, f"the kernel never said '{line}':\n" + "\n".join(
            said for said in log.splitlines() if "optee" in said)


def test_the_revision_it_prints_is_ours():
    major, minor = smc(Tee.machine, 0xB2000001)[:2]
    assert f"optee: revision {major}.{minor}" in Tee.machine.normal_log()


def test_the_devices_are_there():
    out = Tee.machine.shell("ls /dev/tee0 /dev/teepriv0 && cat /sys/class/tee/tee0/implementation_id")
    assert out.split() == ["/dev/tee0", "/dev/teepriv0", "1"], out


# --- Fast calls -------------------------------------------------------------------------------------


def fast(function, *arguments):
    """a0 to a3 of a fast call; whatever it answers, a4 to a7 come back as they went."""
    given = [*arguments, *MARKS[len(arguments):]]
    registers = smc(Tee.machine, function, *given, 0)
    assert registers[4:] == [*given[3:], 0], (hex(function), registers)
    return registers[:4]


# covers: SMC_CALLS_COUNT SMC_CALLS_UID SMC_CALLS_REVISION
def test_the_uid_and_the_revision_of_the_interface():
    assert fast(0xBF00FF01) == [0x384FB3E0, 0xE7F811E3, 0xAF630002, 0xA5D5C51B]
    assert fast(0xBF00FF03)[:2] == [2, 0]
    assert fast(0xBF00FF00)[0] == 12


# covers: SMC_GET_OS_UUID SMC_GET_OS_REVISION
def test_the_os_uuid_and_revision():
    assert fast(0xB2000000) == [0x486178E0, 0xE7F811E3, 0xBC5E0002, 0xA5D5C51B]
    major, minor, build, _ = fast(0xB2000001)
    assert (major, minor) != (0, 0) and build >> 32 == 0, (major, minor, build)


# covers: SMC_EXCHANGE_CAPABILITIES SMC_GET_THREAD_COUNT
def test_capabilities():
    result, caps, largest, params = fast(0xB2000009, 0)
    assert result == OK and params == 4, (result, params)
    assert caps & (DYNAMIC_SHM | MEMREF_NULL | RPC_ARG) == DYNAMIC_SHM | MEMREF_NULL | RPC_ARG, hex(caps)
    assert caps & ASYNC_NOTIF, hex(caps)
    threads = fast(0xB200000F)
    # Each thread has a key above the asynchronous ones; the diagnostic pseudo-TA has some more.
    assert threads[0] == OK and 64 + threads[1] <= largest < 256, (threads, largest)
    # One CPU or many is all that the normal world may say.
    assert fast(0xB2000009, 1)[0] == OK
    for unknown in (2, 0x80000000, 0xFFFFFFFF):
        assert fast(0xB2000009, unknown)[0] == ENOTAVAIL, hex(unknown)


# covers: SMC_GET_SHM_CONFIG SMC_L2CC_MUTEX
def test_fast_calls_that_this_machine_does_not_have():
    # GET_SHM_CONFIG, L2CC_MUTEX: no reserved memory, no AArch32; and numbers that mean nothing.
    for function in (0xB2000007, 0xB2000008, 0xB2000005, 0xB2000006, 0xB20000FF, 0xB200FFFF, 0xBF00FF02):
        assert fast(function)[0] == UNKNOWN, hex(function)


# covers: SMC_BOOT_SECONDARY SMC_VM_CREATED SMC_VM_DESTROYED SMC_GET_PROTMEM_CONFIG
def test_the_calls_of_other_builds_are_refused():
    # BOOT_SECONDARY, VM_CREATED, VM_DESTROYED, GET_PROTMEM_CONFIG.
    for function in (0xB200000C, 0xB200000D, 0xB200000E, 0xB2000014):
        assert fast(function)[0] in (ENOTAVAIL, UNKNOWN), hex(function)


# covers: SMC_GET_ASYNC_NOTIF_VALUE
def test_a_pending_notification_is_valid_or_nothing():
    result, _, flags, _ = fast(0xB2000011)
    assert result == OK and flags & ~3 == 0, (result, flags)


# covers: SMC_DISABLE_SHM_CACHE
def test_the_shm_cache_is_handed_back_until_it_is_empty():
    with Tee() as tee:
        works(tee)
        tee.await_idle()
    for _ in range(64):
        if fast(0xB200000A)[0] == ENOTAVAIL:
            break
    else:
        raise AssertionError("the cache is never empty")
    assert fast(0xB200000A)[0] == ENOTAVAIL


# covers: SMC_RETURN_FROM_RPC SMC_CALL_WITH_ARG SMC_CALL_WITH_RPC_ARG SMC_CALL_WITH_REGD_ARG
def test_yielding_calls_that_are_wrong_are_refused():
    # An unknown one; a thread that is not suspended; addresses that are not the normal world's, or askew.
    assert smc(Tee.machine, 0x32000099)[0] == EBADCMD
    for thread in (0, 3, 4, 0xFFFFFFFF):
        assert smc(Tee.machine, 0x32000003, 0, 0, thread)[0] == ERESUME, thread
    for function in (0x32000004, 0x32000012):
        for high, low in ((0, SECURE_RAM), (0, SECURE_RAM + (1 << 20)), (0, 0x48000008), (0, SECURE_UART & ~0xFFF),
                          (0xFFFFFFFF, 0xFFFFF000), (0, SECURE_FLASH), (0x100, 0)):
            assert smc(Tee.machine, function, high, low)[0] == EBADADDR, (hex(function), high, hex(low))
    for high, low, offset in ((0, 0, 0), (0xDEAD, 0xBEEF, 0), (0, 1, 4)):
        assert smc(Tee.machine, 0x32000013, high, low, offset)[0] == EBADADDR, (high, low)


def test_the_calling_convention_and_psci():
    assert smc(Tee.machine, 0x80000000)[0] >= 0x10001
    assert smc(Tee.machine, 0x84000000)[0] >= 0x10000
    assert smc(Tee.machine, 0x84000004, 1, 0)[0] in (0, 2)
    # Nobody's functions.
    for function in (0x82000000, 0xC3001234, 0x84001234):
        assert smc(Tee.machine, function)[0] & 0xFFFFFFFF == UNKNOWN, hex(function)


# --- Secure memory ----------------------------------------------------------------------------------


def peek(address):
    return Tee.machine.run("devmem", f"{address:#x}", "32")


def test_the_normal_world_cannot_read_secure_memory():
    # The way to look works: the flash that is nobody's answers.
    assert peek(OPEN_FLASH).returncode == 0
    for address in (SECURE_RAM, SECURE_RAM + (1 << 20), SECURE_RAM + SECURE_RAM_SIZE // 2,
                    SECURE_RAM + SECURE_RAM_SIZE - 4, SECURE_UART):
        result = peek(address)
        assert result.returncode in (-signal.SIGBUS, 128 + signal.SIGBUS), (hex(address), result)
    with Tee() as tee:
        works(tee)


def test_the_normal_world_cannot_write_secure_memory():
    result = Tee.machine.run("devmem", f"{SECURE_RAM + (1 << 20):#x}", "32", "0")
    assert result.returncode in (-signal.SIGBUS, 128 + signal.SIGBUS), result
    with Tee() as tee:
        works(tee)


# --- Files and memory -------------------------------------------------------------------------------


# covers: RPC_CMD_FS RPC_FS_CREATE RPC_FS_OPEN RPC_FS_READ RPC_FS_WRITE RPC_FS_CLOSE
def test_an_object_is_stored_and_read_again():
    with Tee() as tee:
        for size in ("0", "1", "5000"):
            assert tee.run(CLIENT, STORE, "7", size).stdout.startswith(b"00000000"), size
            assert tee.run(CLIENT, LOAD, "7", size).stdout.startswith(b"00000000"), size
        tee.stop_supplicant()
        tee.start_supplicant()
        assert tee.run(CLIENT, LOAD, "7", "5000").stdout.startswith(b"00000000")
        files = Tee.machine.shell(f"find {tee.state} -type f").split()
        assert files, "nothing was written"


# covers: TEE_IOC_SHM_REGISTER TEE_IOC_SHM_ALLOC TEE_IOC_VERSION
def test_memory_is_registered_and_allocated():
    with Tee() as tee:
        lines = tee.run(program("test/memory"), "65537", check=True).stdout.decode().splitlines()
        found = {tuple(line.split()[::3][:2]) for line in lines}
        assert {("registered", "00000000"), ("allocated", "00000000"), ("temporary", "00000000")} <= found, lines
        assert len([shape for shape in found if shape[1] == "00000000"]) == len(found) - 1, found


# covers: MSG_CMD_CANCEL TEE_IOC_CANCEL
def test_a_wait_can_be_cancelled():
    with Tee() as tee:
        result = tee.run(program("examples/clock/clock"), "wait", "3600000", "1")
        assert (result.returncode, result.stdout) == (1, b"cancelled\n"), result
        tee.await_idle()


# --- Time -------------------------------------------------------------------------------------------


# covers: RPC_CMD_GET_TIME SMC_RPC_CMD TEE_IOC_VERSION TEE_IOC_OPEN_SESSION TEE_IOC_INVOKE TEE_IOC_CLOSE_SESSION MSG_CMD_OPEN_SESSION MSG_CMD_INVOKE_COMMAND MSG_CMD_CLOSE_SESSION
def test_the_time_of_the_normal_world_is_asked_for():
    with Tee() as tee:
        before = int(Tee.machine.shell("date +%s"))
        out = tee.run(CLIENT, REE_TIME).stdout.decode().split()
        after = int(Tee.machine.shell("date +%s"))
        assert out[0] == "00000000" and before <= int(out[2], 16) <= after, (before, out, after)


def uptime_ms():
    return float(Tee.machine.shell("cat /proc/uptime").split()[0]) * 1000


# covers: RPC_CMD_SUSPEND
def test_a_wait_lasts_as_long_as_it_says():
    with Tee() as tee:
        works(tee)
        before = uptime_ms()
        assert tee.run(CLIENT, WAIT, "700").stdout.startswith(b"00000000")
        assert uptime_ms() - before >= 690


# covers: SMC_RPC_FOREIGN_INTR
def test_a_ta_that_computes_stops_neither_the_tick_nor_the_other_cpu():
    seconds = 3
    with Tee() as tee:
        client = tee.start("taskset", "1", CLIENT, "-l", SPIN, str(seconds * 1000))
        assert read_line(client) == "open"
        other = tee.start("taskset", "2", CLIENT, "-l", ADD, "1", "2")
        assert read_line(other) == "open"
        before, start = ticks(), uptime_ms()
        go_on(client)
        tee.await_census(calls=1)
        go_on(other)
        # The other CPU's call ends while the TA computes.
        assert finish(other)[1] == ADDED.decode()
        works(tee)
        assert client.poll() is None, "the TA did not compute for long enough"
        status, out, _ = finish(client)
        assert status == 0 and out.startswith("00000000"), out
        passed = uptime_ms() - start
        counted = [new - old for new, old in zip(ticks(), before)]
        # 250 a second; half of them may be late on a busy machine.
        assert passed >= seconds * 1000 and counted[0] >= passed / 1000 * 125, (passed, counted)


def test_a_ta_that_computes_can_be_killed():
    with Tee() as tee:
        client = in_flight(tee, SPIN, "1500")
        client.kill()
        tee.await_idle()
        works(tee)


# --- Supplicants ------------------------------------------------------------------------------------


# covers: MSG_CMD_OPEN_SESSION RPC_CMD_LOAD_TA TEE_IOC_SUPPL_RECV TEE_IOC_SUPPL_SEND RPC_CMD_SHM_ALLOC RPC_CMD_SHM_FREE RPC_SHM_TYPE_APPL
def test_a_client_waits_until_there_is_a_supplicant():
    with Tee("--no-supplicant") as tee:
        client = tee.start(CLIENT, ADD, "1", "2")
        tee.await_census(requests_queued=1)
        tee.start_supplicant()
        assert finish(client)[1] == ADDED.decode()


# covers: RPC_CMD_SHM_ALLOC RPC_CMD_SHM_FREE RPC_SHM_TYPE_APPL
def test_a_supplicant_that_is_killed_fails_what_waits_for_it_and_the_next_one_serves():
    with Tee() as tee:
        tee.kill(tee.supplicant_pid, signal.SIGSTOP)
        client = tee.start(CLIENT, ADD, "1", "2")
        tee.await_census(requests_queued=1)
        tee.stop_supplicant(signal.SIGKILL)
        status, out, _ = finish(client)
        assert status != 0 and out.split()[0] in ("ffff000e", "ffff000c"), out
        tee.await_idle()
        tee.start_supplicant()
        works(tee)


# covers: MSG_CMD_INVOKE_COMMAND MSG_CMD_CLOSE_SESSION
def test_supplicants_may_change_while_a_session_is_open():
    with Tee() as tee:
        client = tee.start(CLIENT, "-l", REE_TIME)
        assert read_line(client) == "open"
        tee.stop_supplicant(signal.SIGTERM)
        tee.start_supplicant()
        go_on(client)
        assert finish(client)[1].startswith("00000000")


def test_a_second_supplicant_is_refused():
    with Tee() as tee:
        result = Tee.machine.run(*tee.supplicant_command(), "/dev/teepriv0",
                                 environment={"LD_LIBRARY_PATH": f"/{tee.supplicant_of}/lib"})
        assert result.returncode != 0, result
        works(tee)


# --- Drivers and CPUs -------------------------------------------------------------------------------


# covers: MSG_CMD_REGISTER_SHM MSG_CMD_UNREGISTER_SHM MSG_CMD_STOP_ASYNC_NOTIF
def test_the_driver_can_go_and_come_back():
    for _ in range(3):
        with Tee() as tee:
            works(tee)
            tee.await_idle()
        Tee.machine.shell("rmmod optee && [ ! -e /dev/tee0 ] && insmod /modules/optee.ko && [ -e /dev/tee0 ]")
    assert Tee.machine.normal_log().count("optee: initialized driver") >= 4
    with Tee() as tee:
        works(tee)


def online(cpu, yes):
    Tee.machine.shell(f"echo {int(yes)} >/sys/devices/system/cpu/cpu{cpu}/online")


def test_a_cpu_can_go_and_come_back():
    with Tee() as tee:
        for _ in range(5):
            online(1, False)
            works(tee)
            online(1, True)
            result = tee.run("taskset", "2", CLIENT, ADD, "1", "2")
            assert result.stdout == ADDED, result


def test_a_call_moves_on_when_its_cpu_goes():
    with Tee() as tee:
        client = tee.start("taskset", "2", CLIENT, "-l", SPIN, "2000")
        assert read_line(client) == "open"
        go_on(client)
        tee.await_census(calls=1)
        online(1, False)
        try:
            works(tee)
            status, out, _ = finish(client)
            assert status == 0 and out.startswith("00000000"), out
        finally:
            online(1, True)
        works(tee)


# --- Many at once -----------------------------------------------------------------------------------


def test_more_clients_than_secure_threads_take_turns():
    with Tee() as tee:
        works(tee)
        clients = [tee.start(CLIENT, SPIN, "100") for _ in range(12)]
        for client in clients:
            status, out, errors = finish(client)
            assert status == 0 and out.startswith("00000000"), (out, errors)
        tee.await_idle()


# covers: RPC_CMD_NOTIFICATION RPC_NOTIFICATION_WAIT RPC_NOTIFICATION_SEND TEE_IOC_OPEN_SESSION TEE_IOC_INVOKE TEE_IOC_CLOSE_SESSION
def test_clients_of_one_instance_wait_for_each_other():
    # Calls of one instance take turns: whoever comes second waits in the normal world until notified.
    with Tee() as tee:
        clients = [tee.start(CLIENT, "-s", "-l", SPIN, "100") for _ in range(8)]
        for client in clients:
            assert read_line(client) == "open"
        for client in clients:
            go_on(client)
        for client in clients:
            status, out, errors = finish(client)
            assert status == 0 and out.startswith("00000000"), (out, errors)
        tee.await_idle()


harness.main(None)
