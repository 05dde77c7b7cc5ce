import { type Instant } from '../core/time/time.ts';
import { attributes, type LoopInput } from './messages.ts';
import { momentOf } from './run/moment.ts';
import {
  assembleSnapshot,
  extractPartition,
  planExtraction,
  profileSnapshot,
  tellOfNewData,
  validateSnapshot,
} from './steps/steps.ts';
import { ApplicationFailure, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';

export interface DataResult {
  snapshot: string;
  asOf: Instant;
  rows: number;
  extracted: number;
  expectations: number;
  binning: string;
}

const AT_ONCE = 4;

/** Extracts new rows, assembles a snapshot, and publishes it if it meets the declaration's expectations. */
export async function data({ pipeline, asOf: asked }: LoopInput): Promise<DataResult> {
  upsertSearchAttributes([
    { key: attributes.pipeline, value: pipeline.name },
    { key: attributes.loop, value: 'data' },
  ]);
  const asOf = await momentOf(asked);

  const plan = await planExtraction.executeWithOptions({ summary: `partitions up to ${asOf}` }, [{ pipeline, asOf }]);
  const waiting = [...plan.missing];
  const extractWaiting = async (): Promise<void> => {
    for (let task = waiting.shift(); task; task = waiting.shift())
      await extractPartition.executeWithOptions({ summary: `${task.from} to ${task.to}` }, [{ pipeline, task }]);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, extractWaiting));

  const snapshot = await assembleSnapshot({ pipeline, asOf, extractions: plan.extractions });
  const judged = await validateSnapshot({ pipeline, snapshot: snapshot.id });
  if (judged.status === 'quarantined')
    throw ApplicationFailure.nonRetryable(
      `Snapshot ${snapshot.id} is quarantined; training continues on the previous one. Not as declared:\n  ` +
        `${judged.failed.join('\n  ')}\nThe report is ${judged.report}. Fix the source or the declaration's ` +
        `expectations, then: perennial run ${pipeline.name} data`,
      'SNAPSHOT_QUARANTINED',
    );
  const { binning } = await profileSnapshot({ pipeline, snapshot: snapshot.id });
  await tellOfNewData({ pipeline: pipeline.name, asOf });

  setCurrentDetails(`Snapshot \`${snapshot.id}\`: ${snapshot.rows} rows, ${judged.expectations} expectations met.`);
  return {
    snapshot: snapshot.id,
    asOf,
    rows: snapshot.rows,
    extracted: plan.missing.length,
    expectations: judged.expectations,
    binning,
  };
}
