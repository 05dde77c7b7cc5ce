import { columnTitle } from '../../../core/drift/alarm/words.ts';
import { blindColumns, cannotTell, unknownColumns } from '../../../core/drift/standing.ts';
import { behindInWords, warnedColumns, type Verdict } from '../../../core/drift/verdict.ts';
import { ago } from '../../../core/time/ago.ts';
import { metricInWords, type MetricName } from '../../../core/metrics/index.ts';
import type { Likely } from '../../../core/performance/estimate.ts';
import { valueInWords } from '../../../core/performance/value-words.ts';
import type { Concept } from '../../../core/performance/decay.ts';
import { fallOf, holds, unsureInWords } from '../../../core/performance/decay-words.ts';
import { slicesBeside, whyNotSliced } from '../../../core/performance/slices-beside.ts';
import { versionName } from '../../../core/base/ids.ts';
import { command, type PipelineLine, type PipelineStatus } from '../../command.ts';
import { columns, time, versionInWords } from '../../words.ts';

const MOST_NAMED = 3;
/** Of a sentence: a cycle has one line. */
const MOST_LETTERS = 140;

export const status = command({
  arguments: '[pipeline]',
  summary: 'Show what serves, the latest drift check and trainings',
  example: 'fraud',
  options: [],
  async run([pipeline], { json }: { json: boolean }, { operations: { status }, result, note, simulated }) {
    if (pipeline !== undefined) {
      const one = await status.of(pipeline);
      return result(one, await describe(one, simulated));
    }
    if (json) return result(await status.all(), '');
    const lines = await status.lines();
    const [first] = lines;
    if (!first) return result([], 'No pipeline yet. Apply your declarations: perennial apply');
    if (lines.length === 1) return result(first, await describe(await status.of(first.pipeline.name), simulated));
    result(lines, columns([HEAD, ...lines.map(inLine)]));
    note(
      'One in full: perennial status PIPELINE. Its alerts: perennial alerts. When loops run next: perennial schedules PIPELINE',
    );
  },
});

const HEAD = ['pipeline', 'champion', 'trained', 'drift', 'checked', 'alerts', 'under way'];

function inLine({ pipeline, now, champion, verdict, alerts, approval, cycle, requests }: PipelineLine): string[] {
  const underWay = [
    ...(approval
      ? [`${versionName(approval.version)} waits for approval`]
      : cycle
        ? [`training as of ${time(cycle.asOf)}`]
        : []),
    ...(requests > 0 ? [`${requests} ${requests === 1 ? 'request' : 'requests'} to train`] : []),
  ];
  return [
    pipeline.name,
    champion ? versionName(champion.version) : '-',
    champion ? time(champion.asOf) : '-',
    verdict ? levelOf(verdict) : '-',
    verdict ? `${time(verdict.asOf)}, ${ago(verdict.asOf, now)}` : '-',
    alertsInWords(alerts) || '-',
    underWay.join(', ') || '-',
  ];
}

const alertsInWords = ({ critical, warnings }: PipelineLine['alerts']): string =>
  [
    ...(critical > 0 ? [`${critical} critical`] : []),
    ...(warnings > 0 ? [`${warnings} warning${warnings > 1 ? 's' : ''}`] : []),
  ].join(', ');

const levelOf = ({ abstained, level }: Pick<Verdict, 'abstained' | 'level'>): string =>
  abstained === null ? level : 'abstained';

/** The first of what was asked, and how much more: a burst brings thousands. */
const askedFor = (requests: PipelineStatus['requests']): string =>
  requests
    .slice(0, MOST_NAMED)
    .map((request) => request.detail)
    .concat(requests.length > MOST_NAMED ? [`and ${requests.length - MOST_NAMED} more`] : [])
    .join('; ');

/** What is estimated of the metric that gates judge by, and what the holdout promised; the others are told with --json. */
function estimateOf({ metric, champion, verdict }: PipelineStatus): string | null {
  const { version, estimated } = verdict!;
  const known = Object.keys(estimated?.metrics ?? {});
  const name = known.find((each) => each === metric) ?? known[0];
  const likely = name === undefined ? undefined : estimated?.metrics[name as MetricName];
  if (name === undefined || !likely) return null;
  const promised = champion?.version === version ? champion.evaluation.challenger[name as MetricName] : null;
  const promise = promised == null ? '' : `, promised ${short(promised)}`;
  return `${metricInWords(name)} ${range(likely)}${promise}; assumes no concept drift`;
}

/** What the labels say of the champion, and what its last window will come to. */
function performanceOf(status: PipelineStatus): string[][] {
  const { concept, estimated, performance, version } = status.verdict!;
  const likely = estimateOf(status);
  const value = performance.find((each) => each.version === version)?.value;
  return [
    ...(concept ? [['labels', labelsSay(concept)]] : []),
    ...(likely === null ? [] : [['estimated', likely]]),
    ...(estimated?.withheld ? [['estimated', `not: ${estimated.withheld}`]] : []),
    ...(value ? [['decisions', valueInWords(value)]] : []),
    ...(estimated?.value ? [['estimated', `${valueInWords(estimated.value)}; assumes no concept drift`]] : []),
  ];
}

/** In words that follow "labels". */
function labelsSay(concept: Concept): string {
  const fall = fallOf(concept);
  if (fall) return `${fall.what}: ${fall.words}`;
  return holds(concept) ? 'show no fall of performance' : `cannot tell yet: ${unsureInWords(concept)}`;
}

/** What is estimated of each declared slice, beside what labels of earlier days say. */
function slicesOf(verdict: Verdict): string[][] {
  const why = whyNotSliced(verdict);
  if (why !== null) return [['slices', `not estimated: ${why}`]];
  const beside = slicesBeside(verdict);
  if (!beside) return [];
  const { metric, slices } = beside;
  return slices.map(({ name, estimate, labelled }) => {
    const value = labelled?.[metric];
    const told = typeof estimate === 'string' ? `not estimated: ${estimate}` : `estimated ${metricInWords(metric)} ${range(estimate)}`; // prettier-ignore
    return [`slice ${name}`, value == null ? told : `${told}; by labels ${short(value)}`];
  });
}

const range = ({ value, low, high }: Likely): string => `${short(value)} (${short(low)} to ${short(high)})`;
const short = (value: number): string => String(Number(value.toPrecision(3)));

/** The champion's holdout is what everybody expects. */
const isWorthTelling = (reference: NonNullable<Verdict['reference']>): boolean =>
  reference.kind !== 'holdout' || reference.instead !== undefined;

/** What came of a cycle, and the first sentence of why. */
function cycleInLine({ id, reason, outcome }: PipelineStatus['cycles'][number]): string {
  const by = reason === 'person' ? 'a person' : reason;
  if (!outcome) return `${id}: under way, by ${by}`;
  const version = outcome.version === null ? '' : ` (${versionName(outcome.version)})`;
  const [first = ''] = /^.*?\.(?= [A-Z]|$)|^.*/.exec(outcome.reason) ?? [];
  const sentence = first.charAt(0).toUpperCase() + first.slice(1);
  const why = sentence.length > MOST_LETTERS ? `${sentence.slice(0, MOST_LETTERS).trimEnd()} ...` : sentence;
  return `${id}: ${outcome.result}${version}, by ${by}. ${why}`.trimEnd();
}

async function describe(status: PipelineStatus, simulated: boolean): Promise<string> {
  const {
    pipeline,
    now,
    champion,
    traffic,
    snapshot,
    predictions,
    verdict,
    cycles,
    requests,
    alerts,
    paused,
    waiting,
  } = status;
  const { findingsBeside } = await import('../../../core/drift/findings/index.ts'); // zod comes with it
  const { referenceInWords } = await import('../../../core/drift/reference/choose.ts');
  const notKnown = verdict
    ? cannotTell(verdict, {
        warned: warnedColumns(verdict).map(columnTitle),
        unknown: unknownColumns(verdict).map(columnTitle),
      })
    : '';
  const blind = verdict?.abstained === null ? blindColumns(verdict.alarm).map(columnTitle) : [];
  const drifted = verdict ? behindInWords(verdict) : [];
  const verdictInWords =
    verdict &&
    `${levelOf(verdict)} at ${time(verdict.asOf)} (${ago(verdict.asOf, now)}) over ${verdict.rows.current} rows` +
      (drifted.length > 0 ? ` (${drifted.join(', ')})` : '') +
      (verdict.abstained === null ? '' : `: ${verdict.abstained}`) +
      (verdict.unsure === undefined ? '' : `; the alarm cannot judge yet: ${verdict.unsure}`) +
      (notKnown === '' ? '' : `; ${notKnown}`);
  const openAlerts = alertsInWords(alerts);
  const facts = [
    ['champion', champion ? versionInWords(champion) : 'none yet'],
    [
      'traffic',
      traffic
        ? `generation ${traffic.generation}${traffic.previous === null ? '' : `, previously ${versionName(traffic.previous)}`}`
        : 'none',
    ],
    ['snapshot', snapshot ? `${snapshot.id}, ${snapshot.rows} rows, taken ${time(snapshot.asOf)}` : 'none yet'],
    ['predictions', `${predictions} in the last 24 hours`],
    ...(openAlerts === '' ? [] : [['alerts', `${openAlerts}; see: perennial alerts ${pipeline.name}`]]),
    ['last verdict', verdictInWords ?? 'none yet'],
    ...(verdict?.reference && isWorthTelling(verdict.reference)
      ? [['compared with', referenceInWords(verdict.reference)]]
      : []),
    ...(verdict && blind.length > 0
      ? [['not watched', `the alarm would find no large change of ${blind.join(', ')}`]]
      : []),
    ...(verdict ? findingsBeside(verdict).map(({ title, says }) => [title.toLowerCase(), says]) : []),
    ...(verdict ? performanceOf(status) : []),
    ...(verdict ? slicesOf(verdict) : []),
    ['requested', askedFor(requests) || 'nothing'],
    ...paused.map(({ loop, at, by, reason }) => [
      'paused',
      `${loop}, by ${by} ${time(at)}${simulated ? ' (real time)' : ''}: ${reason}. To resume it: perennial resume ${pipeline.name} ${loop}`,
    ]),
    ...(waiting ? [['waits until', `${time(waiting.until)}: ${waiting.why}`]] : []),
    ...cycles.map((cycle, i) => [i === 0 ? 'cycles' : '', cycleInLine(cycle)]),
    ...(cycles.some(({ outcome }) => outcome) ? [['', `in full: perennial explain ${pipeline.name} CYCLE`]] : []),
  ];
  return `${pipeline.name} (revision ${pipeline.revision}, at ${time(now)})\n${columns(facts.map(([a, b]) => [`  ${a}`, b!]))}`;
}
