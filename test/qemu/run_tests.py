#!/usr/bin/env python3
"""All tests of the guest, in one machine: run_tests.py FIRMWARE GUEST ARM64-BUILD [NAME...]

The end-to-end tests of the host that make sense under the stock driver run unchanged in each mixture of
{Debian's, our} libteec and {Debian's, our} tee-supplicant; the tests of guest_test.py once. A NAME is part of
the tests' to be run. TAP, and a last line that counts."""
import importlib.util
import os
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
FIRMWARE, GUEST, BUILD = (os.path.abspath(path) if path != "none" else path for path in sys.argv[1:4])
NAMES = sys.argv[4:]

os.environ["POSTERN_BUILD"] = BUILD
os.environ["POSTERN_SOURCE"] = SOURCE
os.environ.setdefault("STORM_SECONDS", "4")
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import guest  # noqa: E402
import harness  # noqa: E402
import machine  # noqa: E402

# Of a failure that are shown.
LINES_MAX = 40

PARTIES = ("debian", "ours")

# The host's tests that are run here, by file: None is all of them. What is left out is about posternd.
HOST_TESTS = {
    "ta/api/api_test.py": None,
    "ta/examples_test.py": None,
    "image_test.py": None,
    "kill_test.py": ("test_a_killed_client_leaves_nothing_while_its_ta_waits",
                     "test_a_killed_client_with_an_idle_session_leaves_nothing",
                     "test_a_panicked_ta_is_a_dead_target_and_the_log_says_so",
                     "test_a_ta_that_faults_is_a_dead_target_and_the_log_says_where",
                     "test_other_clients_do_not_notice_a_killed_one"),
    "memory_test.py": None,
    "storm_test.py": None,
    "supplicant_test.py": ("test_ctrl_c_ends_a_client_that_waits_for_a_supplicant",),
    "ta/probe/probe_test.py": ("test_bad_memory_is_death",),
}

# These depend on neither library nor supplicant, or take long: one mixture is enough.
ONE_MIXTURE = ("test_every_", "test_the_library_says", "image_is", "is_refused", "test_bad_memory", "test_no_image",
               "test_vault_keeps_files_of_any_size", "test_a_put_that_fails", "test_clock_has_three_clocks")

# A client of the stock driver that is killed while the secure world sleeps ends when that is over: the kernel
# sleeps uninterruptibly. The host's tests wait for ten minutes.
SHORTER = {"WAIT_LONG": ("2", "2000"), "SPIN_LONG": ("3", "2000")}


def use_guest():
    """What the host's test files take from harness.py is the guest's from now on."""
    harness.Tee = guest.Tee
    harness.TA_DIRECTORY = guest.Tee.ta_directory = os.path.join(BUILD, "ta/aarch64")
    harness.program = lambda *parts: os.path.join("/build", *parts)
    harness.main = lambda module: None


def load(path):
    """A test file of its own, its caches empty."""
    spec = importlib.util.spec_from_file_location("loaded_" + os.path.basename(path)[:-3], path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def functions(module, wanted=None):
    return [(name, function) for name, function in vars(module).items()
            if name.startswith("test_") and (wanted is None or name in wanted)]


class Results:
    def __init__(self):
        self.passed = self.failed = 0

    def run(self, name, function):
        if NAMES and not any(part in name for part in NAMES):
            return
        started = time.monotonic()
        secure = len(guest.Tee.machine.secure_log())
        try:
            function()
            self.report("ok", name, started)
            self.passed += 1
        except Exception:
            self.failed += 1
            for line in traceback.format_exc().splitlines()[-LINES_MAX:]:
                print("# " + line)
            for line in guest.Tee.machine.secure_log()[secure:].splitlines()[-LINES_MAX:]:
                print("# secure: " + line)
            self.report("not ok", name, started)
            if guest.Tee.machine.over.is_set():
                raise

    def report(self, word, name, started):
        print(f"{word} {self.passed + self.failed + (word == 'ok')} - {name} "
              f"# {time.monotonic() - started:.1f} s", flush=True)


def run_mixture(results, libteec, supplicant, first):
    guest.Tee.libteec, guest.Tee.supplicant_of = libteec, supplicant
    for path, wanted in HOST_TESTS.items():
        module = load(os.path.join(SOURCE, "test", path))
        for name, value in SHORTER.items():
            if hasattr(module, name):
                setattr(module, name, value)
        for name, function in functions(module, wanted):
            if not first and any(part in name for part in ONE_MIXTURE):
                continue
            results.run(f"libteec {libteec}, tee-supplicant {supplicant}: {name}", function)


def run_all(results):
    own = load(os.path.join(HERE, "guest_test.py"))
    for name, function in functions(own):
        results.run(f"guest: {name}", function)
    mixtures = [(libteec, supplicant) for libteec in PARTIES for supplicant in PARTIES]
    for libteec, supplicant in mixtures:
        run_mixture(results, libteec, supplicant, (libteec, supplicant) == mixtures[0])
    for name, function in functions(load(os.path.join(HERE, "last_test.py"))):
        results.run(f"guest: {name}", function)


def main():
    use_guest()
    results = Results()
    started = time.monotonic()
    try:
        with machine.Machine(FIRMWARE, GUEST) as guest.Tee.machine:
            print(f"# booted in {guest.Tee.machine.boot_seconds:.1f} s", flush=True)
            run_all(results)
    except Exception:
        results.failed += 1
        print("# " + traceback.format_exc().replace("\n", "\n# "))
        print("not ok - the guest was there to the end")
    print(f"# {time.monotonic() - started:.0f} s")
    print(f"{results.passed} passed, {results.failed} failed")
    sys.exit(1 if results.failed or not results.passed else 0)


main()
