// One phone: its texts, and what its owner does.
import { ask, phonePath } from "../ask.js";
import { showToggle, toggle } from "../choice.js";
import { h, stickToEnd, sync, text } from "../dom.js";
import { spaced } from "../moment.js";
import { view } from "../view.js";
import { answering, showAnswering } from "./answering.js";
import { bubble, fill } from "./bubble.js";
import { showStanding, standing } from "./standing.js";
import { mayWrite, missing, showMissing, writing } from "./writing.js";

/** The element of a phone; `update` fills it. */
export function make({ number }) {
  const name = spaced(number);
  const scroller = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `SMS on ${name}` },
    h("p", { class: "empty" }), h("ol", {}));
  stickToEnd(scroller);
  const power = toggle(`Phone ${name} is on`, (on) => ask(phonePath(number, "set"), { on }));
  return h(
    "section",
    { class: "phone", "data-phone": number, "aria-label": `Phone ${name}` },
    h("header", {}, h("h3", {}, name), power),
    scroller,
    h("p", { class: "held" }),
    missing(number),
    writing(number),
    answering(number),
    standing(number),
  );
}

/** @param {import("../live.js").Phone} phone */
export function update(element, phone) {
  const find = (selector) => element.querySelector(selector);
  // A phone whose SMS are blocked is on all the same.
  const on = phone.reach !== "off";
  element.hidden = phone.number !== view.phone;
  element.classList.toggle("off", !on);
  showToggle(find("[role=switch]"), on);
  mayWrite(find("form.send"), on);
  text(find(".held"), held(on, phone.waiting));
  showMissing(find(".missing"), phone.missing);
  text(find(".empty"), phone.sms.length ? "" : "No texts yet.");
  sync(find("ol"), phone.sms, { key: ({ id }) => id, make: bubble, update: fill });
  showAnswering(find(".answering"), phone);
  showStanding(find(".standing"), phone);
}

/** Whether something is written on a phone and not sent yet. */
export function isTyping(number) {
  const writing = document.querySelector(`[data-phone="${number}"] textarea`);
  return Boolean(writing?.value);
}

function held(on, waiting) {
  if (waiting > 0) return `${waiting} SMS ${waiting === 1 ? "is" : "are"} held back until the phone is on.`;
  return on ? "" : "Off: SMS are held back until it is on.";
}
