// The lines of the wire are one stop for the Tab key; the arrow keys go from line to line.

/**
 * @param {HTMLElement} list
 * @returns {() => void} to be called whenever lines come, go or are hidden
 */
export function withArrows(list) {
  let stop = null;

  const shown = () => [...list.children].filter(({ hidden }) => !hidden).map((line) => line.querySelector("summary"));
  const stopAt = (summary) => {
    if (stop) stop.tabIndex = -1;
    stop = summary ?? null;
    if (stop) stop.tabIndex = 0;
  };

  list.addEventListener("focusin", ({ target }) => target.matches("summary") && stopAt(target));
  list.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || !event.target.matches("summary")) return;
    event.preventDefault();
    const lines = shown();
    lines[lines.indexOf(event.target) + by]?.focus();
  });

  return () => {
    if (stop !== document.activeElement || !list.contains(stop)) stopAt(shown().at(-1));
  };
}
