import { type Part, type Snapshot } from '../../core/data/data.ts';
import { inParallel } from '../../core/base/in-parallel.ts';
import { type LocalCache } from '../../core/data/objects/objects.ts';
import { unlessCancelled } from '../steps/heartbeats.ts';
import { activityInfo, cancellationSignal } from '@temporalio/activity';

/** A few downloads fill the network; each keeps a file open and hashes the bytes. */
const FETCHED_AT_ONCE = 8;

/** A snapshot's rows or labels on this machine's disk, in the snapshot's order. */
export const fetchParts = (
  cache: Pick<LocalCache, 'fetch'>,
  { parts }: Pick<Snapshot, 'parts'>,
  kind: Part['kind'],
): Promise<string[]> =>
  inParallel(
    FETCHED_AT_ONCE,
    parts.filter((part) => part.kind === kind),
    (part) => unlessCancelled(cache.fetch(part)),
    cancellationSignal(),
  );

/** Every step of the data loop belongs to a run, for which it holds the parts that it finds or makes. */
export const thisRun = (): string => activityInfo().workflowExecution!.runId;
