// What the sandbox tells us: the stage (all that is seen now) and the wire's entries, over one stream of events.

/**
 * @typedef {object} Stage  All that is seen now; see `stage.rs`.
 * @property {{state: "starting"|"running"|"stopping"|"ended", note: string,
 *   signatures: "none"|"demand"|"observe"|"wrong_secret"}} bridge
 * @property {{up: boolean, faults: string[], account: Account}} vonage
 * @property {{up: boolean, gateway: boolean, faults: string[]}} discord
 * @property {{faults: string[]}} webhooks
 * @property {{number: string}} desk
 * @property {Phone[]} phones
 * @property {{name: string, bot: Author, people: {id: string, name: string, roles: string[]}[],
 *   roles: {id: string, name: string}[]}} guild
 * @property {Command[]} commands
 * @property {Place[]} channels
 * @property {Place[]} threads
 * @property {Private[]} private
 *
 * @typedef {object} Account
 * @property {string} balance in euros, as the price is
 * @property {string} price of one part
 * @property {number} per_second
 * @property {number|null} number_per_second
 * @property {"sms"|"messages"} sends_by
 * @property {"sms"|"messages"} webhooks
 * @property {"get"|"post"|"json"} format
 * @property {"none"|"token"|"md5hash"|"md5"|"sha1"|"sha256"|"sha512"} signing
 * @property {boolean} opt_out_assist
 * @property {boolean} network_answers
 * @property {{number: string, phone: string}[]} opted_out
 * @property {{number: string, country: string, kind: string, features: string[]}[]} numbers
 *
 * @typedef {object} Phone
 * @property {string} number
 * @property {"on"|"off"|"barred"|"unreachable"} reach
 * @property {"good"|"opted_out"|"deactivated"} standing
 * @property {"at_once"|"by_receipt"} barring
 * @property {string} answers
 * @property {number} got how many SMS it has received
 * @property {number} answered how many of them it has answered by itself
 * @property {number} waiting
 * @property {number} missing how many parts of its texts are lost on their way
 * @property {Sms[]} sms
 *
 * @typedef {object} Sms
 * @property {string} id
 * @property {string} text
 * @property {number} at
 * @property {number} parts
 * @property {boolean} unicode
 * @property {boolean} [by_network] whether the network wrote it by itself
 * @property {"desk"|"customer"} from
 * @property {"sending"|"taken"|"refused"} [state] how far a customer's text has come
 *
 * @typedef {{id: string, name: string, bot: boolean}} Author
 *
 * @typedef {object} Place  A channel, or a thread (which has a parent).
 * @property {string} id
 * @property {string} name
 * @property {Message[]} messages
 * @property {string} [parent]
 * @property {boolean} [archived]
 * @property {boolean} [locked]
 * @property {string[]} [members]
 *
 * @typedef {object} Message
 * @property {string} id
 * @property {number} kind Discord's message type
 * @property {Author} author
 * @property {number} at
 * @property {boolean} edited
 * @property {string} content
 * @property {object[]} embeds
 * @property {object[]} components
 * @property {string|null} thread
 * @property {string[]} rung
 * @property {string} [subject]
 *
 * @typedef {object} Private  What one person asked, and the answer that only they see.
 * @property {string} for
 * @property {string} interaction
 * @property {string} place
 * @property {number} at
 * @property {string} asked
 * @property {"waiting"|"thinking"|"failed"|"answered"} state
 * @property {Message[]} messages
 *
 * @typedef {{name: string, description: string, options: Option[]}} Command
 * @typedef {{name: string, description: string, type: number, required?: boolean, autocomplete?: boolean,
 *   choices?: {name: string, value: string|number}[], min_length?: number, max_length?: number}} Option
 */

const listeners = { run: [], stage: [], wire: [], connection: [] };
let run = null;

/** Calls `listener` at each `run` (its id), `stage`, `wire` (new entries) or `connection` (whether there is one). */
export function on(event, listener) {
  listeners[event].push(listener);
}

/** Connects, and connects again for as long as the page is open. */
export function connect() {
  const source = new EventSource("/events");
  source.addEventListener("open", () => tell("connection", true));
  source.addEventListener("hello", (event) => {
    const { run: now } = JSON.parse(event.data);
    if (now !== run) tell("run", now);
    run = now;
  });
  source.addEventListener("stage", (event) => tell("stage", JSON.parse(event.data)));
  source.addEventListener("wire", (event) => tell("wire", JSON.parse(event.data)));
  source.addEventListener("error", () => {
    tell("connection", false);
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  });
}

function tell(event, news) {
  for (const listener of listeners[event]) listener(news);
}
