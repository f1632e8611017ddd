/** Hand-written DOM. Text is only ever set as text: whatever a data set calls a species stays inert. */

/**
 * @typedef {Node | string | null | false | undefined} Child
 * @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Attributes
 */

/**
 * An element with attributes, listeners (`onclick: fn`) and children; empty attributes and children are left out.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...present(children));
  return element;
}

/**
 * Replace everything inside an element.
 *
 * @param {Element} element
 * @param {...Child} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function present(children) {
  return children.flatMap((child) => (child ? [child] : []));
}

const SVG = "http://www.w3.org/2000/svg";

/** Outlines on a 24-unit grid. */
const ICONS = {
  warning: "M12 3 22 20.5H2ZM12 9.5v5M12 17.2v.3",
  camera: "M3 8h4l2-3h6l2 3h4v11H3ZM12 17a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z",
  picture: "M3 5h18v14H3ZM3 16l5-5 4 4 3-3 6 6M15.5 9.5v.01",
  arrow: "m9 5 7 7-7 7",
  back: "m15 5-7 7 7 7",
  book: "M12 6c-2-1.6-5-2-9-2v14c4 0 7 .4 9 2 2-1.6 5-2 9-2V4c-4 0-7 .4-9 2ZM12 6v14",
  journal: "M6 3h13v18H6ZM6 3v18M3 7.5h5M3 12h5M3 16.5h5M12 8h4M12 12h4",
  more: "M5 12v.01M12 12v.01M19 12v.01",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  settings: "M4 7h9M19 7h1M4 17h1M11 17h9M16 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 20a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  model: "M12 3c5 0 9 3.4 9 7 0 2-1.5 3-4 3H7c-2.5 0-4-1-4-3 0-3.6 4-7 9-7ZM10 13c.5 3 0 5-1 8h6c-1-3-1.5-5-1-8",
  phone: "M7 2.5h10v19H7ZM11 18.5h2",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 21c0-4 3.6-6 8-6s8 2 8 6",
  page: "M6 2.5h8l4 4v15H6ZM13.5 2.5V7H18M9 12h6M9 16h6",
  out: "M13 4h7v7M20 4l-9 9M17 14v6H4V7h6",
  remove: "M6 6l12 12M18 6 6 18",
  crop: "M7 2v15h15M2 7h15v15",
  light: "M9 3h6l-1 6h4L10 21l1.5-8.5H7Z",
  share: "M12 15V3M8 7l4-4 4 4M5 12v9h14v-9",
  compare: "M3 5h8v14H3ZM13 5h8v14h-8Z",
  download: "M12 3v12M7 10.5l5 5 5-5M4 20h16",
  layers: "m12 3 9 5-9 5-9-5ZM3 12.5l9 5 9-5M3 17l9 5 9-5",
  call: "M5 3h4l2 5-2.5 1.8a12 12 0 0 0 5.7 5.7L16 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 5a2 2 0 0 1 2-2Z",
};

/**
 * A decorative icon; the words beside it carry the meaning.
 *
 * @param {keyof typeof ICONS} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
