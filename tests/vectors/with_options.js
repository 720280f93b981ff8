// Conv with a stride and padding, max pooling with ceil, on nested arrays. Sizes, strides and padding are
// numbers, or one for rows and one for columns.

function conv(image, filters, { stride = 1, padding = 0 } = {}) {
  const [[down, right], [above, left]] = [pair(stride), pair(padding)];
  if (Math.min(down, right) < 1 || Math.min(above, left) < 0)
    throw new Error("a stride is at least 1, padding at least 0");
  if (!Array.isArray(image[0][0])) return conv(deep(image), filters.map(deep), { stride, padding });
  const [rows, columns, depth] = [filters[0].length, filters[0][0].length, filters[0][0][0].length];
  if (image[0][0].length !== depth) throw new Error("image and filters differ in their channels");
  const [height, width] = [image.length + 2 * above, image[0].length + 2 * left];
  if (rows > height || columns > width) throw new Error("the filters do not fit");
  const pixel = (r, c, ch) => image[r - above]?.[c - left]?.[ch] ?? 0;
  const value = (one, r, c) => {
    let sum = 0;
    one.forEach((row, i) => row.forEach((taps, j) => taps.forEach((tap, ch) => (sum += pixel(r + i, c + j, ch) * tap))));
    return sum;
  };
  const [tops, lefts] = [starts(height, rows, down), starts(width, columns, right)];
  return tops.map((r) => lefts.map((c) => filters.map((one) => value(one, r, c))));
}
conv.options = ["stride", "padding"];

function pooling(map, size, stride, { ceil = false } = {}) {
  const [[high, wide], [down, right]] = [pair(size), pair(stride)];
  const rows = starts(map.length, high, down, ceil), columns = starts(map[0].length, wide, right, ceil);
  const cells = (r, c) => map.slice(r, r + high).flatMap((row) => row.slice(c, c + wide));
  const largest = (r, c) => map[0][0].map((_, ch) => Math.max(...cells(r, c).map((cell) => cell[ch])));
  return rows.map((r) => columns.map((c) => largest(r, c)));
}
pooling.options = ["ceil"];

// A map without channels as one of a single channel.
function deep(map) {
  return map.map((row) => row.map((value) => [value]));
}

function pair(setting) {
  return Array.isArray(setting) ? setting : [setting, setting];
}

// Where windows begin: inside, and with ceil only where the one before left something out.
function starts(extent, size, stride, ceil = false) {
  if (stride < 1 || size < 1 || size > extent) throw new Error("the window does not fit");
  const places = Array.from({ length: extent }, (_, n) => n * stride);
  return places.filter((at) => at < (ceil ? extent : extent - size + 1) && at - stride + size < extent);
}

module.exports = { conv, pooling };
