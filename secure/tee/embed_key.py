#!/usr/bin/env python3
"""Writes a C file with the public key that TA images have to be signed with (secure/tee/image_key.h).

The PEM file may hold the private key or only its public half. The development key is told by what it
is, not by its name: a copy of it is just as public."""
import argparse
import os
import subprocess
import sys

BYTES_PER_LINE = 12


def public_der(path):
    """The SubjectPublicKeyInfo in the PEM file `path`."""
    command = ["openssl", "pkey", "-in", path, "-pubout", "-outform", "DER", "-passin", "pass:"]
    for form in (command, command + ["-pubin"]):
        done = subprocess.run(form, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False)
        if done.returncode == 0:
            return done.stdout
    sys.exit(f"embed_key: {path}: openssl finds no key in it that it can read without a password")


def c_bytes(data):
    """The lines of an array initialiser."""
    for start in range(0, len(data), BYTES_PER_LINE):
        part = data[start:start + BYTES_PER_LINE]
        yield "\t" + " ".join(f"0x{byte:02x}," for byte in part)


def c_string(text):
    """A string literal; a name of a file may hold anything."""
    safe = "".join(c if c.isalnum() or c in "-_. " else "_" for c in text)
    return f'"{safe}"'


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--development", required=True, help="PEM file of the development key")
    parser.add_argument("key", help="PEM file of the key to trust")
    parser.add_argument("output", help="C file to write")
    options = parser.parse_args()

    key = public_der(options.key)
    is_development = key == public_der(options.development)
    with open(options.output, "w", encoding="ascii") as out:
        out.write('/* Written by embed_key.py. */\n#include "secure/tee/image_key.h"\n\n')
        out.write("const uint8_t image_key_der[] = {\n")
        out.write("\n".join(c_bytes(key)))
        out.write("\n};\n")
        out.write("const size_t image_key_der_size = sizeof(image_key_der);\n")
        out.write(f"const char image_key_name[] = {c_string(os.path.basename(options.key))};\n")
        flag = "true" if is_development else "false"
        out.write(f"const bool image_key_is_development = {flag};\n")


if __name__ == "__main__":
    main()
