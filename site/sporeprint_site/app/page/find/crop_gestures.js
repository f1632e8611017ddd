/** Fingers, mouse, wheel and keys over the crop window. */

/**
 * @typedef {{x: number, y: number}} Point as shares of the window
 *
 * @typedef {object} Moves
 * @property {(right: number, down: number) => void} move the square, by shares of its side
 * @property {(factor: number, around?: Point) => void} zoom factor above 1 to see closer
 * @property {() => void} whole
 */

const KEY_STEP = 0.05;
const KEY_ZOOM = 1.25;
/** Of a wheel's line or pixel distance; a usual notch is 100. */
const WHEEL_ZOOM = 0.002;

/**
 * @param {HTMLElement} window
 * @param {Moves} moves
 * @param {AbortSignal} signal
 */
export function listen(window, moves, signal) {
  window.addEventListener("keydown", (event) => pressed(event, moves), { signal });
  window.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      moves.zoom(Math.exp(-event.deltaY * WHEEL_ZOOM), pointOf(event, window));
    },
    { signal, passive: false },
  );
  listenToPointers(window, moves, signal);
}

/** @param {KeyboardEvent} event @param {Moves} moves */
function pressed(event, moves) {
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => moves.move(-KEY_STEP, 0),
    ArrowRight: () => moves.move(KEY_STEP, 0),
    ArrowUp: () => moves.move(0, -KEY_STEP),
    ArrowDown: () => moves.move(0, KEY_STEP),
    "+": () => moves.zoom(KEY_ZOOM),
    "=": () => moves.zoom(KEY_ZOOM),
    "-": () => moves.zoom(1 / KEY_ZOOM),
    0: () => moves.whole(),
  };
  // With Ctrl these belong to the browser's own zoom.
  if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  keys[event.key]();
}

/**
 * One pointer moves, two zoom around their middle and move with it.
 *
 * @param {HTMLElement} window
 * @param {Moves} moves
 * @param {AbortSignal} signal
 */
function listenToPointers(window, moves, signal) {
  /** @type {Map<number, Point>} */
  const down = new Map();
  window.addEventListener(
    "pointerdown",
    (event) => {
      window.setPointerCapture(event.pointerId);
      down.set(event.pointerId, pointOf(event, window));
    },
    { signal },
  );
  window.addEventListener(
    "pointermove",
    (event) => {
      if (!down.has(event.pointerId)) return;
      const before = spread([...down.values()]);
      down.set(event.pointerId, pointOf(event, window));
      const after = spread([...down.values()]);
      moves.move(before.middle.x - after.middle.x, before.middle.y - after.middle.y);
      if (before.distance && after.distance) moves.zoom(after.distance / before.distance, after.middle);
    },
    { signal },
  );
  for (const end of ["pointerup", "pointercancel"]) {
    window.addEventListener(end, (event) => down.delete(/** @type {PointerEvent} */ (event).pointerId), { signal });
  }
}

/** Of the first two points. @param {Point[]} points */
function spread([first, second]) {
  if (!second) return { middle: first, distance: 0 };
  const middle = { x: (first.x + second.x) / 2, y: (first.y + second.y) / 2 };
  return { middle, distance: Math.hypot(first.x - second.x, first.y - second.y) };
}

/** @param {MouseEvent} event @param {HTMLElement} window @returns {Point} */
function pointOf({ clientX, clientY }, window) {
  const { left, top, width, height } = window.getBoundingClientRect();
  return { x: (clientX - left) / width, y: (clientY - top) / height };
}
