'use strict';
(() => {
  // The places of a row's values, as htmlrows.go writes them.
  const KEY = 0, CASE = 1, NAME = 2, FROM = 3, TO = 4, BEFORE = 5, NOW = 6, CHANGES = 7, REASONS = 8, ID = 9, NOTES = 10, FACTS = 11;
  const PAGE = 100, PRINTED = 5000, LONG = 300, OPTIONS = 1000, UNKNOWN = -1;
  const columns = [
    { name: 'outcome' },
    { name: 'side', title: 'Side', value: (r) => head.cases[r[CASE]].side },
    { name: 'key', title: 'Row', value: (r) => r[KEY] },
    { name: 'name', title: 'Name', value: (r) => r[NAME] || '' },
    { name: 'address', title: 'Address', value: now },
    { name: 'why', title: 'Why, and what to do' },
  ];
  const root = document.documentElement;
  const $ = (id) => document.getElementById(id);
  const count = (n) => n.toLocaleString('en');
  let head, rows = [], texts = [], orders = {}, shown = [], page = 0;
  const none = () => ({ outcomes: new Set(), side: '', reason: '', domain: '', flow: null, group: '', words: [] });
  let filter = none(), sorting = { by: 'outcome', down: false }, turn = 0;

  function now(r) { return r[NOW] == null ? r[BEFORE] || '' : r[NOW]; }
  function before(r) { return r[BEFORE] || ''; }

  // Long work is done in pieces, so that the page answers meanwhile.
  const pause = () => new Promise((go) => setTimeout(go));
  function pacer() {
    let since = performance.now();
    return async () => {
      if (performance.now() - since > 40) { await pause(); since = performance.now(); }
    };
  }

  // make makes an element; values become text, never markup.
  function make(tag, props, ...children) {
    const e = document.createElement(tag);
    for (const [k, v] of Object.entries(props || {})) {
      if (k in e && k !== 'list') e[k] = v; else e.setAttribute(k, v);
    }
    e.append(...children.filter((c) => c != null));
    return e;
  }
  const hidden = (text) => make('span', { className: 'hidden' }, text);

  // value shows a value of others, a very long one in two parts.
  function value(text) {
    if (text.length <= LONG) return make('bdi', null, text);
    const chars = Array.from(text);
    return make('span', null, make('bdi', null, chars.slice(0, 200).join('')),
      later(count(chars.length - 200) + ' more characters', () => [make('bdi', null, chars.slice(200).join(''))]));
  }

  // later is made in full when it is opened.
  function later(summary, content) {
    const d = make('details', null, make('summary', null, summary));
    d.addEventListener('toggle', () => d.append(...content()), { once: true });
    return d;
  }

  async function load() {
    root.dataset.js = '';
    head = JSON.parse($('head').textContent);
    const paced = pacer();
    for (const block of document.querySelectorAll('script.rows')) {
      for (const r of JSON.parse(block.textContent)) {
        rows.push(r);
        texts.push([r[KEY], r[NAME], r[BEFORE], r[NOW], r[ID], head.cases[r[CASE]].label, ...(r[CHANGES] || []).flat(), ...(r[NOTES] || []).flat(), ...(r[FACTS] || []).flat()]
          .join('\n').toLowerCase());
      }
      block.remove();
      await paced();
    }
    controls();
    await apply();
    $('app').hidden = false;
    root.dataset.ready = '';
  }

  // order returns the indices of all rows in the order of a column.
  async function order(name) {
    if (orders[name]) return orders[name];
    let list = Array.from(rows, (_, i) => i);
    if (name === 'outcome') {
      const groups = [];
      for (const i of list) (groups[head.cases[rows[i][CASE]].order] ||= []).push(i);
      return orders[name] = groups.flat();
    }
    const column = columns.find((c) => c.name === name);
    const keys = rows.map((r) => column.value(r).toLowerCase());
    const compare = new Intl.Collator('en', { numeric: true }).compare;
    const by = (a, b) => compare(keys[a], keys[b]) || a - b;
    const paced = pacer();
    let runs = [];
    for (let i = 0; i < list.length; i += 5000) {
      runs.push(list.slice(i, i + 5000).sort(by));
      await paced();
    }
    while (runs.length > 1) {
      const next = [];
      for (let i = 0; i < runs.length; i += 2) next.push(i + 1 < runs.length ? await merge(runs[i], runs[i + 1], by, paced) : runs[i]);
      runs = next;
    }
    return orders[name] = runs[0] || [];
  }

  async function merge(a, b, by, paced) {
    const out = [];
    let i = 0, k = 0;
    while (i < a.length || k < b.length) {
      if (k === b.length || (i < a.length && by(a[i], b[k]) <= 0)) out.push(a[i++]); else out.push(b[k++]);
      if (out.length % 5000 === 0) await paced();
    }
    return out;
  }

  function passes(i) {
    const r = rows[i], c = head.cases[r[CASE]], to = r[TO];
    if (filter.outcomes.size && !filter.outcomes.has(c.outcome)) return false;
    if (filter.side && filter.side !== c.side) return false;
    if (filter.group && filter.group !== c.name) return false;
    if (filter.reason !== '' && !(r[REASONS] || []).includes(filter.reason) && !(c.facets || []).includes(filter.reason)) return false;
    if (filter.domain !== '' && filter.domain !== r[FROM] && filter.domain !== to) return false;
    if (filter.flow && (filter.flow.from !== r[FROM] || filter.flow.to !== to)) return false;
    return filter.words.every((w) => texts[i].includes(w));
  }

  // apply filters and sorts, and shows the first page. A later call ends an earlier one.
  async function apply() {
    const mine = ++turn, paced = pacer(), list = await order(sorting.by), found = [];
    for (let n = 0; n < list.length; n++) {
      const i = list[sorting.down ? list.length - 1 - n : n];
      if (passes(i)) found.push(i);
      if (n % 2000 === 0) { await paced(); if (mine !== turn) return; }
    }
    if (mine !== turn) return;
    shown = found;
    page = 0;
    for (const c of columns) {
      const th = $('rows').querySelector('th.c-' + c.name);
      if (c.name === sorting.by) th.setAttribute('aria-sort', sorting.down ? 'descending' : 'ascending'); else th.removeAttribute('aria-sort');
    }
    $('count').textContent = count(shown.length) + ' of ' + count(rows.length) + (rows.length === 1 ? ' row' : ' rows');
    chips();
    draw();
  }

  function draw() {
    const pages = Math.max(1, Math.ceil(shown.length / PAGE));
    page = Math.min(Math.max(page, 0), pages - 1);
    $('rows').tBodies[0].replaceChildren(...shown.slice(page * PAGE, (page + 1) * PAGE).map(line));
    $('rows').hidden = shown.length === 0;
    $('pager').hidden = pages === 1;
    $('page').value = page + 1;
    $('page').max = pages;
    $('pages').textContent = 'of ' + count(pages);
    $('prev').disabled = page === 0;
    $('next').disabled = page === pages - 1;
  }

  function line(i) {
    const r = rows[i], c = head.cases[r[CASE]], notes = r[NOTES] || [], facts = r[FACTS] || [];
    const lost = notes.some((n) => n[0] === 'in use') && c.severity === 'error';
    const tr = make('tr', { className: c.severity + (lost ? ' lost' : ''), role: 'row' });
    tr.dataset.key = r[KEY];
    tr.dataset.side = c.side;
    const cell = (name, ...children) => tr.append(make('td', { className: 'c-' + name, role: 'cell' }, ...children));
    cell('outcome', make('span', { className: 'sign', 'aria-hidden': 'true' }, c.sign), ' ' + c.label);
    cell('side', c.side);
    cell('key', make('span', { className: 'key' }, value(r[KEY])));
    cell('name', ...(r[NAME] ? [value(r[NAME])] : []));
    cell('address', ...addresses(r));
    const why = [];
    const reasons = (r[REASONS] || []).map((f) => head.facets[f]).filter((f) => !c.label.includes(f));
    if (reasons.length) why.push(make('p', { className: 'note' }, reasons.join(', ')));
    for (const [label, text] of notes) why.push(note(label, text, label === 'conflict' || lost && label === 'in use'));
    const error = facts.find((f) => f[0] === 'error');
    if (error) why.push(note('error', error[1]));
    why.push(more(r, c, facts));
    cell('why', ...why);
    return tr;
  }

  function note(label, text, alarm) {
    return make('p', { className: alarm ? 'note alarm' : 'note' }, make('b', null, label + ': '), value(text));
  }

  function more(r, c, facts) {
    const list = make('dl', { className: 'facts' });
    for (const [label, text] of [...(r[ID] ? [['id', r[ID]]] : []), ...facts.filter((f) => f[0] !== 'error')]) {
      list.append(make('div', null, make('dt', null, label), make('dd', null, value(text))));
    }
    const act = c.severity === 'warning' || c.severity === 'error';
    return make('details', null, make('summary', null, act ? 'What to do' : 'More', hidden(' about row ' + r[KEY])),
      c.remedy ? make('p', { className: 'remedy' }, c.remedy) : null, list.children.length ? list : null);
  }

  // addresses shows the primary address and what else changes, former and present.
  function addresses(r) {
    const out = [];
    if (r[NOW] == null) {
      if (r[BEFORE]) out.push(make('span', { className: 'address' }, value(r[BEFORE])));
    } else {
      out.push(...change(before(r), r[NOW]));
    }
    const changes = r[CHANGES] || [];
    const list = (some) => make('ul', null, ...some.map(([label, was, is]) => make('li', null, make('span', { className: 'label' }, label),
      ...(label === 'sign-in' && was === before(r) && is === now(r) ? ['likewise'] : change(was, is)))));
    if (changes.length) out.push(list(changes.slice(0, 6)));
    if (changes.length > 6) out.push(later(count(changes.length - 6) + ' more changes', () => [list(changes.slice(6))]));
    return out;
  }

  function change(was, is) {
    const [a, b] = marked(was, is), out = [];
    if (was) out.push(make('del', null, hidden('was '), a));
    if (was && is) out.push(' ', make('span', { className: 'arrow', 'aria-hidden': 'true' }, '→'), ' ');
    if (is) out.push(make('ins', null, hidden('now '), b));
    if (!is) out.push(make('span', { className: 'label' }, ' gone'));
    if (!was) out.push(make('span', { className: 'label' }, ' new'));
    return out;
  }

  // marked marks the parts of two addresses that differ: what stands before the @, and what stands behind it.
  function marked(was, is) {
    if (was.length > LONG || is.length > LONG || !was || !is) return [mark(was), mark(is)];
    const split = (s) => { const at = s.lastIndexOf('@'); return at < 0 ? [s, ''] : [s.slice(0, at), s.slice(at)]; };
    const [a, b] = [split(was), split(is)];
    const show = (x, y) => make('bdi', null, x[0] === y[0] ? x[0] : make('mark', null, x[0]), x[1] === y[1] ? x[1] : make('mark', null, x[1]));
    return [show(a, b), show(b, a)];
  }
  const mark = (s) => s.length > LONG ? value(s) : make('mark', null, make('bdi', null, s));

  // chips are the filters that no control shows.
  function chips() {
    const chip = (text, off) => {
      const b = make('button', { type: 'button' }, text + ' ×', hidden(' remove this filter'));
      b.addEventListener('click', () => { off(); apply(); $('search').focus(); });
      return b;
    };
    const list = [];
    if (filter.group) {
      const c = head.cases.find((x) => x.name === filter.group);
      list.push(chip(c.side + ': ' + c.label, () => { filter.group = ''; }));
    }
    if (filter.flow) {
      const { from, to } = filter.flow, name = (d) => head.domains[d];
      list.push(chip(name(from) + (to === from ? ', still on it' : to === UNKNOWN ? ', not known' : ' → ' + name(to)), () => { filter.flow = null; }));
    }
    $('chips').replaceChildren(...list);
  }

  function controls() {
    for (const o of head.outcomes) {
      const box = make('input', { type: 'checkbox', name: 'outcome', value: o.word });
      $('outcomes').append(make('label', { className: o.severity }, box, make('span', { className: 'sign', 'aria-hidden': 'true' }, o.sign), o.label + ' ' + count(o.count)));
    }
    // options offers what most rows have, at most OPTIONS of them; the search finds the others.
    const options = (id, names, counts) => {
      const list = [...counts].sort((a, b) => b[1] - a[1]).slice(0, OPTIONS).map(([i]) => [names[i], i]).sort((a, b) => a[0] < b[0] ? -1 : 1);
      $(id).append(...list.map(([n, i]) => make('option', { value: String(i) }, n)));
    };
    const sides = new Set(head.cases.map((c) => c.side)), used = new Map(), domains = new Map();
    const tick = (counts, k) => counts.set(k, (counts.get(k) || 0) + 1);
    for (const r of rows) {
      for (const f of r[REASONS] || []) tick(used, f);
      if (r[FROM] >= 0) tick(domains, r[FROM]);
      if (r[TO] >= 0 && r[TO] !== r[FROM]) tick(domains, r[TO]);
    }
    for (const c of head.cases) for (const f of c.facets || []) tick(used, f);
    $('side').append(...[...sides].sort().map((s) => make('option', { value: s }, s)));
    options('reason', head.facets, used);
    options('domain', head.domains, domains);
    const row = $('rows').tHead.rows[0];
    for (const c of columns) {
      const th = make('th', { className: 'c-' + c.name, scope: 'col', role: 'columnheader' });
      if (c.value || c.name === 'outcome') {
        const title = c.title || head.legend, b = make('button', { type: 'button' }, title);
        b.dataset.sort = c.name;
        b.addEventListener('click', () => {
          sorting = { by: c.name, down: sorting.by === c.name && !sorting.down };
          $('sort').value = c.name;
          apply();
        });
        th.append(b);
        $('sort').append(make('option', { value: c.name }, title));
      } else th.append(c.title);
      row.append(th);
    }
    $('rows').setAttribute('role', 'table');
    listen();
  }

  function read() {
    filter.outcomes = new Set(Array.from(document.querySelectorAll('input[name=outcome]:checked'), (b) => b.value));
    const number = (id) => $(id).value === '' ? '' : Number($(id).value);
    Object.assign(filter, { side: $('side').value, reason: number('reason'), domain: number('domain'), words: $('search').value.toLowerCase().split(/\s+/).filter(Boolean) });
  }

  function listen() {
    let wait;
    $('filters').addEventListener('submit', (e) => e.preventDefault());
    $('filters').addEventListener('change', (e) => { if (e.target.id !== 'what' && e.target.id !== 'sort' && e.target.id !== 'search') { read(); apply(); } });
    $('search').addEventListener('input', () => { clearTimeout(wait); wait = setTimeout(() => { read(); apply(); }, 150); });
    $('filters').addEventListener('reset', () => setTimeout(() => { filter = none(); $('sort').value = sorting.by; apply(); }));
    $('sort').addEventListener('change', () => { sorting = { by: $('sort').value, down: false }; apply(); });
    const turnTo = (n) => { page = n; draw(); $('table').scrollIntoView(); };
    $('prev').addEventListener('click', () => turnTo(page - 1));
    $('next').addEventListener('click', () => turnTo(page + 1));
    $('page').addEventListener('change', () => turnTo(Number($('page').value) - 1));
    $('copy').addEventListener('click', () => copy(shown, $('what').value));
    $('theme').addEventListener('click', () => {
      const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
      root.dataset.theme = dark ? 'light' : 'dark';
      theme();
    });
    theme();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', theme);
    for (const b of document.querySelectorAll('main button[data-side], button[data-case]')) b.addEventListener('click', () => choose(b.dataset));
    for (const b of document.querySelectorAll('button[data-copy]')) {
      b.addEventListener('click', async () => copy((await order('outcome')).filter((i) => head.cases[rows[i][CASE]].name === b.dataset.copy), 'now'));
    }
    let opened = []; // for printing
    addEventListener('beforeprint', () => {
      $('rows').tBodies[0].replaceChildren(...shown.slice(0, PRINTED).map(line));
      opened = Array.from(document.querySelectorAll('.group details:not([open])'));
      for (const d of opened) d.open = true;
      $('cut').hidden = shown.length <= PRINTED;
      $('cut').textContent = 'The first ' + count(PRINTED) + ' of ' + count(shown.length) + ' rows are printed. Filter the table to print others.';
    });
    addEventListener('afterprint', () => { for (const d of opened) d.open = false; $('cut').hidden = true; draw(); });
  }

  function theme() {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    $('theme').setAttribute('aria-pressed', String(dark));
  }

  // choose shows the rows that a count, a group or a cell of the matrix stands for.
  async function choose(d) {
    $('filters').reset();
    filter = none();
    await pause(); // the form's own reset comes first
    if (d.case) filter.group = d.case;
    if (d.side) $('side').value = filter.side = d.side;
    for (const b of document.querySelectorAll('input[name=outcome]')) b.checked = b.value === d.outcome;
    if (d.outcome) filter.outcomes.add(d.outcome);
    if (d.reason) { filter.reason = head.facets.indexOf(d.reason); $('reason').value = String(filter.reason); }
    if (d.from) filter.flow = { from: head.domains.indexOf(d.from), to: d.to === '?' ? UNKNOWN : head.domains.indexOf(d.to) };
    await apply();
    $('table').focus();
    $('table').scrollIntoView();
  }

  // copy puts one value a line on the clipboard. What a spreadsheet would run gets an apostrophe before it.
  async function copy(list, what) {
    const of = { now, before, key: (r) => r[KEY] }[what];
    const values = list.map((i) => of(rows[i])).filter(Boolean).map((s) => /^['=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/.test(s) ? "'" + s : s);
    if (!values.length) {
      $('said').textContent = 'Nothing to copy';
      return;
    }
    const text = values.join('\n');
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = make('textarea', { value: text, className: 'hidden' });
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
    const noun = what === 'key' ? (values.length === 1 ? 'key' : 'keys') : (values.length === 1 ? 'address' : 'addresses');
    $('said').textContent = count(values.length) + ' ' + noun + ' copied';
  }

  load();
})();
