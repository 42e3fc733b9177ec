// One pass of each machine over time: a row per unit, a bar per section of the pass (block of tokens, layer, operator).
const Timeline = (() => {
  "use strict";
  const { el, figure, section } = Dom;
  const { child, stat, title, humanise, unionOfNames, PHASES } = Tree;

  const ROW = 44;  // pixels, of which the bar takes the lower part and its name the upper
  const BAR = 24;
  const letterWidth = 5.6;

  const isState = (name) => name === "busy" || name.startsWith("stall_");
  const statesOf = (spans) => {
    const names = [...unionOfNames(spans, "statistics").keys()].filter(isState);
    return [...names.filter((name) => name === "busy"), ...names.filter((name) => name !== "busy")];
  };
  const COLUMNS = ["start", "end", "busy"];
  // The longest first.
  const stallsOf = (span) => statesOf([span]).slice(1).map((name) => ({ label: Tree.spelt(name.slice(6)), statistic: stat(span, name) }))
    .sort((a, b) => b.statistic.value - a.statistic.value);
  const nameOf = (level, span) => (level.name === "operators" ? span.name : humanise(span.name));
  const timelinesOf = (machine) =>
    PHASES.map(([phase, label]) => [label, child(machine, phase, "timeline")]).filter(([, node]) => node);

  // The part of the axis that is seen, in per cent, from buttons as from the slider.
  function zoomOf(chart, whole, said) {
    const zoom = { start: 0, end: 100 };
    const show = (start, end) => {
      const length = Math.min(100, Math.max(0.5, end - start));
      const from = Math.min(100 - length, Math.max(0, start));
      chart().dispatchAction({ type: "dataZoom", start: from, end: from + length });
      const cycle = (share) => Math.round(whole[0] + ((whole[1] - whole[0]) * share) / 100).toLocaleString("en-US");
      said.textContent = `Cycles ${cycle(from)} to ${cycle(from + length)} are shown.`;
    };
    const scaled = (by) => {
      const middle = (zoom.start + zoom.end) / 2;
      const half = ((zoom.end - zoom.start) * by) / 2;
      show(middle - half, middle + half);
    };
    const moved = (by) => {
      const length = zoom.end - zoom.start;
      show(zoom.start + by * length, zoom.end + by * length);
    };
    const button = (label, text, press) => {
      const made = el("button", { type: "button", "aria-label": label, title: label }, text);
      made.addEventListener("click", press);
      return made;
    };
    const buttons = el("div", { class: "zoom", role: "group", "aria-label": "Part of the time shown" },
      button("Earlier", "←", () => moved(-0.5)), button("Later", "→", () => moved(0.5)),
      button("Zoom in", "+", () => scaled(0.5)), button("Zoom out", "−", () => scaled(2)),
      button("Show all", "All", () => show(0, 100)));
    return { zoom, buttons };
  }

  function tip(level, { unit, span }) {
    return el("div", { class: "tip" }, el("strong", {}, `${title(unit)}: ${nameOf(level, span)}`),
      el("span", {}, "Cycles ", figure(stat(span, "start"), { bare: true, mark: true }), " to ", figure(stat(span, "end"), { bare: true, mark: true })),
      statesOf([span]).map((name) => el("span", {}, Charts.swatch(name), `${Sections.stateLabel(name)} `, figure(stat(span, name), { mark: true }))));
  }

  // A bar's colours stand one on the other, each as high as its share of the bar's cycles: areas are cycles.
  function drawn(level, bars, colours, ink) {
    return (params, api) => {
      const { span } = bars[params.dataIndex];
      const [left, middle] = api.coord([api.value(0), api.value(2)]);
      const right = api.coord([api.value(1), api.value(2)])[0];
      const area = params.coordSys;
      const clipped = (shape) => echarts.graphic.clipRectByRect(shape, { x: area.x, y: area.y, width: area.width, height: area.height });
      const bottom = middle + ROW / 2 - 2;
      const width = Math.max(right - left, 0.6);
      const frame = clipped({ x: left, y: bottom - BAR, width, height: BAR });
      if (!frame) return null;
      const children = [{ type: "rect", shape: frame, style: { fill: colours.card, stroke: colours.line, lineWidth: 0.5 } }];
      const cycles = Math.max(api.value(1) - api.value(0), 1);
      let top = bottom;
      for (const name of statesOf([span])) {
        const height = (BAR * stat(span, name).value) / cycles;
        top -= height;
        const shape = height > 0 && clipped({ x: left, y: top, width, height });
        if (shape) children.push({ type: "rect", shape, style: { fill: colours.of(name) } });
      }
      const name = nameOf(level, span);
      if (frame.width > name.length * letterWidth)
        children.push({ type: "text", silent: true, style: { text: name, x: frame.x + 1, y: bottom - BAR - 3, textVerticalAlign: "bottom", fill: ink, fontSize: 10 } });
      return { type: "group", children };
    };
  }

  function options({ level, bars, whole, zoom, width }) {
    const soft = Charts.css("--ink-soft");
    const line = Charts.css("--line");
    const colours = { card: Charts.css("--card"), line: soft, of: (name) => Charts.css(Charts.colourName(name)) };
    const cycle = (value) => Math.round(value).toLocaleString("en-US");
    return {
      animation: false, backgroundColor: "transparent", textStyle: { fontFamily: Charts.css("--font"), color: Charts.css("--ink") },
      grid: { left: 72, right: 18, top: 2, bottom: 62 },
      tooltip: Charts.tooltip(({ dataIndex }) => tip(level, bars[dataIndex])),
      dataZoom: [{ type: "slider", ...zoom, height: 16, bottom: 6, filterMode: "none", brushSelect: false, showDataShadow: false, showDetail: false,
        borderColor: line, textStyle: { color: soft } },
      // Dragging would keep a finger from scrolling the page.
      ...(width < 560 ? [] : [{ type: "inside", ...zoom, filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false }])],
      xAxis: { type: "value", min: whole[0], max: whole[1], name: "cycles of the pass", nameLocation: "middle", nameGap: 22, nameTextStyle: { color: soft, fontSize: 11 },
        splitNumber: width < 480 ? 2 : 4, splitLine: { lineStyle: { color: line } },
        axisLabel: { color: soft, fontSize: 10.5, formatter: cycle, hideOverlap: true, showMinLabel: false, showMaxLabel: false } },
      yAxis: { type: "category", inverse: true, data: level.children.map(title), axisTick: { show: false }, axisLine: { lineStyle: { color: line } },
        axisLabel: { color: Charts.css("--ink"), fontSize: 12, interval: 0 } },
      series: [{ type: "custom", renderItem: drawn(level, bars, colours, soft), encode: { x: [0, 1], y: 2 },
        data: bars.map(({ row, span }) => Charts.datum([stat(span, "start"), stat(span, "end")], row)) }],
    };
  }

  function levelOf(machine, label, level) {
    const bars = level.children.flatMap((unit, row) => unit.children.map((span) => ({ unit, row, span })));
    if (bars.length === 0) return null;
    const whole = [Math.min(...bars.map(({ span }) => stat(span, "start").value)), Math.max(...bars.map(({ span }) => stat(span, "end").value))];
    const caption = `${title(machine)}, ${label.toLowerCase()}: ${title(level)}`;
    const said = el("p", { class: "hidden", "aria-live": "polite" });
    let chart = null;
    const { zoom, buttons } = zoomOf(() => chart, whole, said);
    const shown = Charts.chart({ caption, short: title(level), height: () => level.children.length * ROW + 66,
      options: (width) => options({ level, bars, whole, zoom, width }),
      started: (made) => {
        chart = made;
        chart.on("datazoom", () => { const { start, end } = chart.getOption().dataZoom[0]; Object.assign(zoom, { start, end }); });
      } });
    return el("div", { class: "timeline" }, shown, buttons, said,
      el("details", { class: "table-details" }, el("summary", {}, "Data table", el("span", { class: "hidden" }, `: ${caption}`)),
        Tables.matrix({ caption, corner: "Unit and section", hideCaption: true, bare: true, sorts: true,
          columns: [...COLUMNS.map((name) => ({ heading: humanise(name) })), { heading: "Stalled", several: true }],
          rows: bars.map(({ unit, span }) => ({ label: `${title(unit)}: ${nameOf(level, span)}`,
            cells: [...COLUMNS.map((name) => stat(span, name)), stallsOf(span)] })) })));
  }

  function phaseOf(machine, label, node) {
    const one = (name) => figure(stat(node, name), { mark: true, bare: name === "cycles" });
    return el("div", { class: "phase" }, el("h3", {}, label),
      el("p", { class: "small" }, "Pass ", one("pass"), " of the workload, counted from 0: tokens ", one("tokens"), ", context ", one("context"),
        ", batch ", one("batch"), ", cycles ", one("cycles"), "."),
      el("div", { class: "stack" }, node.children.map((level) => levelOf(machine, label, level))));
  }

  function sectionOf(root) {
    const machines = (child(root, "machines")?.children ?? []).filter((machine) => timelinesOf(machine).length);
    if (machines.length === 0) return null;
    const levels = machines.flatMap(timelinesOf).flatMap(([, node]) => node.children);
    const states = statesOf(levels.flatMap((level) => level.children.flatMap((unit) => unit.children)));
    return section("timeline", ["One pass over time", "Timeline"],
      "A bar reaches from the cycle in which a unit turned to a layer, or an operator, until it was free again. The height of a colour is its share of that time, so its area is its cycles; blank is time without a command.",
      Charts.legend(states.map((name) => [name, Sections.stateLabel(name)])),
      machines.map((machine, index) => el("details", { class: "machine-details", open: index === 0 ? "" : null },
        el("summary", {}, title(machine)), el("div", { class: "stack" }, timelinesOf(machine).map(([label, node]) => phaseOf(machine, label, node))))));
  }

  return { sectionOf };
})();
