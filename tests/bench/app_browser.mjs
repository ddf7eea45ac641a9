// What a browser sees of the app, as one line of JSON: when a page is first painted, how far it
// moves while it is there, how late a row follows its message. For app.py, which gives it $url,
// $token and the id of a message that is held; playwright-core is where tests/app has it.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";

const { chromium } = createRequire(`${process.env.modules}/`)("playwright-core");
const { url, token, id } = process.env;
const PAINTS = 7, CHANGES = 16;

const browser = await chromium.launch({ executablePath: process.env.chromium, args: ["--no-sandbox"] });
const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

async function open(width) {
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(() => {
    globalThis.moved = 0;
    new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) globalThis.moved += one.value; })
      .observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(`${url}/email/sign-in`);
  await page.fill("#token", token);
  await page.click("button.main");
  return page;
}

const painted = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;

// Milliseconds from the click to the first paint: styles and script are asked for again each time.
async function paint(page, path) {
  const times = [];
  for (let i = 0; i < PAINTS; i++) {
    await page.goto(`${url}${path}`);
    await page.waitForFunction(painted);
    times.push(await page.evaluate(painted));
  }
  return median(times);
}

// From before the command that changes the message to the row that says so; at times that have
// nothing to do with the page's own.
async function follow(page) {
  const times = [];
  await page.goto(`${url}/email/bench/queue?q=${id}`);
  await page.locator("#live .live").waitFor();
  for (let i = 0; i < CHANGES; i++) {
    await page.waitForTimeout(100 + 137 * (i % 7));
    const [verb, status] = i % 2 ? ["mailq-hold", "held"] : ["mailq-release", "queued"];
    const seen = page.evaluate(([row, name]) => new Promise((done) => {
      const look = () => document.querySelector(`#m-${row} .${name}`) ? done(Date.now()) : setTimeout(look, 5);
      look();
    }), [id, status]);
    const begun = Date.now();
    execFileSync(verb, [id]);
    times.push(await seen - begun);
  }
  return Math.max(...times);
}

const wide = await open(1280), phone = await open(390), result = { paint: {}, moved: {} };
for (const [name, path] of Object.entries(JSON.parse(process.env.pages))) {
  result.paint[name] = await paint(wide, path);
  result.moved[name] = await wide.evaluate(() => globalThis.moved);
  await phone.goto(`${url}${path}`);
  await phone.waitForTimeout(300);
  result.moved[name] = Math.max(result.moved[name], await phone.evaluate(() => globalThis.moved));
}
result.follow = await follow(wide);
result.moved["the queue, as it follows"] = await wide.evaluate(() => globalThis.moved);
console.log(JSON.stringify(result));
await browser.close();
