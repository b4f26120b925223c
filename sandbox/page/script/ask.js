// Asks the sandbox to do something.

/** Why the sandbox did not do it, as a sentence for people. */
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** Posts `body` as JSON, and returns what was answered. */
export async function ask(path, body) {
  let answer;
  try {
    answer = await fetch(path, { method: "POST", body: JSON.stringify(body) });
  } catch {
    throw new Refused(0, "The sandbox cannot be reached.");
  }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  throw new Refused(answer.status, said.detail ?? `The sandbox answered ${answer.status}.`);
}

/** The path of something that an agent does. */
export function agentPath(agent, what) {
  return `/agents/${encodeURIComponent(agent)}/${what}`;
}

/** The path of something that a customer does. */
export function phonePath(number, what) {
  return `/phones/${number.replace(/\D/g, "")}/${what}`;
}

/** How the sandbox names a channel or thread. */
export function placeBody(place) {
  return place.parent ? { thread: place.id } : { channel: place.id };
}
