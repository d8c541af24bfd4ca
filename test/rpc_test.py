"""postern rpc: any one RPC, by hand."""
import re
import sys
import time

import harness
from harness import Tee


def answer(tee, *words):
    return tee.postern("rpc", *words)


# covers: RPC_CMD_GET_TIME
def test_the_time_is_the_machines():
    with Tee() as tee:
        result = answer(tee, "get-time")
        assert result.returncode == 0, result
        seconds = int(re.search(r"^0: (0x[0-9a-f]+)", result.stdout, re.M).group(1), 16)
        assert abs(seconds - time.time()) < 300, result.stdout


def test_a_command_that_nobody_serves_is_not_supported():
    with Tee() as tee:
        result = answer(tee, "99", "v:1,2,3", "mi:=hello")
        assert result.returncode == 1, result
        assert "result 0xffff000a not supported" in result.stdout, result
        tee.await_idle()


# covers: RPC_CMD_FS RPC_FS_CREATE RPC_FS_WRITE RPC_FS_READ
def test_a_file_is_written_and_read():
    with Tee() as tee:
        name = "/by-hand"
        made = answer(tee, "fs", "v:1", "mi:=" + name, "vo")
        assert made.returncode == 0, made
        number = re.search(r"^2: (0x[0-9a-f]+)", made.stdout, re.M).group(1)
        assert answer(tee, "fs", f"v:4,{number},0", "mi:=some text").returncode == 0
        read = answer(tee, "fs", f"v:3,{number},0", "mo:32")
        assert read.returncode == 0, read
        assert "1: 10 bytes" in read.stdout and "some text." in read.stdout, read
        assert answer(tee, "fs", f"v:2,{number}").returncode == 0
        assert answer(tee, "fs", "v:6", "mi:=" + name).returncode == 0


def test_a_name_that_climbs_out_of_the_root_is_refused():
    with Tee() as tee:
        result = answer(tee, "fs", "v:0", "mi:=../../../../../../etc/passwd", "vo")
        assert result.returncode == 1, result
        assert "0xffff0008" in result.stdout or "0xffff0006" in result.stdout, result


# covers: RPC_SHM_TYPE_APPL RPC_SHM_TYPE_KERNEL
def test_memory_of_each_kind_is_given_and_taken_back():
    with Tee() as tee:
        for kind in "0", "1":
            result = answer(tee, "shm-alloc", f"v:{kind},5000")
            assert result.returncode == 0, result
        tee.await_idle()


def test_what_is_not_the_clients_to_take_is_denied():
    with Tee() as tee:
        result = answer(tee, "7", "v:1,4096")
        assert result.returncode == 1 and "0xffff0001" in result.stderr, result
        result = answer(tee, "notification", "v:0,64,1")
        assert result.returncode == 1 and "0xffff0001" in result.stderr, result


# covers: RPC_CMD_NOTIFICATION RPC_NOTIFICATION_WAIT RPC_NOTIFICATION_SEND
def test_one_waits_and_another_sends():
    with Tee() as tee:
        assert answer(tee, "notification", "v:1,3").returncode == 0
        assert answer(tee, "notification", "v:0,3,0").returncode == 0
        late = answer(tee, "notification", "v:0,3,1")
        assert late.returncode == 1 and "0xffff3001" in late.stdout, late


def test_an_asynchronous_notification_wakes_who_waits():
    with Tee() as tee:
        late = answer(tee, "notify-wait", "20")
        assert late.returncode == 1 and "0xffff3001" in late.stdout, late
        waiter = tee.start(harness.POSTERN, "rpc", "notify-wait")
        tee.await_census(threads_busy=1)
        sent = answer(tee, "notify")
        assert sent.returncode == 0 and "0: 0x" in sent.stdout, sent
        status, out, errors = harness.finish(waiter)
        assert status == 0, (out, errors)
        tee.await_idle()


def test_words_that_make_no_sense_are_named():
    with Tee() as tee:
        result = answer(tee, "get-time", "v:nonsense")
        assert result.returncode == 64 and "v:nonsense" in result.stderr or "nonsense" in result.stderr, result
        assert answer(tee).returncode == 64


harness.main(sys.modules[__name__])
