/**
 * A pad to draw a digit on: 32×32 dots of ink, by pointer or by keys, and the 8×8 counts that the
 * network sees.
 *
 * The data set was made the same way: bitmaps of 32×32 dots, scaled to the same height, the dots of
 * each 4×4 block counted.
 *
 * @module pad
 */

export const DOTS = 32;
export const BLOCK = 4;
export const SIDE = DOTS / BLOCK;
const PEN = 1.7; // dots from its middle
const MARGIN = 1; // dots that a scaled digit keeps from the left and the right

// In which order the dots of a block are inked to show a count, scattered evenly.
const ORDER = [0, 10, 2, 8, 5, 15, 7, 13, 1, 11, 3, 9, 4, 14, 6, 12];

/** @returns {Uint8Array} a pad without ink */
export function blank() {
  return new Uint8Array(DOTS * DOTS);
}

/**
 * Ink the dots along a line.
 *
 * @param {Uint8Array} ink
 * @param {{ x: number, y: number }} from in dots
 * @param {{ x: number, y: number }} to
 */
export function stroke(ink, from, to) {
  const steps = Math.max(1, Math.ceil(2 * Math.hypot(to.x - from.x, to.y - from.y)));
  for (let step = 0; step <= steps; step += 1) {
    const x = from.x + ((to.x - from.x) * step) / steps;
    const y = from.y + ((to.y - from.y) * step) / steps;
    for (let row = Math.max(0, Math.floor(y - PEN)); row < Math.min(DOTS, y + PEN); row += 1) {
      for (let column = Math.max(0, Math.floor(x - PEN)); column < Math.min(DOTS, x + PEN); column += 1) {
        if (Math.hypot(column + 0.5 - x, row + 0.5 - y) <= PEN) {
          ink[row * DOTS + column] = 1;
        }
      }
    }
  }
}

/**
 * The same drawing as high as the pad and in its middle, as the digits of the data set are.
 *
 * @param {Uint8Array} ink
 */
export function scaled(ink) {
  let [top, left, bottom, right] = [DOTS, DOTS, -1, -1];
  ink.forEach((dot, place) => {
    if (dot) {
      const [row, column] = [Math.floor(place / DOTS), place % DOTS];
      [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
      [left, right] = [Math.min(left, column), Math.max(right, column)];
    }
  });
  const result = blank();
  if (bottom < 0) {
    return result;
  }
  const [height, width] = [bottom - top + 1, right - left + 1];
  const scale = Math.min(DOTS / height, (DOTS - 2 * MARGIN) / width);
  const [above, before] = [(DOTS - height * scale) / 2, (DOTS - width * scale) / 2];
  for (let row = 0; row < DOTS; row += 1) {
    for (let column = 0; column < DOTS; column += 1) {
      const y = Math.floor((row + 0.5 - above) / scale);
      const x = Math.floor((column + 0.5 - before) / scale);
      if (y >= 0 && y < height && x >= 0 && x < width) {
        result[row * DOTS + column] = ink[(top + y) * DOTS + left + x];
      }
    }
  }
  return result;
}

/**
 * The inked dots of each 4×4 block, from 0 to 16.
 *
 * @param {Uint8Array} ink
 */
export function counts(ink) {
  const result = new Uint8Array(SIDE * SIDE);
  ink.forEach((dot, place) => {
    const [row, column] = [Math.floor(place / DOTS), place % DOTS];
    result[Math.floor(row / BLOCK) * SIDE + Math.floor(column / BLOCK)] += dot;
  });
  return result;
}

/**
 * Ink that has these counts.
 *
 * @param {ArrayLike<number>} wanted
 */
export function inked(wanted) {
  const ink = blank();
  Array.from(wanted).forEach((count, block) => {
    const [top, left] = [Math.floor(block / SIDE) * BLOCK, (block % SIDE) * BLOCK];
    ORDER.slice(0, count).forEach((dot) => {
      ink[(top + Math.floor(dot / BLOCK)) * DOTS + left + (dot % BLOCK)] = 1;
    });
  });
  return ink;
}
