// The customers' phones: which there are, and the one in hand.
import { ask } from "../ask.js";
import { attribute, h, sync, text } from "../dom.js";
import { spaced } from "../moment.js";
import { announce, trouble } from "../notice.js";
import { isShown, look, view } from "../view.js";
import * as phonePanel from "./phone.js";

const list = h("ul", { class: "picks" });
const panels = h("div", { class: "panels" });
const number = h("input", { name: "number", type: "tel", required: true, "aria-label": "Number of a new phone",
  placeholder: "+61 491 570 157", autocomplete: "off" });
const adding = h("form", { class: "adding", onsubmit: add }, number, h("button", { type: "submit" }, "Add phone"));
const none = h("p", { class: "empty" }, "There is no phone yet. Add one, or text any number with /notify.");

const AWAY = { off: "off", barred: "blocked", unreachable: "out of reach" };

/** By number: how many SMS of the desk were seen. */
let seen = null;
/** The phone that the list was scrolled to. */
let scrolledTo = null;

/** Puts the phones into their part of the page. */
export function buildPhones(section) {
  section.append(list, none, panels, adding);
}

/** Everything that comes from now on is news. */
export function forgetPhones() {
  seen = null;
  scrolledTo = null;
}

/** Draws the phones, and returns how many have news. */
export function drawPhones({ phones }) {
  const fresh = follow(phones);
  none.hidden = phones.length > 0;
  sync(list, phones, {
    key: (phone) => phone.number,
    make: (phone) => h("li", {}, h("button", {
      type: "button",
      "data-pick": phone.number,
      onclick: () => look({ phone: phone.number }),
    }, h("span", {}, spaced(phone.number)), h("span", { class: "mark" }))),
    update: (item, phone) => {
      const button = item.firstElementChild;
      const count = fresh.get(phone.number) ?? 0;
      attribute(button, "aria-current", phone.number === view.phone ? "true" : null);
      text(button.lastElementChild, count > 0 ? `${count} new` : AWAY[phone.reach] ?? "");
      button.classList.toggle("unread", count > 0);
    },
  });
  scrollToPicked();
  sync(panels, phones, { key: (phone) => phone.number, make: phonePanel.make, update: phonePanel.update });
  return fresh.size;
}

/** Brings the phone in hand into view when it is another one, once the list itself can be seen. */
function scrollToPicked() {
  const picked = list.querySelector("[aria-current]");
  if (view.phone === scrolledTo || !picked?.checkVisibility()) return;
  scrolledTo = view.phone;
  picked.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** Takes a new phone in hand, unless one is being typed on; returns the numbers of unseen SMS, by phone. */
function follow(phones) {
  const got = ({ sms }) => sms.filter(({ from }) => from === "desk").length;
  const isNew = (phone) => seen && !seen.has(phone.number);
  const added = phones.find(isNew);
  if (added && !phonePanel.isTyping(view.phone)) view.phone = added.number;
  if (!phones.some((phone) => phone.number === view.phone)) view.phone = phones.at(-1)?.number ?? null;
  seen ??= new Map(phones.map((phone) => [phone.number, got(phone)]));
  const fresh = new Map();
  for (const phone of phones) {
    const count = got(phone) - (seen.get(phone.number) ?? 0);
    if (count <= 0) continue;
    if (phone.number === view.phone && isShown("phones")) {
      announce(`SMS on ${phone.number}: ${phone.sms.findLast(({ from }) => from === "desk").text.slice(0, 100)}.`);
      seen.set(phone.number, got(phone));
    } else {
      fresh.set(phone.number, count);
    }
  }
  for (const phone of phones) if (!seen.has(phone.number)) seen.set(phone.number, 0);
  return fresh;
}

async function add(event) {
  event.preventDefault();
  try {
    const added = await ask("/phones", { number: number.value.trim().replace(/^00/, "+") });
    number.value = "";
    look({ phone: added.number });
  } catch (error) {
    trouble(error);
  }
}
