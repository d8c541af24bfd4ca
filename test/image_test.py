"""TA images that are not what they should be: refused, and the log says which check failed."""
import glob
import os
import subprocess
import sys
import tempfile

import harness
from harness import TA_DIRECTORY, Tee, program

CLIENT = program("test/client")
SIGN = os.path.join(harness.BUILD, "ta/postern-sign")
SECURITY = "ffff000f"
NOT_FOUND = "ffff0008"


def worker_path():
    with open(os.path.join(harness.SOURCE, "test/ta/worker/Makefile"), encoding="utf-8") as makefile:
        for line in makefile:
            if line.startswith("BINARY"):
                return os.path.join(TA_DIRECTORY, line.split("=")[1].strip() + ".ta")
    raise AssertionError("no BINARY in the worker's Makefile")


def opened_with(content):
    """The result of opening a session when the worker's image is `content`, and what the log said."""
    with tempfile.TemporaryDirectory() as images:
        if content is not None:
            with open(os.path.join(images, os.path.basename(worker_path())), "wb") as image:
                image.write(content)
        # Our directory comes first on the path; an image that is bad is not looked for elsewhere.
        with Tee(ta_path=images) as tee:
            out = tee.run(CLIENT, "0", "1", "2").stdout.decode()
            tee.await_idle()
            log = tee.log()
        return out.split()[0], log


def good():
    with open(worker_path(), "rb") as image:
        return image.read()


def test_a_good_image_is_accepted():
    assert opened_with(good())[0] == "00000000"


def test_an_image_that_is_not_an_image_is_refused():
    for content in (b"", b"hello", b"\0" * 4096, b"\x7fELF" + b"\0" * 1000):
        result, log = opened_with(content)
        assert result == SECURITY, (len(content), result)
        assert "refused" in log, log


def test_a_truncated_image_is_refused():
    image = good()
    for size in (1, 19, 20, 51, 52, 400, len(image) // 2, len(image) - 1):
        assert opened_with(image[:size])[0] == SECURITY, size


def test_one_byte_too_many_is_refused():
    assert opened_with(good() + b"\0")[0] == SECURITY


def test_a_flipped_bit_is_refused():
    image = good()
    for place in (0, 4, 8, 12, 16, 18, 30, 200, len(image) - 2000, len(image) - 1):
        flipped = bytearray(image)
        flipped[place] ^= 0x10
        assert opened_with(bytes(flipped))[0] == SECURITY, place


def test_a_huge_size_is_refused():
    image = bytearray(good())
    image[8:12] = b"\xff\xff\xff\xff"
    assert opened_with(bytes(image))[0] == SECURITY


def test_another_tas_image_under_this_name_is_refused():
    others = [path for path in glob.glob(os.path.join(TA_DIRECTORY, "*.ta")) if path != worker_path()]
    assert others
    with open(others[0], "rb") as image:
        result, log = opened_with(image.read())
    assert result == SECURITY and "UUID" in log, (result, log)


def test_an_image_signed_with_another_key_is_refused():
    uuid = os.path.basename(worker_path())[:-3]
    with tempfile.TemporaryDirectory() as scratch:
        key = os.path.join(scratch, "key.pem")
        subprocess.run(["openssl", "genrsa", "-out", key, "3072"], check=True, capture_output=True)
        elf = glob.glob(os.path.join(TA_DIRECTORY, "**", uuid + ".stripped.elf"), recursive=True)
        assert elf, "the build keeps no stripped ELF"
        out = os.path.join(scratch, "out.ta")
        subprocess.run([SIGN, "--uuid", uuid, "--key", key, "--in", elf[0], "--out", out],
                       check=True, capture_output=True)
        with open(out, "rb") as image:
            result, log = opened_with(image.read())
    assert result == SECURITY and "signature" in log.lower(), (result, log)


def test_no_image_is_item_not_found():
    # The path goes on to where the build's images are.
    assert opened_with(None)[0] == "00000000"
    with Tee() as tee:
        out = tee.run(CLIENT, "-u", "12345678-0000-4000-8000-000000000000", "0").stdout.decode()
        assert out.split()[:2] == [NOT_FOUND, "3"], out


harness.main(sys.modules[__name__])
