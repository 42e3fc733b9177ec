// A ternary addition beside INT8 and FP16 multiply-accumulates, from bare operators to units with the reads that feed them.
const Operators = (() => {
  "use strict";
  const { el, section } = Dom;
  const { child, stat, title, humanise, unionOfNames } = Tree;

  const PARTS = ["settled", "glitches", "registers", "clock", "pins", "leakage"];

  // A tabular node as a table: its rows' names, its columns in the order of first appearance.
  function tableOf(node) {
    const names = [...unionOfNames(node.children, "statistics").keys()];
    return Tables.matrix({ caption: title(node), corner: "Row", hideCaption: true, sorts: true,
      columns: names.map((name) => ({ heading: humanise(name) })),
      rows: node.children.map((row) => ({ label: title(row), cells: names.map((name) => stat(row, name)) })) });
  }

  const legendOf = (node) => (node.statistics.length === 0 ? null
    : el("ul", { class: "legend-text" }, node.statistics.map((one) => el("li", {}, el("strong", {}, one.name), `: ${one.value}`))));

  function unitOf(node) {
    const series = PARTS.filter((name) => node.children.some((row) => stat(row, name))).map((name) => [name, humanise(name)]);
    if (series.length === 0) return null;
    return el("div", { class: "phase" }, el("h3", {}, title(node)), Charts.legend(series),
      Charts.stackedBars({ caption: title(node), hideCaption: true, axis: "energy of an operation", unit: "J", series,
        bars: node.children.map((row) => ({ label: title(row), values: new Map(series.map(([name]) => [name, stat(row, name)])) })) }));
  }

  function sectionOf(root) {
    const node = child(root, "operator_costs");
    if (!node) return null;
    const remains = node.children.filter((one) => one.name.startsWith("remains_"));
    const unit = child(node, "unit");
    return section("operators", ["From operator to machine", "Operators"], stat(node, "how_to_read")?.value,
      remains.map((one) => [el("h3", {}, title(one)), tableOf(one)]),
      child(node, "decode") ? legendOf(child(node, "decode")) : null,
      unit ? unitOf(unit) : null,
      node.children.filter((one) => !remains.includes(one)).map((one) => el("details", { class: "table-details" },
        el("summary", {}, title(one)), tableOf(one))));
  }

  return { sectionOf };
})();
