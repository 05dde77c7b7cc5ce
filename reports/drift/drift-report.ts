import { isSampled } from '../../core/columns/index.ts';
import { SCORE } from '../../core/data/profiles/binning.ts';
import { type Alarm } from '../../core/drift/alarm/alarm.ts';
import { rateInWords } from '../../core/drift/alarm/rate.ts';
import { alarmInWords } from '../../core/drift/alarm/words.ts';
import { thresholdsOf } from '../../core/drift/distances/index.ts';
import { insteadInWords } from '../../core/drift/reference/choose.ts';
import { titleOf } from '../../core/drift/reference/kinds/index.ts';
import { rateOf } from '../../core/drift/judging.ts';
import { columnsBehind, type ColumnDrift, type Level } from '../../core/drift/verdict.ts';
import { versionName } from '../../core/base/ids.ts';
import { own } from '../../core/base/own.ts';
import { moments } from '../../core/data/profiles/profile.ts';
import {
  type RedactedBins,
  type RedactedPipeline,
  type RedactedVerdict,
} from '../../core/declaration/redaction/redaction.ts';
import { type DriftReport } from '../../core/drift/drift-report.ts';
import { sharesOf } from '../drawing/bins.ts';
import { byImportance } from '../../core/drift/explaining/explained.ts';
import { columnCard, inWords, type DrawnColumn } from './columns.ts';
import { culpritInWords } from './explained.ts';
import { driftByHour } from './hours.ts';
import { jointSection } from './joint.ts';
import { findingsSection, trainingSection } from './findings.ts';
import { performanceSection } from './performance.ts';
import { distanceTable, howToRead } from './tables.ts';
import { count, counted, day, decimal, list, moment, percent } from '../../pages/format.ts';
import { html, nothing, type Html } from '../../pages/html.ts';
import { id, period, type Badge, type Fact } from '../../pages/elements.ts';
import { page } from '../page.ts';
import { levelMeter } from '../drawing/meters.ts';
import { scorePlot } from '../drawing/score-plot.ts';

export type { DriftReport };

const badges: Record<Level, Badge> = {
  stable: { tone: 'good', text: 'stable' },
  drifting: { tone: 'warn', text: 'drifting' },
  severe: { tone: 'bad', text: 'severe drift' },
};

/** Drawings take most of a page's bytes and time; further columns are in the table and by time. */
const MOST_LARGE = 10;
const MOST_CARDS = 18;

/** One drift check as a page: what moved, how far, the thresholds, and the meaning. */
export function driftReport(report: DriftReport): string {
  const { verdict, pipeline } = report;
  const mattersMore = byImportance(pipeline.drift);
  const columns = [...verdict.columns].sort((a, b) => Number(b.drifted) - Number(a.drifted) || mattersMore(a, b));
  const drifted = columns.filter((column) => column.drifted);
  const unmoved = columns.filter((column) => !column.drifted);
  return page({
    title: report.byHand
      ? `Comparison: ${pipeline.name}, ${report.byHand.from} against ${report.byHand.against}`
      : `Drift report: ${pipeline.name}, ${moment(verdict.asOf)}`,
    kicker: `${report.byHand ? 'Comparison' : 'Drift report'} \u00b7 ${pipeline.name}`,
    badge: verdict.abstained === null ? badges[verdict.level] : { tone: 'plain', text: 'abstained' },
    heading: headingOf(verdict, drifted),
    lead: leadOf(verdict, pipeline, drifted),
    figure: verdict.abstained === null ? meterOf(verdict, pipeline) : nothing,
    facts: report.byHand ? comparedFacts(verdict, report.byHand) : factsOf(verdict, pipeline),
    body: [
      cards(
        'What moved',
        'Shares of rows: wide pale bars show the reference, narrow bars in front the window. Each group of numbers holds about a tenth of the reference, so a column that has not moved is level.',
        'large',
        drifted.slice(0, MOST_LARGE).map((column) => columnCard(drawn(report, column), 'large')),
      ),
      report.byHour ? driftByHour(columns, report.byHour) : nothing,
      verdict.joint ? jointSection(verdict.joint) : nothing,
      columns.length > 0 ? distanceTable(columns, pipeline) : nothing,
      findingsSection(verdict, pipeline),
      report.training ? trainingSection(report.training, verdict, pipeline) : nothing,
      scoreSection(report),
      performanceSection(verdict, pipeline, report.byDay),
      cards(
        drifted.length > 0 ? 'What stayed' : 'Every column',
        'Drawn as above. Each is within its thresholds.',
        'small-multiples',
        unmoved
          .slice(0, MOST_CARDS - Math.min(MOST_LARGE, drifted.length))
          .map((column) => columnCard(drawn(report, column), 'small')),
      ),
      howToRead(pipeline, verdict, report.byHand ? null : rateOf(pipeline.drift)),
    ],
    footer: report.byHand
      ? `Comparison ${verdict.id}, in binning ${verdict.binning}. It is stored nowhere else.`
      : `Verdict ${verdict.id} of ${moment(verdict.asOf)}, in binning ${verdict.binning}.${report.training ? '' : ' The same verdict always makes the same page.'}`,
  });
}

function headingOf(verdict: RedactedVerdict, drifted: ColumnDrift[]): string {
  if (verdict.abstained !== null) return 'Not enough data to judge drift';
  const voting = verdict.columns.filter((column) => column.votes);
  const moved = drifted.filter((column) => column.votes);
  const unusual = verdict.alarm ? columnsBehind(verdict).length : 0;
  if (unusual > 0) return `${count(unusual)} of ${counted(voting.length, 'column')} unusual`;
  if (moved.length === 0)
    return voting.length > 0 ? `None of ${counted(voting.length, 'column')} drifted` : 'No column votes on drift';
  return `${count(moved.length)} of ${counted(voting.length, 'column')} drifted`;
}

/** With an alarm the level is its, and the shares only say how severe it is. */
function alarmOf({ alarm, unsure, level }: RedactedVerdict): string | null {
  if (unsure !== undefined)
    return `The alarm cannot judge this pipeline yet: ${unsure}. Until it can, the share of drifted columns warns in its place. `;
  if (!alarm) return null;
  if (alarm.raised.length > 0) return `Unusual for this pipeline: ${alarmInWords(alarm)}. `;
  return level === 'stable' ? 'Nothing is unusual for this pipeline, by the hour or by the week. ' : null;
}

function leadOf(verdict: RedactedVerdict, pipeline: RedactedPipeline, drifted: ColumnDrift[]): string {
  if (verdict.abstained !== null)
    return `${verdict.abstained.replace(/[.\s]*$/, '.')} The level stays stable until there is enough data; the numbers below decided nothing.`;
  const { warn, severe } = pipeline.drift;
  const alarm = alarmOf(verdict);
  const held =
    verdict.level === 'severe'
      ? `at or over the ${percent(severe, 0)} that ${pipeline.name} calls severe`
      : verdict.level === 'drifting'
        ? `at or over the ${percent(warn, 0)} that ${pipeline.name} calls drifting, and below the ${percent(severe, 0)} it calls severe`
        : `below the ${percent(warn, 0)} that ${pipeline.name} calls drifting`;
  const moved =
    drifted.length > 0
      ? `${list(
          drifted.map((column) => column.column),
          8,
        )} moved. `
      : '';
  return `${alarm ?? ''}${moved}${culpritInWords(verdict.columns.toSorted(byImportance(pipeline.drift)))}By weight, ${percent(verdict.share)} of the voting columns drifted${alarm ? '' : `, ${held}`}.`;
}

const meterOf = ({ share, level, alarm }: RedactedVerdict, { drift }: RedactedPipeline): Html =>
  html`<div class="meter${level === 'stable' ? '' : ' drifted'}">
    ${levelMeter(
      share,
      alarm ? { severe: drift.severe } : drift,
      `${percent(share)} of the voting columns drifted by weight; ${alarm ? '' : `drifting from ${percent(drift.warn, 0)}, `}severe from ${percent(drift.severe, 0)}.`,
    )}
  </div>`;

function factsOf(verdict: RedactedVerdict, { drift }: RedactedPipeline): Fact[] {
  return [
    {
      name: 'Window',
      value: period(verdict.window.from, verdict.window.to),
      detail: `${counted(verdict.rows.current, 'row')}`,
    },
    referenceFact(verdict),
    {
      name: 'Champion',
      value: versionName(verdict.version),
      detail: drift.of === 'data' ? 'scored the rows of the source' : 'served in the window',
    },
    {
      name: 'Drifted share',
      value: decimal(verdict.share),
      detail: `${verdict.alarm ? '' : `drifting from ${decimal(drift.warn, 2)}, `}severe from ${decimal(drift.severe, 2)}`,
    },
    ...(verdict.alarm ? [alarmFact(verdict.alarm)] : []),
    ...(verdict.since === null ? [] : [{ name: 'Not stable since', value: moment(verdict.since) }]),
    { name: 'Verdict', value: id(verdict.id), detail: day(verdict.asOf) },
  ];
}

function referenceFact({ reference, version, rows, hours }: RedactedVerdict): Fact {
  const isDeclared = reference && reference.kind !== 'holdout';
  return {
    name: 'Reference',
    value: reference ? titleOf(reference) : `Holdout of ${versionName(version)}`,
    detail: [
      `${counted(rows.reference, 'row')}${hours ? ` of ${hoursInWords(hours)}` : ''}`,
      ...(isDeclared ? [`${day(reference.from)} to ${day(reference.to)}`] : []),
      ...(reference ? insteadInWords(reference) : []),
    ].join('; '),
  };
}

const alarmFact = ({ raised, rate }: Alarm): Fact => ({
  name: 'Alarm',
  value: raised.length > 0 ? 'raised' : 'none',
  detail: `by chance at most ${rateInWords(rate)}`,
});

/** Of a comparison by hand. */
const comparedFacts = ({ rows }: RedactedVerdict, { from, against }: NonNullable<DriftReport['byHand']>): Fact[] => [
  { name: 'Compared', value: from, detail: counted(rows.current, 'row') },
  { name: 'Against', value: against, detail: counted(rows.reference, 'row') },
];

/** Consecutive hours of a day: hoursInWords([22, 23, 0]) // => '22:00 to 01:00 UTC' */
function hoursInWords(hours: number[]): string {
  const clock = (hour: number): string => `${String(hour % 24).padStart(2, '0')}:00`;
  return `${clock(hours[0]!)} to ${clock(hours.at(-1)! + 1)} UTC`;
}

const cards = (title: string, note: string, grid: string, all: Html[]): Html =>
  all.length === 0
    ? nothing
    : html`<section>
        <h2>${title}</h2>
        <p class="note">${note}</p>
        <p class="key${grid === 'large' ? ' drifted' : ''}" aria-hidden="true">
          <span>reference</span><span class="now">window</span>
        </p>
        <div class="grid ${grid}">${all}</div>
      </section>`;

function drawn({ reference, current, binning, pipeline }: DriftReport, column: ColumnDrift): DrawnColumn {
  const declared = own(pipeline.columns, column.column);
  return {
    column,
    bins: own(binning.columns, column.column),
    reference: own(reference.columns, column.column),
    current: own(current.columns, column.column),
    hasFixedBins: declared !== undefined && !isSampled(declared),
    thresholds: thresholdsOf(pipeline.drift, column.column),
  };
}

/** Estimates of a number are drawn like a column of numbers. */
function estimateSection({ verdict, pipeline, referenceScore, currentScore }: DriftReport, bins: RedactedBins): Html {
  if (verdict.score === null) return nothing;
  const drawn: DrawnColumn = {
    column: { ...verdict.score, column: pipeline.label.name },
    bins,
    reference: referenceScore,
    current: currentScore,
    hasFixedBins: false,
    thresholds: pipeline.drift,
  };
  return html`<section>
    <h2>Estimates</h2>
    <p class="note">
      The champion's estimates: wide pale bars for its own holdout, narrow bars for this window. Estimates inform and do
      not vote.
    </p>
    <div class="grid large">${columnCard(drawn, 'large')}</div>
  </section>`;
}

function scoreSection(report: DriftReport): Html {
  const { verdict, binning, referenceScore, currentScore, pipeline } = report;
  const bins = binning.columns[SCORE];
  if (bins?.kind !== 'number' || !referenceScore || !currentScore) return nothing;
  if (pipeline.label.kind === 'number' || bins.edges === null) return estimateSection(report, bins);
  const before = moments(referenceScore)?.mean ?? null;
  const now = moments(currentScore)?.mean ?? null;
  const { score } = verdict;
  const words = [
    before !== null && now !== null ? `Mean score ${percent(before, 2)} before, ${percent(now, 2)} now.` : '',
    score === null
      ? ''
      : `${inWords(score, pipeline.drift, undefined, true)}: ${score.drifted ? 'the scores moved' : 'within the thresholds'}.`,
  ]
    .filter(Boolean)
    .join(' ');
  return html`<section>
    <h2>Scores</h2>
    <p class="note">
      How the scores are spread, on a log-odds axis that gives the many low scores room: the area is
      ${report.byHand ? 'what is compared against' : "the champion's own holdout"}, the line
      ${report.byHand ? 'what is compared' : 'this window'}. Scores inform and do not vote.
    </p>
    <figure class="card wide${score?.drifted ? ' drifted' : ''}">
      <figcaption class="title">
        <h3>Score of ${versionName(verdict.version)}</h3>
        ${score === null ? null : html`<span class="small">${score.drifted ? '\u25b2 moved' : '\u2713 unmoved'}</span>`}
      </figcaption>
      <p>${words}</p>
      ${scorePlot(bins.edges, sharesOf(referenceScore), sharesOf(currentScore), { width: 480, height: 210 }, `Distribution of scores. ${words}`)}
    </figure>
  </section>`;
}
