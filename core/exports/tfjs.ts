import { describe, textFile, type Exportable, type ExportedFile } from './exported.ts';
import { layersOfBends } from './calibration.ts';
import type { Layer } from './layers.ts';
import type { Output } from './output.ts';

const WEIGHTS = 'weights.bin';

/** For `tf.loadLayersModel`: takes encoded inputs, gives calibrated scores. */
export function asTfjs(exportable: Exportable, layers: Layer[]): ExportedFile[] {
  const { output, ...about } = describe(exportable);
  const chain = [...layers, ...finishing(output, layers.at(-1)!.units)].map((layer, i, { length }) => ({
    ...layer,
    name: i === length - 1 ? 'score' : `dense_${i + 1}`,
  }));
  return [
    textFile('model.json', {
      format: 'layers-model',
      generatedBy: 'Perennial',
      modelTopology: {
        class_name: 'Sequential',
        config: {
          name: about.pipeline,
          layers: chain.map(({ name, inputs, units, activation }) => ({
            class_name: 'Dense',
            config: { name, batch_input_shape: [null, inputs], dtype: 'float32', units, activation, use_bias: true },
          })),
        },
      },
      weightsManifest: [
        {
          paths: [WEIGHTS],
          weights: chain.flatMap(({ name, inputs, units }) => [
            { name: `${name}/kernel`, shape: [inputs, units], dtype: 'float32' },
            { name: `${name}/bias`, shape: [units], dtype: 'float32' },
          ]),
        },
      ],
      userDefinedMetadata: about,
    }),
    { name: WEIGHTS, bytes: littleEndian(chain.flatMap(({ kernel, bias }) => [kernel, bias])) },
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
