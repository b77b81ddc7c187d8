"""A short summary of what a run will do."""

from __future__ import annotations

from tinyalex import backend
from tinyalex.kernels import workers
from tinyalex.support.text import counted, rounded, shown
from tinyalex.training.session import Session


def plan(session: Session) -> str:
    """The lines that the command prints before training."""
    settings = session.settings
    data, trainer, folder = session.data, session.trainer, session.folder
    parameters = sum(array.size for array in trainer.net.parameters().values())
    dropout = rounded(settings.dropout_probability)
    if settings.dropout is not None:
        dropout = f"{settings.dropout:g}"
    lines = [
        f"network:  {settings.variant} AlexNet, {counted(len(data.classes), 'class')}, "
        f"{parameters:,} parameters, {settings.dtype}, {_computed_by()}",
        f"pictures: {len(data.train):,} for training and {len(data.val):,} for validation, "
        f"from {data.source}",
        f"recipe:   {counted(settings.epochs, 'epoch')} of "
        f"{counted(len(trainer.train_loader), 'step')}, batch "
        f"{settings.batch_size}, rate {settings.lr:g} ({settings.schedule}), momentum "
        f"{settings.momentum:g}, decay {settings.weight_decay:g}, dropout "
        f"{dropout}, initialization {settings.initialization}, "
        f"seed {settings.seed}",
        f"results:  {folder.path}",
    ]
    if settings.init:
        kept = f"start:    {settings.init}; new: {settings.reset or 'nothing'}"
        lines.append(f"{kept}; frozen: {settings.freeze or 'nothing'}")
    elif settings.initialization == "source" and settings.variant != "torchvision":
        lines.append(
            "warning:  with the published initialization the loss often stays at ln(classes) for "
            "thousands of steps; --initialization he avoids that"
        )
    if trainer.step:
        lines.append(f"resuming: after step {trainer.step} of {trainer.total_steps}")
    return "\n".join(map(shown, lines))


def _computed_by() -> str:
    """The backend, with its number of threads if tinyalex sets it."""
    name = backend.current_backend()
    return f"{name} on {counted(workers.thread_count(), 'thread')}" if name == "numba" else name
