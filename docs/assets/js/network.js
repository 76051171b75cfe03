/**
 * A small network, run layer by layer: what Keras's `Conv2D`, `Flatten`, `Dense`, ReLU and softmax
 * compute, written out.
 *
 * The layers come from the build as JSON: weights in Keras's order, (height, width, channels,
 * filters) of a convolution and (inputs, units) of a dense layer.
 *
 * @module network
 */

/**
 * @typedef {object} Layer
 * @property {string} name
 * @property {"conv" | "flatten" | "dense"} kind
 * @property {number[]} [size] of the kernel: height, width, channels, filters; or inputs, units
 * @property {number[]} [kernel]
 * @property {number[]} [bias]
 * @property {number[]} [strides] down and across
 * @property {"same" | "valid"} [padding]
 * @property {"linear" | "relu" | "softmax"} [activation]
 */

/** @typedef {{ name: string, shape: number[], values: Float32Array }} Tensor */

/**
 * The outputs of all layers for one image.
 *
 * @param {Layer[]} layers
 * @param {Tensor} image of shape (height, width, channels)
 * @returns {Tensor[]} one per layer, the last of them the probabilities
 */
export function run(layers, image) {
  /** @type {Tensor[]} */
  const outputs = [];
  let tensor = image;
  for (const layer of layers) {
    tensor = activate(compute[layer.kind](layer, tensor), layer.activation);
    outputs.push(tensor);
  }
  return outputs;
}

/**
 * The layers with one filter of the first convolution replaced by a kernel of one channel.
 *
 * @param {Layer[]} layers
 * @param {number} filter which one
 * @param {number[]} weights row by row
 */
export function withFilter(layers, filter, weights) {
  const [first, ...others] = layers;
  const filters = /** @type {number[]} */ (first.size)[3];
  const kernel = Array.from(/** @type {number[]} */ (first.kernel));
  weights.forEach((weight, tap) => {
    kernel[tap * filters + filter] = weight;
  });
  return [{ ...first, kernel }, ...others];
}

/**
 * Zeros that Keras adds before and after an axis: with "same" the odd one comes after.
 *
 * @param {number} size
 * @param {number} taps
 * @param {number} stride
 * @param {"same" | "valid"} padding
 * @returns {{ output: number, before: number }}
 */
export function slide(size, taps, stride, padding) {
  if (padding === "valid") {
    return { output: Math.floor((size - taps) / stride) + 1, before: 0 };
  }
  const output = Math.ceil(size / stride);
  const total = Math.max((output - 1) * stride + taps - size, 0);
  return { output, before: Math.floor(total / 2) };
}

/** @type {Record<Layer["kind"], (layer: any, input: Tensor) => Tensor>} */
const compute = {
  conv({ name, size, kernel, bias, strides, padding }, { shape, values }) {
    const [taps, across, channels, filters] = size;
    const [height, width] = shape;
    const rows = slide(height, taps, strides[0], padding);
    const columns = slide(width, across, strides[1], padding);
    const result = new Float32Array(rows.output * columns.output * filters);
    let place = 0;
    for (let row = 0; row < rows.output; row += 1) {
      for (let column = 0; column < columns.output; column += 1) {
        for (let filter = 0; filter < filters; filter += 1) {
          let sum = bias[filter];
          for (let y = 0; y < taps; y += 1) {
            const from = row * strides[0] + y - rows.before;
            if (from < 0 || from >= height) continue; // a zero of the padding
            for (let x = 0; x < across; x += 1) {
              const at = column * strides[1] + x - columns.before;
              if (at < 0 || at >= width) continue;
              for (let channel = 0; channel < channels; channel += 1) {
                const weight = kernel[((y * across + x) * channels + channel) * filters + filter];
                sum += values[(from * width + at) * channels + channel] * weight;
              }
            }
          }
          result[place] = sum;
          place += 1;
        }
      }
    }
    return { name, shape: [rows.output, columns.output, filters], values: result };
  },

  flatten({ name }, { values }) {
    return { name, shape: [values.length], values };
  },

  dense({ name, size: [inputs, units], kernel, bias }, { values }) {
    const result = new Float32Array(units);
    for (let unit = 0; unit < units; unit += 1) {
      let sum = bias[unit];
      for (let input = 0; input < inputs; input += 1) {
        sum += values[input] * kernel[input * units + unit];
      }
      result[unit] = sum;
    }
    return { name, shape: [units], values: result };
  },
};

/** @param {Tensor} tensor @param {string} [activation] @returns {Tensor} */
function activate(tensor, activation = "linear") {
  const { name, shape, values } = tensor;
  if (activation === "relu") {
    return { name, shape, values: values.map((value) => Math.max(value, 0)) };
  }
  if (activation === "softmax") {
    const most = Math.max(...values); // taken off first: large values would overflow
    const powers = Array.from(values, (value) => Math.exp(value - most));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return { name, shape, values: Float32Array.from(powers, (power) => power / total) };
  }
  return tensor;
}
