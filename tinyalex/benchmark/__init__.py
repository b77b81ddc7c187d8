"""What `python -m tinyalex.bench` measures, and how.

Each timed program (tinyalex, PyTorch in each mode, the machine's own rates) runs in its own child
process. The command asks them in turn: only one computes at a time, and changes in the machine's
speed affect all of them alike.
"""
