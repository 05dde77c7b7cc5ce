import { counted } from '../core/alerts/occurrence.ts';
import { type Instant } from '../core/time/time.ts';
import { attributes, type LoopInput } from './messages.ts';
import type { PipelineRef } from '../core/declaration/pipeline.ts';
import { rootType } from './run/failures.ts';
import { momentOf } from './run/moment.ts';
import {
  assembleSnapshot,
  extractPartition,
  planExtraction,
  profileSnapshot,
  tellOfNewData,
  validateSnapshot,
} from './steps/steps.ts';
import { ApplicationFailure, patched, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';

/** How often a run extracts corrupt parts again: each time those that one of its steps came upon. */
const MOST_REPAIRS = 3;

export interface DataResult {
  snapshot: string;
  asOf: Instant;
  rows: number;
  extracted: number;
  expectations: number;
  binning: string;
  /** How many partitions had a corrupt part, which was extracted again; absent: none. */
  repaired?: number;
  /** How many rows of the source have no time, so that they are in no snapshot; absent: none, or it is not known. */
  withoutTime?: number;
  /** Where the declared history begins: older rows of the source are in no snapshot. Absent: there are none, or the source cannot tell, like an API. */
  leftOutBefore?: Instant;
  /** How many they are; absent: none, or it is not known. */
  leftOutRows?: number;
}

const AT_ONCE = 4;

/** Extracts new rows, assembles a snapshot, and publishes it if it meets the declaration's expectations. */
export async function data({ pipeline, asOf: asked }: LoopInput): Promise<DataResult> {
  upsertSearchAttributes([
    { key: attributes.pipeline, value: pipeline.name },
    { key: attributes.loop, value: 'data' },
  ]);
  const asOf = await momentOf(asked);

  const repairs: Repairs = { extracted: 0, repaired: 0 };
  let found: unknown = null;
  for (let left = MOST_REPAIRS; ; left--)
    try {
      return await take(pipeline, asOf, repairs, found);
    } catch (error) {
      // What a step found is noted, so the next plan extracts it again.
      if (error === found || rootType(error) !== 'OBJECT_CORRUPT' || left === 0 || !patched('corrupt-parts'))
        throw error;
      found = error;
    }
}

/** What was extracted so far. */
interface Repairs {
  extracted: number;
  repaired: number;
}

/** @param found which part was corrupt before, for which the plan is made anew */
async function take(pipeline: PipelineRef, asOf: Instant, repairs: Repairs, found: unknown): Promise<DataResult> {
  const plan = await planExtraction.executeWithOptions({ summary: `partitions up to ${asOf}` }, [{ pipeline, asOf }]);
  const heals = (plan.restored ?? 0) > 0 || plan.missing.some(({ corrupt }) => corrupt);
  if (found !== null && !heals && patched('corrupt-parts-healed')) throw found;
  const waiting = [...plan.missing];
  const extractWaiting = async (): Promise<void> => {
    for (let task = waiting.shift(); task; task = waiting.shift())
      await extractPartition.executeWithOptions({ summary: `${task.from} to ${task.to}` }, [{ pipeline, task }]);
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, extractWaiting));
  } catch (error) {
    waiting.length = 0; // a plan that is made next has them
    throw error;
  }
  repairs.extracted += plan.missing.length;
  repairs.repaired += plan.missing.filter(({ corrupt }) => corrupt).length;

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

  const { extracted, repaired } = repairs;
  const { withoutTime = 0, leftOutBefore, leftOutRows } = judged;
  const words =
    repaired > 0 ? ` Corrupt parts of ${repaired} partition${repaired === 1 ? '' : 's'} were extracted again.` : '';
  setCurrentDetails(
    `Snapshot \`${snapshot.id}\`: ${snapshot.rows} rows, ${judged.expectations} expectations met.${words}${leftOutInWords(judged)}`,
  );
  return {
    snapshot: snapshot.id,
    asOf,
    rows: snapshot.rows,
    extracted,
    expectations: judged.expectations,
    binning,
    ...(repaired > 0 && { repaired }),
    ...(withoutTime > 0 && { withoutTime }),
    ...(leftOutBefore !== undefined && { leftOutBefore }),
    ...(leftOutRows !== undefined && { leftOutRows }),
  };
}

function leftOutInWords({
  withoutTime = 0,
  leftOutBefore,
  leftOutRows,
}: Pick<DataResult, 'withoutTime' | 'leftOutBefore' | 'leftOutRows'>): string {
  const timeless = withoutTime > 0 ? ` Left out, since they have no time: ${counted(withoutTime)} of the source.` : '';
  if (leftOutBefore === undefined) return timeless;
  const old = leftOutRows === undefined ? 'what the source has' : counted(leftOutRows);
  return `${timeless} Left out, since the declared history begins later: ${old} from before ${leftOutBefore}.`;
}
