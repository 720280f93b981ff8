// Plays the vectors of DIR: node complete.js DIR FILE [EDITION [WORD ...]], where FILE exports any of
// conv, relu, pooling and average_pooling. They take and return nested arrays of numbers, and throw an
// Error for invalid input. With the edition general a function gets its options as an object behind
// the arguments, if it names them, as in conv.options = ["stride"]; each WORD is a form that it takes:
// pair, sides, word, batch.

const fs = require("fs");
const path = require("path");

const CAN = [ // of what a vector may require
  "hexadecimal", "ramp", "bound", "any result", "earlier result", "repeat", "defaults",
  "earlier results unchanged", "options", ...process.argv.slice(5),
];
const REJECTED = Symbol("rejected");

function number(n) {
  const hex = /^(-?)0x(.)\.?(.*)p(.+)$/.exec(n);
  if (!hex) return typeof n === "string" ? Number(n.replace("inf", "Infinity")) : n;
  const [, sign, whole, fraction, power] = hex;
  return Number(sign + 1) * parseInt(whole + fraction, 16) * 2 ** (power - 4 * fraction.length);
}

function array({ shape, data, ramp: [first, step, modulus] = [0, 0, 1] }) {
  let k = 0;
  const next = () => (data ? number(data[k++]) : first + ((step * k++) % modulus));
  const nested = ([length, ...rest]) =>
    length === undefined ? next() : Array.from({ length }, () => nested(rest));
  return nested(shape);
}

function near(got, right, bound) {
  if (Array.isArray(right)) {
    const alike = Array.isArray(got) && got.length === right.length;
    return alike && right.every((one, i) => near(got[i], one, bound[i]));
  }
  return got === right || Object.is(got, right) || Math.abs(got - right) <= bound;
}

function fits(got, { result, empty, rejected }) {
  if (got === REJECTED) return rejected !== undefined;
  if (!result) return Boolean(empty) && JSON.stringify(got).includes("[]");
  if (!result.shape) return true; // any result will do
  const free = result.data || result.ramp ? 0 : Infinity;
  const bound = { shape: result.shape, data: result.bound, ramp: [free, 0, 1] };
  return near(got, array(result), array(bound));
}

function holds(vector) {
  const results = [];
  for (const call of vector.calls) {
    const value = (a) => (a.shape ? array(a) : (results[a.from] ?? a));
    const given = Object.values(call.arguments).map(value);
    const options = Object.entries(call.options ?? {}).map(([name, a]) => [name, value(a)]);
    if (options.length) given.push(Object.fromEntries(options));
    let result;
    try {
      for (let n = 0; n < (call.repeat ?? 1); n++) result = operations[call.operation](...given);
    } catch {
      result = REJECTED;
    }
    results.push(result);
  }
  return vector.calls.every((call, i) => fits(results[i], call.expected));
}

function takes(call) {
  const known = operations[call.operation]?.options ?? [];
  return call.operation in operations && Object.keys(call.options ?? {}).every((one) => known.includes(one));
}

const [folder, file, edition = "standard"] = process.argv.slice(2);
const operations = require(path.resolve(file));
let [total, failed, skipped] = [0, 0, 0];
for (const name of fs.readdirSync(folder).filter((name) => /^[A-Z].*\.json$/.test(name)).sort()) {
  const clause = JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));
  for (const vector of clause.vectors.filter((one) => one.editions.includes(edition))) {
    total++;
    if (!vector.calls.every(takes) || !vector.requires.every((word) => CAN.includes(word))) skipped++;
    else if (!holds(vector)) {
      failed++;
      console.log(`${vector.id} fails. What does not hold: ${clause.checks[vector.check]}`);
    }
  }
}
console.log(`${total} vectors, ${failed} failures, ${skipped} skipped`);
process.exit(failed ? 1 : 0);
