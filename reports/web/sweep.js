// A sweep's points as a scatter of any two figures, coloured by a third, and the design that is clicked on.
(() => {
  "use strict";
  const { el } = Dom;
  // {title, facts: [[name, text]], settings: [name], metrics: [{name, unit, description, unit}],
  //  points: [[settings' texts, values, values for people, on the front, command]]}
  const data = JSON.parse(document.getElementById("results").textContent);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // The ends of the colour scale, as lists of red, green and blue; the style sheet has other ones in the dark.
  const rgb = (name) => [1, 3, 5].map((at) => Number.parseInt(css(name).slice(at, at + 2), 16));

  // A value's text as it is printed: squared metres, micro.
  const text = (value) => (value ? Tree.shown({ shown: value }) : "–");
  const index = (name) => data.metrics.findIndex((one) => one.name === name);
  // Energy never stands without the range of its constants.
  const ENERGY = ["low", "mid", "high"].map((level) => index(`joules_per_token_${level}`));
  const withRange = (point, m) => (m === ENERGY[1] && ENERGY.every((one) => one >= 0)
    ? `${text(point[2][m])} (${text(point[2][ENERGY[0]])} … ${text(point[2][ENERGY[2]])})` : text(point[2][m]));
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
          : el("tr", { title: one.description }, el("td", {}, Tree.humanise(one.name)), el("td", {}, text(point[2][m]))))))),
      el("p", { class: "small" }, point[3] ? "On the front." : "Another design is as good in every objective and better in one."),
      el("pre", {}, point[4]));
  }

  // Colours by rank, so that a few far values do not make all others alike.
  function colours(points) {
    const ranks = new Map([...new Set(points.map((p) => p[1][state.colour]))].sort((a, b) => a - b).map((v, i, all) => [v, all.length > 1 ? i / (all.length - 1) : 0]));
    const [low, high] = [rgb("--sweep-low"), rgb("--sweep-high")];
    return (p) => {
      const share = ranks.get(p[1][state.colour]);
      return `rgb(${low.map((one, i) => Math.round(one + share * (high[i] - one))).join(",")})`;
    };
  }

  // Axis ticks only, below the axis's name; every point's own text comes from the program.
  function tick(value, whole) {
    const unit = whole.replace("/token", "").replace("token/s", "");
    if (unit === "m2") return `${Number((value * 1e6).toPrecision(4))} mm²`;
    if (unit === "") return value.toLocaleString("en-US", { maximumSignificantDigits: 4 });
    const size = Math.abs(value);
    const steps = [[1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"]];
    const [scale, prefix] = steps.find(([least]) => size >= least * 0.9999999) ?? [1, ""];
    return `${Number((value / scale).toPrecision(3))} ${prefix}${unit}`.trim();
  }

  const chart = () => (state.chart ??= echarts.init(chartBox));
  function draw() {
    const has = (p) => p[1][state.x] !== null && p[1][state.y] !== null;
    const shown = data.points.filter((p) => has(p) && (p[3] || !state.front) && Object.entries(state.settings).every(([s, v]) => p[0][s] === v));
    const sets = [shown.filter((p) => !p[3]), shown.filter((p) => p[3])];
    const colour = colours(shown);
    const ink = css("--ink");
    const narrow = chartBox.clientWidth < 480;
    const axis = (m) => ({
      type: "value", scale: true, name: metricNames[m], nameTextStyle: { color: ink }, splitNumber: narrow ? 3 : 6,
      axisLabel: { color: css("--ink-soft"), formatter: (v) => tick(v, data.metrics[m].unit), hideOverlap: true },
      splitLine: { lineStyle: { color: css("--line") } },
    });
    const series = (points, front) => ({
      type: "scatter", symbolSize: front ? 11 : 5,
      itemStyle: front ? { borderColor: ink, borderWidth: 1.5 } : { opacity: 0.6 },
      data: points.map((p) => ({ value: [p[1][state.x], p[1][state.y]], itemStyle: { color: colour(p) } })),
    });
    chart().setOption({
      animation: false, backgroundColor: "transparent", textStyle: { fontFamily: css("--font") },
      grid: { left: 14, right: 40, top: 44, bottom: 44, containLabel: true },
      xAxis: { ...axis(state.x), nameLocation: "middle", nameGap: 34 },
      yAxis: { ...axis(state.y), nameLocation: "end", nameGap: 16, nameTextStyle: { color: ink, align: "left" } },
      tooltip: {
        confine: true, backgroundColor: css("--card"), borderColor: css("--line"), textStyle: { color: ink, fontSize: 13 },
        formatter: ({ seriesIndex, dataIndex }) => el("div", {}, [state.x, state.y, state.colour].map((m) =>
          el("div", {}, `${metricNames[m]}: ${withRange(sets[seriesIndex][dataIndex], m)}`))),
      },
      series: [series(sets[0], false), series(sets[1], true)], // the front on top
    }, true);
    state.sets = sets;
    count.replaceChildren(`${shown.length.toLocaleString("en-US")} of ${data.points.length.toLocaleString("en-US")} points; outlined: the front; colour: ${metricNames[state.colour]}, blue low, red high`);
  }

  const front = data.points.filter((p) => p[3]).sort((a, b) => b[1][index("tokens_per_second")] - a[1][index("tokens_per_second")]);
  const rows = front.map((p) => {
    const row = el("tr", { tabindex: 0 }, p[2].map((value) => el("td", {}, text(value))), p[0].map((value) => el("td", {}, value || "–")));
    row.addEventListener("click", () => showDesign(p));
    row.addEventListener("keydown", (event) => { if (event.key === "Enter") showDesign(p); });
    return row;
  });
  document.getElementById("report").append(
    Dom.section("explore", ["Points"], "Each point is a simulated design.", controls, chartBox, count, designBox),
    Dom.section("front", ["The front"], "Designs that no other is as good as in every objective and better in one.",
      el("div", { class: "scroll sweep-front", tabindex: "0", role: "region", "aria-label": "The front" }, el("table", {}, el("caption", { class: "hidden" }, "The front"),
        el("thead", {}, el("tr", {}, metricNames.map((n) => el("th", { scope: "col" }, n)), data.settings.map((n) => el("th", { scope: "col" }, n)))),
        el("tbody", {}, rows)))));
  draw();
  chart().on("click", ({ seriesIndex, dataIndex }) => showDesign(state.sets[seriesIndex][dataIndex]));
  addEventListener("resize", () => { chart().resize(); draw(); });
  for (const medium of ["(prefers-color-scheme: dark)", "print"]) matchMedia(medium).addEventListener("change", draw);
  document.documentElement.dataset.ready = "true";
})();
