// The panel of faults: what goes wrong now, and what shall.
import { ask } from "../ask.js";
import { attribute, h, rebuild, text } from "../dom.js";
import { trouble } from "../notice.js";
import { DEEDS, GROUPS } from "./known.js";

const BRIDGE = {
  starting: "The bridge is starting.",
  running: "The bridge is running.",
  stopping: "The bridge is stopping.",
  ended: "The bridge is not running.",
};
const UNUSABLE = { running: ["start"], starting: ["start"], stopping: ["start", "stop"], ended: ["kill", "stop"] };

const groups = GROUPS.map((known) => ({ known, element: group(known) }));
const condition = h("p", { class: "in-force" });
const bridge = h("section", { class: "group", "aria-labelledby": "faults-bridge" },
  h("h3", { id: "faults-bridge" }, "Bridge"), condition, h("ul", {}, DEEDS.map(deed)));

/** Puts the faults into their panel. */
export function buildFaults(panel) {
  panel.append(h("div", { class: "groups" }, bridge, groups.map(({ element }) => element)));
}

/** Draws what is in force, and returns how many faults that are. */
export function drawFaults(stage) {
  let count = 0;
  for (const { known: { service }, element } of groups) {
    const { up = true, faults } = stage[service];
    const inForce = [...(up ? [] : ["is down"]), ...faults];
    count += inForce.length;
    rebuild(element.querySelector(".in-force"), inForce, () =>
      inForce.length ? ["Now: ", inForce.join("; "), "."] : "All is well.");
    element.classList.toggle("faulty", inForce.length > 0);
    usable(element.querySelector(`[data-fault="${service}:down"]`), up);
    usable(element.querySelector(`[data-fault="${service}:up"]`), !up);
    usable(element.querySelector(`[data-fault="${service}:clear"]`), faults.length > 0);
  }
  const { state, note } = stage.bridge;
  text(condition, `${BRIDGE[state]} ${note}`.trim());
  bridge.classList.toggle("faulty", state !== "running");
  for (const { deed } of DEEDS) {
    usable(bridge.querySelector(`[data-bridge="${deed}"]`), !UNUSABLE[state].includes(deed));
  }
  return count + (state === "running" ? 0 : 1);
}

/** A button that has no use now stays where it is, so that it keeps the focus. */
function usable(button, is) {
  if (button) attribute(button, "aria-disabled", is ? null : "true");
}

function group({ service, title, faults }) {
  const times = h("select", { name: "times", "aria-label": `How often: ${title}` },
    option("1", "once"), option("3", "three times"), option("", "until cleared"));
  const after = h("input", { name: "after_effect", type: "checkbox",
    "aria-label": `after it has done what was asked: ${title}` });
  const terms = () => ({
    ...(times.value ? { times: Number(times.value) } : {}),
    ...(after.checked ? { after_effect: true } : {}),
  });
  const clear = button({ "data-fault": `${service}:clear`, "aria-label": `Clear: ${title}` }, "Clear",
    () => wish({ service, fault: "clear" }));
  const [whole, requests] = [faults.filter(({ request }) => !request), faults.filter(({ request }) => request)];
  return h(
    "section",
    { class: "group", "aria-labelledby": `faults-${service}` },
    h("h3", { id: `faults-${service}` }, title),
    h("div", { class: "now" }, h("p", { class: "in-force" }), clear),
    h("ul", {}, whole.map((known) => row(service, title, known, () => ({})))),
    requests.length > 0 && h("div", { class: "terms" },
      h("label", {}, "How often ", times),
      h("label", {}, after, " after it has done what was asked")),
    requests.length > 0 && h("ul", {}, requests.map((known) => row(service, title, known, terms))),
  );
}

function row(service, title, { fault, label, see, choice }, terms) {
  const picked = choice && h("select", { "aria-label": `${label}: ${choice.label} (${title})` },
    choice.values.map(([value, name]) => option(value, name)));
  const begin = () =>
    wish({ service, fault, ...terms(), ...(choice ? { [choice.name]: Number(picked.value) } : {}) });
  return h("li", {},
    h("div", { class: "deed" }, button({ "data-fault": `${service}:${fault}`, "aria-label": `${label}: ${title}` }, label, begin), picked),
    h("p", {}, see));
}

function deed({ deed, label, see }) {
  const order = () => ask("/bridge", { do: deed }).catch(trouble);
  return h("li", {}, h("div", { class: "deed" }, button({ "data-bridge": deed, "aria-label": `${label}: Bridge` }, label, order)), h("p", {}, see));
}

function button(props, label, act) {
  const onclick = ({ currentTarget }) => currentTarget.getAttribute("aria-disabled") !== "true" && act();
  return h("button", { type: "button", ...props, onclick }, label);
}

function option(value, name) {
  return h("option", { value }, name);
}

async function wish(body) {
  await ask("/faults", body).catch(trouble);
}
