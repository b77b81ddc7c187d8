"""tinyalex: AlexNet (Krizhevsky, Sutskever, Hinton 2012) in NumPy, to read, check and train."""

from tinyalex.backend import use_backend

__version__ = "0.1.0"
__all__ = ["use_backend"]
