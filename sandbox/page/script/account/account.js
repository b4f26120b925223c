// The account at Vonage: its credit, its rate, its webhooks, its opt-out list, its numbers.
import { ask } from "../ask.js";
import { choice, showChoice, showToggle, toggle } from "../choice.js";
import { h, rebuild, text } from "../dom.js";
import { spaced } from "../moment.js";
import { trouble } from "../notice.js";
import { CHECKS, CREDITS, FORMATS, FORMS, NUMBER_RATES, RATES, SENDERS, SIGNINGS, signedAs } from "./known.js";

const set = (settings) => ask("/account", settings);
const credit = h("p", { class: "in-force" });
const rate = choice({ label: "The account", values: RATES, change: (value) => set({ per_second: Number(value) }) },
  { "data-account": "per_second" });
const numberRate = choice({ label: "Each number", values: NUMBER_RATES,
  change: (value) => set({ number_per_second: Number(value) }) }, { "data-account": "number_per_second" });
const form = choice({ label: "Replies by", values: FORMS, change: (value) => set({ webhooks: value }) },
  { "data-account": "webhooks" });
const format = choice({ label: "SMS API by", values: FORMATS, change: (value) => set({ format: value }) },
  { "data-account": "format" });
const signing = choice({ label: "Vonage signs", values: SIGNINGS, change: (value) => set({ signing: value }) },
  { "data-account": "signing" });
const check = choice({ label: "The bridge", values: CHECKS, change: (value) => ask("/bridge", { signatures: value }) },
  { "data-account": "check" });
const sender = h("p");
const outcome = h("p", { class: "outcome" });
const assist = toggle("Opt-Out Assist", (on) => set({ opt_out_assist: on }), { "data-account": "opt_out_assist" });
const network = toggle("The network answers STOP by itself", (on) => set({ network_answers: on }),
  { "data-account": "network_answers" });
const optedOut = h("ul", { class: "listed" });
const numbers = h("ul", { class: "listed" });

/** Puts the account into its panel. */
export function buildAccount(panel) {
  panel.append(h("div", { class: "groups" },
    group("credit", "Credit", credit,
      h("div", { class: "deed" }, CREDITS.map(([euros, label]) => h("button", { type: "button",
        "data-credit": String(euros), onclick: () => set({ balance: euros }).catch(trouble) }, label))),
      h("p", {}, "With none, messages wait and #operators is told; with some, they leave half a minute later.")),
    group("signatures", "Signed webhooks", signing, check, outcome,
      h("p", {}, "The bridge is started again for it, as for a change of threadline.toml.")),
    group("webhooks", "Webhooks", form, format,
      h("p", {}, "The Messages API sends a long text whole, by POST."), sender),
    group("rate", "Rate", rate, numberRate, h("p", {}, "What is too fast is refused, and the bridge slows down.")),
    group("opt-outs", "Opt-out list",
      h("div", { class: "setting" }, h("span", {}, "Opt-Out Assist"), assist),
      h("p", {}, "Who texts STOP gets no more, until START: Vonage refuses it."),
      h("div", { class: "setting" }, h("span", {}, "The network answers STOP"), network), optedOut),
    group("numbers", "Numbers it rents", numbers),
  ));
}

/** @param {import("../live.js").Stage} stage */
export function drawAccount({ bridge, vonage: { account } }) {
  text(credit, `€ ${account.balance} left. A part costs € ${account.price}.`);
  credit.parentElement.classList.toggle("faulty", hasNoCredit(account));
  showChoice(rate, String(account.per_second));
  showChoice(numberRate, String(account.number_per_second ?? 0));
  showChoice(form, account.webhooks);
  text(sender, SENDERS[account.sends_by]);
  // The bridge of the SMS API has no such setting.
  signing.querySelector("[value=token]").hidden = account.sends_by === "sms";
  showChoice(format, account.format);
  showChoice(signing, account.signing);
  showChoice(check, bridge.signatures);
  text(outcome, signedAs(account.signing, bridge.signatures));
  showToggle(assist, account.opt_out_assist);
  showToggle(network, account.network_answers);
  rebuild(optedOut, account.opted_out, () => account.opted_out.length
    ? account.opted_out.map(({ phone }) => h("li", { "data-opted-out": phone }, `On it: ${spaced(phone)}`))
    : h("li", {}, "Nobody is on it."));
  rebuild(numbers, account.numbers, () => account.numbers.map(({ number, country, kind, features }) =>
    h("li", { "data-rented": number }, h("strong", {}, spaced(number)), ` ${country}, ${kind}: ${features.join(", ")}`)));
}

/** Whether not one part can be sent. */
export function hasNoCredit({ balance, price }) {
  return Number(balance) < Number(price);
}

function group(name, title, ...children) {
  return h("section", { class: "group", "aria-labelledby": `account-${name}` },
    h("h3", { id: `account-${name}` }, title), children);
}
