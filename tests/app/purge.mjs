// Old messages, as an operator removes them in a browser.
import { execFileSync } from "node:child_process";
import { axe, is, ok, open, shoot, url } from "./browser.mjs";

const run = (program, ...words) => execFileSync(program, words, { encoding: "utf8" }).trim();
const at = `${url}/email/empty/purge`;
const count = (status) => run("mailq-list", "-o", "empty", "-q", "-s", status, "--limit", "500").split("\n").filter((id) => id).length;
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

// Cancelled, since that needs no connector.
function some(n) {
  const message = JSON.stringify({ to_emails: ["a@example.com"], from_email: "b@example.com", subject: "Old", body_text: "x" });
  const ids = execFileSync("mailq-enqueue", ["-o", "empty"], { input: `${message}\n`.repeat(n) });
  execFileSync("mailq-cancel", { input: ids });
}

async function clean(page, name) {
  ok(page.wrong.length === 0, `${name}: nothing ran or was loaded that should not be`, page.wrong.join("\n"));
  await page.context().close();
}

// From the account's menu, by way of a question, to the end that the page tells.
async function act(script) {
  const way = `purge, ${script ? "with a script" : "without"}`;
  const page = await open({ script, width: script ? 1280 : 390 });
  const other = await open({ width: 390 });
  some(120);
  await other.goto(`${url}/email/empty/queue?status=cancelled`);
  await other.getByText("50 of 120", { exact: true }).waitFor();
  await page.goto(`${url}/email/empty/queue`);
  await page.click("details.menu.end summary");
  await page.getByRole("link", { name: "Remove old messages" }).click();
  await page.waitForURL("**/empty/purge");
  await page.click("text=Remove…");
  await page.getByText("No such message is that old.").waitFor();
  ok(true, `${way}: what is not old is told to be none`);
  await page.fill("#age", "0");
  await page.getByLabel("The messages").check();
  await page.click("text=Remove…");
  await page.getByText("Remove 120 messages?").waitFor();
  if (script) await axe(page, `${way}: the question`);
  await shoot(page, `purge-ask-${script ? "with" : "without"}`);
  await page.locator(`${script ? "dialog[open] " : ""}[data-close]`).click();
  is(count("cancelled"), 120, `${way}: a question can be left`);
  await page.fill("#age", "0");
  await page.getByLabel("The messages").check();
  await page.click("text=Remove…");
  await page.fill("#count", "119");
  await page.click("button.danger.main");
  ok(await page.locator("#count:invalid").isVisible(), `${way}: another number removes none`);
  await page.fill("#count", "120");
  await page.click("button.danger.main");
  if (script) {
    await page.getByText("120 messages removed.").waitFor({ timeout: 20000 });
    await axe(page, `${way}: the end`);
    await shoot(page, "purge-done");
  } else {
    await page.locator(".notice", { hasText: /removed/ }).waitFor();
  }
  await other.getByText("No cancelled message.").or(other.getByText("Send the first message")).first().waitFor({ timeout: 20000 });
  ok(true, `${way}: and an open list follows`);
  is(count("cancelled"), 0, `${way}: they are gone`);
  await clean(other, `${way}, a list`);
  await clean(page, way);
}

// What was in them goes, and they stay.
async function bodies() {
  const page = await open();
  some(3);
  await page.goto(at);
  await page.fill("#age", "0");
  await page.click("text=Remove…");
  await page.getByText("Remove what was in 3 messages?").waitFor();
  await shoot(page, "purge-ask-bodies");
  await page.click("button.danger.main");
  await page.getByText("What was in 3 messages is removed.").waitFor({ timeout: 20000 });
  is(count("cancelled"), 3, "purge: stories stay where only bodies go");
  const command = run("mailq-purge", "-o", "empty", "--older-than", "0s", "--bodies");
  is(command, "0 messages, 0 bytes", "purge: the command finds nothing more to do");
  run("mailq-purge", "-o", "empty", "--older-than", "0s");
  await clean(page, "bodies");
}

async function looks() {
  for (const scheme of ["light", "dark"])
    for (const width of [1280, 390, 320]) {
      const page = await open({ width, scheme });
      for (const [name, path] of [["purge", "acme"], ["purge-all", "-"]]) {
        is((await page.goto(`${url}/email/${path}/purge`)).status(), 200, `${name} is there`);
        await shoot(page, `${name}-${width}-${scheme}`);
        await axe(page, `${name}, ${width}, ${scheme}`);
        const over = await overflow(page);
        ok(over <= 0, `${name}, ${width}: does not scroll sideways`, `${over} pixels over`);
      }
      await clean(page, `purge, ${width}, ${scheme}`);
    }
}

export async function purge() {
  await looks();
  for (const script of [true, false]) await act(script);
  await bodies();
}
