// The open channel or thread: its name, and all that is said in it.
import { attribute, h, rebuild, stickToEnd, sync, text } from "../dom.js";
import { look, view } from "../view.js";
import { click, moderate } from "./act.js";
import * as message from "./message.js";
import { namesOf } from "./names.js";
import * as answer from "./private.js";

/** Messages of one author within this time stand together. */
const TOGETHER = 7 * 60_000;

const header = h("header");
const list = h("ol");
const empty = h("p", { class: "empty" });
const scroller = h("div", { class: "scroll", tabindex: "0", role: "region" }, empty, list);
const region = h("section", { class: "place" }, header, scroller);

let shown = null;

/** The region; the composer goes to its end. */
export function placeRegion(composer) {
  region.append(composer);
  stickToEnd(scroller);
  return region;
}

/** The channel or thread that is open; the first channel where none is, or it is gone. */
export function openPlace(stage) {
  const all = [...stage.channels, ...stage.threads];
  return all.find(({ id }) => id === view.place) ?? stage.channels[0];
}

/** Draws the open place. */
export function drawPlace(stage) {
  const place = openPlace(stage);
  const name = place.parent ? place.name : `#${place.name}`;
  const hadFocus = region.contains(document.activeElement);
  const changed = shown !== `${place.id} ${view.agent}`;
  shown = `${place.id} ${view.agent}`;
  attribute(region, "data-open", place.id);
  attribute(region, "aria-label", name);
  attribute(scroller, "aria-label", `Messages in ${name}`);
  drawHeader(stage, place, name);
  const entries = entriesOf(stage, place);
  text(empty, entries.length ? "" : `Nothing is here yet. ${hint(place)}`);
  if (changed) list.replaceChildren();
  const names = namesOf(stage);
  sync(list, entries, {
    key: ({ key }) => key,
    make: (entry) => (entry.asked ? answer.make(entry, () => look({})) : message.make()),
    update: (element, entry) => {
      if (entry.asked) return answer.update(element, entry, names);
      const thread = stage.threads.find(({ id }) => id === entry.message.thread);
      const onClick = (button) => click(place, entry.message.id, button);
      const remove = () => moderate(place, { do: "delete", message: entry.message.id });
      message.update(element, entry.message, { follows: entry.follows, names, thread, click: onClick, remove });
    },
  });
  if (changed) scroller.scrollTop = scroller.scrollHeight;
  // What had it is gone, such as the link that led here.
  if (hadFocus && !region.contains(document.activeElement)) scroller.focus();
}

/** What stands in a place for the chosen agent, in the order of time. */
function entriesOf(stage, place) {
  const said = place.messages.map((message) => ({ key: message.id, at: message.at, message }));
  const asked = stage.private.filter((each) => answer.isSeen(each, view.agent, place.id));
  const own = asked.map((each) => ({ key: `private-${each.interaction}`, at: each.at, asked: each }));
  const entries = [...said, ...own].sort((one, other) => one.at - other.at);
  entries.forEach((entry, index) => {
    const above = entries[index - 1]?.message;
    entry.follows = Boolean(
      above && entry.message && above.kind === entry.message.kind && above.author.id === entry.message.author.id &&
        entry.at - above.at < TOGETHER && above.embeds.length === 0,
    );
  });
  return entries;
}

function drawHeader(stage, place, name) {
  const parent = stage.channels.find(({ id }) => id === place.parent);
  rebuild(header, [place.id, name, place.members, place.archived, place.locked], () => [
    parent && h("button", { type: "button", class: "back", onclick: () => look({ place: parent.id }) },
      `‹ #${parent.name}`),
    h("h2", {}, name),
    parent && h("div", { class: "moderate" },
      moderating(place, place.locked ? "unlock" : "lock", place.locked ? "Unlock thread" : "Lock thread"),
      !place.archived && moderating(place, "archive", "Archive thread"),
      moderating(place, "delete", "Delete thread")),
    place.members && h("p", { class: "members" }, `In it: ${place.members.join(", ") || "nobody"}`),
    place.archived && h("p", { class: "archive-note" },
      "This thread is archived: it takes no commands, clicks or edits. Its card reopens it."),
  ]);
}

/** A button for what only moderators may do. */
function moderating(place, deed, label) {
  const onclick = () => moderate(place, { do: deed });
  return h("button", { type: "button", "data-moderate": deed, title: "As a moderator", onclick }, label);
}

function hint(place) {
  if (place.parent) return "";
  return place.name === "operators"
    ? "Threadline writes here when the operator has something to do."
    : "Type / to see the commands.";
}
