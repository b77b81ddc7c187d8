"""Fetching published weights, from a server in a thread of the test."""

import contextlib
import hashlib
import socket
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tinyalex.weights.download import PUBLISHED, Published, cache_file, download

CONTENTS = bytes(range(256)) * 2500  # more than one chunk


class Server(BaseHTTPRequestHandler):
    """Serves `contents`, by ranges where asked. `ranges`, `stop_after` and so on are set by tests;
    `asked` are the Range headers that came."""

    contents, ranges, stop_after, wrong_range, status = CONTENTS, True, None, False, 200

    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.asked.append(asked)
        if self.status != 200:
            self.send_error(self.status)
            return
        begin = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.ranges else 0
        body = self.contents[begin:]
        self.send_response(206 if begin else 200)
        if begin:
            said = 0 if self.wrong_range else begin
            end, size = len(self.contents) - 1, len(self.contents)
            self.send_header("Content-Range", f"bytes {said}-{end}/{size}")
        if self.lengths:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):  # who asked may have gone
            self.wfile.write(body if self.stop_after is None else body[: self.stop_after])

    lengths = True

    def log_message(self, *_):
        pass


@pytest.fixture
def serve():
    """serve(name=value, ...) -> (the file as published, the list of Range headers)."""
    servers = []

    def start(**settings):
        handler = type("Handler", (Server,), settings)
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.asked = []
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        url = f"http://127.0.0.1:{server.server_port}/models/net.pth"
        digest = hashlib.sha256(CONTENTS).hexdigest()
        return Published(url, len(CONTENTS), digest, "a licence"), server.asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cache" / "net.pth"


def part_of(path):
    return path.with_name("net.pth.part")


def fetch(published, path):
    return download(published, path, progress=False)


def test_the_whole_file(serve, path):
    published, asked = serve()
    assert fetch(published, path)
    assert path.read_bytes() == CONTENTS
    assert asked == [None]
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_is_there_is_not_fetched_again(serve, path):
    published, asked = serve()
    fetch(published, path)
    assert not fetch(published, path)
    assert len(asked) == 1


def test_a_broken_off_fetch_goes_on(serve, path):
    published, asked = serve(stop_after=300_000, lengths=False)
    with pytest.raises(
        ValueError, match="ended after 300,000 of 640,000 bytes: run the same command"
    ):
        fetch(published, path)
    assert not path.exists()
    assert part_of(path).stat().st_size == 300_000
    with pytest.raises(ValueError, match="ended after 600,000 of 640,000"):
        fetch(published, path)
    fetch(published, path)
    assert asked == [None, "bytes=300000-", "bytes=600000-"]
    assert path.read_bytes() == CONTENTS


def test_a_connection_that_breaks_before_its_length(serve, path):
    published, _ = serve(stop_after=1000)
    with pytest.raises(ValueError, match=r"ended after 1,000 of 640,000|cannot download"):
        fetch(published, path)
    assert part_of(path).stat().st_size <= 1000
    assert not path.exists()


def test_a_server_without_ranges_sends_all_anew(serve, path):
    published, asked = serve(ranges=False)
    path.parent.mkdir()
    part_of(path).write_bytes(b"x" * 1000)  # would spoil the checksum
    fetch(published, path)
    assert asked == ["bytes=1000-"]
    assert path.read_bytes() == CONTENTS


def test_all_that_was_missing_was_the_check(serve, path):
    published, asked = serve()
    path.parent.mkdir()
    part_of(path).write_bytes(CONTENTS)
    fetch(published, path)
    assert asked == []
    assert path.read_bytes() == CONTENTS


@pytest.mark.parametrize("have", [0, 1000])
def test_another_file_of_the_same_length(serve, path, have):
    published, _ = serve(contents=CONTENTS[::-1])
    path.parent.mkdir()
    part_of(path).write_bytes(CONTENTS[:have])
    with pytest.raises(ValueError, match="is not the published one: it was removed"):
        fetch(published, path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("contents", [CONTENTS[:-1], CONTENTS + b"!", b"gone"])
def test_another_length(serve, path, contents):
    published, _ = serve(contents=contents)
    with pytest.raises(ValueError, match=r"is not the published file: the server sends \d+ bytes"):
        fetch(published, path)
    assert not path.exists()


def test_a_file_too_long_whose_length_is_not_told(serve, path):
    published, _ = serve(contents=CONTENTS * 20, lengths=False)
    with pytest.raises(ValueError, match="longer than the published file: it was removed"):
        fetch(published, path)
    assert list(path.parent.iterdir()) == []


def test_a_part_too_long_is_begun_anew(serve, path):
    published, asked = serve()
    path.parent.mkdir()
    part_of(path).write_bytes(CONTENTS + b"!")
    fetch(published, path)
    assert asked == [None]


def test_another_range_than_asked_for(serve, path):
    published, _ = serve(wrong_range=True)
    path.parent.mkdir()
    part_of(path).write_bytes(CONTENTS[:1000])
    with pytest.raises(ValueError, match=r"sent bytes 'bytes 0-.*, not from 1000"):
        fetch(published, path)
    assert part_of(path).read_bytes() == CONTENTS[:1000]


@pytest.mark.parametrize("status", [404, 416, 500])
def test_what_the_server_refuses(serve, path, status):
    published, _ = serve(status=status)
    with pytest.raises(ValueError, match=f"the server says {status}"):
        fetch(published, path)


def test_a_file_in_the_way(serve, path):
    published, _ = serve()
    path.parent.mkdir()
    path.write_bytes(b"my own")
    with pytest.raises(ValueError, match="is not the published file: remove it"):
        fetch(published, path)
    assert path.read_bytes() == b"my own"


def test_a_folder_that_cannot_be_made(serve, tmp_path):
    published, _ = serve()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ValueError, match="cannot write"):
        fetch(published, tmp_path / "file" / "net.pth")


def test_no_server(path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    published = Published(f"http://127.0.0.1:{port}/net.pth", 10, "", "")
    with pytest.raises(
        ValueError, match=r"cannot download .*refused.*: check the network"
    ) as error:
        fetch(published, path)
    assert "\n" not in str(error.value)


def test_no_network(path, monkeypatch):
    def nowhere(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValueError, match=r"Name or service not known.: check the network"):
        fetch(PUBLISHED["torchvision"], path)


def test_the_cache(monkeypatch, tmp_path):
    published = replace(PUBLISHED["torchvision"])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_file(published) == tmp_path / "tinyalex" / "alexnet-owt-7be5be79.pth"
    # The name holds the first digits of the checksum.
    assert published.name == f"alexnet-owt-{published.sha256[:8]}.pth"
    assert len(published.sha256) == 64
