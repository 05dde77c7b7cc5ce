import { SCORE } from '../../core/data/profiles/binning.ts';
import { moments } from '../../core/data/profiles/profile.ts';
import { type RedactedBins } from '../../core/declaration/redaction/redaction.ts';
import { type DriftReport } from '../../core/drift/drift-report.ts';
import { farFrom, isBehind, standingOf } from '../../core/drift/standing.ts';
import { versionName } from '../../core/base/ids.ts';
import { percent } from '../../pages/format.ts';
import { html, nothing, type Html } from '../../pages/html.ts';
import { sharesOf } from '../drawing/bins.ts';
import { scorePlot } from '../drawing/score-plot.ts';
import { columnCard, inWords, standingInWords, type DrawnColumn } from './columns.ts';

/** Estimates of a number are drawn like a column of numbers. */
function estimateSection({ verdict, pipeline, referenceScore, currentScore }: DriftReport, bins: RedactedBins): Html {
  if (verdict.score === null) return nothing;
  const drawn: DrawnColumn = {
    column: { ...verdict.score, column: pipeline.label.name },
    standing: standingOf(verdict.score, verdict),
    far: farFrom(verdict),
    bins,
    reference: referenceScore,
    current: currentScore,
    hasFixedBins: false,
    thresholds: pipeline.drift,
  };
  return html`<section>
    <h2>Estimates</h2>
    <p class="note">
      The champion's estimates: wide pale bars for its own holdout, narrow bars for this window.${votes(verdict)}
    </p>
    <div class="grid large">${columnCard(drawn, 'large')}</div>
  </section>`;
}

/** How the champion's scores are spread, and whether they moved. */
export function scoreSection(report: DriftReport): Html {
  const { verdict, binning, referenceScore, currentScore, pipeline } = report;
  const bins = binning.columns[SCORE];
  if (bins?.kind !== 'number' || !referenceScore || !currentScore) return nothing;
  if (pipeline.label.kind === 'number' || bins.edges === null) return estimateSection(report, bins);
  const before = moments(referenceScore)?.mean ?? null;
  const now = moments(currentScore)?.mean ?? null;
  const { score } = verdict;
  const standing = score && standingOf(score, verdict);
  const words = [
    before !== null && now !== null ? `Mean score ${percent(before, 2)} before, ${percent(now, 2)} now.` : '',
    score === null
      ? ''
      : `${inWords(score, pipeline.drift, undefined, true)}: ${score.drifted ? 'past a threshold' : 'within the thresholds'}.`,
  ]
    .filter(Boolean)
    .join(' ');
  return html`<section>
    <h2>Scores</h2>
    <p class="note">
      How the scores are spread, on a log-odds axis that gives the many low scores room: the area is
      ${report.byHand ? 'what is compared against' : "the champion's own holdout"}, the line
      ${report.byHand ? 'what is compared' : 'this window'}.${votes(verdict)}
    </p>
    <figure class="card wide${standing && isBehind(standing) ? ' drifted' : ''}">
      <figcaption class="title">
        <h3>Score of ${versionName(verdict.version)}</h3>
        ${score === null ? null : html`<span class="small">${standingInWords(score, standing!, farFrom(verdict))}</span>`}
      </figcaption>
      <p>${words}</p>
      ${scorePlot(bins.edges, sharesOf(referenceScore), sharesOf(currentScore), { width: 480, height: 210 }, `Distribution of scores. ${words}`)}
    </figure>
  </section>`;
}

/** Where the share of columns decides, the score has no vote. */
const votes = ({ alarm }: DriftReport['verdict']): string => (alarm ? '' : ' It informs and has no vote.');
