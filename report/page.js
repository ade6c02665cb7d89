"use strict";
// The lanes: a canvas of its own, since a page of elements for each span would not bear a hundred thousand of them.
// What is drawn is found by binary search in the lane, and what is narrower than a pixel is one rectangle a pixel.
(() => {
  const { lanes, charts, say } = JSON.parse(document.getElementById("data").textContent);
  const { tasks, spans, edges, marks } = lanes;
  const SPANS = ["process", "thread", "coroutine", "zombie", "stopped", "ending", "queued", "accepted", "served", "replied",
    "holding"];
  const EDGES = ["fork", "reap", "reparent", "coalesce", "dispatch"];
  const DASHES = { reparent: [4, 3], coalesce: [4, 3] };
  const PRINTED = { reap: [2, 2], reparent: [6, 2, 2, 2], coalesce: [5, 3] }; // where colours do not tell them apart
  const ZOMBIE = 3, FIRST_PHASE = 6;
  const list = (column) => column || [];
  const count = list(tasks.kind).length, end = Math.max(lanes.end, 1);
  const whole = (column) => { // of a column of differences
    for (let i = 1; i < list(column).length; i++) column[i] += column[i - 1];
    return column;
  };
  [spans.begin, spans.evidence, edges.begin, edges.evidence, charts.curves.at].forEach(whole);
  edges.end = list(edges.begin).map((begin, i) => begin + edges.length[i]);
  const stillOpen = new Set(list(spans.open));

  // Where the spans of each lane begin, and the longest of each: a search to the left need go no further than that.
  const first = new Int32Array(count + 1), longest = new Float64Array(count);
  for (const lane of list(spans.lane)) first[lane + 1]++;
  for (let i = 0; i < count; i++) first[i + 1] += first[i];
  list(spans.lane).forEach((lane, i) => { longest[lane] = Math.max(longest[lane], spans.length[i]); });

  // The edges of each lane, by the places of both their ends.
  const edgesOf = Array.from({ length: count }, () => []);
  list(edges.kind).forEach((_, i) => {
    edgesOf[edges.from[i]].push(i);
    if (edges.to[i] !== edges.from[i]) edgesOf[edges.to[i]].push(i);
  });
  const marksOf = Array.from({ length: count }, () => []);
  list(marks.lane).forEach((lane, i) => marksOf[lane].push(i));

  const canvas = document.getElementById("lanes"), screen = canvas.getContext("2d");
  const tip = document.getElementById("tip"), under = document.getElementById("under");
  const NAMES = 190, ROW = 20, HEAD = 24;
  const view = { begin: 0, end, top: 0, selected: -1, lane: 0, folded: false, rows: [], matches: [], match: -1 };
  const PAPER = 720, STRIP = 5, ON_PAPER = 200; // pixels, lanes in a picture, lanes
  let colors = {}, pen = screen, width = 0, height = 0, drawing = 0, paper = false;

  const layout = () => {
    view.rows = [];
    for (let i = 0; i < count; i++) if (!view.folded || tasks.kind[i] === 0) view.rows.push(i);
    view.rowOf = new Int32Array(count).fill(-1);
    view.rows.forEach((lane, row) => { view.rowOf[lane] = row; });
    scroll(0);
  };
  const readColors = () => {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["paper", "ink", "quiet", "line", "shade", "link", "mark", "outline", ...SPANS, ...EDGES])
      colors[name] = style.getPropertyValue("--" + name).trim();
  };
  const resize = () => {
    const scale = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
    if (box.width === 0) return; // on paper there are others
    width = box.width; height = box.height;
    canvas.width = Math.round(width * scale); canvas.height = Math.round(height * scale);
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    paint(); // at once: it has been emptied
  };
  const draw = () => { if (!drawing) drawing = requestAnimationFrame(() => { drawing = 0; paint(); }); };

  const x = (t) => NAMES + (t - view.begin) / (view.end - view.begin) * (width - NAMES);
  const timeAt = (px) => view.begin + (px - NAMES) / (width - NAMES) * (view.end - view.begin);
  const y = (lane) => HEAD + view.rowOf[lane] * ROW - view.top;

  const duration = (ns) => {
    if (ns < 1e5) return (ns / 1e3).toFixed(ns < 1e4 ? 1 : 0) + " us";
    if (ns < 1e9) return (ns / 1e6).toPrecision(3) + " ms";
    return (ns / 1e9).toPrecision(ns < 1e11 ? 3 : 6) + " s";
  };
  const nameOf = (lane) => {
    const id = (tasks.label && tasks.label[lane]) || tasks.id[lane];
    return tasks.kind[lane] === 2 ? `${tasks.name[lane]} ${id}` : `${id} ${tasks.name[lane]}`;
  };

  // firstSeen is the first span of a lane that can reach into the view.
  const firstSeen = (lane) => {
    let low = first[lane], high = first[lane + 1];
    const from = view.begin - longest[lane];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (spans.begin[middle] < from) low = middle + 1; else high = middle;
    }
    return low;
  };

  // each visits the spans that a row shows: those of its lane, and where threads and coroutines are folded, the phases
  // that these served. They follow their process.
  const each = (lane, visit) => {
    const visitLane = (of, least) => {
      for (let i = firstSeen(of); i < first[of + 1] && spans.begin[i] <= view.end; i++) if (spans.kind[i] >= least) visit(i);
    };
    visitLane(lane, 0);
    if (view.folded) for (let l = lane + 1; l < count && tasks.kind[l] !== 0; l++) visitLane(l, FIRST_PHASE);
  };

  const paint = () => {
    pen.fillStyle = colors.paper;
    pen.fillRect(0, 0, width, height);
    pen.font = "12px system-ui, 'Noto Sans CJK SC', sans-serif";
    pen.textBaseline = "middle";
    paintTicks();
    const shown = view.rows.slice(Math.floor(view.top / ROW), Math.ceil((view.top + height - HEAD) / ROW));
    pen.save();
    pen.beginPath();
    pen.rect(0, HEAD, width, height - HEAD);
    pen.clip();
    shown.forEach(paintLane);
    pen.save();
    pen.beginPath();
    pen.rect(NAMES, HEAD, width - NAMES, height - HEAD);
    pen.clip();
    paintEdges(paper ? view.rows : shown);
    pen.restore();
    pen.restore();
    paintNotes();
  };

  // paintNotes draws the marks of the trace's reader, each with its number in the list above.
  const paintNotes = () => {
    let last = -Infinity;
    list(lanes.notes).forEach((at, i) => {
      const px = Math.round(x(at)) + 0.5;
      if (px < NAMES || px > width) return;
      pen.strokeStyle = pen.fillStyle = colors.link;
      pen.lineWidth = 1;
      pen.setLineDash([2, 2]);
      pen.beginPath();
      pen.moveTo(px, HEAD - 4); pen.lineTo(px, height);
      pen.stroke();
      pen.setLineDash([]);
      if (paper || px - last < 20) return; // it would cover the number before it
      last = px;
      pen.fillRect(px - 9, HEAD - 7, 18, 14);
      pen.fillStyle = colors.paper;
      pen.textAlign = "center";
      pen.fillText(String(i + 1), px, HEAD + 0.5);
      pen.textAlign = "start";
    });
  };

  const ticks = () => {
    const span = view.end - view.begin, wanted = span / Math.max(2, (width - NAMES) / 110);
    const power = 10 ** Math.floor(Math.log10(wanted));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= wanted), all = [];
    for (let t = Math.ceil(view.begin / step) * step; t <= view.end; t += step) all.push(t);
    return all;
  };
  const paintTicks = () => {
    pen.fillStyle = colors.quiet;
    pen.strokeStyle = colors.line;
    pen.lineWidth = 1;
    for (const t of ticks()) {
      const at = Math.round(x(t)) + 0.5;
      pen.beginPath();
      pen.moveTo(at, HEAD - 6);
      pen.lineTo(at, height);
      pen.globalAlpha = 0.5;
      pen.stroke();
      pen.globalAlpha = 1;
      pen.fillText(duration(t), at + 3, HEAD / 2);
    }
  };

  const paintLane = (lane) => {
    const at = y(lane), selected = lane === view.lane;
    if (selected) {
      pen.fillStyle = colors.shade;
      pen.fillRect(0, at, width, ROW);
    }
    let seen = -1; // the pixel up to which something of the life has been drawn
    const run = { kind: -1, from: 0, to: 0 };
    const flush = () => {
      if (run.kind >= 0) paintSpan(run.kind, run.from, run.to - run.from, at);
      run.kind = -1;
    };
    each(lane, (i) => {
      if (spans.begin[i] + spans.length[i] < view.begin) return;
      const kind = spans.kind[i];
      const left = Math.max(NAMES, x(spans.begin[i])), right = Math.min(width, x(spans.begin[i] + spans.length[i]));
      if (kind < FIRST_PHASE || right - left >= 1) {
        flush();
        paintSpan(kind, left, Math.max(right - left, 1), at);
        if (kind >= FIRST_PHASE) seen = Math.max(seen, right);
      } else if (right > seen) { // many that are narrow, and of one kind, are one bar
        if (kind !== run.kind || left > run.to + 1) {
          flush();
          Object.assign(run, { kind, from: left });
        }
        run.to = seen = left + 1;
      }
      if (i === view.selected) {
        pen.strokeStyle = colors.ink;
        pen.lineWidth = 2;
        pen.strokeRect(left, at + 2, Math.max(right - left, 2), ROW - 4);
      }
    });
    flush();
    pen.fillStyle = colors.mark;
    for (const i of marksOf[lane]) {
      if (marks.at[i] < view.begin || marks.at[i] > view.end) continue;
      const px = x(marks.at[i]);
      pen.beginPath();
      pen.moveTo(px, at + 2); pen.lineTo(px + 4, at + 6); pen.lineTo(px, at + 10); pen.lineTo(px - 4, at + 6);
      pen.fill();
    }
    pen.fillStyle = selected ? colors.link : colors.ink;
    const indent = 6 + Math.min(tasks.depth[lane], 8) * 10;
    pen.save();
    pen.beginPath();
    pen.rect(0, at, NAMES - 6, ROW);
    pen.clip();
    pen.fillText(nameOf(lane), indent, at + ROW / 2 + 0.5);
    pen.restore();
  };

  const paintSpan = (kind, left, wide, at) => {
    pen.fillStyle = pen.strokeStyle = colors[SPANS[kind]];
    if (kind === ZOMBIE) { // dotted, as one that is not there
      pen.lineWidth = 3;
      pen.setLineDash([3, 3]);
      pen.beginPath();
      pen.moveTo(left, at + ROW / 2);
      pen.lineTo(left + Math.max(wide, 3), at + ROW / 2);
      pen.stroke();
      pen.setLineDash([]);
    } else if (kind >= FIRST_PHASE) {
      paintBar(left, at + ROW - 8, wide, 5);
    } else {
      paintBar(left, at + 4, wide, ROW - 9);
    }
  };
  const paintBar = (left, top, wide, high) => {
    pen.fillRect(left, top, wide, high);
    if (colors.outline === "" || wide < 3) return;
    pen.strokeStyle = colors.outline;
    pen.lineWidth = 0.5;
    pen.strokeRect(left + 0.25, top + 0.25, wide - 0.5, high - 0.5);
  };

  // Where there are more edges than can be told apart, evenly chosen ones are drawn, and without their heads; also of
  // those of the lane that is selected.
  const MOST_EDGES = 500, seenIn = new Int32Array(list(edges.kind).length);
  let painting = 0;
  const paintEdges = (shown) => {
    const own = [], others = [];
    painting++;
    for (const lane of shown) {
      for (const i of edgesOf[lane]) {
        if (edges.end[i] < view.begin || edges.begin[i] > view.end) continue;
        const from = view.rowOf[edges.from[i]], to = view.rowOf[edges.to[i]];
        if (from < 0 || to < 0 || seenIn[i] === painting) continue;
        const top = HEAD + Math.min(from, to) * ROW - view.top, bottom = HEAD + (Math.max(from, to) + 1) * ROW - view.top;
        if (bottom < HEAD || top > height) continue;
        seenIn[i] = painting; // an edge is of both its lanes
        (edges.from[i] === view.lane || edges.to[i] === view.lane ? own : others).push(i);
      }
    }
    for (const [all, alpha] of [[others, paper ? 0.6 : 0.35], [own, 1]]) {
      const every = Math.max(1, all.length / MOST_EDGES);
      pen.globalAlpha = alpha;
      pen.lineWidth = 1;
      for (let n = 0; n < all.length; n += every) paintEdge(all[Math.floor(n)], every === 1);
    }
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  };
  const paintEdge = (i, whole) => {
    const kind = EDGES[edges.kind[i]];
    pen.strokeStyle = colors[kind];
    pen.setLineDash(whole ? dashes(kind) : []);
    const x1 = x(edges.begin[i]), x2 = x(edges.end[i]);
    const y1 = y(edges.from[i]) + ROW / 2, y2 = y(edges.to[i]) + ROW / 2;
    pen.beginPath();
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
    if (whole) {
      const angle = Math.atan2(y2 - y1, x2 - x1);
      for (const side of [-0.4, 0.4]) {
        pen.moveTo(x2, y2);
        pen.lineTo(x2 - 7 * Math.cos(angle + side), y2 - 7 * Math.sin(angle + side));
      }
    }
    pen.stroke();
  };

  const element = (name, looks) => { // of a drawing
    const e = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [look, value] of Object.entries(looks)) e.setAttribute(look, value);
    return e;
  };

  // On paper there are all lanes, up to a number of them, a few in a picture, so that a page ends between two. They are
  // rows of a table, since the head of a table is repeated on each page.
  const dashes = (kind) => (paper ? PRINTED : DASHES)[kind] || [];
  const print = () => {
    const table = document.getElementById("sheet"), body = table.tBodies[0];
    const seen = [width, height, view.top, view.lane, view.selected, view.rows];
    view.rows = view.rows.slice(0, ON_PAPER);
    view.lane = view.selected = -1;
    width = PAPER;
    table.tHead.rows[0].cells[0].replaceChildren(printedTicks());
    body.replaceChildren();
    for (let row = 0; row < view.rows.length; row += STRIP)
      body.insertRow().insertCell().append(strip(row, Math.min(STRIP, view.rows.length - row)));
    [width, height, view.top, view.lane, view.selected, view.rows] = seen;
    pen = screen;
    document.getElementById("printed").textContent = view.rows.length > ON_PAPER
      ? `${say.printed} ${ON_PAPER} / ${view.rows.length}` : "";
  };
  const strip = (row, rows) => {
    const c = document.createElement("canvas");
    c.width = 2 * PAPER;
    c.height = 2 * rows * ROW;
    pen = c.getContext("2d");
    pen.setTransform(2, 0, 0, 2, 0, -2 * HEAD);
    height = HEAD + rows * ROW;
    view.top = row * ROW;
    paint();
    return c;
  };
  const printedTicks = () => { // and the numbers of the marks; no canvas, of which Chromium repeats only the place
    const head = element("svg", { viewBox: `0 0 ${PAPER} ${HEAD + 4}`, width: "100%", "font-size": 12 });
    const text = (px, looks, content) => {
      head.appendChild(element("text", { x: px, y: 14, fill: colors.quiet, ...looks })).textContent = content;
    };
    for (const t of ticks()) text(x(t) + 3, x(t) > PAPER - 40 ? { "text-anchor": "end", x: x(t) - 3 } : {}, duration(t));
    let last = -Infinity;
    list(lanes.notes).forEach((at, i) => {
      if (x(at) < NAMES || x(at) > PAPER || x(at) - last < 14) return;
      last = x(at);
      text(last, { y: HEAD + 3, fill: colors.ink, "font-size": 9, "font-weight": "bold", "text-anchor": "middle" }, i + 1);
    });
    return head;
  };

  // What is said of a place, and of a span.
  const spanAt = (lane, px) => {
    let found = -1;
    each(lane, (i) => {
      if (x(spans.begin[i]) <= px + 3 && x(spans.begin[i] + spans.length[i]) >= px - 3 &&
        (found < 0 || spans.kind[i] >= spans.kind[found])) found = i;
    });
    return found;
  };
  const tell = (lane, i) => {
    const kind = [say.process, say.thread, say.coroutine][tasks.kind[lane]];
    const lines = [`${kind} ${nameOf(lane)}` + (tasks.kind[lane] === 0 ? "" : `, ${say.process} ${(tasks.process || tasks.pid)[lane]}`)];
    if (i >= 0) {
      let what = say[SPANS[spans.kind[i]]];
      if (spans.connection[i]) what = `${say.connection} ${spans.connection[i]}: ${what}`;
      lines.push(`${what}, ${duration(spans.begin[i])} + ${duration(spans.length[i])}` +
        (stillOpen.has(i) ? `, ${say.still}` : ""));
      lines.push(`${say.event} ${spans.evidence[i]}`);
    }
    return lines.join("\n");
  };
  const select = (lane, i, quiet) => {
    view.lane = lane;
    view.selected = i;
    under.textContent = lane < 0 ? "" : tell(lane, i);
    if (!quiet) show(lane);
    draw();
  };
  const show = (lane) => { // scrolls so that a lane is in the view
    const row = view.rowOf[lane];
    if (row < 0) return;
    const at = row * ROW;
    if (at < view.top) view.top = at;
    if (at + ROW > view.top + height - HEAD) view.top = at + ROW - (height - HEAD);
  };
  const scroll = (by) => {
    view.top = Math.max(0, Math.min(view.top + by, view.rows.length * ROW - (height - HEAD)));
    draw();
  };
  const zoom = (factor, at) => {
    const middle = at === undefined ? (view.begin + view.end) / 2 : at;
    const length = Math.min(end, Math.max(1000, (view.end - view.begin) * factor));
    const share = (middle - view.begin) / (view.end - view.begin);
    pan(middle - share * length, length);
  };
  const pan = (begin, length = view.end - view.begin) => {
    view.begin = Math.max(0, Math.min(begin, end - length));
    view.end = view.begin + length;
    draw();
  };
  const all = () => pan(0, end);

  // openAt shows a moment of a process: what findings are shown by.
  const openAt = (at, pid) => {
    let lane = -1;
    for (let i = 0; i < count; i++)
      if (tasks.kind[i] === 0 && tasks.pid[i] === pid && (lane < 0 || spans.begin[first[i]] <= at)) lane = i;
    const length = Math.min(view.end - view.begin, Math.max(end / 20, 1000));
    pan(at - length / 2, length);
    canvas.scrollIntoView({ block: "center" });
    if (lane >= 0) select(lane, spanAt(lane, x(at)));
    canvas.focus({ preventScroll: true });
  };

  const search = (text) => {
    const wanted = text.trim().toLowerCase();
    view.matches = wanted === "" ? [] : view.rows.filter((lane) => nameOf(lane).toLowerCase().includes(wanted));
    view.match = -1;
    next();
    if (wanted !== "" && view.matches.length === 0) found.textContent = say.notFound;
    if (wanted === "") found.textContent = "";
  };
  const next = () => {
    if (view.matches.length === 0) return;
    view.match = (view.match + 1) % view.matches.length;
    found.textContent = `${say.found} ${view.match + 1} / ${view.matches.length}`;
    select(view.matches[view.match], -1);
  };

  const found = document.getElementById("found"), box = document.getElementById("search");
  const fold = document.getElementById("fold");
  document.getElementById("zoom-in").addEventListener("click", () => zoom(0.5));
  document.getElementById("zoom-out").addEventListener("click", () => zoom(2));
  document.getElementById("zoom-all").addEventListener("click", all);
  fold.addEventListener("change", () => { view.folded = fold.checked; layout(); });
  box.addEventListener("input", () => search(box.value));
  box.addEventListener("keydown", (e) => { if (e.key === "Enter") next(); if (e.key === "Escape") canvas.focus(); });
  document.querySelectorAll("button[data-at]").forEach((b) =>
    b.addEventListener("click", () => openAt(Number(b.dataset.at), Number(b.dataset.pid))));

  const keys = {
    ArrowLeft: () => pan(view.begin - (view.end - view.begin) / 8),
    ArrowRight: () => pan(view.begin + (view.end - view.begin) / 8),
    ArrowUp: () => step(-1), ArrowDown: () => step(1),
    PageUp: () => scroll(-(height - HEAD)), PageDown: () => scroll(height - HEAD),
    Home: () => step(-Infinity), End: () => step(Infinity),
    "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), 0: all,
    f: () => { fold.checked = view.folded = !view.folded; layout(); },
    Enter: next, n: () => along(1), p: () => along(-1),
    "/": () => box.focus(),
  };
  const step = (by) => {
    const row = Math.max(0, Math.min(view.rows.length - 1, Math.max(view.rowOf[view.lane], 0) + by));
    if (view.rows.length) select(view.rows[row], -1);
  };
  const along = (by) => { // the next span of the lane
    const from = first[view.lane], to = first[view.lane + 1];
    const i = view.selected < 0 ? (by > 0 ? from : to - 1) : view.selected + by;
    if (i < from || i >= to) return;
    select(view.lane, i);
    if (x(spans.begin[i]) < NAMES || x(spans.begin[i]) > width) pan(spans.begin[i] - (view.end - view.begin) / 3);
  };
  canvas.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.altKey || e.metaKey || !keys[e.key]) return;
    e.preventDefault();
    keys[e.key]();
  });

  let drag = null;
  canvas.addEventListener("pointerdown", (e) => {
    drag = { x: e.clientX, y: e.clientY, begin: view.begin, top: view.top, moved: false };
    canvas.setPointerCapture(e.pointerId);
  });
  canvas.addEventListener("pointermove", (e) => {
    if (drag) {
      const dx = e.clientX - drag.x, dy = e.clientY - drag.y;
      drag.moved = drag.moved || Math.abs(dx) + Math.abs(dy) > 4;
      if (drag.moved) {
        pan(drag.begin - dx / (width - NAMES) * (view.end - view.begin));
        view.top = drag.top - dy;
        scroll(0);
      }
    }
    hover(e);
  });
  canvas.addEventListener("pointerup", (e) => {
    if (drag && !drag.moved) {
      const lane = laneAt(e);
      if (lane >= 0) select(lane, spanAt(lane, e.offsetX), true);
    }
    drag = null;
  });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  const laneAt = (e) => {
    const row = Math.floor((e.offsetY - HEAD + view.top) / ROW);
    return e.offsetY < HEAD || row < 0 || row >= view.rows.length ? -1 : view.rows[row];
  };
  const hover = (e) => {
    const lane = laneAt(e);
    tip.hidden = lane < 0 || Boolean(drag && drag.moved);
    if (tip.hidden) return;
    tip.textContent = tell(lane, e.offsetX < NAMES ? -1 : spanAt(lane, e.offsetX));
    tip.style.left = Math.min(e.clientX + 14, window.innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = Math.min(e.clientY + 14, window.innerHeight - tip.offsetHeight - 8) + "px";
  };
  canvas.addEventListener("wheel", (e) => {
    const full = view.rows.length * ROW > height - HEAD;
    if (e.ctrlKey || e.metaKey) zoom(e.deltaY < 0 ? 0.8 : 1.25, timeAt(e.offsetX));
    else if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY))
      pan(view.begin + (e.deltaX || e.deltaY) / (width - NAMES) * (view.end - view.begin));
    else if (full) {
      const before = view.top;
      scroll(e.deltaY);
      if (view.top === before) return; // at the edge the page scrolls
    } else return;
    e.preventDefault();
  }, { passive: false });

  // The legend: bars, edges and the sign of an exec, as far as there are any, drawn and not coloured in the background,
  // which browsers leave out on paper.
  const legend = () => {
    const place = document.getElementById("legend");
    place.replaceChildren();
    const item = (word, shape, looks) => {
      const entry = document.createElement("li"), svg = element("svg", { width: 26, height: 12 });
      svg.append(element(shape, looks));
      entry.append(svg, word);
      place.append(entry);
    };
    const line = (color, thick, dash) =>
      ({ d: "M0 6H26", stroke: color, "stroke-width": thick, "stroke-dasharray": dash.join(" ") });
    const spanKinds = new Set(list(spans.kind)), edgeKinds = new Set(list(edges.kind));
    SPANS.forEach((name, kind) => {
      if (!spanKinds.has(kind)) return;
      if (kind === ZOMBIE) item(say[name], "path", line(colors[name], 3, [3, 3]));
      else item(say[name], "rect", { x: 0.5, y: kind < FIRST_PHASE ? 0.5 : 3.5, width: 25,
        height: kind < FIRST_PHASE ? 11 : 5, fill: colors[name], stroke: colors.outline || "none", "stroke-width": 0.5 });
    });
    EDGES.forEach((name, kind) => { if (edgeKinds.has(kind)) item(say[name], "path", line(colors[name], 1.5, dashes(name))); });
    if (list(marks.lane).length > 0) item(say.exec, "path", { d: "M13 1L18 6L13 11L8 6Z", fill: colors.mark });
  };

  // The curves and the histogram: their numbers are counted where the page is made.
  const chart = (place, height, label) => { // what is the same of each
    const axis = { stroke: colors.ink, grid: { stroke: colors.line, width: 1 }, ticks: { stroke: colors.line, width: 1 } };
    return { width: paper ? PAPER - 80 : place.clientWidth, height, pxRatio: paper ? 3 : window.devicePixelRatio,
      axes: [{ ...axis, label }, { ...axis, incrs: COUNTS }] };
  };
  const COUNTS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6].flatMap((n) => [n, 2 * n, 5 * n]); // there is no half a process
  const CURVES = [[say.alive, "process", [], "solid"], [say.threads, "coroutine", [8, 4], "dashed"],
    [say.zombies, "zombie", [2, 3], "dotted"], [say.open, "served", [], "solid"]]; // by their kinds
  const curves = () => {
    const place = document.getElementById("curves");
    place.textContent = "";
    const sets = list(charts.curves.of);
    if (sets.length === 0) return;
    const stepped = uPlot.paths.stepped({ align: 1 });
    new uPlot({
      ...chart(place, 260, say.time), scales: { x: { time: false } },
      legend: { markers: { width: 3, dash: (_, i) => CURVES[sets[i - 1].kind][3] } },
      series: [{ label: say.time }, ...sets.map(({ kind }) => {
        const [label, color, dash] = CURVES[kind];
        return { label, stroke: paper && color !== "served" ? colors.ink : colors[color], width: 2, dash, paths: stepped, points: { show: false } };
      })],
    }, [charts.curves.at.map((t) => t / 1e6), ...sets.map(({ counts }) => counts)], place);
  };

  // The histogram: how many connections were open for how long, from accept to close.
  const histogram = () => {
    const place = document.getElementById("histogram"), { low, wide, counts } = charts.histogram, bins = list(counts).length;
    if (!place) return;
    place.textContent = "";
    if (bins === 0) return;
    new uPlot({
      ...chart(place, 220, say.openFor),
      scales: { x: { time: false, range: () => [low, low + bins * wide] },
        y: { range: (_, min, max) => [0, max * 1.1] } },
      series: [{ label: say.openFor }, { label: say.connections, stroke: colors.served, fill: colors.served,
        paths: uPlot.paths.bars({ size: [0.9] }), points: { show: false } }],
    }, [counts.map((_, i) => low + (i + 0.5) * wide), counts], place);
  };

  const everything = () => { readColors(); resize(); legend(); curves(); histogram(); };
  const onPaper = (now) => { // a browser tells of it in one way, in the other, or in both
    paper = now;
    document.documentElement.classList.toggle("paper", paper);
    everything();
    if (paper) print();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", everything);
  matchMedia("print").addEventListener("change", (e) => onPaper(e.matches));
  addEventListener("beforeprint", () => onPaper(true));
  addEventListener("afterprint", () => onPaper(false));
  new ResizeObserver(resize).observe(canvas);
  let wide = 0; // of the charts
  new ResizeObserver(([e]) => {
    if (paper || e.contentRect.width === wide) return;
    wide = e.contentRect.width;
    curves();
    histogram();
  }).observe(document.querySelector("main"));
  canvas.style.maxHeight = `${HEAD + Math.max(count, 4) * ROW + 8}px`;
  layout();
  everything();
  // For tests: what the page shows, as values.
  window.tracerReport = { view, tell, openAt, paint, counts: { tasks: count, spans: list(spans.kind).length,
    edges: list(edges.kind).length } };
})();
