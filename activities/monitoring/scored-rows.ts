import { createRandom } from '../../core/base/random.ts';
import { type Partition, type Row, type Snapshot, TIME } from '../../core/data/data.ts';
import { type LocalCache } from '../../core/data/objects/objects.ts';
import { type BatchFiles, partsWithin } from '../../core/data/predictions/batches.ts';
import { type Binning, SCORE } from '../../core/data/profiles/binning.ts';
import { countRow, type Profile } from '../../core/data/profiles/profile.ts';
import { toldApart } from '../../core/metrics/answer.ts';
import { type Scorer } from '../../core/model/scorer.ts';
import { createSampler } from '../../core/explaining/sample.ts';
import { fetchParts } from '../data/parts.ts';
import { createPauses } from '../steps/pauses.ts';
import { answered, rowsOf, scoreChunk } from '../training/scoring.ts';
import { cancellationSignal } from '@temporalio/activity';

export interface ScoringPorts {
  analytics: Pick<BatchFiles, 'readRows'>;
  cache: Pick<LocalCache, 'fetch'>;
}

export interface SourceRow {
  row: Row;
  /** null: nothing scores it. */
  score: number | null;
  probabilities: ArrayLike<number> | null;
}
interface TimedRow extends SourceRow {
  /** In milliseconds since 1970. */
  time: number;
}

const SEED = 'scored';

/** A snapshot's rows of a stretch of time with scores, or without where nothing scores them; some at a time, one in so many. */
export async function* scoredRows(
  { analytics, cache }: ScoringPorts,
  { parts }: Pick<Snapshot, 'parts'>,
  within: Partition,
  { columns, scorer, one = { in: 1 } }: { columns: string[]; scorer: Scorer | null; one?: { in: number } },
): AsyncGenerator<TimedRow[]> {
  const pause = createPauses();
  const random = createRandom(SEED);
  const signal = cancellationSignal();
  for (const file of await fetchParts(cache, { parts: partsWithin(parts, within) }, 'rows'))
    for await (const chunk of analytics.readRows(file, within, columns)) {
      // Who asked no longer waits.
      signal.throwIfAborted();
      const timed = { ...chunk.columns, [TIME]: chunk.own[TIME]! };
      const sampler = one.in > 1 ? createSampler([...columns, TIME], one.in, random) : null;
      sampler?.add({ rows: chunk.rows, columns: timed });
      const { rows, columns: kept } = sampler?.all() ?? { rows: chunk.rows, columns: timed };
      const { [TIME]: times, ...values } = kept;
      const found = scorer && (await scoreChunk({ rows, columns: values }, scorer.scoreChunk, pause));
      const answer = (row: number): number => scorer!.classes!.answer(found!, row);
      const scores = found && answered(found, rows, answer);
      const width = found && rows > 0 ? found.length / rows : 1;
      const some: TimedRow[] = [];
      for (const row of rowsOf({ rows, columns: values }, columns)) {
        const i = some.length;
        const probabilities =
          found && width > 1 ? toldApart(found.subarray(i * width, (i + 1) * width), answer(i)) : null;
        some.push({ time: Number(times![i]), row, score: scores ? scores[i]! : null, probabilities });
      }
      yield some;
    }
}

/** Counts a row, with its score where it has one. */
export const countScored = (into: Profile, binning: Binning, { row, score, probabilities }: SourceRow): void =>
  countRow(into, binning, score === null ? row : { ...row, [SCORE]: score }, probabilities);

/** About how many rows a snapshot has in a stretch of time. */
export function rowsWithin({ parts }: Pick<Snapshot, 'parts'>, { from, to }: Partition): number {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  const each = partsWithin(parts, { from, to }).map((part) => {
    const [first, last] = [Date.parse(part.from), Date.parse(part.to)];
    return (part.rows * (Math.min(end, last) - Math.max(start, first))) / (last - first);
  });
  return Math.ceil(each.reduce((sum, rows) => sum + rows, 0));
}
