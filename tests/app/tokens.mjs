// Tokens, as an admin makes and revokes them in a browser.
import { execFileSync } from "node:child_process";
import { axe, is, ok, open, shoot, url } from "./browser.mjs";

const run = (program, ...words) => execFileSync(program, words, { encoding: "utf8" }).trim();
const payload = '<img src=x onerror=x()><script>x()</script>"\'{{ name }}';
const listed = () => run("mailq-token", "list");
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

async function clean(page, name) {
  ok(page.wrong.length === 0, `${name}: nothing ran or was loaded that should not be`, page.wrong.join("\n"));
  await page.context().close();
}

// From the account's menu to a token that is shown once, and to its end.
async function life(script) {
  const way = `tokens, ${script ? "with a script" : "without"}`;
  const page = await open({ script, width: script ? 1280 : 390 });
  await page.goto(`${url}/email/globex/queue`);
  await page.click("details.menu.end summary");
  if (script) await axe(page, `${way}: the account's menu`);
  await page.getByRole("link", { name: "Tokens", exact: true }).click();
  await page.waitForURL("**/globex/tokens");
  await page.fill("#name", payload);
  await page.selectOption("#role", "operate");
  await page.click("text=Make token");
  await page.getByText("The token is made.").waitFor();
  const token = await page.locator(".notice .id").textContent();
  ok(/^[0-9a-f]{12}\.[0-9a-f]{64}$/.test(token), `${way}: one is made and shown`, token);
  ok(listed().includes(`${token.split(".")[0]}\tglobex\toperate`), `${way}: it is listed by the command`, listed());
  is(await page.locator("tbody bdi").first().textContent(), payload, `${way}: its name is text`);
  ok(!page.url().includes(token.split(".")[1]), `${way}: it is not in the address`);
  if (script) {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.click(".notice [data-copy]");
    await page.getByText("Copied").waitFor();
    is(await page.evaluate(() => navigator.clipboard.readText()), token, `${way}: it is copied whole`);
  }
  if (script) await axe(page, `${way}: one that was made`);
  await shoot(page, `tokens-made-${script ? "with" : "without"}`);
  await page.goto(`${url}/email/globex/tokens`);
  ok(!(await page.content()).includes(token.split(".")[1]), `${way}: it is shown once`);
  const row = page.locator("tbody tr", { hasText: token.split(".")[0] });
  await row.getByRole("button").click();
  await page.getByText("This cannot be undone.").waitFor();
  if (script) await axe(page, `${way}: the question`);
  await shoot(page, `tokens-ask-${script ? "with" : "without"}`);
  await page.locator(`${script ? "dialog[open] " : ""}[data-close]`).click();
  await page.getByRole("heading", { name: "Tokens", exact: true }).waitFor();
  ok(listed().includes(token.split(".")[0]), `${way}: a question can be left`);
  await page.locator("tbody tr", { hasText: token.split(".")[0] }).getByRole("button").click();
  await page.click("button[name=sure]");
  await page.getByText(`The token ${token.split(".")[0]} is revoked.`).waitFor();
  ok(!listed().includes(token.split(".")[0]), `${way}: it is revoked`);
  await clean(page, way);
}

// What a command does shows on a page that is open.
async function follows() {
  const page = await open();
  await page.goto(`${url}/email/acme/tokens`);
  await page.getByText("Live", { exact: true }).waitFor();
  const token = run("mailq-token", "create", "-o", "acme", "--name", "The newsletter");
  await page.locator("#tokens", { hasText: "The newsletter" }).waitFor();
  ok(true, "a token that the command has made shows on an open page");
  run("mailq-token", "revoke", token.split(".")[0]);
  await page.locator("#tokens", { hasText: "The newsletter" }).waitFor({ state: "detached" });
  ok(true, "and is gone from it when the command has revoked it");
  await clean(page, "tokens that follow");
}

async function looks() {
  const names = ["The web shop", "Accounting, nightly run", "A name that somebody wrote down at great length, with where it runs and whom to ask: ops@example.com"];
  const tokens = names.map((name, i) => run("mailq-token", "create", "-o", "acme", "--name", name, "--role", ["submit", "read", "operate"][i]));
  for (const scheme of ["light", "dark"])
    for (const width of [1280, 390, 320]) {
      const page = await open({ width, scheme });
      for (const [name, path] of [["tokens", "acme"], ["tokens-all", "-"]]) {
        is((await page.goto(`${url}/email/${path}/tokens`)).status(), 200, `${name} is there`);
        await shoot(page, `${name}-${width}-${scheme}`);
        await axe(page, `${name}, ${width}, ${scheme}`);
        const over = await overflow(page);
        ok(over <= 0, `${name}, ${width}: does not scroll sideways`, `${over} pixels over`);
      }
      await clean(page, `tokens, ${width}, ${scheme}`);
    }
  run("mailq-token", "revoke", ...tokens.map((token) => token.split(".")[0]));
}

export async function tokens() {
  for (const script of [true, false]) await life(script);
  await follows();
  await looks();
}
