// How people, roles and places are called, for mentions.
import { look } from "../view.js";

/** The names of a stage. */
export function namesOf(stage) {
  const { guild, channels, threads } = stage;
  const name = (list) => (id) => list.find((known) => known.id === id)?.name;
  return {
    person: name([...guild.people, guild.bot]),
    role: name(guild.roles),
    place: name([...threads, ...channels.map(({ id, name }) => ({ id, name: `#${name}` }))]),
    open: (place, message) => {
      look({ place, part: "discord" });
      document.querySelector(`[data-message="${message}"]`)?.scrollIntoView({ block: "center" });
    },
  };
}
