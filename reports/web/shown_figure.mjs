// Figures as people read them, against the values of results.json. It shares no code with base/quantity.cpp or the page.
const PREFIXES = { a: 1e-18, f: 1e-15, p: 1e-12, n: 1e-9, "µ": 1e-6, m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };
const SCALED = { "mm²": [1e-6, "m2"], "W/mm²": [1e6, "W/m2"], "µm²/bit": [1e-12, "m2/bit"] };

// How many of `unit` (of the results) one of `written` (on the page) is; undefined where it is none.
function scaleOf(written, unit) {
  if (written === unit || (written === "" && unit === "ratio")) return 1;
  if (SCALED[written]) return SCALED[written][1] === unit ? SCALED[written][0] : undefined;
  const prefix = written.endsWith(unit) ? written.slice(0, written.length - unit.length) : undefined;
  return PREFIXES[prefix];
}

// Whether `text` ("1.234 mJ/token", "217,856 cycles", "71.4×") says what the statistic holds, to its last digit. A table
// may leave its unit to the caption; `bare` says so.
export function says(text, statistic, bare = false) {
  if (statistic.quantity === "text") return text === statistic.value;
  const parts = /^(−?)([\d,]+(?:\.(\d+))?)×?(?: (\S+))?$/.exec(text.trim());
  if (!parts) return false;
  const [, sign, digits, decimals, written] = parts;
  const scale = bare && !written ? 1 : scaleOf(written ?? "", statistic.unit);
  if (scale === undefined) return false;
  const number = Number(digits.replaceAll(",", "")) * (sign ? -1 : 1);
  // Counts are whole; other figures have four digits, of which zeros at the end are left out.
  const whole = statistic.unit === "cycles" || (statistic.quantity === "count" && !decimals);
  const size = Math.abs(number);
  const place = 10 ** -(decimals?.length ?? 0);
  const last = whole ? 1 : size > 0 ? Math.min(place, 10 ** (Math.floor(Math.log10(size)) - 3)) : decimals ? place : 0;
  return Math.abs(number - statistic.value / scale) <= 0.5 * last * (1 + 1e-6) + 1e-12 * size;
}
