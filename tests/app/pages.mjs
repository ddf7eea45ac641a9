// Every page and act of the app, as somebody at a browser finds them.
import { execFileSync } from "node:child_process";
import { axe, done, is, ok, open, shoot, url } from "./browser.mjs";
import { purge } from "./purge.mjs";
import { editor, settings } from "./settings.mjs";
import { states } from "./states.mjs";
import { tokens } from "./tokens.mjs";

const run = (program, ...words) => execFileSync(program, words, { encoding: "utf8" }).trim();
const idOf = (...words) => run("mailq-list", "-o", "acme", "-q", ...words).split("\n")[0];
const at = `${url}/email/acme`;

const pages = {
  "queue": "/queue", "queue-held": "/queue?status=held", "queue-none": "/queue?q=nothing-like-it",
  "failed": "/failed", "failed-domain": "/failed?by=domain",
  "message-sent": `/messages/${idOf("--to", "alice@example.com", "-s", "sent")}`,
  "message-failed": `/messages/${idOf("--to", "nobody1@umbra.example")}`,
  "message-held": `/messages/${idOf("-s", "held")}`,
  "message-many": `/messages/${idOf("--to", "user1@example.com")}`,
  "message-raw": `/messages/${idOf("--to", "payload1@example.com")}?view=raw`,
  "templates": "/templates", "template": "/templates/tpl_welcome", "template-order": "/templates/tpl_order",
  "transports": "/transports", "transport": "/transports/gone",
  "message-files": `/messages/${idOf("--to", "payload1@example.com")}?view=attachments`,
};

async function fits(page, name) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  ok(over <= 0, `${name}: does not scroll sideways`, `${over} pixels over`);
}

async function looks() {
  for (const scheme of ["light", "dark"])
    for (const width of [1280, 390]) {
      const page = await open({ width, scheme });
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(at + path);
        await shoot(page, `${name}-${width}-${scheme}`);
        await axe(page, `${name}, ${width}, ${scheme}`);
        await fits(page, `${name}, ${width}`);
      }
      for (const [name, path] of [["queue-empty", "empty/queue"], ["failed-none", "empty/failed"], ["queue-long", "globex/queue"], ["queue-all", "-/queue"]]) {
        await page.goto(`${url}/email/${path}`);
        await shoot(page, `${name}-${width}-${scheme}`);
        await axe(page, `${name}, ${width}, ${scheme}`);
        await fits(page, `${name}, ${width}`);
      }
      ok(page.wrong.length === 0, `${width}, ${scheme}: nothing ran or was loaded that should not be`, page.wrong.join("\n"));
      await page.context().close();
      const door = await open({ width, scheme, signedIn: false });
      await door.goto(`${url}/email/sign-in`);
      await shoot(door, `sign-in-${width}-${scheme}`);
      await axe(door, `sign in, ${width}, ${scheme}`);
      await door.context().close();
    }
  const narrow = await open({ width: 320 });
  for (const [name, path] of Object.entries(pages)) {
    await narrow.goto(at + path);
    await fits(narrow, `${name}, 320`);
  }
  await narrow.context().close();
}

// Whatever a text says, the page around it stays what it was.
async function payloads() {
  const page = await open();
  const ids = run("mailq-list", "-o", "acme", "-q", "--limit", "200").split("\n");
  let whole = 0;
  for (const id of ids)
    for (const view of ["html", "text", "headers", "raw", "attachments"]) {
      await page.goto(`${at}/messages/${id}?view=${view}`);
      whole += await page.evaluate(() => document.querySelectorAll("h1").length === 1 && document.querySelectorAll("main, footer, header.bar").length === 3 &&
        getComputedStyle(document.querySelector("footer")).display !== "none" && !document.querySelector("base, main script, main meta"));
    }
  is(whole, 5 * ids.length, "no text breaks a message's page");
  await page.goto(`${at}/queue`);
  is(await page.locator("#rows tr").count(), await page.locator("#rows [name=id]").count(), "nor the list");
  for (const id of ids) await page.goto(`${at}/messages/${id}/html?images=1`).catch(() => {});
  page.wrong = page.wrong.filter((wrong) => !wrong.startsWith("request:")); // images, as asked
  ok(page.wrong.length === 0, "no payload runs, not even where it is shown alone", page.wrong.join("\n"));
  await page.context().close();
}

// What is wrong stands in the first sentence.
async function tells() {
  const page = await open();
  await page.goto(`${url}/email/paused/queue`);
  const words = await page.locator("#health").textContent();
  ok(/ is paused until .* it (cannot be reached|does not accept)/.test(words), "a connector that is paused is told in the first sentence", words);
  await page.context().close();
}

async function weighs() {
  for (const path of ["many/queue", "failing/failed", "failing/failed?by=domain"]) {
    const page = await open();
    let bytes = 0;
    page.on("response", async (answer) => { bytes += (await answer.body().catch(() => "")).length; });
    await page.goto(`${url}/email/${path}`, { waitUntil: "load" });
    await page.waitForFunction(() => document.querySelector("#live").textContent);
    ok(bytes < 100000, `${path}, with its styles and script, is below 100 KB`, `${bytes} bytes`);
    await page.context().close();
  }
}

async function signing() {
  const page = await open({ signedIn: false });
  await page.goto(`${at}/failed`);
  await page.fill("#token", "nonsense");
  await page.click("button.main");
  ok(await page.getByText("not known here").isVisible(), "a wrong token is told at its field");
  await page.fill("#token", process.env.token);
  await page.click("button.main");
  is(page.url(), `${at}/failed`, "the right one leads to where one was");
  await page.click("details.menu.end summary");
  await page.click("button[value=dark]");
  is(await page.locator("html").getAttribute("data-theme"), "dark", "the appearance is kept");
  await page.click("details.menu.end summary");
  await page.click("button:text('Sign out')");
  ok(page.url().endsWith("/email/sign-in"), "one signs out");
  await page.context().close();
}

// The same acts with a script, by dialogs and parts of pages, and without, by whole pages.
async function acts(script) {
  const way = script ? "with a script" : "without";
  const page = await open({ script });
  await page.goto(`${at}/queue?status=held`);
  await page.locator("#rows tr", { hasText: "Held for a look" }).locator("[name=id]").check();
  await page.click(".bulk button[value=release]");
  await page.getByText("1 message released.").waitFor();
  await page.goto(`${at}/messages/${run("cat", `${process.env.work}/held`)}`);
  await page.click("button[value=hold]");
  await page.getByText("1 message held.").waitFor();
  ok(true, `${way}: released in the list, held on its page`);
  await page.click("button[value=delete]");
  await page.getByText("Delete 1 message?").waitFor();
  await (script ? page.locator("dialog[open] [data-close]") : page.locator("[data-close]")).click();
  await page.getByRole("heading", { name: "Story" }).waitFor();
  is(run("mailq-list", "-o", "acme", "-q", "-s", "held").length, 26, `${way}: a question can be left`);
  await page.goto(`${at}/failed`);
  await page.getByText("Retry 3…").click();
  await page.locator(".ask button.main").waitFor();
  await shoot(page, `failed-ask-${way.split(" ")[0]}`);
  await page.click(".ask button.main");
  await page.getByText("Nothing has moved yet.").waitFor();
  await page.locator("#notices").getByRole("button", { name: "Undo" }).click();
  await page.getByText("Taken back.").waitFor();
  ok(true, `${way}: a group's retry is asked for, and taken back`);
  await page.goto(`${at}/queue?status=sent`);
  await page.click("button[value='7d']");
  await page.locator("button[value='7d'][aria-pressed=true]").waitFor();
  is(page.url(), `${at}/queue?status=sent`, `${way}: the charts show another time, and the list is the same`);
  await page.click("button[value='1h']");
  await page.locator("button[value='1h'][aria-pressed=true]").waitFor();
  await page.selectOption("[name=since]", "range");
  await page.fill("[name=from]", "2026-01-01T00:00");
  await page.fill("[name=until]", "2026-01-02T00:00");
  if (!script) await page.click("form.filters button:text('Show')");
  await page.getByText("No sent message.").waitFor();
  ok(true, `${way}: a list between two times`);
  await page.goto(`${at}/queue`);
  await page.fill("[type=search]", "To many");
  if (!script) await page.click("form.filters button:text('Show')");
  await page.locator("#rows tr").nth(1).waitFor({ state: "detached" });
  is(await page.locator("#rows tr").count(), 1, `${way}: a message is found`);
  await page.goto(`${url}/email/globex/queue`);
  const first = await page.locator("#rows tr").first().getAttribute("id");
  for (const rows of [50, 20]) {
    await page.click("a[rel=next]");
    await page.waitForURL(/cursor=/);
    await page.locator(`#${first}`).waitFor({ state: "detached" });
    await page.getByText(`${rows} of 120`, { exact: true }).waitFor();
  }
  await page.getByRole("link", { name: "Newest", exact: true }).click();
  await page.locator(`#${first}`).waitFor();
  ok(true, `${way}: a list is gone through page by page`);
  ok(page.wrong.length === 0, `${way}: nothing went wrong`, page.wrong.join("\n"));
  await page.context().close();
}

// What asks takes a reason, and the story tells it.
async function reasons(script) {
  const way = script ? "with a script" : "without", why = `Sent twice, ${way} <script>x()</script>`;
  const page = await open({ script, width: script ? 1280 : 390, scheme: script ? "light" : "dark" });
  const id = execFileSync("mailq-enqueue", { input: '{"to_emails": ["alice@example.com"], "subject": "Not wanted"}', encoding: "utf8" }).trim();
  await page.goto(`${at}/messages/${id}`);
  await page.click("button[value=cancel]");
  await page.getByText("Cancel 1 message?").waitFor();
  await page.getByLabel("Why").fill("\u20ac".repeat(200)); // 600 bytes
  await page.click("button.danger.main");
  await page.getByText("It cannot be kept: longer than 500 bytes.").waitFor();
  await shoot(page, `ask-wrong-${way.split(" ")[0]}`);
  if (script) await axe(page, "a question with a wrong answer");
  is(await page.getByLabel("Why").inputValue(), "\u20ac".repeat(200), `${way}: what was typed is still there`);
  await page.getByLabel("Why").fill(why);
  await shoot(page, `ask-${way.split(" ")[0]}`);
  await page.click("button.danger.main");
  await page.getByText("1 message cancelled.").waitFor();
  ok((await page.textContent("#story")).includes(`“${why}”`), `${way}: a reason that is given is in the story`);
  await shoot(page, `message-cancelled-${way.split(" ")[0]}`);
  ok(page.wrong.length === 0, `reasons, ${way}: nothing ran that should not`, page.wrong.join("\n"));
  await page.context().close();
}

async function live() {
  const page = await open();
  await page.goto(`${at}/queue?status=ready`);
  await page.getByText("Live", { exact: true }).waitFor();
  const row = page.locator("#rows tr", { hasText: "Waits" });
  const id = (await row.getAttribute("id")).slice(2), begun = Date.now();
  run("mailq-hold", id);
  await page.locator(`#m-${id} .held`).waitFor();
  ok(true, "a row follows what a command does");
  console.log(`# after ${Date.now() - begun} ms`);
  run("mailq-release", id);
  await page.locator(`#m-${id} .queued`).waitFor();
  ok(true, "and follows back");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  is(await page.locator("#rows :checked").count(), 1, "keys move and select");
  await page.keyboard.press("?");
  ok(await page.locator("#keys").isVisible(), "and tell themselves");
  await axe(page, "a dialog");
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("f");
  await page.waitForURL(`${at}/failed*`);
  ok(true, "and go to another page");
  await page.context().close();
}

// All that a list finds, not only what it shows: what can be taken back is, what cannot is typed.
async function bulk(script) {
  const way = script ? "with a script" : "without";
  const page = await open({ script, width: script ? 390 : 1280 });
  const choose = async (verb) => {
    await page.goto(`${url}/email/globex/queue?status=held`);
    await page.locator("#rows [name=id]").first().check();
    await page.getByLabel("All 120 that match").check();
    if (script) is(await page.textContent("#selected"), "All 120 that match are selected", "all that match are told to be");
    await shoot(page, `bulk-${way.split(" ")[0]}`);
    await page.click(`.bulk button[value=${verb}]`);
  };
  await choose("release");
  await page.getByText("120 messages will be released at").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("Taken back.").waitFor();
  is(run("mailq-list", "-o", "globex", "-s", "held", "-q", "--limit", "200").split("\n").length, 120, `${way}: what was taken back has not moved`);
  await choose("delete");
  await page.getByText("Delete 120 messages?").waitFor();
  await shoot(page, `bulk-ask-${way.split(" ")[0]}`);
  await page.fill("#count", "119");
  await page.click("button.danger.main");
  ok(await page.locator("#count:invalid").isVisible(), `${way}: another number than that of the messages deletes none`);
  await page.fill("#count", "120");
  if (!script) return page.context().close();
  await page.click("button.danger.main");
  await page.getByText("120 messages deleted.", { exact: true }).waitFor();
  is(run("mailq-list", "-o", "globex", "-q"), "", "all that match are deleted, not only those that were shown");
  ok(page.wrong.length === 0, `bulk, ${way}: nothing went wrong`, page.wrong.join("\n"));
  await page.context().close();
}

// On a telephone: charts open on demand, and the largest group is retried.
async function phone(script) {
  const way = script ? "with a script" : "without";
  const page = await open({ width: 390, script });
  await page.goto(`${at}/queue`);
  await page.click("#more-charts summary");
  await page.click("button[value='24h']");
  await page.locator("button[value='24h'][aria-pressed=true]").waitFor({ state: "attached" });
  if (script) ok(await page.locator("#chart-flow .plot").isVisible(), "charts that were opened stay so when another time is chosen");
  else await page.click("#more-charts summary");
  await page.click("button[value='1h']");
  await page.locator("button[value='1h'][aria-pressed=true]").waitFor({ state: "attached" });
  await page.goto(`${at}/failed`);
  await page.getByText("Retry 3…").click();
  await page.click(".ask button.main");
  await page.getByText("Nothing has moved yet.").waitFor();
  await page.locator("#notices").getByRole("button", { name: "Undo" }).click();
  await page.getByText("Taken back.").waitFor();
  ok(true, `${way}: a group's retry is asked for and taken back on a telephone`);
  if (!script) return page.context().close();
  await page.getByText("Retry 3…").click();
  await page.locator(".ask button.main").waitFor();
  await page.getByLabel("Why").fill("Their server is back");
  await shoot(page, "phone-ask");
  await page.click(".ask button.main");
  await page.getByText("Nothing has moved yet.").waitFor();
  await shoot(page, "phone-undo");
  await page.getByText("3 messages put back in the queue.").waitFor();
  ok(true, "a group is retried on a telephone, and the page tells when it is done");
  ok(run("mailq-list", "-o", "acme", "--limit", "200", "--json").split("Their server is back").length > 3, "for the reason that was given");
  await page.context().close();
}

const parts = {
  signing, looks, tells, states, weighs, payloads,
  acts: async () => { for (const script of [true, false]) await acts(script); },
  reasons: async () => { for (const script of [true, false]) await reasons(script); },
  bulk: async () => {
    execFileSync("mailq-hold", { input: run("mailq-list", "-o", "globex", "-q", "--limit", "200") });
    for (const script of [false, true]) await bulk(script);
  },
  live, phone: async () => { for (const script of [false, true]) await phone(script); },
  settings, editor, tokens, purge,
};
for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts)) await parts[name]();
await done();
