// The wire: every request and webhook of both providers, newest at the end.
import { h, stickToEnd, text } from "../dom.js";
import { withArrows } from "./arrows.js";
import { line, searched } from "./entry.js";

/** How many entries are kept. */
const KEPT = 500;

const list = h("ol");
const scroller = h("div",
  { class: "scroll", tabindex: "0", role: "region", "aria-label": "Requests and webhooks" }, list);
const arrange = withArrows(list);
const nothing = h("p", { class: "empty" });
const provider = choice("Provider", [["", "all"], ["vonage", "Vonage"], ["discord", "Discord"]]);
const direction = choice("Direction", [["", "both"], ["request", "from the bridge"], ["webhook", "to the bridge"]]);
const words = h("input", { type: "search", name: "words", placeholder: "any text", autocomplete: "off" });
const pause = h("button", { type: "button", "aria-pressed": "false" }, "Pause");
const clear = h("button", { type: "button", "aria-label": "Clear the wire" }, "Clear");

/** @type {{entry: import("./entry.js").Entry, element: HTMLElement, words: string}[]} */
let lines = [];
/** What came while the view was held; null while it is not. */
let held = null;
/** The newest entry that was taken: after a new connection the old ones come again. */
let last = 0;

/** Puts the wire into its panel. */
export function buildWire(panel) {
  for (const filter of [provider, direction, words]) filter.addEventListener("input", sift);
  pause.addEventListener("click", () => (held ? goOn() : hold()));
  clear.addEventListener("click", empty);
  stickToEnd(scroller);
  panel.append(
    h("div", { class: "filters", role: "group", "aria-label": "What is shown" },
      h("label", {}, "Provider ", provider), h("label", {}, "Direction ", direction), h("label", {}, "Text ", words),
      pause, clear),
    nothing,
    scroller,
  );
  sift();
}

/** Takes new entries. */
export function addToWire(entries) {
  const fresh = entries.filter(({ id }) => id > last);
  last = fresh.at(-1)?.id ?? last;
  if (!held) return append(fresh);
  held = [...held, ...fresh].slice(-KEPT);
  text(pause, `Go on (${held.length} new)`);
}

/** Forgets all; the next entry is the first. */
export function forgetWire() {
  last = 0;
  empty();
}

function append(entries) {
  const fresh = entries.map((entry) => ({ entry, element: line(entry), words: searched(entry) }));
  list.append(...fresh.map(({ element }) => element));
  lines.push(...fresh);
  for (const { element } of lines.splice(0, Math.max(0, lines.length - KEPT))) element.remove();
  sift();
}

function empty() {
  lines = [];
  if (held) held = [];
  list.replaceChildren();
  sift();
}

function hold() {
  held = [];
  pause.setAttribute("aria-pressed", "true");
  text(pause, "Go on");
}

function goOn() {
  const waiting = held;
  held = null;
  pause.setAttribute("aria-pressed", "false");
  text(pause, "Pause");
  append(waiting);
}

function sift() {
  const wanted = words.value.trim().toLowerCase();
  let shown = 0;
  for (const { entry, element, words } of lines) {
    const fits =
      (!provider.value || entry.provider === provider.value) &&
      (!direction.value || entry.direction === direction.value) &&
      words.includes(wanted);
    element.hidden = !fits;
    shown += fits;
  }
  arrange();
  text(nothing, shown ? "" : lines.length ? "Nothing fits." : "Nothing yet.");
}

function choice(name, values) {
  return h("select", { name: name.toLowerCase() }, values.map(([value, label]) => h("option", { value }, label)));
}
