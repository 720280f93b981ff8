// conv, relu, pooling and average_pooling in JavaScript, judged by cnnspec: a worked program of
// docs/protocol.md, with arrays inline. (mycnn.c has them in files.)
//
//   cnnspec check --exec "node docs/programs/mycnn.js"
//   cnnspec check --exec "node docs/programs/mycnn.js --faulty"
//   cnnspec check --exec "node docs/programs/mycnn.js --ignores-ceil"
"use strict";

const faulty = process.argv.includes("--faulty");
const ignoresCeil = process.argv.includes("--ignores-ceil"); // it is declared, and forgotten

// ---- The four operations, on {shape, data}; the last axis varies fastest. ----

class Rejected extends Error {
  constructor(clause, reason) {
    super(reason);
    this.clause = clause;
  }
}

function conv(image, filters) {
  if (image.shape.length + 1 !== filters.shape.length || ![2, 3].includes(image.shape.length))
    throw new Rejected("C1", "the ranks of image and filters do not agree");
  const [height, width, channels = 1] = image.shape;
  const [count, high, wide, depth = 1] = filters.shape;
  if (channels !== depth) throw new Rejected("C2", "the number of channels differs");
  if (high > height || wide > width) throw new Rejected("C5", "the filters are larger than the image");
  if (high < 1 || wide < 1) throw new Rejected("C18", "the filters are empty");
  const rows = height - high + 1, cols = width - wide + 1;
  const data = new Float64Array(rows * cols * count);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < cols; c++)
      for (let n = 0; n < count; n++) {
        let sum = 0;
        for (let i = 0; i < high; i++)
          for (let j = 0; j < wide; j++)
            for (let ch = 0; ch < channels; ch++)
              sum += image.data[((r + i) * width + c + j) * channels + ch] *
                     filters.data[((n * high + i) * wide + j) * channels + ch];
        data[(r * cols + c) * count + n] = sum;
      }
  return { shape: [rows, cols, count], data };
}

function relu(map) {
  return { shape: map.shape, data: map.data.map((x) => (x <= 0 ? 0 : x)) };
}

function pooling(map, size = 2, stride = 2, ceil = false) {
  const least = faulty ? 0 : -Infinity; // faulty: where all are negative, 0
  const largest = (values) => values.reduce((most, x) => Math.max(most, x), least);
  return windows("P", map, size, stride, ceil && !ignoresCeil, largest);
}

function averagePooling(map, size, stride) {
  const mean = (values) => values.reduce((sum, x) => sum + x, 0) / values.length;
  return windows("A", map, size, stride, false, mean);
}

// How many windows fit into a length; with ceil, also one that begins inside and ends outside.
function windowsIn(length, size, stride, ceil) {
  if (!ceil) return Math.floor((length - size) / stride) + 1;
  const count = Math.ceil((length - size) / stride) + 1;
  return (count - 1) * stride >= length ? count - 1 : count;
}

// What of computes of each window; letter: that of the clauses.
function windows(letter, map, size, stride, ceil, of) {
  if (map.shape.length !== 3) throw new Rejected(letter + "1", "the rank of the map is not 3");
  const [height, width, channels] = map.shape;
  if (!Number.isInteger(size) || !Number.isInteger(stride)) // a pair, such as [2, 2]
    throw new Rejected(letter + "2", "size and stride are whole numbers");
  if (size < 1 || stride < 1 || size > height || size > width)
    throw new Rejected(letter + "2", "the window does not fit, or the stride is below 1");
  const rows = windowsIn(height, size, stride, ceil), cols = windowsIn(width, size, stride, ceil);
  const data = new Float64Array(rows * cols * channels);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < cols; c++)
      for (let ch = 0; ch < channels; ch++) {
        const values = [];
        for (let i = r * stride; i < Math.min(r * stride + size, height); i++)
          for (let j = c * stride; j < Math.min(c * stride + size, width); j++)
            values.push(map.data[(i * width + j) * channels + ch]);
        data[(r * cols + c) * channels + ch] = of(values);
      }
  return { shape: [rows, cols, channels], data };
}

// ---- The protocol: a line of JSON, and the bytes of its arrays behind it. ----

// The arrays of a call, taken from the bytes one after another.
function taker(bytes) {
  let place = 0;
  return ({ shape }) => {
    const length = 8 * shape.reduce((product, n) => product * n, 1);
    const copy = new Uint8Array(bytes.subarray(place, place + length)); // aligned, as doubles must be
    place += length;
    return { shape, data: new Float64Array(copy.buffer) };
  };
}

const OPERATIONS = {
  conv: (call, take) => conv(take(call.image), take(call.filters)),
  relu: (call, take) => relu(take(call.feature_map)),
  pooling: (call, take) => pooling(take(call.feature_map), call.size, call.stride, call.ceil),
  average_pooling: (call, take) => averagePooling(take(call.feature_map), call.size, call.stride),
};

const OFFER = {
  protocol: 2,
  arrays: "inline",
  batch: 100,
  name: "mycnn.js",
  ops: Object.keys(OPERATIONS),
  dtypes: ["float64"],
  defaults: true,
  parameters: { pooling: ["ceil"] },
};

// The answer to one call; the bytes of its result go to results.
function answer(call, take, results) {
  if (!(call.op in OPERATIONS)) return { status: "unsupported", reason: `no ${call.op} here` };
  try {
    const { shape, data } = OPERATIONS[call.op](call, take);
    results.push(Buffer.from(data.buffer));
    return { status: "ok", result: { dtype: "<f8", shape } };
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    return { status: "rejected", clause: error.clause, reason: error.message };
  }
}

function respond(request, bytes) {
  const take = taker(bytes), results = [];
  let said;
  if (request.op === "hello") said = { status: "ok", ...OFFER };
  else if (request.op === "batch")
    said = { status: "ok", answers: request.calls.map((call) => answer(call, take, results)) };
  else said = answer(request, take, results);
  const count = results.reduce((sum, part) => sum + part.length, 0);
  const line = JSON.stringify({ id: request.id, ...said, bytes: count }) + "\n";
  process.stdout.write(Buffer.concat([Buffer.from(line), ...results]));
}

let waiting = Buffer.alloc(0);
process.stdin.on("data", (chunk) => {
  waiting = Buffer.concat([waiting, chunk]);
  for (;;) {
    const end = waiting.indexOf(10);
    if (end < 0) return;
    const request = JSON.parse(waiting.toString("utf8", 0, end));
    const start = end + 1, stop = start + (request.bytes ?? 0);
    if (waiting.length < stop) return;
    respond(request, waiting.subarray(start, stop));
    waiting = waiting.subarray(stop);
  }
});
