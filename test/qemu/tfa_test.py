#!/usr/bin/env python3
"""Our secure kernel below upstream's monitor: tfa_test.py TFA GUEST, made by scripts/build-tfa and
scripts/build-guest. Debian's kernel boots, its driver finds us, and an example's client and TA talk.

TF-A leaves the device tree's node of the TEE to whoever is BL32 or makes the tree; here it is made here."""
import os
import selectors
import shutil
import subprocess
import sys
import tempfile
import time

LIMIT = int(os.environ.get("POSTERN_BOOT_LIMIT", "360"))
INITRD = 0x48000000
PROMPT = "~ # "
# A second supplicant ends at once, so it does no harm where the guest has started one.
COMMANDS = ("export LD_LIBRARY_PATH=/debian/lib; /debian/tee-supplicant -d; "
            "/build/examples/hello/hello && echo hello''-ended; poweroff -f\n")
MACHINE = "virt,secure=on,gic-version=3,acpi=off,virtualization=off"


def command_line(machine):
    return ["qemu-system-aarch64", "-machine", machine, "-cpu", "max,sve=off,sme=off", "-smp", "2", "-m", "1057",
            "-nodefaults", "-display", "none", "-no-reboot"]


def device_tree(path, initrd_size):
    subprocess.run(command_line(f"{MACHINE},dumpdtb={path}"), check=True, capture_output=True)

    def put(kind, node, name, *values):
        subprocess.run(["fdtput", "-p", "-t", kind, path, node, name, *values], check=True)

    put("s", "/firmware/optee", "compatible", "linaro,optee-tz")
    put("s", "/firmware/optee", "method", "smc")
    put("x", "/firmware/optee", "interrupts", "0", "bb", "1")
    put("s", "/chosen", "bootargs", "console=ttyAMA0 panic=-1")
    put("x", "/chosen", "linux,initrd-start", "0", f"{INITRD:x}")
    put("x", "/chosen", "linux,initrd-end", "0", f"{INITRD + initrd_size:x}")


def converse(command, directory):
    """What the normal world's console says, until the machine is off; COMMANDS are typed at its PROMPT."""
    output, typed = "", False
    with subprocess.Popen(command, cwd=directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as qemu, selectors.DefaultSelector() as selector:
        selector.register(qemu.stdout, selectors.EVENT_READ)
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            if not selector.select(deadline - time.monotonic()):
                break
            data = os.read(qemu.stdout.fileno(), 4096)
            if not data:
                break
            output += data.decode(errors="replace")
            if PROMPT in output and not typed:
                typed = True
                qemu.stdin.write(COMMANDS.encode())
                qemu.stdin.flush()
        qemu.kill()
    return output


def run(tfa, guest):
    with tempfile.TemporaryDirectory() as directory:
        for name in ("bl1.bin", "bl2.bin", "bl31.bin", "bl32.bin"):
            shutil.copy(os.path.join(tfa, name), directory)
        os.symlink(os.path.join(guest, "kernel"), os.path.join(directory, "bl33.bin"))
        initrd = os.path.join(guest, "initrd")
        device_tree(os.path.join(directory, "tree.dtb"), os.path.getsize(initrd))
        output = converse([*command_line(MACHINE), "-bios", "bl1.bin", "-dtb", "tree.dtb",
                           "-semihosting-config", "enable=on,target=native", "-serial", "stdio",
                           "-serial", "file:secure.log",
                           "-device", f"loader,file={initrd},addr={INITRD:#x},force-raw=on"], directory)
        with open(os.path.join(directory, "secure.log"), encoding="utf-8", errors="replace") as file:
            return output, file.read()


def main():
    output, secure = run(*(os.path.abspath(path) for path in sys.argv[1:3]))
    promises = (
        ("TF-A is the monitor", "BL31:" in output),
        ("our secure kernel starts as BL32", "Postern" in secure),
        ("the stock driver finds it", "optee: initialized driver" in output),
        ("a client and its TA talk", "hello-ended" in output),
        ("the machine can be turned off", "reboot: Power down" in output),
    )
    for number, (name, kept) in enumerate(promises, 1):
        print(f"{'ok' if kept else 'not ok'} {number} - {name}")
    print(f"1..{len(promises)}")
    if not all(kept for _, kept in promises):
        for line in output.splitlines()[-40:] + secure.splitlines()[-40:]:
            print(f"# {line}")
        sys.exit(1)


main()
