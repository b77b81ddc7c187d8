"""The same network and batch in PyTorch, with each mode set up to run as fast as it can."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from tinyalex.benchmark.cases import Case
from tinyalex.benchmark.network import blank_network
from tinyalex.benchmark.ours import RECIPE
from tinyalex.benchmark.twin import torch_twin


class Theirs:
    """A PyTorch network and a batch: `step()` trains on the batch, or predicts it, once.

    mode: "eager" (NCHW), "channels_last", or "compiled" (torch.compile, channels_last).
    """

    def __init__(self, case: Case, mode: str) -> None:
        torch.set_num_threads(case.threads)
        torch.manual_seed(0)
        N, H, W, C = case.input_shape
        self.net = torch_twin(blank_network(case))
        self.x = torch.randn(N, C, H, W)
        self.labels = torch.randint(0, 1000, (N,))
        if mode != "eager":
            self.net = self.net.to(memory_format=torch.channels_last)
            self.x = self.x.contiguous(memory_format=torch.channels_last)
        self.training = case.mode == "train"
        self.net.train(self.training)
        has_classes = case.image_size is None
        function = self._loss(has_classes) if self.training else self.net
        self.function = torch.compile(function) if mode == "compiled" else function
        self.optimizer = quickest_sgd(self.net) if self.training else None

    def _loss(self, has_classes: bool):
        net = self.net  # a local name: the compiled function must not keep self alive
        if has_classes:
            return lambda x, labels: F.cross_entropy(net(x), labels)
        return lambda x, labels: net(x).mean()

    def step(self) -> None:
        if self.optimizer is None:
            with torch.inference_mode():
                self.function(self.x)
            return
        self.optimizer.zero_grad(set_to_none=True)
        self.function(self.x, self.labels).backward()
        self.optimizer.step()


def quickest_sgd(net: torch.nn.Module) -> torch.optim.SGD:
    """Fused SGD, four times as fast as PyTorch's default, if this PyTorch version has it."""
    try:
        return torch.optim.SGD(net.parameters(), **RECIPE, fused=True)
    except (RuntimeError, TypeError):
        return torch.optim.SGD(net.parameters(), **RECIPE, foreach=True)
