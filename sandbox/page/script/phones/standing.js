// How a phone stands with Vonage and its carrier.
import { ask, phonePath } from "../ask.js";
import { choice, showChoice } from "../choice.js";
import { h, text } from "../dom.js";

const STANDINGS = [
  ["good", "in good standing"],
  ["opted_out", "opted out (7)"],
  ["deactivated", "no longer in use (33)"],
];
const REACHES = [
  ["on", "brings its SMS"],
  ["off", "keeps them: it is off"],
  ["barred", "blocks them (code 4)"],
  ["unreachable", "finds no way (code 12)"],
];
const BARRINGS = [["at_once", "are refused at once (7)"], ["by_receipt", "fail by receipt (9)"]];
const IN_WORDS = {
  opted_out: "opted out at Vonage",
  deactivated: "no longer in use",
  barred: "blocked by its carrier",
  unreachable: "out of reach",
};

export function standing(number) {
  const set = (habits) => ask(phonePath(number, "set"), habits);
  return h("details", { class: "more standing", name: `more-${number}` }, h("summary", {}), h("div", { class: "choices" },
    choice({ label: "At Vonage it is", values: STANDINGS, change: (standing) => set({ standing }) }, { name: "standing" }),
    choice({ label: "The carrier", values: REACHES, change: (reach) => set({ reach }) }, { name: "reach" }),
    choice({ label: "On the opt-out list, SMS", values: BARRINGS, change: (barring) => set({ barring }) },
      { name: "barring" })));
}

/** @param {import("../live.js").Phone} phone */
export function showStanding(element, { standing, reach, barring }) {
  const [one, two, three] = element.querySelectorAll(".choice");
  showChoice(one, standing);
  showChoice(two, reach);
  showChoice(three, barring);
  const wrong = [IN_WORDS[standing], IN_WORDS[reach]].filter(Boolean);
  text(element.querySelector("summary"), `Number: ${wrong.join(", ") || "in good standing"}`);
  element.classList.toggle("faulty", wrong.length > 0);
}
