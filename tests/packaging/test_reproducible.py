"""Archives that do not tell where and when they were built.

`make reproducible` builds everything twice and compares; this takes minutes.
"""

import io
import os
import pathlib
import sys
import tarfile
import zipfile

import pytest

PACKAGING = pathlib.Path(__file__).parents[2] / "packaging"


@pytest.fixture
def normalized(monkeypatch):
    monkeypatch.syspath_prepend(str(PACKAGING))
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    import normalized

    yield normalized
    sys.modules.pop("normalized")


FILES = {"a/b.py": b"1", "a-1.dist-info/RECORD": b"2", "a/c.sh": b"3" * 999}


def wheel(path, names, year, mode):
    with zipfile.ZipFile(path, "w") as made:
        for name in names:
            info = zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0))
            info.external_attr = (mode | 0o100 * name.endswith(".sh")) << 16
            made.writestr(info, FILES[name])
    return path


def sdist(path, names, mtime, mode):
    with tarfile.open(path, "w:gz") as made:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.uid = len(FILES[name]), mtime, mtime
            info.mode = mode | 0o100 * name.endswith(".sh")
            info.uname = f"user {mtime}"
            made.addfile(info, io.BytesIO(FILES[name]))
    return path


def test_wheels_of_two_machines_are_the_same(normalized, tmp_path):
    one = wheel(tmp_path / "1.whl", list(FILES), 2001, 0o644)
    other = wheel(tmp_path / "2.whl", reversed(list(FILES)), 2020, 0o600)
    for path in (one, other):
        normalized.normalize_wheel(path)
    assert one.read_bytes() == other.read_bytes()
    with zipfile.ZipFile(one) as made:
        assert {n: made.read(n) for n in made.namelist()} == FILES
        assert made.namelist()[-1].endswith("RECORD")
        script = made.getinfo("a/c.sh")
        assert script.external_attr >> 16 == 0o100755
        assert script.date_time[:3] == (1980, 1, 2)


def test_sdists_of_two_machines_are_the_same(normalized, tmp_path):
    one = sdist(tmp_path / "1.tar.gz", list(FILES), 5, 0o644)
    other = sdist(tmp_path / "other", reversed(list(FILES)), 7, 0o600)
    for path in (one, other):
        normalized.normalize_sdist(path)
    assert one.read_bytes() == other.read_bytes()
    with tarfile.open(one) as made:
        assert {
            info.name: made.extractfile(info).read() for info in made
        } == FILES


def test_the_time_can_be_chosen(normalized, tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "SOURCE_DATE_EPOCH", "1700000000")
    path = wheel(tmp_path / "1.whl", list(FILES), 2001, 0o644)
    normalized.normalize_wheel(path)
    (info, *_) = zipfile.ZipFile(path).infolist()
    assert info.date_time == (2023, 11, 14, 22, 13, 20)
