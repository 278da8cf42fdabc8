"""Receivers on the loopback address that keep what alerts send: a web server, a mail server."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def _running(server) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class WebSink:
    """Every POST as (headers, JSON). `status` is its answer; 302 leads to `/elsewhere`.

    `taken`: what it answered with 200.
    """

    def __init__(self) -> None:
        self.posts: list[tuple[dict, dict]] = []
        self.taken: list[dict] = []
        self.paths: list[str] = []
        self.status = 200
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.posts.append((dict(self.headers), json.loads(body)))
                sink.taken += [json.loads(body)] if sink.status == 200 else []
                self.answer()

            def do_GET(self) -> None:
                self.answer()

            def answer(self) -> None:
                sink.paths.append(self.path)
                self.send_response(sink.status)
                if sink.status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?key=very-secret"

    def running(self):
        return _running(self.server)


class MailSink:
    """Every mail as (recipients, text). `refuses` makes it refuse all recipients."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], str]] = []
        self.refuses = False
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def say(self, line: str) -> None:
                self.wfile.write(line.encode() + b"\r\n")

            def handle(self) -> None:
                self.say("220 sink")
                recipients: list[str] = []
                for raw in self.rfile:
                    word = raw.decode().strip()
                    command = word.split(" ")[0].split(":")[0].upper()
                    if command == "QUIT":
                        return self.say("221 bye")
                    if command == "RCPT" and sink.refuses:
                        self.say(f"550 {word} is unknown here")
                    elif command == "DATA":
                        self.say("354 go on")
                        lines = []
                        for line in self.rfile:
                            if line == b".\r\n":
                                break
                            lines.append(line.decode())
                        sink.mails.append((recipients, "".join(lines)))
                        self.say("250 taken")
                    else:
                        if command == "RCPT":
                            recipients.append(word.split("<")[1].rstrip(">"))
                        self.say("250 fine")

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]

    def running(self):
        return _running(self.server)
