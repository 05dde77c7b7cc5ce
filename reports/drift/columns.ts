import { LONGEST_TOLD, shortened } from '../../core/base/shortened.ts';
import {
  countingNames,
  distanceKinds,
  pastThreshold,
  type DecidingName,
  type Thresholds,
} from '../../core/drift/distances/index.ts';
import { type Measured } from '../../core/drift/distances/distance.ts';
import { CANNOT_TELL, isBehind, type Standing } from '../../core/drift/standing.ts';
import { type ColumnDrift } from '../../core/drift/verdict.ts';
import { type ColumnProfile } from '../../core/data/profiles/profile.ts';
import { type RedactedBins } from '../../core/declaration/redaction/redaction.ts';
import { barsOf, type Bar } from '../drawing/bins.ts';
import { change, decimal, percent, quantity } from '../../pages/format.ts';
import { explanation } from './explained.ts';
import { html, nothing, type Html } from '../../pages/html.ts';
import { rowsThatShow } from '../../pages/shown-rows.ts';
import { levelPlot, numberPlot } from '../drawing/column-plots.ts';

export interface DrawnColumn {
  column: ColumnDrift;
  standing: Standing;
  /** 'far from the holdout' */
  far: string;
  bins: RedactedBins | undefined;
  reference: ColumnProfile | undefined;
  current: ColumnProfile | undefined;
  hasFixedBins: boolean;
  thresholds: Thresholds;
}

const sizes = {
  large: { width: 440, height: 210, levels: 10, characters: 18 },
  small: { width: 290, height: 120, levels: 5, characters: 11 },
};

/** One column's reference and window side by side, with a summary. */
export function columnCard(drawn: DrawnColumn, size: keyof typeof sizes): Html {
  const { column, standing, far, bins, reference, current, hasFixedBins } = drawn;
  const { levels, ...extent } = sizes[size];
  const figure =
    bins && reference && current ? barsOf(bins, { reference, current }, { hasFixedBins, most: levels }) : null;
  const said = size === 'large' ? sentences(drawn, figure?.bars ?? []) : inWords(column, drawn.thresholds);
  const rows = size === 'large' ? rowsThatShow([column]) : null;
  const words = `${column.column}: ${said}`;
  const picture =
    figure === null
      ? nothing
      : figure.kind === 'number'
        ? numberPlot(figure, extent, words)
        : levelPlot(figure.bars, extent, words);
  return html`<figure class="card${isBehind(standing) ? ' drifted' : ''}">
    <figcaption class="title">
      <h3>${column.column}</h3>
      <span class="small">${standingInWords(column, standing, far)}</span>
    </figcaption>
    <p>${said}</p>
    ${picture}${rows}
  </figure>`;
}

/** A column's status, in a word and a sign. @param far 'far from the holdout' */
export function standingInWords({ votes, drifted }: ColumnDrift, standing: Standing, far: string): string {
  const said: Record<Standing, string> = {
    unusual: `\u25b2 unusual${drifted ? `, ${far}` : ''}`,
    warned: `\u25b2 ${far}, and farther than before; ${CANNOT_TELL}`,
    drifted: '\u25b2 drifted',
    far: `\u25c7 ${far}`,
    unknown: `\u25c7 ${far}; ${CANNOT_TELL}`,
    within: '\u2713 within thresholds',
  };
  if (votes || standing === 'unusual') return said[standing];
  return standing === 'within' ? '\u25cb no vote' : `${said[standing]}, no vote`;
}

/** inWords(column, drift) // => 'PSI 0.214, KS 0.185'; with thresholds 'PSI 0.214 \u00b1 0.011 (threshold 0.200)' */
export const inWords = (
  { distances }: ColumnDrift,
  thresholds: Thresholds,
  names: readonly DecidingName[] = countingNames(thresholds),
  withThresholds = false,
): string =>
  names
    .filter((name) => distances[name]?.value != null)
    .map(
      (name) =>
        `${distanceKinds[name].title} ${decimal(distances[name]?.value)}` +
        (withThresholds ? `${sampling(distances[name])} (threshold ${decimal(thresholds[name])})` : ''),
    )
    .join(', ');

/** What sampling alone reaches is subtracted before the threshold applies, so it is told beside it. */
const sampling = (measured: Measured | undefined): string =>
  measured?.samplingError == null ? '' : ` \u00b1 ${decimal(measured.samplingError)}`;

/** Why a column counts as drifted, and where it moved most. */
function sentences({ column, standing, thresholds }: DrawnColumn, bars: readonly Bar[]): string {
  const { distances, mean, nullShare } = column;
  const past = pastThreshold(distances, thresholds);
  const furthest = bars.reduce<Bar | null>(
    (most, bar) => (most === null || moved(bar) > moved(most) ? bar : most),
    null,
  );
  return [
    `${past.length > 0 ? inWords(column, thresholds, past, true) : inWords(column, thresholds)}.`,
    explanation(column, standing),
    mean === null ? '' : `Mean ${change(quantity(mean.reference), quantity(mean.current))}.`,
    movedMost(column, furthest),
    furthest?.label === 'null' || Math.abs(nullShare.current - nullShare.reference) < 0.01
      ? ''
      : `Nulls ${percent(nullShare.reference)} \u2192 ${percent(nullShare.current)}.`,
  ]
    .filter(Boolean)
    .join(' ');
}

function movedMost({ explained }: ColumnDrift, furthest: Bar | null): string {
  const bar = furthest && { ...furthest, label: furthest.label === 'null' ? 'nulls' : furthest.label };
  const movers = explained?.movers.length ? explained.movers : bar && moved(bar) > 0 ? [bar] : [];
  if (movers.length === 0) return '';
  const said = movers.map(
    ({ label, reference, current }) =>
      `${shortened(label, LONGEST_TOLD)}, ${change(percent(reference), percent(current))}`,
  );
  return `Moved most: ${said.join('; ')}.`;
}

const moved = (bar: Bar): number => Math.abs(bar.current - bar.reference);
