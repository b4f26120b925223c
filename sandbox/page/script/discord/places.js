// The list of channels, each with its threads, and what is unread in them.
import { attribute, h, sync, text } from "../dom.js";
import { announce } from "../notice.js";
import { isShown, look, view } from "../view.js";
import { openPlace } from "./place.js";

const title = h("p", { id: "guild" });
const list = h("ul");
const toggle = h("button", { type: "button", class: "places-toggle", "aria-controls": "places" }, "Channels");
const nav = h("nav", { id: "places", class: "places", "aria-label": "Channels and threads" }, title, list);

/** By place: the newest message that was seen. */
let seen = null;
let open = false;

/** The list, and the button that shows it on a narrow page. */
export function placesList() {
  toggle.addEventListener("click", () => showList(!open));
  return [toggle, nav];
}

/** Everything that comes from now on is news. */
export function forgetPlaces() {
  seen = null;
}

/** Draws the list, and returns how many places have news. */
export function drawPlaces(stage) {
  text(title, stage.guild.name);
  const current = openPlace(stage);
  const news = readUp(stage, current);
  const entries = stage.channels.flatMap((channel) => {
    const threads = stage.threads.filter(({ parent }) => parent === channel.id);
    // Newest first; archived ones last.
    return [channel, ...threads.filter((t) => !t.archived).reverse(), ...threads.filter((t) => t.archived).reverse()];
  });
  sync(list, entries, {
    key: ({ id }) => id,
    make,
    update: (item, place) => {
      const button = item.firstElementChild;
      const { count = 0, rings = false } = news.get(place.id) ?? {};
      attribute(button, "aria-current", place.id === current.id ? "true" : null);
      button.classList.toggle("unread", count > 0);
      button.classList.toggle("rings", rings);
      button.classList.toggle("is-archived", Boolean(place.archived));
      const [mark, meaning] = marks(place, count, rings);
      text(button.children[1], mark);
      text(button.children[2], meaning);
    },
  });
  attribute(toggle, "aria-expanded", String(open));
  return news.size;
}

function make({ id, name, parent }) {
  const onclick = () => {
    if (open) toggle.focus();
    showList(false);
    look({ place: id });
  };
  return h("li", { class: parent ? "thread" : "channel" },
    h("button", { type: "button", "data-place": id, onclick },
      h("span", { class: "place-name" }, parent ? name : `# ${name}`),
      h("span", { class: "mark" }),
      h("span", { class: "unseen" })));
}

/** What stands beside a place, and what else screen readers say of it. */
function marks(place, count, rings) {
  if (count > 0) return [`${rings ? "🔔 " : ""}${count}`, rings ? "new, and they rang you" : "new"];
  return [place.archived ? "archived" : "", ""];
}

/** Notes what is before the agent's eyes as seen, and returns what is not, by place. */
function readUp(stage, current) {
  const places = [...stage.channels, ...stage.threads];
  const newest = (place) => BigInt(place.messages.at(-1)?.id ?? 0);
  seen ??= new Map(places.map((place) => [place.id, newest(place)]));
  const news = new Map();
  for (const place of places) {
    const known = seen.get(place.id) ?? 0n;
    const fresh = place.messages.filter(({ id, author }) => BigInt(id) > known && author.name !== view.agent);
    if (place === current && isShown("discord")) {
      if (fresh.length) announce(`New in ${place.name}, from ${fresh.at(-1).author.name}.`);
      seen.set(place.id, newest(place));
    } else if (fresh.length) {
      news.set(place.id, { count: fresh.length, rings: fresh.some(({ rung }) => rung.includes(view.agent)) });
    }
  }
  return news;
}

function showList(wanted) {
  open = wanted;
  nav.classList.toggle("open", open);
  attribute(toggle, "aria-expanded", String(open));
}
