"""Runs a function over many items in threads, with a progress bar."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from tinyalex.support.progress import progress_bar

CHUNK = 32  # items per task: a task for every file would cost more than reading its header


def usable_cores() -> int:
    """The number of processor cores that this process may use, at most 16."""
    if hasattr(os, "sched_getaffinity"):
        return min(16, len(os.sched_getaffinity(0)))
    return min(16, os.cpu_count() or 1)


def map_in_threads(
    function: Callable[[Any], Any],
    items: Sequence[Any],
    *,
    description: str,
    progress: bool,
    workers: int | None = None,
) -> list[Any]:
    """[function(item) for item in items], in threads; the first exception is raised here.

    workers: the number of threads; by default one per usable core.
    """

    def run_chunk(start: int) -> list[Any]:
        return [function(item) for item in items[start : start + CHUNK]]

    results: list[Any] = []
    executor = ThreadPoolExecutor(workers or usable_cores())
    try:
        with progress_bar(total=len(items), desc=description, disable=not progress) as bar:
            starts = range(0, len(items), CHUNK)
            for future in [submit(executor, run_chunk, start) for start in starts]:
                chunk = future.result()
                results += chunk
                bar.update(len(chunk))
    finally:
        # After Ctrl-C, wait for the chunks that are running but start no others.
        executor.shutdown(cancel_futures=True)
    return results


def submit(executor: ThreadPoolExecutor, function: Callable, *arguments: Any) -> Future:
    """executor.submit, but the calling thread does the work if Python is already shutting down.

    That happens in a thread that outlives the main script.
    """
    try:
        return executor.submit(function, *arguments)
    except RuntimeError as error:
        if "interpreter shutdown" not in str(error):
            raise
    future: Future = Future()
    try:
        future.set_result(function(*arguments))
    except Exception as error:
        future.set_exception(error)
    return future
