import { type Analytics } from '../../core/data/analytics.ts';
import { type Snapshot } from '../../core/data/data.ts';
import { type Labelling } from '../../core/data/labels/labels.ts';
import { type Snapshots } from '../../core/data/snapshots.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { endOfMoving, keptReference, lastDays } from '../../core/drift/reference/choose.ts';
import { type DeclaredReference, isFor, type UsedReference } from '../../core/drift/reference/kinds/index.ts';
import { type Partition } from '../../core/data/data.ts';
import { type Verdict } from '../../core/drift/verdict.ts';
import { before, earliest, type Instant, latest } from '../../core/time/time.ts';
import { type ModelVersion } from '../../core/training/training.ts';
import { fetchParts } from '../data/parts.ts';
import { unlessCancelled } from '../steps/heartbeats.ts';
import { sourceRows, type ReferenceRows, type SourceRowsPorts } from './reference-rows.ts';

export type DeclaredPorts = SourceRowsPorts & {
  pipelines: Pick<Pipelines, 'declaration'>;
  snapshots: Pick<Snapshots, 'get' | 'tagged'>;
  analytics: SourceRowsPorts['analytics'] & Pick<Analytics, 'lastLabelled'>;
};

/** When a check is made. */
export interface Moment {
  window: Partition;
  /** The newest published data; null: there is none. */
  newest: Snapshot | null;
  /** The check before. */
  previous: Verdict | null;
  /** The same check, made earlier. */
  earlier?: Verdict | undefined;
}

type Declared = Exclude<DeclaredReference, 'holdout'>;
type Used = Exclude<UsedReference, { kind: 'holdout' }>;

/** The rows that the declaration asks for; null: the champion's holdout; a text: why that has to take their place. */
export async function declaredRows(
  ports: DeclaredPorts,
  pipeline: Pipeline,
  columns: string[],
  version: ModelVersion,
  moment: Moment,
): Promise<ReferenceRows | string | null> {
  const { earlier, previous, newest } = moment;
  const { reference = 'holdout' } = pipeline.drift;
  if (earlier ? !earlier.reference : reference === 'holdout') return null;
  const known = earlier ? earlier.reference : keptReference(reference, previous, version.version);
  if (known?.kind === 'holdout') return known.instead ?? null;
  const used = known ?? (await find(ports, pipeline, reference as Declared, version, moment));
  if (typeof used === 'string') return used;
  const snapshot = used.kind === 'last' ? newest : await ports.snapshots.get(used.snapshot);
  if (!snapshot) return NO_DATA;
  const then = await ports.pipelines.declaration({ name: snapshot.pipeline, revision: snapshot.revision });
  const held = columns.filter((column) => Object.hasOwn(then.columns, column));
  return sourceRows(ports, snapshot, { used, subject: subjectOf(used), columns: held });
}

const NO_DATA = 'no data is published yet';

/** The subjects of their counts begin with it; those of one check replace those of the last. */
export const DECLARED = 'reference/';

function subjectOf(used: Used): string {
  switch (used.kind) {
    case 'last':
      return `${DECLARED}last/${used.from}/${used.to}`;
    case 'labelled': // earlier releases counted only rows with a label, without `all`
      return `${DECLARED}labelled/all/${used.from}/${used.to}`;
    case 'snapshot':
      return `${DECLARED}snapshot/${used.snapshot}`;
  }
}

/** A text: why there is none. */
async function find(
  ports: DeclaredPorts,
  pipeline: Pipeline,
  declared: Declared,
  { version, evaluation }: ModelVersion,
  { window, newest, previous }: Moment,
): Promise<Used | string> {
  if ('snapshot' in declared) {
    const { snapshot: tag } = declared;
    const id = await ports.snapshots.tagged(pipeline.name, tag);
    if (id === null)
      return `no snapshot has the tag "${tag}": perennial snapshots tag ${pipeline.name} SNAPSHOT ${tag}`;
    return { kind: 'snapshot', tag, snapshot: id, ...heldBy(await ports.snapshots.get(id)) };
  }
  if (!newest) return NO_DATA;
  const driftSince = evaluation.afterDrift?.since ?? null;
  if ('last' in declared)
    return { kind: 'last', asked: declared.last, ...lastDays(declared.last, window, heldBy(newest), driftSince) };

  const end = endOfMoving(window);
  const last = previous?.reference;
  const isSame = last?.kind === 'labelled' && isFor(last, declared);
  if (isSame && previous?.version === version && endOfMoving(previous.window) === end) return last;
  const found = await lastLabelled(ports, pipeline, newest, { before: end, most: declared.labelled });
  if (!found) return 'no row before the window has a label yet';
  const from = earliest(latest(found.from, driftSince ?? found.from), found.to);
  return { kind: 'labelled', asked: declared.labelled, snapshot: newest.id, from, to: found.to };
}

async function lastLabelled(
  { analytics, cache }: DeclaredPorts,
  pipeline: Pipeline,
  snapshot: Snapshot,
  last: { before: Instant; most: number },
): Promise<Partition | null> {
  const files = {
    rows: await fetchParts(cache, snapshot, 'rows'),
    labels: await fetchParts(cache, snapshot, 'labels'),
  };
  return unlessCancelled(analytics.lastLabelled(files, labellingOf(pipeline, snapshot), last));
}

/** Facts were extracted up to the watermark, so only rows that matured by then have their labels. */
const labellingOf = ({ label, source }: Pipeline, { asOf }: Snapshot): Labelling => ({
  asOf: before(asOf, source.lateness),
  maturesAfter: label.maturesAfter,
  kind: label.kind,
  classes: label.classes,
  whenAbsent: label.whenAbsent ?? null,
});

/** The time of a snapshot's rows. */
function heldBy({ parts }: Snapshot): Partition {
  const rows = parts.filter(({ kind }) => kind === 'rows');
  return { from: earliest(...rows.map(({ from }) => from)), to: latest(...rows.map(({ to }) => to)) };
}
