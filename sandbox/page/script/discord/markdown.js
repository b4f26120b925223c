// The part of Discord's Markdown that the bridge uses, as elements. It makes no links but to the guild's own messages:
// an address stays plain text.
import { h } from "../dom.js";
import { moment } from "../moment.js";

/**
 * @typedef {object} Names  How mentions are read.
 * @property {(id: string) => string|undefined} person
 * @property {(id: string) => string|undefined} role
 * @property {(id: string) => string|undefined} place
 * @property {(place: string, message?: string) => void} open opens a channel or thread, at a message of it
 */

/** A text over several lines. */
export function markdown(source, names) {
  const fragment = document.createDocumentFragment();
  for (const block of blocks(source)) fragment.append(...drawn(block, names));
  return fragment;
}

/** A text within one line. */
export function inline(source, names) {
  const pieces = [];
  let plain = "";
  const flush = () => {
    if (plain) pieces.push(plain);
    plain = "";
  };
  for (let rest = source, before = ""; rest; ) {
    const [taken, piece] = first(rest, before, names);
    if (typeof piece === "string") plain += piece;
    else {
      flush();
      pieces.push(piece);
    }
    before = rest[taken - 1];
    rest = rest.slice(taken);
  }
  flush();
  return pieces;
}

/** Lines of the same kind in a row are one block: code, quote, heading, list, small print, or plain. */
function blocks(source) {
  const found = [];
  for (const part of source.split(/(```[\s\S]+?```)/)) {
    const code = /^```(?:\w*\n)?([\s\S]+?)\n?```$/.exec(part);
    if (code) {
      found.push({ kind: "code", lines: [code[1]] });
      continue;
    }
    for (const line of part.replace(/^\n|\n$/g, "").split("\n")) {
      const [kind, text] = kindOf(line);
      const last = found.at(-1);
      if (last?.kind === kind && kind !== "heading") last.lines.push(text);
      else found.push({ kind, lines: [text] });
    }
  }
  return found.filter(({ kind, lines }) => kind !== "plain" || lines.join("") !== "" || found.length === 1);
}

function kindOf(line) {
  const marks = [["quote", /^>(?:>>)? (.*)$/], ["heading", /^#{1,3} (.+)$/], ["small", /^-# (.+)$/]];
  for (const [kind, mark] of [...marks, ["list", /^\s*[-*] (.+)$/]]) {
    const fits = mark.exec(line);
    if (fits) return [kind, fits[1]];
  }
  return line === ">" ? ["quote", ""] : ["plain", line];
}

function drawn({ kind, lines }, names) {
  const broken = () => inline(lines.join("\n"), names);
  switch (kind) {
    case "code": return [h("pre", {}, h("code", {}, lines[0]))];
    case "quote": return [h("blockquote", {}, broken())];
    case "heading": return [h("p", { class: "heading" }, broken())];
    case "small": return [h("p", { class: "small" }, broken())];
    case "list": return [h("ul", {}, lines.map((line) => h("li", {}, inline(line, names))))];
    default: return [h("p", {}, broken())];
  }
}

/** Something inside a span, over escaped characters. */
const INNER = "((?:\\\\[\\s\\S]|[^\\\\])+?)";

const SPANS = [
  ["strong", new RegExp(`^\\*\\*${INNER}\\*\\*(?!\\*)`)],
  ["u", new RegExp(`^__${INNER}__(?!_)`)],
  ["s", new RegExp(`^~~${INNER}~~`)],
  ["em", new RegExp(`^\\*(?!\\s)${INNER}\\*(?!\\*)`)],
];
const UNDERSCORED = new RegExp(`^_${INNER}_(?!\\w)`);

/** What stands first in `rest`: how many characters it takes, and what they are. */
function first(rest, before, names) {
  const escaped = /^\\([^\p{L}\p{N}\s])/u.exec(rest);
  if (escaped) return [escaped[0].length, escaped[1]];
  const code = /^`([^`\n]+)`/.exec(rest);
  if (code) return [code[0].length, h("code", {}, code[1])];
  const mention = rest[0] === "<" && /^<(@&|@!?|#|t:)(-?\d+)(?::([a-zA-Z]))?>/.exec(rest);
  if (mention) return [mention[0].length, mentioned(mention[1], mention[2], mention[3], names)];
  const address = /^https?:\/\/[^\s<>]+/.exec(rest)?.[0];
  if (address) return [address.length, message(address, names) ?? address];
  for (const [tag, mark] of SPANS) {
    const span = mark.exec(rest);
    if (span) return [span[0].length, h(tag, {}, inline(span[1], names))];
  }
  const underscored = !/\w/.test(before) && UNDERSCORED.exec(rest);
  if (underscored) return [underscored[0].length, h("em", {}, inline(underscored[1], names))];
  const plain = /^(?:(?!https?:\/\/)[^\\`<*_~])+/.exec(rest)?.[0] ?? rest[0];
  return [plain.length, plain];
}

/** Where an address is one of a message here, what leads to it. */
function message(address, names) {
  const [, place, id] = /^https:\/\/discord\.com\/channels\/\d+\/(\d+)\/(\d+)$/.exec(address) ?? [];
  const name = place && names.place(place);
  if (!name) return null;
  return h("button", { type: "button", class: "mention", onclick: () => names.open(place, id) }, `${name} › message`);
}

function mentioned(kind, id, style, names) {
  if (kind === "t:") return moment(Number(id), style);
  if (kind === "#") {
    const place = names.place(id);
    if (!place) return h("span", { class: "mention" }, "#unknown");
    return h("button", { type: "button", class: "mention", onclick: () => names.open(id) }, place);
  }
  const name = kind === "@&" ? names.role(id) : names.person(id);
  return h("span", { class: "mention" }, `@${name ?? "unknown"}`);
}
