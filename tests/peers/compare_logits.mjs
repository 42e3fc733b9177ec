// Holds two sets of next-token distributions to each other:
// node compare_logits.mjs OURS THEIRS VOCAB MAX_MEAN_KL
//
// Both files: (positions, VOCAB) float32. Agreement: at least 64 positions have our two highest logits further apart
// than 0.1, the highest is the same token in both at every one of these, and the mean over all positions of
// KL(ours || theirs), in nats, is below MAX_MEAN_KL. Exit status: 0 agreement, 1 not, 2 wrong use.
import fs from "node:fs";

const GAP = 0.1;
const LEAST_CLEAR = 64;

const [oursPath, theirsPath, vocabularyText, limitText] = process.argv.slice(2);
const vocabulary = Number(vocabularyText);
const limit = Number(limitText);
if (!(vocabulary > 1) || !(limit > 0)) {
  console.error("usage: node compare_logits.mjs OURS THEIRS VOCAB MAX_MEAN_KL");
  process.exit(2);
}

function read(path) {
  const bytes = fs.readFileSync(path);
  if (bytes.length === 0 || bytes.length % (4 * vocabulary) !== 0) {
    console.error(`${path}: ${bytes.length} bytes are no rows of ${vocabulary} float32`);
    process.exit(2);
  }
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}
const ours = read(oursPath);
const theirs = read(theirsPath);
if (ours.length !== theirs.length) {
  console.error(`${ours.length / vocabulary} positions against ${theirs.length / vocabulary}`);
  process.exit(2);
}

function argmax(row) {
  return row.reduce((best, value, i) => (value > row[best] ? i : best), 0);
}
function logProbabilities(row) {
  const top = Math.max(...row);
  const sum = row.reduce((total, value) => total + Math.exp(value - top), 0);
  return Array.from(row, (value) => value - top - Math.log(sum));
}

const positions = ours.length / vocabulary;
let clear = 0, clearEqual = 0, kl = 0, worstKl = 0, squares = 0, errors = 0;
for (let position = 0; position < positions; ++position) {
  const a = ours.subarray(position * vocabulary, (position + 1) * vocabulary);
  const b = theirs.subarray(position * vocabulary, (position + 1) * vocabulary);
  const best = argmax(a);
  const second = a.reduce((most, value, i) => (i !== best && value > most ? value : most), -Infinity);
  if (a[best] - second > GAP) {
    ++clear;
    clearEqual += argmax(b) === best ? 1 : 0;
  }
  const p = logProbabilities(a);
  const q = logProbabilities(b);
  const divergence = p.reduce((total, value, i) => total + Math.exp(value) * (value - q[i]), 0);
  kl += divergence / positions;
  worstKl = Math.max(worstKl, divergence);
  a.forEach((value, i) => {
    squares += value * value;
    errors += (value - b[i]) ** 2;
  });
}
// A NaN anywhere makes `kl` one, and the comparison below false.
const agrees = clear >= LEAST_CLEAR && clearEqual === clear && kl < limit;
console.log(`${agrees ? "agrees" : "DISAGREES"}: ${positions} positions, ${clear} with a gap over ${GAP} ` +
  `(at least ${LEAST_CLEAR} wanted), ${clearEqual} of these with the same highest token; mean KL ` +
  `${kl.toExponential(2)} (limit ${limit.toExponential(0)}), worst ${worstKl.toExponential(2)}; logits differ by ` +
  `${(100 * Math.sqrt(errors / squares)).toPrecision(2)} % of their size`);
process.exit(agrees ? 0 : 1);
