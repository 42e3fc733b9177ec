// The sections below the headline. Each returns null where its node is absent.
const Sections = (() => {
  "use strict";
  const { el, section, tier } = Dom;
  const { child, stat, title, humanise, unionOfNames, PHASES } = Tree;

  const machinesOf = (root) => child(root, "machines")?.children ?? [];
  const columns = (machines, ...path) =>
    machines.map((machine) => ({ heading: title(machine), node: child(machine, ...path) }));
  const present = (nodes) => nodes.some((one) => one.node);

  function energyOfPhase(machines, phase, label, series) {
    const nodes = columns(machines, phase, "energy").filter((one) => one.node);
    if (nodes.length === 0) return null;
    const caption = `${label}: energy per token by part`;
    const of = (part) => nodes.map(({ node }) => stat(child(node, part), "joules_per_token"));
    const share = (part) => nodes.map(({ node }) => stat(child(node, part), "share"));
    // That of the phase has its range.
    const total = columns(machines, phase).filter(({ node }) => child(node, "energy")).map(({ node }) =>
      stat(node, "joules_per_token_mid") ?? stat(child(node, "energy"), "joules_per_token"));
    const rows = series.map(([name, text]) => ({ label: text, swatch: Charts.swatch(name),
      cells: of(name).flatMap((one, index) => [one, share(name)[index]]) }));
    if (total.some(Boolean))
      rows.push({ label: "All parts", class: "total", cells: total.flatMap((one) => [one, undefined]) });
    return el("div", { class: "phase" },
      el("h3", {}, label),
      Charts.stackedBars({ caption, hideCaption: true, axis: "energy per token", unit: "J", series,
        bars: nodes.map(({ heading, node }) => ({ label: heading,
          values: new Map(series.map(([name]) => [name, stat(child(node, name), "joules_per_token")])) })) }),
      Tables.matrix({ caption: `${caption}, with each part's share`, corner: "Part", rows, hideCaption: true, sorts: true,
        columns: nodes.flatMap(({ heading }) => [{ heading: "Energy", group: heading }, { heading: "Share", group: heading }]) }));
  }

  function energy(root) {
    const machines = machinesOf(root);
    const nodes = PHASES.flatMap(([phase]) => columns(machines, phase, "energy")).map((one) => one.node);
    const parts = unionOfNames(nodes, "children");
    if (parts.size === 0) return null;
    const series = [...parts.values()].map((node) => [node.name, title(node)]);
    return section("energy", ["Energy per token by part", "Energy by part"],
      "Where the joules of one token go: arithmetic, buffers, DRAM and leakage, the same parts for every machine, each at the middle of its constants; the whole has its range.",
      Charts.legend(series),
      el("div", { class: "stack" }, PHASES.map(([phase, label]) => energyOfPhase(machines, phase, label, series))));
  }

  const stateLabel = (name) => (name.startsWith("stall_") ? `Stalled: ${Tree.spelt(name.slice(6))}` : humanise(name));

  function unitsOf(machine, phase, label, states) {
    const units = child(machine, phase, "units")?.children ?? [];
    if (units.length === 0) return null;
    const caption = `${title(machine)}, ${label.toLowerCase()}: cycles of each unit`;
    const series = states.filter((name) => units.some((unit) => stat(unit, name)));
    const withTotal = units.some((unit) => stat(unit, "total")) ? [...series, "total"] : series;
    return el("div", { class: "phase" },
      Charts.stackedBars({ caption, short: label, axis: "cycles", series: series.map((name) => [name, stateLabel(name)]),
        bars: units.map((unit) => ({ label: title(unit), values: new Map(series.map((name) => [name, stat(unit, name)])) })) }),
      el("details", { class: "table-details" }, el("summary", {}, "Data table", el("span", { class: "hidden" }, `: ${caption}`)),
        Tables.matrix({ caption, corner: "Cycles", hideCaption: true, bare: true,
          columns: units.map((unit) => ({ heading: title(unit) })),
          rows: withTotal.map((name) => ({ label: stateLabel(name), class: name === "total" ? "total" : undefined,
            swatch: name === "total" ? null : Charts.swatch(name), cells: units.map((unit) => stat(unit, name)) })) })));
  }

  function units(root) {
    const machines = machinesOf(root);
    const all = machines.flatMap((machine) => PHASES.flatMap(([phase]) => child(machine, phase, "units")?.children ?? []));
    const names = [...unionOfNames(all, "statistics").keys()];
    if (names.length === 0) return null;
    const states = [...names.filter((name) => name === "busy"), ...names.filter((name) => name.startsWith("stall_")),
      ...names.filter((name) => name === "idle")];
    return section("cycles", ["Cycles and stalls by cause", "Cycles and stalls"],
      "Every cycle of every unit is busy, stalled for one named cause, or idle; the three add up to the total.",
      Charts.legend(states.map((name) => [name, stateLabel(name)])),
      machines.map((machine) => {
        const phases = PHASES.map(([phase, label]) => unitsOf(machine, phase, label, states)).filter(Boolean);
        return phases.length ? [el("h3", {}, title(machine)), el("div", { class: "pair" }, phases)] : null;
      }));
  }

  function machines(root) {
    const all = machinesOf(root);
    if (all.length === 0) return null;
    const phases = PHASES.map(([phase, label]) => [label, columns(all, phase)]).filter(([, nodes]) => present(nodes));
    return section("machines", ["The machines", "Machines"], "What each machine is, and what it does on this workload.",
      Tables.sideBySide({ caption: "What each machine is", corner: "Property", nodes: all.map((node) => ({ heading: title(node), node })) }),
      phases.map(([label, nodes]) => Tables.sideBySide({ caption: label, corner: "Figure", nodes })), area(all));
  }

  function area(machines) {
    const nodes = columns(machines, "area").filter((one) => one.node);
    const parts = [...unionOfNames(nodes.map((one) => one.node), "children").values()];
    if (parts.length === 0) return null;
    return Tables.matrix({ caption: "Area by part", corner: "Part", columns: nodes.map(({ heading }) => ({ heading })),
      rows: parts.map((part) => ({ label: title(part), cells: nodes.map(({ node }) => stat(child(node, part.name), "square_metres")) })) });
  }

  function comparison(root) {
    const node = child(root, "comparison");
    if (!node || node.statistics.length + node.children.length === 0) return null;
    const nodes = node.children.map((one) => ({ heading: title(one), node: one }));
    return section("comparison", ["Comparison"], "Ratios of one machine to another, each with the formula behind it.",
      Tables.figures(node, title(node)), Tables.sideBySide({ caption: title(node), corner: "Ratio", nodes }));
  }

  function counts(root) {
    const all = machinesOf(root);
    const phases = PHASES.map(([phase, label]) => [label, columns(all, phase, "counts").filter((one) => one.node)])
      .filter(([, nodes]) => nodes.length > 0);
    if (phases.length === 0) return null;
    return section("counts", ["Action counts"], "What happened, by unit and action; energy is these counts times the constants below.",
      phases.map(([label, nodes]) => Tables.sideBySide({ caption: label, corner: "Action", nodes, notes: false, code: true, sorts: true })));
  }

  function configuration(root) {
    const node = child(root, "configuration");
    const run = child(root, "run");
    if (!node && !run) return null;
    return section("configuration", ["Configuration and provenance", "Configuration"], null,
      node ? Tables.figures(node, "Configuration") : null,
      run ? [el("h3", {}, title(run)), Tables.figures(run, "Run")] : null);
  }

  function constants(root) {
    const all = child(root, "constants")?.children ?? [];
    if (all.length === 0) return null;
    // The tier has a column of its own; a comment stands below its source, and the unit in what is written.
    const FIRST = ["value", "low", "high", "written"];
    const known = unionOfNames(all, "statistics");
    const fields = [...FIRST.filter((name) => known.has(name)).map((name) => known.get(name)),
      ...[...known.values()].filter((one) => ![...FIRST, "tier", "comment", "unit"].includes(one.name))];
    const tierOf = (node) => (stat(node, "value") ?? node.statistics[0])?.tier;
    const cell = (node, { name }) => el("td", { class: name === "source" ? "words source" : "words" },
      plain(stat(node, name)), name === "source" && stat(node, "comment")?.value ? el("small", {}, stat(node, "comment").value) : null);
    const caption = "Constants with source and tier";
    const heads = ["Constant", "Tier", ...fields.map((one) => humanise(one.name))].map((name) => el("th", { scope: "col" }, name));
    const rows = all.map((node) => el("tr", {},
      el("th", { scope: "row" }, el("code", {}, node.name)), el("td", { class: "words" }, tierOf(node) ? tier(tierOf(node)) : null),
      fields.map((one) => cell(node, one))));
    const body = el("tbody", {}, rows);
    Tables.sortable(heads, rows.map((element, index) => ({ element,
      keys: [all[index].name, Dom.allTiers().indexOf(tierOf(all[index])), ...fields.map(({ name }) => stat(all[index], name)?.value)] })));
    return section("constants", ["Constants"], "Every number of the technology files that the energies rest on, with its source.",
      el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
        el("table", { class: "constants" }, el("caption", { class: "hidden" }, caption), el("thead", {}, el("tr", {}, heads)), body)));
  }

  const plain = (one) => (one ? el("span", { "data-path": one.path }, Tree.shown(one)) : null);

  // A node that this page has no section for is still shown, as tables of its figures.
  function other(root, node) {
    const walk = (at, depth) => [
      depth > 0 ? el(`h${Math.min(depth + 2, 6)}`, {}, title(at)) : null,
      at.statistics.length ? Tables.figures(at, title(at)) : null, at.children.map((one) => walk(one, depth + 1))].flat(9);
    return section(`node-${root.children.indexOf(node)}`, [title(node)], null, walk(node, 0));
  }

  return { stateLabel, energy, units, machines, comparison, counts, configuration, constants, other };
})();
