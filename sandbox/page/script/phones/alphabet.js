// How many SMS a text becomes: up to 160 characters of the GSM alphabet, or 153 each; in Unicode 70, or 67 each.

const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡" +
  "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
/** They count twice. */
const EXTENDED = new Set("\f^{}\\[~]|€");

/** The number of parts, and whether it is Unicode. */
export function lengthOf(text) {
  const characters = [...text];
  const unicode = !characters.every((each) => BASIC.has(each) || EXTENDED.has(each));
  const cost = (each) => (unicode ? each.length : EXTENDED.has(each) ? 2 : 1);
  const [single, part] = unicode ? [70, 67] : [160, 153];
  let [parts, used, all] = [1, 0, 0];
  for (const each of characters) {
    all += cost(each);
    used += cost(each);
    // Nothing that belongs together is cut.
    if (used > part) [parts, used] = [parts + 1, cost(each)];
  }
  return { parts: all <= single ? 1 : parts, unicode };
}

/** In words; empty where there is nothing to say. */
export function lengthInWords({ parts, unicode }) {
  const counted = parts > 1 ? `${parts} parts` : "";
  return [counted, unicode && "Unicode"].filter(Boolean).join(", ");
}
