"""Writers of pickles and of PyTorch's three formats: see `weight_files.py`."""

import struct
import zipfile

import numpy as np

# --- pickles, opcode by opcode ----------------------------------------------------------------

PROTOCOL = b"\x80\x02"
MAGIC = 0x1950A86A20F9469CFC6C


def text(value):
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def number(value):
    if -(2**31) <= value < 2**31:
        return b"J" + struct.pack("<i", value)
    data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def sequence(*items):
    return b"(" + b"".join(items) + b"t"


def listed(*items):
    return b"](" + b"".join(items) + b"e"


def numbers(values):
    return sequence(*map(number, values))


def name(module, attribute):
    return f"c{module}\n{attribute}\n".encode()


def call(function, *arguments):
    return function + sequence(*arguments) + b"R"


def dictionary(pairs):
    items = b"".join(text(key) + value for key, value in pairs.items())
    return name("collections", "OrderedDict") + b")R(" + items + b"u"


def pickled(value):
    return PROTOCOL + value + b"."


# --- PyTorch ----------------------------------------------------------------------------------

KINDS = {"f4": "Float", "f8": "Double", "f2": "Half", "i8": "Long"}


def storage_type(array):
    return name("torch", KINDS[array.dtype.str[1:]] + "Storage")


def strides(shape):
    return [int(np.prod(shape[axis + 1 :], dtype=np.int64)) for axis in range(len(shape))]


def storage_id(key, array, count=None, *view):
    count = array.size if count is None else count
    return (
        sequence(text("storage"), storage_type(array), text(key), text("cpu"), number(count), *view)
        + b"Q"
    )


def tensor(storage, shape, offset=0, stride=None, function="_rebuild_tensor_v2"):
    stride = strides(shape) if stride is None else stride
    parts = [storage, number(offset), numbers(shape), numbers(stride)]
    hooks = [b"\x89", dictionary({})] if function.endswith("v2") else []
    return call(name("torch._utils", function), *parts, *hooks)


def state_dict(arrays, *view):
    return dictionary(
        {
            key: tensor(storage_id(str(i), array, None, *view), array.shape)
            for i, (key, array) in enumerate(arrays.items())
        }
    )


def torch_zip(path, arrays, pickle=None, entries=None, folder="archive"):
    """entries: further ones, or others in place of those with the same name."""
    contents = {"data.pkl": pickled(state_dict(arrays)) if pickle is None else pickle}
    contents["byteorder"] = b"little"
    contents |= {f"data/{i}": array.tobytes() for i, array in enumerate(arrays.values())}
    contents["version"] = b"3\n"
    contents |= entries or {}
    with zipfile.ZipFile(path, "w") as archive:
        for entry, data in contents.items():
            archive.writestr(f"{folder}/{entry}", data)
    return path


def torch_stream(path, arrays, value=None, keys=None, counts=None):
    """The format of torch 0.1.10 to 1.5."""
    machine = text("protocol_version") + number(1001) + text("little_endian") + b"\x88"
    keys = sorted(str(i) for i in range(len(arrays))) if keys is None else keys
    held = list(arrays.values())
    with open(path, "wb") as file:
        file.write(PROTOCOL + b"\x8a\x0a" + MAGIC.to_bytes(10, "little") + b".")
        file.write(pickled(number(1001)))
        file.write(pickled(b"}(" + machine + b"u"))
        file.write(pickled(state_dict(arrays, b"N")) if value is None else value)
        file.write(pickled(listed(*map(text, keys))))
        for key in keys:
            count = held[int(key)].size if counts is None else counts
            file.write(struct.pack("<q", count) + held[int(key)].tobytes())
    return path


def torch_tar(path, arrays, members=None):
    """The format before 0.1.10: storages 100, 101, ... and tensors 200, 201, ..."""
    storages, tensors = pickled(number(len(arrays))), pickled(number(len(arrays)))
    for i, array in enumerate(arrays.values()):
        storages += pickled(sequence(number(100 + i), text("cpu"), storage_type(array)))
        storages += struct.pack("<q", array.size) + array.tobytes()
        kind = name("torch", KINDS[array.dtype.str[1:]] + "Tensor")
        tensors += pickled(sequence(number(200 + i), number(100 + i), kind))
        sizes = [*array.shape, *strides(array.shape), 0]
        tensors += struct.pack(f"<ii{len(sizes)}q", array.ndim, 0, *sizes)
    pairs = [sequence(text(key), text(str(200 + i)) + b"Q") for i, key in enumerate(arrays)]
    # Python 2's OrderedDict is made of a list of lists.
    value = call(name("collections", "OrderedDict"), listed(*pairs))
    contents = {"storages": storages + pickled(b"]"), "tensors": tensors, "pickle": pickled(value)}
    return write_tar(path, {**contents, **(members or {})})


def write_tar(path, members, kind=b"0"):
    with open(path, "wb") as file:
        for member, data in members.items():
            file.write(tar_header(member, len(data), kind) + data + bytes(-len(data) % 512))
        file.write(bytes(10240 - file.tell() % 10240))
    return path


def tar_header(member, size, kind=b"0"):
    head = member.encode().ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2
    head += b"%011o\0" % size + b"%011o\0" % 0
    tail = kind + bytes(100) + b"ustar\x0000" + bytes(247)
    checksum = sum(head) + sum(tail) + 8 * ord(" ")
    return head + b"%06o\0 " % checksum + tail
