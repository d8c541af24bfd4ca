#!/usr/bin/env python3
"""Makes the guest's initial file system, a cpio archive: initrd.py OUT --root DEBIAN --libraries ROOT
--build BUILD --module FILE...

DEBIAN is what Debian's kernel, tee-supplicant, libteec1 and busybox were unpacked in, ROOT what the libraries
of our own programs were, BUILD our build for aarch64 Linux; MODULE is a kernel module of ours."""
import argparse
import glob
import lzma
import os
import re
import stat
import struct
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))

# Kernel modules, by file name; what they depend on comes along.
MODULES = ("virtio_mmio", "virtio_console", "tee", "optee")

# Our programs, where they are in the build and in the guest's /build.
PROGRAMS = ("test/client", "test/memory", "test/ta/api/api", "test/ta/probe/probe", "examples/hello/hello",
            "examples/clock/clock", "examples/vault/vault", "bench/measure")

LIBTEEC = "libteec.so"


class Archive:
    """A cpio archive in the format that the kernel unpacks ("newc")."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.names = set()

    def _add(self, name, mode, data, device=(0, 0)):
        name = name.strip("/")
        parent = os.path.dirname(name)
        if parent and parent not in self.names:
            self._add(parent, stat.S_IFDIR | 0o755, b"")
        if name in self.names:
            return
        self.names.add(name)
        links = 2 if stat.S_ISDIR(mode) else 1
        self._write(name, (len(self.names), mode, 0, 0, links, 0, len(data), 0, 0, *device), data)

    def _write(self, name, numbers, data):
        encoded = name.encode() + b"\0"
        fields = "".join(f"{number:08x}" for number in (*numbers, len(encoded), 0))
        header = b"070701" + fields.encode() + encoded
        self.file.write(header + bytes(-len(header) % 4) + data + bytes(-len(data) % 4))

    def program(self, name, data):
        self._add(name, stat.S_IFREG | 0o755, data)

    def copy(self, name, path):
        with open(path, "rb") as file:
            self.program(name, file.read())

    def link(self, name, target):
        self._add(name, stat.S_IFLNK | 0o777, target.encode())

    def device(self, name, major, minor):
        self._add(name, stat.S_IFCHR | 0o600, b"", (major, minor))

    def close(self):
        self._write("TRAILER!!!", (0,) * 11, b"")
        self.file.close()


def module(root, name):
    """The module's bytes, and the names of those it depends on."""
    found = [path for below in ("lib", "usr/lib") for end in (".ko", ".ko.xz")
             for path in glob.glob(os.path.join(root, below, "modules/*/kernel/**", name + end), recursive=True)]
    assert len(found) == 1, f"{name}.ko: {found}"
    with (lzma.open if found[0].endswith(".xz") else open)(found[0], "rb") as file:
        data = file.read()
    depends = re.search(rb"\0depends=([^\0]*)\0", data).group(1).decode()
    return data, [word for word in depends.split(",") if word]


def add_modules(archive, root, own):
    waiting = list(MODULES)
    while waiting:
        name = waiting.pop()
        data, depends = module(root, name)
        archive.program(f"/modules/{name}.ko", data)
        waiting += depends
    for path in own:
        archive.copy("/modules/" + os.path.basename(path), path)


def needed(path):
    """The libraries that a program names."""
    words = subprocess.run(["aarch64-linux-gnu-readelf", "-d", path], check=True, capture_output=True,
                           text=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.*)\]", words)


def add_libraries(archive, roots, programs):
    """What the programs need, libteec aside, where the loader looks."""
    done, waiting = set(), list(programs)
    while waiting:
        for name in needed(waiting.pop()):
            if name in done or name.startswith(LIBTEEC):
                continue
            done.add(name)
            places = [os.path.join(root, folder, name) for root in roots
                      for folder in ("lib/aarch64-linux-gnu", "usr/lib/aarch64-linux-gnu")]
            path = next((place for place in places if os.path.exists(place)), None)
            assert path is not None, f"{name} is in none of {places}"
            archive.copy("/lib/aarch64-linux-gnu/" + name, path)
            waiting.append(path)
    loader = "ld-linux-aarch64.so.1"
    archive.link("/lib/" + loader, "aarch64-linux-gnu/" + loader)


def add_party(archive, name, libteec, supplicant):
    """A libteec and a supplicant. Both of libteec's sonames lead to it: a program does not change with
    the library it meets."""
    archive.copy(f"/{name}/lib/libteec", libteec)
    for number in (1, 2):
        archive.link(f"/{name}/lib/{LIBTEEC}.{number}", "libteec")
    archive.copy(f"/{name}/tee-supplicant", supplicant)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--root", required=True)
    parser.add_argument("--libraries", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--module", action="append", default=[])
    options = parser.parse_args()

    archive = Archive(options.out)
    archive.device("/dev/console", 5, 1)
    archive.device("/dev/null", 1, 3)
    archive.copy("/init", os.path.join(HERE, "init"))
    archive.copy("/bin/busybox", os.path.join(options.root, "bin/busybox"))
    archive.copy("/bin/agent", os.path.join(options.build, "test/qemu/agent"))
    add_modules(archive, options.root, options.module)

    theirs = os.path.join(options.root, "usr/sbin/tee-supplicant")
    ours = os.path.join(options.build, "normal/supplicant/tee-supplicant")
    debian = os.path.join(options.root, "usr/lib/aarch64-linux-gnu/libteec.so.1")
    libteec = os.path.join(options.build, "normal/client/libteec.so.2")
    add_party(archive, "debian", debian, theirs)
    add_party(archive, "ours", libteec, ours)
    programs = [os.path.join(options.build, name) for name in PROGRAMS]
    for name, path in zip(PROGRAMS, programs):
        archive.copy("/build/" + name, path)
    add_libraries(archive, [options.libraries, options.root], [
        *programs, theirs, ours, debian, libteec, os.path.join(options.build, "test/qemu/agent")])
    for path in glob.glob(os.path.join(options.build, "ta/aarch64/*.ta")):
        archive.copy("/lib/optee_armtz/" + os.path.basename(path), path)
    archive.close()


main()
