import { LEVEL } from '../../core/metrics/difference.ts';
import { levelDigits } from '../../core/training/gates/gate-words.ts';
import { counted, percent, quantity } from '../../pages/format.ts';
import { html, nothing, type Html } from '../../pages/html.ts';
import type { ModelCard } from './model-card.ts';

/** The errors of estimates of a number, and their bias. */
export function residualsSection(card: ModelCard): Html {
  const { version, pipeline } = card;
  const { residuals } = version.evaluation.challenger;
  if (!residuals) return nothing;
  const { mean, low, middle, high } = residuals;
  return html`<section class="prose">
    <h2>Errors</h2>
    <p>
      ${pipeline.label.name} less its estimate, on the holdout: ${quantity(mean)} on average and ${quantity(middle)} at
      the median; both are 0 when estimates lean to neither side. Nine tenths of the rows lie between ${quantity(low)}
      and ${quantity(high)}.
    </p>
    ${intervalWords(card)}
  </section>`;
}

/** What intervals are to hold, and what they held on later rows. */
function intervalWords({ artifact, version, candidates }: ModelCard): Html {
  if (!artifact.interval) return nothing;
  const { coverage, rows } = artifact.interval;
  const { coverage: held, width } = version.evaluation.errors ?? {};
  // Of the judged model: one that was trained again on all rows had no folds for that.
  const judged = candidates.find(({ candidate }) => candidate === version.candidate);
  const splits = judged?.folds === undefined ? 'selection and calibration splits' : 'calibration split';
  const digits = (share: number): number => (Number.isInteger(Number((100 * share).toFixed(6))) ? 0 : 1);
  const level = held?.level ?? LEVEL;
  const later =
    held && width
      ? ` On the holdout it held ${percent(held.value)} (${percent(level, level === LEVEL ? 0 : levelDigits(level))} interval ${percent(held.low)} to ${percent(held.high)}), and was ${quantity(width.value)} wide on average.`
      : '';
  return html`<p>
    Each answer has an interval, which is to hold ${percent(coverage, digits(coverage))} of labels and did on
    ${counted(rows, 'row')} of the ${splits}.${later}
    ${held && held.high < coverage ? 'Errors have grown since, so it is too narrow.' : ''}
  </p>`;
}
