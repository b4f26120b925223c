// An embed: a box with a coloured edge.
import { h } from "../dom.js";
import { inline, markdown } from "./markdown.js";

/** @param {object} embed as it goes over the wire */
export function embed(embed, names) {
  const box = h(
    "div",
    { class: "embed" },
    embed.author && h("p", { class: "by" }, embed.author.name),
    embed.title && h("p", { class: "title" }, inline(embed.title, names)),
    embed.description && h("div", { class: "description" }, markdown(embed.description, names)),
    embed.fields?.length && h("dl", {}, embed.fields.map((each) => field(each, names))),
    embed.footer && h("p", { class: "footer" }, embed.footer.text),
  );
  if (Number.isInteger(embed.color)) {
    box.style.setProperty("--edge", `#${embed.color.toString(16).padStart(6, "0")}`);
  }
  return box;
}

function field({ name, value, inline: besideOthers }, names) {
  const inside = [h("dt", {}, inline(name, names)), h("dd", {}, markdown(value, names))];
  return h("div", { class: besideOthers ? "field" : "field whole" }, inside);
}
