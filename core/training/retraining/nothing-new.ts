import { contentId } from '../../base/ids.ts';
import { release } from '../../base/release.ts';
import type { Part, Snapshot } from '../../data/data.ts';
import type { Pipeline } from '../../declaration/pipeline.ts';
import { candidatesOf } from '../../search/candidates.ts';
import { milliseconds } from '../../time/time.ts';
import { isOfChange, type Cycle, type CycleOutcome } from './retraining.ts';

/** A training that judged a model of its own, and what became of that. */
export interface EndedTraining {
  cycle: string;
  reason: Cycle['reason'];
  revision: string;
  /** Of `recipesOf`; null: an earlier release trained it. */
  recipes: string | null;
  snapshot: string;
  /** Who served when it began. */
  champion: number | null;
  /** What it made. */
  version: number | null;
  outcome: Pick<CycleOutcome, 'result' | 'reason'>;
}

/** What came of trainings that the same data would repeat. A failure or another's change of the traffic may not repeat. */
export const repeatable: readonly CycleOutcome['result'][] = ['promoted', 'refused', 'abstained', 'rolled back'];

interface Next {
  reason: Cycle['reason'];
  revision: string;
  recipes: string;
  champion: number | null;
  snapshot: Pick<Snapshot, 'id' | 'asOf' | 'parts'>;
}

/**
 * What learns, besides what is declared: the release, with its training code, and the candidates with all that it sets by
 * default. A later release may make a better model of the same rows.
 */
export const recipesOf = ({ candidates }: Pick<Pipeline, 'candidates'>): string =>
  contentId({ release, candidates: candidatesOf({ candidates }) });

/**
 * Whether a training would only repeat an earlier one: the same declaration (with it the hashes of own recipes)
 * and release, the same champion to beat or the model that the earlier one made, and the same rows and labels. All else is decided by seeds.
 *
 * @param taken the earlier one's snapshot
 */
export function repeats(
  next: Next,
  earlier: EndedTraining,
  taken: Next['snapshot'],
  declaration: Pick<Pipeline, 'retraining' | 'label' | 'source'>,
): boolean {
  // After drift the gate asks something else.
  if (isOfChange(next.reason) || (isOfChange(earlier.reason) && earlier.outcome.result !== 'promoted')) return false;
  if (next.recipes !== earlier.recipes) return false;
  if (next.revision !== earlier.revision || !repeatable.includes(earlier.outcome.result)) return false;
  if (next.champion !== earlier.champion && next.champion !== earlier.version) return false;
  return taken.id === next.snapshot.id || holdsTheSame(next.snapshot, taken, declaration);
}

/** A later snapshot of the same rows has more labels, unless all of them had matured before; and a window moves on. */
function holdsTheSame(
  next: Next['snapshot'],
  taken: Next['snapshot'],
  { retraining, label, source }: Parameters<typeof repeats>[3],
): boolean {
  if (retraining.window !== undefined) return false;
  const newest = Math.max(
    ...taken.parts.filter(({ kind, rows }) => kind === 'rows' && rows > 0).map(({ to }) => Date.parse(to)),
  );
  const mature = Date.parse(taken.asOf) - milliseconds(label.maturesAfter) - milliseconds(source.lateness);
  return newest <= mature && contentOf(next.parts) === contentOf(taken.parts);
}

const contentOf = (parts: readonly Part[]): string =>
  parts
    .filter(({ rows }) => rows > 0)
    .map(({ kind, sha256 }) => `${kind} ${sha256}`)
    .sort()
    .join('\n');

export const nothingNewInWords = (pipeline: string, { cycle, version, outcome }: EndedTraining): string =>
  `data, declaration, release and champion are those of cycle ${cycle}, ${endInWords(version, outcome)}. ` +
  `To train anyway: perennial models retrain ${pipeline} --force`;

/** The same without the earlier reason, which may name values of columns that are sensitive since. */
export const withoutEarlierReason = (words: string): string =>
  words.replace(/(, which ended as [^:]+): [^]*(\. To train anyway: )/, '$1$2');

function endInWords(version: number | null, { result, reason }: EndedTraining['outcome']): string {
  if (result !== 'promoted') return `which ended as ${result}: ${reason.replace(/\.$/, '')}`;
  return version === null ? 'which promoted its model' : `which promoted v${version}`; // the version tells why
}
