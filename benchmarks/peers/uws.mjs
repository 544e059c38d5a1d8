// uWebSockets (C++) with its own topics; nothing is kept. `bun uws.mjs PORT` or `node uws.mjs PORT`
// Bun's server is uWebSockets and comes by npm. uWebSockets.js for Node is not on npm: UWS_MODULE names the uws.js of a release.
const port = Number(process.argv[2]);
const HELLO = JSON.stringify({ t: "hello" });
const read = new TextDecoder();
let seq = 0;
let people = 0;

/** What a new socket is known by. */
function newPerson() {
  return { id: String(++people).padStart(20, "0"), name: "Bench", av: 1 };
}

/** Answer one frame; `publish(room, text)` reaches everybody in a room, the sender too. */
function answer(socket, text, by, publish) {
  const frame = JSON.parse(text);
  if (frame.t === "sub") {
    for (const room of Object.keys(frame.rooms)) socket.subscribe(room);
    socket.send(JSON.stringify({ t: "ok", re: frame.id, rooms: {}, last: 0 }));
    return;
  }
  const event = { seq: ++seq, k: "message", at: new Date(), by, n: seq, cid: frame.cid, body: frame.body };
  publish(frame.room, JSON.stringify({ t: "ev", room: frame.room, evs: [event], last: seq }));
  socket.send(JSON.stringify({ t: "ack", re: frame.id, cid: frame.cid, room: frame.room, seq: event.seq, at: event.at }));
}

if (process.versions.bun) {
  const server = Bun.serve({
    port,
    hostname: "127.0.0.1",
    fetch: (request, self) => (self.upgrade(request, { data: newPerson() }) ? undefined : new Response("a socket, please", { status: 426 })),
    websocket: {
      perMessageDeflate: false,
      idleTimeout: 600,
      backpressureLimit: 16 * 1024 * 1024,
      open: (socket) => void socket.send(HELLO),
      message: (socket, text) => answer(socket, text, socket.data, (room, event) => server.publish(room, event)),
    },
  });
} else {
  const { default: uws } = await import(process.env.UWS_MODULE);
  const app = uws.App();
  app.ws("/*", {
    compression: uws.DISABLED,
    maxPayloadLength: 65536,
    maxBackpressure: 16 * 1024 * 1024,
    idleTimeout: 600,
    open(socket) {
      socket.getUserData().by = newPerson();
      socket.send(HELLO);
    },
    message: (socket, data) => answer(socket, read.decode(data), socket.getUserData().by, (room, event) => app.publish(room, event)),
  });
  app.listen("127.0.0.1", port, (token) => token || process.exit(1));
}
