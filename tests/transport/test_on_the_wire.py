"""What really leaves, seen from the other end of a socket on loopback."""

from __future__ import annotations

import socket
import threading

import pytest

from cwxero_dagster.transport import Limits, OutcomeUnknown, SystemDown, Transport


class Listener:
    """Accepts connections, reads one request from each, and lets ``answer`` say what goes back before it closes."""

    def __init__(self, answer) -> None:
        self.arrived: list[bytes] = []
        self.closed = threading.Semaphore(0)
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                request = b""
                while b"\r\n\r\n" not in request:
                    request += connection.recv(65536)
                head, _, body = request.partition(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"), 0
                )
                while len(body) < length:
                    body += connection.recv(65536)
                self.arrived.append(head.split(b"\r\n")[0] + b"|" + body)
                connection.sendall(self._answer(len(self.arrived)))
            self.closed.release()

    def stop(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(timeout=30)


@pytest.fixture
def listen():
    running = []

    def start(answer):
        listener = Listener(answer)
        running.append(listener)
        return listener

    yield start
    for listener in running:
        listener.stop()


@pytest.fixture
def connect(clock):
    opened = []

    def open_to(address):
        transport = Transport("Xero", address, limits=Limits(per_minute=55, concurrent=4), clock=clock)
        opened.append(transport)
        return transport

    yield open_to
    for transport in opened:
        transport.close()


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: application/json\r\n\r\n{}"


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n", OK[:-1]], ids=["nothing", "a status", "half a body"])
def test_a_write_that_loses_its_connection_was_sent_once(listen, connect, start):
    listener = listen(lambda _count: start)
    with pytest.raises(OutcomeUnknown):
        connect(listener.address).send("PUT", "/Invoices", b'{"a":1}')
    assert listener.arrived == [b'PUT /Invoices HTTP/1.1|{"a":1}']


def test_a_read_that_loses_its_connection_is_sent_again(listen, connect):
    listener = listen(lambda count: OK if count == 3 else b"")
    assert connect(listener.address).get("/Accounts").json() == {}
    assert len(listener.arrived) == 3


def test_a_connection_that_was_closed_while_idle_leaves_no_doubt_about_a_write(listen, connect):
    listener = listen(lambda _count: OK)
    transport = connect(listener.address)
    transport.get("/Accounts")
    assert listener.closed.acquire(timeout=30)
    assert transport.send("PUT", "/Invoices", b"{}").status == 200
    assert listener.arrived == [b"GET /Accounts HTTP/1.1|", b"PUT /Invoices HTTP/1.1|{}"]


def test_where_nobody_listens_nothing_was_written(connect, clock):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with pytest.raises(SystemDown, match="is not answering"):
        connect(address).send("PUT", "/Invoices", b"{}")
    assert len(clock.slept) == 3
