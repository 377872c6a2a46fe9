// The table: one page of rows at a time, so that ten thousand cost no more than fifty.
const pageSize = 50;
const byId = id => document.getElementById(id);
const [head, body] = [byId('rows-table').tHead, byId('rows-table').tBodies[0]];
let rows = [];

const columns = () => [
  ['row', 'Row', 'c-row'],
  ['input', 'Input', ''],
  ['reference', 'Right answer', ''],
  ['answer', 'Candidate', ''],
  ...(state.other ? [['other', state.other.name, '']] : []),
  ['score', state.metric, 'c-score n'],
  ...(state.other ? [['otherScore', 'Other’s', 'c-score n']] : []),
  ...(byId('f-slice') ? [['slice', 'Slice', 'c-slice']] : []),
];

function drawHead() {
  head.replaceChildren(element('tr', {}, ...columns().map(([key, title, kind]) => {
    const button = element('button', { type: 'button', 'data-sort': key });
    show(button, title);
    const cell = element('th', { scope: 'col', class: kind || null, 'aria-sort': state.sort === key ? (state.down ? 'descending' : 'ascending') : null }, button);
    button.addEventListener('click', () => {
      [state.down, state.sort, state.page] = [state.sort === key && !state.down, key, 0];
      refresh();
      head.querySelector('[data-sort="' + key + '"]').focus();
    });
    return cell;
  })));
}

function textCell(name, value) {
  const cell = element('td', { class: 'text', 'data-name': name }, element('span'));
  show(cell.firstChild, value.length > 300 ? value.slice(0, 300) + '…' : value);
  return cell;
}

function scoreCell(name, subject, row) {
  const score = scoreOf(subject, state.metric, row), plain = score === 0 || score === 1;
  const isShare = subject && subject.scores[state.metric] && plain && !data.lowerIsBetter.includes(state.metric);
  return element('td', { class: 'n ' + (isShare ? (score ? 'right' : 'wrong') : ''), 'data-name': name }, score === null ? '' : isShare ? (score ? 'right' : 'wrong') : score.toFixed(3));
}

function rowOf(row) {
  const open = state.open.has(row);
  const button = element('button', { type: 'button', class: 'open', 'aria-expanded': open, 'aria-label': 'Row ' + (row + 1) + ', details' }, String(row + 1));
  const line = element('tr', {},
    element('th', { scope: 'row', class: 'c-row' }, button),
    textCell('Input', text(data.input[row])),
    textCell('Right', text(data.reference[row])),
    textCell('Candidate', text(candidate.answer[row])),
    ...(state.other ? [textCell(state.other.name, text(state.other.answer[row]))] : []),
    scoreCell(state.metric, candidate, row),
    ...(state.other ? [scoreCell('Other’s', state.other, row)] : []),
    ...(byId('f-slice') ? [textCell('Slice', text(data.slice[row]))] : []));
  button.addEventListener('click', () => {
    if (state.open.has(row)) {
      state.open.delete(row);
      line.nextSibling.remove();
    } else {
      state.open.add(row);
      line.after(detailOf(row));
    }
    button.setAttribute('aria-expanded', state.open.has(row));
  });
  return open ? [line, detailOf(row)] : [line];
}

// Everything about a row. Answers are shown as they differ from the right one, or from the last release.
function detailOf(row) {
  const against = element('select', {}, element('option', { value: 'reference' }, 'the right answer'));
  if (data.earlier && data.earlier.answer[row] >= 0) against.append(element('option', { value: 'earlier' }, data.earlier.name));
  against.append(element('option', { value: '' }, 'nothing'));
  const list = element('dl');
  const draw = () => {
    const base = { reference: text(data.reference[row]), earlier: data.earlier ? text(data.earlier.answer[row]) : '' }[against.value];
    list.replaceChildren(...pair('Input', '', text(data.input[row])), ...pair('Right answer', data.ids[row], text(data.reference[row])));
    const answers = [...data.subjects.map(s => [s.name, note(s, row), text(s.answer[row])])];
    if (data.earlier && data.earlier.answer[row] >= 0) answers.splice(1, 0, [data.earlier.name, 'earlier', text(data.earlier.answer[row])]);
    for (const [name, remark, answer] of answers) list.append(...pair(name, remark, answer, base));
    for (const s of data.subjects) if (s.raw && s.raw[row] >= 0) list.append(...pair(s.name, 'all that was said', text(s.raw[row])));
  };
  against.addEventListener('change', draw);
  draw();
  return element('tr', { class: 'detail' }, element('td', { colspan: columns().length }, element('label', {}, 'Differences from ', against), list));
}

function note(subject, row) {
  const scores = data.metrics.filter(m => subject.scores[m]).map(m => m + ' ' + Number(subject.scores[m][row].toFixed(3)));
  return [...scores, ...(cutRows(subject).has(row) ? ['cut off'] : [])].join(', ');
}

function pair(name, remark, value, base) {
  const term = show(element('dt'), name), said = element('dd');
  if (remark) term.append(show(element('small'), remark));
  if (base === undefined) show(said, value);
  else showDifference(said, base, value);
  return [term, said];
}

function drawPage() {
  const pages = Math.max(1, Math.ceil(rows.length / pageSize)), from = state.page * pageSize, shown = rows.slice(from, from + pageSize);
  body.replaceChildren(...shown.flatMap(rowOf));
  byId('rows-status').textContent = rows.length ? `Rows ${from + 1} to ${from + shown.length} of ${rows.length}${rows.length < count ? `, of ${count} in all` : ''}.` : 'No row is like that.';
  byId('p-where').textContent = `Page ${state.page + 1} of ${pages}`;
  byId('p-first').disabled = byId('p-previous').disabled = state.page === 0;
  byId('p-next').disabled = byId('p-last').disabled = state.page >= pages - 1;
}

function refresh() {
  rows = wantedRows();
  drawHead();
  drawPage();
}

function turn(page) {
  state.page = page;
  drawPage();
  byId('rows-table').scrollIntoView({ block: 'start' });
}

function choices(id, pairs, set, chosen) {
  const select = byId(id);
  if (!select) return;
  pairs.forEach(([label], i) => select.append(show(element('option', { value: i }), label)));
  select.value = Math.max(0, pairs.findIndex(p => p[1] === chosen));
  select.addEventListener('change', () => { set(pairs[select.value][1]); state.page = 0; refresh(); });
}

choices('f-outcome', Object.entries(outcomes).map(([key, [label]]) => [label, key]), v => { state.outcome = v; }, 'all');
choices('f-other', others.length ? others.map(s => [s.name, s]) : [['nobody', null]], v => { state.other = v; }, state.other);
choices('f-metric', data.metrics.map(m => [m, m]), v => { state.metric = v; }, state.metric);
choices('f-slice', [['all', null], ...[...new Set(data.slice)].filter(s => s >= 0).map(s => [text(s), s]).sort((a, b) => a[0] < b[0] ? -1 : 1)], v => { state.slice = v; }, null);
byId('f-text').addEventListener('input', event => { state.text = event.target.value; state.page = 0; refresh(); });
document.querySelector('form.filters').addEventListener('submit', event => event.preventDefault());
byId('p-first').addEventListener('click', () => turn(0));
byId('p-previous').addEventListener('click', () => turn(state.page - 1));
byId('p-next').addEventListener('click', () => turn(state.page + 1));
byId('p-last').addEventListener('click', () => turn(Math.ceil(rows.length / pageSize) - 1));
document.querySelectorAll('[data-outcome]').forEach(button => button.addEventListener('click', () => {
  byId('f-outcome').value = Object.keys(outcomes).indexOf(button.dataset.outcome);
  byId('f-outcome').dispatchEvent(new Event('change'));
  byId('rows').scrollIntoView();
  byId('f-outcome').focus();
}));
refresh();
