// The difference of two texts word by word: common head and tail, and between them the longest common subsequence.
const mostWords = 1500;
const words = text => text.match(/[\p{L}\p{N}]+|\s+|./gsu) || [];

function difference(before, after) {
  const a = words(before), b = words(after);
  let head = 0, tail = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const pieces = [];
  const add = (sign, list) => {
    if (!list.length) return;
    const text = list.join('');
    if (pieces.length && pieces[pieces.length - 1][0] === sign) pieces[pieces.length - 1][1] += text;
    else pieces.push([sign, text]);
  };
  add(' ', a.slice(0, head));
  middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail), add);
  add(' ', a.slice(a.length - tail));
  return pieces;
}

function middle(a, b, add) {
  if (a.length > mostWords || b.length > mostWords) {
    add('-', a);
    add('+', b);
    return;
  }
  // common[i * width + j]: length of the longest common subsequence of a from i and b from j.
  const width = b.length + 1, common = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] = a[i] === b[j] ? common[(i + 1) * width + j + 1] + 1 : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) { add(' ', [a[i]]); i++; j++; }
    else if (i < a.length && (j === b.length || common[(i + 1) * width + j] >= common[i * width + j + 1])) add('-', [a[i++]]);
    else add('+', [b[j++]]);
  }
}

// Text as nodes. Characters that nobody would see, or that turn the order of others, are named.
function show(parent, text) {
  let from = 0;
  for (const odd of text.matchAll(/[^\P{C}\n\t\u200d]/gu)) {
    parent.append(text.slice(from, odd.index));
    const code = odd[0].codePointAt(0), mark = element('span', { class: 'odd' });
    mark.textContent = code < 0x20 ? String.fromCharCode(0x2400 + code) : '\u27e8U+' + code.toString(16).toUpperCase().padStart(4, '0') + '\u27e9';
    parent.append(mark);
    from = odd.index + odd[0].length;
  }
  parent.append(text.slice(from));
  return parent;
}

function showDifference(parent, before, after) {
  for (const [sign, text] of difference(before, after)) show(sign === ' ' ? parent : parent.appendChild(element(sign === '-' ? 'del' : 'ins')), text);
  return parent;
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
