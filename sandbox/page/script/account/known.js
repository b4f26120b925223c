// What can be set of the account at Vonage, in plain words.

/** In euros, as `POST /account` takes them. */
export const CREDITS = [[0, "None"], [0.1, "€ 0.10"], [1000, "€ 1000"]];

export const RATES = [["1", "1 a second"], ["5", "5 a second"], ["30", "30 a second"]];
export const NUMBER_RATES = [["0", "no limit of its own"], ["1", "1 a second"]];

export const FORMS = [["sms", "SMS API"], ["messages", "Messages API"]];
/** By which API the bridge sends. */
export const SENDERS = {
  sms: "The bridge sends by the SMS API, so receipts come from it (threadline sandbox --api messages: by the other).",
  messages: "The bridge sends by the Messages API, so receipts come from it as statuses.",
};
export const FORMATS = [["json", "POST of JSON"], ["post", "POST of a form"], ["get", "GET with a query"]];

export const SIGNINGS = [
  ["none", "nothing"],
  ["token", "by token"],
  ["md5hash", "by MD5 hash"],
  ["md5", "by MD5 HMAC"],
  ["sha1", "by SHA-1 HMAC"],
  ["sha256", "by SHA-256 HMAC"],
  ["sha512", "by SHA-512 HMAC"],
];

export const CHECKS = [
  ["none", "asks for none"],
  ["demand", "demands them"],
  ["observe", "only observes"],
  ["wrong_secret", "has a wrong secret"],
];

/** What comes of both sides' settings. */
export function signedAs(signing, check) {
  if (check === "none") return signing === "none" ? "Webhooks are known by their secret path." : "Nobody looks at them.";
  if (check === "observe") {
    return "What is not signed well is counted and comes in; #operators is told. So signing is switched on safely.";
  }
  if (check === "wrong_secret") {
    return signing === "none" ? KEPT : "No signature seems right. Webhooks are answered 503, so Vonage keeps them: give " +
      "the bridge the right secret, and they come.";
  }
  if (signing === "none") return KEPT;
  const sms = signing === "token" ? "Webhooks of the SMS API need nothing." : "Webhooks of the SMS API must be signed so.";
  return `${sms} Those of the Messages API must carry a signed token.`;
}

const KEPT = "Webhooks that are not signed are answered 503, so Vonage keeps them. Have Vonage sign: what is pushed from " +
  "then on comes in.";
