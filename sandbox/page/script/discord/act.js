// What the agent does in Discord, and what comes of it besides what the stage shows: a form, or a refusal.
import { Refused, agentPath, ask, placeBody } from "../ask.js";
import { noTrouble, trouble } from "../notice.js";
import { view } from "../view.js";
import { openForm } from "./form.js";

/** The bridge was too slow, or is not there: the place itself says so. */
const NOT_ANSWERED = 504;

/** Writes into a place. */
export function say(place, text) {
  return act("say", { ...placeBody(place), text });
}

/** Uses a command. */
export function command(place, name, options) {
  return act("command", { ...placeBody(place), name, options });
}

/** Clicks a button of a message. */
export function click(place, message, button) {
  return act("click", { ...placeBody(place), message, button });
}

/** Clicks a button of a private answer. */
export function clickPrivate(interaction, button) {
  return act("click", { interaction, button });
}

/** Does what a moderator of the guild can do by hand. */
export function moderate(place, deed) {
  return ask("/moderator", { ...placeBody(place), ...deed }).then(noTrouble, trouble);
}

/** Returns whether Discord took it; otherwise the visitor was told why not. */
async function act(what, body) {
  const { agent } = view;
  try {
    const { interaction, modal } = await ask(agentPath(agent, what), body);
    noTrouble();
    if (modal) openForm(agent, interaction, modal);
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.status === NOT_ANSWERED) return true;
    trouble(error);
    return false;
  }
}
