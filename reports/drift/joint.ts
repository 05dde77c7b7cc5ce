import { differs, exceedsStableDays, FEWEST_DAYS, type JointDrift } from '../../core/drift/joint/joint.ts';
import { type ColumnDrift } from '../../core/drift/verdict.ts';
import { pairInWords } from '../../core/drift/joint/words.ts';
import { count, counted, decimal, list, moment } from '../../pages/format.ts';
import { html, type Html } from '../../pages/html.ts';

/** What the rows tell as a whole, which no single column shows. */
export const jointSection = (joint: JointDrift, columns: readonly ColumnDrift[]): Html =>
  html`<section class="prose">
    <h2>Rows as a whole</h2>
    <p>
      ${apartInWords(joint)}${differs(joint) ? byThemselves(joint, columns) : ''}
      ${differs(joint) ? usualInWords(joint) : ''}
      ${joint.pair === null ? '' : `${pairInWords(joint.pair)}${joint.stable && exceedsStableDays.pair(joint) === false ? ', no more than on stable days before' : ''}.`}
    </p>
    <p class="note">
      Trees learn to tell ${count(joint.rows.current)} rows of the window from ${count(joint.rows.reference)} of the
      reference, by all columns that vote, and are judged on rows that they did not learn from. Compared once a day,
      last on ${moment(joint.asOf)}. This informs and decides nothing.
    </p>
  </section>`;

const apartInWords = ({ auc, low, high }: JointDrift): string =>
  `Rows ${differs({ low }) ? 'differ from those of the reference' : 'look like those of the reference'}: ` +
  `AUC ${decimal(auc)} (${decimal(low)} to ${decimal(high)}), where 0.5 cannot tell them apart and 1 always can.`;

const MOST_NAMED = 5;

/** The columns that explain it without any other: a pair is looked for by what columns have together. */
function byThemselves({ pair }: JointDrift, columns: readonly ColumnDrift[]): string {
  const names = columns.filter(({ votes, drifted, explained }) => votes && (drifted || explained?.found)).map(({ column }) => column); // prettier-ignore
  if (names.length === 0) return pair === null ? ' No column moved by itself, and no pair of columns explains it.' : ''; // prettier-ignore
  return ` ${list(names, MOST_NAMED)} moved by ${names.length === 1 ? 'itself' : 'themselves'}.`;
}

/** Whether it is more than days of this pipeline differ by while nothing is unusual. */
function usualInWords(joint: JointDrift): string {
  const { stable } = joint;
  if (!stable) return '';
  const exceeds = exceedsStableDays.rows(joint);
  if (exceeds === null)
    return `Whether that is more than usual is not known yet: it takes ${FEWEST_DAYS} stable days, and there are ${count(stable.length)}.`;
  const most = decimal(Math.max(...stable.map(({ auc }) => auc)));
  return exceeds
    ? `That is more than on any of ${counted(stable.length, 'stable day')} before, which came to ${most}.`
    : `Stable days differ as much: the ${count(stable.length)} before came to ${most}.`;
}
