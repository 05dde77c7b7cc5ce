import type { OnnxFile } from './onnx-file.ts';
import type { Forest } from './trees/model.ts';
import type { Value } from './values.ts';

/** The place in the file of each class of the declaration. No names, or numbers that are no such classes, stand for these in their order. */
export function placesOf(
  names: readonly string[] | null,
  classes: readonly string[] = [],
  count = names?.length,
): number[] {
  if (count !== classes.length)
    throw new RangeError(`it tells ${count} classes apart, and label.classes lists ${classes.length}`);
  const places = classes.map((name, place) => (names ? names.indexOf(name) : place));
  if (places.every((place) => place >= 0)) return places;
  if (names?.every((name, place) => name === String(place))) return classes.map((_, place) => place);
  throw new RangeError(
    'its classes have other names than those in label.classes: train it with the same, or with numbers from 0 in their order',
  );
}

/** The trees of each class at the place of that class. */
export function turned(forest: Forest, places: readonly number[]): Forest {
  const { trees, bases = [] } = forest;
  const width = places.length;
  return {
    ...forest,
    bases: places.map((place) => bases[place]!),
    trees: trees.map((_, i) => trees[i - (i % width) + places[i % width]!]!),
  };
}

/** The names that the likeliest class is looked up in, where that is told beside the probabilities. */
export function labelsIn({ nodes }: OnnxFile, values: ReadonlyMap<string, Value>): string[] | null {
  for (const { operator, inputs } of nodes) {
    const [names, place] = inputs.map((name) => values.get(name));
    if (operator === 'ai.onnx.ml.ArrayFeatureExtractor' && names?.is === 'constant' && place?.is === 'label')
      return names.values.map(String);
  }
  return null;
}
