// One phone: its texts, and what its owner does.
import { ask, phonePath } from "../ask.js";
import { attribute, h, rebuild, stickToEnd, sync, text } from "../dom.js";
import { spaced, timeOf } from "../moment.js";
import { trouble } from "../notice.js";
import { view } from "../view.js";

const STATES = { sending: "◷ sending", taken: "✓ taken", refused: "✕ refused" };

/** The element of a phone; `update` fills it. */
export function make({ number }) {
  const name = spaced(number);
  const writing = h("textarea", { name: "text", rows: "1", required: true, "aria-label": `SMS from ${name}`,
    placeholder: "Text message", maxlength: "1600" });
  writing.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    writing.form.requestSubmit();
  });
  const scroller = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `SMS on ${name}` },
    h("p", { class: "empty" }), h("ol", {}));
  stickToEnd(scroller);
  return h(
    "section",
    { class: "phone", "data-phone": number, "aria-label": `Phone ${name}` },
    h("header", {}, h("h3", {}, name), power(number)),
    scroller,
    h("p", { class: "held" }),
    h("form", { class: "send", onsubmit: (event) => send(event, number, writing) }, writing,
      h("button", { type: "submit", class: "primary" }, "Send")),
    automatic(number, name),
  );
}

/** @param {import("../live.js").Phone} phone */
export function update(element, phone) {
  const find = (selector) => element.querySelector(selector);
  element.hidden = phone.number !== view.phone;
  element.classList.toggle("off", !phone.on);
  attribute(find("[role=switch]"), "aria-checked", String(phone.on));
  // A phone that is off writes nothing.
  find("textarea").readOnly = !phone.on;
  attribute(find("textarea"), "placeholder", phone.on ? "Text message" : "Switch the phone on to write");
  text(find("[role=switch] span"), phone.on ? "On" : "Off");
  text(find(".held"), held(phone));
  text(find(".empty"), phone.sms.length ? "" : "No texts yet.");
  sync(find("ol"), phone.sms, { key: ({ id }) => id, make: bubble, update: fill });
  text(find("summary"), phone.answers ? `Answers by itself with: ${phone.answers}` : "Answer by itself");
  find(".stop").hidden = !phone.answers;
}

/** Whether something is written on a phone and not sent yet. */
export function isTyping(number) {
  const writing = document.querySelector(`[data-phone="${number}"] textarea`);
  return Boolean(writing?.value);
}

function bubble(sms) {
  return h("li", { class: `bubble ${sms.from}`, "data-sms": sms.id, "data-from": sms.from },
    h("span", { class: "unseen" }, sms.from === "desk" ? "Desk: " : "Customer: "),
    h("p", { dir: "auto" }, sms.text), h("p", { class: "about" }));
}

function fill(element, { at, parts, state }) {
  rebuild(element.querySelector(".about"), [at, parts, state], () => [
    timeOf(at),
    parts > 1 && h("span", {}, `${parts} parts`),
    state && h("span", { class: state }, STATES[state]),
  ]);
}

function held({ on, waiting }) {
  if (waiting > 0) return `${waiting} SMS ${waiting === 1 ? "is" : "are"} held back until the phone is on.`;
  return on ? "" : "Off: SMS are held back until it is on.";
}

function power(number) {
  const toggle = ({ currentTarget }) => set(number, { on: currentTarget.getAttribute("aria-checked") !== "true" });
  return h("button", { type: "button", class: "switch", role: "switch", "aria-checked": "true",
    "aria-label": "Phone is on", onclick: toggle }, h("span", { "aria-hidden": "true" }));
}

function automatic(number, name) {
  const answer = h("input", { name: "answers", maxlength: "160", placeholder: "such as: 2", autocomplete: "off",
    "aria-label": `What ${name} answers by itself` });
  const keep = (event) => {
    event.preventDefault();
    set(number, { answers: answer.value });
  };
  const stop = () => {
    answer.value = "";
    set(number, { answers: "" });
  };
  return h("details", { class: "automatic" }, h("summary", {}),
    h("form", { onsubmit: keep }, answer, h("button", { type: "submit" }, "Set"),
      h("button", { type: "button", class: "stop", onclick: stop }, "Stop")));
}

async function send(event, number, writing) {
  event.preventDefault();
  const typed = writing.value;
  if (!typed.trim() || writing.readOnly) return;
  writing.value = "";
  try {
    await ask(phonePath(number, "send"), { text: typed });
  } catch (error) {
    trouble(error);
    writing.value ||= typed;
  }
}

async function set(number, habits) {
  await ask(phonePath(number, "set"), habits).catch(trouble);
}
