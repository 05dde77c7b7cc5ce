import { describe, textFile, type Exportable, type ExportedFile } from './exported.ts';
import { layersOfBends } from './calibration.ts';
import type { Layer } from './layers.ts';
import type { Output } from './output.ts';

const WEIGHTS = 'weights.bin';

/** A layer of TF.js, with its weights in its order. */
export interface TfjsLayer {
  is:
    | 'Activation'
    | 'Dense'
    | 'DepthwiseConv2D'
    | 'Flatten'
    | 'GlobalAveragePooling1D'
    | 'Permute'
    | 'RepeatVector'
    | 'Reshape';
  config: object;
  weights?: { part: string; shape: number[]; values: Float32Array }[];
}

export const dense = ({
  inputs,
  units,
  activation,
  kernel,
  bias,
}: Omit<Layer, 'activation'> & { activation: Layer['activation'] | Output['activation'] }): TfjsLayer => ({
  is: 'Dense',
  config: { units, activation, use_bias: true },
  weights: [
    { part: 'kernel', shape: [inputs, units], values: kernel },
    { part: 'bias', shape: [units], values: bias },
  ],
});

/** For `tf.loadLayersModel`: takes encoded inputs, gives calibrated scores. */
export const asTfjs = (exportable: Exportable, layers: Layer[]): ExportedFile[] =>
  asSequence(exportable, layers.map(dense), layers.at(-1)!.units);

/** Of layers of any kind, the last of which gives as many numbers. */
export function asSequence(exportable: Exportable, layers: TfjsLayer[], width: number): ExportedFile[] {
  const { output, ...about } = describe(exportable);
  const chain = [...layers, ...finishing(output, width).map(dense)].map((layer, i, { length }) => ({
    ...layer,
    name: i === length - 1 ? 'score' : `${layer.is.toLowerCase()}_${i + 1}`,
  }));
  const weights = chain.flatMap(({ name, weights = [] }) => weights.map((each) => ({ ...each, name })));
  return [
    textFile('model.json', {
      format: 'layers-model',
      generatedBy: 'Perennial',
      modelTopology: {
        class_name: 'Sequential',
        config: {
          name: about.pipeline,
          layers: chain.map(({ name, is, config }, i) => ({
            class_name: is,
            config: {
              name,
              ...(i === 0 && { batch_input_shape: [null, about.inputs.length] }),
              dtype: 'float32',
              ...config,
            },
          })),
        },
      },
      weightsManifest: [
        {
          paths: [WEIGHTS],
          weights: weights.map(({ name, part, shape }) => ({ name: `${name}/${part}`, shape, dtype: 'float32' })),
        },
      ],
      userDefinedMetadata: about,
    }),
    { name: WEIGHTS, bytes: littleEndian(weights.map(({ values }) => values)) },
  ];
}

/** From the model's last numbers, of classes as many, to the scores. */
function finishing({ scale, shift, bends, activation }: Output, width: number) {
  if (!bends) {
    const kernel = Float32Array.from({ length: width * width }, (_, i) => (i % (width + 1) === 0 ? scale : 0));
    return [{ activation, inputs: width, units: width, kernel, bias: new Float32Array(width).fill(shift) }];
  }
  const { signs, shifts, weights, start } = layersOfBends(bends);
  const units = signs.length;
  const [kernel, sum] = [Float32Array.from(signs), Float32Array.from(weights)];
  return [
    { activation: 'relu' as const, inputs: 1, units, kernel, bias: Float32Array.from(shifts) },
    { activation, inputs: units, units: 1, kernel: sum, bias: Float32Array.of(start) },
  ];
}

function littleEndian(tensors: Float32Array[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * tensors.reduce((sum, { length }) => sum + length, 0)));
  let at = 0;
  for (const tensor of tensors) for (const weight of tensor) view.setFloat32((at += 4) - 4, weight, true);
  return new Uint8Array(view.buffer);
}
