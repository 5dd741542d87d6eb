/** What the page of `toHtml` looks like, light or dark as its reader's system is. */
export const HTML_PAGE_STYLE = `
:root { color-scheme: light dark; --line: rgb(136 136 136 / 27%); --ok: seagreen; --bad: crimson; --open: darkorange; --other: slategray; }
* { box-sizing: border-box; }
body { margin: 0; font: 13px/1.4 system-ui, sans-serif; height: 100vh; display: flex; flex-direction: column; }
header { display: flex; gap: 1em; align-items: baseline; padding: .5em 1em; border-bottom: 1px solid var(--line); flex-wrap: wrap; }
h1 { font-size: 14px; margin: 0; font-family: ui-monospace, monospace; }
#search { margin-left: auto; min-width: 16em; }
main { flex: 1; display: flex; min-height: 0; }
#rows { flex: 1; overflow: auto; position: relative; outline-offset: -2px; }
.row { position: absolute; left: 0; right: 0; height: 22px; display: flex; align-items: center; cursor: pointer; white-space: nowrap; }
.row:hover, .row[aria-selected=true] { background: rgb(136 136 136 / 14%); }
.name { flex: 0 0 40%; overflow: hidden; text-overflow: ellipsis; padding-right: .5em; }
.type { opacity: .6; margin-left: .6em; }
.time { flex: 0 0 7em; text-align: right; padding-right: .8em; font-variant-numeric: tabular-nums; }
.track { flex: 1; height: 100%; position: relative; border-left: 1px solid var(--line); margin-right: 1em; }
.bar { position: absolute; top: 5px; height: 12px; min-width: 2px; border-radius: 2px; background: var(--other); }
.OK, .CONTINUED { background: var(--ok); }
.ERROR, .TIMED_OUT { background: var(--bad); }
.RUNNING { background: repeating-linear-gradient(90deg, var(--open) 0 6px, transparent 6px 9px); }
#details { flex: 0 0 40%; margin: 0; padding: 1em; overflow: auto; border-left: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; }
`;

/** Draws only the rows in sight, so that a trace of 100,000 spans scrolls like one of ten. Everything is put in as text. */
export const HTML_PAGE_SCRIPT = `
'use strict';
const trace = JSON.parse(document.getElementById('trace').textContent);
const ROW = 22;
const box = document.getElementById('rows');
const details = document.getElementById('details');
const spacer = box.appendChild(document.createElement('div'));
const layer = box.appendChild(document.createElement('div'));
let shown = trace.rows;
let selected = -1;
function duration(micros) {
  if (micros < 1000) return micros + ' \\u00b5s';
  if (micros < 1e6) return (micros / 1000).toFixed(micros < 1e4 ? 1 : 0) + ' ms';
  if (micros < 6e7) return (micros / 1e6).toFixed(1) + ' s';
  const seconds = Math.round(micros / 1e6);
  return seconds < 3600
    ? Math.floor(seconds / 60) + ' min ' + seconds % 60 + ' s'
    : Math.floor(seconds / 3600) + ' h ' + Math.floor(seconds / 60) % 60 + ' min';
}
function part(parent, name, text) {
  const element = parent.appendChild(document.createElement('span'));
  element.className = name;
  element.textContent = text;
  return element;
}
function draw() {
  spacer.style.height = shown.length * ROW + 'px';
  const first = Math.max(0, Math.floor(box.scrollTop / ROW) - 5);
  const last = Math.min(shown.length, first + Math.ceil(box.clientHeight / ROW) + 10);
  layer.replaceChildren();
  for (let index = first; index < last; index += 1) {
    const span = shown[index];
    const row = layer.appendChild(document.createElement('div'));
    row.className = 'row';
    row.style.top = index * ROW + 'px';
    row.setAttribute('role', 'treeitem');
    row.setAttribute('aria-level', span.depth + 1);
    row.setAttribute('aria-selected', index === selected);
    row.title = span.name + ' (' + span.status + ')';
    const name = part(row, 'name', span.name);
    name.style.paddingLeft = 8 + Math.min(span.depth, 24) * 14 + 'px';
    part(name, 'type', span.type);
    part(row, 'time', span.open ? '\\u2026' : duration(span.length));
    const bar = part(part(row, 'track', ''), 'bar ' + span.status, '');
    const scale = 100 / Math.max(1, trace.lengthMicros);
    bar.style.left = Math.min(99.5, span.from * scale) + '%';
    bar.style.width = span.length * scale + '%';
    row.addEventListener('click', () => select(index));
  }
}
function select(index) {
  selected = index < 0 || index >= shown.length ? -1 : index;
  details.hidden = selected < 0;
  if (selected >= 0) {
    details.textContent = JSON.stringify(shown[selected].details, undefined, 2);
    const top = selected * ROW;
    if (top < box.scrollTop) box.scrollTop = top;
    if (top + ROW > box.scrollTop + box.clientHeight) box.scrollTop = top + ROW - box.clientHeight;
  }
  draw();
}
box.addEventListener('scroll', draw);
box.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 }[event.key];
  if (event.key === 'Escape') select(-1);
  if (step === undefined) return;
  event.preventDefault();
  select(Math.min(shown.length - 1, Math.max(0, selected + step)));
});
addEventListener('resize', draw);
document.getElementById('search').addEventListener('input', (event) => {
  const words = event.target.value.toLowerCase().split(' ').filter((word) => word !== '');
  const text = (span) => (span.name + ' ' + span.type + ' ' + span.status + ' ' + span.details.spanId).toLowerCase();
  shown = words.length === 0 ? trace.rows : trace.rows.filter((span) => words.every((word) => text(span).includes(word)));
  box.scrollTop = 0;
  select(-1);
});
const open = trace.rows.filter((span) => span.open).length;
document.getElementById('summary').textContent = trace.rows.length + ' spans' + (open === 0 ? '' : ', ' + open + ' open') +
  ', ' + duration(trace.lengthMicros) + ', from ' + new Date(trace.firstMicros / 1000).toISOString();
draw();
`;
