// Where the agent writes: a plain text, or after `/` a command with its options.
import { attribute, h } from "../dom.js";
import { command as useCommand, say } from "../discord/act.js";
import { look } from "../view.js";
import { combobox } from "./combobox.js";
import { commandFields } from "./fields.js";
import { written } from "./written.js";

const input = h("input", { id: "composer", maxlength: "2000" });
const sending = h("button", { type: "submit", class: "primary" }, "Send");
const plain = h("div", { class: "plain" }, input, sending);
const fieldset = h("fieldset", { class: "command", hidden: true });
const offered = combobox(input, {
  name: "Commands",
  offers: (typed) => matching(typed),
  take: ({ value }) => begin(value),
  eager: true,
});
const form = h("form", { class: "composer", onsubmit: submit }, offered.list, fieldset, plain);

let stage = null;
let place = null;
/** The command that is being filled in. */
let filling = null;

/** The composer's element. */
export function composer() {
  input.addEventListener("input", () => {
    const whole = written(input.value, stage.commands);
    if (whole) begin(whole.command, whole.values);
  });
  fieldset.addEventListener("keydown", (event) => {
    const { key, target } = event;
    const first = fieldset.querySelector("input");
    if (key !== "Escape" && !(key === "Backspace" && target === first && first.value === "")) return;
    event.preventDefault();
    event.stopPropagation();
    end();
  });
  return form;
}

/** Tells the composer where it stands and what it can offer. */
export function drawComposer(now, where) {
  if (filling && place?.id !== where.id) end();
  [stage, place] = [now, where];
  const name = where.parent ? where.name : `#${where.name}`;
  attribute(input, "aria-label", `Message ${name}, or / for commands`);
  attribute(input, "placeholder", `Message ${name}, or / for commands`);
  attribute(sending, "aria-label", `Send to ${name}`);
}

/** Opens a place and fills a command in; it waits to be sent. */
export function propose(where, name, values) {
  look({ place: where, part: "discord" });
  const command = stage.commands.find((known) => known.name === name);
  if (command) begin(command, values);
}

function matching(typed) {
  if (!/^\/\S*$/.test(typed)) return [];
  const word = typed.slice(1).toLowerCase();
  const rank = ({ name }) => (name.startsWith(word) ? 0 : 1);
  const found = stage.commands.filter(({ name }) => name.includes(word));
  found.sort((one, other) => rank(one) - rank(other));
  return found.map((command) => ({ label: `/${command.name}`, hint: command.description, value: command }));
}

function begin(command, values = {}) {
  const fields = commandFields(command, stage, place);
  filling = { command, fields };
  fieldset.replaceChildren(
    h("legend", {}, h("strong", {}, `/${command.name}`), " ", h("span", {}, command.description)),
    h("div", { class: "fields" }, fields.elements),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", onclick: end }, "Cancel"),
      h("button", { type: "submit", class: "primary", "data-send": true }, `Send /${command.name}`),
    ),
  );
  fields.fill(values);
  offered.close();
  input.value = "";
  [plain.hidden, fieldset.hidden] = [true, false];
  if (fields.elements.length) fields.focus();
  else fieldset.querySelector("[data-send]").focus();
}

function end() {
  filling = null;
  fieldset.replaceChildren();
  [plain.hidden, fieldset.hidden] = [false, true];
  input.focus();
}

async function submit(event) {
  event.preventDefault();
  const where = place;
  if (filling) {
    const { command, fields } = filling;
    const values = fields.values();
    end();
    const taken = await useCommand(where, command.name, values);
    // What Discord refuses can be mended, unless something else was begun.
    if (!taken && !filling && !input.value && place.id === where.id) begin(command, values);
    return;
  }
  const typed = input.value;
  if (!typed.trim()) return;
  input.value = "";
  if (!(await say(where, typed)) && !input.value) input.value = typed;
}
