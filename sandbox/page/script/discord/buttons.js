// The buttons below a message.
import { h } from "../dom.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger" };
const LINK = 5;
const BUTTON = 2;

/**
 * @param {object[]} rows as they go over the wire
 * @param {(customId: string) => void} click
 */
export function buttons(rows, click) {
  return rows.map((row) => {
    const own = (row.components ?? []).filter(({ type }) => type === BUTTON);
    return h("div", { class: "row" }, own.map((button) => drawn(button, click)));
  });
}

function drawn(button, click) {
  const label = [button.emoji?.name, button.label].filter(Boolean).join(" ");
  if (button.style === LINK) {
    // It leads out of the sandbox, where nothing is: shown, and not followed.
    return h("span", { class: "link", title: button.url }, label, " ↗");
  }
  return h(
    "button",
    {
      type: "button",
      class: STYLES[button.style] ?? "secondary",
      disabled: button.disabled === true,
      "data-button": button.custom_id,
      onclick: () => click(button.custom_id),
    },
    label,
  );
}
