// Operators under their roofs: a chart of each phase with every machine, and a table of each machine.
const Roofline = (() => {
  "use strict";
  const { el, section } = Dom;
  const { child, stat, title, humanise, PHASES } = Tree;

  // Which figures of an operator the page shows, in this order; the results have more.
  const FIGURES = ["unit", "macs", "dram_bytes", "macs_per_byte", "critical_cycles", "attained", "roof", "roof_share", "bound"];
  const SYMBOLS = ["circle", "rect", "triangle", "diamond"];
  const colourOf = (index) => `--machine-${(index % 4) + 1}`;

  // Text that lines run through stays readable.
  const halo = () => ({ textBorderColor: Charts.css("--card"), textBorderWidth: 3 });

  const rowsOf = (machine, phase) => child(machine, phase, "operators", "by_role")?.children ?? [];
  const drawable = (row) => stat(row, "macs_per_byte")?.value > 0 && stat(row, "attained")?.value > 0;

  // Flat roofs of a machine: [MAC/s, units' names], units of equal peaks together.
  function peaksOf(machine, phase) {
    const peaks = new Map();
    for (const one of child(machine, phase, "operators").statistics.filter(({ name, value }) => name.startsWith("peak_") && value > 0))
      peaks.set(one.value, [...(peaks.get(one.value) ?? []), Tree.spelt(one.name.slice(5))]);
    return [...peaks].sort((a, b) => b[0] - a[0]);
  }

  const decade = (value, round) => 10 ** round(Math.log10(value));

  function boundsOf(machines, phase) {
    const rows = machines.flatMap((machine) => rowsOf(machine, phase)).filter(drawable);
    const x = rows.map((row) => stat(row, "macs_per_byte").value);
    const y = [...rows.map((row) => stat(row, "attained").value), ...machines.flatMap((machine) => peaksOf(machine, phase).map(([peak]) => peak))];
    return { x: [decade(Math.min(...x), Math.floor), decade(Math.max(...x) * 1.2, Math.ceil)],
      y: [decade(Math.min(...y), Math.floor), decade(Math.max(...y) * 1.2, Math.ceil)] };
  }

  // The sloped roof up to the highest flat one, and each flat one from where it meets the slope.
  function roofsOf(machine, index, phase, bounds, named) {
    const rate = stat(machine, "dram_bytes_per_second")?.value ?? 0;
    const peaks = peaksOf(machine, phase);
    // Machines of equal roofs stay apart: the first is the widest, and lies below. A label needs a symbol to stand at.
    const line = (data, style, label) => ({ type: "line", silent: true, symbol: "circle", symbolSize: 0.01, z: 1 + index / 10,
      lineStyle: { color: Charts.css(colourOf(index)), width: Math.max(1.2, 3.6 - 1.2 * index), ...style },
      data: data.map((value, at) => ({ value, label: label && at === 1 ? { show: true, position: "top", align: "right", distance: 3, fontSize: 10.5,
        color: Charts.css("--ink-soft"), ...halo(), formatter: label } : { show: false } })) });
    const flat = peaks.map(([peak, units], at) => {
      const name = `${units.join(", ")} peak`;
      const fresh = !named.has(name + peak);
      named.add(name + peak);
      return line([[rate > 0 ? Math.max(bounds.x[0], peak / rate) : bounds.x[0], peak], [bounds.x[1], peak]], at === 0 ? {} : { type: "dashed" }, fresh ? name : null);
    });
    if (!(rate > 0) || peaks.length === 0) return flat;
    const from = Math.max(bounds.x[0], bounds.y[0] / rate);
    const to = Math.min(bounds.x[1], peaks[0][0] / rate);
    return [line([[from, from * rate], [to, to * rate]], {}), ...flat];
  }

  function options(machines, phase, label, width) {
    const soft = Charts.css("--ink-soft");
    const bounds = boundsOf(machines, phase);
    const named = new Set();
    const axis = (name, [min, max], unit) => ({ type: "log", min, max, name, nameLocation: "middle", nameTextStyle: { color: soft, fontSize: 12 },
      splitLine: { lineStyle: { color: Charts.css("--line") } }, axisLine: { show: true, lineStyle: { color: Charts.css("--line") } },
      axisLabel: { color: soft, fontSize: 11, formatter: unit ? (value) => Charts.tick(value, "") : String, hideOverlap: true } });
    const points = machines.map((machine, index) => {
      const rows = rowsOf(machine, phase).filter(drawable);
      return { name: title(machine), type: "scatter", symbol: SYMBOLS[index % SYMBOLS.length], symbolSize: 10, z: 3,
        itemStyle: { color: Charts.css(colourOf(index)), opacity: 0.85, borderColor: Charts.css("--card"), borderWidth: 1 },
        label: { show: width >= 560, position: "bottom", distance: 5, fontSize: 10.5, color: Charts.css("--ink"), ...halo(), formatter: ({ dataIndex }) => rows[dataIndex].name },
        labelLayout: { hideOverlap: true },
        tooltip: Charts.tooltip(({ dataIndex }) => el("div", { class: "tip" }, el("strong", {}, rows[dataIndex].name), el("span", {}, title(machine)),
          ["attained", "roof", "macs_per_byte", "roof_share"].map((name) =>
            el("span", {}, `${humanise(name)} `, Dom.figure(stat(rows[dataIndex], name), { mark: true }))))),
        data: rows.map((row) => Charts.datum(["macs_per_byte", "attained"].map((name) => stat(row, name)))) };
    });
    return { animation: false, backgroundColor: "transparent", textStyle: { fontFamily: Charts.css("--font"), color: Charts.css("--ink") },
      grid: { left: 78, right: 26, top: 18, bottom: 46 }, tooltip: { trigger: "item" },
      xAxis: { ...axis("multiply-accumulates per byte of DRAM", bounds.x), nameGap: 28 },
      yAxis: { ...axis("MAC/s", bounds.y, "MAC/s"), nameGap: 54 },
      series: [...points, ...machines.flatMap((machine, index) => roofsOf(machine, index, phase, bounds, named))] };
  }

  function legend(machines) {
    return el("ul", { class: "legend" }, machines.map((machine, index) => {
      const mark = el("span", { class: `swatch symbol-${SYMBOLS[index % SYMBOLS.length]}`, "aria-hidden": "true" });
      mark.style.background = `var(${colourOf(index)})`;
      return el("li", {}, mark, title(machine));
    }));
  }

  function tableOf(machine, phase, label) {
    const rows = rowsOf(machine, phase);
    if (rows.length === 0) return null;
    const caption = `${title(machine)}, ${label.toLowerCase()}: operators under their roofs`;
    return el("details", { class: "table-details" }, el("summary", {}, `${title(machine)}, ${label.toLowerCase()}`),
      Tables.matrix({ caption, corner: "Operator", hideCaption: true, sorts: true,
        columns: FIGURES.map((name) => ({ heading: humanise(name) })),
        rows: rows.map((row) => ({ label: el("code", {}, row.name), cells: FIGURES.map((name) => stat(row, name)) })) }));
  }

  function phaseOf(machines, phase, label) {
    const all = machines.filter((machine) => rowsOf(machine, phase).length);
    if (all.length === 0) return null;
    const drawn = all.some((machine) => rowsOf(machine, phase).some(drawable));
    const left = [...new Set(all.flatMap((machine) => rowsOf(machine, phase).filter((row) => stat(row, "attained") && !drawable(row)).map((row) => row.name)))];
    return el("div", { class: "phase" }, el("h3", {}, label),
      drawn ? Charts.chart({ caption: `${label}: operators under their roofs`, hideCaption: true, height: (width) => (width < 560 ? 300 : 400),
        options: (width) => options(all, phase, label, width) }) : null,
      left.length ? el("p", { class: "small" }, `Not in the chart, since nothing of them moves over the DRAM's bus on some machine: ${left.join(", ")}.`) : null,
      all.map((machine) => tableOf(machine, phase, label)));
  }

  function sectionOf(root) {
    const machines = child(root, "machines")?.children ?? [];
    const phases = PHASES.map(([phase, label]) => phaseOf(machines, phase, label)).filter(Boolean);
    return phases.length === 0 ? null : section("roofline", ["Operators under their roofs", "Roofline"],
      "What each operator attains, all layers together, against the smaller of its unit's peak and what DRAM can feed. Solid: the slope of the DRAM and the highest peak; dashed: peaks of other units.",
      legend(machines), el("div", { class: "stack" }, phases));
  }

  return { sectionOf };
})();
