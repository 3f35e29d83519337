"""A program that answers its health address until SIGTERM, and notes in a file that it stopped."""

import http.server
import os
import signal
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    """200 for everything."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *ignored: object) -> None:
        pass


def stop(*ignored: object) -> None:
    if note := os.environ.get("STOP_NOTE"):
        with open(note, "a") as file:
            file.write(os.environ["SERVICE_NAME"] + "\n")
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
