// A phone that answers every SMS by itself, as robots do.
import { ask, phonePath } from "../ask.js";
import { h, text } from "../dom.js";
import { spaced } from "../moment.js";
import { trouble } from "../notice.js";

export function answering(number) {
  const answer = h("input", { name: "answers", maxlength: "160", placeholder: "such as: 2", autocomplete: "off",
    required: true, "aria-label": `What ${spaced(number)} answers by itself` });
  const set = (answers) => ask(phonePath(number, "set"), { answers }).catch(trouble);
  const keep = (event) => {
    event.preventDefault();
    set(answer.value);
  };
  const stop = () => {
    answer.value = "";
    set("");
  };
  return h("details", { class: "more answering", name: `more-${number}` }, h("summary", {}),
    h("form", { onsubmit: keep }, answer,
      h("button", { type: "submit", "aria-label": `Set what ${spaced(number)} answers` }, "Set"),
      h("button", { type: "button", class: "stop", "aria-label": `Stop the answers of ${spaced(number)}`, onclick: stop },
        "Stop")),
    h("p", { class: "count" }));
}

/** @param {import("../live.js").Phone} phone */
export function showAnswering(element, { answers, answered, got }) {
  const so = answered === 1 ? "1 answer so far" : `${answered} answers so far`;
  text(element.querySelector("summary"), answers ? `Answers every SMS with: ${answers} (${so})` : "Answer every SMS by itself");
  text(element.querySelector(".count"), `It got ${got} SMS and answered ${answered} by itself.`);
  element.querySelector(".stop").hidden = !answers;
}
