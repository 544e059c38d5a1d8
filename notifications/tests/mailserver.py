"""A mail server of one thread that speaks just enough SMTP: it keeps what it is given and answers each word as it was told to."""

from __future__ import annotations

import email
import email.policy
import socket
import threading
from email.message import EmailMessage
from io import BufferedRWPair
from typing import Self


class MailServer:
    """`answers` maps a word (RCPT, DATA, the full stop that ends a mail, …) to the answer; "hang up" and "silence" are answers too."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.mails: list[EmailMessage] = []
        self.visits = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        if self._listener.fileno() != -1:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        self._thread.join(5)

    def close_doors(self) -> None:
        """Nobody can connect any more."""
        self.__exit__()

    def _serve(self) -> None:
        while True:
            try:
                visitor, _address = self._listener.accept()
            except OSError:
                return
            self.visits += 1
            with visitor, visitor.makefile("rwb") as line:
                try:
                    self._talk(line)
                except OSError:
                    continue

    def _talk(self, line: BufferedRWPair) -> None:
        if not self._say(line, "HELLO", "220 ready"):
            return
        while words := line.readline():
            verb = words.decode().split()[0].upper()
            if verb == "DATA" and self.answers.get("DATA", "354").startswith("354"):
                self._say(line, verb, "354 go on")
                if not self._take(line):
                    return
            elif not self._say(line, verb, "221 bye" if verb == "QUIT" else "250 ok"):
                return

    def _take(self, line: BufferedRWPair) -> bool:
        text = b""
        while (part := line.readline()) not in (b".\r\n", b""):
            text += part
        answer = self.answers.get(".", "250 taken")
        if answer.startswith("250"):
            self.mails.append(email.message_from_bytes(text, policy=email.policy.default))
        return self._say(line, ".", "250 taken")

    def _say(self, line: BufferedRWPair, verb: str, usual: str) -> bool:
        answer = self.answers.get(verb, usual)
        if answer == "silence":
            self._ended.wait(5)
            return False
        if answer == "hang up":
            return False
        line.write(answer.encode() + b"\r\n")
        line.flush()
        return True
