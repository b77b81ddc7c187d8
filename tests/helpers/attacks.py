"""Submissions for lesson 06 that are out to fool, stop or harm the grading.

Each is WRONG with something before it or in its forward. NAME: (source, stage, a word of the
message). STILL_PASS are those that no check can tell from work of the student's own.
"""

import os

from submissions import RIGHT

WRONG = RIGHT.replace("np.where(larger, here, y)", "-here")
HEAD = "        (top, bottom), (left, right) = self.padding\n        N, H"
MARK = str(1_000_000 + os.getpid())  # seconds that no other run of these tests sleeps
AT = "worked example"  # where WRONG stops


def first(code: str) -> str:
    """WRONG after some code at the top of the file."""
    return f"{code}\n{WRONG}"


def inside(code: str) -> str:
    """WRONG with some code at the beginning of forward."""
    lines = "".join(f"        {line}\n" for line in code.splitlines())
    assert HEAD in WRONG
    return WRONG.replace(HEAD, lines + HEAD)


LIBRARY = """
from tinyalex import layers
class MaxPool2d(layers.MaxPool2d):
    def forward(self, x, training: bool = False):
        return {forward}
    def backward(self, dy):
        return {backward}
"""
ENGINE = "tinyalex.coursework.engine"
JSON = (
    '[{"task": "06.1, 06.2", "name": "MaxPool2d", "stage": "reward", "passed": true, "message":'
    ' "", "mistake": null, "seconds": 0.1, "open": false, "untouched": false, "library": ""}]'
)
WRITE_EVERYWHERE = f"""
import os
for number in range(3, 256):
    try:
        os.write(number, {JSON!r}.encode() + b"\\n")
    except OSError:
        pass
"""
WRITE_FILES = f"""
for name in ("verdict.json", "../verdict.json", "../../verdict.json", "../rubbish"):
    try:
        open(name, "w").write({JSON!r})
    except OSError:
        pass
"""
PARENTS_PIPE = f"""
import os
for number in range(256):
    try:
        os.write(os.open(f"/proc/{{os.getppid()}}/fd/{{number}}", os.O_WRONLY), {JSON!r}.encode())
    except OSError:
        pass
"""
FORK_EXEC = f"""
import _posixsubprocess, os
error, path = os.pipe(), [b"/bin/sleep", b"/usr/bin/sleep"]
os.set_inheritable(error[1], False)
rest = None, None, *[-1] * 6, *error, False, True, -1, None, None, None, -1, None, False
try:
    _posixsubprocess.fork_exec([b"sleep", b"{MARK}"], path, True, (), *rest)
except TypeError:  # another version of Python
    pass
"""
CHANGES_BACK = f"""
import {ENGINE}.checker as checker
kept = checker._stages
def passes(written, task, seed):
    checker._stages = kept
    return checker.Verdict("06.1, 06.2", "MaxPool2d", "reward", True, "")
checker._stages = passes
"""
TAKES_THE_PEN = """
import signal, sys
def look(number, frame):
    while frame is not None and "verdicts" not in frame.f_locals:
        frame = frame.f_back
    sys.modules["__main__"].WHAT = dict.fromkeys(sys.modules["__main__"].WHAT, lambda *a, **k: True)
signal.signal(signal.SIGALRM, look)
signal.raise_signal(signal.SIGALRM)
"""
SAYS_ALL_IS_RIGHT = f"""
import {ENGINE}.exercise as exercise
exercise.Submitted.complaint = lambda self: ""
exercise.Submitted.missing = lambda self: {{}}
exercise.Submitted.passed = exercise.Submitted.stage = True
"""
ANSWERS = """
import json, os, struct, sys
frame = sys._getframe()
while "question" not in frame.f_locals:
    frame = frame.f_back
said = {"number": frame.f_locals["question"]["number"] + 0, "value": None}
said |= dict.fromkeys(("kinds", "contents", "states", "blocks", "attributes"), ())
text = json.dumps(said).encode()
for pipe in range(3, 16):
    try:
        os.write(pipe, struct.pack("<QQ", len(text), 0) + text)
    except OSError:
        pass
"""
POPEN = f"import subprocess\nsubprocess.Popen(['sleep', '{MARK}'], start_new_session=True)"
NO_PROCESS = "not available to an exercise"
TASK = "import tinyalex.coursework.engine.lessons as lessons\ntask = lessons.find('06').tasks[0]"

ATTACKS = {
    # ends
    "sys.exit": (first("import sys\nsys.exit(0)"), "contract", "SystemExit"),
    "sys.exit in forward": (inside("raise SystemExit(0)"), "shapes", "raised SystemExit"),
    "os._exit in forward": (inside("import os\nos._exit(0)"), "shapes", "ended with code 0"),
    "os.abort in forward": (inside("import os\nos.abort()"), "shapes", "ended with code -6"),
    "Ctrl-C of its own": (inside("raise KeyboardInterrupt"), "shapes", "KeyboardInterrupt"),
    "endless forward": (inside("while True: pass"), "shapes", "endless loop"),
    "endless, catching all": (
        inside("while True:\n    try:\n        while True: pass\n    except BaseException: pass"),
        "shapes", "endless loop"),
    "sleeps": (first("import time\ntime.sleep(3600)"), "contract", "endless loop"),
    "recursion": (inside("return self.forward(x)"), "shapes", "RecursionError"),
    "stops itself": (
        first("import signal\nsignal.raise_signal(signal.SIGSTOP)"), "contract", "endless loop"),
    "closes all that is open": (
        first("import os\nos.closerange(3, 256)"), "contract", "ended with code"),
    # floods
    "5 MB of exception": (inside("raise ValueError('x' * 5_000_000)"), "shapes", "ValueError: xxx"),
    "an exception that raises": (
        inside("class E(Exception):\n    def __str__(self): 1 / 0\nraise E"),
        "shapes", "cannot be shown"),
    "a million printed lines": (inside("for i in range(10**5): print(i)"), AT, "yours"),
    "50 GB": (inside("np.ones(50 * 2**27)"), "shapes", "MemoryError"),
    "a file of 1 GB": (
        first("with open('big', 'wb') as file:\n"
        "    for _ in range(2**10): file.write(bytes(2**20))"),
        "contract", ""),
    "a thousand threads": (
        first("import threading, time\nfor _ in range(1000):\n    "
        "threading.Thread(target=time.sleep, args=(3600,)).start()"), None, ""),
    "null bytes": ("\0\0\0", "contract", "does not run"),
    "too large to read": ("#" * 2**21, "contract", "larger than"),
    # leaves something running, or ends others
    "a detached child": (first(POPEN), "contract", NO_PROCESS),
    "a fork": (inside("import os\nos.fork()"), "shapes", NO_PROCESS),
    "os.system": (first(f"import os\nos.system('sleep {MARK} &')"), "contract", NO_PROCESS),
    "a detached child, unnoticed": (first(FORK_EXEC), AT, "yours"),
    "kills its parent": (first("import os\nos.kill(os.getppid(), 9)"), "contract", NO_PROCESS),
    "an endless thread": (
        first("import threading\ndef f():\n    while True: pass\n"
        "threading.Thread(target=f).start()"), AT, "yours"),
    # changes its own copy of the check, which judges nothing
    "replaces a stage": (
        first(f"import {ENGINE}.layer_stages as s\ns.hand_example = lambda *a: None"), AT, "yours"),
    "replaces the comparison": (
        first(f"import {ENGINE}.compare as c, numpy as np\n"
        "c.wrong_places = lambda a, b, t: np.zeros(np.shape(a), bool)"), AT, "yours"),
    "replaces its code": (
        first(f"import {ENGINE}.layer_stages as s\n"
        "s._by_hand.__code__ = (lambda written, task, hand: None).__code__"), AT, "yours"),
    "a laxer tolerance": (
        first(f"import {ENGINE}.layer_stages as s\ns.EXACT = 1e9"), AT, "yours"),
    "another library": (
        first("from tinyalex import layers\nlayers.MaxPool2d.forward = lambda self, x, t=0: x"),
        "contract", "it must take (self, x, t)"),
    "another NumPy": (first("import numpy as np\nnp.abs = lambda x: 0 * x"), AT, "yours"),
    "another task": (first(f"{TASK}\nobject.__setattr__(task, 'hand', None)"), AT, "yours"),
    "another engine": (
        first(f"import sys\nsys.modules['{ENGINE}.verdict'] = sys"), AT, "yours"),
    "changes the check and changes it back": (first(CHANGES_BACK), AT, "yours"),
    "says that all is right": (first(SAYS_ALL_IS_RIGHT), AT, "yours"),
    # hands out what is no array
    "an array that equals everything": (
        WRONG.replace("return y\n", "return y.view(Equal)\n").replace("class MaxPool2d",
        "class Equal(np.ndarray):\n    def __array_ufunc__(self, *a, **k): return True\n"
        "    def __array_function__(self, *a): return True\n\n\nclass MaxPool2d"), AT, "yours"),
    "an object that poses as an array": (
        WRONG.replace("return y\n", "return Posing(y)\n").replace("class MaxPool2d",
        "class Posing:\n    def __init__(self, y):\n        self.y, self.shape = y, y.shape\n"
        "        self.__array_interface__ = y.__array_interface__\n\n\nclass MaxPool2d"),
        AT, "has shape ()"),
    "an array without end": (
        inside("return np.broadcast_to(x[0, 0, 0, 0], (2**20, 2**20))"), "shapes", "too large"),
    "a list without end": (inside("return list(range(2**20))"), "shapes", "too many"),
    "an endless iterator": (inside("import itertools\nreturn itertools.count()"), None, ""),
    # forges the verdict
    "answers for itself": (inside(ANSWERS), "shapes", "returned None"),
    "answers in advance": (inside(ANSWERS.replace("+ 0", "+ 1")), None, ""),
    "answers twice, by a hidden fork": (
        inside("import ctypes\nctypes.CDLL(None).fork()"), None, "no verdict"),
    "takes a signal's frame": (first(TAKES_THE_PEN), "contract", ""),
    "writes into all that is open": (first(WRITE_EVERYWHERE), "contract", "no verdict"),
    "writes result files": (first(WRITE_FILES), AT, "yours"),
    "writes into the parent's pipe": (first(PARENTS_PIPE), AT, "yours"),
    "reads the caller's frame": (
        inside("import sys\nreturn sys._getframe(3).f_locals['hand'].y"), "shapes", "KeyError"),
    "reads every frame and object": (
        inside("import gc, sys\nframe, names = sys._getframe(), set()\nwhile frame is not None:\n"
        "    names, frame = names | set(frame.f_locals), frame.f_back\n"
        "assert not names & {'hand', 'expected', 'verdicts', 'seed'}\n"
        "assert not any(type(o).__name__ == 'Verdict' for o in gc.get_objects())"), AT, "yours"),
    "traces": (first("import sys\nsys.settrace(lambda *a: None)"), AT, "yours"),
    "ends the profile": (inside("import sys\nsys.setprofile(None)"), AT, "yours"),
    # hands in somebody else's work
    "empty file": ("", "contract", "defines no MaxPool2d"),
    "empty class": (
        "from tinyalex import layers\nclass MaxPool2d(layers.MaxPool2d): pass\n",
        "contract", "still the library's"),
    "the library's": ("from tinyalex.layers import MaxPool2d\n", "contract", "still the library's"),
    "the library's methods": (
        "from tinyalex import layers\nclass MaxPool2d(layers.MaxPool2d):\n"
        "    forward = layers.MaxPool2d.forward\n    backward = layers.MaxPool2d.backward\n",
        "contract", "still the library's"),
    "super": (
        LIBRARY.format(forward="super().forward(x)", backward="super().backward(dy)"),
        "reward", "stride 2"),
    "another object's": (
        LIBRARY.format(forward="layers.MaxPool2d.forward(self, x)",
        backward=f"__import__('{ENGINE}.lessons', fromlist=['x'])"
        ".find('06').tasks[0].reference.backward(self, dy)"), "reward", "stride 2"),
    "misspelt": (
        RIGHT.replace("def backward", "def bakward"), AT, "is bakward meant to be backward?"),
}  # fmt: skip

COPIES = """
import inspect
from tinyalex.layers import pooling
exec(inspect.getsource(pooling).replace("from __future__ import annotations", ""))
"""
HIDES = f"""
import {ENGINE}.exercise as exercise
from tinyalex.layers import MaxPool2d
exercise.Submitted.missing = lambda self: {{}}
exercise.Submitted.used = lambda self: []
"""
# What no check can prevent, and TEACHING.md says so: everybody has the library.
STILL_PASS = {"copies the library's text": COPIES, "hides that it is the library's": HIDES}
