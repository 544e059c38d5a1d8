// Socket.IO with the Redis adapter; each message is inserted by mysql2 before it is broadcast. `node socketio.mjs PORT`
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import mysql from "mysql2/promise";
import { createClient } from "redis";
import { Server } from "socket.io";

const pub = createClient({ url: process.env.PEER_REDIS_URL });
const sub = pub.duplicate();
await Promise.all([pub.connect(), sub.connect()]);
const pool = mysql.createPool({ uri: process.env.PEER_DATABASE_URL, connectionLimit: 10 });
const INSERT = "INSERT INTO message (room, author, cid, body, at) VALUES (?, ?, ?, ?, ?)";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], adapter: createAdapter(pub, sub), maxHttpBufferSize: 65536 });

io.on("connection", (socket) => {
  socket.on("join", (room, joined) => {
    socket.join(room);
    joined();
  });
  socket.on("send", async (message, acknowledge) => {
    const at = new Date();
    const [row] = await pool.execute(INSERT, [message.room, socket.id, message.cid, message.body, at]);
    const by = { id: socket.id, name: "Bench", av: 1 };
    io.to(message.room).emit("message", { seq: row.insertId, k: "message", at, by, n: row.insertId, cid: message.cid, body: message.body });
    acknowledge({ cid: message.cid, seq: row.insertId, at });
  });
});

http.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 2048 });
