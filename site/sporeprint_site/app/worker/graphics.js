/** Whether a graphics processor is there that could compute faster than WebAssembly does. */

/** Drawing done by the processor itself: never faster, and a whole model may take minutes. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|lavapipe|software|basic render/i;

/** @returns {boolean} false also where the browser will not say what draws */
export function hasGraphics() {
  try {
    const canvas = new OffscreenCanvas(1, 1);
    const context = canvas.getContext("webgl2", { failIfMajorPerformanceCaveat: true });
    if (!context) return false;
    const renderer = rendererOf(context);
    // Floats that are kept as such: without them the model would compute with half of its digits.
    const exact = context.getExtension("EXT_color_buffer_float") !== null;
    context.getExtension("WEBGL_lose_context")?.loseContext();
    return exact && renderer !== "" && !SOFTWARE.test(renderer);
  } catch {
    return false;
  }
}

/** @param {WebGL2RenderingContext} context */
function rendererOf(context) {
  const named = context.getExtension("WEBGL_debug_renderer_info");
  return String(context.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : context.RENDERER) ?? "");
}
