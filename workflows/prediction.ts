import { type Partition } from '../core/data/data.ts';
import { versionName } from '../core/base/ids.ts';
import { type Instant } from '../core/time/time.ts';
import { attributes, type LoopInput } from './messages.ts';
import { momentOf } from './run/moment.ts';
import { openBatch, publishBatch, scorePart } from './steps/steps.ts';
import { freshData } from './steps/sub-loops.ts';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';

export interface PredictionResult {
  asOf: Instant;
  /** null, as all that follows, while no champion serves. */
  batch: string | null;
  version: number | null;
  snapshot: string;
  window: Partition | null;
  rows: number;
  /** Why nothing was scored. */
  note: string | null;
}

const AT_ONCE = 4;

/** Fetches fresh data and has the champion score the newest of it, as a batch that is published whole or not at all. */
export async function prediction({ pipeline, asOf: asked, version: by }: LoopInput): Promise<PredictionResult> {
  upsertSearchAttributes([
    { key: attributes.pipeline, value: pipeline.name },
    { key: attributes.loop, value: 'prediction' },
  ]);
  const asOf = await momentOf(asked);

  // Data that fails its expectations fails the run here, and nothing is scored.
  const snapshot = await freshData({ pipeline, asOf });
  const batch = await openBatch({ pipeline, asOf, snapshot, ...(by !== undefined && { version: by }) });
  if (!batch) {
    const note = 'no champion yet';
    setCurrentDetails('No champion serves yet, so there is nobody to score the rows.');
    return { asOf, batch: null, version: null, snapshot, window: null, rows: 0, note };
  }
  upsertSearchAttributes([{ key: attributes.version, value: versionName(batch.version) }]);

  const waiting = [...batch.missing];
  const scoreWaiting = async (): Promise<void> => {
    for (let part = waiting.shift(); part; part = waiting.shift())
      await scorePart.executeWithOptions({ summary: `${part.from} to ${part.to}` }, [
        { pipeline: pipeline.name, batch: batch.id, extraction: part.extraction },
      ]);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, scoreWaiting));

  const { rows } = await publishBatch({ pipeline: pipeline.name, batch: batch.id });
  const { id, version, window } = batch;
  setCurrentDetails(`Batch \`${id}\`: ${rows} rows of ${window.from} to ${window.to}, by ${versionName(version)}.`);
  const note = rows === 0 ? 'the window has no rows' : null;
  return { asOf, batch: id, version, snapshot: batch.snapshot, window, rows, note };
}
