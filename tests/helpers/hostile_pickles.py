"""Pickles that mean harm, or are damaged, made for `test_weights_hostile.py`.

Every attack is put into a file that is right apart from it, at a place that a careless reader would
step over: were the attack let through, the file would be read.
"""

import struct

import torch_files as torchs
from small_files import SMALL, write_npy
from torch_files import call, dictionary, listed, name, number, numbers, pickled, sequence, text

HUGE = 2**62

# What each is called with is a command of the shell, or a line of Python: both make the canary.
SHELL, PYTHON = "touch {canary}", "open({canary!r}, 'w').close()"
FUNCTIONS = {
    SHELL: """os.system posix.system nt.system os.popen subprocess.call subprocess.run
        subprocess.Popen subprocess.check_output subprocess.getoutput commands.getoutput pty.spawn
        asyncio.create_subprocess_shell""",
    PYTHON: """builtins.eval builtins.exec __builtin__.eval __builtin__.exec builtins.compile
        builtins.__import__ builtins.open io.open runpy.run_path runpy._run_code timeit.timeit
        code.interact importlib.import_module pickle.loads _pickle.loads marshal.loads torch.load
        numpy.load ctypes.CDLL webbrowser.open builtins.getattr operator.attrgetter
        functools.partial types.CodeType types.FunctionType pydoc.pipepager cProfile.run
        numpy.testing._private.utils.runstring collections.namedtuple shutil.rmtree sys.exit
        torch._utils._rebuild_device_tensor_from_numpy torch.storage._load_from_bytes
        torch._utils.eval torch.FloatStorage.__init__ collections.OrderedDict.fromkeys
        collections.Counter""",
}


def calls(canary):
    """{what: a piece of pickle} that would run something, by GLOBAL and by STACK_GLOBAL."""
    result = {}
    for command, functions in FUNCTIONS.items():
        argument = text(command.format(canary=str(canary)))
        for function in functions.split():
            module, _, attribute = function.rpartition(".")
            result[f"{function}"] = call(name(module, attribute), argument)
            stacked = text(module) + text(attribute) + b"\x93"
            result[f"{function} by STACK_GLOBAL"] = call(stacked, argument)
    return result


def machines():
    """{what: a piece of pickle} that misuses the stack machine."""
    empty = name("collections", "OrderedDict") + b")R"
    laughs = b")" + b"".join(b"q\x00h\x00h\x00\x86" for _ in range(150))
    result = {
        "deep marks": b"(" * 90_000,
        "deep marks, closed": b"(" * 40_000 + b"t" * 40_000,
        "endless names": b"c" + b"a" * 5000,
        "too many opcodes": b"N" + b"q\x00" * 100_000,
        "a tuple of 2 ** 150 leaves as a key": b"}" + laughs + b"Ns",
        "a list as a key": b"}]Ns",
        "a large number as a key": b"}\x8a\x09" + b"\xff" * 8 + b"\x01Ns",
        "a number of 255 bytes": b"\x8a\xff" + b"\x01" * 255,
        "a number of 2 GB": b"\x8b" + struct.pack("<i", 2**31 - 1),
        "a text of 4 GB": b"X" + struct.pack("<I", 2**32 - 1),
        "a text of 70 KB": text("a" * 70_000),
        "a text that is none": b"X\x02\x00\x00\x00\xff\xfe",
        "bytes of 2 GB": b"B" + struct.pack("<I", 2**31),
        "bytes of 2 ** 63": b"\x8e" + struct.pack("<Q", 2**63),
        "Python 2's text of 2 GB": b"T" + struct.pack("<i", 2**31 - 1),
        "Python 2's text of -1": b"T" + struct.pack("<i", -1),
        "recalled from nowhere": b"h\x77",
        "recalled from far away": b"j" + struct.pack("<I", 2**32 - 1),
        "no mark": b"t",
        "past a mark": b"(N\x86",
        "nothing to remember": b"}(" + b"u" * 3,
        "a key without a value": b"}(" + text("a") + b"u",
        "items of a list": b"](NNu",
        "items of a tensor": b"N(" + text("a") + b"Nu",
        "appended to a dictionary": b"}Na",
        "appended to a tuple": b")Na",
        "a call of a text": text("os.system") + text("touch x") + b"\x85R",
        "a call of a number": number(1) + b")R",
        "a call of None": b"N)R",
        "a call of a type": name("torch", "FloatStorage") + b")R",
        "a call without a tuple": name("collections", "OrderedDict") + text("x") + b"R",
        "a call with a list": name("collections", "OrderedDict") + b"]R",
        "an OrderedDict of a number": call(name("collections", "OrderedDict"), number(1)),
        "an OrderedDict of numbers": call(name("collections", "OrderedDict"), listed(number(1))),
        "an OrderedDict of two": call(name("collections", "OrderedDict"), b"]", b"]"),
        "an OrderedDict of triples": call(
            name("collections", "OrderedDict"), listed(sequence(text("a"), b"N", b"N"))
        ),
        "an OrderedDict keyed by lists": call(
            name("collections", "OrderedDict"), listed(sequence(b"]", b"N"))
        ),
        "state of a list": b"]" + text("__setstate__") + b"b",
        "state of a function": name("collections", "OrderedDict") + b"}" + text("x") + b"Nsb",
        "state of a type": name("torch", "FloatStorage") + b"}b",
        "state of a text": text("a") + b"}b",
        "a tensor without a storage": torchs.tensor(b"N", (2,)),
        "a tensor of a dictionary": torchs.tensor(empty, (2,)),
        "a tensor without arguments": name("torch._utils", "_rebuild_tensor_v2") + b")R",
        "a parameter of nothing": call(name("torch._utils", "_rebuild_parameter"), b"N"),
        "a parameter without arguments": name("torch._utils", "_rebuild_parameter") + b")R",
        "a name that is a number": number(1) + number(2) + b"\x93",
        "the end in the middle": b".",
        "a name with a newline": text("os\nx") + text("system") + b"\x93",
    }  # fmt: skip
    # All opcodes that the machine does not know, with nothing behind them.
    known = b"(.N\x88\x89KMJ\x8aG\x8cXUTCB\x8e)]}\x85\x86\x87thjcRQ\x80\x95qr\x94aesub\x93"
    for code in set(range(256)) - set(known):
        result[f"opcode {code:#04x}"] = b"NN" + bytes([code])
    return result


def in_zip(path, piece):
    pairs = {"x": listed(piece), **_tensors()}
    return torchs.torch_zip(path, SMALL, pickled(dictionary(pairs)))


def in_stream(path, piece):
    pairs = {"x": listed(piece), **_tensors(b"N")}
    return torchs.torch_stream(path, SMALL, pickled(dictionary(pairs)))


def in_tar(path, piece):
    items = {key: text(str(200 + i)) + b"Q" for i, key in enumerate(SMALL)}
    members = {"pickle": pickled(dictionary({"x": listed(piece), **items}))}
    return torchs.torch_tar(path, SMALL, members)


def _tensors(*view):
    return {
        key: torchs.tensor(torchs.storage_id(str(i), array, None, *view), array.shape)
        for i, (key, array) in enumerate(SMALL.items())
    }


HOSTS = {"zip": in_zip, "stream": in_stream, "tar": in_tar, "npy": write_npy}

# --- tensors and storages that lie ------------------------------------------------------------


def tensors():
    """{what: a piece of pickle}, a tensor that its storage does not hold. Storage "0" has 6 numbers
    there; the storage is called by its proper name, so that only the lie is wrong."""
    W = SMALL["a.weight"]
    good = torchs.storage_id("0", W)
    shapes = {
        "offset -1": ((2,), -1, (1,)),
        "offset -3": ((2,), -3, (1,)),
        "offset past the end": ((2,), 5, (1,)),
        "offset far away": ((2,), HUGE, (1,)),
        "a stride of 0": ((2, 3), 0, (0, 1)),
        "all strides 0": ((1000, 1000), 0, (0, 0)),
        "a stride of 0, large": ((2**40,), 0, (0,)),
        "a negative stride": ((6,), 5, (-1,)),
        "overlapping rows": ((2, 3), 0, (1, 1)),
        "overlapping rows of two": ((3, 2), 0, (1, 2)),
        "rows with gaps": ((2, 2), 0, (3, 1)),
        "a gap": ((3,), 0, (2,)),
        "huge strides": ((2, 2), 0, (HUGE, 1)),
        "one too many": ((7,), 0, (1,)),
        "huge": ((HUGE,), 0, (1,)),
        "a product past 64 bits": ((2**31, 2**31, 2**31), 0, (HUGE, 2**31, 1)),
        "a product of 0 with huge sides": ((0, HUGE), 0, (HUGE, 1)),
        "a negative side": ((-2, -3), 0, (3, 1)),
        "nine dimensions": ((1,) * 9, 0, (1,) * 9),
        "a thousand dimensions": ((1,) * 1000, 0, (1,) * 1000),
        "fewer strides": ((2, 3), 0, (1,)),
        "more strides": ((2,), 0, (3, 1)),
    }
    result = {
        key: torchs.tensor(good, shape, offset, stride)
        for key, (shape, offset, stride) in shapes.items()
    }
    build = name("torch._utils", "_rebuild_tensor_v2")
    for key, parts in {
        "a size of texts": (number(0), sequence(text("2")), numbers([1])),
        "a size of truths": (number(0), sequence(b"\x88"), numbers([1])),
        "a size of floats": (number(0), sequence(b"G" + b"\0" * 8), numbers([1])),
        "a size in a list": (number(0), listed(number(2)), numbers([1])),
        "a size of None": (number(0), b"N", b"N"),
        "a stride of texts": (number(0), numbers([2]), sequence(text("1"))),
        "an offset of a text": (text("0"), numbers([2]), numbers([1])),
        "an offset of a truth": (b"\x88", numbers([2]), numbers([1])),
        "a size of tuples": (number(0), sequence(numbers([2])), numbers([1])),
    }.items():
        result[key] = call(build, good, *parts)
    for key, storage in _storages(W).items():
        result[key] = torchs.tensor(storage, (2,))
    return result


def _storages(W):
    """{what: the piece of pickle of a storage}, wrong."""
    kind, double = name("torch", "FloatStorage"), name("torch", "DoubleStorage")

    def storage(*parts):
        return sequence(*parts) + b"Q"

    head = (text("storage"), kind)
    cpu = text("cpu")
    result = {
        "storage of another type": storage(text("storage"), double, text("0"), cpu, number(6)),
        "storage of half the type": storage(
            text("storage"), name("torch", "HalfStorage"), text("0"), cpu, number(6)
        ),
        "storage of the same bytes": storage(
            text("storage"), name("torch", "HalfStorage"), text("0"), cpu, number(12)
        ),
        "storage of another name": storage(*head, text("77"), cpu, number(6)),
        "storage up the tree": storage(*head, text("../data.pkl"), cpu, number(6)),
        "storage anywhere": storage(*head, text("/etc/passwd"), cpu, number(6)),
        "storage with a number for a name": storage(*head, number(0), cpu, number(6)),
        "storage of a negative size": storage(*head, text("0"), cpu, number(-6)),
        "storage of a size of text": storage(*head, text("0"), cpu, text("6")),
        "storage of a true size": storage(*head, text("0"), cpu, b"\x88"),
        "storage without a size": storage(*head, text("0"), cpu),
        "storage without a type": storage(text("storage"), b"N", text("0"), cpu, number(6)),
        "storage of an OrderedDict": storage(
            text("storage"), name("collections", "OrderedDict"), text("0"), cpu, number(6)
        ),
        "a module": storage(text("module"), kind, text("0"), cpu, number(6)),
        "a text": text("0") + b"Q",
        "a number": number(0) + b"Q",
        "nothing": b")Q",
        "a list": listed(text("storage"), kind, text("0"), cpu, number(6)) + b"Q",
    }
    for count in (5, 7, 12, 2**31 - 1, HUGE):
        result[f"storage of {count} numbers"] = storage(*head, text("0"), cpu, number(count))
    for key, view in {
        "part past the end": sequence(text("v"), number(5), number(2)),
        "part of a negative offset": sequence(text("v"), number(-1), number(2)),
        "part of a huge size": sequence(text("v"), number(0), number(HUGE)),
        "part of two things": sequence(text("v"), number(0)),
        "part that is a text": text("v"),
        "part of texts": sequence(text("v"), text("0"), text("1")),
    }.items():
        result[key] = storage(*head, text("0"), cpu, number(6), view)
    return result
