// A sweep's points as a scatter of any two figures, coloured by a third, and the design that is clicked on.
(() => {
  "use strict";
  const { el } = Dom;
  // {title, facts: [[name, text]], settings: [name], metrics: [{name, unit, description, unit}],
  //  points: [[settings' texts, values, values for people, on the front, command]]}
  const data = JSON.parse(document.getElementById("points").textContent);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const COLD = [31, 95, 139];
  const HOT = [207, 90, 82];

  const index = (name) => data.metrics.findIndex((one) => one.name === name);
  const state = { x: index("tokens_per_second"), y: index("joules_per_token_mid"), colour: index("area_m2"), front: false, settings: {} };

  document.getElementById("masthead").append(
    el("p", { class: "wordmark" }, el("span", {}, "ternsim"), "sweep"), el("h1", {}, data.title),
    el("dl", { class: "run-facts" }, data.facts.map(([name, text]) => el("div", {}, el("dt", {}, Tree.humanise(name)), el("dd", {}, text)))));

  const chartBox = el("div", { class: "sweep-chart chart", role: "img", "aria-label": "Scatter of all points; the table below has the front" });
  const designBox = el("div", { class: "sweep-design", "aria-live": "polite" }, "Click on a point, or on a row of the table.");
  const count = el("p", { class: "small" });

  function choice(label, names, chosen, pick) {
    const select = el("select", {}, names.map((name, i) => el("option", { value: i, selected: i === chosen ? "" : null }, name)));
    select.addEventListener("change", () => { pick(Number(select.value)); draw(); });
    return el("label", {}, label, select);
  }
  const metricNames = data.metrics.map((one) => Tree.humanise(one.name));
  const controls = el("div", { class: "sweep-controls" },
    choice("Across", metricNames, state.x, (i) => { state.x = i; }),
    choice("Up", metricNames, state.y, (i) => { state.y = i; }),
    choice("Colour", metricNames, state.colour, (i) => { state.colour = i; }),
    choice("Points", ["all", "front only"], 0, (i) => { state.front = i === 1; }),
    data.settings.map((name, s) => {
      const values = [...new Set(data.points.map((p) => p[0][s]))].sort((a, b) => a - b || (a > b) - (a < b));
      return choice(name, ["any", ...values.map((v) => v || "(not set)")], 0, (i) => {
        if (i === 0) delete state.settings[s]; else state.settings[s] = values[i - 1];
      });
    }));

  function showDesign(point) {
    designBox.replaceChildren(
      el("table", {}, el("caption", { class: "hidden" }, "The design chosen"), el("tbody", {},
        data.settings.map((name, s) => (point[0][s] ? el("tr", {}, el("td", {}, name), el("td", {}, point[0][s])) : null)),
        data.metrics.map((one, m) => (point[1][m] === null ? null
          : el("tr", { title: one.description }, el("td", {}, Tree.humanise(one.name)), el("td", {}, point[2][m])))))),
      el("p", { class: "small" }, point[3] ? "On the front." : "Another design is as good in every objective and better in one."),
      el("pre", {}, point[4]));
  }

  // Colours by rank, so that a few far values do not make all others alike.
  function colours(points) {
    const ranks = new Map([...new Set(points.map((p) => p[1][state.colour]))].sort((a, b) => a - b).map((v, i, all) => [v, all.length > 1 ? i / (all.length - 1) : 0]));
    return (p) => {
      const share = ranks.get(p[1][state.colour]);
      return `rgb(${COLD.map((cold, i) => Math.round(cold + share * (HOT[i] - cold))).join(",")})`;
    };
  }

  // Axis ticks only; every point's own text comes from the program.
  function tick(value, unit) {
    if (unit === "m2") return `${Number((value * 1e6).toPrecision(4))} mm²`;
    const size = Math.abs(value);
    const steps = [[1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"]];
    const [scale, prefix] = steps.find(([least]) => size >= least * 0.9999999) ?? [1, ""];
    return `${Number((value / scale).toPrecision(3))} ${prefix}${unit}`.trim();
  }

  const chart = () => (state.chart ??= echarts.init(chartBox));
  let shown = [];
  function draw() {
    const has = (p) => p[1][state.x] !== null && p[1][state.y] !== null;
    shown = data.points.filter((p) => has(p) && (p[3] || !state.front) && Object.entries(state.settings).every(([s, v]) => p[0][s] === v));
    shown.sort((a, b) => a[3] - b[3]); // the front on top
    const colour = colours(shown);
    const ink = css("--ink");
    const axis = (m) => ({
      type: "value", scale: true, name: metricNames[m], nameLocation: "middle", nameGap: m === state.x ? 34 : 78, nameTextStyle: { color: ink },
      axisLabel: { color: css("--ink-soft"), formatter: (v) => tick(v, data.metrics[m].unit), hideOverlap: true },
      splitLine: { lineStyle: { color: css("--line") } },
    });
    chart().setOption({
      animation: false, backgroundColor: "transparent", grid: { left: 96, right: 24, top: 20, bottom: 60 },
      xAxis: axis(state.x), yAxis: axis(state.y),
      tooltip: {
        confine: true, backgroundColor: css("--card"), borderColor: css("--line"), textStyle: { color: ink, fontSize: 13 },
        formatter: ({ dataIndex }) => el("div", {}, [state.x, state.y, state.colour].map((m) => el("div", {}, `${metricNames[m]}: ${shown[dataIndex][2][m]}`))),
      },
      series: [{
        type: "scatter", large: false,
        data: shown.map((p) => ({ value: [p[1][state.x], p[1][state.y]], symbolSize: p[3] ? 11 : 5, itemStyle: { color: colour(p), opacity: p[3] ? 1 : 0.55, borderColor: p[3] ? ink : "transparent", borderWidth: p[3] ? 1.5 : 0 } })),
      }],
    }, true);
    count.replaceChildren(`${shown.length.toLocaleString("en-US")} of ${data.points.length.toLocaleString("en-US")} points; outlined: the front; colour: ${metricNames[state.colour]}, blue low, red high`);
  }

  const front = data.points.filter((p) => p[3]).sort((a, b) => b[1][index("tokens_per_second")] - a[1][index("tokens_per_second")]);
  const rows = front.map((p) => {
    const row = el("tr", { tabindex: 0 }, p[2].map((text) => el("td", {}, text ?? "–")), p[0].map((text) => el("td", {}, text || "–")));
    row.addEventListener("click", () => showDesign(p));
    row.addEventListener("keydown", (event) => { if (event.key === "Enter") showDesign(p); });
    return row;
  });
  document.getElementById("sweep").append(
    Dom.section("explore", ["Points"], "Each point is a simulated design.", controls, chartBox, count, designBox),
    Dom.section("front", ["The front"], "Designs that no other is as good as in every objective and better in one.",
      el("div", { class: "sweep-front" }, el("table", {}, el("caption", { class: "hidden" }, "The front"),
        el("thead", {}, el("tr", {}, metricNames.map((n) => el("th", { scope: "col" }, n)), data.settings.map((n) => el("th", { scope: "col" }, n)))),
        el("tbody", {}, rows)))));
  draw();
  chart().on("click", ({ dataIndex }) => showDesign(shown[dataIndex]));
  addEventListener("resize", () => chart().resize());
  document.documentElement.dataset.ready = "true";
})();
