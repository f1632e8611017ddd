// A small WebAssembly module of our own: what a JPEG decoder leaves to be done between its planes and the averages that
// the model's input is made of. app/worker/planes.js is its other half and says where everything lies in its memory.
//
// The arithmetic is libjpeg-turbo's, which Pillow decodes with, to the last bit: chroma of half the size is brought to
// full size with a triangle filter (jdsample.c, h2v2_fancy_upsample), then YCbCr becomes RGB with 16 fraction bits
// (jdcolor.c, build_ycc_rgb_table). Written in WebAssembly's text format; the functions below stand for parts of it,
// since an engine need not inline calls.

import wabt from "wabt";

const all16 = (value) => `(v128.const i16x8${` ${value}`.repeat(8)})`;
const get = (name) => `(local.get $${name})`;
const add16 = (...terms) => terms.reduce((sum, term) => `(i16x8.add ${sum} ${term})`);
const add32 = (...terms) => terms.reduce((sum, term) => `(i32.add ${sum} ${term})`);
const times = (value, factor) => `(i16x8.mul ${value} ${all16(factor)})`;
/** Sixteen fraction bits of a factor below a half, as fifteen: the product is rounded to whole numbers all the same. */
const scaled = (value, factor) => `(i16x8.q15mulr_sat_s ${value} ${all16(factor)})`;

/** Three quarters of the nearer row and a quarter of the other, times four; the ends repeated once on either side. */
const columnSums = (near, far, sums) => `
  (local.set $at (i32.const 0))
  (loop $more
    (v128.store offset=2 ${add32(get(sums), "(i32.shl (local.get $at) (i32.const 1))")}
      ${add16(times(`(v128.load8x8_u ${add32(get(near), get("at"))})`, 3), `(v128.load8x8_u ${add32(get(far), get("at"))})`)})
    (br_if $more (i32.lt_u (local.tee $at ${add32(get("at"), "(i32.const 8)")}) ${get("columns")})))
  (i32.store16 ${get(sums)} (i32.load16_u offset=2 ${get(sums)}))
  (local.set $at ${add32(get(sums), "(i32.shl (local.get $columns) (i32.const 1))")})
  (i32.store16 offset=2 ${get("at")} (i32.load16_u ${get("at")}))`;

/** Chroma of every other pixel, from its own column and the one at `offset`, around zero. */
const chroma = (sums, offset, rounding) => `
  (i16x8.sub
    (i16x8.shr_u
      ${add16(times(`(v128.load offset=2 ${get(sums)})`, 3), `(v128.load offset=${offset} ${get(sums)})`, all16(rounding))}
      (i32.const 4))
    ${all16(128)})`;

/** 1.402 is 1 and 0.402; 1.772 is 2 less 0.228. */
const red = ({ y, cr }) => add16(get(y), get(cr), scaled(get(cr), 13173));
const blue = ({ y, cb }) => add16(get(y), `(i16x8.shl ${get(cb)} (i32.const 1))`, scaled(get(cb), -7471));
/** -0.714 is 0.286 less 1. Both products are added before they are rounded. */
const green = ({ y, cb, cr }) => `
  (i16x8.sub ${add16(get(y), `(i16x8.narrow_i32x4_s ${greenPart(cb, cr, 0)} ${greenPart(cb, cr, 8)})`)} ${get(cr)})`;
const greenPart = (cb, cr, from) => {
  const pairs = [0, 2, 4, 6].flatMap((at) => [from + at, from + at + 1, from + at + 16, from + at + 17]);
  return `
    (i32x4.shr_s
      (i32x4.add
        (i32x4.dot_i16x8_s
          (i8x16.shuffle ${pairs.join(" ")} ${get(cb)} ${get(cr)})
          (v128.const i16x8${" -22554 18734".repeat(4)}))
        (v128.const i32x4${" 32768".repeat(4)}))
      (i32.const 16))`;
};

const EVEN = { y: "y_even", cb: "cb_even", cr: "cr_even" };
const ODD = { y: "y_odd", cb: "cb_odd", cr: "cr_odd" };
const INTERLEAVED = Array.from({ length: 16 }, (_, index) => (index >> 1) + (index & 1) * 8).join(" ");

/** Add one colour of sixteen pixels, cut to 0..255, to their sums. */
const addColour = (colour, plane) => `
  (local.set $to ${add32(get("sums"), `(i32.mul ${get("plane")} (i32.const ${plane}))`)})
  (local.set $pixels (i8x16.narrow_i16x8_u ${colour(EVEN)} ${colour(ODD)}))
  (local.set $pixels (i8x16.shuffle ${INTERLEAVED} ${get("pixels")} ${get("pixels")}))
  (v128.store ${get("to")} ${add16(`(v128.load ${get("to")})`, `(i16x8.extend_low_i8x16_u ${get("pixels")})`)})
  (v128.store offset=16 ${get("to")}
    ${add16(`(v128.load offset=16 ${get("to")})`, `(i16x8.extend_high_i8x16_u ${get("pixels")})`)})`;

const step = (name, bytes) => `(local.set $${name} ${add32(get(name), `(i32.const ${bytes})`)})`;

const TEXT = `(module
  (memory (export "memory") 1)

  ;; One row of pixels onto the sums of its colours: three planes of 16-bit numbers, "plane" bytes apart. The chroma rows
  ;; are the nearer and the farther one. "cb" and "cr" have room for two columns and a vector more than there are.
  (func (export "addRow")
    (param $y i32) (param $cb_near i32) (param $cb_far i32) (param $cr_near i32) (param $cr_far i32)
    (param $columns i32) (param $cb i32) (param $cr i32) (param $sums i32) (param $plane i32)
    (local $at i32) (local $to i32) (local $end i32) (local $pixels v128)
    (local $y_even v128) (local $y_odd v128) (local $cb_even v128) (local $cb_odd v128) (local $cr_even v128)
    (local $cr_odd v128)
    ${columnSums("cb_near", "cb_far", "cb")}
    ${columnSums("cr_near", "cr_far", "cr")}
    (local.set $end ${add32(get("y"), "(i32.shl (local.get $columns) (i32.const 1))")})
    (loop $more
      (local.set $cb_even ${chroma("cb", 0, 8)})
      (local.set $cb_odd ${chroma("cb", 4, 7)})
      (local.set $cr_even ${chroma("cr", 0, 8)})
      (local.set $cr_odd ${chroma("cr", 4, 7)})
      (local.set $pixels (v128.load ${get("y")}))
      (local.set $y_even (v128.and ${get("pixels")} ${all16(255)}))
      (local.set $y_odd (i16x8.shr_u ${get("pixels")} (i32.const 8)))
      ${addColour(red, 0)}
      ${addColour(green, 1)}
      ${addColour(blue, 2)}
      ${step("cb", 16)}
      ${step("cr", 16)}
      ${step("sums", 32)}
      ${step("y", 16)}
      (br_if $more (i32.lt_u ${get("y")} ${get("end")}))))

  ;; Blocks of "factor" sums to their averages in every third byte; "half" rounds, the product's upper 8 bits remain.
  (func (export "average")
    (param $sums i32) (param $blocks i32) (param $factor i32) (param $half i32) (param $reciprocal i32) (param $out i32)
    (local $sum i32) (local $end i32)
    (loop $block
      (local.set $sum ${get("half")})
      (local.set $end ${add32(get("sums"), "(i32.shl (local.get $factor) (i32.const 1))")})
      (loop $pixel
        (local.set $sum ${add32(get("sum"), `(i32.load16_u ${get("sums")})`)})
        ${step("sums", 2)}
        (br_if $pixel (i32.lt_u ${get("sums")} ${get("end")})))
      (i32.store8 ${get("out")} (i32.shr_u (i32.mul ${get("sum")} ${get("reciprocal")}) (i32.const 24)))
      ${step("out", 3)}
      (br_if $block (local.tee $blocks (i32.sub ${get("blocks")} (i32.const 1)))))))`;

/** Source of a module whose `PLANES` is the WebAssembly in base64: so small that a request of its own would cost more. */
export async function planesModule() {
  const parsed = (await wabt()).parseWat("planes.wat", TEXT, { simd: true });
  parsed.validate();
  const { buffer } = parsed.toBinary({});
  return `export const PLANES="${Buffer.from(buffer).toString("base64")}";\n`;
}
