"""Objects in an RPMB device, with real processes: by way of the driver and by way of the supplicant."""
import os
import shutil
import sys
import tempfile

import harness
from harness import Tee, finish, program

CLIENT = program("test/client")
SUPPLICANT = program("normal/supplicant/tee-supplicant")
STORE, LOAD = "12", "13"
NOT_AVAILABLE = "f0100003 4 1 300\n"
WAYS = ("--rpmb", "--supplicant-rpmb")


class Device:
    """A directory for a device and for the state of the TEE that it belongs to."""

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="prpmb.")
        self.file = os.path.join(self.directory, "device")
        self.state = os.path.join(self.directory, "state")
        os.mkdir(self.state)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.directory)

    def tee(self, way, options=",no-sync"):
        return Tee(way, self.file + options, state=self.state)


def ask(tee, command, name="1", size="0x300"):
    return finish(tee.start(CLIENT, command, name, size))[1]


def succeeds(tee, command, **arguments):
    answer = ask(tee, command, **arguments)
    assert answer.startswith("00000000 "), answer + tee.log()


def test_an_object_outlives_the_tee_on_both_ways():
    for way in WAYS:
        other = WAYS[1 - WAYS.index(way)]
        with Device() as device:
            with device.tee(way) as tee:
                succeeds(tee, STORE)
                succeeds(tee, LOAD)
                assert "programming our key" in tee.log()
            with device.tee(way) as tee:
                succeeds(tee, LOAD)
                assert "programming our key" not in tee.log()
            # And the other way leads to the same device.
            with device.tee(other) as tee:
                succeeds(tee, LOAD)


def test_without_a_device_the_storage_is_not_available():
    with Tee() as tee:
        assert ask(tee, STORE) == NOT_AVAILABLE
        assert ask(tee, LOAD) == NOT_AVAILABLE
        # The other storage is.
        succeeds(tee, "5")


def test_a_device_of_another_tee_is_not_used():
    with Device() as device:
        with device.tee("--rpmb") as tee:
            succeeds(tee, STORE)
        shutil.rmtree(device.state)
        os.mkdir(device.state)
        with device.tee("--rpmb") as tee:
            assert ask(tee, LOAD) == NOT_AVAILABLE


def test_an_older_device_file_is_older_objects_and_nothing_worse():
    """The file stands for the chip: whoever can put back the chip can put back what is in it."""
    with Device() as device:
        with device.tee("--rpmb") as tee:
            succeeds(tee, STORE)
        shutil.copy(device.file, device.file + ".old")
        with device.tee("--rpmb") as tee:
            succeeds(tee, STORE, name="2")
        os.rename(device.file + ".old", device.file)
        with device.tee("--rpmb") as tee:
            succeeds(tee, LOAD)
            assert ask(tee, LOAD, name="2").startswith("ffff0008 ")


def test_single_faults_are_survived():
    for way in WAYS:
        for kind in ("lose-request", "lose-answer", "replay", "fail"):
            with Device() as device:
                with device.tee(way) as tee:
                    succeeds(tee, STORE)
                with device.tee(way, f",no-sync,fault={kind}@3,fault={kind}@9") as tee:
                    succeeds(tee, STORE)
                    succeeds(tee, LOAD)


def test_after_a_power_cut_the_object_is_whole():
    for kind in ("cut-before", "cut-after"):
        for at in (2, 5, 8):
            with Device() as device:
                with device.tee("--rpmb") as tee:
                    succeeds(tee, STORE)
                with device.tee("--rpmb", f",no-sync,fault={kind}@{at}") as tee:
                    assert ask(tee, STORE) == NOT_AVAILABLE
                    assert ask(tee, LOAD) == NOT_AVAILABLE
                with device.tee("--rpmb") as tee:
                    succeeds(tee, LOAD)


def test_a_supplicant_that_is_killed_does_not_take_the_device_along():
    with Device() as device:
        with device.tee("--supplicant-rpmb") as tee:
            succeeds(tee, STORE)
            for _ in range(3):
                pid = tee.status()["supplicant_pid"]
                os.kill(pid, harness.signal.SIGKILL)
                harness.await_gone([pid])
                succeeds(tee, STORE)
                succeeds(tee, LOAD)


def test_a_device_is_of_one_tee_at_a_time():
    with Device() as device:
        with device.tee("--rpmb"):
            second = Tee("--rpmb", device.file)
            result = second.postern("up", "--quiet", *second.options)
            assert result.returncode != 0
            assert "another program" in result.stderr, result.stderr
            shutil.rmtree(second.scratch)


def test_the_supplicant_refuses_what_is_no_device():
    with Tee("--no-supplicant") as tee:
        result = tee.run(SUPPLICANT, "--rpmb-file", tee.scratch, tee.directory)
        assert result.returncode != 0 and b"--rpmb-file" in result.stderr, result.stderr
        result = tee.run(SUPPLICANT, "--rpmb-cid", "12", tee.directory)
        assert result.returncode != 0 and b"hexadecimal" in result.stderr, result.stderr


harness.main(sys.modules[__name__])
