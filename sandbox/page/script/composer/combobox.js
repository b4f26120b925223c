// A text field that offers what can stand in it: arrows choose, Enter and Tab take, Escape closes.
import { attribute, h } from "../dom.js";

let lists = 0;

/**
 * @typedef {{label: string, hint?: string, value: *}} Offer
 *
 * @param {HTMLInputElement} input
 * @param {object} habits
 * @param {string} habits.name what the list is called
 * @param {(typed: string) => Offer[]|Promise<Offer[]>} habits.offers
 * @param {(offer: Offer) => void} habits.take
 * @param {boolean} habits.eager whether the first offer is chosen at once
 * @returns {{list: HTMLElement, refresh: () => void, close: () => void}}
 */
export function combobox(input, { name, offers, take, eager }) {
  const id = `offers-${++lists}`;
  const list = h("ul", { id, class: "offers", role: "listbox", "aria-label": name, hidden: true });
  let current = [];
  let chosen = -1;
  let asked = 0;

  attribute(input, "role", "combobox");
  attribute(input, "aria-autocomplete", "list");
  attribute(input, "aria-controls", id);
  attribute(input, "aria-expanded", "false");
  attribute(input, "autocomplete", "off");

  const choose = (index) => {
    chosen = index;
    [...list.children].forEach((option, at) => attribute(option, "aria-selected", String(at === index)));
    const option = list.children[index];
    attribute(input, "aria-activedescendant", option?.id);
    option?.scrollIntoView({ block: "nearest" });
  };

  const show = (found) => {
    current = found;
    list.replaceChildren(...found.map((offer, at) => drawn(offer, `${id}-${at}`, () => pick(at))));
    list.hidden = found.length === 0;
    attribute(input, "aria-expanded", String(found.length > 0));
    choose(eager && found.length ? 0 : -1);
  };

  const close = () => {
    asked += 1;
    show([]);
  };

  const pick = (index) => {
    const offer = current[index];
    close();
    take(offer);
  };

  const refresh = async () => {
    const own = ++asked;
    const found = await offers(input.value);
    // Meanwhile something else was typed, or the field was left.
    if (own === asked && document.activeElement === input) show(found);
  };

  const step = (by) => choose((chosen + by + current.length) % current.length);

  const keys = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(chosen < 0 ? 0 : -1),
    Escape: close,
    Enter: () => pick(chosen),
    Tab: () => pick(chosen),
  };
  input.addEventListener("keydown", (event) => {
    if (current.length === 0 || event.isComposing || event.shiftKey) return;
    const takes = event.key === "Enter" || event.key === "Tab";
    if (!(event.key in keys) || (takes && chosen < 0)) return;
    // Tab goes on to the next field once the offer is taken.
    if (event.key !== "Tab" || eager) event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  });
  input.addEventListener("input", refresh);
  input.addEventListener("blur", close);
  return { list, refresh, close };
}

function drawn({ label, hint }, id, pick) {
  const option = h("li", { id, role: "option", "aria-selected": "false" }, h("strong", {}, label));
  if (hint) option.append(h("span", {}, hint));
  // The field keeps the focus.
  option.addEventListener("mousedown", (event) => event.preventDefault());
  option.addEventListener("click", pick);
  return option;
}
