// Differential test by hand: random tokenizers out of every component the engine has, random Unicode strings, and what Hugging Face's own
// library makes of them. TokenizerGoldenTests reads the folder that MODELOPS_TOKENIZER_CASES names; four of seed 46 with 56 strings are kept
// beside its own cases.
//
// usage: npm install tokenizers@0.23.2 (in a folder of its own);
//        node tokenizers-random.mjs <that folder>/node_modules OUT [tokenizers, 200] [strings each, 100] [seed, 1]
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const [, , modules, out, tokenizerCount = '200', stringCount = '100', seed = '1'] = process.argv;
const { Tokenizer } = createRequire(modules + '/')('tokenizers');
let state = Number(seed) * 2654435761 | 1;
const next = n => { state ^= state << 13; state ^= state >>> 17; state ^= state << 5; return (state >>> 0) % n; };
const pick = list => list[next(list.length)];
const chance = n => next(n) === 0;
const some = (max, make) => Array.from({ length: 1 + next(max) }, make);

const ranges = [[0x20, 0x7f], [0x20, 0x7f], [0x61, 0x7b], [0, 0x100], [0x100, 0x590], [0x590, 0x1200], [0x300, 0x370], [0x1e00, 0x2100], [0x2100, 0x3100], [0x3100, 0xa000], [0xa000, 0xd7a4], [0xf900, 0x10000], [0x10000, 0x1fb00], [0x20000, 0x20100], [0xe0000, 0x110000]];
const fragments = [' ', '  ', '\n', '\t', '\r\n', 'a', 'b', 'ab', 'ba', 'abc', 'A', 'B', '1', '12', "'s", "'S", ',', '.', '-', '▁', '_', 'é', 'e\u0301', 'ﬁ', '\u00a0', '日本', '한', '🙂', '👨‍👩‍👧', 'İ', 'ſ', 'K', 'ß', 'Σ', '<s>', '<x>', 'the', 'ǅ', '½', '٣', '<0x41>'];
const piece = () => { if (!chance(3)) return pick(fragments); const [a, b] = pick(ranges); const c = a + next(b - a); return c >= 0xd800 && c < 0xe000 ? 'x' : String.fromCodePoint(c); };
const text = () => some(10, piece).join('');

const byteChars = (() => { const t = []; let n = 0; for (let b = 0; b < 256; b++) t.push(String.fromCharCode((b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174 ? b : 256 + n++)); return t; })();

const atom = () => pick(['a', 'b', 'é', '\\p{L}', '\\p{N}', '\\p{Lu}', '\\p{P}', '\\s', '\\S', '\\w', '\\W', '\\d', '\\D', '.', '[a-c]', '[^a\\s]', '[\\p{L}\\d]', '[^\\p{L}\\p{N}]', '[\\w&&[^b]]', '\\p{M}', '\\P{L}', 'ſ', 'k', '[^k]', ' ', "'", '\\n', '\\x{e9}', '\\p{^L}', '\\p{S}', '\\p{Z}', '\\p{C}', '[\\r\\n]', '1', '\\p{Han}']);
const quantifier = () => pick(['', '', '', '+', '*', '?', '+?', '*?', '{2}', '{1,3}', '{2,}', '++', '?+', '*+', '??']);
function regex(depth = 0) {
  const term = () => {
    if (depth < 2 && chance(5)) {
      const inner = regex(depth + 1);
      return pick(['(?:', '(?:', '(?i:', '(?>', '(']) + inner + ')' + (/^[^*?{]*$/.test(inner) ? pick(['', '', '?', '+', '{1,2}']) : pick(['', '?']));
    }
    if (chance(12)) return pick(['(?=', '(?!']) + atom() + ')';
    if (chance(15)) return pick(['^', '$', '\\b', '\\B']);
    return atom() + quantifier();
  };
  return Array.from({ length: 1 + next(3) }, () => some(3, term).join('')).join('|');
}

const pattern = () => chance(3) ? { String: pick([' ', 'a', 'ab', '▁', 'é', '  ']) } : { Regex: regex() };
const normalizer = () => pick([
  () => ({ type: 'NFC' }), () => ({ type: 'NFD' }), () => ({ type: 'NFKC' }), () => ({ type: 'NFKD' }), () => ({ type: 'Lowercase' }),
  () => ({ type: 'Prepend', prepend: pick(['▁', 'ab', ' ']) }), () => ({ type: 'Replace', pattern: pattern(), content: pick(['', '▁', 'a', ' b']) }),
  () => ({ type: 'Strip', strip_left: chance(2), strip_right: chance(2) })])();
const behavior = () => pick(['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous']);
const scheme = () => pick(['always', 'first', 'never']);
const preTokenizer = () => pick([
  () => ({ type: 'Split', pattern: pattern(), behavior: behavior(), invert: chance(2) }), () => ({ type: 'Split', pattern: pattern(), behavior: behavior(), invert: chance(2) }),
  () => ({ type: 'Digits', individual_digits: chance(2) }), () => ({ type: 'Punctuation', behavior: behavior() }), () => ({ type: 'Whitespace' }), () => ({ type: 'WhitespaceSplit' }),
  () => ({ type: 'Metaspace', replacement: '▁', prepend_scheme: scheme(), split: chance(2) })])();
const byteLevel = () => ({ type: 'ByteLevel', add_prefix_space: chance(2), trim_offsets: true, use_regex: chance(2) });
const maybe = make => chance(3) ? null : make();
const sequence = (kind, field, list) => list.length === 1 && chance(2) ? list[0] : { type: kind, [field]: list };

function model(isByteLevel) {
  const symbols = isByteLevel ? byteChars.filter(() => !chance(40)) : [...new Set([...'abcABé1.,▁ \'thesx', ...some(8, () => [...piece()][0])])];
  const tokens = [...symbols], merges = [];
  for (let i = next(30); i > 0; i--) {
    const [l, r] = isByteLevel && !chance(3) ? [pick('abthes12'.split('')), pick('abthes12'.split(''))] : [pick(tokens), pick(tokens)];
    if (!tokens.includes(l) || !tokens.includes(r) || merges.some(m => m[0] === l && m[1] === r)) continue;
    merges.push([l, r]);
    if (!tokens.includes(l + r)) tokens.push(l + r);
  }
  const unknown = chance(2) ? '<unk>' : null, fallback = !isByteLevel && chance(2);
  if (unknown) tokens.unshift('<unk>');
  if (fallback) for (let b = 0; b < 256; b++) if (!chance(60)) tokens.push(`<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`);
  if (chance(3)) tokens.push(...some(4, text).filter(t => !tokens.includes(t)));
  return { type: 'BPE', dropout: null, unk_token: unknown, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: chance(2), byte_fallback: fallback, ignore_merges: chance(3),
    vocab: Object.fromEntries([...new Set(tokens)].map((t, i) => [t, i])), merges: chance(2) || merges.some(m => /\s/.test(m.join(''))) ? merges : merges.map(m => m.join(' ')) };
}

function added(vocab) {
  const contents = [...new Set(Array.from({ length: next(5) }, () => pick(['<s>', '<x>', 'ab', 'a', ' b', 'the', 'É', 'ﬁ', '<s> ', '_', '日', 'B', 'é'])))].filter(c => !(c in vocab));
  let id = Object.keys(vocab).length;
  return contents.map(content => ({ id: id++, content, single_word: chance(3), lstrip: chance(3), rstrip: chance(3), normalized: chance(2), special: chance(2) }));
}

// Stripping the end of an empty text aborts the library.
const decoder = isByteLevel => isByteLevel && !chance(4) ? { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true } : chance(9) ? { type: 'Strip', content: pick([' ', 'a']), start: 0, stop: 1 } : sequence('Sequence', 'decoders', some(4, () => pick([
  () => ({ type: 'Replace', pattern: { String: pick(['▁', 'a', '▁▁']) }, content: pick([' ', '', 'x']) }), () => ({ type: 'ByteFallback' }), () => ({ type: 'Fuse' }),
  () => ({ type: 'Strip', content: pick([' ', 'a', '▁']), start: next(3), stop: 0 }), () => ({ type: 'Metaspace', replacement: '▁', prepend_scheme: scheme(), split: true }), () => ({ type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true })])()));

function postProcessor(vocab) {
  const [token] = Object.entries(vocab)[0];
  const template = () => ({ type: 'TemplateProcessing', single: [{ SpecialToken: { id: token, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, ...(chance(2) ? [{ SpecialToken: { id: token, type_id: 0 } }] : [])],
    pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }], special_tokens: { [token]: { id: token, ids: [vocab[token]], tokens: [token] } } });
  const bytes = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true };
  // Two templates in a row abort the library.
  return pick([bytes, template(), sequence('Sequence', 'processors', [bytes, template()]), sequence('Sequence', 'processors', [template(), bytes])]);
}

let made = 0, refused = 0;
while (made < Number(tokenizerCount)) {
  const isByteLevel = chance(2), m = model(isByteLevel);
  const steps = Array.from({ length: next(isByteLevel ? 3 : 4) }, preTokenizer);
  if (isByteLevel) steps.push(byteLevel());
  const json = { version: '1.0', truncation: null, padding: null, added_tokens: added(m.vocab), normalizer: maybe(() => sequence('Sequence', 'normalizers', some(3, normalizer))),
    pre_tokenizer: steps.length ? sequence('Sequence', 'pretokenizers', steps) : null, post_processor: maybe(() => postProcessor(m.vocab)), decoder: maybe(() => decoder(isByteLevel)), model: m };
  let tokenizer;
  const lines = [];
  try {
    tokenizer = Tokenizer.fromString(JSON.stringify(json));
    for (let i = 0; i < Number(stringCount); i++) {
      const t = text();
      const ids = (await tokenizer.encode(t, null, { addSpecialTokens: false })).getIds(), special = (await tokenizer.encode(t, null, { addSpecialTokens: true })).getIds();
      const line = { text: t, ids, decoded: await tokenizer.decode(ids, false) };
      if (special.join() !== ids.join()) line.ids_with_special = special;
      const skipped = await tokenizer.decode(ids, true);
      if (skipped !== line.decoded) line.decoded_skip_special = skipped;
      lines.push(JSON.stringify(line));
    }
  } catch (e) { refused++; if (refused < 5) console.error(String(e).slice(0, 200)); continue; }
  const folder = path.join(out, `random-${seed}-${made++}`);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(json) + '\n');
  fs.writeFileSync(path.join(folder, 'GOLDEN.jsonl'), lines.join('\n') + '\n');
}
console.error(`${made} tokenizers, ${refused} refused by the library`);
