// What the page says by itself: troubles, which are shown, and news, which only screen readers read out.
import { h } from "./dom.js";

const SHOWN_FOR = 12_000;

/** Shows what went wrong. */
export function trouble(error) {
  const detail = error.message;
  const sentence = detail.charAt(0).toUpperCase() + detail.slice(1) + (/[.!?]$/.test(detail) ? "" : ".");
  const before = document.activeElement;
  const leave = () => {
    notice.remove();
    before?.focus();
  };
  const close = h("button", { type: "button", "aria-label": "Close this notice", onclick: leave }, "✕");
  const notice = h("div", { class: "notice", role: "alert" }, h("p", {}, sentence), close);
  const notices = document.getElementById("notices");
  notices.replaceChildren(notice);
  setTimeout(() => notice.remove(), SHOWN_FOR);
}

/** Takes the notice away: what was done next went well. */
export function noTrouble() {
  document.getElementById("notices").replaceChildren();
}

/** Has screen readers read a sentence out when they are at leisure; what comes together is read together. */
export function announce(sentence) {
  if (unread.push(sentence) > 1) return;
  setTimeout(() => (document.getElementById("news").textContent = unread.splice(0).join(" ")), 200);
}

const unread = [];
