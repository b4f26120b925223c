// The fields of a command: one for each of its options, in their order.
import { agentPath, ask, placeBody } from "../ask.js";
import { h } from "../dom.js";
import { view } from "../view.js";
import { combobox } from "./combobox.js";
import { renamed } from "./written.js";

const BOOLEAN = 5;
const USER = 6;
const CHANNEL = 7;
const ROLE = 8;

/** How long somebody is let type before the bridge is asked what it offers. */
const PAUSE = 200;

/**
 * @param {import("../live.js").Command} command
 * @param {import("../live.js").Stage} stage
 * @param {import("../live.js").Place} place
 * @returns {{elements: HTMLElement[], values: () => Record<string, string>, fill: (values: object) => void,
 *   focus: () => void}}
 */
export function commandFields(command, stage, place) {
  const options = command.options ?? [];
  const fields = options.map((option) => field(option));
  const values = () => {
    const given = fields.filter(({ input }) => input.value.trim());
    return Object.fromEntries(given.map(({ option, value }) => [option.name, value()]));
  };
  const byName = (name) => fields.find(({ option }) => option.name === name);

  for (const each of fields) {
    const offers = offersOf(each.option, stage, { command, place, others: () => without(values(), each.option.name) });
    if (offers) each.offer(offers);
    each.input.addEventListener("input", () => {
      const other = renamed(each.input.value, options);
      if (!other) return;
      each.input.value = "";
      const target = byName(other.option.name);
      target.input.value = other.rest;
      target.input.focus();
    });
  }

  return {
    elements: fields.map(({ element }) => element),
    values,
    fill: (known) => Object.entries(known).forEach(([name, value]) => (byName(name).input.value = value)),
    focus: () => (fields.find(({ option, input }) => option.required && !input.value) ?? fields[0])?.input.focus(),
  };
}

function field(option) {
  const input = h("input", {
    name: option.name,
    placeholder: option.required ? null : "optional",
    required: Boolean(option.required),
    minlength: option.min_length,
    maxlength: option.max_length,
    autocomplete: "off",
  });
  const star = option.required && h("span", { class: "required", "aria-hidden": "true" }, " *");
  const label = h("label", {}, h("span", { class: "option" }, option.name, star), input);
  const hint = h("p", { class: "hint", id: `hint-${option.name}` }, option.description);
  input.setAttribute("aria-describedby", hint.id);
  const element = h("div", { class: "field" }, label, hint);
  let picked = null;
  return {
    option,
    input,
    element,
    value: () => (picked?.label === input.value ? String(picked.value) : input.value.trim()),
    offer: (offers) => {
      const take = (offer) => {
        picked = offer;
        input.value = offer.label;
      };
      const box = combobox(input, { name: option.name, offers, take, eager: false });
      input.addEventListener("focus", box.refresh);
      element.append(box.list);
    },
  };
}

/** What can stand in an option, where that is known. */
function offersOf(option, stage, typing) {
  const list = (all) => (typed) => all.filter(({ label }) => fits(label, typed));
  const named = (things) => list(things.map(({ name }) => ({ label: name, value: name })));
  if (option.autocomplete) return later((typed) => completions(option, typed, typing));
  if (option.choices?.length) return list(option.choices.map(({ name, value }) => ({ label: name, value })));
  switch (option.type) {
    case BOOLEAN: return list(["true", "false"].map((value) => ({ label: value, value })));
    case USER: return named(stage.guild.people);
    case ROLE: return named(stage.guild.roles);
    case CHANNEL: return named(stage.channels);
    default: return null;
  }
}

async function completions(option, typed, { command, place, others }) {
  const body = { name: command.name, option: option.name, typed, options: others(), ...placeBody(place) };
  // Where the bridge offers nothing, one types without help, as in Discord.
  const { choices = [] } = await ask(agentPath(view.agent, "autocomplete"), body).catch(() => ({}));
  return choices.map(({ name, value }) => ({ label: name, value }));
}

/** Calls `asked` with what was typed last, once nothing was typed for a while. */
function later(asked) {
  let timer;
  return (typed) => {
    clearTimeout(timer);
    return new Promise((resolve) => (timer = setTimeout(() => resolve(asked(typed)), PAUSE)));
  };
}

function fits(label, typed) {
  return label.toLowerCase().includes(typed.trim().toLowerCase());
}

function without(values, name) {
  return Object.fromEntries(Object.entries(values).filter(([key]) => key !== name));
}
