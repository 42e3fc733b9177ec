// Tables sort by value, stably, by pointer and keyboard.

// In the page: presses every column's head twice, and notes the rows' order by their first figure each time.
function sortAll() {
  const absent = (cell) => !cell.querySelector("[data-path]");
  const out = [];
  for (const table of document.querySelectorAll("table")) {
    const buttons = [...table.querySelectorAll("thead .sort")];
    const body = table.tBodies[0];
    const original = [...body.rows];
    const state = () => [...body.rows].map((row) => original.indexOf(row));
    const heads = buttons.map((button) => button.closest("th"));
    heads.forEach((head, column) => {
      const cells = original.map((row) => row.cells[column]);
      const one = { caption: table.caption.textContent, head: head.textContent, paths: cells.map((cell) => (absent(cell) ? null : cell.querySelector("[data-path]").dataset.path)),
        texts: cells.map((cell) => cell.textContent), stays: original.map((row) => row.classList.contains("total")), presses: [] };
      for (let press = 0; press < 2; ++press) {
        buttons[column].click();
        one.presses.push({ order: state(), sort: head.getAttribute("aria-sort"), others: heads.filter((other) => other !== head && other.hasAttribute("aria-sort")).length });
      }
      out.push(one);
    });
    body.append(...original);
    for (const head of heads) head.removeAttribute("aria-sort");
  }
  return out;
}

export async function checkSorting(page, statistics, fail) {
  const columns = await page.evaluate(sortAll);
  for (const { caption, head, paths, texts, stays, presses } of columns) {
    const where = `table "${caption}", column "${head}"`;
    // The first column has names instead of figures, as has the constants' one of tiers, whose order is that of evidence.
    if (head === "Tier") continue;
    const named = paths.every((path) => path === null);
    const keys = paths.map((path, at) => (named ? texts[at] : path === null ? undefined : statistics.get(path).value));
    presses.forEach(({ order, sort, others }) => {
      if (others !== 0) fail(`${where}: another column says that it is sorted`);
      if ([...order].sort((a, b) => a - b).some((row, at) => row !== at)) fail(`${where}: rows got lost`);
      const sign = sort === "ascending" ? 1 : sort === "descending" ? -1 : 0;
      if (sign === 0) fail(`${where}: aria-sort is ${sort}`);
      const rank = (row) => (stays[row] ? 2 : keys[row] === undefined ? 1 : 0);
      order.forEach((row, at) => {
        if (at === 0) return;
        const before = order[at - 1];
        if (rank(before) > rank(row)) fail(`${where}: a row without a value, or the total, is not last`);
        if (rank(before) !== 0 || rank(row) !== 0) return;
        const [a, b] = [keys[before], keys[row]];
        const way = typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });
        if (way * sign > 0) fail(`${where}: ${a} comes before ${b} where it is sorted ${sort}`);
        if (way === 0 && before > row) fail(`${where}: rows of equal value change places`);
      });
    });
    if (presses[0].sort === presses[1].sort) fail(`${where}: a second press does not turn it round`);
  }
  return columns.length;
}

// Enter on the focused head of a column does what a click does.
export async function checkKeyboard(page, fail) {
  const there = await page.evaluate(() => {
    const button = document.querySelector("thead .sort");
    button?.focus();
    return document.activeElement === button && button !== null;
  });
  if (!there) return;
  await page.press("Enter", 13);
  const sort = await page.evaluate(() => document.activeElement.closest("th")?.getAttribute("aria-sort"));
  if (sort !== "ascending" && sort !== "descending") fail(`Enter on a column's head sorts it "${sort}"`);
}
