import { rateInWords } from '../alarm/rate.ts';
import { HOUR, instant, shortTime } from '../../time/time.ts';
import type { Verdict } from '../verdict.ts';
import { HARDLY, type UnusualVolume, type Volume } from '../volume/volume.ts';
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

export const hasStopped = ({ direction, rows, usual }: UnusualVolume): boolean =>
  direction === 'fewer' && rows <= HARDLY * usual;

/**
 * volumeInWords(found) // => '12 predictions in the last 6 hours (240 are usual), since 2026-03-09T00:00Z', or '0 rows of the
 * source from 2026-03-10T00:00Z to 2026-03-10T02:00Z (125 are usual), none since 2026-03-09T14:33Z'
 */
export function volumeInWords(found: VolumeFound): string {
  const { of, hours, rows, usual, since, to, newest } = found;
  const whole = (count: number): string => Math.round(count).toLocaleString('en-US');
  const from = to && instant(Date.parse(to) - hours * HOUR);
  const last = hours === 1 ? 'in the last hour' : `in the last ${hours} hours`;
  const when = from ? `from ${shortTime(from)} to ${shortTime(to)}` : last;
  const began = newest && hasStopped(found) && rows === 0 ? `none since ${shortTime(newest)}` : `since ${shortTime(since)}${newest ? `, the newest at ${shortTime(newest)}` : ''}`; // prettier-ignore
  return `${whole(rows)} ${told[of]} ${when} (${whole(usual)} are usual), ${began}`;
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
