// J/token rung by rung, and what each uncertain constant does to it.
const Ladder = (() => {
  "use strict";
  const { el, section } = Dom;
  const { child, stat, title, PHASES } = Tree;

  // The first rung stands for itself; the second takes its place, and the others come on top of that.
  const BARE = "published_arithmetic";

  function rungsOf(phase, label) {
    const machines = phase.children.filter((machine) => child(machine, "ladder"));
    if (machines.length === 0) return null;
    const ladders = machines.map((machine) => child(machine, "ladder"));
    const rungs = ladders[0].children;
    const stacked = rungs.filter((rung) => rung.name !== BARE);
    const step = (ladder, rung, index) => {
      const node = child(ladder, rung.name);
      return index === 0 ? stat(node, "joules_per_token_mid") : stat(node, "added_joules_per_token");
    };
    const caption = `${label}: energy per token, rung by rung`;
    const cells = (name, figure) => ladders.map((ladder) => stat(child(ladder, name), figure));
    const last = rungs.at(-1).name;
    const rows = [
      ...rungs.map((rung) => ({ label: title(rung), cells: cells(rung.name, "joules_per_token_mid"),
        class: rung.name === last ? "total" : undefined })),
      ...(ladders.length > 1 ? rungs.map((rung) => ({ label: `Over the first machine: ${title(rung)}`, cells: cells(rung.name, "ratio") })) : []),
      { label: "Physical floor", cells: ladders.map((ladder) => stat(ladder, "floor_joules_per_token_mid")) },
      { label: "Tokens per second", cells: machines.map((machine) => stat(machine, "tokens_per_second")) },
      { label: "Area", cells: machines.map((machine) => stat(machine, "area_m2")) },
    ];
    return el("div", { class: "phase" }, el("h3", {}, label),
      Charts.legend(stacked.map((rung) => [rung.name, title(rung)])),
      Charts.stackedBars({ caption, hideCaption: true, axis: "energy per token", unit: "J",
        series: stacked.map((rung) => [rung.name, title(rung)]),
        bars: machines.map((machine, index) => ({ label: title(machine),
          values: new Map(stacked.map((rung, at) => [rung.name, step(ladders[index], rung, at)])) })) }),
      Tables.matrix({ caption: `${caption}: each row holds those above it, but for the first`, corner: "Up to and with",
        hideCaption: true, columns: machines.map((machine) => ({ heading: title(machine) })), rows }));
  }

  function tornadoOf(phase, label) {
    const machine = phase.children.find((one) => child(one, "sensitivity")?.children.length);
    if (!machine) return null;
    const node = child(machine, "sensitivity");
    const caption = `${title(machine)}, ${label.toLowerCase()}: energy per token with one constant at either end of its range`;
    return el("div", { class: "phase" },
      Charts.rangeBars({ caption, axis: "energy per token", unit: "J", mid: stat(node, "joules_per_token_mid"),
        bars: node.children.map((one) => ({ label: one.name, low: stat(one, "joules_per_token_low"),
          high: stat(one, "joules_per_token_high"), swing: stat(one, "swing") })) }),
      el("details", { class: "table-details" }, el("summary", {}, "Data table", el("span", { class: "hidden" }, `: ${caption}`)),
        Tables.matrix({ caption, corner: "Constant", hideCaption: true, sorts: true,
          columns: ["Low end", "High end", "Swing", "Share"].map((heading) => ({ heading })),
          rows: node.children.map((one) => ({ label: el("code", {}, one.name),
            cells: ["joules_per_token_low", "joules_per_token_high", "swing", "share"].map((name) => stat(one, name)) })) })));
  }

  function sectionOf(root) {
    const node = child(root, "ladders");
    if (!node) return null;
    const each = (draw) => PHASES.map(([phase, label]) => (child(node, phase) ? draw(child(node, phase), label) : null)).filter(Boolean);
    const rungs = each(rungsOf);
    if (rungs.length === 0) return null;
    const missing = node.statistics.filter((one) => one.name.startsWith("missing_"));
    return section("ladder", ["From the published arithmetic to the machine", "Ladder"],
      "The papers' figure is one bare operation a weight. True widths take its place; memories, the other units, DRAM and leakage come on top.",
      el("div", { class: "stack" }, rungs, each(tornadoOf)),
      missing.length ? el("ul", {}, missing.map((one) => el("li", {}, one.value))) : null);
  }

  return { sectionOf };
})();
