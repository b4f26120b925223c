// A form that the bot opened: Discord calls it a modal.
import { agentPath, ask } from "../ask.js";
import { h } from "../dom.js";

/**
 * @param {string} agent who fills it in
 * @param {string} interaction that opened it
 * @param {{title: string, fields: {custom_id: string, label: string, value: string, required: boolean,
 *   paragraph: boolean, min_length: number, max_length: number|null}[]}} form
 */
export function openForm(agent, interaction, form) {
  const problem = h("p", { class: "problem", role: "alert" });
  const submit = h("button", { type: "submit", class: "primary" }, "Submit");
  const fields = form.fields.map((known) => ({ known, input: inputFor(known) }));

  const send = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    const values = Object.fromEntries(fields.map(({ known, input }) => [known.custom_id, input.value]));
    try {
      await ask(agentPath(agent, "modal"), { interaction, values });
      dialog.close();
    } catch (error) {
      problem.textContent = error.message;
      submit.disabled = false;
    }
  };

  const dialog = h(
    "dialog",
    { class: "form", "aria-labelledby": "form-title", onclose: () => dialog.remove() },
    h(
      "form",
      { onsubmit: send },
      h("h2", { id: "form-title" }, form.title),
      fields.map(({ known, input }) => row(known, input)),
      problem,
      h(
        "div",
        { class: "actions" },
        h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
        submit,
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  fields[0]?.input.focus();
}

function inputFor(known) {
  const common = {
    name: known.custom_id,
    required: known.required,
    minlength: known.min_length || null,
    maxlength: known.max_length,
  };
  const input = h(known.paragraph ? "textarea" : "input", { ...common, rows: known.paragraph ? 4 : null });
  input.value = known.value;
  return input;
}

function row({ label, required, max_length: most }, input) {
  const room = h("span", { class: "room", "aria-hidden": "true" });
  const count = () => (room.textContent = most ? `${[...input.value].length} of ${most}` : "");
  input.addEventListener("input", count);
  count();
  const star = required && h("span", { class: "required", "aria-hidden": "true" }, " *");
  return h("label", {}, h("span", {}, label, star), input, room);
}
