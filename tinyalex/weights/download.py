"""Downloads published weights: resumes interrupted downloads and verifies their SHA-256."""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tinyalex.support.files import destination, make_folder
from tinyalex.support.progress import progress_bar

CHUNK = 2**18  # bytes read at a time
PATIENCE = 30  # timeout in seconds


@dataclass(frozen=True)
class Published:
    """A file on the web. about: facts to store with the converted weights."""

    url: str
    size: int
    sha256: str
    licence: str
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.url.rsplit("/", 1)[-1]


PUBLISHED = {
    "torchvision": Published(
        url="https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
        size=244_408_911,
        sha256="7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
        licence="torchvision is under the BSD-3-Clause licence; the weights were trained on "
        "ImageNet, whose pictures are for non-commercial research and teaching",
        about={"top1": 0.56522, "top5": 0.79066},  # centre crop, as torchvision states them
    )
}


def cache_file(published: Published) -> Path:
    """Where the file is kept by default: $XDG_CACHE_HOME/tinyalex or ~/.cache/tinyalex."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "tinyalex" / published.name


def download(published: Published, path: Path, progress: bool = True) -> bool:
    """Downloads the file to `path`. An interrupted download is kept as .part and resumed next time.

    Returns whether anything was downloaded. Raises ValueError if the server cannot be reached, the
    connection ends early, or the length or SHA-256 differs from the published file's.
    """
    make_folder(path.parent)
    path = destination(path)
    if path.exists():
        if _sha256(path) != published.sha256:
            raise ValueError(
                f"{path} is not the published file: remove it, or choose another --out"
            )
        return False
    part = path.with_name(path.name + ".part")
    try:
        if part.exists() and part.stat().st_size > published.size:
            part.unlink()
        _fetch_rest(published, part, progress)
        if _sha256(part) != published.sha256:
            part.unlink()
            raise ValueError(
                f"the file from {published.url} is not the published one: it was removed"
            )
        os.replace(part, path)
    except OSError as error:
        raise ValueError(f"cannot write {part}: {error.strerror or error}") from None
    return True


def _fetch_rest(published: Published, part: Path, progress: bool) -> None:
    have = part.stat().st_size if part.exists() else 0
    if have == published.size:
        return
    response, begin = _ask(published, have)
    bar = progress_bar(
        total=published.size,
        initial=begin,
        unit="B",
        unit_scale=True,
        desc=published.name,
        disable=not progress,
    )
    with response, bar, open(part, "ab" if begin else "wb") as file:
        for chunk in _chunks(published, response):
            file.write(chunk)
            begin += len(chunk)
            bar.update(len(chunk))
            if begin > published.size:
                break
    if begin < published.size:
        raise ValueError(
            f"the connection ended after {begin:,} of {published.size:,} bytes: "
            "run the same command again to resume"
        )
    if begin > published.size:
        part.unlink()
        raise ValueError(f"{published.url} is longer than the published file: it was removed")


def _ask(published: Published, have: int) -> tuple[http.client.HTTPResponse, int]:
    """The server's response, and the byte it starts at: `have`, or 0 if it sends the whole file."""
    headers = {"User-Agent": "tinyalex", **({"Range": f"bytes={have}-"} if have else {})}
    try:
        request = urllib.request.Request(published.url, headers=headers)
        response = urllib.request.urlopen(request, timeout=PATIENCE)
    except urllib.error.HTTPError as error:
        error.close()
        raise ValueError(f"{published.url}: the server says {error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(published, error) from None
    begin = have if response.status == 206 else 0
    sent, length = response.headers.get("Content-Range", ""), response.headers["Content-Length"]
    if begin and not sent.startswith(f"bytes {begin}-"):
        response.close()
        raise ValueError(f"{published.url}: the server sent bytes {sent!r:.40}, not from {begin}")
    if length is not None and length != str(published.size - begin):
        response.close()
        raise ValueError(
            f"{published.url} is not the published file: the server sends {length:.20} bytes, "
            f"not {published.size - begin}"
        )
    return response, begin


def _chunks(published: Published, response: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            chunk = response.read(CHUNK)
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable(published, error) from None
        if not chunk:
            return
        yield chunk


def _unreachable(published: Published, error: Exception) -> ValueError:
    reason = " ".join(str(getattr(error, "reason", error)).split()) or type(error).__name__
    return ValueError(
        f"cannot download {published.url} ({reason}): check the network and try again, or download "
        "it elsewhere and pass the file"
    )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
