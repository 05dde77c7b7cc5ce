import { type Part, type Snapshot } from '../core/data.ts';
import { type LocalCache } from '../core/ports.ts';
import { mapAtOnce } from './at-once.ts';

/** Downloads fill the network with few; each keeps a file open and hashes what comes. */
const FETCHED_AT_ONCE = 8;

/** A snapshot's rows or labels on this machine's disk, in the snapshot's order. */
export const fetchParts = (
  cache: LocalCache,
  { parts }: Pick<Snapshot, 'parts'>,
  kind: Part['kind'],
): Promise<string[]> =>
  mapAtOnce(
    FETCHED_AT_ONCE,
    parts.filter((part) => part.kind === kind),
    (part) => cache.fetch(part),
  );
