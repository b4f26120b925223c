// One line of the wire, which unfolds to what was asked and answered.
import { h } from "../dom.js";
import { exactly } from "../moment.js";

/**
 * @typedef {object} Entry
 * @property {number} id
 * @property {number} at
 * @property {"vonage"|"discord"} provider
 * @property {"request"|"webhook"} direction
 * @property {string} method
 * @property {string} path
 * @property {number|null} status
 * @property {number|null} milliseconds
 * @property {boolean} faulted
 * @property {{headers: [string, string][], body: string}} request
 * @property {{headers: [string, string][], body: string}} response
 */

const DIRECTIONS = { request: "bridge →", webhook: "→ bridge" };

/** @param {Entry} entry */
export function line(entry) {
  const { id, at, provider, direction, method, path, status, milliseconds, faulted } = entry;
  const names = { vonage: "Vonage", discord: "Discord" };
  const [before, after] = direction === "request" ? ["→ ", ""] : ["", " →"];
  const details = h(
    "details",
    { "data-wire": id, "data-provider": provider },
    h(
      "summary",
      { tabindex: "-1" },
      h("span", { class: "at" }, exactly(at)),
      h("span", { class: "provider", title: DIRECTIONS[direction] }, `${before}${names[provider]}${after}`),
      h("span", { class: "method" }, method),
      h("span", { class: "path" }, path),
      h("span", { class: `status ${kindOf(entry)}` }, status ?? (method === "GATEWAY" ? "event" : "no answer")),
      h("span", { class: "took" }, milliseconds === null ? "" : `${milliseconds} ms`),
      faulted && h("span", { class: "faulted" }, "fault"),
    ),
  );
  // Most are never opened.
  details.addEventListener("toggle", () => unfold(details, entry), { once: true });
  return h("li", {}, details);
}

/** Everything in an entry that can be searched for. */
export function searched({ provider, method, path, status, request, response }) {
  return `${provider} ${method} ${path} ${status ?? ""} ${request.body} ${response.body}`.toLowerCase();
}

function kindOf({ status, method }) {
  if (status === null) return method === "GATEWAY" ? "neutral" : "bad";
  return status < 400 ? "good" : "bad";
}

function unfold(details, { request, response }) {
  details.append(h("div", { class: "sides" }, side("Asked", request), side("Answered", response)));
}

function side(title, { headers, body }) {
  if (headers.length === 0 && !body) return null;
  return h(
    "section",
    {},
    h("h3", {}, title),
    headers.length > 0 && h("pre", { tabindex: "0", "aria-label": `${title}: headers` },
      headers.map(([name, value]) => `${name}: ${value}`).join("\n")),
    body && h("pre", { tabindex: "0", "aria-label": `${title}: body` }, body),
  );
}
