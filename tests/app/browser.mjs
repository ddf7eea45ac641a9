// What every test of the app stands on: a browser, contexts that are signed in, TAP, axe, pictures.
import { chromium } from "playwright-core";
import { createRequire } from "node:module";
import fs from "node:fs";

const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const { url, token, app } = process.env;
export const browser = await launch();

// A browser now and then starts and never opens its first page; then another one does.
async function launch(tries = 3) {
  const started = await chromium.launch({ executablePath: process.env.chromium, args: ["--no-sandbox"] });
  const opened = started.newPage().then((page) => page.close()).then(() => true, () => false);
  if (await Promise.race([opened, new Promise((late) => setTimeout(late, 20000, false))])) return started;
  started.close().catch(() => {});
  if (tries == 1) throw new Error("the browser opens no page");
  console.log("# the browser opened no page within 20 s: another one is started");
  return launch(tries - 1);
}

let tests = 0, failed = 0;

export function ok(good, name, why = "") {
  console.log(`${good ? "ok" : "not ok"} ${++tests} - ${name}`);
  if (good) return;
  failed++;
  console.log(String(why).replace(/^/gm, "# "));
}

export function is(got, wanted, name) {
  ok(got === wanted, name, `got: ${got}\nwanted: ${wanted}`);
}

export async function done() {
  await browser.close();
  console.log(`1..${tests}`);
  process.exit(failed ? 1 : 0);
}

// Whatever a page ran that it should not have: dialogs, errors, calls of the payloads' x().
export async function open({ width = 1280, scheme = "light", script = true, signedIn = true } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, javaScriptEnabled: script });
  context.setDefaultTimeout(120000); // a machine may be slow; a wait ends with what it is for
  const page = await context.newPage();
  page.wrong = [];
  page.on("dialog", (dialog) => { page.wrong.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("pageerror", (error) => page.wrong.push(`error: ${error.message}`));
  page.on("request", (request) => { if (!request.url().startsWith(url) && !/^(data|blob|about):/.test(request.url())) page.wrong.push(`request: ${request.url()}`); });
  page.on("requestfailed", (request) => { // what the policy stopped was not loaded
    if (request.failure().errorText == "csp") page.wrong = page.wrong.filter((wrong) => wrong != `request: ${request.url()}`);
  });
  if (script) await page.addInitScript(() => { globalThis.x = () => { throw new Error("a payload ran"); }; });
  if (signedIn) await signIn(page);
  return page;
}

export async function signIn(page) {
  await page.goto(`${url}/email/sign-in`);
  await page.fill("#token", token);
  await page.click("button.main");
}

// axe needs a script of its own in the page, which the page's policy does not know.
export async function axe(page, name) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { iframes: false }));
  ok(violations.length === 0, `${name}: axe finds nothing`,
    violations.map((v) => `${v.id}: ${v.help}\n${v.nodes.slice(0, 3).map((n) => `  ${n.html.slice(0, 200)}\n  ${n.failureSummary}`).join("\n")}`).join("\n"));
}

// A hidden caret is a change of every field, which a page that follows would take back.
export function shoot(page, name) {
  return page.screenshot({ path: `${app}/shots/${name}.png`, fullPage: true, caret: "initial" });
}
