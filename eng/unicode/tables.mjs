// Writes the engine's Unicode tables: what Hugging Face's tokenizers library makes of every single code point. Its parts were built with
// different versions of Unicode, so that no one version of the Unicode Character Database gives the same tokens.
//
// usage: npm install tokenizers@0.23.2 (in a folder of its own);
//        node tables.mjs <that folder>/node_modules > src/ModelOps.Engine/Tokenization/Unicode.txt
// Lines:  @<name> <first>[-<last>]...      a set: general categories, the regular expressions' \w, \s and scripts, and the library's own
//                                          ideas of white space, numeric, punctuation and word characters
//         i <code> <code>...               code points that are one another's case in a regular expression
//         l <code> <code>...               lower case, where it differs
//         c<class> <first>[-<last>]        canonical combining class, where it is not 0
//         d <code> <code>...               full canonical decomposition;  k ... full compatibility decomposition, where it differs
//         p <first> <second> <composed>    primary composite
// Hangul is computed, not listed. All numbers but the class are hexadecimal.
import { createRequire } from 'node:module';

const upstream = createRequire(process.argv[2] + '/')('tokenizers');
const all = [];
for (let c = 0; c < 0x110000; c++)
  if (c < 0xd800 || c > 0xdfff) all.push(c);
const text = codes => { let s = ''; for (let i = 0; i < codes.length; i += 4096) s += String.fromCodePoint(...codes.slice(i, i + 4096)); return s; };
const codes = s => Array.from(s, c => c.codePointAt(0));
const hex = c => c.toString(16).toUpperCase();
const everything = text(all);

function ranges(list) {
  const out = [];
  for (let i = 0; i < list.length; i++) {
    const first = list[i];
    while (i + 1 < list.length && list[i + 1] === list[i] + 1) i++;
    out.push(list[i] === first ? hex(first) : `${hex(first)}-${hex(list[i])}`);
  }
  return out.join(' ');
}

/** The code points that a pre-tokenizer with the behaviour "removed" removes. */
function removed(preTokenizer, from = everything) {
  const kept = new Set();
  for (const [piece] of preTokenizer.preTokenizeString(from))
    for (const c of piece) kept.add(c.codePointAt(0));
  return codes(from).filter(c => !kept.has(c));
}

const matched = pattern => {
  const tokenizer = upstream.Tokenizer.fromString(JSON.stringify({ version: '1.0', added_tokens: [], model: { type: 'BPE', vocab: {}, merges: [] },
    pre_tokenizer: { type: 'Split', pattern: { Regex: pattern }, behavior: 'Removed', invert: false } }));
  return from => removed(tokenizer.getPreTokenizer(), from);
};

const print = line => process.stdout.write(line + '\n');
const set = (name, list) => print(`@${name} ${ranges(list)}`);
print('# tokenizers 0.23.2; written by eng/unicode/tables.mjs');
for (const category of ['Lu', 'Ll', 'Lt', 'Lm', 'Lo', 'Mn', 'Mc', 'Me', 'Nd', 'Nl', 'No', 'Zs', 'Zl', 'Zp', 'Cc', 'Cf', 'Co', 'Pc', 'Pd', 'Ps', 'Pe', 'Pi', 'Pf', 'Po', 'Sm', 'Sc', 'Sk', 'So'])
  set(category, matched(`\\p{${category}}`)(everything));
for (const script of ['Arabic', 'Armenian', 'Bengali', 'Cyrillic', 'Devanagari', 'Georgian', 'Greek', 'Han', 'Hangul', 'Hebrew', 'Hiragana', 'Katakana', 'Latin', 'Tamil', 'Thai'])
  set(script, matched(`\\p{${script}}`)(everything));
set('word', matched('\\w')(everything));
set('space', matched('\\s')(everything));
set('digit', matched('\\d')(everything));
set('white', all.filter(c => upstream.stripNormalizer(true, true).normalizeString(String.fromCodePoint(c)) === ''));
const numeric = new Set(upstream.digitsPreTokenizer(true).preTokenizeString(all.flatMap(c => ['x', String.fromCodePoint(c), 'x']).join('')).map(p => p[0]).filter(p => [...p].length === 1).map(p => p.codePointAt(0)));
set('numeric', all.filter(c => numeric.has(c) && c !== 0x78));
set('punctuation', removed(upstream.punctuationPreTokenizer('removed')));
set('library-word', await wordBesideAddedTokens());

/** A token that must stand alone is not found where a word character touches it. */
async function wordBesideAddedTokens() {
  const tokenizer = upstream.Tokenizer.fromString(JSON.stringify({ version: '1.0', model: { type: 'BPE', vocab: { a: 0 }, merges: [] },
    added_tokens: [{ id: 1, content: 'a@a', single_word: true, lstrip: false, rstrip: false, normalized: false, special: true }] }));
  const words = [];
  for (let i = 0; i < all.length; i += 512) {
    const chunk = all.slice(i, i + 512);
    const results = await tokenizer.encodeBatch(chunk.map(c => String.fromCodePoint(c) + 'a@a'), { addSpecialTokens: false });
    chunk.forEach((c, j) => { if (!results[j].getIds().includes(1)) words.push(c); });
  }
  return words;
}

// Only what has another case can match it, by this program's tables or by the library's.
const isCased = c => { const s = String.fromCodePoint(c); return s.toLowerCase() !== s || s.toUpperCase() !== s; };
const letters = new Set(matched('[\\p{Lu}\\p{Ll}\\p{Lt}]')(everything));
const cased = all.filter(c => isCased(c) || letters.has(c)), casedText = text(cased);
const seen = new Set();
for (const c of cased) {
  if (seen.has(c)) continue;
  const same = matched(`(?i:\\x{${hex(c)}})`)(casedText);
  same.forEach(x => seen.add(x));
  if (same.length > 1) print(`i ${same.map(hex).join(' ')}`);
}

const lower = upstream.lowercase();
for (const c of all) {
  const s = String.fromCodePoint(c), l = lower.normalizeString(s);
  if (l !== s) print(`l ${[c, ...codes(l)].map(hex).join(' ')}`);
}

const [nfd, nfkd, nfc] = [upstream.nfdNormalizer(), upstream.nfkdNormalizer(), upstream.nfcNormalizer()];
const isHangul = c => c >= 0xac00 && c < 0xac00 + 11172;
const canonical = new Map(), pairs = [];
for (const c of all) {
  if (isHangul(c)) continue;
  const s = String.fromCodePoint(c), d = nfd.normalizeString(s), k = nfkd.normalizeString(s);
  if (d !== s) { canonical.set(c, codes(d)); print(`d ${[c, ...codes(d)].map(hex).join(' ')}`); }
  if (k !== d) print(`k ${[c, ...codes(k)].map(hex).join(' ')}`);
}

for (const [c, parts] of canonical) {
  const s = String.fromCodePoint(c);
  if (parts.length < 2 || nfc.normalizeString(s) !== s) continue;
  const head = codes(nfc.normalizeString(String.fromCodePoint(...parts.slice(0, -1))));
  if (head.length !== 1) throw new Error(`no primary composite: ${hex(c)}`);
  pairs.push([head[0], parts.at(-1), c]);
}

// A mark moves before another exactly where its class is lower, so marks of known classes measure all others.
const known = [[1, 0x334], [6, 0x16ff0], [7, 0x93c], [8, 0x3099], [9, 0x94d], [10, 0x5b0], [11, 0x5b1], [12, 0x5b2], [13, 0x5b3], [14, 0x5b4], [15, 0x5b5], [16, 0x5b6], [17, 0x5b7], [18, 0x5b8], [19, 0x5b9], [20, 0x5bb], [21, 0x5bc], [22, 0x5bd], [23, 0x5bf], [24, 0x5c1], [25, 0x5c2], [26, 0xfb1e], [27, 0x64b], [28, 0x64c], [29, 0x64d], [30, 0x64e], [31, 0x64f], [32, 0x650], [33, 0x651], [34, 0x652], [35, 0x670], [36, 0x711], [84, 0xc55], [91, 0xc56], [103, 0xe38], [107, 0xe48], [118, 0xeb8], [122, 0xec8], [129, 0xf71], [130, 0xf72], [132, 0xf74], [202, 0x321], [214, 0x1dce], [216, 0x31b], [218, 0x302a], [220, 0x316], [222, 0x59a], [224, 0x302e], [226, 0x1d16d], [228, 0x5ae], [230, 0x300], [232, 0x315], [233, 0x35c], [234, 0x35d], [240, 0x345]];
const swaps = (first, second) => nfd.normalizeString('a' + String.fromCodePoint(first, second)) !== 'a' + String.fromCodePoint(first, second);
const usable = known.filter(([cls, mark]) => cls === 240 ? swaps(mark, 0x334) : swaps(0x345, mark));
const classes = new Map();
for (const c of all) {
  if (canonical.has(c) || isHangul(c) || !(swaps(0x345, c) || swaps(c, 0x334))) continue;
  // The lowest class that does not move before it is its own.
  const own = usable.find(([, mark]) => !swaps(c, mark));
  if (swaps(own[1], c)) throw new Error(`no class for ${hex(c)}`);
  if (!classes.has(own[0])) classes.set(own[0], []);
  classes.get(own[0]).push(c);
}

for (const [cls, list] of [...classes].sort((a, b) => a[0] - b[0]))
  for (const range of ranges(list).split(' ')) print(`c${cls} ${range}`);
for (const pair of pairs.sort((a, b) => a[0] - b[0] || a[1] - b[1])) print(`p ${pair.map(hex).join(' ')}`);
