import { shortTime } from '../../time/time.ts';
import type { ToldBeside } from '../verdict.ts';
import type { Checked, FindingKindOf, Said } from './finding.ts';

/** besideInWords(found) // => 'server one answers slowly, 5 % of requests take over 312 ms, since 2026-03-09T00:00Z' */
const besideInWords = ({ says, from, to }: ToldBeside): string =>
  `${says}, ${to === null ? `since ${shortTime(from)}` : `from ${shortTime(from)} to ${shortTime(to)}`}`;

const toldBy = (kind: ToldBeside['kind'], follows: string) => ({
  find({ answers = [] }: Checked): Said | null {
    const found = answers.filter((each) => each.kind === kind).map(besideInWords);
    if (found.length === 0) return null;
    const words = found.join('; ');
    return { says: `${words[0]!.toUpperCase()}${words.slice(1)}.`, follows };
  },
});

/** What servers told of slow answers. */
export const latency = {
  title: 'Latency',
  ...toldBy(
    'latency',
    'It alerts. No model is trained for it: roll back a version that is slower, or add servers if there is more traffic.',
  ),
} satisfies FindingKindOf;

/** And of failed ones. */
export const errors = {
  title: 'Errors',
  ...toldBy('errors', "It alerts. No model is trained for it: the server's log has the reason."),
} satisfies FindingKindOf;

/** What the data loop told of the source's columns. */
export const schema = {
  title: 'Schema',
  ...toldBy(
    'schema',
    'It alerts. A model would learn from old rows, so none is trained for it: fix the source, or declare what it has now.',
  ),
} satisfies FindingKindOf;
