// Compares ternsim's tokenizers with independent ones, string by string: see tokenizers.sh, which runs it.
//
//     node tokenizers.mjs ENCODE_LINES WORK_FOLDER SENTENCEPIECE(yes|no)
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Tokenizer } from '@huggingface/tokenizers';
import { LlamaTokenizer } from 'llama-tokenizer-js';
import { Llama3Tokenizer } from 'llama3-tokenizer-js';
import { makeStrings } from './strings.mjs';

const [encodeLines, work, sentencepiece] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const strings = makeStrings();
const lines = (values) => values.map((v) => JSON.stringify(v)).join('\n') + '\n';
const parse = (text) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
const run = (program, args, input) =>
  execFileSync(program, args, { input, encoding: 'utf8', maxBuffer: 1 << 30, stdio: ['pipe', 'pipe', 'inherit'] });
const ours = (file, texts, ...options) => parse(run(encodeLines, [...options, file], lines(texts)));
let differences = 0;

function compare(what, texts, got, wanted) {
  if (got.length !== texts.length || wanted.length !== texts.length)
    throw new Error(`${what}: ${got.length} and ${wanted.length} results of ${texts.length}`);
  const bad = texts.map((_, i) => i).filter((i) => JSON.stringify(got[i]) !== JSON.stringify(wanted[i]));
  console.log(`tokenizer agreement: ${texts.length - bad.length} of ${texts.length} strings equal to ${what}`);
  for (const i of bad.slice(0, 5))
    for (const [who, what, most] of [['text', texts[i], 200], ['ours', got[i], 300], ['other', wanted[i], 300]])
      console.log(`  ${who.padEnd(5)} ${JSON.stringify(what).slice(0, most)}`);
  differences += bad.length;
}

// -- LLaMA 3 ---------------------------------------------------------------------------------------------------------
const llama3File = join(here, 'node_modules', '@lenml', 'tokenizer-llama3', 'models', 'tokenizer.json');
const llama3 = JSON.parse(readFileSync(llama3File, 'utf8'));
const specials = llama3.added_tokens.map((t) => t.content);
const plain = ours(llama3File, strings, '--time');
const parsed = ours(llama3File, strings, '--parse');

// This one splits at added tokens wherever they stand: without them it sees text only.
const asText = new Tokenizer({ ...llama3, added_tokens: [] }, {});
const withSpecials = new Tokenizer(llama3, {});
const ids = (tokenizer) =>
  strings.map((text) => Array.from(tokenizer.encode(text, { add_special_tokens: false }).ids, Number));
compare('@huggingface/tokenizers (LLaMA 3, special tokens as text)', strings, plain, ids(asText));
compare('@huggingface/tokenizers (LLaMA 3, special tokens parsed)', strings, parsed, ids(withSpecials));

// JavaScript's \s, which this one uses as it is, has U+FEFF and lacks U+0085: no white space, and white space, in
// Unicode and for the tokenizers that models are trained with.
const forJavaScript = (text) => !/[\ufeff\u0085]/.test(text);
const kept = strings.map((_, i) => i).filter((i) => forJavaScript(strings[i]));
const llama3Js = new Llama3Tokenizer(undefined, undefined, specials);
const escaped = specials.map((s) => s.replace(/[|]/g, '\\|'));
for (const [mode, mine, regex] of [
  ['as text', plain, /(?!)/g],
  ['parsed', parsed, new RegExp(escaped.join('|'), 'g')],
]) {
  compare(
    `llama3-tokenizer-js (special tokens ${mode})`,
    kept.map((i) => strings[i]),
    kept.map((i) => mine[i]),
    kept.map((i) => llama3Js.encode(strings[i], { bos: false, eos: false, specialTokenRegex: regex })),
  );
}
console.log(
  `  (${strings.length - kept.length} strings with U+FEFF or U+0085 left out of the latter two: JavaScript's \\s errs there)`,
);
compare('the strings themselves after decoding (LLaMA 3)', strings, ours(llama3File, plain, '--decode'), strings);

// The chat template of 2B4T, written out as text for a tokenizer that parses special tokens. JavaScript's trim() knows
// other white space than the template's, and what spells a special token is text in ours.
const harmless = strings.filter((text) => !/<\||[\x1c-\x1f\ufeff\u0085]/.test(text));
const chats = harmless.map((text, i) => [
  ...(i % 2 ? [{ role: 'system', content: harmless[(i * 7) % harmless.length] }] : []),
  ...(i % 3
    ? [
        { role: 'user', content: harmless[(i * 5) % harmless.length] },
        { role: 'assistant', content: harmless[(i * 3) % harmless.length] },
      ]
    : []),
  { role: 'user', content: text },
]);
const heading = { system: 'System: ', user: 'User: ', assistant: 'Assistant: ' };
const written = chats.map(
  (chat) =>
    '<|begin_of_text|>' +
    chat.map((m) => heading[m.role] + m.content.trim() + '<|eot_id|>').join('') +
    heading.assistant,
);
compare(
  '@huggingface/tokenizers (2B4T chat template, written out)',
  written,
  ours(llama3File, chats, '--chat'),
  written.map((text) => Array.from(withSpecials.encode(text, { add_special_tokens: false }).ids, Number)),
);

// The same vocabulary in the other two formats.
const tiktokenFile = join(work, 'llama3.tiktoken');
const byteOf = new Map();
for (let byte = 0, next = 256; byte < 256; ++byte) {
  const seen = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  byteOf.set(String.fromCharCode(seen ? byte : next++), byte);
}
writeFileSync(
  tiktokenFile,
  Object.entries(llama3.model.vocab)
    .sort((a, b) => a[1] - b[1])
    .map(([token, rank]) => `${Buffer.from(Array.from(token, (c) => byteOf.get(c))).toString('base64')} ${rank}\n`)
    .join(''),
);
compare('the tokenizer.json path, read from a tiktoken file', strings, ours(tiktokenFile, strings, '--time'), plain);
compare(
  'the tokenizer.json path, read from a tiktoken file (special tokens parsed)',
  strings,
  ours(tiktokenFile, strings, '--parse'),
  parsed,
);
const ggufFile = join(work, 'llama3.gguf');
run('/usr/bin/python3', [join(here, 'write_gguf.py'), 'llama3', llama3File, ggufFile]);
compare('the tokenizer.json path, read from a GGUF file', strings, ours(ggufFile, strings, '--time'), plain);
compare(
  'the tokenizer.json path, read from a GGUF file (special tokens parsed)',
  strings,
  ours(ggufFile, strings, '--parse'),
  parsed,
);

// -- LLaMA 2 ---------------------------------------------------------------------------------------------------------
// Its 32000 pieces and their merges come from the package: 0 ... 2 <unk> <s> </s>, 3 ... 258 the bytes, then the others.
const llama2 = new LlamaTokenizer();
const merges = [...llama2.merges.entries()].sort((a, b) => a[1] - b[1]).map(([pair]) => pair);
const llama2Json = {
  added_tokens: ['<unk>', '<s>', '</s>'].map((content, id) => ({
    id,
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  })),
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'Prepend', prepend: '▁' },
      { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    ],
  },
  pre_tokenizer: null,
  post_processor: null,
  decoder: {
    type: 'Sequence',
    decoders: [
      { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
      { type: 'ByteFallback' },
      { type: 'Fuse' },
      { type: 'Strip', content: ' ', start: 1, stop: 0 },
    ],
  },
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: '<unk>',
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: true,
    byte_fallback: true,
    ignore_merges: false,
    vocab: Object.fromEntries(llama2.vocabById.map((token, id) => [token, id])),
    merges,
  },
};
const llama2File = join(work, 'llama2.json');
writeFileSync(llama2File, JSON.stringify(llama2Json));
const llama2Gguf = join(work, 'llama2.gguf');
run('/usr/bin/python3', [join(here, 'write_gguf.py'), 'llama2', llama2File, llama2Gguf]);
const llama2Ids = ours(llama2Gguf, strings, '--time');
compare(
  'llama-tokenizer-js (LLaMA 2, GGUF with scores)',
  strings,
  llama2Ids,
  strings.map((text) => llama2.encode(text, false, true)),
);
compare(
  'the GGUF path, read from a tokenizer.json (LLaMA 2, merges by rank)',
  strings,
  ours(llama2File, strings, '--time'),
  llama2Ids,
);
compare(
  '@huggingface/tokenizers (LLaMA 2, tokenizer.json)',
  strings,
  llama2Ids,
  ids(new Tokenizer({ ...llama2Json, added_tokens: [] }, {})),
);
// U+2581 is how a space is written inside; a text's own becomes a space.
compare(
  'the strings themselves after decoding (LLaMA 2)',
  strings,
  ours(llama2Gguf, llama2Ids, '--decode'),
  strings.map((text) => text.replaceAll('▁', ' ')),
);

// -- SentencePiece ---------------------------------------------------------------------------------------------------
if (sentencepiece === 'yes') {
  const stringsFile = join(work, 'strings.jsonl');
  writeFileSync(stringsFile, lines(strings));
  for (const kind of ['bytes', 'unknown', 'symbols']) {
    const gguf = join(work, `sentencepiece_${kind}.gguf`);
    const wanted = parse(
      run('/usr/bin/python3', [join(here, 'sentencepiece_oracle.py'), kind, work, stringsFile, gguf]),
    );
    compare(
      `sentencepiece (trained BPE model, ${kind})`,
      strings,
      ours(gguf, strings),
      wanted.map((w) => w.ids),
    );
    if (kind === 'bytes')
      compare(
        `sentencepiece (decoding, ${kind})`,
        strings,
        ours(
          gguf,
          wanted.map((w) => w.ids),
          '--decode',
        ),
        wanted.map((w) => w.text),
      );
  }
} else {
  console.log('tokenizer agreement: sentencepiece SKIPPED: python3-sentencepiece is not installed');
}
if (differences > 0) {
  console.log(`tokenizer agreement: FAILED, ${differences} differences`);
  process.exit(1);
}
console.log('tokenizer agreement: no differences');
