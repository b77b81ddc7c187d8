"""Hostile and damaged zip, tar and stream files: {what: bytes}.

As in `hostile_pickles.py` each is right apart from one thing.
"""

import io
import struct
import warnings
import zipfile

import numpy as np
import torch_files as torchs
import weight_files as files
from small_files import SMALL, made, write_npz
from torch_files import listed, number, numbers, pickled, sequence, text

HUGE = 2**62


# --- zip --------------------------------------------------------------------------------------


def zip_of(contents, compression=zipfile.ZIP_STORED):
    """contents: {name: bytes} or [(name or ZipInfo, bytes), ...]"""
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", compression) as archive:
        warnings.simplefilter("ignore")  # of doubles
        for entry, data in contents.items() if isinstance(contents, dict) else contents:
            archive.writestr(entry, data)
    return file.getvalue()


def entries_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def central(data, entry):
    """Where the directory's record of an entry begins."""
    return data.rindex(b"PK\1\2", 0, data.rindex(entry.encode()))


def local(data, entry):
    return data.rindex(b"PK\3\4", 0, data.index(entry.encode()))


def put(data, at, kind, *values):
    new = struct.pack(kind, *values)
    return data[:at] + new + data[at + len(new) :]


def zips(tmp):
    good = made(tmp, torchs.torch_zip, SMALL)
    whole = entries_of(good)
    pickle, first = "archive/data.pkl", "archive/data/0"
    result = {
        "all compressed": zip_of(whole, zipfile.ZIP_DEFLATED),
        "all in bzip2": zip_of(whole, zipfile.ZIP_BZIP2),
        "all in LZMA": zip_of(whole, zipfile.ZIP_LZMA),
        "no pickle": zip_of({k: v for k, v in whole.items() if k != pickle}),
        "no storage": zip_of({k: v for k, v in whole.items() if k != first}),
        "two pickles": zip_of({**whole, "other/data.pkl": whole[pickle]}),
        "big-endian": zip_of({**whole, "archive/byteorder": b"big"}),
        "a pickle of 2 MB": zip_of({**whole, pickle: whole[pickle] + bytes(2**21)}),
        "a pickle with a tail": zip_of({**whole, pickle: whole[pickle] + b"N."}),
        "an empty pickle": zip_of({**whole, pickle: b""}),
        "a pickle of a number": zip_of({**whole, pickle: pickled(number(1))}),
        "a pickle of a list": zip_of({**whole, pickle: pickled(b"]")}),
        "no tensors": zip_of({**whole, pickle: pickled(torchs.dictionary({}))}),
        "a short storage": zip_of({**whole, first: whole[first][:-1]}),
        "a long storage": zip_of({**whole, first: whole[first] + b"\0" * 4}),
        "an empty storage": zip_of({**whole, first: b""}),
        "many entries": zip_of({**whole, **{f"archive/x{i}": b"" for i in range(5000)}}),
        "nothing": zip_of({}),
        "something else": zip_of({"word/document.xml": b"<w/>"}),
        "a double": zip_of([*whole.items(), (first, whole[first])]),
    }
    for wrong in ("../evil", "/etc/evil", "archive/../../evil", "a\\..\\evil", "C:\\evil", ".."):
        result[f"a name {wrong}"] = zip_of([*whole.items(), (zipfile.ZipInfo(wrong), b"x")])
    at, here = central(good, first), local(good, first)
    size = len(whole[first])
    result |= {
        "encrypted": put(good, at + 8, "<H", 1),
        "a wrong CRC": put(good, at + 16, "<I", 7),
        "a method": put(good, at + 10, "<H", 8),
        "an unknown method": put(good, at + 10, "<H", 77),
        "packed larger": put(good, at + 20, "<I", size + 4),
        "packed larger than the file": put(good, at + 20, "<I", 2**31),
        "unpacked larger": put(good, at + 24, "<I", 2**31),
        "both larger": put(good, at + 20, "<II", 2**31, 2**31),
        "both smaller": put(good, at + 20, "<II", size - 4, size - 4),
        "elsewhere": put(good, at + 42, "<I", 1),
        "behind the end": put(good, at + 42, "<I", 2**31),
        "on the pickle": put(good, at + 42, "<I", local(good, pickle)),
        "on the next": put(good, at + 42, "<I", local(good, "archive/data/1")),
        "another name within": put(good, here + 30, "<14s", b"archive/data/9"),
        "a long name within": put(good, here + 26, "<H", 65535),
        "a long extra within": put(good, here + 28, "<H", 65535),
        "a NUL in its name": put(good, at + 46, "<14s", b"archive\0data/0"),
    }
    end = good.rindex(b"PK\5\6")
    result |= {
        "a directory elsewhere": put(good, end + 16, "<I", 5),
        "a directory of 2 GB": put(good, end + 12, "<I", 2**31),
        "a directory after the end": put(good, end + 16, "<I", 2**31),
    }
    return result | bombs(tmp) | {"one within another": nested(whole)}


def nested(whole):
    """A zip whose directory also names an entry that lies within the bytes of another."""
    inner = zip_of({"archive/inner": b"x"})
    inner, record = inner[: inner.index(b"PK\1\2")], inner[inner.index(b"PK\1\2") : -22]
    outer = zip_of({**whole, "archive/blob": inner})
    end = outer.rindex(b"PK\5\6")
    record = put(record, 42, "<I", outer.index(inner))
    outer = put(outer, end + 12, "<I", struct.unpack_from("<I", outer, end + 12)[0] + len(record))
    return outer[:end] + record + outer[end:]


def bombs(tmp):
    """Archives that would fill the memory, were they unpacked."""
    zeros = bytes(2**26)
    npz = made(tmp, write_npz, np.savez_compressed)
    whole = entries_of(npz)
    head = files.npy_header("'<f4'", f"({2**24},)")
    large = zip_of({**whole, "conv1_w.npy": head + zeros}, zipfile.ZIP_DEFLATED)
    at = central(npz, "conv1_w.npy")
    return {
        "a bomb of zeros": large,
        "a bomb that says it is small": put(large, central(large, "conv1_w.npy") + 24, "<I", 400),
        "a claim of 2 GB": put(npz, at + 24, "<I", 2**31),
        "a claim of nothing": put(npz, at + 24, "<I", 0),
        "packed in something else": zip_of(whole, zipfile.ZIP_LZMA),
        "a damaged stream": zip_of(
            [("conv1_w.npy", whole["conv1_w.npy"]), ("conv1_b.npy", b"")], zipfile.ZIP_DEFLATED
        ),
    }


# --- tar and stream ---------------------------------------------------------------------------


def tars(tmp):
    good = made(tmp, torchs.torch_tar, SMALL)
    storages, tensors = 512, good.index(b"tensors\0")
    body = tensors + 512

    def with_members(**members):
        return made(tmp, torchs.torch_tar, SMALL, members)

    def tensor_facts(*facts):
        """One tensor in storage 100, of which another is right."""
        head = pickled(number(1))
        head += pickled(sequence(number(200), number(100), torchs.name("torch", "FloatTensor")))
        return with_members(tensors=head + b"".join(facts))

    def facts(size, stride, offset, dimensions=None):
        count = len(size) if dimensions is None else dimensions
        return struct.pack(f"<ii{len(size)}q{len(stride)}qq", count, 0, *size, *stride, offset)

    kind = torchs.name("torch", "FloatStorage")
    result = {
        "another name": put(good, 0, "8s", b"storagez"),
        "a wrong checksum": put(good, 136, "12s", b"00000000777\0"),  # of a time of change
        "cut": good[: body + 20],
        "a size past the end": _tar_with(good, 0, size=b"77777777777\0"),
        "a negative size": _tar_with(good, 0, size=b"-0000000001\0"),
        "a size in base 256": _tar_with(good, 0, size=b"\xff" * 12),
        "no size": _tar_with(good, 0, size=b"\0" * 12),
        "a size of letters": _tar_with(good, 0, size=b"0000000zz00\0"),
        "a double": good[:tensors] + good[: tensors - 0] + good[tensors:],
        "storages of text": with_members(storages=pickled(text("4"))),
        "storages beyond count": with_members(storages=pickled(number(2**31 - 1))),
        "a negative count": with_members(storages=pickled(number(-1))),
        "tensors beyond count": with_members(tensors=pickled(number(9))),
        "empty members": with_members(storages=b"", tensors=b"", pickle=b""),
        "a storage without a type": with_members(
            storages=pickled(number(1)) + pickled(sequence(number(100), text("cpu"), b"N"))
        ),
        "a storage keyed by a list": with_members(
            storages=pickled(number(1)) + pickled(sequence(b"]", text("cpu"), kind))
        ),
        "a storage without numbers": with_members(
            storages=pickled(number(1)) + pickled(sequence(number(100), text("cpu"), kind))
        ),
        "a tensor in no storage": with_members(
            tensors=pickled(number(1)) + pickled(sequence(number(200), number(7), kind))
        ),
        "a pickle of an unknown tensor": with_members(pickle=pickled(number(77) + b"Q")),
        "a pickle of a list of a tensor": with_members(pickle=pickled(listed(number(200)) + b"Q")),
        "a tensor of huge dimensions": tensor_facts(facts((), (), 0, dimensions=2**31 - 1)),
        "a tensor of -1 dimensions": tensor_facts(facts((), (), 0, dimensions=-1)),
        "a tensor cut off": tensor_facts(facts((2,), (1,), 0)[:-1]),
    }
    for what, lie in {
        "huge": ((HUGE,), (1,), 0),
        "negative": ((-2,), (1,), 0),
        "a stride of 0": ((5,), (0,), 0),
        "a negative stride": ((5,), (-1,), 4),
        "past the end": ((6,), (1,), 1),
        "a negative offset": ((2,), (1,), -1),
        "overlapping": ((3, 2), (1, 1), 0),
    }.items():
        result[f"a tensor, {what}"] = tensor_facts(facts(*lie))
    base = entries_of_tar(good)["storages"].removesuffix(pickled(b"]"))
    for what, view in {
        "no list": number(1),
        "a short view": listed(numbers([1, 100])),
        "a view of nothing": listed(numbers([300, 7, 0, 1])),
        "a view past the end": listed(numbers([300, 100, 5, 2])),
        "a huge view": listed(numbers([300, 100, 0, HUGE])),
        "a negative view": listed(numbers([300, 100, -1, 2])),
    }.items():
        result[f"views: {what}"] = with_members(storages=base + pickled(view))
    for code in b"123467SLKD":  # links, devices, sparse and long-named members
        result[f"a member of type {chr(code)}"] = _tar_with(good, 0, kind=bytes([code]))
    assert good[storages:].startswith(b"\x80\x02")
    return result


def entries_of_tar(data):
    result, at = {}, 0
    while data[at]:
        size = int(data[at + 124 : at + 135], 8)
        result[data[at : at + 100].rstrip(b"\0").decode()] = data[at + 512 : at + 512 + size]
        at += 512 + -(-size // 512) * 512
    return result


def _tar_with(data, at, size=None, kind=None):
    """A header changed, with its checksum right."""
    header = bytearray(data[at : at + 512])
    if size is not None:
        header[124:136] = size
    if kind is not None:
        header[156:157] = kind
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return data[:at] + bytes(header) + data[at + 512 :]


def streams(tmp):
    def stream(**changes):
        return made(tmp, torchs.torch_stream, SMALL, **changes)

    good = stream()
    magic = good[:15]
    return {
        "another magic": good.replace(magic, torchs.PROTOCOL + b"\x8a\x0a" + bytes(10) + b"."),
        "another version": good.replace(pickled(number(1001)), pickled(number(1002)), 1),
        "a version of text": good.replace(pickled(number(1001)), pickled(text("1")), 1),
        "big-endian": good.replace(b"little_endian\x88", b"little_endian\x89"),
        "no machine": magic + pickled(number(1001)) + pickled(b"N"),
        "a tail": good + b"\0",
        "a huge count": stream(counts=HUGE),
        "a negative count": stream(counts=-1),
        "a smaller count": stream(counts=1),
        "no keys": stream(keys=[]),
        "too few keys": stream(keys=["0", "1", "2"]),
        "a key twice": stream(keys=["0", "1", "2", "3", "3"]),
        "another value": stream(value=pickled(number(5))),
    }
