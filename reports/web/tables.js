// Tables: one row per statistic, one column per node; and listings of long text.
const Tables = (() => {
  "use strict";
  const { el, figure, tierLegend } = Dom;

  // columns: [{heading, group?}], rows: [{label, note?, cells: [statistic or undefined]}]; bare leaves the unit to the
  // caption
  function matrix({ caption, corner, columns, rows, hideCaption, bare }) {
    const tiers = new Set();
    for (const row of rows) for (const one of row.cells) if (one && !Tree.isText(one)) tiers.add(one.tier);
    const groups = [];
    for (const column of columns)
      if (groups.length && groups.at(-1).name === column.group) groups.at(-1).span += 1;
      else groups.push({ name: column.group, span: 1 });
    const grouped = groups.some((group) => group.name);
    const head = el("thead", {},
      grouped ? el("tr", {}, el("th", { scope: "col", rowspan: 2 }, corner),
        groups.map((group) => el("th", { scope: "colgroup", colspan: group.span, class: "group" }, group.name))) : null,
      el("tr", {}, grouped ? null : el("th", { scope: "col" }, corner),
        columns.map((column) => el("th", { scope: "col", class: "value" }, column.heading))));
    const body = el("tbody", {}, rows.map((row) => el("tr", { class: row.class },
      el("th", { scope: "row" }, row.swatch ?? null, row.label, row.note ? el("small", {}, row.note) : null),
      row.cells.map((one) => el("td", { class: one && Tree.isText(one) ? "words" : "value" }, figure(one, { mark: true, bare }))))));
    const table = el("table", {}, el("caption", { class: hideCaption ? "hidden" : undefined }, caption), head, body);
    return el("div", { class: "table-block" },
      el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, table), tierLegend(tiers));
  }

  // The statistics of several nodes side by side; `code` keeps their names as they are in files.
  function sideBySide({ caption, corner, nodes, notes = true, code }) {
    const all = Tree.unionOfNames(nodes.map((one) => one.node), "statistics");
    const kept = [...all.values()].filter((one) => !Tree.isTierNote(one));
    if (kept.length === 0) return null;
    return matrix({
      caption, corner,
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

  return { matrix, sideBySide, figures, listing, isLong };
})();
