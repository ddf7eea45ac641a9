// Every page in every state that an organization can be in.
import { execFileSync } from "node:child_process";
import { axe, is, ok, open, shoot, url } from "./browser.mjs";

const idOf = (...words) => execFileSync("mailq-list", ["-q", "--limit", "1", ...words], { encoding: "utf8" }).trim();
const message = (org, ...words) => `messages/${idOf("-o", org, ...words)}`;

const pages = {
  empty: ["queue", "failed", "templates", "transports"],
  one: ["queue", "failed", message("one"), "templates", "transports"],
  many: ["queue", "queue?status=deferred", "queue?q=A-7&since=range&tag=order", "failed", "failed?by=domain", message("many", "-s", "sent"), "transports"],
  failing: ["queue", "queue?status=failed", "failed", "failed?by=connector", message("failing", "--to", "customer1@d4.example"), "transports"],
  paused: ["queue", "failed", message("paused"), "transports"],
};
const nameOf = (org, path) => `state-${org}-${path.replace(/\/.*/, "").replace(/[^a-z0-9]+/g, "-")}`;

const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

// "1 h", not "1h": but in the words of remotes, and in what is typed or an id.
const cramped = (page) => page.evaluate(() => {
  const main = document.querySelector("main").cloneNode(true);
  for (const other of main.querySelectorAll(".said, .id, .talk, pre, code, script, input, bdi")) other.remove();
  return main.textContent.match(/\b\d+(ms|s|m|min|h|d|w)\b/g)?.join(" ") ?? "";
});

export async function states() {
  for (const scheme of ["light", "dark"])
    for (const width of [1280, 390]) {
      const page = await open({ width, scheme });
      for (const [org, paths] of Object.entries(pages))
        for (const path of paths) {
          const name = nameOf(org, path);
          is((await page.goto(`${url}/email/${org}/${path}`)).status(), 200, `${name}, ${width}, ${scheme}`);
          await shoot(page, `${name}-${width}-${scheme}`);
          if (scheme == "light") await axe(page, `${name}, ${width}`);
          const over = await overflow(page);
          ok(over <= 0, `${name}, ${width}: does not scroll sideways`, `${over} pixels over`);
          is(await cramped(page), "", `${name}, ${width}: numbers stand apart from their units`);
        }
      ok(page.wrong.length === 0, `states, ${width}, ${scheme}: nothing went wrong`, page.wrong.join("\n"));
      await page.context().close();
    }
  const narrow = await open({ width: 320 });
  for (const path of ["many/queue", "failing/failed", "many/queue?since=range"]) {
    await narrow.goto(`${url}/email/${path}`);
    const over = await overflow(narrow);
    ok(over <= 0, `${path}, 320: does not scroll sideways`, `${over} pixels over`);
    await shoot(narrow, `state-${path.replace(/[^a-z]+/g, "-")}-320`);
  }
  await narrow.context().close();
}
