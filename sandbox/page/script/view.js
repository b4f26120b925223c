// What this visitor looks at: as whom, which phone, which channel or thread, which part of a narrow page.

export const view = {
  /** @type {string|null} the agent's name */
  agent: null,
  /** @type {string|null} the number of the phone in hand */
  phone: null,
  /** @type {string|null} the open channel or thread */
  place: null,
  /** @type {"phones"|"discord"|"account"|"faults"|"wire"} what a narrow page shows */
  part: "discord",
  /** @type {"account"|"faults"|"wire"|null} what the drawer of a wide page shows */
  drawer: null,
};

const listeners = [];

/** Changes what is looked at. */
export function look(changes) {
  Object.assign(view, changes);
  for (const listener of listeners) listener();
}

export function onLook(listener) {
  listeners.push(listener);
}

/** One part is shown at a time. */
const narrow = matchMedia("(max-width: 799.98px)");
narrow.addEventListener("change", () => look({}));

/** Whether a part is before the visitor's eyes. */
export function isShown(part) {
  if (narrow.matches) return view.part === part;
  return part === "phones" || part === "discord" || view.drawer === part;
}
