// The top bar: how everything is, and as whom one plays.
import { hasNoCredit } from "./account/account.js";
import { attribute, h, rebuild } from "./dom.js";
import { announce } from "./notice.js";
import { look, view } from "./view.js";

const BRIDGE = { starting: "starting", running: "running", stopping: "stopping", ended: "not running" };

/** By what it is about: the condition that was shown last. */
let told = null;

/** Makes the agent picker work. */
export function buildBar() {
  const picker = document.getElementById("agent");
  picker.addEventListener("change", () => look({ agent: picker.value }));
}

/** @param {import("./live.js").Stage} stage */
export function drawBar(stage) {
  drawPicker(stage.guild);
  const conditions = conditionsOf(stage);
  drawConditions(conditions);
  for (const { what, is } of conditions) {
    if (told && told.get(what) !== is) announce(`${what} ${is}.`);
  }
  told = new Map(conditions.map(({ what, is }) => [what, is]));
}

/** The sandbox cannot be reached: nobody knows how anything is. */
export function drawLost() {
  drawConditions(["Bridge", "Vonage", "Discord"].map((what) => ({ what, is: "unknown" })));
}

function drawConditions(conditions) {
  rebuild(document.getElementById("conditions"), conditions, () => conditions.map(({ what, is, good }) =>
    h("li", { class: { true: "good", false: "bad" }[good] ?? "unknown" }, h("strong", {}, what), ` ${is}`)));
}

function conditionsOf({ bridge, vonage, discord }) {
  const broke = hasNoCredit(vonage.account);
  const gateway = discord.gateway ? "connected" : "not connected";
  return [
    { what: "Bridge", is: [BRIDGE[bridge.state], bridge.note.replace(/\.$/, "")].filter(Boolean).join(" · "),
      good: bridge.state === "running" },
    { what: "Vonage", is: vonage.up ? (broke ? "up · no credit" : "up") : "down", good: vonage.up && !broke },
    { what: "Discord", is: discord.up ? gateway : "down", good: discord.up && discord.gateway },
  ];
}

function drawPicker({ people }) {
  const picker = document.getElementById("agent");
  // Agents first: they are what the page is about.
  const sorted = [...people].sort((one, other) => (other.roles.length > 0) - (one.roles.length > 0));
  if (!sorted.some(({ name }) => name === view.agent)) view.agent = sorted[0]?.name ?? null;
  const label = ({ name, roles }) => `${name} (${roles.join(", ") || "no role"})`;
  rebuild(picker, sorted, () => sorted.map((person) => h("option", { value: person.name }, label(person))));
  if (picker.value !== view.agent) picker.value = view.agent;
  attribute(picker, "data-agent", view.agent);
}
