// The tour: when it begins and ends, and how it shows the step that one has come to.
import { ask } from "../ask.js";
import { attribute, h, rebuild } from "../dom.js";
import { trouble } from "../notice.js";
import { look, view } from "../view.js";
import { NUMBER, stepOf } from "./steps.js";

const KEY = "threadline-tour";
/** How many SMS the phone has on which the sandbox plays its opening. */
const OPENING = 3;

const step = h("div", { class: "step", "aria-live": "polite" });
const actions = h("div", { class: "actions" });
let region = null;
/** Since when the visitor is on it; null: they are not. */
let since = null;
/** Whether it waits for the opening to be over. */
let wanted = localStorage.getItem(KEY) === null;
/** How far it was shown. */
let shown = null;

/** Puts the tour into its region, and its button to work. */
export function buildTour(section, button) {
  region = section;
  region.append(step, actions);
  button.addEventListener("click", () => {
    wanted = true;
    since = null;
    look({});
    region.querySelector("button")?.focus();
  });
  document.addEventListener("keydown", ({ key, defaultPrevented }) => {
    if (key === "Escape" && !defaultPrevented && since !== null && !document.querySelector("dialog[open]")) finish();
  });
}

/** Shows the step that the stage has come to. */
export function drawTour(stage) {
  if (wanted && stage.phones.some(({ sms }) => sms.length >= OPENING)) begin(stage);
  region.hidden = since === null;
  if (region.hidden) return;
  const now = stepOf(stage, since, shown);
  const isDone = now.name === "done";
  attribute(region, "data-tour", now.name);
  attribute(document.body, "data-tour-at", now.at);
  rebuild(step, [now.name, now.key], () => [
    h("h2", {}, h("span", { class: "count" }, isDone ? "Done" : `Step ${now.name} of 3`), " ", now.title),
    h("p", {}, now.text),
  ]);
  rebuild(actions, [now.name, now.key], () => [
    now.does && h("button", { type: "button", class: "primary", "data-tour-do": true, onclick: now.act }, now.does),
    h("button", { type: "button", "data-tour-skip": true, onclick: finish }, isDone ? "Close the tour" : "Skip the tour"),
  ]);
  shown = now.name;
}

/** A sandbox that was started again has forgotten how far one was. */
export function forgetTour() {
  wanted ||= since !== null;
  since = null;
}

function begin(stage) {
  const { people } = stage.guild;
  const canText = ({ roles }) => roles.length > 0;
  if (!people.some((person) => person.name === view.agent && canText(person))) view.agent = people.find(canText)?.name;
  wanted = false;
  since = Date.now();
  shown = null;
  if (stage.phones.some(({ number }) => number === NUMBER)) view.phone = NUMBER;
  else ask("/phones", { number: NUMBER }).catch(trouble);
}

function finish() {
  localStorage.setItem(KEY, "done");
  since = null;
  wanted = false;
  document.body.removeAttribute("data-tour-at");
  look({});
  document.getElementById("tour-button").focus();
}
