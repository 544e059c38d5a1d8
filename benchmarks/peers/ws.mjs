// The plain `ws` package: rooms as sets of sockets, nothing is kept. `node ws.mjs PORT`; with PEER_REDIS_URL every message goes through Redis.
import { createClient } from "redis";
import { WebSocketServer } from "ws";

const rooms = new Map();
let seq = 0;
let publish = deliver;

function deliver(text, room) {
  for (const socket of rooms.get(room) ?? []) socket.send(text);
}

if (process.env.PEER_REDIS_URL) {
  const pub = createClient({ url: process.env.PEER_REDIS_URL });
  const sub = pub.duplicate();
  await Promise.all([pub.connect(), sub.connect()]);
  await sub.pSubscribe("room:*", (text, channel) => deliver(text, channel.slice(5)));
  publish = (text, room) => void pub.publish(`room:${room}`, text);
}

const server = new WebSocketServer({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 2048, perMessageDeflate: false });
let people = 0;

server.on("connection", (socket) => {
  const by = { id: String(++people).padStart(20, "0"), name: "Bench", av: 1 };
  socket.on("message", (data) => {
    const frame = JSON.parse(data);
    if (frame.t === "sub") {
      for (const room of Object.keys(frame.rooms)) {
        if (!rooms.has(room)) rooms.set(room, new Set());
        rooms.get(room).add(socket);
        socket.on("close", () => rooms.get(room).delete(socket));
      }
      socket.send(JSON.stringify({ t: "ok", re: frame.id, rooms: {}, last: 0 }));
      return;
    }
    const event = { seq: ++seq, k: "message", at: new Date(), by, n: seq, cid: frame.cid, body: frame.body };
    publish(JSON.stringify({ t: "ev", room: frame.room, evs: [event], last: seq }), frame.room);
    socket.send(JSON.stringify({ t: "ack", re: frame.id, cid: frame.cid, room: frame.room, seq: event.seq, at: event.at }));
  });
  socket.send(JSON.stringify({ t: "hello" }));
});
