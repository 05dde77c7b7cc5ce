import { rateInWords } from '../alarm/rate.ts';
import { shortTime } from '../../time/time.ts';
import type { Verdict } from '../verdict.ts';
import type { UnusualVolume, Volume } from '../volume/volume.ts';
import { INFORMS, type Checked, type FindingKindOf, type Said } from './finding.ts';

export interface VolumeFound extends UnusualVolume {
  of: 'predictions' | 'rows';
  rate: string;
}

/** What is unusual of how much came. */
export const unusualVolumes = ({ volume }: Pick<Verdict, 'volume'>): VolumeFound[] =>
  (['predictions', 'rows'] as const).flatMap((of) => {
    const found: Volume | undefined = volume?.[of];
    return found?.unusual ? [{ of, rate: found.rate, ...found.unusual }] : [];
  });

const told = { predictions: 'predictions', rows: 'rows of the source' } as const;

/** So few of what is usual count as none. */
const HARDLY = 0.05;
export const hasStopped = ({ direction, rows, usual }: UnusualVolume): boolean =>
  direction === 'fewer' && rows <= HARDLY * usual;

/** volumeInWords(found) // => '12 predictions in 6 hours (240 are usual), since 2026-03-09T00:00Z' */
export function volumeInWords({ of, hours, rows, usual, since }: VolumeFound): string {
  const whole = (count: number): string => Math.round(count).toLocaleString('en-US');
  const length = hours === 1 ? 'the last hour' : `the last ${hours} hours`;
  return `${whole(rows)} ${told[of]} in ${length} (${whole(usual)} are usual), since ${shortTime(since)}`;
}

/** A client that sends rows of last week hides what all others send now. */
const unjudged = ({ volume }: Checked): string | null =>
  volume?.late === undefined
    ? null
    : `Predictions are not watched: one in twenty comes more than ${volume.late} hours after the time of its row`;

export const volume = {
  title: 'Volume',
  find(verdict: Checked): Said | null {
    const found = unusualVolumes(verdict);
    const late = unjudged(verdict);
    if (found.length === 0) return late === null ? null : { says: `${late}.`, follows: INFORMS };
    return {
      says:
        `${found.map(volumeInWords).join('; ')}. By chance that happens at most ${rateInWords(found[0]!.rate)}.` +
        (late === null ? '' : ` ${late}.`),
      follows: 'It alerts. No model is trained for it: fewer or more rows change nothing of what follows from them.',
    };
  },
} satisfies FindingKindOf;
