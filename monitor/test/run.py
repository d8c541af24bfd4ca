#!/usr/bin/env python3
"""Runs the two test kernels under QEMU: run.py FLASH KERNEL CPU on|off [count|no-block].

`on` and `off` say whether the CPU has EL2. What the kernel says in TAP is passed on. With `count`, time is
instructions, and what a call costs is held against its limit. With `no-block` nobody says where the kernel is, and
the monitor has to say so. LIMIT only turns a hang into a failure."""
import os
import re
import struct
import subprocess
import sys
import tempfile

LIMIT = 120

# abi/boot.h
KERNEL, BOOT_BLOCK = 0x42200000, 0x47FF0000
BOOT_MAGIC, BOOT_VERSION, ARGUMENTS_MAX = 0x544F4F42, 1, 2048

# Instructions: both world switches, the test kernels' own few among them; and an answer of EL3's.
CALL_MAX, ANSWER_MAX = 250, 200


def run(flash, kernel, cpu, el2, mode):
    """What the normal world said, and the secure UART; and whether QEMU ended well."""
    with tempfile.TemporaryDirectory() as directory:
        block = os.path.join(directory, "boot")
        secure = os.path.join(directory, "secure")
        with open(block, "wb") as file:
            file.write(struct.pack("<IIQQQ", BOOT_MAGIC, BOOT_VERSION, KERNEL, 0, 0) + bytes(ARGUMENTS_MAX))
        command = ["qemu-system-aarch64", "-machine",
                   f"virt,secure=on,gic-version=3,acpi=off,virtualization={el2}", "-cpu", cpu, "-smp", "2",
                   "-m", "512", "-nodefaults", "-display", "none", "-no-reboot", "-bios", flash,
                   "-serial", "stdio", "-serial", f"file:{secure}"]
        for path, address in ((kernel, KERNEL), (block, BOOT_BLOCK))[:1 if mode == "no-block" else 2]:
            command += ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]
        if mode == "count":
            command += ["-icount", "shift=0,sleep=off"]
        try:
            result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                    timeout=LIMIT, check=False)
            output, good = result.stdout, result.returncode == 0
        except subprocess.TimeoutExpired as late:
            output, good = (late.stdout or b"").decode(), False
        with open(secure, encoding="utf-8", errors="replace") as file:
            return output, file.read(), good


def refused(output, secure, good):
    """A machine that cannot start says why and ends."""
    promises = (("the monitor says that there is no boot block", "monitor: panic: no boot block" in secure),
                ("no kernel is entered", output == ""),
                ("the machine is turned off", good))
    for number, (name, kept) in enumerate(promises, 1):
        print(f"{'ok' if kept else 'not ok'} {number} - {name}")
    print(f"1..{len(promises)}")
    sys.exit(0 if all(kept for _, kept in promises) else 1)


def main():
    flash, kernel, cpu, el2, mode = (sys.argv[1:] + [""])[:5]
    output, secure, good = run(flash, kernel, cpu, el2, mode)
    if mode == "no-block":
        refused(output, secure, good)
    lines = [line for line in output.splitlines() if not re.match(r"1\.\.\d+$", line)]
    number = sum(bool(re.match(r"(not )?ok ", line)) for line in lines)
    planned = re.search(r"^1\.\.(\d+)$", output, re.M)
    ended = good and planned is not None and int(planned.group(1)) == number
    lines.append(f"{'ok' if ended else 'not ok'} {number + 1} - the machine was turned off at the end")
    number += 1
    if mode == "count":
        cost = re.search(r"^# instructions: yielding call (\d+), PSCI_VERSION (\d+)$", output, re.M)
        cheap = cost is not None and int(cost.group(1)) <= CALL_MAX and int(cost.group(2)) <= ANSWER_MAX
        number += 1
        lines.append(f"{'ok' if cheap else 'not ok'} {number} - a call takes at most {CALL_MAX} instructions")
    print("\n".join(lines))
    print(f"1..{number}")
    for line in secure.splitlines():
        print(f"# {line}")
    sys.exit(1 if any(line.startswith("not ok") for line in lines) else 0)


main()
