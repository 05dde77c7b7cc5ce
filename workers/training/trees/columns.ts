import { type Encoded } from '../reading.ts';
import { type Encoding } from '../../../core/model/artifact.ts';
import { type Monotonic } from '../../../core/recipes/recipe.ts';
import { own } from '../../../core/base/own.ts';
import { cutsOf } from '../../../core/trees/cuts.ts';
import { type TreeColumn } from '../../../core/trees/table.ts';

/** Values that decide where bins end; a split comes shuffled, so its first rows are a sample. */
const SAMPLE_ROWS = 50_000;
const SAMPLE_BYTES = 32 << 20;

/** How trees may split each column, from the first rows; then the rows, those of the sample among them. */
export async function columnsFrom(
  chunks: AsyncIterable<Encoded>,
  encodings: readonly Encoding[],
  monotonic: Monotonic,
): Promise<{ columns: TreeColumn[]; all: AsyncIterable<Encoded> }> {
  const width = encodings.length;
  const wanted = Math.min(SAMPLE_ROWS, Math.ceil(SAMPLE_BYTES / (4 * width)));
  const rest = chunks[Symbol.asyncIterator]();
  const sample: Encoded[] = [];
  for (let rows = 0; rows < wanted; rows += sample.at(-1)!.rows) {
    const { value, done } = await rest.next();
    if (done) break;
    sample.push({ rows: value.rows, inputs: value.inputs.slice(), labels: value.labels.slice() });
  }
  const columns = encodings.map((encoding, place): TreeColumn => {
    if (encoding.kind === 'level') return { kind: 'level', levels: encoding.levels.length };
    const values = new Float32Array(sample.reduce((sum, { rows }) => sum + rows, 0));
    let at = 0;
    for (const { rows, inputs } of sample)
      for (let row = 0; row < rows; row++) values[at++] = inputs[row * width + place]!;
    return { kind: 'value', cuts: cutsOf(values), direction: own(monotonic, encoding.column) ?? null };
  });
  return { columns, all: followed(sample, rest) };
}

async function* followed(first: Encoded[], rest: AsyncIterator<Encoded>): AsyncGenerator<Encoded> {
  while (first.length > 0) yield first.shift()!;
  for (;;) {
    const { value, done } = await rest.next();
    if (done) return;
    yield value;
  }
}
