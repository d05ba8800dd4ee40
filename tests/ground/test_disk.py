"""A full disk is told in one sentence, whichever library found out; what is no full disk is left alone."""

from __future__ import annotations

import errno
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import SafetensorError
from safetensors.numpy import save_file

from hubpress.disk import DiskFull, full_disk, telling_full_disk
from hubpress.errors import HubError, HubpressError, VerifyFailed
from hubpress.files import write_text


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let no file of this process grow over so many bytes, as a quota would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_that_may_not_grow_is_told_with_its_folder(tmp_path: Path) -> None:
    """By Python and by the writer of weights, whose error is no OSError; then nothing half is there."""
    told = f"^{tmp_path}: file too large. Make room there"
    with files_of_at_most(1000), pytest.raises(DiskFull, match=told), telling_full_disk(tmp_path):
        write_text(tmp_path / "text", "x" * 2000)
    with files_of_at_most(1000), pytest.raises(DiskFull, match="file too large"), telling_full_disk(tmp_path):
        save_file({"weights": np.zeros(2000, np.float32)}, tmp_path / "model.safetensors")
    assert not (tmp_path / "text").exists()
    # torch does not say why.
    with files_of_at_most(1000), pytest.raises(DiskFull, match="could not be written"), telling_full_disk(tmp_path):
        torch.save(torch.zeros(100_000), tmp_path / "optimizer.pt")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_device_without_space_is_told(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match="no space left on device"), telling_full_disk(tmp_path):
        Path("/dev/full").write_text("x" * 100_000, encoding="utf-8")


@pytest.mark.parametrize(
    "error",
    [
        SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        RuntimeError("Failed: [Errno 28] No space left on device"),
        VerifyFailed("it cannot be measured: OSError: [Errno 28] No space left on device"),
    ],
)
def test_every_way_to_say_it_is_known(error: Exception, tmp_path: Path) -> None:
    found = full_disk(error, tmp_path)
    assert found and found.where == str(tmp_path)
    assert full_disk(found) is found


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(errno.EACCES, "Permission denied"),
        RuntimeError("Error parsing message: Wire format was corrupt"),  # the disk has room
        HubError("The Hub refused the request (507). It says: no space left on device."),
        HubpressError("another sentence"),
    ],
)
def test_everything_else_is_left_alone(error: Exception, tmp_path: Path) -> None:
    assert full_disk(error, tmp_path) is None
    with pytest.raises(type(error)) as caught, telling_full_disk(tmp_path):
        raise error
    assert caught.value is error
