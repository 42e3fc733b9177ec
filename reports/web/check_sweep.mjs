// Looks at the page of a sweep in headless Chromium: node check_sweep.mjs CHROMIUM PAGE PROFILE
// Checks that a press of a row shows its design, the chart is drawn, nothing overflows at two widths, light and dark, and
// no error is logged.
import { openBrowser } from "./browser.mjs";

const [chromium, path, profile] = process.argv.slice(2);
const failures = [];
const browser = await openBrowser(chromium, profile);
const page = await browser.openPage(path);
for (const width of [390, 1280])
  for (const scheme of ["light", "dark"]) {
    await page.look(width, scheme);
    const { wide, colours } = await page.evaluate(() => {
      const canvas = document.querySelector(".sweep-chart canvas");
      const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      const seen = new Set();
      for (let i = 0; i < pixels.length; i += 4) if (pixels[i + 3] === 255) seen.add((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2]);
      return { wide: document.documentElement.scrollWidth - document.documentElement.clientWidth, colours: seen.size };
    });
    if (wide !== 0) failures.push(`${width} pixels, ${scheme}: the page is ${wide} pixels too wide`);
    if (colours < 5) failures.push(`${width} pixels, ${scheme}: the chart has ${colours} colours`);
  }
const shown = await page.evaluate(() => {
  const row = document.querySelector("tr[tabindex]");
  row.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
  const design = document.querySelector(".sweep-design").textContent;
  return [...row.cells].map((cell) => cell.textContent).filter((text) => text !== "–" && !design.includes(text))
    .concat(design.includes("ternsim simulate") ? [] : ["its command"]);
});
for (const one of shown) failures.push(`the chosen design lacks ${one}`);
for (const error of page.errors()) failures.push(`an error is logged: ${error}`);
await browser.close();
if (failures.length) {
  console.error(failures.map((one) => `sweep page: ${one}`).join("\n"));
  process.exit(1);
}
