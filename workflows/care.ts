import { type CareInput, type CareResult } from '../core/runs/care.ts';
import { attributes } from './messages.ts';
import { removeOldRows, sweepObjects } from './steps/steps.ts';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';

/** Keeps the installation from growing for ever: removes rows that are old, then objects that no row names. */
export async function care({ dryRun }: CareInput): Promise<CareResult> {
  upsertSearchAttributes([{ key: attributes.loop, value: 'care' }]);
  const { asOf, removed: rows } = await removeOldRows({ dryRun });
  const objects = await sweepObjects({ dryRun });
  const removed = [...rows, ...objects].filter(({ count }) => count > 0);
  const words = removed.map(({ kind, count }) => `${kind}: ${count}`).join(', ') || 'nothing';
  setCurrentDetails(`${dryRun ? 'Would remove' : 'Removed'} ${words}.`);
  return { asOf, dryRun, removed };
}
