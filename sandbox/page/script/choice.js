// A select with its label, and a switch: what each is set to, the sandbox says; a change is asked for at once.
import { attribute, h, text } from "./dom.js";
import { trouble } from "./notice.js";

/**
 * @param {object} known
 * @param {string} known.label
 * @param {[string, string][]} known.values each value with its name
 * @param {(value: string) => Promise<unknown>} known.change
 * @param {Record<string, string>} [props] of the select
 */
export function choice({ label, values, change }, props = {}) {
  const select = h("select", props, values.map(([value, name]) => h("option", { value }, name)));
  select.addEventListener("change", () => change(select.value).catch((error) => {
    trouble(error);
    select.value = select.dataset.is ?? "";
  }));
  return h("label", { class: "choice" }, h("span", {}, label), select);
}

/** Shows what a choice is set to; what nobody can choose here can have been set elsewhere. */
export function showChoice(element, value) {
  const select = element.querySelector("select");
  if (select.dataset.is === value) return;
  select.dataset.is = value;
  if (![...select.options].some((option) => option.value === value)) select.append(h("option", { value }, value));
  select.value = value;
}

/** A button that is on or off, named by `label` for those who do not see what stands beside it. */
export function toggle(label, change, props = {}) {
  const turn = ({ currentTarget }) =>
    change(currentTarget.getAttribute("aria-checked") !== "true").catch(trouble);
  return h("button", { type: "button", class: "switch", role: "switch", "aria-checked": "false", "aria-label": label,
    onclick: turn, ...props }, h("span", { "aria-hidden": "true" }, "Off"));
}

/** Shows whether a switch is on. */
export function showToggle(element, on) {
  attribute(element, "aria-checked", String(on));
  text(element.firstElementChild, on ? "On" : "Off");
}
