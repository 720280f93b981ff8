// Plays the plain vectors of DIR: node consume.js DIR FILE, where FILE exports any of conv, relu,
// pooling and average_pooling. They take and return nested arrays of numbers, and throw an Error for
// invalid input.

const fs = require("fs");
const path = require("path");

const array = ([length, ...shape], numbers) =>
  length === undefined ? numbers.shift() : Array.from({ length }, () => array(shape, numbers));

function holds({ operation, arguments: given, expected: { result, empty, rejected } }) {
  const values = Object.values(given).map((a) => (a.shape ? array(a.shape, a.data) : a));
  try {
    const got = JSON.stringify(operations[operation](...values));
    if (empty && /\[\]/.test(got)) return true;
    return result !== undefined && got === JSON.stringify(array(result.shape, result.data));
  } catch {
    return rejected !== undefined;
  }
}

const operations = require(path.resolve(process.argv[3]));
const names = fs.readdirSync(process.argv[2]).filter((name) => /^[A-Z].*\.json$/.test(name)).sort();
const files = names.map((name) => JSON.parse(fs.readFileSync(path.join(process.argv[2], name))));
const every = files.flatMap((file) => file.vectors.map((one) => ({ ...one, file })));
const standard = every.filter((one) => one.editions.includes("standard"));
const plain = standard.filter((one) => one.requires.length === 0);
const played = plain.filter((one) => one.calls.every((call) => call.operation in operations));
const failed = played.filter((one) => !one.calls.every(holds));
for (const { id, check, file } of failed)
  console.log(`${id} fails. What does not hold: ${file.checks[check]}`);
const skipped = standard.length - played.length;
console.log(`${standard.length} vectors, ${failed.length} failures, ${skipped} skipped`);
process.exit(failed.length ? 1 : 0);
