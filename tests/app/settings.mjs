// Templates and transports, as somebody at a browser makes, mends and tries them.
import { execFileSync } from "node:child_process";
import { axe, is, ok, open, shoot, url } from "./browser.mjs";

const run = (program, ...words) => execFileSync(program, words, { encoding: "utf8" }).trim();
const at = `${url}/email/acme`;
const payload = '<img src=x onerror=x()><script>x()</script>"\'{{ name }}';

async function clean(page, name) {
  ok(page.wrong.length === 0, `${name}: nothing ran or was loaded that should not be`, page.wrong.join("\n"));
  await page.context().close();
}

// A template is made, broken, found by its line, mended; its preview and its message say the same.
async function templates(script) {
  const name = script ? "with a script" : "without", id = script ? "tpl_script" : "tpl_plain";
  const page = await open({ script });
  await page.goto(`${at}/templates`);
  await page.click("text=New template");
  await page.fill("#id", id);
  await page.fill("#name", payload);
  await page.fill("#subject", "Hello {{ name }}");
  await page.click("text=Make template");
  await page.waitForURL(`**/templates/${id}`);
  is(await page.textContent("h1 bdi"), payload, `templates ${name}: a name is text`);
  is(await page.frameLocator("iframe").locator("p").first().textContent(), "Hello Alice,", `templates ${name}: a new one renders`);
  await page.fill("[name=body_html]", "<p>Hi {{ name }}</p>\n<p onclick=x()>{{ name | shout }}</p><script>x()</script>");
  if (!script) await page.click("button[value=preview]");
  await page.getByText("HTML, line 2").waitFor();
  ok(true, `templates ${name}: a mistake is told with its line${script ? " while one types" : ""}`);
  if (script) is(await page.locator(".editor .bad").textContent(), "<p onclick=x()>{{ name | shout }}</p><script>x()</script>\n", "and the line is marked");
  is(await page.frameLocator("iframe").locator("p").first().textContent(), "Hello Alice,", `templates ${name}: the last one that was good stays`);
  if (script) await axe(page, `an editor with a problem`);
  await shoot(page, `template-wrong-${name.split(" ")[0]}`);
  is(await page.textContent("#preview output bdi"), "Hello Alice", `templates ${name}: with its subject`);
  ok((await page.textContent("#preview")).includes("Below is the last that could"), `templates ${name}: and the page says so`);
  await page.click("button[value=publish]");
  await page.getByText("Nothing was published").waitFor();
  await page.click("button[value=save]");
  await page.getByText("It has 1 problem, and cannot be published").waitFor();
  ok(run("mailq-template", "show", "-o", "acme", "--draft", id).includes("shout"), `templates ${name}: what is wrong is saved as a draft`);
  ok(!run("mailq-template", "list", "-o", "acme").includes(id), `templates ${name}: and not published`);
  ok((await page.textContent("#state")).includes("Draft, not published"), `templates ${name}: which its page says`);
  if (script) await axe(page, `a draft with a problem`);
  await page.goto(`${at}/templates`);
  await page.locator("tr", { hasText: id }).getByText("HTML, line 2").or(page.locator("tr", { hasText: id }).getByText("body_html, line 2")).waitFor();
  await shoot(page, `templates-draft-${name.split(" ")[0]}`);
  if (script) await axe(page, `a list with a draft`);
  await page.goto(`${at}/templates/${id}`);
  await page.fill("[name=body_html]", "<p>Hi {{ name | upper }}</p><script>x()</script><img src=http://evil.example/x onerror=x()>");
  await page.click("button[value=publish]");
  await page.getByText("Messages are rendered with it from now on.").waitFor();
  ok(run("mailq-template", "show", "-o", "acme", id).includes("upper"), `templates ${name}: what is mended is`);
  is(await page.frameLocator("iframe").locator("p").first().textContent(), "Hi ALICE", `templates ${name}: the frame shows it`);
  await page.click("text=Send a test…");
  await page.fill("#to", "me@example.com");
  await page.click("button[value=test]");
  await page.getByText("The test is in the queue.").waitFor();
  is(await page.textContent("h1"), "Hello Alice", `templates ${name}: a test is a message with its story`);
  await page.goto(`${at}/templates/${id}`);
  await page.click("button[value=delete]");
  await page.getByText(`Delete the template ${id}?`).waitFor();
  await page.click("button[name=sure]");
  await page.getByText(`The template ${id} is deleted.`).waitFor();
  ok(!run("mailq-template", "list", "-o", "acme").includes(id), `templates ${name}: one is deleted`);
  await clean(page, `templates ${name}`);
}

// Two at the same template: the second sees both.
async function both() {
  const page = await open(), other = await open({ script: false });
  for (const one of [page, other]) await one.goto(`${url}/email/globex/templates/tpl_both`);
  await other.fill("[name=subject]", "Theirs");
  await other.click("button[value=save]");
  await page.fill("[name=subject]", "Ours");
  await page.click("button[value=save]");
  await page.getByText("it was changed meanwhile").waitFor();
  ok((await page.textContent("[aria-labelledby=h-both]")).includes("saved as a draft by token"), "somebody else's draft is told, with his name");
  is(await page.locator("[aria-label='Their Subject']").textContent(), "Theirs", "what he saved is shown beside");
  await axe(page, "two versions");
  await page.waitForTimeout(500); // longer than a preview of what was typed would take
  is(await page.textContent("output bdi"), "Ours", "and one's own is what is previewed");
  await shoot(page, "template-both");
  await page.click("button[value=save]");
  await page.getByText("It is not published").waitFor();
  ok(run("mailq-template", "show", "-o", "globex", "--draft", "tpl_both").includes("Ours"), "and replaced when one saves again");
  ok(run("mailq-template", "show", "-o", "globex", "tpl_both").includes("Both"), "what is published stays");
  await shoot(page, "template-draft");
  await page.click("#state a:text('The published one')");
  is(await page.inputValue("[name=subject]"), "Both", "and can be looked at");
  await axe(page, "what is published beside a draft");
  await shoot(page, "template-published");
  await page.click("text=The draft");
  await page.click("button[value=discard]");
  await page.getByText("Discard the draft of tpl_both?").waitFor();
  await axe(page, "a question about a draft");
  await page.click("button[name=sure]");
  await page.getByText("The draft of tpl_both is discarded.").waitFor();
  is(run("mailq-template", "list", "-o", "globex", "--draft"), "", "a draft is discarded");
  is(await page.inputValue("[name=subject]"), "Both", "and the page has what is published");
  await other.context().close();
  await clean(page, "two at one template");
}

// A connector is created, tested and made the default.
async function transports(script) {
  const name = script ? "with a script" : "without", id = script ? "relay-script" : "relay-plain";
  const page = await open({ script, width: script ? 1280 : 390 });
  await page.goto(`${url}/email/globex/transports`);
  await page.click("text=New connector");
  await page.click("text=SMTP server");
  await page.fill("#id", id);
  await page.fill("#name", payload);
  await page.fill("#c-host", "127.0.0.1");
  await page.fill("#c-port", process.env.smtp);
  await page.fill("[name='config.password']", "s3cret-one");
  await page.click("button[value=test]");
  await page.locator("#verdict", { hasText: "Ready to send" }).waitFor();
  ok(!(await page.textContent(".talk")).includes("MAIL FROM"), `transports ${name}: a form signs in without a message`);
  await shoot(page, `transport-signed-in-${name.split(" ")[0]}`);
  if (script) await axe(page, `a test without a message`);
  await page.fill("[name='config.password']", "s3cret-one");
  await page.fill("#to", "alice@example.com");
  await page.click("button[value=test]");
  await page.locator("#verdict", { hasText: "Taken" }).waitFor();
  await shoot(page, `transport-tested-${name.split(" ")[0]}`);
  is(await page.locator("#verdict .s").textContent(), "Taken", `transports ${name}: a form is tried before it is saved`);
  ok((await page.textContent(".talk")).includes("RCPT TO:<alice@example.com>"), `transports ${name}: with what was said`);
  ok(!(await page.content()).includes("s3cret"), `transports ${name}: but not the secret`);
  if (script) await axe(page, `a test and what was said`);
  await page.fill("[name='config.password']", "s3cret-one");
  await page.click("button[value=save]");
  await page.waitForURL(`**/transports/${id}`);
  is(await page.textContent("h1 bdi"), payload, `transports ${name}: it is made, its name is text`);
  await page.click("button[value=default]");
  await page.getByText("It is the default now.").waitFor();
  ok(JSON.parse(run("mailq-connector", "show", "--json", "-o", "globex", id)).is_default, `transports ${name}: it is the default`);
  await page.fill("#c-host", "localhost");
  await page.click("button[value=save]");
  await page.getByText("type it again, since").waitFor();
  ok(true, `transports ${name}: another host needs the secret again`);
  await page.goto(`${url}/email/globex/transports/local`);
  await page.click("button[value=default]");
  await page.getByText("It is the default now.").waitFor();
  await page.goto(`${url}/email/globex/transports/${id}`);
  await page.click("button[value=delete]");
  await page.click("button[name=sure]");
  await page.getByText(`The connector ${id} is deleted.`).waitFor();
  ok(!run("mailq-connector", "list", "-o", "globex").includes(id), `transports ${name}: it is deleted`);
  await clean(page, `transports ${name}`);
}

// A server that says nothing more: what it said so far is there; and the connector is paused and resumed.
async function tells() {
  const page = await open(), at = `${url}/email/globex/transports`;
  await page.goto(`${at}/silent`);
  await page.fill("#to", "alice@example.com");
  await page.click("button[value=test]");
  await page.locator("#talk", { hasText: "RCPT TO:<alice@example.com>" }).waitFor();
  is(await page.locator("#verdict .s").textContent(), "Under way", "a test tells what is said, as it is said");
  ok((await page.textContent("#talk")).includes("<img src=x onerror=x()>"), "which is text");
  await axe(page, "a test under way");
  await shoot(page, "transport-under-way");
  await page.focus("#acts summary"); // by the keyboard alone
  await page.keyboard.press("Enter");
  await axe(page, "a pause");
  await page.keyboard.press("Tab");
  await page.keyboard.insertText(payload);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByText("Paused by hand").first().waitFor();
  ok((await page.textContent("#state")).includes(payload), "a reason is text");
  is(await page.evaluate(() => document.activeElement.id), "main", "the reader stays in the page");
  const other = await open({ width: 390 });
  await other.goto(at);
  await other.locator("#connectors .held").waitFor();
  await axe(other, "a connector that is paused");
  run("mailq-connector", "resume", "-o", "globex", "silent");
  await other.locator("#connectors .held").waitFor({ state: "detached" });
  await page.getByText("Never used").first().waitFor();
  ok(true, "what the command resumes shows on open pages");
  await clean(other, "a list that follows");
  await clean(page, "a test under way, a pause");
}

// Images that came with a message are shown; what only says that it is one is not; the rest is asked for.
async function pictures() {
  const page = await open();
  const id = run("mailq-list", "-o", "acme", "-q", "--to", "picture@example.com");
  const shown = async (alt) => page.frameLocator("iframe").getByAltText(alt).evaluate((image) => image.complete && image.naturalWidth);
  await page.goto(`${at}/messages/${id}`);
  is(await shown("logo"), 32, "an image that came along is shown");
  for (const alt of ["trick", "absent", "far", "near"]) is(await shown(alt), 0, `one that ${{ trick: "is none", absent: "did not", far: "is elsewhere", near: "is a page of ours" }[alt]} is not`);
  await shoot(page, "message-pictures");
  page.wrong = page.wrong.filter((wrong) => !wrong.includes("cid:"));
  await clean(page, "pictures");
}

const pages = {
  "templates": "/acme/templates", "templates-all": "/-/templates", "templates-none": "/empty/templates", "template-new": "/acme/new-template",
  "template-import": "/acme/import-templates", "template-managed": "/globex/templates/tpl_both", "template-file": "/acme/templates/tpl_welcome",
  "transports": "/globex/transports", "transports-all": "/-/transports", "transports-paused": "/paused/transports",
  "transport-slow": "/paused/transports/slow", "transport-throttled": "/paused/transports/throttled", "transport-unused": "/paused/transports/unused",
  "transport-new": "/globex/new-transport?kind=smtp", "transport": "/globex/transports/local", "transport-file": "/acme/transports/local",
};

async function looks() {
  for (const scheme of ["light", "dark"])
    for (const width of [1280, 390]) {
      const page = await open({ width, scheme });
      for (const [name, path] of Object.entries(pages)) {
        const answer = await page.goto(`${url}/email${path}`);
        is(answer.status(), 200, `${name} is there`);
        await shoot(page, `${name}-${width}-${scheme}`);
        await axe(page, `${name}, ${width}, ${scheme}`);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        ok(over <= 0, `${name}, ${width}: does not scroll sideways`, `${over} pixels over`);
      }
      await clean(page, `${width}, ${scheme}`);
    }
}

// The states that a template's page can be in, on paper and in the dark, wide and narrow.
async function templateStates() {
  const id = "tpl_states", json = { id, name: "Receipt", subject: "Your receipt {{ number }}", body_html: "<p>Thank you, {{ name }}.</p>\n<p>{{ number }}</p>\n", languages: { fr: { subject: "Votre reçu {{ number }}" } }, samples: { paid: { name: "Alice", number: 48211 } } };
  const put = (more, ...words) => run("sh", "-c", 'printf %s "$0" | mailq-template -o globex put "$@"', JSON.stringify({ ...json, ...more }), ...words);
  const shown = async (state, query = "") => {
    for (const [width, scheme] of [[1280, "light"], [390, "light"], [1280, "dark"], [390, "dark"]]) {
      const page = await open({ width, scheme });
      await page.goto(`${url}/email/globex/templates/${id}${query}`);
      await shoot(page, `template-${state}-${width}-${scheme}`);
      await axe(page, `a template that is ${state}, ${width}, ${scheme}`);
      ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `a template that is ${state}, ${width}: does not scroll sideways`);
      await clean(page, `a template that is ${state}`);
    }
  };
  put({});
  await shown("sound");
  await shown("language", "?language=fr-CA");
  put({ variables: { name: {}, number: {}, due: {} } });
  await shown("warned");
  put({ body_html: "<p>Thank you, {{ name }}.</p>\n<p>{{ number | euro }}</p>\n", samples: "paid: [" }, "--draft");
  await shown("drafted");
  put({ name: "Receipt of 2026" });
  await shown("outrun");
  run("mailq-template", "-o", "globex", "delete", id);
}

export async function editor() {
  for (const script of [true, false]) await templates(script);
  await both();
  await templateStates();
}

export async function settings() {
  await looks();
  for (const script of [true, false]) await transports(script);
  await pictures();
  await tells();
}
