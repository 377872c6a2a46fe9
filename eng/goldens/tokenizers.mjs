// Writes small tokenizers that together use every component the engine has, and what Hugging Face's own library makes of tricky strings.
//
// usage: npm install tokenizers@0.23.2 (in a folder of its own); NODE_PATH=<that folder>/node_modules \
//        node tokenizers.mjs tests/ModelOps.Engine.Tests/Cases/tokenizers [number of random strings, 60]
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const { Tokenizer } = createRequire(process.env.NODE_PATH + '/')('tokenizers');
const [, , outFolder, randomCount = '60'] = process.argv;

const corpus = `the model answers the question and the answer is right. A small model learns a small task from a few rows of data;
it's we'll they've I'm you'd don't HELLO Hello hello world World. 12 123 1234 2024 3.14 -5e10 100% $9.99 ticket number 42, please call back.
café naïve élan Ünïcode straße Привет мир привет 日本語 日本 中文 文字 नमस्ते مرحبا 🙂 🙂👍 e\u0301 ﬁne the the the and and model model
def f(x):\n    return x + 1\n\n\tif x == 2:\r\n        print("ok")   end  of   file`.repeat(2);

const byteChars = (() => {
  const table = [];
  let extra = 0;
  for (let b = 0; b < 256; b++)
    table.push(String.fromCharCode((b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174 ? b : 256 + extra++));
  return table;
})();

function trainMerges(words, initial, count, allowed = () => true) {
  const merges = [], vocabulary = new Set(initial);
  let parts = words;
  while (merges.length < count) {
    const pairs = new Map();
    for (const word of parts)
      for (let i = 0; i + 1 < word.length; i++) {
        const key = word[i] + '\0' + word[i + 1];
        pairs.set(key, (pairs.get(key) ?? 0) + 1);
      }
    const best = [...pairs].filter(([k, n]) => n > 1 && allowed(k.replace('\0', ''))).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0];
    if (!best) break;
    const [left, right] = best[0].split('\0');
    merges.push([left, right]);
    vocabulary.add(left + right);
    parts = parts.map(word => {
      const out = [];
      for (let i = 0; i < word.length; i++)
        if (i + 1 < word.length && word[i] === left && word[i + 1] === right) { out.push(left + right); i++; } else out.push(word[i]);
      return out;
    });
  }
  return { vocabulary: [...vocabulary], merges };
}

const toBytes = s => [...Buffer.from(s, 'utf8')].map(b => byteChars[b]);
const byteTrained = trainMerges(corpus.match(/ ?\p{L}+| ?\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+/gu).map(toBytes), byteChars, 180);
const spText = '▁' + corpus.replaceAll(' ', '▁');
const spChars = [...new Set(spText)].filter(c => !'日語नीz'.includes(c));
const spTrained = trainMerges(spText.split(/(?=▁)/u).map(w => [...w].filter(c => spChars.includes(c))), spChars, 160);
const byteTokens = [...Array(256).keys()].map(b => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`);

const ids = tokens => Object.fromEntries(tokens.map((t, i) => [t, i]));
const base = { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false, ignore_merges: false };
const byteModel = o => ({ ...base, vocab: ids(byteTrained.vocabulary), merges: byteTrained.merges, ...o });
const withoutSome = byteModel({ merges: byteTrained.merges.filter(m => !m.join('').includes('1')), vocab: ids(byteTrained.vocabulary.filter(t => !t.includes('1'))) });
const spModel = (special, bytes, o) => ({ ...base, vocab: ids([...special, ...bytes, ...spTrained.vocabulary]), merges: spTrained.merges.map(m => m.join(' ')), ...o });
const charModel = o => { const v = spTrained.vocabulary.filter(t => !t.includes('▁')); return { ...base, vocab: ids(['<unk>', ...v]), merges: spTrained.merges.filter(m => !m.join('').includes('▁')), unk_token: '<unk>', ...o }; };

const added = (content, id, o = {}) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true, ...o });
const addedAfter = (model, ...tokens) => tokens.map(([content, o], i) => added(content, Object.keys(model.vocab).length + i, o));
const split = (regex, behavior = 'Isolated', invert = false) => ({ type: 'Split', pattern: { Regex: regex }, behavior, invert });
const byteLevel = (o = {}) => ({ type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true, ...o });
const seq = (kind, field, list) => ({ type: 'Sequence', [field]: list });
const bos = (id, token) => ({ type: 'TemplateProcessing', single: [{ SpecialToken: { id: token, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: token, type_id: 0 } }],
  pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }], special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } } });
const llama3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const o200k = "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const spDecoder = seq('Sequence', 'decoders', [{ type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' }, { type: 'Strip', content: ' ', start: 1, stop: 0 }]);
const special3 = ['<unk>', '<s>', '</s>'];

function variants() {
  const plain = byteModel({});
  const llama = spModel(special3, byteTokens, { unk_token: '<unk>', byte_fallback: true, fuse_unk: true });
  const unkSp = spModel(special3, byteTokens.slice(0, 200), { unk_token: '<unk>', byte_fallback: true, fuse_unk: true });
  const chars = charModel({ fuse_unk: false }), charsFused = charModel({ fuse_unk: true });
  const spPlain = spModel(['<unk>'], [], { unk_token: '<unk>', fuse_unk: true });
  const build = (model, parts) => ({ version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, ...parts, model });
  return {
    'byte-level': build(plain, { added_tokens: addedAfter(plain, ['<|endoftext|>'], ['<|im_start|>'], ['<|im_end|>'], ['<|im_end|>x']), pre_tokenizer: byteLevel(), decoder: byteLevel(), post_processor: byteLevel() }),
    'byte-level-prefix': build(withoutSome, { normalizer: { type: 'NFKC' }, pre_tokenizer: byteLevel({ add_prefix_space: true }), decoder: byteLevel() }),
    'split-ignore-merges': build(byteModel({ ignore_merges: true }), { added_tokens: addedAfter(plain, ['<|bos|>']), normalizer: { type: 'NFC' },
      pre_tokenizer: seq('Sequence', 'pretokenizers', [split(llama3), byteLevel({ use_regex: false })]), decoder: byteLevel(),
      post_processor: seq('Sequence', 'processors', [byteLevel(), bos(plain.vocab ? Object.keys(plain.vocab).length : 0, '<|bos|>')]) }),
    'split-case': build(plain, { normalizer: { type: 'NFD' }, pre_tokenizer: seq('Sequence', 'pretokenizers', [split(o200k, 'Removed', true), { type: 'Digits', individual_digits: true }, byteLevel({ use_regex: false })]), decoder: byteLevel() }),
    'added-flags': build(plain, { added_tokens: addedAfter(plain, ['<l>', { lstrip: true }], ['<r>', { rstrip: true }], ['<lr>', { lstrip: true, rstrip: true }], ['word', { single_word: true, special: false }], ['Hello', { normalized: true, special: false }], ['ﬁ', { normalized: true, special: false }]),
      normalizer: seq('Sequence', 'normalizers', [{ type: 'NFKD' }, { type: 'Lowercase' }]), pre_tokenizer: byteLevel(), decoder: byteLevel() }),
    'sentencepiece': build(llama, { added_tokens: special3.map((t, i) => added(t, i, { normalized: i === 1 })), normalizer: seq('Sequence', 'normalizers', [{ type: 'Prepend', prepend: '▁' }, { type: 'Replace', pattern: { String: ' ' }, content: '▁' }]), post_processor: bos(1, '<s>'), decoder: spDecoder }),
    'sentencepiece-unknown': build(unkSp, { added_tokens: special3.map((t, i) => added(t, i)), normalizer: { type: 'Replace', pattern: { Regex: ' {1}' }, content: '▁' }, decoder: spDecoder }),
    'metaspace': build(spPlain, { added_tokens: addedAfter(spPlain, ['<eot>'], ['<x>', { normalized: true }]), normalizer: { type: 'Strip', strip_left: false, strip_right: true }, pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true }, decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true } }),
    'metaspace-whole': build(spPlain, { pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: false }, decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: false } }),
    'whitespace': build(chars, { normalizer: seq('Sequence', 'normalizers', [{ type: 'Strip', strip_left: true, strip_right: true }, { type: 'NFKC' }]), pre_tokenizer: seq('Sequence', 'pretokenizers', [{ type: 'Whitespace' }, { type: 'Punctuation', behavior: 'Contiguous' }, { type: 'Digits', individual_digits: false }]) }),
    'whitespace-split': build(charsFused, { pre_tokenizer: seq('Sequence', 'pretokenizers', [{ type: 'WhitespaceSplit' }, { type: 'Punctuation', behavior: 'MergedWithPrevious' }]) }),
    'merged-next': build(charsFused, { pre_tokenizer: seq('Sequence', 'pretokenizers', [split('[ \\n]', 'MergedWithNext'), split('\\p{P}+?', 'MergedWithPrevious'), split('(?=\\d)\\w{2}|\\bth|e$|^a', 'Contiguous', true)]) }),
  };
}

const tricky = ['', 'a', ' ', '  ', 'Hello world', ' Hello  world ', "it's we'll THEY'VE I'M don'T", 'HELLO Hello hello', '12 1234567 3.14', 'tabs\tand\nnew\r\nlines\n\n  x', 'trailing   ', '\n', '\u00a0x\u3000y', 'café cafe\u0301 ﬁne ½ Ⅷ ² ①', 'straße İstanbul ſ K', 'Привет мир', '日本語 中文', '𝐀𝐁𝐂 𝟙𝟚 𠀀𠀁 🙂👍🏽👨‍👩‍👧', 'नमस्ते مرحبا', '한국어 각 \u1100\u1161\u11a8', 'a\u0315\u0300\u05ae\u0300b', '<|endoftext|>', 'x<|im_start|>user\nhi<|im_end|>x <|im_end|>', '<s>a</s> <s>', ' <s> </s>x<unk>', 'a <l> b <r> c <lr>  d', 'word words word, sword word', 'hello Hello HELLO ﬁ fi', '<eot> <x> a<x>b<eot>', '▁ ▁▁a', 'a▁b', '\u0000\u0007\u007f\u0085', '�', "x''s'll", '((a))--[b]..!?', 'the model answers', '    return x + 1', '\u200bzero\u200dwidth\ufeff', '<0x41><0xE2>'];

function random(seed) {
  let s = seed;
  return n => { s = (Math.imul(s, 1664525) + 1013904223) >>> 0; return Math.floor(s / 4294967296 * n); };
}

const pool = [...tricky.filter(t => t), ' ', ' ', '\n', '\t', 'a', 'B', '1', '٣', 'é', 'e\u0301', '\u0301', '🙂', '日', '.', ',', "'", "'s", 'ſ', '\u2028', '\u0085', '\u00a0', 'ǅ', '„', '€', '\u0903', '₁', 'ß', 'the', 'ing', 'model'];
const next = random(20260115);
const strings = [...tricky];
for (let i = 0; i < Number(randomCount); i++)
  strings.push(Array.from({ length: 1 + next(7) }, () => pool[next(pool.length)]).join(''));

for (const [name, json] of Object.entries(variants())) {
  const folder = path.join(outFolder, name);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(json) + '\n');
  const tokenizer = Tokenizer.fromString(JSON.stringify(json));
  const lines = [];
  for (const text of strings) {
    const plainIds = (await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds();
    const specialIds = (await tokenizer.encode(text, null, { addSpecialTokens: true })).getIds();
    const line = { text, ids: plainIds, decoded: await tokenizer.decode(plainIds, false) };
    if (specialIds.join() !== plainIds.join()) line.ids_with_special = specialIds;
    const skipped = await tokenizer.decode(plainIds, true);
    if (skipped !== line.decoded) line.decoded_skip_special = skipped;
    lines.push(JSON.stringify(line));
  }
  fs.writeFileSync(path.join(folder, 'GOLDEN.jsonl'), lines.join('\n') + '\n');
}
