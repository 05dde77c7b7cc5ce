import { differs, type JointDrift } from '../../core/drift/joint/joint.ts';
import { pairInWords } from '../../core/drift/joint/words.ts';
import { count, decimal, moment } from '../../pages/format.ts';
import { html, type Html } from '../../pages/html.ts';

/** What the rows tell as a whole, which no single column shows. */
export const jointSection = (joint: JointDrift): Html =>
  html`<section class="prose">
    <h2>Rows as a whole</h2>
    <p>${apartInWords(joint)} ${joint.pair === null ? '' : `${pairInWords(joint.pair)}.`}</p>
    <p class="note">
      Trees learn to tell ${count(joint.rows.current)} rows of the window from ${count(joint.rows.reference)} of the
      reference, by all columns that vote, and are judged on rows that they did not learn from. Compared once a day,
      last on ${moment(joint.asOf)}. This informs and decides nothing.
    </p>
  </section>`;

const apartInWords = ({ auc, low, high, ...joint }: JointDrift): string =>
  `Rows ${differs({ low }) ? 'differ from those of the reference' : 'look like those of the reference'}: ` +
  `AUC ${decimal(auc)} (${decimal(low)} to ${decimal(high)}), where 0.5 cannot tell them apart and 1 always can.` +
  (differs({ low }) && joint.pair === null ? ' No pair of columns explains it.' : '');
