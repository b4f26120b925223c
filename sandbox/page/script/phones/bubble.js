// One text on a phone.
import { h, rebuild } from "../dom.js";
import { timeOf } from "../moment.js";
import { lengthInWords } from "./alphabet.js";

const STATES = { sending: "◷ sending", taken: "✓ taken", refused: "✕ refused" };

/** @param {import("../live.js").Sms} sms */
export function bubble(sms) {
  return h("li", { class: `bubble ${sms.from}`, "data-sms": sms.id, "data-from": sms.from },
    h("span", { class: "unseen" }, sms.from === "desk" ? "Desk: " : "Customer: "),
    h("p", { dir: "auto" }, sms.text), h("p", { class: "about" }));
}

/** Fills in what can change. */
export function fill(element, sms) {
  const { at, parts, unicode, by_network: byNetwork, state } = sms;
  rebuild(element.querySelector(".about"), [at, parts, unicode, byNetwork, state], () => [
    timeOf(at),
    lengthInWords(sms) && h("span", {}, lengthInWords(sms)),
    byNetwork && h("span", {}, "by the network"),
    state && h("span", { class: state }, STATES[state]),
  ]);
}
