"""The peers: each is started like the product, on its own MariaDB and Redis where it uses them, and spoken to by the same loader."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from benchmarks.loader import Seat, Wire
from benchmarks.machine import HERE, ROOT, Missing, cache_folder, find_program
from benchmarks.stage import Crowd, Processes, Stores
from core.tests.ports import free_port

PEERS = HERE / "peers"
_TABLE = """CREATE TABLE IF NOT EXISTS message (
  id BIGINT AUTO_INCREMENT PRIMARY KEY, room VARCHAR(20) NOT NULL, author VARCHAR(40) NOT NULL, cid VARCHAR(36) NOT NULL UNIQUE,
  body LONGTEXT NOT NULL, at DATETIME(6) NOT NULL, KEY (room, id))"""
_FRAMES = Wire(
    path="/ws/",
    headers=("Sec-WebSocket-Protocol: resaka.v1",),
    steps=(('"hello"', '{"t":"sub","id":1,"rooms":{"%R":0}}'), ('"ok"', "")),
    send='{"t":"send","id":%I,"room":"%R","cid":"%C","body":"%B"}',
    ack='"t":"ack"',
    error='"t":"err"',
)


class Contestant(Protocol):
    """A server under test."""

    @property
    def name(self) -> str: ...

    @property
    def pids(self) -> list[int]: ...

    @property
    def processes(self) -> Processes: ...

    @property
    def parallel(self) -> int: ...

    def prepare(self, crowd: Crowd) -> None:
        """Everything that is made once for a crowd; raises `Missing` when the peer cannot run here."""

    def serve(self, count: int) -> None:
        """Start that many server processes."""

    def wire(self) -> Wire:
        """How it is spoken to."""

    def seats(self, crowd: Crowd) -> list[Seat]:
        """Everybody's socket."""

    def end_run(self) -> None:
        """Stop the server processes."""

    def close(self) -> None:
        """Stop everything."""


class Peer(ABC):
    """What all peers share. `persists` gives it a MariaDB, `bus` a Redis; both are counted."""

    name = "?"
    wire_used = _FRAMES
    parallel = 128  # handshakes at a time

    def __init__(self, folder: Path, *, persists: bool = False, bus: bool = False) -> None:
        self.persists, self.bus = persists, bus
        self.folder = folder / self.name.replace(" ", "-").replace("/", "-")
        self.folder.mkdir(parents=True)
        self.stores = Stores(self.folder)
        self.processes = Processes(self.folder)

    @property
    def place(self) -> Path:
        """Where its processes stand, and leave their logs when nobody tells them where."""
        return ROOT

    def require(self) -> None:
        """Raise `Missing` when it cannot run here; most run wherever the product does."""
        return

    @abstractmethod
    def command(self, port: int) -> list[str]:
        """What starts one server process on that port."""

    def environment(self) -> dict[str, str]:
        """What tells it its stores."""
        wanted = {}
        if self.persists:
            wanted["PEER_DATABASE_URL"] = self.stores.database.url()
        if self.bus:
            wanted["PEER_REDIS_URL"] = self.stores.redis.url
        return wanted

    def prepare(self, crowd: Crowd) -> None:
        self.require()
        if self.persists and self.stores.database.pid is None:
            self.stores.database.start()
            self.stores.database.execute(_TABLE, database="resaka")
        if self.bus and self.stores.redis.pid is None:
            self.stores.redis.start()

    def serve(self, count: int) -> None:
        for _place in range(count):
            port = free_port()
            self.processes.start(self.command(port), port=port, environment=self.environment(), cwd=self.place)
        self.processes.wait()

    def wire(self) -> Wire:
        return self.wire_used

    def seats(self, crowd: Crowd) -> list[Seat]:
        ports = self.processes.ports
        return [
            Seat(
                port=ports[place % len(ports)],
                room=room,
                speaks=place < crowd.speakers,
                room_name="roomabcdefghijk" + _letters(room),
                key=self.key_of(room, place),
                name=f"p{room}x{place}",
            )
            for room, size in enumerate(crowd.rooms)
            for place in range(size)
        ]

    def key_of(self, room: int, place: int) -> str:
        """What the templates use as %K."""
        return "-"

    @property
    def pids(self) -> list[int]:
        return [*self.processes.pids, *self.stores.pids]

    def end_run(self) -> None:
        self.processes.stop()

    def close(self) -> None:
        self.processes.stop()
        self.stores.stop()


# ---- Node ------------------------------------------------------------------------------------------------------------------------
def node_folder() -> Path:
    """The peers' programs beside their packages, installed from the lock file when it changed.

    Raises:
        Missing: no Node, or the packages cannot be had.
    """
    find_program("node")
    lock = (PEERS / "package-lock.json").read_bytes() + (PEERS / "package.json").read_bytes()
    folder = cache_folder() / f"node-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not (folder / "ready").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PEERS / name, folder)
        print("installing the packages of the peers…", file=sys.stderr)
        command = [find_program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Missing(f"npm ci failed:\n{done.stderr[-1500:]}")
        (folder / "ready").touch()
    for program in PEERS.glob("*.mjs"):
        shutil.copy(program, folder)
    return folder


class NodePeer(Peer):
    """A program of `peers/*.mjs`."""

    program = ""

    def require(self) -> None:
        self._home = node_folder()

    def command(self, port: int) -> list[str]:
        return [find_program("node"), str(self._home / self.program), str(port)]


class SocketIO(NodePeer):
    """Socket.IO with its Redis adapter; mysql2 keeps each message."""

    name = "socket.io"
    program = "socketio.mjs"
    wire_used = Wire(
        path="/socket.io/?EIO=4&transport=websocket",
        steps=(("0{", "40"), ("40{", '421["join","%R"]'), ("431[", "")),
        send='42%I["send",{"room":"%R","cid":"%C","body":"%B"}]',
        ack="43",
        error='44{"message"',
        pong=("2", "3"),
    )


class Ws(NodePeer):
    """The `ws` package."""

    name = "ws"
    program = "ws.mjs"


class UWebSockets(NodePeer):
    """uWebSockets (C++): in Bun, whose server it is, or as uWebSockets.js in Node when UWS_MODULE names one."""

    name = "uwebsockets"
    program = "uws.mjs"

    def command(self, port: int) -> list[str]:
        return [str(self._program()), str(self._home / self.program), str(port)]

    def require(self) -> None:
        super().require()
        self._program()

    def _program(self) -> str:
        if os.environ.get("UWS_MODULE"):
            return find_program("node")
        bun = self._home / "node_modules" / "@oven" / "bun-linux-x64" / "bin" / "bun"
        if not bun.exists():
            raise Missing("uWebSockets.js is not on npm, and Bun was not installed: UWS_MODULE names the uws.js of a release")
        return str(bun)


# ---- Python ----------------------------------------------------------------------------------------------------------------------
def python_packages() -> Path:
    """A folder for PYTHONPATH with what the textbook peer needs and the product does not.

    Raises:
        Missing: the packages cannot be had.
    """
    wanted = HERE / "requirements.txt"
    folder = cache_folder() / f"python-{hashlib.sha256(wanted.read_bytes()).hexdigest()[:16]}"
    if not (folder / "ready").exists():
        print("installing the packages of the textbook peer…", file=sys.stderr)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", str(folder)]
        done = subprocess.run([*command, "-r", str(wanted)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Missing(f"pip failed:\n{done.stderr[-1500:]}")
        (folder / "ready").touch()
    return folder


class Textbook(Peer):
    """Channels as its tutorial teaches it, on Daphne."""

    name = "textbook"
    parallel = 16  # under load it answers 500 to handshakes that come together
    wire_used = Wire(
        path="/?room=%R",
        steps=(('"ok"', ""),),
        send='{"t":"send","room":"%R","cid":"%C","body":"%B"}',
        ack='"ack"',
    )

    def require(self) -> None:
        self._packages = python_packages()

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "PYTHONPATH": f"{ROOT}:{self._packages}"}

    def command(self, port: int) -> list[str]:
        daphne = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "-v", "0", "--ping-interval", "600"]
        return [*daphne, "benchmarks.peers.textbook:application"]


class Hub(Peer):
    """The product's hub alone, on its own protocol or on stock uvicorn."""

    name = "hub"
    protocol = "realtime.server:SocketProtocol"

    def environment(self) -> dict[str, str]:
        wanted = {"RESAKA_DATA_DIR": str(self.folder / "data"), "DJANGO_SETTINGS_MODULE": "superapp.settings", "PYTHONPATH": str(ROOT)}
        raised = dict.fromkeys(("RESAKA_FRAMES_IN_10_S", "RESAKA_FRAMES_BURST", "RESAKA_MESSAGES_IN_10_S"), "100000")
        return {**wanted, **raised}

    def command(self, port: int) -> list[str]:
        return [sys.executable, "-m", "benchmarks.peers.hub", str(port), self.protocol]


class StockHub(Hub):
    """Without the seam in uvicorn."""

    name = "hub, stock uvicorn"
    protocol = "websockets-sansio"


# ---- C and Erlang, where Debian's packages are installed -----------------------------------------------------------------------------
_NGINX = """
load_module {module};
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log warn;
events {{ worker_connections 16000; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=2048;
    location ~ ^/ws/(\\w+)$ {{
      nchan_pubsub websocket; nchan_channel_id $1; nchan_subscriber_first_message newest;
      nchan_message_buffer_length 1000; nchan_message_timeout 60s;
    }}
  }}
}}
"""


class Nchan(Peer):
    """Nchan in nginx: a relay that knows no people and keeps nothing."""

    name = "nchan"
    wire_used = Wire(
        path="/ws/%R",
        send='{"t":"ev","room":"%R","evs":[{"seq":%I,"k":"message","at":"2026-11-22T14:02:07.120Z","by":{"id":"%U","name":"Bench","av":1},'
        '"n":%I,"cid":"%C","body":"%B"}]}',
    )

    def require(self) -> None:
        find_program("nginx")
        self._module = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
        if not self._module.exists():
            raise Missing("Nchan is not installed (Debian: apt-get install libnginx-mod-nchan)")

    def command(self, port: int) -> list[str]:
        path = self.folder / f"{port}.conf"
        path.write_text(_NGINX.format(module=self._module, folder=self.folder, port=port))
        return [find_program("nginx"), "-p", str(self.folder), "-c", str(path), "-e", str(self.folder / "error.log")]


_EJABBERD = """
hosts: ["localhost"]
loglevel: error
listen:
  - {{port: {port}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: {{"/ws": ejabberd_http_ws}}}}
auth_method: [anonymous]
anonymous_protocol: sasl_anon
websocket_ping_interval: 600 seconds
modules:
  mod_muc:
    access: all
    access_create: all
    max_users: 5000
    max_user_conferences: 10
    history_size: 0
    default_room_options: {{persistent: false, presence_broadcast: [], max_users: 5000, mam: false}}
"""


class Ejabberd(Peer):
    """ejabberd's rooms over WebSocket, without archive."""

    name = "ejabberd"
    parallel = 4  # more lose their way while the room is made
    wire_used = Wire(
        path="/ws",
        headers=("Sec-WebSocket-Protocol: xmpp",),
        steps=(
            ("", '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="localhost" version="1.0"/>'),
            ("features", '<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="ANONYMOUS"/>'),
            ("<success", '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="localhost" version="1.0"/>'),
            ("features", '<iq xmlns="jabber:client" type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>'),
            (
                "<jid>",
                '<presence xmlns="jabber:client" to="%R@conference.localhost/%U"><x xmlns="http://jabber.org/protocol/muc">'
                '<history maxstanzas="0"/></x></presence>',
            ),
            ("<subject", ""),
        ),
        send='<message xmlns="jabber:client" type="groupchat" id="%C" to="%R@conference.localhost"><body>%B</body></message>',
        error='type="error"',
    )

    @property
    def place(self) -> Path:
        return self.folder

    def require(self) -> None:
        find_program("ejabberdctl")

    def command(self, port: int) -> list[str]:
        ebin = sorted(Path("/usr/lib").glob("*/ejabberd-*/ebin"))
        if not ebin:
            raise Missing("ejabberd is not installed (Debian: apt-get install ejabberd)")
        path = self.folder / "ejabberd.yml"
        path.write_text(_EJABBERD.format(port=port))
        quoted = [f'ejabberd config "{path}"', f'mnesia dir "{self.folder / "mnesia"}"']
        options = [word for pair in quoted for word in ("-" + pair.split(" ", 1)[0], *_erlang(pair.split(" ", 1)[1]))]
        return [find_program("erl"), "-noinput", "-pa", str(ebin[0]), *options, "+P", "200000", "+K", "true", "-s", "ejabberd"]


def _erlang(pair: str) -> list[str]:
    name, value = pair.split(" ", 1)
    return [name, value]


def _letters(number: int) -> str:
    """Five letters, so that names of rooms have the shape of public ids everywhere."""
    return "".join("abcdefghijklmnopqrstuvwxyz"[number // 26**place % 26] for place in range(5))


def made(kinds: Sequence[type[Peer]], folder: Path, *, persists: bool = False, bus: bool = False) -> list[Peer]:
    """Peers with the same options; those that cannot run here are skipped with a printed line."""
    peers: list[Peer] = []
    for kind in kinds:
        peer = kind(folder, persists=persists, bus=bus)
        try:
            peer.require()
        except Missing as error:
            print(f"{peer.name} is skipped: {error}", file=sys.stderr)
        else:
            peers.append(peer)
    return peers
