// Tables, which sort by a click on a column's head: one row per statistic, one column per node; and listings of long text.
const Tables = (() => {
  "use strict";
  const { el, figure, tierLegend } = Dom;

  // What a row is sorted by in a column: a number, or text; nothing where it has none.
  function keyOf(one) {
    if (one === undefined || one === null || typeof one !== "object") return one ?? undefined;
    if (Array.isArray(one)) return one[0]?.statistic.value;
    return one instanceof Node ? one.textContent : one.value;
  }

  function compareKeys(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "en", { numeric: true });
  }

  // Makes buttons of a table's column heads. rows: [{element, keys: [one per head], stays}] in their own order, in which
  // rows of equal keys remain; one without a key comes last, and one that stays (a total) behind all. The first press
  // puts the largest number, or the first word, on top; the next turns the order round.
  function sortable(heads, rows) {
    const body = rows[0]?.element.parentNode;
    if (!body || rows.length < 2) return;
    heads.forEach((head, column) => {
      const button = el("button", { type: "button", class: "sort" }, ...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const before = head.getAttribute("aria-sort");
        const numbers = rows.some((row) => typeof row.keys[column] === "number");
        const down = before ? before === "ascending" : numbers;
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rank = (row) => (row.stays ? 2 : row.keys[column] === undefined ? 1 : 0);
        body.append(...[...rows].sort((a, b) => rank(a) - rank(b) ||
          (rank(a) === 0 ? compareKeys(a.keys[column], b.keys[column]) * (down ? -1 : 1) : 0)).map((row) => row.element));
      });
    });
  }

  // columns: [{heading, group?, several?}], rows: [{label, note?, cells: [statistic, or undefined, or several as
  // [{label, statistic}] which sort by the first]}]; bare leaves the unit to the
  // caption, sorts lets the rows be sorted
  function matrix({ caption, corner, columns, rows, hideCaption, bare, sorts }) {
    const tiers = new Set();
    for (const one of rows.flatMap((row) => row.cells.flatMap((cell) => (Array.isArray(cell) ? cell.map(({ statistic }) => statistic) : [cell]))))
      if (one && !Tree.isText(one)) tiers.add(one.tier);
    const groups = [];
    for (const column of columns)
      if (groups.length && groups.at(-1).name === column.group) groups.at(-1).span += 1;
      else groups.push({ name: column.group, span: 1 });
    const grouped = groups.some((group) => group.name);
    const heads = [el("th", { scope: "col", rowspan: grouped ? 2 : null }, corner),
      ...columns.map((column) => el("th", { scope: "col", class: column.several ? null : "value" }, column.heading))];
    const head = el("thead", {},
      grouped ? el("tr", {}, heads[0],
        groups.map((group) => el("th", { scope: "colgroup", colspan: group.span, class: "group" }, group.name))) : null,
      el("tr", {}, grouped ? heads.slice(1) : heads));
    const body = el("tbody", {}, rows.map((row) => el("tr", { class: row.class },
      el("th", { scope: "row" }, row.swatch ?? null, row.label, row.note ? el("small", {}, row.note) : null),
      row.cells.map((one) => (Array.isArray(one)
        ? el("td", { class: "several" }, one.map(({ label, statistic }) => el("span", {}, label, " ", figure(statistic, { mark: true, bare }))))
        : el("td", { class: one && Tree.isText(one) ? "words" : "value" }, figure(one, { mark: true, bare })))))));
    if (sorts)
      sortable(heads, rows.map((row, index) => ({ element: body.children[index], stays: row.class === "total",
        keys: [row.label, ...row.cells].map(keyOf) })));
    const table = el("table", {}, el("caption", { class: hideCaption ? "hidden" : undefined }, caption), head, body);
    return el("div", { class: "table-block" },
      el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, table), tierLegend(tiers));
  }

  // The statistics of several nodes side by side; `code` keeps their names as they are in files.
  function sideBySide({ caption, corner, nodes, notes = true, code, sorts }) {
    const all = Tree.unionOfNames(nodes.map((one) => one.node), "statistics");
    const kept = [...all.values()].filter((one) => !Tree.isTierNote(one));
    if (kept.length === 0) return null;
    return matrix({
      caption, corner, sorts,
      columns: nodes.map(({ heading }) => ({ heading })),
      rows: kept.map((one) => ({
        label: code ? el("code", {}, one.name) : Tree.humanise(one.name), note: notes ? one.description : undefined,
        cells: nodes.map(({ node }) => Tree.stat(node, one.name)),
      })),
    });
  }

  // One node's statistics as rows of name, value, description; long text below as listings.
  function figures(node, caption) {
    const long = node.statistics.filter(isLong);
    const short = node.statistics.filter((one) => !isLong(one) && !Tree.isTierNote(one));
    return [
      short.length ? el("dl", { class: "facts", "aria-label": caption }, short.map((one) => el("div", {},
        el("dt", {}, Tree.humanise(one.name)), el("dd", {}, figure(one),
          one.description ? el("small", {}, one.description) : null)))) : null,
      long.map(listing),
    ];
  }

  const isLong = (one) => Tree.isText(one) && (one.value.includes("\n") || one.value.length > 160);

  const listing = (one) => el("details", { class: "listing-block" },
    el("summary", {}, Tree.humanise(one.name)), el("pre", { class: "listing", tabindex: "0" }, one.value));

  return { matrix, sortable, sideBySide, figures, listing, isLong };
})();
