// Reads a command that was typed or pasted as a whole: `/notify number: +61 491 570 156 name: Kim`.

/**
 * @param {string} typed
 * @param {import("../live.js").Command[]} commands
 * @returns {{command: import("../live.js").Command, values: Record<string, string>}|null} null where it is no
 *   command that is followed by a blank
 */
export function written(typed, commands) {
  const [, name, rest] = /^\/([^\s/]+)\s+([\s\S]*)$/.exec(typed) ?? [];
  const command = commands.find((known) => known.name === name);
  return command ? { command, values: valuesIn(rest, command.options ?? []) } : null;
}

/** What is not under any option's name belongs to the first one. */
function valuesIn(rest, options) {
  const values = {};
  let current = options[0]?.name;
  for (const piece of rest.split(/(?<=^|\s)([\w-]+:)(?=\s|$)/)) {
    const named = options.find(({ name }) => `${name}:` === piece);
    if (named) current = named.name;
    else if (current && piece.trim()) values[current] = `${values[current] ?? ""} ${piece.trim()}`.trim();
  }
  return values;
}

/** Whether the beginning of a field names another option, as in `name: Kim`; returns that option and the rest. */
export function renamed(typed, options) {
  const [, name, rest] = /^([\w-]+):\s?([\s\S]*)$/.exec(typed) ?? [];
  const option = options.find((known) => known.name === name);
  return option ? { option, rest } : null;
}
