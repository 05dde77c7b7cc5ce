import { isSampled } from '../../core/columns/index.ts';
import { thresholdsOf } from '../../core/drift/distances/index.ts';
import { rateOf } from '../../core/drift/judging.ts';
import { CANNOT_TELL, farFrom, isBehind, standingOf, type Standing } from '../../core/drift/standing.ts';
import { warnedColumns, type ColumnDrift } from '../../core/drift/verdict.ts';
import { own } from '../../core/base/own.ts';
import { type DriftReport } from '../../core/drift/drift-report.ts';
import { byImportance } from '../../core/drift/explaining/explained.ts';
import { columnCard, type DrawnColumn } from './columns.ts';
import { driftByHour } from './hours.ts';
import { jointSection } from './joint.ts';
import { findingsSection, trainingSection } from './findings.ts';
import { performanceSection } from './performance.ts';
import { scoreSection } from './scores.ts';
import { distanceTable, howToRead } from './tables.ts';
import { topOf } from './top.ts';
import { moment } from '../../pages/format.ts';
import { html, nothing, type Html } from '../../pages/html.ts';
import { page } from '../page.ts';

export type { DriftReport };

/** Drawings take most of a page's bytes and time; further columns are in the table and by time. */
const MOST_LARGE = 10;
const MOST_CARDS = 18;

/** One drift check as a page: what moved, how far, the thresholds, and the meaning. */
export function driftReport(report: DriftReport): string {
  const { verdict, pipeline } = report;
  const mattersMore = byImportance(pipeline.drift);
  const drawnOf = drawing(report);
  const columns = [...verdict.columns].sort(
    (a, b) => rank(standingOf(a, verdict)) - rank(standingOf(b, verdict)) || mattersMore(a, b),
  );
  const behind = columns.filter((column) => isBehind(standingOf(column, verdict)));
  const far = columns.filter((column) => standingOf(column, verdict) === 'far');
  const unknown = columns.filter((column) => standingOf(column, verdict) === 'unknown');
  const unmoved = columns.filter((column) => standingOf(column, verdict) === 'within');
  const large = [...behind, ...unknown, ...far].slice(0, MOST_LARGE);
  const largeOf = (some: readonly ColumnDrift[]): Html[] =>
    large.filter((column) => some.includes(column)).map((column) => columnCard(drawnOf(column), 'large'));
  return page({
    title: report.byHand
      ? `Comparison: ${pipeline.name}, ${report.byHand.from} against ${report.byHand.against}`
      : `Drift report: ${pipeline.name}, ${moment(verdict.asOf)}`,
    kicker: `${report.byHand ? 'Comparison' : 'Drift report'} \u00b7 ${pipeline.name}`,
    ...topOf(report),
    body: [
      cards(behindTitle(verdict), SHARES, 'large', largeOf(behind), true),
      cards(
        'Not known',
        `Past their thresholds, and ${CANNOT_TELL}: it would find no large change of such a column. ${behind.length > 0 ? 'Drawn as above.' : SHARES}`,
        'large',
        largeOf(unknown),
      ),
      cards(
        `${farFrom(verdict)[0]!.toUpperCase()}${farFrom(verdict).slice(1)}`,
        `Past their thresholds, but as usual for this pipeline: no drift. ${behind.length + unknown.length > 0 ? 'Drawn as above.' : SHARES}`,
        'large',
        largeOf(far),
      ),
      report.byHour ? driftByHour(columns, report.byHour, verdict) : nothing,
      verdict.joint ? jointSection(verdict.joint, columns) : nothing,
      columns.length > 0 ? distanceTable(columns, verdict, pipeline) : nothing,
      findingsSection(verdict, pipeline),
      report.training ? trainingSection(report.training, verdict, pipeline) : nothing,
      scoreSection(report),
      performanceSection(verdict, pipeline, report.byDay),
      cards(
        large.length > 0 ? 'What stayed' : 'Every column',
        `Each is within its thresholds. ${large.length > 0 ? 'Drawn as above.' : SHARES}`,
        'small-multiples',
        unmoved.slice(0, MOST_CARDS - large.length).map((column) => columnCard(drawnOf(column), 'small')),
      ),
      howToRead(pipeline, verdict, report.byHand ? null : rateOf(pipeline.drift)),
    ],
    footer: report.byHand
      ? `Comparison ${verdict.id}, in binning ${verdict.binning}. It is stored nowhere else.`
      : `Verdict ${verdict.id} of ${moment(verdict.asOf)}, in binning ${verdict.binning}.${report.training ? '' : ' The same verdict always makes the same page.'}`,
  });
}

const behindTitle = (verdict: DriftReport['verdict']): string =>
  warnedColumns(verdict).length > 0
    ? 'What is unusual, or farther than before'
    : verdict.alarm
      ? 'What is unusual'
      : 'What moved';

/** What decided comes first. */
const rank = (standing: Standing): number =>
  isBehind(standing) ? 0 : standing === 'unknown' ? 1 : standing === 'far' ? 2 : 3;

const SHARES =
  'Shares of rows: wide pale bars show the reference, narrow bars in front the window. Each group of numbers holds about a tenth of the reference, so a column that has not moved is level.';

const cards = (title: string, note: string, grid: string, all: Html[], isBehind = false): Html =>
  all.length === 0
    ? nothing
    : html`<section>
        <h2>${title}</h2>
        <p class="note">${note}</p>
        <p class="key${isBehind ? ' drifted' : ''}" aria-hidden="true">
          <span>reference</span><span class="now">window</span>
        </p>
        <div class="grid ${grid}">${all}</div>
      </section>`;

const drawing =
  ({ reference, current, binning, pipeline, verdict }: DriftReport) =>
  (column: ColumnDrift): DrawnColumn => {
    const declared = own(pipeline.columns, column.column);
    return {
      column,
      standing: standingOf(column, verdict),
      far: farFrom(verdict),
      bins: own(binning.columns, column.column),
      reference: own(reference.columns, column.column),
      current: own(current.columns, column.column),
      hasFixedBins: declared !== undefined && !isSampled(declared),
      thresholds: thresholdsOf(pipeline.drift, column.column),
    };
  };
