import { type Part, type Snapshot } from '../../core/data/data.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { inParallel } from '../../core/base/in-parallel.ts';
import { type LocalCache } from '../../core/data/objects/objects.ts';
import { unlessCancelled } from '../steps/heartbeats.ts';
import { activityInfo, cancellationSignal } from '@temporalio/activity';

/** A few downloads fill the network; each keeps a file open and hashes the bytes. */
const FETCHED_AT_ONCE = 8;

/**
 * A snapshot's rows or labels on this machine's disk, in the snapshot's order. All corrupt parts are found at once, so that
 * one run of the data loop replaces them.
 */
export async function fetchParts(
  cache: Pick<LocalCache, 'fetch'>,
  { parts }: Pick<Snapshot, 'parts'>,
  kind: Part['kind'],
): Promise<string[]> {
  const corrupt: UserError[] = [];
  const files = await inParallel(
    FETCHED_AT_ONCE,
    parts.filter((part) => part.kind === kind),
    (part) =>
      unlessCancelled(cache.fetch(part)).catch((error: unknown) => {
        if (!(error instanceof UserError) || error.code !== 'OBJECT_CORRUPT') throw error;
        corrupt.push(error);
        return '';
      }),
    cancellationSignal(),
  );
  const [first, ...others] = corrupt;
  if (!first) return files;
  const besides = others.length === 0 ? '' : ` It is one of ${corrupt.length} such parts.`;
  throw new UserError(first.code, `${first.message}${besides}`, { cause: first });
}

/** Every step of the data loop belongs to a run, for which it holds the parts that it finds or makes. */
export const thisRun = (): string => activityInfo().workflowExecution!.runId;
