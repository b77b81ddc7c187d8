"""Made-up submissions for lesson 06: right, wrong, slow, endless, broken, nosy and loud."""

RIGHT = """
import numpy as np
from tinyalex import layers


class MaxPool2d(layers.MaxPool2d):
    def forward(self, x, training: bool = False):
        (top, bottom), (left, right) = self.padding
        N, H, W, C = x.shape
        padded = np.full((N, H + top + bottom, W + left + right, C), -np.inf, dtype=x.dtype)
        padded[:, top : top + H, left : left + W] = x
        _, OH, OW, _ = self.output_shape(x.shape)
        y = np.full((N, OH, OW, C), -np.inf, dtype=x.dtype)
        place = np.zeros(y.shape, dtype=int)
        for number, rows, columns in self.positions(OH, OW):
            here = padded[:, rows, columns]
            larger = here > y
            y, place = np.where(larger, here, y), np.where(larger, number, place)
        self.kept = place, x.shape, padded.shape
        return y

    def backward(self, dy):
        place, shape, padded_shape = self.kept
        dx = np.zeros(padded_shape, dtype=dy.dtype)
        for number, rows, columns in self.positions(*dy.shape[1:3]):
            dx[:, rows, columns] += np.where(place == number, dy, 0)
        (top, _), (left, _) = self.padding
        return dx[:, top : top + shape[1], left : left + shape[2]]

    def positions(self, OH, OW):
        (KH, KW), (SH, SW) = self.kernel_size, self.stride
        for i in range(KH):
            for j in range(KW):
                rows = slice(i, i + SH * (OH - 1) + 1, SH)
                yield i * KW + j, rows, slice(j, j + SW * (OW - 1) + 1, SW)
"""

STUB = """
from tinyalex import layers


class MaxPool2d(layers.MaxPool2d):
    def forward(self, x, training: bool = False):
        raise NotImplementedError("task 06.1: MaxPool2d.forward")
"""

ASSIGNS = RIGHT.replace("dx[:, rows, columns] += np.where(place == number, dy, 0)", "dx[:, rows, "
    "columns] = np.where(place == number, dy, dx[:, rows, columns])")  # fmt: skip

# name: (source, the stage that it reaches, a word of the message)
SUBMISSIONS = {
    "right": (RIGHT, "reward", "stride 2"),
    "slow": (RIGHT.replace(
        "        N, H, W, C = x.shape",
        "        import time\n        time.sleep(0.001)\n        N, H, W, C = x.shape",
    ), "reward", "stride 2"),
    "stub": (STUB, "shapes", "task 06.1"),
    "assigns": (ASSIGNS, "worked example", "="),
    "minus": (RIGHT.replace("np.where(larger, here, y)", "-here"), "worked example", "expected"),
    "zero padding": (RIGHT.replace("-np.inf, dtype=x.dtype)\n        padded[", "0, dtype=x.dtype)\n"
        "        padded["), "specification", "expected"),
    "transposed": (RIGHT.replace("        return y\n", "        return y.transpose(0, 2, 1, 3)\n"),
        "shapes", "expected"),
    "float64": (RIGHT.replace("dx = np.zeros(padded_shape, dtype=dy.dtype)",
        "dx = np.zeros(padded_shape)"), "side effects", "float64"),
    "changes x": (RIGHT.replace("        self.kept", "        x *= 1.5\n        self.kept"),
        "side effects", "changed x"),
    "changes dy": (RIGHT.replace("        place, shape", "        dy /= len(dy)\n"
        "        place, shape"), "side effects", "changed dy"),
    "half dx": (RIGHT.replace("dy, 0)", "dy / 2, 0)"), "worked example", "yours"),
    "other name": (RIGHT.replace("class MaxPool2d", "class Pool"), "contract", "no MaxPool2d"),
    "other arguments": (RIGHT.replace("x, training: bool = False", "x"), "contract", "must take"),
    "a function": ("def MaxPool2d(x):\n    return x\n", "contract", "class"),
    "syntax error": ("class MaxPool2d(:\n    pass\n", "contract", "SyntaxError"),
    "no such import": ("import nothing_of_that_name\n", "contract", "ModuleNotFoundError"),
    "raises": (RIGHT.replace("        place, shape", "        1 / 0\n        place, shape"),
        "worked example", "ZeroDivisionError"),
    "returns None": (RIGHT.replace("        return y\n", ""), "shapes", "return missing"),
    "endless loop": ("while True:\n    pass\n", "contract", "endless loop"),
    "endless forward": (RIGHT.replace("        self.kept = place", "        while True:\n"
        "            pass\n        self.kept = place"), "shapes", "endless loop"),
    "endless printing": ("while True:\n    print('x' * 1000)\n", "contract", "endless loop"),
    "exits": ("import sys\nsys.exit(0)\n", "contract", "SystemExit"),
    "ends its process": ("import os\nos._exit(0)\n", "contract", "ended with code 0"),
    "crashes": ("import os\nos.abort()\n", "contract", "ended with code"),
    "kills its group": ("import os\nos.killpg(0, 9)\n", "contract", "not available"),
    "eats memory": ("x = bytearray(10**13)\n", "contract", "MemoryError"),
    "eats memory slowly": (
        "import numpy as np\nx = []\nwhile True:\n    x.append(np.empty(10**8, 'u1'))\n",
        "contract", "MemoryError"),
    "prints a million lines": ("for i in range(10**6):\n    print(i)\n" + RIGHT, "reward",
        "stride 2"),
    "reads outside": ("open('/etc/hostname').read()\n" + RIGHT, "reward", "stride 2"),
    "writes where it stands": ("open('rubbish', 'w').write('x')\n" + RIGHT, "reward",
        "stride 2"),
    "leaves a thread": ("import threading, time\nthreading.Thread(target=time.sleep, "
        "args=(1000,)).start()\n" + RIGHT, "reward", "stride 2"),
}  # fmt: skip
