import { describe, fileName, textFile, type Exportable, type ExportedFile } from './exported.ts';
import type { Layer } from './layers.ts';

/** Everything as plain numbers and words: `kernel[input][unit]`. */
export const asJson = (exportable: Exportable, layers: Layer[]): ExportedFile[] => [
  textFile(`${fileName(exportable)}.json`, {
    format: 'perennial/model-1',
    ...describe(exportable),
    ...layersInJson(layers),
  }),
];

export const layersInJson = (layers: Layer[]): object => ({
  layers: layers.map(({ activation, kernel, bias, units, inputs }) => ({
    activation,
    kernel: Array.from({ length: inputs }, (_, i) => numbers(kernel.subarray(i * units, (i + 1) * units))),
    bias: numbers(bias),
  })),
});

/** The shortest that is still the same Float32. */
export const numbers = (weights: Float32Array): number[] =>
  Array.from(weights, (weight) => Number(weight.toPrecision(9)));
