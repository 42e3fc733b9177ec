// The logits of llama.cpp for every position of a token sequence: node llama_logits.mjs MODEL.gguf TOKENS.txt OUT KV
//
// TOKENS.txt holds token ids in decimal, OUT gets (tokens, vocab) float32, little endian. KV: f16, llama.cpp's default
// cache of keys and values, or f32.
import fs from "node:fs";
import {getLlama, GgmlType, LlamaLogLevel} from "node-llama-cpp";

const [modelPath, tokensPath, outPath, kv] = process.argv.slice(2);
if (outPath === undefined || (kv !== "f16" && kv !== "f32")) {
  console.error("usage: node llama_logits.mjs MODEL.gguf TOKENS.txt OUT f16|f32");
  process.exit(2);
}
const tokens = fs.readFileSync(tokensPath, "utf8").trim().split(/\s+/).map(Number);

// The packaged binary as it is: nothing is compiled or fetched.
const llama = await getLlama({gpu: false, build: "never", skipDownload: true, progressLogs: false,
  logLevel: LlamaLogLevel.error});
const model = await llama.loadModel({modelPath});
const cache = kv === "f32"
  ? {experimentalKvCacheKeyType: GgmlType.F32, experimentalKvCacheValueType: GgmlType.F32, flashAttention: false}
  : {};
const context = await model.createContext({contextSize: 512, batchSize: 512, sequences: 1, ...cache});
// Temperature 0 leaves the logits as they are; they are read before anything is sampled.
const results = await context.getSequence().controlledEvaluate(
  tokens.map((token) => [token, {generateNext: {logits: true, options: {temperature: 0}}}]));

const vocabulary = results[0].next.logits.size;
const out = new Float32Array(tokens.length * vocabulary);
results.forEach((result, position) => {
  if (result.next.logits.size !== vocabulary) throw new Error(`position ${position} has no full distribution`);
  for (const [token, logit] of result.next.logits) out[position * vocabulary + token] = logit;
});
fs.writeFileSync(outPath, Buffer.from(out.buffer));
await llama.dispose();
