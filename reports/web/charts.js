// Stacked bars and ranges, and the frame for the charts of other files. Colours come from the style sheet's custom properties, so light, dark and print have one source.
const Charts = (() => {
  "use strict";
  const { el } = Dom;
  const drawn = [];

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // A part's own colour where the style sheet has one, else the next of the spare colours, the same on every chart.
  const spare = new Map();
  function colourName(name) {
    const own = `--c-${name.replaceAll("_", "-")}`;
    if (css(own)) return own;
    if (!spare.has(name)) spare.set(name, `--spare-${(spare.size % 8) + 1}`);
    return spare.get(name);
  }

  function swatch(name) {
    const mark = el("span", { class: "swatch", "aria-hidden": "true" });
    mark.style.background = `var(${colourName(name)})`;
    return mark;
  }

  const legend = (entries) => el("ul", { class: "legend" },
    entries.map(([name, label]) => el("li", {}, swatch(name), label)));

  // Axis ticks only; every figure's own text comes from the results.
  function tick(value, unit) {
    const size = Math.abs(value);
    if (size === 0) return "0";
    const steps = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"], [1e-12, "p"]];
    const [scale, prefix] = steps.find(([least]) => size >= least * 0.9999999) ?? steps.at(-1);
    return `${Number((value / scale).toPrecision(3))} ${prefix}${unit}`.trim();
  }

  const tooltip = (formatter) => ({
    trigger: "item", confine: true, backgroundColor: css("--card"), borderColor: css("--line"),
    textStyle: { color: css("--ink"), fontSize: 13 }, formatter,
  });

  function tip(part, bar, statistic) {
    return el("div", { class: "tip" }, el("strong", {}, part), el("span", {}, bar), Dom.figure(statistic));
  }

  // A point of a series from several statistics, and what else its place needs; `paths` says which they are.
  const datum = (statistics, ...more) => ({ value: [...statistics.map((one) => one.value), ...more], paths: statistics.map((one) => one.path) });

  // The library takes what is below 1e-10 or so for nothing: values are drawn in thousandths of thousandths as need be.
  function scaleOf(bars, series) {
    const longest = Math.max(...bars.map(({ values }) => series.reduce((sum, [name]) => sum + Math.abs(values.get(name)?.value ?? 0), 0)));
    return longest > 0 ? 1000 ** Math.floor(Math.log10(longest) / 3) : 1;
  }

  function barOf(statistic, scale) {
    if (!statistic) return 0;
    const { value, path, upTo } = statistic;
    return { value: value / scale, scale, paths: path ? [path] : undefined, upTo };
  }

  // bars: [{label, values: Map(series name -> statistic)}], series: [[name, label]]
  function options({ bars, series, axis, unit, width }) {
    const ink = css("--ink");
    const soft = css("--ink-soft");
    const rows = [...bars].reverse();
    const { labels, labelWidth } = layout(bars, width);
    const scale = scaleOf(bars, series);
    return {
      animation: false,
      backgroundColor: "transparent",
      textStyle: { fontFamily: css("--font"), color: ink },
      grid: { left: labelWidth + 12, right: 24, top: 4, bottom: 42 },
      tooltip: tooltip(({ seriesIndex, dataIndex }) =>
        tip(series[seriesIndex][1], rows[dataIndex].label, rows[dataIndex].values.get(series[seriesIndex][0]))),
      xAxis: {
        type: "value", name: axis, nameLocation: "middle", nameGap: 27, nameTextStyle: { color: soft, fontSize: 12 },
        splitNumber: width < 480 ? 2 : 5, splitLine: { lineStyle: { color: css("--line") } },
        axisLabel: { color: soft, fontSize: 11, formatter: (value) => tick(value * scale, unit), hideOverlap: true },
      },
      yAxis: {
        type: "category", data: labels.map((lines) => lines.join("\n")).reverse(), axisTick: { show: false },
        axisLine: { lineStyle: { color: css("--line") } },
        axisLabel: { color: ink, fontSize: 12, lineHeight: 15, interval: 0 },
      },
      series: series.map(([name, label]) => ({
        name: label, type: "bar", stack: "all", barMaxWidth: 26, barCategoryGap: "34%",
        itemStyle: { color: css(colourName(name)) },
        emphasis: { focus: "series" },
        data: rows.map((bar) => barOf(bar.values.get(name), scale)),
      })),
    };
  }

  // Labels break between words; a letter is taken as 6.6 pixels of the 12 pixel face.
  const letterWidth = 6.6;
  function wrapped(label, letters) {
    const lines = [""];
    for (const word of label.split(" "))
      if (lines.at(-1) && lines.at(-1).length + 1 + word.length > letters) lines.push(word);
      else lines[lines.length - 1] += (lines.at(-1) ? " " : "") + word;
    return lines;
  }

  // What the labels need: their lines, the width they take and the height of the chart around them.
  function layout(bars, width) {
    const labels = bars.map((bar) => wrapped(bar.label, width < 480 ? 13 : 22));
    const letters = Math.max(...labels.flat().map((line) => line.length));
    const lines = Math.max(...labels.map((one) => one.length));
    return { labels, labelWidth: Math.ceil(letters * letterWidth) + 4, height: 50 + bars.length * Math.max(34, 15 * lines + 12) };
  }

  // A figure element whose chart is drawn once it stands in the page: `height` and `options` are functions of its width in
  // pixels, and `started` hears of the chart when it is there.
  function chart({ caption, short, hideCaption, height, options, started }) {
    const box = el("div", { class: "chart", role: "img", "aria-label": `${caption}. The table holds the same figures.` });
    drawn.push({ box, height, options, started, chart: null });
    return el("figure", { class: "chart-figure" }, el("figcaption", { class: hideCaption ? "hidden" : null }, short ?? caption), box);
  }

  // `axis` names the axis, `unit` follows its ticks.
  function stackedBars({ caption, short, hideCaption, bars, series, axis, unit = "" }) {
    return chart({ caption, short, hideCaption, height: (width) => layout(bars, width).height,
      options: (width) => options({ bars, series, axis, unit, width }) });
  }

  // Bars from a low to a high end around one value, `mid`: a stack whose first part is not drawn. The tip shows an end.
  function rangeBars({ caption, bars, mid, axis, unit = "" }) {
    const rows = bars.map(({ label, low, high }) => {
      const [lower, upper] = low.value <= high.value ? [low, high] : [high, low];
      return { label, values: new Map([["offset", { value: lower.value, upTo: lower.path }],
        ["range-below", { ...lower, path: undefined, upTo: mid.path, value: mid.value - lower.value }],
        ["range-above", { ...upper, path: undefined, upTo: upper.path, value: upper.value - mid.value }]]) };
    });
    const ends = bars.flatMap((bar) => [bar.low.value, bar.high.value]);
    const room = 0.08 * (Math.max(...ends) - Math.min(...ends));
    const series = [["offset", ""], ["range-below", "Lower end"], ["range-above", "Upper end"]];
    return chart({ caption, height: (width) => layout(rows, width).height,
      options: (width) => {
        const made = options({ bars: rows, series, axis, unit, width });
        const { scale } = made.series[0].data[0];
        made.xAxis.min = Math.max(0, Math.min(...ends) - room) / scale;
        made.xAxis.max = (Math.max(...ends) + room) / scale;
        made.xAxis.axisLabel.showMinLabel = made.xAxis.axisLabel.showMaxLabel = false;
        made.series[0].itemStyle = { color: "transparent" };
        made.series[0].silent = true;
        return made;
      } });
  }

  function draw(one) {
    const width = one.box.clientWidth;
    if (width === 0) return;
    one.box.style.height = `${one.height(width)}px`;
    if (!one.chart) {
      one.chart = echarts.init(one.box, null, { renderer: "svg" });
      one.started?.(one.chart);
    }
    one.chart.resize();
    one.chart.setOption(one.options(width), true);
  }

  function drawAll() { drawn.forEach(draw); }

  function start() {
    drawAll();
    const observer = new ResizeObserver((entries) => {
      for (const entry of entries) {
        const one = drawn.find(({ box }) => box === entry.target);
        if (one && entry.contentRect.width !== one.width) { one.width = entry.contentRect.width; draw(one); }
      }
    });
    for (const one of drawn) { one.width = one.box.clientWidth; observer.observe(one.box); }
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
    matchMedia("print").addEventListener("change", drawAll);
  }

  // On paper nothing can be opened: tables come out in full, charts in the light colours.
  function printOpened(report) {
    const closed = [];
    addEventListener("beforeprint", () => {
      document.documentElement.classList.add("printing");
      for (const one of report.querySelectorAll("details:not([open])")) { one.open = true; closed.push(one); }
      drawAll();
    });
    addEventListener("afterprint", () => {
      document.documentElement.classList.remove("printing");
      for (const one of closed.splice(0)) one.open = false;
      drawAll();
    });
  }

  return { css, colourName, legend, swatch, tick, tooltip, datum, chart, stackedBars, rangeBars, start, drawAll, printOpened };
})();
