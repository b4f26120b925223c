// What only the chosen agent sees: the bot's private answer to a command or a click.
import { h, rebuild, sync } from "../dom.js";
import { exactly } from "../moment.js";
import { announce } from "../notice.js";
import { clickPrivate } from "./act.js";
import * as message from "./message.js";

const STATES = {
  waiting: "Sending …",
  thinking: "Threadline is thinking …",
  failed: "The application did not respond",
};

/** An answer within this time is news. */
const RECENT = 20_000;

const dismissed = new Set();

/** Whether an agent still sees it in a place. */
export function isSeen(asked, agent, place) {
  return asked.for === agent && asked.place === place && !dismissed.has(asked.interaction);
}

/** Forgets what was dismissed. */
export function forget() {
  dismissed.clear();
}

/** The element of a private answer; `update` fills it. */
export function make({ asked }, redraw) {
  const dismiss = () => {
    dismissed.add(asked.interaction);
    redraw();
  };
  return h(
    "li",
    { class: "private", "data-private": asked.interaction },
    h("p", { class: "asked" }),
    h("ol", { class: "answers" }),
    h("p", { class: "state" }),
    h(
      "p",
      { class: "only-you" },
      h("span", {}, "Only you can see this"),
      h("button", { type: "button", "aria-label": `Dismiss the answer of ${exactly(asked.at)}`, onclick: dismiss },
        "Dismiss"),
    ),
  );
}

/** Brings the element up to date. */
export function update(element, { asked }, names) {
  const title = asked.asked.startsWith("/") ? asked.asked : "";
  rebuild(element.querySelector(".asked"), title, () =>
    title ? [h("strong", {}, asked.for), " used ", h("span", { class: "mention" }, title)] : [],
  );
  sync(element.querySelector(".answers"), asked.messages, {
    key: ({ id }) => id,
    make: message.make,
    update: (each, answer) => {
      const click = (button) => clickPrivate(asked.interaction, button);
      message.update(each, answer, { follows: false, names, click });
    },
  });
  rebuild(element.querySelector(".state"), asked.state, () => STATES[asked.state] ?? []);
  if (element.dataset.state !== asked.state && Date.now() - asked.at < RECENT) read(element, asked.state);
  element.dataset.state = asked.state;
}

/** Has an answer read out. */
function read(element, state) {
  if (state === "answered") announce(`Only you can see: ${element.querySelector(".content").textContent}`);
  if (state === "failed") announce(`${STATES.failed}.`);
}
