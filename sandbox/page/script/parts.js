// The parts of a narrow page, of which one is shown at a time, and the drawer of a wide one.
import { attribute, h, text } from "./dom.js";
import { look, view } from "./view.js";

const NAMES = { phones: "Phones", discord: "Discord", account: "Vonage", faults: "Faults", wire: "Wire" };

const parts = Object.keys(NAMES).map((part) =>
  button(part, { "data-go": part, onclick: () => look({ part }) }));
const drawers = ["account", "faults", "wire"].map((part) =>
  button(part, {
    "data-drawer": part,
    "aria-controls": `${part}-panel`,
    onclick: () => look({ drawer: view.drawer === part ? null : part }),
  }));

/** Makes the buttons. */
export function buildParts(nav, drawer) {
  nav.append(...parts);
  drawer.prepend(h("div", { class: "tabs" }, drawers));
}

/** @param {Record<string, string>} marks what is new in which part */
export function drawParts(marks) {
  attribute(document.body, "data-part", view.part);
  attribute(document.body, "data-shows", view.drawer);
  for (const each of parts) {
    attribute(each, "aria-current", each.dataset.go === view.part ? "true" : null);
    mark(each, marks[each.dataset.go]);
  }
  for (const each of drawers) {
    attribute(each, "aria-expanded", String(each.dataset.drawer === view.drawer));
    mark(each, marks[each.dataset.drawer]);
  }
}

function button(part, props) {
  return h("button", { type: "button", ...props }, h("span", {}, NAMES[part]), h("span", { class: "mark" }));
}

function mark(element, what = "") {
  text(element.lastElementChild, what);
  element.classList.toggle("unread", what !== "");
}
