import { featuresOf, type Columns } from '../../columns/index.ts';
import { canonicalJson, versionName } from '../../base/ids.ts';
import type { Pipeline } from '../../declaration/pipeline.ts';
import { kindOfLabel, type ModelArtifact } from '../../model/artifact.ts';
import { networksIn, type StoredNetwork } from '../../model/networks.ts';
import { planOf, type Candidate } from '../../recipes/index.ts';
import { shortTime } from '../../time/time.ts';
import { periodsOf } from '../splits/periods.ts';
import type { ModelVersion, Splits, TrainingSet } from '../training.ts';
import type { WarmStart } from './warm-start.ts';

/** The champion as it was judged. */
export interface Judged {
  version: ModelVersion;
  artifact: ModelArtifact;
  objectKey: string;
  sha256: string;
  /** As it was declared then. */
  columns: Columns;
  /** With which options each of its networks was trained, by its name; missing: nobody knows. */
  specs: ReadonlyMap<string, Candidate>;
}

/** Lines are fitted to their one best point, trees have no weights, and layers of a pipeline's own may be any. */
export function mayStartWarm(candidate: Candidate): boolean {
  const plan = planOf(candidate);
  return plan.kind === 'network' && plan.hidden.length > 0;
}

/**
 * The network that a training starts from, or why from none. What the champion has read, to learn from it or to stop by
 * it, has to lie before all that will choose, stop, calibrate or judge: weights that know these rows look better there
 * than they are. So it is the model that was judged that counts, which ends with its selection split, and not the one that
 * was trained again on all rows.
 */
export function warmStartOf(
  { candidates, columns, label }: Pick<Pipeline, 'candidates' | 'columns' | 'label'>,
  { splits, folds }: Pick<TrainingSet, 'splits' | 'folds'>,
  champion: Judged | null,
): WarmStart {
  if (!champion) return { whyNot: 'no version served yet' };
  const { version, artifact, objectKey, sha256, specs } = champion;
  const name = versionName(version.version);
  if (folds) return { whyNot: `candidates are measured in folds, on rows that ${name} has learnt from` };
  const seen = seenInWords(name, version.splits, splits);
  if (seen !== null) return { whyNot: seen };
  const { classes } = artifact;
  if (kindOfLabel(artifact) !== label.kind || canonicalJson(classes ?? null) !== canonicalJson(label.classes ?? null))
    return { whyNot: `the label has another kind or other classes than ${name} learnt` };
  if (canonicalJson(kindsOf(columns)) !== canonicalJson(kindsOf(champion.columns)))
    return { whyNot: `${name} was trained on other columns` };
  const networks = networksIn(artifact).filter(({ layers }) => layers.length > 1);
  if (networks.length === 0) return { whyNot: `${name} (${version.candidate}) is no network and averages none` };
  if (networks.every(({ candidate }) => !specs.has(candidate)))
    return { whyNot: `with which options ${name} was trained is not known` };
  const outputs = classes?.length ?? 1;
  for (const network of networks) {
    const alike = candidates.filter((each) => isAlike(each, network, specs.get(network.candidate), outputs));
    const declared = alike.find((each) => network.candidate.startsWith(each.name)) ?? alike[0];
    if (!declared) continue;
    const candidate = { ...declared, name: nameOf(`${declared.name}-from-${name}`, candidates) };
    return { candidate, version: version.version, network: network.candidate, objectKey, sha256 };
  }
  return { whyNot: `no candidate is a network with the recipe and the units of ${name} (${version.candidate})` };
}

/** Why rows that the champion has read may judge what would start from it; null: none may. */
function seenInWords(name: string, then: Splits, now: Splits): string | null {
  if (then.by || now.by) return `splits that are not by time cannot tell which rows ${name} has learnt from`;
  const [read, learns] = [periodsOf(then).selection[1], periodsOf(now).train[1]];
  if (read <= learns) return null;
  return `${name} learnt from rows until ${shortTime(read)}, and only rows before ${shortTime(learns)} may teach this training`;
}

/** What decides what an input means. */
const kindsOf = (columns: Columns) =>
  Object.fromEntries(Object.entries(featuresOf(columns)).map(([name, { kind }]) => [name, kind]));

function isAlike(
  candidate: Candidate,
  { members, layers }: StoredNetwork,
  spec: Candidate | undefined,
  outputs: number,
): boolean {
  const plan = planOf(candidate);
  return (
    plan.kind === 'network' &&
    candidate.kind === spec?.kind &&
    plan.members === members &&
    canonicalJson([...plan.hidden, outputs]) === canonicalJson(layers.map(({ units }) => units))
  );
}

function nameOf(wanted: string, candidates: readonly Candidate[]): string {
  return candidates.some(({ name }) => name === wanted) ? nameOf(`${wanted}-again`, candidates) : wanted;
}
