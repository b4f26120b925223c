// Where a customer writes: the text, how many SMS it becomes, and in what order they come.
import { ask, phonePath } from "../ask.js";
import { attribute, h, text } from "../dom.js";
import { spaced } from "../moment.js";
import { trouble } from "../notice.js";
import { lengthInWords, lengthOf } from "./alphabet.js";

const ORDERS = [["in_order", "in order"], ["last_first", "the last one first"], ["one_missing", "one missing"]];

/** The form of a phone. */
export function writing(number) {
  const name = spaced(number);
  const field = h("textarea", { name: "text", rows: "1", required: true, "aria-label": `SMS from ${name}`,
    placeholder: "Text message", maxlength: "1600" });
  const length = h("span", {});
  const order = h("select", { name: "parts" }, ORDERS.map(([value, label]) => h("option", { value }, label)));
  const ordered = h("label", { hidden: true }, "they come ", order);
  const line = h("p", { class: "length", hidden: true }, length, ordered);
  const measure = () => {
    const measured = lengthOf(field.value);
    text(length, lengthInWords(measured));
    line.hidden = length.textContent === "";
    ordered.hidden = measured.parts < 2;
  };
  field.addEventListener("input", measure);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    field.form.requestSubmit();
  });
  const submit = async (event) => {
    event.preventDefault();
    const typed = field.value;
    if (!typed.trim() || field.readOnly) return;
    const parts = ordered.hidden ? {} : { parts: order.value };
    field.value = "";
    measure();
    try {
      await ask(phonePath(number, "send"), { text: typed, ...parts });
    } catch (error) {
      trouble(error);
      field.value ||= typed;
      measure();
    }
  };
  return h("form", { class: "send", onsubmit: submit }, line, field,
    h("button", { type: "submit", class: "primary", "aria-label": `Send from ${name}` }, "Send"));
}

/** A phone that is off writes nothing. */
export function mayWrite(form, may) {
  const field = form.querySelector("textarea");
  field.readOnly = !may;
  attribute(field, "placeholder", may ? "Text message" : "Switch the phone on to write");
}

/** Says that a part is missing, and sends it after all. */
export function missing(number) {
  const send = () => ask(phonePath(number, "send-missing"), {}).catch(trouble);
  return h("div", { class: "missing", hidden: true }, h("p", {}),
    h("button", { type: "button", "aria-label": `Send it after all from ${spaced(number)}`, onclick: send },
      "Send it after all"));
}

export function showMissing(element, count) {
  element.hidden = count === 0;
  text(element.firstElementChild, count === 1 ? "A part of a text is missing." : `${count} parts of texts are missing.`);
}
