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

const KEY = "threadline-view";
const KEPT = ["agent", "phone", "place", "part", "drawer"];

const listeners = [];

/** Changes what is looked at. */
export function look(changes) {
  Object.assign(view, changes);
  for (const listener of listeners) listener();
}

/** Keeps what is looked at for a reload of the page; `run` names the run of the sandbox that it belongs to. */
export function keepView(run) {
  const kept = Object.fromEntries(KEPT.map((name) => [name, view[name]]));
  sessionStorage.setItem(KEY, JSON.stringify({ run, ...kept }));
}

/** Goes back to what was looked at before a reload. Another run of the sandbox has other places and phones. */
export function restoreView(run) {
  const { run: before, ...kept } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
  Object.assign(view, before === run ? kept : { phone: null, place: null });
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
