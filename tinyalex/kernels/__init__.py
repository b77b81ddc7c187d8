"""The hot loops as plain functions of arrays: `reference` specifies them, `cpu` makes them fast.

Both modules have the same functions with the same arguments and results, and both check the
arguments first (`checks.py`). Parts of `reference` are in `reference_norm.py` and
`reference_tiles.py`. `cpu` compiles `loops.py` and `tile_loops.py`; `workers.py` distributes the
work over threads, and `memory.py` reuses memory. If a forward function returns a second value, its
backward function needs it: a layer keeps it without looking inside.

| function | computes |
|---|---|
| `convolve`, `convolve_backward` | convolution, by im2col or Winograd's algorithm |
| `im2col`, `col2im` | windows of a picture as matrix rows, and the transpose of that map |
| `relu`, `relu_backward` | max(x, 0) and its gradient |
| `max_pool`, `max_pool_backward` | overlapping max-pooling; in a tie the first value wins |
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
