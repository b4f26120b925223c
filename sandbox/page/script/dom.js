// Builds and updates the page's elements. Whatever people wrote gets in as text only, never as HTML.

/**
 * An element: `h("button", { class: "x", onclick: f, "aria-label": "…" }, "text", child)`. Properties that are null,
 * undefined or false are left out, as are such children.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * Makes the children of `parent` show `items`, in their order. Elements stay the same as long as their key does, and
 * move only when they must: so focus, scrolling and what is typed survive.
 */
export function sync(parent, items, { key, make, update }) {
  const wanted = new Set(items.map(key));
  const known = new Map();
  for (const child of [...parent.children]) {
    if (wanted.has(child.dataset.key)) known.set(child.dataset.key, child);
    else child.remove();
  }
  let next = parent.firstElementChild;
  for (const item of items) {
    let element = known.get(key(item));
    if (!element) {
      element = make(item);
      element.dataset.key = key(item);
    }
    update?.(element, item);
    if (element === next) next = next.nextElementSibling;
    else parent.insertBefore(element, next);
  }
}

/** Replaces the children of `element` when `data` is not what they were made from. Says whether it did. */
export function rebuild(element, data, children) {
  const source = JSON.stringify(data);
  if (sources.get(element) === source) return false;
  sources.set(element, source);
  element.replaceChildren(...[children()].flat().filter(Boolean));
  return true;
}

const sources = new WeakMap();

/** Sets an attribute, or takes it away where the value is null or false. */
export function attribute(element, name, value) {
  const text = value === true ? "" : value;
  if (text === null || text === undefined || text === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(text)) element.setAttribute(name, text);
}

/** Sets an element's text where it differs, so that a selection in it survives. */
export function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

/** Keeps a scroller at its end while it or its content changes in size, unless somebody scrolled away from there. */
export function stickToEnd(scroller) {
  let atEnd = true;
  let last = 0;
  scroller.addEventListener("scroll", () => {
    // Only a move upwards leaves the end: word of our own move may come when the content has grown again.
    const up = scroller.scrollTop < last;
    const near = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40;
    atEnd = near || (atEnd && !up);
    last = scroller.scrollTop;
  });
  const resized = new ResizeObserver(() => {
    if (atEnd) scroller.scrollTop = scroller.scrollHeight;
    // A taller scroller moves its content by itself.
    last = scroller.scrollTop;
  });
  for (const element of [scroller, ...scroller.children]) resized.observe(element);
}
