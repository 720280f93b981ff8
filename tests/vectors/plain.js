// Conv, relu, pooling and average_pooling on nested arrays of numbers.

const isArray = Array.isArray;
const shape = (values) => (isArray(values) ? [values.length, ...(values.length ? shape(values[0]) : [])] : []);
const range = (n) => Array.from({ length: n }, (_, i) => i);

function conv(image, filters) {
  const ranks = [shape(image).length, shape(filters).length].join();
  if (ranks !== "2,3" && ranks !== "3,4") throw new Error("the ranks of image and filters do not agree");
  if (ranks === "2,3") {
    image = image.map((row) => row.map((pixel) => [pixel]));
    filters = filters.map((one) => one.map((row) => row.map((tap) => [tap])));
  }
  const [height, width, channels] = shape(image);
  const [, rows, size, depth] = shape(filters);
  if (channels !== depth) throw new Error("image and filters differ in their channels");
  if (rows !== size || size % 2 === 0 || size > Math.min(height, width))
    throw new Error("filters are square, of odd size, and fit into the image");
  const dot = (one, r, c) => {
    let sum = 0;
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++)
        for (let ch = 0; ch < channels; ch++) sum += image[r + i][c + j][ch] * one[i][j][ch];
    return sum;
  };
  return range(height - size + 1).map((r) =>
    range(width - size + 1).map((c) => filters.map((one) => dot(one, r, c))));
}

const relu = (values) => (isArray(values) ? values.map(relu) : values <= 0 ? 0 : values);

const pooling = (map, size = 2, stride = 2) =>
  windows(map, size, stride, (values) => values.reduce((most, x) => Math.max(most, x)));

const average_pooling = (map, size, stride) =>
  windows(map, size, stride, (values) => values.reduce((sum, x) => sum + x) / (size * size));

function windows(map, size, stride, of) {
  const [height, width, channels] = shape(map);
  if (shape(map).length !== 3) throw new Error("a feature map has rank 3");
  if (size < 1 || size > Math.min(height, width) || stride < 1)
    throw new Error("the window does not fit, or the stride is below 1");
  const values = (r, c, ch) =>
    map.slice(r, r + size).flatMap((row) => row.slice(c, c + size).map((one) => one[ch]));
  const starts = (extent) => range(Math.floor((extent - size) / stride) + 1).map((n) => n * stride);
  return starts(height).map((r) => starts(width).map((c) => range(channels).map((ch) => of(values(r, c, ch)))));
}

module.exports = { conv, relu, average_pooling, pooling };
