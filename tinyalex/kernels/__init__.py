"""The hot loops as plain functions of arrays: `reference` is the specification, `cpu` its twin.

Both hold the same names with the same arguments and results, and both check these first
(`checks.py`). `loops.py` and `tile_loops.py` are what `cpu` compiles; `workers.py` shares the work
out over threads, and `memory.py` uses memory again. Where a forward returns a second value it is
what its backward wants to have kept: a layer keeps it and does not look inside.

| function | computes |
|---|---|
| `convolve`, `convolve_backward` | convolution, by im2col or Winograd's way |
| `im2col`, `col2im` | windows of a picture as matrix rows, and the transpose of that map |
| `relu`, `relu_backward` | max(x, 0) and its gradient |
| `max_pool`, `max_pool_backward` | overlapping max-pooling; of equal values the first one wins |
| `avg_pool`, `avg_pool_backward` | average pooling |
| `response_norm`, `response_norm_backward` | x · d^−β with d = k + α · Σx², and its gradient |
| `dropout` | x · mask, and the mask |
| `gather_tiles`, `scatter_tiles`, `empty_tiles` | the transforms of `winograd.py` |
| `matmul` | the matrix product |
| `empty`, `zeros` | new arrays |
| `share_out` | calls a function on the parts of a batch |
| `sgd_update` | one step of section 5's update rule, in place |

Windows are described by three pairs: kernel (KH, KW), stride (SH, SW) and padding
((top, bottom), (left, right)); `windows.py` computes the output size from them.
"""
