// Every fault that the sandbox knows, in plain words, and what one will see of it.

/**
 * @typedef {object} Known
 * @property {string} fault as `POST /faults` calls it
 * @property {string} label what the button says
 * @property {string} see what one will see
 * @property {{name: string, label: string, values: [number, string|number][]}} [choice] a number that goes with it
 * @property {boolean} [request] whether it hits requests: so many times, before or after their effect
 */

const LATE = (...seconds) => ({
  name: "milliseconds",
  label: "How late",
  values: seconds.map((each) => [each * 1000, `${each} s`]),
});

/** @type {{service: string, title: string, faults: Known[]}[]} */
export const GROUPS = [
  {
    service: "webhooks",
    title: "Vonage’s webhooks",
    faults: [
      { fault: "twice", label: "Send each twice", see: "Two calls on the wire, one effect." },
      {
        fault: "latency",
        label: "Send late",
        see: "Replies and receipts come later.",
        choice: LATE(5, 2, 30),
      },
      {
        fault: "receipt_first",
        label: "Receipt before answer",
        see: "A message is delivered before Vonage has answered. It does not go back to “sent”.",
      },
      { fault: "no_receipts", label: "No receipts", see: "Messages stay at “sent”." },
    ],
  },
  {
    service: "vonage",
    title: "Vonage",
    faults: [
      { fault: "down", label: "Take down", see: "Connections are refused. What is texted stays queued." },
      { fault: "up", label: "Bring back", see: "What was queued goes out, in its order, once." },
      {
        fault: "refuse",
        label: "Refuse to send",
        see: "No credit: messages wait, and #operators is told. Wrong number: the message fails and says why.",
        choice: {
          name: "status",
          label: "Why",
          values: [[9, "no credit (9)"], [6, "wrong number (6)"], [1, "too fast (1)"], [5, "their error (5)"]],
        },
        request: true,
      },
      {
        fault: "status",
        label: "Answer with an error",
        see: "503: tried again. 500: the message is unconfirmed, and an agent is asked after a minute. 401: #operators is told. 400: the message fails.",
        choice: { name: "status", label: "Status", values: [503, 500, 401, 400].map((each) => [each, each]) },
        request: true,
      },
      {
        fault: "latency",
        label: "Answer late",
        see: "The message says “queued” for longer. After 20 s without an answer it is unconfirmed.",
        choice: LATE(5, 2, 30),
        request: true,
      },
      { fault: "hang", label: "Do not answer", see: "After 20 s the message is unconfirmed.", request: true },
      {
        fault: "reset",
        label: "Break off",
        see: "The message is unconfirmed. If Vonage did send it, its receipt settles that; it is never sent twice.",
        request: true,
      },
    ],
  },
  {
    service: "discord",
    title: "Discord",
    faults: [
      { fault: "down", label: "Take down", see: "Texts are still stored and confirmed. Discord shows nothing new." },
      { fault: "up", label: "Bring back", see: "All that was missed appears, in its order." },
      {
        fault: "drop_gateway",
        label: "Drop the gateway",
        see: "The connection breaks off once. The bridge comes back; commands fail until then.",
      },
      {
        fault: "status",
        label: "Answer with an error",
        see: "Posts and edits are tried again. The answer to a command comes too late for that.",
        choice: { name: "status", label: "Status", values: [500, 502, 503].map((each) => [each, each]) },
        request: true,
      },
      {
        fault: "latency",
        label: "Answer late",
        see: "Posts and edits come later. From 3 s on, “The application did not respond”: the answer is lost, but what was asked for may be done.",
        choice: LATE(1, 4, 15),
        request: true,
      },
      {
        fault: "hang",
        label: "Do not answer",
        see: "After 10 s it is tried again, without a second post.",
        request: true,
      },
      { fault: "reset", label: "Break off", see: "It is tried again, without a second post.", request: true },
    ],
  },
];

/** What the bridge can be told. */
export const DEEDS = [
  { deed: "kill", label: "Kill", see: "SIGKILL, as in a power cut. What was begun is found again at the next start." },
  { deed: "stop", label: "Stop", see: "It finishes what it has begun, and ends." },
  { deed: "start", label: "Start", see: "It takes up what waited: texts, receipts and posts." },
];
