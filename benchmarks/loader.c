/* The crowd: many WebSockets in one thread, so that the loader costs less than any server it loads.
 *
 *   loader CONFIG      obeys lines of standard input, answers with lines of JSON
 *
 * CONFIG holds one setting a line, `name<TAB>values`:
 *   host H | path P | header LINE | pong PING ANSWER | step WAIT SEND | send TEMPLATE | ack PATTERN | error PATTERN
 *   body BYTES | parallel N | backlog N | echo 0|1 | sources N
 *   socket PORT ROOM SENDER(0|1) NAME-OF-ROOM KEY NAME-OF-SELF
 * In templates: %R name of the room, %K key, %U name of self, %B body, %C a UUIDv7, %I a number, %% a percent sign.
 * A socket shakes hands; for each `step` it waits until a message holds WAIT (nothing: at once) and answers SEND; then it is open.
 * With `backlog N` it is open when it has heard N messages more.
 *
 * Commands: `open [TIMEOUT]`; `round MESSAGES RATE WINDOW TIMEOUT LINGER`; `drop` (ends every connection); `quit`.
 * RATE is messages a second of all senders together (send -> last delivery is measured); 0 saturates: a sender keeps WINDOW
 * messages on their way and sends the next when its own came back (`echo 1`) or was acknowledged (`echo 0`, with `ack`).
 * A round answers {"done":…} the moment the last delivery is in, then listens LINGER ms for doubled ones and answers the figures.
 *
 * A body is `~^`, seven digits of the message's number, padding. Nothing is parsed: frames are walked by their lengths and
 * searched for `~^`, so a frame may hold any number of events in any wrapping. Each socket has a bit for each message of its room.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_STEPS 12
#define MARK_LENGTH 9
#define READ_SIZE (512 * 1024)

enum state { IDLE, CONNECTING, SHAKING, STEPPING, OPEN, CLOSED };

struct sock {
  int fd, port, room, sender, step, state, on_way, heard_before;
  char *room_name, *key, *self;
  char *rest; /* an unfinished frame */
  size_t rest_length, rest_size;
  char *out; /* what the kernel did not take */
  size_t out_length;
  uint8_t *seen;
  uint32_t seen_size; /* in bits */
  uint32_t heard;     /* in its room, over all rounds */
  double since;
};

struct room {
  int members;
  uint32_t messages, order_size, known;
  uint32_t *order; /* message numbers as first heard by anybody */
};

struct message {
  double sent;
  uint32_t local;
  int room, sender, left;
};

static struct { char wait[256], send[2048]; int has_send; } steps[MAX_STEPS];
static char *host = "127.0.0.1", *path = "/", *template, *ack, *error_pattern, *ping, *pong;
static char headers[8192];
static int n_steps, body_length = 150, parallel = 256, backlog, echo = 1, sources = 1;
static struct sock *socks;
static int n_socks, size_socks;
static struct room *rooms;
static int n_rooms;
static struct message *messages;
static uint32_t n_messages, size_messages;
static int *senders, n_senders;
static int ep, timer;

static int opening, n_open, next_to_open, n_ready_order;
static double opened_first, opened_last, *ready_after;
static uint64_t deliveries, expected, doubled, strays, disordered, acks, errors, closed, sends_blocked;
static uint32_t to_send, sent, acks_wanted;
static int window, in_round, next_sender;
static double started, last_delivery, rate;
static uint64_t ids;
static uint32_t round_first;
static double *latencies;
static uint32_t n_latencies;

static void die(const char *format, ...) {
  va_list list;
  va_start(list, format);
  vfprintf(stderr, format, list);
  va_end(list);
  fputc('\n', stderr);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static double cpu(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static char *copy(const char *text) {
  char *made = strdup(text ? text : "");
  if (!made) die("no memory");
  return made;
}

static void *grow(void *old, size_t size) {
  void *made = realloc(old, size);
  if (!made) die("no memory");
  return made;
}

/* ---- configuration ---- */
static char *field(char **rest) {
  char *start = *rest, *end;
  if (!start) return "";
  end = strchr(start, '\t');
  if (end) *end++ = 0;
  *rest = end;
  return start;
}

static void add_socket(char *rest) {
  struct sock *s;
  if (n_socks == size_socks) socks = grow(socks, (size_socks = size_socks ? size_socks * 2 : 1024) * sizeof *socks);
  s = &socks[n_socks++];
  memset(s, 0, sizeof *s);
  s->fd = -1;
  s->port = atoi(field(&rest));
  s->room = atoi(field(&rest));
  s->sender = atoi(field(&rest));
  s->room_name = copy(field(&rest));
  s->key = copy(field(&rest));
  s->self = copy(field(&rest));
  while (s->room >= n_rooms) {
    rooms = grow(rooms, (n_rooms + 1) * sizeof *rooms);
    memset(&rooms[n_rooms++], 0, sizeof *rooms);
  }
  rooms[s->room].members++;
}

static void configure(const char *name) {
  FILE *file = fopen(name, "r");
  char *line = NULL;
  size_t size = 0;
  ssize_t length;
  int i;
  if (!file) die("%s: %s", name, strerror(errno));
  while ((length = getline(&line, &size, file)) > 0) {
    char *rest = line, *word;
    if (line[length - 1] == '\n') line[length - 1] = 0;
    word = field(&rest);
    if (!strcmp(word, "socket")) add_socket(rest);
    else if (!strcmp(word, "host")) host = copy(rest);
    else if (!strcmp(word, "path")) path = copy(rest);
    else if (!strcmp(word, "send")) template = copy(rest);
    else if (!strcmp(word, "ack")) ack = copy(rest);
    else if (!strcmp(word, "error")) error_pattern = copy(rest);
    else if (!strcmp(word, "body")) body_length = atoi(rest);
    else if (!strcmp(word, "parallel")) parallel = atoi(rest);
    else if (!strcmp(word, "backlog")) backlog = atoi(rest);
    else if (!strcmp(word, "echo")) echo = atoi(rest);
    else if (!strcmp(word, "sources")) sources = atoi(rest);
    else if (!strcmp(word, "pong")) { ping = copy(field(&rest)); pong = copy(field(&rest)); }
    else if (!strcmp(word, "header")) {
      if (strlen(headers) + strlen(rest) + 3 > sizeof headers) die("too many headers");
      strcat(strcat(headers, rest), "\r\n");
    } else if (!strcmp(word, "step")) {
      if (n_steps == MAX_STEPS) die("too many steps");
      snprintf(steps[n_steps].wait, sizeof steps[0].wait, "%s", field(&rest));
      snprintf(steps[n_steps].send, sizeof steps[0].send, "%s", field(&rest));
      steps[n_steps].has_send = steps[n_steps].send[0] != 0;
      n_steps++;
    } else if (*word) die("%s: unknown word %s", name, word);
  }
  free(line);
  fclose(file);
  if (body_length < MARK_LENGTH + 1) body_length = MARK_LENGTH + 1;
  senders = grow(NULL, (n_socks + 1) * sizeof *senders);
  for (i = 0; i < n_socks; i++)
    if (socks[i].sender) senders[n_senders++] = i;
  ready_after = grow(NULL, (n_socks + 1) * sizeof *ready_after);
}

/* ---- writing ---- */
static size_t put_body(char *at, uint32_t number) {
  snprintf(at, MARK_LENGTH + 1, "~^%07u", number % 10000000u);
  memset(at + MARK_LENGTH, 'x', body_length - MARK_LENGTH);
  return body_length;
}

static size_t put_uuid(char *at) {
  struct timespec t;
  uint64_t ms, id = ++ids;
  clock_gettime(CLOCK_REALTIME, &t);
  ms = (uint64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
  return sprintf(at, "%08x-%04x-7%03x-8%03x-%04x%08x", (uint32_t)(ms >> 16), (uint32_t)(ms & 0xffff), (uint32_t)(id >> 44 & 0xfff),
                 (uint32_t)(id >> 32 & 0xfff), (unsigned)(getpid() & 0xffff), (uint32_t)id);
}

/* The filled template; `number` is the message's, for %B. */
static size_t fill(char *out, size_t size, const char *from, struct sock *s, uint32_t number) {
  size_t n = 0;
  for (; *from; from++) {
    const char *text = NULL;
    if (n + body_length + 64 > size) die("a template is too long");
    if (*from != '%' || !from[1]) { out[n++] = *from; continue; }
    switch (*++from) {
      case 'R': text = s->room_name; break;
      case 'K': text = s->key; break;
      case 'U': text = s->self; break;
      case 'B': n += put_body(out + n, number); continue;
      case 'C': n += put_uuid(out + n); continue;
      case 'I': n += sprintf(out + n, "%llu", (unsigned long long)++ids); continue;
      default: out[n++] = *from; continue;
    }
    if (n + strlen(text) + 64 > size) die("a template is too long");
    n += sprintf(out + n, "%s", text);
  }
  return n;
}

static void watch(struct sock *s, uint32_t events) {
  struct epoll_event e = {.events = events, .data.u32 = (uint32_t)(s - socks)};
  if (epoll_ctl(ep, EPOLL_CTL_MOD, s->fd, &e)) die("epoll: %s", strerror(errno));
}

static void write_raw(struct sock *s, const char *data, size_t length) {
  ssize_t done = 0;
  if (s->state == CLOSED) return;
  if (!s->out_length) {
    done = send(s->fd, data, length, MSG_NOSIGNAL);
    if (done < 0) {
      if (errno != EAGAIN) return; /* the reading side will tell */
      done = 0;
    }
    if ((size_t)done == length) return;
    sends_blocked++;
    watch(s, EPOLLIN | EPOLLOUT);
  }
  s->out = grow(s->out, s->out_length + length - done);
  memcpy(s->out + s->out_length, data + done, length - done);
  s->out_length += length - done;
}

static void flush_out(struct sock *s) {
  ssize_t done = send(s->fd, s->out, s->out_length, MSG_NOSIGNAL);
  if (done <= 0) return;
  memmove(s->out, s->out + done, s->out_length - done);
  s->out_length -= done;
  if (!s->out_length) watch(s, EPOLLIN);
}

/* Masked, as a client must, with a key of zeros, which leaves the bytes as they are. */
static void write_frame(struct sock *s, int opcode, const char *data, size_t length) {
  char head[8 + 65536];
  size_t n = 0;
  if (length > 65535) die("a frame is too long");
  head[n++] = (char)(0x80 | opcode);
  if (length < 126) head[n++] = (char)(0x80 | length);
  else {
    head[n++] = (char)(0x80 | 126);
    head[n++] = (char)(length >> 8);
    head[n++] = (char)length;
  }
  memset(head + n, 0, 4);
  memcpy(head + n + 4, data, length);
  write_raw(s, head, n + 4 + length);
}

static void write_template(struct sock *s, const char *text, uint32_t number) {
  static char out[65536];
  write_frame(s, 1, out, fill(out, sizeof out, text, s, number));
}

static void send_message(struct sock *s) {
  struct message *m;
  struct room *r = &rooms[s->room];
  if (n_messages == size_messages) messages = grow(messages, (size_messages = size_messages ? size_messages * 2 : 65536) * sizeof *messages);
  m = &messages[n_messages];
  m->room = s->room;
  m->sender = (int)(s - socks);
  m->left = echo ? r->members : 0;
  m->local = r->messages++;
  m->sent = now();
  expected += m->left;
  sent++;
  s->on_way++;
  write_template(s, template, n_messages++);
}

/* Keep the windows of the senders full. */
static void send_next(struct sock *s) {
  while (in_round && rate == 0 && sent < to_send && s->on_way < window) send_message(s);
}

/* ---- opening ---- */
static void connect_socket(struct sock *s) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)s->port)};
  struct epoll_event e = {.events = EPOLLIN | EPOLLOUT, .data.u32 = (uint32_t)(s - socks)};
  int one = 1;
  if (inet_pton(AF_INET, host, &to.sin_addr) != 1) die("host: an address like 127.0.0.1");
  s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (s->fd < 0) die("socket: %s (raise the limit of open files)", strerror(errno));
  setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (sources > 1) { /* one address has some 28 000 ports towards one server */
    struct sockaddr_in from = {.sin_family = AF_INET};
    from.sin_addr.s_addr = htonl(0x7f000001u + (uint32_t)((s - socks) % sources));
    setsockopt(s->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(s->fd, (struct sockaddr *)&from, sizeof from)) die("bind: %s", strerror(errno));
  }
  if (connect(s->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) die("connect: %s", strerror(errno));
  if (epoll_ctl(ep, EPOLL_CTL_ADD, s->fd, &e)) die("epoll: %s", strerror(errno));
  s->state = CONNECTING;
  s->step = 0;
  s->since = now();
  opening++;
}

static void open_more(void) {
  while (opening < parallel && next_to_open < n_socks) connect_socket(&socks[next_to_open++]);
}

static void shake(struct sock *s) {
  static char text[16384];
  char wanted[12288];
  snprintf(wanted, sizeof wanted, "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: cmVzYWthIGJlbmNobWFyaw==\r\nSec-WebSocket-Version: 13\r\n%s\r\n", path, host, s->port, headers);
  s->state = SHAKING;
  write_raw(s, text, fill(text, sizeof text, wanted, s, 0));
}

static void is_open(struct sock *s) {
  s->state = OPEN;
  opening--;
  n_open++;
  opened_last = now();
  ready_after[n_ready_order++] = opened_last - s->since;
}

static void try_open(struct sock *s) {
  if (s->state == STEPPING && s->step == n_steps && s->heard_before >= backlog) is_open(s);
}

static void step_on(struct sock *s) {
  while (s->step < n_steps && !steps[s->step].wait[0]) {
    if (steps[s->step].has_send) write_template(s, steps[s->step].send, 0);
    s->step++;
  }
  try_open(s);
}

/* ---- reading ---- */
static void is_closed(struct sock *s, const char *why) {
  if (s->state == CLOSED) return;
  if (closed++ < 3) fprintf(stderr, "%s: %.60s\n", s->state == OPEN ? "closed" : "not opened", why);
  if (s->state == OPEN) n_open--;
  else opening--;
  s->state = CLOSED;
  close(s->fd);
  s->fd = -1;
}

static int is_seen(struct sock *s, uint32_t bit) {
  if (bit >= s->seen_size) {
    uint32_t size = bit < 512 ? 1024 : bit * 2 + 64;
    s->seen = grow(s->seen, size / 8 + 8);
    memset(s->seen + s->seen_size / 8, 0, size / 8 + 8 - s->seen_size / 8);
    s->seen_size = size / 8 * 8;
  }
  if (s->seen[bit >> 3] & (1 << (bit & 7))) return 1;
  s->seen[bit >> 3] |= (uint8_t)(1 << (bit & 7));
  return 0;
}

static void check_order(struct sock *s, struct room *r, uint32_t local) {
  if (s->heard == r->known) {
    if (r->known == r->order_size) r->order = grow(r->order, (r->order_size = r->order_size ? r->order_size * 2 : 256) * sizeof *r->order);
    r->order[r->known++] = local;
  } else if (r->order[s->heard] != local) disordered++;
  s->heard++;
}

static void deliver(struct sock *s, uint32_t number) {
  struct message *m;
  if (s->state != OPEN) { s->heard_before++; return; }
  if (number >= n_messages || messages[number].room != s->room || number < round_first) { strays++; return; }
  m = &messages[number];
  if (is_seen(s, m->local)) { doubled++; return; }
  check_order(s, &rooms[s->room], m->local);
  deliveries++;
  if (--m->left == 0 && in_round) {
    last_delivery = now();
    latencies[n_latencies++] = last_delivery - m->sent;
  }
  if (m->sender == (int)(s - socks) && echo) {
    s->on_way--;
    send_next(s);
  }
}

static int scan(struct sock *s, const char *at, size_t length) {
  const char *end = at + length;
  int found = 0;
  while (end - at >= MARK_LENGTH && (at = memchr(at, '~', end - at - MARK_LENGTH + 1))) {
    if (at[1] == '^') {
      uint32_t number = 0;
      int i;
      for (i = 2; i < MARK_LENGTH; i++) number = number * 10 + (uint32_t)(at[i] - '0');
      deliver(s, number);
      found++;
      at += end - at > body_length ? body_length : end - at;
    } else at++;
  }
  return found;
}

static int holds(const char *data, size_t length, const char *pattern) {
  return memmem(data, length, pattern, strlen(pattern)) != NULL;
}

static void other_frame(struct sock *s, const char *data, size_t length) {
  if (ack && holds(data, length, ack)) {
    acks++;
    if (!echo) { s->on_way--; last_delivery = now(); send_next(s); }
  } else if (error_pattern && holds(data, length, error_pattern)) {
    if (errors++ < 3) fprintf(stderr, "error: %.*s\n", (int)(length > 300 ? 300 : length), data);
  }
}

static void text_frame(struct sock *s, const char *data, size_t length) {
  if (ping && length == strlen(ping) && !memcmp(data, ping, length)) { write_template(s, pong, 0); return; }
  if (s->state == STEPPING && s->step < n_steps) {
    if (error_pattern && holds(data, length, error_pattern)) fprintf(stderr, "refused: %.*s\n", (int)(length > 300 ? 300 : length), data);
    if (!holds(data, length, steps[s->step].wait)) { scan(s, data, length); return; }
    if (steps[s->step].has_send) write_template(s, steps[s->step].send, 0);
    s->step++;
    step_on(s);
    scan(s, data, length);
    try_open(s);
    return;
  }
  if (!scan(s, data, length) && s->state == OPEN) other_frame(s, data, length);
  try_open(s);
}

/* One frame at the start of the data: its whole length, or 0 when it is not all there. */
static size_t frame(struct sock *s, const unsigned char *data, size_t length) {
  size_t head = 2, body, i;
  int opcode;
  if (length < 2) return 0;
  opcode = data[0] & 0x0f;
  if (data[0] & 0x40) die("the server compressed a frame, which was not asked for");
  if (data[1] & 0x80) die("the server masked a frame");
  body = data[1] & 0x7f;
  if (body == 126) {
    if (length < 4) return 0;
    body = (size_t)data[2] << 8 | data[3];
    head = 4;
  } else if (body == 127) {
    if (length < 10) return 0;
    for (body = 0, i = 2; i < 10; i++) body = body << 8 | data[i];
    head = 10;
  }
  if (length < head + body) return 0;
  if (opcode <= 2) text_frame(s, (const char *)data + head, body);
  else if (opcode == 9) write_frame(s, 10, (const char *)data + head, body);
  else if (opcode == 8) {
    char why[160];
    snprintf(why, sizeof why, "code %d %.*s", body >= 2 ? data[head] << 8 | data[head + 1] : 0, (int)(body > 2 ? body - 2 > 100 ? 100 : body - 2 : 0),
             (const char *)data + head + 2);
    is_closed(s, why);
  }
  return head + body;
}

static size_t answer(struct sock *s, const char *data, size_t length) {
  const char *end = memmem(data, length, "\r\n\r\n", 4);
  if (!end) return 0;
  if (length < 12 || memcmp(data + 9, "101", 3)) {
    char why[200];
    snprintf(why, sizeof why, "%.*s", (int)((const char *)memchr(data, '\r', length) - data), data);
    is_closed(s, why);
    return length;
  }
  s->state = STEPPING;
  step_on(s);
  return end + 4 - data;
}

static void readable(struct sock *s) {
  static char buffer[READ_SIZE];
  size_t length = s->rest_length, at = 0, used;
  ssize_t got;
  if (length > READ_SIZE / 2) die("a frame is too long");
  if (length) memcpy(buffer, s->rest, length);
  got = recv(s->fd, buffer + length, READ_SIZE - length, 0);
  if (got <= 0) {
    if (got == 0 || errno != EAGAIN) is_closed(s, got ? strerror(errno) : "end of stream");
    return;
  }
  length += got;
  while (at < length && s->state != CLOSED) {
    used = s->state == SHAKING ? answer(s, buffer + at, length - at) : frame(s, (unsigned char *)buffer + at, length - at);
    if (!used) break;
    at += used;
  }
  s->rest_length = s->state == CLOSED ? 0 : length - at;
  if (s->rest_length) {
    if (s->rest_length > s->rest_size) s->rest = grow(s->rest, s->rest_size = s->rest_length);
    memcpy(s->rest, buffer + at, s->rest_length);
  } else if (s->rest) {
    free(s->rest);
    s->rest = NULL;
    s->rest_size = 0;
  }
}

static void happened(struct sock *s, uint32_t events) {
  if (s->state == CLOSED || s->fd < 0) return;
  if (s->state == CONNECTING && events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) { is_closed(s, strerror(error)); return; }
    watch(s, EPOLLIN);
    shake(s);
    return;
  }
  if (events & EPOLLOUT && s->out_length) flush_out(s);
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) readable(s);
}

/* Wait for what happens, at most `ms`; true when standard input may be read. */
static int turn(int ms) {
  static struct epoll_event events[2048];
  int i, asked = 0, n = epoll_wait(ep, events, 2048, ms);
  for (i = 0; i < n; i++) {
    if (events[i].data.u32 == UINT32_MAX) asked = 1;
    else if (events[i].data.u32 == UINT32_MAX - 1) {
      uint64_t ticks;
      if (read(timer, &ticks, sizeof ticks) < 0) continue;
    } else happened(&socks[events[i].data.u32], events[i].events);
  }
  return asked;
}

/* ---- commands ---- */
static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double quantile(double *sorted, uint32_t n, double q) {
  uint32_t at = (uint32_t)(q * (n - 1) + 0.5);
  return n ? sorted[at] : 0;
}

static void do_open(double timeout) {
  double limit = now() + timeout;
  opened_first = now();
  opened_last = opened_first;
  n_ready_order = 0;
  next_to_open = 0;
  open_more();
  while (n_open + (int)closed < n_socks && now() < limit) {
    turn(100);
    open_more();
  }
  limit = now() + (backlog ? 0.5 : 0);
  while (now() < limit) turn(50);
  qsort(ready_after, n_ready_order, sizeof *ready_after, by_size);
  {
    uint64_t heard = 0;
    int i, left = 0;
    for (i = 0; i < n_socks; i++) {
      heard += socks[i].heard_before;
      if (socks[i].state != OPEN && socks[i].state != CLOSED && left++ < 3)
        fprintf(stderr, "not open: state %d, step %d of %d, heard %d\n", socks[i].state, socks[i].step, n_steps, socks[i].heard_before);
    }
    printf("{\"open\":%d,\"closed\":%llu,\"seconds\":%.4f,\"heard\":%llu,\"strays\":%llu,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"cpu\":%.4f}\n", n_open,
           (unsigned long long)closed, opened_last - opened_first, (unsigned long long)heard, (unsigned long long)strays,
           1e3 * quantile(ready_after, n_ready_order, 0.5), 1e3 * quantile(ready_after, n_ready_order, 0.99), cpu());
  }
  strays = 0;
}

static void set_timer(double at) {
  struct itimerspec when = {{0, 0}, {(time_t)at, (long)((at - (time_t)at) * 1e9)}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

/* Send what is due by now; the senders take turns. */
static void pace(void) {
  double t = now();
  while (sent < to_send && started + sent / rate <= t) {
    send_message(&socks[senders[next_sender]]);
    next_sender = (next_sender + 1) % n_senders;
  }
  if (sent < to_send) set_timer(started + sent / rate);
}

static int is_done(void) {
  return sent == to_send && (echo ? deliveries >= expected : acks >= acks_wanted);
}

static void do_round(uint32_t count, double per_second, int width, double timeout, int linger) {
  double quiet, before = cpu(), limit, used;
  uint64_t seen = 0;
  int i;
  if (!n_senders || !template) die("nobody sends");
  deliveries = expected = doubled = strays = disordered = acks = errors = sends_blocked = 0;
  sent = 0;
  to_send = acks_wanted = count;
  rate = per_second;
  window = width;
  round_first = n_messages;
  n_latencies = 0;
  latencies = grow(latencies, (count + 1) * sizeof *latencies);
  for (i = 0; i < n_socks; i++) socks[i].on_way = 0;
  in_round = 1;
  started = last_delivery = quiet = now();
  if (rate > 0) pace();
  else
    for (i = 0; i < n_senders; i++) send_next(&socks[senders[i]]);
  while (!is_done()) {
    turn(100);
    if (rate > 0) pace();
    if (deliveries + acks != seen) { seen = deliveries + acks; quiet = now(); }
    else if (now() - quiet > timeout) break;
  }
  used = cpu() - before;
  printf("{\"done\":%s}\n", is_done() ? "true" : "false");
  fflush(stdout);
  limit = now() + linger / 1e3;
  while (now() < limit) turn(50);
  in_round = 0;
  qsort(latencies, n_latencies, sizeof *latencies, by_size);
  printf("{\"sent\":%u,\"expected\":%llu,\"deliveries\":%llu,\"lost\":%lld,\"doubled\":%llu,\"strays\":%llu,\"disordered\":%llu,\"acks\":%llu,"
         "\"errors\":%llu,\"closed\":%llu,\"blocked\":%llu,\"seconds\":%.5f,\"loader_cpu\":%.5f,\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,"
         "\"max_ms\":%.3f}\n",
         sent, (unsigned long long)expected, (unsigned long long)deliveries, (long long)expected - (long long)deliveries,
         (unsigned long long)doubled, (unsigned long long)strays, (unsigned long long)disordered, (unsigned long long)acks,
         (unsigned long long)errors, (unsigned long long)closed, (unsigned long long)sends_blocked, last_delivery - started, used,
         1e3 * quantile(latencies, n_latencies, 0.5), 1e3 * quantile(latencies, n_latencies, 0.9),
         1e3 * quantile(latencies, n_latencies, 0.99), 1e3 * quantile(latencies, n_latencies, 1));
}

static void do_drop(void) {
  int i;
  for (i = 0; i < n_socks; i++) {
    struct sock *s = &socks[i];
    if (s->fd >= 0) close(s->fd);
    s->fd = -1;
    s->state = IDLE;
    s->rest_length = s->out_length = 0;
    s->heard_before = 0;
  }
  n_open = opening = 0;
  closed = 0;
  printf("{\"dropped\":%d}\n", n_socks);
}

static void obey(void) {
  char line[256];
  uint32_t count = 0;
  double per_second = 0, timeout = 60;
  int width = 1, linger = 300;
  ssize_t got = 0;
  while (got < (ssize_t)sizeof line - 1) { /* unbuffered, so that epoll tells of each line */
    ssize_t n = read(0, line + got, 1);
    if (n <= 0) exit(0);
    if (line[got++] == '\n') break;
  }
  line[got] = 0;
  if (sscanf(line, "open %lf", &timeout) == 1 || !strncmp(line, "open", 4)) do_open(timeout);
  else if (sscanf(line, "round %u %lf %d %lf %d", &count, &per_second, &width, &timeout, &linger) >= 1)
    do_round(count, per_second, width, timeout, linger);
  else if (!strncmp(line, "drop", 4)) do_drop();
  else if (!strncmp(line, "quit", 4)) exit(0);
  else die("unknown command %s", line);
  fflush(stdout);
}

int main(int argc, char **argv) {
  struct epoll_event in = {.events = EPOLLIN, .data.u32 = UINT32_MAX}, tick = {.events = EPOLLIN, .data.u32 = UINT32_MAX - 1};
  struct rlimit files;
  if (argc != 2) die("usage: loader CONFIG");
  signal(SIGPIPE, SIG_IGN);
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  ep = epoll_create1(0);
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  configure(argv[1]);
  epoll_ctl(ep, EPOLL_CTL_ADD, 0, &in);
  epoll_ctl(ep, EPOLL_CTL_ADD, timer, &tick);
  for (;;)
    if (turn(-1)) obey();
}
