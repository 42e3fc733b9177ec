// Charts: that they hold the values of results.json, and have drawn them.

// In the page: of each chart the points with their paths, and what is painted in it besides text and lines.
function chartsDrawn() {
  return [...document.querySelectorAll(".chart")].map((box) => {
    const chart = echarts.getInstanceByDom(box);
    const series = (chart?.getOption().series ?? []).map((one) => one.data ?? []);
    const points = series.flat().filter((point) => point?.paths).map(({ value, paths, scale = 1 }) =>
      ({ values: [value].flat().slice(0, paths.length).map((one) => one * scale), paths }));
    // Stacks that end at a figure: the sum of what lies below.
    series.forEach((data, at) => data.forEach((point, row) => {
      if (point?.upTo) points.push({ values: [series.slice(0, at + 1).reduce((sum, below) => sum + below[row].value * below[row].scale, 0)], paths: [point.upTo] });
    }));
    const frame = box.getBoundingClientRect();
    const painted = [...box.querySelectorAll("svg path, svg rect, svg circle, svg polygon")].filter((node) => {
      const fill = getComputedStyle(node).fill;
      const { width, height } = node.getBoundingClientRect();
      return fill !== "none" && !/, 0\)$/.test(fill) && fill !== "transparent" && width * height > 1 && width * height < 0.9 * frame.width * frame.height;
    });
    return { name: box.getAttribute("aria-label"), points, painted: painted.length, colours: new Set(painted.map((node) => getComputedStyle(node).fill)).size,
      width: frame.width, svg: box.querySelector("svg")?.getBoundingClientRect().width ?? 0 };
  });
}

export async function checkCharts(page, statistics, fail) {
  const charts = await page.evaluate(chartsDrawn);
  for (const { name, points, painted, colours, width, svg } of charts) {
    if (painted === 0 || colours === 0) fail(`"${name}" is blank`);
    if (Math.abs(svg - width) > 1) fail(`"${name}" is ${svg} pixels wide in ${width}`);
    for (const { values, paths } of points)
      paths.forEach((path, at) => {
        const value = statistics.get(path)?.value;
        if (!(Math.abs(value - values[at]) <= 1e-12 * Math.abs(value))) fail(`"${name}" has ${values[at]} for ${path}, results.json ${value}`);
      });
  }
  for (const one of charts.filter(({ points }) => points.length === 0)) fail(`"${one.name}" says of no point what it stands for`);
  return charts.length;
}

// In the page: pixels of every bar of every timeline, and of the rectangles that stand there.
function timelineBars() {
  return [...document.querySelectorAll(".timeline .chart")].map((box) => {
    const chart = echarts.getInstanceByDom(box);
    const frame = box.getBoundingClientRect();
    const rectangles = [...box.querySelectorAll("svg path")].filter((node) => getComputedStyle(node).fill !== "none").map((node) => {
      const { x, y, width, height } = node.getBoundingClientRect();
      const stroke = getComputedStyle(node).stroke;
      // A line around it counts to the box.
      const more = stroke === "none" ? 0 : parseFloat(getComputedStyle(node).strokeWidth);
      return [x - frame.x + more / 2, y - frame.y + more / 2, width - more, height - more];
    });
    const bars = chart.getOption().series[0].data.map(({ value, paths }) => {
      const [left] = chart.convertToPixel({ seriesIndex: 0 }, [value[0], value[2]]);
      const [right, middle] = chart.convertToPixel({ seriesIndex: 0 }, [value[1], value[2]]);
      return { left, right, middle, path: paths[0].replace(/start$/, "") };
    });
    return { name: box.getAttribute("aria-label"), bars, rectangles };
  });
}

// The rectangle of the busy cycles of every bar of some width: from start to end, and as high as its share of them.
export async function checkTimelineBars(page, statistics, fail) {
  let checked = 0;
  for (const { name, bars, rectangles } of await page.evaluate(timelineBars)) {
    const frames = bars.map(({ left, right, middle }) => rectangles.find(([x, y, width, height]) =>
      Math.abs(x - left) < 1 && Math.abs(width - (right - left)) < 1 && y < middle + 30 && y + height > middle && height > 15));
    bars.forEach(({ left, right, middle, path }, at) => {
      if (right - left < 4) return;
      ++checked;
      if (!frames[at]) { fail(`"${name}" has no bar for ${path}`); return; }
      const value = (what) => statistics.get(path + what)?.value;
      const [, top, , full] = frames[at];
      const wanted = (full * value("busy")) / (value("end") - value("start"));
      if (wanted < 1) return;
      const found = rectangles.some(([x, y, width, height]) => Math.abs(x - left) < 1 && Math.abs(width - (right - left)) < 1 &&
        Math.abs(y + height - top - full) < 1 && Math.abs(height - wanted) < 0.6);
      if (!found) fail(`"${name}" has no rectangle ${wanted.toFixed(1)} pixels high for the busy cycles of ${path}, row at ${middle}`);
    });
  }
  return checked;
}

// A press on "+" halves what is seen, one on "All" brings it back.
export async function checkZoom(page, fail) {
  const zoomed = await page.evaluate(() => [...document.querySelectorAll(".timeline")].map((one) => {
    const chart = echarts.getInstanceByDom(one.querySelector(".chart"));
    const seen = () => { const { start, end } = chart.getOption().dataZoom[0]; return end - start; };
    const press = (label) => one.querySelector(`button[aria-label="${label}"]`).click();
    const before = seen();
    press("Zoom in");
    const after = seen();
    const said = one.querySelector("[aria-live]").textContent;
    press("Show all");
    return { before, after, back: seen(), said };
  }));
  for (const { before, after, back, said } of zoomed)
    if (before !== 100 || after !== 50 || back !== 100 || !/^Cycles [\d,]+ to [\d,]+ are shown\.$/.test(said))
      fail(`zooming goes from ${before} % to ${after} % and ${back} %, and says "${said}"`);
}
