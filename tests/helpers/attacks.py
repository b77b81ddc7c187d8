"""Submissions for lesson 06 that are out to fool, stop or harm the grading.

Each is WRONG with something before it or in its forward. NAME: (source, stage, a word of the
message). STILL_PASS are those that a check in one process cannot prevent.
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
POPEN = f"import subprocess\nsubprocess.Popen(['sleep', '{MARK}'], start_new_session=True)"
NO_PROCESS = "not available to an exercise"
TASK = "import tinyalex.coursework.engine.lessons as lessons\ntask = lessons.find('06').tasks[0]"

ATTACKS = {
    # ends
    "sys.exit": (first("import sys\nsys.exit(0)"), "contract", "SystemExit"),
    "sys.exit in forward": (inside("raise SystemExit(0)"), "shapes", "raised SystemExit"),
    "os._exit in forward": (inside("import os\nos._exit(0)"), "contract", "ended with code 0"),
    "os.abort in forward": (inside("import os\nos.abort()"), "contract", "ended with code -6"),
    "Ctrl-C of its own": (inside("raise KeyboardInterrupt"), "contract", "ended with code 1"),
    "endless forward": (inside("while True: pass"), "contract", "endless loop"),
    "endless, catching all": (
        inside("while True:\n    try:\n        while True: pass\n    except BaseException: pass"),
        "contract", "endless loop"),
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
    # changes the check
    "replaces a stage": (
        first(f"import {ENGINE}.layer_stages as s\ns.hand_example = lambda *a: None"),
        "contract", "must not change tinyalex.coursework.engine.layer_stages.hand_example"),
    "replaces the comparison": (
        first(f"import {ENGINE}.compare as c, numpy as np\n"
        "c.wrong_places = lambda a, b, t: np.zeros(np.shape(a), bool)"),
        "contract", "compare.wrong_places"),
    "replaces its code": (
        first(f"import {ENGINE}.layer_stages as s\n"
        "s._by_hand.__code__ = (lambda written, task, hand: None).__code__"),
        "contract", "_by_hand.__code__"),
    "a laxer tolerance": (
        first(f"import {ENGINE}.layer_stages as s\ns.EXACT = 1e9"), "contract", "EXACT"),
    "another library": (
        first("from tinyalex import layers\nlayers.MaxPool2d.forward = lambda self, x, t=0: x"),
        "contract", "MaxPool2d.forward"),
    "another NumPy": (
        first("import numpy as np\nnp.abs = lambda x: 0 * x"), "contract", "numpy.abs"),
    "another task": (
        first(f"{TASK}\nobject.__setattr__(task, 'hand', None)"), "contract", "MaxPool2d.hand"),
    "another engine": (
        first(f"import sys\nsys.modules['{ENGINE}.verdict'] = sys"), "contract", "must not change"),
    "an array that equals everything": (
        WRONG.replace("return y\n", "return y.view(Equal)\n").replace("class MaxPool2d",
        "class Equal(np.ndarray):\n    def __array_ufunc__(self, *a, **k): return True\n"
        "    def __array_function__(self, *a): return True\n\n\nclass MaxPool2d"),
        "shapes", "gives True"),
    # forges the verdict
    "writes into all that is open": (first(WRITE_EVERYWHERE), "contract", "no verdict"),
    "writes result files": (first(WRITE_FILES), AT, "yours"),
    "writes into the parent's pipe": (first(PARENTS_PIPE), AT, "yours"),
    "looks for the key": (
        inside("import gc\n[o for o in gc.get_objects()]"), "shapes", "gc.get_objects is not"),
    "reads the caller's frame": (
        inside("import sys\nreturn sys._getframe(3).f_locals['hand'].y"),
        "shapes", "sys._getframe is not"),
    "reads it by inspect": (
        inside("import inspect\ninspect.currentframe()"), "shapes", "sys._getframe is not"),
    "reads it by an exception": (
        inside("try:\n    1 / 0\nexcept Exception as e:\n    frame = e.__traceback__.tb_frame"),
        "shapes", "tb_frame is not"),
    "traces": (first("import sys\nsys.settrace(lambda *a: None)"), "contract", "sys.settrace is"),
    "ends the profile": (
        inside("import sys\nsys.setprofile(None)"), "shapes", "sys.setprofile is not"),
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
        "reward", "forward and backward"),
    "another object's": (
        LIBRARY.format(forward="layers.MaxPool2d.forward(self, x)",
        backward=f"__import__('{ENGINE}.lessons', fromlist=['x'])"
        ".find('06').tasks[0].reference.backward(self, dy)"), "reward", "forward and backward"),
    "misspelt": (
        RIGHT.replace("def backward", "def bakward"), AT, "is bakward meant to be backward?"),
}  # fmt: skip

CHANGES_BACK = f"""
import {ENGINE}.checker as checker
kept = checker._stages
def passes(written, task, seed):
    checker._stages = kept
    return checker.Verdict("06.1, 06.2", "MaxPool2d", "reward", True, "")
checker._stages = passes
"""
TAKES_THE_PEN = f"""
import signal, time
def look(number, frame):
    while "signed" not in frame.f_locals:
        frame = frame.f_back
    frame.f_locals["signed"].send({JSON!r}[1:-1].encode())
    time.sleep(60)
signal.signal(signal.SIGALRM, look)
signal.raise_signal(signal.SIGALRM)
"""
COPIES = """
import inspect
from tinyalex.layers import pooling
exec(inspect.getsource(pooling).replace("from __future__ import annotations", ""))
"""
# What one process cannot prevent, and TEACHING.md says so.
STILL_PASS = {
    "signs by a signal's frame": first(TAKES_THE_PEN),
    "changes the check and changes it back": first(CHANGES_BACK),
    "copies the library's text": COPIES,
}
