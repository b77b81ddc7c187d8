"""What `python -m tinyalex.bench` measures, and how.

Each program that is timed (tinyalex, PyTorch in its modes, the machine's own rates) runs in a
process of its own, a worker. The command asks them in turn, so that only one computes at a time
and a machine that changes its speed does so for all of them alike.
"""
