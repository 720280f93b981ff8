// conv, relu and pooling in JavaScript, judged by cnnspec: a worked program of docs/protocol.md.
//
//   cnnspec check --exec "node docs/programs/mycnn.js"
//   cnnspec check --exec "node docs/programs/mycnn.js --faulty"
"use strict";
const fs = require("fs");

const faulty = process.argv.includes("--faulty");

// ---- The three operations, on {shape, data}; the last axis varies fastest. ----

class Rejected extends Error {}

function conv(image, filters) {
  if (image.shape.length + 1 !== filters.shape.length || ![2, 3].includes(image.shape.length))
    throw new Rejected("the ranks of image and filters do not agree");
  const [height, width, channels = 1] = image.shape;
  const [count, size, columns, depth = 1] = filters.shape;
  if (channels !== depth) throw new Rejected("the number of channels differs");
  if (size !== columns) throw new Rejected("the filters are not square");
  if (size % 2 === 0) throw new Rejected("the size of the filters is not odd");
  if (size > height || size > width) throw new Rejected("the filters are larger than the image");
  const rows = height - size + 1, cols = width - size + 1;
  const data = new Float64Array(rows * cols * count);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < cols; c++)
      for (let n = 0; n < count; n++) {
        let sum = 0;
        for (let i = 0; i < size; i++)
          for (let j = 0; j < size; j++)
            for (let ch = 0; ch < channels; ch++)
              sum += image.data[((r + i) * width + c + j) * channels + ch] *
                     filters.data[((n * size + i) * size + j) * channels + ch];
        data[(r * cols + c) * count + n] = sum;
      }
  return { shape: [rows, cols, count], data };
}

function relu(map) {
  return { shape: map.shape, data: map.data.map((x) => (x <= 0 ? 0 : x)) };
}

function pooling(map, size = 2, stride = 2) {
  if (map.shape.length !== 3) throw new Rejected("the rank of the map is not 3");
  const [height, width, channels] = map.shape;
  if (size < 1 || stride < 1 || size > height || size > width)
    throw new Rejected("the window does not fit, or the stride is below 1");
  const rows = Math.floor((height - size) / stride) + 1;
  const cols = Math.floor((width - size) / stride) + 1;
  const data = new Float64Array(rows * cols * channels);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < cols; c++)
      for (let ch = 0; ch < channels; ch++) {
        let most = faulty ? 0 : -Infinity; // faulty: where all are negative, 0
        for (let i = 0; i < size; i++)
          for (let j = 0; j < size; j++)
            most = Math.max(most, map.data[((r * stride + i) * width + c * stride + j) * channels + ch]);
        data[(r * cols + c) * channels + ch] = most;
      }
  return { shape: [rows, cols, channels], data };
}

// ---- .npy files. ----

function load(path) {
  const bytes = fs.readFileSync(path);
  const start = 10 + bytes.readUInt16LE(8);
  const shape = /'shape': \(([^)]*)\)/.exec(bytes.toString("latin1", 10, start))[1];
  const data = new Float64Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length));
  return { shape: shape.split(",").filter((n) => n.trim()).map(Number), data };
}

function save(path, { shape, data }) {
  const header = `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape.map((n) => n + ",").join("")}), }\n`;
  const start = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length % 256, header.length >> 8]);
  fs.writeFileSync(path, Buffer.concat([start, Buffer.from(header), Buffer.from(data.buffer)]));
}

// ---- The protocol: a request a line, an answer a line. ----

const OPERATIONS = {
  conv: (request) => conv(load(request.image), load(request.filters)),
  relu: (request) => relu(load(request.feature_map)),
  pooling: (request) => pooling(load(request.feature_map), request.size, request.stride),
};

const OFFER = { protocol: 1, name: "mycnn.js", ops: Object.keys(OPERATIONS), dtypes: ["float64"], defaults: true };

function answer(request) {
  if (request.op === "hello") return { status: "ok", ...OFFER };
  if (!(request.op in OPERATIONS)) return { status: "unsupported", reason: `no ${request.op} here` };
  try {
    save(request.output, OPERATIONS[request.op](request));
    return { status: "ok" };
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    return { status: "rejected", reason: error.message };
  }
}

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const request = JSON.parse(line);
  process.stdout.write(JSON.stringify({ id: request.id, ...answer(request) }) + "\n");
});
