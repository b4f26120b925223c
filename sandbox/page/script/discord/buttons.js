// The buttons below a message.
import { h } from "../dom.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger" };
const LINK = 5;
const BUTTON = 2;

/**
 * @param {object[]} rows as they go over the wire
 * @param {string} subject what the message is about: many messages have buttons of the same name
 * @param {(customId: string) => void} click
 */
export function buttons(rows, subject, click) {
  return rows.map((row) => {
    const own = (row.components ?? []).filter(({ type }) => type === BUTTON);
    return h("div", { class: "row" }, own.map((button) => drawn(button, subject, click)));
  });
}

function drawn(button, subject, click) {
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
      "aria-label": `${label}: ${subject}`,
      onclick: () => click(button.custom_id),
    },
    label,
  );
}
