// Times as people read them, and phone numbers.
import { h } from "./dom.js";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const exact = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat("en-GB", { numeric: "always" });

const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];

/** `14:05`, as an element. */
export function timeOf(at) {
  return h("time", { datetime: new Date(at).toISOString(), title: full.format(at) }, clock.format(at));
}

/** `14:05:09.123` */
export function exactly(at) {
  return `${exact.format(at)}.${String(at % 1000).padStart(3, "0")}`;
}

/** What Discord makes of `<t:seconds:style>`, as an element. */
export function moment(seconds, style) {
  const at = seconds * 1000;
  if (Number.isNaN(new Date(at).getTime())) return document.createTextNode("Invalid date");
  const shown = style === "R" ? ago(at) : full.format(at);
  const mark = style === "R" ? at : null;
  return h("time", { "data-ago": mark, datetime: new Date(at).toISOString(), title: full.format(at) }, shown);
}

/** Brings all relative times up to date, from time to time. */
export function keepMoments() {
  setInterval(() => {
    for (const element of document.querySelectorAll("time[data-ago]")) {
      element.textContent = ago(Number(element.dataset.ago));
    }
  }, 10_000);
}

/** `+61 491 570 156`; numbers of other countries as they are. */
export function spaced(number) {
  return number.replace(/^\+61(\d{3})(\d{3})(\d{3})$/, "+61 $1 $2 $3");
}

function ago(at) {
  const seconds = Math.round((at - Date.now()) / 1000);
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return relative.format(Math.trunc(seconds / size), unit);
}
