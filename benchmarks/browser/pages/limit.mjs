// What the browser itself allows: the messages and setItem calls of a replicated write, nothing else.
//
// Three of these pages are a leader and two followers. A write is the leader's setItem and a message
// to the followers, a follower's setItem and an answer; the first answer makes it done. Sizes are
// those of our own messages and records, which the command has measured before. There is no Raft in
// this: no terms, no elections, no checks, nothing is ever read back.
//
// A message is binary, as ours are; what a follower stores is what it got. Keys go round, so that
// the storage does not fill: removing old records is not part of a write either.

const KEYS = 256;
const BATCH_DELAY = 5; // milliseconds: how long the slower follower's messages wait, if thrifty
const PROPOSE = 1, APPEND = 2, ANSWER = 3, DONE = 4; // the first byte; a number of 4 bytes follows

const peers = []; // { channel, connection }, in the order of the windows without this one
const latin1 = new TextDecoder("latin1");
let onAnswer = () => {}; // the leader's
let onDone = () => {}; // a proposing follower's
let stored = 0; // records of this run

const key = (number) => `limit:${String(number % KEYS).padStart(10, "0")}`;
const store = (value) => localStorage.setItem(key(++stored), value);

function frame(kind, size) {
  const bytes = new Uint8Array(size).fill(0x78);
  bytes[0] = kind;
  const view = new DataView(bytes.buffer);
  return (number) => {
    view.setUint32(1, number);
    return bytes; // send copies it
  };
}

// ---------------------------------------------------------------------------------- the connections

function connect(position) {
  const connection = new RTCPeerConnection({ iceServers: [] });
  const channel = connection.createDataChannel("raft", { negotiated: true, id: 0, ordered: true });
  channel.binaryType = "arraybuffer";
  const peer = { connection, channel };
  peers[position] = peer;
  channel.onmessage = ({ data }) => receive(peer, data);
  return peer;
}

const gathered = async (connection) => {
  while (connection.iceGatheringState !== "complete") {
    await new Promise((done) => (connection.onicegatheringstatechange = done));
  }
  return connection.localDescription.sdp;
};

async function offer(position) {
  const { connection } = connect(position);
  await connection.setLocalDescription();
  return gathered(connection);
}

async function answer(position, sdp) {
  const { connection } = connect(position);
  await connection.setRemoteDescription({ type: "offer", sdp });
  await connection.setLocalDescription();
  return gathered(connection);
}

async function accept(position, sdp) {
  const { connection, channel } = peers[position];
  const opened = new Promise((done) => (channel.onopen = done));
  await connection.setRemoteDescription({ type: "answer", sdp });
  await opened;
}

// -------------------------------------------------------------------------------------- what happens

let proposeFrame, messageFrame, answerFrame, doneFrame, record;

// Sizes in bytes, and how many writes travel together. All three pages are told before each run.
function prepare({ message, answer }, batch) {
  proposeFrame = frame(PROPOSE, message * batch);
  messageFrame = frame(APPEND, message * batch);
  answerFrame = frame(ANSWER, answer);
  doneFrame = frame(DONE, answer);
  record = "x".repeat(message * batch);
  stored = 0;
  localStorage.clear();
}

// What this page has stored in the run: how many records, and the characters of the last.
const written = () => ({ records: stored, last: localStorage.getItem(key(stored))?.length ?? 0 });

function receive(peer, data) {
  const view = new DataView(data);
  const number = view.getUint32(1);
  switch (view.getUint8(0)) {
    case APPEND:
      store(latin1.decode(data));
      peer.channel.send(answerFrame(number));
      break;
    case ANSWER:
      onAnswer(number);
      break;
    case PROPOSE:
      replicate(number, () => peer.channel.send(doneFrame(number)));
      break;
    case DONE:
      onDone(number);
  }
}

// ------------------------------------------------------------------------------------------ the leader

let lastNumber = 0;
const waiting = new Map();

onAnswer = (number) => {
  const done = waiting.get(number);
  if (done) {
    waiting.delete(number);
    done();
  }
};

function replicate(_, done) {
  const number = (lastNumber = (lastNumber + 1) >>> 0);
  waiting.set(number, done);
  const message = messageFrame(number);
  peers[0].channel.send(message);
  if (thrifty) later(message);
  else peers[1].channel.send(message);
  store(record);
}

let thrifty = false;
let held = []; // what the other follower gets in one message
function later(message) {
  if (held.push(message.slice()) === 1) setTimeout(sendHeld, BATCH_DELAY);
}
function sendHeld() {
  const all = new Uint8Array(held.reduce((sum, each) => sum + each.length, 0));
  let offset = 0;
  for (const each of held) {
    all.set(each, offset);
    offset += each.length;
  }
  held = [];
  peers[1].channel.send(all);
}

// ---------------------------------------------------------------------------------------- the load

// A closed loop of `depth` batches for some seconds. `from` is "leader" here or "follower" here, whose
// leader is its first peer.
function run({ seconds, depth, batch, from, thrift }) {
  thrifty = thrift;
  const open = new Map();
  onDone = (number) => {
    const done = open.get(number);
    open.delete(number);
    done();
  };
  const write =
    from === "leader"
      ? replicate
      : (number, done) => {
          open.set(number, done);
          peers[0].channel.send(proposeFrame(number));
        };
  return new Promise((resolve) => {
    const latencies = [];
    const since = performance.now();
    const until = since + seconds * 1000;
    let number = 0;
    let underWay = 0;
    let ended = since;
    const begin = () => {
      const began = performance.now();
      underWay++;
      write(++number, () => {
        const now = (ended = performance.now());
        latencies.push(now - began);
        underWay--;
        if (now < until) begin();
        else if (underWay === 0) resolve(summary(latencies, ended - since, batch));
      });
    };
    for (let each = 0; each < depth; each++) begin();
  });
}

function summary(latencies, wall, batch) {
  latencies.sort((a, b) => a - b);
  const count = latencies.length;
  const at = (share) => latencies[Math.min(Math.floor(count * share), count - 1)] / 1000;
  return {
    operations: count * batch, seconds: wall / 1000, p50: at(0.5), p99: at(0.99), longest: at(1),
  };
}

globalThis.limit = { offer, answer, accept, prepare, run, written };
