// Several results side by side: bars with ranges, energy by part, stalls, and beneath each its table.
(() => {
  "use strict";
  const { el, figure, section } = Dom;
  const { child, stat, humanise, title, unionOfNames, PHASES } = Tree;
  const root = JSON.parse(document.getElementById("results").textContent).results;
  const baseline = Tree.text(root, "baseline");
  const machines = child(root, "machines");
  const report = document.getElementById("report");
  const LEVELS = ["low", "mid", "high"];

  // A long name may break behind the run that it begins with.
  const label = (name) => name.replaceAll(":", ": ");
  // A row without any of the figures has no bar.
  const drawable = (table, names) => table.children.filter((row) => names.some((name) => stat(row, name)));
  const isBaseline = (row) => row.name === baseline;
  const columnsOf = (table) => [...unionOfNames(table.children, "statistics").values()];
  const phases = PHASES.map(([name]) => child(root, name)).filter(Boolean);

  // Columns of a table whose rows are figures: a machine's values, and beside them what `beside` has of the same names.
  function sideBySide({ caption, corner, table, beside, heading, names, labelOf = humanise, swatch, unless, totals = [] }) {
    const pairs = table.children.map((row) => ({ row, more: beside && !unless?.(row) ? child(beside, row.name) : null }));
    return Tables.matrix({
      caption, corner, hideCaption: true,
      columns: pairs.flatMap(({ row, more }) => {
        const group = beside ? label(row.name) : undefined;
        return [{ heading: beside ? "Value" : label(row.name), group }, ...(more ? [{ heading, group }] : [])];
      }),
      rows: names.map((name) => ({ label: labelOf(name), swatch: swatch?.(name), class: totals.includes(name) ? "total" : undefined,
        cells: pairs.flatMap(({ row, more }) => [stat(row, name), ...(more ? [stat(more, name)] : [])]) })),
    });
  }

  const closedTable = (caption, content) => el("details", { class: "table-details" },
    el("summary", {}, "Data table", el("span", { class: "hidden" }, `: ${caption}`)), content);

  // A bar for the value, and a whisker from the low to the high end where there is a range.
  function bars({ caption, table, name, range }) {
    const rows = table.children.filter((row) => stat(row, name));
    const ends = (row) => (range ? LEVELS.map((level) => stat(row, name.replace(/mid$/, level))?.value).filter((v) => v !== undefined) : []);
    const most = Math.max(...rows.flatMap((row) => [stat(row, name).value, ...ends(row)]));
    if (!(most > 0)) return null;
    const at = (value) => `${(100 * Math.max(value, 0)) / most}%`;
    return el("figure", { class: "compare-bars chart-figure" }, el("figcaption", {}, caption),
      rows.map((row) => {
        const one = stat(row, name);
        const bar = el("span", { class: `compare-bar${isBaseline(row) ? " base" : ""}` });
        bar.style.width = at(one.value);
        const track = el("div", { class: "compare-track", "aria-hidden": "true" }, bar);
        const [low, high] = [Math.min(...ends(row)), Math.max(...ends(row))];
        if (range && low < high) {
          const whisker = el("span", { class: "compare-whisker" });
          whisker.style.left = at(low);
          whisker.style.right = `${100 - (100 * high) / most}%`;
          track.append(whisker);
        }
        return el("div", { class: "compare-row" }, el("span", { class: "compare-name" }, label(row.name)), track,
          el("span", { class: "compare-value" }, figure(one, { mark: true }), ratioText(row, name), range ? rangeText(row, name) : null));
      }));
  }

  function rangeText(row, name) {
    const [low, high] = ["low", "high"].map((level) => stat(row, name.replace(/mid$/, level)));
    return low && high ? el("span", { class: "small" }, `${Tree.shown(low).replace("/token", "")} … ${Tree.shown(high).replace("/token", "")}`) : null;
  }

  function ratioText(row, name) {
    if (isBaseline(row)) return el("span", { class: "small" }, "baseline");
    const phase = phases.find((one) => child(one, "figures")?.children.includes(row));
    const ratio = stat(child(phase, "ratios", row.name), name);
    return ratio ? el("span", { class: "small" }, `${Tree.shown(ratio)}×`) : null;
  }

  function figuresOf(phase) {
    const table = child(phase, "figures");
    if (!table) return null;
    const caption = `${title(phase)}: figures, and each over that of ${label(baseline)}`;
    return el("div", { class: "phase compare-phase" }, el("h3", {}, title(phase)),
      bars({ caption: "Energy per token, with the range of its constants", table, name: "joules_per_token_mid", range: true }),
      bars({ caption: "Tokens per second", table, name: "tokens_per_second" }),
      sideBySide({ caption, corner: "Figure", table, beside: child(phase, "ratios"), heading: "Ratio", unless: isBaseline,
        names: columnsOf(table).map((one) => one.name) }));
  }

  const TOTALS = LEVELS.map((level) => `joules_per_token_${level}`);
  const partsOf = (table) => columnsOf(table).map((one) => one.name).filter((name) => !TOTALS.includes(name));

  function energyOf(phase, parts) {
    const table = child(phase, "energy");
    if (!table) return null;
    const caption = `${title(phase)}: energy per token by part, constants at mid`;
    const names = { joules_per_token_low: "All parts, low", joules_per_token_mid: "All parts, mid", joules_per_token_high: "All parts, high" };
    return el("div", { class: "phase compare-phase" }, el("h3", {}, title(phase)),
      Charts.stackedBars({ caption, hideCaption: true, axis: "energy per token", unit: "J", series: parts.map((name) => [name, humanise(name)]),
        bars: drawable(table, parts).map((row) => ({ label: label(row.name), values: new Map(parts.map((name) => [name, stat(row, name)])) })) }),
      sideBySide({ caption, corner: "Part", table, names: [...parts, ...TOTALS.filter((name) => columnsOf(table).some((one) => one.name === name))],
        labelOf: (name) => names[name] ?? humanise(name), totals: ["joules_per_token_mid"],
        swatch: (name) => (names[name] ? null : Charts.swatch(name)) }));
  }

  const stateLabel = (name) => (name.startsWith("stall_") ? `Stalled: ${Tree.spelt(name.slice(6))}` : humanise(name));

  function stallsOf(phase, cycles) {
    const shares = child(phase, cycles.name.replace(/_cycles$/, "_shares"));
    if (!shares) return null;
    const states = columnsOf(shares).map((one) => one.name);
    // Rounded down, so that no sum passes 100 and lengthens the axis.
    const percent = (one) => one && { ...one, value: Math.floor(one.value * 1e8) / 1e6 };
    const caption = `${title(phase)}, ${title(cycles)}`;
    return el("div", { class: "phase compare-phase" },
      Charts.stackedBars({ caption: `${caption}, as shares of all cycles`, short: `${title(phase)}, ${title(shares)}`, axis: "share of all cycles", unit: "%",
        series: states.map((name) => [name, stateLabel(name)]),
        bars: drawable(shares, states).map((row) => ({ label: label(row.name), values: new Map(states.map((name) => [name, percent(stat(row, name))])) })) }),
      closedTable(caption, sideBySide({ caption, corner: "State", table: cycles, beside: shares, heading: "Share", labelOf: stateLabel,
        names: columnsOf(cycles).map((one) => one.name), totals: ["total"],
        swatch: (name) => (name === "total" ? null : Charts.swatch(name)) })));
  }

  function configuration() {
    const node = child(root, "configuration");
    const runs = [...new Set(machines.children.map((row) => Tree.text(row, "run")))];
    if (!node) return section("configuration", ["Configuration"], "All keys are equal.");
    return section("configuration", ["What was configured differently", "Configuration"],
      `${Tree.shown(stat(root, "keys_different"))} keys differ, or are not there in every run; ${Tree.shown(stat(root, "keys_equal"))} are equal.`,
      Tables.matrix({ caption: "Keys of the configuration that differ", corner: "Key", hideCaption: true, columns: runs.map((name) => ({ heading: name })),
        rows: node.children.map((key) => ({ label: el("code", {}, key.name), cells: runs.map((name) => stat(key, name)) })) }));
  }

  const parts = [...new Set(phases.flatMap((phase) => (child(phase, "energy") ? partsOf(child(phase, "energy")) : [])))];
  const unitTables = phases.map((phase) => phase.children.filter((one) => one.name.endsWith("_cycles")).map((one) => [phase, one])).flat();
  const states = [...new Set(unitTables.flatMap(([, table]) => columnsOf(table).map((one) => one.name)))].filter((name) => name !== "total");
  const lacking = machines.children.filter((row) => stat(row, "lacks"));
  const sections = [
    section("figures", ["Energy and speed"], "Energy and power stand for constants at mid; a whisker reaches from all constants at low to all at high.",
      el("div", { class: "stack" }, phases.map(figuresOf))),
    parts.length ? section("energy", ["Energy per token by part", "Energy by part"], "Where the joules of one token go, constants at mid.",
      Charts.legend(parts.map((name) => [name, humanise(name)])), el("div", { class: "stack" }, phases.map((phase) => energyOf(phase, parts)))) : null,
    states.length ? section("stalls", ["Cycles and stalls of matrix unit and DMA", "Cycles and stalls"],
      "Every cycle is busy, stalled for one named cause, or idle.", Charts.legend(states.map((name) => [name, stateLabel(name)])),
      el("div", { class: "pair" }, unitTables.map(([phase, table]) => stallsOf(phase, table)))) : null,
    section("machines", ["The machines", "Machines"], "What each is, and what its results lack.",
      Tables.matrix({ caption: "Machines", corner: "Property", hideCaption: true, columns: machines.children.map((row) => ({ heading: label(row.name) })),
        rows: columnsOf(machines).map((one) => ({ label: humanise(one.name), cells: machines.children.map((row) => stat(row, one.name)) })) })),
    configuration(),
  ].filter(Boolean);

  document.getElementById("masthead").append(
    el("p", { class: "wordmark" }, el("span", { "aria-hidden": "true" }, "−1 0 +1"), "ternsim compare"), el("h1", {}, "Results side by side"),
    el("dl", { class: "run-facts" }, [["Results", Tree.shown(stat(root, "runs"))], ["Machines", machines.children.length],
      ["Ratios are over", label(baseline)]].map(([name, text]) => el("div", {}, el("dt", {}, name), el("dd", {}, text)))));
  report.append(
    Dom.contents(sections),
    Dom.evidence(),
    ...root.statistics.filter((one) => one.name.startsWith("note_")).map((one) => el("p", { class: "notice" }, one.value)),
    ...(lacking.length ? [el("ul", { class: "compare-lacks small" }, lacking.map((row) => el("li", {}, `${label(row.name)} lacks: ${Tree.text(row, "lacks")}`)))] : []),
    ...sections);
  Charts.start();
  Charts.printOpened(report);
  document.documentElement.dataset.ready = "true";
})();
