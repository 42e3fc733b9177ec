// The texts that tokenizers are compared on: 1400 strings from one seed, the same on every machine.
const COUNT = 1400;
const SEED = 20260101;

// mulberry32: a small generator is enough, and its whole state is the seed.
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const PROSE = `the quick brown fox jumps over a lazy dog while seventeen engineers argue about adder trees and memory
bandwidth because nobody measured anything before lunch however antidisestablishmentarianism remains unlikely Once upon
time there was little girl named Lily who loved her ternary weights minus one zero plus one Dr Smith's U.S. e.g. i.e.
state-of-the-art McDonald O'Neill naïve façade Zürich Ångström piñata smörgåsbord rôle coöperate`.split(/\s+/);
const CODE = [
  'for (int i = 0; i < n; ++i) {',
  '\treturn x[i] * -1.5e-3f;',
  'def f(a, *args, **kwargs):\n    pass',
  '}\n\n',
  'SELECT * FROM t WHERE id >= 10;',
  'std::vector<std::pair<int, float>> v{};',
  '#include <cstdint>\r\n',
  '// TL2: 9a+3b+c\n',
  '"a\\n\\t\\"b\\""',
  'lambda x: x**2 // 3 if x != 0 else None',
  '<div class="x">&nbsp;</div>',
  '{"k": [1, 2.0, null, true]}',
  'always_ff @(posedge clk_i) q <= d;',
  '$HOME/.config/$(uname -r)',
  '0xDEADBEEF',
  'a_b_c-d.e/f',
  '    ',
  '\t\t',
  '!==',
  '->*',
  '%d%%\n',
  '@@ -1,3 +1,4 @@',
  '=====',
  '--------------------------------',
  '/* ' + '*'.repeat(60) + ' */',
];
// Runs of code points of one script, assigned since long.
const SCRIPTS = {
  latin: [
    [0x41, 0x5a],
    [0x61, 0x7a],
    [0xc0, 0xd6],
    [0xd8, 0xf6],
    [0x100, 0x17e],
    [0x1e00, 0x1e95],
  ],
  cyrillic: [[0x400, 0x45f]],
  greek: [
    [0x391, 0x3a1],
    [0x3b1, 0x3c9],
    [0x1f00, 0x1f07],
  ],
  arabic: [
    [0x621, 0x63a],
    [0x641, 0x652],
  ],
  hebrew: [
    [0x5d0, 0x5ea],
    [0x5b0, 0x5b9],
  ],
  devanagari: [
    [0x905, 0x939],
    [0x93e, 0x94d],
  ],
  thai: [
    [0xe01, 0xe3a],
    [0xe40, 0xe4e],
  ],
  han: [[0x4e00, 0x9fa5]],
  kana: [
    [0x3041, 0x3096],
    [0x30a1, 0x30fa],
  ],
  hangul: [[0xac00, 0xd7a3]],
  armenian: [[0x561, 0x586]],
  georgian: [[0x10d0, 0x10f0]],
  tamil: [
    [0xb85, 0xb8a],
    [0xbbe, 0xbc2],
  ],
  fullwidth: [[0xff01, 0xff5e]],
  gothic: [[0x10330, 0x1034a]],
  extension: [[0x20000, 0x20100]],
};
const EMOJI = ['😀', '👍🏽', '👩‍👩‍👧‍👦', '🏳️‍🌈', '🇫🇮🇯🇵', '❤️', '1️⃣', '👩🏿‍💻', '☃', '🧑‍🚀', '©', '™', '🤷‍♂️', '🫠'];
const SPACES = [
  ' ',
  '  ',
  '   ',
  '\t',
  '\n',
  '\r\n',
  '\r',
  '\n\n',
  ' \n',
  '\u00a0',
  '\u3000',
  '\u2028',
  '\u2029',
  '\u2003',
  '\u202f',
  '\u1680',
  '\u200b',
  '\u2060',
  '\u0085',
  '\ufeff',
  '\v',
  '\f',
  '      ',
  ' \t ',
  '\n \n',
];
const MARKS = ['\u0301', '\u0308', '\u0327', '\u20dd', '\u0303\u0301', '\u093c', '\u200d', '\ufe0f'];
const CONTRACTIONS = [
  "I'M",
  "WE'RE",
  "can'T",
  "you'Ll",
  "HE'D",
  "'S",
  "they'VE",
  "it's",
  '’s',
  "rock'n'roll",
  "'tis",
  "''s",
  "x'sy",
];
const SPECIAL = [
  '<|begin_of_text|>',
  '<|end_of_text|>',
  '<|eot_id|>',
  '<|start_header_id|>',
  '<|end_header_id|>',
  '<|reserved_special_token_0|>',
  '<|reserved_special_token_250|>',
  '<s>',
  '</s>',
  '<unk>',
  '<0x0A>',
  '<|eot_id',
  '|>',
  '<|',
  '[INST]',
  '<|im_start|>',
  '<|turn|>',
  '▁',
  '▁the',
  'Ġthe',
  '<|eot_id|><|eot_id|>',
  ' <|end_of_text|> ',
  '<|reserved_special_token_251|>',
];
const NUMBERS = [
  '0',
  '7',
  '42',
  '1234567',
  '3.14159',
  '1,000,000',
  '-12',
  '1e10',
  '٣٤٥',
  '½',
  'Ⅷ',
  '²³',
  '１２３',
  '0.001',
  '१२३',
  '10%',
  '$5.99',
  '2024-01-31',
  '12:34:56',
  '192.168.0.1',
  '+358 40 1234567',
  '9'.repeat(40),
];

export function makeStrings(count = COUNT, seed = SEED) {
  const random = generator(seed);
  const below = (n) => Math.floor(random() * n);
  const pick = (list) => list[below(list.length)];
  const repeat = (n, make) => Array.from({ length: n }, make).join('');
  const word = (ranges, length) =>
    repeat(length, () => {
      const [low, high] = pick(ranges);
      return String.fromCodePoint(low + below(high - low + 1));
    });
  const prose = () => {
    const words = Array.from({ length: 1 + below(25) }, () => {
      const w = pick(PROSE);
      const kind = below(8);
      return kind === 0 ? w.toUpperCase() : kind === 1 ? w[0].toUpperCase() + w.slice(1) : w;
    });
    return words.join(' ') + pick(['.', '', '!', '?', '...', '."', ',', ' ']);
  };
  const any = [
    () => pick(PROSE),
    () => pick(CODE),
    () => pick(EMOJI),
    () => pick(SPACES),
    () => pick(NUMBERS),
    () => pick(CONTRACTIONS),
    () => pick(MARKS),
    () => pick(SPECIAL),
    () => word(SCRIPTS[pick(Object.keys(SCRIPTS))], 1 + below(4)),
    () => String.fromCharCode(33 + below(94)),
    () => String.fromCharCode(below(128)),
  ];
  const kinds = [
    prose,
    prose,
    () => repeat(1 + below(8), () => pick(CODE) + pick(['\n', '', ' '])),
    () => repeat(1 + below(10), () => pick(NUMBERS) + pick([' ', '', ', '])),
    () => {
      const script = SCRIPTS[pick(Object.keys(SCRIPTS))];
      return repeat(1 + below(10), () => word(script, 1 + below(9)) + pick([' ', '. ', '\n', '，', '']));
    },
    () => repeat(1 + below(8), () => word(SCRIPTS[pick(Object.keys(SCRIPTS))], 1 + below(5)) + pick([' ', ''])),
    () => repeat(1 + below(8), () => pick(EMOJI) + pick(['', ' ', 'x', '!'])),
    () => repeat(1 + below(6), () => word(SCRIPTS.latin, 1 + below(4)) + pick(MARKS)),
    () =>
      repeat(1 + below(8), () => pick([...PROSE.slice(0, 8), '', '1', '.']) + pick(SPACES) + pick(['', pick(SPACES)])),
    () => repeat(1 + below(6), () => pick(CONTRACTIONS) + pick([' ', '', ', '])),
    () => repeat(1 + below(5), () => pick(SPECIAL) + pick(['', ' ', 'a', '\n'])),
    () => repeat(1 + below(20), () => pick(any)()),
    () => repeat(1 + below(20), () => pick(any)()),
  ];
  // What chance would hardly make.
  const strings = [
    '',
    ' ',
    '  ',
    '\n',
    '\0',
    'a',
    ' a',
    'a ',
    ' '.repeat(300),
    '\n'.repeat(130),
    '\t'.repeat(70),
    'a'.repeat(3000),
    'ab'.repeat(2000),
    '='.repeat(1000),
    '0'.repeat(500),
    '漢'.repeat(700),
    '😀'.repeat(200),
    'é'.repeat(501),
    ' a'.repeat(400),
    "'s".repeat(100),
    'supercalifragilisticexpialidocious'.repeat(40),
    PROSE.join(''),
    '<|eot_id|>',
    'x<|eot_id|>y',
    '▁▁ ▁',
    'aaaaaaaaaaaaaaaaaaaaaaaaaab',
  ];
  for (let i = strings.length; i < count; ++i) strings.push(kinds[i % kinds.length]());
  return strings;
}
