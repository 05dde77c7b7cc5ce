import { versionName } from '../base/ids.ts';
import { rowsInWords } from '../drift/reference/choose.ts';
import { alarmedColumns, columnTitle } from '../drift/alarm/words.ts';
import { cannotTell, unknownColumns } from '../drift/standing.ts';
import { behindInWords, warnedColumns, type Verdict } from '../drift/verdict.ts';
import type { Concept } from '../performance/decay.ts';
import { decayInWords, holds, looksFallen, unsureInWords } from '../performance/decay-words.ts';
import { metricTitle } from '../metrics/index.ts';
import { decisive, type Look } from '../rollout/progress.ts';
import { lookedIn, stepName } from '../rollout/steps/step-words.ts';
import type { Trial } from '../search/trials.ts';
import { shortTime, type Instant } from '../time/time.ts';
import { askedInWords, whoAsked } from '../training/retraining/asked.ts';
import { isOfChange } from '../training/retraining/retraining.ts';
import { warmOf, type WarmStart } from '../training/warm-start/warm-start.ts';
import type { AfterDrift, Asked, Chapter, Message, Moment, Story, StoryFacts, Wait, Waiting } from './story.ts';

const MOST_COLUMNS = 6;
const MOST_TRIALS = 8;

/** `by`: when something without a time of its own had come at the latest. */
type Told = Omit<Moment, 'chapter'> & Partial<Pick<Moment, 'chapter'>> & { by?: Instant | undefined };
type Tells = (facts: StoryFacts) => Told[];

/** The story of a cycle in the order of time. */
export function tellStory(facts: StoryFacts): Story {
  const { cycle, asked, told } = facts;
  const later = told.filter(isLater(facts));
  // Of the same time, what comes first led to the next.
  const tellers: [Chapter, Tells][] = [
    ['alarm', ({ changes }) => (cycle.reason === 'decay' ? changes.flatMap(fall) : changes.map(alarm))],
    ['told', () => told.filter((one) => !later.includes(one)).map(sent)],
    ['asked', () => askedFor(asked)],
    ['waited', ({ waits }) => waits.map(waited)],
    ['training', trained],
    ['gate', judged],
    ['rollout', rolledOut],
    ['outcome', ended],
    ['told', () => later.map(sent)],
    [
      'after',
      (all) => [{ at: all.later.last?.asOf ?? null, says: afterwards(all).says }].filter(({ says }) => says !== ''),
    ],
  ];
  const moments = inOrder(tellers.map(([chapter, tell]) => tell(facts).map((moment) => ({ chapter, ...moment }))));
  const who = asked.reasons.find(({ reason }) => reason === cycle.reason);
  const askedBy = whoAsked({ reason: cycle.reason, detail: who?.detail ?? '' });
  return { pipeline: cycle.pipeline, cycle, askedBy, drift: afterwards(facts).drift, moments, waiting: [] };
}

/** Only a message that arrived has told somebody. */
const sent = ({ at, summary, untold = null }: Message): Told =>
  untold === null
    ? { at, chapter: 'told', says: summary }
    : { at, chapter: 'not told', says: `${summary} (${untold})` };

/** What people were told once the training was asked for did not lead to it. */
const isLater =
  ({ cycle }: StoryFacts) =>
  ({ at }: { at: Instant }): boolean =>
    at > cycle.asOf;

/** One without a time follows the one before it in its chapter; before any, what has no end yet comes last. */
function inOrder(chapters: readonly (readonly (Told & Pick<Moment, 'chapter'>)[])[]): Moment[] {
  const timed = chapters.flatMap((told) => {
    let time = Infinity;
    return told.map(({ by, ...moment }) => {
      const known = moment.at ?? by;
      if (known !== undefined) time = Date.parse(known);
      return { time, moment };
    });
  });
  // Infinity less itself is no number.
  return timed.toSorted((a, b) => (a.time === b.time ? 0 : a.time - b.time)).map(({ moment }) => moment);
}

/** What is asked and waits, before a cycle opens. */
export function tellWaiting({ asked, waits, changes }: Waiting): Moment[] {
  const as = (chapter: Chapter, moments: Told[]) => moments.map((one) => ({ chapter, ...one }));
  return inOrder([
    as('alarm', [...changes.drift.map(alarm), ...changes.decay.flatMap(fall)]),
    as('asked', askedFor(asked)),
    as('waited', waits.map(waited)),
  ]);
}

function alarm(verdict: Verdict): Told {
  const { asOf, level, id, rows } = verdict;
  return { at: asOf, says: `${level}, ${foundIn(verdict)} (verdict ${id}, ${count(rows.current)} rows)` };
}

function foundIn(verdict: Verdict): string {
  if (verdict.alarm) {
    const raised = alarmedColumns(verdict.alarm).map(columnTitle);
    const [farther, unknown] = [warnedColumns(verdict), unknownColumns(verdict)];
    return [
      raised.length === 0 ? 'no column is unusual' : `the alarm is raised for ${named(raised)}`,
      ...(farther.length === 0 ? [] : [cannotTell(verdict, { warned: farther }, named)]),
      ...(unknown.length === 0 ? [] : [`nothing is known of ${named(unknown)}`]),
    ].join('; ');
  }
  const columns = behindInWords(verdict);
  return (
    `${Math.round(verdict.share * 100)} % of the columns moved from ${rowsInWords(verdict)}` +
    (columns.length === 0 ? '' : `: ${named(columns)}`)
  );
}

function fall({ id, asOf, concept }: Verdict): Told[] {
  return concept?.decayed ? [{ at: asOf, says: `the performance fell: ${decayInWords(concept)} (verdict ${id})` }] : [];
}

const named = (columns: readonly string[]): string =>
  columns.slice(0, MOST_COLUMNS).join(', ') +
  (columns.length > MOST_COLUMNS ? ` and ${columns.length - MOST_COLUMNS} more` : '');

function askedFor({ total, reasons }: Asked): Told[] {
  const lines = reasons.map(({ reason, count, first, last, detail }) => ({
    at: first,
    says:
      askedInWords({ reason, detail }) +
      (count === 1 ? '' : `, and ${count - 1} more like it, the last at ${shortTime(last)}`),
  }));
  if (total < 2) return lines;
  return [...lines, { at: null, says: `${total.toLocaleString('en-US')} requests, one training for all of them` }];
}

const waited = ({ why, from, until, endedAt }: Wait): Told => ({
  at: from,
  says: endedAt === null ? `still, until ${shortTime(until)}: ${why}` : `until ${shortTime(endedAt)}: ${why}`,
});

function trained({ cycle, run, trials, reopened }: StoryFacts): Told[] {
  const failures = reopened.map(({ reason }) => ({ at: null, by: cycle.asOf, says: `failed, and was opened again: ${reason}` })); // prettier-ignore
  if (!run) return [...failures, { at: cycle.asOf, says: 'the cycle opened; no training run has begun' }];
  const against = run.champion === null ? 'no version served yet' : `${versionName(run.champion)} served`;
  const set = run.trainingSet;
  const rows = set ? `, ${count(set.rows.train)} rows to learn from and ${count(set.rows.holdout)} to judge by` : '';
  return [
    { at: run.asOf, says: `began on snapshot ${run.snapshot}${rows}; ${against}` },
    ...(set?.warmStart ? [{ at: null, says: startedInWords(set.warmStart) }] : []),
    ...failures,
    ...best(trials).map((trial) => ({ at: null, says: triedInWords(trial) })),
    ...(trials.length > MOST_TRIALS ? [{ at: null, says: `and ${trials.length - MOST_TRIALS} more candidates` }] : []),
  ];
}

function startedInWords(warmStart: WarmStart): string {
  const warm = warmOf(warmStart);
  if (warm) return `${warm.candidate.name} started from the weights of ${versionName(warm.version)}`;
  return `all candidates started from nothing: ${(warmStart as { whyNot: string }).whyNot}`;
}

const count = (rows: number): string => rows.toLocaleString('en-US');

/** The winner first; the others by name, as they were read. */
const best = (trials: readonly Trial[]): Trial[] =>
  trials.toSorted((a, b) => Number(b.winner) - Number(a.winner)).slice(0, MOST_TRIALS);

function triedInWords({ candidate, state, reason, result, metric, seconds, winner }: Trial): string {
  const value = result?.selection[metric];
  const numbers = value == null ? '' : `, ${metricTitle(metric)} ${value.toFixed(3)} on selection`;
  const took = seconds > 0 ? `, ${seconds.toFixed(1)} s` : '';
  return `${candidate} ${state}${winner ? ' and won' : ''}${numbers}${took}${reason === null ? '' : `: ${reason}`}`;
}

/** Nothing notes when; it was before the rollout, or the outcome. */
function judged({ run, rollout, cycle }: StoryFacts): Told[] {
  if (!run?.winner) return [];
  const { candidate, gate } = run.winner;
  const by = rollout?.askedAt ?? cycle.outcome?.endedAt;
  return [{ at: null, by, says: `${candidate} ${gate.outcome}: ${gate.reason}` }];
}

const whatNext: Record<Look['decision'], string> = {
  wait: 'waits',
  hold: 'is held',
  next: 'continues',
  'roll back': 'is rolled back',
};

function rolledOut({ rollout, cycle }: StoryFacts): Told[] {
  if (!rollout) return [];
  const { version, askedAt, steps, looks, decision, confirmation } = rollout;
  const way = steps ? `: ${[...steps.map(stepName), '100 %'].join(', ')}` : '';
  const decided = decisive(looks.toReversed()).toReversed();
  // A shadow needs nobody's approval.
  const answers = decided.find(({ step }) => steps?.[step]?.share !== 'shadow')?.at ?? cycle.outcome?.endedAt;
  const told = decided.map(({ at, step, decision: what, reason }): Told => ({
    at,
    says: `${lookedIn(steps, step)} ${whatNext[what]}: ${reason}`,
  }));
  return [
    { at: askedAt, says: `of ${versionName(version)} was asked for${way}` },
    ...(decision ? [{ at: null, by: answers, says: `${decision.by} ${decision.approve ? 'approved' : 'rejected'} it: ${decision.reason}` }] : []), // prettier-ignore
    ...told,
    ...(confirmation ? [{ at: confirmation.endedAt, says: `labels: ${confirmation.result}: ${confirmation.reason}` }] : []), // prettier-ignore
  ];
}

function ended({ cycle: { outcome } }: StoryFacts): Told[] {
  if (!outcome) return [{ at: null, says: 'under way' }];
  const version = outcome.version === null ? '' : ` (${versionName(outcome.version)})`;
  return [{ at: outcome.endedAt, says: `${outcome.result}${version}: ${outcome.reason}` }];
}

/** Where labels show no fall. */
function afterDecay(concept: Concept | undefined, since: string): { drift: AfterDrift; says: string } {
  if (!concept) return { drift: 'unknown', says: `too few labels tell of the performance since ${since}` };
  if (looksFallen(concept)) return { drift: 'unknown', says: `labels cannot tell yet: ${unsureInWords(concept)}` };
  const says = holds(concept) ? 'the performance is what the holdout promised' : 'labels no longer show a fall';
  return { drift: 'over', says: `${says} since ${since}` };
}

/** What came of the change: only checks of the version that served after the outcome can tell. */
function afterwards({ cycle: { reason, outcome }, later }: StoryFacts): { drift: AfterDrift; says: string } {
  if (!isOfChange(reason) || !outcome) return { drift: null, says: '' };
  const { last, checks, changes } = later;
  if (!last) return { drift: 'unknown', says: 'no check has told since whether it is over' };
  const by = `by ${checks} ${checks === 1 ? 'check' : 'checks'} of ${versionName(last.version)}`;
  const since = shortTime(changes.at(-1)?.asOf ?? last.asOf);
  if (reason === 'decay')
    return last.concept?.decayed
      ? {
          drift: 'lasts',
          says: `the performance is still too low since ${since}, ${by}: ${decayInWords(last.concept)}`,
        }
      : afterDecay(last.concept, `${since}, ${by}`);
  if (last.level === 'stable') return { drift: 'over', says: `the drift is over: stable since ${since}, ${by}` };
  const columns = behindInWords(last);
  const moved = columns.length > 0 ? ` (${named(columns)})` : '';
  return { drift: 'lasts', says: `the drift lasts: ${last.level} since ${since}, ${by}${moved}` };
}
