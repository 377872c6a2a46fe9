// The rows: which of them are wanted, and in which order.
const data = JSON.parse(document.getElementById('data').textContent);
const count = data.ids.length;
const candidate = data.subjects.find(s => s.kind === 'candidate');
const others = data.subjects.filter(s => s !== candidate);
const text = number => number < 0 ? '' : data.texts[number];
const scoreOf = (subject, metric, row) => subject && subject.scores[metric] ? subject.scores[metric][row] : null;
const best = others.filter(s => s.kind === 'baseline' && s.scores[data.deciding])
  .sort((a, b) => sum(b.scores[data.deciding]) - sum(a.scores[data.deciding]))[0] || others[0] || null;
const state = { text: '', outcome: 'all', other: best, metric: data.deciding || data.metrics[0], slice: null, sort: 'row', down: false, page: 0, open: new Set() };

function sum(numbers) { return numbers.reduce((a, b) => a + b, 0); }

const isRight = (subject, row) => { const score = scoreOf(subject, data.deciding, row); return score === null ? null : score >= 1; };
const outcomes = {
  all: ['all rows', () => true],
  right: ['candidate right', row => isRight(candidate, row)],
  wrong: ['candidate wrong', row => isRight(candidate, row) === false],
  gained: ['right, other wrong', row => isRight(candidate, row) && isRight(state.other, row) === false],
  lost: ['wrong, other right', row => isRight(candidate, row) === false && isRight(state.other, row)],
  cut: ['answer cut off', row => cutRows(candidate).has(row)],
};
if (data.earlier) {
  const then = row => data.earlier.answer[row];
  const was = row => data.earlier.scores ? data.earlier.scores[row] : null;
  Object.assign(outcomes, {
    changed: ['another answer since ' + data.earlier.name, row => then(row) >= 0 && then(row) !== candidate.answer[row]],
    fixed: ['fixed since ' + data.earlier.name, row => was(row) !== null && isRight(candidate, row) && was(row) < 1],
    broken: ['broken since ' + data.earlier.name, row => was(row) !== null && isRight(candidate, row) === false && was(row) >= 1],
    fresh: ['new since ' + data.earlier.name, row => then(row) < 0],
  });
}

const cuts = new Map();
function cutRows(subject) {
  if (!cuts.has(subject)) cuts.set(subject, new Set(subject.cut));
  return cuts.get(subject);
}

// Folded once, when somebody first searches: what a row says, and every answer to it.
let folded = null;
function foldedRows() {
  if (!folded) {
    const low = data.texts.map(t => t.toLowerCase());
    const columns = [data.input, data.reference, ...data.subjects.map(s => s.answer)];
    folded = Array.from({ length: count }, (_, row) => columns.map(c => low[c[row]]).join('\n') + '\n' + data.ids[row]);
  }
  return folded;
}

const sorts = {
  row: row => row,
  input: row => text(data.input[row]),
  reference: row => text(data.reference[row]),
  answer: row => text(candidate.answer[row]),
  other: row => state.other ? text(state.other.answer[row]) : '',
  score: row => scoreOf(candidate, state.metric, row) ?? NaN,
  otherScore: row => scoreOf(state.other, state.metric, row) ?? NaN,
  slice: row => text(data.slice[row]),
};

function wantedRows() {
  const keep = outcomes[state.outcome][1], search = state.text.trim().toLowerCase(), all = search ? foldedRows() : null, rows = [];
  for (let row = 0; row < count; row++) {
    if (keep(row) && (state.slice === null || data.slice[row] === state.slice) && (!all || all[row].includes(search))) rows.push(row);
  }
  if (state.sort !== 'row' || state.down) {
    const key = sorts[state.sort], sign = state.down ? -1 : 1, keys = new Map(rows.map(row => [row, key(row)]));
    rows.sort((a, b) => {
      const x = keys.get(a), y = keys.get(b);
      if (typeof x === 'number' && (Number.isNaN(x) || Number.isNaN(y))) return Number.isNaN(x) - Number.isNaN(y) || a - b;
      return x < y ? -sign : x > y ? sign : a - b;
    });
  }
  return rows;
}
