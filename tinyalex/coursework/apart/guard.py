"""What an exercise has no need for: other processes, and sockets. A hidden call gets past this."""

from __future__ import annotations

import sys

REFUSED = ("os.fork", "os.exec", "os.spawn", "os.posix_spawn", "os.system", "os.kill",
    "subprocess.", "pty.", "socket.")  # fmt: skip


def stand_guard() -> None:
    """From now on and for good, starting or ending a process, and a socket, raise RuntimeError."""

    def hook(event: str, arguments: tuple) -> None:
        if event.startswith(REFUSED):
            raise RuntimeError(f"{event} is not available to an exercise")

    sys.addaudithook(hook)
