"""python -m tinyalex: lists the commands."""

from __future__ import annotations

from tinyalex import __version__
from tinyalex.support.commands import run_command

COMMANDS = {
    "train": "train AlexNet on a folder of pictures or on the built-in ones",
    "evaluate": "measure trained networks on a folder of pictures",
    "predict": "classify pictures",
    "look": "look inside: kernels, maps, deconvnet, patches, occlusion, saliency and more",
    "features": "write one layer's features for a folder of pictures",
    "convert": "import weights from PyTorch, Caffe, ONNX and safetensors; export them",
    "check": "check your code in a lesson",
    "grade": "check a folder of submissions",
    "summary": "print a network's layers, parameters and multiply-adds",
    "bench": "measure speed, compared with the machine's limits and with PyTorch",
}


def main() -> None:
    print(f"tinyalex {__version__}: AlexNet in NumPy\n")
    for name, text in COMMANDS.items():
        print(f"  python -m tinyalex.{name:<10} {text}")
    print("\nAdd --help to any command for its options.")


if __name__ == "__main__":
    run_command(main)
