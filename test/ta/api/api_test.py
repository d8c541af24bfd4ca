"""The dev kit's library on the real secure kernel: what the API promises to a TA, and what it dies of."""
import functools
import os
import re
import sys

import harness
from harness import SOURCE, Tee, program

API = program("test/ta/api/api")
FIRST_PANIC = 100


def names():
    """{number: name} of the commands in api_ta.h."""
    found, number = {}, 0
    with open(os.path.join(SOURCE, "test/ta/api/api_ta.h"), encoding="utf-8") as header:
        for name, value in re.findall(r"^\t(API_\w+)(?: = (\d+))?,", header.read(), re.MULTILINE):
            number = int(value) if value else number
            found[number] = name
            number += 1
    return found


@functools.cache
def results():
    """{name: (result, origin)} of a run in a TEE of its own, and what the log said."""
    known = names()
    with Tee() as tee:
        run = tee.run(API)
        assert run.returncode == 0, run
        tee.await_idle()
        log = tee.log()
    lines = [line.split() for line in run.stdout.decode().splitlines()]
    return {known[int(number)]: (result, origin) for number, result, origin in lines}, log


def test_every_check_holds():
    found, log = results()
    checks = {name: result for name, result in found.items() if "_CHECK_" in name}
    assert len(checks) >= 16, checks
    bad = {name for name, result in checks.items() if result != ("00000000", "4")}
    assert not bad, f"{bad}:\n{log}"


def test_every_panic_is_the_end_of_the_ta_and_of_nothing_else():
    found, log = results()
    panics = {name: result for name, result in found.items() if "_PANIC_" in name}
    assert len(panics) >= 14, panics
    bad = {name: result for name, result in panics.items() if result != ("ffff3024", "3")}
    assert not bad, f"{bad}:\n{log}"


def test_the_library_says_why_it_panicked():
    _, log = results()
    for word in ("Abort!", "assertion 'client->size != 64' failed", "the stack was overwritten",
                 "not allocated", "TEE_CloseObject", "the object's name", "longer than",
                 "'a memref' is no memory"):
        assert word in log, f"'{word}' is missing in:\n{log}"


harness.main(sys.modules[__name__])
