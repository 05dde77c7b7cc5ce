import { type Binning, SCORE } from '../../core/data/profiles/binning.ts';
import { contentId } from '../../core/base/ids.ts';
import { TIME } from '../../core/data/data.ts';
import { type Profiles } from '../../core/data/profiles/profiles.ts';
import { countRow, emptyProfile, type Profile } from '../../core/data/profiles/profile.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { tooFewInWords } from '../../core/drift/reference/choose.ts';
import { type UsedReference } from '../../core/drift/reference/kinds/index.ts';
import {
  type Choice,
  type Counted,
  daysDiffer,
  firstChoice,
  halfOf,
  HALVES,
  likeRows,
  type LikeRows,
  type Rows,
  weightsOf,
} from '../../core/drift/reference/like-rows.ts';
import { hourOfPart, isOfWeekend, partOf, PARTS, type Weekend } from '../../core/drift/reference/parts.ts';
import { floorTo } from '../../core/time/time.ts';
import { isPartlyLabelled, type ModelVersion } from '../../core/training/training.ts';
import { reportProgress } from '../steps/heartbeats.ts';
import { createPauses } from '../steps/pauses.ts';
import { rowsOf } from '../training/scoring.ts';
import { declaredRows, type DeclaredPorts, type Moment, DECLARED } from './declared-reference.ts';
import { holdoutRows, type HoldoutRowsPorts, labelledRows, type ReferenceRows } from './reference-rows.ts';

export type ReferencePorts = HoldoutRowsPorts & { profiles: Pick<Profiles, 'find' | 'record'> };

/** What counts rows apart reads many profiles at once. */
type ApartPorts = ReferencePorts & { profiles: Pick<Profiles, 'findEach' | 'findDays' | 'recordDays'> };
export type ChoicePorts = ApartPorts & DeclaredPorts & { profiles: Pick<Profiles, 'removeOthers' | 'removeOtherDays'> };

/**
 * The reference for a version's traffic: its holdout rows, in its declared columns, with its own scores of them, in the
 * pipeline's bins. Counted when the version is registered, and again after the pipeline is re-binned.
 */
export const countHoldout = (
  ports: ReferencePorts,
  columns: string[],
  version: ModelVersion,
  binning: Binning,
): Promise<Profile> => countAll(ports, version.pipeline, holdoutRows(ports, version, columns), binning);

/** The same of the rows that have a label: what is known of its performance is known of these. */
export async function countLabelled(
  ports: ReferencePorts,
  columns: string[],
  version: ModelVersion,
  binning: Binning,
): Promise<Profile> {
  const { trainingSet } = await ports.trainingRuns.get(version.trainingRun);
  if (!isPartlyLabelled(trainingSet)) return countHoldout(ports, columns, version, binning);
  return countAll(ports, version.pipeline, labelledRows(ports, version, columns), binning);
}

async function countAll(
  ports: ReferencePorts,
  pipeline: string,
  rows: ReferenceRows,
  binning: Binning,
): Promise<Profile> {
  const counted = await ports.profiles.find(pipeline, rows.subject, binning.id);
  if (counted) return counted;
  const held = onlyHeld(await (rows.count?.(binning) ?? countOne(rows, binning)), rows);
  await ports.profiles.record(pipeline, rows.subject, held);
  return held;
}

/** What a window is compared with, and where its rows are. */
export interface Reference extends Rows {
  like: LikeRows;
  used: UsedReference;
  from: ReferenceRows;
  /** All rows of the champion's holdout, labelled or not. */
  holdout: Profile;
}

/**
 * The rows that a window is compared with: all of the reference, or those like its own. Scores are each version's own, and
 * compared with those of its holdout.
 */
export async function chooseReference(
  ports: ChoicePorts,
  columns: string[],
  version: ModelVersion,
  { pipeline, binning, ...moment }: { pipeline: Pipeline; binning: Binning } & Moment,
): Promise<Reference> {
  const { window, earlier } = moment;
  const holdout = holdoutRows(ports, version, columns);
  const all = await countAll(ports, pipeline.name, holdout, binning);
  const of = { pipeline, binning, window, version: version.version };
  const own = { ...(await rowsLike(ports, holdout, all, of)), holdout: all };
  const rows = await declaredRows(ports, pipeline, columns, version, moment);
  if (rows === null) return own;
  const instead = (why: string): Reference => ({ ...own, used: { ...holdout.used, instead: why } });
  if (typeof rows === 'string') return instead(rows);

  const counted = await countAll(ports, pipeline.name, rows, binning);
  const { minRows } = pipeline.drift;
  if (counted.rows < minRows && !earlier) return instead(tooFewInWords(rows.used, counted.rows, minRows));
  const chosen = await rowsLike(ports, rows, counted, of);
  // A report can look back at an earlier one.
  if (!earlier) {
    await ports.profiles.removeOthers(pipeline.name, DECLARED, rows.subject);
    const used = [holdout, rows].map((from) => keyOfDays(from, pipeline, binning));
    await ports.profiles.removeOtherDays(pipeline.name, version.version, used);
  }
  const scores = own.reference.columns[SCORE];
  const { [SCORE]: _none, ...inputs } = chosen.reference.columns;
  return {
    ...chosen,
    holdout: all,
    reference: { ...chosen.reference, columns: { ...inputs, ...(scores && { [SCORE]: scores }) } },
  };
}

interface Asked extends Pick<Counted, 'binning' | 'window'> {
  pipeline: Pipeline;
  version: number;
}

/** Those of a reference that are like a window's. */
async function rowsLike(
  ports: ApartPorts,
  from: ReferenceRows,
  all: Profile,
  { window, ...asked }: Asked,
): Promise<Omit<Reference, 'holdout'>> {
  const { used } = from;
  const { pipeline, binning } = asked;
  const wanted = firstChoice(pipeline.drift, window);
  if (wanted.days.used) wanted.days = await chooseDays(ports, from, asked);
  if (!wanted.days.used && !wanted.hours.used) return { reference: all, weights: null, like: wanted, used, from };
  const period = { from: used.from, to: used.to };
  const { weekend } = wanted.days;
  const byPart = () => countApart(ports, pipeline.name, from, binning, partsBy(weekend));
  const choose = async () => likeRows({ pipeline, binning, window, period, all, byPart: await byPart() }, wanted);
  if (wanted.hours.used) return { ...(await choose()), used, from };
  // While no weekend begins or ends in the window, each check would put the same parts together.
  const its = weekend && { weekend };
  const weights = weightsOf({ window, period, ...its }, true, true);
  const subject = `${from.subject}/like/${contentId(weekend ? { weights, weekend } : weights)}`;
  const known = await ports.profiles.find(pipeline.name, subject, binning.id);
  if (known && known.rows >= pipeline.drift.minRows)
    return { reference: known, weights, ...its, like: wanted, used, from };
  const found = await choose();
  const isOfHours = [window.from, window.to].every((time) => floorTo(time, '1 hour') === time);
  if (isOfHours && found.like.days.used) await ports.profiles.record(pipeline.name, subject, found.reference);
  return { ...found, used, from };
}

/** Told once for each declaration and binning: it takes the counts of each half of a week. */
async function chooseDays(
  ports: ApartPorts,
  from: ReferenceRows,
  { pipeline, version, binning }: Omit<Asked, 'window'>,
): Promise<Choice> {
  const { name } = pipeline;
  const compared = keyOfDays(from, pipeline, binning);
  const known = await ports.profiles.findDays(name, version, compared);
  if (known) return known;
  const found = daysDiffer(await countApart(ports, name, from, binning, halves), pipeline, binning);
  await ports.profiles.recordDays(name, version, compared, found);
  return found;
}

function keyOfDays({ used, subject }: ReferenceRows, { columns, drift }: Pipeline, binning: Binning): string {
  const declared = { binning: binning.id, columns, drift };
  return contentId(used.kind === 'holdout' ? declared : { ...declared, subject });
}

/** Ways to count a reference apart: by the hours of working days and of weekends, or by halves of the days of the week. */
interface Apart {
  subjects: readonly string[];
  placeOf: (time: number) => number;
}
const partsBy = (weekend: Weekend | undefined): Apart => ({
  subjects: Array.from({ length: PARTS }, (_, part) => {
    const kind = isOfWeekend(part) ? 'weekend' : 'working';
    return `${kind}${weekend ? weekend.join('-') : ''}/${String(hourOfPart(part)).padStart(2, '0')}`;
  }),
  placeOf: (time) => partOf(time, weekend),
});
const halves: Apart = { subjects: Array.from({ length: HALVES }, (_, half) => `half/${half}`), placeOf: halfOf };

/** Counted at the first request. */
async function countApart(
  { profiles }: ApartPorts,
  pipeline: string,
  rows: ReferenceRows,
  binning: Binning,
  { subjects, placeOf }: Apart,
): Promise<Profile[]> {
  const named = subjects.map((subject) => `${rows.subject}/${subject}`);
  const counted = await profiles.findEach(pipeline, named, binning.id);
  if (counted.every((profile) => profile !== null)) return counted;

  const apart = named.map(() => emptyProfile(binning));
  await count(rows, binning, (time) => apart[placeOf(time)]!);
  const held = apart.map((profile) => onlyHeld(profile, rows));
  await Promise.all(held.map((profile, place) => profiles.record(pipeline, named[place]!, profile)));
  return held;
}

async function countOne(rows: ReferenceRows, binning: Binning): Promise<Profile> {
  const profile = emptyProfile(binning);
  await count(rows, binning, () => profile);
  return profile;
}

/** Counts each row into the profile that its time (milliseconds since 1970) chooses. */
async function count(rows: ReferenceRows, binning: Binning, profileOf: (time: number) => Profile): Promise<void> {
  const { columns } = rows;
  const score = await rows.scorer();
  const pause = createPauses();
  let counted = 0;
  for await (const chunk of rows.chunks(columns)) {
    const times = chunk.own[TIME]!;
    let i = 0;
    for (const row of rowsOf(chunk, columns)) {
      countRow(profileOf(Number(times[i++])), binning, score ? { ...row, [SCORE]: score(row) } : row);
      if (i % 64 === 0) await pause();
    }
    reportProgress({ counted: (counted += chunk.rows) });
  }
}

/** A column that rows of an older declaration do not have is not null in them: they cannot tell. */
function onlyHeld(profile: Profile, { used, columns }: ReferenceRows): Profile {
  if (used.kind === 'holdout') return profile;
  const held = Object.entries(profile.columns).filter(([column]) => columns.includes(column));
  return { ...profile, columns: Object.fromEntries(held) };
}
