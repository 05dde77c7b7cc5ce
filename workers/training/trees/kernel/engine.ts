import { MOST_TASKS, placesOf } from './memory.ts';
import { createTasks, type Shared } from './tasks.ts';
import { createForeman, nobody, type Crew } from '../../crew/crew.ts';
import { giveBack, MOST_BYTES, PAGE, sharedMemory } from '../../crew/memory.ts';
import { type TreeEngine, type TreeInput } from '../../../../core/trees/engine.ts';
import { type EngineShape } from '../../../../core/trees/plain-engine.ts';
import { layoutOf } from '../../../../core/trees/histogram.ts';
import { type BinTable } from '../../../../core/trees/table.ts';

/** Work of less than this is not worth waking a thread, in nanoseconds. */
const WORTH_WAKING = 60_000;
/** Nanoseconds that a row and word, and a bin that is searched, take. */
const [PER_WORD, PER_BIN] = [2.4, 3];
/** Rows that are divided in one task, at least. */
const LEAST_BLOCK = 8192;
/** Beyond, threads would wait for memory and for the last task more than they help. */
export const MOST_THREADS = 8;
/** A smaller table is learnt from before threads are awake. */
const WORTH_JOINING = 500_000;

export interface KernelEngine extends TreeEngine {
  /** Empty, for the rows of a block. */
  table: BinTable;
  /** Ends its crew too. */
  end(): Promise<void>;
}

export interface KernelOptions {
  crew?: Crew;
  /** Whether they help with any table. */
  always?: boolean;
}

/** Sums in WebAssembly, and over threads: each does whole columns in the order of the rows, so all numbers of them give the same bits. */
export function createKernelEngine(
  shape: EngineShape,
  { crew: hired = nobody, always = false }: KernelOptions = {},
): KernelEngine {
  const { columns, rows, classes } = shape;
  const { histogramCount, ...places } = placesOf(shape);
  if (places.bytes > MOST_BYTES) throw new Error(`${rows} rows of ${columns.length} columns do not fit together`);
  const { memory, isNew } = sharedMemory(places.bytes);
  const { buffer } = memory;
  const shared: Shared = { memory, places, shape };
  const layout = layoutOf(columns);
  const tasks = createTasks(shared);
  const { kernel } = tasks;
  if (!isNew) kernel.clear(PAGE, places.bytes - PAGE);
  const foreman = createForeman(new Int32Array(buffer, places.claims, 16), tasks.work);
  const crew = always || rows * columns.length >= WORTH_JOINING ? hired : nobody;
  crew.join(shared);
  const bins = columns.reduce((sum, column) => sum + (column.kind === 'value' ? column.cuts.length + 2 : column.levels + 1), 0); // prettier-ignore
  const lefts = new Uint32Array(buffer, places.lefts, MOST_TASKS);
  const allowed = new Uint8Array(buffer, places.allowed, columns.length);
  let input: TreeInput;

  function perform(count: number, nanoseconds: number): void {
    if (crew.size > 0 && count > 1 && count <= MOST_TASKS && nanoseconds >= WORTH_WAKING) foreman.handOut(count);
    else for (let task = 0; task < count; task++) tasks.work(task);
  }

  return {
    table: {
      rows,
      words: Array.from(
        { length: tasks.words },
        (_, word) => new Uint32Array(buffer, places.words + word * rows * 4, rows),
      ),
    },
    gradients: new Float32Array(buffer, places.gradients, rows * classes),
    hessians: new Float32Array(buffer, places.hessians, rows * classes),
    rows: new Uint32Array(buffer, places.rows, rows),
    histograms: histogramCount,
    layout,
    begin(of) {
      input = of;
      allowed.set(of.columns);
    },
    search(leaves) {
      const { gradients, hessians } = input;
      let work = 0;
      for (const { start, end, less, allowed: wanted } of leaves) {
        if (wanted) work += bins * PER_BIN;
        if (less !== null) continue;
        work += (end - start) * tasks.words * PER_WORD;
        kernel.gather(gradients.byteOffset, hessians.byteOffset, places.rows + start * 4, end - start, places.pairs + start * 8); // prettier-ignore
      }
      tasks.prepareSearch(leaves);
      perform(tasks.words, work);
      return leaves.map(({ allowed }, place) => allowed && tasks.bestOf(place, input.columns));
    },
    sums: (histogram) => new Float64Array(buffer, places.histograms + histogram * layout.length * 8, layout.length),
    divide(start, end, split) {
      const size = Math.max(LEAST_BLOCK, Math.ceil((end - start) / MOST_TASKS));
      const blocks = Math.ceil((end - start) / size);
      tasks.prepareDivide(start, end, size, split);
      perform(blocks, (end - start) * 2);
      let at = start;
      for (let block = 0; block < blocks; block++) {
        const from = start + block * size;
        kernel.move(places.rows + from * 4, places.rows + at * 4, lefts[block]! * 4); // shared arrays would do it by the byte
        at += lefts[block]!;
      }
      const middle = at;
      for (let block = 0; block < blocks; block++) {
        const from = start + block * size;
        const count = Math.min(size, end - from) - lefts[block]!;
        kernel.move(places.right + from * 4, places.rows + at * 4, count * 4);
        at += count;
      }
      return middle;
    },
    async end() {
      foreman.end();
      await hired.end(); // none of them may touch the memory of the next
      giveBack(memory);
    },
  };
}
