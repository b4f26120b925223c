// The steps of the tour: a notification, a reply, a confirmation.
import { propose } from "../composer/composer.js";
import { spaced } from "../moment.js";
import { look, view } from "../view.js";

/** The customer of the tour; reserved for fiction. */
export const NUMBER = "+61491570156";

/**
 * @typedef {object} Step
 * @property {"1"|"2"|"3"|"done"} name
 * @property {"composer"|"phone"|"places"|null} at what it talks about
 * @property {string} title
 * @property {string} text
 * @property {string} [does] what its button says
 * @property {() => void} [act] what its button does
 * @property {string} [key] when this changes, the step is shown anew
 */

/**
 * The step that the stage has come to, whoever brought it there.
 *
 * @param {import("../live.js").Stage} stage
 * @param {number} since when the tour began
 * @param {string|null} shown the step that was shown last
 * @returns {Step}
 */
export function stepOf(stage, since, shown) {
  const fresh = ({ sms }) => sms.filter(({ at }) => at >= since);
  const phone = stage.phones.find((each) => fresh(each).some(({ from }) => from === "desk"));
  if (!phone) return isAsked(stage, since) ? question() : notification(stage);
  const texts = fresh(phone);
  const replied = texts.findIndex(({ from }) => from === "customer");
  const confirmed = replied >= 0 && texts.slice(replied).some(({ from }) => from === "desk");
  if (!confirmed) return reply(phone);
  const thread = stage.threads.findLast(({ name }) => name.endsWith(phone.number.slice(-4)));
  const seen = thread && (shown === "done" || view.place === thread.id);
  return seen ? done(phone) : confirmation(thread);
}

function notification(stage) {
  return {
    name: "1",
    at: "composer",
    title: "Send a notification",
    text: `You are ${view.agent}, who looks after customers in Discord. Type /notify and the number ` +
      `${spaced(NUMBER)} in #support, or have it filled in, and press Enter.`,
    does: "Fill it in",
    key: view.agent,
    act: () => propose(stage.channels[0].id, "notify", { number: spaced(NUMBER) }),
  };
}

function question() {
  return {
    name: "1",
    at: null,
    title: "Threadline asks first",
    text: "The same was sent a few minutes ago, so it waits for a yes: press Send anyway in Discord.",
    key: "asked",
  };
}

/** Whether the newest private answer is a question. */
function isAsked(stage, since) {
  const answer = stage.private.findLast((each) => each.for === view.agent && each.at >= since);
  return Boolean(answer?.messages.some(({ components }) => components.length > 0));
}

function reply({ number }) {
  return {
    name: "2",
    at: "phone",
    title: "Reply as the customer",
    text: "The SMS is on the phone, and a card with its thread is in Discord. Now you are the customer: " +
      "reply 2 on the phone.",
    does: "Type 2 on the phone",
    key: number,
    act: () => {
      look({ phone: number, part: "phones" });
      const writing = document.querySelector(`[data-phone="${number}"] textarea`);
      writing.value = "2";
      writing.focus();
    },
  };
}

function confirmation(thread) {
  return {
    name: "3",
    at: "places",
    title: "See the confirmation",
    text: "The customer’s choice was confirmed by SMS: look at the phone. The whole exchange stands in the " +
      "customer’s thread: open it.",
    does: thread && "Open the thread",
    key: thread?.id,
    act: () => {
      look({ place: thread.id, part: "discord" });
      document.querySelector("[data-open] .scroll").focus();
    },
  };
}

function done({ number }) {
  return {
    name: "done",
    at: null,
    title: "That is Threadline",
    text: "Try more: text something that is no choice, press Reply in Discord, switch the phone off, or open Faults " +
      "and take Vonage down.",
    key: number,
  };
}
