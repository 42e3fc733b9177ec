// A headless Chromium, driven over the pipe of its debugging protocol; no package is needed for it.
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const DEADLINE_MS = 60_000;

export async function openBrowser(chromium, profile) {
  const child = spawn(chromium, ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
    `--user-data-dir=${resolve(profile)}`], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const waiting = new Map();
  const heard = [];
  let last = 0;
  let rest = "";
  child.stdio[4].on("data", (data) => {
    rest += data;
    for (let end = rest.indexOf("\0"); end >= 0; end = rest.indexOf("\0")) {
      const message = JSON.parse(rest.slice(0, end));
      rest = rest.slice(end + 1);
      if (!message.id) { heard.push(message); continue; }
      const { done, failed } = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) failed(new Error(message.error.message)); else done(message.result);
    }
  });
  child.on("exit", () => { for (const { failed } of waiting.values()) failed(new Error("the browser ended")); });
  const send = (method, params, sessionId) => new Promise((done, failed) => {
    waiting.set(++last, { done, failed });
    child.stdio[3].write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
  });

  // A page that has run its scripts to their end. `evaluate` runs a function in it with arguments that JSON can hold.
  async function openPage(path) {
    const { targetId } = await send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
    const call = (method, params) => send(method, params, sessionId);
    for (const domain of ["Page", "Runtime", "Log"]) await call(`${domain}.enable`);
    async function evaluate(run, ...values) {
      const expression = `(${run})(${values.map((one) => JSON.stringify(one)).join(",")})`;
      const { result, exceptionDetails } = await call("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    }
    await call("Page.navigate", { url: pathToFileURL(resolve(path)).href });
    const ready = () => document.readyState === "complete" && document.documentElement.dataset.ready === "true";
    for (const start = Date.now(); !(await evaluate(ready).catch(() => false));) {
      if (Date.now() - start > DEADLINE_MS) throw new Error(`${path}: the scripts did not run to their end`);
      await new Promise((done) => setTimeout(done, 50));
    }
    return {
      evaluate,
      // Until the observers of sizes and colours have had their turn.
      async look(width, scheme) {
        await call("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: false });
        await call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
        await evaluate(() => new Promise((done) => { setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 120); }));
      },
      async press(key, code) {
        for (const type of ["keyDown", "keyUp"])
          await call("Input.dispatchKeyEvent", { type, key, code: key, windowsVirtualKeyCode: code, text: type === "keyDown" && key === "Enter" ? "\r" : undefined });
      },
      print: async () => Buffer.from((await call("Page.printToPDF", { printBackground: true, preferCSSPageSize: true })).data, "base64"),
      // What a console would show in red.
      errors: () => heard.filter((one) => one.sessionId === sessionId).flatMap(({ method, params }) =>
        method === "Runtime.exceptionThrown" ? [params.exceptionDetails.exception?.description ?? params.exceptionDetails.text]
          : method === "Log.entryAdded" && params.entry.level === "error" ? [params.entry.text]
            : method === "Runtime.consoleAPICalled" && ["error", "assert"].includes(params.type) ? [JSON.stringify(params.args)] : []),
      close: () => send("Target.closeTarget", { targetId }),
    };
  }
  return { openPage, close: () => send("Browser.close").catch(() => {}) };
}
