// One message as Discord shows it.
import { attribute, h, rebuild } from "../dom.js";
import { exactly, timeOf } from "../moment.js";
import { look, view } from "../view.js";
import { buttons } from "./buttons.js";
import { embed } from "./embed.js";
import { markdown } from "./markdown.js";

/** A message that stands for the card it was started from; it has the card's texts. */
const STARTER = 21;

/** Discord's own lines, by message type: what follows the author's name. */
const LINES = {
  1: ({ subject }) => ["added ", h("strong", {}, subject || "somebody"), " to the thread."],
  2: ({ subject }) => ["removed ", h("strong", {}, subject || "somebody"), " from the thread."],
  4: ({ subject, content }) => ["changed the name to ", h("strong", {}, subject ?? content), "."],
  6: () => ["pinned a message."],
  7: () => ["joined."],
  18: ({ content }) => ["started a thread: ", h("strong", {}, content), "."],
};

/** The element of a message; `update` fills it. */
export function make() {
  return h(
    "li",
    { class: "message" },
    h("div", { class: "avatar", "aria-hidden": "true" }),
    h(
      "div",
      { class: "body" },
      h("p", { class: "head" }),
      h("div", { class: "moderate" }),
      h("p", { class: "rung" }),
      h("div", { class: "content" }),
      h("div", { class: "embeds" }),
      h("div", { class: "buttons" }),
      h("div", { class: "thread-link" }),
    ),
  );
}

/**
 * Brings the element up to date; only what differs is drawn anew, so that focus stays.
 *
 * @param {import("../live.js").Message} message
 * @param {object} scene
 * @param {boolean} scene.follows whether its author wrote the one above just before
 * @param {import("./markdown.js").Names} scene.names
 * @param {import("../live.js").Place} [scene.thread] that was started from it
 * @param {(button: string) => void} scene.click
 * @param {() => void} [scene.remove] deletes it, as a moderator can
 */
export function update(element, message, { follows, names, thread, click, remove }) {
  const line = LINES[message.kind];
  const { author, rung } = message;
  const part = (name) => element.querySelector(`:scope > .body > .${name}`);
  element.classList.toggle("follows", follows && !line);
  element.classList.toggle("line", Boolean(line));
  element.classList.toggle("rings", rung.includes(view.agent));
  attribute(element, "data-message", message.id);
  rebuild(element.querySelector(".avatar"), [author, Boolean(line)], () => (line ? "→" : author.name.charAt(0)));
  attribute(element.querySelector(".avatar"), "data-hue", hueOf(author));
  rebuild(part("head"), [author, message.at, line && [message.subject, message.content]], () => [
    h("strong", { class: "author" }, author.name),
    author.bot && !line && h("span", { class: "app" }, "APP"),
    line && h("span", {}, " ", line(message)),
    timeOf(message.at),
  ]);
  const subject = subjectOf(message);
  rebuild(part("moderate"), [subject, Boolean(remove)], () => remove && !line ? h("button", { type: "button",
    "data-delete": message.id, "aria-label": `Delete the message: ${subject}`, onclick: remove }, "Delete") : []);
  rebuild(part("rung"), [rung, view.agent], () => rung.length > 0 && `🔔 Rang ${rangFor(rung)}`);
  const content = line ? "" : message.content;
  rebuild(part("content"), [content, message.edited], () => (content ? written(content, message.edited, names) : []));
  rebuild(part("embeds"), message.embeds, () => message.embeds.map((each) => embed(each, names)));
  withFocus(element, () => {
    rebuild(part("buttons"), [message.components, subject], () => buttons(message.components, subject, click));
    const link = message.kind !== STARTER && thread;
    rebuild(part("thread-link"), link ? [link.id, link.name, link.archived, link.messages.length] : [], () =>
      link ? threadLink(link) : [],
    );
  });
}

/** How much of a text tells what a message is about. */
const SUBJECT = 60;

/** What a message is about, in some words that tell it from others: the title of a card, or its own beginning. */
function subjectOf({ author, at, content, embeds }) {
  const words = (embeds[0]?.title ?? content).replace(/[*_`~|>\\]/g, "").replace(/\s+/g, " ").trim();
  return `${words.slice(0, SUBJECT) || author.name}, ${exactly(at)}`;
}

/** Draws what may have the focus; it goes to what took the place of what had it. */
function withFocus(element, draw) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  const named = focused?.dataset.button ?? focused?.dataset.thread;
  draw();
  if (!focused || element.contains(document.activeElement)) return;
  const same = [...element.querySelectorAll("[data-button], [data-thread]")].find(
    ({ dataset }) => (dataset.button ?? dataset.thread) === named,
  );
  (same ?? element.closest("[tabindex]"))?.focus();
}

function written(content, edited, names) {
  const text = markdown(content, names);
  const mark = h("span", { class: "edited" }, " (edited)");
  // After a quote it stands on a line of its own: it is none of the customer's words.
  if (edited) (text.lastElementChild?.matches("p") ? text.lastElementChild : text).append(mark);
  return text;
}

function threadLink(thread) {
  const count = thread.messages.length;
  return h(
    "button",
    { type: "button", "data-thread": thread.id, onclick: () => look({ place: thread.id }) },
    h("span", { class: "thread-name" }, thread.name),
    h("span", { class: "more" }, `${count} message${count === 1 ? "" : "s"} ›`),
    thread.archived && h("span", { class: "archived" }, "archived"),
  );
}

function rangFor(rung) {
  return rung.map((name) => (name === view.agent ? "you" : name)).join(" and ");
}

/** One of six colours, always the same for one person. */
function hueOf({ name, bot }) {
  if (bot) return "bot";
  return [...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6;
}
