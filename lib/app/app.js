"use strict";
// mailq: the script of the Email app. Every page reads and acts without it; with it, parts of a page
// are fetched from their own addresses and take the place of their namesakes.

const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const parse = (text) => new DOMParser().parseFromString(text, "text/html");

// --- fetching and taking over ---

// Where the reader was, to be found again in what takes its place.
function selectorOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const name = element.getAttribute("name"), href = element.getAttribute("href");
  if (name) return `[name="${CSS.escape(name)}"]` + (element.value && element.type != "search" ? `[value="${CSS.escape(element.value)}"]` : "");
  return href ? `a[href="${CSS.escape(href)}"]` : null;
}

function takeOver(old, fresh) {
  const focus = old.contains(document.activeElement) && selectorOf(document.activeElement);
  const checked = new Set($$("[name=id]:checked", old).map((box) => box.value));
  for (const { id } of $$("details[id][open]", old)) $(`#${id}`, fresh)?.setAttribute("open", "");
  old.replaceWith(fresh);
  for (const box of $$("[name=id]", fresh)) box.checked = checked.has(box.value);
  if (focus) ($(focus, fresh) || fresh.closest("main") || document.body).focus({ preventScroll: !$(focus, fresh) });
  prepare(fresh);
}

async function get(address, options) {
  const answer = await fetch(address, options), page = parse(await answer.text());
  if ($("main.door", page)) location.reload(); // signed out meanwhile
  return { url: answer.url, page };
}

async function into(target, address) {
  const { page, url } = await get(address);
  const old = $(target), fresh = $(target, page);
  if (!old || !fresh) return location.assign(address);
  takeOver(old, fresh);
  history.replaceState(null, "", address);
  document.title = page.title;
  for (const id of parts) swap(id, page);
  swapCounts(page);
}

// An answer takes the page's place, unless it asks.
function showAnswer({ page, url }) {
  const ask = $("#ask", page);
  if (ask) return askAbout(ask);
  if (!$("main", page)) return location.reload();
  takeOver($("main"), $("main", page));
  swap("failed-tally", page);
  history.pushState(null, "", url);
  document.title = page.title;
  $("#notices:not([hidden])")?.scrollIntoView({ block: "nearest" });
}

function askAbout(ask) {
  const dialog = document.createElement("dialog"), before = document.activeElement;
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "h-ask"), dialog.append(...ask.childNodes);
  document.body.append(dialog);
  $("[data-close]", dialog).addEventListener("click", (event) => { event.preventDefault(); dialog.close(); });
  dialog.addEventListener("close", () => { dialog.remove(); before?.focus(); });
  dialog.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await post(event.target, event.submitter);
    dialog.close();
    showAnswer(answer);
  });
  dialog.showModal();
}

const bodyOf = (form, submitter) => new URLSearchParams(new FormData(form, submitter));
const post = (form, submitter) => get(submitter?.getAttribute("formaction") || form.action, { method: "POST", body: bodyOf(form, submitter) });

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-into]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  into(link.dataset.into, link.href);
});

document.addEventListener("submit", async (event) => {
  const form = event.target, button = event.submitter;
  if (!form.matches("[data-into], [data-asks]")) return;
  event.preventDefault();
  if (form.matches("[data-into]")) return find(form);
  if (button?.matches("[data-tells]")) return listen(form, button);
  showAnswer(await post(form, button));
});

// What a test says, as it says it: an element takes its namesake's place, a line goes behind the last.
async function listen(form, button) {
  if (button.ariaDisabled) return;
  button.ariaDisabled = "true";
  const answer = await fetch(form.action, { method: "POST", body: bodyOf(form, button), headers: { Accept: "text/event-stream" } });
  if (!answer.headers.get("Content-Type").startsWith("text/event-stream")) return showAnswer({ url: answer.url, page: parse(await answer.text()) });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = "", part; !(part = await reader.read()).done;) {
    const events = (rest + part.value).split("\n\n");
    rest = events.pop();
    for (const one of [...parse(events.join("\n").replace(/^(data: |:)/gm, "")).body.children])
      one.id ? document.getElementById(one.id)?.replaceChildren(...one.childNodes) : $("#talk")?.append(one);
  }
  button.ariaDisabled = null;
}

// --- filters: sent on change, and 250 ms after typing ---

function find(form) {
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  into(form.dataset.into, form.getAttribute("action") + (query.size ? `?${query}` : ""));
}

let typing;
document.addEventListener("input", ({ target }) => {
  if (target.matches(".editor textarea[data-lines]")) colour(target);
  const act = target.form?.matches("[data-preview]") ? preview : target.form?.matches(".filters[data-into]") ? find : null;
  if (act) typing = (clearTimeout(typing), setTimeout(act, act == preview ? 300 : target.type == "search" ? 250 : 0, target.form));
});

// --- the editor: over its own coloured copy, bad lines marked; what it makes, 300 ms after typing ---
const colours = { "{#": "com", "{%": "blk", "{{": "var" }, tokens = /({#.*?#}|{%.*?%}|{{.*?}}|<[/a-z!][^>]*>?)/i;
const span = (className, ...inside) => { const one = document.createElement("span"); one.className = className; one.append(...inside); return one; };
function colour(area) {
  const bad = area.dataset.lines.split(" "), copy = $("pre", area.parentElement) || Object.assign(document.createElement("pre"), { ariaHidden: "true" });
  const lineOf = (text) => text.split(tokens).map((part, i) => span(i % 2 ? colours[part.slice(0, 2)] || "tag" : "", part));
  copy.replaceChildren(...area.value.split("\n").map((text, i) => span(bad.includes(`${i + 1}`) ? "bad" : "", ...lineOf(text), "\n")));
  area.before(copy);
}
async function preview(form) {
  const page = form.isConnected && (await post(form, $("[value=preview]", form))).page;
  if (!form.isConnected) return; // it was sent meanwhile, and another stands in its place
  for (const fresh of $$("#state, #shown, #problems, #preview", page)) takeOver(document.getElementById(fresh.id), fresh);
  for (const { name, dataset } of $$("textarea[data-lines]", page)) { const area = $(`[name=${name}]`); area.dataset.lines = dataset.lines; colour(area); }
}
document.addEventListener("change", async ({ target }) => { if (target.dataset.reads) target.form.elements[target.dataset.reads].value = await target.files[0].text(); });

// --- what is selected ---

let lastBox;

function countSelected() {
  const n = $$("#rows :checked").length, all = $("[data-all]"), told = $("#selected"), every = $(".bulk [name=all]:checked")?.parentElement.textContent.trim();
  if (all) all.checked = n > 0 && n == $$("#rows [name=id]").length;
  if (!told) return;
  told.hidden = false;
  told.textContent = every ? `${every} are selected` : n ? `${n} selected` : "";
}

// From the last one that was chosen up to this.
function selectUpTo(box) {
  const boxes = $$("#rows [name=id]"), to = boxes.indexOf(box), from = boxes.indexOf(lastBox);
  if (from >= 0)
    for (const one of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = true;
}

document.addEventListener("click", (event) => {
  const box = event.target;
  if (box.matches?.("[data-all]")) for (const one of $$("#rows [name=id]")) one.checked = box.checked;
  else if (!box.matches?.("#rows [name=id], .bulk [name=all]")) return;
  else if (event.shiftKey && box.checked) selectUpTo(box);
  countSelected(lastBox = box);
});

// --- live: the page's own address again, where the stream says that something changed ---

const parts = ["chart-now", "chart-flow", "chart-delay", "health", "notices", "failed-tally", "state", "traffic", "acts", "story", "connectors", "tokens"];
let stream, refreshing, again;

const isInUse = (element) => element.contains(document.activeElement) || $(":checked, [aria-expanded=true], details[open]", element);

function swap(id, page) {
  const old = document.getElementById(id), fresh = page.getElementById(id);
  for (const told of $$("#notices#" + id + " .told", document)) { fresh?.prepend(told.cloneNode(true)); fresh.hidden = false; }
  if (old && fresh && old.innerHTML != fresh.innerHTML && !isInUse(old)) takeOver(old, fresh);
}

function swapCounts(page) {
  for (const fresh of $$("#counts [id]", page)) {
    const old = document.getElementById(fresh.id);
    if (!old || old.innerHTML == fresh.innerHTML) continue;
    old.innerHTML = fresh.innerHTML;
    old.closest("li:not(.group)")?.classList.toggle("zero", fresh.textContent == "0");
  }
}

// A row changes where it stands; new ones are only told.
function swapRows(page) {
  const list = $("#rows");
  if (!list) return $("#rows", page) && swap("list", page);
  for (const old of $$("tr", list)) {
    const fresh = page.getElementById(old.id);
    if (!fresh) { old.remove(); continue; }
    if (old.isEqualNode(fresh) || old.innerHTML == fresh.innerHTML) continue;
    takeOver(old, fresh);
    fresh.classList.add("changed");
  }
  const n = $$("#rows tr", page).filter((row) => !document.getElementById(row.id)).length;
  const newer = $("#newer");
  if (!newer || new URLSearchParams(location.search).has("cursor")) return;
  newer.innerHTML = n ? `<a class="newer" data-into="#list">${n == 50 ? "50 or more" : n} newer message${n == 1 ? "" : "s"}. Show them</a>` : "";
  if (n) newer.firstChild.href = location.href;
}

async function refresh() {
  if (refreshing) { again = true; return; }
  refreshing = true;
  try {
    const shown = $$("#rows tr").map((row) => row.id.slice(2)).join(".");
    const address = Object.assign(new URL(location.href), { hash: "" });
    address.searchParams.set("live", "1");
    if (shown) address.searchParams.set("shown", shown);
    const { page } = await get(address);
    if (!$("#list") != !$("#list", page)) return swap("failed-tally", page), takeOver($("main"), $("main", page)); // the first came, or the last went
    for (const id of parts) swap(id, page);
    swapCounts(page);
    swapRows(page);
    if ($("#causes") && !$("#causes .asks")) swap("causes", page);
  } finally {
    refreshing = false;
    if (again) { again = false; refresh(); }
  }
}

function tellLive(live) {
  const text = live ? "Live" : "Not live", told = $("#live");
  if (told && told.textContent != text) told.innerHTML = `<span class="s ${live ? "live" : "deferred"}">${text}</span>`;
}

function follow() {
  const address = document.body.dataset.live;
  stream?.close();
  if (!address || document.hidden) return;
  stream = new EventSource(address);
  stream.addEventListener("open", () => tellLive(true));
  stream.addEventListener("changed", refresh);
  stream.addEventListener("error", () => tellLive(false));
}

document.addEventListener("visibilitychange", follow);
addEventListener("pagehide", () => stream?.close());

// --- keys, copying, dialogs ---

const goes = { q: "queue", f: "failed", t: "templates", r: "transports" };
let wentTo = 0;

function move(step) {
  const links = $$("#rows .subject a"), at = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
  links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
}

const copyText = (text) => navigator.clipboard.writeText(text.trim());

const keys = {
  j: () => move(1),
  k: () => move(-1),
  x: (event) => {
    const box = $("[name=id]", document.activeElement.closest("#rows tr") || document.createElement("p"));
    if (!box) return;
    event.shiftKey ? selectUpTo(box) : (box.checked = !box.checked);
    countSelected(lastBox = box);
  },
  "/": () => $("[type=search]")?.focus(),
  y: () => copyText($("#message-id")?.textContent || document.activeElement.closest("#rows tr")?.id.slice(2) || ""),
  g: () => { wentTo = Date.now(); },
  "?": () => $("#keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  const menu = event.key == "Escape" && $("details.menu[open]");
  if (menu) { menu.open = false; $("summary", menu).focus(); }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), textarea, select, dialog")) return;
  if (Date.now() - wentTo < 1500 && goes[event.key]) return location.assign(`${document.body.dataset.at}/${goes[event.key]}`);
  const act = keys[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act(event);
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.dialog) document.getElementById(button.dataset.dialog).showModal();
  if (!button?.matches("[data-copy]")) return;
  await copyText(($("pre, .id", button.parentElement) || button).textContent);
  const said = button.innerHTML;
  button.textContent = "Copied";
  setTimeout(() => { button.innerHTML = said; }, 1500);
});

// What only works with a script shows itself.
function prepare(within) {
  for (const element of $$("[data-script], [data-copy]", within)) element.hidden = false;
  $$(".editor textarea[data-lines]", within).forEach(colour);
  countSelected();
}
prepare(document);
follow();
